"""What-if: hand cases of the documents' funnel, and the laws that a product of rates must obey."""

import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from funnel_utils import EventLog, Funnel, Step
from funnel_utils.errors import SpecError
from funnel_utils.funnel.nurturing import Nurturing
from funnel_utils.funnel.whatif import WhatIf

DOCUMENT = WhatIf(4000, (0.175, 0.4), value=900_000, labels=("awareness", "evaluation", "purchase"))

shares = st.floats(0, 1)
some = st.floats(0.01, 1)
rates = st.lists(some, min_size=1, max_size=7).map(tuple)


@st.composite
def funnels(draw):
    steps = draw(rates)
    nurturing = draw(
        st.none()
        | st.builds(Nurturing, step=st.integers(2, len(steps) + 1), share=shares, rate=shares, cost=st.floats(0, 1e4))
    )
    return WhatIf(
        draw(st.integers(1, 10**6)),
        steps,
        value=draw(st.floats(0, 1e6)),
        nurturing=nurturing,
        visitor_cost=draw(st.floats(0, 1e3)),
    )


def test_the_documents_funnel_4000_to_280_is_seven_per_cent():
    assert DOCUMENT.units == pytest.approx((4000, 700, 280))
    assert DOCUMENT.conversion == pytest.approx(0.07)
    assert DOCUMENT.money == pytest.approx(252_000_000)
    assert DOCUMENT.leak == 2  # 17.5% is the lowest step rate
    assert DOCUMENT.cylinder_index == pytest.approx(math.sqrt(0.07))


def test_one_point_is_worth_most_at_the_leak_and_one_per_cent_the_same_everywhere():
    # One point at step 2: 40 more evaluate, 16 of them buy. At step 3: 1% of 700 is 7 more.
    assert DOCUMENT.money_per_point(2) == pytest.approx(16 * 900_000)
    assert DOCUMENT.money_per_point(3) == pytest.approx(7 * 900_000)
    one_per_cent = DOCUMENT.table(relative=0.01)
    assert one_per_cent["extra_conversions"].to_numpy() == pytest.approx([2.8, 2.8, 2.8])
    assert (one_per_cent["elasticity"] == 1).all()


def test_nurturing_brings_drop_outs_back_and_costs_money():
    # 420 of 700 do not buy; 210 are reached for 2,000 each; 21 buy after all.
    nurtured = WhatIf(4000, (0.175, 0.4), value=900_000, nurturing=Nurturing(3, share=0.5, rate=0.1, cost=2_000))
    assert nurtured.nurtured == pytest.approx(210)
    assert nurtured.conversions == pytest.approx(301)
    assert nurtured.cost == pytest.approx(420_000)
    assert nurtured.money == pytest.approx(301 * 900_000 - 420_000)
    assert nurtured.elasticity(3) == pytest.approx(0.4 * 0.95 / 0.43)
    assert nurtured.elasticity(2) == 1


def test_visitors_cost_money():
    paid = WhatIf(1000, (0.1,), value=50, visitor_cost=2)
    assert (paid.revenue, paid.cost, paid.money) == (5000, 2000, 3000)
    assert paid.money_per_point(1) == 30  # ten more visitors: 50 in, 20 out


def test_change_by_value_by_points_and_relative():
    assert DOCUMENT.change(3, to=0.5).conversions == pytest.approx(350)
    assert DOCUMENT.change(3, points=10).conversions == pytest.approx(350)
    assert DOCUMENT.change(3, relative=0.25).conversions == pytest.approx(350)
    assert DOCUMENT.change(1, to=5000).conversions == pytest.approx(350)
    assert DOCUMENT.change(3, points=60).rates[1] == 1  # 40% and 60 points are exactly 100%
    assert DOCUMENT.rates == (0.175, 0.4)  # the original stays as it was


def test_table_caps_a_change_at_one_hundred_per_cent():
    table = WhatIf(100, (0.995,), value=1).table(points=5)
    assert table["new_rate"].iloc[1] == 1
    assert table["extra_conversions"].iloc[1] == pytest.approx(0.5)


def test_compare_puts_scenarios_beside_the_starting_point():
    table = DOCUMENT.compare(
        {"better page": DOCUMENT.change(2, points=1), "more ads": DOCUMENT.change(1, relative=0.1)}
    )
    assert table["scenario"].tolist() == ["now", "better page", "more ads"]
    assert table["extra_conversions"].to_numpy() == pytest.approx([0, 16, 28])
    assert table["extra_money"].to_numpy() == pytest.approx([0, 14_400_000, 25_200_000])
    with pytest.raises(SpecError, match="starting point"):
        DOCUMENT.compare({"now": DOCUMENT})


def test_without_a_value_units_are_known_and_money_is_missing():
    plain = WhatIf(4000, (0.07,))
    assert plain.conversions == pytest.approx(280)
    assert math.isnan(plain.money)
    assert math.isnan(plain.money_per_point(2))
    assert plain.labels == ("step 1", "step 2")


def test_a_step_that_nobody_takes():
    blocked = WhatIf(100, (0.5, 0.0), value=10)
    assert blocked.conversions == 0
    assert blocked.cylinder_index == 0
    assert blocked.leak == 3
    assert math.isnan(blocked.elasticity(3))
    assert blocked.money_per_point(3) == pytest.approx(5)  # half a unit for one point: there is all to win


def _result(**columns):
    steps = {
        "step": [1, 2, 3, 4],
        "label": ["visit", "quiz", "cart", "pay"],
        "optional": [False, True, False, False],
        "units": [1000, 90, 200, 50],
        "rate": [1.0, 0.45, 0.2, 0.25],
        "lost": [0, 110, 800, 150],
        "value_at_stake": [np.nan, np.nan, 800 * 0.25 * 30, 150 * 30],
    }
    return SimpleNamespace(steps=pd.DataFrame({**steps, **columns}))


def test_from_result_takes_required_steps_and_the_value_they_imply():
    scenario = WhatIf.from_result(_result())
    assert scenario.labels == ("visit", "cart", "pay")
    assert scenario.units == (1000, 200, 50)
    assert scenario.value == pytest.approx(30)
    assert WhatIf.from_result(_result(), value=7).value == 7
    assert WhatIf.from_result(_result(value_at_stake=[np.nan] * 4)).value is None


def test_from_a_funnel_that_was_run():
    stories = {f"u{n}": ["visit@0", "cart@1m"] for n in range(6)}
    stories["u0"] = ["visit@0", "quiz@30s", "cart@1m", ("pay@2m", {"value": 30.0})]
    stories["u1"] = ["visit@0", "cart@1m", ("pay@2m", {"value": 50.0})]
    stories |= {f"v{n}": ["visit@0"] for n in range(4)}
    log = EventLog.from_story(stories, start="2026-01-01")
    result = Funnel(["visit", Step("quiz", optional=True), "cart", "pay"], window="1h").run(log)
    scenario = result.what_if()
    assert scenario.labels == ("visit", "cart", "pay")
    assert scenario.units == pytest.approx((10, 6, 2))
    assert scenario.value == pytest.approx(40)
    assert scenario.money == pytest.approx(80)


def test_from_result_reads_a_step_that_nobody_could_reach_as_nought():
    assert WhatIf.from_result(_result(rate=[1.0, 0.0, 0.0, np.nan])).rates == (0, 0)


def test_from_result_refuses_what_is_not_a_product_of_rates():
    with pytest.raises(SpecError, match=r"rates \(of step 3\)=1\.5"):
        WhatIf.from_result(_result(rate=[1.0, 0.4, 0.2, 1.5]))
    with pytest.raises(SpecError, match="nobody entered"):
        WhatIf.from_result(_result(units=[0, 0, 0, 0]))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"visitors": -1}, "visitors=-1"),
        ({"visitors": math.inf}, "visitors=inf"),
        ({"visitors": True}, "visitors=True"),
        ({"rates": ()}, "rates is empty"),
        ({"rates": (0.5, 7)}, r"rates \(of step 3\)=7 .*12.5% is 0.125"),
        ({"rates": ("half",)}, r"rates \(of step 2\)='half'"),
        ({"labels": ("a",)}, "labels has 1 names for 2 steps"),
        ({"value": -3}, "value=-3"),
        ({"visitor_cost": math.nan}, "visitor_cost=nan"),
        ({"nurturing": Nurturing(5, 0.1, 0.1)}, "nurturing.step=5"),
    ],
)
def test_a_wrong_field_is_named_with_its_value(fields, message):
    with pytest.raises(SpecError, match=message):
        WhatIf(**{"visitors": 100, "rates": (0.5,), **fields})


def test_nurturing_checks_itself():
    for fields, message in (
        ({"share": 2}, "nurturing.share=2"),
        ({"rate": -0.1}, "nurturing.rate=-0.1"),
        ({"cost": -5}, "nurturing.cost=-5"),
    ):
        with pytest.raises(SpecError, match=message):
            Nurturing(**{"step": 2, "share": 0.1, "rate": 0.1, **fields})


@pytest.mark.parametrize(
    ("step", "how", "message"),
    [
        (9, {"to": 0.5}, "step=9"),
        (True, {"to": 0.5}, "step=True"),
        (2, {}, "exactly|give one of"),
        (2, {"to": 0.5, "points": 1}, "got to, points"),
        (1, {"points": 1}, "visitors are a count"),
        (2, {"points": 95}, "rates \\(of step 2\\)"),
    ],
)
def test_a_change_that_means_nothing_is_refused(step, how, message):
    with pytest.raises(SpecError, match=message):
        DOCUMENT.change(step, **how)
    with pytest.raises(SpecError, match="not both"):
        DOCUMENT.table(points=1, relative=0.1)


@given(funnels())
def test_conversions_are_the_product(scenario):
    assert scenario.conversions == pytest.approx(scenario.visitors * math.prod(scenario.effective_rates))
    assert scenario.units[0] == scenario.visitors
    assert all(after <= before + 1e-9 for before, after in zip(scenario.units, scenario.units[1:], strict=False))


@given(funnels())
def test_the_cylinder_index_is_a_mean_of_the_rates(scenario):
    index, effective = scenario.cylinder_index, scenario.effective_rates
    assert min(effective) - 1e-12 <= index <= max(effective) + 1e-12
    assert index ** len(effective) == pytest.approx(scenario.conversion)


@given(st.integers(1, 8), st.integers(1, 10**6))
def test_a_funnel_that_loses_nobody_is_a_cylinder(n, visitors):
    cylinder = WhatIf(visitors, (1.0,) * n, value=5)
    assert cylinder.cylinder_index == 1
    assert cylinder.units == (visitors,) * (n + 1)


@given(funnels(), st.data())
def test_a_better_rate_never_lowers_conversions(scenario, data):
    step = data.draw(st.integers(2, scenario.n_steps))
    better = scenario.change(step, to=data.draw(st.floats(scenario.rates[step - 2], 1)))
    assert better.conversions >= scenario.conversions * (1 - 1e-12)


@given(funnels(), st.data())
def test_money_per_point_is_the_money_that_a_point_brings(scenario, data):
    step = data.draw(st.integers(2, scenario.n_steps))
    assume(scenario.rates[step - 2] <= 0.99)
    gained = scenario.change(step, points=1).money - scenario.money
    scale = max(abs(scenario.revenue), abs(scenario.cost), 1.0)
    assert gained == pytest.approx(scenario.money_per_point(step), rel=1e-6, abs=1e-7 * scale)


@given(funnels(), st.data())
def test_elasticity_is_the_slope_in_per_cent(scenario, data):
    step = data.draw(st.integers(1, scenario.n_steps))
    assume(step == 1 or scenario.rates[step - 2] <= 0.9)
    raised = scenario.change(step, relative=0.001)
    slope = (raised.conversions / scenario.conversions - 1) / 0.001
    assert slope == pytest.approx(scenario.elasticity(step), abs=1e-6)
    if scenario.nurturing is None:
        assert scenario.elasticity(step) == 1
