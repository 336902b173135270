"""The KPI tree, counted by hand on a small shop, against a brute force, and where inputs are missing."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funnel_utils import EventLog, charts, stats
from funnel_utils.errors import LogError, SpecError
from funnel_utils.plan.kpi_tree import TREE, KpiTree, Survey
from funnel_utils.plan.kpi_values import NEEDS, UNIT


def online(value, **more):
    return {"value": float(value), "place": "online", **more}


# January and February 2026. Day 0 is 1 January; day 31 is 1 February; day 58 the last of February.
SHOP = {
    # Bought in January and again in February: loyal, repeating. Two visits in February, one of a single event.
    "ana": [
        ("visit@0", {"session": 1}),
        ("purchase@1d", online(100)),
        ("visit@32d", {"session": 2}),
        ("view@32d10m", {"session": 2}),
        ("purchase@32d20m", online(50, session=2)),
        ("visit@40d", {"session": 3}),
        ("refer@41d", {}),
    ],
    # New in February, in the store, where there is no session.
    "ben": [("purchase@35d", {"value": 30.0, "place": "store"})],
    # Visited and enquired in February.
    "eve": [("visit@33d", {"session": 1}), ("enquiry@33d5m", {"session": 1}), ("like@33d6m", {"session": 1})],
    # Bought in January, cancelled in February.
    "dan": [("visit@2d", {"session": 1}), ("purchase@2d1h", online(80)), ("cancel@36d", online(80))],
    # Makes the log reach to the end of February.
    "zoe": [("visit@58d23h", {"session": 1})],
}
ASKED = KpiTree(lead="enquiry", cancel="cancel", margin=0.5)
SPEND = pd.DataFrame({"month": ["2026-01", "2026-02", "2026-02"], "spend": [40.0, 10.0, 15.0]})


@pytest.fixture(scope="module")
def february():
    return ASKED.run(EventLog.from_story(SHOP), SPEND)


EXPECTED = {
    "unique_visitors": (3, None),  # ana, eve, zoe
    "visits": (4, None),  # two of ana's
    "value_per_visit": (50 - 80, 4),  # online only, the cancellation subtracted
    "leads": (1, None),
    "lead_rate": (1, 3),
    "time_on_site": (20 * 60 + 6 * 60, 2),  # visits of one event have no length
    "shares": (1, 4),
    "sales": (1 + 1 - 1, None),
    "sales_online": (0, None),
    "sales_offline": (1, None),
    "revenue": (50 + 30 - 80, None),
    "profit": (0.5 * 0 - 25, None),
    "aov": (0, 1),
    "conversion_rate": (1, 3),  # ben bought without a visit
    "new_customers": (1, None),  # ben
    "cac": (25, 1),
    "roas": (0, 25),
    "repeat_rate": (1, 2),  # ana of ana and ben
    "ltv": (0.5 * (150 + 30), 2),  # dan's order is gone
    "advocacy": (1, 2),
}


@pytest.mark.parametrize("kpi", EXPECTED)
def test_by_hand(february, kpi):
    row = february.table.set_index("kpi").loc[kpi]
    top, bottom = EXPECTED[kpi]
    assert row["numerator"] == pytest.approx(top)
    if bottom is None:
        assert math.isnan(row["denominator"])
        assert row["value"] == pytest.approx(top)
    else:
        assert row["denominator"] == bottom
        assert row["value"] == pytest.approx(top / bottom)


def test_the_rest_says_what_it_lacks(february):
    assert february.missing == {
        "followers": "the log has no event 'follow'",
        "csat": "the log has no event 'csat'",
        "nps": "the log has no event 'nps'",
    }
    assert february.value("loyalty") == 0.5  # ana and dan bought in January, ana again


def test_the_last_whole_month_against_the_one_before(february):
    assert (str(february.start.date()), str(february.end.date())) == ("2026-02-01", "2026-03-01")
    rows = february.table.set_index("kpi")
    assert rows.loc["sales", "previous"] == 2
    assert rows.loc["revenue", ["previous", "change"]].tolist() == [180, -180]
    assert rows.loc["revenue", "relative"] == -1
    # Nothing is known of December, so nobody can have come back in January.
    assert math.isnan(rows.loc["loyalty", "previous"])


def test_intervals_are_of_the_kind_that_the_number_asks_for(february):
    rows = february.table.set_index("kpi")
    assert rows.loc["lead_rate", ["low", "high"]].tolist() == pytest.approx([float(e[0]) for e in stats.wilson(1, 3)])
    assert rows.loc["leads", ["low", "high"]].tolist() == pytest.approx([float(e[0]) for e in stats.poisson(1, 1)])
    # Four visits of three people: 2, 1, 1, so the sum of squares is 6.
    assert rows.loc["visits", "high"] - 4 == pytest.approx(1.959964 * math.sqrt(6))
    # An exact spend leaves only the number of customers to chance.
    assert rows.loc["cac", "low"] == pytest.approx(25 / float(stats.poisson(1, 1).high[0]))


def test_a_young_log_s_repeat_rate_is_not_judged(february):
    rows = february.table.set_index("kpi")
    assert rows.loc["repeat_rate", "differs"] == ""
    assert any("less than a year" in note for note in february.notes)


def test_a_change_that_chance_cannot_make_is_said():
    story = {f"p{k}": ["visit@40d"] for k in range(200)} | {f"q{k}": ["visit@1d"] for k in range(100)}
    story |= {"z": ["visit@0", "visit@58d23h"]}
    found = KpiTree().run(EventLog.from_story(story))
    row = found.table.set_index("kpi").loc["unique_visitors"]
    assert (row["value"], row["previous"], row["differs"]) == (201, 101, "up")
    assert row["relative"] == pytest.approx(100 / 101)
    assert "Risen: unique visitors +99%" in found.verdict


def test_surveys_count_answers_and_nps_takes_bad_ones_off():
    answers = {f"p{k}": [("nps@40d", {"score": float(score)})] for k, score in enumerate([10, 9, 8, 6, 0, 10])}
    answers |= {f"c{k}": [("csat@40d", {"score": float(score)})] for k, score in enumerate([5, 4, 3])}
    answers |= {"n": [("csat@40d", {"score": float("nan")})], "z": ["visit@0", "visit@58d23h"]}
    found = KpiTree().run(EventLog.from_story(answers))
    rows = found.table.set_index("kpi")
    assert rows.loc["nps", ["numerator", "denominator"]].tolist() == [3 - 2, 6]
    assert rows.loc["csat", ["numerator", "denominator"]].tolist() == [2, 3]  # no answer is no bad answer


def test_who_unfollowed_later_does_not_follow():
    story = {
        "a": ["follow@1d"],
        "b": ["follow@1d", "unfollow@33d"],
        "c": ["follow@1d", "unfollow@2d", "follow@35d"],
        "z": ["visit@0", "visit@58d23h"],
    }
    found = KpiTree().run(EventLog.from_story(story))
    row = found.table.set_index("kpi").loc["followers"]
    assert (row["value"], row["previous"]) == (2, 2)  # a and c; a and b


def test_without_sessions_visits_are_events_and_nobody_s_time_is_known():
    log = EventLog.from_story({"a": ["visit@0", "visit@32d", "visit@33d"], "z": ["visit@58d23h"]})
    found = KpiTree().run(log)
    assert found.value("visits") == 3
    assert "cut it with Sessions().label(log)" in found.missing["time_on_site"]


def test_a_month_s_spend_is_not_cut_into_weeks():
    log = EventLog.from_story(SHOP)
    found = ASKED.run(log, SPEND, start="2026-02-02", end="2026-02-09")
    assert found.missing["cac"] == "spend is known by month, and the period is not made of whole months"
    by_day = pd.DataFrame({"date": pd.date_range("2026-02-01", "2026-02-28"), "spend": 2.0})
    assert (
        ASKED.run(log, by_day, start="2026-02-02", end="2026-02-09").table.set_index("kpi").loc["cac", "numerator"]
        == 14
    )
    assert "no row for 2026-02" in ASKED.run(log, SPEND.head(1)).missing["cac"]


@pytest.mark.parametrize(
    ("spend", "said"),
    [
        (pd.DataFrame({"cost": [1]}), "needs the columns spend and month"),
        (pd.DataFrame({"month": ["2026-02"], "spend": [-1]}), "1 rows hold no sum of money"),
        (pd.DataFrame({"month": ["2026-02"], "spend": ["much"]}), "'much'"),
        (pd.DataFrame({"month": ["soon"], "spend": [1]}), "write months as 2026-08"),
        (pd.DataFrame({"date": ["soon"], "spend": [1]}), "no readable date"),
    ],
)
def test_a_spend_table_that_cannot_be_read_is_refused(spend, said):
    with pytest.raises(SpecError, match=said):
        ASKED.run(EventLog.from_story(SHOP), spend)


def test_money_of_two_currencies_is_refused():
    story = {
        "a": [("purchase@0", {"value": 1.0, "currency": "EUR"}), ("purchase@58d23h", {"value": 1.0, "currency": "USD"})]
    }
    with pytest.raises(LogError, match="several currencies"):
        KpiTree().run(EventLog.from_story(story))
    euro = EventLog.from_story({"a": [("visit@0", {"value": 1.0, "currency": "EUR"}), "visit@58d23h"]})
    with pytest.raises(SpecError, match="several currencies"):
        KpiTree().run(euro, SPEND.assign(currency="IRT"))


@pytest.mark.parametrize(
    ("settings_", "said"),
    [
        ({"start": "2026-02-01"}, "both start and end"),
        ({"start": "2026-03-01", "end": "2026-02-01"}, "must come after"),
        ({"start": "2025-12-01", "end": "2026-01-01"}, "does not contain 2025-12-01 to 2025-12-31"),
        ({"start": "soon", "end": "later"}, "give two dates"),
        ({"by": "year"}, "by='year' is not one of"),
    ],
)
def test_a_period_that_the_log_does_not_hold_is_refused(settings_, said):
    with pytest.raises(SpecError, match=said):
        ASKED.run(EventLog.from_story(SHOP), **settings_)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"margin": 1.5}, "margin=1.5 is not allowed"),
        ({"lead": [3]}, "names of events"),
        ({"cancel": "purchase"}, "both a purchase and a cancellation"),
    ],
)
def test_a_tree_that_contradicts_itself_is_refused(fields, said):
    with pytest.raises(SpecError, match=said):
        KpiTree(**fields)
    with pytest.raises(SpecError, match="must be below"):
        Survey("nps", good=6, bad=6)


def test_a_log_without_one_whole_month_says_so():
    log = EventLog.from_story({"a": ["visit@3d", "visit@20d"]})
    with pytest.raises(SpecError, match="does not contain"):
        KpiTree().run(log)
    assert KpiTree().run(log, by="week").value("visits") == 0


def test_a_day_that_was_cut_off_is_not_a_day_and_a_quiet_last_day_does_not_cost_the_month():
    log = EventLog.from_story({"a": ["visit@0", "visit@30d10h"]})  # 31 January, ten in the morning
    assert KpiTree().run(log).start == pd.Timestamp("2026-01-01")
    assert KpiTree().run(log, by="day").start == pd.Timestamp("2026-01-30")
    with pytest.raises(SpecError, match="does not contain 2026-01-31"):
        KpiTree().run(log, start="2026-01-31", end="2026-02-01")


def test_every_kpi_has_a_need_a_unit_and_words():
    named = [kpi for kpis in TREE.values() for kpi in kpis]
    assert sorted(named) == sorted(NEEDS) == sorted(UNIT)


def test_names_of_the_log_are_escaped_and_the_picture_speaks(february):
    found = KpiTree(lead="<script>").run(EventLog.from_story(SHOP))
    assert "<script>" in found.missing["leads"]
    assert "<script>" not in found._repr_html_()
    alt = charts.alt_text(february.plot())
    assert "unique visitors 3, change +50%" in alt
    assert "Not computed" not in alt


events = st.sampled_from(["visit", "purchase", "cancel", "lead", "refer", "other"])
people = st.dictionaries(
    st.sampled_from("abcd"), st.lists(st.tuples(events, st.integers(0, 58), st.integers(1, 9)), max_size=8), max_size=4
)


@settings(max_examples=10, deadline=None)
@given(people)
def test_against_a_brute_force(stories):
    told = {who: [(f"{e}@{day}d", {"value": float(v)}) for e, day, v in acts] for who, acts in stories.items()}
    told["z"] = [("other@0", {"value": 0.0}), ("other@58d23h", {"value": 0.0})]
    found = KpiTree(cancel="cancel").run(EventLog.from_story(told))

    def signed(acts, test):
        return sum({"purchase": 1, "cancel": -1}.get(e, 0) for e, day, _ in acts if test(day))

    acts = [one for one in stories.values() if one]
    buyers = [one for one in acts if signed(one, lambda day: day >= 31) > 0]
    seen = {e for one in acts for e, _, _ in one}
    if "purchase" in seen:
        money = sum({"purchase": v, "cancel": -v}.get(e, 0) for one in acts for e, day, v in one if day >= 31)
        assert found.value("revenue") == money
        repeating = [one for one in buyers if signed(one, lambda day: True) > 1]
        new = [one for one in acts if signed(one, lambda day: True) > 0 and signed(one, lambda day: day < 31) <= 0]
        assert found.value("new_customers") == len(new)
        rows = found.table.set_index("kpi")
        assert rows.loc["repeat_rate", ["numerator", "denominator"]].tolist() == [len(repeating), len(buyers)]
    if "visit" in seen:
        visitors = [one for one in acts if any(e == "visit" and day >= 31 for e, day, _ in one)]
        assert found.value("unique_visitors") == len(visitors)
