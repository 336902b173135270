"""Lesson 05a: its graders against answers found another way, and what its prose says against the numbers."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from funnel_utils.course import check, returning
from funnel_utils.retention import CustomerSummary, Ladder, UnitEconomics, margins_by_age, silences
from funnel_utils.simulators.retention_model import RetentionModel, simulate_retention
from funnel_utils.synthetic import load_members, load_orders_spend, load_orders_truth
from funnel_utils.text.en.lesson05a import TEXT

(SOURCE,) = (Path(__file__).parent.parent / "lessons").glob("05a_*.md")
DATA = Path(__file__).parent.parent / "data"
ENDS = pd.Timestamp("2026-03-21", tz="Asia/Tehran")
MEMO = (
    "Yes, sell the welcome_box again for ten weeks, but pay no more than 150,000 toman of advertising for each new "
    "customer. A customer of last spring has brought some 146,000 in ten months with the loss on the box already taken "
    "off. Half of the new ones get a welcome call, by lot, and if fewer come back in month 1 than last time, stop."
)


@cache
def orders() -> pd.DataFrame:
    """The shipped orders with local times and the number of each among its customer's."""
    frame = pd.read_parquet(DATA / "pardis_orders.parquet").sort_values("timestamp", ignore_index=True)
    frame["timestamp"] = frame["timestamp"].dt.tz_convert("Asia/Tehran")
    frame["month"] = frame["timestamp"].dt.strftime("%Y-%m")
    frame["number"] = frame.groupby("user").cumcount()
    return frame


@cache
def firsts() -> pd.DataFrame:
    return orders()[orders()["number"] == 0].set_index("user")


@cache
def cost() -> pd.Series:
    spend = load_orders_spend()
    won = spend[spend["kind"] == "acquisition"].groupby("channel")["spend"].sum()
    return won / firsts()["channel"].value_counts()


def kaplan_meier(time: Any, ended: Any, at: float) -> float:
    """The product over times up to `at` of the share that did not end."""
    time, ended, share = np.asarray(time), np.asarray(ended, dtype=bool), 1.0
    for each in np.unique(time[ended & (time <= at)]):
        share *= 1 - (ended & (time == each)).sum() / (time >= each).sum()
    return float(share)


def again(within: int, channel: str) -> float:
    """The share that has ordered a second time, by whole calendar days."""
    first = firsts()[firsts()["channel"] == channel]["timestamp"].dt.normalize()
    second = orders()[orders()["number"] == 1].set_index("user")["timestamp"].dt.normalize().reindex(first.index)
    last = ENDS - pd.Timedelta(days=1)
    days = (second.fillna(last) - first).dt.days
    return 1 - kaplan_meier(days, second.notna(), within)


def stays(welcome: str, months: int, after: int = 0) -> float:
    group = load_members()[load_members()["welcome"] == welcome]
    return kaplan_meier(group["months"], group["ended"] == 1, after + months) / kaplan_meier(
        group["months"], group["ended"] == 1, after
    )


def alive_after(weeks: float) -> float:
    """P(alive) without a repeat order: 1 / (1 + a/b ((alpha + T) / alpha)^r), Batislam et al. 2007 with x = 0."""
    r, alpha, a, b = (float(returning.model().params_[name]) for name in ("r", "alpha", "a", "b"))
    return 1 / (1 + a / b * ((alpha + weeks) / alpha) ** r)


def silent(least: int, days: int = 180) -> int:
    last = orders().groupby("user")["timestamp"].max().dt.normalize()
    many = orders().groupby("user").size() >= least
    return int(((ENDS - last).dt.days > days)[many].sum())


RIGHT: dict[str, Any] = {
    "by_hand": lambda: 0.15,
    "seen": lambda: "2025-08",  # its sixth month is February 2026; that of September is cut off on 20 March
    "second": lambda: again(90, "referral"),
    "first_order": lambda: firsts().groupby("channel")["margin"].mean()["paid_search"] - cost()["paid_search"],
    "alive": lambda: alive_after(26),
    "slipping": lambda: silent(4),
    "members": lambda: stays("none", 6, after=6),
    "ladder": lambda: 1 / 3,
    "memo": lambda: MEMO,
}


@pytest.mark.parametrize("name", RIGHT)
def test_the_right_answer_is_right(name: str) -> None:
    found = check(f"05a.{name}", RIGHT[name]())
    assert found.status == "ok", found.message


def test_the_best_hundred_are_those_of_orders_times_value() -> None:
    summary, model = returning.customers(), returning.model()
    from funnel_utils.retention import GammaGamma

    parts = model.expected_purchases("26w", summary) * GammaGamma().fit(summary).expected_value(summary)
    ranked = np.sort(parts)[::-1]
    table = returning.clv("26w").table["clv"].sort_values(ascending=False)
    share = table.head(100).sum() / table.sum()
    # Discounting within half a year is nearly the same for all.
    assert share == pytest.approx(ranked[:100].sum() / ranked.sum(), abs=0.002)
    assert check("05a.best", share).status == "ok"
    assert "people" not in check("05a.best", 0.025).message.split()[:3]


WRONG: dict[str, tuple[Any, str]] = {
    "by_hand/ever": (lambda: 84 / 240, "ever came back"),
    "by_hand/month": (lambda: 44 / 240, "May is month 0"),
    "by_hand/returned": (lambda: 36 / 84, "whole cohort"),
    "by_hand/percent": (lambda: 15, "percent"),
    "seen/partial": (lambda: "2025-09", "was not over"),
    "seen/last": (lambda: "2026-03", "Nobody has seen"),
    "seen/other": (lambda: "August", "2025-08"),
    "second/later": (lambda: again(180, "referral"), "within 180 days"),
    "first_order/sign": (lambda: cost()["paid_search"] - firsts()["margin"].loc[_paid()].mean(), "wrong sign"),
    "first_order/cost": (lambda: cost()["paid_search"], "Subtract it"),
    "alive/bg": (lambda: 1.0, "BG/NBD"),
    "alive/lesson": (lambda: alive_after(40), "40 weeks"),
    "alive/days": (lambda: alive_after(26 / 7), "unit is a week"),
    "slipping/more": (lambda: silent(5), "exactly four"),
    "slipping/silent": (lambda: silent(1), "silent for over 180 days"),
    "members/call": (lambda: stays("call", 6, after=6), "with a call"),
    "members/start": (lambda: stays("none", 12), "twelve months"),
    "members/six": (lambda: stays("none", 6), "first six months"),
    "ladder/ads": (lambda: 120 / 900, "advertising"),
    "ladder/loss": (lambda: 180 / 900, "trial month itself"),
    "memo/number": (lambda: "welcome_box test " * 30, "number"),
    "memo/short": (lambda: "Yes.", "50"),
}


def _paid() -> pd.Index:
    return firsts().index[firsts()["channel"] == "paid_search"]


@pytest.mark.parametrize("name", WRONG)
def test_a_misconception_gets_its_own_hint(name: str) -> None:
    answer, says = WRONG[name]
    found = check(f"05a.{name.split('/')[0]}", answer())
    assert found.status == "hint"
    assert says in found.message, found.message


def test_the_lesson_says_every_sentence_of_its_catalogue_and_no_other() -> None:
    said = set(re.findall(r'say\(\s*"(lesson05a\.[\w.]+)"', SOURCE.read_text("utf-8")))
    said |= {f"lesson05a.say.twins_{name}" for name in ("once", "steady")}
    assert said == {key for key in TEXT if ".say." in key}


# ---- what the prose says


def test_what_is_said_of_the_case() -> None:
    truth = load_orders_truth().channels.set_index("channel")
    box = cost()["welcome_box"]
    assert 1000 < truth.loc["welcome_box", "people"] < 1200  # "more than a thousand"
    assert box == pytest.approx(120_000, rel=0.03)  # "some 120,000"
    assert cost()["paid_search"] / box == pytest.approx(3, abs=0.3)  # "three times that"
    weeks = firsts()[firsts()["channel"] == "welcome_box"]["timestamp"]
    assert (weeks.max() - weeks.min()).days <= 70  # "for ten weeks"


def test_the_woman_of_the_beginning_has_the_story_that_is_told() -> None:
    hers = orders()[orders()["user"] == "r002050"]
    assert hers["offer"].tolist() == ["box", *["core"] * 4]
    weeks = hers["timestamp"].dt.normalize().diff().dt.days.dropna() / 7
    # "the next day … about eleven weeks, after twelve, after sixteen and a half"
    assert weeks.tolist() == pytest.approx([1 / 7, 11, 12, 16.5], abs=0.4)
    assert (ENDS - hers["timestamp"].max()).days // 7 in (11, 12)  # "twelve weeks of silence"


def test_what_is_said_of_cohorts() -> None:
    table = returning.cohorts().compare("channel", period=3).set_index("value")
    assert table["rate"].idxmin() == "welcome_box"
    assert table.loc["welcome_box", "high"] < 0
    curve = returning.cohorts().curve().set_index("period")
    same = returning.cohorts().curve(through=12).set_index("period")
    assert curve.loc[12, "rate"] > curve.loc[10, "rate"]  # "seems to rise at its end"
    assert same.loc[12, "rate"] < same.loc[10, "rate"]  # "and falls, but for luck"
    width = same.loc[10, "high"] - same.loc[10, "low"]
    assert 0 < same.loc[11, "rate"] - same.loc[10, "rate"] < width  # "by less than the interval is wide"
    assert curve.loc[12, "of"] < 0.6 * curve.loc[10, "of"]


def test_what_is_said_of_the_first_and_the_second_order() -> None:
    left = firsts().groupby("channel")["margin"].mean() - cost()
    assert set(left.index[left < 0]) == {"paid_search", "social", "welcome_box"}  # "three of five"
    rates = returning.second().ladder["rate"]
    assert rates.is_monotonic_increasing  # "climbs with every order"
    spend = load_orders_spend()
    year = spend["month"] >= "2025-03"
    late = orders()[orders()["month"] >= "2025-03"]
    assert late.loc[late["number"] == 0, "margin"].sum() < spend.loc[year, "spend"].sum() < late["margin"].sum()


def test_what_is_said_of_dearer_orders() -> None:
    core = orders()[(orders()["offer"] == "core") & (orders()["number"] < 4)]
    table = core.groupby("number")["value"].agg(["mean", "sem"])
    low, high = (table["mean"] + sign * 1.96 * table["sem"] for sign in (-1, 1))
    assert low.max() < high.min()  # "the intervals of all four overlap"


def test_what_is_said_of_members() -> None:
    assert stays("call", 6) > stays("none", 6)
    ever = [stays("none", 6, after=month) for month in (1, 3, 6, 12)]
    assert ever == sorted(ever)  # "the longer somebody has stayed, the surer she stays"


def test_what_is_said_of_silence_and_of_the_living() -> None:
    returned = silences(returning.log(), candidates=["90d"])["rate"].iloc[0]
    assert returned > 0.2  # "many of the lost come back"
    truth, found = load_orders_truth(), returning.model().summary.set_index("parameter")
    for name in ("r", "alpha", "a", "b"):
        assert found.loc[name, "low"] < truth.parameters[name] < found.loc[name, "high"], name
    once = truth.people[truth.people["orders"] == 1]
    assert once["alive"].mean() == pytest.approx(0.3, abs=0.03)  # the quiz: "seven of ten … had left"
    assert (truth.people["orders"] == 1).mean() == pytest.approx(0.53, abs=0.005)  # the quiz: "53%"


def test_what_is_said_of_the_box_in_the_end() -> None:
    part = returning.log().filter({"channel": "welcome_box"})
    margins = margins_by_age(part, margin="margin", period="30d", periods=10)["margin"]
    box = UnitEconomics(cost()["welcome_box"] * part.n_users(), part.n_users(), margins, "30d", annual_discount=0.25)
    assert box.ltv > box.cac  # "a loss on the first order is no loss"
    assert 5 <= box.payback <= 9
    # By hand: what orders within 300 days of the first left, of all of these customers.
    day = orders()["timestamp"].dt.normalize()
    age = (day - orders()["user"].map(firsts()["timestamp"].dt.normalize())).dt.days
    early = orders()[(age < 300) & (orders()["channel"] == "welcome_box")]
    assert sum(margins) == pytest.approx(early["margin"].sum() / part.n_users())
    month = returning.cohorts().breakdown("channel", period=1).set_index("value").loc["welcome_box", "rate"]
    assert month > 1 / 9  # the rule to stop lies below last spring's share
    assert month == pytest.approx(1 / 8, abs=0.005)  # "last spring it was one in eight"
    began = firsts()[firsts()["channel"] == "welcome_box"]
    assert (began["month"] == "2025-03").sum() == 392  # "392 customers last spring"
    assert 1.96 * (month * (1 - month) / 392) ** 0.5 == pytest.approx(0.03, abs=0.005)  # "three points"
    assert began["timestamp"].max() > pd.Timestamp("2025-05-01", tz="Asia/Tehran")  # "over before the ten weeks are"
    third = returning.cohorts().compare("channel", period=3).set_index("value").loc["welcome_box"]
    assert third["rate"] / third["reference_rate"] == pytest.approx(0.6, abs=0.02)  # "six tenths as often"


def test_the_accounts_of_the_box_are_those_that_are_named() -> None:
    preset = RetentionModel.welcome_box()
    assert (preset.cost, preset.climb, preset.months) == (115, 0.39, 24)
    assert simulate_retention(preset).payback == 7
    # The ladder by hand: all that these customers have left so far, undiscounted, less their cost.
    part = orders()[orders()["channel"] == "welcome_box"]
    so_far = part["margin"].sum() / part["user"].nunique() - cost()["welcome_box"]
    log = returning.log()
    ladder = Ladder.from_log(log, {"box": "welcome box", "core": "core offer"}, cac=cost()["welcome_box"])
    assert ladder.table["cumulative"].iloc[-1] == pytest.approx(so_far)
    first = part.groupby("user")["timestamp"].min()
    assert pd.Timedelta(days=300) < ENDS - first.max()  # all have been seen for ten months
    assert ENDS - first.min() < pd.Timedelta(days=380)  # "up to a year"


def test_what_is_said_of_ratio_and_difference() -> None:
    rows = {}
    for channel, price in cost().items():
        part = returning.log().filter({"channel": channel})
        margins = margins_by_age(part, margin="margin", period="30d", periods=10)["margin"]
        one = UnitEconomics(price * part.n_users(), part.n_users(), margins, "30d", annual_discount=0.25)
        rows[channel] = {"ratio": one.ltv_to_cac, "left": one.ltv - one.cac}
    table = pd.DataFrame(rows).T
    assert table["ratio"].nlargest(2).round(1).to_dict() == {"organic_search": 11.4, "referral": 7.8}
    left = (table["left"].nlargest(2) / 1000).round().to_dict()
    assert left == {"referral": 749, "organic_search": 746}  # "level"


def test_what_is_said_of_the_simulator() -> None:
    box, search = RetentionModel.welcome_box(), RetentionModel.paid_search()
    given_away = simulate_retention(_with(box, entry=-200.0))
    assert given_away.payback is None  # "not back within the two years looked at"
    assert simulate_retention(_with(box, differ=0.0)).value < 0.6 * simulate_retention(box).value
    for model in (box, search):
        kept = simulate_retention(_with(model, leave=0.9 * model.leave)).balance[-1]
        cheaper = simulate_retention(_with(model, cost=0.9 * model.cost)).balance[-1]
        assert kept > cheaper


def _with(model: RetentionModel, **changes: float) -> RetentionModel:
    from dataclasses import replace

    return replace(model, **changes)  # type: ignore[arg-type]


def test_p_alive_of_her_is_what_the_lesson_shows() -> None:
    found = returning.model().probability_alive(CustomerSummary.of([0], [0], [40], unit="1w"))[0]
    assert found == pytest.approx(alive_after(40), rel=1e-6)


def test_what_is_said_of_the_value_of_the_two_kinds() -> None:
    channel = returning.log().table.to_pandas().groupby("user")["channel"].first()
    table = returning.clv("52w").table.merge(load_orders_truth().people[["user", "next_52w"]], on="user")
    kind = table["user"].map(channel) == "welcome_box"
    ratio = table.groupby(kind)[["expected_purchases", "next_52w"]].sum().pipe(lambda t: t.iloc[:, 0] / t.iloc[:, 1])
    assert ratio[True] > 1.4  # far too much
    assert 0.9 < ratio[False] < 1  # somewhat too little
    assert table["expected_purchases"].sum() == pytest.approx(table["next_52w"].sum(), rel=0.02)
