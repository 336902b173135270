"""The picture of a covariate: spend now by spend before in both arms, and the two intervals about the true effect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from funnel_utils.charts import style
from funnel_utils.charts.style import Sheet, count
from funnel_utils.simulators.inlay import Frame, round_marks, share, signed
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from funnel_utils.simulators.cuped import CupedOutcome

LEFT, RIGHT, CLOUD, ROWS, LABEL = 0.5, 0.95, 1.75, 0.85, 0.98


def figure(outcome: CupedOutcome) -> Figure:
    """Draw an outcome, with its sentence as alternative text."""
    sheet = Sheet()
    sheet.title(t("lab.cuped.title", **_words(outcome)))
    _draw_people(sheet, outcome)
    _draw_intervals(sheet, outcome)
    return sheet.figure(describe(outcome))


def describe(outcome: CupedOutcome) -> str:
    """One sentence: both differences with their intervals, the variance taken out, and whether the covariate leaks."""
    words = _words(outcome)
    parts = [t("lab.cuped.says.both", **words), t("lab.cuped.says.reduction", **words)]
    if outcome.model.leak > 0 and outcome.model.lift != 0:
        parts.append(t("lab.cuped.says.leak", **words))
    return t("simulators.join").join(parts) + "."


def _words(outcome: CupedOutcome) -> dict[str, str]:
    words = {
        "effect": f"{outcome.effect:+.1f}",
        "reduction": share(outcome.reduction),
        "people": count(outcome.model.people),
        "worth": count(outcome.worth),
        "correlation": f"{outcome.model.correlation:.2f}",
        "biased": f"{outcome.biased:+.1f}",
    }
    for name, (difference, low, high, p) in (("plain", outcome.plain), ("adjusted", outcome.adjusted)):
        words[name] = f"{difference:+.1f}"
        words[f"{name}_between"] = t("lab.between", low=f"{low:+.1f}", high=f"{high:+.1f}")
        words[f"{name}_p"] = f"{p:.3f}" if p >= 0.001 else t("lab.tiny_p")
    return words


def _draw_people(sheet: Sheet, outcome: CupedOutcome) -> None:
    """Some people of both arms, and a line through each arm's: their distance is the effect."""
    sheet.paragraph(t("lab.cuped.cloud"), size=style.SMALL)
    sheet.y += 0.06
    width = sheet.right - sheet.left - LEFT - RIGHT
    before, now = outcome.before, outcome.now
    across, up = (_span(*before), _span(*now))
    chart = Frame(sheet, sheet.left + LEFT, sheet.y + CLOUD, width, CLOUD, across, up)
    looks: list[dict[str, Any]] = [
        {"color": style.SKY, "marker": "o", "s": 16},
        {"color": style.ORANGE, "marker": "^", "s": 18},
    ]
    ends = []
    for arm in (0, 1):
        chart.dots(before[arm], now[arm], **{**looks[arm], "linewidths": 0.4})
        # The same slope in both arms, as the adjustment has it.
        mean = 100.0 + outcome.effect * arm, 100.0 + outcome.model.leak * outcome.effect * arm
        ends.append([mean[0] + outcome.theta * (x - mean[1]) for x in across])
    for arm, colour in ((0, style.BLUE), (1, style.ALARM_TEXT)):
        # Only where the line is inside the chart: beyond it, it would run along the edge.
        x = np.linspace(*across, 60)
        y = ends[arm][0] + (x - across[0]) / (across[1] - across[0]) * (ends[arm][1] - ends[arm][0])
        inside = (y >= up[0]) & (y <= up[1])
        chart.lines(
            [(x[inside], y[inside])], colors=colour, linewidths=2.2, linestyles=["-", (0, (5, 2))][arm], zorder=6
        )
    last = [min(max(end[1], up[0]), up[1]) for end in ends]
    names = [t("lab.control"), t("lab.treatment")]
    chart.name_ends(last, names, [style.BLUE, style.ALARM_TEXT], RIGHT)
    chart.axes(round_marks(*across, 4), round_marks(*up, 5), "{:.0f}".format, "{:.0f}".format)
    sheet.y += CLOUD + 0.2
    sheet.text(chart.x + width / 2, sheet.y, t("lab.cuped.before"), size=style.SMALL, ha="center")
    sheet.y += 0.26


def _span(*values: Any) -> tuple[float, float]:
    joined = np.concatenate(values)
    low, high = float(joined.min()), float(joined.max())
    room = 0.04 * (high - low)
    return low - room, high + room


def _draw_intervals(sheet: Sheet, outcome: CupedOutcome) -> None:
    """Both intervals above one scale; the dashed line is the truth."""
    sheet.paragraph(t("lab.cuped.intervals"), size=style.SMALL)
    sheet.y += 0.04
    ends = [*outcome.plain[:3], *outcome.adjusted[:3], outcome.effect, 0.0]
    room = 0.06 * (max(ends) - min(ends))
    across = (min(ends) - room, max(ends) + room)
    width = sheet.right - sheet.left - LABEL - 0.12
    chart = Frame(sheet, sheet.left + LABEL, sheet.y + ROWS, width, ROWS, across, (0.0, 2.0))
    chart.up_at(0.0)
    chart.up_at(outcome.effect, colors=style.GREEN, linestyles=[(0, (4, 2))], linewidths=1.6)
    for name, (difference, low, high, _), at in (("plain", outcome.plain, 1.5), ("adjusted", outcome.adjusted, 0.55)):
        sheet.text(sheet.left, chart.at_y(at), t(f"lab.cuped.{name}"), va="center", size=style.SMALL)
        chart.lines([((low, high), (at, at))], colors=style.INK, linewidths=1.8)
        chart.lines([((end, end), (at - 0.18, at + 0.18)) for end in (low, high)], colors=style.INK, linewidths=1.4)
        chart.dots([difference], [at], color=style.ORANGE if name == "plain" else style.BLUE, s=55)
    chart.axes(round_marks(*across, 4), (), signed)
    sheet.y += ROWS + 0.24
