"""Every metric on match tables written by hand, in two engines, against figures worked out on paper."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from funnel_utils import stats
from funnel_utils.errors import LogError, SpecError
from funnel_utils.funnel import breakdown, comparison, content, conversion, drivers, exits, sources, timing, trend
from funnel_utils.funnel.close import close_rate
from funnel_utils.funnel.spec import Funnel, Step
from tests.funnel.hand import ENGINES, HandLog, at, row, table, world

FUNNEL = Funnel(["visit", "cart", "pay"], window="7d")
NAN = float("nan")


@pytest.fixture(params=ENGINES)
def engine(request):
    return request.param


def crowd(levels, **given):
    """One unit for each level, all entering at the start."""
    return [row(f"u{i}", *(["0s", "1h", "2h"][:n] + [None] * (3 - n)), **given) for i, n in enumerate(levels)]


# Steps and the headline


def test_the_documents_example_4000_to_280_is_7_percent(engine):
    rows = crowd([3] * 7 + [2] * 13 + [1] * 80)
    found = conversion.steps(table(rows, engine), FUNNEL, None, NAN)
    assert found["units"].tolist() == [100, 20, 7]
    assert found["overall"].tolist() == [1.0, 0.2, 0.07]
    assert found["rate"].tolist() == [1.0, 0.2, 7 / 20]
    assert found["lost"].tolist() == [0, 80, 13]
    low, high = stats.wilson(7, 100)
    assert found[["overall_low", "overall_high"]].iloc[2].tolist() == [low[0], high[0]]


def test_rows_that_do_not_count_are_in_no_figure(engine):
    rows = crowd([3, 2, 1]) + crowd([3, 3], counts=False)
    assert conversion.steps(table(rows, engine), FUNNEL, None, NAN)["units"].tolist() == [3, 2, 1]


def test_value_at_stake_is_lost_times_later_rates_times_mean_value(engine):
    rows = crowd([3] * 10 + [2] * 30 + [1] * 60)
    for i, each in enumerate(rows):
        each["value@3"] = 50.0 if i < 10 else None
    matched = table(rows, engine)
    total, mean = conversion.mean_value(matched, FUNNEL, "value@3")
    assert (total, mean) == (500.0, 50.0)
    found = conversion.steps(matched, FUNNEL, None, mean)
    assert found["value_at_stake"].tolist() == [0.0, 60 * 0.25 * 50, 30 * 50]


def test_without_values_there_is_no_value_at_stake(engine):
    found = conversion.steps(table(crowd([3, 2, 1]), engine), FUNNEL, None, NAN)
    assert found["value_at_stake"].isna().all()


def test_the_weakest_step_needs_thirty_units_to_lose():
    few = conversion.steps(table(crowd([3] + [2] * 28 + [1] * 71), "duckdb"), FUNNEL, None, NAN)
    # Cart to pay is 1 of 29, far lower, but 29 units say too little.
    assert conversion.weakest(few) == 2
    enough = conversion.steps(table(crowd([3] + [2] * 29 + [1] * 70), "duckdb"), FUNNEL, None, NAN)
    assert conversion.weakest(enough) == 3
    assert enough["weakest"].tolist() == [False, False, True]
    assert conversion.weakest(conversion.steps(table(crowd([1] * 29), "duckdb"), FUNNEL, None, NAN)) is None


def test_an_optional_step_has_a_take_up_rate_and_is_no_denominator(engine):
    funnel = Funnel(["visit", Step("guide", optional=True), "pay"])
    rows = [
        row("a", "0s", "1h", "2h"),
        row("b", "0s", None, "2h"),
        row("c", "0s", "1h", None, level=1),
        row("d", "0s", None, None),
    ]
    found = conversion.steps(table(rows, engine), funnel, None, NAN)
    assert found["units"].tolist() == [4, 2, 2]
    assert found["of"].tolist() == [4, 4, 4]
    assert found["lost"].tolist() == [0, 0, 2]


def test_an_open_funnels_rates_are_out_of_those_who_were_there(engine):
    funnel = Funnel(["visit", "cart", "pay"], closed=False)
    rows = [
        row("a", "0s", "1h", "2h"),
        row("b", None, "1h", "2h", entry_step=2, entry=at("1h"), first_entry=at("1h")),
        row("c", "0s", None, None),
        row("c", None, None, "5h", attempt=2, entry_step=3, entry=at("5h")),
    ]
    found = conversion.steps(table(rows, engine), funnel, None, NAN)
    assert found["units"].tolist() == [2, 2, 3]  # c is at step 1 and at step 3, once each
    assert found["advanced"].tolist() == [2, 1, 2]
    assert found["of"].tolist() == [2, 2, 2]
    assert found["overall"].tolist() == [1.0, 0.5, 0.5]


def test_unordered_steps_are_counts_of_distinct_steps():
    funnel = Funnel(["a", "b", "c"], order="unordered", fixed={1: 1})
    found = conversion.steps(table(crowd([3, 2, 1]), "duckdb"), funnel, None, NAN)
    assert found["label"].tolist() == ["a", "any 2 steps", "any 3 steps"]


def test_attempts_of_one_person_are_clustered(engine):
    funnel = Funnel(["visit", "cart", "pay"], entry="every")
    rows = []
    for person, levels in enumerate([[3, 3], [1], [1, 1, 1], [3]]):
        rows += [each | {"unit": f"p{person}", "attempt": i} for i, each in enumerate(crowd(levels), 1)]
    found = conversion.steps(table(rows, engine), funnel, "unit", NAN).iloc[2]
    y, x = np.array([2, 0, 0, 1.0]), np.array([2, 1, 3, 1.0])
    expected = stats.ratio_delta(y.sum(), x.sum(), (y * y).sum(), (x * y).sum(), (x * x).sum(), 4)
    assert (found["overall"], found["overall_low"], found["overall_high"]) == pytest.approx(
        (3 / 7, expected.low[0], expected.high[0])
    )
    assert found["interval"] == "delta method, clustered by user"


def test_the_headline_is_over_mature_units_and_all_is_provisional(engine):
    rows = crowd([3] * 5 + [1] * 15) + [each | {"unit": "x" + each["unit"], "mature": False} for each in crowd([3] * 4)]
    found = conversion.conversion(table(rows, engine), FUNNEL, None, units=100)
    assert found["basis"].tolist() == ["mature", "all", "share of all units"]
    assert found["converted"].tolist() == [5, 9, 9]
    assert found["entered"].tolist() == [20, 24, 100]
    assert found["provisional"].tolist() == [False, True, True]


def test_all_mature_is_final(engine):
    found = conversion.conversion(table(crowd([3, 1]), engine), FUNNEL, None, units=2)
    assert not found["provisional"].any()


def test_without_a_window_nobody_is_mature(engine):
    funnel = Funnel(["visit", "cart", "pay"])
    found = conversion.conversion(table(crowd([3, 1], mature=None), engine), funnel, None, units=2)
    assert found["basis"].tolist() == ["all", "share of all units"]
    assert found["provisional"].all()


def test_an_empty_funnel_says_nobody():
    matched = table(crowd([1], counts=False), "duckdb")
    found = conversion.steps(matched, FUNNEL, None, NAN)
    assert found["units"].tolist() == [0, 0, 0]
    assert found[["rate", "low", "high"]].isna().all().all()
    assert "Nobody entered" in conversion.verdict(found, conversion.conversion(matched, FUNNEL, None, 0))


# Time in stage


def stays(engine):
    """Five units at step 1: two go on after 1 h and 3 h; three are censored at window end, log end, log end."""
    rows = [
        row("a", "0s", "1h", None),
        row("b", "0s", "3h", None),
        row("c", "0s", None, None),
        row("d", "8d", None, None),  # seen for 2 days
        row("e", "9d22h", None, None),  # seen for 2 hours
    ]
    return table(rows, engine)


def test_time_in_stage_by_hand(engine):
    found = timing.time_in_stage(stays(engine), FUNNEL, at("10d")).iloc[0]
    assert (found["at_risk"], found["advanced"], found["censored"]) == (5, 2, 3)
    # At 1 h: 5 at risk, S = 4/5. e leaves at 2 h. At 3 h: 3 at risk, S = 4/5 x 2/3 = 8/15.
    assert found["rate"] == pytest.approx(7 / 15)
    assert found["km_p25_s"] == 3 * 3600
    assert np.isnan(found["km_median_s"])
    # Among those who advanced the median is 1 h: it leaves out the three that did not.
    assert found["advanced_median_s"] == 3600


def test_censoring_is_at_the_earlier_of_window_end_and_log_end(engine):
    counted, _ = timing.durations(stays(engine), FUNNEL, at("10d"), 1, 2)
    censored = counted.loc[~counted["advanced"], "time"].tolist()
    assert censored == [2 * 3600, 2 * 86400, 7 * 86400]


def test_the_window_is_counted_from_entry_not_from_the_step(engine):
    matched = table([row("a", "0s", "6d", None)], engine)
    counted, _ = timing.durations(matched, FUNNEL, at("30d"), 2, 3)
    assert counted["time"].tolist() == [86400]


def test_survival_starts_at_one(engine):
    curve = timing.survival(stays(engine), FUNNEL, at("10d"), 1, 2)
    assert curve["time_s"].tolist() == [0.0, 3600.0, 3 * 3600.0]
    assert curve["survival"].tolist() == pytest.approx([1, 4 / 5, 8 / 15])


def test_many_distinct_times_are_rounded_and_said_so(monkeypatch):
    monkeypatch.setattr(timing, "MOST_TIMES", 50)
    rows = [row(f"u{i}", "0s", f"{i * 1.5}s", None) for i in range(80)]
    found = timing.time_in_stage(table(rows, "duckdb"), FUNNEL, at("30d")).iloc[0]
    assert found["resolution_s"] == 10.0
    assert found["km_median_s"] == 60.0 - 10.0  # 1.5 s x 39 = 58.5 s, rounded down to 50 s


def test_a_transition_nobody_reached_has_no_figures(engine):
    found = timing.time_in_stage(table([row("a", "0s", None, None)], engine), FUNNEL, at("10d"))
    assert found["at_risk"].tolist() == [1, 0]
    assert found.loc[1, ["rate", "km_median_s"]].isna().all()


def test_optional_steps_have_no_stage_of_their_own():
    funnel = Funnel(["visit", Step("guide", optional=True), "pay"], window="7d")
    found = timing.time_in_stage(table([row("a", "0s", "1h", "2h")], "duckdb"), funnel, at("10d"))
    assert found[["label", "next_label"]].to_numpy().tolist() == [["visit", "pay"]]


# Groups


def by_channel(*pairs):
    """Units with (channel, level)."""
    levels = crowd([level for _, level in pairs])
    return [each | {"channel@1": channel} for each, (channel, _) in zip(levels, pairs, strict=True)]


def test_sources_count_convert_and_bring_value(engine):
    rows = by_channel(("ads", 3), ("ads", 1), ("ads", 1), ("mail", 3), (None, 2))
    for each in rows:
        each["value@3"] = 10.0 if each["level"] == 3 else None
    found = sources.sources(table(rows, engine), FUNNEL, "channel", 10, None)
    assert found.columns[0] == "source"
    assert found["source"].tolist() == ["ads", "mail", "(missing)"]
    assert found["units"].tolist() == [3, 1, 1]
    assert found["converted"].tolist() == [1, 1, 0]
    assert found["share"].tolist() == [0.6, 0.2, 0.2]
    assert found["total_value"].tolist() == [10.0, 10.0, 0.0]
    assert found["value_per_unit"].tolist() == pytest.approx([10 / 3, 10, 0])


def test_sources_without_a_value_column(engine):
    found = sources.sources(table(by_channel(("ads", 3)), engine), FUNNEL, "channel", 10, None)
    assert found[["total_value", "value_per_unit"]].isna().all().all()


def test_a_channel_really_called_other_stays_itself(engine):
    rows = by_channel(*[("(other)", 3)] * 3, *[("ads", 1)] * 2, ("mail", 1), ("seo", 3))
    found = sources.sources(table(rows, engine), FUNNEL, "channel", 2, None)
    assert found["source"].tolist() == ["(other)", "ads", "((other))"]
    assert found["kind"].tolist() == ["value", "value", "other"]
    assert found["units"].tolist() == [3, 2, 2]


def test_segments_of_a_breakdown_add_up_to_the_total(engine):
    rows = by_channel(("ads", 3), ("ads", 1), ("mail", 2), (None, 3), ("seo", 1), ("x", 2))
    found = breakdown.breakdown(table(rows, engine), FUNNEL, "channel", 1, 2, None)
    parts, total = found[found["kind"] != "total"], found[found["kind"] == "total"]
    assert parts.groupby("step")["units"].sum().tolist() == total["units"].tolist() == [6, 4, 2]
    assert found["value"].drop_duplicates().tolist() == ["ads", "mail", "(other)", "(missing)", "(total: unique units)"]
    assert (total["value"] == "(total: unique units)").all()


def test_attribution_to_a_step_sets_apart_who_never_got_there(engine):
    rows = [each | {"device@2": "phone" if each["level"] > 1 else None} for each in crowd([3, 2, 1])]
    rows += [each | {"unit": "z"} for each in crowd([2])]  # at step 2, without a value there
    found = breakdown.breakdown(table(rows, engine), FUNNEL, "device", 2, 10, None)
    assert found[found["step"] == 1].set_index("value")["units"].to_dict() == {
        "phone": 2,
        "(missing)": 1,
        "(not reached)": 1,
        "(total: unique units)": 4,
    }


def test_last_attribution_takes_the_last_value_there_is(engine):
    rows = [row("a", "0s", "1h", "2h") | {"c@1": "x", "c@2": "y", "c@3": None}]
    found = breakdown.breakdown(table(rows, engine), FUNNEL, "c", "last", 10, None)
    assert found["value"].iloc[0] == "y"


def test_first_entry_counts_a_unit_once_for_each_value(engine):
    funnel = Funnel(["browse", "cart"], entry="first", window="1d")
    rows = [
        row("u", "0s", "2m", attempt=1) | {"item@1": "shirt"},
        row("u", "3m", None, attempt=2, counts=False) | {"item@1": "shoes"},
        row("u", "9m", None, attempt=3, counts=False) | {"item@1": "shoes"},
    ]
    found = breakdown.breakdown(table(rows, engine), funnel, "item", 1, 10, None)
    wide = found.pivot_table(index="value", columns="step", values="units", sort=False)
    assert wide.to_numpy().tolist() == [[1, 1], [1, 0], [2, 1]]
    assert wide.index[-1] == "(total: sum of segments)"
    assert found["interval"].iloc[-1].startswith("delta method")


def test_units_excluded_from_the_funnel_have_no_attempts_in_a_breakdown():
    funnel = Funnel(["browse", "cart"], entry="first", window="1d")
    rows = [row("u", "0s", "2m", counts=False, ended="excluded") | {"item@1": "shirt"}]
    assert (breakdown.breakdown(table(rows, "duckdb"), funnel, "item", 1, 10, None)["units"] == 0).all()


@pytest.mark.parametrize("attribution", [0, 4, True, "middle", 1.5])
def test_an_attribution_that_is_none_is_refused(attribution):
    with pytest.raises(SpecError, match="attribution"):
        breakdown.breakdown(table(crowd([1]), "duckdb"), FUNNEL, "channel", attribution, 10, None)


@pytest.mark.parametrize("top", [0, -1, True, "all"])
def test_top_is_a_whole_number(top):
    with pytest.raises(SpecError, match="top"):
        sources.sources(table(by_channel(("ads", 1)), "duckdb"), FUNNEL, "channel", top, None)


# Comparison


SEGMENTS = [("ads", 3)] * 20 + [("ads", 1)] * 20 + [("mail", 3)] * 10 + [("mail", 1)] * 30 + [("seo", 1)] * 20


def compared(engine, reference="rest", alpha=0.05):
    return comparison.compare(table(by_channel(*SEGMENTS), engine), FUNNEL, "channel", reference, 1, 10, alpha, None)


def test_each_segment_against_the_rest(engine):
    found = compared(engine).set_index("value")
    ads = found.loc["ads"]
    assert (ads["converted"], ads["entered"], ads["reference_converted"], ads["reference_entered"]) == (20, 40, 10, 60)
    low, high = stats.newcombe(20, 40, 10, 60, alpha=0.05 / 3)
    assert (ads["difference"], ads["low"], ads["high"]) == pytest.approx((1 / 2 - 1 / 6, low[0], high[0]))
    raw = stats.two_proportions([20, 10, 0], [40, 40, 20], [10, 20, 30], [60, 60, 80])
    assert found["p_holm"].tolist() == pytest.approx(stats.holm(raw).tolist())
    assert found["interval"].unique().tolist() == ["Newcombe at 1 - alpha/3"]


def test_all_against_one_named_value(engine):
    found = compared(engine, "mail")
    assert found["value"].tolist() == ["ads", "seo"]
    assert (found["reference_entered"] == 40).all()
    assert (found["comparisons"] == 2).all()


def test_a_reference_that_is_no_value_is_refused():
    with pytest.raises(SpecError, match="'billboard' is neither 'rest' nor a value"):
        compared("duckdb", "billboard")


def test_a_comparison_that_is_won_by_construction_is_refused():
    with pytest.raises(SpecError, match="by construction"):
        comparison.compare(table(by_channel(("ads", 1)), "duckdb"), FUNNEL, "channel", "rest", "last", 10, 0.05, None)


def test_repeated_persons_are_compared_by_clusters(engine):
    funnel = Funnel(["visit", "cart", "pay"], entry="every")
    rows, rng = [], np.random.default_rng(3)
    for person in range(40):
        channel = "ads" if person % 2 else "mail"
        for attempt, level in enumerate(rng.integers(1, 4, rng.integers(1, 5)), 1):
            rows += [each | {"unit": f"p{person}", "attempt": attempt, "channel@1": channel} for each in crowd([level])]
    found = comparison.compare(table(rows, engine), funnel, "channel", "mail", 1, 10, 0.05, "unit").iloc[0]
    frame = pd.DataFrame(rows).assign(y=lambda f: (f["level"] == 3) * 1.0, x=1.0)
    people = frame.groupby(["channel@1", "unit"])[["y", "x"]].sum()
    parts = []
    for channel in ("ads", "mail"):
        y, x = people.loc[channel, "y"].to_numpy(), people.loc[channel, "x"].to_numpy()
        parts.append((((y - y.sum() / x.sum() * x) / x.sum()) ** 2).sum())
    half = 1.959963984540054 * np.sqrt(40 / 39 * sum(parts))
    assert found["high"] - found["difference"] == pytest.approx(half)
    assert found["interval"].startswith("delta method")


# Trend


def test_weeks_begin_on_saturday_in_tehran(engine):
    # 2026-01-01 is a Thursday. Tehran is 3:30 ahead: Friday 20:29 UTC is still Friday there, 20:30 is Saturday.
    rows = [row("a", "1d20h29m", None, None), row("b", "1d20h30m", "1d21h", "1d22h"), row("c", "9d", None, None)]
    matched, log = world(rows, [("a", "visit", "0s")], engine, "30d", report_tz="Asia/Tehran", week_start="saturday")
    found = trend.trend(matched, FUNNEL, log, "week", None)
    assert found["period"].dt.strftime("%Y-%m-%d").tolist() == ["2025-12-27", "2026-01-03", "2026-01-10"]
    assert found["entered"].tolist() == [1, 1, 1]
    assert found["converted"].tolist() == [0, 1, 0]


def test_a_day_that_loses_an_hour_is_still_one_day(engine):
    # Berlin goes from UTC+1 to UTC+2 at 01:00 UTC on 2026-03-29; that day lasts from 23:00 UTC to 22:00 UTC.
    day = (pd.Timestamp("2026-03-28") - pd.Timestamp("2026-01-01")).days
    rows = [row(f"u{h}", f"{day}d{h}h", None, None) for h in range(20, 52)]
    matched, log = world(rows, [("u20", "visit", "0s")], engine, "365d", report_tz="Europe/Berlin")
    found = trend.trend(matched, FUNNEL, log, "day", None)
    assert found["entered"].tolist() == [3, 23, 6]


def test_empty_periods_are_there_and_the_tail_is_marked(engine):
    rows = [row("a", "0s", None, None), row("b", "20d", None, None), row("c", "30d", None, None)]
    matched, log = world(rows, [("a", "visit", "0s")], engine, "32d")
    found = trend.trend(matched, FUNNEL, log, "week", None)
    assert found["entered"].tolist() == [1, 0, 0, 1, 1]
    assert found["rate"].isna().tolist() == [False, True, True, False, False]
    # Weeks end on 4, 11, 18, 25 January and 1 February (day 31); the log ends on day 32.
    assert found["immature"].tolist() == [False, False, False, False, True]
    assert found["mature_share"].iloc[[0, 3, 4]].tolist() == [1.0, 1.0, 0.0]


def test_months_and_no_window(engine):
    rows = [row("a", "0s", None, None), row("b", "31d", None, None)]
    matched, log = world(rows, [("a", "visit", "0s")], engine, "60d")
    found = trend.trend(matched, Funnel(["visit", "cart", "pay"]), log, "month", None)
    assert found["period"].dt.strftime("%Y-%m-%d").tolist() == ["2026-01-01", "2026-02-01"]
    assert found["immature"].all()
    assert found["mature_share"].isna().all()


def test_periods_of_repeated_persons_are_clustered(engine):
    funnel = Funnel(["visit", "cart", "pay"], entry="every", window="7d")
    rows = [row("a", "0s", None, None), row("a", "1h", "2h", "3h", attempt=2), row("b", "9d", "10d", "11d")]
    rows[1]["first_entry"] = rows[0]["entry"]
    matched, log = world(rows, [("a", "visit", "0s")], engine, "60d")
    found = trend.trend(matched, funnel, log, "week", "unit")
    assert found["entered"].tolist() == [2, 1]
    assert found["converted"].tolist() == [1, 1]
    assert found["interval"].unique().tolist() == ["delta method, clustered by user"]


def test_nothing_to_trend(engine):
    matched, log = world([row("a", "0s", None, None, counts=False)], [("a", "visit", "0s")], engine, "60d")
    assert trend.trend(matched, FUNNEL, log, "week", None).empty


def test_trend_by_a_period_that_is_none():
    matched, log = world([row("a", "0s", None, None)], [("a", "visit", "0s")], "duckdb", "60d")
    with pytest.raises(SpecError, match="'fortnight' is not one of"):
        trend.trend(matched, FUNNEL, log, "fortnight", None)


def test_the_previous_period_ends_where_the_mature_units_do(engine):
    # The log ends on day 37, less 7 days of window: days 20-30 against days 10-20.
    rows = [row(f"n{i}", "25d", *(["25d1h", "25d2h"] if i < 6 else [None, None])) for i in range(10)]
    rows += [row(f"o{i}", "15d", *(["15d1h", "15d2h"] if i < 2 else [None, None])) for i in range(10)]
    rows += [row("edge", "20d", None, None), row("late", "30d1s", None, None), row("early", "9d", None, None)]
    matched, log = world(rows, [("a", "visit", "0s")], engine, "37d")
    found = trend.compare_previous(matched, FUNNEL, log, "10d", 0.05, None)
    assert found["measure"].tolist() == ["in-process", "in-process", "overall"]
    overall = found.iloc[-1]
    assert (overall["converted"], overall["entered"]) == (6, 10)
    assert (overall["reference_converted"], overall["reference_entered"]) == (2, 11)
    low, high = stats.newcombe(6, 10, 2, 11, alpha=0.05 / 3)
    assert (overall["low"], overall["high"]) == pytest.approx((low[0], high[0]))
    assert overall["starts"] == at("20d")


# Exits


def test_what_they_did_next(engine):
    rows = [
        row("a", "0s", None, None),
        row("b", "0s", "1h", None),
        row("c", "0s", None, None),
        row("d", "29d20h", None, None),
        row("e", "0s", None, None, ended="open"),
        row("f", "0s", "1h", "2h"),
    ]
    events = [
        ("a", "visit", "0s"),
        ("a", "help", "0s"),  # at the very time of the step: before or after, nobody knows
        ("a", "read", "5m"),
        ("a", "leave", "6m"),
        ("b", "search", "1h1s"),
        ("c", "read", "25h"),  # too late to be next
        ("d", "visit", "29d20h"),
        ("e", "read", "1m"),
    ]
    matched, log = world(rows, events, engine, "30d")
    found = exits.exits(matched, FUNNEL, log, "1d", 10, None)
    got = found[["step", "next_event", "units", "of"]].to_numpy().tolist()
    assert got == [
        [1, "read", 1, 3],
        [1, "(nothing)", 1, 3],
        [1, "(too early to tell)", 1, 3],
        [2, "search", 1, 1],
    ]
    low, high = stats.wilson(1, 3)
    assert (found["low"].iloc[0], found["high"].iloc[0]) == (low[0], high[0])


def test_of_two_next_events_at_once_the_logs_order_decides(engine):
    events = [("a", "zebra", "5m", {"sequence": 1}), ("a", "ant", "5m", {"sequence": 2})]
    matched, log = world([row("a", "0s", None, None)], events, engine, "30d")
    assert exits.exits(matched, FUNNEL, log, "1d", 10, None)["next_event"].tolist() == ["zebra"]
    unnumbered = HandLog(log.table.drop("sequence"), log.observed_until)
    assert exits.exits(matched, FUNNEL, unnumbered, "1d", 10, None)["next_event"].tolist() == ["ant"]


def test_rare_next_events_become_one(engine):
    rows = [row(f"u{i}", "0s", None, None) for i in range(6)]
    events = [(f"u{i}", name, "1m") for i, name in enumerate(["read", "read", "read", "help", "search", "leave"])]
    matched, log = world(rows, events, engine, "30d")
    found = exits.exits(matched, FUNNEL, log, "1d", 1, None)
    assert found[["next_event", "units"]].to_numpy().tolist() == [["read", 3], ["(other)", 3]]


def test_exits_of_repeated_persons_are_clustered(engine):
    funnel = Funnel(["visit", "cart", "pay"], entry="every", window="7d")
    rows = [row("a", "0s", None, None), row("a", "10d", None, None, attempt=2), row("b", "0s", None, None)]
    matched, log = world(rows, [("a", "read", "1m"), ("b", "help", "1m")], engine, "60d")
    found = exits.exits(matched, funnel, log, "1d", 10, "unit").set_index("next_event")
    y, x = np.array([1.0, 0]), np.array([2.0, 1])
    expected = stats.ratio_delta(1, 3, 1, (x * y).sum(), (x * x).sum(), 2)
    assert found.loc["read", ["share", "low", "high"]].tolist() == pytest.approx(
        [1 / 3, expected.low[0], expected.high[0]]
    )


# Content and close rate


def test_content_engagement_and_what_came_of_it(engine):
    rows = [
        row("a", "0s", "1h", "5h"),
        row("b", "0s", None, None),
        row("c", "0s", "1h", "2h"),
        row("d", "0s", None, None),
    ]
    guide = {"content": "guide"}
    events = [
        ("a", "show", "10m", guide),
        ("a", "show", "20m", guide),
        ("a", "click", "30m", guide),
        ("b", "click", "5m", guide),  # before it was shown to b: not an engagement with this showing
        ("b", "show", "10m", guide),
        ("c", "show", "3h", guide),  # c had converted already
        ("d", "show", "10m", guide),
        ("d", "click", "11m", {"content": "film"}),
        ("e", "show", "10m", guide),  # never entered the funnel
        ("e", "click", "12m", guide),
    ]
    matched, log = world(rows, events, engine, "30d")
    found = content.content(matched, FUNNEL, log, "content", "show", "click", 10).set_index("content")
    guide_row = found.loc["guide"]
    assert found.index.tolist() == ["guide"]
    assert (guide_row["impressions"], guide_row["engaged"], guide_row["shown"]) == (6, 2, 4)
    assert (guide_row["engaged_converted"], guide_row["other_converted"], guide_row["other"]) == (1, 0, 2)
    low, high = stats.newcombe(1, 2, 0, 2)
    assert (guide_row["difference_low"], guide_row["difference_high"]) == (low[0], high[0])
    assert "correlation" in guide_row["note"]


def test_an_engagement_after_converting_did_not_bring_it_about(engine):
    rows = [row("a", "0s", "1h", "2h")]
    events = [("a", "show", "10m", {"content": "x"}), ("a", "click", "3h", {"content": "x"})]
    matched, log = world(rows, events, engine, "30d")
    found = content.content(matched, FUNNEL, log, "content", "show", "click", 10).iloc[0]
    assert (found["engaged"], found["shown"], found["other_converted"]) == (0, 1, 1)


def test_content_needs_its_column():
    matched, log = world([row("a", "0s", None, None)], [("a", "show", "0s")], "duckdb", "30d")
    with pytest.raises(LogError, match="no such column"):
        content.content(matched, FUNNEL, log, "content", "show", "click", 10)


def test_close_rate_leaves_the_open_ones_out(engine):
    events = [
        ("a", "offer", "0s"),
        ("a", "won", "1d"),
        ("b", "offer", "0s"),
        ("b", "lost", "1d"),
        ("c", "offer", "0s"),
        ("d", "lost", "1d"),
        ("d", "won", "2d"),  # turned round
        ("e", "won", "1d"),
        ("e", "offer", "2d"),  # opened again
    ]
    _, log = world([row("a", "0s", None, None)], events, engine, "30d")
    found = close_rate(log, "won", "lost", "offer").iloc[0]
    assert (found["won"], found["decided"], found["lost"], found["open"]) == (2, 3, 1, 2)
    assert found["rate"] == pytest.approx(2 / 3)
    assert pd.isna(close_rate(log, "won", "lost")["open"].iloc[0])
    with pytest.raises(SpecError, match="more than one"):
        close_rate(log, "won", "won")


# Drivers


def test_drivers_count_what_came_before_converting(engine):
    rows = [row(f"y{i}", "0s", "1h", "2h") for i in range(6)] + [row(f"n{i}", "0s", None, None) for i in range(6)]
    for i, each in enumerate(rows):
        each["channel@1"] = "ads" if i % 2 else None
    events = [(f"y{i}", "guide", "30m") for i in range(4)]
    events += [("n0", "guide", "30m"), ("n1", "guide", "8d")]  # the second after its window
    events += [("y5", "guide", "3h"), ("y4", "guide", "0s")]  # after converting; at the very entry
    events += [("y0", "guide", "40m")]  # twice is once
    matched, log = world(rows, events, engine, "30d")
    people = drivers.population(matched, FUNNEL, None)
    found = drivers.drivers(people, FUNNEL, log, ["channel"], None, 10, 0.05).set_index(["kind", "value"])
    guide = found.loc["event"].iloc[0]
    assert (guide["with_converted"], guide["with_units"]) == (4, 5)
    assert (guide["without_converted"], guide["without_units"]) == (2, 7)
    assert guide["odds_ratio"] == pytest.approx((4 * 5) / (1 * 2))
    assert found.loc[("property", "ads"), "with_units"] == 6
    assert found.loc[("property", "(missing)"), "odds_ratio"] == pytest.approx(1.0)
    assert found["p_bh"].to_numpy() == pytest.approx(stats.benjamini_hochberg(found["p"]))
    assert found["note"].str.contains("correlation").all()


def test_immature_units_drive_nothing(engine):
    rows = [row("a", "0s", "1h", "2h"), row("b", "29d", None, None, mature=False)]
    people = drivers.population(table(rows, engine), FUNNEL, None)
    assert people.count().to_pyarrow().as_py() == 1


def test_a_step_is_no_driver_of_its_own_funnel():
    matched, log = world([row("a", "0s", None, None)], [("a", "visit", "0s")], "duckdb", "30d")
    with pytest.raises(SpecError, match="part of converting"):
        drivers.drivers(drivers.population(matched, FUNNEL, None), FUNNEL, log, [], ["cart"], 10, 0.05)


def test_with_nothing_to_try_there_is_nothing_found(engine):
    matched, log = world([row("a", "0s", None, None)], [("a", "visit", "0s")], engine, "30d")
    found = drivers.drivers(drivers.population(matched, FUNNEL, None), FUNNEL, log, [], None, 10, 0.05)
    assert found.empty
