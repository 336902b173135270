"""What the models of buying in continuous time share: fitting, and every question that can be put to a fitted one.

Each model tells the same story in two parts. While a customer is *alive* she buys at random at a rate of her own; at
some moment that nobody sees she is gone for good. The models differ in when that can happen. From a customer's three
numbers (how often, when last, how long watched) they say how likely she is alive, and what to expect of her.

Lengths of time carry their unit, and a model that was fitted in weeks refuses a summary in days.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from funnel_utils.durations import Duration, format_duration, parse_duration
from funnel_utils.errors import SpecError
from funnel_utils.retention.customers import CustomerSummary
from funnel_utils.retention.models.estimator import Estimator
from funnel_utils.retention.models.fitting import maximise
from funnel_utils.retention.models.patterns import Patterns
from funnel_utils.retention.models.quadrature import exponential_nodes
from funnel_utils.stats import Floats


class PurchaseModel(Estimator, ABC):
    """A model of when customers buy and when they are gone; see `BgNbd`, `MbgNbd` and `ParetoNbd`."""

    #: Which parameters are measured in units of time (to convert the start of a search).
    TIMES: ClassVar[tuple[str, ...]]

    unit_: timedelta

    # What a model has to say, for parameters `theta` and distinct histories.

    @abstractmethod
    def _log_likelihoods(self, theta: Floats, patterns: Patterns) -> Floats:
        """Of one customer of each pattern."""

    @abstractmethod
    def _objective(self, theta: Floats, patterns: Patterns) -> tuple[float, Floats]:
        """The log-likelihood of all customers and its gradient."""

    @abstractmethod
    def _starts(self, patterns: Patterns) -> list[list[float]]:
        """Where to begin the search."""

    @abstractmethod
    def _alive(self, theta: Floats, patterns: Patterns) -> Floats:
        """P(alive) for each pattern."""

    @abstractmethod
    def _expected_if_alive(self, theta: Floats, time: float, patterns: Patterns) -> Floats:
        """Purchases in the next `time` of a customer who is alive now, for each pattern."""

    @abstractmethod
    def _rate_if_alive(self, theta: Floats, ahead: Floats, patterns: Patterns) -> Floats:
        """Purchases per unit of time, `ahead` from now, of a customer who is alive now: a row a pattern, a column a
        time."""

    @abstractmethod
    def _none_if_alive(self, theta: Floats, time: float, patterns: Patterns) -> Floats:
        """P(no purchase in the next `time`) of a customer who is alive now, for each pattern."""

    @abstractmethod
    def _expected_new(self, theta: Floats, times: Floats) -> Floats:
        """Repeat purchases that a new customer makes until each time."""

    @abstractmethod
    def _pmf(self, theta: Floats, number: Floats, time: float) -> Floats:
        """P(a new customer makes exactly that many repeat purchases until `time`)."""

    # Fitting.

    def fit(self, summary: CustomerSummary) -> PurchaseModel:
        """Find the parameters that make the histories most likely.

        Parameters
        ----------
        summary : CustomerSummary

        Returns
        -------
        PurchaseModel
            Itself, with `params_`, `log_likelihood_`, `aic_`, `bic_`, `covariance_` (of the logarithms), `unit_`,
            `n_customers_`, `converged_`.

        Raises
        ------
        SpecError
            If there is nothing to learn from: no customers, or nobody who bought again.
        """
        patterns = _patterns(summary)
        if not len(patterns.x) or not (patterns.x > 0).any():
            raise SpecError(
                f"{self.NAME}: none of the {len(summary):,} customers bought again, so nothing says how often "
                "customers return or when they are gone. Observe for longer."
            )
        found = maximise(lambda theta: self._objective(theta, patterns), self._starts(patterns), len(summary))
        self._take(found, len(summary), summary.fingerprint)
        self.unit_ = summary.unit
        return self

    @classmethod
    def with_params(cls, unit: Duration, **params: float) -> Any:
        """A model with parameters that are known, from a paper or another program.

        Parameters
        ----------
        unit : str or timedelta
            The unit of time that the parameters are in: they mean nothing without it.
        **params : float

        Examples
        --------
        >>> from funnel_utils.retention import BgNbd
        >>> BgNbd.with_params("1w", r=0.243, alpha=4.414, a=0.793, b=2.426)
        BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426; unit 1w)
        """
        model = cls()
        model._given(params)
        model.unit_ = parse_duration(unit, "unit")
        if not model.unit_:
            raise SpecError(f"{cls.NAME}: unit={unit!r} has no length.")
        return model

    def in_unit(self, unit: Duration) -> Any:
        """The same model with its parameters in another unit of time. A log-likelihood is a density per unit of time
        and changes with it, so a converted model carries none."""
        self._check_fitted()
        factor = self.unit_ / parse_duration(unit, "unit")
        params = {str(name): value * (factor if name in self.TIMES else 1.0) for name, value in self.params_.items()}
        return type(self).with_params(unit, **params)

    # Questions.

    def log_likelihood(self, summary: CustomerSummary) -> float:
        """The logarithm of the probability density of these histories under the model, with every constant, in the
        summary's own unit: comparable between models and with papers that use the same unit."""
        patterns = self._read(summary)
        return float(patterns.count @ self._log_likelihoods(self.theta, patterns))

    def probability_alive(self, summary: CustomerSummary) -> Floats:
        """How likely each customer is still one.

        Returns
        -------
        ndarray
            In the order of the summary. Mind what it is not: see `probability_no_purchase`, and for the BG/NBD its
            own warning.
        """
        patterns = self._read(summary)
        return self._alive(self.theta, patterns)[patterns.code]

    def probability_no_purchase(self, within: Duration, summary: CustomerSummary) -> Floats:
        """How likely each customer buys nothing in the time to come, gone or not: what a win-back mail is about.

        Parameters
        ----------
        within : str or timedelta
        summary : CustomerSummary
        """
        patterns = self._read(summary)
        alive = self._alive(self.theta, patterns)
        none = self._none_if_alive(self.theta, self._units(within, "within"), patterns)
        return (1 - alive + alive * none)[patterns.code]

    def expected_purchases(self, within: Duration, summary: CustomerSummary) -> Floats:
        """How many purchases to expect of each customer in the time to come, given her history.

        Parameters
        ----------
        within : str or timedelta
        summary : CustomerSummary
        """
        patterns = self._read(summary)
        return self._expected(self.theta, self._units(within, "within"), patterns)[patterns.code]

    def discounted_purchases(
        self, summary: CustomerSummary, *, annual_discount: float, horizon: Duration | None = None
    ) -> Floats:
        """Expected purchases of each customer, each worth less the later it comes.

        Parameters
        ----------
        summary : CustomerSummary
        annual_discount : float
            A purchase in a year counts `1 / (1 + annual_discount)`, and so on continuously. A year has 365.25 days.
        horizon : str or timedelta, optional
            Up to when; for ever if not given (what the literature calls DERT).
        """
        patterns = self._read(summary)
        return self.discounted(self.theta, self.discount_rate(annual_discount), horizon, patterns)[patterns.code]

    def expected_new(self, times: Duration | Sequence[Duration]) -> Any:
        """How many repeat purchases a new customer makes on average until each time after her first.

        Parameters
        ----------
        times : str, timedelta, or a sequence of these

        Returns
        -------
        float or ndarray
        """
        self._check_fitted()
        single = isinstance(times, str | timedelta)
        asked: list[Any] = [times] if single else list(times)  # type: ignore[arg-type]
        found = self._expected_new(self.theta, np.array([self._units(time, "times") for time in asked]))
        return float(found[0]) if single else found

    def pmf(self, number: int | Sequence[int], time: Duration) -> Any:
        """How likely a new customer makes exactly `number` repeat purchases until `time` after her first.

        Parameters
        ----------
        number : int or sequence of int
        time : str or timedelta

        Returns
        -------
        float or ndarray
        """
        self._check_fitted()
        asked = np.atleast_1d(np.asarray(number, dtype=float))
        if (asked < 0).any() or (asked != np.floor(asked)).any():
            raise SpecError(f"{self.NAME}: pmf is about whole numbers of purchases, zero or more; got {number!r}.")
        found = self._pmf(self.theta, asked, self._units(time, "time"))
        return float(found[0]) if np.ndim(number) == 0 else found

    def table(self, summary: CustomerSummary, within: Duration) -> pd.DataFrame:
        """Every customer with what the model says of her.

        Returns
        -------
        DataFrame
            The summary's columns, and `probability_alive`, `probability_no_purchase` and `expected_purchases` within
            the given time.
        """
        return summary.table.assign(
            probability_alive=self.probability_alive(summary),
            probability_no_purchase=self.probability_no_purchase(within, summary),
            expected_purchases=self.expected_purchases(within, summary),
        )

    def tracking(self, summary: CustomerSummary, until: Duration, every: Duration = "1w") -> pd.DataFrame:
        """The repeat purchases of all customers together that the model expects, counted from the earliest first
        purchase.

        Parameters
        ----------
        summary : CustomerSummary
            Whose customers started at different times: an age is the distance from a start to the summary's end.
        until : str or timedelta
            After the earliest start. It may lie beyond the summary's end: customers do not stop at it.
        every : str or timedelta

        Returns
        -------
        DataFrame
            `time` (a timedelta since the earliest start), `expected` (since the row before), `cumulative`.
        """
        patterns = self._read(summary)
        step, end = self._units(every, "every"), self._units(until, "until")
        if step <= 0 or end < step:
            raise SpecError(f"tracking: until={until!r} must be at least one step of every={every!r}.")
        times = step * np.arange(1, int(end / step + 1e-9) + 1)
        ages = patterns.by_age
        customers = patterns.customers_by_age
        late = ages.values.max() - ages.values
        since = np.maximum(times[:, None] - late[None, :], 0.0)
        distinct, back = np.unique(since, return_inverse=True)
        expected = self._expected_new(self.theta, distinct)[back].reshape(since.shape)
        cumulative = expected @ customers
        rows = {"time": [self.unit_ * float(time) for time in times]}
        return pd.DataFrame(rows | {"expected": np.diff(cumulative, prepend=0.0), "cumulative": cumulative})

    # With parameters given, for intervals.

    def _expected(self, theta: Floats, time: float, patterns: Patterns) -> Floats:
        return self._alive(theta, patterns) * self._expected_if_alive(theta, time, patterns)

    def discounted(
        self, theta: Floats, rate: float, horizon: Duration | None, patterns: Patterns, points: int = 24
    ) -> Floats:
        """Discounted expected purchases for given parameters, of each pattern.

        Parameters
        ----------
        theta : ndarray
            The parameters, in the order of `PARAMETERS`.
        rate : float
            The force of interest per unit of time, from `discount_rate`.
        horizon : str, timedelta or None
        patterns : Patterns
        points : int
            At which the expected rate of purchases is computed within the horizon; 8 give five digits.
        """
        if horizon is None:
            if rate <= 0:
                raise SpecError("discounted_purchases: without a horizon, annual_discount must be above zero.")
            q, weights = exponential_nodes()
            ahead, weights = q / rate, weights / rate
        else:
            end = self._units(horizon, "horizon")
            places, weights = np.polynomial.legendre.leggauss(points)
            # The expected rate falls most at first; squared points look there more closely.
            near = (places + 1) / 2
            ahead, weights = end * near**2, weights * end * near
            weights = weights * np.exp(-rate * ahead)
        return self._alive(theta, patterns) * (self._rate_if_alive(theta, ahead, patterns) @ weights)

    def discount_rate(self, annual: float) -> float:
        """An annual discount as the force of interest per unit of time."""
        if not isinstance(annual, int | float) or not 0 <= annual < np.inf:
            raise SpecError(f"annual_discount={annual!r} is a share a year, zero or more, such as 0.15.")
        return float(np.log1p(annual)) * (self.unit_ / timedelta(days=365.25))

    def _units(self, value: Duration, field: str) -> float:
        return parse_duration(value, field) / self.unit_

    def _read(self, summary: CustomerSummary) -> Patterns:
        self._check_fitted()
        if not isinstance(summary, CustomerSummary):
            raise SpecError(
                f"{self.NAME}: expected a CustomerSummary, which knows its unit of time; got "
                f"{type(summary).__name__}. Make one with CustomerSummary.from_log or .from_table."
            )
        if summary.unit != self.unit_:
            raise SpecError(
                f"{self.NAME}: the model is in units of {format_duration(self.unit_)}, the summary in units of "
                f"{format_duration(summary.unit)}. Convert one of them: summary.in_unit("
                f'"{format_duration(self.unit_)}").'
            )
        return summary.patterns

    def _words(self) -> str:
        return f"; unit {format_duration(self.unit_)}"


def _patterns(summary: CustomerSummary) -> Patterns:
    if not isinstance(summary, CustomerSummary):
        raise SpecError(
            f"fit: expected a CustomerSummary, which knows its unit of time; got {type(summary).__name__}. Make one "
            "with CustomerSummary.from_log or .from_table."
        )
    return summary.patterns
