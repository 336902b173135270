"""Planning: sizes, power and smallest effects that agree with each other and with the test they plan."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as sp
from typer.testing import CliRunner

from funnel_utils import Design, charts, cro, stats
from funnel_utils.cli.app import app
from funnel_utils.errors import SpecError

few = settings(max_examples=25, deadline=None)
shares = st.floats(0.02, 0.9)


def test_why_calculators_disagree():
    """10%, +2 points: the numbers that the calculators themselves show."""
    table = Design(baseline=0.1, effect=0.02).size().table.set_index("formula")
    said = {"evan_miller": 3623, "arcsine": 3835, "pooled": 3841, "unpooled": 3839, "rule_of_16": 3600}
    assert table["n"].to_dict() == said
    assert table.loc["pooled", "true_power"] == pytest.approx(0.8, abs=0.002)
    assert table.loc["evan_miller", "true_power"] < 0.78


def test_exact_power_adds_up_all_outcomes():
    """Every pair of counts of 12 and 9, with Pearson's test from scipy."""
    power = 0.0
    for y in range(13):
        for x in range(10):
            if 0 < y + x < 21:
                p = sp.chi2_contingency([[y, 12 - y], [x, 9 - x]], correction=False).pvalue
                power += (p < 0.05) * sp.binom.pmf(y, 12, 0.7) * sp.binom.pmf(x, 9, 0.2)
    assert cro.exact_power(0.2, 0.7, 12, control_n=9) == pytest.approx(power, abs=1e-9)


@few
@given(shares, shares, st.floats(0.3, 3), st.sampled_from(["pooled", "unpooled", "evan_miller", "arcsine"]))
def test_size_and_power_are_each_others_inverse(base, p, ratio, formula):
    """One-sided: two-sided power also holds the chance of a finding in the wrong direction."""
    if abs(p - base) > 0.01:
        asked = {"ratio": ratio, "formula": formula, "alternative": "larger" if p > base else "smaller"}
        n = cro.size_rates(base, p, **asked)
        assert cro.power_rates(base, p, n, **asked)[0] == pytest.approx(0.8, abs=1e-9)


@few
@given(st.floats(0.05, 0.5), st.floats(20, 1e5), st.sampled_from(["up", "down"]))
def test_the_smallest_effect_is_found_with_the_power_asked(base, n, direction):
    change = float(cro.mde_rates(base, n, direction=direction)[0])
    if not math.isnan(change):
        assert (change > 0) == (direction == "up")
        assert cro.power_rates(base, base + change, n)[0] == pytest.approx(0.8, abs=1e-6)


def test_means_by_simulation_of_nothing_but_the_formula():
    """Welch with unequal arms and spreads, against 20,000 simulated tests."""
    rng = np.random.default_rng(7)
    one, other = rng.normal(1.0, 3, (20_000, 60)), rng.normal(0, 1.5, (20_000, 30))
    rejected = (sp.ttest_ind(one, other, axis=1, equal_var=False).pvalue < 0.05).mean()
    assert cro.power_means(1.0, 3, 60, control_sd=1.5, ratio=0.5)[0] == pytest.approx(rejected, abs=0.01)


@settings(max_examples=8, deadline=None)
@given(st.floats(0.05, 3), st.floats(0.3, 3), st.sampled_from(["two-sided", "larger"]))
def test_sizes_of_means_have_their_power(d, ratio, alternative):
    n = float(cro.size_means(d, 1, ratio=ratio, alternative=alternative)[0])
    if n > max(2, 2 / ratio):
        assert cro.power_means(d, 1, n, ratio=ratio, alternative=alternative)[0] == pytest.approx(0.8, abs=1e-6)
        assert cro.mde_means(1, n, ratio=ratio, alternative=alternative)[0] == pytest.approx(d, rel=1e-6)


def test_a_relative_margin_is_sized_for_the_test_of_a_ratio():
    """A rate of 30%, and a loss of three tenths of it ruled out: exact power of the test, over all pairs of counts."""
    asked = {"compare": "ratio", "value": 0.7, "alternative": "larger", "alpha": 0.025}
    n = math.ceil(cro.size_rates(0.3, 0.3, **asked)[0])
    y = np.arange(n + 1)
    chance = sp.binom.pmf(y, n, 0.3)
    tested = stats.score_test(y[:, None], n, y[None, :], n, value=0.7, compare="ratio", alternative="larger")
    assert chance @ (tested.p < 0.025) @ chance == pytest.approx(0.8, abs=0.005)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"compare": "odds"}, "compare='odds'"),
        ({"value": 1.5}, "between -1 and 1"),
        ({"compare": "ratio", "value": 0}, "above 0"),
        ({"formula": "arcsine", "value": 0.1}, "no difference only"),
        ({"ratio": 0}, "ratio=0"),
        ({"power": 1}, "power=1"),
    ],
)
def test_what_cannot_be_sized_is_said(asked, said):
    with pytest.raises(SpecError, match=said):
        cro.size_rates(0.1, 0.2, **asked)


def test_an_effect_on_the_other_side_is_never_found():
    assert cro.size_rates(0.1, 0.08, alternative="larger")[0] == math.inf
    assert cro.size_means(-1, 1, alternative="larger")[0] == math.inf
    with pytest.raises(SpecError, match="not on the side"):
        Design(baseline=0.1, lift=-0.2, alternative="larger").size()


# Design


def test_relative_and_absolute_effects_are_one_plan():
    assert Design(baseline=0.1, lift=0.2).size().sizes == Design(baseline=0.1, effect=0.02).size().sizes


def test_days_and_whole_weeks():
    plan = Design(baseline=0.1, lift=0.2, traffic=1000, share=0.5).size()
    assert plan.total == 7682
    assert (plan.days, plan.weeks) == (16, 3)
    assert "3 whole weeks" in plan.verdict


def test_an_unequal_split_needs_more_in_all():
    even, uneven = (Design(baseline=0.1, lift=0.2, split=split).size() for split in ((1, 1), (9, 1)))
    assert uneven.total > 2 * even.total
    assert uneven.sizes[0] == pytest.approx(9 * uneven.sizes[1], abs=9)
    assert uneven.arms["power"].iloc[1] == pytest.approx(0.8, abs=0.001)


def test_several_arms_share_alpha_and_the_smallest_decides():
    plans = {c: Design(baseline=0.1, lift=0.2, arms=4, correction=c).size() for c in ("none", "dunnett", "bonferroni")}
    assert plans["none"].n == 3841
    assert plans["none"].total < plans["dunnett"].total < plans["bonferroni"].total
    plan = Design(baseline=0.1, lift=0.2, split=(2, 1, 0.5)).size()
    assert plan.design.arms == 3
    powers = plan.arms["power"].iloc[1:].tolist()
    assert min(powers) == pytest.approx(0.8, abs=0.001)
    assert powers[0] > powers[1]


def test_a_margin_is_planned_for_the_test_that_will_judge_it():
    """The size of a non-inferiority plan, and how often its test passes when treatment is as good: exact."""
    plan = Design(baseline=0.2, margin=0.05).size()
    passed = cro.exact_power(0.2, 0.2, plan.n, value=-0.05, alternative="larger", alpha=0.025)
    assert passed == pytest.approx(0.8, abs=0.005)
    assert list(plan.table["formula"]) == ["pooled", "unpooled"]
    assert plan.table["true_power"].iloc[0] == pytest.approx(passed)
    unsubscribed = Design(baseline=0.02, margin=0.01, lower_is_better=True)
    assert unsubscribed.side == "smaller"
    assert unsubscribed.size().power == pytest.approx(0.8, abs=0.002)


def test_means_and_ratios_need_a_spread():
    plan = Design(baseline=116, lift=0.05, sd=300).size()
    assert plan.n == math.ceil(cro.size_means(5.8, 300)[0])
    assert "116" in plan.verdict
    assert plan.curve["power"].is_monotonic_increasing


def test_a_covariate_that_explains_half_saves_half():
    plain, adjusted = (Design(baseline=100, lift=0.05, sd=200, explained=share).size() for share in (0, 0.5))
    assert adjusted.n == pytest.approx(plain.n / 2, rel=0.001)


def test_the_curve_passes_through_the_plan():
    plan = Design(baseline=0.1, lift=-0.2).size()
    assert plan.design.mde(plan.n) == pytest.approx(-0.02, abs=1e-4)
    curve = plan.curve
    assert (curve["mde"].dropna().diff().dropna() >= 0).all()  # less of a loss can be seen
    assert curve["days"].isna().all()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"baseline": 1.2, "lift": 0.1}, "no rate between 0 and 1"),
        ({"baseline": 0.1}, "say what to find"),
        ({"baseline": 0.1, "lift": 0.1, "effect": 0.1}, "give one of them"),
        ({"baseline": 0.1, "lift": 0}, "cannot be found"),
        ({"baseline": 0.9, "lift": 0.5}, "between 0 and 1"),
        ({"baseline": 0.1, "lift": math.nan}, "lift=nan must be a number"),
        ({"baseline": 0.1, "lift": 0.1, "power": 80}, "power=80"),
        ({"baseline": 0.1, "lift": 0.1, "arms": 1}, "arms=1"),
        ({"baseline": 0.1, "lift": 0.1, "split": (1, 0)}, "split"),
        ({"baseline": 0.1, "lift": 0.1, "split": (1, 1, 1), "arms": 4}, "3 weights for 4 arms"),
        ({"baseline": 0.1, "lift": 0.1, "formula": "magic"}, "formula='magic'"),
        ({"baseline": 0.1, "lift": 0.1, "formula": "rule_of_16", "power": 0.9}, "rule_of_16"),
        ({"baseline": 0.1, "lift": 0.1, "traffic": 0}, "traffic=0"),
        ({"baseline": 0.1, "lift": 0.1, "alternative": "up"}, "alternative='up'"),
        ({"baseline": 10, "lift": 0.1, "sd": -1}, "sd=-1"),
        ({"baseline": 10, "lift": 0.1, "sd": 2, "explained": 1}, "explained=1"),
        ({"baseline": 0.1, "lift": 0.1, "explained": 0.5}, "is for means"),
    ],
)
def test_what_cannot_be_planned_is_said(asked, said):
    with pytest.raises(SpecError, match=said.replace("(", r"\(")):
        Design(**asked)


def test_shown_as_table_page_and_chart(tmp_path):
    plan = Design(baseline=0.1, lift=0.2, traffic=900).size()
    assert plan.to_frame()["n"].tolist() == [3841, 3841]
    assert "3,841" in plan.verdict
    assert "<table" in plan._repr_html_()
    assert plan.to_csv(tmp_path / "plan.csv").read_text().startswith("arm,share,n")
    chart = plan.plot()
    assert "3,841" in charts.alt_text(chart)
    assert charts.to_png(chart).startswith(b"\x89PNG")
    assert charts.describe_power(plan).endswith(".")


# Command line


def run(*words):
    return CliRunner().invoke(app, ["design", *words])


def test_the_command_says_how_many():
    done = run("--baseline", "10%", "--lift", "20%", "--traffic", "1000")
    assert done.exit_code == 0
    assert "3,841 in each arm" in done.output
    assert "Evan Miller" in done.output


def test_the_command_as_json_and_picture(tmp_path):
    place = tmp_path / "power.png"
    done = run("--baseline", "0.1", "--effect", "0.02", "--split", "1,1,2", "--json", "--out", str(place))
    found = json.loads(done.output)
    assert len(found["arms"]) == 3
    assert found["total"] == sum(arm["n"] for arm in found["arms"])
    assert place.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--baseline", "ten", "--lift", "0.1"), 2, "not a number, nor a percentage"),
        (("--baseline", "0.1"), 1, "as --lift (a share of the baseline) or --effect (a difference)"),
        (("--baseline", "0.1", "--lift", "0.1", "--split", "1,1,2", "--arms", "2"), 1, "has 3 weights, and --arms 2"),
        (("--baseline", "0.1", "--lift", "0.1", "--split", "1,x"), 1, "--split 1,x: 'x' is not a number"),
        (("--baseline", "0.1", "--lift", "0.1", "--out", "plan.html"), 1, "it is one of .png, .csv, .parquet"),
    ],
)
def test_the_command_says_what_is_wrong(words, code, said):
    done = run(*words)
    assert done.exit_code == code
    assert said in " ".join(done.output.replace("│", " ").split())
    assert "Traceback" not in done.output


def test_little_traffic_is_told_with_its_digits():
    assert "At 0.5 a day" in run("--baseline", "10%", "--lift", "20%", "--traffic", "0.5").output
