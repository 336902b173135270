"""Automation: whom to write to, when, over which channel, and what it caused.

`Identity` says who is one person over several keys, `Contacts` what is known of everybody, `Preference` over which
channel somebody answers. `Segment` chooses people by a rule that reads aloud and can be stored as plain data.
`Campaign` reports what was sent and answered, and what that caused against people held out by lot; `qini` whom it
moved. `Recommender` chooses what to offer.

Names are loaded on first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from funnel_utils.automation.campaign import Campaign
    from funnel_utils.automation.campaign_result import CampaignResult
    from funnel_utils.automation.contact_table import ContactTable
    from funnel_utils.automation.contacts import Consent, Contacts
    from funnel_utils.automation.hours import BestHour, HourResult
    from funnel_utils.automation.identity import Identity, IdentityResult
    from funnel_utils.automation.language import parse
    from funnel_utils.automation.preference import Preference
    from funnel_utils.automation.preference_result import PreferenceResult
    from funnel_utils.automation.recommend import Recommender, evaluate
    from funnel_utils.automation.rendering import render
    from funnel_utils.automation.saved import load_segments, save_segments
    from funnel_utils.automation.segment import Segment, SegmentResult, Why, overlap
    from funnel_utils.automation.uplift import Qini, kinds, qini

_HOME = {
    "Campaign": "campaign",
    "CampaignResult": "campaign_result",
    "BestHour": "hours",
    "Consent": "contacts",
    "ContactTable": "contact_table",
    "Contacts": "contacts",
    "HourResult": "hours",
    "Identity": "identity",
    "IdentityResult": "identity",
    "Preference": "preference",
    "PreferenceResult": "preference_result",
    "Qini": "uplift",
    "Recommender": "recommend",
    "evaluate": "recommend",
    "kinds": "uplift",
    "qini": "uplift",
    "load_segments": "saved",
    "save_segments": "saved",
    "Segment": "segment",
    "SegmentResult": "segment",
    "Why": "segment",
    "overlap": "segment",
    "parse": "language",
    "render": "rendering",
}

__all__ = [
    "BestHour",
    "Campaign",
    "CampaignResult",
    "Consent",
    "ContactTable",
    "Contacts",
    "HourResult",
    "Identity",
    "IdentityResult",
    "Preference",
    "PreferenceResult",
    "Qini",
    "Recommender",
    "Segment",
    "SegmentResult",
    "Why",
    "evaluate",
    "kinds",
    "load_segments",
    "overlap",
    "parse",
    "qini",
    "render",
    "save_segments",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'funnel_utils.automation' has no attribute {name!r}")
    return getattr(importlib.import_module(f"funnel_utils.automation.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
