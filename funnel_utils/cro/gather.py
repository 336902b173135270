"""One query: the moments of every arm, and of every day, segment and stratum of it, come back together.

The engine groups the units once by everything that will be asked for; totals, days and segments are then the same cells
merged in different ways, so that they agree with each other by construction and cost one scan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from funnel_utils.cro.cells import MIXED, NO_ARM, OK, Cells
from funnel_utils.cro.layout import SIZE, Layout
from funnel_utils.cro.moments import Moments, Needs
from funnel_utils.errors import LogError

if TYPE_CHECKING:
    import ibis.expr.types as ir

#: More groups than this are not days and segments but ids.
MOST_CELLS = 500_000


def cut(rows: ir.Table, layout: Layout) -> ir.Table:
    """`rows` with the columns of winsorised metrics cut at their quantile."""
    units: Any = rows
    capped = {}
    for name, slot in layout.names.items():
        if slot.cut is not None:
            limit = units.filter(units[name] != 0)[name].quantile(slot.cut).as_scalar()
            capped[name] = (units[name] > limit).ifelse(limit, units[name])
    return units.mutate(**capped) if capped else units


def clusters(rows: ir.Table, layout: Layout, keys: Sequence[str]) -> ir.Table:
    """One row a cluster: its arm, its number of units (`size`), and the sums of their columns.

    For each column there are also `…_squares`, the sum of its squares over the units, and `…_between`, its squared sum
    over the size: what the correlation within clusters is made of.
    """
    from funnel_utils.cro.exposure import whole

    units: Any = rows
    state = units["state"] if "state" in units.columns else None
    by = ["cluster", *keys, *([] if state is None else ["state"])]
    sums: dict[str, Any] = {}
    for name in layout.names:
        value = units[name]
        sums |= {name: whole(value), f"{name}_squares": (value * value).sum()}
    found = units.group_by(by).agg(arm=units["arm"].min(), last_arm=units["arm"].max(), size=units.count(), **sums)
    found = found.mutate(size=found["size"].cast("float64"))
    found = found.mutate(**{f"{name}_between": found[name] * found[name] / found["size"] for name in layout.names})
    good = found["arm"].notnull() if state is None else found["state"] == OK
    torn = good & (found["arm"] != found["last_arm"])
    other = found["arm"].isnull().ifelse(NO_ARM, OK) if state is None else found["state"]
    return found.mutate(state=torn.ifelse(MIXED, other))


def gather(rows: ir.Table, layout: Layout, keys: Sequence[str], labels: Mapping[str, str]) -> Cells:
    """The moments of all cells, by one aggregate in the engine.

    Parameters
    ----------
    rows : ibis Table
        One row a unit (or a cluster).
    layout : Layout
    keys : sequence of str
        What to group by, beside the arm.
    labels : mapping of str to str
        What the columns are called, for errors.

    Raises
    ------
    LogError
        If there is nothing in it, a value is missing or not finite, or a conversion is neither 0 nor 1.
    """
    units: Any = rows
    needs = layout.needs
    if layout.clustered:
        extra = [f"{name}_{kind}" for name in layout.names if name in needs.columns for kind in ("squares", "between")]
        needs = needs | Needs(extra)
    stated = "state" in units.columns
    by = ["arm", *(["state"] if stated else []), *keys]
    sums: dict[str, Any] = {"n": units.count()}
    for place, name in enumerate(needs.columns):
        sums |= {f"s{place}": units[name].sum(), f"k{place}": units[name].count()}
    for place, (a, b) in enumerate(needs.products):
        sums[f"v{place}"] = units[a].var(how="pop") if a == b else units[a].cov(units[b], how="pop")
    try:
        frame = units.group_by(by).agg(**sums).to_pandas()
    except Exception as error:
        # DuckDB does not say of which column; to look first would cost a scan.
        if type(error).__name__ != "OutOfRangeException":
            raise
        raise LogError(
            f"One of {', '.join(labels.values())} holds infinite values, or values too large to be squared; mend them."
        ) from error
    if len(frame) > MOST_CELLS:
        raise LogError(f"by= gives {len(frame):,} groups: is one of the columns an id? Take one with few values.")
    return _read(frame, needs, keys, labels, layout.clustered)


def _read(frame: pd.DataFrame, needs: Needs, keys: Sequence[str], labels: Mapping[str, str], clustered: bool) -> Cells:
    """The cells that count, and what was set aside."""
    if "state" not in frame.columns:
        frame["state"] = np.where(frame["arm"].isna(), NO_ARM, OK)
    weight = frame["s" + str(needs.columns.index(SIZE))] if clustered else frame["n"]
    aside = weight.groupby(frame["state"]).sum().drop(OK, errors="ignore")
    found = frame[frame["state"] == OK].reset_index(drop=True)
    n = found["n"].to_numpy(dtype=np.float64)
    for place, name in enumerate(needs.columns):
        _refuse(labels.get(name, name), n, found[f"k{place}"], found[f"s{place}"])
    sums = {name: found[f"s{place}"].to_numpy(dtype=np.float64) for place, name in enumerate(needs.columns)}
    means = {name: value / n for name, value in sums.items()}
    products = {key: found[f"v{place}"].to_numpy(dtype=np.float64) * n for place, key in enumerate(needs.products)}
    moments = Moments(n, means, products)
    return Cells(found[["arm", *keys]], moments, {str(state): int(count) for state, count in aside.items()})


def _refuse(label: str, n: Any, known: pd.Series, total: pd.Series) -> None:
    lost = int((n - known.to_numpy(dtype=np.float64)).sum())
    if lost:
        raise LogError(
            f"{label}: {lost:,} of {int(n.sum()):,} units have no usable value (missing, or a conversion neither 0 "
            "nor 1). Fill in what a missing one means (0, if nothing was bought), or leave these units out of all arms."
        )
    if not np.isfinite(total.to_numpy(dtype=np.float64)).all():
        raise LogError(f"{label} holds values that are not finite (NaN or infinite); mend or leave out these units.")
