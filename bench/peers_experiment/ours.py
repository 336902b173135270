"""`funnel_utils`: the file is read by the engine; one query for everything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

PACKAGES = ("funnel_utils", "duckdb", "ibis-framework", "numpy", "pandas")


def _asked() -> Any:
    from funnel_utils.cro import Conversion, Experiment, Mean

    metrics = [Conversion("bought"), Mean("spent"), Mean("spent", name="cuped", covariates="before")]
    return Experiment(metrics, correction="none")


def from_file(path: str) -> dict[str, float]:
    result = _asked().run(path)
    return {row.metric: row.difference for row in result.effects} | {"srm": result.srm.p}


def _moments() -> dict[str, Any]:
    from funnel_utils.cro import Moments

    means = {"bought": 0.1, "spent": 20.0, "before": 10.0}
    products = {("spent", "spent"): 4e6, ("spent", "before"): 1e6, ("before", "before"): 2e6}
    arms = {"control": Moments(10_000, means, products)}
    arms["new"] = Moments(10_100, means | {"bought": 0.11, "spent": 20.4}, products)
    return arms


def alone() -> tuple[Callable[[], Any], int]:
    test, arms = _asked(), _moments()

    def once() -> Any:
        result = test.of_moments(arms)
        return result.effects, result.srm.p

    return once, 1


def many() -> tuple[Callable[[], Any], int]:
    import numpy as np

    from funnel_utils.cro import compare_moments
    from funnel_utils.stats import chi_square_fit

    size = 1000
    arms = {name: one.cell(None).cell([0] * size) for name, one in _moments().items()}

    def once() -> Any:
        found = [compare_moments(metric, arms["new"], arms["control"]) for metric in _asked().metrics]
        return found, chi_square_fit(np.stack([arms["control"].n, arms["new"].n], axis=-1)).p

    return once, size
