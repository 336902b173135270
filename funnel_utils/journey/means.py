"""Means per person and their differences, from sums: how many people, their total, and the total of squares."""

from __future__ import annotations

import math
from typing import NamedTuple


class Mean(NamedTuple):
    """A mean, or a difference of two, with its 95% interval and standard error."""

    value: float
    low: float
    high: float
    se: float


def mean(people: float, total: float, squares: float) -> Mean:
    """The mean of a figure per person with Student's interval; no interval for fewer than two people.

    Examples
    --------
    >>> found = mean(4, 10, 30)  # 1, 2, 3, 4
    >>> [round(number, 3) for number in found]
    [2.5, 0.446, 4.554, 0.645]
    """
    if people < 1:
        return Mean(math.nan, math.nan, math.nan, math.nan)
    value = total / people
    if people < 2:
        return Mean(value, math.nan, math.nan, math.nan)
    se = math.sqrt(max(squares - people * value**2, 0.0) / (people - 1) / people)
    half = _student(people - 1) * se
    return Mean(value, value - half, value + half, se)


def welch(people: float, total: float, squares: float, other: float, other_total: float, other_squares: float) -> Mean:
    """The difference of two means of independent people, with Welch's interval.

    References
    ----------
    Welch, B. L. (1947). The generalization of "Student's" problem when several different population variances are
    involved. Biometrika 34, 28-35.

    Examples
    --------
    >>> found = welch(4, 10, 30, 3, 3, 5)  # 1, 2, 3, 4 against 0, 1, 2
    >>> [round(number, 3) for number in found]
    [1.5, -0.732, 3.732, 0.866]
    """
    first, second = mean(people, total, squares), mean(other, other_total, other_squares)
    value, variance = first.value - second.value, first.se**2 + second.se**2
    if math.isnan(variance) or variance == 0:
        return Mean(value, math.nan, math.nan, math.nan)
    freedom = variance**2 / (first.se**4 / (people - 1) + second.se**4 / (other - 1))
    half = _student(freedom) * math.sqrt(variance)
    return Mean(value, value - half, value + half, math.sqrt(variance))


def _student(freedom: float) -> float:
    from scipy.stats import t

    return float(t.isf(0.025, freedom))
