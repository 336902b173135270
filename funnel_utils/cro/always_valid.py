"""Confidence sequences: intervals that hold at **every** moment at once, so that anybody may look and stop at any time.

The sequence is the asymptotic mixture: after n units the interval is the estimate plus or minus `z_n` standard errors,

    z_n^2 = (1 + 1/r) * (log(1 + r) - 2 log(alpha)),   r = n / planned_n * c,
    c = -2 log(alpha) + log(1 - 2 log(alpha)),

where `c` makes it narrowest at about the planned n. It is wider than an ordinary interval (at 5%, 3.0 instead of 1.96
standard errors at its narrowest), and that is the price of looking always. It rests on the central limit theorem, so
nothing is said before `start`: there should be some 10 conversions in each arm by then, and the table in the documents
shows what happens earlier. The always-valid p-value is the level at which the sequence, tuned as it is, just touches
zero, and the least so far.

References
----------
Waudby-Smith, I., Arbour, D., Sinha, R., Kennedy, E. H., Ramdas, A. (2024). Time-uniform central limit theory and
asymptotic confidence sequences. Annals of Statistics 52, 2613-2640.
Johari, R., Koomen, P., Pekelis, L., Walsh, D. (2022). Always valid inference: continuous monitoring of A/B tests.
Operations Research 70, 1806-1821.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from funnel_utils.cro.peeking import check_alpha, numbers
from funnel_utils.cro.tabled import Tabled
from funnel_utils.errors import SpecError
from funnel_utils.stats import Floats, Interval

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False)
class Followed(Tabled):
    """An experiment followed by a confidence sequence.

    Attributes
    ----------
    spec : AlwaysValid
    table : DataFrame
        A row per look: `n`, `estimate`, `se`, `low`, `high`, `p` (always valid: the least so far).
    stopped : float or None
        The first n at which p was at most alpha.
    """

    spec: AlwaysValid
    table: pd.DataFrame
    stopped: float | None

    @property
    def verdict(self) -> str:
        """Where the experiment stands, in plain words."""
        from funnel_utils.cro.sequential_words import say_followed

        return say_followed(self)

    def plot(self) -> Figure:
        """The sequence of intervals over n."""
        from funnel_utils.charts.always_valid import followed_chart

        return followed_chart(self)


@dataclass(frozen=True)
class AlwaysValid:
    """An asymptotic mixture confidence sequence.

    Parameters
    ----------
    planned_n : float
        Units (all arms together) where the sequence is narrowest: what the experiment is planned for.
    alpha : float
        1 - confidence, for all moments together.
    start : float
        Nothing is said before this many units.

    Raises
    ------
    SpecError
        Naming the field, what it holds and what is allowed.

    Examples
    --------
    >>> valid = AlwaysValid(planned_n=8000)
    >>> valid.critical([800, 8000, 80000]).round(2).tolist()
    [3.86, 3.04, 3.24]
    >>> low, high = valid.interval(0.03, 0.01, 8000)
    >>> f"{low[0]:.4f} {high[0]:.4f}"
    '-0.0004 0.0604'
    """

    planned_n: float
    alpha: float = 0.05
    start: float = 1.0

    def __post_init__(self) -> None:
        check_alpha(self.alpha)
        for name in ("planned_n", "start"):
            value = getattr(self, name)
            if not (isinstance(value, int | float | np.number) and math.isfinite(value) and value >= 1):
                raise SpecError(f"{name}={value!r} must be a number of units of at least 1.")

    def critical(self, n: ArrayLike) -> Floats:
        """How many standard errors from zero the estimate must be after n units; infinite before `start`."""
        r, counts = self._ratio(n)
        with np.errstate(divide="ignore", invalid="ignore"):
            square = (1 + 1 / r) * (np.log1p(r) - 2 * math.log(self.alpha))
        return np.where(counts >= max(self.start, 1e-12), np.sqrt(square), np.inf)

    def interval(self, estimate: ArrayLike, se: ArrayLike, n: ArrayLike) -> Interval:
        """The interval after n units, elementwise.

        Parameters
        ----------
        estimate, se : array-like
            Effect and standard error on all units so far.
        n : array-like
            Units so far.

        Returns
        -------
        Interval
            Infinite before `start`, and where the standard error is not above 0: nothing is known then.
        """
        value, error = np.asarray(estimate, dtype=np.float64), np.asarray(se, dtype=np.float64)
        known = np.isfinite(error) & (error > 0) & np.isfinite(value)
        half = np.where(known, self.critical(n) * np.where(known, error, 1.0), np.inf)
        centre = np.where(known, value, 0.0)
        return Interval(np.atleast_1d(centre - half), np.atleast_1d(centre + half))

    def p(self, z: ArrayLike, n: ArrayLike) -> Floats:
        """The level at which the interval after n units just touches zero; take the least so far for the p-value.

        Examples
        --------
        >>> valid = AlwaysValid(planned_n=8000)
        >>> float(valid.p(valid.critical(8000), 8000).round(6))
        0.05
        """
        r, counts = self._ratio(n)
        value = np.nan_to_num(np.asarray(z, dtype=np.float64), nan=0.0)
        found = np.sqrt(1 + r) * np.exp(-0.5 * value**2 * r / (1 + r))
        return np.where(counts >= self.start, np.minimum(found, 1.0), 1.0)

    def follow(self, estimate: ArrayLike, se: ArrayLike, n: ArrayLike) -> Followed:
        """Follow one experiment from look to look.

        Parameters
        ----------
        estimate, se, n : array-like
            At each look on all units so far, in order; `rate_looks` makes them from counts.

        Raises
        ------
        SpecError
            If lengths differ, n does not grow, or a standard error is negative.
        """
        arrays = [numbers("estimate", estimate), numbers("se", se), numbers("n", n)]
        value, error, counts = arrays
        if len({array.shape for array in arrays}) > 1 or value.ndim != 1:
            raise SpecError(f"{len(value)} estimates, {len(error)} standard errors, {len(counts)} n: give one of each.")
        if (np.diff(counts) <= 0).any() or not (counts > 0).all():
            raise SpecError("n must be above 0 and grow from look to look: it counts all units so far.")
        if (error < 0).any():
            raise SpecError("A standard error is negative.")
        low, high = self.interval(value, error, counts)
        with np.errstate(divide="ignore", invalid="ignore"):
            z = np.where(error > 0, value / error, 0.0)
        p = np.minimum.accumulate(self.p(z, counts)) if len(z) else z
        table = pd.DataFrame({"n": counts, "estimate": value, "se": error, "low": low, "high": high, "p": p})
        done = np.flatnonzero(p <= self.alpha)
        return Followed(self, table, float(counts[done[0]]) if len(done) else None)

    def _ratio(self, n: ArrayLike) -> tuple[Floats, Floats]:
        counts = np.maximum(np.asarray(n, dtype=np.float64), 0.0)
        twice = -2 * math.log(self.alpha)
        return counts / self.planned_n * (twice + math.log1p(twice)), counts


def rate_looks(control: ArrayLike, control_n: ArrayLike, treatment: ArrayLike, treatment_n: ArrayLike) -> pd.DataFrame:
    """The difference of two rates at each look, from cumulative counts.

    Parameters
    ----------
    control, control_n, treatment, treatment_n : array-like
        Conversions and units of the arms so far, at each look.

    Returns
    -------
    DataFrame
        `n` (both arms), `estimate` (treatment - control), `se` (unpooled, from rates with half a conversion added on
        either side, so that it is never 0), `z`.

    Examples
    --------
    >>> looks = rate_looks([50, 100], [500, 1000], [60, 130], [500, 1000])
    >>> looks[["n", "estimate", "z"]].round(2).values.tolist()
    [[1000.0, 0.02, 1.01], [2000.0, 0.03, 2.1]]
    """
    x, n = numbers("control", control), numbers("control_n", control_n)
    y, m = numbers("treatment", treatment), numbers("treatment_n", treatment_n)
    if len({array.shape for array in (x, n, y, m)}) > 1:
        raise SpecError("Give control, control_n, treatment and treatment_n one entry for each look.")
    if (np.minimum(n, m) <= 0).any() or (x < 0).any() or (y < 0).any() or (x > n).any() or (y > m).any():
        raise SpecError("Conversions lie between 0 and the units of their arm, and every arm has units.")
    p, q = (x + 0.5) / (n + 1), (y + 0.5) / (m + 1)
    se = np.sqrt(p * (1 - p) / n + q * (1 - q) / m)
    estimate = y / m - x / n
    return pd.DataFrame({"n": n + m, "estimate": estimate, "se": se, "z": estimate / se})
