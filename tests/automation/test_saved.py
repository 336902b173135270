"""Segments in YAML: what is written is read again, and mistakes are told with the segment's name."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from funnel_utils.automation import Segment, load_segments, save_segments
from funnel_utils.automation import rules as r
from funnel_utils.errors import SpecError
from tests.automation.drawn import some_rules


@settings(max_examples=25)
@given(some_rules())
def test_what_is_written_is_read_again(tmp_path_factory, rule):
    path = save_segments([Segment(rule, name="one")], tmp_path_factory.mktemp("saved") / "segments.yml")
    assert load_segments(path) == {"one": Segment(rule, name="one")}


@pytest.mark.parametrize("text", ["\x85", "\u2028", "\x7f", "\ufeff", "a: b # c", "null", "تهران‌", "\t"])
def test_text_that_files_could_change_stays(tmp_path, text):
    segment = Segment(r.Property(r.Test("city", "=", text)), name="one")
    assert load_segments(save_segments([segment], tmp_path / "s.yml")) == {"one": segment}


def test_text_and_data_say_the_same(tmp_path):
    path = tmp_path / "segments.yml"
    path.write_text(
        "segments:\n"
        "  - name: as text\n"
        "    rule: no order since add_to_cart\n"
        "  - name: as data\n"
        "    rule: {not_since: {events: {name: order}, since: {name: add_to_cart}}}\n"
    )
    found = load_segments(path)
    assert list(found) == ["as text", "as data"]
    assert found["as text"].rule == found["as data"].rule


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("segments:\n  - name: a\n    rule: city = and\n", "segment 'a'.*column 8"),
        ("segments:\n  - name: a\n    rule: did x\n  - name: a\n    rule: did y\n", "two segments are called 'a'"),
        ("segments:\n  - nam: a\n    rule: did x\n", "nam"),
        ("segments: 3\n", "segments"),
        ("segments:\n  - name: a\n    rule: 3\n", "segment 'a'"),
    ],
)
def test_a_mistake_names_the_segment(tmp_path, text, says):
    path = tmp_path / "segments.yml"
    path.write_text(text)
    with pytest.raises(SpecError, match=says):
        load_segments(path)


def test_two_of_one_name_are_not_written(tmp_path):
    with pytest.raises(SpecError, match="more than one"):
        save_segments([Segment("did x", name="a"), Segment("did y", name="a")], tmp_path / "s.yml")
    assert list(tmp_path.iterdir()) == []
