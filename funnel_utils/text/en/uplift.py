"""Texts of uplift: what a Qini coefficient says."""

from __future__ import annotations

TEXT: dict[str, str] = {
    "uplift.qini.finds": (
        "The score finds people whom the message moves: {coefficient} conversions per 1,000 treated above a random"
        " order ({low} to {high}); random orders lie between {random_low} and {random_high}."
    ),
    "uplift.qini.misses": (
        "The score finds the wrong people: {coefficient} conversions per 1,000 treated against a random order ({low} to"
        " {high}); random orders lie between {random_low} and {random_high}."
    ),
    "uplift.qini.even": (
        "The score does no better than a random order: {coefficient} conversions per 1,000 treated ({low} to {high});"
        " random orders lie between {random_low} and {random_high}."
    ),
}
