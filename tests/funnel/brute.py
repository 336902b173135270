"""A second, slow reading of the definitions in `Funnel`, to compare the compiled walk with.

It looks at every start and every candidate of a unit's few events, sets no pointers and keeps no state between events.
An event is (names it has, time, place in the log, held value).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from funnel_utils.funnel.spec import Funnel


@dataclass(frozen=True)
class Event:
    name: str
    time: int
    place: int
    held: str | None = "same"


@dataclass(frozen=True)
class Found:
    level: int
    rows: tuple[int, ...]
    ended: str
    end: Any  # the moment at which the attempt was over, None where the log ended first
    group: Any  # the moment at which its level was reached


class Unit:
    """One unit's events under one funnel, whose steps are all required."""

    def __init__(self, events: list[Event], funnel: Funnel) -> None:
        self.events, self.funnel = events, funnel
        self.steps = [set(funnel.steps[k - 1].events) for k in funnel.required]
        self.window = float("inf") if funnel.window is None else funnel.window.total_seconds()
        self.grace = 0 if funnel.grace is None else funnel.grace.total_seconds()
        self.by_log = funnel.ties == "log"

    def moment(self, e: Event) -> int:
        return e.place if self.by_log else e.time

    def does(self, e: Event, k: int) -> bool:
        return e.name in self.steps[k]

    def later_uses(self, e: Event, k: int) -> list[bool]:
        return [self.does(e, later) for later in range(k + 1, len(self.steps))]

    def is_eligible(self, e: Event, chain: list[Event], used: set[int]) -> bool:
        k, start, last, f = len(chain), chain[0], chain[-1], self.funnel
        low, high = f.gaps.get(f.required[k], (None, None))
        gap = e.time - last.time
        after = {
            "log": e.place >= last.place,
            "increase": e.time > last.time,
            "either": e.time >= max(c.time for c in chain) - self.grace,
        }[f.ties]
        return (
            self.does(e, k)
            and after
            and e.time - start.time <= self.window
            and (low is None or gap >= low.total_seconds())
            and (high is None or gap <= high.total_seconds())
            and e.held == start.held
            and e.held is not None
            and (f.reuse or e not in chain)
            and e.place not in used
        )

    def blocks(self, e: Event, level: int) -> bool:
        f = self.funnel
        repeats = any(self.does(e, k) for k in range(level))
        early = any(self.does(e, k) for k in range(level + 1, len(self.steps)))
        if f.repeat == "end" and repeats:
            return True
        if f.order == "strict":
            return not (repeats or (early and f.reentry))
        return f.steps[f.required[level] - 1].directly

    def enders(self, chain: list[Event], until: float, deadline: float) -> list[tuple[int, str]]:
        """What would end the attempt between its last matched step and `until`."""
        f, level, found = self.funnel, len(chain), []
        for e in self.events:
            if self.moment(e) >= until or e.time > deadline:
                continue
            if self.moment(e) > max(self.moment(c) for c in chain) and self.blocks(e, level):
                found.append((self.moment(e), "blocked"))
            for x in f.exclude:
                after = f.required.index(x.after) + 1
                before = f.required.index(x.before or len(f.steps)) + 1
                applies = x.scope == "attempt" and e.name in x.events and after <= level < before
                if applies and self.moment(e) > self.moment(chain[after - 1]):
                    found.append((self.moment(e), "excluded"))
        return sorted(found)

    def walk(self, start: Event, used: set[int], observed: float) -> Found:
        chain = [start]
        while True:
            k = len(chain)
            group = max(self.moment(c) for c in chain)
            rows = tuple(c.place for c in chain)
            if k == len(self.steps):
                return Found(k, rows, "converted", group, group)
            high = self.funnel.gaps.get(self.funnel.required[k], (None, None))[1]
            deadline = start.time + self.window
            if high is not None:
                deadline = min(deadline, chain[-1].time + high.total_seconds())
            options = [e for e in self.events if self.is_eligible(e, chain, used)]
            best = min(options, key=lambda e: (self.moment(e), self.later_uses(e, k), e.place), default=None)
            ends = self.enders(chain, float("inf") if best is None else self.moment(best), deadline)
            if ends:
                return Found(k, rows, "exited" if ends[0][1] == "blocked" else "excluded", ends[0][0], group)
            if best is None:
                over = [self.moment(e) for e in self.events if e.time > deadline]
                ended = "exited" if deadline <= observed else "open"
                return Found(k, rows, ended, min(over, default=None), group)
            chain.append(best)

    def best_attempts(self, observed: float) -> list[Found]:
        """The best attempts: more than one only where attempts that start at one moment are equally good."""
        found = [self.walk(e, set(), observed) for e in self.events if self.does(e, 0)]
        ranks = [(-a.level, a.group, -self.moment(self.events[a.rows[0]])) for a in found]
        return [a for a, rank in zip(found, ranks, strict=True) if rank == min(ranks)]

    def attempts(self, observed: float) -> list[Found]:
        starts = [e for e in self.events if self.does(e, 0)]
        if self.funnel.entry == "best":
            return self.best_attempts(observed)[:1]
        found, used, since = [], set(), float("-inf")
        while True:
            fresh = [e for e in starts if e.place not in used and self.moment(e) >= since]
            if not fresh:
                return found
            found.append(self.walk(fresh[0], used, observed))
            used |= set(found[-1].rows)
            if found[-1].end is None:
                return found
            since = found[-1].end

    def is_out(self, found: Found) -> bool:
        """Whether a scope-"user" exclusion takes out the unit that made this attempt."""
        f, chain = self.funnel, [self.events[row] for row in found.rows]
        for x in f.exclude:
            after = f.required.index(x.after) + 1
            before = f.required.index(x.before or len(f.steps)) + 1
            if x.scope != "user" or found.level < after:
                continue
            for e in self.events:
                opens = self.moment(e) > self.moment(chain[after - 1])
                if found.level >= before:
                    inside = opens and self.moment(e) < self.moment(chain[before - 1])
                else:
                    inside = opens and e.time - chain[0].time <= self.window
                if inside and e.name in x.events:
                    return True
        return False


def unordered_level(events: list[Event], funnel: Funnel) -> tuple[int, int, int] | None:
    """Level, time it was reached, and latest start, by trying every sequence of events."""
    steps = [set(step.events) for step in funnel.steps]
    window = float("inf") if funnel.window is None else funnel.window.total_seconds()
    free = [s for s in range(len(steps)) if s + 1 not in funnel.fixed.values()]

    def deepest(start: Event, used: tuple[int, ...], done: tuple[int, ...], now: int) -> tuple[int, int]:
        best = (len(done), -now)
        position = len(done) + 1
        for e in events:
            if e.place in used or e.time < now or e.time - start.time > window:
                continue
            if done and (e.held != start.held or e.held is None):
                continue
            may = [funnel.fixed[position] - 1] if position in funnel.fixed else free
            for s in may if position <= len(steps) else []:
                if s not in done and e.name in steps[s]:
                    best = max(best, deepest(start, (*used, e.place), (*done, s), e.time))
        return best

    found = []
    for start in events:
        may = [funnel.fixed[1] - 1] if 1 in funnel.fixed else free
        for s in may:
            if start.name in steps[s]:
                level, reached = deepest(start, (start.place,), (s,), start.time)
                found.append((level, reached, start.time))
    if not found:
        return None
    level, reached, start_time = max(found)
    return level, -reached, start_time
