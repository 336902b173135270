"""The quality report counts what it says, shows an example, and keeps its hands off the data."""

from __future__ import annotations

import itertools
from typing import Any

import ibis
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funnel_utils import EventLog, LogError
from funnel_utils.events import Quality

NOW = "2026-06-01"

CHECKS = [
    "no_user",
    "no_event",
    "no_time",
    "unreadable_time",
    "future_time",
    "no_time_of_day",
    "unknown_event",
    "naive_time",
    "mixed_zones",
    "duplicates",
    "ties",
    "backwards",
]


def _row(user: Any, event: Any, time: Any, **more: Any) -> dict[str, Any]:
    return {"user": user, "event": event, "timestamp": time, **more}


def _found(log: EventLog, **options: Any) -> pd.Series:
    return log.quality(now=NOW, **options).checks["rows"]


def test_a_clean_log_says_so() -> None:
    quality = EventLog.from_story({"ana": ["visit@1m", "pay@2h"]}).quality(events=["visit", "pay"], now=NOW)
    assert quality.checks["rows"].sum() == 0
    assert quality.checks.index.tolist() == CHECKS
    assert quality.verdict == ("Usable events: 2; users: 1; 2026-01-01 to 2026-01-01 (UTC). No check found anything.")
    assert set(quality.checks["what_to_do"]) == {"Nothing to do."}


def test_unusable_rows_are_counted_by_reason_and_never_used() -> None:
    log = EventLog.read(
        [
            _row("ana", "visit", "2026-01-01T10:00Z"),
            _row(None, "visit", "2026-01-01T10:00Z"),
            _row("\t ", "visit", "2026-01-01T10:00Z"),
            _row("ben", "", "2026-01-01T10:00Z"),
            _row("ben", "visit", None),
            _row("ben", "visit", "10 o'clock"),
            _row(None, None, None),
        ]
    )
    quality = log.quality(now=NOW)
    assert quality.checks["rows"][:4].tolist() == [3, 1, 1, 1], "the first reason that applies is given"
    assert quality.checks.loc["unreadable_time", "example"] == "'ben', 'visit', 10 o'clock"
    assert (log.n_events(), log.n_users()) == (1, 1)
    assert "6 of 7 rows (85.7%) were set aside" in quality.verdict
    assert "unreadable time" in quality.verdict
    assert set(log.rejected.columns) >= {"user", "event", "timestamp", "original_time", "reason"}


def test_future_times_are_kept_and_counted() -> None:
    log = EventLog.from_story({"ana": ["visit@0", "pay@52w"]})
    assert _found(log)["future_time"] == 1
    assert log.n_events() == 2
    assert log.quality(now="2030-01-01").checks.loc["future_time", "rows"] == 0


def test_duplicates_count_the_repeats_and_look_at_every_column() -> None:
    row = _row("ana", "visit", "2026-01-01T10:00Z", page="a")
    log = EventLog.read([row, row, row, {**row, "page": "b"}])
    found = _found(log)
    assert found["duplicates"] == 2
    assert found["ties"] == 4, "repeats share user and time too"


def test_ties_are_rows_of_one_user_at_one_time() -> None:
    log = EventLog.from_story({"ana": ["visit@1m", "cart@1m", "pay@2m"], "ben": ["visit@1m"]})
    assert _found(log)["ties"] == 2


def test_the_clock_goes_backwards_within_a_user_only() -> None:
    log = EventLog.from_story({"ana": ["visit@2h", "cart@1h", "pay@3h"], "ben": ["visit@1m"]})
    quality = log.quality(now=NOW)
    assert quality.checks.loc["backwards", "rows"] == 1
    assert "'cart'" in quality.checks.loc["backwards", "example"]


def test_without_an_order_the_clock_cannot_be_checked(tmp_path: Any) -> None:
    path = tmp_path / "events.csv"
    path.write_text("user,event,timestamp\nana,visit,2026-01-01T10:00Z\n")
    row = EventLog.read(path).quality(now=NOW).checks.loc["backwards"]
    assert pd.isna(row["rows"])
    assert "sequence=" in row["what_to_do"]


def test_unknown_names_are_counted_when_the_known_ones_are_given() -> None:
    log = EventLog.from_story({"ana": ["visit@1m", "vist@2m"]})
    assert _found(log, events=["visit"])["unknown_event"] == 1
    assert pd.isna(_found(log)["unknown_event"])


def test_negative_values_are_shown() -> None:
    log = EventLog.from_story({"ana": [("pay@1m", {"value": 9.0}), ("refund@2m", {"value": -9.0}), "visit@3m"]})
    row = log.quality(now=NOW).checks.loc["negative_value"]
    assert (row["rows"], row["example"].endswith("-9.0")) == (1, True)


def test_filters_set_rows_aside_by_name_and_count_them() -> None:
    log = EventLog.from_story(
        {"ana": ["visit@1m"], "bot": [("visit@1m", {"agent": "crawler/1"})], "eve": [("visit@1m", {"staff": True})]},
        remove={"bots": {"agent": ("contains", "crawl")}, "staff": lambda t: t.staff},
    )
    found = _found(log)
    assert (found["removed_bots"], found["removed_staff"]) == (1, 1)
    assert log.table.user.execute().tolist() == ["ana"]
    assert sorted(log.rejected.reason.execute()) == ["removed: bots", "removed: staff"]
    assert EventLog.from_story({"bot": [("visit@0", {"b": 1})]}, remove={"bots": {"b": 1}}, strict=True).n_events() == 0


def test_a_filter_on_a_property_that_is_not_there_is_refused_at_once() -> None:
    with pytest.raises(LogError, match=r"where='agnt'.*Did you mean 'agent'"):
        EventLog.from_story({"a": [("visit@0", {"agent": "x"})]}, remove={"bots": {"agnt": "x"}})


def test_ids_can_be_kept_out_of_the_report() -> None:
    log = EventLog.from_story({"ana@example.com": ["visit@0", "cart@0"]})
    shown = log.quality(now=NOW)
    hidden = log.quality(now=NOW, show_ids=False)
    assert "ana@example.com" in shown._repr_html_()
    assert "ana@example.com" not in hidden._repr_html_() + repr(hidden) + hidden.checks.to_csv()


def test_the_report_escapes_what_comes_from_the_log() -> None:
    log = EventLog.from_story({"<script>alert(1)</script>": ["<b>@0", "cart@0"]}, remove={"<i>": {"event": "x"}})
    text = log.quality(now=NOW)._repr_html_()
    for raw in ("<script>", "<b>", "<i>"):
        assert raw not in text
    assert "&lt;script&gt;" in text


def test_a_log_with_nothing_usable_still_gets_its_report() -> None:
    quality = EventLog.read([_row(None, "visit", "2026-01-01T10:00Z")]).quality(now=NOW)
    assert quality.verdict == "No row of this log can be used."
    assert isinstance(quality, Quality)


def test_the_report_runs_in_the_engine_where_the_log_lives() -> None:
    frame = pd.DataFrame(
        {
            "user": ["ana", "ana", " "],
            "event": ["visit"] * 3,
            "timestamp": pd.to_datetime(["2026-01-01 10:00"] * 2 + ["2027-01-01 10:00"]),
        }
    )
    log = EventLog.read(ibis.sqlite.connect().create_table("events", frame))
    found = _found(log)
    assert (found["no_user"], found["duplicates"], found["ties"]) == (1, 1, 2)


_ROW = st.tuples(st.sampled_from(["a", "b", None]), st.sampled_from(["x", "y"]), st.integers(0, 3))


@settings(max_examples=20, deadline=None)
@given(st.lists(_ROW, min_size=1, max_size=10))
def test_the_counts_agree_with_counting_by_hand(rows: list[tuple[Any, str, int]]) -> None:
    frame = pd.DataFrame(rows, columns=["user", "event", "minute"])
    frame["timestamp"] = pd.Timestamp("2026-01-01 00:01") + pd.to_timedelta(frame.pop("minute"), unit="min")
    found = _found(EventLog.read(frame), events=["x"])
    used = [row for row in rows if row[0] is not None]
    assert found["no_user"] == len(rows) - len(used)
    assert found["duplicates"] == len(used) - len(set(used))
    at = [(user, minute) for user, _, minute in used]
    assert found["ties"] == sum(at.count(pair) > 1 for pair in at)
    assert found["unknown_event"] == sum(event == "y" for _, event, _ in used)
    back = 0
    for user in ("a", "b"):
        minutes = [minute for who, _, minute in used if who == user]
        back += sum(later < earlier for earlier, later in itertools.pairwise(minutes))
    assert found["backwards"] == back
