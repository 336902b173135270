"""Quantiles by a bootstrap without resampling, and units that came in groups."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from funnel_utils import LogError, SpecError
from funnel_utils.cro import Conversion, Experiment, Mean, Quantile, Ratio, icc
from funnel_utils.cro.quantiles import neighbours_of

# Quantiles


def test_the_draws_are_those_of_a_bootstrap():
    values = np.random.default_rng(1).gamma(2, 10, 400)
    rng = np.random.default_rng(2)
    k = int(np.ceil(400 * 0.8)) - 1
    resampled = np.sort(rng.choice(values, (4000, 400)), axis=1)[:, k]
    drawn = neighbours_of(values, 0.8).draws(0.8, rng)
    for share in (0.025, 0.25, 0.5, 0.75, 0.975):
        # Two standard errors of a quantile of 4,000 draws are about 1% of the spread here.
        assert np.quantile(drawn, share) == pytest.approx(np.quantile(resampled, share), abs=0.25)
    assert drawn.std() == pytest.approx(resampled.std(), rel=0.05)


@pytest.mark.parametrize("q", [0.01, 0.5, 0.9, 0.999])
def test_the_engines_neighbours_give_what_all_values_give(q):
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"variant": ["control", "new"] * 3000, "wait": np.round(rng.gamma(2, 10, 6000), 1)})
    frame.loc[frame["variant"] == "new", "wait"] *= 1.1
    result = Experiment(Quantile("wait", q=q)).run(frame)
    row = result.comparison()
    for arm, found in (("control", row.control_estimate), ("new", row.estimate)):
        own = frame.loc[frame["variant"] == arm, "wait"]
        assert found == np.quantile(own, q, method="inverted_cdf")
        near, whole = result.near["wait, quantile " + f"{q:g}"][arm], neighbours_of(own.to_numpy(), q)
        one, other = (side.draws(q, np.random.default_rng(0)) for side in (near, whole))
        assert (one == other).all()
        # What leaves the engine is what lies within seven standard errors of the rank and a little, not the column.
        assert len(near.values) <= 2 * (7.1 * np.sqrt(3000 * q * (1 - q)) + 25) + 1


def test_a_quantile_is_won_where_it_is_better():
    frame = pd.DataFrame({"variant": ["control", "new"] * 2000, "wait": np.random.default_rng(0).gamma(2, 10, 4000)})
    frame.loc[frame["variant"] == "new", "wait"] *= 0.8
    row = Experiment(Quantile("wait", q=0.9, better="down")).run(frame).comparison()
    assert (row.verdict, row.method) == ("win", "bootstrap")
    assert row.lift_low < -0.2 < row.lift_high
    missing = frame.assign(wait=frame["wait"].where(frame.index > 0))
    with pytest.raises(LogError, match="missing or infinite"):
        Experiment(Quantile("wait", q=0.9)).run(missing)


# Clusters


def offices(shared, n=120, size=15, seed=0):
    rng = np.random.default_rng(seed)
    office = np.repeat(np.arange(n), rng.integers(size - 5, size + 6, n))
    frame = pd.DataFrame({"office": office, "variant": np.array(["control", "new"])[office % 2]})
    frame["spent"] = shared * rng.normal(size=n)[office] + rng.normal(size=len(office)) + 10
    frame["bought"] = frame["spent"] > 11
    return frame


def test_a_cluster_is_one_unit_by_the_delta_method():
    frame = offices(1.0)
    row = Experiment(Mean("spent"), clusters="office").run(frame).comparison()
    se = []
    for arm in ("new", "control"):
        by = frame[frame["variant"] == arm].groupby("office")["spent"].agg(["sum", "count"])
        left = by["sum"] - by["sum"].sum() / by["count"].sum() * by["count"]
        se.append(np.sqrt((left**2).sum() * len(by) / (len(by) - 1)) / by["count"].sum())
    means = frame.groupby("variant")["spent"].mean()
    assert row.difference == pytest.approx(means["new"] - means["control"])
    assert row.se == pytest.approx(np.hypot(*se))
    assert (row.n, row.control_n, row.of + row.control_of) == (60, 60, len(frame))


def test_the_intraclass_correlation_is_that_of_one_way_analysis_of_variance():
    frame = offices(0.7)
    result = Experiment(Mean("spent"), clusters="office").run(frame)
    # Within arms: each arm's mean is taken out first.
    centred = frame["spent"] - frame.groupby("variant")["spent"].transform("mean")
    by = centred.groupby(frame["office"]).agg(["mean", "count"])
    between = (by["count"] * by["mean"] ** 2).sum() / (len(by) - 2)
    within = ((centred - by["mean"].reindex(frame["office"]).to_numpy()) ** 2).sum() / (len(frame) - len(by))
    arms = frame.groupby("variant")["office"].agg(lambda s: (s.value_counts() ** 2).sum() / len(s))
    usual = (len(frame) - arms.sum()) / (len(by) - 2)
    found = result.clusters.iloc[0]
    assert found["icc"] == pytest.approx((between - within) / (between + (usual - 1) * within))
    assert found["icc"] == pytest.approx(0.49 / 1.49, abs=0.1)
    plain = Experiment(Mean("spent")).run(frame).comparison()
    inflated = (result.comparison().se / plain.se) ** 2
    assert found["design_effect"] == pytest.approx(inflated, rel=0.15)


def test_strangers_have_no_design_effect():
    found = Experiment(Conversion("bought"), clusters="office").run(offices(0.0)).clusters.iloc[0]
    assert (found["icc"], found["design_effect"]) == (pytest.approx(0, abs=0.03), pytest.approx(1, abs=0.4))
    assert icc([3, 3], [6, 6], [12, 12], [3, 3], [3, 3], [1.5, 1.5]).icc == pytest.approx(-1.0)


def test_a_cluster_in_two_arms_is_in_neither_and_few_clusters_are_too_few():
    frame = offices(1.0, n=30)
    torn = frame.copy()
    torn.loc[torn.index[0], "variant"] = "new"  # one person of office 0, which is in control
    result = Experiment(Mean("spent"), clusters="office").run(torn)
    assert result.both_arms == (torn["office"] == 0).sum()
    assert result.comparison().flaw == "mixed"
    few = Experiment(Mean("spent"), clusters="office").run(frame[frame["office"] < 18])
    assert (few.comparison().verdict, few.comparison().flaw) == ("invalid", "few")


def test_a_cluster_is_not_cut_into_segments():
    frame = offices(1.0).assign(half=lambda f: f.index % 2)
    with pytest.raises(SpecError, match="several independent ones"):
        Experiment(Mean("spent"), clusters="office").run(frame, by=["half"])


def test_ratios_and_covariates_of_clusters():
    frame = offices(1.0).assign(visits=2, before=lambda f: f["spent"] + np.random.default_rng(1).normal(size=len(f)))
    test = Experiment([Mean("spent", covariates="before"), Ratio("spent", "visits", name="r")], clusters="office")
    found = test.run(frame)
    assert found.comparison("r").estimate == pytest.approx(frame[frame["variant"] == "new"]["spent"].mean() / 2)
    plain = Experiment(Mean("spent"), clusters="office").run(frame).comparison()
    assert found.comparison("spent").se < 0.8 * plain.se
    with pytest.raises(SpecError, match="units of many days"):
        Experiment(Mean("spent"), clusters="office").run(frame.assign(day=pd.Timestamp("2026-01-01")), daily="day")
