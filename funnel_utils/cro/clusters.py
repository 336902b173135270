"""Clusters: what it costs that units came in groups.

Units of one office, city or class are alike, so that a hundred of them say less than a hundred strangers. By how much
is the **intraclass correlation** (ICC), the share of the variance that lies between clusters, and the **design effect**
`1 + (mean size - 1) ICC`, the factor by which it inflates the variance of a mean. An analysis that takes units for
independent has intervals too narrow by the root of that, and calls differences real that chance made.

References
----------
Donner, A., Klar, N. (2000). Design and Analysis of Cluster Randomization Trials in Health Research. Arnold, chapters 1
and 5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from funnel_utils.cro.layout import SIZE
from funnel_utils.errors import SpecError
from funnel_utils.stats.counts import floats

if TYPE_CHECKING:
    from funnel_utils.cro.result import ExperimentResult


class Icc(NamedTuple):
    """An intraclass correlation, the mean size of a cluster that goes with it, and the design effect."""

    icc: float
    mean_size: float
    design_effect: float


def icc(
    clusters: ArrayLike,
    units: ArrayLike,
    sizes_squared: ArrayLike,
    total: ArrayLike,
    squares: ArrayLike,
    between: ArrayLike,
) -> Icc:
    """The intraclass correlation by analysis of variance, from sums, within arms.

    Parameters
    ----------
    clusters, units : array-like
        How many there are, for each arm.
    sizes_squared : array-like
        Sum over clusters of their squared size.
    total, squares : array-like
        Sum over units of the value, and of its square.
    between : array-like
        Sum over clusters of (sum of the cluster's values)^2 / size.

    Returns
    -------
    Icc
        Below zero where units of one cluster differ more than strangers do; the design effect is then below 1. It is
        `1 + (m - 1) icc` with m the mean size weighted by size.

    Examples
    --------
    Two clusters of two, (0, 0) and (1, 1), in each of two arms: units of a cluster are the same.

    >>> icc([2, 2], [4, 4], [8, 8], [2, 2], [2, 2], [2, 2]).icc
    1.0
    """
    k, n, nn, y, yy, b = floats(clusters, units, sizes_squared, total, squares, between)
    within = float((yy - b).sum()) / float((n - k).sum()) if (n > k).any() else np.nan
    among = float((b - y**2 / n).sum()) / float((k - 1).sum()) if (k > 1).any() else np.nan
    usual = float((n - nn / n).sum() / (k - 1).sum()) if (k > 1).any() else np.nan
    bottom = among + (usual - 1) * within
    found = (among - within) / bottom if bottom > 0 else float("nan")
    weighted = float(nn.sum() / n.sum())
    return Icc(float(found), float(n.sum() / k.sum()), 1 + (weighted - 1) * float(found))


def cluster_rows(result: ExperimentResult) -> pd.DataFrame:
    """See `ExperimentResult.clusters`."""
    if not result.layout.clustered:
        raise SpecError("clusters: the units of this experiment came one by one; see clusters= of Experiment.")
    moments = result.moments
    rows = []
    for metric, columns in zip(result.spec.metrics, result.layout.columns, strict=True):
        if columns.x is not None:
            continue
        y = columns.y
        sums = moments.sum(SIZE), moments.product(SIZE, SIZE), moments.sum(y)
        found = icc(moments.n, *sums, moments.sum(f"{y}_squares"), moments.sum(f"{y}_between"))
        rows.append((metric.name, int(moments.n.sum()), round(float(sums[0].sum())), *found))
    names = ["metric", "clusters", "units", "icc", "mean_size", "design_effect"]
    return pd.DataFrame(rows, columns=names)
