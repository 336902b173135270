"""What a customer costs, what she brings back, and when: CAC, payback, LTV:CAC, and winning against keeping.

- **CAC**: a period's acquisition spend / its new customers.
- **LTV**: the discounted margin of a new customer over a stated horizon, before what it cost to win her. Here it is the
  sum of a curve of margins by age, from the log (`margins_by_age`) or from a model.
- **LTV:CAC** compares the two, and **payback** says after how many periods the margin has brought the cost back.
- **Winning against keeping**: that winning a customer costs five (or seven, or ten) times as much as keeping one is
  quoted everywhere and measured nowhere. `winning_and_keeping` computes the multiple from a business's own numbers; it
  is often not even above one.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from funnel_utils import stats
from funnel_utils.durations import Duration, format_duration, parse_duration
from funnel_utils.errors import LogError, SpecError
from funnel_utils.export import to_csv, to_parquet
from funnel_utils.retention.customers import DAY, as_purchases, seen_until
from funnel_utils.retention.purchases import Purchases, customer_days
from funnel_utils.retention.view import money
from funnel_utils.stats.counts import critical
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from funnel_utils.events import EventLog


@dataclass(frozen=True)
class UnitEconomics:
    """One new customer: what she costs and what she brings, period by period.

    Parameters
    ----------
    spend : float
        What was spent on winning customers in some time.
    new_customers : int
        How many were won in the same time.
    margins : sequence of float
        The mean margin of a new customer in her first, second, … period, the first purchase included: the column
        `margin` of `margins_by_age`, or a plan.
    period : str or timedelta
        How long a period is.
    annual_discount : float
        A margin in a year counts `1 / (1 + annual_discount)`; each period's margin is taken to come in its middle.

    Raises
    ------
    SpecError
        If a field is not valid.

    Examples
    --------
    >>> one = UnitEconomics(spend=60_000, new_customers=1_000, margins=[35, 12, 10, 9, 8], period="30d")
    >>> one.cac, one.ltv, round(one.ltv_to_cac, 2), one.payback
    (60.0, 74.0, 1.23, 4)
    """

    spend: float
    new_customers: int
    margins: Sequence[float]
    period: Duration = "30d"
    annual_discount: float = 0.0

    def __post_init__(self) -> None:
        amount("UnitEconomics", "spend", self.spend)
        amount("UnitEconomics", "annual_discount", self.annual_discount)
        amount("UnitEconomics", "new_customers", self.new_customers)
        if not self.new_customers:
            raise SpecError("UnitEconomics: new_customers=0: without new customers there is no cost of one.")
        margins = tuple(float(value) for value in self.margins)
        if not margins or not np.isfinite(margins).all():
            raise SpecError("UnitEconomics: margins= is a list of numbers, one a period, without gaps.")
        object.__setattr__(self, "margins", margins)
        length = parse_duration(self.period, "period")
        if not length:
            raise SpecError("UnitEconomics: period= has no length.")
        object.__setattr__(self, "period", length)

    @property
    def cac(self) -> float:
        """Acquisition spend per new customer."""
        return self.spend / self.new_customers

    @property
    def ltv(self) -> float:
        """Discounted margin of a new customer over all periods given, before what it cost to win her."""
        return float(self.table["cumulative"].iloc[-1])

    @property
    def ltv_to_cac(self) -> float:
        """LTV / CAC; infinite for customers who cost nothing."""
        return self.ltv / self.cac if self.cac else math.inf

    @property
    def payback(self) -> float:
        """The number of periods after which the margin has paid for the customer; NaN if it never does in the time
        given."""
        paid = self.table["net"].to_numpy() >= 0
        return int(np.argmax(paid)) + 1 if paid.any() else math.nan

    @cached_property
    def table(self) -> pd.DataFrame:
        """The account of one customer.

        Returns
        -------
        DataFrame
            `period` (1, 2, …), `margin`, `discount` (factor), `discounted`, `cumulative` (of the discounted margins),
            `net` (after the CAC).
        """
        margins = np.asarray(self.margins)
        period = np.arange(1, len(margins) + 1)
        years = (period - 0.5) * (parse_duration(self.period, "period") / timedelta(days=365.25))
        discount = (1 + self.annual_discount) ** -years
        cumulative = np.cumsum(margins * discount)
        columns = {"discount": discount, "discounted": margins * discount, "cumulative": cumulative}
        return pd.DataFrame({"period": period, "margin": margins, **columns, "net": cumulative - self.cac})

    @property
    def horizon(self) -> timedelta:
        """How far the margins reach."""
        return parse_duration(self.period, "period") * len(self.margins)

    @property
    def interval(self) -> tuple[float, float]:
        """Bounds of the CAC (95%): how many customers a sum wins varies by chance (Poisson)."""
        low, high = stats.poisson(self.new_customers, 1)
        return self.spend / float(high[0]), self.spend / float(low[0])

    @property
    def verdict(self) -> str:
        """Whether winning customers pays, in plain words."""
        low, high = self.interval
        span = format_duration(parse_duration(self.period, "period"))
        words = {
            "cac": money(self.cac),
            "low": money(low),
            "high": money(high),
            "ltv": money(self.ltv),
            "horizon": format_duration(self.horizon),
            "ratio": f"{self.ltv_to_cac:.2f}",
        }
        said = t("economics.unit.says", **words)
        if math.isnan(self.payback):
            missing = -float(self.table["net"].iloc[-1])
            return f"{said} {t('economics.unit.never', missing=money(missing))}"
        ending = "payback_first" if self.payback <= 1 else "payback"
        return f"{said} {t(f'economics.unit.{ending}', periods=f'{self.payback:.0f}', period=span)}"

    def to_frame(self) -> pd.DataFrame:
        """The table, as a copy of your own."""
        return self.table.copy()

    def to_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write the table as CSV."""
        return to_csv(self.table, path)

    def to_parquet(self, path: str | os.PathLike[str]) -> Path:
        """Write the table as Parquet."""
        return to_parquet(self.table, path)

    def plot(self) -> Figure:
        """The account of one customer over time: when she has paid for herself."""
        from funnel_utils import charts

        return charts.payback_chart(self)

    def _repr_html_(self) -> str:
        from funnel_utils.retention.view import html

        shown = self.table.rename(columns={name: t(f"economics.column.{name}") for name in self.table})
        return html(self.verdict, t("economics.caption.unit"), shown)


def margins_by_age(
    log: EventLog,
    *,
    margin: float | str,
    purchase: str | Iterable[str] | Purchases = "purchase",
    value: str | None = "value",
    period: Duration = "30d",
    periods: int | None = None,
    until: Any = None,
) -> pd.DataFrame:
    """What customers brought in the first, second, … period after their first purchase, its day included.

    Parameters
    ----------
    log : EventLog
    margin : float or str
        The share of `value` that is margin, or the property that holds the margin of a purchase itself.
    purchase, value
        As for `CustomerSummary.from_log`.
    period : str or timedelta
        In whole days.
    periods : int, optional
        How many; by default as many as somebody was watched for entirely.
    until : date, optional
        The last day that is looked at.

    Returns
    -------
    DataFrame
        `period` (1, 2, …), `customers` (watched for all of it; the others are not counted), `margin` (mean of one of
        them) with `low`, `high` (95%, t), `total`.

    Raises
    ------
    LogError
        If nobody was watched for a whole period.
    """
    share = 1.0 if isinstance(margin, str) else float(margin)
    amount("margins_by_age", "margin", share)
    asked = as_purchases(log, purchase, margin if isinstance(margin, str) else value)
    if asked.value is None:
        raise LogError("margins_by_age: the log has no money; name its property with value=… or margin=….")
    seen, last = seen_until(log, until)
    step = parse_duration(period, "period") / DAY
    if step < 1 or step != int(step):
        raise SpecError(f"margins_by_age: period={period!r} is not a whole number of days.")
    days: Any = customer_days(seen, asked)
    firsts = days.group_by("user").agg(first=days["day"].min(where=days["orders"] > 0)).cache()
    began = firsts["first"].to_pyarrow().drop_null().to_numpy()
    whole = (last + 1 - began) // int(step)
    most = int(whole.max()) if len(whole) else 0
    if periods is not None:
        most = min(most, periods)
    if most < 1:
        raise LogError(f"margins_by_age: nobody was watched for a whole period of {period} after a first purchase.")
    joined: Any = days.inner_join(firsts, "user").filter(lambda row: row["day"] >= row["first"])
    joined = joined.mutate(period=((joined["day"] - joined["first"]) // int(step)).cast("int64"))
    watched = joined.filter(joined["first"] + (joined["period"] + 1) * int(step) <= last + 1)
    each: Any = watched.group_by(["user", "period"]).agg(money=watched["value"].sum())
    sums = each.group_by("period").agg(total=each["money"].sum(), squares=(each["money"] * each["money"]).sum())
    found = sums.to_pandas().set_index("period").reindex(range(most), fill_value=0.0)
    customers = np.array([(whole > k).sum() for k in range(most)], dtype=float)
    total, squares = share * found["total"].to_numpy(), share**2 * found["squares"].to_numpy()
    low, high = _mean_interval(customers, total, squares)
    columns = {"margin": total / customers, "low": low, "high": high, "total": total}
    return pd.DataFrame({"period": np.arange(1, most + 1), "customers": customers.astype(int), **columns})


@dataclass(frozen=True)
class WinningAndKeeping:
    """What it costs to win a customer and to keep one; see `winning_and_keeping`.

    Attributes
    ----------
    winning, keeping : float
        Money per customer.
    multiple : float
        winning / keeping, with `low`, `high`.
    additional : bool
        Whether `keeping` is per customer who stayed **because** of the spend.
    table : DataFrame
        `what`, `spend`, `customers`, `cost`, `low`, `high` (95%, Poisson).
    """

    winning: float
    keeping: float
    multiple: float
    low: float
    high: float
    additional: bool
    table: pd.DataFrame

    @property
    def verdict(self) -> str:
        """The multiple in plain words."""
        words = {name: money(getattr(self, name)) for name in ("winning", "keeping")}
        words |= {name: f"{getattr(self, name):,.2f}" for name in ("multiple", "low", "high")}
        kind = "additional" if self.additional else "average"
        return f"{t('economics.multiple.says', **words)} {t(f'economics.multiple.{kind}')}"

    def to_frame(self) -> pd.DataFrame:
        """The table, as a copy of your own."""
        return self.table.copy()

    def to_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write the table as CSV."""
        return to_csv(self.table, path)

    def _repr_html_(self) -> str:
        from funnel_utils.retention.view import html

        shown = self.table.rename(columns={name: t(f"economics.column.{name}") for name in self.table})
        return html(self.verdict, t("economics.caption.multiple"), shown)


def winning_and_keeping(
    *,
    acquisition_spend: float,
    new_customers: int,
    retention_spend: float,
    kept: int,
    kept_anyway: float | None = None,
) -> WinningAndKeeping:
    """How many times as much winning a customer costs as keeping one, from a business's own numbers.

    Parameters
    ----------
    acquisition_spend, new_customers : float, int
        Of one period.
    retention_spend : float
        Spent on existing customers in it.
    kept : int
        Existing customers who bought (or renewed) in it.
    kept_anyway : float, optional
        How many of them would have without the spend: the share of a holdout that did, times the customers. With it,
        keeping is the cost of an **additional** customer kept, which is what the comparison is about; without it the
        spend is divided by customers most of whom would have stayed anyway, and keeping looks cheaper than it is.

    Raises
    ------
    SpecError
        If a number is negative or there is nobody to divide by.

    Examples
    --------
    >>> found = winning_and_keeping(
    ...     acquisition_spend=60_000, new_customers=1_000, retention_spend=20_000, kept=2_000, kept_anyway=1_800
    ... )
    >>> found.winning, found.keeping, found.multiple
    (60.0, 100.0, 0.6)
    """
    given = {"acquisition_spend": acquisition_spend, "new_customers": new_customers, "kept": kept}
    for name, number in (given | {"retention_spend": retention_spend, "kept_anyway": kept_anyway or 0.0}).items():
        amount("winning_and_keeping", name, number)
    more = kept - (kept_anyway or 0.0)
    if not new_customers or more <= 0:
        what = "new_customers=0" if not new_customers else f"kept={kept!r} is not above kept_anyway={kept_anyway!r}"
        raise SpecError(f"winning_and_keeping: {what}, so there is no cost of one customer.")
    if not retention_spend:
        raise SpecError("winning_and_keeping: retention_spend=0: keeping costs nothing, so there is no multiple.")
    winning, keeping = acquisition_spend / new_customers, retention_spend / more
    # The number kept is a count; what would have been kept anyway is taken as known.
    error = math.sqrt(1 / new_customers + kept / more**2)
    factor = math.exp(critical(stats.ALPHA) * error)
    rows = []
    for what, spend, count, base in (
        ("winning", acquisition_spend, new_customers, 0.0),
        ("keeping", retention_spend, kept, kept_anyway or 0.0),
    ):
        low, high = (float(end[0]) - base for end in stats.poisson(count, 1))
        ends = (spend / high, spend / low if low > 0 else math.inf)
        rows.append((t(f"economics.multiple.{what}"), spend, count - base, spend / (count - base), *ends))
    table = pd.DataFrame(rows, columns=["what", "spend", "customers", "cost", "low", "high"])
    multiple = winning / keeping
    return WinningAndKeeping(
        winning, keeping, multiple, multiple / factor, multiple * factor, kept_anyway is not None, table
    )


def amount(who: str, name: str, value: Any) -> None:
    """Refuse what is no finite number of zero or more.

    Raises
    ------
    SpecError
        Naming the field and the value.
    """
    numeric = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not numeric or not math.isfinite(value) or value < 0:
        raise SpecError(f"{who}: {name}={value!r} is not a number, zero or more.")


def _mean_interval(n: Any, total: Any, squares: Any) -> tuple[Any, Any]:
    """Student's interval of a mean from sums; NaN for fewer than two."""
    from scipy.stats import t as student

    with np.errstate(divide="ignore", invalid="ignore"):
        mean = total / n
        variance = np.maximum(squares - n * mean**2, 0.0) / (n - 1)
        half = np.where(n > 1, student.ppf(0.975, np.maximum(n - 1, 1)) * np.sqrt(variance / n), np.nan)
    return mean - half, mean + half
