"""The journey simulator: spend on channels, walk people past them, take one away, and see which rule told the truth.

A walk has a few steps. Somebody is *undecided* or *decided*; who is decided buys in the end with a known chance, who is
not does not. At each step a person meets one channel, or none. Meeting a channel may make an undecided person decide:
that is the channel's **effect**, and all the good it does. But channels also differ in whom they meet: one that
**follows** the decided (paid search on the shop's name, retargeting) stands on many paths to a purchase and causes few.

Because the walk is a Markov chain of two hidden states, everything is exact: the chance of every path, and what would
be lost without a channel. Where undecided people decide with probability `a` at each of `n` steps, the share
that decides is `1 - (1 - a)^n`, and without a channel `a` is smaller by its part. No attribution rule sees the state.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property, lru_cache
from typing import Any

import ipywidgets as widgets
import numpy as np
import pandas as pd

from funnel_utils.errors import SpecError
from funnel_utils.journey.attribution.crediting import credit_of
from funnel_utils.journey.attribution.paths import Floats, Ints, Paths
from funnel_utils.journey.attribution.settings import MODELS, Settings
from funnel_utils.simulators.journey_picture import describe, figure
from funnel_utils.simulators.view import NumberControl, Simulator, heading
from funnel_utils.text import t

__all__ = ["ChannelModel", "JourneyModel", "JourneyOutcome", "JourneySimulator", "describe", "figure", "simulate"]

#: What time decay takes one touch to be older than the next.
STEP_DAYS = 3
MOST_CHANNELS, MOST_STEPS = 8, 6
#: Distinct paths at most: what a slider can wait for.
MOST_PATHS = 25_000


@dataclass(frozen=True)
class ChannelModel:
    """One channel.

    Parameters
    ----------
    name : str
    spend : float
        Million toman; more of it reaches more people, ever more slowly.
    half : float
        The spend that reaches half of all it could; 0 for a channel that costs nothing and always has all its reach.
    reach : float
        Chance that an undecided person meets it at a step, at endless spend.
    follows : float
        How many times as often it meets the decided.
    effect : float
        Chance that meeting it makes an undecided person decide.
    """

    name: str
    spend: float
    half: float
    reach: float
    follows: float
    effect: float

    def __post_init__(self) -> None:
        for field in ("spend", "half", "follows"):
            if not getattr(self, field) >= 0:
                raise SpecError(f"{self.name}: {field}={getattr(self, field)!r}; it is zero or more.")
        for field in ("reach", "effect"):
            if not 0 <= getattr(self, field) <= 1:
                raise SpecError(f"{self.name}: {field}={getattr(self, field)!r}; a chance lies between 0 and 1.")

    @property
    def met(self) -> float:
        """Chance that an undecided person meets it at a step, at its spend."""
        return self.reach * (1 - 2 ** (-self.spend / self.half)) if self.half else self.reach


CHANNELS = (
    ChannelModel("display", 300, 300, 0.28, 0.2, 0.12),
    ChannelModel("social", 350, 350, 0.28, 0.3, 0.14),
    ChannelModel("email", 20, 20, 0.16, 0.8, 0.10),
    ChannelModel("paid_search", 250, 250, 0.06, 5.0, 0.01),
    ChannelModel("retargeting", 150, 150, 0.05, 5.0, 0.01),
    ChannelModel("direct", 0, 0, 0.025, 6.0, 0.0),
)


@dataclass(frozen=True)
class JourneyModel:
    """What the sliders set.

    Parameters
    ----------
    channels : tuple of ChannelModel
    people : float
        People who walk.
    decided : float
        Share of them that has decided before the first step.
    buys : float
        Chance that a decided person buys in the end.
    steps : int
        Steps of a walk.
    value : float
        Million toman an order.
    removed : str or None
        A channel to take away.

    Raises
    ------
    SpecError
        If a number is out of its range, or people would meet more than one channel at a step.

    Examples
    --------
    >>> outcome = simulate(JourneyModel())
    >>> round(outcome.conversions), round(outcome.baseline), outcome.nearest
    (2849, 1000, 'first')
    """

    channels: tuple[ChannelModel, ...] = CHANNELS
    people: float = 20_000
    decided: float = 0.10
    buys: float = 0.5
    steps: int = 5
    value: float = 1.5
    removed: str | None = None

    def __post_init__(self) -> None:
        names = [channel.name for channel in self.channels]
        if not 1 <= len(names) <= MOST_CHANNELS or len(set(names)) < len(names):
            raise SpecError(f"channels: {names!r}; there are 1 to {MOST_CHANNELS}, each with a name of its own.")
        for field in ("decided", "buys"):
            if not 0 <= getattr(self, field) <= 1:
                raise SpecError(f"{field}={getattr(self, field)!r}; a share lies between 0 and 1.")
        for field in ("people", "value"):
            if not getattr(self, field) >= 0:
                raise SpecError(f"{field}={getattr(self, field)!r}; it is zero or more.")
        if self.steps not in range(1, MOST_STEPS + 1) or len(names) ** self.steps > MOST_PATHS:
            raise SpecError(
                f"steps={self.steps!r} with {len(names)} channels; 1 to {MOST_STEPS} steps, and at most "
                f"{MOST_PATHS:,} longest paths."
            )
        crowd = max(sum(c.reach for c in self.channels), sum(c.reach * c.follows for c in self.channels))
        if crowd > 1 + 1e-9:
            raise SpecError(f"channels: a step would meet {crowd:.2f} of them; lower reach or follows to 1 in all.")
        if self.removed is not None and self.removed not in names:
            raise SpecError(f"removed={self.removed!r} is not one of {', '.join(names)}.")

    @property
    def spend(self) -> float:
        """Million toman in all."""
        return sum(channel.spend for channel in self.channels)

    def met(self) -> tuple[Floats, Floats]:
        """Chance that an undecided, and that a decided person meets each channel at a step."""
        met = np.array([channel.met for channel in self.channels])
        return met, met * [channel.follows for channel in self.channels]


@dataclass(frozen=True, eq=False)
class JourneyOutcome:
    """What a model leads to.

    Attributes
    ----------
    model : JourneyModel
    conversions : float
        Expected purchases with every channel.
    baseline : float
        Expected purchases without any channel: people who had decided before.
    lost : dict of str to float
        Expected purchases lost without each channel: the truth.
    """

    model: JourneyModel
    conversions: float
    baseline: float
    lost: dict[str, float]

    @cached_property
    def paths(self) -> Paths:
        """Every path with its expected purchases and its walks that end without one."""
        return _paths(self.model)

    @cached_property
    def credits(self) -> pd.DataFrame:
        """What each rule credits: `model`, `channel`, `conversions` and `share` (of all purchases)."""
        settings = Settings(half_life=timedelta(days=7))
        parts = [credit_of(self.paths, model, settings) for model in MODELS]
        table = pd.concat(parts, keys=MODELS, names=["model", None]).reset_index(level="model")
        return table[["model", "channel", "conversions", "share"]].reset_index(drop=True)

    @cached_property
    def misplaced(self) -> dict[str, float]:
        """For each rule the share of its credit that would have to move to another channel to be true.

        As in `funnel_utils.journey.attribution.truth.against`; empty where no channel causes anything.
        """
        truth = np.array(list(self.lost.values()))
        found = {}
        for model in MODELS:
            credit = np.array([self.credit(model, name) for name in self.lost])
            if truth.sum() > 1e-9 and credit.sum() > 0:
                found[str(model)] = float(np.abs(credit / credit.sum() - truth / truth.sum()).sum() / 2)
        return found

    @property
    def nearest(self) -> str | None:
        """The rule that misplaces least; `None` where no channel causes anything."""
        return min(self.misplaced, key=lambda model: self.misplaced[model], default=None)

    def credit(self, model: str, channel: str) -> float:
        """Purchases that a rule credits to a channel."""
        found = self._credit.get((model, channel))
        return 0.0 if found is None else found

    @cached_property
    def _credit(self) -> dict[tuple[str, str], float]:
        rows = self.credits
        return dict(zip(zip(rows["model"], rows["channel"], strict=True), rows["conversions"], strict=True))


def simulate(model: JourneyModel) -> JourneyOutcome:
    """Work out a model: purchases, and what is lost without each channel.

    Examples
    --------
    One channel that half of the undecided meet once and that convinces half of them:

    >>> one = JourneyModel((ChannelModel("ad", 0, 0, 0.5, 1, 0.5),), people=1000, decided=0.2, buys=1, steps=1)
    >>> outcome = simulate(one)
    >>> outcome.conversions, outcome.baseline, outcome.lost
    (400.0, 200.0, {'ad': 200.0})
    """
    met, _ = model.met()
    part = met * np.array([channel.effect for channel in model.channels])
    conversions = _bought(model, float(part.sum()))
    lost = {
        channel.name: conversions - _bought(model, float(part.sum() - own))
        for channel, own in zip(model.channels, part, strict=True)
    }
    return JourneyOutcome(model, conversions, _bought(model, 0.0), lost)


def _bought(model: JourneyModel, convinced: float) -> float:
    """Expected purchases when undecided people decide with this probability at each step."""
    decides = 1 - (1 - convinced) ** model.steps
    return float(model.people * model.buys * (model.decided + (1 - model.decided) * decides))


def _paths(model: JourneyModel) -> Paths:
    """Every path of up to `steps` channels, by one step after the other over the chances of the two states."""
    meets, effect = np.array(model.met()), np.array([channel.effect for channel in model.channels])
    nothing = 1 - meets.sum(axis=1)
    size = len(model.channels)
    # Chance of (path, state) by the length of the path; paths of a length are in order of their channels.
    reached = [np.zeros((size**length, 2)) for length in range(model.steps + 1)]
    reached[0][0] = 1 - model.decided, model.decided
    for _ in range(model.steps):
        for length in range(model.steps, 0, -1):
            undecided, decided = reached[length - 1][:, :1], reached[length - 1][:, 1:]
            stays = undecided * (meets[0] * (1 - effect))
            turns = undecided * (meets[0] * effect) + decided * meets[1]
            came = np.stack([stays, turns], axis=-1).reshape(-1, 2)
            reached[length] = reached[length] * nothing + came
        reached[0] = reached[0] * nothing
    chance = np.concatenate(reached) * model.people
    names, codes, offsets, ages_s = _every_path(tuple(channel.name for channel in model.channels), model.steps)
    bought = chance[:, 1] * model.buys
    return Paths(names, codes, offsets, bought, chance.sum(axis=1) - bought, bought * model.value, ages_s)


@lru_cache(maxsize=4)
def _every_path(names: tuple[str, ...], steps: int) -> tuple[tuple[str, ...], Ints, Ints, Floats]:
    """All paths over the channels, shortest first: names, codes, where each begins, ages of touches (s)."""
    codes, ages, lengths = [], [], [0]
    for length in range(1, steps + 1):
        grid = np.indices((len(names),) * length).reshape(length, -1).T
        codes.append(grid.ravel())
        ages.append(np.tile(np.arange(length, 0, -1), len(grid)))
        lengths += [length] * len(grid)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    day = 86_400.0
    age = np.concatenate(ages).astype(np.float64) * (STEP_DAYS * day)
    return names, np.concatenate(codes).astype(np.int64), offsets, age


class JourneySimulator(Simulator):
    """Sliders over a `JourneyModel`.

    Parameters
    ----------
    start : JourneyModel, optional
        Where the sliders start and what Reset returns to.

    Attributes
    ----------
    model : JourneyModel
        What the controls say now.
    outcome : JourneyOutcome
        What it leads to.
    """

    def __init__(self, start: JourneyModel | None = None) -> None:
        super().__init__()
        self.start = start or JourneyModel()
        self.controls = _controls(self.start)
        self.remove = widgets.Dropdown(
            options=[(t("simulators.journey.remove.none"), ""), *((c.name, c.name) for c in self.start.channels)],
            value=self.start.removed or "",
            description=t("simulators.journey.remove"),
            tooltip=t("simulators.journey.remove"),
            style={"description_width": "14.5em"},
            layout={"width": "auto"},
        )
        self.reset = widgets.Button(description=t("simulators.reset"), tooltip=t("simulators.reset.tip"), icon="undo")
        spends = [control for name, control in self.controls.items() if name.startswith("spend ")]
        others = [control for name, control in self.controls.items() if not name.startswith("spend ")]
        self._lay_out(
            [
                heading(t("simulators.journey.group.spend")),
                *spends,
                heading(t("simulators.journey.group.people")),
                *others,
                heading(t("simulators.journey.group.remove")),
                self.remove,
                self.reset,
            ]
        )
        for control in (*self.controls.values(), self.remove):
            control.observe(self._changed, "value")
        self.reset.on_click(self._back_to_start)
        self._resetting = False
        self._changed()

    @property
    def model(self) -> JourneyModel:
        """The model that the controls say."""
        at_start = _values(self.start)
        moved = {name: one.value for name, one in self.controls.items() if one.value != at_start[name]}
        channels = tuple(
            replace(c, spend=moved.pop(f"spend {c.name}")) if f"spend {c.name}" in moved else c
            for c in self.start.channels
        )
        for name in {"decided", "buys"} & set(moved):
            moved[name] /= 100
        changes: dict[str, Any] = {**moved, "channels": channels, "removed": self.remove.value or None}
        return replace(self.start, **changes)

    @property
    def outcome(self) -> JourneyOutcome:
        """What the controls lead to."""
        return simulate(self.model)

    def _changed(self, change: Any = None) -> None:
        if self._resetting:
            return
        outcome = self.outcome
        self.show(lambda: figure(outcome), describe(outcome))

    def _back_to_start(self, button: Any = None) -> None:
        self._resetting = True
        try:
            for name, value in _values(self.start).items():
                self.controls[name].value = value
            self.remove.value = self.start.removed or ""
        finally:
            self._resetting = False
        self._changed()


def _values(model: JourneyModel) -> dict[str, float]:
    """The controls' numbers of a model; shares in per cent."""
    spend = {f"spend {channel.name}": float(channel.spend) for channel in model.channels if channel.half}
    shares = {name: round(getattr(model, name) * 100, 6) for name in ("decided", "buys")}
    return {**spend, **shares, "value": float(model.value)}


def _controls(start: JourneyModel) -> dict[str, NumberControl]:
    made = {}
    halves = {channel.name: channel.half for channel in start.channels}
    for name, value in _values(start).items():
        if name.startswith("spend "):
            channel = name.removeprefix("spend ")
            high = max(4 * halves[channel], value)
            made[name] = NumberControl(t("simulators.journey.spend", channel=channel), value, 0.0, high, high / 80)
        elif name == "value":
            high = max(4 * value, 1.0)
            made[name] = NumberControl(t("simulators.journey.value"), value, 0.0, high, high / 60)
        else:
            made[name] = NumberControl(t(f"simulators.journey.{name}"), value, 0.0, 100.0, 1.0)
    return made
