"""Funnel School's metric code: funnels, journeys, plans, experiments and retention from one event log.

Names are loaded on first use, so that `import funnel_utils` stays fast and pulls in no plotting or notebook code.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from funnel_utils.cro.design import Design
    from funnel_utils.cro.experiment import Experiment
    from funnel_utils.cro.factorial import Factorial
    from funnel_utils.cro.result import ExperimentResult
    from funnel_utils.cro.sequential import GroupSequential
    from funnel_utils.engine import Engine
    from funnel_utils.errors import EngineError, FunnelUtilsError, LogError, SpecError
    from funnel_utils.events import EventLog, Quality
    from funnel_utils.funnel import Exclusion, Funnel, FunnelResult, Step
    from funnel_utils.funnel.nurturing import Nurturing
    from funnel_utils.funnel.whatif import WhatIf
    from funnel_utils.journey import Chain, Journey, JourneyResult, Sessions
    from funnel_utils.journey.attribution import Attribution, AttributionResult
    from funnel_utils.journey.intervention import Intervention
    from funnel_utils.journey.measures import JourneyMeasures, StageActs
    from funnel_utils.journey.score import Bands, EngagementScore
    from funnel_utils.plan import (
        Budget,
        Channel,
        Goal,
        History,
        KpiTree,
        Response,
        assess,
        fit_responses,
        load_plan,
        pace,
    )
    from funnel_utils.plan.audit import audit
    from funnel_utils.plan.forecast import forecast
    from funnel_utils.plan.personas import personas
    from funnel_utils.retention import (
        Churn,
        Clv,
        Cohorts,
        CustomerSummary,
        Ladder,
        Rfm,
        SecondPurchase,
        Survival,
        UnitEconomics,
    )
    from funnel_utils.stages import StageModel

__version__ = "0.1.0"

_HOME = {
    "Clv": "retention",
    "CustomerSummary": "retention",
    "Ladder": "retention",
    "UnitEconomics": "retention",
    "Experiment": "cro.experiment",
    "ExperimentResult": "cro.result",
    "Attribution": "journey.attribution",
    "AttributionResult": "journey.attribution",
    "Design": "cro.design",
    "EngineError": "errors",
    "Engine": "engine",
    "EventLog": "events",
    "Quality": "events",
    "Exclusion": "funnel",
    "Funnel": "funnel",
    "FunnelResult": "funnel",
    "FunnelUtilsError": "errors",
    "Chain": "journey",
    "Journey": "journey",
    "JourneyResult": "journey",
    "Sessions": "journey",
    "LogError": "errors",
    "Nurturing": "funnel.nurturing",
    "SpecError": "errors",
    "Step": "funnel",
    "WhatIf": "funnel.whatif",
    "EngagementScore": "journey.score",
    "Bands": "journey.score",
    "JourneyMeasures": "journey.measures",
    "StageActs": "journey.measures",
    "Intervention": "journey.intervention",
    "Budget": "plan",
    "Channel": "plan",
    "Goal": "plan",
    "History": "plan",
    "KpiTree": "plan",
    "Response": "plan",
    "assess": "plan",
    "audit": "plan",
    "fit_responses": "plan",
    "forecast": "plan",
    "load_plan": "plan",
    "pace": "plan",
    "personas": "plan",
    "Factorial": "cro.factorial",
    "GroupSequential": "cro.sequential",
    "Churn": "retention",
    "Cohorts": "retention",
    "Rfm": "retention",
    "SecondPurchase": "retention",
    "Survival": "retention",
    "StageModel": "stages",
}

__all__ = [
    "Attribution",
    "AttributionResult",
    "Bands",
    "Budget",
    "Chain",
    "Channel",
    "Churn",
    "Clv",
    "Cohorts",
    "CustomerSummary",
    "Design",
    "EngagementScore",
    "Engine",
    "EngineError",
    "EventLog",
    "Exclusion",
    "Experiment",
    "ExperimentResult",
    "Factorial",
    "Funnel",
    "FunnelResult",
    "FunnelUtilsError",
    "Goal",
    "GroupSequential",
    "History",
    "Intervention",
    "Journey",
    "JourneyMeasures",
    "JourneyResult",
    "KpiTree",
    "Ladder",
    "LogError",
    "Nurturing",
    "Quality",
    "Response",
    "Rfm",
    "SecondPurchase",
    "Sessions",
    "SpecError",
    "StageActs",
    "StageModel",
    "Step",
    "Survival",
    "UnitEconomics",
    "WhatIf",
    "assess",
    "audit",
    "fit_responses",
    "forecast",
    "load_plan",
    "pace",
    "personas",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'funnel_utils' has no attribute {name!r}")
    return getattr(importlib.import_module(f"funnel_utils.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
