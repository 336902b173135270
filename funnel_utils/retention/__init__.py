"""Retention: who comes back, for how long, how they differ, and what they are worth.

`Cohorts` makes the triangle of who came back when; `Survival` and `Churn` say how long customers stay, where they
cancel and where they merely fall silent; `SecondPurchase` how many buy again, and how soon; `Rfm` scores customers by
when they last bought, how often, and for how much. What all of them know of a customer is one aggregate,
`purchases.customers`, which stays in the engine where the log lives.

Names are loaded on first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from funnel_utils.retention.cdnow import has_cdnow, load_cdnow, load_cdnow_summary, load_donations
    from funnel_utils.retention.churn import Churn, ChurnResult, silences
    from funnel_utils.retention.clv import Clv, ClvResult
    from funnel_utils.retention.cohort_result import CohortsResult
    from funnel_utils.retention.cohorts import Cohorts
    from funnel_utils.retention.customers import CustomerSummary
    from funnel_utils.retention.economics import UnitEconomics, margins_by_age, winning_and_keeping
    from funnel_utils.retention.holdout import Holdout
    from funnel_utils.retention.ladder import Ladder, Rung
    from funnel_utils.retention.models.bgbb import BgBb
    from funnel_utils.retention.models.bgnbd import BgNbd, MbgNbd
    from funnel_utils.retention.models.estimator import compare
    from funnel_utils.retention.models.gamma_gamma import GammaGamma
    from funnel_utils.retention.models.paretonbd import ParetoNbd
    from funnel_utils.retention.models.sbg import Sbg
    from funnel_utils.retention.purchases import Purchases
    from funnel_utils.retention.repeats import tracking
    from funnel_utils.retention.rfm import Cuts, Rfm
    from funnel_utils.retention.rfm_migration import Migration, migration
    from funnel_utils.retention.rfm_result import RfmResult
    from funnel_utils.retention.rfm_segments import default_segments
    from funnel_utils.retention.scoreboard import Scoreboard
    from funnel_utils.retention.second import SecondPurchase, SecondPurchaseResult
    from funnel_utils.retention.survival import Survival, survival_table
    from funnel_utils.retention.survival_result import SurvivalResult

_HOME = {
    "Rung": "ladder",
    "Ladder": "ladder",
    "winning_and_keeping": "economics",
    "margins_by_age": "economics",
    "UnitEconomics": "economics",
    "Scoreboard": "scoreboard",
    "ClvResult": "clv",
    "Clv": "clv",
    "tracking": "repeats",
    "load_donations": "cdnow",
    "load_cdnow_summary": "cdnow",
    "load_cdnow": "cdnow",
    "has_cdnow": "cdnow",
    "Sbg": "models.sbg",
    "GammaGamma": "models.gamma_gamma",
    "BgBb": "models.bgbb",
    "BgNbd": "models.bgnbd",
    "CustomerSummary": "customers",
    "Holdout": "holdout",
    "MbgNbd": "models.bgnbd",
    "ParetoNbd": "models.paretonbd",
    "compare": "models.estimator",
    "Cuts": "rfm",
    "Migration": "rfm_migration",
    "Purchases": "purchases",
    "Rfm": "rfm",
    "RfmResult": "rfm_result",
    "default_segments": "rfm_segments",
    "migration": "rfm_migration",
    "Churn": "churn",
    "ChurnResult": "churn",
    "silences": "churn",
    "SecondPurchase": "second",
    "SecondPurchaseResult": "second",
    "Survival": "survival",
    "survival_table": "survival",
    "SurvivalResult": "survival_result",
    "Cohorts": "cohorts",
    "CohortsResult": "cohort_result",
}

__all__ = [
    "BgBb",
    "BgNbd",
    "Churn",
    "ChurnResult",
    "Clv",
    "ClvResult",
    "Cohorts",
    "CohortsResult",
    "CustomerSummary",
    "Cuts",
    "GammaGamma",
    "Holdout",
    "Ladder",
    "MbgNbd",
    "Migration",
    "ParetoNbd",
    "Purchases",
    "Rfm",
    "RfmResult",
    "Rung",
    "Sbg",
    "Scoreboard",
    "SecondPurchase",
    "SecondPurchaseResult",
    "Survival",
    "SurvivalResult",
    "UnitEconomics",
    "compare",
    "default_segments",
    "has_cdnow",
    "load_cdnow",
    "load_cdnow_summary",
    "load_donations",
    "margins_by_age",
    "migration",
    "silences",
    "survival_table",
    "tracking",
    "winning_and_keeping",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'funnel_utils.retention' has no attribute {name!r}")
    return getattr(importlib.import_module(f"funnel_utils.retention.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
