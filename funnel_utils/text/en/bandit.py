"""Texts of the bandit."""

TEXT = {
    "bandit.says": (
        "After {people} people the bandit has lost {regret} conversions against always showing the best arm ({low} to "
        "{high} in most runs); an even split would have lost {even}. It gives {share} of the last people the best arm, "
        "and in {found} of the runs the best arm had the most people."
    ),
    "bandit.chart.title": "What learning costs: conversions lost so far",
    "bandit.chart.bandit": "bandit {value}",
    "bandit.chart.even": "even split {value}",
    "bandit.chart.people": "people so far",
    "bandit.chart.note": (
        "Expected conversions lost against always showing the best arm: mean of {runs} runs, and where {share} of "
        "them lie."
    ),
    "bandit.chart.alt": "{words} Lost so far: {parts}.",
    "bandit.chart.part": "{people} people {regret} by the bandit, {even} by an even split",
}
