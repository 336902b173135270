"""Fits of customer models against `lifetimes`: `python bench/clv.py`, or `python bench/clv.py 2357 23570`.

Three sizes: CDNOW's sample (2,357 customers) and all of CDNOW (23,570), both until 30 September 1997, and customers
drawn from the Pareto/NBD with CDNOW's parameters (1,000,000 unless told). Both packages get the same arrays of repeat
purchases, age at the last purchase and age, in weeks that are whole days. Each fit runs in a process of its own, after
a small fit that loads and compiles what there is to load; what is compared is **processor time**, which other work on
the machine hardly touches, and the log-likelihood of both optima, computed by one function. What was measured goes into
`bench/CLV.md`.

`lifetimes` needs the better part of an hour for the Pareto/NBD of a million customers: `--longest` says after how many
seconds a peer is stopped (the table then says "more than").
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import machine
from environments import python_for

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "CLV.md"
SIZES = (2_357, 23_570, 1_000_000)
MODELS = ("BG/NBD", "MBG/NBD", "Pareto/NBD")
#: Pareto/NBD with CDNOW's parameters, in weeks.
TRUE = {"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669}


def main() -> int:
    """Measure; status 1 if an optimum is not at least as high as the peer's."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sizes", nargs="*", type=float, help="numbers of customers (default: 2357 23570 1e6)")
    parser.add_argument("--rounds", type=int, default=3, help="how often small fits are measured (default: 3)")
    parser.add_argument("--longest", type=float, default=5_400, help="seconds after which a peer is stopped")
    asked = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for size in sorted({int(size) for size in asked.sizes or SIZES}):
            data = Path(folder) / f"{size}.npz"
            customers(size, data)
            for model in MODELS:
                rounds = asked.rounds if size < 100_000 else 1
                ours = [fit("ours", model, data, asked.longest) for _ in range(rounds)]
                theirs = [fit("lifetimes", model, data, asked.longest) for _ in range(rounds)]
                rows.append(compare(model, size, data, ours, theirs))
                print(line(rows[-1]), flush=True)
    RESULTS.write_text(render(rows), encoding="utf-8")
    print(f"Written: {RESULTS.relative_to(HERE.parent)}")
    return int(any(row["gain"] < -1e-3 for row in rows if row["gain"] is not None))


def customers(size: int, path: Path) -> None:
    """Write the arrays `x`, `t_x`, `T` of that many customers."""
    import numpy as np

    from funnel_utils.retention import CustomerSummary, load_cdnow

    if size in SIZES[:2]:
        log = load_cdnow("sample" if size == SIZES[0] else "all")
        summary = CustomerSummary.from_log(log, value=None, unit="1w", until="1997-09-30")
        columns = [summary.column(name) for name in ("frequency", "age_at_last", "age")]
    else:
        columns = drawn(size)
    np.savez(path, **dict(zip(("x", "t_x", "T"), columns, strict=True)))


def drawn(size: int) -> list[Any]:
    """Customers of the Pareto/NBD, each purchase on a day of its own."""
    import numpy as np

    rng = np.random.default_rng(1997)
    age = rng.integers(27 * 7, 39 * 7, size)
    rate = rng.gamma(TRUE["r"], 1 / TRUE["alpha"], size) / 7
    gone = 7 * rng.exponential(1 / rng.gamma(TRUE["s"], 1 / TRUE["beta"], size))
    x, last, now = np.zeros(size), np.zeros(size), np.zeros(size)
    here = np.arange(size)
    while len(here):
        now[here] += rng.exponential(1 / rate[here])
        here = here[now[here] < np.minimum(age[here], gone[here])]
        day = np.ceil(now[here])
        new = here[day > last[here]]
        x[new] += 1
        last[new] = np.ceil(now[new])
    return [x, last / 7, age / 7]


def fit(peer: str, model: str, data: Path, longest: float) -> dict[str, Any]:
    """One fit in a process of its own."""
    command = [str(python_for(peer)), str(HERE / "clv_worker.py"), peer, model, str(data)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=longest, check=False)
    except subprocess.TimeoutExpired:
        return {"seconds": longest, "params": None, "stopped": True}
    if done.returncode:
        return {"seconds": None, "params": None, "error": done.stderr.strip().splitlines()[-1][:200]}
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def compare(model: str, size: int, data: Path, ours: list[Any], theirs: list[Any]) -> dict[str, Any]:
    """The medians, their ratio, and how much higher our optimum is."""
    import numpy as np

    from funnel_utils.retention import BgNbd, CustomerSummary, MbgNbd, ParetoNbd

    kinds = {kind.NAME: kind for kind in (BgNbd, MbgNbd, ParetoNbd)}
    arrays = np.load(data)
    summary = CustomerSummary.of(arrays["x"], arrays["t_x"], arrays["T"], unit="1w")
    seconds = [sorted(run["seconds"] for run in runs if run["seconds"] is not None) for runs in (ours, theirs)]
    middle = [times[len(times) // 2] if times else None for times in seconds]
    likelihoods = [
        kinds[model].with_params("1w", **runs[0]["params"]).log_likelihood(summary) if runs[0]["params"] else None
        for runs in (ours, theirs)
    ]
    return {
        "model": model,
        "customers": size,
        "patterns": len(summary.patterns.x),
        "ours": middle[0],
        "theirs": middle[1],
        "times": middle[1] / middle[0] if all(middle) else None,
        "stopped": any(run.get("stopped") for run in theirs),
        "error": theirs[0].get("error", "") or ours[0].get("error", ""),
        "likelihood": likelihoods[0],
        "gain": None if None in likelihoods else likelihoods[0] - likelihoods[1],
    }


def line(row: dict[str, Any]) -> str:
    times = "–" if row["times"] is None else f"{'more than ' if row['stopped'] else ''}{row['times']:,.0f}"
    ours, theirs = (f"{row[key]:,.3f} s" if row[key] is not None else "failed" for key in ("ours", "theirs"))
    likelihood = f"{row['likelihood']:,.4f}" if row["likelihood"] is not None else "–"
    gain = f"{row['gain']:+.1e}" if row["gain"] is not None else row["error"] or "–"
    cells = (f"{row['customers']:,}", f"{row['patterns']:,}", row["model"], ours, theirs, times, likelihood, gain)
    return "| " + " | ".join(cells) + " |"


def render(rows: list[dict[str, Any]]) -> str:
    head = (
        "customers", "histories", "model", "funnel_utils", "lifetimes", "times", "log-likelihood", "ours - theirs",
    )  # fmt: skip
    return "\n".join(
        [
            "# Fits of customer models",
            "",
            "Processor seconds of one fit with the standard errors (ours) and without (lifetimes 0.11.3), by",
            "`python bench/clv.py`; the text of that file says how. *Histories* are the distinct ones; the",
            "log-likelihood is that of our optimum, and *ours - theirs* how much higher it is.",
            "",
            f"Taken on: {machine.describe()}.",
            "",
            "| " + " | ".join(head) + " |",
            "|" + "--:|" * 2 + "---|" + "--:|" * 5,
            *(line(row) for row in rows),
            "",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
