"""Texts of channel preference and best hours."""

from __future__ import annotations

TEXT: dict[str, str] = {
    "preference.verdict": (
        "Most people ({share} of {people}) are expected to answer best over {channel}; for {sure} people the best"
        " channel is known with a chance of {chance} or more."
    ),
    "preference.unfitted": (
        "{channel}: these counts cannot tell how people differ (nobody had two messages, or all answered alike)."
    ),
    "preference.cut": (
        "{number} times a person answered more often over a channel than she was sent messages; the surplus is not"
        " counted. Give message= to tell messages apart."
    ),
    "preference.hour": (
        "Most answers come in the hour from {hour}:00 ({share}). Of {people} people who answered, {own} are expected to"
        " have another best hour; {strength} answers of one's own weigh as much as everybody's day."
    ),
    "preference.column.hour": "hour",
    "preference.column.answers": "answers",
    "preference.column.channel": "channel",
    "preference.column.people": "people who prefer it",
    "preference.column.share": "share",
    "preference.column.interval": "95% interval",
    "preference.column.sure": "of them sure",
}
