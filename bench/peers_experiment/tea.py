"""tea-tasting, on a pandas frame and on DuckDB through Ibis."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from peers_experiment import COLUMNS

PACKAGES = ("tea-tasting", "ibis-framework", "duckdb", "pandas", "numpy")


def _asked() -> Any:
    import tea_tasting as tt

    return tt.Experiment(
        bought=tt.Mean("bought"), spent=tt.Mean("spent"), cuped=tt.Mean("spent", "before"), srm=tt.SampleRatio()
    )


def _answer(data: Any) -> dict[str, float]:
    found = _asked().analyze(data, control="control")
    told = {name: found[name].effect_size for name in ("bought", "spent", "cuped")}
    return {name: float(value) for name, value in told.items()} | {"srm": float(found["srm"].pvalue)}


def from_file(path: str) -> dict[str, float]:
    import pandas as pd

    return _answer(pd.read_parquet(path, columns=COLUMNS))


def from_file_duckdb(path: str) -> dict[str, float]:
    import ibis

    return _answer(ibis.duckdb.connect().read_parquet(path))


def alone() -> tuple[Callable[[], Any], int]:
    import tea_tasting as tt

    means = {"bought": 0.1, "spent": 20.0, "before": 10.0}
    spread = {"bought": 0.09, "spent": 400.0, "before": 200.0}
    cov = {("before", "spent"): 100.0}
    arms = {
        "control": tt.aggr.Aggregates(10_000, means, spread, cov),
        "new": tt.aggr.Aggregates(10_100, means | {"bought": 0.11, "spent": 20.4}, spread, cov),
    }
    asked = _asked()

    def once() -> Any:
        return asked.analyze(arms, control="control")

    return once, 1
