"""Customer journeys: the same people as in the funnel, seen from their side.

`Sessions` cuts a log into visits. `Journey` says what one journey is and finds paths, transitions, the absorbing
Markov chain, the step matrix, flows, touchpoints, non-linear entry and the ways between channels.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from funnel_utils.journey.chain import Chain
    from funnel_utils.journey.result import JourneyResult
    from funnel_utils.journey.sessions import Sessions, SessionsResult
    from funnel_utils.journey.spec import Journey

_HOME = {
    "Chain": "chain",
    "Journey": "spec",
    "JourneyResult": "result",
    "Sessions": "sessions",
    "SessionsResult": "sessions",
}

__all__ = ["Chain", "Journey", "JourneyResult", "Sessions", "SessionsResult"]


def __getattr__(name: str) -> Any:
    # A journey can be described without loading the engine; only its result needs one.
    if name not in _HOME:
        raise AttributeError(f"module 'funnel_utils.journey' has no attribute {name!r}")
    return getattr(importlib.import_module(f"funnel_utils.journey.{_HOME[name]}"), name)
