"""Customers: one row a person from the log, in one grouped aggregate of its engine.

Every view of repeat buying starts here: RFM, second purchases, and the summary (x, t_x, T) that lifetime models fit.
They differ in what they call recency and frequency, not in what they count:

- `first_day`, `last_day`: local days (`days.py`) of the first and the last purchase. Days between the last purchase and
  today are what RFM calls recency; days between the first and the last are what lifetime models call recency. Neither
  column is called recency here.
- `orders` counts purchase events, `days` the days with at least one: two orders on a day are one purchase day.
- `value` is net: a cancellation takes its value back on its own day, and is no purchase.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir

from funnel_utils.errors import LogError, SpecError
from funnel_utils.events.clock import moment
from funnel_utils.events.where import Where, holds
from funnel_utils.retention.days import local_day

if TYPE_CHECKING:
    from funnel_utils.events import EventLog


@dataclass(frozen=True, init=False)
class Purchases:
    """Which events are purchases, and what they are worth.

    Parameters
    ----------
    purchase : str or iterable of str
        Events that are purchases.
    value : str, optional
        The property with the money of purchases and cancellations; `None`: money is not asked for.
    cancel : str or iterable of str
        Events that take the value of a purchase back.
    where : condition, optional
        Only purchases and cancellations for which it holds.

    Raises
    ------
    SpecError
        If no event is named, or one is named as both.

    Examples
    --------
    >>> Purchases(("purchase", "store_purchase"), cancel="cancel_order").purchase
    ('purchase', 'store_purchase')
    """

    purchase: tuple[str, ...] = ("purchase",)
    value: str | None = "value"
    cancel: tuple[str, ...] = ()
    where: Where | None = None

    def __init__(
        self,
        purchase: str | Iterable[str] = "purchase",
        *,
        value: str | None = "value",
        cancel: str | Iterable[str] = (),
        where: Where | None = None,
    ) -> None:
        for name, found in (
            ("purchase", event_names(purchase, "purchase")),
            ("value", value),
            ("cancel", event_names(cancel, "cancel")),
            ("where", where),
        ):
            object.__setattr__(self, name, found)
        if not self.purchase:
            raise SpecError("purchase names no event: say which events are purchases.")
        both = sorted(set(self.purchase) & set(self.cancel))
        if both:
            raise SpecError(f"{', '.join(both)} cannot be a purchase and a cancellation.")


def event_names(given: str | Iterable[str], field: str) -> tuple[str, ...]:
    """One or more names of events as a tuple, sorted where they came as a collection.

    Raises
    ------
    SpecError
        If one is no name.
    """
    found: tuple[Any, ...] = (given,) if isinstance(given, str) else tuple(given)
    if not all(isinstance(name, str) and name for name in found):
        raise SpecError(f"{field}={given!r}: give one or more names of events.")
    return tuple(dict.fromkeys(sorted(found)))


def customer_days(log: EventLog, purchases: Purchases) -> ir.Table:
    """One row for each customer and local day with a purchase or a cancellation.

    Returns
    -------
    ibis.Table
        `user`, `day` (int64, see `days.local_day`), `orders` (purchase events), `value` (net; 0 without money),
        `priced` (purchase events that had a value).

    Raises
    ------
    LogError
        If the log lacks the value column or mixes currencies.
    """
    rows = purchase_rows(log, purchases)
    # Half as wide a key makes the large grouping a little cheaper.
    rows = rows.mutate(day=local_day(log, rows["timestamp"].epoch_seconds()).cast("int32"))
    bought = rows["event"].isin(purchases.purchase) if purchases.cancel else None
    amount = _amount(log, rows, purchases.value)
    if bought is None:
        sums = {"orders": rows.count(), "value": amount.sum(), "priced": amount.count()}
    else:
        sums = {
            "orders": rows.count(where=bought),
            "value": bought.ifelse(amount, -amount).sum(),
            "priced": amount.count(where=bought),
        }
    made = rows.group_by(["user", "day"]).agg(**sums)
    return made.mutate(day=made["day"].cast("int64"), value=made["value"].cast("float64").fill_null(0.0))


def customers(log: EventLog, purchases: Purchases) -> ir.Table:
    """One row for each customer: a person with at least one purchase.

    Returns
    -------
    ibis.Table
        `user`; `first_day`, `last_day` (int64 local days of purchases); `days` (distinct purchase days); `orders`
        (purchase events); `value` (net of cancellations); `first_day_value` (value of the first purchase day);
        `priced` (orders that had a value). It stays in the log's engine and is computed when it is asked for.

    Raises
    ------
    LogError
        As `customer_days`.

    Examples
    --------
    >>> from funnel_utils import EventLog
    >>> log = EventLog.from_story({"ana": [("purchase@0", {"value": 30.0}), ("purchase@9d", {"value": 12.0})]})
    >>> customers(log, Purchases()).select("first_day", "last_day", "days", "value").to_pandas()
       first_day  last_day  days  value
    0      20454     20463     2   42.0
    """
    rows: Any = customer_days(log, purchases)
    bought = rows["orders"] > 0 if purchases.cancel else None
    made = rows.group_by("user").agg(
        first_day=rows["day"].min(where=bought),
        last_day=rows["day"].max(where=bought),
        days=rows.count(where=bought),
        orders=rows["orders"].sum(),
        value=rows["value"].sum(),
        first_day_value=_at_first_day(rows, bought),
        priced=rows["priced"].sum(),
    )
    return made.filter(made["orders"] > 0) if purchases.cancel else made


def _at_first_day(rows: Any, bought: Any) -> Any:
    """The value of the first purchase day; which of the ways an engine has does not matter, days are distinct."""
    import ibis.expr.operations as ops

    engine = rows.get_backend()
    if engine.name == "duckdb":
        from funnel_utils.events.duckdb_functions import arg_min

        return arg_min(rows["value"], rows["day"], where=bought)
    if engine.has_operation(ops.ArgMin):
        return rows["value"].argmin(rows["day"], where=bought)
    return rows["value"].first(order_by=rows["day"], where=bought)


def purchase_rows(log: EventLog, purchases: Purchases) -> Any:
    """The rows of purchases and cancellations, up to the end of observation."""
    table: Any = log.table
    rows = table.filter(table["event"].isin([*purchases.purchase, *purchases.cancel]))
    if log.given_observed_until is not None:
        rows = rows.filter(rows["timestamp"] <= moment(log.observed_until))
    return rows if purchases.where is None else rows.filter(holds(rows, purchases.where))


def _amount(log: EventLog, rows: Any, value: str | None) -> Any:
    """The money of a row: null where it has none."""
    if value is None:
        # A column of nulls: a bare null is a scalar, which cannot be summed.
        return rows["event"].nullif(rows["event"]).cast("float64")
    if value not in rows.columns:
        known = ", ".join(log.properties) or "none"
        raise LogError(
            f"The log has no property {value!r} (it has: {known}); map it when reading, with "
            f"columns={{{value!r}: …}}, or pass value=None where money does not matter."
        )
    if value == "value":
        _ = log.currency  # values in several currencies are refused before they are added
    column = rows[value]
    if not column.type().is_numeric():
        raise LogError(f"{value!r} is {column.type()}, no number; read it as one with types={{{value!r}: 'float64'}}.")
    if not column.type().is_floating():
        return column
    return column.isnan().ifelse(ibis.null(column.type()), column)
