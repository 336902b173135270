"""The picture of a split: the counts against the plan, the lift that is seen against the true one, and both alarms."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from funnel_utils.charts import style
from funnel_utils.charts.style import Sheet, count
from funnel_utils.simulators.inlay import Frame, round_marks, share, signed
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from funnel_utils.simulators.srm import SplitOutcome

LABEL, ROW, BAR, LIFT, CURVE, NAMES = 0.98, 0.3, 0.2, 0.75, 1.15, 1.05


def figure(outcome: SplitOutcome) -> Figure:
    """Draw an outcome, with its sentence as alternative text."""
    sheet = Sheet()
    sheet.title(t(f"lab.srm.title.{'alarm' if outcome.p < 0.001 else 'quiet'}", **_words(outcome)))
    _draw_counts(sheet, outcome)
    _draw_lift(sheet, outcome)
    _draw_curve(sheet, outcome)
    return sheet.figure(describe(outcome))


def describe(outcome: SplitOutcome) -> str:
    """One sentence: the counts and their p, the lift as it looks and as it is, and the chances of both alarms."""
    words = _words(outcome)
    parts = [t("lab.srm.says.counts", **words), t("lab.srm.says.lift", **words), t("lab.srm.says.chances", **words)]
    return t("simulators.join").join(parts) + "."


def _words(outcome: SplitOutcome) -> dict[str, str]:
    model = outcome.model
    return {
        "control": count(outcome.control),
        "treatment": count(outcome.treatment),
        "planned": f"{1 - model.planned:.0%} : {model.planned:.0%}",
        "p": _p(outcome.p),
        "seen": f"{outcome.seen_lift:+.1%}" if abs(outcome.seen_lift) >= 5e-4 else "0%",
        "true": f"{model.lift:+.1%}" if model.lift else "0%",
        "low": f"{outcome.low:+.1%}",
        "high": f"{outcome.high:+.1%}",
        "alarm": share(outcome.alarm),
        "win": share(outcome.win),
        "people": count(model.people),
        "lost": f"{100 * model.lost:g}%",
    }


def _p(p: float) -> str:
    """A p that nobody needs exactly where it is tiny."""
    if p < 1e-6:
        return t("lab.tiny")
    return f"p = {p:.3f}" if p >= 0.001 else f"p = {p:.6f}".rstrip("0")


def _draw_counts(sheet: Sheet, outcome: SplitOutcome) -> None:
    """A bar an arm; the black marks are where the plan would have them end."""
    sheet.paragraph(t("lab.srm.counts", **_words(outcome)), size=style.SMALL)
    sheet.y += 0.04
    model, total = outcome.model, outcome.control + outcome.treatment
    planned = (total * (1 - model.planned), total * model.planned)
    scale = (sheet.right - sheet.left - LABEL - 0.75) / max(*planned, outcome.control, outcome.treatment)
    for name, people, meant, colour in (
        ("control", outcome.control, planned[0], style.SKY),
        ("treatment", outcome.treatment, planned[1], style.ORANGE),
    ):
        middle, x = sheet.y + ROW / 2, sheet.left + LABEL
        sheet.text(sheet.left, middle, t(f"lab.{name}"), va="center", size=style.SMALL)
        sheet.bar(x, middle - BAR / 2, people * scale, BAR, facecolor=colour)
        sheet.line((x + meant * scale,) * 2, (middle - BAR / 2 - 0.04, middle + BAR / 2 + 0.04), linewidth=2.4)
        sheet.text(x + max(people, meant) * scale + 0.07, middle, count(people), va="center", size=style.SMALL)
        sheet.y += ROW
    sheet.y += 0.08


def _draw_lift(sheet: Sheet, outcome: SplitOutcome) -> None:
    """The lift that is seen, with its interval, above the true one."""
    sheet.paragraph(t("lab.srm.lift"), size=style.SMALL)
    sheet.y += 0.02
    values = [outcome.seen_lift, outcome.model.lift, 0.0]
    values += [end for end in (outcome.low, outcome.high) if math.isfinite(end)]
    reach = max(abs(value) for value in values) * 1.1 or 0.05
    across = (-reach if min(values) < 0 else -0.12 * reach, reach)
    width = sheet.right - sheet.left - LABEL - 0.12
    chart = Frame(sheet, sheet.left + LABEL, sheet.y + LIFT, width, LIFT, across, (0.0, 2.0))
    for name, at in (("seen", 1.45), ("true", 0.5)):
        sheet.text(sheet.left, chart.at_y(at), t(f"lab.srm.{name}"), va="center", size=style.SMALL)
    chart.up_at(0.0)
    ends = np.clip([outcome.low, outcome.high], *across)
    chart.lines([(ends, (1.45, 1.45))], colors=style.INK, linewidths=1.6)
    chart.dots([outcome.seen_lift], [1.45], color=style.VERMILLION, s=55)
    chart.dots([outcome.model.lift], [0.5], color=style.GREEN, s=55, marker="D")
    chart.axes(round_marks(*across, 4), (), lambda lift: f"{signed(round(100 * lift, 6))}%")
    sheet.y += LIFT + 0.3


def _draw_curve(sheet: Sheet, outcome: SplitOutcome) -> None:
    """The chance that the check sounds, and that a win is announced, by what is lost."""
    sheet.paragraph(t("lab.srm.curve"), size=style.SMALL)
    sheet.y += 0.06
    lost, alarm, win = outcome.curve
    left = 0.5
    width = sheet.right - sheet.left - left - NAMES
    chart = Frame(sheet, sheet.left + left, sheet.y + CURVE, width, CURVE, (0.0, float(lost[-1])), (0.0, 1.0))
    chart.lines(
        [(lost, alarm), (lost, win)],
        colors=[style.BLUE, style.VERMILLION],
        linestyles=["-", (0, (5, 2))],
        linewidths=1.9,
    )
    chart.dots([outcome.model.lost] * 2, [outcome.alarm, outcome.win], color=[style.BLUE, style.VERMILLION], s=45)
    names = [t("lab.srm.end.alarm"), t("lab.srm.end.win")]
    chart.name_ends([float(alarm[-1]), float(win[-1])], names, [style.BLUE, style.ALARM_TEXT], NAMES)
    chart.axes(round_marks(0, float(lost[-1]), 4), (0.0, 0.5, 1.0), style.tick_percent, style.tick_percent)
    sheet.y += CURVE + 0.24
