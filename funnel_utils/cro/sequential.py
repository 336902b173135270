"""Group-sequential tests: an experiment may be stopped at a few planned looks, and the level still holds.

`GroupSequential` says how many looks, at which level and with bounds of which kind (`boundaries` has their formulas).
From it follow the bounds, what the longest experiment costs compared with a single look (inflation), how long it lasts
on average, and what the looks so far allow to say (`monitor`).

References
----------
Jennison, C., Turnbull, B. W. (2000). Group Sequential Methods with Applications to Clinical Trials. Chapman & Hall,
chapters 2, 7 and 8.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from funnel_utils.cro.boundaries import PLANNED, SPENDING, critical_values, lower_of
from funnel_utils.cro.peeking import check_alpha, check_sides, drift_for
from funnel_utils.cro.recursion import amounts_of, crossing, information_of
from funnel_utils.cro.tabled import Tabled
from funnel_utils.errors import SpecError
from funnel_utils.stats import Floats

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from funnel_utils.cro.monitoring import Adjusted, Monitored

Kind = Literal[
    "obrien_fleming",
    "pocock",
    "wang_tsiatis",
    "haybittle_peto",
    "lan_demets_obrien_fleming",
    "lan_demets_pocock",
    "power",
    "hwang_shih_decani",
]


@dataclass(frozen=True)
class GroupSequential(Tabled):
    """A test with several looks.

    Parameters
    ----------
    kind : str
        Of planned looks: "obrien_fleming", "pocock", "wang_tsiatis" (with a shape from 0 to 0.5) or "haybittle_peto".
        Of looks at any time: "lan_demets_obrien_fleming", "lan_demets_pocock", "power" or "hwang_shih_decani".
    looks : int or sequence of float
        The number of equally spaced looks, or the information at each as a share of what is planned for the last.
    alpha : float
        Level of the whole test.
    sides : {1, 2}
        1: only a better treatment stops the experiment.
    shape : float, optional
        Of "wang_tsiatis" (no default), "haybittle_peto" (3, the z until the last look), "power" (3) and
        "hwang_shih_decani" (-4).

    Raises
    ------
    SpecError
        Naming the field, what it holds and what is allowed.

    Examples
    --------
    >>> plan = GroupSequential("pocock", looks=4)
    >>> plan.z.round(3).tolist()
    [2.361, 2.361, 2.361, 2.361]
    >>> round(plan.inflation(power=0.8), 3), round(plan.expected_n(power=0.8), 3)
    (1.202, 1.175)
    """

    kind: Kind = "obrien_fleming"
    looks: int | Sequence[float] = 5
    alpha: float = 0.05
    sides: Literal[1, 2] = 2
    shape: float | None = None

    def __post_init__(self) -> None:
        kinds = [*PLANNED, *SPENDING]
        if self.kind not in kinds:
            raise SpecError(f"kind={self.kind!r} is not one of {', '.join(map(repr, kinds))}.")
        check_alpha(self.alpha)
        check_sides(self.sides)
        if not isinstance(self.looks, int | np.integer):
            object.__setattr__(self, "looks", tuple(float(share) for share in amounts_of(self.looks)))
        last = float(self.information[-1])
        if last > 1 + 1e-9 or (self.kind in PLANNED and last < 1 - 1e-9):
            raise SpecError(
                f"looks={self.looks!r}: give each look's share of the planned information, at most 1"
                + (f"; with kind={self.kind!r} the last is 1." if self.kind in PLANNED else ".")
            )
        self._check_shape()

    def _check_shape(self) -> None:
        takes = self.kind in ("wang_tsiatis", "haybittle_peto", "power", "hwang_shih_decani")
        if self.shape is None:
            if self.kind == "wang_tsiatis":
                raise SpecError("kind='wang_tsiatis' needs a shape: 0 is O'Brien-Fleming's, 0.5 Pocock's.")
            return
        if not takes:
            raise SpecError(f"shape={self.shape!r}: kind={self.kind!r} takes none.")
        lowest = {"wang_tsiatis": -2.0, "haybittle_peto": 1.0, "power": 0.05, "hwang_shih_decani": -50.0}[self.kind]
        highest = {"wang_tsiatis": 1.0, "haybittle_peto": 9.0, "power": 20.0, "hwang_shih_decani": 50.0}[self.kind]
        if not lowest <= self.shape <= highest:
            raise SpecError(f"shape={self.shape!r} of kind={self.kind!r} must lie between {lowest:g} and {highest:g}.")

    @property
    def information(self) -> Floats:
        """The share of the planned information at each look."""
        return information_of(self.looks) if isinstance(self.looks, int | np.integer) else np.array(self.looks)

    @cached_property
    def z(self) -> Floats:
        """The upper critical value of Z at each look."""
        return critical_values(self.kind, self.information, self.alpha, self.sides, self.shape)

    @property
    def z_low(self) -> Floats:
        """The lower critical value at each look; minus infinity in a one-sided test."""
        return lower_of(self.z, self.sides)

    @property
    def bounds(self) -> pd.DataFrame:
        """`look`, `information`, `z`, `z_low`, `nominal_p` (the level of the look by itself, on all its sides),
        `spent_here` and `spent` (alpha used at the look, and by then)."""
        from scipy.special import ndtr

        found = crossing(self.z, self.z_low, self.information)
        here = found.upper + found.lower
        return pd.DataFrame(
            {
                "look": np.arange(1, len(here) + 1),
                "information": self.information,
                "z": self.z,
                "z_low": self.z_low,
                "nominal_p": self.sides * ndtr(-self.z),
                "spent_here": here,
                "spent": here.cumsum(),
            }
        )

    @property
    def table(self) -> pd.DataFrame:
        """The bounds."""
        return self.bounds

    def drift(self, power: float = 0.8) -> float:
        """The expected z at information 1 of an effect that is found (on its own side) with this power."""
        from scipy.optimize import brentq

        if not self.alpha / self.sides < power < 1:
            raise SpecError(f"power={power!r} must lie between {self.alpha / self.sides:g} and 1, such as 0.8.")
        if not np.isfinite(self.z).any():
            raise SpecError(f"looks={self.looks!r} come so early that none of them can stop: there is no power.")

        def lack(drift: float) -> float:
            return float(crossing(self.z, self.z_low, self.information, drift).upper.sum()) - power

        far = 2 * drift_for(power, alpha=self.alpha, sides=self.sides) + float(np.nanmin(self.z))
        return float(brentq(lack, 0.0, far / math.sqrt(float(self.information[-1])), xtol=1e-9))

    def inflation(self, power: float = 0.8) -> float:
        """The people of the longest experiment, compared with a single look of the same level and power."""
        return (self.drift(power) / drift_for(power, alpha=self.alpha, sides=self.sides)) ** 2

    def expected_n(self, power: float = 0.8, effect: float = 0.0) -> float:
        """The people of the average experiment, compared with a single look, if the true effect is `effect` times the
        one that the design has its power for."""
        return float(self.operating(power, (effect,))["expected_n"].iloc[0])

    def operating(self, power: float = 0.8, effects: Sequence[float] = (0.0, 0.5, 1.0, 1.5)) -> pd.DataFrame:
        """How the design does for several true effects.

        Parameters
        ----------
        power : float
            For the planned effect.
        effects : sequence of float
            True effects as shares of the planned one.

        Returns
        -------
        DataFrame
            `effect`; `better`, `worse` (chances of stopping at the upper, the lower bound); `expected_n`, `max_n`
            (compared with a single look of the same level and power); `stop_1`, ... (chance of stopping at each look;
            what crosses no bound goes to the last).

        Examples
        --------
        >>> plan = GroupSequential("obrien_fleming", looks=5)
        >>> plan.operating()[["effect", "better", "expected_n"]].round(3).values.tolist()[2]
        [1.0, 0.8, 0.818]
        """
        planned = self.drift(power)
        single = drift_for(power, alpha=self.alpha, sides=self.sides)
        size = (planned / single) ** 2
        rows: list[dict[str, Any]] = []
        for effect in effects:
            found = crossing(self.z, self.z_low, self.information, planned * float(effect))
            stops = found.upper + found.lower
            stops[-1] = 1 - stops[:-1].sum()
            row = {"effect": float(effect), "better": float(found.upper.sum()), "worse": float(found.lower.sum())}
            row |= {"expected_n": size * float(stops @ self.information), "max_n": size * float(self.information[-1])}
            rows.append(row | {f"stop_{k + 1}": float(stop) for k, stop in enumerate(stops)})
        return pd.DataFrame(rows)

    def plan(self, n: float, power: float = 0.8) -> pd.DataFrame:
        """When to look.

        Parameters
        ----------
        n : float
            People that a single look of the same level and power needs, such as `Design.size().total`.
        power : float

        Returns
        -------
        DataFrame
            `look`, `information`, `n` (people so far, rounded up), `z`, `nominal_p`.

        Examples
        --------
        >>> GroupSequential("obrien_fleming", looks=2).plan(7682)[["n", "z"]].round(2).values.tolist()
        [[3871.0, 2.8], [7742.0, 1.98]]
        """
        if not n > 0 or not math.isfinite(n):
            raise SpecError(f"n={n!r} must be a number of people above 0.")
        shown = self.bounds[["look", "information", "z", "nominal_p"]]
        people = np.ceil(np.round(n * self.inflation(power) * self.information, 6)).astype(int)
        shown.insert(2, "n", people)
        return shown

    def monitor(
        self,
        estimate: ArrayLike,
        se: ArrayLike,
        information: Sequence[float] | None = None,
        *,
        last: bool = False,
    ) -> Monitored:
        """What the looks so far allow to say.

        Parameters
        ----------
        estimate, se : array-like
            The effect and its standard error at each look so far, on all data until then.
        information : sequence of float, optional
            Shares of the planned information (people so far / people planned) at those looks. Needed where they are not
            as planned, which only the spending kinds allow.
        last : bool
            Whether the experiment ends with these looks though fewer people came than planned; a spending kind then
            spends what is left of alpha.

        Raises
        ------
        SpecError
            If there are more looks than planned, a standard error is not above 0, or planned looks came at other times.

        Examples
        --------
        >>> found = GroupSequential("obrien_fleming", looks=4).monitor([0.030, 0.020, 0.024], [0.012, 0.0085, 0.007])
        >>> found.stopped, round(found.final.p, 4)
        (3, 0.0045)
        """
        from funnel_utils.cro.monitoring import monitor

        return monitor(self, estimate, se, information, last=last)

    def adjusted(self, look: int, z: float) -> Adjusted:
        """p-value, median-unbiased drift and its interval, if the experiment ends at `look` with this z (stage-wise
        ordering)."""
        from funnel_utils.cro.monitoring import adjusted

        if not 1 <= look <= len(self.z):
            raise SpecError(f"look={look!r}: this design has the looks 1 to {len(self.z)}.")
        return adjusted(self.z[: look - 1], self.information[:look], z, self.alpha, self.sides)

    @property
    def verdict(self) -> str:
        """The design in plain words."""
        from funnel_utils.cro.sequential_words import say_design

        return say_design(self)

    def plot(self) -> Figure:
        """The bounds over the information."""
        from funnel_utils.charts.sequential import bounds_chart

        return bounds_chart(self)
