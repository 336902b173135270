"""The models that share out one conversion among the touches of its path.

Each returns, for every touch, its share of one conversion of the path; the shares of a path add up to 1. Credit is then
a sum, so paths can be counted before they are shared out.

Shapley's value is here because the game is `v(S)` = conversions of the paths that lie inside the set of channels `S`.
That game is a sum of one game a path, which pays once all of the path's channels are there and nothing before.
Shapley's value is linear, and shares such a game equally among the channels that are needed: no set has to be
enumerated.

References
----------
Shapley, L. S. (1953). A value for n-person games. Contributions to the Theory of Games II, 307-317.
Zhao, K., Mahboobi, S. H., Bagheri, S. R. (2018). Shapley value methods for attribution modeling in online advertising.
arXiv:1804.05327.
"""

from __future__ import annotations

import numpy as np

from funnel_utils.errors import SpecError
from funnel_utils.journey.attribution.paths import Floats, Ints, Paths, added
from funnel_utils.journey.attribution.settings import Model, Settings

#: Beyond this many half-lives a share is nothing to a float, and further halving would only lose the sum.
MOST_HALVINGS = 1000.0


def shares(paths: Paths, model: Model, settings: Settings) -> Floats:
    """The share that each touch has in one conversion of its path.

    Parameters
    ----------
    paths : Paths
    model : str
        Any model but `"markov"`.
    settings : Settings

    Raises
    ------
    SpecError
        For `"decay"` without ages, and for `"markov"`, which does not work path by path.

    Examples
    --------
    >>> import pandas as pd
    >>> from funnel_utils.journey.attribution.paths import from_frame
    >>> one = from_frame(pd.DataFrame({"path": ["ad > mail > ad > shop"], "conversions": [1]}))
    >>> [shares(one, model, Settings()).round(3).tolist() for model in ("linear", "position", "shapley")]
    [[0.25, 0.25, 0.25, 0.25], [0.4, 0.1, 0.1, 0.4], [0.333, 0.333, 0.0, 0.333]]
    """
    made = np.zeros(len(paths.codes))
    some = paths.lengths > 0
    first, last = paths.offsets[:-1][some], paths.offsets[1:][some] - 1
    if model == "first":
        made[first] = 1.0
    elif model == "last":
        made[last] = 1.0
    elif model == "linear":
        made = 1.0 / paths.lengths[paths.owner]
    elif model == "position":
        made = _position(paths, first, last, settings.position)
    elif model == "decay":
        made = _decay(paths, settings)
    elif model == "shapley":
        made = _unique(paths)
    else:
        raise SpecError(f"model={model!r} does not share out one path at a time.")
    return made


def _position(paths: Paths, first: Ints, last: Ints, ends: tuple[float, float]) -> Floats:
    lengths = paths.lengths[paths.owner]
    between = np.maximum(lengths - 2, 1)
    made = (1.0 - sum(ends)) / between
    size = lengths[first]
    whole = np.where(size == 2, sum(ends), 1.0)
    made[first] = ends[0] / whole
    made[last] = ends[1] / whole
    made[first[size == 1]] = 1.0
    return made


def _decay(paths: Paths, settings: Settings) -> Floats:
    if paths.ages_s is None:
        raise SpecError('model="decay" needs the age of every touch: a column ages_s (seconds before the conversion).')
    halvings = paths.ages_s / settings.half_life.total_seconds()
    weight = 2.0 ** -np.minimum(halvings, MOST_HALVINGS)
    total = added(paths.owner, weight, len(paths))
    return weight / total[paths.owner]


def _unique(paths: Paths) -> Floats:
    """Equal shares for the distinct channels of a path, at each one's first touch."""
    owner = paths.owner
    pair = owner * max(len(paths.channels), 1) + paths.codes
    _, earliest = np.unique(pair, return_index=True)
    made = np.zeros(len(paths.codes))
    distinct = np.bincount(owner[earliest], minlength=len(paths))
    made[earliest] = 1.0 / distinct[owner[earliest]]
    return made
