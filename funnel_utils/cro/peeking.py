"""Peeking: how often a test that is looked at again and again, as if each look were the only one, cries wolf.

One look at the 5% level cries wolf in 5% of the experiments without an effect. Who looks twenty times and stops at the
first p below 0.05 is wrong in 25%. Here is the theory, for any number of looks at any times, by recursive integration:
no simulation. `sequential` and `always_valid` hold the remedies.

References
----------
Armitage, P., McPherson, C. K., Rowe, B. C. (1969). Repeated significance tests on accumulating data. J. Royal
Statistical Society A 132, 235-244.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from funnel_utils.cro.recursion import crossing, information_of
from funnel_utils.cro.tabled import Tabled
from funnel_utils.errors import SpecError
from funnel_utils.stats import Floats

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Side = Literal["two-sided", "upper", "lower"]
SIDES = ("two-sided", "upper", "lower")


@dataclass(frozen=True, eq=False)
class Peeking(Tabled):
    """What repeated looks at an ordinary test do.

    Attributes
    ----------
    alpha : float
        The level of each single look.
    drift : float
        Expected z at the last look; 0 without an effect.
    side : {"two-sided", "upper", "lower"}
        Which crossings stop the experiment.
    table : DataFrame
        A row per look: `look`, `information` (share of the last look's), `nominal_p` (the level used there),
        `stop_here` (chance that the experiment stops at this look), `stopped` (that it has stopped by then: the
        false-alarm rate, if there is no effect).
    """

    alpha: float
    drift: float
    side: Side
    table: pd.DataFrame

    @classmethod
    def of(
        cls, looks: int | Sequence[float] = 20, *, alpha: float = 0.05, drift: float = 0.0, side: Side = "two-sided"
    ) -> Peeking:
        """What `looks` do; the arguments are those of `peeking_curve`.

        Examples
        --------
        >>> f"{Peeking.of(10).rate:.3f}"
        '0.193'
        """
        return cls(alpha, drift, side, peeking_curve(looks, alpha=alpha, drift=drift, side=side))

    @property
    def rate(self) -> float:
        """The chance of stopping by the last look."""
        return float(self.table["stopped"].iloc[-1])

    @property
    def verdict(self) -> str:
        """What the looks do, in plain words."""
        from funnel_utils.text import t

        words = {"looks": len(self.table), "alpha": f"{self.alpha:.3g}", "rate": f"{self.rate:.1%}"}
        if len(self.table) == 1:
            return t("sequential.peeking.once", **words)
        if self.drift:
            return t("sequential.peeking.effect", **words, drift=f"{self.drift:.2f}")
        first = float(self.table["stopped"].iloc[0])
        return t("sequential.peeking.null", **words, times=f"{self.rate / first:.1f}")

    def plot(self) -> Figure:
        """The chance of having stopped, look by look."""
        from funnel_utils.charts.sequential import peeking_chart

        return peeking_chart(self)


def peeking_fpr(
    looks: int | Sequence[float],
    *,
    alpha: float = 0.05,
    nominal_z: float | None = None,
    side: Side = "two-sided",
) -> float:
    """The chance that a test without any effect is called significant at one of its looks.

    Parameters
    ----------
    looks : int or sequence of float
        How many equally spaced looks, or the increasing information (units so far, say) at each.
    alpha : float
        The level at which each look is tested, in all (two-sided) or on the one side.
    nominal_z : float, optional
        The critical value instead of `alpha`, such as 1.96.
    side : {"two-sided", "upper", "lower"}
        Which crossings count as significant.

    Raises
    ------
    SpecError
        If an argument is out of range.

    Examples
    --------
    >>> [round(peeking_fpr(looks), 3) for looks in (1, 2, 4, 10, 20)]
    [0.05, 0.083, 0.126, 0.193, 0.248]
    >>> round(peeking_fpr(20, nominal_z=1.96, side="upper"), 3)
    0.124
    """
    information = information_of(looks)
    z = critical_z(alpha, side) if nominal_z is None else nominal_z
    return float(_stops(information, z, 0.0, side).sum())


def peeking_curve(
    looks: int | Sequence[float] = 20, *, alpha: float = 0.05, drift: float = 0.0, side: Side = "two-sided"
) -> pd.DataFrame:
    """The chance of having stopped after each of several looks.

    Parameters
    ----------
    looks, alpha, side
        As for `peeking_fpr`.
    drift : float
        Expected z at the last look: the true effect divided by the standard error it has there. `drift_for(0.8)` is
        that of an effect for which a single look at the end has a power of 80%.

    Returns
    -------
    DataFrame
        `look`, `information`, `nominal_p`, `stop_here`, `stopped`. Without an effect, the first k rows are what k equal
        looks do, because only the ratios of the information matter.

    Examples
    --------
    >>> peeking_curve(4)["stopped"].round(3).tolist()
    [0.05, 0.083, 0.107, 0.126]
    """
    information = information_of(looks)
    stops = _stops(information, critical_z(alpha, side), drift, side)
    return pd.DataFrame(
        {
            "look": np.arange(1, len(information) + 1),
            "information": information,
            "nominal_p": float(alpha),
            "stop_here": stops,
            "stopped": stops.cumsum(),
        }
    )


def drift_for(power: float, *, alpha: float = 0.05, sides: Literal[1, 2] = 2) -> float:
    """The expected z of an effect that a single test at the end finds with this power (on its own side).

    Examples
    --------
    >>> round(drift_for(0.8), 3)
    2.802
    """
    from scipy.special import ndtri

    if not 0 < power < 1:
        raise SpecError(f"power={power!r} must lie strictly between 0 and 1, such as 0.8.")
    return critical_z(alpha, "two-sided" if check_sides(sides) == 2 else "upper") + float(ndtri(power))


def check_alpha(alpha: float) -> float:
    """`alpha`, if it is a level."""
    if not (isinstance(alpha, int | float | np.floating) and 0 < alpha < 1):
        raise SpecError(f"alpha={alpha!r} must lie strictly between 0 and 1, such as 0.05.")
    return float(alpha)


def numbers(name: str, values: ArrayLike) -> Floats:
    """Values as an array of floats of at least one dimension."""
    try:
        return np.atleast_1d(np.asarray(values, dtype=np.float64))
    except (TypeError, ValueError):
        raise SpecError(f"{name}={values!r} must be numbers.") from None


def check_sides(sides: int) -> int:
    """`sides`, if it is 1 or 2."""
    if sides not in (1, 2) or isinstance(sides, bool):
        raise SpecError(f"sides={sides!r} must be 1 (only a better treatment is found) or 2 (better or worse).")
    return int(sides)


def critical_z(alpha: float, side: Side = "two-sided") -> float:
    """The critical value of a single test."""
    from scipy.special import ndtri

    if side not in SIDES:
        raise SpecError(f"side={side!r} is not one of {', '.join(map(repr, SIDES))}.")
    check_alpha(alpha)
    return -float(ndtri(alpha / 2 if side == "two-sided" else alpha))


def _stops(information: Floats, z: float, drift: float, side: Side) -> Floats:
    """The chance of stopping at each look."""
    if side not in SIDES:
        raise SpecError(f"side={side!r} is not one of {', '.join(map(repr, SIDES))}.")
    if not (math.isfinite(z) and z > 0):
        raise SpecError(f"nominal_z={z!r} must be a number above 0, such as 1.96.")
    ones = np.ones(len(information))
    found = crossing(
        z * ones if side != "lower" else math.inf * ones,
        -z * ones if side != "upper" else -math.inf * ones,
        information,
        drift,
    )
    return found.upper + found.lower
