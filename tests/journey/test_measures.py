"""The five measures: stories told by hand, a slow second reading of the same definitions, and bad input."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funnel_utils import EventLog, LogError, SpecError, stages
from funnel_utils.charts import alt_text, measures_chart, time_chart
from funnel_utils.journey.engagement import Rate, engagement, mail_rates
from funnel_utils.journey.measures import JourneyMeasures, Revenue, StageActs
from funnel_utils.stages.model import Sign

LATER = {"observed_until": "2026-06-01"}


def log(stories, **options):
    return EventLog.from_story(stories, **(LATER | options))


def run(stories, *acts, within="10d", revenue=None, **options):
    return JourneyMeasures(acts, within=within, revenue=revenue, **options).run(log(stories))


def row(table, **where):
    for name, value in where.items():
        table = table[table[name] == value]
    assert len(table) == 1
    return table.iloc[0]


CART = StageActs("cart", "cart", "pay", ["leave", "store"])


class TestProgression:
    def test_the_wanted_act_counts_from_the_touch_to_the_end_of_the_window(self):
        story = {
            "before": ["pay@0", "cart@1d"],
            "same time": ["pay@1d", "cart@1d"],
            "last instant": ["cart@0", "pay@10d"],
            "too late": ["cart@0", "pay@11d"],
            "never": ["cart@0"],
            "elsewhere": ["visit@0"],
        }
        found = run(story, CART).progression().iloc[0]
        assert found[["progressed", "of", "people"]].tolist() == [2, 5, 5]
        assert found["rate"] == 0.4

    def test_the_interval_is_wilsons(self):
        story = {f"u{n}": ["cart@0", *(["pay@1d"] if n < 81 else [])] for n in range(263)}
        found = run(story, CART).progression().iloc[0]
        assert (round(found["low"], 4), round(found["high"], 4)) == (0.2553, 0.3662)  # Newcombe 1998, table I

    def test_whoever_was_not_watched_for_the_whole_window_is_in_no_rate_whatever_she_did(self):
        story = {"ana": ["cart@0", "pay@1h"], "ben": ["cart@25d", "pay@26d"], "cyd": ["cart@25d"]}
        found = JourneyMeasures([CART], within="10d", revenue=None).run(log(story, observed_until="2026-01-30"))
        assert found.progression().iloc[0][["progressed", "of", "people", "too_early"]].tolist() == [1, 1, 3, 2]

    def test_buying_again_is_not_the_purchase_that_made_the_customer(self):
        acts = StageActs("customer", "pay", "pay")
        found = run({"ana": ["pay@0"], "ben": ["pay@0", "pay@0"], "cyd": ["pay@0", "pay@3d"]}, acts).progression()
        assert found.iloc[0]["progressed"] == 1

    def test_a_sign_of_several_times_is_there_from_the_last_of_them_on(self):
        acts = StageActs("fan", Sign("pay", times=2), "refer")
        story = {"ana": ["pay@0", "refer@1d", "pay@2d"], "ben": ["pay@0", "pay@1d", "pay@9d", "refer@11d"]}
        found = run(story, acts).progression().iloc[0]
        # Ana told before she was a fan; Ben ten days after he became one, not one day after his third purchase.
        assert found[["progressed", "of"]].tolist() == [1, 2]

    def test_conditions_tell_acts_apart(self):
        story = {
            "ana": ["cart@0", ("pay@1d", {"place": "store"})],
            "ben": ["cart@0", ("pay@1d", {"place": "online"})],
        }
        acts = StageActs(
            "cart", "cart", Sign("pay", where={"place": "online"}), {"store": Sign("pay", where={"place": "store"})}
        )
        found = run(story, acts)
        assert found.progression().iloc[0]["progressed"] == 1
        assert row(found.aversion(), act="store")["averse"] == 1

    def test_a_stage_without_a_wanted_act_has_people_and_no_rate(self):
        found = run({"ana": ["cart@0"]}, StageActs("cart", "cart"))
        assert found.progression().empty
        assert math.isnan(found.summary.iloc[0]["progression"])


AVERSE = {
    "left": ["cart@0", "leave@1d"],
    "both": ["cart@0", "leave@1d", "store@2d"],
    "came round": ["cart@0", "leave@1d", "pay@2d"],
    "bought first": ["cart@0", "pay@1d", "leave@2d"],
    "before": ["leave@0", "cart@1d"],
    "loyal": ["cart@0", "pay@1d"],
}


class TestAversion:
    def test_each_act_and_any_of_them(self):
        found = run(AVERSE, CART).aversion()
        assert found["act"].tolist() == ["any", "leave", "store"]
        assert row(found, act="any")[["averse", "of", "instead", "came_round"]].tolist() == [4, 6, 3, 1]
        assert row(found, act="leave")[["averse", "instead", "came_round"]].tolist() == [4, 3, 1]
        assert row(found, act="store")[["averse", "instead", "came_round"]].tolist() == [1, 1, 0]

    def test_to_have_left_is_to_do_nothing_wanted_for_so_long(self):
        acts = StageActs("cart", "cart", "pay", left_after="1d")
        story = {"in time": ["cart@0", "pay@1d"], "late": ["cart@0", "pay@25h"], "never": ["cart@0", "visit@1h"]}
        found = run(story, acts).aversion()
        last = row(found, act="left: nothing for 1d")
        assert last[["averse", "of", "instead", "came_round"]].tolist() == [2, 3, 2, 1]


class TestTiming:
    def test_kaplan_meier_by_hand(self):
        # Of four, one goes on after 1 day, one after 3; one is seen for 2 days only, one for the whole 10.
        story = {"a": ["cart@0", "pay@1d"], "b": ["cart@0", "pay@3d"], "c": ["cart@9d"], "d": ["cart@0"]}
        found = JourneyMeasures([CART], within="10d", revenue=None).run(log(story, observed_until="2026-01-12"))
        times = found.timing().iloc[0]
        assert times[["at_risk", "advanced", "censored"]].tolist() == [4, 2, 2]
        # Survival 3/4 after a day; then c leaves the risk set and it is 3/4 x 1/2 after three.
        curve = found.survival(1)
        assert curve["time_s"].tolist() == [0, 86400, 3 * 86400]
        assert curve["survival"].tolist() == pytest.approx([1, 0.75, 0.375])
        assert times["km_median_s"] == 3 * 86400
        assert times["advanced_median_s"] == 86400

    def test_an_act_after_the_window_is_not_seen_in_it(self):
        times = run({"a": ["cart@0", "pay@11d"]}, CART).timing().iloc[0]
        assert times[["advanced", "censored"]].tolist() == [0, 1]
        assert math.isnan(times["km_median_s"])


SPENT = {
    "ana": [("pay@0", {"value": 1000}), "cart@1d", ("pay@2d", {"value": 100}), ("refund@3d", {"value": 40})],
    "ben": ["cart@0", ("pay@1d", {"value": 20}), ("pay@11d", {"value": 500})],
    "cyd": ["cart@0"],
}


class TestValue:
    def test_money_is_net_from_the_touch_to_the_end_of_the_window(self):
        found = run(SPENT, CART, revenue=Revenue("pay", "refund", margin=0.5)).value().iloc[0]
        assert found[["buyers", "of", "revenue", "margin"]].tolist() == [2, 3, 80, 40]
        # 60, 20, 0: mean 26.67, standard deviation 30.55; t with 2 degrees of freedom 4.3027.
        half = 4.302652729911275 * math.sqrt(2800 / 3) / math.sqrt(3)
        assert found[["per_person", "low", "high"]].tolist() == pytest.approx([80 / 3, 80 / 3 - half, 80 / 3 + half])
        assert found["margin_per_person"] == pytest.approx(40 / 3)

    def test_a_margin_may_be_a_property(self):
        story = {"ana": ["cart@0", ("pay@1d", {"value": 100, "gain": 30})], "ben": ["cart@0"]}
        found = run(story, CART, revenue=Revenue("pay", margin="gain")).value().iloc[0]
        assert found[["revenue", "margin"]].tolist() == [100, 30]

    def test_missing_values_count_as_nothing(self):
        story = {"ana": ["cart@0", ("pay@1d", {"value": float("nan")})], "ben": ["cart@0", ("pay@1d", {"value": 5})]}
        assert run(story, CART, revenue=Revenue("pay")).value().iloc[0]["revenue"] == 5

    def test_a_log_without_money_says_what_to_do(self):
        with pytest.raises(LogError, match="revenue=None"):
            run({"ana": ["cart@0"]}, CART, revenue=Revenue("pay"))
        with pytest.raises(SpecError, match="declare where money is"):
            run({"ana": ["cart@0"]}, CART).value()

    def test_several_currencies_are_refused(self):
        story = {"ana": ["cart@0", *((f"pay@{n}d", {"value": 1, "currency": c}) for n, c in ((1, "EUR"), (2, "USD")))]}
        with pytest.raises(LogError, match="several currencies"):
            run(story, CART, revenue=Revenue("pay"))


RATES = mail_rates("sent", "open", "click")
MAILED = {
    "ana": [("sent@0", {"channel": "email"}), ("sent@1d", {"channel": "email"}), ("open@1d", {"channel": "email"})],
    "ben": [("sent@0", {"channel": "sms"}), ("open@1d", {"channel": "sms"}), ("click@1d", {"channel": "sms"})],
    "cyd": [("sent@0", {"channel": "email"})],
}


class TestEngagement:
    def test_opens_out_of_sends_and_clicks_out_of_opens(self):
        found = engagement(log(MAILED), RATES)
        assert found[["measure", "did", "out_of", "people"]].values.tolist() == [
            ["open rate", 2, 4, 3],
            ["click rate", 1, 2, 2],
        ]

    def test_the_interval_is_clustered_by_person(self):
        # y, x of three people: (1, 2), (1, 1), (0, 1); R = 1/2. Residuals 0, 1/2, -1/2: var = 3/2 * 1/2 / 16.
        found = engagement(log(MAILED), RATES).iloc[0]
        half = 1.959963984540054 * math.sqrt(3 / 2 * 0.5 / 16)
        assert (found["low"], found["high"]) == pytest.approx((0.5 - half, 0.5 + half))
        assert "clustered by person" in found["interval"]

    def test_by_channel(self):
        found = engagement(log(MAILED), RATES, by="channel")
        assert row(found, measure="open rate", channel="email")[["did", "out_of"]].tolist() == [1, 3]
        assert row(found, measure="click rate", channel="email")[["did", "out_of"]].tolist() == [0, 1]

    def test_a_key_counts_each_message_once(self):
        story = {
            "ana": [("sent@0", {"mail": 1}), ("open@1d", {"mail": 1}), ("open@2d", {"mail": 1})],
            "ben": [("sent@0", {"mail": 1}), ("sent@1d", {"mail": 2}), ("open@1d", {"mail": 3})],
        }
        found = engagement(log(story), [Rate("open rate", "open", "sent", key="mail")]).iloc[0]
        assert found[["did", "out_of"]].tolist() == [1, 3]
        plain = engagement(log(story), [Rate("open rate", "open", "sent")]).iloc[0]
        assert plain[["did", "out_of"]].tolist() == [3, 3]

    def test_content_is_a_rate_like_any_other(self):
        story = {
            "ana": [("shown@0", {"content": "<b>"}), ("used@1m", {"content": "<b>"}), ("shown@2d", {"content": None})]
        }
        found = engagement(log(story), [Rate("content", "used", "shown")], by="content")
        assert found[["content", "did", "out_of"]].values.tolist() == [["(missing)", 0, 1], ["<b>", 1, 1]]

    def test_a_property_of_one_kind_of_event_only_is_refused(self):
        story = {"ana": ["sent@0", ("open@1d", {"channel": "email"})]}
        with pytest.raises(LogError, match="sent never carries 'channel'"):
            engagement(log(story), [Rate("open rate", "open", "sent")], by="channel")
        with pytest.raises(LogError, match="no property 'mail'"):
            engagement(log(story), [Rate("open rate", "open", "sent", key="mail")])

    @pytest.mark.parametrize("fields", [("", "a", "b"), ("x", [], "b"), ("x", "a", ["a", "b"]), ("x", "a", 3)])
    def test_invalid_rates_are_refused(self, fields):
        with pytest.raises(SpecError):
            Rate(*fields)


def test_a_stage_model_brings_its_stages_and_labels():
    spec = JourneyMeasures.of(stages.model("journey_five"), contrary={"purchase": "cancel_order"}, within="14d")
    assert all(isinstance(acts.touch[0], Sign) for acts in spec.stages)
    assert spec.stages[-1].wanted == ()
    assert set(spec.stages[0].wanted) >= set(spec.stages[1].touch)


def test_a_mapping_of_stages_to_events_is_a_model_too():
    found = JourneyMeasures.of({"look": "visit", "buy": ["pay"], "none": []}, revenue=None, within="5d").run(
        log({"ana": ["visit@0", "pay@1d"], "ben": ["visit@0"]})
    )
    assert found.summary[["stage", "people"]].values.tolist() == [["look", 2], ["buy", 1]]
    assert found.progression().iloc[0]["rate"] == 0.5


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: StageActs(" ", "a"), "needs a name"),
        (lambda: StageActs("s", []), "touch="),
        (lambda: StageActs("s", "a", "b", "b"), "both wanted and contrary"),
        (lambda: StageActs("s", "a", "b", {"": "c"}), "name of its own"),
        (lambda: StageActs("s", "a", left_after="1d"), "wait for the wanted act"),
        (lambda: StageActs("s", "a", "b", left_after=1), "not a duration"),
        (lambda: StageActs("s", 5), "event name"),
        (lambda: JourneyMeasures([]), "at least one"),
        (lambda: JourneyMeasures([CART, CART]), "one name"),
        (lambda: JourneyMeasures([CART], within=30), "not a duration"),
        (lambda: JourneyMeasures([StageActs("s", "a", "b", left_after="9d")], within="7d"), "nobody can leave"),
        (lambda: JourneyMeasures([CART], revenue="value"), "no Revenue"),
        (lambda: JourneyMeasures([CART], rates=["open"]), "list of Rate"),
        (lambda: JourneyMeasures.of({"a": "b"}, wanted={"c": "d"}), "'c' is no stage"),
        (lambda: Revenue(margin=35), "a share"),
        (lambda: Revenue([]), "value is earned"),
        (lambda: Revenue(Sign("pay", times=2)), "times=1"),
    ],
)
def test_invalid_specifications_are_refused(make, said):
    with pytest.raises(SpecError, match=said):
        make()


def test_an_event_that_never_occurs_warns_and_counts_nobody():
    found = run({"ana": ["visit@0"]}, CART)
    assert found.summary.iloc[0][["people", "of"]].tolist() == [0, 0]
    assert any("Nobody ever came to cart" in warning for warning in found.warnings)
    assert "Nobody has been watched" in found.verdict
    assert alt_text(measures_chart(found))
    assert alt_text(time_chart(found))


def test_pictures_and_html_say_the_figures_and_run_no_names():
    acts = StageActs("<i>cart</i>", "cart", "pay", "leave")
    found = run(AVERSE, acts, within="10d")
    assert "3 of 6" in alt_text(measures_chart(found))
    assert "<i>cart" not in found._repr_html_()
    assert found.plot("time") is not None
    with pytest.raises(SpecError, match="not 'measures' or 'time'"):
        found.plot("pie")


# -- a slow second reading --------------------------------------------------------------------------------------------

names = st.sampled_from(["cart", "pay", "leave", "visit"])
story = st.lists(st.tuples(names, st.integers(0, 20)), max_size=7)
END, WINDOW, WAIT = 15, 5, 2


def read_by_hand(events):
    """Days of the touch, the wanted and the contrary act, whether she was watched, and what she paid."""
    touches = [day for name, day in events if name == "cart"]
    if not touches:
        return None
    touch = min(touches)
    paid = [day - touch for name, day in events if name == "pay" and day >= touch]
    gone = [day - touch for name, day in events if name == "leave" and day >= touch]
    limit = min(WINDOW, max(0, END - touch))
    wanted = min((day for day in paid if day <= limit), default=None)
    against = min((day for day in gone if day <= limit), default=None)
    left = limit >= WAIT and (not paid or min(paid) > WAIT)
    any_at = min([day for day in (against, WAIT if left else None) if day is not None], default=None)
    return touch, wanted, any_at, END - touch >= WINDOW, 10 * sum(1 for day in paid if day <= WINDOW)


# Few logs of many people: a log costs what a hundred people do.
@settings(max_examples=20, deadline=None)
@given(st.lists(story, min_size=1, max_size=12))
def test_the_engine_agrees_with_reading_by_hand(stories):
    begin = pd.Timestamp("2026-01-01", tz="UTC")
    rows = [{"user": "z", "event": "visit", "timestamp": begin, "value": None}]
    rows += [
        {"user": f"u{n}", "event": name, "timestamp": begin + pd.Timedelta(days=day), "value": 10.0}
        for n, events in enumerate(stories)
        for name, day in events
    ]
    whole = EventLog.read(
        pd.DataFrame(rows).astype({"value": "float64"}), observed_until=begin + pd.Timedelta(days=END)
    )
    acts = StageActs("cart", "cart", "pay", "leave", left_after=f"{WAIT}d")
    found = JourneyMeasures([acts], within=f"{WINDOW}d", revenue=Revenue("pay", [])).run(whole)
    read = [one for one in map(read_by_hand, stories) if one is not None]
    mature = [one for one in read if one[3]]
    forward = found.progression().iloc[0]
    assert forward["people"] == len(read)
    assert forward["of"] == len(mature)
    assert forward["progressed"] == sum(one[1] is not None for one in mature)
    averse = row(found.aversion(), act="any")
    assert averse["averse"] == sum(one[2] is not None for one in mature)
    assert averse["instead"] == sum(one[2] is not None and (one[1] is None or one[1] > one[2]) for one in mature)
    assert averse["came_round"] == sum(one[2] is not None and one[1] is not None and one[1] > one[2] for one in mature)
    assert found.timing().iloc[0]["advanced"] == sum(one[1] is not None for one in read)
    assert found.value().iloc[0]["revenue"] == sum(one[4] for one in mature)
