"""What a column of the log or of the contacts says to the value that a rule compares it with.

Missing fails every comparison, and a number that is not a number is missing. Text in quotes that is compared with a
time is a moment in the log's `report_tz`; times without a zone mean UTC, as those of the events do. A date is the
midnight that it begins with, in `report_tz`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from funnel_utils.automation import rules as r
from funnel_utils.errors import SpecError
from funnel_utils.events.times import instant
from funnel_utils.events.where import compare

if TYPE_CHECKING:
    import pandas as pd

    from funnel_utils.events import EventLog


def known(column: Any) -> Any:
    """Whether a value is there; a number that is not a number is not."""
    return column.notnull() & ~column.isnan() if column.type().is_floating() else column.notnull()


def compared(column: Any, test: r.Test, log: EventLog) -> Any:
    """Whether a column passes a test; never null, because missing fails every comparison.

    Raises
    ------
    SpecError
        If the value is of another kind than the column.
    """
    there = known(column)
    if test.operator == "is missing":
        return ~there
    if test.operator == "is known":
        return there
    if test.operator in r.PARTS_OF_TEXT:
        part = _literal(column, test, test.value, log)
        if test.operator == "contains":
            return (there & column.contains(part)).fill_null(False)
        # By length: DataFusion takes an underscore at the start of a text for any letter.
        piece = (column.left if test.operator == "starts with" else column.right)(len(part))
        return (there & (piece == part)).fill_null(False)
    if test.operator == "between":
        low, high = (_literal(column, test, value, log) for value in test.value)
        return (there & (column >= low) & (column <= high)).fill_null(False)
    if test.operator in ("in", "not in"):
        among = column.isin([_literal(column, test, value, log) for value in test.value])
        return (there & (among if test.operator == "in" else ~among)).fill_null(False)
    return (there & compare(column, test.operator, _literal(column, test, test.value, log))).fill_null(False)


def _literal(column: Any, test: r.Test, value: Any, log: EventLog) -> Any:
    """The value to compare a column with: of the column's kind, or an error that says what the column holds."""
    import ibis

    kind = column.type()
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if (kind.is_string() and isinstance(value, str)) or (kind.is_numeric() and not kind.is_boolean() and number):
        return value
    if kind.is_boolean() and isinstance(value, bool) and test.operator in ("=", "!=", "in", "not in"):
        return value
    if isinstance(value, str) and test.operator not in r.PARTS_OF_TEXT:
        if kind.is_timestamp():
            moment = instant(value, log.report_tz, test.name)
            assert moment is not None, "a text is a moment or raises"
            return moment_of(moment, kind)
        if kind.is_date() and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
            instant(value, log.report_tz, test.name)  # 2026-02-30 is no day
            return ibis.literal(value).cast(kind)
    raise SpecError(f"{test.name} {test.operator} {value!r}: {test.name} holds {kind}; {_wanted(kind)}.")


def _wanted(kind: Any) -> str:
    """What a column of this kind is compared with."""
    kinds = {
        "text in quotes": kind.is_string(),
        "true or false, by = or !=": kind.is_boolean(),
        "a number": kind.is_numeric(),
        'a date in quotes, such as "2026-01-31"': kind.is_date(),
        'a time in quotes, such as "2026-01-31 18:00"': kind.is_timestamp(),
    }
    wanted = next((words for words, is_it in kinds.items() if is_it), None)
    return f"compare it with {wanted}" if wanted else "a rule can only ask whether it is known"


def moment_of(moment: pd.Timestamp, kind: Any) -> Any:
    """A moment to compare a column of times with; times without a zone mean UTC."""
    import ibis

    return ibis.literal(moment.tz_localize(None) if kind.timezone is None else moment, kind)


def day_of(moment: pd.Timestamp, kind: Any, zone: str) -> Any:
    """The first day that begins at a moment or later, to compare days with: a day is the midnight it begins with."""
    import ibis
    import pandas as pd

    # On the clock's own face: a midnight that a change to summer time skips is no moment of the zone.
    shown = moment.tz_convert(zone).tz_localize(None)
    first = shown.normalize() + pd.Timedelta(days=int(shown > shown.normalize()))
    return ibis.literal(first.date(), kind)
