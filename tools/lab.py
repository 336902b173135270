"""`make lab`: the course in JupyterLab, opened at lesson 00.

You work on a copy: the students' notebooks are copied to `my/`, which git ignores. So nothing that you type is ever
overwritten by a build or a pull, and the course's own files stay as they are. A copy that you have not changed follows
the course; one that you have changed is yours, and is kept even when the lesson has a newer edition.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tools import build
from tools.lesson import ROOT

STUDENT = ROOT / "notebooks" / "student"
MY = ROOT / "my"
FIRST = "00_start.ipynb"
RECORD = ".copied.json"
NOTICES = "@jupyterlab/apputils-extension:notification"
QUIET = {"fetchNews": "false", "checkForUpdates": False}


def refresh(student: Path, my: Path) -> list[str]:
    """Copy what is new or was not changed since it was copied; what to tell about the rest."""
    my.mkdir(exist_ok=True)
    record_path = my / RECORD
    record: dict[str, str] = json.loads(record_path.read_text(encoding="utf-8")) if record_path.exists() else {}
    told = []
    for path in sorted(student.glob("*.ipynb")):
        mine, text = my / path.name, path.read_bytes()
        if not mine.exists() or _hash(mine.read_bytes()) == record.get(path.name):
            mine.write_bytes(text)
            record[path.name] = _hash(text)
        elif record.get(path.name) != _hash(text):
            told.append(f"my/{path.name} is yours, and the lesson has a newer edition: notebooks/student/{path.name}")
    record_path.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return told


def keep_quiet(settings: Path) -> None:
    """Have JupyterLab's defaults, in this folder of its settings, ask the network for nothing; the others are kept."""
    path = settings / "overrides.json"
    known: dict[str, dict[str, object]] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    known[NOTICES] = {**QUIET, **known.get(NOTICES, {})}
    settings.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")


def command(port: int) -> list[str]:
    """JupyterLab for this machine only, with its token, at lesson 00; run by root (in a container) it says so."""
    asked = [sys.executable, "-m", "jupyterlab", "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}"]
    asked += [f"--ServerApp.root_dir={ROOT}", f"--LabApp.default_url=/lab/tree/my/{FIRST}"]
    return [*asked, "--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else asked


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make lab", description=__doc__.split("\n")[0])
    parser.add_argument("--port", type=int, default=8888)
    port = parser.parse_args(arguments).port
    if build.main([]):
        print("A lesson could not be built (above); what was built before is opened. To look closer: make doctor")
    for line in refresh(STUDENT, MY):
        print(line)
    keep_quiet(Path(sys.prefix) / "share" / "jupyter" / "lab" / "settings")
    print(
        f"Your notebooks are in {MY.name}/. Open the address below if no browser opens; Ctrl+C twice ends it.",
        flush=True,
    )
    os.chdir(ROOT)
    asked = command(port)
    os.execv(asked[0], asked)


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    raise SystemExit(main())
