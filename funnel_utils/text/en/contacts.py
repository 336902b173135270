"""Texts of contacts: who is who, one row a person, and her timeline."""

from __future__ import annotations

TEXT: dict[str, str] = {
    "contacts.verdict": "{people} people, as known at {at} UTC.",
    "contacts.reachable": "{people} of them ({share}) agreed to be written to over one channel or more.",
    "contacts.no_purchases": "Nobody has a purchase ({events}) yet; the columns of RFM are empty.",
    "contacts.others": "(others)",
    "contacts.none": "none",
    "contacts.timeline": "The latest {shown} of {events} events:",
    "contacts.column.column": "what",
    "contacts.column.value": "value",
    "contacts.column.people": "people",
    "contacts.column.share": "share",
    "contacts.column.interval": "95% interval",
    "contacts.what.stage": "stage",
    "contacts.what.segment": "RFM segment",
    "contacts.what.band": "engagement band",
    "contacts.what.last_channel": "channel of the last touch",
    "contacts.what.preferred_channel": "preferred channel",
    "contacts.what.write_by": "best channel agreed to",
    "contacts.what.consent": "consent over",
    "contacts.cli.panel": "Contacts",
    "contacts.cli.doing": "Reading the log and gathering what is known of everybody",
    "contacts.cli.share": "share (95%)",
    "contacts.cli.no_stages": "No stages: the log has none of the usual events; say which stand for which with --stage "
    "EVENT=STAGE, or leave them out with --stage-model none.",
    "contacts.cli.no_rfm": "No RFM: the log has no purchases with a value; name them with --purchase and --value.",
    "contacts.cli.no_consent": "No consent: the log has no event opt_in with a channel; name it with --opt-in.",
    "contacts.help.command": "Everybody, one row a person: stage, RFM segment, engagement, consent; counted, written"
    " as a table, or one person opened.",
    "contacts.help.epilog": "Example: funnel contacts events.parquet --points visit=1 --points purchase=10 --keep city "
    "--csv contacts.csv",
    "contacts.help.as_of": "The moment; later events are not seen (default: the end of the log).",
    "contacts.help.person": "Show this person's row and her latest events.",
    "contacts.help.latest": "How many of her latest events at most.",
    "contacts.help.model": "The stages that people are at, such as race (default: journey_five, where the log has its "
    "events).",
    "contacts.help.stage": "The stage that an event shows; repeatable (default: the model's own events).",
    "contacts.help.silence": "After a longer silence somebody is not active any more.",
    "contacts.help.purchase": "Event that is a purchase, for RFM; repeatable (default: purchase, where it occurs).",
    "contacts.help.value": "Property with the money of a purchase.",
    "contacts.help.points": "What an event adds to the engagement score; repeatable (default: no score).",
    "contacts.help.opt_in": "Event of agreeing to be written to; repeatable (default: opt_in, where it occurs).",
    "contacts.help.opt_out": "Event of withdrawing it; repeatable (default: opt_out and unsubscribed).",
    "contacts.help.consent": "A channel that you write over; repeatable (default: email, sms, push and in_app).",
    "contacts.help.channel": "Property with the channel of a touch and of a consent (default: channel).",
    "contacts.help.keep": "Property to carry along, with its latest known value; repeatable.",
    "contacts.help.csv": "Write everybody, with ids, to this CSV file.",
    "contacts.help.parquet": "Write everybody, with ids, to this Parquet file.",
    "contacts.identity.verdict": (
        "{people} people. {rows} of {of} rows are somebody's; {conflicts} values were seen with two people or more and"
        " link nobody."
    ),
    "contacts.identity.key": "key",
    "contacts.identity.rows": "rows with it",
    "contacts.identity.of": "of rows",
    "contacts.identity.values": "values",
    "contacts.identity.conflicts": "in conflict",
    "contacts.identity.decided": "rows decided",
    "contacts.identity.most_rows": "most rows of one value",
}
