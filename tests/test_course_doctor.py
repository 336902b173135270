"""The doctor: a sound installation is called sound, and each thing that breaks is named with its remedy."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from funnel_utils.course import doctor
from funnel_utils.course.doctor import Check, run_checks, verdict
from funnel_utils.synthetic import shipped

ROOT = Path(__file__).resolve().parent.parent


def look(check, *arguments):
    (found,) = check(*arguments)
    return found


def test_every_check_has_a_say_and_what_is_wrong_has_a_remedy():
    checks = run_checks()
    names = [check.name for check in checks]
    assert names[0] == "Python"
    assert len(names) >= 12
    assert all(check.mend for check in checks if check.status != "ok")


def test_a_sound_installation_has_a_python_packages_a_kernel_widgets_and_a_funnel_that_computes():
    for check in (doctor._python, doctor._packages, doctor._engine, doctor._kernel, doctor._widgets, doctor._data):
        found = look(check)
        assert found.status == "ok", found


def test_another_python_is_refused(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 4, "final", 0))
    assert look(doctor._python).status == "fail"


def test_a_missing_and_an_outdated_package_are_named(monkeypatch):
    monkeypatch.setattr(doctor, "_wanted", lambda: [("no-such-package", ">=1"), ("pandas", ">=1000"), ("numpy", "")])
    missing, outside = doctor._packages()
    assert missing.found == "no-such-package is missing (wanted: >=1)"
    assert outside.found.endswith("is outside >=1000")
    assert {missing.status, outside.status} == {"fail"}
    assert "make lab" in missing.mend


@pytest.mark.parametrize(
    ("version", "bounds", "within"),
    [
        ("1.5.6", ">=1.5.6,<2", True),
        ("1.5.5", ">=1.5.6,<2", False),
        ("2.0.0", ">=1.5.6,<2", False),
        ("30.18", ">=30.17,<30.18", False),
        ("30.17.3", ">=30.17,<30.18", True),
        ("12.0", "==12.0.0", True),
        ("9.0", "", True),
    ],
)
def test_bounds(version, bounds, within):
    assert doctor._within(version, bounds) is within


def test_a_version_that_is_not_the_locked_one_is_a_note(tmp_path, monkeypatch):
    (tmp_path / "requirements.lock").write_text("pandas==1.0.0 \\\n    --hash=sha256:00\n")
    monkeypatch.setattr(doctor, "HOUSE", tmp_path)
    found = look(doctor._lock)
    assert found.status == "warn"
    assert "1 differ from requirements.lock: pandas" in found.found


def test_changed_data_are_noticed(tmp_path, monkeypatch):
    path = tmp_path / shipped.EVENTS_FILE
    whole = shipped.data_file(shipped.EVENTS_FILE)
    pd.read_parquet(whole).iloc[1:].to_parquet(path)
    (tmp_path / "DATA.md").write_text(f"sha256: {shipped.stored_fingerprint(whole)}")
    monkeypatch.setattr(shipped, "data_file", lambda name: path)
    found = look(doctor._data)
    assert found.status == "fail"
    assert "git checkout" in found.mend


def test_a_lesson_edited_after_its_build_is_noticed(built_course, monkeypatch, tmp_path):
    house = tmp_path / "house"
    shutil.copytree(built_course, house)
    monkeypatch.setattr(doctor, "HOUSE", house)
    assert look(doctor._notebooks).status == "ok"
    lesson = house / "lessons" / "90_sample.md"
    lesson.write_text(lesson.read_text() + "\nOne more.\n")
    assert look(doctor._notebooks).found.endswith("90_sample")


def test_a_disabled_widget_extension_is_noticed(tmp_path, monkeypatch):
    config = tmp_path / "labconfig"
    config.mkdir()
    (config / "page_config.json").write_text(json.dumps({"disabledExtensions": {doctor.WIDGETS: True}}))
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path))
    found = look(doctor._widgets)
    assert found.status == "fail"
    assert "labextension enable" in found.mend


def test_little_space_is_a_note_and_none_is_wrong(monkeypatch):
    for free, status in ((10e9, "ok"), (2e9, "warn"), (0.1e9, "fail")):
        usage = SimpleNamespace(free=free)
        monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path, usage=usage: usage)
        assert look(doctor._disk).status == status


def test_a_taken_port_is_a_note_with_another_to_choose():
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        found = look(doctor._port, port)
    assert found.status == "warn"
    assert f"make lab PORT={port + 1}" in found.mend


def test_a_missing_browser_is_a_note_with_the_command(monkeypatch):
    monkeypatch.setenv("CHROMIUM", "no-such-browser")
    found = look(doctor._browser)
    assert found.status == "warn"
    assert doctor.INSTALL_BROWSER in found.mend


def test_a_check_that_stops_is_a_finding(monkeypatch):
    def stops():
        raise OSError("the disk is gone\nsecond line")

    monkeypatch.setattr(doctor, "_disk", stops)
    found = next(check for check in run_checks() if check.name == "disk space")
    assert found.status == "fail"
    assert found.found == "this check stopped with OSError: the disk is gone"


def test_the_verdict_counts():
    good, note, wrong = (Check("x", status, "y") for status in ("ok", "warn", "fail"))
    assert verdict([good]) == "Everything is in order."
    assert verdict([good, note]) == "It works; 1 to know about."
    assert verdict([good, note, wrong, wrong]) == "2 to mend first, from the top."


def test_the_doctor_comes_where_nothing_is_installed():
    """With no site-packages at all: findings and remedies, not a traceback."""
    done = subprocess.run(
        [sys.executable, "-S", "-E", "-s", "-m", "funnel_utils.course.doctor"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert "pandas is missing" in done.stdout
    assert "make lab" in done.stdout
    assert done.stderr == ""
