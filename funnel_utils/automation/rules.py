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

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from funnel_utils.automation.rule_parts import (
    COMPARISONS,
    EVER,
    MEASURES,
    OPERATORS,
    PARTS_OF_TEXT,
    PRESENCE,
    Events,
    Test,
    Value,
    Window,
    bounds,
    check_kinds,
    check_name,
    checked,
    length,
    listed,
)
from funnel_utils.durations import Duration, format_duration
from funnel_utils.errors import SpecError

__all__ = [
    "COMPARISONS",
    "DEEPEST",
    "EVER",
    "MEASURES",
    "OPERATORS",
    "PARTS_OF_TEXT",
    "PRESENCE",
    "Aggregate",
    "All",
    "AnyOf",
    "Dated",
    "Did",
    "Events",
    "FirstOrLast",
    "InFunnel",
    "Not",
    "NotSince",
    "Property",
    "Rule",
    "Sample",
    "Sequence",
    "Test",
    "Value",
    "Window",
    "leaves",
]

#: Rules are read by functions that call themselves; no rule that a person reads is nested deeper.
DEEPEST = 25


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
    for rule in listed(rules, kind.__name__):
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
        check_kinds(self, rule=Rule)
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
        check_kinds(self, test=Test)
        held = length(self.held, f"{self.test.name} held for")
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
        check_name(self.name, "property")
        check_kinds(self, window=Window, ahead=bool)
        if self.ahead and (self.window.start is None or self.window.end):
            raise SpecError(f"{self.name}: a time ahead begins now and ends somewhere; give Window(length) alone.")


@dataclass(frozen=True, repr=False)
class Did(Rule):
    """The event happened in the window."""

    events: Events
    window: Window = EVER

    def __post_init__(self) -> None:
        check_kinds(self, events=Events, window=Window)


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
        check_kinds(self, events=Events, window=Window)
        if self.measure not in MEASURES:
            raise SpecError(f"{self.measure!r} is not one of {', '.join(MEASURES)}.")
        if self.operator not in (*COMPARISONS, "between"):
            raise SpecError(f"{self.measure}: {self.operator!r} is not one of {', '.join(COMPARISONS)}, between.")
        if self.operator == "between":
            object.__setattr__(self, "value", bounds(self.value, self.measure))
        for one in self.value if isinstance(self.value, tuple) else (self.value,):
            if isinstance(one, bool) or not isinstance(one, int | float):
                raise SpecError(f"{self.measure}(…) {self.operator} {one!r}: compare it with a number.")
            checked(one, self.measure)
        if (self.column is None) != (self.measure == "count"):
            wanted = "count(EVENT)" if self.measure == "count" else f"{self.measure}(COLUMN of EVENT)"
            raise SpecError(f"{self.measure}: write {wanted}.")
        if self.column is not None:
            check_name(self.column, "column")


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
        check_kinds(self, events=Events, test=Test, window=Window)
        if self.which not in ("first", "last"):
            raise SpecError(f"{self.which!r} is neither first nor last.")


@dataclass(frozen=True, repr=False)
class NotSince(Rule):
    """`since` has happened, and the event has not happened at its latest time or later."""

    events: Events
    since: Events

    def __post_init__(self) -> None:
        check_kinds(self, events=Events, since=Events)


@dataclass(frozen=True, repr=False)
class Sequence(Rule):
    """The events happened one after the other (events at the same time in whichever order serves)."""

    steps: tuple[Events, ...]
    within: Duration | None = None
    window: Window = EVER

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", listed(self.steps, "sequence"))
        object.__setattr__(self, "within", length(self.within, "within"))
        check_kinds(self, window=Window)
        if len(self.steps) < 2 or not all(isinstance(one, Events) for one in self.steps):
            raise SpecError("a sequence has two Events(…) or more; for one write: did EVENT.")


@dataclass(frozen=True, repr=False)
class InFunnel(Rule):
    """The person is at a step (a number from 1, or its label) of a funnel given by name, or was lost before it."""

    funnel: str
    step: int | str
    lost: bool = False

    def __post_init__(self) -> None:
        check_name(self.funnel, "funnel")
        check_kinds(self, lost=bool)
        if isinstance(self.step, bool) or not isinstance(self.step, int | str):
            raise SpecError(f"funnel {self.funnel}: step={self.step!r}; give its number from 1, or its label.")
        if isinstance(self.step, int) and self.step < 1:
            raise SpecError(f"funnel {self.funnel}: step={self.step}; steps count from 1.")
        if isinstance(self.step, str):
            check_name(self.step, "step")


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
        checked(self.salt, "sample")
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
