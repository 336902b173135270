"""The split simulator: an arm loses some of its people, the rates lie, and the counts give it away.

Half of the people were meant for each arm. Of the treatment a share is never counted: a redirect fails, a page is
slow, a filter for robots is too keen. If the lost were like the others nothing but people would be lost. But slow
connections belong to people who seldom buy, so those who are left look better: a **lift that nobody caused**. The check
of the split (sample-ratio mismatch: chi-square of the counts against the plan) sees it, mostly before the lift can be
told from luck.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from funnel_utils import stats
from funnel_utils.cro.power import power_rates
from funnel_utils.errors import SpecError
from funnel_utils.simulators.dials import Dial, DialSimulator, Group
from funnel_utils.simulators.inlay import Floats
from funnel_utils.simulators.srm_picture import describe, figure

__all__ = ["SplitModel", "SplitOutcome", "SplitSimulator", "describe", "figure", "simulate_split"]

#: The border of the check: so low because it is made in every experiment, and what it finds ends the analysis.
BORDER = 0.001
#: Points of the curves by what is lost.
POINTS = 40


@dataclass(frozen=True)
class SplitModel:
    """An experiment that loses people.

    Parameters
    ----------
    people : int
        People who were given an arm, both together.
    rate : float
        Share that buys in the control.
    lift : float
        What the treatment really does.
    lost : float
        Share of the treatment's people who are not counted.
    weight : float
        How many times as likely as the others they are to buy.
    planned : float
        Share of people meant for the treatment.

    Raises
    ------
    SpecError
        Naming the field, what it holds and what is allowed.

    Examples
    --------
    >>> outcome = simulate_split(SplitModel())
    >>> f"{outcome.seen_lift:+.1%}", outcome.p < 0.001
    ('+4.4%', True)
    """

    people: int = 20_000
    rate: float = 0.20
    lift: float = 0.0
    lost: float = 0.06
    weight: float = 0.3
    planned: float = 0.5

    def __post_init__(self) -> None:
        if self.people < 10 or self.people != int(self.people):
            raise SpecError(f"people={self.people!r}: a whole number of at least 10.")
        if not 0 < self.rate < 1 or not 0 < self.rate * (1 + self.lift) <= 1:
            raise SpecError(f"rate={self.rate!r}, lift={self.lift!r}: both arms' rates lie between 0 and 1.")
        if not 0 <= self.lost <= 0.9:
            raise SpecError(f"lost={self.lost!r}: a share from 0 to 0.9.")
        if not 0 <= self.weight <= 100:
            raise SpecError(f"weight={self.weight!r}: from 0 to 100.")
        if not 0 < self.planned < 1:
            raise SpecError(f"planned={self.planned!r}: a share between 0 and 1.")

    @property
    def bias(self) -> float:
        """How many times as likely to buy those who are left are, against all."""
        return float(_bias(self.lost, self.weight))


def _bias(lost: Any, weight: float) -> Any:
    """Rate of those left over the rate of all, where the lost are `weight` times as likely to buy as those left."""
    return 1 / (1 - lost + lost * weight)


@dataclass(frozen=True, eq=False)
class SplitOutcome:
    """What is to be expected of such an experiment.

    Attributes
    ----------
    model : SplitModel
    control, treatment : float
        People who are counted in each arm.
    p : float
        p of the split, at these counts.
    alarm : float
        Chance that the check sounds (p < 0.001).
    seen_rate, seen_lift : float
        The treatment's rate and lift as they look.
    low, high : float
        Its 95% interval, at these counts.
    win : float
        Chance that a test at the 5% level would call the treatment better.
    curve : tuple of numpy.ndarray
        Lost shares; chance of the alarm and of the win at each.
    """

    model: SplitModel
    control: float
    treatment: float
    p: float
    alarm: float
    seen_rate: float
    seen_lift: float
    low: float
    high: float
    win: float
    curve: tuple[Floats, Floats, Floats]


def simulate_split(model: SplitModel) -> SplitOutcome:
    """Work out the expected counts and rates, and the chances of alarm and win."""
    control = model.people * (1 - model.planned)
    treatment = model.people * model.planned * (1 - model.lost)
    counts = np.array([control, treatment])
    p = float(np.atleast_1d(stats.chi_square_fit(counts, [1 - model.planned, model.planned]).p)[0])
    rate = min(model.rate * (1 + model.lift) * model.bias, 1 - 1e-9)
    bought = rate * treatment, model.rate * control
    interval = stats.ratio_interval(bought[0], treatment, bought[1], control)
    lost = np.append(np.linspace(0.0, max(0.12, 1.5 * model.lost), POINTS), model.lost)
    alarms, wins = _alarm(model, lost), _win(model, lost)
    return SplitOutcome(
        model,
        control,
        treatment,
        p,
        float(alarms[-1]),
        rate,
        rate / model.rate - 1,
        float(interval.low[0]) - 1,
        float(interval.high[0]) - 1,
        float(wins[-1]),
        (lost[:-1], alarms[:-1], wins[:-1]),
    )


def _alarm(model: SplitModel, lost: Floats) -> Floats:
    """Chance that the check sounds: the noncentral chi-square with one degree of freedom, as two normal tails."""
    from scipy.special import ndtr, ndtri

    kept = model.people * (1 - model.planned * lost)
    share = model.planned * (1 - lost) / (1 - model.planned * lost)
    spread = math.sqrt(model.planned * (1 - model.planned))
    own = np.sqrt(share * (1 - share))
    z, shift = -ndtri(BORDER / 2) * spread, (share - model.planned) * np.sqrt(kept)
    return np.asarray(ndtr((-z - shift) / own) + ndtr((shift - z) / own))


def _win(model: SplitModel, lost: Floats) -> Floats:
    """Chance that a test at the 5% level finds the treatment better."""
    seen = np.minimum(model.rate * (1 + model.lift) * _bias(lost, model.weight), 1 - 1e-9)
    treatment = model.people * model.planned * (1 - lost)
    ratio = model.people * (1 - model.planned) / treatment
    # A win is one side of the two-sided test at 5%.
    asked: dict[str, Any] = {"ratio": ratio, "alpha": 0.025, "alternative": "larger"}
    return np.asarray(power_rates(model.rate, seen, treatment, **asked), np.float64)


class SplitSimulator(DialSimulator):
    """Sliders over a `SplitModel`.

    Parameters
    ----------
    start : SplitModel, optional
        Where the controls start and what Reset returns to.
    """

    table = (
        Group("lab.srm.group.lost"),
        Dial("lost", "lab.srm.lost", 0, 30, 0.5, scale=100),
        Dial("weight", "lab.srm.weight", 0, 3, 0.1),
        Group("lab.srm.group.experiment"),
        Dial("people", "lab.srm.people", 500, 200_000, 500, whole=True),
        Dial("rate", "lab.rate", 1, 60, 0.5, scale=100),
        Dial("lift", "lab.lift", -20, 30, 1, scale=100),
        Dial("planned", "lab.srm.planned", 5, 95, 1, scale=100),
    )
    presets = MappingProxyType(
        {
            "lab.srm.preset.fair": SplitModel(lost=0.0),
            "lab.srm.preset.alike": SplitModel(weight=1.0),
            "lab.srm.preset.hidden": SplitModel(people=3000, lost=0.04, weight=0.0),
        }
    )
    first = staticmethod(SplitModel)
    solve = staticmethod(simulate_split)
    draw = staticmethod(figure)
    tell = staticmethod(describe)
