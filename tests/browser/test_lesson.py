"""Lesson 01 as a student has it: open it, run it, move the simulator, answer an exercise and a question of the quiz."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

STUDENT = Path(__file__).resolve().parents[2] / "notebooks" / "student"
LESSON = "01_funnel.ipynb"
RUN_WITHIN = 240_000
PATIENCE = 30_000
# What is asked of JupyterLab's own model of the open notebook: cells far from the screen are not in the page at all.
CELLS = "window.jupyterapp.shell.currentWidget.content.widgets"
ALL_RAN = f"() => {CELLS}.filter(cell => cell.model.type === 'code').every(cell => cell.model.executionCount !== null)"
ERRORS = f"""() => {CELLS}
    .filter(cell => cell.model.type === 'code')
    .flatMap(cell => cell.model.outputs.toJSON())
    .filter(output => output.output_type === 'error')
    .map(output => output.ename + ': ' + output.evalue)"""
SHOW = f"""text => {{
    const index = {CELLS}.findIndex(cell => cell.model.type === 'code' && cell.model.sharedModel.source.includes(text));
    const notebook = window.jupyterapp.shell.currentWidget.content;
    notebook.activeCellIndex = index;
    notebook.deselectAll();
    return notebook.scrollToItem(index, 'center').then(() => index);
}}"""


@pytest.fixture(scope="module", autouse=True)
def copied(notebooks):
    for path in STUDENT.glob("*.ipynb"):
        shutil.copy(path, notebooks)


@pytest.fixture
def cell(page):
    """Bring the code cell that holds a text to the screen; what is in it can then be seen and used."""

    def shown(text):
        index = page.evaluate(SHOW, text)
        assert index >= 0, f"no code cell holds {text!r}"
        found = page.locator(f".jp-Notebook .jp-Cell[data-windowed-list-index='{index}']")
        found.scroll_into_view_if_needed(timeout=PATIENCE)
        return found

    return shown


@pytest.fixture
def lesson(open_notebook, run_all, page):
    open_notebook(LESSON)
    run_all()
    page.wait_for_function(ALL_RAN, timeout=RUN_WITHIN)
    return page


def fill_blank(page, cell, answer):
    """Put an answer where the first line of the cell has something after `=`, as one does by keyboard, and run it."""
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+Home")
    page.keyboard.press("End")
    line = cell.locator(".cm-line").first.inner_text()
    for _ in range(len(line) - line.index("=") - 2):
        page.keyboard.press("Backspace")
    page.keyboard.type(answer)
    page.keyboard.press("Control+Enter")


def test_a_student_goes_through_the_lesson(lesson, cell, shots):
    page = lesson
    assert page.evaluate(ERRORS) == []
    page.screenshot(path=shots / "lesson01.png")

    # The simulator: one step of a slider changes the picture and the sentence.
    simulator = cell("FunnelSimulator()")
    sentence, picture = simulator.get_by_role("status").first, simulator.locator("img[src^='data:image/png']").first
    picture.wait_for(timeout=PATIENCE)
    said, drawn = sentence.inner_text(), picture.get_attribute("src")
    page.screenshot(path=shots / "lesson01-simulator.png")
    handle = simulator.locator(".noUi-handle").first
    handle.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(sentence).not_to_have_text(said, timeout=PATIENCE)
    expect(picture).not_to_have_attribute("src", drawn, timeout=PATIENCE)
    page.screenshot(path=shots / "lesson01-simulator-moved.png")

    # An exercise: still to do, then a known misconception, then the right answer.
    exercise = cell('check("01.worked_example"')
    output = exercise.locator(".jp-OutputArea-output")
    assert "To do" in output.inner_text()
    fill_blank(page, exercise, "5200 / 130")
    output.get_by_text("Not yet").wait_for(timeout=PATIENCE)
    fill_blank(page, exercise, "130 / 5200")
    output.get_by_text("Right.").wait_for(timeout=PATIENCE)
    page.screenshot(path=shots / "lesson01-exercise.png")

    # The quiz: every answer to the first question says something of its own.
    quiz = cell('quiz("01")')
    question = quiz.locator(".Quiz").first
    question.wait_for(timeout=PATIENCE)
    feedback = set()
    answers = question.locator(".MCButton")
    for number in range(answers.count()):
        answers.nth(number).click()
        feedback.add(question.locator(".Feedback").inner_text())
        page.screenshot(path=shots / f"lesson01-quiz-{number}.png")
    assert answers.count() >= 2
    assert len(feedback) == answers.count()
    assert "" not in feedback

    assert page.errors == []
    assert page.offsite == []
