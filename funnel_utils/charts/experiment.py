"""An experiment drawn: all effects as a forest, and one metric day by day."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.patheffects import withStroke

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
#: Marks of single days are drawn for up to so many; more of them are noise upon the line.
DAYS = 45


def experiment_chart(result: ExperimentResult, *, warn: bool = True) -> Figure:
    """All effects on one scale, relative to control, so that metrics of different units stand side by side.

    Parameters
    ----------
    result : ExperimentResult
    warn : bool
        Whether warnings are written on the picture: pictures are passed on without their text. A page that says them
        beside the picture leaves them out.

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text.
    """
    sheet = Sheet()
    sheet.title(clean(_title(result)))
    if warn:
        _warn(sheet, result)
    several = len(result.arm_names) > 2
    forest(sheet, [_row(one, several) for one in result.effects], _tick)
    control = clean(result.arm_names[0])
    if result.flaw:
        sheet.note(t("experiment_shown.forest.crosses", control=control))
        return sheet.figure(t("experiment.chart.alt", words=describe_experiment(result)))
    sheet.note(t("experiment.chart.note", control=control, confidence=_confidence(result)))
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
    # Of several arms the reasons would be longer than the chart; its rows tell them.
    key = "experiment.chart.title" if len(result.decisions) == 1 else "experiment_shown.forest.several"
    return " ".join(t(key, arm=one.arm, decision=one.decision, why=one.reason) for one in result.decisions)


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
    limits = [] if one.verdict == "invalid" else _limits(one)
    return Row(label, word, detail, one.lift, one.lift_low, one.lift_high, mark, limits)


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
        One panel for each arm, at most four; none, and why, where there are not two days or nothing is an effect.
    """
    one = chosen_metric(result, metric)
    frame = result.daily(one.metric)
    sheet = Sheet()
    told = daily_refused(result, frame)
    if told:
        title = t("experiment_shown.daily.several", metric=one.metric)
        title = t("experiment_shown.invalid", what=title) if result.flaw else title
        sheet.title(clean(title))
        sheet.paragraph(clean(told), lines=4)
        return sheet.figure(clean(f"{title}. {told}"))
    sheet.title(clean(_daily_title(result, one, frame["day"].nunique())))
    for arm, part in list(frame.groupby("arm", sort=False))[:4]:
        if len(result.arm_names) > 2:
            sheet.paragraph(clean(arm), weight="bold")
        sheet.paragraph(axis_text(one.kind), size=style.SMALL, color=style.MUTED)
        sheet.y += 0.06
        rows = part.reset_index(drop=True)
        width = sheet.right - sheet.left - LEFT - 0.25
        sheet.inset(sheet.left + LEFT, width, HEIGHT, _daily(rows, one))
        sheet.y += 0.36
    said = [t("experiment_shown.daily.band", confidence=percent(1 - result.spec.alpha).replace(".0%", "%"))]
    if frame["day"].nunique() <= DAYS:
        said.append(t("experiment_shown.daily.alone"))
    sheet.note(" ".join([*said, t("experiment_shown.daily.peeking")]))
    return sheet.figure(t("experiment.daily.alt", words=describe_daily(result, one.metric)))


def axis_text(kind: str) -> str:
    """What stands at an axis of differences."""
    return t(f"experiment.daily.axis_{'points' if kind == 'conversion' else 'value'}")


def daily_refused(result: ExperimentResult, frame: pd.DataFrame) -> str:
    """Why there is nothing to draw day by day, or nothing; `frame` is of `result.daily`."""
    days = frame["day"].unique()
    if result.flaw:
        return t("experiment_shown.daily.invalid")
    if len(days) == 0:
        return t("experiment_shown.daily.no_day")
    if len(days) == 1:
        return t("experiment_shown.daily.one_day", day=day_text(pd.Timestamp(days[0])))
    return ""


def day_text(day: pd.Timestamp, month: str = "%B %Y") -> str:
    """A day as people write it, without the padding that `strftime` leaves out on some systems only."""
    return f"{day.day} {day.strftime(month)}"


def _daily_title(result: ExperimentResult, one: Finding, days: int) -> str:
    if len(result.arm_names) > 2:
        return t("experiment_shown.daily.several", metric=one.metric)
    return t("experiment_shown.daily.title", metric=one.metric, difference=change(one.kind, one.difference), days=days)


def chosen_metric(result: ExperimentResult, metric: str | None) -> Finding:
    """The effect that a chart of one metric is about: the one named, else the first primary that has days."""
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
    alone = scale * rows["difference"].to_numpy(float)
    if len(x) <= DAYS:
        _marks(axes, x, alone, bottom - spare, top + spare)
    axes.axhline(0, color=style.INK, linewidth=0.9)
    if not math.isnan(planned):
        axes.axhline(scale * planned, color=style.GREEN, linewidth=1.2, linestyle=(0, (4, 3)))
        said = t("experiment.daily.planned")
        # On the side of its line where the curve does not end.
        side = "bottom" if not middle[-1] > scale * planned else "top"
        # A white rim keeps the word legible on the line and the band.
        rim = [withStroke(linewidth=2.5, foreground=style.PAPER)]
        style.write(axes, x[-1], scale * planned, said, style.SMALL, va=side, ha="right", path_effects=rim, zorder=5)
    axes.set_ylim(bottom - spare, top + spare)
    step = round_step((top - bottom + 2 * spare) / 3)
    ticks = [k * step for k in range(math.ceil((bottom - spare) / step), math.floor((top + spare) / step) + 1)]
    axes.set_yticks(ticks, [("+" if v > 1e-12 else "") + number(round(v, 10)) for v in ticks])
    axes.set_xlim(-0.4, max(len(x) - 0.6, 0.6))
    shown = sorted({0, len(x) // 2, len(x) - 1}) if len(x) > 4 else list(range(len(x)))
    few_dates(axes, x[shown].tolist(), [day_text(day, "%b") for day in rows["day"].iloc[shown]])
    style.quiet(axes)


def _marks(axes: Axes, x: Any, values: Any, bottom: float, top: float) -> None:
    """A cross for each day; one that is beyond the scale is a triangle at its edge."""
    inset = 0.025 * (top - bottom)
    look: dict[str, Any] = {"linestyle": "", "color": style.MUTED, "zorder": 3}
    for here, marker, places in (
        ((values >= bottom) & (values <= top), "x", values),
        (values > top, "^", np.full_like(values, top - inset)),
        (values < bottom, "v", np.full_like(values, bottom + inset)),
    ):
        axes.plot(x[here], places[here], marker=marker, markersize=4, **look)


def describe_daily(result: ExperimentResult, metric: str | None = None) -> str:
    """How the cumulative difference moved: after the first third of days, and at the end."""
    one = chosen_metric(result, metric)
    told = []
    for arm, part in result.daily(one.metric).groupby("arm", sort=False):
        for place in sorted({len(part) // 3, len(part) - 1}):
            row = part.iloc[place]
            low, high = (change(one.kind, float(row[f"cum_{name}"]), unit=False) for name in ("low", "high"))
            words = {"arm": arm, "day": day_text(row["day"], "%B"), "low": low, "high": high}
            told.append(t("experiment.daily.told", difference=change(one.kind, float(row["cum_difference"])), **words))
    return clean(f"{t('experiment.daily.title', metric=one.metric)} {' '.join(told)}")
