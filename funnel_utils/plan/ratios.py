"""CAC, ROI, ROAS, payback, AOV: what money brought, as ratios of sums over the same period.

| measure | definition |
|---|---|
| `cac` | the period's acquisition spend / its new customers |
| `aov` | revenue / orders |
| `roas` | revenue / spend |
| `roi` | (margin x revenue - spend) / spend |
| `payback` | CAC / gross margin of a customer per month: months until a customer has paid for his winning |

All money in one currency. A ratio without a denominator is missing, not zero.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from funnel_utils.errors import SpecError
from funnel_utils.plan.response import check_number
from funnel_utils.stats import ALPHA, poisson

Floats = NDArray[np.float64]


def ratio(numerator: ArrayLike, denominator: ArrayLike) -> Floats:
    """`numerator / denominator`, NaN where the denominator is zero.

    Unlike `stats.rate`, a negative numerator (a loss) is allowed.

    Examples
    --------
    >>> ratio([-4, 1], [8, 0])
    array([-0.5,  nan])
    """
    y, n = np.broadcast_arrays(np.asarray(numerator, np.float64), np.asarray(denominator, np.float64))
    return np.asarray(np.divide(y, n, out=np.full(n.shape, np.nan), where=n > 0), dtype=np.float64)


def unit_costs(
    spend: float,
    *,
    new_customers: float,
    orders: float,
    revenue: float,
    margin: float = 1.0,
    orders_per_month: float = math.nan,
    order_squares: float | None = None,
    alpha: float = ALPHA,
) -> pd.DataFrame:
    """The five measures of one period with their numerators, denominators and intervals.

    Parameters
    ----------
    spend : float
        Acquisition spend of the period (money).
    new_customers, orders : float
        Customers won in the period; orders of the period (counts).
    revenue : float
        Revenue of the period, net of cancellations (money).
    margin : float
        Share of revenue that is left after the cost of what was sold, 0 to 1. Without it ROI counts revenue as gain.
    orders_per_month : float
        Orders of a customer per month, for the payback.
    order_squares : float, optional
        Sum of the squared values of the orders. Without it the intervals of AOV, ROAS and ROI are missing.
    alpha : float
        1 - confidence.

    Returns
    -------
    DataFrame
        `measure`, `numerator`, `denominator`, `value`, `low`, `high`, `interval`. Spend is known exactly; intervals
        come from the counts (Poisson, exact) and from the spread of the orders' values (Poisson number of orders). The
        payback takes AOV and `orders_per_month` as known.

    Examples
    --------
    >>> found = unit_costs(50, new_customers=100, orders=120, revenue=240, margin=0.4, orders_per_month=0.25)
    >>> found[["measure", "value"]].round(3).to_dict("records")[0]
    {'measure': 'cac', 'value': 0.5}
    >>> found.set_index("measure")["value"]["payback"].round(2)
    np.float64(2.5)
    """
    for name, value in (("spend", spend), ("new_customers", new_customers), ("orders", orders), ("revenue", revenue)):
        check_number(name, value)
    check_number("margin", margin, 0.0, 1.0)
    fewest, most = (float(bound[0]) for bound in poisson(new_customers, 1, alpha))
    gain = margin * revenue
    cac, aov = (float(x) for x in (ratio(spend, new_customers), ratio(revenue, orders)))
    cac_low, cac_high = spend / most, spend / fewest if fewest > 0 else math.inf
    monthly = aov * margin * orders_per_month
    half = _half_width(order_squares, alpha)
    # Per order the number of orders varies in both, so only the values' spread counts.
    aov_half = _half_width(None if order_squares is None else max(order_squares - revenue * aov, 0.0), alpha)
    roas, roi = (float(ratio(top, spend)) for top in (revenue, gain - spend))
    roas_half, roi_half = (float(ratio(part * half, spend)) for part in (1.0, margin))
    payback = [float(ratio(x, monthly)) for x in (cac, cac_low, cac_high)]
    aov_ends, poisson_sum = _around(aov, float(ratio(aov_half, orders))), "compound Poisson"
    rows = [
        ("cac", spend, new_customers, cac, cac_low, cac_high, "Poisson"),
        ("aov", revenue, orders, aov, *aov_ends, "delta method"),
        ("roas", revenue, spend, roas, *_around(roas, roas_half), poisson_sum),
        ("roi", gain - spend, spend, roi, *_around(roi, roi_half), poisson_sum),
        ("payback", cac, monthly, *payback, "Poisson"),
    ]
    return pd.DataFrame(rows, columns=["measure", "numerator", "denominator", "value", "low", "high", "interval"])


def _half_width(squares: float | None, alpha: float) -> float:
    """Half the interval of a sum of Poisson many values, from the sum of their squares."""
    from scipy.stats import norm

    if squares is None:
        return math.nan
    check_number("order_squares", squares)
    return float(norm.isf(alpha / 2)) * math.sqrt(squares)


def _around(value: float, half: float) -> tuple[float, float]:
    return value - half, value + half


def check_currency(*currencies: str | None) -> str | None:
    """The one currency of all, `None` if none is named.

    Raises
    ------
    SpecError
        If they differ: toman and euro cannot be added or compared.

    Examples
    --------
    >>> check_currency("IRT", None, "IRT")
    'IRT'
    """
    named = list(dict.fromkeys(c for c in currencies if c is not None))
    if len(named) > 1:
        raise SpecError(f"The money is in several currencies ({', '.join(named)}); convert it to one before comparing.")
    return named[0] if named else None
