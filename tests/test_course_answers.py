"""The graders against the shipped log: what a learner would type, right and wrong, and which words come back."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from funnel_utils import EventLog, Exclusion, Funnel
from funnel_utils.course import check
from funnel_utils.funnel.close import close_rate
from funnel_utils.synthetic import load_pardis
from funnel_utils.text.en.lesson00 import TEXT as LESSON00
from funnel_utils.text.en.lesson01 import TEXT as LESSON01

LESSONS = Path(__file__).parent.parent / "lessons"
STEPS = ["visit", "view_product", "add_to_cart", "begin_checkout", "purchase"]
QUOTES = ["quote_requested", "offer_sent", "quote_won", "deal_closed"]
CHAT = Exclusion("support_chat", after=2, before=3, scope="attempt")
log = cache(load_pardis)


@cache
def steps(**rules: Any) -> pd.DataFrame:
    """The table of steps of the lesson's funnel; in any order its rows stand for the first, the second, … step done."""
    return Funnel(STEPS, **rules).run(log()).steps.set_axis(STEPS)


@cache
def rate(window: str, basis: str) -> float:
    """The conversion on a basis."""
    return float(Funnel(STEPS, window=window).run(log()).conversion.set_index("basis")["rate"][basis])


@cache
def sources() -> pd.DataFrame:
    found = Funnel(STEPS, window="7d").run(log()).sources(by="channel")
    return found[~found["source"].str.startswith("(")].set_index("source")


def times(step: str, column: str) -> float:
    return float(Funnel(STEPS, window="7d").run(log()).time_in_stage().set_index("label")[column][step])


def deals(by: str = "order", above: float = 50e6) -> pd.Series:
    large = log().filter({"value": (">", above)})
    return close_rate(large, "quote_won", "quote_lost", "offer_sent", by=by).iloc[0]


def tool(**changes: Any) -> Funnel:
    """The funnel of exercise 9, with changes."""
    return Funnel(["visit", "add_to_cart", "purchase"], **{"window": "3d", "entry": "first", "exclude": CHAT} | changes)


def rows(event: str) -> int:
    table = log().table
    return int((table.event == event).sum().execute())


def story(*buyers: bool, visit: bool = True) -> EventLog:
    """Some visitors, of whom some buy."""
    told = {f"v{i}": ["visit@0", "purchase@1h"] if buys else ["visit@0"] for i, buys in enumerate(buyers)}
    return EventLog.from_story(told if visit else told | {"w": ["purchase@0"]})


MEMO = (
    "Work on add_to_cart first: only 32% of those who look at a product go on, interval 30% to 33%. Show the comparison"
    " pages to half of the visitors, chosen by lot, for four weeks, and compare the share that fills a cart."
)

RIGHT = {
    "00.events": lambda: len(log().table.to_pandas()),
    "00.people": lambda: log().table.to_pandas()["user"].nunique(),
    "00.set_aside": lambda: (
        len(log().rejected.to_pandas()) / (len(log().rejected.to_pandas()) + len(log().table.to_pandas()))
    ),
    "00.observed_until": lambda: log().table.to_pandas()["timestamp"].max(),
    "00.first_funnel": lambda: steps(window="7d")["units"]["purchase"] / steps(window="7d")["units"]["visit"],
    "00.story": lambda: story(True, False, False),
    "00.monday": lambda: (
        "Yes, with a remark: 61 rows without a user id are set aside, which is too few to change the answer by much."
    ),
    "01.worked_example": lambda: 0.025,
    "01.in_process": lambda: steps(window="7d")["rate"]["purchase"],
    "01.weakest": lambda: Funnel(QUOTES).run(log()).steps.set_index("label")["rate"].idxmin(),
    "01.any_order": lambda: (
        steps(order="unordered", window="7d")["units"]["purchase"] - steps(window="7d")["units"]["purchase"]
    ),
    "01.mature": lambda: rate("14d", "mature"),
    "01.source": lambda: sources().query("units >= 100")["rate"].idxmax(),
    "01.time": lambda: times("begin_checkout", "km_median_s"),
    "01.close_rate": lambda: deals()["won"] / (deals()["won"] + deals()["lost"]),
    "01.tool": tool,
    "01.memo": lambda: MEMO,
}

WRONG = [
    ("00.events", log().n_users, "people"),
    ("00.events", lambda: log().n_events() + len(log().rejected.to_pandas()), "with_rejected"),
    ("00.events", lambda: 12, "hint"),
    ("00.people", log().n_events, "rows"),
    ("00.people", lambda: steps(window="7d")["units"]["visit"], "visitors"),
    ("00.set_aside", lambda: len(log().rejected.to_pandas()), "count"),
    ("00.set_aside", lambda: len(log().rejected.to_pandas()) / log().n_events(), "of_usable"),
    ("00.observed_until", lambda: pd.Timestamp("2030-01-01", tz="UTC"), "later"),
    ("00.observed_until", lambda: log().table.timestamp.min().execute(), "first"),
    ("00.observed_until", lambda: log().observed_until.date(), "day_only"),
    ("00.observed_until", lambda: "2026-05-01", "hint"),
    ("00.first_funnel", lambda: rows("purchase") / rows("visit"), "rows"),
    ("00.first_funnel", lambda: steps(window="7d")["rate"]["purchase"], "last_rate"),
    ("00.first_funnel", lambda: steps(window="7d")["units"]["purchase"] / log().n_users(), "all_people"),
    ("00.first_funnel", lambda: steps()["overall"]["purchase"], "no_window"),
    ("00.first_funnel", lambda: steps(order="unordered", window="7d")["overall"]["purchase"], "any_order"),
    ("00.first_funnel", lambda: rate("7d", "mature"), "mature"),
    ("00.story", lambda: {"ana": ["visit@0"]}, "a_dict"),
    ("00.story", lambda: story(True), "few"),
    ("00.story", lambda: story(True, True, False), "hint"),
    ("00.story", lambda: story(False, False, False, visit=False), "no_visit_first"),
    ("00.monday", lambda: "The file is fine.", "yes_or_no"),
    ("01.worked_example", lambda: 0.5, "hint"),
    ("01.in_process", lambda: steps(window="7d")["overall"]["purchase"], "overall"),
    ("01.in_process", lambda: steps(window="7d")["rate"]["begin_checkout"], "step_before"),
    ("01.in_process", lambda: steps(order="unordered", window="7d")["rate"]["purchase"], "any_order"),
    ("01.weakest", lambda: "quote_requested", "first"),
    ("01.weakest", lambda: "deal_closed", "narrowest"),
    ("01.weakest", lambda: "offer_sent", "hint"),
    ("01.any_order", lambda: -RIGHT["01.any_order"](), "sign"),
    ("01.any_order", lambda: steps(order="unordered", window="7d")["units"]["purchase"], "not_a_difference"),
    (
        "01.any_order",
        lambda: (steps(order="unordered", window="7d")["units"] - steps(window="7d")["units"])["visit"],
        "first_step",
    ),
    ("01.mature", lambda: rate("14d", "all"), "open_as_lost"),
    ("01.mature", lambda: rate("7d", "mature"), "seven_days"),
    ("01.mature", lambda: rate("14d", "share of all units"), "of_everybody"),
    ("01.source", lambda: sources()["units"].idxmax(), "most_people"),
    ("01.source", lambda: sources()["converted"].idxmax(), "most_buyers"),
    ("01.source", lambda: "display", "hint"),
    ("01.time", lambda: times("begin_checkout", "advanced_median_s"), "advanced"),
    ("01.time", lambda: times("begin_checkout", "km_median_s") / 60, "minutes"),
    ("01.time", lambda: times("add_to_cart", "km_median_s"), "other_step"),
    ("01.close_rate", lambda: deals(above=0)["rate"], "all_quotes"),
    ("01.close_rate", lambda: deals(by="user")["rate"], "by_person"),
    ("01.close_rate", lambda: deals()["won"] / (deals()["decided"] + deals()["open"]), "open_as_lost"),
    ("01.close_rate", lambda: deals()["won"] / deals()["lost"], "odds"),
    ("01.tool", lambda: 7, "no_funnel"),
    ("01.tool", lambda: Funnel(["visit", "purchase"]), "steps"),
    ("01.tool", lambda: tool(window=None), "no_window"),
    ("01.tool", lambda: tool(window=None, gaps={3: (None, "3d")}), "gaps"),
    ("01.tool", lambda: tool(window="7d"), "window"),
    ("01.tool", lambda: tool(entry="best"), "entry"),
    ("01.tool", lambda: tool(exclude=()), "no_exclusion"),
    ("01.tool", lambda: tool(exclude=Exclusion("search", after=2, before=3)), "exclusion"),
    ("01.tool", lambda: tool(exclude=Exclusion("support_chat")), "between"),
    ("01.tool", lambda: tool(exclude=Exclusion("support_chat", after=2, before=3, scope="user")), "scope"),
    ("01.tool", lambda: tool(grace="2s"), "more_rules"),
]


@pytest.mark.parametrize("name", RIGHT)
def test_the_right_answer_is_right(name: str) -> None:
    outcome = check(name, RIGHT[name]())
    assert outcome.status == "ok", outcome


@pytest.mark.parametrize(("name", "wrong", "hint"), WRONG, ids=lambda part: part if isinstance(part, str) else "")
def test_a_misconception_gets_its_own_hint(name: str, wrong: Any, hint: str) -> None:
    outcome = check(name, wrong())
    assert outcome.status == "hint", outcome
    assert outcome.message.startswith(_start(f"lesson{name}.{hint}"))


def _start(key: str) -> str:
    """A text up to its first value."""
    return {**LESSON00, **LESSON01}[key].split("{")[0]


def test_a_share_in_percent_is_a_slip_on_the_data_too() -> None:
    assert "percent" in check("01.in_process", 100 * RIGHT["01.in_process"]()).message


def test_a_memo_is_told_one_thing_at_a_time() -> None:
    assert "words" in check("01.memo", "Mend add_to_cart.").message
    assert "figure" in check("01.memo", "mend add_to_cart and test it " * 20).message
    assert "compare" in check("01.memo", "mend add_to_cart for 3 weeks now please " * 20).message
    assert "Name" in check("01.memo", "do the thing with 3 tests " * 20).message


@pytest.mark.parametrize(("lesson", "catalogue"), [("00", LESSON00), ("01", LESSON01)])
def test_a_lesson_says_every_sentence_of_its_catalogue_and_no_other(lesson: str, catalogue: dict[str, str]) -> None:
    (source,) = LESSONS.glob(f"{lesson}_*.md")
    said = set(re.findall(r'say\(\s*"([^"]+)"', source.read_text(encoding="utf-8")))
    assert said == {key for key in catalogue if ".say." in key}
