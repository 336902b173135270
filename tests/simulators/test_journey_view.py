"""The journey simulator's view, without a browser: every control moves the picture and the sentence, once."""

from __future__ import annotations

import base64
import re

import pytest

from funnel_utils.simulators.journey import ChannelModel, JourneyModel, JourneySimulator

PNG = b"\x89PNG\r\n"
NAMES = list(JourneySimulator().controls)


@pytest.fixture
def simulator():
    return JourneySimulator()


@pytest.fixture
def redraws(simulator):
    """The pictures drawn since the simulator was made."""
    drawn = []
    simulator.picture.observe(lambda change: drawn.append(change["new"]), "value")
    return drawn


def test_it_shows_a_picture_with_alternative_text_and_a_live_sentence(simulator):
    picture = re.fullmatch(r'<img alt="([^"]+)" src="data:image/png;base64,([^"]+)" .*>', simulator.picture.value)
    assert picture[1] == simulator.sentence.replace("'", "&#x27;")
    assert base64.b64decode(picture[2]).startswith(PNG)
    assert 'role="status" aria-live="polite"' in simulator.summary.value


@pytest.mark.parametrize("name", NAMES)
def test_each_slider_redraws_once_and_changes_the_sentence(simulator, redraws, name):
    before, slider = simulator.sentence, simulator.controls[name]._slider
    slider.value = slider.value + 10 * slider.step
    assert len(redraws) == 1
    assert simulator.sentence != before


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("end", ["min", "max"])
def test_each_slider_goes_to_both_ends(simulator, name, end):
    slider = simulator.controls[name]._slider
    slider.value = getattr(slider, end)
    assert simulator.sentence.endswith(".")
    assert "nan" not in simulator.sentence


def test_a_channel_is_taken_away_and_reset_brings_it_back_with_one_redraw(simulator, redraws):
    at_start = simulator.picture.value
    simulator.remove.value = "social"
    assert len(redraws) == 1
    assert "without social 765 fewer would buy" in simulator.sentence
    for control in simulator.controls.values():
        control._slider.value = control._slider.max / 2
    redraws.clear()
    simulator.reset.click()
    assert len(redraws) == 1
    assert simulator.picture.value == at_start
    assert simulator.model == simulator.start


def test_a_typed_number_counts_as_it_was_typed(simulator):
    simulator.controls["spend email"]._field.value = 12.34
    assert next(c for c in simulator.model.channels if c.name == "email").spend == 12.34
    simulator.controls["decided"]._field.value = 33.3
    assert simulator.model.decided == pytest.approx(0.333)


def test_free_channels_have_no_slider(simulator):
    assert "spend direct" not in simulator.controls
    assert "direct" in dict(simulator.remove.options)


def test_every_control_has_a_label_and_nothing_is_continuous(simulator):
    for control in simulator.controls.values():
        assert control._slider.description == control._field.description == control.label != ""
        assert control._slider.continuous_update is False
    assert simulator.remove.description


def test_where_no_kernel_runs_there_is_a_picture_and_the_sentence(simulator):
    bundle = simulator._repr_mimebundle_()
    assert bundle["text/plain"] == simulator.sentence
    assert base64.b64decode(bundle["image/png"]).startswith(PNG)


def test_names_with_markup_are_escaped():
    odd = JourneyModel((ChannelModel('"><script>', 1, 1, 0.5, 1, 0.5),), removed='"><script>')
    simulator = JourneySimulator(odd)
    assert "<script>" not in simulator.picture.value + simulator.summary.value
