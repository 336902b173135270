"""Stage models: how six authors cut the relation between a person and an organisation into stages.

Each model is complete data (`model`, `models`), can be laid beside the others (`crosswalk`), and says of every person
in a log where she is now (`current_stage`). `Referral` measures the loop by which advocates feed the mouth.
"""

from __future__ import annotations

from funnel_utils.stages.crosswalk import Crosswalk, crosswalk
from funnel_utils.stages.current import CurrentStages, current_stage
from funnel_utils.stages.library import MOMENTS, NAMES, model, models
from funnel_utils.stages.model import Sign, Stage, StageModel
from funnel_utils.stages.referral import Hourglass, Referral, ReferralResult, hourglass

__all__ = [
    "MOMENTS",
    "NAMES",
    "Crosswalk",
    "CurrentStages",
    "Hourglass",
    "Referral",
    "ReferralResult",
    "Sign",
    "Stage",
    "StageModel",
    "crosswalk",
    "current_stage",
    "hourglass",
    "model",
    "models",
]
