"""The chart of luck: it counts as a reader would, and refuses what cannot be counted."""

from __future__ import annotations

import numpy as np
import pytest

from funnel_utils.charts import alt_text
from funnel_utils.charts.luck import describe_luck, luck_chart
from funnel_utils.errors import SpecError


def test_gaps_of_exactly_the_seen_size_count_on_both_sides() -> None:
    """0.30 - 0.28 and 0.02 are different floats, and the same gap."""
    gaps = [0.30 - 0.28, 0.28 - 0.30, 0.0, 0.019, 0.03]
    assert describe_luck(gaps, 0.02) == "Of 5 gaps made by luck alone, 3 (60.0%) were 2 points or more, up or down."
    assert describe_luck(gaps, -0.02) == describe_luck(gaps, 0.02)


def test_every_gap_is_in_one_bar_and_dark_exactly_from_the_seen_one_on() -> None:
    gaps = np.random.default_rng(0).binomial(400, 0.1, size=(5_000, 2)) @ [-1, 1] / 400
    (axes,) = [axes for axes in luck_chart(gaps, 0.02).axes if axes.patches and len(axes.patches) > 10]
    heights = {bar.get_facecolor(): 0.0 for bar in axes.patches}
    for bar in axes.patches:
        heights[bar.get_facecolor()] += bar.get_height()
    assert sorted(heights.values()) == sorted(
        [(np.abs(gaps) >= 0.02 - 1e-12).sum(), (np.abs(gaps) < 0.02 - 1e-12).sum()]
    )


def test_the_picture_can_be_heard() -> None:
    figure = luck_chart([-0.01, 0.0, 0.01, 0.02], 0.01)
    assert describe_luck([-0.01, 0.0, 0.01, 0.02], 0.01) in alt_text(figure)
    assert "1 point or more" in alt_text(figure)


@pytest.mark.parametrize(("gaps", "seen"), [([], 0.1), ([0.1, np.nan], 0.1), ([0.1], np.inf)])
def test_what_cannot_be_counted_is_refused(gaps: list[float], seen: float) -> None:
    with pytest.raises(SpecError, match="finite"):
        luck_chart(gaps, seen)


def test_all_alike_and_nothing_seen_still_draw() -> None:
    assert "0%" in describe_luck([0.0, 0.0], 0.01)
    assert "100%" in describe_luck([0.0, 0.0], 0.0)
    luck_chart([0.0, 0.0], 0.01)
    luck_chart([0.0, 0.0], 0.0)
