"""Every string a learner sees that does not live in a lesson, by language.

A catalogue is a package (`funnel_utils.text.en`) with one module a topic; each module holds `TEXT`, a flat dict from a
dotted key to a `str.format` template. Code asks for `t("charts.funnel.title", ...)`; the first part of the key names
the module. A second language is a second package with the same keys (a test compares them).
"""

from __future__ import annotations

import importlib
from functools import cache

_language = "en"


def set_language(code: str) -> None:
    """Choose the catalogue that `t` reads from (`"en"` is the only one so far)."""
    global _language
    _load(code, "charts")
    _language = code


@cache
def _load(language: str, topic: str) -> dict[str, str]:
    text: dict[str, str] = importlib.import_module(f"funnel_utils.text.{language}.{topic}").TEXT
    return text


def t(key: str, /, **values: object) -> str:
    """The text under `key` in the current language, with `values` filled in.

    Raises
    ------
    KeyError
        If the catalogue has no such key: a missing text is a defect, never shown to a learner.
    """
    topic, _, _ = key.partition(".")
    template = _load(_language, topic)[key]
    return template.format(**values) if values else template
