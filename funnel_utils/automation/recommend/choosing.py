"""Choosing the best offers of many people: compiled, because a table of everybody by every item is too large."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

Array = np.ndarray[Any, Any]


@njit(cache=True, nogil=True)
def choose(
    first: Array,
    basket: Array,
    alike_first: Array,
    alike_item: Array,
    alike: Array,
    worth: Array,
    sellers: Array,
    again: bool,
    places: Array,
    scores: Array,
    chosen: Array,
) -> None:  # pragma: no cover - compiled
    """Fill `places` (columns of items, -1: none), `scores` and `chosen` (1: by likeness), a row a person.

    `first` and `basket` are the people's rows, `alike_*` the likeness of the items to each item, both as compressed
    rows; `sellers` are the items from the best to the worst seller by worth. Of equal scores the earlier column wins.
    """
    wanted = places.shape[1]
    total = np.zeros(len(worth))
    has = np.zeros(len(worth), dtype=np.bool_)
    touched = np.empty(len(worth), dtype=np.int64)
    for person in range(len(first) - 1):
        mine = basket[first[person] : first[person + 1]]
        count = 0
        for item in mine:
            has[item] = True
        for item in mine:
            for k in range(alike_first[item], alike_first[item + 1]):
                other = alike_item[k]
                if total[other] == 0.0:
                    touched[count] = other
                    count += 1
                total[other] += alike[k]
        filled = 0
        for k in range(count):
            other = touched[k]
            if worth[other] > 0.0 and (again or not has[other]):
                filled = _insert(places[person], scores[person], filled, other, total[other] * worth[other])
        for rank in range(filled):
            chosen[person, rank] = 1
        for other in sellers:
            if filled == wanted:
                break
            if total[other] == 0.0 and worth[other] > 0.0 and (again or not has[other]):
                places[person, filled] = other
                filled += 1
        for k in range(count):
            total[touched[k]] = 0.0
        for item in mine:
            has[item] = False


@njit(cache=True, nogil=True)
def _insert(places: Array, scores: Array, filled: int, item: int, score: float) -> int:  # pragma: no cover - compiled
    """Put an item among the best so far, which stay sorted; how many there are then."""
    at = filled
    while at > 0 and (scores[at - 1] < score or (scores[at - 1] == score and places[at - 1] > item)):
        at -= 1
    if at == len(places):
        return filled
    for k in range(min(filled, len(places) - 1), at, -1):
        places[k], scores[k] = places[k - 1], scores[k - 1]
    places[at], scores[at] = item, score
    return min(filled + 1, len(places))
