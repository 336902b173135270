"""What the five measures found on a log: tables with numerator, denominator and interval, one row a stage.

All tables come from the one in the engine that has a row a person (`measures_people`); what comes back has a row a
stage, an act, or a length of time.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from funnel_utils import stats
from funnel_utils.durations import format_duration, parse_duration
from funnel_utils.errors import SpecError
from funnel_utils.events.clock import ticks_per_second
from funnel_utils.export import to_csv, to_parquet
from funnel_utils.journey import engagement, measures_people
from funnel_utils.journey.measures import JourneyMeasures, StageActs
from funnel_utils.journey.words import number, percent
from funnel_utils.stats import means
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from funnel_utils.events import EventLog

WILSON = "Wilson"

#: With more people than this at a stage, times are taken by the minute.
FINE = 100_000

#: A rate of fewer people stands out only where no stage has more.
ENOUGH = 30


@dataclass(frozen=True, eq=False, repr=False)
class MeasuresResult:
    """The five measures on one log.

    Attributes
    ----------
    spec : JourneyMeasures
    log : EventLog
    table : ibis.Table
        A row a person, in the engine; see `measures_people.people`.
    """

    spec: JourneyMeasures
    log: EventLog
    table: ir.Table

    @classmethod
    def of(cls, spec: JourneyMeasures, log: EventLog) -> MeasuresResult:
        """Follow everybody from stage to stage."""
        return cls(spec, log, measures_people.people(spec, log).cache())

    @cached_property
    def _ticks(self) -> int:
        return ticks_per_second(self.table)

    @cached_property
    def _sums(self) -> pd.Series[Any]:
        """Every count that the tables need, from one aggregate."""
        found: pd.Series[Any] = self.table.aggregate(**self._counts()).to_pandas().iloc[0].fillna(0)
        return found

    def _counts(self) -> dict[str, Any]:
        rows: Any = self.table
        asked: dict[str, Any] = {}

        def count(name: str, flag: Any) -> None:
            asked[name] = flag.ifelse(1, 0).sum()

        for k, acts in enumerate(self.spec.stages):
            here = rows[f"t{k}"].notnull()
            mature = here & rows[f"mature{k}"]
            count(f"people{k}", here)
            count(f"of{k}", mature)
            did = _within(rows, f"w{k}", k)
            count(f"progressed{k}", mature & did)
            any_at = None
            for j, _ in enumerate(acts.contrary_names):
                against, at = _within(rows, f"c{k}_{j}", k), rows[f"c{k}_{j}"]
                self._averse(count, f"{k}_{j}", mature & against, at, did, rows[f"w{k}"])
                at = against.ifelse(at, None)
                any_at = at if any_at is None else (any_at.isnull() | (at < any_at)).ifelse(at, any_at)
            if any_at is not None:
                self._averse(count, f"{k}_any", mature & any_at.notnull(), any_at, did, rows[f"w{k}"])
            if self.spec.revenue is not None:
                self._money(asked, k, mature)
        return asked

    @staticmethod
    def _averse(count: Any, name: str, averse: Any, at: Any, did: Any, wanted_at: Any) -> None:
        count(f"averse{name}", averse)
        count(f"instead{name}", averse & ~(did & (wanted_at <= at)))
        count(f"round{name}", averse & did & (wanted_at > at))

    def _money(self, asked: dict[str, Any], k: int, mature: Any) -> None:
        rows: Any = self.table
        asked[f"buyers{k}"] = (mature & (rows[f"net{k}"] != 0)).ifelse(1, 0).sum()
        for name in ("net", "margin"):
            if f"{name}{k}" in rows.columns:
                amount = rows[f"{name}{k}"]
                asked[f"{name}{k}"] = amount.sum(where=mature)
                asked[f"{name}2_{k}"] = (amount * amount).sum(where=mature)

    def _stages(self) -> list[tuple[int, StageActs, dict[str, Any]]]:
        return [(k, acts, {"stage": acts.stage, "label": acts.label}) for k, acts in enumerate(self.spec.stages)]

    # -- the five ---------------------------------------------------------------------------------------------------

    def progression(self) -> pd.DataFrame:
        """The share that did the wanted act, one row a stage that has one.

        Returns
        -------
        DataFrame
            `stage`, `label`, `wanted`; `progressed` of `of` (people watched for the whole window) with `rate`, `low`,
            `high`, `interval` (Wilson); `people` at the stage, `too_early` of whom were watched for less.
        """
        made = []
        for k, acts, row in self._stages():
            if acts.wanted:
                counted = {"progressed": self._sums[f"progressed{k}"], "of": self._sums[f"of{k}"]}
                people = int(self._sums[f"people{k}"])
                row |= {"wanted": acts.wanted_label, **counted, "people": people}
                made.append(row | {"too_early": people - int(self._sums[f"of{k}"])})
        columns = ["stage", "label", "wanted", "progressed", "of", "people", "too_early"]
        return _with_rate(pd.DataFrame(made, columns=columns), "progressed")

    def aversion(self) -> pd.DataFrame:
        """The share that did a contrary act, one row a stage and act, and one for any of them.

        Returns
        -------
        DataFrame
            `stage`, `label`, `act` (`any`: at least one); `averse` of `of` (people watched for the whole window) with
            `rate`, `low`, `high`, `interval` (Wilson); `instead`: those of them who had not done the wanted act before;
            `came_round`: those who did it afterwards, within the window.
        """
        made = []
        for k, acts, row in self._stages():
            names = [(f"{k}_any", t("measures.any"))] if acts.contrary_names else []
            names += [(f"{k}_{j}", name) for j, name in enumerate(acts.contrary_names)]
            for name, act in names:
                counted = {"averse": self._sums[f"averse{name}"], "of": self._sums[f"of{k}"]}
                both = {"instead": self._sums[f"instead{name}"], "came_round": self._sums[f"round{name}"]}
                made.append(row | {"act": act} | counted | both)
        columns = ["stage", "label", "act", "averse", "of", "instead", "came_round"]
        return _with_rate(pd.DataFrame(made, columns=columns), "averse")

    def engagement(self, by: str | None = None) -> pd.DataFrame:
        """The declared rates, for all or by a property such as `"channel"`; see `journey.engagement.engagement`."""
        if not self.spec.rates:
            raise SpecError("engagement(): declare what is counted with JourneyMeasures(rates=[Rate(…)]).")
        return engagement.engagement(self.log, self.spec.rates, by)

    def timing(self) -> pd.DataFrame:
        """How long it takes from the touch to the wanted act, by Kaplan-Meier; one row a stage that has one.

        Everybody who has not done it is censored at the end of the window or of observation, whichever is earlier; a
        contrary act censors nobody.

        Returns
        -------
        DataFrame
            `step` (from 1), `stage`, `label`, `next_label` (the wanted act); `at_risk`, `advanced`, `censored`
            (people); `km_p25_s`, `km_median_s`, `km_p75_s`, `km_p90_s` (seconds until that share of *all* had done it,
            NaN when it never did), `advanced_median_s` (among those who did it only).
        """
        made = []
        for k, acts, row in self._stages():
            if not acts.wanted:
                continue
            counted = self._durations(k)
            curve = stats.kaplan_meier(counted["time"], counted["advanced"], counted["units"])
            gone = counted[counted["advanced"]]
            at_risk, advanced = int(counted["units"].sum()), int(gone["units"].sum())
            row = {"step": k + 1, **row, "next_label": acts.wanted_label, "at_risk": at_risk, "advanced": advanced}
            row["censored"] = at_risk - advanced
            for name, share in (("p25", 0.25), ("median", 0.5), ("p75", 0.75), ("p90", 0.9)):
                row[f"km_{name}_s"] = stats.km_quantile(curve, share) if len(curve) else math.nan
            row["advanced_median_s"] = stats.weighted_quantile(gone["time"], gone["units"], 0.5)
            made.append(row)
        return pd.DataFrame(made, columns=None if made else ["step", "stage", "label", "next_label", "at_risk"])

    def value(self) -> pd.DataFrame:
        """Revenue and margin per person, one row a stage.

        What people were worth from their touch to the end of the window, net of refunds in that time. Money is not
        split between stages: somebody who came to three has her purchase in each, so stages do not add up.

        Returns
        -------
        DataFrame
            `stage`, `label`; `buyers` of `of` (people watched for the whole window); `revenue` (their net total),
            `per_person`, `low`, `high` (Student's interval over people), `interval`; with a margin also `margin`,
            `margin_per_person`, `margin_low`, `margin_high`.

        Raises
        ------
        SpecError
            If no revenue was declared.
        """
        if self.spec.revenue is None:
            raise SpecError("value(): declare where money is with JourneyMeasures(revenue=Revenue(…)).")
        made = []
        for k, _, row in self._stages():
            of = int(self._sums[f"of{k}"])
            row |= {"buyers": int(self._sums[f"buyers{k}"]), "of": of}
            for name, total, prefix in (("net", "revenue", ""), ("margin", "margin", "margin_")):
                if f"{name}{k}" in self._sums:
                    found = means.mean(of, float(self._sums[f"{name}{k}"]), float(self._sums[f"{name}2_{k}"]))
                    row |= {total: float(self._sums[f"{name}{k}"]), f"{prefix}per_person": found.value}
                    row |= {f"{prefix}low": found.low, f"{prefix}high": found.high}
            made.append(row | {"interval": t("measures.student")})
        return pd.DataFrame(made)

    # -- together ---------------------------------------------------------------------------------------------------

    @cached_property
    def summary(self) -> pd.DataFrame:
        """One row a stage: `people`, `of`, then `progressed` with `progression`, `averse` with `aversion` (any contrary
        act), `median_s` (Kaplan-Meier) and `per_person` (net revenue); missing where nothing was declared."""
        table = pd.DataFrame([row for _, _, row in self._stages()])
        table["people"] = [int(self._sums[f"people{k}"]) for k in range(len(table))]
        table["of"] = [int(self._sums[f"of{k}"]) for k in range(len(table))]
        forward = self.progression().rename(columns={"rate": "progression"})
        back = self.aversion().rename(columns={"rate": "aversion"})
        back = back[back["act"] == t("measures.any")]
        table = table.merge(forward[["stage", "progressed", "progression"]], on="stage", how="left")
        table = table.merge(back[["stage", "averse", "aversion"]], on="stage", how="left")
        times = self.timing()
        median = dict(zip(times["stage"], times.get("km_median_s", []), strict=False))
        table["median_s"] = [median.get(stage, math.nan) for stage in table["stage"]]
        table["per_person"] = self.value()["per_person"] if self.spec.revenue is not None else math.nan
        return table.astype({"progressed": "Int64", "averse": "Int64"})

    def time_in_stage(self) -> pd.DataFrame:
        """`timing`, under the name that the time chart asks for."""
        return self.timing()

    def survival(self, step: int) -> pd.DataFrame:
        """The Kaplan-Meier curve of stage `step` (from 1).

        Returns
        -------
        DataFrame
            `time_s` (seconds since the touch; the first row is time 0), `survival` (share who have not done the wanted
            act), `low`, `high`, `at_risk`, `advanced`.
        """
        if isinstance(step, bool) or not isinstance(step, int) or not 1 <= step <= len(self.spec.stages):
            raise SpecError(f"survival({step!r}): the stages are 1 to {len(self.spec.stages)}.")
        counted = self._durations(step - 1)
        curve = stats.kaplan_meier(counted["time"], counted["advanced"], counted["units"])
        if not (curve["time"] == 0).any():
            start = {"time": 0.0, "survival": 1.0, "low": 1.0, "high": 1.0, "events": 0.0}
            first = pd.DataFrame([start | {"at_risk": float(counted["units"].sum())}])
            curve = pd.concat([first, curve], ignore_index=True) if len(curve) else first
        curve = curve.rename(columns={"time": "time_s", "events": "advanced"})
        return curve[["time_s", "survival", "low", "high", "at_risk", "advanced"]]

    def _durations(self, k: int) -> pd.DataFrame:
        """How many people waited how long for the wanted act of stage k: `time` (seconds), `advanced`, `units`."""
        rows: Any = self.table
        rows = rows.filter(rows[f"t{k}"].notnull())
        did = _within(rows, f"w{k}", k)
        step = self._ticks * (60 if self._sums[f"people{k}"] > FINE else 1)
        stay = did.ifelse(rows[f"w{k}"], rows[f"limit{k}"]) // step
        flat = rows.select(time=stay.cast("int64"), advanced=did)
        found = flat.group_by(["time", "advanced"]).agg(units=flat.count()).to_pandas()
        found["time"] = found["time"].astype("float64") * step / self._ticks
        found["advanced"] = found["advanced"].astype(bool)
        ordered: pd.DataFrame = found.sort_values(["time", "advanced"], ascending=[True, False], ignore_index=True)
        return ordered

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """What to know before these numbers are believed."""
        empty = [acts.label for k, acts, _ in self._stages() if not self._sums[f"people{k}"]]
        found = [t("measures.warning.nobody", label=label) for label in empty]
        if self.spec.within is None:
            found.append(t("measures.warning.endless"))
        early = [a.label for k, a, _ in self._stages() if self._sums[f"people{k}"] and not self._sums[f"of{k}"]]
        found += [t("measures.warning.early", label=label, within=self.window) for label in early]
        return tuple(found)

    @property
    def weakest(self) -> dict[str, Any] | None:
        """The row of `progression` with the lowest rate, of stages with enough people where there are any."""
        return _extreme(self.progression(), highest=False)

    @property
    def window(self) -> str:
        """How long acts count, in words."""
        within = self.spec.within
        return t("measures.endless") if within is None else format_duration(parse_duration(within, "within"))

    @property
    def verdict(self) -> str:
        """What stands out, in plain words."""
        low, back = self.weakest, self.aversion()
        if low is None:
            return t("measures.verdict.nobody")
        words = {"label": low["label"], "rate": percent(low["rate"]), "within": self.window}
        said = [t("measures.verdict.progression", progressed=f"{low['progressed']:,}", of=f"{low['of']:,}", **words)]
        most = _extreme(back[back["act"] == t("measures.any")], highest=True)
        if most is not None:
            words = {"label": most["label"], "rate": percent(most["rate"])}
            said.append(t("measures.verdict.aversion", averse=f"{most['averse']:,}", of=f"{most['of']:,}", **words))
        return " ".join(said)

    def to_frame(self) -> pd.DataFrame:
        """The summary, as a copy of your own."""
        return self.summary.copy()

    def to_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write the summary as CSV, formulas defused."""
        return to_csv(self.summary, path)

    def to_parquet(self, path: str | os.PathLike[str]) -> Path:
        """Write the summary as Parquet."""
        return to_parquet(self.summary, path)

    def plot(self, kind: str = "measures") -> Figure:
        """Draw it: `"measures"` (progression and aversion by stage) or `"time"` (how long the wanted act takes)."""
        from funnel_utils import charts

        if kind == "measures":
            return charts.measures_chart(self)
        if kind == "time":
            return charts.time_chart(self)
        raise SpecError(f"plot(kind={kind!r}) is not 'measures' or 'time'.")

    def _repr_html_(self) -> str:
        from funnel_utils.journey.view import frame_html

        shown = self.summary.assign(
            progression=self.summary["progression"].map(percent),
            aversion=self.summary["aversion"].map(percent),
            median_s=[t("measures.unknown") if math.isnan(s) else format_seconds(s) for s in self.summary["median_s"]],
            per_person=self.summary["per_person"].map(number),
        )
        names = ("label", "people", "of", "progression", "aversion", "median_s", "per_person")
        shown = shown[list(names)].rename(columns={name: t(f"measures.column.{name}") for name in names})
        return frame_html(self.verdict, t("measures.caption", within=self.window), shown, self.warnings)

    def __repr__(self) -> str:
        return f"MeasuresResult: {self.verdict}"


def format_seconds(seconds: float) -> str:
    """A length of time in its largest sensible unit.

    Examples
    --------
    >>> format_seconds(90), format_seconds(5400), format_seconds(200000)
    ('1.5m', '1.5h', '2.3d')
    """
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= size:
            return f"{seconds / size:.1f}".removesuffix(".0") + unit
    return f"{seconds:g}s"


def _within(rows: Any, name: str, k: int) -> Any:
    """Whether the act happened while it could be seen, within the window; never null."""
    return rows[name].notnull() & (rows[name] <= rows[f"limit{k}"])


def _extreme(table: pd.DataFrame, *, highest: bool) -> dict[str, Any] | None:
    """The row with the highest or lowest rate, of those of enough people where there are any."""
    rows: list[dict[str, Any]] = [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]
    rows = [row for row in rows if row["of"]]
    rows = [row for row in rows if row["of"] >= ENOUGH] or rows
    if not rows:
        return None
    return max(rows, key=lambda row: float(row["rate"]) * (1 if highest else -1))


def _with_rate(table: pd.DataFrame, count: str) -> pd.DataFrame:
    """The table with its rate and interval after the denominator."""
    counts = [name for name in table.columns if name not in ("stage", "label", "wanted", "act")]
    table = table.astype(dict.fromkeys(counts, "int64"))
    low, high = stats.wilson(table[count], table["of"]) if len(table) else (np.array([]), np.array([]))
    place = list(table.columns).index("of") + 1
    figures = {"rate": stats.rate(table[count], table["of"]) if len(table) else low, "low": low, "high": high}
    for offset, (name, values) in enumerate(figures.items()):
        table.insert(place + offset, name, values)
    table.insert(place + 3, "interval", WILSON)
    return table
