"""What units did between two moments: match rows joined with the whole log, for exits, content and drivers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis.expr.types as ir

from funnel_utils.errors import EngineError
from funnel_utils.events.clock import elapsed, ticks_per_second
from funnel_utils.funnel.spec import Funnel
from funnel_utils.funnel.stream import unit_key

if TYPE_CHECKING:
    from funnel_utils.events import EventLog


def check_same_engine(table: ir.Table, log: EventLog, what: str) -> None:
    """Raise an `EngineError` when the match table was pulled out of the engine where the log lives."""
    if table.get_backend() is not log.backend:
        raise EngineError(
            f"{what} reads all events of the log, which lives in {log.backend.name}, but the match table was pulled "
            "here (pull=True). Use a funnel that can be matched there, or read the log into DuckDB first."
        )


def events_of(log: EventLog, funnel: Funnel, *properties: str) -> ir.Table:
    """The log as `_unit`, `_event`, `_time`, `_order` and the properties asked for."""
    table = log.table
    order: Any = table.sequence if "sequence" in table.columns else table.event
    columns = {"_unit": unit_key(table, funnel), "_event": table.event, "_time": table.timestamp, "_order": order}
    return table.select(**columns, **{f"_{name}": table[name] for name in properties})


def happenings(rows: ir.Table, events: ir.Table) -> ir.Table:
    """Match rows with each event of their unit, and `_ago`: ticks from the row's `start` to the event.

    Events at the very time of `start` have `_ago` 0: whether they came before or after is not known.
    """
    joined = rows.inner_join(events, rows.unit == events._unit)
    return joined.mutate(_ago=elapsed(joined._time, joined.start, ticks_per_second(rows)))
