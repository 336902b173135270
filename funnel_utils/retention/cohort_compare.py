"""Cohorts against each other: by a property of the start event, and now against before.

Only cells that were wholly seen are compared, so that nobody is counted as gone who has not had the time to come back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis
import numpy as np
import pandas as pd

from funnel_utils import stats
from funnel_utils.errors import SpecError
from funnel_utils.retention import cohort_cells, cohort_counts
from funnel_utils.text import t

if TYPE_CHECKING:
    from funnel_utils.events import EventLog
    from funnel_utils.retention.cohorts import Cohorts

REST = "rest"
_RANK = {"value": 0, "other": 1, "missing": 2, "total": 3}


def breakdown(
    log: EventLog, cohorts: Cohorts, whole: pd.DataFrame, by: str, first: int, last: int, top: int, alpha: float
) -> pd.DataFrame:
    """One period's retention for each value of a property of the start event.

    Parameters
    ----------
    whole : DataFrame
        The cells of the grid for this period that were wholly seen: `number`, `cell`, `size`, `count`.
    by : str
        The property.
    first, last : int
        The period, or the bracket.
    top : int
        How many values are named, those with the most units; the rest are one row.

    Returns
    -------
    DataFrame
        `value`, `kind` ("value", "other", "missing", "total"), `period`, `label`, `cohorts`, `returned` of `of`,
        `rate`, `low`, `high`, `interval`.
    """
    if isinstance(top, bool) or not isinstance(top, int) or top < 1:
        raise SpecError(f"top={top!r} must be a whole number of at least 1.")
    cell = int(whole["cell"].iloc[0]) if len(whole) else -2
    found = _lumped(cohort_counts.entries(log, cohorts, carry=by), top)
    found = found.filter(found["cohort"].isin([int(number) for number in whole["number"]])).cache()
    keys = ("kind", "value")
    sizes = cohort_counts.sizes(found, keys)
    counts = cohort_counts.returns(log, cohorts, found, keys)
    made = sizes.merge(counts[counts["cell"] == cell], on=["cohort", *keys], how="left")
    sums = made.groupby(list(keys), dropna=False, as_index=False).agg(
        cohorts=("cohort", "nunique"), returned=("returned", "sum"), of=("size", "sum")
    )
    total: dict[str, Any] = {"kind": "total", "value": None, "cohorts": len(whole)}
    total |= {"returned": whole["count"].sum(), "of": whole["size"].sum()}
    table = pd.concat([sums, pd.DataFrame([total])], ignore_index=True).astype({"returned": "int64", "of": "int64"})
    table = _ordered(_named(table)).assign(period=first, label=cohorts.label(first, last))
    named = ["value", "kind", "period", "label", "cohorts", "returned", "of"]
    return cohort_cells.with_rate(table[named], alpha)


def _lumped(found: Any, top: int) -> Any:
    """Entries with `kind` and `value` (null unless an ordinary value), all but the largest values together."""
    known = found.filter(found["value"].notnull())
    largest = known.group_by("value").agg(n=known.count()).order_by([ibis.desc("n"), "value"]).limit(top)
    kept = largest.to_pandas()["value"].tolist()
    ordinary = found["value"].isin(kept) if kept else ibis.literal(False)
    kind = ibis.cases((found["value"].isnull(), "missing"), (ordinary, "value"), else_="other")
    made = found.mutate(kind=kind)
    return made.mutate(value=(made["kind"] == "value").ifelse(made["value"], ibis.null("string")))


def _named(table: pd.DataFrame) -> pd.DataFrame:
    """What each special row is called; in more brackets where a value has that very name."""
    real = set(table.loc[table["kind"] == "value", "value"])
    names = {}
    for kind in ("missing", "other", "total"):
        text = t(f"retention.{kind}")
        while text in real:
            text = f"({text})"
        names[kind] = text
    shown = [names.get(kind, value) for kind, value in zip(table["kind"], table["value"], strict=True)]
    return table.assign(value=shown)


def _ordered(table: pd.DataFrame) -> pd.DataFrame:
    made = table.assign(_rank=table["kind"].map(_RANK), _size=-table["of"])
    return made.sort_values(["_rank", "_size", "value"], ignore_index=True).drop(columns=["_rank", "_size"])


def compare(table: pd.DataFrame, by: str, reference: str, alpha: float) -> pd.DataFrame:
    """Each value of a `breakdown` against the reference; see `CohortsResult.compare`."""
    groups = table[table["kind"] != "total"].reset_index(drop=True)
    if reference == REST:
        made = groups.assign(reference=t("retention.rest"))
        made["reference_returned"] = groups["returned"].sum() - groups["returned"]
        made["reference_of"] = groups["of"].sum() - groups["of"]
        return tested(made, alpha)
    chosen = groups[groups["value"] == reference]
    if chosen.empty:
        known = ", ".join(map(repr, groups["value"])) or "none, since no cohort was seen long enough"
        raise SpecError(f"reference={reference!r} is neither 'rest' nor a value of {by!r} here: {known}.")
    made = groups[groups["value"] != reference].assign(reference=reference).reset_index(drop=True)
    made["reference_returned"], made["reference_of"] = int(chosen["returned"].iloc[0]), int(chosen["of"].iloc[0])
    return tested(made, alpha)


def previous(cohorts: Cohorts, made: pd.DataFrame, starts: pd.DatetimeIndex, span: int, alpha: float) -> pd.DataFrame:
    """The latest `span` cohorts of each period against those before; see `CohortsResult.compare_previous`."""
    if isinstance(span, bool) or not isinstance(span, int) or span < 1:
        raise SpecError(f"cohorts={span!r} must be a whole number of at least 1.")
    named = made.assign(cohort=starts)
    rows = []
    for first, last in cohorts.spans:
        here = named[(named["first_period"] == first) & named["whole"]].sort_values("number")
        if here.empty:
            continue
        newest = int(here["number"].max())
        now = here[here["number"] > newest - span]
        before = here[(here["number"] <= newest - span) & (here["number"] > newest - 2 * span)]
        row: dict[str, Any] = {"period": first, "label": cohorts.label(first, last)}
        row |= {"cohort": now["cohort"].min(), "reference_cohort": before["cohort"].min() if len(before) else pd.NaT}
        row |= {"returned": int(now["count"].sum()), "of": int(now["size"].sum())}
        rows.append(row | {"reference_returned": int(before["count"].sum()), "reference_of": int(before["size"].sum())})
    columns = ["period", "label", "cohort", "reference_cohort", "returned", "of", "reference_returned", "reference_of"]
    return tested(pd.DataFrame(rows, columns=columns), alpha)


def tested(pairs: pd.DataFrame, alpha: float) -> pd.DataFrame:
    """Rates, their difference with Newcombe's interval at 1 - alpha/m, and Holm-adjusted score tests.

    Holm is a little sharper than the interval. A pair `differs` where both say so: nobody should have to explain a
    difference whose interval holds zero.
    """
    m = max(len(pairs), 1)
    y, n, x, k = (pairs[name].to_numpy(np.float64) for name in ("returned", "of", "reference_returned", "reference_of"))
    rate, reference = stats.rate(y, n), stats.rate(x, k)
    low, high = stats.newcombe(y, n, x, k, alpha / m)
    p = stats.two_proportions(y, n, x, k)
    made = pairs.assign(rate=rate, reference_rate=reference, difference=rate - reference, low=low, high=high, p=p)
    made["p_holm"] = stats.holm(p) if len(pairs) else np.array([], dtype=np.float64)
    shown = (made["p_holm"] < alpha) & ((made["low"] > 0) | (made["high"] < 0))
    return made.assign(differs=shown, comparisons=m, interval=t("retention.newcombe", m=m))
