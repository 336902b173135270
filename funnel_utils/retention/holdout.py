"""A log split in time: customers as they were known on a day, and what they then did.

Whatever predicts customers is fitted to the first part and judged by the second, which it has not seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd

from funnel_utils.durations import Duration
from funnel_utils.errors import LogError, SpecError
from funnel_utils.retention.customers import CustomerSummary, as_purchases, day_date, day_number, seen_until
from funnel_utils.retention.purchases import Purchases, customer_days

if TYPE_CHECKING:
    from funnel_utils.events import EventLog


@dataclass(frozen=True, eq=False)
class Holdout:
    """Customers as they were known on a day, and what they then did.

    Attributes
    ----------
    calibration : CustomerSummary
    actual : DataFrame
        A row a customer, in the same order: `user`, `purchases` (days with one) and `value` after that day.
    duration : timedelta
        How long they were watched afterwards.
    """

    calibration: CustomerSummary
    actual: pd.DataFrame
    duration: timedelta

    @classmethod
    def split(
        cls,
        log: EventLog,
        at: Any = None,
        *,
        until: Any = None,
        purchase: str | Iterable[str] | Purchases = "purchase",
        value: str | None = "value",
        unit: Duration = "1w",
    ) -> Holdout:
        """Split a log in time: models are fitted to what was known on the day `at`, and judged by what came after.

        Parameters
        ----------
        log : EventLog
        at : date, optional
            The last day that is known; by default two thirds of the way from the first purchase to the end.
        until : date, optional
            The last day of the holdout; by default the day on which observation ends.
        purchase, value, unit
            As for `CustomerSummary.from_log`.

        Raises
        ------
        SpecError
            If `at` is not before the end.
        """
        asked = as_purchases(log, purchase, value)
        seen, last = seen_until(log, until)
        split = day_number(at, log.report_tz, "at") if at is not None else _two_thirds(seen, asked, last)
        if not split < last:
            raise SpecError(f"Holdout: at={day_date(split):%Y-%m-%d} is not before the end, {day_date(last):%Y-%m-%d}.")
        known = CustomerSummary.from_log(seen, asked, unit=unit, until=day_date(split))
        days: Any = customer_days(seen, asked)
        later = days.filter((days["day"] > split) & (days["orders"] > 0))
        sums = later.group_by("user").agg(purchases=later.count(), value=later["value"].sum()).to_pandas()
        actual = known.table[["user"]].merge(sums, on="user", how="left")
        actual["purchases"] = actual["purchases"].fillna(0).astype("int64")
        actual["value"] = actual["value"].fillna(0.0)
        return cls(known, actual, timedelta(days=last - split))


def _two_thirds(log: EventLog, purchases: Purchases, last: int) -> int:
    days: Any = customer_days(log, purchases)
    first = days["day"].min().to_pyarrow().as_py()
    if first is None:
        raise LogError(f"Holdout: the log has no {' or '.join(purchases.purchase)}.")
    return int(first) + (last - int(first)) * 2 // 3
