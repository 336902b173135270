"""Do intervals after an early stop, and of multivariate tests, hold what they state? Writes `docs/cro-effects.md`.

python bench/cro_effects.py [--experiments 1000]
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import pandas as pd

from funnel_utils.cro import Factorial, GroupSequential
from funnel_utils.cro.factorial_result import contrast_interval, contrast_p
from funnel_utils.stats import holm, wilson

OUT = Path(__file__).resolve().parents[1] / "docs" / "cro-effects.md"
DESIGNS = (("obrien_fleming", 5), ("pocock", 5))
#: True effects, as shares of the one that the design finds with a power of 80%.
EFFECTS = (0.0, 0.5, 1.0)
#: Conversion rate and people in each of the eight cells.
CELLS = ((0.10, 1000), (0.02, 1000), (0.005, 1000), (0.10, 50))


def stopped_early(number: int) -> pd.DataFrame:
    """Experiments that stop at their bounds: how far off the estimates are, and how often the intervals hold."""
    rows = []
    for kind, looks in DESIGNS:
        design = GroupSequential(kind, looks)
        t, planned = design.information, design.drift(0.8)
        for effect in EFFECTS:
            rng = np.random.default_rng([5, looks, round(10 * effect)])
            drift = effect * planned
            z = (rng.normal(drift / looks, np.sqrt(1 / looks), (number, looks)).cumsum(axis=1)) / np.sqrt(t)
            crossed = np.abs(z) >= design.z
            at = np.where(crossed.any(axis=1), crossed.argmax(axis=1), looks - 1)
            last = z[np.arange(number), at]
            plain = last / np.sqrt(t[at])
            half = 1.959963984540054 / np.sqrt(t[at])
            ends = [design.adjusted(int(k) + 1, float(value)) for k, value in zip(at, last, strict=True)]
            middle = np.array([end.estimate for end in ends])
            held = np.array([end.low <= drift <= end.high for end in ends])
            rows.append(
                {
                    "kind": kind,
                    "effect": effect,
                    "n": number,
                    "plain": (plain.mean() - drift) / planned,
                    "middle": (middle.mean() - drift) / planned,
                    "above": int((middle > drift).sum()),
                    "plain_held": int((np.abs(plain - drift) <= half).sum()),
                    "held": int(held.sum()),
                }
            )
    return pd.DataFrame(rows)


def multivariate(number: int) -> pd.DataFrame:
    """2 x 2 x 2 tests where nothing has an effect: intervals, and false alarms of any of the seven effects."""
    trial = Factorial(dict.fromkeys("abc", (0, 1)), order=3)
    effects = trial.effects
    weights = np.array([effect.weights for effect in effects])
    order = np.array([effect.order for effect in effects])
    rows = []
    for rate, people in CELLS:
        rng = np.random.default_rng([6, round(1000 * rate), people])
        total = np.full(8, float(people))
        held, any_alarm = np.zeros(len(effects)), 0
        for _ in range(number):
            count = rng.binomial(people, rate, 8).astype(float)
            low, high = contrast_interval(weights, count, total, 0.05)
            held += (low <= 0) & (high >= 0)
            any_alarm += bool((holm(contrast_p(weights, count, total)) < 0.05).any())
        row = {"rate": rate, "people": people, "n": number, "any": any_alarm}
        rows.append(row | {f"order_{k}": held[order == k].mean() for k in (1, 2, 3)})
    return pd.DataFrame(rows)


def share(count: float, n: int) -> str:
    low, high = (100 * float(bound[0]) for bound in wilson(count, n))
    return f"{100 * count / n:.1f}% ({low:.1f}–{high:.1f})"


def written(early: pd.DataFrame, cells: pd.DataFrame, seconds: float) -> str:
    lines = [
        "# Intervals after an early stop, and of multivariate tests",
        "",
        "Written by `python bench/cro_effects.py`; in brackets 95% intervals of the simulation itself. Processor time: "
        f"{seconds / 60:.1f} minutes.",
        "",
        "## Five looks, stopped at the first that crosses",
        "",
        "Effects and errors as shares of the effect that is found with a power of 80%. The plain estimate is that of "
        "the data at the stop; the adjusted one is median unbiased, so half of the time it is too high.",
        "",
        "| bounds | true effect | plain: mean error | adjusted: mean error | adjusted too high | plain 95% holds | "
        "adjusted 95% holds |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in early.itertuples():
        cell = " | ".join(share(x, row.n) for x in (row.above, row.plain_held, row.held))
        lines.append(f"| {row.kind} | {row.effect:g} | {row.plain:+.3f} | {row.middle:+.3f} | {cell} |")
    lines += [
        "",
        "## 2 x 2 x 2 cells, no effects",
        "",
        "How often 95% intervals of the effects hold the truth, and how often any of the seven effects is shown after "
        "Holm's correction.",
        "",
        "| rate | people a cell | main effects | interactions of two | of three | any false alarm |",
        "|---|---|---|---|---|---|",
    ]
    for row in cells.itertuples():
        cell = " | ".join(f"{100 * x / row.n:.1f}%" for x in (row.order_1, row.order_2, row.order_3))
        lines.append(f"| {row.rate:.1%} | {row.people:,} | {cell} | {share(row.any, row.n)} |")
    return "\n".join([*lines, ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--experiments", type=int, default=1000, help="of each kind")
    wanted = parser.parse_args().experiments
    start = time.process_time()
    early, cells = stopped_early(wanted), multivariate(wanted)
    OUT.write_text(written(early, cells, time.process_time() - start), encoding="utf-8")
    print(OUT.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
