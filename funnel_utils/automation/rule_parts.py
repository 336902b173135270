"""What conditions are made of: windows of time, tests of a property, events narrowed by them. All check themselves."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from funnel_utils.durations import Duration, format_duration, parse_duration
from funnel_utils.errors import SpecError

Value = str | int | float | bool
COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
PARTS_OF_TEXT = ("contains", "starts with", "ends with")
PRESENCE = ("is missing", "is known")
OPERATORS = (*COMPARISONS, "between", "in", "not in", *PARTS_OF_TEXT, *PRESENCE)
MEASURES = ("count", "sum", "mean", "min", "max", "unique")
#: Engines count in 64 bits.
_GREATEST = 2**63 - 1


def checked(value: Any, where: str) -> Value:
    if isinstance(value, str):
        # An engine's text ends at a null character, and half a character has no bytes.
        if "\0" in value or any(unicodedata.category(one) == "Cs" for one in value):
            raise SpecError(f"{where}: {value!r} holds a character that no engine can store.")
        return value
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        if not math.isfinite(value) or (isinstance(value, int) and abs(value) > _GREATEST):
            raise SpecError(f"{where}: {value!r} is no number to compare with.")
        return value
    raise SpecError(f"{where}: {value!r} is neither text, a number, nor true or false.")


def bounds(value: Any, where: str) -> tuple[Value, Value]:
    """Two bounds, both included: numbers in order, or two texts (names, or dates)."""
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise SpecError(f"{where} between takes two values, the lower one first; got {value!r}.")
    low, high = (checked(one, where) for one in value)
    if isinstance(low, bool) or isinstance(high, bool) or isinstance(low, str) != isinstance(high, str):
        raise SpecError(f"{where} between {low!r} and {high!r}: give two numbers, or two texts.")
    if not isinstance(low, str) and not isinstance(high, str) and low > high:
        raise SpecError(f"{where} between {low!r} and {high!r} holds for nobody; give the lower one first.")
    return low, high


def check_name(value: Any, where: str) -> None:
    # The half-space of Persian words is a format character (Cf), and right in a name.
    wrong = ("Cc", "Cs", "Zl", "Zp")
    if (
        not isinstance(value, str)
        or not value.strip()
        or "`" in value
        or any(unicodedata.category(one) in wrong for one in value)
    ):
        raise SpecError(f"{where}: {value!r} is no name; give a non-empty text without backticks or line breaks.")


def listed(value: Any, where: str) -> tuple[Any, ...]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise SpecError(f"{where}: {value!r} is no list.")
    return tuple(value)


def check_kinds(rule: Any, /, **wanted: type) -> None:
    for name, kind in wanted.items():
        if not isinstance(getattr(rule, name), kind):
            given = f"{type(rule).__name__}: {name}={getattr(rule, name)!r}"
            raise SpecError(f"{given}; give {kind.__name__}(…), or write the rule as text.")


def length(value: Duration | None, where: str, least: timedelta = timedelta(microseconds=1)) -> timedelta | None:
    if value is None:
        return None
    found = parse_duration(value, where)
    if found < least:
        raise SpecError(f"{where}={format_duration(found)} must be longer than nothing.")
    return found


@dataclass(frozen=True)
class Window:
    """The time from `start` before `as_of` (included) to `end` before it (not included).

    Parameters
    ----------
    start : duration, optional
        `None`: from the beginning of the log.
    end : duration
        Zero: until `as_of`.
    """

    start: Duration | None = None
    end: Duration = timedelta(0)

    def __post_init__(self) -> None:
        start, end = length(self.start, "window start"), parse_duration(self.end, "window end")
        if start is not None and start <= end:
            raise SpecError(
                f"window: it starts {format_duration(start)} and ends {format_duration(end)} ago; the start is the "
                "longer one."
            )
        object.__setattr__(self, "start", start)
        object.__setattr__(self, "end", end)


EVER = Window()


@dataclass(frozen=True)
class Test:
    """A comparison of one property: `Test("city", "in", ("Tehran", "Shiraz"))`."""

    __test__ = False  # not one of pytest's

    name: str
    operator: str
    value: Any = None

    def __post_init__(self) -> None:
        check_name(self.name, "property")
        if self.operator not in OPERATORS:
            raise SpecError(f"{self.name}: {self.operator!r} is not one of {', '.join(OPERATORS)}.")
        if self.operator in PRESENCE:
            if self.value is not None:
                raise SpecError(f"{self.name} {self.operator} takes no value; got {self.value!r}.")
            return
        if self.operator in ("in", "not in"):
            if isinstance(self.value, str) or not isinstance(self.value, tuple | list | set | frozenset):
                raise SpecError(f"{self.name} {self.operator} takes a list of values; got {self.value!r}.")
            values = sorted(self.value, key=repr) if isinstance(self.value, set | frozenset) else self.value
            if not values:
                raise SpecError(f"{self.name} {self.operator} an empty list holds for nobody, or everybody; say which.")
            object.__setattr__(self, "value", tuple(checked(one, self.name) for one in values))
            return
        if self.operator == "between":
            object.__setattr__(self, "value", bounds(self.value, self.name))
            return
        checked(self.value, self.name)
        if self.operator in PARTS_OF_TEXT and not isinstance(self.value, str):
            raise SpecError(f"{self.name} {self.operator} takes text; got {self.value!r}.")


@dataclass(frozen=True)
class Events:
    """Events of one name, narrowed by tests of their own properties (all must hold)."""

    name: str
    tests: tuple[Test, ...] = ()

    def __post_init__(self) -> None:
        check_name(self.name, "event")
        object.__setattr__(self, "tests", listed(self.tests, f"event {self.name}"))
        for test in self.tests:
            if not isinstance(test, Test):
                raise SpecError(f"event {self.name}: {test!r} is no Test(…).")
