"""The build: one lesson, two editions, the same bytes each time."""

from __future__ import annotations

import base64
import shutil
import struct
import zlib
from pathlib import Path

import nbformat
import pytest

from tools import build, edition
from tools.execute import _bare_png
from tools.lesson import read, tidy

SAMPLE = Path(__file__).parent / "fixtures" / "course" / "lessons" / "90_sample.md"


@pytest.fixture
def source(built_course, tmp_path):
    shutil.copytree(built_course, tmp_path / "course")
    return tmp_path / "course" / "lessons" / SAMPLE.name


def notebook(source, kind):
    path = source.parent.parent / "notebooks" / kind / "90_sample.ipynb"
    return nbformat.read(path, as_version=4)


def test_a_built_lesson_is_not_stale_and_equals_its_source(source):
    for target in build.targets(source):
        assert not build.is_stale(target)
        assert build.differences(target) == []


def test_building_again_changes_no_file(source):
    for target in build.targets(source):
        before = target.path.read_bytes()
        assert build.build(target) is False
        assert target.path.read_bytes() == before


def test_an_edited_source_is_stale_whatever_the_file_times_say(source):
    source.write_text(source.read_text().replace("Ten people", "Eleven people"))
    assert [build.is_stale(target) for target in build.targets(source)] == [True, True]


def test_cell_ids_come_from_content_so_that_a_new_paragraph_leaves_the_others_alone():
    text = SAMPLE.read_text()
    before = [cell.id for cell in read(text).cells]
    after = [cell.id for cell in read(text.replace("\nTen people", "\nNew.\n\n+++\n\nTen people")).cells]
    assert len(after) == len(before) + 1
    assert len(set(before) - set(after)) == 1  # the cell that was split
    assert len(set(after)) == len(after)


def test_the_student_gets_blanks_and_no_notes(source):
    student = notebook(source, "student")
    code = "\n".join(cell.source for cell in student.cells if cell.cell_type == "code")
    assert "share = ...\n" in code
    assert "in_two_steps = None\n...\ncheck(" in code
    assert "SOLUTION" not in str(student)
    assert "Notes for the instructor" not in str(student)


def test_the_instructor_gets_outputs_alt_text_and_speaker_notes(source):
    instructor = notebook(source, "instructor")
    outputs = [output for cell in instructor.cells for output in cell.get("outputs", [])]
    picture = next(output for output in outputs if "image/png" in output.get("data", {}))
    assert picture.metadata["image/png"]["alt"].startswith("Two bars")
    assert instructor.cells[-1].metadata["slideshow"] == {"slide_type": "notes"}
    assert not any("widget-view" in kind for output in outputs for kind in output.get("data", {}))
    assert "widgets" not in instructor.metadata
    assert not any("execution" in cell.metadata for cell in instructor.cells)


def test_a_picture_drawn_a_bit_differently_is_the_same_build(source):
    target = build.targets(source)[1]
    text = target.path.read_text()
    pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    found = next(
        output.data["image/png"]
        for cell in notebook(source, "instructor").cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    )
    stored = found.replace("\n", "\\n")
    assert stored in text
    target.path.write_text(text.replace(stored, pixel))
    assert build.differences(target) == []


def test_metadata_inside_a_picture_is_taken_out():
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    data = chunk(b"IDAT", zlib.compress(b"\0\0"))
    end = chunk(b"IEND", b"")
    signature = b"\x89PNG\r\n\x1a\n"
    dated = signature + header + chunk(b"tEXt", b"Creation Time\x00today") + data + end
    assert base64.b64decode(_bare_png(base64.b64encode(dated).decode())) == signature + header + data + end


def test_tidy_is_idempotent_and_removes_what_editors_leave():
    text = SAMPLE.read_text()
    assert tidy(text) == text
    edited = text.replace("format_version: 0.13\n", "format_version: 0.13\n    jupytext_version: 1.0.0\n", 1)
    edited = edited.replace('+++ {"lesson": "data"}', '+++ {"lesson": "data", "editable": true}')
    assert tidy(edited) == text


@pytest.mark.parametrize(
    ("code", "blanked"),
    [
        ("x = 1  # SOLUTION", "x = ..."),
        ("    rate = a / b  #SOLUTION", "    rate = ..."),
        ("def f(a):\n    ### BEGIN SOLUTION\n    b = a\n    return b\n    ### END SOLUTION", "def f(a):\n    ..."),
        ("x = 1", "x = 1"),
    ],
)
def test_blank(code, blanked):
    assert edition.blank(code) == blanked


@pytest.mark.parametrize(
    ("code", "complaint"),
    [
        ("### BEGIN SOLUTION\nx = 1", "never closed"),
        ("x = 1\n### END SOLUTION", "no partner"),
        ("### BEGIN SOLUTION\n### BEGIN SOLUTION\n### END SOLUTION", "no partner"),
        ("print(1)  # SOLUTION", "name = expression"),
    ],
)
def test_unclear_solution_marks_are_refused(code, complaint):
    with pytest.raises(edition.SolutionError, match=complaint):
        edition.blank(code)


def test_the_command_builds_what_is_stale_and_nothing_else(source, capsys):
    assert build.main([str(source)]) == 0
    assert capsys.readouterr().out == ""
    target = build.targets(source)[0]
    target.path.unlink()
    assert build.main([str(source)]) == 0
    assert "student/90_sample.ipynb: built" in capsys.readouterr().out
    assert build.main(["--check", str(source)]) == 0


def test_a_notebook_without_a_source_is_reported(source, monkeypatch):
    course = source.parent.parent
    monkeypatch.setattr("tools.build.ROOT", course)
    monkeypatch.setattr("tools.lesson.ROOT", course)
    assert build.orphans() == []
    shutil.copy(course / "notebooks/student/90_sample.ipynb", course / "notebooks/student/91_lost.ipynb")
    assert build.orphans() == ["notebooks/student/91_lost.ipynb: no source describes it; delete it or add its source."]
