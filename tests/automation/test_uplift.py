"""The Qini curve against counting person by person, and what must not matter."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from funnel_utils.automation.uplift import kinds, qini
from funnel_utils.charts import alt_text
from funnel_utils.errors import SpecError


def some_campaign():
    person = st.tuples(st.integers(0, 4), st.booleans(), st.integers(0, 1))
    return st.lists(person, min_size=2, max_size=30)


def both_arms(people):
    return 0 < sum(treated for _, treated, _ in people) < len(people)


@settings(max_examples=60)
@given(some_campaign())
def test_the_curve_is_counted_person_by_person(people):
    assume(both_arms(people))
    curve = qini(*zip(*people, strict=True), draws=3).curve
    all_treated = sum(treated for _, treated, _ in people)
    for row, score in enumerate(sorted({one[0] for one in people}, reverse=True), start=1):
        chosen = [one for one in people if one[0] >= score]
        treated, control = ([one for one in chosen if one[1] is arm] for arm in (True, False))
        expected = sum(one[2] for one in treated)
        if control:
            expected -= sum(one[2] for one in control) * len(treated) / len(control)
        assert curve["gain"].iloc[row] == pytest.approx(expected / all_treated)
        assert curve["share"].iloc[row] == pytest.approx(len(chosen) / len(people))


@settings(max_examples=40)
@given(some_campaign(), st.randoms())
def test_only_the_order_of_scores_matters(people, random):
    assume(both_arms(people))
    score, treated, converted = zip(*people, strict=True)
    first = qini(score, treated, converted, draws=3)
    mixed = random.sample(people, len(people))
    again = qini(np.exp([one[0] for one in mixed]), [one[1] for one in mixed], [one[2] for one in mixed], draws=3)
    assert again.coefficient == pytest.approx(first.coefficient)
    # The end of the curve is the effect of the campaign, whatever the score.
    rates = [np.mean([one[2] for one in people if one[1] is arm]) for arm in (True, False)]
    assert first.effect == pytest.approx(rates[0] - rates[1])
    # One score for everybody orders nobody.
    assert qini([1] * len(people), treated, converted, draws=3).coefficient == pytest.approx(0)


def drawn(people, seed):
    """Half are moved by 20 points, half not at all; the score knows it, or not."""
    draw = np.random.default_rng(seed)
    moved, treated = draw.random(people) < 0.5, draw.random(people) < 0.5
    converted = draw.random(people) < 0.1 + 0.2 * (moved & treated)
    return moved, treated, converted, draw.random(people)


def test_a_score_that_knows_is_told_from_one_that_does_not():
    moved, treated, converted, noise = drawn(20_000, 3)
    # The curve rises to 0.1 at the first half and stays; the line to its end lies below by a triangle of 1/2 x 0.05.
    knowing = qini(moved, treated, converted, draws=100)
    assert knowing.low < 0.025 < knowing.high
    assert knowing.low > knowing.random_high
    assert "finds people" in knowing.verdict
    chance = qini(noise, treated, converted, draws=100)
    assert chance.random_low < chance.coefficient < chance.random_high
    assert "no better" in chance.verdict
    assert "wrong people" in qini(~moved, treated, converted, draws=100).verdict


def test_the_bands_begin_at_nothing_and_end_at_the_effect():
    moved, treated, converted, noise = drawn(2_000, 4)
    found = qini(moved + noise, treated, converted, draws=60)
    band = found.band
    assert (band.iloc[0] == 0).all()
    # Every order of the same people ends at their effect; drawn people have an effect of their own.
    assert band[["random_low", "random_high"]].iloc[-1].tolist() == pytest.approx([found.effect] * 2)
    assert band["low"].iloc[-1] < found.effect < band["high"].iloc[-1]
    # The middle of random orders is the straight line, within the noise of 60 draws.
    middle = (band["random_low"] + band["random_high"]) / 2
    assert np.abs(middle - found.effect * band["share"]).max() < 0.02
    known = found.curve.set_index("share")["gain"]
    between = np.interp(band["share"], known.index, known)
    assert (between >= band["low"] - 0.01).mean() > 0.9


def test_the_picture_says_what_the_verdict_says():
    moved, treated, converted, noise = drawn(4_000, 3)
    found = qini(moved, treated, converted, draws=60)
    assert found.verdict in alt_text(found.plot())
    assert "conversions" in found.verdict
    amounts = qini(noise, treated, 12.5 * converted, draws=20)
    assert "value" in amounts.verdict
    assert "conversions" not in alt_text(amounts.plot())


@pytest.mark.parametrize(
    ("score", "treated", "converted"),
    [
        ([1, 2], [True, True], [0, 1]),
        ([1, 2], [True, False], [0]),
        ([1, float("nan")], [True, False], [0, 1]),
        ([1, 2], [2, 0], [0, 1]),
        ([], [], []),
    ],
)
def test_what_cannot_be_is_refused(score, treated, converted):
    with pytest.raises(SpecError):
        qini(score, treated, converted)


def test_kinds_need_their_columns():
    with pytest.raises(SpecError, match="control_estimate"):
        kinds(pd.DataFrame({"low": [0], "high": [1]}))
