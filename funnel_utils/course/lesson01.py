"""The exercises of lesson 01: what is right, and which misconception gives which wrong answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from funnel_utils.course import pardis
from funnel_utils.course.check import Grader, Outcome
from funnel_utils.course.grading import graded_choice, graded_number, hint, memo_gaps, ok
from funnel_utils.funnel import Funnel

ENTERED, BOUGHT = 5200, 130  # the text of exercise 1
LARGE = 100  # exercise 6: people who must have entered by a channel


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
    table = pardis.run(window="7d").sources(by="channel", top=20)
    named = table[table["value"].isin(pardis.channels())]
    large = named[named["units"] >= LARGE]
    best = large.sort_values("rate").iloc[-1]
    mistakes = {
        "most_people": str(named.sort_values("units").iloc[-1]["value"]),
        "too_small": str(named.sort_values("rate").iloc[-1]["value"]),
        "most_buyers": str(named.sort_values("converted").iloc[-1]["value"]),
        "most_value": str(named.sort_values("value_per_unit").iloc[-1]["value"]),
    }
    values = {"source": best["value"], "rate": best["rate"], "low": best["low"], "high": best["high"]}
    return graded_choice(answer, str(best["value"]), "lesson01.source", mistakes, list(named["value"]), **values)


def time(answer: Any) -> Outcome:
    """7. Seconds after which half of all who began the checkout have bought."""
    table = pardis.run(window="7d").time_in_stage().set_index("label")
    row = table.loc["begin_checkout"]
    right = float(row["km_median_s"])
    mistakes = [
        ("advanced", float(row["advanced_median_s"])),
        ("minutes", right / 60),
        ("hours", right / 3600),
        ("other_step", float(table.loc["add_to_cart", "km_median_s"])),
    ]
    tolerance = max(1.0, right * 0.002)
    return graded_number(answer, right, "lesson01.time", mistakes, tolerance=tolerance, minutes=right / 60)


def close_rate(answer: Any) -> Outcome:
    """8. Of the quotes that are decided, what share was won?"""
    won, lost, asked = (pardis.units((event,))[0] for event in ("quote_won", "quote_lost", "quote_requested"))
    mistakes = [
        ("open_as_lost", won / asked),
        ("odds", won / lost),
        ("closed", pardis.units(("deal_closed",))[0] / asked),
        ("lost_share", lost / (won + lost)),
    ]
    right = won / (won + lost)
    return graded_number(
        answer, right, "lesson01.close_rate", mistakes, tolerance=0.001, share=True, won=won, decided=won + lost
    )


def tool(answer: Any) -> Outcome:
    """9. A funnel by another tool's manual."""
    if not isinstance(answer, Funnel):
        return hint("lesson01.tool.no_funnel", kind=type(answer).__name__)
    gap = _tool_gap(answer)
    if gap:
        return hint(f"lesson01.tool.{gap}")
    visited, _, bought = (int(n) for n in answer.run(pardis.log()).steps["units"])
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
    "01.close_rate": close_rate,
    "01.tool": tool,
    "01.memo": memo,
}
