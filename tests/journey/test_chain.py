"""Absorbing chains against textbook values, and what has no end."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funnel_utils import Chain, SpecError


def test_the_gamblers_ruin_is_what_the_textbook_says():
    # Fair coins between 0 and 5, from 2: P(5) = 2/5, 2 * 3 = 6 games (Kemeny and Snell 1976, chapter VII).
    states = ("(start)", "1", "2", "3", "4")
    moves = np.zeros((5, 7))
    moves[0, 2] = 1
    moves[1, [6, 2]] = moves[2, [1, 3]] = moves[3, [2, 4]] = 0.5
    moves[4, [3, 5]] = 0.5
    chain = Chain(states, ("rich", "ruined"), moves)
    assert chain.conversion == pytest.approx(2 / 5)
    assert chain.steps == pytest.approx(6)
    assert chain.absorption.loc["4", "rich"] == pytest.approx(4 / 5)


def test_from_a_trap_nothing_is_converted_and_the_steps_are_endless():
    # Half of the walks go to a page that leads only to itself.
    chain = Chain(
        ("(start)", "loop", "shop"), ("paid", "left"), [[0, 0.5, 0.5, 0, 0], [0, 1, 0, 0, 0], [0, 0, 0, 1, 0]]
    )
    assert chain.traps == ("loop",)
    assert chain.conversion == 0.5
    assert chain.absorption.loc["loop"].tolist() == [0, 0]
    assert chain.expected_steps.tolist() == [np.inf, np.inf, 1]
    assert chain.visits.tolist() == [1, np.inf, 0.5]


def test_a_state_that_nobody_comes_to_has_chances_and_no_visits():
    chain = Chain(
        ("(start)", "shop", "attic"), ("paid", "left"), [[0, 1, 0, 0, 0], [0, 0, 0, 1, 0], [0, 0.5, 0, 0, 0.5]]
    )
    assert chain.visits.tolist() == [1, 1, 0]
    assert chain.absorption.loc["attic", "paid"] == 0.5
    assert chain.removal_effect("attic") == 0


def test_removal_sends_whoever_comes_to_a_state_away():
    # start -> a or b evenly; a pays, b pays half of the time. Without a only b's quarter is left of three quarters.
    chain = Chain(("(start)", "a", "b"), ("paid", "left"), [[0, 0.5, 0.5, 0, 0], [0, 0, 0, 1, 0], [0, 0, 0, 0.5, 0.5]])
    assert chain.conversion == 0.75
    assert chain.removal_effect("a") == pytest.approx(2 / 3)
    assert chain.removal_effect("b") == pytest.approx(1 / 3)
    assert chain.without("a", to="paid").conversion == 0.75


def test_of_counts_takes_the_shares_of_each_source():
    counts = pd.DataFrame(
        [("(start)", "a", 4), ("a", "(converted)", 1), ("a", "(left)", 3)], columns=["source", "target", "count"]
    )
    chain = Chain.of_counts(counts)
    assert chain.outcomes == ("(converted)", "(left)", "(open)")
    assert chain.conversion == 0.25


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"moves": [[0, 1, 0]]}, "shape"),
        ({"moves": [[0, 0.5, 0, 0], [0, 0, 1, 0]]}, "add up to 0.5"),
        ({"moves": [[0, 2, -1, 0], [0, 0, 1, 0]]}, "missing or negative"),
        ({"moves": [[0, np.nan, 1, 0], [0, 0, 1, 0]]}, "missing or negative"),
        ({"states": ("s", "s")}, "there twice"),
        ({"states": ("s", "paid")}, "there twice"),
    ],
)
def test_a_chain_that_cannot_be_is_refused(change, said):
    good = {"states": ("s", "a"), "outcomes": ("paid", "left"), "moves": [[0, 1, 0, 0], [0, 0, 1, 0]]}
    with pytest.raises(SpecError, match=said):
        Chain(**good | change)


def test_counts_that_lead_nowhere_are_refused():
    nowhere = pd.DataFrame([("(start)", "a", 4)], columns=["source", "target", "count"])
    with pytest.raises(SpecError, match="a is entered and never left"):
        Chain.of_counts(nowhere)
    headless = pd.DataFrame([("a", "(left)", 4)], columns=["source", "target", "count"])
    with pytest.raises(SpecError, match="nothing is known"):
        Chain.of_counts(headless)
    chain = Chain(("s", "a"), ("paid",), [[0, 1, 0], [0, 0, 1]])
    with pytest.raises(SpecError, match="the chain has the states a"):
        chain.without("s", to="paid")
    with pytest.raises(SpecError, match="the outcomes are paid"):
        chain.without("a", to="gone")
    with pytest.raises(SpecError, match="the outcomes are paid"):
        chain.without("a")


weights = st.lists(st.lists(st.integers(0, 3), min_size=5, max_size=5), min_size=3, max_size=3)


@settings(max_examples=60, deadline=None)
@given(weights)
def test_the_solution_is_where_walking_on_and_on_leads(numbers):
    moves = np.array(numbers, dtype=float)
    moves[:, 4] += 1  # every state may lead out, so there is no trap
    moves /= moves.sum(axis=1, keepdims=True)
    chain = Chain(("s", "a", "b"), ("paid", "left"), moves)
    here, paid, steps = np.array([1.0, 0, 0]), 0.0, 0.0
    for _ in range(2000):
        paid += here @ moves[:, 3]
        here = here @ moves[:, :3]
        steps += here[1:].sum()
    assert chain.conversion == pytest.approx(paid)
    assert chain.steps == pytest.approx(steps)
    assert chain.absorption.sum(axis=1).tolist() == pytest.approx([1, 1, 1])
    assert all(-1e-12 <= chain.removal_effect(name) <= 1 for name in "ab" if paid > 0)
