"""The calibrated score on logs whose truth is known, and the guards against looking ahead."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from funnel_utils import EngagementScore, EventLog, LogError, SpecError
from funnel_utils.charts import alt_text, describe_reliability, reliability_chart
from funnel_utils.journey import prediction

TRAIN, TEST, END = (pd.Timestamp(day, tz="UTC") for day in ("2026-03-01", "2026-03-31", "2026-04-30"))
MONTH = {"horizon": "30d", "train_at": TRAIN, "test_at": TEST}
TRUTH = (-3.0, 0.045)
# Points never fade and 20 opens are worth 100, so the score is 5 x the opens: what the truth is written in.
SCORE = EngagementScore({"open": 1}, half_life=None, cap=20)


def chance(score, truth=TRUTH):
    return 1 / (1 + np.exp(-(truth[0] + truth[1] * np.asarray(score, float))))


def shop(seed=1, people=3000, second=TRUTH, **options):
    """People who opened 0 to 20 mails, and who buy in either month by a known logistic curve of that."""
    draw = np.random.default_rng(seed)
    opens = draw.integers(0, 21, people)
    rows = [(f"u{n}", "visit", TRAIN - pd.Timedelta(days=2)) for n in range(people)]
    rows += [(f"u{n}", "open", TRAIN - pd.Timedelta(days=1)) for n in range(people) for _ in range(opens[n])]
    for at, truth in ((TRAIN, TRUTH), (TEST, second)):
        days = pd.to_timedelta(draw.uniform(0, 30, people), unit="D")
        did = np.flatnonzero(draw.random(people) < chance(5 * opens, truth))
        rows += [(f"u{n}", "buy", at + days[n]) for n in did]
    frame = pd.DataFrame(rows, columns=["user", "event", "timestamp"])
    return EventLog.read(frame, **({"observed_until": END} | options))


@pytest.fixture(scope="module")
def known():
    return SCORE.calibrate(shop(), "buy", form="linear", **MONTH)


def test_the_curve_is_the_one_the_data_were_drawn_from(known):
    for row, truth in zip(known.coefficients.to_dict("records"), TRUTH, strict=True):
        assert row["low"] < truth < row["high"]
        assert row["high"] - row["low"] < 0.5


def test_on_later_time_it_means_what_it_says(known):
    table = known.reliability()
    inside = (table["low"] <= table["predicted"]) & (table["predicted"] <= table["high"])
    # Of ten 95% intervals, fewer than eight would be met once in a hundred times.
    assert inside.sum() >= 8
    measures = known.measures.set_index("measure")
    assert measures.loc["slope", "low"] < 1 < measures.loc["slope", "high"]
    assert measures.loc["brier_gain", "low"] > 0
    assert "about as far apart as they should be" in known.verdict


def test_the_auc_is_that_of_the_truth(known):
    # Scores 0, 5, ..., 100 are equally likely; those with the outcome have them in proportion to its chance.
    scores = np.arange(0, 101, 5)
    having, lacking = chance(scores), 1 - chance(scores)
    higher = np.where(scores[:, None] > scores, 1.0, np.where(scores[:, None] == scores, 0.5, 0.0))
    truth = having @ higher @ lacking / having.sum() / lacking.sum()
    assert known.auc.low < truth < known.auc.high
    test = known.test
    assert known.auc.value == prediction.auc(test["score"], test["people"], test["happened"]).value


def test_everybody_is_counted_once_at_each_date(known):
    assert known.train["people"].sum() == known.test["people"].sum() == 3000
    assert len(known.train) == 21


def test_predictions_are_the_curve_at_todays_scores(known):
    table = known.predict(shop(), at=TEST).to_pandas()
    assert table["probability"].to_numpy() == pytest.approx(known.probability(table["score"]), abs=1e-12)


def test_a_target_of_another_time_is_said(known):
    changed = SCORE.calibrate(shop(second=(-4.5, 0.045)), "buy", form="linear", **MONTH)
    assert any("another time" in warning for warning in changed.warnings)
    assert known.warnings == ()


def test_what_happens_from_the_date_on_never_reaches_the_features():
    log = shop(people=400)
    seen = SCORE.calibrate(log, "buy", **MONTH)
    rows = log.table.to_pandas()
    flood = pd.DataFrame({"user": rows["user"].unique(), "event": "open"})
    after = [rows, flood.assign(timestamp=TEST.tz_localize(None)), flood.assign(timestamp=END.tz_localize(None))]
    flooded = EventLog.read(pd.concat(after)[["user", "event", "timestamp"]], observed_until=END)
    again = SCORE.calibrate(flooded, "buy", **MONTH)
    pd.testing.assert_frame_equal(seen.train, again.train)
    pd.testing.assert_frame_equal(seen.test, again.test)


def test_the_horizon_begins_with_the_date_and_ends_before_its_last_instant():
    story = {"at": ["open@0", "buy@30d"], "end": ["open@0", "buy@60d"], "late": ["open@0", "buy@61d"], "no": ["open@0"]}
    log = EventLog.from_story(story, observed_until="2026-12-31")
    score = EngagementScore({"open": 1, "buy": 1}, cap=1, half_life=None)
    first = pd.Timestamp("2026-01-31", tz="UTC")
    with pytest.raises(LogError, match="of 4 people known at 2026-01-31 00:00, 1 did buy within 30d"):
        score.calibrate(log, "buy", "30d", train_at=first, test_at=first + pd.Timedelta("30d"))


def test_the_dates_by_default_are_the_last_that_were_observed():
    found = SCORE.calibrate(shop(), "buy", "30d")
    end = END + pd.Timedelta(microseconds=1)
    assert (found.test_at, found.train_at) == (end - pd.Timedelta("30d"), end - pd.Timedelta("60d"))


@pytest.mark.parametrize(
    ("error", "options", "said"),
    [
        (LogError, {"test_at": "2026-04-20", "train_at": "2026-03-01"}, "cannot be known"),
        (SpecError, {"test_at": "2026-03-31", "train_at": "2026-03-15"}, "overlap"),
        (SpecError, {"form": "square"}, "form='square'"),
        (SpecError, {"target": []}, "one or more events"),
        (SpecError, {"horizon": 14}, "not a duration"),
        (SpecError, {"horizon": "0d"}, "longer than nothing"),
        (LogError, {"target": "nothing"}, "0 did nothing within"),
        (LogError, {"train_at": "2020-01-01"}, "begins too late"),
    ],
)
def test_what_cannot_be_calibrated_is_refused(error, options, said):
    given = {"target": "buy"} | MONTH | options
    with pytest.raises(error, match=said):
        SCORE.calibrate(shop(people=200), **given)


def test_a_cap_of_later_than_the_train_date_is_refused():
    log = shop(people=200)
    with pytest.raises(SpecError, match="would know of a later time"):
        EngagementScore({"open": 1}).fit(log, TEST).calibrate(log, "buy", **MONTH)


def test_without_a_cap_that_of_the_train_date_is_taken():
    found = EngagementScore({"open": 1}, half_life=None).calibrate(shop(), "buy", **MONTH)
    assert found.score.reference == TRAIN


def test_a_young_log_is_said_to_be_filling():
    found = EngagementScore({"open": 1}, half_life="14d", cap=20).calibrate(shop(), "buy", **MONTH)
    assert any("filling up" in warning for warning in found.warnings)


def test_chart_and_html_say_the_figures(known):
    figure = reliability_chart(known)
    assert describe_reliability(known) in alt_text(figure)
    assert f"{known.auc.value:.2f}" in alt_text(figure)
    assert f"{known.auc.value:.3f}" in known._repr_html_()
