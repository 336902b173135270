"""Journeys in a report: outcomes, flow, paths, transitions, step matrix, entry and channels; as a section or a page."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from funnel_utils import charts
from funnel_utils.charts.style import count, percent, rate_text, records, span
from funnel_utils.report.file import writable, write_whole
from funnel_utils.report.page import Column, Html, Section, element, name, opening, page, paragraphs, picture, table
from funnel_utils.text import t

if TYPE_CHECKING:
    from funnel_utils.journey import JourneyResult

#: How many paths, and how many states of the chain, a report names.
PATHS, STATES = 12, 15


def journey(result: JourneyResult) -> Html:
    """All parts in one section."""
    parts = [paragraphs(result.verdict)]
    parts += [Html(element("h3", heading) + made) for heading, made in _parts(result)]
    return Html("".join([*parts, paragraphs(text("how", how=result.how), class_="muted")]))


def write_journey(result: JourneyResult, path: str | os.PathLike[str], *, title: str = "") -> Path:
    """Write the journeys as one self-contained HTML page, whole or not at all.

    Parameters
    ----------
    result : JourneyResult
    path : path
        The HTML file; an existing one is replaced when the new one is complete.
    title : str
        By default the journey's name, or what it is.

    Raises
    ------
    FunnelUtilsError
        If the folder does not exist or cannot be written to.
    """

    target = writable(path)
    ends = " | ".join(result.journey.end)
    heading = title or result.journey.name or (text("title", end=ends) if ends else text("title_plain"))
    lead = opening(result.verdict, result.warnings)
    sections = [Section(f"part{k}", said, made) for k, (said, made) in enumerate(_parts(result), 1)]
    sections.append(Section("settings", text("heading.settings"), _settings(result)))
    return write_whole(target, page(heading, lead, sections))


def text(key: str, **values: object) -> str:
    """A text of this part of the report."""
    return t(f"journey_report.{key}", **values)


def _parts(result: JourneyResult) -> list[tuple[str, Html]]:
    """Heading and content of each part for which the log and the journey have what it needs."""
    made: list[tuple[str, Callable[[JourneyResult], Html]]] = [
        ("outcomes", _outcomes),
        ("flow", _flow),
        ("paths", _paths),
        ("transitions", _transitions),
        ("steps", _steps),
    ]
    if result.journey.order:
        made.append(("entry", _entry))
    if "channel" in result.table.columns:
        made.append(("touch", _touch))
    if {"channel", "offline"} & set(result.table.columns):
        made.append(("channels", _channels))
    return [(text(f"heading.{key}"), part(result)) for key, part in made]


def _name(key: str, heading: str) -> Column:
    return Column(text(f"column.{heading}"), lambda row: name(row[key]), numeric=False)


def _count(key: str) -> Column:
    return Column(text(f"column.{key}"), lambda row: count(float(row[key])))


def _rate(key: str, heading: str = "rate", low: str = "low", high: str = "high") -> Column:
    return Column(text(f"column.{heading}"), lambda row: rate_text(float(row[key]), float(row[low]), float(row[high])))


CONVERSION = ("conversion", "conversion", "conversion_low", "conversion_high")


def _outcomes(result: JourneyResult) -> Html:
    columns = [
        _name("outcome", "outcome"),
        _count("journeys"),
        _rate("rate"),
        Column(text("column.mean_events"), lambda row: _decimal(row["mean_events"])),
        Column(text("column.median_seconds"), lambda row: span(float(row["median_seconds"]))),
    ]
    shown = table(text("caption.outcomes"), records(result.summary), columns)
    return Html(shown + paragraphs(text("note.outcomes"), class_="muted"))


def _decimal(value: float) -> str:
    return t("charts.missing") if pd.isna(value) else f"{float(value):,.1f}"


def _flow(result: JourneyResult) -> Html:
    found = result.flow()
    return Html(picture(charts.flow_chart(found)) + paragraphs(charts.describe_flow(found)))


def _paths(result: JourneyResult) -> Html:
    columns = [
        Column(text("column.path"), lambda row: _spelled(row), numeric=False, long=True),
        _count("journeys"),
        _rate("share", "share"),
        *([_rate(*CONVERSION)] if result.journey.end else []),
    ]
    return table(text("caption.paths"), records(result.paths(top=PATHS)), columns)


def _spelled(row: dict[str, Any]) -> Html:
    if not row["states"]:
        return name(row["path"])
    return Html(" → ".join([*(name(state) for state in row["states"]), *(["…"] if row["cut"] else [])]))


def _transitions(result: JourneyResult) -> Html:
    chain = result.chain()
    found = chain.table.iloc[1:].sort_values("visits", ascending=False, kind="stable").head(STATES)
    columns = [
        _name("state", "state"),
        Column(text("column.visits"), lambda row: f"{row['visits']:,.2f}"),
        Column(text("column.steps"), lambda row: f"{row['expected_steps']:,.1f}"),
    ]
    if result.journey.end:
        columns.insert(1, Column(text("column.chance"), lambda row: percent(float(row[t("journey.converted")]))))
        columns.append(Column(text("column.removal"), lambda row: percent(float(row["removal_effect"]))))
    said = paragraphs(text("note.chain"), class_="muted")
    shown = table(text("caption.chain"), records(found), columns)
    return Html(picture(charts.transitions_chart(result.matrix("count"))) + shown + said)


def _steps(result: JourneyResult) -> Html:
    found = result.step_matrix()
    return Html(picture(charts.step_matrix_chart(found)) + paragraphs(charts.describe_steps(found)))


def _entry(result: JourneyResult) -> Html:
    measures = [_name("measure", "measure"), _count("count"), _rate("rate", "of_all")]
    skips = [_name("stage", "stage"), _name("measure", "measure"), _count("count"), _count("of"), _rate("rate")]
    if result.journey.end:
        measures.append(_rate(*CONVERSION))
    return Html(
        picture(charts.entry_chart(result.entry()))
        + table(text("caption.linearity"), records(result.linearity()), measures)
        + table(text("caption.skips"), records(result.skips()), skips)
        + paragraphs(text("note.entry"), class_="muted")
    )


def _touch(result: JourneyResult) -> Html:
    found = result.touchpoints()
    return Html(picture(charts.touchpoints_chart(found)) + paragraphs(charts.describe_touchpoints(found)))


def _channels(result: JourneyResult) -> Html:
    columns = [_name("measure", "measure"), _count("count"), _count("of"), _rate("rate")]
    return table(text("caption.channels"), records(result.channels()), columns)


def _settings(result: JourneyResult) -> Html:
    parts = [element("pre", element("code", repr(result.journey))), paragraphs(text("how", how=result.how))]
    terms: list[object] = []
    for term in ("journey", "outcome", "interval", "chain", "ties"):
        terms += [element("dt", text(f"term.{term}")), element("dd", text(f"define.{term}"))]
    return Html("".join(parts) + element("dl", *terms))
