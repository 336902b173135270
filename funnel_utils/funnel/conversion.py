"""Conversion: the step table with its losses, the headline rate, and what both say in one sentence.

In-process conversion is units at step k out of units at the required step before; overall conversion is out of step 1
(4,000 visitors and 280 buyers: 7%). The **weakest step** has the lowest in-process rate among the steps that at least
30 units could have gone on to. A unit is **mature** when its first entry + window has been observed to its end,
whatever its outcome; the headline rate is over mature units, and the rate over all units is provisional beside it.
"""

from __future__ import annotations

from typing import Any

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from funnel_utils import stats
from funnel_utils.funnel.counts import WILSON, counted, step_table
from funnel_utils.funnel.spec import Funnel
from funnel_utils.text import t

#: A step entered by fewer units than this is never called the weakest: its rate says too little.
ENOUGH = 30


def steps(table: ir.Table, funnel: Funnel, cluster: str | None, mean_value: float) -> pd.DataFrame:
    """The funnel's step table.

    Parameters
    ----------
    table : ibis Table
        The match table.
    funnel : Funnel
    cluster : str, optional
        The column of persons, where rows repeat per person.
    mean_value : float
        Mean value of a conversion (currency of the log); NaN where the log has none.

    Returns
    -------
    DataFrame
        The columns of `counts.step_table`, and `lost` (units at the required step before that did not come to this one;
        0 for an optional step, which loses nobody), `value_at_stake` (lost x rate from this step to the last x mean
        value: what the lost would have brought had they gone on like the others) and `weakest`.
    """
    found = step_table(counted(table), funnel, cluster=cluster)
    required = ~found["optional"]
    found["lost"] = np.where(required, found["of"] - found["advanced"], 0).astype(np.int64)
    # The required rates after each step, multiplied from the end.
    later = found["rate"].where(required, 1.0)[::-1].cumprod()[::-1].shift(-1, fill_value=1.0)
    found["value_at_stake"] = np.where(found["lost"] > 0, found["lost"] * later * mean_value, 0.0 * mean_value)
    lowest = weakest(found)
    found["weakest"] = found["step"] == (lowest if lowest is not None else -1)
    return found


def weakest(found: pd.DataFrame) -> int | None:
    """The required step with the lowest in-process rate among those at least `ENOUGH` units could go on to."""
    able = found[(found["step"] > 1) & ~found["optional"] & (found["of"] >= ENOUGH)]
    return None if able.empty else int(able["step"].iloc[int(able["rate"].argmin())])


def conversion(table: ir.Table, funnel: Funnel, cluster: str | None, units: int) -> pd.DataFrame:
    """The headline rate on each basis.

    Parameters
    ----------
    table, funnel, cluster
        As in `steps`.
    units : int
        Units in the whole log.

    Returns
    -------
    DataFrame
        `basis` ("mature", "all", "share of all units"), `converted` of `entered`, `rate`, `low`, `high`, `interval`,
        `provisional`. Without a window nobody is ever mature, so there is no such row; see Kaplan-Meier instead. The
        last row is distinct converted units out of `units`.
    """
    rows = counted(table)
    every = _last(step_table(rows, funnel, cluster=cluster), t("funnel.basis.all"))
    found = [every]
    is_provisional = True
    if funnel.window is not None:
        mature = _last(step_table(rows.filter(rows.mature), funnel, cluster=cluster), t("funnel.basis.mature"))
        is_provisional = mature["entered"] < every["entered"]
        found.insert(0, mature | {"provisional": False})
    every["provisional"] = is_provisional
    done = rows.filter(rows.level >= len(funnel.steps))
    converted = int(done.unit.nunique().to_pyarrow().as_py() or 0)
    low, high = stats.wilson(converted, max(units, converted))
    share = {
        "basis": t("funnel.basis.share"),
        "converted": converted,
        "entered": units,
        "rate": stats.rate(converted, units)[0],
        "low": low[0],
        "high": high[0],
        "interval": WILSON,
        "provisional": is_provisional,
    }
    return pd.DataFrame([*found, share])


def _last(found: pd.DataFrame, basis: str) -> dict[str, Any]:
    """The last step of a step table as a row of `conversion`."""
    row = found.iloc[-1]
    names = {"converted": "overall_count", "entered": "overall_of", "rate": "overall"}
    names |= {"low": "overall_low", "high": "overall_high", "interval": "interval"}
    return {"basis": basis} | {name: row[source] for name, source in names.items()} | {"provisional": True}


def mean_value(table: ir.Table, funnel: Funnel, column: str) -> tuple[float, float]:
    """Sum and mean of `column` over converted rows; rows without a value are left out of the mean. (0, NaN) if none."""
    rows = counted(table)
    done = rows.filter(rows.level >= len(funnel.steps), rows[column].notnull())
    found = done.aggregate(total=done[column].cast("float64").sum(), n=done.count()).to_pandas().iloc[0]
    n = int(found["n"])
    return (float(found["total"]), float(found["total"]) / n) if n else (0.0, float("nan"))


def verdict(found: pd.DataFrame, headline: pd.DataFrame) -> str:
    """The step table and the headline rate in plain words."""
    best = headline.iloc[0]
    if found["units"].iloc[0] == 0:
        return t("funnel.verdict.nobody", step=found["label"].iloc[0])
    parts = []
    if best["entered"] == 0:
        best = headline.iloc[1]
        parts.append(t("funnel.verdict.none_mature"))
    parts.append(
        t(
            "funnel.verdict.rate" if not best["provisional"] else "funnel.verdict.provisional",
            rate=percent(best["rate"]),
            low=percent(best["low"]),
            high=percent(best["high"]),
            converted=f"{best['converted']:,}",
            entered=f"{best['entered']:,}",
        )
    )
    lowest = weakest(found)
    if lowest is not None:
        row = found[found["step"] == lowest].iloc[0]
        lost, of = f"{row['lost']:,}", f"{row['of']:,}"
        parts.append(t("funnel.verdict.weakest", label=row["label"], rate=percent(row["rate"]), lost=lost, of=of))
    else:
        parts.append(t("funnel.verdict.too_few", enough=ENOUGH))
    return " ".join(parts)


def percent(share: float) -> str:
    """A share as a percentage with one decimal; "n/a" where it is not known.

    Examples
    --------
    >>> percent(0.0712), percent(float("nan"))
    ('7.1%', 'n/a')
    """
    return t("funnel.unknown") if np.isnan(share) else f"{share:.1%}"
