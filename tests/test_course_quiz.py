"""The quizzes: complete, the same every time, and silent on the network."""

from __future__ import annotations

import json
import random
import re
from html.parser import HTMLParser

import pytest

from funnel_utils.course import quiz
from funnel_utils.course.quiz import QUESTIONS
from funnel_utils.errors import SpecError
from funnel_utils.text.en.quiz import TEXT

LESSONS = list(QUESTIONS)


@pytest.mark.parametrize("lesson", LESSONS)
def test_five_to_eight_questions_each_with_one_right_answer_and_feedback_on_all(lesson: str) -> None:
    questions = quiz(lesson).questions
    assert 5 <= len(questions) <= 8
    for question in questions:
        assert [answer.correct for answer in question.answers].count(True) == 1
        assert len({answer.text for answer in question.answers}) == len(question.answers) >= 3
        assert len({answer.feedback for answer in question.answers}) == len(question.answers)
        assert all(len(answer.feedback) > 20 for answer in question.answers)


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_right_answer_is_not_always_in_the_same_place(lesson: str) -> None:
    places = {[a.correct for a in question.answers].index(True) for question in quiz(lesson).questions}
    assert len(places) >= 3


def test_every_text_is_used() -> None:
    used = {"quiz.title", "quiz.static", "quiz.right", "quiz.wrong"}
    for lesson, questions in QUESTIONS.items():
        for name, (right, order) in questions.items():
            assert right in order
            key = f"quiz.{lesson}.{name}"
            used |= {key, *(f"{key}.{a}" for a in order), *(f"{key}.{a}.why" for a in order)}
    assert used == set(TEXT)


def test_twice_the_same_output_and_the_random_state_is_left_alone() -> None:
    random.seed(1)
    before = random.getstate()
    assert quiz("01").outputs() == quiz("01").outputs()
    assert random.getstate() == before


def test_nothing_is_fetched() -> None:
    html, script = quiz("01").outputs()
    assert not re.search(r"(https?:)?//[a-z]", re.sub(r"^\s*//.*$", "", html, flags=re.MULTILINE))
    for call in ("http:", "https:", "fetch(", "XMLHttpRequest", "import(", "document.head.appendChild", ".src ="):
        assert call not in script, call


def test_the_static_list_holds_every_question_answer_and_feedback() -> None:
    page = quiz("01").to_html()
    HTMLParser().feed(page)
    assert page.count("<details>") == sum(len(question.answers) for question in quiz("01").questions)
    for kind in ("p", "ol", "ul", "li", "details", "summary"):
        assert page.count(f"<{kind}") == page.count(f"</{kind}>")


def test_the_html_is_balanced_around_the_place_for_the_buttons() -> None:
    html, _ = quiz("00").outputs()
    assert html.count("<div") == html.count("</div>")


def test_texts_are_escaped_for_jupyterquiz_which_writes_them_as_html() -> None:
    assert not re.search(r"<(?!http)", json.dumps(quiz("01").to_jupyterquiz()))


def test_the_plain_form_holds_questions_and_answers() -> None:
    plain = repr(quiz("01"))
    assert "280" in plain
    assert "(a)" in plain


def test_a_lesson_without_a_quiz_is_refused_by_name() -> None:
    with pytest.raises(SpecError, match=r"'77'.*00, 01"):
        quiz("77")
