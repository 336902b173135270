"""Time and memory of one funnel against other engines: `make bench`, or `python bench/run.py 1e6 1e7`.

For each size a log is generated once, read once to have it in the machine's cache, and then every engine answers in
turn, round after round. A slow minute of the machine so falls on all of them, and the ratio of two engines is taken
within a round. Each run is a process of its own. What was measured goes to `bench/data/runs.jsonl`, and from there
into `bench/RESULTS.md`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from environments import python_for
from processes import HERE, Run, import_seconds, measure
from table import render

DATA = HERE / "data"
RUNS = DATA / "runs.jsonl"
IMPORTS = DATA / "imports.json"
RESULTS = HERE / "RESULTS.md"

WINDOW = 7 * 86_400 * 1_000_000  # microseconds
SIZES = (1e6, 3e6, 1e7, 3e7, 1e8)
LIMITS = ("200MB", "300MB", "400MB", "1GB")
LIMITS_FROM = 100_000_000  # a smaller log needs no limit

# Peer, whether it is asked with the window, the largest log it is asked for.
ASKED = (
    ("ours", True, 10**12),
    ("clickhouse", True, 10**12),
    ("polars_windows", True, 10**12),
    ("pandas_windows", True, 10_000_000),
    ("ours", False, 10_000_000),
    ("retention", False, 10_000_000),
)
# These take so long that a large log is asked of them once.
SLOW = {"pandas_windows", "retention"}
SLOW_FROM = 10_000_000


def main() -> int:
    """Measure what the command line asks for; status 1 if any answer differs or any run fails."""
    asked = _arguments()
    sizes = sorted({int(size) for size in asked.sizes or SIZES})
    DATA.mkdir(exist_ok=True)
    if not asked.keep:
        RUNS.unlink(missing_ok=True)
        IMPORTS.unlink(missing_ok=True)
    _generate(10_000)
    fault = False
    for events in sizes:
        folder = _generate(events)
        plan = [*_peer_runs(events, asked.rounds), *_limit_runs(events, asked.limit_rounds)]
        _forget(plan)
        _warm(folder)
        for run in plan:
            done = measure(python_for(run.peer), run, folder, WINDOW)
            with RUNS.open("a", encoding="utf-8") as file:
                file.write(done.to_json() + "\n")
            _say(done)
            fault = fault or bool(done.error)
    IMPORTS.write_text(json.dumps(import_seconds(python_for("ours"), 7)), encoding="utf-8")
    return _write() or int(fault)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sizes", nargs="*", type=float, help="numbers of events (default: 1e6 3e6 1e7 3e7 1e8)")
    parser.add_argument("--rounds", type=int, default=3, help="how often everything is measured (default: 3)")
    parser.add_argument("--limit-rounds", type=int, default=1, help="the same for the runs under a limit (default: 1)")
    parser.add_argument("--keep", action="store_true", help="keep earlier measurements of other sizes")
    return parser.parse_args()


def _generate(events: int) -> Path:
    """The folder with a log of that many events, generated where it is missing.

    Its rows lie in the order of time, as a collector of events writes them; the generator writes people in blocks.
    """
    folder = DATA / str(events)
    if not list(folder.glob("*.parquet")):
        # In a process of its own, so that this one stays small: see `processes`.
        subprocess.run([sys.executable, "-c", _GENERATE, str(events), str(folder)], check=True)
    return folder


_GENERATE = """
import sys, tempfile
from pathlib import Path
import duckdb
from funnel_utils.synthetic import simulate
events, folder = int(sys.argv[1]), Path(sys.argv[2])
with tempfile.TemporaryDirectory(dir=folder.parent) as made:
    print(simulate(events, Path(made) / "log"))
    database = duckdb.connect(config={"temp_directory": made, "memory_limit": "8GB"})
    rows = database.read_parquet(str(Path(made) / "log" / "*.parquet")).order("timestamp")
    unfinished = Path(made) / "sorted"
    rows.write_parquet(str(unfinished), file_size_bytes="64MB")
    unfinished.rename(folder)
"""


def _warm(folder: Path) -> None:
    """Read every byte once."""
    for path in sorted(folder.glob("*.parquet")):
        with path.open("rb") as file:
            while file.read(1 << 24):
                pass


def _peer_runs(events: int, rounds: int) -> Iterator[Run]:
    for number in range(1, rounds + 1):
        for peer, windowed, largest in ASKED:
            once = (peer in SLOW or not windowed) and events >= SLOW_FROM
            if events <= largest and (number == 1 or not once):
                yield Run("peers", peer, events, number, windowed=windowed)


def _limit_runs(events: int, rounds: int) -> Iterator[Run]:
    """A large log under several memory limits, with ClickHouse's time taken anew beside them."""
    if events < LIMITS_FROM:
        return
    for number in range(1, rounds + 1):
        yield Run("limits", "clickhouse", events, number)
        for limit in LIMITS:
            yield Run("limits", "ours", events, number, limit=limit)


def _forget(plan: list[Run]) -> None:
    """Drop earlier measurements of what is about to be measured again."""
    if not RUNS.exists():
        return
    again = {(run.part, run.events) for run in plan}
    kept = [run for run in _runs() if (run.part, run.events) not in again]
    RUNS.write_text("".join(run.to_json() + "\n" for run in kept), encoding="utf-8")


def _runs() -> list[Run]:
    return [Run.from_json(line) for line in RUNS.read_text(encoding="utf-8").splitlines()]


def _say(run: Run) -> None:
    limit = f" under {run.limit}" if run.limit else "" if run.windowed else " without window"
    told = run.error or f"{run.seconds:8.2f} s {run.peak_mb:8.0f} MB  {list(run.counts)}"
    print(f"{run.events:>11,} {run.part:6} round {run.round} {run.peer + limit:28} {told}", flush=True)


def _write() -> int:
    """Write the table; status 1 if any answer differs from ours."""
    text, equal = render(_runs(), json.loads(IMPORTS.read_text(encoding="utf-8")))
    RESULTS.write_text(text, encoding="utf-8")
    print(f"Written: {RESULTS.relative_to(HERE.parent)}")
    if not equal:
        print("An engine gave another answer than ours: see the table.", file=sys.stderr)
    return 0 if equal else 1


if __name__ == "__main__":
    sys.exit(main())
