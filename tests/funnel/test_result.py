"""Results end to end: a story in, every metric out."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funnel_utils import stats
from funnel_utils.errors import LogError, SpecError
from funnel_utils.events import EventLog
from funnel_utils.export import defuse, to_csv, to_parquet
from funnel_utils.funnel import Funnel, FunnelResult, Step

REFERENCE = json.loads((Path(__file__).parent.parent / "reference" / "funnel-cases.json").read_text())


def log(stories, **options):
    return EventLog.from_story(stories, start="2026-01-01", **options)


STORY = {
    "ana": [("visit@0", {"channel": "ads"}), "cart@5m", ("pay@2h", {"value": 30.0})],
    "ben": [("visit@1h", {"channel": "ads"}), "cart@3h", "help@4h"],
    "cyd": [("visit@2h", {"channel": "mail"}), "read@3h"],
    "dee": ["read@1h"],
    "end": [("visit@10d", {"channel": "mail"})],
}


@pytest.fixture
def result():
    return Funnel(["visit", "cart", "pay"], window="7d").run(log(STORY))


def test_a_story_becomes_a_funnel(result):
    assert result.steps["units"].tolist() == [4, 2, 1]
    assert result.conversion["converted"].tolist() == [1, 1, 1]
    assert result.conversion["entered"].tolist() == [3, 4, 5]  # "end" is not mature; "dee" never entered
    assert result.weakest is None
    assert "33.3% of those who entered converted (1 of 3" in result.verdict
    assert isinstance(result, FunnelResult)


def test_value_at_stake_uses_the_mean_value_of_a_conversion(result):
    assert result.mean_value == 30.0
    assert result.steps["value_at_stake"].tolist() == [0.0, 2 * 0.5 * 30, 30.0]


def test_every_table_has_numerator_denominator_rate_and_interval(result):
    tables = {
        "steps": (result.steps, "advanced", "of", "rate"),
        "conversion": (result.conversion, "converted", "entered", "rate"),
        "sources": (result.sources(), "converted", "units", "rate"),
        "exits": (result.exits(), "units", "of", "share"),
        "breakdown": (result.breakdown("channel"), "advanced", "of", "rate"),
        "trend": (result.trend(), "converted", "entered", "rate"),
        "time": (result.time_in_stage(), "advanced", "at_risk", None),
    }
    for name, (frame, numerator, denominator, rate) in tables.items():
        assert len(frame), name
        assert {numerator, denominator, "low", "high", "interval"} <= set(frame.columns), name
        if rate:
            expected = stats.rate(frame[numerator], frame[denominator])
            assert np.allclose(frame[rate].astype(float), expected, equal_nan=True), name


def test_a_step_that_never_occurs_counts_nobody_and_warns():
    found = Funnel(["visit", "wave"], window="7d").run(log(STORY))
    assert found.steps["units"].tolist() == [4, 0]
    assert any("never occurs" in warning for warning in found.warnings)


def test_a_property_asked_for_later_is_matched_again(result):
    assert result.breakdown("channel", 1).query("step == 1 and kind == 'value'")["units"].tolist() == [2, 2]
    early = Funnel(["visit", "cart", "pay"], window="7d").run(log(STORY), carry=["channel"])
    assert early.table.columns.count("channel@1") == 1
    pd.testing.assert_frame_equal(early.breakdown("channel", 1), result.breakdown("channel", 1))
    with pytest.raises(LogError, match="colour"):
        result.breakdown("colour")


def test_all_attribution_matches_again_holding_the_property():
    story = {
        "one": [("visit@0", {"item": "a"}), ("cart@1m", {"item": "b"}), ("cart@2m", {"item": "a"})],
        "two": [("visit@0", {"item": "a"}), ("cart@1m", {"item": "b"})],
    }
    found = Funnel(["visit", "cart"]).run(log(story)).breakdown("item", "all")
    assert found.query("kind == 'value'")["units"].tolist() == [2, 1]


@pytest.mark.parametrize("case", [c for c in REFERENCE if c.get("breakdown")], ids=lambda c: c["name"])
def test_breakdowns_as_vendors_make_them(case):
    funnel = Funnel.like("mixpanel", case["steps"], window=f"{case['window_seconds']}s")
    rows = [{k: e[k] for k in ("user", "event", "timestamp")} | e["properties"] for e in case["events"]]
    found = funnel.run(EventLog.read(pd.DataFrame(rows))).breakdown(case["breakdown"], 1)
    wide = found.pivot_table(index="value", columns="step", values="units", sort=False)
    total = wide[wide.index.str.startswith("(total")].to_numpy().ravel().tolist()
    assert wide[~wide.index.str.startswith("(total")].T.to_dict("list") == case["expected_by_value"]
    assert total == case["expected_counts_per_step"]
    assert "sum of segments" in wide.index[-1]


# Rows that repeat per person


def test_every_attempt_counts_and_the_interval_says_how():
    story = {"ana": ["visit@0", "pay@1h", "visit@1d", "visit@2d", "pay@2d1h"], "ben": ["visit@0"]}
    found = Funnel(["visit", "pay"], window="2h", entry="every").run(log(story))
    assert found.steps["units"].tolist() == [4, 2]
    assert found.steps["interval"].unique().tolist() == ["delta method, clustered by user"]
    assert found.conversion["converted"].tolist() == [2, 2, 1]  # the share of all units counts ana once
    assert len(found.members(2)) == 1


def test_sessions_are_clustered_by_their_user():
    def visit(number, *events):
        return [(event, {"session": number}) for event in events]

    story = {
        "ana": [*visit("1", "visit@0", "pay@1m"), *visit("2", "visit@1d")],
        "ben": visit("1", "visit@0", "pay@5m"),
        "cyd": [*visit("1", "visit@0"), *visit("2", "visit@1d"), *visit("3", "visit@2d")],
    }
    found = Funnel(["visit", "pay"], unit="session", window="1h").run(log(story))
    assert found.steps["units"].tolist() == [6, 2]
    y, x = np.array([1.0, 1, 0]), np.array([2.0, 1, 3])
    expected = stats.ratio_delta(2, 6, 2, (x * y).sum(), (x * x).sum(), 3)
    assert found.steps.loc[1, ["low", "high"]].tolist() == pytest.approx([expected.low[0], expected.high[0]])
    assert found.steps["interval"].iloc[1] == "delta method, clustered by user"
    assert found.conversion["entered"].iloc[-1] == 6
    assert found.exits()["units"].sum() == 3  # cyd's last session ended with the log: its window is open
    with pytest.raises(SpecError, match="count once"):
        found.compare_previous("1d")


def test_an_open_funnel_is_entered_anywhere():
    story = {
        "ana": [("visit@0", {"channel": "ads"}), "cart@1m", "pay@2m"],
        "ben": [("cart@0", {"channel": "mail"}), "pay@1m"],
        "cyd": [("pay@0", {"channel": "mail"})],
    }
    found = Funnel(["visit", "cart", "pay"], closed=False).run(log(story))
    assert found.steps["units"].tolist() == [1, 2, 3]
    assert (found.steps["rate"].dropna() <= 1).all()
    assert found.sources("channel").set_index("source")["converted"].to_dict() == {"ads": 1, "mail": 2}


def test_optional_steps_have_a_take_up_rate():
    story = {"a": ["visit@0", "guide@1m", "pay@2m"], "b": ["visit@0", "pay@2m"], "c": ["visit@0", "guide@1m"]}
    steps = Funnel(["visit", Step("guide", optional=True), "pay"]).run(log(story)).steps
    assert steps["units"].tolist() == [3, 2, 2]
    assert steps["of"].tolist() == [3, 3, 3]


# Segments


def test_members_and_those_lost(result):
    assert result.members(2).to_frame()["unit"].tolist() == ["ana", "ben"]
    lost = result.members(3, lost=True)
    assert lost.to_frame()["unit"].tolist() == ["ben"]
    assert len(lost) == 1
    assert "ben" not in repr(lost)


def test_a_segment_filters_a_log_and_keeps_its_end(result):
    narrow = result.members(2).of(result.log)
    assert narrow.n_users() == 2
    assert narrow.observed_until == result.log.observed_until
    assert result.funnel.run(narrow).steps["units"].tolist() == [2, 2, 1]


def test_a_segment_outlives_its_result():
    segment = Funnel(["visit", "cart"]).run(log(STORY)).members(2)
    assert len(segment) == 2


@pytest.mark.parametrize(("step", "lost"), [(0, False), (4, False), (True, False), (1, True)])
def test_members_of_a_step_that_is_none(result, step, lost):
    with pytest.raises(SpecError, match="members"):
        result.members(step, lost=lost)


def test_survival_of_the_last_step_is_refused(result):
    with pytest.raises(SpecError, match="survival"):
        result.survival(3)


def test_comparing_needs_one_thing_to_compare(result):
    with pytest.raises(SpecError, match="name a property"):
        result.compare()
    with pytest.raises(SpecError, match="name a property"):
        result.compare("channel", compare="previous_period")
    assert len(result.compare(compare="previous_period", period="1d")) == 3


# Looks and files

EVIL = {
    "x": [("<script>alert(1)</script>@0", {"channel": "=HYPERLINK(1)"}), "=cmd|' /C calc'!A0@1m"],
    "y": [("<script>alert(1)</script>@1h", {"channel": "<img src=x onerror=alert(1)>"})],
}


@pytest.fixture
def evil():
    return Funnel(["<script>alert(1)</script>", "=cmd|' /C calc'!A0"], name="<b>bold</b>").run(log(EVIL))


def test_names_from_the_log_are_shown_not_run(evil):
    shown = evil._repr_html_()
    assert "<script" not in shown
    assert "<b>" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown


def test_csv_defuses_formulas_and_leaves_numbers(evil, tmp_path):
    path = to_csv(evil.sources(), tmp_path / "sources.csv")
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    assert {row["source"] for row in rows} == {"'=HYPERLINK(1)", "<img src=x onerror=alert(1)>"}
    assert {row["units"] for row in rows} == {"1"}
    steps = list(csv.DictReader(evil.to_csv(tmp_path / "steps.csv").read_text(encoding="utf-8").splitlines()))
    assert steps[1]["label"] == "'=cmd|' /C calc'!A0"


def test_negative_numbers_are_no_formulas(tmp_path):
    frame = pd.DataFrame({"difference": [-0.5, 0.25], "-name": ["-x", "x"]})
    assert to_csv(frame, tmp_path / "a.csv").read_text() == "difference,'-name\n-0.5,'-x\n0.25,x\n"


@given(st.text())
def test_a_defused_cell_starts_no_formula_and_loses_nothing(text):
    safe = defuse(text)
    assert safe in (text, "'" + text)
    assert not safe.lstrip().startswith(tuple("=+-@"))


def test_parquet_comes_back_as_it_was(result, tmp_path):
    path = result.to_parquet(tmp_path / "steps.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(path), result.to_frame(), check_dtype=False)


def test_a_failed_export_leaves_the_old_file(tmp_path):
    target = tmp_path / "a.parquet"
    target.write_text("old")
    with pytest.raises(Exception, match=r".+"):
        to_parquet(pd.DataFrame({"a": [object()]}), target)
    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.parquet"]


def test_the_frame_is_a_copy(result):
    mine = result.to_frame()
    mine["units"] = 99
    assert result.steps["units"].iloc[0] == 4


def test_each_kind_of_plot_is_a_figure(result):
    from matplotlib.figure import Figure

    for kind in ("funnel", "time", "sources", "trend", "exits"):
        assert isinstance(result.plot(kind), Figure)
    with pytest.raises(SpecError, match="pie"):
        result.plot("pie")


def test_what_if_starts_from_the_measured_rates(result):
    model = result.what_if(value=10.0)
    assert model.conversions == pytest.approx(result.steps["units"].iloc[-1])


# Invariants

events = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 9)), min_size=1, max_size=8)


@settings(max_examples=8, deadline=None)
@given(st.lists(events, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_order_of_rows_and_names_of_users_change_nothing(people, random):
    rows = [
        {"user": f"u{i}", "event": event, "timestamp": pd.Timestamp("2026-01-01") + pd.Timedelta(hours=hour)}
        for i, story in enumerate(people)
        for event, hour in story
    ]
    funnel = Funnel(["a", "b", "c"], window="5h")
    names = [f"v{i}" for i in range(len(people))]
    random.shuffle(names)
    shuffled = [row | {"user": names[int(row["user"][1:])]} for row in rows]
    random.shuffle(shuffled)
    one, other = (funnel.run(EventLog.read(pd.DataFrame(r))) for r in (rows, shuffled))
    pd.testing.assert_frame_equal(one.steps, other.steps)
    pd.testing.assert_frame_equal(one.conversion, other.conversion)
    pd.testing.assert_frame_equal(one.trend("day"), other.trend("day"))
    units = one.steps["units"]
    assert (units.diff().dropna() <= 0).all()
    assert one.trend("day")["entered"].sum() == units.iloc[0]
    assert one.time_in_stage()["at_risk"].tolist() == units.iloc[:-1].tolist()
    assert sum(len(one.members(k, lost=True)) for k in (2, 3)) == units.iloc[0] - units.iloc[-1]


def test_mixed_currencies_are_refused_where_money_is_added() -> None:
    story: dict[str, list[Any]] = {
        "ana": ["visit@0", ("pay@1h", {"value": 10.0, "currency": "EUR"})],
        "bo": ["visit@0", ("pay@1h", {"value": 10.0, "currency": "USD"})],
    }
    found = Funnel(["visit", "pay"]).run(EventLog.from_story(story, start="2026-01-01"))
    assert found.steps.units.tolist() == [2, 2]
    assert found.steps.value_at_stake.isna().all()
    assert any("EUR" in warning for warning in found.warnings)
    with pytest.raises(LogError, match="EUR"):
        _ = found.mean_value
