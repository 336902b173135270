"""Close rate: won out of decided opportunities.

Close rate = won / (won + lost), which is our definition: opportunities that are still open are set apart, neither in
the denominator (a busy month would look like a bad one) nor forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import ibis
import pandas as pd

from funnel_utils import stats
from funnel_utils.errors import LogError, SpecError
from funnel_utils.funnel.counts import WILSON
from funnel_utils.funnel.spec import Funnel
from funnel_utils.funnel.stream import unit_key

if TYPE_CHECKING:
    from funnel_utils.events import EventLog


def close_rate(
    log: EventLog,
    won: str | Iterable[str],
    lost: str | Iterable[str],
    opened: str | Iterable[str] | None = None,
    *,
    by: str = "user",
) -> pd.DataFrame:
    """Won out of decided opportunities: won / (won + lost), the open ones apart.

    Parameters
    ----------
    log : EventLog
    won, lost : str or iterable of str
        The events that decide an opportunity.
    opened : str or iterable of str, optional
        The events that open one. Without them nobody can say how many are open.
    by : str
        The column that names an opportunity: users, or a key such as `"deal"`. Rows without one are left out.

    Returns
    -------
    DataFrame
        One row: `won` of `decided` (won + lost) with `rate`, `low`, `high`, `interval`; `lost`; `open` (missing without
        `opened`). An opportunity is what its latest such event says (at the same instant: won before lost before open).

    Raises
    ------
    SpecError
        If an event has two meanings.
    """
    meanings = {"won": _events(won, "won"), "lost": _events(lost, "lost")}
    meanings["open"] = _events(opened, "opened") if opened is not None else []
    named = [name for names in meanings.values() for name in names]
    twice = sorted({name for name in named if named.count(name) > 1})
    if twice:
        raise SpecError(f"close_rate: {twice} has more than one of the meanings won, lost and opened.")
    if by != "user" and by not in log.table.columns:
        raise LogError(f"close_rate(by={by!r}): this log has no such column; it has {', '.join(log.table.columns)}.")
    table = log.table.filter(log.table.event.isin(named))
    key = unit_key(table, Funnel([named[0]], unit=by))
    state: Any = ibis.literal(3)
    for rank, names in enumerate(meanings.values(), 1):
        state = table.event.isin(names).ifelse(rank, state) if names else state
    flat = table.select(key=key, time=table.timestamp, state=state).filter(lambda rows: rows.key.notnull())
    latest = ibis.window(group_by="key", order_by=[ibis.desc("time"), "state"])
    ranked = flat.mutate(rank=ibis.row_number().over(latest))
    last = ranked.filter(ranked["rank"] == 0)
    sizes = last.group_by("state").agg(n=last.count()).to_pandas().set_index("state")["n"]
    wins, losses, still = (int(sizes.get(rank, 0)) for rank in (1, 2, 3))
    low, high = stats.wilson(wins, wins + losses)
    return pd.DataFrame(
        {
            "won": [wins],
            "decided": [wins + losses],
            "rate": stats.rate(wins, wins + losses),
            "low": low,
            "high": high,
            "interval": [WILSON],
            "lost": [losses],
            "open": pd.array([still if opened is not None else None], dtype="Int64"),
        }
    )


def _events(events: str | Iterable[str], field: str) -> list[str]:
    names = [events] if isinstance(events, str) else sorted(set(events))
    if not names:
        raise SpecError(f"close_rate: {field} must name at least one event.")
    return names
