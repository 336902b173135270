"""Personas: groups of people who behave alike, with a plain profile, and a measure of whether they are really there.

k-means on standardised features (counts and money as log(1 + x)) finds groups in any data, groups or not. So each
number of groups is tried again from other seeds, and on random halves of the people; the adjusted Rand index says how
far the partitions agree (1 the same, 0 as by chance). A partition is **stable** where both agree to 0.8 or more on
average. The number of groups is chosen by a stated rule: among the numbers tried that are stable and leave no group
with fewer than 5% of the people, the one with the largest mean silhouette. If none is stable, the steadiest one is
shown and said not to be stable: then there are no personas, only cuts through a cloud. A stable cut may still go
through one cloud, along its longest side; a silhouette below 0.5 is said to be weak (Kaufman and Rousseeuw's reading).

References
----------
Hubert, L., Arabie, P. (1985). Comparing partitions. J. Classification 2, 193-218 (adjusted Rand index).
Kaufman, L., Rousseeuw, P. J. (1990). Finding Groups in Data. Wiley, chapter 2.
Rousseeuw, P. J. (1987). Silhouettes. J. Computational and Applied Mathematics 20, 53-65.
Ben-Hur, A., Elisseeff, A., Guyon, I. (2002). A stability based method for discovering structure in clustered data.
Pacific Symposium on Biocomputing, 6-17.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from funnel_utils import stats
from funnel_utils.errors import LogError, SpecError
from funnel_utils.export import to_csv
from funnel_utils.plan.features import Feature, features_of
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from funnel_utils.events import EventLog

Floats = NDArray[np.float64]

STABLE = 0.8
SMALLEST = 0.05
#: Silhouettes compare everybody with everybody; more people than this are sampled for them.
SILHOUETTE_PEOPLE = 3000
#: A silhouette below this is weak.
WEAK = 0.5


@dataclass(frozen=True, eq=False, repr=False)
class Personas:
    """Groups of people.

    Attributes
    ----------
    profiles : DataFrame
        A row per persona, the largest first: `persona` (number from 1), `name`, `people`, `of` (people clustered),
        `share`, `low`, `high` (Wilson), `profile` (a sentence).
    features : DataFrame
        A row per persona and feature: `persona`, `feature`, `label`, `kind`, `mean`, `median`, `everybody` (the mean of
        all), `distance` (of the means, in standard deviations of the clustered scale).
    tried : DataFrame
        A row per number of groups: `groups`, `silhouette`, `reseeded` and `resampled` (mean adjusted Rand index),
        `smallest` (share), `stable`, `chosen`.
    assigned : DataFrame
        `user`, `persona` of the people clustered.
    people : int
        People in the log; more than were clustered where a sample was taken.
    stable : bool
    """

    profiles: pd.DataFrame
    features: pd.DataFrame
    tried: pd.DataFrame
    assigned: pd.DataFrame
    people: int
    stable: bool

    @property
    def verdict(self) -> str:
        """How many groups there are, whether they are stable, and who they are."""
        row = self.tried[self.tried["chosen"]].iloc[0]
        words = {
            "n": len(self.profiles),
            "reseeded": f"{row['reseeded']:.2f}",
            "resampled": f"{row['resampled']:.2f}",
            "silhouette": f"{row['silhouette']:.2f}",
        }
        said = t("personas.stable" if self.stable else "personas.not_stable", **words)
        if row["silhouette"] < WEAK:
            said += " " + t("personas.weak")
        named = "; ".join(f"{row['name']} ({row['share']:.0%})" for row in self.profiles.to_dict("records"))
        return f"{said} {named}."

    def plot(self) -> Figure:
        """Each persona's features against everybody's."""
        from funnel_utils.charts.personas import personas_chart

        return personas_chart(self)

    def to_frame(self) -> pd.DataFrame:
        """A copy of the profiles."""
        return self.profiles.copy()

    def to_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write the profiles as CSV, formulas defused."""
        return to_csv(self.profiles, path)

    def _repr_html_(self) -> str:
        from html import escape

        shown = self.profiles.to_html(index=False, escape=True)
        return f"<div><p>{escape(self.verdict)}</p>{shown}</div>"

    def __repr__(self) -> str:
        return f"Personas: {self.verdict}"


def personas(
    log: EventLog,
    *,
    groups: int | Sequence[int] = (2, 3, 4, 5, 6, 7),
    purchase: str | Sequence[str] = "purchase",
    shares: Mapping[str, Mapping[str, Any]] | None = None,
    events: Sequence[str] | None = None,
    value: str = "value",
    people: int = 20_000,
    refits: int = 10,
    seed: int = 0,
) -> Personas:
    """Group the people of a log.

    Parameters
    ----------
    log : EventLog
    groups : int or sequence of int
        Numbers of groups to try; one number is taken as it is, and still judged.
    purchase, shares, events, value, people
        What is known of each person: see `features.features_of`.
    refits : int
        How often each number is fitted again from another seed, and on another random half.
    seed : int
        The same seed gives the same personas.

    Raises
    ------
    SpecError
        If a number of groups is below 2, or there are fewer than 20 people for each group.
    LogError
        If the log is empty, or all people are alike.

    Examples
    --------
    >>> from funnel_utils import EventLog
    >>> looking = {f"v{k}": ["visit@0", f"visit@{k % 3}h"] for k in range(60)}
    >>> buying = {f"b{k}": [*(f"visit@{day}d" for day in range(9)), ("purchase@9d", {"value": 9.0})] for k in range(40)}
    >>> found = personas(EventLog.from_story(looking | buying), groups=2, refits=3)
    >>> found.stable, found.profiles["people"].tolist()
    (True, [60, 40])
    """
    wanted = sorted({groups} if isinstance(groups, int) else set(groups))
    if not wanted or any(isinstance(n, bool) or not isinstance(n, int) or n < 2 for n in wanted):
        raise SpecError(f"groups={groups!r} is not allowed; give numbers of 2 or more.")
    if refits < 2:
        raise SpecError(f"refits={refits!r}: stability needs at least 2.")
    bought = (purchase,) if isinstance(purchase, str) else tuple(purchase)
    named = None if events is None else tuple(events)
    frame, features, total = features_of(log, purchase=bought, shares=shares, events=named, value=value, people=people)
    few = [n for n in wanted if len(frame) >= 20 * n]
    if not few or (isinstance(groups, int) and groups not in few):
        raise SpecError(f"groups={groups!r}: {len(frame)} people are too few; a group needs 20 of them on average.")
    points, kept = _standardised(frame, features)
    tried, labels = _try_all(points, few, refits, seed)
    place = _chosen(tried)
    tried["chosen"] = tried.index == place
    return _named(frame, kept, points, labels[place], tried, total)


def _standardised(frame: pd.DataFrame, features: list[Feature]) -> tuple[Floats, list[Feature]]:
    """Columns of mean 0 and deviation 1; those that are the same for everybody say nothing and are left out."""
    columns, kept = [], []
    for one in features:
        column = one.scaled(frame[one.name])
        deviation = float(column.std())
        if deviation > 1e-9:
            columns.append((column - column.mean()) / deviation)
            kept.append(one)
    if not kept:
        raise LogError("All people of this log did the same, so there are no groups among them.")
    return np.column_stack(columns), kept


def _try_all(points: Floats, wanted: list[int], refits: int, seed: int) -> tuple[pd.DataFrame, list[NDArray[np.int64]]]:
    from sklearn.metrics import adjusted_rand_score, silhouette_score

    rng = np.random.default_rng(seed)
    rows, partitions = [], []
    size = min(len(points), SILHOUETTE_PEOPLE)
    for n in wanted:
        labels = _fit(points, n, seed).labels_.astype(np.int64)
        again = [_fit(points, n, seed + 1 + k).labels_ for k in range(refits)]
        halves = [_half(points, n, seed + 1 + k, rng) for k in range(refits)]
        rows.append(
            {
                "groups": n,
                "silhouette": _silhouette(silhouette_score, points, labels, size, seed),
                "reseeded": float(np.mean([adjusted_rand_score(labels, other) for other in again])),
                "resampled": float(np.mean([adjusted_rand_score(labels, other) for other in halves])),
                "smallest": float(np.bincount(labels, minlength=n).min() / len(labels)),
            }
        )
        partitions.append(labels)
    tried = pd.DataFrame(rows)
    tried["stable"] = (tried["reseeded"] >= STABLE) & (tried["resampled"] >= STABLE)
    return tried, partitions


def _silhouette(score: Any, points: Floats, labels: NDArray[np.int64], size: int, seed: int) -> float:
    return float(score(points, labels, sample_size=size, random_state=seed)) if len(set(labels)) > 1 else float("nan")


def _fit(points: Floats, n: int, seed: int) -> Any:
    from sklearn.cluster import KMeans

    return KMeans(n, n_init=5, random_state=seed).fit(points)


def _half(points: Floats, n: int, seed: int, rng: np.random.Generator) -> Any:
    """Everybody's group by centres that were found in a random half."""
    chosen = rng.permutation(len(points))[: max(n, len(points) // 2)]
    return _fit(points[chosen], n, seed).predict(points)


def _chosen(tried: pd.DataFrame) -> int:
    """The rule: the largest silhouette among stable numbers without tiny groups, else the steadiest."""
    good = tried[tried["stable"] & (tried["smallest"] >= SMALLEST)]
    if len(good):
        return int(good.index[int(good["silhouette"].argmax())])
    return int(tried[["reseeded", "resampled"]].min(axis=1).argmax())


def _named(
    frame: pd.DataFrame,
    kept: list[Feature],
    points: Floats,
    labels: NDArray[np.int64],
    tried: pd.DataFrame,
    total: int,
) -> Personas:
    from funnel_utils.plan.persona_words import describe_group

    sizes = np.bincount(labels)
    # The largest group is number 1; equal ones by where their first member stands.
    order = sorted(range(len(sizes)), key=lambda g: (-sizes[g], int(np.argmax(labels == g))))
    profiles, details = [], []
    for number, group in enumerate(order, 1):
        inside = labels == group
        rows = [_detail(number, one, frame, points[:, place], inside) for place, one in enumerate(kept)]
        name, profile = describe_group(rows)
        profiles.append({"persona": number, "name": name, "people": int(sizes[group]), "profile": profile})
        details += rows
    table = pd.DataFrame(profiles)
    low, high = stats.wilson(table["people"], len(labels))
    table = table.assign(of=len(labels), share=table["people"] / len(labels), low=low, high=high)
    table = table[["persona", "name", "people", "of", "share", "low", "high", "profile"]]
    number_of = {group: number for number, group in enumerate(order, 1)}
    assigned = pd.DataFrame({"user": frame["user"], "persona": [number_of[g] for g in labels]})
    best = tried[tried["chosen"]].iloc[0]
    stable = bool(best["stable"] and best["smallest"] >= SMALLEST)
    return Personas(_distinct(table), pd.DataFrame(details), tried, assigned, total, stable)


def _detail(
    number: int, one: Feature, frame: pd.DataFrame, column: Floats, inside: NDArray[np.bool_]
) -> dict[str, Any]:
    values = frame[one.name]
    return {
        "persona": number,
        "feature": one.name,
        "label": one.label,
        "kind": one.kind,
        "mean": float(values[inside].mean()),
        "median": float(values[inside].median()),
        "everybody": float(values.mean()),
        "distance": float(column[inside].mean()),
    }


def _distinct(table: pd.DataFrame) -> pd.DataFrame:
    """Two groups of the same name get their numbers."""
    twice = table["name"].duplicated(keep=False)
    numbered = table["name"] + " " + table["persona"].astype(str)
    return table.assign(name=numbered.where(twice, table["name"]))
