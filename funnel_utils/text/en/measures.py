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
    "measures.column.label": "stage",
    "measures.column.median_s": "half had gone on after",
    "measures.column.of": "watched long enough",
    "measures.column.people": "people",
    "measures.column.per_person": "revenue per person",
    "measures.column.progression": "went on",
    "measures.delta": "delta method, clustered by person",
    "measures.endless": "the whole log",
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
    "measures.warning.nobody": "Nobody ever came to {label}: none of its events is in this log.",
}
