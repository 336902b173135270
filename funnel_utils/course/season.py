"""The season of journeys and what lesson 02 computes on it, once, shared by its graders."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from funnel_utils.events import EventLog
    from funnel_utils.journey.attribution import AttributionResult
    from funnel_utils.journey.result import JourneyResult
    from funnel_utils.synthetic import JourneyTruth

DAYS = {"train_at": "2026-08-08", "test_at": "2026-08-22"}
"""The days on which the lesson's scores learn and are tested."""

FIRST_WEIGHTS = {
    "ad_impression": 1,
    "visit": 1,
    "view_product": 2,
    "search": 2,
    "read_guide": 3,
    "email_click": 3,
    "compare": 4,
    "store_visit": 4,
    "add_to_cart": 6,
    "begin_checkout": 8,
}
"""The lesson's first weights, an opinion."""


@cache
def log() -> EventLog:
    """The shipped journeys."""
    from funnel_utils.synthetic import load_journey

    return load_journey()


@cache
def truth() -> JourneyTruth:
    """What the season was drawn from."""
    from funnel_utils.synthetic import load_journey_truth

    return load_journey_truth()


@cache
def journeys() -> JourneyResult:
    """The lesson's journeys: five stages, up to a purchase."""
    from funnel_utils.journey import Journey
    from funnel_utils.stages import model

    return Journey(end="purchase", stages=model("journey_five"), idle="30d", collapse=True).run(log())


@cache
def attribution() -> AttributionResult:
    """The lesson's attribution, without intervals."""
    from funnel_utils.journey.attribution import Attribution

    return Attribution("purchase", lookback="30d", replicates=0).run(log())


@cache
def last_click() -> pd.DataFrame:
    """By channel: `conversions` and `value` that the last touch is credited with, `caused`, `spend`, `revenue_lost`."""
    table = truth().channels.set_index("channel")[["conversions_lost", "revenue_lost", "spend"]]
    table = table.rename(columns={"conversions_lost": "caused"})
    credit = attribution().credits("last").set_index("channel")
    return table.join(credit[["conversions", "value"]])


@cache
def reminder(within: str) -> dict[str, float]:
    """The reminder against its control: `treated`, `control`, `difference`, `low`, `high`."""
    from funnel_utils.journey.intervention import Intervention

    lot = Intervention(
        "reminder_assigned", "reminder", "control", assignment="random", arm="group", within=within, revenue=None
    )
    columns = ["treated", "control", "difference", "low", "high"]
    (row,) = lot.run(log()).effects[columns].to_dict("records")
    return {str(name): float(value) for name, value in row.items()}


@cache
def score_auc(weights: tuple[tuple[str, float], ...], half_life: str = "14d") -> float:
    """The AUC of a score on the lesson's later day."""
    from funnel_utils.journey.score import EngagementScore

    score = EngagementScore(dict(weights), half_life=half_life)
    return score.calibrate(log(), target="purchase", horizon="14d", **DAYS).auc.value
