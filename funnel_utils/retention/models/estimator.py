"""What all models share: parameters with a name, their standard errors, and what makes two fits comparable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from funnel_utils.errors import SpecError
from funnel_utils.retention.models.fitting import Optimum
from funnel_utils.stats import ALPHA, Floats
from funnel_utils.text import t


class Estimator:
    """A model in the manner of scikit-learn: made without data, `fit` returns itself, what was learnt ends in `_`.

    Attributes
    ----------
    params_ : Series
        The parameters by name.
    log_likelihood_ : float
        Of the data it was fitted to, with every constant; NaN for a model with given parameters.
    aic_, bic_ : float
        The lower, the better the model explains the same data for its number of parameters.
    covariance_ : DataFrame
        Of the **logarithms** of the parameters.
    n_customers_ : int
    converged_ : bool
        Whether the fit is an optimum that the data determine; if not, `warnings` says what that means.
    """

    NAME: ClassVar[str]
    PARAMETERS: ClassVar[tuple[str, ...]]

    params_: pd.Series
    log_likelihood_: float
    n_customers_: int
    converged_: bool
    _found: Optimum
    _data: Any

    def _take(self, found: Optimum, customers: int, data: Any) -> None:
        """Remember a fit; `data` identifies what it was fitted to."""
        self._found, self._data = found, data
        self.params_ = pd.Series(found.estimate, index=list(self.PARAMETERS), name="estimate")
        self.log_likelihood_, self.n_customers_, self.converged_ = found.log_likelihood, int(customers), found.converged

    def _given(self, params: Mapping[str, float]) -> None:
        """Take parameters that were not fitted."""
        missing, unknown = set(self.PARAMETERS) - set(params), set(params) - set(self.PARAMETERS)
        if missing or unknown:
            raise SpecError(
                f"{self.NAME} has the parameters {', '.join(self.PARAMETERS)}; "
                + (f"missing: {', '.join(sorted(missing))}" if missing else f"unknown: {', '.join(sorted(unknown))}")
                + "."
            )
        values = np.array([float(params[name]) for name in self.PARAMETERS])
        if not (np.isfinite(values) & (values > 0)).all():
            raise SpecError(f"{self.NAME}: parameters are numbers above zero; got {dict(params)}.")
        nothing = np.full((len(values), len(values)), np.nan)
        self._take(Optimum(values, float("nan"), nothing, True, 0), 0, None)

    @property
    def theta(self) -> Floats:
        """The parameters as an array."""
        self._check_fitted()
        return self._found.estimate

    def _check_fitted(self) -> None:
        if not hasattr(self, "_found"):
            raise SpecError(f"This {type(self).__name__} is not fitted yet; call fit first, or use with_params.")

    @property
    def aic_(self) -> float:
        self._check_fitted()
        return 2 * len(self.PARAMETERS) - 2 * self.log_likelihood_

    @property
    def bic_(self) -> float:
        self._check_fitted()
        return float(len(self.PARAMETERS) * np.log(max(self.n_customers_, 1)) - 2 * self.log_likelihood_)

    @property
    def covariance_(self) -> pd.DataFrame:
        self._check_fitted()
        names = list(self.PARAMETERS)
        return pd.DataFrame(self._found.covariance, index=names, columns=names)

    @property
    def summary(self) -> pd.DataFrame:
        """The parameters.

        Returns
        -------
        DataFrame
            `parameter`, `estimate`, `se` (standard error, from the likelihood's curvature), `low`, `high` (95%, from
            the normal approximation of the logarithm). NaN for given parameters, and where the data do not tell.
        """
        self._check_fitted()
        low, high = self._found.interval(ALPHA)
        columns = {"estimate": self.theta, "se": self._found.standard_errors(), "low": low, "high": high}
        return pd.DataFrame({"parameter": list(self.PARAMETERS), **columns})

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to know before the parameters are believed."""
        self._check_fitted()
        return () if self.converged_ else (t("clv.warning.not_converged", model=self.NAME),)

    def draws(self, number: int, seed: int | None = 0) -> Floats:
        """Parameters as they might be, given how well the data determine them: a row a draw.

        Raises
        ------
        SpecError
            If the model has no standard errors.
        """
        self._check_fitted()
        if not np.isfinite(self._found.covariance).all():
            raise SpecError(
                f"{self.NAME}: no standard errors, so no draws: the parameters were given, or the data do not "
                "determine them (see warnings)."
            )
        return self._found.draws(number, seed)

    def _words(self) -> str:
        return ""

    def __repr__(self) -> str:
        if not hasattr(self, "_found"):
            return f"{type(self).__name__}(not fitted)"
        shown = ", ".join(f"{name}={value:.6g}" for name, value in self.params_.items())
        return f"{type(self).__name__}({shown}{self._words()})"

    def _repr_html_(self) -> str:
        from funnel_utils.retention.view import html

        if not hasattr(self, "_found"):
            return html(repr(self), "", pd.DataFrame())
        shown = self.summary.rename(columns={name: t(f"clv.column.{name}") for name in self.summary})
        return html(repr(self), t("clv.caption.parameters"), shown, self.warnings)


def compare(models: Sequence[Estimator]) -> pd.DataFrame:
    """Fits to the same data, best first.

    Parameters
    ----------
    models : sequence of fitted models

    Returns
    -------
    DataFrame
        `model`, `parameters` (how many), `customers`, `log_likelihood`, `aic`, `delta_aic` (to the best), `bic`,
        `converged`.

    Raises
    ------
    SpecError
        If they were fitted to different data or in different units: their likelihoods then say nothing about each
        other.
    """
    for model in models:
        model._check_fitted()
        if model._data is None or model._data != models[0]._data:
            raise SpecError(
                "compare: likelihoods can be compared only between fits to the same customers in the same unit of "
                f"time; {model!r} and {models[0]!r} are not."
            )
    rows = [
        {
            "model": model.NAME,
            "parameters": len(model.PARAMETERS),
            "customers": model.n_customers_,
            "log_likelihood": model.log_likelihood_,
            "aic": model.aic_,
            "delta_aic": 0.0,
            "bic": model.bic_,
            "converged": model.converged_,
        }
        for model in models
    ]
    found = pd.DataFrame(rows).sort_values("aic", kind="stable", ignore_index=True)
    found["delta_aic"] = found["aic"] - found["aic"].min()
    return found
