"""A segment's rule as plain data: conditions on people, joined by and, or, not.

Every condition is a small frozen record; the readable text of `language.py` and the dictionaries of `to_dict` are two
ways of writing the same records. What each condition means, seen from one person at the moment `as_of`:

| condition | holds when |
|---|---|
| `Property` | the latest known value before `as_of` compares as asked; with `held`, it has done so all that time |
| `Did` | at least one such event lies in the window |
| `Aggregate` | the count, sum, mean, least or greatest over such events in the window compares as asked |
| `NotSince` | `since` has happened, and no such event at its latest time or later |
| `Sequence` | such events happened one after the other, all in the window, the last within `within` of the first |
| `InFunnel` | the person is at that step of a funnel, or was lost before it |
| `Sample` | the person's place in a fixed shuffle named `salt` lies between `low` and `high` (shares of one) |

Windows are half-open: `[as_of - start, as_of - end)`. An empty count or sum is 0; an empty mean, least or greatest is
missing. **Missing fails every comparison**, `!=` too; only `is missing` finds it, and `not` turns any verdict round.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

from funnel_utils.durations import Duration, format_duration, parse_duration
from funnel_utils.errors import SpecError

Value = str | int | float | bool
COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
OPERATORS = (*COMPARISONS, "in", "not in", "contains", "is missing", "is known")
MEASURES = ("count", "sum", "mean", "min", "max")


def _checked(value: Any, where: str) -> Value:
    if isinstance(value, float) and not math.isfinite(value):
        raise SpecError(f"{where}: {value!r} is no number to compare with.")
    if isinstance(value, bool | str | int | float):
        return value
    raise SpecError(f"{where}: {value!r} is neither text, a number, nor true or false.")


def _name(value: Any, where: str) -> None:
    if not isinstance(value, str) or not value.strip() or "`" in value or not value.isprintable():
        raise SpecError(f"{where}: {value!r} is no name; give a non-empty text without backticks or line breaks.")


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
        if self.operator in ("is missing", "is known"):
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
        _checked(self.value, self.name)
        if self.operator == "contains" and not isinstance(self.value, str):
            raise SpecError(f"{self.name} contains takes text; got {self.value!r}.")


@dataclass(frozen=True)
class Events:
    """Events of one name, narrowed by tests of their own properties (all must hold)."""

    name: str
    tests: tuple[Test, ...] = ()

    def __post_init__(self) -> None:
        _name(self.name, "event")
        object.__setattr__(self, "tests", tuple(self.tests))


class Rule:
    """A condition on a person. Join rules with `&`, `|` and `~`."""

    def __and__(self, other: Rule) -> All:
        return All((self, other))

    def __or__(self, other: Rule) -> AnyOf:
        return AnyOf((self, other))

    def __invert__(self) -> Not:
        return Not(self)

    def __str__(self) -> str:
        from funnel_utils.automation.language import render

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


@dataclass(frozen=True, repr=False)
class AnyOf(Rule):
    """At least one of the rules holds."""

    rules: tuple[Rule, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "rules", _several(self.rules, AnyOf))


@dataclass(frozen=True, repr=False)
class Not(Rule):
    """The rule does not hold."""

    rule: Rule


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
        held = _duration(self.held, f"{self.test.name} held for")
        if held is not None and self.test.operator in ("is missing", "is known"):
            raise SpecError(f"{self.test.name} {self.test.operator} for {format_duration(held)}: give a value to hold.")
        object.__setattr__(self, "held", held)


@dataclass(frozen=True, repr=False)
class Did(Rule):
    """The event happened in the window."""

    events: Events
    window: Window = EVER


@dataclass(frozen=True, repr=False)
class Aggregate(Rule):
    """A number made of the events in the window compares as asked: `sum(value of order, last 14 days) < 100000`."""

    measure: str
    events: Events
    operator: str
    value: float
    column: str | None = None
    window: Window = EVER

    def __post_init__(self) -> None:
        if self.measure not in MEASURES:
            raise SpecError(f"{self.measure!r} is not one of {', '.join(MEASURES)}.")
        if self.operator not in COMPARISONS:
            raise SpecError(f"{self.measure}: {self.operator!r} is not one of {', '.join(COMPARISONS)}.")
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            raise SpecError(f"{self.measure}(…) {self.operator} {self.value!r}: compare it with a number.")
        _checked(self.value, self.measure)
        if (self.column is None) != (self.measure == "count"):
            wanted = "count(EVENT)" if self.measure == "count" else f"{self.measure}(COLUMN of EVENT)"
            raise SpecError(f"{self.measure}: write {wanted}.")
        if self.column is not None:
            _name(self.column, "column")


@dataclass(frozen=True, repr=False)
class NotSince(Rule):
    """`since` has happened, and the event has not happened at its latest time or later."""

    events: Events
    since: Events


@dataclass(frozen=True, repr=False)
class Sequence(Rule):
    """The events happened one after the other (events at the same time in whichever order serves)."""

    steps: tuple[Events, ...]
    within: Duration | None = None
    window: Window = EVER

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", tuple(self.steps))
        object.__setattr__(self, "within", _duration(self.within, "within"))
        if len(self.steps) < 2:
            raise SpecError("a sequence has two events or more; for one write: did EVENT.")


@dataclass(frozen=True, repr=False)
class InFunnel(Rule):
    """The person is at a step (a number from 1, or its label) of a funnel given by name, or was lost before it."""

    funnel: str
    step: int | str
    lost: bool = False

    def __post_init__(self) -> None:
        _name(self.funnel, "funnel")
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
        for value in (self.low, self.high):
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise SpecError(f"sample: {value!r} is no share of one, such as 0.1.")
        if not 0 <= self.low < self.high <= 1:
            raise SpecError(f"sample: from {self.low:g} to {self.high:g} is no range of shares between 0 and 1.")
        object.__setattr__(self, "low", float(self.low))
        object.__setattr__(self, "high", float(self.high))


LEAVES: dict[str, type[Rule]] = {
    "property": Property,
    "did": Did,
    "aggregate": Aggregate,
    "not_since": NotSince,
    "sequence": Sequence,
    "funnel": InFunnel,
    "sample": Sample,
}
_NAMES = {kind: name for name, kind in LEAVES.items()}
_PARTS: dict[str, Any] = {"test": Test, "events": Events, "since": Events, "window": Window}


def leaves(rule: Rule) -> Iterator[Rule]:
    """The conditions of a rule, left to right, without the words that join them."""
    if isinstance(rule, Not):
        yield from leaves(rule.rule)
    elif isinstance(rule, All | AnyOf):
        for one in rule.rules:
            yield from leaves(one)
    else:
        yield rule


def to_dict(rule: Rule) -> dict[str, Any]:
    """The rule as dictionaries, lists, texts and numbers, for YAML or JSON.

    Examples
    --------
    >>> to_dict(Did(Events("order"), Window("14d")) & ~Property(Test("city", "=", "Tehran")))["and"][0]
    {'did': {'events': {'name': 'order'}, 'window': {'start': '2w'}}}
    """
    if isinstance(rule, Not):
        return {"not": to_dict(rule.rule)}
    if isinstance(rule, All | AnyOf):
        return {"and" if isinstance(rule, All) else "or": [to_dict(one) for one in rule.rules]}
    return {_NAMES[type(rule)]: _plain(rule)}


def _plain(part: Any) -> Any:
    if isinstance(part, timedelta):
        return format_duration(part) if part % timedelta(seconds=1) == timedelta(0) else f"{part.total_seconds():.6f}s"
    if isinstance(part, tuple):
        return [_plain(one) for one in part]
    if not hasattr(part, "__dataclass_fields__"):
        return part
    return {one.name: _plain(getattr(part, one.name)) for one in fields(part) if getattr(part, one.name) != one.default}


def from_dict(data: Any) -> Rule:
    """The rule that `to_dict` wrote.

    Raises
    ------
    SpecError
        If the data are not a rule; the message names the part.
    """
    if not isinstance(data, Mapping) or len(data) != 1:
        raise SpecError(f"rule: {data!r} is no mapping with one key of: and, or, not, {', '.join(LEAVES)}.")
    ((key, inner),) = data.items()
    if key == "not":
        return Not(from_dict(inner))
    if key in ("and", "or"):
        if not isinstance(inner, list):
            raise SpecError(f"rule: {key!r} joins a list of rules; got {inner!r}.")
        joined = tuple(from_dict(one) for one in inner)
        return All(joined) if key == "and" else AnyOf(joined)
    if key not in LEAVES:
        raise SpecError(f"rule: {key!r} is not one of: and, or, not, {', '.join(LEAVES)}.")
    return _made(LEAVES[key], inner, key)  # type: ignore[no-any-return]


def _made(kind: type, data: Any, where: str) -> Any:
    if not isinstance(data, Mapping):
        raise SpecError(f"rule: {where} holds {data!r}; a mapping is wanted.")
    known = [one.name for one in fields(kind)]
    strange = [str(name) for name in data if name not in known]
    if strange:
        raise SpecError(f"rule: {where} has no {', '.join(map(repr, strange))}; it has {', '.join(known)}.")
    made: dict[str, Any] = {}
    for name, value in data.items():
        place = f"{where}.{name}"
        if name in _PARTS:
            made[name] = _made(_PARTS[name], value, place)
        elif name in ("steps", "tests"):
            if not isinstance(value, list):
                raise SpecError(f"rule: {place} holds {value!r}; a list is wanted.")
            made[name] = tuple(_made(Events if name == "steps" else Test, one, place) for one in value)
        else:
            made[name] = value
    try:
        return kind(**made)
    except TypeError as error:
        raise SpecError(f"rule: {where}: {str(error).partition(') ')[2] or error}.") from None
