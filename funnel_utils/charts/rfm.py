"""RFM: segments by their share of customers and of value, the grid of scores, and moves between two dates."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from funnel_utils.charts import style
from funnel_utils.charts.grid import draw_grid
from funnel_utils.charts.share_rows import scale_end
from funnel_utils.charts.style import Sheet, clean, count, percent, rate_text
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from funnel_utils.retention.rfm_migration import Migration
    from funnel_utils.retention.rfm_result import RfmResult

BAR = 0.13


def rfm_chart(found: RfmResult) -> Figure:
    """Draw the segments: for each its share of customers, with its interval, above its share of value.

    Parameters
    ----------
    found : RfmResult

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text. Segments without customers are left out and named in the note.
    """
    table = found.segments
    rows = [row for row in style.records(table) if row["customers"]]
    sheet = Sheet()
    sheet.title(_title(table))
    sheet.paragraph(describe_rfm(found), size=style.SMALL, color=style.MUTED, lines=5)
    sheet.y += 0.08
    _legend(sheet)
    limit = scale_end([*table["high"], *table["value_share"]], table["share"])
    for row in rows:
        _segment(sheet, row, limit)
    empty = [clean(name) for name in table.loc[table["customers"] == 0, "segment"]]
    note = t("retention_charts.rfm.note")
    sheet.note(note + (" " + t("retention_charts.rfm.empty", names=", ".join(empty)) if empty else ""))
    parts = "; ".join(t("retention_charts.rfm.alt_part", **_words(row)) for row in rows)
    return sheet.figure(t("retention_charts.rfm.alt", words=describe_rfm(found), parts=parts))


def _title(table: Any) -> str:
    """The segment that brings most, with both its shares."""
    known = table[table["value_share"] > 0]
    if known.empty:
        return t("retention_charts.rfm.title")
    best = known.sort_values("value_share", kind="stable").iloc[-1]
    share = percent(best["share"], best["low"], best["high"])
    value = percent(float(best["value_share"]))
    return t("retention_charts.rfm.found", name=clean(best["segment"]), share=share, value=value)


def describe_rfm(found: RfmResult) -> str:
    """The main fact of the segments in a sentence."""
    return found.verdict


def _words(row: dict[str, Any]) -> dict[str, str]:
    rate = rate_text(row["share"], row["low"], row["high"])
    facts = {"name": clean(row["segment"]), "customers": count(row["customers"]), "rate": rate}
    return facts | {"value": percent(float(row["value_share"]))}


def _legend(sheet: Sheet) -> None:
    x = sheet.left
    for look, key in (({"facecolor": style.BLUE}, "customers"), ({"facecolor": style.ORANGE, "hatch": "///"}, "value")):
        sheet.bar(x, sheet.y + 0.02, 0.22, 0.11, **look)
        text = t(f"retention_charts.rfm.{key}")
        sheet.text(x + 0.28, sheet.y, text, size=style.SMALL)
        x += 0.28 + style.text_width(text, style.SMALL) + 0.25
    sheet.y += style.SMALL * style.LINE + 0.08


def _segment(sheet: Sheet, row: dict[str, Any], limit: float) -> None:
    words = _words(row)
    said = t("retention_charts.rfm.row", **words)
    room = sheet.right - sheet.left - style.text_width(said, style.SMALL) - 0.12
    lines = style.wrap(words["name"], room, lines=2)
    for line in lines:
        sheet.text(sheet.left, sheet.y, line)
        sheet.y += style.BODY * style.LINE
    sheet.text(sheet.right, sheet.y - style.BODY * style.LINE, said, size=style.SMALL, ha="right")
    sheet.y += 0.02
    scale = (sheet.right - sheet.left) / limit
    sheet.bar(sheet.left, sheet.y, row["share"] * scale, BAR, facecolor=style.BLUE)
    sheet.whisker(sheet.left + row["low"] * scale, sheet.left + min(row["high"], limit) * scale, sheet.y + BAR / 2)
    sheet.y += BAR
    if not math.isnan(row["value_share"]) and row["value_share"] > 0:
        sheet.bar(sheet.left, sheet.y, min(row["value_share"], limit) * scale, BAR, facecolor=style.ORANGE, hatch="///")
    sheet.y += BAR + 0.1


def rfm_grid_chart(found: RfmResult) -> Figure:
    """Draw how many customers have each pair of recency and frequency score.

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text.
    """
    codes = found.codes.assign(r=found.codes["code"].str[0], f=found.codes["code"].str[1])
    counts = codes.pivot_table(index="r", columns="f", values="customers", aggfunc="sum").sort_index(ascending=False)
    shares = counts / found.total
    names = {score: t("retention_charts.rfm.recency_score", score=score) for score in shares.index}
    sheet = Sheet()
    sheet.title(t("retention_charts.rfm.grid_title"))
    sheet.paragraph(t("retention_charts.rfm.grid_across"), size=style.SMALL, color=style.MUTED)
    sheet.y += 0.04
    draw_grid(sheet, shares.rename(index=names))
    sheet.note(t("retention_charts.rfm.grid_note", total=count(found.total)))
    parts = "; ".join(
        t("retention_charts.rfm.grid_part", r=r, f=f, share=percent(float(shares.loc[r, f])))
        for r in shares.index
        for f in shares.columns
        if shares.loc[r, f]
    )
    return sheet.figure(t("retention_charts.rfm.grid_alt", parts=parts))


def migration_chart(found: Migration) -> Figure:
    """Draw the moves between segments: from the names at the left to the names across.

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text.
    """
    sheet = Sheet()
    dates = {"earlier": f"{found.earlier.as_of:%Y-%m-%d}", "later": f"{found.later.as_of:%Y-%m-%d}"}
    sheet.title(t("retention_charts.migration.title", **dates))
    sheet.paragraph(describe_migration(found), size=style.SMALL, color=style.MUTED, lines=5)
    sheet.y += 0.08
    draw_grid(sheet, found.matrix)
    sheet.note(t("retention_charts.migration.note"))
    parts = "; ".join(
        t(
            "retention_charts.migration.part",
            source=clean(row["source"]),
            target=clean(row["target"]),
            rate=percent(row["rate"], row["low"], row["high"]),
        )
        for row in style.records(found.table)
        if row["rate"] >= 0.05
    )
    return sheet.figure(t("retention_charts.migration.alt", words=describe_migration(found), parts=parts))


def describe_migration(found: Migration) -> str:
    """How many stayed in their segment, in a sentence."""
    return found.verdict
