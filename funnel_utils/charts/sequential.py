"""Sequential testing: what peeking costs, the bounds of a design with the path so far, and what a design saves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from funnel_utils.charts import style
from funnel_utils.charts.style import Sheet
from funnel_utils.cro.peeking import Peeking
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHT, LEFT = 2.2, 0.5


def peeking_chart(found: Peeking) -> Figure:
    """Draw the chance of having stopped, look by look.

    Parameters
    ----------
    found : Peeking

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text.
    """
    sheet = Sheet()
    sheet.title(t("sequential.chart.peeking.effect" if found.drift else "sequential.chart.peeking.null"))
    sheet.paragraph(describe_peeking(found), size=style.SMALL, color=style.MUTED, lines=5)
    sheet.y += 0.1
    sheet.inset(
        sheet.left + LEFT, sheet.right - sheet.left - LEFT - 0.1, HEIGHT, lambda axes: _draw_peeking(axes, found)
    )
    sheet.y += 0.3
    sheet.paragraph(t("sequential.chart.look"), size=style.SMALL, x=sheet.left + LEFT, color=style.MUTED)
    sheet.note(t("sequential.chart.peeking.note"))
    parts = ", ".join(f"{row['look']}: {row['stopped']:.1%}" for row in style.records(found.table))
    return sheet.figure(t("sequential.chart.peeking.alt", words=describe_peeking(found), parts=parts))


def describe_peeking(found: Peeking) -> str:
    """What the looks do."""
    return found.verdict


def _draw_peeking(axes: Axes, found: Peeking) -> None:
    table = found.table
    axes.bar(
        table["look"], table["stopped"], width=0.72, color=style.ORANGE, edgecolor=style.INK, linewidth=0.8, zorder=2
    )
    top = max(float(table["stopped"].max()) * 1.15, 1.6 * found.alpha)
    axes.axhline(found.alpha, color=style.BLUE, linewidth=1.6, linestyle=(0, (4, 2)), zorder=3)
    said = t("sequential.chart.peeking.level", alpha=f"{found.alpha:.3g}")
    last = len(table)
    style.write(
        axes, 0.45, found.alpha + 0.015 * top, said, style.SMALL, va="bottom", zorder=4,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0, "alpha": 0.85},
    )  # fmt: skip
    style.write(axes, last, found.rate + 0.012 * top, f"{found.rate:.1%}", style.SMALL, ha="center", va="bottom")
    axes.set_xlim(0.4, last + 0.75)
    axes.set_ylim(0, top)
    quarters = {max(1, round(last * share / 4)) for share in range(1, 5)}
    axes.set_xticks(sorted({1, *quarters}) if last > 6 else range(1, last + 1))
    ticks = [tick for tick in axes.get_yticks() if 0 <= tick <= top]
    axes.set_yticks(ticks, [style.tick_percent(round(tick, 6)) for tick in ticks])
    style.quiet(axes)
