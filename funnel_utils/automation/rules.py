"""A segment's rule as plain data: conditions on people, joined by and, or, not.

Every condition is a small frozen record; the readable text of `language.py` and the dictionaries of `rule_data.py` are
two ways of writing the same records. What each condition means, seen from one person at the moment `as_of`:

| condition | holds when |
|---|---|
| `Property` | the latest known value before `as_of` compares as asked; with `held`, it has done so all that time |
| `Dated` | the latest known value is a time in the window; with `ahead`, in the time that comes |
| `Did` | at least one such event lies in the window |
| `Aggregate` | the count, sum, mean, least, greatest or number of different values of such events compares as asked |
| `FirstOrLast` | the first or the last known value among such events in the window compares as asked |
| `NotSince` | `since` has happened, and no such event at its latest time or later |
| `Sequence` | such events happened one after the other, all in the window, the last within `within` of the first |
| `InFunnel` | the person is at that step of a funnel, or was lost before it |
| `Sample` | the person's place in a fixed shuffle named `salt` lies between `low` and `high` (shares of one) |

Windows are half-open: `[as_of - start, as_of - end)`. An empty count, sum or number of different values is 0; an empty
mean, least, greatest, first or last is missing. **Missing fails every comparison**, `!=` too; only `is missing` finds
it, and `not` turns any verdict round. Lengths are exact: a day is 24 hours, and there are no months.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator
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
#: Rules are read by functions that call themselves; no rule that a person reads is nested deeper.
DEEPEST = 25
#: Engines count in 64 bits.
_GREATEST = 2**63 - 1


def _checked(value: Any, where: str) -> Value:
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


def _range(value: Any, where: str) -> tuple[Value, Value]:
    """Two bounds, both included: numbers in order, or two texts (names, or dates)."""
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise SpecError(f"{where} between takes two values, the lower one first; got {value!r}.")
    low, high = (_checked(one, where) for one in value)
    if isinstance(low, bool) or isinstance(high, bool) or isinstance(low, str) != isinstance(high, str):
        raise SpecError(f"{where} between {low!r} and {high!r}: give two numbers, or two texts.")
    if not isinstance(low, str) and not isinstance(high, str) and low > high:
        raise SpecError(f"{where} between {low!r} and {high!r} holds for nobody; give the lower one first.")
    return low, high


def _name(value: Any, where: str) -> None:
    # The half-space of Persian words is a format character (Cf), and right in a name.
    wrong = ("Cc", "Cs", "Zl", "Zp")
    if (
        not isinstance(value, str)
        or not value.strip()
        or "`" in value
        or any(unicodedata.category(one) in wrong for one in value)
    ):
        raise SpecError(f"{where}: {value!r} is no name; give a non-empty text without backticks or line breaks.")


def _kinds(rule: Any, /, **wanted: type) -> None:
    for name, kind in wanted.items():
        if not isinstance(getattr(rule, name), kind):
            given = f"{type(rule).__name__}: {name}={getattr(rule, name)!r}"
            raise SpecError(f"{given}; give {kind.__name__}(…), or write the rule as text.")


def _duration(value: Duration | None, where: str, least: timedelta = timedelta(microseconds=1)) -> timedelta | None:
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
        start, end = _duration(self.start, "window start"), parse_duration(self.end, "window end")
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
        _name(self.name, "property")
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
            object.__setattr__(self, "value", tuple(_checked(one, self.name) for one in values))
            return
        if self.operator == "between":
            object.__setattr__(self, "value", _range(self.value, self.name))
            return
        _checked(self.value, self.name)
        if self.operator in PARTS_OF_TEXT and not isinstance(self.value, str):
            raise SpecError(f"{self.name} {self.operator} takes text; got {self.value!r}.")


@dataclass(frozen=True)
class Events:
    """Events of one name, narrowed by tests of their own properties (all must hold)."""

    name: str
    tests: tuple[Test, ...] = ()

    def __post_init__(self) -> None:
        _name(self.name, "event")
        object.__setattr__(self, "tests", tuple(self.tests))
        for test in self.tests:
            if not isinstance(test, Test):
                raise SpecError(f"event {self.name}: {test!r} is no Test(…).")


class Rule:
    """A condition on a person. Join rules with `&`, `|` and `~`."""

    #: How many of and, or, not stand around the innermost condition, and that one.
    depth = 1

    def _deepen(self, *inner: Rule) -> None:
        depth = 1 + max(one.depth for one in inner)
        if depth > DEEPEST:
            raise SpecError(f"rule: it is nested more than {DEEPEST} deep; write it flatter.")
        object.__setattr__(self, "depth", depth)

    def __and__(self, other: Rule) -> All:
        return All((self, other))

    def __or__(self, other: Rule) -> AnyOf:
        return AnyOf((self, other))

    def __invert__(self) -> Not:
        return Not(self)

    def __str__(self) -> str:
        from funnel_utils.automation.rendering import render

        return render(self)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self})"


def _several(rules: Any, kind: type) -> tuple[Rule, ...]:
    """The rules with nested ones of the same kind written flat: (a and b) and c is a and b and c."""
    found: list[Rule] = []
    for rule in rules:
        if not isinstance(rule, Rule):
            raise SpecError(f"{kind.__name__}: {rule!r} is not a rule.")
        found += rule.rules if isinstance(rule, All | AnyOf) and type(rule) is kind else [rule]
    if len(found) < 2:
        raise SpecError(f"{kind.__name__} joins two rules or more; got {len(found)}.")
    return tuple(found)


@dataclass(frozen=True, repr=False)
class All(Rule):
    """Every one of the rules holds."""

    rules: tuple[Rule, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "rules", _several(self.rules, All))
        self._deepen(*self.rules)


@dataclass(frozen=True, repr=False)
class AnyOf(Rule):
    """At least one of the rules holds."""

    rules: tuple[Rule, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "rules", _several(self.rules, AnyOf))
        self._deepen(*self.rules)


@dataclass(frozen=True, repr=False)
class Not(Rule):
    """The rule does not hold."""

    rule: Rule

    def __post_init__(self) -> None:
        _kinds(self, rule=Rule)
        self._deepen(self.rule)


@dataclass(frozen=True, repr=False)
class Property(Rule):
    """What is last known of a person, or a column of the contact table, compares as asked.

    Parameters
    ----------
    test : Test
    held : duration, optional
        It has compared so without a break since that long before `as_of`. Only for properties of the log: a contact
        table knows today's value only.
    """

    test: Test
    held: Duration | None = None

    def __post_init__(self) -> None:
        _kinds(self, test=Test)
        held = _duration(self.held, f"{self.test.name} held for")
        if held is not None and self.test.operator in PRESENCE:
            raise SpecError(f"{self.test.name} {self.test.operator} for {format_duration(held)}: give a value to hold.")
        object.__setattr__(self, "held", held)


@dataclass(frozen=True, repr=False)
class Dated(Rule):
    """A property, or a column of the contact table, is a time in the window: `last_touch in last 30 days`.

    Parameters
    ----------
    name : str
    window : Window
    ahead : bool
        The window lies after `as_of`, `[as_of, as_of + start)`: `expires in next 7 days`.
    """

    name: str
    window: Window
    ahead: bool = False

    def __post_init__(self) -> None:
        _name(self.name, "property")
        _kinds(self, window=Window, ahead=bool)
        if self.ahead and (self.window.start is None or self.window.end):
            raise SpecError(f"{self.name}: a time ahead begins now and ends somewhere; give Window(length) alone.")


@dataclass(frozen=True, repr=False)
class Did(Rule):
    """The event happened in the window."""

    events: Events
    window: Window = EVER

    def __post_init__(self) -> None:
        _kinds(self, events=Events, window=Window)


@dataclass(frozen=True, repr=False)
class Aggregate(Rule):
    """A number made of the events in the window compares as asked: `sum(value of order, last 14 days) < 100000`.

    `value` is a number; for the operator `"between"` a pair of them, both included.
    """

    measure: str
    events: Events
    operator: str
    value: float | tuple[float, float]
    column: str | None = None
    window: Window = EVER

    def __post_init__(self) -> None:
        _kinds(self, events=Events, window=Window)
        if self.measure not in MEASURES:
            raise SpecError(f"{self.measure!r} is not one of {', '.join(MEASURES)}.")
        if self.operator not in (*COMPARISONS, "between"):
            raise SpecError(f"{self.measure}: {self.operator!r} is not one of {', '.join(COMPARISONS)}, between.")
        if self.operator == "between":
            object.__setattr__(self, "value", _range(self.value, self.measure))
        for one in self.value if isinstance(self.value, tuple) else (self.value,):
            if isinstance(one, bool) or not isinstance(one, int | float):
                raise SpecError(f"{self.measure}(…) {self.operator} {one!r}: compare it with a number.")
            _checked(one, self.measure)
        if (self.column is None) != (self.measure == "count"):
            wanted = "count(EVENT)" if self.measure == "count" else f"{self.measure}(COLUMN of EVENT)"
            raise SpecError(f"{self.measure}: write {wanted}.")
        if self.column is not None:
            _name(self.column, "column")


@dataclass(frozen=True, repr=False)
class FirstOrLast(Rule):
    """The first or the last known value among the events compares as asked: `first(channel of visit) = "ads"`.

    `which` is `"first"` or `"last"`; the name in `test` is the column.
    """

    which: str
    events: Events
    test: Test
    window: Window = EVER

    def __post_init__(self) -> None:
        _kinds(self, events=Events, test=Test, window=Window)
        if self.which not in ("first", "last"):
            raise SpecError(f"{self.which!r} is neither first nor last.")


@dataclass(frozen=True, repr=False)
class NotSince(Rule):
    """`since` has happened, and the event has not happened at its latest time or later."""

    events: Events
    since: Events

    def __post_init__(self) -> None:
        _kinds(self, events=Events, since=Events)


@dataclass(frozen=True, repr=False)
class Sequence(Rule):
    """The events happened one after the other (events at the same time in whichever order serves)."""

    steps: tuple[Events, ...]
    within: Duration | None = None
    window: Window = EVER

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", tuple(self.steps))
        object.__setattr__(self, "within", _duration(self.within, "within"))
        _kinds(self, window=Window)
        if len(self.steps) < 2 or not all(isinstance(one, Events) for one in self.steps):
            raise SpecError("a sequence has two Events(…) or more; for one write: did EVENT.")


@dataclass(frozen=True, repr=False)
class InFunnel(Rule):
    """The person is at a step (a number from 1, or its label) of a funnel given by name, or was lost before it."""

    funnel: str
    step: int | str
    lost: bool = False

    def __post_init__(self) -> None:
        _name(self.funnel, "funnel")
        _kinds(self, lost=bool)
        if isinstance(self.step, bool) or not isinstance(self.step, int | str):
            raise SpecError(f"funnel {self.funnel}: step={self.step!r}; give its number from 1, or its label.")
        if isinstance(self.step, int) and self.step < 1:
            raise SpecError(f"funnel {self.funnel}: step={self.step}; steps count from 1.")
        if isinstance(self.step, str):
            _name(self.step, "step")


@dataclass(frozen=True, repr=False)
class Sample(Rule):
    """A fixed random part of everybody: those whose place in the shuffle named `salt` is in `[low, high)`.

    Two rules with the same salt and ranges that do not meet share nobody, so a holdout is the range that no campaign
    takes. Another salt shuffles anew, independently.
    """

    salt: str
    high: float
    low: float = 0.0

    def __post_init__(self) -> None:
        if not isinstance(self.salt, str) or not self.salt.strip():
            raise SpecError(f"sample: {self.salt!r} is no name for a shuffle; give a non-empty text.")
        _checked(self.salt, "sample")
        for value in (self.low, self.high):
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise SpecError(f"sample: {value!r} is no share of one, such as 0.1.")
        if not 0 <= self.low < self.high <= 1:
            raise SpecError(f"sample: from {self.low:g} to {self.high:g} is no range of shares between 0 and 1.")
        object.__setattr__(self, "low", float(self.low))
        object.__setattr__(self, "high", float(self.high))


def leaves(rule: Rule) -> Iterator[Rule]:
    """The conditions of a rule, left to right, without the words that join them."""
    if isinstance(rule, Not):
        yield from leaves(rule.rule)
    elif isinstance(rule, All | AnyOf):
        for one in rule.rules:
            yield from leaves(one)
    else:
        yield rule
