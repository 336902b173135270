"""A campaign's report: counted by hand, held against a known effect, and honest where nobody was held out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from funnel_utils import EventLog
from funnel_utils.automation.campaign import Campaign
from funnel_utils.charts import alt_text
from funnel_utils.errors import LogError, SpecError

STORY = {
    # Treated: sent to three, delivered to two; one opens twice and clicks, and buys after it; one buys unopened.
    "t1": [
        ("assigned@0", {"group": "message"}),
        "sent@1h",
        "delivered@1h",
        "opened@2h",
        "opened@3h",
        "clicked@3h",
        ("purchase@1d", {"value": 100.0}),
    ],
    "t2": [("assigned@0", {"group": "message"}), "sent@1h", "delivered@1h", ("purchase@2d", {"value": 50.0})],
    "t3": [("assigned@0", {"group": "message"}), "sent@1h", "unsubscribed@2d"],
    "t4": [("assigned@0", {"group": "message"}), ("purchase@8d", {"value": 70.0})],  # too late for seven days
    "h1": [("assigned@0", {"group": "holdout"}), ("purchase@1d", {"value": 90.0})],
    "h2": [("assigned@0", {"group": "holdout"}), ("purchase@-1d", {"value": 90.0})],  # before: no effect of anything
}


def story(people=STORY, **options):
    rows = []
    for user, happenings in people.items():
        for one in happenings:
            name, known = (one, {}) if isinstance(one, str) else one
            event, _, at = name.partition("@")
            when = pd.Timestamp("2026-01-10") + pd.Timedelta(at if at != "0" else "0s")
            plain = {"user": user, "event": event, "timestamp": when, "group": None, "value": None}
            rows.append(plain | {"campaign": "spring"} | known)
    frame = pd.DataFrame(rows).astype({"value": "float64", "group": "str"})
    return EventLog.read(frame, observed_until=options.pop("until", "2026-02-10"), **options)


def test_each_step_has_its_denominator():
    rows = Campaign(within="7d", holdout_share=1 / 3).run(story()).messages
    assert rows[["step", "events", "people", "of", "of_step"]].values.tolist() == [
        ["assigned", 4, 4, 0, ""],
        ["sent", 3, 3, 4, "assigned"],
        ["delivered", 2, 2, 3, "sent"],
        ["opened", 2, 1, 2, "delivered"],
        ["clicked", 1, 1, 2, "delivered"],
        ["unsubscribed", 1, 1, 2, "delivered"],
        ["converted", 2, 2, 4, "assigned"],
        ["converted after a click", 1, 1, 1, "clicked"],
    ]
    assert rows["rate"].tolist()[1:4] == pytest.approx([0.75, 2 / 3, 0.5])


def test_a_step_that_is_not_recorded_passes_its_denominator_on():
    rows = Campaign(within="7d", delivered=None, clicked=None).run(story()).messages.set_index("step")
    assert rows.loc["opened", ["people", "of", "of_step"]].tolist() == [1, 3, "sent"]
    assert "clicked" not in rows.index
    assert "converted after a click" not in rows.index


def test_an_event_that_the_log_never_has_is_not_counted_as_nought():
    people = {who: [one for one in acts if one != "clicked@3h"] for who, acts in STORY.items()}
    result = Campaign(within="7d").run(story(people))
    assert "clicked" not in result.messages["step"].tolist()
    assert np.isnan(result.claimed)
    assert "no event 'clicked'" in result.warnings[0]
    # Another campaign's clicks show that clicks are recorded: then nobody clicked.
    people["x"] = [("assigned@0", {"group": "message", "campaign": "x"}), ("clicked@1h", {"campaign": "x"})]
    result = Campaign(within="7d", campaign="spring").run(story(people))
    assert result.messages.set_index("step").loc["clicked", "people"] == 0
    assert not result.warnings


def test_more_openings_than_deliveries_give_no_share():
    people = {
        "t1": [("assigned@0", {"group": "m"}), "delivered@1h", "opened@1h"],
        "t2": [("assigned@0", {"group": "m"}), "opened@1h"],
        "h1": [("assigned@0", {"group": "holdout"})],
    }
    row = Campaign(within="7d", sent=None).run(story(people)).messages.set_index("step").loc["opened"]
    assert (row["people"], row["of"]) == (2, 1)
    assert np.isnan([row["rate"], row["low"], row["high"]]).all()


def many(effect, people=4000, seed=1, share=0.5):
    """Purchases at 10% without a message; the message adds `effect` for those assigned, sent to 80% of them."""
    draw = np.random.default_rng(seed)
    held = draw.random(people) < share
    sent = ~held & (draw.random(people) < 0.8)
    bought = draw.random(people) < 0.1 + effect * sent / 0.8
    start = pd.Timestamp("2026-01-01")
    parts = [
        pd.DataFrame({"user": np.arange(people), "event": "assigned", "timestamp": start}).assign(
            group=np.where(held, "holdout", "message")
        ),
        pd.DataFrame({"user": np.flatnonzero(sent), "event": "sent", "timestamp": start + pd.Timedelta("1h")}),
        pd.DataFrame(
            {"user": np.flatnonzero(bought), "event": "purchase", "timestamp": start + pd.Timedelta("2d")}
        ).assign(value=200.0),
    ]
    return EventLog.read(pd.concat(parts), observed_until="2026-03-01")


def test_what_was_caused_is_found_and_priced():
    log = many(0.05)
    result = Campaign(within="14d", cost_per_send=2.0, fixed_cost=500.0, margin=0.4).run(log)
    row = result.effect.iloc[0]
    # 0.05 more for each of those assigned, sent or not.
    assert row["caused_low"] < 0.05 * row["treated"] < row["caused_high"]
    assert row["per_send"] == pytest.approx(row["caused"] / result.sends)
    assert result.cost == 500 + 2 * result.sends
    money, revenue = result.roi.iloc[0], result.effect.iloc[1]
    assert money["profit"] == pytest.approx(0.4 * revenue["caused"] - result.cost)
    assert money["roi"] == pytest.approx(money["profit"] / result.cost)
    assert "The campaign caused" in result.verdict


def test_no_effect_is_not_settled_and_harm_is_harm():
    assert "not settled" in Campaign(within="14d").run(many(0.0)).verdict
    assert "did harm" in Campaign(within="14d").run(many(-0.08)).verdict


def test_a_lot_that_is_not_the_intended_one_makes_it_invalid():
    result = Campaign(within="14d", holdout_share=0.1).run(many(0.05))
    assert "invalid" in result.verdict


def test_without_a_holdout_nobody_can_tell():
    result = Campaign(within="7d", arm=None).run(story())
    assert "nobody can tell" in result.verdict
    assert result.effect.empty
    assert result.roi.empty
    assert result.messages.set_index("step").loc["assigned", "people"] == 6


def test_the_picture_draws_no_effect_that_is_not_known():
    def drawn(result):
        """The bars of the picture beyond those of the steps, and its words."""
        figure = result.plot()
        steps = result.messages["step"] != "converted after a click"
        return len(figure.axes[0].patches) - int(steps.sum()), alt_text(figure)

    unrecorded = {"delivered": None, "opened": None, "clicked": None, "unsubscribed": None}
    # The effect alone, for nobody is known to have clicked.
    beyond, said = drawn(Campaign(within="14d", **unrecorded).run(many(0.05)))
    assert beyond == 1
    assert "the campaign caused +" in said.lower()
    # The claim alone: six people are too few to compare.
    beyond, said = drawn(Campaign(within="7d").run(story()))
    assert beyond == 1
    assert "assigned 4; sent 3; delivered 2; opened 1; clicked 1; unsubscribed 1; converted 2" in said
    assert "not known" in said
    assert drawn(Campaign(within="7d", arm=None).run(story()))[0] == 1
    # Neither: the lot is not what it was meant to be.
    assert drawn(Campaign(within="14d", holdout_share=0.1, **unrecorded).run(many(0.05)))[0] == 0


def test_people_who_were_not_watched_long_enough_count_nowhere():
    people = {**STORY, "late": [("assigned@20d", {"group": "message"}), ("purchase@21d", {"value": 1.0})]}
    result = Campaign(within="7d").run(story(people, until="2026-02-01"))
    assert result.left_out == 1
    assert result.messages.set_index("step").loc["assigned", "people"] == 4
    assert "1 people" in result.warnings[0]
    with pytest.raises(LogError, match="watched for 1w"):
        Campaign(within="7d", arm=None).run(story(until="2026-01-12"))


def test_only_the_named_campaign_is_counted():
    rows = [
        {"user": user, "event": "assigned", "timestamp": "2026-01-01T00:00Z", "group": group, "campaign": name}
        for name, people in (("spring", 3), ("autumn", 5))
        for user in range(people)
        for group in (["holdout", "message"][user % 2],)
    ]
    log = EventLog.read(rows, observed_until="2026-02-01")
    result = Campaign(campaign="autumn", value=None).run(log)
    assert result.messages.set_index("step").loc["assigned", "people"] == 2
    with pytest.raises(LogError, match="'winter'"):
        Campaign(campaign="winter", value=None).run(log)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Campaign(within="0s"), "within"),
        (lambda: Campaign(cost_per_send=-1), "cost_per_send"),
        (lambda: Campaign(holdout_share=1), "holdout_share"),
        (lambda: Campaign(margin=0), "margin"),
        (lambda: Campaign(assigned=""), "assigned"),
        (lambda: Campaign(arm="variant").run(story()), "variant"),
        (lambda: Campaign(holdout="control").run(story()), "control"),
        (lambda: Campaign(assigned="drawn").run(story()), "drawn"),
        (lambda: Campaign(value="money").run(story()), "money"),
    ],
)
def test_what_does_not_fit_is_named(make, says):
    with pytest.raises((SpecError, LogError), match=says):
        make()


def test_text_of_a_log_stays_text():
    people = {
        "t1": [("assigned@0", {"group": "<b>"})],
        "h1": [("assigned@0", {"group": "holdout"}), ("<i>@1d", {"value": 1.0})],
    }
    page = Campaign(conversion="<i>", within="7d").run(story(people))._repr_html_()
    assert "<i>" not in page
    assert "<b>" not in page
