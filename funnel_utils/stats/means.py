"""Means per person and their differences, from sums: how many people, their total, and the total of squares."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from funnel_utils.stats.counts import ALPHA, Floats, floats, student_critical


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
    one, two = np.array([first.se**2]), np.array([second.se**2])
    freedom = satterthwaite(one, np.array([people - 1]), two, np.array([other - 1]))
    half = _student(float(freedom[0])) * math.sqrt(variance)
    return Mean(value, value - half, value + half, math.sqrt(variance))


def variance_of(n: ArrayLike, total: ArrayLike, squares: ArrayLike) -> Floats:
    """The variance (n - 1) of a figure per unit, from how many units, its sum and its sum of squares; elementwise.

    NaN for fewer than two units. Where values vary little around a large mean, raw sums lose digits: merge centred
    moments instead.

    Examples
    --------
    >>> variance_of(4, 10, 30)  # 1, 2, 3, 4
    array([1.66666667])
    """
    units, sums, seconds = floats(n, total, squares)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.maximum(seconds - sums**2 / units, 0.0) / (units - 1)
    return np.where(units > 1, found, np.nan)


def satterthwaite(variance: Floats, freedom: Floats, other: Floats, other_freedom: Floats) -> Floats:
    """Degrees of freedom of a difference whose two sides have these squared standard errors; elementwise.

    References
    ----------
    Satterthwaite, F. E. (1946). An approximate distribution of estimates of variance components. Biometrics Bulletin 2,
    110-114.

    Examples
    --------
    >>> satterthwaite(*(np.array([v]) for v in (1.0, 9.0, 1.0, 9.0)))
    array([18.])
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(
            (variance + other) ** 2 / (variance**2 / freedom + other**2 / other_freedom), dtype=np.float64
        )


def _student(freedom: float) -> float:
    return float(student_critical(ALPHA, np.array([freedom]))[0])
