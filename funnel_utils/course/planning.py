"""The months of Pardis and the plan that lesson 03 builds on them, computed once and shared by its graders."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from funnel_utils.plan import Budget, Forecast, History

MARGIN = 0.4
GROWTH = 0.2
SEPTEMBER = "-09"


@cache
def months() -> pd.DataFrame:
    """The shipped months."""
    from funnel_utils.synthetic import load_plan_months

    return load_plan_months()


@cache
def sales() -> History:
    """All sales by month."""
    from funnel_utils.plan import History

    return History.of(months(), "sales")


@cache
def outlook() -> Forecast:
    """The forecast of sales up to September."""
    from funnel_utils.plan import forecast

    return forecast(sales(), until="2026-09-30")


@cache
def september() -> Budget:
    """The lesson's budget, in the season of September."""
    from funnel_utils.plan import Budget, Channel, fit_responses

    rows = months()
    sums = rows.groupby("channel")[["visits", "leads", "sales"]].sum()
    channels = []
    for name, curve in fit_responses(rows, exposure="season").items():
        visits, leads, sold = (int(x) for x in sums.loc[name].to_numpy())
        channels.append(Channel(name, curve, lead_rate=(leads, visits), sale_rate=(sold, leads)))
    season = float(rows.loc[rows["month"].str.endswith(SEPTEMBER), "season"].iloc[0])
    value = float(rows["revenue"].sum() / rows["sales"].sum())
    return Budget(channels, order_value=value, margin=MARGIN, season=season, currency="IRT")


@cache
def usual_month() -> Budget:
    """The same budget with the season forgotten."""
    return replace(september(), season=1.0)


@cache
def usual() -> dict[str, float]:
    """Money per channel in a mean month of the last year (toman)."""
    rows = months()
    last = rows[rows["month"].isin(sorted(rows["month"].unique())[-12:])]
    return {str(name): float(money) / 12 for name, money in last.groupby("channel")["spend"].sum().items()}


def total() -> float:
    """All of it (toman)."""
    return sum(usual().values())


def target() -> float:
    """A fifth more than last September."""
    table = sales().table
    return float(table.loc[table["period"] == "2025-09-01", "value"].iloc[0]) * (1 + GROWTH)


@cache
def fan() -> pd.DataFrame:
    """Budgets from 400 to 600 million toman in steps of ten, and how their Septembers may end."""
    return september().fan([x * 1e6 for x in range(400, 601, 10)]).table
