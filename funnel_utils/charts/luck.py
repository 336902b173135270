"""What luck alone does: gaps between two groups that were treated alike, drawn many times, with the gap that was seen.

The p-value by counting: of all the gaps that luck has drawn, the dark ones are as large as the seen one or larger, on
either side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from funnel_utils.charts import style
from funnel_utils.charts.style import Sheet, count, percent
from funnel_utils.errors import SpecError
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LEFT, HEIGHT, BINS = 0.12, 2.0, 41


def luck_chart(gaps: ArrayLike, seen: float) -> Figure:
    """Draw how large the gap between two like groups is by luck, beside one gap that was seen.

    Parameters
    ----------
    gaps : array_like
        Differences of two shares, one for each draw.
    seen : float
        The difference of shares to compare with; both signs count.

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text.

    Raises
    ------
    SpecError
        If there is no draw, or a number is missing.
    """
    drawn = _checked(gaps, seen)
    sheet = Sheet()
    sheet.title(describe_luck(drawn, seen).removesuffix("."))
    width = sheet.right - sheet.left - 2 * LEFT
    sheet.inset(sheet.left + LEFT, width, HEIGHT, lambda axes: _draw(axes, drawn, abs(seen)))
    sheet.y += 0.26
    sheet.paragraph(t("luck.across"), size=style.SMALL, x=sheet.left + LEFT)
    sheet.note(t("luck.note", gap=_points(seen)))
    middle = np.quantile(drawn, [0.025, 0.975])
    return sheet.figure(
        t("luck.alt", words=describe_luck(drawn, seen), low=_signed(middle[0]), high=_signed(middle[1]))
    )


def describe_luck(gaps: ArrayLike, seen: float) -> str:
    """How often luck alone made a gap as large as the seen one, in one sentence.

    Examples
    --------
    >>> describe_luck([-0.03, 0.0, 0.01, 0.02], 0.02)
    'Of 4 gaps made by luck alone, 2 (50.0%) were 2 points or more, up or down.'
    """
    drawn = _checked(gaps, seen)
    as_large = int(_as_large(drawn, abs(seen)).sum())
    share = percent(as_large / drawn.size) if as_large else percent(0.0)
    return t("luck.words", draws=count(drawn.size), large=count(as_large), share=share, gap=_points(seen))


def _checked(gaps: ArrayLike, seen: float) -> NDArray[np.float64]:
    drawn = np.asarray(gaps, dtype=float).ravel()
    if not drawn.size or not np.isfinite(drawn).all() or not np.isfinite(seen):
        raise SpecError(
            f"luck_chart: {drawn.size} gaps and a seen gap of {seen!r}; give finite numbers, one gap or more."
        )
    return drawn


def _as_large(drawn: NDArray[np.float64], seen: float) -> NDArray[np.bool_]:
    """Ties count: differences of counts repeat exactly, up to rounding."""
    return np.abs(drawn) >= seen - 1e-12


def _draw(axes: Axes, drawn: NDArray[np.float64], seen: float) -> None:
    end = 1.08 * max(float(np.abs(drawn).max()), seen) or 0.01
    # The seen gap is an edge between two bars, so that no bar is half dark.
    step = 2 * end / BINS
    if seen > 0:
        step = seen / max(1, round(seen / step))
    edges = np.arange(-np.ceil(end / step), np.ceil(end / step) + 1) * step
    large, spread = _as_large(drawn, seen), _spread(drawn)
    light = np.clip(spread, -seen * (1 - 1e-9), seen * (1 - 1e-9))
    dark = np.sign(drawn) * np.maximum(np.abs(spread), seen * (1 + 1e-9))
    for values, colour in ((light[~large], style.SKY), (dark[large], style.VERMILLION)):
        axes.hist(values, bins=edges.tolist(), color=colour, edgecolor=style.INK, linewidth=0.5)
    top = axes.get_ylim()[1]
    for edge in (-seen, seen):
        axes.plot([edge, edge], [0, top], color=style.INK, linewidth=1.2, linestyle=(0, (4, 3)))
    axes.set_ylim(0, top)
    axes.set_xlim(float(edges[0]), float(edges[-1]))
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    ticks = sorted({-seen, 0.0, seen})
    axes.set_xticks(ticks, [_signed(tick) for tick in ticks])
    style.quiet(axes)


def _spread(drawn: NDArray[np.float64]) -> NDArray[np.float64]:
    """The gaps, each spread over its place on the grid of possible gaps; else bars hold one place more or less."""
    steps = np.diff(np.unique(drawn))
    steps = steps[steps > 1e-12]
    grid = float(steps.min()) if steps.size else 0.0
    return drawn + grid * np.random.default_rng(0).uniform(-0.5, 0.5, drawn.size)


def _points(gap: float) -> str:
    size = abs(gap) * 100
    return t("luck.point" if f"{size:.2g}" == "1" else "luck.points", number=f"{size:.2g}")


def _signed(gap: float) -> str:
    return "0" if abs(gap) < 1e-12 else f"{gap * 100:+.2g}"
