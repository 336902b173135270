"""Texts of the commands `funnel segment` and `funnel campaign`."""

from __future__ import annotations

TEXT: dict[str, str] = {
    "automation.segment": "Segment",
    "automation.campaign": "Campaign",
    "automation.help.segment": "Count the people for whom a rule holds.",
    "automation.help.segment_epilog": (
        "For example: funnel segment events.parquet 'city = \"Tehran\" and sum(value of order, last 14 days) < 100000'."
        " Conditions are joined by and, or, not, and brackets:"
    ),
    "automation.help.campaign_command": "Report a campaign: what was sent and answered, and what it caused.",
    "automation.help.campaign_epilog": (
        "Example: funnel campaign events.parquet --campaign spring --conversion purchase --within 21d --holdout-share"
        " 20% --value value --margin 30% --cost-per-send 0.02"
    ),
    "automation.help.rule": "The rule, in quotes.",
    "automation.help.as_of": "The moment; later events are not seen. All of the log if not given.",
    "automation.help.why": "Show what each condition finds of this person.",
    "automation.help.people": "Write the ids of the people to this CSV file.",
    "automation.help.csv": "Write the table to this CSV file.",
    "automation.help.campaign": "The value of the property 'campaign' on its events; all campaigns if not given.",
    "automation.help.assigned": "The event of being drawn into the campaign.",
    "automation.help.arm": "The property of that event that says what the lot decided.",
    "automation.help.holdout": "Its value for people held out.",
    "automation.help.no_holdout": "Nobody was held out: report the messages only.",
    "automation.help.share": "The share that was meant to be held out, such as 0.1; half if not given.",
    "automation.help.sent": "The event of a message that went out; none where it is not recorded.",
    "automation.help.delivered": "The event of a message that arrived, or none.",
    "automation.help.opened": "The event of a message that was opened, or none.",
    "automation.help.clicked": "The event of a click in a message, or none.",
    "automation.help.unsubscribed": "The event of taking consent back, or none.",
    "automation.help.out": "Write the report to this page (.html).",
    "automation.help.conversion": "The event that counts.",
    "automation.help.value": "The property that holds its amount.",
    "automation.help.within": "How long after being drawn conversions count.",
    "automation.help.cost": "What a message costs.",
    "automation.help.fixed": "What the campaign costs beside its messages.",
    "automation.help.margin": "The share of revenue that is left after the goods, such as 0.3.",
    "automation.doing.segment": "Reading the log and testing the rule",
    "automation.doing.campaign": "Reading the log and comparing with the holdout",
    "automation.column.condition": "condition",
    "automation.column.people": "people",
    "automation.column.of": "of",
    "automation.column.share": "share (95%)",
    "automation.column.step": "step",
    "automation.column.events": "events",
    "automation.effect.of": "of a person",
    "automation.effect.treated": "assigned / people",
    "automation.effect.held": "held out / people",
    "automation.effect.difference": "difference",
    "automation.effect.p": "p",
    "automation.effect.caused": "caused in all",
    "automation.between": "{middle} ({low} to {high})",
    "automation.money": "Cost {cost}; margin caused {margin_caused} ({margin_caused_low} to {margin_caused_high}); "
    "profit {profit} ({profit_low} to {profit_high}).",
}
