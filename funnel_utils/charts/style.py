"""What all charts share: colours, numbers in words, measured text, and a sheet to lay rows out on.

A chart is read on a phone as often as on a desk, so every figure is `WIDTH` inches wide with text that stays legible
when the picture is 360 pixels wide, and labels are measured and wrapped instead of being left to collide. Colours are
those of Okabe and Ito, which colour-blind readers can tell apart; nothing is told by colour alone.

References
----------
Okabe, M., Ito, K. (2008). Color Universal Design (CUD): how to make figures and presentations that are friendly to
colorblind people.
"""

from __future__ import annotations

import io
import math
import re
import warnings
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Rectangle

from funnel_utils.text import t

WIDTH = 4.5
MARGIN = 0.12
BODY, SMALL, TITLE = 10.0, 9.0, 12.0
MEASURE_DPI = 100
LINE = 1.32 / 72  # inches of line height per point of text

BLUE, SKY, GREEN, ORANGE, VERMILLION, PURPLE = "#0072B2", "#56B4E9", "#009E73", "#E69F00", "#D55E00", "#CC79A7"
INK, MUTED, FAINT, PAPER = "#1a1a1a", "#555555", "#ececec", "#ffffff"
#: Vermillion, darkened until small text in it has a contrast of 5.9 to 1 on white.
ALARM_TEXT = "#a84300"

FAMILY = "DejaVu Sans"
# Control characters, line separators, lone surrogates, and the marks that turn the direction of text.
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]+")
ISOLATES = "\u2068\u2069"
RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")


def count(value: float) -> str:
    """A number of things, as a reader wants it: `12,345`, `12.3 million`, a dash when it is missing."""
    if value is None or math.isnan(value):
        return t("charts.missing")
    for size, key in ((1e12, "charts.trillion"), (1e9, "charts.billion"), (1e7, "charts.million")):
        if abs(value) >= size:
            return t(key, number=f"{value / min(size, 1e6 if size == 1e7 else size):,.1f}")
    return f"{value:,.0f}"


def amount(value: float) -> str:
    """A sum of money or of anything measured, with no more digits than mean something."""
    if value is None or math.isnan(value) or abs(value) >= 100:
        return count(value)
    return f"{value:,.2f}".rstrip("0").rstrip(".") or "0"


def signed(value: float, whole: bool = True) -> str:
    """A number with its sign, rounded to a whole one unless told otherwise; what rounds to zero has none.

    Examples
    --------
    >>> signed(1234.5), signed(-0.25), signed(-0.25, whole=False)
    ('+1,234', '0', '−0.25')
    """
    shown = count(abs(value)) if whole else amount(abs(value))
    return shown if shown == "0" or math.isnan(value) else f"{'+' if value > 0 else '−'}{shown}"


def percent(rate: float, low: float = math.nan, high: float = math.nan) -> str:
    """A share as a percentage with as many decimals as its interval supports, and never a false 0% or 100%.

    Examples
    --------
    >>> percent(0.52314, 0.507, 0.539), percent(0.3, 0.11, 0.6), percent(0.00031), percent(0.99996)
    ('52.3%', '30%', '0.031%', '99.9960%')
    """
    if rate is None or math.isnan(rate):
        return t("charts.missing")
    return f"{_rounded(rate, _decimals(rate, low, high))}%"


def percent_interval(rate: float, low: float, high: float) -> str:
    """The interval of a share, in the decimals of `percent`; empty when there is none.

    Examples
    --------
    >>> percent_interval(0.52314, 0.507, 0.539)
    '50.7–53.9%'
    """
    if math.isnan(low) or math.isnan(high):
        return ""
    decimals = _decimals(rate, low, high)
    return f"{_rounded(low, decimals)}–{_rounded(high, decimals)}%"


def rate_text(rate: float, low: float, high: float) -> str:
    """A share with its interval beside it: `52.3% (50.7–53.9%)`."""
    between = percent_interval(rate, low, high)
    return f"{percent(rate, low, high)} ({between})" if between else percent(rate, low, high)


def _decimals(rate: float, low: float, high: float) -> int:
    """One digit finer than the interval is wide; without an interval, two digits of what is rare."""
    width = (high - low) * 100
    edge = min(rate, 1 - rate) * 100
    finest = 1 if edge >= 1 or edge <= 0 else min(6, 1 - math.floor(math.log10(edge)))
    if math.isnan(width) or width <= 0:
        return finest
    return min(finest + 1, max(0, 1 + math.ceil(-math.log10(width))))


def _rounded(share: float, decimals: int) -> str:
    """A rate that is not 0 or 1 is never shown as such; exact ones lose their decimals."""
    value = share * 100
    if abs(value) < 1e-9 or abs(value - 100) < 1e-9:
        return f"{value:.0f}"
    while decimals < 6 and f"{value:.{decimals}f}" in (f"{0:.{decimals}f}", f"{100:.{decimals}f}"):
        decimals += 1
    return f"{value:,.{decimals}f}"


#: Seconds of the units that people speak of, longest first.
_SPANS = (
    (365.25 * 86400, "year"),
    (86400, "day"),
    (3600, "hour"),
    (60, "minute"),
    (1, "second"),
)


def span(seconds: float) -> str:
    """A length of time in the unit people would use: `3.5 hours`, `2 days`; a dash when it is missing.

    Examples
    --------
    >>> span(12600.0), span(172800.0), span(0.0), span(60)
    ('3.5 hours', '2 days', 'less than a second', '1 minute')
    """
    if seconds is None or math.isnan(seconds):
        return t("charts.missing")
    if seconds < 1:
        return t("charts.span.instant")
    for size, unit in _SPANS:
        if seconds >= size * (2 if unit == "year" else 1) * 0.9995 or unit == "second":
            number = f"{seconds / size:.2g}" if seconds / size < 10 else f"{seconds / size:,.0f}"
            return t(f"charts.span.{unit}" if number == "1" else f"charts.span.{unit}s", number=number)
    raise AssertionError("unreachable: the loop ends at seconds")


def interval_name(frame: pd.DataFrame) -> str:
    """What kind of intervals a table holds, by its column `interval`; Wilson where it does not say."""
    named = [str(name) for name in frame.get("interval", pd.Series(dtype=object)).dropna() if str(name)]
    return clean(named[-1]) if named else t("charts.interval")


def tick_percent(share: float) -> str:
    """A share at a tick of an axis, without idle decimals."""
    return f"{share * 100:g}%"


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a small table, each as a dict by column name."""
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def units_word(unit: str) -> str:
    """What the funnel counts: people, sessions, or units of some other key."""
    return t(f"charts.units.{unit}" if unit in ("user", "session") else "charts.units.other")


def clean(label: object) -> str:
    """A label from a log, on one line and without control characters; missing values are named.

    A label written from right to left is put between Unicode's isolating marks, so that the numbers after it in an
    English sentence stay after it.
    """
    if label is None or (isinstance(label, float) and math.isnan(label)) or str(label) in ("<NA>", "NaT"):
        return t("charts.none")
    shown = CONTROL.sub(" ", str(label)).strip() or t("charts.blank")
    return f"{ISOLATES[0]}{shown}{ISOLATES[1]}" if RIGHT_TO_LEFT.search(shown) else shown


@cache
def _measurer() -> RendererAgg:
    return RendererAgg(1, 1, MEASURE_DPI)  # type: ignore[no-untyped-call]


@cache
def _font(size: float, weight: str) -> FontProperties:
    return FontProperties(family=FAMILY, size=size, weight=weight)


@lru_cache(maxsize=4096)
def text_width(text: str, size: float = BODY, weight: str = "normal") -> float:
    """The width of `text` on paper, in inches."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        size_of = _measurer().get_text_width_height_descent
        width, _, _ = size_of(text, _font(size, weight), False)  # type: ignore[no-untyped-call]
    # Letters are rounded to pixels, so text is a hair wider or narrower at another resolution.
    return float(width) / MEASURE_DPI * 1.01


def wrap(text: str, width: float, size: float = BODY, weight: str = "normal", lines: int = 3) -> list[str]:
    """`text` in lines no wider than `width` inches; a long word is broken, what exceeds `lines` ends in an ellipsis."""
    made: list[str] = []
    line = ""
    for word in text.split(" "):
        candidate = f"{line} {word}" if line else word
        if text_width(candidate, size, weight) <= width:
            line = candidate
            continue
        if line:
            made.append(line)
        while text_width(word, size, weight) > width and len(word) > 1:
            cut = _fitting(word, width, size, weight)
            made.append(word[:cut])
            word = word[cut:]
        line = word
    made.append(line)
    if len(made) > lines:
        last = made[lines - 1]
        while last and text_width(last + "…", size, weight) > width:
            last = last[:-1]
        made = [*made[: lines - 1], last.rstrip() + "…"]
    return _isolated(made)


def _isolated(lines: list[str]) -> list[str]:
    """Each line with the isolating marks that it needs by itself, where a label runs over several."""
    made, still_open = [], False
    for line in lines:
        opened = ISOLATES[0] + line if still_open else line
        still_open = opened.count(ISOLATES[0]) > opened.count(ISOLATES[1])
        made.append(opened + ISOLATES[1] if still_open else opened)
    return made


def _fitting(word: str, width: float, size: float, weight: str) -> int:
    """How many letters of `word` fit, preferably up to a joint such as `_` or `/`."""
    cut = max(1, next((n for n in range(len(word), 0, -1) if text_width(word[:n], size, weight) <= width), 1))
    joint = max((word.rfind(mark, 0, cut) for mark in "_-/.&?="), default=-1) + 1
    return joint if joint > cut // 2 else cut


class Sheet:
    """A page of rows, `WIDTH` inches wide and as tall as what is put on it.

    Rows are added from the top; coordinates are inches from the top left corner. Bars are drawn in the same inches, so
    nothing overlaps that was not meant to.
    """

    def __init__(self) -> None:
        self.y = MARGIN
        self._ops: list[Callable[[Axes], Any]] = []
        self._insets: list[tuple[float, float, float, float, Callable[[Axes], Any]]] = []

    @property
    def left(self) -> float:
        return MARGIN

    @property
    def right(self) -> float:
        return WIDTH - MARGIN

    def text(self, x: float, y: float, text: str, *, size: float = BODY, **style: Any) -> None:
        """Text with its top left corner (or as `ha`, `va` say) at `x`, `y`."""
        style = {"ha": "left", "va": "top", "color": INK, "weight": "normal", **style}
        self._ops.append(lambda axes: write(axes, x, y, text, size, **style))

    def paragraph(self, text: str, *, x: float | None = None, size: float = BODY, lines: int = 3, **style: Any) -> None:
        """Wrapped text over the whole width; moves down."""
        x = self.left if x is None else x
        for line in wrap(text, self.right - x, size, str(style.get("weight", "normal")), lines):
            self.text(x, self.y, line, size=size, **style)
            self.y += size * LINE

    def title(self, text: str) -> None:
        self.paragraph(text, size=TITLE, weight="bold", lines=4)
        self.y += 0.1

    def note(self, text: str) -> None:
        """The small print under a chart."""
        self.y += 0.04
        self.paragraph(text, size=SMALL, color=MUTED, lines=6)

    def bar(self, x: float, y: float, width: float, height: float, **style: Any) -> None:
        style = {"facecolor": BLUE, "edgecolor": INK, "linewidth": 0.8, **style}
        self._ops.append(lambda axes: axes.add_patch(Rectangle((x, y), width, height, **style)))

    def line(self, xs: tuple[float, float], ys: tuple[float, float], **style: Any) -> None:
        style = {"color": INK, "linewidth": 1.2, "solid_capstyle": "butt", **style}
        self._ops.append(lambda axes: axes.plot(xs, ys, **style))

    def whisker(self, low: float, high: float, y: float, height: float = 0.1) -> None:
        """An interval from `low` to `high`, with caps; nothing if an end is missing."""
        if math.isnan(low) or math.isnan(high):
            return
        for xs, ys in (
            ((low, high), (y, y)),
            ((low, low), (y - height / 2, y + height / 2)),
            ((high, high), (y - height / 2, y + height / 2)),
        ):
            # A white line beneath keeps the whisker visible on a dark bar.
            self.line(xs, ys, color=PAPER, linewidth=3.2)
        self.line((low, high), (y, y))
        self.line((low, low), (y - height / 2, y + height / 2))
        self.line((high, high), (y - height / 2, y + height / 2))

    def arrow(self, x: float, y: float) -> None:
        """A mark that an interval goes on beyond the scale."""
        self.dot(x, y, marker=">", color=INK, markersize=5)

    def dot(self, x: float, y: float, **style: Any) -> None:
        style = {"marker": "o", "markersize": 6, "color": BLUE, "markeredgecolor": INK, "markeredgewidth": 0.8, **style}
        self._ops.append(lambda axes: axes.plot([x], [y], **style))

    def draw(self, draw: Callable[[Axes], Any]) -> None:
        """Anything else, drawn by `draw` on the page's axes, in its inches."""
        self._ops.append(draw)

    def inset(self, x: float, width: float, height: float, draw: Callable[[Axes], Any]) -> None:
        """Real axes in this place of the page, that `draw` fills; moves down by `height`."""
        self._insets.append((x, self.y, width, height, draw))
        self.y += height

    def figure(self, alt: str) -> Figure:
        """The finished page, with its alternative text."""
        height = self.y + MARGIN
        figure = new_figure(height, alt)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        axes.set_xlim(0, WIDTH)
        axes.set_ylim(height, 0)
        for draw in self._ops:
            draw(axes)
        for x, y, wide, high, fill in self._insets:
            fill(figure.add_axes((x / WIDTH, 1 - (y + high) / height, wide / WIDTH, high / height)))
        return figure


def new_figure(height: float, alt: str) -> Figure:
    """An empty white figure of `WIDTH` by `height` inches that carries its alternative text."""
    figure = Figure(figsize=(WIDTH, height), facecolor=PAPER)
    FigureCanvasAgg(figure)
    figure.alt_text = alt  # type: ignore[attr-defined]
    return figure


def write(axes: Axes, x: float, y: float, text: str, size: float, **style: Any) -> Any:
    """Text in the charts' font that never reads `$` or `_` as mathematics; keywords go to `Axes.text`."""
    weight = str(style.pop("weight", "normal"))
    return axes.text(x, y, text, fontproperties=_font(size, weight), parse_math=False, usetex=False, **style)


def quiet(axes: Axes, size: float = SMALL) -> None:
    """Quiet axes: no box, tick labels in the charts' font."""
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(MUTED)
    axes.tick_params(colors=MUTED, labelcolor=INK, length=3)
    for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        label.set_fontproperties(_font(size, "normal"))
        label.set_parse_math(False)


def alt_text(figure: Figure) -> str:
    """The alternative text of a chart: what it shows, for readers who cannot see it.

    Raises
    ------
    TypeError
        If the figure was not made by this package.
    """
    alt = getattr(figure, "alt_text", None)
    if not isinstance(alt, str):
        raise TypeError("This figure has no alternative text; alt_text() takes a figure made by funnel_utils.charts.")
    return alt


def to_png(figure: Figure, dpi: int = 200) -> bytes:
    """The figure as PNG bytes that are the same on every run.

    A letter that the font lacks (an emoji in an event name) is drawn as a box; the alternative text keeps the letter.
    """
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        figure.savefig(buffer, format="png", dpi=dpi, facecolor=figure.get_facecolor(), metadata={"Software": None})
    return buffer.getvalue()
