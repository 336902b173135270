"""Gamma-gamma: what a customer's purchases are worth, when she has made only a few.

A customer's purchases vary around a mean of her own, gamma distributed with shape `p`; the rates of these gammas vary
among customers with shape `q` and rate `v` (money). The few purchases seen of a customer are pulled towards the mean of
all, the more the fewer they are: one purchase of 500 does not make somebody worth 500 a purchase.

The model takes it that how much people spend has nothing to do with how often they buy; `correlation_` says whether
that holds.

References
----------
Fader, P. S., Hardie, B. G. S. (2013). The gamma-gamma model of monetary value. Note 025.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from funnel_utils.errors import SpecError
from funnel_utils.retention.customers import CustomerSummary
from funnel_utils.retention.models.estimator import Estimator
from funnel_utils.retention.models.fitting import maximise
from funnel_utils.retention.models.patterns import Distinct, dot
from funnel_utils.stats import Floats
from funnel_utils.text import t

#: Above this, spending goes with frequency, and the product of the two expectations is off.
RELATED = 0.3


class GammaGamma(Estimator):
    """The gamma-gamma model of spend.

    Attributes
    ----------
    params_ : Series
        `p`, `q`, `v`.
    correlation_ : float
        Pearson's, between repeat purchases and their mean value, over the customers that were fitted.
    n_left_out_ : int
        Customers with repeat purchases who were left out because their mean value is not above zero.

    Examples
    --------
    >>> model = GammaGamma.with_params(p=6.25, q=3.74, v=15.44)
    >>> f"{model.mean_value():.2f} {model.expected(1, 500.0):.2f} {model.expected(20, 500.0):.2f}"
    '35.22 358.34 490.03'
    """

    NAME: ClassVar[str] = "gamma-gamma"
    PARAMETERS: ClassVar[tuple[str, ...]] = ("p", "q", "v")

    correlation_: float = float("nan")
    n_left_out_: int = 0

    def fit(self, summary: CustomerSummary) -> GammaGamma:
        """Find the parameters that make the mean values most likely.

        Parameters
        ----------
        summary : CustomerSummary
            Customers without repeat purchases are left out: they have no mean value of them.

        Raises
        ------
        SpecError
            If fewer than two customers have repeat purchases with a value.
        """
        x, mean = summary.column("frequency"), summary.column("mean_value")
        again = x > 0
        usable = again & (mean > 0)
        if usable.sum() < 2:
            raise SpecError(
                f"gamma-gamma: {int(usable.sum())} of {len(summary):,} customers have repeat purchases with a value "
                "above zero; the model needs two at least. Was the summary made with value=…?"
            )
        x, mean = x[usable], mean[usable]
        if np.ptp(mean) == 0:
            raise SpecError("gamma-gamma: every customer has the same mean value, so there is nothing to model.")
        numbers, logs = Distinct.of(x), np.log(mean)
        start = [2.0, 3.0, float(mean.mean())]
        found = maximise(lambda theta: _objective(theta, numbers, mean, logs), [start], len(x))
        self._take(found, len(x), (summary.fingerprint, "value"))
        self.correlation_ = float(np.corrcoef(x, mean)[0, 1]) if np.ptp(x) else 0.0
        self.n_left_out_ = int((again & ~usable).sum())
        return self

    @classmethod
    def with_params(cls, **params: float) -> Any:
        """A model with parameters that are known; `v` is in the money of the values."""
        model = cls()
        model._given(params)
        return model

    def log_likelihood(self, summary: CustomerSummary) -> float:
        """The logarithm of the probability density of the mean values of those who bought again."""
        self._check_fitted()
        x, mean = summary.column("frequency"), summary.column("mean_value")
        usable = (x > 0) & (mean > 0)
        return _objective(self.theta, Distinct.of(x[usable]), mean[usable], np.log(mean[usable]))[0]

    def mean_value(self) -> float:
        """What a purchase is worth on average over all customers: `p v / (q - 1)`, NaN if `q <= 1` (no mean exists)."""
        self._check_fitted()
        p, q, v = self.theta
        return float(p * v / (q - 1)) if q > 1 else float("nan")

    def expected(self, x: Any, mean: Any) -> Any:
        """What a customer's purchases are worth in the long run, from `x` of them with that mean.

        Parameters
        ----------
        x : int or array-like
            Repeat purchases.
        mean : float or array-like
            Their mean value; not looked at where `x` is 0.

        Returns
        -------
        float or ndarray
            `p (v + x mean) / (p x + q - 1)`; the mean of all for those without repeat purchases.
        """
        self._check_fitted()
        found = conditional_mean(self.theta, np.asarray(x, dtype=float), np.asarray(mean, dtype=float))
        return float(found) if np.ndim(found) == 0 else found

    def expected_value(self, summary: CustomerSummary) -> Floats:
        """`expected` for every customer of a summary."""
        self._check_fitted()
        return conditional_mean(self.theta, summary.column("frequency"), summary.column("mean_value"))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to know before the numbers are believed."""
        found = list(super().warnings)
        if abs(self.correlation_) > RELATED:
            found.append(t("clv.warning.related", correlation=f"{self.correlation_:+.2f}"))
        if self.n_left_out_:
            found.append(t("clv.warning.left_out", customers=f"{self.n_left_out_:,}"))
        if self.theta[1] <= 1:
            found.append(t("clv.warning.no_mean"))
        return tuple(found)


def conditional_mean(theta: Floats, x: Floats, mean: Floats) -> Floats:
    """What a customer's purchases are worth in the long run, for parameters `p, q, v`; see `GammaGamma.expected`."""
    p, q, v = theta
    known = np.where((x > 0) & np.isfinite(mean), x, 0.0)
    spent = known * np.where(known > 0, mean, 0.0)
    below = p * known + q - 1
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = np.where(below > 0, p * (v + spent) / below, np.nan)
    return found


def _objective(theta: Floats, numbers: Distinct, mean: Floats, logs: Floats) -> tuple[float, Floats]:
    """Log-likelihood and gradient: what depends on x alone is computed once for each x."""
    from scipy.special import digamma, gammaln

    p, q, v = theta
    each = numbers.values
    n = np.bincount(numbers.codes, minlength=len(each)).astype(float)
    x = each[numbers.codes]
    shape = p * each
    total = np.log(v + x * mean)
    power = (shape + q)[numbers.codes]
    by_number = gammaln(shape + q) - gammaln(shape) - gammaln(q) + q * np.log(v) + shape * np.log(each)
    value = n @ by_number + dot(shape[numbers.codes] - 1, logs) - dot(power, total)
    inverse = 1 / (v + x * mean)
    by_p = n @ (each * (digamma(shape + q) - digamma(shape) + np.log(each))) + dot(x, logs - total)
    by_q = n @ (digamma(shape + q) - digamma(q) + np.log(v)) - total.sum()
    by_v = n.sum() * q / v - dot(power, inverse)
    return float(value), np.array([by_p, by_q, by_v])
