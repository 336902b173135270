"""The plan simulator's model: by hand, against the budget's own searches and draws, and by its invariants."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from funnel_utils.charts.style import alt_text
from funnel_utils.errors import SpecError
from funnel_utils.plan import Budget, Channel, History, Response, assess, forecast
from funnel_utils.simulators.plan_model import TIMES, PlanModel, simulate_plan
from funnel_utils.simulators.plan_picture import describe, figure, lights_html

PARDIS = PlanModel.pardis()


def hand(**changes) -> PlanModel:
    """Two channels in whole numbers, and two years that rise by chance alone."""
    budget = Budget(
        [Channel("ad", Response(1000, 10e6), 0.5, 0.2), Channel("mail", Response(400, 10e6), 0.5, 0.2)],
        order_value=2e6,
        margin=0.5,
    )
    sales = np.random.default_rng(3).poisson(100, 24)
    months = pd.DataFrame({"period": pd.date_range("2024-01-01", periods=24, freq="MS"), "value": sales})
    outlook = forecast(History("sales", months, "month", segment="all"), periods=3, season=1)
    start = {"spend": {"ad": 10e6, "mail": 10e6}, "target": 60.0}
    return PlanModel(budget, outlook, **(start | changes))


def test_a_month_by_hand():
    # Half of 1000 and of 400 visits, of which one in ten buys: 50 + 20; an order leaves a million, and 20 are spent.
    outcome = simulate_plan(hand())
    assert outcome.table["sales"].tolist() == pytest.approx([50, 20])
    assert outcome.profit == pytest.approx(70e6 - 20e6)
    # The slope at half is top / (4 half) = 25 visits a million, so 2.5 sales: one sale for 0.4 million; for mail, 1.
    assert outcome.table["next_sale"].tolist() == pytest.approx([0.4e6, 1e6])


def test_the_season_multiplies_sales_and_makes_the_next_one_cheaper():
    outcome = simulate_plan(hand(deadline="2026-02", season={2: 1.5}))
    assert outcome.sales == pytest.approx(105)
    assert outcome.table["next_sale"].tolist() == pytest.approx([0.4e6 / 1.5, 1e6 / 1.5])


def test_no_other_split_is_better_and_the_next_sale_costs_the_same_everywhere():
    outcome = simulate_plan(PARDIS)
    assert outcome.best is not None
    best = simulate_plan(replace(PARDIS, spend=outcome.best.spend))
    assert best.sales == pytest.approx(outcome.best.value)
    assert best.sales > outcome.sales
    spent = best.table[best.table["spend"] > 1e3]
    assert spent["next_sale"].max() == pytest.approx(spent["next_sale"].min(), rel=1e-6)
    rng = np.random.default_rng(1)
    for shares in rng.dirichlet(np.ones(5), 200):
        other = dict(zip(PARDIS.budget.names, shares * PARDIS.total, strict=True))
        assert PARDIS.planned.forward(other).value <= best.sales + 1e-9


def test_the_least_money_brings_just_the_goal():
    outcome = simulate_plan(PARDIS)
    assert outcome.least is not None
    there = simulate_plan(replace(PARDIS, spend=outcome.least.spend))
    assert there.sales == pytest.approx(PARDIS.target)
    # Where a month is expected to bring just the goal, about half of the months do.
    assert 0.4 < there.chance < 0.6


def test_the_fan_is_what_the_budgets_own_draws_say():
    outcome = simulate_plan(PARDIS)
    now = outcome.fan.iloc[TIMES.index(1.0)]
    drawn = PARDIS.planned.simulate(PARDIS.spend, size=4000).draws["sales"]
    spread = drawn.std()
    # 400 draws know their median to a sixteenth of the spread, their tenth to a twelfth.
    for name, share in (("q10", 0.1), ("q50", 0.5), ("q90", 0.9)):
        assert now[name] == pytest.approx(drawn.quantile(share), abs=0.3 * spread)
    assert now["expected"] == pytest.approx(outcome.sales)
    assert outcome.fan["q50"].is_monotonic_increasing
    assert outcome.fan["total"].iloc[-1] == pytest.approx(2 * PARDIS.total)


def test_more_money_never_lowers_the_chance():
    chances = [simulate_plan(replace(hand(), spend={"ad": x * 1e6, "mail": 10e6})).chance for x in (1, 5, 10, 20, 80)]
    assert chances == sorted(chances)
    assert chances[0] < 0.05
    assert chances[-1] > 0.95


def test_the_lights_are_those_of_assess():
    model = replace(PARDIS, serves="profit", explained=True, compared=True)
    expected = assess(model.goal, model.outlook.history)
    assert simulate_plan(model).lights["status"].tolist() == expected.table["status"].tolist()


@pytest.mark.parametrize(
    ("change", "light", "before", "after"),
    [
        ({"says_whom": False}, "specific", "yes", "no"),
        ({"deadline": ""}, "time_bound", "yes", "no"),
        ({"serves": "profit"}, "relevant", "no", "yes"),
        ({"explained": True}, "explainable", "no", "yes"),
        ({"compared": True}, "relative", "no", "yes"),
    ],
)
def test_each_thing_that_a_goal_says_turns_on_its_own_light(change, light, before, after):
    lights = [simulate_plan(model).lights.set_index("name")["status"] for model in (PARDIS, replace(PARDIS, **change))]
    assert [each[light] for each in lights] == [before, after]


def test_the_target_passes_through_all_bands():
    expected = simulate_plan(PARDIS).assessment.expected
    targets = [
        expected["mean"] - 1,
        expected["high"] - 1,
        expected["high"] + 1,
        expected["mean"] + 3.1 * expected["se"],
    ]
    bands = [simulate_plan(replace(PARDIS, target=target)).assessment.band for target in targets]
    assert bands == ["unambitious", "achievable", "stretch", "not achievable"]


def test_a_target_below_its_baseline_is_a_contradiction_that_is_said():
    outcome = simulate_plan(replace(PARDIS, compared=True, target=100.0))
    row = outcome.lights.set_index("name").loc["relative"]
    assert row["status"] == "no"
    assert "below" in row["reason"]


EXTREMES = {
    "no money": {"spend": {}},
    "no target": {"target": 0.0},
    "no date": {"deadline": ""},
    "out of reach": {"target": 1e6},
    "all on one": {"spend": {"email": 5e9}},
    "nothing said": {"says_whom": False, "deadline": "", "target": 0.0},
    "all said": {"compared": True, "explained": True, "serves": "profit"},
}


@pytest.mark.parametrize("name", EXTREMES)
def test_extremes_are_drawn_and_said(name):
    outcome = simulate_plan(replace(PARDIS, **EXTREMES[name]))
    said = describe(outcome)
    assert said.endswith(".")
    assert "nan" not in said
    assert "inf " not in said
    assert alt_text(figure(outcome)) == said
    assert "nan" not in lights_html(outcome)


def test_the_sentence_tells_the_story():
    said = describe(simulate_plan(hand()))
    assert "20 million toman are expected to bring 70 sales in a normal month" in said
    assert "leaves 50 million toman" in said
    assert "the goal of 60 has a chance of" in said
    assert "no money on these channels brings the goal" in describe(simulate_plan(hand(target=140.0)))


def test_money_that_does_not_cover_a_minimum_has_no_best_split():
    bound = replace(PARDIS.budget, channels=[replace(c, minimum=50e6) for c in PARDIS.budget.channels])
    outcome = simulate_plan(replace(PARDIS, budget=bound, spend={"email": 10e6}))
    assert outcome.best is None
    assert "split" not in describe(outcome)


def test_channels_that_never_sell_are_refused():
    idle = Budget([Channel("ad", Response(1000, 10e6), 0.5, 0.0)])
    with pytest.raises(SpecError, match="no money brings a sale"):
        PlanModel(idle, PARDIS.outlook, {}, 10.0)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"spend": {"radio": 1.0}}, "radio"),
        ({"spend": {"ad": -1.0}}, "spend of ad=-1"),
        ({"spend": {"ad": float("nan")}}, "spend of ad=nan"),
        ({"target": -5.0}, "target=-5"),
        ({"deadline": "2031-01"}, "deadline='2031-01' is not one of 2026-01"),
    ],
)
def test_a_wrong_model_is_refused(wrong, says):
    with pytest.raises(SpecError, match=says):
        hand(**wrong)
