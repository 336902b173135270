"""From the columns that a source has to the canonical ones: `user`, `event`, `timestamp`, `sequence`, properties.

`LogSpec` says which column is which; `map_columns` builds the expression and `Mapped` holds it. A row that lacks a
user, an event or a time is marked with one of `REASONS`; where the source proves that no row can lack them, the
canonical table is a plain scan of the source.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from funnel_utils.errors import LogError, SpecError
from funnel_utils.events.clean import VISIBLE, never_blank, never_null
from funnel_utils.events.fields import find_field
from funnel_utils.events.identities import ANONYMOUS, KNOWN
from funnel_utils.events.sources import ROW, Source, as_text
from funnel_utils.events.times import Reading, Times, read_times
from funnel_utils.events.where import Where, holds

if TYPE_CHECKING:
    import ibis.expr.types as ir

CANONICAL = ("user", "event", "timestamp", "sequence")

#: The original text of the time, kept until the unusable rows have been set aside.
RAW_TIME = "__time__"

#: Whether the time of a row carries no zone, where that differs from row to row.
NAIVE = "__naive__"

#: Prefix of the original text of a property that was given a type.
RAW_PROPERTY = "__text__"

#: Why a row cannot be used; the first that applies is given.
REASONS = ("no user", "no event", "no time", "unreadable time")
_REASON = {"user": "no user", "event": "no event", "timestamp": "no time"}

#: What precedes the name of a filter in the reason why a row was removed by it.
FILTERED = "removed: "


@dataclass(frozen=True)
class LogSpec:
    """Which column is which, and how times are read. `EventLog.read` explains the arguments.

    `user` and `event` are fields of which the first that is neither null nor blank counts; `flatten` names nested
    columns whose members become properties; `stitch` keeps the two ids of a row apart, so that they can be joined.
    """

    user: tuple[str, ...] = ("user",)
    event: tuple[str, ...] = ("event",)
    timestamp: str = "timestamp"
    columns: Mapping[str, str] = field(default_factory=dict)
    sequence: str | None = None
    times: Times = field(default_factory=Times)
    types: Mapping[str, str] = field(default_factory=dict)
    flatten: tuple[str, ...] = ()
    stitch: bool = False

    def __post_init__(self) -> None:
        for name in self.columns:
            if name in CANONICAL:
                raise SpecError(f"columns: {name!r} is given by its own argument, {name}=, not in columns=.")
            if not name or name.startswith("__"):
                raise SpecError(f"columns: {name!r} is not a name for a property.")


@dataclass(frozen=True)
class Mapped:
    """The mapped log, every row.

    Attributes
    ----------
    rows : ibis.Table
        `user`, `event`, `timestamp`, `sequence` where there is one, the properties, and helper columns (`__…__`).
    properties : tuple of str
    doubtful : tuple of str
        Which of `user`, `event`, `timestamp` may be missing in some row; empty where the source proves that none is.
    naive : bool or None
        Whether the times carry no zone; `None` where it differs from row to row.
    local : bool
        Whether the rows live in DuckDB.
    filters : mapping of name to condition
        The usable rows that are removed nevertheless.
    """

    rows: ir.Table
    properties: tuple[str, ...]
    doubtful: tuple[str, ...]
    naive: bool | None
    local: bool
    filters: Mapping[str, Where] = field(default_factory=dict)

    def is_unusable(self, name: str) -> Any:
        """The test of whether a row lacks its user, event or timestamp."""
        return is_missing(self.rows[name], local=self.local)

    @property
    def usable(self) -> ir.Table:
        """The canonical table: the rows that can be used and pass the filters, without the helper columns."""
        rows: Any = self.rows
        tests = [~self.is_unusable(name) for name in self.doubtful]
        tests += [~holds(rows, where) for where in self.filters.values()]
        if tests:
            rows = rows.filter(tests)
        helpers = [name for name in rows.columns if name.startswith("__")]
        kept: ir.Table = rows.drop(*helpers) if helpers else rows
        return kept

    @property
    def rejected(self) -> ir.Table:
        """The rows set aside, with the `reason`, and the `original_time` where it was text."""
        import ibis

        rows: Any = self.rows
        reasons = [(self.is_unusable(name), _REASON[name]) for name in self.doubtful]
        if RAW_TIME in rows.columns:
            given = ~is_missing(rows[RAW_TIME], local=self.local)
            reasons.insert(-1, (rows["timestamp"].isnull() & given, "unreadable time"))
        reasons += [(holds(rows, where), f"{FILTERED}{name}") for name, where in self.filters.items()]
        rows = rows.mutate(reason=ibis.cases(*reasons) if reasons else ibis.null("string"))
        if RAW_TIME in rows.columns:
            rows = rows.rename(original_time=RAW_TIME)
        helpers = [name for name in rows.columns if name.startswith("__")]
        rejected: ir.Table = rows.filter(rows["reason"].notnull()).drop(*helpers)
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
    typed = [spec.columns.get(name, name) for name in spec.types]
    source = as_text(source, [*flat, *(name for name in typed if name in source.table.columns)])
    table = source.table
    reading = read_times(find_field(table, spec.timestamp), spec.times, local=source.is_local, name=spec.timestamp)
    properties = _properties(table, spec, {*flat, spec.sequence, ROW})
    rows = table.select(
        user=_first(table, spec.user),
        event=_first(table, spec.event, as_string=True),
        timestamp=reading.utc,
        **_sequence(source, spec),
        **_typed(properties, spec.types, local=source.is_local),
        **_helpers(table, spec, reading),
    )
    naive = reading.naive if isinstance(reading.naive, bool) else None
    return Mapped(rows, tuple(properties), _doubtful(source, spec, reading), naive, source.is_local)


def is_missing(column: Any, *, local: bool) -> Any:
    """Whether a value is null, NaN, or text with nothing but white space; never null itself."""
    if column.type().is_string():
        empty = column.strip() == ""
        # Most texts start with a visible character: the cheap comparison spares them the trimming.
        return column.isnull() | ((column < VISIBLE) & empty if local else empty)
    if column.type().is_floating() and local:
        return column.isnull() | column.isnan()
    return column.isnull()


def _first(table: ir.Table, names: tuple[str, ...], *, as_string: bool = False) -> Any:
    """For each row the first of the fields that is neither null nor blank."""
    values: list[Any] = [find_field(table, name) for name in names]
    for name, value in zip(names, values, strict=True):
        if value.type().is_nested():
            raise LogError(f"The column {name!r} has the type {value.type()}; ids and names are texts or numbers.")
    if as_string or len({value.type() for value in values}) > 1:
        values = [value if value.type().is_string() else value.cast("string") for value in values]
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
    raise LogError(f"sequence={spec.sequence!r} has the type {kind}; give a column of whole numbers or timestamps.")


def _properties(table: ir.Table, spec: LogSpec, used: set[str | None]) -> dict[str, Any]:
    """The named properties, the members of flattened columns, then every column that nothing else has used."""
    found: dict[str, Any] = {name: find_field(table, path, f"columns: {name}") for name, path in spec.columns.items()}
    taken = used | set(spec.columns.values())
    members = {*spec.user, *spec.event, spec.timestamp, spec.sequence}
    for nested in spec.flatten:
        kind: Any = table[nested].type()
        for name in kind.names:
            path = f"{nested}.{name}"
            if path not in taken and path not in members:
                found.setdefault(_free(name), find_field(table, path))
    for name in table.columns:
        if name not in taken and name not in spec.flatten:
            found.setdefault(_free(name), table[name])
    for name, kind in spec.types.items():
        if name not in found:
            raise LogError(f"types: the log has no property {name!r}; it has {', '.join(found) or 'none'}.")
        _check_type(name, kind)
    return found


def _check_type(name: str, kind: str) -> None:
    import ibis

    try:
        ibis.dtype(kind)
    except (RuntimeError, TypeError, ValueError):
        # What cannot be read as a type is told in the engine's own words, which are of no use here.
        usual = "float64, int64, string, boolean, date or timestamp"
        raise LogError(f"types={{{name!r}: {kind!r}}} is no type; write one such as {usual}.") from None


def _free(name: str) -> str:
    """A column called like a canonical one, but not mapped to it, keeps its data under `raw_…`."""
    return f"raw_{name}" if name in CANONICAL else name


def _typed(properties: dict[str, Any], types: Mapping[str, str], *, local: bool) -> dict[str, Any]:
    """The properties with the types asked for; text that does not fit is null, and kept beside for `quality`."""
    found = dict(properties)
    for name, kind in types.items():
        column = properties[name]
        if local and column.type().is_string():
            found[name] = column.strip().try_cast(kind)
            found[f"{RAW_PROPERTY}{name}"] = column
        else:
            found[name] = column.cast(kind)
    return found


def _helpers(table: ir.Table, spec: LogSpec, reading: Reading) -> dict[str, Any]:
    found: dict[str, Any] = {} if reading.text is None else {RAW_TIME: reading.text}
    if not isinstance(reading.naive, bool):
        found[NAIVE] = reading.naive
    if spec.stitch and len(spec.user) == 2:
        known, anonymous = (_first(table, (name,), as_string=True) for name in spec.user)
        found[KNOWN] = (known.strip() == "").ifelse(None, known)
        found[ANONYMOUS] = (anonymous.strip() == "").ifelse(None, anonymous)
    return found


def _doubtful(source: Source, spec: LogSpec, reading: Reading) -> tuple[str, ...]:
    """What some row may lack. A test that the source rules out would cost a pass over every row for nothing."""
    sure = {
        "user": never_blank(source, spec.user),
        "event": never_blank(source, spec.event),
        "timestamp": not reading.can_fail and never_null(source, spec.timestamp),
    }
    return tuple(name for name, is_sure in sure.items() if not is_sure)
