"""Customers' summary and Kaplan-Meier against other packages: `python bench/retention.py`, writes `RETENTION.md`.

The summary (repeat purchases, age at the last, age, mean value) of 10 million orders of a million customers, against
lifetimes and against DuckDB's SQL written by hand; the Kaplan-Meier curve of a million times, against lifelines. Peers
take turns, each run a process of its own; answers are compared by their sums. Judge by processor time where the machine
does other work as well.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from statistics import median
from typing import Any

import machine
from environments import python_for
from processes import HERE, spawn

DATA = HERE / "data" / "retention"
RESULTS = HERE / "RETENTION.md"
TASKS = {"summary": ("ours", "duckdb_sql", "lifetimes"), "kaplan": ("ours", "lifelines")}
NAMES = {
    "ours": "**funnel_utils**",
    "duckdb_sql": "DuckDB, SQL by hand",
    "lifetimes": "lifetimes",
    "lifelines": "lifelines",
}
ASKS = {"summary": "Summary of customers, {n:,} orders", "kaplan": "Kaplan-Meier, {n:,} times"}
#: What was aimed at: a peer's processor time over ours, at least.
GOALS = {"duckdb_sql": 1 / 1.1, "lifetimes": 7.0, "lifelines": 1.0}


def main() -> int:
    """Measure; status 1 if an answer differs or a run fails."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--orders", type=float, default=1e7, help="orders of the summary (default: 1e7)")
    parser.add_argument("--times", type=float, default=1e6, help="times of the curve (default: 1e6)")
    parser.add_argument("--rounds", type=int, default=3, help="how often everything is measured (default: 3)")
    asked = parser.parse_args()
    DATA.mkdir(parents=True, exist_ok=True)
    sizes = {"summary": int(asked.orders), "kaplan": int(asked.times)}
    make = {"summary": _orders, "kaplan": _times}
    runs = []
    for task, peers in TASKS.items():
        small, file = make[task](10_000), make[task](sizes[task])
        for number in range(1, asked.rounds + 1):
            for peer in peers:
                runs.append(_measure(peer, task, file, small, number))
    text, sound = render(runs, sizes)
    RESULTS.write_text(text, encoding="utf-8")
    print(f"Written: {RESULTS.relative_to(HERE.parent)}")
    return 0 if sound else 1


def _orders(rows: int) -> Path:
    """Orders over two years, ten a customer, sorted by time, as Parquet."""
    import duckdb

    path = DATA / f"orders-{rows}.parquet"
    if not path.exists():
        duckdb.execute(
            f"""
            COPY (SELECT 'u' || lpad((hash(range * 11 + 3) % {max(rows // 10, 1)})::VARCHAR, 7, '0') AS "user",
                         'purchase' AS "event",
                         TIMESTAMP '2024-01-01' + to_microseconds((hash(range * 7 + 1) % 63072000000000)::BIGINT)
                             AS "timestamp",
                         round((hash(range * 3 + 5) % 100000) / 100.0, 2) AS "value"
                  FROM range({rows}) ORDER BY 3)
            TO '{path}' (FORMAT parquet)
            """
        )
    return path


def _times(rows: int) -> Path:
    """Whole days to an end, some of them censored."""
    import numpy as np

    path = DATA / f"times-{rows}.npz"
    if not path.exists():
        draw = np.random.default_rng(1)
        end, seen = np.ceil(draw.exponential(200, rows)), np.ceil(draw.uniform(0, 700, rows))
        np.savez(path, time=np.minimum(end, seen), event=end <= seen)
    return path


def _measure(peer: str, task: str, file: Path, small: Path, number: int) -> dict[str, Any]:
    python = python_for("ours" if peer == "duckdb_sql" else f"retention_{peer}" if peer != "ours" else peer)
    out, err, status, _, usage = spawn([str(python), "retention_worker.py", peer, task, str(file), str(small)])
    scale = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux kilobytes
    run: dict[str, Any] = {"peer": peer, "task": task, "round": number, "peak": usage.ru_maxrss * scale / 1e9}
    if status:
        run["error"] = (err.strip().splitlines() or [f"exit status {status}"])[-1][:300]
    else:
        run |= json.loads(out.strip().splitlines()[-1])
    told = run.get("error") or f"{run['seconds']:.2f} s {run['cpu']:.2f} s CPU"
    print(f"{task:8} round {number} {peer:12} {told}", flush=True)
    return run


def render(runs: list[dict[str, Any]], sizes: dict[str, int]) -> tuple[str, bool]:
    """The text of the file, and whether every run succeeded and every answer agreed."""
    parts = [f"# Retention benchmark\n\nTaken on: {machine.describe()}. Written by `bench/retention.py`.\n\n"]
    sound = True
    for task, peers in TASKS.items():
        here = {peer: [run for run in runs if run["task"] == task and run["peer"] == peer] for peer in peers}
        ours = [run for run in here["ours"] if "error" not in run]
        parts.append(f"## {ASKS[task].format(n=sizes[task])}\n\n")
        parts.append("| package | time | CPU | CPU over ours | peak | answer | goal |\n|---|---|---|---|---|---|---|\n")
        for peer, found in here.items():
            good = [run for run in found if "error" not in run]
            same = len(good) == len(found) and bool(ours) and all(run["answer"] == ours[0]["answer"] for run in good)
            sound = sound and same
            if not good or not ours:
                parts.append(f"| {NAMES[peer]} | failed: {found[-1].get('error', 'ours failed')} | | | | | |\n")
                continue
            seconds, cpu, peak = (median(run[key] for run in good) for key in ("seconds", "cpu", "peak"))
            ratio = cpu / median(run["cpu"] for run in ours)
            goal = "" if peer == "ours" else f"{GOALS[peer]:.2g}: {'met' if ratio >= GOALS[peer] else '**missed**'}"
            cells = f"{seconds:.2f} s | {cpu:.2f} s | {ratio:.2f} | {peak:.2f} GB | {'same' if same else '**differs**'}"
            parts.append(f"| {NAMES[peer]} | {cells} | {goal} |\n")
        versions = {name: said for run in runs if run["task"] == task for name, said in run.get("versions", {}).items()}
        parts.append("\nVersions: " + ", ".join(f"{name} {said}" for name, said in versions.items()) + ".\n\n")
    return "".join(parts).rstrip() + "\n", sound


if __name__ == "__main__":
    sys.exit(main())
