"""Rows of a log before they are a table: a bundle of equally long arrays, and the sessions that they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from funnel_utils.synthetic.draws import Floats, Ints


@dataclass(frozen=True)
class Sessions:
    """Sessions of a block: whose, of which attempt, when it starts (s), by which channel, on which device.

    `until` (s) is where the attempt's next session starts: nothing is added to a session after it.
    """

    person: Ints
    attempt: Ints
    start: Floats
    until: Floats
    channel: Ints
    device: Ints

    def __len__(self) -> int:
        return len(self.person)


@dataclass(frozen=True)
class Rows:
    """Rows of a block: the session they belong to (position), event code, time (s), and what else they carry.

    `content` and `order` are -1 and `value` is NaN where a row has none.
    """

    session: Ints
    event: NDArray[np.int8]
    time: Floats
    content: NDArray[np.int8]
    order: Ints
    value: Floats

    def __len__(self) -> int:
        return len(self.time)

    def take(self, which: Any) -> Rows:
        """The rows at some positions, or where a mask is true."""
        return Rows(*(getattr(self, f.name)[which] for f in fields(self)))


def rows(
    session: Ints,
    event: int | NDArray[Any],
    time: Floats,
    content: NDArray[Any] | None = None,
    order: Ints | None = None,
    value: Floats | None = None,
) -> Rows:
    """Rows with the given columns, the rest empty; one event code stands for all."""
    size = len(time)
    return Rows(
        session=session,
        event=np.full(size, event, np.int8) if isinstance(event, int) else event.astype(np.int8),
        time=time,
        content=np.full(size, -1, np.int8) if content is None else content.astype(np.int8),
        order=np.full(size, -1, np.int64) if order is None else order,
        value=np.full(size, np.nan) if value is None else value,
    )


def joined(parts: Sequence[Any]) -> Any:
    """Bundles of one kind (`Rows`, `Sessions`) as one, in their order."""
    kind = type(parts[0])
    return kind(*(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(kind)))
