"""Texts of multivariate tests."""

TEXT = {
    "factorial.warning.empty": (
        "A cell has nobody, or everybody, converted: for the log odds half a person was added on either side of every "
        "cell. Differences of rates need no such help."
    ),
    "factorial.points": "{value:+.2f} points",
    "factorial.interval": "{value:+.2f} points ({low:+.2f} to {high:+.2f})",
    "factorial.main.up": "{factor} = {level} raises the rate: {interval}",
    "factorial.main.down": "{factor} = {level} lowers the rate: {interval}",
    "factorial.main.none": "No change of a single factor is shown to matter.",
    "factorial.interaction": (
        "{first} and {second} do not simply add up: together they bring {interval} compared with the sum of both."
    ),
    "factorial.interaction.more": "{names} do not simply add up: {interval}.",
    "factorial.best.shown": "The best cell is {cell}, {interval} against today's, corrected for {n}.",
    "factorial.best.unsure": (
        "The highest rate has {cell}, {interval} against today's, corrected for {n}: that it is better is not shown."
    ),
    "factorial.comparison": "1 comparison",
    "factorial.comparisons": "{n} comparisons",
    "factorial.best.today": "Today's cell has the highest rate.",
    "factorial.best.alone": "The highest rate has {cell}; today's cell was not in the fraction.",
    "factorial.best.also": "{n} cells could be the best.",
    "factorial.aliased": "Every effect stands for its aliases too: this is a fraction.",
    "factorial.chart.effects": "What each change does, and what they do together",
    "factorial.chart.effects.note": (
        "Difference of conversion rates in points, with {level} intervals; filled dots: shown after correction for "
        "{n} effects (Holm). Today's levels are the reference."
    ),
    "factorial.chart.alt": "{words} Effects: {parts}.",
    "factorial.chart.part": "{name} {interval}",
    "factorial.chart.interaction": "Does the effect of {first} depend on {second}?",
    "factorial.chart.interaction.yes": "Yes: the lines are not parallel, by {interval}.",
    "factorial.chart.interaction.no": (
        "Not shown: corrected for {n} effects p is {p}, so the lines may be parallel; alone {interval}."
    ),
    "factorial.chart.interaction.many": "Lines that are not parallel mean that it does.",
    "factorial.chart.interaction.note": "Conversion rates averaged over the other factors, with {level} intervals.",
    "factorial.chart.interaction.alt": "{title} {words} Rates: {parts}.",
}
