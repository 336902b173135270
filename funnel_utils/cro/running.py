"""From data to cells: open what was given, lay out the columns, ask the engine once, hand over to the result."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from funnel_utils.cro.cells import EARLY, Cells
from funnel_utils.cro.layout import Layout, lay_out
from funnel_utils.cro.measures import Column, Did, Times
from funnel_utils.cro.metrics import Quantile
from funnel_utils.cro.moments import Moments
from funnel_utils.cro.quantiles import Neighbours, neighbours
from funnel_utils.cro.result import ExperimentResult
from funnel_utils.durations import format_duration
from funnel_utils.errors import LogError, SpecError
from funnel_utils.text import t

if TYPE_CHECKING:
    from funnel_utils.cro.experiment import Experiment


def run(test: Experiment, data: Any, by: tuple[str, ...], daily: bool | str | None) -> ExperimentResult:
    """See `Experiment.run`."""
    if test.clusters is not None and by:
        raise SpecError(
            f"by={list(by)} and clusters={test.clusters!r} together: a cluster cut into segments would be taken for "
            "several independent ones. Leave by= out, or run the experiment on the units of one segment at a time."
        )
    layout = lay_out(test.metrics, test.exposure.window, test.clusters is not None)
    named = {
        **({"cluster": test.clusters} if test.clusters else {}),
        **({"strata": test.strata} if test.strata else {}),
    }
    keys = {f"by{place}": name for place, name in enumerate(by)}
    if isinstance(data, str | Path) and not (named or keys or daily):
        _check_table(test, daily)
        cells = _scanned(test, data, layout)
        if cells is not None:
            return ExperimentResult(test, layout, cells, {}, (), t("experiment.how_scan"))
    # The engine is slow to import, and a plain file needs none.
    from funnel_utils.cro.gather import clusters, cut, gather
    from funnel_utils.events import EventLog

    if isinstance(data, EventLog):
        rows, engine, zone = *_log_rows(test, data, layout, named | keys, daily), data.report_tz
    else:
        _check_table(test, daily)
        rows, engine, zone = *_table_rows(test, data, layout, named | keys, daily), ""
    rows = cut(rows, layout)
    near = _quantiles(test, rows, layout)
    wanted = [*(["strata"] if test.strata else []), *keys, *(["day"] if "day" in rows.columns else [])]
    if test.clusters is not None:
        if "day" in wanted:
            raise SpecError("daily= and clusters= together: a cluster has units of many days; leave daily out.")
        rows = clusters(rows, layout, wanted)
    labels = {name: slot.measure.label for name, slot in layout.names.items()}
    cells = gather(rows, layout, wanted, labels)
    if not len(cells.keys):
        _explain_nobody(test, data, cells.aside)
    cells = _local_days(cells, zone)
    return ExperimentResult(test, layout, cells, near, by, engine)


def _log_rows(test: Experiment, log: Any, layout: Layout, keys: Mapping[str, str], daily: Any) -> tuple[Any, str]:
    from funnel_utils.cro.exposure import rows_of_log

    if isinstance(daily, str):
        raise SpecError(f"daily={daily!r}: on a log the day is that of the first exposure; say daily=True or False.")
    wanted = test.clusters is None if daily is None else bool(daily)
    rows = rows_of_log(log, test.exposure, test.arm, test.unit or "user", layout, keys, wanted)
    return rows, t("experiment.how", engine=log.backend.name)


def _explain_nobody(test: Experiment, data: Any, aside: Mapping[str, int]) -> None:
    """Say why nobody is left to compare, where that can be told.

    Raises
    ------
    LogError
        If all came too late to be watched for the whole window, or the exposing event never occurs.
    """
    window = test.exposure.window
    if aside.get(EARLY) and window is not None:
        raise LogError(
            f"{aside[EARLY]:,} units were exposed, and none was watched for {format_duration(window)} after it: the log"
            f" ends on {data.observed_until:%Y-%m-%d}. Shorten the exposure's within, or say until when people were"
            " watched (observed_until)."
        )
    event = test.exposure.event
    if event is None or not hasattr(data, "table") or "event" not in data.table.columns:
        return
    names = [str(name) for name in data.table.select("event").distinct().limit(200).to_pandas()["event"]]
    if event not in names:
        near = difflib.get_close_matches(event, names, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise LogError(f"exposure: no event of the log is called {event!r}.{hint}")


def _check_table(test: Experiment, daily: Any) -> None:
    from funnel_utils.cro.exposure import Exposure

    if test.exposure != Exposure():
        raise SpecError(
            "exposure= belongs to an event log, and this is a table with a row a unit. Read events with EventLog.read, "
            "or leave exposure out."
        )
    if daily is True:
        raise SpecError("daily=True: a table has no exposures; name the column that holds each unit's day.")


def _scanned(test: Experiment, data: Any, layout: Layout) -> Cells | None:
    """The cells of a large and plain file."""
    from funnel_utils.cro.exposure import column_of
    from funnel_utils.cro.scan import scan

    if test.unit is not None or any(slot.cut or slot.after for slot in layout.slots):
        return None
    if any(isinstance(metric, Quantile) for metric in test.metrics):
        return None
    columns = {name: column_of(slot) for name, slot in layout.names.items()}
    return scan(data, test.arm, layout, columns)


def _table_rows(test: Experiment, data: Any, layout: Layout, keys: Mapping[str, str], daily: Any) -> tuple[Any, str]:
    from funnel_utils.cro.exposure import rows_of_table
    from funnel_utils.events.sources import open_source

    source = open_source(data)
    rows = rows_of_table(source.table, test.arm, test.unit, layout, keys, daily or None)
    return rows, t("experiment.how", engine=source.backend.name)


def _quantiles(test: Experiment, rows: Any, layout: Layout) -> dict[str, dict[str, Neighbours]]:
    found = {}
    for metric, columns in zip(test.metrics, layout.columns, strict=True):
        if isinstance(metric, Quantile):
            found[metric.name] = neighbours(rows, columns.y, metric.q, metric.name)
    return found


def _local_days(cells: Cells, zone: str) -> Cells:
    """Quarter hours of exposure as days of the reader's calendar."""
    from funnel_utils.events.calendar import local_times

    if "day" not in cells.keys.columns:
        return cells
    days = local_times(cells.keys["day"], zone) if zone else pd.to_datetime(cells.keys["day"])
    keys = cells.keys.assign(day=days.dt.normalize())
    return Cells(keys, cells.moments, cells.aside)


def moments_of_counts(counts: Mapping[str, tuple[float, float]]) -> dict[str, Moments]:
    """Each arm's (n, converted) as moments.

    Raises
    ------
    SpecError
        If a count is no whole number between 0 and n.
    """
    found = {}
    for arm, pair in counts.items():
        try:
            n, converted = (float(value) for value in pair)
        except (TypeError, ValueError):
            raise SpecError(f"of_counts: {arm!r} has {pair!r}; give (n, converted).") from None
        if not (0 <= converted <= n and n > 0 and n.is_integer() and converted.is_integer()):
            raise SpecError(
                f"of_counts: {arm!r} has {pair!r}; give (n, converted) with 0 <= converted <= n, n above 0."
            )
        found[arm] = Moments.of_sums(n, {"converted": converted})
    return found


def run_moments(test: Experiment, moments: Mapping[str, Moments]) -> ExperimentResult:
    """See `Experiment.of_moments`."""
    if test.clusters or test.strata:
        raise SpecError("of_moments: moments of arms hold neither clusters nor strata; use run with the data.")
    wrong = [metric.name for metric in test.metrics if isinstance(metric, Quantile)]
    if wrong:
        raise SpecError(f"of_moments: {wrong[0]}: a quantile is not made of sums; use run with the data.")
    layout = lay_out(test.metrics, test.exposure.window, clustered=False)
    names = {name: _column(slot.measure) for name, slot in layout.names.items()}
    for arm, one in moments.items():
        if one.n.ndim:
            raise SpecError(f"of_moments: {arm!r} has cells of shape {one.n.shape}; give one number of units.")
    cells = Moments.stack([one.renamed(names, layout.needs) for one in moments.values()])
    finite = np.isfinite([*cells.means.values()]).all(axis=0)
    if not finite.all():
        raise LogError(f"of_moments: {list(moments)[int(np.argmin(finite))]!r} has a sum that is not finite.")
    gathered = Cells(pd.DataFrame({"arm": list(moments)}), cells, {})
    return ExperimentResult(test, layout, gathered, {}, (), t("experiment.how_counts"))


def _column(measure: Any) -> str:
    if isinstance(measure, Column):
        return measure.column
    if isinstance(measure, Did | Times) and len(measure.events) == 1:
        return str(measure.events[0])
    raise SpecError(f"of_moments: {measure.label}: name the column of the moments with Column(…).")


def arms_of(test: Experiment, found: Sequence[Any]) -> tuple[str, ...]:
    """The arms that are compared, control first.

    Raises
    ------
    LogError
        If nobody is in control, or in one of the named treatments, or in any other arm.
    """
    there = [str(arm) for arm in dict.fromkeys(found)]
    known = ", ".join(sorted(there)) or "nobody"
    for arm in (test.control, *test.treatments):
        if arm not in there:
            raise LogError(
                f"Nobody is in the arm {arm!r}; {test.arm!r} holds {known}. Name arms with control= and treatments=."
            )
    others = test.treatments or tuple(sorted(arm for arm in there if arm != test.control))
    if not others:
        raise LogError(f"Everybody is in {test.control!r}: there is no other arm to compare with.")
    return (test.control, *others)
