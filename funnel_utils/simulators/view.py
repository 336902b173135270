"""What all simulators' views share: a number with a slider and a field, and a box that shows a picture and a sentence.

A view holds no numbers of its own. It reads its controls into a model, and shows what the model's figure and sentence
are. The picture is an `<img>` with its alternative text, the sentence a live region that screen readers announce. There
is no Output widget: with one, pictures flicker and errors in callbacks vanish; here an error reaches the notebook.

Where no kernel runs (on GitHub, in a static page) a widget shows nothing, so a view also offers its picture and its
sentence as plain output.
"""

from __future__ import annotations

import base64
import html
import io
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets as widgets
import traitlets
from matplotlib import rc_context
from matplotlib.figure import Figure

from funnel_utils.charts.style import WIDTH, to_png

#: Dots per inch of the picture on the screen.
SCREEN_DPI = 130


class NumberControl(widgets.HBox):  # type: ignore[misc]
    """One number that can be set with a slider or typed into a field; both always show the same.

    `value` is the number. Its observers are told once per change, whichever way it was made. Not continuous: a slider
    tells when it is let go.

    Parameters
    ----------
    label : str
        What the number is, with its unit; shown at the slider and read out at the field.
    value, low, high, step : float
        Start, bounds and step of the slider. The field takes any number within the bounds.
    """

    value = traitlets.Float()

    def __init__(self, label: str, value: float, low: float, high: float, step: float) -> None:
        self.label = label
        self._slider = widgets.FloatSlider(
            value=value,
            min=low,
            max=high,
            step=step,
            description=label,
            tooltip=label,
            continuous_update=False,
            readout=False,
            style={"description_width": "14.5em"},
            layout={"flex": "1 1 19em", "width": "auto", "min_width": "0"},
        )
        # The field repeats the label for screen readers only: it takes no room.
        self._field = widgets.BoundedFloatText(
            value=value,
            min=low,
            max=high,
            step=step,
            description=label,
            tooltip=label,
            style={"description_width": "0"},
            layout={"flex": "0 0 7.5em", "width": "7.5em"},
        )
        super().__init__(
            [self._slider, self._field],
            layout={"width": "100%", "align_items": "center", "flex_flow": "row wrap", "justify_content": "flex-end"},
        )
        self.value = value
        self._slider.observe(self._take, "value")
        self._field.observe(self._take, "value")
        self.observe(self._show, "value")

    def _take(self, change: dict[str, Any]) -> None:
        # The slider rounds to its own steps when it is told a typed number; only a person's move may change the value.
        if not self._showing:
            self.value = change["new"]

    _showing = False

    def _show(self, change: dict[str, Any]) -> None:
        self._showing = True
        try:
            self._slider.value = change["new"]
            self._field.value = change["new"]
        finally:
            self._showing = False


class Simulator(widgets.VBox):  # type: ignore[misc]
    """A box with controls, a picture and a sentence.

    Subclasses build their controls, call `_lay_out`, and call `show(figure, sentence)` whenever something changes.
    """

    def __init__(self) -> None:
        super().__init__()
        self.picture = widgets.HTML(layout={"flex": "2 1 29em", "min_width": "min(100%, 20em)", "max_width": "48em"})
        self.summary = widgets.HTML(layout={"width": "100%"})
        self.sentence = ""
        self._figure: Callable[[], Figure] | None = None

    def _lay_out(self, controls: Sequence[widgets.Widget]) -> None:
        panel = widgets.VBox(
            list(controls), layout={"flex": "1 1 28em", "min_width": "min(100%, 20em)", "max_width": "38em"}
        )
        body = widgets.Box(
            [panel, self.picture],
            # Where both do not fit side by side, reversed wrapping puts the picture above the controls, in sight.
            layout={"display": "flex", "flex_flow": "row wrap-reverse", "align_items": "flex-end", "width": "100%"},
        )
        self.children = (self.summary, body)

    def show(self, draw: Callable[[], Figure], sentence: str) -> None:
        """Show the figure that `draw` makes, and the sentence that says the same."""
        png = base64.b64encode(_screen_png(draw())).decode()
        self._figure, self.sentence = draw, sentence
        said = html.escape(sentence)
        self.picture.value = (
            f'<img alt="{said}" src="data:image/png;base64,{png}" '
            f'style="width:100%;max-width:{WIDTH * SCREEN_DPI:.0f}px;height:auto">'
        )
        self.summary.value = f'<p role="status" aria-live="polite" style="line-height:1.4;margin:0">{said}</p>'

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle: dict[str, Any] = super()._repr_mimebundle_(**kwargs) or {}
        bundle["text/plain"] = self.sentence
        if self._figure is not None:
            bundle["image/png"] = base64.b64encode(to_png(self._figure())).decode()
        return bundle


def _screen_png(figure: Figure) -> bytes:
    """The figure for the screen: bigger than `to_png` would make it, but sooner there.

    Letters are not hinted, which takes a third of the time of a drawing and does little at this size.
    """
    buffer = io.BytesIO()
    with warnings.catch_warnings(), rc_context({"text.hinting": "none"}):
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        figure.savefig(buffer, format="png", dpi=SCREEN_DPI, pil_kwargs={"compress_level": 1})
    return buffer.getvalue()


def heading(text: str) -> widgets.HTML:
    """A small heading above a group of controls."""
    return widgets.HTML(f'<b style="display:block;margin-top:0.4em">{html.escape(text)}</b>')
