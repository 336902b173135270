"""The funnel simulator's view, without a browser: every control moves the picture and the sentence, once."""

import base64
import re

import pytest

from funnel_utils.simulators import funnel as module
from funnel_utils.simulators.funnel import FunnelModel, FunnelSimulator, preset

PNG = b"\x89PNG\r\n"


@pytest.fixture
def simulator():
    return FunnelSimulator()


@pytest.fixture
def redraws(simulator):
    """The pictures drawn since the simulator was made."""
    drawn = []
    simulator.picture.observe(lambda change: drawn.append(change["new"]), "value")
    return drawn


def walk(widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from walk(child)


def test_it_shows_a_picture_with_alternative_text_and_a_live_sentence(simulator):
    picture = re.fullmatch(r'<img alt="([^"]+)" src="data:image/png;base64,([^"]+)" .*>', simulator.picture.value)
    assert picture[1] == simulator.sentence
    assert base64.b64decode(picture[2]).startswith(PNG)
    assert 'role="status" aria-live="polite"' in simulator.summary.value
    assert "280 of 4,000 visitors" in simulator.summary.value


@pytest.mark.parametrize("name", list(FunnelSimulator().controls))
def test_each_slider_redraws_once_and_changes_the_sentence(simulator, redraws, name):
    if name.startswith("nurtur"):
        # A follow-up does something only where it reaches somebody, and somebody returns.
        for other in ("nurtured_share", "nurtured_rate"):
            simulator.controls[other].value = 20
    if name == "visitor_cost":
        simulator.controls["visitors"].value = 5000
    before, drawn = simulator.sentence, len(redraws)
    slider = simulator.controls[name]._slider
    slider.value = slider.value + 10 * slider.step
    assert len(redraws) == drawn + 1
    assert simulator.sentence != before
    assert simulator.sentence in simulator.summary.value.replace("&#x27;", "'")


@pytest.mark.parametrize("name", list(FunnelSimulator().controls))
@pytest.mark.parametrize("end", ["min", "max"])
def test_each_slider_goes_to_both_ends(simulator, name, end):
    slider = simulator.controls[name]._slider
    slider.value = getattr(slider, end)
    assert simulator.sentence.endswith(".")


def test_slider_and_field_show_the_same_number(simulator, redraws):
    control = simulator.controls["rate 2"]
    control._slider.value = 30
    assert control._field.value == control.value == 30
    control._field.value = 12.34
    assert control._slider.value == pytest.approx(12.34)
    assert control.value == 12.34
    assert simulator.model.rates[0] == pytest.approx(0.1234)
    assert len(redraws) == 2


def test_a_field_keeps_within_the_sliders_bounds(simulator):
    simulator.controls["rate 2"]._field.value = 250
    assert simulator.model.rates[0] == 1


def test_reset_brings_everything_back_with_one_redraw(simulator, redraws):
    at_start = simulator.picture.value
    for control in simulator.controls.values():
        control._slider.value = control._slider.max / 2
    redraws.clear()
    simulator.reset.click()
    assert len(redraws) == 1
    assert simulator.picture.value == at_start
    assert simulator.model == simulator.start


def test_reset_keeps_rates_that_the_sliders_steps_do_not_hit():
    measured = FunnelModel(12_345, (1 / 3, 0.0271828), value=99_999)
    simulator = FunnelSimulator(measured)
    assert simulator.model == measured
    assert "than at the start" not in simulator.sentence
    simulator.controls["visitors"].value = 5
    assert simulator.model.rates == measured.rates
    simulator.reset.click()
    assert simulator.model == measured


def test_an_error_in_a_callback_reaches_whoever_moved_the_slider(simulator, monkeypatch):
    def broken(model):
        raise ZeroDivisionError("a defect in the model")

    monkeypatch.setattr(module, "simulate", broken)
    with pytest.raises(ZeroDivisionError, match="a defect"):
        simulator.controls["rate 2"]._slider.value = 50


def test_every_control_has_a_label_and_nothing_is_continuous(simulator):
    for control in simulator.controls.values():
        assert control._slider.description == control._field.description == control.label != ""
        assert control._slider.continuous_update is False
    kinds = {type(widget).__name__ for widget in walk(simulator)}
    assert "Output" not in kinds
    assert kinds >= {"FloatSlider", "BoundedFloatText", "HTML", "Button"}


def test_where_no_kernel_runs_there_is_a_picture_and_the_sentence(simulator):
    bundle = simulator._repr_mimebundle_()
    assert bundle["text/plain"] == simulator.sentence
    assert base64.b64decode(bundle["image/png"]).startswith(PNG)
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == simulator.model_id


def test_what_is_stored_is_the_same_for_the_same_numbers():
    one, other = FunnelSimulator()._repr_mimebundle_(), FunnelSimulator()._repr_mimebundle_()
    assert one["image/png"] == other["image/png"]
    assert one["text/plain"] == other["text/plain"]


def test_labels_with_markup_are_escaped():
    odd = FunnelModel(100, (0.5,), labels=("<b>visit</b>", '"><script>'), value=1)
    simulator = FunnelSimulator(odd)
    assert "<script>" not in simulator.picture.value + simulator.summary.value


def test_a_start_may_be_a_name_or_a_model():
    assert FunnelSimulator("leaky middle").model == preset("leaky middle")
    assert FunnelSimulator(FunnelModel(0, (0.5,))).sentence.startswith("Nobody comes")
