"""Texts of the charts of lifetime value."""

from __future__ import annotations

TEXT: dict[str, str] = {
    "clv_charts.actual": "what they did",
    "clv_charts.score.title": "“{best}” came closest to what customers then did",
    "clv_charts.score.y": "Purchases per customer in the time held out",
    "clv_charts.score.x": "Repeat purchases that were known before",
    "clv_charts.score.note": "Lines: 95% interval of the mean. A prediction that leaves the picture is too high.",
    "clv_charts.score.alt": "Bars of what customers did in the time held out, by how often they had bought before, with"
    " the predictions as lines. {words} Purchases per customer: {parts}.",
    "clv_charts.score.alt_part": "{frequency}: {actual} ({predicted})",
    "clv_charts.clv.title": "The most valuable tenth holds {share} of the lifetime value",
    "clv_charts.clv.y": "Share of the value of all",
    "clv_charts.clv.x": "Tenths of the customers, the most valuable first",
    "clv_charts.clv.note": "Lines: what the parameters leave room for ({level}). What a single customer will do varies"
    " far more.",
    "clv_charts.clv.alt": "Bars: share of the lifetime value by tenths of the customers. {words} Shares: {parts}.",
    "clv_charts.tracking.title": "Repeat purchases, and what the models expect",
    "clv_charts.tracking.x": "Periods since the first customer",
    "clv_charts.tracking.known": "The models knew what lies left of the dotted line ({day}).",
    "clv_charts.tracking.actual": "After {periods} periods customers had made {actual} repeat purchases.",
    "clv_charts.tracking.expected": "{model}: {expected} ({off}).",
    "clv_charts.tracking.alt": "Lines of cumulative repeat purchases over time, actual and expected. {words}",
}
