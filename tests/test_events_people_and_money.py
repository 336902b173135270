"""Who is who, in which currency, and which part of the log: joined, converted or cut before any metric."""

from __future__ import annotations

from typing import Any

import ibis
import pandas as pd
import polars as pl
import pytest

from funnel_utils import EventLog, LogError, SpecError

STORY: dict[str, list[Any]] = {"anon-1": ["visit@0"], "ana": ["pay@1h"], "anon-2": ["visit@2h"]}
PAIRS = {"anonymous": ["anon-1"], "known": ["ana"]}


# --- identities -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "identities",
    [pd.DataFrame(PAIRS), pl.DataFrame(PAIRS), [{"anonymous": "anon-1", "known": "ana"}], {"anon-1": "ana"}],
    ids=["pandas", "polars", "records", "mapping"],
)
def test_anonymous_ids_become_known_before_anything_is_counted(identities: Any) -> None:
    log = EventLog.from_story(STORY, identities=identities)
    assert sorted(set(log.table.user.execute())) == ["ana", "anon-2"]
    assert (log.n_users(), log.n_events()) == (2, 3)


def test_identities_of_numbers_join_by_value() -> None:
    log = EventLog.from_story({1: ["visit@0"], 2: ["pay@1h"]}, identities={1: 2})
    assert log.table.user.execute().tolist() == [2, 2]


def test_identities_join_in_another_engine() -> None:
    frame = pd.DataFrame({"user": ["anon-1", "ana"], "event": "visit", "timestamp": pd.to_datetime(["2026-01-01"] * 2)})
    log = EventLog.read(ibis.sqlite.connect().create_table("events", frame), identities={"anon-1": "ana"})
    assert log.n_users() == 1


def test_contradictory_identities_are_refused() -> None:
    with pytest.raises(LogError, match="'anon-1' has several known ids"):
        EventLog.from_story(STORY, identities=pd.DataFrame({"anonymous": ["anon-1"] * 2, "known": ["ana", "ben"]}))
    with pytest.raises(LogError, match="'a' belongs to 'b', which is itself listed as anonymous"):
        EventLog.from_story(STORY, identities={"a": "b", "b": "c"})


def test_identities_need_their_columns() -> None:
    with pytest.raises(LogError, match=r"identities='anonymous'.*'anonymous_id'"):
        EventLog.from_story(STORY, identities=pd.DataFrame({"anonymous_id": ["a"], "known": ["b"]}))
    with pytest.raises(LogError, match='identities="log" needs'):
        EventLog.from_story(STORY, identities="log")
    with pytest.raises(SpecError, match="identities='auto'"):
        EventLog.from_story(STORY, identities="auto")


def _segment(*rows: tuple[str | None, str | None]) -> EventLog:
    records = [
        {"anonymousId": anonymous, "userId": known, "type": "page", "timestamp": f"2026-01-01T10:0{minute}:00Z"}
        for minute, (anonymous, known) in enumerate(rows)
    ]
    return EventLog.read(records, preset="segment")


def _users(log: EventLog) -> list[str]:
    return log.table.order_by("timestamp").user.execute().tolist()


def test_the_log_itself_says_who_is_who() -> None:
    assert _users(_segment(("d1", None), ("d1", "ana"), (None, "ana"), ("d2", None))) == ["ana", "ana", "ana", "d2"]


def test_one_person_may_have_several_devices() -> None:
    assert _users(_segment(("d1", None), ("d1", "ana"), ("d2", None), ("d2", "ana"))) == ["ana"] * 4


def test_a_shared_device_says_nothing_about_its_anonymous_rows() -> None:
    log = _segment(("d1", None), ("d1", "ana"), ("d1", "ben"))
    assert _users(log) == ["d1", "ana", "ben"]
    assert log.quality().checks.loc["shared_ids", "rows"] == 1


def test_a_blank_id_is_nobody() -> None:
    log = _segment(("d1", " "), ("", "ana"), ("", None))
    assert _users(log) == ["d1", "ana"]
    assert log.rejected.count().execute() == 1


# --- money ------------------------------------------------------------------------------------------------------


def _paid(*payments: tuple[float | None, str | None], **options: Any) -> EventLog:
    story = [
        (f"pay@{hour}h", {"value": value, "currency": currency}) for hour, (value, currency) in enumerate(payments)
    ]
    return EventLog.from_story({"ana": [("visit@0", {"value": None, "currency": None}), *story]}, **options)


def test_one_currency_is_known_without_asking() -> None:
    assert _paid((10.0, "EUR"), (5.0, "EUR")).currency == "EUR"
    assert _paid((10.0, "EUR"), (None, "USD")).currency == "EUR", "only rows with a value count"
    assert EventLog.from_story({"ana": [("pay@0", {"value": 1.0})]}).currency is None
    assert EventLog.from_story({"ana": [("pay@0", {"value": 1.0})]}, currency="EUR").currency == "EUR"


def test_mixed_currencies_are_refused_when_values_are_added_and_reported_before() -> None:
    log = _paid((10.0, "EUR"), (5.0, "USD"), (1.0, "EUR"))
    assert log.n_events() == 4, "nothing is wrong with counting"
    with pytest.raises(LogError, match=r"several currencies \(EUR, USD\).*rates="):
        _ = log.currency
    row = log.quality().checks.loc["mixed_currencies"]
    assert (row["rows"], row["example"].endswith("USD")) == (1, True)


def test_rates_convert_and_keep_what_was_there() -> None:
    log = _paid((10.0, "EUR"), (5.0, "USD"), (2.0, None), currency="EUR", rates={"USD": 0.5})
    assert log.currency == "EUR"
    assert log.table.value.sum().execute() == 14.5
    assert log.table.original_value.sum().execute() == 17.0
    assert set(log.table.original_currency.execute().dropna()) == {"EUR", "USD"}
    assert {"original_value", "original_currency"} <= set(log.properties)


def test_a_currency_without_a_rate_is_refused() -> None:
    log = _paid((10.0, "EUR"), (5.0, "GBP"), currency="EUR", rates={"USD": 0.5})
    with pytest.raises(LogError, match="values in GBP, for which no rate"):
        _ = log.currency


def test_rates_are_checked() -> None:
    for rates in ({"USD": 0.0}, {"USD": float("nan")}, {"USD": "1"}):
        with pytest.raises(SpecError, match="above zero"):
            _paid((1.0, "USD"), currency="EUR", rates=rates)
    with pytest.raises(SpecError, match="its rate is 1"):
        _paid((1.0, "USD"), currency="EUR", rates={"EUR": 2.0})
    with pytest.raises(SpecError, match="say in which"):
        _paid((1.0, "USD"), rates={"USD": 0.5})
    with pytest.raises(LogError, match="no property 'currency'"):
        EventLog.from_story({"ana": [("pay@0", {"value": 1.0})]}, currency="EUR", rates={"USD": 0.5})


# --- parts of a log ---------------------------------------------------------------------------------------------

LOG: dict[str, list[Any]] = {
    "ana": [("visit@0", {"device": "mobile", "value": 1.0}), ("pay@1d", {"device": "web", "value": 5.0})],
    "ben": [("visit@2d", {"device": None, "value": None})],
}


@pytest.mark.parametrize(
    ("where", "events"),
    [
        ({"device": "mobile"}, 1),
        pytest.param({"device": {"mobile", "web"}}, 2, id="a set"),  # whose order differs between two processes
        ({"device": None}, 1),
        ({"device": ("!=", "mobile")}, 1),
        ({"value": (">", 1)}, 1),
        ({"value": (">=", 1), "device": "web"}, 1),
        ({"value": ("<", 5)}, 1),
        ({"value": ("<=", 5)}, 2),
        ({"device": ("contains", "o")}, 1),
        ({"device": ("in", ["web"])}, 1),
        ({"device": ("=", "web")}, 1),
        ({}, 3),
        (lambda table: table.value + 1 > 2, 1),
    ],
    ids=lambda value: "an expression" if callable(value) else str(value),
)
def test_a_log_can_be_filtered_by_conditions(where: Any, events: int) -> None:
    """A missing property fails every test but the one for missing."""
    log = EventLog.from_story(LOG)
    part = log.filter(where)
    assert part.n_events() == events
    assert part.observed_until == log.observed_until
    assert log.n_events() == 3


@pytest.mark.parametrize(("where", "message"), [({"devise": 1}, "Did you mean 'device'"), ({"value": ("~", 1)}, "'~'")])
def test_conditions_are_checked(where: Any, message: str) -> None:
    with pytest.raises((LogError, SpecError), match=message):
        EventLog.from_story(LOG).filter(where)


@pytest.mark.parametrize(
    "users",
    [
        ["ana"],
        pd.Series(["ana"]),
        ("ana", "nobody"),
        ibis.memtable({"user": ["ana", "ana"]}),
        ibis.memtable({"unit": ["ana"]}),
    ],
    ids=["list", "series", "tuple", "table", "units"],
)
def test_a_log_can_be_restricted_to_users(users: Any) -> None:
    part = EventLog.from_story(LOG).restrict(users)
    assert (part.n_users(), part.n_events()) == (1, 2)


def test_restricting_to_nobody_leaves_nothing() -> None:
    assert EventLog.from_story(LOG).restrict([]).n_events() == 0


def test_a_log_says_where_it_lives_without_reading_it() -> None:
    assert repr(EventLog.from_story(LOG)) == "EventLog in duckdb; properties: device, value"
