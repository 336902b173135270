"""Rates, means, ratios, CUPED, strata, several arms and margins: hand stories, other implementations, invariants."""

from __future__ import annotations

import math

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as sp
from statsmodels.stats.contingency_tables import StratifiedTable

from funnel_utils import cro, stats
from funnel_utils.errors import SpecError

few = settings(max_examples=25, deadline=None)


def arm_of(*columns):
    rows = np.column_stack(columns).astype(float)
    return cro.Arm(len(rows), rows.mean(axis=0), np.atleast_2d(np.cov(rows.T)))


def sums_of(values):
    values = np.asarray(values, float)
    return len(values), values.mean(), values.var(ddof=1)


# Rates


def test_five_of_a_thousand_against_none_is_some_evidence():
    """One tool says p = 1 here. Pearson: z^2 = 2000 (5 x 1000)^2 / (1000 x 1000 x 5 x 1995) = 5.0125."""
    found = cro.compare_rates(5, 1000, 0, 1000)
    assert found.statistic[0] ** 2 == pytest.approx(5.0125, abs=1e-4)
    assert found.p[0] == pytest.approx(0.02517, abs=1e-5)
    assert found.low[0] > 0
    assert found.lift[0] == math.inf
    assert 0 < found.lift_low[0] < found.lift_high[0] == math.inf
    assert found.decided[0]


def test_nobody_in_either_arm_is_no_difference_and_any_lift():
    found = cro.compare_rates(0, 1000, 0, 1000)
    assert (found.difference[0], found.p[0]) == (0, 1)
    assert found.low[0] < 0 < found.high[0]
    assert (found.lift_low[0], found.lift_high[0]) == (-1, math.inf)
    assert math.isnan(found.lift[0])
    assert not found.decided[0]


def test_no_people_is_no_evidence():
    found = cro.compare_rates(0, 0, 3, 10)
    assert np.isnan([found.low[0], found.lift_low[0], found.p[0]]).all()


@pytest.mark.parametrize("alternative", ["larger", "smaller"])
def test_one_sided_rates_take_half_of_the_two_sided_p(alternative):
    both, one = (cro.compare_rates(130, 1000, 100, 1000, alternative=a) for a in ("two-sided", alternative))
    half = both.p[0] / 2
    assert one.p[0] == pytest.approx(half if alternative == "larger" else 1 - half)
    assert (one.high[0] == 1) if alternative == "larger" else (one.low[0] == -1)


def test_many_experiments_at_once_as_a_table():
    frame = cro.compare_rates([50, 61], 1000, [61, 50], 1000).to_frame()
    assert frame["difference"].tolist() == pytest.approx([-0.011, 0.011])
    assert set(frame["interval"]) == {"Miettinen-Nurminen"}
    assert set(frame["lift_interval"]) == {"Koopman"}


# Means


values = st.lists(st.integers(-50, 50), min_size=2, max_size=12).filter(lambda v: len(set(v)) > 1)


@few
@given(values, values, st.sampled_from(["two-sided", "greater", "less"]), st.booleans())
def test_means_as_scipy(one, other, alternative, equal):
    found = cro.compare_means(*sums_of(one), *sums_of(other), alternative=alternative, equal_var=equal)
    expected = sp.ttest_ind(one, other, equal_var=equal, alternative=alternative)
    bounds = expected.confidence_interval(0.95)
    assert (found.statistic[0], found.p[0]) == pytest.approx((expected.statistic, expected.pvalue), abs=1e-9)
    assert found.freedom[0] == pytest.approx(expected.df)
    assert (found.low[0], found.high[0]) == pytest.approx((bounds.low, bounds.high))


@few
@given(values, values)
def test_the_lift_of_a_mean_leaves_out_zero_when_the_difference_does(one, other):
    found = cro.compare_means(*sums_of(np.add(one, 200)), *sums_of(np.add(other, 200)))
    if math.isfinite(found.lift_low[0]) and abs(found.p[0] - 0.05) > 1e-9:
        outside = found.lift_low[0] > 0 or found.lift_high[0] < 0
        assert outside == (found.p[0] < 0.05) == bool(found.decided[0])


def test_a_control_near_zero_allows_any_lift():
    found = cro.compare_means(50, 3.0, 4.0, 50, 0.1, 4.0)
    assert (found.lift_low[0], found.lift_high[0]) == (-math.inf, math.inf)
    assert found.low[0] > 0  # the difference is clear all the same


@pytest.mark.parametrize("sides", [(1, 5, 0, 9, 4, 1), (9, 5, 0, 9, 4, 0), (0, 0, 0, 9, 4, 1)])
def test_means_without_any_spread_say_nothing(sides):
    found = cro.compare_means(*sides)
    assert np.isnan([found.low[0], found.p[0], found.lift_low[0]]).all()


def test_sums_make_variances():
    assert stats.variance_of(4, 10, 30)[0] == pytest.approx(np.var([1, 2, 3, 4], ddof=1))
    assert np.isnan(stats.variance_of(1, 3, 9)[0])


# Ratios


def test_a_ratio_with_one_row_a_person_is_a_mean():
    rng = np.random.default_rng(1)
    one, other = rng.poisson(3, 40), rng.poisson(2, 60)
    ratio = cro.compare_ratios(*arm_of(one, np.ones(40)), *arm_of(other, np.ones(60)))
    mean = cro.compare_means(*sums_of(one), *sums_of(other))
    assert (ratio.low[0], ratio.high[0], ratio.p[0]) == pytest.approx((mean.low[0], mean.high[0], mean.p[0]))


def test_a_ratio_is_surer_of_persons_than_of_rows():
    """Ten heavy users make most of the clicks: rows would count them as hundreds."""
    rng = np.random.default_rng(2)
    visits = np.r_[np.ones(90), np.full(10, 60)]
    clicks = rng.binomial(visits.astype(int), np.r_[np.full(90, 0.2), rng.uniform(0, 1, 10)])
    found = cro.compare_ratios(*arm_of(clicks, visits), *arm_of(clicks[::-1], visits[::-1]))
    rows = cro.compare_rates(clicks.sum(), visits.sum(), clicks.sum(), visits.sum())
    assert found.se[0] > 2 * rows.se[0]


def test_the_delta_method_against_the_jackknife():
    rng = np.random.default_rng(3)
    visits = rng.poisson(4, 400) + 1
    clicks = rng.binomial(visits, 0.3)
    left_out = (clicks.sum() - clicks) / (visits.sum() - visits)
    jackknife = math.sqrt(399 / 400 * ((left_out - left_out.mean()) ** 2).sum())
    found = cro.compare_ratios(*arm_of(clicks, visits), *arm_of(clicks, visits))
    assert found.se[0] / math.sqrt(2) == pytest.approx(jackknife, rel=0.01)


# CUPED


def spenders(n, seed, lift=0.0):
    rng = np.random.default_rng(seed)
    before = rng.gamma(2, 20, n)
    visits = rng.poisson(3, n) + 1
    return 0.8 * before + rng.normal(0, 10, n) + lift, before, visits, rng.normal(0, 1, n)


def test_cuped_with_equal_arms_is_the_regression_on_the_covariates():
    one, other = spenders(200, 1, 5), spenders(200, 2)
    found = cro.cuped_means(arm_of(*one), arm_of(*other), 0, [1, 3])
    rows = np.hstack([one, other])
    design = np.column_stack([np.ones(400), np.r_[np.ones(200), np.zeros(200)], rows[1], rows[3]])
    fit = sm.OLS(rows[0], design).fit()
    assert found.comparison.difference[0] == pytest.approx(fit.params[1])
    assert found.theta[0] == pytest.approx(fit.params[2:])
    assert found.comparison.se[0] == pytest.approx(fit.bse[1], rel=0.01)


def test_cuped_takes_away_the_share_that_the_past_explains():
    found = cro.cuped_means(arm_of(*spenders(4000, 1)), arm_of(*spenders(4000, 2)), 0, [1])
    correlation = np.corrcoef(*spenders(8000, 3)[:2])[0, 1]
    assert found.reduction[0] == pytest.approx(correlation**2, abs=0.02)
    assert found.comparison.se[0] < 0.6 * found.plain.se[0]


def test_what_repeats_or_does_not_vary_is_dropped():
    one, other = (np.array(spenders(100, seed)) for seed in (1, 2))
    more = [np.vstack([rows, 3 * rows[1] - 7, np.ones(100)]) for rows in (one, other)]
    found = cro.cuped_means(arm_of(*more[0]), arm_of(*more[1]), 0, [1, 4, 5])
    plain = cro.cuped_means(arm_of(*one), arm_of(*other), 0, [1])
    assert found.dropped == (1, 2)
    assert found.comparison.difference[0] == pytest.approx(plain.comparison.difference[0])


def test_a_covariate_that_the_treatment_moved_shows_in_the_balance():
    one, other = spenders(500, 1), spenders(500, 2)
    leaking = (one[0], one[1] + 15, *one[2:])
    found = cro.cuped_means(arm_of(*leaking), arm_of(*other), 0, [1, 3])
    assert found.balance[0, 0] < 1e-6
    assert found.balance[0, 1] > 0.01


def test_cuped_of_a_ratio_with_one_row_a_person_is_that_of_the_mean():
    one, other = (np.vstack([spenders(80, seed), np.ones(80)]) for seed in (1, 2))
    arms = arm_of(*one), arm_of(*other)
    mean = cro.cuped_means(*arms, 0, [1]).comparison
    ratio = cro.cuped_ratios(*arms, 0, 4, [(1, 4)]).comparison
    assert (ratio.low[0], ratio.high[0], ratio.lift_low[0]) == pytest.approx(
        (mean.low[0], mean.high[0], mean.lift_low[0])
    )


def test_cells_at_once_are_the_same_as_one_by_one():
    arms = [[arm_of(*spenders(60, 10 * side + cell)) for cell in range(3)] for side in (1, 2)]
    stacked = [cro.Arm(*(np.stack([np.asarray(a[k]) for a in side]) for k in range(3))) for side in arms]
    together = cro.cuped_means(*stacked, 0, [1, 3])
    for cell in range(3):
        alone = cro.cuped_means(arms[0][cell], arms[1][cell], 0, [1, 3])
        assert together.comparison.low[cell] == pytest.approx(alone.comparison.low[0])
        assert together.theta[cell] == pytest.approx(alone.theta[0])


def test_cuped_asks_for_covariates_that_exist():
    arm = arm_of(*spenders(20, 1))
    with pytest.raises(SpecError, match="without covariates"):
        cro.cuped_means(arm, arm, 0, [])
    with pytest.raises(SpecError, match="no column 9"):
        cro.cuped_means(arm, arm, 0, [9])


# Strata

counts = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@few
@given(st.lists(st.tuples(counts, counts), min_size=1, max_size=5))
def test_mantel_haenszel_as_statsmodels(cells):
    (y, n), (x, m) = (np.array([side[k] for side in cells]).T for k in (0, 1))
    found = cro.mantel_haenszel(y, n, x, m)
    tables = [np.array([[a, b - a], [c, d - c]], float) for a, b, c, d in zip(y, n, x, m, strict=True)]
    other = StratifiedTable(tables)
    if 0 < (y + x).sum() < (n + m).sum():
        assert found.p == pytest.approx(other.test_null_odds().pvalue, abs=1e-9)
    if 0 < found.odds_ratio < math.inf:
        assert found.odds_ratio == pytest.approx(other.oddsratio_pooled)
        assert (found.odds_low, found.odds_high) == pytest.approx(other.oddsratio_pooled_confint())
        assert found.lift + 1 == pytest.approx(other.riskratio_pooled)
    assert found.low <= found.difference <= found.high
    assert found.low < found.high


def test_simpson_is_not_fooled():
    """Treatment is better in each week; week two is worse for all and holds most of treatment."""
    y, n, x, m = [60, 90], [100, 900], [500, 8], [900, 100]
    assert sum(y) / sum(n) < sum(x) / sum(m)
    found = cro.mantel_haenszel(y, n, x, m)
    assert found.difference == pytest.approx((90 * (0.6 - 5 / 9) + 90 * (0.1 - 0.08)) / 180)
    assert found.lift > 0


def test_strata_of_one_arm_tell_nothing():
    both = cro.mantel_haenszel([5, 3], [20, 10], [2, 0], [20, 0])
    assert both.strata == 1
    assert both.difference == pytest.approx(0.15)
    with pytest.raises(SpecError, match="no stratum"):
        cro.mantel_haenszel([5], [20], [0], [0])


def test_nobody_in_any_stratum_is_not_certainty():
    found = cro.mantel_haenszel([0, 0], [50, 50], [0, 0], [50, 50])
    assert found.low < 0 < found.high


def test_means_within_strata_lose_the_spread_between_them():
    rng = np.random.default_rng(5)
    shops = [(rng.normal(base + 1, 2, 60), rng.normal(base, 2, 60)) for base in (0, 30, 60)]
    cells = np.array([[*sums_of(one), *sums_of(other)] for one, other in shops]).T
    found = cro.stratified_means(*cells)
    pooled = cro.compare_means(*(part for k in (0, 1) for part in sums_of(np.concatenate([s[k] for s in shops]))))
    assert found.difference[0] == pytest.approx(pooled.difference[0])
    assert found.se[0] < pooled.se[0] / 5


# Several arms


def test_dunnett_as_scipy():
    rng = np.random.default_rng(3)
    arms = [rng.normal(mean, 1, n) for mean, n in ((0, 20), (0.5, 15), (0.9, 30))]
    expected = sp.dunnett(*arms[1:], control=arms[0], rng=np.random.default_rng(1))
    square = sum(((a - a.mean()) ** 2).sum() for a in arms) / 62
    means, variances = [a.mean() for a in arms], [square / len(a) for a in arms]
    found = cro.dunnett(means[1:], variances[1:], means[0], variances[0], freedom=62)
    # Theirs is an integral by random points.
    assert found.p == pytest.approx(expected.pvalue, abs=2e-3)
    assert found.low == pytest.approx(expected.confidence_interval(0.95).low, abs=2e-3)


@given(st.integers(1, 8), st.floats(0.1, 0.99))
@few
def test_dunnett_lies_between_one_comparison_and_bonferroni(arms, loading):
    edge = cro.dunnett_critical([loading] * arms)
    assert sp.norm.isf(0.025) - 1e-9 <= edge <= sp.norm.isf(0.025 / arms) + 1e-9


def test_its_p_values_and_intervals_agree():
    found = cro.dunnett([1.0, 2.3, -2.4], [0.5, 0.6, 0.4], 0.0, 0.5, freedom=40)
    assert ((found.p < 0.05) == ((found.low > 0) | (found.high < 0))).all()


# Margins


def test_no_harm_seen_is_not_no_harm():
    """40 of 400 against 44 of 400: no significant loss, and yet a loss of two points is far from ruled out."""
    assert cro.compare_rates(40, 400, 44, 400).p[0] > 0.5
    found = cro.noninferior_rates(40, 400, 44, 400, 0.02)
    assert not found.passed[0]
    assert found.bound[0] < -0.02


@few
@given(counts, counts, st.floats(0.01, 0.3), st.booleans(), st.booleans())
def test_bound_and_test_of_a_margin_agree(one, other, margin, relative, higher):
    found = cro.noninferior_rates(*one, *other, margin, relative=relative, higher_is_better=higher)
    if not np.isnan(found.p[0]) and abs(found.p[0] - 0.025) > 1e-6:
        within = found.bound[0] > found.margin[0] if higher else found.bound[0] < found.margin[0]
        assert within == (found.p[0] < 0.025) == found.passed[0]


def test_a_margin_of_means_is_a_shifted_t_test():
    one, other = [9.0, 11, 10, 12, 8, 10], [10.0, 12, 9, 11, 10, 9]
    found = cro.noninferior_means(*sums_of(one), *sums_of(other), 2.0)
    expected = sp.ttest_ind(np.array(one) + 2, other, equal_var=False, alternative="greater")
    assert found.p[0] == pytest.approx(expected.pvalue)
    low = sp.ttest_ind(one, other, equal_var=False).confidence_interval(0.95).low
    assert found.bound[0] == pytest.approx(low)


def test_where_lower_is_better_the_margin_lies_above():
    found = cro.noninferior_rates(520, 10_000, 500, 10_000, 0.01, higher_is_better=False)
    assert found.margin[0] == 0.01
    assert found.passed[0]
    with pytest.raises(SpecError, match="above 0"):
        cro.noninferior_rates(1, 2, 1, 2, -0.01)


def test_a_relative_margin_of_means_counts_controls_own_error():
    found = cro.noninferior_means(900, 9.9, 9, 900, 10, 9, 0.05, relative=True)
    z = (9.9 - 0.95 * 10) / math.sqrt(9 / 900 + 0.95**2 * 9 / 900)
    assert found.p[0] == pytest.approx(sp.norm.sf(z), rel=0.02)
    assert found.passed[0] == (found.bound[0] > -0.05)


def test_from_any_comparison():
    compared = cro.compare_estimates(9.9, 0.02, 10, 0.02)
    found = cro.noninferior(compared, 0.5)
    assert found.bound[0] == pytest.approx(-0.1 - stats.counts.critical(0.05) * 0.2)
    assert found.passed[0]
