"""The journeys of Pardis: channels that touch people, and what each of them really causes.

The shop's own log (`Pardis`) knows how far each attempt goes; here the question is **why**. `spec` says who wants
something and what a contact does, `people` draws everybody's luck, `living` lives the season with every channel or
without some, `record` writes what the shop's systems saw, `truth` compares the lives.
"""

from __future__ import annotations

from funnel_utils.synthetic.journeys.spec import Friends, Habits, Journeys, Mailing, Needs, Reminder, Touchpoint
from funnel_utils.synthetic.journeys.spend import spend_table
from funnel_utils.synthetic.journeys.truth import JourneyTruth, journey_truth_of
from funnel_utils.synthetic.journeys.world import JourneyWorld, generate_journeys

__all__ = [
    "Friends",
    "Habits",
    "JourneyTruth",
    "JourneyWorld",
    "Journeys",
    "Mailing",
    "Needs",
    "Reminder",
    "Touchpoint",
    "generate_journeys",
    "journey_truth_of",
    "spend_table",
]
