"""The value of an intervention: what it added, against people who were kept from it.

A reminder is not worth what its receivers bought: most would have bought anyway. What it added is the **difference
between those it was meant for and its control**, over the same time from assignment, everybody counted where the lot
put them (intention to treat), whether or not the reminder reached them. That difference is an effect only if chance
alone decided who is in which arm; where people chose, or were chosen, it also holds everything they differed in before,
and no interval covers that.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import ibis
import ibis.expr.types as ir
import pandas as pd

from funnel_utils import stats
from funnel_utils.durations import Duration, format_duration, parse_duration
from funnel_utils.errors import LogError, SpecError
from funnel_utils.events.clock import elapsed, in_ticks, observed_for, ticks_per_second
from funnel_utils.export import to_csv
from funnel_utils.journey.measures import Revenue, signs_of
from funnel_utils.journey.measures_people import money, shown
from funnel_utils.journey.words import number, percent
from funnel_utils.stats import means
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from funnel_utils.events import EventLog

#: A split that chance would give less often than this is no accident.
MISMATCH = 0.001


@dataclass(frozen=True)
class Intervention:
    """What was done to whom, and what is compared.

    Parameters
    ----------
    assigned : str
        The event that puts a person into an arm; the first one of a person counts.
    treated, control : str
        The values of the property `arm` that name the two arms.
    assignment : {"random", "observed"}
        How people came into their arms: by chance, or otherwise. There is no default: without knowing, a difference
        cannot be read.
    arm : str
        The property of the assigning event that holds the arm.
    target : str, Sign, or a list of these
        The wanted act. It counts from the assignment on.
    within : str or timedelta
        For how long; only people who were watched for so long are compared.
    revenue : Revenue or None
        Where money is; `None` for a log without any.
    share : float, optional
        The share of people that was meant to be treated. With it, a split that chance does not explain is reported.
    cost : float
        Of treating one person, in the money of the log.

    Raises
    ------
    SpecError
        If a field is not valid, or `assignment` is not said.

    Examples
    --------
    >>> from funnel_utils import EventLog
    >>> log = EventLog.from_story(
    ...     {
    ...         "ana": [("lot@0", {"arm": "mail"}), "pay@1d"],
    ...         "ben": [("lot@0", {"arm": "mail"}), "pay@2d"],
    ...         "cyd": [("lot@0", {"arm": "none"}), "pay@3d"],
    ...         "dee": [("lot@0", {"arm": "none"})],
    ...     },
    ...     observed_until="2026-02-01",
    ... )
    >>> test = Intervention("lot", "mail", "none", assignment="random", target="pay", within="7d", revenue=None)
    >>> test.run(log).effects[["measure", "treated", "control", "difference"]].values.tolist()
    [['conversion', 1.0, 0.5, 0.5]]
    """

    assigned: str
    treated: str
    control: str
    assignment: Literal["random", "observed"] | None = None
    arm: str = "arm"
    target: Any = "purchase"
    within: Duration = "14d"
    revenue: Revenue | None = field(default_factory=Revenue)
    share: float | None = None
    cost: float = 0.0

    def __post_init__(self) -> None:
        for name in ("assigned", "treated", "control", "arm"):
            if not isinstance(getattr(self, name), str) or not getattr(self, name).strip():
                raise SpecError(f"Intervention: {name}={getattr(self, name)!r} is no name.")
        if self.treated == self.control:
            raise SpecError(f"Intervention: {self.treated!r} cannot be treated and control.")
        if self.assignment not in ("random", "observed"):
            raise SpecError(
                f"Intervention: assignment={self.assignment!r}. Say how people came into their arms: "
                '"random" if chance alone decided, "observed" if anything else did. Without knowing, a difference '
                "cannot be read as an effect."
            )
        object.__setattr__(self, "target", signs_of(self.target, "Intervention: target"))
        if not self.target:
            raise SpecError("Intervention: target= names the wanted act.")
        object.__setattr__(self, "within", parse_duration(self.within, "within"))
        if not self.within:
            raise SpecError("Intervention: within= must be longer than nothing.")
        if self.revenue is not None and not isinstance(self.revenue, Revenue):
            raise SpecError(f"Intervention: revenue={self.revenue!r} is no Revenue.")
        if self.share is not None and not (isinstance(self.share, int | float) and 0 < self.share < 1):
            raise SpecError(f"Intervention: share={self.share!r} lies between 0 and 1.")
        if not isinstance(self.cost, int | float) or not math.isfinite(self.cost) or self.cost < 0:
            raise SpecError(f"Intervention: cost={self.cost!r} is an amount of money, zero or more.")

    def run(self, log: EventLog) -> InterventionResult:
        """Compare the two arms.

        Raises
        ------
        LogError
            If a person is in both arms, an arm is empty or was not watched for long enough, or a property is missing.
        """
        if self.arm not in log.properties:
            raise LogError(f"Intervention: this log has no property {self.arm!r}; it has {', '.join(log.properties)}.")
        people = _people(self, log).cache()
        sums = _sums(self, people)
        _refuse(self, people, sums)
        return InterventionResult(self, log, people, sums)


@dataclass(frozen=True, eq=False, repr=False)
class InterventionResult:
    """What an intervention added.

    Attributes
    ----------
    spec : Intervention
    log : EventLog
    table : ibis.Table
        A row a person, in the engine: `user`, `arm`, `mature`, `did` (0 or 1), `net` and `margin` (money within the
        window).
    sums : DataFrame
        A row an arm: what all figures are made of.
    """

    spec: Intervention
    log: EventLog
    table: ir.Table
    sums: pd.DataFrame

    @cached_property
    def arms(self) -> pd.DataFrame:
        """The two arms.

        Returns
        -------
        DataFrame
            `arm`, `role`; `converted` of `of` (people watched for the whole window) with `rate`, `low`, `high`,
            `interval` (Wilson); `assigned` (people), `too_early` of whom were watched for less; with money `revenue`,
            `per_person`, `per_person_low`, `per_person_high`.
        """
        made = []
        for role in ("treated", "control"):
            sums = self._of(role)
            low, high = stats.wilson(sums["converted"], sums["of"])
            row: dict[str, Any] = {"arm": getattr(self.spec, role), "role": role}
            row |= {"converted": int(sums["converted"]), "of": int(sums["of"]), "rate": sums["converted"] / sums["of"]}
            row |= {"low": float(low[0]), "high": float(high[0]), "interval": "Wilson"}
            row |= {"assigned": int(sums["people"]), "too_early": int(sums["people"] - sums["of"])}
            if self.spec.revenue is not None:
                found = means.mean(sums["of"], sums["net"], sums["net2"])
                row |= {"revenue": float(sums["net"]), "per_person": found.value}
                row |= {"per_person_low": found.low, "per_person_high": found.high}
            made.append(row)
        return pd.DataFrame(made)

    @cached_property
    def effects(self) -> pd.DataFrame:
        """What the treated did more than the control, per person.

        Returns
        -------
        DataFrame
            Rows `conversion` (share who did the target), and with money `revenue` and `margin` (per person, before
            cost): `treated`, `control`, `difference` with `low`, `high`, `interval` (Newcombe, or Welch's t);
            `of_treated` and `of_control` (people); `total`, `total_low`, `total_high`: the difference times the people
            treated, which is what the intervention added if the assignment was random.
        """
        one, other = self._of("treated"), self._of("control")
        low, high = stats.newcombe(one["converted"], one["of"], other["converted"], other["of"])
        rates = one["converted"] / one["of"], other["converted"] / other["of"]
        rows = [("conversion", *rates, rates[0] - rates[1], float(low[0]), float(high[0]), "Newcombe")]
        for name, column in (("revenue", "net"), ("margin", "margin")):
            if column in self.sums:
                sums = [part[key] for part in (one, other) for key in ("of", column, f"{column}2")]
                found = means.welch(*sums)
                each = one[column] / one["of"], other[column] / other["of"]
                rows.append((name, *each, found.value, found.low, found.high, t("measures.welch")))
        names = ["measure", "treated", "control", "difference", "low", "high", "interval"]
        table = pd.DataFrame(rows, columns=names).assign(of_treated=int(one["of"]), of_control=int(other["of"]))
        for total, column in (("total", "difference"), ("total_low", "low"), ("total_high", "high")):
            table[total] = table[column] * table["of_treated"]
        return table

    @cached_property
    def value(self) -> dict[str, float]:
        """What the intervention was worth in money: `gain` with `low` and `high` (margin where there is one, revenue
        otherwise), `cost`, and `net` with `net_low` and `net_high`.

        Raises
        ------
        SpecError
            If no revenue was declared.
        """
        if self.spec.revenue is None:
            raise SpecError("value: declare where money is with Intervention(revenue=Revenue(…)).")
        row = self.effects.iloc[-1]
        gain, low, high = (float(row[name]) for name in ("total", "total_low", "total_high"))
        cost = self.spec.cost * float(row["of_treated"])
        net = {"net": gain - cost, "net_low": low - cost, "net_high": high - cost}
        return {"gain": gain, "low": low, "high": high, "cost": cost, **net}

    def _of(self, role: str) -> dict[str, float]:
        row = self.sums.set_index("arm").loc[getattr(self.spec, role)]
        return {str(name): float(value) for name, value in row.items()}

    @cached_property
    def mismatch_p(self) -> float:
        """The chance of a split at least as uneven as this one, were `share` true; NaN where no share was given."""
        if self.spec.share is None:
            return math.nan
        from scipy.stats import chisquare

        counts = [self._of(role)["people"] for role in ("treated", "control")]
        expected = [sum(counts) * self.spec.share, sum(counts) * (1 - self.spec.share)]
        return float(chisquare(counts, expected).pvalue)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to know before these numbers are believed."""
        found = []
        if self.spec.assignment == "observed":
            found.append(t("measures.intervention.observed"))
        if self.mismatch_p < MISMATCH:
            share, p = f"{self.spec.share:.0%}", f"{self.mismatch_p:.1g}"
            found.append(t("measures.intervention.mismatch", share=share, p=p))
        named = {self.spec.treated, self.spec.control}
        others = self.sums[~self.sums["arm"].isin(named)]
        if len(others):
            found.append(t("measures.intervention.others", people=f"{int(others['people'].sum()):,}"))
        early = int(self.arms["too_early"].sum())
        if early:
            found.append(t("measures.intervention.early", people=f"{early:,}", within=self._window))
        return tuple(found)

    @property
    def _window(self) -> str:
        return format_duration(parse_duration(self.spec.within, "within"))

    @property
    def verdict(self) -> str:
        """What the comparison says, in plain words."""
        row = self.effects.iloc[0]
        figures = {name: f"{100 * float(row[name]):+.1f}" for name in ("difference", "low", "high")}
        rates = {name: percent(float(row[name])) for name in ("treated", "control")}
        people = {name: f"{int(row[f'of_{name}']):,}" for name in ("treated", "control")}
        words = {"within": self._window, "of_treated": people["treated"], "of_control": people["control"]}
        said = [t("measures.intervention.conversion", **rates, **figures, **words)]
        if self.spec.revenue is not None:
            money_row = self.effects.iloc[-1]
            each = {name: number(float(money_row[name])) for name in ("difference", "low", "high")}
            said.append(t(f"measures.intervention.{money_row['measure']}", **each))
        sure = "sure" if row["low"] > 0 or row["high"] < 0 else "unsure"
        said.append(t(f"measures.intervention.{self.spec.assignment}_{sure}"))
        return " ".join(said)

    def to_frame(self) -> pd.DataFrame:
        """The effects, as a copy of your own."""
        return self.effects.copy()

    def to_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write the effects as CSV, formulas defused."""
        return to_csv(self.effects, path)

    def plot(self) -> Figure:
        """The two arms beside each other."""
        from funnel_utils import charts

        return charts.intervention_chart(self)

    def _repr_html_(self) -> str:
        from funnel_utils.journey.view import frame_html

        names = ["measure", "treated", "control", "difference", "low", "high"]
        shown_ = self.effects[names].rename(columns={name: t(f"measures.column.{name}") for name in names})
        return frame_html(self.verdict, t("measures.intervention.caption"), shown_, self.warnings)

    def __repr__(self) -> str:
        return f"InterventionResult: {self.verdict}"


def _people(spec: Intervention, log: EventLog) -> ir.Table:
    """Everybody who was assigned: `user`, `arm`, `arms` (how many different ones), `mature`, `did`, `net`, `margin`."""
    rows: Any = log.table
    lots = rows.filter(rows["event"] == spec.assigned).select("user", "timestamp", arm=rows[spec.arm].cast("string"))
    lots = lots.filter(lots["arm"].notnull())
    compared = lots["arm"].isin([spec.treated, spec.control])
    arms = lots.group_by("user").agg(
        at=lots["timestamp"].min(),
        arm=lots["arm"].argmin(lots["timestamp"]),
        arms=lots["arm"].nunique(where=compared),
    )
    asked = {event for sign in spec.target for event in sign.events}
    if spec.revenue is not None:
        asked |= {event for sign in (*spec.revenue.events, *spec.revenue.refunds) for event in sign.events}
    acts = rows.filter(rows["event"].isin(sorted(asked)))
    columns = {"hit": shown(acts, spec.target)} | (money(acts, log, spec.revenue) if spec.revenue is not None else {})
    acts = acts.select("user", "timestamp", **columns)
    joined: Any = arms.left_join(acts, "user")
    ticks = ticks_per_second(joined)
    window = in_ticks(parse_duration(spec.within, "within"), ticks)
    since = elapsed(joined["timestamp"], joined["at"], ticks)
    inside = ((since >= 0) & (since <= window)).fill_null(False)
    sums = {"did": (inside & joined["hit"].fill_null(False)).ifelse(1, 0).max()}
    sums |= {name: joined[name].sum(where=inside).fill_null(0.0) for name in columns if name != "hit"}
    found: Any = joined.group_by(["user", "at", "arm", "arms"]).agg(**sums)
    seen = observed_for(found, found["at"], log.observed_until, ticks)
    made: ir.Table = found.mutate(mature=seen >= ibis.literal(window))
    return made


def _sums(spec: Intervention, people: ir.Table) -> pd.DataFrame:
    """The sums of each arm, from one aggregate."""
    rows: Any = people
    mature = rows["mature"]
    sums = {"people": rows.count(), "of": mature.ifelse(1, 0).sum(), "converted": rows["did"].sum(where=mature)}
    for name in ("net", "margin"):
        if name in rows.columns:
            amount = rows[name]
            sums |= {name: amount.sum(where=mature), f"{name}2": (amount * amount).sum(where=mature)}
    found: pd.DataFrame = rows.group_by("arm").agg(**sums).to_pandas()
    return found.fillna(dict.fromkeys((name for name in found.columns if name != "arm"), 0))


def _refuse(spec: Intervention, people: ir.Table, sums: pd.DataFrame) -> None:
    """Refuse what cannot be compared."""
    rows: Any = people
    both = int(rows.filter(rows["arms"] > 1).count().to_pyarrow().as_py())
    if both:
        raise LogError(
            f"Intervention: {both:,} people are in both arms ({spec.treated} and {spec.control}). Each belongs to one: "
            "find out why, or take only the people who were assigned once."
        )
    known = sums.set_index("arm")
    for arm in (spec.treated, spec.control):
        if arm not in known.index:
            raise LogError(
                f"Intervention: nobody was assigned to {arm!r}; {spec.arm!r} of {spec.assigned!r} holds "
                f"{', '.join(map(str, known.index)) or 'nothing'}."
            )
        if not known.loc[arm, "of"]:
            within = format_duration(parse_duration(spec.within, "within"))
            raise LogError(
                f"Intervention: nobody in {arm!r} has been watched for {within} since the assignment. Wait, or take a "
                "shorter within=."
            )
