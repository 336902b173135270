"""The exercises of lesson 00: what is right, and which misconception gives which wrong answer."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from funnel_utils.course import pardis
from funnel_utils.course.check import Grader, Outcome
from funnel_utils.course.grading import graded_number, hint, memo_gaps, ok
from funnel_utils.events import EventLog
from funnel_utils.funnel import Funnel
from funnel_utils.text import t

if TYPE_CHECKING:
    import pandas as pd


def events(answer: Any) -> Outcome:
    """1. How many events can be used?"""
    log = pardis.log()
    mistakes = [("people", log.n_users()), ("with_rejected", log.n_events() + _set_aside())]
    return graded_number(answer, log.n_events(), "lesson00.events", mistakes)


def people(answer: Any) -> Outcome:
    """2. How many people are in the log?"""
    log = pardis.log()
    mistakes = [("rows", log.n_events()), ("visitors", pardis.units(window="7d")[0])]
    return graded_number(answer, log.n_users(), "lesson00.people", mistakes)


def set_aside(answer: Any) -> Outcome:
    """3. What share of all rows was set aside?"""
    usable, aside = pardis.log().n_events(), _set_aside()
    mistakes = [("count", aside), ("of_usable", aside / usable)]
    right = aside / (usable + aside)
    tolerance = min(right / 200, abs(right - aside / usable) / 4)
    return graded_number(
        answer, right, "lesson00.set_aside", mistakes, tolerance=tolerance, share=True, share_text=right
    )


def observed_until(answer: Any) -> Outcome:
    """4. When does the log stop knowing anything?"""
    import pandas as pd

    log = pardis.log()
    try:
        moment = pd.Timestamp(answer)
    except (TypeError, ValueError):
        return hint("lesson00.observed_until.no_time", kind=type(answer).__name__)
    # A time without a zone is read as UTC, which is how the table shows its times.
    moment = moment.tz_localize("UTC") if moment.tzinfo is None else moment
    if moment == log.observed_until:
        return ok("lesson00.observed_until.ok", moment=log.observed_until)
    if moment == _first_event():
        return hint("lesson00.observed_until.first")
    if moment.date() == log.observed_until.date():
        return hint("lesson00.observed_until.day_only")
    return hint("lesson00.observed_until.later" if moment > log.observed_until else "lesson00.observed_until.hint")


def first_funnel(answer: Any) -> Outcome:
    """5. What share of visitors bought within seven days, in order?"""
    counts = pardis.units(window="7d")
    mistakes = [
        ("rows", _rows("purchase") / _rows("visit")),
        ("last_rate", counts[-1] / counts[-2]),
        ("all_people", counts[-1] / pardis.log().n_users()),
        ("no_window", _end_to_end(pardis.units())),
        ("any_order", _end_to_end(pardis.units(order="unordered", window="7d"))),
        ("mature", pardis.conversion("mature", window="7d")),
    ]
    right = _end_to_end(counts)
    return graded_number(answer, right, "lesson00.first_funnel", mistakes, tolerance=0.0005, share=True, rate=right)


def story(answer: Any) -> Outcome:
    """6. A log of at least three people in which exactly one third of the visitors buy."""
    if isinstance(answer, Mapping):
        return hint("lesson00.story.a_dict")
    if not isinstance(answer, EventLog):
        return hint("lesson00.story.no_log", kind=type(answer).__name__)
    visitors, bought = (int(n) for n in Funnel(["visit", "purchase"]).run(answer).steps["units"])
    if visitors < 3:
        return hint("lesson00.story.few", visitors=visitors)
    if 3 * bought == visitors:
        return ok("lesson00.story.ok", bought=bought, visitors=visitors)
    buyers = int(Funnel(["purchase"]).run(answer).steps["units"].iloc[0])
    if 3 * buyers == visitors:
        return hint("lesson00.story.no_visit_first", buyers=buyers, bought=bought)
    return hint("lesson00.story.hint", bought=bought, visitors=visitors)


def monday(answer: Any) -> Outcome:
    """7. The answer for the director (open): only its parts are looked for."""
    if not isinstance(answer, str):
        return hint("course.memo.no_text", kind=type(answer).__name__)
    if not answer.strip().lower().startswith(tuple(t("lesson00.monday.starts").split("|"))):
        return hint("lesson00.monday.yes_or_no")
    gaps = memo_gaps(answer, words=20)
    return gaps[0] if gaps else ok("lesson00.monday.ok")


@cache
def _rows(event: str) -> int:
    """The rows of an event, repeats included."""
    table = pardis.log().table
    return int(table.filter(table.event == event).count().execute())


@cache
def _set_aside() -> int:
    return int(pardis.log().rejected.count().execute())


@cache
def _first_event() -> pd.Timestamp:
    import pandas as pd

    first = pd.Timestamp(pardis.log().table.timestamp.min().execute())
    return first.tz_localize("UTC") if first.tzinfo is None else first


def _end_to_end(counts: list[int]) -> float:
    return counts[-1] / counts[0]


GRADERS: dict[str, Grader] = {
    "00.events": events,
    "00.people": people,
    "00.set_aside": set_aside,
    "00.observed_until": observed_until,
    "00.first_funnel": first_funnel,
    "00.story": story,
    "00.monday": monday,
}
