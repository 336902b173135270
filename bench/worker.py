"""One measurement, in a process of its own: `python worker.py PEER FOLDER WINDOW [LIMIT]` prints one line of JSON.

Before the clock starts, the peer answers the same question on a log of a few thousand events. So no engine is charged
for importing itself or for loading its compiled code, ours included; the whole process is timed from outside as well.
`WINDOW` is in microseconds, 0 for none.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

SMALL = Path(__file__).resolve().parent / "data" / "10000"


def main(peer: str, folder: str, window: str, limit: str | None = None) -> None:
    module = importlib.import_module(f"peers.{peer}")
    asked: dict[str, Any] = {"window": int(window) or None}
    if limit is not None:
        asked["memory_limit"] = limit
    module.answer(str(SMALL), **asked)
    began = time.perf_counter()
    counts = module.answer(folder, **asked)
    seconds = time.perf_counter() - began
    print(json.dumps({"counts": counts, "seconds": seconds, "versions": _versions(module.PACKAGES)}))


def _versions(packages: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


if __name__ == "__main__":
    main(*sys.argv[1:])
