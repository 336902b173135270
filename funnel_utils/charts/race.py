"""The audit of a plan as a heat map: a row per part, its five activities in cells, the next steps framed.

A heat map and no radar: in a radar the area depends on the order of the spokes, and 25 spokes cannot be read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from funnel_utils.charts import style
from funnel_utils.charts.grid import colour
from funnel_utils.charts.style import Sheet
from funnel_utils.plan.race import PARTS
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from funnel_utils.plan.audit import Audit

NAME, HIGH = 0.72, 0.62


def audit_chart(audit: Audit, *, steps: int = 5) -> Figure:
    """Draw the scores.

    Parameters
    ----------
    audit : Audit
    steps : int
        How many of the next steps are framed and numbered.

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text.
    """
    sheet = Sheet()
    sheet.title(t("race.chart.title"))
    sheet.paragraph(audit.verdict, size=style.SMALL, color=style.MUTED, lines=5)
    sheet.y += 0.1
    next_steps = {row["id"]: row["rank"] for row in style.records(audit.steps.head(steps))}
    means = audit.parts.set_index("part")["mean"]
    for part in PARTS:
        rows = style.records(audit.table[audit.table["part"] == part])
        _draw_part(sheet, part, float(means[part]), rows, next_steps)
    sheet.note(t("race.chart.note"))
    parts = " ".join(_said(part, audit) for part in PARTS)
    return sheet.figure(t("race.chart.alt", verdict=audit.verdict, parts=parts))


def _draw_part(sheet: Sheet, part: str, mean: float, rows: list[dict[str, Any]], steps: dict[str, int]) -> None:
    sheet.text(sheet.left, sheet.y + 0.12, t(f"race.part.{part}"), weight="bold")
    known = mean == mean
    shown = t("race.chart.mean", mean=f"{mean:.1f}") if known else t("race.chart.none")
    sheet.text(sheet.left, sheet.y + 0.32, shown, size=8.0, color=style.MUTED)
    wide = (sheet.right - sheet.left - NAME) / len(rows)
    for place, row in enumerate(rows):
        _draw_cell(sheet, sheet.left + NAME + place * wide, wide - 0.06, row, steps.get(row["id"]))
    sheet.y += HIGH + 0.07


def _draw_cell(sheet: Sheet, x: float, wide: float, row: dict[str, Any], step: int | None) -> None:
    score = float(row["score"])
    known = score == score
    share = (score / 4) ** 2 if known else 0.0
    ink = style.PAPER if share > 0.5 else style.INK
    # A framed cell has a line twice as strong, in the colour of warnings, and says which step it is.
    edge = {"edgecolor": style.VERMILLION, "linewidth": 2.6} if step else {"edgecolor": "#9a9a9a", "linewidth": 0.6}
    sheet.bar(x, sheet.y, wide, HIGH, facecolor=colour(share) if known else style.PAPER, **edge)
    sheet.text(x + 0.06, sheet.y + 0.06, row["id"], size=8.0, color=ink)
    aspect = t(f"race.aspect.{row['aspect']}")[0]
    sheet.text(x + wide - 0.06, sheet.y + 0.06, aspect, size=8.0, ha="right", color=ink)
    text = f"{score:g}" if known else t("charts.missing")
    sheet.text(x + wide / 2, sheet.y + 0.31, text, size=style.TITLE, ha="center", va="center", weight="bold", color=ink)
    if step:
        said = t("race.chart.step", n=step)
        sheet.text(x + wide / 2, sheet.y + HIGH - 0.05, said, size=8.0, ha="center", va="bottom", color=ink)


def _said(part: str, audit: Audit) -> str:
    cells = [
        t("race.chart.alt_cell", id=row["id"], score=f"{row['score']:g}" if row["score"] == row["score"] else "–")
        for row in style.records(audit.table[audit.table["part"] == part])
    ]
    return t("race.chart.alt_part", part=t(f"race.part.{part}"), cells=", ".join(cells))
