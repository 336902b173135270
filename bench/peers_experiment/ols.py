"""statsmodels: regressions on every row, with errors that allow for unequal variances."""

from __future__ import annotations

from typing import Any

from peers_experiment import COLUMNS

PACKAGES = ("statsmodels", "pandas", "numpy")


def from_file(path: str) -> dict[str, float]:
    import numpy as np
    import pandas as pd
    import statsmodels.api as sm
    from scipy.stats import chisquare

    frame = pd.read_parquet(path, columns=COLUMNS)
    new = (frame["variant"] == "new").to_numpy(dtype=float)
    plain = np.column_stack([np.ones_like(new), new])
    adjusted = np.column_stack([plain, frame["before"] - frame["before"].mean()])

    def effect(column: str, design: Any) -> float:
        fit = sm.OLS(frame[column].to_numpy(dtype=float), design).fit(cov_type="HC1")
        fit.pvalues  # noqa: B018  # what it is asked for, computed when looked at
        return float(fit.params[1])

    found = {"bought": effect("bought", plain), "spent": effect("spent", plain), "cuped": effect("spent", adjusted)}
    return found | {"srm": float(chisquare([(new == 0).sum(), new.sum()]).pvalue)}
