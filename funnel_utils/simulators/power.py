"""The power simulator: two overlapping distributions, the border between them, and how many people pull them apart.

The difference that an experiment will observe is not known, but how it is distributed is: around zero if the treatment
changes nothing, around the planned effect if it does what is hoped. What lies beyond the border is announced. So one
distribution's part beyond it is the false alarms, the other's is the **power**; more people make both narrower.

The numbers are those of `funnel_utils.cro.Design` (R's formula for two proportions); the picture draws the same normal
distributions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from funnel_utils.cro.power import mde_rates, power_rates, size_rates
from funnel_utils.errors import SpecError
from funnel_utils.simulators.dials import Dial, DialSimulator, Group
from funnel_utils.simulators.inlay import Floats
from funnel_utils.simulators.power_picture import describe, figure

__all__ = ["PowerModel", "PowerOutcome", "PowerSimulator", "describe", "figure", "simulate_power"]

#: Points of the curve of power by people.
POINTS = 60


@dataclass(frozen=True)
class PowerModel:
    """A planned experiment.

    Parameters
    ----------
    rate : float
        Share that buys in the control.
    lift : float
        Planned relative change; not 0.
    people : int
        People an arm.
    alpha : float
        Share of experiments without any difference that may announce one, on both sides together.
    target : float
        The power that is wanted.
    per_day : int
        People a day, both arms together.

    Raises
    ------
    SpecError
        Naming the field, what it holds and what is allowed.

    Examples
    --------
    >>> outcome = simulate_power(PowerModel(rate=0.10, lift=0.20))
    >>> outcome.needed
    3841
    """

    rate: float = 0.10
    lift: float = 0.20
    people: int = 2000
    alpha: float = 0.05
    target: float = 0.80
    per_day: int = 280

    def __post_init__(self) -> None:
        if not 0 < self.rate < 1 or not 0 < self.treatment < 1:
            raise SpecError(f"rate={self.rate!r}, lift={self.lift!r}: both arms' rates lie between 0 and 1.")
        for field in ("people", "per_day"):
            value = getattr(self, field)
            if value < 1 or value != int(value):
                raise SpecError(f"{field}={value!r}: a whole number of at least 1.")
        if not 0 < self.alpha < 0.5:
            raise SpecError(f"alpha={self.alpha!r}: between 0 and 0.5.")
        if not self.alpha < self.target < 1:
            raise SpecError(f"target={self.target!r}: between alpha and 1.")

    @property
    def treatment(self) -> float:
        """The treatment's rate, if the effect is as planned."""
        return self.rate * (1 + self.lift)


@dataclass(frozen=True, eq=False)
class PowerOutcome:
    """What a planned experiment will find.

    Attributes
    ----------
    model : PowerModel
    power : float
        Chance to find the planned effect with these people; without any effect to find, the false alarms.
    needed : int or None
        People an arm for the wanted power; `None` where there is no effect to find.
    least : float
        The smallest lift in the planned direction that is found with the wanted power; infinite where none is.
    spread_null, spread_effect : float
        Standard deviation of the observed difference without an effect, and with the planned one.
    border : float
        The observed difference from which on it is announced.
    curve : tuple of numpy.ndarray
        People an arm, and the power that they have.
    """

    model: PowerModel
    power: float
    needed: int | None
    least: float
    spread_null: float
    spread_effect: float
    border: float
    curve: tuple[Floats, Floats]

    @property
    def days(self) -> int:
        """Days until these people have come."""
        return math.ceil(2 * self.model.people / self.model.per_day)

    @property
    def days_needed(self) -> int | None:
        """Days until the people for the wanted power have come."""
        return None if self.needed is None else math.ceil(2 * self.needed / self.model.per_day)


def simulate_power(model: PowerModel) -> PowerOutcome:
    """Work out a plan."""
    from scipy.special import ndtri

    rates, people = (model.rate, model.treatment), model.people
    mean = sum(rates) / 2
    spread_null = math.sqrt(2 * mean * (1 - mean) / people)
    spread_effect = math.sqrt(sum(rate * (1 - rate) for rate in rates) / people)
    flat = model.lift == 0
    needed = None if flat else math.ceil(_first(size_rates(*rates, power=model.target, alpha=model.alpha)) - 1e-9)
    direction = "down" if model.lift < 0 else "up"
    least = _first(mde_rates(model.rate, people, power=model.target, alpha=model.alpha, direction=direction))
    end = 2.0 * max(people, min(needed or people, 20 * people))
    sizes = np.unique(np.append(np.linspace(max(end / POINTS, 2.0), end, POINTS), people))
    powers = np.full(len(sizes), model.alpha) if flat else power_rates(*rates, sizes, alpha=model.alpha)
    curve = sizes, np.asarray(powers, np.float64)
    return PowerOutcome(
        model,
        float(curve[1][np.searchsorted(sizes, people)]),
        needed,
        least / model.rate if math.isfinite(least) else math.copysign(math.inf, model.lift),
        spread_null,
        spread_effect,
        float(-ndtri(model.alpha / 2)) * spread_null,
        curve,
    )


def _first(values: Any) -> float:
    return float(np.atleast_1d(values)[0])


class PowerSimulator(DialSimulator):
    """Sliders over a `PowerModel`.

    Parameters
    ----------
    start : PowerModel, optional
        Where the controls start and what Reset returns to.
    """

    table = (
        Group("lab.power.group.effect"),
        Dial("rate", "lab.rate", 0.5, 60, 0.5, scale=100),
        Dial("lift", "lab.power.lift", -40, 60, 1, scale=100),
        Group("lab.power.group.experiment"),
        Dial("people", "lab.power.people", 50, 40_000, 50, whole=True),
        Dial("per_day", "lab.power.per_day", 20, 5000, 20, whole=True),
        Group("lab.power.group.errors"),
        Dial("alpha", "lab.power.alpha", 0.5, 20, 0.5, scale=100),
        Dial("target", "lab.power.target", 50, 99, 1, scale=100),
    )
    presets = MappingProxyType(
        {
            "lab.power.preset.checkout": PowerModel(people=3900),
            "lab.power.preset.small": PowerModel(lift=0.05, people=3900),
            "lab.power.preset.rare": PowerModel(rate=0.01, lift=0.10, people=20_000),
        }
    )
    first = staticmethod(PowerModel)
    solve = staticmethod(simulate_power)
    draw = staticmethod(figure)
    tell = staticmethod(describe)
