"""Buyers and members: the file is what is drawn today, and what is drawn follows the distributions that it names."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from scipy.stats import beta, gamma, kstest

from funnel_utils.errors import SpecError
from funnel_utils.synthetic import (
    Buyers,
    BuyersWorld,
    Members,
    data_file,
    draw_buyers,
    load_members,
    load_members_truth,
    load_orders,
    load_orders_spend,
    load_orders_truth,
    shipped,
)
from funnel_utils.synthetic.clock import WEEK
from funnel_utils.synthetic.retention import draw_members
from funnel_utils.synthetic.retention.shipped import ORDERS_FILE, retention_files, shipped_buyers
from funnel_utils.synthetic.retention.truth import orders_truth_of

DATA = Path(__file__).parents[1] / "data"
#: p-values below this are taken for a defect; the seeds are fixed, so a test that passes goes on passing.
RARE = 1e-3


@pytest.fixture(scope="module")
def many() -> BuyersWorld:
    """Five blocks of people."""
    return draw_buyers(Buyers(people=20_000, seed=5))


def test_the_files_are_what_is_drawn_today_and_data_md_says_their_hash() -> None:
    stated = dict(re.findall(r"`(pardis_\S+)`[^\n]*`([0-9a-f]{64})`", (DATA / "DATA.md").read_text("utf-8")))
    for name, draw in retention_files.items():
        path = DATA / name
        stored = pd.read_csv(path) if path.suffix == ".csv" else pq.read_table(path).to_pandas()
        assert shipped.fingerprint(stored) == shipped.fingerprint(draw()) == stated[name]
        assert path.stat().st_size < 2e5


def test_data_md_states_what_they_were_drawn_from() -> None:
    text = (DATA / "DATA.md").read_text("utf-8")
    shop, plus = Buyers(), Members()
    for word in (*load_members().columns, *load_orders_spend()["channel"].unique(), *load_orders().properties):
        assert f"`{word}`" in text, word
    costs = {each.name: each.cost for each in (*shop.channels, shop.box)}
    table = text[text.index("| `channel` | spend per new customer") :]
    stated = re.findall(r"^\| `(\w+)` \| ([\d,]+)", table, flags=re.MULTILINE)[: len(costs)]
    assert {name: float(cost.replace(",", "")) for name, cost in stated} == costs
    for number in (f"seed {shop.seed}", f"seed {plus.seed}", f"{shop.box_price:,.0f}", f"{-shop.box_margin:,.0f}"):
        assert number in text, number


def test_the_log_is_open_until_the_day_before_the_first_log_begins() -> None:
    log = load_orders()
    assert str(log.observed_until) == "2026-03-20 20:30:00+00:00"  # midnight in Tehran
    assert (log.report_tz, log.week_start) == ("Asia/Tehran", "saturday")
    assert log.n_events() > 10_000


# ---- buyers


def test_rates_chances_and_values_have_their_distributions(many: BuyersWorld) -> None:
    shop, hearts = many.shop, many.hearts
    assert kstest(hearts.rate, gamma(shop.r, scale=1 / shop.alpha).cdf).pvalue > RARE
    assert kstest(hearts.leave, beta(shop.a, shop.b).cdf).pvalue > RARE
    # A gamma-gamma order is p / nu on average; over all people p v / (q - 1), with a heavy tail of order q = 4.
    core = many.margin > 0
    assert many.value[core].mean() == pytest.approx(shop.p * shop.v / (shop.q - 1), rel=0.03)
    scaled = many.value[core] * hearts.worth[many.person[core]]
    assert kstest(scaled[::5], gamma(shop.p).cdf).pvalue > RARE  # to the thousand: hardly rounded


def test_after_each_order_the_first_too_people_leave_with_their_chance(many: BuyersWorld) -> None:
    last = many.time == np.where(np.isfinite(many.left), many.left, -1).astype(np.int64)[many.person]
    first = many.number == 0
    for rows in (first, many.number == 1, many.number >= 2):
        chance = many.hearts.leave[many.person[rows]]
        error = np.sqrt((chance * (1 - chance)).sum())
        assert abs(last[rows].sum() - chance.sum()) < 4 * error


def test_people_who_stay_order_at_their_rate_after_the_log_as_well(many: BuyersWorld) -> None:
    truth = orders_truth_of(many).people
    there = truth["alive"].to_numpy() & (truth["leave"] < 0.02).to_numpy()
    expected = 13 * truth.loc[there, "rate"].sum()
    assert there.sum() > 100
    # Nearly nobody of them leaves within the quarter, so their orders are Poisson.
    assert abs(truth.loc[there, "next_13w"].sum() - expected) < 4 * np.sqrt(expected) + 0.05 * expected
    gone = truth[~truth["alive"]]
    assert gone[["next_13w", "next_26w", "next_52w", "margin_52w"]].to_numpy().sum() == 0
    assert (gone["left"] >= gone["first"]).all()
    assert truth.loc[truth["alive"], "left"].isna().all()


def test_the_truth_counts_the_logs_own_orders(many: BuyersWorld) -> None:
    events, truth = many.events, orders_truth_of(many).people.set_index("user")
    assert events.groupby("user").size().reindex(truth.index).equals(truth["orders"])
    first = events.drop_duplicates("user").set_index("user")["timestamp"].reindex(truth.index)
    assert (first == truth["first"]).all()
    early = truth["first"] < truth["first"].min() + pd.Timedelta(weeks=50)
    since = events["timestamp"] - events["user"].map(truth["first"])
    later = events[(since > pd.Timedelta(0)) & (since < pd.Timedelta(weeks=52))]
    counted = later.groupby("user").agg(orders=("order", "size"), left=("margin", "sum")).reindex(truth.index).fillna(0)
    assert (counted["orders"] == truth["year_orders"])[early].all()
    assert (counted["left"] == truth["year_margin"])[early].all()


def test_the_campaign_wins_those_who_leave_sooner_and_the_pool_stays_what_it_was(many: BuyersWorld) -> None:
    shop, truth = many.shop, orders_truth_of(many)
    table = truth.channels.set_index("channel")
    assert table.loc["welcome_box", "people"] / shop.people == pytest.approx(shop.box_share, abs=0.015)
    assert table["leave"].idxmax() == "welcome_box"
    assert table["leave"].idxmin() == "referral"
    # Channels choose by the chance to leave alone, so rates are everywhere the same.
    assert table["rate"].max() - table["rate"].min() < 0.01
    week = (many.hearts.arrival / WEEK)[truth.people["channel"] == "welcome_box"]
    assert shop.campaign[0] <= week.min()
    assert week.max() <= shop.campaign[1]


def test_only_a_first_order_is_a_box_and_it_leaves_a_loss() -> None:
    events = shipped_buyers().events
    box = events["offer"].eq("box")
    assert (events["user"].duplicated() & box).sum() == 0
    assert set(events.loc[box, "channel"]) == {"welcome_box"}
    assert events.loc[box, ["value", "margin"]].drop_duplicates().to_numpy().tolist() == [[190_000, -70_000]]
    core = events[~box]
    assert (core["margin"] - 0.25 * core["value"]).abs().max() <= 500


def test_a_persons_orders_do_not_depend_on_how_many_people_there_are(many: BuyersWorld) -> None:
    few = draw_buyers(many.shop.with_(people=4500))
    both = [world.events.drop(columns="order") for world in (few, many)]
    same = both[1][both[1]["user"].isin(both[0]["user"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(both[0], same)


def test_the_spend_is_each_channels_cost_times_its_new_customers() -> None:
    spend, truth = load_orders_spend(), load_orders_truth().channels
    won = spend[spend["kind"] == "acquisition"].groupby("channel")["spend"].sum()
    for row in truth.itertuples():
        months = (spend["channel"] == row.channel).sum()
        assert won[row.channel] / row.people == pytest.approx(row.cost, rel=4 * 0.12 * 1.5 / np.sqrt(months))
    assert spend.loc[spend["kind"] == "retention", "spend"].is_monotonic_increasing


# ---- members


def test_members_leave_by_the_shifted_beta_geometric() -> None:
    plus = Members(each=4000, months=8, seed=3)
    members, truth = draw_members(plus), load_members_truth().parameters
    oldest = members[members["start"] == plus.start]
    for welcome, row in truth.iterrows():
        group = oldest[oldest["welcome"] == welcome]
        for k in range(1, 8):
            # S(k) = product of (beta + j - 1) / (alpha + beta + j - 1): Fader and Hardie 2007, equation 2.
            j = np.arange(1, k + 1)
            stays = np.prod((row["beta"] + j - 1) / (row["alpha"] + row["beta"] + j - 1))
            found = (group["months"] > k).mean()
            assert abs(found - stays) < 4 * np.sqrt(stays * (1 - stays) / len(group))


def test_a_member_is_seen_until_she_leaves_or_the_list_ends() -> None:
    members = load_members()
    seen = 24 - (pd.PeriodIndex(members["start"], freq="M") - pd.Period("2024-04")).map(lambda step: step.n)
    assert (members["months"] <= seen).all()
    assert (members.loc[members["ended"] == 0, "months"] == seen[members["ended"] == 0]).all()
    assert members["months"].min() == 1
    assert abs((members["welcome"] == "call").mean() - 0.5) < 4 * np.sqrt(0.25 / len(members))
    assert load_members_truth().people["user"].tolist() == members["user"].tolist()


# ---- what is refused, and where files come from


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"people": 0}, "people=0"),
        ({"people": 1.5}, "people=1.5"),
        ({"r": -1.0}, "r=-1"),
        ({"alpha": float("nan")}, "alpha=nan"),
        ({"q": 1.0}, "q=1.0"),
        ({"start": "2024-03-20"}, "Saturday"),
        ({"box_share": 0.8}, "box_share=0.8"),
        ({"campaign": (60, 50)}, "campaign"),
        ({"margin": 0.0}, "margin=0.0"),
        ({"channels": ()}, "channels is empty"),
        ({"size": 3}, "no field 'size'"),
    ],
)
def test_a_wrong_shop_is_refused(wrong: dict[str, object], says: str) -> None:
    with pytest.raises(SpecError, match=re.escape(says)):
        Buyers().with_(**wrong)


def test_wrong_members_are_refused() -> None:
    for wrong, says in (({"called": 1.5}, "called=1.5"), ({"each": 0}, "each=0"), ({"beta": 0.0}, "beta=0")):
        with pytest.raises(SpecError, match=re.escape(says)):
            Members(**wrong)  # type: ignore[arg-type]


def test_an_installed_package_draws_the_orders_into_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipped, "__file__", str(tmp_path / "lib" / "funnel_utils" / "synthetic" / "shipped.py"))
    monkeypatch.setattr(shipped.sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = data_file(ORDERS_FILE)
    assert tmp_path / "cache" in path.parents
    assert pq.read_table(path).equals(pq.read_table(DATA / ORDERS_FILE))
