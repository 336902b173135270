"""Survival, churn and second purchases: textbook values, another package's test, and stories with reasons."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd
import pytest

from funnel_utils import EventLog, LogError, SpecError, stats
from funnel_utils.retention import Churn, SecondPurchase, Survival, silences, survival_table

# Freireich et al. (1963): weeks in remission under 6-MP (some censored) and under placebo (all relapsed).
TREATED = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
RELAPSED = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]


def remission():
    arms = ["6-MP"] * 21 + ["placebo"] * 21
    return pd.DataFrame({"weeks": TREATED + PLACEBO, "relapsed": RELAPSED + [1] * 21, "arm": arms})


def log(stories, until=None, **options):
    return EventLog.from_story(stories, observed_until=until, **options)


def test_the_textbook_s_curve_and_log_rank_test():
    found = survival_table(remission(), time="weeks", ended="relapsed", unit="weeks", by="arm")
    treated = found.at([6, 7, 10, 13, 16, 22, 23]).query("group == '6-MP'")
    # Kleinbaum and Klein, Survival Analysis, table of the Kaplan-Meier estimates; and its log-rank statistic.
    assert treated["survival"].round(3).tolist() == [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
    test = found.log_rank()
    assert test.statistic == pytest.approx(16.79, abs=0.005)
    # The same book: observed 9 and 21, expected 19.25 and 10.75.
    assert test.table["events"].tolist() == [9, 21]
    assert test.table["expected"].round(2).tolist() == [19.25, 10.75]
    assert (found.median("6-MP"), found.median("placebo")) == (23, 8)
    assert "chi-square 16.79" in found.verdict


def test_log_rank_is_that_of_statsmodels_for_several_groups_with_ties():
    from statsmodels.duration.survfunc import survdiff

    draw = np.random.default_rng(1)
    t, happened, group = draw.integers(1, 12, 90), draw.integers(0, 2, 90), draw.integers(0, 4, 90)
    found = stats.log_rank(t, happened, group)
    assert (found.statistic, found.p) == pytest.approx(survdiff(t, happened, group))
    # Counts say the same as rows.
    rows = pd.DataFrame({"t": t, "e": happened, "g": group}).value_counts().reset_index()
    again = stats.log_rank(rows["t"], rows["e"], rows["g"], rows["count"])
    assert again.statistic == pytest.approx(found.statistic)


def test_many_rows_of_few_times_have_the_curve_of_their_counts():
    draw = np.random.default_rng(3)
    t, happened = draw.integers(0, 40, 12_000), draw.integers(0, 2, 12_000)
    # Half an hour off the whole numbers takes the other way through.
    shifted = stats.kaplan_meier(t + 0.5, happened)
    pd.testing.assert_frame_equal(stats.kaplan_meier(t, happened), shifted.assign(time=shifted["time"] - 0.5))


def test_log_rank_where_nothing_can_be_said():
    assert np.isnan(stats.log_rank([1, 2], [1, 1], ["a", "a"]).p)
    assert np.isnan(stats.log_rank([1, 2], [0, 0], ["a", "b"]).p)
    # Equal groups have equal curves.
    assert stats.log_rank([1, 2, 1, 2], [1, 1, 1, 1], [0, 0, 1, 1]).statistic == pytest.approx(0)


def test_the_restricted_mean_without_censoring_is_the_mean_of_the_shorter():
    times = np.array([1.0, 2, 2, 5, 9, 14])
    for horizon in (3.0, 9.0, 20.0):
        found = stats.restricted_mean(times, 1, horizon=horizon)
        cut = np.minimum(times, horizon)
        assert found.estimate == pytest.approx(cut.mean())
        # Greenwood's variance is then the plain variance over n, but for those who outlive the horizon.
        if horizon > times.max():
            assert found.se == pytest.approx(cut.std() / np.sqrt(len(times)))
    with pytest.raises(SpecError, match="nobody was observed longer than 4"):
        stats.restricted_mean([1, 4], [1, 0], horizon=5)


def test_conditional_survival_is_the_curve_of_those_still_there():
    whole = stats.kaplan_meier(TREATED, RELAPSED)
    later = [(t, e) for t, e in zip(TREATED, RELAPSED, strict=True) if t > 10]
    rest = stats.survival_at(stats.kaplan_meier(*zip(*later, strict=True)), [13, 16, 22])
    given = stats.conditional_survival(whole, 10, [13, 16, 22])
    pd.testing.assert_frame_equal(given, rest)
    with pytest.raises(SpecError, match="ask for times after 10"):
        stats.conditional_survival(whole, 10, [9])


def test_stays_in_a_log():
    found = Survival("join", "cancel").run(
        log(
            {
                "ana": ["join@0", "cancel@9d12h"],  # within ten days
                "ben": ["cancel@0", "join@1d"],  # a cancellation before the start ends nothing
                "eve": ["join@5d", "cancel@6d", "join@7d", "cancel@30d"],  # the first end counts
            },
            until="2026-02-01 18:00",
        )
    )
    counted = found.counts[["time", "event", "count"]].to_numpy().tolist()
    assert counted == [[1.0, True, 1.0], [10.0, True, 1.0], [30.0, False, 1.0]]
    # Nobody was seen for 60 days.
    assert found.at(["60d"])["survival"].isna().all()
    assert found.at(["10d"])["at_risk"].tolist() == [2]
    with pytest.raises(SpecError, match="60 is a bare number"):
        found.at([60])


def test_a_repeated_event_ends_at_its_next_occurrence():
    found = Survival("buy", "buy").run(log({"ana": ["buy@0", "buy@2d", "buy@9d"]}, until="2026-03-01"))
    assert found.counts[["time", "event"]].to_numpy().tolist() == [[2.0, True]]


def test_groups_come_from_the_start_event():
    story = {"ana": [("join@0", {"plan": "year"}), ("cancel@9d", {"plan": "month"})], "ben": ["join@0"]}
    found = Survival("join", "cancel", by="plan").run(log(story, until="2026-02-01"))
    assert found.summary.set_index("group")["ended"].to_dict() == {"(none)": 0, "year": 1}
    with pytest.raises(LogError, match="by='city'"):
        Survival("join", "cancel", by="city").run(log(story))
    with pytest.raises(SpecError, match="there is one"):
        Survival("join", "cancel").run(log(story)).log_rank()


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (pd.DataFrame({"t": [1.0], "e": [2]}), "true or false"),
        (pd.DataFrame({"t": [-1.0], "e": [1]}), "zero or more"),
        (pd.DataFrame({"t": [None], "e": [1]}), "zero or more"),
        (pd.DataFrame({"t": [], "e": []}), "no rows"),
        (pd.DataFrame({"time": [1.0]}), "no column 't'"),
    ],
)
def test_a_table_that_cannot_be_used(frame, said):
    with pytest.raises(LogError, match=said):
        survival_table(frame, time="t", ended="e", unit="days")


def test_contracts_that_end_and_begin_again():
    found = Churn("join", end="cancel").run(
        log(
            {
                "ana": ["join@0", "join@3d", "cancel@40d", "cancel@41d", "join@62d"],  # one contract, then another
                "ben": ["join@10d", "cancel@20d"],  # joined and lost in January: of nobody's start
                "eve": ["join@5d"],
                "zoe": ["cancel@5d"],  # ends what never began
            },
            until="2026-04-01",
        )
    )
    table = found.table.set_index(found.table["period"].dt.month)
    assert table["at_start"].tolist() == [0, 2, 1]
    assert table["lost"].tolist() == [0, 1, 0]
    assert table["lost_new"].tolist() == [1, 0, 0]
    assert table["joined"].tolist() == [3, 0, 1]
    assert table["returned"].tolist() == [0, 1, 0]
    # Whoever is there at the end of a period is there at the start of the next.
    assert table["at_end"].tolist()[:-1] == table["at_start"].tolist()[1:]
    assert table.loc[2, "rate"] == 0.5


def test_silence_is_a_definition_that_can_be_wrong():
    story = {"ana": ["buy@0", "buy@50d"], "ben": ["buy@5d"], "eve": ["buy@0", "buy@20d", "buy@45d"]}
    found = Churn("buy", silence="30d").run(log(story, until="2026-03-20"))
    table = found.table.set_index(found.table["period"].dt.month)
    # Ana is lost on 31 January, Ben on 5 February; Eve never waited longer than 30 days, and is lost on 17 March.
    assert table.loc[2, ["at_start", "lost", "returned"]].tolist() == [2, 1, 0]
    assert table.loc[1, ["joined", "lost_new"]].tolist() == [3, 1]
    assert table.loc[3, ["at_start", "lost"]].tolist() == [2, 1]
    # A log of less than 30 days' age can call nobody lost: no rate of zero there.
    assert table.loc[1, "partial"]
    assert np.isnan(table.loc[1, "rate"])
    # By 30 days, all three were silent longer some time; Ana came back.
    row = silences(log(story, until="2026-03-20"), "buy", ["30d", "60d"]).set_index("silence")
    assert row.loc["30d", ["silent", "returned"]].tolist() == [3, 1]
    assert row.loc["60d", ["silent", "returned"]].tolist() == [1, 0]


@pytest.mark.parametrize(
    "options", [{}, {"end": "cancel", "silence": "9d"}, {"silence": "0s"}, {"end": "buy"}, {"end": "c", "by": "era"}]
)
def test_one_definition_of_lost(options):
    with pytest.raises(SpecError):
        Churn("buy", **options)


def test_second_purchases_with_censoring_respected():
    story = {
        "ana": ["buy@0", "buy@10d", "buy@90d"],
        "ben": ["buy@0"],
        "eve": ["buy@100d"],  # has had five days: no evidence about the first ten
    }
    found = SecondPurchase("buy", within="30d").run(log(story, until="2026-04-16"))
    assert found.share.loc[0, ["customers", "again"]].tolist() == [3, 1]
    # Of the two who could be seen for ten days, one came back: not one of three.
    assert found.by(["10d"]).loc[0, "share"] == 0.5
    ladder = found.ladder.set_index("n")
    assert ladder["customers"].tolist() == [3, 1, 1]
    assert ladder["went_on"].tolist() == [1, 1, 0]
    assert found.median_among_returned == 10
    assert "33.3%" in found.verdict
    assert "50.0%" in found.verdict
    with pytest.raises(SpecError, match="n=9"):
        found.survival(9)


def test_two_orders_on_a_day_are_one_day():
    story = {"ana": ["buy@1h", "buy@3h", "buy@30h"], "ben": ["buy@1h", "buy@2h"]}
    orders = SecondPurchase("buy").run(log(story, until="2026-02-01"))
    days = SecondPurchase("buy", per="day").run(log(story, until="2026-02-01"))
    assert orders.share.loc[0, "again"] == 2
    assert days.share.loc[0, "again"] == 1
    assert days.by(["1d"]).loc[0, "share"] == 0.5


def test_the_last_rung_and_bad_questions():
    with pytest.raises(SpecError, match="upto=0"):
        SecondPurchase(upto=0)
    with pytest.raises(SpecError, match="whole days"):
        SecondPurchase(within="36h")
    with pytest.raises(LogError, match="nobody could buy again"):
        SecondPurchase("by").run(log({"ana": ["buy@0"]}))


def test_another_engine_says_the_same():
    draw = np.random.default_rng(7)
    rows = pd.DataFrame(
        {
            "user": [f"u{k}" for k in draw.integers(0, 30, 150)],
            "event": np.array(["join", "cancel", "buy"])[draw.integers(0, 3, 150)],
            "timestamp": pd.Timestamp("2026-01-01") + pd.to_timedelta(draw.integers(0, 200 * 86400, 150), unit="s"),
        }
    )
    made = []
    for con in (ibis.duckdb.connect(), ibis.datafusion.connect()):
        con.create_table("events", rows)
        made.append(EventLog.read(con.table("events"), report_tz="Asia/Tehran"))
    for ask in (
        lambda each: Churn("join", end="cancel").run(each).table,
        lambda each: Churn("buy", silence="20d", by="week").run(each).table,
        lambda each: SecondPurchase("buy").run(each).counts,
        lambda each: Survival("join", "cancel").run(each).counts,
        lambda each: silences(each, "buy"),
    ):
        pd.testing.assert_frame_equal(ask(made[0]), ask(made[1]), check_dtype=False)
