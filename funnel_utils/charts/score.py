"""The engagement score: how many people are in each band, and how the scores are spread."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from funnel_utils.charts import style
from funnel_utils.charts.share_rows import scale_end, share_row
from funnel_utils.charts.style import Sheet, count, percent
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANEL = 1.5
LOOKS: dict[str, dict[str, Any]] = {
    "at_risk": {"facecolor": style.VERMILLION, "hatch": "////"},
    "likely_buyer": {"facecolor": style.GREEN},
    "ready": {"facecolor": style.SKY},
    "other": {"facecolor": style.FAINT},
}


def score_chart(result: Any) -> Figure:
    """Draw the bands of an engagement score and the distribution of the scores.

    Parameters
    ----------
    result : ScoreResult
        Asked for `bands`, `distribution()`, `score.bands` and `score.reference`.

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text.
    """
    bands, spread, borders = result.bands, result.distribution(), result.score.bands
    sheet = Sheet()
    sheet.title(describe_score(result).removesuffix("."))
    limit = scale_end(bands["high"], bands["share"])
    for row in style.records(bands):
        said = t("score.chart.count", people=count(row["people"]), of=count(row["of"]))
        share_row(
            sheet, row | {"rate": row["share"]}, _band_label(row, borders), limit, said, **LOOKS[str(row["band"])]
        )
    sheet.paragraph(t("score.chart.spread"), weight="bold")
    sheet.y += 0.22
    left = 0.62
    sheet.inset(
        sheet.left + left, sheet.right - sheet.left - left - 0.08, PANEL, lambda axes: _draw(axes, spread, borders)
    )
    sheet.y += 0.22
    sheet.paragraph(t("score.chart.axis"), size=style.SMALL, x=sheet.left + left)
    sheet.note(t("score.chart.note"))
    return sheet.figure(_alt(result))


def _band_label(row: dict[str, Any], borders: Any) -> str:
    fall, ready, likely = style.tick_percent(borders.fall), f"{borders.ready:g}", f"{borders.likely_buyer:g}"
    return t(f"score.chart.band.{row['band']}", label=row["label"], fall=fall, ready=ready, likely=likely)


def _draw(axes: Axes, spread: pd.DataFrame, borders: Any) -> None:
    table = spread.pivot(index="from_score", columns="band", values="people")
    width = float(spread["to_score"].iloc[0] - spread["from_score"].iloc[0])
    floor = [0.0] * len(table)
    for band in ("other", "ready", "likely_buyer", "at_risk"):
        heights = table[band].to_numpy(float)
        look = {"edgecolor": style.INK, "linewidth": 0.6, **LOOKS[band]}
        axes.bar(table.index.to_numpy(float), heights, width=width, align="edge", bottom=floor, **look)
        floor = [low + high for low, high in zip(floor, heights, strict=True)]
    top = max([*floor, 1.0])
    axes.set_ylim(0, top * 1.05)
    axes.set_xlim(0, 100)
    for border, key in ((borders.ready, "ready"), (borders.likely_buyer, "likely_buyer")):
        axes.axvline(border, color=style.INK, linewidth=1.0, linestyle=(0, (4, 3)))
        style.write(axes, border + 1, top * 1.05, t(f"score.band.{key}"), style.SMALL, va="bottom", ha="left")
    axes.set_yticks([0, top], ["0", count(top)])
    axes.set_xticks([0, 20, 40, 60, 80, 100])
    axes.set_axisbelow(True)
    style.quiet(axes)


def describe_score(result: Any) -> str:
    """One sentence with the main fact of the score chart."""
    found = result.bands.set_index("band")
    words = {}
    for band in ("likely_buyer", "at_risk"):
        row = found.loc[band]
        words[band] = percent(float(row["share"]), float(row["low"]), float(row["high"]))
    return t("score.chart.title", people=count(float(found["of"].iloc[0])), **words)


def _alt(result: Any) -> str:
    parts = [
        t(
            "score.chart.alt_part",
            label=_band_label(row, result.score.bands),
            people=count(row["people"]),
            share=style.rate_text(row["share"], row["low"], row["high"]),
        )
        for row in style.records(result.bands)
    ]
    spread = result.distribution(width=20).groupby("from_score")["people"].sum()
    classes = [
        t("score.chart.alt_class", low=f"{low:g}", high=f"{low + 20:g}", people=count(people))
        for low, people in zip(spread.index.to_numpy(float), spread.to_numpy(float), strict=True)
        if not math.isnan(people)
    ]
    return t("score.chart.alt", words=describe_score(result), parts="; ".join(parts), classes=", ".join(classes))
