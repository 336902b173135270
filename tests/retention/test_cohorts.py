"""Cohorts: stories with reasons, a brute force over all modes and clocks, and what must hold whatever the log."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funnel_utils import EventLog, LogError, SpecError
from funnel_utils.retention import Cohorts, periods
from funnel_utils.retention.days import local_day

TEHRAN = {"report_tz": "Asia/Tehran", "week_start": "saturday"}
START = pd.Timestamp("2026-01-01", tz="UTC")


def log(stories, until=None, **options):
    return EventLog.from_story(stories, observed_until=until, **options)


def counts(result):
    """The triangle as lists, None where nothing was observed."""
    return [[None if pd.isna(cell) else int(cell) for cell in row] for row in result.triangle("returned").to_numpy()]


def test_who_comes_back_in_which_month():
    found = Cohorts("buy", periods=2).run(
        log(
            {
                # January; comes back in February (twice: one person), not in March.
                "ana": ["buy@0", "buy@31d", "buy@40d"],
                # January; twice in January is no return in period 1.
                "ben": ["buy@3d", "buy@9d"],
                # February; March is hers to come back in.
                "eve": ["buy@35d", "buy@60d"],
            },
            until="2026-04-01",
        )
    )
    assert counts(found) == [[2, 1, 0], [1, 1, None]]
    assert found.triangle().iloc[0].tolist() == [1.0, 0.5, 0.0]


def test_what_was_not_observed_is_missing_and_what_was_seen_in_part_is_flagged():
    found = Cohorts("buy", periods=3).run(log({"ana": ["buy@0"], "ben": ["buy@0", "buy@33d"]}, until="2026-02-10"))
    february = found.cells[found.cells["period"] == 1].iloc[0]
    assert (february["returned"], february["partial"], february["observed"]) == (1, True, True)
    later = found.cells[found.cells["period"] > 1]
    # March and April have not begun: no count, no rate, no bound, and not a zero.
    assert later[["returned", "rate", "low", "high"]].isna().all(axis=None)
    assert not later[["observed", "partial"]].any(axis=None)
    # The half-seen February stays out of the curve.
    assert found.curve().set_index("period").loc[1, "of"] == 0


def test_a_period_is_whole_to_the_microsecond_of_its_end():
    stories = {"ana": ["buy@0"]}
    for until, partial in (("2026-02-28 23:59:59.999999", True), ("2026-03-01", False)):
        cells = Cohorts("buy", periods=1).run(log(stories, until=until)).cells
        assert bool(cells.loc[1, "partial"]) is partial


def test_observation_that_ends_where_a_period_begins_has_seen_nothing_of_it():
    found = Cohorts("buy", periods=1).run(log({"ana": ["buy@0"]}, until="2026-02-01"))
    assert counts(found) == [[1, None]]
    # But an event at that very moment is a return: without a given end, the last event is the end.
    found = Cohorts("buy", periods=1).run(log({"ana": ["buy@0", "buy@31d"]}))
    assert counts(found) == [[1, 1]]


def test_events_after_the_end_of_observation_do_not_count():
    found = Cohorts("buy", periods=1).run(log({"ana": ["buy@0", "buy@40d"], "eve": ["buy@50d"]}, until="2026-02-05"))
    assert counts(found) == [[1, 0]]


def test_start_and_return_may_be_different_events():
    found = Cohorts("join", "visit", by="day", periods=2).run(
        log({"ana": ["visit@0", "join@1d", "visit@2d"], "ben": ["join@1d", "buy@2d"]}, until="2026-01-05")
    )
    # Her visit before she joined is no return; his order is not asked for.
    assert counts(found) == [[2, 1, 0]]


def test_conditions_and_units():
    stories = {
        "ana": [("buy@0", {"shop": "a", "plan": "x"}), ("buy@1d", {"shop": "a", "plan": "y"})],
        "ben": [("buy@0", {"shop": "b", "plan": "x"})],
    }
    one = Cohorts("buy", by="day", periods=1, unit="shop").run(log(stories, until="2026-01-03"))
    assert counts(one) == [[2, 1]]
    plans = Cohorts("buy", by="day", periods=1, where={"plan": "x"}, back_where={"plan": "y"})
    assert counts(plans.run(log(stories, until="2026-01-03"))) == [[2, 1]]
    # Where only the start is told, the return is the same event under the same condition.
    assert counts(Cohorts("buy", by="day", periods=1, where={"plan": "x"}).run(log(stories, until="2026-01-03"))) == [
        [2, 0]
    ]


def test_the_elapsed_clock_runs_from_each_unit_s_own_start():
    stories = {"ana": ["buy@23h", "buy@25h"], "ben": ["buy@1h", "buy@26h"]}
    calendar = Cohorts("buy", by="day", periods=1).run(log(stories, until="2026-01-05"))
    elapsed = Cohorts("buy", by="day", clock="elapsed", periods=1).run(log(stories, until="2026-01-05"))
    # Two hours later is the next day of the calendar, but not 24 hours later.
    assert counts(calendar) == [[2, 2]]
    assert counts(elapsed) == [[2, 1]]


def test_on_the_elapsed_clock_a_cell_waits_for_the_last_of_the_cohort():
    stories = {"ana": ["buy@0"], "ben": ["buy@20h"]}
    for until, partial in (("2026-01-03 19:59", True), ("2026-01-03 20:00", False)):
        found = Cohorts("buy", by="day", clock="elapsed", periods=1).run(log(stories, until=until))
        assert bool(found.cells.loc[1, "partial"]) is partial


def test_brackets_and_unbounded():
    stories = {"ana": ["buy@0", "buy@1d", "buy@2d"], "ben": ["buy@0", "buy@4d"], "eve": ["buy@0"]}
    asked = {"by": "day", "start": "buy"}
    until = "2026-01-08"
    assert counts(Cohorts(**asked, periods=4).run(log(stories, until=until))) == [[3, 1, 1, 0, 1]]
    # Ana came back twice within days 1 to 3 and counts once.
    assert counts(Cohorts(**asked, brackets=((1, 3), (4, 6))).run(log(stories, until=until))) == [[3, 1, 1]]
    assert counts(Cohorts(**asked, mode="unbounded", periods=4).run(log(stories, until=until))) == [[3, 2, 2, 1, 1]]


def test_the_calendar_is_the_reader_s():
    # 21:00 UTC on 31 January is half past midnight on 1 February in Tehran.
    stories = {"ana": ["buy@30d21h", "buy@40d"], "ben": ["buy@30d20h", "buy@40d"]}
    found = Cohorts("buy", periods=1).run(log(stories, until="2026-04-01", **TEHRAN))
    assert counts(found) == [[1, 1], [1, 0]]
    weeks = Cohorts("buy", by="week", periods=1).run(log({"ana": ["buy@0"]}, until="2026-02-01", **TEHRAN))
    assert weeks.sizes["cohort"].tolist() == [pd.Timestamp("2025-12-27")]  # a Saturday


@pytest.mark.parametrize(("by", "first"), [("quarter", "2026-01-01"), ("year", "2026-01-01"), ("month", "2026-02-01")])
def test_any_period(by, first):
    found = Cohorts("buy", by=by, periods=1).run(log({"ana": ["buy@40d", "buy@360d"]}, until="2027-01-01"))
    assert found.sizes["cohort"].tolist() == [pd.Timestamp(first)]


def test_the_curve_pools_whole_cells_and_can_keep_the_same_people():
    stories = {
        "a1": ["buy@0", "buy@31d"],
        "a2": ["buy@0"],
        "b1": ["buy@31d", "buy@60d", "buy@95d"],
        "c1": ["buy@60d"],
    }
    found = Cohorts("buy", periods=2).run(log(stories, until="2026-04-20"))
    curve = found.curve().set_index("period")
    # January and February could both be seen in month 1; in month 2, only January.
    assert curve.loc[1, ["cohorts", "returned", "of"]].tolist() == [2, 2, 3]
    assert curve.loc[2, ["cohorts", "returned", "of"]].tolist() == [1, 0, 2]
    assert found.curve(through=2)["of"].tolist() == [2, 2, 2]
    assert found.curve(through=1)["of"].tolist() == [3, 3]


def test_wilson_is_the_interval_of_a_cell():
    stories = {f"u{k}": ["buy@0", "buy@31d"] if k < 81 else ["buy@0"] for k in range(263)}
    cell = Cohorts("buy", periods=1).run(log(stories, until="2026-03-01")).cells.iloc[1]
    # Newcombe (1998), table I: 81 of 263 has the Wilson interval .2553 to .3662.
    assert (round(cell["low"], 4), round(cell["high"], 4)) == (0.2553, 0.3662)


def segments(n):
    """n units a month; those from the box come back more often than those from search, some have no channel."""
    made = {}
    for month, offset in enumerate((0, 31, 59)):
        for k in range(n):
            channel = ("box", "search", None)[k % 3]
            back = [f"buy@{offset + 33}d"] if (channel == "box" and k % 4) or k % 5 == 0 else []
            first = (f"buy@{offset}d", {} if channel is None else {"channel": channel})
            made[f"{month}.{k}"] = [first, *back]
    return made


def test_breakdown_adds_up_and_compares():
    found = Cohorts("buy", periods=1).run(log(segments(60), until="2026-05-01"))
    table = found.breakdown("channel")
    assert table["kind"].tolist() == ["value", "value", "missing", "total"]
    parts, total = table.iloc[:-1], table.iloc[-1]
    assert (parts["returned"].sum(), parts["of"].sum()) == (total["returned"], total["of"])
    pooled = found.curve().set_index("period").loc[1]
    assert (total["returned"], total["of"]) == (pooled["returned"], pooled["of"])
    rest = found.compare("channel").set_index("value")
    assert rest.loc["box", "low"] > 0
    assert rest.loc["box", "differs"]
    assert rest["difference"].between(rest["low"], rest["high"]).all()
    one = found.compare("channel", reference="search")
    assert set(one["value"]) == {"box", "(none)"}
    lumped = found.breakdown("channel", top=1)
    assert lumped["kind"].tolist() == ["value", "other", "missing", "total"]


def test_a_value_with_the_name_of_a_special_row_keeps_it():
    stories = {"ana": [("buy@0", {"channel": "(none)"})], "ben": ["buy@0"]}
    table = Cohorts("buy", periods=1).run(log(stories, until="2026-04-01")).breakdown("channel")
    assert table[["value", "kind"]].to_numpy().tolist() == [
        ["(none)", "value"],
        ["((none))", "missing"],
        ["(all)", "total"],
    ]


def test_now_against_before():
    found = Cohorts("buy", periods=2).run(log(segments(60), until="2026-05-01"))
    table = found.compare_previous().set_index("period")
    # Month 1 was wholly seen for March and for February before it; month 2 for February and January.
    assert table["cohort"].dt.month.tolist() == [3, 2]
    assert table["reference_cohort"].dt.month.tolist() == [2, 1]
    assert table["of"].tolist() == [60, 60]
    wide = found.compare_previous(2).set_index("period")
    assert wide.loc[1, ["of", "reference_of"]].tolist() == [120, 60]


def brute(rows, asked, until):
    """The triangle from the definitions alone: {cohort: [size, returned in each span]}."""
    zone = ZoneInfo("Asia/Tehran")

    def period(moment):
        day = moment.astimezone(zone).date()
        if asked.by == "day":
            return day.toordinal()
        if asked.by == "week":
            return (day.toordinal() - datetime(2025, 12, 27).toordinal()) // 7
        months = day.year * 12 + day.month - 1
        return months // {"month": 1, "quarter": 3, "year": 12}[asked.by]

    starts = {}
    for who, moment in sorted((who, moment) for who, event, moment in rows if event == "a" and moment <= until):
        starts[who] = min(moment, starts.get(who, moment))
    made = {}
    for who, start in starts.items():
        acts = [moment for other, event, moment in rows if other == who and event == "b" and moment <= until]
        if asked.clock == "calendar":
            ks = {period(moment) - period(start) for moment in acts}
        else:
            ks = {(moment - start) // asked.step for moment in acts}
        spans = [(first, 10**9 if asked.mode == "unbounded" else last) for first, last in asked.spans]
        row = made.setdefault(period(start), [0] * (1 + len(spans)))
        row[0] += 1
        for place, (first, last) in enumerate(spans, 1):
            row[place] += any(first <= k <= last for k in ks)
    return made


QUESTIONS = [
    {"by": "week", "mode": "unbounded", "periods": 4},
    {"by": "month", "periods": 4},
    {"by": "week", "brackets": ((1, 2), (4, 6))},
    {"by": "week", "clock": "elapsed", "step": "36h", "periods": 4},
    {"by": "month", "clock": "elapsed", "mode": "unbounded", "periods": 3},
    {"by": "day", "clock": "elapsed", "brackets": ((1, 1), (3, 9))},
]
MINUTES = 6 * 30 * 24 * 60


def equals_brute(question, rows, after):
    moments = [(who, event, START.to_pydatetime() + timedelta(minutes=k)) for who, event, k in rows]
    until = max(moment for _, _, moment in moments) + timedelta(minutes=after)
    table = pd.DataFrame(moments, columns=["user", "event", "timestamp"])
    asked = Cohorts("a", "b", **question)
    found = counts(asked.run(EventLog.read(table, observed_until=until, **TEHRAN)))
    expected = brute(moments, asked, until)
    # What was not observed cannot have been counted; everything else is equal.
    assert [[cell or 0 for cell in row] for row in found] == [row for _, row in sorted(expected.items())]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda asked: "-".join(map(str, asked.values())))
def test_every_mode_equals_the_brute_force(question):
    draw = np.random.default_rng(20260101)
    rows = [(f"u{draw.integers(40)}", "abb"[draw.integers(3)], int(draw.integers(MINUTES))) for _ in range(400)]
    equals_brute(question, rows, after=int(draw.integers(60 * 24 * 60)))


@settings(max_examples=6)
@given(
    st.sampled_from(QUESTIONS),
    st.lists(
        st.tuples(st.sampled_from("uvw"), st.sampled_from("ab"), st.integers(0, MINUTES)), min_size=4, max_size=40
    ),
    st.integers(0, 60 * 24 * 60),
)
def test_the_brute_force_finds_no_odd_case(question, rows, after):
    equals_brute(question, [("u", "a", 0), *rows], after)


def test_days_and_periods_follow_the_zone_through_its_changes_of_clock():
    moments = pd.date_range("2021-01-01", "2023-01-01", freq="7h", tz="UTC")
    for zone in ("Asia/Tehran", "Europe/Berlin", "Asia/Kolkata", "America/Los_Angeles"):
        frame = pd.DataFrame({"user": "u", "event": "e", "timestamp": moments})
        made = EventLog.read(frame, report_tz=zone)
        rows = made.table
        days = (
            rows.mutate(day=local_day(made, rows["timestamp"].epoch_seconds())).order_by("timestamp").to_pandas()["day"]
        )
        wall = moments.tz_convert(zone).tz_localize(None).normalize()
        assert (days.to_numpy() == (wall - pd.Timestamp("1970-01-01")).days.to_numpy()).all(), zone


@pytest.mark.parametrize("by", periods.PERIODS)
def test_a_period_s_number_and_first_day_are_inverse(by):
    days = np.arange(-800, 40_000, 13)
    numbers = periods.number(days, by, "saturday")
    first, after = periods.first_day(numbers, by, "saturday"), periods.first_day(numbers + 1, by, "saturday")
    assert ((first <= days) & (days < after)).all()


def test_another_engine_gives_the_same_triangle():
    frame = log(segments(12)).table.to_pyarrow().replace_schema_metadata(None)
    made = []
    for con in (ibis.duckdb.connect(), ibis.datafusion.connect()):
        con.create_table("events", frame)
        made.append(EventLog.read(con.table("events"), report_tz="Asia/Tehran"))
    for asked in (
        Cohorts("buy", periods=3),
        Cohorts("buy", periods=3, mode="unbounded"),
        Cohorts("buy", clock="elapsed"),
    ):
        one, other = (asked.run(each) for each in made)
        pd.testing.assert_frame_equal(one.cells, other.cells)
    pd.testing.assert_frame_equal(one.breakdown("channel", 2), other.breakdown("channel", 2))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"by": "fortnight"}, "by='fortnight' is not one of 'day', 'week'"),
        ({"mode": "rolling"}, "mode='rolling' is not one of"),
        ({"mode": "bracket"}, "brackets belong to mode='bracket'"),
        ({"brackets": ((0, 2),)}, "Period 0 is the cohort itself"),
        ({"brackets": ((1, 3), (3, 5))}, "write them in order and apart"),
        ({"brackets": ((1, 3),), "periods": 5}, "with brackets the last period is 3"),
        ({"clock": "wall"}, "neither 'calendar' nor 'elapsed'"),
        ({"step": "7d"}, "step='7d' is for clock='elapsed'"),
        ({"clock": "elapsed", "step": 7}, "is not a duration"),
        ({"periods": 0}, "whole number from 1 to 400"),
        ({"start": ""}, "one or more names of events"),
        ({"start": ()}, "start and back each need at least one event"),
    ],
)
def test_what_is_refused_says_what_is_allowed(options, said):
    with pytest.raises(SpecError, match=said.replace("(", r"\(")):
        Cohorts(**options)


def test_a_log_without_what_is_asked():
    story = log({"ana": ["buy@0"]})
    with pytest.raises(LogError, match="no such event has a user"):
        Cohorts("by").run(story)
    with pytest.raises(LogError, match="unit='shop': the log has no such column"):
        Cohorts("buy", unit="shop").run(story)
    with pytest.raises(LogError, match="breakdown='city'"):
        Cohorts("buy").run(story).breakdown("city")
    with pytest.raises(SpecError, match="period=13 is not counted"):
        Cohorts("buy").run(story).trend(13)
    found = Cohorts("buy", "cancel").run(log({"ana": ["buy@0"]}, until="2026-06-01"))
    assert any("cancel" in warning for warning in found.warnings)
    assert "nothing can be said" in Cohorts("buy").run(story).verdict
    empty = story.filter({"event": "sell"})
    with pytest.raises(LogError, match="there is no cohort"):
        Cohorts("buy").run(empty)


def test_a_warning_only_where_the_log_begins_with_the_first_cohort():
    old = {"ana": ["buy@0"], "ben": ["buy@40d"]}
    assert any("2026-01-01" in said for said in Cohorts("buy").run(log(old)).warnings)
    # Visits since January and the first sign-ups in February: nobody can have signed up before the log began.
    new = {"ana": ["visit@0", "join@40d", "visit@80d"], "ben": ["join@70d", "visit@75d"]}
    assert not Cohorts("join", "visit").run(log(new)).warnings
