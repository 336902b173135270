"""Customer lifetime value in plain parts: purchases to expect, times the margin of one, times a discount for waiting.

It is the discounted margin that known customers will bring in the time to come, **before** what it cost to win them.
Over a stated horizon, and beside it for ever (the *residual* value). Each part is a column, so that a number that looks
wrong can be traced to the part it comes from.

Intervals say how uncertain the **expected** values are because the models' parameters are: parameters are drawn from
their normal approximation, and everything is computed anew. What a single customer will really do varies far more.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from funnel_utils.durations import Duration, format_duration, parse_duration
from funnel_utils.errors import LogError, SpecError
from funnel_utils.export import to_csv, to_parquet
from funnel_utils.retention.customers import CustomerSummary
from funnel_utils.retention.holdout import Holdout
from funnel_utils.retention.models.bgnbd import BgNbd, MbgNbd
from funnel_utils.retention.models.estimator import compare
from funnel_utils.retention.models.gamma_gamma import GammaGamma, conditional_mean
from funnel_utils.retention.models.paretonbd import ParetoNbd
from funnel_utils.retention.models.patterns import Patterns
from funnel_utils.retention.models.purchase import PurchaseModel
from funnel_utils.retention.purchases import Purchases
from funnel_utils.retention.scoreboard import Scoreboard, best_share
from funnel_utils.retention.view import money
from funnel_utils.stats import Floats
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from funnel_utils.events import EventLog

#: Numbers that a block of customers times draws may hold.
BLOCK = 2_000_000


def three_models() -> tuple[PurchaseModel, ...]:
    """The models that are tried where none is named."""
    return (BgNbd(), MbgNbd(), ParetoNbd())


@dataclass(frozen=True)
class Clv:
    """What is asked: whose value, over which time, at which margin.

    Parameters
    ----------
    margin : float
        The share of a purchase's value that is left after goods and delivery. There is no default: a lifetime value of
        revenue is not one.
    purchase : str, iterable of str, or Purchases
        The events that are purchases.
    value : str, optional
        The property with their money.
    worth : float, optional
        Instead: what every purchase is worth, where the log has no money.
    horizon : str or timedelta
        The time to come that is looked at.
    annual_discount : float
        What waiting costs: a margin in a year counts `1 / (1 + annual_discount)`.
    unit : str or timedelta
        The unit of time of the models. It changes no value, only the parameters' scale.
    models : sequence of models
        The one with the lowest AIC is used, all are on the scoreboard.
    holdout : bool
        Whether to judge the models by the last third of the log's time first.
    draws : int
        Of parameters, for intervals; 0 for none.
    level : float
        Of the intervals.
    seed : int

    Raises
    ------
    SpecError
        If a field is not valid.

    Examples
    --------
    >>> Clv(margin=0.3, horizon="52").horizon
    Traceback (most recent call last):
        ...
    funnel_utils.errors.SpecError: horizon='52' is not a duration; write a number with its unit (s, m, h, d, w), such \
as "30m" or "7d", or pass a datetime.timedelta.
    """

    margin: float
    purchase: str | Iterable[str] | Purchases = "purchase"
    value: str | None = "value"
    worth: float | None = None
    horizon: Duration = "52w"
    annual_discount: float = 0.1
    unit: Duration = "1w"
    models: tuple[PurchaseModel, ...] = field(default_factory=three_models)
    holdout: bool = True
    draws: int = 100
    level: float = 0.95
    seed: int = 0

    def __post_init__(self) -> None:
        _number(self.margin, "margin", 0, 1)
        _number(self.annual_discount, "annual_discount", 0, math.inf)
        if self.worth is not None:
            _number(self.worth, "worth", 0, math.inf)
        for name in ("horizon", "unit"):
            object.__setattr__(self, name, parse_duration(getattr(self, name), name))
            if not getattr(self, name):
                raise SpecError(f"Clv: {name}= has no length.")
        object.__setattr__(self, "models", tuple(self.models))
        if not self.models or not all(isinstance(model, PurchaseModel) for model in self.models):
            raise SpecError("Clv: models= names one or more of BgNbd(), MbgNbd(), ParetoNbd().")
        if not isinstance(self.draws, int) or self.draws < 0 or not 0 < self.level < 1:
            raise SpecError(
                f"Clv: draws={self.draws!r} is a whole number from 0, level={self.level!r} a share below 1."
            )

    def run(self, source: EventLog | CustomerSummary, *, until: Any = None) -> ClvResult:
        """Value the customers of a log, or of a summary.

        Parameters
        ----------
        source : EventLog or CustomerSummary
            A summary has no time to hold out, so it gets no scoreboard.
        until : date, optional
            The last day of the log that is looked at.

        Raises
        ------
        LogError
            If there are no purchases, or no money and no `worth`.
        """
        if isinstance(source, CustomerSummary):
            summary = source.in_unit(self.unit)
        else:
            value = None if self.worth is not None else self.value
            summary = CustomerSummary.from_log(source, self.purchase, value=value, unit=self.unit, until=until)
        fitted = [type(model)().fit(summary) for model in self.models]
        spend = None
        if self.worth is None:
            if not np.isfinite(summary.column("mean_value")).any():
                raise LogError(
                    "Clv: no repeat purchase has a value. Name the property with value=…, or say with worth=… what a "
                    "purchase is worth."
                )
            spend = GammaGamma().fit(summary)
        board = None
        if self.holdout and not isinstance(source, CustomerSummary):
            split = Holdout.split(source, until=until, purchase=self.purchase, value=None, unit=self.unit)
            board = Scoreboard.of(split, self.models)
        best = compare(fitted)["model"].iloc[0]
        model = next(model for model in fitted if best == model.NAME)
        return ClvResult(self, summary, model, spend, tuple(fitted), board)


@dataclass(frozen=True, eq=False, repr=False)
class ClvResult:
    """What known customers are worth.

    Attributes
    ----------
    spec : Clv
    summary : CustomerSummary
    model : PurchaseModel
        The fit with the lowest AIC.
    spend : GammaGamma or None
    fits : tuple of PurchaseModel
        All that were tried; `funnel_utils.retention.compare` puts them in order.
    scoreboard : Scoreboard or None
        How the same models did on time that they had not seen.
    """

    spec: Clv
    summary: CustomerSummary
    model: PurchaseModel
    spend: GammaGamma | None
    fits: tuple[PurchaseModel, ...]
    scoreboard: Scoreboard | None

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row a customer, each part of her value a column.

        Returns
        -------
        DataFrame
            `user`, `frequency`, `age_at_last`, `age` (in `spec.unit`), `days_since_last`; `probability_alive`;
            `probability_no_purchase` and `expected_purchases` within the horizon; `expected_value` of a purchase,
            `margin` (money of one purchase), `discount` (the factor for waiting); `clv`, their product, with `low`,
            `high`; `residual` (the discounted margin for ever; NaN without a discount).
        """
        model, summary, spec = self.model, self.summary, self.spec
        known = summary.table[["user", "frequency", "age_at_last", "age", "days_since_last"]]
        purchases = model.expected_purchases(spec.horizon, summary)
        waits = model.discounted_purchases(summary, annual_discount=spec.annual_discount, horizon=spec.horizon)
        value = self._value(None if self.spend is None else self.spend.theta, summary.column("frequency"))
        residual = np.full(len(summary), np.nan)
        if spec.annual_discount > 0:
            residual = model.discounted_purchases(summary, annual_discount=spec.annual_discount)
        low, high = self._intervals[:2]
        return known.assign(
            probability_alive=model.probability_alive(summary),
            probability_no_purchase=model.probability_no_purchase(spec.horizon, summary),
            expected_purchases=purchases,
            expected_value=value,
            margin=value * spec.margin,
            discount=np.divide(waits, purchases, out=np.ones_like(waits), where=purchases > 0),
            clv=waits * value * spec.margin,
            low=low,
            high=high,
            residual=residual * value * spec.margin,
        )

    @cached_property
    def parts(self) -> pd.DataFrame:
        """The value of all customers together as a product of plain parts.

        Returns
        -------
        DataFrame
            One row: `customers`, `expected_purchases` (of all, within the horizon), `value` (of a purchase, over those
            purchases), `margin` (share), `discount` (factor), `clv` = their product with `low`, `high`, `clv_each`, and
            `residual` (for ever).
        """
        table = self.table
        purchases = float(table["expected_purchases"].sum())
        worth = float((table["expected_purchases"] * table["expected_value"]).sum())
        total = float(table["clv"].sum())
        low, high = self._intervals[2:]
        row = {
            "customers": len(table),
            "expected_purchases": purchases,
            "value": worth / purchases if purchases else math.nan,
            "margin": self.spec.margin,
            "discount": total / (worth * self.spec.margin) if worth and self.spec.margin else math.nan,
            "clv": total,
            "low": low,
            "high": high,
            "clv_each": total / len(table),
            "residual": float(table["residual"].sum(skipna=False)),
        }
        return pd.DataFrame([row])

    @cached_property
    def groups(self) -> pd.DataFrame:
        """Customers in tenths by their value, the most valuable first.

        Returns
        -------
        DataFrame
            `tenth` (1 = most valuable), `customers`, `clv`, `share` (of the value of all), `low`, `high` (sums of the
            customers' own bounds, as shares of the total: wide, as all move together).
        """
        table = self.table.sort_values("clv", ascending=False, kind="stable")
        tenth = np.floor(10 * np.arange(len(table)) / len(table)).astype(int) + 1
        found = table.groupby(tenth)[["clv", "low", "high"]].sum(min_count=1)
        total = float(table["clv"].sum())
        shares = {"share": found["clv"] / total, "low": found["low"] / total, "high": found["high"] / total}
        made = pd.DataFrame({"customers": np.bincount(tenth)[np.unique(tenth)], "clv": found["clv"], **shares})
        return made.rename_axis("tenth").reset_index()

    @cached_property
    def _intervals(self) -> tuple[Floats, Floats, float, float]:
        """Bounds of every customer's value, and of the sum of all; computed for blocks of customers at a time."""
        nothing = np.full(len(self.summary), np.nan)
        spec, models = self.spec, [self.model, *([self.spend] if self.spend is not None else [])]
        if not spec.draws or not all(np.isfinite(model.covariance_.to_numpy()).all() for model in models):
            return nothing, nothing.copy(), math.nan, math.nan
        drawn = self.model.draws(spec.draws, spec.seed)
        spent = None if self.spend is None else self.spend.draws(spec.draws, spec.seed + 1)
        rate = self.model.discount_rate(spec.annual_discount)
        x, last, age = (self.summary.column(name) for name in ("frequency", "age_at_last", "age"))
        low, high, totals = nothing, nothing.copy(), np.zeros(spec.draws)
        ends = [(1 - spec.level) / 2, (1 + spec.level) / 2]
        # Customers with like histories side by side, so that a block holds few distinct ones.
        order = np.lexsort((last, age, x))
        block = max(1, BLOCK // spec.draws)
        for start in range(0, len(order), block):
            rows = order[start : start + block]
            patterns = Patterns.of(x[rows], last[rows], age[rows])
            worth = np.empty((spec.draws, len(rows)))
            for k, theta in enumerate(drawn):
                waits = self.model.discounted(theta, rate, spec.horizon, patterns, points=8)[patterns.code]
                worth[k] = waits * spec.margin * self._value(None if spent is None else spent[k], x, rows)
            low[rows], high[rows] = np.quantile(worth, ends, axis=0)
            totals += worth.sum(axis=1)
        least, most = np.quantile(totals, ends)
        return low, high, float(least), float(most)

    def _value(self, theta: Floats | None, x: Floats, rows: Any = slice(None)) -> Floats:
        """What a purchase of each customer is worth, for given parameters of the spend."""
        if theta is None:
            return np.full(len(x[rows]), float(self.spec.worth or 0.0))
        return conditional_mean(theta, x[rows], self.summary.column("mean_value")[rows])

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to know before these values are used."""
        found = [*self.summary.warnings, *self.model.warnings]
        found += self.spend.warnings if self.spend is not None else ()
        if self.scoreboard is None:
            found.append(t("clv.warning.no_holdout"))
        else:
            row = self.scoreboard.table.set_index("model").loc[self.model.NAME]
            if row["bias_low"] > 0 or row["bias_high"] < 0:
                found.append(t("clv.warning.biased", model=self.model.NAME, bias=f"{row['bias']:+.0%}"))
        if self.summary.column("age").max() * self.summary.unit < parse_duration(self.spec.horizon, "horizon"):
            found.append(t("clv.warning.far", horizon=format_duration(parse_duration(self.spec.horizon, "horizon"))))
        return tuple(dict.fromkeys(found))

    @property
    def verdict(self) -> str:
        """What the customers are worth, in plain words."""
        row = self.parts.iloc[0]
        share = float((self.table["clv"] * best_share(self.table["clv"].to_numpy())).sum()) / row["clv"]
        words = {
            "customers": f"{row['customers']:,.0f}",
            "horizon": format_duration(parse_duration(self.spec.horizon, "horizon")),
            "clv": f"{row['clv']:,.0f}",
            "each": money(row["clv_each"]),
            "purchases": f"{row['expected_purchases']:,.0f}",
            "value": money(row["value"]),
            "margin": f"{row['margin']:.0%}",
            "discount": f"{row['discount']:.3f}",
            "model": self.model.NAME,
            "share": f"{share:.0%}",
        }
        said = [t("clv.verdict.value", **words)]
        if math.isfinite(row["low"]):
            said.append(t("clv.verdict.interval", low=f"{row['low']:,.0f}", high=f"{row['high']:,.0f}"))
        return " ".join([*said, t("clv.verdict.best", **words)])

    def to_frame(self) -> pd.DataFrame:
        """The table, as a copy of your own."""
        return self.table.copy()

    def to_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write the table as CSV, formulas defused."""
        return to_csv(self.table, path)

    def to_parquet(self, path: str | os.PathLike[str]) -> Path:
        """Write the table as Parquet."""
        return to_parquet(self.table, path)

    def plot(self) -> Figure:
        """How the value is spread over the customers."""
        from funnel_utils import charts

        return charts.clv_chart(self)

    def _repr_html_(self) -> str:
        from funnel_utils.retention.view import html

        shown = self.parts.rename(columns={name: t(f"clv.column.{name}") for name in self.parts})
        return html(self.verdict, t("clv.caption.parts"), shown, self.warnings)

    def __repr__(self) -> str:
        return f"ClvResult: {self.verdict}"


def _number(value: Any, name: str, low: float, high: float) -> None:
    fits = isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high
    if not fits or not math.isfinite(value):
        least = f"between {low:g} and {high:g}" if math.isfinite(high) else f"{low:g} or more"
        raise SpecError(f"Clv: {name}={value!r} is not a number {least}.")
