"""SMART lights: a letter, a sign, and why. Each state has a shape and a sign of its own: colour is not needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from funnel_utils.charts import style
from funnel_utils.charts.style import Sheet, clean
from funnel_utils.plan.smart import Assessment
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Colour and shape of a light's state, and the sign in it.
LIGHTS = {
    "yes": (style.GREEN, "o", "✓"),
    "partly": (style.ORANGE, "^", "!"),
    "no": (style.VERMILLION, "s", "✗"),
    "unknown": ("#bdbdbd", "D", "?"),
}
TEXT_LEFT = 0.42


def smart_chart(assessment: Assessment) -> Figure:
    """Draw the lights of a goal with their reasons.

    Parameters
    ----------
    assessment : Assessment

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text.
    """
    sheet = Sheet()
    sheet.title(t("plan_charts.smart.title", statement=clean(assessment.goal.statement)))
    sheet.paragraph(describe_smart(assessment), size=style.SMALL, color=style.MUTED, lines=4)
    sheet.y += 0.1
    for row in style.records(assessment.table):
        _draw_row(sheet, row)
    sheet.note(t("plan_charts.smart.note"))
    return sheet.figure(_alt(assessment))


def _draw_row(sheet: Sheet, row: dict[str, Any]) -> None:
    colour, shape, sign = LIGHTS[row["status"]]
    middle = sheet.y + 0.15
    sheet.dot(sheet.left + 0.15, middle, marker=shape, markersize=17, color=colour)
    # The triangle's middle lies lower than its box's.
    lower = 0.025 if shape == "^" else 0.0
    sheet.text(sheet.left + 0.15, middle + lower, sign, ha="center", va="center", weight="bold", zorder=6)
    status = t(f"plan_charts.smart.{row['status']}")
    name = t(f"plan.smart.name.{row['name']}")
    head = t("plan_charts.smart.head", letter=row["letter"], name=name, status=status)
    x = sheet.left + TEXT_LEFT
    sheet.paragraph(head, x=x, weight="bold")
    sheet.paragraph(clean(row["reason"]), x=x, size=style.SMALL, lines=6)
    sheet.y += 0.11


def describe_smart(assessment: Assessment) -> str:
    """How many lights are on, and which are not."""
    table = assessment.table
    said = t("plan.smart.verdict", has=int((table["status"] == "yes").sum()), all=len(table))
    for status in ("partly", "no", "unknown"):
        names = [t(f"plan.smart.name.{name}") for name in table.loc[table["status"] == status, "name"]]
        if names:
            said += " " + t("plan_charts.smart.those", status=t(f"plan_charts.smart.{status}"), names=", ".join(names))
    return said


def _alt(assessment: Assessment) -> str:
    parts = [
        t(
            "plan_charts.smart.alt_part",
            name=t(f"plan.smart.name.{row['name']}"),
            status=t(f"plan_charts.smart.{row['status']}"),
            reason=clean(row["reason"]),
        )
        for row in style.records(assessment.table)
    ]
    return t("plan_charts.smart.alt", statement=clean(assessment.goal.statement), parts=" ".join(parts))
