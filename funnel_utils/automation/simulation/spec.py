"""What an automation programme is: which message follows which event, over which channel, and what holds it back.

A **flow** begins with a trigger, such as a cart that was left, and is a row of **steps**: wait, look whether the
message before was opened, send over a channel. A **programme** is some flows under common restraints: at most so
many messages within so many days, none in the quiet hours, and a share of people drawn by lot who get none of them
(the holdout). Consent is no setting: nobody is ever sent anything over a channel that she did not agree to.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from funnel_utils.durations import Duration, format_duration, parse_duration
from funnel_utils.errors import SpecError

CHANNELS = ("email", "sms", "push", "in_app")
BEST = "best"
"""Instead of a channel: of those that she agreed to, the one on which she has opened the largest share so far."""
WHEN = ("always", "opened", "not opened", "clicked", "not clicked")
TRIGGERS = ("welcome", "cart", "win_back", "replenishment", "price_drop", "newsletter")
LONGEST = 4
"""Steps that a flow may have."""
MOST = 16
"""Messages that a cap may allow within its time."""
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True)
class Step:
    """One message of a flow.

    Parameters
    ----------
    channel : str
        `"email"`, `"sms"`, `"push"`, `"in_app"`, or `"best"`: of those that she agreed to, the one she opens most.
    wait : duration
        Since the message before, for the first one since the trigger.
    when : str
        Send only if the message before was `"opened"`, `"not opened"`, `"clicked"` or `"not clicked"` by now;
        `"always"` by default. A message that could not go out was not opened.

    Raises
    ------
    SpecError
        If a field is none of these.
    """

    channel: str = "email"
    wait: Duration = "0s"
    when: str = "always"

    def __post_init__(self) -> None:
        object.__setattr__(self, "wait", parse_duration(self.wait, "wait"))
        if self.channel not in (*CHANNELS, BEST):
            raise SpecError(f"channel={self.channel!r}: choose one of {', '.join((*CHANNELS, BEST))}.")
        if self.when not in WHEN:
            raise SpecError(f"when={self.when!r}: choose one of {', '.join(WHEN)}.")


@dataclass(frozen=True)
class Flow:
    """A trigger and the steps that follow it. A flow that is under way does not begin again.

    Parameters
    ----------
    trigger : str
        `"welcome"` (signed up), `"cart"` (left with a full cart), `"win_back"` (no purchase for the time `after`),
        `"replenishment"` (the time `after` since she bought a consumable), `"price_drop"` (on `days`, whoever visited
        in the two weeks before), `"newsletter"` (on `days`, everybody).
    steps : tuple of Step
        One to four.
    after : duration, optional
        For `"win_back"` (45 days by default) and `"replenishment"` (27 days).
    days : tuple of int
        Days of the programme, from 0, for `"price_drop"` and `"newsletter"`.
    until_purchase : bool
        Whether a purchase ends the flow.

    Raises
    ------
    SpecError
        If a field is not valid or does not belong to the trigger.

    Examples
    --------
    >>> cart = Flow("cart", (Step("email", "4h"), Step("sms", "2d", when="not opened")))
    >>> cart.steps[1].when
    'not opened'
    """

    trigger: str
    steps: tuple[Step, ...]
    after: Duration | None = None
    days: tuple[int, ...] = ()
    until_purchase: bool = True

    def __post_init__(self) -> None:
        if self.trigger not in TRIGGERS:
            raise SpecError(f"trigger={self.trigger!r}: choose one of {', '.join(TRIGGERS)}.")
        object.__setattr__(self, "steps", tuple(self.steps))
        object.__setattr__(self, "days", tuple(self.days))
        if not 1 <= len(self.steps) <= LONGEST or not all(isinstance(one, Step) for one in self.steps):
            raise SpecError(f"steps of {self.trigger!r}: give one to {LONGEST} Steps, got {self.steps!r}.")
        waits = {"win_back": "45d", "replenishment": "27d"}
        if self.trigger in waits:
            after = parse_duration(waits[self.trigger] if self.after is None else self.after, "after")
            if not after:
                raise SpecError(f"after of {self.trigger!r} must be longer than nothing, such as '45d'.")
            object.__setattr__(self, "after", after)
        elif self.after is not None:
            raise SpecError(f"after is for win_back and replenishment; the flow {self.trigger!r} has no use for it.")
        by_day = self.trigger in ("price_drop", "newsletter")
        if by_day != bool(self.days):
            raise SpecError(f"days={self.days!r}: price_drop and newsletter need days, other triggers take none.")


@dataclass(frozen=True)
class Programme:
    """Flows under common restraints.

    Parameters
    ----------
    flows : tuple of Flow
        At most one of each trigger.
    most : int or None
        How many messages a person may get within any time `within`, over all channels; `None`: any number.
    within : duration
    quiet : tuple of str or None
        From and to which local time nothing goes out, such as `("21:00", "09:00")`; what falls due then waits. The hour
        at which they end is free again.
    holdout : float
        The share of people held out, by lot.
    costs : mapping of str to float
        Toman a message, by channel; a channel that is not named costs nothing.

    Raises
    ------
    SpecError
        If a field is not valid.

    Examples
    --------
    >>> usual = Programme.usual()
    >>> [flow.trigger for flow in usual.flows]
    ['welcome', 'cart', 'win_back', 'replenishment', 'price_drop']
    >>> usual.with_(most=1)
    Programme(5 flows; at most 1 within 1w; quiet 21:00 to 09:00; 20% held out)
    """

    flows: tuple[Flow, ...]
    most: int | None = 3
    within: Duration = "7d"
    quiet: tuple[str, str] | None = ("21:00", "09:00")
    holdout: float = 0.2
    costs: Mapping[str, float] = field(
        default_factory=lambda: {"email": 60.0, "sms": 1_200.0, "push": 30.0, "in_app": 0.0}
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "flows", tuple(self.flows))
        object.__setattr__(self, "within", parse_duration(self.within, "within"))
        object.__setattr__(self, "costs", dict(self.costs))
        if not self.flows or not all(isinstance(flow, Flow) for flow in self.flows):
            raise SpecError(f"flows={self.flows!r}: give one Flow or more.")
        triggers = [flow.trigger for flow in self.flows]
        if len(set(triggers)) != len(triggers):
            raise SpecError(f"flows: each trigger at most once, got {triggers}.")
        whole = isinstance(self.most, int) and not isinstance(self.most, bool)
        if self.most is not None and not (whole and 0 <= self.most <= MOST):
            raise SpecError(f"most={self.most!r}: give a whole number from 0 to {MOST}, or None for no cap.")
        if not self.within:
            raise SpecError("within must be longer than nothing, such as '7d'.")
        if isinstance(self.holdout, bool) or not 0 <= self.holdout < 1:
            raise SpecError(f"holdout={self.holdout!r}: give a share from 0 to below 1.")
        if self.quiet is not None and not (len(self.quiet) == 2 and all(_CLOCK.fullmatch(one) for one in self.quiet)):
            raise SpecError(f"quiet={self.quiet!r}: give two local times, such as ('21:00', '09:00'), or None.")
        for name, cost in self.costs.items():
            if name not in CHANNELS or not 0 <= cost < float("inf"):
                raise SpecError(f"costs[{name!r}]={cost!r}: give an amount of zero or more for {', '.join(CHANNELS)}.")

    @classmethod
    def usual(cls, **changes: Any) -> Programme:
        """The lifecycle programme of the lessons: a flow for each trigger but the newsletter."""
        flows = (
            Flow("welcome", (Step(BEST, "10m"), Step(BEST, "3d", when="not clicked"))),
            Flow("cart", (Step("email", "4h"), Step("sms", "1d", when="not opened"), Step(BEST, "2d", when="opened"))),
            Flow("win_back", (Step("email"), Step("sms", "4d", when="not opened")), after="45d"),
            Flow("replenishment", (Step(BEST), Step(BEST, "4d", when="not opened")), after="27d"),
            Flow("price_drop", (Step(BEST, "1h"),), days=(9, 23, 51)),
        )
        return cls(flows, **changes)

    def with_(self, **changes: Any) -> Programme:
        """The same with some fields changed."""
        return replace(self, **changes)

    @property
    def quiet_seconds(self) -> tuple[int, int]:
        """Begin and end of the quiet hours in seconds from midnight; equal where there are none."""
        if self.quiet is None:
            return 0, 0
        begin, end = (int(one[:2]) * 3600 + int(one[3:]) * 60 for one in self.quiet)
        return begin, end

    def __repr__(self) -> str:
        cap = "no cap" if self.most is None else f"at most {self.most} within {format_duration(self.within)}"  # type: ignore[arg-type]
        quiet = "no quiet hours" if self.quiet is None else f"quiet {self.quiet[0]} to {self.quiet[1]}"
        return f"Programme({len(self.flows)} flows; {cap}; {quiet}; {self.holdout:.0%} held out)"
