"""When a test statistic that is looked at again and again first crosses its bounds: the engine of sequential testing.

At looks with information `t_1 < ... < t_K` (as shares of the last, so `t_K = 1`) the statistic `Z_k` has mean
`drift * sqrt(t_k)` and variance 1, and `S_k = Z_k * sqrt(t_k)` is a sum of independent normal steps. So the density of
`S_k` among those that have not crossed yet follows from the one before by **one integral**, whatever the number of
looks: recursive integration. The integrals are Gauss-Legendre sums over panels no wider than a few standard deviations
of the step before or after, whichever is the smaller, which is where a density that was cut at a bound can bend.

References
----------
Armitage, P., McPherson, C. K., Rowe, B. C. (1969). Repeated significance tests on accumulating data. J. Royal
Statistical Society A 132, 235-244.
Jennison, C., Turnbull, B. W. (2000). Group Sequential Methods with Applications to Clinical Trials. Chapman & Hall,
chapter 19.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from funnel_utils.errors import SpecError
from funnel_utils.stats import Floats

#: Nodes in a panel, and how many standard deviations a panel may be wide.
NODES, PANEL = 16, 5.0
#: Beyond this many standard deviations of where the statistic can be, there is nothing left to integrate.
REACH = 8.5
#: A look must add at least this share of the information so far.
LEAST = 1e-4


class Crossing(NamedTuple):
    """Probabilities of crossing for the first time at each look."""

    upper: Floats
    lower: Floats


class Inside(NamedTuple):
    """What has not crossed up to a look: nodes of `S`, and the probability that each stands for."""

    nodes: Floats
    mass: Floats


def information_of(looks: int | Sequence[float], name: str = "looks") -> Floats:
    """Information at each look as a share of the last: from a number of equal looks, or from increasing amounts.

    Examples
    --------
    >>> information_of(4)
    array([0.25, 0.5 , 0.75, 1.  ])
    >>> information_of([100, 400])
    array([0.25, 1.  ])
    """
    if isinstance(looks, int | np.integer) and not isinstance(looks, bool):
        if not 1 <= looks <= 1000:
            raise SpecError(f"{name}={looks!r}: plan between 1 and 1000 looks.")
        return np.asarray(np.arange(1, int(looks) + 1) / int(looks), dtype=np.float64)
    amounts = amounts_of(looks, name)
    return np.asarray(amounts / amounts[-1], dtype=np.float64)


def amounts_of(looks: Sequence[float] | ArrayLike, name: str = "looks") -> Floats:
    """Increasing amounts of information, checked and otherwise as they are."""
    try:
        amounts = np.asarray(looks, dtype=np.float64)
    except (TypeError, ValueError):
        amounts = np.empty(0)
    if amounts.ndim != 1 or not len(amounts) or not np.isfinite(amounts).all():
        raise SpecError(
            f"{name}={looks!r}: give a whole number of looks, or the information at each, such as [0.5, 1]."
        )
    steps = np.diff(amounts, prepend=0.0)
    if (steps < LEAST * amounts).any():
        raise SpecError(
            f"{name}={looks!r}: information must be above 0 and grow by at least {LEAST:.2%} from look to look."
        )
    return amounts


def crossing(
    upper: ArrayLike, lower: ArrayLike, information: Sequence[float] | ArrayLike, drift: float = 0.0
) -> Crossing:
    """The chance that a statistic first leaves its bounds at each look.

    Parameters
    ----------
    upper, lower : array-like
        Critical values of Z at each look, `lower < upper`; `inf` and `-inf` where there is no bound.
    information : array-like
        Increasing information at each look.
    drift : float
        Expected Z at information 1: the true effect divided by the standard error that the estimate has there.

    Returns
    -------
    Crossing
        `upper`, `lower`: for each look the probability of crossing there and not before. What they leave of 1 has not
        crossed at the last look.

    Raises
    ------
    SpecError
        If the numbers of bounds and looks differ, a lower bound is not below its upper one, or information does not
        grow.

    Examples
    --------
    Five looks at 1.96, and no effect:

    >>> found = crossing([1.96] * 5, [-1.96] * 5, [0.2, 0.4, 0.6, 0.8, 1.0])
    >>> f"{found.upper.sum() + found.lower.sum():.3f}"
    '0.142'
    """
    amounts = amounts_of(information, "information")
    high, low = (np.atleast_1d(np.asarray(bound, dtype=np.float64)) for bound in (upper, lower))
    if high.shape != amounts.shape or low.shape != amounts.shape:
        raise SpecError(
            f"{len(high)} upper and {len(low)} lower bounds for {len(amounts)} looks: give one of each a look."
        )
    if not (low < high).all():
        raise SpecError("Each lower bound must lie below its upper one (and none may be NaN).")
    if not math.isfinite(drift):
        raise SpecError(f"drift={drift!r} must be a finite number.")
    up, down = np.zeros(len(amounts)), np.zeros(len(amounts))
    inside: Inside | None = None
    for k in range(len(amounts)):
        up[k], down[k] = leaving(inside, amounts, k, high[k], low[k], drift)
        if k + 1 < len(amounts):
            inside = staying(inside, amounts, k, high[k], low[k], drift)
    return Crossing(up, down)


def leaving(
    inside: Inside | None, amounts: Floats, k: int, high: float, low: float, drift: float = 0.0
) -> tuple[float, float]:
    """The chance of crossing above and below at look `k`, given what is still inside after look `k - 1`."""
    from scipy.special import ndtr

    start, mass = (np.zeros(1), np.ones(1)) if inside is None else inside
    step = amounts[k] - (amounts[k - 1] if k else 0.0)
    mean, sd, root = start + drift * step, math.sqrt(step), math.sqrt(amounts[k])
    above = float(mass @ ndtr((mean - high * root) / sd)) if high < math.inf else 0.0
    below = float(mass @ ndtr((low * root - mean) / sd)) if low > -math.inf else 0.0
    return above, below


def staying(inside: Inside | None, amounts: Floats, k: int, high: float, low: float, drift: float = 0.0) -> Inside:
    """What is still inside after look `k`; not to be called for the last look."""
    step = amounts[k] - (amounts[k - 1] if k else 0.0)
    root = math.sqrt(amounts[k])
    # Nothing to speak of lies further out than REACH standard deviations of S itself.
    centre = drift * amounts[k]
    left, right = max(low * root, centre - REACH * root), min(high * root, centre + REACH * root)
    if not left < right:
        return Inside(np.array([centre]), np.zeros(1))
    scale = math.sqrt(min(step, amounts[k + 1] - amounts[k]))
    nodes, weights = panels(left, right, scale)
    start, mass = (np.zeros(1), np.ones(1)) if inside is None else inside
    # (y - x)^2 as one matrix: the density at each new node from each old one.
    away = nodes[:, None] - (start + drift * step)[None, :]
    away *= away
    away *= -0.5 / step
    np.exp(away, out=away)
    return Inside(nodes, weights * (away @ mass) / math.sqrt(2 * math.pi * step))


def panels(left: float, right: float, scale: float) -> tuple[Floats, Floats]:
    """Nodes and weights of Gauss-Legendre sums over panels at most `PANEL` times `scale` wide."""
    number = max(1, math.ceil((right - left) / (PANEL * scale)))
    return gauss(np.linspace(left, right, number + 1))


def gauss(edges: Floats) -> tuple[Floats, Floats]:
    """Nodes and weights of Gauss-Legendre sums over the panels between increasing edges.

    Examples
    --------
    >>> nodes, weights = gauss(np.array([0.0, 1.0, 3.0]))
    >>> round(float(weights @ nodes**2), 9)
    9.0
    """
    nodes, weights = _legendre()
    half = np.diff(edges)[:, None] / 2
    return (edges[:-1, None] + half * (nodes + 1)).ravel(), (half * weights).ravel()


@lru_cache(maxsize=1)
def _legendre() -> tuple[Floats, Floats]:
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    return np.asarray(nodes), np.asarray(weights)
