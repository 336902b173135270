"""The campaign's log: it is what is drawn today, it keeps the rules, and its report finds the truth behind it."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from funnel_utils.automation.campaign import Campaign
from funnel_utils.automation.uplift import qini
from funnel_utils.synthetic import data_file, load_campaign, load_campaign_truth
from funnel_utils.synthetic.campaigns import CAMPAIGN_FILE, CONSUMABLES, DURABLES, Season, campaign_files
from funnel_utils.synthetic.experiments.shipped import rows_digest

DATA = Path(__file__).parents[1] / "data"
TEXT = (DATA / "DATA.md").read_text("utf-8")


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return pq.read_table(data_file(CAMPAIGN_FILE)).to_pandas()


@pytest.fixture(scope="module")
def truth():
    return load_campaign_truth()


def test_the_file_is_what_is_drawn_today_and_data_md_says_its_hash(rows):
    drawn = campaign_files[CAMPAIGN_FILE]()
    assert rows_digest(rows) == rows_digest(drawn)
    assert rows_digest(rows) in TEXT
    assert data_file(CAMPAIGN_FILE).stat().st_size < 1e6


def test_data_md_states_what_it_was_drawn_from(rows, truth):
    season, text = Season(), TEXT[TEXT.index("# The campaign") :]
    for word in (*rows.columns, *rows["event"].unique(), *rows["flow"].dropna().unique(), *CONSUMABLES):
        assert f"`{word}`" in text, word
    for number in (f"{season.people:,} people", f"seed {season.seed}", f"{season.days} days", f"{season.past} days"):
        assert number in text, number
    stated = re.findall(r"^\| ([a-z ]+) \| ([\d,]+) \| ([\d.]+)% \| ([\d.]+)% \|$", text, flags=re.MULTILINE)
    for row, (kind, people, with_messages, without) in zip(truth.kinds.itertuples(), stated, strict=True):
        assert (row.kind, f"{row.people:,}") == (kind, people)
        assert (f"{row.with_messages:.1%}", f"{row.without:.1%}") == (f"{with_messages}%", f"{without}%")


def test_the_report_finds_what_the_messages_caused(truth):
    log = load_campaign()
    result = Campaign(campaign="autumn", within="28d", holdout_share=0.3).run(log)
    row = result.effect.set_index("measure").loc["purchase"]
    assert 0 < row["low"] < truth.effect < row["high"]
    # Both arms are counted from the log just as they were lived.
    people = truth.people
    lived = people["with_messages"].where(people["group"] == "messages", people["without"])
    rates = lived.groupby(people["group"]).mean()
    assert row["estimate"] == pytest.approx(rates["messages"])
    assert row["control_estimate"] == pytest.approx(rates["holdout"])
    # Counting clicks claims far more than was caused.
    assert result.claimed > 1.5 * truth.people.query("group == 'messages'")["caused"].sum()


def test_knowing_the_kind_finds_whom_the_messages_move_and_the_name_does_not(truth):
    people = truth.people
    treated = people["group"] == "messages"
    lived = people["with_messages"].where(treated, people["without"])
    score = people["kind"].map({"persuadables": 2, "sure things": 1, "lost causes": 1, "sleeping dogs": 0})
    found = qini(score, treated, lived, draws=100)
    assert found.coefficient > found.random_high
    by_name = qini(np.arange(len(people)) % 97, treated, lived, draws=100)
    assert by_name.random_low < by_name.coefficient < by_name.random_high


def test_consent_comes_before_every_message_and_nothing_after_it_ends(rows):
    keys = ["user", "channel"]
    given = rows[rows["event"] == "opt_in"].groupby(keys)["timestamp"].min().rename("given")
    taken = rows[rows["event"] == "opt_out"].groupby(keys)["timestamp"].min().rename("taken")
    sent = rows[rows["event"] == "sent"].join(given, on=keys).join(taken, on=keys)
    assert (sent["given"] <= sent["timestamp"]).all()
    assert (sent["taken"].isna() | (sent["timestamp"] < sent["taken"])).all()
    groups = rows.dropna(subset=["group"]).set_index("user")["group"]
    ours = sent[sent["campaign"] == "autumn"]
    assert set(groups[ours["user"]]) == {"messages"}
    hour = sent["timestamp"].dt.tz_convert("Asia/Tehran").dt.hour
    assert hour.between(9, 20).all()


def test_people_come_back_for_what_runs_out(rows):
    bought = rows[rows["event"] == "purchase"].sort_values(["user", "timestamp"])
    assert set(bought["item"]) == {*DURABLES, *CONSUMABLES}
    used = bought[bought["item"].isin(CONSUMABLES)]
    assert used.groupby("user")["item"].nunique().max() == 1
    gap = used.groupby("user")["timestamp"].diff().dropna()
    assert len(gap) > 300
    assert gap.min() >= pd.Timedelta(days=24)
    assert bought["value"].notna().all()
    assert rows.loc[rows["event"] != "purchase", "value"].isna().all()


def test_a_few_people_share_a_phone(rows):
    people = rows.dropna(subset=["phone"]).groupby("phone")["user"].nunique()
    assert 10 < (people > 1).sum() < 120
    assert rows.dropna(subset=["email"]).groupby("email")["user"].nunique().max() == 1
