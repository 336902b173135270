"""The engagement score: hand-made stories, closed forms, borders, and what may not change it."""

from __future__ import annotations

import math

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funnel_utils import EventLog, LogError, SpecError
from funnel_utils.charts import alt_text, score_chart
from funnel_utils.journey.score import BANDS, Bands, EngagementScore

DAY = "2026-01-01"


def log(stories, **options):
    return EventLog.from_story(stories, **options)


def on(day, second=0):
    """The start of a day counted from the stories' start."""
    return pd.Timestamp(DAY, tz="UTC") + pd.Timedelta(days=day, seconds=second)


def people(result):
    return result.people.set_index("user")


class TestPoints:
    def test_points_halve_with_every_half_life(self):
        # click 14 days before: 3/2; open 28 days before: 1/4.
        found = EngagementScore({"open": 1, "click": 3}, cap=100).run(
            log({"ana": ["open@0", "click@14d"]}, observed_until="2026-03-01"), at=on(28)
        )
        assert people(found).loc["ana", "raw"] == pytest.approx(1 / 4 + 3 / 2, abs=1e-12)

    def test_one_event_a_day_for_ever_tends_to_the_geometric_sum(self):
        # Daily points fading by q = 2^(-1/14) add up to q / (1 - q), less what lies before the first of n days.
        days = 120
        story = {"ana": [f"open@{day}d" for day in range(days)]}
        found = EngagementScore({"open": 1}, cap=100).run(log(story, observed_until="2026-12-31"), at=on(days))
        q = 2 ** (-1 / 14)
        assert people(found).loc["ana", "raw"] == pytest.approx(q * (1 - q**days) / (1 - q), rel=1e-12)

    def test_without_a_half_life_points_never_fade(self):
        story = {"ana": ["open@0", "open@300d"]}
        found = EngagementScore({"open": 2}, half_life=None, cap=8).run(log(story, observed_until="2027-12-31"))
        assert people(found).loc["ana", ["raw", "score"]].tolist() == [4, 50]

    def test_what_happens_at_the_date_itself_does_not_count_yet(self):
        found = EngagementScore({"open": 1}, cap=1).run(log({"ana": ["visit@0", "open@5d", "open@9d"]}), at=on(5))
        assert people(found).loc["ana", "events"] == 0

    def test_the_last_event_counts_when_no_date_is_given(self):
        found = EngagementScore({"open": 1}, cap=1).run(log({"ana": ["open@5d"]}))
        assert people(found).loc["ana", "score"] == pytest.approx(100)

    def test_points_taken_off_never_go_below_zero(self):
        story = {"ana": ["open@0", "leave@1d"], "ben": ["open@0"]}
        found = people(EngagementScore({"open": 1, "leave": -5}, half_life=None, cap=2).run(log(story)))
        assert found["raw"].to_dict() == {"ana": 0, "ben": 1}

    def test_people_without_weighted_events_are_scored_zero_not_left_out(self):
        found = EngagementScore({"open": 1}, cap=1).run(log({"ana": ["open@0"], "ben": ["visit@0"]}))
        assert people(found).loc["ben", ["score", "band", "events"]].tolist() == [0, "other", 0]
        assert pd.isna(people(found).loc["ben", "last"])

    def test_a_very_short_half_life_over_a_long_time_is_nothing_not_an_error(self):
        found = EngagementScore({"open": 1}, half_life="1s", cap=1).run(
            log({"ana": ["open@0"]}, observed_until="2030-01-01")
        )
        assert people(found).loc["ana", "raw"] == pytest.approx(0, abs=1e-200)

    def test_an_engine_without_duckdb_gives_the_same(self):
        backend = ibis.datafusion.connect()
        times = pd.to_datetime(["2026-01-01", "2026-01-08", "2026-01-03"]).as_unit("us")
        rows = pd.DataFrame({"user": ["a", "a", "b"], "event": ["open", "click", "open"], "timestamp": times})
        there = backend.create_table("events", rows)
        score = EngagementScore({"open": 1, "click": 3})
        found = score.run(EventLog.read(there, observed_until="2026-01-09"), at="2026-01-08 12:00")
        here = score.run(EventLog.read(rows, observed_until="2026-01-09"), at="2026-01-08 12:00")
        columns = ["user", "score", "band", "before", "raw", "raw_before"]
        pd.testing.assert_frame_equal(found.people[columns], here.people[columns], check_dtype=False)


class TestCap:
    def test_the_cap_is_the_percentile_of_everybody_known_then(self):
        # 101 people with 0, 1, …, 100 points: the 99th percentile is 99, whoever is known only later aside.
        story = {f"u{n}": ["visit@0", *["open@1d"] * n] for n in range(101)} | {"late": ["open@9d"] * 500}
        fitted = EngagementScore({"open": 1}, half_life=None).fit(log(story), at=on(5))
        assert fitted.cap == pytest.approx(99)
        assert fitted.reference == on(5)

    def test_between_two_people_the_cap_is_interpolated(self):
        story = {"ana": ["open@0"], "ben": ["open@0"] * 3}
        assert EngagementScore({"open": 1}, half_life=None, quantile=0.75).fit(log(story)).cap == pytest.approx(2.5)

    def test_a_kept_cap_means_the_same_score_next_month(self):
        story = {"ana": ["open@0"] * 4, "ben": ["open@0"] * 2 + ["open@9d"] * 2, "eve": ["open@9d"] * 40}
        fitted = EngagementScore({"open": 1}, half_life=None, quantile=1).fit(log(story), at=on(5))
        later = people(fitted.run(log(story), at=None))
        assert later["score"].to_dict() == {"ana": 100, "ben": 100, "eve": 100}
        assert people(fitted.run(log(story), at=on(5)))["score"].to_dict() == {"ana": 100, "ben": 50}

    def test_a_cap_of_zero_is_refused(self):
        story = {f"u{n}": ["visit@0"] for n in range(200)} | {"ana": ["open@0"]}
        with pytest.raises(LogError, match="have no points at all"):
            EngagementScore({"open": 1}).fit(log(story))

    def test_a_score_without_a_cap_says_so(self):
        with pytest.raises(SpecError, match="no cap yet"):
            EngagementScore({"open": 1}).score(3)


class TestBands:
    @pytest.mark.parametrize(
        ("score", "before", "band"),
        [
            (70, 0, "likely_buyer"),
            (69.999, 0, "ready"),
            (40, 0, "ready"),
            (39.999, 0, "other"),
            (0, 0, "other"),  # nothing to lose
            (50, 100, "at_risk"),  # exactly half is a fall of at least half
            (50.001, 100, "ready"),
            (72, 100, "likely_buyer"),  # a fall of less than half
            (40, 80, "at_risk"),  # at risk goes before ready
            (0, 0.001, "at_risk"),
        ],
    )
    def test_borders(self, score, before, band):
        assert Bands().of(score, before) == band

    def test_at_risk_goes_before_likely_buyer_where_the_borders_allow_both(self):
        assert Bands(likely_buyer=45, ready=20).of(50, 100) == "at_risk"

    def test_a_floor_keeps_at_risk_for_those_who_were_engaged(self):
        assert Bands(at_risk_from=40).of(5, 39) == "other"
        assert Bands(at_risk_from=40).of(5, 40) == "at_risk"

    def test_the_engine_draws_the_same_borders(self):
        # Points 100 … 0 without fading, against none before: borders at 70 and 40 exactly.
        story = {f"u{n:03}": ["visit@0", *["open@40d"] * n] for n in range(101)}
        found = people(EngagementScore({"open": 1}, half_life=None, cap=100).run(log(story)))
        borders = found.loc[["u070", "u069", "u040", "u039"], "band"].tolist()
        assert borders == ["likely_buyer", "ready", "ready", "other"]
        assert found["band"].tolist() == [
            Bands().of(s, b) for s, b in zip(found["score"], found["before"], strict=True)
        ]

    def test_thirty_days_of_silence_with_a_half_life_of_thirty_days_is_a_fall_of_exactly_half(self):
        story = {"ana": ["open@0"], "ben": ["open@0", "open@50d"]}
        score = EngagementScore({"open": 1}, half_life="30d", cap=2)
        found = people(score.run(log(story, observed_until="2026-12-01"), at=on(60)))
        assert found["band"].to_dict() == {"ana": "at_risk", "ben": "ready"}
        shorter = EngagementScore({"open": 1}, half_life="31d", cap=2)
        assert people(shorter.run(log(story, observed_until="2026-12-01"), at=on(60))).loc["ana", "band"] == "other"

    def test_the_table_of_bands_adds_up_and_has_intervals(self):
        story = {"ana": ["open@0"] * 8, "ben": ["open@0"] * 5, "cyd": ["open@0"], "dee": ["visit@0"]}
        table = EngagementScore({"open": 1}, half_life=None, cap=10).run(log(story)).bands
        assert table["band"].tolist() == list(BANDS)
        assert table["people"].tolist() == [0, 1, 1, 2]
        assert set(table["of"]) == {4}
        # Wilson for 2 of 4: 0.5 is in the middle.
        assert table.loc[3, "low"] == pytest.approx(1 - table.loc[3, "high"])


def test_the_distribution_counts_everybody_once():
    story = {f"u{n}": ["visit@0", *["open@0"] * n] for n in (0, 1, 2, 10, 20, 20)}
    found = EngagementScore({"open": 1}, half_life=None, cap=20).run(log(story)).distribution(width=10)
    counted = found.groupby("from_score")["people"].sum()
    assert counted.to_dict() == {
        0.0: 2,
        10.0: 1,
        20.0: 0,
        30.0: 0,
        40.0: 0,
        50.0: 1,
        60.0: 0,
        70.0: 0,
        80.0: 0,
        90.0: 1,
    }


def test_contributions_say_where_points_come_from():
    story = {"ana": ["open@0", "open@1d", "click@1d"], "ben": ["open@0", "leave@2d"]}
    found = EngagementScore({"open": 1, "click": 3, "leave": -1, "never": 2}, cap=1).run(log(story))
    table = found.contributions.set_index("event")
    assert table["events"].to_dict() == {"open": 3, "click": 1, "leave": 1, "never": 0}
    assert table["share"].to_dict() == {"open": 0.5, "click": 0.5, "leave": 0, "never": 0}
    assert any("never has points" in warning for warning in found.warnings)


def test_members_restrict_a_log():
    story = {"ana": ["open@0"] * 8, "ben": ["open@0"]}
    whole = log(story)
    found = EngagementScore({"open": 1}, half_life=None, cap=10).run(whole)
    assert whole.restrict(found.members("likely_buyer")).n_users() == 1
    with pytest.raises(SpecError, match="at_risk, likely_buyer"):
        found.members("buyers")


def test_dates_that_nobody_has_seen_are_refused():
    whole = log({"ana": ["open@0", "open@5d"]})
    with pytest.raises(SpecError, match="after the end of observation"):
        EngagementScore({"open": 1}, cap=1).run(whole, at="2026-03-01")
    with pytest.raises(LogError, match="nobody to score"):
        EngagementScore({"open": 1}, cap=1).run(whole, at="2025-01-01")
    with pytest.raises(LogError, match="nobody to score"):
        EngagementScore({"open": 1}).run(whole, at="2025-01-01")


def test_a_log_that_is_too_young_to_see_a_fall_says_so():
    found = EngagementScore({"open": 1}, cap=1).run(log({"ana": ["open@0", "open@5d"]}))
    assert any("less than 30d" in warning for warning in found.warnings)


def test_a_cap_of_a_later_date_is_said_to_look_ahead():
    whole = log({"ana": ["open@0", "open@50d"]})
    assert any(
        "later time" in warning for warning in EngagementScore({"open": 1}).fit(whole).run(whole, at=on(2)).warnings
    )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"weights": {}}, "write points by event name"),
        ({"weights": {"open": float("nan")}}, "not a finite number"),
        ({"weights": {"open": True}}, "not a finite number"),
        ({"weights": {"open": -1}}, "no event has points above 0"),
        ({"weights": {" ": 1}}, "no event name"),
        ({"half_life": 14}, "not a duration"),
        ({"half_life": "0s"}, "longer than nothing"),
        ({"cap": 0}, "above 0"),
        ({"reference": "2026-01-01"}, "give the cap as well"),
        ({"quantile": 0}, "share of people"),
        ({"bands": {"ready": 40}}, "no Bands"),
    ],
)
def test_invalid_scores_are_refused(options, said):
    with pytest.raises(SpecError, match=said):
        EngagementScore(**({"weights": {"open": 1}} | options))


@pytest.mark.parametrize("fields", [{"ready": 70}, {"ready": 0}, {"likely_buyer": 101}, {"fall": 0}, {"back": "0d"}])
def test_invalid_bands_are_refused(fields):
    with pytest.raises(SpecError):
        Bands(**fields)


@pytest.mark.parametrize("name", ["score.json", "score.yaml"])
def test_a_fitted_score_comes_back_from_its_file_the_same(tmp_path, name):
    fitted = EngagementScore({"بازدید": 1, "click": 2.5}, "36h", bands=Bands(ready=30, back="10d"), cap=0.1 + 0.2)
    fitted = EngagementScore.from_dict(fitted.to_dict() | {"reference": "2026-01-05T10:00:00.000001+00:00"})
    assert EngagementScore.load(fitted.save(tmp_path / name)) == fitted


def test_files_that_hold_something_else_are_refused(tmp_path):
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "other.json").write_text('{"weights": {"open": 1}, "speed": 3}')
    for name, said in (("broken.json", "cannot be read as JSON"), ("other.json", "no field is called speed")):
        with pytest.raises(SpecError, match=said):
            EngagementScore.load(tmp_path / name)
    with pytest.raises(SpecError, match=r"\.json, \.yaml or \.yml"):
        EngagementScore({"open": 1}).save(tmp_path / "score.txt")


def test_html_shows_names_as_text():
    found = EngagementScore({"<b>open</b>": 1, "open": 1}, cap=1).run(log({"ana": ["open@0"]}))
    assert "<b>open" not in found._repr_html_()
    assert "&lt;b&gt;open" in found._repr_html_()


happenings = st.lists(st.tuples(st.sampled_from(["open", "click", "visit"]), st.integers(1, 90 * 24)), max_size=8)


# Few logs of many people: a log costs what a hundred people do.
@settings(max_examples=10, deadline=None)
@given(st.lists(happenings, min_size=1, max_size=15), st.sampled_from(["1d", "14d", "60d"]))
def test_the_engine_agrees_with_adding_up_by_hand(stories, half_life):
    at = pd.Timestamp("2026-06-01", tz="UTC")
    rows = [{"user": f"u{n}", "event": "visit", "timestamp": at - pd.Timedelta(days=200)} for n in range(len(stories))]
    for n, story in enumerate(stories):
        rows += [{"user": f"u{n}", "event": e, "timestamp": at - pd.Timedelta(hours=h)} for e, h in story]
    score = EngagementScore({"open": 1, "click": 3}, half_life, cap=4)
    # Everybody lives a second time under another name.
    whole = EventLog.read([*rows, *(row | {"user": f"x{row['user']}"} for row in rows)], observed_until=at)
    found = people(score.run(whole, at=at))
    slower = people(EngagementScore({"open": 1, "click": 3}, "90d", cap=4).run(whole, at=at))
    for n, story in enumerate(stories):
        raw = score.raw([(event, f"{hours}h") for event, hours in story])
        before = score.raw([(event, f"{hours - 720}h") for event, hours in story if hours > 720])
        mine = found.loc[f"u{n}"]
        assert math.isclose(mine["raw"], raw, rel_tol=1e-9, abs_tol=1e-12)
        assert math.isclose(mine["raw_before"], before, rel_tol=1e-9, abs_tol=1e-12)
        assert 0 <= mine["score"] <= 100
        assert math.isclose(mine["score"], score.score(raw), abs_tol=1e-9)
        assert mine["band"] == score.bands.of(mine["score"], mine["before"])
        # Whoever a person is called, and however much slower points fade.
        assert found.loc[f"xu{n}", "score"] == pytest.approx(mine["score"], abs=1e-9)
        assert slower.loc[f"u{n}", "raw"] >= mine["raw"] - 1e-12
    assert np.isfinite(found["score"]).all()


def test_the_chart_says_every_band_and_the_html_no_ids():
    story = {"ana-secret": ["open@0"] * 8, "ben": ["open@0"] * 5, "cyd": ["visit@0"]}
    found = EngagementScore({"open": 1}, half_life=None, cap=10).run(log(story))
    alt = alt_text(score_chart(found))
    for label in (
        "at risk: fell by 50% or more 0",
        "likely buyer: 70 and more 1",
        "ready: 40 to 70 1",
        "other: below 40 1",
    ):
        assert label in alt
    assert "ana-secret" not in found._repr_html_()
    assert "ana-secret" not in alt


def test_files_of_people_defuse_formulas(tmp_path):
    found = EngagementScore({"open": 1}, cap=1).run(log({"=1+1": ["open@0"]}))
    assert "'=1+1" in found.to_csv(tmp_path / "people.csv").read_text()
