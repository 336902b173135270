"""The audit: 25 activities, scores, and which step comes next, by hand."""

from __future__ import annotations

import pytest

from funnel_utils import charts
from funnel_utils.errors import SpecError
from funnel_utils.plan.audit import audit
from funnel_utils.plan.race import ACTIVITIES, ASPECTS, PARTS, activities, activity

EVERYTHING = {one.id: 4 for one in ACTIVITIES}


def order(found):
    return found.steps["id"].tolist()


def test_five_parts_of_five_activities_each_with_all_three_aspects():
    table = activities()
    assert table.groupby("part", sort=False).size().to_dict() == dict.fromkeys(PARTS, 5)
    assert {part: set(rows["aspect"]) for part, rows in table.groupby("part")} == {part: set(ASPECTS) for part in PARTS}
    # As the source's own order: two opportunities open Plan, two strategies follow the one of Convert.
    assert [one.aspect[0] for one in ACTIVITIES if one.part == "plan"] == ["o", "o", "s", "s", "a"]
    assert [one.aspect[0] for one in ACTIVITIES if one.part == "convert"] == ["o", "s", "s", "a", "a"]


def test_every_activity_says_what_it_is_and_two_different_next_steps():
    words = [(one.title, one.what, one.next_step(0), one.next_step(3)) for one in ACTIVITIES]
    assert len({text for texts in words for text in texts}) == 100


def test_the_larger_gap_comes_first():
    assert order(audit(EVERYTHING | {"R1": 3, "E1": 2})) == ["E1", "R1"]


def test_a_weight_can_turn_that_round():
    # A gap of 1 with weight 3 against a gap of 2 with weight 1.
    assert order(audit(EVERYTHING | {"R1": 3, "E1": 2}, weights={"reach": 3})) == ["R1", "E1"]


def test_equal_gaps_go_to_the_part_on_which_a_goal_rests_then_by_aspect_then_by_race():
    scores = EVERYTHING | {"R1": 3, "R3": 3, "A1": 3, "E5": 3}
    assert order(audit(scores)) == ["R1", "A1", "R3", "E5"]
    assert order(audit(scores, goals={"engage": 1})) == ["E5", "R1", "A1", "R3"]


def test_testing_waits_until_somebody_has_decided_how_to_test():
    found = audit(EVERYTHING | {"C2": 1, "C4": 0})
    assert order(found) == ["C2", "C4"]
    assert found.steps.set_index("id")["waits"].to_dict() == {"C2": "", "C4": "C2"}
    assert "waits for C2, which is below 2" in found.steps["reason"].iloc[1]
    # C5 rests on it as well, but has nothing left to do.
    assert "2 later activities of Convert rest on it" in found.steps["reason"].iloc[0]


def test_nothing_waits_for_what_was_not_scored():
    scores = {id: score for id, score in EVERYTHING.items() if id != "C2"}
    found = audit(scores | {"C4": 0})
    assert order(found) == ["C4"]
    assert found.unscored == ["C2"]
    assert "Not scored, and so not ranked: C2" in found.verdict


def test_a_plan_without_gaps_has_no_next_step_and_one_without_scores_is_not_judged():
    assert audit(EVERYTHING).verdict == "Every activity has 4 of 4."
    empty = audit({})
    assert empty.verdict.startswith("Nothing was scored")
    assert empty.steps.empty
    assert empty.parts["scored"].tolist() == [0] * 5


def test_means_are_of_the_scored_activities():
    found = audit({"C1": 4, "C2": 1})
    row = found.parts.set_index("part").loc["convert"]
    assert (row["scored"], row["of"], row["mean"]) == (2, 5, 2.5)


def test_the_next_step_depends_on_how_far_one_has_come():
    one = activity("E5")
    steps = audit({"E5": 1}).steps["next_step"].iloc[0], audit({"E5": 2}).steps["next_step"].iloc[0]
    assert steps == (one.next_step(1), one.next_step(2))
    assert steps[0] != steps[1]


@pytest.mark.parametrize(
    ("scores", "settings", "said"),
    [
        ({"X1": 2}, {}, "'X1' is not an activity; there are P1, P2"),
        ({"P1": 5}, {}, "P1=5 is not allowed; give a score from 0"),
        ({"P1": True}, {}, "P1=True is not allowed"),
        ({"P1": float("nan")}, {}, "P1=nan is not allowed"),
        ({"P1": "2"}, {}, "P1='2' is not allowed"),
        ({}, {"weights": {"rech": 2}}, "weights: 'rech' is not a part of the plan; there are plan, reach"),
        ({}, {"weights": {"reach": -1}}, "weights: reach=-1 is not allowed"),
        ({}, {"goals": {"sales": 1}}, "goals: 'sales' is not a part"),
        ({}, {"notes": {"Q": "?"}}, "'Q' is not an activity"),
    ],
)
def test_what_cannot_be_scored_is_refused_by_name(scores, settings, said):
    with pytest.raises(SpecError, match=said.replace("(", r"\(")):
        audit(scores, **settings)


def test_notes_are_shown_as_text_and_defused_in_csv(tmp_path):
    found = audit({"P1": 1}, notes={"P1": "<b>=1+1</b>"})
    assert found.table["note"].iloc[0] == "<b>=1+1</b>"
    assert "<b>" not in found._repr_html_()
    assert found.to_csv(tmp_path / "steps.csv").read_text().count("\n") == 2


def test_the_picture_says_in_words_what_it_shows():
    alt = charts.alt_text(audit({"P1": 1, "C4": 0}).plot())
    assert "Plan: P1 1, P2 –" in alt
    assert "Convert: C1 –, C2 –, C3 –, C4 0, C5 –." in alt
