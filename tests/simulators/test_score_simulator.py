"""The score simulator: the same scores and bands as the engine gives, and every slider moves the picture once."""

from __future__ import annotations

import base64

import numpy as np
import pandas as pd
import pytest

from funnel_utils import EventLog
from funnel_utils.charts.style import alt_text
from funnel_utils.errors import LogError, SpecError
from funnel_utils.journey.score import BANDS
from funnel_utils.simulators.score import (
    WEIGHTS,
    ScoreModel,
    ScorePeople,
    ScoreSimulator,
    simulate_score,
)
from funnel_utils.simulators.score_picture import describe_score, score_figure
from funnel_utils.synthetic import load_journey


@pytest.fixture(scope="module")
def people() -> ScorePeople:
    return ScorePeople.from_log(load_journey())


def test_points_fade_by_hand() -> None:
    story = {
        "ana": ["open@0", "cart@14d", "buy@29d"],
        "ben": ["open@14d", "buy@30d"],
        "cyd": ["open@14d", "leave@14d1s"],
    }
    log = EventLog.from_story(story)
    people = ScorePeople.from_log(log, ["open", "cart", "leave"], "buy", at="2026-01-29", horizon="2d")
    outcome = simulate_score(ScoreModel(people, (1.0, 4.0, -3.0), half_life=14))
    # On day 28: ana 1/4 + 4/2 = 2.25, ben 1/2, cyd 1/2 - 3/2 below zero. The 99th percentile of (0, 0.5, 2.25) lies
    # 0.98 of the way from 0.5 to 2.25: 2.215.
    assert outcome.score == pytest.approx([100, 50 / 2.215, 0])
    # Two days from day 28 on end just before day 30.
    assert people.did.tolist() == [True, False, False]
    assert outcome.auc.value == 1.0


def test_scores_and_bands_are_those_of_the_engine(people: ScorePeople) -> None:
    log = load_journey()
    model = ScoreModel(people, (1.5, 1.0, 2.0, 0.0, 6.5, -4.0), half_life=9.5)
    ours = simulate_score(model)
    at = log.observed_until + pd.Timedelta("1us") - pd.Timedelta("14D")
    theirs = model.score.run(log, at=at)
    assert ours.bands["people"].tolist() == theirs.bands["people"].tolist()
    np.testing.assert_allclose(np.sort(ours.score), np.sort(theirs.people["score"]), atol=1e-9)
    bought = log.table.filter(log.table.event == "purchase").select("user", "timestamp").to_pandas()
    later = set(bought.loc[bought["timestamp"] >= at.tz_localize(None), "user"])
    for row in ours.bands.itertuples():
        members = set(theirs.people.loc[theirs.people["band"] == row.band, "user"])
        assert row.did == len(members & later)


def test_the_score_ranks_better_than_guessing_and_weights_matter(people: ScorePeople) -> None:
    weighted = simulate_score(ScoreModel(people, tuple(WEIGHTS.values())))
    assert weighted.auc.low > 0.5
    only_opens = simulate_score(ScoreModel(people, (0, 1.0, 0, 0, 0, 0)))
    fresh = simulate_score(ScoreModel(people, tuple(WEIGHTS.values()), half_life=3))
    # A need lasts for days: what is two weeks old says little about today's.
    assert only_opens.auc.value < weighted.auc.value < fresh.auc.value - 0.05
    rates = weighted.bands.set_index("band")["rate"]
    assert rates["likely_buyer"] > 2 * weighted.base_rate
    assert weighted.bands["did"].sum() == people.did.sum() > 100


def test_all_weights_times_two_change_nothing(people: ScorePeople) -> None:
    one = simulate_score(ScoreModel(people, (1.0, 2.0, 3.0, 4.0, 0.0, -5.0)))
    two = simulate_score(ScoreModel(people, (2.0, 4.0, 6.0, 8.0, 0.0, -10.0)))
    np.testing.assert_allclose(one.score, two.score)


@pytest.mark.parametrize(
    "model",
    [
        lambda people: ScoreModel(people, (0.0,) * 6),
        lambda people: ScoreModel(people, (0.0, 0.0, 0.0, 0.0, 0.0, -5.0)),
        lambda people: ScoreModel(people, (1e-9,) * 6, half_life=1e-3),
        lambda people: ScoreModel(people, (1e9,) * 6, half_life=1e6),
    ],
)
def test_extremes_are_drawn_and_said(people: ScorePeople, model) -> None:  # type: ignore[no-untyped-def]
    outcome = simulate_score(model(people))
    said = describe_score(outcome)
    assert said.endswith(".")
    assert "nan" not in said
    assert alt_text(score_figure(outcome)) == said
    assert outcome.bands["band"].tolist() == list(BANDS)


def test_where_everybody_or_nobody_does_it_there_is_nothing_to_rank() -> None:
    log = EventLog.from_story({"ana": ["open@0"], "ben": ["open@1d"], "cyd": ["open@0", "end@30d"]})
    people = ScorePeople.from_log(log, ["open"], "buy", at="2026-01-05")
    outcome = simulate_score(ScoreModel(people, (1.0,)))
    assert "nothing to rank" in describe_score(outcome)
    assert score_figure(outcome) is not None


@pytest.mark.parametrize(
    ("wrong", "error", "says"),
    [
        (lambda log: ScorePeople.from_log(log, []), SpecError, "events"),
        (lambda log: ScorePeople.from_log(log, ["open", "open"]), SpecError, "once"),
        (lambda log: ScorePeople.from_log(log, ["open"], at="2026-01-20"), SpecError, "beyond the end"),
        (lambda log: ScorePeople.from_log(log, ["open"], at="2025-01-01"), LogError, "Nobody"),
        (lambda log: ScoreModel(ScorePeople.from_log(log, ["open"]), ()), SpecError, "0 for 1"),
        (lambda log: ScoreModel(ScorePeople.from_log(log, ["open"]), (1.0,), 0), SpecError, "half_life=0"),
    ],
)
def test_what_makes_no_sense_is_refused(wrong, error, says) -> None:  # type: ignore[no-untyped-def]
    log = EventLog.from_story({"ana": ["open@0", "end@30d"]})
    with pytest.raises(error, match=says):
        wrong(log)


# ---- the view


@pytest.fixture
def simulator(people: ScorePeople) -> ScoreSimulator:
    return ScoreSimulator(people)


@pytest.fixture
def redraws(simulator: ScoreSimulator) -> list[str]:
    drawn: list[str] = []
    simulator.picture.observe(lambda change: drawn.append(change["new"]), "value")
    return drawn


@pytest.mark.parametrize("name", [*WEIGHTS, "half_life"])
def test_each_slider_redraws_once_and_reset_once(simulator: ScoreSimulator, redraws: list[str], name: str) -> None:
    control = simulator.half_life if name == "half_life" else simulator.controls[name]
    before, picture = simulator.sentence, simulator.picture.value
    slider = control._slider
    slider.value = slider.max if slider.value != slider.max else slider.min
    assert len(redraws) == 1
    assert simulator.sentence != before
    for end in ("min", "max"):
        slider.value = getattr(slider, end)
        assert simulator.sentence.endswith(".")
    redraws.clear()
    simulator.reset.click()
    assert len(redraws) == 1
    assert simulator.picture.value == picture


def test_with_all_points_at_nought_it_says_so(simulator: ScoreSimulator) -> None:
    for control in simulator.controls.values():
        control.value = 0
    assert "nobody has a score" in simulator.sentence
    assert simulator.outcome.is_empty


def test_the_lessons_people_are_the_default_and_without_a_kernel_there_is_a_picture() -> None:
    simulator = ScoreSimulator()
    bundle = simulator._repr_mimebundle_()
    assert bundle["text/plain"] == simulator.sentence
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
    assert "likely buyers" in simulator.sentence


def test_names_with_markup_are_escaped() -> None:
    log = EventLog.from_story({"ana": ["<b>open</b>@0", "<script>@20d", "end@30d"], "ben": ["<b>open</b>@0"]})
    people = ScorePeople.from_log(log, ["<b>open</b>"], "<script>", at="2026-01-10")
    simulator = ScoreSimulator(people, {"<b>open</b>": 1.0})
    assert "<script>" not in simulator.picture.value + simulator.summary.value
