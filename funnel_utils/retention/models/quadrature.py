"""Two kinds of averages that the customer models need, as fixed sums: over an exponential and over a beta distribution.

The closed forms of these models are Gauss hypergeometric functions, which overflow for busy customers and have poles at
parameters that fits do reach (`a = 1` of the BG/NBD). The same quantities are averages of smooth functions, so they are
written as such and summed by the trapezoidal rule after a change of variable that makes its error fall exponentially
with the number of points: 1e-12 of the value or better here. Gradients come from the same sums.

References
----------
Takahasi, H., Mori, M. (1974). Double exponential formulas for numerical integration. Publications of RIMS 9, 721-741.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from funnel_utils.stats import Floats


def exponential_nodes(step: float = 0.1) -> tuple[Floats, Floats]:
    """Points and weights so that `sum(weights * f(points))` is the mean of `f` over a standard exponential variable.

    `f` may rise like a power near zero, as the points crowd there.

    Parameters
    ----------
    step : float
        Of the trapezoidal rule; half of it, twice the points.

    Examples
    --------
    >>> q, w = exponential_nodes()
    >>> f"{(w * q**3).sum():.12f}"
    '6.000000000000'
    """
    q, w = half_line_nodes(step)
    return q, w * np.exp(-q)


def half_line_nodes(step: float = 0.1) -> tuple[Floats, Floats]:
    """Points and weights so that `sum(weights * f(points))` is the integral over `0..infinity` of an `f` that falls
    like `exp(-point)` or faster in the end."""
    t = np.arange(-3.6, 3.8, step)
    q = np.exp(t - np.exp(-t))
    return q, step * q * (1 + np.exp(-t))


def beta_nodes(a: float, b: ArrayLike, step: float = 0.06) -> tuple[Floats, Floats]:
    """Points and weights of the beta distributions with parameters `a` and each of `b`.

    Parameters
    ----------
    a : float
    b : array-like
        One number or many.
    step : float
        Of the trapezoidal rule.

    Returns
    -------
    tuple of ndarray
        Points and weights, each with a row for an element of `b`. The weights of a row add up to one, so that
        `(weights * f(points)).sum(axis=1)` is the mean of `f`.

    Examples
    --------
    >>> p, w = beta_nodes(0.8, [2.5, 300.0])
    >>> [f"{mean:.12f}" for mean in (w * p).sum(axis=1)], [f"{0.8 / 3.3:.12f}", f"{0.8 / 300.8:.12f}"]
    (['0.242424242424', '0.002659574468'], ['0.242424242424', '0.002659574468'])
    """
    others = np.atleast_1d(np.asarray(b, dtype=float))[:, None]
    # On the logit scale the density is smooth with exponential tails; the hyperbolic sine reaches far into the tails
    # of a small parameter and still samples the narrow peak of large ones.
    width = np.sqrt(1 / a + 1 / others)
    reach = np.arcsinh(38 / np.minimum(a, others.min()) / width.min()) if others.size else 1.0
    t = np.arange(-reach, reach + step, step)
    logit = np.log(a) - np.log(others) + width * np.sinh(t)
    log_p, log_q = -np.logaddexp(0.0, -logit), -np.logaddexp(0.0, logit)
    density = a * log_p + others * log_q
    weights = np.exp(density - density.max(axis=1, keepdims=True)) * np.cosh(t)
    # Never zero: what is averaged may be divided by its argument.
    return np.exp(np.maximum(log_p, -600.0)), weights / weights.sum(axis=1, keepdims=True)
