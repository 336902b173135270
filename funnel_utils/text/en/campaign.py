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
    # The picture
    "campaign.chart.title.claim_caused": (
        "{claimed} people had {what!r} after a click; the campaign caused {caused} ({caused_low} to {caused_high})"
    ),
    "campaign.chart.title.caused": "The campaign caused {caused} people with {what!r} ({caused_low} to {caused_high})",
    "campaign.chart.title.claim_unclear": (
        "{claimed} people had {what!r} after a click; whether the campaign caused anything is not settled: {caused}"
        " ({caused_low} to {caused_high})"
    ),
    "campaign.chart.title.unclear": (
        "Whether the campaign caused anything is not settled: {caused} people with {what!r} ({caused_low} to"
        " {caused_high})"
    ),
    "campaign.chart.title.claim_unknown": (
        "{claimed} people had {what!r} after a click; what the campaign caused is not known"
    ),
    "campaign.chart.title.unknown": "What the campaign caused is not known",
    "campaign.chart.messages": "Its messages, in people",
    "campaign.chart.step": "{people} · {share} of {of}",
    "campaign.chart.effect": "People with {what!r} within {within}",
    "campaign.chart.claimed": "after a click: a claim",
    "campaign.chart.caused": "caused: against the holdout",
    "campaign.chart.interval": "{caused} ({caused_low} to {caused_high})",
    "campaign.chart.note": (
        "Bars start at zero. Intervals hold 95%. A claim counts people who would have bought anyway, too, and misses"
        " those who were moved and did not click."
    ),
    "campaign.chart.alt": "{words} People at each step: {parts}.",
}
