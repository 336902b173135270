"""`funnel_utils`: the log is read from the folder, and the funnel's step table gives the counts."""

from __future__ import annotations

from datetime import timedelta

from peers import STEPS

PACKAGES = ("funnel_utils", "duckdb", "ibis-framework", "pyarrow", "numba", "numpy", "pandas")


def answer(folder: str, window: int | None, memory_limit: str | None = None) -> list[int]:
    """Units at each step; `window` in microseconds, `memory_limit` as `Engine` takes it."""
    from funnel_utils import Engine, EventLog, Funnel

    engine = None if memory_limit is None else Engine(memory_limit=memory_limit)
    log = EventLog.read(folder, engine=engine)
    funnel = Funnel(list(STEPS), window=None if window is None else timedelta(microseconds=window))
    steps = funnel.run(log).steps
    found = [int(units) for units in steps["units"]]
    if engine is not None:
        engine.close()
    return found
