"""The exercises of lesson 04b: what is right, and which misconception gives which wrong answer."""

from __future__ import annotations

from typing import Any

import numpy as np

from funnel_utils import stats
from funnel_utils.course import trials
from funnel_utils.course.check import Grader, Outcome
from funnel_utils.course.grading import as_number, close, graded_number, hint, memo_gaps, ok

CORRELATION = 0.6  # exercise 1
SEGMENTS, ALPHA = 10, 0.05  # exercise 2
FIVE = (0.008, 0.012, 0.016, 0.03, 0.04)  # exercise 3
PUPILS, SCHOOL, ICC = 9_000, 300, 0.02  # exercise 4
SEEN = (1.9, 2.1, 2.4, 2.5, 2.2)  # exercise 5
OLD, NEW, EACH = 90, 108, 1_000  # exercise 6
PEOPLE, RATE, GAIN = 2_000, 0.05, 0.005  # exercise 7


def cuped(answer: Any) -> Outcome:
    """1. The share of the people that is still needed."""
    mistakes = [
        ("saved", CORRELATION**2),
        ("not_squared", 1 - CORRELATION),
        ("not_squared", CORRELATION),
        ("width", float(np.sqrt(1 - CORRELATION**2))),
    ]
    return graded_number(answer, 1 - CORRELATION**2, "lesson04b.cuped", mistakes, tolerance=0.001, share=True)


def segments(answer: Any) -> Outcome:
    """2. At least one of ten segments below .05."""
    right = 1 - (1 - ALPHA) ** SEGMENTS
    mistakes = [
        ("sum", SEGMENTS * ALPHA),
        ("none", 1 - right),
        ("all", ALPHA**SEGMENTS),
        ("once", ALPHA),
    ]
    return graded_number(answer, right, "lesson04b.segments", mistakes, tolerance=0.005, share=True, rate=right)


def holm(answer: Any) -> Outcome:
    """3. How many of five metrics stand after Holm's correction."""
    p = np.asarray(FIVE)
    right = int((stats.p_adjust(p, "holm") < ALPHA).sum())
    steps = p * np.arange(len(p), 0, -1) < ALPHA
    mistakes = [
        ("bonferroni", int((p * len(p) < ALPHA).sum())),
        ("no_running_maximum", int(steps.sum())),
        ("uncorrected", int((p < ALPHA).sum())),
    ]
    mistakes = [(name, value) for name, value in mistakes if value != right]
    return graded_number(answer, right, "lesson04b.holm", mistakes, standing=right)


def clusters(answer: Any) -> Outcome:
    """4. How many independent pupils 9,000 in schools are worth."""
    effect = 1 + (SCHOOL - 1) * ICC
    mistakes = [
        ("multiplied", PUPILS * effect),
        ("effect", effect),
        ("schools", PUPILS / SCHOOL),
        ("icc", PUPILS * (1 - ICC)),
        ("icc", PUPILS / (1 + ICC)),
        ("no_one", PUPILS / ((SCHOOL - 1) * ICC)),
    ]
    right = PUPILS / effect
    return graded_number(answer, right, "lesson04b.clusters", mistakes, tolerance=5.0, worth=right, effect=effect)


def look(answer: Any) -> Outcome:
    """5. At which of five looks the test stops."""
    from funnel_utils.cro import GroupSequential

    z = np.asarray(SEEN)

    def first(border: Any) -> int:
        crossed = z > np.asarray(border)
        return int(np.argmax(crossed)) + 1 if crossed.any() else 0

    bounds = np.asarray(GroupSequential("obrien_fleming", looks=len(z)).z)
    right = first(bounds)
    mistakes = [
        ("naive", first(1.96)),
        ("pocock", first(GroupSequential("pocock", looks=len(z)).z)),
        ("end", len(z)),
        ("zero_based", right - 1),
    ]
    mistakes = [(name, value) for name, value in mistakes if value != right]
    return graded_number(answer, right, "lesson04b.look", mistakes, look=right, bound=float(bounds[right - 1]))


def chance(answer: Any) -> Outcome:
    """6. How probable it is that the new version is better, with a flat prior."""
    from funnel_utils.cro import bayes_rates

    found = bayes_rates([OLD, NEW], [EACH, EACH]).table.iloc[-1]
    p = float(stats.score_test(NEW, EACH, OLD, EACH).p[0])
    right = float(found["chance_to_win"])
    mistakes = [("complement", 1 - right), ("p_value", p), ("one_minus_p", 1 - p), ("loss", float(found["loss"]))]
    return graded_number(answer, right, "lesson04b.chance", mistakes, tolerance=0.003, share=True, chance=right, p=p)


def winners(answer: Any) -> Outcome:
    """7. What winners report on average."""
    old, new = trials.luck(PEOPLE, RATE, RATE + GAIN).T
    gain = (new - old) / PEOPLE
    seen = stats.score_test(new, PEOPLE, old, PEOPLE).p < ALPHA
    won = seen & (gain > 0)
    right = float(gain[won].mean())
    mistakes = [
        ("all", GAIN),
        ("both_signs", float(gain[seen].mean())),
        ("any_positive", float(gain[gain > 0].mean())),
    ]
    number = as_number(answer)
    if number is not None and close(number, float(won.mean()), 0.02):
        return hint("lesson04b.winners.share")
    values: dict[str, Any] = {"gain": right, "times": right / GAIN, "power": won.mean()}
    return graded_number(answer, right, "lesson04b.winners", mistakes, tolerance=0.0004, share=True, **values)


def last_week(answer: Any) -> Outcome:
    """8. The effect in the fourth week alone."""
    found = trials.novelty()
    first, last = found.comparison("week 1").difference, found.comparison("week 4")
    mistakes = [
        ("first", first),
        ("whole", found.comparison("all four weeks").difference),
        ("lift", last.lift),
        ("rate", last.estimate),
        ("low", last.low),
        ("sign", -last.difference),
    ]
    right = last.difference
    tolerance = min(0.0003, *(abs(value - right) / 3 for _, value in mistakes))
    values: dict[str, Any] = {"week": right, "low": last.low, "high": last.high, "first": first}
    return graded_number(answer, right, "lesson04b.last_week", mistakes, tolerance=tolerance, points=True, **values)


def rules(answer: Any) -> Outcome:
    """9. Rules for the next season (open): only their parts are looked for."""
    if not isinstance(answer, str):
        return hint("course.memo.no_text", kind=type(answer).__name__)
    gaps = memo_gaps(answer, words=50, names=("power", "people", "visitors"))
    gaps += memo_gaps(answer, words=0, names=("look", "peek", "stop"), number=False)
    gaps += memo_gaps(answer, words=0, names=("hold", "held", "kept back", "keep back"), number=False)
    return gaps[0] if gaps else ok("lesson04b.rules.ok")


GRADERS: dict[str, Grader] = {
    "04b.cuped": cuped,
    "04b.segments": segments,
    "04b.holm": holm,
    "04b.clusters": clusters,
    "04b.look": look,
    "04b.chance": chance,
    "04b.winners": winners,
    "04b.last_week": last_week,
    "04b.rules": rules,
}
