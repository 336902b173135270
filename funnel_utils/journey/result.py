"""What was found of the journeys of a log: every metric, computed when it is asked for.

A `JourneyResult` holds the specification, the log and the table of steps; each metric is a pure function in a module of
its own and comes back as a small tidy DataFrame.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import ibis.expr.types as ir
import pandas as pd

from funnel_utils.errors import SpecError
from funnel_utils.events import clock
from funnel_utils.journey import channels, entry, flow, paths, step_matrix, steps, touchpoints, transitions
from funnel_utils.journey.shares import flag_rates
from funnel_utils.journey.spec import Journey
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from funnel_utils.events import EventLog
    from funnel_utils.journey.chain import Chain


@dataclass(frozen=True, eq=False, repr=False)
class JourneyResult:
    """The journeys of one log.

    Parameters
    ----------
    journey : Journey
    log : EventLog
    states : States
        The states by name, and what to know about them.

    Examples
    --------
    >>> from funnel_utils import EventLog, Journey
    >>> log = EventLog.from_story({"ana": ["visit@0", "view@1m", "pay@2h"], "ben": ["view@1h", "visit@2h"]})
    >>> found = Journey(end="pay").run(log)
    >>> found.paths()[["path", "journeys", "conversion"]]
                     path  journeys  conversion
    0        view → visit         1         0.0
    1  visit → view → pay         1         1.0
    >>> found.chain().conversion
    0.5
    """

    journey: Journey
    log: EventLog
    states: steps.States

    @classmethod
    def of(cls, journey: Journey, log: EventLog) -> JourneyResult:
        """Look at the states of `log`; what follows is computed when it is asked for."""
        steps.check_columns(log, journey)
        return cls(journey, log, steps.states(log, journey))

    @cached_property
    def table(self) -> ir.Table:
        """One row an event, with its journey, state and what follows; see `steps`. Kept in the log's engine."""
        return steps.steps(self.log, self.journey, self.states).cache()

    @cached_property
    def journeys(self) -> ir.Table:
        """One row a journey: the unit, `journey` (number within it), `began`, `ended`, `events`, `outcome` (code)."""
        return steps.journeys(self.table, self.journey).cache()

    @cached_property
    def _walk(self) -> ir.Table:
        made = steps.walk(self.table, self.journey)
        return made.cache() if self.journey.collapse else made

    @cached_property
    def _placed(self) -> ir.Table:
        return steps.placed(self._walk, self.journey).cache()

    @cached_property
    def _shapes(self) -> ir.Table:
        entry.check_order(self.journey)
        return entry.shapes(self.table, self._whole, self.journey).cache()

    @property
    def _whole(self) -> list[str]:
        """The columns that name a journey."""
        return [*steps.keys(self.journey), "journey"]

    @property
    def how(self) -> str:
        """How it was computed, and where."""
        return t("journey.how", engine=self.log.backend.name)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to know before these numbers are believed."""
        return self.states.warnings

    @cached_property
    def summary(self) -> pd.DataFrame:
        """A row an outcome: `outcome`, `journeys` of `of`, `rate`, `low`, `high`, `interval`, `mean_events`,
        `median_seconds` (from a journey's first event to its last)."""
        rows: Any = self.journeys
        flags = {t(key): rows["outcome"] == code for code, key in steps.OUTCOMES.items()}
        shares = flag_rates(rows, flags).rename(columns={"flag": "outcome", "count": "journeys"})
        ticks = clock.ticks_per_second(rows)
        seconds = clock.elapsed(rows["ended"], rows["began"], ticks) / float(ticks)
        sums = rows.group_by("outcome").agg(mean_events=rows["events"].mean(), median_seconds=seconds.median())
        lengths = sums.to_pandas()
        lengths["outcome"] = [t(steps.OUTCOMES[int(code)]) for code in lengths["outcome"]]
        return shares.merge(lengths, on="outcome", how="left")

    def paths(self, top: int = 10, longest: int = 12) -> pd.DataFrame:
        """The most frequent sequences of states; see `paths.paths`."""
        return paths.paths(self._placed, self._whole, self.states, top, longest)

    def lengths(self) -> pd.DataFrame:
        """How many journeys have how many events; see `paths.lengths`."""
        return paths.lengths(self.journeys)

    def transitions(self) -> pd.DataFrame:
        """How often one state follows another, with intervals; see `transitions.transitions`."""
        return transitions.transitions(self._walk, self.states)

    @cached_property
    def _counts(self) -> pd.DataFrame:
        # One number a pair asks for little: where nothing else was asked yet, the steps need not be kept for it.
        lean = None if "table" in self.__dict__ else steps.moves(self.log, self.journey, self.states)
        return transitions.counts(self._walk if lean is None else lean)

    def matrix(self, values: Literal["count", "rate"] = "count") -> pd.DataFrame:
        """The transition matrix: sources down, targets across.

        Raises
        ------
        SpecError
            If `values` is neither `"count"` nor `"rate"`.
        """
        if values not in ("count", "rate"):
            raise SpecError(f"matrix(values={values!r}) is neither 'count' nor 'rate'.")
        return transitions.matrix(self._counts, self.states, values)

    def chain(self) -> Chain:
        """The absorbing Markov chain of these journeys; see `chain.Chain`."""
        from funnel_utils.journey.chain import Chain

        return Chain.of_counts(transitions.named(self._counts, self.states, "source", "target"))

    def step_matrix(self, steps: int = 10) -> pd.DataFrame:
        """Where journeys are at their first, second, … step; see `step_matrix.step_matrix`."""
        return step_matrix.step_matrix(self._placed, self._whole, self.states, steps)

    def flow(self, steps: int = 4, top: int = 6) -> pd.DataFrame:
        """The links of a flow chart through the first steps; see `flow.flow`."""
        return flow.flow(self._placed, self.states, steps, top)

    def touchpoints(self) -> pd.DataFrame:
        """Touches by state and channel; see `touchpoints.touchpoints`."""
        return touchpoints.touchpoints(self.table, self._whole, self.states, self.journey.channel)

    def entry(self) -> pd.DataFrame:
        """The stages at which journeys start; see `entry.entry`."""
        return entry.entry(self._shapes, self.journey)

    def linearity(self) -> pd.DataFrame:
        """The shares of journeys that are linear, start later, skip, return; see `entry.linearity`."""
        return entry.linearity(self._shapes)

    def skips(self) -> pd.DataFrame:
        """For each stage who visited it, passed it by, came back to it; see `entry.skips`."""
        return entry.skips(self.table, self._shapes, self._whole, self.journey)

    def channels(self) -> pd.DataFrame:
        """The shares of journeys across channels and from online to offline; see `channels.channels`."""
        return channels.channels(self.table, self.journey)

    @property
    def verdict(self) -> str:
        """What became of the journeys, in a sentence."""
        found = self.summary.set_index("outcome")
        total, still = int(found["of"].iloc[0]), int(found["journeys"][t("journey.open")])
        if not total:
            return t("journey.verdict.nobody")
        key = {0: "open_none", 1: "open_one"}.get(still, "open")
        facts: dict[str, Any] = {"journeys": f"{total:,}", "open": t(f"journey.verdict.{key}", number=f"{still:,}")}
        facts["word"] = t("journey.word.one" if total == 1 else "journey.word.many")
        won = found.loc[t("journey.converted")]
        events = (found["journeys"] * found["mean_events"].fillna(0)).sum() / total
        if not self.journey.end:
            return t("journey.verdict.no_end", events=f"{events:.1f}", **facts)
        if not won["journeys"]:
            return t("journey.verdict.none", **facts)
        shares = {name: f"{won[name]:.1%}" for name in ("rate", "low", "high")}
        facts |= {"converted": f"{int(won['journeys']):,}", "events": f"{won['mean_events']:.1f}"}
        return t("journey.verdict.rate", **facts, **shares)

    def to_frame(self) -> pd.DataFrame:
        """The summary, as a copy of your own."""
        return self.summary.copy()

    def to_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write the transitions as CSV, formulas defused; `export.to_csv` takes any of the tables."""
        from funnel_utils.export import to_csv

        return to_csv(self.transitions(), path)

    def to_parquet(self, path: str | os.PathLike[str]) -> Path:
        """Write the transitions as Parquet; `export.to_parquet` takes any of the tables."""
        from funnel_utils.export import to_parquet

        return to_parquet(self.transitions(), path)

    def plot(self, kind: str = "flow", **options: Any) -> Figure:
        """Draw it: `"flow"`, `"transitions"`, `"steps"`, `"entry"` or `"touchpoints"`; `options` go to the method.

        Raises
        ------
        SpecError
            For another kind.
        """
        from funnel_utils import charts

        if kind == "flow":
            return charts.flow_chart(self.flow(**options))
        if kind == "transitions":
            return charts.transitions_chart(self.matrix("count"), **options)
        if kind == "steps":
            return charts.step_matrix_chart(self.step_matrix(**options))
        if kind == "entry":
            return charts.entry_chart(self.entry())
        if kind == "touchpoints":
            return charts.touchpoints_chart(self.touchpoints(), **options)
        raise SpecError(f"plot(kind={kind!r}) is not one of 'flow', 'transitions', 'steps', 'entry', 'touchpoints'.")

    def _repr_html_(self) -> str:
        from funnel_utils.journey.view import frame_html

        names = ["outcome", "journeys", "of", "rate", "low", "high", "mean_events", "median_seconds"]
        shown = self.summary[names].rename(columns={name: t(f"journey.column.{name}") for name in names})
        caption = self.journey.name or repr(self.journey)
        return frame_html(self.verdict, caption, shown, self.warnings)

    def __repr__(self) -> str:
        return f"JourneyResult of {self.journey!r}: {self.verdict}"
