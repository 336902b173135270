"""Tracking: the repeat purchases that a group of customers made, week by week, beside those a model expects.

The most honest picture of such a model: fitted to the first part of the time, it is drawn over all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from funnel_utils.durations import Duration, parse_duration
from funnel_utils.errors import LogError, SpecError
from funnel_utils.retention.customers import DAY, as_purchases, day_number, seen_until
from funnel_utils.retention.models.purchase import PurchaseModel
from funnel_utils.retention.purchases import Purchases, customer_days

if TYPE_CHECKING:
    from funnel_utils.events import EventLog


def tracking(
    log: EventLog,
    *,
    until: Any = None,
    every: Duration = "1w",
    purchase: str | Iterable[str] | Purchases = "purchase",
    first_until: Any = None,
    models: Sequence[PurchaseModel] = (),
) -> pd.DataFrame:
    """Repeat purchases of all customers together, over time.

    Parameters
    ----------
    log : EventLog
    until : date, optional
        The last day, included; by default the day on which observation ends. The last period is a whole one.
    every : str or timedelta
        The length of a period, in whole days; the first begins with the day of the earliest first purchase.
    purchase : str, iterable of str, or Purchases
    first_until : date, optional
        Only customers who bought first until then, that day included.
    models : sequence of fitted models
        Whose expectation is put beside: of the same customers, from their first purchases alone.

    Returns
    -------
    DataFrame
        `period` (1, 2, …), `until` (its last day), `actual`, `cumulative` (repeat purchases; several on a day are one);
        for each model `expected_NAME` and `cumulative_NAME`.

    Raises
    ------
    LogError
        If nobody bought anything.
    """
    asked = as_purchases(log, purchase, None)
    seen, last = seen_until(log, until)
    step = parse_duration(every, "every") / DAY
    if step < 1 or step != int(step):
        raise SpecError(f"tracking: every={every!r} is not a whole number of days.")
    table: Any = customer_days(seen, asked)
    days: Any = table.filter(table["orders"] > 0)
    firsts = days.group_by("user").agg(first=days["day"].min())
    if first_until is not None:
        firsts = firsts.filter(firsts["first"] <= day_number(first_until, log.report_tz, "first_until"))
    firsts = firsts.cache()
    began = firsts.group_by("first").agg(customers=firsts.count()).to_pandas().sort_values("first")
    if began.empty:
        raise LogError(f"tracking: nobody bought ({' or '.join(asked.purchase)}) until then.")
    start = int(began["first"].iloc[0])
    periods = int((last - start + 1) // step)
    if not periods:
        raise SpecError(
            f"tracking: there is no whole period of every={every!r} between the first purchase and the end."
        )
    joined: Any = days.inner_join(firsts, "user")
    again: Any = joined.filter(joined["day"] > joined["first"])
    daily = again.group_by("day").agg(purchases=again.count()).to_pandas()
    place = ((daily["day"] - start) // step).astype(int)
    actual = np.bincount(place, daily["purchases"], periods)[:periods].astype(int)
    number = np.arange(1, periods + 1)
    ends = pd.Timestamp("1970-01-01") + pd.to_timedelta(start + number * step - 1, unit="D")
    columns: dict[str, Any] = {"period": number, "until": ends, "actual": actual, "cumulative": np.cumsum(actual)}
    for model in models:
        expected = _expected(model, began, start + number * step)
        columns[f"expected_{model.NAME}"] = np.diff(expected, prepend=0.0)
        columns[f"cumulative_{model.NAME}"] = expected
    return pd.DataFrame(columns)


def _expected(model: PurchaseModel, began: pd.DataFrame, ends: Any) -> Any:
    """The cumulative expectation of customers who began on these days."""
    since = np.maximum(np.asarray(ends)[:, None] - began["first"].to_numpy()[None, :], 0)
    ages, back = np.unique(since, return_inverse=True)
    each = model.expected_new([DAY * float(age) for age in ages])
    return each[back].reshape(since.shape) @ began["customers"].to_numpy(dtype=float)
