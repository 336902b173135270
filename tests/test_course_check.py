"""`check` answers with words whatever it is given."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from funnel_utils.course import Outcome, check, lesson00, lesson01, lesson02, lesson03
from funnel_utils.course.grading import as_number, graded_choice, graded_number, memo_gaps
from funnel_utils.text import t

LESSONS = Path(__file__).parent.parent / "lessons"
EXERCISES = [*lesson00.GRADERS, *lesson01.GRADERS, *lesson02.GRADERS, *lesson03.GRADERS]
KEY = "lesson01.worked_example"


class Hostile:
    """An object that refuses everything."""

    def __getattribute__(self, name: str) -> object:
        raise RuntimeError(name)

    def __eq__(self, other: object) -> bool:
        raise ValueError("no")

    def __repr__(self) -> str:
        raise ValueError("no")

    __hash__ = None  # type: ignore[assignment]


@pytest.mark.parametrize("blank", [None, ..., "", "  ", "...", "…", [], {}, [...], ("cart", ...), {"step": None}])
@pytest.mark.parametrize("name", EXERCISES)
def test_a_blank_is_to_do(name: str, blank: object) -> None:
    assert check(name, blank).status == "todo"


@pytest.mark.parametrize(
    "junk",
    [
        *(True, -1, 10**400, float("nan"), float("inf"), 1j, "abc", b"abc", object(), print, ValueError("x"), int),
        *([1, 2], {"a": 1}, {1, 2}, iter([1]), np.array([1, 2]), np.array([]), np.datetime64("NaT"), pd.NaT, pd.NA),
        *(pd.DataFrame(), pd.DataFrame({"a": [1, 2]}), pd.Series([0.1, 0.2]), pd.Timestamp("2026-01-01")),
    ],
    ids=lambda junk: type(junk).__name__,
)
def test_junk_gets_a_hint_and_never_an_exception(junk: object) -> None:
    for name in EXERCISES:
        outcome = check(name, junk)
        assert outcome.status == "hint"
        assert outcome.message


def test_an_object_that_refuses_everything_gets_a_hint_too() -> None:
    # pytest cannot carry it as a parameter: it would look at it.
    for name in EXERCISES:
        assert check(name, Hostile()).status == "hint"
    assert check(Hostile(), 1).status == "hint"  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["01.nothing", "99.share", "nonsense", "", 7, None, ["01"]])
def test_an_unknown_exercise_is_said_to_be_unknown(name: object) -> None:
    assert check(name, 1).status == "hint"  # type: ignore[arg-type]


def test_the_plain_form_starts_with_the_status() -> None:
    assert repr(check("01.worked_example", ...)).startswith("todo: ")
    assert repr(check("01.worked_example", 1.5)).startswith("hint: ")
    assert repr(check("01.worked_example", 0.025)).startswith("ok: ")


def test_the_html_form_escapes_what_the_learner_wrote() -> None:
    html = check("01.weakest", "<script>alert(1)</script>")._repr_html_()
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    HTMLParser().feed(html)


def test_a_message_is_never_only_a_colour() -> None:
    assert t("course.status.ok") in Outcome("ok", "x")._repr_html_()


@pytest.mark.parametrize(
    ("answer", "slip"),
    [
        (2.5, "percent"),
        (0.25, "tenfold"),
        (0.0025, "tenth"),
        (0.975, "complement"),
        (40, "upside_down"),
        (-3, "outside"),
    ],
)
def test_each_slip_of_a_share_has_its_own_hint(answer: float, slip: str) -> None:
    assert check("01.worked_example", answer).message == t(f"course.slip.{slip}")


def test_seven_percent_written_as_point_seven() -> None:
    # The document's own example: 280 of 4000.
    assert graded_number(0.7, 280 / 4000, KEY, share=True).message == t("course.slip.tenfold")


def test_a_named_misconception_comes_before_a_slip() -> None:
    outcome = graded_number(0.975, 0.025, KEY, [("hint", 0.975)], tolerance=1e-9, share=True)
    assert outcome.message == t(f"{KEY}.hint")


def test_a_misconception_that_gives_the_right_value_is_right() -> None:
    assert graded_number(5, 5, KEY, [("hint", 5)]).status == "ok"


@pytest.mark.parametrize(
    ("answer", "number"),
    [
        (0.5, 0.5),
        (3, 3.0),
        (np.float32(0.5), 0.5),
        (np.int64(3), 3.0),
        (np.array([2]), 2.0),
        (pd.Series([4.5]), 4.5),
        (pd.DataFrame({"rate": [0.1]}), 0.1),
        (True, None),
        (np.bool_(True), None),
        ("7%", None),
        ([1], None),
        (pd.Series([1, 2]), None),
        (pd.NaT, None),
    ],
)
def test_a_number_is_read_out_of_what_holds_just_one(answer: object, number: float | None) -> None:
    assert as_number(answer) == number


def test_a_choice_forgives_case_and_spaces() -> None:
    found = graded_choice(
        " Purchase ", "purchase", "lesson01.weakest", {}, ["purchase"], label="", rate=0, units=0, of=0
    )
    assert found.status == "ok"


def test_an_open_answer_is_told_what_it_lacks_in_order() -> None:
    gaps = memo_gaps("Do more.", words=4, names=["add_to_cart"], number=True, test=True)
    assert [gap.message for gap in gaps] == [
        t("course.memo.words", written=2, wanted=4),
        t("course.memo.names", names="add_to_cart"),
        t("course.memo.number"),
        t("course.memo.test"),
    ]
    assert not memo_gaps("Test 3 guides before add to cart.", words=4, names=["add_to_cart"], test=True)


@pytest.mark.parametrize("module", [lesson00, lesson01, lesson02, lesson03])
def test_every_exercise_of_the_lesson_has_a_grader_and_every_grader_an_exercise(module: object) -> None:
    name = module.__name__.rsplit(".", 1)[-1]  # type: ignore[attr-defined]
    (source,) = LESSONS.glob(f"{name.removeprefix('lesson')}_*.md")
    asked = re.findall(r'^check\("([^"]+)"', source.read_text(encoding="utf-8"), re.MULTILINE)
    assert asked == list(module.GRADERS)  # type: ignore[attr-defined]


def test_a_difference_in_points_gets_its_own_hint() -> None:
    given = [check("02.reminder", answer) for answer in (-1.5, -0.015, -150)]
    assert [outcome.status for outcome in given] == ["hint", "ok", "hint"]
    assert given[0].message == t("course.slip.points")
    assert given[2].message == t("lesson02.reminder.hint")


@pytest.mark.parametrize("answer", [Fraction(1, 4), Decimal("0.25"), np.float32(0.25), pd.Series([0.25])])
def test_a_number_is_a_number_of_whatever_type(answer: object) -> None:
    assert as_number(answer) == 0.25


def test_a_name_may_still_be_in_its_column() -> None:
    for answer in (pd.Series(["south"]), np.array("south"), np.str_("South")):
        assert check("04.srm", answer).status == "ok"
    assert check("04.srm", pd.Series(["south", "west"])).status == "hint"
