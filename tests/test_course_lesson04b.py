"""Lesson 04b: its graders against answers found another way, and what its prose says against the numbers."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta, norm

from funnel_utils import Experiment, stats
from funnel_utils.course import check, trials
from funnel_utils.cro import AlwaysValid, Before, Conversion, Exposure, GroupSequential, Mean, Total, rate_looks
from funnel_utils.synthetic import load_experiment, load_experiment_truth
from funnel_utils.text.en.course import TEXT as COURSE
from funnel_utils.text.en.lesson04b import TEXT

(SOURCE,) = (Path(__file__).parent.parent / "lessons").glob("04b_*.md")


@cache
def winners(gain: float, base: float, people: int) -> dict[str, float]:
    """What winners report, by the normal curve of the difference: its mean beyond the border of significance."""
    se = float(np.sqrt((base * (1 - base) + (base + gain) * (1 - base - gain)) / people))
    middle = base + gain / 2
    border = 1.96 * float(np.sqrt(2 * middle * (1 - middle) / people))
    up, down, positive = ((x - gain) / se for x in (border, -border, 0.0))
    power, wrong, above = norm.sf(up), norm.cdf(down), norm.sf(positive)
    both = (power * gain + se * norm.pdf(up) + wrong * gain - se * norm.pdf(down)) / (power + wrong)
    return {
        "gain": gain + se * norm.pdf(up) / power,
        "power": float(power),
        "any_positive": gain + se * norm.pdf(positive) / above,
        "both_signs": float(both),
    }


@cache
def chance_better() -> float:
    """P(new > old) for Beta(109, 893) and Beta(91, 911), by adding up over a fine grid."""
    grid = np.linspace(0, 0.3, 30_001)
    return float((beta.pdf(grid, 109, 893) * beta.cdf(grid, 91, 911)).sum() * 1e-5)


@cache
def weeks() -> pd.DataFrame:
    """Shares that bought in each week after exposure and in all, by arm: by plain pandas."""
    rows = load_experiment("novelty").table.to_pandas()
    seen = rows[rows["event"] == "exposed"].sort_values("timestamp").groupby("user")[["timestamp", "variant"]].first()
    buys = rows[rows["event"] == "purchase"].set_index("user")["timestamp"].to_frame("bought").join(seen["timestamp"])
    days = (buys["bought"] - buys["timestamp"]) / pd.Timedelta(days=1)
    spans = {k + 1: days.between(7 * k, 7 * k + 7) for k in range(4)} | {"all": days.between(0, 28)}
    did = pd.DataFrame({name: seen.index.isin(days.index[inside]) for name, inside in spans.items()}, index=seen.index)
    return did.groupby(seen["variant"]).mean()


def week(name: Any) -> float:
    return float(weeks().loc["new", name] - weeks().loc["old", name])


RULES = (
    "Six tests a season, each with the people for 80% power at the smallest gain worth having. One primary metric. Four"
    " planned looks by O'Brien and Fleming, or none; nobody stops for another reason. A tenth of the people is held"
    " back by lot for three months after each launch, and finance hears what that comparison says, with its interval."
)

RIGHT = {
    "04b.cuped": lambda: 0.64,
    "04b.segments": lambda: 0.4013,
    "04b.holm": lambda: 3,  # 5 x .008, 4 x .012 and 3 x .016 are below .05; 2 x .03 is not
    "04b.clusters": lambda: 9_000 / 6.98,
    "04b.look": lambda: 4,  # published bounds: 4.56, 3.23, 2.63, 2.28, 2.04
    "04b.chance": chance_better,
    "04b.winners": lambda: winners(0.005, 0.05, 2_000)["gain"],
    "04b.last_week": lambda: week(4),
    "04b.rules": lambda: RULES,
}

WRONG = [
    ("04b.cuped", lambda: 0.36, "saved"),
    ("04b.cuped", lambda: 0.4, "not_squared"),
    ("04b.cuped", lambda: 0.6, "not_squared"),
    ("04b.cuped", lambda: 0.8, "width"),
    ("04b.cuped", lambda: 0.1, "hint"),
    ("04b.segments", lambda: 0.5, "sum"),
    ("04b.segments", lambda: 0.5987, "none"),
    ("04b.segments", lambda: 0.05**10, "all"),
    ("04b.segments", lambda: 0.05, "once"),
    ("04b.segments", lambda: 0.9, "hint"),
    ("04b.holm", lambda: 1, "bonferroni"),
    ("04b.holm", lambda: 4, "no_running_maximum"),
    ("04b.holm", lambda: 5, "uncorrected"),
    ("04b.holm", lambda: 2, "hint"),
    ("04b.clusters", lambda: 9_000 * 6.98, "multiplied"),
    ("04b.clusters", lambda: 6.98, "effect"),
    ("04b.clusters", lambda: 30, "schools"),
    ("04b.clusters", lambda: 9_000 * 0.98, "icc"),
    ("04b.clusters", lambda: 9_000 / 5.98, "no_one"),
    ("04b.clusters", lambda: 4_000, "hint"),
    ("04b.look", lambda: 2, "naive"),
    ("04b.look", lambda: 5, "end"),
    ("04b.look", lambda: 3, "zero_based"),
    ("04b.look", lambda: 1, "hint"),
    ("04b.chance", lambda: 1 - chance_better(), "complement"),
    ("04b.chance", lambda: 2 * norm.sf(18 / 1_000 / np.sqrt(2 * 0.099 * 0.901 / 1_000)), "p_value"),
    ("04b.chance", lambda: 1 - 2 * norm.sf(18 / 1_000 / np.sqrt(2 * 0.099 * 0.901 / 1_000)), "one_minus_p"),
    ("04b.chance", lambda: 0.5, "hint"),
    ("04b.winners", lambda: 0.005, "all"),
    ("04b.winners", lambda: winners(0.005, 0.05, 2_000)["both_signs"], "both_signs"),
    ("04b.winners", lambda: winners(0.005, 0.05, 2_000)["any_positive"], "any_positive"),
    ("04b.winners", lambda: winners(0.005, 0.05, 2_000)["power"], "share"),
    ("04b.winners", lambda: 0.3, "hint"),
    ("04b.last_week", lambda: week(1), "first"),
    ("04b.last_week", lambda: week("all"), "whole"),
    ("04b.last_week", lambda: week(4) / weeks().loc["old", 4], "lift"),
    ("04b.last_week", lambda: weeks().loc["new", 4], "rate"),
    ("04b.last_week", lambda: -week(4), "sign"),
    ("04b.last_week", lambda: 0.5, "hint"),
]


@pytest.mark.parametrize("name", RIGHT)
def test_the_right_answer_is_right(name: str) -> None:
    outcome = check(name, RIGHT[name]())
    assert outcome.status == "ok", outcome
    assert "{" not in outcome.message


@pytest.mark.parametrize(("name", "wrong", "hint"), WRONG, ids=lambda part: part if isinstance(part, str) else "")
def test_a_misconception_gets_its_own_hint(name: str, wrong: Any, hint: str) -> None:
    outcome = check(name, wrong())
    assert outcome.status == "hint", outcome
    assert outcome.message == TEXT[f"lesson{name}.{hint}"]


@pytest.mark.parametrize("name", ["04b.cuped", "04b.segments", "04b.chance", "04b.winners"])
def test_a_percentage_is_told_so(name: str) -> None:
    assert check(name, RIGHT[name]() * 100).message == COURSE["course.slip.percent"]


def test_rules_are_told_one_thing_at_a_time() -> None:
    assert "words" in check("04b.rules", "No.").message
    assert "power" in check("04b.rules", "we do 3 looks and hold some back " * 20).message
    assert "figure" in check("04b.rules", "power and looks and holdouts for all " * 20).message
    assert "look" in check("04b.rules", "power of 80 in each test, with some held back " * 20).message
    assert "hold" in check("04b.rules", "power of 80 in each test, with planned looks " * 20).message


def test_the_lesson_says_every_sentence_of_its_catalogue_and_no_other() -> None:
    said = set(re.findall(r'say\(\s*"([^"]+)"', SOURCE.read_text(encoding="utf-8")))
    assert said == {key for key in TEXT if ".say." in key}


# What the prose says without a number beside it.


def run(
    name: str, *metrics: Any, control: str = "old", within: str = "7d", daily: bool = False, **settings: Any
) -> Any:
    test = Experiment(metrics, arm="variant", control=control, exposure=Exposure("exposed", within=within), **settings)
    return test.run(load_experiment(name), daily=daily)


def test_what_is_said_of_the_season() -> None:
    """Four winners that promise nearly ten points, of which a good third is real; ten large tests find less."""
    small, large = winners(0.01, 0.10, 2_000), winners(0.01, 0.10, 8_000)
    useless = 0.10 * 0.90 * 2 / 2_000  # variance of a gap by luck
    promised_by_luck = float(np.sqrt(useless)) * norm.pdf(1.96)
    reported = 20 * small["power"] * small["gain"] + 20 * promised_by_luck
    real = 20 * small["power"] * 0.01
    assert 3.5 < 20 * small["power"] + 20 * 0.025 < 4.5
    assert 0.09 < reported < 0.10
    assert 1 / 3 < real / reported < 0.40
    assert real > 5 * large["power"] * 0.01
    assert 20 * 0.025 / (20 * small["power"] + 20 * 0.025) < 0.2  # winners that do nothing: the smaller part


def test_what_is_said_of_the_past() -> None:
    spent = Total("value", "purchase")
    metrics = Mean(spent, name="plain"), Mean(spent, name="adjusted", covariates=Before("28d"), role="secondary")
    found = run("cuped", *metrics, within="28d")
    assert found.table["verdict"].tolist() == ["inconclusive", "win"]
    adjusted = found.comparison("adjusted")
    assert adjusted.lift_low < load_experiment_truth("cuped").effects["lift"].iloc[0] < adjusted.lift_high


def test_what_is_said_of_offices() -> None:
    as_people = run("offices", Conversion("purchase")).comparison()
    as_offices = run("offices", Conversion("purchase"), clusters="office").comparison()
    assert as_people.p < 0.05 < as_offices.p
    assert load_experiment("offices").table.to_pandas()["office"].nunique() == 300


def test_what_is_said_of_money() -> None:
    spent = Total("value", "purchase")
    capped = Mean(spent, name="capped", winsorise=0.9)
    found = run("revenue", Mean(spent, name="revenue"), capped, correction="none").table.set_index("metric")
    width = found["lift_high"] - found["lift_low"]
    assert (found["verdict"] == "inconclusive").all()
    assert 0.75 * width["revenue"] < width["capped"] < width["revenue"]  # somewhat
    assert found["n"].iloc[0] + found["control_n"].iloc[0] == 80_000


def test_what_is_said_of_mails_and_of_metrics() -> None:
    found = run("arms", Conversion("purchase"), control="plain", within="3d").table.set_index("arm")
    assert found["verdict"].to_dict() == {"offer": "win", "question": "inconclusive", "story": "inconclusive"}
    drawn = load_experiment_truth("arms").effects.set_index(["metric", "arm"])["difference"]["purchase", "offer"]
    assert found["difference"]["offer"] > drawn
    p = np.array([0.004, 0.011, 0.02, 0.04, 0.30])  # four of the five are below .05
    assert (p < 0.05).sum() == 4
    assert (stats.p_adjust(p, "holm") < 0.05).sum() == 2


def test_what_is_said_of_looking_early() -> None:
    days = run("ab", Conversion("purchase"), daily=True).daily("purchase")
    counts = [days[f"cum_{arm}estimate"] * days[f"cum_{arm}n"] for arm in ("control_", "")]
    each_day = rate_looks(counts[0], days["cum_control_n"], counts[1], days["cum_n"])
    five = each_day.iloc[[5, 10, 16, 21, 27]]
    assert GroupSequential("obrien_fleming", looks=5).monitor(five["estimate"], five["se"]).stopped == 4
    always = AlwaysValid(planned_n=8_000).follow(each_day["estimate"], each_day["se"], each_day["n"])
    assert always.table["p"].iloc[-1] > 0.05  # still not sure at the end
    careful = GroupSequential("obrien_fleming", looks=5)
    assert 1 < careful.inflation() < 1.05  # a little longer
    assert careful.expected_n(effect=1.0) < 0.85


def test_what_is_said_of_the_recommendations() -> None:
    verdicts = trials.novelty().table.set_index("metric")["verdict"]
    assert verdicts["all four weeks"] == "win"
    assert verdicts["week 1"] == "win"
    assert verdicts["week 4"] == "inconclusive"
    effects = [week(k) for k in range(1, 5)]
    assert effects == sorted(effects, reverse=True)
