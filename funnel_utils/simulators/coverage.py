"""The coverage simulator: how often does an interval of some method hold the truth that it is meant to hold?

An interval of 95% promises to hold the true share in 95 of 100 experiments. For a share of people that promise can be
checked exactly: every number of buyers has its chance and its interval, and the chances of those whose interval holds
the truth are added up. The common formula (Wald's) breaks its promise where few people buy; Wilson's keeps it on
average, Clopper-Pearson's at every share.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

import numpy as np

from funnel_utils import stats
from funnel_utils.errors import SpecError
from funnel_utils.simulators.coverage_picture import describe, figure
from funnel_utils.simulators.dials import Choice, Dial, DialSimulator, Group
from funnel_utils.simulators.inlay import Floats

__all__ = ["CoverageModel", "CoverageOutcome", "CoverageSimulator", "describe", "figure", "simulate_coverage"]

METHODS = ("wald", "wilson", "agresti_coull", "jeffreys", "clopper_pearson")
#: Experiments that are drawn, and shares of the curve.
DRAWN, POINTS = 60, 160
MOST = 2000


@dataclass(frozen=True)
class CoverageModel:
    """A share, a number of people, and a method.

    Parameters
    ----------
    people : int
        People of an experiment, 1 to 2,000.
    rate : float
        The true share that buys.
    method : str
        `"wald"`, `"wilson"`, `"agresti_coull"`, `"jeffreys"` or `"clopper_pearson"`.
    level : float
        What the interval promises.
    sample : int
        Which experiments are drawn.

    Raises
    ------
    SpecError
        Naming the field, what it holds and what is allowed.

    Examples
    --------
    >>> f"{simulate_coverage(CoverageModel(people=50, rate=0.02, method='wald')).coverage:.3f}"
    '0.635'
    """

    people: int = 200
    rate: float = 0.02
    method: str = "wald"
    level: float = 0.95
    sample: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.people <= MOST or self.people != int(self.people):
            raise SpecError(f"people={self.people!r}: a whole number from 1 to {MOST:,}.")
        if not 0 < self.rate < 1:
            raise SpecError(f"rate={self.rate!r}: a share between 0 and 1.")
        if self.method not in METHODS:
            raise SpecError(f"method={self.method!r} is not one of {', '.join(METHODS)}.")
        if not 0.5 <= self.level < 1:
            raise SpecError(f"level={self.level!r}: from 0.5 to below 1.")


@dataclass(frozen=True, eq=False)
class CoverageOutcome:
    """What a method's intervals hold.

    Attributes
    ----------
    model : CoverageModel
    coverage : float
        Chance that the interval holds the true share: exact.
    too_low, too_high : float
        Chance that the whole interval lies below the truth, and above it.
    width : float
        Its expected width.
    curve : tuple of numpy.ndarray
        True shares, and the coverage at each.
    drawn : tuple of numpy.ndarray
        Of some experiments: estimate, lower and upper bound.
    """

    model: CoverageModel
    coverage: float
    too_low: float
    too_high: float
    width: float
    curve: tuple[Floats, Floats]
    drawn: tuple[Floats, Floats, Floats]

    @property
    def missed(self) -> int:
        """How many of the drawn intervals miss the truth."""
        _, low, high = self.drawn
        return int(((low > self.model.rate) | (high < self.model.rate)).sum())


def simulate_coverage(model: CoverageModel) -> CoverageOutcome:
    """Add up the chances of all numbers of buyers whose interval holds the truth."""
    low, high = _intervals(model.people, model.method, round(1 - model.level, 9))
    end = min(1.0, max(2 * model.rate, 0.1))
    rates = np.append(end * (np.arange(POINTS) + 0.5) / POINTS, model.rate)
    chance = _chances(model.people, rates)
    held = (low <= rates[:, None]) & (rates[:, None] <= high)
    covered = np.where(held, chance, 0.0).sum(axis=1)
    mine = chance[-1]
    rng = np.random.default_rng([model.sample, model.people])
    bought = rng.binomial(model.people, model.rate, DRAWN)
    return CoverageOutcome(
        model,
        float(covered[-1]),
        float(mine[high < model.rate].sum()),
        float(mine[low > model.rate].sum()),
        float(mine @ (high - low)),
        (rates[:-1], covered[:-1]),
        (bought / model.people, low[bought], high[bought]),
    )


@lru_cache(maxsize=16)
def _intervals(people: int, method: str, alpha: float) -> tuple[Floats, Floats]:
    """The interval of every number of buyers."""
    found = stats.proportion_interval(np.arange(people + 1.0), float(people), alpha, method=method)
    return found.low, found.high


def _chances(people: int, rates: Floats) -> Floats:
    """The chance of each number of buyers (columns) at each true share (rows)."""
    bought = np.arange(people + 1.0)
    logs = np.outer(np.log(rates), bought) + np.outer(np.log1p(-rates), people - bought) + _ways(people)
    return np.asarray(np.exp(logs))


@lru_cache(maxsize=16)
def _ways(people: int) -> Floats:
    """The logarithm of the number of ways to choose the buyers."""
    from scipy.special import gammaln

    bought = np.arange(people + 1.0)
    return np.asarray(gammaln(people + 1) - gammaln(bought + 1) - gammaln(people - bought + 1))


class CoverageSimulator(DialSimulator):
    """Sliders over a `CoverageModel`.

    Parameters
    ----------
    start : CoverageModel, optional
        Where the controls start and what Reset returns to.
    """

    table = (
        Group("lab.coverage.group.method"),
        Choice("method", "lab.coverage.method", MappingProxyType({m: f"lab.coverage.method.{m}" for m in METHODS})),
        Dial("level", "lab.coverage.level", 50, 99.5, 0.5, scale=100),
        Group("lab.coverage.group.experiment"),
        Dial("people", "lab.coverage.people", 5, 1000, 5, whole=True),
        Dial("rate", "lab.coverage.rate", 0.1, 60, 0.1, scale=100),
        Dial("sample", "lab.sample", 1, 50, 1, whole=True),
    )
    presets = MappingProxyType(
        {
            "lab.coverage.preset.few": CoverageModel(people=50, rate=0.02),
            "lab.coverage.preset.wilson": CoverageModel(people=50, rate=0.02, method="wilson"),
            "lab.coverage.preset.many": CoverageModel(people=1000, rate=0.1),
        }
    )
    first = staticmethod(CoverageModel)
    solve = staticmethod(simulate_coverage)
    draw = staticmethod(figure)
    tell = staticmethod(describe)
