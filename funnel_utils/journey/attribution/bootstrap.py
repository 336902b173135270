"""Intervals by resampling people.

What a person adds to every model is a row of numbers: the credit they bring each channel, and the transitions they
walk. Sums over people are all that any model needs, so a bootstrap sample is a row of weights times a matrix, and
thousands of samples cost a matrix product. People of a large log are first dealt at random into groups, which are
then resampled in their stead: with thousands of groups the standard error is known to a few percent, whatever the size
of the log.

References
----------
Efron, B., Tibshirani, R. J. (1993). An Introduction to the Bootstrap. Chapman & Hall, chapters 6 and 13.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from funnel_utils.journey.attribution import markov
from funnel_utils.journey.attribution.paths import Floats, Ints, Paths
from funnel_utils.journey.attribution.settings import SHARING, Model, Settings
from funnel_utils.journey.attribution.shares import shares

#: Cells of weights drawn at one time.
MOST_WEIGHTS = 2_000_000


@dataclass(frozen=True, eq=False)
class Sample:
    """The units that are resampled, and what each unit did.

    Attributes
    ----------
    size : float array
        How many units are alike: each row of the matrices stands for so many.
    people : float array
        How many people one such unit is.
    conversions, nulls, value : sparse matrices, units by paths
        What one such unit did along each path.
    decay : pair of sparse matrices, units by channels, optional
        Conversions and value that time decay credits to each channel through one such unit.
    kind : {"user", "group", "path", "none"}
        What a unit is; `"none"` where there is nothing to resample.
    """

    size: Floats
    people: Floats
    conversions: Any
    nulls: Any
    value: Any
    decay: tuple[Any, Any] | None
    kind: str


def grid(rows: Ints, columns: Ints, amounts: Floats, shape: tuple[int, int]) -> Any:
    """A sparse matrix with `amounts` added up at their places."""
    return sparse.csr_matrix((amounts, (rows, columns)), shape=shape)


def of_counts(paths: Paths) -> Sample:
    """A sample in which every counted journey is a unit of its own."""
    size = np.concatenate([paths.conversions, paths.nulls])
    place, count = np.arange(len(paths)), len(paths)
    cells, each = (2 * count, count), np.ones(count)
    worth = np.divide(paths.value, paths.conversions, out=np.zeros(count), where=paths.conversions > 0)
    whole = bool((size == np.round(size)).all()) and size.sum() > 0
    return Sample(
        size=size,
        people=np.ones(2 * count),
        conversions=grid(place, place, each, cells),
        nulls=grid(place + count, place, each, cells),
        value=grid(place, place, worth, cells),
        decay=None,
        kind="path" if whole else "none",
    )


@dataclass(frozen=True, eq=False)
class Sums:
    """What every unit adds to every model.

    Attributes
    ----------
    matrix : sparse matrix, units by features
    places : dict
        Where the features of each name are: `(model, "conversions")`, `(model, "value")`, `"transitions"`, and
        `"totals"`: conversions after a touch, their value, conversions without one, their value.
    edges : Edges
        Of the Markov chain.
    """

    matrix: Any
    places: dict[Any, slice]
    edges: markov.Edges


def sums(paths: Paths, sample: Sample, settings: Settings) -> Sums:
    """The features of all units."""
    blocks: dict[Any, Any] = {}
    if sample.decay is not None:
        blocks["decay", "conversions"], blocks["decay", "value"] = sample.decay
    models = [m for m in SHARING if m != "decay" or (paths.ages_s is not None and sample.decay is None)]
    shape = (len(paths), len(paths.channels))
    # All models side by side, so that the paths of each unit are walked once.
    split = sparse.hstack([grid(paths.owner, paths.codes, shares(paths, m, settings), shape) for m in models]).tocsr()
    for measure, did in (("conversions", sample.conversions), ("value", sample.value)):
        whole = (did @ split).tocsc()
        for place, model in enumerate(models):
            blocks[model, measure] = whole[:, place * shape[1] : (place + 1) * shape[1]]
    walked = markov.walk(paths, settings.order)
    blocks["transitions"] = _transitions(paths, sample, walked)
    touched = sparse.csr_matrix((paths.lengths > 0).astype(np.float64)[:, None])
    empty = sparse.csr_matrix((paths.lengths == 0).astype(np.float64)[:, None])
    parts = [matrix @ which for which in (touched, empty) for matrix in (sample.conversions, sample.value)]
    blocks["totals"] = sparse.hstack(parts)
    ends = np.cumsum([0, *(block.shape[1] for block in blocks.values())])
    places = {name: slice(int(a), int(b)) for name, a, b in zip(blocks, ends, ends[1:], strict=False)}
    return Sums(sparse.hstack(list(blocks.values())).tocsr(), places, walked.edges)


def _transitions(paths: Paths, sample: Sample, walked: markov.Walked) -> Any:
    """How often each unit walked each transition."""
    edges, shape = walked.edges, (len(paths), len(walked.edges.source))
    converts = edges.target[walked.edge] == edges.start + 1
    fails = edges.target[walked.edge] == edges.start + 2
    made = None
    for chosen, walks in (
        (converts, sample.conversions),
        (fails, sample.nulls),
        (~converts & ~fails, sample.conversions + sample.nulls),
    ):
        once = grid(walked.path[chosen], walked.edge[chosen], np.ones(int(chosen.sum())), shape)
        made = walks @ once if made is None else made + walks @ once
    return made


def drawn(sample: Sample, found: Sums, replicates: int, seed: int) -> Floats:
    """The features summed over each bootstrap sample: replicates by features.

    Groups differ in size, so a sample of groups has a few people more or less than the log; its sums are brought to as
    many people as there are, lest chance in the dealing pass for chance in the people.
    """
    if not replicates or sample.kind == "none":
        return np.zeros((0, found.matrix.shape[1]))
    # Groups of a large log have nearly all features, and a full matrix multiplies faster than a sparse one.
    units, features = found.matrix.shape
    full = found.matrix.nnz > 0.1 * units * features and units * features <= MOST_WEIGHTS * 4
    matrix = found.matrix.toarray() if full else found.matrix
    everybody = float(sample.size @ sample.people)
    made = [
        np.asarray((matrix.T @ weights.T).T) * (everybody / (weights @ sample.people))[:, None]
        for weights in _weights(sample.size, replicates, seed)
    ]
    return np.concatenate(made)


def _weights(size: Floats, replicates: int, seed: int) -> Iterator[Floats]:
    """How often each unit is drawn, a few replicates at a time; every replicate draws as many units as there are."""
    rng = np.random.default_rng(seed)
    units = len(size)
    step = max(1, MOST_WEIGHTS // max(units, 1))
    alone = bool((size == 1).all())
    for at in range(0, replicates, step):
        rows = min(step, replicates - at)
        if alone:
            picked = rng.integers(0, units, (rows, units)) + units * np.arange(rows)[:, None]
            drawn_ = np.bincount(picked.ravel(), minlength=rows * units).reshape(rows, units)
        else:
            total = int(size.sum())
            drawn_ = rng.multinomial(total, size / total, size=rows)
        yield drawn_.astype(np.float64)


def credited(found: Sums, features: Floats, model: Model, settings: Settings) -> tuple[Floats, Floats]:
    """Conversions and value by channel for each row of features."""
    totals = features[:, found.places["totals"]]
    if model != "markov":
        return features[:, found.places[model, "conversions"]], features[:, found.places[model, "value"]]
    effects, _ = markov.removal_effects(found.edges, features[:, found.places["transitions"]], settings.removal)
    part = markov.split(effects)
    return part * totals[:, 0:1], part * totals[:, 1:2]
