"""Texts of Bayesian comparisons."""

TEXT = {
    "bayes.chance.most": "more than 99.9%",
    "bayes.chance.least": "less than 0.1%",
    "bayes.rates.best": (
        "{arm} is the best with a probability of {chance}; if it is chosen, the expected loss is {loss} percentage "
        "points."
    ),
    "bayes.rates.lift": "Its lift over {control} is {lift:+.1%} ({low:+.1%} to {high:+.1%} with {level} probability).",
    "bayes.rates.prior": "Up to {share} of this is the prior, which counts for {strength} people in each arm.",
    "bayes.effect.lift": (
        "The lift is {mean:+.1%} ({low:+.1%} to {high:+.1%} with {level} probability), above zero with {chance}; "
        "choosing the treatment has an expected loss of {loss_treatment:.2%}."
    ),
    "bayes.effect.difference": (
        "The difference is {mean:+.4g} ({low:+.4g} to {high:+.4g} with {level} probability), above zero with {chance}; "
        "choosing the treatment has an expected loss of {loss_treatment:.4g}."
    ),
    "bayes.chart.title": "What is believed of each arm's rate",
    "bayes.chart.note": (
        "Posterior densities with their {level} credible intervals; dashed: the prior, as strong as {strength} people."
    ),
    "bayes.chart.row": "{rate}, best with {chance}",
    "bayes.chart.alt": "{words} Posteriors: {parts}.",
    "bayes.chart.part": "{arm} {rate}, best with {chance}",
}
