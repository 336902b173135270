"""Layout: which columns the metrics of one experiment need of every unit, each asked for once.

Two metrics that measure the same thing over the same time share its column, so that what the engine computes grows with
what is measured and not with how often it is asked about.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from funnel_utils.cro.measures import Before, Column, Measure
from funnel_utils.cro.metrics import Conversion, Metric, Quantile, Ratio
from funnel_utils.cro.moments import Needs
from funnel_utils.durations import parse_duration

#: The column that counts the units of a cluster.
SIZE = "size"


@dataclass(frozen=True)
class Slot:
    """One column of the table of units.

    Attributes
    ----------
    measure : Measure
    after, within : timedelta or None
        From the first exposure; of a slot `before`, how far back.
    before : bool
        Whether it looks at the time before the exposure.
    once : bool
        Whether a unit has 0 or 1 of it, however often it happened.
    cut : float or None
        The quantile at which it is cut.
    property : bool
        Whether it is a property of the exposing event, or a column of a table as it stands.
    """

    measure: Measure
    after: timedelta | None = None
    within: timedelta | None = None
    before: bool = False
    once: bool = False
    cut: float | None = None

    @property
    def is_column(self) -> bool:
        """Whether it is there already, and nothing of the log has to be added up."""
        return isinstance(self.measure, Column)


@dataclass(frozen=True)
class Columns:
    """The columns of one metric: what is measured (`y`), over what (`x`, of a ratio), and its covariates.

    A covariate is one column, or a pair for a ratio in the time before.
    """

    y: str
    x: str | None
    covariates: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Layout:
    """The columns of all metrics.

    Attributes
    ----------
    slots : tuple of Slot
        Column `m0`, `m1`, … of the table of units.
    columns : tuple of Columns
        Those of each metric, in their order.
    clustered : bool
        Whether units come in clusters; then every metric is a ratio over the clusters.
    """

    slots: tuple[Slot, ...]
    columns: tuple[Columns, ...]
    needs: Needs
    clustered: bool

    @property
    def names(self) -> dict[str, Slot]:
        """Column to slot."""
        return {f"m{place}": slot for place, slot in enumerate(self.slots)}


def lay_out(metrics: Iterable[Metric], within: timedelta | None, clustered: bool) -> Layout:
    """The layout of `metrics`; `within` is the time that counts where a metric does not say."""
    slots: list[Slot] = []

    def place(slot: Slot) -> str:
        if slot not in slots:
            slots.append(slot)
        return f"m{slots.index(slot)}"

    columns, needs = [], Needs((SIZE,), [(SIZE, SIZE)]) if clustered else Needs()
    for metric in metrics:
        window = within if metric.within is None else parse_duration(metric.within, "within")
        after = None if metric.after is None else parse_duration(metric.after, "after")
        once = isinstance(metric, Conversion)
        y, *x = (place(Slot(part, after, window, once=once, cut=metric.cut)) for part in metric.parts)
        covariates = tuple(tuple(place(slot) for slot in _before(metric, one)) for one in metric.before)
        found = Columns(y, x[0] if x else None, covariates)
        columns.append(found)
        needs = needs | _needs(metric, found, clustered)
    return Layout(tuple(slots), tuple(columns), needs, clustered)


def _before(metric: Metric, covariate: Column | Before) -> list[Slot]:
    """The slots of a covariate: what it says itself, or all that the metric measures, in the time before."""
    if isinstance(covariate, Column):
        return [Slot(covariate)]
    within = parse_duration(covariate.within, "within")
    measures: tuple[Any, ...] = metric.parts if covariate.measure is None else (covariate.measure,)
    return [Slot(measure, within=within, before=True) for measure in measures]


def _needs(metric: Metric, columns: Columns, clustered: bool) -> Needs:
    if isinstance(metric, Quantile):
        return Needs()
    own = [columns.y, *([columns.x] if columns.x else []), *(name for pair in columns.covariates for name in pair)]
    if clustered:
        return Needs.all_of([*own, SIZE])
    if isinstance(metric, Conversion):
        return Needs(own)
    return Needs.all_of(own) if isinstance(metric, Ratio) or len(own) > 1 else Needs(own, [(columns.y, columns.y)])
