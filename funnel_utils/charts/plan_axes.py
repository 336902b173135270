"""Axes that the plan's charts share: round marks, a quiet grid, and dates whose labels stay on the page."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from funnel_utils.charts import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def round_step(size: float) -> float:
    """The largest of 1, 2, 2.5, 5 times a power of ten that is not above `size`.

    Examples
    --------
    >>> [round_step(size) for size in (37.0, 0.9, 2400.0)]
    [25.0, 0.5, 2000.0]
    """
    if not size > 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(size) + 1e-12)
    return next(float(k * power) for k in (5, 2.5, 2, 1) if k * power <= size * (1 + 1e-9))


def value_axis(axes: Axes, low: float, high: float, said: Callable[[float], str]) -> None:
    """The axis of values, from `low` (0 or below) to above `high`, with a few round marks and a grid."""
    step = round_step((high - low) / 3)
    ticks = [k * step for k in range(math.ceil(low / step), math.floor(1.1 * high / step) + 1)]
    axes.set_ylim(low * 1.05, high * 1.13)
    axes.set_yticks(ticks, [said(value) for value in ticks])
    axes.grid(axis="y", color="#dddddd", linewidth=0.7)
    axes.set_axisbelow(True)
    if low < 0:
        axes.axhline(0, color=style.INK, linewidth=0.8)


def few_dates(axes: Axes, places: Sequence[float], labels: Sequence[str]) -> None:
    """Marks at the ends, and between them if there is room: labels at the ends do not leave the page."""
    left, right = axes.get_xlim()
    apart = (right - left) * 0.31
    inner = [k for k in range(1, len(places) - 1) if places[k] - places[0] > apart and places[-1] - places[k] > apart]
    kept = sorted({0, *inner, len(places) - 1})
    axes.set_xticks([places[k] for k in kept], [labels[k] for k in kept])
    shown = axes.get_xticklabels()
    if len(shown) > 1:
        shown[0].set_horizontalalignment("left")
        shown[-1].set_horizontalalignment("right")
