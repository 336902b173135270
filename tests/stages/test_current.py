"""Where everybody is now: stories with reasons, a brute force in plain Python, and what must not change."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funnel_utils import EventLog, LogError, SpecError, stages
from funnel_utils.durations import parse_duration
from funnel_utils.stages import Sign, Stage, StageModel, current_stage

SHOP = StageModel(
    "shop",
    (
        Stage("look", signs=(Sign("visit"),)),
        Stage("want", signs=(Sign("cart"), Sign("wish"))),
        Stage("own", signs=(Sign("buy", lasting=True),)),
        Stage("stay", signs=(Sign("buy", times=2, lasting=True),)),
    ),
)


def where(log: EventLog, model: str | StageModel = SHOP, **rules: Any) -> dict[str, str | None]:
    """User to stage."""
    found = current_stage(log, model, **rules).table.to_pandas()
    return {user: None if pd.isna(stage) else stage for user, stage in zip(found["user"], found["stage"], strict=True)}


def test_the_deepest_sign_of_the_latest_journey_counts() -> None:
    log = EventLog.from_story(
        {
            "ana": ["visit@0", "cart@1h", "visit@2d"],  # looking round again takes nothing away
            "ben": ["visit@0", "cart@1h", "visit@60d"],  # but after two silent months it is a new journey
            "sara": ["visit@0", "buy@1h", "visit@60d"],  # who has bought is a customer for good
            "omid": ["mail@0"],  # no sign of any stage
        }
    )
    assert where(log) == {"ana": "want", "ben": "look", "sara": "own", "omid": None}


def test_the_latest_rule_follows_people_back() -> None:
    log = EventLog.from_story({"ana": ["visit@0", "cart@1h", "visit@2d"], "sara": ["buy@0", "buy@1d", "visit@9d"]})
    assert where(log, rule="latest") == {"ana": "look", "sara": "look"}


def test_a_second_purchase_is_two_purchases_however_far_apart() -> None:
    log = EventLog.from_story({"ana": ["buy@0", "buy@200d"], "ben": ["buy@0", "visit@200d"]})
    assert where(log) == {"ana": "stay", "ben": "own"}
    found = current_stage(log, SHOP).table.to_pandas().set_index("user")
    assert found["reached_at"]["ana"] == pd.Timestamp("2026-07-20")  # 200 days after 1 January
    assert found["reached_at"]["ben"] == pd.Timestamp("2026-01-01")


def test_silence_is_over_when_it_is_longer_not_when_it_is_as_long() -> None:
    log = EventLog.from_story({"at": ["cart@0", "visit@10d"], "over": ["cart@0", "visit@10d1s"]})
    assert where(log, silence="10d") == {"at": "want", "over": "look"}
    assert where(log, silence=None) == {"at": "want", "over": "want"}


def test_what_comes_after_the_moment_is_not_seen() -> None:
    log = EventLog.from_story({"ana": ["visit@0", "cart@1d", "buy@2d"], "ben": ["visit@3d"]})
    assert where(log, at="2026-01-02") == {"ana": "want"}
    assert where(log, at="2025-12-31") == {}
    assert "Nobody" in current_stage(log, SHOP, at="2025-12-31").verdict


def test_who_has_been_silent_keeps_the_stage_and_is_not_active() -> None:
    log = EventLog.from_story({"ana": ["buy@0"], "ben": ["visit@90d"]})
    counts = current_stage(log, SHOP).counts.set_index("stage")
    assert counts.loc["own", ["people", "active"]].tolist() == [1, 0]
    assert counts.loc["look", ["people", "active"]].tolist() == [1, 1]


def test_counts_have_every_stage_and_add_up() -> None:
    log = EventLog.from_story({f"u{n}": ["visit@0"] for n in range(81)} | {f"w{n}": ["buy@0"] for n in range(182)})
    counts = current_stage(log, SHOP).counts
    assert counts["people"].tolist() == [81, 0, 182, 0, 0]
    assert counts["people"].sum() == counts["of"].iloc[0] == 263
    # Newcombe (1998), table I: 81 of 263.
    assert counts.loc[0, ["low", "high"]].round(4).tolist() == [0.2553, 0.3662]


def test_a_condition_and_several_signs() -> None:
    log = EventLog.from_story({"a": [("buy@0", {"value": 5.0})], "b": [("buy@0", {"value": 50.0})], "c": ["wish@0"]})
    mapping = {"look": "buy", "want": ["cart", "wish"], "own": Sign("buy", where={"value": (">", 10)})}
    assert where(log, mapping=mapping) == {"a": "look", "b": "own", "c": "want"}


def test_a_stage_that_nobody_can_be_seen_at_is_said() -> None:
    log = EventLog.from_story({"ana": ["visit@0"]})
    own = current_stage(log, SHOP, mapping={"look": "visit", "own": "by"})
    assert own.warnings == (
        "No event stands for want; own; stay, so nobody can be seen there.",
        "These events of the mapping never occur in the log: by.",
    )
    assert any("Outside" in said for said in current_stage(log, "extended_funnel").warnings)


def test_members_can_be_used_again() -> None:
    log = EventLog.from_story({"ana": ["visit@0"], "ben": ["buy@0"], "eve": ["mail@0"]})
    found = current_stage(log, SHOP)
    assert log.restrict(found.members("own")).table.to_pandas()["user"].tolist() == ["ben"]
    assert log.restrict(found.members(None)).table.to_pandas()["user"].tolist() == ["eve"]
    with pytest.raises(SpecError, match="look"):
        found.members("nowhere")


@pytest.mark.parametrize(
    "rules",
    [{"rule": "first"}, {"silence": 30}, {"at": "yesterday-ish"}, {"mapping": {"sell": "x"}}, {"silence": "-3d"}],
)
def test_bad_rules_are_refused(rules: dict[str, Any]) -> None:
    with pytest.raises(SpecError):
        current_stage(EventLog.from_story({"ana": ["visit@0"]}), SHOP, **rules)


def test_a_condition_on_a_column_that_is_not_there_is_an_error() -> None:
    log = EventLog.from_story({"ana": ["visit@0"]})
    with pytest.raises(LogError, match="colour"):
        current_stage(log, SHOP, mapping={"look": Sign("visit", where={"colour": "red"})})


def test_names_with_markup_and_formulas_are_shown_and_defused(tmp_path) -> None:
    odd = StageModel("m", (Stage("a", label="=1+1<b>", signs=(Sign("visit"),)),))
    found = current_stage(EventLog.from_story({"ana": ["visit@0"]}), odd)
    assert "<b>" not in found._repr_html_()
    assert "'=1+1" in found.to_csv(tmp_path / "counts.csv").read_text("utf-8")


def brute_force(happened: list[tuple[str, int]], rule: str, silence: timedelta) -> str | None:
    """The stage of one person from (event, hour) pairs."""
    start = datetime(2026, 1, 1)
    events = sorted((start + timedelta(hours=hour), event) for event, hour in happened)
    since = events[0][0]
    for (before, _), (now, _) in pairwise(events):
        since = now if now - before > silence else since
    best: tuple[Any, int] | None = None
    for place, stage in enumerate(SHOP.stages):
        for sign in stage.signs:
            times = [at for at, event in events if event in sign.events and (sign.lasting or at >= since)]
            if len(times) >= sign.times:
                rank = (times[-1], place) if rule == "latest" else (place, place)
                best = max(best, rank) if best else rank
    return None if best is None else SHOP.stages[best[1]].name


EVENTS = st.tuples(st.sampled_from(["visit", "cart", "wish", "buy", "mail"]), st.integers(0, 72))


@settings(max_examples=25, deadline=None)
@given(
    people=st.dictionaries(st.sampled_from("abcd"), st.lists(EVENTS, min_size=1, max_size=8), min_size=1),
    rule=st.sampled_from(["deepest", "latest"]),
    silence=st.sampled_from(["6h", "24h"]),
)
def test_it_agrees_with_a_brute_force(people: dict[str, list[tuple[str, int]]], rule: str, silence: str) -> None:
    log = EventLog.from_story({user: [f"{event}@{hour}h" for event, hour in did] for user, did in people.items()})
    quiet = parse_duration(silence, "silence")
    wanted = {user: brute_force(did, rule, quiet) for user, did in people.items()}
    assert where(log, rule=rule, silence=silence) == wanted


def test_every_model_places_everybody_of_the_shop_once() -> None:
    from funnel_utils.synthetic import load_pardis

    log = load_pardis()
    bought = log.filter({"event": {"purchase", "store_purchase", "deal_closed"}}).n_users()
    for model in stages.models():
        counts = current_stage(log, model).counts
        assert counts["people"].sum() == log.n_users()
        # From the stage with the sale on there are at least all who have bought.
        sale = next(place for place, one in enumerate(model.stages) if "buying" in one.moments)
        assert counts["people"].iloc[sale:-1].sum() >= bought
