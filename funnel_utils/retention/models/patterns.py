"""Customers with the same history are one pattern with a count.

A model sees three numbers of a customer: how often she bought again, when last, and for how long she has been watched.
In a shop that dates its orders by the day, a million customers have a few ten thousand different histories, and the
parts of a likelihood depend on even fewer different numbers. All work is done once for each.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from funnel_utils.stats import Floats

Codes = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Distinct:
    """The distinct values of an array, and where each element finds its own among them."""

    values: Floats
    codes: Codes

    @classmethod
    def of(cls, array: Any) -> Distinct:
        """Find them by hashing: no sort of a long array."""
        import pandas as pd

        codes, values = pd.factorize(np.asarray(array, dtype=float))
        return cls(np.asarray(values, dtype=float), np.asarray(codes, dtype=np.int64))


def dot(one: Floats, other: Floats) -> float:
    """The sum of products. Beyond ten thousand elements `@` starts threads that wait for each other longer than they
    work; this does not."""
    return float(np.einsum("i,i->", one, other))


def pairs(one: Distinct, other: Distinct) -> tuple[Codes, Codes, Codes]:
    """The distinct pairs of two columns: places in `one.values`, places in `other.values`, and the code of each row."""
    import pandas as pd

    size = max(len(other.values), 1)
    codes, packed = pd.factorize(one.codes * size + other.codes)
    found = np.asarray(packed, dtype=np.int64)
    return found // size, found % size, np.asarray(codes, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Patterns:
    """Distinct histories.

    Attributes
    ----------
    x : ndarray
        Repeat purchases.
    t_x : ndarray
        Age at the last purchase, in the summary's unit; 0 for those who never bought again.
    age : ndarray
        Age at the end of observation (`T` in the literature).
    count : ndarray
        Customers with this history.
    code : ndarray
        For each customer the place of her history.
    """

    x: Floats
    t_x: Floats
    age: Floats
    count: Floats
    code: Codes

    @classmethod
    def of(cls, x: Any, t_x: Any, age: Any, count: Any = None) -> Patterns:
        """Collapse one row a customer (or, with `count`, a row for several).

        Examples
        --------
        >>> found = Patterns.of([0, 2, 0], [0, 5, 0], [9, 9, 9])
        >>> found.x.tolist(), found.count.tolist(), found.code.tolist()
        ([0.0, 2.0], [2.0, 1.0], [0, 1, 0])
        """
        number, last, now = (Distinct.of(column) for column in (x, t_x, age))
        at_number, at_last, code = pairs(number, last)
        at_pair, at_now, code = pairs(Distinct(np.empty(len(at_number)), code), now)
        counted = np.bincount(code, None if count is None else np.asarray(count, dtype=float), len(at_pair))
        histories = number.values[at_number[at_pair]], last.values[at_last[at_pair]], now.values[at_now]
        return cls(*histories, counted.astype(float), code)

    @cached_property
    def by_x(self) -> Distinct:
        """The distinct numbers of repeat purchases."""
        return Distinct.of(self.x)

    @cached_property
    def by_last(self) -> Distinct:
        """The distinct ages at the last purchase."""
        return Distinct.of(self.t_x)

    @cached_property
    def by_age(self) -> Distinct:
        """The distinct ages."""
        return Distinct.of(self.age)

    @cached_property
    def x_and_moment(self) -> tuple[Floats, Floats, Codes, Codes]:
        """Every distinct pair of (repeat purchases, moment), where a moment is an age at the last purchase or an age.

        Returns
        -------
        tuple
            The pairs' `x` and moment, and for each pattern the place of its pair with `t_x` and of that with `age`.
        """
        both = Distinct.of(np.concatenate([self.t_x, self.age]))
        number = Distinct(self.by_x.values, np.tile(self.by_x.codes, 2))
        at_x, at_moment, code = pairs(number, both)
        half = len(self.x)
        return self.by_x.values[at_x], both.values[at_moment], code[:half], code[half:]

    @cached_property
    def x_and_age(self) -> tuple[Floats, Floats, Codes]:
        """Every distinct pair of (repeat purchases, age), and for each pattern the place of its own."""
        at_x, at_age, code = pairs(self.by_x, self.by_age)
        return self.by_x.values[at_x], self.by_age.values[at_age], code

    @cached_property
    def customers_by_x(self) -> Floats:
        """Customers for each distinct number of repeat purchases."""
        return np.bincount(self.by_x.codes, self.count, len(self.by_x.values)).astype(float)

    @cached_property
    def customers_by_age(self) -> Floats:
        """Customers for each distinct age."""
        return np.bincount(self.by_age.codes, self.count, len(self.by_age.values)).astype(float)

    @cached_property
    def total(self) -> float:
        """All customers."""
        return float(self.count.sum())

    @cached_property
    def bought_by_age(self) -> Floats:
        """Repeat purchases of all customers of each distinct age."""
        ages = self.by_age
        return np.bincount(ages.codes, self.count * self.x, len(ages.values)).astype(float)
