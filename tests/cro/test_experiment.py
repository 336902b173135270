"""Verdicts, roles, corrections and what makes an experiment invalid."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chisquare, ttest_ind

from funnel_utils import LogError, SpecError
from funnel_utils.cro import Conversion, Experiment, Mean, Moments, Quantile, Ratio, compare_rates

GUARD = {"role": "guardrail", "better": "down", "margin": 0.01}


def rates(control, new, metric=None, **options):
    return Experiment.of_counts({"control": control, "new": new}, metric=metric, **options)


def people(n=2000, seed=3, effect=0.0, arms=("control", "new")):
    """One row a person: `bought` 20%, `spent` with `before` behind it, `clicks` of `visits`."""
    rng = np.random.default_rng(seed)
    arm = np.array(arms)[np.arange(n) % len(arms)]
    before, visits = rng.gamma(2, 10, n), rng.poisson(3, n) + 1
    frame = pd.DataFrame(
        {"variant": arm, "before": before, "visits": visits, "city": np.array(list("abc"))[rng.integers(0, 3, n)]}
    )
    frame["bought"] = rng.random(n) < 0.2
    frame["spent"] = before + rng.gamma(2, 5, n) + effect * (arm != arms[0])
    frame["clicks"] = rng.binomial(visits, 0.3)
    return frame


# What each number is


def test_a_conversion_has_the_score_tests_p_and_intervals_that_agree_with_it():
    row = rates((5000, 500), (5000, 580)).comparison()
    found = compare_rates(580, 5000, 500, 5000)
    assert (row.estimate, row.control_estimate, row.difference) == pytest.approx((0.116, 0.1, 0.016))
    assert (row.low, row.high, row.p) == pytest.approx((found.low[0], found.high[0], found.p[0]))
    assert (row.lift, row.count, row.control_count) == pytest.approx((0.16, 580, 500))
    assert (row.method, row.lift_method) == ("Miettinen-Nurminen", "Koopman")


def test_means_are_welchs_whatever_way_the_units_come():
    frame = people(effect=1.0)
    one, other = (frame.loc[frame["variant"] == arm, "spent"] for arm in ("new", "control"))
    truth = ttest_ind(one, other, equal_var=False)
    test = Experiment(Mean("spent"))
    moments = {arm: Moments.of({"spent": part["spent"]}) for arm, part in frame.groupby("variant")}
    rows = pd.concat(
        [frame.assign(who=range(len(frame)), spent=frame["spent"] - 5), frame.assign(who=range(len(frame)), spent=5.0)]
    )
    for result in (test.run(frame), test.of_moments(moments), Experiment(Mean("spent"), unit="who").run(rows)):
        row = result.comparison()
        assert row.p == pytest.approx(truth.pvalue, rel=1e-6)
        assert (row.low, row.high) == pytest.approx(tuple(truth.confidence_interval(0.95)), rel=1e-6)


def test_the_split_is_checked_against_what_was_meant():
    result = rates((9000, 900), (1000, 100), split={"control": 9, "new": 1})
    assert (result.srm.p, result.srm.ok) == (1.0, True)
    uneven = rates((5000, 500), (5400, 540))
    assert uneven.srm.p == pytest.approx(chisquare([5000, 5400]).pvalue)
    assert (uneven.srm.ok, uneven.comparison().verdict, uneven.comparison().flaw) == (False, "invalid", "srm")
    assert uneven.decision["decision"].tolist() == ["invalid"]
    assert uneven.verdict.startswith("INVALID")
    assert "SAMPLE RATIO MISMATCH" in uneven.warnings[0]
    assert uneven.srm.counts["n"].tolist() == [5000, 5400]


def test_a_split_of_thirds_may_be_given_as_weights():
    arms = {"control": (5000, 500), "b": (2500, 250), "c": (2500, 250)}
    assert Experiment.of_counts(arms, split=[2, 1, 1]).srm.p == 1.0
    assert not Experiment.of_counts(arms).srm.ok


# Verdicts


@pytest.mark.parametrize(
    ("new", "better", "verdict"),
    [
        ((5000, 600), "up", "win"),
        ((5000, 600), "down", "lose"),
        ((5000, 400), "up", "lose"),
        ((5000, 505), "up", "inconclusive"),
    ],
)
def test_win_lose_or_neither(new, better, verdict):
    assert rates((5000, 500), new, Conversion("x", better=better)).comparison().verdict == verdict


@pytest.mark.parametrize(
    ("new", "verdict", "why"),
    [
        ((10000, 300), "win", "as in control: the interval ends before the margin"),
        ((10000, 345), "win", "worse, even certainly, but by less than the margin"),
        ((10000, 370), "lose", "certainly worse, perhaps by more than the margin"),
        ((1000, 30), "inconclusive", "too few to clear the margin"),
    ],
)
def test_a_guardrail_is_asked_whether_it_is_within_its_margin(new, verdict, why):
    control = (new[0], new[0] * 3 // 100)
    row = rates(control, new, Conversion("complaints", **GUARD)).comparison()
    assert row.verdict == verdict, why
    assert (row.p_margin < 0.025) == (verdict == "win")


def test_a_relative_margin_is_held_against_the_lift():
    metric = Conversion("buys", role="guardrail", relative_margin=0.05)
    assert rates((100000, 10000), (100000, 9900), metric).comparison().verdict == "win"
    row = rates((10000, 1000), (10000, 990), metric).comparison()
    assert (row.verdict, row.margin) == ("inconclusive", pytest.approx(0.005))


def test_a_rate_of_zero_is_never_invalid_and_a_mean_of_zero_is():
    row = rates((1000, 0), (1000, 0)).comparison()
    assert (row.verdict, row.flaw) == ("inconclusive", "")
    assert row.low < 0 < row.high
    assert rates((1000, 0), (1000, 12)).comparison().verdict == "win"
    frame = people().assign(spent=0.1)
    row = Experiment(Mean("spent")).run(frame).comparison()
    assert (row.verdict, row.flaw) == ("invalid", "constant")
    half = people()
    half.loc[half["variant"] == "new", "clicks"] = 0
    assert Experiment(Mean("clicks")).run(half).comparison().flaw == "constant"


def test_too_few_units_are_invalid_but_still_have_an_interval():
    row = rates((29, 5), (40, 9)).comparison()
    assert (row.verdict, row.flaw) == ("invalid", "few")
    assert row.low < row.difference < row.high
    assert rates((29, 5), (40, 9), least=20).comparison().verdict == "inconclusive"


def test_power_is_that_of_the_planned_effect_whatever_was_observed():
    metric = Conversion("x", planned_difference=0.02)
    plain, lucky = (rates((3841, 384), (3841, new), metric).comparison() for new in (384, 500))
    # 3,841 an arm find 10% against 12% with 80% power (R's power.prop.test).
    assert plain.power == pytest.approx(0.8, abs=0.001)
    assert plain.power == lucky.power
    assert rates(
        (3841, 420), (3841, 384), Conversion("x", planned_lift=0.2, baseline=0.1)
    ).comparison().power == pytest.approx(0.8, abs=0.001)
    assert np.isnan(rates((3841, 384), (3841, 500)).comparison().power)


# The decision table


def both(*parts):
    """A made-up experiment whose metrics are conversions with these counts: (converted of new, role or planned)."""
    columns, metrics = {}, []
    for place, (new, options) in enumerate(parts):
        columns[f"m{place}"] = (500 / 5000, new / 5000)
        metrics.append(Conversion(f"m{place}", **options))
    arms = {
        arm: Moments(5000, {name: pair[k] for name, pair in columns.items()})
        for k, arm in enumerate(("control", "new"))
    }
    return Experiment(metrics, correction="none").of_moments(arms)


GUARD_UP = {"role": "guardrail", "margin": 0.02}


@pytest.mark.parametrize(
    ("parts", "decision"),
    [
        ([(650, {})], "ship"),
        ([(650, {}), (505, GUARD_UP)], "ship"),
        ([(650, {}), (400, GUARD_UP)], "do not ship"),
        ([(650, {}), (452, GUARD_UP)], "not yet"),
        ([(650, {}), (350, {})], "no decision"),
        ([(650, {}), (505, {})], "ship"),
        ([(350, {}), (505, {})], "do not ship"),
        ([(505, {})], "not yet"),
        ([(505, {"planned_difference": 0.02})], "keep control"),
        ([(505, {"planned_difference": 0.005})], "not yet"),
        ([(505, {"planned_difference": 0.02}), (400, GUARD_UP)], "do not ship"),
        ([(650, {"role": "secondary"})], "no decision"),
        ([(505, {}), (650, {"role": "secondary"})], "not yet"),
    ],
)
def test_the_decision_table(parts, decision):
    result = both(*parts)
    assert result.decision["decision"].tolist() == [decision]
    assert f"new against control: {decision}" in result.verdict


# Several questions


def test_holm_adjusts_primary_metrics_and_arms_together_and_leaves_guardrails():
    arms = {"control": (5000, 500), "b": (5000, 570), "c": (5000, 600)}
    table = Experiment.of_counts(arms).table
    assert table["p_adjusted"].tolist() == pytest.approx([table["p"][0], 2 * table["p"][1]])
    assert table["confidence"].tolist() == [0.975, 0.975]
    guarded = Experiment.of_counts(arms, metric=Conversion("x", **GUARD)).table
    assert guarded["p_adjusted"].tolist() == guarded["p"].tolist()
    assert guarded["confidence"].tolist() == [0.95, 0.95]


def test_secondary_metrics_do_not_make_primary_ones_pay():
    frame = people()
    alone = Experiment("bought").run(frame).table.iloc[0]
    more = Experiment(["bought", Mean("spent", role="secondary"), Mean("visits", role="secondary")]).run(frame).table
    assert more.loc[0, ["p_adjusted", "low", "high"]].tolist() == alone[["p_adjusted", "low", "high"]].tolist()
    assert more["confidence"].tolist() == [0.95, 0.975, 0.975]


def test_false_discovery_intervals_are_as_wide_as_the_share_selected():
    arms = {"control": (5000, 500), "b": (5000, 640), "c": (5000, 600), "d": (5000, 505), "e": (5000, 495)}
    table = Experiment.of_counts(arms, correction="bh").table
    # Two of four are selected: intervals at 1 - 2/4 of alpha (Benjamini and Yekutieli 2005).
    assert (table["p_adjusted"] < 0.05).sum() == 2
    assert table["confidence"].tolist() == pytest.approx([0.975] * 4)
    # What the procedure selects is exactly what its intervals put on one side of zero.
    assert ((table["low"] > 0) | (table["high"] < 0)).tolist() == (table["p_adjusted"] < 0.05).tolist()


def test_a_win_never_has_an_interval_with_zero_in_it():
    rng = np.random.default_rng(5)
    for _ in range(15):
        n = rng.integers(30, 200, 3)
        arms = {name: (int(k), int(rng.binomial(k, p))) for name, k, p in zip("abc", n, rng.random(3), strict=True)}
        for row in Experiment.of_counts(arms, split=n.tolist()).effects:
            assert {"win": row.low > 0, "lose": row.high < 0}.get(row.verdict, True)


# One query


def test_everything_comes_from_one_query(monkeypatch):
    import ibis.backends.duckdb as duckdb

    asked = []
    plain = duckdb.Backend.to_pyarrow_batches, duckdb.Backend.execute, duckdb.Backend.to_pyarrow
    for name, real in zip(("to_pyarrow_batches", "execute", "to_pyarrow"), plain, strict=True):
        monkeypatch.setattr(duckdb.Backend, name, lambda *a, _n=name, _r=real, **k: (asked.append(_n), _r(*a, **k))[1])
    metrics = ["bought", Mean("spent", covariates="before", role="secondary"), Mean("spent", name="cut", winsorise=0.9)]
    result = Experiment([*metrics, Ratio("clicks", "visits")]).run(people(), by="city")
    _ = result.table, result.segments("city"), result.arms, result.covariates, result.srm
    assert asked == ["execute"]


def test_shuffling_rows_and_renaming_arms_changes_nothing():
    frame = people(effect=1)
    other = frame.sample(frac=1, random_state=1).replace({"variant": {"new": "zz", "control": "old"}})
    metrics = ["bought", Mean("spent", covariates="before"), Ratio("clicks", "visits"), Quantile("spent", q=0.8)]
    names = ["estimate", "difference", "low", "high", "p"]
    one = Experiment(metrics).run(frame).table[names]
    two = Experiment(metrics, control="old").run(other).table[names]
    np.testing.assert_allclose(one.to_numpy(), two.to_numpy(), rtol=1e-9)


def test_winsorising_cuts_at_the_quantile_of_what_is_not_zero():
    frame = pd.DataFrame({"variant": ["control", "new"] * 200, "spent": 0.0})
    frame.loc[:99, "spent"] = np.arange(1, 101)
    cap = np.quantile(np.arange(1, 101), 0.9)
    expected = frame.assign(spent=frame["spent"].clip(upper=cap)).groupby("variant")["spent"].mean()
    row = Experiment(Mean("spent", winsorise=0.9)).run(frame).comparison()
    assert (row.estimate, row.control_estimate) == pytest.approx((expected["new"], expected["control"]))


# Segments, days, strata


def test_segments_are_the_experiment_of_their_own_units():
    frame = people()
    result = Experiment(Mean("spent", covariates="before")).run(frame, by=["city"])
    segments = result.segments()
    for row in segments.itertuples():
        own = (
            Experiment(Mean("spent", covariates="before"), alpha=0.05 / 3)
            .run(frame[frame["city"] == row.value])
            .comparison()
        )
        assert (row.n, row.difference, row.low, row.p) == pytest.approx((own.n, own.difference, own.low, own.p))
    assert segments["n"].sum() == 1000
    weights = 1 / segments["se"] ** 2
    centre = (weights * segments["difference"]).sum() / weights.sum()
    q = (weights * (segments["difference"] - centre) ** 2).sum()
    assert result.heterogeneity().loc[0, "q"] == pytest.approx(q)


def test_the_last_day_so_far_is_the_whole():
    frame = people().assign(day=lambda f: pd.Timestamp("2026-01-01") + pd.to_timedelta(np.arange(len(f)) // 4 % 7, "D"))
    result = Experiment(["bought", Ratio("clicks", "visits", role="secondary")]).run(frame, daily="day")
    days = result.daily()
    for row in result.effects:
        last = days[days["metric"] == row.metric].iloc[-1]
        assert (last["cum_n"], last["cum_difference"], last["cum_p"]) == pytest.approx((row.n, row.difference, row.p))
    assert len(days) == 14


def test_strata_take_what_they_foretell_out_of_the_noise():
    frame = people()
    frame["spent"] += 100 * (frame["city"] == "a")
    plain, within = (Experiment(Mean("spent"), strata=name).run(frame).comparison() for name in (None, "city"))
    assert within.se < plain.se / 2
    assert within.n == plain.n


def test_a_leaking_covariate_is_told():
    frame = people()
    frame["before"] += 5 * (frame["variant"] == "new")
    assert "differs between the arms" in Experiment(Mean("spent", covariates="before")).run(frame).warnings[0]


# What is refused


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Experiment([]), "metrics is empty"),
        (lambda: Experiment(["x", "x"]), "two are called 'x'"),
        (lambda: Experiment([3]), "3 is no metric"),
        (lambda: Experiment("x", alpha=1), "alpha=1 lies between"),
        (lambda: Experiment("x", correction="fdr"), "correction='fdr' is not one of holm"),
        (lambda: Experiment("x", split=[1, 0]), "a share above zero"),
        (lambda: Experiment("x", treatments="control"), "names an arm twice"),
        (lambda: Experiment("x", exposure=7), "exposure=7"),
        (lambda: Experiment(Quantile("x"), clusters="city"), "quantile takes units to be independent"),
        (lambda: Experiment(Ratio("x", "y"), strata="city"), "strata work for conversions"),
        (lambda: Conversion("x", role="guardrail"), "needs margin="),
        (lambda: Conversion("x", margin=0.1), "only a guardrail has a margin"),
        (lambda: Conversion("x", role="guardrail", margin=-0.1), "a margin is above zero"),
        (lambda: Conversion("x", planned_lift=0.1, planned_difference=0.1), "not both"),
        (lambda: Conversion("x", within=7), "within=7 is not a duration"),
        (lambda: Conversion("x", better="more"), "better='more' is not \"up\""),
        (lambda: Mean("x", winsorise=0.4), "winsorise=0.4"),
        (lambda: Quantile("x", q=90), "q=90 is a share"),
        (lambda: rates((10, 11), (10, 1)), "0 <= converted <= n"),
        (lambda: rates((10.5, 1), (10, 1)), "0 <= converted <= n"),
        (lambda: rates((100, 1), (100, 1), split=[1, 1, 1]), "3 shares for the arms"),
        (lambda: rates((100, 1), (100, 1), split={"control": 1, "old": 1}), "the arm new was found too"),
        (lambda: rates((100, 1), (100, 1)).comparison("y"), "No metric 'y'"),
        (lambda: rates((100, 1), (100, 1)).segments(), "was run without any"),
        (lambda: rates((100, 1), (100, 1)).daily(), "was run without days"),
        (lambda: rates((100, 1), (100, 1)).plot("pie"), "not one of"),
        (lambda: rates((100, 1), (100, 1)).clusters, "came one by one"),
    ],
)
def test_what_is_not_valid_is_refused_with_what_is(make, message):
    with pytest.raises(SpecError, match=message):
        make()


@pytest.mark.parametrize(
    ("change", "metric", "error", "message"),
    [
        ({"spent": np.inf}, Mean("spent"), LogError, "infinite values"),
        ({"spent": np.nan}, Mean("spent"), LogError, "100 of 100 units have no usable value"),
        ({"bought": 2}, "bought", LogError, "neither 0 nor 1"),
        ({"spent": "=1+1"}, Mean("spent"), LogError, "not numbers"),
        ({}, "sold", LogError, "no such column"),
        ({"variant": "new"}, "bought", LogError, "Nobody is in the arm 'control'"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused(change, metric, error, message):
    with pytest.raises(error, match=message):
        Experiment(metric).run(people(100).assign(**change))
