"""Times: any timestamp column as UTC without a zone, in microseconds.

The canonical `timestamp` is a plain timestamp that means UTC. Arithmetic and sorting on it are plain integer work
in every engine, while DuckDB consults its calendar for each row of a zoned column (a cast of ten million rows took
2.7 s, the integer route below 0.3 s). What the source holds decides the route:

- a zoned timestamp is converted to UTC;
- a timestamp or a date without a zone is read as UTC, or in `source_tz`;
- a number counts `unit`s since 1970-01-01 UTC: the unit is asked for, never guessed (with `source_tz`, it counts
  what the clocks of that zone show);
- text is read as ISO 8601, each row with its own offset where it has one, or by `format`.

A local time that a change to summer time skips, or that occurs twice, follows the engine's rule (DuckDB: skipped
times move forward, repeated times take the later, standard-time, reading).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from funnel_utils.errors import LogError, SpecError

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

Unit = Literal["s", "ms", "us", "ns"]
UNITS = ("s", "ms", "us", "ns")

#: Text that ends in a zone, after a time of day: `…Z`, `…+03:30`, `… UTC`, `… Europe/Berlin`.
ZONED = r"(?i)^\d.*\d:\d\d.*([+-]\d\d(:?\d\d)?|[ ]?[a-z_]+(/[a-z_+\-0-9]+)*)$"

_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_ELSEWHERE = "{what} works in DuckDB only; convert the column to a UTC timestamp in its own engine first."

_BIGINT = 2**63 - 1
#: Seconds since 1970 that a timestamp of an event may have: years 1 to 9999.
_FIRST, _LAST = -62_135_596_800, 253_402_300_799


def check_zone(name: str | None, field: str) -> None:
    """Refuse a name that is no IANA time zone.

    Raises
    ------
    SpecError
        If there is no zone of that name.
    """
    if name is None:
        return
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise SpecError(
            f'{field}={name!r} is not a time zone; write an IANA name such as "Asia/Tehran" or "UTC".'
        ) from error


@dataclass(frozen=True)
class Times:
    """How a column of times is to be read.

    Attributes
    ----------
    source_tz : str or None
        The zone of times that carry none.
    unit : {"s", "ms", "us", "ns"} or None
        What a number counts.
    format : str or None
        strptime format of text that is not ISO 8601.
    """

    source_tz: str | None = None
    unit: Unit | None = None
    format: str | None = None

    def __post_init__(self) -> None:
        check_zone(self.source_tz, "source_tz")
        if self.unit is not None and self.unit not in UNITS:
            raise SpecError(f"timestamp_unit={self.unit!r} is not one of {', '.join(UNITS)}.")


@dataclass(frozen=True)
class Reading:
    """A column of times as it is read.

    Attributes
    ----------
    utc : timestamp expression
        Null where the value is missing or cannot be read.
    naive : boolean expression, or bool
        Which rows carry no zone of their own and are read as UTC for want of `source_tz`; one value where it is the
        same for all.
    can_fail : bool
        Whether a value that is there may turn out unreadable.
    text : string expression or None
        The original value, where it is text.
    """

    utc: ir.TimestampValue
    naive: ir.BooleanValue | bool
    can_fail: bool
    text: ir.StringValue | None = None


def read_times(column: ir.Value, times: Times, *, local: bool, name: str) -> Reading:
    """`column` (called `name` in errors) as UTC; `local` when it lives in DuckDB.

    Raises
    ------
    LogError
        If the column's type cannot hold times, a number comes without a unit, or its engine cannot convert it.
    """
    kind = column.type()
    if times.unit is not None and (kind.is_numeric() or kind.is_string()):
        return _numbers(column, times, times.unit, local=local)
    if kind.is_timestamp():
        return _timestamps(column, times, local=local)
    if kind.is_date():
        return _timestamps(column.cast("timestamp"), times, local=local)
    if kind.is_string():
        return _texts(column, times, local=local, name=name)
    if kind.is_numeric():
        raise LogError(
            f"The timestamp column {name!r} holds numbers ({kind}); say what they count since 1970-01-01 UTC with "
            'timestamp_unit="s", "ms", "us" or "ns". Today is about 1.8e9 in s, 1.8e12 in ms, 1.8e15 in us.'
        )
    raise LogError(f"The timestamp column {name!r} has the type {kind}, which holds no times; map another column.")


def _timestamps(column: Any, times: Times, *, local: bool) -> Reading:
    kind = column.type()
    if kind.timezone is not None:
        utc = _to_utc(column) if local else _plain(column)
        return Reading(utc, False, can_fail=False)
    if local and kind.scale not in (None, 6):
        column = column.cast("timestamp(6)")
    if times.source_tz not in (None, "UTC"):
        column = _in_source_zone(column, times.source_tz, local=local)
    return Reading(column, times.source_tz is None, can_fail=False)


def _numbers(column: Any, times: Times, unit: Unit, *, local: bool) -> Reading:
    """Numbers since 1970, which may come as text; those outside the years 1 to 9999 cannot be read."""
    if not local:
        if times.source_tz not in (None, "UTC"):
            raise LogError(_ELSEWHERE.format(what="source_tz"))
        if not column.type().is_integer():
            raise LogError("Outside DuckDB, timestamp_unit needs an integer column; convert it in its engine first.")
        return Reading(_plain(column.as_timestamp(unit)), False, can_fail=False)
    per_second = _PER_SECOND[unit]
    number = column.try_cast("decimal(38, 9)") if not column.type().is_integer() else column
    least, most = max(_FIRST * per_second, -_BIGINT), min(_LAST * per_second, _BIGINT)
    number = number.between(least, most).ifelse(number, None)
    if unit == "ns":
        utc = _functions().make_timestamp_ns(number.cast("int64")).cast("timestamp(6)")
    else:
        utc = _functions().make_timestamp((number * (1_000_000 // per_second)).cast("int64"))
    if times.source_tz not in (None, "UTC"):
        utc = _in_source_zone(utc, times.source_tz, local=local)
    return Reading(utc, False, can_fail=True, text=column.cast("string"))


def _texts(column: Any, times: Times, *, local: bool, name: str) -> Reading:
    import ibis

    _need_duckdb(local, f"reading the text column {name!r} as times")
    functions = _functions()
    text = column.strip().re_replace(r"(\d)z$", r"\1Z")
    if times.format is not None and "%z" in times.format.lower():
        return Reading(_to_utc(functions.try_strptime_zoned(text, times.format)), False, can_fail=True, text=column)
    iso = times.format is None
    plain = text.try_cast("timestamp(6)") if iso else functions.try_strptime(text, times.format)
    if times.source_tz not in (None, "UTC"):
        plain = _in_source_zone(plain, times.source_tz, local=local)
    if not iso:
        return Reading(plain, times.source_tz is None, can_fail=True, text=column)
    zoned = text.re_search(ZONED)
    # DuckDB wants seconds between the minutes and an offset; ISO 8601 does not.
    full = text.re_replace(r"^([^:]*:\d\d) ?([zZ+\-])", r"\1:00\2")
    # DuckDB would also read words as times ("epoch", "infinity"): only text that starts with a digit is tried.
    utc = ibis.cases((zoned, _to_utc(full.try_cast("timestamp('UTC', 6)"))), (text.re_search(r"^\d"), plain))
    naive = ~zoned if times.source_tz is None else False
    return Reading(utc, naive, can_fail=True, text=column)


def _to_utc(column: Any) -> ir.TimestampValue:
    functions = _functions()
    utc: ir.TimestampValue = functions.make_timestamp(functions.epoch_us(column))
    return utc


def _plain(column: Any) -> ir.TimestampValue:
    """A timestamp of another engine as a plain one in UTC (in BigQuery the two types do not compare)."""
    plain: ir.TimestampValue = column.cast("timestamp('UTC')").cast("timestamp")
    return plain


def _in_source_zone(column: Any, zone: str | None, *, local: bool) -> ir.TimestampValue:
    _need_duckdb(local, "source_tz")
    return _to_utc(_functions().read_in_zone(zone, column))


def _need_duckdb(local: bool, what: str) -> None:
    if not local:
        raise LogError(_ELSEWHERE.format(what=what))


def _functions() -> Any:
    from funnel_utils.events import duckdb_functions

    return duckdb_functions


def instant(value: Any, zone: str, field: str) -> pd.Timestamp | None:
    """`value` as an instant in UTC; without a zone of its own it is read in `zone`.

    A local time that the clocks skip is the first moment after it; of one that they repeat it is the first.

    Raises
    ------
    SpecError
        If it is no time.
    """
    import pandas as pd

    if value is None:
        return None
    try:
        # A bare number would be read as nanoseconds since 1970.
        moment: Any = None if isinstance(value, int | float) else pd.Timestamp(value)
    except (ValueError, TypeError):
        moment = None
    if moment is None or pd.isna(moment):
        raise SpecError(f"{field}={value!r} is not a time; write it as in '2026-01-31' or '2026-01-31 18:00'.")
    if moment.tzinfo is None:
        moment = moment.tz_localize(zone, nonexistent="shift_forward", ambiguous=True)
    utc: pd.Timestamp = moment.tz_convert("UTC").as_unit("us")
    return utc
