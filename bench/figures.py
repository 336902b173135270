"""What the runs add up to: medians, ratios within rounds, the slope of growth, and whether answers agree."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from statistics import linear_regression, median

from processes import Run

Key = tuple[str, str, int, str, bool]


def groups(runs: Iterable[Run]) -> dict[Key, list[Run]]:
    """Runs that measure the same thing, by (part, peer, events, limit, windowed), failures included."""
    found: dict[Key, list[Run]] = defaultdict(list)
    for run in runs:
        found[run.part, run.peer, run.events, run.limit, run.windowed].append(run)
    return dict(found)


def middle(runs: Sequence[Run], what: str) -> float:
    """The median of a figure over the runs that succeeded; NaN if none did."""
    values = [getattr(run, what) for run in runs if not run.error]
    return median(values) if values else math.nan


def paired(runs: Sequence[Run], base: Sequence[Run], what: str = "seconds") -> list[float]:
    """`what` of each run over that of the base run of the same round."""
    by_round = {run.round: getattr(run, what) for run in base if not run.error}
    return [getattr(run, what) / by_round[run.round] for run in runs if not run.error and run.round in by_round]


def slope(medians: dict[int, float]) -> float:
    """The growth exponent: the slope of log time on log events, by least squares."""
    return linear_regression([math.log(n) for n in medians], [math.log(s) for s in medians.values()]).slope


def references(runs: Iterable[Run]) -> dict[tuple[int, bool], tuple[int, ...]]:
    """Our counts (without a limit) by events and window, which every other run is held to."""
    return {
        (run.events, run.windowed): run.counts for run in runs if run.peer == "ours" and not run.limit and not run.error
    }


def agrees(run: Run, expected: dict[tuple[int, bool], tuple[int, ...]]) -> bool:
    """Whether a run gave our answer; a failed run gave none and so does not disagree."""
    return bool(run.error) or expected.get((run.events, run.windowed)) == run.counts
