"""`make test`: nothing is left out in silence, and setting up says what is missing."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tools import suite
from tools.suite import Outcome, Part, exit_code, parts, run, summary

ROOT = Path(__file__).resolve().parent.parent


def test_without_a_browser_its_tests_are_not_run_and_the_command_is_named(monkeypatch):
    monkeypatch.setenv("CHROMIUM", "no-such-browser")
    outcome = run(parts()[-1])
    assert (outcome.name, outcome.status) == ("browser", "NOT RUN")
    assert "install" in outcome.note
    assert outcome.note in summary([outcome])


@pytest.mark.parametrize(
    ("statuses", "strict", "code"),
    [
        (["passed", "passed"], False, 0),
        (["passed", "FAILED"], False, 1),
        (["passed", "NOT RUN"], False, 0),
        (["passed", "NOT RUN"], True, 1),
        (["passed", "passed"], True, 0),
    ],
)
def test_not_run_fails_where_it_must_not_happen(statuses, strict, code):
    outcomes = [Outcome("x", status, 1.0) for status in statuses]
    assert exit_code(outcomes, not_run_is_failure=strict) == code


def test_the_summary_ends_with_the_counts():
    outcomes = [Outcome("a", "passed", 1.0), Outcome("b", "NOT RUN", 0.0, "why"), Outcome("c", "FAILED", 2.0)]
    assert summary(outcomes).splitlines()[-1] == "1 passed, 1 failed, 1 skipped"
    assert summary(outcomes[:1]).splitlines()[-1] == "1 passed, 0 failed"


def test_a_part_that_fails_does_not_stop_the_next(monkeypatch, capfd):
    both = [Part("first", ("no_such_module",)), Part("second", ("this", "-q"))]
    monkeypatch.setattr(suite, "parts", lambda: both)
    assert suite.main([]) == 1
    said = capfd.readouterr().out
    assert "FAILED   first" in said
    assert "passed   second" in said


def test_every_part_is_a_module_of_the_project_or_a_tool_it_requires():
    assert [part.name for part in parts()] == [
        "lint",
        "format",
        "types",
        "tests",
        "build",
        "gates",
        "nbval strict",
        "nbval lax",
        "browser",
    ]


def test_without_a_fitting_python_setting_up_says_which_to_install(tmp_path):
    for name in ("python3", "python", "python3.11", "python3.12", "python3.13"):
        fake = tmp_path / name
        fake.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.9.2" && exit 0\nexit 1\n')
        fake.chmod(0o755)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHON"} | {"PATH": str(tmp_path)}
    command = ["/bin/sh", "tools/setup.sh", str(tmp_path / "venv")]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode != 0
    assert "No Python 3.11, 3.12 or 3.13 was found (python3 is: Python 3.9.2)" in done.stderr
    assert "apt-get install python3" in done.stderr
    assert not (tmp_path / "venv").exists()
