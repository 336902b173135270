"""The compiled walk against a slow second reading of the definitions, over every supported combination of options."""

from __future__ import annotations

import itertools
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from funnel_utils.errors import SpecError
from funnel_utils.funnel.kernel import fold_best
from funnel_utils.funnel.plain import fold_plain, is_plain
from funnel_utils.funnel.rules import ordered_exclusions, rules_of
from funnel_utils.funnel.spec import Exclusion, Funnel, Step
from funnel_utils.funnel.units import gather
from funnel_utils.funnel.walk import ENDED, Walk, is_simple
from tests.funnel.brute import Event, Found, Unit, unordered_level

MANY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
SECOND = 1_000_000


def chunk(units: dict[int, list[Event]], funnel: Funnel) -> pa.Table:
    """What the sorted stream would bring of these units, with the bits set here and not by the engine."""
    rows = [(u, e) for u, events in units.items() for e in events]

    def bits(event: Event, parts: list[Any]) -> int:
        return sum(1 << k for k, part in enumerate(parts) if event.name in part.events)

    required = [funnel.steps[k - 1] for k in funnel.required]
    optional = [funnel.steps[k - 1] for k in funnel.optional]
    return pa.table(
        {
            "unit": pa.array([u for u, _ in rows], pa.int64()),
            "time": pa.array([e.time * SECOND for _, e in rows], pa.timestamp("us")),
            "mask": pa.array([bits(e, required) for _, e in rows], pa.int8()),
            "optional": pa.array([bits(e, optional) for _, e in rows], pa.int8()),
            "exclude": pa.array([bits(e, list(ordered_exclusions(funnel))) for _, e in rows], pa.int8()),
            "hold_p": pa.array([e.held for _, e in rows], pa.string()),
        }
    )


def walked(units: dict[int, list[Event]], funnel: Funnel, observed: int) -> pd.DataFrame:
    walk = Walk(funnel, (), observed * SECOND)
    found: pd.DataFrame = walk(gather(chunk(units, funnel)))[0].to_pandas()
    found["ended"] = [ENDED[code] for code in found["ended"]]
    if is_simple(funnel):  # what the match table then adds: see `walk.completed`
        found = found.assign(attempt=1, entry=found["t1"], entry_step=1)
    return found


def seconds(frame: pd.DataFrame, row: int, column: str) -> int | None:
    value = frame[column].iloc[row]
    return None if pd.isna(value) else int(value.value // 10**9)


names = st.sampled_from("abcx")
step_sets = st.lists(st.sets(st.sampled_from("abc"), min_size=1, max_size=2), min_size=1, max_size=4)
held = st.sampled_from(["p", "p", "q", None])


@st.composite
def stories(draw: st.DrawFn, most: int = 8) -> dict[int, list[Event]]:
    """A few units with a few events each, with many ties."""
    units = {}
    for u in range(draw(st.integers(1, 2))):
        raw = draw(st.lists(st.tuples(names, st.integers(0, 7), held), max_size=most))
        ordered = sorted(raw, key=lambda event: event[1])
        units[u] = [Event(name, time, place, value) for place, (name, time, value) in enumerate(ordered)]
    return units


OPTIONS = ("entry", "reuse", "repeat", "reentry", "ties", "grace", "exclude", "gaps", "hold", "optional", "directly")


@st.composite
def funnels(draw: st.DrawFn, order: str, focus: str) -> Funnel:
    """Any funnel of the order that the support table allows, with `focus` and up to two other options used."""
    sets = draw(st.lists(st.sets(st.sampled_from("abc"), min_size=1, max_size=2), min_size=2, max_size=4))
    count = len(sets)
    chosen = {focus} | draw(st.sets(st.sampled_from(OPTIONS), max_size=2))
    optional = {draw(st.integers(1, count - 2))} if "optional" in chosen and count > 2 else set()
    directly = draw(st.sets(st.integers(1, count - 1), min_size=1)) if "directly" in chosen and count > 1 else set()
    steps = [Step(s, optional=k in optional, directly=k in directly) for k, s in enumerate(sets)]
    required = [k for k in range(1, count + 1) if k - 1 not in optional]
    options: dict[str, Any] = {"order": order, "window": draw(st.none() | st.integers(0, 6).map(lambda n: f"{n}s"))}
    simple = {
        "entry": st.sampled_from(["first", "every"]),
        "reuse": st.just(True),
        "repeat": st.sampled_from(["end", "ignore"]),
        "reentry": st.just(True),
        "ties": st.sampled_from(["log", "increase"]),
        "grace": st.sampled_from(["1s", "2s"]),
        "hold": st.just(("p",)),
    }
    options |= {name: draw(values) for name, values in simple.items() if name in chosen}
    if "exclude" in chosen and len(required) > 1:
        after, before = draw(st.sampled_from(list(itertools.combinations(required, 2))))
        options["exclude"] = [
            Exclusion(draw(names), after=after, before=before, scope=scope)
            for scope in draw(st.lists(st.sampled_from(["user", "attempt"]), min_size=1, max_size=2))
        ]
    if "gaps" in chosen and len(required) > 1:
        low, high = sorted(draw(st.tuples(st.integers(0, 3), st.integers(0, 4))))
        options["gaps"] = {draw(st.sampled_from(required[1:])): (f"{low}s" if low else None, f"{high}s")}
    try:
        return Funnel(steps, **options)
    except SpecError:
        assume(False)
        raise


Row = tuple[Any, ...]


def acceptable(units: dict[int, list[Event]], funnel: Funnel, observed: int) -> list[set[Row]]:
    """For each row of the match table what it may say: one thing, but for equally good starts at one moment."""
    rows = []
    for u, events in units.items():
        if not funnel.hold:
            events = [Event(e.name, e.time, e.place) for e in events]
        unit = Unit(events, funnel)

        def row(a: Found, out: bool, counts: bool, u: int = u, events: list[Event] = events, unit: Unit = unit) -> Row:
            times = [events[place].time for place in a.rows] + [None] * (len(unit.steps) - a.level)
            return (u, a.level, tuple(times), "excluded" if out else a.ended, counts)

        if funnel.entry == "best":
            best = unit.best_attempts(observed)
            rows += [{row(a, unit.is_out(a), not unit.is_out(a)) for a in best}] if best else []
            continue
        found = unit.attempts(observed)
        out = any(unit.is_out(a) for a in found)
        rows += [{row(a, out, not out and (funnel.entry != "first" or i == 0))} for i, a in enumerate(found)]
    return rows


FOCUSES = [
    *(("ordered", option) for option in ("none", *OPTIONS) if option != "reentry"),
    *(("strict", option) for option in ("none", *OPTIONS) if option not in ("grace", "optional", "directly")),
]


@pytest.mark.parametrize(("order", "focus"), FOCUSES)
def test_walk_agrees_with_brute_force(order: str, focus: str) -> None:
    @MANY
    @given(stories(), funnels(order, focus), st.integers(7, 12))
    def agrees(units: dict[int, list[Event]], funnel: Funnel, observed: int) -> None:
        frame = walked(units, funnel, observed)
        got = [
            (
                frame.unit.iloc[i],
                funnel.required.index(frame.level.iloc[i]) + 1,
                tuple(seconds(frame, i, f"t{k}") for k in funnel.required),
                frame.ended.iloc[i],
                bool(frame.counts.iloc[i]),
            )
            for i in range(len(frame))
        ]
        want = acceptable(units, funnel, observed)
        assert len(got) == len(want), repr(funnel)
        assert all(row in rows for row, rows in zip(got, want, strict=True)), repr(funnel)

    agrees()


@MANY
@given(stories(most=12), step_sets, st.none() | st.integers(0, 5), st.booleans())
def test_the_shortcut_for_plain_funnels_changes_nothing(
    units: dict[int, list[Event]], sets: list[set[str]], window: int | None, reuse: bool
) -> None:
    funnel = Funnel(sets, window=None if window is None else f"{window}s", reuse=reuse)
    events, _, _ = Walk(funnel, (), 0)._events(gather(chunk(units, funnel)))
    rules = rules_of(funnel)
    assume(is_plain(rules, False, events.mask))
    for short, full in zip(fold_plain(events, rules), fold_best(events, rules), strict=True):
        assert short.tolist() == full.tolist()


@MANY
@given(stories(most=6), step_sets, st.none() | st.integers(0, 5), st.data())
def test_unordered_agrees_with_every_sequence(
    units: dict[int, list[Event]], sets: list[set[str]], window: int | None, data: st.DataObject
) -> None:
    positions = data.draw(st.permutations(range(1, len(sets) + 1)))
    pinned = data.draw(st.integers(0, min(2, len(sets))))
    at_front = data.draw(st.booleans())
    places = range(1, pinned + 1) if at_front else range(len(sets) - pinned + 1, len(sets) + 1)
    options: dict[str, Any] = {
        "order": "unordered",
        "window": None if window is None else f"{window}s",
        "hold": data.draw(st.sampled_from([(), ("p",)])),
        "fixed": dict(zip(places, positions, strict=False)),
    }
    try:
        funnel = Funnel(sets, **options)
    except SpecError:
        assume(False)
        raise
    frame = walked(units, funnel, 20).set_index("unit")
    for u, events in units.items():
        plain = events if funnel.hold else [Event(e.name, e.time, e.place) for e in events]
        want = unordered_level(plain, funnel)
        if want is None:
            assert u not in frame.index
            continue
        row = frame.loc[u]
        got = (row.level, int(row[f"t{row.level}"].timestamp()), int(row.entry.timestamp()))
        assert got == want, repr(funnel)


@MANY
@given(stories(), step_sets, st.none() | st.integers(0, 5), st.booleans())
def test_open_funnel_is_entered_where_no_earlier_entry_came_by(
    units: dict[int, list[Event]], sets: list[set[str]], window: int | None, reuse: bool
) -> None:
    options: dict[str, Any] = {"window": None if window is None else f"{window}s", "reuse": reuse}
    frame = walked(units, Funnel(sets, closed=False, **options), 20)
    want = []
    for u, events in units.items():
        plain = [Event(e.name, e.time, e.place) for e in events]
        covered: set[int] = set()
        for j in range(len(sets)):
            found = Unit(plain, Funnel(sets[j:], **options)).attempts(20)
            if found and j + 1 not in covered:
                want.append((u, j + 1, j + found[0].level))
                covered |= set(range(j + 1, j + found[0].level + 1))
    assert list(zip(frame.unit, frame.entry_step, frame.level, strict=True)) == want
    for k, names in enumerate(sets, 1):
        counted = frame[(frame.entry_step <= k) & (frame.level >= k)]
        assert set(counted.unit) == {u for u, events in units.items() if any(e.name in names for e in events)}
