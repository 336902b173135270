"""What every statistic here begins with: arrays of floats, counts that can be, the critical value, and the side asked.

One-sided intervals follow the test of the same name: `"larger"` asks whether something is larger, so its interval has a
lower bound and runs to the end of the scale.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from funnel_utils.errors import SpecError

Floats = NDArray[np.float64]

#: Two-sided error of every interval, unless told otherwise.
ALPHA = 0.05

#: What is claimed against "no difference"; R's words are understood as well.
Alternative = Literal["two-sided", "larger", "smaller", "greater", "less"]
_SIDES = {"two-sided": "two-sided", "larger": "larger", "smaller": "smaller", "greater": "larger", "less": "smaller"}


class Interval(NamedTuple):
    """Lower and upper bounds, one pair per element."""

    low: Floats
    high: Floats


class Significance(NamedTuple):
    """A test: its statistic, its degrees of freedom (infinite for a normal one), its p-value; one per element."""

    statistic: Floats
    freedom: Floats
    p: Floats


def floats(*values: ArrayLike) -> list[Floats]:
    """The values as float arrays of one common shape, at least one-dimensional."""
    try:
        arrays = [np.array(v, dtype=np.float64, ndmin=1) for v in values]
    except (TypeError, ValueError) as error:
        raise SpecError(f"numbers, or lists of numbers, are needed here: {error}.") from None
    if all(array.shape == arrays[0].shape for array in arrays):
        return arrays
    return [array.copy() for array in np.broadcast_arrays(*arrays)]


def check_counts(count: Floats, total: Floats) -> None:
    wrong = (count < 0) | (count > total)
    if np.count_nonzero(wrong):
        where = int(np.flatnonzero(wrong)[0])
        raise SpecError(
            f"count={count.flat[where]:g} of total={total.flat[where]:g} (element {where}): a count lies between 0 and "
            "its total; for totals that repeat per person use ratio_delta."
        )


def check_alpha(alpha: float) -> float:
    if not 0 < alpha < 1:
        raise SpecError(f"alpha={alpha!r} must lie strictly between 0 and 1, such as 0.05 for a 95% interval.")
    return float(alpha)


def critical(alpha: float) -> float:
    from scipy.special import ndtri

    return float(-ndtri(check_alpha(alpha) / 2))


def side_of(alternative: str) -> Literal["two-sided", "larger", "smaller"]:
    """The alternative in this package's own words.

    Raises
    ------
    SpecError
        If it is none of them.
    """
    if alternative not in _SIDES:
        raise SpecError(f"alternative={alternative!r} is not known; say 'two-sided', 'larger' or 'smaller'.")
    return _SIDES[alternative]  # type: ignore[return-value]


def two_sided_alpha(alpha: float, alternative: str) -> float:
    """The error of the two-sided interval whose one end is the bound asked for: a 95% bound ends a 90% interval.

    Raises
    ------
    SpecError
        If a one-sided alpha is a half or more: such a bound lies on the wrong side of the estimate.
    """
    if side_of(alternative) == "two-sided":
        return check_alpha(alpha)
    if check_alpha(alpha) >= 0.5:
        raise SpecError(f"alpha={alpha!r} of a one-sided bound must be below 0.5, such as 0.05.")
    return 2 * alpha


def open_end(found: Interval, alternative: str, lowest: float, highest: float) -> Interval:
    """`found` with the end that is not asked for at the end of the scale; NaN stays NaN."""
    side = side_of(alternative)
    low, high = found
    if side == "larger":
        high = np.where(np.isnan(high), np.nan, highest)
    elif side == "smaller":
        low = np.where(np.isnan(low), np.nan, lowest)
    return Interval(low, high)


def normal_p(statistic: Floats, alternative: str) -> Floats:
    """The p-value of a standard normal statistic."""
    from scipy.special import ndtr

    return _p(statistic, alternative, lambda z: ndtr(-z))


def student_p(statistic: Floats, freedom: Floats, alternative: str) -> Floats:
    """The p-value of Student's statistic; an infinite `freedom` is the normal."""
    from scipy.special import ndtr, stdtr

    def beyond(z: Floats) -> Floats:
        # Beyond 1e15 the library's t says NaN; it has long been the normal by then.
        finite = np.where(freedom < 1e15, freedom, 1.0)
        found: Floats = np.where(freedom < 1e15, stdtr(finite, -z), ndtr(-z))
        return np.where(np.isnan(freedom), np.nan, found)

    return _p(statistic, alternative, beyond)


def student_critical(alpha: float, freedom: Floats) -> Floats:
    """The two-sided critical value of Student's t; an infinite `freedom` is the normal, NaN stays NaN."""
    from scipy.special import ndtri, stdtrit

    check_alpha(alpha)
    finite = np.where(freedom < 1e15, freedom, 1.0)
    found: Floats = np.where(freedom < 1e15, -stdtrit(finite, alpha / 2), -ndtri(alpha / 2))
    return np.where(np.isnan(freedom), np.nan, found)


def _p(statistic: Floats, alternative: str, beyond: Callable[[Floats], Floats]) -> Floats:
    side = side_of(alternative)
    if side == "two-sided":
        return np.minimum(2 * beyond(np.abs(statistic)), 1.0)
    return beyond(statistic if side == "larger" else -statistic)
