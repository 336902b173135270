"""BG/NBD and MBG/NBD: a customer may be gone after each purchase.

While alive she buys as a Poisson process with her own rate, which varies among customers as a gamma distribution with
shape `r` and rate `alpha` (a time). After a purchase she is gone with her own probability, which varies as a beta
distribution with `a` and `b`. In the BG/NBD that can happen after each *repeat* purchase only, so it says of everybody
who bought once that she is certainly alive. In the MBG/NBD it can happen after the first purchase too.

References
----------
Fader, P. S., Hardie, B. G. S., Lee, K. L. (2005). "Counting your customers" the easy way: an alternative to the
Pareto/NBD model. Marketing Science 24, 275-284.
Batislam, E. P., Denizel, M., Filiztekin, A. (2007). Empirical validation and comparison of models for customer base
analysis. International Journal of Research in Marketing 24, 201-209.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from funnel_utils.retention.models.patterns import Distinct, Patterns, dot
from funnel_utils.retention.models.purchase import PurchaseModel
from funnel_utils.retention.models.quadrature import beta_nodes
from funnel_utils.stats import Floats
from funnel_utils.text import t

#: How many numbers an average over a beta distribution may hold at a time.
BLOCK = 2_000_000


class BgNbd(PurchaseModel):
    """Beta-geometric / negative binomial: gone, if at all, right after a repeat purchase.

    `params_`: `r` and `alpha` of the gamma distribution of purchase rates (mean `r / alpha` a unit of time), `a` and
    `b` of the beta distribution of the probability to be gone after a purchase (mean `a / (a + b)`).

    Of everybody who never bought again it says that she is alive for certain: there was no repeat purchase after which
    she could have gone. Ask `probability_no_purchase` instead, or use `MbgNbd`.

    Examples
    --------
    >>> from funnel_utils.retention import CustomerSummary
    >>> model = BgNbd.with_params("1w", r=0.243, alpha=4.414, a=0.793, b=2.426)
    >>> ana = CustomerSummary.of([2], [30.43], [38.86], unit="1w")
    >>> f"{model.expected_purchases('39w', ana)[0]:.4f}"
    '1.2260'
    """

    NAME: ClassVar[str] = "BG/NBD"
    PARAMETERS: ClassVar[tuple[str, ...]] = ("r", "alpha", "a", "b")
    TIMES: ClassVar[tuple[str, ...]] = ("alpha",)
    #: Purchases after which a customer may be gone, beyond her repeat purchases.
    FIRST: ClassVar[int] = 0

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to know before the numbers are believed."""
        return (*super().warnings, *((t("clv.warning.one_time"),) if not self.FIRST else ()))

    def _starts(self, patterns: Patterns) -> list[list[float]]:
        rate = dot(patterns.count, patterns.x) / dot(patterns.count, patterns.age)
        return [[0.5, 0.5 / rate, 0.8, 2.5]]

    def _odds_of_gone(self, theta: Floats, patterns: Patterns) -> tuple[Floats, Floats]:
        """The logarithm of the odds that a customer is gone, and that of `(alpha + age) / (alpha + age at last)`."""
        r, alpha, a, b = theta
        silent = np.log(alpha + patterns.by_age.values)[patterns.by_age.codes]
        silent -= np.log(alpha + patterns.by_last.values)[patterns.by_last.codes]
        x = patterns.by_x.values
        chance = b + x + self.FIRST - 1
        possible = x + self.FIRST > 0
        fixed = np.where(possible, np.log(a) - np.log(np.where(possible, chance, 1.0)), -np.inf)
        return fixed[patterns.by_x.codes] + (r + patterns.x) * silent, silent

    def _by_number(self, theta: Floats, x: Floats) -> Floats:
        """The part of the log-likelihood that depends on the number of purchases alone."""
        from scipy.special import gammaln

        r, alpha, a, b = theta
        k = x + self.FIRST
        gone = gammaln(a + b) - gammaln(a + b + k) + gammaln(b + k) - gammaln(b)
        found: Floats = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + gone
        return found

    def _log_likelihoods(self, theta: Floats, patterns: Patterns) -> Floats:
        odds, _ = self._odds_of_gone(theta, patterns)
        by_number = self._by_number(theta, patterns.by_x.values)[patterns.by_x.codes]
        log_age = np.log(theta[1] + patterns.by_age.values)[patterns.by_age.codes]
        found: Floats = by_number - (theta[0] + patterns.x) * log_age + np.logaddexp(0.0, odds)
        return found

    def _objective(self, theta: Floats, patterns: Patterns) -> tuple[float, Floats]:
        from scipy.special import digamma

        r, alpha, a, b = theta
        n, ages, numbers = patterns.count, patterns.by_age, patterns.by_x
        odds, silent = self._odds_of_gone(theta, patterns)
        # log(1 + odds) and odds / (1 + odds), from one exponential that cannot overflow.
        small = np.exp(-np.abs(odds))
        value = dot(n, np.maximum(odds, 0.0) + np.log1p(small))
        gone = n * np.where(odds > 0, 1.0, small) / (1 + small)
        # What depends on the number of purchases alone, or on the age alone, is added up beforehand.
        number, k = numbers.values, numbers.values + self.FIRST
        of_number, total = patterns.customers_by_x, patterns.total
        log_age, shift = np.log(alpha + ages.values), 1 / (alpha + ages.values)
        bought = r * patterns.customers_by_age + patterns.bought_by_age
        value += of_number @ self._by_number(theta, number) - bought @ log_age
        gone_by_number = np.bincount(numbers.codes, gone, len(number))
        both = of_number @ (digamma(a + b) - digamma(a + b + k))
        apart = shift[ages.codes] - (1 / (alpha + patterns.by_last.values))[patterns.by_last.codes]
        by_r = of_number @ (digamma(r + number) - digamma(r)) + total * np.log(alpha)
        by_r += dot(gone, silent) - patterns.customers_by_age @ log_age
        by_alpha = total * r / alpha - bought @ shift + dot(gone * (r + patterns.x), apart)
        chance = np.where(gone_by_number > 0, k + b - 1, 1.0)
        by_b = both + of_number @ (digamma(b + k) - digamma(b)) - (gone_by_number / chance).sum()
        return float(value), np.array([by_r, by_alpha, both + gone.sum() / a, by_b])

    def _alive(self, theta: Floats, patterns: Patterns) -> Floats:
        from scipy.special import expit

        found: Floats = expit(-self._odds_of_gone(theta, patterns)[0])
        return found

    def _expected_if_alive(self, theta: Floats, time: float, patterns: Patterns) -> Floats:
        alpha = theta[1]
        x, age, code = patterns.x_and_age

        def purchases(p: Floats, shape: Floats, age: Floats) -> Floats:
            # Mean of (1 - exp(-rate p time)) / p over the gamma distribution of rates.
            found: Floats = -np.expm1(-shape * np.log1p(p * (time / (alpha + age)))) / p
            return found

        return self._mean_over_gone(theta, x, age, purchases)[code]

    def _rate_if_alive(self, theta: Floats, ahead: Floats, patterns: Patterns) -> Floats:
        alpha = theta[1]
        x, age, code = patterns.x_and_age
        columns = []
        for time in ahead:

            def rate(p: Floats, shape: Floats, age: Floats, time: float = float(time)) -> Floats:
                found: Floats = np.exp(-(shape + 1) * np.log1p(p * (time / (alpha + age)))) * (shape / (alpha + age))
                return found

            columns.append(self._mean_over_gone(theta, x, age, rate))
        return np.stack(columns, axis=1)[code]

    def _mean_over_gone(self, theta: Floats, x: Floats, age: Floats, of: object) -> Floats:
        """The mean of `of(p, r + x, age)` over the probability to be gone after a purchase, of customers alive now."""
        r, _, a, b = theta
        numbers = Distinct.of(x)
        points, weights = beta_nodes(a, b + numbers.values + self.FIRST)
        block = max(1, BLOCK // points.shape[1])
        parts = []
        for start in range(0, len(x), block):
            part = slice(start, start + block)
            at = numbers.codes[part]
            values = of(points[at], (r + x[part])[:, None], age[part][:, None])  # type: ignore[operator]
            parts.append(np.einsum("ij,ij->i", values, weights[at]))
        return np.concatenate(parts) if parts else np.zeros(0)

    def _none_if_alive(self, theta: Floats, time: float, patterns: Patterns) -> Floats:
        r, alpha = theta[:2]
        found: Floats = np.exp(-(r + patterns.x) * np.log1p(time / (alpha + patterns.age)))
        return found

    def _expected_new(self, theta: Floats, times: Floats) -> Floats:
        r, alpha, a, b = theta
        points, weights = beta_nodes(a, b + self.FIRST)
        values = -np.expm1(-r * np.log1p(points * (np.asarray(times)[:, None] / alpha))) / points
        # In the MBG/NBD she must first survive her first purchase.
        stays = b / (a + b) if self.FIRST else 1.0
        found: Floats = stays * (values * weights).sum(axis=1)
        return found

    def _pmf(self, theta: Floats, number: Floats, time: float) -> Floats:
        from scipy.special import betaln
        from scipy.stats import nbinom

        r, alpha, a, b = theta
        k = number + self.FIRST
        bought = nbinom(r, alpha / (alpha + time))
        whole = betaln(a, b)
        stays = np.exp(betaln(a, b + k) - whole) * bought.pmf(number)
        with np.errstate(invalid="ignore"):
            leaves = np.exp(betaln(a + 1, np.where(k > 0, b + k - 1, 1.0)) - whole) * bought.sf(number - 1)
        found: Floats = stays + np.where(k > 0, leaves, 0.0)
        return found


class MbgNbd(BgNbd):
    """Modified BG/NBD: a customer may be gone after her first purchase already.

    `params_` as for `BgNbd`. P(alive) of one-time buyers falls with the time since they bought.

    Examples
    --------
    >>> from funnel_utils.retention import CustomerSummary
    >>> model = MbgNbd.with_params("1w", r=0.5, alpha=6.0, a=0.9, b=1.6)
    >>> once = CustomerSummary.of([0, 0], [0, 0], [2, 40], unit="1w")
    >>> [f"{alive:.2f}" for alive in model.probability_alive(once)]
    ['0.61', '0.39']
    """

    NAME: ClassVar[str] = "MBG/NBD"
    FIRST: ClassVar[int] = 1
