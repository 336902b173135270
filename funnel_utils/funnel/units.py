"""Whole units: from event rows in any order to each unit's events, sorted by time.

Sorting a log by (unit, time) is most of the work of matching it, and more than matching needs: it is enough that the
events of one unit lie together, in order. So rows are dealt into buckets by a hash of their unit as they arrive; then
each bucket, a small part of the log, is grouped by unit, and the few events of each unit are sorted. Beyond a budget of
memory the buckets move to files.

Events of one unit at one time follow `sequence` where the rows have it, then the carried values: so the answer does not
depend on the order in which rows arrive.
"""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from funnel_utils.funnel.kernel import Array, compiled, helper

BUCKETS = 128  # a power of two; each may become an open file
_SHORT = 32  # up to so many events of a unit, insertion is the quickest sort

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


class Units(NamedTuple):
    """Whole units: `unit[u]` names unit u, whose events are the rows `first[u]:first[u + 1]`, by time."""

    unit: pa.Array
    rows: pa.Table
    first: Array


class Dealt(NamedTuple):
    """The rows of a batch by bucket, and the memory they take together."""

    buckets: list[pa.RecordBatch]
    bytes: int


class Buckets:
    """Rows dealt by a hash of their unit; more than `budget` bytes are kept in files under `folder`.

    Use it as a context: the files go with it.
    """

    def __init__(self, budget: int, folder: Path | None = None) -> None:
        self._budget = budget
        self._folder = folder
        self._held: list[list[pa.RecordBatch]] = [[] for _ in range(BUCKETS)]
        self._bytes = 0
        self._spill: tempfile.TemporaryDirectory[str] | None = None
        self._files: list[Any] = [None] * BUCKETS

    def add(self, dealt: Dealt) -> None:
        """Keep what `deal` made of a batch."""
        for bucket, rows in enumerate(dealt.buckets):
            if rows.num_rows:
                self._held[bucket].append(rows)
        self._bytes += dealt.bytes
        if self._bytes > self._budget:
            self._to_files()

    def __iter__(self) -> Iterator[int]:
        """The buckets that hold rows; no row can be added afterwards."""
        for file in self._files:
            if file is not None:
                file.close()
        return iter([b for b in range(BUCKETS) if self._held[b] or self._files[b] is not None])

    def take(self, bucket: int) -> Units:
        """The units of a bucket, which is empty afterwards."""
        rows = self._held[bucket]
        self._held[bucket] = []
        if self._files[bucket] is not None:
            with pa.ipc.open_stream(self._path(bucket)) as stored:
                rows = [*stored, *rows]
            self._path(bucket).unlink()
        return gather(pa.Table.from_batches(rows))

    def _to_files(self) -> None:
        if self._spill is None:
            self._spill = tempfile.TemporaryDirectory(prefix="units-", dir=self._folder)
        for bucket, rows in enumerate(self._held):
            for batch in rows:
                if self._files[bucket] is None:
                    self._files[bucket] = pa.ipc.new_stream(self._path(bucket), batch.schema)
                self._files[bucket].write_batch(batch)
            rows.clear()
        self._bytes = 0

    def _path(self, bucket: int) -> Path:
        assert self._spill is not None
        return Path(self._spill.name) / f"{bucket}.arrows"

    def __enter__(self) -> Buckets:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._files:
            if file is not None:
                file.close()
        if self._spill is not None:
            self._spill.cleanup()


def deal(rows: pa.RecordBatch, kept: Array | None = None) -> Dealt:
    """The rows of a batch (those `kept`, if given) by bucket: a unit is always dealt into the same one."""
    bucket = _bucket_of(rows.column("unit"))
    if kept is not None:
        bucket[~kept] = BUCKETS
    order, first = _by_code(bucket, BUCKETS + 1)
    dealt = rows.take(pa.array(order[: first[BUCKETS]]))
    return Dealt([dealt.slice(first[b], first[b + 1] - first[b]) for b in range(BUCKETS)], dealt.nbytes)


def gather(rows: pa.Table) -> Units:
    """Rows (`unit`, `time`, and more) of whole units in any order as `Units`."""
    rows = rows.combine_chunks()
    code, names = _coded(rows["unit"])
    time = rows["time"].cast(pa.int64()).to_numpy()
    order, first = _by_code(code, len(names))
    tied = _sort_each(order, first, time, _sequence(rows))
    carried = [name for name in rows.column_names if name.startswith("carry_")]
    if carried and tied.any():
        _settle(rows.select(carried), order, tied)
    return Units(names, rows.drop_columns(["unit"]).take(pa.array(order)), first)


def in_turn(
    pool: ThreadPoolExecutor, work: Callable[[Asked], Answer], items: Iterable[Asked], ahead: int
) -> Iterator[Answer]:
    """`work` of each item, in their order, at most `ahead` of them in hand at a time."""
    waiting: deque[Future[Answer]] = deque()
    for item in items:
        if len(waiting) == ahead:
            yield waiting.popleft().result()
        waiting.append(pool.submit(work, item))
    while waiting:
        yield waiting.popleft().result()


def _coded(unit: pa.ChunkedArray) -> tuple[Array, pa.Array]:
    """For each row the place of its unit among the distinct ones, and those."""
    if pa.types.is_integer(unit.type):
        code, where = _number(unit.to_numpy().astype(np.int64))
        return code, unit.take(pa.array(where)).combine_chunks()
    coded = unit.combine_chunks().dictionary_encode()
    coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
    return coded.indices.to_numpy(), coded.dictionary


def _sequence(rows: pa.Table) -> Array:
    if "sequence" not in rows.column_names:
        return np.zeros(0, np.int64)
    found: Array = rows["sequence"].fill_null(np.iinfo(np.int64).max).to_numpy()
    return found


def _settle(carried: pa.Table, order: Array, tied: Array) -> None:
    """Put the events of one unit, time and place in the log in the order of their carried values, in place."""
    some = np.flatnonzero(tied | np.append(tied[1:], False))
    run = np.cumsum(~tied[some])
    values = carried.take(pa.array(order[some])).append_column("run", pa.array(run))
    keys = [("run", "ascending"), *((name, "ascending") for name in carried.column_names)]
    order[some] = order[some][pc.sort_indices(values, sort_keys=keys).to_numpy()]


def _bucket_of(unit: pa.Array) -> Array:
    """The bucket of each row; one for all where a type has no bytes that are equal for equal values."""
    kind = unit.type
    if pa.types.is_integer(kind):
        return _mix(unit.cast(pa.int64(), safe=False).fill_null(0).to_numpy())
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        large = unit.cast(pa.large_string())
        _, offsets, data = large.buffers()
        starts = np.frombuffer(offsets, np.int64)[large.offset : large.offset + len(large) + 1]
        return _hash(starts, np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8))
    return np.zeros(len(unit), np.int64)


_GOLDEN = -7046029254386353131  # Fibonacci hashing: 2**64 over the golden ratio, as a signed number


@compiled
def _mix(unit: Array) -> Array:
    """The upper bits of each number, mixed so that neighbouring numbers do not share a bucket."""
    bucket = np.empty(len(unit), np.int64)
    for i in range(len(unit)):
        bucket[i] = ((unit[i] * _GOLDEN) >> 57) & (BUCKETS - 1)
    return bucket


@compiled
def _number(unit: Array) -> tuple[Array, Array]:
    """For each row the place of its number among the distinct ones, and the first row of each of those."""
    size = 16
    while size < 2 * len(unit):
        size *= 2
    table = np.full(size, -1, np.int64)  # open addressing: the place of the number that was hashed here
    code = np.empty(len(unit), np.int64)
    where = np.empty(len(unit), np.int64)
    found = 0
    for i in range(len(unit)):
        mixed = unit[i] * _GOLDEN
        slot = (mixed ^ (mixed >> 29)) & (size - 1)
        while table[slot] >= 0 and unit[where[table[slot]]] != unit[i]:
            slot = (slot + 1) & (size - 1)
        if table[slot] < 0:
            table[slot] = found
            where[found] = i
            found += 1
        code[i] = table[slot]
    return code, where[:found]


@compiled
def _hash(starts: Array, data: Array) -> Array:
    """Some bits of each text's FNV-1a hash."""
    bucket = np.empty(len(starts) - 1, np.int64)
    for i in range(len(starts) - 1):
        state = np.uint64(14695981039346656037)
        for j in range(starts[i], starts[i + 1]):
            state = (state ^ np.uint64(data[j])) * np.uint64(1099511628211)
        bucket[i] = np.int64((state ^ (state >> np.uint64(32))) & np.uint64(BUCKETS - 1))
    return bucket


@compiled
def _by_code(code: Array, codes: int) -> tuple[Array, Array]:
    """The rows in the order of their code, and where each code begins; rows of one code keep their order."""
    first = np.zeros(codes + 1, np.int64)
    for i in range(len(code)):
        first[code[i] + 1] += 1
    for c in range(codes):
        first[c + 1] += first[c]
    place = first[:-1].copy()
    order = np.empty(len(code), np.int64)
    for i in range(len(code)):
        order[place[code[i]]] = i
        place[code[i]] += 1
    return order, first


@compiled
def _sort_each(order: Array, first: Array, time: Array, sequence: Array) -> Array:
    """Sort the rows of each unit by time, then by `sequence` (empty: by arrival), in place; which tie with the last."""
    tied = np.zeros(len(order), np.bool_)
    for u in range(len(first) - 1):
        low, high = first[u], first[u + 1]
        if high - low > _SHORT:
            _sort_long(order[low:high], time, sequence)
        else:
            _sort_short(order[low:high], time, sequence)
        for i in range(low + 1, high):
            tied[i] = not _later(order[i], order[i - 1], time, sequence)
    return tied


@helper
def _sort_short(rows: Array, time: Array, sequence: Array) -> None:
    for i in range(1, len(rows)):
        row, j = rows[i], i
        while j > 0 and _later(rows[j - 1], row, time, sequence):
            rows[j] = rows[j - 1]
            j -= 1
        rows[j] = row


@helper
def _later(a: int, b: int, time: Array, sequence: Array) -> bool:
    """Whether row a comes after row b."""
    if time[a] != time[b] or len(sequence) == 0:
        return bool(time[a] > time[b])
    return bool(sequence[a] > sequence[b])


@helper
def _sort_long(rows: Array, time: Array, sequence: Array) -> None:
    """The same for many rows, by a stable sort of each key, the last key first."""
    if len(sequence):
        rows[:] = rows[np.argsort(sequence[rows], kind="mergesort")]
    rows[:] = rows[np.argsort(time[rows], kind="mergesort")]
