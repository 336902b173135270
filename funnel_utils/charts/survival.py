"""How long they stay, how soon they buy again, and how many are lost: curves in steps with their bands."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from funnel_utils.charts import style
from funnel_utils.charts.cohorts import cohort_text, points
from funnel_utils.charts.plan_axes import round_step
from funnel_utils.charts.style import Sheet, clean, count, percent
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from funnel_utils.retention.churn import ChurnResult
    from funnel_utils.retention.second import SecondPurchaseResult
    from funnel_utils.retention.survival_result import SurvivalResult

HEIGHT, LEFT = 2.2, 0.5
#: Line, fill and dash of each group: told apart without colour too.
LOOKS = (
    (style.BLUE, "solid"),
    (style.VERMILLION, (0, (5, 2))),
    (style.GREEN, (0, (1, 1.2))),
    (style.PURPLE, (0, (6, 2, 1, 2))),
    (style.ORANGE, (0, (3, 1))),
    (style.SKY, (0, (2, 2))),
)


def survival_chart(found: SurvivalResult) -> Figure:
    """Draw the curves of those who are still there, by time.

    Parameters
    ----------
    found : SurvivalResult

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text. The largest groups, where there are more than six.
    """
    groups = found.groups[: len(LOOKS)]
    frames = {name: found.curves[found.curves["group"] == name] for name in groups}
    longest = {name: float(found.counts.loc[found.counts["group"] == name, "time"].max()) for name in groups}
    sheet = Sheet()
    sheet.title(t("retention_charts.survival.title"))
    sheet.paragraph(describe_survival(found), size=style.SMALL, color=style.MUTED, lines=7)
    sheet.y += 0.1
    _curves(sheet, frames, longest, falling=True, named=found.by is not None)
    sheet.text(
        (sheet.left + LEFT + sheet.right) / 2,
        sheet.y,
        t("retention_charts.survival.across", unit=found.unit),
        size=style.SMALL,
        color=style.MUTED,
        ha="center",
    )
    sheet.y += style.SMALL * style.LINE
    sheet.note(t("retention_charts.survival.note"))
    parts = "; ".join(_part(name, frames[name], found) for name in groups)
    return sheet.figure(t("retention_charts.survival.alt", words=describe_survival(found), parts=parts))


def describe_survival(found: SurvivalResult) -> str:
    """How long half of them stay, in a sentence."""
    return found.verdict


def _part(name: str, frame: pd.DataFrame, found: SurvivalResult) -> str:
    units = found.counts.loc[found.counts["group"] == name, "count"].sum()
    if frame.empty:
        return t("retention_charts.survival.part_none", group=clean(name), units=count(units))
    last = frame.iloc[-1]
    facts = {"survival": percent(last["survival"]), "time": f"{last['time']:g}", "unit": found.unit}
    return t("retention_charts.survival.part", group=clean(name), units=count(units), **facts)


def second_purchase_chart(found: SecondPurchaseResult) -> Figure:
    """Draw the share that has bought again, by days since the first purchase.

    Parameters
    ----------
    found : SecondPurchaseResult

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text.
    """
    result = found.survival()
    name = result.groups[0]
    frame = result.curves
    longest = float(result.counts["time"].max())
    sheet = Sheet()
    sheet.title(_second_title(found))
    words = describe_second_purchase(found)
    sheet.paragraph(words, size=style.SMALL, color=style.MUTED, lines=6)
    if not result.curves["survival"].lt(1).any():
        # A line along the bottom of a scale that nothing sets would look like a measurement.
        return sheet.figure(t("retention_charts.second.alt_none", words=words))
    sheet.y += 0.1
    _curves(sheet, {name: frame}, {name: longest}, falling=False, named=False)
    across = t("retention_charts.second.across")
    middle = (sheet.left + LEFT + sheet.right) / 2
    sheet.text(middle, sheet.y, across, size=style.SMALL, color=style.MUTED, ha="center")
    sheet.y += style.SMALL * style.LINE
    sheet.note(t("retention_charts.second.note"))
    rows = style.records(found.by().dropna())
    parts = "; ".join(f"{row['within']} {style.rate_text(row['share'], row['low'], row['high'])}" for row in rows)
    return sheet.figure(t("retention_charts.second.alt", words=words, parts=parts))


def _second_title(found: SecondPurchaseResult) -> str:
    row = found.by([found.asked.within]).iloc[0]
    if math.isnan(row["share"]) or not row["share"] > 0:
        return t("retention_charts.second.title")
    share = percent(row["share"], row["low"], row["high"])
    return t("retention_charts.second.found", share=share, within=row["within"])


def describe_second_purchase(found: SecondPurchaseResult) -> str:
    """How many have bought again, and how many do in time, in a sentence."""
    return found.verdict


def churn_chart(found: ChurnResult) -> Figure:
    """Draw the share lost in each period, above how many were there at its start.

    Parameters
    ----------
    found : ChurnResult

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text.
    """
    table = found.table[found.table["rate"].notna()].reset_index(drop=True)
    ticks = [cohort_text(period, found.churn.by) for period in table["period"]]
    words = {
        "title": _churn_title(table, ticks),
        "said": found.verdict,
        "below": t("retention_charts.churn.below"),
        "across": t("retention_charts.churn.across"),
        "note": t("retention_charts.churn.note"),
    }
    return points(table.rename(columns={"at_start": "n"}), ticks, words, table["partial"].to_numpy(bool))


def _churn_title(table: pd.DataFrame, ticks: list[str]) -> str:
    """The newest share that was seen in full; one of a period that still runs is no finding."""
    whole = table[~table["partial"].astype(bool)]
    if whole.empty:
        return t("retention_charts.churn.title")
    row = whole.iloc[-1]
    rate = percent(row["rate"], row["low"], row["high"])
    return t("retention_charts.churn.found", rate=rate, period=ticks[int(whole.index[-1])])


def _curves(
    sheet: Sheet, frames: dict[str, pd.DataFrame], longest: dict[str, float], *, falling: bool, named: bool
) -> None:
    width = sheet.right - sheet.left - LEFT - 0.15
    if named:
        _legend(sheet, list(frames))
    sheet.inset(sheet.left + LEFT, width, HEIGHT, lambda axes: _draw(axes, frames, longest, falling))
    sheet.y += 0.22


def _legend(sheet: Sheet, names: list[str]) -> None:
    for (colour, dash), name in zip(LOOKS, names, strict=False):
        y = sheet.y + 0.08
        sheet.line((sheet.left, sheet.left + 0.4), (y, y), color=colour, linestyle=dash, linewidth=2.0)
        lines = style.wrap(clean(name), sheet.right - sheet.left - 0.5, style.SMALL, lines=1)
        sheet.text(sheet.left + 0.48, sheet.y, lines[0], size=style.SMALL)
        sheet.y += style.SMALL * style.LINE
    sheet.y += 0.08


def _draw(axes: Axes, frames: dict[str, pd.DataFrame], longest: dict[str, float], falling: bool) -> None:
    end = max([*longest.values(), 1.0])
    highest = 1.0
    if not falling:
        shares = [1 - float(frame["low"].min()) for frame in frames.values() if frame["low"].notna().any()]
        shares += [1 - float(frame["survival"].min()) for frame in frames.values() if len(frame)]
        highest = min(1.0, max([*shares, 0.01]) * 1.08)
    for (colour, dash), (name, frame) in zip(LOOKS, frames.items(), strict=False):
        x = np.concatenate([[0.0], frame["time"].to_numpy(float), [longest[name]]])
        lines = {}
        for column in ("survival", "low", "high"):
            values = frame[column].to_numpy(float)
            lines[column] = np.concatenate([[1.0], values, values[-1:] if len(values) else [1.0]])
        if not falling:
            lines = {column: 1 - values for column, values in lines.items()}
        axes.fill_between(x, lines["low"], lines["high"], step="post", color=colour, alpha=0.18, linewidth=0)
        axes.plot(x, lines["survival"], drawstyle="steps-post", color=colour, linestyle=dash, linewidth=1.8)
    axes.set_xlim(0, end)
    axes.set_ylim(0, highest)
    ticks = [0, 0.25, 0.5, 0.75, 1] if highest > 0.6 else [k * round_step(highest / 4) for k in range(6)]
    ticks = [tick for tick in ticks if tick <= highest]
    axes.set_yticks(ticks, [style.tick_percent(round(tick, 6)) for tick in ticks])
    step = round_step(end / 3)
    marks = [k * step for k in range(math.floor(end / step) + 1)]
    axes.set_xticks(marks, [f"{mark:,.0f}" if mark >= 10 or mark == int(mark) else f"{mark:g}" for mark in marks])
    axes.grid(axis="y", color="#dddddd", linewidth=0.7)
    axes.set_axisbelow(True)
    style.quiet(axes)
