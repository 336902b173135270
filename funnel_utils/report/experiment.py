"""The report of an experiment: the decision first, then what was checked, the effects, days and segments."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from funnel_utils import charts
from funnel_utils.charts.style import records
from funnel_utils.cro.view import SHOWN, cells
from funnel_utils.cro.words import change, lift_text, number, p_value, percent, value_text
from funnel_utils.errors import FunnelUtilsError
from funnel_utils.report.page import Column, Html, Section, element, name, page, paragraphs, picture, table
from funnel_utils.text import t

if TYPE_CHECKING:
    from funnel_utils.cro.result import ExperimentResult

NAMES = ("metric", "arm", "value", "covariate", "check")


def write_experiment(result: ExperimentResult, path: str | os.PathLike[str], *, title: str = "") -> Path:
    """Write the experiment as one self-contained HTML page, whole or not at all.

    Parameters
    ----------
    result : ExperimentResult
    path : path
        The HTML file; an existing one is replaced when the new one is complete.
    title : str
        By default the experiment's name, or its arms.

    Raises
    ------
    FunnelUtilsError
        If the folder does not exist or cannot be written to.
    """
    from funnel_utils.report import _replace

    target = Path(path)
    if target.is_dir():
        raise FunnelUtilsError(f"{target} is a folder; give the name of an HTML file in it.")
    if not target.parent.is_dir():
        raise FunnelUtilsError(f"The folder {target.parent} does not exist; make it, or write elsewhere.")
    return _replace(target, experiment_html(result, title=title))


def experiment_html(result: ExperimentResult, *, title: str = "") -> str:
    """The report as one HTML document."""
    arms = result.arm_names
    plain = t("experiment.report.title", control=arms[0], arms=", ".join(arms[1:]))
    lead = paragraphs(result.verdict, class_="lead")
    if result.warnings:
        said = element("ul", *(element("li", warning) for warning in result.warnings))
        lead = Html(lead + element("div", said, class_="card warn"))
    sections = [Section(key, t(f"experiment.report.{key}"), make(result)) for key, make in _parts(result)]
    return page(title or result.spec.name or plain, lead, sections)


def _parts(result: ExperimentResult) -> list[tuple[str, Callable[[ExperimentResult], Html]]]:
    """The sections for which there is anything to say."""
    made: list[tuple[str, Callable[[ExperimentResult], Html]]] = [
        ("decision", _decision),
        ("checks", _checks),
        ("effects", _effects),
        ("arms", _arms),
    ]
    if "day" in result.cells.keys.columns:
        made.append(("daily", _daily))
    if result.by:
        made.append(("segments", _segments))
    if len(result.covariates):
        made.append(("covariates", _covariates))
    if result.layout.clustered:
        made.append(("clusters", _clusters))
    return [*made, ("definitions", _definitions)]


def _column(key: str, show: Callable[[dict[str, Any]], object] | None = None, *, long: bool = False) -> Column:
    heading = t(f"experiment.column.{key}")
    if show is not None:
        return Column(heading, show, numeric=not long, long=long)
    named = key in NAMES
    return Column(heading, lambda row: name(row[key]) if named else row[key], numeric=not named and not long, long=long)


def _decision(result: ExperimentResult) -> Html:
    rows = records(result.decision)
    columns = [_column("arm"), _column("decision", long=True), _column("reason", long=True)]
    return Html(table(t("experiment.caption_decision"), rows, columns) + picture(charts.experiment_chart(result)))


def _checks(result: ExperimentResult) -> Html:
    def passed(row: dict[str, Any]) -> str:
        return t("experiment.yes" if row["ok"] else "experiment.no")

    columns = [_column("check"), _column("ok", passed), _column("detail", long=True)]
    return table(t("experiment.report.checks"), records(result.checks), columns)


def _effects(result: ExperimentResult) -> Html:
    rows: list[dict[str, Any]] = [dict(cells(one)) for one in result.effects]
    columns = [_column(key) for key in SHOWN]
    level = " / ".join(sorted({percent(one.confidence).replace(".0%", "%") for one in result.effects}))
    caption = t("experiment.caption", control=result.arm_names[0], confidence=level)
    told = [
        element("li", name(one.metric), f" ({one.arm}): {reason} [{one.method}, {one.lift_method}]")
        for one, reason in zip(result.effects, result.table["reason"], strict=True)
    ]
    return Html(table(caption, rows, columns) + element("ul", *told))


def _interval(kind: str, row: dict[str, Any], names: tuple[str, str, str] = ("estimate", "low", "high")) -> str:
    middle, low, high = (value_text(kind, float(row[key])) for key in names)
    return f"{middle} ({t('experiment.interval', low=low, high=high)})"


def _arms(result: ExperimentResult) -> Html:
    columns = [
        _column("metric"),
        _column("arm"),
        _column("n", lambda row: number(float(row["n"]))),
        _column("count", lambda row: "" if math.isnan(row["count"]) else number(round(float(row["count"]), 2))),
        _column("of", lambda row: number(round(float(row["of"]), 2))),
        _column("estimate", lambda row: _interval(str(row["kind"]), row)),
        _column("interval", long=True),
    ]
    return table(t("experiment.report.arms"), records(result.arms), columns)


def _daily(result: ExperimentResult) -> Html:
    primary = [one for one in result.spec.metrics if one.role == "primary" and one.kind != "quantile"]
    made = [picture(charts.experiment_daily_chart(result, one.name)) for one in primary[:3]]
    told = [paragraphs(charts.describe_daily(result, one.name)) for one in primary[:3]]
    return Html("".join(part for pair in zip(made, told, strict=True) for part in pair))


def _segments(result: ExperimentResult) -> Html:
    primary = [one for one in result.spec.metrics if one.role == "primary" and one.kind != "quantile"]
    parts = []
    for by in result.by:
        for one in primary[:3]:
            parts.append(picture(charts.experiment_segments_chart(result, by, one.name)))
            kind = one.kind

            def told(row: dict[str, Any], kind: str = kind) -> str:
                low, high = (change(kind, float(row[key]), unit=False) for key in ("low", "high"))
                return f"{change(kind, float(row['difference']))} ({t('experiment.interval', low=low, high=high)})"

            columns = [
                _column("value"),
                _column("arm"),
                _column("n", lambda row: f"{number(float(row['n']))} / {number(float(row['control_n']))}"),
                _column("difference", told),
                _column("lift", lambda row: lift_text(float(row["lift"]))),
                _column("p", lambda row: p_value(float(row["p_adjusted"])).removeprefix("= ")),
            ]
            caption = t("experiment.segments.title", metric=one.name, by=by)
            parts.append(table(caption, records(result.segments(by, one.name)), columns))
    return Html("".join(parts))


def _covariates(result: ExperimentResult) -> Html:
    columns = [
        _column("metric"),
        _column("arm"),
        _column("covariate"),
        _column("reduction", lambda row: percent(float(row["reduction"]))),
        _column("balance", lambda row: p_value(float(row["balance_p"])).removeprefix("= ")),
    ]
    said = paragraphs(t("experiment.report.cuped"), class_="muted")
    return Html(table(t("experiment.report.covariates"), records(result.covariates), columns) + said)


def _clusters(result: ExperimentResult) -> Html:
    columns = [
        _column("metric"),
        *(_column(key, lambda row, key=key: number(float(row[key]))) for key in ("clusters", "units")),  # type: ignore[misc]
        _column("icc", lambda row: f"{row['icc']:.3f}"),
        _column("design_effect", lambda row: f"{row['design_effect']:.2f}"),
    ]
    said = paragraphs(t("experiment.report.cluster_note"), class_="muted")
    return Html(table(t("experiment.report.clusters"), records(result.clusters), columns) + said)


def _definitions(result: ExperimentResult) -> Html:
    terms: list[object] = []
    for term in ("difference", "lift", "p", "power", "verdict", "guardrail", "srm", "exposure"):
        terms += [element("dt", t(f"experiment.term.{term}")), element("dd", t(f"experiment.define.{term}"))]
    asked = element("pre", element("code", repr(result.spec)))
    return Html(element("dl", *terms) + asked + paragraphs(t("experiment.cli.asked", how=result.how), class_="muted"))
