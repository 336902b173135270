"""Who bought what: one sparse row a person, one column an item, from one grouped aggregate in the engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from funnel_utils.errors import LogError
from funnel_utils.events.fields import missing

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

    from funnel_utils.events import EventLog


@dataclass(frozen=True, eq=False)
class Baskets:
    """People and the items that each of them has bought at least once.

    Attributes
    ----------
    people : pandas.Index
        The ids, in order: a row of `bought` each.
    items : pandas.Index
        The items, the best seller first (by people; ties by name): a column each.
    bought : scipy.sparse.csr_matrix
        1 where a person bought the item; indices of a row are sorted.
    """

    people: pd.Index
    items: pd.Index
    bought: csr_matrix

    @property
    def buyers(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        """How many people bought each item."""
        return np.asarray(self.bought.sum(axis=0), dtype=np.int64).ravel()

    def of(self, users: Sequence[Any] | None) -> csr_matrix:
        """The rows of these people in the order given (all of them by default); empty for somebody unknown."""
        from scipy.sparse import csr_matrix, vstack

        if users is None:
            return self.bought
        places = self.people.get_indexer(pd.Index(users))
        padded = vstack([self.bought, csr_matrix((1, len(self.items)))], format="csr")
        return padded[np.where(places < 0, len(self.people), places)]


def purchases(log: EventLog, event: str, item: str) -> Any:
    """The rows of the log that are a purchase of a named item.

    Raises
    ------
    LogError
        If the property is not there.
    """
    table: Any = log.table
    if item not in table.columns:
        raise LogError(missing(item, log.properties, "item"))
    return table.filter((table["event"] == event) & table[item].notnull())


def baskets(log: EventLog, event: str, item: str) -> Baskets:
    """The baskets of a log.

    Parameters
    ----------
    log : EventLog
    event : str
        The event that is a purchase of an item (one row an item).
    item : str
        The property that names the item; rows without it are not counted.

    Raises
    ------
    LogError
        If the property is not there, or no such event has it.
    """
    rows = purchases(log, event, item)
    pairs = rows.select("user", item=rows[item]).distinct().to_pandas()
    if pairs.empty:
        raise LogError(f"no event {event!r} has a {item!r}; give event= and item= as the log calls them.")
    return of_pairs(pairs["user"], pairs["item"])


def of_pairs(users: Any, items: Any, *, like: Baskets | None = None) -> Baskets:
    """Baskets from distinct pairs of user and item; `like`: with the same items in the same columns."""
    from scipy.sparse import csr_matrix

    people = pd.Index(pd.Series(users).drop_duplicates().sort_values(), name="user")
    if like is None:
        counts = pd.Series(items).value_counts()
        by_name = counts.sort_index().sort_values(ascending=False, kind="stable")
        names = pd.Index(by_name.index, name="item")
    else:
        names = like.items
    columns = names.get_indexer(pd.Index(items))
    known = columns >= 0
    rows = people.get_indexer(pd.Index(users))[known]
    made = csr_matrix((np.ones(known.sum(), dtype=np.float32), (rows, columns[known])), shape=(len(people), len(names)))
    made.sort_indices()
    return Baskets(people, names, made)
