"""The KPI tree of the plan, computed from an event log and a spend table, part by part.

Every KPI that document B names for Reach, Act, Convert and Engage is a row with its definition, numerator, denominator
and interval, beside the period before. What the log does not record is a row as well, with what is missing: a number
that was not measured is not zero.

| KPI | numerator / denominator |
|---|---|
| unique visitors, visits | people with a visit; visits (sessions where the log has them) |
| value per visit | net revenue online / visits |
| followers | people whose latest follow is after their latest unfollow, at the period's end |
| lead rate, leads | visitors who enquired / visitors; people who enquired |
| time on site | seconds from first to last event / visits of two events or more (one event has no length) |
| shares | shares, comments and likes / visits |
| sales (online, offline), revenue | orders and their value, less cancellations in the period |
| profit | margin x revenue - spend |
| AOV | net revenue / net orders |
| conversion rate | visitors who bought / visitors |
| new customers, CAC, ROAS | people whose first order in the log this is; spend / these; revenue / spend |
| repeat rate | buyers of the period with two orders or more so far / buyers of the period |
| loyalty | buyers of the period before who bought again / buyers of the period before |
| LTV so far | margin of all orders up to the period's end / customers so far; observed, not predicted |
| CSAT, NPS | good answers / answers; (9 and 10 less 0 to 6) / answers |
| advocacy | customers who recommended / customers so far |

Intervals: Wilson's for shares of people; Poisson's for counts of people; for totals that repeat per person a normal one
with the sum of squares over people; for ratios of totals the delta method clustered by person. The interval of the
change joins the intervals of both periods (MOVER; for Wilson's that is Newcombe's method 10) as if different people had
made them: whoever is in both makes it wider than it need be.

References
----------
Zou, G. Y., Donner, A. (2008). Construction of confidence limits about effect measures: a general approach. Statistics
in Medicine 27, 1693-1702. Reichheld, F. F. (2003). The one number you need to grow. Harvard Business Review (NPS).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from funnel_utils.errors import SpecError
from funnel_utils.export import to_csv, to_parquet
from funnel_utils.plan.response import check_number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from funnel_utils.events import EventLog

Events = str | Iterable[str]

#: The parts of the tree and the KPIs of each.
TREE: dict[str, tuple[str, ...]] = {
    "reach": ("unique_visitors", "visits", "value_per_visit", "followers"),
    "act": ("leads", "lead_rate", "time_on_site", "shares"),
    "convert": (
        *("sales", "sales_online", "sales_offline", "revenue", "profit", "aov"),
        *("conversion_rate", "new_customers", "cac", "roas"),
    ),
    "engage": ("repeat_rate", "loyalty", "ltv", "csat", "nps", "advocacy"),
}


@dataclass(frozen=True)
class Survey:
    """A question whose answers are events.

    Parameters
    ----------
    event : str
        The event of an answer.
    score : str
        The property with the score.
    good : float
        From this score on an answer is good.
    bad : float, optional
        Up to this score it is bad; good less bad answers are then counted (NPS).
    """

    event: str
    score: str = "score"
    good: float = 4
    bad: float | None = None

    def __post_init__(self) -> None:
        check_number("good", self.good)
        if self.bad is not None and self.bad >= self.good:
            raise SpecError(f"bad={self.bad!r} must be below good={self.good!r}.")


@dataclass(frozen=True)
class KpiTree:
    """What the events of a log mean for the plan.

    Parameters
    ----------
    visit, lead, share, purchase, cancel, refer, follow, unfollow : str or sequence of str
        The events that show it; `()` for none. Visits are sessions where the log has the property `session`.
    csat, nps : Survey
    value : str
        The property with the money of purchases and cancellations.
    session : str
        The property with the number of the session within its user.
    offline : mapping
        What property says that an event happened in a store, as in `EventLog.filter`.
    margin : float, optional
        Share of revenue left after the cost of what was sold; profit needs it.

    Raises
    ------
    SpecError
        Naming the field, what it holds and what is allowed.

    Examples
    --------
    >>> from funnel_utils import EventLog
    >>> log = EventLog.from_story(
    ...     {"ana": ["visit@4d", ("purchase@5d", {"value": 30.0})], "ben": ["visit@0"], "eve": ["visit@40d"]},
    ...     start="2026-02-01",
    ... )
    >>> found = KpiTree(margin=0.5).run(log)
    >>> found.value("unique_visitors"), found.value("aov"), found.value("conversion_rate")
    (2.0, 30.0, 0.5)
    >>> found.missing["followers"]
    "the log has no event 'follow'"
    """

    visit: tuple[str, ...] = ("visit",)
    lead: tuple[str, ...] = ("lead",)
    share: tuple[str, ...] = ("share", "comment", "like")
    purchase: tuple[str, ...] = ("purchase",)
    cancel: tuple[str, ...] = ()
    refer: tuple[str, ...] = ("refer",)
    follow: tuple[str, ...] = ("follow",)
    unfollow: tuple[str, ...] = ("unfollow",)
    csat: Survey = field(default_factory=lambda: Survey("csat"))
    nps: Survey = field(default_factory=lambda: Survey("nps", good=9, bad=6))
    value: str = "value"
    session: str = "session"
    offline: Mapping[str, Any] = field(default_factory=lambda: {"place": "store"})
    margin: float | None = None

    def __post_init__(self) -> None:
        for name in ("visit", "lead", "share", "purchase", "cancel", "refer", "follow", "unfollow"):
            given = getattr(self, name)
            events = (given,) if isinstance(given, str) else tuple(given)
            if not all(isinstance(event, str) and event for event in events):
                raise SpecError(f"{name}={given!r} is not allowed; give names of events.")
            object.__setattr__(self, name, events)
        both = set(self.purchase) & set(self.cancel)
        if both:
            raise SpecError(f"{min(both)!r} is both a purchase and a cancellation.")
        if self.margin is not None:
            check_number("margin", self.margin, 0.0, 1.0)

    def run(
        self,
        log: EventLog,
        spend: pd.DataFrame | None = None,
        *,
        by: str = "month",
        start: Any = None,
        end: Any = None,
    ) -> KpiResult:
        """The tree of one period, beside the period before.

        Parameters
        ----------
        log : EventLog
        spend : DataFrame, optional
            Acquisition spend: `spend` (money) by `month` (such as `"2026-08"`) or `date`, in any number of rows.
        by : {"month", "week", "day"}
            The last whole period of the log is taken, unless `start` and `end` are given.
        start, end : date, optional
            First day of the period and the day after its last, in the log's calendar; the one before is as long.

        Returns
        -------
        KpiResult

        Raises
        ------
        SpecError
            If the period is not in the log, or the spend table cannot be read.
        LogError
            If values come in several currencies and no rates were given.
        """
        from funnel_utils.plan.kpi_values import computed

        return computed(self, log, spend, by, start, end)


@dataclass(frozen=True, eq=False, repr=False)
class KpiResult:
    """The KPIs of a period.

    Attributes
    ----------
    asked : KpiTree
    table : DataFrame
        A row per KPI: `part`, `kpi`, `label`, `unit` (`"people"`, `"count"`, `"money"`, `"share"`, `"seconds"`,
        `"ratio"`, `"points"`), `numerator`, `denominator` (missing for totals), `value`, `low`, `high`, `interval`
        (its kind), `missing` (what the log lacks, or empty); `previous`, `previous_low`, `previous_high`; `change`
        (value - previous) with `change_low`, `change_high`; `relative` (change / previous, missing where that is 0 or
        below); `differs`: `"up"`, `"down"` or `"not seen"` (the interval of the change holds 0), empty where that is
        not known or, for KPIs that look back over a log of less than a year, not judged; `definition`.
    start, end, before : Timestamp
        The period (end exclusive) and the start of the one before, as days of the log's calendar.
    currency : str or None
    notes : tuple of str
        What to know about the numbers.
    """

    asked: KpiTree
    table: pd.DataFrame
    start: pd.Timestamp
    end: pd.Timestamp
    before: pd.Timestamp
    currency: str | None
    notes: tuple[str, ...] = ()

    def value(self, kpi: str) -> float:
        """The value of a KPI; NaN where it is missing."""
        return float(self._row(kpi)["value"])

    def part(self, name: str) -> pd.DataFrame:
        """The rows of one part."""
        if name not in TREE:
            raise SpecError(f"{name!r} is not a part with KPIs; there are {', '.join(TREE)}.")
        return self.table[self.table["part"] == name].reset_index(drop=True)

    @property
    def missing(self) -> dict[str, str]:
        """What is not known, and why, by KPI."""
        rows = self.table[self.table["missing"] != ""]
        return dict(zip(rows["kpi"], rows["missing"], strict=True))

    @property
    def verdict(self) -> str:
        """The period, what rose, what fell, and what is missing, in plain words."""
        from funnel_utils.plan.kpi_words import say_kpis

        return say_kpis(self)

    def plot(self) -> Figure:
        """The KPIs with their change against the period before."""
        from funnel_utils.charts.kpi_tree import kpi_chart

        return kpi_chart(self)

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table."""
        return self.table.copy()

    def to_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write the table as CSV, formulas defused."""
        return to_csv(self.table, path)

    def to_parquet(self, path: str | os.PathLike[str]) -> Path:
        """Write the table as Parquet."""
        return to_parquet(self.table, path)

    def _row(self, kpi: str) -> pd.Series[Any]:
        rows = self.table[self.table["kpi"] == kpi]
        if rows.empty:
            raise SpecError(f"{kpi!r} is not a KPI of the tree; there are {', '.join(self.table['kpi'])}.")
        return rows.iloc[0]

    def _repr_html_(self) -> str:
        from html import escape

        shown = self.table[["part", "label", "value", "low", "high", "previous", "relative", "differs", "missing"]]
        return f"<div><p>{escape(self.verdict)}</p>{shown.to_html(index=False, escape=True)}</div>"

    def __repr__(self) -> str:
        return f"KpiResult: {self.verdict}"
