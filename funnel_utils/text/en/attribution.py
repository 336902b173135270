"""Texts of attribution."""

from __future__ import annotations

TEXT: dict[str, str] = {
    "attribution.no_touch": "(no touch)",
}
