"""The plan simulator's view, without a browser: every control moves the picture and the sentence, once."""

from __future__ import annotations

import base64
import re
from dataclasses import replace

import numpy as np
import pytest

from funnel_utils.plan import Budget, Channel, Response
from funnel_utils.simulators.plan import PlanModel, PlanSimulator

PNG = b"\x89PNG\r\n"
START = PlanModel.pardis()
NAMES = list(PlanSimulator(START).controls)


@pytest.fixture
def simulator():
    return PlanSimulator(START)


@pytest.fixture
def redraws(simulator):
    """The pictures drawn since the simulator was made."""
    drawn = []
    simulator.picture.observe(lambda change: drawn.append(change["new"]), "value")
    return drawn


def test_it_shows_a_picture_a_live_sentence_and_the_lights(simulator):
    picture = re.fullmatch(r'<img alt="([^"]+)" src="data:image/png;base64,([^"]+)" .*>', simulator.picture.value)
    assert picture[1] == simulator.sentence
    assert base64.b64decode(picture[2]).startswith(PNG)
    assert 'role="status" aria-live="polite"' in simulator.summary.value
    assert simulator.lights.value.count("<li") == 7


@pytest.mark.parametrize("name", NAMES)
def test_each_slider_redraws_once_and_changes_the_sentence(simulator, redraws, name):
    before, slider = simulator.sentence, simulator.controls[name]._slider
    slider.value = slider.value - 4 * slider.step
    assert len(redraws) == 1
    assert simulator.sentence != before


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("end", ["min", "max"])
def test_each_slider_goes_to_both_ends(simulator, name, end):
    slider = simulator.controls[name]._slider
    slider.value = getattr(slider, end)
    assert simulator.sentence.endswith(".")
    assert "nan" not in simulator.sentence


def test_each_choice_and_tick_redraws_once(simulator, redraws):
    lights = simulator.lights.value
    moves = [(simulator.deadline, ""), (simulator.serves, "profit")]
    moves += [(box, not box.value) for box in simulator.says.values()]
    for number, (control, value) in enumerate(moves, 1):
        control.value = value
        assert len(redraws) == number
    assert simulator.lights.value != lights


def test_the_buttons_move_the_sliders_and_reset_brings_all_back_with_one_redraw(simulator, redraws):
    at_start = simulator.picture.value
    total = simulator.model.total
    simulator.split.click()
    assert len(redraws) == 1
    assert simulator.model.total == pytest.approx(total, abs=1e4)
    assert "no other split of this money brings more" in simulator.sentence
    simulator.enough.click()
    assert simulator.outcome.sales == pytest.approx(simulator.model.target, rel=1e-4)
    simulator.deadline.value = ""
    simulator.controls["margin"].value = 70.0
    redraws.clear()
    simulator.reset.click()
    assert len(redraws) == 1
    assert simulator.picture.value == at_start
    assert simulator.model.spend == START.spend
    assert simulator.model.budget is START.budget


def test_a_goal_that_no_money_brings_has_no_least_money(simulator):
    simulator.controls["target"].value = 1300.0
    assert simulator.enough.disabled
    simulator.controls["target"].value = 500.0
    assert not simulator.enough.disabled


def test_what_a_button_sets_is_what_the_fields_show(simulator):
    simulator.enough.click()
    for name, control in simulator.controls.items():
        assert control._field.value == control.value, name
    # Money without end would be needed just short of what cannot be reached: no slider goes there.
    simulator.controls["target"].value = 0.999 * sum(
        float(np.prod(c.rates)) * c.curve.top for c in simulator.model.planned.channels
    )
    assert simulator.enough.disabled


def test_a_typed_number_counts_as_it_was_typed(simulator):
    simulator.controls["spend email"]._field.value = 12.34
    assert simulator.model.spend["email"] == pytest.approx(12.34e6)


def test_every_control_has_a_label_and_nothing_is_continuous(simulator):
    for control in simulator.controls.values():
        assert control._slider.description == control._field.description == control.label != ""
        assert control._slider.continuous_update is False
    for control in (simulator.deadline, simulator.serves, *simulator.says.values(), simulator.split, simulator.enough):
        assert control.description


def test_where_no_kernel_runs_there_is_a_picture_with_the_lights_and_the_sentence(simulator):
    bundle = simulator._repr_mimebundle_()
    assert bundle["text/plain"] == simulator.sentence
    png = base64.b64decode(bundle["image/png"])
    assert png.startswith(PNG)
    # The static picture is as wide and much taller: it holds the lights.
    width, height = (int.from_bytes(png[at : at + 4], "big") for at in (16, 20))
    assert height > 1.5 * width


def test_sliders_keep_to_the_bounds_of_their_channels():
    bound = [replace(c, minimum=20e6, maximum=60e6) for c in START.budget.channels]
    start = replace(START, budget=replace(START.budget, channels=bound), spend=dict.fromkeys(START.budget.names, 30e6))
    simulator = PlanSimulator(start)
    for name in start.budget.names:
        slider = simulator.controls[f"spend {name}"]._slider
        assert slider.min == 20
        assert slider.max <= 60
    simulator.split.click()
    assert simulator.model.total == pytest.approx(start.total, abs=1e4)


def test_names_with_markup_are_escaped():
    odd = '"><script>'
    budget = Budget([Channel(odd, Response(1000, 10e6))], order_value=1e6)
    simulator = PlanSimulator(PlanModel(budget, START.outlook, {odd: 5e6}, 100.0))
    assert "<script>" not in simulator.picture.value + simulator.summary.value + simulator.lights.value
