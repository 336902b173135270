"""Random numbers that do not depend on how the work is cut.

People are drawn in blocks of `BLOCK`; a block has its own generator for each part of the business, seeded by
(seed, name of the part, block). So a person's rows are the same whatever the number of people, the size of the
files or the order of the work, and a part added later does not disturb the ones that were there.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from funnel_utils.errors import SpecError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

BLOCK = 4096
"""People in a block: small enough for the processor's cache, large enough for NumPy."""

_Z90 = 1.2815515655446004  # the standard normal's 90th percentile


@dataclass(frozen=True)
class LogNormal:
    """A positive time with a long tail, known by its median and its 90th percentile (both in seconds).

    Examples
    --------
    >>> decision = LogNormal(median=216 * 3600, p90=497 * 3600)
    >>> round(decision.sigma, 3)
    0.65
    """

    median: float
    p90: float

    def __post_init__(self) -> None:
        if not 0 < self.median < self.p90:
            raise SpecError(f"LogNormal(median={self.median!r}, p90={self.p90!r}): needs 0 < median < p90, in seconds.")

    @property
    def mu(self) -> float:
        """Mean of the logarithm of the time."""
        return float(np.log(self.median))

    @property
    def sigma(self) -> float:
        """Standard deviation of the logarithm of the time."""
        return float(np.log(self.p90 / self.median) / _Z90)

    def draw(self, rng: np.random.Generator, size: int) -> Floats:
        """`size` independent times in seconds."""
        return np.exp(rng.standard_normal(size) * self.sigma + self.mu)

    def draw_fast(self, rng: np.random.Generator, size: int) -> Floats:
        """`size` independent times in seconds, drawn from 65,536 evenly spaced quantiles: several times as fast."""
        return _quantiles(self)[rng.integers(0, 1 << 16, size, dtype=np.uint16)]


@lru_cache(maxsize=16)
def _quantiles(time: LogNormal) -> Floats:
    """The quantiles of a time at the middles of 65,536 equal slices."""
    inverse = NormalDist(time.mu, time.sigma).inv_cdf
    return np.exp([inverse((k + 0.5) / (1 << 16)) for k in range(1 << 16)])


def generator(seed: int, part: str, block: int) -> np.random.Generator:
    """The random generator of one part of the business in one block of people."""
    sequence = np.random.SeedSequence(seed, spawn_key=(zlib.crc32(part.encode()), block))
    return np.random.Generator(np.random.SFC64(sequence))


def choose(rng: np.random.Generator, weights: Iterable[float], size: int) -> Ints:
    """`size` independent positions in `weights`, each drawn in proportion to its weight."""
    table = _table(tuple(weights))
    return table[rng.integers(0, len(table), size, dtype=np.uint16)]


@lru_cache(maxsize=64)
def _table(weights: tuple[float, ...]) -> NDArray[np.int64]:
    """Positions in `weights`, each as often among 65,536 as its weight says (so shares are exact to 1 in 65,536)."""
    edges = np.cumsum(weights)
    return np.searchsorted(edges[:-1] / edges[-1], (np.arange(1 << 16) + 0.5) / (1 << 16), side="right")


def running_sum(values: Floats, starts: Ints, counts: Ints) -> Floats:
    """The running sum of `values` inside consecutive groups that begin at `starts` and hold `counts` values."""
    total = np.cumsum(values)
    before = np.where(starts > 0, total[starts - 1], 0.0) if len(values) else np.zeros(len(starts))
    return np.asarray(total - np.repeat(before, counts))


def scattered(rng: np.random.Generator, share: float, size: int) -> Ints:
    """Positions below `size`, each taken independently with probability `share`, in rising order.

    Draws the gaps between them, which costs as many numbers as there are positions, not `size`.

    Examples
    --------
    >>> len(scattered(np.random.default_rng(1), 0.0, 1000))
    0
    """
    if share <= 0 or size == 0:
        return np.empty(0, np.int64)
    enough = int(size * share + 6 * np.sqrt(size * share) + 10)
    found = np.cumsum(rng.geometric(share, enough)) - 1
    while found[-1] < size:
        found = np.concatenate([found, found[-1] + np.cumsum(rng.geometric(share, enough))])
    return np.asarray(found[found < size])


def in_order(times: Ints) -> Ints:
    """Positions that sort whole non-negative `times`, equal ones in their given order.

    Sorts time and position packed in one integer: plain sorting has a much faster path in NumPy than sorting
    positions.

    Examples
    --------
    >>> in_order(np.array([30, 10, 30, 20]))
    array([1, 3, 0, 2])
    """
    bits = max(len(times), 1).bit_length()
    packed = (times << bits) | np.arange(len(times))
    packed.sort()
    return np.asarray(packed & ((1 << bits) - 1))
