"""How customers moved between segments from one date to another, measured by the same limits at both."""

from __future__ import annotations

import copy
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from funnel_utils import stats
from funnel_utils.errors import SpecError
from funnel_utils.retention.rfm import Cuts, Rfm
from funnel_utils.retention.rfm_result import RfmResult
from funnel_utils.retention.rfm_segments import in_order
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from funnel_utils.events import EventLog


@dataclass(frozen=True, eq=False, repr=False)
class Migration:
    """How customers moved between segments from one date to another, by the same limits.

    Attributes
    ----------
    earlier, later : RfmResult
    table : DataFrame
        `source`, `target`, `customers` of `of` (all of the source), `rate`, `low`, `high` (Wilson), `interval`.
        Customers won in between come from "(not yet won)".
    """

    earlier: RfmResult
    later: RfmResult
    table: pd.DataFrame

    @property
    def matrix(self) -> pd.DataFrame:
        """Shares of each source that went to each target: sources down, targets across."""
        order = self._order
        made = self.table.pivot(index="source", columns="target", values="rate").fillna(0.0)
        return made.reindex(index=[name for name in order if name in made.index]).reindex(
            columns=[name for name in order if name in made.columns]
        )

    @property
    def _order(self) -> list[str]:
        return [*in_order(self.earlier.rfm.segments), t("rfm.not_yet"), t("rfm.not_in_window")]

    @property
    def verdict(self) -> str:
        """How many stayed in their segment, in a sentence."""
        before = self.table[self.table["source"] != t("rfm.not_yet")]
        stayed = int(before.loc[before["source"] == before["target"], "customers"].sum())
        total = int(before["customers"].sum())
        low, high = stats.wilson(stayed, total)
        return t(
            "rfm.verdict.migration",
            stayed=f"{stayed:,}",
            total=f"{total:,}",
            rate=f"{stayed / total:.1%}",
            low=f"{low[0]:.1%}",
            high=f"{high[0]:.1%}",
            earlier=f"{self.earlier.as_of:%Y-%m-%d}",
            later=f"{self.later.as_of:%Y-%m-%d}",
            new=f"{int(self.table['customers'].sum()) - total:,}",
        )

    def to_frame(self) -> pd.DataFrame:
        """The table, as a copy of your own."""
        return self.table.copy()

    def to_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write the table as CSV, formulas defused."""
        from funnel_utils.export import to_csv

        return to_csv(self.table, path)

    def plot(self) -> Figure:
        """Draw the matrix."""
        from funnel_utils import charts

        return charts.migration_chart(self)

    def _repr_html_(self) -> str:
        from funnel_utils.retention.view import html

        shown = self.matrix.reset_index()
        return html(self.verdict, t("rfm.migration_caption"), shown)

    def __repr__(self) -> str:
        return f"Migration: {self.verdict}"


def migration(log: EventLog, rfm: Rfm, earlier: Any, later: Any = None) -> Migration:
    """How customers moved between segments from `earlier` to `later`.

    Both dates are scored by the same limits: those of `rfm.cuts`, or else those that the earlier date's relative scores
    come to. Relative scores at both dates would move customers who did nothing, because others did something.

    Parameters
    ----------
    log : EventLog
    rfm : Rfm
        With `window=` frequency and money can fall as well as rise; over all time they only rise.
    earlier, later : time
        As `Rfm.run` takes them; `later` is the end of the log by default.

    Returns
    -------
    Migration

    Raises
    ------
    SpecError
        If `earlier` is not before `later`.
    """
    before = rfm.run(log, earlier)
    after = _by(rfm, before.cuts).run(log, later)
    if not before.as_of < after.as_of:
        raise SpecError(f"earlier={earlier!r} must lie before later={later!r}.")
    one = before.table.select(who="user", source="segment")
    both = after.table.select("user", target="segment").outer_join(one, after.table["user"] == one["who"])
    counts = both.group_by(["source", "target"]).agg(customers=both.count()).to_pandas()
    counts["source"] = counts["source"].fillna(t("rfm.not_yet"))
    counts["target"] = counts["target"].fillna(t("rfm.not_in_window"))
    return Migration(before, after, _with_rates(counts, rfm))


def _by(rfm: Rfm, cuts: Cuts) -> Rfm:
    """The same question with fixed limits."""
    made = copy.copy(rfm)
    object.__setattr__(made, "cuts", cuts)
    return made


def _with_rates(counts: pd.DataFrame, rfm: Rfm) -> pd.DataFrame:
    order = [*in_order(rfm.segments), t("rfm.not_yet"), t("rfm.not_in_window")]
    made = counts.assign(of=counts.groupby("source")["customers"].transform("sum"))
    low, high = stats.wilson(made["customers"], made["of"])
    made = made.assign(rate=made["customers"] / made["of"], low=low, high=high, interval=t("retention.wilson"))
    keys = {name: place for place, name in enumerate(order)}
    ranked = made.assign(_s=made["source"].map(keys), _t=made["target"].map(keys))
    return ranked.sort_values(["_s", "_t"], ignore_index=True).drop(columns=["_s", "_t"])
