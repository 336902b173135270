"""What an engagement score found on a log at one date.

One grouped aggregate in the engine gives every person's raw points at the date and at the date to compare with; cap,
score and band are plain arithmetic on these columns. People come here only when they are asked for; bands and the
distribution are counted where the log lives.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from funnel_utils import stats
from funnel_utils.durations import format_duration, parse_duration
from funnel_utils.errors import LogError, SpecError
from funnel_utils.events.clock import elapsed, moment, ticks_per_second
from funnel_utils.events.times import instant
from funnel_utils.export import to_csv, to_parquet
from funnel_utils.journey.score import BANDS, TOLERANCE, EngagementScore
from funnel_utils.journey.words import percent
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from funnel_utils.events import EventLog

WILSON = "Wilson"

#: What the funnel's end-of-observation means for a score: the last event itself still counts.
_JUST_AFTER = pd.Timedelta(microseconds=1)


def date(log: EventLog, at: Any) -> pd.Timestamp:
    """`at` as an instant, the moment after the end of observation when it is not given.

    Raises
    ------
    SpecError
        If it is no time, or lies beyond what was observed.
    """
    end = log.observed_until + _JUST_AFTER
    found = instant(at, log.report_tz, "at")
    if found is not None and found > end:
        raise SpecError(
            f"at={found} lies after the end of observation ({log.observed_until}); nobody knows what people did "
            "between the two. Take an earlier date, or read the log with observed_until=."
        )
    return end if found is None else found


def points(score: EngagementScore, log: EventLog, at: pd.Timestamp) -> ir.Table:
    """Everybody who did anything before `at`: `user`, `raw`, `raw_before`, `events` (weighted), `last` (such an event).

    `raw_before` are the points that the person had `bands.back` before `at`.
    """
    rows: Any = log.table.filter(log.table.timestamp < moment(at))
    ticks = ticks_per_second(rows)
    back = parse_duration(score.bands.back, "back")
    earlier = at - back
    is_weighted = rows.event.isin(sorted(score.weights))
    worth = ibis.cases(*[(rows.event == name, points) for name, points in sorted(score.weights.items())], else_=0.0)

    def faded(date: pd.Timestamp) -> Any:
        if math.isinf(score.half_life_s):
            return worth
        lives = elapsed(moment(date), rows.timestamp, ticks) / (ticks * score.half_life_s)
        # Beyond a thousand half-lives nothing is left, and some engines refuse to say how little.
        exponent = ibis.greatest(-math.log(2) * lives, -690.0)
        return worth * exponent.exp()

    raw = is_weighted.ifelse(faded(at), 0.0).sum()
    before = (is_weighted & (rows.timestamp < moment(earlier))).ifelse(faded(earlier), 0.0).sum()
    nothing = ibis.null(rows.timestamp.type())
    found: ir.Table = rows.group_by("user").agg(
        raw=ibis.greatest(raw, 0.0),
        raw_before=ibis.greatest(before, 0.0),
        events=is_weighted.ifelse(1, 0).sum(),
        last=is_weighted.ifelse(rows.timestamp, nothing).max(),
    )
    return found


def cap(score: EngagementScore, log: EventLog, at: pd.Timestamp) -> float:
    """The raw points at the score's quantile of everybody known at `at`, with linear interpolation between two people.

    Raises
    ------
    LogError
        If nobody is known then, or the quantile is 0.
    """
    raw = points(score, log, at).select("raw").cache()
    people = int(raw.count().to_pyarrow().as_py())
    if not people:
        raise LogError(f"Nobody in this log did anything before {at}, so there is nobody to score.")
    place = score.quantile * (people - 1)
    # Two rows of the sorted column: exact in every engine, where quantile functions differ.
    found = raw.order_by("raw").limit(2, offset=math.floor(place)).to_pandas()["raw"].sort_values().to_numpy(float)
    value = float(found[0] + (found[-1] - found[0]) * (place - math.floor(place)))
    if value <= 0:
        raise LogError(
            f"At {at}, {score.quantile:.0%} of {people:,} people have no points at all, so the cap would be 0. Weight "
            f"more frequent events ({', '.join(sorted(score.weights))} were given), raise quantile=, or give cap=."
        )
    return value


def scored(score: EngagementScore, table: ir.Table) -> ir.Table:
    """`table` with `score`, `before` (the score `bands.back` before) and `band`."""
    rows: Any = table
    top = float(score.cap or math.nan)

    def out_of_100(raw: Any) -> Any:
        return 100 * ibis.least(raw / top, 1.0)

    rows = rows.mutate(score=out_of_100(rows["raw"]), before=out_of_100(rows["raw_before"]))
    bands = score.bands
    had = (rows["before"] > 0) & (rows["before"] >= bands.at_risk_from - TOLERANCE)
    fallen = rows["score"] <= rows["before"] * (1 - bands.fall) + TOLERANCE
    band = ibis.cases(
        (had & fallen, "at_risk"),
        (rows["score"] >= bands.likely_buyer - TOLERANCE, "likely_buyer"),
        (rows["score"] >= bands.ready - TOLERANCE, "ready"),
        else_="other",
    )
    made: ir.Table = rows.mutate(band=band)
    return made.select("user", "score", "band", "before", "raw", "raw_before", "events", "last")


@dataclass(frozen=True, eq=False, repr=False)
class ScoreResult:
    """The scores of a log's people at one date.

    Attributes
    ----------
    score : EngagementScore
        With its cap and reference date.
    log : EventLog
    at : timestamp
        Only what happened strictly before it counts.
    table : ibis.Table
        A row a person, in the engine: `user`, `score` (0 to 100), `band`, `before` (the score `bands.back` earlier),
        `raw`, `raw_before` (points), `events` (weighted events), `last` (the time of the last of them, UTC).
    """

    score: EngagementScore
    log: EventLog
    at: pd.Timestamp
    table: ir.Table

    @classmethod
    def of(cls, score: EngagementScore, log: EventLog, at: pd.Timestamp) -> ScoreResult:
        """Score everybody who did anything before `at`.

        Raises
        ------
        LogError
            If nobody did.
        """
        found = scored(score, points(score, log, at).cache())
        result = cls(score, log, at, found)
        if not result.n_people:
            raise LogError(f"Nobody in this log did anything before {at}, so there is nobody to score.")
        return result

    @cached_property
    def n_people(self) -> int:
        """How many people have a score."""
        return int(self.table.count().to_pyarrow().as_py())

    @cached_property
    def people(self) -> pd.DataFrame:
        """The table brought here, highest score first."""
        found: pd.DataFrame = self.table.order_by([ibis.desc("score"), "user"]).to_pandas()
        return found

    @cached_property
    def bands(self) -> pd.DataFrame:
        """One row a band: `band`, `label`, `people` of `of`, `share`, `low`, `high`, `interval`, `mean_score`."""
        sums = self.table.group_by("band").agg(people=self.table.count(), mean_score=self.table["score"].mean())
        found = sums.to_pandas().set_index("band").reindex(BANDS)
        people = found["people"].fillna(0).astype("int64").to_numpy()
        low, high = stats.wilson(people, people.sum())
        return pd.DataFrame(
            {
                "band": list(BANDS),
                "label": [t(f"score.band.{band}") for band in BANDS],
                "people": people,
                "of": people.sum(),
                "share": stats.rate(people, people.sum()),
                "low": low,
                "high": high,
                "interval": WILSON,
                "mean_score": found["mean_score"].to_numpy(float),
            }
        )

    def distribution(self, width: float = 5) -> pd.DataFrame:
        """How many people have which score.

        Parameters
        ----------
        width : float
            Of a class, in points of score; it divides 100.

        Returns
        -------
        DataFrame
            `from_score` (inclusive), `to_score` (exclusive; a score of 100 is in the last class), `band`, `people`; a
            row for every class and band, zeros included.
        """
        if not 0 < width <= 100 or not math.isclose(100 / width, round(100 / width)):
            raise SpecError(f"distribution(width={width!r}): the width of a class divides 100, such as 5.")
        classes = round(100 / width)
        rows: Any = self.table
        place = ibis.least(((rows["score"] + TOLERANCE) / width).floor().cast("int64"), classes - 1)
        counted = rows.mutate(place=place).group_by(["place", "band"]).agg(people=lambda each: each.count()).to_pandas()
        whole = pd.MultiIndex.from_product([range(classes), BANDS], names=["place", "band"])
        found = counted.set_index(["place", "band"])["people"].reindex(whole, fill_value=0).reset_index()
        start = found["place"].to_numpy(float) * width
        made = {"from_score": start, "to_score": start + width, "band": found["band"], "people": found["people"]}
        return pd.DataFrame(made).astype({"people": "int64"})

    @cached_property
    def contributions(self) -> pd.DataFrame:
        """Which events the points come from: `event`, `points` (declared), `events` and `people` before `at`, `share`.

        `share` is that of all positive points given, before they fade.
        """
        rows: Any = self.log.table.filter(self.log.table.timestamp < moment(self.at))
        rows = rows.filter(rows.event.isin(sorted(self.score.weights)))
        sums: pd.DataFrame = rows.group_by("event").agg(events=rows.count(), people=rows["user"].nunique()).to_pandas()
        found = sums.set_index("event").reindex(list(self.score.weights)).fillna(0).astype("int64").reset_index()
        found.insert(1, "points", list(self.score.weights.values()))
        given = np.maximum(found["points"] * found["events"], 0.0)
        found["share"] = stats.rate(given, given.sum())
        return found

    def members(self, band: str) -> ir.Table:
        """The people of one band, as a table with the column `user` that `EventLog.restrict` takes.

        Raises
        ------
        SpecError
            If there is no such band.
        """
        if band not in BANDS:
            raise SpecError(f"members({band!r}): the bands are {', '.join(BANDS)}.")
        return self.table.filter(self.table.band == band).select("user")

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """What to know before these scores are believed."""
        found = [
            t("score.warning.never", event=event)
            for event in self.contributions.loc[self.contributions["events"] == 0, "event"]
        ]
        first = instant(self.log.table.timestamp.min().to_pyarrow().as_py(), "UTC", "timestamp")
        back = parse_duration(self.score.bands.back, "back")
        if first is not None and first > self.at - back:
            found.append(t("score.warning.young", back=format_duration(back)))
        if self.score.reference is not None and self.score.reference > self.at:
            found.append(t("score.warning.ahead", reference=f"{self.score.reference:%Y-%m-%d}"))
        return tuple(found)

    @property
    def verdict(self) -> str:
        """What the scores say, in plain words."""
        share = {row["band"]: row for row in self.bands.to_dict("records")}
        words = {band: f"{row['people']:,} ({percent(row['share'])})" for band, row in share.items()}
        day = self.at.tz_convert(self.log.report_tz)
        return t("score.verdict", people=f"{self.n_people:,}", at=f"{day:%Y-%m-%d}", **words)

    def to_frame(self) -> pd.DataFrame:
        """A row a person, as a copy of your own."""
        return self.people.copy()

    def to_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write the people and their scores as CSV, formulas defused."""
        return to_csv(self.people, path)

    def to_parquet(self, path: str | os.PathLike[str]) -> Path:
        """Write the people and their scores as Parquet."""
        return to_parquet(self.people, path)

    def plot(self) -> Figure:
        """The distribution of the scores, with the bands."""
        from funnel_utils import charts

        return charts.score_chart(self)

    def _repr_html_(self) -> str:
        from funnel_utils.journey.view import frame_html

        names = {name: t(f"score.column.{name}") for name in ("label", "people", "share", "mean_score")}
        shown = self.bands.assign(share=self.bands["share"].map(percent))[list(names)].rename(columns=names)
        return frame_html(self.verdict, t("score.caption"), shown, self.warnings)

    def __repr__(self) -> str:
        return f"ScoreResult at {self.at}: {self.verdict}"
