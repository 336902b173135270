"""Charts of stage models: what they say in words, and that nothing runs out of the page."""

from __future__ import annotations

import pytest

from funnel_utils import EventLog, stages
from funnel_utils.charts import alt_text, to_png
from funnel_utils.charts.hourglass import describe_hourglass
from funnel_utils.charts.stages import describe_current
from funnel_utils.stages import Referral, Sign, Stage, StageModel, crosswalk, current_stage, hourglass

LOG = EventLog.from_story(
    {
        "ana": ["visit@0", "purchase@1h", "refer@2d"],
        "ben": [("visit@3d", {"referrer": "ana"}), "add_to_cart@4d"],
        "eve": ["visit@5d"],
    }
)


def inside(figure) -> bool:
    """Whether every text ends inside the page."""
    figure.canvas.draw()
    page = figure.bbox
    boxes = [text.get_window_extent() for axes in figure.axes for text in axes.texts if text.get_text()]
    return all(page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 and box.y1 <= page.y1 for box in boxes)


@pytest.mark.parametrize("model", stages.models(), ids=lambda model: model.name)
def test_the_two_sided_chart_has_every_stage_and_fits(model: StageModel) -> None:
    figure = model.plot()
    words = alt_text(figure)
    for stage in model.stages:
        assert stage.label in words
        assert stage.work in words
    assert inside(figure)
    drawn = " ".join(text.get_text() for axes in figure.axes for text in axes.texts)
    assert "…" not in drawn  # no sentence is cut off


def test_the_crosswalk_chart_names_gaps_in_words() -> None:
    figure = crosswalk().plot()
    assert "no stage for: knows nothing of it, compares." in alt_text(figure)
    assert inside(figure)
    # One block for each stage: none of ours is torn in two.
    assert len(figure.axes[0].patches) == sum(len(model.stages) for model in stages.models())


def test_the_chart_of_current_stages_draws_people_from_zero() -> None:
    found = current_stage(LOG, "journey_five")
    figure = found.plot()
    assert describe_current(found) == found.verdict
    assert inside(figure)
    widths = [patch.get_width() for patch in figure.axes[0].patches]
    # Pale and dark for: awareness (1), consideration (0, no dark), purchase (2), use (0), loyalty (0), no stage (0).
    assert [round(width / max(widths), 3) for width in widths] == [0.5, 0.5, 0, 1, 1, 0, 0, 0]
    assert "Awareness: 1" in alt_text(figure)


def test_empty_ones_say_so() -> None:
    nobody = current_stage(LOG, "race", at="2020-01-01")
    assert "Nobody" in alt_text(nobody.plot())
    blank = hourglass(LOG.filter({"event": "none"}), referral=Referral())
    assert "Nobody" in alt_text(blank.plot())


def test_the_hourglass_has_the_newcomers_as_its_lowest_bar() -> None:
    glass = hourglass(LOG, referral=Referral(window="1d"))
    figure = glass.plot()
    assert "newcomers whom they brought: 1" in alt_text(figure)
    assert describe_hourglass(glass) in alt_text(figure)
    assert inside(figure)
    first, last = figure.axes[0].patches[0], figure.axes[0].patches[-2]
    assert last.get_width() / first.get_width() == pytest.approx(1 / 3)
    assert first.get_x() + first.get_width() / 2 == pytest.approx(last.get_x() + last.get_width() / 2)


def test_odd_labels_are_drawn_as_text() -> None:
    odd = StageModel("m", (Stage("x" * 90, act="قیف $_$ " * 20, signs=(Sign("visit"),)), Stage("\n\tb")))
    assert inside(odd.plot())
    assert inside(current_stage(LOG, odd).plot())
    assert to_png(odd.plot()).startswith(b"\x89PNG")
