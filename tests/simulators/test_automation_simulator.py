"""The automation simulator: its numbers against the run counted by hand, its extremes, its view alone."""

from __future__ import annotations

import base64
import re
from dataclasses import replace

import numpy as np
import pytest

from funnel_utils.automation.simulation import simulate_programme
from funnel_utils.charts.style import alt_text
from funnel_utils.errors import SpecError
from funnel_utils.simulators.automation import AutomationSimulator, describe, figure
from funnel_utils.simulators.automation_model import DAYS, NO_CAP, AutomationModel, simulate_automation

USUAL = AutomationModel(people=1_500)
WINDOW = 28 * 86_400


@pytest.fixture(scope="module")
def outcome():
    return simulate_automation(USUAL)


def test_what_is_claimed_and_sent_is_counted_by_hand(outcome):
    run = simulate_programme(USUAL.programme, USUAL.audience, days=DAYS, seed=USUAL.lot)
    events = run.events
    assert outcome.sends == (events["event"] == "sent").sum() == run.sends
    assert outcome.cost == run.cost
    assert outcome.capped == run.stopped["capped"]
    claimed = set()
    for person, rows in events.groupby("person"):
        within = rows[(rows["seconds"] - run.assigned[person]).between(0, WINDOW - 1)]
        clicks = within.loc[within["event"] == "clicked", "seconds"]
        buys = within.loc[within["event"].isin(["purchase", "refill"]), "seconds"]
        if len(clicks) and len(buys) and buys.max() > clicks.min():
            claimed.add(person)
    assert outcome.claimed == len(claimed)


def test_the_truth_is_the_two_lives_of_those_with_messages(outcome):
    run = simulate_programme(USUAL.programme, USUAL.audience, days=DAYS, seed=USUAL.lot)
    gains = run.bought(run.with_messages, "28d").astype(int) - run.bought(run.without, "28d")
    assert outcome.caused == gains[~run.held_out].sum()
    assert outcome.treated + outcome.held_out == 1_500
    np.testing.assert_allclose((outcome.kinds["true"] * outcome.kinds["people"]).sum(), gains.sum())


def test_clicks_claim_more_than_was_caused_and_a_flood_causes_less():
    usual, flood = (simulate_automation(model) for model in (AutomationModel(), AutomationModel.flood()))
    assert usual.claimed > 1.5 * usual.caused > 0
    assert usual.low < usual.caused < usual.high
    assert flood.sends > 2 * usual.sends
    assert flood.unsubscribed > usual.unsubscribed
    assert flood.caused < usual.caused
    assert flood.capped == 0 < usual.capped


def test_a_small_holdout_settles_less(outcome):
    small = simulate_automation(replace(USUAL, holdout=0.03))
    assert small.high - small.low > 1.5 * (outcome.high - outcome.low)
    assert "not settled" in describe(simulate_automation(AutomationModel.small_holdout()))


EXTREMES = {
    "nothing is sent": {"most": 0},
    "no cap": {"most": NO_CAP, "drops": 20},
    "no price drop": {"drops": 0},
    "everybody tires": {"fatigue": 1.0, "dogs": 0.5},
    "nobody does": {"fatigue": 0.0, "dogs": 0.0},
    "few people": {"people": 100, "holdout": 0.9},
    "free": {"sms": 0.0},
}


@pytest.mark.parametrize("name", EXTREMES)
def test_extremes_are_drawn_and_said(name):
    found = simulate_automation(replace(USUAL, **{"people": 600} | EXTREMES[name]))
    said = describe(found)
    assert said.endswith(".")
    assert "nan" not in said
    assert "+0 " not in said
    assert alt_text(figure(found)) == said
    if name == "nothing is sent":
        assert (found.sends, found.claimed, found.caused, found.cost) == (0, 0, 0, 0.0)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"people": 50}, "people=50"),
        ({"people": 500.5}, "people=500.5"),
        ({"holdout": 0.0}, "holdout=0.0"),
        ({"most": 9}, "most=9"),
        ({"fatigue": float("nan")}, "fatigue=nan"),
        ({"dogs": True}, "dogs=True"),
    ],
)
def test_a_wrong_model_is_refused(wrong, says):
    with pytest.raises(SpecError, match=re.escape(says)):
        replace(USUAL, **wrong)


# ---- the view


@pytest.fixture(scope="module")
def simulator():
    return AutomationSimulator(replace(USUAL, people=600))


def test_it_shows_a_picture_and_a_live_sentence(simulator):
    picture = re.fullmatch(r'<img alt="([^"]+)" src="data:image/png;base64,([^"]+)" .*>', simulator.picture.value)
    assert picture[1] == simulator.sentence == describe(simulator.outcome)
    assert base64.b64decode(picture[2]).startswith(b"\x89PNG\r\n")
    assert 'role="status" aria-live="polite"' in simulator.summary.value


@pytest.mark.parametrize("name", ["most", "drops", "sms", "fatigue", "dogs", "people", "holdout", "lot"])
def test_each_slider_redraws_once(simulator, name):
    drawn = []
    simulator.picture.observe(lambda change: drawn.append(change["new"]), "value")
    slider = simulator.controls[name]._slider
    slider.value = slider.value + (2 if name in ("most", "drops", "lot") else 10) * slider.step
    assert len(drawn) == 1
    simulator.picture.unobserve_all("value")


def test_presets_and_reset(simulator):
    simulator.buttons["automation_simulator.flood"].click()
    assert simulator.model == AutomationModel.flood()
    simulator.reset.click()
    assert simulator.model == replace(USUAL, people=600)
