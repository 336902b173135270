"""The engagement score: what a person did of late, in points that fade.

Every declared event is worth points, and points lose half their worth in a half-life:
`raw = sum(points x 2^(-age / half_life))` over what the person did before a date. People read 0 to 100 more easily than
raw points, so `score = 100 x min(1, raw / cap)`, where the cap is the 99th percentile of raw points at a **reference
date** and is then kept: a score of 60 means the same next month. Four bands sort people for action: *at risk* (the
score fell by at least half against 30 days before) takes precedence over *likely buyer* (70 and more), *ready* (40 to
69) and *other*.

Weights are an opinion until they are calibrated: `EngagementScore.calibrate` asks how often people of each score really
did what they were hoped to do.
"""

from __future__ import annotations

import importlib
import json
import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from funnel_utils.durations import Duration, format_duration, parse_duration
from funnel_utils.errors import SpecError
from funnel_utils.events.times import instant

if TYPE_CHECKING:
    from funnel_utils.events import EventLog
    from funnel_utils.journey.calibration import Calibration
    from funnel_utils.journey.score_result import ScoreResult

#: The bands, in the order in which they take precedence.
BANDS = ("at_risk", "likely_buyer", "ready", "other")

#: Sums of decaying points carry rounding errors; a score this close to a border is on it.
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Bands:
    """The borders between the bands of a score.

    Parameters
    ----------
    likely_buyer, ready : float
        The least score of these bands, `0 < ready < likely_buyer <= 100`. A score between 69 and 70 is *ready*.
    fall : float
        The share that a score must have lost to be *at risk*, above 0 and at most 1.
    back : str or timedelta
        Against how long before.
    at_risk_from : float
        The score that there must have been to lose, 0 to 100. At 0, everybody who ever had points and is fading counts
        as at risk; a higher floor keeps the band for people who were engaged.

    Examples
    --------
    >>> bands = Bands()
    >>> bands.of(70, before=100), bands.of(69.9, before=0), bands.of(50, before=100), bands.of(0, before=0)
    ('likely_buyer', 'ready', 'at_risk', 'other')
    """

    likely_buyer: float = 70.0
    ready: float = 40.0
    fall: float = 0.5
    back: Duration = "30d"
    at_risk_from: float = 0.0

    def __post_init__(self) -> None:
        for name in ("likely_buyer", "ready", "fall", "at_risk_from"):
            object.__setattr__(self, name, _number(getattr(self, name), f"Bands: {name}"))
        if not 0 < self.ready < self.likely_buyer <= 100:
            raise SpecError(
                f"Bands: ready={self.ready:g} and likely_buyer={self.likely_buyer:g}; they need "
                "0 < ready < likely_buyer <= 100."
            )
        if not 0 < self.fall <= 1:
            raise SpecError(f"Bands: fall={self.fall:g} is a share lost: above 0 and at most 1, such as 0.5.")
        if not 0 <= self.at_risk_from <= 100:
            raise SpecError(f"Bands: at_risk_from={self.at_risk_from:g} is a score: 0 to 100.")
        object.__setattr__(self, "back", _positive(self.back, "Bands: back"))

    def of(self, score: float, before: float) -> str:
        """The band of a score, given the score that the person had `back` before."""
        if before > 0 and before >= self.at_risk_from - TOLERANCE and score <= before * (1 - self.fall) + TOLERANCE:
            return "at_risk"
        if score >= self.likely_buyer - TOLERANCE:
            return "likely_buyer"
        return "ready" if score >= self.ready - TOLERANCE else "other"


@dataclass(frozen=True)
class EngagementScore:
    """A declared engagement score: it holds no data, and says how points are given.

    Parameters
    ----------
    weights : mapping of str to float
        Points by event name, at least one above 0. Negative points (an unsubscribe) are taken off, but nobody falls
        below 0.
    half_life : str, timedelta or None
        How long points take to lose half their worth; `None`: they never fade.
    cap : float, optional
        The raw points that are worth 100. `fit` sets it; give it to set your own.
    reference : timestamp, optional
        The date that the cap was taken at; `fit` sets it.
    quantile : float
        The share of people at the reference date who lie at or below the cap.
    bands : Bands

    Raises
    ------
    SpecError
        If a field is not valid.

    Examples
    --------
    >>> from funnel_utils import EventLog
    >>> log = EventLog.from_story({"ana": ["open@0", "click@14d"], "ben": ["open@14d"], "cyd": ["visit@1d"]})
    >>> score = EngagementScore({"open": 1, "click": 3}, cap=4)
    >>> score.run(log).people[["user", "score", "band"]].round(1)
      user  score          band
    0  ana   87.5  likely_buyer
    1  ben   25.0         other
    2  cyd    0.0         other
    """

    weights: Mapping[str, float]
    half_life: Duration | None = "14d"
    cap: float | None = None
    reference: Any = None
    quantile: float = 0.99
    bands: Bands = field(default_factory=Bands)

    def __post_init__(self) -> None:
        object.__setattr__(self, "weights", _weights(self.weights))
        if self.half_life is not None:
            object.__setattr__(self, "half_life", _positive(self.half_life, "half_life"))
        if self.cap is not None:
            object.__setattr__(self, "cap", _number(self.cap, "cap"))
            if self.cap <= 0:
                raise SpecError(f"cap={self.cap:g}: the raw points that are worth 100 are above 0.")
        object.__setattr__(self, "reference", instant(self.reference, "UTC", "reference"))
        if self.reference is not None and self.cap is None:
            raise SpecError("reference= says when the cap was taken; give the cap as well, or let fit() take both.")
        object.__setattr__(self, "quantile", _number(self.quantile, "quantile"))
        if not 0 < self.quantile <= 1:
            raise SpecError(f"quantile={self.quantile:g} is a share of people: above 0 and at most 1, such as 0.99.")
        if not isinstance(self.bands, Bands):
            raise SpecError(f"bands={self.bands!r} is no Bands; write Bands(likely_buyer=70, ready=40).")

    # -- points ---------------------------------------------------------------------------------------------------

    def raw(self, happenings: Iterable[tuple[str, Duration]]) -> float:
        """The raw points of one person: what happened, and how long ago.

        Examples
        --------
        >>> EngagementScore({"open": 1, "click": 3}).raw([("open", "14d"), ("click", "28d"), ("visit", "1d")])
        1.25
        """
        total = 0.0
        for event, ago in happenings:
            age = parse_duration(ago, "ago") / timedelta(seconds=1)
            total += self.weights.get(event, 0.0) * math.exp2(-age / self.half_life_s)
        return max(total, 0.0)

    def score(self, raw: float) -> float:
        """The score of raw points, 0 to 100.

        Raises
        ------
        SpecError
            If there is no cap yet.
        """
        if self.cap is None:
            raise SpecError("This score has no cap yet: fit(log) takes it from a log, or give cap=.")
        return 100 * min(1.0, max(raw, 0.0) / self.cap)

    @property
    def half_life_s(self) -> float:
        """The half-life in seconds; infinite when points never fade."""
        return math.inf if self.half_life is None else parse_duration(self.half_life, "half_life").total_seconds()

    # -- on a log -------------------------------------------------------------------------------------------------

    def fit(self, log: EventLog, at: Any = None) -> EngagementScore:
        """The same score with the cap of `log` at `at`, by default the end of observation: its reference date.

        Raises
        ------
        LogError
            If nobody did anything before `at`, or so few did a weighted event that the cap would be 0.
        """
        from funnel_utils.journey import score_result

        reference = score_result.date(log, at)
        return replace(self, cap=score_result.cap(self, log, reference), reference=reference)

    def run(self, log: EventLog, at: Any = None) -> ScoreResult:
        """The score of everybody who did anything before `at`; without a cap, that of this very date is taken.

        Parameters
        ----------
        log : EventLog
        at : timestamp, optional
            Only what happened strictly before counts. By default the moment after the end of observation. A time
            without a zone is in the log's `report_tz`.

        Raises
        ------
        SpecError
            If `at` lies after the end of observation: a score of then would take silence for what nobody has seen.
        LogError
            If nobody did anything before `at`.
        """
        from funnel_utils.journey import score_result

        moment = score_result.date(log, at)
        return score_result.ScoreResult.of(self if self.cap is not None else self.fit(log, moment), log, moment)

    def calibrate(
        self, log: EventLog, target: str | Iterable[str], horizon: Duration = "14d", **options: Any
    ) -> Calibration:
        """How likely people of each score are to do `target` in the next `horizon`, tested on later time.

        See `funnel_utils.journey.calibration.calibrate`, which takes the same options.
        """
        from funnel_utils.journey.calibration import calibrate

        return calibrate(self, log, target, horizon, **options)

    # -- files ----------------------------------------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """The score as plain values, from which `from_dict` makes the same again."""
        made = {
            "weights": dict(self.weights),
            "half_life": _written(self.half_life),
            "cap": self.cap,
            "reference": None if self.reference is None else self.reference.isoformat(),
            "quantile": self.quantile,
        }
        bands = {name: getattr(self.bands, name) for name in ("likely_buyer", "ready", "fall", "at_risk_from")}
        return made | {"bands": bands | {"back": _written(self.bands.back)}}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> EngagementScore:
        """A score from what `to_dict` gave.

        Raises
        ------
        SpecError
            If a field is missing, unknown or not valid.
        """
        known = ("weights", "half_life", "cap", "reference", "quantile", "bands")
        if not isinstance(values, Mapping) or "weights" not in values:
            raise SpecError("A score needs its weights: {weights: {event: points}}.")
        _known(values, known, "score")
        given = dict(values)
        if "bands" in given:
            bands = given["bands"]
            if not isinstance(bands, Mapping):
                raise SpecError(f"score: bands={bands!r}; write their fields, such as {{ready: 40}}.")
            _known(bands, ("likely_buyer", "ready", "fall", "back", "at_risk_from"), "bands")
            given["bands"] = Bands(**bands)
        return cls(**given)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the score, its cap and its reference date to a `.json`, `.yaml` or `.yml` file."""
        target = Path(path)
        values = self.to_dict()
        if _is_yaml(target):
            text = _yaml().safe_dump(values, sort_keys=False, allow_unicode=True)
        else:
            text = json.dumps(values, indent=2, ensure_ascii=False) + "\n"
        target.write_text(text, encoding="utf-8")
        return target

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> EngagementScore:
        """The score that `save` wrote.

        Raises
        ------
        SpecError
            If the file is not one, or holds another thing.
        """
        source = Path(path)
        is_yaml = _is_yaml(source)
        text = source.read_text(encoding="utf-8")
        try:
            values = _yaml().safe_load(text) if is_yaml else json.loads(text)
        except Exception as error:
            raise SpecError(f"{source.name} cannot be read as {'YAML' if is_yaml else 'JSON'}: {error}") from error
        return cls.from_dict(values)


def _weights(weights: Any) -> dict[str, float]:
    if not isinstance(weights, Mapping) or not weights:
        raise SpecError(
            f'weights={weights!r}: write points by event name, such as {{"email_open": 1, "purchase": 10}}.'
        )
    found = {}
    for event, points in weights.items():
        if not isinstance(event, str) or not event.strip():
            raise SpecError(f"weights: {event!r} is no event name.")
        found[event] = _number(points, f"weights: {event!r}")
    if max(found.values()) <= 0:
        raise SpecError("weights: no event has points above 0, so everybody would have a score of 0.")
    return found


def _number(value: Any, field: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise SpecError(f"{field}={value!r} is not a finite number.")
    return float(value)


def _positive(value: Duration, field: str) -> timedelta:
    found = parse_duration(value, field)
    if not found:
        raise SpecError(f"{field}={value!r}: it must be longer than nothing.")
    return found


def _written(value: Duration | None) -> str | None:
    if value is None:
        return None
    exact = parse_duration(value, "duration")
    short = format_duration(exact)
    return short if parse_duration(short, "duration") == exact else f"{exact.total_seconds():.6f}s"


def _known(values: Mapping[str, Any], known: tuple[str, ...], what: str) -> None:
    unknown = sorted(str(name) for name in set(values) - set(known))
    if unknown:
        raise SpecError(f"{what}: no field is called {', '.join(unknown)}; there are {', '.join(known)}.")


def _is_yaml(path: Path) -> bool:
    if path.suffix.lower() not in (".json", ".yaml", ".yml"):
        raise SpecError(f"{path.name}: a score is kept as .json, .yaml or .yml.")
    return path.suffix.lower() != ".json"


def _yaml() -> Any:
    try:
        return importlib.import_module("yaml")
    except ImportError as error:
        raise SpecError("YAML needs the package pyyaml; install it, or keep the score as .json.") from error
