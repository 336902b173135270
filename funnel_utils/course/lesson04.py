"""The exercises of lesson 04: what is right, and which misconception gives which wrong answer."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from funnel_utils import stats
from funnel_utils.course import trials
from funnel_utils.course.check import Grader, Outcome
from funnel_utils.course.grading import graded_choice, graded_number, hint, memo_gaps, ok

if TYPE_CHECKING:
    from funnel_utils.cro.experiment import Experiment
    from funnel_utils.cro.metrics import Metric

BEFORE, AFTER = 0.04, 0.05  # exercise 1
PEOPLE, RATE, GAP = 1_000, 0.05, 0.01  # exercise 2
BASE, GAIN = 0.05, 0.005  # exercise 3
ARM, TRAFFIC, SHARE = 6_200, 1_500, 0.40  # exercise 4
LOTS = {"north": (5_000, 5_150), "south": (50_000, 51_200), "west": (500, 560)}  # exercise 5
SOLD, CONTROL_SOLD, EACH = 465, 400, 5_000  # exercise 6
LOOKS = 5  # exercise 8


def lift(answer: Any) -> Outcome:
    """1. From 4% to 5%."""
    mistakes = [
        ("points", AFTER - BEFORE),
        ("of_after", 1 - BEFORE / AFTER),
        ("ratio", AFTER / BEFORE),
        ("backwards", BEFORE / AFTER - 1),
        ("percent", (AFTER / BEFORE - 1) * 100),
        ("percent_points", (AFTER - BEFORE) * 100),
    ]
    return graded_number(answer, AFTER / BEFORE - 1, "lesson04.lift", mistakes, tolerance=1e-4)


def luck(answer: Any) -> Outcome:
    """2. How often luck makes a gap of a point among two times 1,000 people."""
    drawn = trials.luck(PEOPLE, RATE, RATE)
    gaps = np.rint(drawn[:, 1] - drawn[:, 0])
    least = GAP * PEOPLE
    right = float(np.mean(np.abs(gaps) >= least))
    mistakes = [
        ("one_side", float(np.mean(gaps >= least))),
        ("complement", 1 - right),
        ("one_arm", float(np.mean(np.abs(drawn[:, 0] - RATE * PEOPLE) >= least))),
        ("strict", float(np.mean(np.abs(gaps) > least))),
    ]
    return graded_number(answer, right, "lesson04.luck", mistakes, tolerance=0.012, share=True, part=right)


def size(answer: Any) -> Outcome:
    """3. People per arm for 5% and half a point; any calculator's approximation is near enough."""
    right = _size()
    mistakes = [
        ("total", 2 * right),
        ("lift", _size(gain=GAIN * BASE)),
        ("whole_point", _size(gain=2 * GAIN)),
        ("power", _size(power=0.9)),
        ("one_sided", _size(alternative="larger")),
        ("down", _size(gain=-GAIN)),
    ]
    return graded_number(answer, right, "lesson04.size", mistakes, tolerance=0.055 * right, people=right)


def _size(*, gain: float = GAIN, **settings: Any) -> float:
    from funnel_utils import Design

    return float(Design(baseline=BASE, effect=gain, **settings).size().n)


def weeks(answer: Any) -> Outcome:
    """4. How many whole weeks."""

    def needed(arms: int, share: float) -> float:
        return arms * ARM / (TRAFFIC * share)

    days = needed(2, SHARE)
    mistakes = [
        ("days", days),
        ("days", math.ceil(days)),
        ("not_whole", days / 7),
        ("one_arm", math.ceil(needed(1, SHARE) / 7)),
        ("everybody", math.ceil(needed(2, 1.0) / 7)),
        ("down", math.floor(days / 7)),
    ]
    right = math.ceil(days / 7)
    mistakes = [(name, value) for name, value in mistakes if value != right]
    return graded_number(answer, right, "lesson04.weeks", mistakes, tolerance=0.01, days=days, weeks=right)


def srm(answer: Any) -> Outcome:
    """5. Which lot is broken?"""
    p = {name: float(stats.chi_square_fit(counts).p[0]) for name, counts in LOTS.items()}
    right = min(p, key=lambda name: p[name])
    mistakes = {"relative": "west", "middle": "north"}
    return graded_choice(answer, right, "lesson04.srm", mistakes, LOTS, p=p[right])


def low(answer: Any) -> Outcome:
    """6. The low end of an interval of the difference."""
    from funnel_utils import Experiment

    found = Experiment.of_counts({"control": (EACH, CONTROL_SOLD), "new": (EACH, SOLD)}).comparison()
    arm = stats.wilson(SOLD, EACH)
    mistakes = [
        ("estimate", found.difference),
        ("high", found.high),
        ("lift", found.lift_low),
        ("one_arm", float(arm.low[0])),
        ("sign", -found.low),
        ("sign", -found.high),
        ("points", found.low * 100),
    ]
    return graded_number(answer, found.low, "lesson04.low", mistakes, tolerance=0.0004, low=found.low, high=found.high)


def interaction(answer: Any) -> Outcome:
    """7. What the date does where the badge is shown."""
    cells = trials.page().cells

    def rate(**levels: str) -> float:
        chosen = cells
        for name, level in levels.items():
            chosen = chosen[chosen[name] == level]
        return float(chosen["converted"].sum() / chosen["n"].sum())

    def effect(**fixed: str) -> float:
        return rate(date="yes", **fixed) - rate(date="no", **fixed)

    right = effect(badge="yes")
    mistakes = [
        ("without", effect(badge="no")),
        ("average", effect()),
        ("interaction", right - effect(badge="no")),
        ("rate", rate(date="yes", badge="yes")),
        ("other", rate(badge="yes", date="yes") - rate(badge="no", date="yes")),
        ("photo", effect(badge="yes", photo="yes")),
        ("photo", effect(badge="yes", photo="no")),
        ("sign", -right),
    ]
    tolerance = min(0.0004, *(abs(value - right) / 3 for _, value in mistakes))
    values: dict[str, Any] = {"with_badge": right, "without": effect(badge="no")}
    return graded_number(answer, right, "lesson04.interaction", mistakes, tolerance=tolerance, points=True, **values)


def peeking(answer: Any) -> Outcome:
    """8. False alarms of five looks."""
    from funnel_utils.cro import peeking_fpr

    right = float(peeking_fpr(LOOKS))
    mistakes = [
        ("once", 0.05),
        ("independent", 1 - 0.95**LOOKS),
        ("sum", 0.05 * LOOKS),
        ("bonferroni", 0.05 / LOOKS),
        ("one_side", float(peeking_fpr(LOOKS, side="upper", nominal_z=1.96))),
    ]
    return graded_number(answer, right, "lesson04.peeking", mistakes, tolerance=0.006, share=True, rate=right)


def spec(answer: Any) -> Outcome:
    """9. An experiment by somebody else's words."""
    from funnel_utils import Experiment

    if not isinstance(answer, Experiment):
        return hint("lesson04.spec.no_spec", kind=type(answer).__name__)
    gap = _spec_gap(answer)
    return hint(f"lesson04.spec.{gap}") if gap else ok("lesson04.spec.ok")


def _spec_gap(test: Experiment) -> str | None:
    """The first thing of the report that `test` does not say."""
    metrics = {metric.name: metric for metric in test.metrics}
    first, guard = metrics.get("subscribe"), metrics.get("unsubscribe")
    if first is None or first.role != "primary":
        return "primary"
    if guard is None or guard.role != "guardrail":
        return "guardrail"
    if guard.better != "down":
        return "better"
    return _margin_gap(guard) or _frame_gap(test)


def _margin_gap(guard: Metric) -> str | None:
    if guard.margin is None:
        return "relative"
    return None if math.isclose(guard.margin, 0.005) else "margin"


def _frame_gap(test: Experiment) -> str | None:
    if test.arm != "variant" or test.control != "control":
        return "arms"
    control = test.shares(("control", "new"))[0] if test.split is not None else None
    if control is None or not math.isclose(control, 0.8):
        return "split"
    if test.exposure.event is None or "exposed" not in str(test.exposure.event):
        return "exposure"
    return None if test.exposure.within == timedelta(days=3) else "window"


def memo(answer: Any) -> Outcome:
    """10. The answer to the director (open): only its parts are looked for."""
    if not isinstance(answer, str):
        return hint("course.memo.no_text", kind=type(answer).__name__)
    gaps = memo_gaps(answer, words=50, names=("checkout", "advertisement"), test=True)
    gaps += memo_gaps(answer, words=0, names=("support", "guardrail", "chat"), number=False)
    return gaps[0] if gaps else ok("lesson04.memo.ok")


GRADERS: dict[str, Grader] = {
    "04.lift": lift,
    "04.luck": luck,
    "04.size": size,
    "04.weeks": weeks,
    "04.srm": srm,
    "04.low": low,
    "04.interaction": interaction,
    "04.peeking": peeking,
    "04.spec": spec,
    "04.memo": memo,
}
