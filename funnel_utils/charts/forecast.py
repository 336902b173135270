"""A forecast: the metric's past as it was, where it goes by itself with its interval, and the target.

The backtest's forecasts of the past stand beneath the line as short ticks with their intervals, so that a reader sees
with his own eyes how far the forecasts of this history can be trusted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from funnel_utils.charts import style
from funnel_utils.charts.plan_axes import few_dates, value_axis
from funnel_utils.charts.style import Sheet
from funnel_utils.charts.trend import period_text
from funnel_utils.plan.forecast import Forecast
from funnel_utils.plan.words import quantity
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHT, LEFT = 2.3, 0.72
ON_WHITE = {"facecolor": "white", "edgecolor": "none", "pad": 1.0, "alpha": 0.8}


def forecast_chart(found: Forecast, *, target: float | None = None) -> Figure:
    """Draw a forecast.

    Parameters
    ----------
    found : Forecast
    target : float, optional
        A line across the periods ahead.

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text.
    """
    sheet = Sheet()
    sheet.title(t("plan_charts.forecast.title", metric=style.clean(found.history.metric), words=_ending(found)))
    sheet.paragraph(describe_forecast(found, target=target), size=style.SMALL, color=style.MUTED, lines=6)
    sheet.y += 0.1
    sheet.inset(
        sheet.left + LEFT, sheet.right - sheet.left - LEFT - 0.1, HEIGHT, lambda axes: _draw(axes, found, target)
    )
    sheet.y += 0.34
    sheet.note(t("plan_charts.forecast.note", level=f"{found.level:.0%}"))
    return sheet.figure(_alt(found, target))


def _ending(found: Forecast) -> str:
    row, history = found.table.iloc[-1], found.history
    ends = {name: quantity(row[name], history) for name in ("mean", "low", "high")}
    return t("plan_charts.forecast.ending", by=t(f"plan.by.{history.by}"), period=period_text(row["period"]), **ends)


def _draw(axes: Axes, found: Forecast, target: float | None) -> None:
    past, ahead = found.history.table, found.table
    n, h = len(past), len(ahead)
    x, x_ahead = np.arange(n), np.arange(n, n + h)
    one = found.backtest.table.query("ahead == 1")
    at = pd.Index(past["period"]).get_indexer(pd.Index(one["period"]))
    axes.vlines(at, one["low"], one["high"], color=style.SKY, linewidth=4, alpha=0.7)
    axes.plot(at, one["mean"], linestyle="", marker="_", markersize=7, color=style.BLUE)
    axes.plot(x, past["value"], color=style.INK, linewidth=1.3, marker="o", markersize=2.8)
    axes.fill_between(x_ahead, ahead["low"], ahead["high"], color=style.SKY, alpha=0.55, linewidth=0)
    axes.vlines(x_ahead, ahead["low"], ahead["high"], color=style.BLUE, linewidth=0.9)
    axes.plot(
        x_ahead, ahead["mean"], color=style.BLUE, linewidth=1.6, linestyle=(0, (3, 2)), marker="o", markersize=4.5
    )
    high = float(max(past["value"].max(), ahead["high"].max(), one["high"].max(), target or 0.0))
    low = min(0.0, float(min(past["value"].min(), ahead["low"].min(), one["low"].min())))
    if target is not None:
        axes.plot([n - 0.5, n + h - 0.5], [target, target], color=style.VERMILLION, linewidth=1.6)
        said = t("plan_charts.target", value=quantity(target, found.history))
        place = (n + h - 0.5, target + 0.015 * high)
        style.write(axes, *place, said, style.SMALL, ha="right", va="bottom", color=style.ALARM_TEXT, bbox=ON_WHITE)
    axes.axvline(n - 0.5, color=style.MUTED, linewidth=0.8, linestyle=(0, (1, 2)))
    axes.set_xlim(-0.6, n + h - 0.4)
    periods = [*past["period"], *ahead["period"]]
    places = sorted({0, n // 2, n + h - 1})
    few_dates(axes, places, [period_text(periods[place]) for place in places])
    value_axis(axes, low, high, lambda value: quantity(value, found.history))
    style.quiet(axes)


def describe_forecast(found: Forecast, *, target: float | None = None) -> str:
    """Where the metric goes by itself, how the past was forecast, and how far off the target is."""
    said = found.verdict
    if target is None:
        return said
    row = found.table.iloc[-1]
    away = (target - row["mean"]) / row["se"]
    return f"{said} {t('plan_charts.forecast.target', target=quantity(target, found.history), away=f'{away:+.1f}')}"


def _alt(found: Forecast, target: float | None) -> str:
    history = found.history
    parts = [
        t(
            "plan_charts.forecast.alt_part",
            period=period_text(row["period"]),
            **{name: quantity(row[name], history) for name in ("mean", "low", "high")},
        )
        for row in style.records(found.table)
    ]
    past = "; ".join(
        f"{period_text(row['period'])} {quantity(row['value'], history)}"
        for row in style.records(history.table.tail(6))
    )
    words = describe_forecast(found, target=target)
    return t("plan_charts.forecast.alt", words=words, past=past, parts="; ".join(parts))
