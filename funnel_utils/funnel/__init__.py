"""Funnels: what is asked (`spec`), how events are matched (`match`), and every metric that follows.

All metrics derive from one match table, a row per (unit, attempt); see `match`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from funnel_utils.funnel.spec import Condition, Exclusion, Funnel, Step

if TYPE_CHECKING:
    from funnel_utils.funnel.result import FunnelResult

__all__ = ["Condition", "Exclusion", "Funnel", "FunnelResult", "Step"]


def __getattr__(name: str) -> Any:
    # A funnel can be built and printed without loading the engine; only its result needs one.
    if name != "FunnelResult":
        raise AttributeError(f"module 'funnel_utils.funnel' has no attribute {name!r}")
    from funnel_utils.funnel.result import FunnelResult

    return FunnelResult
