"""The picture of the winner's curse: observed against true lifts, and what winners promise and bring."""

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

    from funnel_utils.simulators.curse import CurseOutcome

LEFT, RIGHT, CLOUD, ROW, BAR, LABEL = 0.62, 0.2, 2.1, 0.3, 0.19, 1.3


def figure(outcome: CurseOutcome) -> Figure:
    """Draw an outcome, with its sentence as alternative text."""
    sheet = Sheet()
    sheet.title(t("lab.curse.title" if outcome.wins else "lab.curse.title.none", **_words(outcome)))
    _draw_ideas(sheet, outcome)
    if outcome.wins:
        _draw_bars(sheet, outcome)
    return sheet.figure(describe(outcome))


def describe(outcome: CurseOutcome) -> str:
    """One sentence: how many win, what they promise and bring, how many are worthless, and what to believe."""
    words = _words(outcome)
    if not outcome.wins:
        return t("lab.curse.says.none", **words) + "."
    parts = [t(f"lab.curse.says.{key}", **words) for key in ("wins", "promise", "worthless", "believe")]
    return t("simulators.join").join(parts) + "."


def _words(outcome: CurseOutcome) -> dict[str, str]:
    lifts = {name: getattr(outcome, name) for name in ("promised", "brought", "believed")}
    return {
        **{name: "" if math.isnan(lift) else f"{lift:+.1%}" for name, lift in lifts.items()},
        "people": count(outcome.model.people),
        "wins": share(outcome.wins),
        "border": f"{outcome.border:+.1%}",
        "worthless": "" if math.isnan(outcome.worthless) else f"{outcome.worthless:.0%}",
        "trust": f"{outcome.model.trust:.0%}",
    }


def _draw_ideas(sheet: Sheet, outcome: CurseOutcome) -> None:
    """One dot an idea; above the dotted line it wins; on the diagonal it would keep its promise."""
    sheet.paragraph(t("lab.curse.cloud"), size=style.SMALL)
    sheet.y += 0.06
    true, seen = 100 * outcome.true, 100 * outcome.seen
    border = 100 * outcome.border
    # One scale both ways, so that the diagonal is one.
    reach = 1.03 * max(float(np.abs(seen).max()), float(np.abs(true).max()), 1.15 * border)
    width = sheet.right - sheet.left - LEFT - RIGHT
    wide = min(reach, max(3.6 * 100 * outcome.model.spread + 100 * abs(outcome.model.mean), 0.35 * reach))
    chart = Frame(sheet, sheet.left + LEFT, sheet.y + CLOUD, width, CLOUD, (-wide, wide), (-reach, reach))
    chart.across_at(0.0)
    chart.up_at(0.0)
    chart.lines([((-wide, wide), (-wide, wide))], colors=style.INK, linewidths=1.4)
    chart.across_at(border, colors=style.INK, linestyles=[(0, (1, 2))])
    wins = seen > border
    chart.dots(true[~wins], seen[~wins], color="#c8c8c8", s=10, linewidths=0.3)
    chart.dots(true[wins], seen[wins], color=style.ORANGE, s=26, marker="^", linewidths=0.7)
    chart.say(-0.98 * wide, border, t("lab.curse.wins_here"), va="bottom")
    chart.axes(round_marks(-wide, wide, 4), round_marks(-reach, reach, 4), signed, signed)
    sheet.y += CLOUD + 0.2
    sheet.text(chart.x + width / 2, sheet.y, t("lab.curse.axis"), size=style.SMALL, ha="center")
    sheet.y += 0.26


def _draw_bars(sheet: Sheet, outcome: CurseOutcome) -> None:
    """What the winners promised, what they brought, and what one should have believed."""
    sheet.paragraph(t("lab.curse.bars"), size=style.SMALL)
    sheet.y += 0.02
    rows = (
        ("promised", outcome.promised, style.ORANGE),
        ("brought", outcome.brought, style.GREEN),
        ("believed", outcome.believed, style.SKY),
    )
    least = min(0.0, *(lift for _, lift, _ in rows))
    scale = (sheet.right - sheet.left - LABEL - 0.75) / (max(0.001, *(lift for _, lift, _ in rows)) - least)
    zero = sheet.left + LABEL - least * scale
    for name, lift, colour in rows:
        middle = sheet.y + ROW / 2
        sheet.text(sheet.left, middle, t(f"lab.curse.{name}"), va="center", size=style.SMALL)
        sheet.bar(zero + min(lift, 0.0) * scale, middle - BAR / 2, max(abs(lift) * scale, 0.008), BAR, facecolor=colour)
        sheet.text(zero + max(lift, 0.0) * scale + 0.07, middle, f"{lift:+.1%}", va="center", size=style.SMALL)
        sheet.y += ROW
