"""The exercises of lesson 03: what is right, and which misconception gives which wrong answer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from funnel_utils.course import planning
from funnel_utils.course.check import Grader, Outcome
from funnel_utils.course.grading import as_number, close, graded_choice, graded_number, hint, memo_gaps, ok
from funnel_utils.text import t

if TYPE_CHECKING:
    from funnel_utils.plan import Budget, Goal

SPENT, WON = 54_000_000, 120  # the text of exercise 1
EMAIL = 40e6  # exercise 4: toman
GOAL = 650  # exercise 5: sales
MONEY = 300e6  # exercise 6: toman
CONTRACT = 60e6  # exercise 7: toman
MILLION = 1e6
#: Answers in money may be rounded to this share of themselves.
ROUNDED = 0.004


def cac(answer: Any) -> Outcome:
    """1. What a new customer costs."""
    mistakes = [("upside_down", WON / SPENT), ("product", SPENT * WON)]
    return _money(answer, SPENT / WON, "lesson03.cac", mistakes)


def letter(answer: Any) -> Outcome:
    """2. Which light of a goal without a baseline is dark?"""
    from funnel_utils.plan.smart import LETTERS

    mistakes = {"stretch": "achievable", "few": "time_bound", "said": "explainable", "path": "relevant"}
    given = answer.replace("-", "_") if isinstance(answer, str) else answer
    return graded_choice(given, "relative", "lesson03.letter", mistakes, LETTERS)


def farthest(answer: Any) -> Outcome:
    """3. The highest number of sales in August that is still achievable."""
    august, september = (planning.outlook().at(f"2026-{month}") for month in ("08-31", "09-30"))
    mistakes = [
        ("mean", august["mean"]),
        ("low", august["low"]),
        ("stretch", august["mean"] + 3 * august["se"]),
        ("one_se", august["mean"] + august["se"]),
        ("month", september["high"]),
    ]
    return graded_number(answer, august["high"], "lesson03.farthest", mistakes, tolerance=1.0, high=august["high"])


def next_sale(answer: Any) -> Outcome:
    """4. What one more sale through e-mail costs at 40 million toman."""

    def costs(shop: Budget, spend: float) -> tuple[float, float]:
        row: Any = shop.forward({"email": spend}).channels.set_index("channel").loc["email"]
        return float(row["cac"]), 1 / float(row["marginal"])

    average, right = costs(planning.september(), EMAIL)
    mistakes = [
        ("average", average),
        ("upside_down", 1 / right),
        ("as_it_was", costs(planning.september(), planning.usual()["email"])[1]),
        ("season", costs(planning.usual_month(), EMAIL)[1]),
    ]
    values = {"next": right / MILLION, "average": average / MILLION}
    return _money(answer, right, "lesson03.next_sale", mistakes, **values)


def least(answer: Any) -> Outcome:
    """5. The least money for 650 sales in September."""
    shop, spent = planning.september(), planning.total()
    right = shop.inverse(GOAL).total["spend"]
    now = shop.forward(planning.usual()).value
    mistakes = [
        ("season", planning.usual_month().inverse(GOAL).total["spend"]),
        ("proportional", spent * GOAL / now),
        ("whole_goal", shop.inverse(planning.target()).total["spend"]),
        ("forward", shop.best(spent).value),
    ]
    return _money(answer, right, "lesson03.least", mistakes, money=right / MILLION, usual=spent / MILLION)


def gain(answer: Any) -> Outcome:
    """6. How many more sales does the best split of 300 million bring than five equal parts?"""

    def both(shop: Budget) -> tuple[float, float]:
        return shop.best(MONEY).value, shop.forward(dict.fromkeys(shop.names, MONEY / len(shop.names))).value

    best, equal = both(planning.september())
    other_best, other_equal = both(planning.usual_month())
    right = best - equal
    mistakes = [
        ("not_a_difference", best),
        ("not_a_difference", equal),
        ("sign", -right),
        ("season", other_best - other_equal),
        ("as_it_was", best - planning.september().forward(planning.usual()).value),
        ("ratio", best / equal - 1),
    ]
    return graded_number(answer, right, "lesson03.gain", mistakes, tolerance=0.5, gain=right, part=right / equal)


def contract(answer: Any) -> Outcome:
    """7. How many sales does a contract for 60 million on display cost?"""
    shop, money = planning.september(), planning.total()
    free, tied = shop.best(money).value, _tied(shop).best(money).value
    mistakes = [
        ("sign", tied - free),
        ("not_a_difference", free),
        ("not_a_difference", tied),
        ("rest_only", free - shop.best(money - CONTRACT).value),
        ("on_top", free - _tied(shop).best(money + CONTRACT).value),
    ]
    lost = free - tied
    return graded_number(answer, lost, "lesson03.contract", mistakes, tolerance=0.3, lost=lost, part=lost / free)


def _tied(shop: Budget) -> Budget:
    """The budget under the contract."""
    bound = [replace(one, minimum=CONTRACT) if one.name == "display" else one for one in shop.channels]
    return replace(shop, channels=bound)


def safe(answer: Any) -> Outcome:
    """8. The smallest budget with which nine of ten Septembers reach the goal."""
    table, goal = planning.fan(), planning.target()
    first = {name: float(table.loc[table[name] >= goal, "total"].min()) for name in ("q10", "q50", "q05", "expected")}
    mistakes = [
        ("half", first["q50"]),
        ("half", first["expected"]),
        ("too_sure", first["q05"]),
        ("coin", planning.september().inverse(goal).total["spend"]),
    ]
    return _money(answer, first["q10"], "lesson03.safe", mistakes, money=first["q10"] / MILLION)


def smart(answer: Any) -> Outcome:
    """9. A goal with all seven lights on."""
    from funnel_utils.plan import Goal, assess

    if not isinstance(answer, Goal):
        return hint("lesson03.smart.no_goal", kind=type(answer).__name__)
    if (answer.metric or "").casefold() != "sales":
        return hint("lesson03.smart.metric")
    gap = _own_baseline(answer)
    if gap:
        return hint(f"lesson03.smart.{gap}")
    table = assess(answer, planning.sales(), outlook=planning.outlook()).table
    dark = table[table["status"] != "yes"]
    if dark.empty:
        return ok("lesson03.smart.ok", target=answer.aim)
    first = dark.iloc[0]
    name = t(f"plan.smart.name.{first['name']}")
    return hint("lesson03.smart.dark", left=len(dark), name=name, reason=first["reason"])


def _own_baseline(goal: Goal) -> str | None:
    """What is wrong with a baseline that could be looked up: it must be a month of the history."""
    if goal.baseline is None or goal.baseline.of != "own" or goal.deadline is None:
        return None
    rows = planning.sales().table
    same = rows.loc[rows["period"].dt.month == goal.deadline.month, "value"]
    if (abs(same - goal.baseline.value) < 1).any():
        return None
    return "season" if (abs(rows["value"] - goal.baseline.value) < 1).any() else "invented"


def memo(answer: Any) -> Outcome:
    """10. The answer to the director (open): only its parts are looked for."""
    if not isinstance(answer, str):
        return hint("course.memo.no_text", kind=type(answer).__name__)
    gaps = memo_gaps(answer, words=50, names=planning.september().names, test=True)
    return gaps[0] if gaps else ok("lesson03.memo.ok")


def _money(answer: Any, right: float, key: str, mistakes: list[tuple[str, float]], **values: Any) -> Outcome:
    """`graded_number` for toman: each value may be rounded to a share of itself; an answer in millions is told so."""
    number = as_number(answer)
    if number is not None:
        if close(number * MILLION, right, ROUNDED * right):
            return hint("lesson03.millions")
        near = [(abs(number - value), name) for name, value in mistakes if close(number, value, ROUNDED * abs(value))]
        if near and min(near)[0] < abs(number - right):
            return hint(f"{key}.{min(near)[1]}")
    return graded_number(answer, right, key, tolerance=ROUNDED * right, **values)


GRADERS: dict[str, Grader] = {
    "03.cac": cac,
    "03.letter": letter,
    "03.farthest": farthest,
    "03.next_sale": next_sale,
    "03.least": least,
    "03.gain": gain,
    "03.contract": contract,
    "03.safe": safe,
    "03.smart": smart,
    "03.memo": memo,
}
