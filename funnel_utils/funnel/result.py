"""What a funnel found on a log: every metric, computed when it is asked for.

A `FunnelResult` holds the specification, the log and the match table; each metric is a pure function of these in a
module of its own, and comes back as a small tidy DataFrame with numerator, denominator, rate and interval in every row.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import ibis
import ibis.expr.types as ir
import pandas as pd

from funnel_utils.durations import Duration
from funnel_utils.errors import LogError, SpecError
from funnel_utils.funnel import conversion, counts
from funnel_utils.funnel.spec import Funnel

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from funnel_utils.events import EventLog
    from funnel_utils.funnel.match import Match
    from funnel_utils.funnel.segment import Segment
    from funnel_utils.funnel.whatif import WhatIf

Carry = tuple[tuple[str, int], ...]


@dataclass(frozen=True, eq=False, repr=False)
class FunnelResult:
    """A funnel's answer on one log.

    Parameters
    ----------
    funnel : Funnel
    log : EventLog
    match : Match
        The match table, where it lives, and how it came about.
    pull : bool
        Whether matching may bring step events here from another engine.

    Examples
    --------
    >>> from funnel_utils import EventLog, Funnel
    >>> log = EventLog.from_story({"ana": ["visit@0", "pay@2h"], "ben": ["visit@1h"], "cyd": ["visit@9d"]})
    >>> found = Funnel(["visit", "pay"], window="7d").run(log)
    >>> found.steps[["label", "units", "rate"]].round(3)
       label  units   rate
    0  visit      3  1.000
    1    pay      1  0.333
    >>> found.conversion[["basis", "converted", "entered", "rate"]].round(3)
                    basis  converted  entered   rate
    0              mature          1        2  0.500
    1                 all          1        3  0.333
    2  share of all units          1        3  0.333
    >>> found.members(2, lost=True)
    Segment of 2 units: lost before step 2 (pay)
    """

    funnel: Funnel
    log: EventLog
    match: Match
    pull: bool = False
    _matches: dict[Carry, Match] = field(default_factory=dict, repr=False, compare=False)
    _held: dict[str, FunnelResult] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, funnel: Funnel, log: EventLog, carry: Sequence[str] = (), pull: bool = False) -> FunnelResult:
        """Match `funnel` on `log`; `carry` names properties that breakdowns will ask for."""
        from funnel_utils.funnel.match import match

        wanted = [(name, k) for name in carry for k in range(1, len(funnel.steps) + 1)]
        wanted += _standing(funnel, log)
        return cls(funnel, log, match(log, funnel, carry=tuple(dict.fromkeys(wanted)), pull=pull), pull)

    @property
    def table(self) -> ir.Table:
        """The match table, with the column `person` where the unit is not the user."""
        return self.carrying()

    @property
    def how(self) -> str:
        """How the events were matched, and where."""
        return self.match.how

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to know before these numbers are believed."""
        return self.match.warnings + ((self._money_problem,) if self._money_problem else ())

    @cached_property
    def _money_problem(self) -> str:
        """Why values cannot be added; empty where they can."""
        try:
            _ = self.log.currency
        except LogError as error:
            return str(error)
        return ""

    def carrying(self, *wanted: tuple[str, int]) -> ir.Table:
        """The match table with the columns `property@step` asked for; matched again where they are not there yet."""
        from funnel_utils.funnel.match import match

        carry = tuple(dict.fromkeys([*wanted, *_standing(self.funnel, self.log)]))
        if all(f"{name}@{step}" in self.match.table.columns for name, step in carry):
            return self._with_person(self.match.table)
        if carry not in self._matches:
            self._matches[carry] = match(self.log, self.funnel, carry=carry, pull=self.pull)
        return self._with_person(self._matches[carry].table)

    def _with_person(self, table: ir.Table) -> ir.Table:
        if self.funnel.unit == "user":
            return table
        seen = [table[name] for name in table.columns if name.startswith("user@")]
        return table.mutate(person=ibis.coalesce(*seen) if len(seen) > 1 else seen[0])

    @cached_property
    def steps(self) -> pd.DataFrame:
        """One row a step: units, in-process and overall rates, units lost and value at stake, the weakest step."""
        # Counts stand whatever the money is; where values cannot be added, the warnings say why none is at stake.
        value = float("nan") if self._money_problem else self.mean_value
        return conversion.steps(self.table, self.funnel, self._cluster, value)

    @cached_property
    def conversion(self) -> pd.DataFrame:
        """The headline rate over mature units, over all units (provisional), and as a share of all units in the log."""
        units = counts.units_in_log(self.log, self.funnel)
        return conversion.conversion(self.table, self.funnel, self._cluster, units)

    @property
    def weakest(self) -> int | None:
        """The step with the lowest in-process rate of those at least 30 units could go on to, or None."""
        return conversion.weakest(self.steps)

    @property
    def verdict(self) -> str:
        """What the funnel says, in plain words."""
        return conversion.verdict(self.steps, self.conversion)

    @cached_property
    def mean_value(self) -> float:
        """Mean value of a conversion, NaN when the log has no `value` or no conversion has one.

        Raises
        ------
        LogError
            If the values come in several currencies and the log was read without rates.
        """
        column = f"value@{len(self.funnel.steps)}"
        if column not in self.match.table.columns:
            return float("nan")
        if self._money_problem:
            raise LogError(self._money_problem)
        return conversion.mean_value(self.match.table, self.funnel, column)[1]

    def sources(self, by: str = "channel", top: int = 10) -> pd.DataFrame:
        """Units, conversion and value by entry source (the value of `by` on the entry event); see `sources.sources`."""
        from funnel_utils.funnel import sources

        steps = range(1, 2 if self.funnel.closed else len(self.funnel.steps) + 1)
        table = self.carrying(*((by, k) for k in steps))
        _ = self.mean_value  # refuses mixed currencies
        return sources.sources(table, self.funnel, by, top, self._cluster)

    def time_in_stage(self) -> pd.DataFrame:
        """How long each stage takes, by Kaplan-Meier (seconds); see `timing.time_in_stage`."""
        from funnel_utils.funnel import timing

        repeated = self._cluster is not None
        return timing.time_in_stage(self.table, self.funnel, self.log.observed_until, repeated=repeated)

    def survival(self, step: int) -> pd.DataFrame:
        """The share still at `step` by the time since it (seconds); see `timing.survival`.

        Raises
        ------
        SpecError
            If `step` is the last, optional, or no step: nothing follows it.
        """
        from funnel_utils.funnel import timing

        following = dict(timing.transitions(self.funnel)).get(step)
        if following is None:
            known = ", ".join(str(k) for k, _ in timing.transitions(self.funnel)) or "none"
            raise SpecError(f"survival(step={step!r}): a required step with one after it is needed; here {known}.")
        return timing.survival(self.table, self.funnel, self.log.observed_until, step, following)

    def exits(self, within: Duration = "1d", top: int = 10) -> pd.DataFrame:
        """What units whose attempt ended did next, by the step where it ended; see `exits.exits`.

        Without a window an attempt can go on until the log ends, so that hardly anything counts as an exit.
        """
        from funnel_utils.funnel import exits

        return exits.exits(self.table, self.funnel, self.log, within, top, self._cluster)

    def content(
        self, by: str = "content", *, impression: str | Iterable[str], engaged: str | Iterable[str], top: int = 20
    ) -> pd.DataFrame:
        """Engagement and conversion by content piece; see `content.content`."""
        from funnel_utils.funnel import content

        return content.content(self.table, self.funnel, self.log, by, impression, engaged, top)

    def close_rate(
        self, won: str | Iterable[str], lost: str | Iterable[str], opened: str | Iterable[str] | None = None
    ) -> pd.DataFrame:
        """Won out of decided opportunities, with the funnel's unit as the opportunity; see `close.close_rate`."""
        from funnel_utils.funnel.close import close_rate

        return close_rate(self.log, won, lost, opened, by=self.funnel.unit)

    def breakdown(self, by: str, attribution: str | int = "first", top: int = 10) -> pd.DataFrame:
        """The step table by value of a property; see `breakdown.breakdown`.

        `attribution` is `"first"` (the event of entry), `"last"` (the last matched event that has a value), a step
        number, or `"all"` (the attempt's events must share the value: the funnel is matched again, holding it).
        """
        from funnel_utils.funnel.breakdown import breakdown

        held = self._attributed(by, attribution)
        return breakdown(held[0], held[1], by, attribution, top, self._cluster)

    def compare(
        self,
        by: str | None = None,
        reference: str = "rest",
        *,
        attribution: str | int = "first",
        alpha: float = 0.05,
        top: int = 10,
        compare: Literal["segments", "previous_period"] = "segments",
        period: Duration = "30d",
    ) -> pd.DataFrame:
        """Each segment's conversion against a named reference, corrected for their number; see `comparison.compare`.

        With `compare="previous_period"` the whole funnel is compared with itself, a period earlier; see
        `compare_previous`.
        """
        from funnel_utils.funnel.comparison import compare as compare_segments

        if compare == "previous_period" and by is None:
            return self.compare_previous(period, alpha=alpha)
        if compare != "segments" or by is None:
            raise SpecError(
                f"compare(by={by!r}, compare={compare!r}): name a property to compare segments, or pass "
                'compare="previous_period" alone.'
            )
        table, funnel = self._attributed(by, attribution)
        return compare_segments(table, funnel, by, reference, attribution, top, alpha, self._cluster)

    def compare_previous(self, period: Duration = "30d", *, alpha: float = 0.05) -> pd.DataFrame:
        """The latest mature period against the one before; see `trend.compare_previous`."""
        from funnel_utils.funnel import trend

        return trend.compare_previous(self.table, self.funnel, self.log, period, alpha, self._cluster)

    def trend(self, by: str = "week") -> pd.DataFrame:
        """Conversion by day, week or month of entry, the immature tail marked; see `trend.trend`."""
        from funnel_utils.funnel import trend

        return trend.trend(self.table, self.funnel, self.log, by, self._cluster)

    def drivers(
        self,
        properties: Sequence[str] | None = None,
        events: Sequence[str] | None = None,
        *,
        top: int = 10,
        alpha: float = 0.05,
    ) -> pd.DataFrame:
        """What goes along with converting: odds ratios by property value and event; see `drivers.drivers`.

        By default every descriptive property, and the most frequent events that are no step. Correlation, not cause.
        """
        from funnel_utils.funnel import drivers

        names = drivers.default_properties(self.log, self.funnel) if properties is None else tuple(properties)
        drivers.check_properties(self.log, names)
        entries = range(1, 2 if self.funnel.closed else len(self.funnel.steps) + 1)
        table = self.carrying(*((name, k) for name in names for k in entries))
        rows = drivers.population(table, self.funnel, self._cluster)
        return drivers.drivers(rows, self.funnel, self.log, names, events, top, alpha)

    def members(self, step: int, *, lost: bool = False) -> Segment:
        """The units at a step, or lost before it, as a segment; see `segment.members`."""
        from funnel_utils.funnel.segment import members

        return members(self.match, self.funnel, step, lost=lost)

    def explain(self, unit: Any) -> Any:
        """Which of a unit's events matched, and why its chain stopped there; see `explain.explain`."""
        from funnel_utils.funnel.explain import explain

        return explain(self.log, self.funnel, unit)

    def what_if(self, *, value: float | None = None) -> WhatIf:
        """A model with this funnel's step rates, to try changes on (`value`: money per conversion); see `whatif`."""
        from funnel_utils.funnel.whatif import WhatIf

        return WhatIf.from_result(self, value=value)

    def to_frame(self) -> pd.DataFrame:
        """The step table, as a copy of your own."""
        return self.steps.copy()

    def to_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write the step table as CSV, formulas defused; see `export.to_csv`, which takes any result table."""
        from funnel_utils.export import to_csv

        return to_csv(self.steps, path)

    def to_parquet(self, path: str | os.PathLike[str]) -> Path:
        """Write the step table as Parquet; see `export.to_parquet`, which takes any result table."""
        from funnel_utils.export import to_parquet

        return to_parquet(self.steps, path)

    def plot(self, kind: str = "funnel", **options: Any) -> Figure:
        """Draw it: `"funnel"`, `"time"`, `"sources"`, `"trend"` or `"exits"`; `options` go to the method of that name.

        Raises
        ------
        SpecError
            For another kind.
        """
        from funnel_utils import charts

        if kind == "funnel":
            return charts.funnel_chart(self)
        if kind == "time":
            return charts.time_chart(self)
        if kind == "sources":
            return charts.sources_chart(self.sources(**options), unit=self.funnel.unit)
        if kind == "trend":
            return charts.trend_chart(self.trend(**options), unit=self.funnel.unit)
        if kind == "exits":
            return charts.exits_chart(self.exits(**options))
        raise SpecError(f"plot(kind={kind!r}) is not one of 'funnel', 'time', 'sources', 'trend', 'exits'.")

    def _repr_html_(self) -> str:
        from funnel_utils.funnel.view import html

        return html(self)

    def __repr__(self) -> str:
        return f"FunnelResult of {self.funnel!r}: {self.verdict}"

    def _attributed(self, by: str, attribution: str | int) -> tuple[ir.Table, Funnel]:
        """The match table, and the funnel it is of, that a breakdown with this attribution reads."""
        from funnel_utils.funnel.groups import carried_for

        wanted = carried_for(by, attribution, self.funnel)
        if attribution != "all" or by in self.funnel.hold:
            return self.carrying(*wanted), self.funnel
        if by not in self._held:
            held = replace_hold(self.funnel, by)
            self._held[by] = FunnelResult.of(held, self.log, pull=self.pull)
        other = self._held[by]
        return other.carrying(*wanted), other.funnel

    @property
    def _cluster(self) -> str | None:
        """The column that names the person, where match rows repeat per person."""
        if self.funnel.unit != "user":
            return "person"
        return "unit" if self.funnel.entry == "every" else None


def _standing(funnel: Funnel, log: EventLog) -> list[tuple[str, int]]:
    """What every match carries: the value of the conversion, and the person behind a unit that is not one."""
    found = [("value", len(funnel.steps))] if "value" in log.properties else []
    if funnel.unit == "user":
        return found
    entries = range(1, 2 if funnel.closed else len(funnel.steps) + 1)
    return [*found, *(("user", k) for k in entries)]


def replace_hold(funnel: Funnel, by: str) -> Funnel:
    """`funnel` with the property `by` held constant along an attempt as well.

    Raises
    ------
    SpecError
        If this kind of funnel cannot hold properties; see `Funnel.support()`.
    """
    options = {option.name: getattr(funnel, option.name) for option in fields(funnel)}
    return Funnel(**options | {"hold": (*funnel.hold, by)})
