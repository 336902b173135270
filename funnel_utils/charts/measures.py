"""Progression and aversion, stage by stage: how many did what they were hoped to do, and how many the contrary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from funnel_utils.charts import style
from funnel_utils.charts.share_rows import scale_end, share_row
from funnel_utils.charts.style import Sheet, clean, count, span
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORWARD: dict[str, Any] = {"facecolor": style.BLUE}
BACK: dict[str, Any] = {"facecolor": style.ORANGE, "hatch": "////"}


def measures_chart(result: Any) -> Figure:
    """Draw the five measures: for each stage, who did the wanted act and who did the contrary.

    Parameters
    ----------
    result : MeasuresResult
        Asked for `summary`, `progression()` and `aversion()`.

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text. Time to the wanted act and value per person stand in words above the bars.
    """
    forward, back = result.progression(), result.aversion()
    sheet = Sheet()
    sheet.title(_title(result))
    limit = scale_end([*forward["high"], *back["high"]], [*forward["rate"], *back["rate"]])
    for row in style.records(result.summary):
        sheet.paragraph(clean(row["label"]), weight="bold", lines=2)
        sheet.paragraph(_facts(row), size=style.SMALL, color=style.MUTED)
        sheet.y += 0.05
        for one in style.records(forward[forward["stage"] == row["stage"]]):
            label = t("measures.chart.forward", act=clean(one["wanted"]))
            share_row(sheet, one, label, limit, _counted(one, "progressed"), **FORWARD)
        for one in _contrary(back, str(row["stage"])):
            label = t("measures.chart.back", act=clean(one["act"]))
            share_row(sheet, one, label, limit, _counted(one, "averse"), **BACK)
        sheet.y += 0.06
    sheet.note(t("measures.chart.note", limit=style.percent(limit)))
    return sheet.figure(_alt(result, forward, back))


def _title(result: Any) -> str:
    weakest = result.weakest
    if weakest is None:
        return str(result.verdict).removesuffix(".")
    rate = style.percent(float(weakest["rate"]), float(weakest["low"]), float(weakest["high"]))
    return t("measures.chart.title", label=clean(weakest["label"]), rate=rate, within=result.window)


def _contrary(back: pd.DataFrame, stage: str) -> list[dict[str, Any]]:
    """The contrary acts of a stage; "any" only where there are several."""
    rows = style.records(back[back["stage"] == stage])
    return rows[1:] if len(rows) == 2 else rows


def _counted(row: dict[str, Any], name: str) -> str:
    return t("measures.chart.count", count=count(row[name]), of=count(row["of"]))


def _facts(row: dict[str, Any]) -> str:
    """People at the stage, the time until half had gone on, and the revenue per person, as far as they are known."""
    said = [t("measures.chart.people", people=count(row["people"]))]
    if not pd.isna(row["median_s"]):
        said.append(t("measures.chart.median", span=span(float(row["median_s"]))))
    if not pd.isna(row["per_person"]):
        said.append(t("measures.chart.value", value=style.amount(float(row["per_person"]))))
    return "; ".join(said)


def describe_measures(result: Any) -> str:
    """What stands out in the measures, in a sentence or two."""
    return str(result.verdict)


def _alt(result: Any, forward: pd.DataFrame, back: pd.DataFrame) -> str:
    parts = []
    for row in style.records(result.summary):
        said = [f"{clean(row['label'])}: {_facts(row)}"]
        acts = [(one, one["wanted"], "progressed") for one in style.records(forward[forward["stage"] == row["stage"]])]
        acts += [(one, one["act"], "averse") for one in _contrary(back, str(row["stage"]))]
        for one, act, name in acts:
            rate = style.rate_text(float(one["rate"]), float(one["low"]), float(one["high"]))
            said.append(t(f"measures.chart.alt_{name}", act=clean(act), rate=rate, count=_counted(one, name)))
        parts.append("; ".join(said))
    return t("measures.chart.alt", words=describe_measures(result), parts=". ".join(parts))
