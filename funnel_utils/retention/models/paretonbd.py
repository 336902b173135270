"""Pareto/NBD: a customer may be gone at any moment, whether she has just bought or not.

While alive she buys as a Poisson process with her own rate, gamma distributed with shape `r` and rate `alpha` (a time);
she is gone after an exponential time of her own, whose rate is gamma distributed with shape `s` and rate `beta` (a
time).

What makes this model slow elsewhere is the chance that she left between her last purchase and now, an integral that
papers write as a difference of two hypergeometric functions. Here the integral from a moment `u` to infinity is one
sum,

    F(x, u) = integral of (alpha + v)^-(r + x) (beta + v)^-(s + 1) dv,   v from u,

whose logarithm never overflows, whose gradient comes from the same terms, and which depends on the pair (purchases,
moment) only. A million customers dated by the day have a few thousand such pairs. With `z = (alpha - beta) /
(alpha + u)` and `power = r + s + x` it is `(alpha + u)^-power` times

    integral of t^(power - 1) (1 - z t)^-(s + 1) dt,   t from 0 to 1,

a power series in z where z is small, as it is for most pairs, and a sum over fixed points where it is not.

References
----------
Schmittlein, D. C., Morrison, D. G., Colombo, R. (1987). Counting your customers: who are they and what will they do
next? Management Science 33, 1-24.
Fader, P. S., Hardie, B. G. S. (2005). A note on deriving the Pareto/NBD model and related expressions.
"""

from __future__ import annotations

from typing import ClassVar, NamedTuple

import numpy as np

from funnel_utils.retention.models.patterns import Patterns, dot
from funnel_utils.retention.models.purchase import PurchaseModel
from funnel_utils.retention.models.quadrature import half_line_nodes
from funnel_utils.stats import Floats

#: How many pairs are worked on at a time: a few dozen numbers each.
BLOCK = 20_000
#: Pairs are grouped by the size of z, for a series of as few terms as each group needs.
SERIES = (0.08, 0.25, 0.6)
MOST_TERMS = 400


class Tail(NamedTuple):
    """The logarithm of `F(x, u)` and its derivatives by r, alpha, s, beta: a row a parameter."""

    log: Floats
    slopes: Floats


def tail(theta: Floats, x: Floats, moment: Floats, slopes: bool = True) -> Tail:
    """`log F(x, moment)` of the module's text, for each pair.

    Parameters
    ----------
    theta : ndarray
        r, alpha, s, beta.
    x, moment : ndarray
        Of equal length.
    slopes : bool
        Whether the derivatives are needed.
    """
    _, alpha, s, beta = theta
    z = (alpha - beta) / (alpha + moment)
    found = Tail(np.empty(len(x)), np.empty((4, len(x) if slopes else 0)))
    # Where z is below zero the terms alternate, and lose digits unless they fall fast.
    reach = np.where(z > 0, z, -z * max(1.0, (s + 1) / 2))
    least = 0.0
    for most in (*SERIES, np.inf):
        rows = np.flatnonzero((reach >= least) & (reach < most))
        least = most
        for i in range(0, len(rows), BLOCK):
            part = rows[i : i + BLOCK]
            method = _by_points if most == np.inf else _by_series
            log, slope = method(theta, x[part], moment[part], z[part], slopes)
            found.log[part] = log
            if slopes:
                found.slopes[:, part] = slope
    return found


def _by_series(theta: Floats, x: Floats, moment: Floats, z: Floats, slopes: bool) -> Tail:
    """`(s + 1)_k / k! z^k / (power + k)`, added up from k = 0 until the greatest z adds nothing."""
    r, alpha, s, beta = theta
    power, start = r + s + x, alpha + moment
    mass, by_power, by_s, by_z = (np.zeros(len(x)) for _ in range(4))
    farthest = float(np.abs(z).max())
    # A coefficient, its slope by s, and the power of z.
    factor, slope, zk = 1.0, 0.0, np.ones(len(x))
    for k in range(MOST_TERMS):
        share = zk / (power + k)
        mass += factor * share
        if slopes:
            by_power -= factor * share / (power + k)
            by_s += slope * share
            by_z += k * factor * share
        if abs(factor) * (k + 1) * farthest**k < 1e-17:
            break
        slope = (slope * (s + 1 + k) + factor) / (k + 1)
        factor *= (s + 1 + k) / (k + 1)
        zk = zk * z
    found = np.log(mass) - power * np.log(start)
    if not slopes:
        return Tail(found, np.zeros((4, 0)))
    # The sums above hold z^k; the slope by z has z^(k - 1). Where z is 0, so is what it is multiplied with below.
    by_power = by_power / mass - np.log(start)
    by_z = np.divide(by_z, z * mass, out=(s + 1) / (power + 1) * power, where=z != 0)
    by_alpha = by_z * (beta + moment) / start**2 - power / start
    return Tail(found, np.stack([by_power, by_alpha, by_power + by_s / mass, -by_z / start]))


def _by_points(theta: Floats, x: Floats, moment: Floats, z: Floats, slopes: bool) -> Tail:
    """With t = exp(-y): the integral of exp(-power y) (1 - z exp(-y))^-(s + 1) over y > 0, over fixed points."""
    r, alpha, s, beta = theta
    q, weights = half_line_nodes()
    power, start = r + s + x, alpha + moment
    rest = (beta + moment) / start
    # Points in y: as far as exp(-power y) reaches, and where beta is much greater than alpha, so far that it rules.
    scale = 1 / power + np.log1p(np.maximum(-z, 0.0)) / 40
    y = scale[:, None] * q
    less = np.expm1(-y)  # exp(-y) - 1, without loss near zero
    spread = rest[:, None] - z[:, None] * less  # 1 - z exp(-y)
    logs = np.log(spread)
    exponent = -power[:, None] * y - (s + 1) * logs
    highest = exponent.max(axis=1, keepdims=True)
    values = np.exp(exponent - highest)
    values *= weights
    mass = values.sum(axis=1)
    found = np.log(mass * scale) + highest[:, 0] - power * np.log(start)
    if not slopes:
        return Tail(found, np.zeros((4, 0)))
    by_power = -np.einsum("ij,ij->i", values, y) / mass - np.log(start)
    by_s = by_power - np.einsum("ij,ij->i", values, logs) / mass
    by_z = (s + 1) * np.einsum("ij,ij->i", values, (1 + less) / spread) / mass
    by_alpha = by_z * (beta + moment) / start**2 - power / start
    return Tail(found, np.stack([by_power, by_alpha, by_s, -by_z / start]))


class ParetoNbd(PurchaseModel):
    """Pareto / negative binomial: gone at any moment.

    `params_`: `r` and `alpha` of the gamma distribution of purchase rates (mean `r / alpha` a unit of time), `s` and
    `beta` of that of the rates at which customers go (mean `s / beta`).

    Examples
    --------
    >>> from funnel_utils.retention import CustomerSummary
    >>> model = ParetoNbd.with_params("1w", r=0.553, alpha=10.578, s=0.606, beta=11.669)
    >>> customer = CustomerSummary.of([26], [30.86], [31], unit="1w")
    >>> f"{model.probability_alive(customer)[0]:.4f} {model.expected_purchases('52w', customer)[0]:.4f}"
    '0.9979 25.4585'
    """

    NAME: ClassVar[str] = "Pareto/NBD"
    PARAMETERS: ClassVar[tuple[str, ...]] = ("r", "alpha", "s", "beta")
    TIMES: ClassVar[tuple[str, ...]] = ("alpha", "beta")

    def _starts(self, patterns: Patterns) -> list[list[float]]:
        rate = dot(patterns.count, patterns.x) / dot(patterns.count, patterns.age)
        age = dot(patterns.count, patterns.age) / patterns.total
        return [[0.6, 0.4 / rate, 0.6, 0.4 * age]]

    def _parts(self, theta: Floats, patterns: Patterns, slopes: bool) -> tuple[Floats, Floats, Floats, Tail]:
        """For each pattern the logarithms of: alive until now; gone after the last purchase; gone after now."""
        r, alpha, s, beta = theta
        x, moment, last, now = patterns.x_and_moment
        found = tail(theta, x, moment, slopes)
        ages = patterns.by_age
        alive = -(r + patterns.x) * np.log(alpha + ages.values)[ages.codes] - s * np.log(beta + ages.values)[ages.codes]
        logs = found.log + np.log(s)
        return alive, logs[last], logs[now], found

    def _shares(self, theta: Floats, patterns: Patterns) -> tuple[Floats, Floats, Floats, Floats, Tail]:
        """The logarithm of alive + gone between, and the shares of its three parts (the third counts negative)."""
        alive, after_last, after_now, found = self._parts(theta, patterns, True)
        # The largest is taken out, so that nothing overflows for a customer with hundreds of purchases.
        highest = np.maximum(alive, after_last)
        parts = [np.exp(part - highest) for part in (alive, after_last, after_now)]
        whole = parts[0] + parts[1] - parts[2]
        return highest + np.log(whole), parts[0] / whole, parts[1] / whole, parts[2] / whole, found

    def _by_number(self, theta: Floats, x: Floats) -> Floats:
        from scipy.special import gammaln

        r, alpha, s, beta = theta
        found: Floats = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
        return found

    def _log_likelihoods(self, theta: Floats, patterns: Patterns) -> Floats:
        by_number = self._by_number(theta, patterns.by_x.values)[patterns.by_x.codes]
        found: Floats = by_number + self._shares(theta, patterns)[0]
        return found

    def _objective(self, theta: Floats, patterns: Patterns) -> tuple[float, Floats]:
        from scipy.special import digamma

        r, alpha, s, beta = theta
        n, numbers, ages = patterns.count, patterns.by_x, patterns.by_age
        log_whole, alive, after_last, after_now, found = self._shares(theta, patterns)
        of_number = patterns.customers_by_x
        value = of_number @ self._by_number(theta, numbers.values) + dot(n, log_whole)
        # Slopes of the three parts, each weighted by its share; those of pairs are added up per pair.
        _, _, last, now = patterns.x_and_moment
        size = len(found.log)
        by_pair = np.bincount(last, n * after_last, size) - np.bincount(now, n * after_now, size)
        slopes = np.einsum("ij,j->i", found.slopes, by_pair)
        weight = n * alive
        of_age = np.bincount(ages.codes, weight, len(ages.values))
        bought = np.bincount(ages.codes, weight * (r + patterns.x), len(ages.values))
        total = n.sum()
        slopes[0] += -(of_age @ np.log(alpha + ages.values)) + total * np.log(alpha)
        slopes[0] += of_number @ (digamma(r + numbers.values) - digamma(r))
        slopes[1] += total * r / alpha - bought @ (1 / (alpha + ages.values))
        slopes[2] += -(of_age @ np.log(beta + ages.values)) + total * np.log(beta) + by_pair.sum() / s
        slopes[3] += total * s / beta - s * (of_age @ (1 / (beta + ages.values)))
        return float(value), slopes

    def _alive(self, theta: Floats, patterns: Patterns) -> Floats:
        return self._shares(theta, patterns)[1]

    def _expected_if_alive(self, theta: Floats, time: float, patterns: Patterns) -> Floats:
        r, alpha, s, beta = theta
        since = beta + patterns.age
        found: Floats = (r + patterns.x) / (alpha + patterns.age) * since * _grown(s, time / since)
        return found

    def _rate_if_alive(self, theta: Floats, ahead: Floats, patterns: Patterns) -> Floats:
        r, alpha, s, beta = theta
        ages = patterns.by_age
        stays = np.exp(-s * np.log1p(ahead / (beta + ages.values)[:, None]))[ages.codes]
        found: Floats = stays * ((r + patterns.x) / (alpha + patterns.age))[:, None]
        return found

    def _none_if_alive(self, theta: Floats, time: float, patterns: Patterns) -> Floats:
        r, alpha, s, beta = theta
        x, age, code = patterns.x_and_age
        then = age + time
        now_power = (r + x) * np.log(alpha + age) + s * np.log(beta + age)
        quiet = now_power - (r + x) * np.log(alpha + then) - s * np.log(beta + then)
        gone = [np.exp(now_power + np.log(s) + tail(theta, x, moment, False).log) for moment in (age, then)]
        found: Floats = np.clip(np.exp(quiet) + gone[0] - gone[1], 0.0, 1.0)
        return found[code]

    def _expected_new(self, theta: Floats, times: Floats) -> Floats:
        r, alpha, s, beta = theta
        found: Floats = r / alpha * beta * _grown(s, np.asarray(times) / beta)
        return found

    def _pmf(self, theta: Floats, number: Floats, time: float) -> Floats:
        from scipy.special import gammaln
        from scipy.stats import nbinom

        r, alpha, s, beta = theta
        if time == 0:
            return np.where(number == 0, 1.0, 0.0)
        stays = nbinom(r, alpha / (alpha + time)).pmf(number) * np.exp(-s * np.log1p(time / beta))
        # Gone at v < time, after that many purchases; the points crowd towards both ends of (0, time).
        step = 0.04
        grid = np.arange(-4.4, 4.4, step)
        logit = np.pi * np.sinh(grid)
        log_low, log_high = -np.logaddexp(0.0, -logit), -np.logaddexp(0.0, logit)
        v = time * np.exp(log_low)
        # dv = time * low * high * d(logit)
        log_width = np.log(time * step * np.pi * np.cosh(grid)) + log_low + log_high
        one_by_one = (
            (gammaln(r + number) - gammaln(r) - gammaln(number + 1) + r * np.log(alpha))[:, None]
            + number[:, None] * (np.log(time) + log_low)
            - (r + number)[:, None] * np.log(alpha + v)
            - (s + 1) * np.log1p(v / beta)
            + log_width
        )
        found: Floats = stays + s / beta * np.exp(one_by_one).sum(axis=1)
        return found


def _grown(s: float, share: Floats) -> Floats:
    """The integral of `(1 + v)^-s` from 0 to `share`: `((1 + share)^(1 - s) - 1) / (1 - s)`, at s = 1 a logarithm."""
    from scipy.special import exprel

    logs = np.log1p(share)
    found: Floats = logs * exprel((1 - s) * logs)
    return found
