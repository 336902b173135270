"""A small chart inside a page: data in, ink in the page's inches out.

Real axes would cost a slider's whole patience; collections of lines, bands and dots on the page's own axes cost a few
milliseconds. Ticks are few and round.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.collections import LineCollection, PolyCollection
from numpy.typing import NDArray

from funnel_utils.charts import style
from funnel_utils.charts.style import Sheet
from funnel_utils.text import t

Floats = NDArray[np.float64]
#: Green, darkened for small text.
GREEN_TEXT = "#00694d"


@dataclass(frozen=True)
class Frame:
    """A chart's place on a page and its scales.

    Parameters
    ----------
    sheet : Sheet
    x, y : float
        Inches of the chart's lower left corner.
    width, height : float
        Inches.
    across, up : tuple of float
        Data at the left and right end, and at the bottom and the top.
    """

    sheet: Sheet
    x: float
    y: float
    width: float
    height: float
    across: tuple[float, float]
    up: tuple[float, float]

    def points(self, xs: Any, ys: Any) -> Floats:
        """Data as points of the page, held inside the chart."""
        x = (np.asarray(xs, np.float64) - self.across[0]) / (self.across[1] - self.across[0])
        y = (np.asarray(ys, np.float64) - self.up[0]) / (self.up[1] - self.up[0])
        at = np.column_stack(np.broadcast_arrays(np.clip(x, 0, 1), np.clip(y, 0, 1)))
        return np.asarray(at * (self.width, -self.height) + (self.x, self.y))

    def at_x(self, value: float) -> float:
        """Where a value lies across, in inches."""
        return float(self.points([value], [self.up[0]])[0, 0])

    def at_y(self, value: float) -> float:
        """Where a value lies up, in inches."""
        return float(self.points([self.across[0]], [value])[0, 1])

    def lines(self, lines: Sequence[tuple[Any, Any]], **look: Any) -> None:
        """Lines through data; `look` goes to a collection of them all."""
        drawn = [self.points(xs, ys) for xs, ys in lines]
        self.sheet.draw(lambda axes: axes.add_collection(LineCollection(drawn, **look), autolim=False))

    def bands(self, bands: Sequence[tuple[Any, Any, Any]], **look: Any) -> None:
        """Areas between a lower and an upper line."""
        drawn = [
            np.concatenate([self.points(xs, low), self.points(xs, high)[::-1]])
            for xs, low, high in bands
            if len(np.atleast_1d(xs)) > 1
        ]
        if drawn:
            self.sheet.draw(lambda axes: axes.add_collection(PolyCollection(drawn, **look), autolim=False))

    def boxes(self, boxes: Sequence[tuple[float, float, float, float]], **look: Any) -> None:
        """Rectangles, each from x to x and from y to y, in data."""
        drawn = [self.points([left, right, right, left], [low, low, high, high]) for left, right, low, high in boxes]
        look = {"edgecolors": style.INK, "linewidths": 0.8, **look}
        if drawn:
            self.sheet.draw(lambda axes: axes.add_collection(PolyCollection(drawn, **look), autolim=False))

    def dots(self, xs: Any, ys: Any, **look: Any) -> None:
        """Dots at data."""
        at = self.points(xs, ys)
        look = {"s": 26, "edgecolors": style.INK, "linewidths": 0.8, "zorder": 5, **look}
        self.sheet.draw(lambda axes: axes.scatter(at[:, 0], at[:, 1], **look))

    def across_at(self, value: float, **look: Any) -> None:
        """A line right across the chart."""
        look = {"colors": style.MUTED, "linewidths": 1.0, **look}
        self.lines([(self.across, (value, value))], **look)

    def up_at(self, value: float, **look: Any) -> None:
        """A line from the bottom to the top."""
        look = {"colors": style.MUTED, "linewidths": 1.0, **look}
        self.lines([((value, value), self.up)], **look)

    def say(self, x: float, y: float, text: str, **look: Any) -> None:
        """Small text at data."""
        self.sheet.text(self.at_x(x), self.at_y(y), text, **{"size": style.SMALL, **look})

    def name_ends(self, ends: Sequence[float], names: Sequence[str], colours: Sequence[str], room: float) -> None:
        """Names beside the right ends of lines, moved apart where they would touch; `room` is their width in inches."""
        x, high = self.x + self.width + 0.07, style.SMALL * style.LINE
        said = [style.wrap(name, room - 0.07, style.SMALL, lines=3) for name in names]
        order = sorted(range(len(ends)), key=lambda k: -ends[k])
        tops, free = {}, self.y - self.height - 0.06
        for k in order:
            tops[k] = max(free, self.at_y(ends[k]) - len(said[k]) * high / 2)
            free = tops[k] + len(said[k]) * high + 0.02
        # What does not fit above the foot is pushed up, from the last to the first.
        last = self.y + 0.1
        for k in reversed(order):
            tops[k] = min(tops[k], last - len(said[k]) * high)
            last = tops[k] - 0.02
        for k in order:
            # All lines of a name in one call: each call costs as much as a whole line of a chart.
            self.sheet.text(x, tops[k], "\n".join(said[k]), size=style.SMALL, color=colours[k], linespacing=1.18)

    def axes(
        self,
        xs: Sequence[float] = (),
        ys: Sequence[float] = (),
        x_text: Callable[[float], str] = str,
        y_text: Callable[[float], str] = str,
    ) -> None:
        """Two quiet axes with a few marks, and their numbers."""
        corners = [(self.x, self.y - self.height), (self.x, self.y), (self.x + self.width, self.y)]
        ticks = [[(self.at_x(x), self.y), (self.at_x(x), self.y + 0.04)] for x in xs]
        ticks += [[(self.x - 0.04, self.at_y(y)), (self.x, self.at_y(y))] for y in ys]
        look: dict[str, Any] = {"colors": style.MUTED, "linewidths": 0.8}
        self.sheet.draw(lambda axes: axes.add_collection(LineCollection([corners, *ticks], **look), autolim=False))
        for x in xs:
            self.sheet.text(self.at_x(x), self.y + 0.06, x_text(x), size=style.SMALL, ha="center")
        for y in ys:
            self.sheet.text(self.x - 0.07, self.at_y(y), y_text(y), size=style.SMALL, ha="right", va="center")


def round_marks(low: float, high: float, most: int = 4) -> list[float]:
    """At most `most` + 1 round numbers from `low` to `high`.

    Examples
    --------
    >>> round_marks(0, 0.27), round_marks(-3.1, 8)
    ([0.0, 0.1, 0.2], [0.0, 5.0])
    """
    if not high > low:
        return [low]
    raw = (high - low) / most
    size = 10.0 ** math.floor(math.log10(raw))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [round(k * step, 12) + 0.0 for k in range(first, math.floor(high / step + 1e-9) + 1)]


def share(value: float) -> str:
    """A chance in per cent, as exact as thousands of draws make it.

    Examples
    --------
    >>> share(0.2481), share(0.0004), share(0.9999)
    ('24.8%', 'under 0.1%', 'over 99.9%')
    """
    if value < 0.001:
        return t("lab.rare")
    return t("lab.sure") if value > 0.999 else f"{value:.1%}"


def signed(value: float) -> str:
    """A number at a mark of an axis, with its sign; zero has none.

    Examples
    --------
    >>> signed(2.0), signed(-0.5), signed(0.0)
    ('+2', '−0.5', '0')
    """
    return f"{value:+g}".replace("-", "−") if value else "0"
