"""A score's Qini curve: what messages would have added, had those with the best score got them first.

The straight line is what a random order gives on average, and the grey band around it how far random orders stray: a
curve inside the band is no evidence that the score knows anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator

from funnel_utils.charts import style
from funnel_utils.charts.style import Sheet
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from funnel_utils.automation.uplift import Qini

LEFT, PANEL = 0.5, 2.5
#: The shares of people whose gain the alternative text tells.
TOLD = (0.2, 0.5, 0.8)


def qini_chart(found: Qini) -> Figure:
    """Draw a Qini curve.

    Parameters
    ----------
    found : Qini

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text.
    """
    sheet = Sheet()
    sheet.title(t(f"uplift.chart.title.{found.word}"))
    sheet.paragraph(t("uplift.chart.figures", **found.figures), size=style.SMALL, color=style.MUTED, lines=4)
    sheet.y += 0.08
    sheet.paragraph(t(f"uplift.chart.up.{found.outcome}"), size=style.SMALL, lines=2)
    sheet.y += 0.08
    width = sheet.right - sheet.left - LEFT - 0.16
    sheet.inset(sheet.left + LEFT, width, PANEL, lambda axes: _draw(axes, found))
    sheet.y += 0.24
    sheet.paragraph(t("uplift.chart.across"), size=style.SMALL, x=sheet.left + LEFT)
    sheet.note(t("uplift.chart.note"))
    return sheet.figure(_alt(found))


def describe_qini(found: Qini) -> str:
    """The main fact in a sentence."""
    return found.verdict


def _draw(axes: Axes, found: Qini) -> None:
    band, curve = found.band, found.curve
    share = band["share"].to_numpy(float)
    random = {name: 1000 * band[name].to_numpy(float) for name in ("random_low", "random_high")}
    axes.fill_between(share, random["random_low"], random["random_high"], color="#d0d0d0", linewidth=0, zorder=1)
    axes.fill_between(share, 1000 * band["low"], 1000 * band["high"], color=style.SKY, alpha=0.3, linewidth=0, zorder=1)
    axes.axhline(0, color=style.MUTED, linewidth=0.8, zorder=2)
    end = 1000 * found.effect
    axes.plot([0, 1], [0, end], color=style.INK, linewidth=1.2, linestyle=(0, (4, 3)), zorder=3)
    axes.plot(curve["share"], 1000 * curve["gain"], color=style.BLUE, linewidth=2.0, zorder=4)
    axes.set_xlim(0, 1)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], [style.tick_percent(tick) for tick in (0, 0.25, 0.5, 0.75, 1)])
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:+g}".replace("-", "−") if abs(value) > 1e-9 else "0")
    _names(axes, found)
    style.quiet(axes)


def _names(axes: Axes, found: Qini) -> None:
    """The names of the two lines, where they lie farthest apart."""
    share = found.band["share"].to_numpy(float)
    gain = 1000 * np.interp(share, found.curve["share"], found.curve["gain"])
    line = 1000 * found.effect * share
    at = int(np.argmax(np.abs(gain - line)))
    above = gain[at] >= line[at]
    for name, value, colour, up in (
        ("curve", gain[at], style.BLUE, above),
        ("random", line[at], style.INK, not above),
    ):
        axes.annotate(
            t(f"uplift.chart.{name}"),
            (share[at], value),
            xytext=(0, 7 if up else -7),
            textcoords="offset points",
            ha="center",
            va="bottom" if up else "top",
            color=colour,
            fontsize=style.SMALL,
            fontfamily=style.FAMILY,
            zorder=5,
        )


def _alt(found: Qini) -> str:
    gains = np.interp(TOLD, found.curve["share"], found.curve["gain"])
    parts = [
        t(
            "uplift.chart.alt_part",
            share=style.tick_percent(share),
            gain=f"{1000 * gain:+.2f}",
            random=f"{1000 * found.effect * share:+.2f}",
        )
        for share, gain in zip(TOLD, gains, strict=True)
    ]
    effect = f"{1000 * found.effect:+.2f}"
    return t("uplift.chart.alt", words=found.verdict, parts=", ".join(parts), effect=effect)
