"""How long a slider waits for its picture: processor time of one move of each simulator of experiments.

A move is what a person does: a slider is let go, the model is solved, its sentence written, the picture drawn and
packed.
Every dial of every simulator is moved a few times, by one step each, so that nothing is answered from a cache of the
same numbers. Run it on a quiet machine: `python bench/simulators.py`.
"""

from __future__ import annotations

import statistics
import time

from funnel_utils import simulators

KINDS = ("Peeking", "Power", "Coverage", "Split", "Cuped", "Interaction", "Curse", "Retention", "Automation")
MOVES = 6
#: What a move may take, ms.
TARGET = 150


def moves(kind: str) -> dict[str, list[float]]:
    """Milliseconds of the moves of each dial."""
    simulator = getattr(simulators, f"{kind}Simulator")()
    taken: dict[str, list[float]] = {}
    for field, control in simulator.controls.items():
        slider = control._slider
        taken[field] = []
        for _ in range(MOVES):
            there = slider.value + slider.step
            start = time.process_time()
            control.value = there if there <= slider.max else slider.min
            taken[field].append((time.process_time() - start) * 1000)
        simulator.move(simulator.start)
    return taken


def main() -> None:
    print(f"| simulator | median move, ms | slowest dial, ms (median of {MOVES}) |")
    print("|---|---|---|")
    late = []
    for kind in KINDS:
        dials = {field: statistics.median(times) for field, times in moves(kind).items()}
        slowest = max(dials, key=lambda field: dials[field])
        print(f"| {kind} | {statistics.median(dials.values()):.0f} | {slowest} {dials[slowest]:.0f} |")
        late += [f"{kind} {field}" for field, median in dials.items() if median > TARGET]
    print(f"\nOver {TARGET} ms: {', '.join(late) or 'none'}.")


if __name__ == "__main__":
    main()
