"""The window form against the fold, where both apply, in DuckDB and in engines of another kind."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import ibis
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funnel_utils import EngineError, EventLog, Exclusion, Funnel, SpecError, Step
from funnel_utils.funnel import windows
from funnel_utils.funnel.match import match

SOME = settings(max_examples=25, deadline=None)
START = pd.Timestamp("2026-01-01")

rows = st.lists(
    st.tuples(st.integers(1, 3), st.sampled_from("abcd"), st.integers(0, 6), st.sampled_from(["ads", "mail"])),
    min_size=1,
    max_size=14,
)


def log_of(events: list[tuple[int, str, int, str]]) -> EventLog:
    frame = pd.DataFrame(events, columns=["user", "event", "at", "channel"])
    frame["timestamp"] = START + pd.to_timedelta(frame.pop("at"), unit="s")
    return EventLog.read(frame.drop_duplicates(["user", "event", "timestamp"]))


def tidy(table: Any) -> pd.DataFrame:
    frame = table.to_pandas()
    frame["unit"] = frame.unit.astype(str)
    times = [c for c in frame if c in ("first_entry", "entry") or (c[0] == "t" and c[1:].isdigit())]
    frame[times] = frame[times].apply(lambda column: pd.to_datetime(column).astype("datetime64[us]"))
    frame["mature"] = frame["mature"].astype("object").where(frame["mature"].notna(), None)
    return frame.sort_values(["unit", "attempt"], ignore_index=True)


def assert_same(fold: pd.DataFrame, other: pd.DataFrame) -> None:
    assert list(fold.columns) == list(other.columns)
    for column in fold:
        one = [None if pd.isna(v) else v for v in fold[column]]
        two = [None if pd.isna(v) else v for v in other[column]]
        assert one == two, f"{column}: {one} != {two}"


@SOME
@given(
    rows,
    st.sampled_from([["a"], ["a", "b"], ["a", "b", "c"], ["d", "b", "c", "a"]]),
    st.none() | st.integers(0, 5),
    st.sampled_from([("ordered", "best"), ("ordered", "first"), ("unordered", "best")]),
)
def test_windows_give_the_folds_match_table(
    events: list[tuple[int, str, int, str]], steps: list[str], window: int | None, form: tuple[Any, Any]
) -> None:
    order, entry = form
    log = log_of(events)
    funnel = Funnel(steps, window=None if window is None else f"{window}s", order=order, entry=entry)
    carry = list(dict.fromkeys([("channel", 1), ("channel", len(steps))]))
    fold = tidy(match(log, funnel, carry).table)
    other = tidy(windows.match_windows(log, funnel, carry).table)
    if entry == "first":
        fold = fold[fold.attempt == 1].reset_index(drop=True)
    assert_same(fold, other)


@SOME
@given(rows, st.none() | st.integers(0, 5))
def test_windows_with_an_event_in_several_steps(events: list[tuple[int, str, int, str]], window: int | None) -> None:
    log = log_of(events)
    funnel = Funnel(["a", {"a", "b"}, "b"], window=None if window is None else f"{window}s", reuse=True)
    assert_same(tidy(match(log, funnel).table), tidy(windows.match_windows(log, funnel).table))


@pytest.mark.parametrize(("order", "entry"), [("ordered", "best"), ("ordered", "first"), ("unordered", "best")])
def test_a_log_in_another_engine_stays_there(order: Any, entry: Any) -> None:
    events = [(u, "abcd"[(u * 7 + i * 3) % 4], (u * 5 + i * i) % 11, "ads") for u in range(1, 20) for i in range(6)]
    here = log_of(events)
    elsewhere = ibis.datafusion.connect()
    elsewhere.create_table("events", here.table.to_pandas())
    there = EventLog.read(elsewhere.table("events"))
    funnel = Funnel(["a", "b", "c"], window="4s", order=order, entry=entry)
    found = match(there, funnel, [("channel", 1)])
    assert "datafusion" in found.how
    fold = tidy(match(here, funnel, [("channel", 1)]).table)
    assert_same(fold[fold.attempt == 1].reset_index(drop=True), tidy(found.table))


def test_what_an_engine_cannot_compute_is_said_with_a_way_out() -> None:
    here = log_of([(1, "a", 0, "ads"), (1, "b", 2, "ads")])
    elsewhere = ibis.sqlite.connect()
    elsewhere.create_table("events", here.table.to_pandas())
    funnel = Funnel(["a", "b"], window=timedelta(milliseconds=1500))
    with pytest.raises(EngineError, match="pull=True"):
        match(EventLog.read(elsewhere.table("events")), funnel)


def test_what_windows_cannot_express_is_refused_by_name_or_pulled() -> None:
    here = log_of([(1, "a", 0, "ads"), (1, "d", 1, "ads"), (1, "b", 2, "ads"), (2, "a", 0, "ads"), (2, "b", 1, "ads")])
    elsewhere = ibis.sqlite.connect()
    elsewhere.create_table("events", here.table.to_pandas())
    there = EventLog.read(elsewhere.table("events"))
    funnel = Funnel(["a", "b"], exclude=Exclusion("d"), order="ordered")
    with pytest.raises(EngineError, match="exclude"):
        match(there, funnel)
    pulled = match(there, funnel, pull=True)
    assert "pulled" in pulled.how
    assert_same(tidy(match(here, funnel).table), tidy(pulled.table))


@pytest.mark.parametrize(
    ("funnel", "named"),
    [
        (Funnel(["a", "b"], order="strict"), "strict"),
        (Funnel(["a", "b"], gaps={2: (None, "1d")}), "gaps"),
        (Funnel(["a", "b"], entry="every"), "every"),
        (Funnel(["a", "a"]), "share events"),
        (Funnel(["a", Step("b", optional=True), "c"]), "optional"),
        (Funnel(["a", "b"], closed=False), "closed"),
    ],
)
def test_the_reason_names_the_option(funnel: Funnel, named: str) -> None:
    assert named in (windows.unsupported(funnel) or "")


def test_conditions_on_one_property_set_steps_apart() -> None:
    page = [Step("page", {"url": "/a"}), Step("page", {"url": "/b"})]
    assert windows.unsupported(Funnel(page)) is None
    assert windows.unsupported(Funnel(["page", Step("page", {"url": "/b"})])) is not None


def test_a_pinned_step_must_share_no_event_with_another() -> None:
    with pytest.raises(SpecError, match="shares events with step 2"):
        Funnel(["a", {"a", "b"}], order="unordered", fixed={1: 1})
