"""The experiments' simulators without a browser: every control moves picture and sentence, once; presets and Reset too.

Drawing a picture costs a tenth of a second, so most tests look at the model and the sentence and leave the ink out.
"""

from __future__ import annotations

import base64
import re
from functools import cache

import pytest

from funnel_utils.charts.style import alt_text
from funnel_utils.simulators import (
    CoverageSimulator,
    CupedSimulator,
    CurseSimulator,
    InteractionSimulator,
    PeekingSimulator,
    PowerSimulator,
    SplitSimulator,
    view,
)
from funnel_utils.simulators.dials import Choice, Dial
from funnel_utils.simulators.inlay import Frame

PNG = b"\x89PNG\r\n"
KINDS = (
    PeekingSimulator,
    PowerSimulator,
    CoverageSimulator,
    SplitSimulator,
    CupedSimulator,
    InteractionSimulator,
    CurseSimulator,
)
made = cache(lambda kind: kind())
"""A simulator of each kind, for tests that put it back to its start: making one costs more than moving it."""


def name(kind):
    return kind.__name__


def rows(kind, what):
    return [row for row in kind.table if isinstance(row, what)]


@pytest.fixture
def dry(monkeypatch):
    """What would be drawn: a simulator keeps its sentences, and its pictures wait here until they are asked for."""
    waiting = []

    def show(simulator, draw, sentence):
        waiting.append(draw)
        simulator.sentence = sentence

    monkeypatch.setattr(view.Simulator, "show", show)
    return waiting


@pytest.mark.parametrize("kind", KINDS, ids=name)
def test_there_is_a_picture_with_alternative_text_and_a_live_sentence(kind):
    simulator = kind()
    picture = re.fullmatch(r'<img alt="([^"]+)" src="data:image/png;base64,([^"]+)" .*>', simulator.picture.value)
    assert picture[1] == simulator.sentence.replace("'", "&#x27;")
    assert base64.b64decode(picture[2]).startswith(PNG)
    assert 'role="status" aria-live="polite"' in simulator.summary.value
    assert simulator.model == simulator.start == kind.first()
    # Where no kernel runs.
    bundle = simulator._repr_mimebundle_()
    assert bundle["text/plain"] == simulator.sentence == alt_text(simulator.draw(simulator.outcome))
    assert base64.b64decode(bundle["image/png"]).startswith(PNG)


@pytest.mark.parametrize("kind", KINDS, ids=name)
def test_each_slider_redraws_once_changes_the_sentence_and_goes_to_both_ends(kind, dry):
    simulator = made(kind)
    for row in rows(kind, Dial):
        simulator.move(simulator.start)
        slider, before, drawn = simulator.controls[row.field]._slider, simulator.sentence, len(dry)
        slider.value = slider.value + 10 * slider.step
        assert len(dry) == drawn + 1
        # Other people may give the same counts; no other slider leaves everything as it was.
        assert simulator.sentence != before or row.field == "sample"
        for end in (slider.min, slider.max):
            slider.value = end
            assert row.shown(simulator.model) == pytest.approx(end)
            assert simulator.sentence.endswith(".")
            assert not re.search(r"nan|inf\b", simulator.sentence)
            assert alt_text(dry[-1]()) == simulator.sentence


@pytest.mark.parametrize("kind", [kind for kind in KINDS if rows(kind, Choice)], ids=name)
def test_each_choice_redraws_once(kind, dry):
    simulator = made(kind)
    simulator.move(simulator.start)
    for row in rows(kind, Choice):
        for value in [each for each in row.options if each != getattr(simulator.start, row.field)]:
            drawn = len(dry)
            simulator.choices[row.field].value = value
            assert len(dry) == drawn + 1
            assert getattr(simulator.model, row.field) == value


@pytest.mark.parametrize("kind", KINDS, ids=name)
def test_presets_set_all_controls_and_reset_brings_the_start_back_with_one_redraw_each(kind, dry):
    simulator = made(kind)
    simulator.move(simulator.start)
    sentence = simulator.sentence
    for key, model in kind.presets.items():
        drawn = len(dry)
        simulator.buttons[key].click()
        assert len(dry) == drawn + 1
        assert simulator.model == model
        assert simulator.sentence != sentence
        for row in rows(kind, Dial):
            control = simulator.controls[row.field]
            assert control._field.value == control.value == row.shown(model)
    drawn = len(dry)
    simulator.reset.click()
    assert len(dry) == drawn + 1
    assert (simulator.model, simulator.sentence) == (simulator.start, sentence)


def test_the_same_controls_show_the_same_picture_again():
    simulator = CoverageSimulator()
    first = simulator.picture.value
    simulator.controls["sample"].value = 2
    assert simulator.picture.value != first
    simulator.controls["sample"].value = 1
    assert simulator.picture.value == first


def test_a_typed_number_counts_as_it_was_typed_and_whole_numbers_stay_whole(dry):
    simulator = PowerSimulator()
    simulator.controls["rate"]._field.value = 12.34
    assert simulator.model.rate == pytest.approx(0.1234)
    simulator.controls["people"]._field.value = 1234.6
    assert simulator.model.people == 1235


def test_a_start_of_ones_own_beyond_the_sliders_is_kept(dry):
    start = PowerSimulator.first().__class__(people=123_456)
    simulator = PowerSimulator(start)
    assert simulator.model.people == 123_456
    assert simulator.controls["people"]._slider.max == 123_456


@pytest.mark.parametrize("kind", KINDS, ids=name)
def test_every_control_has_a_label_and_nothing_is_continuous(kind, dry):
    simulator = made(kind)
    for control in simulator.controls.values():
        assert control._slider.description == control._field.description == control.label != ""
        assert control._slider.continuous_update is False
    for other in (*simulator.choices.values(), *simulator.buttons.values(), simulator.reset):
        assert other.description
        assert other.tooltip


def test_data_outside_a_chart_are_held_at_its_edge():
    frame = Frame(None, x=1.0, y=2.0, width=2.0, height=1.0, across=(0.0, 10.0), up=(0.0, 1.0))
    assert frame.points([5, -5, 20], [0.5, 0.5, 3.0]).tolist() == [[2.0, 1.5], [1.0, 1.5], [3.0, 1.0]]
