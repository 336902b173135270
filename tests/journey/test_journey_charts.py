"""The journeys' charts: what they say, that hard cases can be drawn, and that no text leaves the page."""

from __future__ import annotations

import pandas as pd
import pytest
from matplotlib.text import Text

from funnel_utils import EventLog, Journey, charts
from funnel_utils.text import t

LONG = "a_very_long_label_that_somebody_made_in_a_tool_describing_each_$click$_of_the_button"
PERSIAN = "مشاهدهٔ محصول"


def result(stories, **options):
    return Journey("pay", **options).run(EventLog.from_story(stories))


def shop(names=("visit", "view", "cart", "pay"), people=24):
    """Everybody begins; of those at a step, those whose number it divides go on."""
    return {
        f"u{n}": [(f"{name}@{k}m", {"channel": f"c{n % 3}"}) for k, name in enumerate(names) if n % (k + 1) == 0]
        for n in range(people)
    }


CASES = {
    "usual": shop(),
    "one person": {"ana": [("visit@0", {"channel": None})]},
    "many states": shop([f"page{k}" for k in range(40)] + ["pay"], people=60),
    "hard names": shop([LONG, PERSIAN, "<b>&", "pay"]),
}
KINDS = ("flow", "transitions", "steps", "touchpoints")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", CASES)
def test_every_case_is_drawn_inside_its_page_and_has_words(kind, case):
    figure = result(CASES[case]).plot(kind)
    assert charts.to_png(figure, dpi=50)
    assert len(charts.alt_text(figure)) > 40
    width, _ = figure.get_size_inches()
    renderer = figure.canvas.get_renderer()
    for text in figure.findobj(Text):
        if text.get_text():
            box = text.get_window_extent(renderer)
            assert box.x0 >= -1, text.get_text()
            assert box.x1 <= width * figure.dpi + 1, text.get_text()


def test_the_flow_says_where_journeys_begin_and_how_many_have_converted():
    # Everybody begins with visit; who pays does so at the fourth step and is over only after it.
    found = result(shop()).flow(steps=4)
    said = charts.describe_flow(found)
    assert said.startswith("100% of 24 journeys begin with visit")


def test_a_block_is_as_high_as_its_journeys_and_no_journey_is_lost():
    from funnel_utils.charts.flow import _columns

    columns = _columns(result(shop()).flow(steps=3))
    assert sum(block.size for block in columns[1].values()) == 24
    assert sum(block.size for block in columns[2].values()) == 24


def test_the_entry_chart_tells_who_does_not_start_at_the_first_stage():
    stages = {"visit": "look", "cart": "want", "pay": "buy"}
    stories = {"a": ["visit@0"], "b": ["visit@0"], "c": ["visit@0"], "d": ["cart@0", "pay@1m"]}
    found = result(stories, stages=stages).entry()
    assert charts.describe_entry(found) == "25% of 4 journeys do not start at look."
    assert "want 25% (5–70%), converted 100%" in charts.alt_text(charts.entry_chart(found))


def test_the_strongest_transition_is_the_title():
    stories = {f"u{n}": ["visit@0", "view@1m", *(["pay@2m"] if n else [])] for n in range(4)}
    said = charts.describe_transitions(result(stories).matrix())
    assert said == "After visit, view follows most often: 100% of the time."


def test_nothing_to_draw_is_said():
    empty = result(shop()).flow().iloc[:0]
    assert charts.describe_flow(empty) == "There is no journey to draw."
    assert charts.alt_text(charts.flow_chart(empty)) == "There is no journey to draw."


def touches(**channels):
    """Counts by state, `{channel: (in look, in buy)}`; `_` stands for no channel."""
    named = {t("journey.none") if name == "_" else name: counts for name, counts in channels.items()}
    rows = [(state, name, n[k]) for name, n in named.items() for k, state in enumerate(("look", "buy")) if n[k]]
    return pd.DataFrame(rows, columns=["state", "channel", "count"])


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (touches(mail=(30, 8), social=(10, 2)), "mail brings most touches in 2 of 2 states."),
        # Most touches have no channel; what leads is said of those that have one.
        (
            touches(_=(60, 90), mail=(30, 8), social=(10, 2)),
            "Of channels with a name, mail brings most touches in 2 of 2 states; for 75.0% of touches no channel is "
            "recorded.",
        ),
        (touches(_=(5, 5)), "For 100% of touches no channel is recorded."),
    ],
)
def test_no_channel_is_no_channel_in_the_headline(frame, said):
    assert charts.describe_touchpoints(frame) == said
    assert said in charts.alt_text(charts.touchpoints_chart(frame))


def test_a_rest_of_small_channels_is_no_channel_in_the_headline():
    many = {f"c{k:02}": (9 if k == 3 else 5, 0) for k in range(30)}
    assert charts.describe_touchpoints(touches(**many)).startswith("c03 brings most touches in 1 of 1 states")
