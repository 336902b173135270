"""Texts of sequential testing: peeking, group-sequential designs, confidence sequences."""

TEXT = {
    "sequential.peeking.null": (
        "Without any effect, {looks} looks at the level {alpha} call {rate} of the experiments a success or a failure: "
        "{times} times what one look does."
    ),
    "sequential.peeking.effect": (
        "With an effect that puts the last look's z at {drift} on average, {looks} looks at the level {alpha} stop "
        "{rate} of the experiments."
    ),
    "sequential.chart.look": "Look",
    "sequential.chart.peeking.null": "Looking again and again makes false alarms",
    "sequential.chart.peeking.effect": "How soon repeated looks stop an experiment",
    "sequential.chart.peeking.level": "one look: {alpha}",
    "sequential.chart.peeking.note": "Chance that the experiment was stopped at this look or before, by theory.",
    "sequential.chart.peeking.alt": "{words} Stopped by look {parts}.",
}
