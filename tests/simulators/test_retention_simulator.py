"""The retention simulator: the model by hand and against dice, its presets against the log, its view alone."""

from __future__ import annotations

import base64
import math
import re
from dataclasses import replace

import numpy as np
import pytest

from funnel_utils.charts.style import alt_text
from funnel_utils.errors import SpecError
from funnel_utils.simulators.retention import RetentionSimulator, describe, figure
from funnel_utils.simulators.retention_model import RetentionModel, simulate_retention, survival
from funnel_utils.synthetic import Buyers, draw_buyers
from funnel_utils.synthetic.retention.truth import orders_truth_of

BOX, SEARCH = RetentionModel.welcome_box(), RetentionModel.paid_search()


# ---- the model


def test_a_ladder_by_hand():
    # Costs 100, the entry loses 50; half climb; one order a month of 200, all stay for two months, no discount.
    model = RetentionModel(
        cost=100, entry=-50, climb=0.5, pace=1, core=200, related=0.5, extra=40, leave=0, discount=0, months=2
    )
    outcome = simulate_retention(model)
    assert outcome.balance.tolist() == pytest.approx([-150, -150 + 110, -150 + 220])
    assert outcome.rungs == pytest.approx({"cost": -100, "entry": -50, "core": 200, "related": 20})
    assert outcome.value == pytest.approx(170)
    assert outcome.ratio == pytest.approx(1.7)
    assert outcome.payback == 2
    # A climber leaves 2 x 220 = 440; the hole is 150.
    assert outcome.must_climb == pytest.approx(150 / 440)


def test_leaving_is_that_of_dice_thrown_by_many_people():
    model = replace(BOX, leave=0.3, differ=0.25)
    rng = np.random.default_rng(4)
    both = 1 / model.differ - 1
    chance = rng.beta(model.leave * both, (1 - model.leave) * both, 40_000)
    last = rng.geometric(chance.clip(1e-9))
    for month, share in enumerate(survival(model, 12)):
        assert abs((last > month).mean() - share) < 4 * math.sqrt(share * (1 - share) / len(last)) + 1e-12


def test_people_who_are_alike_leave_alike_and_others_leave_ever_less():
    alike = simulate_retention(replace(BOX, differ=0.0))
    np.testing.assert_allclose(alike.staying, alike.alike)
    outcome = simulate_retention(BOX)
    churn = 1 - outcome.staying[1:] / outcome.staying[:-1]
    assert churn[0] == pytest.approx(BOX.leave)
    assert (np.diff(churn) < 0).all()
    assert outcome.value > alike.value


def test_the_share_that_must_climb_is_the_one_at_which_nothing_is_left():
    for model in (BOX, SEARCH, replace(BOX, related=0.3, extra=80, months=7)):
        needed = simulate_retention(model).must_climb
        assert needed is not None
        assert 0 < needed < 1
        assert simulate_retention(replace(model, climb=needed)).balance[-1] == pytest.approx(0, abs=1e-9)


def test_the_balance_ends_where_the_rungs_do_and_rises_from_the_hole():
    outcome = simulate_retention(BOX)
    assert outcome.balance[0] == BOX.entry - BOX.cost
    assert outcome.balance[-1] == pytest.approx(sum(outcome.rungs.values()))
    assert (np.diff(outcome.balance) > 0).all()
    assert outcome.payback is not None
    assert outcome.balance[outcome.payback] >= 0 > outcome.balance[outcome.payback - 1]


def test_the_presets_are_the_shops_customers_rounded():
    found = orders_truth_of(draw_buyers(Buyers(people=40_000, seed=77)))
    truth, people = found.channels.set_index("channel"), found.people
    for model, channel in ((BOX, "welcome_box"), (SEARCH, "paid_search")):
        row = truth.loc[channel]
        assert simulate_retention(model).first_year == pytest.approx(row["year_orders"], rel=0.1)
        assert model.entry == pytest.approx(row["first_margin"] / 1000, rel=0.05)
        assert model.cost == pytest.approx(row["cost"] / 1000, rel=0.05)
        again = (people.loc[people["channel"] == channel, "year_orders"] > 0).mean()
        assert model.climb == pytest.approx(again, abs=0.03)


EXTREMES = {
    "nobody climbs": {"climb": 0.0},
    "nobody stays": {"leave": 1.0, "climb": 0.02},
    "all stay": {"leave": 0.0, "differ": 0.5},
    "free": {"cost": 0.0, "entry": 0.0},
    "free and worthless": {"cost": 0.0, "entry": 0.0, "core": 0.0},
    "one month": {"months": 1},
    "five years": {"months": 60, "discount": 1.0},
    "worth a loss": {"entry": -200.0, "core": 0.0},
    "nothing at all": {"cost": 0.0, "entry": 0.0, "climb": 0.0, "pace": 0.0},
    "dear": {"cost": 1500.0, "entry": 2500.0},
}


@pytest.mark.parametrize("name", EXTREMES)
def test_extremes_are_drawn_and_said(name):
    outcome = simulate_retention(replace(BOX, **EXTREMES[name]))
    said = describe(outcome)
    assert said.endswith(".")
    assert "nan" not in said
    assert "inf" not in said
    assert alt_text(figure(outcome)) == said


def test_the_sentence_tells_the_story():
    said = describe(simulate_retention(BOX))
    for part in ("a ratio of 2.1", "the money is back in month 7", "24% must climb", "39% do"):
        assert part in said
    lost = describe(simulate_retention(replace(BOX, climb=0.1)))
    assert "are lost" in lost
    assert "the money is not back after 24 months" in lost
    assert "no share of climbers would be enough" in describe(simulate_retention(replace(BOX, core=10.0)))
    assert "nobody has to climb" in describe(simulate_retention(replace(SEARCH, cost=200)))


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"climb": 1.2}, "climb=1.2"),
        ({"leave": -0.1}, "leave=-0.1"),
        ({"differ": 1.0}, "differ"),
        ({"months": 0}, "months=0"),
        ({"months": 2.5}, "months=2.5"),
        ({"core": float("nan")}, "core=nan"),
        ({"cost": -1}, "cost=-1"),
        ({"pace": True}, "pace=True"),
    ],
)
def test_a_wrong_model_is_refused(wrong, says):
    with pytest.raises(SpecError, match=re.escape(says)):
        replace(BOX, **wrong)


# ---- the view


@pytest.fixture
def simulator():
    return RetentionSimulator()


@pytest.fixture
def redraws(simulator):
    """The pictures drawn since the simulator was made."""
    drawn = []
    simulator.picture.observe(lambda change: drawn.append(change["new"]), "value")
    return drawn


def test_it_shows_a_picture_and_a_live_sentence(simulator):
    picture = re.fullmatch(r'<img alt="([^"]+)" src="data:image/png;base64,([^"]+)" .*>', simulator.picture.value)
    assert picture[1] == simulator.sentence == describe(simulate_retention(BOX))
    assert base64.b64decode(picture[2]).startswith(b"\x89PNG\r\n")
    assert 'role="status" aria-live="polite"' in simulator.summary.value


NAMES = ("cost", "entry", "climb", "core", "related", "extra", "pace", "leave", "differ", "months", "discount")


@pytest.mark.parametrize("name", NAMES)
def test_each_slider_redraws_once_and_goes_to_both_ends(simulator, redraws, name):
    slider = simulator.controls[name]._slider
    before = simulator.picture.value
    if name == "extra":  # a related product that nobody takes leaves nothing
        simulator.controls["related"].value = 30
        redraws.clear()
    slider.value = slider.value + 4 * slider.step
    assert len(redraws) == 1
    assert simulator.picture.value != before
    simulator._silent = True  # the ends need no pictures: those of extremes are drawn above
    for end in (slider.min, slider.max):
        slider.value = end
        assert "nan" not in describe(simulator.outcome)


def test_presets_and_reset_move_all_sliders_with_one_redraw(simulator, redraws):
    first = simulator.picture.value
    simulator.buttons["retention_simulator.search"].click()
    assert len(redraws) == 1
    assert simulator.model == SEARCH
    simulator.controls["months"].value = 36
    assert simulator.model == replace(SEARCH, months=36)
    redraws.clear()
    simulator.reset.click()
    assert len(redraws) == 1
    assert simulator.picture.value == first
    assert simulator.model == BOX


def test_where_no_kernel_runs_there_is_a_picture_and_the_sentence(simulator):
    bundle = simulator._repr_mimebundle_()
    assert bundle["text/plain"] == simulator.sentence
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG\r\n")
