"""Charts: pure functions from a result, or the tidy frame it returns, to a `matplotlib.figure.Figure`.

Nothing here touches pyplot or any global state of matplotlib. Every figure carries its alternative text (`alt_text`),
and `describe` says the same facts in a sentence; a reader who sees neither colour nor picture loses nothing.
"""

from __future__ import annotations

from typing import Any

from funnel_utils.charts.always_valid import describe_followed, followed_chart
from funnel_utils.charts.attribution import attribution_chart, describe_attribution
from funnel_utils.charts.bandit import describe_regret, regret_chart
from funnel_utils.charts.bayes import describe_posterior, posterior_chart
from funnel_utils.charts.campaign import campaign_chart, describe_campaign
from funnel_utils.charts.clv import (
    clv_chart,
    describe_clv,
    describe_scoreboard,
    describe_tracking,
    scoreboard_chart,
    tracking_chart,
)
from funnel_utils.charts.cohorts import cohorts_chart, describe_cohorts, retention_curve_chart, retention_trend_chart
from funnel_utils.charts.economics import describe_ladder, describe_payback, ladder_chart, payback_chart
from funnel_utils.charts.entry import describe_entry, entry_chart
from funnel_utils.charts.exits import describe_exits, exits_chart
from funnel_utils.charts.experiment import (
    describe_daily,
    describe_experiment,
    experiment_chart,
    experiment_daily_chart,
)
from funnel_utils.charts.experiment_segments import experiment_segments_chart
from funnel_utils.charts.factorial import describe_effects, describe_interaction, effects_chart, interaction_chart
from funnel_utils.charts.flow import describe_flow, flow_chart
from funnel_utils.charts.forecast import describe_forecast, forecast_chart
from funnel_utils.charts.funnel import describe_funnel, funnel_chart
from funnel_utils.charts.hourglass import describe_hourglass, hourglass_chart
from funnel_utils.charts.hours import describe_hours, hours_chart
from funnel_utils.charts.intervention import describe_intervention, intervention_chart
from funnel_utils.charts.journey import (
    describe_steps,
    describe_touchpoints,
    describe_transitions,
    step_matrix_chart,
    touchpoints_chart,
    transitions_chart,
)
from funnel_utils.charts.kpi_tree import kpi_chart
from funnel_utils.charts.luck import describe_luck, luck_chart
from funnel_utils.charts.measures import describe_measures, measures_chart
from funnel_utils.charts.pacing import describe_pace, pace_chart
from funnel_utils.charts.personas import personas_chart
from funnel_utils.charts.plan_fan import describe_fan, fan_chart
from funnel_utils.charts.power import describe_power, power_chart
from funnel_utils.charts.preference import describe_preference, preference_chart
from funnel_utils.charts.race import audit_chart
from funnel_utils.charts.reliability import describe_reliability, reliability_chart
from funnel_utils.charts.response import describe_response, response_chart
from funnel_utils.charts.rfm import describe_migration, describe_rfm, migration_chart, rfm_chart, rfm_grid_chart
from funnel_utils.charts.score import describe_score, score_chart
from funnel_utils.charts.sequential import bounds_chart, describe_bounds, describe_peeking, peeking_chart
from funnel_utils.charts.smart import describe_smart, smart_chart
from funnel_utils.charts.sources import describe_sources, sources_chart
from funnel_utils.charts.stages import crosswalk_chart, current_chart, describe_current, two_sided_chart
from funnel_utils.charts.style import alt_text, to_png
from funnel_utils.charts.survival import (
    churn_chart,
    describe_second_purchase,
    describe_survival,
    second_purchase_chart,
    survival_chart,
)
from funnel_utils.charts.timing import describe_times, time_chart
from funnel_utils.charts.trend import describe_trend, trend_chart
from funnel_utils.charts.uplift import describe_qini, qini_chart

__all__ = [
    "alt_text",
    "attribution_chart",
    "audit_chart",
    "bounds_chart",
    "campaign_chart",
    "churn_chart",
    "clv_chart",
    "cohorts_chart",
    "crosswalk_chart",
    "current_chart",
    "describe",
    "describe_attribution",
    "describe_bounds",
    "describe_campaign",
    "describe_clv",
    "describe_cohorts",
    "describe_current",
    "describe_daily",
    "describe_effects",
    "describe_entry",
    "describe_exits",
    "describe_experiment",
    "describe_fan",
    "describe_flow",
    "describe_followed",
    "describe_forecast",
    "describe_funnel",
    "describe_hourglass",
    "describe_hours",
    "describe_interaction",
    "describe_intervention",
    "describe_ladder",
    "describe_luck",
    "describe_measures",
    "describe_migration",
    "describe_pace",
    "describe_payback",
    "describe_peeking",
    "describe_posterior",
    "describe_power",
    "describe_preference",
    "describe_qini",
    "describe_regret",
    "describe_reliability",
    "describe_response",
    "describe_rfm",
    "describe_score",
    "describe_scoreboard",
    "describe_second_purchase",
    "describe_smart",
    "describe_sources",
    "describe_steps",
    "describe_survival",
    "describe_times",
    "describe_touchpoints",
    "describe_tracking",
    "describe_transitions",
    "describe_trend",
    "effects_chart",
    "entry_chart",
    "exits_chart",
    "experiment_chart",
    "experiment_daily_chart",
    "experiment_segments_chart",
    "fan_chart",
    "flow_chart",
    "followed_chart",
    "forecast_chart",
    "funnel_chart",
    "hourglass_chart",
    "hours_chart",
    "interaction_chart",
    "intervention_chart",
    "kpi_chart",
    "ladder_chart",
    "luck_chart",
    "measures_chart",
    "migration_chart",
    "pace_chart",
    "payback_chart",
    "peeking_chart",
    "personas_chart",
    "posterior_chart",
    "power_chart",
    "preference_chart",
    "qini_chart",
    "regret_chart",
    "reliability_chart",
    "response_chart",
    "retention_curve_chart",
    "retention_trend_chart",
    "rfm_chart",
    "rfm_grid_chart",
    "score_chart",
    "scoreboard_chart",
    "second_purchase_chart",
    "smart_chart",
    "sources_chart",
    "step_matrix_chart",
    "survival_chart",
    "time_chart",
    "to_png",
    "touchpoints_chart",
    "tracking_chart",
    "transitions_chart",
    "trend_chart",
    "two_sided_chart",
]


def describe(result: Any) -> str:
    """What the funnel chart of `result` shows, in a sentence or two; prints beside a chart in notebooks.

    Parameters
    ----------
    result : FunnelResult or pandas.DataFrame
        A result, or its `.steps`.
    """
    return describe_funnel(result)
