"""Random numbers that do not depend on how the work is cut.

People are drawn in blocks of `BLOCK`; a block has its own generator for each part of the business, seeded by
(seed, name of the part, block). So a person's rows are the same whatever the number of people, the size of the
files or the order of the work, and a part added later does not disturb the ones that were there.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

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


def generator(seed: int, part: str, block: int) -> np.random.Generator:
    """The random generator of one part of the business in one block of people."""
    sequence = np.random.SeedSequence(seed, spawn_key=(zlib.crc32(part.encode()), block))
    return np.random.Generator(np.random.SFC64(sequence))


def choose(rng: np.random.Generator, weights: tuple[float, ...] | Floats, size: int) -> Ints:
    """`size` independent positions in `weights`, each drawn in proportion to its weight."""
    edges = np.cumsum(np.asarray(weights, dtype=np.float64))
    return np.searchsorted(edges[:-1] / edges[-1], rng.random(size), side="right").astype(np.int64)


def running_sum(values: Floats, starts: Ints, counts: Ints) -> Floats:
    """The running sum of `values` inside consecutive groups that begin at `starts` and hold `counts` values."""
    total = np.cumsum(values)
    before = np.where(starts > 0, total[starts - 1], 0.0) if len(values) else np.zeros(len(starts))
    return np.asarray(total - np.repeat(before, counts))
