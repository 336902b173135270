"""One measurement in a process of its own: `python retention_worker.py PEER TASK FILE SMALL` prints a line of JSON.

As in `worker`, the peer first answers on the small file, and the clock runs from the file to the answer.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
import warnings

from worker import _versions


def main(peer: str, task: str, file: str, small: str) -> None:
    warnings.simplefilter("ignore")
    module = importlib.import_module(f"peers_retention.{peer}")
    ask = getattr(module, task)
    ask(small)
    began, before = time.perf_counter(), time.process_time()
    answer = ask(file)
    seconds, cpu = time.perf_counter() - began, time.process_time() - before
    print(json.dumps({"answer": answer, "seconds": seconds, "cpu": cpu, "versions": _versions(module.PACKAGES)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
