"""Texts of recommendations: what an evaluation found."""

from __future__ import annotations

TEXT: dict[str, str] = {
    "recommend.verdict.better": (
        "Of {people} people, {rate} bought one of {k} offers by {model}, and {popular} one of the best sellers:"
        " {difference} points ({low} to {high})."
    ),
    "recommend.verdict.worse": (
        "Of {people} people, {rate} bought one of {k} offers by {model}; the same best sellers for everybody reached"
        " {popular}: {difference} points ({low} to {high}). Offer the best sellers."
    ),
    "recommend.verdict.even": (
        "Of {people} people, {rate} bought one of {k} offers by {model}, and {popular} one of the best sellers:"
        " {difference} points ({low} to {high}). These data do not tell the two apart."
    ),
    "recommend.how.last": "each person's last new item held back",
    "recommend.how.date": "learnt before {at}, asked about what came after",
}
