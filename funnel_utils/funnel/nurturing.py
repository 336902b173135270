"""Nurturing: what happens to those who dropped out of a funnel just before one step, and what bringing them back costs.

The documents call it the work of the middle: people who compared and left are kept in touch with until they are ready.
Two shares define it here, so that each can be measured by itself: how many of the drop-outs the follow-up reaches, and
how many of those then take the step.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Real

from funnel_utils.errors import SpecError


@dataclass(frozen=True)
class Nurturing:
    """Following up those who dropped out just before one step.

    Of the units that reached the step before `step` but not `step` itself, `share` are reached by the follow-up
    (messages, calls, a guide); of these, `rate` come back and reach `step` after all. From there on they are counted
    like everybody else.

    Parameters
    ----------
    step : int
        The step (2..K) that the drop-outs had missed.
    share : float
        Share of the drop-outs reached by the follow-up, 0 to 1.
    rate : float
        Share of those reached who then reach `step`, 0 to 1.
    cost : float
        Money spent per unit reached, whether it comes back or not.

    Examples
    --------
    >>> guide = Nurturing(step=3, share=0.5, rate=0.2, cost=2_000)
    >>> guide.returned
    0.1
    """

    step: int
    share: float
    rate: float
    cost: float = 0.0

    def __post_init__(self) -> None:
        check_share("nurturing.share", self.share)
        check_share("nurturing.rate", self.rate)
        check_money("nurturing.cost", self.cost)

    @property
    def returned(self) -> float:
        """Share of the drop-outs who reach the step after all."""
        return self.share * self.rate


def is_number(x: object) -> bool:
    """Whether `x` is a finite real number (a bool is not)."""
    return isinstance(x, Real) and not isinstance(x, bool) and math.isfinite(x)


def check_share(field: str, x: float) -> None:
    """Raise a `SpecError` naming `field` unless `x` is a share from 0 to 1."""
    if not is_number(x) or not 0 <= x <= 1:
        raise SpecError(f"{field}={x!r} is not a share from 0 to 1 (12.5% is 0.125).")


def check_money(field: str, x: float) -> None:
    """Raise a `SpecError` naming `field` unless `x` is an amount of 0 or more."""
    if not is_number(x) or x < 0:
        raise SpecError(f"{field}={x!r} is not an amount of money of 0 or more.")
