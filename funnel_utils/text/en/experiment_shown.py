"""What the charts and the page of an experiment say beside its numbers."""

from __future__ import annotations

TEXT: dict[str, str] = {
    "experiment_shown.forest.several": "{arm}: {decision}.",
    "experiment_shown.forest.crosses": "Relative to {control}. Crosses: not to be read.",
    "experiment_shown.invalid": "{what}: INVALID, not to be read",
    "experiment_shown.because": "Why: {flaw}.",
    "experiment_shown.daily.title": "{metric}: {difference} after {days} days",
    "experiment_shown.daily.several": "{metric}: the difference as units came in",
    "experiment_shown.daily.one_day": "All units came in on one day, {day}: there are no days to compare.",
    "experiment_shown.daily.no_day": "There is no day on which anybody came in.",
    "experiment_shown.daily.band": "Line and band: all units that had come in by that day, with a {confidence} "
    "interval that holds for one look, planned before.",
    "experiment_shown.daily.alone": "Crosses: the units of that day alone; triangles: the same, beyond the scale.",
    "experiment_shown.daily.peeking": "Looking every day and stopping when the band leaves zero raises many false "
    "alarms.",
    "experiment_shown.daily.invalid": "Not drawn: nothing here is an effect, so its days say nothing either.",
    "experiment_shown.segments.differs": "The effect on {metric} differs by {by}",
    "experiment_shown.segments.same": "No difference of the effect on {metric} by {by} is shown",
    "experiment_shown.segments.plain": "{metric} by {by}",
    "experiment_shown.segments.none": "By {by} nothing can be compared: no part has enough units in both arms.",
    "experiment_shown.segments.marks": "Filled circle: better; square: worse, by both interval and p. Hollow: not "
    "told apart.",
    "experiment_shown.segments.crosses": "Crosses: not to be read.",
    "experiment_shown.segments.hidden": "Not drawn: {parts}.",
    "experiment_shown.segments.hidden_one": "{label} ({flaw}: {units})",
    "experiment_shown.segments.hidden_many": "Not drawn: {n} that have too few units or cannot be compared; the table "
    "says why.",
    "experiment_shown.segments.largest": "The {shown} with most units of {all} are drawn.",
    "experiment_shown.split.none": "Effects are not told by segment, for they are none.",
    "experiment_shown.split.said": "What may help is where the split is off. A small p: chance alone hardly split this "
    "segment so.",
    "experiment_shown.split.caption": "Units of each arm by {by}; p adjusted for all {n}",
    "experiment_shown.split.column": "{arm} (meant {share})",
    "experiment_shown.split.p": "adjusted p",
    "experiment_shown.above": "See the top of this page.",
}
