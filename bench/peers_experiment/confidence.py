"""spotify-confidence: its statistics on sums that pandas makes; no covariates, so the plain mean is asked twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from peers_experiment import COLUMNS

PACKAGES = ("spotify-confidence", "pandas", "numpy")


def _sums(path: str) -> Any:
    import pandas as pd

    frame = pd.read_parquet(path, columns=COLUMNS[:3])
    made = frame.assign(spent2=frame["spent"] ** 2, n=1)
    return made.groupby("variant").sum().reset_index()


def _tests(sums: Any) -> dict[str, float]:
    import spotify_confidence as sc
    from scipy.stats import chisquare

    rates = sc.ZTest(sums, "bought", None, "n", categorical_group_columns="variant", interval_size=0.95)
    means = sc.StudentsTTest(sums, "spent", "spent2", "n", categorical_group_columns="variant", interval_size=0.95)
    found = {
        name: float(test.difference(level_1="control", level_2="new", absolute=True)["difference"].iloc[0])
        for name, test in (("bought", rates), ("spent", means))
    }
    return found | {"cuped": float("nan"), "srm": float(chisquare(sums["n"]).pvalue)}


def from_file(path: str) -> dict[str, float]:
    return _tests(_sums(path))


def alone() -> tuple[Callable[[], Any], int]:
    import pandas as pd

    rows = {"variant": ["control", "new"], "n": [10_000, 10_100], "bought": [1000, 1111]}
    sums = pd.DataFrame(rows | {"spent": [2e5, 2.06e5], "spent2": [8e6, 8.2e6]})
    return (lambda: _tests(sums)), 1
