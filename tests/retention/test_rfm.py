"""RFM: the definition of a score, ties, fixed limits, a total map, and moves between two dates."""

from __future__ import annotations

from math import floor

import ibis
import numpy as np
import pandas as pd
import pytest

from funnel_utils import EventLog, LogError, SpecError
from funnel_utils.retention import Cuts, Rfm, default_segments, migration
from funnel_utils.retention.purchases import Purchases, customers
from funnel_utils.retention.rfm_segments import CODES


def log(stories, **options):
    made = {
        user: [(f"purchase@{when}", {"value": float(value)}) for when, value in rows] for user, rows in stories.items()
    }
    return EventLog.from_story(made, **options)


def random_log(people=60, seed=3, **options):
    draw = np.random.default_rng(seed)
    rows = []
    for k in range(people):
        for _ in range(draw.geometric(0.45)):
            when = pd.Timestamp("2026-01-01") + pd.Timedelta(minutes=int(draw.integers(200 * 24 * 60)))
            rows.append((f"u{k}", "purchase", when, float(draw.integers(1, 12) * 10)))
    table = pd.DataFrame(rows, columns=["user", "event", "timestamp", "value"])
    return EventLog.read(table, observed_until="2026-08-01", **options)


def test_both_recencies_by_their_own_names():
    # Bought on 1 January and on 5 February; today is 11 February.
    found = Rfm().run(log({"ana": [("0", 10), ("35d", 20)]}, observed_until="2026-02-11")).customers().iloc[0]
    assert (found["days_since_last"], found["age_at_last"], found["age"]) == (6, 35, 41)
    assert (found["orders"], found["days"], found["value"]) == (2, 2, 30.0)


def test_days_are_the_reader_s_calendar_days():
    # 20:00 and 21:00 UTC are 23:30 and 00:30 in Tehran: two orders within an hour, on two days.
    story = {"ana": [("20h", 1), ("21h", 1)]}
    utc = Rfm().run(log(story, observed_until="2026-01-05")).customers().iloc[0]
    tehran = Rfm().run(log(story, observed_until="2026-01-05", report_tz="Asia/Tehran")).customers().iloc[0]
    assert (utc["days"], tehran["days"], tehran["orders"]) == (1, 2, 2)


def test_a_score_is_one_plus_the_floor_of_five_times_the_share_that_is_worse():
    table = Rfm().run(random_log()).customers()
    for score, column, sign in (("r", "days_since_last", -1), ("f", "frequency", 1), ("m", "monetary", 1)):
        values = sign * table[column].to_numpy()
        expected = [1 + floor(5 * sum(other < mine for other in values) / len(values)) for mine in values]
        assert table[score].tolist() == expected


def test_equal_customers_have_equal_scores_and_nobody_is_split_off():
    # Nine of ten bought once: quartiles by rank would call some of them loyal.
    stories = {f"once{k}": [("0", 10)] for k in range(9)} | {"twice": [("0", 10), ("1d", 10)]}
    found = Rfm().run(log(stories))
    table = found.customers().set_index("user")
    assert set(table.loc[[f"once{k}" for k in range(9)], "f"]) == {1}
    assert table.loc["twice", "f"] == 5  # nine of ten are worse: 1 + floor(4.5)
    points = found.cuts_table.set_index(["dimension", "score"])["customers"]
    assert points["frequency"].to_dict() == {5: 1, 4: 0, 3: 0, 2: 0, 1: 9}
    assert any("2, 3, 4" in warning for warning in found.warnings)


def test_sums_that_differ_only_by_rounding_are_a_tie():
    found = Rfm().run(log({"ana": [("0", 0.1), ("1h", 0.2)], "ben": [("0", 0.3)], "eve": [("0", 0.2), ("1h", 0.1)]}))
    assert found.customers()["m"].nunique() == 1


def test_cut_points_give_the_same_scores_again():
    made = random_log()
    found = Rfm().run(made)
    again = Rfm(cuts=found.cuts).run(made)
    columns = ["user", "r", "f", "m", "code", "segment"]
    pd.testing.assert_frame_equal(found.customers()[columns], again.customers()[columns])
    # Limits are printed for every score, and cover everybody once.
    table = found.cuts_table
    assert table.groupby("dimension")["customers"].sum().eq(60).all()
    assert len(table) == 15


def test_fixed_limits():
    cuts = Cuts(recency=("10d", "20d", "30d", "40d"), frequency=(2, 3, 4, 5), monetary=(10, 20, 30, 40))
    stories = {"ana": [("90d", 40)], "ben": [("80d", 39.99), ("60d", 0)], "eve": [("59d", 9.99)]}
    table = Rfm(cuts=cuts).run(log(stories, observed_until="2026-04-11")).customers().set_index("user")
    # 10, 20 and 41 days since the last purchase: at the limit is within it.
    assert table["code"].to_dict() == {"ana": "515", "ben": "424", "eve": "111"}


def test_every_code_has_one_name_and_a_map_must_be_whole():
    names = default_segments()
    assert sorted(names) == sorted(CODES)
    assert len(CODES) == 125
    assert all(names.values())
    own = dict.fromkeys(CODES, "customer") | {"555": "friend"}
    found = Rfm(segments=own).run(random_log())
    assert found.segments["segment"].tolist() == ["friend", "customer"]
    assert found.segments["customers"].sum() == found.total == found.codes["customers"].sum() == 60
    del own["111"]
    with pytest.raises(SpecError, match="1 of the 125 codes have no name"):
        Rfm(segments=own)
    with pytest.raises(SpecError, match="'116'"):
        Rfm(segments=dict.fromkeys(CODES, "x") | {"116": "y"})


def test_segments_add_up_and_their_members_can_be_taken_further():
    made = random_log()
    found = Rfm().run(made)
    table = found.segments
    assert table["share"].sum() == pytest.approx(1)
    assert table["value_share"].sum() == pytest.approx(1)
    first = table[table["customers"] > 0].iloc[0]
    assert made.restrict(found.members(first["segment"])).n_users() == first["customers"]
    with pytest.raises(SpecError, match="segment='kings' is not one of"):
        found.members("kings")


def test_a_date_is_a_half_open_end():
    made = log({"ana": [("0", 10)], "ben": [("31d", 10)]}, observed_until="2026-03-01")
    before = Rfm().run(made, as_of="2026-02-01").customers()
    # 1 February itself is not before 1 February; a day after 31 January would be one day.
    assert before[["user", "days_since_last"]].to_numpy().tolist() == [["ana", 31]]
    with pytest.raises(SpecError, match="lies after the end of observation"):
        Rfm().run(made, as_of="2026-03-02")
    with pytest.raises(LogError, match="nobody is a customer"):
        Rfm().run(made, as_of="2025-12-01")


def test_a_window_looks_back_so_far():
    made = log({"ana": [("0", 10), ("50d", 5)], "ben": [("1d", 10)]}, observed_until="2026-02-25")
    found = Rfm(window="30d").run(made).customers()
    assert found[["user", "orders", "monetary"]].to_numpy().tolist() == [["ana", 1, 5.0]]


def test_cancellations_take_value_back_and_are_no_purchases():
    story = {
        "ana": [("purchase@0", {"value": 30.0}), ("cancel@9d", {"value": 30.0}), ("purchase@5d", {"value": 7.0})],
        "ben": [("cancel@1d", {"value": 5.0})],
    }
    found = Rfm(cancel="cancel").run(EventLog.from_story(story)).customers()
    assert found[["user", "orders", "days", "value", "days_since_last"]].to_numpy().tolist() == [["ana", 2, 2, 7.0, 4]]


def test_what_has_no_value_counts_as_nothing_and_is_said():
    story = {"ana": [("purchase@0", {"value": 30.0}), "purchase@1d"], "ben": [("purchase@0", {"value": float("nan")})]}
    found = Rfm().run(EventLog.from_story(story))
    assert found.customers().set_index("user")["value"].to_dict() == {"ana": 30.0, "ben": 0.0}
    assert any("2 purchases have no value" in warning for warning in found.warnings)
    with pytest.raises(LogError, match="no property 'value'"):
        Rfm().run(EventLog.from_story({"ana": ["purchase@0"]}))
    with pytest.raises(SpecError, match="RFM needs money"):
        Rfm(value=None)


def test_customers_of_a_log_as_the_lifetimes_documentation_has_them():
    # The transactions of that package's own test; frequency counts repeat days, recency is the age at the last.
    rows = [
        *((1, "2015-01-01", 1), (1, "2015-02-06", 2), (2, "2015-01-01", 2), (3, "2015-01-01", 3), (3, "2015-01-02", 1)),
        *((3, "2015-01-05", 5), (4, "2015-01-16", 6), (4, "2015-02-02", 3), (4, "2015-02-05", 3), (5, "2015-01-16", 3)),
        *((5, "2015-01-17", 1), (5, "2015-01-18", 8), (6, "2015-02-02", 5)),
    ]
    table = pd.DataFrame(rows, columns=["user", "timestamp", "value"]).assign(event="purchase")
    made = EventLog.read(table, observed_until="2015-02-07")
    found = customers(made, Purchases()).order_by("user").to_pandas()
    repeat = (found["value"] - found["first_day_value"]) / (found["days"] - 1).where(found["days"] > 1)
    assert (found["days"] - 1).tolist() == [1, 0, 2, 2, 2, 0]
    assert (found["last_day"] - found["first_day"]).tolist() == [36, 0, 4, 20, 2, 0]
    assert repeat.fillna(0).tolist() == [2, 0, 3, 3, 4.5, 0]


def test_who_moved_between_two_dates_by_one_yardstick():
    made = random_log(seed=5)
    moved = migration(made, Rfm(), "2026-05-01", "2026-08-01")
    before = moved.earlier.customers().set_index("user")["segment"]
    after = moved.later.customers().set_index("user")["segment"]
    expected = pd.DataFrame({"source": before, "target": after}).fillna({"source": "(not yet won)"})
    counted = expected.groupby(["source", "target"]).size()
    found = moved.table.set_index(["source", "target"])["customers"]
    assert found.sort_index().to_dict() == counted.sort_index().to_dict()
    assert moved.later.rfm.cuts == moved.earlier.cuts
    assert moved.matrix.sum(axis=1).to_numpy() == pytest.approx(1)
    with pytest.raises(SpecError, match="must lie before"):
        migration(made, Rfm(), "2026-05-01", "2026-05-01")


def test_with_a_window_customers_can_fall_silent():
    made = log({"ana": [("0", 10)], "ben": [("0", 10), ("60d", 10)]}, observed_until="2026-03-11")
    moved = migration(made, Rfm(window="30d"), "2026-01-20")
    assert set(moved.table["target"]) >= {"(silent since)"}
    assert moved.table["customers"].sum() == 2


def test_names_do_not_matter_nor_does_the_order_of_rows():
    frame = random_log().table.to_pandas()
    mixed = frame.sample(frac=1, random_state=1).assign(user=frame["user"].map(lambda name: f"x{name[::-1]}"))
    one = Rfm().run(EventLog.read(frame, observed_until="2026-08-01")).codes
    other = Rfm().run(EventLog.read(mixed, observed_until="2026-08-01")).codes
    pd.testing.assert_frame_equal(one, other)


def test_another_engine_gives_the_same_scores():
    rows = random_log(report_tz="Asia/Tehran").table.to_pyarrow().replace_schema_metadata(None)
    made = []
    for con in (ibis.duckdb.connect(), ibis.datafusion.connect()):
        con.create_table("events", rows)
        made.append(Rfm().run(EventLog.read(con.table("events"), observed_until="2026-08-01", report_tz="Asia/Tehran")))
    one, other = made
    pd.testing.assert_frame_equal(one.customers(), other.customers(), check_dtype=False)
    pd.testing.assert_frame_equal(one.segments, other.segments, check_dtype=False)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Rfm(frequency="visits"), "frequency='visits' is not one of 'orders', 'days'"),
        (lambda: Rfm(monetary="max"), "monetary='max' is not one of 'total', 'mean'"),
        (lambda: Rfm(window="0d"), "window=0 holds no purchase"),
        (lambda: Rfm(window=30), "is not a duration"),
        (lambda: Rfm(cuts="555"), "give Cuts"),
        (lambda: Rfm(cancel="purchase"), "cannot be a purchase and a cancellation"),
        (lambda: Cuts((30, 60, 90, 120), (2, 3, 4, 5), (1, 2, 3, 4)), "is not a duration"),
        (lambda: Cuts(("30d", "60d", "90d"), (2, 3, 4, 5), (1, 2, 3, 4)), "give four limits"),
        (lambda: Cuts(("90d", "60d", "30d", "1d"), (2, 3, 4, 5), (1, 2, 3, 4)), "ascending"),
        (lambda: Cuts(("1d", "2d", "3d", "4d"), (5, 4, 3, 2), (1, 2, 3, 4)), "ascending"),
        (lambda: Cuts(("36h", "2d", "3d", "4d"), (2, 3, 4, 5), (1, 2, 3, 4)), "whole number of days"),
        (lambda: Cuts(("1d", "2d", "3d", "4d"), (2, 3, float("nan"), 5), (1, 2, 3, 4)), "give four limits"),
    ],
)
def test_what_is_refused(make, said):
    with pytest.raises(SpecError, match=said):
        make()
