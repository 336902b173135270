"""The event stream of a plain Parquet log, read from its files a few row groups at a time.

It gives the rows of `stream.event_stream`, without the database: the event names of a row group are looked up once
each, and only three or four columns are decoded. Most of the time of a funnel over a large log is its reading, and
this halves it. Tests hold it to the stream of the database.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from funnel_utils.events.clean import VISIBLE
from funnel_utils.events.plain import PlainParquet, plain_parquet
from funnel_utils.funnel.kernel import Array
from funnel_utils.funnel.rules import ordered_exclusions
from funnel_utils.funnel.spec import Exclusion, Funnel, Step
from funnel_utils.funnel.stream import Carry, bits_type, needs_every_event, needs_sequence
from funnel_utils.funnel.units import Dealt, deal

if TYPE_CHECKING:
    from funnel_utils.events import EventLog

_SPACE = " \t\n\r\v\f"
ROWS = 2**19  # that are read at once

Task = tuple[str, list[int]]  # a file, and row groups in it


@dataclass(frozen=True)
class Files:
    """The files of a log, and what `funnel` reads of them; call it with row groups to read those."""

    plain: PlainParquet
    funnel: Funnel
    carry: Carry
    with_sequence: bool

    def tasks(self) -> Iterator[Task]:
        """Row groups of about `ROWS` rows together, in the order of the files."""
        for file in self.plain.files:
            footer = pq.read_metadata(file)
            groups: list[int] = []
            rows = 0
            for group in range(footer.num_row_groups):
                groups.append(group)
                rows += footer.row_group(group).num_rows
                if rows >= ROWS:
                    yield file, groups
                    groups, rows = [], 0
            if groups:
                yield file, groups

    def __call__(self, task: Task) -> list[Dealt]:
        """The rows of some row groups that do a step, as `event_stream` has them, dealt into buckets."""
        file, groups = task
        columns = self.plain.columns
        wanted = list(dict.fromkeys(columns.values()))
        opened = pq.ParquetFile(file, read_dictionary=[columns["event"]])
        with opened:
            batches = opened.iter_batches(ROWS, row_groups=groups, columns=wanted, use_threads=False)
            return [self._dealt(batch) for batch in batches]

    def _dealt(self, batch: pa.RecordBatch) -> Dealt:
        funnel = self.funnel
        bits = {"mask": self._bits(batch, [funnel.steps[k - 1] for k in funnel.required])}
        if funnel.optional:
            bits["optional"] = self._bits(batch, [step for step in funnel.steps if step.optional])
        if funnel.exclude:
            bits["exclude"] = self._bits(batch, ordered_exclusions(funnel))
        rows: dict[str, Any] = {
            "unit": self._column(batch, "user"),
            "time": self._column(batch, "timestamp").cast(pa.timestamp("us")),
        }
        rows |= {name: pa.array(part) for name, part in bits.items()}
        rows |= {f"hold_{name}": self._column(batch, name) for name in funnel.hold}
        rows |= {f"carry_{name}": self._column(batch, name) for name, _ in self.carry}
        if self.with_sequence:
            rows["sequence"] = self._column(batch, "sequence")
        does_something = np.logical_or.reduce([part > 0 for part in bits.values()])
        return deal(pa.record_batch(rows), does_something & _is_named(rows["unit"]) & _is_there(rows["time"]))

    def _column(self, batch: pa.RecordBatch, name: str) -> pa.Array:
        return batch.column(self.plain.columns[name])

    def _bits(self, batch: pa.RecordBatch, parts: Sequence[Step | Exclusion]) -> Array:
        """For each row the bits of the parts that its event does, looked up once for each name."""
        event = self._column(batch, "event")
        names = event.dictionary.to_pylist()
        codes = [sum(1 << k for k, part in enumerate(parts) if name in part.events) for name in names]
        known = np.array([*codes, 0], bits_type(parts))
        found: Array = known[event.indices.fill_null(len(names)).to_numpy(zero_copy_only=False)]
        return found


def files_of(log: EventLog, funnel: Funnel, carry: Carry) -> Files | None:
    """How to read what `funnel` needs straight from the log's files; `None` where the database must compute it."""
    parts: list[Step | Exclusion] = [*funnel.steps, *funnel.exclude]
    if funnel.unit != "user" or needs_every_event(funnel) or any(part.where for part in parts):
        return None
    with_sequence = needs_sequence(log.table, funnel, carry)
    names = ["user", "event", "timestamp", *funnel.hold, *(name for name, _ in carry)]
    plain = plain_parquet(log, [*names, *(["sequence"] if with_sequence else [])])
    return None if plain is None else Files(plain, funnel, carry, with_sequence)


def _is_there(column: pa.Array) -> Any:
    return column.is_valid().to_numpy(zero_copy_only=False) if column.null_count else True


def _is_named(user: pa.Array) -> Any:
    """Whether a row has a user: neither null nor blank."""
    if not pa.types.is_string(user.type) or not pc.any(pc.less(user, VISIBLE)).as_py():
        return _is_there(user)
    blank = pc.equal(pc.utf8_trim(user, _SPACE), "")
    return _is_there(user) & ~pc.fill_null(blank, True).to_numpy(zero_copy_only=False)
