"""Texts of channel preference and best hours."""

from __future__ import annotations

TEXT: dict[str, str] = {
    "preference.verdict": (
        "Most people ({share} of {people}) are expected to answer best over {channel}; for {sure} people the best"
        " channel is known with a chance of {chance} or more."
    ),
    "preference.unfitted": (
        "{channel}: these counts are too few, or too much alike, to tell how people differ; what is known"
        " beforehand then weighs as much as two messages."
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
    "preference.hours.title": "When people answer",
    "preference.hours.words": (
        "Most answers come in the hour from {hour}:00: {share} of {answers}. For {settled} of {people} people an hour"
        " of their own is settled: one in which they answer more often than in that one, with a chance of 90% or more."
    ),
    "preference.hours.rivals": "Other hours whose intervals reach up to that of the best one: {rivals}.",
    "preference.hours.day": "Share of all answers in each hour, with 95% intervals",
    "preference.hours.axis": "hour of the day, as the report counts it",
    "preference.hours.own": "Whose hour is it?",
    "preference.hours.usual": "Everybody's best hour is theirs too",
    "preference.hours.unsettled": "Another hour, but the chance that it is better is below 90%",
    "preference.hours.settled": "Another hour, better with a chance of 90% or more",
    "preference.hours.figures": "{people} ({share})",
    "preference.hours.best": "from {hour}:00",
    "preference.hours.note": (
        "Intervals by the delta method, clustered by person: the answers of one person go together. It is when people"
        " answered, which follows from when they were written to."
    ),
    "preference.hours.alt": "Answers by hour of the day. {words} {parts}.",
    "preference.column.hour": "hour",
    "preference.column.answers": "answers",
    "preference.column.channel": "channel",
    "preference.column.people": "people who prefer it",
    "preference.column.share": "share",
    "preference.column.interval": "95% interval",
    "preference.column.sure": "of them sure",
}
