"""The retention simulator: what a new customer costs, who stays, and whether the ladder earns back the entry offer.

Sliders set the costs, the ladder and the leaving; two buttons start from the shop's own customers. The model is in
`retention_model`, the picture in `retention_picture`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from funnel_utils.simulators.dials import Dial, DialSimulator, Group
from funnel_utils.simulators.retention_model import RetentionModel, RetentionOutcome, simulate_retention
from funnel_utils.simulators.retention_picture import describe, figure

__all__ = ["RetentionModel", "RetentionOutcome", "RetentionSimulator", "describe", "figure", "simulate_retention"]


def _dial(field: str, low: float, high: float, step: float, **more: float) -> Dial:
    return Dial(field, f"retention_simulator.{field}", low, high, step, **more)  # type: ignore[arg-type]


def _percent(field: str, high: float = 100, step: float = 1) -> Dial:
    return _dial(field, 0, high, step, scale=100)


class RetentionSimulator(DialSimulator):
    """Sliders over a `RetentionModel`.

    Parameters
    ----------
    start : RetentionModel, optional
        Where the controls start and what Reset returns to; by default the shop's welcome box.

    Attributes
    ----------
    model : RetentionModel
        What the controls say now.
    outcome : RetentionOutcome
        What it leads to.
    """

    table = (
        Group("retention_simulator.group.win"),
        _dial("cost", 0, 800, 5),
        _dial("entry", -200, 400, 5),
        Group("retention_simulator.group.ladder"),
        _percent("climb"),
        _dial("core", 0, 600, 10),
        _percent("related"),
        _dial("extra", 0, 300, 10),
        Group("retention_simulator.group.stay"),
        _dial("pace", 0, 3, 0.02),
        _percent("leave", 80, 0.5),
        _percent("differ", 80),
        Group("retention_simulator.group.look"),
        Dial("months", "retention_simulator.months", 1, 60, 1, whole=True),
        _percent("discount"),
    )
    presets: ClassVar[Mapping[str, RetentionModel]] = {
        "retention_simulator.box": RetentionModel.welcome_box(),
        "retention_simulator.search": RetentionModel.paid_search(),
    }
    first = staticmethod(RetentionModel.welcome_box)
    solve = staticmethod(simulate_retention)
    draw = staticmethod(figure)
    tell = staticmethod(describe)
