"""Whom does a message move? Uplift by groups of people, and a score's Qini curve.

A campaign wins people who would have bought anyway, too. **Uplift** is the difference that the message made: the rate
of those who were to get it less the rate of those held out, among people who were alike beforehand. By what both rates
do, people are called *sure things* (they buy either way), *persuadables* (the message moves them), *lost causes*
(neither way), and *sleeping dogs* (the message drives them off).

**The Qini curve.** Sort people by a score, best first. At each share of people the curve is the conversions that
messaging only them would have added, `y_t - y_c n_t / n_c`, with the conversions `y` and people `n` of both arms among
them (Radcliffe's curve, per person of the treated arm). Its end is the campaign's whole effect, whatever the score; a
random score gives the straight line to it. **The Qini coefficient** is the area between the curve and that line,
divided by the people treated: more conversions per person. People of one score enter together, as a straight piece, so
the order of rows cannot flatter a score.

References
----------
Radcliffe, N. J. (2007). Using control groups to target on predicted lift: building and assessing uplift models. Direct
Marketing Analytics Journal 1, 14-21.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from funnel_utils import export
from funnel_utils.errors import SpecError
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]

#: Draws of a bootstrap, unless told otherwise.
DRAWS = 400
#: The shares of people at which a curve's interval is told.
SHARES = np.linspace(0, 1, 101)


@dataclass(frozen=True, eq=False, repr=False)
class Qini:
    """A score's Qini curve.

    Attributes
    ----------
    curve : DataFrame
        A row a distinct score, best first, after a row of zeros: `share` (of all people), `treated`, `control` (people
        so far), `gain` (conversions added per person treated in the whole campaign) and `random` (the straight line).
    coefficient, low, high : float
        The area between curve and line with its 95% bootstrap interval over people.
    effect : float
        The end of the curve: the campaign's effect per person treated.
    random_low, random_high : float
        Where 95% of random scores of the same people would lie.
    band : DataFrame
        At each hundredth of people (`share`), where the middle 95% lie: of the curve over drawn people (`low`, `high`),
        and of random orders of the same people (`random_low`, `random_high`). Each holds for one share by itself.
    outcome : str
        `"conversions"`, or `"value"` where an amount was given.
    """

    curve: pd.DataFrame
    coefficient: float
    low: float
    high: float
    effect: float
    random_low: float
    random_high: float
    band: pd.DataFrame
    outcome: str

    @property
    def word(self) -> str:
        """`"finds"`, `"misses"` or `"even"`: above, below or among what random orders of the same people reach."""
        if self.coefficient > self.random_high:
            return "finds"
        return "misses" if self.coefficient < self.random_low else "even"

    @property
    def figures(self) -> dict[str, str]:
        """The coefficient and its bounds per 1,000 treated, and what is counted, in words."""
        names = ("coefficient", "low", "high", "random_low", "random_high")
        said = {name: f"{1000 * getattr(self, name):+,.2f}" for name in names}
        return said | {"what": t(f"uplift.outcome.{self.outcome}")}

    @property
    def verdict(self) -> str:
        """Whether the score finds the people whom the message moves."""
        return t(f"uplift.qini.{self.word}", **self.figures)

    def __repr__(self) -> str:
        return self.verdict

    def plot(self) -> Figure:
        """The curve over the share of people, with its interval and where random orders lie."""
        from funnel_utils.charts import qini_chart

        return qini_chart(self)

    def to_frame(self) -> pd.DataFrame:
        """The curve, as a copy of your own."""
        return self.curve.copy()

    def to_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write the curve as CSV."""
        return export.to_csv(self.curve, path)


def qini(score: ArrayLike, treated: ArrayLike, converted: ArrayLike, *, draws: int = DRAWS, seed: int = 0) -> Qini:
    """The Qini curve of a score on a randomised campaign.

    Parameters
    ----------
    score : array-like
        Higher means: message this person first. Made **before** the campaign, or on other people.
    treated : array-like of bool
        Whether the lot gave her the message (not whether she got it).
    converted : array-like
        0 or 1, or an amount.
    draws, seed : int
        Of the bootstrap and of the random scores.

    Raises
    ------
    SpecError
        If lengths differ, a value is missing, or one arm is empty.

    Examples
    --------
    Ten people each: the message wins over those of score 1, and nobody of score 0.

    >>> score = [1] * 10 + [0] * 10
    >>> treated = ([True] * 5 + [False] * 5) * 2
    >>> converted = [1, 1, 1, 1, 0, 0, 0, 0, 0, 0] + [1, 0, 0, 0, 0, 1, 0, 0, 0, 0]
    >>> found = qini(score, treated, converted, draws=50)
    >>> found.curve[["share", "gain"]].values.tolist()
    [[0.0, 0.0], [0.5, 0.4], [1.0, 0.4]]
    >>> round(found.coefficient, 3)
    0.1
    """
    scores, arms, outcomes = _checked(score, treated, converted)
    curve = _curve(scores, arms, outcomes)
    random = np.random.default_rng(seed)
    # Of each draw only its area and 101 gains are kept: a curve is as long as the list of people.
    drawn, chance = [], []
    for _ in range(draws):
        again = random.integers(0, len(scores), len(scores))
        # Nobody of one arm in a draw: possible for a handful of people only, and then it says nothing.
        if 0 < arms[again].sum() < len(again):
            drawn.append(_kept(_curve(scores[again], arms[again], outcomes[again])))
        chance.append(_kept(_curve(random.permutation(scores), arms, outcomes)))
    frame = pd.DataFrame(curve, columns=["share", "treated", "control", "gain"])
    frame["random"] = frame["share"] * frame["gain"].iloc[-1]
    own, others = _middle(drawn), _middle(chance)
    band = {"share": SHARES, "low": own[0, 1:], "high": own[1, 1:]}
    band |= {"random_low": others[0, 1:], "random_high": others[1, 1:]}
    return Qini(
        frame,
        coefficient=_area(curve),
        low=float(own[0, 0]),
        high=float(own[1, 0]),
        effect=float(frame["gain"].iloc[-1]),
        random_low=float(others[0, 0]),
        random_high=float(others[1, 0]),
        band=pd.DataFrame(band),
        outcome="conversions" if set(np.unique(outcomes)) <= {0.0, 1.0} else "value",
    )


def _kept(curve: Floats) -> Floats:
    """A curve's area, and its gain at each hundredth of people."""
    return np.concatenate([[_area(curve)], np.interp(SHARES, curve[:, 0], curve[:, 3])])


def _middle(rows: list[Floats]) -> Floats:
    """Where the middle 95% lie, column by column: two rows, NaN where nothing was drawn."""
    if not rows:
        return np.full((2, 1 + len(SHARES)), np.nan)
    found: Floats = np.quantile(rows, [0.025, 0.975], axis=0)
    return found


def _checked(score: ArrayLike, treated: ArrayLike, converted: ArrayLike) -> tuple[Floats, Floats, Floats]:
    arrays = [np.asarray(one, dtype=np.float64) for one in (score, treated, converted)]
    if len({one.shape for one in arrays}) != 1 or arrays[0].ndim != 1:
        raise SpecError(
            f"qini: score, treated and converted are one value a person each; got {[a.shape for a in arrays]}."
        )
    if any(not np.isfinite(one).all() for one in arrays):
        raise SpecError("qini: a score, an arm or an outcome is missing; leave those people out of all three.")
    if not set(np.unique(arrays[1])) <= {0.0, 1.0} or not 0 < arrays[1].sum() < len(arrays[1]):
        raise SpecError("qini: treated is true or false, and both arms need people.")
    return arrays[0], arrays[1], arrays[2]


def _curve(score: Floats, treated: Floats, converted: Floats) -> Floats:
    """Rows of share, treated, control, gain: from nobody to everybody, a row a distinct score."""
    values, place = np.unique(-score, return_inverse=True)
    count = len(values)
    n_t, n_c = (np.bincount(place, weights=w, minlength=count).cumsum() for w in (treated, 1 - treated))
    y_t = np.bincount(place, weights=converted * treated, minlength=count).cumsum()
    y_c = np.bincount(place, weights=converted * (1 - treated), minlength=count).cumsum()
    with np.errstate(divide="ignore", invalid="ignore"):
        # Before anybody of control is in, there is nothing to take off.
        gain = (y_t - np.where(n_c > 0, y_c * n_t / n_c, 0.0)) / n_t[-1]
    rows: Any = np.column_stack([(n_t + n_c) / len(score), n_t, n_c, gain])
    return np.vstack([np.zeros((1, 4)), rows])


def _area(curve: Floats) -> float:
    """The area between the curve and the straight line to its end."""
    share, gain = curve[:, 0], curve[:, 3]
    return float(np.trapezoid(gain, share) - gain[-1] / 2)


def kinds(effects: pd.DataFrame, *, sure: float = 0.5) -> pd.DataFrame:
    """Name groups of people by what a message does to them.

    Parameters
    ----------
    effects : DataFrame
        A row a group with `low` and `high` of the difference, and `control_estimate`, the rate of those held out, such
        as `ExperimentResult.segments`.
    sure : float
        From this rate without a message on, people are sure things rather than lost causes.

    Returns
    -------
    DataFrame
        The same with `kind`: `"persuadables"` (the interval lies above 0), `"sleeping dogs"` (below 0), else
        `"sure things"` or `"lost causes"` by the rate without a message: there the data show no effect, which is not
        the same as none.

    Examples
    --------
    >>> groups = pd.DataFrame({"low": [0.01, -0.2, -0.1, -0.1], "high": [0.1, -0.1, 0.1, 0.1]})
    >>> groups["control_estimate"] = [0.1, 0.3, 0.8, 0.02]
    >>> kinds(groups)["kind"].tolist()
    ['persuadables', 'sleeping dogs', 'sure things', 'lost causes']
    """
    absent = [name for name in ("low", "high", "control_estimate") if name not in effects.columns]
    if absent:
        raise SpecError(f"kinds: the table has no {', '.join(absent)}; give ExperimentResult.segments(...).")
    unmoved = np.where(effects["control_estimate"] >= sure, "sure things", "lost causes")
    named = np.where(effects["low"] > 0, "persuadables", np.where(effects["high"] < 0, "sleeping dogs", unmoved))
    return effects.assign(kind=named)
