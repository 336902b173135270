"""Find the leak: a funnel, a few repairs to pay for, and the question where to spend them.

Each repair closes half of the gap between a step's rate and what the best shops reach there. The step with the lowest
rate is the obvious candidate, and sometimes the wrong one: where the best shops are hardly better, nothing can be won.
`LeakPuzzle` is the pure game, with its best plan; `LeakHunt` puts buttons in front of it.
"""

from __future__ import annotations

import html
from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations_with_replacement

import ipywidgets as widgets
import numpy as np

from funnel_utils.charts.style import percent
from funnel_utils.errors import SpecError
from funnel_utils.simulators.funnel import FunnelModel, FunnelOutcome, simulate
from funnel_utils.simulators.funnel_picture import describe, figure, money
from funnel_utils.simulators.view import Simulator
from funnel_utils.text import t

#: What one repair leaves of the gap to the best shops.
LEFT_OVER = 0.5


@dataclass(frozen=True)
class LeakPuzzle:
    """A funnel to repair.

    Parameters
    ----------
    model : FunnelModel
        The funnel as it stands.
    ceilings : tuple of float
        What the best shops reach at step 2, 3, ..., K: from the step's own rate to 1.
    budget : int
        How many repairs can be paid for.

    Examples
    --------
    >>> shop = FunnelModel(1000, (0.2, 0.5), value=100)
    >>> puzzle = LeakPuzzle(shop, ceilings=(0.22, 0.9), budget=1)
    >>> puzzle.best_plan, round(puzzle.gain((3,))), round(puzzle.gain((2,)))
    ((3,), 4000, 500)
    """

    model: FunnelModel
    ceilings: tuple[float, ...]
    budget: int = 3

    def __post_init__(self) -> None:
        if len(self.ceilings) != len(self.model.rates):
            raise SpecError(f"ceilings has {len(self.ceilings)} rates for {len(self.model.rates)} steps.")
        for step, (rate, ceiling) in enumerate(zip(self.model.rates, self.ceilings, strict=True), 2):
            if not rate <= ceiling <= 1:
                raise SpecError(f"ceilings (of step {step})={ceiling!r} is not between the step's rate {rate!r} and 1.")
        if self.budget < 1:
            raise SpecError(f"budget={self.budget!r}: the puzzle needs at least one repair.")

    @classmethod
    def draw(cls, seed: int, *, budget: int = 3) -> LeakPuzzle:
        """A puzzle of four steps, the same for the same seed. In about half of them the lowest rate is a decoy."""
        random = np.random.default_rng(seed)
        labels = tuple(t(f"simulators.preset.{stage}") for stage in ("visit", "product", "cart", "purchase"))
        rates = random.uniform([0.35, 0.12, 0.25], [0.7, 0.4, 0.6])
        gaps = random.uniform(0.1, 0.5, size=3)
        if random.random() < 0.5:
            gaps[np.argmin(rates)] = 0.02
        ceilings = rates + (1 - rates) * gaps
        shop = FunnelModel(
            visitors=int(random.integers(10, 100)) * 200,
            rates=tuple(np.round(rates, 3).tolist()),
            labels=labels,
            value=float(random.integers(4, 20)) * 100_000,
        )
        return cls(shop, tuple(np.round(ceilings, 3).tolist()), budget)

    def after(self, plan: tuple[int, ...]) -> FunnelModel:
        """The funnel after the repairs of `plan`, a step number for each."""
        rates = list(self.model.rates)
        for step in plan:
            if not 2 <= step <= len(rates) + 1:
                raise SpecError(f"plan: step {step!r} is not one of 2 to {len(rates) + 1}.")
            rates[step - 2] = self.ceilings[step - 2] - (self.ceilings[step - 2] - rates[step - 2]) * LEFT_OVER
        return replace(self.model, rates=tuple(rates))

    def gain(self, plan: tuple[int, ...]) -> float:
        """Money that a plan adds."""
        return self.after(plan).what_if.money - self.model.what_if.money

    @cached_property
    def best_plan(self) -> tuple[int, ...]:
        """The plan that adds most; every way to spend the budget is tried."""
        steps = range(2, len(self.ceilings) + 2)
        return max(combinations_with_replacement(steps, self.budget), key=self.gain)

    @property
    def lowest(self) -> int:
        """The step with the lowest rate."""
        return self.model.what_if.leak


class LeakHunt(Simulator):
    """Buttons over a `LeakPuzzle`: one for each step, and one to start again.

    Attributes
    ----------
    plan : tuple of int
        The repairs so far.
    """

    def __init__(self, puzzle: LeakPuzzle) -> None:
        super().__init__()
        self.puzzle = puzzle
        self.plan: tuple[int, ...] = ()
        self.buttons = {step: self._button(step) for step in range(2, len(puzzle.ceilings) + 2)}
        self.states = {step: widgets.HTML() for step in self.buttons}
        self.again = widgets.Button(
            description=t("simulators.leak.again"), tooltip=t("simulators.leak.again.tip"), icon="undo"
        )
        self.again.on_click(lambda button: self.play(()))
        heading = html.escape(t("simulators.leak.heading", budget=puzzle.budget))
        rows = [
            widgets.HBox([button, self.states[step]], layout={"align_items": "center", "flex_flow": "row wrap"})
            for step, button in self.buttons.items()
        ]
        self._lay_out([widgets.HTML(f'<p style="line-height:1.4">{heading}</p>'), *rows, self.again])
        self.play(())

    @property
    def outcome(self) -> FunnelOutcome:
        """What the repairs so far lead to."""
        return simulate(self.puzzle.after(self.plan))

    def repair(self, step: int) -> None:
        """Spend one repair on a step, if one is left."""
        if len(self.plan) < self.puzzle.budget:
            self.play((*self.plan, step))

    def play(self, plan: tuple[int, ...]) -> None:
        """Show the funnel after the repairs of `plan`."""
        outcome = simulate(self.puzzle.after(plan))
        self.plan = plan
        done = len(plan) >= self.puzzle.budget
        for step, button in self.buttons.items():
            button.disabled = done
            rate, ceiling = outcome.model.rates[step - 2], self.puzzle.ceilings[step - 2]
            shown = t("simulators.leak.best_shops", rate=percent(rate), ceiling=percent(ceiling))
            self.states[step].value = html.escape(shown)
        start = simulate(self.puzzle.model)
        sentence = verdict(self.puzzle, plan) + " " + describe(outcome, reveal=done)
        self.show(lambda: figure(outcome, start, reveal=done), sentence)

    def _button(self, step: int) -> widgets.Button:
        label = self.puzzle.model.labels[step - 1]
        button = widgets.Button(
            description=t("simulators.leak.mend", label=label),
            tooltip=t("simulators.leak.mend.tip", label=label),
            icon="wrench",
            layout={"width": "16em"},
        )
        button.on_click(lambda clicked: self.repair(step))
        return button


def verdict(puzzle: LeakPuzzle, plan: tuple[int, ...]) -> str:
    """What a plan gained; once the budget is spent, beside the best plan, and whether the lowest rate was a decoy."""
    currency = puzzle.model.currency
    gained = money(puzzle.gain(plan), currency)
    left = puzzle.budget - len(plan)
    if left > 0:
        said = t("simulators.leak.gained", money=gained)
        return t("simulators.leak.left", gained=said, left=left) + "."
    best = puzzle.gain(puzzle.best_plan)
    share = puzzle.gain(plan) / best if best > 0 else 1.0
    lowest = puzzle.model.labels[puzzle.lowest - 1]
    key = "true" if puzzle.lowest in puzzle.best_plan else "decoy"
    moral = t(f"simulators.leak.{key}", label=lowest)
    if share > 1 - 1e-9:
        return t("simulators.join").join((t("simulators.leak.done.best", money=gained), moral)) + "."
    named = Counter(puzzle.model.labels[step - 1] for step in puzzle.best_plan)
    parts = [
        t("simulators.leak.plan.once" if times == 1 else "simulators.leak.plan", label=label, times=times)
        for label, times in named.items()
    ]
    shown = {"money": gained, "share": percent(share), "best": money(best, currency), "plan": ", ".join(parts)}
    return t("simulators.join").join((t("simulators.leak.done.short", **shown), moral)) + "."
