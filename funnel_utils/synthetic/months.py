"""Three years of months of the shop Pardis before its log begins: what it spent on each channel, and what came of it.

Visits are drawn around known response curves, times the season, with a known dispersion; leads and sales are binomial,
orders have log-normal values. So a method that recovers curves, rates or the best split can be held against the truth.
The shop spent more in its high season, as shops do: who fits a curve without the season takes the season for the curve.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from funnel_utils.errors import SpecError
from funnel_utils.synthetic.draws import generator

MONTHS_FILE = "pardis_months.csv"
MILLION = 1e6

#: The season's index, January to December: the weeks before Nowruz (March) are the best, those after it the worst.
SEASON = (0.90, 1.10, 1.30, 0.80, 0.95, 1.00, 0.90, 0.95, 1.05, 1.00, 1.05, 1.00)


@dataclass(frozen=True)
class PaidChannel:
    """What is true of one channel, per month.

    Attributes
    ----------
    name : str
    top : float
        Visits that no spend exceeds in a month of season 1.
    half : float
        Spend (toman) that brings half of them.
    dispersion : float
        Variance of a month's visits over their mean.
    lead_rate, sale_rate : float
        Leads per visit; sales per lead.
    usual : float
        Spend (toman) of a usual month.
    """

    name: str
    top: float
    half: float
    dispersion: float
    lead_rate: float
    sale_rate: float
    usual: float


CHANNELS = (
    PaidChannel("paid_search", 24_000, 60 * MILLION, 40, 0.060, 0.24, 55 * MILLION),
    PaidChannel("social", 52_000, 140 * MILLION, 90, 0.035, 0.14, 110 * MILLION),
    PaidChannel("display", 60_000, 90 * MILLION, 120, 0.012, 0.08, 80 * MILLION),
    PaidChannel("affiliate", 9_000, 35 * MILLION, 20, 0.070, 0.28, 30 * MILLION),
    PaidChannel("email", 6_500, 8 * MILLION, 15, 0.090, 0.34, 9 * MILLION),
)


@dataclass(frozen=True)
class Months:
    """The months to draw.

    Parameters
    ----------
    channels : tuple of PaidChannel
    start : str
        The first month, such as `"2023-03"`.
    months : int
    swing : float
        Standard deviation of the logarithm of spend around its usual level.
    growth : float
        By how much the usual spend grows a month.
    order_value, order_spread : float
        Mean value of an order (toman), and the standard deviation of its logarithm.
    seed : int

    Examples
    --------
    >>> draw_months(Months(months=2))[["month", "channel"]].iloc[0].tolist()
    ['2023-03', 'paid_search']
    """

    channels: tuple[PaidChannel, ...] = CHANNELS
    start: str = "2023-03"
    months: int = 36
    swing: float = 0.55
    growth: float = 0.006
    order_value: float = 1.15 * MILLION
    order_spread: float = 0.6
    seed: int = 7

    def __post_init__(self) -> None:
        if self.months < 1:
            raise SpecError(f"months={self.months!r}: draw at least one.")
        if not self.channels:
            raise SpecError("channels is empty; name at least one.")


def draw_months(what: Months | None = None) -> pd.DataFrame:
    """A row per month and channel.

    Returns
    -------
    DataFrame
        `month` (text, `"2023-03"`), `channel`, `season` (index), `spend` (toman), `visits`, `leads`, `sales` (counts),
        `revenue` (toman), `currency`.
    """
    what = what or Months()
    month = pd.period_range(what.start, periods=what.months, freq="M")
    season = np.array([SEASON[m - 1] for m in month.month])
    parts = []
    for number, channel in enumerate(what.channels):
        rng = generator(what.seed, "months", number)
        usual = channel.usual * season * (1 + what.growth) ** np.arange(what.months)
        spend = np.round(usual * np.exp(rng.normal(0.0, what.swing, what.months)), -3)
        mean = season * channel.top * spend / (channel.half + spend)
        visits = rng.poisson(rng.gamma(mean / (channel.dispersion - 1), channel.dispersion - 1))
        leads = rng.binomial(visits, channel.lead_rate)
        sales = rng.binomial(leads, channel.sale_rate)
        parts.append(
            pd.DataFrame(
                {
                    "month": month.astype(str),
                    "channel": channel.name,
                    "season": season,
                    "spend": spend.astype("int64"),
                    "visits": visits,
                    "leads": leads,
                    "sales": sales,
                    "revenue": _revenue(what, sales, rng),
                    "currency": "IRT",
                }
            )
        )
    order = [channel.name for channel in what.channels]
    rows = pd.concat(parts, ignore_index=True)
    return rows.sort_values(
        ["month", "channel"], key=lambda c: c if c.name == "month" else c.map(order.index)
    ).reset_index(drop=True)


def _revenue(what: Months, sales: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The sum of log-normal order values of each month, in whole thousands."""
    centre = np.log(what.order_value) - what.order_spread**2 / 2
    values = np.exp(rng.normal(centre, what.order_spread, int(sales.sum())))
    ends = np.cumsum(sales)
    sums = np.concatenate([[0.0], np.cumsum(values)])
    return np.asarray(np.round(sums[ends] - sums[ends - sales], -3).astype("int64"))


def months_truth(what: Months | None = None) -> pd.DataFrame:
    """What the months were drawn from.

    Returns
    -------
    DataFrame
        A row per channel: `channel`, `top` (visits a month), `half` (toman), `slope` (1), `dispersion`, `lead_rate`,
        `sale_rate`, `order_value` (toman).

    Examples
    --------
    >>> months_truth().set_index("channel")["top"]["email"]
    np.float64(6500.0)
    """
    what = what or Months()
    rows = [
        {
            "channel": channel.name,
            "top": float(channel.top),
            "half": float(channel.half),
            "slope": 1.0,
            "dispersion": float(channel.dispersion),
            "lead_rate": channel.lead_rate,
            "sale_rate": channel.sale_rate,
            "order_value": float(what.order_value),
        }
        for channel in what.channels
    ]
    return pd.DataFrame(rows)


month_files: dict[str, Callable[[], pd.DataFrame]] = {MONTHS_FILE: draw_months}
"""How each file's rows are drawn, by its name."""
