"""One measurement of an experiment, in a process of its own: `python experiment_worker.py MODULE FUNCTION FILE SMALL`.

From a file, the peer answers on a small file first, and the clock runs from the file to the answer. Statistics alone
are repeated for about a second after a warm start, and the processor time of one experiment is told.
"""

from __future__ import annotations

import importlib
import json
import sys
import time

from worker import _versions


def main(module_name: str, function: str, file: str, small: str) -> None:
    module = importlib.import_module(f"peers_experiment.{module_name}")
    ask = getattr(module, function)
    versions = _versions(module.PACKAGES)
    if function.startswith("from_file"):
        ask(small)
        began, before = time.perf_counter(), time.process_time()
        answer = ask(file)
        told = {"answer": answer, "seconds": time.perf_counter() - began, "cpu": time.process_time() - before}
    else:
        once, size = ask()
        once()
        runs, before = 0, time.process_time()
        while time.process_time() - before < 1.0:
            once()
            runs += 1
        told = {"ms": (time.process_time() - before) / runs / size * 1000}
    print(json.dumps(told | {"versions": versions}))


if __name__ == "__main__":
    main(*sys.argv[1:])
