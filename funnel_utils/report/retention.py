"""Retention and RFM as pages: the triangle, the pooled curve, the second purchase; segments and their limits."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from funnel_utils import charts
from funnel_utils.charts.cohorts import cohort_text
from funnel_utils.charts.style import amount, count, percent, rate_text, records
from funnel_utils.report.file import writable, write_whole
from funnel_utils.report.page import Column, Html, Section, element, name, opening, page, paragraphs, picture, table
from funnel_utils.text import t

if TYPE_CHECKING:
    from funnel_utils.retention.churn import ChurnResult
    from funnel_utils.retention.cohort_result import CohortsResult
    from funnel_utils.retention.rfm_migration import Migration
    from funnel_utils.retention.rfm_result import RfmResult
    from funnel_utils.retention.second import SecondPurchaseResult

#: How many cohorts a table of the page lists.
ROWS = 24


def write_retention(
    found: CohortsResult,
    path: str | os.PathLike[str],
    *,
    second: SecondPurchaseResult | None = None,
    churn: ChurnResult | None = None,
    by: Sequence[str] = (),
    title: str = "",
) -> Path:
    """Write cohorts, and what else was asked, as one self-contained HTML page, whole or not at all.

    Parameters
    ----------
    found : CohortsResult
    path : path
        The HTML file; an existing one is replaced when the new one is complete.
    second : SecondPurchaseResult, optional
    churn : ChurnResult, optional
    by : sequence of str
        Properties of the start event by which the first period is compared.
    title : str

    Raises
    ------
    FunnelUtilsError
        If the folder does not exist or cannot be written to.
    """
    parts = [("triangle", _triangle(found)), ("curve", _curve(found)), ("trend", _trend(found))]
    parts += [(f"by {prop}", _compared(found, prop)) for prop in by]
    if second is not None:
        parts.append(("second", _second(second)))
    if churn is not None:
        parts.append(("churn", _churn(churn)))
    asked = [found.cohorts, *(one.asked for one in (second,) if one), *(one.churn for one in (churn,) if one)]
    parts.append(("settings", _settings([repr(one) for one in asked], found.how, ("cohort", "partial", "pooled"))))
    heading = title or found.cohorts.name or text("title")
    return _write(path, heading, found.verdict, found.warnings, parts)


def write_rfm(
    found: RfmResult, path: str | os.PathLike[str], *, moved: Migration | None = None, title: str = ""
) -> Path:
    """Write segments, scores and limits as one self-contained HTML page, whole or not at all; no ids are in it.

    Raises
    ------
    FunnelUtilsError
        If the folder does not exist or cannot be written to.
    """
    parts = [("segments", _segments(found)), ("grid", _grid(found)), ("limits", _limits(found))]
    if moved is not None:
        parts.append(("moved", _moved(moved)))
    parts.append(("settings", _settings([repr(found.rfm)], found.how, ("score", "recency", "map"))))
    return _write(path, title or text("title_rfm"), found.verdict, found.warnings, parts)


def text(key: str, **values: object) -> str:
    """A text of this part of the report."""
    return t(f"retention_report.{key}", **values)


def _write(
    path: str | os.PathLike[str], heading: str, verdict: str, warnings: Sequence[str], parts: list[tuple[str, Html]]
) -> Path:

    target = writable(path)
    lead = opening(verdict, warnings)
    sections = []
    for k, (key, made) in enumerate(parts, 1):
        shown = text("heading.by", property=key[3:]) if key.startswith("by ") else text(f"heading.{key}")
        sections.append(Section(f"part{k}", shown, made))
    return write_whole(target, page(heading, lead, sections))


def _count(key: str, heading: str = "") -> Column:
    return Column(text(f"column.{heading or key}"), lambda row: count(float(row[key])))


def _rate(heading: str = "rate", rate: str = "rate", low: str = "low", high: str = "high") -> Column:
    return Column(text(f"column.{heading}"), lambda row: rate_text(float(row[rate]), float(row[low]), float(row[high])))


def _triangle(found: CohortsResult) -> Html:
    rates, partial = found.triangle("rate"), found.triangle("partial")
    sizes = found.sizes.set_index("cohort")["size"]
    rows: list[dict[str, Any]] = []
    for cohort in rates.index[-ROWS:]:
        cells = {str(k): _cell(rates.loc[cohort, k], partial.loc[cohort, k]) for k in rates.columns[1:]}
        rows.append({"cohort": cohort_text(cohort, found.cohorts.by), "size": sizes[cohort], **cells})
    columns = [Column(text("column.cohort"), lambda row: row["cohort"], numeric=False), _count("size")]
    columns += [Column(str(k), lambda row, k=k: row[str(k)]) for k in rates.columns[1:]]  # type: ignore[misc]
    note = t("retention.note.partial")
    if len(rates) > ROWS:
        note += " " + t("retention.note.newest", shown=ROWS, all=len(rates))
    shown = table(text("caption.triangle"), rows, columns)
    return Html(picture(charts.cohorts_chart(found)) + shown + paragraphs(note, class_="muted"))


def _cell(rate: Any, partial: Any) -> str:
    return "" if pd.isna(rate) else percent(float(rate)) + ("*" if partial else "")


def _curve(found: CohortsResult) -> Html:
    columns = [
        Column(text("column.period"), lambda row: row["label"], numeric=False),
        _count("cohorts"),
        _count("returned"),
        _count("of"),
        _rate(),
    ]
    rows = [row for row in records(found.curve()) if row["period"] and row["of"]]
    if not rows:
        return paragraphs(t("retention_charts.nothing"))
    drawn = picture(charts.retention_curve_chart(found))
    return Html(drawn + table(text("caption.curve"), rows, columns))


def _trend(found: CohortsResult) -> Html:
    first = found.cohorts.spans[0][0]
    if found.trend(first).empty:
        return paragraphs(t("retention_charts.nothing"))
    return Html(
        picture(charts.retention_trend_chart(found, period=first))
        + table(text("caption.previous"), records(found.compare_previous()), _difference("label", "period"))
        + paragraphs(text("note.previous"), class_="muted")
    )


def _difference(key: str, heading: str) -> list[Column]:
    return [
        Column(text(f"column.{heading}"), lambda row: name(row[key]), numeric=False),
        _count("of"),
        Column(text("column.rate"), lambda row: percent(float(row["rate"]))),
        Column(text("column.reference_rate"), lambda row: percent(float(row["reference_rate"]))),
        Column(text("column.difference"), _points),
        Column(text("column.p"), lambda row: _p(float(row["p_holm"]))),
    ]


def _points(row: dict[str, Any]) -> str:
    values = [float(row[key]) for key in ("difference", "low", "high")]
    if any(pd.isna(value) for value in values):
        return t("charts.missing")
    return text("points", **dict(zip(("d", "low", "high"), (f"{value * 100:+.1f}" for value in values), strict=True)))


def _p(value: float) -> str:
    return t("charts.missing") if pd.isna(value) else "< 0.001" if value < 0.001 else f"{value:.3f}"


def _compared(found: CohortsResult, by: str) -> Html:
    shown = found.compare(by, period=found.cohorts.spans[0][0])
    label = found.cohorts.label(*found.cohorts.spans[0])
    caption = text("caption.compared", label=label, property=by)
    return Html(
        table(caption, records(shown), _difference("value", "value"))
        + paragraphs(text("note.compared"), class_="muted")
    )


def _second(found: SecondPurchaseResult) -> Html:
    columns = [
        Column(text("column.n"), lambda row: str(row["n"])),
        _count("customers"),
        _count("went_on"),
        _rate("so_far"),
        Column(
            text("column.within", within=found.by([found.asked.within]).loc[0, "within"]),
            lambda row: rate_text(float(row["share"]), float(row["share_low"]), float(row["share_high"])),
        ),
        Column(text("column.median"), lambda row: count(float(row["median"]))),
    ]
    seen = found.survival().curves["survival"].lt(1).any()
    drawn = picture(charts.second_purchase_chart(found)) if seen else ""
    return Html(paragraphs(found.verdict) + drawn + table(text("caption.ladder"), records(found.ladder), columns))


def _churn(found: ChurnResult) -> Html:
    columns = [
        Column(text("column.period"), lambda row: cohort_text(row["period"], found.churn.by), numeric=False),
        _count("at_start"),
        _count("lost"),
        _rate(),
        _count("returned", "came_back"),
        _count("joined"),
        _count("at_end"),
    ]
    shown = records(found.table.tail(ROWS))
    if not found.table["rate"].notna().any():
        return paragraphs(found.verdict)
    return Html(
        paragraphs(found.verdict)
        + picture(charts.churn_chart(found))
        + table(text("caption.churn", definition=found.churn.definition), shown, columns)
    )


def _segments(found: RfmResult) -> Html:
    columns = [
        Column(text("column.segment"), lambda row: name(row["segment"]), numeric=False),
        _count("customers"),
        _rate("share", "share"),
        Column(text("column.value_share"), lambda row: percent(float(row["value_share"]))),
        Column(text("column.median_days"), lambda row: count(float(row["median_days_since_last"]))),
        Column(text("column.mean_orders"), lambda row: amount(float(row["mean_orders"]))),
        Column(text("column.mean_value"), lambda row: amount(float(row["mean_value"]))),
    ]
    return Html(picture(charts.rfm_chart(found)) + table(text("caption.segments"), records(found.segments), columns))


def _grid(found: RfmResult) -> Html:
    return picture(charts.rfm_grid_chart(found))


def _limits(found: RfmResult) -> Html:
    columns = [
        Column(text("column.dimension"), lambda row: t(f"rfm.dimension.{row['dimension']}"), numeric=False),
        Column(text("column.score"), lambda row: str(row["score"])),
        Column(text("column.from"), lambda row: amount(float(row["from"]))),
        Column(text("column.to"), lambda row: amount(float(row["to"]))),
        _count("customers"),
        Column(text("column.share_plain"), lambda row: percent(float(row["share"]))),
    ]
    shown = table(text("caption.limits"), records(found.cuts_table), columns)
    return Html(shown + paragraphs(text("note.limits"), class_="muted"))


def _moved(found: Migration) -> Html:
    return Html(picture(charts.migration_chart(found)) + paragraphs(found.verdict))


def _settings(asked: list[str], how: str, terms: tuple[str, ...]) -> Html:
    parts = [element("pre", element("code", "\n".join(asked))), paragraphs(text("how", how=how))]
    said: list[object] = []
    for term in (*terms, "interval"):
        said += [element("dt", text(f"term.{term}")), element("dd", text(f"define.{term}"))]
    return Html("".join(parts) + element("dl", *said))
