"""Lesson 05b: its graders against answers found another way, and what its prose says against the numbers."""

from __future__ import annotations

import re
from ast import literal_eval
from collections import Counter
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from funnel_utils import Design
from funnel_utils.automation import BestHour, Campaign, Identity, Preference, Segment
from funnel_utils.automation.simulation import Flow, Programme, Step, simulate_programme
from funnel_utils.course import check, messaging
from funnel_utils.synthetic import load_campaign
from funnel_utils.text.en.lesson05b import TEXT

(SOURCE,) = (Path(__file__).parent.parent / "lessons").glob("05b_*.md")
MIDNIGHT = pd.Timestamp("2026-03-28", tz="Asia/Tehran").tz_convert("UTC").tz_localize(None)
MEMO = (
    "Fewer and others. Whoever left a cart gets a reminder, at most two in a week, because those who had filled a cart "
    "were moved by about 5 points, and nobody else could be shown to be. No newsletter goes to people who were silent "
    "for four weeks. Half are held out by lot, and if after a month the interval of the difference holds zero, we stop."
)


@cache
def events() -> pd.DataFrame:
    frame: pd.DataFrame = messaging.log().table.to_pandas().sort_values("timestamp", kind="stable")
    return frame


@cache
def lot() -> pd.Series:
    found: pd.Series = events()[events()["event"] == "assigned"].set_index("user")["group"]
    return found


@cache
def who(event: str, days: int | None = None, campaign: str | None = None) -> set[str]:
    """Who did it: before the campaign, in its first `days`, or among its messages."""
    rows = events()[events()["event"] == event]
    if campaign is not None:
        # The report looks at three weeks.
        rows = rows[(rows["campaign"] == campaign) & (rows["timestamp"] < MIDNIGHT + pd.Timedelta("21D"))]
        rows = rows[rows["user"].isin(lot().index)]  # others agreed later, and were not drawn
    elif days is None:
        rows = rows[rows["timestamp"] < MIDNIGHT]
    else:
        rows = rows[rows["timestamp"].between(MIDNIGHT, MIDNIGHT + pd.Timedelta(days, unit="D"), inclusive="left")]
    return set(rows["user"])


def rate(people: set[str], group: str, days: int = 21) -> float:
    """The share of these people of one group that orders within so many days."""
    mine = [user for user in lot().index[lot() == group] if user in people]
    bought = who("order", days)
    return sum(user in bought for user in mine) / len(mine)


def left_a_cart(city: str | None, moment: pd.Timestamp = MIDNIGHT) -> int:
    """By hand: a cart before the campaign, or another moment, and no order after the last one."""
    before = events()[events()["timestamp"] < moment]
    if city is not None:
        before = before[before["city"] == city]
    last = before.groupby(["user", "event"])["timestamp"].max().unstack()
    return int((last["add_to_cart"].notna() & ~(last["order"] >= last["add_to_cart"])).sum())


@cache
def best_and_allowed() -> tuple[dict[str, str], dict[str, set[str]]]:
    """By hand, of the autumn log: everybody's best channel, and the channels to which she has agreed and not left.

    The estimate is the shrunk rate, with the prior's two numbers as the report gives them; the rest is counted here.
    """
    priors = Preference().run(load_campaign()).prior.set_index("channel")[["a", "b"]].to_dict("index")
    rows = load_campaign().table.to_pandas().sort_values("timestamp", kind="stable")
    rates: dict[str, dict[str, float]] = {}
    allowed: dict[str, set[str]] = {}
    seen = Counter(zip(rows["user"], rows["channel"], rows["event"], strict=True))
    for user, channel in {(user, channel) for user, channel, event in seen if event == "sent"}:
        mine = rates.setdefault(user, {name: one["a"] / (one["a"] + one["b"]) for name, one in priors.items()})
        sent, opened = seen[user, channel, "sent"], seen[user, channel, "opened"]
        mine[channel] = (priors[channel]["a"] + opened) / (priors[channel]["a"] + priors[channel]["b"] + sent)
    words = rows[rows["event"].isin(["opt_in", "opt_out", "unsubscribed"])]
    for user, channel, event in zip(words["user"], words["channel"], words["event"], strict=True):
        mine_too = allowed.setdefault(user, set())
        (mine_too.add if event == "opt_in" else mine_too.discard)(channel)
    return {user: max(sorted(mine), key=mine.__getitem__) for user, mine in rates.items()}, allowed


def plan(**changes: list[Any]) -> pd.DataFrame:
    columns: dict[str, list[Any]] = {
        "part": ["Reach", "Act", "Convert", "Engage"],
        "trigger": ["agreed", "looked", "left a cart", "ordered"],
        "rule": ["did agreed", "did opened", "no order since add_to_cart", "did order in last 28 days"],
        "channel": ["email", "sms", "email", "push"],
        "cap": [1, 2, 3, 1],
        "holdout": [0.2, 0.2, 0.5, 0.1],
        "measure": ["orders in 21 days"] * 4,
    }
    return pd.DataFrame(columns | changes)


def lessons_rules() -> list[str]:
    """The rules of the plan that the lesson shows."""
    (table,) = re.findall(r"\nplan = pd.DataFrame\(\n(.*?)columns=", SOURCE.read_text("utf-8"), flags=re.S)
    return [literal_eval(row)[2] for row in re.findall(r"^ +(\(.*\)),$", table, flags=re.M)]


def everybody() -> set[str]:
    return set(lot().index)


def size(rate_before: float, rate_after: float) -> float:
    """People of one group at 80% power: the textbook's formula with a pooled rate (Fleiss), without correction."""
    mean = (rate_before + rate_after) / 2
    spread = rate_before * (1 - rate_before) + rate_after * (1 - rate_after)
    top = 1.959964 * (2 * mean * (1 - mean)) ** 0.5 + 0.841621 * spread**0.5
    return (top / (rate_after - rate_before)) ** 2


RIGHT: dict[str, Any] = {
    "by_hand": lambda: 60,
    "segment": lambda: left_a_cart("Shiraz"),
    "not_agreed": lambda: sum(
        channel not in best_and_allowed()[1].get(user, set()) for user, channel in best_and_allowed()[0].items()
    ),
    "not_sent": lambda: len(set(lot().index[lot() == "message"]) - who("sent", campaign="spring")),
    "open_rate": lambda: (
        len(who("opened", campaign="spring") & who("delivered", campaign="spring"))
        / len(who("delivered", campaign="spring"))
    ),
    "week": lambda: rate(everybody(), "message", 7) - rate(everybody(), "holdout", 7),
    "size": lambda: 2 * size(0.20, 0.23),
    "kind": lambda: "sure things",
    "plan": plan,
    "memo": lambda: MEMO,
}


@pytest.mark.parametrize("name", RIGHT)
def test_the_right_answer_is_right(name: str) -> None:
    found = check(f"05b.{name}", RIGHT[name]())
    assert found.status == "ok", found.message


WRONG: dict[str, tuple[Any, str]] = {
    "by_hand/credit": (lambda: 300, "without a message"),
    "by_hand/counts": (lambda: 240, "differ in size"),
    "by_hand/everybody": (lambda: 75, "got nothing"),
    "segment/everywhere": (lambda: left_a_cart(None), "all cities"),
    "segment/end": (lambda: left_a_cart("Shiraz", MIDNIGHT + pd.Timedelta("28D")), "as_of=start"),
    "plan/percent": (lambda: plan(holdout=[0.2, 20, 0.5, 0.1]), "0.2 for a fifth"),
    "plan/words": (lambda: plan(cap=["two", 1, 1, 1]), "Row 1"),
    "plan/lesson": (lambda: plan(rule=lessons_rules()), "lesson's own"),
    "not_sent/held_out": (
        lambda: RIGHT["not_sent"]() + int((lot() == "holdout").sum()),
        "Leave those out",
    ),
    "not_agreed/nowhere": (
        lambda: sum(not best_and_allowed()[1].get(user) for user in best_and_allowed()[0]),
        "no channel at all",
    ),
    "not_agreed/unknown": (
        lambda: RIGHT["not_agreed"]() + load_campaign().n_users() - len(best_and_allowed()[0]),
        "Leave them out",
    ),
    "not_agreed/agreed": (lambda: len(best_and_allowed()[0]) - RIGHT["not_agreed"](), "the others"),
    "not_sent/sent": (lambda: len(who("sent", campaign="spring")), "Subtract"),
    "open_rate/percent": (lambda: 100 * RIGHT["open_rate"](), "percent"),
    "week/three": (lambda: rate(everybody(), "message") - rate(everybody(), "holdout"), "three weeks"),
    "week/sign": (lambda: -RIGHT["week"](), "wrong sign"),
    "size/group": (lambda: size(0.20, 0.23), "both together"),
    "size/relative": (lambda: 2 * size(0.20, 0.206), "0.03"),
    "kind/moved": (lambda: "persuadables", "holds zero"),
    "plan/columns": (lambda: plan().drop(columns="cap"), "cap"),
    "plan/rows": (lambda: plan().head(3), "3 rows"),
    "plan/parts": (lambda: plan(part=["Reach", "Act", "Act", "Engage"]), "Convert"),
    "plan/cap": (lambda: plan(cap=[1, 2, 9, 1]), "Row 3"),
    "plan/holdout": (lambda: plan(holdout=[0.2, 0.0, 0.5, 0.1]), "Row 2"),
    "plan/channel": (lambda: plan(channel=["email", "sms", "email", "pigeon"]), "pigeon"),
    "plan/rule": (lambda: plan(rule=["did agreed", "did (", "did order", "did order"]), "cannot be run"),
    "plan/nobody": (lambda: plan(rule=["did agreed", "did fly", "did order", "did order"]), "nobody"),
    "plan/one_channel": (lambda: plan(channel=["email"] * 4), "email"),
    "memo/short": (lambda: "Fewer.", "50"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_misconception_gets_its_own_hint(name: str) -> None:
    answer, says = WRONG[name]
    found = check(f"05b.{name.split('/')[0]}", answer())
    assert found.status == "hint"
    assert says in found.message, found.message


def test_the_lesson_says_every_sentence_of_its_catalogue_and_no_other() -> None:
    said = set(re.findall(r'say\(\s*"(lesson05b\.[\w.]+)"', SOURCE.read_text("utf-8")))
    assert said == {key for key in TEXT if ".say." in key}


# ---- what the prose says


def test_nobody_is_written_to_without_consent() -> None:
    since = events()[events()["event"] == "agreed"].set_index(["user", "channel"])["timestamp"]
    gone = events()[events()["event"] == "unsubscribed"].groupby(["user", "channel"])["timestamp"].min()
    sent = events()[events()["event"] == "sent"].set_index(["user", "channel"])["timestamp"]
    assert (since.reindex(sent.index) <= sent).all()
    assert not (gone.reindex(sent.index) < sent).any()
    assert not who("sent", campaign="spring") & set(lot().index[lot() == "holdout"])


def test_four_of_ten_buyers_had_opened_within_five_days() -> None:
    inside = events()["timestamp"].between(MIDNIGHT, MIDNIGHT + pd.Timedelta("21D"), inclusive="left")
    orders = events()[inside & (events()["event"] == "order") & events()["user"].map(lot()).eq("message")]
    touches = events()[(events()["event"] == "opened") & (events()["campaign"] == "spring")]
    pairs = orders[["user", "timestamp"]].merge(touches[["user", "timestamp"]], on="user", suffixes=("", "_before"))
    gap = pairs["timestamp"] - pairs["timestamp_before"]
    share = pairs[(gap >= pd.Timedelta(0)) & (gap < pd.Timedelta("5D"))]["user"].nunique() / orders["user"].nunique()
    assert share == pytest.approx(0.4, abs=0.03)


def test_the_sum_of_nothing_is_what_the_documents_segment_mostly_finds() -> None:
    rule = 'city = "Tehran" and sum(value of order, last 14 days) < 100000'
    found = set(Segment(rule).run(messaging.log(), as_of=messaging.BEGINS).people()["user"])
    before = events()[events()["timestamp"].between(MIDNIGHT - pd.Timedelta("14D"), MIDNIGHT, inclusive="left")]
    spent = before[before["event"] == "order"].groupby("user")["value"].sum()
    seen = events()[events()["timestamp"] < MIDNIGHT].drop_duplicates("user", keep="last").set_index("user")["city"]
    assert found == {user for user in seen.index[seen == "Tehran"] if spent.get(user, 0) < 100_000}
    assert sum(user not in spent.index for user in found) / len(found) > 0.9


def test_what_is_said_of_the_effect() -> None:
    report = Campaign(campaign="spring", conversion="order", within="21d", holdout_share=0.2).run(messaging.log())
    row = report.effect.set_index("measure").loc["order"]
    assert row["difference"] == pytest.approx(rate(everybody(), "message") - rate(everybody(), "holdout"))
    assert row["low"] < 0 < row["high"]  # "not settled"
    assert row["low"] < messaging.truth().effect < row["high"]
    assert row["control_estimate"] == pytest.approx(0.19, abs=0.005)  # the design's baseline
    assert len(lot()) == pytest.approx(12_000, abs=200)  # "twelve thousand people"


def test_what_is_said_of_the_groups() -> None:
    carts, bought = who("add_to_cart"), who("order") - who("add_to_cart")
    moved = rate(carts, "message") - rate(carts, "holdout")
    assert moved > 0.04  # "were moved"
    rest = everybody() - carts - bought
    assert rate(rest, "message") < rate(rest, "holdout")
    assert rate(bought, "holdout") > 0.3  # sure things, by the lesson's limit
    kinds = messaging.truth().kinds.set_index("kind")
    won, driven = (kinds.loc[one, "people"] * kinds.loc[one, "true"] for one in ("persuadables", "sleeping dogs"))
    assert -driven / won == pytest.approx(0.5, abs=0.1)  # "for every two … a sleeping dog"
    truth = messaging.truth().people.set_index("user")
    true = truth["with_messages"].astype(int) - truth["without"].astype(int)
    assert true[true.index.isin(rest)].mean() < 0  # "there is harm"
    dogs = truth["kind"].eq("sleeping dogs")
    shares = [dogs[truth.index.isin(group)].mean() for group in (carts, bought, rest)]
    assert max(shares) < 1.5 * min(shares)  # "in every one of these groups"


def test_what_is_said_once_the_truth_is_known() -> None:
    people = messaging.truth().people.set_index("user")
    caused = people["with_messages"].astype(int) - people["without"].astype(int)
    orders = events()[(events()["event"] == "order") & (events()["timestamp"] >= MIDNIGHT)]
    assert caused.mean() * 0.25 * orders["value"].mean() > 5 * 60  # "it did pay"
    carts, bought = who("add_to_cart"), who("order") - who("add_to_cart")
    assert caused[caused.index.isin(carts)].sum() / caused.sum() == pytest.approx(0.9, abs=0.05)  # "nine tenths"
    assert len(carts & everybody()) / len(everybody()) == pytest.approx(1 / 3, abs=0.02)  # "a third of the list"
    assert caused[caused.index.isin(bought)].mean() > 0.02  # "were moved as well"
    assert Design(baseline=0.19, effect=0.015, split=(0.2, 0.8)).power_at(12_000 * 0.8) < 0.5  # "more likely to miss"


def test_what_the_notes_say_of_other_lots() -> None:
    lots = messaging.lots().set_index(["group", "lot"]).div(1000)
    here = lots.xs(messaging.SEED, level="lot")
    carts, bought = who("add_to_cart"), who("order") - who("add_to_cart")
    groups = [everybody(), carts, bought, everybody() - carts - bought]
    for name, group in zip(("everybody", *messaging.GROUPS), groups, strict=True):
        assert here.loc[name, "difference"] == pytest.approx(rate(group, "message") - rate(group, "holdout"))
    assert here.loc["everybody", "true"] == pytest.approx(messaging.truth().effect)
    settled = (lots["low"] > 0) | (lots["high"] < 0)
    assert settled["everybody"].sum() == 4  # "half of the lots"
    assert settled["filled a cart"].sum() == 7  # "all but one"
    harm = lots.loc["neither"][lots.loc["neither", "high"] < 0]
    assert 1 < len(harm) < 4
    assert (harm["difference"] < 3 * harm["true"]).all()  # "several times as large as it is"
    missed = lots[~lots["true"].between(lots["low"], lots["high"])]
    assert missed.loc["everybody"].index.tolist() == [5]  # "lot 5"


def test_what_is_said_of_keys_and_of_one_persons_page() -> None:
    log = load_campaign()
    found = Identity(["email", "phone", "cookie"]).run(log)
    assert found.people > 1.3 * log.n_users()  # "too many people"
    shared = found.conflicts(values=True).iloc[0]
    rows = log.table.to_pandas()
    mine = rows[rows["phone"] == shared["value"]]
    assert mine["email"].nunique() == 2
    assert set(mine.loc[mine["email"].isna(), "event"]) == {"opt_in"}  # "somebody agreed to SMS"
    her = rows[(rows["user"] == "c00970")]
    assert set(her.loc[her["event"].isin(["opt_in"]), "channel"]) >= {"email", "in_app"}
    assert "email" in set(her.loc[her["event"] == "opt_out", "channel"])  # "has taken back her consent"
    best, allowed = best_and_allowed()
    assert (best["c00970"], allowed["c00970"]) == ("email", {"in_app"})
    assert (her["event"] == "purchase").sum() == 7


def test_nobodys_best_hour_is_settled() -> None:
    hours = BestHour().run(load_campaign())
    assert hours.settled.set_index("group").loc["settled", "people"] == 0  # "for nobody"
    assert hours.strength > 100 > 2 * hours.table.to_pandas()["answers"].max()  # "more than a hundred"


def test_openers_look_better_than_the_campaign_is() -> None:
    opened = who("opened", campaign="spring")
    gap = rate(everybody() & opened, "message") - rate(everybody() - opened, "message")
    assert gap > 2 * messaging.truth().effect


def test_what_is_said_of_triggers_and_caps() -> None:
    crowd = messaging.audience().with_(people=8_000)
    flows = (
        Flow("newsletter", (Step("email"),), days=(0, 3, 7, 10, 14), until_purchase=False),
        Flow("cart", (Step("email", "4h"), Step("email", "2d", when="not opened"))),
    )
    calendar, cart = (simulate_programme(Programme((flow,)), crowd, days=60, seed=5) for flow in flows)
    assert cart.caused / cart.sends > 1.5 * calendar.caused / calendar.sends
    assert cart.claimed < cart.caused  # "credit is smaller than what was caused"
    capped = [simulate_programme(Programme.usual(most=most), crowd, days=60, seed=5) for most in (1, 2, None)]
    steps = [(0, 0), *((one.sends, one.caused) for one in capped)]
    more = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in pairwise(steps)]
    assert more == sorted(more, reverse=True)  # "every further message causes less than the one before"
