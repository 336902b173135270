"""The result of an experiment: effects with their verdicts, what was checked, and what to do."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from funnel_utils.cro import slices
from funnel_utils.cro.cells import Cells
from funnel_utils.cro.checks import SrmCheck, checked, sample_ratio
from funnel_utils.cro.decisions import Decision, decide, said
from funnel_utils.cro.effects import FEWEST_CLUSTERS, Contrast
from funnel_utils.cro.layout import Layout
from funnel_utils.cro.moments import Moments
from funnel_utils.cro.quantiles import Neighbours
from funnel_utils.cro.verdicts import Finding, judge
from funnel_utils.cro.words import number, p_value
from funnel_utils.durations import format_duration
from funnel_utils.errors import SpecError
from funnel_utils.export import to_csv, to_parquet
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from funnel_utils.cro.experiment import Experiment

#: A covariate that differs between arms with a smaller p than this may have been touched by the treatment.
LEAK = 0.001


@dataclass(frozen=True, eq=False, repr=False)
class ExperimentResult:
    """What an experiment found.

    Attributes
    ----------
    spec : Experiment
    layout : Layout
        Which column of the moments is what.
    cells : Cells
        The moments, by arm and what else was asked for.
    near : mapping
        The values around each quantile.
    by : tuple of str
        The properties by which there are segments.
    how : str
        Where it was computed.
    """

    spec: Experiment
    layout: Layout
    cells: Cells
    near: Mapping[str, Mapping[str, Neighbours]]
    by: tuple[str, ...]
    how: str

    def __post_init__(self) -> None:
        # Whatever cannot be compared is refused where it is asked for, not where it is first looked at.
        _ = self.arm_names, self.spec.shares(self.arm_names)

    @cached_property
    def arm_names(self) -> tuple[str, ...]:
        """The arms that are compared, control first."""
        from funnel_utils.cro.running import arms_of

        return arms_of(self.spec, list(self.cells.keys["arm"]))

    @cached_property
    def moments(self) -> Moments:
        """The moments of the arms, a cell each in the order of `arm_names` (with strata along a second axis)."""
        if self.spec.strata is not None:
            return slices.grid(self.cells, self.arm_names, "strata")[1]
        keys, found = self.cells.by("arm")
        places = {str(arm): place for place, arm in enumerate(keys["arm"])}
        return found.cell([places[arm] for arm in self.arm_names])

    @cached_property
    def units(self) -> np.ndarray:
        """How many units (clusters) there are in each arm."""
        n = self.moments.n
        return np.asarray(n.sum(axis=1) if n.ndim == 2 else n)

    @cached_property
    def srm(self) -> SrmCheck:
        """Whether the units were split as intended."""
        return sample_ratio(self.arm_names, self.units.tolist(), self.spec.shares(self.arm_names))

    @property
    def both_arms(self) -> int:
        """How many units were seen in two arms."""
        return self.cells.aside.get("mixed", 0)

    @cached_property
    def checks(self) -> pd.DataFrame:
        """What was checked before anything was compared: `check`, `ok`, `detail`."""
        least = FEWEST_CLUSTERS if self.layout.clustered else self.spec.least
        return checked(self.srm, self.cells.aside, least, float(self.units.min()))

    @cached_property
    def flaw(self) -> str:
        """What makes the whole experiment invalid: `srm`, `mixed`, or nothing."""
        return "mixed" if self.both_arms else "" if self.srm.ok else "srm"

    @cached_property
    def _judged(self) -> tuple[tuple[Finding, ...], dict[str, Contrast]]:
        return judge(self.spec, self.arm_names, self.moments, self.layout, self.near, self.flaw)

    @property
    def effects(self) -> tuple[Finding, ...]:
        """One record for each metric and arm."""
        return self._judged[0]

    def comparison(self, metric: str | None = None, arm: str | None = None) -> Finding:
        """The effect of one arm on one metric, by default the first of each.

        Raises
        ------
        SpecError
            If there is none of that name.
        """
        for effect in self.effects:
            if metric in (None, effect.metric) and arm in (None, effect.arm):
                return effect
        names = ", ".join(dict.fromkeys(effect.metric for effect in self.effects))
        raise SpecError(f"No metric {metric!r} of arm {arm!r}; there are {names} of {', '.join(self.arm_names[1:])}.")

    @cached_property
    def table(self) -> pd.DataFrame:
        """The effects.

        Returns
        -------
        DataFrame
            A row for each metric and arm: the fields of `Finding`, and `reason`, the verdict in words.
        """
        frame = pd.DataFrame([{f.name: getattr(one, f.name) for f in fields(one)} for one in self.effects])
        return frame.assign(reason=[said(one) for one in self.effects])

    @cached_property
    def arms(self) -> pd.DataFrame:
        """Every arm's own value.

        Returns
        -------
        DataFrame
            `metric`, `kind`, `arm`, `n`; `count` over `of` with `estimate`, `low`, `high`, `interval`.
        """
        return slices.arm_values(self)

    @cached_property
    def decisions(self) -> tuple[Decision, ...]:
        """What to do with each arm."""
        return tuple(decide(arm, [e for e in self.effects if e.arm == arm], self.flaw) for arm in self.arm_names[1:])

    @property
    def decision(self) -> pd.DataFrame:
        """What to do with each arm: `arm`, `decision` ("ship", "do not ship", "not yet", "keep control", "no decision",
        "invalid"), `reason`."""
        rows = [(one.arm, one.decision, one.reason) for one in self.decisions]
        return pd.DataFrame(rows, columns=["arm", "decision", "reason"])

    @property
    def verdict(self) -> str:
        """What the experiment says, in plain words."""
        if self.flaw:
            return t("experiment.invalid_verdict", flaw=t(f"experiment.flaw.{self.flaw}"))
        parts = []
        for one in self.decisions:
            words = {"arm": one.arm, "control": self.arm_names[0], "decision": one.decision, "why": one.reason}
            parts.append(t("experiment.verdict", **words))
        first = next((effect for effect in self.effects if effect.role == "primary"), self.effects[0])
        if len(self.decisions) == 1:
            parts.append(f"{first.metric}: {said(first)}.")
        return " ".join(parts)

    @cached_property
    def covariates(self) -> pd.DataFrame:
        """What CUPED did.

        Returns
        -------
        DataFrame
            A row for each metric, arm and covariate: `metric`, `arm`, `covariate`, `theta` (its weight; missing where
            it was left out because it does not vary), `reduction` (share of the variance that all covariates of the
            metric took away), `balance_p` (that the arms do not differ in it), `plain_difference`,
            `plain_low`, `plain_high`.
        """
        return slices.covariate_rows(self, self._judged[1])

    @cached_property
    def clusters(self) -> pd.DataFrame:
        """How alike the units of a cluster are.

        Returns
        -------
        DataFrame
            A row for each conversion and mean: `metric`, `clusters`, `units`, `icc` (intraclass correlation),
            `mean_size`, `design_effect` (how many times larger the variance is than that of so many independent units).

        Raises
        ------
        SpecError
            If units did not come in clusters.
        """
        from funnel_utils.cro.clusters import cluster_rows

        return cluster_rows(self)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to know before these numbers are believed."""
        found = []
        if self.flaw:
            detail = self.checks.set_index("check")["detail"]
            found.append(str(detail[t(f"experiment.check.{self.flaw}")]))
        found += self._set_aside()
        for metric in self.spec.metrics:
            mine = [effect for effect in self.effects if effect.metric == metric.name]
            if all(effect.count == 0 and effect.control_count == 0 for effect in mine):
                found.append(t("experiment.nothing", metric=metric.name))
        for row in self.covariates.to_dict("records"):
            if row["balance_p"] < LEAK:
                p = p_value(float(row["balance_p"]))
                found.append(t("experiment.leak", metric=row["metric"], covariate=row["covariate"], p=p))
        return tuple(dict.fromkeys(found))

    def _set_aside(self) -> list[str]:
        found, aside = [], self.cells.aside
        acts = [slot for slot in self.layout.slots if not slot.is_column and not slot.before]
        if self.spec.exposure.event is not None and any(slot.within is None for slot in acts):
            found.append(t("experiment.no_window"))
        if aside.get("early"):
            windows = [slot.within for slot in self.layout.slots if slot.within is not None and not slot.before]
            found.append(t("experiment.early", n=number(aside["early"]), within=format_duration(max(windows))))
        if aside.get("no arm"):
            found.append(t("experiment.no_arm", n=number(aside["no arm"])))
        keys = self.cells.keys["arm"]
        other = sorted({str(arm) for arm in keys} - set(self.arm_names))
        if other:
            n = float(self.cells.moments.n[~keys.isin(self.arm_names).to_numpy()].sum())
            found.append(t("experiment.others", n=number(n), arms=", ".join(other)))
        return found

    def daily(self, metric: str | None = None) -> pd.DataFrame:
        """Effects by day of first exposure, of that day's units alone and of all so far.

        A unit is in the row of the day it came in, with all it did in its window, so that days are independent and the
        last cumulative row is the result. To look at a running experiment every day and stop at the first good one is
        to deceive yourself; see `funnel_utils.cro.AlwaysValid`.

        Parameters
        ----------
        metric : str, optional
            One metric; all (but quantiles) by default.

        Returns
        -------
        DataFrame
            `metric`, `arm`, `day`, `n`, `control_n`, `estimate`, `control_estimate`, `difference`, `low`, `high`, `p`,
            and the same of all days so far, `cum_…`. Intervals hold for one look.

        Raises
        ------
        SpecError
            If there are no days, or no such metric.
        """
        return slices.daily_rows(self, metric)

    def segments(self, by: str | None = None, metric: str | None = None) -> pd.DataFrame:
        """Effects within each value of a property.

        Parameters
        ----------
        by : str, optional
            One of the properties given to `run`; the first by default.
        metric : str, optional
            One metric; all (but quantiles) by default.

        Returns
        -------
        DataFrame
            `metric`, `arm`, `value`, `n`, `control_n`, `estimate`, `control_estimate`, `difference`, `low`, `high`,
            `lift`, `lift_low`, `lift_high`, `se`, `p`, `p_adjusted` (Holm, over the segments of a metric and arm) and
            `flaw`. Intervals are as wide as all segments together need. A segment that stands out is a question for the
            next experiment, not an answer; ask `heterogeneity` first.

        Raises
        ------
        SpecError
            If the experiment was not run by this property, or there is no such metric.
        """
        return slices.segment_rows(self, by, metric)

    def heterogeneity(self, by: str | None = None) -> pd.DataFrame:
        """Whether the effect differs between segments.

        Returns
        -------
        DataFrame
            A row for each metric and arm: `segments`, `q` (Cochran's), `p` that the effect is the same in all.

        References
        ----------
        Cochran, W. G. (1954). The combination of estimates from different experiments. Biometrics 10, 101-129.
        """
        return slices.heterogeneity_rows(self, by)

    def to_frame(self) -> pd.DataFrame:
        """The effects, as a copy of your own."""
        return self.table.copy()

    def to_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write the effects as CSV, formulas defused."""
        return to_csv(self.table, path)

    def to_parquet(self, path: str | os.PathLike[str]) -> Path:
        """Write the effects as Parquet."""
        return to_parquet(self.table, path)

    def plot(self, kind: str = "forest", *, metric: str | None = None, by: str | None = None) -> Figure:
        """A picture: `"forest"` (all effects), `"daily"` or `"segments"` (of one metric).

        Raises
        ------
        SpecError
            If there is no such picture.
        """
        from funnel_utils import charts

        if kind == "forest":
            return charts.experiment_chart(self)
        if kind == "daily":
            return charts.experiment_daily_chart(self, metric)
        if kind == "segments":
            return charts.experiment_segments_chart(self, by, metric)
        raise SpecError(f'plot({kind!r}) is not one of "forest", "daily", "segments".')

    def _repr_html_(self) -> str:
        from funnel_utils.cro.view import result_html

        return result_html(self)

    def __repr__(self) -> str:
        return f"ExperimentResult: {self.verdict}"
