"""A view made of a table: which fields of a frozen model get a slider, a list or a tick, and which presets there are.

The simulators of experiments are all alike in this: a model with some numbers, an outcome, a picture and a sentence. So
their views only declare their controls; everything else is here. A number that nobody moved keeps the exact value of
the model it came from, not its rounded picture on the slider.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import ipywidgets as widgets
from matplotlib.figure import Figure

from funnel_utils.simulators.view import NumberControl, Simulator, heading
from funnel_utils.text import t


@dataclass(frozen=True)
class Dial:
    """A slider and a field for one number of the model.

    Parameters
    ----------
    field : str
        The model's field.
    label : str
        Key of its label, which names the unit.
    low, high, step : float
        As shown on the slider.
    scale : float
        What is shown is the field times this: 100 for shares in per cent.
    whole : bool
        Whether the field is a whole number.
    """

    field: str
    label: str
    low: float
    high: float
    step: float
    scale: float = 1.0
    whole: bool = False

    def shown(self, model: Any) -> float:
        """The number as the slider shows it."""
        return round(float(getattr(model, self.field)) * self.scale, 9)

    def taken(self, shown: float) -> float:
        """The field's value for a number on the slider."""
        return round(shown / self.scale) if self.whole else shown / self.scale


@dataclass(frozen=True)
class Choice:
    """A list to choose one value of a field from; `options` maps each value to the key of its text."""

    field: str
    label: str
    options: Mapping[Any, str]


@dataclass(frozen=True)
class Group:
    """A heading above the controls that follow."""

    label: str


class DialSimulator(Simulator):
    """A simulator whose controls are declared.

    Subclasses say what their `table`, `presets` and `first` model are, and how to `solve`, `draw` and `tell`.

    Parameters
    ----------
    start : model, optional
        Where the controls start and what Reset returns to.

    Attributes
    ----------
    model
        What the controls say now.
    outcome
        What it leads to.
    """

    #: Dials, choices and groups in their order.
    table: ClassVar[Sequence[Dial | Choice | Group]]
    #: Models to jump to, by the key of their name.
    presets: ClassVar[Mapping[str, Any]] = {}

    def __init__(self, start: Any = None) -> None:
        super().__init__()
        self.start = self.first() if start is None else start
        self._base = self.start
        self.controls: dict[str, NumberControl] = {}
        self.choices: dict[str, widgets.Dropdown] = {}
        panel = [self._control(row) for row in self.table]
        self.buttons = {key: _button(t(key), t("lab.preset.tip")) for key in self.presets}
        self.reset = _button(t("simulators.reset"), t("simulators.reset.tip"), icon="undo")
        row = {"flex_flow": "row wrap", "width": "100%"}
        self._lay_out([*panel, widgets.HBox([*self.buttons.values(), self.reset], layout=row)])
        for control in (*self.controls.values(), *self.choices.values()):
            control.observe(self._changed, "value")
        for key, button in self.buttons.items():
            button.on_click(lambda _, key=key: self.move(self.presets[key]))
        self.reset.on_click(lambda _: self.move(self.start))
        self._silent = False
        self._changed()

    _silent = True

    @staticmethod
    def first() -> Any:
        """The model at the start."""
        raise NotImplementedError

    @staticmethod
    def solve(model: Any) -> Any:
        """The model's outcome."""
        raise NotImplementedError

    @staticmethod
    def draw(outcome: Any) -> Figure:
        """The outcome's picture."""
        raise NotImplementedError

    @staticmethod
    def tell(outcome: Any) -> str:
        """The outcome's sentence."""
        raise NotImplementedError

    @property
    def model(self) -> Any:
        """The model that the controls say."""
        moved: dict[str, Any] = {}
        for row in self.table:
            if isinstance(row, Dial) and self.controls[row.field].value != row.shown(self._base):
                moved[row.field] = row.taken(self.controls[row.field].value)
            elif isinstance(row, Choice):
                moved[row.field] = self.choices[row.field].value
        return replace(self._base, **moved)

    @property
    def outcome(self) -> Any:
        """What the controls lead to."""
        return self.solve(self.model)

    def move(self, model: Any) -> None:
        """Set all controls to a model, with one redraw."""
        self._silent = True
        try:
            self._base = model
            for row in self.table:
                if isinstance(row, Dial):
                    self.controls[row.field].value = row.shown(model)
                elif isinstance(row, Choice):
                    self.choices[row.field].value = getattr(model, row.field)
        finally:
            self._silent = False
        self._changed()

    def _control(self, row: Dial | Choice | Group) -> widgets.Widget:
        if isinstance(row, Group):
            return heading(t(row.label))
        if isinstance(row, Dial):
            value = row.shown(self.start)
            control = NumberControl(t(row.label), value, min(row.low, value), max(row.high, value), row.step)
            self.controls[row.field] = control
            return control
        label = t(row.label)
        look = {"style": {"description_width": "14.5em"}, "layout": {"width": "100%"}}
        options = [(t(key), value) for value, key in row.options.items()]
        value = getattr(self.start, row.field)
        self.choices[row.field] = widgets.Dropdown(
            options=options, value=value, description=label, tooltip=label, **look
        )
        return self.choices[row.field]

    def _changed(self, change: Any = None) -> None:
        if self._silent:
            return
        outcome = self.outcome
        self.show(lambda: self.draw(outcome), self.tell(outcome))


def _button(label: str, tip: str, **more: Any) -> widgets.Button:
    return widgets.Button(description=label, tooltip=tip, layout={"width": "auto"}, **more)
