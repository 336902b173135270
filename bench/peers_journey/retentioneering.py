"""retentioneering 5: an event stream from a pandas frame, its transition matrix, and its split into sessions."""

from __future__ import annotations

import os
from typing import Any

from peers_journey import END, MINUTES, START, frame_of

PACKAGES = ("retentioneering", "pandas", "duckdb")

# It reports its use to its makers unless told not to, before it is imported.
os.environ["RETENTIONEERING_NO_TRACK"] = "1"


def _stream(folder: str) -> Any:
    from retentioneering.eventstream.eventstream import Eventstream

    return Eventstream(frame_of(folder), {"path_cols": ["user"]})


def transitions(folder: str) -> dict[tuple[str, str], int]:
    """The transition matrix by count, with its own start and end."""
    from retentioneering.tools.transition_matrix import TransitionMatrix

    wide = TransitionMatrix(_stream(folder)).fit("count")
    names = {"path_start": START, "path_end": END}
    wide = wide.rename(index=names, columns=names)
    return {(source, target): int(n) for source, row in wide.iterrows() for target, n in row.items() if n}


def sessions(folder: str) -> int:
    """The number of sessions of `split_sessions`."""
    return int(_stream(folder).split_sessions(timeout=f"{MINUTES}m").df["session_id"].nunique())
