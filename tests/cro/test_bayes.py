"""Posteriors: closed forms for whole counts, another package's values, and sums on fine grids."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import betaln
from scipy.stats import beta, norm

from funnel_utils.cro import BetaPrior, NormalPrior, SampleMean, Thompson, bayes_effect, bayes_means, bayes_rates
from funnel_utils.cro.betas import Betas
from funnel_utils.errors import SpecError


def closed(a: float, b: float, c: int, d: float) -> float:
    """P(Beta(c, d) > Beta(a, b)) for whole c: Evan Miller, Formulas for Bayesian A/B testing."""
    i = np.arange(c)
    return float(np.exp(betaln(a + i, b + d) - np.log(d + i) - betaln(1 + i, d) - betaln(a, b)).sum())


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
@settings(max_examples=20)
def test_the_chance_to_win_against_the_closed_form(won, lost, won_b, lost_b) -> None:
    arms = Betas(np.array([won + 1.0, won_b + 1.0]), np.array([lost + 1.0, lost_b + 1.0]))
    expected = closed(won + 1, lost + 1, won_b + 1, lost_b + 1)
    assert arms.beats(1, 0) == pytest.approx(expected, rel=1e-8, abs=1e-12)
    assert arms.chance_best().sum() == pytest.approx(1, abs=1e-9)
    # What is gained by one choice is what is lost by the other, up to the difference of the means.
    loss = arms.loss()
    assert loss[0] - loss[1] == pytest.approx(arms.mean[1] - arms.mean[0], abs=1e-9)


def test_the_expected_loss_of_another_package() -> None:
    # gbstats' BinomialBayesianABTest, 49 and 51 of 100 with a flat prior: risk .03872 and .01912.
    found = bayes_rates([49, 51], [100, 100]).table
    assert found["loss"].tolist() == pytest.approx([0.03872, 0.01912], abs=6e-6)


def test_medians_and_intervals_against_a_fine_grid() -> None:
    found = bayes_rates([3, 9], [20, 25], prior=BetaPrior(2, 5)).table.iloc[1]
    x = np.linspace(0, 1, 100_001)
    control, treatment = beta(5, 22).pdf(x), beta(11, 21)
    for name, chance in (("low", 0.025), ("", 0.5), ("high", 0.975)):
        difference, lift = (found[f"{what}_{name}".rstrip("_")] for what in ("difference", "lift"))
        assert np.trapezoid(control * treatment.cdf(x + difference), x) == pytest.approx(chance, abs=1e-7)
        assert np.trapezoid(control * treatment.cdf(x * (1 + lift)), x) == pytest.approx(chance, abs=1e-7)


def test_three_arms_against_a_fine_grid() -> None:
    x = np.linspace(0, 1, 200_001)
    shapes = [(5, 20), (8, 17), (7.5, 30.5)]
    density, below = ([getattr(beta(*shape), what)(x) for shape in shapes] for what in ("pdf", "cdf"))
    arms = Betas(*(np.array(values, dtype=float) for values in zip(*shapes, strict=True)))
    for i, (chance, loss) in enumerate(zip(arms.chance_best(), arms.loss(), strict=True)):
        others = np.prod([below[j] for j in range(3) if j != i], axis=0)
        assert chance == pytest.approx(np.trapezoid(density[i] * others, x), abs=1e-7)
        assert loss == pytest.approx(np.trapezoid(below[i] * (1 - others), x), abs=1e-7)


def test_few_and_many_people_and_rates_at_the_edge() -> None:
    # Ten against ten million, none of either, all of one: no warnings, no NaN, the obvious answers.
    for counts, totals, chance in (
        ([5, 5_000_000], [10, 10_000_000], 0.5),
        ([0, 0], [1000, 1000], 0.5),
        ([0, 1000], [1000, 1000], 1.0),
        ([100_000, 101_000], [1_000_000, 1_000_000], 0.990),
    ):
        row = bayes_rates(counts, totals).table.iloc[1]
        assert row["chance_to_win"] == pytest.approx(chance, abs=1e-3)
        assert row["difference_low"] < row["difference"] < row["difference_high"]
        assert row["lift_low"] < row["lift"] < row["lift_high"]
    # With a million people the posterior is normal.
    z = 0.001 / math.sqrt((0.1 * 0.9 + 0.101 * 0.899) / 1e6)
    assert row["chance_to_win"] == pytest.approx(norm.cdf(z), abs=1e-4)


def test_a_prior_counts_for_its_strength() -> None:
    prior = BetaPrior.of(rate=0.1, strength=300)
    result = bayes_rates([0, 30], [100, 100], prior=prior)
    found = result.table
    assert found["mean"].tolist() == pytest.approx([30 / 400, 60 / 400])
    assert found["prior_share"].tolist() == pytest.approx([0.75, 0.75])
    assert "75% of this is the prior, which counts for 300 people" in result.verdict


@pytest.mark.parametrize(
    ("arms", "arguments", "expected"),
    [
        # gbstats 0.8 EffectBayesianABTest: chance to win, mean, low, high, risk of control, risk of treatment.
        ("rates", {}, (0.6091813, 0.0408163, -0.2477934, 0.3294260, 0.0813958, 0.0405795)),
        ("rates", {"relative": False}, (0.6113730, 0.02, -0.1185627, 0.1585627, 0.0393250, 0.0193250)),
        (
            "rates",
            {"prior": NormalPrior(0, 0.3)},
            (0.5982529, 0.0328918, -0.2261906, 0.2919743, 0.0708052, 0.0379134),
        ),
        (
            "rates",
            {"prior": NormalPrior(0.1, 0.05), "alpha": 0.1},
            (0.9763121, 0.0938818, 0.0160060, 0.1717575, 0.0943025, 0.0004208),
        ),
        ("means", {}, (0.9192339, 0.05, -0.0200019, 0.1200019, 0.0513098, 0.0013098)),
        ("means", {"relative": False}, (0.9213504, 0.5, -0.1929519, 1.1929519, 0.5125636, 0.0125636)),
        (
            "means",
            {"prior": NormalPrior(0.01, 0.03), "relative": False},
            (0.6742611, 0.0135028, -0.0450856, 0.0720912, 0.0198732, 0.0063704),
        ),
    ],
)
def test_effects_of_another_package(arms, arguments, expected) -> None:
    samples = {
        "rates": (SampleMean.of_rate(49, 100), SampleMean.of_rate(51, 100)),
        "means": (SampleMean.of_sums(10, 100, 1002.25), SampleMean.of_sums(10, 105, 1111.5)),
    }
    found = bayes_means(*samples[arms], **arguments)
    got = (found.chance_to_win, found.mean, found.low, found.high, found.loss_control, found.loss_treatment)
    assert got == pytest.approx(expected, abs=6e-8)


def test_a_prior_pulls_and_a_flat_one_does_not() -> None:
    flat = bayes_effect(0.1, 0.05)
    assert (flat.mean, flat.sd, flat.prior_share) == pytest.approx((0.1, 0.05, 0.0))
    pulled = bayes_effect(0.1, 0.05, prior=NormalPrior(0, 0.05))
    assert pulled.mean == pytest.approx(0.05)
    assert pulled.prior_share == pytest.approx(0.5)


def test_what_cannot_be_compared() -> None:
    for call, named in (
        (lambda: bayes_rates([1], [2]), "two arms"),
        (lambda: bayes_rates(["many", 1], [2, 2]), "converted=.* must be numbers"),
        (lambda: Thompson("ab"), "rates"),
        (lambda: bayes_rates([3, 1], [2, 2]), "converted"),
        (lambda: bayes_rates([1, 1], [2, math.nan]), "converted"),
        (lambda: bayes_rates([1, 1], [2, 2], names=["a", "a"]), "names"),
        (lambda: bayes_rates([1, 1], [2, 2], alpha=0), "alpha"),
        (lambda: BetaPrior(0, 1), "a=0"),
        (lambda: BetaPrior.of(1.0, 10), "rate"),
        (lambda: NormalPrior(0, 0), "sd"),
        (lambda: bayes_effect(0.1, 0), "standard error"),
        (lambda: bayes_means((10, 0, 1), (10, 1, 1)), "relative=False"),
        (lambda: bayes_means((10, 1, 0), (10, 1, 0)), "varies"),
        (lambda: bayes_means((0, 1, 1), (10, 1, 1)), "control"),
        (lambda: SampleMean.of_sums(1, 1, 1), "two units"),
        (lambda: SampleMean.of_rate(2, 1), "count"),
        (lambda: Thompson([0.1]), "rates"),
        (lambda: Thompson([0.1, 1.2]), "rates"),
        (lambda: Thompson([0.1, 0.2], rounds=0), "rounds"),
    ):
        with pytest.raises(SpecError, match=named):
            call()


# --- The bandit ------------------------------------------------------------------------------------------------------


def test_a_bandit_loses_less_than_an_even_split_and_finds_the_best() -> None:
    found = Thompson([0.05, 0.15], rounds=30, per_round=50, runs=60, seed=3).run()
    end = found.table.iloc[-1]
    assert end["even_regret"] == pytest.approx(1500 * 0.05)
    assert end["regret"] < 0.5 * end["even_regret"]
    assert end["share_best"] > 0.9
    assert found.found == 1.0
    assert found.arms["people"].sum() == pytest.approx(1500)
    # Regret is what the people in the worse arm lost.
    assert end["regret"] == pytest.approx(0.1 * found.arms["people"][0])


def test_equal_arms_cost_nothing_and_the_first_round_is_even() -> None:
    found = Thompson([0.1, 0.1], rounds=5, per_round=40, runs=50).run()
    assert found.table["regret"].iloc[-1] == 0
    assert Thompson([0.1, 0.3], rounds=1, per_round=400, runs=50).run().table["share_best"][0] == pytest.approx(
        0.5, abs=0.02
    )


def test_the_arm_that_is_dropped_looks_worse_than_it_is() -> None:
    found = Thompson([0.10, 0.12], rounds=60, per_round=50, runs=150, seed=1).run()
    assert found.arms["bias"][0] < -0.002


def test_the_same_seed_gives_the_same_runs() -> None:
    first, second = (Thompson([0.1, 0.2], rounds=4, runs=5, seed=7).run().table for _ in range(2))
    assert first.equals(second)


def test_somebody_is_the_best_even_where_rates_are_one_to_all_digits() -> None:
    table = bayes_rates([5, 7, 6], [5, 7, 6], prior=BetaPrior(0.02, 0.02)).table
    # A prior of two hundredths puts some of the weight beyond what a grid can hold.
    assert table["chance_best"].sum() == pytest.approx(1, abs=1e-5)
