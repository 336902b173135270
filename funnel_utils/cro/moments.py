"""Moments: all that an experiment has to remember of its units.

How many units there are, the mean of each column, and for the pairs of columns that somebody asked for the sum of
products of deviations from the means. Rates, means, ratios, CUPED and clusters need nothing else, so an experiment on a
hundred million people comes back from the engine as a few numbers.

Moments of disjoint sets of units **merge** with `+`: days into totals, segments into arms, yesterday's file into
today's. They are kept centred and merged by the update of Chan, Golub and LeVeque, because raw sums of squares lose the
variance of what varies little around a large mean. Every number may be an array; then each element is a **cell** (an
arm, a day, a segment) and everything happens to all cells at once.

References
----------
Chan, T. F., Golub, G. H., LeVeque, R. J. (1983). Algorithms for computing the sample variance: analysis and
recommendations. The American Statistician 37, 242-247.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from funnel_utils.errors import SpecError
from funnel_utils.stats.counts import Floats

Pair = tuple[str, str]


def pair(a: str, b: str) -> Pair:
    """The name of a pair of columns, whichever comes first."""
    return (a, b) if a <= b else (b, a)


@dataclass(frozen=True)
class Needs:
    """What has to be summed: columns, and pairs of columns. Needs of several metrics merge with `|`.

    Examples
    --------
    >>> Needs({"revenue"}, {("revenue", "revenue")}) | Needs({"orders"})
    Needs(columns=('orders', 'revenue'), products=(('revenue', 'revenue'),))
    """

    columns: tuple[str, ...] = ()
    products: tuple[Pair, ...] = ()

    def __init__(self, columns: Iterable[str] = (), products: Iterable[Pair] = ()) -> None:
        pairs = {pair(*each) for each in products}
        object.__setattr__(self, "products", tuple(sorted(pairs)))
        object.__setattr__(self, "columns", tuple(sorted({*columns, *(name for each in pairs for name in each)})))

    @classmethod
    def all_of(cls, names: Iterable[str]) -> Needs:
        """The columns and every pair of them."""
        names = tuple(names)
        return cls(names, [(a, b) for a in names for b in names])

    def __or__(self, other: Needs) -> Needs:
        return Needs((*self.columns, *other.columns), (*self.products, *other.products))


@dataclass(frozen=True, eq=False)
class Moments:
    """Number of units, means, and centred sums of products.

    Parameters
    ----------
    n : float or array
        Units; an array has one element for each cell.
    means : mapping of str to float or array
        The mean of each column; anything where a cell has no units.
    products : mapping of (str, str) to float or array
        For pairs of columns, the sum over units of (x - mean of x)(y - mean of y).

    Raises
    ------
    SpecError
        If a number of units is negative, or a pair names a column without a mean.

    Examples
    --------
    >>> monday = Moments.of({"spent": [1, 2, 3]})
    >>> tuesday = Moments.of({"spent": [4]})
    >>> both = monday + tuesday
    >>> float(both.n), float(both.mean("spent")), round(float(both.var("spent")), 3)
    (4.0, 2.5, 1.667)
    """

    n: Floats
    means: Mapping[str, Floats] = field(default_factory=dict)
    products: Mapping[Pair, Floats] = field(default_factory=dict)

    def __init__(
        self,
        n: ArrayLike,
        means: Mapping[str, ArrayLike] | None = None,
        products: Mapping[Pair, ArrayLike] | None = None,
    ) -> None:
        units = np.asarray(n, dtype=np.float64)
        if np.any(units < 0):
            raise SpecError(f"Moments: n={units.min():g} units; there cannot be fewer than none.")
        empty = units == 0
        centres = {name: _filled(value, empty) for name, value in (means or {}).items()}
        made = {pair(*key): _filled(value, empty) for key, value in (products or {}).items()}
        lost = sorted({name for key in made for name in key} - set(centres))
        if lost:
            raise SpecError(f"Moments: products of {', '.join(lost)}, which has no mean.")
        for name, value in (("n", units), ("means", centres), ("products", made)):
            object.__setattr__(self, name, value)

    @classmethod
    def of(cls, columns: Mapping[str, ArrayLike] | Any, needs: Needs | None = None) -> Moments:
        """The moments of one set of units, from a column of values each.

        Parameters
        ----------
        columns : mapping or DataFrame
            Name to values, all of one length.
        needs : Needs, optional
            What is wanted; all columns and all pairs by default.
        """
        wanted = Needs.all_of(columns.keys()) if needs is None else needs
        values = {name: np.asarray(columns[name], dtype=np.float64) for name in wanted.columns}
        lengths = {len(value) for value in values.values()}
        if len(lengths) > 1:
            raise SpecError(f"Moments.of: columns of lengths {sorted(lengths)}; give one value for each unit.")
        n = lengths.pop() if lengths else 0
        means = {name: value.mean() if n else 0.0 for name, value in values.items()}
        deviations = {name: value - means[name] for name, value in values.items()}
        return cls(n, means, {(a, b): deviations[a] @ deviations[b] for a, b in wanted.products})

    @classmethod
    def of_sums(
        cls, n: ArrayLike, sums: Mapping[str, ArrayLike], products: Mapping[Pair, ArrayLike] | None = None
    ) -> Moments:
        """From plain sums of columns and of products of columns, such as other tools report.

        Examples
        --------
        >>> float(Moments.of_sums(4, {"y": 10}, {("y", "y"): 30}).var("y"))  # 1, 2, 3, 4
        1.6666666666666667
        """
        units = np.asarray(n, dtype=np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            means = {name: np.asarray(value, dtype=np.float64) / units for name, value in sums.items()}
        centred = {}
        for (a, b), value in (products or {}).items():
            raw = np.asarray(value, dtype=np.float64) - units * means[a] * means[b]
            centred[a, b] = np.maximum(raw, 0.0) if a == b else raw
        return cls(units, means, centred)

    @classmethod
    def stack(cls, cells: Sequence[Moments]) -> Moments:
        """Several moments as the cells of one, along a new first axis."""
        first = cells[0]
        return _made(
            np.array([cell.n for cell in cells]),
            {name: np.array([cell.means[name] for cell in cells]) for name in first.means},
            {key: np.array([cell.products[key] for cell in cells]) for key in first.products},
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The columns."""
        return tuple(self.means)

    def mean(self, name: str) -> Floats:
        """The mean of a column; 0 in a cell without units."""
        return self.means[_known(name, self.means)]

    def sum(self, name: str) -> Floats:
        """The sum of a column."""
        return self.n * self.mean(name)

    def co(self, a: str, b: str) -> Floats:
        """The sum of products of deviations from the means."""
        return self.products[_known(pair(a, b), self.products)]

    def product(self, a: str, b: str) -> Floats:
        """The plain sum of products."""
        return self.co(a, b) + self.n * self.mean(a) * self.mean(b)

    def cov(self, a: str, b: str) -> Floats:
        """The covariance (n - 1); NaN in a cell of fewer than two units."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.n > 1, self.co(a, b) / (self.n - 1), np.nan)

    def var(self, name: str) -> Floats:
        """The variance (n - 1); NaN in a cell of fewer than two units."""
        return self.cov(name, name)

    def vector(self, names: Sequence[str]) -> Floats:
        """The means of `names` along a last axis."""
        return np.stack([self.mean(name) for name in names], axis=-1)

    def matrix(self, names: Sequence[str]) -> Floats:
        """The covariance matrix of `names` along the last two axes."""
        return np.stack([np.stack([self.cov(a, b) for b in names], axis=-1) for a in names], axis=-2)

    def renamed(self, names: Mapping[str, str], needs: Needs) -> Moments:
        """What `needs` asks for, under its names; `names` says what each of them is called here."""
        means = {name: self.mean(names[name]) for name in needs.columns}
        return _made(self.n, means, {(a, b): self.co(names[a], names[b]) for a, b in needs.products})

    def cell(self, where: Any) -> Moments:
        """Some of the cells, by an index of their array."""
        means = {name: np.asarray(value[where]) for name, value in self.means.items()}
        products = {key: np.asarray(value[where]) for key, value in self.products.items()}
        return _made(np.asarray(self.n[where]), means, products)

    def __add__(self, other: Moments) -> Moments:
        if not isinstance(other, Moments):
            return NotImplemented
        if set(self.means) != set(other.means) or set(self.products) != set(other.products):
            raise SpecError(
                f"Moments of {', '.join(self.names)} and of {', '.join(other.names)} do not merge: both need the same "
                "columns and products."
            )
        n = self.n + other.n
        share = np.divide(other.n, n, out=np.zeros_like(n), where=n > 0)
        apart = {name: other.means[name] - self.means[name] for name in self.means}
        both = self.n * share
        means = {name: self.means[name] + apart[name] * share for name in self.means}
        joined = {
            (a, b): value + other.products[a, b] + apart[a] * apart[b] * both for (a, b), value in self.products.items()
        }
        return _made(n, means, joined)

    def __radd__(self, other: object) -> Moments:
        if other == 0:  # where `sum` begins
            return self
        return NotImplemented

    def grouped(self, labels: Any, groups: int) -> Moments:
        """Cells merged by their label, a whole number below `groups`; the cells are those of one axis."""
        n = np.bincount(labels, self.n, groups)

        def mean_of(value: Floats) -> Floats:
            added = np.bincount(labels, self.n * value, groups)
            return np.divide(added, n, out=np.zeros_like(added), where=n > 0)

        means = {name: mean_of(value) for name, value in self.means.items()}
        away = {name: value - means[name][labels] for name, value in self.means.items()}
        joined = {
            (a, b): np.bincount(labels, value + self.n * away[a] * away[b], groups)
            for (a, b), value in self.products.items()
        }
        return Moments(n, means, joined)

    def cumulative(self) -> Moments:
        """Along the first axis, each cell merged with all before it."""
        running = [self.cell(0)]
        for place in range(1, len(self.n)):
            running.append(running[-1] + self.cell(place))
        return Moments.stack(running)


def _made(n: Floats, means: dict[str, Floats], products: dict[Pair, Floats]) -> Moments:
    """Moments from others, which were checked when they were made."""
    made = object.__new__(Moments)
    for name, value in (("n", n), ("means", means), ("products", products)):
        object.__setattr__(made, name, value)
    return made


def _filled(value: ArrayLike, empty: Any) -> Floats:
    """Numbers, 0 where a cell is empty, so that merging with it changes nothing."""
    numbers = np.asarray(value, dtype=np.float64)
    return np.where(empty, 0.0, numbers) if np.any(empty) else numbers


def _known(key: Any, there: Mapping[Any, Any]) -> Any:
    if key not in there:
        raise SpecError(f"Moments: nothing was summed for {key!r}; there are {', '.join(map(repr, there)) or 'none'}.")
    return key
