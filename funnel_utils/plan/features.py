"""What people did, as numbers: one row a person, made in the engine, for clustering.

Counts and money are heavy-tailed, so they enter a clustering as log(1 + x); shares as they are. People are taken by a
hash of their id where there are more of them than asked for: the same people every time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from funnel_utils.errors import LogError, SpecError
from funnel_utils.events.clock import elapsed, moment, ticks_per_second
from funnel_utils.events.where import holds
from funnel_utils.text import t

if TYPE_CHECKING:
    from collections.abc import Mapping

    from funnel_utils.events import EventLog

KINDS = ("count", "money", "days", "share")


@dataclass(frozen=True)
class Feature:
    """A column of the people's table.

    Attributes
    ----------
    name : str
        Its column.
    label : str
        In words, for a profile.
    kind : {"count", "money", "days", "share"}
    """

    name: str
    label: str
    kind: str

    def scaled(self, column: pd.Series[Any]) -> np.ndarray[Any, Any]:
        """The column as it enters a clustering, before it is standardised."""
        values = column.to_numpy(np.float64)
        return values if self.kind == "share" else np.log1p(np.maximum(values, 0.0))


def features_of(
    log: EventLog,
    *,
    purchase: tuple[str, ...] = ("purchase",),
    shares: Mapping[str, Mapping[str, Any]] | None = None,
    events: tuple[str, ...] | None = None,
    value: str = "value",
    people: int = 20_000,
) -> tuple[pd.DataFrame, list[Feature], int]:
    """The people's table.

    Parameters
    ----------
    log : EventLog
    purchase : tuple of str
        Events that are orders.
    shares : mapping, optional
        Condition by label: the feature is the share of a person's events for which it holds. By default `mobile` where
        the log has a property `device`, and `in the store` where it has `place`.
    events : tuple of str, optional
        Events that are counted; by default the six that most people did, purchases aside.
    value : str
        The property with the money of orders.
    people : int
        The most people that come back.

    Returns
    -------
    frame : DataFrame
        `user` and a column per feature: `orders`, `spent`, `active_days`, `quiet_days` (since the last event),
        `did_…`, `share_…`.
    features : list of Feature
    all : int
        People in the log.

    Raises
    ------
    SpecError, LogError
        If an argument is not allowed, or the log has no people.
    """
    if people < 10:
        raise SpecError(f"people={people!r}: take at least 10.")
    table: Any = log.table
    total = log.n_users()
    if not total:
        raise LogError("The log has nobody in it, so there is nothing to group.")
    counted = events if events is not None else _common(table, purchase)
    conditions = dict(shares) if shares is not None else _usual_shares(table)
    rows = table
    if total > people:
        # One in so many, by hash; a few more or fewer than asked for.
        rows = table.filter(table["user"].hash().abs() % 1_000_003 < int(1_000_003 * people / total))
    made = _per_person(rows, log, purchase, counted, conditions, value).to_pandas()
    made["user"] = made["user"].astype(str)
    features = [Feature("orders", t("personas.feature.orders"), "count")]
    if value in table.columns:
        features.append(Feature("spent", t("personas.feature.spent"), "money"))
    features.append(Feature("active_days", t("personas.feature.active_days"), "count"))
    features.append(Feature("quiet_days", t("personas.feature.quiet_days"), "days"))
    features += [Feature(f"did_{k}", t("personas.feature.did", event=name), "count") for k, name in enumerate(counted)]
    features += [
        Feature(f"share_{k}", t("personas.feature.share", label=label), "share") for k, label in enumerate(conditions)
    ]
    frame = made.sort_values("user").reset_index(drop=True)[["user", *(one.name for one in features)]]
    return frame.astype({one.name: "float64" for one in features}), features, total


def _per_person(
    rows: Any,
    log: EventLog,
    purchase: tuple[str, ...],
    counted: tuple[str, ...],
    conditions: Mapping[str, Mapping[str, Any]],
    value: str,
) -> Any:
    bought = rows["event"].isin(purchase)
    ticks = ticks_per_second(rows)
    at = rows["timestamp"]
    # Days of the log's zone by its offset at the end: a change of clocks moves an hour to the next day at most.
    offset = log.observed_until.tz_convert(log.report_tz).utcoffset()
    ahead = int(offset.total_seconds()) if offset is not None else 0
    columns: dict[str, Any] = {
        "orders": bought.cast("int64").sum(),
        "active_days": ((at.epoch_seconds() + ahead) // 86_400).nunique(),
        "last": at.max(),
    }
    if value in rows.columns:
        money = rows[value].cast("float64")
        columns["spent"] = (bought & money.notnull() & ~money.isnan()).ifelse(money, 0.0).sum()
    for k, name in enumerate(counted):
        columns[f"did_{k}"] = (rows["event"] == name).cast("int64").sum()
    for k, where in enumerate(conditions.values()):
        columns[f"share_{k}"] = holds(rows, where).cast("float64").mean()
    made = rows.group_by("user").agg(**columns)
    quiet = elapsed(moment(log.observed_until), made["last"], ticks) / float(ticks) / 86_400
    return made.mutate(quiet_days=quiet).drop("last")


def _common(table: Any, purchase: tuple[str, ...], most: int = 6) -> tuple[str, ...]:
    """The events that most people did."""
    rows = table.filter(~table["event"].isin(purchase)) if purchase else table
    counts = rows.group_by("event").agg(people=rows["user"].nunique()).to_pandas()
    ranked = counts.sort_values(["people", "event"], ascending=[False, True])
    return tuple(ranked["event"].head(most))


def _usual_shares(table: Any) -> dict[str, dict[str, Any]]:
    """Shares that a shop's log usually allows."""
    usual = {
        t("personas.share.mobile"): {"device": "mobile"},
        t("personas.share.store"): {"place": "store"},
    }
    return {label: where for label, where in usual.items() if set(where) <= set(table.columns)}
