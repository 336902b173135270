"""What the five measures of a journey and the value of an intervention say."""

TEXT: dict[str, str] = {
    "measures.any": "any",
    "measures.caption": "Measures of the journey, within {within} of the first touch of each stage",
    "measures.chart.alt": "Measures by stage. {words} {parts}.",
    "measures.chart.alt_averse": "contrary act {act} {rate}, {count}",
    "measures.chart.alt_progressed": "wanted act {act} {rate}, {count}",
    "measures.chart.back": "contrary: {act}",
    "measures.chart.count": "{count} of {of} people watched long enough",
    "measures.chart.forward": "wanted: {act}",
    "measures.chart.median": "half went on within {span}",
    "measures.chart.note": "Bars start at zero, all on one scale (to {limit}); whiskers are 95% intervals (Wilson). "
    "Hatched: the contrary of what was wanted. A person may do both.",
    "measures.chart.people": "{people} people",
    "measures.chart.title": "The fewest go on from {label}: {rate} within {within}",
    "measures.chart.value": "{value} revenue per person",
    "measures.click_rate": "click rate",
    "measures.column.aversion": "did the contrary",
    "measures.column.control": "control",
    "measures.column.difference": "difference",
    "measures.column.high": "to",
    "measures.column.label": "stage",
    "measures.column.low": "95% interval from",
    "measures.column.measure": "per person",
    "measures.column.median_s": "half had gone on after",
    "measures.column.of": "watched long enough",
    "measures.column.people": "people",
    "measures.column.per_person": "revenue per person",
    "measures.column.progression": "went on",
    "measures.column.treated": "treated",
    "measures.delta": "delta method, clustered by person",
    "measures.endless": "the whole log",
    "measures.intervention.alt": "Intervention. {words} Arms: {parts}.",
    "measures.intervention.alt_part": "{label} {rate}, {count}",
    "measures.intervention.arm.control": "control: {arm}",
    "measures.intervention.arm.treated": "treated: {arm}",
    "measures.intervention.caption": "What the intervention added per person",
    "measures.intervention.conversion": (
        "Within {within}, {treated} of {of_treated} treated people did the wanted act and {control} of {of_control} "
        "in the control: {difference} percentage points (95% interval {low} to {high})."
    ),
    "measures.intervention.early": (
        "{people} people were assigned less than {within} before the end of observation and are not compared."
    ),
    "measures.intervention.margin": "Per person that is a margin of {difference} more ({low} to {high}).",
    "measures.intervention.mismatch": (
        "Sample ratio mismatch: with {share} meant to be treated, chance gives a split as uneven as this with p = {p}. "
        "Something else decides who is counted; find it before you read any difference."
    ),
    "measures.intervention.note": (
        "Bars start at zero, on one scale (to {limit}); whiskers are 95% intervals (Wilson). What counts is the "
        "difference and its own interval, in the title."
    ),
    "measures.intervention.observed": (
        "NOT AN EFFECT: chance did not decide who was treated. The difference also holds whatever these people "
        "differed in before, and the interval does not cover that."
    ),
    "measures.intervention.observed_sure": (
        "The groups differ; whether the intervention did it cannot be told, because chance did not assign people."
    ),
    "measures.intervention.observed_unsure": (
        "The groups may be alike; and chance did not assign people, so no effect can be told from them."
    ),
    "measures.intervention.others": "{people} people are in neither of the two arms and are not compared.",
    "measures.intervention.random_sure": "Chance assigned people, so the intervention did it.",
    "measures.intervention.random_unsure": "Chance assigned people; no effect is also possible.",
    "measures.intervention.revenue": "Revenue per person, compared with control: {difference} ({low} to {high}).",
    "measures.intervention.title": "{difference} points by the intervention ({low} to {high})",
    "measures.intervention.title_observed": "{difference} points between the groups ({low} to {high}): not an effect",
    "measures.left": "left: nothing for {after}",
    "measures.missing": "(missing)",
    "measures.open_rate": "open rate",
    "measures.student": "Student's t over people",
    "measures.unknown": "–",
    "measures.verdict.aversion": (
        "The most do the contrary at {label}: {rate} of those watched long enough ({averse} of {of})."
    ),
    "measures.verdict.nobody": "Nobody has been watched for long enough at any stage to say who goes on.",
    "measures.verdict.progression": (
        "The fewest go on from {label}: {rate} did the wanted act within {within} ({progressed} of {of})."
    ),
    "measures.warning.early": "Nobody has been watched for {within} since they came to {label}: it has no rates yet.",
    "measures.warning.endless": (
        "Without a window (within=None), those who came late have had less time than those who came early: rates are "
        "provisional."
    ),
    "measures.welch": "Welch's t",
    "measures.warning.nobody": "Nobody ever came to {label}: none of its events is in this log.",
}
