"""Time and memory of journeys against other packages: `python bench/journey.py 1e6 1e7`; part of `make bench`.

Two tasks on the same generated logs as the funnel's: the transition matrix of whole users, and the number of sessions.
Engines take turns, round after round, each run a process of its own; their answers are compared in full. What was
measured goes to `bench/data/journey.jsonl`, and from there into `bench/JOURNEY.md`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import machine
from environments import python_for
from processes import HERE, spawn
from run import DATA, _generate, _warm

RUNS = DATA / "journey.jsonl"
RESULTS = HERE / "JOURNEY.md"
SIZES = (1e6, 1e7)
GOAL = 3.0

TASKS = {
    "transitions": ("ours", "retentioneering", "pm4py"),
    "sessions": ("ours", "retentioneering"),
}
NAMES = {"ours": "**funnel_utils**", "retentioneering": "retentioneering 5", "pm4py": "pm4py"}
ASKS = {
    "transitions": "Transitions: how often each event follows each other one, with a start and an end of each user",
    "sessions": "Sessions: how many there are, by a silence of more than 30 minutes",
}


def main() -> int:
    """Measure what the command line asks for; status 1 if any answer differs or any run fails."""
    asked = _arguments()
    sizes = sorted({int(size) for size in asked.sizes or SIZES})
    DATA.mkdir(exist_ok=True)
    _generate(10_000)
    kept = [run for run in _runs() if asked.keep and run["events"] not in sizes]
    made = []
    for events in sizes:
        folder = _generate(events)
        _warm(folder)
        for number in range(1, asked.rounds + 1):
            for task, peers in TASKS.items():
                for peer in peers:
                    made.append(_measure(peer, task, events, number, folder))
                    RUNS.write_text("".join(json.dumps(run) + "\n" for run in [*kept, *made]), encoding="utf-8")
    text, sound = render(_runs())
    RESULTS.write_text(text, encoding="utf-8")
    print(f"Written: {RESULTS.relative_to(HERE.parent)}")
    return 0 if sound else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sizes", nargs="*", type=float, help="numbers of events (default: 1e6 1e7)")
    parser.add_argument("--rounds", type=int, default=3, help="how often everything is measured (default: 3)")
    parser.add_argument("--keep", action="store_true", help="keep earlier measurements of other sizes")
    return parser.parse_args()


def _runs() -> list[dict[str, Any]]:
    if not RUNS.exists():
        return []
    return [json.loads(line) for line in RUNS.read_text(encoding="utf-8").splitlines()]


def _measure(peer: str, task: str, events: int, number: int, folder: Path) -> dict[str, Any]:
    load = os.getloadavg()[0]
    command = [str(python_for(peer)), "journey_worker.py", peer, task, str(folder)]
    out, err, status, _, usage = spawn(command)
    scale = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux kilobytes
    run = {"peer": peer, "task": task, "events": events, "round": number, "load": load}
    run["peak_mb"] = usage.ru_maxrss * scale / 1e6
    if status != 0:
        run["error"] = (err.strip().splitlines() or [f"exit status {status}"])[-1][:300]
    else:
        run |= json.loads(out.strip().splitlines()[-1])
    told = run.get("error") or f"{run['seconds']:7.2f} s {run['cpu']:7.2f} s CPU {run['peak_mb']:6.0f} MB"
    print(f"{events:>11,} {task:12} round {number} {peer:16} {told}", flush=True)
    return run


def render(runs: list[dict[str, Any]]) -> tuple[str, bool]:
    """The text of the file, and whether every run succeeded and every answer agreed."""
    parts = [OPENING, f"Taken {datetime.now(UTC):%Y-%m-%d} on: {machine.describe()}.\n\n", f"{_versions(runs)}\n\n"]
    sound = bool(runs)
    verdicts, tables = [], []
    for task in TASKS:
        for events in sorted({run["events"] for run in runs if run["task"] == task}):
            here = [run for run in runs if run["task"] == task and run["events"] == events]
            rows, ratios, equal = _rows(here)
            sound = sound and equal
            verdicts += [_verdict(task, events, peer, ratio) for peer, ratio in ratios.items()]
            tables.append(f"### {ASKS[task]}, {events:,} events\n\n{HEAD}{rows}\n{_load(here)}\n\n")
    goal = f"## Goal: {GOAL:g} times faster with the same answers\n\n{''.join(verdicts)}\n"
    return "".join([*parts, goal, "## All runs\n\n", READING, *tables]).rstrip() + "\n", sound


def _rows(here: list[dict[str, Any]]) -> tuple[str, dict[str, tuple[float, float]], bool]:
    """The table's rows, each peer's ratio of time and of processor time to ours, and whether all agree."""
    ours = {run["round"]: run for run in here if run["peer"] == "ours" and "error" not in run}
    expected = next((run["answer"] for run in ours.values()), None)
    lines, ratios, equal = [], {}, True
    for peer in dict.fromkeys(run["peer"] for run in here):
        mine = [run for run in here if run["peer"] == peer]
        good = [run for run in mine if "error" not in run]
        same = bool(good) and len(good) == len(mine) and all(run["answer"] == expected for run in good)
        equal = equal and same
        if not good:
            lines.append(f"| {NAMES[peer]} | failed: {mine[-1]['error'].replace('|', '/')} | | | | |\n")
            continue
        both = [(run, ours[run["round"]]) for run in good if run["round"] in ours]
        paired = [[run[what] / base[what] for run, base in both] for what in ("seconds", "cpu")]
        ratio = tuple(median(found) if found else float("nan") for found in paired)
        if peer != "ours":
            ratios[peer] = (ratio[0], ratio[1])
        middle = {what: median(run[what] for run in good) for what in ("seconds", "cpu", "peak_mb")}
        lines.append(
            f"| {NAMES[peer]} | {middle['seconds']:.2f} s | {ratio[0]:.1f} | {middle['cpu']:.2f} s | {ratio[1]:.1f} | "
            f"{middle['peak_mb'] / 1000:.2f} GB | {'same' if same else '**differs**'} |\n"
        )
    return "".join(lines), ratios, equal


def _verdict(task: str, events: int, peer: str, ratio: tuple[float, float]) -> str:
    met = "met" if min(ratio) >= GOAL else "**missed**"
    said = f"{ratio[0]:.1f} times our time, {ratio[1]:.1f} times our processor time"
    return f"- {task}, {events:,} events, against {NAMES[peer]}: {said}: {met}.\n"


def _load(here: list[dict[str, Any]]) -> str:
    loads = [run["load"] for run in here]
    rounds = max(run["round"] for run in here)
    return f"{rounds} round{'' if rounds == 1 else 's'}; load average {min(loads):.1f} to {max(loads):.1f}."


def _versions(runs: list[dict[str, Any]]) -> str:
    found: dict[str, dict[str, str]] = {}
    for run in runs:
        found.setdefault(run["peer"], {}).update(run.get("versions", {}))
    told = (f"{NAMES[peer]}: " + ", ".join(f"{k} {v}" for k, v in found[peer].items()) for peer in found)
    return f"Versions: {'; '.join(told)}."


OPENING = """\
# Journey benchmark

The same generated logs as the funnel's (`RESULTS.md`), in Parquet, about 12 events a user, some rows without a user.
This file is written by `make bench`; `README.md` says how it measures.

"""

HEAD = "| engine | time | ratio | CPU | CPU ratio | peak | answer |\n|---|---|---|---|---|---|---|\n"

READING = """\
`time`: from the files to the answer, in a process that has answered the question on a small log before; median of the
rounds. `CPU`: processor seconds in that time. Ratios are to funnel_utils in the same round, median. `peak`: largest
resident memory of the process (1 GB = 10^9 bytes). `answer`: every single count compared. Peers read the three columns
they need with pandas and get the rows sorted, which is part of their time; so is our reading and sorting of ours. Ours
checks every row for a user, an event and a time; the session task of ours also counts single sessions with an interval.
A load average above the number of processors is other work, which slows every engine down.

"""

if __name__ == "__main__":
    sys.exit(main())
