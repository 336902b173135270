"""The interaction simulator: two changes of one page, alone and together, and what one learns by testing one at a time.

Two changes make four cells. If the effect of one is the same whether the other is there or not, they add up, and every
person serves both questions. If not, they **interact**: the difference of the two differences. Who tests one change
after the other never sees the fourth cell, and adds up what does not add. The interaction is as hard to see as it is
important: with the same people its standard error is twice that of a change's mean effect.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from types import MappingProxyType

import numpy as np
import pandas as pd

from funnel_utils.charts import style
from funnel_utils.cro.factorial import Factorial
from funnel_utils.errors import SpecError
from funnel_utils.simulators.dials import Dial, DialSimulator, Group
from funnel_utils.simulators.inlay import Floats
from funnel_utils.simulators.interaction_picture import describe, figure

__all__ = ["InteractionModel", "InteractionOutcome", "InteractionSimulator", "describe", "figure"]
__all__ += ["simulate_interaction"]

FACTORS = ("date", "badge")
#: The cells: neither, the date, the badge, both.
CELLS = ((0, 0), (1, 0), (0, 1), (1, 1))


@dataclass(frozen=True)
class InteractionModel:
    """Two changes and how they work together.

    Parameters
    ----------
    base : float
        Share that buys where nothing is changed.
    date, badge : float
        What each change adds to it alone.
    joint : float
        What is added beside both where both are there; 0: they add up.
    people : int
        People a cell.
    sample : int
        Which people are drawn.

    Raises
    ------
    SpecError
        Naming the field, what it holds and what is allowed.

    Examples
    --------
    >>> outcome = simulate_interaction(InteractionModel())
    >>> [round(rate, 3) for rate in outcome.true], outcome.best
    ([0.1, 0.125, 0.115, 0.115], 1)
    """

    base: float = 0.10
    date: float = 0.025
    badge: float = 0.015
    joint: float = -0.025
    people: int = 3000
    sample: int = 1

    def __post_init__(self) -> None:
        if self.people < 10 or self.people != int(self.people):
            raise SpecError(f"people={self.people!r}: a whole number of at least 10.")
        if not 0 < self.base < 1:
            raise SpecError(f"base={self.base!r}: a share between 0 and 1.")

    @property
    def rates(self) -> tuple[float, ...]:
        """The true rate of each cell, held between 0.1% and 99.9%."""
        own = (self.base + a * self.date + b * self.badge + a * b * self.joint for a, b in CELLS)
        return tuple(min(max(rate, 0.001), 0.999) for rate in own)


@dataclass(frozen=True, eq=False)
class InteractionOutcome:
    """What is true, and what an experiment of four cells finds.

    Attributes
    ----------
    model : InteractionModel
    true : tuple of float
        The rate of each cell: neither, date, badge, both.
    seen, low, high : numpy.ndarray
        Observed rates with their 95% (Wilson) intervals.
    effects : pandas.DataFrame
        Of `Factorial`: `effect`, `difference`, `low`, `high`, `p` for the date, the badge and their interaction.
    power : float
        Chance that the interaction is found at the 5% level.
    needed : int or None
        People a cell to find it in 80% of experiments; `None` where there is none.
    """

    model: InteractionModel
    true: tuple[float, ...]
    seen: Floats
    low: Floats
    high: Floats
    effects: pd.DataFrame
    power: float
    needed: int | None

    @cached_property
    def found(self) -> dict[str, dict[str, float]]:
        """Each effect's difference and interval."""
        rows, keys = style.records(self.effects), ("difference", "low", "high")
        return {str(row["effect"]): {key: float(row[key]) for key in keys} for row in rows}

    @property
    def best(self) -> int:
        """The truly best cell."""
        return int(np.argmax(self.true))

    @property
    def joint(self) -> float:
        """The true interaction: the difference of the two differences."""
        return self.true[3] - self.true[2] - self.true[1] + self.true[0]

    @property
    def promised(self) -> float:
        """What two separate tests promise for both changes together."""
        return self.true[1] + self.true[2] - 2 * self.true[0]

    @property
    def brought(self) -> float:
        """What both together bring."""
        return self.true[3] - self.true[0]


def simulate_interaction(model: InteractionModel) -> InteractionOutcome:
    """Draw the four cells and analyse them."""
    from scipy.special import ndtr, ndtri

    rates = np.array(model.rates)
    # The same luck for everybody however the rates are set, so that a slider moves the picture and not the dice.
    luck = np.random.default_rng([model.sample, 5]).standard_normal(4)
    spread = np.sqrt(model.people * rates * (1 - rates))
    bought = np.clip(np.round(model.people * rates + spread * luck), 0, model.people).astype(int)
    cells, effects = _analysed(model.people, tuple(bought.tolist()))
    joint = rates[3] - rates[2] - rates[1] + rates[0]
    noise = float((rates * (1 - rates)).sum())
    z = abs(joint) / math.sqrt(noise / model.people)
    border = float(-ndtri(0.025))
    needed = None
    if abs(joint) > 1e-9:
        needed = math.ceil(noise * ((border + float(ndtri(0.8))) / joint) ** 2)
    return InteractionOutcome(
        model,
        tuple(rates.tolist()),
        cells["rate"].to_numpy(float),
        cells["low"].to_numpy(float),
        cells["high"].to_numpy(float),
        effects,
        float(ndtr(z - border) + ndtr(-z - border)),
        needed,
    )


@lru_cache(maxsize=64)
def _analysed(people: int, bought: tuple[int, ...]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The cells in the order of `CELLS`, and the effects."""
    levels = ("no", "yes")
    frame = pd.DataFrame([(levels[a], levels[b]) for a, b in CELLS], columns=list(FACTORS))
    result = Factorial(dict.fromkeys(FACTORS, levels)).run(frame.assign(n=people, converted=bought))
    cells = frame.merge(result.cells, on=list(FACTORS), how="left")
    return cells, result.effects


class InteractionSimulator(DialSimulator):
    """Sliders over an `InteractionModel`.

    Parameters
    ----------
    start : InteractionModel, optional
        Where the controls start and what Reset returns to.
    """

    table = (
        Group("lab.interaction.group.effects"),
        Dial("base", "lab.interaction.base", 1, 60, 0.5, scale=100),
        Dial("date", "lab.interaction.date", -5, 10, 0.5, scale=100),
        Dial("badge", "lab.interaction.badge", -5, 10, 0.5, scale=100),
        Dial("joint", "lab.interaction.joint", -10, 10, 0.5, scale=100),
        Group("lab.interaction.group.experiment"),
        Dial("people", "lab.interaction.people", 100, 20_000, 100, whole=True),
        Dial("sample", "lab.sample", 1, 50, 1, whole=True),
    )
    presets = MappingProxyType(
        {
            "lab.interaction.preset.sum": InteractionModel(joint=0.0),
            "lab.interaction.preset.only": InteractionModel(date=0.0, badge=0.0, joint=0.04),
            "lab.interaction.preset.harm": InteractionModel(date=0.02, badge=0.02, joint=-0.06),
        }
    )
    first = staticmethod(InteractionModel)
    solve = staticmethod(simulate_interaction)
    draw = staticmethod(figure)
    tell = staticmethod(describe)
