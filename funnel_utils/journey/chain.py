"""The absorbing Markov chain of journeys: the chance to convert, and the steps still to come, from every state.

A chain knows only where a journey is, not how it came there (order 1). With Q the chances from state to state and R
those from state to outcome, the outcomes follow from (I - Q) B = R and the expected steps from (I - Q) t = 1: both are
solved exactly, nothing is simulated or iterated. When the chances are the observed shares, the chance to convert from
the start **equals** the share of journeys that converted, and the expected steps equal their mean length: the expected
visits of the states satisfy the same balance (in = out) as the observed visits do, and it has one solution.

References
----------
Kemeny, J. G., Snell, J. L. (1976). Finite Markov Chains. Springer, chapter III.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from funnel_utils.errors import SpecError
from funnel_utils.text import t

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False, repr=False)
class Chain:
    """An absorbing Markov chain.

    Parameters
    ----------
    states : tuple of str
        The start first, then the states that can be left.
    outcomes : tuple of str
        Where a walk ends; the first is the conversion.
    moves : array, states x (states + outcomes)
        The chance of each move. Rows add up to 1.

    Raises
    ------
    SpecError
        If the shapes do not fit, a chance is not one, or a row does not add up to 1.

    Notes
    -----
    Decided: a state from which no outcome can be reached is a **trap** (`traps`). A walk that enters one never ends:
    from it nothing is converted, and wherever it can be entered the expected steps are infinite, while the chances of
    the outcomes add up to less than 1. A state that cannot be reached from the start has its own chances all the same,
    and no visits. Chains of observed journeys have neither, since every journey ends.

    Examples
    --------
    From the start one goes to a page; from there half convert, a quarter leave, a quarter look again.

    >>> chain = Chain(("(start)", "page"), ("(converted)", "(left)"), [[0, 1, 0, 0], [0, 0.25, 0.5, 0.25]])
    >>> print(f"{chain.conversion:.4f} {chain.steps:.4f}")
    0.6667 1.3333
    """

    states: tuple[str, ...]
    outcomes: tuple[str, ...]
    moves: Floats

    def __post_init__(self) -> None:
        moves = np.array(self.moves, dtype=np.float64)
        size = (len(self.states), len(self.states) + len(self.outcomes))
        names = (*self.states, *self.outcomes)
        if not self.states or not self.outcomes or moves.shape != size:
            raise SpecError(f"Chain: moves has the shape {moves.shape}; states and outcomes ask for {size}.")
        if len(set(names)) != len(names):
            raise SpecError(f"Chain: a name is there twice among {', '.join(names)}.")
        if not np.isfinite(moves).all() or (moves < 0).any():
            raise SpecError("Chain: a chance is missing or negative; give numbers from 0 to 1.")
        off = np.flatnonzero(np.abs(moves.sum(axis=1) - 1) > 1e-9)
        if len(off):
            raise SpecError(
                f"Chain: the chances out of {self.states[off[0]]!r} add up to {moves[off[0]].sum():g} instead of 1."
            )
        moves.setflags(write=False)
        object.__setattr__(self, "states", tuple(self.states))
        object.__setattr__(self, "outcomes", tuple(self.outcomes))
        object.__setattr__(self, "moves", moves)

    @classmethod
    def of_counts(
        cls, counts: pd.DataFrame, *, start: str | None = None, outcomes: Iterable[str] | None = None
    ) -> Chain:
        """The chain whose chances are observed shares.

        Parameters
        ----------
        counts : DataFrame
            `source`, `target`, `count`, as `JourneyResult.transitions` returns them.
        start : str, optional
            Where walks begin; `"(start)"` by default.
        outcomes : iterable of str, optional
            Where they end, the conversion first; by default those of a journey, converted, left and open.

        Raises
        ------
        SpecError
            If a target that is no outcome is never left, so that it has no chances.
        """
        begin = t("journey.start") if start is None else start
        usual = (t("journey.converted"), t("journey.left"), t("journey.open"))
        ends = tuple(usual if outcomes is None else outcomes)
        seen = [name for name in dict.fromkeys(counts["source"]) if name != begin]
        states = (begin, *sorted(seen))
        dead = sorted(set(counts["target"]) - set(states) - set(ends))
        if dead:
            raise SpecError(f"Chain: {', '.join(dead)} is entered and never left; name it among the outcomes.")
        wide = counts.pivot_table(index="source", columns="target", values="count", aggfunc="sum", fill_value=0)
        wide = wide.reindex(index=list(states), columns=[*states, *ends], fill_value=0).astype(float)
        totals = wide.sum(axis=1)
        if not totals.all():
            raise SpecError(f"Chain: nothing is known of what follows {totals.index[totals == 0][0]!r}.")
        return cls(states, ends, wide.div(totals, axis=0).to_numpy())

    @property
    def _between(self) -> Floats:
        return self.moves[:, : len(self.states)]

    @cached_property
    def _can_end(self) -> Flags:
        """Whether an outcome can be reached from a state."""
        return _reaching(self._between > 0, np.asarray((self.moves[:, len(self.states) :] > 0).any(axis=1)))

    @property
    def traps(self) -> tuple[str, ...]:
        """The states from which no outcome can be reached."""
        return tuple(name for name, free in zip(self.states, self._can_end, strict=True) if not free)

    @cached_property
    def absorption(self) -> pd.DataFrame:
        """The chance of each outcome (columns) from each state (rows)."""
        free = self._can_end
        solved = np.zeros((len(self.states), len(self.outcomes)))
        inner = np.eye(int(free.sum())) - self._between[np.ix_(free, free)]
        solved[free] = np.linalg.solve(inner, self.moves[free][:, len(self.states) :])
        return pd.DataFrame(np.clip(solved, 0, 1), index=pd.Index(self.states, name="state"), columns=self.outcomes)

    @cached_property
    def expected_steps(self) -> pd.Series[float]:
        """The expected number of states still to be visited, that one included; the start counts for none."""
        ending = ~_reaching(self._between > 0, ~self._can_end)
        counted = np.array([0.0, *np.ones(len(self.states) - 1)])
        found = np.full(len(self.states), np.inf)
        inner = np.eye(int(ending.sum())) - self._between[np.ix_(ending, ending)]
        found[ending] = np.linalg.solve(inner, counted[ending])
        return pd.Series(found, index=pd.Index(self.states, name="state"), name="expected_steps")

    @cached_property
    def visits(self) -> pd.Series[float]:
        """How often each state is visited in a journey, on average."""
        reached = _reaching((self._between > 0).T, np.asarray(np.arange(len(self.states)) == 0))
        stuck = _reaching((self._between > 0).T, np.asarray(reached & ~self._can_end))
        plain = reached & ~stuck
        found = np.where(stuck, np.inf, 0.0)
        inner = np.eye(int(plain.sum())) - self._between[np.ix_(plain, plain)].T
        if plain.any():
            found[plain] = np.linalg.solve(inner, (np.arange(len(self.states)) == 0)[plain].astype(float))
        return pd.Series(found, index=pd.Index(self.states, name="state"), name="visits")

    @property
    def conversion(self) -> float:
        """The chance to convert from the start."""
        return float(self.absorption[self.outcomes[0]].iloc[0])

    @property
    def steps(self) -> float:
        """The expected number of steps of a journey."""
        return float(self.expected_steps.iloc[0])

    @property
    def table(self) -> pd.DataFrame:
        """A row a state: the chance of each outcome, `expected_steps`, `visits`, `removal_effect`.

        `removal_effect` is the share of conversions lost when the state leads to the second outcome at once.
        """
        made = self.absorption.copy()
        made["expected_steps"], made["visits"] = self.expected_steps, self.visits
        made["removal_effect"] = [np.nan, *(self.removal_effect(name) for name in self.states[1:])]
        return made.reset_index()

    def without(self, state: str, to: str | None = None) -> Chain:
        """The chain in which whoever comes to `state` goes to the outcome `to` at once; the second one by default.

        Raises
        ------
        SpecError
            If `state` is no state of this chain, or the start; or `to` is no outcome.
        """
        if state not in self.states[1:]:
            raise SpecError(f"without({state!r}): the chain has the states {', '.join(self.states[1:])}.")
        target = (*self.outcomes, None)[1] if to is None else to
        if target not in self.outcomes:
            raise SpecError(f"without(to={target!r}): the outcomes are {', '.join(self.outcomes)}.")
        moves = self.moves.copy()
        moves[self.states.index(state)] = 0.0
        moves[self.states.index(state), len(self.states) + self.outcomes.index(target)] = 1.0
        return Chain(self.states, self.outcomes, moves)

    def removal_effect(self, state: str) -> float:
        """The share of conversions that would be lost without `state`; missing when nobody converts."""
        whole = self.conversion
        return 1 - self.without(state).conversion / whole if whole > 0 else float("nan")

    def __repr__(self) -> str:
        return f"Chain of {len(self.states) - 1} states: P(convert) {self.conversion:.4f}, {self.steps:.2f} steps"


def _reaching(moves: Flags, goal: Flags) -> Flags:
    """From which states one can come to `goal`, the goal included."""
    found = goal.copy()
    while True:
        more = found | (moves & found).any(axis=1)
        if (more == found).all():
            return found
        found = more
