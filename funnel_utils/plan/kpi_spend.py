"""Acquisition spend of a period from a table by month or by date; what it does not cover is not guessed."""

from __future__ import annotations

import math

import pandas as pd

from funnel_utils.errors import SpecError
from funnel_utils.plan.ratios import check_currency
from funnel_utils.text import t


def spend_between(
    spend: pd.DataFrame | None, start: pd.Timestamp, end: pd.Timestamp, currency: str | None = None
) -> tuple[float, str]:
    """The spend from `start` to `end` (exclusive), or NaN and why it is not known.

    Parameters
    ----------
    spend : DataFrame or None
        `spend` (money) and either `month` (such as `"2026-08"`) or `date`; `currency` if there is one.
    start, end : Timestamp
        Days.
    currency : str, optional
        Of the log's money.

    Raises
    ------
    SpecError
        If a column is missing or holds what it cannot, or the currencies differ.

    Examples
    --------
    >>> table = pd.DataFrame({"month": ["2026-07", "2026-08", "2026-08"], "spend": [5, 3, 4]})
    >>> spend_between(table, pd.Timestamp("2026-08-01"), pd.Timestamp("2026-09-01"))
    (7.0, '')
    >>> spend_between(table, pd.Timestamp("2026-09-01"), pd.Timestamp("2026-10-01"))
    (nan, 'the spend table has no row for 2026-09')
    """
    if spend is None:
        return math.nan, t("kpis.lack.spend")
    money = _checked(spend)
    if "currency" in spend.columns:
        check_currency(currency, *map(str, spend["currency"].dropna().unique()))
    if "month" not in spend.columns:
        return _by_date(pd.to_datetime(spend["date"], errors="coerce"), money, start, end)
    try:
        months = pd.PeriodIndex(spend["month"].astype(str), freq="M")
    except ValueError as error:
        raise SpecError(f"spend: the column month cannot be read ({error}); write months as 2026-08.") from None
    if start.day != 1 or end.day != 1:
        return math.nan, t("kpis.lack.whole_months")
    wanted = pd.period_range(start, end - pd.Timedelta(days=1), freq="M")
    without = [month for month in wanted if month not in set(months)]
    if without:
        return math.nan, t("kpis.lack.month", month=", ".join(map(str, without)))
    return float(money[months.isin(wanted)].sum()), ""


def _by_date(
    dates: pd.Series[pd.Timestamp], money: pd.Series[float], start: pd.Timestamp, end: pd.Timestamp
) -> tuple[float, str]:
    if dates.isna().any():
        raise SpecError(f"spend: {int(dates.isna().sum())} rows have no readable date; write dates as 2026-08-31.")
    if dates.empty or dates.min() > start or dates.max() < end - pd.Timedelta(days=1):
        return math.nan, t("kpis.lack.dates")
    return float(money[(dates >= start) & (dates < end)].sum()), ""


def _checked(spend: pd.DataFrame) -> pd.Series[float]:
    """The money as numbers, or an error that names the flaw."""
    there = ", ".join(map(str, spend.columns)) or "none"
    if "spend" not in spend.columns or not {"month", "date"} & set(spend.columns):
        raise SpecError(f"The spend table needs the columns spend and month (or date); it has {there}.")
    money = pd.to_numeric(spend["spend"], errors="coerce").astype("float64")
    wrong = money.isna() | (money < 0)
    if wrong.any():
        raise SpecError(
            f"spend: {int(wrong.sum())} rows hold no sum of money, the first {spend['spend'][wrong].iloc[0]!r}; "
            "give 0 or more."
        )
    return money
