"""gbstats (GrowthBook): its statistics on sums that pandas makes; it reads no data itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from peers_experiment import COLUMNS

PACKAGES = ("gbstats", "pandas", "numpy")


def _sums(path: str) -> Any:
    import pandas as pd

    frame = pd.read_parquet(path, columns=COLUMNS)
    made = frame.assign(
        spent2=frame["spent"] ** 2, before2=frame["before"] ** 2, both=frame["spent"] * frame["before"], n=1
    )
    return made.groupby("variant").sum()


def _adjusted(row: Any, theta: float) -> Any:
    from gbstats.models.statistics import RegressionAdjustedStatistic, SampleMeanStatistic

    n = int(row["n"])
    return RegressionAdjustedStatistic(
        n=n,
        post_statistic=SampleMeanStatistic(n=n, sum=row["spent"], sum_squares=row["spent2"]),
        pre_statistic=SampleMeanStatistic(n=n, sum=row["before"], sum_squares=row["before2"]),
        post_pre_sum_of_products=row["both"],
        theta=theta,
    )


def _tests(sums: Any) -> dict[str, float]:
    from gbstats.frequentist.tests import FrequentistConfig, TwoSidedTTest
    from gbstats.models.statistics import ProportionStatistic, compute_theta
    from gbstats.utils import check_srm

    arms = [sums.loc[name] for name in ("control", "new")]
    theta = compute_theta(*(_adjusted(row, 0.0) for row in arms))
    adjusted = [_adjusted(row, theta) for row in arms]
    pairs = {
        "bought": [ProportionStatistic(n=int(row["n"]), sum=row["bought"]) for row in arms],
        "spent": [one.post_statistic for one in adjusted],
        "cuped": adjusted,
    }
    config = FrequentistConfig(difference_type="absolute")
    found = {name: float(TwoSidedTTest(*pair, config).compute_result().expected) for name, pair in pairs.items()}
    return found | {"srm": float(check_srm([int(n) for n in sums["n"]], [0.5, 0.5]))}


def from_file(path: str) -> dict[str, float]:
    return _tests(_sums(path))


def alone() -> tuple[Callable[[], Any], int]:
    import pandas as pd

    rows = {"n": 10_000, "bought": 1000, "spent": 2e5, "before": 1e5, "spent2": 8e6, "before2": 3e6, "both": 3e6}
    other = rows | {"n": 10_100, "bought": 1111, "spent": 2.06e5, "before": 1.01e5}
    sums = pd.DataFrame([rows, other], index=["control", "new"])
    return (lambda: _tests(sums)), 1
