"""Plain logs: Parquet files whose columns are the canonical ones, as they are.

Nothing was computed, joined, filtered or converted between such files and the log's table, so a program that wants a
few columns of every row may read them without the database, at half its cost. Where anything was, there is no shortcut.
"""

from __future__ import annotations

import glob
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

    from funnel_utils.events.log import EventLog


@dataclass(frozen=True)
class PlainParquet:
    """`files` with all rows of a log, and for each canonical name the column of the files that holds it.

    Rows without a user or event are still among them: the log leaves them out, and so must the reader.
    """

    files: tuple[str, ...]
    columns: dict[str, str]


def plain_parquet(log: EventLog, names: Sequence[str]) -> PlainParquet | None:
    """Where the columns `names` of `log` are to be found in Parquet files, or `None` if its rows must be computed.

    The user is a whole number or text, the event text, and times are whole micro- or milliseconds.
    """
    source, mapped = log.source, log.mapped
    if source.kind != "parquet" or any("://" in path or "=" in path for path in source.paths):
        return None
    if mapped.filters or log.table.op() != mapped.usable.op():
        return None
    columns = {name: plain_column(log, name) for name in names}
    if any(column is None or "." in column for column in columns.values()):
        return None
    files = tuple(file for path in source.paths for file in sorted(glob.glob(path)))
    found = PlainParquet(files, {name: str(column) for name, column in columns.items()})
    return found if _is_readable(found) else None


def plain_column(log: EventLog, name: str) -> str | None:
    """The source's column that is `name` as it stands; for the timestamp, the zoned column that is `name` in UTC."""
    import ibis.expr.operations as ops

    rows: Any = log.mapped.rows.op()
    table: Any = log.source.table.op()
    if not isinstance(rows, ops.Project) or rows.parent != table:
        return None
    value = rows.values.get(name)
    if name == "timestamp" and value is not None:
        leaves = value.find(ops.Field)
        if len(leaves) != 1 or not leaves[0].dtype.is_timestamp():
            return None
        if leaves[0].dtype.timezone is not None:
            value = leaves[0]
    return value.name if isinstance(value, ops.Field) and value.rel == table else None


def _is_readable(plain: PlainParquet) -> bool:
    """Whether all files have the columns, in the same types, of kinds that need no conversion."""
    import pyarrow.parquet as pq

    kinds: dict[str, pa.DataType] | None = None
    for file in plain.files:
        schema = pq.read_schema(file)
        if any(column not in schema.names for column in plain.columns.values()):
            return False
        here = {name: schema.field(column).type for name, column in plain.columns.items()}
        if kinds is not None and here != kinds:
            return False
        kinds = here
    return kinds is not None and _fits(kinds)


def _fits(kinds: dict[str, pa.DataType]) -> bool:
    import pyarrow as pa

    user, event, time = kinds["user"], kinds["event"], kinds["timestamp"]
    return (
        (pa.types.is_integer(user) or pa.types.is_string(user))
        and pa.types.is_string(event)
        and pa.types.is_timestamp(time)
        and time.unit in ("us", "ms")
    )
