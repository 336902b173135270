"""Response curves and their fit: exact on months without noise, honest where months tell little, covering elsewhere."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from funnel_utils.errors import SpecError
from funnel_utils.plan import Response, fit_response, fit_responses
from funnel_utils.synthetic import load_plan_months, load_plan_truth
from funnel_utils.synthetic.months import Months, draw_months

curves = st.builds(Response, st.floats(1, 1e6), st.floats(1e-3, 1e9), st.floats(1, 6))


def test_half_of_the_top_comes_at_half() -> None:
    curve = Response(top=6000, half=40)
    # Michaelis-Menten by hand: 6000 * 80 / (40 + 80) = 4000; the first unit of money brings 6000 / 40 = 150.
    assert curve.at([0, 40, 80]).tolist() == [0, 3000, 4000]
    assert float(curve.marginal(0)) == 150
    assert curve.at(1e300) == pytest.approx(6000)


def test_a_steep_curve_starts_flat_and_bends_where_its_second_derivative_is_nought() -> None:
    curve = Response(100, 10, slope=3)
    assert float(curve.marginal(0)) == 0
    # Hill's inflection by hand: 10 * (2 / 4) ** (1 / 3) = 7.937.
    assert curve.bend == pytest.approx(7.937, abs=1e-3)
    at = np.linspace(0.01, 40, 4000)
    assert at[np.argmax(curve.marginal(at))] == pytest.approx(curve.bend, abs=0.02)


@given(curves, st.floats(0.01, 0.99))
def test_the_spend_for_a_result_brings_it(curve: Response, share: float) -> None:
    wanted = share * curve.top
    assert float(curve.at(curve.spend_for(wanted))) == pytest.approx(wanted, rel=1e-9)


@given(curves, st.floats(0.05, 5))
def test_the_marginal_is_the_slope_of_the_curve(curve: Response, times: float) -> None:
    x, step = times * curve.half, 1e-6 * curve.half
    slope = (float(curve.at(x + step)) - float(curve.at(x - step))) / (2 * step)
    assert float(curve.marginal(x)) == pytest.approx(slope, rel=1e-3, abs=1e-6 * curve.top / curve.half)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"top": 0, "half": 1}, "top=0"),
        ({"top": 1, "half": -2}, "half=-2"),
        ({"top": 1, "half": float("inf")}, "half=inf"),
        ({"top": float("nan"), "half": 1}, "top=nan"),
        ({"top": True, "half": 1}, "top=True"),
        ({"top": "6", "half": 1}, "top='6'"),
        ({"top": 1, "half": 1, "slope": 0.5}, "slope=0.5 .*from 1 to 20"),
    ],
)
def test_a_curve_that_cannot_be_is_refused_by_field(fields: dict, says: str) -> None:
    with pytest.raises(SpecError, match=says):
        Response(**fields)


def test_spend_and_results_out_of_reach_are_refused() -> None:
    with pytest.raises(SpecError, match="spend=-1"):
        Response(10, 1).at([-1, 2])
    with pytest.raises(SpecError, match="less than top=10"):
        Response(10, 1).spend_for(10)


# ---- the fit


SPEND = np.array([5, 10, 20, 40, 80, 160, 15, 60, 30, 110], float)


@pytest.mark.parametrize("slope", [1.0, 2.2])
def test_months_without_noise_give_their_curve_back(slope: float) -> None:
    truth = Response(900, 35, slope)
    found = fit_response(SPEND, truth.at(SPEND), s_shaped=slope > 1).response
    assert found.top == pytest.approx(900, rel=1e-4)
    assert found.half == pytest.approx(35, rel=1e-4)
    assert found.slope == pytest.approx(slope, rel=1e-4)


def test_the_fit_is_that_of_a_general_search() -> None:
    results = np.array([150, 210, 420, 630, 790, 930, 300, 720, 500, 850], float)

    def deviance(at: np.ndarray) -> float:
        mean = np.exp(at[0]) * SPEND / (np.exp(at[1]) + SPEND)
        return float(2 * (results * np.log(results / mean) - results + mean).sum())

    other = minimize(
        deviance, [np.log(1000), np.log(30)], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12}
    )
    found = fit_response(SPEND, results).response
    assert [found.top, found.half] == pytest.approx(np.exp(other.x), rel=1e-5)
    # Pearson's dispersion by hand, on 10 months less 2 parameters.
    mean = found.at(SPEND)
    assert fit_response(SPEND, results).dispersion == pytest.approx(max(1, (((results - mean) ** 2 / mean).sum()) / 8))


def test_the_season_is_not_taken_for_the_curve() -> None:
    truth, season = Response(900, 35), np.array([1.3, 0.8, 1.1, 0.9, 1.2, 1.4, 0.7, 1, 0.9, 1.3])
    with_it = fit_response(SPEND, truth.at(SPEND) * season, exposure=season).response
    assert with_it.half == pytest.approx(35, rel=1e-4)
    without = fit_response(SPEND, truth.at(SPEND) * season).response
    assert abs(without.half - 35) > 3


@settings(max_examples=20, deadline=None)
@given(st.floats(1e-3, 1e6))
def test_another_currency_changes_half_and_nothing_else(rate: float) -> None:
    results = np.round(Response(900, 35).at(SPEND) * (1 + 0.1 * np.sin(np.arange(10))))
    here, there = (fit_response(SPEND * r, results).table.set_index("parameter") for r in (1.0, rate))
    assert there.loc["top"].to_numpy() == pytest.approx(here.loc["top"].to_numpy(), rel=1e-3)
    assert there.loc["half"].to_numpy() == pytest.approx(here.loc["half"].to_numpy() * rate, rel=1e-3)


def test_spends_far_below_the_bend_leave_its_interval_open() -> None:
    rng = np.random.default_rng(3)
    spend = rng.uniform(1, 2, 24)
    found = fit_response(spend, rng.poisson(100 * spend))
    ends = found.table.set_index("parameter")
    assert math.isinf(ends["high"]["half"])
    assert not found.identified
    assert "do not show where the curve bends" in found.verdict
    assert "without limit" in found.verdict


def test_draws_agree_with_the_intervals() -> None:
    months = load_plan_months().query("channel == 'email'")
    found = fit_response(months["spend"], months["visits"], exposure=months["season"], name="email")
    drawn = found.draws(20_000, seed=1)
    for row in found.table.itertuples():
        low, high = drawn[row.parameter].quantile([0.025, 0.975])
        width = row.high - row.low
        assert low == pytest.approx(row.low, abs=0.1 * width)
        assert high == pytest.approx(row.high, abs=0.1 * width)
    # Where the months lie, the curve is better known than either of its parameters.
    band = found.curve([months["spend"].median()]).iloc[0]
    assert (band["high"] - band["low"]) / band["results"] < 0.15


def test_parameters_are_recovered_at_the_stated_rate() -> None:
    """Of 120 intervals at 95%, as many hold the truth as a binomial with four standard errors of slack allows."""
    held = {"top": 0, "half": 0}
    truth = load_plan_truth().set_index("channel")
    for seed in range(24):
        found = fit_responses(draw_months(Months(seed=100 + seed)), exposure="season")
        for name, fit in found.items():
            ends = fit.table.set_index("parameter")
            for parameter in held:
                held[parameter] += ends["low"][parameter] <= truth[parameter][name] <= ends["high"][parameter]
    n = 24 * len(truth)
    for count in held.values():
        assert count >= n * 0.95 - 4 * math.sqrt(n * 0.95 * 0.05)
    # Intervals that always hold would be too wide to mean anything.
    assert sum(held.values()) < 2 * n


@pytest.mark.parametrize(
    ("spend", "results", "says"),
    [
        ([1, 2, 3, 4, 5], [1, 2, 3, 4, 5], "5 periods with spend are too few"),
        ([1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5], "one number each"),
        ([1, 2, 3, 4, 5, float("nan")], [1] * 6, "spend of period 5 is nan"),
        ([1, 2, 3, 4, 5, 6], [1, 2, -3, 4, 5, 6], "results of period 2 is -3"),
        ([7] * 8, range(8), "three levels of spend"),
        ([1, 2, 3, 4, 5, 6], [0] * 6, "nothing came"),
        ([0, 2, 3, 4, 5, 6, 7], [9] * 7, "without spend"),
        ([1, 2, 3, 4, 5, "x"], [1] * 6, "must be numbers"),
    ],
)
def test_months_that_tell_nothing_are_refused(spend: list, results: list, says: str) -> None:
    with pytest.raises(SpecError, match=f"email: .*{says}"):
        fit_response(spend, list(results), name="email")


def test_a_missing_column_or_channel_is_named() -> None:
    months = load_plan_months()
    with pytest.raises(SpecError, match="no column 'clicks'"):
        fit_responses(months, results="clicks")
    with pytest.raises(SpecError, match="1 rows have no channel"):
        fit_responses(months.assign(channel=months["channel"].where(months.index != 3)))
