"""Texts of automation programmes that are simulated."""

from __future__ import annotations

TEXT: dict[str, str] = {
    "programme.run": (
        "{sends} messages went out in {days} days. Counting clicks would claim {claimed} purchases for them; they "
        "caused {caused}."
    ),
}
