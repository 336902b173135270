"""`funnel segment` and `funnel campaign`, as somebody at a terminal meets them."""

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


def test_a_campaign_without_a_holdout_says_that_nobody_can_tell(shop):
    done = RUN.invoke(app, ["campaign", shop, "--no-holdout"])
    assert "nobody can tell" in done.stdout.replace("\n", " ")
    wrong = RUN.invoke(app, ["campaign", shop, "--assigned", "drawn"])
    assert wrong.exit_code == 1
    assert "drawn" in wrong.stderr
