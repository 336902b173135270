"""Arms compared within strata, and the comparisons put together.

Where a property that was known before the exposure foretells the outcome (the city, the device), comparing within its
values takes its part out of the noise. Rates are put together by Mantel and Haenszel, means by the share of each.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from funnel_utils.cro.effects import CONSTANT_VALUES, EMPTY, FEW, Contrast
from funnel_utils.cro.layout import Columns
from funnel_utils.cro.metrics import Conversion, Metric
from funnel_utils.cro.moments import Moments


def compare_within(
    metric: Metric, columns: Columns, arm: Moments, control: Moments, alpha: float, least: int
) -> Contrast:
    """Compare a conversion or a mean within strata.

    Parameters
    ----------
    metric : Metric
    columns : Columns
    arm, control : Moments
        Of shape (arms, strata).
    alpha : float
    least : int
        Fewest units of an arm, over all strata.
    """
    rows: list[dict[str, float]] = []
    flaw = []
    for place in range(len(arm.n)):
        sides = arm.cell(place), control.cell(place)
        row, wrong = _one(metric, columns.y, sides, alpha)
        few = min(float(side.n.sum()) for side in sides) < least
        rows.append(row)
        flaw.append(FEW if few else wrong)
    values = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    rates = isinstance(metric, Conversion)
    names = ("Mantel-Haenszel", "Mantel-Haenszel") if rates else ("Welch within strata", "Fieller")
    return Contrast(values, np.array(flaw, dtype=object), *names)


def _one(metric: Metric, y: str, sides: tuple[Moments, Moments], alpha: float) -> tuple[dict[str, float], str]:
    """One arm against control; the values of both are at the same weights of the strata."""
    from funnel_utils.cro.strata import mantel_haenszel, stratified_means

    here, there = sides
    row: dict[str, float] = {}
    for prefix, side in (("", here), ("control_", there)):
        row |= {f"{prefix}n": float(side.n.sum()), f"{prefix}count": float(side.sum(y).sum())}
        row[f"{prefix}of"] = row[f"{prefix}n"]
    both = (here.n > 0) & (there.n > 0)
    if not both.any():
        return row | dict.fromkeys((*_FOUND, "estimate", "control_estimate"), np.nan), EMPTY
    found: Any
    if isinstance(metric, Conversion):
        counts = (np.rint(here.sum(y)), here.n, np.rint(there.sum(y)), there.n)
        found = mantel_haenszel(*counts, alpha=alpha)
        return row | _read(found), ""
    found = stratified_means(here.n, here.mean(y), here.var(y), there.n, there.mean(y), there.var(y), alpha=alpha)
    row |= _read(found)
    return row, "" if row["se"] > 0 else CONSTANT_VALUES


_FOUND = ("difference", "low", "high", "lift", "lift_low", "lift_high", "se", "p")


def _read(found: Any) -> dict[str, float]:
    read = {name: float(np.ravel(getattr(found, name))[0]) for name in (*_FOUND, "estimate", "control")}
    read["control_estimate"] = read.pop("control")
    return read
