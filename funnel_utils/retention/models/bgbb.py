"""BG/BB: customers who can buy only when an occasion comes round: a yearly appeal, a season, a conference.

At each occasion a living customer buys with her own probability, which varies as a beta distribution with `alpha` and
`beta`. Before each occasion she may be gone for good, with her own probability, beta distributed with `gamma` and
`delta`. What is known of a customer is at how many occasions she bought again, at which last, and how many there were.

References
----------
Fader, P. S., Hardie, B. G. S., Shang, J. (2010). Customer-base analysis in a discrete-time noncontractual setting.
Marketing Science 29, 1086-1108.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from funnel_utils.errors import SpecError
from funnel_utils.retention.models.estimator import Estimator
from funnel_utils.retention.models.fitting import maximise
from funnel_utils.retention.models.patterns import Patterns
from funnel_utils.retention.models.quadrature import beta_nodes
from funnel_utils.stats import Floats


class BgBb(Estimator):
    """Beta-geometric / beta-Bernoulli: purchases at occasions.

    `params_`: `alpha`, `beta` of the probability to buy at an occasion, `gamma`, `delta` of the probability to be gone
    before one. Times count occasions.

    Examples
    --------
    >>> model = BgBb.with_params(alpha=1.204, beta=0.750, gamma=0.657, delta=2.783)
    >>> always, lapsed = (6, 6, 6), (4, 4, 6)
    >>> [f"{model.expected_purchases(5, *who)[0]:.2f}" for who in (always, lapsed)]
    ['3.75', '0.58']
    """

    NAME: ClassVar[str] = "BG/BB"
    PARAMETERS: ClassVar[tuple[str, ...]] = ("alpha", "beta", "gamma", "delta")

    def fit(self, frequency: Any, last: Any, occasions: Any, customers: Any = None) -> BgBb:
        """Find the parameters that make the histories most likely.

        Parameters
        ----------
        frequency : array-like of int
            At how many occasions a customer bought.
        last : array-like of int
            The number of the last such occasion, 0 if none.
        occasions : int or array-like of int
            How many there were.
        customers : array-like of int, optional
            How many customers have this history; 1 each if not given.

        Raises
        ------
        SpecError
            If a history is impossible, or nobody bought at any occasion.
        """
        patterns = _patterns(frequency, last, occasions, customers)
        if not (patterns.x * patterns.count).sum():
            raise SpecError("BG/BB: nobody bought at any occasion, so there is nothing to model.")
        total = float(patterns.count.sum())
        starts = [[1.0, 1.0, 0.7, 2.5], [0.5, 2.0, 1.0, 1.0]]
        found = maximise(lambda theta: _objective(theta, patterns), starts, total)
        order = np.lexsort((patterns.age, patterns.t_x, patterns.x))
        data = tuple(
            tuple(column[order].tolist()) for column in (patterns.x, patterns.t_x, patterns.age, patterns.count)
        )
        self._take(found, round(total), data)
        return self

    @classmethod
    def with_params(cls, **params: float) -> Any:
        """A model with parameters that are known."""
        model = cls()
        model._given(params)
        return model

    def log_likelihood(self, frequency: Any, last: Any, occasions: Any, customers: Any = None) -> float:
        """The logarithm of the probability of these histories."""
        patterns = self._histories(frequency, last, occasions, customers)
        return float(patterns.count @ _logs(self.theta, patterns)[0])

    def probability_alive(self, frequency: Any, last: Any, occasions: Any, ahead: int = 1) -> Floats:
        """How likely each customer is still there at the `ahead`-th occasion from now (the literature's `n + 1`: 1)."""
        patterns = self._histories(frequency, last, occasions)
        found: Floats = self._alive(patterns, np.array([_count(ahead, "ahead")]))[patterns.code, 0]
        return found

    def expected_purchases(self, coming: int, frequency: Any, last: Any, occasions: Any) -> Floats:
        """At how many of the `coming` next occasions each customer is expected to buy."""
        patterns = self._histories(frequency, last, occasions)
        alive = self._alive(patterns, np.arange(1, _count(coming, "coming") + 1))
        found: Floats = (alive.sum(axis=1) * self._buys(patterns))[patterns.code]
        return found

    def probability_no_purchase(self, coming: int, frequency: Any, last: Any, occasions: Any) -> Floats:
        """How likely each customer buys at none of the `coming` next occasions, gone or not."""
        from scipy.special import betaln

        patterns = self._histories(frequency, last, occasions)
        alpha, beta = self.theta[:2]
        number = _count(coming, "coming")
        ahead = np.arange(0, number + 1)
        there = self._alive(patterns, ahead)
        # Alive through exactly j of the coming occasions, and buying at none of them.
        through = np.append(there[:, :-1] - there[:, 1:], there[:, -1:], axis=1)
        bought, passed = alpha + patterns.x, beta + patterns.age - patterns.x
        none = np.exp(betaln(bought[:, None], passed[:, None] + ahead) - betaln(bought, passed)[:, None])
        found: Floats = (1 - there[:, 0] + (through * none).sum(axis=1))[patterns.code]
        return found

    def discounted_purchases(self, discount: float, frequency: Any, last: Any, occasions: Any) -> Floats:
        """Expected purchases at all occasions to come, the first of them worth `1 / (1 + discount)` (DERT)."""
        if not isinstance(discount, int | float) or not 0 < discount < np.inf:
            raise SpecError(f"BG/BB: discount={discount!r} is a share per occasion above zero, such as 0.1.")
        patterns = self._histories(frequency, last, occasions)
        gamma, delta = self.theta[2:]
        # Of a customer alive now: the mean of (1 - p) / (d + p) over her probability p to go before an occasion.
        points, weights = beta_nodes(gamma, delta + patterns.age)
        stays = (weights * (1 - points) / (discount + points)).sum(axis=1)
        now = self._alive(patterns, np.array([0]))[:, 0]
        found: Floats = (now * stays * self._buys(patterns))[patterns.code]
        return found

    def pmf(self, number: Any, occasions: int) -> Floats:
        """How likely a new customer buys at exactly `number` of the first `occasions`."""
        from scipy.special import betaln, comb

        self._check_fitted()
        alpha, beta, gamma, delta = self.theta
        asked, n = np.atleast_1d(np.asarray(number, dtype=float)), _count(occasions, "occasions")
        if (asked != np.floor(asked)).any() or (asked < 0).any() or (asked > n).any():
            raise SpecError(f"BG/BB: pmf is about 0 to {n} of {n} occasions; got {number!r}.")
        through = np.arange(n + 1)
        there = betaln(gamma, delta + through) - betaln(gamma, delta)
        ends = np.exp(there)
        ends[:-1] = np.exp(betaln(gamma + 1, delta + through[:-1]) - betaln(gamma, delta))
        k, x = through[None, :], asked[:, None]
        with np.errstate(invalid="ignore"):
            buys = comb(k, x) * np.exp(betaln(alpha + x, beta + np.maximum(k - x, 0)) - betaln(alpha, beta))
        found: Floats = (np.where(k >= x, buys, 0.0) * ends).sum(axis=1)
        return found

    def expected_new(self, occasions: Any) -> Floats:
        """At how many of the first `occasions` a new customer buys on average."""
        from scipy.special import betaln

        self._check_fitted()
        alpha, beta, gamma, delta = self.theta
        asked = np.atleast_1d(np.asarray(occasions))
        numbers = [_count(n.item(), "occasions") for n in asked]
        ahead = np.arange(1, max(numbers) + 1)
        there = np.cumsum(np.exp(betaln(gamma, delta + ahead) - betaln(gamma, delta)))
        return np.array([alpha / (alpha + beta) * there[n - 1] for n in numbers])

    def _histories(self, frequency: Any, last: Any, occasions: Any, customers: Any = None) -> Patterns:
        self._check_fitted()
        return _patterns(frequency, last, occasions, customers)

    def _alive(self, patterns: Patterns, ahead: Any) -> Floats:
        """P(still there at the occasion that far ahead), a row a pattern; at 0, after the last occasion seen."""
        from scipy.special import betaln

        gamma, delta = self.theta[2:]
        whole, now = _logs(self.theta, patterns)
        stays = betaln(gamma, delta + patterns.age[:, None] + ahead) - betaln(gamma, delta + patterns.age)[:, None]
        found: Floats = np.exp(now - whole)[:, None] * np.exp(stays)
        return found

    def _buys(self, patterns: Patterns) -> Floats:
        """P(a living customer buys at an occasion), given how often she has."""
        alpha, beta = self.theta[:2]
        found: Floats = (alpha + patterns.x) / (alpha + beta + patterns.age)
        return found


def _count(number: Any, field: str) -> int:
    """A number of occasions."""
    if not isinstance(number, int | float) or number != int(number) or number < 1:
        raise SpecError(f"BG/BB: {field}={number!r} counts occasions: a whole number from 1.")
    return int(number)


def _patterns(frequency: Any, last: Any, occasions: Any, customers: Any) -> Patterns:
    x, t_x = (np.atleast_1d(np.asarray(column, dtype=float)) for column in (frequency, last))
    n = np.broadcast_to(np.asarray(occasions, dtype=float), x.shape)
    count = np.ones(x.shape) if customers is None else np.asarray(customers, dtype=float)
    if not len(x) == len(t_x) == len(count) or not len(x):
        raise SpecError("BG/BB: give one frequency, last (and customers) for each history.")
    whole = all(np.isfinite(c).all() and (c == np.floor(c)).all() and (c >= 0).all() for c in (x, t_x, n))
    if not whole or (count < 0).any():
        raise SpecError("BG/BB: frequency, last and occasions are whole numbers, zero or more.")
    wrong = (x > t_x) | (t_x > n) | ((x == 0) != (t_x == 0))
    if wrong.any():
        k = int(np.flatnonzero(wrong)[0])
        raise SpecError(
            f"BG/BB: history {k + 1} cannot be: bought at {x[k]:g} occasions, last at number {t_x[k]:g} of {n[k]:g}."
        )
    return Patterns.of(x, t_x, n, count)


def _terms(patterns: Patterns) -> tuple[Any, Any]:
    """For each pattern every occasion after which it may have been gone: its pattern, the number of the occasion."""
    spans = (patterns.age - patterns.t_x).astype(int)
    row = np.repeat(np.arange(len(spans)), spans)
    place = np.arange(spans.sum()) - np.repeat(np.cumsum(spans) - spans, spans)
    return row, patterns.t_x[row] + place


def _logs(theta: Floats, patterns: Patterns) -> tuple[Floats, Floats]:
    """For each pattern the logarithm of its probability, and that of its being alive after the last occasion too."""
    from scipy.special import betaln

    alpha, beta, gamma, delta = theta
    x, n = patterns.x, patterns.age
    whole = betaln(alpha, beta) + betaln(gamma, delta)
    alive = betaln(alpha + x, beta + n - x) + betaln(gamma, delta + n) - whole
    row, at = _terms(patterns)
    parts = betaln(alpha + x[row], beta + at - x[row]) + betaln(gamma + 1, delta + at) - whole
    gone = np.bincount(row, np.exp(parts - alive[row]), len(x))
    return alive + np.log1p(gone), alive


def _objective(theta: Floats, patterns: Patterns) -> tuple[float, Floats]:
    """The log-likelihood of all customers and its gradient."""
    from scipy.special import betaln, digamma

    alpha, beta, gamma, delta = theta
    x, n, count = patterns.x, patterns.age, patterns.count
    logs, alive = _logs(theta, patterns)
    row, at = _terms(patterns)
    whole = betaln(alpha, beta) + betaln(gamma, delta)
    parts = betaln(alpha + x[row], beta + at - x[row]) + betaln(gamma + 1, delta + at) - whole
    share_alive, share = np.exp(alive - logs), np.exp(parts - logs[row])
    # The two kinds of terms as one list: bought x of `seen` occasions, gone (1) or not (0) after them.
    each = np.concatenate([x, x[row]])
    seen = np.concatenate([n, at])
    leaves = np.concatenate([np.zeros(len(x)), np.ones(len(row))])
    stays = np.concatenate([count * share_alive, count[row] * share])
    total = count.sum()
    buys = stays @ digamma(alpha + beta + seen) - total * digamma(alpha + beta)
    goes = stays @ digamma(gamma + delta + seen + leaves) - total * digamma(gamma + delta)
    gradient = [
        stays @ digamma(alpha + each) - total * digamma(alpha) - buys,
        stays @ digamma(beta + seen - each) - total * digamma(beta) - buys,
        stays @ digamma(gamma + leaves) - total * digamma(gamma) - goes,
        stays @ digamma(delta + seen) - total * digamma(delta) - goes,
    ]
    return float(count @ logs), np.array(gradient)
