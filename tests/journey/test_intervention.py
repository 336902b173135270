"""The value of an intervention: hand stories, what must be refused, and an effect that is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_ind

from funnel_utils import EventLog, Intervention, LogError, SpecError
from funnel_utils.charts import alt_text, intervention_chart
from funnel_utils.journey.measures import Revenue

PLAIN = {"assignment": "random", "target": "pay", "within": "7d", "revenue": None}


def log(stories, **options):
    return EventLog.from_story(stories, **({"observed_until": "2026-06-01"} | options))


def lot(arm, at="0"):
    return (f"lot@{at}", {"arm": arm})


def paid(at, value):
    return (f"pay@{at}", {"value": value})


def compare(stories, **options):
    return Intervention("lot", "mail", "none", **(PLAIN | options)).run(log(stories))


STORY = {
    "a": [lot("mail"), paid("1d", 100)],
    "b": [lot("mail"), paid("7d", 60), ("undo@7d", {"value": 20})],
    "c": [lot("mail"), paid("8d", 999)],  # after the window
    "d": [lot("none"), paid("2d", 30)],
    "e": [paid("0", 999), lot("none", "1d")],  # before the lot
    "f": [lot("none")],
    "g": [paid("1d", 999)],  # in no arm
}


def test_the_arms_by_hand():
    arms = compare(STORY, revenue=Revenue("pay", "undo")).arms
    assert arms[["arm", "converted", "of", "revenue"]].values.tolist() == [["mail", 2, 3, 140], ["none", 1, 3, 30]]
    assert arms["per_person"].tolist() == pytest.approx([140 / 3, 10])


def test_the_difference_in_money_is_welchs():
    row = compare(STORY, revenue=Revenue("pay", "undo", margin=0.5)).effects.set_index("measure")
    # People had 100, 40, 0 and 30, 0, 0; scipy works on the rows.
    truth = ttest_ind([100, 40, 0], [30, 0, 0], equal_var=False).confidence_interval(0.95)
    found = row.loc["revenue"]
    assert found["difference"] == pytest.approx(140 / 3 - 10)
    assert (found["low"], found["high"]) == pytest.approx((truth.low, truth.high))
    assert row.loc["margin", "difference"] == pytest.approx(found["difference"] / 2)
    assert found["total"] == pytest.approx(3 * found["difference"])


def test_the_difference_in_shares_is_newcombes():
    story = {f"t{n}": [lot("mail"), *(["pay@1d"] if n < 56 else [])] for n in range(70)}
    story |= {f"c{n}": [lot("none"), *(["pay@1d"] if n < 48 else [])] for n in range(80)}
    row = compare(story).effects.iloc[0]
    # Newcombe 1998, table II, example (a), method 10.
    assert (round(row["difference"], 4), round(row["low"], 4), round(row["high"], 4)) == (0.2, 0.0524, 0.3339)


def test_the_value_is_the_gain_of_the_treated_less_its_cost():
    found = compare(STORY, revenue=Revenue("pay", "undo", margin=0.5), cost=2).value
    assert found["gain"] == pytest.approx(0.5 * (140 - 30))
    assert (found["cost"], found["net"]) == (6, pytest.approx(found["gain"] - 6))
    with pytest.raises(SpecError, match="declare where money is"):
        _ = compare(STORY).value


def test_everybody_counts_where_the_lot_put_them_whether_it_reached_them_or_not():
    story = {"sent": [lot("mail"), "mail_sent@1h", "pay@1d"], "lost": [lot("mail")], "c": [lot("none"), "mail_sent@1h"]}
    assert compare(story).arms["of"].tolist() == [2, 1]


def test_people_who_were_not_watched_for_the_whole_window_are_not_compared():
    story = {"a": [lot("mail"), "pay@1d"], "b": [lot("none")], "late": [lot("mail", "20d"), "pay@21d"]}
    found = Intervention("lot", "mail", "none", **PLAIN).run(log(story, observed_until="2026-01-25"))
    assert found.arms[["of", "too_early"]].values.tolist() == [[1, 1], [1, 0]]
    assert any("are not compared" in warning for warning in found.warnings)


def test_a_person_in_both_arms_is_an_error():
    with pytest.raises(LogError, match="1 people are in both arms"):
        compare({"a": [lot("mail"), lot("none", "1d")], "b": [lot("none")]})


def test_the_same_arm_twice_counts_once_from_the_first():
    story = {"a": [lot("mail"), lot("mail", "5d"), "pay@9d"], "b": [lot("none")]}
    assert compare(story).arms["converted"].tolist() == [0, 0]


def test_a_third_arm_is_set_apart_aloud():
    found = compare({"a": [lot("mail")], "b": [lot("none")], "c": [lot("sms")], "d": [lot("sms")]})
    assert found.arms["of"].tolist() == [1, 1]
    assert any(warning.startswith("2 people are in neither") for warning in found.warnings)


def test_without_knowing_how_people_were_assigned_there_is_no_answer():
    with pytest.raises(SpecError, match="Say how people came into their arms"):
        Intervention("lot", "mail", "none")


def test_where_chance_did_not_assign_every_word_says_so():
    found = compare(STORY, assignment="observed")
    assert any(warning.startswith("NOT AN EFFECT") for warning in found.warnings)
    assert "did not assign" in found.verdict
    assert "not an effect" in alt_text(intervention_chart(found)).lower()
    assert "NOT AN EFFECT" in found._repr_html_()


def test_a_split_that_chance_does_not_explain_is_reported():
    story = {f"t{n}": [lot("mail")] for n in range(80)} | {f"c{n}": [lot("none")] for n in range(20)}
    found = compare(story, share=0.5)
    # (30^2 / 50) * 2 = 36 with one degree of freedom.
    assert found.mismatch_p == pytest.approx(1.97e-9, rel=0.01)
    assert any("mismatch" in warning for warning in found.warnings)
    assert not any("mismatch" in warning for warning in compare(story, share=0.8).warnings)


@pytest.mark.parametrize(
    ("stories", "said"),
    [
        ({"a": [lot("mail")]}, "nobody was assigned to 'none'"),
        ({"a": [lot("mail")], "b": [lot("none", "150d")]}, "nobody in 'none' has been watched"),
        ({"a": ["lot@0"]}, "no property 'arm'"),
    ],
)
def test_what_cannot_be_compared_is_refused(stories, said):
    with pytest.raises(LogError, match=said):
        compare(stories)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"within": 7}, "not a duration"),
        ({"within": "0d"}, "longer than nothing"),
        ({"target": []}, "wanted act"),
        ({"share": 50}, "between 0 and 1"),
        ({"cost": -1}, "zero or more"),
        ({"cost": float("nan")}, "zero or more"),
        ({"revenue": 3}, "no Revenue"),
        ({"arm": ""}, "no name"),
        ({"assignment": "maybe"}, "Say how people came"),
    ],
)
def test_invalid_interventions_are_refused(options, said):
    with pytest.raises(SpecError, match=said):
        Intervention("lot", "mail", "none", **(PLAIN | options))
    with pytest.raises(SpecError, match="treated and control"):
        Intervention("lot", "mail", "mail", **PLAIN)


def test_a_known_effect_is_found_and_its_interval_covers_it_as_often_as_it_says():
    """Shares 0.30 and 0.20, money 10 more to each who bought: the truth is 0.10 and 0.3 x 60 - 0.2 x 50 = 8."""
    draw, inside, rounds, people = np.random.default_rng(3), np.zeros(2), 40, 400
    begin = pd.Timestamp("2026-01-01", tz="UTC")
    for _ in range(rounds):
        treated = draw.random(people) < 0.5
        bought = draw.random(people) < np.where(treated, 0.3, 0.2)
        user = [f"u{n}" for n in range(people)]
        lots = pd.DataFrame(
            {"user": user, "event": "lot", "timestamp": begin, "arm": np.where(treated, "mail", "none")}
        )
        value = np.where(treated, 60.0, 50.0) * draw.gamma(4, 0.25, people)
        pays = pd.DataFrame({"user": user, "event": "pay", "timestamp": begin + pd.Timedelta("1d"), "value": value})
        whole = EventLog.read(pd.concat([lots, pays[bought]]), observed_until="2026-02-01")
        found = Intervention("lot", "mail", "none", **(PLAIN | {"revenue": Revenue("pay")})).run(whole).effects
        for index, truth in enumerate((0.1, 8.0)):
            inside[index] += found.loc[index, "low"] <= truth <= found.loc[index, "high"]
    # 95% of 40 is 38; four binomial standard errors are 5.5.
    assert (inside >= 33).all()


def test_names_are_shown_as_text():
    story = {"a": [lot("<b>mail</b>")], "b": [lot("none")]}
    found = Intervention("lot", "<b>mail</b>", "none", **PLAIN).run(log(story))
    assert "<b>mail" not in found._repr_html_()
    assert "treated: <b>mail</b>" in alt_text(intervention_chart(found))
