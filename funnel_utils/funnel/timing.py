"""Time in stage: how long units stay at a step before they go on, by Kaplan-Meier.

Time zero is the moment of step k, the event is step k+1, and everyone else is **censored** at the earlier of the end of
their window and the end of observation: they had not gone on by then, which is all that is known. Leaving them out (the
mean time of those who advanced) makes every stage look fast; those quantiles are here too, under a name that says so.

The engine counts units by (time, advanced or not); the curve comes from these counts.
"""

from __future__ import annotations

from typing import Any

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from funnel_utils import stats
from funnel_utils.events.clock import elapsed, in_ticks, observed_for, ticks_per_second
from funnel_utils.funnel.counts import at_step, counted, step_label
from funnel_utils.funnel.spec import Funnel
from funnel_utils.text import t

#: More distinct times than this are rounded down to the next of `RESOLUTIONS` (seconds) that stays below it.
MOST_TIMES = 100_000
RESOLUTIONS = (0.001, 1.0, 10.0, 60.0, 300.0, 900.0, 3600.0, 86400.0)


def transitions(funnel: Funnel) -> list[tuple[int, int]]:
    """The pairs of one required step and the next."""
    return list(zip(funnel.required, funnel.required[1:], strict=False))


def durations(
    table: ir.Table, funnel: Funnel, observed_until: pd.Timestamp, step: int, following: int
) -> tuple[pd.DataFrame, float]:
    """How many units stayed how long between two steps.

    Returns
    -------
    DataFrame
        `time` (seconds), `advanced` (bool), `units`.
    float
        The resolution in seconds: the engine's own, unless there were more than `MOST_TIMES` distinct times.
    """
    ticks = ticks_per_second(table)
    rows = counted(table)
    rows = rows.filter(at_step(rows, funnel, step))
    start, end = rows[f"t{step}"], rows[f"t{following}"]
    advanced = at_step(rows, funnel, following)
    limit: Any = observed_for(rows, start, observed_until, ticks)
    if funnel.window is not None:
        left = in_ticks(funnel.window, ticks) - elapsed(start, rows.entry, ticks)
        limit = (left < limit).ifelse(left, limit)
    stay = advanced.ifelse(elapsed(end, start, ticks), limit)
    # Swapped steps (grace) and an early observed_until can put the end before the start.
    stayed = rows.select(advanced=advanced, time=(stay > 0).ifelse(stay, 0))
    step_ticks, resolution = _resolution(stayed, ticks)
    if step_ticks > 1:
        stayed = stayed.mutate(time=stayed.time // step_ticks)
    found = stayed.group_by(["time", "advanced"]).agg(units=stayed.count()).to_pandas()
    found["time"] = found["time"].astype("float64") * step_ticks / ticks
    found["advanced"] = found["advanced"].astype(bool)
    return found.sort_values(["time", "advanced"], ascending=[True, False], ignore_index=True), resolution


def _resolution(stayed: ir.Table, ticks: int) -> tuple[int, float]:
    """Ticks and seconds of the finest resolution that gives at most `MOST_TIMES` distinct times."""
    size = stayed.aggregate(rows=stayed.count(), longest=stayed.time.max()).to_pandas().iloc[0]
    if size["rows"] <= MOST_TIMES or int(stayed.time.nunique().to_pyarrow().as_py()) <= MOST_TIMES:
        return 1, 1 / ticks
    seconds = float(size["longest"]) / ticks
    chosen = next((r for r in RESOLUTIONS if r * ticks >= 1 and seconds / r < MOST_TIMES), RESOLUTIONS[-1])
    return int(chosen * ticks), chosen


def survival(table: ir.Table, funnel: Funnel, observed_until: pd.Timestamp, step: int, following: int) -> pd.DataFrame:
    """The Kaplan-Meier curve of staying at `step`.

    Returns
    -------
    DataFrame
        `time_s` (seconds since the step; the first row is time 0), `survival` (share still at the step), `low`, `high`,
        `at_risk`, `advanced` (units that went on at that time).
    """
    counts_, _ = durations(table, funnel, observed_until, step, following)
    curve = stats.kaplan_meier(counts_["time"], counts_["advanced"], counts_["units"])
    start = {"time": 0.0, "survival": 1.0, "low": 1.0, "high": 1.0, "at_risk": counts_["units"].sum(), "events": 0.0}
    whole = curve if (curve["time"] == 0).any() else pd.concat([pd.DataFrame([start]), curve], ignore_index=True)
    whole = whole.rename(columns={"time": "time_s", "events": "advanced"})
    return whole[["time_s", "survival", "low", "high", "at_risk", "advanced"]]


def time_in_stage(
    table: ir.Table, funnel: Funnel, observed_until: pd.Timestamp, *, repeated: bool = False
) -> pd.DataFrame:
    """How long each stage takes.

    Parameters
    ----------
    table : ibis Table
        The match table.
    funnel : Funnel
    observed_until : Timestamp
        The end of observation.
    repeated : bool
        Rows repeat per person; the name of the interval then says what it takes for granted.

    Returns
    -------
    DataFrame
        A row per pair of required steps: `step`, `label`, `next_label`; `at_risk`, `advanced`, `censored` (units);
        `rate`, `low`, `high` (the share that Kaplan-Meier says has gone on by the longest time seen); `km_p25_s`,
        `km_median_s` (with `km_median_low_s`, `km_median_high_s`), `km_p75_s`, `km_p90_s` (seconds until that share of
        *all* had gone on, NaN when it never did); `advanced_median_s`, `advanced_p90_s` (seconds, among those who
        advanced only); `resolution_s`; `interval`.
    """
    found = []
    for step, following in transitions(funnel):
        counts_, resolution = durations(table, funnel, observed_until, step, following)
        row = {"step": step, "label": step_label(funnel, step), "next_label": step_label(funnel, following)}
        row |= _summary(counts_)
        row |= {"resolution_s": resolution, "interval": t("funnel.km_attempts" if repeated else "funnel.km")}
        found.append(row)
    return pd.DataFrame(found, columns=None if found else _COLUMNS)


def _summary(counts_: pd.DataFrame) -> dict[str, float]:
    """The figures of one transition."""
    curve = stats.kaplan_meier(counts_["time"], counts_["advanced"], counts_["units"])
    gone = counts_[counts_["advanced"]]
    at_risk, advanced = int(counts_["units"].sum()), int(gone["units"].sum())
    last = curve.iloc[-1] if len(curve) else pd.Series({"survival": 1.0 if at_risk else np.nan})
    made: dict[str, float] = {"at_risk": at_risk, "advanced": advanced, "censored": at_risk - advanced}
    made |= {"rate": 1 - last["survival"], "low": 1 - last.get("high", np.nan), "high": 1 - last.get("low", np.nan)}
    for name, share in (("p25", 0.25), ("median", 0.5), ("p75", 0.75), ("p90", 0.9)):
        made[f"km_{name}_s"] = stats.km_quantile(curve, share)
    made["km_median_low_s"] = stats.km_quantile(curve.assign(survival=curve["low"]), 0.5)
    made["km_median_high_s"] = stats.km_quantile(curve.assign(survival=curve["high"]), 0.5)
    for name, share in (("median", 0.5), ("p90", 0.9)):
        made[f"advanced_{name}_s"] = stats.weighted_quantile(gone["time"], gone["units"], share) if advanced else np.nan
    return made


_COLUMNS = ["step", "label", "next_label", "at_risk", "advanced", "censored", "rate", "low", "high"]
_COLUMNS += ["km_p25_s", "km_median_s", "km_p75_s", "km_p90_s", "km_median_low_s", "km_median_high_s"]
_COLUMNS += ["advanced_median_s", "advanced_p90_s", "resolution_s", "interval"]
