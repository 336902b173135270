"""A log of any size on disk: Parquet files, written piece by piece in bounded memory.

Blocks of people are drawn one after the other (a few at once, in threads) and written as they come; the rows
depend on the specification, the seed and `events` only, never on the size of the files. Within a block rows are
in order of arrival; blocks follow one another, as they would in a log partitioned by user. The last person's
rows are cut so that the number of events is exactly the one asked for. Nothing appears under its final name
until everything is written.
"""

from __future__ import annotations

import math
import os
import shutil
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from funnel_utils.errors import LogError, SpecError
from funnel_utils.synthetic import vocabulary as v
from funnel_utils.synthetic.block import draw_block
from funnel_utils.synthetic.draws import BLOCK, Ints
from funnel_utils.synthetic.journeys import Journeys
from funnel_utils.synthetic.journeys import words as w
from funnel_utils.synthetic.journeys.world import draw_journey_block, journey_table
from funnel_utils.synthetic.spec import Pardis
from funnel_utils.synthetic.world import check_table, to_table

ROW_GROUP = 1_000_000
_PARTIAL = ".partial"


@dataclass(frozen=True)
class Simulation:
    """What `simulate` wrote.

    Attributes
    ----------
    events, people : int
        Rows written, and people who have at least one.
    files : tuple of pathlib.Path
        The Parquet files, in order.
    seconds : float
        Time taken.
    size : int
        Bytes on disk.
    """

    events: int
    people: int
    files: tuple[Path, ...]
    seconds: float
    size: int

    def __str__(self) -> str:
        return (
            f"{self.events:,} events of {self.people:,} people in {len(self.files)} file(s) under "
            f"{self.files[0].parent}: {self.size / 1e6:,.1f} MB, {self.seconds:.1f} s."
        )


def simulate(
    events: float,
    out: str | os.PathLike[str] = "events",
    *,
    shop: Pardis | Journeys | None = None,
    seed: int | None = None,
    ids: str = "int",
    columns: Sequence[str] | None = None,
    rows_per_file: int = 5_000_000,
    overwrite: bool = False,
    progress: bool = True,
    threads: int | None = None,
) -> Simulation:
    """Write a log of `events` rows to Parquet files under `out`.

    Parameters
    ----------
    events : number
        Rows to write; a whole number, `10e6` will do. About 12 a person.
    out : path
        Folder for `part-00000.parquet`, ...; made where missing, and empty otherwise.
    shop : Pardis or Journeys, optional
        What to draw: a shop's visits and orders, or a season of journeys with the touches of its channels; its
        `people` is not used. Default: the course's shop.
    seed : int, optional
        In place of the seed of `shop`.
    ids : str
        `"int"` (default: 64-bit integers, four times faster to group by) or `"text"` (like `u000123`, as in the
        lessons' data).
    columns : sequence of str, optional
        Columns to write, in this order. Default: all.
    rows_per_file : int
        Rows in each file but the last.
    overwrite : bool
        Replace an earlier simulation under `out`. A folder that holds anything else is refused all the same.
    progress : bool
        Show a progress bar on the terminal.
    threads : int, optional
        Blocks drawn at once. Default: the number of processors, at most 4.

    Returns
    -------
    Simulation

    Raises
    ------
    SpecError
        If a number or a name is out of its range.
    LogError
        If `out` holds files already.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     done = simulate(5_000, folder, rows_per_file=2_000, progress=False)
    ...     [pq.read_metadata(file).num_rows for file in done.files]
    [2000, 2000, 1000]
    """
    rows = _whole("events", events)
    per_file = _whole("rows_per_file", rows_per_file)
    at_once = _whole("threads", min(os.cpu_count() or 1, 4) if threads is None else threads)
    drawn = shop or Pardis()
    known = w.COLUMNS if isinstance(drawn, Journeys) else v.COLUMNS
    columns = known if columns is None else columns
    check_table(columns, ids, known)
    drawn = drawn if seed is None else drawn.with_(seed=seed)
    began = time.perf_counter()
    folder = _prepared(Path(out), overwrite)
    people = 0
    with _scratch(folder) as scratch, _bar(rows, progress) as advance:
        writer = _Writer(scratch, per_file)
        for table, number in _tables(drawn, rows, ids, columns, at_once):
            writer.add(table)
            people += number
            advance(table.num_rows)
        names = writer.close()
        for old in folder.glob("part-*.parquet"):
            old.unlink()
        files = tuple((scratch / name).rename(folder / name) for name in names)
    size = sum(file.stat().st_size for file in files)
    return Simulation(rows, people, files, time.perf_counter() - began, size)


def _whole(name: str, value: float) -> int:
    """`value` as a whole number of at least one."""
    if not math.isfinite(value) or value != int(value) or value < 1:
        raise SpecError(f"{name}={value!r}: needs a whole number of at least 1.")
    return int(value)


def _tables(
    shop: Pardis | Journeys, rows: int, ids: str, columns: Sequence[str], threads: int
) -> Iterator[tuple[pa.Table, int]]:
    """Tables of consecutive blocks, `rows` rows in all, each with the number of its people."""
    draw, table = _drawing(shop)

    def one(number: int, most: int | None = None) -> tuple[pa.Table, int]:
        block = draw(number)
        keep: slice | Ints = slice(None)
        if most is not None:
            # Whole people, in order of their number, and of the last one the first rows.
            keep = np.sort(np.argsort(block.person, kind="stable")[:most])
        people = int(np.count_nonzero(np.bincount(block.person[keep], minlength=BLOCK)))
        return table(block, keep, ids, columns), people

    with ThreadPoolExecutor(threads) as pool:
        ahead: deque[Future[tuple[pa.Table, int]]] = deque()
        block = 0
        try:
            while rows > 0:
                while len(ahead) < threads + 1:
                    ahead.append(pool.submit(one, block + len(ahead)))
                found, people = ahead.popleft().result()
                if found.num_rows > rows:
                    found, people = one(block, rows)
                yield found, people
                rows -= found.num_rows
                block += 1
        finally:
            for future in ahead:
                future.cancel()


def _drawing(shop: Pardis | Journeys) -> tuple[Callable[[int], Any], Callable[..., pa.Table]]:
    """How a business's blocks are drawn, and made into tables."""
    if isinstance(shop, Journeys):
        return partial(draw_journey_block, shop), partial(journey_table, shop)
    return partial(draw_block, shop), partial(to_table, shop)


class _Writer:
    """Collects tables and writes them as files of a fixed number of rows, in row groups of up to a million."""

    def __init__(self, folder: Path, rows_per_file: int) -> None:
        self._folder = folder
        self._per_file = rows_per_file
        self._names: list[str] = []
        self._waiting: list[pa.Table] = []
        self._room = rows_per_file
        self._file: pq.ParquetWriter | None = None

    def add(self, table: pa.Table) -> None:
        """Take a table's rows, over as many files as they need."""
        while table.num_rows:
            room = min(self._room, ROW_GROUP) - sum(part.num_rows for part in self._waiting)
            self._waiting.append(table.slice(0, room))
            table = table.slice(self._waiting[-1].num_rows)
            if self._waiting[-1].num_rows == room:
                self._flush()

    def close(self) -> list[str]:
        """Write what is left; the names of all files."""
        self._flush()
        self._finish()
        return self._names

    def _flush(self) -> None:
        if not self._waiting:
            return
        table = pa.concat_tables(self._waiting)
        self._waiting = []
        if self._file is None:
            self._names.append(f"part-{len(self._names):05d}.parquet")
            self._file = _parquet(self._folder / self._names[-1], table.schema)
        self._file.write_table(table, row_group_size=ROW_GROUP)
        self._room -= table.num_rows
        if self._room == 0:
            self._finish()

    def _finish(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file, self._room = None, self._per_file


def _parquet(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    """A file for tables of this schema."""
    words = [field.name for field in schema if pa.types.is_dictionary(field.type)]
    # Dictionaries and minima of the other columns would cost more than all the rest of the writing. Without the Arrow
    # schema every reader sees plain text where the generator has dictionaries.
    measured = [field.name for field in schema if field.name not in words]
    return pq.ParquetWriter(path, schema, use_dictionary=words, write_statistics=measured, store_schema=False)


def _prepared(folder: Path, overwrite: bool) -> Path:
    """The output folder, checked: new, empty, or an earlier simulation that may be replaced."""
    if folder.exists() and not folder.is_dir():
        raise LogError(f"out={str(folder)!r} is a file; name a folder.")
    held = sorted(entry.name for entry in folder.iterdir() if entry.name != _PARTIAL) if folder.exists() else []
    foreign = [name for name in held if not (name.startswith("part-") and name.endswith(".parquet"))]
    if foreign:
        raise LogError(
            f"out={str(folder)!r} holds {foreign[0]!r}, which no simulation wrote; choose a new or an empty folder."
        )
    if held and not overwrite:
        raise LogError(
            f"out={str(folder)!r} holds {len(held)} file(s) already ({held[0]}, ...); choose another folder, or "
            "replace them with overwrite=True."
        )
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """A folder inside `folder` for unfinished files, gone in the end whatever happens."""
    scratch = folder / _PARTIAL
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


class _Advance:
    """Moves a progress bar."""

    def __init__(self, bar: Progress, total: int) -> None:
        self._bar = bar
        self._task = bar.add_task("events", total=total)

    def __call__(self, rows: int) -> None:
        self._bar.advance(self._task, rows)


@contextmanager
def _bar(total: int, show: bool) -> Iterator[_Advance]:
    """A progress bar over `total` rows."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TaskProgressColumn())
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), disable=not show) as bar:
        yield _Advance(bar, total)
