"""Verdicts: what a comparison means, once it is known that it means anything.

A primary or secondary metric **wins** or **loses** where the adjusted p-value is below alpha *and* its interval lies on
one side of zero; else it is **inconclusive**. A guardrail wins ("held") where its whole interval is better than its
margin, loses where its whole interval is worse than no change without clearing the margin, and is inconclusive else.
Nothing of this is said of an experiment that is **invalid**: whose split chance does not explain, whose units were in
two arms, whose arms have too few units, or whose mean does not vary.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from funnel_utils.cro.effects import Contrast, compare
from funnel_utils.cro.layout import Layout
from funnel_utils.cro.metrics import Metric, Quantile
from funnel_utils.cro.moments import Moments
from funnel_utils.cro.quantiles import Neighbours, compare_quantiles
from funnel_utils.stats.corrections import p_adjust

if TYPE_CHECKING:
    from funnel_utils.cro.experiment import Experiment

WIN, LOSE, INCONCLUSIVE, INVALID = "win", "lose", "inconclusive", "invalid"


@dataclass(frozen=True)
class Finding:
    """One metric of one arm against control.

    Attributes
    ----------
    metric, kind, role, better : str
    arm, control : str
    n, control_n : float
        Units (clusters, where there are any).
    count, of, control_count, control_of : float
        What was added up, and over what: converted of units, revenue of units, clicks of visits.
    estimate, control_estimate : float
    difference, low, high : float
        Absolute.
    lift, lift_low, lift_high : float
        Relative to control.
    se : float
        Standard error of the difference.
    p, p_adjusted : float
        That there is no difference, two-sided; adjusted for all comparisons of the same role.
    confidence : float
        Of the intervals: each is as wide as all of its role together need.
    margin, p_margin : float
        Of a guardrail: how much worse it may be in its own unit, and the one-sided p that it is as bad as that.
    planned : float
        The planned effect in the metric's unit.
    power : float
        To find the planned effect (of a guardrail: to clear its margin, if nothing changed) with so many units.
    verdict : str
        `win`, `lose`, `inconclusive` or `invalid`.
    flaw : str
        Why it is invalid: `srm`, `mixed`, `few`, `constant`, `empty`; or empty.
    method, lift_method : str
        What the intervals are.
    """

    metric: str
    kind: str
    role: str
    better: str
    arm: str
    control: str
    n: float
    control_n: float
    count: float
    of: float
    control_count: float
    control_of: float
    estimate: float
    control_estimate: float
    difference: float
    low: float
    high: float
    lift: float
    lift_low: float
    lift_high: float
    se: float
    p: float
    p_adjusted: float
    confidence: float
    margin: float
    p_margin: float
    planned: float
    power: float
    verdict: str
    flaw: str
    method: str
    lift_method: str


def judge(
    test: Experiment,
    arms: Sequence[str],
    moments: Moments,
    layout: Layout,
    near: Mapping[str, Mapping[str, Neighbours]],
    flaw: str,
) -> tuple[tuple[Finding, ...], dict[str, Contrast]]:
    """The verdicts of all metrics and arms.

    Parameters
    ----------
    test : Experiment
    arms : sequence of str
        Control first.
    moments : Moments
        A cell for each of `arms`; with strata along a second axis.
    layout : Layout
    near : mapping
        For each quantile metric, the neighbourhoods by arm.
    flaw : str
        What makes the whole experiment invalid, if anything.

    Returns
    -------
    tuple of Finding, dict of str to Contrast
        A row for each metric and arm; and the comparisons by metric.
    """
    others = len(arms) - 1
    each, control = moments.cell(slice(1, None)), moments.cell([0] * others)
    counts = {role: others * sum(m.role == role for m in test.metrics) for role in ("primary", "secondary")}

    def compared(metric: Metric, place: int, alpha: float) -> Contrast:
        if isinstance(metric, Quantile):
            return compare_quantiles(arms, near[metric.name], metric.q, alpha, test.least)
        columns = layout.columns[place]
        if test.strata is not None:
            from funnel_utils.cro.stratified import compare_within

            return compare_within(metric, columns, each, control, alpha, test.least)
        return compare(metric, columns, each, control, alpha, test.least, layout.clustered)

    alphas = {role: _alpha(test, counts[role]) for role in counts} | {"guardrail": test.alpha}
    found = [compared(metric, place, alphas[metric.role]) for place, metric in enumerate(test.metrics)]
    adjusted = [part.values["p"] for part in found]
    for role in counts:
        places = [place for place, metric in enumerate(test.metrics) if metric.role == role]
        if counts[role] < 2:
            continue
        together = p_adjust(np.concatenate([found[place].values["p"] for place in places]), test.correction)
        for place, part in zip(places, np.split(together, len(places)), strict=True):
            adjusted[place] = part
        if test.correction in ("bh", "by"):
            alphas[role] = _selected(test, together)
            for place in places:
                found[place] = compared(test.metrics[place], place, alphas[role])
    effects = [
        effect
        for metric, part, p in zip(test.metrics, found, adjusted, strict=True)
        for effect in _effects(test, metric, arms, part, p, alphas[metric.role], flaw)
    ]
    return tuple(effects), {metric.name: part for metric, part in zip(test.metrics, found, strict=True)}


def _alpha(test: Experiment, comparisons: int) -> float:
    """The error of each interval, so that all of a role hold together."""
    return test.alpha if test.correction == "none" or comparisons < 2 else test.alpha / comparisons


def _selected(test: Experiment, adjusted: Any) -> float:
    """The error of each interval under control of the false discovery rate (Benjamini, Yekutieli 2005).

    With R of m selected, intervals at R alpha / m: then of the intervals of selected effects the expected share that
    misses its effect is alpha at most.
    """
    m = len(adjusted)
    among = sum(1 / k for k in range(1, m + 1)) if test.correction == "by" else 1.0
    return float(test.alpha * max(int((adjusted <= test.alpha).sum()), 1) / m / among)


def _effects(
    test: Experiment, metric: Metric, arms: Sequence[str], found: Contrast, adjusted: Any, alpha: float, flaw: str
) -> list[Finding]:
    values, made = found.values, []
    for place, arm in enumerate(arms[1:]):
        row = {name: float(value[place]) for name, value in values.items()}
        p = float(adjusted[place])
        margin = _margin(metric, row["control_estimate"])
        planned = _planned(metric, row["control_estimate"])
        own = flaw or str(found.flaw[place])
        made.append(
            Finding(
                metric=metric.name,
                kind=metric.kind,
                role=metric.role,
                better=metric.better,
                arm=arm,
                control=arms[0],
                **row,
                p_adjusted=p,
                confidence=1 - alpha,
                margin=margin,
                p_margin=_p_margin(metric, row, margin, found.plain),
                planned=planned,
                power=_power(metric, row, planned, margin, alpha, found.plain),
                verdict=INVALID if own else _verdict(metric, row, p, test.alpha),
                flaw=own,
                method=found.method,
                lift_method=found.lift_method,
            )
        )
    return made


def _margin(metric: Metric, control: float) -> float:
    if metric.margin is not None:
        return float(metric.margin)
    return math.nan if metric.relative_margin is None else metric.relative_margin * abs(control)


def _planned(metric: Metric, control: float) -> float:
    """The planned effect in the metric's own unit."""
    if metric.planned_difference is not None:
        return float(metric.planned_difference)
    if metric.planned_lift is None:
        return math.nan
    return metric.planned_lift * (control if metric.baseline is None else metric.baseline)


def _verdict(metric: Metric, row: Mapping[str, float], p: float, alpha: float) -> str:
    low, high = sorted((metric.sign * row["low"], metric.sign * row["high"]))
    if metric.role == "guardrail":
        if _held(metric, row):
            return WIN
        return LOSE if high < 0 else INCONCLUSIVE
    if not p < alpha:
        return INCONCLUSIVE
    return WIN if low > 0 else LOSE if high < 0 else INCONCLUSIVE


def _held(metric: Metric, row: Mapping[str, float]) -> bool:
    """Whether the whole interval is better than the margin; a relative margin is held against that of the lift."""
    names, margin = ("low", "high"), metric.margin
    if margin is None:
        names, margin = ("lift_low", "lift_high"), metric.relative_margin
    return min(metric.sign * row[name] for name in names) > -float(margin or 0)


def _p_margin(metric: Metric, row: Mapping[str, float], margin: float, plain: bool) -> float:
    """One-sided p-value that the metric is worse by its margin: Farrington and Manning's for rates, else normal."""
    from scipy.special import ndtr

    if math.isnan(margin):
        return math.nan
    if plain:
        from funnel_utils.stats.score import score_test

        side = "larger" if metric.sign > 0 else "smaller"
        counts = [round(row[name]) if "count" in name else row[name] for name in _COUNTS]
        return float(score_test(*counts, value=-metric.sign * min(margin, 1.0), alternative=side).p[0])
    if not row["se"] > 0:
        return math.nan
    return float(ndtr(-(metric.sign * row["difference"] + margin) / row["se"]))


_COUNTS = ("count", "n", "control_count", "control_n")


def _power(metric: Metric, row: Mapping[str, float], planned: float, margin: float, alpha: float, plain: bool) -> float:
    """The chance to find the planned effect with these units, or to clear the margin if nothing changed."""
    from scipy.special import ndtr, ndtri

    from funnel_utils.cro.power import power_rates

    z = -float(ndtri(alpha / 2))
    if metric.role == "guardrail":
        return float(ndtr(margin / row["se"] - z)) if row["se"] > 0 else math.nan
    if math.isnan(planned) or planned == 0 or min(row["n"], row["control_n"]) < 2:
        return math.nan
    if plain:
        base = row["control_estimate"] if metric.baseline is None else metric.baseline
        if not (0 <= base <= 1 and 0 <= base + planned <= 1):
            return math.nan
        return float(power_rates(base, base + planned, row["n"], ratio=row["control_n"] / row["n"], alpha=alpha)[0])
    return (
        float(ndtr(abs(planned) / row["se"] - z) + ndtr(-abs(planned) / row["se"] - z)) if row["se"] > 0 else math.nan
    )
