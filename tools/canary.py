"""Whether a pin may go: `python -m tools.canary` tries the newest version of each pinned package against the tests.

ibis 12 fails with duckdb 2 (listing tables) and with sqlglot from 30.18 on (creating and dropping tables), so both are
held back in `pyproject.toml`. A pin that outlives its reason is a debt; a test cannot see that it has, because a test
runs with what is pinned. So this makes an environment beside yours for each pin, installs everything as locked but that
one package at its newest, and runs the tests of the engine and of the event log. It needs the network and some minutes,
and is for whoever renews the lock; it changes nothing.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.lesson import ROOT
from tools.lock import LOCK

PINS = {"duckdb": "ibis 12 cannot list tables with duckdb 2", "sqlglot": "ibis 12 cannot create tables from 30.18 on"}
TESTS = ("-q", "-x", "-p", "no:cacheprovider", "tests/test_engine.py", "tests/test_events_sources.py")


def without_pin(lock: str, name: str) -> str:
    """The locked versions as plain requirements (no hashes), except that `name` may be any."""
    kept = re.findall(r"^[a-z0-9][\w.-]*==.*?(?= \\$|$)", lock, flags=re.MULTILINE)
    return "\n".join(name if line.startswith(f"{name}==") else line for line in kept) + "\n"


def try_newest(name: str) -> tuple[str, bool]:
    """The newest version of a package, and whether the tests pass with it.

    Raises
    ------
    subprocess.CalledProcessError
        If the environment cannot be made.
    """
    with tempfile.TemporaryDirectory(prefix="canary-") as directory:
        environment = Path(directory) / "env"
        wanted = Path(directory) / "requirements.txt"
        wanted.write_text(without_pin(LOCK.read_text(encoding="utf-8"), name), encoding="utf-8")
        python = str(environment / "bin" / "python")
        uv = [sys.executable, "-m", "uv"]
        subprocess.run([*uv, "venv", "--quiet", "--python", sys.executable, str(environment)], check=True)
        # Our own bounds and ibis's must not forbid the trial, hence no dependency is looked up: the lock has them all.
        install = [*uv, "pip", "install", "--quiet", "--no-deps", "--upgrade", "--python", python]
        subprocess.run([*install, "--requirement", str(wanted)], check=True)
        ask = f"from importlib.metadata import version; print(version({name!r}))"
        found = subprocess.run([python, "-c", ask], check=True, capture_output=True, text=True).stdout.strip()
        return found, subprocess.run([python, "-m", "pytest", *TESTS], cwd=ROOT).returncode == 0


def main() -> int:
    verdicts = []
    for name, reason in PINS.items():
        found, passes = try_newest(name)
        said = "the tests pass: the pin may go" if passes else f"the tests fail: the pin stays ({reason})"
        verdicts.append(f"{name} {found}: {said}")
    print("\n".join(["", *verdicts]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
