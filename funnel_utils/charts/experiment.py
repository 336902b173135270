"""An experiment drawn: all effects as a forest, one metric day by day, and one metric segment by segment."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from funnel_utils.charts import style
from funnel_utils.charts.forest import Row, forest
from funnel_utils.charts.plan_axes import few_dates, round_step
from funnel_utils.charts.style import Sheet, clean
from funnel_utils.cro.view import verdict_word
from funnel_utils.cro.words import change, lift_text, number, p_value, percent
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from funnel_utils.cro.result import ExperimentResult
    from funnel_utils.cro.verdicts import Finding

HEIGHT, LEFT = 2.3, 0.72


def experiment_chart(result: ExperimentResult) -> Figure:
    """All effects on one scale, relative to control, so that metrics of different units stand side by side.

    Parameters
    ----------
    result : ExperimentResult

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text. Warnings are written on the picture, for pictures are passed on without their text.
    """
    sheet = Sheet()
    sheet.title(clean(_title(result)))
    _warn(sheet, result)
    several = len(result.arm_names) > 2
    forest(sheet, [_row(one, several) for one in result.effects], _tick)
    sheet.note(t("experiment.chart.note", control=clean(result.arm_names[0]), confidence=_confidence(result)))
    marks = (
        [one for one in result.effects if one.role == "guardrail"],
        [x for x in result.effects if x.planned == x.planned],
    )
    if marks[0] or marks[1]:
        keys = [key for key, found in zip(("margin", "planned"), marks, strict=True) if found]
        sheet.note(" ".join(t(f"experiment.chart.{key}") for key in keys))
    return sheet.figure(t("experiment.chart.alt", words=describe_experiment(result)))


def _title(result: ExperimentResult) -> str:
    if result.flaw:
        return str(result.verdict)
    return " ".join(
        t("experiment.chart.title", arm=one.arm, decision=one.decision, why=one.reason) for one in result.decisions[:3]
    )


def _warn(sheet: Sheet, result: ExperimentResult) -> None:
    for warning in result.warnings:
        sheet.paragraph(clean(warning), size=style.SMALL, color=style.ALARM_TEXT, lines=5)
        sheet.y += 0.05


def _row(one: Finding, several: bool) -> Row:
    label = f"{one.metric} · {one.arm}" if several else one.metric
    low, high = (change(one.kind, value, unit=False) for value in (one.low, one.high))
    values = {"difference": change(one.kind, one.difference), "low": low, "high": high, "p": p_value(one.p_adjusted)}
    detail = t("experiment.chart.detail", role=t(f"experiment.role.{one.role}"), **values)
    if not math.isfinite(one.lift):
        detail = f"{detail}. {t('experiment.chart.no_lift')}"
    word = verdict_word(one)
    mark = "held" if one.role == "guardrail" and one.verdict == "win" else one.verdict
    return Row(label, word, detail, one.lift, one.lift_low, one.lift_high, mark, _limits(one))


def _limits(one: Finding) -> list[tuple[float, str]]:
    """The margin and the planned effect, relative to control as all else."""
    base = abs(one.control_estimate)
    if not base > 0:
        return []
    found = []
    if not math.isnan(one.margin):
        found.append(((-1 if one.better == "up" else 1) * one.margin / base, "margin"))
    if not math.isnan(one.planned):
        found.append((one.planned / base, "planned"))
    return found


def _tick(value: float) -> str:
    return "0" if abs(value) < 1e-12 else lift_text(value)


def _confidence(result: ExperimentResult) -> str:
    levels = sorted({one.confidence for one in result.effects})
    return " / ".join(percent(level).replace(".0%", "%") for level in levels)


def describe_experiment(result: ExperimentResult) -> str:
    """What the experiment says, with each effect and every warning."""
    told = [
        t("experiment.chart.told", metric=one.metric, arm=one.arm, word=verdict_word(one), reason=reason)
        for one, reason in zip(result.effects, result.table["reason"], strict=True)
    ]
    return clean(" ".join([str(result.verdict), *told, *result.warnings]))


def experiment_daily_chart(result: ExperimentResult, metric: str | None = None) -> Figure:
    """One metric's difference, of all units that had come in by each day, with its interval; days alone as small marks.

    Parameters
    ----------
    result : ExperimentResult
        Run with days.
    metric : str, optional
        The first primary one by default.

    Returns
    -------
    matplotlib.figure.Figure
        One panel for each arm, at most four.
    """
    one = _metric(result, metric)
    frame = result.daily(one.metric)
    sheet = Sheet()
    sheet.title(clean(t("experiment.daily.title", metric=one.metric)))
    for arm, part in list(frame.groupby("arm", sort=False))[:4]:
        if len(result.arm_names) > 2:
            sheet.paragraph(clean(arm), weight="bold")
        unit = t(f"experiment.daily.axis_{'points' if one.kind == 'conversion' else 'value'}")
        sheet.paragraph(unit, size=style.SMALL, color=style.MUTED)
        sheet.y += 0.06
        rows = part.reset_index(drop=True)
        width = sheet.right - sheet.left - LEFT - 0.25
        sheet.inset(sheet.left + LEFT, width, HEIGHT, _daily(rows, one))
        sheet.y += 0.36
    sheet.note(t("experiment.daily.note", confidence=percent(1 - result.spec.alpha).replace(".0%", "%")))
    return sheet.figure(t("experiment.daily.alt", words=describe_daily(result, one.metric)))


def _metric(result: ExperimentResult, metric: str | None) -> Finding:
    if metric is not None:
        return result.comparison(metric)
    usual = [one for one in result.effects if one.role == "primary" and one.kind != "quantile"]
    return usual[0] if usual else result.effects[0]


def _daily(rows: Any, one: Finding) -> Callable[[Axes], None]:
    return lambda axes: _days(axes, rows, 100.0 if one.kind == "conversion" else 1.0, one.planned)


def _days(axes: Axes, rows: Any, scale: float, planned: float) -> None:
    x = np.arange(len(rows), dtype=float)
    middle, low, high = (scale * rows[f"cum_{name}"].to_numpy(float) for name in ("difference", "low", "high"))
    axes.fill_between(x, low, high, color=style.SKY, alpha=0.45, linewidth=0)
    for bound in (low, high):
        axes.plot(x, bound, color=style.BLUE, linewidth=0.8)
    axes.plot(x, middle, color=style.BLUE, linewidth=2.0, marker="o", markersize=3)
    settled = slice(len(x) // 5, None)
    edge = [v for v in (*low[settled], *high[settled]) if math.isfinite(v)] or [0.0]
    bottom, top = min(0.0, *edge), max(0.0, *edge)
    if not math.isnan(planned):
        bottom, top = min(bottom, scale * planned), max(top, scale * planned)
    spare = 0.15 * (top - bottom or 1.0)
    alone = np.clip(scale * rows["difference"].to_numpy(float), bottom - spare, top + spare)
    axes.plot(x, alone, linestyle="", marker="x", markersize=4, color=style.MUTED)
    axes.axhline(0, color=style.INK, linewidth=0.9)
    if not math.isnan(planned):
        axes.axhline(scale * planned, color=style.GREEN, linewidth=1.2, linestyle=(0, (4, 3)))
        said = t("experiment.daily.planned")
        # On the side of its line where the curve does not end.
        side = "bottom" if not middle[-1] > scale * planned else "top"
        style.write(axes, x[-1], scale * planned, said, style.SMALL, va=side, ha="right")
    axes.set_ylim(bottom - spare, top + spare)
    step = round_step((top - bottom + 2 * spare) / 3)
    ticks = [k * step for k in range(math.ceil((bottom - spare) / step), math.floor((top + spare) / step) + 1)]
    axes.set_yticks(ticks, [("+" if v > 1e-12 else "") + number(round(v, 10)) for v in ticks])
    axes.set_xlim(-0.4, max(len(x) - 0.6, 0.6))
    shown = sorted({0, len(x) // 2, len(x) - 1}) if len(x) > 4 else list(range(len(x)))
    few_dates(axes, x[shown].tolist(), [day.strftime("%-d %b") for day in rows["day"].iloc[shown]])
    style.quiet(axes)


def describe_daily(result: ExperimentResult, metric: str | None = None) -> str:
    """How the cumulative difference moved: after the first third of days, and at the end."""
    one = _metric(result, metric)
    told = []
    for arm, part in result.daily(one.metric).groupby("arm", sort=False):
        for place in sorted({len(part) // 3, len(part) - 1}):
            row = part.iloc[place]
            low, high = (change(one.kind, float(row[f"cum_{name}"]), unit=False) for name in ("low", "high"))
            words = {"arm": arm, "day": row["day"].strftime("%-d %B"), "low": low, "high": high}
            told.append(t("experiment.daily.told", difference=change(one.kind, float(row["cum_difference"])), **words))
    return clean(f"{t('experiment.daily.title', metric=one.metric)} {' '.join(told)}")


def experiment_segments_chart(result: ExperimentResult, by: str | None = None, metric: str | None = None) -> Figure:
    """One metric's difference within each value of a property.

    Parameters
    ----------
    result : ExperimentResult
        Run by this property.
    by, metric : str, optional
        The first property and the first primary metric by default.

    Returns
    -------
    matplotlib.figure.Figure
    """
    one = _metric(result, metric)
    frame = result.segments(by, one.metric)
    name = str(frame["by"].iloc[0])
    spread = result.heterogeneity(by)
    sheet = Sheet()
    sheet.title(clean(t("experiment.segments.title", metric=one.metric, by=name)))
    scale = 100.0 if one.kind == "conversion" else 1.0
    rows = [_segment(row, one.kind, scale, len(result.arm_names) > 2) for row in style.records(frame)]
    forest(
        sheet,
        rows,
        lambda value: "0" if abs(value) < 1e-12 else f"{'+' if value > 0 else ''}{number(round(value, 10))}",
    )
    parts = [p_value(float(p)) for p in spread.loc[spread["metric"] == one.metric, "p"]]
    sheet.note(t("experiment.segments.note", p=", ".join(parts), axis=t(_axis(one.kind)), n=number(len(rows))))
    told = "; ".join(f"{row.label}: {row.detail}" for row in rows)
    return sheet.figure(t("experiment.segments.alt", metric=one.metric, by=name, parts=told))


def _axis(kind: str) -> str:
    return f"experiment.daily.axis_{'points' if kind == 'conversion' else 'value'}"


def _segment(row: dict[str, Any], kind: str, scale: float, several: bool) -> Row:
    label = clean(row["value"])
    low, high = (change(kind, float(row[name]), unit=False) for name in ("low", "high"))
    values = {"difference": change(kind, float(row["difference"])), "low": low, "high": high}
    units = t("experiment.segments.units", n=number(float(row["n"])), control_n=number(float(row["control_n"])))
    detail = f"{t('experiment.segments.detail', p=p_value(float(row['p_adjusted'])), **values)}; {units}"
    told = float(row["p_adjusted"]) < 0.05 and not row["flaw"]
    mark = "invalid" if row["flaw"] else "win" if told else "inconclusive"
    middle, least, most = (scale * float(row[name]) for name in ("difference", "low", "high"))
    return Row(f"{label} · {clean(row['arm'])}" if several else label, "", detail, middle, least, most, mark)
