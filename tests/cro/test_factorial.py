"""Multivariate tests: small tables worked by hand, a loop that averages, statsmodels' GLM, and known aliases."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from funnel_utils.cro import Factorial
from funnel_utils.cro.factorial_result import contrast_interval, contrast_p
from funnel_utils.errors import SpecError
from funnel_utils.stats import newcombe, two_proportions

TWO = Factorial({"button": ("green", "orange"), "price": ("plain", "monthly")})
THREE = Factorial(dict.fromkeys("abc", ("old", "new")), order=3)


def test_two_by_two_by_hand() -> None:
    """Rates 10, 10, 10 and 14%: each factor does nothing alone, both together bring 4 points."""
    found = TWO.run(TWO.design.assign(n=4000, converted=[400, 400, 400, 560]))
    effects = found.effects.set_index("effect")["difference"]
    # The main effects average 0 and 4 points; the interaction is 4 - 0.
    assert effects["button"] == pytest.approx(0.02)
    assert effects["price"] == pytest.approx(0.02)
    assert effects["button:price"] == pytest.approx(0.04)
    best = found.best.iloc[0]
    assert best["cell"] == "orange / monthly"
    assert best["difference"] == pytest.approx(0.04)
    # Three comparisons with today's cell: Newcombe at 5% / 3.
    low, high = newcombe(560, 4000, 400, 4000, 0.05 / 3)
    assert [best["difference_low"], best["difference_high"]] == pytest.approx([low[0], high[0]])
    assert best["p_adjusted"] == pytest.approx(3 * two_proportions(560, 4000, 400, 4000)[0])
    assert found.best["could_be_best"].tolist() == [True, False, False, False]
    assert "together they bring +4.00 points" in found.verdict


def test_of_one_factor_it_is_an_ordinary_comparison() -> None:
    one = Factorial({"page": ("old", "new")})
    row = one.run(pd.DataFrame({"page": ["old", "new"], "n": [80, 70], "converted": [48, 56]})).effects.iloc[0]
    assert [row["low"], row["high"]] == pytest.approx([0.0524, 0.3339], abs=6e-5)  # Newcombe 1998, example (a).
    assert row["log_odds"] == pytest.approx(np.log(56 / 14 / (48 / 32)))


@given(st.lists(st.tuples(st.integers(1, 50), st.integers(0, 50)), min_size=12, max_size=12))
@settings(max_examples=8)
def test_effects_against_a_loop_that_averages(counts) -> None:
    levels = {"a": (0, 1), "b": (0, 1, 2), "c": ("x", "y")}
    trial = Factorial(levels, order=2)
    cells = trial.design.assign(n=[n + y for n, y in counts], converted=[y for _, y in counts])
    rate = {tuple(row[:3]): row[4] / row[3] for row in cells.itertuples(index=False, name=None)}
    found = trial.run(cells).effects.set_index(["effect", "level"])["difference"]
    for level in (1, 2):
        means = [np.mean([rate[a, value, c] for a, c in product((0, 1), "xy")]) for value in (level, 0)]
        assert found["b", str(level)] == pytest.approx(means[0] - means[1])
        pairs = [[np.mean([rate[a, b, c] for a in (0, 1)]) for b in (level, 0)] for c in "yx"]
        assert found["b:c", f"{level} / y"] == pytest.approx((pairs[0][0] - pairs[0][1]) - (pairs[1][0] - pairs[1][1]))


@given(st.lists(st.tuples(st.integers(1, 400), st.integers(0, 400)), min_size=8, max_size=8))
@settings(max_examples=25)
def test_interval_and_p_never_contradict(counts) -> None:
    count = np.array([y for _, y in counts], dtype=float)
    total = np.array([n + y for n, y in counts], dtype=float)
    weights = np.array([effect.weights for effect in THREE.effects])
    low, high = contrast_interval(weights, count, total, 0.05)
    p = contrast_p(weights, count, total)
    outside = (low > 1e-9) | (high < -1e-9)
    clear = np.abs(p - 0.05) > 1e-6
    assert ((p < 0.05) == outside)[clear].all()
    assert ((p >= 0) & (p <= 1)).all()
    estimate = weights @ (count / total)
    assert ((low <= estimate + 1e-12) & (estimate <= high + 1e-12)).all()


def test_the_logit_is_that_of_statsmodels() -> None:
    trial = Factorial(dict.fromkeys("abc", (0, 1)), order=2)
    n, converted = [900, 1000, 1100, 950, 1000, 990, 1010, 970], [90, 95, 130, 99, 80, 120, 111, 160]
    cells = trial.design.assign(n=n, converted=converted)
    found = trial.run(cells)
    x = np.column_stack([np.ones(8), trial.columns(trial.effects)])
    y = np.column_stack([cells["converted"], cells["n"] - cells["converted"]])
    fit = sm.GLM(y, x, family=sm.families.Binomial()).fit()
    assert found.effects["log_odds"].to_numpy() == pytest.approx(fit.params[1:], abs=1e-8)
    assert found.effects["log_odds_high"].to_numpy() == pytest.approx(np.asarray(fit.conf_int())[1:, 1], abs=1e-6)
    assert found.fit["deviance"] == pytest.approx(fit.deviance, abs=1e-6)
    assert found.fit["df"] == 1
    assert found.cells["fitted"].to_numpy() == pytest.approx(fit.fittedvalues, abs=1e-8)
    less = sm.GLM(y, np.delete(x, 4, axis=1), family=sm.families.Binomial()).fit()
    ratio = chi2.sf(less.deviance - fit.deviance, 1)
    assert found.effects["glm_p"][3] == pytest.approx(ratio, abs=1e-7)


def test_the_aliases_of_known_fractions() -> None:
    # Box, Hunter, Hunter: the half fraction of four factors with D = ABC.
    half = Factorial(dict.fromkeys("ABCD", (-1, 1)), generators={"D": "A*B*C"})
    assert len(half.design) == 8
    aliases = half.aliases.set_index("effect")["aliases"]
    assert aliases["A"] == "B:C:D"
    assert aliases["A:B"] == "C:D"
    assert "C:D" not in aliases.index  # One of two that are the same.
    # The quarter fraction of five with D = AB and E = AC: every main effect is mixed with interactions of two.
    quarter = Factorial(dict.fromkeys("ABCDE", (-1, 1)), generators={"D": "A*B", "E": "A*C"})
    assert set(quarter.aliases.set_index("effect")["aliases"]["A"].split(", ")) == {"B:D", "C:E", "A:B:C:D:E"}
    negative = Factorial(dict.fromkeys("ABC", (-1, 1)), generators={"C": "-A*B"})
    assert negative.aliases["aliases"].tolist() == ["-B:C", "-A:C", "-A:B"]
    assert TWO.aliases["aliases"].tolist() == ["", "", ""]


def test_a_fraction_finds_what_the_whole_would() -> None:
    """Rates made of main effects alone are the same in a half fraction."""
    names = list("ABCD")
    half = Factorial(dict.fromkeys(names, (0, 1)), generators={"D": "A*B*C"}, order=1)
    rate = 0.1 + half.design.astype(float) @ np.array([0.01, 0.02, 0.0, 0.04])
    found = half.run(half.design.assign(n=10_000, converted=(10_000 * rate).round().astype(int)))
    assert found.effects["difference"].tolist() == pytest.approx([0.01, 0.02, 0.0, 0.04], abs=1e-9)
    assert "aliases" in found.verdict


def test_rows_are_added_up_and_their_order_does_not_matter() -> None:
    cells = THREE.design.assign(n=[500, 510, 520, 530, 540, 550, 560, 570], converted=[40, 50, 45, 60, 42, 71, 55, 80])
    whole = THREE.run(cells)
    half = cells.assign(n=cells["n"] // 2, converted=cells["converted"] // 2)
    rest = cells.assign(n=cells["n"] - half["n"], converted=cells["converted"] - half["converted"])
    split = THREE.run(pd.concat([half, rest]).sample(frac=1, random_state=3))
    pd.testing.assert_frame_equal(whole.effects, split.effects)


def test_cells_where_nobody_converted() -> None:
    found = THREE.run(THREE.design.assign(n=1000, converted=[0, 3, 0, 1, 2, 0, 0, 9]))
    numbers = found.effects[["difference", "low", "high", "p", "log_odds", "log_odds_low", "log_odds_high", "glm_p"]]
    assert np.isfinite(numbers.to_numpy()).all()
    assert len(found.warnings) == 1
    nobody = THREE.run(THREE.design.assign(n=1000, converted=0))
    assert (nobody.effects["p"] == 1).all()
    assert (nobody.effects["low"] < 0).all()


def test_rates_averaged_over_the_other_factors() -> None:
    cells = THREE.design.assign(n=1000, converted=[100, 110, 120, 130, 140, 150, 160, 170])
    means = THREE.run(cells).means("b")
    # (10 + 11 + 14 + 15) / 4 and (12 + 13 + 16 + 17) / 4.
    assert means["rate"].tolist() == pytest.approx([0.125, 0.145])
    with pytest.raises(SpecError, match="means"):
        THREE.run(cells).means("z")


def test_power_of_a_contrast() -> None:
    power = TWO.power(0.10, 0.02, 1766.0).set_index("what")
    # 7.849 is (1.960 + 0.842)^2; a main effect compares two pairs of cells, so each needs half of what an arm does.
    assert power["n_needed"]["cell"] == pytest.approx(2 * 0.09 * 7.849 / 0.02**2, abs=1)
    assert power["n_needed"]["button"] == pytest.approx(0.09 * 7.849 / 0.02**2, abs=1)
    assert power["n_needed"]["button:price"] == pytest.approx(4 * power["n_needed"]["button"], abs=4)
    assert power["power"]["button"] == pytest.approx(0.8, abs=1e-3)
    strict = TWO.power(0.10, 0.02, 1766.0, tests=3)["power"]
    assert (strict < power["power"].to_numpy()).all()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"n": None}, "no column 'n'"),
        ({"button": "blue"}, "'blue'"),
        ({"converted": 5000}, "5000 of 4000"),
        ({"converted": -1}, "-1 of"),
        ({"n": float("nan")}, "of nan"),
        ({"n": "many"}, "numbers"),
        ({"converted": 1.5}, "whole counts"),
        ({"n": 0, "converted": 0}, "nobody is in the cell green / plain"),
    ],
)
def test_cells_that_cannot_be(change, named) -> None:
    cells = TWO.design.assign(n=4000, converted=400).astype(object)
    for name, value in change.items():
        if value is None:
            cells = cells.drop(columns=name)
        else:
            cells.loc[0, name] = value
    with pytest.raises(SpecError, match=named):
        TWO.run(cells)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"factors": {}}, "factors"),
        ({"factors": {"a": "xy"}}, "levels"),
        ({"factors": {"a": (1, 1)}}, "differ"),
        ({"factors": {"a": ([1], [2])}}, "as text"),
        ({"factors": {"n": (0, 1)}}, "cannot name"),
        ({"factors": {"a:b": (0, 1)}}, "cannot name"),
        ({"factors": {f"f{i}": (0, 1) for i in range(12)}}, "1,024"),
        ({"factors": {"a": (0, 1)}, "order": 0}, "order"),
        ({"factors": {"a": (0, 1), "b": (0, 1), "c": (0, 1, 2)}, "generators": {"c": "a*b"}}, "two-level"),
        ({"factors": {"a": (0, 1), "b": (0, 1), "c": (0, 1)}, "generators": {"c": "a*z"}}, "generators"),
    ],
)
def test_specifications_that_cannot_be(arguments, named) -> None:
    with pytest.raises(SpecError, match=named):
        Factorial(**arguments)


def test_cells_are_a_table() -> None:
    with pytest.raises(SpecError, match="DataFrame"):
        TWO.run({"n": 3})


def test_a_cell_outside_the_fraction_is_named() -> None:
    half = Factorial(dict.fromkeys("abc", (0, 1)), generators={"c": "a*b"})
    whole = Factorial(dict.fromkeys("abc", (0, 1)))
    with pytest.raises(SpecError, match="not in the fraction"):
        half.run(whole.design.assign(n=10, converted=1))


def test_levels_are_shown_as_text_and_exports_are_defused(tmp_path) -> None:
    trial = Factorial({"head": ("plain", "=HYPERLINK('x')"), "<b>": (False, True)})
    found = trial.run(trial.design.assign(n=100, converted=[10, 12, 30, 33]))
    assert "<b>" not in found._repr_html_()
    found.to_csv(tmp_path / "effects.csv")
    assert "'=HYPERLINK" in (tmp_path / "effects.csv").read_text()
