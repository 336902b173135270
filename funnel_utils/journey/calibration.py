"""From a score to a probability: how likely people of each score are to do the target act in the next T days.

A logistic curve is fitted at one date and **tested at a later one**. At the first date, features are what people did
before it and outcomes what they did in the T days from it; at the second date the same, with nothing carried over. The
first date's outcomes end where the second date's features end, so the curve never sees the future it is tested on:

    ... history ... | train date | -- T: outcome -- | test date | -- T: outcome -- | end of observation

The curve has to beat saying the base rate of everybody (Brier score), rank people (AUC), and mean what it says
(reliability).
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from funnel_utils.durations import Duration, format_duration, parse_duration
from funnel_utils.errors import LogError, SpecError
from funnel_utils.events.clock import moment
from funnel_utils.export import to_csv
from funnel_utils.journey import prediction, score_result
from funnel_utils.journey.prediction import Estimate, Fit
from funnel_utils.journey.score import EngagementScore
from funnel_utils.journey.words import percent
from funnel_utils.text import t

if TYPE_CHECKING:
    from datetime import timedelta

    import ibis.expr.types as ir
    from matplotlib.figure import Figure

    from funnel_utils.events import EventLog

#: Fewer people than this with (or without) the outcome, at either date, teach nothing that would hold next month.
LEAST = 20

#: Scores are grouped to two decimals: at most 10,001 rows come back from a log of any size.
DECIMALS = 2

Form = Literal["linear", "log"]


@dataclass(frozen=True, eq=False, repr=False)
class Calibration:
    """A score with its fitted curve, and how the curve did on later people.

    Attributes
    ----------
    score : EngagementScore
        With the cap of the train date.
    target : tuple of str
        The events that are the target act.
    horizon : timedelta
    train_at, test_at : timestamp
        The two dates.
    form : {"linear", "log"}
        Whether the log odds are linear in the score, or in log(1 + score).
    fit : Fit
        The curve, fitted at `train_at`.
    train, test : DataFrame
        `score` (two decimals), `people`, `happened` (people who did the target within the horizon).
    warnings : tuple of str
    """

    score: EngagementScore
    target: tuple[str, ...]
    horizon: timedelta
    train_at: pd.Timestamp
    test_at: pd.Timestamp
    form: Form
    fit: Fit
    train: pd.DataFrame
    test: pd.DataFrame
    warnings: tuple[str, ...] = ()

    def probability(self, score: ArrayLike) -> prediction.Floats:
        """The probability of the target within the horizon, by score (0 to 100)."""
        return self.fit.probability(_shaped(score, self.form))

    def predict(self, log: EventLog, at: Any = None) -> ir.Table:
        """Everybody known at `at`, in the engine: `user`, `score`, `band`, `probability`."""
        rows: Any = self.score.run(log, at).table
        x = rows["score"].round(DECIMALS)
        x = (x + 1).ln() if self.form == "log" else x
        line = float(self.fit.params[0]) + float(self.fit.params[1]) * x
        found: ir.Table = rows.mutate(probability=1 / (1 + (-line).exp())).select(
            "user", "score", "band", "probability"
        )
        return found

    @property
    def base_rate(self) -> float:
        """The share of people at the train date who did the target within the horizon."""
        return float(self.train["happened"].sum() / self.train["people"].sum())

    @cached_property
    def auc(self) -> Estimate:
        """The chance that somebody who did it had the higher score, among the people of the test date."""
        return prediction.auc(self.test["score"], self.test["people"], self.test["happened"])

    @cached_property
    def measures(self) -> pd.DataFrame:
        """How the curve did at the test date.

        Returns
        -------
        DataFrame
            Rows `auc` (baseline 0.5), `brier` (baseline: saying the train date's base rate of everybody), `brier_gain`
            (by how much the Brier score is lower; above 0 is better than the baseline), `rate` (happened, baseline:
            predicted), `slope` (of the outcome's log odds on those predicted; 1 is right, below 1 too bold). Columns
            `measure`, `value`, `low`, `high`, `baseline`, `people`, `happened`.
        """
        from funnel_utils import stats

        p, n, y = self.probability(self.test["score"]), self.test["people"], self.test["happened"]
        gain = prediction.brier_gain(p, self.base_rate, n, y)
        happened, people = int(y.sum()), int(n.sum())
        low, high = stats.wilson(happened, people)
        unknown = float("nan")
        baseline = prediction.brier(np.full(len(n), self.base_rate), n, y)
        rows = [
            ("auc", *self.auc, 0.5),
            ("brier", prediction.brier(p, n, y), unknown, unknown, baseline),
            ("brier_gain", *gain, 0.0),
            ("rate", happened / people, float(low[0]), float(high[0]), float((p * n).sum() / people)),
            ("slope", *_slope(p, n, y), 1.0),
        ]
        made = pd.DataFrame(rows, columns=["measure", "value", "low", "high", "baseline"])
        made.insert(1, "label", [t(f"score.measure.{name}") for name in made["measure"]])
        return made.assign(people=people, happened=happened)

    @cached_property
    def coefficients(self) -> pd.DataFrame:
        """The curve: `term`, `estimate`, `low`, `high` (of the log odds; Wald)."""
        terms = ("intercept", "score" if self.form == "linear" else "log(1 + score)")
        rows = [(term, *self.fit.interval(index)) for index, term in enumerate(terms)]
        return pd.DataFrame(rows, columns=["term", "estimate", "low", "high"])

    def reliability(self, groups: int = 10) -> pd.DataFrame:
        """What was said against what happened at the test date; see `prediction.reliability`."""
        test = self.test
        return prediction.reliability(self.probability(test["score"]), test["people"], test["happened"], groups)

    @property
    def verdict(self) -> str:
        """What the test says, in plain words."""
        found: Any = self.measures.set_index("measure")
        gain, slope = found.loc["brier_gain"], found.loc["slope"]
        better = "better" if gain["low"] > 0 else "worse" if gain["high"] < 0 else "same"
        bold = "bold" if slope["high"] < 1 else "timid" if slope["low"] > 1 else "right"
        words = {"target": " / ".join(self.target), "horizon": format_duration(self.horizon)}
        words |= {"auc": f"{self.auc.value:.3f}", "low": f"{self.auc.low:.3f}", "high": f"{self.auc.high:.3f}"}
        words |= {"happened": f"{found.loc['auc', 'happened']:,}", "people": f"{found.loc['auc', 'people']:,}"}
        words |= {"said": percent(found.loc["rate", "baseline"]), "was": percent(found.loc["rate", "value"])}
        sentences = [t("score.calibration.verdict", **words), t(f"score.calibration.{better}")]
        return " ".join([*sentences, t(f"score.calibration.{bold}")])

    def to_frame(self) -> pd.DataFrame:
        """The reliability table."""
        return self.reliability()

    def to_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write the reliability table as CSV, formulas defused."""
        return to_csv(self.reliability(), path)

    def plot(self) -> Figure:
        """The reliability chart."""
        from funnel_utils import charts

        return charts.reliability_chart(self)

    def _repr_html_(self) -> str:
        from funnel_utils.journey.view import frame_html

        shown = self.measures[["label", "value", "low", "high", "baseline"]].rename(
            columns={name: t(f"score.column.{name}") for name in ("label", "value", "low", "high", "baseline")}
        )
        return frame_html(self.verdict, t("score.calibration.caption"), shown, self.warnings)

    def __repr__(self) -> str:
        return f"Calibration: {self.verdict}"


def calibrate(
    score: EngagementScore,
    log: EventLog,
    target: str | Iterable[str],
    horizon: Duration = "14d",
    *,
    train_at: Any = None,
    test_at: Any = None,
    form: Form = "log",
    least: int = LEAST,
) -> Calibration:
    """Fit the curve from score to probability at one date, and test it at a later one.

    Parameters
    ----------
    score : EngagementScore
        Its cap must not be of a later time than `train_at`; without a cap, that of `train_at` is taken.
    log : EventLog
    target : str or iterable of str
        The event, or events, that are the target act. They may have points too: only those given before a date count.
    horizon : str or timedelta
        How long after the date the act counts: from the date (inclusive) for this long (exclusive).
    train_at, test_at : timestamp, optional
        The two dates; by default the last two whose horizons have been observed and do not overlap.
    form : {"log", "linear"}
        Log odds linear in log(1 + score), or in the score itself. Most scores are small, and the step from 0 to 5 tells
        more than that from 60 to 65: hence the default.
    least : int
        How many people at least must have done the target, and not done it, at each date.

    Returns
    -------
    Calibration

    Raises
    ------
    SpecError
        If an argument is not valid, the cap is of later than the train date, or the two horizons overlap.
    LogError
        If an outcome has not been observed to its end, nobody is known at the train date, or too few did the target.

    References
    ----------
    Steyerberg, E. W. (2019). Clinical Prediction Models, 2nd edition, chapters 15 and 17. Springer.
    """
    names = (target,) if isinstance(target, str) else tuple(sorted(set(target)))
    if not names or not all(isinstance(name, str) and name for name in names):
        raise SpecError(f"calibrate(target={target!r}): name one or more events.")
    if form not in ("linear", "log"):
        raise SpecError(f'calibrate(form={form!r}) is not "linear" or "log".')
    ahead = parse_duration(horizon, "horizon")
    if not ahead:
        raise SpecError(f"calibrate(horizon={horizon!r}): it must be longer than nothing.")
    first, second = _dates(log, ahead, train_at, test_at)
    if score.reference is not None and score.reference > first:
        raise SpecError(
            f"The cap of this score was taken at {score.reference}, after the train date {first}: the curve would know "
            "of a later time. Calibrate the score without its cap, or take later dates."
        )
    fitted = score if score.cap is not None else score.fit(log, first)
    train, test = (_outcomes(fitted, log, names, ahead, at) for at in (first, second))
    for counted, at in ((train, first), (test, second)):
        _enough(counted, names, ahead, at, least)
    fit = prediction.fit_logistic(_shaped(train["score"], form), train["people"], train["happened"])
    warnings = _warnings(fitted, log, first, train, test)
    return Calibration(fitted, names, ahead, first, second, form, fit, train, test, warnings)


def _dates(log: EventLog, ahead: timedelta, train_at: Any, test_at: Any) -> tuple[pd.Timestamp, pd.Timestamp]:
    """The train and the test date, checked."""
    end = score_result.date(log, None)
    second = end - ahead if test_at is None else score_result.date(log, test_at)
    first = second - ahead if train_at is None else score_result.date(log, train_at)
    if second + ahead > end:
        raise LogError(
            f"The outcomes from {second} cannot be known: {format_duration(ahead)} from then end after the observation "
            f"({log.observed_until}). Take an earlier test_at, or a shorter horizon."
        )
    if first + ahead > second:
        raise SpecError(
            f"train_at={first} and test_at={second} are less than {format_duration(ahead)} apart, so what is learnt "
            "would overlap with what is tested. Take an earlier train_at, or a shorter horizon."
        )
    return first, second


def _outcomes(
    score: EngagementScore, log: EventLog, target: tuple[str, ...], ahead: timedelta, at: pd.Timestamp
) -> pd.DataFrame:
    """How many people had each score at `at`, and how many of them did the target from then on."""
    try:
        people: Any = score.run(log, at).table
    except LogError as error:
        raise LogError(f"calibrate: {error} The log begins too late for two dates and a horizon after each.") from error
    later: Any = log.table.filter(
        log.table.event.isin(target), log.table.timestamp >= moment(at), log.table.timestamp < moment(at + ahead)
    )
    did = later.select(did="user").distinct()
    rows = people.left_join(did, people["user"] == did["did"])
    flat = rows.select(score=rows["score"].round(DECIMALS), happened=rows["did"].notnull().ifelse(1, 0))
    found = flat.group_by("score").agg(people=flat.count(), happened=flat["happened"].sum()).order_by("score")
    made: pd.DataFrame = found.to_pandas().astype({"score": "float64", "people": "int64", "happened": "int64"})
    return made


def _enough(counted: pd.DataFrame, target: tuple[str, ...], ahead: timedelta, at: pd.Timestamp, least: int) -> None:
    people, happened = int(counted["people"].sum()), int(counted["happened"].sum())
    if min(happened, people - happened) < least:
        raise LogError(
            f"calibrate: of {people:,} people known at {at:%Y-%m-%d %H:%M}, {happened:,} did {' or '.join(target)} "
            f"within {format_duration(ahead)}; at least {least} who did and {least} who did not are needed. Take a "
            "longer horizon, a more frequent act, or more people."
        )


def _warnings(
    score: EngagementScore, log: EventLog, at: pd.Timestamp, train: pd.DataFrame, test: pd.DataFrame
) -> tuple[str, ...]:
    found = []
    start = pd.Timestamp(log.backend.to_pyarrow(log.table.timestamp.min()).as_py(), tz="UTC")
    if score.half_life is not None and at - start < 2 * parse_duration(score.half_life, "half_life"):
        found.append(t("score.warning.filling"))
    rates = [float(part["happened"].sum() / part["people"].sum()) for part in (train, test)]
    if max(rates) > 1.5 * min(rates):
        found.append(t("score.warning.drift", train=percent(rates[0]), test=percent(rates[1])))
    return tuple(found)


def _shaped(score: ArrayLike, form: Form) -> prediction.Floats:
    """What the log odds are linear in."""
    x = np.atleast_1d(np.asarray(score, dtype=np.float64))
    return np.log1p(x) if form == "log" else x


def _slope(p: prediction.Floats, people: ArrayLike, happened: ArrayLike) -> Estimate:
    """The calibration slope, unknown where no curve fits."""
    inside = np.clip(p, 1e-12, 1 - 1e-12)
    try:
        return prediction.fit_logistic(np.log(inside / (1 - inside)), people, happened).interval(1)
    except LogError:
        return Estimate(float("nan"), float("nan"), float("nan"))
