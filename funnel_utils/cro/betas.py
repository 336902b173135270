"""Independent beta distributions compared with one another, exactly: by integration, without random draws.

All arms share one grid on the logit scale, where a beta density is smooth with light tails whatever its parameters. Its
Gauss-Legendre panels are the finest that any arm needs at that place, so that ten units and ten million can be
compared.

References
----------
Miller, E. (2015). Formulas for Bayesian A/B testing. evanmiller.org (closed forms for whole counts; the same figures).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from funnel_utils.cro.recursion import gauss
from funnel_utils.stats import Floats

#: Probability left out at either end of an arm.
TAIL = 1e-15
#: No logit beyond this: the chance is then 0 or 1 in floating point.
EDGE = 690.0


@dataclass(frozen=True, eq=False)
class Betas:
    """Independent beta distributions, one an arm.

    Parameters
    ----------
    a, b : array
        Their parameters, all above 0.
    """

    a: Floats
    b: Floats

    @property
    def mean(self) -> Floats:
        """The expected rates."""
        return np.asarray(self.a / (self.a + self.b), dtype=np.float64)

    def quantile(self, chance: float) -> Floats:
        """The rates that are not exceeded with this chance."""
        from scipy.special import betaincinv

        return np.asarray(betaincinv(self.a, self.b, chance), dtype=np.float64)

    def chance_best(self) -> Floats:
        """For each arm, the chance that its rate is the highest."""
        grid = _Grid.of(self)
        found = [float(grid.weight @ (grid.density[i] * grid.others(i))) for i in range(len(self.a))]
        return np.array(found)

    def loss(self) -> Floats:
        """For each arm, by how much the best of the others is better in expectation, counting 0 where it is not."""
        grid = _Grid.of(self)
        # E max(0, M - X) is the integral of P(X <= x < M), a sum of positive terms: small losses stay exact.
        step = grid.weight * grid.rate * (1 - grid.rate)
        return np.array([float(step @ (grid.below[i] * (1 - grid.others(i)))) for i in range(len(self.a))])

    def beats(self, one: int, other: int) -> float:
        """The chance that the rate of arm `one` is higher than that of `other`."""
        return float(self.pair(other, one).chance_best()[1])

    def pair(self, one: int, other: int) -> Betas:
        """Two of the arms."""
        chosen = [one, other]
        return Betas(self.a[chosen], self.b[chosen])

    def difference(self, chance: float, one: int, control: int) -> float:
        """The difference of two arms' rates that is not exceeded with this chance."""
        pair = self.pair(control, one)
        tail = min(chance, 1 - chance) / 4
        low, high = pair.quantile(tail), pair.quantile(1 - tail)
        return _solve(lambda d: pair._below_difference(d) - chance, low[1] - high[0], high[1] - low[0])

    def lift(self, chance: float, one: int, control: int) -> float:
        """The relative difference `one / control - 1` that is not exceeded with this chance."""
        pair = self.pair(control, one)
        tail = min(chance, 1 - chance) / 4
        low, high = pair.quantile(tail), pair.quantile(1 - tail)
        # A rate of 0 to all digits has no logarithm.
        least, most = math.log(max(low[1], 1e-300) / high[0]), math.log(high[1] / max(low[0], 1e-300))
        return math.expm1(_solve(lambda r: pair._below_ratio(math.exp(r)) - chance, least, most))

    def _below_difference(self, d: float) -> float:
        """P(second - first <= d), integrated over the narrower arm."""
        from scipy.special import betainc

        sd = np.sqrt(self.a * self.b / (self.a + self.b + 1)) / (self.a + self.b)
        over = int(sd[1] < sd[0])
        grid = _Grid.of(Betas(self.a[[over]], self.b[[over]]), _inner([abs(d), 1 - abs(d)]))
        if over == 0:
            inner = betainc(self.a[1], self.b[1], np.clip(grid.rate + d, 0, 1))
        else:
            inner = 1 - betainc(self.a[0], self.b[0], np.clip(grid.rate - d, 0, 1))
        return float(grid.weight @ (grid.density[0] * inner))

    def _below_ratio(self, ratio: float) -> float:
        """P(second / first <= ratio), integrated over the arm that is narrower on the log scale."""
        from scipy.special import betainc

        spread = self.b / (self.a * (self.a + self.b + 1))
        over = int(spread[1] < spread[0])
        grid = _Grid.of(Betas(self.a[[over]], self.b[[over]]), _inner([1 / ratio, ratio]))
        if over == 0:
            inner = betainc(self.a[1], self.b[1], np.clip(grid.rate * ratio, 0, 1))
        else:
            inner = 1 - betainc(self.a[0], self.b[0], np.clip(grid.rate / ratio, 0, 1))
        return float(grid.weight @ (grid.density[0] * inner))


@dataclass(frozen=True, eq=False)
class _Grid:
    """Nodes on the logit scale: their weights, rates, and each arm's density and distribution there."""

    weight: Floats
    rate: Floats
    density: Floats
    below: Floats

    @classmethod
    def of(cls, arms: Betas, more: Floats | None = None) -> _Grid:
        from scipy.special import betainc, betaln, expit

        edges = [_edges(float(a), float(b)) for a, b in zip(arms.a, arms.b, strict=True)]
        all_edges = np.unique(np.concatenate(edges))
        if more is not None:
            # Where the other arm's distribution has a corner.
            inside = more[(more > all_edges[0]) & (more < all_edges[-1])]
            all_edges = np.unique(np.concatenate([all_edges, inside]))
        node, weight = gauss(all_edges)
        rate = expit(node)
        a, b = arms.a[:, None], arms.b[:, None]
        # log x and log(1 - x) from the logit, exact at both ends.
        log_density = -a * np.logaddexp(0, -node) - b * np.logaddexp(0, node) - betaln(a, b)
        density = np.exp(log_density)
        # With millions of units the constant loses digits; the density is known to add up to 1.
        density /= (density @ weight)[:, None]
        # Above a half by the mirror image: rates that are 1 to all digits still differ in what is left to 1.
        below = np.where(node > 0, 1 - betainc(b, a, expit(-node)), betainc(a, b, rate))
        return cls(weight, rate, density, below)

    def others(self, arm: int) -> Floats:
        """The chance that all other arms lie below each node."""
        return np.asarray(np.delete(self.below, arm, axis=0).prod(axis=0))


def _edges(a: float, b: float) -> Floats:
    """Panels for one arm: over all that it can be, no wider than 5 of its own scales."""
    from scipy.special import betaincinv, logit

    least, mirror = float(betaincinv(a, b, TAIL)), float(betaincinv(b, a, TAIL))
    low = float(logit(least)) if least > 1e-300 else -EDGE
    # The upper end by the mirror image, where a rate near 1 keeps its digits.
    high = -float(logit(mirror)) if mirror > 1e-300 else EDGE
    scale = min(1.0, math.sqrt((a + b) / (a * b)))
    return np.linspace(low, high, max(2, math.ceil((high - low) / (5 * scale)) + 1))


def _inner(rates: list[float]) -> Floats:
    """Logits of those of the rates that lie strictly between 0 and 1."""
    from scipy.special import logit

    return np.array([float(logit(rate)) for rate in rates if 0 < rate < 1])


def _solve(function: Callable[[float], float], low: float, high: float) -> float:
    from scipy.optimize import brentq

    # Rounding may leave an end a hair on the wrong side.
    if function(low) >= 0:
        return low
    return high if function(high) <= 0 else float(brentq(function, low, high, xtol=1e-13, rtol=1e-10))
