"""The funnel simulator without its view: what a model leads to, what the picture shows and what the sentence says."""

from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funnel_utils.charts import alt_text
from funnel_utils.errors import SpecError
from funnel_utils.simulators.funnel import FunnelModel, describe, figure, preset, simulate

DOCUMENT = preset("document")


def texts(drawn):
    """Every text in a figure."""
    return [text.get_text() for axes in drawn.axes for text in axes.texts]


def test_the_documents_funnel_converts_280_of_4000():
    outcome = simulate(DOCUMENT)
    assert outcome.what_if.conversions == pytest.approx(280)
    assert outcome.leak == outcome.best == 2
    sentence = describe(outcome)
    assert sentence.startswith("280 of 4,000 visitors reach purchase (7.0%), which leaves 252 million toman;")
    assert "the leak is the step to evaluation, which 17.5% take" in sentence
    assert sentence.endswith("a percentage point is worth most there too: 14.4 million toman.")


def test_only_100_of_4000_reach_evaluation():
    assert simulate(preset("leaky middle")).what_if.units[1] == pytest.approx(100)


def test_an_unknown_preset_names_those_there_are():
    with pytest.raises(SpecError, match="'documents' is not one of 'document', 'leaky middle'"):
        preset("documents")


def test_nurturing_works_on_those_who_stop_in_the_middle():
    # 700 evaluate, 420 of them stop; half are reached, a tenth of those buy: 21 more.
    outcome = simulate(replace(DOCUMENT, nurtured_share=0.5, nurtured_rate=0.1, nurturing_cost=1_000))
    assert outcome.what_if.conversions == pytest.approx(301)
    assert outcome.what_if.cost == pytest.approx(210_000)
    assert "21 of them brought back (dotted)" in texts(figure(outcome))


@pytest.mark.parametrize(("n_steps", "middle"), [(2, 1), (3, 2), (4, 2), (5, 3)])
def test_the_middle_of_a_funnel(n_steps, middle):
    assert FunnelModel(100, (0.5,) * (n_steps - 1)).middle == middle


def test_nurturing_can_move_the_best_point_away_from_the_leak():
    # 2% buy by themselves and 45% of the others are brought back: 46.1% in all, still below the 50% who evaluate. But
    # of one more point that buys by itself, 45% would have come back anyhow: 500 x .55 x 1% = 2.75 more, against
    # 1000 x .461 x 1% = 4.61 at the step to evaluation.
    outcome = simulate(FunnelModel(1000, (0.5, 0.02), value=100, nurtured_share=1, nurtured_rate=0.45))
    assert (outcome.leak, outcome.best) == (3, 2)
    assert outcome.worth(2) == pytest.approx(461)
    assert outcome.worth(3) == pytest.approx(275)
    assert "a percentage point is worth most at the step to step 2: 461 toman" in describe(outcome)


def test_a_start_with_other_steps_cannot_be_compared():
    with pytest.raises(SpecError, match="start has 3 steps, the outcome has 2"):
        figure(simulate(FunnelModel(100, (0.5,))), simulate(DOCUMENT))


def test_what_changed_since_the_start_is_said():
    start = simulate(DOCUMENT)
    richer = describe(simulate(replace(DOCUMENT, rates=(0.2, 0.4))), start)
    assert "40 more and 36 million toman more than at the start" in richer
    poorer = describe(simulate(replace(DOCUMENT, rates=(0.15, 0.4))), start)
    assert "40 fewer and 36 million toman less than at the start" in poorer
    bought = describe(simulate(replace(DOCUMENT, visitors=5000, visitor_cost=50_000)), start)
    assert "70 more but 187 million toman less than at the start" in bought
    dearer = describe(simulate(replace(DOCUMENT, rates=(0.15, 0.4), value=2_000_000)), start)
    assert "40 fewer but 228 million toman more than at the start" in dearer
    assert "than at the start" not in describe(start, start)


@pytest.mark.parametrize(
    ("model", "says"),
    [
        (replace(DOCUMENT, visitors=0), "Nobody comes, so there is nothing to convert: widen the mouth first."),
        (replace(DOCUMENT, rates=(1.0, 1.0)), "nobody is lost on the way: a cylinder."),
        (replace(DOCUMENT, rates=(0.0, 0.4)), "the leak is the step to evaluation, which 0% take"),
        (replace(DOCUMENT, value=0), "no step is worth a percentage point as it stands."),
        (replace(DOCUMENT, visitor_cost=90_000), "which loses 108 million toman"),
    ],
)
def test_extremes_are_drawn_and_said(model, says):
    outcome = simulate(model)
    assert says in describe(outcome)
    drawn = figure(outcome, simulate(DOCUMENT))
    assert alt_text(drawn) == describe(outcome, simulate(DOCUMENT))


def test_the_picture_names_every_step_the_leak_and_the_money():
    shown = texts(figure(simulate(DOCUMENT)))
    for text in (
        "1  awareness",
        "2  evaluation",
        "3  purchase",
        "700 (17.5%)",
        "the leak",
        "worth most",
        "14.4 million",
    ):
        assert text in shown
    assert "Cylinder index 0.26" in shown


def test_without_reveal_the_leak_and_the_money_are_left_to_be_found():
    hidden = figure(simulate(DOCUMENT), reveal=False)
    assert not {"the leak", "worth most", "14.4 million"} & set(texts(hidden))
    assert "leak" not in alt_text(hidden)


def test_the_leak_is_named_on_a_wide_band_too():
    assert "the leak" in texts(figure(simulate(replace(DOCUMENT, rates=(0.9, 0.95)))))


def test_labels_from_a_log_are_drawn_as_they_are():
    odd = FunnelModel(100, (0.5,), labels=("$visit_all$", "a very long label indeed " * 5), value=1)
    assert any("$visit_all$" in text for text in texts(figure(simulate(odd))))


def test_from_a_measured_funnel():
    steps = pd.DataFrame(
        {
            "label": ["visit", "cart", "pay"],
            "optional": False,
            "units": [1000, 200, 50],
            "rate": [1.0, 0.2, 0.25],
            "lost": [0, 800, 150],
            "value_at_stake": [float("nan"), 6000.0, 4500.0],
        }
    )
    model = FunnelModel.from_result(SimpleNamespace(steps=steps))
    assert (model.visitors, model.rates, model.labels) == (1000, (0.2, 0.25), ("visit", "cart", "pay"))
    assert model.value == pytest.approx(30)


def test_a_wrong_field_is_named():
    with pytest.raises(SpecError, match=r"nurturing\.share=1\.5"):
        replace(DOCUMENT, nurtured_share=1.5)
    with pytest.raises(SpecError, match="labels has 1 names"):
        FunnelModel(10, (0.5,), labels=("only",))


@settings(max_examples=25, deadline=None)
@given(
    st.builds(
        FunnelModel,
        visitors=st.integers(0, 10**9),
        rates=st.lists(st.floats(0, 1), min_size=1, max_size=6).map(tuple),
        value=st.floats(0, 1e9),
        nurtured_share=st.floats(0, 1),
        nurtured_rate=st.floats(0, 1),
        nurturing_cost=st.floats(0, 1e6),
        visitor_cost=st.floats(0, 1e6),
    )
)
def test_any_model_can_be_drawn_and_described(model):
    outcome = simulate(model)
    start = simulate(replace(model, visitors=4000))
    assert alt_text(figure(outcome, start)).endswith(".")
    if outcome.best is not None:
        assert outcome.worth(outcome.best) > 0
