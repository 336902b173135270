"""The picture of coverage: the intervals of some experiments about one truth, and the coverage at every truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from funnel_utils.charts import style
from funnel_utils.charts.style import Sheet, count
from funnel_utils.simulators.inlay import Frame, round_marks, share
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from funnel_utils.simulators.coverage import CoverageOutcome

LEFT, RIGHT, DRAWN, CURVE = 0.55, 0.12, 1.35, 1.15


def figure(outcome: CoverageOutcome) -> Figure:
    """Draw an outcome, with its sentence as alternative text."""
    sheet = Sheet()
    sheet.title(t("lab.coverage.title", **_words(outcome)))
    _draw_intervals(sheet, outcome)
    _draw_curve(sheet, outcome)
    return sheet.figure(describe(outcome))


def describe(outcome: CoverageOutcome) -> str:
    """One sentence: how often the interval holds the truth, on which side it misses, and how wide it is."""
    parts = [t("lab.coverage.says.holds", **_words(outcome)), t("lab.coverage.says.sides", **_words(outcome))]
    parts.append(t("lab.coverage.says.drawn", **_words(outcome)))
    return t("simulators.join").join(parts) + "."


def _words(outcome: CoverageOutcome) -> dict[str, str]:
    model = outcome.model
    return {
        "method": t(f"lab.coverage.method.{model.method}"),
        "level": f"{model.level:.3g}" if model.level > 0.995 else f"{100 * model.level:g}%",
        "coverage": share(outcome.coverage),
        "people": count(model.people),
        "rate": f"{100 * model.rate:g}%",
        "low": share(outcome.too_low),
        "high": share(outcome.too_high),
        "width": f"{100 * outcome.width:.2f}",
        "missed": count(outcome.missed),
        "drawn": count(len(outcome.drawn[0])),
    }


def _draw_intervals(sheet: Sheet, outcome: CoverageOutcome) -> None:
    """One upright line an experiment; those that miss the truth are thick, red and have no dot on the truth's line."""
    estimate, low, high = outcome.drawn
    rate = outcome.model.rate
    sheet.paragraph(t("lab.coverage.intervals", **_words(outcome)), size=style.SMALL)
    sheet.y += 0.06
    width = sheet.right - sheet.left - LEFT - RIGHT
    top = max(float(high.max()), 1.3 * rate) * 1.02
    bottom = 0.0 if rate < 0.5 * top else max(0.0, float(low.min()) * 0.98)
    chart = Frame(sheet, sheet.left + LEFT, sheet.y + DRAWN, width, DRAWN, (-1.0, float(len(low))), (bottom, top))
    place = np.arange(len(low))
    missed = (low > rate) | (high < rate)
    for some, colour, wide in ((~missed, style.BLUE, 1.3), (missed, style.VERMILLION, 2.6)):
        lines = [((k, k), (low[k], high[k])) for k in place[some]]
        if lines:
            chart.lines(lines, colors=colour, linewidths=wide)
    chart.dots(place, estimate, s=7, color=style.INK, linewidths=0)
    if missed.any():
        chart.dots(place[missed], estimate[missed], s=34, marker="X", color=style.VERMILLION)
    chart.across_at(rate, colors=style.INK, linestyles=[(0, (4, 2))], linewidths=1.2)
    chart.axes((), round_marks(bottom, top, 3), y_text=style.tick_percent)
    sheet.y += DRAWN + 0.12


def _draw_curve(sheet: Sheet, outcome: CoverageOutcome) -> None:
    """Coverage at each true share: a saw, because buyers come in whole numbers."""
    sheet.paragraph(t("lab.coverage.curve"), size=style.SMALL)
    sheet.y += 0.06
    rates, covered = outcome.curve
    level = outcome.model.level
    bottom = max(0.0, min(float(covered.min()), level) - 0.02)
    # A promise of 95% is not told from 92% on a scale from nothing. What lies far below is left out, not flattened.
    bottom = min(max(bottom, level - 0.3), outcome.coverage - 0.02)
    covered = np.where(covered >= bottom, covered, np.nan)
    width = sheet.right - sheet.left - LEFT - RIGHT
    across = (0.0, float(rates[-1] + rates[0]))
    chart = Frame(sheet, sheet.left + LEFT, sheet.y + CURVE, width, CURVE, across, (bottom, 1.0))
    chart.across_at(level, colors=style.INK, linestyles=[(0, (1, 2))])
    chart.lines([(rates, covered)], colors=style.BLUE, linewidths=1.2)
    chart.dots([outcome.model.rate], [outcome.coverage], color=style.ORANGE, s=60)
    chart.axes(round_marks(*across, 4), round_marks(bottom, 1.0, 3), style.tick_percent, style.tick_percent)
    sheet.y += CURVE + 0.2
    sheet.text(chart.x + width / 2, sheet.y, t("lab.coverage.axis"), size=style.SMALL, ha="center")
    sheet.y += style.SMALL * style.LINE
