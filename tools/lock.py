"""Pin every version anew: `pyproject.toml` and `tools/requirements.in` into `requirements.lock`.

One resolution serves Python 3.11 to 3.13 on Linux and macOS. It prefers one version of a package everywhere over the
newest on each Python, because the executed notebooks must say the same on all of them. No address is recorded: where
the files come from is the business of the machine that installs them; what they are is settled by their hashes.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
HEADER = (
    "# Every version that `make lab` and `make test` install, with hashes. "
    "Made by `make lock` from pyproject.toml; do not edit.\n"
)
COMMAND = shlex.split(
    "pip compile --quiet --upgrade --generate-hashes --universal --fork-strategy fewest --python-version 3.11 "
    "--no-emit-index-url --no-emit-find-links --no-header --no-annotate --extra course --extra real-data --extra dev "
    "pyproject.toml tools/requirements.in"
)


def main() -> int:
    with tempfile.TemporaryDirectory() as directory:
        out = Path(directory) / "requirements.lock"
        done = subprocess.run([sys.executable, "-m", "uv", *COMMAND, "--output-file", str(out)], cwd=ROOT)
        if done.returncode == 0:
            LOCK.write_text(HEADER + out.read_text(encoding="utf-8"), encoding="utf-8")
            print(f"{LOCK.name}: written. Run `make test` before committing it.")
    return done.returncode


if __name__ == "__main__":
    raise SystemExit(main())
