"""What a split of the budget brings: a frozen result of the conversion budget model, per channel and in all."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from funnel_utils.export import to_csv

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from funnel_utils.plan.budget import Budget

MEASURES = ("visits", "leads", "sales", "revenue", "profit")


@dataclass(frozen=True, eq=False)
class Outcome:
    """The expected outcome of one period.

    Attributes
    ----------
    budget : Budget
    table : DataFrame
        A row per channel and one named `total`: `channel`; `spend` (money); `visits`, `leads`, `sales` (counts);
        `revenue`, `profit` (money: margin x revenue - spend); `cac`, `aov`, `roas`, `roi`, `payback_months` (see
        `ratios`); `marginal` (what one more unit of money brings, in units of `of`; missing in the total);
        `bound` (`"minimum"`, `"maximum"`, `"fixed"` or empty).
    of : str
        The measure that was optimised, or that `marginal` is in.
    price : float
        What one more unit of `of` costs at the margin (money); NaN where every channel stands at a bound.
    note : str
        What the reader must know of the bounds; empty if nothing.
    """

    budget: Budget
    table: pd.DataFrame
    of: str
    price: float
    note: str = ""

    @property
    def spend(self) -> dict[str, float]:
        """Money per channel."""
        rows = self.channels
        return dict(zip(rows["channel"], rows["spend"].astype(float), strict=True))

    @property
    def channels(self) -> pd.DataFrame:
        """The rows of the channels, without the total."""
        return self.table.iloc[:-1]

    @property
    def total(self) -> dict[str, float]:
        """The measures of all channels together."""
        row = self.table.iloc[-1].to_dict()
        return {str(name): float(value) for name, value in row.items() if name not in ("channel", "bound", "marginal")}

    @property
    def value(self) -> float:
        """The total of the measure `of`."""
        return self.total[self.of]

    @property
    def verdict(self) -> str:
        """What the split brings, in plain words."""
        from funnel_utils.plan.words import say_outcome

        return say_outcome(self)

    def plot(self) -> Figure:
        """The channels' curves with this split on them."""
        from funnel_utils.charts.response import response_chart

        return response_chart([channel.response for channel in self.budget.channels], outcome=self)

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table."""
        return self.table.copy()

    def to_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write the table as CSV, formulas defused."""
        return to_csv(self.table, path)

    def _repr_html_(self) -> str:
        return str(self.table.to_html(index=False, escape=True))
