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
    "campaign.unrecorded": (
        "The log has no event {events}: taken as not recorded. If it is called something else, say so."
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
    "campaign.step.converted after a click": "converted after a click (a claim, not an effect)",
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
    # The page
    "campaign.report.title": "A campaign, and what it caused",
    "campaign.report.heading.picture": "In one picture",
    "campaign.report.heading.messages": "The messages",
    "campaign.report.heading.effect": "What the campaign caused",
    "campaign.report.heading.lot": "Whether the lot can be trusted",
    "campaign.report.heading.definitions": "What the numbers mean",
    "campaign.report.caption.messages": "Each step with the people it is a share of",
    "campaign.report.caption.effect": "{treated} people assigned to the campaign against {held} held out",
    "campaign.report.caption.roi": "After its cost",
    "campaign.report.caption.lot": "Checked before anything was compared",
    "campaign.report.note.messages": "Shares are of people, with Wilson's 95% interval.",
    "campaign.report.note.roi": (
        "The return is the profit for each unit of cost. The bounds follow from those of the revenue caused."
    ),
    "campaign.report.column.event": "event",
    "campaign.report.column.share": "share (95%)",
    "campaign.report.column.figure": "figure",
    "campaign.report.column.amount": "amount",
    "campaign.report.figure.estimate": "of a person assigned",
    "campaign.report.figure.control_estimate": "of a person held out",
    "campaign.report.figure.difference": "difference (95%)",
    "campaign.report.figure.p": "p",
    "campaign.report.figure.caused": "caused in all (95%)",
    "campaign.report.figure.per_send": "caused by 1,000 messages (95%)",
    "campaign.report.figure.cost": "cost",
    "campaign.report.figure.margin_caused": "margin caused (95%)",
    "campaign.report.figure.profit": "profit (95%)",
    "campaign.report.figure.roi": "return on cost (95%)",
    "campaign.report.interval": "{middle} ({low} to {high})",
    "campaign.report.term.assigned": "Assigned",
    "campaign.report.define.assigned": (
        "Everybody whom the lot chose for the campaign, whether or not a message went out: intention to treat."
        " Comparing those who were sent one would compare people who can be reached with people who cannot."
    ),
    "campaign.report.term.caused": "Caused",
    "campaign.report.define.caused": (
        "The difference between assigned and held out, times the people assigned: what would not have happened"
        " otherwise. Conversions and revenue count within the fixed time from the assignment."
    ),
    "campaign.report.term.claim": "After a click",
    "campaign.report.define.claim": (
        "People who clicked and then converted within the time. Many of them would have done so anyway; others were"
        " moved and did not click. It is a claim and no effect."
    ),
    "campaign.report.term.per_send": "By 1,000 messages",
    "campaign.report.define.per_send": "What was caused in all, for every thousand messages sent.",
    "campaign.report.term.left_out": "Left out",
    "campaign.report.define.left_out": (
        "People assigned so late that the log ends before their time is over. They count nowhere."
    ),
}
