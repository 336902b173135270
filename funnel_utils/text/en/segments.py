"""Texts of segments: verdicts, the explanation of one person, and their tables."""

from __future__ import annotations

TEXT: dict[str, str] = {
    "segments.verdict": "{name}: {people} of {of} people ({share}, {low} to {high}).",
    "segments.nobody": "{name}: there is nobody in the log.",
    "segments.why.in": "{user} is in it: {rule}",
    "segments.why.out": "{user} is not in it: {rule}",
    "segments.yes": "yes",
    "segments.no": "no",
    "segments.found": "(found: {found})",
    "segments.missing": "nothing",
    "segments.unknown_event": (
        "No event of this log is called {event!r}; check the name, or the condition finds nobody."
    ),
    "segments.unobserved": (
        "The log is observed until {end} UTC, before the moment asked for: what people did since is not known."
    ),
    "segments.column.condition": "condition",
    "segments.column.people": "people",
    "segments.column.of": "of",
    "segments.column.share": "share",
    "segments.column.interval": "95% interval",
}
