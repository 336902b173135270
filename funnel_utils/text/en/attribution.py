"""Texts of attribution."""

from __future__ import annotations

TEXT: dict[str, str] = {
    "attribution.no_touch": "(no touch)",
    "attribution.no_channel": "(none)",
    "attribution.channel": "channel",
    "attribution.total": "all",
    "attribution.caption": "Conversions credited to each channel, by model",
    "attribution.caution": "Credit is a rule for sharing out conversions, not proof of what a channel caused: only an "
    "experiment shows that.",
    "attribution.model.first": "first touch",
    "attribution.model.last": "last touch",
    "attribution.model.linear": "linear",
    "attribution.model.position": "position",
    "attribution.model.decay": "time decay",
    "attribution.model.markov": "Markov",
    "attribution.model.shapley": "Shapley",
    "attribution.removal.null": "removed: the walk ends without a conversion",
    "attribution.removal.redistribute": "removed: the walk goes where the others go",
    "attribution.how.user": "Intervals: {replicates} bootstrap samples of {units:,} people.",
    "attribution.how.group": "Intervals: {replicates} bootstrap samples of {units:,} groups, into which people were "
    "dealt at random.",
    "attribution.how.path": "Intervals: {replicates} bootstrap samples of {units:,} journeys, each taken for a person "
    "of its own.",
    "attribution.how.none": "No intervals.",
    "attribution.interval.user": "bootstrap by person",
    "attribution.interval.group": "bootstrap by groups of people",
    "attribution.interval.path": "bootstrap by journey",
    "attribution.interval.none": "none",
    "attribution.tally.users": "people with a touch or a conversion",
    "attribution.tally.touches": "touches",
    "attribution.tally.stale": "touches too old for the conversion after them",
    "attribution.tally.conversions": "conversions",
    "attribution.tally.untouched": "conversions without a touch",
    "attribution.tally.converting": "paths that converted",
    "attribution.tally.nulls": "paths that did not convert",
    "attribution.tally.open": "of these, still young enough to convert when the log ended",
    "attribution.verdict.nothing": "No conversions, so there is nothing to share out.",
    "attribution.verdict.untouched": "No touch came before any of the {conversions} conversions.",
    "attribution.verdict.agree": "{conversions} conversions: every model gives {channel} the most credit.",
    "attribution.verdict.part": "{channel} by {models}",
    "attribution.verdict.differ": "{conversions} conversions: who gets the most credit depends on the model: {parts}.",
    "attribution.warning.nothing": "These paths have no conversion.",
    "attribution.warning.no_conversion": "The event {events} never occurs, so there is nothing to share out.",
    "attribution.warning.no_touches": "No event has a {channel}, so there are no touches.",
    "attribution.warning.untouched": "{count:,} of {all:,} conversions had no touch in the lookback; a model can share "
    "out only the others.",
    "attribution.warning.open": "{count:,} of the {all:,} paths without a conversion were still young enough to "
    "convert when the log ended; Markov counts them as lost.",
    "attribution.model.truth": "truth",
    "attribution.chart.empty": "No conversions, so there is nothing to share out",
    "attribution.chart.untouched": "No touch came before any conversion",
    "attribution.chart.note": "Share of all conversions credited to each channel. Bars start at zero, all on one "
    "scale; whiskers: 95% bootstrap interval. Credit is not cause.",
    "attribution.chart.note_truth": " Orange bars and dark red marks: what each channel did cause.",
    "attribution.chart.more": " {count} channels with less credit are not drawn.",
    "attribution.chart.one": "{channel} has the most credit by {model}.",
    "attribution.chart.agree": "Every model gives {channel} the most credit.",
    "attribution.chart.differ": "The models do not agree on the channel with most credit: it is {channels}.",
    "attribution.chart.and": "{first} or {last}",
    "attribution.chart.spread": "They differ most about {channel}: from {low} of conversions ({low_model}) to {high} "
    "({high_model}).",
    "attribution.chart.nearest": "Nearest to the truth is {model}, with {misplaced} of the credit in the wrong place; "
    "furthest is {far}, with {far_misplaced}.",
    "attribution.chart.alt": "Table of bars, models by channels. {words} Channels: {parts}.",
    "attribution.chart.alt_part": "{channel}: {shares}",
}
