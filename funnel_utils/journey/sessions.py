"""Sessions: visits, cut from a log by silence, or as the log itself numbers them.

A new session starts with a user's first event and wherever the gap to the event before is **strictly greater** than
`gap`: exactly 30 minutes later is still the same visit. Midnight does not split a session. A session id that the log
brings is unique only together with its user, so (user, id) names a session.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from funnel_utils import stats
from funnel_utils.durations import Duration, format_duration, parse_duration
from funnel_utils.errors import LogError, SpecError
from funnel_utils.events.clock import elapsed, in_ticks, ticks_per_second
from funnel_utils.events.fields import missing
from funnel_utils.journey.shares import flag_rates
from funnel_utils.text import t

if TYPE_CHECKING:
    from funnel_utils.events import EventLog


@dataclass(frozen=True)
class Sessions:
    """How a log is cut into sessions.

    Parameters
    ----------
    gap : duration
        A silence strictly longer than this begins a new session.
    column : str, optional
        Take the sessions of this column as they are, instead of by the gap. Events without an id are in no session.

    Raises
    ------
    SpecError
        If the gap is not a duration above zero.

    Examples
    --------
    >>> from funnel_utils import EventLog
    >>> log = EventLog.from_story({"ana": ["visit@0", "view@30m", "visit@61m"]})
    >>> Sessions().run(log).summary[["sessions", "users", "events_per_session"]]
       sessions  users  events_per_session
    0         2      1                 1.5
    """

    gap: timedelta = timedelta(minutes=30)
    column: str | None = None

    def __init__(self, gap: Duration = "30m", column: str | None = None) -> None:
        made = parse_duration(gap, "gap")
        if not made:
            raise SpecError('gap=0 would make every event a session; give a silence such as "30m".')
        object.__setattr__(self, "gap", made)
        object.__setattr__(self, "column", column)

    def label(self, log: EventLog) -> EventLog:
        """`log` with the property `session`: the number, from 1, of the session within its user.

        Funnels with `unit="session"` and journeys then go by these sessions. A `session` that was there is replaced;
        with `column` it is that column, as it is.

        Raises
        ------
        LogError
            If the log lacks `column`.
        """
        table: Any = log.table
        if self.column is not None:
            if self.column not in table.columns:
                raise LogError(missing(self.column, table.columns, "column"))
            return replace(log, table=table.mutate(session=table[self.column]))
        order = ["timestamp", *(["sequence"] if "sequence" in table.columns else [])]
        within = ibis.window(group_by="user", order_by=order)
        # Events of one moment have no order but the one that this pass gives them; the next pass must use the same.
        seen = table.mutate(__before__=table["timestamp"].lag().over(within), __place__=ibis.row_number().over(within))
        ticks = ticks_per_second(table)
        silent = elapsed(seen["timestamp"], seen["__before__"], ticks) > in_ticks(self.gap, ticks)
        starts = (seen["__before__"].isnull() | silent).ifelse(1, 0)
        marked = seen.mutate(__starts__=starts)
        so_far = ibis.cumulative_window(group_by="user", order_by="__place__")
        numbered = marked.mutate(session=marked["__starts__"].sum().over(so_far).cast("int64"))
        return replace(log, table=numbered.drop("__before__", "__place__", "__starts__"))

    def run(self, log: EventLog) -> SessionsResult:
        """Cut `log` into sessions; see `SessionsResult`."""
        labelled = self.label(log)
        table: Any = labelled.table
        return SessionsResult(self, labelled, _sessions(table).cache())

    def __repr__(self) -> str:
        return f"Sessions(gap={format_duration(self.gap)})" if self.column is None else f"Sessions({self.column!r})"


def _sessions(table: Any) -> Any:
    """One row a session: `user`, `session`, `began`, `ended`, `events`, `seconds`."""
    rows = table.select("user", "session", "timestamp")
    rows = rows.filter(rows["session"].notnull())
    made = rows.group_by(["user", "session"]).agg(
        began=rows["timestamp"].min(), ended=rows["timestamp"].max(), events=rows.count()
    )
    ticks = ticks_per_second(made)
    return made.mutate(seconds=elapsed(made["ended"], made["began"], ticks) / float(ticks))


@dataclass(frozen=True, eq=False, repr=False)
class SessionsResult:
    """The sessions of a log.

    Attributes
    ----------
    sessions : Sessions
    log : EventLog
        The log with the property `session`.
    table : ibis.Table
        One row a session: `user`, `session`, `began`, `ended`, `events`, `seconds` (from first to last event).
    """

    sessions: Sessions
    log: EventLog
    table: ir.Table

    @cached_property
    def summary(self) -> pd.DataFrame:
        """One row: `sessions`, `users`, `sessions_per_user`, `events`, `events_per_session`, `median_seconds` (of the
        sessions with two events or more), and `single`, the sessions of one event, of `of` with `rate`, `low`, `high`,
        `interval` (clustered by user)."""
        rows: Any = self.table
        several = rows["events"] > 1
        sums = rows.aggregate(
            sessions=rows.count(),
            users=rows["user"].nunique(),
            events=rows["events"].sum().coalesce(0),
            median_seconds=rows["seconds"].median(where=several),
        ).to_pandas()
        single = flag_rates(rows.rename(person="user"), {"single": rows["events"] == 1}).drop(columns="flag")
        made = pd.concat([sums, single.rename(columns={"count": "single"})], axis=1)
        made["sessions_per_user"] = stats.rate(made["sessions"], made["users"])
        made["events_per_session"] = stats.rate(made["events"], made["sessions"])
        names = ["sessions", "users", "sessions_per_user", "events", "events_per_session", "median_seconds"]
        found: pd.DataFrame = made[[*names, "single", "of", "rate", "low", "high", "interval"]]
        return found

    @property
    def verdict(self) -> str:
        """How many sessions there are, in a sentence."""
        row = self.summary.iloc[0]
        facts = {name: f"{int(row[name]):,}" for name in ("sessions", "users")}
        if not row["sessions"]:
            return t("journey.sessions.none")
        return t(
            "journey.sessions.verdict", per=f"{row['events_per_session']:.1f}", single=f"{row['rate']:.1%}", **facts
        )

    def to_frame(self) -> pd.DataFrame:
        """The summary, as a copy of your own."""
        return self.summary.copy()

    def to_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write the summary as CSV."""
        from funnel_utils.export import to_csv

        return to_csv(self.summary, path)

    def _repr_html_(self) -> str:
        from funnel_utils.journey.view import frame_html

        return frame_html(self.verdict, repr(self.sessions), self.summary)

    def __repr__(self) -> str:
        return f"SessionsResult of {self.sessions!r}: {self.verdict}"
