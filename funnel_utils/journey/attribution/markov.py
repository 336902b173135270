"""The Markov model: how much conversion a channel's removal would cost, by exact linear algebra.

Journeys are read as walks of a chain: from a start through states (the latest channel, or the latest k channels) to
`conversion` or `null`. Transition counts over all paths give the probabilities. A channel's **removal effect** is the
share of the chain's conversions that is lost when the channel is taken out; credit is shared out in proportion to it.

With `N = (I - Q)^-1` the expected visits, `h = N r` the probability of converting from each state, and `A` the states
whose latest channel is the one removed, the walks that ever meet `A` and convert have probability
`N[start, A] N[A, A]^-1 h[A]`. So one inverse gives the effects of all channels.

References
----------
Anderl, E., Becker, I., von Wangenheim, F., Schumann, J. H. (2016). Mapping the customer journey: lessons learned from
graph-based online attribution modeling. International Journal of Research in Marketing 33, 457-474.
Kemeny, J. G., Snell, J. L. (1976). Finite Markov Chains. Springer, chapter 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from funnel_utils.journey.attribution.paths import Floats, Ints, Paths
from funnel_utils.journey.attribution.settings import Removal

#: Cells of the matrices that are inverted at one time.
MOST_CELLS = 4_000_000


@dataclass(frozen=True, eq=False)
class Edges:
    """Which transitions there are between which states.

    Attributes
    ----------
    newest : int array
        The latest channel of each state.
    source, target : int arrays
        Of each transition. State `len(newest)` is the start; as targets, the two numbers after it are conversion and
        null.
    channels : int
        How many channels there are.
    """

    newest: Ints
    source: Ints
    target: Ints
    channels: int

    @property
    def start(self) -> int:
        return len(self.newest)


@dataclass(frozen=True, eq=False)
class Walked:
    """Which transitions the paths walk: for each of the parallel arrays, `weight` times transition `edge` in `path`."""

    edges: Edges
    edge: Ints
    path: Ints
    weight: Floats


def walk(paths: Paths, order: int = 1) -> Walked:
    """The transitions of all paths; a path of no touches walks none."""
    newest, state = _states(paths, order)
    start = len(newest)
    conversion, null = start + 1, start + 2
    some = np.flatnonzero(paths.lengths > 0)
    first, last = paths.offsets[:-1][some], paths.offsets[1:][some] - 1
    inner = np.ones(len(state), dtype=bool)
    inner[first] = False
    into = np.flatnonzero(inner)
    walks = paths.conversions + paths.nulls
    source = np.concatenate([np.full(len(some), start), state[into - 1], state[last], state[last]])
    target = np.concatenate([state[first], state[into], np.full(len(some), conversion), np.full(len(some), null)])
    path = np.concatenate([some, paths.owner[into], some, some])
    weight = np.concatenate([walks[some], walks[paths.owner[into]], paths.conversions[some], paths.nulls[some]])
    seen = weight != 0
    key = source[seen] * (start + 3) + target[seen]
    known, edge = _numbered(key, (start + 3) ** 2)
    edges = Edges(newest, known // (start + 3), known % (start + 3), len(paths.channels))
    return Walked(edges, edge, path[seen], weight[seen])


def _states(paths: Paths, order: int) -> tuple[Ints, Ints]:
    """The latest channel of each state, and the state after each touch: its path's latest `order` channels."""
    base = len(paths.channels) + 1
    place = np.arange(len(paths.codes)) - paths.offsets[:-1][paths.owner]
    key = paths.codes + 1
    for back in range(1, order):
        # A zero stands for "before the first touch".
        before = np.zeros_like(key)
        reach = place >= back
        before[reach] = paths.codes[np.flatnonzero(reach) - back] + 1
        key = key + before * base**back
    states, state = _numbered(key, base**order)
    return states % base - 1, state


def _numbered(keys: Ints, size: int) -> tuple[Ints, Ints]:
    """The distinct keys (from 0 to `size` - 1) in order, and the place of each key among them."""
    if size > MOST_CELLS:
        known, place = np.unique(keys, return_inverse=True)
        return known, place.astype(np.int64)
    seen = np.zeros(size, dtype=bool)
    seen[keys] = True
    return np.flatnonzero(seen), (np.cumsum(seen) - 1)[keys]


def removal_effects(edges: Edges, counts: Floats, removal: Removal = "null") -> tuple[Floats, Floats]:
    """The share of conversions lost by taking out each channel.

    Parameters
    ----------
    edges : Edges
    counts : array of shape (replicates, transitions)
        How often each transition was walked.
    removal : {"null", "redistribute"}
        `"null"`: a walk that would enter the channel ends without a conversion. `"redistribute"`: it goes where the
        state's other transitions go, in their proportion (without any, it ends); a channel that leads away from
        conversion then has a negative effect.

    Returns
    -------
    effects : array of shape (replicates, channels)
        From 0 to 1 with `"null"`; 0 where the chain never converts.
    conversion : array of shape (replicates,)
        P(conversion) from the start.
    """
    counts = np.atleast_2d(np.asarray(counts, dtype=np.float64))
    if not len(counts) or not edges.channels:
        return np.zeros((len(counts), edges.channels)), np.zeros(len(counts))
    size = edges.start + 1
    step = max(1, MOST_CELLS // size**2)
    made = [_effects(edges, counts[at : at + step], removal) for at in range(0, len(counts), step)]
    return np.concatenate([effects for effects, _ in made]), np.concatenate([found for _, found in made])


def _effects(edges: Edges, counts: Floats, removal: Removal) -> tuple[Floats, Floats]:
    chances, reward = probabilities(edges, counts)
    size = edges.start + 1
    visits = np.linalg.inv(np.eye(size) - chances)
    converts = np.einsum("bij,bj->bi", visits, reward)
    whole = converts[:, edges.start]
    lost = np.zeros((len(counts), edges.channels))
    for channel in range(edges.channels):
        members = np.flatnonzero(edges.newest == channel)
        if not len(members):
            continue
        if removal == "null":
            among = visits[:, members[:, None], members]
            met = np.linalg.solve(np.swapaxes(among, 1, 2), visits[:, edges.start, members][:, :, None])[:, :, 0]
            lost[:, channel] = (met * converts[:, members]).sum(axis=1)
        else:
            lost[:, channel] = whole - _without(chances, reward, members, edges.start)
    effects = np.divide(lost, whole[:, None], out=np.zeros_like(lost), where=whole[:, None] > 0)
    return effects, whole


def probabilities(edges: Edges, counts: Floats) -> tuple[NDArray[Any], Floats]:
    """Transition probabilities among the states and the start, and from each to conversion, for each replicate."""
    size = edges.start + 1
    replicates = len(counts)
    whole = np.zeros((replicates, size, size + 2))
    whole[:, edges.source, edges.target] = counts
    left = whole.sum(axis=2, keepdims=True)
    np.divide(whole, left, out=whole, where=left > 0)
    return whole[:, :, :size], whole[:, :, size]


def _without(chances: NDArray[Any], reward: Floats, members: Ints, start: int) -> Floats:
    """P(conversion) when what would enter `members` goes on as the state's other transitions do."""
    kept = chances.copy()
    kept[:, :, members] = 0.0
    stays = 1.0 - chances[:, :, members].sum(axis=2)
    scale = np.divide(1.0, stays, out=np.zeros_like(stays), where=stays > 1e-12)
    kept *= scale[:, :, None]
    gain = reward * scale
    # States left in a circle without a way out would make the system singular; they never convert.
    alive = _reaches(kept, gain)
    kept *= (alive[:, :, None] & alive[:, None, :]).astype(np.float64)
    solved = np.linalg.solve(np.eye(kept.shape[1]) - kept, gain[:, :, None])
    found: Floats = solved[:, start, 0]
    return found


def _reaches(chances: NDArray[Any], reward: Floats) -> NDArray[np.bool_]:
    """From which states conversion can be reached."""
    reached = reward > 0
    while True:
        wider = reached | (np.einsum("bij,bj->bi", chances, reached.astype(np.float64)) > 0)
        if (wider == reached).all():
            return reached
        reached = wider


def split(effects: Floats) -> Floats:
    """Removal effects as shares of credit that add up to 1; negative effects earn none.

    Where no removal costs anything, there is nothing to go by, and all channels share equally.
    """
    earned = np.maximum(effects, 0.0)
    total = earned.sum(axis=-1, keepdims=True)
    made = np.full_like(earned, 1.0 / max(earned.shape[-1], 1))
    np.divide(earned, total, out=made, where=total > 0)
    return made
