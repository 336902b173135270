"""`funnel_utils`: the log is read from the folder; `Journey` and `Sessions` with their defaults."""

from __future__ import annotations

from peers_journey import END, MINUTES, START

PACKAGES = ("funnel_utils", "duckdb", "ibis-framework", "pyarrow", "numpy", "pandas")


def transitions(folder: str) -> dict[tuple[str, str], int]:
    """The transition matrix of whole users."""
    from funnel_utils import EventLog, Journey

    wide = Journey().run(EventLog.read(folder)).matrix("count")
    ends = [name for name in wide.columns if name not in wide.index]
    wide = wide.drop(columns=ends).assign(**{END: wide[ends].sum(axis=1)})
    wide = wide.rename(index={wide.index[0]: START})
    return {(source, target): int(n) for source, row in wide.iterrows() for target, n in row.items() if n}


def sessions(folder: str) -> int:
    """The number of sessions; its summary holds the users, events and single sessions too."""
    from funnel_utils import EventLog, Sessions

    return int(Sessions(f"{MINUTES}m").run(EventLog.read(folder)).summary["sessions"].item())
