"""Logs told as stories become logs: who, what, when, in the order told."""

from __future__ import annotations

import pandas as pd
import pytest

from funnel_utils import EventLog, SpecError


def test_a_story_becomes_one_row_for_each_happening() -> None:
    log = EventLog.from_story({"ana": ["visit@0", "cart@5m", "pay@1d2h"], "ben": [("visit@1h", {"channel": "ads"})]})
    table = log.table.execute().sort_values("sequence", ignore_index=True)
    assert table["user"].tolist() == ["ana", "ana", "ana", "ben"]
    assert table["timestamp"].tolist() == [
        pd.Timestamp("2026-01-01 00:00"),
        pd.Timestamp("2026-01-01 00:05"),
        pd.Timestamp("2026-01-02 02:00"),
        pd.Timestamp("2026-01-01 01:00"),
    ]
    assert log.properties == ("channel",)
    assert table["channel"].isna().tolist() == [True, True, True, False]


def test_the_start_of_a_story_may_have_a_zone() -> None:
    log = EventLog.from_story({"ana": ["visit@0"]}, start="2026-03-21T00:00+03:30")
    assert log.observed_until == pd.Timestamp("2026-03-20T20:30Z")


@pytest.mark.parametrize("told", ["visit", "visit@", "@5m", "visit@5", "visit@soon"])
def test_a_happening_without_a_name_or_a_time_is_refused(told: str) -> None:
    with pytest.raises(SpecError, match="event@offset"):
        EventLog.from_story({"ana": [told]})
