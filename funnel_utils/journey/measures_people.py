"""One row a person for the five measures: when she came to each stage, and what she did from then on.

Two grouped aggregates in the engine: the first finds the touches, the second, joined with them, the first wanted and
contrary acts after each touch and the money within the window.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir

from funnel_utils.durations import parse_duration
from funnel_utils.errors import LogError
from funnel_utils.events.clock import elapsed, in_ticks, observed_for, ticks_per_second
from funnel_utils.events.where import holds
from funnel_utils.stages.model import Sign

if TYPE_CHECKING:
    from funnel_utils.events import EventLog
    from funnel_utils.journey.measures import JourneyMeasures, Revenue, StageActs


def people(spec: JourneyMeasures, log: EventLog) -> ir.Table:
    """One row for everybody who came to a stage.

    Returns
    -------
    ibis Table
        `user`; for stage k: `t{k}` (the touch), `mature{k}` (watched for the whole window), `w{k}` (ticks from the
        touch to the first wanted act), `c{k}_{j}` (to the first contrary act j), `limit{k}` (ticks that acts could be
        seen for), `net{k}` and `margin{k}` (money within the window). Null where it did not happen.
    """
    rows = _relevant(spec, log)
    stages = list(enumerate(spec.stages))
    first = rows.group_by("user").agg(**{f"t{k}": rows["timestamp"].min(where=rows[f"touch{k}"]) for k, _ in stages})
    joined: Any = rows.inner_join(first, "user")
    ticks = ticks_per_second(joined)
    columns: dict[str, Any] = {}
    for k, acts in stages:
        since = elapsed(joined["timestamp"], joined[f"t{k}"], ticks)
        for name, signs in _named(k, acts):
            after = since > 0 if _shares_an_event(signs, acts.touch) else since >= 0
            columns[name] = since.min(where=joined[f"is_{name}"] & after)
        if spec.revenue is not None:
            inside = since >= 0
            if spec.within is not None:
                inside = inside & (since <= in_ticks(parse_duration(spec.within, "within"), ticks))
            columns[f"net{k}"] = joined["net"].sum(where=inside).fill_null(0.0)
            if spec.revenue.margin is not None:
                columns[f"margin{k}"] = joined["margin"].sum(where=inside).fill_null(0.0)
    touches = {f"t{k}": joined[f"t{k}"].min() for k, _ in stages}
    found: Any = joined.group_by("user").agg(**touches, **columns)
    for k, acts in stages:
        seen = observed_for(found, found[f"t{k}"], log.observed_until, ticks)
        window = seen if spec.within is None else ibis.literal(in_ticks(parse_duration(spec.within, "within"), ticks))
        found = found.mutate(**{f"mature{k}": seen >= window, f"limit{k}": (seen < window).ifelse(seen, window)})
        if acts.left_after is not None:
            wait = in_ticks(parse_duration(acts.left_after, "left_after"), ticks)
            # Without an end of the window, silence can only be told of those who were watched for so long.
            gone = (found[f"w{k}"].isnull() | (found[f"w{k}"] > wait)) & (found[f"limit{k}"] >= wait)
            found = found.mutate(**{f"c{k}_{len(acts.contrary)}": gone.ifelse(wait, ibis.null("int64"))})
    table: ir.Table = found
    return table


def _named(k: int, acts: StageActs) -> list[tuple[str, tuple[Sign, ...]]]:
    """The acts of stage k that have a time, by the names of their columns."""
    return [(f"w{k}", acts.wanted), *((f"c{k}_{j}", signs) for j, (_, signs) in enumerate(acts.contrary))]


def _shares_an_event(signs: Iterable[Sign], touch: Iterable[Sign]) -> bool:
    """Whether one event can be the act and the touch, so that the act has to come later to be another."""
    return bool({event for sign in signs for event in sign.events} & {event for sign in touch for event in sign.events})


def _relevant(spec: JourneyMeasures, log: EventLog) -> ir.Table:
    """The events that matter, with a flag for each touch and act, and their money."""
    groups = {f"touch{k}": acts.touch for k, acts in enumerate(spec.stages)}
    groups |= {f"is_{name}": signs for k, acts in enumerate(spec.stages) for name, signs in _named(k, acts)}
    wanted = {event for signs in groups.values() for sign in signs for event in sign.events}
    if spec.revenue is not None:
        wanted |= {event for sign in (*spec.revenue.events, *spec.revenue.refunds) for event in sign.events}
    table: Any = log.table
    table = table.filter(table["event"].isin(sorted(wanted)))
    columns = {name: shown(table, signs) for name, signs in groups.items()}
    if spec.revenue is not None:
        columns |= money(table, log, spec.revenue)
    found: ir.Table = table.select("user", "timestamp", **columns)
    return found


def shown(table: Any, signs: Iterable[Sign]) -> Any:
    """Whether an event shows any of the signs; one that takes several events is shown from the last of them on."""
    answer: Any = ibis.literal(False)
    for sign in signs:
        found = table["event"].isin(list(sign.events))
        if sign.where is not None:
            found = found & holds(table, sign.where)
        if sign.times > 1:
            order = ["timestamp", "sequence"] if "sequence" in table.columns else ["timestamp"]
            so_far = found.ifelse(1, 0).sum().over(ibis.cumulative_window(group_by="user", order_by=order))
            found = found & (so_far >= sign.times)
        answer = answer | found
    return answer


def money(table: Any, log: EventLog, revenue: Revenue) -> dict[str, Any]:
    """`net` and, where it is declared, `margin` of every event of `table`.

    Raises
    ------
    LogError
        If the log has no such property, or values in several currencies.
    """
    asked = ["value", *([revenue.margin] if isinstance(revenue.margin, str) else [])]
    for name in asked:
        if name not in log.properties:
            raise LogError(
                f"revenue: this log has no property {name!r}; it has {', '.join(log.properties) or 'none'}. Map it "
                f"with columns={{{name!r}: …}}, or pass revenue=None."
            )
    _ = log.currency
    sign = shown(table, revenue.refunds).ifelse(-1.0, shown(table, revenue.events).ifelse(1.0, 0.0))
    made = {"net": sign * _number(table["value"])}
    if isinstance(revenue.margin, str):
        made["margin"] = sign * _number(table[revenue.margin])
    elif revenue.margin is not None:
        made["margin"] = made["net"] * float(revenue.margin)
    return made


def _number(column: Any) -> Any:
    """A column as numbers; what is missing or no number counts as nothing."""
    value = column.cast("float64")
    return (value.isnull() | value.isnan()).ifelse(0.0, value)
