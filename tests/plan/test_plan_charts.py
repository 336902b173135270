"""The plan's charts: what is drawn is what the numbers say, text stays on the page, and words say what colours say."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from funnel_utils.charts.forecast import describe_forecast, forecast_chart
from funnel_utils.charts.pacing import describe_pace, pace_chart
from funnel_utils.charts.plan_fan import describe_fan, fan_chart
from funnel_utils.charts.response import describe_response, response_chart
from funnel_utils.charts.smart import LIGHTS, describe_smart, smart_chart
from funnel_utils.charts.style import WIDTH, alt_text, to_png
from funnel_utils.plan import Budget, Channel, Goal, History, Response, assess, fit_responses, forecast, pace
from funnel_utils.synthetic import load_plan_months

LONG = "A very long name of $a$ channel_with_underscores that somebody typed <b>in a hurry</b> and never mended"


@cache
def budget() -> Budget:
    fits = fit_responses(load_plan_months(), exposure="season")
    channels = [Channel(name, fit, 0.05, 0.2) for name, fit in fits.items()]
    return Budget([*channels, Channel(LONG, Response(9, 1), 0.05, 0.2)], order_value=1.15e6, margin=0.4, currency="IRT")


@cache
def history() -> History:
    return History.of(load_plan_months(), "sales")


@cache
def outlook():
    return forecast(history(), periods=6)


def whole_goal(**changes) -> Goal:
    fields = {"statement": f"Sell more. {LONG}", "metric": "sales", "segment": "all", "direction": "increase"}
    fields |= {"target": 520, "deadline": "2026-08-31", "because": "=HYPERLINK('x')"}
    return Goal(**fields | changes)


def paced(n: int):
    values = np.array([8, 12, 10, 9, 11, 10, 12, 9] * 2)[:n]
    table = pd.DataFrame({"period": pd.date_range("2026-04-01", periods=n), "value": values})
    return pace(History("sales", table, "day"), 160, start="2026-04-01", end="2026-04-16")


def figures() -> dict:
    made = {
        "split": lambda: budget().best(300e6).plot(),
        "curve": lambda: budget().channels[0].response.plot(),
        "given": lambda: response_chart([Response(100, 10), Response(50, 5, 3)]),
        "fan": lambda: budget().fan([50e6, 200e6, 400e6], size=300).plot(goal=500),
        "profit fan": lambda: budget().fan([50e6, 900e6], of="profit", size=300).plot(),
        "one budget": lambda: budget().fan([50e6], size=300).plot(goal=9000),
        "lights": lambda: assess(whole_goal(), history(), outlook=outlook()).plot(),
        "no lights": lambda: assess(Goal(statement="x")).plot(),
        "forecast": lambda: outlook().plot(target=900),
        "loss": lambda: forecast(loss(), periods=3).plot(target=-50),
        "pace": lambda: paced(9).plot(),
        "first days": lambda: paced(3).plot(),
        "period over": lambda: paced(16).plot(),
    }
    return made


def loss() -> History:
    values = np.random.default_rng(1).normal(-30, 20, 24)
    period = pd.date_range("2024-01-01", periods=24, freq="MS")
    return History("profit", pd.DataFrame({"period": period, "value": values}), "month", kind="money")


@pytest.mark.parametrize("name", figures())
def test_every_chart_has_words_and_keeps_its_text_on_the_page(name: str) -> None:
    figure = figures()[name]()
    assert len(alt_text(figure)) > 60
    assert to_png(figure, 60).startswith(b"\x89PNG")
    renderer = figure.canvas.get_renderer()
    page = figure.bbox
    for text in figure.findobj(Text):
        if text.get_visible() and text.get_text().strip():
            box = text.get_window_extent(renderer)
            inside = page.x0 - 2 <= box.x0 and box.x1 <= page.x1 + 2 and page.y0 - 2 <= box.y0 and box.y1 <= page.y1 + 2
            assert inside, text.get_text()
    assert figure.get_figwidth() == WIDTH


@pytest.mark.parametrize("name", figures())
def test_marks_along_an_axis_do_not_run_into_each_other(name: str) -> None:
    figure = figures()[name]()
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    for axes in figure.axes[1:]:
        low, high = axes.get_xlim()
        shown = [
            label.get_window_extent(renderer)
            for label, place in zip(axes.get_xticklabels(), axes.get_xticks(), strict=True)
            if low <= place <= high and label.get_text()
        ]
        for before, after in pairwise(shown):
            assert before.x1 < after.x0


def test_the_same_chart_is_the_same_picture() -> None:
    assert to_png(paced(9).plot(), 60) == to_png(paced(9).plot(), 60)


def test_the_dot_of_a_split_stands_on_its_curve() -> None:
    found = budget().best(300e6)
    figure = found.plot()
    for axes, row in zip(figure.axes[1:], found.channels.to_dict("records"), strict=True):
        dots = [line for line in axes.lines if line.get_marker() == "o" and len(line.get_xdata()) == 1]
        assert [float(dots[0].get_xdata()[0]), float(dots[0].get_ydata()[0])] == pytest.approx(
            [row["spend"], row["visits"]]
        )
        curve = max(axes.lines, key=lambda line: len(line.get_xdata()))
        on = np.interp(row["spend"], curve.get_xdata(), curve.get_ydata())
        assert on == pytest.approx(row["visits"], rel=0.02, abs=0.01 * curve.get_ydata().max())


def test_the_forecasts_line_goes_on_where_the_past_ends() -> None:
    figure = outlook().plot(target=900)
    (axes,) = figure.axes[1:]
    past = next(line for line in axes.lines if len(line.get_xdata()) == 36)
    ahead = next(line for line in axes.lines if len(line.get_xdata()) == 6)
    assert past.get_ydata().tolist() == history().values.tolist()
    assert ahead.get_ydata().tolist() == outlook().table["mean"].tolist()
    assert ahead.get_xdata()[0] == past.get_xdata()[-1] + 1
    assert axes.get_ylim()[1] > 900


def test_each_state_of_a_light_has_a_shape_and_a_sign_of_its_own() -> None:
    assert len({shape for _, shape, _ in LIGHTS.values()}) == len({sign for _, _, sign in LIGHTS.values()}) == 4
    found = assess(whole_goal(), history(), outlook=outlook())
    signs = [text.get_text() for text in smart_chart(found).findobj(Text)]
    for status, (_, _, sign) in LIGHTS.items():
        assert signs.count(sign) == (found.table["status"] == status).sum()


def test_descriptions_say_the_numbers() -> None:
    split = budget().best(300e6)
    assert describe_response([c.response for c in budget().channels], outcome=split).startswith(
        "300 million split over"
    )
    assert "known for 5 of them" in describe_response([c.response for c in budget().channels[:5]])
    fan = budget().fan([50e6, 200e6], size=300)
    assert "From 200 million on, 9 periods of 10 reach 300" in describe_fan(fan, goal=300)
    assert "None of these budgets reaches 9,000" in describe_fan(fan, goal=9000)
    assert "standard errors" in describe_forecast(outlook(), target=900)
    assert "so far" in describe_pace(paced(9))
    assert describe_smart(assess(Goal(statement="x"))).startswith("0 of 7 letters. no: specific, measurable")
    for figure in (fan_chart(fan), forecast_chart(outlook()), pace_chart(paced(9))):
        assert "nan" not in alt_text(figure)
