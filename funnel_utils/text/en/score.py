"""What the engagement score and its calibration say."""

TEXT: dict[str, str] = {
    "score.band.at_risk": "at risk",
    "score.band.likely_buyer": "likely buyer",
    "score.band.other": "other",
    "score.band.ready": "ready",
    "score.caption": "Engagement score",
    "score.chart.alt": "Engagement score. {words} Bands: {parts}. Scores: {classes}.",
    "score.chart.alt_class": "{low} to {high}: {people}",
    "score.chart.alt_part": "{label} {people}, {share}",
    "score.chart.axis": "score, 0 to 100",
    "score.chart.band.at_risk": "{label}: fell by {fall} or more",
    "score.chart.band.likely_buyer": "{label}: {likely} and more",
    "score.chart.band.other": "{label}: below {ready}",
    "score.chart.band.ready": "{label}: {ready} to {likely}",
    "score.chart.count": "{people} of {of} people",
    "score.chart.note": "Bars start at zero; whiskers are 95% intervals (Wilson). Hatched: at risk, whatever the score "
    "is now. A score of 100 is in the last class.",
    "score.chart.spread": "People by score",
    "score.chart.title": "Of {people} people, {likely_buyer} are likely buyers and {at_risk} are at risk.",
    "score.column.label": "band",
    "score.column.mean_score": "mean score",
    "score.column.people": "people",
    "score.column.share": "share",
    "score.verdict": (
        "Of {people} people scored at {at}, {likely_buyer} are likely buyers and {ready} are ready; {at_risk} are at "
        "risk, for their score has fallen, and {other} are none of these."
    ),
    "score.warning.ahead": (
        "The cap of this score was taken on {reference}, after the date of these scores: it knows of a later time."
    ),
    "score.warning.never": "{event} has points, but nobody did it before this date.",
    "score.warning.young": (
        "The log begins less than {back} before this date, so nobody can be seen to have fallen since."
    ),
}
