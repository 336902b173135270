"""The automation simulator: what clicks claim for a programme of messages, what its holdout finds, and what is true.

Sliders set the cap, the messages, the fatigue and the holdout. The model is in `automation_model`, the picture in
`automation_picture`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from funnel_utils.simulators.automation_model import NO_CAP, AutomationModel, AutomationOutcome, simulate_automation
from funnel_utils.simulators.automation_picture import describe, figure
from funnel_utils.simulators.dials import Dial, DialSimulator, Group

__all__ = ["AutomationModel", "AutomationOutcome", "AutomationSimulator", "describe", "figure", "simulate_automation"]


class AutomationSimulator(DialSimulator):
    """Sliders over an `AutomationModel`.

    Parameters
    ----------
    start : AutomationModel, optional
        Where the controls start and what Reset returns to.

    Attributes
    ----------
    model : AutomationModel
        What the controls say now.
    outcome : AutomationOutcome
        What it leads to.
    """

    table = (
        Group("automation_simulator.group.send"),
        Dial("most", "automation_simulator.most", 0, NO_CAP, 1, whole=True),
        Dial("drops", "automation_simulator.drops", 0, 20, 1, whole=True),
        Dial("sms", "automation_simulator.sms", 0, 5_000, 100),
        Group("automation_simulator.group.people"),
        Dial("fatigue", "automation_simulator.fatigue", 0, 100, 1, scale=100),
        Dial("dogs", "automation_simulator.dogs", 0, 50, 1, scale=100),
        Group("automation_simulator.group.lot"),
        Dial("people", "automation_simulator.people", 500, 6_000, 100, whole=True),
        Dial("holdout", "automation_simulator.holdout", 2, 90, 1, scale=100),
        Dial("lot", "automation_simulator.lot", 0, 50, 1, whole=True),
    )
    presets: ClassVar[Mapping[str, AutomationModel]] = {
        "automation_simulator.flood": AutomationModel.flood(),
        "automation_simulator.small": AutomationModel.small_holdout(),
    }
    first = staticmethod(AutomationModel)
    solve = staticmethod(simulate_automation)
    draw = staticmethod(figure)
    tell = staticmethod(describe)
