"""A bandit's regret over the people it has decided for, beside that of an even split."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from funnel_utils.charts import style
from funnel_utils.charts.plan_axes import round_step
from funnel_utils.charts.style import Sheet, amount, count
from funnel_utils.cro.bandit import MIDDLE, BanditResult
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHT, LEFT = 2.2, 0.6


def regret_chart(found: BanditResult) -> Figure:
    """Draw the conversions lost so far.

    Parameters
    ----------
    found : BanditResult

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text.
    """
    sheet = Sheet()
    sheet.title(t("bandit.chart.title"))
    sheet.paragraph(describe_regret(found), size=style.SMALL, color=style.MUTED, lines=6)
    sheet.y += 0.1
    sheet.inset(sheet.left + LEFT, sheet.right - sheet.left - LEFT - 1.0, HEIGHT, lambda axes: _draw(axes, found))
    sheet.y += 0.3
    sheet.paragraph(t("bandit.chart.people"), size=style.SMALL, x=sheet.left + LEFT, color=style.MUTED)
    sheet.note(t("bandit.chart.note", runs=count(found.spec.runs), share=f"{MIDDLE:.0%}"))
    table = found.table
    some = table.iloc[np.unique(np.linspace(0, len(table) - 1, min(5, len(table))).astype(int))]
    parts = "; ".join(
        t(
            "bandit.chart.part",
            people=count(row["people"]),
            regret=amount(row["regret"]),
            even=amount(row["even_regret"]),
        )
        for row in style.records(some)
    )
    return sheet.figure(t("bandit.chart.alt", words=describe_regret(found), parts=parts))


def describe_regret(found: BanditResult) -> str:
    """What the bandit lost and saved."""
    return found.verdict


def _draw(axes: Axes, found: BanditResult) -> None:
    table = found.table
    people = [0, *table["people"]]
    axes.fill_between(
        people, [0, *table["regret_low"]], [0, *table["regret_high"]], color=style.SKY, alpha=0.5, linewidth=0
    )
    axes.plot(people, [0, *table["regret"]], color=style.BLUE, linewidth=1.9)
    axes.plot(people, [0, *table["even_regret"]], color=style.VERMILLION, linewidth=1.9, linestyle=(0, (5, 2)))
    end, top = float(people[-1]), 1.05 * max(float(table["even_regret"].iloc[-1]), float(table["regret_high"].max()))
    top = top or 1.0
    last = table.iloc[-1]
    labels = sorted([(float(last["regret"]), "bandit"), (float(last["even_regret"]), "even")])
    place = -1.0
    for value, name in labels:
        place = max(value, place + 0.17 * top)
        lines = style.wrap(t(f"bandit.chart.{name}", value=_told(value)), 0.85, style.SMALL, lines=2)
        style.write(axes, end * 1.03, place, "\n".join(lines), style.SMALL, va="center", clip_on=False)
    axes.set_xlim(0, end)
    axes.set_ylim(0, top)
    step = round_step(end / 2)
    axes.set_xticks(np.arange(0, end * 1.001, step), [count(value) for value in np.arange(0, end * 1.001, step)])
    style.quiet(axes)


def _told(value: float) -> str:
    """A mean of simulated runs, with no more digits than some hundreds of runs can tell."""
    return amount(float(f"{value:.3g}"))
