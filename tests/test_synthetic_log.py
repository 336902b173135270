"""The generated log: its rows depend on nothing but the specification, follow the law, and look like a shop's."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from funnel_utils.errors import SpecError
from funnel_utils.synthetic import Dirt, Pardis, World, generate
from funnel_utils.synthetic import vocabulary as v
from funnel_utils.synthetic.clock import DAY, HOUR, WEEK, Clock
from funnel_utils.synthetic.draws import LogNormal, choose, generator, in_order, running_sum, scattered
from funnel_utils.synthetic.spec import DEVICES, Step

# Whoever does this has done that before.
PREREQUISITE = {
    "add_to_cart": "view_product",
    "begin_checkout": "add_to_cart",
    "purchase": "add_to_cart",
    "order_delivered": "purchase",
    "cancel_order": "purchase",
    "review": "order_delivered",
    "refer": "review",
    "compare": "view_product",
    "content_engaged": "content_shown",
    "store_purchase": "store_visit",
    "quote_requested": "view_product",
    "offer_sent": "quote_requested",
    "quote_won": "offer_sent",
    "quote_lost": "offer_sent",
    "deal_closed": "quote_won",
}


@pytest.fixture(scope="module")
def world() -> World:
    return generate(Pardis(people=12_000, seed=3))


@pytest.fixture(scope="module")
def online(world: World) -> pd.DataFrame:
    """Rows with a person and a session, written once."""
    events = world.events
    return events[events["session"].notna() & events["user"].notna()].drop_duplicates()


def unlawful(events: pd.DataFrame) -> pd.DataFrame:
    """Rows whose person has not done the prerequisite by then, with its name."""
    first = events.groupby(["user", "event"])["timestamp"].min()
    rows = events[events["event"].isin(list(PREREQUISITE))].copy()
    rows["needs"] = rows["event"].map(PREREQUISITE)
    done = first.reindex(pd.MultiIndex.from_frame(rows[["user", "needs"]])).to_numpy()
    return rows[~(done <= rows["timestamp"].to_numpy())]


# ---- the same rows, however they are drawn


def test_the_same_seed_gives_the_same_log_and_another_seed_another() -> None:
    shop = Pardis(people=300)
    assert generate(shop).table.equals(generate(shop).table)
    assert not generate(shop).table.equals(generate(shop.with_(seed=8)).table)


def test_a_persons_rows_do_not_depend_on_how_many_others_there_are() -> None:
    few = generate(Pardis(people=500)).events
    many = generate(Pardis(people=5_000)).events
    named = few[few["user"].notna()]
    pd.testing.assert_frame_equal(
        named.reset_index(drop=True), many[many["user"].isin(named["user"])].reset_index(drop=True)
    )


def test_no_two_blocks_and_no_two_parts_share_their_numbers(world: World) -> None:
    first, second = world.blocks[:2]
    assert np.intersect1d(first.people.arrival, second.people.arrival).size == 0
    assert np.intersect1d(first.people.activity, second.people.activity).size == 0
    for k in range(5):
        assert np.intersect1d(first.attempts.times[:, k], second.attempts.times[:, k]).size == 0
    parts = ("people", "attempts", "steps", "browsing", "content", "orders", "stores", "trade", "dirt")
    drawn = {(part, block): generator(7, part, block).random() for part in parts for block in range(50)}
    assert len(set(drawn.values())) == len(drawn)


# ---- legal prerequisites


def test_without_dirt_every_row_has_its_prerequisite() -> None:
    assert unlawful(generate(Pardis(people=12_000, seed=3, dirt=Dirt.none())).events).empty


def test_with_dirt_only_the_declared_shares_lack_a_prerequisite(world: World) -> None:
    dirt = world.shop.dirt
    events = world.events.dropna(subset=["user"])
    without = unlawful(events)
    purchases = events["event"].eq("purchase").sum()
    # Lost product rows take away a purchase's cart; a wrong clock or a lost id may, too.
    allowed = dirt.lost_views + 2 * (dirt.skew + dirt.no_user)
    missing = without["event"].eq("purchase").sum()
    assert 0 < missing <= purchases * allowed + 4 * np.sqrt(purchases * allowed)
    rest = without[~without["event"].isin(["purchase", "begin_checkout"])]
    allowed = 2 * (dirt.skew + dirt.no_user)
    assert len(rest) <= len(events) * allowed


def test_a_quote_is_won_or_lost_never_both_and_only_a_won_one_is_closed(world: World) -> None:
    quotes = world.events.dropna(subset=["order"]).groupby("order")["event"].agg(set)
    assert not quotes.map(lambda seen: {"quote_won", "quote_lost"} <= seen).any()
    assert quotes[quotes.map(lambda seen: "deal_closed" in seen)].map(lambda seen: "quote_won" in seen).all()
    assert not quotes.map(lambda seen: {"cancel_order", "order_delivered"} <= seen).any()


# ---- the shape of a shop's log


def test_people_are_awake_in_the_evening_and_asleep_at_night(world: World) -> None:
    local = world.events["timestamp"].dt.tz_convert("Asia/Tehran")
    hours = local.dt.hour.value_counts()
    assert hours.idxmax() == 21
    assert set(hours.nsmallest(2).index) == {3, 4}
    assert local.dt.day_name().value_counts().idxmin() == "Friday"
    assert local.min().day_name() == "Saturday"


def test_a_third_of_the_sessions_is_one_event_and_the_longest_are_very_long(online: pd.DataFrame) -> None:
    size = online.groupby(["user", "session"]).size()
    assert (size == 1).mean() == pytest.approx(1 / 3, abs=0.02)
    assert size.quantile(0.99) > 8 * size.median()


def test_a_pause_of_over_half_an_hour_starts_a_new_session(online: pd.DataFrame) -> None:
    ordered = online.sort_values(["user", "timestamp"])
    same = ordered["user"].eq(ordered["user"].shift()) & ordered["session"].eq(ordered["session"].shift())
    pause = ordered["timestamp"].diff()[same]
    # A wrong clock opens a gap that is not there.
    assert (pause > pd.Timedelta("30min")).mean() < 3 * Pardis().dirt.skew


def test_sessions_of_a_person_are_numbered_in_order_of_time(online: pd.DataFrame) -> None:
    starts = online.groupby(["user", "session"])["timestamp"].min().reset_index()
    ahead = starts.groupby("user")["timestamp"].diff().dt.total_seconds()
    assert (ahead < 0).mean() < 4 * Pardis().dirt.skew


def test_journeys_start_anywhere_return_and_cross_channels(online: pd.DataFrame, world: World) -> None:
    events = world.events.dropna(subset=["user"]).sort_values(["user", "timestamp"])
    starts = events.groupby("user")["event"].first().value_counts(normalize=True)
    assert starts["visit"] < 0.97
    assert {"view_product", "store_visit"} <= set(starts.index)
    assert online.groupby("user")["session"].max().gt(1).mean() > 0.3
    assert online.groupby("user")["channel"].nunique().gt(1).mean() > 0.2
    carted = set(events.loc[events["event"].eq("add_to_cart"), "user"])
    bought_offline = set(events.loc[events["event"].eq("store_purchase"), "user"])
    assert len(carted & bought_offline) > 100


def test_store_rows_lie_in_opening_hours_and_in_the_stores_cities(world: World) -> None:
    store = world.events[world.events["place"].eq("store")]
    hours = store["timestamp"].dt.tz_convert("Asia/Tehran").dt.hour
    opens, closes = world.shop.stores.opens, world.shop.stores.closes
    assert hours.between(opens, closes - 1).mean() > 1 - 3 * world.shop.dirt.skew
    assert set(store["city"]) == set(v.STORE_CITIES)
    assert store["session"].isna().all()


def test_most_people_bring_no_revenue_and_a_few_bring_much(world: World) -> None:
    events = world.events.dropna(subset=["user"])
    sold = events[events["event"].isin(["purchase", "store_purchase"])]
    revenue = sold.groupby("user")["value"].sum().reindex(events["user"].unique(), fill_value=0.0)
    assert (revenue == 0).mean() > 0.8
    buyers = revenue[revenue > 0]
    assert buyers.mean() > 1.4 * buyers.median()
    assert (sold["value"] % 1000 == 0).all()


def test_attempts_near_the_end_of_the_log_are_still_open(world: World) -> None:
    late = [
        np.isnan(block.attempts.times[:, 4]) | (block.attempts.times[:, 4] >= world.shop.weeks * WEEK)
        for block in world.blocks
    ]
    reaches = np.concatenate([block.attempts.level == 5 for block in world.blocks])
    assert (np.concatenate(late) & reaches).sum() > 10
    assert world.events["timestamp"].max() < pd.Timestamp("2026-06-20", tz="Asia/Tehran")


def test_every_word_in_the_log_is_in_the_vocabulary(world: World) -> None:
    events = world.events
    assert tuple(events.columns) == v.COLUMNS
    assert set(events["event"]) == set(v.EVENTS)
    assert set(events["channel"].dropna()) == set(v.CHANNELS)
    assert len(v.CHANNELS) - 1 >= 8
    assert events["value"].notna().eq(events["currency"].notna()).all()


# ---- the tools


def test_shop_time_and_wall_time_are_each_others_inverse_and_agree_over_a_week() -> None:
    clock = Clock()
    wall = np.random.default_rng(5).random(10_000) * 20 * WEEK
    np.testing.assert_allclose(clock.wall(clock.shop(wall)), wall, atol=1e-6)
    np.testing.assert_allclose(clock.shop(wall + WEEK), clock.shop(wall) + WEEK, atol=1e-6)
    np.testing.assert_allclose(clock.after(wall, np.full(len(wall), 3 * WEEK)), wall + 3 * WEEK, atol=1e-5)
    evening, night = clock.shape[0, 21], clock.shape[0, 3]
    assert evening > 10 * night


def test_a_wait_in_shop_time_keeps_its_mean() -> None:
    clock = Clock()
    even = clock.wall(np.random.default_rng(6).random(200_000) * WEEK)
    wait = np.full(len(even), 5 * HOUR)
    taken = clock.after(even, wait) - even
    assert taken.mean() == pytest.approx(5 * HOUR, abs=4 * taken.std() / np.sqrt(len(taken)))


def test_a_log_normal_time_has_its_median_and_its_90th_percentile() -> None:
    time = LogNormal(216 * HOUR, 497 * HOUR)
    for drawn in (time.draw(np.random.default_rng(7), 200_000), time.draw_fast(np.random.default_rng(7), 200_000)):
        logs = np.log(drawn)
        se = time.sigma * 1.2533 / np.sqrt(len(logs))  # standard error of a normal sample's median
        assert np.median(logs) == pytest.approx(time.mu, abs=4 * se)
        se = time.sigma * np.sqrt(0.09) / 0.17550 / np.sqrt(len(logs))  # and of its 90th percentile
        assert np.quantile(logs, 0.9) == pytest.approx(np.log(time.p90), abs=4 * se)


def test_scattered_positions_are_as_many_as_their_share_and_spread_evenly() -> None:
    found = np.concatenate([scattered(np.random.default_rng(seed), 0.01, 10_000) for seed in range(200)])
    assert len(found) == pytest.approx(20_000, abs=4 * np.sqrt(20_000 * 0.99))
    assert found.mean() == pytest.approx(4999.5, abs=4 * 10_000 / np.sqrt(12 * len(found)))


def test_running_sums_start_anew_in_each_group() -> None:
    values, counts = np.arange(1.0, 7.0), np.array([2, 0, 3, 1])
    np.testing.assert_array_equal(running_sum(values, np.cumsum(counts) - counts, counts), [1, 3, 3, 7, 12, 6])


def test_equal_times_keep_their_order() -> None:
    times = np.random.default_rng(8).integers(0, 50, 1000)
    np.testing.assert_array_equal(in_order(times), np.argsort(times, kind="stable"))


def test_weights_are_drawn_in_proportion() -> None:
    drawn = choose(np.random.default_rng(9), (1.0, 0.0, 3.0), 100_000)
    counts = np.bincount(drawn, minlength=3)
    assert counts[1] == 0
    assert counts[2] == pytest.approx(75_000, abs=4 * np.sqrt(100_000 * 0.25 * 0.75))


# ---- what a specification refuses


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Pardis(people=0), "people=0"),
        (lambda: Pardis(seed=-1), "seed=-1"),
        (lambda: Pardis().with_(poeple=3), "no field 'poeple'"),
        (lambda: Pardis(start="2026-03-20"), "Friday"),
        (lambda: Dirt(skew=1.5), "Dirt.skew=1.5"),
        (lambda: Step("visit", "view_product", 2.0, LogNormal(1, 2)), "Step.rate=2.0"),
        (lambda: LogNormal(2.0, 1.0), "0 < median < p90"),
        (lambda: Pardis(devices=(*DEVICES, type(DEVICES[0])("fridge", 0.1, 0.0))), "'fridge'"),
        (lambda: Pardis(steps=Pardis().steps[:5]), "7 steps"),
        (lambda: Clock(days=(1.0,) * 6), "7 intensities"),
    ],
)
def test_a_wrong_number_is_refused_by_name(make, says: str) -> None:
    with pytest.raises(SpecError, match=says):
        make()


def test_a_day_in_shop_time_is_not_a_day_on_the_wall_at_night() -> None:
    clock = Clock()
    after_midnight = np.array([2 * DAY + 0.5 * HOUR])
    assert clock.after(after_midnight, np.array([5 * HOUR]))[0] - after_midnight[0] > 6 * HOUR
