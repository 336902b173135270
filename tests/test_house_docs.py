"""What the README says is true: its code runs, its commands and paths exist."""

from __future__ import annotations

import doctest
import re
import subprocess
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_readme_s_python_gives_what_it_shows():
    result = doctest.testfile(str(ROOT / "README.md"), module_relative=False)
    assert result.attempted >= 10
    assert result.failed == 0


def test_every_make_target_that_is_spoken_of_exists():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, flags=re.MULTILINE))
    texts = [README, (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")]
    spoken = {name for text in texts for name in re.findall(r"`?make ([a-z]+)[` \n]", text)}
    assert {"lab", "test", "doctor", "build", "bench"} <= targets
    assert {name for name in spoken if name in {"lab", "test", "doctor", "build", "bench", "lock"}} <= targets


def test_every_path_on_the_map_exists():
    rows = re.findall(r"^\| (`[^|]+`) \| ([^|]+) \|$", README, flags=re.MULTILINE)
    paths = [path for first, _ in rows for path in re.findall(r"`([^`]+)`", first)]
    assert len(paths) >= 10
    assert [path for path in paths if not (ROOT / path).exists()] == []
    package = next(second for first, second in rows if "funnel_utils/" in first)
    inside = re.findall(r"`([^`]+)/`", package)
    assert [name for name in inside if not (ROOT / "funnel_utils" / name).is_dir()] == []


def test_ci_runs_the_readme_s_test_command():
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert lines[-1] == "make test"
    assert "NOT_RUN_IS_FAILURE=1" in "\n".join(lines)
    assert "make test " in README


def test_hooks_before_a_commit_fetch_nothing():
    repositories = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    assert [one["repo"] for one in repositories] == ["local"]
    assert {hook["language"] for hook in repositories[0]["hooks"]} == {"system"}


def test_no_committed_text_names_a_place_on_the_machine_that_made_it():
    listed = subprocess.run(["git", "grep", "-lF", f"{ROOT}/"], cwd=ROOT, capture_output=True, text=True)
    assert listed.stdout == ""
