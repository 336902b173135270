"""Roots of increasing functions, for whole arrays at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from funnel_utils.stats.counts import Floats


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
    function: Callable[[Floats], tuple[Floats, Floats]], start: Floats, low: Floats, high: Floats, steps: int = 200
) -> Floats:
    """The same for a function that also gives its slope: Newton's steps, and a halving where one would leave the
    bracket.

    Parameters
    ----------
    function : callable
        From places to (value, slope); increasing.
    start, low, high : array
        A first guess and a bracket of the root.

    Examples
    --------
    >>> newton(lambda x: (x**2 - 2, 2 * x), np.ones(1), np.zeros(1), np.ones(1) * 4).round(6)
    array([1.414214])
    """
    at = np.clip(start, low, high)
    found = np.zeros(np.shape(at), dtype=bool)
    for step in range(steps):
        value, slope = function(at)
        above = value > 0
        low, high = np.where(above, low, at), np.where(above, at, high)
        with np.errstate(divide="ignore", invalid="ignore"):
            new = at - value / slope
        # Every fifth step is a halving, so that a function with corners or flat stretches cannot hold it up.
        newtons = (new >= low) & (new <= high) & np.isfinite(slope) & (step % 5 != 4)
        new = np.where(newtons, new, (low + high) / 2)
        at = np.where(found, at, new)
        # Newton's last step is far more exact than it is long.
        found |= newtons & (np.abs(value) < 1e-6) & (np.abs(value) < 1e-6 * np.abs(slope * new))
        found |= (high - low <= 1e-15 * np.abs(high)) | np.isnan(value)
        if found.all():
            break
    return at
