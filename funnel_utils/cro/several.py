"""Several arms against one control, with one promise for all of them.

Each comparison shares the control, so the comparisons go together: a control that came out low by chance makes every
arm look good. Dunnett's critical value knows that and is a little smaller than Bonferroni's. Given the control's error
the arms are independent, which leaves one integral to do (two, where the spread is itself estimated).

References
----------
Dunnett, C. W. (1955). A multiple comparison procedure for comparing several treatments with a control. JASA 50,
1096-1121.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from funnel_utils import stats
from funnel_utils.errors import SpecError
from funnel_utils.stats.counts import Floats, check_alpha, floats, side_of

NODES = 96
#: More degrees of freedom than this are as good as infinitely many.
MANY = 2000.0


class Several(NamedTuple):
    """Every arm against control: adjusted intervals and p-values, one element an arm."""

    difference: Floats
    low: Floats
    high: Floats
    p: Floats
    critical: float


def dunnett(
    estimate: ArrayLike,
    variance: ArrayLike,
    control: float,
    control_variance: float,
    *,
    freedom: float = np.inf,
    alpha: float = stats.ALPHA,
    alternative: str = "two-sided",
) -> Several:
    """Compare several arms with control so that all statements together hold at `1 - alpha`.

    Parameters
    ----------
    estimate, variance : array-like, (arms,)
        The arms' estimates and their squared standard errors.
    control, control_variance : float
        The same of control.
    freedom : float
        Degrees of freedom of the spread; infinite for the normal.
    alpha : float
        The chance that any of the intervals misses.
    alternative : {"two-sided", "larger", "smaller"}

    Returns
    -------
    Several
        `p < alpha` exactly where the interval leaves out 0.

    Examples
    --------
    >>> found = dunnett([11.0, 12.0], [0.5, 0.5], 10.0, 0.5)
    >>> found.p.round(3).tolist(), round(found.critical, 3)
    ([0.502, 0.083], 2.212)
    """
    a, square = floats(estimate, variance)
    if not len(a) or (square <= 0).any() or control_variance <= 0:
        raise SpecError(
            "dunnett: takes one arm or more, every squared standard error above 0; leave out arms that do not vary."
        )
    se = np.sqrt(square + control_variance)
    loadings = np.sqrt(control_variance) / se
    side, difference = side_of(alternative), a - control
    edge = dunnett_critical(loadings, freedom=freedom, alpha=alpha, alternative=alternative)
    z = difference / se
    seen = np.abs(z) if side == "two-sided" else z if side == "larger" else -z
    p = np.array([1 - _all_within(float(each), loadings, freedom, side) for each in seen])
    low = difference - edge * se if side != "smaller" else np.full_like(z, -np.inf)
    high = difference + edge * se if side != "larger" else np.full_like(z, np.inf)
    return Several(difference, low, high, np.clip(p, 0.0, 1.0), edge)


def dunnett_critical(
    loadings: ArrayLike, *, freedom: float = np.inf, alpha: float = stats.ALPHA, alternative: str = "two-sided"
) -> float:
    """Dunnett's critical value.

    Parameters
    ----------
    loadings : array-like, (arms,)
        Of each comparison, the share of its standard error that is control's: control's standard error over that of the
        difference. Two comparisons correlate by the product of theirs; arms of equal size have sqrt(1/2).
    freedom, alpha, alternative
        See `dunnett`.

    Examples
    --------
    >>> round(dunnett_critical([0.5**0.5] * 3, freedom=20), 2)  # Dunnett's table: 2.54
    2.54
    """
    from scipy.optimize import brentq

    check_alpha(alpha)
    shared = np.atleast_1d(np.asarray(loadings, dtype=np.float64))
    if not ((shared > 0) & (shared < 1)).all() or not freedom >= 1:
        raise SpecError("dunnett_critical: loadings lie between 0 and 1, and freedom is 1 or more.")
    side = side_of(alternative)
    return float(brentq(lambda edge: _all_within(edge, shared, freedom, side) - (1 - alpha), -10, 500, xtol=1e-10))


def _all_within(edge: float, loadings: Floats, freedom: float, side: str) -> float:
    """The chance that no comparison exceeds `edge` when there is no difference anywhere."""
    from scipy.special import ndtr

    at, weight = _normal_nodes()
    scale, share = _spread_nodes(freedom)
    shared, own = loadings[:, None, None], np.sqrt(1 - loadings**2)[:, None, None]
    reach, moved = edge * scale[None, :, None] / own, shared * at[None, None, :] / own
    inside = ndtr(reach + moved)
    if side == "two-sided":
        inside = inside - ndtr(-reach + moved)
    return float(share @ (np.clip(inside, 0, 1).prod(axis=0) @ weight))


@lru_cache
def _normal_nodes() -> tuple[Floats, Floats]:
    at, weight = np.polynomial.hermite_e.hermegauss(NODES)
    return at, weight / weight.sum()


@lru_cache
def _spread_nodes(freedom: float) -> tuple[Floats, Floats]:
    """Places and weights of an estimated standard deviation, as a multiple of the true one."""
    from scipy.special import roots_genlaguerre

    if freedom > MANY:
        return np.ones(1), np.ones(1)
    if freedom > 300:
        # So narrow by then that a normal on the scale of its logarithm is exact enough.
        at, weight = _normal_nodes()
        return np.exp(at / np.sqrt(2 * freedom) - 1 / (4 * freedom)), weight
    at, weight = roots_genlaguerre(64, freedom / 2 - 1)
    return np.sqrt(2 * at / freedom), weight / weight.sum()
