"""Credit beside cost: what a credited conversion cost, and what a unit of spend was credited with."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from funnel_utils import stats
from funnel_utils.errors import LogError, SpecError


def by_channel(given: Any, column: str, what: str) -> pd.Series[Any]:
    """An amount a channel, from a mapping, a frame with `channel` and `column`, or the path of such a CSV or Parquet.

    Rows of one channel (its months, its campaigns) are added up.

    Raises
    ------
    LogError
        If the file cannot be read.
    SpecError
        If a column is missing, or an amount is missing or negative.
    """
    if isinstance(given, dict):
        given = pd.DataFrame({"channel": list(given), column: list(given.values())})
    frame = given if isinstance(given, pd.DataFrame) else _read(given, what)
    for name in ("channel", column):
        if name not in frame.columns:
            raise SpecError(f"{what}: the column {name!r} is missing; there are {', '.join(map(str, frame.columns))}.")
    names = frame["channel"].astype(str)
    amounts = pd.to_numeric(frame[column], errors="coerce").astype("float64")
    wrong = ~(np.isfinite(amounts) & (amounts >= 0))
    if wrong.any():
        bad = frame.loc[wrong].iloc[0]
        raise SpecError(f"{what}: {bad['channel']!r} has {column}={bad[column]}; it is a number of zero or more.")
    found: pd.Series[Any] = pd.Series(amounts.to_numpy(), index=names.to_numpy(), name=column)
    return found.groupby(level=0, sort=False).sum()


def _read(path: Any, what: str) -> pd.DataFrame:
    try:
        return pd.read_parquet(path) if str(path).endswith(".parquet") else pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise LogError(f"{what}: {str(path)!r} cannot be read as a table: {error}") from None


def returns(credits: pd.DataFrame, spend: Any) -> pd.DataFrame:
    """Cost per credited conversion, and credited value per unit of spend.

    Parameters
    ----------
    credits : DataFrame
        As `AttributionResult.credits` returns it.
    spend : mapping, DataFrame or path
        Spend by channel in the currency of the value: `{"email": 1200}`, a table with `channel` and `spend`, or the CSV
        or Parquet file of one. Its period has to be that of the log.

    Returns
    -------
    DataFrame
        A row a model and channel: `model`, `channel`, `spend` (NaN where none is known), `conversions`, `cpa` (spend /
        conversions), `cpa_low`, `cpa_high`, `value`, `roas` (value / spend), `roas_low`, `roas_high`. NaN where the
        denominator is zero. The intervals are those of the credit; spend is taken as known.

    Raises
    ------
    LogError, SpecError
        If the spend cannot be read; see `by_channel`.

    Examples
    --------
    >>> from funnel_utils.journey.attribution import Attribution
    >>> paths = pd.DataFrame({"path": ["ad > mail", "ad"], "conversions": [10, 2], "value": [900.0, 100.0]})
    >>> found = Attribution.of_paths(paths).roi({"ad": 500, "mail": 50}, "last")
    >>> found[["channel", "spend", "conversions", "cpa", "roas"]]
      channel  spend  conversions    cpa  roas
    0      ad  500.0          2.0  250.0   0.2
    1    mail   50.0         10.0    5.0  18.0
    """
    cost = by_channel(spend, "spend", "spend")
    unknown = [name for name in cost.index if name not in set(credits["channel"])]
    extra = pd.DataFrame(
        [{"model": model, "channel": name} for model in credits["model"].unique() for name in unknown],
        columns=["model", "channel"],
    )
    counted = ["conversions", "low", "high", "value", "value_low", "value_high"]
    # A channel with spend and no touch earned nothing, and that is known for certain.
    rows = pd.concat([credits, extra.assign(**dict.fromkeys(counted, 0.0))], ignore_index=True)
    rows["spend"] = rows["channel"].map(cost)
    made = rows[["model", "channel", "spend", "conversions"]].copy()
    for name, below in (("cpa", "conversions"), ("cpa_low", "high"), ("cpa_high", "low")):
        made[name] = stats.rate(rows["spend"], rows[below])
    made["value"] = rows["value"]
    for name, above in (("roas", "value"), ("roas_low", "value_low"), ("roas_high", "value_high")):
        made[name] = stats.rate(rows[above], rows["spend"])
    place = {model: number for number, model in enumerate(credits["model"].unique())}
    return made.sort_values("model", key=lambda names: names.map(place), kind="stable", ignore_index=True)
