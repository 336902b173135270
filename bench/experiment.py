"""Time and memory of one experiment against other packages: `python bench/experiment.py 1e6 1e7`; part of `make bench`.

A row a person in Parquet; two conversions compared, two means, the means with a covariate (CUPED), and the split. Every
run is a process of its own, which answers on a million rows first. Then statistics alone, from sufficient statistics.
The differences are compared with ours, but for CUPED's, whose weights packages estimate differently (to 1% of it). What
was measured goes into `bench/EXPERIMENT.md`.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import machine
from environments import python_for
from processes import HERE, spawn

RESULTS = HERE / "EXPERIMENT.md"
DATA = HERE / "data" / "experiment"
SMALL = 1_000_000
# Name in the tables: environment, module, function.
FILES = {
    "**funnel_utils**": ("ours", "ours", "from_file"),
    "tea-tasting, DuckDB": ("tea", "tea", "from_file_duckdb"),
    "tea-tasting, pandas": ("tea", "tea", "from_file"),
    "gbstats, pandas": ("gb", "gb", "from_file"),
    "spotify-confidence, pandas (no CUPED)": ("confidence", "confidence", "from_file"),
    "statsmodels OLS": ("tea", "ols", "from_file"),
}
ALONE = {
    "**funnel_utils**, 1,000 experiments at once": ("ours", "ours", "many"),
    "**funnel_utils**, one by one": ("ours", "ours", "alone"),
    "tea-tasting": ("tea", "tea", "alone"),
    "gbstats": ("gb", "gb", "alone"),
    "spotify-confidence (no CUPED)": ("confidence", "confidence", "alone"),
}
GOALS = {"tea-tasting, pandas": 3.0, "tea-tasting, DuckDB": 1.5}


def main() -> int:
    """Measure what the command line asks for; status 1 if any answer differs or any run fails."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sizes", nargs="*", type=float, help="numbers of people (default: 1e7)")
    parser.add_argument("--rounds", type=int, default=3, help="how often everything is measured (default: 3)")
    asked = parser.parse_args()
    small = _generate(SMALL)
    runs, sound = [], True
    for people in [int(size) for size in asked.sizes or [1e7]]:
        file = _generate(people)
        for number in range(1, asked.rounds + 1):
            for name, place in FILES.items():
                runs.append(_measure(name, *place, file, small) | {"people": people, "round": number})
    alone = [_measure(name, *place, small, small) for name, place in ALONE.items() for _ in range(asked.rounds)]
    text = [OPENING, f"Taken {datetime.now(UTC):%Y-%m-%d} on: {machine.describe()}.\n\n", _versions([*runs, *alone])]
    for people in sorted({run["people"] for run in runs}):
        told, equal = _table([run for run in runs if run["people"] == people])
        text += [f"## {people:,} people, from Parquet to the result\n\n", told]
        sound = sound and equal
    text += ["## Statistics alone, processor time of one experiment\n\n| package | ms |\n|---|---|\n"]
    for name in ALONE:
        times = [run["ms"] for run in alone if run["name"] == name and "ms" in run]
        text.append(f"| {name} | {median(times):.3g} |\n" if times else f"| {name} | failed |\n")
        sound = sound and bool(times)
    RESULTS.write_text("".join(text), encoding="utf-8")
    print(f"Written: {RESULTS.relative_to(HERE.parent)}")
    return 0 if sound else 1


def _generate(people: int) -> Path:
    """A file of that many people, the same on every machine with the same DuckDB."""
    import duckdb

    DATA.mkdir(parents=True, exist_ok=True)
    file = DATA / f"{people}.parquet"
    if not file.exists():
        drawn = (
            f"SELECT 40 * random() AS before, random() AS lot, random() AS luck, random() AS more FROM range({people})"
        )
        columns = "CASE WHEN lot < 0.5 THEN 'new' ELSE 'control' END AS variant, (luck < 0.1)::INTEGER AS bought"
        amounts = "0.5 * before + 40 * more + CASE WHEN lot < 0.5 THEN 0.1 ELSE 0 END AS spent, before"
        connection = duckdb.connect(config={"threads": 1})
        connection.execute("SELECT setseed(0.5)")
        connection.execute(f"COPY (SELECT {columns}, {amounts} FROM ({drawn})) TO '{file}' (FORMAT PARQUET)")
    file.read_bytes()  # into the machine's cache
    return file


def _measure(name: str, peer: str, module: str, function: str, file: Path, small: Path) -> dict[str, Any]:
    load = os.getloadavg()[0]
    command = [str(python_for(peer)), "experiment_worker.py", module, function, str(file), str(small)]
    out, err, status, _, usage = spawn(command)
    scale = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux kilobytes
    run: dict[str, Any] = {"name": name, "load": load, "peak_mb": usage.ru_maxrss * scale / 1e6}
    if status != 0:
        run["error"] = (err.strip().splitlines() or [f"exit status {status}"])[-1][:300]
    else:
        run |= json.loads(out.strip().splitlines()[-1])
    print(name, {key: run[key] for key in ("error", "cpu", "ms", "peak_mb") if key in run}, flush=True)
    return run


def _table(runs: list[dict[str, Any]]) -> tuple[str, bool]:
    """The table of one size with its goals, and whether all runs succeeded with equal answers."""
    ours = {run["round"]: run for run in runs if run["name"] == "**funnel_utils**" and "error" not in run}
    if not ours:
        return "failed\n\n", False
    truth, sound = next(iter(ours.values()))["answer"], True
    lines, goals = ["| package | time | CPU | CPU ratio | peak | answer |\n|---|---|---|---|---|---|\n"], []
    for name in FILES:
        good = [run for run in runs if run["name"] == name and "error" not in run]
        if not good:
            lines.append(f"| {name} | failed | | | | |\n")
            sound = False
            continue
        same = all(_agrees(run["answer"], truth) for run in good)
        sound = sound and same
        ratio = median(run["cpu"] / ours[run["round"]]["cpu"] for run in good if run["round"] in ours)
        middle = {what: median(run[what] for run in good) for what in ("seconds", "cpu", "peak_mb")}
        lines.append(
            f"| {name} | {middle['seconds']:.2f} s | {middle['cpu']:.2f} s | {ratio:.1f} | {middle['peak_mb']:.0f} MB "
            f"| {'same' if same else '**differs**'} |\n"
        )
        if name in GOALS:
            told = "met" if ratio >= GOALS[name] else "**missed**"
            goals.append(f"- {GOALS[name]:g} times less processor time than {name}: {ratio:.1f}: {told}.\n")
    peak = median(run["peak_mb"] for run in ours.values())
    goals.append(f"- Under 300 MB: {peak:.0f} MB: {'met' if peak < 300 else '**missed**'}.\n")
    loads = [run["load"] for run in runs]
    load = f"\nLoad average {min(loads):.1f} to {max(loads):.1f}.\n\n"
    return "".join([*lines, "\n", *goals, load]), sound


def _agrees(answer: dict[str, float], truth: dict[str, float]) -> bool:
    plain = all(math.isclose(answer[name], truth[name], rel_tol=1e-6, abs_tol=1e-9) for name in ("bought", "spent"))
    return plain and (math.isnan(answer["cuped"]) or math.isclose(answer["cuped"], truth["cuped"], rel_tol=0.01))


def _versions(runs: list[dict[str, Any]]) -> str:
    found: dict[str, str] = {}
    for run in runs:
        for package, version in run.get("versions", {}).items():
            found.setdefault(package, version)
    return "Versions: " + ", ".join(f"{name} {version}" for name, version in sorted(found.items())) + ".\n\n"


OPENING = """\
# Experiment benchmark

A row a person: the arm, whether she bought, what she spent and what she had spent before. Asked: the difference of the
conversion, of the mean, of the mean with a covariate (CUPED), and whether the split is as meant. Ours gives intervals
of difference and lift, power, checks and verdicts besides. `CPU`: processor seconds from the file to the answer; ratios
to funnel_utils in the same round, median. `peak`: largest resident memory of the process (1 MB = 10^6 bytes), which
holds the interpreter and the libraries. This file is written by `python bench/experiment.py`.

"""

if __name__ == "__main__":
    sys.exit(main())
