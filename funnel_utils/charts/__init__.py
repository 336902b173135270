"""Charts: pure functions from a result, or the tidy frame it returns, to a `matplotlib.figure.Figure`.

Nothing here touches pyplot or any global state of matplotlib. Every figure carries its alternative text (`alt_text`),
and `describe` says the same facts in a sentence; a reader who sees neither colour nor picture loses nothing.
"""

from __future__ import annotations

from typing import Any

from funnel_utils.charts.attribution import attribution_chart, describe_attribution
from funnel_utils.charts.exits import describe_exits, exits_chart
from funnel_utils.charts.funnel import describe_funnel, funnel_chart
from funnel_utils.charts.score import describe_score, score_chart
from funnel_utils.charts.sources import describe_sources, sources_chart
from funnel_utils.charts.style import alt_text, to_png
from funnel_utils.charts.timing import describe_times, time_chart
from funnel_utils.charts.trend import describe_trend, trend_chart

__all__ = [
    "alt_text",
    "attribution_chart",
    "describe",
    "describe_attribution",
    "describe_exits",
    "describe_funnel",
    "describe_score",
    "describe_sources",
    "describe_times",
    "describe_trend",
    "exits_chart",
    "funnel_chart",
    "score_chart",
    "sources_chart",
    "time_chart",
    "to_png",
    "trend_chart",
]


def describe(result: Any) -> str:
    """What the funnel chart of `result` shows, in a sentence or two; prints beside a chart in notebooks.

    Parameters
    ----------
    result : FunnelResult or pandas.DataFrame
        A result, or its `.steps`.
    """
    return describe_funnel(result)
