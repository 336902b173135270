"""Automation: whom to write to, when, over which channel, and what it caused.

`Identity` says who is one person over several keys, `Contacts` what is known of everybody, `Preference` over which
channel somebody answers. `Segment` chooses people by a rule that reads aloud and can be stored as plain data.
`Campaign` reports what was sent and answered, and what that caused against people held out by lot; `qini` whom it
moved. `Recommender` chooses what to offer. `Programme` describes automatic messages, and `simulate_programme` lives
through one whose effect is known (the `Step` of a flow is in `automation.simulation`: a funnel has another).

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
    from funnel_utils.automation.recommend import Evaluation, Recommendations, Recommender, evaluate
    from funnel_utils.automation.rendering import render
    from funnel_utils.automation.saved import load_segments, save_segments
    from funnel_utils.automation.segment import Segment
    from funnel_utils.automation.segment_result import SegmentResult, Why, overlap
    from funnel_utils.automation.simulation import (
        Audience,
        Flow,
        Programme,
        ProgrammeRun,
        TrueEffect,
        simulate_programme,
    )
    from funnel_utils.automation.uplift import Qini, kinds, qini

_HOME = {
    "Audience": "simulation",
    "Flow": "simulation",
    "Programme": "simulation",
    "ProgrammeRun": "simulation",
    "TrueEffect": "simulation",
    "simulate_programme": "simulation",
    "Evaluation": "recommend",
    "Recommendations": "recommend",
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
    "SegmentResult": "segment_result",
    "Why": "segment_result",
    "overlap": "segment_result",
    "parse": "language",
    "render": "rendering",
}

__all__ = [
    "Audience",
    "BestHour",
    "Campaign",
    "CampaignResult",
    "Consent",
    "ContactTable",
    "Contacts",
    "Evaluation",
    "Flow",
    "HourResult",
    "Identity",
    "IdentityResult",
    "Preference",
    "PreferenceResult",
    "Programme",
    "ProgrammeRun",
    "Qini",
    "Recommendations",
    "Recommender",
    "Segment",
    "SegmentResult",
    "TrueEffect",
    "Why",
    "evaluate",
    "kinds",
    "load_segments",
    "overlap",
    "parse",
    "qini",
    "render",
    "save_segments",
    "simulate_programme",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'funnel_utils.automation' has no attribute {name!r}")
    return getattr(importlib.import_module(f"funnel_utils.automation.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
