"""Members: the units at a step, or lost before it, as a segment to use again.

A segment lives in the engine, like the match table it came from. It shows how many it holds, never who: ids come out
only where they are asked for by name (`to_frame`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import ibis.expr.types as ir
import pandas as pd

from funnel_utils.errors import SpecError
from funnel_utils.funnel.counts import at_step, counted, previous, step_label
from funnel_utils.funnel.spec import Funnel
from funnel_utils.funnel.stream import unit_key
from funnel_utils.text import t

if TYPE_CHECKING:
    from funnel_utils.events import EventLog
    from funnel_utils.funnel.match import Match


@dataclass(frozen=True, eq=False, repr=False)
class Segment:
    """Units of a funnel.

    Parameters
    ----------
    table : ibis Table
        One column, `unit`, each unit once; in the engine of the match table.
    funnel : Funnel
        The funnel they come from, which says what a unit is.
    description : str
        Who they are, in words.
    source : Match
        The match the table reads from, kept alive with the segment.
    """

    table: ir.Table
    funnel: Funnel
    description: str
    source: Match

    @cached_property
    def _size(self) -> int:
        return int(self.table.count().to_pyarrow().as_py())

    def __len__(self) -> int:
        return self._size

    def __repr__(self) -> str:
        return t("funnel.segment", units=f"{len(self):,}", description=self.description)

    def to_frame(self) -> pd.DataFrame:
        """The ids of the units, in order: one column, `unit`."""
        found: pd.DataFrame = self.table.order_by("unit").to_pandas()
        return found

    def of(self, log: EventLog) -> EventLog:
        """`log` with the events of these units only; its end of observation stays that of the whole log.

        Parameters
        ----------
        log : EventLog
            In the engine where the segment lives.
        """
        keyed = log.table.mutate(_unit=unit_key(log.table, self.funnel))
        kept = keyed.semi_join(self.table, keyed._unit == self.table.unit).drop("_unit")
        return replace(log, table=kept)


def members(match: Match, funnel: Funnel, step: int, *, lost: bool = False) -> Segment:
    """The units at a step, or lost before it.

    Parameters
    ----------
    match : Match
    funnel : Funnel
    step : int
        From 1.
    lost : bool
        `False`: units with a counted row at the step. `True`: units at the required step before that have none.

    Raises
    ------
    SpecError
        If the funnel has no such step, or nobody can be lost before it.
    """
    if isinstance(step, bool) or not isinstance(step, int) or not 1 <= step <= len(funnel.steps):
        raise SpecError(f"members(step={step!r}): this funnel has steps 1 to {len(funnel.steps)}.")
    label = step_label(funnel, step)
    rows = counted(match.table)
    there = rows.filter(at_step(rows, funnel, step)).select("unit").distinct()
    if not lost:
        return Segment(there, funnel, t("funnel.segment.at", step=step, label=label), match)
    if step == 1 or step not in funnel.required:
        raise SpecError(f"members(step={step}, lost=True): nobody is lost before the first step or an optional one.")
    before = rows.filter(at_step(rows, funnel, previous(funnel, step))).select("unit").distinct()
    gone = before.anti_join(there, "unit")
    return Segment(gone, funnel, t("funnel.segment.lost", step=step, label=label), match)
