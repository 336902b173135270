"""The plan simulator: split a month's money over channels, set a goal, and see what it costs and whether it is SMART.

Sliders set the spend of each channel and the goal; two buttons move them to the best split of the same money and to the
least money for the goal. The model is in `plan_model`, the picture in `plan_picture`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import ipywidgets as widgets

from funnel_utils.plan.budget import Budget
from funnel_utils.plan.outcome import Outcome
from funnel_utils.simulators.plan_model import PlanModel, PlanOutcome, simulate_plan
from funnel_utils.simulators.plan_picture import describe, figure, lights_html
from funnel_utils.simulators.view import NumberControl, Simulator, heading
from funnel_utils.text import t

__all__ = ["PlanModel", "PlanOutcome", "PlanSimulator", "describe", "figure", "simulate_plan"]

MILLION = 1e6
#: The sliders reach as far as the best split of so many times the money at the start.
WIDEST = 3.0


class PlanSimulator(Simulator):
    """Sliders over a `PlanModel`.

    Parameters
    ----------
    start : PlanModel, optional
        Where the controls start and what Reset returns to; by default the shop Pardis.

    Attributes
    ----------
    model : PlanModel
        What the controls say now.
    outcome : PlanOutcome
        What it leads to.
    """

    def __init__(self, start: PlanModel | None = None) -> None:
        super().__init__()
        self.start = start or PlanModel.pardis()
        self.controls = _controls(self.start)
        self.deadline = _choice(
            "deadline", [(t("plan_simulator.no_date"), ""), *((_month(m), m) for m in self.start.months)]
        )
        self.serves = _choice(
            "serves",
            [(t("plan_simulator.serves.none"), ""), *((t(f"plan_simulator.serves.{s}"), s) for s in _SERVES)],
        )
        self.says = {name: _tick(name) for name in _SAYS}
        self.split = _button("split")
        self.enough = _button("enough")
        self.lights = widgets.HTML(layout={"width": "100%"})
        self.reset = widgets.Button(description=t("simulators.reset"), tooltip=t("simulators.reset.tip"), icon="undo")
        self._silent = True
        self._set(self.start)
        self._lay_out(self._panel())
        for control in (*self.controls.values(), self.deadline, self.serves, *self.says.values()):
            control.observe(self._changed, "value")
        self.split.on_click(lambda button: self._spend(self.outcome.best))
        self.enough.on_click(lambda button: self._spend(self.outcome.least))
        self.reset.on_click(lambda button: self._move(self.start))
        self._silent = False
        self._changed()

    def _panel(self) -> list[widgets.Widget]:
        """The controls in their order."""
        spends = [control for name, control in self.controls.items() if name.startswith("spend ")]
        row = {"flex_flow": "row wrap", "width": "100%"}
        return [
            heading(t("plan_simulator.group.spend")),
            *spends,
            self.controls["margin"],
            widgets.HBox([self.split, self.enough], layout=row),
            heading(t("plan_simulator.group.goal")),
            self.controls["target"],
            self.deadline,
            self.serves,
            *self.says.values(),
            self.reset,
            self.lights,
        ]

    @property
    def model(self) -> PlanModel:
        """The model that the controls say."""
        at_start = _values(self.start)
        # A number that was not moved is the start's own, not its rounded picture on the slider.
        moved = {name: one.value for name, one in self.controls.items() if one.value != at_start[name]}
        spend = {
            name: moved.get(f"spend {name}", self.start.spend.get(name, 0.0) / MILLION) * MILLION
            for name in self.start.budget.names
        }
        budget = _with_margin(self.start.budget, moved["margin"] / 100) if "margin" in moved else self.start.budget
        return replace(
            self.start,
            budget=budget,
            spend=spend,
            target=moved.get("target", self.start.target),
            deadline=self.deadline.value,
            serves=self.serves.value,
            **{name: box.value for name, box in self.says.items()},
        )

    @property
    def outcome(self) -> PlanOutcome:
        """What the controls lead to."""
        return simulate_plan(self.model)

    def _changed(self, change: Any = None) -> None:
        if self._silent:
            return
        outcome = self.outcome
        self.split.disabled = outcome.best is None
        self.enough.disabled = outcome.least is None or self._within(outcome.least.spend) != outcome.least.spend
        self.show(lambda: figure(outcome, lights=False), describe(outcome))
        # Where there is no screen, the lights belong to the picture.
        self._figure = lambda: figure(outcome)
        self.lights.value = lights_html(outcome)

    def _spend(self, found: Outcome | None) -> None:
        """Move the sliders of spend to a split."""
        if found is not None:
            self._move(replace(self.model, spend=self._within(found.spend)))

    def _within(self, spend: Mapping[str, float]) -> dict[str, float]:
        """Spends no further than their sliders go."""
        return {name: min(money, self.controls[f"spend {name}"]._slider.max * MILLION) for name, money in spend.items()}

    def _move(self, model: PlanModel) -> None:
        self._silent = True
        try:
            self._set(model)
        finally:
            self._silent = False
        self._changed()

    def _set(self, model: PlanModel) -> None:
        for name, value in _values(model).items():
            self.controls[name].value = value
        self.deadline.value, self.serves.value = model.deadline, model.serves
        for name, box in self.says.items():
            box.value = getattr(model, name)


_SAYS = ("says_whom", "compared", "explained")
_SERVES = ("profit", "advocacy")


@lru_cache(maxsize=4)
def _with_margin(budget: Budget, margin: float) -> Budget:
    return replace(budget, margin=margin)


def _values(model: PlanModel) -> dict[str, float]:
    """The numbers of a model as the sliders show them: millions and per cent, rounded to what is typed."""
    spend = {f"spend {name}": round(model.spend.get(name, 0.0) / MILLION, 3) for name in model.budget.names}
    return {**spend, "margin": round(model.budget.margin * 100, 6), "target": float(model.target)}


def _controls(start: PlanModel) -> dict[str, NumberControl]:
    # Wide enough for the best splits of some times the money.
    enough = sum(max(channel.curve.half, channel.minimum) for channel in start.budget.channels)
    wide = start.budget.best(max(WIDEST * start.total, enough)).spend
    made = {}
    for name, value in _values(start).items():
        if name == "margin":
            made[name] = NumberControl(t("plan_simulator.margin"), value, 0.0, 100.0, 1.0)
        elif name == "target":
            made[name] = NumberControl(t("plan_simulator.target"), value, 0.0, max(2.0 * value, 10.0), 10.0)
        else:
            channel = name.removeprefix("spend ")
            high = 10.0 * math.ceil(1.1 * max(value, wide[channel] / MILLION) / 10.0 + 0.1)
            low = start.budget.channel(channel).minimum / MILLION
            high = min(high, start.budget.channel(channel).maximum / MILLION)
            made[name] = NumberControl(channel, value, min(low, value), max(high, value), 1.0)
    return made


def _choice(name: str, options: list[tuple[str, str]]) -> widgets.Dropdown:
    label = t(f"plan_simulator.{name}")
    look = {"style": {"description_width": "14.5em"}, "layout": {"width": "100%"}}
    return widgets.Dropdown(options=options, description=label, tooltip=label, **look)


def _tick(name: str) -> widgets.Checkbox:
    label = t(f"plan_simulator.{name}")
    return widgets.Checkbox(description=label, tooltip=label, indent=False, layout={"width": "100%"})


def _button(name: str) -> widgets.Button:
    words = {"description": t(f"plan_simulator.{name}"), "tooltip": t(f"plan_simulator.{name}.tip")}
    return widgets.Button(**words, layout={"width": "auto"})


def _month(month: str) -> str:
    """A month as people say it: `Aug 2026`."""
    return f"{t('charts.months').split()[int(month[-2:]) - 1]} {month[:4]}"
