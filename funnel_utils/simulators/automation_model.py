"""The model of the automation simulator: a small programme on people whose other life is known.

Five weeks of the usual flows, run as in `automation.simulation`. Everything is counted in people who buy within 28 days
of their assignment: those who click and then buy (what counting clicks would **claim**), the difference to the people
held out (the **estimate**), and the difference to the same people's lives without messages (the **truth**).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from funnel_utils.automation.simulation import CHANNELS, Audience, Programme, ProgrammeRun, simulate_programme
from funnel_utils.automation.simulation.people import KINDS
from funnel_utils.automation.simulation.result import EVENTS
from funnel_utils.errors import SpecError

DAYS, SIGNUPS, WITHIN = 35, 7, "28d"
WINDOW = 28 * 86_400
PURCHASE, REFILL, SENT, CLICKED, UNSUBSCRIBED, CAPPED = (
    EVENTS.index(name) for name in ("purchase", "refill", "sent", "clicked", "unsubscribed", "capped")
)
#: No more messages in a week than this: the dial's end, which stands for no cap.
NO_CAP = 8
_RANGES = {
    "people": (100, 10_000),
    "holdout": (0.02, 0.9),
    "most": (0, NO_CAP),
    "drops": (0, 20),
    "fatigue": (0.0, 1.0),
    "dogs": (0.0, 0.5),
    "sms": (0.0, 100_000.0),
    "lot": (0, 10_000),
}


@dataclass(frozen=True)
class AutomationModel:
    """A programme and its people.

    Parameters
    ----------
    people : int
        100 to 10,000.
    holdout : float
        Share held out by lot.
    most : int
        Messages a person may get within a week; 8 stands for any number.
    drops : int
        Price drops in the first four weeks, each told to whoever visited lately.
    fatigue : float
        How much each message tires.
    dogs : float
        Share of people whom messages drive off; the other kinds keep their proportions.
    sms : float
        Toman a text message.
    lot : int
        Another number draws another lot, and other people.

    Raises
    ------
    SpecError
        Naming the field, what it holds and what is allowed.
    """

    people: int = 3_000
    holdout: float = 0.2
    most: int = 3
    drops: int = 3
    fatigue: float = 0.12
    dogs: float = 0.09
    sms: float = 1_200.0
    lot: int = 1

    def __post_init__(self) -> None:
        for each in fields(self):
            value, (low, high) = getattr(self, each.name), _RANGES[each.name]
            if isinstance(value, bool) or not math.isfinite(value) or not low <= value <= high:
                raise SpecError(f"{each.name}={value!r}: needs a number from {low:g} to {high:g}.")
            if isinstance(low, int) and value != int(value):
                raise SpecError(f"{each.name}={value!r}: needs a whole number.")

    @classmethod
    def flood(cls) -> AutomationModel:
        """A message every other day, without a cap, to people whom it tires."""
        return cls(most=NO_CAP, drops=14, fatigue=0.3, dogs=0.25)

    @classmethod
    def small_holdout(cls) -> AutomationModel:
        """Too few people held out to learn anything."""
        return cls(people=2_000, holdout=0.03)

    @property
    def programme(self) -> Programme:
        """The usual flows under this model's restraints."""
        usual = Programme.usual(holdout=self.holdout, most=None if self.most >= NO_CAP else self.most)
        days = tuple(int(day) for day in np.linspace(1, 27, self.drops)) if self.drops else ()
        flows = tuple(
            replace(flow, days=tuple(sorted(set(days)))) if flow.trigger == "price_drop" else flow
            for flow in usual.flows
            if days or flow.trigger != "price_drop"
        )
        return usual.with_(flows=flows, costs=dict(usual.costs) | {"sms": self.sms})

    @property
    def audience(self) -> Audience:
        """Its people."""
        others = sum(kind.share for kind in KINDS[:-1])
        kinds = tuple(replace(kind, share=kind.share / others * (1 - self.dogs)) for kind in KINDS[:-1])
        kinds += (replace(KINDS[-1], share=1 - sum(kind.share for kind in kinds)),)
        return Audience(people=self.people, signups=SIGNUPS, kinds=kinds, fatigue=self.fatigue)


@dataclass(frozen=True, eq=False)
class AutomationOutcome:
    """What came of it; people who buy within 28 days, among those with messages.

    Attributes
    ----------
    model : AutomationModel
    claimed : int
        Who clicked and then bought.
    estimate, low, high : float
        The difference to those held out, times the people with messages, and its 95% interval.
    caused : int
        Who buy because of the messages, less those who do not buy because of them.
    kinds : DataFrame
        `kind`, `people`, `with_messages`, `without`, `true`; all people, held out or not.
    treated, held_out, sends, capped, unsubscribed : int
    cost : float
        Toman.
    """

    model: AutomationModel
    claimed: int
    estimate: float
    low: float
    high: float
    caused: int
    kinds: pd.DataFrame
    treated: int
    held_out: int
    sends: int
    capped: int
    unsubscribed: int
    cost: float

    @property
    def settled(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.low > 0 or self.high < 0


def simulate_automation(model: AutomationModel) -> AutomationOutcome:
    """Run the model.

    Raises
    ------
    SpecError
        If the lot holds out nobody.

    Examples
    --------
    >>> outcome = simulate_automation(AutomationModel())
    >>> outcome.low < outcome.caused < outcome.high
    True
    """
    run = simulate_programme(model.programme, model.audience, days=DAYS, seed=model.lot)
    effect = run.effect(WITHIN)
    treated = ~run.held_out
    rows = run.with_messages[treated[run.with_messages[:, 0]]]
    events = np.bincount(rows[:, 2], minlength=len(EVENTS))
    prices = np.array([run.programme.costs[name] for name in CHANNELS])
    caused = run.bought(run.with_messages, WITHIN)[treated].sum() - run.bought(run.without, WITHIN)[treated].sum()
    scale = effect.treated
    return AutomationOutcome(
        model,
        _claimed(run, rows),
        effect.difference * scale,
        effect.low * scale,
        effect.high * scale,
        int(caused),
        effect.kinds,
        effect.treated,
        effect.held_out,
        int(events[SENT]),
        int(events[CAPPED]),
        int(events[UNSUBSCRIBED]),
        float(prices[rows[rows[:, 2] == SENT, 3]].sum()),
    )


def _claimed(run: ProgrammeRun, rows: NDArray[np.int64]) -> int:
    """How many people click and buy after it, within their window."""
    since = rows[:, 1] - run.assigned[rows[:, 0]]
    rows = rows[(since >= 0) & (since < WINDOW)]
    first = np.full(run.audience.people, np.iinfo(np.int64).max)
    clicks = rows[rows[:, 2] == CLICKED]
    np.minimum.at(first, clicks[:, 0], clicks[:, 1])
    buys = rows[(rows[:, 2] == PURCHASE) | (rows[:, 2] == REFILL)]
    return len(np.unique(buys[buys[:, 1] > first[buys[:, 0]], 0]))
