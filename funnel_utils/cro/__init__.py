"""Conversion-rate optimisation: experiments designed, checked, analysed and stopped honestly.

Names are loaded on first use, so that `import funnel_utils.cro` stays light.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from funnel_utils.cro.always_valid import AlwaysValid, Followed, rate_looks
    from funnel_utils.cro.factorial import Effect, Factorial
    from funnel_utils.cro.factorial_result import FactorialResult
    from funnel_utils.cro.monitoring import Adjusted, Monitored
    from funnel_utils.cro.peeking import Peeking, drift_for, peeking_curve, peeking_fpr
    from funnel_utils.cro.recursion import Crossing, crossing
    from funnel_utils.cro.sequential import GroupSequential

#: Where each name lives.
_HOME = {
    "Adjusted": "monitoring",
    "Monitored": "monitoring",
    "GroupSequential": "sequential",
    "rate_looks": "always_valid",
    "Followed": "always_valid",
    "AlwaysValid": "always_valid",
    "Crossing": "recursion",
    "crossing": "recursion",
    "Effect": "factorial",
    "Factorial": "factorial",
    "FactorialResult": "factorial_result",
    "Peeking": "peeking",
    "drift_for": "peeking",
    "peeking_curve": "peeking",
    "peeking_fpr": "peeking",
}

__all__ = [
    "Adjusted",
    "AlwaysValid",
    "Crossing",
    "Effect",
    "Factorial",
    "FactorialResult",
    "Followed",
    "GroupSequential",
    "Monitored",
    "Peeking",
    "crossing",
    "drift_for",
    "peeking_curve",
    "peeking_fpr",
    "rate_looks",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'funnel_utils.cro' has no attribute {name!r}")
    return getattr(importlib.import_module(f"funnel_utils.cro.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
