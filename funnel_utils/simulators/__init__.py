"""Simulators: a model that is pure, a picture and one sentence of what it says, and a thin view with sliders.

`funnel` holds the funnel simulator; `leak` the game of finding the step to repair; `journey` walks people past channels
and shows which attribution rule tells the truth; `score` moves the weights of an engagement score; `plan` splits a
month's money over channels and says what a goal costs; `view` is what all views share.
"""

from __future__ import annotations

from funnel_utils.simulators.funnel import FunnelModel, FunnelSimulator
from funnel_utils.simulators.journey import JourneyModel, JourneySimulator
from funnel_utils.simulators.plan import PlanModel, PlanSimulator
from funnel_utils.simulators.score import ScoreModel, ScorePeople, ScoreSimulator

__all__ = [
    "FunnelModel",
    "FunnelSimulator",
    "JourneyModel",
    "JourneySimulator",
    "PlanModel",
    "PlanSimulator",
    "ScoreModel",
    "ScorePeople",
    "ScoreSimulator",
]
