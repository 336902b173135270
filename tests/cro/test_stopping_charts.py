"""Charts of stopping, beliefs and combinations: what is drawn is what the numbers say, and text stays on the page."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.text import Text

from funnel_utils.charts import (
    alt_text,
    describe_bounds,
    describe_interaction,
    describe_peeking,
    describe_posterior,
    to_png,
)
from funnel_utils.charts.style import WIDTH
from funnel_utils.cro import (
    AlwaysValid,
    BetaPrior,
    Factorial,
    GroupSequential,
    Peeking,
    Thompson,
    bayes_rates,
    rate_looks,
)
from funnel_utils.errors import SpecError

LONG = "A very long name of $a$ factor_with_underscores <b>that nobody</b> mended"


@cache
def trial():
    factors = {"button": ("green", "orange"), LONG: ("plain", "=monthly and a good deal longer", "third"), "c": (0, 1)}
    spec = Factorial(factors)
    return spec.run(spec.design.assign(n=4000, converted=[400, 410, 395, 405, 390, 400, 402, 380, 410, 560, 600, 420]))


@cache
def two():
    spec = Factorial({"button": ("green", "orange"), "price": ("plain", "monthly")})
    return spec.run(spec.design.assign(n=4000, converted=[400, 410, 395, 560]))


def followed(looks: int, start: float = 200):
    n = 100 * np.arange(1, looks + 1)
    table = rate_looks(0.10 * n, n, 0.14 * n, n)
    return AlwaysValid(4000, start=start).follow(table["estimate"], table["se"], table["n"])


def figures() -> dict:
    plan = GroupSequential("lan_demets_obrien_fleming", looks=4)
    return {
        "peeking": lambda: Peeking.of(20).plot(),
        "two looks": lambda: Peeking.of(2).plot(),
        "peeking with an effect": lambda: Peeking.of([0.1, 0.5, 1.0], drift=3.0).plot(),
        "bounds": lambda: GroupSequential("obrien_fleming", 5).plot(),
        "one side": lambda: GroupSequential("pocock", 3, sides=1).plot(),
        "early look": lambda: GroupSequential("lan_demets_obrien_fleming", looks=[0.0005, 0.5, 1.0]).plot(),
        "crossed": lambda: plan.monitor([0.02, 0.03], [0.014, 0.009], information=[0.3, 0.7]).plot(),
        "worse": lambda: plan.monitor([-0.2], [0.01]).plot(),
        "sequence": lambda: followed(40).plot(),
        "before the start": lambda: followed(2, start=900).plot(),
        "posteriors": lambda: bayes_rates([40, 60, 50], [400] * 3, names=["old", LONG, "ت ج"]).plot(),
        "strong prior": lambda: bayes_rates([0, 3], [40, 40], prior=BetaPrior.of(0.05, 500)).plot(),
        "nothing yet": lambda: bayes_rates([0, 0], [0, 0]).plot(),
        "all convert": lambda: bayes_rates([9, 10], [10, 10]).plot(),
        "bandit": lambda: Thompson([0.1, 0.13], rounds=20, runs=20).run().plot(),
        "equal arms": lambda: Thompson([0.1, 0.1], rounds=2, runs=2).run().plot(),
        "effects": lambda: trial().plot(),
        "interaction": lambda: two().plot(("price", "button")),
        "many levels": lambda: trial().plot(("button", LONG)),
    }


@pytest.mark.parametrize("name", figures())
def test_every_chart_has_words_and_keeps_its_text_on_the_page(name: str) -> None:
    figure = figures()[name]()
    assert len(alt_text(figure)) > 60
    assert "nan" not in alt_text(figure)
    figure.canvas.draw()
    assert figure.get_figwidth() == WIDTH
    renderer, page = figure.canvas.get_renderer(), figure.bbox
    for text in figure.findobj(Text):
        if text.get_visible() and text.get_text().strip():
            box = text.get_window_extent(renderer)
            inside = page.x0 - 2 <= box.x0 and box.x1 <= page.x1 + 2 and page.y0 - 2 <= box.y0 and box.y1 <= page.y1 + 2
            assert inside, text.get_text()
    for axes in figure.axes[1:]:
        low, high = axes.get_xlim()
        labels = zip(axes.get_xticklabels(), axes.get_xticks(), strict=True)
        shown = [label.get_window_extent(renderer) for label, at in labels if low <= at <= high and label.get_text()]
        for before, after in pairwise(shown):
            assert before.x1 < after.x0, name


def test_the_bars_of_peeking_are_its_curve() -> None:
    found = Peeking.of(8)
    bars = found.plot().axes[1].patches
    assert [bar.get_height() for bar in bars] == pytest.approx(found.table["stopped"].tolist())
    assert found.plot().axes[1].get_ylim()[0] == 0


def test_the_path_is_drawn_between_the_bounds_that_held() -> None:
    found = GroupSequential("lan_demets_pocock", looks=4).monitor([0.02, 0.03], [0.014, 0.009], information=[0.3, 0.7])
    lines = [np.asarray(line.get_ydata()) for line in found.plot().axes[1].lines]
    assert any(len(y) == 3 and y[1:] == pytest.approx(found.table["z"].to_numpy()) for y in lines)
    # The planned looks after them, at 75% and 100%, have what is left of alpha.
    then = GroupSequential("lan_demets_pocock", looks=[0.3, 0.7, 0.75, 1.0]).z
    assert any(len(y) == 4 and y == pytest.approx(then) for y in lines)


def test_the_lines_of_an_interaction_are_the_means() -> None:
    axes = two().plot(("button", "price")).axes[1]
    lines = [line.get_ydata().tolist() for line in axes.lines if line.get_marker() != "None"]
    assert lines == [pytest.approx([0.1, 395 / 4000]), pytest.approx([410 / 4000, 0.14])]
    assert axes.get_ylim()[0] == 0
    assert describe_interaction(two(), "button", "price").startswith("Yes")
    with pytest.raises(SpecError, match="two different"):
        two().plot(("button", "button"))


def test_descriptions_say_the_numbers() -> None:
    assert "24.8%" in describe_peeking(Peeking.of(20))
    assert "z must pass 4.56 at the first look and 2.04 at the last" in describe_bounds(GroupSequential())
    assert "best with a probability of" in describe_posterior(bayes_rates([40, 60], [400, 400]))
    assert "filled dots" in " ".join(text.get_text() for text in trial().plot().findobj(Text))


def test_the_same_chart_is_the_same_picture() -> None:
    assert to_png(two().plot(), 60) == to_png(two().plot(), 60)
