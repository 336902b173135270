"""A plan at work: everything that follows from its file, each part computed when it is asked for.

    load_plan("plan.yml").audit        .assessments        .outcome        .pace        .kpis        .personas

A part whose section is not in the file raises `NotPlanned`, which says what to write.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from funnel_utils.errors import LogError, SpecError
from funnel_utils.plan.audit import Audit, audit
from funnel_utils.plan.budget import Budget
from funnel_utils.plan.channel import Channel
from funnel_utils.plan.checked import load_yaml
from funnel_utils.plan.document import ChannelPart, Plan, Series, Table
from funnel_utils.plan.fit import FittedResponse, fit_responses
from funnel_utils.plan.history import History
from funnel_utils.plan.kpi_tree import TREE, KpiResult, KpiTree
from funnel_utils.plan.kpis import FEEDS
from funnel_utils.plan.outcome import Outcome
from funnel_utils.plan.pacing import Pace, pace
from funnel_utils.plan.personas import Personas, personas
from funnel_utils.plan.race import IDS, PARTS
from funnel_utils.plan.response import Response
from funnel_utils.plan.smart import Assessment, assess
from funnel_utils.text import t

if TYPE_CHECKING:
    from funnel_utils.events import EventLog
    from funnel_utils.plan.montecarlo import Fan, Simulated

#: KPIs of the tree that `FEEDS` does not name, and what they feed.
MORE_FEEDS: dict[str, tuple[str, ...]] = {
    "sales_online": ("sales",),
    "sales_offline": ("sales",),
    "loyalty": ("repeat_rate",),
    "roas": ("profit",),
}
PART_OF = {kpi: part for part, kpis in TREE.items() for kpi in kpis} | {
    "impressions": "reach",
    "purchase": "convert",
    "spend": "convert",
    "margin": "convert",
}


class NotPlanned(SpecError):
    """The plan file has no section for this."""


@dataclass(frozen=True, eq=False)
class WorkedPlan:
    """A plan, and what follows from it.

    Attributes
    ----------
    plan : Plan
    folder : Path
        Beside which the plan's files lie.
    """

    plan: Plan
    folder: Path

    @cached_property
    def audit(self) -> Audit:
        """The audit of the 25 activities."""
        if self.plan.audit is None:
            raise NotPlanned(t("plan_file.lacks.audit"))
        given = {id: getattr(self.plan.audit.scores, id) for id in IDS}
        weights = {part: getattr(self.plan.audit.weights, part) for part in PARTS}
        return audit(
            {id: one.score for id, one in given.items() if one is not None},
            weights={part: weight for part, weight in weights.items() if weight is not None},
            goals=self.goals_of_parts,
            notes={id: one.note for id, one in given.items() if one is not None and one.note},
        )

    @property
    def goals_of_parts(self) -> dict[str, int]:
        """How many goals rest on each part, by the metric they name; metrics of no part are left out."""
        parts = [PART_OF[goal.metric] for goal in self.plan.goals if goal.metric in PART_OF]
        return {part: parts.count(part) for part in PARTS if part in parts}

    def history(self, metric: str, segment: str = "all") -> History | None:
        """The history of a metric; `None` where the plan has no such series."""
        found = [one for one in self.plan.series if (one.metric, one.segment) == (metric, segment)]
        return self._history(found[0]) if found else None

    @cached_property
    def assessments(self) -> list[Assessment]:
        """Each goal, letter by letter."""
        if not self.plan.goals:
            raise NotPlanned(t("plan_file.lacks.goals"))
        made = []
        for goal in self.plan.goals:
            history = None if goal.metric is None else self.history(goal.metric, goal.segment or "all")
            own = goal if goal.segment else goal.model_copy(update={"segment": None})
            made.append(assess(own, history, tree=FEEDS | MORE_FEEDS))
        return made

    @cached_property
    def curves(self) -> dict[str, FittedResponse]:
        """The curves fitted to the budget's table, by channel."""
        table = self._budget.history
        if table is None:
            return {}
        return fit_responses(
            self._months, by=table.channel, spend=table.spend, results=table.visits, exposure=table.season
        )

    @cached_property
    def budget(self) -> Budget:
        """The conversion budget model."""
        part, business = self._budget, self.plan.business
        value, error = self._order_value
        names = list(dict.fromkeys(self._months[part.history.channel].astype(str))) if part.history else []
        listed = part.channels or [ChannelPart(name=name) for name in names]
        return Budget(
            [self._channel(one) for one in listed],
            order_value=value,
            order_value_se=error,
            margin=1.0 if business.margin is None else business.margin,
            new_share=part.new_share,
            orders_per_month=part.orders_per_month,
            season=part.season,
            currency=business.currency,
        )

    @cached_property
    def outcome(self) -> Outcome:
        """The best split of the total; without a total, the least budget that brings the goal."""
        part = self._budget
        if part.total is not None:
            return self.budget.best(part.total, of=part.of)
        if part.goal is None:
            raise NotPlanned(t("plan_file.lacks.total"))
        return self.budget.inverse(part.goal, of=part.of)

    @cached_property
    def least(self) -> Outcome | None:
        """The least budget that brings the goal; `None` without one."""
        goal = self._budget.goal
        return None if goal is None else self.budget.inverse(goal, of=self._budget.of)

    @cached_property
    def today(self) -> Outcome | None:
        """What today's split brings; `None` where it is not given."""
        now = {one.name: one.now for one in self._budget.channels if one.now is not None}
        return self.budget.forward(now, of=self._budget.of) if now else None

    @cached_property
    def scenarios(self) -> pd.DataFrame | None:
        """Budgets side by side: today's split, the plan's, and the scenarios; `None` if there is but one."""
        plans: dict[str, Any] = {} if self.today is None else {t("plan_file.scenario.today"): self.today.spend}
        plans[t("plan_file.scenario.plan")] = self.outcome.spend
        plans |= self._budget.scenarios
        return self.budget.scenarios(plans, of=self._budget.of) if len(plans) > 1 else None

    @cached_property
    def simulated(self) -> Simulated:
        """How a period under the plan's split may end."""
        return self.budget.simulate(self.outcome.spend)

    @cached_property
    def fan(self) -> Fan:
        """Budgets around the plan's, and how their periods may end."""
        middle = self.outcome.total["spend"]
        least = sum(channel.minimum for channel in self.budget.channels)
        totals = [max(least, middle * share) for share in (0.4, 0.55, 0.7, 0.85, 1.0, 1.15, 1.3, 1.5)]
        return self.budget.fan(sorted(set(totals)), of=self._budget.of)

    @cached_property
    def pace(self) -> Pace:
        """How the tracked period stands."""
        part = self.plan.track
        if part is None:
            raise NotPlanned(t("plan_file.lacks.track"))
        history = self.history(part.metric, part.segment)
        assert history is not None, "the plan was checked"
        return pace(history, part.target, start=part.start, end=part.end, weights=part.weights)

    @cached_property
    def log(self) -> EventLog:
        """The plan's event log."""
        from funnel_utils.events import EventLog

        part, business = self.plan.log, self.plan.business
        if part is None:
            raise NotPlanned(t("plan_file.lacks.log"))
        columns = {name: getattr(part, name) for name in ("user", "event", "timestamp", "source_tz")}
        given = {name: column for name, column in columns.items() if column is not None}
        place = str(self.folder / part.file)
        return EventLog.read(place, report_tz=business.report_tz, week_start=business.week_start, **given)

    @cached_property
    def kpi_tree(self) -> KpiTree:
        """What the log's events mean."""
        part = self.plan.log
        if part is None:
            raise NotPlanned(t("plan_file.lacks.log"))
        given = {name: value for name, value in part.kpis if value is not None}
        return KpiTree(margin=self.plan.business.margin, **given)

    @cached_property
    def kpis(self) -> KpiResult:
        """The KPI tree of the plan's period."""
        tree, part = self.kpi_tree, self.plan.log
        assert part is not None, "the tree is made from it"
        spend = None if part.spend is None else self._read(part.spend)
        return tree.run(self.log, spend, by=part.by, start=part.start, end=part.end)

    @cached_property
    def personas(self) -> Personas:
        """The people of the log, grouped."""
        part = self.plan.log.personas if self.plan.log else None
        if part is None:
            raise NotPlanned(t("plan_file.lacks.personas"))
        tree = self.kpi_tree
        return personas(
            self.log,
            groups=part.groups,
            purchase=tree.purchase,
            events=part.events,
            value=tree.value,
            refits=part.refits,
        )

    @property
    def _budget(self) -> Any:
        if self.plan.budget is None:
            raise NotPlanned(t("plan_file.lacks.budget"))
        return self.plan.budget

    @cached_property
    def _months(self) -> pd.DataFrame:
        table: Table = self._budget.history
        frame = self._read(table.file)
        wanted = [table.channel, table.spend, table.visits, table.season]
        for name in wanted:
            if name is not None and name not in frame.columns:
                raise SpecError(f"{table.file} has no column {name!r}; it has {', '.join(map(str, frame.columns))}.")
        return frame

    @cached_property
    def _order_value(self) -> tuple[float, float]:
        """Mean revenue of a sale and its standard error over the months; 1 and 0 where neither is known."""
        part = self._budget
        if part.order_value is not None:
            return float(part.order_value), 0.0
        table: Table | None = part.history
        if table is None or not {table.sales, table.revenue} <= set(self._months.columns):
            return 1.0, 0.0
        rows = self._months[[table.sales, table.revenue]].astype("float64")
        sales, revenue = rows[table.sales], rows[table.revenue]
        if not sales.sum() > 0:
            return 1.0, 0.0
        mean = float(revenue.sum() / sales.sum())
        # The rows are periods of channels: their spread around the common mean, as of a ratio of totals.
        squares = float(((revenue - mean * sales) ** 2).sum())
        return mean, math.sqrt(squares * len(rows) / max(len(rows) - 1, 1)) / float(sales.sum())

    def _channel(self, one: ChannelPart) -> Channel:
        curve = self.curves.get(one.name) if one.curve is None else None
        if one.curve is None and curve is None:
            raise SpecError(
                f"budget: {one.name} has no curve and is not a channel of the history, which has "
                f"{', '.join(self.curves) or 'none'}."
            )
        given = None if one.curve is None else Response(one.curve.top, one.curve.half, one.curve.slope)
        response = given if given is not None else curve
        assert response is not None, "one of the two is there"
        lead, sale = (
            self._rate(one, name, top, bottom)
            for name, top, bottom in (("lead_rate", "leads", "visits"), ("sale_rate", "sales", "leads"))
        )
        made = Channel(one.name, response, lead, sale, minimum=one.minimum, order_value=one.order_value)
        return made if one.maximum is None else replace(made, maximum=one.maximum)

    def _rate(self, one: ChannelPart, name: str, top: str, bottom: str) -> Any:
        """The rate given, else the counts of the history, else 1: that step is not modelled."""
        given = getattr(one, name)
        table: Table | None = self._budget.history
        if given is not None or table is None:
            return 1.0 if given is None else given
        columns = getattr(table, top), getattr(table, bottom)
        if not set(columns) <= set(self._months.columns):
            return 1.0
        rows = self._months[self._months[table.channel].astype(str) == one.name]
        count, total = (int(rows[column].sum()) for column in columns)
        return (count, total) if total else 1.0

    def _history(self, one: Series) -> History:
        if one.event is not None:
            return History.from_log(
                self.log,
                one.event,
                metric=one.metric,
                by=one.by,
                measure=one.measure,
                of=one.of,
                less=one.less,
                where=one.where or None,
                segment=one.segment,
            )
        assert one.file is not None, "a series has one of the two"
        money = one.kind == "money"
        return History.of(
            self._read(one.file),
            one.metric,
            by=one.by,
            period=one.period,
            value=one.value,
            of=one.of,
            squares=one.squares,
            kind=one.kind,
            segment=one.segment,
            currency=self.plan.business.currency if money else None,
            where=one.where,
        )

    def _read(self, name: str) -> pd.DataFrame:
        """A table beside the plan: Parquet or CSV."""
        place = self.folder / name
        if not place.is_file():
            raise LogError(f"{name} is not there; the plan looks for it in {self.folder or '.'}.")
        try:
            return pd.read_parquet(place) if place.suffix == ".parquet" else pd.read_csv(place)
        except (OSError, ValueError) as error:
            raise LogError(f"{name} cannot be read as a table: {error}.") from None


def load_plan(path: str | Path) -> WorkedPlan:
    """Read a plan.

    Parameters
    ----------
    path : path
        A YAML file; what it names lies beside it.

    Raises
    ------
    SpecError
        With a line for each mistake: where, which field, what it holds, what is allowed.

    Examples
    --------
    >>> from funnel_utils.synthetic import data_file
    >>> shop = load_plan(data_file("pardis_months.csv").parent / "pardis_plan.yml")
    >>> shop.plan.business.name, shop.audit.steps["id"].iloc[0]
    ('Pardis', 'E1')
    """
    place = Path(path)
    return WorkedPlan(load_yaml(place, Plan), place.parent)
