"""Lesson 02: its graders against the shipped season, and what its prose says against the numbers."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from ipywidgets import FloatSlider

from funnel_utils import EngagementScore, stages
from funnel_utils.course import check, season
from funnel_utils.journey import Journey
from funnel_utils.journey.attribution import Attribution
from funnel_utils.simulators import ScorePeople, ScoreSimulator
from funnel_utils.simulators.journey import JourneyModel, simulate
from funnel_utils.simulators.score import ScoreModel, simulate_score
from funnel_utils.synthetic import load_journey, load_journey_spend, load_journey_truth
from funnel_utils.text.en.lesson02 import TEXT

(SOURCE,) = (Path(__file__).parent.parent / "lessons").glob("02_*.md")
DAYS = {"train_at": "2026-08-08", "test_at": "2026-08-22"}
log = cache(load_journey)
MEMO = (
    "Keep display: the last click gives it 4 purchases, but it meets people long before they buy, and without it many "
    "more are lost. Cut paid_search, which catches people who have decided. Before that close it in half of the "
    "cities, chosen by lot, for four weeks, and compare the sales there with those of the other half, week by week."
)


@cache
def journeys() -> Any:
    model = stages.model("journey_five")
    return Journey(end="purchase", stages=model, idle="30d", collapse=True).run(log())


@cache
def credit(model: str) -> pd.Series:
    found = Attribution("purchase", replicates=0).run(log()).credits(model)
    return found.set_index("channel")["conversions"]


@cache
def channels() -> pd.DataFrame:
    return load_journey_truth().channels.set_index("channel")


def purchases() -> int:
    return log().filter({"event": "purchase"}).n_events()


def in_store() -> int:
    return log().filter({"event": "purchase", "place": "store"}).n_events()


def auc(weights: dict[str, float], half_life: str = "7d") -> float:
    score = EngagementScore(weights, half_life=half_life)
    return score.calibrate(log(), target="purchase", horizon="14d", **DAYS).auc.value


def rules(**changes: Any) -> Attribution:
    given: dict[str, Any] = {"lookback": "14d", "position": (0.3, 0.3), "half_life": "3d"}
    return Attribution("purchase", **given | changes)


def money(column: str, channel: str = "social") -> float:
    return float(channels().loc[channel, column])


@cache
def shares_of(within: str) -> tuple[float, float]:
    """Who bought within a time of the lot, of those reminded and of the control: counted row by row."""
    rows = log().table.to_pandas()
    lot = rows[rows["event"] == "reminder_assigned"].set_index("user")[["timestamp", "group"]]
    end = log().observed_until.tz_localize(None) - pd.Timedelta(within)
    lot = lot[lot["timestamp"] <= end]
    bought = rows[rows["event"] == "purchase"].join(lot, on="user", rsuffix="_lot", how="inner")
    after = bought["timestamp"] - bought["timestamp_lot"]
    soon = set(bought.loc[(after >= pd.Timedelta(0)) & (after <= pd.Timedelta(within)), "user"])
    did = pd.Series(lot.index.isin(soon), index=lot["group"]).groupby(level=0).mean()
    return float(did["reminder"]), float(did["control"])


OWN = {"compare": 5, "view_product": 1, "purchase": -10}

RIGHT = {
    "02.linear": lambda: 360_000,
    "02.later": lambda: journeys().entry()["rate"].iloc[1:].sum(),
    "02.to_store": lambda: journeys().channels()["rate"].iloc[-1],
    "02.race": lambda: "act",
    "02.flattered": lambda: "paid_search",
    "02.true_return": lambda: money("revenue_lost") / money("spend"),
    "02.reminder": lambda: shares_of("14d")[0] - shares_of("14d")[1],
    "02.own_score": lambda: auc(OWN),
    "02.their_rules": rules,
    "02.memo": lambda: MEMO,
}

WRONG = [
    ("02.linear", lambda: 180_000, "once"),
    ("02.linear", lambda: 225_000, "shapley"),
    ("02.linear", lambda: 900_000 * (0.4 + 0.2 / 3), "position"),
    ("02.linear", lambda: 900_000, "first"),
    ("02.linear", lambda: 0, "last"),
    ("02.linear", lambda: 0.4, "share"),
    ("02.linear", lambda: 123, "hint"),
    ("02.later", lambda: journeys().linearity()["rate"].iloc[0], "linear"),
    ("02.later", lambda: 1 - journeys().linearity()["rate"].iloc[0], "not_linear"),
    ("02.later", lambda: journeys().linearity()["rate"].iloc[2], "skips"),
    ("02.later", lambda: journeys().linearity()["rate"].iloc[3], "returns"),
    ("02.later", lambda: journeys().linearity()["conversion"].iloc[1], "conversion"),
    ("02.to_store", lambda: journeys().channels()["rate"].iloc[2], "of_online"),
    ("02.to_store", lambda: journeys().channels()["rate"].iloc[3], "to_online"),
    ("02.to_store", lambda: journeys().channels()["rate"].iloc[1], "cross"),
    ("02.to_store", lambda: in_store() / purchases(), "in_store"),
    ("02.race", lambda: "engage", "last"),
    ("02.race", lambda: "reach", "first"),
    ("02.race", lambda: "convert", "hint"),
    ("02.flattered", lambda: "direct", "free"),
    ("02.flattered", lambda: "display", "opposite"),
    ("02.flattered", lambda: "retargeting", "hint"),
    ("02.true_return", lambda: money("spend") / money("revenue_lost"), "upside_down"),
    ("02.true_return", lambda: money("revenue_lost") / money("conversions_lost"), "purchases"),
    ("02.true_return", lambda: money("revenue_lost", "display") / money("spend", "display"), "other"),
    ("02.reminder", lambda: shares_of("14d")[1] - shares_of("14d")[0], "sign"),
    ("02.reminder", lambda: shares_of("14d")[0], "treated"),
    ("02.reminder", lambda: shares_of("14d")[1], "control"),
    ("02.reminder", lambda: shares_of("14d")[0] / shares_of("14d")[1] - 1, "lift"),
    ("02.reminder", lambda: shares_of("7d")[0] - shares_of("7d")[1], "window"),
    ("02.reminder", lambda: 12, "hint"),
    ("02.own_score", lambda: auc({"compare": 5, "view_product": 1}), "no_purchase"),
    ("02.own_score", lambda: auc(OWN, "14d"), "half_life"),
    ("02.own_score", lambda: auc(season.FIRST_WEIGHTS, "14d"), "first_try"),
    ("02.own_score", lambda: 71, "not_auc"),
    ("02.their_rules", lambda: 14, "no_spec"),
    ("02.their_rules", lambda: Attribution("refer", lookback="14d"), "conversion"),
    ("02.their_rules", lambda: rules(lookback="30d"), "lookback"),
    ("02.their_rules", lambda: rules(position=(0.4, 0.4)), "position"),
    ("02.their_rules", lambda: rules(half_life="7d"), "half_life"),
    ("02.their_rules", lambda: rules(removal="redistribute"), "more"),
]


@pytest.mark.parametrize("name", RIGHT)
def test_the_right_answer_is_right(name: str) -> None:
    outcome = check(name, RIGHT[name]())
    assert outcome.status == "ok", outcome


@pytest.mark.parametrize(("name", "wrong", "hint"), WRONG, ids=lambda part: part if isinstance(part, str) else "")
def test_a_misconception_gets_its_own_hint(name: str, wrong: Any, hint: str) -> None:
    outcome = check(name, wrong())
    assert outcome.status == "hint", outcome
    assert outcome.message.startswith(TEXT[f"lesson{name}.{hint}"].split("{")[0])


def test_the_last_click_s_return_is_a_misconception_too() -> None:
    value = Attribution("purchase", replicates=0).run(log()).credits("last").set_index("channel")["value"]
    assert "by the last click" in check("02.true_return", value["social"] / money("spend")).message


def test_a_memo_is_told_one_thing_at_a_time() -> None:
    assert "words" in check("02.memo", "Keep display.").message
    assert "figure" in check("02.memo", "keep display and test it " * 20).message
    assert "compare" in check("02.memo", "keep display for 3 weeks now please " * 20).message
    assert "Name" in check("02.memo", "do the thing with 3 tests " * 20).message


def test_the_lesson_says_every_sentence_of_its_catalogue_and_no_other() -> None:
    said = set(re.findall(r'say\(\s*"([^"]+)"', SOURCE.read_text(encoding="utf-8")))
    assert said == {key for key in TEXT if ".say." in key}


def test_the_lesson_and_its_graders_mean_the_same_score() -> None:
    text = SOURCE.read_text(encoding="utf-8")
    weights = re.search(r"weights = \{(.*?)\}", text, re.S)
    assert weights is not None
    assert {key: int(points) for key, points in re.findall(r'"(\w+)": (\d+)', weights[1])} == season.FIRST_WEIGHTS
    assert f'"train_at": "{season.DAYS["train_at"]}", "test_at": "{season.DAYS["test_at"]}"' in text


# What the prose says without a number beside it.


def test_the_person_of_the_card_has_the_story_that_is_told() -> None:
    card = log().restrict(["m001484"]).table.to_pandas().sort_values("timestamp").reset_index(drop=True)
    sold = card.index[card["event"] == "purchase"]
    assert card.loc[sold, ["place", "city"]].values.tolist() == [["store", "Shiraz"]]
    before, after = card[: sold[0]], card[sold[0] + 1 :]
    assert before["channel"].dropna().tolist() == ["affiliate", "retargeting", "social", "paid_search", "store"]
    assert "read_guide" in set(before["event"])
    days = before.dropna(subset="channel").set_index("channel")["timestamp"].dt.date
    assert (days["paid_search"] - days["social"]).days == 2
    assert after["event"].iloc[0] == "refer"
    assert after["channel"].dropna().tolist() == ["social", "direct"]


def test_what_is_said_of_the_reminder() -> None:
    week = season.reminder("7d")
    assert week["low"] < 0 < week["high"]  # no effect seen yet
    assert load_journey_truth().reminder.set_index("where")["effect"]["log"] > 0.02  # and there is one
    kept = season.reminder("14d")
    assert kept["difference"] == pytest.approx(shares_of("14d")[0] - shares_of("14d")[1])


def test_what_is_said_of_journeys() -> None:
    conversion = journeys().linearity()["conversion"]
    assert conversion.iloc[3] > conversion.iloc[0]  # those who return buy more often than straight ones
    assert journeys().channels()["rate"].iloc[1] > 0.5  # most that end with a purchase cross channels


def test_what_is_said_of_touches_by_stage() -> None:
    touches = log().filter({"channel": ("not null", None)})
    table = Journey(stages=stages.model("journey_five")).run(touches).touchpoints()
    top = (
        table.sort_values("count", ascending=False).groupby("state")["channel"].apply(lambda names: set(names.head(4)))
    )
    assert top["awareness"] == {"email", "social", "retargeting", "display"}
    assert top["consideration"] == {"store", "direct", "organic_search", "paid_search"}
    assert {"direct", "paid_search"} < top["purchase"]


def test_what_is_said_of_credit_and_cause() -> None:
    caused, last = channels()["conversions_lost"], credit("last")
    assert set(caused.nlargest(2).index) == {"display", "social"}
    assert set(last.nlargest(2).index) == {"direct", "paid_search"}
    assert (last[["display", "social"]] < caused[["display", "social"]] / 4).all()
    assert (caused[["direct", "paid_search", "retargeting"]] < 20).all()
    spend = load_journey_spend().groupby("channel")["spend"].sum()
    assert len(spend) == 7
    true = channels()["revenue_lost"][spend.index] / spend
    assert set(true.nlargest(2).index) == {"display", "social"}
    assert true["paid_search"] < 1
    # Strongest contact of the season, with few touches.
    assert channels()["effect"].idxmax() == "referral"
    assert channels()["touches"].idxmin() == "referral"


def test_what_is_said_of_scores() -> None:
    assert 0.5 < auc(season.FIRST_WEIGHTS, "14d") < 0.7  # better than a coin, and not by much
    assert auc({**season.FIRST_WEIGHTS, "purchase": -25}) > auc(season.FIRST_WEIGHTS, "14d")


def test_what_is_said_of_stage_models() -> None:
    gaps = stages.crosswalk().to_frame().set_index("moment")
    assert gaps.loc["unaware"].drop("label").notna().sum() == 1
    assert gaps.loc["bringing_others"].drop("label").isna().sum() == 3
    assert pd.isna(gaps.loc["comparing", "value_journey"])
    assert gaps.loc["comparing"].drop("label").isna().sum() == 1


def test_what_the_notes_say_of_the_simulator() -> None:
    usual = simulate(JourneyModel())
    assert usual.lost["paid_search"] / usual.credit("last", "paid_search") == pytest.approx(0.02, abs=0.005)
    assert 1.8 < usual.lost["display"] / usual.credit("last", "display") < 2
    decided = simulate(JourneyModel(decided=0.4))
    assert (usual.nearest, decided.nearest) == ("first", "markov")
    assert all(decided.misplaced[model] > usual.misplaced[model] for model in usual.misplaced)
    spend = {"display": 0.0, "paid_search": 250.0 + 300.0}
    moved = simulate(JourneyModel(tuple(replace(c, spend=spend.get(c.name, c.spend)) for c in usual.model.channels)))
    assert moved.model.spend == usual.model.spend
    assert usual.conversions - moved.conversions > 600
    assert moved.credit("last", "paid_search") > usual.credit("last", "paid_search")


def test_what_is_asked_of_the_score_simulator_can_be_set_and_has_the_answer_of_the_notes() -> None:
    acts = ["ad_impression", "visit", "view_product", "compare", "add_to_cart", "purchase"]
    people = ScorePeople.from_log(log(), acts, at="2026-08-22")
    start = {**{name: float(season.FIRST_WEIGHTS.get(name, 0)) for name in acts}, "purchase": -5.0}
    control = ScoreSimulator(people, start, half_life=14).controls["purchase"]
    assert [slider.min for slider in control.children if isinstance(slider, FloatSlider)] == [-20]

    def found(purchase: float, half_life: float) -> float:
        points = {**start, "purchase": purchase}
        return simulate_score(ScoreModel(people, tuple(points[name] for name in people.events), half_life)).auc.value

    assert found(0, 14) < found(-20, 14) < found(0, 3) < found(-20, 3)
