"""The peeking simulator: look at a running test again and again, and see how often it cries wolf.

Many experiments of one kind are run at once: who buys is drawn from each arm's rate. After every look each rule decides
whether to stop. *Peeking* stops at the first p below the level, as if each look were the only one. The remedies stop at
borders that know of the other looks: O'Brien-Fleming's for looks that were planned, and an always-valid one that would
allow a look after every person. What theory says of peeking is drawn over what the simulation found.

With a true difference the same picture shows the price of each remedy: how often it finds what is there, and how soon.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from funnel_utils.cro import AlwaysValid, GroupSequential, peeking_curve
from funnel_utils.errors import SpecError
from funnel_utils.simulators.dials import Choice, Dial, DialSimulator, Group
from funnel_utils.simulators.inlay import Floats
from funnel_utils.simulators.peeking_picture import describe, figure

__all__ = ["RULES", "PeekingModel", "PeekingOutcome", "PeekingSimulator", "describe", "figure", "simulate_peeking"]

#: Experiments, and looks of all experiments together, at most: what a slider can wait for.
EXPERIMENTS, CELLS = 10_000, 200_000
#: The rules: stop at the first p below the level; two borders that know of the looks; one look in the end.
RULES = ("peek", "obrien_fleming", "always_valid", "wait")
MOST_LOOKS = 50


@dataclass(frozen=True)
class PeekingModel:
    """A kind of experiment, and how often one looks.

    Parameters
    ----------
    looks : int
        Equally spaced looks, 1 to 50; the last is the planned end.
    per_look : int
        People an arm gets between two looks.
    rate : float
        Share that buys in the control.
    lift : float
        By how much more (relatively) the treatment's people buy; 0: there is no difference.
    alpha : float
        The level: stop at the first p below it.
    rule : str
        The rule whose border is drawn: one of `RULES`.

    Raises
    ------
    SpecError
        Naming the field, what it holds and what is allowed.

    Examples
    --------
    >>> outcome = simulate_peeking(PeekingModel(looks=20))
    >>> f"{outcome.theory[-1]:.3f}", bool(abs(outcome.stopped['peek'][-1] - outcome.theory[-1]) < 0.02)
    ('0.248', True)
    """

    looks: int = 20
    per_look: int = 200
    rate: float = 0.10
    lift: float = 0.0
    alpha: float = 0.05
    rule: str = "peek"

    def __post_init__(self) -> None:
        if not 1 <= self.looks <= MOST_LOOKS or self.looks != int(self.looks):
            raise SpecError(f"looks={self.looks!r}: a whole number from 1 to {MOST_LOOKS}.")
        if self.per_look < 1 or self.per_look != int(self.per_look):
            raise SpecError(f"per_look={self.per_look!r}: a whole number of at least 1.")
        if not 0 < self.rate < 1 or not 0 < self.treatment < 1:
            raise SpecError(f"rate={self.rate!r}, lift={self.lift!r}: both arms' rates lie between 0 and 1.")
        if not 0.001 <= self.alpha <= 0.5:
            raise SpecError(f"alpha={self.alpha!r}: a level from 0.001 to 0.5.")
        if self.rule not in RULES:
            raise SpecError(f"rule={self.rule!r} is not one of {', '.join(RULES)}.")

    @property
    def treatment(self) -> float:
        """The treatment's rate."""
        return self.rate * (1 + self.lift)

    @property
    def drift(self) -> float:
        """The z that is expected at the last look."""
        mean = (self.rate + self.treatment) / 2
        spread = np.sqrt(mean * (1 - mean) * 2 / (self.looks * self.per_look))
        return float((self.treatment - self.rate) / spread)


@dataclass(frozen=True, eq=False)
class PeekingOutcome:
    """What becomes of many experiments.

    Attributes
    ----------
    model : PeekingModel
    experiments : int
        How many were simulated.
    theory : numpy.ndarray
        Chance that peeking has stopped by each look.
    stopped : mapping of str to numpy.ndarray
        Share of the simulated experiments that each rule has stopped by each look.
    wrong_way : mapping of str to float
        Share that each rule stopped for the worse arm; 0 where none is worse.
    looks_needed : mapping of str to float
        Mean number of looks until a rule stops, or the last look.
    borders : mapping of str to numpy.ndarray
        The z at which each rule stops, by look.
    paths : numpy.ndarray
        z of a few experiments (rows) at each look.
    """

    model: PeekingModel
    experiments: int
    theory: Floats
    stopped: MappingProxyType[str, Floats]
    wrong_way: MappingProxyType[str, float]
    looks_needed: MappingProxyType[str, float]
    borders: MappingProxyType[str, Floats]
    paths: Floats


def simulate_peeking(model: PeekingModel) -> PeekingOutcome:
    """Run the experiments and apply every rule to each.

    The same model gives the same outcome: the luck is drawn anew only where looks, people or rates change.
    """
    z = _paths(model.looks, model.per_look, model.rate, model.treatment)
    borders = _borders(model.looks, model.alpha)
    stopped, wrong, needed = {}, {}, {}
    for rule, border in borders.items():
        crossed = np.abs(z) > border
        ever = crossed.any(axis=1)
        first = np.where(ever, crossed.argmax(axis=1), model.looks)
        stopped[rule] = np.cumsum(np.bincount(first, minlength=model.looks + 1)[: model.looks]) / len(z)
        at = z[np.flatnonzero(ever), first[ever]]
        wrong[rule] = float(np.count_nonzero(at * model.lift < 0) / len(z))
        needed[rule] = float(np.minimum(first + 1, model.looks).mean())
    theory = peeking_curve(model.looks, alpha=model.alpha, drift=model.drift)["stopped"].to_numpy(float)
    frozen = MappingProxyType(stopped), MappingProxyType(wrong), MappingProxyType(needed)
    return PeekingOutcome(model, len(z), theory, *frozen, borders, z[:SHOWN])


#: Experiments whose way is drawn.
SHOWN = 14


@lru_cache(maxsize=4)
def _paths(looks: int, per_look: int, rate: float, other: float) -> Floats:
    """z of each experiment (rows) at each look: the score test of the counts so far."""
    rng = np.random.default_rng(20)
    size = (min(EXPERIMENTS, CELLS // looks), looks)
    draws = (binomial(per_look, share)[rng.integers(0, GRAIN, size, dtype=np.uint16)] for share in (rate, other))
    bought = [np.cumsum(drawn, axis=1) for drawn in draws]
    people = per_look * np.arange(1.0, looks + 1)
    pooled = (bought[0] + bought[1]) / (2 * people)
    spread = np.sqrt(pooled * (1 - pooled) * 2 * people)
    z: NDArray[np.float64] = np.divide(bought[1] - bought[0], spread, out=np.zeros(size), where=spread > 0)
    return z


#: A binomial is drawn from so many of its quantiles: thirty times as fast, and as good for shares of 10,000.
GRAIN = 1 << 16


@lru_cache(maxsize=16)
def binomial(people: int, rate: float) -> Floats:
    """The quantiles of the number who buy, at the middles of `GRAIN` equal slices.

    Examples
    --------
    >>> quantiles = binomial(200, 0.1)
    >>> bool(abs(quantiles.mean() - 20) < 0.01), bool(abs(quantiles.var() - 18) < 0.1)
    (True, True)
    """
    from scipy.special import bdtr

    below = bdtr(np.arange(people + 1.0), people, rate)
    return np.searchsorted(below, (np.arange(GRAIN) + 0.5) / GRAIN).astype(np.float64)


@lru_cache(maxsize=32)
def _borders(looks: int, alpha: float) -> MappingProxyType[str, Floats]:
    """The z at which each rule stops, by look."""
    once = float(GroupSequential("pocock", looks=1, alpha=alpha).z[0])
    share = np.arange(1.0, looks + 1) / looks
    return MappingProxyType(
        {
            "peek": np.full(looks, once),
            "obrien_fleming": GroupSequential("obrien_fleming", looks=looks, alpha=alpha).z,
            # Only the proportion of people to the planned end matters to the border, not their number.
            "always_valid": AlwaysValid(1_000_000, alpha=alpha).critical(share * 1_000_000),
            "wait": np.where(share < 1, np.inf, once),
        }
    )


class PeekingSimulator(DialSimulator):
    """Sliders over a `PeekingModel`.

    Parameters
    ----------
    start : PeekingModel, optional
        Where the controls start and what Reset returns to.
    """

    table = (
        Group("lab.peeking.group.looks"),
        Dial("looks", "lab.peeking.looks", 1, MOST_LOOKS, 1, whole=True),
        Dial("alpha", "lab.peeking.alpha", 0.5, 20, 0.5, scale=100),
        Choice("rule", "lab.peeking.rule", MappingProxyType({rule: f"lab.peeking.rule.{rule}" for rule in RULES})),
        Group("lab.peeking.group.experiment"),
        Dial("lift", "lab.lift", -30, 50, 1, scale=100),
        Dial("rate", "lab.rate", 1, 60, 0.5, scale=100),
        Dial("per_look", "lab.peeking.per_look", 20, 4000, 10, whole=True),
    )
    presets = MappingProxyType(
        {
            "lab.peeking.preset.daily": PeekingModel(looks=28, per_look=140),
            "lab.peeking.preset.once": PeekingModel(looks=1, per_look=4000),
            "lab.peeking.preset.effect": PeekingModel(looks=20, per_look=200, lift=0.2, rule="obrien_fleming"),
        }
    )
    first = staticmethod(PeekingModel)
    solve = staticmethod(simulate_peeking)
    draw = staticmethod(figure)
    tell = staticmethod(describe)
