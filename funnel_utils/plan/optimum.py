"""The best split of a budget, and the least budget for a goal: SLSQP over spends within bounds.

A split is best when one more unit of money brings the same everywhere it may still go: the marginal returns are equal
among the channels that stand at neither bound, no higher at a minimum, no lower at a maximum. Concave curves have one
such point. S-shaped curves have several, so the search then starts a second time at the best split in whole steps of
1/400 of the money, found over all of them by dynamic programming, and the better end counts. SLSQP finds which channels
stand at a bound; a few Newton steps then make the marginals of the others equal to the last digits.

References
----------
Kraft, D. (1988). A software package for sequential quadratic programming. DFVLR-FB 88-28.
Ibaraki, T., Katoh, N. (1988). Resource Allocation Problems: Algorithmic Approaches. MIT Press. (The whole steps.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from funnel_utils.plan.response import share_of_top

Floats = NDArray[np.float64]

_STEPS = 400
_AGAIN = 5


@dataclass(frozen=True, eq=False)
class Problem:
    """What is known of each channel, one element each.

    Attributes
    ----------
    top, half, slope : array
        The response curves; `top` is already in the unit of the objective (results x what one is worth).
    low, high : array
        Least and most spend; `high` is finite.
    price : float
        What one unit of money costs in the unit of the objective: 1 where profit is sought, else 0.
    """

    top: Floats
    half: Floats
    slope: Floats
    low: Floats
    high: Floats
    price: float = 0.0

    def value(self, spend: Floats) -> float:
        """The objective at a split."""
        return float(self.top @ share_of_top(spend, self.half, self.slope) - self.price * spend.sum())

    def marginal(self, spend: Floats) -> Floats:
        """What one more unit of money brings in each channel."""
        x = spend / self.half
        gain = self.top / self.half * self.slope * x ** (self.slope - 1) / (1 + x**self.slope) ** 2
        return np.asarray(gain - self.price)

    def bend(self, spend: Floats) -> Floats:
        """How fast the marginal return falls (negative) at spends above 0."""
        u = (spend / self.half) ** self.slope
        gain = self.marginal(spend) + self.price
        with np.errstate(invalid="ignore"):
            return np.asarray(gain * ((self.slope - 1) - (self.slope + 1) * u) / (spend * (1 + u)))

    def free(self, spend: Floats) -> NDArray[np.bool_]:
        """The channels that stand at neither bound."""
        room = 1e-7 * max(float(spend.sum()), 1e-300)
        return (spend > self.low + room) & (spend < self.high - room)

    @cached_property
    def _units(self) -> tuple[float, float]:
        """A typical spend and a typical value: SLSQP wants numbers near 1, whatever the currency."""
        return float(np.minimum(self.half, self.high.max()).mean()), float(self.top.sum())

    def scaled(self) -> Problem:
        money, worth = self._units
        return replace(
            self,
            top=self.top / worth,
            half=self.half / money,
            low=self.low / money,
            high=self.high / money,
            price=self.price * money / worth,
        )


def best_split(problem: Problem, total: float) -> Floats:
    """The spends with the highest value: all of `total`, or at most `total` where money has a price.

    `total` lies between the sums of the bounds.

    Examples
    --------
    >>> two = Problem(*(np.full(2, float(x)) for x in (100, 10, 1, 0, 50)))
    >>> best_split(two, 30).round(6)
    array([15., 15.])
    """
    money, small = problem._units[0], problem.scaled()
    rest = total / money
    limit = {
        "type": "ineq" if problem.price else "eq",
        "fun": lambda z: rest - z.sum(),
        "jac": lambda z: -np.ones(len(z)),
    }
    ends = []
    for start in _starts(small, rest):
        found = _slsqp(small, start, limit, lambda z: -small.value(z), lambda z: -small.marginal(z))
        if problem.price and small.free(found).any() and rest - found.sum() > 1e-7 * rest:
            found = _level(small, found, lambda z: 0.0, at=0.0)  # money is left: its marginal value is nothing
        else:
            found = _level(small, found, lambda z: rest - z.sum(), weights=np.ones(len(found)))
        ends.append(found)
    return _within(problem, max(ends, key=small.value) * money)


def least_spend(problem: Problem, goal: float) -> Floats:
    """The cheapest spends whose value is `goal`, which lies between the values at the lower and the upper bounds.

    Examples
    --------
    >>> two = Problem(*(np.full(2, float(x)) for x in (100, 10, 1, 0, 50)))
    >>> least_spend(two, 120).round(6)
    array([15., 15.])
    """
    (money, worth), small = problem._units, problem.scaled()
    wanted = goal / worth
    limit = {"type": "ineq", "fun": lambda z: small.value(z) - wanted, "jac": small.marginal}

    def cheaper(start: Floats) -> Floats:
        found = _slsqp(small, start, limit, lambda z: float(z.sum()), np.ones_like)
        found = _level(small, found, lambda z: wanted - small.value(z))
        # A search that failed must not win by falling short.
        return found if small.value(found) >= wanted * (1 - 1e-9) else start

    enough = _bisect(lambda total: _fill(small, total), small, wanted, float(small.high.sum()))
    least = min((cheaper(_shrunk(small, wanted, start)) for start in _starts(small, float(enough.sum()))), key=np.sum)
    for _ in range(_AGAIN if (small.slope > 1).any() else 0):
        # Among S-shaped curves the same money, better split, may bring more than was asked for: then less is enough.
        better = best_split(small, float(least.sum()))
        if small.value(better) <= wanted * (1 + 1e-9):
            break
        least = min(cheaper(_shrunk(small, wanted, better)), least, key=np.sum)
    return _within(problem, least * money)


def _slsqp(
    problem: Problem,
    start: Floats,
    limit: dict[str, Any],
    aim: Callable[[Floats], float],
    slope: Callable[[Floats], Floats],
) -> Floats:
    from scipy.optimize import minimize

    bounds = list(zip(problem.low, problem.high, strict=True))
    options = {"ftol": 1e-13, "maxiter": 300}
    found = minimize(aim, start, jac=slope, bounds=bounds, constraints=[limit], method="SLSQP", options=options)
    return _within(problem, found.x)


def _within(problem: Problem, spend: Floats) -> Floats:
    """Spends without the last digit by which rounding carries them over a bound."""
    return np.asarray(np.clip(spend, problem.low, problem.high))


def _level(
    problem: Problem,
    spend: Floats,
    lacking: Callable[[Floats], float],
    weights: Floats | None = None,
    at: float | None = None,
) -> Floats:
    """Newton steps towards equal marginals among the free channels, and nothing lacking from the constraint.

    `lacking` says how much of the constraint is missing, `weights` by how much a unit of money in each channel mends it
    (the marginals themselves by default); with `at` the common marginal is given. Spends that a step would carry over a
    bound, or that stand where a curve still bends upwards, are left as SLSQP had them.
    """
    free = problem.free(spend)
    if not free.any():
        return spend
    now = spend.copy()
    for _ in range(20):
        gain, bend = problem.marginal(now)[free], problem.bend(now)[free]
        if (bend >= 0).any():
            return spend
        w = gain if weights is None else weights[free]
        common = at if at is not None else (lacking(now) + (w * gain / bend).sum()) / (w / bend).sum()
        step = (common - gain) / bend
        moved = now.copy()
        moved[free] += step
        if not np.isfinite(moved).all() or (moved < problem.low).any() or (moved > problem.high).any():
            return spend
        now = moved
        if np.abs(step).max() <= 1e-15 * np.abs(now[free]).max():
            break
    return now


def _starts(problem: Problem, total: float) -> Iterator[Floats]:
    """Where the searches begin: everything on; where curves are S-shaped also the best split in whole steps."""
    yield _fill(problem, total)
    if (problem.slope > 1).any():
        yield _in_steps(problem, total)


def _in_steps(problem: Problem, total: float) -> Floats:
    """The best split of `total` in whole steps above the minimums, over all of them."""
    step = (total - problem.low.sum()) / _STEPS
    if step <= 0:
        return problem.low.copy()
    extra = step * np.arange(_STEPS + 1)
    before = np.arange(_STEPS + 1)[:, None] - np.arange(_STEPS + 1)
    value, taken = np.zeros(_STEPS + 1), []
    for top, half, slope, low, high in zip(
        problem.top, problem.half, problem.slope, problem.low, problem.high, strict=True
    ):
        gain = np.where(low + extra <= high + step / 2, top * share_of_top(low + extra, half, slope), -np.inf)
        # Row: steps given to the channels so far; column: how many of them to this one.
        together = np.where(before >= 0, gain + value[before], -np.inf)
        taken.append(together.argmax(axis=1))
        value = together.max(axis=1)
    spend, left = problem.low.copy(), _STEPS
    for k in range(len(spend) - 1, -1, -1):
        spend[k] += extra[taken[k][left]]
        left -= int(taken[k][left])
    return np.clip(spend, problem.low, problem.high)


def _shrunk(problem: Problem, goal: float, spend: Floats) -> Floats:
    """As much less than `spend` on every channel as still brings `goal`."""
    return _bisect(lambda share: problem.low + share * (spend - problem.low), problem, goal, 1.0)


def _bisect(spends: Callable[[float], Floats], problem: Problem, goal: float, enough: float) -> Floats:
    few = 0.0
    for _ in range(100):
        middle = (few + enough) / 2
        few, enough = (middle, enough) if problem.value(spends(middle)) < goal else (few, middle)
    return spends(enough)


def _fill(problem: Problem, total: float) -> Floats:
    """`total` shared out in proportion to `half`, as far as the bounds allow."""
    spend = problem.low.copy()
    for _ in range(len(spend) + 1):
        open_ = spend < problem.high
        left = total - spend.sum()
        if left <= 0 or not open_.any():
            break
        share = np.where(open_, problem.half, 0.0)
        spend = np.minimum(spend + left * share / share.sum(), problem.high)
    return spend
