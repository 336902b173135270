"""The score simulator: change what each act is worth and how fast it fades, and see whether the score knows buyers.

`ScorePeople` holds what people did before a date, and whether they did what was hoped for within some days after it;
`ScoreModel` says how points are given; `simulate_score` works out scores and bands as `EngagementScore` does, and how
many of each band really did it. The same people judge every setting, so a setting that was tuned until it looked good
has to prove itself on later time: `EngagementScore.calibrate` does that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets
import numpy as np
import pandas as pd

from funnel_utils import stats
from funnel_utils.durations import Duration, parse_duration
from funnel_utils.errors import LogError, SpecError
from funnel_utils.journey.attribution.paths import Floats, Ints
from funnel_utils.journey.prediction import Estimate, auc
from funnel_utils.journey.score import BANDS, TOLERANCE, EngagementScore
from funnel_utils.simulators.score_picture import describe_score, score_figure
from funnel_utils.simulators.view import NumberControl, Simulator, heading
from funnel_utils.text import t

if TYPE_CHECKING:
    from funnel_utils.events import EventLog

__all__ = ["ScoreModel", "ScoreOutcome", "ScorePeople", "ScoreSimulator", "simulate_score"]

#: Events that are brought here at most: a slider has to wait for all of them.
MOST_EVENTS = 1_000_000
WEIGHTS = {
    "ad_impression": 1.0,
    "email_open": 1.0,
    "visit": 2.0,
    "view_product": 2.0,
    "add_to_cart": 8.0,
    "unsubscribe": -10.0,
}
HALF_LIFE = 14.0


@dataclass(frozen=True, eq=False)
class ScorePeople:
    """What some people did before a date, and who did what was hoped for after it.

    Attributes
    ----------
    events : tuple of str
        The acts that may be worth points.
    person, code, age : arrays
        Of each act: whose (a position), which (a position in `events`), and how many days before the date.
    did : bool array
        Of each person: whether they did it within the horizon.
    target : str
        What was hoped for.
    horizon : float
        Days after the date.
    """

    events: tuple[str, ...]
    person: Ints
    code: Ints
    age: Floats
    did: Any
    target: str
    horizon: float

    @classmethod
    def from_log(
        cls,
        log: EventLog,
        events: Sequence[str] = tuple(WEIGHTS),
        target: str = "purchase",
        *,
        at: Any = None,
        horizon: Duration = "14d",
    ) -> ScorePeople:
        """The people of a log who did anything before `at`, by default the last moment with a whole horizon after it.

        Raises
        ------
        SpecError
            If no event is named, or the horizon would reach beyond the end of observation.
        LogError
            If nobody did anything before `at`, or there are more than a million acts: take a sample of users then.
        """
        from funnel_utils.journey.score_result import date

        if not events or len(set(events)) < len(events):
            raise SpecError(f"events={tuple(events)!r}: name the acts that may be worth points, each once.")
        ahead = pd.Timedelta(parse_duration(horizon, "horizon"))
        end = date(log, None)
        moment = end - ahead if at is None else date(log, at)
        if moment + ahead > end:
            raise SpecError(f"at={moment} and horizon={horizon!r} reach beyond the end of observation ({end}).")
        border = moment.tz_convert("UTC").tz_localize(None)
        table: Any = log.table
        users = table.filter(table.timestamp < border).select("user").distinct().order_by("user").to_pandas()["user"]
        if users.empty:
            raise LogError(f"Nobody in this log did anything before {moment}, so there is nobody to score.")
        acts = table.filter((table.timestamp < border) & table.event.isin(list(events)))
        if (found := int(acts.count().to_pyarrow().as_py())) > MOST_EVENTS:
            raise LogError(f"{found:,} acts are too many to move a slider over; filter the log to a sample of users.")
        rows = acts.select("user", "event", "timestamp").to_pandas()
        after = table.filter((table.timestamp >= border) & (table.timestamp < border + ahead) & (table.event == target))
        place = pd.Index(users)
        age = (border - rows["timestamp"]).dt.total_seconds() / 86_400
        return cls(
            events=tuple(events),
            person=place.get_indexer(rows["user"]),
            code=pd.Index(list(events)).get_indexer(rows["event"]),
            age=age.to_numpy(np.float64),
            did=place.isin(after.select("user").distinct().to_pandas()["user"]),
            target=target,
            horizon=ahead / pd.Timedelta("1d"),
        )


@dataclass(frozen=True, eq=False)
class ScoreModel:
    """What the sliders set.

    Parameters
    ----------
    people : ScorePeople
    weights : tuple of float
        Points for each of `people.events`.
    half_life : float
        Days in which points lose half their worth.

    Raises
    ------
    SpecError
        If the numbers of weights and events differ, or the half-life is not above zero.
    """

    people: ScorePeople
    weights: tuple[float, ...]
    half_life: float = HALF_LIFE

    def __post_init__(self) -> None:
        if len(self.weights) != len(self.people.events):
            raise SpecError(f"weights: {len(self.weights)} for {len(self.people.events)} events.")
        if not self.half_life > 0:
            raise SpecError(f"half_life={self.half_life!r} days; it is above zero.")

    @property
    def score(self) -> EngagementScore:
        """The same as an `EngagementScore`, to run on a log.

        Raises
        ------
        SpecError
            If no event is worth points.
        """
        half_life = pd.Timedelta(days=self.half_life).to_pytimedelta()
        return EngagementScore(dict(zip(self.people.events, self.weights, strict=True)), half_life)


@dataclass(frozen=True, eq=False)
class ScoreOutcome:
    """What a model leads to.

    Attributes
    ----------
    model : ScoreModel
    score : array
        Of each person, 0 to 100.
    bands : pandas.DataFrame
        A row a band: `band`, `people`, `did`, `rate`, `low`, `high` (Wilson's interval at 95%).
    auc : Estimate
        The chance that a random person who did it has a higher score than one who did not.
    """

    model: ScoreModel
    score: Floats
    bands: pd.DataFrame
    auc: Estimate

    @property
    def is_empty(self) -> bool:
        """Whether nobody has points."""
        return not self.score.any()

    @property
    def base_rate(self) -> float:
        """The share of all people who did it."""
        return float(np.mean(self.model.people.did))


def simulate_score(model: ScoreModel) -> ScoreOutcome:
    """Score everybody, and count who did it in each band.

    The 99th percentile of the points of these very people is worth 100, as `EngagementScore.fit` takes it.

    Examples
    --------
    >>> from funnel_utils import EventLog
    >>> log = EventLog.from_story({"ana": ["cart@0", "buy@20d"], "ben": ["visit@0"], "cyd": ["visit@1d", "end@30d"]})
    >>> people = ScorePeople.from_log(log, ["visit", "cart"], "buy", at="2026-01-10")
    >>> outcome = simulate_score(ScoreModel(people, (1.0, 5.0)))
    >>> outcome.score.round().tolist(), outcome.auc.value
    ([100.0, 20.0, 21.0], 1.0)
    """
    people, count = model.people, len(model.people.did)
    # Only the score's defaults are needed here; where no event has points there is no score to ask.
    bands = EngagementScore({"any": 1.0}).bands
    back = parse_duration(bands.back, "back").total_seconds() / 86_400
    now, before = (_points(model, days) for days in (0.0, back))
    cap = float(np.quantile(now, 0.99)) if count else 0.0
    if not cap > 0:
        score = earlier = np.zeros(count)
    else:
        score, earlier = (100 * np.minimum(1.0, raw / cap) for raw in (now, before))
    fallen = (earlier > 0) & (earlier >= bands.at_risk_from) & (score <= earlier * (1 - bands.fall) + TOLERANCE)
    place = np.select([fallen, score >= bands.likely_buyer - TOLERANCE, score >= bands.ready - TOLERANCE], [0, 1, 2], 3)
    held = np.bincount(place, minlength=len(BANDS))
    did = np.bincount(place, weights=people.did, minlength=len(BANDS)).astype(np.int64)
    low, high = stats.wilson(did, held)
    table = pd.DataFrame({"band": BANDS, "people": held, "did": did, "rate": stats.rate(did, held)})
    return ScoreOutcome(model, score, table.assign(low=low, high=high), auc(score, np.ones(count), people.did))


def _points(model: ScoreModel, ago: float) -> Floats:
    """Each person's raw points, so many days before the date."""
    people = model.people
    seen = people.age > ago if ago else slice(None)
    worth = np.array(model.weights)[people.code[seen]] * np.exp2(-(people.age[seen] - ago) / model.half_life)
    return np.maximum(np.bincount(people.person[seen], weights=worth, minlength=len(people.did)), 0.0)


class ScoreSimulator(Simulator):
    """Sliders over a `ScoreModel`.

    Parameters
    ----------
    people : ScorePeople, optional
        By default those of the lessons' journeys, two weeks before their log ends.
    weights : mapping of str to float, optional
        Where the sliders start; events that are not named start at 0.
    half_life : float
        Days; where the slider starts.
    """

    def __init__(
        self, people: ScorePeople | None = None, weights: dict[str, float] | None = None, half_life: float = HALF_LIFE
    ) -> None:
        super().__init__()
        if people is None:
            from funnel_utils.synthetic import load_journey

            people = ScorePeople.from_log(load_journey())
        points = WEIGHTS if weights is None else weights
        self.start = ScoreModel(people, tuple(points.get(name, 0.0) for name in people.events), half_life)
        self.controls = {
            name: NumberControl(t("simulators.score.points", event=name), points, *_bounds(points), 0.5)
            for name, points in zip(people.events, self.start.weights, strict=True)
        }
        self.half_life = NumberControl(t("simulators.score.half_life"), half_life, 1.0, max(60.0, half_life), 1.0)
        self.reset = widgets.Button(description=t("simulators.reset"), tooltip=t("simulators.reset.tip"), icon="undo")
        self._lay_out(
            [
                heading(t("simulators.score.group.points")),
                *self.controls.values(),
                heading(t("simulators.score.group.fade")),
                self.half_life,
                self.reset,
            ]
        )
        for control in (*self.controls.values(), self.half_life):
            control.observe(self._changed, "value")
        self.reset.on_click(self._back_to_start)
        self._resetting = False
        self._changed()

    @property
    def model(self) -> ScoreModel:
        """The model that the controls say."""
        weights = tuple(control.value for control in self.controls.values())
        return replace(self.start, weights=weights, half_life=self.half_life.value)

    @property
    def outcome(self) -> ScoreOutcome:
        """What the controls lead to."""
        return simulate_score(self.model)

    def _changed(self, change: Any = None) -> None:
        if self._resetting:
            return
        outcome = self.outcome
        self.show(lambda: score_figure(outcome), describe_score(outcome))

    def _back_to_start(self, button: Any = None) -> None:
        self._resetting = True
        try:
            for control, points in zip(self.controls.values(), self.start.weights, strict=True):
                control.value = points
            self.half_life.value = self.start.half_life
        finally:
            self._resetting = False
        self._changed()


def _bounds(points: float) -> tuple[float, float]:
    """What a slider of points goes from and to: an act that takes points off stays one."""
    return (min(-20.0, 2 * points), 0.0) if points < 0 else (0.0, max(20.0, 2 * points))
