"""From the columns that a source has to the canonical ones: `user`, `event`, `timestamp`, `sequence`, properties.

`LogSpec` says which column is which; `map_columns` builds the expression. It says which rows cannot be used, by one
of `REASONS`, and changes nothing else: where the source proves that every row can be used, the canonical table is a
plain scan of the source.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from funnel_utils.errors import LogError, SpecError
from funnel_utils.events.clean import VISIBLE, never_blank, never_null
from funnel_utils.events.fields import find_field
from funnel_utils.events.sources import ROW, Source, as_text
from funnel_utils.events.times import Reading, Times, read_times

if TYPE_CHECKING:
    import ibis.expr.types as ir

CANONICAL = ("user", "event", "timestamp", "sequence")

#: The original text of the time, kept until the unusable rows have been set aside.
RAW_TIME = "__time__"

#: Whether the time of a row carries no zone, where that differs from row to row.
NAIVE = "__naive__"

#: Why a row cannot be used; the first that applies is given.
REASONS = ("no user", "no event", "no time", "unreadable time")
_REASON = {"user": "no user", "event": "no event", "timestamp": "no time"}


@dataclass(frozen=True)
class LogSpec:
    """Which column is which, and how times are read. `EventLog.read` explains the arguments.

    `user` and `event` are fields of which the first that is neither null nor blank counts; `flatten` names nested columns
    whose members become properties.
    """

    user: tuple[str, ...] = ("user",)
    event: tuple[str, ...] = ("event",)
    timestamp: str = "timestamp"
    columns: Mapping[str, str] = field(default_factory=dict)
    sequence: str | None = None
    times: Times = field(default_factory=Times)
    types: Mapping[str, str] = field(default_factory=dict)
    flatten: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in self.columns:
            if name in CANONICAL:
                raise SpecError(f"columns: {name!r} is given by its own argument, {name}=, not in columns=.")
            if not name or name.startswith(("raw_", "__")):
                raise SpecError(f"columns: {name!r} is not a name for a property; choose one without that prefix.")


@dataclass(frozen=True)
class Mapped:
    """The mapped log, every row.

    Attributes
    ----------
    rows : ibis.Table
        `user`, `event`, `timestamp`, `sequence` where there is one, the properties, and where the times were text
        `__time__` (the text) and `__naive__`.
    properties : tuple of str
    doubtful : tuple of str
        Which of `user`, `event`, `timestamp` may be missing in some row; empty where the source proves that none is.
    local : bool
        Whether the rows live in DuckDB.
    naive : bool or None
        Whether the times carry no zone; `None` where it differs from row to row.
    """

    rows: ir.Table
    properties: tuple[str, ...]
    doubtful: tuple[str, ...]
    naive: bool | None
    local: bool

    @property
    def usable(self) -> ir.Table:
        """The canonical table: the rows that can be used, without the helper columns."""
        rows: Any = self.rows
        if self.doubtful:
            rows = rows.filter([~is_missing(rows[name], local=self.local) for name in self.doubtful])
        helpers = [name for name in (RAW_TIME, NAIVE) if name in rows.columns]
        kept: ir.Table = rows.drop(*helpers) if helpers else rows
        return kept

    @property
    def rejected(self) -> ir.Table:
        """The rows that cannot be used, with the `reason`, and the `original_time` where it was text."""
        import ibis

        rows: Any = self.rows
        reasons = [
            (is_missing(rows[name], local=self.local), why) for name, why in _REASON.items() if name in self.doubtful
        ]
        if RAW_TIME in rows.columns:
            given = ~is_missing(rows[RAW_TIME], local=self.local)
            reasons.insert(-1, (rows["timestamp"].isnull() & given, "unreadable time"))
            rows = rows.rename(original_time=RAW_TIME)
        reason = ibis.cases(*reasons) if reasons else ibis.null("string")
        if NAIVE in rows.columns:
            rows = rows.drop(NAIVE)
        rejected: ir.Table = rows.mutate(reason=reason).filter(lambda t: t.reason.notnull())
        return rejected


def map_columns(source: Source, spec: LogSpec) -> Mapped:
    """`source` with canonical columns.

    Raises
    ------
    LogError
        If a column is missing, or one that must hold ids, names or times cannot.
    """
    wanted = {"user": spec.user, "event": spec.event, "timestamp": (spec.timestamp,)}
    for argument, names in wanted.items():
        for name in names:
            find_field(source.table, name, argument)
    flat = [name for names in wanted.values() for name in names if name in source.table.columns]
    source = as_text(source, flat)
    table = source.table
    reading = read_times(find_field(table, spec.timestamp), spec.times, local=source.is_local, name=spec.timestamp)
    properties = _properties(table, spec, {*flat, spec.sequence, ROW})
    rows = table.select(
        user=_first(table, spec.user),
        event=_first(table, spec.event, as_string=True),
        timestamp=reading.utc,
        **_sequence(source, spec),
        **properties,
        **_raw(reading),
    )
    naive = reading.naive if isinstance(reading.naive, bool) else None
    return Mapped(rows, tuple(properties), _doubtful(source, spec, reading), naive, source.is_local)


def is_missing(column: Any, *, local: bool) -> Any:
    """Whether a value is null, NaN, or text with nothing but white space; never null itself."""
    if column.type().is_string():
        empty = column.strip() == ""
        # Most texts start with a visible character: the cheap comparison spares them the trimming.
        return column.isnull() | ((column < VISIBLE) & empty if local else empty)
    if column.type().is_floating():
        return column.isnull() | column.isnan()
    return column.isnull()


def _first(table: ir.Table, names: tuple[str, ...], *, as_string: bool = False) -> Any:
    values: list[Any] = [find_field(table, name) for name in names]
    if as_string or len({value.type() for value in values}) > 1:
        values = [value if value.type().is_string() else value.cast("string") for value in values]
    for name, value in zip(names, values, strict=True):
        if value.type().is_nested():
            raise LogError(f"The column {name!r} has the type {value.type()}; ids and names are texts or numbers.")
    if len(values) == 1:
        return values[0]
    kept = [(value.strip() == "").ifelse(None, value) if value.type().is_string() else value for value in values]
    return kept[0].coalesce(*kept[1:])


def _sequence(source: Source, spec: LogSpec) -> dict[str, Any]:
    if spec.sequence is None:
        return {"sequence": source.table[ROW]} if source.has_row_order else {}
    column: Any = find_field(source.table, spec.sequence, "sequence")
    kind = column.type()
    if kind.is_integer():
        return {"sequence": column.cast("int64")}
    if kind.is_timestamp() and source.is_local:
        from funnel_utils.events.duckdb_functions import epoch_us

        return {"sequence": epoch_us(column.cast("timestamp('UTC')"))}
    raise LogError(
        f"sequence={spec.sequence!r} has the type {kind}; the order of the log is a whole number or a timestamp."
    )


def _properties(table: ir.Table, spec: LogSpec, used: set[str | None]) -> dict[str, Any]:
    """The named properties, the members of flattened columns, then every column that nothing else has used."""
    found: dict[str, Any] = {name: find_field(table, path, f"columns: {name}") for name, path in spec.columns.items()}
    taken = used | set(spec.columns.values())
    for nested in spec.flatten:
        kind: Any = table[nested].type()
        for name in kind.names:
            path = f"{nested}.{name}"
            if path not in taken and path not in (spec.timestamp, *spec.user, *spec.event, spec.sequence):
                found.setdefault(_free(name), find_field(table, path))
    for name in table.columns:
        if name not in taken and name not in spec.flatten:
            found.setdefault(_free(name), table[name])
    for name, kind in spec.types.items():
        if name not in found:
            raise LogError(f"types: the log has no property {name!r}; it has {', '.join(found) or 'none'}.")
        found[name] = found[name].cast(kind)
    return found


def _free(name: str) -> str:
    """A column that happens to be called like a canonical one, but was not mapped to it, keeps its data under `raw_…`."""
    return f"raw_{name}" if name in CANONICAL else name


def _raw(reading: Reading) -> dict[str, Any]:
    raw = {} if reading.text is None else {RAW_TIME: reading.text}
    return raw if isinstance(reading.naive, bool) else {**raw, NAIVE: reading.naive}


def _doubtful(source: Source, spec: LogSpec, reading: Reading) -> tuple[str, ...]:
    """What some row may miss. A test that the source rules out would cost a pass over every row for nothing."""
    sure = {
        "user": never_blank(source, spec.user),
        "event": never_blank(source, spec.event),
        "timestamp": not reading.can_fail and never_null(source, spec.timestamp),
    }
    return tuple(name for name, is_sure in sure.items() if not is_sure)
