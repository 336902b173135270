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
    "preference.chart.title": "Expect less of those who answer all, and more of those who answer none",
    "preference.chart.seen": "seen so far",
    "preference.chart.expected": "to expect of the next messages",
    "preference.chart.group": "{group}: {people} people",
    "preference.group.above": "Answered over {share}",
    "preference.group.between": "Answered some",
    "preference.group.never": "Never answered",
    "preference.group.not_asked": "Got no message",
    "preference.chart.both": "{seen} → {expected}",
    "preference.chart.only": "{expected}",
    "preference.chart.note": (
        "Rates are shares of messages answered. Each person is moved towards everybody's mean: what is known beforehand"
        " weighs as much as this many messages: {strengths}."
    ),
    "preference.chart.strength": "{channel} {number}",
    "preference.chart.alt": "Rates seen and to be expected, by channel. {words} {parts}.",
    "preference.column.hour": "hour",
    "preference.column.answers": "answers",
    "preference.column.channel": "channel",
    "preference.column.people": "people who prefer it",
    "preference.column.share": "share",
    "preference.column.interval": "95% interval",
    "preference.column.sure": "of them sure",
}
