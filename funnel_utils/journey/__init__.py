"""Customer journeys: the same people as in the funnel, seen from their side.

`Sessions` cuts a log into visits. `Journey` says what one journey is and finds paths, transitions, the absorbing
Markov chain, the step matrix, flows, touchpoints, non-linear entry and the ways between channels. `JourneyMeasures`
follows people from stage to stage, `Intervention` compares them with a control, and `EngagementScore` says how engaged
everybody is.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from funnel_utils.journey.calibration import Calibration
    from funnel_utils.journey.chain import Chain
    from funnel_utils.journey.engagement import Rate, mail_rates
    from funnel_utils.journey.intervention import Intervention, InterventionResult
    from funnel_utils.journey.measures import JourneyMeasures, Revenue, StageActs
    from funnel_utils.journey.measures_result import MeasuresResult
    from funnel_utils.journey.result import JourneyResult
    from funnel_utils.journey.score import Bands, EngagementScore
    from funnel_utils.journey.score_result import ScoreResult
    from funnel_utils.journey.sessions import Sessions, SessionsResult
    from funnel_utils.journey.spec import Journey

_HOME = {
    "Bands": "score",
    "Calibration": "calibration",
    "Chain": "chain",
    "EngagementScore": "score",
    "Intervention": "intervention",
    "InterventionResult": "intervention",
    "Journey": "spec",
    "JourneyMeasures": "measures",
    "JourneyResult": "result",
    "MeasuresResult": "measures_result",
    "Rate": "engagement",
    "Revenue": "measures",
    "ScoreResult": "score_result",
    "Sessions": "sessions",
    "SessionsResult": "sessions",
    "StageActs": "measures",
    "mail_rates": "engagement",
}

__all__ = [
    "Bands",
    "Calibration",
    "Chain",
    "EngagementScore",
    "Intervention",
    "InterventionResult",
    "Journey",
    "JourneyMeasures",
    "JourneyResult",
    "MeasuresResult",
    "Rate",
    "Revenue",
    "ScoreResult",
    "Sessions",
    "SessionsResult",
    "StageActs",
    "mail_rates",
]


def __getattr__(name: str) -> Any:
    # A journey can be described without loading the engine; only its result needs one.
    if name not in _HOME:
        raise AttributeError(f"module 'funnel_utils.journey' has no attribute {name!r}")
    return getattr(importlib.import_module(f"funnel_utils.journey.{_HOME[name]}"), name)
