"""Effects: from the moments of two arms to one comparison of a metric, for any number of cells at once.

Every kind of metric has the method that fits it, and each comes with its interval: rates by score intervals, means by
Welch, ratios and clusters by the delta method, covariates by CUPED. What makes a comparison worthless is told as its
**flaw**: too few units, or a mean without any variance (a rate never lacks it: its score interval knows how little
0 of 1,000 says).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from funnel_utils.cro.layout import SIZE, Columns
from funnel_utils.cro.measures import Column, Did, Times
from funnel_utils.cro.metrics import Conversion, Metric
from funnel_utils.cro.moments import Moments
from funnel_utils.errors import SpecError
from funnel_utils.stats.counts import Floats

#: Fewer clusters than this in an arm say too little about how clusters differ.
FEWEST_CLUSTERS = 10
#: A standard deviation this small beside the mean is rounding, not variance.
CONSTANT = 1e-12

FEW, CONSTANT_VALUES, EMPTY = "few", "constant", "empty"


@dataclass(frozen=True, eq=False)
class Contrast:
    """One metric of one or more pairs of arms.

    Attributes
    ----------
    values : mapping of str to array
        `estimate`, `control_estimate`, `difference`, `low`, `high`, `lift`, `lift_low`, `lift_high`, `se`, `p`, and
        `n`, `count`, `of` with `control_n`, `control_count`, `control_of`: units, what was added up, and over what.
    flaw : array of str
        Empty, or why the comparison is worthless: `few`, `constant`, `empty`.
    method, lift_method : str
        What the intervals are.
    adjusted : Adjusted or None
        What CUPED found, where there are covariates.
    plain : bool
        Whether plain counts were compared.
    """

    values: dict[str, Floats]
    flaw: Any
    method: str
    lift_method: str
    adjusted: Any = None
    plain: bool = False


def compare(
    metric: Metric, columns: Columns, arm: Moments, control: Moments, alpha: float, least: int, clustered: bool = False
) -> Contrast:
    """Compare a metric between arms, cell by cell.

    Parameters
    ----------
    metric : Metric
        Any but a quantile.
    columns : Columns
        Where its values are in the moments.
    arm, control : Moments
        Of the same cells, one axis.
    alpha : float
        1 - confidence of the intervals.
    least : int
        Fewest units of an arm.
    clustered : bool
        Whether each unit of the moments is a cluster.
    """
    x = SIZE if clustered and columns.x is None else columns.x
    adjusted = None
    plain = isinstance(metric, Conversion) and not clustered
    if plain:
        found = _rates(columns.y, arm, control, alpha)
    elif columns.covariates:
        adjusted = _cuped(columns, x, arm, control, alpha)
        found = adjusted.comparison
    elif x is not None:
        found = _ratios(columns.y, x, arm, control, alpha)
    else:
        found = _means(columns.y, arm, control, alpha)
    names = ("difference", "low", "high", "lift", "lift_low", "lift_high", "se", "p")
    values = {name: np.atleast_1d(getattr(found, name)) for name in names}
    values |= {"estimate": np.atleast_1d(found.estimate), "control_estimate": np.atleast_1d(found.control)}
    for prefix, side in (("", arm), ("control_", control)):
        values |= {f"{prefix}n": side.n, f"{prefix}count": side.sum(columns.y)}
        values[f"{prefix}of"] = side.n if x is None else side.sum(x)
    fewest = FEWEST_CLUSTERS if clustered else least
    flaw = _flaw(metric, columns.y, x, arm, control, fewest)
    return Contrast(values, flaw, found.interval, found.lift_interval, adjusted, plain)


def compare_moments(metric: Metric, arm: Moments, control: Moments, *, alpha: float = 0.05) -> Contrast:
    """Compare a metric between arms of many experiments (days, segments) at once, from their moments.

    Parameters
    ----------
    metric : Metric
        Any but a quantile; its measures and covariates name columns of the moments.
    arm, control : Moments
        With one element for each experiment.
    alpha : float
        1 - confidence of the intervals, which are not adjusted for how many there are.

    Returns
    -------
    Contrast

    Raises
    ------
    SpecError
        If a column is missing, or a covariate is no column.

    Examples
    --------
    >>> from funnel_utils.cro.metrics import Mean
    >>> control = Moments([50, 50], {"spent": [10, 10]}, {("spent", "spent"): [200, 200]})
    >>> arm = Moments([50, 50], {"spent": [11, 10]}, {("spent", "spent"): [200, 200]})
    >>> compare_moments(Mean("spent"), arm, control).values["p"].round(3)
    array([0.015, 1.   ])
    """

    def name(part: Any) -> str:
        if isinstance(part, Column):
            return part.column
        if isinstance(part, Did | Times) and len(part.events) == 1:
            return str(part.events[0])
        raise SpecError(f"compare_moments: {part!r}: name the columns of the moments.")

    if metric.kind == "quantile":
        raise SpecError(f"compare_moments: {metric.name}: a quantile is not made of sums.")
    y, *x = (name(part) for part in metric.parts)
    columns = Columns(y, x[0] if x else None, tuple((name(one),) for one in metric.before))
    return compare(metric, columns, arm, control, alpha, 2)


def _rates(y: str, arm: Moments, control: Moments, alpha: float) -> Any:
    from funnel_utils.cro.rates import compare_rates

    # A mean times a number of units is a whole number but for its last digits.
    counts = (np.rint(side.sum(y)) for side in (arm, control))
    converted, other = counts
    return compare_rates(converted, arm.n, other, control.n, alpha=alpha)


def _means(y: str, arm: Moments, control: Moments, alpha: float) -> Any:
    from funnel_utils.cro.means import compare_means

    return compare_means(arm.n, arm.mean(y), arm.var(y), control.n, control.mean(y), control.var(y), alpha=alpha)


def _ratios(y: str, x: str, arm: Moments, control: Moments, alpha: float) -> Any:
    from funnel_utils.cro.ratio import compare_ratios

    sides = [part for side in (arm, control) for part in (side.n, side.vector((y, x)), side.matrix((y, x)))]
    return compare_ratios(*sides, alpha=alpha)


def _cuped(columns: Columns, x: str | None, arm: Moments, control: Moments, alpha: float) -> Any:
    from funnel_utils.cro.cuped import Arm, cuped_means, cuped_ratios

    names = list(dict.fromkeys([columns.y, *([] if x is None else [x]), *sum(columns.covariates, ())]))
    places: list[Any] = []
    for covariate in columns.covariates:
        # Of clusters a covariate too is a total over a total.
        pair = covariate if x != SIZE or len(covariate) == 2 else (*covariate, SIZE)
        at = tuple(names.index(name) for name in pair)
        places.append(at[0] if len(at) == 1 else at)
    one, other = (Arm(side.n, side.vector(names), side.matrix(names)) for side in (arm, control))
    if x is None:
        return cuped_means(one, other, 0, places, alpha=alpha)
    return cuped_ratios(one, other, 0, 1, places, alpha=alpha)


def _flaw(metric: Metric, y: str, x: str | None, arm: Moments, control: Moments, fewest: int) -> Any:
    flaw = np.full(arm.n.shape, "", dtype=object)
    for side in (arm, control):
        if not isinstance(metric, Conversion) or x is not None:
            flaw[_constant(side, y, x)] = CONSTANT_VALUES
    for side in (arm, control):
        if x is not None:
            flaw[side.mean(x) == 0] = EMPTY
    for side in (arm, control):
        flaw[side.n < fewest] = FEW
    return flaw


def _constant(side: Moments, y: str, x: str | None) -> Any:
    """Whether what the standard error is made of does not vary, but for rounding."""
    if x is None:
        return ~(side.var(y) > (CONSTANT * side.mean(y)) ** 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = side.mean(y) / side.mean(x)
        above, below = side.var(y), ratio**2 * side.var(x)
        spread = above - 2 * ratio * side.cov(y, x) + below
    return ~(spread > np.maximum(CONSTANT * (above + below), (CONSTANT * side.mean(y)) ** 2))
