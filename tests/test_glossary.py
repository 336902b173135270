"""One concept, one name: the glossary is complete and the lessons' tables of terms are its rows."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

LESSONS = Path(__file__).parent.parent / "lessons"
TERMS = yaml.safe_load((LESSONS / "glossary.yml").read_text(encoding="utf-8"))


def test_every_term_is_complete_and_once() -> None:
    names = [term["en"] for term in TERMS]
    assert len(set(names)) == len(names)
    for term in TERMS:
        assert {"en", "fa", "lesson", "meaning"} <= set(term) <= {"en", "fa", "lesson", "meaning", "documents"}
        assert any("؀" <= letter <= "ۿ" for letter in term["fa"]), term["en"]


@pytest.mark.parametrize("lesson", sorted({term["lesson"] for term in TERMS}))
def test_the_lessons_table_is_the_glossarys(lesson: str) -> None:
    (source,) = LESSONS.glob(f"{lesson}_*.md")
    rows = [f"| {term['en']} | {term['fa']} | {term['meaning']} |" for term in TERMS if term["lesson"] == lesson]
    assert "| English | Persian | meaning |\n|---|---|---|\n" + "\n".join(rows) + "\n\n" in source.read_text("utf-8")
