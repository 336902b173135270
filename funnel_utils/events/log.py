"""`EventLog`: one row an event, wherever it lives, and the few facts that every metric asks of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from funnel_utils.engine import Engine
from funnel_utils.errors import LogError
from funnel_utils.events.mapping import LogSpec, Mapped, map_columns
from funnel_utils.events.sources import Source, open_source
from funnel_utils.events.story import Happening, story_rows
from funnel_utils.events.times import Times, Unit

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd
    from ibis.backends import BaseBackend


@dataclass(frozen=True, eq=False, repr=False)
class EventLog:
    """An event log, mapped and unread. Make one with `EventLog.read` or `EventLog.from_story`."""

    source: Source
    mapped: Mapped
    table: ir.Table
    report_tz: str = "UTC"
    week_start: str = "monday"
    given_observed_until: pd.Timestamp | None = None

    @classmethod
    def read(
        cls,
        source: Any,
        *,
        user: str = "user",
        event: str = "event",
        timestamp: str = "timestamp",
        columns: Mapping[str, str] | None = None,
        sequence: str | None = None,
        source_tz: str | None = None,
        timestamp_unit: Unit | None = None,
        timestamp_format: str | None = None,
        observed_until: Any = None,
        report_tz: str = "UTC",
        week_start: str = "monday",
        engine: Engine | None = None,
    ) -> EventLog:
        """Map a source to an event log; nothing is read until a number is asked for."""
        spec = LogSpec(
            user=(user,),
            event=(event,),
            timestamp=timestamp,
            columns=columns or {},
            sequence=sequence,
            times=Times(source_tz, timestamp_unit, timestamp_format),
        )
        opened = open_source(source, engine)
        mapped = map_columns(opened, spec)
        return cls(opened, mapped, mapped.usable, report_tz, week_start, _instant(observed_until, report_tz))

    @classmethod
    def from_story(
        cls,
        stories: Mapping[Any, Sequence[Happening]],
        start: str = "2026-01-01",
        **options: Any,
    ) -> EventLog:
        """A log written as a story.

        Examples
        --------
        >>> log = EventLog.from_story({"ana": ["visit@0", "cart@5m"], "ben": [("visit@1h", {"channel": "ads"})]})
        >>> log.n_users(), log.n_events()
        (2, 3)
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
        return self.mapped.properties

    @cached_property
    def rejected(self) -> ir.Table:
        """The rows set aside, with the `reason`."""
        return self.mapped.rejected

    @cached_property
    def observed_until(self) -> pd.Timestamp:
        """The end of observation (UTC): the last event of the unfiltered log unless it was given."""
        import pandas as pd

        if self.given_observed_until is not None:
            return self.given_observed_until
        last = self.backend.execute(self.mapped.rows.timestamp.max())
        if last is None or last is pd.NaT:
            raise LogError("The log has no event with a usable time, so it has no end of observation.")
        return cast("pd.Timestamp", pd.Timestamp(last).tz_localize("UTC"))

    def n_events(self) -> int:
        """Number of usable events."""
        return self._counts[0]

    def n_users(self) -> int:
        """Number of distinct users among the usable events."""
        return self._counts[1]

    @cached_property
    def _counts(self) -> tuple[int, int]:
        table = self.table
        found: Any = self.backend.to_pyarrow(table.aggregate(events=table.count(), users=table.user.nunique()))
        return int(found["events"][0].as_py()), int(found["users"][0].as_py())


def _instant(value: Any, zone: str) -> pd.Timestamp | None:
    import pandas as pd

    if value is None:
        return None
    moment = pd.Timestamp(value)
    moment = moment.tz_localize(zone) if moment.tzinfo is None else moment
    return cast("pd.Timestamp", moment.tz_convert("UTC").as_unit("us"))
