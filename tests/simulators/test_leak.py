"""Find the leak: the pure puzzle, its best plan, and the buttons in front of it."""

from itertools import product

import pytest

from funnel_utils.errors import SpecError
from funnel_utils.simulators.funnel import FunnelModel, FunnelSimulator
from funnel_utils.simulators.leak import LeakHunt, LeakPuzzle, verdict

SHOP = FunnelModel(1000, (0.2, 0.5), labels=("visit", "cart", "pay"), value=100)
#: The cart has the lower rate, but nobody does much better; at the till there is much to win.
DECOY = LeakPuzzle(SHOP, ceilings=(0.22, 0.9), budget=2)


def test_a_repair_closes_half_of_the_gap():
    assert DECOY.after((3,)).rates == pytest.approx((0.2, 0.7))
    assert DECOY.after((3, 3)).rates == pytest.approx((0.2, 0.8))
    assert DECOY.gain((3,)) == pytest.approx(1000 * 0.2 * 0.2 * 100)
    assert DECOY.gain(()) == 0


def test_the_lowest_rate_can_be_a_decoy():
    assert DECOY.lowest == 2
    assert DECOY.best_plan == (3, 3)
    assert "cart, was not the one to repair" in verdict(DECOY, (2, 2))
    assert "You gained 500 toman" not in verdict(DECOY, (2, 2))
    assert "pay 2 times" in verdict(DECOY, (2, 2))
    assert "no other plan gains more" in verdict(DECOY, (3, 3))


def test_while_repairs_are_left_the_answer_is_not_given_away():
    said = verdict(DECOY, (2,))
    assert "repairs left: 1" in said
    assert "best" not in said


@pytest.mark.parametrize("seed", range(20))
def test_drawn_puzzles_are_the_same_for_a_seed_and_their_best_plan_is_best(seed):
    puzzle = LeakPuzzle.draw(seed)
    assert puzzle == LeakPuzzle.draw(seed)
    everything = product(range(2, len(puzzle.ceilings) + 2), repeat=puzzle.budget)
    assert puzzle.gain(puzzle.best_plan) == pytest.approx(max(map(puzzle.gain, everything)))


def test_some_puzzles_have_a_decoy_and_some_do_not():
    decoys = [puzzle.lowest not in puzzle.best_plan for puzzle in map(LeakPuzzle.draw, range(40))]
    assert 8 <= sum(decoys) <= 32


def test_the_hunt_is_played_with_buttons():
    hunt = FunnelSimulator.mystery(3)
    assert isinstance(hunt, LeakHunt)
    assert "leak" not in hunt.sentence
    for _ in range(3):
        hunt.buttons[2].click()
    assert hunt.plan == (2, 2, 2)
    assert all(button.disabled for button in hunt.buttons.values())
    assert "the leak is the step to" in hunt.sentence
    hunt.repair(3)
    assert hunt.plan == (2, 2, 2)  # the budget is spent
    hunt.again.click()
    assert hunt.plan == ()
    assert not any(button.disabled for button in hunt.buttons.values())
    assert hunt.outcome.model == hunt.puzzle.model


def test_a_repair_draws_once():
    hunt = LeakHunt(DECOY)
    drawn = []
    hunt.picture.observe(lambda change: drawn.append(1), "value")
    hunt.buttons[3].click()
    assert len(drawn) == 1
    assert hunt._repr_mimebundle_()["text/plain"] == hunt.sentence


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"ceilings": (0.5,)}, "ceilings has 1 rates for 2 steps"),
        ({"ceilings": (0.1, 0.9)}, r"ceilings \(of step 2\)=0.1"),
        ({"budget": 0}, "budget=0"),
    ],
)
def test_an_impossible_puzzle_is_refused(fields, message):
    with pytest.raises(SpecError, match=message):
        LeakPuzzle(**{"model": SHOP, "ceilings": (0.3, 0.9), **fields})
    with pytest.raises(SpecError, match="plan: step 9"):
        DECOY.after((9,))
