"""pm4py: the directly-follows graph of a pandas frame. It has no sessions. (AGPL: it lives in its own environment.)"""

from __future__ import annotations

from peers_journey import END, START, frame_of

PACKAGES = ("pm4py", "pandas")


def transitions(folder: str) -> dict[tuple[str, str], int]:
    """The directly-follows graph, its start and its end activities."""
    import pandas as pd
    import pm4py

    frame = frame_of(folder)
    frame = frame.assign(user=frame["user"].astype(str), timestamp=pd.to_datetime(frame["timestamp"], utc=True))
    graph, begins, ends = pm4py.discover_dfg(frame, activity_key="event", timestamp_key="timestamp", case_id_key="user")
    found = {(source, target): int(n) for (source, target), n in graph.items()}
    found |= {(START, name): int(n) for name, n in begins.items()}
    return found | {(name, END): int(n) for name, n in ends.items()}
