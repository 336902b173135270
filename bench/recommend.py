"""Five offers for everybody against `implicit`'s item-item cosine: `python bench/recommend.py`.

Baskets are drawn (100,000 people, 1,000 items, some ten items each, popular ones more often). Timed, in processor
seconds and in turns: learning the likeness and choosing five items for each person that she has not. The scores of the
two are compared for a sample of people. All neighbours count: with fewer, `implicit` keeps those of what a person has,
and we those of what she might get, so that scores differ.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
PEOPLE, ITEMS, NEIGHBOURS = 100_000, 1_000, 1_000

PEER = """
import json, sys, time
import numpy as np
from scipy.sparse import load_npz
from implicit.nearest_neighbours import CosineRecommender
bought = load_npz(sys.argv[1]).astype(np.float64).tocsr()
def ask():
    model = CosineRecommender(K=int(sys.argv[2]) + 1, num_threads=1)
    model.fit(bought, show_progress=False)
    return model.recommend(np.arange(bought.shape[0]), bought, N=5, filter_already_liked_items=True)
before = time.process_time()
_, scores = ask()
print(json.dumps({"cpu": time.process_time() - before, "scores": np.asarray(scores)[:200].tolist()}))
"""


def draw(people: int) -> object:
    """A sparse table of who has what."""
    from scipy.sparse import csr_matrix

    random = np.random.default_rng(1)
    weights = 1 / np.arange(1, ITEMS + 1) ** 0.7
    items = random.choice(ITEMS, size=people * 10, p=weights / weights.sum())
    rows = np.repeat(np.arange(people), 10)
    made = csr_matrix((np.ones(len(rows)), (rows, items)), shape=(people, ITEMS))
    made.data[:] = 1
    return made


def ours(bought: object) -> tuple[float, np.ndarray]:
    import pandas as pd

    from funnel_utils.automation.recommend import Baskets, Recommendations, Recommender

    people, items = bought.shape  # type: ignore[attr-defined]
    baskets = Baskets(pd.RangeIndex(people), pd.RangeIndex(items), bought)  # type: ignore[arg-type]
    before = time.process_time()
    model = Recommendations(Recommender(neighbours=NEIGHBOURS, shrink=0), baskets)
    _, scores, _ = model.best(bought, 5)  # type: ignore[arg-type]
    return time.process_time() - before, scores


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    asked.add_argument("--people", type=float, default=PEOPLE)
    asked.add_argument("--rounds", type=int, default=3)
    options = asked.parse_args()
    from environments import python_for
    from scipy.sparse import save_npz

    bought = draw(int(options.people))
    ours(draw(100))  # compiled before the clock runs
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bought.npz"
        save_npz(path, bought)
        for _ in range(options.rounds):
            mine, scores = ours(bought)
            command = [str(python_for("implicit")), "-c", PEER, str(path), str(NEIGHBOURS)]
            done = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
            apart = np.abs(np.sort(scores[:200], axis=1) - np.sort(np.array(done["scores"]), axis=1)).max()
            times = done["cpu"] / mine
            print(f"ours {mine:.2f} s, implicit {done['cpu']:.2f} s: {times:.2f} times; scores apart {apart:.1e}")
            if apart > 1e-9:
                raise SystemExit("the offers' scores differ.")


if __name__ == "__main__":
    main()
