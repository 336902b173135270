"""Mistakes that popular packages invite, as functions to run: what they print, beside what is true.

Each returns a table with both numbers, so that a lesson can show the size of the mistake on real customers.

- `units_mistake`: a model fitted to weeks, asked for twelve months by a function that takes a month for 30 of *whatever
  the model counts*. It then values 360 weeks as if they were one year. A quick start guide of a well-known package does
  so in its last example.
- `quartile_ties`: quartiles of purchases, when most customers have made none. The lower edges coincide, the groups
  between them vanish, and nobody can reach the best score any more: a segment "premium" stays empty without a word.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from funnel_utils.durations import format_duration
from funnel_utils.errors import SpecError
from funnel_utils.retention.customers import DAY, CustomerSummary
from funnel_utils.retention.models.gamma_gamma import GammaGamma
from funnel_utils.retention.models.purchase import PurchaseModel
from funnel_utils.text import t

MONTH = 365.25 / 12


def units_mistake(
    summary: CustomerSummary,
    model: PurchaseModel,
    spend: GammaGamma,
    *,
    months: int = 12,
    monthly_discount: float = 0.01,
    taken_for: float = 30.0,
) -> pd.DataFrame:
    """Lifetime value with the model's unit of time ignored, and with it.

    Parameters
    ----------
    summary : CustomerSummary
    model : PurchaseModel
        Fitted to the summary.
    spend : GammaGamma
    months : int
    monthly_discount : float
    taken_for : float
        How many units of the model are taken for a month: 30 if the model is believed to count days.

    Returns
    -------
    DataFrame
        Rows "as if in days" and "in its own unit": `reading`, `months`, `units` (how far the model was asked to look
        ahead, in its own units), `looks_ahead` (how long that really is), `clv` (mean per customer, of revenue),
        `times` (in multiples of the right value).
    """
    if months < 1 or not taken_for > 0:
        raise SpecError(f"units_mistake: months={months!r} and taken_for={taken_for!r} are above zero.")
    value = spend.expected_value(summary)
    rows = []
    for reading, units in ((t("clv.misread.days"), taken_for), (t("clv.misread.right"), MONTH * (DAY / summary.unit))):
        ends = [model.expected_purchases(summary.unit * (units * k), summary) for k in range(months + 1)]
        discount = (1 + monthly_discount) ** -np.arange(1, months + 1)
        worth = sum(float(((ends[k + 1] - ends[k]) * value).sum()) * discount[k] for k in range(months))
        ahead = format_duration(summary.unit * round(units * months))
        rows.append((reading, months, units * months, ahead, worth / len(summary)))
    found = pd.DataFrame(rows, columns=["reading", "months", "units", "looks_ahead", "clv"])
    return found.assign(times=found["clv"] / found["clv"].iloc[-1])


def quartile_ties(summary: CustomerSummary, column: str = "frequency") -> pd.DataFrame:
    """Quartiles of a column with many equal values, by dropping coinciding edges, beside scores that keep their scale.

    Parameters
    ----------
    summary : CustomerSummary
    column : str
        `"frequency"`, where most customers have 0.

    Returns
    -------
    DataFrame
        A row a value: `value`, `customers`, `quartile` (what is left of 1 to 4 after
        coinciding edges are dropped), `score` (1 + floor(4 x share of customers with a strictly lower value): equal
        values, equal scores, and the best can reach 4).
    """
    if column not in summary.table or not pd.api.types.is_numeric_dtype(summary.table[column]):
        raise SpecError(f"quartile_ties: {column!r} is no numeric column of the summary.")
    values = summary.column(column)
    values = values[np.isfinite(values)]
    quartile = np.asarray(pd.qcut(values, 4, labels=False, duplicates="drop"), dtype=float) + 1
    below = np.searchsorted(np.sort(values), values, side="left") / len(values)
    frame = pd.DataFrame({"value": values, "quartile": quartile, "score": 1 + np.floor(4 * below)})
    found = frame.groupby("value").agg(
        customers=("score", "size"), quartile=("quartile", "max"), score=("score", "max")
    )
    found = found.reset_index().astype({"quartile": "int64", "score": "int64"})
    return found
