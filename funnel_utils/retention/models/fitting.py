"""Maximum likelihood for parameters that are positive: what every model of this folder shares.

The search runs on the logarithms of the parameters, with the model's own gradient, and ends with Newton steps on a
Hessian that is differenced from that gradient, so that the optimum is one and its standard errors are those of the
same Hessian. Intervals are symmetric for the logarithm, so they never reach below zero.

The search is the textbook's BFGS, begun with a differenced Hessian. With two to four parameters and a likelihood that
costs a fraction of a millisecond, a library's optimiser spends more time on its own bookkeeping than on the model.

References
----------
Nocedal, J., Wright, S. J. (2006). Numerical optimization, 2nd edition, sections 3.1 and 6.1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from funnel_utils.stats import ALPHA, Floats
from funnel_utils.stats.counts import critical

#: The log-likelihood of all customers and its gradient, at parameters on their own scale.
Objective = Callable[[Floats], tuple[float, Floats]]

#: Logarithms of the parameters are searched between these: beyond, nothing changes any more.
LOWEST, HIGHEST = -14.0, 14.0
#: The longest step of the search, in logarithms.
LONGEST = 1.5
#: The largest remaining improvement, in units of log-likelihood, of what is called an optimum.
CLOSE = 1e-6
#: Newton's steps go on until there is no more than this to gain: then every printed digit stands.
DONE = 1e-14


@dataclass(frozen=True)
class Optimum:
    """Where a likelihood is greatest.

    Attributes
    ----------
    estimate : ndarray
        The parameters.
    log_likelihood : float
        Of all customers, with every constant.
    covariance : ndarray
        Of the **logarithms** of the parameters; NaN where the data do not determine them.
    converged : bool
        Whether the gradient vanishes there and the likelihood bends down in every direction.
    evaluations : int
        How often the likelihood was computed.
    """

    estimate: Floats
    log_likelihood: float
    covariance: Floats
    converged: bool
    evaluations: int

    def standard_errors(self) -> Floats:
        """Of the parameters on their own scale, by the delta method."""
        found: Floats = self.estimate * np.sqrt(np.diag(self.covariance))
        return found

    def interval(self, alpha: float = ALPHA) -> tuple[Floats, Floats]:
        """Bounds for each parameter, from the normal approximation of its logarithm."""
        factor = np.exp(critical(alpha) * np.sqrt(np.diag(self.covariance)))
        return self.estimate / factor, self.estimate * factor

    def draws(self, number: int, seed: int | None) -> Floats:
        """Parameters drawn from the normal approximation of their logarithms: a row a draw."""
        generator = np.random.default_rng(seed)
        logs = generator.multivariate_normal(np.log(self.estimate), self.covariance, size=number, method="eigh")
        return np.exp(np.clip(logs, LOWEST, HIGHEST))


def maximise(objective: Objective, starts: Sequence[Sequence[float]], customers: float) -> Optimum:
    """The parameters at which `objective` is greatest.

    Parameters
    ----------
    objective : callable
        From parameters to (log-likelihood, gradient).
    starts : sequence of sequence of float
        Where to begin; the best end is taken.
    customers : float
        How many, for the scale of the search.
    """
    calls = 0

    def negative(logs: Floats) -> tuple[float, Floats]:
        nonlocal calls
        calls += 1
        theta = np.exp(logs)
        value, gradient = objective(theta)
        return -value / customers, -gradient * theta / customers

    ends = [_descend(negative, np.log(np.asarray(start, dtype=float)), customers) for start in starts]
    logs, value, hessian, converged = _polish(negative, min(ends, key=lambda end: end[1]), customers)
    return Optimum(np.exp(logs), -value * customers, _inverse(hessian * customers), converged, calls)


def _descend(negative: Objective, logs: Floats, customers: float, rounds: int = 300) -> tuple[Floats, float, Floats]:
    """Go downhill until there is nothing to gain; the place, the value and the slope there."""
    value, slope = negative(logs)
    hessian = _hessian(negative, logs, slope)
    inverse = np.linalg.inv(hessian) if _bends(hessian) else np.eye(len(logs)) / max(1.0, float(np.abs(slope).max()))
    for _ in range(rounds):
        step = -inverse @ slope
        promise = float(slope @ step)
        if promise >= 0:  # rounding has spoilt the approximation: begin anew with the slope alone
            inverse = np.eye(len(logs))
            step, promise = -slope, -float(slope @ slope)
        # The last steps are Newton's; this search ends where the next of its own would gain a thousandth.
        if -promise * customers < 1e-3:
            break
        step *= min(1.0, LONGEST / float(np.abs(step).max()))
        moved, found, steeper = _search(negative, logs, value, slope, step)
        if found >= value:
            break
        change, turn = moved - logs, steeper - slope
        logs, value, slope = moved, found, steeper
        curvature = float(change @ turn)
        if curvature > 1e-12 * float(change @ change):
            across = np.eye(len(logs)) - np.outer(change, turn) / curvature
            inverse = across @ inverse @ across.T + np.outer(change, change) / curvature
    return logs, value, slope


def _search(
    negative: Objective, logs: Floats, value: float, slope: Floats, step: Floats
) -> tuple[Floats, float, Floats]:
    """Along a step, halved until it gains a part of what the slope promises."""
    share = 1.0
    for _ in range(40):
        moved = np.clip(logs + share * step, LOWEST, HIGHEST)
        found, steeper = negative(moved)
        if np.isfinite(found) and found <= value + 1e-4 * float(slope @ (moved - logs)):
            return moved, found, steeper
        share *= 0.4
    return logs, value, slope


def _polish(
    negative: Objective, end: tuple[Floats, float, Floats], customers: float, rounds: int = 6
) -> tuple[Floats, float, Floats, bool]:
    """Newton steps from where the search ended: the place, the value and Hessian there, whether it is an optimum."""
    logs, value, gradient = end
    hessian = _hessian(negative, logs, gradient)
    for _ in range(rounds):
        if not _bends(hessian):
            return logs, value, hessian, False
        step = np.linalg.solve(hessian, gradient)
        # What the quadratic still promises, in units of log-likelihood of all customers.
        if 0.5 * float(gradient @ step) * customers < DONE:
            return logs, value, hessian, True
        trial = np.clip(logs - step, LOWEST, HIGHEST)
        found, slope = negative(trial)
        if not found <= value + 1e-12 * abs(value):
            break
        logs, value, gradient = trial, found, slope
        # So close to the optimum the Hessian stays what it is, as long as the steps are small.
        if float(np.abs(step).max()) > 1e-3:
            hessian = _hessian(negative, logs, gradient)
    inside = bool(((logs > LOWEST) & (logs < HIGHEST)).all())
    left = 0.5 * float(gradient @ np.linalg.solve(hessian, gradient)) * customers if _bends(hessian) else np.inf
    return logs, value, hessian, inside and left < CLOSE


def _hessian(negative: Objective, logs: Floats, slope: Floats, step: float = 1e-5) -> Floats:
    """One-sided differences of the gradient `slope`, which is exact enough for them to have five digits."""
    rows = []
    for place in range(len(logs)):
        away = logs.copy()
        away[place] += step
        rows.append((negative(away)[1] - slope) / step)
    found = np.array(rows)
    return (found + found.T) / 2


def _bends(hessian: Floats) -> bool:
    """Whether a Hessian is finite and positive definite beyond its rounding."""
    if not np.isfinite(hessian).all():
        return False
    values = np.linalg.eigvalsh(hessian)
    return bool(values[0] > 1e-9 * max(float(values[-1]), 1e-300))


def _inverse(hessian: Floats) -> Floats:
    if not _bends(hessian):
        return np.full_like(hessian, np.nan)
    return np.asarray(np.linalg.inv(hessian), dtype=float)
