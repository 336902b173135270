"""What the looks of a group-sequential test allow to say, while it runs and when it has ended.

While it runs: **repeated confidence intervals**, the estimate plus or minus the critical value times its standard
error, which hold together at all looks. When it has ended: the plain estimate is too large, because experiments stop
when luck and effect point the same way. The **stage-wise ordering** calls an outcome the more extreme the earlier it
crossed; the p-value, the median-unbiased estimate and the interval follow from the chance of an outcome at least as
extreme, as a function of the true effect.

References
----------
Jennison, C., Turnbull, B. W. (1989). Interim analyses: the repeated confidence interval approach. J. Royal Statistical
Society B 51, 305-361.
Tsiatis, A. A., Rosner, G. L., Mehta, C. R. (1984). Exact confidence intervals following a group sequential test.
Biometrics 40, 797-803.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from funnel_utils.cro.boundaries import PLANNED, critical_values, lower_of, spend_by_steps, spent
from funnel_utils.cro.peeking import numbers
from funnel_utils.cro.recursion import Inside, amounts_of, crossing, leaving, staying
from funnel_utils.cro.sequential import GroupSequential
from funnel_utils.cro.tabled import Tabled
from funnel_utils.errors import SpecError
from funnel_utils.stats import Floats

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: How far from its plan a planned look may come, as a share of the planned information.
PUNCTUAL = 0.02


@dataclass(frozen=True)
class Adjusted:
    """What an experiment that has ended says, with its stopping rule taken into account.

    Attributes
    ----------
    look : int
        Where it ended.
    p : float
        That the outcome, or one more extreme, comes without an effect; two-sided in a two-sided test.
    estimate : float
        Median unbiased: as likely too high as too low.
    low, high : float
        At 1 - alpha; `high` is infinite in a one-sided test.
    """

    look: int
    p: float
    estimate: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Monitored(Tabled):
    """A group-sequential test so far.

    Attributes
    ----------
    spec : GroupSequential
    table : DataFrame
        A row per look: `look`, `information`, `estimate`, `se`, `z`, `bound` (critical value), `crossed`, `low`, `high`
        (repeated confidence interval), `spent` (alpha used by then).
    stopped : int or None
        The first look at which a bound was crossed.
    final : Adjusted or None
        Once it has ended, by crossing or by reaching the last look; in units of the estimate.
    """

    spec: GroupSequential
    table: pd.DataFrame
    stopped: int | None
    final: Adjusted | None

    @property
    def verdict(self) -> str:
        """Where the test stands, in plain words."""
        from funnel_utils.cro.sequential_words import say_monitored

        return say_monitored(self)

    def plot(self) -> Figure:
        """The path of z between its bounds."""
        from funnel_utils.charts.sequential import bounds_chart

        return bounds_chart(self.spec, self)


def monitor(
    spec: GroupSequential,
    estimate: ArrayLike,
    se: ArrayLike,
    information: Sequence[float] | None = None,
    *,
    last: bool = False,
) -> Monitored:
    """`GroupSequential.monitor`."""
    found, error = numbers("estimate", estimate), numbers("se", se)
    if found.ndim != 1 or found.shape != error.shape or not len(found):
        raise SpecError(f"{found.size} estimates and {error.size} standard errors: give one of each a look.")
    if not np.isfinite(found).all() or not (np.isfinite(error) & (error > 0)).all():
        raise SpecError("Every estimate must be finite and every standard error above 0.")
    times = _times(spec, len(found), information)
    z = found / error
    bound = _bounds(spec, times, last)
    used = crossing(bound, lower_of(bound, spec.sides), times)
    crossed = (z >= bound) | (z <= lower_of(bound, spec.sides))
    half = bound * error
    table = pd.DataFrame(
        {
            "look": np.arange(1, len(z) + 1),
            "information": times,
            "estimate": found,
            "se": error,
            "z": z,
            "bound": bound,
            "crossed": crossed,
            "low": found - half,
            "high": found + half if spec.sides == 2 else np.inf,
            "spent": (used.upper + used.lower).cumsum(),
        }
    )
    stopped = int(np.argmax(crossed)) + 1 if crossed.any() else None
    ended = stopped or (len(z) if last or times[-1] >= 1 - 1e-9 else None)
    final = None
    if ended:
        k = ended - 1
        raw = adjusted(bound[:k], times[:ended], float(z[k]), spec.alpha, spec.sides)
        # The drift is the expected z at information 1; the effect is what the estimate estimates.
        unit = float(error[k]) * math.sqrt(float(times[k]))
        final = Adjusted(ended, raw.p, raw.estimate * unit, raw.low * unit, raw.high * unit)
    return Monitored(spec, table, stopped, final)


def adjusted(bound: Floats, information: Floats, z: float, alpha: float, sides: int) -> Adjusted:
    """p-value, median-unbiased drift and its interval by the stage-wise ordering.

    Parameters
    ----------
    bound : array
        Critical values at the looks before the last.
    information : array
        At the looks up to the last.
    z : float
        At the last look.
    alpha : float
    sides : {1, 2}

    Examples
    --------
    After a single look it is the ordinary test:

    >>> found = adjusted(np.empty(0), np.array([1.0]), 1.96, 0.05, 2)
    >>> [round(value, 3) for value in (found.p, found.estimate, found.low, found.high)]
    [0.05, 1.96, 0.0, 3.92]
    """
    from scipy.optimize import brentq

    if not math.isfinite(z):
        raise SpecError(f"z={z!r} must be a finite number.")
    lower = lower_of(bound, sides)

    def higher(drift: float) -> float:
        """The chance of this outcome or one further up."""
        inside: Inside | None = None
        gone = 0.0
        for k in range(len(bound)):
            gone += leaving(inside, information, k, float(bound[k]), -math.inf, drift)[0]
            inside = staying(inside, information, k, float(bound[k]), float(lower[k]), drift)
        return gone + leaving(inside, information, len(bound), z, -math.inf, drift)[0]

    root = math.sqrt(float(information[-1]))
    near, far = (z - 12) / root, (z + 12) / root
    # Whoever crosses late with a huge z would have crossed before, were the effect as large: it may lie far away.
    while higher(near) > 1e-6:
        near -= (far - near) / 2
    while higher(far) < 1 - 1e-6:
        far += (far - near) / 2

    def at(chance: float) -> float:
        return float(brentq(lambda drift: higher(drift) - chance, near, far, xtol=1e-8))

    up = higher(0.0)
    p = up if sides == 1 else min(1.0, 2 * min(up, 1 - up))
    low = at(alpha / sides)
    return Adjusted(len(information), p, at(0.5), low, at(1 - alpha / 2) if sides == 2 else math.inf)


def _times(spec: GroupSequential, looks: int, information: Sequence[float] | None) -> Floats:
    planned = spec.information
    if information is None:
        if looks > len(planned):
            raise SpecError(f"{looks} looks, but the design has {len(planned)}. Say the information at each.")
        return planned[:looks]
    times = amounts_of(information, "information")
    if len(times) != looks:
        raise SpecError(f"information has {len(times)} entries for {looks} looks.")
    if spec.kind in PLANNED:
        if looks > len(planned) or np.abs(times - planned[:looks]).max() > PUNCTUAL:
            raise SpecError(
                f"information={list(map(float, times))}: the bounds of {spec.kind!r} hold at the planned looks "
                f"{planned.round(3).tolist()} only. For looks at other times use kind='lan_demets_{spec.kind}'."
                if spec.kind in ("obrien_fleming", "pocock")
                else f"information={list(map(float, times))}: the bounds hold at the planned looks only."
            )
        return planned[:looks]
    if (times[:-1] >= 1).any():
        raise SpecError(
            f"information={list(map(float, times))}: all of alpha is spent at 1; only the last may reach it."
        )
    return times


def _bounds(spec: GroupSequential, times: Floats, last: bool) -> Floats:
    if spec.kind in PLANNED:
        return spec.z[: len(times)]
    if not last:
        return critical_values(spec.kind, times, spec.alpha, spec.sides, spec.shape)
    steps = np.diff(spent(spec.kind, times, spec.alpha / spec.sides, spec.shape), prepend=0.0)
    steps[-1] = spec.alpha / spec.sides - steps[:-1].sum()
    return spend_by_steps(times, steps, spec.sides)
