"""Two recommenders: what sells best, and what is bought by the people who bought the same things.

**Item to item.** Two items are alike as far as the same people bought both: the cosine of their columns,
`n(i and j) / sqrt(n(i) n(j))`, made smaller for rare pairs by `shrink` (`n(i and j) / (sqrt(n(i) n(j)) + shrink)`), so
that two items bought once by the same person are not taken for twins. A person's score of an item is the sum of its
likeness to what she has. Only the `neighbours` most alike of each item count.

**What may be offered.** Not what she has already (unless `again`), only eligible items (in stock, allowed), and, where
margins are given, ranked by score times margin: what an offer is worth, not only how likely it is. Whoever leaves no
score (a newcomer) is offered the best sellers, and the table says so.

References
----------
Sarwar, B., Karypis, G., Konstan, J., Riedl, J. (2001). Item-based collaborative filtering recommendation algorithms.
WWW 10, 285-295. Deshpande, M., Karypis, G. (2004). Item-based top-N recommendation algorithms. ACM TOIS 22, 143-177.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from funnel_utils.automation.recommend.baskets import Baskets, baskets
from funnel_utils.errors import SpecError

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

    from funnel_utils.events import EventLog


@dataclass(frozen=True)
class Recommender:
    """What is asked of a recommender.

    Parameters
    ----------
    event, item : str
        The event that is a purchase, and the property that names what was bought.
    model : {"item-item", "popularity"}
    neighbours : int
        How many alike items of each item count.
    shrink : float
        How strongly rare pairs are held back; 0 for the plain cosine.
    again : bool
        Whether items that a person has already may be offered, as for things that are used up.
    eligible : iterable, optional
        The items that may be offered; all by default.
    margin : mapping of item to float, optional
        What one sale of each item leaves, zero or more; items without a margin are not offered.

    Raises
    ------
    SpecError
        If a field is not valid.

    Examples
    --------
    >>> from funnel_utils import EventLog
    >>> def bought(*items):
    ...     return [(f"purchase@{day}d", {"item": item}) for day, item in enumerate(items)]
    >>> log = EventLog.from_story(
    ...     {
    ...         "ana": bought("kettle", "cups"),
    ...         "ben": bought("kettle", "cups", "tray"),
    ...         "eli": bought("kettle"),
    ...         "roya": bought("lamp"),
    ...     }
    ... )
    >>> Recommender(shrink=0).fit(log).top(2, users=["eli"])[["item", "score"]].round(2).values.tolist()
    [['cups', 0.82], ['tray', 0.58]]
    """

    event: str = "purchase"
    item: str = "item"
    model: Literal["item-item", "popularity"] = "item-item"
    neighbours: int = 50
    shrink: float = 5.0
    again: bool = False
    eligible: Iterable[Any] | None = None
    margin: Mapping[Any, float] | None = None

    def __post_init__(self) -> None:
        if self.model not in ("item-item", "popularity"):
            raise SpecError(f'model={self.model!r} is neither "item-item" nor "popularity".')
        if isinstance(self.neighbours, bool) or not isinstance(self.neighbours, int) or self.neighbours < 1:
            raise SpecError(f"neighbours={self.neighbours!r}: give a whole number of 1 or more.")
        for name in ("event", "item"):
            if not isinstance(getattr(self, name), str) or not getattr(self, name).strip():
                raise SpecError(f"{name}={getattr(self, name)!r}: give its name.")
        if not _is_amount(self.shrink):
            raise SpecError(f"shrink={self.shrink!r}: give zero or more.")
        if self.eligible is not None:
            if isinstance(self.eligible, str) or not isinstance(self.eligible, Iterable):
                raise SpecError(f"eligible={self.eligible!r} is no list; give a list of items.")
            object.__setattr__(self, "eligible", frozenset(self.eligible))
            if not self.eligible:
                raise SpecError("eligible is empty: nothing could be offered.")
        if self.margin is not None:
            wrong = {item: value for item, value in self.margin.items() if not _is_amount(value)}
            if wrong:
                raise SpecError(f"margin: {dict(list(wrong.items())[:3])!r}: a margin is a number of zero or more.")
            object.__setattr__(self, "margin", dict(self.margin))

    def fit(self, log: EventLog) -> Recommendations:
        """Learn from a log (use `log.between(end=…)` to learn from its past only).

        Raises
        ------
        LogError
            If there is nothing to learn from.
        """
        return Recommendations(self, baskets(log, self.event, self.item))


def _is_amount(value: Any) -> bool:
    """Whether a value is a number of zero or more."""
    return isinstance(value, int | float | np.number) and not isinstance(value, bool) and 0 <= float(value) < np.inf


@dataclass(frozen=True, eq=False)
class Recommendations:
    """A fitted recommender.

    Attributes
    ----------
    recommender : Recommender
    baskets : Baskets
    """

    recommender: Recommender
    baskets: Baskets

    @cached_property
    def likeness(self) -> csr_matrix:
        """Item by item: how alike two items are; only the strongest `neighbours` of each column's item are kept."""
        from scipy.sparse import csc_matrix

        bought = self.baskets.bought
        together = (bought.T @ bought).toarray().astype(np.float64)
        buyers = np.diag(together).copy()
        np.fill_diagonal(together, 0.0)
        with np.errstate(invalid="ignore"):
            alike = together / (np.sqrt(np.outer(buyers, buyers)) + self.recommender.shrink)
        keep = min(self.recommender.neighbours, len(alike))
        # Ties go to the better seller, which comes first: a stable order makes the cut the same everywhere.
        order = np.argsort(-alike, axis=0, kind="stable")[:keep]
        columns = np.broadcast_to(np.arange(len(alike)), order.shape)
        kept = csc_matrix((alike[order, columns].ravel(), (order.ravel(), columns.ravel())), shape=alike.shape)
        kept.eliminate_zeros()
        return kept.tocsr()

    @cached_property
    def _worth(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """What each item's score is multiplied with: its margin, 1 without margins, 0 where it may not be offered."""
        items, asked = self.baskets.items, self.recommender
        worth = np.ones(len(items)) if asked.margin is None else np.array([asked.margin.get(i, 0.0) for i in items])
        if asked.eligible is not None:
            worth = np.where(items.isin(list(asked.eligible)), worth, 0.0)
        if not (worth > 0).any():
            raise SpecError("none of the items that were bought is eligible and has a margin; nothing can be offered.")
        return np.asarray(worth, dtype=np.float64)

    def top(self, n: int = 5, *, users: Sequence[Any] | None = None) -> pd.DataFrame:
        """The best offers for each person.

        Parameters
        ----------
        n : int
            How many for each; fewer where nothing more may be offered.
        users : sequence, optional
            These people, in this order; all by default. Somebody unknown is offered the best sellers.

        Returns
        -------
        DataFrame
            A row an offer: `user`, `rank` from 1, `item`, `score` (times margin, where given), and `because`:
            `"alike"` or `"best seller"`.
        """
        if isinstance(n, bool) or not isinstance(n, int) or n < 1:
            raise SpecError(f"n={n!r}: give a whole number of 1 or more.")
        people = self.baskets.people if users is None else pd.Index(users, name="user")
        places, scores, alike = self.best(self.baskets.of(users), n)
        row, rank = np.nonzero(places >= 0)
        return pd.DataFrame(
            {
                "user": people.to_numpy()[row],
                "rank": rank + 1,
                "item": self.baskets.items.to_numpy()[places[row, rank]],
                "score": scores[row, rank],
                "because": np.where(alike[row, rank], "alike", "best seller"),
            }
        )

    def best(self, bought: csr_matrix, n: int) -> tuple[Any, Any, Any]:
        """The columns of the best `n` items of each row (-1: none), their scores, and whether likeness chose them."""
        from scipy.sparse import csr_matrix

        from funnel_utils.automation.recommend.choosing import choose

        items = len(self.baskets.items)
        shape = (bought.shape[0], min(n, items))
        places, scores, alike = np.full(shape, -1), np.zeros(shape), np.zeros(shape, dtype=np.uint8)
        likeness = self.likeness if self.recommender.model == "item-item" else csr_matrix((items, items))
        sold = self.baskets.buyers / len(self.baskets.people) * self._worth
        choose(
            bought.indptr,
            bought.indices,
            likeness.indptr,
            likeness.indices,
            likeness.data,
            self._worth,
            np.argsort(-sold, kind="stable"),
            self.recommender.again,
            places,
            scores,
            alike,
        )
        by_likeness = alike.astype(bool)
        return places, np.where(by_likeness, scores, sold[places]), by_likeness

    def similar(self, item: Any, n: int = 5) -> pd.DataFrame:
        """The items most alike to one.

        Returns
        -------
        DataFrame
            `item`, `together` (people who bought both), `buyers` (of the other item), `likeness`.

        Raises
        ------
        SpecError
            If nobody bought the item.
        """
        if item not in self.baskets.items:
            raise SpecError(f"item={item!r} was bought by nobody; there are {len(self.baskets.items):,} others.")
        place = self.baskets.items.get_loc(item)
        alike = self.likeness[:, [place]].toarray().ravel()
        order = [k for k in np.argsort(-alike, kind="stable")[:n] if alike[k] > 0]
        both = (self.baskets.bought.T @ self.baskets.bought[:, [place]]).toarray().ravel()
        return pd.DataFrame(
            {
                "item": self.baskets.items.to_numpy()[order],
                "together": both[order].astype(np.int64),
                "buyers": self.baskets.buyers[order],
                "likeness": alike[order],
            }
        )
