"""`explain` names the event and the rule that stopped an attempt."""

from __future__ import annotations

from typing import Any

import pytest

from funnel_utils import EventLog, Exclusion, Funnel, LogError, Step

STEPS = ["visit", "cart", "pay"]


def reason(story: list[Any], steps: list[Any] = STEPS, *, until: str = "2026-03-01", **options: Any) -> str:
    log = EventLog.from_story({"ana": story, "bo": ["other@0"]}, start="2026-01-01", observed_until=until)
    return Funnel(steps, **options).run(log).explain("ana").reason


@pytest.mark.parametrize(
    ("story", "options", "said"),
    [
        (["visit@0", "cart@5m", "pay@2h"], {}, "all 3 steps"),
        (["cart@5m", "pay@2h"], {}, "never did step 1"),
        (["visit@0", "cart@5m", "pay@9d"], {"window": "7d"}, "2d after the window"),
        (["visit@0", "cart@5m"], {"window": "7d"}, "never did step 3 (pay); its time ran out 2026-01-08"),
        (["visit@0", "pay@1m", "cart@5m"], {"window": "7d"}, "before step 2: the order is wrong"),
        (["visit@0", "cart@5m", "pay@5m"], {"ties": "increase"}, "the very time of the step before"),
        (["visit@0", "cart@5m", "pay@3h"], {"gaps": {3: (None, "1h")}}, "more than 1h after"),
        (["visit@0", "cart@5m", "pay@6m"], {"gaps": {3: ("1h", None)}}, "less than 1h after"),
        (["visit@0", "cart@5m", "help@6m", "pay@7m"], {"order": "strict"}, "help at 2026-01-01 00:06:00 lies between"),
        (["visit@0", "cart@5m", "cart@6m", "pay@7m"], {"repeat": "end"}, "repeats a step already done"),
        (
            ["visit@0", "cart@5m", "help@6m", "pay@7m"],
            {"exclude": Exclusion("help")},
            "is excluded between steps 1 and 3",
        ),
        (["visit@0", "cart@5m"], {"window": "90d"}, "may still go on: it has until 2026-04-01"),
        (["visit@0", "cart@5m"], {}, "by the end of the log"),
    ],
)
def test_the_reason_names_event_and_rule(story: list[Any], options: dict[str, Any], said: str) -> None:
    assert said in reason(story, **options)


def test_a_unit_taken_out_is_said_to_be_out() -> None:
    found = reason(["visit@0", "help@6m", "cart@7m", "pay@8m"], exclude=Exclusion("help", scope="user"))
    assert "out of the funnel" in found
    assert "help" in found


def test_another_held_value_is_named() -> None:
    story = [("visit@0", {"item": "lamp"}), ("cart@5m", {"item": "rug"})]
    assert "another value of item" in reason(story, ["visit", "cart"], hold="item")


def test_matched_events_are_marked() -> None:
    log = EventLog.from_story({"ana": ["visit@0", "visit@1m", "cart@5m"]}, start="2026-01-01")
    events = Funnel([Step("visit"), "cart"]).run(log).explain("ana").events
    assert events.step.tolist()[1:] == [1, 2]
    assert events.step.isna().tolist() == [True, False, False]


def test_missing_steps_of_an_unordered_funnel_are_named() -> None:
    assert "missing: cart" in reason(["visit@0", "pay@2h"], order="unordered", window="7d")


def test_an_unknown_unit_is_an_error() -> None:
    log = EventLog.from_story({"ana": ["visit@0"]}, start="2026-01-01")
    with pytest.raises(LogError, match="no event of the user 'zoe'"):
        Funnel(["visit"]).run(log).explain("zoe")
