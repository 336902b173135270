"""The six models are complete, faithful where a document gives a list, and refuse what cannot be a model."""

from __future__ import annotations

import re

import pytest

from funnel_utils import SpecError, stages
from funnel_utils.stages import Sign, Stage, StageModel
from funnel_utils.stages.library import MOMENTS, SIGNS
from funnel_utils.stages.model import TEXTS
from funnel_utils.text.en.stages import TEXT

# What the documents list, in their order.
DOCUMENTS = {
    "three_stage": ["Top: awareness", "Middle: evaluation", "Bottom: purchase", "After the purchase"],
    "journey_five": ["Awareness", "Consideration", "Purchase", "Use", "Loyalty"],
    "race": ["Reach", "Act (interact)", "Convert", "Engage"],
    "retention_five": ["Brand awareness", "Attracting attention", "Acquisition", "Retention", "Loyalty"],
    "extended_funnel": ["unaware", "lead", "prospect", "customer", "satisfied", "loyal", "advocate"],
    "value_journey": ["Aware", "Engage", "Subscribe", "Convert", "Excite", "Ascend", "Advocate", "Promote"],
}
ALL = [(model, stage) for model in stages.models() for stage in model.stages]
ids = [f"{model.name}.{stage.name}" for model, stage in ALL]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_model_has_the_documents_stages_in_their_order(name: str) -> None:
    labels = [stage.label for stage in stages.model(name).stages]
    assert len(labels) == len(DOCUMENTS[name])
    for label, wanted in zip(labels, DOCUMENTS[name], strict=True):
        assert wanted.lower() in label.lower()


def test_there_are_six_models_of_five_documents() -> None:
    found = stages.models()
    assert [model.name for model in found] == list(DOCUMENTS)
    assert [model.source[-1] for model in found] == ["A", "A", "B", "C", "D", "E"]


@pytest.mark.parametrize(("model", "stage"), ALL, ids=ids)
def test_every_stage_is_filled_in_on_both_sides(model: StageModel, stage: Stage) -> None:
    for name in ("who", "act", "work"):
        assert len(getattr(stage, name)) > 5, name
    for name in ("content", "kpis", "touchpoints"):
        words = getattr(stage, name)
        assert words, name
        assert all(word == word.strip() and len(word) > 2 for word in words), name
        assert len(set(words)) == len(words), name
    assert stage.ours <= set(TEXTS)


def test_no_text_of_the_catalogue_is_left_unused_or_empty() -> None:
    used = {f"stages.moment.{moment}" for moment in MOMENTS}
    for model in stages.models():
        used |= {f"stages.{model.name}.{field}" for field in ("label", "source", "about")}
        used |= {f"stages.{model.name}.{one.name}.{field}" for one in model.stages for field in ("label", *TEXTS)}
    left = {key for key in TEXT if key not in used}
    assert all(re.fullmatch(r"stages\.extended_funnel\.\w+\.step\.\w+", key) for key in left)
    shown = [step for stage in stages.model("extended_funnel").stages for step in stage.steps]
    assert sorted(shown) == sorted(TEXT[key] for key in left)
    assert all(text.strip() for text in TEXT.values())


def test_document_d_has_six_numbered_tasks_and_its_customers_steps() -> None:
    model = stages.model("extended_funnel")
    tasks = [re.match(r"Task (\d)", stage.work) for stage in model.stages]
    assert [task and task[1] for task in tasks] == [None, "1", "2", "3", "4", "5", "6"]
    assert [len(stage.steps) for stage in model.stages] == [0, 3, 5, 2, 4, 2, 1]
    assert model["prospect"].steps == ("search", "consideration", "intent", "evaluation", "desire")


def test_what_no_document_describes_is_marked_as_ours() -> None:
    assert stages.model("value_journey")["promote"].ours == set(TEXTS)
    # Document C names its stages and explains only the fourth.
    model = stages.model("retention_five")
    assert [set(stage.ours) == set(TEXTS) for stage in model.stages] == [True, True, True, False, True]
    # Document A lists the touchpoints of its journey, stage by stage.
    assert not any("touchpoints" in stage.ours for stage in stages.model("journey_five").stages)
    html = stages.model("race")._repr_html_()
    assert html.count("*</td>") == sum(len(stage.ours) for stage in stages.model("race").stages)


@pytest.mark.parametrize("model", stages.models(), ids=lambda model: model.name)
def test_stages_cover_moments_forwards_and_none_twice(model: StageModel) -> None:
    covered = [MOMENTS.index(moment) for stage in model.stages for moment in stage.moments]
    assert covered == sorted(set(covered))
    assert all(stage.moments for stage in model.stages)


@pytest.mark.parametrize("model", stages.models(), ids=lambda model: model.name)
def test_an_event_stands_for_one_stage_unless_it_is_counted(model: StageModel) -> None:
    once = [event for stage in model.stages for sign in stage.signs if sign.times == 1 for event in sign.events]
    assert len(set(once)) == len(once)


def test_everything_the_shop_records_of_a_person_s_way_is_a_sign_of_some_moment() -> None:
    from funnel_utils.synthetic.vocabulary import EVENTS

    known = {event for signs in SIGNS.values() for sign in signs for event in sign.events}
    # An undone order and a lost quote show no stage.
    assert set(EVENTS) - known == {"cancel_order", "quote_lost"}


def test_a_frame_has_a_row_a_stage_and_touchpoints_a_row_each() -> None:
    model = stages.model("journey_five")
    frame = model.to_frame()
    assert frame["position"].tolist() == [1, 2, 3, 4, 5]
    assert frame.loc[2, "touchpoints"] == "shop; site; checkout page"
    points = model.touchpoints()
    assert points.loc[points["stage"] == "purchase", "touchpoint"].tolist() == ["shop", "site", "checkout page"]
    assert set(model.two_sides()) == {"stage", "label", "who", "act", "steps", "work"}


def test_a_mapping_of_ones_own_is_whole_and_leaves_the_model_as_it_was() -> None:
    model = stages.model("race")
    mine = model.mapped({"reach": "page", "engage": ["refer", Sign("order", times=2)]})
    assert mine["convert"].signs == ()
    assert mine["engage"].signs == (Sign("refer"), Sign("order", times=2))
    assert model["convert"].signs != ()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: stages.model("raec"), "three_stage"),
        (lambda: stages.model("race")["sell"], "convert"),
        (lambda: stages.model("race").mapped({"sell": "x"}), "no stage 'sell'"),
        (lambda: stages.model("race").mapped(["x"]), "dict"),
        (lambda: stages.model("race").mapped({"act": {"x": 1}}), "mapping"),
        (lambda: stages.model("race").mapped({"act": 7}), "mapping"),
        (lambda: Sign([]), "event name"),
        (lambda: Sign("x", times=0), "times=0"),
        (lambda: Sign("x", times=True), "times=True"),
        (lambda: Sign(" "), "event name"),
        (lambda: StageModel("m", ()), "at least one"),
        (lambda: StageModel("m", (Stage("a"), Stage("a"))), "two stages"),
        (lambda: Stage(""), "needs a name"),
        (lambda: Stage("a", ours=frozenset({"colour"})), "colour"),
    ],
)
def test_what_cannot_be_is_refused_with_advice(make, said: str) -> None:
    with pytest.raises(SpecError, match=re.escape(said)):
        make()


def test_words_of_a_model_of_ones_own_are_shown_never_run() -> None:
    html = StageModel("m", (Stage("a", act="<script>alert(1)</script>"),), about="<b>")._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
