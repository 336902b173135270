"""Matching by window functions, for a log that lives in a warehouse: no event leaves the engine.

Ordered funnels use pruned layers. Rows are the events of the K steps, in the order of (unit, time, step). In layer 1
each row knows the latest step-1 time so far; rows outside the window of it go. In layer k, of what is left, the rows
of step k and later know the latest such start that has reached step k; rows outside the window of that go. The units at
level k are those with a step-k row in the layer before. Each layer is a fraction of the one before and is
materialised, since it is read several times.

The fold (`kernel`) is the meaning; this form covers what windows can express (`unsupported` names the rest) and gives
the same match table, which differential tests hold it to.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir

from funnel_utils.durations import microseconds
from funnel_utils.funnel.match import Match, never_occurring
from funnel_utils.funnel.spec import Funnel, are_apart
from funnel_utils.funnel.stream import Carry, does, step_events, unit_key

if TYPE_CHECKING:
    from funnel_utils.events import EventLog


def unsupported(funnel: Funnel) -> str | None:
    """Why window functions cannot express `funnel`, or None where they can."""
    refused = {
        'order="strict"': funnel.order == "strict",
        "gaps": bool(funnel.gaps),
        'entry="every"': funnel.entry == "every",
        'repeat="end"': funnel.repeat == "end",
        f'ties="{funnel.ties}"': funnel.ties != "either",
        "grace": funnel.grace is not None,
        "exclude": bool(funnel.exclude),
        "hold": bool(funnel.hold),
        "fixed": bool(funnel.fixed),
        "closed=False": not funnel.closed,
        "optional steps": bool(funnel.optional),
        "directly": any(step.directly for step in funnel.steps),
        "steps that share events": not (_are_apart(funnel) or (funnel.reuse and funnel.order == "ordered")),
    }
    found = [option for option, is_used in refused.items() if is_used]
    return f"Window functions cannot express {', '.join(found)}" if found else None


def _are_apart(funnel: Funnel) -> bool:
    """Whether no event can be two steps."""
    return all(are_apart(a, b) for i, a in enumerate(funnel.steps) for b in funnel.steps[:i])


def match_windows(log: EventLog, funnel: Funnel, carry: Carry = ()) -> Match:
    """The match table of `funnel`, computed and kept in the log's own engine."""
    rows = step_rows(log, funnel).cache()
    counts = rows.group_by("step").agg(n=rows.count()).to_pandas().set_index("step")["n"]
    seen = [int(counts.get(k, 0)) for k in range(1, len(funnel.steps) + 1)]
    warnings = list(never_occurring(funnel, seen))
    if funnel.order == "unordered":
        attempts = _unordered(rows, funnel)
    elif funnel.entry == "first":
        attempts = _first(rows, funnel)
        warnings.append(
            "In this engine only each unit's first attempt is kept, so a breakdown shows a unit under one value only."
        )
    else:
        attempts = _best(rows, funnel)
    found = _finish(attempts, log, funnel)
    if carry:
        found = _carried(found, log, funnel, carry)
    how = f"window functions in {log.backend.name}"
    return Match(found.cache(), how, tuple(warnings))


def step_rows(log: EventLog, funnel: Funnel) -> ir.Table:
    """One row for each (event, step it does): `unit`, `time`, `step` from 1."""
    events = step_events(log.table, funnel)
    parts = []
    for k, step in enumerate(funnel.steps, 1):
        chosen = events.filter(does(events, step))
        parts.append(chosen.select(unit=unit_key(chosen, funnel), time=chosen.timestamp, step=ibis.literal(k, "int16")))
    rows = ibis.union(*parts) if len(parts) > 1 else parts[0]
    return rows.filter(rows.unit.notnull()) if funnel.unit != "user" else rows


def _in_window(later: Any, start: Any, funnel: Funnel) -> Any:
    return ibis.literal(True) if funnel.window is None else later <= start + _interval(funnel.window)


def _interval(duration: timedelta) -> Any:
    """`duration` in the coarsest unit that holds it; some engines know no unit below a second."""
    seconds, fraction = divmod(duration, timedelta(seconds=1))
    return ibis.interval(microseconds=microseconds(duration)) if fraction else ibis.interval(seconds=seconds)


def _best(rows: ir.Table, funnel: Funnel) -> ir.Table:
    """Each unit's deepest attempt: `unit`, `first_entry`, `level`, `t1` … `tK`."""
    count = len(funnel.steps)
    starts = rows.filter(rows.step == 1)
    attempts = starts.group_by("unit").agg(first_entry=starts.time.min())
    layer = _layer(rows.mutate(start=rows.time), 1, funnel).cache()
    hits = {}
    for k in range(2, count + 1):
        reached = layer.filter(layer.step == k)
        hits[k] = reached.group_by("unit", "start").agg(**{f"t{k}": reached.time.min()}).cache()
        if k < count:
            layer = _layer(layer, k, funnel).cache()
    level: Any = ibis.literal(1, "int16")
    start: Any = attempts.first_entry
    for k, hit in hits.items():
        # The latest start that has reached step k never moves back, so the first hit has the smallest start.
        first = hit.group_by("unit").agg(**{f"s{k}": hit.start.min()})
        attempts = _left_join(attempts, first, ["unit"])
    for k in hits:
        level = attempts[f"s{k}"].notnull().ifelse(ibis.literal(k, "int16"), level)
        start = ibis.coalesce(attempts[f"s{k}"], attempts.first_entry if k == 2 else start)
    attempts = attempts.mutate(level=level, start=start)
    for hit in hits.values():
        attempts = _left_join(attempts, hit, ["unit", "start"])
    later = {f"t{k}": (attempts.level >= k).ifelse(attempts[f"t{k}"], None) for k in hits}
    return attempts.select("unit", "first_entry", "level", t1=attempts.start, **later)


def _layer(rows: ir.Table, step: int, funnel: Funnel) -> ir.Table:
    """The rows of `step` and later that lie in the window of the latest start that has reached `step`."""
    rows = rows.filter(rows.step >= step)
    so_far = ibis.cumulative_window(group_by="unit", order_by=["time", "step"])
    latest = (rows.step == step).ifelse(rows.start, None).max().over(so_far)
    rows = rows.select("unit", "time", "step", start=latest)
    return rows.filter(rows.start.notnull() & _in_window(rows.time, rows.start, funnel))


def _left_join(left: ir.Table, right: ir.Table, keys: list[str]) -> ir.Table:
    joined = left.left_join(right, keys)
    return joined.select(*left.columns, *(name for name in right.columns if name not in keys))


def _first(rows: ir.Table, funnel: Funnel) -> ir.Table:
    """Each unit's attempt from its first step-1 event; each further step as early as it can be."""
    starts = rows.filter(rows.step == 1)
    attempts = starts.group_by("unit").agg(first_entry=starts.time.min())
    attempts = attempts.mutate(t1=attempts.first_entry)
    for k in range(2, len(funnel.steps) + 1):
        step = rows.filter(rows.step == k)
        joined = attempts.inner_join(step, "unit")
        before = joined[f"t{k - 1}"]
        fits = joined.filter((joined.time >= before) & _in_window(joined.time, joined.t1, funnel))
        reached = fits.group_by("unit").agg(**{f"t{k}": fits.time.min()})
        attempts = _left_join(attempts, reached, ["unit"]).cache()
    level: Any = ibis.literal(1, "int16")
    for k in range(2, len(funnel.steps) + 1):
        level = attempts[f"t{k}"].notnull().ifelse(ibis.literal(k, "int16"), level)
    return attempts.mutate(level=level)


def _unordered(rows: ir.Table, funnel: Funnel) -> ir.Table:
    """Each unit's attempt with the most distinct steps; `tk` is the time of the k-th of them."""
    count = len(funnel.steps)
    onwards = ibis.window(group_by="unit", order_by=ibis.desc("time"), range=(None, 0))
    upcoming = {f"n{k}": (rows.step == k).ifelse(rows.time, None).min().over(onwards) for k in range(1, count + 1)}
    starts = rows.mutate(**upcoming)
    inside = {name: _in_window(starts[name], starts.time, funnel).ifelse(starts[name], None) for name in upcoming}
    starts = starts.mutate(**inside)
    level: Any = sum(starts[name].notnull().cast("int16") for name in upcoming)
    reached = ibis.greatest(*(ibis.coalesce(starts[name], starts.time) for name in upcoming))
    starts = starts.mutate(level=level.cast("int16"), reached=reached)
    first = starts.group_by("unit").agg(first_entry=starts.time.min())
    order = [ibis.desc("level"), "reached", ibis.desc("time")]
    ranked = starts.mutate(place=ibis.row_number().over(group_by="unit", order_by=order))
    best = _left_join(ranked.filter(ranked.place == 0), first, ["unit"]).cache()
    long = ibis.union(*(best.select("unit", at=best[name]) for name in upcoming)) if count > 1 else None
    if long is None:
        return best.select("unit", "first_entry", "level", t1=best.time)
    long = long.filter(long["at"].notnull())
    long = long.mutate(place=ibis.row_number().over(group_by="unit", order_by="at"))
    times = {f"t{k}": (long.place == k - 1).ifelse(long["at"], None).max() for k in range(1, count + 1)}
    wide = long.group_by("unit").agg(**times)
    return _left_join(best.select("unit", "first_entry", "level"), wide, ["unit"])


def _finish(attempts: ir.Table, log: EventLog, funnel: Funnel) -> ir.Table:
    """The columns of the match table that follow from the times."""
    count = len(funnel.steps)
    until = ibis.literal(log.observed_until.tz_convert("UTC").tz_localize(None))
    is_last = attempts.level == count
    if funnel.window is None:
        may_go_on: Any = ibis.literal(True)
        mature: Any = ibis.null("boolean")
    else:
        may_go_on = attempts.t1 + _interval(funnel.window) > until
        mature = attempts.first_entry + _interval(funnel.window) <= until
    ended = ibis.cases((is_last, "converted"), (may_go_on, "open"), else_="exited")
    return attempts.select(
        "unit",
        attempt=ibis.literal(1, "int32"),
        first_entry=attempts.first_entry,
        entry=attempts.t1,
        **{f"t{k}": attempts[f"t{k}"] for k in range(1, count + 1)},
        level=attempts.level,
        entry_step=ibis.literal(1, "int16"),
        ended=ended,
        counts=ibis.literal(True),
        mature=mature,
    )


def _carried(found: ir.Table, log: EventLog, funnel: Funnel, carry: Carry) -> ir.Table:
    """`found` with the properties of the matched events; of several at one time, the first in the fold's order."""
    events = step_events(log.table, funnel, carry)
    names = list(dict.fromkeys(name for name, _ in carry))
    order = [*(["sequence"] if "sequence" in events.columns else []), *(f"carry_{name}" for name in names)]
    for name, step in carry:
        if funnel.order == "unordered":
            is_step: Any = ibis.or_(*(does(events, part) for part in funnel.steps))
        else:
            is_step = does(events, funnel.steps[step - 1])
        rows = events.filter(is_step)
        columns: dict[str, Any] = {"unit": unit_key(rows, funnel), f"t{step}": rows.timestamp}
        columns |= {f"carry_{n}": rows[n] for n in names}
        columns |= {"sequence": rows.sequence} if "sequence" in events.columns else {}
        picked = rows.select(**columns)
        picked = picked.mutate(place=ibis.row_number().over(group_by=["unit", f"t{step}"], order_by=order))
        picked = picked.filter(picked.place == 0)
        picked = picked.select("unit", f"t{step}", **{f"{name}@{step}": picked[f"carry_{name}"]})
        found = _left_join(found, picked, ["unit", f"t{step}"])
    return found
