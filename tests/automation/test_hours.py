"""Best hours: simulated truth, exact small cases, and the zone of the report."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from funnel_utils import EventLog
from funnel_utils.automation import BestHour
from funnel_utils.automation.hours import largest, strength
from funnel_utils.errors import LogError, SpecError


def likelihood(s, people, mean):
    """Dirichlet-multinomial, person by person, without the constant."""
    total = 0.0
    for counts in people:
        total += math.lgamma(s) - math.lgamma(s + sum(counts))
        total += sum(math.lgamma(s * m + c) - math.lgamma(s * m) for m, c in zip(mean, counts, strict=True))
    return total


def collapsed(people):
    n = pd.Series([sum(counts) for counts in people]).value_counts().rename_axis("n").reset_index(name="people")
    rows = [(hour, c) for counts in people for hour, c in enumerate(counts) if c]
    cells = pd.DataFrame(rows, columns=["hour", "n"]).value_counts().reset_index(name="people")
    return n, cells


def test_the_strength_is_the_most_likely_one_person_by_person():
    mean = np.array([0.5, 0.3, 0.2])
    people = [(4, 0, 0), (3, 1, 0), (0, 0, 5), (2, 2, 2), (0, 6, 1)]
    found = strength(*collapsed(people), mean)
    around = [likelihood(found * factor, people, mean) for factor in (0.98, 1, 1.02)]
    assert around[1] == max(around)


def test_people_whose_days_are_alike_have_the_greatest_strength():
    assert strength(*collapsed([(5, 5)] * 20), np.array([0.5, 0.5])) > 1e4


@pytest.mark.parametrize("alpha", [[1.0, 1.0, 1.0], [5.0, 1.0], [0.3, 2.0], [300.0, 310.0]])
def test_the_largest_part_is_that_of_the_beta_distribution_or_of_draws(alpha):
    from scipy.special import betainc

    found = largest(np.array(alpha))
    # Of two parts the first is larger when its share is above a half.
    wanted = [1 / 3] * 3 if len(alpha) == 3 else [1 - betainc(*alpha, 0.5), betainc(*alpha, 0.5)]
    assert found == pytest.approx(wanted, abs=1e-8)


@pytest.fixture(scope="module")
def world():
    """400 people whose days are drawn around one with a morning and an evening; half of them answer thrice."""
    rng = np.random.default_rng(3)
    mean = np.full(24, 0.01)
    mean[[8, 9, 20, 21]] += 0.76 / 4
    days = rng.dirichlet(8 * mean, 400)
    answers = np.where(np.arange(400) % 2, 3, 60)
    counts = np.array([rng.multinomial(n, day) for n, day in zip(answers, days, strict=True)])
    user, hour = np.nonzero(counts)
    times = counts[user, hour]
    rows = pd.DataFrame({"user": np.repeat(user, times), "event": "opened", "hour": np.repeat(hour, times)})
    rows["timestamp"] = pd.Timestamp("2026-01-01") + pd.to_timedelta(rows["hour"], unit="h")
    return days, EventLog.read(rows.drop(columns="hour"))


def test_truth_is_recovered(world):
    days, log = world
    found = BestHour().run(log)
    assert found.strength == pytest.approx(8, rel=0.15)
    table = found.table.order_by("user").to_pandas()
    assert len(table) == 400
    true = days[table["user"], table["hour"]]
    inside = (table["low"] <= true) & (true <= table["high"])
    # The best of 24 was chosen by its own count, so a little less than 95% of the bounds hold.
    assert inside.mean() > 0.9
    # A person's own best hour is named far oftener after 60 answers than after 3.
    right = days[table["user"]].argmax(axis=1) == table["hour"]
    many = table["answers"] == 60
    assert right[many].mean() > 0.75 > right[~many].mean()


def test_one_person_agrees_with_the_table(world):
    found = BestHour().run(world[1])
    row = found.table.to_pandas().set_index("user").loc[0]
    hers = found.person(0)
    first = hers.iloc[0]
    assert (first["hour"], first["of"]) == (row["hour"], row["answers"])
    assert (first["share"], first["low"], first["high"]) == pytest.approx((row["share"], row["low"], row["high"]))
    assert hers["share"].sum() == pytest.approx(1)
    assert hers["chance_best"].sum() == pytest.approx(1)
    assert hers["chance_best"].idxmax() == 0


def test_hours_are_those_of_the_report():
    rows = [{"user": "ana", "event": "opened", "timestamp": "2026-01-01T20:40Z"}]
    log = EventLog.read(rows, report_tz="Asia/Tehran")  # three and a half hours ahead: ten past midnight
    assert BestHour().run(log).table.to_pandas()["hour"].tolist() == [0]


def test_an_hour_that_is_everybodys_can_be_hers_without_an_answer_in_it():
    people = {f"p{k}": [f"opened@{day}d9h" for day in range(3)] for k in range(30)}
    log = EventLog.from_story({**people, "ana": ["opened@0d22h"]})
    found = BestHour().run(log)
    table = found.table.to_pandas().set_index("user")
    assert table.loc["ana", "hour"] == found.person("ana")["hour"].iloc[0]
    assert not table.loc["p0", "is_own"]
    assert found.everybody["answers"].sum() == 91
    assert repr(found).startswith("Most answers come in the hour from 9:00")


def test_shares_of_the_day_have_intervals_clustered_by_person():
    # Three people: 4 of 4, 0 of 2 and 1 of 2 answers at nine. R = 5/8; sum of (y - R x)^2 = 1.5^2 + 1.25^2 + 0.25^2 =
    # 3.875; variance = 3/2 x 3.875 / 64. Rows for themselves would give 0.625 x 0.375 / 8, a third of it.
    log = EventLog.from_story(
        {
            "ana": [f"opened@{day}d9h" for day in range(4)],
            "ben": ["opened@0d20h", "opened@1d20h"],
            "eli": ["opened@0d9h", "opened@1d20h"],
        }
    )
    nine = BestHour().run(log).everybody.iloc[9]
    half = 1.959964 * math.sqrt(1.5 * 3.875 / 64)
    assert nine["low"] == pytest.approx(5 / 8 - half, abs=1e-5)
    assert nine["high"] == pytest.approx(min(1.0, 5 / 8 + half))
    alone = BestHour().run(log.restrict(["ana"])).everybody
    assert alone["low"].isna().all()


def test_the_chance_that_an_own_hour_is_better_is_that_of_drawn_days(world):
    found = BestHour().run(world[1])
    table = found.table.to_pandas().set_index("user")
    usual = int(found.everybody["share"].argmax())
    rng = np.random.default_rng(5)
    for user in table.index[table["is_own"]][:4]:
        hers = found.person(user).set_index("hour")["answers"].reindex(range(24))
        days = rng.dirichlet(hers + found.strength * found.everybody["share"].to_numpy(), 20_000)
        above = (days[:, table.loc[user, "hour"]] > days[:, usual]).mean()
        assert table.loc[user, "chance_better"] == pytest.approx(above, abs=0.015)  # four standard errors
    assert table.loc[~table["is_own"], "chance_better"].isna().all()


def test_few_answers_settle_nobodys_hour(world):
    found = BestHour().run(world[1])
    people = found.settled.set_index("group")["people"]
    assert people.sum() == 400
    sure = found.table.to_pandas().query("chance_better >= 0.9")
    assert len(sure) == people["settled"] > 0
    # Three answers hardly ever do.
    assert (sure["answers"] == 60).mean() > 0.9


def test_the_picture_says_what_it_shows(world):
    from funnel_utils.charts import alt_text
    from funnel_utils.charts.style import to_png

    found = BestHour().run(world[1])
    said = alt_text(found.plot())
    assert f"For {found.settled['people'].iloc[2]} of 400 people" in said
    assert "of 12,600" in said
    assert to_png(found.plot(), dpi=40).startswith(b"\x89PNG")
    alone = BestHour().run(EventLog.from_story({"ana": ["opened@9h"]}))
    assert "For 0 of 1 people" in alt_text(alone.plot())
    assert "nan" not in alt_text(alone.plot())


def test_what_cannot_be_is_refused():
    log = EventLog.from_story({"ana": [("opened@9h", {"channel": "email"})]})
    with pytest.raises(SpecError, match="answered"):
        BestHour("")
    with pytest.raises(LogError, match="'clicked'"):
        BestHour("clicked").run(log)
    with pytest.raises(LogError, match="no event 'opened'"):
        BestHour(where={"channel": "sms"}).run(log)
    with pytest.raises(LogError, match="nobody of that name"):
        BestHour().run(log).person("ben")
