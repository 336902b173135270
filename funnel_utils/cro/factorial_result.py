"""The analysis of a multivariate test, from the counts of its cells.

Effects are contrasts of the cells' rates. Their intervals combine Wilson's interval of every cell (MOVER), so that they
hold for rare conversions and cells without any; of two cells they are Newcombe's. The p-value is the level at which
that interval just touches zero, so that the two never contradict one another. Beside it stands the binomial GLM with
the logit link: log odds ratios, likelihood-ratio tests, and whether effects of higher order are missing from the model.

References
----------
Zou, G. Y., Donner, A. (2008). Construction of confidence limits about effect measures: a general approach. Statistics
in Medicine 27, 1693-1702.
McCullagh, P., Nelder, J. A. (1989). Generalized Linear Models, 2nd edition. Chapman & Hall, chapter 4.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from funnel_utils.cro.factorial import Effect, Factorial
from funnel_utils.cro.tabled import Tabled
from funnel_utils.errors import SpecError
from funnel_utils.stats import Floats, Interval, holm, newcombe, two_proportions, wilson

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Critical values between which a p-value is searched; beyond the last, p is 0 to any number of digits.
FARTHEST = 38.0


@dataclass(frozen=True, eq=False)
class FactorialResult(Tabled):
    """A multivariate test, analysed.

    Attributes
    ----------
    spec : Factorial
    cells : DataFrame
        A row per cell: its levels, `cell` (the levels joined), `n`, `converted`, `rate`, `low`, `high` (Wilson),
        `fitted` (rate by the model).
    effects : DataFrame
        A row per effect: `effect`, `order`, `level` (of each factor, against today's); `difference` of rates (main
        effect: averaged over the other factors; interaction: difference of differences), `low`, `high`, `p`,
        `p_adjusted` (Holm over all effects); `log_odds`, `log_odds_low`, `log_odds_high`, `glm_p` (likelihood ratio);
        `aliases`.
    best : DataFrame
        A row per cell, the highest rate first: `cell`, `n`, `converted`, `rate`, `low`, `high`; `difference` to today's
        cell with `difference_low`, `difference_high` (all hold together) and `p_adjusted` (Holm); `could_be_best`: not
        shown to be worse than the first.
    fit : dict
        `deviance`, `df`, `p` of the model against one with all interactions; p is NaN where nothing is left over.
    warnings : tuple of str
    """

    spec: Factorial
    cells: pd.DataFrame
    effects: pd.DataFrame
    best: pd.DataFrame
    fit: dict[str, float]
    warnings: tuple[str, ...] = ()

    @property
    def table(self) -> pd.DataFrame:
        """The effects."""
        return self.effects

    @property
    def verdict(self) -> str:
        """What was found, in plain words."""
        from funnel_utils.cro.factorial_words import say_factorial

        return say_factorial(self)

    def plot(self, interaction: tuple[str, str] | None = None) -> Figure:
        """All effects with their intervals; or, with two factors, how the effect of one depends on the other."""
        from funnel_utils.charts.factorial import effects_chart, interaction_chart

        return effects_chart(self) if interaction is None else interaction_chart(self, *interaction)

    def means(self, *factors: str) -> pd.DataFrame:
        """The rate at each combination of some factors' levels, averaged equally over the others.

        Returns
        -------
        DataFrame
            The factors' levels, `n`, `converted`, `rate`, `low`, `high`.
        """
        unknown = [name for name in factors if name not in self.spec.factors]
        if unknown or not factors or len(set(factors)) < len(factors):
            raise SpecError(f"means{factors!r}: give factors of this test, each once: {', '.join(self.spec.factors)}.")
        rows = []
        for levels, cells in self.cells.groupby(list(factors), sort=False):
            weights = np.full((1, len(cells)), 1 / len(cells))
            count, total = cells["converted"].to_numpy(float), cells["n"].to_numpy(float)
            low, high = contrast_interval(weights, count, total, self.spec.alpha)
            row: dict[str, Any] = dict(zip(factors, levels, strict=True))
            row |= {"n": int(total.sum()), "converted": int(count.sum()), "rate": float(cells["rate"].mean())}
            rows.append(row | {"low": float(low[0]), "high": float(high[0])})
        return pd.DataFrame(rows)


def analyse(spec: Factorial, table: pd.DataFrame, n: str, converted: str) -> FactorialResult:
    """`Factorial.run`."""
    cells, count, total = _counted(spec, table, n, converted)
    effects = spec.effects
    model, fitted, fit, warnings = _model(spec, effects, count, total)
    low, high = wilson(count, total, spec.alpha)
    cells = cells.assign(rate=count / total, low=low, high=high, fitted=fitted)
    frame = _effects(spec, effects, count, total)
    return FactorialResult(spec, cells, pd.concat([frame, model], axis=1), _best(spec, cells), fit, warnings)


def contrast_interval(weights: Floats, count: Floats, total: Floats, alpha: float) -> Interval:
    """The interval of `sum(weight * rate)` for each row of weights, by MOVER from Wilson's intervals.

    Examples
    --------
    Of two cells it is Newcombe's interval:

    >>> low, high = contrast_interval(np.array([[1.0, -1.0]]), np.array([56.0, 48.0]), np.array([70.0, 80.0]), 0.05)
    >>> f"{low[0]:.4f} {high[0]:.4f}"
    '0.0524 0.3339'
    """
    from scipy.special import ndtri

    return _mover(weights, count / total, total, np.full(len(weights), -float(ndtri(alpha / 2))))


def contrast_p(weights: Floats, count: Floats, total: Floats) -> Floats:
    """The level at which each contrast's interval touches zero: a two-sided p-value; 1 where it is zero."""
    from scipy.special import ndtr

    rates = count / total
    estimate = weights @ rates
    near, far = np.zeros(len(weights)), np.full(len(weights), FARTHEST)
    # Intervals only widen with z, so bisection finds where they reach zero; 50 halvings are exact to rounding.
    for _ in range(50):
        z = (near + far) / 2
        low, high = _mover(weights, rates, total, z)
        apart = np.where(estimate > 0, low > 0, high < 0)
        near, far = np.where(apart, z, near), np.where(apart, far, z)
    return np.asarray(np.where(estimate == 0, 1.0, 2 * ndtr(-near)), dtype=np.float64)


def _mover(weights: Floats, rates: Floats, total: Floats, z: Floats) -> Interval:
    """MOVER with a critical value for each row; Wilson's bounds are written out because each row has its own."""
    square = (z**2)[:, None] / total
    centre = (rates + square / 2) / (1 + square)
    half = np.sqrt(square * rates * (1 - rates) + square**2 / 4) / (1 + square)
    below, above = rates - (centre - half), (centre + half) - rates
    estimate = weights @ rates
    down = np.where(weights > 0, below, above) * weights
    up = np.where(weights > 0, above, below) * weights
    return Interval(estimate - np.sqrt((down**2).sum(axis=1)), estimate + np.sqrt((up**2).sum(axis=1)))


def _counted(spec: Factorial, table: pd.DataFrame, n: str, converted: str) -> tuple[pd.DataFrame, Floats, Floats]:
    """The cells in the design's order with their counts, checked."""
    names = list(spec.factors)
    if not isinstance(table, pd.DataFrame):
        raise SpecError(f"cells is a {type(table).__name__}; give a DataFrame with a column per factor and the counts.")
    missing = [name for name in (*names, n, converted) if name not in table.columns]
    if missing:
        raise SpecError(
            f"cells: no column {', '.join(map(repr, missing))}; there are {', '.join(map(repr, table.columns))}."
        )
    for name in names:
        unknown = [level for level in table[name].unique() if level not in spec.factors[name]]
        if unknown:
            raise SpecError(
                f"cells: {name!r} holds {unknown[0]!r}; its levels are {', '.join(map(repr, spec.factors[name]))}."
            )
    try:
        counts = table[[n, converted]].astype(np.float64)
    except (TypeError, ValueError):
        raise SpecError(f"cells: {n!r} and {converted!r} must be numbers.") from None
    people, done = counts[n].to_numpy(), counts[converted].to_numpy()
    fine = np.isfinite(people) & (done >= 0) & (done <= people) & (people % 1 == 0) & (done % 1 == 0)
    if not fine.all():
        row = int(np.flatnonzero(~fine)[0])
        raise SpecError(
            f"cells: row {row} has {done[row]:g} of {people[row]:g}; give whole counts with 0 <= {converted} <= {n}."
        )
    summed: dict[tuple[Any, ...], Floats] = {}
    for key, pair in zip(table[names].itertuples(index=False, name=None), zip(people, done, strict=True), strict=True):
        summed[key] = summed.get(key, np.zeros(2)) + np.array(pair)
    cells = spec.design
    keys = [tuple(row) for row in cells.itertuples(index=False, name=None)]
    for key in keys:
        if key not in summed or not summed[key][0]:
            raise SpecError(f"cells: nobody is in the cell {_cell(key)}. Every cell of the design needs people.")
    extra = [key for key, sums in summed.items() if key not in set(keys) and sums[0]]
    if extra:
        raise SpecError(f"cells: {_cell(extra[0])} is not in the fraction that the generators make.")
    total, count = (np.array([summed[key][i] for key in keys]) for i in (0, 1))
    cells = cells.assign(cell=[_cell(key) for key in keys], n=total.astype(int), converted=count.astype(int))
    return cells, count, total


def _cell(levels: Sequence[Any]) -> str:
    return " / ".join(str(level) for level in levels)


def _effects(spec: Factorial, effects: Sequence[Effect], count: Floats, total: Floats) -> pd.DataFrame:
    weights = np.array([effect.weights for effect in effects])
    low, high = contrast_interval(weights, count, total, spec.alpha)
    p = contrast_p(weights, count, total)
    return pd.DataFrame(
        {
            "effect": [effect.name for effect in effects],
            "order": [effect.order for effect in effects],
            "level": [_cell(effect.levels) for effect in effects],
            "difference": weights @ (count / total),
            "low": low,
            "high": high,
            "p": p,
            "p_adjusted": holm(p),
            "aliases": [", ".join(effect.aliases) for effect in effects],
        }
    )


def _model(
    spec: Factorial, effects: Sequence[Effect], count: Floats, total: Floats
) -> tuple[pd.DataFrame, Floats, dict[str, float], tuple[str, ...]]:
    """The binomial GLM: a table beside the effects, fitted rates, lack of fit, and warnings."""
    from scipy.special import chdtrc, ndtri

    from funnel_utils.text import t

    warnings: tuple[str, ...] = ()
    matrix = np.column_stack([np.ones(len(count)), spec.columns(effects)])
    if ((count == 0) | (count == total)).any():
        # The logit of 0 or 1 is infinite; half a person on either side keeps it finite (Haldane, Anscombe).
        warnings = (t("factorial.warning.empty"),)
        count, total = count + 0.5, total + 1.0
    whole = _glm(matrix, count, total)
    drops = [_glm(np.delete(matrix, i, axis=1), count, total).deviance for i in range(1, matrix.shape[1])]
    half = -float(ndtri(spec.alpha / 2)) * whole.se[1:]
    table = pd.DataFrame(
        {
            "log_odds": whole.params[1:],
            "log_odds_low": whole.params[1:] - half,
            "log_odds_high": whole.params[1:] + half,
            "glm_p": chdtrc(1, np.maximum(np.array(drops) - whole.deviance, 0.0)),
        }
    )
    df = len(count) - matrix.shape[1]
    fit = {"deviance": whole.deviance if df else 0.0, "df": float(df)}
    fit["p"] = float(chdtrc(df, whole.deviance)) if df else float("nan")
    return table, whole.rates, fit, warnings


class _Fit(NamedTuple):
    """A fitted logit: coefficients, their standard errors, fitted rates, deviance."""

    params: Floats
    se: Floats
    rates: Floats
    deviance: float


def _glm(matrix: Floats, count: Floats, total: Floats) -> _Fit:
    """The binomial GLM with the logit link, by Newton's method (iteratively reweighted least squares).

    statsmodels' GLM gives the same figures (a test compares them), but takes a model with all interactions, which fits
    every cell by its nature, for a perfect separation and warns.
    """
    from scipy.special import expit, xlogy

    start = np.linalg.lstsq(matrix, np.log(count / (total - count)), rcond=None)[0]
    params = np.asarray(start, dtype=np.float64)
    for _ in range(50):
        rates = expit(matrix @ params)
        information = matrix.T @ ((total * rates * (1 - rates))[:, None] * matrix)
        step = np.linalg.solve(information, matrix.T @ (count - total * rates))
        params = params + step
        if np.abs(step).max() < 1e-12:
            break
    rates = expit(matrix @ params)
    failed = total - count
    deviance = 2 * (xlogy(count, count / (total * rates)) + xlogy(failed, failed / (total * (1 - rates)))).sum()
    se = np.asarray(np.sqrt(np.diag(np.linalg.inv(information))), dtype=np.float64)
    return _Fit(params, se, rates, max(float(deviance), 0.0))


def _best(spec: Factorial, cells: pd.DataFrame) -> pd.DataFrame:
    """The cells by their rate, against today's cell and against the first."""
    count, total = cells["converted"].to_numpy(float), cells["n"].to_numpy(float)
    others = max(len(cells) - 1, 1)
    each = spec.alpha / others
    today = cells.index[(cells[list(spec.factors)] == pd.Series(spec.reference)).all(axis=1)]
    shown = cells[["cell", "n", "converted", "rate", "low", "high"]].copy()
    names = ["difference", "difference_low", "difference_high", "p_adjusted"]
    if len(today):
        i = int(today[0])
        low, high = newcombe(count, total, count[i], total[i], each)
        p = two_proportions(count, total, count[i], total[i])
        p[i] = low[i] = high[i] = np.nan
        shown = shown.assign(**dict(zip(names, (shown["rate"] - count[i] / total[i], low, high, holm(p)), strict=True)))
    else:
        # A fraction need not hold what runs today.
        shown = shown.assign(**dict.fromkeys(names, np.nan))
    first = int(np.argmax(count / total))
    beaten = newcombe(count[first], total[first], count, total, each).low > 0
    return shown.assign(could_be_best=~beaten).sort_values("rate", ascending=False, kind="stable", ignore_index=True)
