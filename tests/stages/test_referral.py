"""The loop: hand stories with the arithmetic beside them."""

from __future__ import annotations

import math

import pytest

from funnel_utils import EventLog, LogError, SpecError
from funnel_utils.stages import Referral, hourglass
from funnel_utils.stats import poisson


def friend(at: str, by: str, *more: str) -> list:
    """Somebody who comes through `by`."""
    return [(f"visit@{at}", {"referrer": by}), *more]


LOOP = {
    "ana": ["purchase@0", "refer@1d"],
    "ben": ["purchase@0"],
    "late": ["purchase@55d"],  # her thirty days are not over
    "f1": friend("2d", "ana", "purchase@3d"),
    "f2": friend("4d", "ana"),
    "f3": friend("40d", "ana", "purchase@41d"),  # more than thirty days after Ana bought
    "f4": friend("5d", "nobody", "purchase@6d"),  # the one who sent her never bought
    "end": ["visit@60d"],
}


def rows(log: EventLog, **asked) -> dict:
    table = Referral(**asked).run(log).table
    return {(row["basis"], row["metric"]): row for row in table.to_dict("records")}


def test_only_mature_customers_and_their_windows_count() -> None:
    found = rows(EventLog.from_story(LOOP), window="30d")
    # Mature: ana, ben, f1 and f4 bought before day 30; f3 (day 41) and late (day 55) did not.
    mature = {
        metric: (row["numerator"], row["denominator"]) for (basis, metric), row in found.items() if basis == "mature"
    }
    assert mature == {"advocates": (1, 4), "newcomers": (2, 4), "converted": (1, 2), "k": (1, 4)}
    assert found["all", "k"]["denominator"] == 6
    assert found["mature", "k"]["interval"] == "normal, by customer"
    # One of four brought one: mean 1/4, variance (3/4) / 3 = 1/4, standard error 1/4; below zero is cut.
    assert found["mature", "k"]["low"] == 0
    assert found["mature", "k"]["high"] == pytest.approx(0.25 + 1.959964 * 0.25, abs=1e-6)


def test_k_is_newcomers_per_customer_times_the_share_who_buy() -> None:
    found = rows(EventLog.from_story(LOOP), window="30d")
    for basis in ("mature", "all"):
        product = found[basis, "newcomers"]["value"] * found[basis, "converted"]["value"]
        assert found[basis, "k"]["value"] == pytest.approx(product)


def test_a_customer_becomes_one_over_one_minus_k() -> None:
    result = Referral(window="30d").run(EventLog.from_story(LOOP))
    assert result.k == 0.25
    assert result.multiplier == pytest.approx(4 / 3)
    assert result.newcomers == 4
    assert "0.250" in result.verdict
    assert "1.33" in result.verdict


def test_from_one_on_the_loop_feeds_itself() -> None:
    story = {"ana": ["purchase@0"], "b": friend("1d", "ana", "purchase@2d"), "c": friend("1d", "ana", "purchase@2d")}
    story |= {"d": friend("3d", "b", "purchase@4d"), "end": ["visit@5d"]}
    result = Referral(window="1d").run(EventLog.from_story(story))
    assert result.k == 0  # within one day nobody both comes and buys
    result = Referral(window="2d").run(EventLog.from_story(story))
    # Mature: ana, b and c (bought by day 3). Ana's two come and buy within two days, b's one as well: 3 of 3.
    assert result.k == 1
    assert math.isinf(result.multiplier)
    assert "feed itself" in result.verdict


def test_nobody_recommends_herself_and_the_first_name_counts() -> None:
    story = {
        "ana": ["purchase@0", ("visit@1d", {"referrer": "ana"})],
        "ben": ["purchase@0"],
        "eve": [("visit@1d", {"referrer": "ben"}), ("visit@2d", {"referrer": "ana"})],
    }
    result = Referral(window="1d").run(EventLog.from_story(story))
    assert result.newcomers == 1
    found = {row["metric"]: row["numerator"] for row in result.table.to_dict("records") if row["basis"] == "all"}
    assert found["newcomers"] == 1


def test_without_names_the_whole_log_counts_and_the_interval_is_poisson() -> None:
    story = {
        "ana": ["purchase@0"],
        "ben": ["purchase@0"],
        "eve": [("visit@1d", {"channel": "referral"}), "purchase@2d"],
    }
    found = rows(EventLog.from_story(story), newcomer={"channel": "referral"})
    row = found["all", "k"]
    assert (row["numerator"], row["denominator"]) == (1, 3)
    # Garwood's table: a count of 1 has the interval 0.0253 to 5.5716.
    assert (row["low"], row["high"]) == (pytest.approx(0.0253 / 3, abs=1e-4), pytest.approx(5.5716 / 3, abs=1e-4))


def test_nobody_brought_anybody_is_not_certainty() -> None:
    found = rows(EventLog.from_story({"ana": ["purchase@0"], "b": [("visit@40d", {"referrer": None})]}), window="30d")
    row = found["mature", "k"]
    assert row["value"] == row["low"] == 0
    assert row["high"] == pytest.approx(3.6889, abs=1e-3)  # one customer, none brought


def test_no_customer_no_factor() -> None:
    result = Referral().run(EventLog.from_story({"ana": [("visit@0", {"referrer": "x"})]}))
    assert math.isnan(result.k)
    assert "Nobody has bought" in result.verdict


def test_what_the_log_must_say() -> None:
    with pytest.raises(LogError, match="referrer"):
        Referral().run(EventLog.from_story({"ana": ["visit@0"]}))
    with pytest.raises(SpecError, match="newcomer"):
        Referral(referrer=None)
    with pytest.raises(SpecError, match="window"):
        Referral(window=30)
    with pytest.raises(SpecError, match="poisson"):
        poisson(-1, 3)


def test_the_hourglass_counts_people_who_got_at_least_so_far() -> None:
    glass = hourglass(EventLog.from_story(LOOP), referral=Referral(window="30d"))
    table = glass.table.set_index("stage")
    # Everybody but nobody: eight people have a sign; six have bought; one recommends.
    assert table["people"].to_dict() == {
        "lead": 8,
        "prospect": 6,
        "customer": 6,
        "satisfied": 1,
        "loyal": 1,
        "advocate": 1,
    }
    assert table.index[table["neck"]].tolist() == ["customer"]
    assert "4 newcomers" in glass.describe()
