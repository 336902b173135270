"""Funnels: what is asked (`spec`), how events are matched (`match`, `windows`), and every metric that follows.

All metrics derive from one match table, a row per (unit, attempt); see `match`.
"""

from funnel_utils.funnel.result import FunnelResult
from funnel_utils.funnel.spec import Condition, Exclusion, Funnel, Step

__all__ = ["Condition", "Exclusion", "Funnel", "FunnelResult", "Step"]
