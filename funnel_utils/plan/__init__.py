"""The plan: goals that can be checked on the business's own numbers, and budgets that lead to them and back.

`Goal` and `assess` make SMART a computation; `forecast` says where the numbers go by themselves, and its backtest how
far that can be trusted. `Budget` turns money into sales and a goal into the least money, on response curves that
`fit_responses` finds in the business's months; `pace` follows a period on its way.

`audit` scores the 25 activities of RACE and ranks the next steps, `KpiTree` computes what the plan is judged by from a
log, `personas` groups its people. `load_plan` reads a plan from a YAML file, and everything follows from it.
"""

from __future__ import annotations

from funnel_utils.plan.audit import Audit, audit
from funnel_utils.plan.budget import Budget
from funnel_utils.plan.channel import Channel
from funnel_utils.plan.checked import load_yaml, parse_yaml
from funnel_utils.plan.document import Plan
from funnel_utils.plan.fit import FittedResponse, fit_response, fit_responses
from funnel_utils.plan.forecast import Backtest, Forecast, TooShort, forecast
from funnel_utils.plan.goal import Baseline, Goal, load_goals
from funnel_utils.plan.history import History
from funnel_utils.plan.kpi_tree import KpiResult, KpiTree, Survey
from funnel_utils.plan.montecarlo import Fan, Simulated
from funnel_utils.plan.outcome import Outcome
from funnel_utils.plan.pacing import Pace, pace
from funnel_utils.plan.personas import Personas, personas
from funnel_utils.plan.race import ACTIVITIES, Activity, activities, activity
from funnel_utils.plan.ratios import unit_costs
from funnel_utils.plan.response import Response
from funnel_utils.plan.smart import Assessment, assess, band
from funnel_utils.plan.template import plan_template
from funnel_utils.plan.worked import NotPlanned, WorkedPlan, load_plan
from funnel_utils.plan.worksheets import MarketingMix, ValueProposition, Worksheets

__all__ = [
    "ACTIVITIES",
    "Activity",
    "Assessment",
    "Audit",
    "Backtest",
    "Baseline",
    "Budget",
    "Channel",
    "Fan",
    "FittedResponse",
    "Forecast",
    "Goal",
    "History",
    "KpiResult",
    "KpiTree",
    "MarketingMix",
    "NotPlanned",
    "Outcome",
    "Pace",
    "Personas",
    "Plan",
    "Response",
    "Simulated",
    "Survey",
    "TooShort",
    "ValueProposition",
    "WorkedPlan",
    "Worksheets",
    "activities",
    "activity",
    "assess",
    "audit",
    "band",
    "fit_response",
    "fit_responses",
    "forecast",
    "load_goals",
    "load_plan",
    "load_yaml",
    "pace",
    "parse_yaml",
    "personas",
    "plan_template",
    "unit_costs",
]
