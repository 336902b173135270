"""Texts of the chart of luck."""

from __future__ import annotations

TEXT: dict[str, str] = {
    "luck.words": "Of {draws} gaps made by luck alone, {large} ({share}) were {gap} or more, up or down.",
    "luck.point": "{number} point",
    "luck.points": "{number} points",
    "luck.across": "gap between two groups that were treated alike, in percentage points",
    "luck.note": "Dark: {gap} or more, on either side. The height of a bar says how often luck drew such a gap.",
    "luck.alt": "Histogram of gaps drawn by luck. {words} Nineteen of twenty lie between {low} and {high} points.",
}
