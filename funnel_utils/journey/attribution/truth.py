"""Credit beside a known truth: for simulated logs and for experiments, where it is known what a channel caused."""

from __future__ import annotations

from typing import Any

import pandas as pd

from funnel_utils.errors import SpecError
from funnel_utils.journey.attribution.money import by_channel


def against(credits: pd.DataFrame, truth: Any) -> pd.DataFrame:
    """How far each model's credit is from conversions that each channel caused.

    Parameters
    ----------
    credits : DataFrame
        As `AttributionResult.credits` returns it.
    truth : mapping, DataFrame or path
        Conversions caused by channel: `{"email": 120}`, or a table with `channel` and `conversions`. What no channel
        caused may stand under `"(no touch)"` or be left out: shares are compared among the channels of `truth`.

    Returns
    -------
    DataFrame
        A row a model and channel of `truth`: `model`, `channel`, `conversions` (credited), `low`, `high`, `truth`,
        `error` (credited - truth), `inside` (whether the interval holds the truth), `share` and `true_share` (both add
        up to 1 a model), and, the same in every row of a model, `misplaced`: the share of credit that would have to
        move to another channel for the shares to be true.

    Raises
    ------
    SpecError
        If `truth` cannot be read, or adds up to nothing.

    Examples
    --------
    >>> from funnel_utils.journey.attribution import Attribution
    >>> paths = pd.DataFrame({"path": ["ad > mail", "ad"], "conversions": [10, 10]})
    >>> found = Attribution.of_paths(paths).compare_to_truth({"ad": 12, "mail": 8}, ["last", "linear"])
    >>> found[["model", "channel", "conversions", "truth", "error", "misplaced"]].round(2)
        model channel  conversions  truth  error  misplaced
    0    last      ad         10.0   12.0   -2.0       0.10
    1    last    mail         10.0    8.0    2.0       0.10
    2  linear      ad         15.0   12.0    3.0       0.15
    3  linear    mail          5.0    8.0   -3.0       0.15
    """
    known = by_channel(truth, "conversions", "truth")
    if not known.sum() > 0:
        raise SpecError("truth: the conversions add up to nothing, so there are no shares to compare with.")
    made = []
    for model, rows in credits.groupby("model", sort=False):
        own = rows.set_index("channel").reindex(known.index)
        # A channel of the truth that no path has was credited with nothing.
        own = own[["conversions", "low", "high"]].fillna({"conversions": 0.0})
        total = own["conversions"].sum()
        share = own["conversions"] / total if total > 0 else own["conversions"] * float("nan")
        true_share = known / known.sum()
        table = pd.DataFrame({"model": model, "channel": known.index, **{name: own[name].to_numpy() for name in own}})
        table["truth"] = known.to_numpy()
        table["error"] = table["conversions"] - table["truth"]
        table["inside"] = (table["low"] <= table["truth"]) & (table["truth"] <= table["high"])
        table["share"], table["true_share"] = share.to_numpy(), true_share.to_numpy()
        table["misplaced"] = (share - true_share).abs().sum() / 2
        made.append(table)
    return pd.concat(made, ignore_index=True)
