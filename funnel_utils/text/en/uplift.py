"""Texts of uplift: what a Qini coefficient says, and the words of its curve."""

from __future__ import annotations

TEXT: dict[str, str] = {
    "uplift.qini.finds": (
        "The score finds people whom the message moves: {coefficient} {what} per 1,000 treated above a random"
        " order ({low} to {high}); random orders lie between {random_low} and {random_high}."
    ),
    "uplift.qini.misses": (
        "The score finds the wrong people: {coefficient} {what} per 1,000 treated against a random order ({low} to"
        " {high}); random orders lie between {random_low} and {random_high}."
    ),
    "uplift.qini.even": (
        "The score does no better than a random order: {coefficient} {what} per 1,000 treated ({low} to {high});"
        " random orders lie between {random_low} and {random_high}."
    ),
    "uplift.outcome.conversions": "conversions",
    "uplift.outcome.value": "of value",
    # The picture
    "uplift.chart.title.finds": "The score finds people whom the message moves",
    "uplift.chart.title.misses": "The score finds the wrong people",
    "uplift.chart.title.even": "The score does no better than a random order",
    "uplift.chart.figures": (
        "{coefficient} {what} per 1,000 treated against a random order ({low} to {high}). Random orders lie between"
        " {random_low} and {random_high}."
    ),
    "uplift.chart.up.conversions": "Conversions added, per 1,000 people treated in the campaign",
    "uplift.chart.up.value": "Value added, per 1,000 people treated in the campaign",
    "uplift.chart.across": "Share of people with a message, best score first",
    "uplift.chart.curve": "by score",
    "uplift.chart.random": "at random",
    "uplift.chart.note": (
        "Blue: the score, and around it where 95% of drawn samples of the same people lie. Grey: where 95% of random"
        " orders lie. Each holds for one share by itself. All curves end at the campaign's whole effect, which is"
        " uncertain, too."
    ),
    "uplift.chart.alt": "{words} With a message to the best {parts}; to everybody {effect} per 1,000 treated.",
    "uplift.chart.alt_part": "{share}: {gain} against {random} at random",
}
