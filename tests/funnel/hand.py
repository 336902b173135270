"""Match tables and logs written by hand, in several engines: metrics are tested on them without matching anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

START = pd.Timestamp("2026-01-01", tz="UTC")
ENGINES = ("duckdb", "sqlite")

_TYPES = {
    "attempt": "int32",
    "level": "int32",
    "entry_step": "int32",
    "counts": "boolean",
    "mature": "boolean",
    "sequence": "int64",
    "value": "float64",
}


def at(offset: str | None) -> pd.Timestamp | None:
    """A time so long after the start: `at("1h")`."""
    return None if offset is None else START + pd.Timedelta(offset)


def row(unit: Any, *times: str | None, **given: Any) -> dict[str, Any]:
    """A match row of a unit that reached its steps at these times since the start; anything may be given otherwise."""
    reached = [k for k, time in enumerate(times, 1) if time is not None]
    made: dict[str, Any] = {"unit": unit, "attempt": 1, "first_entry": at(times[0]), "entry": at(times[0])}
    made |= {f"t{k}": at(time) for k, time in enumerate(times, 1)}
    level = max(reached, default=0)
    ended = "converted" if level == len(times) else "exited"
    made |= {"level": level, "entry_step": 1, "ended": ended, "counts": True, "mature": True}
    return made | given


def table(rows: list[dict[str, Any]], engine: str, name: str = "match", backend: Any = None) -> ir.Table:
    """Rows as a table in an engine of its own, or in `backend`."""
    backend = backend or {"duckdb": ibis.duckdb.connect, "sqlite": ibis.sqlite.connect}[engine]()
    columns = list(dict.fromkeys(key for each in rows for key in each))
    kinds = {column: _kind(column) for column in columns}
    backend.create_table(name, schema=ibis.schema(kinds))
    marks = ", ".join("?" for _ in columns)
    values = [[_plain(each.get(column)) for column in columns] for each in rows]
    if engine == "sqlite":
        values = [[str(v) if isinstance(v, pd.Timestamp) else v for v in line] for line in values]
    backend.con.executemany(f'INSERT INTO "{name}" VALUES ({marks})', values)
    return backend.table(name)


def _kind(column: str) -> str:
    is_time = column in ("first_entry", "entry", "timestamp") or (column[0] == "t" and column[1:].isdigit())
    base = column.partition("@")[0]
    return "timestamp" if is_time else _TYPES.get(base, "string")


def _plain(value: Any) -> Any:
    return value.tz_localize(None) if isinstance(value, pd.Timestamp) else value


@dataclass(frozen=True)
class HandLog:
    """What metrics ask of an event log, around a table written by hand."""

    table: ir.Table
    observed_until: pd.Timestamp
    report_tz: str = "UTC"
    week_start: str = "monday"

    @property
    def backend(self) -> Any:
        return self.table.get_backend()

    @property
    def properties(self) -> tuple[str, ...]:
        return tuple(c for c in self.table.columns if c not in ("user", "event", "timestamp", "sequence"))

    def n_users(self) -> int:
        return int(self.table.user.nunique().to_pyarrow().as_py())


def world(rows: list[dict[str, Any]], events: list[tuple[Any, ...]], engine: str, until: str, **options: Any) -> Any:
    """A match table and a log of `(user, event, offset, {property: value})` in one engine."""
    matched = table(rows, engine)
    lines = []
    for user, event, offset, *rest in events:
        lines.append({"user": user, "event": event, "timestamp": at(offset), **(rest[0] if rest else {})})
    log = table(lines, engine, "log", matched.get_backend())
    return matched, HandLog(log, at(until), **options)
