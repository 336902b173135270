"""What a campaign's report holds: the messages with their denominators, and the effect with its interval."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from funnel_utils import export, stats
from funnel_utils.automation.campaign import MESSAGE_STEPS, STEPS, Campaign
from funnel_utils.durations import format_duration, microseconds
from funnel_utils.errors import LogError
from funnel_utils.events.fields import occurring
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from funnel_utils.cro.result import ExperimentResult
    from funnel_utils.events import EventLog


@dataclass(frozen=True, eq=False, repr=False)
class CampaignResult:
    """A campaign's report.

    Attributes
    ----------
    spec : Campaign
    messages : DataFrame
        A row a step: `step`, `event`, `events` (how many), `people` (with one or more), `of` (people), `of_step`,
        `rate` with its Wilson interval `low` to `high`. Steps: assigned, sent, delivered, opened, clicked,
        unsubscribed, converted. Shares are of people: `opened` of those who were delivered a message, and so on.
    experiment : ExperimentResult or None
        Assigned against held out; its checks come first. `None` without a holdout.
    left_out : int
        People assigned too late to be watched for the whole window: they count nowhere, or they would count as people
        who did not convert.
    unrecorded : tuple of str
        Events of messages that the log never has: taken as not recorded, since nought of everybody would be a finding.
    """

    spec: Campaign
    messages: pd.DataFrame
    experiment: ExperimentResult | None
    left_out: int = 0
    unrecorded: tuple[str, ...] = ()

    @classmethod
    def of(cls, spec: Campaign, log: EventLog, experiment: ExperimentResult | None) -> CampaignResult:
        """Count the messages of those who were to get them."""
        named = {step: event for step in MESSAGE_STEPS if (event := getattr(spec, step)) is not None}
        seen = occurring(log, named.values())
        messages, left_out = _messages(spec, log, {step: event for step, event in named.items() if event in seen})
        unrecorded = tuple(event for event in named.values() if event not in seen)
        return cls(spec, messages, experiment, left_out, unrecorded)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Who was left out, and what the log does not record."""
        assert isinstance(self.spec.within, timedelta)
        told = []
        if self.left_out:
            within = format_duration(self.spec.within)
            told.append(t("campaign.left_out", people=f"{self.left_out:,}", within=within))
        if self.unrecorded:
            told.append(t("campaign.unrecorded", events=", ".join(map(repr, self.unrecorded))))
        return tuple(told)

    @cached_property
    def effect(self) -> pd.DataFrame:
        """What the campaign caused, a row for conversions and one for revenue.

        Returns
        -------
        DataFrame
            `measure`, `treated` and `held_out` (people), `estimate` and `control_estimate` (per person), `difference`
            with `low` to `high` and `p`, `caused` with `caused_low` and `caused_high` (the difference times the people
            treated), and `per_send` with `per_send_low`, `per_send_high` (missing where nothing is known to be sent).
            Empty without a holdout.
        """
        columns = ["measure", "treated", "held_out", "estimate", "control_estimate", "difference", "low", "high", "p"]
        added = [f"{name}{end}" for name in ("caused", "per_send") for end in ("", "_low", "_high")]
        if self.experiment is None:
            return pd.DataFrame(columns=[*columns, *added])
        table = self.experiment.table.rename(columns={"metric": "measure", "n": "treated", "control_n": "held_out"})
        found = table[columns].reset_index(drop=True)
        sends = self.sends
        for end, source in (("", "difference"), ("_low", "low"), ("_high", "high")):
            found[f"caused{end}"] = found[source] * found["treated"]
            found[f"per_send{end}"] = found[f"caused{end}"] / sends if sends else float("nan")
        return found[[*columns, *added]]

    @property
    def sends(self) -> int:
        """How many messages went out; 0 where that is not recorded."""
        step = self._step("sent")
        return 0 if step is None else int(step["events"])

    def _step(self, name: str) -> dict[str, Any] | None:
        found = self.messages[self.messages["step"] == name].to_dict("records")
        return {str(key): value for key, value in found[0].items()} if found else None

    @property
    def cost(self) -> float:
        """What the campaign cost, in the currency of the values."""
        return self.spec.fixed_cost + self.spec.cost_per_send * self.sends

    @cached_property
    def roi(self) -> pd.DataFrame:
        """The return: a row with `cost`, `margin_caused`, `profit` and `roi` (profit per unit of cost) with bounds.

        Empty without a holdout, revenue, or a margin; `roi` is missing for a campaign that cost nothing.
        """
        columns = ["cost"] + [
            f"{name}{end}" for name in ("margin_caused", "profit", "roi") for end in ("", "_low", "_high")
        ]
        found = self.effect[self.effect["measure"] == "revenue"].to_dict("records")
        if self.spec.margin is None or not found:
            return pd.DataFrame(columns=columns)
        row: dict[str, float] = {"cost": self.cost}
        for end in ("", "_low", "_high"):
            margin = float(found[0][f"caused{end}"]) * self.spec.margin
            row |= {f"margin_caused{end}": margin, f"profit{end}": margin - self.cost}
            row[f"roi{end}"] = (margin - self.cost) / self.cost if self.cost else float("nan")
        return pd.DataFrame([row])[columns]

    @property
    def claimed(self) -> float:
        """The conversions of people who clicked: what a report without a holdout would claim; NaN if not recorded."""
        step = self._step("converted after a click")
        return float("nan") if step is None else float(step["people"])

    @property
    def comparable(self) -> bool:
        """Whether somebody was held out, and the lot is what it was meant to be: only then `effect` means anything."""
        return self.experiment is not None and self.experiment.table.iloc[0]["verdict"] != "invalid"

    @property
    def verdict(self) -> str:
        """What was caused, in plain words, or why nobody can tell."""
        assert isinstance(self.spec.within, timedelta)
        within = format_duration(self.spec.within)
        if self.experiment is None:
            converted = self._step("converted")
            assert converted is not None, "every report counts conversions"
            return t(
                "campaign.no_holdout",
                people=f"{int(converted['of']):,}",
                rate=f"{converted['rate']:.1%}",
                within=within,
                what=self.spec.conversion,
            )
        if not self.comparable:
            return t("campaign.invalid", why=self.experiment.verdict)
        row = self.effect.iloc[0]
        word = "more" if row["low"] > 0 else "fewer" if row["high"] < 0 else "unclear"
        figures = {name: _signed(row[name]) for name in ("caused", "caused_low", "caused_high")}
        said = t(
            f"campaign.{word}",
            **figures,
            what=self.spec.conversion,
            within=within,
            treated=f"{int(row['treated']):,}",
            held=f"{int(row['held_out']):,}",
        )
        if len(self.roi):
            money = self.roi.iloc[0]
            names = ("profit", "profit_low", "profit_high")
            said += " " + t("campaign.profit", **{name: _signed(money[name]) for name in names})
        return said

    def __repr__(self) -> str:
        return self.verdict

    def plot(self) -> Figure:
        """The messages in people, and what a click claims beside what was caused."""
        from funnel_utils.charts import campaign_chart

        return campaign_chart(self)

    def to_frame(self) -> pd.DataFrame:
        """The messages, as a copy of your own. (`effect` has what was caused.)"""
        return self.messages.copy()

    def to_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write the messages as CSV, formulas defused."""
        return export.to_csv(self.messages, path)

    def to_parquet(self, path: str | os.PathLike[str]) -> Path:
        """Write the messages as Parquet."""
        return export.to_parquet(self.messages, path)

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col">{escape(t(f"campaign.column.{name}"))}</th>' for name in _COLUMNS)
        body = ""
        for row in self.messages.to_dict("records"):
            rate = "" if pd.isna(row["rate"]) else f"{row['rate']:.1%}"
            interval = "" if pd.isna(row["low"]) else f"{row['low']:.1%} – {row['high']:.1%}"
            whole = t(f"campaign.step.{row['of_step']}") if row["of_step"] else ""
            of = f"{row['of']:,} {whole}" if whole else ""
            step = t(f"campaign.step.{row['step']}")
            cells = (step, f"{row['events']:,}", f"{row['people']:,}", of, rate, interval)
            body += "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        notes = "".join(f"<p>{escape(one)}</p>" for one in self.warnings)
        return f"<div><p>{escape(self.verdict)}</p>{notes}{table}</div>"


def _signed(value: float) -> str:
    """A whole number with its sign; what rounds to zero has none."""
    return f"{value:+,.0f}" if abs(value) >= 0.5 else "0"


_COLUMNS = ("step", "events", "people", "of", "rate", "interval")


def _messages(spec: Campaign, log: EventLog, named: dict[str, str]) -> tuple[pd.DataFrame, int]:
    """One aggregate a person, then one over people; and how many people are left out."""
    import ibis

    rows: Any = log.table
    mine = rows if spec.campaign is None else rows.filter(rows[spec.campaign_column] == spec.campaign)
    drawn = mine.filter(mine["event"] == spec.assigned)
    if spec.arm is not None:
        drawn = drawn.filter(drawn[spec.arm].notnull() & (drawn[spec.arm] != spec.holdout))
    people = drawn.group_by("user").aggregate(at=drawn["timestamp"].min())
    assert isinstance(spec.within, timedelta)
    last = people["at"] <= ibis.literal((log.observed_until - spec.within).tz_localize(None))
    late = int(people.filter(~last).count().to_pyarrow().as_py())
    people = people.filter(last)
    acts = mine.select("user", "event", "timestamp").inner_join(people, "user")
    acts = acts.filter(acts["timestamp"] >= acts["at"])
    counts = {step: (acts["event"] == event).cast("int64").sum() for step, event in named.items()}
    clicked = (
        acts["timestamp"].min(where=acts["event"] == spec.clicked) if "clicked" in named else ibis.null("timestamp(6)")
    )
    each = acts.group_by("user").aggregate(clicked_at=clicked, **counts)
    bought = rows.filter(rows["event"] == spec.conversion).select("user", "timestamp").inner_join(people, "user")
    end = bought["at"] + ibis.interval(microseconds=microseconds(spec.within))
    bought = bought.filter((bought["timestamp"] >= bought["at"]) & (bought["timestamp"] < end))
    buys = bought.group_by("user").aggregate(converted=bought.count(), bought_at=bought["timestamp"].max())
    table = people.left_join(each, "user").drop("user_right").left_join(buys, "user").drop("user_right")
    after = (table["bought_at"] >= table["clicked_at"]).fill_null(False)
    sums: dict[str, Any] = {"people_assigned": table.count()}
    for step in (*named, "converted"):
        sums[f"events_{step}"] = table[step].fill_null(0).sum()
        sums[f"people_{step}"] = (table[step].fill_null(0) > 0).cast("int64").sum()
    sums["people_after"] = after.cast("int64").sum()
    found = table.aggregate(**sums).to_pandas().iloc[0].fillna(0).astype(int)
    if not found["people_assigned"]:
        raise LogError(
            f"nobody of the {late:,} people assigned was watched for {format_duration(spec.within)} after it (the log"
            f" ends on {log.observed_until:%Y-%m-%d}); shorten within=."
        )
    return _steps(spec, named, found), late


def _steps(spec: Campaign, named: dict[str, str], found: Any) -> pd.DataFrame:
    """The table of steps from the sums; a step that is not recorded passes its denominator on."""
    total = int(found["people_assigned"])
    rows: list[tuple[str, str, int, int, int, str]] = [("assigned", spec.assigned, total, total, 0, "")]
    base = {"assigned": (total, "assigned")}
    before = dict(STEPS) | {"unsubscribed": "delivered"}
    for step in ("sent", "delivered", "opened", "clicked", "unsubscribed"):
        of, of_step = base[before[step]]
        if step not in named:
            base[step] = (of, of_step)
            continue
        people = int(found[f"people_{step}"])
        rows.append((step, named[step], int(found[f"events_{step}"]), people, of, of_step))
        base[step] = (people, step)
    converted = int(found["people_converted"])
    rows.append(("converted", spec.conversion, int(found["events_converted"]), converted, total, "assigned"))
    if "clicked" in named:
        of, of_step = base["clicked"]
        after = int(found["people_after"])
        rows.append(("converted after a click", spec.conversion, after, after, of, of_step))
    made = pd.DataFrame(rows, columns=["step", "event", "events", "people", "of", "of_step"])
    # A log may tell of an opening without a delivery: then there is no share to give.
    fits = (made["of"] > 0) & (made["people"] <= made["of"])
    made["rate"] = (made["people"] / made["of"].where(fits)).astype("float64")
    low, high = stats.wilson(made["people"].where(fits, 0), made["of"].where(fits, 0))
    return made.assign(low=low, high=high)
