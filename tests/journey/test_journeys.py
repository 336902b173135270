"""Journeys, told as stories."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funnel_utils import EventLog, Journey, LogError, SpecError, stages
from funnel_utils.journey.steps import CONVERTED, LEFT, OPEN
from tests.journey import brute_journeys as brute

SOME = settings(max_examples=12, deadline=None)
START = pd.Timestamp("2026-01-01")


def log(stories, **options):
    return EventLog.from_story(stories, **options)


def found(journey, stories, **options):
    return journey.run(log(stories, **options))


def told(result):
    """Every journey as (path, outcome), in words."""
    rows = result.table.to_pandas().sort_values(["person", "journey", "place"])
    names = [result.states.label(int(code)) for code in rows["code"]]
    ends = [result.states.label(int(code)) if code < 0 else "" for code in rows["next"]]
    made = rows.assign(name=names, end=ends).groupby(["person", "journey"])
    return [(" ".join(group["name"]), "".join(group["end"])) for _, group in made]


def test_a_journey_ends_at_its_end_event_and_the_next_one_begins_after_it():
    result = found(Journey(end="pay"), {"ana": ["visit@0", "pay@1h", "visit@2h", "view@3h"]})
    assert told(result) == [("visit pay", "(converted)"), ("visit view", "(open)")]


def test_without_an_end_nobody_converts_and_the_sentence_says_no_rate():
    result = found(Journey(), {"ana": ["visit@0", "pay@1h"], "ben": ["visit@0"]})
    assert told(result) == [("visit pay", "(open)"), ("visit", "(open)")]
    assert result.verdict == "2 journeys of 1.5 events on average; 2 are still open."


def test_a_silence_ends_a_journey_only_when_it_is_strictly_longer():
    stories = {"ana": ["a@0", "b@30m", "c@60m1s", "d@5h"]}
    # 30 minutes are not longer than 30 minutes; 30 minutes and a second are. After d the log ends: open.
    assert told(found(Journey(idle="30m"), stories)) == [("a b", "(left)"), ("c", "(left)"), ("d", "(open)")]


def test_who_was_silent_for_long_enough_before_the_log_ended_has_left():
    stories = {"ana": ["a@0"], "ben": ["a@29d"], "cyd": ["a@31d"]}
    result = found(Journey(end="pay", idle="2d"), stories)
    # ben's silence is exactly two days: not yet longer.
    assert told(result) == [("a", "(left)"), ("a", "(open)"), ("a", "(open)")]


def test_a_start_event_begins_a_journey_and_what_came_before_is_in_none():
    stories = {"ana": ["view@0", "visit@1m", "view@2m", "visit@3m", "pay@4m", "view@5m"], "ben": ["view@0"]}
    result = found(Journey(end="pay", start="visit"), stories)
    assert told(result) == [("visit view visit pay", "(converted)")]
    assert result.summary["of"].tolist() == [1, 1, 1]


def test_a_journey_of_one_event_may_convert():
    result = found(Journey(end="pay"), {"ana": ["pay@0"]})
    assert told(result) == [("pay", "(converted)")]
    assert result.chain().conversion == 1


def test_events_of_one_moment_stand_with_start_first_and_end_last():
    # Without an order of its own: read as a table whose rows have lost theirs.
    rows = pd.DataFrame({"user": 1, "event": ["pay", "view", "visit"], "timestamp": START})
    result = Journey(end="pay", start="visit").run(EventLog.read(rows))
    ordered = Journey(end="pay", start="visit").run(_unordered(rows))
    assert told(ordered) == [("visit view pay", "(converted)")]
    # A frame has the order of its rows, and pay comes first there: nothing had started.
    assert told(result) == [("visit", "(open)")]


def _unordered(rows):
    """A log that says nothing of the order of its rows, as files do."""
    made = EventLog.read(rows)
    return replace(made, table=made.table.drop("sequence"))


def test_sessions_of_two_users_with_one_number_are_two_journeys():
    stories = {"ana": [("a@0", {"session": 1})], "ben": [("b@0", {"session": 1}), ("c@1m", {"session": 2})]}
    assert told_sessions(found(Journey(unit="session"), stories)) == ["a", "b", "c"]


def told_sessions(result):
    rows = result.table.to_pandas().sort_values(["person", "session", "journey", "place"])
    return [result.states.label(int(code)) for code in rows.loc[rows["first"], "code"]]


def test_events_without_the_unit_are_counted_and_left_out():
    stories = {"ana": [("a@0", {"session": 1}), ("b@1m", {"session": None})]}
    result = found(Journey(unit="session"), stories)
    assert told(result) == [("a", "(open)")]
    assert result.warnings == ("1 events have no session and are in no journey.",)


def test_a_repeated_state_counts_once_where_asked_and_the_journey_still_converts():
    stages_ = {"visit": "look", "view": "look", "cart": "buy", "pay": "buy"}
    stories = {"ana": ["visit@0", "view@1m", "cart@2m", "pay@3m"]}
    whole = found(Journey(end="pay", stages=stages_), stories)
    short = found(Journey(end="pay", stages=stages_, collapse=True), stories)
    assert whole.paths()["path"].tolist() == ["look → look → buy → buy"]
    assert short.paths()["path"].tolist() == ["look → buy"]
    assert short.paths()["converted"].tolist() == [1]
    assert short.chain().conversion == 1
    # Touches are never collapsed.
    assert short.summary["mean_events"].iloc[0] == 4


def test_events_of_no_stage_are_left_out_and_told():
    result = found(Journey(end="pay", stages={"visit": "look", "pay": "buy"}), {"ana": ["visit@0", "x@1m", "pay@2m"]})
    assert told(result) == [("look buy", "(converted)")]
    assert result.warnings == ("1 of 3 events stand for no stage and are left out.",)


def test_a_stage_model_brings_its_own_order_and_single_signs():
    model = stages.StageModel(
        "shop",
        (
            stages.Stage("look", signs=(stages.Sign("visit"),)),
            stages.Stage("buy", signs=(stages.Sign("pay"),)),
            stages.Stage("love", signs=(stages.Sign("pay", times=2), stages.Sign("refer"))),
        ),
    )
    journey = Journey(end="pay", stages=model)
    assert journey.stages == {"visit": "look", "pay": "buy", "refer": "love"}
    assert journey.order == ("look", "buy", "love")


def test_a_state_may_be_the_channel_and_an_end_without_one_is_not_lost():
    stories = {"ana": [("visit@0", {"channel": "ads"}), ("x@1m", {"channel": None}), ("pay@2m", {"channel": None})]}
    result = found(Journey(end="pay", state="channel"), stories)
    assert told(result) == [("ads (none)", "(converted)")]


def test_a_name_that_nobody_has_is_told_with_the_nearest():
    result = found(Journey(end="purchas"), {"ana": ["visit@0", "purchase@1m"]})
    assert result.warnings == ("end: no event 'purchas' occurs in this log. Did you mean 'purchase'?",)
    assert result.verdict == "None of 1 journey converted; 1 is still open."


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"end": "pay", "start": "pay"}, "cannot both start and end"),
        ({"idle": 30}, "not a duration"),
        ({"idle": "0s"}, "would end a journey at every event"),
        ({"end": ""}, "end=''"),
        ({"end": "pay", "stages": {"visit": "look"}}, "pay starts or ends a journey and stands for no stage"),
        ({"stages": {}}, "stages is empty"),
        ({"stages": {"a": 1}}, "not a pair of names"),
        ({"stages": 7}, "a mapping from event to stage"),
        ({"order": ("a", "a")}, "name each state once"),
        ({"stages": {"a": "x", "b": "y"}, "order": ("x",)}, "leaves out stages: y"),
        ({"unit": ""}, "name of a column"),
    ],
)
def test_a_journey_that_cannot_be_is_refused(options, said):
    with pytest.raises(SpecError, match="(?s).*" + said):
        Journey(**options)


def test_a_log_without_what_is_asked_is_refused():
    stories = {"ana": ["visit@0"]}
    with pytest.raises(LogError, match="unit='sesion'"):
        found(Journey(unit="sesion"), stories)
    with pytest.raises(LogError, match="No event of this log has a state"):
        found(Journey(events="cart"), stories)
    with pytest.raises(LogError, match="no column 'channel'"):
        found(Journey(), stories).touchpoints()
    with pytest.raises(LogError, match="neither the channel"):
        found(Journey(), stories).channels()
    with pytest.raises(SpecError, match="need the order"):
        found(Journey(), stories).entry()
    with pytest.raises(SpecError, match="name of an outcome"):
        found(Journey(), {"ana": ["(left)@0"]})
    with pytest.raises(SpecError, match="at most 500"):
        found(Journey(), {"ana": [f"page{n}@{n}s" for n in range(501)]})


def test_a_log_without_any_row_left_has_no_journey():
    empty = log({"ana": ["visit@0"]}).filter({"event": "nothing"})
    with pytest.raises(LogError, match="No event of this log has a state"):
        Journey().run(empty)


def test_what_a_log_says_is_shown_as_text():
    result = found(Journey(end="pay", name="<b>mine</b>"), {"ana": ["<script>@0", "pay@1m"]})
    shown = result._repr_html_()
    assert "<script>" not in shown
    assert "&lt;b&gt;mine" in shown


def test_exports_defuse_formulas(tmp_path):
    result = found(Journey(end="pay"), {"ana": ["=1+1@0", "pay@1m"]})
    text = result.to_csv(tmp_path / "t.csv").read_text(encoding="utf-8")
    assert "'=1+1" in text
    assert pd.read_parquet(result.to_parquet(tmp_path / "t.parquet"))["count"].sum() == 3


def test_the_summary_and_the_sentence():
    stories = {f"u{n}": ["visit@0", *(["pay@1m"] if n < 3 else [])] for n in range(10)}
    result = found(Journey(end="pay"), stories)
    first = result.summary.iloc[0]
    # Wilson's interval of 3 in 10, everybody having one journey: 0.1078 to 0.6032 (Newcombe 1998, his method 3).
    assert first["interval"] == "Wilson"
    assert first[["low", "high"]].round(4).tolist() == [0.1078, 0.6032]
    assert first["median_seconds"] == 60


rows = st.lists(st.tuples(st.integers(1, 3), st.integers(0, 12), st.sampled_from("abcz")), min_size=1, max_size=16).map(
    lambda made: sorted(set(made))
)


@SOME
@given(
    rows,
    st.sampled_from([(), ("z",)]),
    st.sampled_from([(), ("a",)]),
    st.sampled_from([None, 1, 3]),
    st.booleans(),
)
def test_every_table_is_what_plain_loops_find(events, end, start, idle, collapse):
    frame = pd.DataFrame(events, columns=["user", "second", "event"])
    frame["timestamp"] = START + pd.to_timedelta(frame.pop("second"), unit="s")
    journey = Journey(
        end=end,
        start=start,
        idle=None if idle is None else f"{idle}s",
        order=list("abcz"),
        collapse=collapse,
    )
    result = journey.run(_unordered(frame))
    until = max(second for _, second, _ in events)
    expected = brute.journeys(events, end, start, idle, until, rank={name: k for k, name in enumerate("abcz")})
    assert told(result) == [(" ".join(names), outcome) for _, names, outcome in expected]
    if not expected:
        assert result.verdict == "No journey: no event of this log begins one."
        return
    starts, facts = brute.entry(expected, "abcz")
    assert dict(zip(result.entry()["stage"], result.entry()["count"], strict=True)) == {n: starts[n] for n in "abcz"}
    assert result.linearity()["count"].tolist() == [facts[name] for name in ("linear", "later", "skips", "returns")]
    if collapse:
        expected = [(user, brute.collapsed(names), outcome) for user, names, outcome in expected]
    counted = brute.transitions(expected)
    table = result.transitions()
    assert {(r.source, r.target): r.count_ for r in table.rename(columns={"count": "count_"}).itertuples()} == counted
    wide = result.matrix("count")
    assert {(s, u): wide.loc[s, u] for s in wide.index for u in wide.columns if wide.loc[s, u]} == counted
    paths = result.paths(top=100, longest=50)
    assert sorted(zip(paths["states"], paths["journeys"], strict=True)) == sorted(_frequencies(expected).items())
    _check_positions(result, expected)
    _check_chain(result, expected)


def _frequencies(expected):
    from collections import Counter

    return Counter(tuple(names) for _, names, _ in expected)


def _check_positions(result, expected):
    table = result.step_matrix(6)
    for position, group in table.groupby("position"):
        places = [names[position - 1] if position <= len(names) else outcome for _, names, outcome in expected]
        assert dict(zip(group["state"], group["count"], strict=True)) == {p: places.count(p) for p in places}
        assert group["rate"].sum() == pytest.approx(1)


def _check_chain(result, expected):
    """The order-1 chain converts exactly as often as the journeys did, and takes as many steps as they had."""
    chain = result.chain()
    share = sum(outcome == "(converted)" for *_, outcome in expected) / len(expected)
    assert chain.conversion == pytest.approx(share, abs=1e-12)
    assert chain.steps == pytest.approx(sum(len(names) for _, names, _ in expected) / len(expected))
    visits = {name: sum(names.count(name) for _, names, _ in expected) / len(expected) for name in chain.states[1:]}
    assert chain.visits.iloc[1:].to_dict() == pytest.approx(visits)
    assert chain.traps == ()


def test_shuffled_rows_and_renamed_users_change_nothing():
    stories = {f"u{n}": [f"{'abcz'[(n * k) % 4]}@{(n * 7 + k * 13) % 50}s" for k in range(1, 9)] for n in range(12)}
    one = log(stories).table.to_pandas().drop(columns="sequence").drop_duplicates(["user", "event", "timestamp"])
    other = one.sample(frac=1, random_state=1).assign(user=lambda f: f["user"] + "x")
    journey = Journey(end="z", idle="9s")
    pd.testing.assert_frame_equal(
        journey.run(_unordered(one)).transitions(), journey.run(_unordered(other)).transitions()
    )


def test_outcomes_are_told_apart_from_states_by_their_sign():
    assert max(CONVERTED, LEFT, OPEN) < -1
