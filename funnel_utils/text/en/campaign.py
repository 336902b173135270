"""Texts of a campaign's report."""

from __future__ import annotations

TEXT: dict[str, str] = {
    "campaign.more": (
        "The campaign caused {caused} people with {what!r} within {within} ({caused_low} to {caused_high}): {treated}"
        " people assigned to it against {held} held out by lot."
    ),
    "campaign.fewer": (
        "The campaign did harm: {caused} people with {what!r} within {within} ({caused_low} to {caused_high}),"
        " {treated} people assigned to it against {held} held out by lot."
    ),
    "campaign.unclear": (
        "Whether the campaign caused anything is not settled: {caused} people with {what!r} within {within}"
        " ({caused_low} to {caused_high}), {treated} people assigned to it against {held} held out by lot."
    ),
    "campaign.profit": "After its cost that is {profit} ({profit_low} to {profit_high}).",
    "campaign.invalid": "The comparison with the holdout is invalid: {why}",
    "campaign.no_holdout": (
        "{rate} of {people} people assigned had {what!r} within {within}. Nobody was held out by lot, so nobody can"
        " tell how many of them the campaign caused."
    ),
    "campaign.left_out": (
        "{people} people were assigned too late to be watched for {within}; they are left out of everything."
    ),
    "campaign.column.step": "step",
    "campaign.column.events": "events",
    "campaign.column.people": "people",
    "campaign.column.of": "of people",
    "campaign.column.rate": "share",
    "campaign.column.interval": "95% interval",
    "campaign.step.assigned": "assigned",
    "campaign.step.sent": "sent",
    "campaign.step.delivered": "delivered",
    "campaign.step.opened": "opened",
    "campaign.step.clicked": "clicked",
    "campaign.step.unsubscribed": "unsubscribed",
    "campaign.step.converted": "converted",
    "campaign.step.converted_after_a_click": "converted after a click (a claim, not an effect)",
}
