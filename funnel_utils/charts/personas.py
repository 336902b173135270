"""Personas: for each group its telling features as bars from zero, which is everybody's mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from funnel_utils.charts import style
from funnel_utils.charts.style import Sheet, clean, count, percent
from funnel_utils.plan.persona_words import MOST, TELLING
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from funnel_utils.plan.personas import Personas

LABELS, ROW, BAR = 1.85, 0.24, 0.15


def personas_chart(found: Personas) -> Figure:
    """Draw the groups.

    Parameters
    ----------
    found : Personas

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text.
    """
    sheet = Sheet()
    profiles = style.records(found.profiles)
    sheet.title(t("personas.chart.title", n=len(profiles), people=count(len(found.assigned))))
    sheet.paragraph(_steadiness(found), size=style.SMALL, color=style.MUTED, lines=6)
    sheet.y += 0.08
    reach = max(1.0, float(found.features["distance"].abs().max()))
    for row in profiles:
        share = percent(row["share"], row["low"], row["high"])
        head = t("personas.chart.group", n=row["persona"], share=share, name=clean(row["name"]))
        sheet.paragraph(head, weight="bold", lines=2)
        inside = found.features[found.features["persona"] == row["persona"]]
        _draw_group(sheet, style.records(inside), reach)
    sheet.note(t("personas.chart.note"))
    parts = [
        t("personas.chart.alt_part", n=row["persona"], share=percent(row["share"]), profile=clean(row["profile"]))
        for row in profiles
    ]
    return sheet.figure(t("personas.chart.alt", verdict=found.verdict, parts=" ".join(parts)))


def _steadiness(found: Personas) -> str:
    """The first sentence of the verdict: how many groups, and whether they are stable."""
    row = style.records(found.tried[found.tried["chosen"]])[0]
    words = {name: f"{row[name]:.2f}" for name in ("reseeded", "resampled", "silhouette")}
    return t("personas.stable" if found.stable else "personas.not_stable", n=len(found.profiles), **words)


def _draw_group(sheet: Sheet, rows: list[dict[str, Any]], reach: float) -> None:
    ranked = sorted(rows, key=lambda row: -abs(row["distance"]))
    telling = [row for row in ranked if abs(row["distance"]) >= TELLING][:MOST]
    if not telling:
        sheet.paragraph(t("personas.chart.middle"), size=style.SMALL, color=style.MUTED)
    zero = (sheet.left + LABELS + sheet.right) / 2
    scale = (sheet.right - sheet.left - LABELS - 0.7) / 2 / reach
    for row in telling:
        middle = sheet.y + ROW / 2
        label = style.wrap(clean(row["label"]), LABELS - 0.1, style.SMALL, lines=1)[0]
        sheet.text(sheet.left, middle, label, size=style.SMALL, va="center")
        wide = row["distance"] * scale
        more = wide > 0
        colour = style.BLUE if more else style.ORANGE
        sheet.bar(min(zero, zero + wide), middle - BAR / 2, abs(wide), BAR, facecolor=colour)
        x = zero + wide + (0.05 if more else -0.05)
        sheet.text(x, middle, f"{row['distance']:+.1f}", size=8.0, ha="left" if more else "right", va="center")
        sheet.y += ROW
    if telling:
        sheet.line((zero, zero), (sheet.y - ROW * len(telling), sheet.y), linewidth=0.8)
    sheet.y += 0.1
