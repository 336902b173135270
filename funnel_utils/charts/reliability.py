"""Reliability: what a score said against what happened, on later people.

A dot for each group of people: across, the mean probability that was said; up, the share who did it, with its interval.
On the dashed line a probability means what it says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from matplotlib.ticker import MaxNLocator

from funnel_utils.charts import style
from funnel_utils.charts.share_rows import scale_end
from funnel_utils.charts.style import Sheet, count, percent
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LEFT, PANEL = 0.62, 3.0


def reliability_chart(calibration: Any, groups: int = 10) -> Figure:
    """Draw the reliability of a calibrated score at its test date.

    Parameters
    ----------
    calibration : Calibration
        Asked for `reliability()`, `measures`, `auc`, `base_rate`, `target` and `horizon`.
    groups : int
        How many groups of people at most.

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text.
    """
    table = calibration.reliability(groups)
    sheet = Sheet()
    sheet.title(describe_reliability(calibration).removesuffix("."))
    sheet.paragraph(t("score.reliability.up"), size=style.SMALL)
    sheet.y += 0.08
    end = scale_end([*table["high"], *table["to_probability"]], table["rate"])
    width = sheet.right - sheet.left - LEFT - 0.12
    sheet.inset(sheet.left + LEFT, width, PANEL, lambda axes: _draw(axes, table, end, calibration.base_rate))
    sheet.y += 0.24
    sheet.paragraph(t("score.reliability.across"), size=style.SMALL, x=sheet.left + LEFT)
    sheet.note(t("score.reliability.note", groups=len(table), base=percent(calibration.base_rate)))
    return sheet.figure(_alt(calibration, table))


def _draw(axes: Axes, table: pd.DataFrame, end: float, base: float) -> None:
    axes.set_xlim(0, end)
    axes.set_ylim(0, end)
    axes.plot([0, end], [0, end], color=style.MUTED, linewidth=1.0, linestyle=(0, (4, 3)), zorder=1)
    axes.axhline(base, color=style.ORANGE, linewidth=1.2, linestyle=(0, (1, 1.5)), zorder=1)
    said, was = table["predicted"].to_numpy(float), table["rate"].to_numpy(float)
    axes.vlines(said, table["low"].to_numpy(float), table["high"].to_numpy(float), color=style.INK, linewidth=1.2)
    look: dict[str, Any] = {"marker": "o", "markersize": 6, "color": style.BLUE, "markeredgecolor": style.INK}
    axes.plot(said, was, linestyle="", clip_on=False, zorder=3, **look)
    style.write(
        axes, end * 0.99, base + end * 0.015, t("score.reliability.base"), style.SMALL, ha="right", color=style.INK
    )
    style.write(axes, end * 0.94, end * 0.97, t("score.reliability.line"), style.SMALL, ha="right", color=style.MUTED)
    ticks = [tick for tick in MaxNLocator(4).tick_values(0, end) if tick <= end]
    axes.set_xticks(ticks, [style.tick_percent(round(tick, 9)) for tick in ticks])
    axes.set_yticks(ticks, [style.tick_percent(round(tick, 9)) for tick in ticks])
    style.quiet(axes)


def describe_reliability(calibration: Any) -> str:
    """One sentence with the main facts of the reliability chart."""
    found, auc = calibration.measures.set_index("measure").loc["rate"], calibration.auc
    return t(
        "score.reliability.title",
        target=style.clean(" / ".join(calibration.target)),
        horizon=style.span(calibration.horizon.total_seconds()),
        said=percent(float(found["baseline"])),
        was=style.rate_text(float(found["value"]), float(found["low"]), float(found["high"])),
        auc=f"{auc.value:.2f}",
    )


def _alt(calibration: Any, table: pd.DataFrame) -> str:
    parts = [
        t(
            "score.reliability.alt_part",
            said=percent(row["predicted"]),
            was=style.rate_text(row["rate"], row["low"], row["high"]),
            happened=count(row["happened"]),
            people=count(row["people"]),
        )
        for row in style.records(table)
    ]
    return t("score.reliability.alt", words=describe_reliability(calibration), parts="; ".join(parts))
