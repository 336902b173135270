"""From events or a table to one row a unit: in which arm it is, and what it did **after its first exposure**.

What a unit did before it met the tested thing cannot be an effect of it, and neither is what it did long after: events
count from the moment of the first exposure on, for as long as the window says, and only of units that were watched for
the whole window, whatever they did. A unit that was seen in two arms belongs to neither; it is set apart and counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from funnel_utils.cro.cells import EARLY, MIXED, NO_ARM, OK
from funnel_utils.cro.layout import Layout, Slot
from funnel_utils.cro.measures import Column, Did, Times, Total
from funnel_utils.cro.metrics import shown
from funnel_utils.durations import Duration, parse_duration
from funnel_utils.errors import LogError, SpecError

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from funnel_utils.events import EventLog
    from funnel_utils.events.where import Where


@dataclass(frozen=True, repr=False)
class Exposure:
    """When a unit met the tested thing.

    Parameters
    ----------
    event : str, optional
        The event of meeting it, which carries the arm; a unit's first one counts. Without it, its first event that
        carries an arm.
    within : str or timedelta, optional
        For how long after it events count. Without it, to the end of the log, so that those who came early had longer.
    where : mapping or function, optional
        A condition that the event must meet.

    Raises
    ------
    SpecError
        If a field is not valid.

    Examples
    --------
    >>> Exposure("saw_checkout", within="7d").event
    'saw_checkout'
    """

    event: str | None = None
    within: Duration | None = None
    where: Where | None = None

    def __post_init__(self) -> None:
        if self.event is not None and (not isinstance(self.event, str) or not self.event.strip()):
            raise SpecError(f"Exposure: event={self.event!r} is not the name of an event.")
        if self.within is not None:
            object.__setattr__(self, "within", parse_duration(self.within, "Exposure: within"))
            if not self.within:
                raise SpecError("Exposure: within= must be longer than nothing, such as '7d'.")

    def __repr__(self) -> str:
        return shown(self)

    @property
    def window(self) -> timedelta | None:
        """`within` as a timedelta."""
        return None if self.within is None else parse_duration(self.within, "within")


def rows_of_log(
    log: EventLog, exposure: Exposure, arm: str, unit: str, layout: Layout, keys: Mapping[str, str], daily: bool
) -> ir.Table:
    """One row for each unit that was exposed.

    Parameters
    ----------
    log : EventLog
    exposure : Exposure
    arm, unit : str
        The property that holds the arm, and the column that names a unit.
    layout : Layout
    keys : mapping of str to str
        Further columns of the result, and the properties of the exposing event that they hold, as text.
    daily : bool
        Whether to add `day`, the quarter hour of the first exposure.

    Returns
    -------
    ibis Table
        `arm`, `state`, `keys`, `day`, and the columns of the layout, 0 where nothing happened.

    Raises
    ------
    LogError
        If a property is missing.
    """
    import ibis

    from funnel_utils.events.calendar import quarter_hour
    from funnel_utils.events.clock import elapsed, in_ticks, observed_for, ticks_per_second

    _check_properties(log, arm, unit, layout, keys)
    first = _first_exposures(log, exposure, arm, unit, layout, keys)
    summed = {name: slot for name, slot in layout.names.items() if not slot.is_column}
    ticks = ticks_per_second(first)
    rows: Any = first
    if summed:
        acts = _acts(log, unit, summed)
        met: Any = acts.inner_join(first.select("unit", "at"), "unit")
        since = elapsed(met["timestamp"], met["at"], ticks)
        amounts = {name: _amount(met, name, slot, since, ticks, exposure) for name, slot in summed.items()}
        sums = met.group_by("unit").agg(**amounts)
        rows = first.left_join(sums, "unit", rname="other_{name}")
        rows = rows.mutate(**{name: rows[name].fill_null(0.0) for name in summed})
    longest = _longest(layout)
    early = ibis.literal(False)
    if longest is not None:
        seen = observed_for(rows, rows["at"], log.observed_until, ticks)
        early = seen < in_ticks(longest, ticks)
    state = ibis.cases(
        (rows["arm"].isnull(), NO_ARM), (rows["arm"] != rows["last_arm"], MIXED), (early, EARLY), else_=OK
    )
    extra = {"day": quarter_hour(rows["at"])} if daily else {}
    made: ir.Table = rows.select("unit", "arm", *keys, *layout.names, state=state, **extra)
    return made


def _longest(layout: Layout) -> timedelta | None:
    """For how long a unit has to be watched: the longest window."""
    return max((slot.within for slot in layout.slots if slot.within is not None and not slot.before), default=None)


def _check_properties(log: EventLog, arm: str, unit: str, layout: Layout, keys: Mapping[str, str]) -> None:
    from funnel_utils.events.fields import missing

    known = [*log.properties, "user"]
    for argument, name in (("arm", arm), ("unit", unit), *(("by", name) for name in keys.values())):
        if name not in known:
            raise LogError(missing(name, known, argument))
    for slot in layout.slots:
        measure = slot.measure
        if isinstance(measure, Total | Column):
            name = measure.value if isinstance(measure, Total) else measure.column
            if name not in known:
                raise LogError(missing(name, known, "measure"))
            if isinstance(measure, Total) and name == "value":
                _ = log.currency


def _first_exposures(
    log: EventLog, exposure: Exposure, arm: str, unit: str, layout: Layout, keys: Mapping[str, str]
) -> ir.Table:
    from funnel_utils.events.where import holds

    rows: Any = log.table
    met = rows[arm].notnull() if exposure.event is None else rows["event"] == exposure.event
    if exposure.where is not None:
        met = met & holds(rows, exposure.where)
    properties = {name: slot.measure.column for name, slot in layout.names.items() if isinstance(slot.measure, Column)}
    wanted = {key: rows[name].cast("string") for key, name in keys.items()}
    wanted |= {name: rows[column].cast("float64") for name, column in properties.items()}
    seen = rows.filter(met).select(unit=rows[unit], at=rows["timestamp"], arm=rows[arm].cast("string"), **wanted)
    seen = seen.filter(seen["unit"].notnull())
    # With an arm only: an exposure that does not say which is none, but a unit that has no other is counted.
    at = seen["at"].min(where=seen["arm"].notnull())
    carried = {name: seen[name].argmin(seen["at"]) for name in wanted}
    found: ir.Table = seen.group_by("unit").agg(at=at, arm=seen["arm"].min(), last_arm=seen["arm"].max(), **carried)
    return found


def _acts(log: EventLog, unit: str, summed: Mapping[str, Slot]) -> ir.Table:
    """The events that any measure looks at, with what each is worth to it."""
    from funnel_utils.events.where import holds

    rows: Any = log.table
    asked = sorted({event for slot in summed.values() for event in slot.measure.events})  # type: ignore[union-attr]
    rows = rows.filter(rows["event"].isin(asked))
    columns = {}
    for name, slot in summed.items():
        measure: Any = slot.measure
        hit = rows["event"].isin(list(measure.events))
        if measure.where is not None:
            hit = hit & holds(rows, measure.where)
        worth = _number(rows[measure.value]) if isinstance(measure, Total) else 1.0
        columns[f"is_{name}"] = hit.ifelse(worth, 0.0)
    found: ir.Table = rows.select("timestamp", unit=rows[unit], **columns)
    return found


def _amount(met: Any, name: str, slot: Slot, since: Any, ticks: int, exposure: Exposure) -> Any:
    """What a unit's events in the time of a slot add up to."""
    from funnel_utils.events.clock import in_ticks

    if slot.before:
        inside = (since < 0) & (since >= -in_ticks(slot.within or timedelta(0), ticks))
    else:
        start = 0 if slot.after is None else in_ticks(slot.after, ticks)
        # An event that exposes cannot be its own consequence; another of its kind, later, can.
        itself = slot.after is None and exposure.event in slot.measure.events  # type: ignore[union-attr]
        inside = since > 0 if itself else since >= start
        if slot.within is not None:
            inside = inside & (since <= in_ticks(slot.within, ticks))
    value = inside.ifelse(met[f"is_{name}"], 0.0)
    return value.max() if slot.once else value.sum()


def _number(column: Any) -> Any:
    value = column.cast("float64")
    return (value.isnull() | value.isnan()).ifelse(0.0, value)


def rows_of_table(
    table: ir.Table, arm: str, unit: str | None, layout: Layout, keys: Mapping[str, str], day: str | None
) -> ir.Table:
    """One row for each unit of a table.

    Parameters
    ----------
    table : ibis Table
    arm : str
        The column that holds the arm.
    unit : str or None
        The column that names a unit, whose rows are added up; `None` where every row is one.
    layout : Layout
    keys : mapping of str to str
        Further columns of the result, and the table's columns that they hold.
    day : str or None
        A column with the day of exposure.

    Returns
    -------
    ibis Table
        As `rows_of_log`; `state` only where there is a `unit`.

    Raises
    ------
    LogError
        If a column is missing, or holds no numbers.
    SpecError
        If a metric asks for events.
    """
    import ibis

    from funnel_utils.events.fields import missing

    source: Any = table
    wanted = {"arm": arm, **keys, **({"unit": unit} if unit else {}), **({"day": day} if day else {})}
    for role, name in wanted.items():
        if name not in source.columns:
            raise LogError(missing(name, source.columns, role.rstrip("0123456789")))
    columns = {name: _numeric(source, slot) for name, slot in layout.names.items()}
    texts = {role: source[name].cast("string") for role, name in wanted.items() if role not in ("unit", "day")}
    if day:
        texts["day"] = source[day].cast("timestamp").date()
    if unit is None:
        made: ir.Table = source.select(**texts, **columns)
        return made
    rows = source.select(unit=source[unit], **texts, **columns)
    rows = rows.filter(rows["unit"].notnull())
    sums = {name: whole(rows[name], slot.once) for name, slot in layout.names.items()}
    carried = {role: rows[role].min() for role in texts}
    found: Any = rows.group_by("unit").agg(last_arm=rows["arm"].max(), **carried, **sums)
    state = ibis.cases((found["arm"].isnull(), NO_ARM), (found["arm"] != found["last_arm"], MIXED), else_=OK)
    return found.mutate(state=state).drop("last_arm")


def column_of(slot: Slot) -> str:
    """The column of a table that a slot names.

    Raises
    ------
    SpecError
        If it asks for events.
    """
    measure = slot.measure
    if isinstance(measure, Column):
        return measure.column
    if isinstance(measure, Did | Times) and len(measure.events) == 1 and measure.where is None and not slot.before:
        return str(measure.events[0])
    raise SpecError(
        f"{measure.label}: a table has a row a unit and no events; name the column that holds the measure. "
        "To measure events after the exposure, read the data with EventLog.read."
    )


def _numeric(table: Any, slot: Slot) -> Any:
    """A column of the table as numbers."""
    import ibis

    from funnel_utils.events.fields import missing

    name = column_of(slot)
    if slot.after is not None:
        raise SpecError(f"{name}: after= counts from the exposure, which a table does not have.")
    if name not in table.columns:
        raise LogError(missing(name, table.columns, "metric"))
    kind = table[name].type()
    if not (kind.is_numeric() or kind.is_boolean()):
        raise LogError(f"The column {name!r} holds {kind}, not numbers; convert it, or take another one.")
    value = table[name].cast("float64")
    if slot.once and not kind.is_boolean():
        return ((value == 0) | (value == 1)).ifelse(value, ibis.null("float64"))
    return value


def whole(column: Any, once: bool = False) -> Any:
    """The sum (or the greatest) of a group's values, missing where one of them is: nothing is dropped silently."""
    import ibis

    found = column.max() if once else column.sum()
    return (column.count() == column.isnull().count()).ifelse(found, ibis.null("float64"))
