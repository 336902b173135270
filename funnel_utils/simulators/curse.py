"""The winner's-curse simulator: a shop ships what wins, and what won brings less than it promised.

Ideas differ in what they are worth; most are worth little. Each is tested, and what the test finds is the worth plus
luck. Those that win have, on average, both: worth **and** luck. The luck does not come back. The fewer people a test
has, the more of a win is luck. Who knows how much ideas are worth in general can say beforehand how much to believe
(shrinkage): the observed lift times the share of its variance that is worth.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import numpy as np

from funnel_utils.errors import SpecError
from funnel_utils.simulators.curse_picture import describe, figure
from funnel_utils.simulators.dials import Dial, DialSimulator, Group
from funnel_utils.simulators.inlay import Floats

__all__ = ["CurseModel", "CurseOutcome", "CurseSimulator", "describe", "figure", "simulate_curse"]

EXPERIMENTS = 20_000
#: Experiments that are drawn as dots.
SHOWN = 350


@dataclass(frozen=True)
class CurseModel:
    """What ideas are worth, and how they are tested.

    Parameters
    ----------
    people : int
        People an arm.
    rate : float
        Share that buys in the control.
    mean, spread : float
        Mean and standard deviation of the true lifts of the shop's ideas, which are normal.
    alpha : float
        Two-sided level; an idea wins that is better beyond it.

    Raises
    ------
    SpecError
        Naming the field, what it holds and what is allowed.

    Examples
    --------
    >>> outcome = simulate_curse(CurseModel())
    >>> outcome.promised > outcome.brought, abs(outcome.believed - outcome.brought) < 0.005
    (True, True)
    """

    people: int = 4000
    rate: float = 0.10
    mean: float = 0.0
    spread: float = 0.05
    alpha: float = 0.05

    def __post_init__(self) -> None:
        if self.people < 10 or self.people != int(self.people):
            raise SpecError(f"people={self.people!r}: a whole number of at least 10.")
        if not 0 < self.rate < 1:
            raise SpecError(f"rate={self.rate!r}: a share between 0 and 1.")
        if not 0 <= self.spread <= 1 or not -0.5 <= self.mean <= 0.5:
            raise SpecError(f"spread={self.spread!r}, mean={self.mean!r}: from 0 to 1, and from -0.5 to 0.5.")
        if not 0 < self.alpha < 1:
            raise SpecError(f"alpha={self.alpha!r}: between 0 and 1.")

    @property
    def noise(self) -> float:
        """Standard error of an observed lift, where lifts are small: the control's rate stands for both arms'."""
        return math.sqrt(2 * (1 - self.rate) / (self.rate * self.people))

    @property
    def trust(self) -> float:
        """The share of the variance of observed lifts that is worth and not luck."""
        return self.spread**2 / (self.spread**2 + self.noise**2)


@dataclass(frozen=True, eq=False)
class CurseOutcome:
    """What many tests find, and what the winners are worth.

    Attributes
    ----------
    model : CurseModel
    border : float
        The observed lift from which on an idea wins.
    wins : float
        Share of ideas that win.
    promised, brought, believed : float
        Mean observed lift of the winners; their mean true lift; what shrinkage makes of the first. NaN without winners.
    worthless : float
        Share of the winners whose true lift is not above zero.
    true, seen : numpy.ndarray
        True and observed lifts of some ideas.
    """

    model: CurseModel
    border: float
    wins: float
    promised: float
    brought: float
    believed: float
    worthless: float
    true: Floats
    seen: Floats

    @property
    def winners(self) -> int:
        """How many of the drawn ideas win."""
        return int((self.seen > self.border).sum())


def simulate_curse(model: CurseModel) -> CurseOutcome:
    """Draw the ideas and test them all."""
    from scipy.special import ndtri

    worth, luck = _luck()
    true = model.mean + model.spread * worth
    seen = true + model.noise * luck
    border = float(-ndtri(model.alpha / 2)) * model.noise
    wins = seen > border
    won = int(wins.sum())
    shrunken = model.mean + model.trust * (seen - model.mean)

    def of_winners(values: Any) -> float:
        return float(values[wins].mean()) if won else math.nan

    return CurseOutcome(
        model,
        border,
        wins=won / EXPERIMENTS,
        promised=of_winners(seen),
        brought=of_winners(true),
        believed=of_winners(shrunken),
        worthless=of_winners(true <= 1e-12),
        true=true[:SHOWN],
        seen=seen[:SHOWN],
    )


@lru_cache(maxsize=1)
def _luck() -> tuple[Floats, Floats]:
    """Two standard normal numbers an idea: its worth, and its luck."""
    drawn = np.random.default_rng(29).standard_normal((2, EXPERIMENTS))
    return drawn[0], drawn[1]


class CurseSimulator(DialSimulator):
    """Sliders over a `CurseModel`.

    Parameters
    ----------
    start : CurseModel, optional
        Where the controls start and what Reset returns to.
    """

    table = (
        Group("lab.curse.group.ideas"),
        Dial("mean", "lab.curse.mean", -10, 10, 0.5, scale=100),
        Dial("spread", "lab.curse.spread", 0, 30, 0.5, scale=100),
        Group("lab.curse.group.test"),
        Dial("people", "lab.curse.people", 200, 200_000, 200, whole=True),
        Dial("rate", "lab.rate", 1, 60, 0.5, scale=100),
        Dial("alpha", "lab.curse.alpha", 0.5, 20, 0.5, scale=100),
    )
    presets = MappingProxyType(
        {
            "lab.curse.preset.small": CurseModel(people=1000),
            "lab.curse.preset.large": CurseModel(people=100_000),
            "lab.curse.preset.nothing": CurseModel(spread=0.0),
        }
    )
    first = staticmethod(CurseModel)
    solve = staticmethod(simulate_curse)
    draw = staticmethod(figure)
    tell = staticmethod(describe)
