"""p-values adjusted for how many questions were asked.

Two promises are on offer. Bonferroni, Šidák, Holm, Holm-Šidák, Hochberg and Hommel keep the chance of **any** false
alarm below alpha; Holm asks nothing of how the questions hang together and is never worse than Bonferroni, Hochberg and
Hommel find a little more where they are independent or positively dependent. Benjamini-Hochberg keeps the **share** of
false alarms among all alarms below alpha, Benjamini-Yekutieli does so whatever the dependence. NaNs are no questions
and stay NaN.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from funnel_utils.errors import SpecError
from funnel_utils.stats.counts import Floats, check_alpha


def p_adjust(pvalues: ArrayLike, method: str = "holm") -> Floats:
    """Adjusted p-values: compare each with alpha.

    Parameters
    ----------
    pvalues : array-like, one-dimensional
        Between 0 and 1; NaN is left out.
    method : str
        `"none"`, `"bonferroni"`, `"sidak"`, `"holm"`, `"holm_sidak"`, `"hochberg"`, `"hommel"`,
        `"benjamini_hochberg"` (or `"bh"`, `"fdr"`), `"benjamini_yekutieli"` (or `"by"`).

    Raises
    ------
    SpecError
        If a p-value is not between 0 and 1, or the method is not known.

    References
    ----------
    Wright, S. P. (1992). Adjusted p-values for simultaneous inference. Biometrics 48, 1005-1013.

    Examples
    --------
    >>> p_adjust([0.01, 0.04, 0.03], "hochberg")
    array([0.03, 0.04, 0.04])
    """
    name = str(method).lower().replace("-", "_")
    adjust = _METHODS.get(_SHORT.get(name, name))
    if adjust is None:
        raise SpecError(f"p_adjust: method={method!r} is not known; it is one of {', '.join(_METHODS)}.")
    p = np.atleast_1d(np.asarray(pvalues, dtype=np.float64))
    if p.ndim != 1:
        raise SpecError(f"p_adjust: takes one list of p-values, not an array of shape {p.shape}.")
    if ((p < 0) | (p > 1)).any():
        raise SpecError(f"p_adjust: {p[(p < 0) | (p > 1)][0]:g} is no p-value; they lie between 0 and 1.")
    adjusted = np.full_like(p, np.nan)
    seen = np.flatnonzero(~np.isnan(p))
    order = seen[np.argsort(p[seen], kind="stable")]
    if len(order):
        adjusted[order] = np.minimum(adjust(p[order]), 1.0)
    return adjusted


def bonferroni(pvalues: ArrayLike) -> Floats:
    """Bonferroni-adjusted p-values: each times their number.

    Examples
    --------
    >>> bonferroni([0.01, 0.04, 0.03])
    array([0.03, 0.12, 0.09])
    """
    return p_adjust(pvalues, "bonferroni")


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
    return p_adjust(pvalues, "holm")


def hochberg(pvalues: ArrayLike) -> Floats:
    """Hochberg-adjusted p-values: Holm from the other end, for independent or positively dependent questions.

    References
    ----------
    Hochberg, Y. (1988). A sharper Bonferroni procedure for multiple tests of significance. Biometrika 75, 800-802.

    Examples
    --------
    >>> hochberg([0.01, 0.04, 0.03])
    array([0.03, 0.04, 0.04])
    """
    return p_adjust(pvalues, "hochberg")


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
    return p_adjust(pvalues, "benjamini_hochberg")


def benjamini_yekutieli(pvalues: ArrayLike) -> Floats:
    """Benjamini-Yekutieli adjusted p-values: as Benjamini-Hochberg, under any dependence.

    References
    ----------
    Benjamini, Y., Yekutieli, D. (2001). The control of the false discovery rate in multiple testing under dependency.
    Annals of Statistics 29, 1165-1188.

    Examples
    --------
    >>> benjamini_yekutieli([0.01, 0.04, 0.03]).round(4)
    array([0.055 , 0.0733, 0.0733])
    """
    return p_adjust(pvalues, "benjamini_yekutieli")


def simultaneous_alpha(alpha: float, comparisons: int, method: str = "bonferroni") -> float:
    """The error of each of several intervals that shall all hold together with error `alpha`.

    Parameters
    ----------
    alpha : float
    comparisons : int
        How many intervals.
    method : {"bonferroni", "sidak"}
        Šidák's is a hair wider an error, and exact where the intervals are independent.

    Examples
    --------
    >>> simultaneous_alpha(0.05, 2), round(simultaneous_alpha(0.05, 2, "sidak"), 6)
    (0.025, 0.025321)
    """
    check_alpha(alpha)
    if comparisons < 1:
        raise SpecError(f"simultaneous_alpha: comparisons={comparisons!r} is one or more.")
    if method == "bonferroni":
        return alpha / comparisons
    if method == "sidak":
        return float(-np.expm1(np.log1p(-alpha) / comparisons))
    raise SpecError(f"simultaneous_alpha: method={method!r} is 'bonferroni' or 'sidak'.")


# The rules themselves, on p-values sorted from the smallest.


def _ranks(p: Floats) -> Floats:
    return np.arange(1, len(p) + 1, dtype=np.float64)


def _harmonic(p: Floats) -> float:
    return float((1 / _ranks(p)).sum())


def _upwards(p: Floats) -> Floats:
    """No larger p-value may end with a smaller adjusted one."""
    return np.maximum.accumulate(p)


def _downwards(p: Floats) -> Floats:
    return np.minimum.accumulate(p[::-1])[::-1]


def _one_of(p: Floats, times: Floats | int) -> Floats:
    """The chance that at least one of `times` independent p-values is as small."""
    with np.errstate(divide="ignore"):
        return np.asarray(-np.expm1(np.log1p(-p) * times), dtype=np.float64)


def _hommel(p: Floats) -> Floats:
    """Hommel's adjustment in the form of Wright (1992), section 3."""
    n, ranks = len(p), _ranks(p)
    found = np.full(n, (n * p / ranks).min())
    adjusted = found.copy()
    for m in range(n - 1, 1, -1):
        first, last = p[: n - m + 1], p[n - m + 1 :]
        least = (m * last / np.arange(2, m + 1)).min()
        found[: n - m + 1] = np.minimum(m * first, least)
        found[n - m + 1 :] = found[n - m]
        adjusted = np.maximum(adjusted, found)
    at_least: Floats = np.maximum(adjusted, p)
    return at_least


_METHODS: dict[str, Callable[[Floats], Floats]] = {
    "none": lambda p: p,
    "bonferroni": lambda p: p * len(p),
    "sidak": lambda p: _one_of(p, len(p)),
    "holm": lambda p: _upwards(p * (len(p) + 1 - _ranks(p))),
    "holm_sidak": lambda p: _upwards(_one_of(p, len(p) + 1 - _ranks(p))),
    "hochberg": lambda p: _downwards(p * (len(p) + 1 - _ranks(p))),
    "hommel": _hommel,
    "benjamini_hochberg": lambda p: _downwards(p * len(p) / _ranks(p)),
    "benjamini_yekutieli": lambda p: _downwards(p * len(p) / _ranks(p) * _harmonic(p)),
}
_SHORT = {"bh": "benjamini_hochberg", "fdr": "benjamini_hochberg", "by": "benjamini_yekutieli"}
_SHORT |= {"fdr_bh": "benjamini_hochberg", "fdr_by": "benjamini_yekutieli", "simes_hochberg": "hochberg"}
