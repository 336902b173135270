"""Each preset reads a small export written in the shape that its vendor documents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import ibis
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from funnel_utils import EventLog, LogError, SpecError


def _jsonl(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("\n".join(json.dumps(row) for row in rows))
    return path


def _rows(log: EventLog, *columns: str) -> list[tuple[Any, ...]]:
    table = log.table.order_by("timestamp").select("user", "event", *columns).to_pyarrow().to_pylist()
    return [tuple(row.values()) for row in table]


def _times(log: EventLog) -> list[str]:
    return [str(time) for time in log.table.order_by("timestamp").timestamp.to_pyarrow().to_pylist()]


# --- GA4, BigQuery export ---------------------------------------------------------------------------------------


def _parameter(key: str, **value: Any) -> dict[str, Any]:
    empty = {"string_value": None, "int_value": None, "float_value": None, "double_value": None}
    return {"key": key, "value": {**empty, **value}}


def _ga4(at: int, name: str, user: str | None, **values: Any) -> dict[str, Any]:
    parameters = [_parameter("ga_session_id", int_value=values.pop("session"))]
    if "value" in values:
        parameters += [
            _parameter("value", double_value=values.pop("value")),
            _parameter("currency", string_value="EUR"),
        ]
    return {
        "event_date": "20260101",
        "event_timestamp": at,
        "event_name": name,
        "event_params": parameters,
        "user_id": user,
        "user_pseudo_id": values.pop("device_id"),
        "device": {"category": "mobile", "language": "fa"},
        "geo": {"city": "Tehran", "country": "Iran"},
        "collected_traffic_source": {
            "manual_source": "google",
            "manual_medium": "cpc",
            "manual_campaign_name": "spring",
        },
        "platform": "WEB",
    }


GA4 = [
    _ga4(1767261600000001, "page_view", None, session=11, device_id="d1"),
    _ga4(1767261660000000, "add_to_cart", None, session=11, device_id="d1"),
    _ga4(1767261720000000, "purchase", "ana", session=11, device_id="d1", value=12.5),
    _ga4(1767261780000000, "page_view", None, session=12, device_id="d2"),
    _ga4(1767261840000000, "page_view", None, session=13, device_id=None),
]


def _ga4_parquet(path: Path) -> Path:
    pq.write_table(pa.Table.from_pylist(GA4), path / "events_20260101.parquet")
    return path / "events_20260101.parquet"


def _ga4_jsonl(path: Path) -> Path:
    """BigQuery writes 64-bit integers as text into JSON, and leaves nulls out."""
    rows = []
    for row in GA4:
        kept = {name: value for name, value in row.items() if value is not None}
        kept["event_timestamp"] = str(row["event_timestamp"])
        kept["event_params"] = [
            {
                "key": pair["key"],
                "value": {
                    kind: str(value) if kind == "int_value" else value
                    for kind, value in pair["value"].items()
                    if value is not None
                },
            }
            for pair in row["event_params"]
        ]
        rows.append(kept)
    return _jsonl(path / "events.jsonl", rows)


@pytest.mark.parametrize("write", [_ga4_parquet, _ga4_jsonl])
def test_ga4(write: Any, tmp_path: Path) -> None:
    log = EventLog.read(write(tmp_path), preset="ga4_bigquery")
    assert _times(log)[0] == "2026-01-01 10:00:00.000001", "microseconds, UTC"
    assert _rows(log, "session", "device", "city", "channel", "campaign", "value", "currency") == [
        ("ana", "page_view", "11", "mobile", "Tehran", "cpc", "spring", None, None),
        ("ana", "add_to_cart", "11", "mobile", "Tehran", "cpc", "spring", None, None),
        ("ana", "purchase", "11", "mobile", "Tehran", "cpc", "spring", 12.5, "EUR"),
        ("d2", "page_view", "12", "mobile", "Tehran", "cpc", "spring", None, None),
    ]
    assert log.rejected.reason.execute().tolist() == ["no user"], "no id where consent was denied"
    assert log.quality(now="2026-02-01").checks.loc["naive_time", "rows"] == 0
    assert "platform" in log.properties


def test_ga4_by_device_or_without_joining(tmp_path: Path) -> None:
    path = _ga4_parquet(tmp_path)
    by_device = EventLog.read(path, preset="ga4_bigquery", user="user_pseudo_id")
    assert [row[0] for row in _rows(by_device)] == ["d1", "d1", "d1", "d2"]
    as_sent = EventLog.read(path, preset="ga4_bigquery", identities=False)
    assert [row[0] for row in _rows(as_sent)] == ["d1", "d1", "ana", "d2"]


def test_ga4_without_the_newer_columns_takes_the_parameters(tmp_path: Path) -> None:
    row = _ga4(1767261600000000, "session_start", None, session=1, device_id="d1")
    del row["collected_traffic_source"]
    row["event_params"].append(_parameter("medium", string_value="email"))
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "old.parquet")
    assert _rows(EventLog.read(tmp_path / "old.parquet", preset="ga4_bigquery"), "channel")[0][2] == "email"


def test_any_parameter_can_be_a_property(tmp_path: Path) -> None:
    log = EventLog.read(_ga4_parquet(tmp_path), preset="ga4_bigquery", columns={"sid": "event_params.ga_session_id"})
    assert "sid" in log.properties


# --- Mixpanel, raw export ---------------------------------------------------------------------------------------

MIXPANEL = [
    {
        "event": "Signed up",
        "properties": {
            "time": 1767261600,
            "distinct_id": "ana",
            "$insert_id": "i1",
            "$browser": "Chrome",
            "$city": "Tehran",
            "mp_country_code": "IR",
            "utm_source": "google",
            "utm_medium": "cpc",
        },
    },
    {
        "event": "Purchase",
        "properties": {"time": 1767261660, "distinct_id": "ana", "$insert_id": "i2", "price": 12.5, "plan": "pro"},
    },
    {"event": "Purchase", "properties": {"time": 1767261720, "distinct_id": "", "$insert_id": "i3"}},
]


def test_mixpanel(tmp_path: Path) -> None:
    log = EventLog.read(
        _jsonl(tmp_path / "export.jsonl", MIXPANEL), preset="mixpanel", columns={"value": "properties.price"}
    )
    assert _times(log) == ["2026-01-01 10:00:00", "2026-01-01 10:01:00"], "seconds, UTC"
    assert _rows(log, "insert_id", "channel", "city", "country", "$browser", "plan", "value") == [
        ("ana", "Signed up", "i1", "cpc", "Tehran", "IR", "Chrome", None, None),
        ("ana", "Purchase", "i2", None, None, None, None, "pro", 12.5),
    ]
    assert "properties" not in log.properties
    assert log.rejected.count().execute() == 1


def test_mixpanel_in_milliseconds_or_in_the_time_of_an_old_project(tmp_path: Path) -> None:
    rows = [{"event": "e", "properties": {"time": 1767261600123, "distinct_id": "ana"}}]
    path = _jsonl(tmp_path / "ms.jsonl", rows)
    assert _times(EventLog.read(path, preset="mixpanel", timestamp_unit="ms")) == ["2026-01-01 10:00:00.123000"]
    with pytest.raises(LogError, match="no end"):
        _ = EventLog.read(path, preset="mixpanel").observed_until
    old = EventLog.read(_jsonl(tmp_path / "s.jsonl", MIXPANEL), preset="mixpanel", source_tz="America/Los_Angeles")
    assert _times(old)[0] == "2026-01-01 18:00:00"


def test_mixpanel_with_hundreds_of_different_properties(tmp_path: Path) -> None:
    rows = [
        {"event": "e", "properties": {"time": 1767261600 + i, "distinct_id": "ana", f"p{i}": i}} for i in range(300)
    ]
    log = EventLog.read(_jsonl(tmp_path / "wide.jsonl", rows), preset="mixpanel")
    assert log.n_events() == 300
    assert len(log.properties) == 300


# --- PostHog, batch export --------------------------------------------------------------------------------------


def _posthog(uuid: str, event: str, at: str, **properties: Any) -> dict[str, Any]:
    return {
        "uuid": uuid,
        "event": event,
        "distinct_id": "device-1",
        "person_id": "person-1",
        "properties": {"$session_id": "s1", "$device_type": "Mobile", "$geoip_city_name": "Tehran", **properties},
        "person_properties": {"email": "a@example.com"},
        "timestamp": at,
        "created_at": at,
    }


POSTHOG = [
    _posthog("1", "$pageview", "2026-01-01T10:00:00.123456Z", utm_medium="cpc"),
    _posthog("2", "order placed", "2026-01-01T10:05:00.000000Z", price=12.5),
]


def _posthog_parquet(path: Path) -> Path:
    frame = pd.DataFrame(POSTHOG)
    for name in ("properties", "person_properties"):
        frame[name] = frame[name].map(json.dumps)
    for name in ("timestamp", "created_at"):
        frame[name] = pd.to_datetime(frame[name]).dt.tz_localize(None).astype("datetime64[us]")
    frame.to_parquet(path / "export.parquet", index=False)
    return path / "export.parquet"


@pytest.mark.parametrize("kind", ["parquet", "jsonl"])
def test_posthog(kind: str, tmp_path: Path) -> None:
    path = _posthog_parquet(tmp_path) if kind == "parquet" else _jsonl(tmp_path / "export.jsonl", POSTHOG)
    columns, types = {"value": "properties.price"}, {"value": "float64"}
    log = EventLog.read(path, preset="posthog", columns=columns, types=types)
    assert _times(log) == ["2026-01-01 10:00:00.123456", "2026-01-01 10:05:00"]
    assert _rows(log, "session", "device", "city", "channel", "value") == [
        ("person-1", "$pageview", "s1", "Mobile", "Tehran", "cpc", None),
        ("person-1", "order placed", "s1", "Mobile", "Tehran", None, 12.5),
    ]
    assert log.quality(now="2026-02-01").checks.loc["naive_time", "rows"] == 0, "documented as UTC"


def test_posthog_in_another_engine(tmp_path: Path) -> None:
    frame = pd.read_parquet(_posthog_parquet(tmp_path))
    table = ibis.sqlite.connect().create_table("events", frame)
    log = EventLog.read(table, preset="posthog")
    assert (log.n_users(), log.n_events()) == (1, 2)
    assert "session" not in log.properties, "it is inside JSON text, which only DuckDB looks into"
    with pytest.raises(LogError, match=r"Outside DuckDB only a column of type JSON.*a view will do"):
        EventLog.read(table, preset="posthog", columns={"plan": "properties.plan"})


def test_posthog_persons_merged_later_are_joined_by_identities(tmp_path: Path) -> None:
    path = _posthog_parquet(tmp_path)
    persons = pd.DataFrame({"anonymous": ["device-1"], "known": ["person-9"]})
    log = EventLog.read(path, preset="posthog", user="distinct_id", identities=persons)
    assert {row[0] for row in _rows(log)} == {"person-9"}


# --- Segment ----------------------------------------------------------------------------------------------------

SEGMENT = [
    {
        "anonymousId": "anon-1",
        "userId": None,
        "messageId": "m1",
        "type": "page",
        "name": "Home",
        "context": {
            "campaign": {"name": "spring", "source": "google", "medium": "cpc"},
            "page": {"url": "https://x.example"},
        },
        "properties": {"path": "/"},
        "originalTimestamp": "2026-01-01T10:00:07.000Z",
        "sentAt": "2026-01-01T10:00:08.000Z",
        "receivedAt": "2026-01-01T10:00:01.000Z",
        "timestamp": "2026-01-01T10:00:00.000Z",
    },
    {
        "anonymousId": "anon-1",
        "userId": "ana",
        "messageId": "m2",
        "type": "identify",
        "originalTimestamp": "2026-01-01T10:01:07.000Z",
        "timestamp": "2026-01-01T10:01:00.000Z",
    },
    {
        "anonymousId": None,
        "userId": "ana",
        "messageId": "m3",
        "type": "track",
        "event": "Order Completed",
        "properties": {"revenue": 25.0, "currency": "USD", "coupon": "hi"},
        "originalTimestamp": "2026-01-01T10:02:07.000Z",
        "timestamp": "2026-01-01T10:02:00.000Z",
    },
]


def test_segment(tmp_path: Path) -> None:
    log = EventLog.read(_jsonl(tmp_path / "segment.jsonl", SEGMENT), preset="segment")
    assert _times(log)[0] == "2026-01-01 10:00:00", "the time corrected for the clock of the device"
    assert _rows(log, "channel", "campaign", "value", "currency", "coupon", "message_id") == [
        ("ana", "page", "cpc", "spring", None, None, None, "m1"),
        ("ana", "identify", None, None, None, None, None, "m2"),
        ("ana", "Order Completed", None, None, 25.0, "USD", "hi", "m3"),
    ]


def test_segment_with_only_the_original_time(tmp_path: Path) -> None:
    rows = [{name: value for name, value in row.items() if name != "timestamp"} for row in SEGMENT]
    assert _times(EventLog.read(_jsonl(tmp_path / "s.jsonl", rows), preset="segment"))[0] == "2026-01-01 10:00:07"


def test_segment_in_a_warehouse() -> None:
    tracks = pd.DataFrame(
        {
            "id": ["m1"],
            "anonymous_id": ["anon-1"],
            "user_id": [None],
            "event": ["order_completed"],
            "event_text": ["Order Completed"],
            "context_campaign_medium": ["email"],
            "revenue": [25.0],
            "timestamp": pd.to_datetime(["2026-01-01 10:00"]),
        }
    )
    log = EventLog.read(tracks, preset="segment")
    assert _rows(log, "channel", "value", "raw_event") == [
        ("anon-1", "Order Completed", "email", 25.0, "order_completed")
    ]


# --- Snowplow ---------------------------------------------------------------------------------------------------


def test_snowplow(tmp_path: Path) -> None:
    path = tmp_path / "atomic_events.csv"
    path.write_text(
        "event_id,event,event_name,user_id,domain_userid,domain_sessionid,derived_tstamp,collector_tstamp,mkt_medium,"
        "dvce_type,geo_city\n"
        "1,page_view,page_view,,d1,s1,2026-01-01 10:00:00.000,2026-01-01 10:00:01.000,cpc,Mobile,Tehran\n"
        "2,unstruct,add_to_cart,ana,d1,s1,2026-01-01 10:01:00.000,2026-01-01 10:01:01.000,cpc,Mobile,Tehran\n"
        "3,struct,,,d2,s2,2026-01-01 10:02:00.000,2026-01-01 10:02:01.000,,Computer,Shiraz\n"
    )
    log = EventLog.read(path, preset="snowplow")
    assert _times(log)[0] == "2026-01-01 10:00:00"
    assert _rows(log, "session", "channel", "device", "city") == [
        ("ana", "page_view", "s1", "cpc", "Mobile", "Tehran"),
        ("ana", "add_to_cart", "s1", "cpc", "Mobile", "Tehran"),
        ("d2", "struct", "s2", None, "Computer", "Shiraz"),
    ]


# --- all --------------------------------------------------------------------------------------------------------


def test_an_unknown_preset_and_a_source_of_another_kind_are_refused() -> None:
    rows = [{"who": "ana", "event": "visit", "timestamp": "2026-01-01"}]
    with pytest.raises(SpecError, match="preset='heap' is not one of ga4_bigquery, mixpanel"):
        EventLog.read(rows, preset="heap")
    with pytest.raises(LogError, match="preset='snowplow' expects the user in 'user_id' or 'domain_userid'"):
        EventLog.read(rows, preset="snowplow")
