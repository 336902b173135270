"""Times: whatever the source holds, the log holds UTC; what cannot be read is set aside, never guessed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import ibis
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funnel_utils import EventLog, LogError, SpecError


def _log(times: list[Any], **options: Any) -> EventLog:
    return EventLog.read([{"user": "ana", "event": "visit", "timestamp": time} for time in times], **options)


def _utc(log: EventLog) -> list[str]:
    found = log.table.order_by("sequence").timestamp.to_pyarrow().to_pylist()
    return [time.isoformat(sep=" ") for time in found]


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-01-01T10:00:00Z", "2026-01-01 10:00:00"),
        ("2026-01-01T10:00:00z", "2026-01-01 10:00:00"),
        ("2026-01-01T10:00:00.123456Z", "2026-01-01 10:00:00.123456"),
        ("2026-01-01T10:00+03:30", "2026-01-01 06:30:00"),
        ("2026-01-01T10:00:00+0330", "2026-01-01 06:30:00"),
        ("2026-01-01 10:00:00-08", "2026-01-01 18:00:00"),
        ("2026-01-01 10:00:00 UTC", "2026-01-01 10:00:00"),
        ("2026-07-01 10:00:00 Europe/Berlin", "2026-07-01 08:00:00"),
        (" 2026-01-01 10:00 ", "2026-01-01 10:00:00"),
        ("2026-01-01T10:00", "2026-01-01 10:00:00"),
        ("2026-01-01", "2026-01-01 00:00:00"),
        ("2024-02-29T23:59:59.999999Z", "2024-02-29 23:59:59.999999"),
    ],
)
def test_iso_text_is_read_with_its_own_offset(text: str, utc: str) -> None:
    assert _utc(_log([text])) == [utc]


@pytest.mark.parametrize(
    "text", ["01/12/2010 08:26", "yesterday", "infinity", "epoch", "2026-02-30T00:00Z", "1767225600", "2026", "25:61"]
)
def test_text_that_is_no_iso_time_is_set_aside(text: str) -> None:
    log = _log([text, "2026-01-01"])
    assert log.n_events() == 1
    row = log.rejected.execute().iloc[0]
    assert (row["reason"], row["original_time"]) == ("unreadable time", text)


@pytest.mark.parametrize("nothing", [None, "", "   "])
def test_no_time_is_told_from_an_unreadable_one(nothing: str | None) -> None:
    log = _log([nothing, "2026-01-01", "soon"])
    assert log.rejected.order_by("sequence").reason.execute().tolist() == ["no time", "unreadable time"]


def test_a_pattern_reads_text_that_is_not_iso() -> None:
    log = _log(["01/12/2010 08:26", "2010-12-01"], timestamp_format="%d/%m/%Y %H:%M")
    assert _utc(log) == ["2010-12-01 08:26:00"]
    assert log.rejected.original_time.execute().tolist() == ["2010-12-01"]


def test_a_pattern_may_have_a_zone_of_its_own_or_take_the_source_zone() -> None:
    assert _utc(_log(["01.12.2010 08:26 +0330"], timestamp_format="%d.%m.%Y %H:%M %z")) == ["2010-12-01 04:56:00"]
    local = _log(["01.12.2010 08:26"], timestamp_format="%d.%m.%Y %H:%M", source_tz="Asia/Tehran")
    assert _utc(local) == ["2010-12-01 04:56:00"]


# --- zones ------------------------------------------------------------------------------------------------------


def test_times_without_a_zone_are_utc_and_quality_says_so() -> None:
    log = _log(["2026-01-01 10:00:00", "2026-01-01T10:00:00Z"])
    assert _utc(log) == ["2026-01-01 10:00:00"] * 2
    found = log.quality(now="2026-02-01").checks.loc["naive_time"]
    assert (found["rows"], found["share"]) == (1, 0.5)
    assert "source_tz" in found["what_to_do"]


def test_the_source_zone_is_for_the_times_that_have_none() -> None:
    log = _log(["2026-01-01 10:00:00", "2026-01-01T10:00:00Z"], source_tz="Asia/Tehran")
    assert _utc(log) == ["2026-01-01 06:30:00", "2026-01-01 10:00:00"]
    assert log.quality(now="2026-02-01").checks.loc["naive_time", "rows"] == 0


def test_saying_that_times_are_utc_settles_it() -> None:
    frame = pd.DataFrame({"user": ["ana"], "event": ["visit"], "timestamp": pd.to_datetime(["2026-01-01"])})
    assert EventLog.read(frame).quality(now="2026-02-01").checks.loc["naive_time", "rows"] == 1
    assert EventLog.read(frame, source_tz="UTC").quality(now="2026-02-01").checks.loc["naive_time", "rows"] == 0


@settings(max_examples=40, deadline=None)
@given(
    st.datetimes(datetime(1980, 1, 1), datetime(2037, 1, 1)),
    st.sampled_from(["Asia/Tehran", "Europe/Berlin", "America/St_Johns"]),
)
def test_local_times_become_utc_as_python_reckons(local: datetime, zone: str) -> None:
    """Local times that do not exist or occur twice are left out: there the engine has its own rule."""
    both = [local.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC) for fold in (0, 1)]
    if both[0] != both[1]:
        return
    for value in (local, local.isoformat(sep=" ")):
        log = _log([value], source_tz=zone)
        assert log.observed_until == pd.Timestamp(both[0]).as_unit("us")


def test_python_times_of_several_zones_keep_each_their_own() -> None:
    tehran = timezone(timedelta(hours=3, minutes=30))
    log = _log([datetime(2026, 1, 1, 10, tzinfo=tehran), datetime(2026, 1, 1, 10, tzinfo=UTC)])
    assert _utc(log) == ["2026-01-01 06:30:00", "2026-01-01 10:00:00"]
    assert log.quality(now="2026-02-01").checks.loc["mixed_zones", "rows"] == 1


def test_mixed_offsets_in_text_are_counted_against_the_most_common() -> None:
    log = _log(["2026-01-01T10:00:00Z", "2026-01-01T11:00:00Z", "2026-01-01T10:00:00+03:30", "2026-01-02", "never"])
    found = log.quality(now="2026-02-01").checks
    assert found.loc["mixed_zones", "rows"] == 2
    assert found.loc["naive_time", "rows"] == 1


# --- numbers ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unit", "count"),
    [("s", 1767261600), ("ms", 1767261600123), ("us", 1767261600123456), ("ns", 1767261600123456789)],
)
@pytest.mark.parametrize("as_text", [False, True])
def test_numbers_count_in_the_unit_that_is_given(unit: Any, count: int, as_text: bool) -> None:
    log = _log([str(count) if as_text else count], timestamp_unit=unit)
    digits = {"s": "", "ms": ".123000", "us": ".123456", "ns": ".123456"}[unit]
    assert _utc(log) == [f"2026-01-01 10:00:00{digits}"]


def test_a_fraction_of_a_second_is_kept() -> None:
    assert _utc(_log([1767261600.25], timestamp_unit="s")) == ["2026-01-01 10:00:00.250000"]
    assert _utc(_log(["1767261600.25"], timestamp_unit="s")) == ["2026-01-01 10:00:00.250000"]


def test_numbers_without_a_unit_are_refused_not_guessed() -> None:
    with pytest.raises(LogError, match=r"timestamp_unit.*1\.8e9 in s"):
        _log([1767261600])
    with pytest.raises(SpecError, match="timestamp_unit='h'"):
        _log([1767261600], timestamp_unit="h")


def test_numbers_that_are_no_time_of_mankind_are_set_aside() -> None:
    """Microseconds read as seconds lie beyond the year 9999."""
    log = _log([1767261600123456, 1767261600], timestamp_unit="s")
    assert log.n_events() == 1
    assert log.rejected.reason.execute().tolist() == ["unreadable time"]


def test_numbers_of_local_clocks_take_the_source_zone() -> None:
    assert _utc(_log([1767261600], timestamp_unit="s", source_tz="Asia/Tehran")) == ["2026-01-01 06:30:00"]


def test_numbers_in_a_csv_file(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text("user,event,timestamp\nana,visit,1767261600\nana,pay,oops\n")
    log = EventLog.read(path, timestamp_unit="s")
    assert log.observed_until == pd.Timestamp("2026-01-01 10:00Z")
    assert log.rejected.original_time.execute().tolist() == ["oops"]


def test_a_bad_time_far_down_a_csv_file_is_set_aside_too(tmp_path: Path) -> None:
    """The reader guesses types from the first rows; a later row must not break the query."""
    path = tmp_path / "events.csv"
    good = "".join(f"u{i},visit,2026-01-01T00:00:00Z\n" for i in range(30_000))
    path.write_text(f"user,event,timestamp\n{good}ana,visit,soon\n")
    log = EventLog.read(path)
    assert (log.n_events(), log.rejected.count().execute()) == (30_000, 1)


# --- strict, other types, other engines -------------------------------------------------------------------------


def test_strict_refuses_times_without_a_zone_and_names_the_first() -> None:
    with pytest.raises(LogError, match=r"row 2: user 'ana', event 'visit', time '2026-01-01 10:00'.*source_tz"):
        _log(["2026-01-01T10:00Z", "2026-01-01 10:00"], strict=True)
    assert _log(["2026-01-01 10:00"], strict=True, source_tz="UTC").n_events() == 1


def test_strict_names_the_first_row_that_cannot_be_used_and_counts_them() -> None:
    with pytest.raises(LogError, match=r"row 2: .*time 'soon'.*unreadable time.*2 rows"):
        _log(["2026-01-01T10:00Z", "soon", "later"], strict=True)


def test_a_column_that_holds_no_times_is_refused() -> None:
    with pytest.raises(LogError, match="boolean, which holds no times"):
        _log([True])


def test_dates_are_midnights_and_quality_notices() -> None:
    log = _log([datetime(2026, 1, 1).date(), datetime(2026, 1, 2).date()])
    assert _utc(log) == ["2026-01-01 00:00:00", "2026-01-02 00:00:00"]
    assert log.quality(now="2026-02-01").checks.loc["no_time_of_day", "rows"] == 2


def test_zones_are_checked() -> None:
    for option in ("source_tz", "report_tz"):
        with pytest.raises(SpecError, match=f"{option}='Tehran'"):
            _log(["2026-01-01"], **{option: "Tehran"})
    with pytest.raises(SpecError, match="week_start='sat'"):
        _log(["2026-01-01"], week_start="sat")


def test_what_only_duckdb_can_read_is_refused_elsewhere() -> None:
    rows = {"user": ["ana"], "event": ["visit"], "timestamp": ["2026-01-01"]}
    table = ibis.sqlite.connect().create_table("events", ibis.memtable(rows))
    with pytest.raises(LogError, match="DuckDB only"):
        EventLog.read(table)
    timed = table.mutate(timestamp=table.timestamp.cast("timestamp"))
    with pytest.raises(LogError, match="source_tz works in DuckDB only"):
        EventLog.read(timed, source_tz="Asia/Tehran")
    with pytest.raises(LogError, match="sqlite cannot express this mapping"):
        EventLog.read(table.mutate(timestamp=ibis.literal(1)), timestamp_unit="s")


# --- the end of observation -------------------------------------------------------------------------------------


def test_observation_ends_with_the_last_event_before_any_filter() -> None:
    rows = [
        {"user": "ana", "event": "visit", "timestamp": "2026-01-01T00:00Z", "bot": False},
        {"user": "x", "event": "visit", "timestamp": "2026-01-09T00:00Z", "bot": True},
        {"user": None, "event": "visit", "timestamp": "2026-01-10T00:00Z", "bot": False},
    ]
    log = EventLog.read(rows, remove={"bots": {"bot": True}})
    assert log.n_events() == 1
    assert log.observed_until == pd.Timestamp("2026-01-10T00:00Z")
    assert log.filter({"event": "pay"}).observed_until == log.observed_until
    assert log.restrict([]).observed_until == log.observed_until


def test_the_end_of_observation_may_be_given_in_the_calendar_of_the_report() -> None:
    log = _log(["2026-01-01T00:00Z"], observed_until="2026-01-08", report_tz="Asia/Tehran")
    assert log.observed_until == pd.Timestamp("2026-01-07T20:30Z")
    with pytest.raises(SpecError, match="observed_until='some day'"):
        _log(["2026-01-01T00:00Z"], observed_until="some day")


def test_between_is_half_open_and_ends_observation() -> None:
    log = _log([f"2026-01-0{day}T00:00Z" for day in range(1, 6)])
    part = log.between("2026-01-02", "2026-01-04")
    assert _utc(part) == ["2026-01-02 00:00:00", "2026-01-03 00:00:00"]
    assert part.observed_until == pd.Timestamp("2026-01-04T00:00Z")
    assert log.between(start="2026-01-04").observed_until == log.observed_until
    assert log.between(end="2027-01-01").observed_until == log.observed_until
