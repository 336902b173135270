"""The triangle's cells from counts: what was observed, what was seen in part, and how sure each share is.

Nothing here knows of logs or engines: sizes, counts and the moments at which periods begin go in, tidy tables come out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from funnel_utils import stats
from funnel_utils.retention import periods
from funnel_utils.text import t

if TYPE_CHECKING:
    from funnel_utils.events import EventLog
    from funnel_utils.retention.cohorts import Cohorts

COLUMNS = (
    *("cohort", "period", "label", "size", "returned", "rate", "low", "high", "interval", "observed", "partial"),
)


def grid(log: EventLog, cohorts: Cohorts, sizes: pd.DataFrame, returned: pd.DataFrame) -> pd.DataFrame:
    """Every cohort and period, with `size`, `count` (0 where nobody was counted) and what was seen of the cell.

    Parameters
    ----------
    sizes : DataFrame
        `cohort` (number), `size`, `first`, `last` (UTC).
    returned : DataFrame
        `cohort`, `cell`, `returned`.

    Returns
    -------
    DataFrame
        `number` (of the cohort), `cell` (-1 is period 0), `first_period`, `last_period`, `size`, `count`, `observed`,
        `whole`.
    """
    spans = [(0, 0), *cohorts.spans]
    cells = pd.DataFrame({"cell": range(-1, len(spans) - 1)})
    cells["first_period"], cells["last_period"] = zip(*spans, strict=True)
    made = sizes.rename(columns={"cohort": "number"}).merge(cells, how="cross")
    counts = returned.rename(columns={"cohort": "number", "returned": "count"})
    made = made.merge(counts[["number", "cell", "count"]], on=["number", "cell"], how="left")
    made["count"] = made["count"].fillna(0).astype("int64")
    made.loc[made["cell"] == -1, "count"] = made["size"]
    begun, over = _seen(log, cohorts, made)
    # An event at the very first moment of a period that was seen no further is still a return.
    made["observed"] = begun | (made["count"] > 0)
    made["whole"] = over
    return made.drop(columns=["first", "last"])


def _seen(log: EventLog, cohorts: Cohorts, made: pd.DataFrame) -> tuple[Any, Any]:
    """Whether a cell's first period had begun for anybody, and whether its last was over for all."""
    until = log.observed_until
    end_of_cohort = periods.begins(made["number"] + 1, cohorts.by, log)
    if cohorts.clock == "calendar":
        begun = periods.begins(made["number"] + made["first_period"], cohorts.by, log) < until
        return begun, periods.begins(made["number"] + made["last_period"] + 1, cohorts.by, log) <= until
    step = pd.Timedelta(cohorts.step or 0)
    begun = (made["first"] + made["first_period"] * step < until).to_numpy()
    over = (made["last"] + (made["last_period"] + 1) * step <= until).to_numpy()
    # Period 0 is the cohort itself, which is complete when its calendar period is.
    itself = (made["cell"] == -1).to_numpy()
    return begun, np.where(itself, end_of_cohort <= until, over)


def cells(log: EventLog, cohorts: Cohorts, made: pd.DataFrame, alpha: float) -> pd.DataFrame:
    """The tidy table of `CohortsResult.cells` from a `grid`."""
    shown = made["observed"].to_numpy(bool)
    itself = (made["cell"] == -1).to_numpy()
    count = np.where(shown, made["count"], np.nan)
    low, high = stats.wilson(np.where(itself, np.nan, count), made["size"], alpha)
    labels = {pair: cohorts.label(*pair) for pair in {(0, 0), *cohorts.spans}}
    pairs = zip(made["first_period"], made["last_period"], strict=True)
    found = pd.DataFrame(
        {
            "cohort": periods.starts(made["number"], cohorts.by, log.week_start),
            "period": made["first_period"],
            "label": [labels[pair] for pair in pairs],
            "size": made["size"],
            "returned": pd.array(count, dtype="Int64"),
            "rate": stats.rate(count, made["size"]),
            "low": low,
            "high": high,
            "interval": np.where(itself, "", t("retention.wilson")),
            "observed": shown,
            "partial": shown & ~made["whole"].to_numpy(bool),
        }
    )
    return found[list(COLUMNS)]


def curve(cohorts: Cohorts, made: pd.DataFrame, through: int | None, alpha: float) -> pd.DataFrame:
    """The pooled curve: at each period, everybody in a cohort whose cell was wholly seen."""
    chosen = made[made["whole"]]
    if through is not None:
        last = made.loc[made["first_period"] <= through, "cell"].max()
        seen = made[made["cell"] <= last].groupby("number")["whole"].all()
        chosen = chosen[chosen["number"].isin(seen.index[seen]) & (chosen["cell"] <= last)]
    rows = []
    for first, last_period in [(0, 0), *cohorts.spans]:
        here = chosen[chosen["first_period"] == first]
        if through is not None and first > through:
            break
        row = {"period": first, "label": cohorts.label(first, last_period), "cohorts": len(here)}
        rows.append(row | {"returned": int(here["count"].sum()), "of": int(here["size"].sum())})
    found = pd.DataFrame(rows)
    return with_rate(found, alpha, itself=found["period"] == 0)


def with_rate(found: pd.DataFrame, alpha: float, itself: Any = False) -> pd.DataFrame:
    """`returned` of `of` with `rate`, Wilson's `low` and `high`, and `interval`; no interval for period 0 `itself`."""
    low, high = stats.wilson(found["returned"], found["of"], alpha)
    hidden = np.broadcast_to(np.asarray(itself, dtype=bool), len(found))
    made = found.assign(rate=stats.rate(found["returned"], found["of"]))
    made["low"], made["high"] = np.where(hidden, np.nan, low), np.where(hidden, np.nan, high)
    made["interval"] = np.where(hidden, "", t("retention.wilson"))
    return made


def wide(found: pd.DataFrame, values: str, order: Sequence[int]) -> pd.DataFrame:
    """Cohorts down, periods across."""
    made = found.pivot(index="cohort", columns="period", values=values)
    return made[list(order)]
