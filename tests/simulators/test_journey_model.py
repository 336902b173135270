"""The journey simulator's model: exact by hand, by brute force over every walk, and by its invariants."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from funnel_utils.charts.style import alt_text
from funnel_utils.errors import SpecError
from funnel_utils.journey.attribution import MODELS, credit
from funnel_utils.journey.attribution.truth import against
from funnel_utils.simulators.journey import (
    CHANNELS,
    ChannelModel,
    JourneyModel,
    describe,
    figure,
    simulate,
)

TWO = (ChannelModel("ad", 0, 0, 0.5, 0.2, 0.4), ChannelModel("search", 0, 0, 0.1, 5.0, 0.1))


def walks(model: JourneyModel) -> dict[tuple[str, ...], tuple[float, float]]:
    """Every walk by brute force: by path, the people who buy and who do not."""
    found: dict[tuple[str, ...], list[float]] = {}
    options = [None, *model.channels]

    def go(state: str, left: int, path: tuple[str, ...], chance: float) -> None:
        if left == 0:
            buys = chance * model.buys if state == "decided" else 0.0
            held = found.setdefault(path, [0.0, 0.0])
            held[0] += buys
            held[1] += chance - buys
            return
        meets = {c: c.met * (c.follows if state == "decided" else 1) for c in model.channels}
        for option in options:
            if option is None:
                go(state, left - 1, path, chance * (1 - sum(meets.values())))
                continue
            met, longer = chance * meets[option], (*path, option.name)
            if state == "decided":
                go(state, left - 1, longer, met)
            else:
                go("decided", left - 1, longer, met * option.effect)
                go("undecided", left - 1, longer, met * (1 - option.effect))

    go("decided", model.steps, (), model.people * model.decided)
    go("undecided", model.steps, (), model.people * (1 - model.decided))
    return {path: (bought, not_) for path, (bought, not_) in found.items()}


def test_one_channel_by_hand() -> None:
    # Of 800 undecided, at each of two steps half are met and half of those decide: 800 x (1 - 0.75^2) = 350.
    model = JourneyModel((ChannelModel("ad", 0, 0, 0.5, 1, 0.5),), people=1000, decided=0.2, buys=0.5, steps=2)
    outcome = simulate(model)
    assert outcome.conversions == pytest.approx(0.5 * (200 + 350))
    assert outcome.baseline == pytest.approx(100)
    assert outcome.lost == {"ad": pytest.approx(175)}


def test_every_path_has_the_chance_that_brute_force_gives() -> None:
    model = JourneyModel(TWO, people=1000, decided=0.15, buys=0.4, steps=4)
    expected, paths = walks(model), simulate(model).paths
    bounds = itertools.pairwise(paths.offsets)
    ours = [tuple(paths.channels[code] for code in paths.codes[a:b]) for a, b in bounds]
    assert len(set(ours)) == len(ours) == 2**5 - 1
    assert set(ours) == set(expected)
    for path, bought, not_ in zip(ours, paths.conversions, paths.nulls, strict=True):
        assert (bought, not_) == pytest.approx(expected[path])


def test_purchases_and_losses_are_those_of_the_walks() -> None:
    model = JourneyModel(TWO, people=1000, decided=0.15, buys=0.4, steps=4)
    outcome = simulate(model)
    assert sum(bought for bought, _ in walks(model).values()) == pytest.approx(outcome.conversions)
    for name, lost in outcome.lost.items():
        without = tuple(replace(c, reach=0.0) if c.name == name else c for c in TWO)
        remain = sum(bought for bought, _ in walks(replace(model, channels=without)).values())
        assert outcome.conversions - remain == pytest.approx(lost)


def test_the_credits_are_those_that_credit_gives_for_the_same_paths() -> None:
    model = JourneyModel(TWO, people=1000, steps=3)
    outcome = simulate(model)
    rows = [(path, bought, not_) for path, (bought, not_) in walks(model).items()]
    paths = pd.DataFrame(rows, columns=["path", "conversions", "nulls"])
    paths["ages_s"] = [[86_400 * 3 * k for k in range(len(path), 0, -1)] for path in paths["path"]]
    for name in MODELS:
        expected = credit(paths, name).set_index("channel")["conversions"]
        for channel in ("ad", "search"):
            assert outcome.credit(name, channel) == pytest.approx(expected[channel]), (name, channel)


def test_misplaced_is_what_attribution_says_of_a_truth() -> None:
    outcome = simulate(JourneyModel())
    table = against(outcome.credits.assign(low=np.nan, high=np.nan), outcome.lost)
    expected = table.groupby("model")["misplaced"].first().to_dict()
    assert outcome.misplaced == pytest.approx(expected)


def test_all_rules_share_out_all_purchases() -> None:
    outcome = simulate(JourneyModel())
    total = outcome.credits.groupby("model")["conversions"].sum()
    np.testing.assert_allclose(total, outcome.conversions)
    assert set(total.index) == set(MODELS)
    assert outcome.paths.conversions.sum() + outcome.paths.nulls.sum() == pytest.approx(20_000)


def test_last_touch_robs_what_persuades_and_flatters_what_follows() -> None:
    outcome = simulate(JourneyModel())
    assert outcome.credit("last", "display") < 0.6 * outcome.lost["display"]
    assert outcome.credit("last", "paid_search") > 20 * outcome.lost["paid_search"]
    assert outcome.lost["direct"] == 0
    assert outcome.credit("last", "direct") > 100


def test_spend_reaches_more_ever_more_slowly() -> None:
    met = [replace(CHANNELS[0], spend=spend).met for spend in (0, 300, 600, 900, 1e9)]
    assert met == pytest.approx([0, 0.14, 0.21, 0.245, 0.28])
    assert CHANNELS[-1].met == CHANNELS[-1].reach


@pytest.mark.parametrize("channel", [c.name for c in CHANNELS if c.half])
def test_more_spend_never_loses_purchases_and_none_is_the_channel_taken_away(channel: str) -> None:
    def at(spend: float) -> float:
        channels = tuple(replace(c, spend=spend) if c.name == channel else c for c in CHANNELS)
        return simulate(JourneyModel(channels)).conversions

    bought = [at(spend) for spend in (0.0, 10.0, 100.0, 1000.0)]
    assert bought == sorted(bought)
    whole = simulate(JourneyModel())
    assert bought[0] == pytest.approx(whole.conversions - whole.lost[channel])


EXTREMES = {
    "nobody": JourneyModel(people=0),
    "nobody buys": JourneyModel(buys=0.0),
    "all decided": JourneyModel(decided=1.0),
    "no spend": JourneyModel(tuple(replace(c, spend=0.0) for c in CHANNELS)),
    "endless spend": JourneyModel(tuple(replace(c, spend=1e12 if c.half else 0.0) for c in CHANNELS)),
    "no touches": JourneyModel((ChannelModel("ad", 0, 0, 0.0, 1, 0.5),)),
    "worthless": JourneyModel(value=0.0, removed="email"),
    "certain": JourneyModel((ChannelModel("ad", 0, 0, 1.0, 1, 1.0),), decided=0.0, buys=1.0),
}


@pytest.mark.parametrize("name", EXTREMES)
def test_extremes_are_drawn_and_said(name: str) -> None:
    outcome = simulate(EXTREMES[name])
    said = describe(outcome)
    assert said.endswith(".")
    assert "nan" not in said
    assert alt_text(figure(outcome)) == said
    assert all(lost >= -1e-9 for lost in outcome.lost.values())
    assert np.isfinite(outcome.credits["conversions"]).all()


def test_the_sentence_tells_the_story() -> None:
    said = describe(simulate(JourneyModel(removed="display")))
    assert "2,849 of 20,000 people buy, 1,000 of them without any channel's doing" in said
    assert "without display 651 fewer would buy" in said
    assert "saves 300 million toman" in said
    assert "nearest to the truth is first touch" in said
    assert "every credit is wrong" in describe(simulate(JourneyModel(decided=1.0)))


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: JourneyModel(decided=1.5), "decided=1.5"),
        (lambda: JourneyModel(people=-1), "people=-1"),
        (lambda: JourneyModel(people=float("nan")), "people=nan"),
        (lambda: JourneyModel(steps=0), "steps=0"),
        (lambda: JourneyModel(steps=6), "steps=6 with 6 channels"),
        (lambda: JourneyModel(()), "1 to 8"),
        (lambda: JourneyModel(CHANNELS[:1] * 2), "name of its own"),
        (lambda: JourneyModel(removed="radio"), "radio"),
        (lambda: JourneyModel((ChannelModel("ad", 0, 0, 0.6, 2.0, 0.1),)), "1.20"),
        (lambda: ChannelModel("ad", -1, 1, 0.1, 1, 0.1), "spend=-1"),
        (lambda: ChannelModel("ad", 1, 1, 0.1, 1, 1.1), "effect=1.1"),
    ],
)
def test_a_wrong_model_is_refused(wrong, says: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(SpecError, match=says):
        wrong()
