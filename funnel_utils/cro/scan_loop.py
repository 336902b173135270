"""The compiled loops of `scan`. In a file of their own, for Numba is slow to import."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

Array = np.ndarray[Any, Any]


# Sums may be taken in any order here, which lets the processor take several rows at once.
@njit(cache=True, nogil=True, fastmath={"reassoc", "nsz", "contract"})
def add(indices: Array, arm: int, values: Array, centre: Array, pairs: Array, sums: Array, products: Array) -> float:
    """Add the rows of one arm to its sums, around a centre; how many they are.

    `values[c, i]` is column c of row i, and `indices[i]` its arm.
    """
    rows = indices.shape[0]
    n = 0.0
    for i in range(rows):
        n += 1.0 if indices[i] == arm else 0.0
    for c in range(values.shape[0]):
        column, middle, total = values[c], centre[c], 0.0
        for i in range(rows):
            total += column[i] - middle if indices[i] == arm else 0.0
        sums[c] += total
    for k in range(pairs.shape[0]):
        one, other = values[pairs[k, 0]], values[pairs[k, 1]]
        a, b, total = centre[pairs[k, 0]], centre[pairs[k, 1]], 0.0
        for i in range(rows):
            total += (one[i] - a) * (other[i] - b) if indices[i] == arm else 0.0
        products[k] += total
    return n
