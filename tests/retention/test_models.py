"""The models: published values, brute force, parameters recovered from customers drawn at random, invariants."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import hyperu

from funnel_utils.errors import SpecError
from funnel_utils.retention import BgBb, BgNbd, CustomerSummary, GammaGamma, MbgNbd, ParetoNbd, Sbg, compare
from tests.retention import brute_models as brute

GEOMETRIC = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
PARETO = {"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669}
MODELS = [(BgNbd, GEOMETRIC), (MbgNbd, GEOMETRIC), (ParetoNbd, PARETO)]


def one(x, t_x, age, unit="1w"):
    return CustomerSummary.of([x], [t_x], [age], unit=unit)


def test_bgnbd_says_what_its_paper_prints():
    """Fader, Hardie and Lee (2005), section 3: a customer with x=2, t_x=30.43, T=38.86 in the next 39 weeks."""
    model = BgNbd.with_params("1w", **GEOMETRIC)
    assert model.expected_purchases("39w", one(2, 30.43, 38.86))[0] == pytest.approx(1.226, abs=0.0005)


def test_paretonbd_says_what_btyd_prints():
    """R's BTYD vignette: with CDNOW's parameters a new customer makes 1.473 repeat purchases in a year; customer 1516
    (26, 30.86, 31) is alive with .9979 and makes 25.46 more in a year."""
    model = ParetoNbd.with_params("1w", **PARETO)
    assert model.expected_new("52w") == pytest.approx(1.473, abs=0.0005)
    assert model.probability_alive(one(26, 30.86, 31))[0] == pytest.approx(0.9979, abs=0.00005)
    assert model.expected_purchases("52w", one(26, 30.86, 31))[0] == pytest.approx(25.46, abs=0.005)


def test_bgbb_says_what_its_paper_prints():
    """Fader, Hardie and Shang (2010): donors who gave in all six years are expected to give 3.75 times in five more;
    they are still there in the seventh with .93."""
    model = BgBb.with_params(alpha=1.204, beta=0.750, gamma=0.657, delta=2.783)
    assert model.expected_purchases(5, 6, 6, 6)[0] == pytest.approx(3.75, abs=0.005)
    assert model.probability_alive(6, 6, 6)[0] == pytest.approx(0.93, abs=0.005)


def test_gamma_gamma_pulls_few_purchases_to_the_mean_of_all():
    """Fader and Hardie's note 025: with p=6.25, q=3.74, v=15.44 the mean of all is 35.2."""
    model = GammaGamma.with_params(p=6.25, q=3.74, v=15.44)
    assert model.mean_value() == pytest.approx(35.2, abs=0.05)
    assert model.expected(0, np.nan) == pytest.approx(model.mean_value())
    guesses = model.expected([1, 2, 10, 1000], [100.0] * 4)
    assert model.mean_value() < guesses[0] < guesses[1] < guesses[2] < guesses[3] < 100


history = st.tuples(st.integers(0, 30), st.floats(0.05, 1), st.floats(1, 80)).map(
    lambda h: (h[0], h[1] * h[2] if h[0] else 0.0, h[2])
)
shape = st.floats(0.6, 4)


@settings(max_examples=20)
@given(history, shape, st.floats(2, 20), shape, shape, st.floats(1, 60), st.sampled_from([BgNbd, MbgNbd]))
def test_geometric_models_agree_with_brute_force(who, r, alpha, a, b, time, kind):
    model = kind.with_params("1w", r=r, alpha=alpha, a=a, b=b)
    expected = brute.geometric(r, alpha, a, b, *who, time, int(kind is MbgNbd))
    check(model, who, time, expected)


@settings(max_examples=20)
@given(history, shape, st.floats(2, 20), st.floats(1, 4), st.floats(2, 30), st.floats(1, 60))
def test_pareto_agrees_with_brute_force(who, r, alpha, s, beta, time):
    model = ParetoNbd.with_params("1w", r=r, alpha=alpha, s=s, beta=beta)
    # Averaged over two distributions with a quotient of their values: three digits of brute force.
    check(model, who, time, brute.pareto(r, alpha, s, beta, *who, time), digits=1e-3)


def check(model, who, time, expected, digits=2e-4):
    weeks = model.unit_ * time
    summary = one(*who)
    found = (
        model.log_likelihood(summary),
        model.probability_alive(summary)[0],
        model.probability_no_purchase(weeks, summary)[0],
        model.expected_purchases(weeks, summary)[0],
    )
    assert found == pytest.approx(expected, rel=digits, abs=2e-5)


@pytest.mark.parametrize(("kind", "params"), MODELS)
def test_the_distribution_of_purchases_adds_up(kind, params):
    model = kind.with_params("1w", **params)
    shares = model.pmf(range(400), "40w")
    assert shares.sum() == pytest.approx(1, abs=1e-6)
    assert shares @ np.arange(400) == pytest.approx(model.expected_new("40w"), rel=1e-5)
    # Nobody has bought again at the start; and what a customer seen for no time will do is what a new one does.
    assert model.pmf(0, "0d") == pytest.approx(1)
    if kind is not MbgNbd:
        assert model.expected_purchases("40w", one(0, 0, 0))[0] == pytest.approx(model.expected_new("40w"))


@pytest.mark.parametrize(("kind", "params"), MODELS)
def test_busy_customers_have_numbers_too(kind, params):
    """No missing number up to 500 purchases, early, late or long ago."""
    x = np.array([0, 1, 50, 200, 500, 500, 500, 500])
    last = np.array([0, 0.2, 1, 38, 0.5, 3, 38.9, 39.0])
    busy = CustomerSummary.of(x, last, np.full(8, 39.0), unit="1w")
    model = kind.with_params("1w", **params)
    for found in (
        model.probability_alive(busy),
        model.probability_no_purchase("26w", busy),
        model.expected_purchases("26w", busy),
        model.discounted_purchases(busy, annual_discount=0.1),
        model._log_likelihoods(model.theta, busy.patterns),
        model._objective(model.theta, busy.patterns)[1],
    ):
        assert np.isfinite(found).all()
    alive = model.probability_alive(busy)
    assert ((alive >= 0) & (alive <= 1)).all()
    assert alive[4] < 1e-12 < 0.9 < alive[7]


@pytest.mark.parametrize("a", [0.2, 1.0, 3.0])
def test_bgnbd_has_no_pole_where_the_closed_form_divides_by_zero(a):
    """The published formula divides by a - 1. Beside a = 1 the answer must be the limit of both sides."""
    middle, *sides = (
        BgNbd.with_params("1w", **(GEOMETRIC | {"a": value})).expected_purchases("39w", one(4, 20, 38))[0]
        for value in (a, a - 1e-6, a + 1e-6)
    )
    assert middle == pytest.approx(np.mean(sides), rel=1e-9)


@pytest.mark.parametrize(("kind", "params"), MODELS)
def test_the_unit_of_time_changes_no_answer_and_cannot_be_mixed(kind, params):
    weekly = one(4, 20, 38)
    model = kind.with_params("1w", **params)
    daily = model.in_unit("1d")
    for ask in (
        lambda m, s: m.probability_alive(s),
        lambda m, s: m.expected_purchases("26w", s),
        lambda m, s: m.probability_no_purchase("182d", s),
        lambda m, s: m.discounted_purchases(s, annual_discount=0.1, horizon="52w"),
    ):
        assert ask(daily, weekly.in_unit("1d")) == pytest.approx(ask(model, weekly))
    with pytest.raises(SpecError, match=r"units of 1w, the summary in units of 1d.*in_unit"):
        model.probability_alive(weekly.in_unit("1d"))
    with pytest.raises(SpecError, match="not a duration"):
        model.expected_purchases(26, weekly)


def test_discounting_is_between_nothing_and_everything():
    """Without a discount the finite horizon is the plain expectation; the residual value is the limit of long ones."""
    for kind, params in MODELS:
        model, who = kind.with_params("1w", **params), one(4, 20, 38)
        free = model.discounted_purchases(who, annual_discount=0.0, horizon="52w")
        assert free == pytest.approx(model.expected_purchases("52w", who))
        finite = [model.discounted_purchases(who, annual_discount=0.3, horizon=f"{n}w")[0] for n in (52, 520, 5200)]
        assert finite[0] < finite[1] < finite[2]
        assert finite[2] == pytest.approx(model.discounted_purchases(who, annual_discount=0.3)[0], rel=1e-6)


def test_residual_purchases_are_the_closed_form_of_the_paper():
    """Fader, Hardie and Lee (2005), RFM and CLV, equation 2: Tricomi's confluent hypergeometric function."""
    r, alpha, s, beta = PARETO.values()
    model, who = ParetoNbd.with_params("1w", **PARETO), one(4, 20, 38)
    rate = np.log1p(0.15) * 7 / 365.25
    ahead = rate * (beta + 38)
    closed = (r + 4) / (alpha + 38) * (beta + 38) * ahead ** (s - 1) * hyperu(s, s, ahead)
    expected = model.probability_alive(who)[0] * closed
    assert model.discounted_purchases(who, annual_discount=0.15)[0] == pytest.approx(expected, rel=1e-8)


def drawn(kind, params, people, seed):
    """Customers who live by the model's own story."""
    rng = np.random.default_rng(seed)
    age = rng.integers(27 * 7, 52 * 7, people) / 7
    rate = rng.gamma(params["r"], 1 / params["alpha"], people)
    x, last, now, here = np.zeros(people), np.zeros(people), np.zeros(people), np.ones(people, bool)
    if kind is ParetoNbd:
        gone = rng.exponential(1 / rng.gamma(params["s"], 1 / params["beta"], people))
    else:
        p = rng.beta(params["a"], params["b"], people)
        gone = np.full(people, np.inf)
        if kind is MbgNbd:
            here &= rng.random(people) >= p
    while here.any():
        now = now + np.where(here, rng.exponential(1 / rate), 0)
        here &= now < np.minimum(age, gone)
        x, last = x + here, np.where(here, now, last)
        if kind is not ParetoNbd:
            here &= rng.random(people) >= p
    return CustomerSummary.of(x, last, age, unit="1w")


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        (BgNbd, {"r": 0.8, "alpha": 5.0, "a": 0.9, "b": 2.5}),
        (MbgNbd, {"r": 0.8, "alpha": 5.0, "a": 0.9, "b": 2.5}),
        (ParetoNbd, {"r": 0.8, "alpha": 5.0, "s": 0.7, "beta": 9.0}),
    ],
)
def test_fits_find_the_parameters_that_made_the_customers(kind, params):
    model = kind().fit(drawn(kind, params, 4_000, 7))
    table = model.summary.set_index("parameter")
    away = (np.log(table["estimate"]) - np.log(list(params.values()))) / np.sqrt(np.diag(model.covariance_))
    assert model.converged_
    assert np.abs(away).max() < 3.3
    assert ((table["low"] < table["estimate"]) & (table["estimate"] < table["high"])).all()


def test_spend_and_contracts_are_found_too():
    rng = np.random.default_rng(3)
    x = rng.integers(1, 9, 4_000)
    mean = rng.gamma(6.0 * x, 1 / rng.gamma(4.0, 1 / 15.0, 4_000)) / x
    summary = CustomerSummary.of(x, np.ones(4_000), np.full(4_000, 9.0), unit="1w", mean_value=mean)
    spend = GammaGamma().fit(summary)
    leaves = rng.beta(0.7, 1.9, 4_000)
    stayed = np.minimum(rng.geometric(leaves), 13)
    contract = Sbg.fit_lifetimes(stayed, stayed <= 12)
    for model, params in ((spend, [6.0, 4.0, 15.0]), (contract, [0.7, 1.9])):
        away = (np.log(model.theta) - np.log(params)) / np.sqrt(np.diag(model.covariance_))
        assert np.abs(away).max() < 3.3
    survivors = [(stayed > k).sum() for k in range(13)]
    assert Sbg().fit(survivors).theta == pytest.approx(contract.theta, rel=1e-6)


def test_donors_are_found_too():
    rng = np.random.default_rng(5)
    n = 8
    buys, goes = rng.beta(1.2, 0.8, 6_000), rng.beta(0.7, 2.8, 6_000)
    stays = rng.geometric(goes) - 1
    gave = (rng.random((6_000, n)) < buys[:, None]) & (np.arange(n) < stays[:, None])
    x, last = gave.sum(axis=1), (gave * np.arange(1, n + 1)).max(axis=1)
    model = BgBb().fit(x, last, n)
    away = (np.log(model.theta) - np.log([1.2, 0.8, 0.7, 2.8])) / np.sqrt(np.diag(model.covariance_))
    assert np.abs(away).max() < 3.3
    assert model.pmf(range(n + 1), n) == pytest.approx(np.bincount(x, minlength=n + 1) / 6_000, abs=0.02)
    # One occasion more is one occasion less of none.
    alive = model.probability_alive(3, 5, n)[0]
    assert model.probability_no_purchase(1, 3, 5, n)[0] == pytest.approx(
        1 - alive * (1.2 + 3) / (1.2 + 0.8 + n), abs=0.02
    )


def test_order_and_repetition_change_nothing_but_the_count():
    customers = drawn(BgNbd, {"r": 0.8, "alpha": 5.0, "a": 0.9, "b": 2.5}, 600, 1)
    model = BgNbd().fit(customers)
    back = customers.take(np.arange(600)[::-1])
    twice = customers.take(np.tile(np.arange(600), 2))
    assert BgNbd().fit(back).theta == pytest.approx(model.theta, rel=1e-6)
    doubled = BgNbd().fit(twice)
    assert doubled.theta == pytest.approx(model.theta, rel=1e-6)
    assert doubled.log_likelihood_ == pytest.approx(2 * model.log_likelihood_)
    assert doubled.summary["se"].to_numpy() == pytest.approx(model.summary["se"].to_numpy() / np.sqrt(2), rel=1e-3)


def test_bgnbd_warns_that_it_calls_one_time_buyers_alive():
    once = one(0, 0, 500)
    plain, modified = BgNbd.with_params("1w", **GEOMETRIC), MbgNbd.with_params("1w", **GEOMETRIC)
    assert plain.probability_alive(once)[0] == 1
    assert any("bought once" in warning for warning in plain.warnings)
    assert modified.probability_alive(once)[0] < 0.5
    assert modified.warnings == ()
    assert plain.probability_no_purchase("52w", once)[0] > 0.9


def test_models_are_compared_on_the_same_customers_only():
    customers = drawn(BgNbd, {"r": 0.8, "alpha": 5.0, "a": 0.9, "b": 2.5}, 600, 1)
    fits = [BgNbd().fit(customers), ParetoNbd().fit(customers)]
    table = compare(fits)
    assert table["aic"].is_monotonic_increasing
    assert table["delta_aic"].iloc[0] == 0
    assert table["aic"].tolist() == pytest.approx((8 - 2 * table["log_likelihood"]).tolist())
    with pytest.raises(SpecError, match="same customers in the same unit"):
        compare([fits[0], ParetoNbd().fit(customers.in_unit("1d"))])
    with pytest.raises(SpecError, match="not fitted"):
        BgNbd().probability_alive(customers)


def test_customers_without_differences_are_said_to_determine_nothing():
    """Everybody bought at the same pace and nobody left: spread of rates and chance to go are at their ends."""
    same = CustomerSummary.of([10] * 200, [50] * 200, [52] * 200, unit="1w")
    model = BgNbd().fit(same)
    assert not model.converged_
    assert any("no clear maximum" in warning for warning in model.warnings)
    assert np.isfinite(model.expected_purchases("26w", same)).all()
    with pytest.raises(SpecError, match="no standard errors"):
        model.draws(10)


@pytest.mark.parametrize(
    ("do", "message"),
    [
        (lambda: BgNbd().fit(one(0, 0, 9)), "none of the 1 customers bought again"),
        (lambda: BgNbd.with_params("1w", r=1, alpha=1, a=1), "missing: b"),
        (lambda: BgNbd.with_params("1w", r=1, alpha=1, a=-1, b=1), "above zero"),
        (lambda: BgNbd().fit([[1, 2, 3]]), "expected a CustomerSummary"),
        (lambda: GammaGamma().fit(one(2, 3, 9)), "repeat purchases with a value"),
        (lambda: Sbg().fit([100, 100]), "nobody left"),
        (lambda: Sbg().fit([100, 110]), "cannot become more"),
        (lambda: BgBb().fit([3], [2], 6), "cannot be"),
        (lambda: BgBb().fit([0], [0], 6), "nobody bought"),
        (lambda: ParetoNbd.with_params("1w", **PARETO).pmf(1.5, "9w"), "whole numbers"),
    ],
)
def test_bad_input_is_refused_in_words(do, message):
    with pytest.raises(SpecError, match=message):
        do()
