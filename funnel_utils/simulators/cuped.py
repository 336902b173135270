"""The covariate simulator: what people spent before explains much of what they spend now, and can be taken out.

People differ, and the lot deals them out unevenly: that is the noise an experiment has to shout over. Much of it is
known beforehand. CUPED subtracts from everybody's spend what their spend *before* leads one to expect; the effect
stays, the noise shrinks by the squared correlation. The covariate must be older than the lot: one that the treatment
could change takes a part of the effect away with it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import numpy as np

from funnel_utils.cro.cuped import Arm, cuped_means
from funnel_utils.errors import SpecError
from funnel_utils.simulators.cuped_picture import describe, figure
from funnel_utils.simulators.dials import Dial, DialSimulator, Group
from funnel_utils.simulators.inlay import Floats

__all__ = ["CupedModel", "CupedOutcome", "CupedSimulator", "describe", "figure", "simulate_cuped"]

#: Mean spend, thousand toman.
MEAN = 100.0


@dataclass(frozen=True)
class CupedModel:
    """An experiment on spend, with the spend before.

    Parameters
    ----------
    people : int
        People an arm.
    correlation : float
        Of spend before with spend now, 0 to 0.99.
    lift : float
        What the treatment does to spend now.
    spread : float
        Standard deviation of spend over its mean.
    leak : float
        Share of the effect that is in the covariate already, because it was measured too late.
    sample : int
        Which people are drawn.

    Raises
    ------
    SpecError
        Naming the field, what it holds and what is allowed.

    Examples
    --------
    >>> outcome = simulate_cuped(CupedModel(correlation=0.7))
    >>> round(outcome.reduction, 1), outcome.adjusted[2] - outcome.adjusted[1] < outcome.plain[2] - outcome.plain[1]
    (0.5, True)
    """

    people: int = 1000
    correlation: float = 0.7
    lift: float = 0.03
    spread: float = 0.35
    leak: float = 0.0
    sample: int = 1

    def __post_init__(self) -> None:
        if self.people < 10 or self.people != int(self.people):
            raise SpecError(f"people={self.people!r}: a whole number of at least 10.")
        if not 0 <= self.correlation <= 0.99:
            raise SpecError(f"correlation={self.correlation!r}: from 0 to 0.99.")
        if not -1 < self.lift < 5:
            raise SpecError(f"lift={self.lift!r}: above -1 and below 5.")
        if not 0 < self.spread <= 5:
            raise SpecError(f"spread={self.spread!r}: above 0, at most 5.")
        if not 0 <= self.leak <= 1:
            raise SpecError(f"leak={self.leak!r}: a share from 0 to 1.")


@dataclass(frozen=True, eq=False)
class CupedOutcome:
    """What the experiment finds, without the covariate and with it.

    Attributes
    ----------
    model : CupedModel
    plain, adjusted : tuple of float
        The difference, the ends of its 95% interval, and p.
    reduction : float
        Share of the variance that is taken out.
    theta : float
        What a thousand toman before lead one to expect now.
    biased : float
        What the adjusted difference is expected to be: less than the effect where the covariate leaks.
    before, now : tuple of numpy.ndarray
        Spend of some people of each arm.
    """

    model: CupedModel
    plain: tuple[float, float, float, float]
    adjusted: tuple[float, float, float, float]
    reduction: float
    theta: float
    biased: float
    before: tuple[Floats, Floats]
    now: tuple[Floats, Floats]

    @property
    def effect(self) -> float:
        """The true difference, thousand toman."""
        return MEAN * self.model.lift

    @property
    def worth(self) -> float:
        """So many people an arm would be as exact without the covariate."""
        return self.model.people / max(1 - self.reduction, 1e-9)


#: People of each arm who are drawn as dots.
SHOWN = 90


def simulate_cuped(model: CupedModel) -> CupedOutcome:
    """Draw the people, and analyse them both ways."""
    base, luck = _people(model.people, model.sample)
    spread = MEAN * model.spread
    rest = math.sqrt(1 - model.correlation**2)
    arms, before, now = [], [], []
    for arm in (0, 1):
        effect = MEAN * model.lift * arm
        old = MEAN + spread * base[arm] + model.leak * effect
        new = MEAN + spread * (model.correlation * base[arm] + rest * luck[arm]) + effect
        arms.append(Arm(model.people, np.array([new.mean(), old.mean()]), np.cov(new, old)))
        before.append(old[:SHOWN])
        now.append(new[:SHOWN])
    found = cuped_means(arms[1], arms[0], 0, [1])
    read = [tuple(float(getattr(one, name)[0]) for name in ("difference", "low", "high", "p")) for one in _both(found)]
    theta = float(np.ravel(found.theta)[0])
    effect = MEAN * model.lift
    return CupedOutcome(
        model,
        read[0],  # type: ignore[arg-type]
        read[1],  # type: ignore[arg-type]
        float(np.ravel(found.reduction)[0]),
        theta,
        effect * (1 - model.correlation * model.leak),
        (before[0], before[1]),
        (now[0], now[1]),
    )


def _both(found: Any) -> tuple[Any, Any]:
    return found.plain, found.comparison


@lru_cache(maxsize=4)
def _people(people: int, sample: int) -> tuple[Floats, Floats]:
    """Two standard normal numbers of everybody: what they are like, and their luck; an arm a row."""
    drawn = np.random.default_rng([sample, 77]).standard_normal((2, 2, people))
    return drawn[0], drawn[1]


class CupedSimulator(DialSimulator):
    """Sliders over a `CupedModel`.

    Parameters
    ----------
    start : CupedModel, optional
        Where the controls start and what Reset returns to.
    """

    table = (
        Group("lab.cuped.group.covariate"),
        Dial("correlation", "lab.cuped.correlation", 0, 0.95, 0.05),
        Dial("leak", "lab.cuped.leak", 0, 100, 5, scale=100),
        Group("lab.cuped.group.experiment"),
        Dial("people", "lab.cuped.people", 50, 20_000, 50, whole=True),
        Dial("lift", "lab.lift", -20, 30, 1, scale=100),
        Dial("spread", "lab.cuped.spread", 10, 45, 1, scale=100),
        Dial("sample", "lab.sample", 1, 50, 1, whole=True),
    )
    presets = MappingProxyType(
        {
            "lab.cuped.preset.stranger": CupedModel(correlation=0.0),
            "lab.cuped.preset.late": CupedModel(leak=1.0),
        }
    )
    first = staticmethod(CupedModel)
    solve = staticmethod(simulate_cuped)
    draw = staticmethod(figure)
    tell = staticmethod(describe)
