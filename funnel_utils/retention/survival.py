"""How long customers stay: the Kaplan-Meier curve from a start event to an end event.

Time zero is a unit's first start event; its end is the first end event after it. Whoever has not ended when observation
ends is **censored** then: counted as there for as long as she was seen, and no longer. Dropping her would make lives
too short, counting her as ended shorter still.

A subscription has an end to look for. Where nobody says goodbye (a shop), ask for the time to the *next* purchase
(`SecondPurchase`, `gaps`) or for P(alive) of a model; see `Churn` for what "lost" means in either case.

References
----------
Kaplan, E. L., Meier, P. (1958). Nonparametric estimation from incomplete observations. JASA 53, 457-481.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd

from funnel_utils.durations import Duration, format_duration, parse_duration
from funnel_utils.errors import LogError, SpecError
from funnel_utils.events import clock
from funnel_utils.events.fields import missing
from funnel_utils.events.where import Where, holds
from funnel_utils.retention.purchases import event_names
from funnel_utils.text import t

if TYPE_CHECKING:
    from funnel_utils.events import EventLog
    from funnel_utils.retention.survival_result import SurvivalResult

#: A curve for each of so many groups can be read, and tested against the others; the rest are one group.
MOST_GROUPS = 8


@dataclass(frozen=True, init=False)
class Survival:
    """From which event to which, and in which steps of time.

    Parameters
    ----------
    start, end : str or iterable of str
        Events that begin and end a stay. Where they share an event, the end is one strictly later than the start.
    by : str, optional
        A property of the start event: a curve for each of its values.
    step : duration
        Times are counted in whole steps: an end is rounded up (it happened within so many), the time somebody was last
        seen down (she was there so long). `"1d"` by default.
    where, end_where : condition, optional
        Only start events, or end events, for which it holds.
    unit : str
        Who: `"user"` or another column.

    Raises
    ------
    SpecError
        For a field that is not valid.

    Examples
    --------
    >>> from funnel_utils import EventLog
    >>> story = {"ana": ["join@0", "cancel@40d"], "ben": ["join@10d"], "eve": ["join@0", "cancel@70d"]}
    >>> found = Survival("join", "cancel").run(EventLog.from_story(story, observed_until="2026-03-21"))
    >>> found.curves[["time", "at_risk", "events", "survival"]]
       time  at_risk  events  survival
    0  40.0      3.0     1.0  0.666667
    1  70.0      1.0     1.0  0.000000
    >>> found.median()
    70.0
    """

    start: tuple[str, ...]
    end: tuple[str, ...]
    by: str | None
    step: timedelta
    where: Where | None
    end_where: Where | None
    unit: str

    def __init__(
        self,
        start: str | Iterable[str],
        end: str | Iterable[str],
        *,
        by: str | None = None,
        step: Duration = "1d",
        where: Where | None = None,
        end_where: Where | None = None,
        unit: str = "user",
    ) -> None:
        values: dict[str, Any] = {
            "start": event_names(start, "start"),
            "end": event_names(end, "end"),
            "by": by,
            "step": parse_duration(step, "step"),
            "where": where,
            "end_where": end_where,
            "unit": unit,
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)
        if not self.start or not self.end:
            raise SpecError("start and end each need at least one event.")
        if self.step < timedelta(seconds=1):
            raise SpecError(f"step={step!r}: times are counted in steps of at least a second.")

    def run(self, log: EventLog) -> SurvivalResult:
        """Measure the stays of `log`, in its engine.

        Raises
        ------
        LogError
            If the log lacks a column, or has no start event.
        """
        from funnel_utils.retention.survival_result import SurvivalResult

        counts = _counts(log, self)
        if counts.empty:
            named = ", ".join(map(repr, self.start))
            raise LogError(f"start={named}: no such event has a {self.unit} in this log, so nothing begins.")
        return SurvivalResult.of_counts(counts, unit=step_words(self.step), step=self.step, by=self.by)


def step_words(step: timedelta) -> str:
    """What times counted in steps are numbers of: `days`, `weeks`, `steps of 30d`."""
    text = format_duration(step)
    known = {"1d": "days", "1w": "weeks", "1h": "hours"}
    return t(f"retention.steps.{known[text]}") if text in known else t("retention.steps.other", step=text)


def survival_table(
    frame: pd.DataFrame, *, time: str, ended: str, unit: str, by: str | None = None, count: str | None = None
) -> SurvivalResult:
    """The same from a ready table, such as one row a member.

    Parameters
    ----------
    frame : DataFrame
    time : str
        The column of times: to the end, or to when the unit was last seen.
    ended : str
        The column (true or false, 1 or 0) that says which of the two.
    unit : str
        What a time of 1 is, in a word: `"month"`.
    by : str, optional
        The column of groups.
    count : str, optional
        How many units a row stands for; one by default.

    Returns
    -------
    SurvivalResult

    Raises
    ------
    LogError
        If a column is missing, or holds a missing or negative time.

    Examples
    --------
    >>> members = pd.DataFrame({"months": [1, 2, 2, 3], "ended": [True, True, False, False]})
    >>> survival_table(members, time="months", ended="ended", unit="month").at([2])[["time", "survival", "at_risk"]]
       time  survival  at_risk
    0   2.0       0.5        3
    """
    from funnel_utils.retention.survival_result import SurvivalResult

    for column in (time, ended, by, count):
        if column is not None and column not in frame.columns:
            raise LogError(f"The table has no column {column!r}; it has {', '.join(map(repr, frame.columns))}.")
    if frame.empty:
        raise LogError("The table has no rows, so there is nobody whose time could be measured.")
    times = pd.to_numeric(frame[time], errors="coerce")
    flags = pd.to_numeric(frame[ended].astype("object"), errors="coerce")
    if times.isna().any() or (times < 0).any() or not flags.isin([0, 1]).all():
        raise LogError(f"{time!r} needs times of zero or more and {ended!r} true or false, in every row.")
    weight = pd.Series(1.0, index=frame.index) if count is None else pd.to_numeric(frame[count]).astype("float64")
    groups = t("retention.total") if by is None else frame[by].astype("object").fillna(t("retention.missing"))
    made = pd.DataFrame({"group": groups, "time": times, "event": flags.astype(bool), "count": weight})
    made["group"] = made["group"].astype(str)
    sums = _added(made)
    return SurvivalResult.of_counts(sums, unit=unit, step=None, by=by)


def _counts(log: EventLog, asked: Survival) -> pd.DataFrame:
    """How many units had each `time` (whole steps) and `event` (ended or censored), by `group`."""
    began = _first(log, asked, asked.start, asked.where, asked.by)
    ends = _rows(log, asked, asked.end, asked.end_where).select(who="unit", at="timestamp")
    joined = ends.inner_join(began, ends["who"] == began["unit"])
    later = joined["at"] > joined["start"] if set(asked.start) & set(asked.end) else joined["at"] >= joined["start"]
    joined = joined.filter(later)
    over = joined.group_by("who").agg(end=joined["at"].min())
    both = began.left_join(over, began["unit"] == over["who"])
    ticks = clock.ticks_per_second(both)
    length = clock.in_ticks(asked.step, ticks)
    ended = clock.elapsed(both["end"], both["start"], ticks)
    seen = clock.observed_for(both, both["start"], log.observed_until, ticks)
    steps = both["end"].isnull().ifelse(seen // length, (ended + (length - 1)) // length)
    made = both.mutate(time=steps.cast("int64"), event=both["end"].notnull())
    counts = made.group_by(["group", "time", "event"]).agg(count=made.count()).to_pandas()
    counts["group"] = counts["group"].fillna(t("retention.missing"))
    found: pd.DataFrame = counts.astype({"time": "float64", "count": "float64"})
    return _lumped(found)


def _lumped(counts: pd.DataFrame) -> pd.DataFrame:
    """The largest groups, and all others as one."""
    sizes = counts.groupby("group")["count"].sum().sort_values(ascending=False, kind="stable")
    if len(sizes) <= MOST_GROUPS:
        return counts
    kept = set(sizes.index[: MOST_GROUPS - 1])
    other = t("retention.other")
    named = [name if name in kept else other for name in counts["group"]]
    return _added(counts.assign(group=named))


def _added(counts: pd.DataFrame) -> pd.DataFrame:
    return counts.groupby(["group", "time", "event"])["count"].sum().reset_index()


def _first(log: EventLog, asked: Survival, events: tuple[str, ...], where: Where | None, by: str | None) -> Any:
    """Each unit's first start event: `unit`, `start`, `group`."""
    import ibis

    rows = _rows(log, asked, events, where)
    first = rows.group_by("unit").agg(start=rows["timestamp"].min())
    if by is None:
        return first.mutate(group=ibis.literal(t("retention.total")))
    if by not in rows.columns:
        raise LogError(missing(by, log.properties, "by"))
    rows = rows.mutate(text=rows[by].cast("string")).select(who="unit", at="timestamp", text="text")
    at = rows.inner_join(first, [rows["who"] == first["unit"], rows["at"] == first["start"]])
    # Of several start events at that very moment, the value that comes first in the order of texts.
    return at.group_by(["unit", "start"]).agg(group=at["text"].min())


def _rows(log: EventLog, asked: Survival, events: tuple[str, ...], where: Where | None) -> Any:
    table: Any = log.table
    if asked.unit not in table.columns:
        raise LogError(missing(asked.unit, log.properties, "unit"))
    rows = table.filter(table["event"].isin(list(events)), table[asked.unit].notnull())
    rows = rows.mutate(unit=rows[asked.unit])
    if log.given_observed_until is not None:
        rows = rows.filter(rows["timestamp"] <= clock.moment(log.observed_until))
    return rows if where is None else rows.filter(holds(rows, where))
