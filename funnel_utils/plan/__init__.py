"""The plan: goals that can be checked on the business's own numbers, and budgets that lead to them and back.

`Goal` and `assess` make SMART a computation; `forecast` says where the numbers go by themselves, and its backtest how
far that can be trusted. `Budget` turns money into sales and a goal into the least money, on response curves that
`fit_responses` finds in the business's months; `pace` follows a period on its way.
"""

from __future__ import annotations

from funnel_utils.plan.budget import Budget
from funnel_utils.plan.channel import Channel
from funnel_utils.plan.checked import load_yaml, parse_yaml
from funnel_utils.plan.fit import FittedResponse, fit_response, fit_responses
from funnel_utils.plan.forecast import Backtest, Forecast, TooShort, forecast
from funnel_utils.plan.goal import Baseline, Goal, load_goals
from funnel_utils.plan.history import History
from funnel_utils.plan.montecarlo import Fan, Simulated
from funnel_utils.plan.outcome import Outcome
from funnel_utils.plan.pacing import Pace, pace
from funnel_utils.plan.ratios import unit_costs
from funnel_utils.plan.response import Response
from funnel_utils.plan.smart import Assessment, assess, band

__all__ = [
    "Assessment",
    "Backtest",
    "Baseline",
    "Budget",
    "Channel",
    "Fan",
    "FittedResponse",
    "Forecast",
    "Goal",
    "History",
    "Outcome",
    "Pace",
    "Response",
    "Simulated",
    "TooShort",
    "assess",
    "band",
    "fit_response",
    "fit_responses",
    "forecast",
    "load_goals",
    "load_yaml",
    "pace",
    "parse_yaml",
    "unit_costs",
]
