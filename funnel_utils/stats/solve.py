"""Roots of increasing functions, for whole arrays at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from funnel_utils.stats.counts import Floats

Where = Callable[[Any, Any, Any], Any]

#: Up to so many elements, one after the other is faster.
FEW = 16


def bisect(function: Callable[[Floats], Floats], low: Floats, high: Floats, steps: int = 60) -> Floats:
    """Where an increasing function passes zero between `low` and `high`; an end where it does not.

    Sixty halvings leave no digit of a number of ordinary size undecided.

    Examples
    --------
    >>> bisect(lambda x: x**2 - 2, np.zeros(1), np.ones(1) * 4).round(6)
    array([1.414214])
    """
    for _ in range(steps):
        middle = (low + high) / 2
        above = function(middle) > 0
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return (low + high) / 2


def newton(
    function: Callable[[Any], tuple[Any, Any]],
    start: Any,
    low: Any,
    high: Any,
    where: Where = np.where,
    steps: int = 200,
) -> Any:
    """The same for a function that also gives its slope: Newton's steps, and a halving where one would leave the
    bracket.

    Parameters
    ----------
    function : callable
        From places to (value, slope); increasing.
    start, low, high : array
        A first guess and a bracket of the root.
    where : callable
        Chooses between two values; see `for_each`.

    Examples
    --------
    >>> newton(lambda x: (x**2 - 2, 2 * x), np.ones(1), np.zeros(1), np.ones(1) * 4).round(6)
    array([1.414214])
    """
    at = where(start < low, low, where(start > high, high, start))
    found = at != at
    for step in range(steps):
        value, slope = function(at)
        above = value > 0
        low, high = where(above, low, at), where(above, at, high)
        new = at - value / slope
        # Every fifth step is a halving, so that a function with corners or flat stretches cannot hold it up.
        newtons = (new >= low) & (new <= high) & (abs(slope) < np.inf) & (step % 5 != 4)
        new = where(newtons, new, (low + high) / 2)
        at = where(found, at, new)
        # Newton's last step is far more exact than it is long.
        found |= newtons & (abs(value) < 1e-6) & (abs(value) < 1e-6 * abs(slope * new))
        found |= (high - low <= 1e-15 * abs(high)) | (value != value)
        if found.all():
            break
    return at


def for_each(solve: Callable[..., Any], *arrays: Floats) -> Floats:
    """`solve(where, *arrays)`: at once for many elements, and one by one for a few.

    NumPy takes as long for one number as for a hundred, so an experiment or two are ten times faster as plain numbers.
    `solve` uses only operators and the `where` that it is given.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        if arrays[0].size > FEW:
            return np.asarray(solve(np.where, *arrays), dtype=np.float64)
        cells = zip(*(array.ravel() for array in arrays), strict=True)
        return np.array([solve(_pick, *cell) for cell in cells]).reshape(arrays[0].shape)


def _pick(condition: Any, yes: Any, no: Any) -> Any:
    return yes if condition else no
