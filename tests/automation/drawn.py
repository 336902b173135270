"""Drawn rules, drawn logs, and what a rule says of a person when her events are read one by one."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from hypothesis import strategies as st

from funnel_utils.automation import rules as r

CITIES = ("Tehran", "Shiraz", 'a "quoted" town')
EVENTS = ("visit", "cart", "order")


def _durations():
    # Whole days, like the times of events: edges of windows must be met, not only passed.
    return st.builds(timedelta, days=st.integers(1, 6))


def _windows():
    some = st.builds(
        lambda end, more: r.Window(end + more, end),
        st.one_of(st.just(timedelta(0)), _durations()),
        _durations(),
    )
    return st.one_of(st.just(r.EVER), some, st.builds(lambda end: r.Window(None, end), _durations()))


def _tests():
    texts = st.sampled_from(CITIES)
    numbers = st.one_of(st.integers(-5, 30), st.sampled_from([0.5, 12.25]))
    listed = ("in", "not in")
    return st.one_of(
        st.builds(r.Test, st.just("city"), st.sampled_from(["=", "!=", "<", ">="]), texts),
        st.builds(r.Test, st.just("city"), st.sampled_from(listed), st.lists(texts, min_size=1, max_size=2).map(tuple)),
        st.builds(
            r.Test,
            st.just("city"),
            st.sampled_from(["contains", "starts with", "ends with"]),
            st.sampled_from(["eh", "a", '"', "S", "town"]),
        ),
        st.builds(
            r.Test,
            st.just("value"),
            st.just("between"),
            st.lists(numbers, min_size=2, max_size=2).map(sorted).map(tuple),
        ),
        st.builds(r.Test, st.just("city"), st.sampled_from(["is missing", "is known"])),
        st.builds(r.Test, st.just("value"), st.sampled_from(r.COMPARISONS), numbers),
        st.builds(
            r.Test, st.just("value"), st.sampled_from(listed), st.lists(numbers, min_size=1, max_size=3).map(tuple)
        ),
        st.builds(r.Test, st.just("vip"), st.sampled_from(["=", "!="]), st.booleans()),
    )


def _events():
    return st.builds(r.Events, st.sampled_from(EVENTS), st.lists(_tests(), max_size=2).map(tuple))


def leaves_of_rules(with_orders=True):
    numbers = st.one_of(st.integers(-5, 40), st.sampled_from([0.5, 7.25]))
    orders = st.builds(
        r.Sequence,
        st.lists(_events(), min_size=2, max_size=3).map(tuple),
        st.one_of(st.none(), _durations()),
        _windows(),
    )
    comparable = _tests().filter(lambda test: test.value is not None)
    return st.one_of(
        *([orders] if with_orders else []),
        st.builds(r.Property, _tests()),
        st.builds(r.Property, comparable, _durations()),
        st.builds(r.Did, _events(), _windows()),
        st.builds(
            lambda *a: r.Aggregate("count", *a),
            _events(),
            st.sampled_from(r.COMPARISONS),
            numbers,
            st.none(),
            _windows(),
        ),
        st.builds(
            r.Aggregate,
            st.sampled_from(["sum", "mean", "min", "max", "unique"]),
            _events(),
            st.sampled_from(r.COMPARISONS),
            numbers,
            st.just("value"),
            _windows(),
        ),
        st.builds(
            lambda low, more: r.Aggregate("count", r.Events("visit"), "between", (low, low + more)),
            st.integers(0, 3),
            st.integers(0, 2),
        ),
        st.builds(r.FirstOrLast, st.sampled_from(["first", "last"]), _events(), _tests(), _windows()),
        st.builds(r.Dated, st.just("due"), _windows()),
        st.builds(lambda length: r.Dated("due", r.Window(length), ahead=True), _durations()),
        st.builds(r.NotSince, _events(), _events()),
        st.builds(
            lambda salt, low, more: r.Sample(salt, min(1.0, (low + more) / 100), low / 100),
            st.sampled_from(["spring", "a\n\\b"]),
            st.integers(0, 99),
            st.integers(1, 100),
        ),
    )


def some_rules(leaf=None):
    def joined(inner):
        several = st.lists(inner, min_size=2, max_size=3).map(tuple)
        return st.one_of(st.builds(r.All, several), st.builds(r.AnyOf, several), st.builds(r.Not, inner))

    return st.recursive(leaf if leaf is not None else leaves_of_rules(), joined, max_leaves=4)


def some_people():
    """Each person's events: hours after the start, name, and the properties known of it (`due`: such hours too)."""
    properties = st.fixed_dictionaries(
        {},
        optional={
            "city": st.sampled_from(CITIES),
            "value": st.sampled_from([-2.0, 0.0, 0.5, 7.0, 12.25, 30.0]),
            "vip": st.booleans(),
            "due": st.integers(0, 16).map(lambda day: 24 * day),
        },
    )
    event = st.tuples(st.integers(0, 9).map(lambda day: 24 * day), st.sampled_from(EVENTS), properties)
    # One event at a moment: the order of events at the same time is the log's, and other tests' business.
    events = st.lists(event, min_size=3, max_size=8, unique_by=lambda one: one[0])
    return st.fixed_dictionaries(dict.fromkeys(["ana", "ben", "eli", "roya", "sara", "omid"], events))


def says(rule, user, events, as_of):
    """Whether the rule holds for a person: her events before `as_of` (hours), read one by one."""
    past = sorted((at, name, known) for at, name, known in events if at < as_of)
    return _says(rule, user, past, as_of)


def _says(rule, user, past, as_of):
    match rule:
        case r.All(rules):
            return all(_says(one, user, past, as_of) for one in rules)
        case r.AnyOf(rules):
            return any(_says(one, user, past, as_of) for one in rules)
        case r.Not(inner):
            return not _says(inner, user, past, as_of)
        case r.Property(test, None):
            return _passes(_latest(test.name, past), test)
        case r.Property(test, held):
            edge = as_of - _hours(held)
            values = [known[test.name] for at, _, known in past if at >= edge and test.name in known]
            values.append(_latest(test.name, [one for one in past if one[0] < edge]))
            return all(_passes(value, test) for value in values)
        case r.Dated(name, window, ahead):
            due = _latest(name, past)
            if due is None:
                return False
            return as_of <= due < as_of + _hours(window.start) if ahead else _inside((due,), window, as_of)
        case r.Did(chosen, window):
            return bool(_chosen(chosen, window, past, as_of))
        case r.Aggregate("count", chosen, operator, value, _, window):
            return _compare(len(_chosen(chosen, window, past, as_of)), operator, value)
        case r.Aggregate(measure, chosen, operator, value, column, window):
            found = [known[column] for _, _, known in _chosen(chosen, window, past, as_of) if column in known]
            if measure in ("sum", "unique"):
                return _compare(sum(found) if measure == "sum" else len(set(found)), operator, value)
            made = {"mean": lambda v: sum(v) / len(v), "min": min, "max": max}[measure]
            return bool(found) and _compare(made(found), operator, value)
        case r.FirstOrLast(which, chosen, test, window):
            values = [known[test.name] for _, _, known in _chosen(chosen, window, past, as_of) if test.name in known]
            return _passes(values[0 if which == "first" else -1] if values else None, test)
        case r.NotSince(chosen, since):
            begun = [one[0] for one in _chosen(since, r.EVER, past, as_of)]
            return bool(begun) and not any(one[0] >= max(begun) for one in _chosen(chosen, r.EVER, past, as_of))
        case r.Sequence(steps, within, window):
            inside = [one for one in past if _inside(one, window, as_of)]
            return _in_order(steps, within, inside, None)
        case r.Sample(salt, high, low):
            digits = int(hashlib.md5(f"{salt}:{user}".encode()).hexdigest()[:13], 16)
            return low <= digits / 16**13 < high
    raise AssertionError(rule)


def _hours(duration):
    return duration / timedelta(hours=1)


def _latest(name, past):
    return next((known[name] for _, _, known in reversed(past) if name in known), None)


def _inside(event, window, as_of):
    start = -1 if window.start is None else as_of - _hours(window.start)
    return start <= event[0] < as_of - _hours(window.end)


def _chosen(events, window, past, as_of):
    return [one for one in past if _is(one, events) and _inside(one, window, as_of)]


def _is(event, events):
    return event[1] == events.name and all(_passes(event[2].get(test.name), test) for test in events.tests)


def _in_order(steps, within, past, first):
    """Whether the rest of `past` holds the steps one after the other: every choice is tried."""
    if not steps:
        return True
    for place, event in enumerate(past):
        start = event[0] if first is None else first
        fits = _is(event, steps[0]) and (within is None or event[0] - start <= _hours(within))
        if fits and _in_order(steps[1:], within, past[place + 1 :], start):
            return True
    return False


def _passes(value, test):
    if test.operator in ("is missing", "is known"):
        return (value is None) == (test.operator == "is missing")
    if value is None:
        return False
    match test.operator:
        case "contains":
            return test.value in value
        case "starts with":
            return value[: len(test.value)] == test.value
        case "ends with":
            return value[-len(test.value) :] == test.value
    if test.operator in ("in", "not in"):
        return (value in test.value) == (test.operator == "in")
    return _compare(value, test.operator, test.value)


def _compare(value, operator, other):
    if operator == "between":
        return not (value < other[0] or value > other[1])
    return {
        "=": value == other,
        "!=": value != other,
        "<": value < other,
        "<=": value <= other,
        ">": value > other,
        ">=": value >= other,
    }[operator]
