"""Paths: the sequences of states that journeys take, and how many take each."""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from funnel_utils import stats
from funnel_utils.errors import SpecError
from funnel_utils.journey.shares import cell_shares, flag_rates
from funnel_utils.journey.steps import CONVERTED, States
from funnel_utils.text import t

ARROW = " → "
#: The most steps that a path is told with.
LONGEST = 100


def paths(placed: ir.Table, whole: list[str], states: States, top: int, longest: int) -> pd.DataFrame:
    """The most frequent paths.

    Parameters
    ----------
    placed : ibis Table
        Steps with their `position`.
    whole : list of str
        The columns that name a journey.
    states : States
    top : int
        How many paths to return.
    longest : int
        A longer path is cut after that many steps and ends in an ellipsis: those that share their beginning are one.

    Returns
    -------
    DataFrame
        `path` (text), `states` (tuple), `cut` (whether it goes on); `journeys` of `of`, `share`, `low`, `high`,
        `interval`; `converted`, `conversion`, `conversion_low`, `conversion_high` of the journeys on it. The rest is
        the last row, where there is any: its `states` is empty and its `path` says how many paths it stands for.

    Raises
    ------
    SpecError
        If `top` is below 1, or `longest` not from 1 to 100.
    """
    if top < 1 or not 1 <= longest <= LONGEST:
        raise SpecError(f"paths(top={top!r}, longest={longest!r}): give 1 or more; longest is at most {LONGEST}.")
    made = spelled(placed, whole, longest).cache()
    totals = made.group_by("path").agg(journeys=made.count())
    leading = totals.order_by([ibis.desc("journeys"), "path"]).limit(top).to_pandas()
    different = int(totals.count().to_pandas())
    kept = leading["path"].tolist()
    others = different - len(kept)
    rows = made.mutate(path=made["path"].isin(kept).ifelse(made["path"], "")) if others else made
    return _table(rows, [*kept, ""] if others else kept, states, others)


def spelled(placed: ir.Table, whole: list[str], longest: int) -> Any:
    """One row a journey: `person`, `path` (codes between commas, `+` at the end when it was cut), `converted`."""
    rows: Any = placed
    # One maximum for each position: not every engine can join texts in an order, and this is no slower.
    places = range(1, longest + 1)
    at = {f"s{k}": (rows["position"] == k).ifelse(rows["code"], ibis.null("int16")).max() for k in places}
    spelt = rows.group_by(whole).agg(length=rows["position"].max(), outcome=rows["next"].min(), **at)
    further = [(ibis.literal(",") + spelt[f"s{k}"].cast("string")).fill_null("") for k in places[1:]]
    # Joined at once: an engine may plan a chain of sums in a time that doubles with each of them.
    parts = [spelt["s1"].cast("string"), *further, (spelt["length"] > longest).ifelse(",+", "")]
    path = ibis.literal("").join(parts)
    return spelt.select("person", path=path, converted=spelt["outcome"] == CONVERTED)


def _table(rows: Any, order: list[str], states: States, others: int) -> pd.DataFrame:
    shares = cell_shares(rows, ["path"]).set_index("path").loc[order].reset_index()
    won = flag_rates(rows, {"converted": rows["converted"]}, ["path"]).set_index("path").loc[order].reset_index()
    coded = [[part for part in path.split(",") if part] for path in order]
    names = [tuple(states.label(int(part)) for part in parts if part != "+") for parts in coded]
    cut = [bool(parts) and parts[-1] == "+" for parts in coded]
    shown = [ARROW.join(found) + (ARROW + "…" if more else "") for found, more in zip(names, cut, strict=True)]
    if others:
        shown[-1] = t("journey.other_paths", number=f"{others:,}")
    made = pd.DataFrame({"path": shown, "states": names, "cut": cut})
    numbers = shares.rename(columns={"count": "journeys", "rate": "share"})
    made = pd.concat([made, numbers[["journeys", "of", "share", "low", "high", "interval"]]], axis=1)
    return made.assign(
        converted=won["count"], conversion=won["rate"], conversion_low=won["low"], conversion_high=won["high"]
    )


def lengths(made: ir.Table) -> pd.DataFrame:
    """How many journeys have how many events, those that converted apart.

    Returns
    -------
    DataFrame
        `events`, `journeys`, `converted`, `rate`.
    """
    rows: Any = made
    won = (rows["outcome"] == CONVERTED).ifelse(1, 0).sum()
    found = rows.group_by("events").agg(journeys=rows.count(), converted=won).order_by("events").to_pandas()
    made_table: pd.DataFrame = found.assign(rate=stats.rate(found["converted"], found["journeys"]))
    return made_table
