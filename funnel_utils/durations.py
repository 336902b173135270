"""Durations are written with their unit: `"90s"`, `"30m"`, `"36h"`, `"7d"`, `"2w"`, or a `datetime.timedelta`.

A bare number is refused, because nobody can tell whether 7 means days or seconds. One day is 24 hours.
"""

from __future__ import annotations

import re
from datetime import timedelta

from funnel_utils.errors import SpecError

Duration = str | timedelta

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_PATTERN = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([smhdw])\s*")


def parse_duration(value: Duration, field: str) -> timedelta:
    """`value` as a timedelta of zero or more; `field` is the name to blame in an error.

    Raises
    ------
    SpecError
        If `value` is a bare number, has no known unit, or is negative.

    Examples
    --------
    >>> parse_duration("90m", "window")
    datetime.timedelta(seconds=5400)
    """
    if isinstance(value, timedelta):
        if value < timedelta(0):
            raise SpecError(f"{field}={value!r} is negative; a duration is zero or more.")
        return value
    match = _PATTERN.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise SpecError(
            f'{field}={value!r} is not a duration; write a number with its unit (s, m, h, d, w), such as "30m" '
            'or "7d", or pass a datetime.timedelta.'
        )
    return timedelta(**{_UNITS[match[2]]: float(match[1])})


def format_duration(value: timedelta) -> str:
    """`value` in the largest unit that divides it.

    Examples
    --------
    >>> format_duration(timedelta(days=7)), format_duration(timedelta(minutes=90)), format_duration(timedelta(0, 61))
    ('1w', '90m', '61s')
    """
    seconds = value.total_seconds()
    if seconds == 0:
        return "0s"
    for unit, size in (("w", 604800), ("d", 86400), ("h", 3600), ("m", 60)):
        if seconds % size == 0:
            return f"{seconds / size:.0f}{unit}"
    return f"{seconds:.0f}s" if seconds == round(seconds) else f"{seconds:.6f}".rstrip("0") + "s"


def microseconds(value: timedelta) -> int:
    """`value` as a whole number of microseconds, the resolution of an event log."""
    return value // timedelta(microseconds=1)
