"""Histories from tables and logs, and forecasts: by hand where that can be done, and held against what then came."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funnel_utils import EventLog
from funnel_utils.errors import LogError, SpecError
from funnel_utils.plan import History, TooShort, forecast
from funnel_utils.plan.smoothing import Ahead, ahead
from funnel_utils.synthetic import load_pardis, load_plan_months


def months(values, start="2023-01-01", **fields) -> History:
    period = pd.date_range(start, periods=len(values), freq="MS")
    return History("sales", pd.DataFrame({"period": period, "value": values}), "month", **fields)


# ---- from a table


def test_rows_are_added_up_by_period_and_kept_by_condition() -> None:
    table = load_plan_months()
    email = History.of(table, "sales", where={"channel": "email"}, segment="email")
    own = table[table["channel"] == "email"]
    assert email.values.tolist() == own["sales"].tolist()
    both = History.of(table, "sales", where={"channel": ["email", "social"]})
    assert both.values[0] == own["sales"].iloc[0] + table.query("channel == 'social'")["sales"].iloc[0]
    rate = History.of(table, "lead_rate", value="leads", of="visits")
    first = table[table["month"] == "2023-03"]
    assert rate.values[0] == pytest.approx(first["leads"].sum() / first["visits"].sum())
    assert rate.kind == "rate"
    money = History.of(table, "revenue", kind="money")
    assert (money.currency, money.kind) == ("IRT", "money")


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda t: History.of(t, "clicks"), "no column 'clicks'"),
        (lambda t: History.of(t, "sales", where={"place": "x"}), "no column 'place'"),
        (lambda t: History.of(t, "sales", where={"channel": "tv"}), "no row has channel='tv'"),
        (lambda t: History.of(t[t["month"] != "2024-02"], "sales"), "look at 2024-02-01"),
        (lambda t: History.of(t.assign(month="soon"), "sales"), "cannot be read as dates"),
        (lambda t: History.of(t.assign(sales=t["sales"].where(t.index > 0)), "sales"), "1 rows have no sales"),
        (lambda t: History.of(t.assign(sales=-t["sales"]), "sales"), "not possible for a count"),
        (
            lambda t: History.of(t.assign(currency=["EUR"] + ["IRT"] * 179), "revenue", kind="money"),
            "several currencies",
        ),
        (lambda t: History.of(t, "sales", by="year"), "by='year'"),
        (lambda t: months([1, 2], kind="odds"), "kind='odds'"),
        (lambda t: months([1, 1.2], kind="rate"), "not possible for a rate"),
        (lambda t: months([]), "history is empty"),
        (lambda t: History("x", pd.DataFrame({"period": ["2025-01-01"] * 2, "value": [1, 2]}), "month"), "there twice"),
        (lambda t: History("x", pd.DataFrame({"at": [1]}), "month"), "no column 'period'"),
    ],
)
def test_a_table_that_is_no_history_is_refused(make, says: str) -> None:
    with pytest.raises(SpecError, match=says):
        make(load_plan_months())


# ---- from a log


def test_periods_are_those_of_the_logs_calendar() -> None:
    # 22:00 UTC on 31 January is 1:30 on 1 February in Tehran.
    story = {"ana": ["pay@30d22h", "pay@40d"], "ben": ["visit@0", "visit@59d23h"]}
    log = EventLog.from_story(story, start="2026-01-01", report_tz="Asia/Tehran")
    found = History.from_log(log, "pay")
    assert found.table["period"].dt.strftime("%Y-%m-%d").tolist() == ["2026-01-01", "2026-02-01"]
    assert found.values.tolist() == [0, 2]


def test_half_a_month_is_not_a_bad_month() -> None:
    story = {"ana": ["pay@0", "pay@20d", "pay@35d", "pay@70d"]}
    found = History.from_log(EventLog.from_story(story, start="2026-01-15"), "pay")
    # From 15 January to 26 March only February was seen from start to end.
    assert found.table["period"].dt.month.tolist() == [2]
    assert found.partial["period"].dt.month.tolist() == [1, 3]


def test_users_events_values_and_shares() -> None:
    story = {
        "ana": [("pay@1d", {"value": 30}), ("pay@2d", {"value": 10}), "visit@0", ("back@3d", {"value": 10})],
        "ben": ["visit@1h", "visit@13d23h"],
        "cyd": ["visit@8d", ("pay@9d", {"value": 5})],
    }
    log = EventLog.from_story(story, start="2026-01-05")
    week = {"by": "week"}
    assert History.from_log(log, "pay", **week).values.tolist() == [2, 1]
    assert History.from_log(log, "pay", measure="users", **week).values.tolist() == [1, 1]
    money = History.from_log(log, "pay", measure="value", less="back", **week)
    assert money.values.tolist() == [30, 5]
    # 30^2 + 10^2 + 10^2 taken back.
    assert money.table["squares"].tolist() == [1100, 25]
    share = History.from_log(log, "pay", measure="users", of="visit", **week)
    assert share.table[["numerator", "denominator"]].to_numpy().tolist() == [[1, 2], [1, 2]]


def test_the_shops_revenue_is_that_of_its_rows() -> None:
    log = load_pardis()
    found = History.from_log(log, "purchase", by="week", measure="value", less="cancel_order")
    rows = log.table.filter(log.table.event.isin(["purchase", "cancel_order"])).to_pandas()
    signed = rows["value"].where(rows["event"] == "purchase", -rows["value"])
    assert found.values.sum() == pytest.approx(signed.sum())
    assert (len(found), found.currency) == (13, "IRT")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"event": "fly"}, "'fly' never occurs"),
        ({"event": "visit", "measure": "clicks"}, "measure='clicks'"),
        ({"event": "visit", "less": "x"}, "less='x' subtracts values"),
        ({"event": "visit", "of": "x"}, "of='x' makes a share of people"),
        ({"event": "visit", "measure": "value"}, "no property 'value'"),
        ({"event": "visit", "by": "year"}, "by='year'"),
    ],
)
def test_what_a_log_cannot_say_is_refused(options: dict, says: str) -> None:
    log = EventLog.from_story({"ana": ["visit@0", "visit@40d"]})
    with pytest.raises((SpecError, LogError), match=says):
        History.from_log(log, **{"by": "week"} | options)


# ---- forecasts


def test_a_shock_lasts_as_its_weights_say() -> None:
    # Level with weights 1, a, a: variances 1, 1 + a^2, 1 + 2 a^2; of the sum of two: (1 + a)^2 + 1.
    found = Ahead(np.zeros(3), np.array([1, 0.5, 0.5]), sigma=2.0)
    assert np.diag(found.covariance).tolist() == [4, 5, 6]
    assert found.covariance[:2, :2].sum() == pytest.approx(4 * (1.5**2 + 1))


def test_the_naive_form_repeats_last_season() -> None:
    values = np.array([1, 2, 3, 4, 11, 12, 13, 16.0])
    found, _ = ahead("naive", values, 4, 6)
    assert found.mean.tolist() == [11, 12, 13, 16, 11, 12]
    # Differences over a season: 10, 10, 10, 12; a shock comes back a season later.
    assert found.sigma == pytest.approx(math.sqrt((300 + 144) / 4))
    assert found.weights.tolist() == [1, 0, 0, 0, 1, 0]


def test_exponential_smoothing_is_that_of_its_recursion() -> None:
    """Simple exponential smoothing written out: level += a (y - level)."""
    rng = np.random.default_rng(2)
    values = 50 + rng.normal(size=30).cumsum()
    found, params = ahead("level", values, None, 3)
    alpha = params[0]
    # statsmodels starts from a level of its own; after 30 values, how it began matters less than a thousandth.
    level = values[:10].mean()
    for y in values:
        level += alpha * (y - level)
    assert found.mean == pytest.approx([level] * 3, rel=2e-2)
    assert found.weights.tolist() == pytest.approx([1, alpha, alpha])


def test_a_season_is_found_where_there_is_one() -> None:
    t = np.arange(48)
    noise = np.random.default_rng(1).normal(size=48)
    found = forecast(months(500 + 100 * np.sin(t * np.pi / 6) + 5 * noise), periods=12)
    coming = 500 + 100 * np.sin((48 + np.arange(12)) * np.pi / 6)
    assert found.season == 12
    assert np.abs(found.table["mean"] - coming).max() < 20
    assert found.backtest.mase < 1.5
    assert found.table["se"].max() < 40


def test_a_forecast_never_sees_what_it_forecasts() -> None:
    """A step in the last period changes no backtest forecast of it or of anything before."""
    values = 100 + 10 * np.random.default_rng(4).normal(size=30)
    jumped = np.append(values[:-1], 1000.0)
    before, after = (forecast(months(v), periods=1, season=1) for v in (values, jumped))
    if before.model == after.model:
        both = [found.backtest.table["mean"].to_numpy() for found in (before, after)]
        assert both[0] == pytest.approx(both[1])
    baseline = [found.backtest.table["baseline"].to_numpy() for found in (before, after)]
    assert baseline[0] == pytest.approx(baseline[1])


def test_the_backtest_adds_up() -> None:
    past = months(100 + 10 * np.random.default_rng(6).normal(size=30))
    found = forecast(past, periods=3, season=1)
    table = found.backtest.table
    # Twelve origins; those near the end have fewer periods ahead of them.
    assert table.groupby("ahead").size().tolist() == [12, 11, 10]
    assert (table["period"] > table["origin"]).all()
    known = past.table.set_index("period")["value"]
    assert table["actual"].tolist() == known.loc[table["period"]].tolist()
    inside = (table["actual"] >= table["low"]) & (table["actual"] <= table["high"])
    coverage = found.backtest.coverage
    assert (coverage["inside"], coverage["total"]) == (inside.sum(), 33)
    # MASE by hand: mean absolute error over the mean step within what each origin knew.
    steps = [np.abs(np.diff(past.values[:o])).mean() for o in range(18, 30)]
    assert found.backtest.mase == pytest.approx((table["actual"] - table["mean"]).abs().mean() / np.mean(steps))
    assert found.backtest.widened >= 1
    assert found.backtest.mase <= found.backtest.baseline_mase


def test_intervals_hold_what_comes_about_as_often_as_stated() -> None:
    """60 histories x 3 months at 80%; neighbouring months share their error, so the slack is that of 60, not of 180."""
    held = total = 0
    for seed in range(60):
        rng = np.random.default_rng([9, seed])
        values = np.maximum(100 + 0.5 * np.arange(27) + 10 * rng.normal(size=27), 0)
        table = forecast(months(values[:24]), periods=3).table
        held += (table["low"].to_numpy() <= values[24:]).sum() - (table["high"].to_numpy() < values[24:]).sum()
        total += 3
    slack = 4 * math.sqrt(0.8 * 0.2 / 60)
    assert 0.8 - slack <= held / total <= 0.8 + slack


@settings(max_examples=8, deadline=None)
@given(st.floats(1e-3, 1e7))
def test_another_unit_changes_the_unit_and_nothing_else(rate: float) -> None:
    values = 100 + 10 * np.random.default_rng(8).normal(size=24)
    here, there = (forecast(months(values * r, kind="money"), periods=2) for r in (1.0, rate))
    assert there.model == here.model
    for name in ("mean", "se", "low", "high"):
        assert there.table[name].to_numpy() == pytest.approx(rate * here.table[name].to_numpy(), rel=1e-3)


def test_bounds_stay_where_the_metric_can_be() -> None:
    counts = np.random.default_rng(3).poisson(1.5, 24)
    assert (forecast(months(counts), periods=4).table["low"] >= 0).all()
    rates = np.clip(np.random.default_rng(3).normal(0.97, 0.02, 24), 0, 1)
    found = forecast(months(rates, kind="rate"), periods=4)
    assert (found.table["high"] <= 1).all()
    with pytest.raises(SpecError, match="do not add up"):
        found.total()


def test_a_total_is_the_sum_with_its_covariance() -> None:
    found = forecast(months(100 + np.random.default_rng(8).normal(size=24).cumsum()), periods=4)
    total = found.total()
    assert total["mean"] == pytest.approx(found.table["mean"].sum())
    assert total["se"] == pytest.approx(found.sums * math.sqrt(found.covariance.sum()))
    assert found.sums >= 1
    # On a wandering history errors add up instead of cancelling.
    assert total["se"] > math.sqrt((found.table["se"] ** 2).sum())
    assert found.total("2025-01-31")["mean"] == pytest.approx(found.table["mean"].iloc[0])


@pytest.mark.parametrize(
    ("n", "options", "says"),
    [
        (11, {"periods": 1}, "11 whole months; a forecast needs at least 12"),
        (14, {"periods": 8}, "14 whole months and 8 are to be forecast"),
        (0, {"periods": 1}, "nothing can be learnt"),
    ],
)
def test_a_history_that_is_too_short_is_refused(n: int, options: dict, says: str) -> None:
    past = months(np.random.default_rng(1).normal(100, 5, n) if n else [7] * 20)
    with pytest.raises(TooShort, match=says):
        forecast(past, **options)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, "one of until=, periods="),
        ({"periods": 2, "until": "2026-01-01"}, "one of until=, periods="),
        ({"periods": 0}, "periods=0"),
        ({"periods": 1.5}, "periods=1.5"),
        ({"until": "2020-01-01"}, "is not after the history"),
        ({"periods": 1, "level": 1.5}, "level=1.5"),
        ({"periods": 1, "season": 0}, "season=0"),
    ],
)
def test_a_forecast_of_nowhere_is_refused(options: dict, says: str) -> None:
    with pytest.raises(SpecError, match=says):
        forecast(months(np.random.default_rng(1).normal(100, 5, 24)), **options)


def test_a_day_outside_the_forecast_is_refused() -> None:
    found = forecast(months(np.random.default_rng(1).normal(100, 5, 24)), periods=2)
    assert found.at("2025-02-28")["period"] == pd.Timestamp("2025-02-01")
    with pytest.raises(SpecError, match="2025-01-01 to 2025-02-01"):
        found.at("2025-03-01")


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.one_of(st.integers(0, 5), st.floats(0, 1e6)), min_size=8, max_size=40),
    st.integers(1, 8),
    st.sampled_from([None, 1, 4]),
)
def test_any_history_is_forecast_or_refused_by_name(values: list[float], periods: int, season: int | None) -> None:
    try:
        found = forecast(months(values, kind="money"), periods=periods, season=season)
    except TooShort as refused:
        repeats = "repeats itself exactly" in str(refused)
        assert repeats or len(values) < max(12, 2 * periods) or len(set(values)) == 1
        return
    assert len(found.table) == periods
    assert np.isfinite(found.table[["mean", "se", "low", "high"]].to_numpy()).all()
    assert (found.table["se"] > 0).all()
    assert "nan" not in found.verdict


def test_a_plan_that_repeats_itself_is_no_result() -> None:
    with pytest.raises(TooShort, match="Are these plans"):
        forecast(months([10, 20, 30, 40] * 8), periods=2, season=4)
