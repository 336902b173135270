"""Attribution: conversions and their value shared out among the channels that came before them.

`Attribution` says what is asked of a log; `credit` is the pure function for paths that are counted already.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from funnel_utils.journey.attribution.settings import MODELS
from funnel_utils.journey.attribution.spec import Attribution

if TYPE_CHECKING:
    from funnel_utils.journey.attribution.crediting import credit
    from funnel_utils.journey.attribution.result import AttributionResult

_HOME = {"AttributionResult": "result", "credit": "crediting"}

__all__ = ["MODELS", "Attribution", "AttributionResult", "credit"]


def __getattr__(name: str) -> Any:
    # A question can be asked without loading the engine; only its answer needs one.
    if name not in _HOME:
        raise AttributeError(f"module 'funnel_utils.journey.attribution' has no attribute {name!r}")
    return getattr(importlib.import_module(f"funnel_utils.journey.attribution.{_HOME[name]}"), name)
