"""`funnel segment`, `funnel campaign` and `funnel contacts`, as somebody at a terminal meets them."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from funnel_utils.cli.app import app

RUN = CliRunner()


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    rows = []
    for k in range(60):
        arm = "holdout" if k % 2 else "message"
        at = pd.Timestamp("2026-01-01")
        rows.append({"user": f"u{k}", "event": "assigned", "timestamp": at, "group": arm, "city": "Tehran"})
        if arm == "message" or k < 20:
            rows.append({"user": f"u{k}", "event": "purchase", "timestamp": at + pd.Timedelta("2d"), "value": 10.0})
    rows.append({"user": "=1+1", "event": "visit", "timestamp": pd.Timestamp("2026-03-01"), "city": "[b]x"})
    path = tmp_path_factory.mktemp("shop") / "events.parquet"
    pd.DataFrame(rows).to_parquet(path)
    return str(path)


def test_a_segment_is_counted(shop, tmp_path):
    people = tmp_path / "people.csv"
    done = RUN.invoke(app, ["segment", shop, 'city = "[b]x"', "--people", str(people), "--why", "u0"])
    assert done.exit_code == 0
    assert "1 of 61 people" in done.stdout
    assert "'u0' is not in it" in done.stdout
    # An id that a spreadsheet would compute is text in the file.
    assert people.read_text().splitlines()[1] == "'=1+1"


def test_a_segment_as_json_is_nothing_but_json(shop):
    done = RUN.invoke(app, ["segment", shop, "did purchase and count(purchase) < 2", "--json"])
    said = json.loads(done.stdout)
    assert (said["people"], said["of"]) == (40, 61)
    assert [row["people"] for row in said["conditions"]] == [40, 61, 40]


def test_a_mistake_in_a_rule_is_shown_with_its_place(shop):
    done = RUN.invoke(app, ["segment", shop, "did purchase and and"])
    assert done.exit_code == 1
    assert "column 18" in done.stderr


def test_a_campaign_says_what_it_caused(shop):
    done = RUN.invoke(app, ["campaign", shop, "--value", "value", "--json"])
    said = json.loads(done.stdout)
    # 30 of 30 bought with a message, 10 of 30 without: 20 more.
    assert said["effect"][0]["caused"] == pytest.approx(20)
    assert "caused +20" in said["verdict"]
    shown = RUN.invoke(app, ["campaign", shop])
    assert shown.exit_code == 0
    assert "caused +20" in shown.stdout


def test_what_a_log_does_not_record_is_null_and_told(shop, tmp_path):
    page = tmp_path / "campaign.html"
    done = RUN.invoke(app, ["campaign", shop, "--value", "value", "--sent", "none", "--out", str(page), "--json"])
    said = json.loads(done.stdout)
    assert said["conversions_after_a_click"] is None
    assert [row["step"] for row in said["messages"]] == ["assigned", "converted"]
    assert "no event 'delivered', 'opened', 'clicked', 'unsubscribed'" in " ".join(said["warnings"])
    assert said["written"] == [str(page)]
    assert "caused +20" in page.read_text()


def test_a_campaign_is_told_in_percent_and_in_people(shop):
    said = " ".join(RUN.invoke(app, ["campaign", shop, "--value", "value", "--margin", "50%"]).stdout.split())
    # 30 of 30 with a message, 10 of 30 without; 10 of money each, half of it margin: (300 - 100) / 2.
    assert "assigned / people 100.0% / 30 10 / 30" in said
    assert "held out / people 33.3% / 30 3.33 / 30" in said
    assert "+66.67 points" in said
    assert "margin caused 100 (" in said


def test_a_conversion_that_never_occurs_is_refused(shop):
    done = RUN.invoke(app, ["campaign", shop, "--conversion", "purchas"])
    assert done.exit_code == 1
    assert "--conversion 'purchas': the log has no such event. Did you mean 'purchase'?" in done.stderr


def test_a_rule_of_one_condition_is_one_row_and_files_are_told(shop, tmp_path):
    table = tmp_path / "conditions.csv"
    done = RUN.invoke(app, ["segment", shop, "did purchase", "--csv", str(table)])
    # 30 with a message and the 10 of the holdout below 20: 40 of 61 people, and the interval is too wide for a decimal.
    assert [line.split()[:5] for line in done.stdout.splitlines() if line.startswith("  did")] == [
        ["did", "purchase", "40", "61", "66%"]
    ]
    assert f"Written: {table}" in done.stdout.replace("\n", "")
    wrong = RUN.invoke(app, ["segment", shop, 'town = "Tehran"'])
    assert wrong.stderr.startswith("Error: RULE 'town': the log has no such column")


def test_the_language_of_rules_is_in_the_help():
    said = " ".join(RUN.invoke(app, ["segment", "--help"], env={"COLUMNS": "300"}).stdout.split())
    for example in ("count(order, last 14 days) >= 2", "did order [place =", "sample 10% of", "no order since"):
        assert example in said


def test_contacts_are_counted_without_ids(shop):
    done = RUN.invoke(app, ["contacts", shop, "--points", "purchase=10", "--consent", "email", "--opt-in", "assigned"])
    assert done.exit_code == 1  # no property of this log holds a channel
    assert "channel" in done.stderr
    done = RUN.invoke(app, ["contacts", shop, "--points", "purchase=10"])
    assert done.exit_code == 0, done.output
    said = " ".join(done.stdout.split())
    assert "61 people, as known at 2026-03-01 00:00 UTC." in said
    assert "purchase 40 66%" in said
    assert "engagement band people" in said
    assert "u17" not in said
    assert "No consent" in done.stderr


def test_contacts_as_a_table_and_one_of_them(shop, tmp_path):
    table, columns = tmp_path / "contacts.csv", tmp_path / "contacts.parquet"
    files = ["--csv", str(table), "--parquet", str(columns)]
    done = RUN.invoke(app, ["contacts", shop, "--keep", "city", "--person", "u0", "--json", *files])
    said = json.loads(done.stdout)
    assert said["written"] == [str(table), str(columns)]
    assert [row["event"] for row in said["person"]["timeline"]] == ["assigned", "purchase"]
    assert said["person"]["contact"]["city"] == "Tehran"
    assert "'=1+1" in set(pd.read_csv(table)["user"])
    assert "=1+1" in set(pd.read_parquet(columns)["user"])
    early = RUN.invoke(app, ["contacts", shop, "--as-of", "2026-01-02", "--person", "u0", "--latest", "1"])
    assert "purchase" not in early.stdout
    assert "The latest 1 of 1 events" in early.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--person", "u99"], "--person 'u99': there is no such person"),
        (["--keep", "town"], "--keep 'town': the log has no such column"),
        (["--purchase", "purchas"], "--purchase 'purchas': the log has no such event. Did you mean 'purchase'?"),
        (["--stage", "vist=awareness"], "--stage 'vist': the log has no such event. Did you mean 'visit'?"),
        (["--stage", "visit=looking"], "no stage 'looking'"),
        (["--points", "purchase=ten"], "--points purchase=ten: 'ten' is not a number"),
        (["--as-of", "2027-01-01"], "--as-of '2027-01-01' lies after the end of observation"),
        (["--silence", "30"], "--silence '30'"),
    ],
)
def test_what_contacts_cannot_use_is_told_in_a_line(shop, words, said):
    done = RUN.invoke(app, ["contacts", shop, *words])
    assert done.exit_code == 1
    assert said in done.stderr


def test_a_campaign_without_a_holdout_says_that_nobody_can_tell(shop):
    done = RUN.invoke(app, ["campaign", shop, "--no-holdout"])
    assert "nobody can tell" in done.stdout.replace("\n", " ")
    wrong = RUN.invoke(app, ["campaign", shop, "--assigned", "drawn"])
    assert wrong.exit_code == 1
    assert "drawn" in wrong.stderr
