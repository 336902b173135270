"""One measurement of a journey task, in a process of its own: `python journey_worker.py PEER TASK FOLDER`.

As in `worker`, the peer answers on a small log first, and the clock runs from the files to the answer. An answer is
told as its number of parts, its total and a hash of it, so that two are equal exactly when every part is.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import sys
import time
from typing import Any

from worker import SMALL, _versions


def told(answer: Any) -> list[Any]:
    """Parts, total and hash of an answer."""
    if isinstance(answer, int):
        return [1, answer, str(answer)]
    lines = sorted(f"{source}\t{target}\t{count}" for (source, target), count in answer.items())
    return [len(lines), sum(answer.values()), hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]]


def main(peer: str, task: str, folder: str) -> None:
    module = importlib.import_module(f"peers_journey.{peer}")
    ask = getattr(module, task)
    ask(str(SMALL))
    began, before = time.perf_counter(), time.process_time()
    answer = ask(folder)
    seconds, cpu = time.perf_counter() - began, time.process_time() - before
    print(json.dumps({"answer": told(answer), "seconds": seconds, "cpu": cpu, "versions": _versions(module.PACKAGES)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
