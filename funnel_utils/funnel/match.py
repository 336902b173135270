"""The match table: one row per (unit, attempt), from which every funnel metric derives.

A log that lives in DuckDB in this process is streamed as Arrow batches sorted by (unit, time, log order), cut where a
unit ends, and walked by the compiled fold (`kernel`, `unordered`); memory is bounded by the batch, not by the log. A
log in another engine is matched there by window functions (`windows`), or brought here on request (`pull=True`).

Columns: `unit`; `attempt` (from 1); `first_entry`, `entry`, `t1` … `tK` (UTC, null where not reached); `level`;
`entry_step`; `ended` ("converted", "exited", "open", "excluded"); `counts`; `mature` (null without a window); and for
each carried property `{property}@{step}`. Units at step k are the rows with `counts` and `entry_step <= k <= level`.
"""

from __future__ import annotations

import uuid
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir
import numpy as np
from ibis.common.exceptions import OperationNotDefinedError, UnsupportedOperationError

from funnel_utils.errors import EngineError
from funnel_utils.funnel.spec import Funnel
from funnel_utils.funnel.stream import Carry, check_columns, sorted_stream, step_events, whole_units
from funnel_utils.funnel.walk import Walk, epoch

if TYPE_CHECKING:
    from funnel_utils.events import EventLog

BATCH_ROWS = 300_000


@dataclass(frozen=True)
class Match:
    """A match table in the log's engine (`table`), how it came about (`how`), and what to know about it
    (`warnings`)."""

    table: ir.Table
    how: str
    warnings: tuple[str, ...] = ()


def match(log: EventLog, funnel: Funnel, carry: Carry = (), *, pull: bool = False) -> Match:
    """Match `funnel` on `log`.

    Parameters
    ----------
    log : EventLog
    funnel : Funnel
    carry : sequence of (property, step)
        The values to keep beside the match: the property of the event that was matched at that step.
    pull : bool
        For a log in another engine: bring the step events here, and match them with the fold.

    Raises
    ------
    LogError
        If a column that the funnel names does not exist.
    EngineError
        If the log's engine cannot express the funnel and `pull` is false.
    """
    carry = tuple(dict.fromkeys(carry))
    check_columns(log, funnel, carry)
    if log.is_local:
        return _fold(log, funnel, carry, log.table, log.backend, "fold over the sorted stream in DuckDB")
    from funnel_utils.funnel import windows

    reason = windows.unsupported(funnel)
    if reason is None and not pull:
        try:
            return windows.match_windows(log, funnel, carry)
        except (UnsupportedOperationError, OperationNotDefinedError) as error:
            raise EngineError(
                f"{log.backend.name} cannot compute this funnel ({error}). "
                "Pass pull=True to bring the step events here."
            ) from error
    if not pull:
        raise EngineError(
            f"{reason}, and this log lives in {log.backend.name}. Pass pull=True to bring the step events here, or "
            "leave the option out."
        )
    events = step_events(log.table, funnel, carry).to_pyarrow()
    from funnel_utils.engine import default_engine

    backend = default_engine().backend
    return _fold(
        log,
        funnel,
        carry,
        ibis.memtable(events),
        backend,
        f"fold over step events pulled from {log.backend.name}",
    )


def _fold(log: EventLog, funnel: Funnel, carry: Carry, table: ir.Table, backend: Any, how: str) -> Match:
    """Stream the sorted events through the fold, and gather the match table in DuckDB."""
    walk = Walk(funnel, carry, epoch(log.observed_until))
    schema = None
    writer = backend.con.cursor()  # a second connection: writing on the first one would cut its stream off
    name = f"funnel_match_{uuid.uuid4().hex}"
    stream = sorted_stream(table, funnel, carry)
    seen = np.zeros(len(funnel.steps), np.int64)
    for chunk in whole_units(backend.to_pyarrow_batches(stream, chunk_size=BATCH_ROWS)):
        rows = walk(chunk, seen)
        verb = "CREATE TABLE" if schema is None else "INSERT INTO"
        schema = rows.schema
        writer.register("chunk", rows)
        writer.execute(f'{verb} "{name}" {"AS" if verb == "CREATE TABLE" else ""} FROM chunk')
        writer.unregister("chunk")
    if schema is None:
        empty = backend.to_pyarrow(stream.limit(0))
        writer.register("chunk", walk(empty, seen))
        writer.execute(f'CREATE TABLE "{name}" AS FROM chunk')
        writer.unregister("chunk")
    found = backend.table(name)
    # Every expression built on the match table holds this node: when the last one goes, so does the table.
    weakref.finalize(found.op(), _drop, writer, name)
    return Match(found, how, never_occurring(funnel, seen))


def _drop(connection: Any, name: str) -> None:
    try:
        connection.execute(f'DROP TABLE IF EXISTS "{name}"')
        connection.close()
    except Exception:
        # The engine may be gone already when the interpreter shuts down; there is nothing left to drop then.
        return


def never_occurring(funnel: Funnel, seen: Any) -> tuple[str, ...]:
    """A warning for each step of which the log has no event."""
    return tuple(
        f"Step {k} ({step.label}) never occurs in this log, so nobody can reach it."
        for k, (step, events) in enumerate(zip(funnel.steps, seen, strict=True), 1)
        if events == 0
    )
