"""What a funnel found on a log: every metric, computed when it is asked for.

A `FunnelResult` holds the specification, the log and the match table; each metric is a pure function of these in a
module of its own, and comes back as a small tidy DataFrame with numerator, denominator, rate and interval in every row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import pandas as pd

from funnel_utils.funnel import conversion, counts
from funnel_utils.funnel.spec import Funnel

if TYPE_CHECKING:
    from funnel_utils.events import EventLog
    from funnel_utils.funnel.match import Match

Carry = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
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
    """

    funnel: Funnel
    log: EventLog
    match: Match
    pull: bool = False
    _matches: dict[Carry, Match] = field(default_factory=dict, repr=False, compare=False)

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
        return self.match.warnings

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
        return table.mutate(person=ibis.coalesce(*seen))

    @cached_property
    def steps(self) -> pd.DataFrame:
        """One row a step: units, in-process and overall rates, units lost and value at stake, the weakest step."""
        return conversion.steps(self.table, self.funnel, self._cluster, self.mean_value)

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
        """Mean value of a conversion, NaN when the log has no `value` or no conversion has one."""
        column = f"value@{len(self.funnel.steps)}"
        if column not in self.match.table.columns:
            return float("nan")
        return conversion.mean_value(self.match.table, self.funnel, column)[1]

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
