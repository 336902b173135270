"""Simulators: a model that is pure, a picture and one sentence of what it says, and a thin view with sliders.

`funnel` holds the funnel simulator; `leak` the game of finding the step to repair; `journey` walks people past channels
and shows which attribution rule tells the truth; `score` moves the weights of an engagement score; `plan` splits a
month's money over channels and says what a goal costs; `retention` follows a new customer up the ladder of offers;
`automation` runs a programme of messages and compares what clicks claim with what it caused; `peeking`, `power`,
`coverage`, `srm`, `cuped`, `interaction` and `curse` run experiments; `view` is what all views share, `dials` what
those of experiments share, `inlay` the small charts in a picture.
"""

from __future__ import annotations

from funnel_utils.simulators.automation import AutomationModel, AutomationSimulator
from funnel_utils.simulators.coverage import CoverageModel, CoverageSimulator
from funnel_utils.simulators.cuped import CupedModel, CupedSimulator
from funnel_utils.simulators.curse import CurseModel, CurseSimulator
from funnel_utils.simulators.funnel import FunnelModel, FunnelSimulator
from funnel_utils.simulators.interaction import InteractionModel, InteractionSimulator
from funnel_utils.simulators.journey import JourneyModel, JourneySimulator
from funnel_utils.simulators.peeking import PeekingModel, PeekingSimulator
from funnel_utils.simulators.plan import PlanModel, PlanSimulator
from funnel_utils.simulators.power import PowerModel, PowerSimulator
from funnel_utils.simulators.retention import RetentionModel, RetentionSimulator
from funnel_utils.simulators.score import ScoreModel, ScorePeople, ScoreSimulator
from funnel_utils.simulators.srm import SplitModel, SplitSimulator

__all__ = [
    "AutomationModel",
    "AutomationSimulator",
    "CoverageModel",
    "CoverageSimulator",
    "CupedModel",
    "CupedSimulator",
    "CurseModel",
    "CurseSimulator",
    "FunnelModel",
    "FunnelSimulator",
    "InteractionModel",
    "InteractionSimulator",
    "JourneyModel",
    "JourneySimulator",
    "PeekingModel",
    "PeekingSimulator",
    "PlanModel",
    "PlanSimulator",
    "PowerModel",
    "PowerSimulator",
    "RetentionModel",
    "RetentionSimulator",
    "ScoreModel",
    "ScorePeople",
    "ScoreSimulator",
    "SplitModel",
    "SplitSimulator",
]
