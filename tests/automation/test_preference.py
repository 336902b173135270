"""Channel preference: published fits, simulated truth, and chances against a closed form."""

from __future__ import annotations

import math

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funnel_utils import EventLog
from funnel_utils.automation import Preference
from funnel_utils.automation.preference import Prior, chances_best, interval
from funnel_utils.errors import LogError, SpecError

# Boys among the first twelve children of 6,115 families in Saxony (Geissler 1889), families with 0, 1, … 12 boys.
BOYS = [3, 24, 104, 286, 670, 1033, 1343, 1112, 829, 478, 181, 45, 7]


def test_the_fit_is_the_published_one_for_the_families_of_saxony():
    prior = Prior.fit([12] * 13, range(13), BOYS)
    # Maximum-likelihood estimates as published with these data: 34.09558 and 31.5715.
    assert (prior.a, prior.b) == pytest.approx((34.09558, 31.5715), rel=5e-4)


def test_people_in_rows_or_counted_are_the_same():
    n, k, people = [3, 3, 5, 2], [0, 3, 2, 1], [4, 2, 3, 5]
    counted, rows = Prior.fit(n, k, people), Prior.fit(np.repeat(n, people), np.repeat(k, people))
    assert (counted.a, counted.b) == pytest.approx((rows.a, rows.b), rel=1e-6)


def test_people_who_do_not_differ_are_given_one_rate():
    # Exactly as many of each count as one common rate of a half gives.
    people = [math.comb(4, k) for k in range(5)]
    prior = Prior.fit([4] * 5, range(5), people)
    assert prior.mean == pytest.approx(0.5)
    assert prior.a + prior.b > 1e4


@pytest.mark.parametrize(
    ("n", "k", "mean"),
    [
        ([1, 1, 1, 1], [0, 0, 0, 1], 0.25),
        ([5, 5], [0, 0], 0.5 / 11),
        ([5, 5], [5, 5], 10.5 / 11),
        # One person differs from nobody, however many messages she had.
        ([3], [1], 1 / 3),
        ([1000, 0], [500, 0], 0.5),
        # The likeliest are people all alike: 1/2 each, against 1/3 if any rate is as likely as the next. That is luck.
        ([2, 2], [1, 1], 0.5),
        # The likeliest are people who answer all or nothing: 1/2 each, against 1/3 by any rate and 1/4 by all alike.
        ([2, 2], [2, 0], 0.5),
    ],
)
def test_counts_that_cannot_tell_how_people_differ_say_so(n, k, mean):
    prior = Prior.fit(n, k)
    assert not prior.is_fitted
    assert (prior.mean, prior.a + prior.b) == pytest.approx((mean, 2))


def test_enough_people_tell_how_people_differ():
    # The same two counts, 25 times: twice 50 x log(3/2) is far above what chance does.
    prior = Prior.fit([2, 2], [2, 0], [25, 25])
    assert prior.is_fitted
    assert prior.a + prior.b < 0.1


@pytest.mark.parametrize(("n", "k"), [([1], [2]), ([2], [-1]), ([0], [0]), ([float("nan")], [0])])
def test_counts_that_are_none_are_refused(n, k):
    with pytest.raises(LogError, match=r"answered|nobody"):
        Prior.fit(n, k)


def beats(a1, b1, a2, b2):
    """P(second > first) for whole numbers: the closed form of Miller (2015)."""
    from scipy.special import betaln

    return sum(
        math.exp(betaln(a1 + i, b1 + b2) - math.log(b2 + i) - betaln(1 + i, b2) - betaln(a1, b1)) for i in range(a2)
    )


whole = st.integers(1, 400)


@settings(max_examples=40)
@given(whole, whole, whole, whole)
def test_chances_are_those_of_the_closed_form(a1, b1, a2, b2):
    assert chances_best([a1, a2], [b1, b2])[0, 1] == pytest.approx(beats(a1, b1, a2, b2), abs=1e-7)


def test_chances_of_many_people_are_those_of_each():
    rng = np.random.default_rng(5)
    a, b = rng.gamma(0.3, 5, 30) + 0.02, rng.gamma(0.5, 20, 30) + 0.02
    profiles = rng.integers(0, 30, (50, 3))
    together = chances_best(a, b, profiles)
    alone = np.array([chances_best(a[one], b[one])[0] for one in profiles])
    np.testing.assert_allclose(together, alone, atol=1e-7)
    # Draws: 50,000 of one person, four standard errors.
    drawn = rng.beta(a[profiles[0]], b[profiles[0]], (50_000, 3)).argmax(axis=1)
    np.testing.assert_allclose(np.bincount(drawn, minlength=3) / 50_000, together[0], atol=4 * 0.5 / 50_000**0.5)


@pytest.fixture(scope="module")
def world():
    """2,000 people with known rates: many messages to few, few to many."""
    rng = np.random.default_rng(11)
    truth = {"email": rng.beta(2, 6, 2_000), "sms": rng.beta(3, 3, 2_000)}
    rows = []
    for channel, rate in truth.items():
        sent = rng.geometric(0.25, 2_000) - 1
        rows.append(
            pd.DataFrame(
                {"user": np.arange(2_000), "channel": channel, "sent": sent, "answered": rng.binomial(sent, rate)}
            )
        )
    return pd.DataFrame(truth), pd.concat(rows)


@pytest.fixture(scope="module")
def found(world):
    return Preference.of_counts(world[1])


def test_the_prior_is_the_one_that_people_were_drawn_from(found):
    prior = found.prior.set_index("channel")
    # About 1,500 people with a message each; the mean's standard error is near 0.006.
    assert prior.loc["email", "mean"] == pytest.approx(0.25, abs=0.025)
    assert prior.loc["sms", "mean"] == pytest.approx(0.5, abs=0.025)
    assert 5.5 < prior.loc["email", "a"] + prior.loc["email", "b"] < 11.5
    assert 4 < prior.loc["sms", "a"] + prior.loc["sms", "b"] < 8.5


def test_intervals_hold_the_truth_and_estimates_are_nearer_than_rates(world, found):
    truth = world[0]
    table = found.table.to_pandas()
    true = np.array([truth[channel][user] for user, channel in zip(table["user"], table["channel"], strict=True)])
    held = ((table["low"] <= true) & (true <= table["high"])).mean()
    assert held == pytest.approx(0.95, abs=4 * (0.95 * 0.05 / 4_000) ** 0.5)
    asked = table["rate"].notna()
    assert ((table["estimate"] - true)[asked] ** 2).mean() < 0.5 * ((table["rate"] - true)[asked] ** 2).mean()
    assert len(table) == 2 * found.people  # also those who were never written to over one of the channels


def test_the_chance_that_a_channel_is_best_is_kept(world, found):
    truth = world[0]
    best = found.best.to_pandas()
    right = truth.idxmax(axis=1).loc[best["user"]].to_numpy() == best["preferred_channel"].to_numpy()
    chance = best["chance_best"]
    assert right.mean() == pytest.approx(chance.mean(), abs=4 * 0.5 / len(best) ** 0.5)
    sure = (chance >= 0.9).to_numpy()
    assert right[sure].mean() > 0.9 - 4 * 0.3 / sure.sum() ** 0.5
    assert found.summary["sure"].sum() == sure.sum()
    assert found.summary["people"].sum() == found.people == len(best)


def test_someone_who_opens_everything_and_someone_who_never_does(found):
    table = found.openers(0.8).set_index(["channel", "group"])
    above, never = table.loc[("email", "above")], table.loc[("email", "never")]
    # Of a few messages some open all by luck: expect less of them, and something of those who opened none.
    assert above["expected"] < above["rate"]
    assert never["rate"] == 0
    assert 0 < never["expected"] < above["expected"]
    assert table.loc["email"]["people"].sum() == found.people


def test_the_picture_says_what_was_seen_and_what_to_expect(found):
    from funnel_utils.charts import alt_text

    row = found.openers().set_index(["channel", "group"]).loc[("email", "never")]
    said = f"email, Never answered: {row['people']:,.0f} people: 0% → {row['expected']:.1%}"
    assert said in alt_text(found.plot())


def test_one_person_by_hand():
    # No prior to fit but that of the uniform strength: a + b = 2 at the mean of a quarter is Beta(0.5, 1.5).
    counts = [{"user": user, "channel": "email", "sent": 1, "answered": int(user == "a")} for user in "abcd"]
    one = Preference.of_counts(counts).person("a").iloc[0]
    assert one["estimate"] == pytest.approx(1.5 / 3)
    # Beta(1.5, 1.5) is symmetrical about a half.
    assert one["low"] == pytest.approx(1 - one["high"])
    assert one["chance_best"] == 1


def story():
    mail, text = {"channel": "email", "id": "m1"}, {"channel": "sms", "id": "s"}
    return {
        "ana": [
            ("sent@1d", mail),
            ("opened@2d", mail),
            ("opened@3d", mail),
            ("sent@4d", text),
        ],
        "ben": [("sent@1d", mail), ("sent@9d", text), "sent@2d", "opened@5d"],
        "eli": ["visit@1d"],
    }


def test_counts_from_a_log():
    log = EventLog.from_story(story())
    by_hand = {("ana", "email"): (1, 1), ("ana", "sms"): (1, 0), ("ben", "email"): (1, 0), ("ben", "sms"): (1, 0)}
    for spec in (Preference(), Preference(message="id")):
        found = spec.run(log)
        table = found.table.to_pandas()
        assert {(row.user, row.channel): (row.sent, row.answered) for row in table.itertuples(index=False)} == by_hand
        # Without the message's id, ana's second opening of one mail cannot be told from an answer to another.
        assert any("1 times" in one for one in found.warnings) == (spec.message is None)
    # As of the ninth day itself ben's text had not been sent.
    early = Preference().run(log, as_of="2026-01-10").table.to_pandas().set_index(["user", "channel"])
    assert early.loc[("ben", "sms"), "sent"] == 0


def test_another_engine_says_the_same():
    rows = EventLog.from_story(story()).table.to_pandas()
    con = ibis.datafusion.connect()
    con.create_table("events", rows[["user", "event", "timestamp", "channel", "id"]])
    other = Preference(message="id").run(EventLog.read(con.table("events")))
    mine = Preference(message="id").run(EventLog.from_story(story()))
    for name in ("table", "best"):
        one, two = (getattr(x, name).order_by(ibis._.user).to_pandas() for x in (mine, other))
        order = [name for name in ("user", "channel") if name in one]
        pd.testing.assert_frame_equal(
            one.sort_values(order, ignore_index=True), two.sort_values(order, ignore_index=True), check_dtype=False
        )


def test_what_is_shown_is_escaped_and_names_nobody():
    rows = [("ana", "<b>", 3, 1), ("ben", "x", 2, 1)]
    counts = pd.DataFrame(rows, columns=["user", "channel", "sent", "answered"])

    found = Preference.of_counts(counts)
    assert "<b>" not in found._repr_html_()
    assert "ana" not in found._repr_html_() + repr(found) + found.to_frame().to_string()


def test_what_cannot_be_is_refused():
    with pytest.raises(SpecError, match="both"):
        Preference(sent="opened")
    with pytest.raises(SpecError, match="answered"):
        Preference(answered=" ")
    log = EventLog.from_story(story())
    with pytest.raises(LogError, match="Did you mean 'channel'"):
        Preference(channel="chanel").run(log)
    with pytest.raises(LogError, match="no event 'posted'"):
        Preference(sent="posted").run(log)
    counts = pd.DataFrame(
        {"user": range(5), "channel": "x", "sent": [1, 2, 2.5, -1, 3], "answered": [2, None, 1, -1, 3]}
    )
    with pytest.raises(LogError, match="4 rows"):
        Preference.of_counts(counts)
    with pytest.raises(LogError, match="counts='answered'"):
        Preference.of_counts([{"user": 1, "channel": "x", "sent": 1}])
    with pytest.raises(LogError, match="nobody of that name"):
        Preference().run(log).person("eli")
    with pytest.raises(SpecError, match="share=1"):
        Preference().run(log).openers(1)


def test_intervals_of_a_beta_distribution():
    low, high = interval(1, 1)
    assert (float(low), float(high)) == pytest.approx((0.025, 0.975))
