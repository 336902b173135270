"""An intervention and its control: the share who did the wanted act in each, and the difference that counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from funnel_utils.charts import style
from funnel_utils.charts.share_rows import scale_end, share_row
from funnel_utils.charts.style import Sheet, clean, count
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LOOKS: dict[str, dict[str, Any]] = {
    "treated": {"facecolor": style.BLUE},
    "control": {"facecolor": style.FAINT, "hatch": "...."},
}


def intervention_chart(result: Any) -> Figure:
    """Draw the two arms of an intervention.

    Parameters
    ----------
    result : InterventionResult
        Asked for `arms`, `effects`, `warnings` and `spec.assignment`.

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text. Warnings are written on the picture, for pictures are passed on without their text.
    """
    arms = result.arms
    sheet = Sheet()
    sheet.title(_title(result))
    limit = scale_end(arms["high"], arms["rate"])
    for row in style.records(arms):
        share_row(sheet, row, _label(row), limit, _counted(row), **LOOKS[str(row["role"])])
    for warning in result.warnings:
        sheet.paragraph(clean(warning), size=style.SMALL, color=style.ALARM_TEXT, lines=5)
        sheet.y += 0.04
    sheet.note(t("measures.intervention.note", limit=style.percent(limit)))
    return sheet.figure(_alt(result))


def _title(result: Any) -> str:
    row = result.effects.iloc[0]
    figures = {name: f"{100 * float(row[name]):+.1f}" for name in ("difference", "low", "high")}
    key = "title" if result.spec.assignment == "random" else "title_observed"
    return t(f"measures.intervention.{key}", **figures)


def _label(row: dict[str, Any]) -> str:
    return t(f"measures.intervention.arm.{row['role']}", arm=clean(row["arm"]))


def _counted(row: dict[str, Any]) -> str:
    return t("measures.chart.count", count=count(row["converted"]), of=count(row["of"]))


def describe_intervention(result: Any) -> str:
    """What the comparison says, with its warnings."""
    return " ".join([str(result.verdict), *result.warnings])


def _alt(result: Any) -> str:
    parts = [
        t(
            "measures.intervention.alt_part",
            label=_label(row),
            rate=style.rate_text(float(row["rate"]), float(row["low"]), float(row["high"])),
            count=_counted(row),
        )
        for row in style.records(result.arms)
    ]
    return t("measures.intervention.alt", words=describe_intervention(result), parts="; ".join(parts))
