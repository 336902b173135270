"""Every way in: a frame, a file, a glob, a relation or a warehouse table becomes one Ibis table, unread.

Files become views that DuckDB scans when a number is asked for; frames are handed over as Arrow without a copy
where their library allows it; an Ibis table stays in the backend where it lives. Only a DuckDB relation is copied
(streamed) into the engine, because DuckDB cannot read a relation of another connection.
"""

from __future__ import annotations

import glob
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from funnel_utils.engine import Engine, default_engine
from funnel_utils.errors import LogError

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa
    from ibis.backends import BaseBackend

#: The column that keeps the row order of a frame.
ROW = "__row__"

_FORMATS = {
    "parquet": (".parquet", ".pq"),
    "csv": (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".csv.zst"),
    "json": (".jsonl", ".ndjson", ".json", ".jsonl.gz", ".ndjson.gz", ".json.gz"),
}
_SUFFIXES = tuple(suffix for suffixes in _FORMATS.values() for suffix in suffixes)


@dataclass(frozen=True)
class Source:
    """An opened source: the unread table, its backend, and what is known about it.

    Attributes
    ----------
    table : ibis.Table
        The columns as they came.
    backend : ibis backend
        Where `table` lives.
    engine : Engine or None
        The engine that must stay alive for `table`; `None` when the backend is the caller's.
    kind : {"frame", "parquet", "csv", "json", "relation", "ibis"}
        How it came in.
    paths : tuple of str
        The files, for the three file kinds.
    """

    table: ir.Table
    backend: BaseBackend
    engine: Engine | None
    kind: str
    paths: tuple[str, ...] = ()

    @property
    def is_local(self) -> bool:
        """Whether the table lives in a DuckDB in this process."""
        return bool(self.backend.name == "duckdb")

    @property
    def has_row_order(self) -> bool:
        """Whether the rows came in an order of their own, kept in the column `ROW`."""
        return self.kind == "frame"


def open_source(source: Any, engine: Engine | None = None) -> Source:
    """`source` as an unread table; see `EventLog.read` for what it may be.

    Raises
    ------
    LogError
        If no file matches, the files are of several formats, a file cannot be read, or the type is not known.
    """
    import ibis.expr.types as ir

    if isinstance(source, ir.Table):
        return _from_ibis(source, engine)
    if isinstance(source, str | Path):
        return _from_paths(_expand(source), engine)
    if isinstance(source, Sequence) and source and all(isinstance(item, str | Path) for item in source):
        return _from_paths([path for item in source for path in _expand(item)], engine)
    if type(source).__name__ == "DuckDBPyRelation" or type(source).__name__ == "RecordBatchReader":
        return _from_stream(source, engine)
    return _from_frame(arrow_table(source), engine)


def _from_ibis(table: ir.Table, engine: Engine | None) -> Source:
    backends, _ = table._find_backends()
    if not backends:  # a memtable belongs to no backend yet
        return _from_frame(table.to_pyarrow(), engine)
    return Source(table, backends[0], None, "ibis")


def _from_frame(arrow: pa.Table, engine: Engine | None) -> Source:
    import ibis.util
    import numpy as np

    if ROW in arrow.column_names:
        raise LogError(f"The column name {ROW!r} is reserved for the order of the rows; rename that column.")
    engine = engine or default_engine()
    backend = engine.backend
    name = ibis.util.gen_name("events")
    backend.con.register(name, arrow.append_column(ROW, [np.arange(arrow.num_rows, dtype="int64")]))
    table = backend.table(name)
    weakref.finalize(table.op(), _forget, engine, name).atexit = False
    return Source(table, backend, engine, "frame")


def _forget(engine: Engine, name: str) -> None:
    if engine._close is not None and engine._close.alive:
        engine.backend.con.unregister(name)


def _from_stream(source: Any, engine: Engine | None) -> Source:
    import ibis.util

    engine = engine or default_engine()
    backend = engine.backend
    name, stream = ibis.util.gen_name("events"), ibis.util.gen_name("stream")
    reader = source.to_arrow_reader(100_000) if hasattr(source, "to_arrow_reader") else source
    backend.con.register(stream, reader)
    try:
        table = backend.create_table(name, backend.table(stream), temp=True)
    finally:
        backend.con.unregister(stream)
    return Source(table, backend, engine, "relation")


def arrow_table(source: Any) -> pa.Table:
    """A frame of any library as Arrow, without its index."""
    import pyarrow as pa

    library = type(source).__module__.partition(".")[0]
    if isinstance(source, pa.Table):
        return source
    if isinstance(source, pa.RecordBatch):
        return pa.Table.from_batches([source])
    if library == "pandas" and type(source).__name__ == "DataFrame":
        return _from_pandas(source)
    if library == "polars" and type(source).__name__ == "LazyFrame":
        source = source.collect()
    if library == "polars" and type(source).__name__ == "DataFrame":
        return source.to_arrow()
    if isinstance(source, Sequence) and source and all(isinstance(row, Mapping) for row in source):
        names = list(dict.fromkeys(name for row in source for name in row))
        return pa.table({name: _column([row.get(name) for row in source]) for name in names})
    if hasattr(source, "__arrow_c_stream__"):
        return pa.table(source)
    raise LogError(
        f"An event log cannot be read from {type(source).__name__}; give a pandas or polars frame, a pyarrow Table, "
        "a list of dicts, a path or glob (Parquet, CSV, JSONL), a DuckDB relation or an Ibis table."
    )


def _from_pandas(frame: Any) -> pa.Table:
    import pyarrow as pa

    if not frame.columns.is_unique:
        twice = frame.columns[frame.columns.duplicated()].unique().tolist()
        raise LogError(f"The frame has several columns of the same name: {twice!r}; rename them.")
    columns = {}
    for name in frame.columns:
        series = frame[name]
        columns[str(name)] = _column(series.tolist()) if series.dtype == object else pa.array(series, from_pandas=True)
    return pa.table(columns)


def _column(values: list[Any]) -> pa.Array:
    """Python values as an Arrow column; as text where they are of several kinds, so that nothing is lost.

    Times of several zones become text too: each keeps its own offset, and `quality()` can tell that they differ.
    """
    import pyarrow as pa

    if len({str(value.tzinfo) for value in values if isinstance(value, datetime)}) > 1:
        return pa.array([_text(value) for value in values], pa.string())
    try:
        return pa.array(values, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return pa.array([_text(value) for value in values], pa.string())


def _text(value: Any) -> str | None:
    if value is None or value != value:
        return None
    return str(value)


def _expand(path: str | Path) -> list[str]:
    """The files that a path, a folder or a glob stands for, sorted."""
    text = str(path)
    if "://" in text:
        return [text]
    place = Path(text)
    if place.is_dir():
        found = sorted(str(file) for file in place.rglob("*") if file.is_file() and _format(str(file)))
        if not found:
            raise LogError(f"The folder {text!r} holds no file that ends in {', '.join(_SUFFIXES)}.")
    elif place.is_file():
        found = [text]
    else:
        found = sorted(file for file in glob.glob(text, recursive=True) if Path(file).is_file())
        if not found:
            near = f" in {str(place.parent.resolve())!r}" if not glob.has_magic(text) else ""
            raise LogError(f"No file matches {text!r}{near}; check the path, or quote the glob.")
    if not any(Path(file).stat().st_size for file in found):
        raise LogError(f"{found[0]!r} has 0 bytes: not even the names of columns. Was the export broken off?")
    return [glob.escape(file) for file in found]


def _format(path: str) -> str | None:
    for kind, suffixes in _FORMATS.items():
        if path.lower().endswith(suffixes):
            return kind
    return None


def _from_paths(paths: list[str], engine: Engine | None) -> Source:
    kinds = {_format(path) for path in paths}
    if None in kinds:
        odd = next(path for path in paths if _format(path) is None)
        raise LogError(f"{odd!r} is of no known format; a log is a file that ends in {', '.join(_SUFFIXES)}.")
    if len(kinds) > 1:
        raise LogError(f"The files are of several formats ({', '.join(sorted(map(str, kinds)))}); read one at a time.")
    (kind,) = kinds
    engine = engine or default_engine()
    read = {"parquet": _read_parquet, "csv": _read_csv, "json": _read_json}[str(kind)]
    table = read(engine.backend, paths, ())
    return Source(table, engine.backend, engine, str(kind), tuple(paths))


def _wrapped(read: Any, paths: list[str], **options: Any) -> ir.Table:
    import duckdb

    several = {"union_by_name": True} if len(paths) > 1 else {}
    try:
        table: ir.Table = read(paths, **several, **options)
    except duckdb.Error as error:
        raise LogError(f"{paths[0]!r} cannot be read: {str(error).splitlines()[0]}") from error
    return table


def _read_parquet(backend: Any, paths: list[str], text: Sequence[str]) -> ir.Table:
    return _wrapped(backend.read_parquet, paths)


def _read_csv(backend: Any, paths: list[str], text: Sequence[str]) -> ir.Table:
    types = {"types": dict.fromkeys(text, "string")} if text else {}
    return _wrapped(backend.read_csv, paths, **types)


def _read_json(backend: Any, paths: list[str], text: Sequence[str]) -> ir.Table:
    # Objects with many different keys would otherwise be read as maps, whose members have no types of their own.
    table = _wrapped(backend.read_json, paths, map_inference_threshold=-1)
    if not text:
        return table
    relation = backend.con.table(table.get_name())
    kinds = {name: str(kind) for name, kind in zip(relation.columns, relation.types, strict=True)}
    return _wrapped(backend.read_json, paths, columns={**kinds, **dict.fromkeys(text, "VARCHAR")})


def as_text(source: Source, columns: Sequence[str]) -> Source:
    """The same files with `columns` read as text, so that a bad value on any line can be seen and set aside.

    CSV and JSON readers guess a type from the first rows and fail on a later row that does not fit.
    """
    if source.kind not in ("csv", "json") or not columns:
        return source
    read = {"csv": _read_csv, "json": _read_json}[source.kind]
    table = read(source.backend, list(source.paths), columns)
    return Source(table, source.backend, source.engine, source.kind, source.paths)
