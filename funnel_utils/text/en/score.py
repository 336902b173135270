"""What the engagement score and its calibration say."""

TEXT: dict[str, str] = {
    "score.band.at_risk": "at risk",
    "score.band.likely_buyer": "likely buyer",
    "score.band.other": "other",
    "score.band.ready": "ready",
    "score.calibration.better": "Its probabilities are closer to what happened than the base rate alone.",
    "score.calibration.bold": "They are too bold: high ones should be lower, low ones higher.",
    "score.calibration.caption": "The score as a probability, on later time",
    "score.calibration.right": "High and low probabilities are about as far apart as they should be.",
    "score.calibration.same": (
        "Its probabilities are not certain to be closer to what happened than the base rate alone."
    ),
    "score.calibration.timid": "They are too timid: high ones should be higher, low ones lower.",
    "score.calibration.verdict": (
        "On later time, {happened} of {people} people did {target} within {horizon}; somebody who did had a higher "
        "score than somebody who did not with a chance of {auc} (AUC; 95% interval {low} to {high}). The score said "
        "{said} on average, and {was} happened."
    ),
    "score.calibration.worse": (
        "Its probabilities are further from what happened than the base rate alone: do not use them."
    ),
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
    "score.column.baseline": "to compare with",
    "score.column.high": "to",
    "score.column.label": "what",
    "score.column.low": "95% interval from",
    "score.column.mean_score": "mean score",
    "score.column.people": "people",
    "score.column.share": "share",
    "score.column.value": "value",
    "score.measure.auc": "AUC (0.5: no better than chance)",
    "score.measure.brier": "Brier score (beside that of the base rate)",
    "score.measure.brier_gain": "Brier score gained on the base rate",
    "score.measure.rate": "share who did it (beside the share predicted)",
    "score.measure.slope": "slope of what happened on what was said (1: right)",
    "score.reliability.across": "probability that was said",
    "score.reliability.alt": "Reliability. {words} Groups by probability: {parts}.",
    "score.reliability.alt_part": "said {said}, happened {was}, {happened} of {people} people",
    "score.reliability.base": "base rate",
    "score.reliability.line": "as said",
    "score.reliability.note": (
        "{groups} groups of about equally many people; vertical lines are 95% intervals (Wilson). On the dashed line a "
        "probability means what it says; dotted: the base rate at the train date ({base})."
    ),
    "score.reliability.title": ("{target} within {horizon}: said {said} on average, happened {was}; AUC {auc}."),
    "score.reliability.up": "share who did it",
    "score.verdict": (
        "Of {people} people scored at {at}, {likely_buyer} are likely buyers and {ready} are ready; {at_risk} are at "
        "risk, for their score has fallen, and {other} are none of these."
    ),
    "score.warning.ahead": (
        "The cap of this score was taken on {reference}, after the date of these scores: it knows of a later time."
    ),
    "score.warning.drift": (
        "The target became more or less frequent between the two dates ({train}, then {test}): the curve is of "
        "another time."
    ),
    "score.warning.filling": (
        "The log begins less than two half-lives before the train date, so the scores of that date were still "
        "filling up."
    ),
    "score.warning.never": "{event} has points, but nobody did it before this date.",
    "score.warning.young": (
        "The log begins less than {back} before this date, so nobody can be seen to have fallen since."
    ),
}
