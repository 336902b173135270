"""Shifted beta-geometric (sBG): how long customers with a contract stay.

At each renewal a customer leaves with her own probability; these vary as a beta distribution with `alpha` and `beta`.
Nobody becomes more loyal in this model, yet the retention rate of a cohort rises from renewal to renewal, because those
likely to leave leave first. That is why one retention rate for all, continued into the future, values a customer
wrongly.

References
----------
Fader, P. S., Hardie, B. G. S. (2007). How to project customer retention. Journal of Interactive Marketing 21(1), 76-90.
Fader, P. S., Hardie, B. G. S. (2010). Customer-base valuation in a contractual setting: the perils of ignoring
heterogeneity. Marketing Science 29, 85-93.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from funnel_utils.errors import SpecError
from funnel_utils.retention.models.estimator import Estimator
from funnel_utils.retention.models.fitting import maximise
from funnel_utils.retention.models.quadrature import beta_nodes
from funnel_utils.stats import Floats


class Sbg(Estimator):
    """The shifted beta-geometric model of contracts.

    `params_`: `alpha`, `beta` of the distribution of the probability to leave at a renewal, with mean
    `alpha / (alpha + beta)`. Times count renewals, which are as far apart as the contract says.

    Examples
    --------
    >>> model = Sbg().fit([1000, 631, 468, 382, 326, 289, 262, 241])
    >>> [f"{value:.3f}" for value in model.params_]
    ['0.704', '1.182']
    >>> [f"{share:.3f}" for share in model.survival([1, 7, 12])], [f"{rate:.3f}" for rate in model.retention([1, 7])]
    (['0.627', '0.239', '0.170'], ['0.627', '0.911'])
    """

    NAME: ClassVar[str] = "sBG"
    PARAMETERS: ClassVar[tuple[str, ...]] = ("alpha", "beta")

    def fit(self, survivors: Sequence[Any]) -> Sbg:
        """Find the parameters that make the cohorts' losses most likely.

        Parameters
        ----------
        survivors : sequence of int, or sequence of these
            How many customers of a cohort are left after 0, 1, 2 … renewals, beginning with all of them. Several
            cohorts, of different length too, are fitted together.

        Raises
        ------
        SpecError
            If a cohort is empty, rises, has one number only, or nobody ever left.
        """
        cohorts = [survivors] if np.ndim(survivors[0]) == 0 else list(survivors)
        lost, left = _losses(cohorts)
        if not lost.sum():
            raise SpecError("sBG: nobody left at any renewal, so nothing says how likely that is.")
        size = float(lost.sum() + left.sum())
        found = maximise(lambda theta: _objective(theta, lost, left), [[1.0, 2.0], [3.0, 15.0]], size)
        self._take(found, round(size), (tuple(lost), tuple(left)))
        return self

    @classmethod
    def fit_lifetimes(cls, renewals: Any, ended: Any) -> Sbg:
        """Fit to one row a customer.

        Parameters
        ----------
        renewals : array-like of int
            Periods a customer has paid for, so far or until she left: 1, 2, 3 …
        ended : array-like of bool
            Whether she left then; those who did not may still.
        """
        periods, gone = np.asarray(renewals), np.asarray(ended).astype(bool)
        if len(periods) != len(gone) or not len(periods):
            raise SpecError(f"sBG: {len(periods)} renewals and {len(gone)} ends; give one of each for a customer.")
        if (periods < 1).any() or (periods != np.floor(periods)).any():
            raise SpecError("sBG: a customer has paid for a whole number of periods, one at least.")
        longest = int(periods.max())
        lost = np.bincount(periods[gone].astype(int), minlength=longest + 1)[1:].astype(float)
        left = np.bincount(periods[~gone].astype(int) - 1, minlength=longest + 1).astype(float)
        model = cls()
        if not lost.sum():
            raise SpecError("sBG: nobody left at any renewal, so nothing says how likely that is.")
        size = float(len(periods))
        found = maximise(lambda theta: _objective(theta, lost, left), [[1.0, 2.0], [3.0, 15.0]], size)
        model._take(found, len(periods), (tuple(lost), tuple(left)))
        return model

    @classmethod
    def with_params(cls, **params: float) -> Any:
        """A model with parameters that are known."""
        model = cls()
        model._given(params)
        return model

    def survival(self, renewals: Any) -> Floats:
        """The share of a cohort that is left after that many renewals."""
        from scipy.special import betaln

        times = _whole(renewals, 0)
        alpha, beta = self._read()
        found: Floats = np.exp(betaln(alpha, beta + times) - betaln(alpha, beta))
        return found

    def retention(self, renewal: Any) -> Floats:
        """The share of those still there who stay at the 1st, 2nd, 3rd … renewal."""
        times = _whole(renewal, 1)
        alpha, beta = self._read()
        found: Floats = (beta + times - 1) / (alpha + beta + times - 1)
        return found

    def pmf(self, renewal: Any) -> Floats:
        """The share of a cohort that leaves at the 1st, 2nd, 3rd … renewal."""
        times = _whole(renewal, 1)
        found: Floats = self.survival(times - 1) * (1 - self.retention(times))
        return found

    def discounted_lifetime(self, discount: float) -> float:
        """The expected number of payments of a new customer, the first at once, each next one worth
        `1 / (1 + discount)` as much as the one before (DEL).

        Parameters
        ----------
        discount : float
            Per contract period, as everywhere here.
        """
        rate = _share(discount)
        points, weights = beta_nodes(*self._read())
        return float((weights * (1 + rate) / (rate + points)).sum())

    def discounted_residual(self, discount: float, periods: Any) -> Floats:
        """The expected number of further payments of a customer whose next renewal is due now (DERL).

        Parameters
        ----------
        discount : float
            Per contract period.
        periods : int or array-like
            How many periods she has paid for: 1 if this is her first renewal. The payment due now is not discounted.

        Examples
        --------
        >>> model = Sbg.with_params(alpha=3.8, beta=15.2)
        >>> [f"{value:.2f}" for value in model.discounted_residual(0.1, [1, 2, 3, 4, 5])]
        ['3.31', '3.45', '3.59', '3.72', '3.84']
        """
        paid, rate = _whole(periods, 1), _share(discount)
        alpha, beta = self._read()
        points, weights = beta_nodes(alpha, beta + paid - 1)
        found: Floats = (weights * (1 - points) * (1 + rate) / (rate + points)).sum(axis=1)
        return found

    def _read(self) -> tuple[float, float]:
        self._check_fitted()
        alpha, beta = self.theta
        return float(alpha), float(beta)


def _whole(times: Any, least: int) -> Floats:
    found = np.atleast_1d(np.asarray(times, dtype=float))
    if not np.isfinite(found).all() or (found != np.floor(found)).any() or (found < least).any():
        raise SpecError(f"sBG: times count renewals: whole numbers from {least}; got {times!r}.")
    return found


def _share(discount: float) -> float:
    if not isinstance(discount, int | float) or not 0 < discount < np.inf:
        raise SpecError(f"sBG: discount={discount!r} is a share per contract period above zero, such as 0.1.")
    return float(discount)


def _losses(cohorts: Sequence[Sequence[float]]) -> tuple[Floats, Floats]:
    """Customers lost at the 1st, 2nd … renewal, and those still there after 0, 1, 2 … when observation ended."""
    longest = max(len(cohort) for cohort in cohorts)
    lost, left = np.zeros(longest - 1), np.zeros(longest)
    for cohort in cohorts:
        sizes = np.asarray(cohort, dtype=float)
        if len(sizes) < 2 or not np.isfinite(sizes).all() or sizes[0] <= 0 or (sizes < 0).any():
            raise SpecError(
                f"sBG: a cohort is how many customers are left after 0, 1, 2 … renewals, two numbers at least and the "
                f"first above zero; got {list(cohort)!r}."
            )
        if (np.diff(sizes) > 0).any():
            raise SpecError(f"sBG: survivors cannot become more again; got {list(cohort)!r}.")
        lost[: len(sizes) - 1] -= np.diff(sizes)
        left[len(sizes) - 1] += sizes[-1]
    return lost, left


def _objective(theta: Floats, lost: Floats, left: Floats) -> tuple[float, Floats]:
    """Losses at renewal t have probability B(alpha + 1, beta + t - 1) / B(alpha, beta), survivors of t renewals
    B(alpha, beta + t) / B(alpha, beta)."""
    from scipy.special import betaln, digamma

    alpha, beta = theta
    times, after = np.arange(1, len(lost) + 1, dtype=float), np.arange(len(left), dtype=float)
    total = lost.sum() + left.sum()
    value = (
        lost @ betaln(alpha + 1, beta + times - 1) + left @ betaln(alpha, beta + after) - total * betaln(alpha, beta)
    )
    both = lost @ digamma(alpha + beta + times) + left @ digamma(alpha + beta + after) - total * digamma(alpha + beta)
    by_alpha = lost.sum() * digamma(alpha + 1) + left.sum() * digamma(alpha) - total * digamma(alpha) - both
    by_beta = lost @ digamma(beta + times - 1) + left @ digamma(beta + after) - total * digamma(beta) - both
    return float(value), np.array([by_alpha, by_beta])
