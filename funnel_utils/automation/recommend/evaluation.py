"""How often would the model have been right? Purchases are held back, and offers are counted against them.

**Leave the last out.** Of everybody who bought something new twice or more, the last new item is held back, and with
it whatever else was new to her at the same moment: a basket is one purchase, and part of it would give the rest away.
The model learns from all that is left and makes `k` offers. A **hit** is an offer that was bought. Recall@k is the
share of what was held back that was offered (of one item: the share of people with a hit); NDCG@k also asks how high
the hit stood (1 for the first place, `1 / log2(1 + rank)` for others).

**A date.** The model learns from what was bought before it, and is asked about what those people bought anew after.
This is the honest one where tastes change: leaving the last out lets the model learn from other people's future. A
person then has a hit when any offer was bought; recall and NDCG count all that she bought.

**Coverage** is the share of the items that anybody was offered. Its interval says how far it would differ with as many
other people of the same kind, by the jackknife over people: only items that a single person was offered depend on who
was asked. By the inequality of Efron and Stein such an interval is rather too wide than too narrow. A bootstrap would
not do: a sample drawn from the people has fewer different ones, and misses items that the people themselves had.

Beside every model stands **popularity**, the same best sellers for everybody. A model that does not beat it has learnt
nothing about people.

References
----------
Efron, B., Stein, C. (1981). The jackknife estimate of variance. Annals of Statistics 9(3), 586-596.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from funnel_utils import export, stats
from funnel_utils.automation.recommend.baskets import Baskets, of_pairs, purchases
from funnel_utils.automation.recommend.model import Recommendations, Recommender
from funnel_utils.errors import LogError, SpecError
from funnel_utils.events.times import instant
from funnel_utils.stats.counts import critical
from funnel_utils.text import t

if TYPE_CHECKING:
    from funnel_utils.events import EventLog


@dataclass(frozen=True, eq=False, repr=False)
class Evaluation:
    """The models beside each other.

    Attributes
    ----------
    table : DataFrame
        A row a model: `model`, `k`, `people` (asked about), `hits` (people with one), `hit_rate` with its Wilson
        interval `low` to `high`, `recall` and `ndcg` (means over people) each with `…_low` and `…_high` (normal),
        `offered` (different items), `of_items` and `coverage` with `coverage_low` to `coverage_high` (jackknife).
    differences : DataFrame
        A row a model but the first row's, popularity: `model`, `difference` of hit rates with the interval of paired
        people `low` to `high`.
    how : str
    """

    table: pd.DataFrame
    differences: pd.DataFrame
    how: str

    @property
    def verdict(self) -> str:
        """Whether the best model beats the best sellers, in one sentence."""
        rows = self.table.set_index("model")
        best = self.differences.sort_values("difference", ascending=False, kind="stable").iloc[0]
        word = "better" if best["low"] > 0 else "worse" if best["high"] < 0 else "even"
        return t(
            f"recommend.verdict.{word}",
            model=best["model"],
            k=int(rows["k"].iloc[0]),
            people=f"{int(rows['people'].iloc[0]):,}",
            rate=f"{rows.loc[best['model'], 'hit_rate']:.1%}",
            popular=f"{rows['hit_rate'].iloc[0]:.1%}",
            difference=f"{100 * best['difference']:+.1f}",
            low=f"{100 * best['low']:+.1f}",
            high=f"{100 * best['high']:+.1f}",
        )

    def __repr__(self) -> str:
        return self.verdict

    def to_frame(self) -> pd.DataFrame:
        """The models, as a copy of your own."""
        return self.table.copy()

    def to_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write the models as CSV, formulas defused."""
        return export.to_csv(self.table, path)

    def to_parquet(self, path: str | os.PathLike[str]) -> Path:
        """Write the models as Parquet."""
        return export.to_parquet(self.table, path)


def evaluate(
    log: EventLog, models: Mapping[str, Recommender] | Recommender | None = None, *, k: int = 5, at: Any = None
) -> Evaluation:
    """Compare recommenders on purchases held back.

    Parameters
    ----------
    log : EventLog
    models : Recommender, or mapping of name to Recommender, optional
        All with one `event` and `item`; popularity with the settings of the first is always added. Item to item by
        default.
    k : int
        Offers to each person.
    at : timestamp, optional
        Learn from what came before it and ask about what came after; leave the last out if not given.

    Returns
    -------
    Evaluation

    Raises
    ------
    LogError
        If nobody bought enough to be asked about.
    SpecError
        If the models disagree about what a purchase is, or one may offer what people have already.
    """
    asked = {"item-item": Recommender()} if models is None else models
    asked = {asked.model: asked} if isinstance(asked, Recommender) else dict(asked)
    first = next(iter(asked.values()), None)
    if first is None or isinstance(k, bool) or not isinstance(k, int) or k < 1:
        raise SpecError(f"evaluate takes one model or more and k of 1 or more; got {list(asked)} and k={k!r}.")
    if len({(one.event, one.item) for one in asked.values()}) > 1:
        raise SpecError("evaluate: the models name different events or items, so they answer different questions.")
    if any(one.again for one in asked.values()):
        raise SpecError("evaluate: again=True offers what people have, and only new items are held back.")
    past, held = _held_back(log, first, at)
    everybody = {"popularity": replace(first, model="popularity")} | asked
    answers = {name: _answers(Recommendations(one, past), held, k) for name, one in everybody.items()}
    table = pd.DataFrame([_row(name, *found, past, k) for name, found in answers.items()])
    plain = answers["popularity"][0]
    differences = pd.DataFrame(
        [_paired(name, found[0], plain) for name, found in answers.items() if name != "popularity"],
        columns=["model", "difference", "low", "high"],
    )
    how = t("recommend.how.last") if at is None else t("recommend.how.date", at=instant(at, log.report_tz, "at"))
    return Evaluation(table, differences, how)


def _held_back(log: EventLog, asked: Recommender, at: Any) -> tuple[Baskets, Baskets]:
    """What the models learn from, and what they are asked about: people in one order, items in one order."""
    rows = purchases(log, asked.event, asked.item)
    # The first time of each item: buying it again is no news.
    seen = rows.group_by("user", item=rows[asked.item]).aggregate(at=rows["timestamp"].min()).to_pandas()
    if at is None:
        times = seen.groupby("user")["at"]
        last = (seen["at"] == times.transform("max")) & (seen["at"] > times.transform("min"))
        before, after = seen[~last], seen[last]
    else:
        moment = instant(at, log.report_tz, "at")
        assert moment is not None, "a moment was given"
        later = seen["at"] >= moment.tz_localize(None)
        before, after = seen[~later], seen[later]
    if before.empty:
        raise LogError("evaluate: nothing was bought before that date, so there is nothing to learn from.")
    past = of_pairs(before["user"], before["item"])
    after = after[after["user"].isin(past.people) & after["item"].isin(past.items)]
    if after.empty:
        raise LogError("evaluate: nobody bought a second item that the model could know; there is nobody to ask about.")
    return past, of_pairs(after["user"], after["item"], like=past)


def _answers(model: Recommendations, held: Baskets, k: int) -> tuple[Any, Any, Any, int, float]:
    """For each person a hit (0 or 1), recall and NDCG; the number of items offered, and its standard error."""
    places, _, _ = model.best(model.baskets.of(list(held.people)), k)
    rows = np.arange(len(held.people))[:, None]
    right = np.asarray(held.bought[rows, np.maximum(places, 0)].todense()) * (places >= 0)
    wanted = np.asarray(held.bought.sum(axis=1)).ravel()
    gain = 1 / np.log2(np.arange(places.shape[1]) + 2)
    ideal = np.cumsum(gain)[np.minimum(wanted, places.shape[1]).astype(int) - 1]
    hits = right.any(axis=1).astype(float)
    items, offers = np.unique(places[places >= 0], return_counts=True)
    return hits, right.sum(axis=1) / wanted, right @ gain / ideal, len(items), _jackknife(places, items[offers == 1])


def _jackknife(places: Any, single: Any) -> float:
    """The standard error of the number of items offered, from the items that would be lost with each person."""
    lost = np.isin(places, single).sum(axis=1)
    return float(np.sqrt(((lost - lost.mean()) ** 2).sum()))


def _row(
    name: str, hits: Any, recall: Any, ndcg: Any, offered: int, error: float, past: Baskets, k: int
) -> dict[str, Any]:
    people, found = len(hits), int(hits.sum())
    low, high = stats.wilson(found, people)
    row = {"model": name, "k": k, "people": people, "hits": found, "hit_rate": found / people}
    row |= {"low": float(low[0]), "high": float(high[0])}
    for measure, values in (("recall", recall), ("ndcg", ndcg)):
        mean, half = float(values.mean()), _half(values)
        row |= {measure: mean, f"{measure}_low": mean - half, f"{measure}_high": mean + half}
    of, half = len(past.items), critical(stats.ALPHA) * error if people > 1 else float("nan")
    row |= {"offered": offered, "of_items": of, "coverage": offered / of}
    low, high = np.clip([(offered - half) / of, (offered + half) / of], 0, 1)
    return row | {"coverage_low": float(low), "coverage_high": float(high)}


def _paired(name: str, hits: Any, plain: Any) -> tuple[str, float, float, float]:
    """The difference of two hit rates of the same people, with its normal interval."""
    apart = hits - plain
    half = _half(apart)
    return name, float(apart.mean()), float(apart.mean()) - half, float(apart.mean()) + half


def _half(values: Any) -> float:
    """Half the width of the normal interval of a mean over people."""
    return critical(stats.ALPHA) * float(values.std(ddof=1)) / len(values) ** 0.5 if len(values) > 1 else float("nan")
