"""The budget model: by hand, against an independent solver and random splits, and there and back."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from funnel_utils.errors import SpecError
from funnel_utils.plan import Budget, Channel, Response, fit_responses
from funnel_utils.plan.optimum import Problem, best_split, least_spend
from funnel_utils.synthetic import load_plan_months


def shop(**changes) -> Budget:
    channels = [
        Channel("search", Response(6000, 40), lead_rate=0.05, sale_rate=0.2),
        Channel("social", Response(9000, 90), lead_rate=0.03, sale_rate=0.1),
    ]
    return Budget(**({"channels": channels, "order_value": 2.5, "margin": 0.5} | changes))


# ---- by hand


def test_forward_by_hand() -> None:
    found = shop(new_share=0.5, orders_per_month=0.25).forward({"search": 40, "social": 90})
    search, social = found.channels.to_dict("records")
    # Half of each top: 3000 visits x 0.05 = 150 leads x 0.2 = 30 sales; 4500 x 0.03 = 135 leads x 0.1 = 13.5 sales.
    assert (search["visits"], search["leads"], search["sales"]) == pytest.approx((3000, 150, 30))
    assert social["sales"] == pytest.approx(13.5)
    total = found.total
    assert total["revenue"] == pytest.approx(43.5 * 2.5)
    assert total["profit"] == pytest.approx(43.5 * 2.5 * 0.5 - 130)
    assert total["cac"] == pytest.approx(130 / 21.75)
    assert total["roas"] == pytest.approx(43.5 * 2.5 / 130)
    assert total["roi"] == pytest.approx((43.5 * 1.25 - 130) / 130)
    assert total["aov"] == pytest.approx(2.5)
    # A customer brings 2.5 x 0.5 x 0.25 a month.
    assert total["payback_months"] == pytest.approx(130 / 21.75 / 0.3125)


def test_the_season_multiplies_what_comes_and_not_what_is_spent() -> None:
    usual, high = (shop(season=s).forward({"search": 40}) for s in (1.0, 1.3))
    assert high.total["visits"] == pytest.approx(1.3 * usual.total["visits"])
    assert high.total["spend"] == usual.total["spend"] == 40


def test_nothing_spent_brings_nothing_and_divides_by_nothing() -> None:
    total = shop().forward({}).total
    assert total["sales"] == 0
    assert math.isnan(total["cac"])
    assert math.isnan(total["roas"])


def test_two_equal_channels_share_equally() -> None:
    two = Budget([Channel(name, Response(100, 10)) for name in "ab"])
    assert list(two.best(30, of="visits").spend.values()) == pytest.approx([15, 15])


def test_two_channels_by_the_square_root_rule() -> None:
    # Equal marginals w t h / (h + x)^2 mean (h + x) in proportion to sqrt(w t h): 48.99 and 49.30 of 100 + 40 + 90.
    a, b = math.sqrt(0.01 * 6000 * 40), math.sqrt(0.003 * 9000 * 90)
    assert shop().best(100).spend["search"] == pytest.approx(230 * a / (a + b) - 40)


def test_profit_leaves_money_that_does_not_pay() -> None:
    found = shop().best(10_000, of="profit")
    # Marginal revenue x margin is 1 where spending ends: 0.01 x 1.25 x 6000 x 40 / (40 + x)^2 = 1 at x = 14.77.
    assert found.spend["search"] == pytest.approx(math.sqrt(0.0125 * 6000 * 40) - 40, rel=1e-6)
    assert found.spend["social"] == pytest.approx(0, abs=1e-6)
    assert found.total["profit"] > shop().best(20, of="profit").total["profit"] - 1e-9
    assert found.total["profit"] > shop().best(100, of="sales").total["profit"]


# ---- against an independent solver and random splits


def water_filling(problem: Problem, total: float) -> np.ndarray:
    """The split by bisection on the common marginal return; for concave curves only."""

    def spend(level: float) -> np.ndarray:
        x = np.sqrt(problem.top * problem.half / level) - problem.half
        return np.clip(x, problem.low, problem.high)

    level = brentq(lambda log: spend(math.exp(log)).sum() - total, -80, 80, xtol=1e-15, rtol=1e-15)
    return spend(math.exp(level))


@st.composite
def problems(draw, shaped: bool = False):
    n = draw(st.integers(2, 7))
    numbers = lambda low, high: np.array(draw(st.lists(st.floats(low, high), min_size=n, max_size=n)))  # noqa: E731
    unit = 10.0 ** draw(st.integers(-2, 8))
    half = numbers(1, 50) * unit
    low = half * np.maximum(numbers(-0.5, 0.5), 0)
    high = low + half * numbers(0.05, 6)
    slope = np.maximum(numbers(-2, 4), 1) if shaped else np.ones(n)
    problem = Problem(numbers(1, 1000), half, slope, low, high)
    share = draw(st.floats(0.02, 0.98))
    return problem, low.sum() + share * (high.sum() - low.sum())


@settings(max_examples=60, deadline=None)
@given(problems())
def test_the_best_split_is_that_of_water_filling(case) -> None:
    problem, total = case
    ours, theirs = best_split(problem, total), water_filling(problem, total)
    assert ours.sum() == pytest.approx(total, rel=1e-9)
    assert ours == pytest.approx(theirs, abs=1e-5 * total)
    assert problem.value(ours) >= problem.value(theirs) * (1 - 1e-9)


@settings(max_examples=60, deadline=None)
@given(problems())
def test_marginal_returns_are_equal_where_no_bound_binds(case) -> None:
    problem, total = case
    found = best_split(problem, total)
    marginal, free = problem.marginal(found), problem.free(found)
    if free.any():
        level = marginal[free].mean()
        assert marginal[free] == pytest.approx(level, rel=1e-6)
        room = 1e-6 * total
        assert (marginal[found <= problem.low + room] <= level * (1 + 1e-4)).all()
        assert (marginal[found >= problem.high - room] >= level * (1 - 1e-4)).all()


@settings(max_examples=40, deadline=None)
@given(problems())
def test_the_least_budget_is_the_one_whose_best_split_brings_the_goal(case) -> None:
    problem, total = case
    goal = problem.value(water_filling(problem, total))
    found = least_spend(problem, goal)
    assert problem.value(found) == pytest.approx(goal, rel=1e-8)
    assert found.sum() == pytest.approx(total, rel=1e-5)
    assert (found >= problem.low).all()
    assert (found <= problem.high).all()


def random_splits(problem: Problem, total: float, size: int, seed: int) -> np.ndarray:
    """Splits of `total` within the bounds, all over the place: few channels, many channels."""
    rng = np.random.default_rng(seed)
    width = problem.high - problem.low
    wanted = rng.dirichlet(np.ones(len(width)) * rng.choice([0.2, 1, 5]), size) * (total - problem.low.sum())
    for _ in range(60):
        # What exceeds a bound goes to those with room.
        over = np.maximum(wanted - width, 0).sum(axis=1, keepdims=True)
        wanted = np.minimum(wanted, width)
        room = width - wanted
        wanted += over * room / np.maximum(room.sum(axis=1, keepdims=True), 1e-300)
    return problem.low + wanted


@settings(max_examples=15, deadline=None)
@given(problems(shaped=True), st.integers(0, 99))
def test_the_best_split_beats_10_000_random_ones_s_shaped_or_not(case, seed: int) -> None:
    problem, total = case
    splits = random_splits(problem, total, 10_000, seed)
    assert splits.sum(axis=1) == pytest.approx(total, rel=1e-6)
    share = 1 / (1 + (problem.half / np.maximum(splits, 1e-300)) ** problem.slope)
    best = problem.value(best_split(problem, total))
    assert best >= (share @ problem.top).max() * (1 - 1e-7)


def test_a_channel_below_its_threshold_is_left_out() -> None:
    # Both together need more than there is; one alone passes its bend.
    steep = Budget([Channel(name, Response(100, 10, slope=4)) for name in "ab"])
    found = steep.best(12, of="visits")
    assert sorted(found.spend.values()) == pytest.approx([0, 12], abs=1e-6)
    assert found.value > steep.forward({"a": 6, "b": 6}, of="visits").value * 2


# ---- there and back


@settings(max_examples=40, deadline=None)
@given(st.floats(0.01, 0.97), st.sampled_from(["visits", "leads", "sales", "revenue"]), st.floats(0, 60))
def test_forward_of_inverse_is_the_goal(share: float, of: str, cap: float) -> None:
    channels = [
        Channel("search", Response(6000, 40), 0.05, 0.2, minimum=2),
        Channel("social", Response(9000, 90), 0.03, 0.1, maximum=cap),
        Channel("late", Response(4000, 30, slope=2), 0.04, 0.2, maximum=200),
    ]
    model = Budget(channels, order_value=2.5)
    least = model.forward({"search": 2}, of=of).value
    most = model.forward({c.name: c.ceiling for c in channels}, of=of).value
    goal = least + share * (most - least)
    found = model.inverse(goal, of=of)
    assert model.forward(found.spend, of=of).value == pytest.approx(goal, rel=1e-8)
    # The least: with a hundredth less no split brings it.
    less = 2 + (found.total["spend"] - 2) * 0.99
    assert model.best(less, of=of).value < goal


def test_a_goal_that_the_minimums_bring_costs_the_minimums() -> None:
    model = Budget([Channel("search", Response(6000, 40), 0.05, 0.2, minimum=40)], order_value=2.5)
    found = model.inverse(10)
    assert found.spend == {"search": 40}
    assert found.value == pytest.approx(30)
    assert "minimums alone (search 40)" in found.note


def test_a_goal_out_of_reach_names_what_binds() -> None:
    capped = Budget(
        [
            Channel("search", Response(6000, 40), 0.05, 0.2, maximum=40),
            Channel("social", Response(9000, 90), 0.03, 0.1, maximum=90),
        ]
    )
    with pytest.raises(SpecError, match=r"at most 43\.5 can\. The maximums bind: search 40, social 90"):
        capped.inverse(50)
    with pytest.raises(SpecError, match=r"No bound binds: the curves themselves level off"):
        shop().inverse(87)
    with pytest.raises(SpecError, match=r"30 sales need at least 40; total=39 binds"):
        shop().inverse(30, total=39)
    with pytest.raises(SpecError, match=r"total=5 does not cover the channels' minimums: search 4, social 2 need 6"):
        Budget([Channel("search", Response(6, 4), minimum=4), Channel("social", Response(9, 9), minimum=2)]).best(5)


def test_more_money_than_the_maximums_let_in_is_left_and_said() -> None:
    capped = Budget([Channel("search", Response(6000, 40), maximum=30), Channel("social", Response(1, 1), maximum=5)])
    found = capped.best(50, of="visits")
    assert found.spend == {"search": 30, "social": 5}
    assert found.note.startswith("15 of 50 cannot be spent: search 30, social 5")
    assert list(found.channels["bound"]) == ["maximum", "maximum"]
    assert math.isnan(found.price)


def test_profit_has_no_inverse() -> None:
    with pytest.raises(SpecError, match="no least budget"):
        shop().inverse(5, of="profit")


def test_the_price_of_one_more_is_what_one_more_costs() -> None:
    found = shop().best(100)
    more = shop().inverse(found.value + 0.001)
    assert (more.total["spend"] - 100) / 0.001 == pytest.approx(found.price, rel=1e-3)


@settings(max_examples=15, deadline=None)
@given(st.floats(1e-4, 1e7))
def test_another_currency_changes_money_and_nothing_else(rate: float) -> None:
    def model(r: float) -> Budget:
        return Budget(
            [
                Channel("a", Response(6000, 40 * r), 0.05, 0.2, minimum=3 * r),
                Channel("b", Response(9000, 90 * r), 0.03, 0.1, maximum=50 * r),
            ],
            order_value=2.5 * r,
            margin=0.6,
        )

    here, there = model(1).best(100), model(rate).best(100 * rate)
    assert there.total["sales"] == pytest.approx(here.total["sales"], rel=1e-7)
    assert there.spend["a"] == pytest.approx(rate * here.spend["a"], rel=1e-5)
    assert there.total["roas"] == pytest.approx(here.total["roas"], rel=1e-7)


# ---- scenarios, Monte Carlo


def test_scenarios_stand_beside_the_first() -> None:
    table = shop().scenarios({"now": {"search": 20, "social": 80}, "same money": 100, "more": 150})
    assert table["scenario"].tolist() == ["now", "same money", "more"]
    assert table["extra_sales"].iloc[0] == 0
    assert table["extra_sales"].iloc[1] > 0
    assert table["extra_spend"].tolist() == pytest.approx([0, 0, 50])
    assert table["spend: search"].iloc[0] == 20
    assert table["extra_cost"].iloc[2] == pytest.approx(50 / table["extra_sales"].iloc[2])


def test_monte_carlo_of_given_numbers_is_poisson_and_binomial() -> None:
    drawn = (
        Budget([Channel("a", Response(6000, 40), 0.05, 0.2)], order_value=2.5).simulate({"a": 40}, size=40_000).draws
    )
    # Thinned Poisson counts are Poisson: mean and variance 3000 and 30, within four standard errors.
    for name, mean in (("visits", 3000), ("sales", 30)):
        assert drawn[name].mean() == pytest.approx(mean, abs=4 * math.sqrt(mean / 40_000))
        assert drawn[name].var() == pytest.approx(mean, rel=4 * math.sqrt(2 / 40_000))
    assert (drawn["revenue"] == drawn["sales"] * 2.5).all()
    assert drawn["profit"].to_numpy() == pytest.approx(drawn["revenue"].to_numpy() - 40)


def test_a_counted_rate_carries_its_uncertainty() -> None:
    few, many = (
        Budget([Channel("a", Response(6000, 40), lead_rate=rate)]).simulate({"a": 40}).draws["leads"].std()
        for rate in ((5, 100), (5000, 100_000))
    )
    # Jeffreys' beta of 5 of 100 has a standard deviation of 0.0224: 67 leads of 3000; chance alone makes 12.2.
    assert few == pytest.approx(math.hypot(3000 * 0.0224, 12.2), rel=0.06)
    assert many == pytest.approx(12.4, rel=0.06)


def test_the_fan_widens_with_the_order_value_and_is_the_same_for_the_same_seed() -> None:
    sure = Budget([Channel("a", Response(6000, 40), 0.05, 0.2)], order_value=2.5)
    unsure = Budget(sure.channels, order_value=2.5, order_value_se=0.5)
    a, b = (model.fan([20, 40], of="revenue").table for model in (sure, unsure))
    assert ((b["q90"] - b["q10"]) > 1.2 * (a["q90"] - a["q10"])).all()
    assert sure.fan([20, 40], of="revenue").table.equals(a)
    assert sure.simulate({"a": 40}).chance(0) == 1


def test_a_month_lies_in_the_simulated_range_as_often_as_stated() -> None:
    """The shop's first 30 months predict the visits of the other 6: 80% ranges hold about 80% of 30."""
    months = load_plan_months()
    last = sorted(months["month"].unique())[-6:]
    known, coming = months[~months["month"].isin(last)], months[months["month"].isin(last)]
    fits = fit_responses(known, exposure="season")
    held = 0
    for row in coming.itertuples():
        one = Budget([Channel(row.channel, fits[row.channel])], season=row.season)
        low, high = one.simulate({row.channel: row.spend}, size=2000).draws["visits"].quantile([0.1, 0.9])
        held += low <= row.visits <= high
    assert 24 - 4 * math.sqrt(30 * 0.16) <= held <= 30


# ---- bad input


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Budget([]), "channels is empty"),
        (lambda: Budget(["search"]), "'search' is not a Channel"),
        (lambda: Budget([Channel("a", Response(1, 1))] * 2), "'a' is there 2 times"),
        (lambda: Budget([Channel("total", Response(1, 1))]), "name of the sum"),
        (lambda: shop(margin=1.5), r"margin=1\.5"),
        (lambda: shop(season=0), "season=0"),
        (lambda: shop().best(float("nan")), "total=nan"),
        (lambda: shop().best(-1), "total=-1"),
        (lambda: shop().best(5, of="clicks"), "of='clicks'"),
        (lambda: shop().forward({"tv": 3}), "'tv' is not a channel"),
        (lambda: shop().forward({"search": -3}), "spend of search=-3"),
        (lambda: Channel("", Response(1, 1)), "has a name"),
        (lambda: Channel("a", 3), "a: response=3"),
        (lambda: Channel("a", Response(1, 1), lead_rate=1.2), r"a: lead_rate=1\.2"),
        (lambda: Channel("a", Response(1, 1), lead_rate=(5, 3)), r"a: lead_rate=\(5, 3\)"),
        (lambda: Channel("a", Response(1, 1), minimum=5, maximum=3), "a: maximum=3"),
        (lambda: Budget([Channel("a", Response(1, 1), lead_rate=0)]).best(3), "no channel brings any sales"),
        (lambda: shop().scenarios({}), "plans is empty"),
        (lambda: shop().simulate({}, size=0), "size=0"),
        (lambda: shop().fan([]), "totals is empty"),
        (lambda: shop().simulate({}).chance(3, of="fun"), "of='fun'"),
    ],
)
def test_what_cannot_be_is_refused_by_name(make, says: str) -> None:
    with pytest.raises(SpecError, match=says):
        make()


def test_names_with_html_and_formulas_are_defused(tmp_path) -> None:
    found = Budget([Channel("=1+1 <b>x</b>", Response(10, 1))]).best(3)
    assert "<b>x</b>" not in found._repr_html_()
    assert "'=1+1" in found.to_csv(tmp_path / "split.csv").read_text("utf-8")
