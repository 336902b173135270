"""`make lab`: a learner's copies follow the course until she changes them, and are hers from then on."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tools.lab import NOTICES, command, keep_quiet, refresh

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def course(tmp_path):
    student, my = tmp_path / "student", tmp_path / "my"
    student.mkdir()
    (student / "00_start.ipynb").write_text("first edition")
    return student, my


def test_the_first_time_everything_is_copied(course):
    student, my = course
    assert refresh(student, my) == []
    assert (my / "00_start.ipynb").read_text() == "first edition"


def test_an_unchanged_copy_follows_the_course(course):
    student, my = course
    refresh(student, my)
    (student / "00_start.ipynb").write_text("second edition")
    assert refresh(student, my) == []
    assert (my / "00_start.ipynb").read_text() == "second edition"


def test_a_changed_copy_is_kept_and_its_owner_told_of_a_newer_edition(course):
    student, my = course
    refresh(student, my)
    (my / "00_start.ipynb").write_text("my answers")
    assert refresh(student, my) == []
    (student / "00_start.ipynb").write_text("second edition")
    (told,) = refresh(student, my)
    assert "newer edition" in told
    assert (my / "00_start.ipynb").read_text() == "my answers"


def test_a_deleted_copy_comes_back(course):
    student, my = course
    refresh(student, my)
    (my / "00_start.ipynb").unlink()
    refresh(student, my)
    assert (my / "00_start.ipynb").read_text() == "first edition"


def test_jupyterlab_asks_the_network_for_nothing_and_other_defaults_are_kept(tmp_path):
    overrides = tmp_path / "settings" / "overrides.json"
    keep_quiet(overrides.parent)
    assert json.loads(overrides.read_text()) == {NOTICES: {"fetchNews": "false", "checkForUpdates": False}}
    theirs = {NOTICES: {"checkForUpdates": True}, "@jupyterlab/notebook-extension:tracker": {"x": 1}}
    overrides.write_text(json.dumps(theirs))
    keep_quiet(overrides.parent)
    told = json.loads(overrides.read_text())
    assert told[NOTICES] == {"fetchNews": "false", "checkForUpdates": True}
    assert told["@jupyterlab/notebook-extension:tracker"] == {"x": 1}


def test_without_a_browser_jupyterlab_starts_and_prints_an_address_with_its_token(tmp_path):
    environment = {**os.environ, "JUPYTER_CONFIG_DIR": str(tmp_path), "BROWSER": "no-such-browser"}
    environment = {name: value for name, value in environment.items() if name != "DISPLAY"}
    log = tmp_path / "lab.log"
    with log.open("w") as out:
        server = subprocess.Popen(command(0), cwd=ROOT, env=environment, stdout=out, stderr=out)
    try:
        address = wait_for_address(log, server)
        assert "/lab/tree/my/00_start.ipynb" in address
        with urllib.request.urlopen(address, timeout=10) as page:
            assert page.status == 200
        assert server.poll() is None
    finally:
        server.terminate()
        server.wait(20)


def wait_for_address(log, server):
    end = time.monotonic() + 60
    while time.monotonic() < end and server.poll() is None:
        found = re.search(r"http://127\.0\.0\.1:\d+/lab\S*token=\w+", log.read_text())
        if found:
            return found[0]
        time.sleep(0.2)
    raise AssertionError(log.read_text())


def test_the_command_runs_this_python_and_listens_here_only():
    asked = command(9999)
    assert asked[0] == sys.executable
    assert "--ServerApp.port=9999" in asked
    assert "--ServerApp.ip=127.0.0.1" in asked
    assert not any("token=" in part or "password" in part for part in asked)
