"""The columns of contacts, each from its own definition, joined to one row a person in the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from funnel_utils.automation.comparing import known
from funnel_utils.events.where import holds
from funnel_utils.stages import current_stage
from funnel_utils.text import t

if TYPE_CHECKING:
    import pandas as pd

    from funnel_utils.automation.contacts import Contacts
    from funnel_utils.events import EventLog


def assembled(spec: Contacts, log: EventLog, moment: pd.Timestamp, is_given: bool) -> tuple[Any, tuple[str, ...]]:
    """One row a person, and what to know of it.

    Parameters
    ----------
    spec : Contacts
    log : EventLog
        What is seen: nothing at `moment` or later.
    moment : Timestamp
        UTC.
    is_given : bool
        Whether the moment was asked for; otherwise it is just after the end of observation.
    """
    warnings: list[str] = []
    people = _seen(spec, log)
    parts = [_touched(spec, log), _staged(spec, log, moment, warnings), _valued(spec, log, moment, is_given, warnings)]
    parts += [_engaged(spec, log, moment)]
    for part in parts:
        if part is not None:
            people = people.left_join(part, "user").drop("user_right")
    return _preferring(spec, log, people, warnings), tuple(warnings)


def _seen(spec: Contacts, log: EventLog) -> Any:
    """First and last seen, number of events, latest properties and consent: one aggregate."""
    rows: Any = log.table
    at = rows["timestamp"]
    sums: dict[str, Any] = {"first_seen": at.min(), "last_seen": at.max(), "events": rows.count()}
    order = [at] + ([rows["sequence"]] if "sequence" in rows.columns else [])
    for name in spec.properties:
        sums[name] = rows[name].last(where=known(rows[name]), order_by=[*order, rows[name]])
    if spec.consent is not None:
        sums |= spec.consent.sums(rows)
    return rows.group_by("user").aggregate(**sums)


def _touched(spec: Contacts, log: EventLog) -> Any:
    """When, what and over which channel the last touch was; of several at a time the last in the log's order."""
    import ibis

    rows: Any = log.table
    if spec.touches is not None:
        rows = rows.filter(rows["event"].isin(list(spec.touches)))
    has_channel = spec.channel is not None and spec.channel in log.properties
    channel = rows[spec.channel].cast("string") if has_channel else ibis.null("string")
    order = ["sequence"] if "sequence" in rows.columns else []
    kept = rows.select("user", "timestamp", "event", *order, last_channel=channel)
    # The latest moment first, by a plain aggregate: only the few rows at it need an order.
    latest = kept.group_by("user").aggregate(last_touch=kept["timestamp"].max()).rename(_user="user")
    ends = kept.inner_join(latest, (kept["user"] == latest["_user"]) & (kept["timestamp"] == latest["last_touch"]))
    by = [ibis.desc(name) for name in (*order, "event", "last_channel")]
    ends = ends.mutate(_place=ibis.row_number().over(ibis.window(group_by="user", order_by=by)))
    return ends.filter(ends["_place"] == 0).select("user", "last_touch", "last_channel", last_event=ends["event"])


def _staged(spec: Contacts, log: EventLog, moment: pd.Timestamp, warnings: list[str]) -> Any:
    if spec.stage is None:
        return None
    found = current_stage(log, spec.stage, mapping=spec.mapping, at=moment, silence=spec.silence)
    warnings += found.warnings
    return found.table.select("user", "stage", "position", "active")


def _valued(spec: Contacts, log: EventLog, moment: pd.Timestamp, is_given: bool, warnings: list[str]) -> Any:
    """RFM of those who bought; columns without a value where nobody did."""
    import ibis

    if spec.rfm is None:
        return None
    bought = spec.rfm.purchases
    rows: Any = log.table
    rows = rows.filter(rows["event"].isin(list(bought.purchase)))
    rows = rows if bought.where is None else rows.filter(holds(rows, bought.where))
    if spec.rfm.window is not None:
        rows = rows.filter(rows["timestamp"] >= ibis.literal((moment - spec.rfm.window).tz_localize(None)))
    if not int(rows.count().to_pyarrow().as_py()):
        warnings.append(t("contacts.no_purchases", events=", ".join(bought.purchase)))
        kinds = {"days_since_last": "int64", "orders": "int64", "value": "float64", "rfm": "string"}
        nothing = {name: ibis.null(kind) for name, kind in {**kinds, "segment": "string"}.items()}
        return log.table.select("user", **nothing).limit(0)
    found = spec.rfm.run(log, moment if is_given else None)
    warnings += found.warnings
    return found.table.select("user", "days_since_last", "orders", "value", "segment", rfm=found.table["code"])


def _engaged(spec: Contacts, log: EventLog, moment: pd.Timestamp) -> Any:
    if spec.score is None:
        return None
    return spec.score.run(log, moment).table.select("user", "score", "band")


def _preferring(spec: Contacts, log: EventLog, people: Any, warnings: list[str]) -> Any:
    """`people` with the preferred channel, and the best one of those they agreed to."""
    if spec.preference is None:
        return people
    found = spec.preference.run(log)
    warnings += found.warnings
    mine = found.best.select("user", "preferred_channel", "chance_best")
    people = people.left_join(mine, "user").drop("user_right")
    if spec.consent is None:
        return people
    joined = people.left_join(found.counts, "user").drop("user_right")
    return joined.select(*people.columns, write_by=found.best_among(joined, spec.consent.columns))
