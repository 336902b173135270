"""Who satisfies a rule: one grouped aggregate over the log, in the engine where it lives.

Every condition becomes a few columns of one aggregate per person (how many such events, their sum, the latest known
value), and a test of them. Only orders of events and places in a funnel need more: the funnel engine answers those, and
its members are joined. Nobody's data come here; what comes back is a table in the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial, reduce
from operator import and_, or_
from typing import TYPE_CHECKING, Any

from funnel_utils.automation import rules as r
from funnel_utils.automation.comparing import compared, day_of, known, moment_of
from funnel_utils.errors import LogError, SpecError
from funnel_utils.events.fields import missing
from funnel_utils.events.where import compare
from funnel_utils.funnel import Funnel, Step

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
    pull : bool
        Whether events of funnels and sequences may be brought here where the log's engine cannot match them.
    """

    log: EventLog
    as_of: pd.Timestamp
    contacts: ir.Table | None
    funnels: Mapping[str, Funnel]
    pull: bool = False
    _measures: dict[str, Any] = field(default_factory=dict)
    _flags: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        import ibis

        table: Any = self.log.table
        self.rows: Any = table.filter(table["timestamp"] < ibis.literal(self.as_of.tz_localize(None)))

    def measure(self, expression: Any) -> str:
        """The name of a column of the aggregate; equal ones are made once."""
        for name, made in self._measures.items():
            if made.equals(expression):
                return name
        name = f"_m{len(self._measures)}"
        self._measures[name] = expression
        return name

    def at_step(self, funnel: Funnel, log: EventLog, step: int, lost: bool = False) -> str:
        """The name of a column that is true for the people at a step of a funnel, and false for others."""
        import ibis

        users: Any = funnel.run(log, pull=self.pull).members(step, lost=lost).table
        if self.pull and not self.log.is_local:
            users = ibis.memtable(users.to_pyarrow())
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
        chosen = (self.rows["event"] == events.name) & self.passed(events)
        inside = self.between(window)
        return chosen if inside is None else chosen & inside

    def passed(self, events: r.Events, rows: Any = None) -> Any:
        """Whether a row passes the tests of `events`, whatever its name; never null."""
        import ibis

        found: Any = ibis.literal(True)
        for test in events.tests:
            self.column(test.name)
            column = (self.rows if rows is None else rows)[test.name]
            found = found & compared(column, test, self.log)
        return found

    def column(self, name: str) -> Any:
        """A property of the events."""
        if name not in self.rows.columns:
            known = [*(self.contacts.columns if self.contacts is not None else ()), *self.log.properties]
            raise LogError(missing(name, dict.fromkeys(known), "property"))
        return self.rows[name]

    def latest(self, name: str, among: Any = None, *, first: bool = False) -> Any:
        """The latest known value of a property (the first one, if asked for) among all rows or some of them.

        Of several at the same time the last (the first) in the log's order.
        """
        column = self.column(name)
        where = known(column) if among is None else known(column) & among
        order = [self.rows["timestamp"]]
        order += [self.rows["sequence"]] if "sequence" in self.rows.columns else []
        return (column.first if first else column.last)(where=where, order_by=[*order, column])

    def named(self, name: str) -> Callable[[Any], Any] | None:
        """How the table of people holds a name that is no property of events: her id, or a column of the contacts."""
        if name == "user":
            return lambda table: table["user"]
        if self.contacts is not None and name in self.contacts.columns:
            return lambda table: table[f"_c_{name}"]
        return None


def _moment(as_of: pd.Timestamp, ago: timedelta) -> Any:
    import ibis

    return ibis.literal((as_of - ago).tz_localize(None))


def condition(rule: r.Rule, people: People) -> Asked:
    """What one condition asks of the table of people."""
    return _CONDITIONS[type(rule)](rule, people)


def _known_of(name: str, people: People) -> Callable[[Any], Any]:
    """What is last known of a person, as a column of the table of people."""
    named = people.named(name)
    if named is not None:
        return named
    latest = people.measure(people.latest(name))
    return lambda table: table[latest]


def _property(rule: r.Property, people: People) -> Asked:
    name = rule.test.name
    if not isinstance(rule.held, timedelta):
        value = _known_of(name, people)
        return Asked(lambda t: compared(value(t), rule.test, people.log), value)
    if people.named(name) is not None:
        raise SpecError(f"{rule}: {name} is no property of events; only today's value is known.")
    latest = people.measure(people.latest(name))
    edge = _moment(people.as_of, rule.held)
    before = people.measure(people.latest(name, people.rows["timestamp"] < edge))
    column = people.column(name)
    other = known(column) & ~compared(column, rule.test, people.log) & (people.rows["timestamp"] >= edge)
    breaks = people.measure(other.cast("int64").sum())
    return Asked(
        lambda t: compared(t[before], rule.test, people.log) & (t[breaks].fill_null(0) == 0), lambda t: t[latest]
    )


def _dated(rule: r.Dated, people: People) -> Asked:
    value, ago, start = _known_of(rule.name, people), rule.window.end, rule.window.start
    assert isinstance(ago, timedelta), "windows hold lengths of time"
    low = people.as_of - start if isinstance(start, timedelta) else None
    high = people.as_of - ago
    if rule.ahead:
        assert isinstance(start, timedelta), "checked by the rule"
        low, high = people.as_of, people.as_of + start

    def holds(table: Any) -> Any:
        column = value(table)
        kind = column.type()
        if not (kind.is_timestamp() or kind.is_date()):
            raise SpecError(f"{rule}: {rule.name} holds {kind}, and no times.")
        edge = moment_of if kind.is_timestamp() else partial(day_of, zone=people.log.report_tz)
        inside = column < edge(high, kind)
        inside = inside if low is None else inside & (column >= edge(low, kind))
        return inside.fill_null(False)

    return Asked(holds, value)


def _did(rule: r.Did, people: People) -> Asked:
    number = people.measure(people.of(rule.events, rule.window).cast("int64").sum())
    return Asked(lambda t: t[number].fill_null(0) > 0, lambda t: t[number].fill_null(0))


def _aggregate(rule: r.Aggregate, people: People) -> Asked:
    chosen = people.of(rule.events, rule.window)
    if rule.column is None:
        name = people.measure(chosen.cast("int64").sum())
    else:
        column = people.column(rule.column)
        if rule.measure != "unique" and (not column.type().is_numeric() or column.type().is_boolean()):
            raise SpecError(f"{rule}: {rule.column} holds {column.type()}, and {rule.measure} needs numbers.")
        measure = "nunique" if rule.measure == "unique" else rule.measure
        name = people.measure(getattr(column, measure)(where=chosen & known(column)))
    empty_is_zero = rule.measure in ("count", "sum", "unique")

    def found(table: Any) -> Any:
        return table[name].fill_null(0) if empty_is_zero else table[name]

    def holds(table: Any) -> Any:
        if isinstance(rule.value, tuple):
            low, high = rule.value
            return ((found(table) >= low) & (found(table) <= high)).fill_null(False)
        return compare(found(table), rule.operator, rule.value).fill_null(False)

    return Asked(holds, found)


def _first_or_last(rule: r.FirstOrLast, people: People) -> Asked:
    chosen = people.of(rule.events, rule.window)
    name = people.measure(people.latest(rule.test.name, chosen, first=rule.which == "first"))
    return Asked(lambda t: compared(t[name], rule.test, people.log), lambda t: t[name])


def _not_since(rule: r.NotSince, people: People) -> Asked:
    at = people.rows["timestamp"]
    done = people.measure(at.max(where=people.of(rule.events)))
    begun = people.measure(at.max(where=people.of(rule.since)))
    return Asked(
        lambda t: t[begun].notnull() & (t[done].isnull() | (t[done] < t[begun])).fill_null(False), lambda t: t[done]
    )


def _sequence(rule: r.Sequence, people: People) -> Asked:
    start = people.as_of - rule.window.start if isinstance(rule.window.start, timedelta) else None
    assert isinstance(rule.window.end, timedelta), "windows hold lengths of time"
    seen = people.log.between(start, people.as_of - rule.window.end)
    # The tests are made here, in the one way that rules compare; the funnel is told which rows passed.
    table: Any = seen.table
    passed = {f"_step{place}": people.passed(events, table) for place, events in enumerate(rule.steps)}
    seen = replace(seen, table=table.mutate(**passed))
    steps = [Step(events.name, {f"_step{place}": True}) for place, events in enumerate(rule.steps)]
    name = people.at_step(Funnel(steps, window=rule.within), seen, len(steps))
    return Asked(lambda t: t[name])


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
    name = people.at_step(funnel, people.log.between(end=people.as_of), step, rule.lost)
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
    r.Dated: _dated,
    r.Did: _did,
    r.Aggregate: _aggregate,
    r.FirstOrLast: _first_or_last,
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
            found = [verdict(one) for one in part.rules]
            # Two and two: a long row of them one inside the other would be as deep as it is long.
            while len(found) > 1:
                pairs = [found[k : k + 2] for k in range(0, len(found), 2)]
                found = [reduce(and_ if isinstance(part, r.All) else or_, pair) for pair in pairs]
            return found[0]
        return answers[next(places)]

    return verdict(rule)
