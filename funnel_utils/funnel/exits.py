"""Exits: units whose attempt ended at a stage, and what they did next.

The next event is the unit's first event of any kind strictly later than the step where it ended, if it comes within the
time given; else "(nothing)". Where the log ends before that time is over and nothing has been seen, it is too early to
tell, and said so. Attempts that are still open have not exited and are not here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from funnel_utils import stats
from funnel_utils.durations import Duration, parse_duration
from funnel_utils.errors import SpecError
from funnel_utils.events.clock import in_ticks, observed_for, ticks_per_second
from funnel_utils.funnel.after import check_same_engine, events_of, happenings
from funnel_utils.funnel.counts import WILSON, counted, step_label
from funnel_utils.funnel.spec import Funnel
from funnel_utils.text import t

if TYPE_CHECKING:
    from funnel_utils.events import EventLog


def exits(
    table: ir.Table, funnel: Funnel, log: EventLog, within: Duration, top: int, cluster: str | None
) -> pd.DataFrame:
    """What units that exited did next, by the step where they ended.

    Parameters
    ----------
    table : ibis Table
        The match table.
    funnel : Funnel
    log : EventLog
    within : duration
        How soon the next event must come to count as one.
    top : int
        How many next events to name for each step; the rest are one group.
    cluster : str, optional
        The column of persons, where rows repeat per person.

    Returns
    -------
    DataFrame
        `step`, `label`, `next_event`, `kind` ("event", "other", "nothing", "too early"); `units` of `of` (units that
        exited at that step) as `share` with `low`, `high`, `interval`. Steps that nobody exited at are absent.

    Raises
    ------
    EngineError
        If the match table does not live where the log does.
    """
    check_same_engine(table, log, "exits()")
    length = parse_duration(within, "within")
    if not length:
        raise SpecError("within=0: give the next event some time to happen, such as '1d'.")
    ticks = ticks_per_second(table)
    gone = _exited(table, funnel, cluster)
    following = _next_events(gone, events_of(log, funnel), in_ticks(length, ticks))
    waited = observed_for(gone, gone.start, log.observed_until, ticks)
    silent = (waited < in_ticks(length, ticks)).ifelse("too early", "nothing")
    gone = gone.mutate(silent=silent)
    whole = gone.left_join(following, ["unit", "attempt"])
    found = whole.select(
        "step", "person", kind=whole.next_event.notnull().ifelse("event", whole.silent), next_event="next_event"
    )
    keys = ["step", "kind", "next_event"]
    people = found.group_by([*keys, "person"]).agg(n=found.count())
    sums = people.group_by(keys).agg(units=people.n.sum(), squares=(people.n * people.n).sum()).to_pandas()
    return _shares(sums, funnel, top, _repeats(found) if cluster else None)


def _exited(table: ir.Table, funnel: Funnel, cluster: str | None) -> ir.Table:
    """Counted rows that exited: `unit`, `attempt`, `person`, `step` and the time they were last at it (`start`)."""
    rows = counted(table)
    rows = rows.filter(rows.ended == "exited")
    start: Any = rows.t1
    for k in funnel.required:
        start = (rows.level == k).ifelse(rows[f"t{k}"], start)
    return rows.select("unit", "attempt", person=rows[cluster or "unit"], step=rows.level, start=start)


def _next_events(gone: ir.Table, events: ir.Table, longest: int) -> ir.Table:
    """The first later event of each exited row, within `longest` ticks; ties go to the log's order, else by name."""
    later = happenings(gone, events)
    later = later.filter(later._ago > 0, later._ago <= longest)
    first = ibis.window(group_by=["unit", "attempt"], order_by=["_time", "_order"])
    ranked = later.mutate(_rank=ibis.row_number().over(first))
    return ranked.filter(ranked._rank == 0).select("unit", "attempt", next_event=ranked._event)


def _repeats(found: ir.Table) -> pd.DataFrame:
    """Per step and kind of next event, the sums over persons that the delta method needs."""
    keys = ["step", "kind", "next_event"]
    people = found.group_by(["step", "person"]).agg(x=found.count())
    each = found.group_by([*keys, "person"]).agg(y=found.count())
    both = each.inner_join(people, ["step", "person"])
    products = both.group_by(keys).agg(xy=(both.x * both.y).sum()).to_pandas()
    totals: pd.DataFrame = people.group_by("step").agg(xx=(people.x * people.x).sum(), n=people.count()).to_pandas()
    made: pd.DataFrame = products.merge(totals, on="step")
    return made


def _shares(sums: pd.DataFrame, funnel: Funnel, top: int, repeats: pd.DataFrame | None) -> pd.DataFrame:
    """Shares with intervals; next events beyond the `top` of a step become one group."""
    if repeats is not None:
        sums = sums.merge(repeats, on=["step", "kind", "next_event"])
    sums["of"] = sums.groupby("step")["units"].transform("sum")
    sums = sums.sort_values(["step", "units", "next_event"], ascending=[True, False, True], ignore_index=True)
    rank = sums[sums["kind"] == "event"].groupby("step").cumcount()
    kept, rest = sums[~sums.index.isin(rank[rank >= top].index)], sums.loc[rank[rank >= top].index]
    if len(rest) and repeats is None:
        lumped = rest.groupby(["step", "of"], as_index=False)["units"].sum().assign(kind="other", next_event=None)
        kept = pd.concat([kept, lumped], ignore_index=True)
    else:
        # Persons may stand in several of the rest, whose sums then do not add up: they stay named.
        kept = sums
    if repeats is None:
        low, high = stats.wilson(kept["units"], kept["of"])
        kept = kept.assign(share=stats.rate(kept["units"], kept["of"]), low=low, high=high, interval=WILSON)
    else:
        y, x, yy, xy, xx, n = (kept[name] for name in ("units", "of", "squares", "xy", "xx", "n"))
        found = stats.ratio_delta(y, x, yy, xy, xx, n)
        interval = t("funnel.delta", by="person")
        kept = kept.assign(share=found.estimate, low=found.low, high=found.high, interval=interval)
    return _labelled(kept, funnel)


def _labelled(found: pd.DataFrame, funnel: Funnel) -> pd.DataFrame:
    texts = {"other": t("funnel.other"), "nothing": t("funnel.nothing"), "too early": t("funnel.too_early")}
    rank = {"event": 0, "other": 1, "nothing": 2, "too early": 3}
    labels = [texts.get(kind, event) for kind, event in zip(found["kind"], found["next_event"], strict=True)]
    made = found.assign(next_event=labels, label=[step_label(funnel, int(k)) for k in found["step"]])
    made = made.assign(_rank=made["kind"].map(rank)).sort_values(
        ["step", "_rank", "units", "next_event"], ascending=[True, True, False, True], ignore_index=True
    )
    return made[["step", "label", "next_event", "kind", "units", "of", "share", "low", "high", "interval"]]
