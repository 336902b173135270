"""When people are awake: the week's shape, and a clock that runs with it.

Visits are not spread evenly: they peak at 21 h, almost stop at 3-4 h, and Fridays are quieter. *Shop time* is
the clock on which visits **are** even: an hour at 21 h holds about twice the mean, an hour at 3 h a sixth. A
uniform draw in shop time, turned into wall time, has the week's shape. A wait of days is added in shop time: it
ends when people are awake, and over whole weeks both clocks agree, so its mean is kept.

Times are seconds since the first day's midnight in Tehran, a Saturday, which is where the Iranian week starts.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from funnel_utils.errors import SpecError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

HOUR = 3600.0
DAY = 24 * HOUR
WEEK = 7 * DAY

# Relative intensity of each hour of the day, from midnight.
HOURS = (
    *(0.75, 0.45, 0.25, 0.15, 0.15, 0.22, 0.40, 0.65, 0.85, 1.00, 1.10, 1.15),
    *(1.15, 1.10, 1.05, 1.05, 1.15, 1.25, 1.35, 1.50, 1.75, 2.00, 1.45, 1.10),
)
# Relative intensity of each day, from Saturday to Friday.
DAYS = (1.05, 1.00, 1.00, 0.98, 1.00, 1.10, 0.87)


@dataclass(frozen=True)
class Clock:
    """The shape of the week, and the way between wall time and shop time.

    Parameters
    ----------
    hours : tuple of float
        24 relative intensities, from midnight.
    days : tuple of float
        7 relative intensities, from Saturday.

    Raises
    ------
    SpecError
        If there are not 24 hours and 7 days, or an intensity is not positive.

    Examples
    --------
    >>> clock = Clock()
    >>> monday_noon = np.array([2 * DAY + 12 * HOUR])
    >>> bool(np.allclose(clock.wall(clock.shop(monday_noon)), monday_noon))
    True
    """

    hours: tuple[float, ...] = HOURS
    days: tuple[float, ...] = DAYS
    # In shop time: where each hour of the week begins (and the end), how long it is, and for each of equal slices of
    # the week the hour in which the slice begins. No slice is longer than an hour, so it holds one border at most.
    _edges: Floats = field(init=False, repr=False, compare=False)
    _length: Floats = field(init=False, repr=False, compare=False)
    _guide: Ints = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name, values, count in (("hours", self.hours, 24), ("days", self.days, 7)):
            if len(values) != count or min(values) <= 0:
                raise SpecError(f"{name}={values!r}: give {count} intensities, all above zero.")
        length = self.shape.ravel() * (WEEK / self.shape.sum())
        edges = np.concatenate([[0.0], np.cumsum(length)])
        slices = int(np.ceil(WEEK / length.min())) + 1
        guide = np.searchsorted(edges, np.arange(slices) * (WEEK / slices), side="right") - 1
        for name, value in (("_edges", edges), ("_length", length), ("_guide", guide)):
            object.__setattr__(self, name, value)

    @property
    def shape(self) -> Floats:
        """Relative intensity, 7 days (from Saturday) by 24 hours, with mean 1."""
        grid = np.outer(self.days, self.hours)
        return np.asarray(grid / grid.mean(), dtype=np.float64)

    def wall(self, shop: Floats) -> Floats:
        """Wall time (s) of shop time (s)."""
        weeks = np.floor(shop / WEEK) * WEEK
        inside = shop - weeks
        hour = self._guide[(inside * (len(self._guide) / WEEK)).astype(np.int64)]
        hour += inside >= self._edges[hour + 1]
        return np.asarray(weeks + (hour + (inside - self._edges[hour]) / self._length[hour]) * HOUR)

    def shop(self, wall: Floats) -> Floats:
        """Shop time (s) of wall time (s)."""
        weeks = np.floor(wall / WEEK) * WEEK
        inside = (wall - weeks) / HOUR
        hour = inside.astype(np.int64)
        return np.asarray(weeks + self._edges[hour] + (inside - hour) * self._length[hour])

    def after(self, wall: Floats, wait: Floats, at_once: float = 4 * HOUR) -> Floats:
        """Wall time (s) that lies `wait` (s) after `wall`.

        Waits up to `at_once` (s) are added as they are, longer ones in shop time.
        """
        later = wall + wait
        long = np.flatnonzero(wait > at_once)
        if len(long):
            moved = self.wall(self.shop(wall[long]) + wait[long])
            # Across a lively evening little wall time passes; a long wait stays longer than a pause within a session.
            later[long] = np.maximum(moved, wall[long] + 0.6 * HOUR)
        return later
