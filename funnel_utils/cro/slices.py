"""The same cells seen other ways: each arm by itself, day by day, segment by segment, with and without covariates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from funnel_utils import stats
from funnel_utils.cro.cells import Cells
from funnel_utils.cro.effects import compare
from funnel_utils.cro.layout import SIZE
from funnel_utils.cro.measures import Column
from funnel_utils.cro.metrics import Metric, Quantile
from funnel_utils.cro.moments import Moments
from funnel_utils.errors import SpecError
from funnel_utils.stats.counts import student_critical

if TYPE_CHECKING:
    from collections.abc import Mapping

    from funnel_utils.cro.effects import Contrast
    from funnel_utils.cro.result import ExperimentResult

#: What a row of a day or a segment tells.
TOLD = ("n", "control_n", "estimate", "control_estimate", "difference", "low", "high")


def grid(cells: Cells, arms: tuple[str, ...], key: str) -> tuple[pd.Series, Moments]:
    """The cells by arm and one key, as a table of them: the values of the key, and moments (arms, values)."""
    keys, found = cells.by("arm", key)
    values = keys[key].drop_duplicates().sort_values(na_position="last", ignore_index=True)
    places = {(row[0], str(row[1])): place for place, row in enumerate(keys[["arm", key]].itertuples(index=False))}
    nobody = len(keys)
    empty = Moments(0.0, dict.fromkeys(found.means, 0.0), dict.fromkeys(found.products, 0.0))
    padded = _appended(found, empty)
    index = np.array([[places.get((arm, str(value)), nobody) for value in values] for arm in arms])
    return values, padded.cell(index)


def _appended(moments: Moments, one: Moments) -> Moments:
    n = np.append(moments.n, one.n)
    means = {name: np.append(value, one.means[name]) for name, value in moments.means.items()}
    return Moments(n, means, {key: np.append(value, one.products[key]) for key, value in moments.products.items()})


def chosen(result: ExperimentResult, metric: str | None) -> list[tuple[int, Metric]]:
    """The metrics that have cells, or the one asked for, with their place.

    Raises
    ------
    SpecError
        If there is no such metric, or it is a quantile.
    """
    there = [(place, one) for place, one in enumerate(result.spec.metrics) if not isinstance(one, Quantile)]
    found = [pair for pair in there if metric in (None, pair[1].name)]
    if not found:
        names = ", ".join(one.name for _, one in there) or "none"
        raise SpecError(f"metric={metric!r}: there is {names}, and quantiles have neither days nor segments.")
    return found


def daily_rows(result: ExperimentResult, metric: str | None) -> pd.DataFrame:
    """See `ExperimentResult.daily`."""
    if "day" not in result.cells.keys.columns:
        raise SpecError("daily: this experiment was run without days; see daily= of Experiment.run.")
    days, moments = grid(result.cells, result.arm_names, "day")
    parts = []
    for place, one in chosen(result, metric):
        for arm in range(1, len(result.arm_names)):
            sides = moments.cell(arm), moments.cell(0)
            row: dict[str, Any] = {"metric": one.name, "arm": result.arm_names[arm], "day": days}
            here = _compared(result, one, place, sides, result.spec.alpha)
            row |= {name: here[name] for name in (*TOLD, "p")}
            so_far = _compared(result, one, place, [side.cumulative() for side in sides], result.spec.alpha)
            row |= {f"cum_{name}": so_far[name] for name in (*TOLD, "p")}
            parts.append(pd.DataFrame(row))
    return pd.concat(parts, ignore_index=True)


def _compared(result: ExperimentResult, metric: Metric, place: int, sides: Any, alpha: float) -> dict[str, Any]:
    columns, clustered = result.layout.columns[place], result.layout.clustered
    with np.errstate(divide="ignore", invalid="ignore"):
        found = compare(metric, columns, sides[0], sides[1], alpha, result.spec.least, clustered)
    return {**found.values, "flaw": found.flaw}


def segment_rows(result: ExperimentResult, by: str | None, metric: str | None) -> pd.DataFrame:
    """See `ExperimentResult.segments`."""
    key, name = _segment_key(result, by)
    values, moments = grid(result.cells, result.arm_names, key)
    parts = []
    for place, one in chosen(result, metric):
        for arm in range(1, len(result.arm_names)):
            sides = moments.cell(arm), moments.cell(0)
            found = _compared(result, one, place, sides, result.spec.alpha / len(values))
            row: dict[str, Any] = {"metric": one.name, "arm": result.arm_names[arm], "by": name, "value": values}
            row |= {field: found[field] for field in (*TOLD, "lift", "lift_low", "lift_high", "se", "p")}
            row |= {"p_adjusted": stats.holm(found["p"]), "flaw": found["flaw"]}
            parts.append(pd.DataFrame(row))
    return pd.concat(parts, ignore_index=True)


def _segment_key(result: ExperimentResult, by: str | None) -> tuple[str, str]:
    if not result.by:
        raise SpecError('segments: this experiment was run without any; say run(data, by="device").')
    name = result.by[0] if by is None else by
    if name not in result.by:
        raise SpecError(f"segments: by={name!r} is not among those it was run by: {', '.join(result.by)}.")
    return f"by{result.by.index(name)}", name


def heterogeneity_rows(result: ExperimentResult, by: str | None) -> pd.DataFrame:
    """See `ExperimentResult.heterogeneity`."""
    from scipy.special import chdtrc

    rows = []
    for (metric, arm), part in segment_rows(result, by, None).groupby(["metric", "arm"], sort=False):
        usable = part[(part["se"] > 0) & np.isfinite(part["se"]) & part["difference"].notna()]
        weights = 1 / usable["se"] ** 2
        centre = (weights * usable["difference"]).sum() / weights.sum() if len(usable) else np.nan
        q = float((weights * (usable["difference"] - centre) ** 2).sum())
        p = float(chdtrc(len(usable) - 1, q)) if len(usable) > 1 else np.nan
        rows.append((metric, arm, len(usable), q, p))
    return pd.DataFrame(rows, columns=["metric", "arm", "segments", "q", "p"])


def arm_values(result: ExperimentResult) -> pd.DataFrame:
    """See `ExperimentResult.arms`."""
    moments = result.moments
    if moments.n.ndim == 2:
        moments = _merged_strata(moments)
    parts = []
    for place, metric in enumerate(result.spec.metrics):
        if isinstance(metric, Quantile):
            parts.append(_quantile_values(result, metric))
            continue
        columns = result.layout.columns[place]
        x = SIZE if result.layout.clustered and columns.x is None else columns.x
        parts.append(_values(metric, columns.y, x, moments, result.spec.alpha, result.arm_names))
    return pd.concat(parts, ignore_index=True)


def _merged_strata(moments: Moments) -> Moments:
    arms, strata = moments.n.shape
    flat = Moments(
        moments.n.ravel(),
        {name: value.ravel() for name, value in moments.means.items()},
        {key: value.ravel() for key, value in moments.products.items()},
    )
    return flat.grouped(np.repeat(np.arange(arms), strata), arms)


def _values(metric: Metric, y: str, x: str | None, moments: Moments, alpha: float, arms: Any) -> pd.DataFrame:
    from funnel_utils.cro.ratio import ratio_variance

    count, n = moments.sum(y), moments.n
    of = n if x is None else moments.sum(x)
    estimate = stats.rate(count, of)
    if metric.kind == "conversion" and x is None:
        low, high = stats.wilson(np.rint(count), n, alpha)
        name = "Wilson"
    else:
        with np.errstate(divide="ignore", invalid="ignore"):
            variance = (
                moments.var(y) / n
                if x is None
                else ratio_variance(n, moments.vector((y, x)), moments.matrix((y, x)))[1]
            )
            half = student_critical(alpha, n - 1) * np.sqrt(variance)
        low, high = estimate - half, estimate + half
        name = "Student" if x is None else "delta method"
    frame = {"metric": metric.name, "kind": metric.kind, "arm": list(arms), "n": n, "count": count, "of": of}
    return pd.DataFrame({**frame, "estimate": estimate, "low": low, "high": high, "interval": name})


def _quantile_values(result: ExperimentResult, metric: Quantile) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    rows = []
    for arm in result.arm_names:
        near = result.near[metric.name][arm]
        low, high = np.quantile(near.draws(metric.q, rng), [result.spec.alpha / 2, 1 - result.spec.alpha / 2])
        rows.append((metric.name, metric.kind, arm, near.n, np.nan, near.n, near.at(metric.q), low, high, "bootstrap"))
    names = ["metric", "kind", "arm", "n", "count", "of", "estimate", "low", "high", "interval"]
    return pd.DataFrame(rows, columns=names)


def covariate_rows(result: ExperimentResult, contrasts: Mapping[str, Contrast]) -> pd.DataFrame:
    """See `ExperimentResult.covariates`."""
    rows = []
    for metric in result.spec.metrics:
        found = contrasts[metric.name].adjusted
        if found is None:
            continue
        for place, arm in enumerate(result.arm_names[1:]):
            for k, covariate in enumerate(metric.before):
                label = covariate.column if isinstance(covariate, Column) else covariate.label
                theta = np.nan if k in found.dropped else float(found.theta[place, k])
                plain = found.plain
                told = [float(value[place]) for value in (plain.difference, plain.low, plain.high)]
                balance, reduction = float(found.balance[place, k]), float(found.reduction[place])
                rows.append((metric.name, arm, label, theta, reduction, balance, *told))
    names = ["metric", "arm", "covariate", "theta", "reduction", "balance_p"]
    return pd.DataFrame(rows, columns=[*names, "plain_difference", "plain_low", "plain_high"])
