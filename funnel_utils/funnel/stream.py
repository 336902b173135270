"""The event stream: what matching reads of a log, as an Ibis expression.

A row is an event that does a step (or is excluded, or, under strict order, may lie between steps): `unit`, `time`, one
bit per step in `mask`, and the properties to hold or to carry along. Rows come in any order; `units` gathers them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir

from funnel_utils.errors import LogError
from funnel_utils.events.where import compare
from funnel_utils.funnel.rules import ordered_exclusions
from funnel_utils.funnel.spec import Exclusion, Funnel, Step

if TYPE_CHECKING:
    from funnel_utils.events import EventLog

Carry = Sequence[tuple[str, int]]

SESSION_SEPARATOR = "\x1f"  # between user and session in a session's key; cannot occur in a well-formed id


def check_columns(log: EventLog, funnel: Funnel, carry: Carry = ()) -> None:
    """Raise a `LogError` for a property that `funnel` or `carry` names and the log does not have."""
    tests = [c.property for part in _parts(funnel) for c in part.where]
    wanted = [
        *tests,
        *funnel.hold,
        *(name for name, _ in carry),
        *(() if funnel.unit == "user" else (funnel.unit,)),
    ]
    for name in wanted:
        if name not in log.table.columns:
            known = ", ".join(sorted(set(log.table.columns)))
            raise LogError(f"The funnel uses the property {name!r}, which this log does not have; it has: {known}.")
    if funnel.ties == "log" and "sequence" not in log.table.columns:
        raise LogError(
            'ties="log" needs the order of the log; read it with sequence="the column that numbers its rows".'
        )


def does(table: ir.Table, part: Step | Exclusion) -> ir.BooleanValue:
    """Whether an event is one of the step's (or exclusion's) events and passes its conditions."""
    names = part.events
    made = table.event == names[0] if len(names) == 1 else table.event.isin(names)
    for condition in part.where:
        made = made & compare(table[condition.property], condition.operator, condition.value)
    return made.fill_null(False)


def _parts(funnel: Funnel) -> list[Step | Exclusion]:
    return [*funnel.steps, *funnel.exclude]


def unit_key(table: ir.Table, funnel: Funnel) -> ir.Value:
    """The expression that names a unit; a session is unique only together with its user."""
    if funnel.unit == "session":
        return table.user.cast("string") + SESSION_SEPARATOR + table.session.cast("string")
    return table[funnel.unit]


def needs_every_event(funnel: Funnel) -> bool:
    """Whether events that do no step matter as well, because one between two steps breaks the chain."""
    return funnel.order == "strict" or any(step.directly for step in funnel.steps)


def step_events(table: ir.Table, funnel: Funnel, carry: Carry = ()) -> ir.Table:
    """The rows and columns of `table` that matching reads."""
    properties = [c.property for part in _parts(funnel) for c in part.where]
    extra = [*properties, *funnel.hold, *(name for name, _ in carry)]
    if funnel.unit == "session":
        extra.append("session")
    elif funnel.unit != "user":
        extra.append(funnel.unit)
    if "sequence" in table.columns:
        extra.append("sequence")
    columns = dict.fromkeys(["user", "event", "timestamp", *extra])
    rows = table.select(*columns)
    if not needs_every_event(funnel):
        names = sorted({name for part in _parts(funnel) for name in part.events})
        rows = rows.filter(rows.event.isin(names))
    return rows


def event_stream(table: ir.Table, funnel: Funnel, carry: Carry = ()) -> ir.Table:
    """The rows that matching reads as `unit`, `time`, bit masks and properties, and `sequence` where ties need it."""
    rows = step_events(table, funnel, carry)
    required = [funnel.steps[k - 1] for k in funnel.required]
    optional = [step for step in funnel.steps if step.optional]
    columns: dict[str, ir.Value] = {
        "unit": unit_key(rows, funnel),
        "time": rows.timestamp,
        "mask": _bits(rows, required),
    }
    if optional:
        columns["optional"] = _bits(rows, optional)
    if funnel.exclude:
        columns["exclude"] = _bits(rows, ordered_exclusions(funnel))
    columns |= {f"hold_{name}": rows[name] for name in funnel.hold}
    columns |= {f"carry_{name}": rows[name] for name, _ in carry}
    if needs_sequence(rows, funnel, carry):
        columns["sequence"] = rows.sequence
    stream = rows.select(**columns)
    if funnel.unit != "user":
        stream = stream.filter(stream.unit.notnull())
    if any(part.where for part in _parts(funnel)) and not needs_every_event(funnel):
        does_something = stream.mask > 0
        for name in ("optional", "exclude"):
            does_something = does_something | (stream[name] > 0) if name in columns else does_something
        stream = stream.filter(does_something)
    return stream


def needs_sequence(table: ir.Table, funnel: Funnel, carry: Carry) -> bool:
    """Whether the order of the log settles what events at one time mean, or which of their values are carried."""
    return "sequence" in table.columns and (funnel.ties == "log" or bool(carry))


def bits_type(parts: Sequence[Step | Exclusion]) -> str:
    """The smallest whole-number type with a bit for each part."""
    return "int8" if len(parts) < 8 else "int16" if len(parts) < 16 else "int64"


def _bits(rows: ir.Table, parts: Sequence[Step | Exclusion]) -> ir.IntegerValue:
    """A number with bit k set where the event does part k, in the smallest type that holds it."""
    kind = bits_type(parts)
    names = [name for part in parts for name in part.events]
    if len(set(names)) == len(names) and not any(part.where for part in parts):
        # No event can be two of these parts: one chain of comparisons, which costs half of a sum of them.
        chain = [(rows.event.isin(part.events), ibis.literal(1 << k, type=kind)) for k, part in enumerate(parts)]
        return ibis.cases(*chain, else_=ibis.literal(0, type=kind)).cast(kind)
    total: Any = None
    for k, part in enumerate(parts):
        bit = does(rows, part).ifelse(ibis.literal(1 << k, type=kind), ibis.literal(0, type=kind))
        total = bit if total is None else total + bit  # distinct bits, so a sum is the same as an "or" and portable
    return total.cast(kind)
