"""Every way in leads to the same log."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funnel_utils import EventLog, LogError, SpecError
from funnel_utils.engine import Engine

FRAME = pd.DataFrame(
    {
        "user": ["ana", "ana", "ben", None, " "],
        "event": ["visit", "cart", "visit", "visit", "visit"],
        "timestamp": pd.to_datetime(
            ["2026-01-01 10:00", "2026-01-01 10:05", "2026-01-02 11:00", "2026-01-03 00:00", "2026-01-04 00:00"]
        ),
        "channel": ["ads", "ads", "mail", "ads", "ads"],
        "value": [None, 12.5, None, None, None],
    }
)


def _polars_lazy(frame: pd.DataFrame) -> Any:
    return pl.from_pandas(frame).lazy()


def _relation(frame: pd.DataFrame) -> Any:
    connection = duckdb.connect()
    connection.register("frame", pa.Table.from_pandas(frame))
    return connection.table("frame")


def _reader(frame: pd.DataFrame) -> Any:
    return pa.Table.from_pandas(frame).to_reader()


def _records(frame: pd.DataFrame) -> Any:
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


def _duckdb_table(frame: pd.DataFrame) -> Any:
    return ibis.duckdb.connect().create_table("events", pa.Table.from_pandas(frame))


def _sqlite_table(frame: pd.DataFrame) -> Any:
    return ibis.sqlite.connect().create_table("events", pa.Table.from_pandas(frame))


IN_MEMORY = {
    "pandas": lambda frame: frame,
    "pandas, shuffled index": lambda frame: frame.set_axis([9, 7, 5, 3, 1]),
    "polars": pl.from_pandas,
    "polars, lazy": _polars_lazy,
    "pyarrow table": pa.Table.from_pandas,
    "pyarrow batch": lambda frame: pa.RecordBatch.from_pandas(frame),
    "stream of batches": _reader,
    "list of dicts": _records,
    "duckdb relation": _relation,
    "ibis memtable": ibis.memtable,
    "ibis duckdb table": _duckdb_table,
    "ibis sqlite table": _sqlite_table,
}


def _rows(log: EventLog) -> list[tuple[Any, ...]]:
    found = log.table.select("user", "event", "timestamp", "channel", "value").to_pyarrow().to_pylist()
    return sorted(((r["user"], r["event"], str(r["timestamp"])[:19], r["channel"], r["value"]) for r in found), key=str)


EXPECTED = [
    ("ana", "cart", "2026-01-01 10:05:00", "ads", 12.5),
    ("ana", "visit", "2026-01-01 10:00:00", "ads", None),
    ("ben", "visit", "2026-01-02 11:00:00", "mail", None),
]


@pytest.mark.parametrize("way", IN_MEMORY)
def test_every_frame_and_table_gives_the_same_log(way: str) -> None:
    log = EventLog.read(IN_MEMORY[way](FRAME))
    assert _rows(log) == EXPECTED
    assert (log.n_events(), log.n_users()) == (3, 2)
    assert log.properties == ("channel", "value")
    assert log.observed_until == pd.Timestamp("2026-01-04", tz="UTC"), "rows that cannot be used were still observed"
    rejected = log.backend.to_pyarrow(log.rejected)
    assert rejected["reason"].to_pylist() == ["no user", "no user"]
    assert log.quality(now="2026-02-01").checks.loc["no_user", "rows"] == 2


def _write(frame: pd.DataFrame, path: Path) -> Path:
    name = path.name
    if name.endswith(".parquet"):
        pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), path)
    elif ".csv" in name:
        frame.to_csv(path, index=False)
    else:
        rows = json.loads(frame.to_json(orient="records", date_format="iso"))
        text = "\n".join(json.dumps(row) for row in rows)
        path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


FILES = ["events.parquet", "events.csv", "events.csv.gz", "events.jsonl", "events.ndjson", "events.jsonl.gz"]


@pytest.mark.parametrize("name", FILES)
def test_every_file_gives_the_same_log(name: str, tmp_path: Path) -> None:
    log = EventLog.read(_write(FRAME, tmp_path / name))
    assert _rows(log) == EXPECTED
    assert log.is_local
    assert "sequence" not in log.table.columns


@pytest.mark.parametrize("suffix", ["parquet", "csv", "jsonl"])
def test_a_glob_a_list_and_a_folder_are_one_log(suffix: str, tmp_path: Path) -> None:
    first = _write(FRAME.iloc[:2], tmp_path / f"day 1 [a].{suffix}")
    second = _write(FRAME.iloc[2:], tmp_path / f"day 2 [b].{suffix}")
    for source in (str(tmp_path / f"*.{suffix}"), [first, str(second)], tmp_path):
        assert _rows(EventLog.read(source)) == EXPECTED


def test_pieces_may_differ_in_their_properties(tmp_path: Path) -> None:
    _write(FRAME.iloc[:2].drop(columns="channel"), tmp_path / "1.parquet")
    _write(FRAME.iloc[2:], tmp_path / "2.parquet")
    log = EventLog.read(tmp_path / "*.parquet")
    assert [row[3] for row in _rows(log)] == [None, None, "mail"]


def test_a_piece_without_the_user_column_is_not_proof_that_every_user_is_there(tmp_path: Path) -> None:
    whole = FRAME.iloc[:3]
    _write(whole, tmp_path / "1.parquet")
    _write(whole.drop(columns="user"), tmp_path / "2.parquet")
    log = EventLog.read(tmp_path / "*.parquet")
    assert (log.n_events(), log.rejected.count().execute()) == (3, 3)


def test_a_clean_parquet_file_is_a_plain_scan(tmp_path: Path) -> None:
    """Tests of each row for nulls and blanks, casts and row numbers would cost every later query."""
    log = EventLog.read(_write(FRAME.iloc[:3], tmp_path / "events.parquet"))
    sql = ibis.to_sql(log.table).upper()
    assert "WHERE" not in sql
    assert "CAST" not in sql
    assert "ROW_NUMBER" not in sql
    assert log.rejected.count().execute() == 0


def test_a_path_is_not_read_before_it_is_asked(tmp_path: Path) -> None:
    path = _write(FRAME.iloc[:3], tmp_path / "events.csv")
    log = EventLog.read(path)
    with path.open("a") as file:
        file.write("cem,visit,2026-01-05 00:00:00,ads,\n")
    assert log.n_users() == 3


def test_the_order_of_a_frame_is_kept_as_its_sequence() -> None:
    log = EventLog.read(FRAME.iloc[[2, 0, 1]])
    assert log.table.order_by("sequence").event.execute().tolist() == ["visit", "visit", "cart"]
    assert log.table.schema()["sequence"] == "int64" or str(log.table.schema()["sequence"]) == "int64"


def test_a_column_may_give_the_sequence() -> None:
    frame = FRAME.iloc[:3].assign(place=pd.array([3, 2, 1], dtype="int32"))
    log = EventLog.read(frame, sequence="place")
    assert log.table.order_by("sequence").user.execute().tolist() == ["ben", "ana", "ana"]
    assert "place" not in log.properties


def test_a_time_of_arrival_may_give_the_sequence() -> None:
    frame = FRAME.iloc[:3].assign(arrived=pd.to_datetime(["2026-01-03", "2026-01-02", "2026-01-01"]))
    assert EventLog.read(frame, sequence="arrived").table.order_by("sequence").user.execute()[0] == "ben"


def test_a_text_cannot_give_the_sequence() -> None:
    with pytest.raises(LogError, match="sequence='channel'"):
        EventLog.read(FRAME, sequence="channel")


def test_an_engine_of_ones_own_holds_the_log() -> None:
    with Engine(threads=1) as engine:
        assert EventLog.read(FRAME, engine=engine).backend is engine.backend


def test_a_warehouse_table_stays_where_it_lives() -> None:
    table = _sqlite_table(FRAME)
    log = EventLog.read(table)
    assert log.backend.name == "sqlite"
    assert not log.is_local
    assert log.backend is table.get_backend()


# --- column types -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "users",
    [
        pd.Series(["ana", "ana", "ben"], dtype="str"),
        pd.Series(["ana", "ana", "ben"], dtype=object),
        pd.Series(["ana", "ana", "ben"], dtype="string[pyarrow]"),
        pd.Series(["ana", "ana", "ben"], dtype="category"),
        pd.Series([7, 7, 8]),
        pd.Series([7, 7, 8], dtype="Int64"),
        pd.Series([7.0, 7.0, 8.0]),
        pd.Series(["7", 7, 8], dtype=object),
    ],
    ids=["str", "object", "arrow", "category", "int", "nullable int", "float", "mixed"],
)
def test_ids_of_any_type_keep_their_meaning(users: pd.Series) -> None:
    log = EventLog.read(FRAME.iloc[:3].assign(user=users.array))
    assert log.n_users() == 2
    assert log.rejected.count().execute() == 0


def test_a_missing_number_is_a_missing_id_not_one_more_user() -> None:
    log = EventLog.read(FRAME.iloc[:3].assign(user=[7.0, float("nan"), float("nan")]))
    assert (log.n_users(), log.n_events()) == (1, 1)


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Asia/Tehran"])
def test_pandas_times_of_any_resolution_and_zone(unit: str, zone: str | None) -> None:
    times = pd.DatetimeIndex(["2026-01-01 10:00", "2026-01-01 10:05", "2026-01-01 11:00"]).as_unit(unit)
    log = EventLog.read(FRAME.iloc[:3].assign(timestamp=times.tz_localize(zone)))
    expected = times.tz_localize(zone or "UTC").tz_convert("UTC")
    assert log.observed_until == expected[-1]
    assert str(log.table.schema()["timestamp"]) == "timestamp(6)"


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_polars_times_categories_and_enums(unit: Any) -> None:
    frame = pl.from_pandas(FRAME.iloc[:3]).with_columns(
        pl.col("timestamp").cast(pl.Datetime(unit, "Europe/Berlin")),
        pl.col("event").cast(pl.Categorical),
        pl.col("channel").cast(pl.Enum(["ads", "mail"])),
    )
    log = EventLog.read(frame)
    assert log.filter({"event": "visit", "channel": "mail"}).n_events() == 1
    assert log.observed_until == pd.Timestamp(frame["timestamp"].max())


def test_event_codes_become_names() -> None:
    log = EventLog.read(FRAME.iloc[:3].assign(event=[1, 2, 1]))
    assert sorted(set(log.table.event.execute())) == ["1", "2"]


# --- names ------------------------------------------------------------------------------------------------------


def test_a_missing_column_is_named_with_its_nearest_and_all_there_are() -> None:
    with pytest.raises(LogError, match=r"user='customer'.*Did you mean 'Customer'.*'Customer', 'event'"):
        EventLog.read(FRAME.rename(columns={"user": "Customer"}), user="customer")


def test_a_property_that_is_not_there_is_named() -> None:
    with pytest.raises(LogError, match="columns: session='sess'"):
        EventLog.read(FRAME, columns={"session": "sess"})


@pytest.mark.parametrize("name", ["user", "timestamp", "", "__x"])
def test_a_property_cannot_take_a_canonical_name(name: str) -> None:
    with pytest.raises(SpecError, match="columns"):
        EventLog.read(FRAME, columns={name: "channel"})


def test_a_column_called_like_a_canonical_one_keeps_its_data_beside() -> None:
    log = EventLog.read(FRAME.iloc[:3].assign(id=["x", "y", "z"]), user="id")
    assert log.table.select("user", "raw_user").order_by("user").execute().to_numpy().tolist() == [
        ["x", "ana"],
        ["y", "ana"],
        ["z", "ben"],
    ]


def test_columns_look_inside_structs_and_json_text() -> None:
    rows = [
        {
            "user": "ana",
            "event": "visit",
            "timestamp": "2026-01-01T00:00Z",
            "geo": {"city": "Tehran", "at": {"zip": "1"}},
            "more": '{"plan": "pro", "a.b": 1, "it\'s": 2, "$x": 3}',
        }
    ]
    columns = {"city": "geo.city", "zip": "geo.at.zip", "plan": "more.plan", "dot": "more.a.b", "quote": "more.it's"}
    log = EventLog.read(rows, columns={**columns, "dollar": "more.$x"})
    row = log.table.execute().iloc[0]
    assert row[[*columns, "dollar"]].tolist() == ["Tehran", "1", "pro", "1", "2", "3"]
    with pytest.raises(LogError, match=r"'geo.ciy'.*Did you mean 'geo.city'"):
        EventLog.read(rows, columns={"city": "geo.ciy"})


def test_types_are_given_to_text_and_what_does_not_fit_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text(
        "user,event,timestamp,price\nana,pay,2026-01-01T00:00Z,12.5\nana,pay,2026-01-01T01:00Z,n/a\n"
        "ana,visit,2026-01-01T02:00Z,\n"
    )
    log = EventLog.read(path, columns={"value": "price"}, types={"value": "float64"})
    assert log.table.value.sum().execute() == 12.5
    found = log.quality().checks.loc["unreadable_property"]
    assert (found["rows"], "n/a" in found["example"]) == (1, True)
    with pytest.raises(LogError, match="types: the log has no property 'cost'"):
        EventLog.read(path, types={"cost": "float64"})


def test_leading_zeros_of_ids_in_text_files_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text("user,event,timestamp\n007,visit,2026-01-01\n7,visit,2026-01-01\n")
    assert sorted(EventLog.read(path).table.user.execute()) == ["007", "7"]


# --- what cannot be read ----------------------------------------------------------------------------------------


def test_no_file_an_unknown_format_and_mixed_formats_are_refused(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="No file matches"):
        EventLog.read(tmp_path / "*.parquet")
    with pytest.raises(LogError, match="holds no file"):
        EventLog.read(tmp_path)
    odd = tmp_path / "events.xlsx"
    odd.write_bytes(b"x")
    with pytest.raises(LogError, match="no known format"):
        EventLog.read(odd)
    both = [_write(FRAME, tmp_path / "a.csv"), _write(FRAME, tmp_path / "b.parquet")]
    with pytest.raises(LogError, match="several formats"):
        EventLog.read(both)
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"not parquet at all")
    with pytest.raises(LogError, match="cannot be read"):
        EventLog.read(broken)


def test_a_file_of_no_bytes_is_told_from_a_log_without_rows(tmp_path) -> None:
    for name in ("events.csv", "events.parquet", "events.jsonl"):
        (tmp_path / name).touch()
        with pytest.raises(LogError, match=r"has 0 bytes: not even the names of columns"):
            EventLog.read(tmp_path / name)
    (tmp_path / "events.csv").write_text("user,event,timestamp\n")
    with pytest.raises(LogError, match="its columns but no row"):
        EventLog.read(tmp_path / "events.csv")


def test_an_empty_log_is_refused() -> None:
    with pytest.raises(LogError, match="empty"):
        EventLog.read(FRAME.iloc[:0])


def test_something_that_is_no_table_is_refused() -> None:
    with pytest.raises(LogError, match="cannot be read from int"):
        EventLog.read(42)
    with pytest.raises(LogError, match="cannot be read from list"):
        EventLog.read([])


def test_two_columns_of_one_name_are_refused() -> None:
    frame = pd.concat([FRAME, FRAME[["channel"]]], axis=1)
    with pytest.raises(LogError, match=r"same name: \['channel'\]"):
        EventLog.read(frame)


def test_a_log_without_a_usable_time_has_no_end() -> None:
    log = EventLog.read(FRAME.assign(timestamp=["soon"] * 5))
    assert log.n_events() == 0
    with pytest.raises(LogError, match="no end"):
        _ = log.observed_until


# --- invariants -------------------------------------------------------------------------------------------------

_EVENT = st.tuples(
    st.sampled_from(["ana", "ben", "", None]),
    st.sampled_from(["visit", "pay", None]),
    st.one_of(st.none(), st.datetimes(pd.Timestamp("1990-01-01"), pd.Timestamp("2050-01-01"))),
)


@settings(max_examples=25, deadline=None)
@given(rows=st.lists(_EVENT, min_size=1, max_size=12), seed=st.integers(0, 9))
def test_shuffling_rows_and_renaming_columns_change_nothing(rows: list[tuple[Any, ...]], seed: int) -> None:
    frame = pd.DataFrame(rows, columns=["user", "event", "timestamp"])
    frame["timestamp"] = pd.to_datetime(frame["timestamp"])
    shuffled = frame.sample(frac=1, random_state=seed)
    renamed = shuffled.rename(columns={"user": "event", "event": "timestamp", "timestamp": "user"})
    log = EventLog.read(frame)
    usable = frame[frame["user"].isin(["ana", "ben"]) & frame["event"].notna() & frame["timestamp"].notna()]
    for other in (
        log,
        EventLog.read(shuffled),
        EventLog.read(renamed, user="event", event="timestamp", timestamp="user"),
    ):
        table = other.table.drop("sequence").execute().sort_values(["user", "event", "timestamp"], ignore_index=True)
        expected = usable.sort_values(["user", "event", "timestamp"], ignore_index=True)
        assert table["user"].tolist() == expected["user"].tolist()
        assert table["timestamp"].tolist() == expected["timestamp"].tolist()
        assert other.n_users() == usable["user"].nunique()
        assert other.n_events() + other.rejected.count().execute() == len(frame)
