"""How often does a programme's holdout find the truth? Writes `docs/automation-recovery.md`.

    python bench/automation_recovery.py             # about a minute and a half of processor time
    python bench/automation_recovery.py --runs 100  # a quick look

Everybody lives twice in the simulation, so what a programme caused is known exactly for the people of each run; the
mean over all runs is what it causes in the population. The 95% interval of each run is held against both. It allows
for the lot *and* for drawing the people, so it holds the truth of just these people a little more often than stated.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

from funnel_utils.automation.simulation import Audience, Programme, simulate_programme
from funnel_utils.stats import wilson

OUT = Path(__file__).resolve().parent.parent / "docs" / "automation-recovery.md"
#: (what, programme, people)
CASES = (
    ("usual programme, 20% held out", Programme.usual(), 2_000),
    ("half held out", Programme.usual(holdout=0.5), 2_000),
    ("10% held out", Programme.usual(holdout=0.1), 2_000),
    ("few people", Programme.usual(), 400),
    ("no cap", Programme.usual(most=None), 2_000),
)
DAYS, WITHIN = 60, "28d"


def recovery(programme: Programme, people: int, runs: int) -> tuple[np.ndarray, np.ndarray]:
    """Estimate, bounds and truth of each run; and what is claimed beside what is caused."""
    rows, claims = [], []
    for seed in range(runs):
        run = simulate_programme(programme, Audience(people=people), days=DAYS, seed=1_000 + seed)
        found = run.effect(WITHIN)
        rows.append((found.difference, found.low, found.high, found.true))
        claims.append((run.claimed, run.caused))
    return np.array(rows), np.array(claims)


def share(held: np.ndarray) -> str:
    low, high = (float(end[0]) for end in wilson([held.sum()], [len(held)]))
    return f"{held.mean():.1%} [{low:.1%}, {high:.1%}]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=400)
    runs, start, lines = parser.parse_args().runs, time.process_time(), []
    for what, programme, people in CASES:
        found, claims = recovery(programme, people, runs)
        estimate, low, high, true = found.T
        mean = true.mean()
        bias = (estimate - true).mean()
        error = (estimate - true).std() / np.sqrt(runs)
        lines.append(
            f"| {what} | {people:,} | {100 * mean:.2f} | {100 * bias:+.2f} ± {196 * error:.2f} | "
            f"{share((low <= mean) & (mean <= high))} | {share((low <= true) & (true <= high))} | "
            f"{50 * (high - low).mean():.2f} | {claims[:, 0].mean():.0f} / {claims[:, 1].mean():.0f} |"
        )
    took = time.process_time() - start
    OUT.write_text(
        "# Does the holdout find what a programme caused?\n\n"
        f"Written by `python bench/automation_recovery.py`: {runs} runs a row, {DAYS} days each; effect on the share "
        f"who buy within {WITHIN} of assignment, in percentage points; 95% intervals (Newcombe). In brackets the "
        f"simulation's own 95% interval. Processor time: {took:.0f} s.\n\n"
        "In the simulation everybody lives twice, with the messages and without, on the same chances: the truth of "
        "each run is counted, not estimated. The interval allows for drawing the people as well as for the lot, so it "
        "holds the truth of the population as often as stated, and that of just these people a little more often. "
        "The last column sets purchases within a week after a click beside those that the messages caused.\n\n"
        "| programme | people | true effect | bias | holds the population's truth | holds these people's truth | half "
        "width | claimed / caused |\n|---|---|---|---|---|---|---|---|\n" + "\n".join(lines) + "\n",
        encoding="utf-8",
    )
    print(OUT.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
