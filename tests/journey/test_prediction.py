"""AUC, Brier, reliability and the logistic fit: against pairs counted one by one, hand sums, and known truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funnel_utils import LogError, SpecError
from funnel_utils.journey import prediction

groups = st.lists(st.tuples(st.integers(0, 5), st.integers(1, 6), st.integers(0, 6)), min_size=1, max_size=6).map(
    lambda rows: [(x, max(n, y), y) for x, n, y in rows]
)


def pairs(rows):
    """Every person with the outcome beside every person without it."""
    having = [x for x, _, y in rows for _ in range(y)]
    lacking = [x for x, n, y in rows for _ in range(n - y)]
    if not having or not lacking:
        return float("nan")
    return np.mean([1.0 if a > b else 0.5 if a == b else 0.0 for a in having for b in lacking])


@settings(max_examples=100, deadline=None)
@given(groups)
def test_auc_counts_every_pair(rows):
    found = prediction.auc(*zip(*rows, strict=True))
    assert found.value == pytest.approx(pairs(rows), nan_ok=True)
    if not np.isnan(found.low):
        assert 0 <= found.low <= found.value <= found.high <= 1


@settings(max_examples=50, deadline=None)
@given(groups)
def test_auc_of_the_opposite_score_is_the_rest(rows):
    x, n, y = (np.array(column, float) for column in zip(*rows, strict=True))
    assert prediction.auc(-x, n, y).value == pytest.approx(1 - prediction.auc(x, n, y).value, nan_ok=True)


def test_the_error_of_an_auc_is_delongs_placement_values():
    # With x 1, 2, 4 (outcome) and 0, 3 (none): placements 1/2, 1/2, 1 and 1, 1/3; AUC 2/3.
    # var = (2 * (1/6)^2 + (1/3)^2) / 2 / 3 + 2 * (1/3)^2 / 1 / 2 = 1/36 + 1/9.
    found = prediction.auc([1, 2, 4, 0, 3], [1] * 5, [1, 1, 1, 0, 0])
    assert found.value == pytest.approx(2 / 3)
    half = 1.959963984540054 * np.sqrt(1 / 36 + 1 / 9) / (2 / 9)
    assert np.log(found.high / (1 - found.high)) == pytest.approx(np.log(2) + half)
    assert np.log(found.low / (1 - found.low)) == pytest.approx(np.log(2) - half)


def test_the_interval_of_an_auc_covers_the_truth_as_often_as_it_says():
    # Normal scores one apart: the true AUC is Phi(1 / sqrt(2)).
    truth, inside, rounds = 0.7602499389, 0, 300
    draw = np.random.default_rng(5)
    for _ in range(rounds):
        x = np.concatenate([draw.normal(1, 1, 60), draw.normal(0, 1, 140)])
        found = prediction.auc(x, np.ones(200), np.repeat([1, 0], [60, 140]))
        inside += found.low <= truth <= found.high
    # 95% of 300 is 285; four binomial standard errors are 15.
    assert abs(inside - 285) <= 15


def test_brier_by_hand():
    # Said 0.2 of four, of whom one: (0.8^2 + 3 * 0.2^2) / 4 = 0.19.
    assert prediction.brier([0.2], [4], [1]) == pytest.approx(0.19)
    # A perfect forecast, and the worst one.
    assert prediction.brier([1, 0], [3, 2], [3, 0]) == 0
    assert prediction.brier([0, 1], [3, 2], [3, 0]) == 1


def test_the_gain_is_the_difference_of_two_brier_scores():
    p, n, y = np.array([0.1, 0.7]), np.array([50, 20]), np.array([4, 15])
    found = prediction.brier_gain(p, 0.3, n, y)
    assert found.value == pytest.approx(prediction.brier([0.3, 0.3], n, y) - prediction.brier(p, n, y))
    losses = np.repeat([0.7**2 - 0.9**2, 0.3**2 - 0.1**2, 0.7**2 - 0.3**2, 0.3**2 - 0.7**2], [4, 46, 15, 5])
    half = 1.959963984540054 * losses.std(ddof=1) / np.sqrt(70)
    assert (found.low, found.high) == pytest.approx((losses.mean() - half, losses.mean() + half))


def test_saying_the_base_rate_gains_nothing():
    assert prediction.brier_gain([0.2, 0.2], 0.2, [5, 5], [1, 2]).value == 0


def test_reliability_keeps_everybody_and_splits_no_prediction():
    p = [0.5, 0.1, 0.1, 0.3]
    table = prediction.reliability(p, [10, 20, 30, 40], [5, 2, 4, 13], groups=4)
    assert table[["happened", "people"]].to_numpy().tolist() == [[6, 50], [13, 40], [5, 10]]
    assert table["expected"].tolist() == pytest.approx([5, 12, 5])
    assert table["predicted"].tolist() == pytest.approx([0.1, 0.3, 0.5])


def test_the_fit_is_the_two_by_two_table_where_there_are_two_scores():
    # Saturated: the log odds of 2 of 10 and of 5 of 10; Woolf's variance of the log odds ratio.
    found = prediction.fit_logistic([0, 10], [10, 10], [2, 5])
    assert found.params == pytest.approx([np.log(2 / 8), -np.log(2 / 8) / 10])
    assert found.covariance[1, 1] == pytest.approx((1 / 2 + 1 / 8 + 1 / 5 + 1 / 5) / 100, rel=1e-5)
    assert found.probability([0, 10]) == pytest.approx([0.2, 0.5])


def test_the_fit_finds_the_truth_as_often_as_it_says():
    truth, draw, rounds = (-3.0, 0.04), np.random.default_rng(11), 200
    inside = np.zeros(2)
    scores = np.arange(0, 101, 5.0)
    p = 1 / (1 + np.exp(-(truth[0] + truth[1] * scores)))
    for _ in range(rounds):
        people = draw.integers(20, 60, len(scores))
        fitted = prediction.fit_logistic(scores, people, draw.binomial(people, p))
        for index in (0, 1):
            found = fitted.interval(index)
            inside[index] += found.low <= truth[index] <= found.high
    # 95% of 200 is 190; four binomial standard errors are 12.
    assert (np.abs(inside - 190) <= 12).all()


@pytest.mark.parametrize(
    ("x", "people", "happened", "said"),
    [
        ([0, 1], [5, 5], [0, 0], "0 of 10 people"),
        ([0, 1], [5, 5], [5, 5], "10 of 10 people"),
        ([3, 3], [5, 5], [1, 2], "same score"),
        ([0, 1], [5, 5], [0, 5], "separates"),
        ([0, 1], [5, 5], [5, 1], "separates"),
    ],
)
def test_what_no_curve_fits_is_refused(x, people, happened, said):
    with pytest.raises(LogError, match=said):
        prediction.fit_logistic(x, people, happened)


@pytest.mark.parametrize("counts", [([], [], []), ([1], [0], [0]), ([1], [2], [3]), ([float("nan")], [2], [1])])
def test_counts_that_make_no_sense_are_refused(counts):
    with pytest.raises(SpecError):
        prediction.brier(*counts)


def test_one_group_only_has_no_ranking():
    assert np.isnan(prediction.auc([1, 2], [3, 3], [3, 3]).value)
    assert isinstance(prediction.reliability([0.4], [3], [1]), pd.DataFrame)
