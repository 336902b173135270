"""`EventLog`: one row an event, wherever it lives, and the few facts that every metric asks of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from funnel_utils.engine import Engine
from funnel_utils.errors import LogError, SpecError
from funnel_utils.events.clean import greatest_time, only_value
from funnel_utils.events.mapping import Mapped
from funnel_utils.events.money import Money, currencies, one_currency, refuse_unknown
from funnel_utils.events.plain import plain_column
from funnel_utils.events.quality import Quality, inspect
from funnel_utils.events.reading import Request, read_log
from funnel_utils.events.sources import Source, arrow_table
from funnel_utils.events.story import Happening, story_rows
from funnel_utils.events.times import Unit, check_zone, instant
from funnel_utils.events.where import Where, holds

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd
    from ibis.backends import BaseBackend

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, eq=False, repr=False)
class EventLog:
    """An event log, mapped and unread. Make one with `EventLog.read` or `EventLog.from_story`.

    Attributes
    ----------
    table : ibis.Table
        The usable rows: `user`, `event`, `timestamp` (a plain timestamp that means UTC, microseconds), `sequence`
        (int64) where the log has an order of its own, and the properties.
    report_tz : str
        The zone in which calendars (days, weeks, months) are drawn.
    week_start : str
        The first day of a week, `"monday"` to `"sunday"`.
    """

    source: Source
    mapped: Mapped
    table: ir.Table
    report_tz: str = "UTC"
    week_start: str = "monday"
    money: Money | None = None
    given_observed_until: pd.Timestamp | None = None
    _shared: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_zone(self.report_tz, "report_tz")
        if self.week_start not in WEEKDAYS:
            raise SpecError(f"week_start={self.week_start!r} is not one of {', '.join(WEEKDAYS)}.")

    @classmethod
    def read(
        cls,
        source: Any,
        *,
        user: str | None = None,
        event: str | None = None,
        timestamp: str | None = None,
        columns: Mapping[str, str] | None = None,
        types: Mapping[str, str] | None = None,
        preset: str | None = None,
        sequence: str | None = None,
        source_tz: str | None = None,
        timestamp_unit: Unit | None = None,
        timestamp_format: str | None = None,
        strict: bool = False,
        remove: Mapping[str, Where] | None = None,
        identities: Any = None,
        currency: str | None = None,
        rates: Mapping[str, float] | None = None,
        observed_until: Any = None,
        report_tz: str = "UTC",
        week_start: str = "monday",
        engine: Engine | None = None,
    ) -> EventLog:
        """Map a source to an event log. Files and tables are not read until a number is asked for.

        Parameters
        ----------
        source
            A pandas or polars frame, a pyarrow Table, a list of dicts; a path, folder, glob or list of paths
            (Parquet, CSV, JSON lines); a DuckDB relation; an Ibis table of any backend, where it stays.
        user, event, timestamp : str, optional
            The columns that say who, what and when, by default those of that name (or what `preset` says). A dotted
            name looks inside a nested column: `"properties.distinct_id"`.
        columns : mapping of str to str, optional
            Property name to column: `{"session": "sess_id", "plan": "properties.plan"}`. Columns that are not named
            stay properties under their own names.
        types : mapping of str to str, optional
            Property name to type, such as `{"value": "float64"}`; text that does not fit is null, and `quality`
            counts it.
        preset : {"ga4_bigquery", "mixpanel", "posthog", "segment", "snowplow"}, optional
            The kind of export; says all of the above as the vendor documents it, and any of it may be overridden.
        sequence : str, optional
            The column (whole numbers or times) that gives the order of the log among events at the same time. The
            rows of a frame or list have their own order without it.
        source_tz : str, optional
            The zone of times that carry none; they are read as UTC without it, and `quality` says so.
        timestamp_unit : {"s", "ms", "us", "ns"}, optional
            What a number counts since 1970-01-01 UTC. Never guessed.
        timestamp_format : str, optional
            strptime pattern for text that is not ISO 8601, such as `"%d/%m/%Y %H:%M"`.
        strict : bool
            Refuse a log with a row that cannot be used or a time without a zone, naming the first; otherwise such
            rows are set aside in `rejected`. A row cannot be used when its user or event is null, NaN or blank, or
            its time is missing or unreadable.
        remove : mapping of str to condition, optional
            Rows to leave out, by the name of the reason: `{"bots": {"is_bot": True}, "staff": {"email": ("contains",
            "@pardis.")}}`. They too are in `rejected`. A condition is a mapping as above, or a function of the table.
        identities : frame or mapping, "log", False, optional
            Who is who: a frame with `anonymous` and `known`, a mapping from one to the other, or `"log"`: take the
            pairs from rows that carry both ids (the default of presets that have both; `False` turns it off).
        currency, rates : str, mapping of str to float, optional
            Convert `value` into `currency`, with what one unit of each other currency is worth: `{"USD": 0.92}`.
        observed_until : timestamp, optional
            When observation ended; the last event of the log before any filter, if not given.
        report_tz, week_start : str
            The calendar of reports.
        engine : Engine, optional
            Where to read frames and files; the process's own by default.

        Raises
        ------
        LogError
            If the source cannot be read, is empty, lacks a column, or (`strict`) has an unusable row.
        SpecError
            If an argument is not valid.

        Examples
        --------
        >>> rows = [{"who": "ana", "did": "visit", "at": "2026-01-01T10:00+03:30", "sess": 1}]
        >>> log = EventLog.read(rows, user="who", event="did", timestamp="at", columns={"session": "sess"})
        >>> log.observed_until
        Timestamp('2026-01-01 06:30:00+0000', tz='UTC')
        """
        if rates is not None and currency is None:
            raise SpecError('rates= says what other currencies are worth; say in which with currency="…".')
        request = Request(
            user=user,
            event=event,
            timestamp=timestamp,
            columns=columns or {},
            types=types or {},
            preset=preset,
            sequence=sequence,
            source_tz=source_tz,
            unit=timestamp_unit,
            format=timestamp_format,
            strict=strict,
            remove=remove or {},
            identities=identities,
            money=None if currency is None else Money(currency, rates or {}),
        )
        opened, mapped = read_log(source, request, engine)
        ended = instant(observed_until, report_tz, "observed_until")
        return cls(opened, mapped, mapped.usable, report_tz, week_start, request.money, ended)

    @classmethod
    def from_story(
        cls, stories: Mapping[Any, Sequence[Happening]], start: str = "2026-01-01", **options: Any
    ) -> EventLog:
        """A log written as a story: for each user what happened, and when after `start` (UTC).

        Parameters
        ----------
        stories : mapping
            User to happenings, each `"event@offset"` or `("event@offset", {property: value})`.
        start : str
            Time zero.
        **options
            As for `read`.

        Raises
        ------
        SpecError
            If a happening is written otherwise.

        Examples
        --------
        >>> log = EventLog.from_story({"ana": ["visit@0", "cart@5m"], "ben": [("visit@1d2h", {"channel": "ads"})]})
        >>> log.n_users(), log.n_events(), log.properties
        (2, 3, ('channel',))
        """
        return cls.read(story_rows(stories, start), **options)

    @property
    def backend(self) -> BaseBackend:
        """The Ibis backend where the log lives."""
        return self.source.backend

    @property
    def is_local(self) -> bool:
        """Whether the log lives in a DuckDB in this process."""
        return self.source.is_local

    @property
    def properties(self) -> tuple[str, ...]:
        """The columns beside user, event, timestamp and sequence."""
        kept = set(self.table.columns)
        named = dict.fromkeys([*self.mapped.properties, *self.table.columns])
        return tuple(name for name in named if name in kept and name not in ("user", "event", "timestamp", "sequence"))

    @cached_property
    def rejected(self) -> ir.Table:
        """The rows set aside, with the `reason`: what they lack, or the filter that removed them."""
        return self.mapped.rejected

    @property
    def observed_until(self) -> pd.Timestamp:
        """The end of observation (UTC): the last event before any filter, unless it was given.

        Raises
        ------
        LogError
            If no row has a usable time.
        """
        if self.given_observed_until is not None:
            return self.given_observed_until
        if "observed_until" not in self._shared:
            column = plain_column(self, "timestamp")
            last = None if column is None else greatest_time(self.source, column)
            if last is None:
                last = self.backend.to_pyarrow(self.mapped.rows.timestamp.max()).as_py()
            if last is None:
                raise LogError("No row of the log has a usable time, so it has no end; see log.rejected for why.")
            self._shared["observed_until"] = instant(last, "UTC", "timestamp")
        found: pd.Timestamp = self._shared["observed_until"]
        return found

    def n_events(self) -> int:
        """Number of usable events."""
        return self._counts[0]

    def n_users(self) -> int:
        """Number of distinct users among the usable events."""
        return self._counts[1]

    @cached_property
    def _counts(self) -> tuple[int, int]:
        table: Any = self.table
        found = self.backend.to_pyarrow(table.aggregate(events=table.count(), users=table["user"].nunique()))
        return int(found["events"][0].as_py()), int(found["users"][0].as_py())

    @cached_property
    def currency(self) -> str | None:
        """The one currency of `value`; `None` if the log does not say. Ask before adding values.

        Raises
        ------
        LogError
            If values come in several currencies and no rates were given, or one has no rate.
        """
        if self.money is not None and "original_currency" in self.table.columns:
            refuse_unknown(currencies(self.table, "original_value", "original_currency"), self.money)
            return self.money.currency
        if not {"value", "currency"} <= set(self.table.columns):
            return None if self.money is None else self.money.currency
        column = plain_column(self, "currency")
        known = None if column is None else only_value(self.source, column)
        return known if isinstance(known, str) else one_currency(currencies(self.table))

    def quality(self, events: Iterable[str] | None = None, *, now: Any = None, show_ids: bool = True) -> Quality:
        """What deserves a look before a number is believed: one row a check, with counts, an example and advice.

        Parameters
        ----------
        events : iterable of str, optional
            The event names you know; others are counted as unknown.
        now : timestamp, optional
            Later times are in the future; the current time by default.
        show_ids : bool
            Whether examples show user ids.

        Examples
        --------
        >>> log = EventLog.from_story({"ana": ["visit@0", "cart@0"], " ": ["visit@0"]})
        >>> checks = log.quality(now="2026-02-01").checks
        >>> checks.loc[["no_user", "ties"], "rows"].tolist()
        [1, 2]
        """
        return inspect(self, events=events, now=instant(now, "UTC", "now"), show_ids=show_ids)

    def filter(self, where: Where) -> EventLog:
        """The same log with only the rows for which `where` holds; observation still ends when it did.

        Examples
        --------
        >>> log = EventLog.from_story({"ana": [("visit@0", {"device": "mobile"}), ("visit@1d", {"device": "web"})]})
        >>> mobile = log.filter({"device": "mobile"})
        >>> mobile.n_events(), mobile.observed_until == log.observed_until
        (1, True)
        """
        return replace(self, table=self.table.filter(holds(self.table, where)))

    def between(self, start: Any = None, end: Any = None) -> EventLog:
        """The same log with only the events from `start` (inclusive) to `end` (exclusive), times in `report_tz`.

        Observation ends at `end` where that is earlier than it did: what happened later is not seen.
        """
        import ibis

        table: Any = self.table
        first, last = instant(start, self.report_tz, "start"), instant(end, self.report_tz, "end")
        if first is not None:
            table = table.filter(table["timestamp"] >= ibis.literal(first.tz_localize(None)))
        if last is None:
            return replace(self, table=table)
        table = table.filter(table["timestamp"] < ibis.literal(last.tz_localize(None)))
        return replace(self, table=table, given_observed_until=min(last, self.observed_until))

    def restrict(self, users: Any) -> EventLog:
        """The same log with only the events of `users`: a list or series of ids, or a table with a column `user`.

        Examples
        --------
        >>> log = EventLog.from_story({"ana": ["visit@0"], "ben": ["visit@0"]})
        >>> log.restrict(["ana"]).n_users()
        1
        """
        import ibis
        import ibis.expr.types as ir

        table: Any = self.table
        chosen: Any = getattr(users, "table", users)
        if not isinstance(chosen, ir.Table):
            values = chosen.tolist() if hasattr(chosen, "tolist") else list(chosen)
            chosen = ibis.memtable(arrow_table([{"user": value} for value in values])) if values else table.limit(0)
        key = "user" if "user" in chosen.columns else chosen.columns[0]
        chosen = chosen.select(__chosen__=chosen[key].cast(table["user"].type())).distinct()
        return replace(self, table=table.semi_join(chosen, table["user"] == chosen["__chosen__"]))

    def __repr__(self) -> str:
        shown = ", ".join(self.properties[:12]) + (", …" if len(self.properties) > 12 else "")
        return f"EventLog in {self.backend.name}; properties: {shown or 'none'}"
