"""The match table: one row per (unit, attempt), from which every funnel metric derives.

A log that lives in DuckDB in this process is streamed as Arrow batches (or read from its Parquet files, `parquet`),
gathered by unit (`units`), and walked by the compiled fold (`kernel`, `unordered`); what does not fit into a budget of
memory waits in files. A log in another engine is matched there by window functions (`windows`), or brought here on
request (`pull=True`).

Columns: `unit`; `attempt` (from 1); `first_entry`, `entry`, `t1` … `tK` (UTC, null where not reached); `level`;
`entry_step`; `ended` ("converted", "exited", "open", "excluded"); `counts`; `mature` (null without a window); and for
each carried property `{property}@{step}`. Units at step k are the rows with `counts` and `entry_step <= k <= level`.
"""

from __future__ import annotations

import uuid
import weakref
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from ibis.common.exceptions import OperationNotDefinedError, UnsupportedOperationError

from funnel_utils.engine import limits_of
from funnel_utils.errors import EngineError
from funnel_utils.funnel.parquet import Files, files_of
from funnel_utils.funnel.spec import Funnel
from funnel_utils.funnel.stream import Carry, check_columns, event_stream, step_events
from funnel_utils.funnel.units import Buckets, deal, gather, in_turn
from funnel_utils.funnel.walk import Walk, completed, epoch

if TYPE_CHECKING:
    from funnel_utils.events import EventLog

BATCH_ROWS = 300_000
MOST_BYTES = (
    2**29
)  # of events that wait to be gathered, and of match rows, in memory: or a quarter of the engine's limit


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
        files = files_of(log, funnel, carry)
        how = "fold over events streamed from DuckDB" if files is None else "fold over events read from Parquet files"
        return _fold(log, funnel, carry, log.table, log.backend, how, files)
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


def _fold(
    log: EventLog, funnel: Funnel, carry: Carry, table: ir.Table, backend: Any, how: str, files: Files | None = None
) -> Match:
    """Gather the events by unit, walk each unit, and keep the match rows in DuckDB."""
    walk = Walk(funnel, carry, epoch(log.observed_until))
    stream = event_stream(table, funnel, carry)
    seen = np.zeros(len(funnel.steps), np.int64)
    limits = limits_of(backend)
    budget = min(limits.memory // 4, MOST_BYTES)
    with (
        ThreadPoolExecutor(limits.threads) as pool,
        Buckets(budget, limits.temp_directory) as buckets,
        _Kept(backend, walk(gather(_no_rows(stream)))[0], budget) as kept,
    ):
        if files is None:
            batches = backend.to_pyarrow_batches(stream, chunk_size=BATCH_ROWS)
            dealt = in_turn(pool, lambda batch: [deal(batch)], batches, 2 * limits.threads)
        else:
            dealt = in_turn(pool, files, files.tasks(), 2 * limits.threads)
        for several in dealt:
            for rows in several:
                buckets.add(rows)
        for rows, events in in_turn(pool, lambda bucket: walk(buckets.take(bucket)), buckets, 2 * limits.threads):
            kept.add(rows)
            seen += events
        found = completed(kept.table(), funnel, walk.observed_until)
    return Match(found, how, never_occurring(funnel, seen))


def _no_rows(stream: ir.Table) -> pa.Table:
    """An empty table of the stream's columns, which gives an empty match table of the right types."""
    return stream.schema().to_pyarrow().empty_table()


class _Kept:
    """Match rows, in memory up to `budget` bytes; beyond it they move into a table of the engine, which can spill."""

    def __init__(self, backend: Any, empty: pa.Table, budget: int) -> None:
        self._backend = backend
        self._connection = backend.con.cursor()
        self._name = f"funnel_match_{uuid.uuid4().hex}"
        self._budget = budget
        self._pieces = [empty]
        self._bytes = 0
        self._is_stored = False

    def add(self, rows: pa.Table) -> None:
        self._pieces.append(rows)
        self._bytes += rows.nbytes
        if self._bytes > self._budget:
            self._store()

    def table(self) -> ir.Table:
        """The rows as a table of the engine, which goes with the last expression that is built on it."""
        if self._is_stored:
            self._store()
            found = self._backend.table(self._name)
            weakref.finalize(found.op(), _drop, self._connection, self._name)
            return found
        connection = self._backend.con
        connection.register(self._name, pa.concat_tables(self._pieces))
        found = self._backend.table(self._name)
        weakref.finalize(found.op(), _forget, connection, self._name)
        return found

    def _store(self) -> None:
        self._connection.register("pieces", pa.concat_tables(self._pieces))
        verb = "INSERT INTO" if self._is_stored else "CREATE TABLE"
        self._connection.execute(f'{verb} "{self._name}" {"" if self._is_stored else "AS"} FROM pieces')
        self._connection.unregister("pieces")
        self._is_stored = True
        self._pieces, self._bytes = [self._pieces[0].slice(0, 0)], 0

    def __enter__(self) -> _Kept:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            _drop(self._connection, self._name)


def _forget(connection: Any, name: str) -> None:
    try:
        connection.unregister(name)
    except Exception:
        # As in `_drop`: an engine that has gone holds nothing.
        return


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
