"""What is asked when a log is read, and the steps that answer it: open, map, join identities, convert money, check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from funnel_utils.engine import Engine
from funnel_utils.errors import LogError, SpecError
from funnel_utils.events.identities import ANONYMOUS, join_pairs, pairs_in_log, pairs_table, stitch
from funnel_utils.events.mapping import FILTERED, NAIVE, LogSpec, Mapped, map_columns
from funnel_utils.events.money import Money, convert
from funnel_utils.events.presets import preset_called
from funnel_utils.events.sources import Source, open_source
from funnel_utils.events.times import Times, Unit
from funnel_utils.events.where import Where, holds

if TYPE_CHECKING:
    import ibis.expr.types as ir


@dataclass(frozen=True)
class Request:
    """The arguments of `EventLog.read`, which explains them."""

    user: str | None = None
    event: str | None = None
    timestamp: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)
    preset: str | None = None
    sequence: str | None = None
    source_tz: str | None = None
    unit: Unit | None = None
    format: str | None = None
    strict: bool = False
    remove: Mapping[str, Where] = field(default_factory=dict)
    identities: Any = None
    money: Money | None = None

    def spec(self, table: ir.Table) -> LogSpec:
        """Which columns of `table` are which: what was asked, else what the preset says, else the canonical names.

        Raises
        ------
        LogError
            If the preset expects fields that `table` does not have.
        """
        if self.preset is None:
            return LogSpec(
                user=(self.user or "user",),
                event=(self.event or "event",),
                timestamp=self.timestamp or "timestamp",
                columns=self.columns,
                sequence=self.sequence,
                times=Times(self.source_tz, self.unit, self.format),
                types=self.types,
            )
        preset = preset_called(self.preset)
        known: Any = table
        columns = {**preset.properties(table), **self.columns}
        types = {name: kind for name, kind in preset.types.items() if name in columns}
        return LogSpec(
            user=(self.user,) if self.user else preset.pick(table, "user"),
            event=(self.event,) if self.event else preset.pick(table, "event"),
            timestamp=self.timestamp or preset.pick(table, "timestamp")[0],
            columns=columns,
            sequence=self.sequence,
            times=Times(self.source_tz or preset.source_tz, self.unit or preset.unit, self.format),
            types={**types, **self.types},
            flatten=tuple(n for n in preset.flatten if n in known.columns and known[n].type().is_struct()),
            stitch=preset.stitch and self.user is None,
        )


def read_log(source: Any, request: Request, engine: Engine | None) -> tuple[Source, Mapped]:
    """Open `source` and map it as requested; only what must be checked at once is computed.

    Raises
    ------
    LogError
        See `EventLog.read`.
    """
    opened = open_source(source, engine)
    if opened.table.limit(1).to_pyarrow().num_rows == 0:
        raise LogError("The log is empty: the source has its columns but no row.")
    mapped = map_columns(opened, request.spec(opened.table))
    mapped = _with_identities(mapped, opened, request.identities)
    if request.money is not None and request.money.rates:
        rows = convert(mapped.rows, request.money)
        mapped = replace(mapped, rows=rows, properties=(*mapped.properties, "original_value", "original_currency"))
    for where in request.remove.values():
        holds(mapped.rows, where)
    mapped = replace(mapped, filters=dict(request.remove))
    _refuse_inexpressible(mapped, opened)
    if request.strict:
        _refuse_naive(mapped, opened)
        _refuse_unusable(mapped, opened)
    return opened, mapped


def _refuse_inexpressible(mapped: Mapped, source: Source) -> None:
    """Say now, not at the first metric, that the engine of the log has no words for a part of the mapping."""
    if source.is_local:
        return
    from ibis.common.exceptions import IbisError

    backend: Any = source.backend
    try:
        backend.compile(mapped.usable)
    except IbisError as error:
        raise LogError(
            f"{backend.name} cannot express this mapping: {error} Convert the column there (a view will do)."
        ) from error


def _with_identities(mapped: Mapped, source: Source, identities: Any) -> Mapped:
    in_log = ANONYMOUS in mapped.rows.columns
    if identities is False or (identities is None and not in_log):
        return mapped
    if isinstance(identities, str) and identities != "log":
        raise SpecError(f'identities={identities!r} is neither a frame, a mapping, "log" nor False.')
    if identities is None or isinstance(identities, str):
        if not in_log:
            raise LogError(
                'identities="log" needs rows with an anonymous and a known id, which a preset knows; give a frame with '
                "the columns anonymous and known."
            )
        pairs = pairs_in_log(mapped.rows)
        if source.is_local:  # computed once: every metric would scan the log again for it
            backend: Any = source.backend
            pairs = backend.create_table(_name(), pairs, temp=True)
        return replace(mapped, rows=stitch(mapped.rows, pairs))
    rows: Any = mapped.rows
    return replace(mapped, rows=join_pairs(rows, pairs_table(identities, rows["user"])))


def _name() -> str:
    import ibis.util

    return str(ibis.util.gen_name("identities"))


def _refuse_naive(mapped: Mapped, source: Source) -> None:
    if mapped.naive is False:
        return
    rows: Any = mapped.rows
    naive = rows if mapped.naive else rows.filter(rows[NAIVE] & rows["timestamp"].notnull())
    for row in _first_row(naive, source):
        raise LogError(
            f'strict: {describe(row)} has a time without a zone; say which zone it is in with source_tz="…" ("UTC" if '
            "it is that)."
        )


def _refuse_unusable(mapped: Mapped, source: Source) -> None:
    rejected: Any = mapped.rejected
    unusable = rejected.filter(~rejected["reason"].startswith(FILTERED))
    for row in _first_row(unusable, source):
        count = source.backend.to_pyarrow(unusable.count()).as_py()
        raise LogError(
            f"strict: {describe(row)} cannot be used ({row['reason']}); so it is with {count} rows in all. Mend the "
            "source, or read it with strict=False to set them aside in log.rejected."
        )


def _first_row(rows: Any, source: Source) -> list[dict[str, Any]]:
    if "sequence" in rows.columns:
        rows = rows.order_by("sequence")
    found: list[dict[str, Any]] = source.backend.to_pyarrow(rows.limit(1)).to_pylist()
    return found


def describe(row: Mapping[str, Any], *, show_ids: bool = True) -> str:
    """A row in words: its place where it is known, user, event and time."""
    place = f"row {row['sequence'] + 1}: " if row.get("sequence") is not None else ""
    time = row.get("original_time") or row.get("__time__") or row.get("timestamp")
    user = f"user {row.get('user')!r}" if show_ids else "a user"
    return f"{place}{user}, event {row.get('event')!r}, time {str(time)!r}"
