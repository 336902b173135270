"""Lifetime value in pictures: the scoreboard, how the value is spread, and repeat purchases tracked over time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from funnel_utils.charts import style
from funnel_utils.charts.plan_axes import value_axis
from funnel_utils.charts.style import Sheet, clean
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from funnel_utils.retention.clv import ClvResult
    from funnel_utils.retention.scoreboard import Scoreboard

HEIGHT, LEFT = 2.4, 0.5
#: How the predictions are told apart: colour, marker and dashes, never colour alone.
LOOKS: tuple[dict[str, Any], ...] = (
    {"color": style.BLUE, "marker": "o", "linestyle": "-"},
    {"color": style.VERMILLION, "marker": "s", "linestyle": (0, (4, 2))},
    {"color": style.GREEN, "marker": "^", "linestyle": (0, (1, 1.2))},
    {"color": style.PURPLE, "marker": "D", "linestyle": (0, (5, 1, 1, 1))},
    {"color": style.ORANGE, "marker": "v", "linestyle": (0, (2, 2))},
)


def scoreboard_chart(board: Scoreboard) -> Figure:
    """Draw what customers did in the holdout, by how often they had bought before, beside each prediction.

    Parameters
    ----------
    board : Scoreboard

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text.
    """
    table, names = board.by_frequency, [str(name) for name in board.predictions]
    sheet = Sheet()
    sheet.title(t("clv_charts.score.title", best=clean(board.best)))
    _legend(sheet, [t("clv_charts.actual"), *names])
    sheet.y += 0.06
    sheet.paragraph(t("clv_charts.score.y"), size=style.SMALL, color=style.MUTED)
    draw: Any = lambda axes: _scores(axes, table, names)  # noqa: E731
    sheet.inset(sheet.left + LEFT, sheet.right - sheet.left - LEFT - 0.1, HEIGHT, draw)
    sheet.y += 0.27
    sheet.paragraph(t("clv_charts.score.x"), size=style.SMALL, color=style.MUTED)
    sheet.note(t("clv_charts.score.note"))
    return sheet.figure(t("clv_charts.score.alt", words=describe_scoreboard(board), parts=_score_parts(table, names)))


def _scores(axes: Axes, table: pd.DataFrame, names: Sequence[str]) -> None:
    places = np.arange(len(table))
    axes.bar(places, table["actual"], width=0.72, color=style.FAINT, edgecolor=style.INK, linewidth=0.8)
    axes.vlines(places, table["low"], table["high"], color=style.INK, linewidth=1.2)
    for name, look in zip(names, _looks(len(names)), strict=True):
        axes.plot(places, table[name], linewidth=1.3, markersize=4.5, markeredgecolor=style.INK, **look)
    # The pace of frequent buyers would flatten everything else; a line that leaves the picture says enough.
    highest = 1.35 * float(np.nanmax([table["actual"].max(), table["high"].max()]))
    value_axis(axes, 0.0, min(highest, float(table[["actual", *names]].to_numpy().max())), style.amount)
    axes.set_xlim(-0.6, len(table) - 0.4)
    axes.set_xticks(places, list(table["frequency"]))
    style.quiet(axes)


def describe_scoreboard(board: Scoreboard) -> str:
    """Which prediction held, in plain words."""
    return board.verdict


def _score_parts(table: pd.DataFrame, names: Sequence[str]) -> str:
    return "; ".join(
        t(
            "clv_charts.score.alt_part",
            frequency=row["frequency"],
            actual=f"{row['actual']:.2f}",
            predicted=", ".join(f"{name} {row[name]:.2f}" for name in names),
        )
        for row in style.records(table)
    )


def clv_chart(result: ClvResult) -> Figure:
    """Draw how much of the lifetime value each tenth of the customers holds, the most valuable first.

    Parameters
    ----------
    result : ClvResult

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text.
    """
    groups = result.groups
    sheet = Sheet()
    sheet.title(t("clv_charts.clv.title", share=f"{groups['share'].iloc[0]:.0%}"))
    sheet.paragraph(t("clv_charts.clv.y"), size=style.SMALL, color=style.MUTED)
    sheet.inset(sheet.left + LEFT, sheet.right - sheet.left - LEFT - 0.1, HEIGHT, lambda axes: _tenths(axes, groups))
    sheet.y += 0.27
    sheet.paragraph(t("clv_charts.clv.x"), size=style.SMALL, color=style.MUTED)
    for warning in result.warnings:
        sheet.paragraph(clean(warning), size=style.SMALL, color=style.ALARM_TEXT, lines=5)
    sheet.note(t("clv_charts.clv.note", level=f"{result.spec.level:.0%}"))
    parts = "; ".join(f"{row['tenth']}: {row['share']:.1%}" for row in style.records(groups))
    return sheet.figure(t("clv_charts.clv.alt", words=describe_clv(result), parts=parts))


def _tenths(axes: Axes, groups: pd.DataFrame) -> None:
    places = groups["tenth"].to_numpy()
    axes.bar(places, groups["share"], width=0.72, color=style.BLUE, edgecolor=style.INK, linewidth=0.8)
    for color, width in ((style.PAPER, 3.0), (style.INK, 1.2)):
        axes.vlines(places, groups["low"], groups["high"], color=color, linewidth=width)
    for place, share, high in zip(places, groups["share"], groups["high"].fillna(groups["share"]), strict=True):
        style.write(axes, place, max(share, high) + 0.015, f"{share:.0%}", style.SMALL, ha="center", va="bottom")
    value_axis(axes, 0.0, float(np.nanmax(groups[["share", "high"]].to_numpy())), lambda share: f"{share:.0%}")
    axes.set_xticks(places, [str(place) for place in places])
    style.quiet(axes)


def describe_clv(result: ClvResult) -> str:
    """What the customers are worth and how it is spread, in plain words."""
    return result.verdict


def tracking_chart(found: pd.DataFrame, *, known_until: Any = None) -> Figure:
    """Draw repeat purchases over time beside what models expect.

    Parameters
    ----------
    found : DataFrame
        From `funnel_utils.retention.tracking`, with the models asked for.
    known_until : date, optional
        The last day that the models knew of; a line marks it.

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text.
    """
    names = [str(name).removeprefix("cumulative_") for name in found.columns if str(name).startswith("cumulative_")]
    sheet = Sheet()
    sheet.title(t("clv_charts.tracking.title"))
    sheet.paragraph(describe_tracking(found), size=style.SMALL, color=style.MUTED, lines=5)
    _legend(sheet, [t("clv_charts.actual"), *names], lines=True)
    sheet.y += 0.1
    draw: Any = lambda axes: _track(axes, found, names, known_until)  # noqa: E731
    sheet.inset(sheet.left + LEFT, sheet.right - sheet.left - LEFT - 0.1, HEIGHT, draw)
    sheet.y += 0.27
    sheet.paragraph(t("clv_charts.tracking.x"), size=style.SMALL, color=style.MUTED)
    if known_until is not None:
        sheet.note(t("clv_charts.tracking.known", day=f"{pd.Timestamp(known_until):%Y-%m-%d}"))
    return sheet.figure(t("clv_charts.tracking.alt", words=describe_tracking(found)))


def _track(axes: Axes, found: pd.DataFrame, names: Sequence[str], known_until: Any) -> None:
    period = found["period"].to_numpy()
    axes.plot(period, found["cumulative"], color=style.INK, linewidth=2.0)
    for name, look in zip(names, _looks(len(names)), strict=True):
        line = {key: value for key, value in look.items() if key != "marker"}
        axes.plot(period, found[f"cumulative_{name}"], linewidth=1.6, **line)
    if known_until is not None:
        place = float((found["until"] <= pd.Timestamp(known_until)).sum()) + 0.5
        axes.axvline(place, color=style.MUTED, linewidth=1.0, linestyle=(0, (1, 2)))
    columns = ["cumulative", *(f"cumulative_{name}" for name in names)]
    value_axis(axes, 0.0, float(found[columns].to_numpy().max()), style.count)
    axes.set_xlim(0, float(period[-1]) + 0.5)
    style.quiet(axes)


def describe_tracking(found: pd.DataFrame) -> str:
    """How far apart expectation and fact are at the end."""
    last = found.iloc[-1]
    said = [t("clv_charts.tracking.actual", periods=f"{last['period']:,}", actual=f"{last['cumulative']:,}")]
    for name in found.columns:
        if str(name).startswith("cumulative_"):
            expected = float(last[name])
            off = expected / last["cumulative"] - 1 if last["cumulative"] else float("nan")
            words = {"expected": f"{expected:,.0f}", "off": f"{off:+.1%}"}
            said.append(t("clv_charts.tracking.expected", model=str(name).removeprefix("cumulative_"), **words))
    return " ".join(said)


def _looks(number: int) -> list[dict[str, Any]]:
    return [LOOKS[k % len(LOOKS)] for k in range(number)]


def _legend(sheet: Sheet, names: Sequence[str], lines: bool = False) -> None:
    """The names beside their marks, as many in a row as fit."""
    x, height = sheet.left, 1.15 * style.SMALL * style.LINE
    for k, name in enumerate(names):
        width = 0.34 + style.text_width(name, style.SMALL, "normal") + 0.16
        if x + width > sheet.right:
            x, sheet.y = sheet.left, sheet.y + height
        middle = sheet.y + height / 2
        if k:
            look = dict(LOOKS[(k - 1) % len(LOOKS)])
            marker = look.pop("marker")
            sheet.line((x, x + 0.26), (middle, middle), linewidth=1.5, **look)
            if not lines:
                sheet.dot(x + 0.13, middle, marker=marker, color=look["color"], markersize=4.5)
        elif lines:
            sheet.line((x, x + 0.26), (middle, middle), linewidth=2.0)
        else:
            sheet.bar(x + 0.04, middle - 0.06, 0.18, 0.12, facecolor=style.FAINT)
        sheet.text(x + 0.32, sheet.y, name, size=style.SMALL)
        x += width
    sheet.y += height
