"""Automation: whom to write to, when, over which channel, and what it caused.

`Segment` chooses people by a rule that reads aloud and can be stored as plain data. `Campaign` reports what was sent
and answered, and what that caused against people held out by lot; `qini` whom it moved. `Recommender` chooses what to
offer.

Names are loaded on first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from funnel_utils.automation.campaign import Campaign
    from funnel_utils.automation.campaign_result import CampaignResult
    from funnel_utils.automation.language import parse, render
    from funnel_utils.automation.recommend import Recommender, evaluate
    from funnel_utils.automation.segment import Segment, SegmentResult, Why, overlap
    from funnel_utils.automation.uplift import Qini, kinds, qini

_HOME = {
    "Campaign": "campaign",
    "CampaignResult": "campaign_result",
    "Qini": "uplift",
    "Recommender": "recommend",
    "evaluate": "recommend",
    "kinds": "uplift",
    "qini": "uplift",
    "Segment": "segment",
    "SegmentResult": "segment",
    "Why": "segment",
    "overlap": "segment",
    "parse": "language",
    "render": "language",
}

__all__ = [
    "Campaign",
    "CampaignResult",
    "Qini",
    "Recommender",
    "Segment",
    "SegmentResult",
    "Why",
    "evaluate",
    "kinds",
    "overlap",
    "parse",
    "qini",
    "render",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'funnel_utils.automation' has no attribute {name!r}")
    return getattr(importlib.import_module(f"funnel_utils.automation.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
