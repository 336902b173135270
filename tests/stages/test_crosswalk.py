"""The crosswalk is total: every stage of every model has its counterparts, or is said to have none."""

from __future__ import annotations

import pytest

from funnel_utils import SpecError, stages
from funnel_utils.stages import Stage, StageModel, crosswalk


def test_every_stage_is_mapped_to_every_other_model_or_said_to_have_no_counterpart() -> None:
    table = crosswalk().table
    wanted = {
        (mine.name, stage.name, other.name)
        for mine in stages.models()
        for stage in mine.stages
        for other in stages.models()
        if other.name != mine.name
    }
    assert set(zip(table["model"], table["stage"], table["other_model"], strict=True)) == wanted
    none = table["other_stage"].isna()
    assert (none == (table["relation"] == "no counterpart")).all()
    assert (none == (table["moments"] == "")).all()


def test_it_reads_the_same_from_both_sides() -> None:
    table = crosswalk().table.dropna(subset="other_stage")
    turned = {"same": "same", "part": "whole", "whole": "part", "overlap": "overlap"}
    ways = {tuple(row) for row in table[["model", "stage", "other_model", "other_stage", "relation"]].values}
    assert ways == {(b, two, a, one, turned[relation]) for a, one, b, two, relation in ways}


# Read in the documents, not in the code: who corresponds to whom.
@pytest.mark.parametrize(
    ("model", "stage", "other", "counterparts"),
    [
        ("three_stage", "middle", "journey_five", ["consideration"]),
        ("three_stage", "middle", "value_journey", [None]),  # E has no stage of comparing
        ("journey_five", "use", "extended_funnel", ["satisfied"]),
        ("extended_funnel", "advocate", "value_journey", ["advocate", "promote"]),
        ("extended_funnel", "unaware", "race", [None]),  # only D begins outside
        ("race", "engage", "value_journey", ["excite", "ascend", "advocate", "promote"]),
        ("value_journey", "ascend", "journey_five", ["loyalty"]),
        ("value_journey", "promote", "retention_five", [None]),  # C ends with loyalty
        ("retention_five", "retention", "value_journey", ["excite"]),
    ],
)
def test_some_counterparts(model: str, stage: str, other: str, counterparts: list[str | None]) -> None:
    table = crosswalk(model, other).table
    rows = table[(table["model"] == model) & (table["stage"] == stage)]
    assert [one if isinstance(one, str) else None for one in rows["other_stage"]] == counterparts


def test_relations_of_a_model_of_ones_own() -> None:
    mine = StageModel(
        "mine",
        (
            Stage("met", moments=("aware",)),
            Stage("wooed", moments=("interested", "within_reach", "comparing")),
            Stage("won", moments=("buying",)),
        ),
    )
    table = crosswalk(mine, "three_stage").table
    rows = table[table["model"] == "mine"]
    assert rows[["stage", "other_stage", "relation", "moments"]].values.tolist() == [
        ["met", "top", "part", "aware"],
        ["wooed", "top", "overlap", "interested within_reach"],
        ["wooed", "middle", "whole", "comparing"],
        ["won", "bottom", "part", "buying"],
    ]


def test_the_wide_table_has_a_row_a_moment() -> None:
    frame = crosswalk("three_stage", "value_journey").to_frame().set_index("moment")
    assert frame.loc["comparing", "three_stage"] == "Middle: evaluation"
    assert frame["value_journey"].isna()["comparing"]
    html = crosswalk("three_stage", "value_journey")._repr_html_()
    # Unaware in both; speaking well and bringing others in A; comparing in E.
    assert html.count("no counterpart") == 2 + 2 + 1 + 1


@pytest.mark.parametrize(
    "given",
    [("race",), ("race", "race"), ("race", StageModel("m", (Stage("a"),))), ("race", "rcae")],
)
def test_what_cannot_be_laid_side_by_side_is_refused(given: tuple) -> None:
    with pytest.raises(SpecError):
        crosswalk(*given)


def test_an_unknown_moment_is_named() -> None:
    odd = StageModel("m", (Stage("a", moments=("dreaming",)),))
    with pytest.raises(SpecError, match="dreaming"):
        crosswalk("race", odd)
