"""Where tables live: one DuckDB in this process, with a memory limit and a place to spill to.

An `Engine` says how much memory and how many threads the database may use; its `backend` is the Ibis backend that
every expression runs in. What does not fit into memory is written to a temporary directory that belongs to the
engine and is removed with it. A log that already lives elsewhere (a warehouse, another DuckDB) brings its own
backend and needs no `Engine`.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import weakref
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from funnel_utils.errors import EngineError, SpecError

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

_SIZE = re.compile(r"\d+(\.\d+)?\s*(KB|MB|GB|TB|KiB|MiB|GiB|TiB)")


class Engine:
    """An in-process DuckDB with limits.

    Parameters
    ----------
    memory_limit : str, optional
        Most memory for data held by the database, such as `"400MB"` or `"2GB"`. DuckDB's default (80% of the machine)
        where absent. Work beyond the limit spills to `temp_directory`.
    threads : int, optional
        Number of worker threads; one for each processor where absent.
    temp_directory : path, optional
        An existing directory in which the engine makes its own directory for spilled data; the system's place for
        temporary files where absent.

    Raises
    ------
    SpecError
        If a limit is not a size with its unit, `threads` is below 1, or `temp_directory` does not exist.

    Examples
    --------
    >>> with Engine(memory_limit="200MB", threads=1) as engine:
    ...     engine.backend.name
    'duckdb'
    """

    def __init__(
        self,
        memory_limit: str | None = None,
        threads: int | None = None,
        temp_directory: str | Path | None = None,
    ) -> None:
        if memory_limit is not None and not _SIZE.fullmatch(memory_limit.strip()):
            raise SpecError(
                f'memory_limit={memory_limit!r} is not a size; write a number and its unit, such as "400MB".'
            )
        if threads is not None and threads < 1:
            raise SpecError(f"threads={threads!r}: the engine needs at least 1.")
        if temp_directory is not None and not Path(temp_directory).is_dir():
            raise SpecError(f"temp_directory={str(temp_directory)!r} is not an existing directory.")
        self.memory_limit = memory_limit
        self.threads = threads
        self._parent = temp_directory
        self._backend: Backend | None = None
        self._spill: str | None = None
        self._close: Any = None

    @property
    def backend(self) -> Backend:
        """The Ibis backend, connected on first use.

        Raises
        ------
        EngineError
            If the engine was closed.
        """
        if self._close is not None and not self._close.alive:
            raise EngineError("This engine is closed; make a new Engine and read the log again.")
        if self._backend is None:
            self._spill = tempfile.mkdtemp(prefix="funnel-spill-", dir=self._parent)
            self._backend = _connect(self.memory_limit, self.threads, self._spill)
            self._close = weakref.finalize(self, _shut, self._backend, self._spill)
        return self._backend

    @property
    def spill_directory(self) -> Path | None:
        """The engine's own directory for spilled data; `None` before the first use."""
        return None if self._spill is None else Path(self._spill)

    def close(self) -> None:
        """Disconnect and remove what was spilled. Logs read through this engine cannot be used afterwards."""
        if self._close is not None:
            self._close()

    def __enter__(self) -> Engine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Engine(memory_limit={self.memory_limit!r}, threads={self.threads!r})"


@dataclass(frozen=True)
class Limits:
    """What a DuckDB may use: bytes of memory, threads, and where it spills to (`None`: the system's place)."""

    memory: int
    threads: int
    temp_directory: Path | None


def limits_of(backend: Any) -> Limits:
    """The limits of a DuckDB backend, as it reports them."""
    ((memory, threads, folder),) = backend.con.execute(
        "SELECT current_setting('memory_limit'), current_setting('threads'), current_setting('temp_directory')"
    ).fetchall()  # one row left unread would keep a transaction open
    number, unit = memory.split()
    bytes_ = int(float(number) * 1024 ** ("bytes", "KiB", "MiB", "GiB", "TiB").index(unit))
    place = Path(folder) if folder and Path(folder).is_dir() else None
    return Limits(bytes_, int(threads), place)


@cache
def default_engine() -> Engine:
    """The engine that logs are read into when none is given: one for the whole process, with DuckDB's own limits."""
    return Engine()


def _connect(memory_limit: str | None, threads: int | None, spill: str) -> Backend:
    import ibis

    settings: dict[str, Any] = {
        "temp_directory": spill,
        # The sorted stream that funnels walk came out of order without it.
        "preserve_insertion_order": True,
        # Everything needed is built in; reading a log must never reach for the network.
        "autoinstall_known_extensions": False,
    }
    if memory_limit is not None:
        settings["memory_limit"] = memory_limit.strip()
    if threads is not None:
        settings["threads"] = threads
    return ibis.duckdb.connect(**settings)


def _shut(backend: Backend, spill: str) -> None:
    backend.disconnect()
    shutil.rmtree(spill, ignore_errors=True)
