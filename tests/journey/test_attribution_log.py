"""Attribution of a log: which touches make a path, and what the result says of itself."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from funnel_utils import Attribution, EngineError, EventLog, LogError, SpecError
from funnel_utils.journey.attribution import MODELS, credit


def touch(channel, at, event="visit"):
    return (f"{event}@{at}", {"channel": channel})


def buy(at, value=None):
    return (f"buy@{at}", {"value": value})


def paths(story, **options):
    """`{path: (conversions, nulls)}` of a story."""
    found = Attribution("buy", replicates=0, **options).run(EventLog.from_story(story)).paths
    return {row.path: (row.conversions, row.nulls) for row in found.itertuples()}


# ---- which touches make a path --------------------------------------------------------------------------------------


def test_touches_before_a_conversion_are_its_path_and_those_left_over_are_one_that_failed():
    story = {"ana": [touch("ad", "0"), touch("mail", "1d"), buy("2d"), touch("ad", "3d")]}
    assert paths(story) == {("ad", "mail"): (1, 0), ("ad",): (0, 1)}


def test_a_touch_serves_only_the_next_conversion():
    story = {"ana": [touch("ad", "0"), buy("1d"), touch("mail", "2d"), buy("3d"), buy("4d")]}
    # The third conversion has no touch of its own.
    assert paths(story) == {("ad",): (1, 0), ("mail",): (1, 0), (): (1, 0)}


def test_the_lookback_is_inclusive():
    story = {"ana": [touch("ad", "0"), buy("30d")], "ben": [touch("mail", "0"), buy("30d1s")]}
    assert paths(story) == {("ad",): (1, 0), ("mail",): (0, 1), (): (1, 0)}
    assert paths(story, lookback=None) == {("ad",): (1, 0), ("mail",): (1, 0)}


def test_stale_touches_failed_unless_they_are_dropped():
    story = {"ana": [touch("ad", "0"), touch("sms", "1d"), touch("mail", "40d"), buy("50d")]}
    assert paths(story) == {("ad", "sms"): (0, 1), ("mail",): (1, 0)}
    assert paths(story, stale="drop") == {("mail",): (1, 0)}


def test_conversions_at_one_moment_share_their_path_and_a_touch_at_that_moment_is_on_it():
    # An order of two items, written as two events.
    story = {"ana": [touch("ad", "0"), buy("1d"), buy("1d"), touch("mail", "1d")]}
    assert paths(story) == {("ad", "mail"): (2, 0)}


def test_touches_at_one_moment_come_in_the_order_of_the_log_or_of_their_names():
    story = {"ana": [touch("mail", "0"), touch("ad", "0"), buy("1d")]}
    assert paths(story) == {("mail", "ad"): (1, 0)}
    unordered = EventLog.from_story(story)
    assert "sequence" in unordered.table.columns
    bare = EventLog.read(unordered.table.drop("sequence"))
    assert Attribution("buy", replicates=0).run(bare).paths["path"].tolist() == [("ad", "mail")]


def test_users_do_not_mix():
    story = {"ana": [touch("ad", "0")], "ben": [buy("1d")]}
    assert paths(story) == {("ad",): (0, 1), (): (1, 0)}


def test_touches_may_be_named_and_then_count_without_a_channel():
    story = {"ana": [touch("ad", "0"), ("open@1d", {"channel": None}), touch("mail", "2d", "open"), buy("3d")]}
    assert paths(story) == {("ad", "mail"): (1, 0)}
    assert paths(story, touches=["open"]) == {("(none)", "mail"): (1, 0)}


def test_an_event_of_the_conversion_is_no_touch_though_it_has_a_channel():
    story = {"ana": [touch("ad", "0"), touch("direct", "1d", "buy")]}
    assert paths(story) == {("ad",): (1, 0)}


def test_decay_counts_ages_from_the_conversion():
    story = {"ana": [touch("ad", "0"), touch("mail", "7d"), buy("7d", 30.0)]}
    found = Attribution("buy").run(EventLog.from_story(story)).credits("decay").set_index("channel")
    assert found["conversions"].to_dict() == pytest.approx({"ad": 1 / 3, "mail": 2 / 3})
    assert found["value"].to_dict() == pytest.approx({"ad": 10, "mail": 20})


# ---- against ten lines of Python ------------------------------------------------------------------------------------

#: An example is a query of a second; shrinking hundreds of them would take longer than reading one.
NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)

moments = st.integers(0, 12)
happenings = st.lists(st.tuples(moments, st.sampled_from(["buy", "a", "b", "c"])), min_size=1, max_size=9)
people = st.lists(happenings, min_size=1, max_size=30).map(lambda found: dict(enumerate(found)))


def brute_paths(story, lookback):
    """Per user and conversion moment: the touches since the one before, cut at the lookback; what is left failed."""
    counts = defaultdict(lambda: [0, 0])
    for rows in story.values():
        bought = sorted({at for at, what in rows if what == "buy"})
        for before, now in zip([-1, *bought], [*bought, 10**6], strict=True):
            seen = sorted((at, what) for at, what in rows if what != "buy" and before < at <= now)
            fresh = tuple(what for at, what in seen if now < 10**6 and now - at <= lookback)
            stale = tuple(what for at, what in seen if now == 10**6 or now - at > lookback)
            counts[fresh][0] += rows.count((now, "buy"))
            counts[stale][1] += bool(stale)
    return {path: tuple(found) for path, found in counts.items() if sum(found)}


@settings(max_examples=6, deadline=None, phases=NO_SHRINKING)
@given(people, st.integers(0, 12), st.randoms())
def test_paths_are_what_a_plain_loop_finds(story, lookback, random):
    rows = [
        {"user": user, "event": what, "timestamp": pd.Timestamp("2026-01-01") + timedelta(days=at)}
        | {"channel": None if what == "buy" else what}
        for user, found in story.items()
        for at, what in found
    ]
    random.shuffle(rows)
    log = EventLog.read(EventLog.read(rows).table.drop("sequence"))
    result = Attribution("buy", lookback=f"{lookback}d", replicates=0).run(log)
    found = {row.path: (row.conversions, row.nulls) for row in result.paths.itertuples()}
    assert found == brute_paths(story, lookback)
    # The counted paths say the same as the log, by every model that needs no ages.
    for model in set(MODELS) - {"decay"}:
        if result.conversions:
            direct = credit(result.paths, model).set_index("channel")["conversions"]
            own = result.credits(model).set_index("channel")["conversions"]
            assert own.to_dict() == pytest.approx(direct.to_dict(), abs=1e-9)
    totals = result.credits().groupby("model")["conversions"].sum()
    assert totals.to_numpy() == pytest.approx(result.conversions)


# ---- intervals ------------------------------------------------------------------------------------------------------


def test_the_bootstrap_is_by_person():
    # 200 people of one conversion each, or 20 people with the same 200: credit is the same, and known less well.
    alone = {f"u{k}": [touch("ad" if k % 2 else "mail", "0"), buy("1h")] for k in range(200)}
    heavy = {
        f"u{k}": [x for day in range(10) for x in (touch("ad" if k % 2 else "mail", f"{day}d"), buy(f"{day}d1h"))]
        for k in range(20)
    }
    wide, narrow = (
        Attribution("buy").run(EventLog.from_story(story)).credits("last").iloc[0] for story in (heavy, alone)
    )
    assert wide["conversions"] == narrow["conversions"] == 100
    # Binomial: 200 people have a standard error of sqrt(200 / 4), 20 people of ten conversions 10 sqrt(20 / 4).
    assert narrow["high"] - narrow["low"] == pytest.approx(2 * 1.96 * np.sqrt(50), rel=0.15)
    assert wide["high"] - wide["low"] == pytest.approx(2 * 1.96 * 10 * np.sqrt(5), rel=0.15)


def test_a_seed_fixes_the_intervals_and_another_one_moves_them():
    story = {f"u{k}": [touch("ad" if k % 3 else "mail", "0"), buy("1h")] for k in range(60)}
    one, same, other = (
        Attribution("buy", seed=seed).run(EventLog.from_story(story)).credits("markov") for seed in (0, 0, 1)
    )
    pd.testing.assert_frame_equal(one, same)
    assert (one["low"] != other["low"]).any()


def test_many_users_are_dealt_into_groups_with_the_same_answer(monkeypatch):
    from funnel_utils.journey.attribution import touches

    story = {f"u{k}": [touch("ad" if k % 3 else "mail", "0"), touch("sms", "1h"), buy("2h")] for k in range(400)}
    exact = Attribution("buy").run(EventLog.from_story(story))
    monkeypatch.setattr(touches, "MOST_UNITS", 100)
    dealt = Attribution("buy").run(EventLog.from_story(story))
    assert (exact.sample.kind, dealt.sample.kind) == ("user", "group")
    one, two = exact.credits(), dealt.credits()
    assert two["conversions"].to_numpy() == pytest.approx(one["conversions"].to_numpy())
    width = (one["high"] - one["low"]).to_numpy()
    assert (two["high"] - two["low"]).to_numpy() == pytest.approx(width, rel=0.2, abs=2)


def test_without_replicates_there_are_no_intervals():
    story = {"ana": [touch("ad", "0"), buy("1h")]}
    found = Attribution("buy", replicates=0).run(EventLog.from_story(story))
    assert found.credits()[["low", "high", "share_low"]].isna().all().all()
    assert found.removal()["low"].isna().all()
    assert found.how == "No intervals."


# ---- what it says of itself -----------------------------------------------------------------------------------------


def test_the_summary_counts_what_the_credit_is_of():
    story = {
        "ana": [touch("ad", "0"), touch("mail", "35d"), buy("40d"), buy("50d")],
        "ben": [touch("ad", "49d")],
        "cyd": [touch("ad", "1d"), ("look@1d", {})],
    }
    found = Attribution("buy", replicates=0).run(EventLog.from_story(story))
    assert found.tally == {
        "users": 3,
        "touches": 4,
        "stale": 1,
        "conversions": 2,
        "untouched": 1,
        "converting": 2,
        "nulls": 3,
        "open": 1,  # ben's touch is a day old when the log ends
    }


def test_it_says_that_credit_is_not_cause():
    found = Attribution("buy").run(EventLog.from_story({"ana": [touch("ad", "0"), buy("1h")]}))
    assert "not proof" in found.verdict
    assert "not proof" in found._repr_html_()


def test_a_log_without_conversions_touches_or_money_still_has_an_answer():
    nothing = Attribution("sale").run(EventLog.from_story({"ana": [touch("ad", "0")]}))
    assert nothing.verdict == "No conversions, so there is nothing to share out."
    assert nothing.credits("markov")["conversions"].tolist() == [0]
    assert "sale never occurs" in nothing.warnings[0]
    bare = Attribution("buy").run(EventLog.from_story({"ana": [("buy@0", {"channel": "ad"})]}))
    assert bare.credits("markov")[["channel", "conversions"]].to_numpy().tolist() == [["(no touch)", 1]]
    assert "No touch came before" in bare.verdict
    assert bare.credits()["value"].isna().all()
    for found in (nothing, bare):
        assert found._repr_html_()
        assert found.plot().get_size_inches()[1] > 0


def test_mixed_currencies_leave_counts_and_take_away_money():
    story = {
        "ana": [touch("ad", "0"), ("buy@1h", {"value": 1.0, "currency": "EUR"})],
        "ben": [touch("ad", "0"), ("buy@1h", {"value": 1.0, "currency": "USD"})],
    }
    found = Attribution("buy").run(EventLog.from_story(story))
    assert found.credits("last")["conversions"].tolist() == [2]
    assert found.credits("last")["value"].isna().all()
    assert "several currencies" in found.warnings[0]


def test_a_refund_lowers_value_and_a_missing_value_is_nothing():
    story = {"ana": [touch("ad", "0"), buy("1h", 10.0), touch("ad", "2h"), buy("3h", -4.0), buy("4h", float("nan"))]}
    found = Attribution("buy").run(EventLog.from_story(story))
    assert found.value == 6
    assert found.credits("last")["value"].tolist() == [6, 0]


def test_names_from_a_log_are_shown_as_text():
    story = {"ana": [touch("<script>x</script>", "0"), buy("1h")]}
    found = Attribution("buy").run(EventLog.from_story(story))
    assert "<script>" not in found._repr_html_()


def test_a_csv_of_formulas_is_defused(tmp_path):
    story = {"ana": [touch("=1+1", "0"), buy("1h")]}
    written = Attribution("buy").run(EventLog.from_story(story)).to_csv(tmp_path / "credit.csv")
    assert pd.read_csv(written)["channel"].unique().tolist() == ["'=1+1"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"channel": "source"}, "'source'"),
        ({"value": "revenue"}, "'revenue'"),
        ({"value": "plan"}, "types="),
    ],
)
def test_properties_that_are_not_there_or_no_numbers_are_refused(options, said):
    log = EventLog.from_story({"ana": [("visit@0", {"channel": "ad", "plan": "gold"}), "buy@1h"]})
    with pytest.raises(LogError, match=said):
        Attribution("buy", **options).run(log)


def test_an_engine_without_sorted_lists_says_so():
    import ibis

    rows = pd.DataFrame({"user": ["a"], "event": ["v"], "timestamp": [pd.Timestamp("2026-01-01")], "channel": ["ad"]})
    log = EventLog.read(ibis.datafusion.connect().create_table("events", rows))
    with pytest.raises(EngineError, match=r"datafusion, which cannot spell paths.*Parquet"):
        Attribution().run(log)


def test_hundreds_of_channels_are_refused():
    log = EventLog.from_story({"ana": [touch(f"c{k}", f"{k}s") for k in range(501)]})
    with pytest.raises(LogError, match="more than 500 channels"):
        Attribution("buy").run(log)


def test_a_question_that_makes_no_sense_is_refused():
    for options, said in (
        ({"touches": ["buy"]}, "no touch of its own path"),
        ({"lookback": 30}, "lookback=30"),
        ({"stale": "keep"}, "stale='keep'"),
        ({"replicates": -1}, "replicates=-1"),
        ({"alpha": 2}, "alpha=2"),
        ({"order": 0}, "order=0"),
    ):
        with pytest.raises(SpecError, match=said):
            Attribution("buy", **options)
    with pytest.raises(SpecError, match="conversion"):
        Attribution([])


# ---- money and truth ------------------------------------------------------------------------------------------------


def counted(**options):
    table = pd.DataFrame({"path": ["ad > mail", "ad"], "conversions": [10, 2], "value": [900.0, 100.0]})
    return Attribution.of_paths(table, **options)


def test_spend_makes_cost_and_return_with_the_intervals_of_the_credit():
    found = counted().roi({"ad": 500, "mail": 50}, "last").set_index("channel")
    assert found.loc["mail", ["cpa", "roas"]].tolist() == [5, 18]
    credits = counted().credits("last").set_index("channel")
    assert found.loc["ad", "cpa_low"] == 500 / credits.loc["ad", "high"]
    assert found.loc["ad", "roas_high"] == credits.loc["ad", "value_high"] / 500


def test_months_of_spend_add_up_and_a_channel_without_touches_earned_nothing(tmp_path):
    file = tmp_path / "spend.csv"
    file.write_text("month,channel,spend\n1,ad,300\n2,ad,200\n1,radio,40\n")
    found = counted().roi(file, "last").set_index("channel")
    assert found["spend"].to_dict() == pytest.approx({"ad": 500, "mail": np.nan, "radio": 40}, nan_ok=True)
    assert found.loc["radio", "roas"] == 0
    assert np.isnan(found.loc["radio", "cpa"])
    assert np.isnan(found.loc["mail", "roas"])


def test_spend_that_cannot_be_read_is_refused(tmp_path):
    for spend, said in (
        ({"ad": -1}, "spend=-1"),
        (pd.DataFrame({"channel": ["ad"], "cost": [1]}), "'spend' is missing"),
        (pd.DataFrame({"channel": ["ad"], "spend": ["much"]}), "spend=much"),
    ):
        with pytest.raises(SpecError, match=said):
            counted().roi(spend)
    with pytest.raises(LogError, match="cannot be read"):
        counted().roi(tmp_path / "none.csv")


def test_misplaced_credit_is_what_would_have_to_move():
    # Last touch gives mail 10 and ad 2 of 12; in truth both caused as much: 4 of 12 stand in the wrong place.
    found = counted().compare_to_truth({"ad": 6, "mail": 6}, "last")
    assert found["misplaced"].to_numpy() == pytest.approx(4 / 12)
    assert found.set_index("channel")["error"].to_dict() == {"ad": -4, "mail": 4}
    # A channel of the truth that no path has was credited with nothing.
    more = counted().compare_to_truth({"ad": 2, "mail": 10, "radio": 12}, "last").set_index("channel")
    assert more.loc["radio", "conversions"] == 0
    assert more["misplaced"].iloc[0] == pytest.approx(0.5)
    with pytest.raises(SpecError, match="add up to nothing"):
        counted().compare_to_truth({"ad": 0})
