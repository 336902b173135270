"""Each gate lets the sample lesson pass, and stops the same lesson broken in the way that the gate is for."""

from __future__ import annotations

import shutil

import pytest

from tools import build
from tools.gates import GATES, USUAL, main


@pytest.fixture
def source(built_course, tmp_path):
    shutil.copytree(built_course, tmp_path / "course")
    return tmp_path / "course" / "lessons" / "90_sample.md"


def replace(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text, f"the fixture has no {old!r} to break"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def student(source):
    return build.targets(source)[0].path


def instructor(source):
    return build.targets(source)[1].path


def test_the_gates_let_a_good_lesson_pass(source):
    assert list(GATES) == ["rebuild", "header", "lint", "solutions", "nbval", "checks"]
    assert {name: GATES[name](source) for name in USUAL} == {name: [] for name in USUAL}
    assert GATES["rebuild"](source) == []


@pytest.mark.parametrize(
    ("broken", "old", "new", "complaint"),
    [
        (student, "Ten people", "Nine people", "its cells are not those of its source"),
        (student, '"nbformat": 4,', '"nbformat":  4,', "not written as the build writes it"),
        (instructor, "10 came, 4 bought.", "10 came, 5 bought.", "its outputs are not what the code gives today"),
        (instructor, "Two bars of which", "Ten bars of which", "its cells are not those of its source"),
        (lambda source: source, "Ten people", "Nine people", "its cells are not those of its source"),
    ],
)
def test_rebuild_stops_what_is_not_built_from_its_source(source, broken, old, new, complaint):
    replace(broken(source), old, new)
    assert complaint in GATES["rebuild"](source)[0]


def test_rebuild_stops_a_missing_notebook(source):
    instructor(source).unlink()
    assert "missing" in GATES["rebuild"](source)[0]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    format_version: 0.13\n", "    format_version: 0.13\n    jupytext_version: 1.19.6\n"),
        ("  display_name: Python 3\n", "  display_name: My own Python\n"),
        ('{"lesson": "data"}', '{"lesson": "data", "collapsed": true}'),
        (":tags: [exercise]", ':tags: ["exercise"]'),
    ],
)
def test_header_stops_what_is_not_canonical(source, old, new):
    replace(source, old, new)
    assert "tools.build --tidy" in GATES["header"](source)[0]


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("# 90 ·", "90 ·", "0 H1 headings"),
        ("## With data", "# With data", "2 H1 headings"),
        ("  minutes: 5\n", "", "lesson.minutes is None"),
        ("It takes 5 minutes", "It takes 50 minutes", "does not say how many minutes"),
        ('+++ {"lesson": "objectives"}', "+++", "no section 'objectives'"),
        ('+++ {"lesson": "prerequisites"}', "+++", "no section 'prerequisites'"),
        ('+++ {"lesson": "key-points"}', "+++", "no section 'key-points'"),
        ('{"lesson": "mistake"}', '{"lesson": "mitsake"}', "'mitsake' is not a section"),
        ('{"lesson": "mistake"}', '{"lesson": "data"}', "opens 2 times"),
        ('{"lesson": "concepts"}', '{"lesson": "quiz"}', "says that the lesson is without it"),
        ("- A share names", "A share names", "section 'key-points' has no list"),
        ("## Questions", "Questions", "does not start with a '## ' heading"),
        ("- Compute a share.", "- Compute:\n\n  ```{code-cell} ipython3\n  1 / 0\n  ```", "never runs"),
        ("You can divide", ":::{note}\nYes\n:::\n\nYou can divide", "a directive is shown as raw text"),
        ("You can divide", "See {doc}`this`. You can divide", "a role is shown as raw text"),
        ("You can divide", "![](photo.png) You can divide", "a picture without alt text"),
        (":alt: Two bars of which the second, the buyers, is less than half as long as the first.", ":alt: Bars", "20"),
        ('check("90.share", share)', 'done = check("90.share", share)', "is not the last expression"),
        ('check("90.two_steps", in_two_steps)', 'check("90.share", in_two_steps)', "2 checks are named '90.share'"),
        (":tags: [exercise]\n\nshare", ":tags: [home]\n\nshare", "is tagged 'exercise' exactly when"),
        ("### END SOLUTION\n", "", "never closed"),
        (":tags: [solution]\n\n", "", "no answer"),
        ("in_two_steps = None", "share = in_two_steps = None", "2 exercises set 'share'"),
    ],
)
def test_lint_stops_a_lesson_that_lacks_what_every_lesson_has(source, old, new, complaint):
    if complaint == "no answer":  # a cell outside an exercise that reads what the student has not yet filled in
        replace(source, old, new)
        replace(source, 'f"{4 / 10:.0%}"', 'f"{share:.0%}"')
        complaint = "reads 'share', which is blank in the student's edition"
    else:
        replace(source, old, new)
    assert complaint in "\n".join(GATES["lint"](source))


def test_lint_stops_sections_out_of_order(source):
    replace(source, '{"lesson": "concepts"}', '{"lesson": "x"}')
    replace(source, '{"lesson": "data"}', '{"lesson": "concepts"}')
    replace(source, '{"lesson": "x"}', '{"lesson": "data"}')
    assert "sections out of order" in "\n".join(GATES["lint"](source))


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("10 came, 4 bought.\\n", " ", "says nothing in words"),
        ('"alt": "Two bars', '"note": "Two bars', "has no alt text"),
        ("ok: share", "<Answer at 0x7f0011223344>", "names a place in memory"),
        ('"name": "stdout"', '"name": "stderr"', "warns on stderr (10 came, 4 bought.)"),
    ],
)
def test_lint_stops_outputs_that_a_reader_cannot_use(source, old, new, complaint):
    replace(instructor(source), old, new)
    assert complaint in "\n".join(GATES["lint"](source))


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("share = ...", "share = 4 / 10", "the student's code less the blanks is not the instructor's"),
        ("share = ...", "share = ...  # SOLUTION", "a solution mark is in the student's file"),
        ('"...\\n",', '"visitors = 10\\n",', "the answer 'visitors = 10' is in the student's cell"),
        ('"outputs": []', '"outputs": [{"name": "stdout", "output_type": "stream", "text": ["40%"]}]', "has outputs"),
        ("A share has a numerator", "## Notes for the instructor\\n\\nOne minute a section.", "a hidden cell"),
    ],
)
def test_solutions_stops_a_student_file_that_gives_the_answer_away(source, old, new, complaint):
    if complaint == "a hidden cell":
        notes = '"## Notes for the instructor\\n",\n    "\\n",\n    "One minute a section."'
        replace(
            student(source), '"## Concepts\\n",\n    "\\n",\n    "A share has a numerator and a denominator."', notes
        )
    else:
        replace(student(source), old, new)
    assert complaint in "\n".join(GATES["solutions"](source))


def test_solutions_stops_a_student_file_with_another_order_of_cells(source):
    replace(student(source), '"id": "', '"id": "f')
    assert "not the instructor's in the same order" in "\n".join(GATES["solutions"](source))


def test_nbval_stops_stored_outputs_that_are_not_true_and_student_cells_that_fail(source):
    replace(instructor(source), "10 came, 4 bought.", "10 came, 5 bought.")
    replace(student(source), "share = ...", "share = 1 / 0")
    strict, lax = sorted(GATES["nbval"](source), key=lambda problem: "--nbval-lax" in problem)
    assert "fails under --nbval:" in strict
    assert "1 failed, 5 passed" in strict  # the cell with the altered output, and no other
    assert "fails under --nbval-lax:" in lax
    assert "1 failed, 4 passed" in lax


def test_checks_stops_an_answer_that_is_not_right(source):
    replace(instructor(source), "ok: share", "hint: share")
    assert "check('90.share') says 'hint: share' in the instructor's edition" in GATES["checks"](source)[0]


def test_checks_stops_an_exercise_that_is_already_done_for_the_student(source):
    replace(source, "share = 4 / 10  # SOLUTION", "share = 4 / 10")
    assert "check('90.share') says 'ok: share' in the student's edition, not 'todo'" in GATES["checks"](source)[0]


def test_a_lesson_that_is_not_built_is_said_to_be_so(source):
    shutil.rmtree(source.parent.parent / "notebooks")
    for name in ("rebuild", "solutions", "checks"):
        assert any("make build" in problem for problem in GATES[name](source))


def test_the_command_fails_where_a_gate_does(source, capsys):
    assert set(USUAL) < set(GATES)
    replace(source, "It takes 5 minutes", "It takes long")
    assert main([str(source)]) == 1
    assert "90_sample.md: lint: the section 'overview' does not say" in capsys.readouterr().out


def test_a_lesson_that_does_not_run_is_a_failure_in_words(source, capsys):
    replace(source, "figure = Figure(figsize=(3, 2))", "figure = 1 / 0")
    assert build.main([str(source)]) == 1
    assert build.main(["--check", str(source)]) == 1
    replace(source, "### END SOLUTION\n", "")
    assert main([str(source)]) == 1
    said = capsys.readouterr().out
    assert "FAILED" in said
    assert "ZeroDivisionError" in said
    assert "never closed" in said
