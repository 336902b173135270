"""Sessions, touchpoints, skips, channels, flow: small stories with the expected numbers counted by hand."""

from __future__ import annotations

from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funnel_utils import EventLog, Funnel, Journey, LogError, Sessions, SpecError

STAGES = {"visit": "look", "view": "weigh", "cart": "want", "pay": "buy"}


def log(stories):
    return EventLog.from_story(stories)


def numbers(frame, key, value="count"):
    return dict(zip(frame[key], frame[value], strict=True))


def test_thirty_minutes_are_one_visit_and_a_second_more_are_two():
    found = Sessions().run(log({"ana": ["a@0", "b@30m", "c@60m1s"], "ben": ["a@0"]}))
    row = found.summary.iloc[0]
    assert (row["sessions"], row["users"], row["single"]) == (3, 2, 2)
    assert found.table.to_pandas()["seconds"].max() == 1800


def test_midnight_does_not_split_a_session():
    found = Sessions().run(EventLog.from_story({"ana": ["a@23h50m", "b@24h10m"]}))
    assert found.summary["sessions"].item() == 1


def test_a_given_session_is_unique_only_with_its_user():
    stories = {
        "ana": [("a@0", {"visit": 1}), ("b@9h", {"visit": 1})],
        "ben": [("a@0", {"visit": 1}), ("b@1m", {"visit": None})],
    }
    found = Sessions(column="visit").run(log(stories))
    # ana's number 1 is one session though nine hours long; ben's is another; his event without one is in none.
    assert found.summary[["sessions", "users", "events"]].iloc[0].tolist() == [2, 2, 3]


def test_a_funnel_can_go_by_the_sessions_that_were_cut():
    cut = Sessions("10m").label(log({"ana": ["visit@0", "pay@1m", "visit@1h"]}))
    assert Funnel(["visit", "pay"], unit="session").run(cut).steps["units"].tolist() == [2, 1]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 2), st.integers(0, 40)), min_size=1, max_size=20), st.integers(1, 9))
def test_sessions_are_what_a_loop_finds(events, gap):
    frame = pd.DataFrame(events, columns=["user", "minute"]).assign(event="a")
    frame["timestamp"] = pd.Timestamp("2026-01-01") + pd.to_timedelta(frame.pop("minute"), unit="min")
    expected = 0
    for user in {user for user, _ in events}:
        times = sorted(minute for who, minute in events if who == user)
        expected += 1 + sum(b - a > gap for a, b in pairwise(times))
    assert Sessions(f"{gap}m").run(EventLog.read(frame)).summary["sessions"].item() == expected


def test_what_no_session_can_be_is_refused():
    with pytest.raises(SpecError, match="gap=0"):
        Sessions("0s")
    with pytest.raises(SpecError, match="not a duration"):
        Sessions(30)
    with pytest.raises(LogError, match="column='visit'"):
        Sessions(column="visit").run(log({"ana": ["a@0"]}))


def test_touches_by_stage_and_channel():
    stories = {
        "ana": [("visit@0", {"channel": "ads"}), ("visit@1m", {"channel": "mail"}), ("pay@2m", {"channel": "mail"})],
        "ben": [("visit@0", {"channel": "ads"}), ("visit@1m", {"channel": None})],
    }
    found = Journey(end="pay", stages=STAGES).run(log(stories)).touchpoints()
    look = found[found["state"] == "look"].set_index("channel")
    assert look["count"].to_dict() == {"ads": 2, "mail": 1, "(none)": 1}
    assert look["of"].unique().tolist() == [4]
    # Two journeys met ads, one of them converted.
    assert look.loc["ads", ["converted", "journeys", "conversion"]].tolist() == [1, 2, 0.5]


def test_skips_and_returns_are_counted_once_a_journey():
    stories = {
        "straight": ["visit@0", "view@1m", "cart@2m", "pay@3m"],
        "skipped": ["visit@0", "cart@1m", "pay@2m"],
        "back": ["visit@0", "cart@1m", "view@2m", "view@3m", "cart@4m"],
        "late": ["cart@0", "pay@1m"],
    }
    result = Journey(end="pay", stages=STAGES).run(log(stories))
    measures = numbers(result.linearity(), "measure")
    assert list(measures.values()) == [1, 1, 2, 1]
    skips = result.skips().set_index(["stage", "measure"])
    # Three journeys began before weighing and went beyond it; two of them had not been there when they did.
    assert skips.loc[("weigh", "skipped"), ["count", "of"]].tolist() == [2, 3]
    assert skips.loc[("weigh", "visited"), ["count", "of"]].tolist() == [2, 4]
    # All four were beyond it at some time; one came back.
    assert skips.loc[("weigh", "returned to"), ["count", "of"]].tolist() == [1, 4]
    assert numbers(result.entry(), "stage") == {"look": 3, "weigh": 0, "want": 1, "buy": 0}


def test_across_channels_and_to_the_store():
    def at(event, channel, place):
        return (event, {"channel": channel, "place": place})

    stories = {
        "ana": [at("visit@0", "ads", "online"), at("pay@1h", "store", "store")],
        "ben": [at("visit@0", "ads", "online"), at("visit@1h", "ads", "online")],
        "cyd": [at("pay@0", "store", "store")],
        "dan": [at("look@0", "store", "store"), at("visit@1h", None, None), at("pay@2h", "mail", "online")],
    }
    found = Journey(end="pay").run(log(stories)).channels()
    pairs = [tuple(pair) for pair in found[["count", "of"]].to_numpy()]
    # Two channels: ana and dan, of four; of the three converted the same two. Online then store: ana, of the three who
    # were online. Store then online: dan, of three. Paid in the store after having been online: ana, of three.
    assert pairs == [(2, 4), (2, 3), (1, 3), (1, 3), (1, 3)]


def test_flow_lumps_small_states_and_keeps_every_journey():
    stories = {f"u{n}": ["visit@0", *([f"x{n % 3}@1m"] if n % 2 else []), "pay@2m"] for n in range(6)}
    found = Journey(end="pay").run(log(stories)).flow(steps=4, top=2)
    assert found.groupby("position")["count"].sum().tolist() == [6, 6, 3]
    first = found[found["position"] == 1]
    assert numbers(first, "target") == {"pay": 3, "(other)": 3}
    with pytest.raises(SpecError, match="2 steps"):
        Journey(end="pay").run(log(stories)).flow(steps=1)


def test_long_paths_are_cut_and_rare_ones_are_one():
    stories = {f"u{n}": [f"x{k}@{k}m" for k in range(n + 1)] for n in range(5)} | {"z": ["x0@0", "pay@1m"]}
    found = Journey(end="pay").run(log(stories)).paths(top=2, longest=2)
    assert found["path"].tolist() == ["x0 → x1 → …", "x0", "(2 other paths)"]
    assert found["journeys"].tolist() == [3, 1, 2]
    assert found["cut"].tolist() == [True, False, False]
    assert found["converted"].tolist() == [0, 0, 1]
    with pytest.raises(SpecError, match="1 or more"):
        Journey(end="pay").run(log(stories)).paths(top=0)


def test_a_path_that_was_cut_still_knows_how_it_ended():
    found = Journey(end="pay").run(log({"ana": ["a@0", "b@1m", "c@2m", "pay@3m"]})).paths(longest=1)
    assert found[["path", "converted"]].iloc[0].tolist() == ["a → …", 1]


def test_lengths_and_places_that_are_no_choice():
    result = Journey(end="pay").run(log({"ana": ["a@0", "pay@1m"], "ben": ["a@0"]}))
    assert result.lengths()[["events", "journeys", "converted"]].to_numpy().tolist() == [[1, 1, 0], [2, 1, 1]]
    with pytest.raises(SpecError, match="matrix"):
        result.matrix("share")
    with pytest.raises(SpecError, match="plot"):
        result.plot("pie")
    with pytest.raises(SpecError, match="at least 1"):
        result.step_matrix(0)


def test_shares_of_people_with_several_journeys_are_clustered():
    # ana pays in all of her four journeys, ben in none of his four: eight rows that are two people.
    stories = {"ana": [f"pay@{n}m" for n in range(4)], "ben": [f"a@{n}h" for n in range(4)]}
    first = Journey(end="pay", idle="30m").run(log(stories)).summary.iloc[0]
    assert first["interval"] == "delta method, clustered by person"
    # By hand: R = 1/2, residuals +2 and -2, var = 2/1 * (4 + 4) / 64 = 1/4, so 1/2 +- 1.96 * 1/2, cut at 0 and 1.
    assert first[["rate", "low", "high"]].tolist() == [0.5, 0, 1]
