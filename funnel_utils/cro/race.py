"""The race to N conversions: a sequential test that a child can run, with two counts and no statistics.

Count the conversions of both arms as they come. If the treatment gets `lead` ahead of the control, it has won; if there
are `conversions` in all before that, it has not. People are split evenly. Without an effect each conversion is then
as likely the one's as the other's, so the lead is a random walk, and the chance that it ever reaches a height in N
steps is exact, by reflection. It needs rare conversions, so that people who do not convert do not matter; and it finds
only a better treatment.

References
----------
Miller, E. (2015). Simple sequential A/B testing. evanmiller.org.
Feller, W. (1968). An Introduction to Probability Theory and Its Applications I, 3rd edition. Wiley, chapter III.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from funnel_utils.cro.peeking import check_alpha
from funnel_utils.errors import SpecError

#: More conversions than this are not searched: the lift is too small for a race.
LONGEST = 5_000_000


@dataclass(frozen=True)
class Race:
    """A race that keeps alpha and has the power.

    Attributes
    ----------
    conversions : int
        Of both arms together, at which the race ends without a winner.
    lead : int
        By which the treatment must be ahead to win.
    false_alarm, power : float
        The chances that it wins without an effect, and with the lift.
    """

    conversions: int
    lead: int
    false_alarm: float
    power: float


def plan_race(lift: float, *, alpha: float = 0.05, power: float = 0.8) -> Race:
    """The shortest race that finds a lift.

    Parameters
    ----------
    lift : float
        Relative, above 0: 0.5 for half as many again.
    alpha : float
        Level, of this one side.
    power : float

    Raises
    ------
    SpecError
        If an argument is out of range, or no race of a practicable length does it.

    Examples
    --------
    >>> found = plan_race(0.5)
    >>> found.conversions, found.lead
    (170, 26)
    """
    check_alpha(alpha)
    if not (math.isfinite(lift) and lift > 0):
        raise SpecError(f"lift={lift!r} must be above 0, such as 0.2 for 20%.")
    if not alpha < power < 1:
        raise SpecError(f"power={power!r} must lie between alpha and 1.")
    null, better = 0.5, (1 + lift) / (2 + lift)
    last = 1
    while not _enough(last, null, better, alpha, power):
        last *= 2
        if last > LONGEST:
            raise SpecError(f"lift={lift!r} would need more than {LONGEST:,} conversions. Plan a single look instead.")
    first = last // 2
    # The lead is a whole number, so power does not grow smoothly with N: halve coarsely, then walk.
    while last - first > 512:
        middle = (first + last) // 2
        first, last = (first, middle) if _enough(middle, null, better, alpha, power) else (middle, last)
    for n in range(max(1, first - 512), last + 1):
        if _enough(n, null, better, alpha, power):
            lead = _lead(n, null, alpha)
            return Race(n, lead, reach(n, lead, null), reach(n, lead, better))
    raise AssertionError("unreachable: the last N was enough")


def reach(steps: int, height: int, up: float) -> float:
    """The chance that a walk of so many steps ever reaches a height, if each step goes up with chance `up`, else down.

    Examples
    --------
    >>> reach(2, 1, 0.5), reach(3, 3, 0.5)
    (0.5, 0.125)
    """
    from scipy.special import bdtr, bdtrc

    if height > steps:
        return 0.0
    if not 0 < up < 1:
        raise SpecError(f"up={up!r} must lie strictly between 0 and 1.")
    # It ends at or above the height; or it was there and fell back, which is as likely as a mirrored path.
    above = float(bdtrc(math.ceil((steps + height) / 2) - 1, steps, up))
    fallen = math.ceil((steps - height) / 2) - 1
    below = float(bdtr(fallen, steps, up)) if fallen >= 0 else 0.0
    return above + below * (up / (1 - up)) ** height


def _enough(n: int, null: float, better: float, alpha: float, power: float) -> bool:
    lead = _lead(n, null, alpha)
    return lead <= n and reach(n, lead, better) >= power


def _lead(n: int, null: float, alpha: float) -> int:
    """The least lead whose false alarms stay within alpha."""
    low, high = 0, n + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reach(n, middle, null) <= alpha else (middle, high)
    return high
