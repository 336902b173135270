"""Run a worker and say what the kernel says of it: wall time, processor time, and the most memory it ever held.

Peak memory is the kernel's `ru_maxrss` for that one process, as `wait4` returns it. This module and its importers use
the standard library only: a child starts as a copy of its parent, and a large parent would show in every child.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
TIMEOUT = 900.0  # seconds after which a run counts as failed


@dataclass(frozen=True)
class Run:
    """One measurement.

    `seconds` is the time from the files to the answer in a process that is warm, `process_seconds` that of the whole
    process with its start and imports, `cpu_seconds` the processor time of the whole process, `peak_mb` its largest
    resident set (1 MB = 10^6 bytes), `load` the machine's one-minute load average just before. `counts` is empty and
    `error` says why where the run failed.
    """

    part: str
    peer: str
    events: int
    round: int
    limit: str = ""
    windowed: bool = True
    counts: tuple[int, ...] = ()
    seconds: float = float("nan")
    process_seconds: float = float("nan")
    cpu_seconds: float = float("nan")
    peak_mb: float = float("nan")
    load: float = float("nan")
    error: str = ""
    versions: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: str) -> Run:
        read = json.loads(line)
        return cls(**{**read, "counts": tuple(read["counts"])})


def spawn(command: list[str]) -> tuple[str, str, int, float, os.struct_rusage]:
    """Run a command to its end: what it printed, its complaints, exit status, wall seconds and the kernel's account."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=err, cwd=HERE)
        killer = threading.Timer(TIMEOUT, process.kill)
        killer.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        killer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        return out.read(), err.read(), process.returncode, seconds, usage


def measure(python: Path, run: Run, folder: Path, window: int) -> Run:
    """Carry out what `run` describes and return it with its figures."""
    command = [str(python), "worker.py", run.peer, str(folder), str(window if run.windowed else 0)]
    load = os.getloadavg()[0]
    out, err, status, seconds, usage = spawn([*command, *([run.limit] if run.limit else [])])
    scale = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux kilobytes
    known = asdict(run) | {
        "process_seconds": seconds,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "peak_mb": usage.ru_maxrss * scale / 1e6,
        "load": load,
    }
    if status != 0:
        last = (err.strip().splitlines() or [f"exit status {status}"])[-1]
        return Run(**known | {"error": last[:300]})
    found = json.loads(out.strip().splitlines()[-1])
    return Run(**known | {key: found[key] for key in ("seconds", "versions")} | {"counts": tuple(found["counts"])})


def import_seconds(python: Path, rounds: int) -> list[float]:
    """Seconds that `import funnel_utils` takes in a fresh interpreter, `rounds` times."""
    code = "import time; began = time.perf_counter(); import funnel_utils; print(time.perf_counter() - began)"
    found = []
    for _ in range(rounds):
        out, err, status, _, _ = spawn([str(python), "-c", code])
        if status != 0:
            raise RuntimeError(f"import funnel_utils failed: {err.strip()[-300:]}")
        found.append(float(out))
    return found
