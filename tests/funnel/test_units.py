"""Gathering: whatever the order in which events arrive, each unit's events come out together and in time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funnel_utils.funnel.units import BUCKETS, Buckets, Units, deal, gather, in_turn

TYPES = [pa.int64(), pa.int32(), pa.uint64(), pa.string(), pa.large_string(), pa.float64(), pa.bool_()]


def batch(units: list[Any], times: list[int], kind: pa.DataType, sequence: list[int | None] | None = None) -> Any:
    columns = {
        "unit": pa.array(units, kind),
        "time": pa.array(times, pa.timestamp("us")),
        "carry_v": pa.array([(7 * t + i) % 5 for i, t in enumerate(times)], pa.int64()),
    }
    if sequence is not None:
        columns["sequence"] = pa.array(sequence, pa.int64())
    return pa.record_batch(columns)


def told(found: Units) -> dict[Any, list[tuple[int, int]]]:
    times = found.rows["time"].cast(pa.int64()).to_pylist()
    values = found.rows["carry_v"].to_pylist()
    ends = zip(found.first[:-1], found.first[1:], strict=True)
    return {
        unit: list(zip(times[low:high], values[low:high], strict=True))
        for unit, (low, high) in zip(found.unit.to_pylist(), ends, strict=True)
    }


def by_hand(rows: list[tuple[Any, int, int, int]]) -> dict[Any, list[tuple[int, int]]]:
    """Sorted by time, place in the log, carried value."""
    found: dict[Any, list[tuple[int, int]]] = {}
    for unit, time, _, value in sorted(rows, key=lambda row: row[1:]):
        found.setdefault(unit, []).append((time, value))
    return found


@settings(deadline=None)
@given(
    data=st.lists(st.tuples(st.integers(0, 6), st.integers(-3, 3), st.integers(0, 2)), max_size=60),
    kind=st.sampled_from(TYPES),
    cut=st.integers(1, 20),
    budget=st.sampled_from([0, 200, 10**9]),
    ordered=st.booleans(),
)
def test_each_unit_is_whole_and_in_time_order(
    data: list[tuple[int, int, int]], kind: pa.DataType, cut: int, budget: int, ordered: bool
) -> None:
    """Any type of unit, any cut into batches, in memory or through files."""
    names = [_name(unit, kind) for unit, _, _ in data]
    times = [time for _, time, _ in data]
    sequence: list[int | None] | None = [place for _, _, place in data] if ordered else None
    whole = batch(names, times, kind, sequence)
    found: dict[Any, list[tuple[int, int]]] = {}
    with Buckets(budget) as buckets:
        for low in range(0, len(data), cut):
            buckets.add(deal(whole.slice(low, cut)))
        for bucket in buckets:
            for unit, events in told(buckets.take(bucket)).items():
                assert unit not in found, "a unit lies in one bucket only"
                found[unit] = events
    places = sequence or [0] * len(data)
    rows = list(zip(names, times, places, whole.column("carry_v").to_pylist(), strict=True))
    assert found == by_hand(rows)  # type: ignore[arg-type]


def _name(unit: int, kind: pa.DataType) -> Any:
    if pa.types.is_integer(kind):
        return unit * 10**6
    if pa.types.is_floating(kind):
        return unit / 2
    return unit % 2 == 0 if pa.types.is_boolean(kind) else "ä" * unit


@pytest.mark.parametrize("sequence", [False, True])
def test_a_unit_with_very_many_events_is_sorted_too(sequence: bool) -> None:
    """A bot with thousands of events takes another sort than a person with five."""
    draw = np.random.default_rng(3)
    times = draw.integers(0, 50, 4_000).tolist()
    places = draw.permutation(4_000).tolist()
    found = gather(pa.Table.from_batches([batch([1] * 4_000, times, pa.int64(), places if sequence else None)]))
    values = [(7 * t + i) % 5 for i, t in enumerate(times)]
    rows = list(zip([1] * 4_000, times, places if sequence else [0] * 4_000, values, strict=True))
    assert told(found) == by_hand(rows)


def test_rows_without_a_place_in_the_log_come_last() -> None:
    rows = batch([1, 1, 1], [0, 0, 0], pa.int64(), [None, 2, 1])
    assert [value for _, value in told(gather(pa.Table.from_batches([rows])))[1]] == [2, 1, 0]


def test_only_the_rows_kept_are_dealt() -> None:
    rows = batch([1, None, 3], [0, 1, 2], pa.int64())
    dealt = deal(rows, np.array([True, False, True]))
    assert len(dealt.buckets) == BUCKETS
    assert sorted(unit for part in dealt.buckets for unit in part.column("unit").to_pylist()) == [1, 3]


def test_files_go_with_the_buckets(tmp_path: Path) -> None:
    with Buckets(0, tmp_path) as buckets:
        buckets.add(deal(batch([1, 2, 3], [0, 1, 2], pa.int64())))
        assert list(tmp_path.iterdir()), "beyond the budget the rows are in files"
    assert not list(tmp_path.iterdir())


def test_in_turn_keeps_the_order_and_passes_errors_on() -> None:
    with ThreadPoolExecutor(2) as pool:
        assert list(in_turn(pool, lambda n: n * n, range(20), 3)) == [n * n for n in range(20)]
        with pytest.raises(ZeroDivisionError):
            list(in_turn(pool, lambda n: 1 // n, [2, 1, 0], 2))
