"""A response curve: how many results (visits, leads, …) a channel brings in a period for what is spent on it.

    results(spend) = top * spend^slope / (half^slope + spend^slope)

`top` is the most the channel can ever bring in a period, `half` the spend that brings half of it. With `slope=1` (the
default; Michaelis and Menten's form) every further unit of money brings less than the one before: the curve is concave.
With a slope above 1 (Hill's form) little happens until a threshold, then much: the curve is S-shaped, and the best
split of a budget may leave such a channel out altogether. Slopes below 1 are refused: their first unit of money would
bring infinitely much.

References
----------
Michaelis, L., Menten, M. L. (1913). Die Kinetik der Invertinwirkung. Biochemische Zeitschrift 49, 333-369.
Hill, A. V. (1910). The possible effects of the aggregation of the molecules of haemoglobin on its dissociation curves.
J. Physiology 40, iv-vii.
Jin, Y., Wang, Y., Sun, Y., Chan, D., Koehler, J. (2017). Bayesian methods for media mix modeling with carryover and
shape effects. Google. (Hill's form for advertising.)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from funnel_utils.errors import SpecError

Floats = NDArray[np.float64]


def check_number(field: str, value: Any, low: float = 0.0, high: float = math.inf, *, above: bool = False) -> None:
    """Raise a `SpecError` unless `value` is a number from `low` (or above it) to `high`.

    Examples
    --------
    >>> check_number("top", -1)
    Traceback (most recent call last):
        ...
    funnel_utils.errors.SpecError: top=-1 is not allowed; give a number of 0 or more.
    """
    number = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    if number and (value > low if above else value >= low) and value <= high and not math.isnan(value):
        return
    least = f"above {low:g}" if above else f"of {low:g} or more"
    allowed = least if math.isinf(high) else f"from {low:g} to {high:g}" if not above else f"above {low:g}, to {high:g}"
    raise SpecError(f"{field}={value!r} is not allowed; give a number {allowed}.")


@dataclass(frozen=True)
class Response:
    """A saturating response curve.

    Parameters
    ----------
    top : float
        Results per period that no spend exceeds; above 0.
    half : float
        Spend per period (money) that brings half of `top`; above 0.
    slope : float
        1 (concave) or more (S-shaped), at most 20.

    Raises
    ------
    SpecError
        Naming the field, what it holds and what is allowed.

    Examples
    --------
    >>> search = Response(top=6000, half=40)
    >>> float(search.at(40)), float(search.at(80))
    (3000.0, 4000.0)
    >>> float(search.marginal(0)), search.spend_for(4000)
    (150.0, 80.0)
    """

    top: float
    half: float
    slope: float = 1.0

    def __post_init__(self) -> None:
        for name in ("top", "half"):
            check_number(name, getattr(self, name), above=True)
            if math.isinf(getattr(self, name)):
                raise SpecError(f"{name}=inf is not allowed; a response is finite.")
        check_number("slope", self.slope, 1.0, 20.0)

    @property
    def concave(self) -> bool:
        """Whether every further unit of money brings less than the one before."""
        return self.slope == 1.0

    def at(self, spend: ArrayLike) -> Floats:
        """Expected results for each spend (money per period, 0 or more)."""
        return self.top * _share(self._checked(spend), self.half, self.slope)

    def marginal(self, spend: ArrayLike) -> Floats:
        """Further results per further unit of money at each spend."""
        x = self._checked(spend) / self.half
        with np.errstate(over="ignore"):
            return self.top / self.half * self.slope * x ** (self.slope - 1) / (1 + x**self.slope) ** 2

    def spend_for(self, results: float) -> float:
        """The spend that brings `results`.

        Raises
        ------
        SpecError
            If that is as much as `top` or more: no spend brings it.
        """
        check_number("results", results)
        if results >= self.top:
            raise SpecError(f"results={results:g} cannot be reached: this channel brings less than top={self.top:g}.")
        return float(self.half * (results / (self.top - results)) ** (1 / self.slope))

    @property
    def bend(self) -> float:
        """The spend at which the marginal return is highest: 0 for a concave curve."""
        return float(self.half * ((self.slope - 1) / (self.slope + 1)) ** (1 / self.slope))

    @staticmethod
    def _checked(spend: ArrayLike) -> Floats:
        x = np.asarray(spend, dtype=np.float64)
        if not (x >= 0).all():
            raise SpecError(f"spend={x.min():g} is not allowed; spend is 0 or more.")
        return x


def _share(spend: Floats, half: Floats | float, slope: Floats | float) -> Floats:
    """The share of `top` reached at each spend, from 0 to 1, without overflow at large spends."""
    with np.errstate(divide="ignore", over="ignore"):
        return np.asarray(1 / (1 + (np.asarray(half) / spend) ** slope))


def share_of_top(spend: ArrayLike, half: ArrayLike, slope: ArrayLike = 1.0) -> Floats:
    """The share of `top` that each spend reaches; arrays are broadcast, so that many curves can be tried at once.

    Examples
    --------
    >>> share_of_top([0, 40], half=40)
    array([0. , 0.5])
    """
    return _share(np.asarray(spend, np.float64), np.asarray(half, np.float64), np.asarray(slope, np.float64))
