"""A confidence sequence: the effect so far, with an interval that holds at every moment together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from funnel_utils.charts import style
from funnel_utils.charts.plan_axes import round_step
from funnel_utils.charts.style import Sheet, count
from funnel_utils.cro.always_valid import Followed
from funnel_utils.cro.sequential_words import figure
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHT, LEFT = 2.3, 0.68
#: The early intervals may be this many times as wide as the last before they leave the picture.
TALLEST = 6.0


def followed_chart(found: Followed) -> Figure:
    """Draw a confidence sequence.

    Parameters
    ----------
    found : Followed

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text.
    """
    sheet = Sheet()
    sheet.title(t("sequential.chart.valid"))
    sheet.paragraph(describe_followed(found), size=style.SMALL, color=style.MUTED, lines=5)
    sheet.y += 0.1
    sheet.inset(sheet.left + LEFT, sheet.right - sheet.left - LEFT - 0.12, HEIGHT, lambda axes: _draw(axes, found))
    sheet.y += 0.3
    sheet.paragraph(t("sequential.chart.valid.axis"), size=style.SMALL, x=sheet.left + LEFT, color=style.MUTED)
    spec = found.spec
    words = {"level": f"{1 - spec.alpha:.0%}", "n": count(spec.planned_n), "start": count(spec.start)}
    sheet.note(t("sequential.chart.valid.note", **words))
    known = found.table[np.isfinite(found.table["low"])]
    some = (
        known.iloc[np.unique(np.linspace(0, len(known) - 1, min(6, len(known))).astype(int))] if len(known) else known
    )
    parts = "; ".join(
        t("sequential.chart.valid.part", n=count(row["n"]), low=figure(row["low"]), high=figure(row["high"]))
        for row in style.records(some)
    )
    return sheet.figure(t("sequential.chart.valid.alt", words=describe_followed(found), parts=parts))


def describe_followed(found: Followed) -> str:
    """Where the experiment stands."""
    return found.verdict


def _draw(axes: Axes, found: Followed) -> None:
    table = found.table
    known = table[np.isfinite(table["low"])]
    axes.axhline(0, color=style.INK, linewidth=0.9)
    if len(known):
        low, high = known["low"], known["high"]
        axes.fill_between(known["n"], low, high, color=style.SKY, alpha=0.5, linewidth=0)
        for bound in (low, high):
            axes.plot(known["n"], bound, color=style.BLUE, linewidth=1.1)
        width = TALLEST * float(high.iloc[-1] - low.iloc[-1]) / 2
        middle = float(known["estimate"].iloc[-1])
        bottom, top = max(float(low.min()), middle - width), min(float(high.max()), middle + width)
        axes.set_ylim(min(bottom, 0) * 1.05, max(top, 0) * 1.05)
    axes.plot(table["n"], table["estimate"], color=style.BLUE, linewidth=1.8)
    if found.stopped is not None:
        axes.axvline(found.stopped, color=style.VERMILLION, linewidth=1.3, linestyle=(0, (4, 2)))
        right = float(table["n"].iloc[-1])
        late = found.stopped > 0.55 * right
        place = found.stopped + (-0.015 if late else 0.015) * right
        said = t("sequential.chart.valid.stop", n=count(found.stopped))
        bottom, top = axes.get_ylim()
        style.write(
            axes, place, bottom + 0.03 * (top - bottom), said, style.SMALL, ha="right" if late else "left", va="bottom",
            color=style.ALARM_TEXT, bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0, "alpha": 0.8},
        )  # fmt: skip
    end = float(table["n"].iloc[-1]) if len(table) else 1.0
    axes.set_xlim(0, end * 1.02)
    step = round_step(end / 3)
    axes.set_xticks(np.arange(0, end * 1.001, step), [count(value) for value in np.arange(0, end * 1.001, step)])
    style.quiet(axes)
