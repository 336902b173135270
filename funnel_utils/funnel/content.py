"""Content-piece engagement: who was shown a piece, who engaged with it, and how each converted.

A unit is **shown** a piece at its first impression of it, and **engaged** when it does an engaging event on that same
piece at or after that and before converting. Units that had converted before they were shown the piece are left out,
for it cannot have moved them. Engaged units chose themselves: the difference in conversion is no effect of the piece.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from funnel_utils import stats
from funnel_utils.errors import LogError, SpecError
from funnel_utils.events.clock import elapsed, ticks_per_second
from funnel_utils.funnel.after import check_same_engine, events_of
from funnel_utils.funnel.counts import WILSON, counted
from funnel_utils.funnel.groups import in_order, labelled, lump
from funnel_utils.funnel.spec import Funnel
from funnel_utils.text import t

if TYPE_CHECKING:
    from funnel_utils.events import EventLog


def content(
    table: ir.Table,
    funnel: Funnel,
    log: EventLog,
    by: str,
    impression: str | Iterable[str],
    engaged: str | Iterable[str],
    top: int,
) -> pd.DataFrame:
    """Engagement and conversion by content piece.

    Parameters
    ----------
    table : ibis Table
        The match table.
    funnel : Funnel
        Whose conversion is looked at.
    log : EventLog
    by : str
        The property that names the piece, on both kinds of event.
    impression, engaged : str or iterable of str
        The events that show a piece, and those that engage with it.
    top : int
        How many pieces to name, those with the most impressions; the rest are one group (there, a unit counts once).

    Returns
    -------
    DataFrame
        `content`, `kind`; `impressions` (events); `engaged` of `shown` (units) with `rate`, `low`, `high`, `interval`;
        `engaged_converted` of `engaged` with `engaged_rate`, `other_converted` of `other` (shown, not engaged) with
        `other_rate`; `difference` of the two with `difference_low`, `difference_high` (Newcombe).

    Raises
    ------
    LogError
        If the log has no column `by`.
    """
    check_same_engine(table, log, "content()")
    if by not in log.table.columns:
        raise LogError(f"content(by={by!r}): this log has no such column; it has {', '.join(log.table.columns)}.")
    shows, engages = _names(impression, "impression"), _names(engaged, "engaged")
    if set(shows) & set(engages):
        raise SpecError(f"content: {sorted(set(shows) & set(engages))} cannot be both an impression and an engagement.")
    events = events_of(log, funnel, by)
    events = events.filter(events._event.isin([*shows, *engages]), events._unit.notnull())
    value = events[f"_{by}"].cast("string")
    events = events.mutate(value=value, kind=value.isnull().ifelse("missing", "value"))
    shown = events.filter(events._event.isin(shows))
    named = lump(shown, top)
    impressions = named.group_by(["kind", "value"]).agg(impressions=named.count()).to_pandas()
    kept = impressions.loc[impressions["kind"] == "value", "value"].tolist()
    pairs = _pairs(_renamed(events, kept), shows, table, funnel)
    sums = pairs.group_by(["kind", "value"]).agg(
        shown=pairs.count(),
        engaged=pairs.did.sum(),
        engaged_converted=(pairs.did * pairs.won).sum(),
        converted=pairs.won.sum(),
    )
    found = impressions.merge(sums.to_pandas(), on=["kind", "value"], how="left").fillna(
        dict.fromkeys(("shown", "engaged", "engaged_converted", "converted"), 0)
    )
    return _finished(found)


def _names(events: str | Iterable[str], field: str) -> list[str]:
    names = [events] if isinstance(events, str) else sorted(set(events))
    if not names:
        raise SpecError(f"content: {field} must name at least one event.")
    return names


def _renamed(events: ir.Table, kept: list[Any]) -> ir.Table:
    """All pieces but `kept` as one."""
    beyond = (events.kind == "value") & ~events.value.isin(kept) if kept else events.kind == "value"
    return events.mutate(
        kind=beyond.ifelse("other", events.kind), value=beyond.ifelse(ibis.null("string"), events.value)
    )


def _pairs(events: ir.Table, shows: list[str], table: ir.Table, funnel: Funnel) -> ir.Table:
    """One row for each unit and piece it was shown before converting: `did` (engaged) and `won` (converted), 0 or 1."""
    ticks = ticks_per_second(events)
    keys = ["_unit", "kind", "value"]
    is_show = events._event.isin(shows)
    known = events.mutate(first=is_show.ifelse(events._time, ibis.null(events._time.type())))
    known = known.mutate(first=known.first.min().over(ibis.window(group_by=keys)), engages=~is_show)
    known = known.filter(known["first"].notnull())
    rows = counted(table)
    done = rows.filter(rows.level >= len(funnel.steps))
    wins = done.group_by("unit").agg(won_at=done[f"t{len(funnel.steps)}"].min())
    joined = known.left_join(wins, known._unit == wins.unit)
    since_shown = elapsed(joined._time, joined["first"], ticks)
    before_win = joined.won_at.isnull() | (elapsed(joined.won_at, joined._time, ticks) > 0)
    did = (joined.engages & (since_shown >= 0) & before_win).ifelse(1, 0)
    in_time = joined.won_at.isnull() | (elapsed(joined.won_at, joined["first"], ticks) > 0)
    flat = joined.select(*keys, did=did, won=joined.won_at.notnull().ifelse(1, 0), in_time=in_time)
    flat = flat.filter(flat.in_time)
    return flat.group_by(keys).agg(did=flat.did.max(), won=flat.won.max())


def _finished(found: pd.DataFrame) -> pd.DataFrame:
    names = ["impressions", "shown", "engaged", "engaged_converted", "converted"]
    found = found.astype(dict.fromkeys(names, "int64"))
    low, high = stats.wilson(found["engaged"], found["shown"])
    made = found[["kind", "value", "impressions", "engaged", "shown"]].assign(
        rate=stats.rate(found["engaged"], found["shown"]), low=low, high=high, interval=WILSON
    )
    made["engaged_converted"] = found["engaged_converted"]
    made["engaged_rate"] = stats.rate(found["engaged_converted"], found["engaged"])
    made["other_converted"] = found["converted"] - found["engaged_converted"]
    made["other"] = found["shown"] - found["engaged"]
    made["other_rate"] = stats.rate(made["other_converted"], made["other"])
    made["difference"] = made["engaged_rate"] - made["other_rate"]
    bounds = stats.newcombe(made["engaged_converted"], made["engaged"], made["other_converted"], made["other"])
    made["difference_low"], made["difference_high"] = bounds
    made["note"] = t("funnel.correlation")
    ordered = in_order(labelled(made), "impressions").rename(columns={"value": "content"})
    return ordered[["content", *(name for name in ordered.columns if name != "content")]]
