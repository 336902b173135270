"""The funnel simulator: widen the mouth, stop the leak, nurture the drop-outs, and see what each is worth.

`FunnelModel` says what is assumed: visitors, step rates, nurturing in the middle, money. `simulate` works it out, by
the arithmetic of `funnel_utils.funnel.whatif`, into a `FunnelOutcome`, which knows the truth that the student is after:
where the leak is, and at which step one more percentage point is worth most. `figure` and `describe` show an outcome;
`FunnelSimulator` puts sliders in front of all that.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from funnel_utils.errors import SpecError
from funnel_utils.funnel.nurturing import Nurturing
from funnel_utils.funnel.whatif import WhatIf
from funnel_utils.simulators.funnel_picture import describe, figure
from funnel_utils.simulators.view import NumberControl, Simulator, heading
from funnel_utils.text import t

if TYPE_CHECKING:
    from funnel_utils.funnel.result import FunnelResult
    from funnel_utils.simulators.leak import LeakHunt

__all__ = ["FunnelModel", "FunnelOutcome", "FunnelSimulator", "describe", "figure", "preset", "simulate"]


@dataclass(frozen=True)
class FunnelModel:
    """What the sliders set.

    Parameters
    ----------
    visitors : float
        The mouth: units that enter step 1.
    rates : tuple of float
        Rates of step 2, 3, ..., K, each from 0 to 1.
    labels : tuple of str
        Names of the K steps.
    value : float
        Money per unit at the last step (an order).
    nurtured_share, nurtured_rate : float
        Of those who stop at the middle step, the share that a follow-up reaches; and of these, the share that goes on
        to the next step after all.
    nurturing_cost : float
        Money per unit reached by the follow-up.
    visitor_cost : float
        Money per visitor.
    currency : str
        The name of the money; toman by default.

    Examples
    --------
    >>> model = preset("document")
    >>> simulate(model).what_if.conversions
    280.0
    """

    visitors: float
    rates: tuple[float, ...]
    labels: tuple[str, ...] = ()
    value: float = 0.0
    nurtured_share: float = 0.0
    nurtured_rate: float = 0.0
    nurturing_cost: float = 0.0
    visitor_cost: float = 0.0
    currency: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", self.what_if.labels)
        object.__setattr__(self, "rates", tuple(self.rates))
        object.__setattr__(self, "currency", self.currency or t("simulators.currency"))

    @property
    def middle(self) -> int:
        """The step whose drop-outs are nurtured: the middle one, the earlier of two."""
        return (len(self.rates) + 1 + 1) // 2

    @property
    def what_if(self) -> WhatIf:
        """The model as arithmetic."""
        nurturing = Nurturing(self.middle + 1, self.nurtured_share, self.nurtured_rate, self.nurturing_cost)
        return WhatIf(
            self.visitors,
            self.rates,
            value=self.value,
            labels=self.labels,
            nurturing=nurturing,
            visitor_cost=self.visitor_cost,
        )

    @classmethod
    def from_result(cls, result: FunnelResult, *, value: float | None = None, currency: str = "") -> FunnelModel:
        """The model of a measured funnel; see `WhatIf.from_result`. Without any value, an order counts as 0."""
        measured = WhatIf.from_result(result, value=value)
        worth = round(measured.value or 0.0, 2)
        return cls(measured.visitors, measured.rates, measured.labels, worth, currency=currency)


@dataclass(frozen=True)
class FunnelOutcome:
    """What a model leads to.

    Attributes
    ----------
    model : FunnelModel
    what_if : WhatIf
        Units, conversions, money and the effect of any change.
    leak : int or None
        The step (2..K) with the lowest rate; None when nobody is lost, or nobody comes.
    best : int or None
        The step where one more percentage point is worth most, among those below 100%; None when none is worth
        anything.
    """

    model: FunnelModel
    what_if: WhatIf
    leak: int | None
    best: int | None

    def worth(self, step: int) -> float:
        """Money for one more percentage point at `step` (for step 1: for 1% more visitors)."""
        return self.what_if.money_per_point(step)


def simulate(model: FunnelModel) -> FunnelOutcome:
    """Work out what a model leads to, and where its leak is.

    Examples
    --------
    >>> outcome = simulate(preset("document"))
    >>> outcome.leak, outcome.best, outcome.worth(2)
    (2, 2, 14400000.0)
    """
    what_if = model.what_if
    loses = model.visitors > 0 and min(what_if.effective_rates) < 1
    worth = {step: what_if.money_per_point(step) for step in range(2, what_if.n_steps + 1) if model.rates[step - 2] < 1}
    best = max(worth, key=lambda step: worth[step], default=None)
    return FunnelOutcome(model, what_if, what_if.leak if loses else None, best if best and worth[best] > 0 else None)


def preset(name: str) -> FunnelModel:
    """A model to start from.

    `"document"`: 4,000 enter and 280 buy, 7%, as in the course's source document; how many reach evaluation is our
    number. `"leaky middle"`: the document's second example, where only 100 of 4,000 reach evaluation; how many of them
    buy is our number. Both order values are ours.
    """
    labels = tuple(t(f"simulators.preset.{stage}") for stage in ("awareness", "evaluation", "purchase"))
    presets = {
        "document": FunnelModel(4000, (0.175, 0.4), labels, value=900_000),
        "leaky middle": FunnelModel(4000, (0.025, 0.4), labels, value=900_000),
    }
    if name not in presets:
        raise SpecError(f"preset {name!r} is not one of {', '.join(map(repr, presets))}.")
    return presets[name]


class FunnelSimulator(Simulator):
    """Sliders over a `FunnelModel`.

    Parameters
    ----------
    start : FunnelModel or str
        Where the sliders start and what Reset returns to: a model, such as `FunnelModel.from_result(result)`, or the
        name of a `preset`.

    Attributes
    ----------
    model : FunnelModel
        What the sliders say now.
    outcome : FunnelOutcome
        What it leads to.
    """

    def __init__(self, start: FunnelModel | str = "document") -> None:
        super().__init__()
        self.start = preset(start) if isinstance(start, str) else start
        self.controls = _controls(self.start)
        self.reset = widgets.Button(description=t("simulators.reset"), tooltip=t("simulators.reset.tip"), icon="undo")
        self._lay_out(_panel(self.start, self.controls, self.reset))
        for control in self.controls.values():
            control.observe(self._changed, "value")
        self.reset.on_click(self._back_to_start)
        self._resetting = False
        self._changed()

    @classmethod
    def mystery(cls, seed: int = 1) -> LeakHunt:
        """The game instead: a funnel drawn by `seed`, a few repairs to pay for, and the best plan to find."""
        from funnel_utils.simulators.leak import LeakHunt, LeakPuzzle

        return LeakHunt(LeakPuzzle.draw(seed))

    @property
    def model(self) -> FunnelModel:
        """The model that the controls say."""
        at_start = _values(self.start)
        moved: dict[str, Any] = {
            name: control.value for name, control in self.controls.items() if control.value != at_start[name]
        }
        # A rate that was not moved stays as it was measured: the control shows it rounded.
        rates = [
            moved.pop(f"rate {step}") / 100 if f"rate {step}" in moved else rate
            for step, rate in enumerate(self.start.rates, 2)
        ]
        for name in {"nurtured_share", "nurtured_rate"} & set(moved):
            moved[name] /= 100
        return replace(self.start, rates=tuple(rates), **moved)

    @property
    def outcome(self) -> FunnelOutcome:
        """What the controls lead to."""
        return simulate(self.model)

    def _changed(self, change: Any = None) -> None:
        if self._resetting:
            return
        outcome, start = self.outcome, simulate(self.start)
        self.show(lambda: figure(outcome, start), describe(outcome, start))

    def _back_to_start(self, button: Any = None) -> None:
        self._resetting = True
        try:
            for name, value in _values(self.start).items():
                self.controls[name].value = value
        finally:
            self._resetting = False
        self._changed()


def _values(model: FunnelModel) -> dict[str, float]:
    """The controls' numbers of a model: shares in per cent, rounded below what anybody measures."""
    rates = {f"rate {step}": round(rate * 100, 6) for step, rate in enumerate(model.rates, 2)}
    return {
        "visitors": model.visitors,
        **rates,
        "nurtured_share": round(model.nurtured_share * 100, 6),
        "nurtured_rate": round(model.nurtured_rate * 100, 6),
        "nurturing_cost": model.nurturing_cost,
        "value": model.value,
        "visitor_cost": model.visitor_cost,
    }


def _controls(start: FunnelModel) -> dict[str, NumberControl]:
    made = {}
    worth = max(start.value, 1.0)
    tops = {
        "visitors": _round_up(4 * max(start.visitors, 100)),
        "value": _round_up(4 * max(start.value, 250_000 if start.value == 0 else 0)),
        "visitor_cost": _round_up(max(worth / 10, 2 * start.visitor_cost)),
        "nurturing_cost": _round_up(max(worth / 10, 2 * start.nurturing_cost)),
    }
    for name, value in _values(start).items():
        high, step = (tops[name], tops[name] / 200) if name in tops else (100.0, 0.5)
        if name.startswith("rate "):
            label = t("simulators.funnel.rate", label=start.labels[int(name.split()[1]) - 1])
        else:
            label = t(f"simulators.funnel.{name}", currency=start.currency)
        made[name] = NumberControl(label, value, 0.0, high, step)
    return made


def _round_up(value: float) -> float:
    """The next of 1, 2, 5, 10, 20, 50, ...: a bound that reads well and whose 200 steps are whole numbers."""
    size = 10.0 ** math.floor(math.log10(value))
    return next(size * lead for lead in (1, 2, 5, 10) if size * lead >= value)


def _panel(start: FunnelModel, controls: dict[str, NumberControl], reset: widgets.Button) -> list[widgets.Widget]:
    funnel = ["visitors", *(name for name in controls if name.startswith("rate "))]
    nurturing = ["nurtured_share", "nurtured_rate", "nurturing_cost"]
    stopped = start.labels[start.middle - 1]
    return [
        heading(t("simulators.funnel.group.funnel")),
        *(controls[name] for name in funnel),
        heading(t("simulators.funnel.group.nurturing", label=stopped)),
        *(controls[name] for name in nurturing),
        heading(t("simulators.funnel.group.money")),
        *(controls[name] for name in ("value", "visitor_cost")),
        reset,
    ]
