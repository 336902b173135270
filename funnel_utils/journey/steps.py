"""The steps of journeys: one row an event, with its journey, its state and what follows, computed in the engine.

Windows over each unit's events in order number the journeys and find what comes next. A state is a small number (its
place among the states); what comes after a journey's last event is its **outcome**, a negative number. All tables are
Ibis expressions, cached where the log lives, so nothing large ever comes here.

| column | meaning |
|---|---|
| `person` | who, for intervals: the user (with another unit, that unit) |
| `session` | only with `unit="session"` |
| `journey` | number of the journey within its unit |
| `place` | number of the event within its unit, from 0: the order of events |
| `time` | when |
| `code` | the state |
| `next` | the state that follows, or the outcome |
| `first` | whether the journey begins here |
| `channel`, `offline` | where the log has them |
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir

from funnel_utils.errors import LogError, SpecError
from funnel_utils.events.clock import elapsed, in_ticks, moment, ticks_per_second
from funnel_utils.events.fields import missing
from funnel_utils.events.where import holds
from funnel_utils.journey.spec import MAX_STATES, Journey
from funnel_utils.text import t

if TYPE_CHECKING:
    import pandas as pd

    from funnel_utils.events import EventLog

START, CONVERTED, LEFT, OPEN = -1, -2, -3, -4
#: Names of the places that are no state of the log, by code.
OUTCOMES = {CONVERTED: "journey.converted", LEFT: "journey.left", OPEN: "journey.open"}

OTHER, BEGINS, ENDS = 0, 1, 2
#: More distinct values than this are not fetched: they are no states.
MOST_VALUES = 100_000


@dataclass(frozen=True)
class States:
    """The states of a journey on one log.

    Attributes
    ----------
    names : tuple of str
        By code.
    codes : mapping of str to int
        From the values of the state column.
    warnings : tuple of str
        Names that do not occur, and events that were left out.
    """

    names: tuple[str, ...]
    codes: dict[str, int]
    warnings: tuple[str, ...]

    def label(self, code: int) -> str:
        """The name of a state, of the start or of an outcome."""
        if code == START:
            return t("journey.start")
        return t(OUTCOMES[code]) if code in OUTCOMES else self.names[code]


def keys(journey: Journey) -> list[str]:
    """The columns that name a unit in the tables of this module."""
    return ["person", "session"] if journey.unit == "session" else ["person"]


def check_columns(log: EventLog, journey: Journey) -> None:
    """Raise a `LogError` where the log lacks the unit or the state; a missing channel or place is no error."""
    for field in ("unit", "state"):
        name = getattr(journey, field)
        if name not in log.table.columns:
            raise LogError(missing(name, log.table.columns, field))


def states(log: EventLog, journey: Journey) -> States:
    """Which states there are, from one grouped count of the log.

    Raises
    ------
    LogError
        If no event has a state.
    SpecError
        If there are too many, or one is called like an outcome.
    """
    table: Any = log.table
    by = {"event": table["event"], "value": table[journey.state].cast("string")}
    unit = table[journey.unit].isnull().ifelse(1, 0).sum()
    found = table.group_by(**by).agg(rows=table.count(), no_unit=unit).limit(MOST_VALUES).to_pandas()
    warnings = _unknown(journey, set(found["event"].dropna()))
    asked = set(journey.events) | set(journey.start) | set(journey.end)
    used = found[found["event"].isin(asked)] if journey.events else found
    values = used.dropna(subset=["value"]).groupby("value")["rows"].sum()
    if journey.stages:
        names = journey.order
        codes = {value: names.index(journey.stages[value]) for value in values.index if value in journey.stages}
        left_out = int(values[~values.index.isin(list(codes))].sum())
        if left_out:
            warnings.append(t("journey.warning.no_stage", rows=f"{left_out:,}", total=f"{int(values.sum()):,}"))
    else:
        names = (*journey.order, *sorted(set(values.index) - set(journey.order)))
        codes = {name: code for code, name in enumerate(names)}
    if used.loc[used["value"].isna(), "event"].isin(journey.end).any():
        names = (*names, t("journey.none"))
    lost = int(used["no_unit"].sum())
    if lost:
        warnings.append(t("journey.warning.no_unit", rows=f"{lost:,}", unit=journey.unit))
    _check_states(journey, names, codes)
    return States(names, codes, tuple(warnings))


def _check_states(journey: Journey, names: tuple[str, ...], codes: dict[str, int]) -> None:
    if not codes:
        raise LogError(f"No event of this log has a state: {journey!r} leaves none. Check stages=, events=, state=.")
    if len(names) > MAX_STATES:
        raise SpecError(
            f"state={journey.state!r} has {len(names):,} different values; at most {MAX_STATES} make a picture. "
            "Choose some with events=, or group them with stages=."
        )
    for code in (START, *OUTCOMES):
        label = t("journey.start") if code == START else t(OUTCOMES[code])
        if label in names:
            raise SpecError(f"A state is called {label!r}, the name of an outcome; rename it with stages=.")


def _unknown(journey: Journey, seen: set[str]) -> list[str]:
    """A warning for each name that no event has, with the nearest that exists."""
    given = {"start": journey.start, "end": journey.end, "events": journey.events}
    if journey.state == "event":
        given |= {"stages": tuple(journey.stages)}
        if not journey.stages:
            given |= {"order": journey.order}
    found = []
    for field, names in given.items():
        for name in names:
            if name not in seen:
                near = difflib.get_close_matches(name, seen, n=1)
                hint = t("journey.warning.nearest", name=near[0]) if near else ""
                found.append(t("journey.warning.unknown", field=field, name=name, hint=hint))
    return found


def events(log: EventLog, journey: Journey, found: States) -> ir.Table:
    """The events that have a state, with their unit, order and code."""
    table: Any = log.table
    if journey.events:
        table = table.filter(table["event"].isin([*journey.events, *journey.start, *journey.end]))
    ends = table["event"].isin(journey.end) if journey.end else ibis.literal(False)
    begins = table["event"].isin(journey.start) if journey.start else ibis.literal(False)
    columns: dict[str, Any] = {"person": table["user"] if journey.unit == "session" else table[journey.unit]}
    if journey.unit == "session":
        columns["session"] = table["session"]
    columns |= {"time": table["timestamp"], "value": table[journey.state].cast("string")}
    if "sequence" in table.columns:
        columns["sequence"] = table["sequence"]
    columns["kind"] = ibis.cases((ends, ENDS), (begins, BEGINS), else_=OTHER).cast("int16")
    if journey.channel in log.table.columns:
        columns["channel"] = table[journey.channel].cast("string")
    if journey.offline and set(journey.offline) <= set(log.table.columns):
        # Where the log does not say where an event happened, it was neither online nor offline.
        known = ibis.and_(*(table[name].notnull() for name in journey.offline))
        columns["offline"] = known.ifelse(holds(table, journey.offline), ibis.null("boolean"))
    rows = table.select(**columns)
    rows = rows.filter(*(rows[name].notnull() for name in keys(journey)))
    coded: Any = _coded(rows, found)
    # Numbers only: sorting by names would follow the alphabet of the engine.
    return coded.mutate(
        tie=(coded.code + (coded.kind == ENDS).ifelse(1000, 0) - (coded.kind == BEGINS).ifelse(1000, 0))
    )


def _coded(rows: Any, found: States) -> Any:
    """`rows` with the code of their state, without those that have none."""
    kept = [name for name in rows.columns if name != "value"]
    nameless = t("journey.none") in found.names
    if rows.get_backend().name == "duckdb" and not nameless:
        # A join with a small table costs half of a chain of comparisons, but not every engine plans it.
        known = {"name": list(found.codes), "code": list(found.codes.values())}
        lookup = ibis.memtable(known, schema={"name": "string", "code": "int16"})
        return rows.join(lookup, rows["value"] == lookup["name"]).select(*kept, "code")
    chain = [(rows["value"] == name, code) for name, code in found.codes.items()]
    if nameless:
        chain.append((rows["value"].isnull() & (rows["kind"] == ENDS), len(found.names) - 1))
    coded = rows.select(*kept, code=ibis.cases(*chain, else_=ibis.null("int16")).cast("int16"))
    return coded.filter(coded["code"].notnull())


def steps(log: EventLog, journey: Journey, found: States) -> ir.Table:
    """Every event of a journey; see the table at the top of this module."""
    rows: Any = events(log, journey, found)
    numbered = _numbered_by_ends(rows, journey, log) if journey.idle is None else _numbered(rows, journey, log)
    if journey.start:
        numbered = _from_start(numbered, journey)
    kept: ir.Table = numbered.select(*(c for c in numbered.columns if c not in ("kind", "sequence", "tie")))
    return kept


def moves(log: EventLog, journey: Journey, found: States) -> ir.Table | None:
    """`code` and `next` of every event, in a pass that numbers nothing; None where that does not do.

    Who only counts transitions need not know which journey they are in.
    """
    if journey.start or journey.collapse:
        return None
    made: ir.Table = _followed(events(log, journey, found), journey, log).select("code", "next")
    return made


def _window(rows: Any, journey: Journey, made: Any) -> Any:
    """A window over units, with their events in order."""
    columns = ["time", *(["sequence"] if "sequence" in rows.columns else []), "tie"]
    return made(group_by=keys(journey), order_by=columns)


def _followed(rows: Any, journey: Journey, log: EventLog, more: Mapping[str, Any] | None = None) -> Any:
    """`rows` with `next`, and what `more` computes in the same pass."""
    within = _window(rows, journey, ibis.window)
    if journey.idle is None:
        seen = rows.mutate(follow=rows["code"].lead().over(within), **(more or {}))
        ways = [(seen["kind"] == ENDS, CONVERTED)]
    else:
        ticks = ticks_per_second(rows)
        limit = in_ticks(journey.idle, ticks)
        follow, after = (rows[name].lead().over(within) for name in ("code", "time"))
        seen = rows.mutate(follow=follow, after=after, **(more or {}))
        quiet = elapsed(seen["after"], seen["time"], ticks) > limit
        unseen = seen["after"].isnull() & (elapsed(moment(log.observed_until), seen["time"], ticks) > limit)
        ways = [(seen["kind"] == ENDS, CONVERTED), (quiet | unseen, LEFT)]
    finish = ibis.cases(*ways, (seen["follow"].isnull(), OPEN), else_=ibis.null("int16"))
    followed = seen.mutate(next=ibis.coalesce(finish, seen["follow"]).cast("int16"))
    return followed.drop(*({"follow", "after"} & set(followed.columns)))


def _numbered_by_ends(rows: Any, journey: Journey, log: EventLog) -> Any:
    """Journeys end at end events only: one pass."""
    within, so_far = (_window(rows, journey, made) for made in (ibis.window, ibis.cumulative_window))
    ends = (rows["kind"] == ENDS).ifelse(1, 0)
    # Exact duplicates have no order but the one that this pass gives them, so it numbers the events for later passes.
    more = {
        "place": ibis.row_number().over(within).cast("int32"),
        "journey": (ends.sum().over(so_far) - ends).cast("int32"),
        "before": rows["kind"].lag().over(within),
    }
    done = _followed(rows, journey, log, more)
    return done.mutate(first=done["before"].isnull() | (done["before"] == ENDS)).drop("before")


def _numbered(rows: Any, journey: Journey, log: EventLog) -> Any:
    """Journeys end at end events and at silences: where one begins, the number goes up."""
    assert journey.idle is not None
    ticks = ticks_per_second(rows)
    within = _window(rows, journey, ibis.window)
    more = {
        "place": ibis.row_number().over(within).cast("int32"),
        "before": rows["time"].lag().over(within),
        "ended": rows["kind"].lag().over(within),
    }
    seen = _followed(rows, journey, log, more)
    silent = elapsed(seen["time"], seen["before"], ticks) > in_ticks(journey.idle, ticks)
    marked = seen.mutate(first=seen["before"].isnull() | (seen["ended"] == ENDS) | silent).drop("before", "ended")
    so_far = ibis.cumulative_window(group_by=keys(journey), order_by="place")
    return marked.mutate(journey=(marked["first"].ifelse(1, 0).sum().over(so_far) - 1).cast("int32"))


def _from_start(rows: Any, journey: Journey) -> Any:
    """Only what comes at or after the first start event of each journey."""
    so_far = ibis.cumulative_window(group_by=[*keys(journey), "journey"], order_by="place")
    begins = (rows["kind"] == BEGINS).ifelse(1, 0)
    seen = rows.mutate(starts=begins.sum().over(so_far))
    begun = seen.filter(seen["starts"] > 0)
    return begun.mutate(first=(begun["kind"] == BEGINS) & (begun["starts"] == 1)).drop("starts")


def walk(table: ir.Table, journey: Journey) -> ir.Table:
    """The steps that paths are made of: all of them, or with `collapse` the first of each run of one state."""
    if not journey.collapse:
        return table
    rows: Any = table
    whole = [*keys(journey), "journey"]
    within = ibis.window(group_by=whole, order_by="place")
    # An outcome is negative and stands on the last row only, so the least `next` of a journey is its outcome.
    seen = rows.mutate(before=rows["code"].lag().over(within), outcome=rows["next"].min().over(group_by=whole))
    kept = seen.filter(seen["before"].isnull() | (seen["before"] != seen["code"]))
    following = ibis.coalesce(kept["code"].lead().over(within), kept["outcome"]).cast("int16")
    return kept.mutate(next=following).drop("before", "outcome")


def placed(walked: ir.Table, journey: Journey) -> ir.Table:
    """The walk with `position` (from 1) of each step within its journey."""
    rows: Any = walked
    whole = [*keys(journey), "journey"]
    within = ibis.window(group_by=whole, order_by="place")
    return rows.select(*whole, "code", "next", position=(ibis.row_number().over(within) + 1).cast("int32"))


def journeys(table: ir.Table, journey: Journey) -> ir.Table:
    """One row a journey: its unit, `journey`, `began`, `ended`, `events`, `first` state, `outcome`; channels too."""
    rows: Any = table
    sums: dict[str, Any] = {
        "began": rows["time"].min(),
        "ended": rows["time"].max(),
        "events": rows.count(),
        "entry": rows["first"].ifelse(rows["code"], ibis.null("int16")).min(),
        "outcome": rows["next"].min(),
    }
    return rows.group_by([*keys(journey), "journey"]).agg(**sums)


def outcome_counts(made: ir.Table) -> pd.DataFrame:
    """How many journeys came to each outcome, and their events."""
    rows: Any = made
    frame: pd.DataFrame = rows.group_by("outcome").agg(journeys=rows.count(), events=rows["events"].sum()).to_pandas()
    return frame
