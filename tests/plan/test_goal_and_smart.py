"""Goals that check themselves, and SMART: each letter by hand, the bands at their borders."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from funnel_utils.errors import SpecError
from funnel_utils.plan import Goal, History, assess, band, forecast, load_goals, parse_yaml
from funnel_utils.plan.kpis import FEEDS, path

WHOLE = {
    "statement": "Sell more by summer",
    "metric": "sales",
    "segment": "all",
    "direction": "increase",
    "target": 130,
    "baseline": {"value": 100, "what": "a usual month"},
    "deadline": "2026-06-30",
    "serves": "profit",
    "because": "Faster pages on mobile",
}


def months(values, start="2024-01-01", **fields) -> History:
    period = pd.date_range(start, periods=len(values), freq="MS")
    return History("sales", pd.DataFrame({"period": period, "value": values}), "month", **fields)


def around(mean: float, spread: float, n: int = 24) -> History:
    """A history that jumps about its mean: 24 months to December 2025."""
    return months(mean + spread * np.random.default_rng(5).normal(size=n))


# ---- the goal itself


def test_a_change_is_taken_of_the_baseline() -> None:
    goal = Goal(statement="x", change="+20%", baseline={"value": 50, "of": "competitor", "what": "the rival"})
    assert goal.aim == pytest.approx(60)
    assert Goal(statement="x", change=-0.5, baseline={"value": 50, "what": "us"}).aim == 25
    assert math.isnan(Goal(statement="x").aim)


def test_a_goal_is_the_same_from_yaml_and_python() -> None:
    text = """
    statement: Sell more by summer
    metric: sales
    segment: all
    direction: increase
    target: 130
    baseline: {value: 100, what: a usual month}
    deadline: 2026-06-30
    serves: profit
    because: Faster pages on mobile
    """
    assert Goal.from_yaml(text) == Goal(**WHOLE)
    assert Goal(**WHOLE).deadline == date(2026, 6, 30)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({}, r"^statement is missing\.$"),
        ({"statement": "  "}, "statement='  ' is not allowed; give some text"),
        ({"direction": "up"}, "direction='up' is not allowed; give 'increase' or 'decrease'"),
        ({"target": "many"}, "target='many' is not allowed; give a number"),
        ({"target": True}, "target=True is not allowed; give a number, not yes or no"),
        ({"target": float("inf")}, "target=inf is not allowed; give a number"),
        ({"deadline": "summer"}, "deadline='summer' is not allowed; give a date such as 2026-09-30"),
        ({"change": "a lot"}, r"change='a lot' is not allowed; give a share of the baseline, such as 0\.2 or '\+20%'"),
        ({"metrik": "sales"}, r"metrik is not a field; did you mean metric\? \(there are statement"),
        ({"baseline": {"value": 3}}, r"baseline\.what is missing"),
        (
            {"baseline": {"value": 3, "what": "x", "whose": 1}},
            r"baseline\.whose is not a field.*there are value, of, what",
        ),
        ({"baseline": 3}, "baseline=3 is not allowed; give fields with values"),
        ({"target": 5, "change": 0.2, "baseline": {"value": 3, "what": "x"}}, "give one of them"),
        ({"change": 0.2}, r"change=\+20% of what"),
        ({"direction": "increase", "target": 5, "baseline": {"value": 9, "what": "x"}}, "5 lies below the baseline 9"),
        ({"direction": "decrease", "target": 9, "baseline": {"value": 5, "what": "x"}}, "9 lies above the baseline 5"),
    ],
)
def test_a_wrong_field_is_named_with_what_it_holds_and_what_is_allowed(fields: dict, says: str) -> None:
    values = {"statement": "x"} | fields if fields else {}
    with pytest.raises(SpecError, match=says):
        Goal(**values)


def test_yaml_errors_name_the_line_and_all_mistakes_at_once(tmp_path) -> None:
    file = tmp_path / "goals.yml"
    file.write_text(
        "goals:\n"
        "  - statement: Sell more\n"
        "    direction: upwards\n"
        "  - statement: Sell faster\n"
        "    baseline:\n"
        "      value: much\n"
        "      what: last year\n"
        "    dedline: 2026-09-30\n",
        encoding="utf-8",
    )
    with pytest.raises(SpecError) as caught:
        load_goals(file)
    first, second, third = str(caught.value).splitlines()
    assert first == "goals.yml, line 3: goals[0].direction='upwards' is not allowed; give 'increase' or 'decrease'."
    assert second == "goals.yml, line 6: goals[1].baseline.value='much' is not allowed; give a number."
    assert third.startswith("goals.yml, line 8: goals[1].dedline is not a field; did you mean deadline?")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("statement: x\nstatement: y", "line 2: statement stands there already in line 1"),
        ("statement: [x", "line 1 is not YAML"),
        ("statement: x\ndeadline: 2026-06-31", "day"),
        ("- a\n- b", "holds list"),
        ("", "holds NoneType"),
        ("statement: !!python/object/apply:os.system [ls]", "not YAML"),
        ("metric: sales", "line 1: statement is missing"),
    ],
)
def test_a_text_that_is_no_goal_is_refused(text: str, says: str) -> None:
    with pytest.raises(SpecError, match=says):
        parse_yaml(text, Goal)


def test_a_file_that_cannot_be_read_is_named(tmp_path) -> None:
    with pytest.raises(SpecError, match=r"none\.yml cannot be read"):
        load_goals(tmp_path / "none.yml")
    (tmp_path / "latin.yml").write_bytes(b"goals: \xe9")
    with pytest.raises(SpecError, match=r"latin\.yml is not UTF-8"):
        load_goals(tmp_path / "latin.yml")


def test_good_goals_come_in_their_order(tmp_path) -> None:
    file = tmp_path / "goals.yml"
    file.write_text("goals:\n  - statement: one\n  - statement: دو\n", encoding="utf-8")
    assert [goal.statement for goal in load_goals(file)] == ["one", "دو"]


# ---- the bands, at their borders


Z90 = 1.2815515655446004


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (99.999999, "unambitious"),
        (100, "achievable"),
        (100 + 10 * Z90, "achievable"),
        (100 + 10 * Z90 + 1e-9, "stretch"),
        (130, "stretch"),
        (130.000001, "not achievable"),
    ],
)
def test_each_border_belongs_to_the_easier_band(target: float, expected: str) -> None:
    assert band(target, 100, 10, "increase") == expected
    # Mirrored for a goal that goes down.
    assert band(200 - target, 100, 10, "decrease") == expected


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e5), st.floats(-6, 6))
def test_bands_do_not_depend_on_the_unit(mean: float, se: float, away: float) -> None:
    near = min(abs(away - border) for border in (0, Z90, 3))
    if near > 1e-3:
        target = mean + away * se
        assert band(target, mean, se, "increase") == band(target * 64, mean * 64, se * 64, "increase")
        assert band(-target, -mean, se, "decrease") == band(target, mean, se, "increase")


def test_the_bound_that_a_forecast_shows_is_achievable() -> None:
    past = around(200, 20)
    ahead = forecast(past, until="2026-06-30")
    row = ahead.at("2026-06-30")
    for direction, end in (("increase", "high"), ("decrease", "low")):
        goal = Goal(**WHOLE | {"direction": direction, "target": row[end], "baseline": None})
        assert assess(goal, past, outlook=ahead).band == "achievable"
        further = row[end] + (1e-6 if direction == "increase" else -1e-6)
        assert assess(goal.model_copy(update={"target": further}), past, outlook=ahead).band == "stretch"


@pytest.mark.parametrize(("se", "direction"), [(0, "increase"), (float("nan"), "increase"), (1, "up")])
def test_a_band_needs_a_spread_and_a_direction(se: float, direction: str) -> None:
    with pytest.raises(SpecError):
        band(1, 0, se, direction)


# ---- the letters


def test_a_whole_goal_has_every_letter() -> None:
    found = assess(Goal(**WHOLE), around(105, 8))
    assert found.table["letter"].str.cat() == "SMARTER"
    assert found.status("specific") == found.status("relevant") == found.status("relative") == "yes"
    assert found.reason("relevant") == "A path leads to the business goal: sales → revenue → profit."
    assert "+30.0% against a usual month (own: 100)" in found.reason("relative")
    assert "24 months" in found.reason("measurable")


@pytest.mark.parametrize(
    ("without", "letter", "status"),
    [
        ("metric", "specific", "partly"),
        ("segment", "specific", "partly"),
        ("direction", "specific", "partly"),
        ("metric", "measurable", "no"),
        ("target", "measurable", "partly"),
        ("direction", "achievable", "unknown"),
        ("deadline", "achievable", "unknown"),
        ("serves", "relevant", "no"),
        ("deadline", "time_bound", "no"),
        ("because", "explainable", "no"),
        ("baseline", "relative", "no"),
    ],
)
def test_what_is_left_out_turns_off_its_own_light(without: str, letter: str, status: str) -> None:
    found = assess(Goal(**{key: value for key, value in WHOLE.items() if key != without}), around(105, 8))
    assert found.status(letter) == status


@pytest.mark.parametrize(
    ("se_away", "status", "name"),
    [
        (-0.5, "partly", "unambitious"),
        (0.7, "yes", "achievable"),
        (2, "partly", "stretch"),
        (5, "no", "not achievable"),
    ],
)
def test_the_light_follows_the_band(se_away: float, status: str, name: str) -> None:
    past = around(200, 20)
    ahead = forecast(past, until="2026-06-30")
    row = ahead.at("2026-06-30")
    target = row["mean"] + se_away * row["se"]
    found = assess(Goal(**WHOLE | {"target": target, "baseline": None}), past, outlook=ahead)
    assert (found.status("achievable"), found.band) == (status, name)
    assert found.forecast is ahead


def test_a_total_is_held_against_the_sum_of_the_periods() -> None:
    past = around(200, 20)
    found = assess(Goal(**WHOLE | {"over": "total", "target": 1300, "baseline": None}), past)
    assert found.expected is not None
    assert found.expected["mean"] == pytest.approx(forecast(past, until="2026-06-30").table["mean"].sum())
    assert found.band in ("achievable", "stretch")
    rate = History("sales", past.table.assign(value=0.3), "month", kind="rate")
    assert "does not add up" in assess(Goal(**WHOLE | {"over": "total"}), rate).reason("measurable")


def test_a_short_history_is_refused_honestly() -> None:
    found = assess(Goal(**WHOLE), months([100, 110, 90, 105], start="2025-09-01"))
    assert (found.status("achievable"), found.band, found.forecast) == ("unknown", None, None)
    assert "4 whole months; a forecast needs at least 12" in found.reason("achievable")


def test_numbers_of_something_else_measure_nothing() -> None:
    other = around(105, 8).with_(metric="visits")
    assert "the numbers at hand are visits" in assess(Goal(**WHOLE), other).reason("measurable")
    part = around(105, 8).with_(segment="email")
    assert "the numbers at hand are of email" in assess(Goal(**WHOLE), part).reason("measurable")
    assert assess(Goal(**WHOLE), part).status("achievable") == "unknown"
    assert assess(Goal(**WHOLE)).status("measurable") == "no"


def test_different_currencies_are_refused() -> None:
    money = around(105, 8).with_(kind="money", currency="EUR")
    with pytest.raises(SpecError, match=r"several currencies \(IRT, EUR\)"):
        assess(Goal(**WHOLE | {"currency": "IRT"}), money)


# ---- enough events, by hand: (z.975 + z.8) = 2.8016 standard errors are needed


def test_a_count_needs_as_many_events_as_a_test_would() -> None:
    # From 100 to T, chance makes sqrt(100 + T): T = 142 is 2.70 standard errors, T = 145 is 2.87.
    for target, status in ((142, "partly"), (145, "yes")):
        found = assess(Goal(**WHOLE | {"target": target}), around(100, 5))
        assert found.status("time_bound") == status
    assert "2.87 standard errors" in assess(Goal(**WHOLE | {"target": 145}), around(100, 5)).reason("time_bound")


def test_a_rate_counts_all_that_comes_until_the_deadline() -> None:
    def rate(n: int) -> History:
        period = pd.date_range("2024-01-01", periods=24, freq="MS")
        taken = np.tile([0.10, 0.10, 0.101, 0.099], 6)
        table = pd.DataFrame({"period": period, "value": taken, "numerator": taken * n, "denominator": float(n)})
        return History("sales", table, "month", kind="rate")

    goal = Goal(**WHOLE | {"target": 0.12, "baseline": {"value": 0.10, "what": "now"}})
    # sqrt((0.1 x 0.9 + 0.12 x 0.88) / n) must be at most 0.02 / 2.8016: n = 3838 people, 640 a month for six months.
    assert assess(goal, rate(630)).status("time_bound") == "partly"
    assert assess(goal, rate(650)).status("time_bound") == "yes"


def test_money_varies_by_the_squares_of_what_was_paid() -> None:
    goal = Goal(**WHOLE | {"target": 1450, "baseline": {"value": 1000, "what": "a usual month"}})
    table = around(1000, 50).table.assign(squares=lambda frame: frame["value"] * 10)
    # Orders of 10 each: a count of 100 to 145 in other words, hence 2.87 standard errors.
    ten = History("sales", table, "month", kind="money")
    assert "2.87 standard errors" in assess(goal, ten).reason("time_bound")
    unknown = History("sales", table.drop(columns="squares"), "month", kind="money")
    assert assess(goal, unknown).status("time_bound") == "partly"
    assert "does not carry" in assess(goal, unknown).reason("time_bound")


def test_a_deadline_in_the_past_is_no_time_bound() -> None:
    found = assess(Goal(**WHOLE | {"deadline": "2025-06-30"}), around(105, 8))
    assert found.status("time_bound") == "no"
    assert "is not after the history" in found.reason("achievable")


# ---- the KPI tree


def test_every_kpi_of_the_tree_leads_to_something_the_business_is_after() -> None:
    for name in FEEDS:
        assert path(name, "profit") or path(name, "awareness"), name


def test_a_path_is_the_shortest_and_may_be_ones_own() -> None:
    assert path("sales", "sales") == ["sales"]
    assert path("a", "c", {"a": ["b", "c"], "b": ["c"]}) == ["a", "c"]
    assert path("a", "a2", {"a": ["b"], "b": ["a"], "a2": []}) == []
    with pytest.raises(SpecError, match="'fun' is not in the KPI tree"):
        path("fun", "profit")
    assert assess(Goal(**WHOLE | {"metric": "fun"})).status("relevant") == "unknown"
    found = assess(Goal(**WHOLE | {"metric": "fun"}), tree={"fun": ["profit"]})
    assert found.status("relevant") == "yes"


def test_the_verdict_counts_and_names_the_worst() -> None:
    found = assess(Goal(statement="Be the best"))
    assert found.verdict.startswith("0 of 7 letters. First mend “specific”")
    with pytest.raises(SpecError, match="name='nice'"):
        found.reason("nice")
    assert "<b>" not in assess(Goal(statement="x", because="<b>bold</b>"))._repr_html_()
