"""Everything that CI runs, in one command, with a summary that says what did not run.

Each part is a command of its own, run to its end even when an earlier one failed, so that one run shows all there is to
mend. A part that this machine cannot run (the browser tests, where Chromium is missing) is reported NOT RUN together
with the command that makes it possible; with `NOT_RUN_IS_FAILURE=1` in the environment, as in CI, that is a failure.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from funnel_utils.course.doctor import INSTALL_BROWSER, find_browser
from tools.execute import ONE_THREAD
from tools.gates import NBVAL, NBVAL_AT_ONCE

ROOT = Path(__file__).resolve().parent.parent
MINUTES = 60
PART_TIMEOUT = 45 * MINUTES
STATUSES = ("passed", "FAILED", "NOT RUN")


@dataclass(frozen=True)
class Part:
    """One part of the suite: a Python module with its arguments, and why it cannot run here if it cannot."""

    name: str
    arguments: tuple[str, ...]
    not_run: str = ""


@dataclass(frozen=True)
class Outcome:
    """What came of a part: `"passed"`, `"FAILED"` or `"NOT RUN"`, its seconds, and what to do."""

    name: str
    status: str
    seconds: float
    note: str = ""


def parts() -> list[Part]:
    """The parts in the order in which they run: the cheap ones first."""
    no_browser = "" if find_browser() else f"Chromium is missing; install it with: {INSTALL_BROWSER}"
    return [
        Part("lint", ("ruff", "check", ".")),
        Part("format", ("ruff", "format", "--check", ".")),
        Part("types", ("mypy",)),
        Part("tests", ("pytest", "-q", "-n", "2", "--dist", "loadfile", "--durations=25", "--ignore=tests/browser")),
        Part("build", ("tools.build", "--check")),
        Part("gates", ("tools.gates",)),
        Part("nbval strict", (*NBVAL, *NBVAL_AT_ONCE, "--nbval", *_notebooks("instructor", "analysis"))),
        Part("nbval lax", (*NBVAL, *NBVAL_AT_ONCE, "--nbval-lax", *_notebooks("student"))),
        Part("browser", ("pytest", "-q", "-m", "browser", "tests/browser"), not_run=no_browser),
    ]


def _notebooks(*folders: str) -> list[str]:
    return [f"notebooks/{folder}" for folder in folders if any((ROOT / "notebooks" / folder).glob("*.ipynb"))]


def run(part: Part) -> Outcome:
    """Run one part with its output on the terminal."""
    if part.not_run:
        return Outcome(part.name, "NOT RUN", 0.0, part.not_run)
    print(f"\n== {part.name}: python -m {' '.join(part.arguments)}", flush=True)
    environment = {**os.environ, **ONE_THREAD, "PYTHONHASHSEED": "0"}
    started = time.monotonic()
    try:
        code = subprocess.run(
            [sys.executable, "-m", *part.arguments], cwd=ROOT, env=environment, timeout=PART_TIMEOUT
        ).returncode
        note = "" if code == 0 else f"python -m {' '.join(part.arguments)}"
    except subprocess.TimeoutExpired:
        code, note = 1, f"stopped after {PART_TIMEOUT // MINUTES} minutes"
    return Outcome(part.name, "FAILED" if code else "passed", time.monotonic() - started, note)


def exit_code(outcomes: Sequence[Outcome], not_run_is_failure: bool) -> int:
    """0 when every part passed; a part not run counts as failed only where asked."""
    bad = {"FAILED", "NOT RUN"} if not_run_is_failure else {"FAILED"}
    return int(any(outcome.status in bad for outcome in outcomes))


def summary(outcomes: Sequence[Outcome]) -> str:
    """One line a part: status, seconds, and what to do where something is to be done; then the counts."""
    lines = [
        f"  {outcome.status:8} {outcome.name:14} {outcome.seconds:6.0f} s  {outcome.note}".rstrip()
        for outcome in outcomes
    ]
    total = sum(outcome.seconds for outcome in outcomes)
    passed, failed, left_out = (sum(one.status == status for one in outcomes) for status in STATUSES)
    closing = f"{passed} passed, {failed} failed" + (f", {left_out} skipped" if left_out else "")
    return "\n".join(["", "summary", *lines, f"  {total / MINUTES:.1f} minutes in all", "", closing])


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.suite", description=__doc__.split("\n")[0])
    parser.add_argument("only", nargs="*", help="run only these parts, by name (all by default)")
    chosen = parser.parse_args(arguments).only
    known = parts()
    unknown = sorted(set(chosen) - {part.name for part in known})
    if unknown:
        parser.error(f"no part named {', '.join(unknown)}; the parts are {', '.join(part.name for part in known)}")
    outcomes = [run(part) for part in known if not chosen or part.name in chosen]
    print(summary(outcomes))
    return exit_code(outcomes, os.environ.get("NOT_RUN_IS_FAILURE") == "1")


if __name__ == "__main__":
    raise SystemExit(main())
