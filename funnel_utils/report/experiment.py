"""The report of an experiment: the decision first, then what was checked, the effects, days and segments."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from funnel_utils import charts
from funnel_utils.charts.experiment import daily_refused
from funnel_utils.charts.style import records
from funnel_utils.cro.view import SHOWN, cells
from funnel_utils.cro.words import change, lift_text, number, p_value, percent, value_text
from funnel_utils.report.file import writable, write_whole
from funnel_utils.report.page import Column, Html, Section, element, name, opening, page, paragraphs, picture, table
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

    target = writable(path)
    return write_whole(target, experiment_html(result, title=title))


def experiment_html(result: ExperimentResult, *, title: str = "") -> str:
    """The report as one HTML document."""
    arms = result.arm_names
    plain = t("experiment.report.title", control=arms[0], arms=", ".join(arms[1:]))
    lead = opening(result.verdict, result.warnings)
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
    # What is told by day and by segment is told of primary metrics; without one there is nothing to tell.
    if "day" in result.cells.keys.columns and _primary(result):
        made.append(("daily", _daily))
    if result.by and _primary(result):
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
    chart = picture(charts.experiment_chart(result, warn=False))
    if result.flaw:
        # The verdict above has said it: there is nothing to decide.
        return chart
    columns = [_column("arm"), _column("decision", long=True), _column("reason", long=True)]
    shown = table(t("experiment.caption_decision"), records(result.decision), columns, captioned=False)
    return Html(shown + chart)


def _checks(result: ExperimentResult) -> Html:
    def passed(row: dict[str, Any]) -> str:
        return t("experiment.yes" if row["ok"] else "experiment.no")

    def detail(row: dict[str, Any]) -> str:
        # What makes the whole experiment invalid stands at the top already.
        return t("experiment_shown.above") if row["detail"] in result.warnings else row["detail"]

    heading = t("experiment.column.detail")
    columns = [_column("check"), _column("ok", passed), Column(heading, detail, numeric=False, long=True)]
    return table(t("experiment.report.checks"), records(result.checks), columns, captioned=False)


def _effects(result: ExperimentResult) -> Html:
    rows: list[dict[str, Any]] = [dict(cells(one)) for one in result.effects]
    # Metric, arm and role share a column: so the table fits a page, and on a phone all three stay beside the numbers.
    left_out = {"metric", "role", "arm"}
    if all(row["power"] == t("experiment.unknown") for row in rows):
        left_out.add("power")
    several = len(result.arm_names) > 2
    columns = [_compared(several), *(_column(key) for key in SHOWN if key not in left_out)]
    level = " / ".join(sorted({percent(one.confidence).replace(".0%", "%") for one in result.effects}))
    caption = t("experiment.caption", control=result.arm_names[0], confidence=level)
    if result.flaw:
        return table(caption, rows, columns)
    told = [
        element("li", name(one.metric), f" ({one.arm}): {reason} [{one.method}, {one.lift_method}]")
        for one, reason in zip(result.effects, result.table["reason"], strict=True)
    ]
    return Html(table(caption, rows, columns) + element("ul", *told))


def _compared(several: bool) -> Column:
    """What a row of effects is of: the metric, the arm where there are several, and the metric's role."""

    def shown(row: dict[str, Any]) -> Html:
        arm = Html("<br>" + name(row["arm"])) if several else Html("")
        return Html(name(row["metric"]) + arm + "<br>" + element("span", row["role"], class_="muted"))

    return Column(t("experiment.column.metric"), shown, numeric=False)


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
    return table(t("experiment.report.arms"), records(result.arms), columns, captioned=False)


def _primary(result: ExperimentResult) -> list[Any]:
    """The metrics that have days and segments of their own in the report."""
    return [one for one in result.spec.metrics if one.role == "primary" and one.kind != "quantile"][:3]


def _daily(result: ExperimentResult) -> Html:
    parts = []
    for one in _primary(result):
        refused = daily_refused(result, result.daily(one.name))
        if refused:
            # One sentence stands for the empty pictures of all metrics.
            return paragraphs(refused)
        parts.append(picture(charts.experiment_daily_chart(result, one.name)))
        parts.append(paragraphs(charts.describe_daily(result, one.name)))
    return Html("".join(parts))


def _segments(result: ExperimentResult) -> Html:
    if result.flaw:
        told = paragraphs(t("experiment_shown.split.none"))
        return Html(told + _split(result)) if result.flaw == "srm" else told
    parts: list[Html] = []
    for by in result.by:
        if not any((result.segments(by, one.name)["flaw"] == "").any() for one in _primary(result)):
            parts.append(paragraphs(t("experiment_shown.segments.none", by=by)))
            continue
        for one in _primary(result):
            parts.append(picture(charts.experiment_segments_chart(result, by, one.name)))
            caption = t("experiment.segments.title", metric=one.name, by=by)
            rows = records(result.segments(by, one.name))
            parts.append(table(caption, rows, _segment_columns(one.kind, len(result.arm_names) > 2)))
    return Html("".join(parts))


def _segment_columns(kind: str, several: bool) -> list[Column]:
    def told(row: dict[str, Any]) -> object:
        if row["flaw"]:
            return t("experiment.invalid", flaw=t(f"experiment.flaw.{row['flaw']}"))
        low, high = (change(kind, float(row[key]), unit=False) for key in ("low", "high"))
        return f"{change(kind, float(row['difference']))} ({t('experiment.interval', low=low, high=high)})"

    def unless_flawed(shown: Callable[[dict[str, Any]], str]) -> Callable[[dict[str, Any]], str]:
        return lambda row: t("experiment.unknown") if row["flaw"] else shown(row)

    columns = [
        _column("value"),
        _column("arm"),
        _column("n", lambda row: f"{number(float(row['n']))} / {number(float(row['control_n']))}"),
        _column("difference", told),
        _column("lift", unless_flawed(lambda row: lift_text(float(row["lift"])))),
        _column("p", unless_flawed(lambda row: p_value(float(row["p_adjusted"])).removeprefix("= "))),
    ]
    return columns if several else [columns[0], *columns[2:]]


def _split(result: ExperimentResult) -> Html:
    """Where the units are that should not be there, or are missing: the split within each segment."""
    from funnel_utils.cro.checks import sample_ratio
    from funnel_utils.stats import holm

    arms, shares = result.arm_names, result.spec.shares(result.arm_names)
    parts = [paragraphs(t("experiment_shown.split.said"))]
    for by in result.by:
        rows: list[dict[str, Any]] = []
        for value, part in result.segments(by, _primary(result)[0].name).groupby("value", sort=False, dropna=False):
            units = [float(part["control_n"].iloc[0]), *part["n"].to_list()]
            rows.append({"value": value, "units": units, "p": sample_ratio(arms, units, shares).p})
        for row, p in zip(rows, holm([float(row["p"]) for row in rows]), strict=True):
            row["adjusted"] = float(p)
        rows.sort(key=lambda row: float(row["adjusted"]))
        columns = [_column("value"), *(_share_of(place, arm, shares[place]) for place, arm in enumerate(arms))]
        columns.append(Column(t("experiment_shown.split.p"), lambda row: p_value(row["adjusted"]).removeprefix("= ")))
        parts.append(table(t("experiment_shown.split.caption", by=by, n=len(rows)), rows, columns))
    return Html("".join(parts))


def _share_of(place: int, arm: str, meant: float) -> Column:
    def shown(row: dict[str, Any]) -> str:
        n, total = row["units"][place], sum(row["units"])
        return f"{number(n)} ({percent(n / total) if total else t('experiment.unknown')})"

    return Column(t("experiment_shown.split.column", arm=arm, share=percent(meant)), shown)


def _covariates(result: ExperimentResult) -> Html:
    columns = [
        _column("metric"),
        _column("arm"),
        _column("covariate"),
        _column("reduction", lambda row: percent(float(row["reduction"]))),
        _column("balance", lambda row: p_value(float(row["balance_p"])).removeprefix("= ")),
    ]
    said = paragraphs(t("experiment.report.cuped"), class_="muted")
    shown = table(t("experiment.report.covariates"), records(result.covariates), columns, captioned=False)
    return Html(shown + said)


def _clusters(result: ExperimentResult) -> Html:
    columns = [
        _column("metric"),
        *(_column(key, lambda row, key=key: number(float(row[key]))) for key in ("clusters", "units")),  # type: ignore[misc]
        _column("icc", lambda row: f"{row['icc']:.3f}"),
        _column("design_effect", lambda row: f"{row['design_effect']:.2f}"),
    ]
    said = paragraphs(t("experiment.report.cluster_note"), class_="muted")
    return Html(table(t("experiment.report.clusters"), records(result.clusters), columns, captioned=False) + said)


def _definitions(result: ExperimentResult) -> Html:
    terms: list[object] = []
    for term in ("difference", "lift", "p", "power", "verdict", "guardrail", "srm", "exposure"):
        terms += [element("dt", t(f"experiment.term.{term}")), element("dd", t(f"experiment.define.{term}"))]
    asked = element("pre", element("code", repr(result.spec)))
    return Html(element("dl", *terms) + asked + paragraphs(t("experiment.cli.asked", how=result.how), class_="muted"))
