"""Two rates, several p-values, one proportion: against ten-line brute forces, and what must always hold."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as sp
from scipy.optimize import minimize_scalar
from statsmodels.stats.multitest import multipletests

from funnel_utils import stats
from funnel_utils.errors import SpecError

few = settings(max_examples=25, deadline=None)
Z = 1.959963984540054


def arm(most=40):
    return st.integers(1, most).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def likeliest(y, n, x, m, pair):
    """The likeliest of the pairs of rates that `pair` makes of one number between 0 and 1."""

    def unlikely(share):
        terms = zip((y, n - y, x, m - x), (v for p in pair(share) for v in (p, 1 - p)), strict=True)
        return -sum(k * math.log(max(p, 1e-300)) for k, p in terms if k)

    best = minimize_scalar(unlikely, bounds=(0, 1), method="bounded", options={"xatol": 1e-12})
    return pair(min((best.x, 0.0, 1.0), key=unlikely))


def brute_z(y, n, x, m, value, factor):
    """The score statistic of a difference, by searching for the likeliest pair of rates."""
    low, high = max(0, value), min(1, 1 + value)
    p, q = likeliest(y, n, x, m, lambda s: (low + s * (high - low), low + s * (high - low) - value))
    return (y / n - x / m - value) / math.sqrt((p * (1 - p) / n + q * (1 - q) / m) * factor)


@few
@given(arm(), arm())
def test_the_ends_of_miettinen_nurminen_are_where_the_score_test_stops_rejecting(one, other):
    (y, n), (x, m) = one, other
    factor = (n + m) / (n + m - 1)
    for end, sign in zip(stats.miettinen_nurminen(y, n, x, m), (1, -1), strict=True):
        if abs(end[0]) < 1 - 1e-9:
            assert sign * brute_z(y, n, x, m, end[0], factor) == pytest.approx(Z, abs=1e-4)


@few
@given(arm(), arm())
def test_the_ends_of_koopman_are_where_the_score_test_of_a_ratio_stops_rejecting(one, other):
    (y, n), (x, m) = one, other
    for end, sign in zip(stats.ratio_interval(y, n, x, m), (1, -1), strict=True):
        ratio = float(end[0])
        if 0 < ratio < math.inf:
            top = min(1, 1 / ratio)
            p, q = likeliest(y, n, x, m, lambda s, r=ratio, t=top: (r * t * s, t * s))
            z = (y / n - ratio * x / m) / math.sqrt(p * (1 - p) / n + ratio**2 * q * (1 - q) / m)
            assert sign * z == pytest.approx(Z, abs=1e-4)


@few
@given(arm(500), arm(500))
def test_an_interval_for_every_pair_of_counts(one, other):
    for ends in (stats.difference_interval(*one, *other), stats.ratio_interval(*one, *other)):
        low, high = float(ends.low[0]), float(ends.high[0])
        assert not math.isnan(low)
        assert low < high
    difference = one[0] / one[1] - other[0] / other[1]
    low, high = stats.difference_interval(*one, *other)
    assert -1 <= low[0] <= difference + 1e-12
    assert difference - 1e-12 <= high[0] <= 1


@few
@given(arm(500), arm(500))
def test_test_difference_and_ratio_tell_one_story(one, other):
    p = float(stats.two_proportions(*one, *other)[0])
    if abs(p - 0.05) > 1e-9:
        mee = stats.difference_interval(*one, *other, method="mee")
        koopman = stats.ratio_interval(*one, *other)
        assert ((mee.low[0] > 0) | (mee.high[0] < 0)) == (p < 0.05)
        assert ((koopman.low[0] > 1) | (koopman.high[0] < 1)) == (p < 0.05)


@few
@given(arm(500), arm(500))
def test_turned_round_the_difference_changes_sign_and_the_ratio_is_inverted(one, other):
    low, high = stats.difference_interval(*one, *other)
    back_low, back_high = stats.difference_interval(*other, *one)
    assert (low[0], high[0]) == pytest.approx((-back_high[0], -back_low[0]), abs=1e-12)
    low, high = stats.ratio_interval(*one, *other)
    back_low, back_high = stats.ratio_interval(*other, *one)
    with np.errstate(divide="ignore"):
        assert (low[0], high[0]) == pytest.approx((1 / back_high[0], 1 / back_low[0]))


@pytest.mark.parametrize(
    "groups", [(3, 2_000_000, 9, 2_500_000), (0, 11, 250, 8_717_195), (10**7 - 4, 10**7, 10**7, 10**7)]
)
def test_one_in_a_million_keeps_its_digits(groups):
    """Test and interval are computed in two different ways; at the interval's ends they must meet."""
    for end, sign in zip(stats.difference_interval(*groups, method="mee"), (1, -1), strict=True):
        assert sign * stats.score_test(*groups, value=end).statistic[0] == pytest.approx(Z, abs=1e-6)
    for end, sign in zip(stats.ratio_interval(*groups), (1, -1), strict=True):
        if 0 < end[0] < math.inf:
            z = stats.score_test(*groups, value=end, compare="ratio").statistic[0]
            assert sign * z == pytest.approx(Z, abs=1e-6)


def test_many_at_once_are_the_same_as_one_by_one():
    groups = np.array(list(itertools.product((0, 1, 5, 9), (9,), (0, 3, 20), (20,)))).T
    together = stats.difference_interval(*groups), stats.ratio_interval(*groups)
    for place, group in enumerate(groups.T):
        for all_of, one in zip(
            together, (stats.difference_interval(*group), stats.ratio_interval(*group)), strict=True
        ):
            assert (all_of.low[place], all_of.high[place]) == pytest.approx((one.low[0], one.high[0]), rel=1e-9)


@pytest.mark.parametrize("method", ["miettinen_nurminen", "mee", "newcombe", "newcombe_cc", "agresti_caffo", "wald"])
def test_a_one_sided_bound_is_an_end_of_the_wider_interval(method):
    groups = 12, 90, 5, 80
    both = stats.difference_interval(*groups, 0.1, method=method)
    assert stats.difference_interval(*groups, 0.05, method=method, alternative="larger") == (both.low, 1)
    assert stats.difference_interval(*groups, 0.05, method=method, alternative="less") == (-1, both.high)


def test_a_one_sided_bound_agrees_with_its_test():
    """R: prop.test and binom.test give (low, 1) for "greater"."""
    expected = sp.binomtest(7, 20, 0.2, alternative="greater").proportion_ci(0.95)
    found = stats.proportion_interval(7, 20, method="clopper_pearson", alternative="greater")
    assert (found.low[0], found.high[0]) == pytest.approx((expected.low, 1))


@few
@given(arm(300))
def test_every_interval_of_a_proportion_holds_it_and_mirrors(case):
    y, n = case
    for method in ("wilson", "wilson_cc", "clopper_pearson", "mid_p", "jeffreys", "agresti_coull", "wald"):
        low, high = stats.proportion_interval(y, n, method=method)
        back = stats.proportion_interval(n - y, n, method=method)
        assert 0 <= low[0] <= y / n + 1e-12
        assert y / n - 1e-12 <= high[0] <= 1
        assert (low[0], high[0]) == pytest.approx((1 - back.high[0], 1 - back.low[0]), abs=1e-10)


def test_mid_p_counts_half_of_what_was_seen():
    low, high = stats.proportion_interval(4, 20, method="mid_p")
    for p, tail in ((low[0], sp.binom.sf(4, 20, low[0])), (high[0], sp.binom.cdf(3, 20, high[0]))):
        assert tail + sp.binom.pmf(4, 20, p) / 2 == pytest.approx(0.025, abs=1e-9)


def test_wald_and_clopper_pearson_are_opposites_at_a_rare_event():
    """Exact enumeration: what share of outcomes gives an interval that holds the true 1%?"""
    outcomes = np.arange(101)
    chance = sp.binom.pmf(outcomes, 100, 0.01)
    held = {
        method: chance @ [low <= 0.01 <= high for low, high in np.transpose(
            stats.proportion_interval(outcomes, 100, method=method))]
        for method in ("wald", "wilson", "clopper_pearson")
    }  # fmt: skip
    assert held["wald"] < 0.65
    assert held["wilson"] > 0.9
    assert held["clopper_pearson"] >= 0.95


@pytest.mark.parametrize("bad", [{"method": "magic"}, {"alternative": "bigger"}, {"alpha": 1.5}])
def test_what_is_not_known_is_named(bad):
    with pytest.raises(SpecError, match=next(iter(bad))):
        stats.difference_interval(**({"count": 1, "total": 2, "other": 1, "other_total": 2} | bad))


def test_no_trials_are_no_evidence():
    for found in (stats.difference_interval(0, 0, 1, 5), stats.ratio_interval(0, 0, 1, 5)):
        assert np.isnan(found).all()
    assert np.isnan(stats.proportion_interval(0, 0, alternative="larger")).all()


def test_nan_counts_stay_nan():
    assert np.isnan(stats.difference_interval(np.nan, 10, 1, 5)).all()


# Fieller


@given(st.floats(-50, 50), st.floats(0.01, 4), st.floats(-50, 50), st.floats(0.01, 4), st.floats(-0.009, 0.009))
def test_fieller_is_where_the_difference_from_a_multiple_stops_being_clear(a, va, b, vb, cov):
    low, high = stats.fieller(a, va, b, vb, covariance=cov)
    if math.isinf(low[0]):
        assert b**2 <= Z**2 * vb * (1 + 1e-9)
        return
    for ratio in (low[0], high[0]):
        square = va - 2 * ratio * cov + ratio**2 * vb
        assert abs(a - ratio * b) == pytest.approx(Z * math.sqrt(square), rel=1e-5)
    assert low[0] <= a / b <= high[0]


# Corrections

MULTIPLE = {"bonferroni": "bonferroni", "sidak": "sidak", "holm": "holm", "holm_sidak": "holm-sidak"}
MULTIPLE |= {"hochberg": "simes-hochberg", "hommel": "hommel", "by": "fdr_by", "bh": "fdr_bh"}


@settings(max_examples=4, deadline=None)  # the other implementation is slow
@given(st.lists(st.floats(0, 1), min_size=2, max_size=12))
def test_corrections_as_statsmodels(pvalues):
    for ours, theirs in MULTIPLE.items():
        expected = multipletests(pvalues, method=theirs)[1]
        assert stats.p_adjust(pvalues, ours) == pytest.approx(expected, abs=1e-12), ours


def test_hommel_is_the_closed_test_of_simes():
    """Adjusted p = the largest Simes p-value of all sets of questions that the question belongs to."""
    p = np.array([0.011, 0.02, 0.03, 0.6, 0.045])
    sets = [s for k in range(1, 6) for s in itertools.combinations(range(5), k)]

    def simes(s):
        ordered = np.sort(p[list(s)])
        return (len(s) * ordered / np.arange(1, len(s) + 1)).min()

    expected = [max(simes(s) for s in sets if i in s) for i in range(5)]
    assert stats.p_adjust(p, "hommel") == pytest.approx(expected)


def test_one_question_needs_no_correction():
    for method in (*MULTIPLE, "none"):
        assert stats.p_adjust([0.03, np.nan], method)[0] == pytest.approx(0.03)


def test_impossible_p_values_are_refused():
    with pytest.raises(SpecError, match="between 0 and 1"):
        stats.p_adjust([0.1, 1.2])
    with pytest.raises(SpecError, match="magic"):
        stats.p_adjust([0.1], "magic")


# Tables


@given(st.lists(st.lists(st.integers(0, 50), min_size=2, max_size=2), min_size=2, max_size=4))
def test_chi_square_as_scipy(rows):
    table = np.array(rows)
    found = stats.chi_square(table)
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    if min(table.shape) < 2:
        assert found.p[0] == 1
        return
    expected = sp.chi2_contingency(table, correction=False)
    assert (found.statistic[0], found.p[0]) == pytest.approx((expected.statistic, expected.pvalue), abs=1e-12)
    if table.shape == (2, 2):
        corrected = stats.chi_square(table, correction=True)
        assert corrected.p[0] == pytest.approx(sp.chi2_contingency(table, correction=True).pvalue)


def test_a_split_of_three_arms_as_meant():
    counts = [[5000, 2480, 2520], [5300, 2350, 2350], [0, 0, 0]]
    found = stats.chi_square_fit(counts, [2, 1, 1])
    assert found.p[0] == pytest.approx(sp.chisquare(counts[0], [5000, 2500, 2500]).pvalue)
    assert found.p[1] < 1e-6
    assert np.isnan(found.p[2])


def test_units_in_an_arm_that_should_have_none():
    assert stats.chi_square_fit([100, 100, 1], [1, 1, 0]).p[0] == 0


@few
@given(arm(60), st.floats(0.01, 0.99))
def test_the_binomial_test_adds_up_what_is_no_likelier(case, p):
    y, n = case
    chance = sp.binom.pmf(np.arange(n + 1), n, p)
    expected = chance[chance <= chance[y] * (1 + 1e-7)].sum()
    assert stats.binomial_test(y, n, p)[0] == pytest.approx(min(expected, 1), abs=1e-9)
