"""Events read straight from Parquet files are the events that the database gives, and only where that is sure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funnel_utils import EventLog, Exclusion, Funnel, Step
from funnel_utils.funnel.match import match
from funnel_utils.funnel.parquet import files_of

ROW = st.tuples(
    st.one_of(st.none(), st.integers(0, 4)),
    st.sampled_from(["a", "b", "c", "x", " ", "", None]),
    st.one_of(st.none(), st.integers(0, 30)),
    st.one_of(st.none(), st.integers(0, 2)),
)
FUNNELS = [
    Funnel(["a", "b"], window="10s"),
    Funnel([Step("a"), Step("c", optional=True), Step("b")], window="20s"),
    Funnel(["a", "b"], window="20s", exclude=[Exclusion("x", after=1)]),
    Funnel(["a", ["b", "c"]], window="20s", hold=["plan"]),
    Funnel(["a", "b", "c"], order="unordered"),
    Funnel(["a", "a", "b"], window="1m", entry="every"),
]


def frame(rows: list[tuple[Any, ...]], *, text: bool, zone: str | None, unit: str) -> pa.Table:
    users = [None if u is None else u for u, *_ in rows]
    names = ["", " \t", "!", "ben", "zoë"]
    stamps = [None if t is None else t * (1_000 if unit == "ms" else 1_000_000) for *_, t, _ in rows]
    return pa.table(
        {
            "user": pa.array(
                [None if u is None else names[u] for u in users] if text else users, None if text else pa.int64()
            ).cast(pa.string() if text else pa.int64()),
            "event": pa.array([event for _, event, *_ in rows], pa.string()),
            "timestamp": pa.array(stamps, pa.timestamp(unit, zone)),
            "plan": pa.array([plan for *_, plan in rows], pa.int64()),
            "value": pa.array([None if plan is None else plan / 2 for *_, plan in rows], pa.float64()),
        }
    )


def table_of(found: Any) -> pd.DataFrame:
    rows: pd.DataFrame = found.table.to_pandas()
    return rows.sort_values(["unit", "attempt", "entry_step"], ignore_index=True)


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(ROW, min_size=1, max_size=40),
    text=st.booleans(),
    zone=st.sampled_from([None, "UTC", "Asia/Tehran"]),
    unit=st.sampled_from(["us", "ms"]),
    funnel=st.sampled_from(FUNNELS),
)
def test_the_files_give_what_the_database_gives(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[Any, ...]],
    text: bool,
    zone: str | None,
    unit: str,
    funnel: Funnel,
) -> None:
    """With rows that lack a user, an event or a time, blank ids, zones, and ids of both kinds."""
    folder = tmp_path_factory.mktemp("log")
    made = frame(rows, text=text, zone=zone, unit=unit)
    half = max(1, len(rows) // 2)
    for number, part in enumerate((made.slice(0, half), made.slice(half))):
        pq.write_table(part, folder / f"{number}.parquet", row_group_size=7)
    log = EventLog.read(folder, observed_until="1970-01-02")
    other = EventLog.read(made, observed_until="1970-01-02")
    carry = (("value", len(funnel.steps)),)
    assert files_of(log, funnel, carry) is not None
    assert files_of(other, funnel, carry) is None
    pd.testing.assert_frame_equal(table_of(match(log, funnel, carry)), table_of(match(other, funnel, carry)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    rows = [(1, "a", 0, 1), (1, "b", 2, 1), (2, "a", 3, 2), (3, "b", 4, 0)]
    pq.write_table(frame(rows, text=False, zone="UTC", unit="us"), tmp_path / "log.parquet")
    return tmp_path / "log.parquet"


AB = Funnel(["a", "b"], window="1h")


@pytest.mark.parametrize(
    ("options", "funnel"),
    [
        ({"remove": {"staff": {"user": 1}}}, AB),
        ({"identities": {3: 1}}, AB),
        ({"types": {"plan": "float64"}}, Funnel(["a", "b"], window="1h", hold=["plan"])),
        ({}, Funnel(["a", "b"], window="1h", order="strict")),
        ({}, Funnel([Step("a", where={"plan": 1}), "b"], window="1h")),
        ({}, Funnel(["a", "b"], window="1h", unit="plan")),
    ],
)
def test_what_must_be_computed_is_left_to_the_database(path: Path, options: dict[str, Any], funnel: Funnel) -> None:
    assert files_of(EventLog.read(path, **options), funnel, ()) is None


def test_a_filtered_log_is_left_to_the_database(path: Path) -> None:
    log = EventLog.read(path)
    assert files_of(log, AB, ()) is not None
    assert files_of(log.filter({"plan": 1}), AB, ()) is None
    assert files_of(log.between("1970-01-01 00:00:01"), AB, ()) is None
    assert files_of(log.restrict([1]), AB, ()) is None
    assert AB.run(log.filter({"plan": 1})).steps["units"].tolist() == [1, 1]


def test_files_of_different_types_are_left_to_the_database(path: Path) -> None:
    rows = frame([(9, "a", 0, 1)], text=False, zone="UTC", unit="us")
    pq.write_table(rows.set_column(0, "user", rows["user"].cast(pa.int32())), path.parent / "more.parquet")
    log = EventLog.read(path.parent)
    assert files_of(log, AB, ()) is None
    assert AB.run(log).steps["units"].tolist() == [3, 1]


def test_nothing_is_left_behind_when_the_walk_fails(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A half-filled match table would be found by nobody."""
    from funnel_utils.funnel import match as module

    log = EventLog.read(path)
    before = set(log.backend.list_tables())
    monkeypatch.setattr(module, "MOST_BYTES", 0)
    monkeypatch.setattr(module, "never_occurring", lambda *_: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        match(log, AB)
    monkeypatch.setattr(module.Walk, "_deadline", lambda *_: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        match(log, AB)
    assert set(log.backend.list_tables()) == before


def test_beyond_the_budget_the_match_rows_are_stored(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from funnel_utils.funnel import match as module

    log = EventLog.read(path)
    expected = table_of(match(log, AB))
    monkeypatch.setattr(module, "MOST_BYTES", 0)
    stored = log.backend.con.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name LIKE 'funnel_match_%'")
    ((before,),) = stored.fetchall()
    found = match(log, AB)
    ((after,),) = log.backend.con.execute(
        "SELECT count(*) FROM duckdb_tables() WHERE table_name LIKE 'funnel_match_%'"
    ).fetchall()
    assert after == before + 1
    pd.testing.assert_frame_equal(table_of(found), expected)
