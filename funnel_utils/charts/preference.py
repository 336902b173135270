"""Channel preference: what was seen of people who answer nearly everything or nothing, and what to expect of them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from funnel_utils.charts import style
from funnel_utils.charts.style import Sheet, clean, count, percent, tick_percent
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from funnel_utils.automation.preference_result import PreferenceResult

SEEN = {"marker": "o", "color": style.PAPER, "markersize": 7}
EXPECTED = {"marker": "D", "color": style.ORANGE, "markersize": 7}


def preference_chart(found: PreferenceResult, share: float = 0.8) -> Figure:
    """Draw, for each channel and group of people, the rate that was seen and the one to expect.

    Parameters
    ----------
    found : PreferenceResult
    share : float
        The rate above which somebody answers nearly everything.

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text. Groups without people are left out.
    """
    table = found.openers(share)
    sheet = Sheet()
    sheet.title(t("preference.chart.title"))
    sheet.paragraph(describe_preference(found), size=style.SMALL, color=style.MUTED, lines=5)
    sheet.y += 0.08
    _legend(sheet)
    parts = []
    for channel in found.channels:
        rows = [row for row in style.records(table[table["channel"] == channel]) if row["people"]]
        sheet.y += 0.04
        sheet.paragraph(clean(channel), weight="bold", lines=2)
        for row in rows:
            _group(sheet, row, share)
            parts.append(f"{clean(channel)}, {_said(row, share)}: {_figures(row)}")
    _axis(sheet)
    sheet.note(t("preference.chart.note", strengths=_strengths(found)))
    return sheet.figure(t("preference.chart.alt", words=describe_preference(found), parts="; ".join(parts)))


def describe_preference(found: PreferenceResult) -> str:
    """The main fact in a sentence."""
    return found.verdict


def _strengths(found: PreferenceResult) -> str:
    parts = [
        t("preference.chart.strength", channel=clean(row["channel"]), number=f"{row['a'] + row['b']:,.3g}")
        for row in style.records(found.prior)
    ]
    return ", ".join(parts)


def _said(row: dict[str, Any], share: float) -> str:
    name = t(f"preference.group.{row['group'].replace(' ', '_')}", share=tick_percent(share))
    return t("preference.chart.group", group=name, people=count(row["people"]))


def _figures(row: dict[str, Any]) -> str:
    """Seen and expected in words."""
    if math.isnan(row["rate"]):
        return t("preference.chart.only", expected=percent(row["expected"]))
    return t("preference.chart.both", seen=percent(row["rate"]), expected=percent(row["expected"]))


def _legend(sheet: Sheet) -> None:
    x = sheet.left
    for look, key in ((SEEN, "seen"), (EXPECTED, "expected")):
        sheet.dot(x + 0.06, sheet.y + 0.08, **look)
        text = t(f"preference.chart.{key}")
        sheet.text(x + 0.18, sheet.y, text, size=style.SMALL)
        x += 0.18 + style.text_width(text, style.SMALL) + 0.25
    sheet.y += style.SMALL * style.LINE + 0.04


def _group(sheet: Sheet, row: dict[str, Any], share: float) -> None:
    """The words of one group, and below them its two marks on the scale."""
    figures = _figures(row)
    room = sheet.right - sheet.left - style.text_width(figures, style.SMALL) - 0.12
    for line in style.wrap(_said(row, share), room, style.SMALL, lines=2):
        sheet.text(sheet.left, sheet.y, line, size=style.SMALL)
        sheet.y += style.SMALL * style.LINE
    sheet.text(sheet.right, sheet.y - style.SMALL * style.LINE, figures, size=style.SMALL, ha="right")
    y = sheet.y + 0.1
    sheet.line((_x(sheet, 0), _x(sheet, 1)), (y, y), color=style.FAINT, linewidth=4)
    if not math.isnan(row["rate"]):
        sheet.line((_x(sheet, row["rate"]), _x(sheet, row["expected"])), (y, y), color=style.MUTED, linewidth=1.6)
        sheet.dot(_x(sheet, row["rate"]), y, **SEEN)
    sheet.dot(_x(sheet, row["expected"]), y, **EXPECTED)
    sheet.y += 0.26


def _axis(sheet: Sheet) -> None:
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        side = {0.0: "left", 1.0: "right"}.get(share, "center")
        sheet.text(_x(sheet, share), sheet.y, tick_percent(share), size=style.SMALL, color=style.MUTED, ha=side)
    sheet.y += style.SMALL * style.LINE


def _x(sheet: Sheet, share: float) -> float:
    """Where a share lies; marks at both ends stay on the page."""
    inside = 0.06
    return float(sheet.left + inside + share * (sheet.right - sheet.left - 2 * inside))
