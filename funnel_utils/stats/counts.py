"""What every statistic here begins with: arrays of floats, counts that can be, and the critical value."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from funnel_utils.errors import SpecError

Floats = NDArray[np.float64]

#: Two-sided error of every interval, unless told otherwise.
ALPHA = 0.05


class Interval(NamedTuple):
    """Lower and upper bounds, one pair per element."""

    low: Floats
    high: Floats


def floats(*values: ArrayLike) -> list[Floats]:
    """The values as float arrays of one common shape, at least one-dimensional."""
    arrays = np.broadcast_arrays(*(np.atleast_1d(np.asarray(v, dtype=np.float64)) for v in values))
    return [array.astype(np.float64) for array in arrays]


def check_counts(count: Floats, total: Floats) -> None:
    wrong = (count < 0) | (count > total)
    if wrong.any():
        where = int(np.flatnonzero(wrong)[0])
        raise SpecError(
            f"count={count[where]:g} of total={total[where]:g} (element {where}): a count lies between 0 and "
            "its total; for totals that repeat per person use ratio_delta."
        )


def critical(alpha: float) -> float:
    from scipy.stats import norm

    if not 0 < alpha < 1:
        raise SpecError(f"alpha={alpha!r} must lie strictly between 0 and 1, such as 0.05 for a 95% interval.")
    return float(norm.isf(alpha / 2))
