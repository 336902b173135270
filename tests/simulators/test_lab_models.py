"""The models of the experiments' simulators: by hand, against published values and brute force, and by invariants."""

from __future__ import annotations

import math
from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest

from funnel_utils.errors import SpecError
from funnel_utils.simulators import cuped, curse, peeking
from funnel_utils.simulators.coverage import CoverageModel, simulate_coverage
from funnel_utils.simulators.cuped import MEAN, CupedModel, simulate_cuped
from funnel_utils.simulators.curse import CurseModel, simulate_curse
from funnel_utils.simulators.interaction import InteractionModel, simulate_interaction
from funnel_utils.simulators.peeking import PeekingModel, simulate_peeking
from funnel_utils.simulators.power import PowerModel, simulate_power
from funnel_utils.simulators.srm import SplitModel, simulate_split

NORMAL = NormalDist()
FOUR = 4.0  # standard errors


def of_share(share: float, size: int) -> float:
    """The standard error of a simulated share."""
    return math.sqrt(max(share * (1 - share), 1e-4) / size)


# ---- peeking


@pytest.mark.parametrize(("looks", "rate"), [(1, 0.05), (2, 0.083), (4, 0.126), (10, 0.193), (20, 0.248)])
def test_peeking_cries_wolf_as_often_as_is_known(looks, rate):
    # Armitage, McPherson and Rowe (1969): false alarms at 5% with so many equal looks.
    outcome = simulate_peeking(PeekingModel(looks=looks, per_look=400))
    assert outcome.theory[-1] == pytest.approx(rate, abs=0.0006)
    assert abs(outcome.stopped["peek"][-1] - rate) < FOUR * of_share(rate, outcome.experiments) + 0.0006


def test_the_remedies_keep_the_promise_and_o_brien_fleming_has_the_tables_borders():
    outcome = simulate_peeking(PeekingModel(looks=5, per_look=800))
    # Jennison and Turnbull (2000), table 2.3: C = 2.040 at five looks, and z_k = C sqrt(5 / k).
    assert outcome.borders["obrien_fleming"] == pytest.approx(2.040 * np.sqrt(5 / np.arange(1, 6)), abs=0.002)
    for rule in ("obrien_fleming", "wait"):
        assert abs(outcome.stopped[rule][-1] - 0.05) < FOUR * of_share(0.05, outcome.experiments) + 0.001
    assert outcome.stopped["always_valid"][-1] < 0.05
    assert (np.diff(outcome.stopped["peek"]) >= 0).all()


def test_each_experiment_is_stopped_where_a_loop_would_stop_it():
    model = PeekingModel(looks=7, per_look=60, lift=0.3)
    outcome = simulate_peeking(model)
    paths = peeking._paths(model.looks, model.per_look, model.rate, model.treatment)
    for rule, border in outcome.borders.items():
        stops, looked, worse = [0] * model.looks, 0, 0
        for path in paths:
            for k in range(model.looks):
                if abs(path[k]) > border[k] or k == model.looks - 1:
                    looked += k + 1
                    if abs(path[k]) > border[k]:
                        stops[k] += 1
                        worse += path[k] < 0
                    break
        assert outcome.stopped[rule] == pytest.approx(np.cumsum(stops) / len(paths))
        assert outcome.looks_needed[rule] == pytest.approx(looked / len(paths))
        assert outcome.wrong_way[rule] == pytest.approx(worse / len(paths))


def test_buyers_are_binomial():
    outcome = simulate_peeking(PeekingModel(looks=1, per_look=50, rate=0.3))
    drawn = peeking.binomial(50, 0.3)
    assert drawn.mean() == pytest.approx(15, abs=0.002)
    assert drawn.var() == pytest.approx(10.5, abs=0.01)
    assert drawn.min() >= 0
    assert drawn.max() <= 50
    assert np.isfinite(outcome.paths).all()


def test_one_look_has_the_power_of_the_textbook():
    model = PeekingModel(looks=1, per_look=4000, lift=0.2)
    # z is expected at 0.02 / sqrt(2 x 0.11 x 0.89 / 4000) = 2.858.
    assert model.drift == pytest.approx(2.858, abs=0.001)
    found = 1 - NORMAL.cdf(1.95996 - 2.858)
    outcome = simulate_peeking(model)
    assert outcome.theory[0] == pytest.approx(found, abs=0.001)
    assert abs(outcome.stopped["wait"][-1] - found) < FOUR * of_share(found, outcome.experiments) + 0.003


def test_an_experiment_in_which_nobody_buys_stops_nowhere():
    outcome = simulate_peeking(PeekingModel(looks=3, per_look=1, rate=0.001))
    assert np.isfinite(outcome.paths).all()
    assert outcome.stopped["peek"][-1] < 0.05


# ---- power


@pytest.mark.parametrize(
    ("rate", "lift", "target", "needed"),
    # R 4.3, power.prop.test(p1=, p2=, power=)$n, rounded up.
    [(0.10, 0.20, 0.80, 3841), (0.10, 0.20, 0.90, 5142), (0.20, -0.25, 0.80, 906)],
)
def test_people_needed_are_those_of_r(rate, lift, target, needed):
    assert simulate_power(PowerModel(rate=rate, lift=lift, target=target)).needed == needed


def test_the_areas_of_the_bells_are_the_power_and_the_false_alarms():
    outcome = simulate_power(PowerModel(people=2500, lift=0.15))
    effect = NormalDist(0.015, outcome.spread_effect)
    beyond = 1 - effect.cdf(outcome.border) + effect.cdf(-outcome.border)
    assert beyond == pytest.approx(outcome.power, abs=1e-6)
    assert 2 * (1 - NormalDist(0, outcome.spread_null).cdf(outcome.border)) == pytest.approx(0.05)


def test_the_least_lift_is_found_with_the_wanted_power_and_days_are_counted():
    model = PowerModel(people=3841, per_day=280)
    outcome = simulate_power(model)
    assert outcome.least == pytest.approx(0.2, abs=1e-4)
    assert outcome.days == outcome.days_needed == 28
    found = simulate_power(replace(model, people=1000))
    assert simulate_power(replace(model, people=1000, lift=found.least)).power == pytest.approx(0.8, abs=1e-4)


def test_more_people_never_have_less_power_and_no_effect_is_never_found():
    people, chance = simulate_power(PowerModel()).curve
    assert (np.diff(chance) > 0).all()
    flat = simulate_power(PowerModel(lift=0.0))
    assert flat.needed is None
    assert flat.power == pytest.approx(0.05)
    assert math.isinf(simulate_power(PowerModel(people=2, rate=0.5)).least)
    assert len(people) == len(chance)


# ---- coverage


def test_coverage_is_the_sum_of_the_chances_of_what_holds_the_truth():
    people, rate, z = 12, 0.2, 1.959964
    held = 0.0
    for x in range(people + 1):
        centre = (x + z * z / 2) / (people + z * z)
        half = z / (people + z * z) * math.sqrt(x * (people - x) / people + z * z / 4)
        if centre - half <= rate <= centre + half:
            held += math.comb(people, x) * rate**x * (1 - rate) ** (people - x)
    outcome = simulate_coverage(CoverageModel(people=people, rate=rate, method="wilson"))
    assert outcome.coverage == pytest.approx(held)
    assert outcome.coverage + outcome.too_low + outcome.too_high == pytest.approx(1)


@pytest.mark.parametrize(("people", "coverage"), [(30, 0.946), (98, 0.928)])
def test_wald_gets_worse_with_more_people_as_brown_cai_and_dasgupta_found(people, coverage):
    # Brown, Cai, DasGupta (2001), section 2: p = 0.2.
    outcome = simulate_coverage(CoverageModel(people=people, rate=0.2, method="wald"))
    assert outcome.coverage == pytest.approx(coverage, abs=0.0006)


def test_clopper_pearson_keeps_its_promise_at_every_share_and_the_drawn_intervals_are_the_methods():
    outcome = simulate_coverage(CoverageModel(people=37, rate=0.1, method="clopper_pearson", level=0.9))
    assert outcome.curve[1].min() >= 0.9
    estimate, low, high = outcome.drawn
    assert ((low <= estimate) & (estimate <= high)).all()
    assert outcome.missed == sum(not a <= 0.1 <= b for a, b in zip(low, high, strict=True))
    other = simulate_coverage(replace(outcome.model, sample=2))
    assert other.coverage == outcome.coverage
    assert (other.drawn[0] != estimate).any()


# ---- the split


def test_the_lost_make_the_others_look_better_by_hand():
    # 10% are lost who never buy: the buyers are all there, among nine tenths of the people.
    outcome = simulate_split(SplitModel(lost=0.1, weight=0.0, rate=0.18))
    assert outcome.treatment == 9000
    assert outcome.seen_rate == pytest.approx(0.20)
    assert outcome.seen_lift == pytest.approx(1 / 9)
    # The counts against half and half of 19,000: 2 x 500^2 / 9500 = 52.6, so p = 2 (1 - Phi(7.25)).
    assert outcome.p == pytest.approx(4.0e-13, rel=0.03)
    assert simulate_split(SplitModel(weight=1.0)).seen_lift == pytest.approx(0)
    assert simulate_split(SplitModel(weight=2.0)).seen_lift < 0


def test_the_chance_of_alarm_is_that_of_drawn_experiments():
    model = SplitModel(people=4000, lost=0.08, weight=0.2, planned=0.4, rate=0.3)
    outcome = simulate_split(model)
    rng = np.random.default_rng(3)
    treated = rng.binomial(model.people, model.planned, 40_000)
    left, control = rng.binomial(treated, 1 - model.lost), model.people - treated
    both = left + control
    chi = (left - both * 0.4) ** 2 / (both * 0.4) + (control - both * 0.6) ** 2 / (both * 0.6)
    alarmed = (chi > 10.828).mean()
    assert abs(outcome.alarm - alarmed) < 0.01
    bought = [rng.binomial(left, outcome.seen_rate), rng.binomial(control, model.rate)]
    pooled = (bought[0] + bought[1]) / both
    z = (bought[0] / left - bought[1] / control) / np.sqrt(pooled * (1 - pooled) * (1 / left + 1 / control))
    assert abs(outcome.win - (z > 1.959964).mean()) < 0.012


def test_a_fair_split_is_left_alone_and_more_loss_is_seen_more_often():
    fair = simulate_split(SplitModel(lost=0.0))
    assert fair.p == pytest.approx(1)
    assert fair.alarm == pytest.approx(0.001, abs=1e-5)
    assert fair.win == pytest.approx(0.025, abs=0.001)
    assert (np.diff(fair.curve[1]) >= 0).all()


# ---- the covariate


def test_the_noise_shrinks_by_the_squared_correlation():
    outcome = simulate_cuped(CupedModel(people=20_000, correlation=0.8))
    assert outcome.reduction == pytest.approx(0.64, abs=0.02)
    narrower = (outcome.adjusted[2] - outcome.adjusted[1]) / (outcome.plain[2] - outcome.plain[1])
    assert narrower == pytest.approx(0.6, abs=0.02)
    assert outcome.worth == pytest.approx(20_000 / 0.36, rel=0.05)
    assert simulate_cuped(CupedModel(correlation=0.0)).reduction < 0.02


def test_both_differences_are_those_of_the_drawn_people():
    # As many people as are shown, so that they can be analysed again, by least squares.
    model = CupedModel(people=cuped.SHOWN, lift=0.1)
    outcome = simulate_cuped(model)
    now, before = np.concatenate(outcome.now), np.concatenate(outcome.before)
    arm = np.repeat([0.0, 1.0], model.people)
    assert outcome.plain[0] == pytest.approx(outcome.now[1].mean() - outcome.now[0].mean())
    fitted = np.linalg.lstsq(np.column_stack([np.ones_like(arm), arm, before]), now, rcond=None)[0]
    assert outcome.adjusted[0] == pytest.approx(fitted[1], abs=0.15)
    assert outcome.theta == pytest.approx(fitted[2], abs=0.02)


def test_a_covariate_that_knows_of_the_treatment_takes_the_effect_away():
    outcomes = [simulate_cuped(CupedModel(people=20_000, leak=leak, lift=0.2)) for leak in (0.0, 1.0)]
    assert outcomes[0].biased == pytest.approx(MEAN * 0.2)
    assert outcomes[1].biased == pytest.approx(MEAN * 0.2 * 0.3)
    for outcome in outcomes:
        se = (outcome.adjusted[2] - outcome.adjusted[1]) / 3.92
        assert abs(outcome.adjusted[0] - outcome.biased) < FOUR * se
        assert outcome.plain[0] == outcomes[0].plain[0]


# ---- the interaction


def test_four_cells_by_hand():
    outcome = simulate_interaction(InteractionModel(base=0.1, date=0.03, badge=0.01, joint=-0.02))
    assert outcome.true == pytest.approx((0.10, 0.13, 0.11, 0.12))
    assert (outcome.joint, outcome.promised, outcome.brought) == pytest.approx((-0.02, 0.04, 0.02))
    assert outcome.best == 1
    seen = outcome.effects.set_index("effect")["difference"]
    none, date, badge, both = outcome.seen
    assert seen["date:badge"] == pytest.approx(both - badge - date + none)
    assert seen["date"] == pytest.approx((date + both - none - badge) / 2)


def test_the_people_needed_have_the_power_and_an_interaction_takes_four_times_as_many_as_a_mean_effect():
    model = InteractionModel(base=0.3, date=0.0, badge=0.0, joint=0.03)
    needed = simulate_interaction(model).needed
    assert simulate_interaction(replace(model, people=needed)).power == pytest.approx(0.8, abs=0.001)
    # The mean effect of a change is half the sum of two differences, the interaction their difference: twice the
    # standard error, so for the same size four times the people.
    variance = sum(rate * (1 - rate) for rate in simulate_interaction(model).true)
    z = 1.959964 + 0.841621
    assert needed == pytest.approx(4 * (variance / 4) * (z / 0.03) ** 2, abs=1)


def test_without_an_interaction_nothing_is_needed_to_find_it_and_it_is_found_by_chance_alone():
    outcome = simulate_interaction(InteractionModel(joint=0.0))
    assert outcome.needed is None
    assert outcome.power == pytest.approx(0.05)
    assert outcome.promised == pytest.approx(outcome.brought)


def test_rates_stay_rates():
    outcome = simulate_interaction(InteractionModel(base=0.02, date=-0.05, badge=-0.05, joint=-0.1))
    assert min(outcome.true) == 0.001
    assert np.isfinite(outcome.effects["difference"]).all()


# ---- the winner's curse


@pytest.mark.parametrize(("mean", "spread", "people"), [(0.0, 0.05, 4000), (0.02, 0.10, 2000), (-0.05, 0.08, 10_000)])
def test_winners_promise_and_bring_what_the_truncated_normal_says(mean, spread, people):
    model = CurseModel(mean=mean, spread=spread, people=people)
    outcome = simulate_curse(model)
    # One arm of so many people at 10%: se^2 of the lift = 2 x 0.9 / (0.1 n).
    assert model.noise == pytest.approx(math.sqrt(18 / people))
    total = math.hypot(spread, model.noise)
    a = (outcome.border - mean) / total
    wins = 1 - NORMAL.cdf(a)
    promised = mean + total * NORMAL.pdf(a) / wins
    brought = mean + spread**2 / total**2 * (promised - mean)
    won = wins * curse.EXPERIMENTS
    assert abs(outcome.wins - wins) < FOUR * of_share(wins, curse.EXPERIMENTS)
    assert abs(outcome.promised - promised) < FOUR * total / math.sqrt(won)
    assert abs(outcome.brought - brought) < FOUR * spread / math.sqrt(won)
    assert abs(outcome.believed - brought) < FOUR * spread / math.sqrt(won)


def test_worthless_ideas_win_by_luck_alone():
    outcome = simulate_curse(CurseModel(spread=0.0))
    assert abs(outcome.wins - 0.025) < FOUR * of_share(0.025, curse.EXPERIMENTS)
    assert outcome.brought == 0
    assert outcome.worthless == 1
    assert outcome.believed == 0


def test_without_winners_there_is_nothing_to_average():
    outcome = simulate_curse(CurseModel(mean=-0.5, spread=0.0, people=200_000))
    assert outcome.wins == 0
    assert math.isnan(outcome.promised)
    assert "none does" in curse.describe(outcome)


# ---- what all refuse


@pytest.mark.parametrize(
    ("make", "changes", "message"),
    [
        (PeekingModel, {"looks": 0}, "looks=0"),
        (PeekingModel, {"per_look": 1.5}, "per_look=1.5"),
        (PeekingModel, {"rate": 0.6, "lift": 0.9}, "both arms"),
        (PeekingModel, {"alpha": 0.0}, "alpha=0.0"),
        (PeekingModel, {"rule": "hope"}, "rule='hope'"),
        (PowerModel, {"rate": 0.0}, "rate=0.0"),
        (PowerModel, {"people": 0}, "people=0"),
        (PowerModel, {"alpha": 0.7}, "alpha=0.7"),
        (PowerModel, {"target": 0.01}, "target=0.01"),
        (CoverageModel, {"people": 0}, "people=0"),
        (CoverageModel, {"rate": 1.0}, "rate=1.0"),
        (CoverageModel, {"method": "hope"}, "method='hope'"),
        (CoverageModel, {"level": 1.0}, "level=1.0"),
        (SplitModel, {"people": 1}, "people=1"),
        (SplitModel, {"lost": 1.0}, "lost=1.0"),
        (SplitModel, {"weight": -1.0}, "weight=-1.0"),
        (SplitModel, {"planned": 0.0}, "planned=0.0"),
        (CupedModel, {"correlation": 1.0}, "correlation=1.0"),
        (CupedModel, {"spread": 0.0}, "spread=0.0"),
        (CupedModel, {"leak": 2.0}, "leak=2.0"),
        (InteractionModel, {"base": 0.0}, "base=0.0"),
        (InteractionModel, {"people": 1}, "people=1"),
        (CurseModel, {"rate": 0.0}, "rate=0.0"),
        (CurseModel, {"spread": -1.0}, "spread=-1.0"),
        (CurseModel, {"alpha": math.nan}, "alpha=nan"),
    ],
)
def test_what_makes_no_experiment_is_refused(make, changes, message):
    with pytest.raises(SpecError, match=message):
        make(**changes)
