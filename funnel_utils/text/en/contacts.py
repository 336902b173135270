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
