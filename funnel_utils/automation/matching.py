"""Who satisfies a rule: one grouped aggregate over the log, in the engine where it lives.

Every condition becomes a few columns of one aggregate per person (how many such events, their sum, the latest known
value), and a test of them. Only orders of events and places in a funnel need more: the funnel engine answers those, and
its members are joined. Nobody's data come here; what comes back is a table in the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from funnel_utils.automation import rules as r
from funnel_utils.errors import LogError, SpecError
from funnel_utils.events.fields import missing
from funnel_utils.events.times import instant
from funnel_utils.events.where import compare
from funnel_utils.funnel import Funnel, Step
from funnel_utils.funnel.spec import Condition

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd
    from ibis.backends import BaseBackend

    from funnel_utils.events import EventLog

#: Hexadecimal digits of a hash that place a person in a shuffle: 2^52 places, which a float holds exactly.
DIGITS = 13


@dataclass(frozen=True)
class Asked:
    """What a condition asks of the table of people: whether it holds, and what was found (`None`: nothing to show)."""

    holds: Callable[[Any], Any]
    found: Callable[[Any], Any] | None = None


@dataclass
class People:
    """The table of people under construction: the columns of the aggregate, and the flags to join.

    Parameters
    ----------
    log : EventLog
    as_of : Timestamp
        UTC; events at that moment or later are not seen.
    contacts : ibis Table, optional
        One row a person, `user` and what is known of her; then these are the people, and its columns come before the
        log's properties of the same name.
    funnels : mapping of str to Funnel
    """

    log: EventLog
    as_of: pd.Timestamp
    contacts: ir.Table | None
    funnels: Mapping[str, Funnel]
    _measures: dict[str, Any] = field(default_factory=dict)
    _flags: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        import ibis

        table: Any = self.log.table
        self.rows: Any = table.filter(table["timestamp"] < ibis.literal(self.as_of.tz_localize(None)))
        if self.contacts is not None and "user" not in self.contacts.columns:
            raise LogError(missing("user", self.contacts.columns, "contacts"))

    def measure(self, expression: Any) -> str:
        """The name of a column of the aggregate; equal ones are made once."""
        for name, known in self._measures.items():
            if known.equals(expression):
                return name
        name = f"_m{len(self._measures)}"
        self._measures[name] = expression
        return name

    def flag(self, users: Any) -> str:
        """The name of a column that is true for the people of `users` (one column of ids) and null for others."""
        import ibis

        name = f"_f{len(self._flags)}"
        chosen = users.select(_member=users[users.columns[0]]).distinct()
        self._flags[name] = chosen.mutate(**{name: ibis.literal(True)})
        return name

    def table(self) -> Any:
        """One row a person with all the columns asked for."""
        rows = self.rows.group_by("user").aggregate(**self._measures) if self._measures else self._everybody()
        if self.contacts is not None:
            rows = self._with_contacts(rows)
        for name, chosen in self._flags.items():
            rows = rows.left_join(chosen, rows["user"] == chosen["_member"]).drop("_member")
            rows = rows.mutate(**{name: rows[name].fill_null(False)})
        return rows

    def _everybody(self) -> Any:
        return self.rows.select("user").distinct()

    def _with_contacts(self, rows: Any) -> Any:
        contacts: Any = self.contacts
        known = contacts.rename({f"_c_{name}": name for name in contacts.columns if name != "user"})
        mine = rows.rename({"_user": "user"})
        return known.left_join(mine, known["user"] == mine["_user"]).drop("_user")

    def between(self, window: r.Window) -> Any:
        """Whether an event lies in the window, as an expression on `rows`; `None`: every one does."""
        at, found = self.rows["timestamp"], None
        if isinstance(window.start, timedelta):
            found = at >= _moment(self.as_of, window.start)
        if window.end:
            assert isinstance(window.end, timedelta)
            before = at < _moment(self.as_of, window.end)
            found = before if found is None else found & before
        return found

    def of(self, events: r.Events, window: r.Window = r.EVER) -> Any:
        """Whether a row is one of `events` in `window`; never null."""
        chosen = self.rows["event"] == events.name
        for test in events.tests:
            chosen = chosen & compared(self.column(test.name), test, self.log)
        inside = self.between(window)
        return chosen if inside is None else chosen & inside

    def column(self, name: str) -> Any:
        """A property of the events."""
        if name not in self.rows.columns:
            known = [*(self.contacts.columns if self.contacts is not None else ()), *self.log.properties]
            raise LogError(missing(name, dict.fromkeys(known), "property"))
        return self.rows[name]

    def latest(self, name: str, before: Any = None) -> Any:
        """The latest known value of a property; of several at the same time the last in the log's order."""
        column = self.column(name)
        there = known(column)
        order = [self.rows["timestamp"]]
        order += [self.rows["sequence"]] if "sequence" in self.rows.columns else []
        return column.last(where=there if before is None else there & before, order_by=[*order, column])


def _moment(as_of: pd.Timestamp, ago: timedelta) -> Any:
    import ibis

    return ibis.literal((as_of - ago).tz_localize(None))


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
    if test.operator == "contains":
        _literal(column, test, test.value, log)
        return (there & column.contains(test.value)).fill_null(False)
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
    if kind.is_temporal() and isinstance(value, str) and test.operator != "contains":
        moment = instant(value, log.report_tz, test.name)
        assert moment is not None, "a text is a moment or raises"
        return ibis.literal(moment.tz_localize(None)) if kind.is_timestamp() else ibis.literal(value).cast(kind)
    written = {True: "true or false", False: "a number" if kind.is_numeric() else "a date or time in quotes"}
    wanted = "text in quotes" if kind.is_string() else written[kind.is_boolean()]
    raise SpecError(f"{test.name} {test.operator} {value!r}: {test.name} holds {kind}; compare it with {wanted}.")


def condition(rule: r.Rule, people: People) -> Asked:
    """What one condition asks of the table of people."""
    return _CONDITIONS[type(rule)](rule, people)


def _property(rule: r.Property, people: People) -> Asked:
    name = rule.test.name
    if people.contacts is not None and name in people.contacts.columns and name != "user":
        if rule.held is not None:
            raise SpecError(f"{rule}: {name} is a column of the contacts, which know only today's value.")
        return Asked(lambda t: compared(t[f"_c_{name}"], rule.test, people.log), lambda t: t[f"_c_{name}"])
    latest = people.measure(people.latest(name))
    if not isinstance(rule.held, timedelta):
        return Asked(lambda t: compared(t[latest], rule.test, people.log), lambda t: t[latest])
    edge = _moment(people.as_of, rule.held)
    before = people.measure(people.latest(name, people.rows["timestamp"] < edge))
    column = people.column(name)
    other = known(column) & ~compared(column, rule.test, people.log) & (people.rows["timestamp"] >= edge)
    breaks = people.measure(other.cast("int64").sum())
    return Asked(
        lambda t: compared(t[before], rule.test, people.log) & (t[breaks].fill_null(0) == 0), lambda t: t[latest]
    )


def _did(rule: r.Did, people: People) -> Asked:
    number = people.measure(people.of(rule.events, rule.window).cast("int64").sum())
    return Asked(lambda t: t[number].fill_null(0) > 0, lambda t: t[number].fill_null(0))


def _aggregate(rule: r.Aggregate, people: People) -> Asked:
    chosen = people.of(rule.events, rule.window)
    if rule.column is None:
        name = people.measure(chosen.cast("int64").sum())
    else:
        column = people.column(rule.column)
        if not column.type().is_numeric() or column.type().is_boolean():
            raise SpecError(f"{rule}: {rule.column} holds {column.type()}, and {rule.measure} needs numbers.")
        name = people.measure(getattr(column, rule.measure)(where=chosen & known(column)))
    empty_is_zero = rule.measure in ("count", "sum")

    def found(table: Any) -> Any:
        return table[name].fill_null(0) if empty_is_zero else table[name]

    return Asked(lambda t: compare(found(t), rule.operator, rule.value).fill_null(False), found)


def _not_since(rule: r.NotSince, people: People) -> Asked:
    at = people.rows["timestamp"]
    done = people.measure(at.max(where=people.of(rule.events)))
    begun = people.measure(at.max(where=people.of(rule.since)))
    return Asked(
        lambda t: t[begun].notnull() & (t[done].isnull() | (t[done] < t[begun])).fill_null(False), lambda t: t[done]
    )


def _sequence(rule: r.Sequence, people: People) -> Asked:
    for events in rule.steps:
        for test in events.tests:
            compared(people.column(test.name), test, people.log)  # the same error as elsewhere for a wrong kind
    steps = [Step(events.name, [c for test in events.tests for c in _step_tests(test)]) for events in rule.steps]
    start = people.as_of - rule.window.start if isinstance(rule.window.start, timedelta) else None
    assert isinstance(rule.window.end, timedelta)
    seen = people.log.between(start, people.as_of - rule.window.end)
    found = Funnel(steps, window=rule.within).run(seen).members(len(steps))
    name = people.flag(found.table)
    return Asked(lambda t: t[name])


def _step_tests(test: r.Test) -> list[Condition]:
    if test.operator == "not in":
        return [Condition(test.name, "!=", value) for value in test.value]
    operator = {"is missing": "is null", "is known": "not null"}.get(test.operator, test.operator)
    return [Condition(test.name, operator, test.value)]


def _in_funnel(rule: r.InFunnel, people: People) -> Asked:
    if rule.funnel not in people.funnels:
        there = ", ".join(map(repr, people.funnels)) or "none"
        raise SpecError(f"{rule}: no funnel of that name was given; there are {there} (funnels={{name: Funnel(…)}}).")
    funnel = people.funnels[rule.funnel]
    if funnel.unit != "user":
        raise SpecError(f"{rule}: that funnel counts units of {funnel.unit!r}; a segment needs one of people (unit).")
    step = rule.step
    if isinstance(step, str):
        if step not in funnel.labels:
            raise SpecError(f"{rule}: the funnel has no step {step!r}; it has {', '.join(map(repr, funnel.labels))}.")
        step = funnel.labels.index(step) + 1
    seen = people.log.between(end=people.as_of)
    name = people.flag(funnel.run(seen).members(step, lost=rule.lost).table)
    return Asked(lambda t: t[name])


def _sample(rule: r.Sample, people: People) -> Asked:
    def holds(table: Any) -> Any:
        import ibis

        place = shuffled(table["user"], rule.salt, people.log.backend)
        found: Any = ibis.literal(True)
        if rule.low > 0:
            found = found & (place >= _threshold(rule.low))
        if rule.high < 1:
            found = found & (place < _threshold(rule.high))
        return found

    return Asked(holds)


def shuffled(user: Any, salt: str, backend: BaseBackend) -> Any:
    """A person's place in the shuffle named `salt`: the first digits of a hash, which compare as text.

    The same in every engine and in Python: `hashlib.md5(f"{salt}:{user}".encode()).hexdigest()[:13]`.
    """
    import ibis
    import ibis.expr.operations as ops

    text = ibis.literal(f"{salt}:") + user.cast("string")
    if backend.has_operation(ops.HexDigest):
        return text.hexdigest("md5")[:DIGITS]

    digest: Any = ibis.udf.scalar.builtin(_md5, name="md5")
    return digest(text)[:DIGITS]


def _md5(value: str) -> str:
    raise NotImplementedError("the engine's own function of this name runs")


def _threshold(share: float) -> str:
    return format(round(share * 16**DIGITS), f"0{DIGITS}x")


_CONDITIONS: dict[type, Callable[[Any, People], Asked]] = {
    r.Property: _property,
    r.Did: _did,
    r.Aggregate: _aggregate,
    r.NotSince: _not_since,
    r.Sequence: _sequence,
    r.InFunnel: _in_funnel,
    r.Sample: _sample,
}


def joined(rule: r.Rule, answers: Mapping[int, Any]) -> Any:
    """The rule's verdict as one expression, from those of its conditions by their place."""
    places = iter(range(len(answers)))

    def verdict(part: r.Rule) -> Any:
        if isinstance(part, r.Not):
            return ~verdict(part.rule)
        if isinstance(part, r.All | r.AnyOf):
            total = verdict(part.rules[0])
            for one in part.rules[1:]:
                total = total & verdict(one) if isinstance(part, r.All) else total | verdict(one)
            return total
        return answers[next(places)]

    return verdict(rule)
