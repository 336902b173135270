"""One module for each engine of the journey benchmark: `transitions(folder)` and, where it can, `sessions(folder)`.

Both are asked of the events with a user. Events of one user at the same time stand in the order of the alphabet, which
a peer is told by the order of its rows. `transitions` gives `{(source, target): count}` with `START` before the first
event of a user and `END` after the last; `sessions` gives how many there are, a new one after more than 30 minutes of
silence. A module here runs in the environment of its peer, so nothing may import `funnel_utils` but `ours`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

START, END = "(start)", "(end)"
MINUTES = 30


def frame_of(folder: str) -> Any:
    """The log as pandas reads it: three columns, rows without a user left out, in the order described above."""
    import pandas as pd

    columns = ["user", "event", "timestamp"]
    read = [pd.read_parquet(file, columns=columns) for file in sorted(Path(folder).glob("*.parquet"))]
    frame = pd.concat(read, ignore_index=True).dropna(subset=["user"]).astype({"user": "int64"})
    return frame.sort_values(["user", "timestamp", "event"], ignore_index=True)
