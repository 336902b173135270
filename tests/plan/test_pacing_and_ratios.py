"""Pacing and unit costs by hand."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from funnel_utils.errors import SpecError
from funnel_utils.plan import History, TooShort, pace, unit_costs
from funnel_utils.plan.ratios import check_currency

APRIL = {"start": "2026-04-01", "end": "2026-04-30"}


def days(values, start="2026-04-01", **fields) -> History:
    period = pd.date_range(start, periods=len(values))
    return History("sales", pd.DataFrame({"period": period, "value": values}), "day", **fields)


def test_a_pace_by_the_mean_so_far() -> None:
    found = pace(days([8, 12, 10, 10, 10]), 330, **APRIL)
    assert (found.done, found.planned, found.method) == (50, pytest.approx(55), "mean so far")
    assert found.ahead == pytest.approx(-5)
    assert found.needed == pytest.approx(280 / 25)
    # Variance 2 a day, the mean known from 5 days: 25 x 2 + 25^2 x 2 / 5 = 300.
    assert found.ending["mean"] == pytest.approx(300)
    assert found.ending["se"] == pytest.approx(math.sqrt(300))
    assert found.ending["high"] == pytest.approx(300 + 1.28155 * math.sqrt(300), abs=1e-3)
    # 30 short: 1.732 standard errors, a chance of 4.2%.
    assert found.chance == pytest.approx(0.0416, abs=1e-3)
    assert "5 short of the plan's 55" in found.verdict


def test_a_long_history_is_forecast_with_its_week() -> None:
    week = [10, 10, 10, 10, 20, 30, 5]
    noise = np.random.default_rng(1).normal(0, 0.5, 70)
    past = days(np.tile(week, 10) + noise, start="2026-02-01")
    found = pace(past, 400, start="2026-04-01", end="2026-04-28")
    assert found.method == "forecast"
    # Eleven days are past (1 to 11 April), 17 to come: two weeks of 95 and three days.
    assert found.table["actual"].notna().sum() == 11
    to_come = sum(week[(70 + k) % 7] for k in range(17))
    assert found.ending["mean"] - found.done == pytest.approx(to_come, abs=6)
    assert (found.table["low"].dropna() <= found.table["mean"].dropna()).all()


def test_a_plan_may_be_spread_unevenly() -> None:
    found = pace(days([8, 12, 10]), 100, start="2026-04-01", end="2026-04-04", weights=[1, 1, 1, 7])
    assert found.table["plan"].tolist() == [10, 10, 10, 70]
    assert found.ahead == 0


def test_a_period_that_is_over_is_certain() -> None:
    for target, chance in ((30, 1), (31, 0)):
        found = pace(days([8, 12, 10]), target, start="2026-04-01", end="2026-04-03")
        assert (found.chance, found.method, found.ending["mean"]) == (chance, "complete", 30)
        assert math.isnan(found.needed)
    assert pace(days([8, 12, 10, 9]), 20, start="2026-04-01", end="2026-04-10").needed == 0


def test_what_was_reached_stays_reached() -> None:
    found = pace(days([30, 0, 0, 0]), 40, start="2026-04-01", end="2026-04-05")
    assert (found.table["low"].dropna() >= 30).all()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"target": 0}, "target=0"),
        ({"start": "2026-05-01", "end": "2026-05-31"}, "period has not begun"),
        ({"end": "2026-03-01"}, "is before start"),
        ({"start": "soon"}, "give two dates"),
        ({"start": "2026-03-01"}, "lies before it"),
        ({"weights": [1, 2]}, "each of the 30 periods"),
    ],
)
def test_a_pace_of_nothing_is_refused(options: dict, says: str) -> None:
    wanted = {"target": 330, **APRIL} | options
    with pytest.raises(SpecError, match=says):
        pace(days([8, 12, 10]), **wanted)
    with pytest.raises(TooShort, match="2 days of this period are too few"):
        pace(days([8, 12]), 330, **APRIL)
    with pytest.raises(SpecError, match="only what adds up"):
        pace(days([0.1, 0.2], kind="rate"), 330, **APRIL)


# ---- unit costs


def test_unit_costs_by_hand() -> None:
    squares = 120 * (2.0**2 + 0.5**2)
    table = unit_costs(
        50, new_customers=100, orders=120, revenue=240, margin=0.4, orders_per_month=0.25, order_squares=squares
    ).set_index("measure")
    assert table["value"].to_dict() == pytest.approx(
        {"cac": 0.5, "aov": 2.0, "roas": 4.8, "roi": (96 - 50) / 50, "payback": 0.5 / (2 * 0.4 * 0.25)}
    )
    # Garwood's interval of 100 is 81.36 to 121.63.
    assert table.loc["cac", ["low", "high"]].tolist() == pytest.approx([50 / 121.63, 50 / 81.36], rel=1e-3)
    # AOV: a standard deviation of 0.5 over 120 orders; ROAS: sqrt(sum of squares) of money.
    assert table["high"]["aov"] - 2 == pytest.approx(1.96 * 0.5 / math.sqrt(120), rel=1e-3)
    assert table["high"]["roas"] - 4.8 == pytest.approx(1.96 * math.sqrt(squares) / 50, rel=1e-3)
    assert table["high"]["roi"] - table["value"]["roi"] == pytest.approx(0.4 * 1.96 * math.sqrt(squares) / 50, rel=1e-3)


def test_nobody_won_costs_without_limit_and_nothing_spent_has_no_return() -> None:
    table = unit_costs(50, new_customers=0, orders=0, revenue=0).set_index("measure")
    assert math.isnan(table["value"]["cac"])
    assert math.isinf(table["high"]["cac"])
    assert math.isnan(unit_costs(0, new_customers=3, orders=3, revenue=9).set_index("measure")["value"]["roas"])


def test_roas_intervals_cover() -> None:
    """Poisson many log-normal orders: of 400 intervals at 95%, at least 92% hold."""
    rng, held = np.random.default_rng(1), 0
    for _ in range(400):
        values = rng.lognormal(0, 0.6, rng.poisson(150))
        table = unit_costs(
            100, new_customers=1, orders=len(values), revenue=values.sum(), order_squares=(values**2).sum()
        ).set_index("measure")
        truth = 150 * math.exp(0.18) / 100
        held += table["low"]["roas"] <= truth <= table["high"]["roas"]
    assert 0.92 <= held / 400 <= 0.98


@pytest.mark.parametrize("field", ["spend", "new_customers", "orders", "revenue"])
def test_negative_sums_are_refused(field: str) -> None:
    values = {"spend": 1, "new_customers": 1, "orders": 1, "revenue": 1} | {field: -1}
    with pytest.raises(SpecError, match=f"{field}=-1"):
        unit_costs(values.pop("spend"), **values)


def test_currencies_that_differ_are_refused() -> None:
    assert check_currency(None, None) is None
    with pytest.raises(SpecError, match="IRT, EUR"):
        check_currency("IRT", "EUR")
