"""The exercises of lesson 01: what is right, and which misconception gives which wrong answer."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from funnel_utils.course import pardis
from funnel_utils.course.check import Grader, Outcome
from funnel_utils.course.grading import graded_choice, graded_number, hint, memo_gaps, ok
from funnel_utils.funnel import Funnel
from funnel_utils.funnel.close import close_rate

if TYPE_CHECKING:
    import pandas as pd

ENTERED, BOUGHT = 5200, 130  # the text of exercise 1
LARGE = 100  # exercise 6: people who must have entered by a channel
LARGE_QUOTE = 50_000_000  # exercise 8: toman


def worked_example(answer: Any) -> Outcome:
    """1. Of 5200 people 130 buy."""
    return graded_number(answer, BOUGHT / ENTERED, "lesson01.worked_example", tolerance=1e-9, share=True)


def in_process(answer: Any) -> Outcome:
    """2. Of those who begin the checkout, what share buys?"""
    counts = pardis.units(window="7d")
    unordered = pardis.units(order="unordered", window="7d")
    mistakes = [
        ("overall", counts[4] / counts[0]),
        ("step_before", counts[3] / counts[2]),
        ("any_order", unordered[4] / unordered[3]),
        ("any_order", unordered[4] / counts[3]),
    ]
    right = counts[4] / counts[3]
    return graded_number(answer, right, "lesson01.in_process", mistakes, tolerance=0.0005, share=True, rate=right)


def weakest(answer: Any) -> Outcome:
    """3. The weakest step of the quotes' funnel."""
    steps = pardis.run(pardis.QUOTES).steps
    right = steps.loc[steps["weakest"]].iloc[0]
    mistakes = {
        "most_lost": str(steps.sort_values("lost").iloc[-1]["label"]),
        "first": pardis.QUOTES[0],
        "narrowest": pardis.QUOTES[-1],
    }
    values = {"label": right["label"], "rate": right["rate"], "units": int(right["units"]), "of": int(right["of"])}
    return graded_choice(answer, str(right["label"]), "lesson01.weakest", mistakes, pardis.QUOTES, **values)


def any_order(answer: Any) -> Outcome:
    """4. How many people too many does any order show at the last step?"""
    ordered, loose = pardis.units(window="7d"), pardis.units(order="unordered", window="7d")
    right = loose[-1] - ordered[-1]
    mistakes = [
        ("sign", -right),
        ("not_a_difference", loose[-1]),
        ("not_a_difference", ordered[-1]),
        ("first_step", loose[0] - ordered[0]),
        ("all_steps", sum(loose) - sum(ordered)),
        ("no_window", pardis.units(order="unordered")[-1] - pardis.units()[-1]),
    ]
    return graded_number(answer, right, "lesson01.any_order", mistakes, extra=right, ordered=ordered[-1])


def mature(answer: Any) -> Outcome:
    """5. The headline conversion with a window of fourteen days."""
    right = pardis.conversion("mature", window="14d")
    mistakes = [
        ("open_as_lost", pardis.conversion("all", window="14d")),
        ("seven_days", pardis.conversion("mature", window="7d")),
        ("seven_days", pardis.conversion("all", window="7d")),
        ("of_everybody", pardis.conversion("share of all units", window="14d")),
        ("no_window", pardis.conversion("all")),
    ]
    tolerance = min(0.0005, *(abs(value - right) / 3 for _, value in mistakes if value != right))
    return graded_number(answer, right, "lesson01.mature", mistakes, tolerance=tolerance, share=True, rate=right)


def source(answer: Any) -> Outcome:
    """6. The channel with the highest conversion, of those by which at least 100 people entered."""
    named = _sources()
    large = named[named["units"] >= LARGE]
    best = large.sort_values("rate").iloc[-1]
    mistakes = {
        "most_people": _top(named, "units"),
        "too_small": _top(named, "rate"),
        "most_buyers": _top(named, "converted"),
        "most_value": _top(named, "value_per_unit"),
    }
    values = {"source": best["source"], "rate": best["rate"], "low": best["low"], "high": best["high"]}
    return graded_choice(answer, str(best["source"]), "lesson01.source", mistakes, list(named["source"]), **values)


@cache
def _sources() -> pd.DataFrame:
    """The entry sources that the log names."""
    table = pardis.run(window="7d").sources(by="channel", top=20)
    return table[table["source"].isin(pardis.channels())]


def _top(table: pd.DataFrame, column: str) -> str:
    return str(table.sort_values(column).iloc[-1]["source"])


def time(answer: Any) -> Outcome:
    """7. Seconds after which half of all who began the checkout have bought."""
    here, before = _times("begin_checkout"), _times("add_to_cart")
    right = here["km_median_s"]
    mistakes = [
        ("advanced", here["advanced_median_s"]),
        ("minutes", right / 60),
        ("hours", right / 3600),
        ("other_step", before["km_median_s"]),
    ]
    tolerance = max(1.0, right * 0.002)
    return graded_number(answer, right, "lesson01.time", mistakes, tolerance=tolerance, minutes=right / 60)


@cache
def _times(step: str) -> dict[str, float]:
    """The medians (s) of one row of the table of times."""
    table = pardis.run(window="7d").time_in_stage()
    (row,) = table.loc[table["label"] == step, ["km_median_s", "advanced_median_s"]].to_dict("records")
    return {str(name): float(seconds) for name, seconds in row.items()}


def large_quotes(answer: Any) -> Outcome:
    """8. Of the large quotes that are decided, what share was won?"""
    found, by_person, every = _deals(LARGE_QUOTE), _deals(LARGE_QUOTE, by="user"), _deals(0)
    won, decided = int(found["won"]), int(found["decided"])
    mistakes = [
        ("all_quotes", every["rate"]),
        ("by_person", by_person["rate"]),
        ("open_as_lost", won / (decided + found["open"])),
        ("odds", won / found["lost"]),
    ]
    values = {"won": won, "decided": decided, "low": found["low"], "high": found["high"], "rate": found["rate"]}
    right = float(found["rate"])
    return graded_number(answer, right, "lesson01.close_rate", mistakes, tolerance=0.001, share=True, **values)


@cache
def _deals(above: float, by: str = "order") -> pd.Series[Any]:
    """The close rate of quotes worth more than `above` toman."""
    log = pardis.log().filter({"value": (">", above)})
    return close_rate(log, "quote_won", "quote_lost", "offer_sent", by=by).iloc[0]


def tool(answer: Any) -> Outcome:
    """9. A funnel by another tool's manual."""
    if not isinstance(answer, Funnel):
        return hint("lesson01.tool.no_funnel", kind=type(answer).__name__)
    gap = _tool_gap(answer)
    if gap:
        return hint(f"lesson01.tool.{gap}")
    visited, _, bought = (int(units) for units in answer.run(pardis.log()).steps["units"])
    return ok("lesson01.tool.ok", visited=visited, bought=bought)


def _tool_gap(funnel: Funnel) -> str | None:
    """The first rule of the manual that `funnel` does not follow."""
    if [step.events for step in funnel.steps] != [("visit",), ("add_to_cart",), ("purchase",)]:
        return "steps"
    if funnel.window is None:
        return "gaps" if funnel.gaps else "no_window"
    if funnel.window != timedelta(days=3):
        return "window"
    if funnel.entry != "first":
        return "entry"
    if not funnel.exclude:
        return "no_exclusion"
    exclusion = funnel.exclude[0]
    if exclusion.events != ("support_chat",) or len(funnel.exclude) > 1:
        return "exclusion"
    if exclusion.after != 2 or exclusion.before not in (3, None):
        return "between"
    if exclusion.scope != "attempt":
        return "scope"
    plain = Funnel(funnel.steps, window=funnel.window, entry="first", exclude=funnel.exclude, name=funnel.name)
    return None if funnel == plain else "more_rules"


def memo(answer: Any) -> Outcome:
    """10. The memo (open): only its parts are looked for."""
    if not isinstance(answer, str):
        return hint("course.memo.no_text", kind=type(answer).__name__)
    gaps = memo_gaps(answer, words=40, names=[*pardis.STEPS, *pardis.channels()], test=True)
    return gaps[0] if gaps else ok("lesson01.memo.ok")


GRADERS: dict[str, Grader] = {
    "01.worked_example": worked_example,
    "01.in_process": in_process,
    "01.weakest": weakest,
    "01.any_order": any_order,
    "01.mature": mature,
    "01.source": source,
    "01.time": time,
    "01.close_rate": large_quotes,
    "01.tool": tool,
    "01.memo": memo,
}
