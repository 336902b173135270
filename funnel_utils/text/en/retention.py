"""What cohorts, survival, churn and second purchases say."""

from __future__ import annotations

TEXT: dict[str, str] = {
    "retention.wilson": "Wilson",
    "retention.newcombe": "Newcombe at 1 - alpha/{m}",
    "retention.greenwood": "Kaplan-Meier, log-log",
    "retention.rest": "(all others)",
    "retention.missing": "(none)",
    "retention.other": "(other)",
    "retention.total": "(all)",
    "retention.how": "grouped aggregates in {engine}",
    "retention.period.hour.one": "hour {first}",
    "retention.period.hour.many": "hours {first} to {last}",
    "retention.period.hour.later": "hour {first} or later",
    "retention.period.day.one": "day {first}",
    "retention.period.day.many": "days {first} to {last}",
    "retention.period.day.later": "day {first} or later",
    "retention.period.week.one": "week {first}",
    "retention.period.week.many": "weeks {first} to {last}",
    "retention.period.week.later": "week {first} or later",
    "retention.period.month.one": "month {first}",
    "retention.period.month.many": "months {first} to {last}",
    "retention.period.month.later": "month {first} or later",
    "retention.period.quarter.one": "quarter {first}",
    "retention.period.quarter.many": "quarters {first} to {last}",
    "retention.period.quarter.later": "quarter {first} or later",
    "retention.period.year.one": "year {first}",
    "retention.period.year.many": "years {first} to {last}",
    "retention.period.year.later": "year {first} or later",
    "retention.period.step.one": "period {first} of {step}",
    "retention.period.step.many": "periods {first} to {last} of {step}",
    "retention.period.step.later": "period {first} of {step} or later",
    "retention.column.cohort": "cohort",
    "retention.column.size": "size",
    "retention.warning.first_cohort": "The log begins in the period of the cohort {cohort}: everybody who started "
    "before the log began is counted there as new.",
    "retention.warning.nobody": "Nobody came back in any period: is {events} the event of a return in this log?",
    "retention.warning.unbounded": "“Or later” can still rise: older cohorts have had longer to come back than younger "
    "ones, so compare cohorts by another mode.",
    "retention.note.partial": "* the period was not over when the log ended",
    "retention.note.newest": "The newest {shown} of {all} cohorts.",
    "retention.verdict.young": "{units} started, in {cohorts} cohorts; no period after the first was wholly seen yet, "
    "so nothing can be said of who comes back.",
    "retention.verdict.pooled": "{units} started, in {cohorts} cohorts. In {label}, {returned} of {of} came back "
    "({rate}; 95% interval {low} to {high}), over the {cohorts_seen} cohorts in which it was wholly seen.",
    "retention.verdict.last": "In {label} it is {rate} ({low} to {high}) of {of}.",
}
