"""Critical values of group-sequential tests: several looks that together keep the level alpha.

**Planned looks.** `z_k = C * t_k^(shape - 1/2)` with `t_k` the information at look k as a share of the last, and `C`
such that the chance of crossing at any look without an effect is alpha. Shape 0 is O'Brien and Fleming's, which hardly
stops early and costs almost nothing; 1/2 is Pocock's, the same critical value at each look; those between are Wang and
Tsiatis'. Haybittle and Peto keep a fixed, high value until the last look.

**Spending.** Lan and DeMets instead say how much alpha may have been spent by the time a share t of the information is
in; the bounds then follow one after another, at whatever times the looks really come. Each side of a two-sided test
spends half of alpha by the same function `f(t)`, with `a` that half:

- `lan_demets_obrien_fleming`: `2 - 2 Phi(z(1 - a/2) / sqrt(t))`
- `lan_demets_pocock`: `a log(1 + (e - 1) t)`
- `power`: `a t^shape` (Kim and DeMets)
- `hwang_shih_decani`: `a (1 - exp(-shape t)) / (1 - exp(-shape))`

References
----------
Pocock, S. J. (1977). Biometrika 64, 191-199. O'Brien, P. C., Fleming, T. R. (1979). Biometrics 35, 549-556. Lan, K. K.
G., DeMets, D. L. (1983). Biometrika 70, 659-663. Wang, S. K., Tsiatis, A. A. (1987). Biometrics 43, 193-199. Hwang, I.
K., Shih, W. J., De Cani, J. S. (1990). Statistics in Medicine 9, 1439-1445.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from funnel_utils.cro.recursion import Inside, crossing, leaving, staying
from funnel_utils.errors import SpecError
from funnel_utils.stats import Floats

#: Kinds whose looks are planned, with the shape of those that have no choice.
PLANNED: dict[str, float | None] = {"obrien_fleming": 0.0, "pocock": 0.5, "wang_tsiatis": None, "haybittle_peto": 3.0}
#: Kinds that spend alpha, with a usual shape of those that take one.
SPENDING: dict[str, float | None] = {
    "lan_demets_obrien_fleming": None,
    "lan_demets_pocock": None,
    "power": 3.0,
    "hwang_shih_decani": -4.0,
}
#: The critical value that stands for "cannot be crossed here".
NEVER = math.inf


def spent(kind: str, information: Floats, alpha: float, shape: float | None = None) -> Floats:
    """How much of one side's alpha may be spent by each information time; all of it from 1 on.

    Parameters
    ----------
    kind : str
        One of `SPENDING`.
    information : array
        Shares of the planned information.
    alpha : float
        Of the side: half the level of a two-sided test.
    shape : float, optional
        Of `power` and `hwang_shih_decani`.

    Examples
    --------
    >>> spent("lan_demets_obrien_fleming", np.array([0.5, 1.0]), 0.025).round(5).tolist()
    [0.00153, 0.025]
    """
    from scipy.special import ndtr, ndtri

    t = np.minimum(np.asarray(information, dtype=np.float64), 1.0)
    if kind == "lan_demets_obrien_fleming":
        found = 2 * ndtr(float(ndtri(alpha / 2)) / np.sqrt(t))
    elif kind == "lan_demets_pocock":
        found = alpha * np.log1p((math.e - 1) * t)
    elif kind == "power":
        found = alpha * t ** _shape(kind, shape)
    elif _shape(kind, shape) == 0:
        found = alpha * t
    else:
        found = alpha * np.expm1(-_shape(kind, shape) * t) / math.expm1(-_shape(kind, shape))
    return np.asarray(found, dtype=np.float64)


def critical_values(kind: str, information: Floats, alpha: float, sides: int, shape: float | None = None) -> Floats:
    """Upper critical values of Z at each look; the lower ones of a two-sided test are their negatives.

    Parameters
    ----------
    kind : str
        One of `PLANNED` or `SPENDING`.
    information : array
        Increasing shares of the planned information; of planned looks the last is 1.
    alpha : float
        Level of the whole test.
    sides : {1, 2}
    shape : float, optional
        Of the kinds that take one.

    Returns
    -------
    array
        `inf` where so little may be spent that no value is large enough.

    Examples
    --------
    >>> critical_values("obrien_fleming", np.array([0.5, 1.0]), 0.05, 2).round(3).tolist()
    [2.797, 1.977]
    >>> critical_values("pocock", np.array([0.5, 1.0]), 0.05, 2).round(3).tolist()
    [2.178, 2.178]
    """
    if kind in SPENDING:
        steps = np.diff(spent(kind, information, alpha / sides, shape), prepend=0.0)
        return spend_by_steps(information, steps, sides)
    if kind == "haybittle_peto":
        return _last_free(information, _shape(kind, shape), alpha, sides)
    return _scaled(information ** (_shape(kind, shape) - 0.5), information, alpha, sides)


def spend_by_steps(information: Floats, steps: Floats, sides: int) -> Floats:
    """Critical values such that each side's chance of first crossing at each look is what `steps` says."""
    made = np.full(len(information), NEVER)
    inside: Inside | None = None
    for k, step in enumerate(steps):
        made[k] = _value_for(inside, information, k, float(step))
        if k + 1 < len(information):
            inside = staying(inside, information, k, made[k], -made[k] if sides == 2 else -math.inf)
    return made


def lower_of(upper: Floats, sides: int) -> Floats:
    """The lower critical values that go with the upper ones."""
    return -upper if sides == 2 else np.full(len(upper), -math.inf)


def _value_for(inside: Inside | None, information: Floats, k: int, step: float) -> float:
    """The critical value that is first crossed at look `k` with probability `step`."""
    if step <= 1e-300:
        return NEVER

    def excess(z: float) -> float:
        above, _ = leaving(inside, information, k, z, -math.inf)
        return math.log(max(above, 1e-320)) - math.log(step)

    if excess(-9.0) < 0:
        raise SpecError(f"At look {k + 1} more alpha is to be spent than can still cross: take a smaller alpha.")
    return _root(excess, -9.0, 38.0)


def _scaled(shape: Floats, information: Floats, alpha: float, sides: int) -> Floats:
    """`C * shape` with the constant that keeps alpha."""
    from scipy.special import ndtri

    least = -float(ndtri(alpha / sides))

    def excess(constant: float) -> float:
        upper = constant * shape
        found = crossing(upper, lower_of(upper, sides), information)
        # On the scale of z the level is almost a straight line in the constant, so few steps find it.
        return least + float(ndtri(min(float((found.upper + found.lower).sum()), 1 - 1e-15) / sides))

    if len(information) == 1:
        return np.array([least])
    if least <= 0:
        raise SpecError(f"alpha={alpha!r} is too large for bounds of this shape.")
    # At this constant no look uses more than its share of alpha, so all together cannot either.
    most = -float(ndtri(alpha / sides / len(shape))) / float(shape.min())
    return _root(excess, least / float(shape[-1]), most) * shape


def _last_free(information: Floats, fixed: float, alpha: float, sides: int) -> Floats:
    """A fixed value until the last look, which keeps alpha."""
    from scipy.special import ndtr

    made = np.full(len(information), fixed)
    inside: Inside | None = None
    gone = 0.0
    for k in range(len(information) - 1):
        gone += leaving(inside, information, k, fixed, -math.inf)[0]
        inside = staying(inside, information, k, fixed, -fixed if sides == 2 else -math.inf)
    if gone >= alpha / sides:
        raise SpecError(
            f"{len(information)} looks at z={fixed:g} alone spend {gone * sides:.3g}; that leaves nothing of "
            f"alpha={alpha:g} for the last. Take a higher shape (a z), {float(ndtr(-fixed)):.2g} is used at each look."
        )
    made[-1] = _value_for(inside, information, len(information) - 1, alpha / sides - gone)
    return made


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    from scipy.optimize import brentq

    return float(brentq(function, low, high, xtol=1e-9, rtol=1e-12))


def _shape(kind: str, shape: float | None) -> float:
    usual = PLANNED.get(kind) if kind in PLANNED else SPENDING[kind]
    value = usual if shape is None else shape
    if value is None:
        raise SpecError(f"kind={kind!r} needs a shape: for 'wang_tsiatis' 0 is O'Brien-Fleming's, 0.5 Pocock's.")
    return float(value)
