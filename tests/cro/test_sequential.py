"""Looks, bounds and what may be said at them: published tables, other packages' values, and brute force."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal, norm

from funnel_utils.cro import (
    AlwaysValid,
    GroupSequential,
    Peeking,
    SampleMean,
    crossing,
    drift_for,
    peeking_curve,
    peeking_fpr,
    plan_race,
    rate_looks,
)
from funnel_utils.cro.boundaries import PLANNED, SPENDING, spent
from funnel_utils.cro.race import reach
from funnel_utils.errors import SpecError

# --- Peeking ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("looks", "rate"), [(1, 0.05), (2, 0.083), (4, 0.126), (5, 0.142), (10, 0.193), (20, 0.248)])
def test_false_alarms_of_repeated_looks(looks: int, rate: float) -> None:
    # Armitage, McPherson and Rowe 1969, two-sided 5%.
    assert peeking_fpr(looks) == pytest.approx(rate, abs=5e-4)


@pytest.mark.parametrize(("looks", "rate"), [(2, 0.018), (5, 0.033), (10, 0.047)])
def test_false_alarms_at_one_percent(looks: int, rate: float) -> None:
    assert peeking_fpr(looks, alpha=0.01) == pytest.approx(rate, abs=6e-4)


def test_one_side_has_half_of_the_false_alarms_but_for_those_that_cross_both() -> None:
    upper = peeking_fpr(20, nominal_z=1.959963984540054, side="upper")
    assert upper == pytest.approx(0.124, abs=5e-4)
    assert peeking_fpr(20, nominal_z=1.959963984540054, side="lower") == pytest.approx(upper, abs=1e-12)
    assert upper < peeking_fpr(20) <= 2 * upper


def test_more_looks_never_help_and_their_unit_does_not_matter() -> None:
    rates = [peeking_fpr(looks) for looks in range(1, 15)]
    assert all(a < b for a, b in itertools.pairwise(rates))
    assert peeking_fpr([10, 20, 40]) == pytest.approx(peeking_fpr([0.25, 0.5, 1.0]), abs=1e-12)
    # Two looks almost at the same time are almost one look.
    assert peeking_fpr([0.999, 1.0]) < 0.06


def test_the_curve_holds_what_fewer_looks_do() -> None:
    curve = peeking_curve(10)["stopped"]
    assert [curve[k - 1] for k in (1, 4, 10)] == pytest.approx([peeking_fpr(k) for k in (1, 4, 10)], abs=1e-10)
    found = Peeking.of(1, drift=drift_for(0.8))
    assert found.rate == pytest.approx(0.8, abs=1e-4)  # One look has the power that the drift was made for.


@given(
    st.lists(st.floats(0.05, 1.0), min_size=3, max_size=3),
    st.lists(st.floats(0.3, 3.0), min_size=3, max_size=3),
    st.lists(st.floats(0.3, 3.0), min_size=3, max_size=3),
    st.floats(-2, 3),
)
@settings(max_examples=15)
def test_crossing_against_the_multivariate_normal(steps, above, below, drift) -> None:
    times = np.cumsum(steps)
    upper, lower = np.array(above), -np.array(below)
    found = crossing(upper, lower, times, drift)
    covariance = np.sqrt(np.minimum.outer(times, times) / np.maximum.outer(times, times))
    mean = drift * np.sqrt(times)
    for k in (1, 2, 3):
        inside = multivariate_normal(mean[:k], covariance[:k, :k], maxpts=200_000, abseps=1e-7, releps=1e-7)
        left = 1 - (found.upper[:k] + found.lower[:k]).sum()
        assert left == pytest.approx(float(inside.cdf(upper[:k], lower_limit=lower[:k])), abs=2e-5)
    mirror = crossing(-lower, -upper, times, -drift)
    assert mirror.lower == pytest.approx(found.upper, abs=1e-12)


@pytest.mark.parametrize("looks", [0, 2.5, [], [0.5, 0.5], [1, 0.5], [-1, 1], [math.nan, 1], ["a"], True, 10**6])
def test_impossible_looks_are_refused(looks) -> None:
    with pytest.raises(SpecError, match="look"):
        peeking_fpr(looks)


def test_impossible_arguments_are_named() -> None:
    for arguments, named in (
        ({"alpha": 0.0}, "alpha"),
        ({"nominal_z": -1.0}, "nominal_z"),
        ({"side": "both"}, "side"),
        ({"alpha": math.nan}, "alpha"),
    ):
        with pytest.raises(SpecError, match=named):
            peeking_fpr(3, **arguments)
    with pytest.raises(SpecError, match="power"):
        drift_for(1.0)
    with pytest.raises(SpecError, match="bounds"):
        crossing([1.0], [-1.0], [0.5, 1.0])
    with pytest.raises(SpecError, match="below"):
        crossing([1.0], [1.0], [1.0])


# --- Bounds ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "shape", "alpha", "looks", "last"),
    [
        # Jennison and Turnbull 2000, the constants of chapter 2, two-sided.
        ("pocock", None, 0.05, 2, 2.178),
        ("pocock", None, 0.05, 3, 2.289),
        ("pocock", None, 0.05, 4, 2.361),
        ("pocock", None, 0.05, 5, 2.413),
        ("pocock", None, 0.05, 10, 2.555),
        ("pocock", None, 0.05, 20, 2.672),
        ("pocock", None, 0.01, 2, 2.772),
        ("pocock", None, 0.01, 5, 2.986),
        ("pocock", None, 0.01, 10, 3.117),
        ("obrien_fleming", None, 0.05, 2, 1.977),
        ("obrien_fleming", None, 0.05, 3, 2.004),
        ("obrien_fleming", None, 0.05, 4, 2.024),
        ("obrien_fleming", None, 0.05, 5, 2.040),
        ("obrien_fleming", None, 0.05, 10, 2.087),
        ("obrien_fleming", None, 0.05, 20, 2.126),
        ("wang_tsiatis", 0.25, 0.05, 2, 2.038),
        ("wang_tsiatis", 0.25, 0.05, 3, 2.083),
        ("wang_tsiatis", 0.25, 0.05, 4, 2.113),
        ("wang_tsiatis", 0.25, 0.05, 5, 2.136),
        ("haybittle_peto", 3.0, 0.05, 5, 1.990),
    ],
)
def test_bounds_of_planned_looks(kind, shape, alpha, looks, last) -> None:
    assert GroupSequential(kind, looks, alpha, shape=shape).z[-1] == pytest.approx(last, abs=5.1e-4)


@pytest.mark.parametrize(
    ("arguments", "values", "within"),
    [
        # R ldbounds, five equal looks, two-sided 5%.
        ({"kind": "lan_demets_obrien_fleming", "looks": 5}, [4.8769, 3.3569, 2.6803, 2.2898, 2.0310], 2e-4),
        ({"kind": "lan_demets_pocock", "looks": 5}, [2.4380, 2.4268, 2.4101, 2.3966, 2.3859], 2e-4),
        # R gsDesign(k = 3, test.type = 1), its default spending: Hwang-Shih-DeCani with gamma -4, one-sided 2.5%.
        (
            {"kind": "hwang_shih_decani", "looks": 3, "alpha": 0.025, "sides": 1, "shape": -4},
            [3.010739, 2.546531, 1.999226],
            2e-6,
        ),
    ],
)
def test_spending_bounds(arguments, values, within) -> None:
    assert GroupSequential(**arguments).z == pytest.approx(values, abs=within)


def test_one_sided_spending_against_another_program() -> None:
    # The test values of SeqBounds.jl, which integrates on a coarse grid.
    one = GroupSequential("lan_demets_obrien_fleming", looks=[0.2, 0.4, 0.6, 0.8, 1.0], alpha=0.05, sides=1)
    assert one.z[-1] == pytest.approx(1.7396609804214789, abs=1e-4)
    two = GroupSequential("lan_demets_pocock", looks=[0.2, 0.4, 0.6, 0.8, 1.0])
    assert two.z[-1] == pytest.approx(2.385909219073807, abs=1e-4)


@pytest.mark.parametrize(
    ("kind", "power", "looks", "inflation"),
    [
        # Jennison and Turnbull 2000, the factors of chapter 2.
        ("pocock", 0.8, 2, 1.110),
        ("pocock", 0.8, 4, 1.202),
        ("pocock", 0.8, 5, 1.229),
        ("pocock", 0.8, 10, 1.301),
        ("pocock", 0.9, 2, 1.100),
        ("pocock", 0.9, 5, 1.207),
        ("pocock", 0.9, 10, 1.271),
        ("obrien_fleming", 0.8, 2, 1.008),
        ("obrien_fleming", 0.8, 4, 1.024),
        ("obrien_fleming", 0.8, 10, 1.040),
        ("obrien_fleming", 0.9, 5, 1.026),
    ],
)
def test_inflation(kind, power, looks, inflation) -> None:
    assert GroupSequential(kind, looks).inflation(power) == pytest.approx(inflation, abs=5.1e-4)


def test_expected_size() -> None:
    # Jennison and Turnbull 2000, chapter 2: 4 looks, power 80%, as a percentage of the single look's size.
    pocock = GroupSequential("pocock", looks=4)
    assert 100 * pocock.expected_n(power=0.8, effect=0.0) == pytest.approx(117.5, abs=0.05)
    table = pocock.operating(0.8, (0.0, 1.0))
    assert table["better"][1] == pytest.approx(0.8, abs=1e-8)
    assert table["better"][0] == pytest.approx(table["worse"][0], abs=1e-12)
    stops = table[[f"stop_{k}" for k in range(1, 5)]].sum(axis=1)
    assert stops.to_numpy() == pytest.approx([1.0, 1.0], abs=1e-12)


@given(
    st.sampled_from([*PLANNED, *SPENDING]),
    st.lists(st.floats(0.05, 1.0), min_size=1, max_size=6),
    st.sampled_from([0.01, 0.05, 0.1]),
    st.sampled_from([1, 2]),
)
@settings(max_examples=30)
def test_all_looks_together_keep_the_level(kind, steps, alpha, sides) -> None:
    times = np.cumsum(steps) / np.sum(steps)
    shape = {"wang_tsiatis": 0.3, "haybittle_peto": 4.5}.get(kind)
    plan = GroupSequential(kind, times.tolist(), alpha, sides, shape)
    assert plan.bounds["spent"].iloc[-1] == pytest.approx(alpha, abs=1e-7)
    # A single look is the ordinary test.
    assert GroupSequential(kind, 1, alpha, sides, shape).z[0] == pytest.approx(norm.isf(alpha / sides), abs=1e-7)


def test_shapes_meet_where_they_should() -> None:
    wang = GroupSequential("wang_tsiatis", 4, shape=0.5)
    assert wang.z == pytest.approx(GroupSequential("pocock", 4).z, abs=1e-8)
    times = np.linspace(0.1, 1, 10)
    # With a shape near 0, Hwang-Shih-DeCani and the power family spend evenly.
    even = 0.025 * times
    assert spent("hwang_shih_decani", times, 0.025, 0.0) == pytest.approx(even)
    assert spent("hwang_shih_decani", times, 0.025, 1e-6) == pytest.approx(even, abs=1e-8)
    assert spent("power", times, 0.025, 1.0) == pytest.approx(even)


def test_a_very_early_look_cannot_stop() -> None:
    plan = GroupSequential("lan_demets_obrien_fleming", looks=[0.0005, 0.5, 1.0])
    assert plan.z[0] == math.inf
    assert plan.z[1:] == pytest.approx(GroupSequential("lan_demets_obrien_fleming", looks=2).z, abs=1e-6)
    only = GroupSequential("lan_demets_obrien_fleming", looks=[0.0005])
    assert "none of them can stop" in only._repr_html_()
    with pytest.raises(SpecError, match="no power"):
        only.inflation()


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"kind": "fleming"}, "kind"),
        ({"kind": "wang_tsiatis"}, "shape"),
        ({"kind": "pocock", "shape": 0.3}, "shape"),
        ({"kind": "power", "shape": -1}, "shape"),
        ({"sides": 3}, "sides"),
        ({"alpha": 1.2}, "alpha"),
        ({"looks": [0.2, 0.6]}, "the last is 1"),
        ({"looks": [100, 200]}, "share"),
        ({"kind": "haybittle_peto", "looks": 10, "shape": 2.0}, "nothing"),
    ],
)
def test_a_design_that_cannot_be_is_refused(arguments, named) -> None:
    with pytest.raises(SpecError, match=named):
        _ = GroupSequential(**arguments).z


def test_when_to_look() -> None:
    plan = GroupSequential("obrien_fleming", looks=4).plan(10_000, power=0.8)
    assert plan["n"].iloc[-1] == pytest.approx(10_240, abs=10)  # Inflation 1.024.
    assert plan["n"].iloc[0] == pytest.approx(plan["n"].iloc[-1] / 4, abs=1)
    with pytest.raises(SpecError, match="n="):
        GroupSequential().plan(0)


# --- Monitoring ------------------------------------------------------------------------------------------------------


def test_an_experiment_that_crosses_at_its_second_look() -> None:
    plan = GroupSequential("pocock", looks=4)  # 2.361 at each look.
    found = plan.monitor([0.020, 0.025], [0.014, 0.010])
    assert found.table["crossed"].tolist() == [False, True]
    assert found.stopped == 2
    row = found.table.iloc[1]
    assert [row["low"], row["high"]] == pytest.approx([0.025 - 2.361 * 0.010, 0.025 + 2.361 * 0.010], abs=1e-5)
    assert found.final.p < 0.05
    assert 0 < found.final.low < found.final.estimate < 0.025 < found.final.high
    assert found.verdict.startswith("Stop, the treatment is better")


def test_after_the_first_look_nothing_is_adjusted() -> None:
    found = GroupSequential("pocock", looks=4).monitor([0.05], [0.014])
    end = found.final
    assert end.estimate == pytest.approx(0.05, abs=1e-7)
    assert [end.low, end.high] == pytest.approx([0.05 - 1.95996 * 0.014, 0.05 + 1.95996 * 0.014], abs=1e-6)


def test_while_it_runs_there_is_no_final_word() -> None:
    found = GroupSequential(looks=4).monitor([0.01], [0.014])
    assert found.final is None
    assert found.verdict.startswith("Go on")
    over = GroupSequential(looks=2).monitor([0.01, 0.01], [0.014, 0.010])
    assert over.stopped is None
    assert over.final.p > 0.05
    assert over.verdict.startswith("Over")


@given(
    st.sampled_from(["obrien_fleming", "pocock", "lan_demets_pocock"]),
    st.integers(1, 4),
    st.sampled_from([1, 2]),
    st.floats(0.0, 2.0),
)
@settings(max_examples=20)
def test_the_final_word_and_the_bounds_agree(kind, look, sides, beyond) -> None:
    """At the bound of the last look exactly alpha is used up; beyond it, or at an earlier bound, p is below alpha."""
    plan = GroupSequential(kind, looks=4, sides=sides)
    end = plan.adjusted(4, float(plan.z[3]))
    assert end.p == pytest.approx(0.05, abs=1e-6)
    assert end.low == pytest.approx(0.0, abs=1e-6)
    crossed = plan.adjusted(look, float(plan.z[look - 1]) + beyond)
    assert crossed.p <= 0.05 + 1e-6
    assert crossed.low >= -1e-6
    assert crossed.low < crossed.estimate
    if sides == 2:
        mirror = plan.adjusted(look, -float(plan.z[look - 1]) - beyond)
        assert mirror.estimate == pytest.approx(-crossed.estimate, abs=1e-5)
        assert mirror.p == pytest.approx(crossed.p, abs=1e-9)


def test_a_late_crossing_with_a_huge_z_speaks_for_a_smaller_effect() -> None:
    """A true effect of that size would have crossed at the first look."""
    plan = GroupSequential("pocock", looks=3)
    late, early = plan.adjusted(2, 40.0), plan.adjusted(1, 40.0)
    assert late.estimate < 0.2 * early.estimate
    assert late.low < late.estimate < late.high


def test_spending_follows_the_looks_as_they_come() -> None:
    plan = GroupSequential("lan_demets_pocock", looks=4)
    found = plan.monitor([0.1, 0.1], [1, 0.8], information=[0.3, 0.55])
    same = GroupSequential("lan_demets_pocock", looks=[0.3, 0.55])
    assert found.table["bound"].to_numpy() == pytest.approx(same.z)
    assert found.table["spent"].iloc[-1] == pytest.approx(2 * 0.025 * math.log1p((math.e - 1) * 0.55), abs=1e-7)
    # More people than planned: the last look spends what is left, and no more.
    over = plan.monitor([0.1, 0.1], [1, 0.8], information=[0.5, 1.2])
    assert over.table["spent"].iloc[-1] == pytest.approx(0.05, abs=1e-7)
    assert over.final is not None
    # Fewer than planned, and it ends all the same.
    under = plan.monitor([0.1, 0.1], [1, 0.8], information=[0.5, 0.8], last=True)
    assert under.table["spent"].iloc[-1] == pytest.approx(0.05, abs=1e-7)
    assert under.table["bound"].iloc[-1] < plan.monitor([0.1, 0.1], [1, 0.8], [0.5, 0.8]).table["bound"].iloc[-1]


def test_looks_that_the_design_does_not_allow() -> None:
    planned = GroupSequential("pocock", looks=4)
    with pytest.raises(SpecError, match="lan_demets_pocock"):
        planned.monitor([0.1], [1.0], information=[0.4])
    with pytest.raises(SpecError, match="5 looks"):
        planned.monitor([0.1] * 5, [1.0] * 5)
    with pytest.raises(SpecError, match="above 0"):
        planned.monitor([0.1], [0.0])
    with pytest.raises(SpecError, match="standard errors"):
        planned.monitor([0.1, 0.2], [1.0])
    with pytest.raises(SpecError, match="only the last"):
        GroupSequential("power", looks=3).monitor([1, 1, 1], [1, 1, 1], information=[0.5, 1.0, 1.1])
    with pytest.raises(SpecError, match="look=5"):
        planned.adjusted(5, 2.0)


# --- Confidence sequences --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("alpha", [0.01, 0.05, 0.2])
def test_the_sequence_is_that_of_the_paper(alpha) -> None:
    """Waudby-Smith et al., theorem 2.2, written as there: with t people, variance 1 and the tuning rho."""
    t, planned = np.array([50.0, 1000.0, 40_000.0]), 1000.0
    rho2 = (-2 * math.log(alpha) + math.log(-2 * math.log(alpha) + 1)) / planned
    margin = np.sqrt(2 * (t * rho2 + 1) / (t**2 * rho2) * np.log(np.sqrt(t * rho2 + 1) / alpha))
    low, high = AlwaysValid(planned, alpha).interval(0.3, 1 / np.sqrt(t), t)
    assert high - 0.3 == pytest.approx(margin, rel=1e-12)
    assert 0.3 - low == pytest.approx(margin, rel=1e-12)


@pytest.mark.parametrize(
    ("samples", "tuned", "ends", "p"),
    [
        # gbstats 0.8 SequentialTwoSidedTTest, absolute differences.
        (((3407, 1396.87, 52377.9767), (3461, 2422.7, 134698.29)), 600, (-0.11678797, 0.69678797), 0.66292117),
        (((1000, 100), (1000, 140)), 5000, (-0.00531095, 0.08531095), 0.11338738),
    ],
)
def test_the_sequence_of_another_package(samples, tuned, ends, p) -> None:
    control, treatment = (
        SampleMean.of_sums(*sample) if len(sample) == 3 else SampleMean.of_rate(sample[1], sample[0])
        for sample in samples
    )
    estimate = treatment.mean - control.mean
    se = math.sqrt(control.variance / control.n + treatment.variance / treatment.n)
    valid, n = AlwaysValid(tuned), control.n + treatment.n
    low, high = valid.interval(estimate, se, n)
    assert (low[0], high[0]) == pytest.approx(ends, abs=1e-8)
    assert float(valid.p(estimate / se, n)) == pytest.approx(p, abs=1e-8)


def test_the_sequence_is_narrowest_near_the_plan() -> None:
    valid = AlwaysValid(10_000)
    n = np.geomspace(100, 1e6, 400)
    assert n[valid.critical(n).argmin()] == pytest.approx(10_000, rel=0.1)
    assert (valid.critical(n) > 1.96).all()


@given(st.floats(-6, 6), st.floats(10, 1e6), st.floats(10, 1e6))
@settings(max_examples=40)
def test_p_and_interval_agree(z, n, planned) -> None:
    valid = AlwaysValid(planned, alpha=0.05)
    outside = abs(z) > valid.critical(n)
    assert bool(valid.p(z, n) < 0.05) == bool(outside)


def test_following_an_experiment() -> None:
    looks = rate_looks([20, 45, 62, 85], [500, 1000, 1500, 2000], [30, 75, 118, 160], [500, 1000, 1500, 2000])
    found = AlwaysValid(4000, start=2000).follow(looks["estimate"], looks["se"], looks["n"])
    assert found.table["p"].is_monotonic_decreasing
    assert np.isinf(found.table["low"].iloc[0])  # 1,000 people: before the start.
    assert found.stopped == 3000
    assert found.table["low"].iloc[-1] > 0
    assert "since 3,000 units" in found.verdict


def test_nobody_converted_yet_is_no_evidence() -> None:
    looks = rate_looks([0, 0], [10, 20], [0, 0], [10, 20])
    assert (looks["z"] == 0).all()
    found = AlwaysValid(100).follow(looks["estimate"], looks["se"], looks["n"])
    assert (found.table["p"] == 1).all()
    low, high = AlwaysValid(100).interval(0.1, 0.0, 50)
    assert (low[0], high[0]) == (-math.inf, math.inf)


def test_what_cannot_be_followed() -> None:
    with pytest.raises(SpecError, match="planned_n"):
        AlwaysValid(0)
    with pytest.raises(SpecError, match="grow"):
        AlwaysValid(100).follow([0.1, 0.1], [1, 1], [20, 20])
    with pytest.raises(SpecError, match="negative"):
        AlwaysValid(100).follow([0.1], [-1], [20])
    with pytest.raises(SpecError, match="one of each"):
        AlwaysValid(100).follow([0.1], [1, 1], [20, 30])
    with pytest.raises(SpecError, match="units of their arm"):
        rate_looks([5], [4], [1], [4])


# --- The race --------------------------------------------------------------------------------------------------------


def test_the_published_race() -> None:
    found = plan_race(0.5)
    assert (found.conversions, found.lead) == (170, 26)  # evanmiller.org/ab-testing/sequential.html
    assert found.false_alarm <= 0.05
    assert found.power >= 0.8


@given(st.integers(1, 9), st.integers(1, 9), st.floats(0.1, 0.9))
@settings(max_examples=25)
def test_reaching_a_height_against_all_walks(steps, height, up) -> None:
    total = 0.0
    for walk in itertools.product((1, -1), repeat=steps):
        ups = walk.count(1)
        if max(itertools.accumulate(walk)) >= height:
            total += up**ups * (1 - up) ** (steps - ups)
    assert reach(steps, height, up) == pytest.approx(total, abs=1e-12)


def test_a_race_that_cannot_be() -> None:
    for arguments, named in (((0.0,), "lift"), ((1e-4,), "single look")):
        with pytest.raises(SpecError, match=named):
            plan_race(*arguments)
