"""Sequential testing: what peeking costs, the bounds of a design with the path so far, and what a design saves."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from funnel_utils.charts import style
from funnel_utils.charts.style import Sheet
from funnel_utils.cro.boundaries import critical_values
from funnel_utils.cro.monitoring import Monitored
from funnel_utils.cro.peeking import Peeking, critical_z
from funnel_utils.cro.sequential import GroupSequential
from funnel_utils.cro.sequential_words import figure, kind_name
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


def bounds_chart(design: GroupSequential, found: Monitored | None = None) -> Figure:
    """Draw the bounds of a design, and the path of an experiment between them.

    Parameters
    ----------
    design : GroupSequential
    found : Monitored, optional
        The looks so far; their bounds are drawn where these differ from the plan's.

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text.
    """
    sheet = Sheet()
    sheet.title(t("sequential.chart.bounds", kind=kind_name(design.kind)))
    sheet.paragraph(describe_bounds(design, found), size=style.SMALL, color=style.MUTED, lines=7)
    sheet.y += 0.1
    width = sheet.right - sheet.left - LEFT - 0.1
    sheet.inset(sheet.left + LEFT, width, HEIGHT + 0.3, lambda axes: _draw_bounds(axes, design, found))
    sheet.y += 0.3
    sheet.paragraph(t("sequential.chart.bounds.axis"), size=style.SMALL, x=sheet.left + LEFT, color=style.MUTED)
    sheet.note(t("sequential.chart.bounds.note", alpha=f"{design.alpha:g}"))
    information, upper = _limits(design, found)
    parts = [
        t("sequential.chart.bounds.part", information=f"{share:.0%}", z=figure(float(z)))
        for share, z in zip(information, upper, strict=True)
    ]
    if found is not None:
        parts.append(t("sequential.chart.bounds.seen", z=", ".join(f"{z:.2f}" for z in found.table["z"])))
    return sheet.figure(t("sequential.chart.bounds.alt", words=describe_bounds(design, found), parts="; ".join(parts)))


def describe_bounds(design: GroupSequential, found: Monitored | None = None) -> str:
    """What the design costs, or where the experiment stands."""
    return design.verdict if found is None else found.verdict


def _limits(design: GroupSequential, found: Monitored | None) -> tuple[list[float], list[float]]:
    """Information and upper bounds: of the looks so far, and of the planned ones after them."""
    if found is None:
        return design.information.tolist(), design.z.tolist()
    seen, bound = found.table["information"].tolist(), found.table["bound"].tolist()
    over = found.final is not None and found.stopped is None
    later = [] if over else [float(share) for share in design.information if share > seen[-1] + 1e-9]
    times = np.array([*seen, *later])
    # What has been spent so far decides what the looks to come may use.
    then = critical_values(design.kind, times, design.alpha, design.sides, design.shape) if later else np.array(bound)
    return times.tolist(), [*bound, *then[len(bound) :].tolist()]


def _draw_bounds(axes: Axes, design: GroupSequential, found: Monitored | None) -> None:
    information, upper = _limits(design, found)
    seen = [] if found is None else found.table["z"].tolist()
    high = max(4.0, *(abs(z) + 0.4 for z in seen)) if seen else 4.0
    # Bounds that nothing reaches end at the edge of the picture.
    high = max(high, min(5.5, max((z for z in upper if math.isfinite(z)), default=4.0) + 0.3))
    shown = [min(z, 2 * high) for z in upper]
    low = -high if design.sides == 2 else min(-0.8, *(z - 0.4 for z in seen), -0.8)
    single = critical_z(design.alpha, "two-sided" if design.sides == 2 else "upper")
    edge = {"color": style.VERMILLION, "linewidth": 1.7, "marker": "D", "markersize": 4.5}
    for side in (1, -1) if design.sides == 2 else (1,):
        bound = [side * z for z in shown]
        axes.fill_between(information, bound, side * 2 * high, color=style.VERMILLION, alpha=0.1, linewidth=0)
        axes.plot(information, bound, markeredgecolor=style.INK, markeredgewidth=0.7, **edge)  # type: ignore[arg-type]
        axes.axhline(side * single, color=style.MUTED, linewidth=1.0, linestyle=(0, (1, 2)))
        said = t("sequential.chart.better" if side > 0 else "sequential.chart.worse")
        style.write(
            axes, 1.02, side * (high - 0.12 * high), said, style.SMALL, ha="right", va="center", color=style.ALARM_TEXT
        )
    axes.axhline(0, color=style.INK, linewidth=0.8)
    # On the side of zero where the path is not.
    under = not seen or seen[-1] >= 0
    place, va = (-0.04 * high, "top") if under else (0.04 * high, "bottom")
    style.write(axes, 1.02, place, t("sequential.chart.on"), style.SMALL, ha="right", va=va, color=style.MUTED)
    if seen:
        axes.plot(
            [0, *information[: len(seen)]], [0, *seen], color=style.BLUE, linewidth=1.8, marker="o", markersize=6,
            markeredgecolor=style.INK, markeredgewidth=0.8, zorder=4, clip_on=False, markevery=slice(1, None),
        )  # fmt: skip
    axes.set_xlim(0, 1.03)
    axes.set_ylim(low, high)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], [style.tick_percent(share) for share in (0, 0.25, 0.5, 0.75, 1)])
    style.quiet(axes)
