"""Intervals, tests and corrections: published values, other implementations, invariants."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as sp
from statsmodels.duration.survfunc import SurvfuncRight
from statsmodels.stats.contingency_tables import Table2x2
from statsmodels.stats.multitest import multipletests

from funnel_utils import stats
from funnel_utils.errors import SpecError

CASES = json.loads((Path(__file__).parent / "reference" / "statistics-cases.json").read_text())


def counts(draw_max=10_000):
    return st.integers(1, draw_max).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize("case", CASES["wilson"], ids=lambda c: f"{c['count']} of {c['total']}")
def test_wilson_as_published(case):
    low, high = stats.wilson(case["count"], case["total"])
    assert low[0] == pytest.approx(case["low"], abs=case["tolerance"])
    assert high[0] == pytest.approx(case["high"], abs=case["tolerance"])


@pytest.mark.parametrize("case", CASES["newcombe"], ids=lambda c: str(c["groups"]))
def test_newcombe_as_published(case):
    low, high = stats.newcombe(*case["groups"])
    assert low[0] == pytest.approx(case["low"], abs=case["tolerance"])
    assert high[0] == pytest.approx(case["high"], abs=case["tolerance"])


@pytest.mark.parametrize("case", CASES["score_test"], ids=lambda c: str(c["groups"]))
def test_score_test_as_published(case):
    assert stats.two_proportions(*case["groups"])[0] == pytest.approx(case["p"], abs=case["tolerance"])


def test_numpy_integers_give_the_same_as_floats():
    groups = np.array([5, 9]), np.array([56, 10]), np.array([0, 3]), np.array([29, 10])
    as_floats = [g.astype(float) for g in groups]
    assert np.array_equal(stats.newcombe(*groups), stats.newcombe(*as_floats))
    assert np.array_equal(stats.two_proportions(*groups), stats.two_proportions(*as_floats))
    assert np.array_equal(stats.wilson(groups[0], groups[1]), stats.wilson(*as_floats[:2]))


def test_nothing_observed_is_nan_not_zero():
    assert np.isnan(stats.rate(0, 0)).all()
    assert np.isnan(stats.wilson(0, 0)).all()
    assert np.isnan(stats.newcombe(0, 0, 1, 5)).all()
    assert np.isnan(stats.two_proportions(0, 0, 1, 5)).all()


def test_nobody_in_either_group_is_no_difference():
    assert stats.two_proportions([0, 7], [10, 7], [0, 3], [20, 3]).tolist() == [1.0, 1.0]


@pytest.mark.parametrize(("count", "total"), [(-1, 5), (6, 5)])
def test_impossible_counts_are_refused(count, total):
    with pytest.raises(SpecError, match="lies between 0 and"):
        stats.wilson(count, total)


@pytest.mark.parametrize("alpha", [0, 1, -0.1, 95])
def test_impossible_alpha_is_refused(alpha):
    with pytest.raises(SpecError, match="alpha"):
        stats.wilson(1, 5, alpha)


@given(counts())
def test_wilson_holds_its_estimate_inside_0_and_1(case):
    count, total = case
    low, high = stats.wilson(count, total)
    assert 0 <= low[0] <= count / total <= high[0] <= 1


@given(counts())
def test_wilson_of_failures_mirrors_wilson_of_successes(case):
    count, total = case
    low, high = stats.wilson(count, total)
    other_low, other_high = stats.wilson(total - count, total)
    assert low[0] == pytest.approx(1 - other_high[0], abs=1e-12)
    assert high[0] == pytest.approx(1 - other_low[0], abs=1e-12)


@given(counts(500), st.integers(2, 20))
def test_more_of_the_same_is_narrower(case, times):
    count, total = case
    few, many = stats.wilson(count, total), stats.wilson(count * times, total * times)
    assert many.high[0] - many.low[0] < few.high[0] - few.low[0]


@given(counts(500), counts(500))
def test_newcombe_turns_round_with_the_groups(one, other):
    low, high = stats.newcombe(*one, *other)
    back_low, back_high = stats.newcombe(*other, *one)
    difference = one[0] / one[1] - other[0] / other[1]
    assert low[0] == pytest.approx(-back_high[0], abs=1e-12)
    assert high[0] == pytest.approx(-back_low[0], abs=1e-12)
    assert -1 <= low[0] <= difference + 1e-12
    assert difference - 1e-12 <= high[0] <= 1


@given(counts(500), counts(500))
def test_score_test_is_pearsons_chi_square(one, other):
    (y, n), (x, m) = one, other
    found = stats.two_proportions(y, n, x, m)[0]
    if 0 < y + x < n + m:
        expected = sp.chi2_contingency([[y, n - y], [x, m - x]], correction=False).pvalue
        assert found == pytest.approx(expected, abs=1e-9)
    else:
        assert found == 1


@settings(max_examples=20, deadline=None)  # the other implementation takes a fifth of a second for Holm
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_adjusted_p_values_only_grow_and_keep_their_order(pvalues):
    for adjust, method in ((stats.holm, "holm"), (stats.benjamini_hochberg, "fdr_bh")):
        adjusted = adjust(pvalues)
        assert (adjusted >= np.asarray(pvalues) - 1e-15).all()
        assert (adjusted <= 1).all()
        order = np.argsort(pvalues, kind="stable")
        assert (np.diff(adjusted[order]) >= -1e-15).all()
        assert adjusted == pytest.approx(multipletests(pvalues, method=method)[1])


@given(st.lists(st.floats(1e-9, 1), min_size=1, max_size=30))
def test_benjamini_hochberg_as_scipy(pvalues):
    assert stats.benjamini_hochberg(pvalues) == pytest.approx(sp.false_discovery_control(pvalues))


def test_a_missing_p_value_does_not_count_as_a_test():
    assert stats.holm([0.01, np.nan, 0.04])[[0, 2]].tolist() == stats.holm([0.01, 0.04]).tolist()
    assert np.isnan(stats.holm([0.01, np.nan])[1])
    assert np.isnan(stats.benjamini_hochberg([np.nan, np.nan])).all()


# Ratios over persons


def sums_of(y, x):
    y, x = np.asarray(y, float), np.asarray(x, float)
    return y.sum(), x.sum(), (y * y).sum(), (x * y).sum(), (x * x).sum(), (x > 0).sum()


def test_one_row_a_person_is_walds_interval():
    y, x = [1] * 30 + [0] * 70, [1] * 100
    found = stats.ratio_delta(*sums_of(y, x))
    assert found.se[0] == pytest.approx(np.sqrt(0.3 * 0.7 / 99))


def test_repeating_each_row_does_not_make_it_surer():
    y, x = np.array([1, 0, 0, 1, 0, 1, 1, 0]), np.ones(8)
    once, thrice = stats.ratio_delta(*sums_of(y, x)), stats.ratio_delta(*sums_of(3 * y, 3 * x))
    assert thrice.se[0] == pytest.approx(once.se[0])


@pytest.mark.parametrize("y", [0, 10])
def test_all_or_nothing_is_not_certain(y):
    found = stats.ratio_delta(*sums_of([y / 10] * 10, [1] * 10))
    low, high = stats.wilson(y, 10)
    assert (found.low[0], found.high[0]) == (low[0], high[0])


def test_one_person_says_nothing_about_variation():
    found = stats.ratio_delta(*sums_of([3], [7]))
    assert found.estimate[0] == pytest.approx(3 / 7)
    assert np.isnan([found.low[0], found.high[0], found.se[0]]).all()


def test_the_clustered_interval_covers_where_wilson_does_not():
    rng = np.random.default_rng(20260101)
    covered, naive = 0, 0
    for _ in range(600):
        rows = rng.integers(1, 12, 150)
        rates = rng.beta(1, 3, 150)  # people differ, so that their rows go together
        y = rng.binomial(rows, rates)
        found, plain = stats.ratio_delta(*sums_of(y, rows)), stats.wilson(y.sum(), rows.sum())
        covered += found.low[0] <= 0.25 <= found.high[0]
        naive += plain.low[0] <= 0.25 <= plain.high[0]
    assert 0.92 <= covered / 600 <= 0.97
    assert naive / 600 < 0.85


# Odds ratios


@given(st.tuples(*[st.integers(1, 500)] * 4))
def test_odds_ratio_as_statsmodels(cells):
    found = stats.odds_ratio(*cells)
    table = Table2x2(np.array(cells, float).reshape(2, 2))
    low, high = table.oddsratio_confint()
    assert found.ratio[0] == pytest.approx(table.oddsratio)
    assert (found.low[0], found.high[0]) == pytest.approx((low, high))


def test_an_empty_cell_gets_a_half():
    found = stats.odds_ratio(5, 0, 3, 7)
    assert found.ratio[0] == pytest.approx((5.5 * 7.5) / (0.5 * 3.5))
    assert np.isfinite([found.low[0], found.high[0]]).all()


@pytest.mark.parametrize("cells", [(0, 0, 3, 4), (3, 4, 0, 0), (0, 5, 0, 5), (5, 0, 5, 0)])
def test_nothing_to_compare_is_nan(cells):
    assert np.isnan(stats.odds_ratio(*cells).ratio[0])


# Kaplan-Meier


def test_kaplan_meier_as_published():
    case = CASES["kaplan_meier"]
    curve = stats.kaplan_meier(case["time"], case["event"]).set_index("time")
    for name in ("survival", "se"):
        for time, expected in case[name].items():
            assert curve.loc[float(time), name] == pytest.approx(expected, abs=case["tolerance"])
    assert stats.km_quantile(curve.reset_index(), 0.5) == case["median"]


spells = st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=60)


@given(spells)
def test_kaplan_meier_from_counts_is_the_one_from_rows(rows):
    time, event = zip(*rows, strict=True)
    pairs = sorted(set(rows))
    curve = stats.kaplan_meier(*zip(*pairs, strict=True), [rows.count(pair) for pair in pairs])
    if not any(event):
        assert curve.empty
        return
    plain = SurvfuncRight(np.array(time, float), np.array(event, float))
    assert curve["time"].to_numpy() == pytest.approx(plain.surv_times)
    assert curve["survival"].to_numpy() == pytest.approx(plain.surv_prob)
    inside = curve["survival"] > 1e-9
    assert curve.loc[inside, "se"].to_numpy() == pytest.approx(plain.surv_prob_se[inside])


@given(spells)
def test_the_curve_falls_and_its_bounds_hold_it(rows):
    curve = stats.kaplan_meier(*zip(*rows, strict=True))
    assert (curve["survival"].diff().dropna() <= 0).all()
    known = curve.dropna()
    assert (known["low"] <= known["survival"] + 1e-12).all()
    assert (known["survival"] <= known["high"] + 1e-12).all()


@given(st.lists(st.integers(0, 20), min_size=1, max_size=40))
def test_without_censoring_the_curve_is_the_share_left(times):
    curve = stats.kaplan_meier(times, [True] * len(times))
    left = [np.mean([t > at for t in times]) for at in curve["time"]]
    assert curve["survival"].to_numpy() == pytest.approx(left)


def test_statsmodels_still_misreads_weights():
    """Weights are read as sampling weights: the standard error is not that of the repeated rows. When this fails, use
    statsmodels' own."""
    weighted = SurvfuncRight([1.0, 2.0, 3.0], [1.0, 1.0, 0.0], freq_weights=np.array([3.0, 2.0, 5.0]))
    repeated = SurvfuncRight([1.0] * 3 + [2.0] * 2 + [3.0] * 5, [1.0] * 5 + [0.0] * 5)
    assert not np.allclose(weighted.surv_prob_se, repeated.surv_prob_se)


def test_a_median_that_is_never_reached_is_unknown():
    assert np.isnan(stats.km_quantile(stats.kaplan_meier([1, 9], [True, False], [1, 9]), 0.5))


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 5)), min_size=1, max_size=20), st.floats(0.01, 0.99))
def test_weighted_quantile_is_the_quantile_of_the_rows(pairs, share):
    values, weights = zip(*pairs, strict=True)
    rows = np.repeat(values, weights)
    assert stats.weighted_quantile(values, weights, share) == np.quantile(rows, share, method="inverted_cdf")
