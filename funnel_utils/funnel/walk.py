"""The fold of one funnel over whole units: Arrow in, rows of the match table out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa

from funnel_utils.funnel.finished import excluded_units, optional_rows
from funnel_utils.funnel.kernel import (
    BLOCKED,
    EXCLUDED,
    Events,
    Rules,
    fold_anchored,
    fold_best,
)
from funnel_utils.funnel.plain import fold_plain, is_plain
from funnel_utils.funnel.rules import pins, rules_of, scopes, tail
from funnel_utils.funnel.spec import Funnel
from funnel_utils.funnel.stream import Carry
from funnel_utils.funnel.units import Units
from funnel_utils.funnel.unordered import fold_unordered

ENDED = ("converted", "exited", "open", "excluded")
_TIME = pa.timestamp("us")  # a plain timestamp that means UTC, like the log's


@dataclass(frozen=True)
class Walk:
    """The fold of one funnel as a function of whole units; `observed_until` in microseconds."""

    funnel: Funnel
    carry: Carry
    observed_until: int

    def __call__(self, units: Units) -> tuple[pa.Table, Any]:
        """The match rows of the units, and how many of their events do each step."""
        events, optional, excludes = self._events(units)
        rules = rules_of(self.funnel)
        found = self._walk(events, rules)
        unit, rows, level, why, first_entry, entry_step = found
        counts = np.ones(len(unit), np.bool_)
        after, before, bits = scopes(self.funnel, "user")
        if len(after):
            out = excluded_units(events, rules, unit, rows, level, excludes >> bits, after, before)
            counts &= ~np.isin(unit, unit[out])
        deadline = self._deadline(events, rules, rows, level)
        ended = self._ended(level, why, deadline, counts)
        attempt = np.ones(len(unit), np.int32)
        if self.funnel.entry != "best" or not self.funnel.closed:
            attempt = np.arange(len(unit)) - np.searchsorted(unit, unit) + 1
        if self.funnel.entry == "first":
            counts &= attempt == 1
        every_row = self._every_step(events, rules, unit, rows, level, optional)
        found_rows = self._table(units, events, unit, attempt, every_row, level, first_entry, entry_step, ended, counts)
        return found_rows, self._count(events.mask, optional)

    def _events(self, units: Units) -> tuple[Events, Any, Any]:
        chunk = units.rows
        n = chunk.num_rows
        none = np.zeros(n, np.int64)
        optional = _numpy(chunk["optional"]) if "optional" in chunk.column_names else none
        excludes = _numpy(chunk["exclude"]) if "exclude" in chunk.column_names else none
        time, mask = _numpy(chunk["time"].cast(pa.int64())), _numpy(chunk["mask"])
        return Events(units.first, time, mask, excludes, self._hold(chunk, n)), optional, excludes

    def _hold(self, chunk: pa.Table, n: int) -> Any:
        """A code for the held values of each event; -1 where one is missing, which equals nothing."""
        code = np.zeros(n, np.int64)
        for name in self.funnel.hold:
            column = chunk[f"hold_{name}"].combine_chunks().dictionary_encode()
            column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
            values = column.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
            combined = np.where((code < 0) | (values < 0), -1, code * (len(column.dictionary) + 1) + values)
            code = np.unique(combined, return_inverse=True)[1] if len(combined) else combined
            code = np.where(combined < 0, -1, code)
        return code

    def _count(self, mask: Any, optional: Any) -> Any:
        seen = np.zeros(len(self.funnel.steps), np.int64)
        for bit, k in enumerate(self.funnel.required):
            seen[k - 1] = np.count_nonzero(mask & (1 << bit))
        for bit, k in enumerate(self.funnel.optional):
            seen[k - 1] = np.count_nonzero(optional & (1 << bit))
        return seen

    def _walk(self, events: Events, rules: Rules) -> tuple[Any, Any, Any, Any, Any, Any]:
        """Attempts as arrays: unit, matched rows and level (in required steps), why, first entry, entry step."""
        if self.funnel.order == "unordered":
            found = fold_unordered(events, rules.window, pins(self.funnel))
        elif not self.funnel.closed:
            return self._walk_open(events, rules)
        elif rules.anchored:
            found = fold_anchored(events, rules)
        elif is_plain(rules, bool(self.funnel.hold), events.mask):
            found = fold_plain(events, rules)
        else:
            found = fold_best(events, rules)
        return *found, np.ones(len(found[0]), np.int64)

    def _walk_open(self, events: Events, rules: Rules) -> tuple[Any, Any, Any, Any, Any, Any]:
        """One pass per entry step; an entry counts only where no attempt that entered earlier did that step."""

        steps = rules.steps
        covered = np.zeros((len(events.first) - 1, steps), np.bool_)
        parts = []
        for j in range(steps):
            unit, rows, level, why, first = fold_best(events._replace(mask=events.mask >> j), tail(rules, j))
            new = ~covered[unit, j]
            unit, level, why, first = unit[new], level[new] + j, why[new], first[new]
            wide = np.full((len(unit), steps), -1, np.int64)
            wide[:, j:] = rows[new]
            for k in range(j, steps):
                covered[unit[level > k], k] = True
            parts.append((unit, wide, level, why, first, np.full(len(unit), j + 1, np.int64)))
        joined = [np.concatenate(arrays) for arrays in zip(*parts, strict=True)]
        order = np.lexsort((joined[5], joined[0]))
        unit, rows, level, why, first, entry_step = (array[order] for array in joined)
        return unit, rows, level, why, first, entry_step

    def _deadline(self, events: Events, rules: Rules, rows: Any, level: Any) -> Any:
        """The last moment at which each attempt could still go on (microseconds)."""
        n, steps = rows.shape
        at = np.arange(n)
        reached = rows >= 0
        start = events.time[rows[at, reached.argmax(axis=1)]] if n else np.zeros(0, np.int64)
        limit = np.iinfo(np.int64).max
        deadline = np.where(rules.window > limit - np.abs(start), limit, start + np.minimum(rules.window, limit // 2))
        if rules.has_gaps:
            going = level < steps
            longest = rules.gap_high[np.minimum(level, steps - 1)]
            last = events.time[rows[at, level - 1]]
            by_gap = np.where(longest > limit // 2, limit, last + np.minimum(longest, limit // 2))
            deadline = np.where(going, np.minimum(deadline, by_gap), deadline)
        return deadline

    def _ended(self, level: Any, why: Any, deadline: Any, counts: Any) -> Any:
        """The place of each attempt's end in `ENDED`."""
        is_last = level == len(self.funnel.required)
        is_open = ~is_last & (why != BLOCKED) & (why != EXCLUDED) & (deadline > self.observed_until)
        ended = np.where(is_last, 0, np.where(is_open, 2, 1))
        return np.where(~counts | (~is_last & (why == EXCLUDED)), 3, ended).astype(np.int8)

    def _every_step(self, events: Events, rules: Rules, unit: Any, rows: Any, level: Any, optional: Any) -> Any:
        """The matched rows by step of the funnel, optional ones among them."""
        required = self.funnel.required
        wide = np.full((len(unit), len(self.funnel.steps)), -1, np.int64)
        for r, k in enumerate(required):
            wide[:, k - 1] = rows[:, r]
        for bit, k in enumerate(self.funnel.optional):
            after = sum(1 for r in required if r < k)
            wide[:, k - 1] = optional_rows(events, rules, unit, rows, level, bit, after, optional)
        return wide

    def _table(
        self,
        units: Units,
        events: Events,
        unit: Any,
        attempt: Any,
        rows: Any,
        level: Any,
        first: Any,
        entry_step: Any,
        ended: Any,
        counts: Any,
    ) -> pa.Table:
        moments = [_moments(events.time, rows[:, k]) for k in range(len(self.funnel.steps))]
        required = np.asarray(self.funnel.required, np.int64)
        step_level = level if self.funnel.order == "unordered" else required[level - 1]
        columns: dict[str, Any] = {
            "unit": units.unit.take(pa.array(unit)),
            "first_entry": _moments(events.time, first),
            **{f"t{k}": moment for k, moment in enumerate(moments, 1)},
            "level": pa.array(step_level.astype(np.int16)),
            "ended": pa.array(ended),
            "counts": pa.array(counts),
        }
        if not is_simple(self.funnel):
            columns["attempt"] = pa.array(attempt.astype(np.int32))
            columns["entry_step"] = pa.array(entry_step.astype(np.int16))
            columns["entry"] = self._entry(events.time, rows, entry_step)
        for name, step in self.carry:
            picked = rows[:, step - 1]
            columns[f"{name}@{step}"] = units.rows[f"carry_{name}"].take(pa.array(picked, mask=picked < 0))
        return pa.table(columns)

    def _entry(self, time: Any, rows: Any, entry_step: Any) -> pa.Array:
        """When each attempt began."""
        if self.funnel.order == "unordered":
            never = np.iinfo(np.int64).max
            return _moments(time, np.where(rows >= 0, rows, never).min(axis=1, initial=never))
        return _moments(time, rows[np.arange(len(rows)), entry_step - 1])


def is_simple(funnel: Funnel) -> bool:
    """Whether each unit has one attempt, which begins with its step 1: what follows from that is not kept."""
    return funnel.entry == "best" and funnel.closed and funnel.order != "unordered"


def completed(kept: ir.Table, funnel: Funnel, observed_until: int) -> ir.Table:
    """The match table: the columns that `Walk` gives, and those that follow from them."""
    one = ibis.literal(1)
    simple = is_simple(funnel)
    mature: ir.Value = ibis.null("boolean")
    if funnel.window is not None:
        last = pd.Timestamp(observed_until, unit="us") - pd.Timedelta(funnel.window)
        mature = kept.first_entry <= ibis.literal(last)
    ends = [(kept.ended == code, ibis.literal(name)) for code, name in enumerate(ENDED)]
    times = [f"t{k}" for k in range(1, len(funnel.steps) + 1)]
    return kept.select(
        "unit",
        attempt=one.cast("int32") if simple else kept.attempt,
        first_entry=kept.first_entry,
        entry=kept.t1 if simple else kept.entry,
        **{name: kept[name] for name in times},
        level=kept.level,
        entry_step=one.cast("int16") if simple else kept.entry_step,
        ended=ibis.cases(*ends),
        counts=kept.counts,
        mature=mature,
        **{name: kept[name] for name in kept.columns if "@" in name},
    )


def _numpy(column: pa.ChunkedArray) -> Any:
    return column.to_numpy().astype(np.int64)


def _moments(time: Any, rows: Any) -> pa.Array:
    missing = rows < 0
    found = time[rows] if len(time) else np.zeros(len(rows), np.int64)  # a missing row (-1) takes the last time, masked
    return pa.array(found.view("datetime64[us]"), _TIME, mask=missing)


def epoch(moment: Any) -> int:
    """A moment as microseconds since 1970 UTC."""
    return int(moment.value // 1000) if hasattr(moment, "value") else int(moment.timestamp() * 1_000_000)
