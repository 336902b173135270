"""p-values adjusted for how many questions were asked."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from funnel_utils.stats.counts import Floats, floats


def holm(pvalues: ArrayLike) -> Floats:
    """Holm-adjusted p-values: the chance of any false alarm among all of them stays below alpha. NaNs stay out.

    References
    ----------
    Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian J. Statistics 6, 65-70.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03])
    array([0.03, 0.06, 0.06])
    """
    return _adjust(pvalues, "holm")


def benjamini_hochberg(pvalues: ArrayLike) -> Floats:
    """Benjamini-Hochberg adjusted p-values: the expected share of false alarms among those below alpha. NaNs stay out.

    References
    ----------
    Benjamini, Y., Hochberg, Y. (1995). Controlling the false discovery rate. J. Royal Statistical Society B 57,
    289-300.

    Examples
    --------
    >>> benjamini_hochberg([0.01, 0.04, 0.03])
    array([0.03, 0.04, 0.04])
    """
    return _adjust(pvalues, "fdr_bh")


def _adjust(pvalues: ArrayLike, method: str) -> Floats:
    from statsmodels.stats.multitest import multipletests

    (p,) = floats(pvalues)
    adjusted = np.full_like(p, np.nan)
    seen = ~np.isnan(p)
    if seen.any():
        adjusted[seen] = multipletests(p[seen], method=method)[1]
    return adjusted
