"""The customer models by brute force: the story of one customer, averaged over all customers there might be.

Each is a likelihood for a customer whose purchase rate and whose tendency to leave are known, averaged over their
distributions with the quadrature that belongs to each distribution. Slow, and unlike the package's own code in every
step.
"""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln, roots_genlaguerre, roots_jacobi

NODES = 90


def gamma_mean(shape, rate):
    """Points and weights of a gamma distribution."""
    points, weights = roots_genlaguerre(NODES, shape - 1)
    return points / rate, weights / weights.sum()


def beta_mean(a, b):
    """Points and weights of a beta distribution."""
    points, weights = roots_jacobi(NODES, b - 1, a - 1)
    return (1 + points) / 2, weights / weights.sum()


def geometric(r, alpha, a, b, x, t_x, age, time, first):
    """BG/NBD (`first` 0) and MBG/NBD (`first` 1): log-likelihood, P(alive), P(no purchase), expected purchases."""
    # exp(-rate t_x) and rate^x belong to both parts of the likelihood, and so into the distribution of rates.
    rate, by_rate = gamma_mean(r + x, alpha + t_x)
    known = gammaln(r + x) - gammaln(r) + r * np.log(alpha) - (r + x) * np.log(alpha + t_x)
    p, by_p = beta_mean(a, b)
    rate, p, weight = rate[:, None], p[None, :], by_rate[:, None] * by_p[None, :]
    alive = weight * (1 - p) ** (x + first) * np.exp(-rate * (age - t_x))
    gone = weight * p * (1 - p) ** (x + first - 1) if x + first else 0 * weight
    return answers(known, alive, gone, np.exp(-rate * time), -np.expm1(-rate * p * time) / p)


def pareto(r, alpha, s, beta, x, t_x, age, time):
    """Pareto/NBD: the same four."""
    rate, by_rate = gamma_mean(r + x, alpha + t_x)
    known = gammaln(r + x) - gammaln(r) + r * np.log(alpha) - (r + x) * np.log(alpha + t_x)
    # She was there at her last purchase: that too belongs to both parts.
    leaves, by_leaving = gamma_mean(s, beta + t_x)
    known += s * np.log(beta / (beta + t_x))
    rate, leaves, weight = rate[:, None], leaves[None, :], by_rate[:, None] * by_leaving[None, :]
    both = rate + leaves
    alive = weight * np.exp(-(rate + leaves) * (age - t_x))
    gone = -weight * leaves / both * np.expm1(-both * (age - t_x))
    none = np.exp(-both * time) - leaves / both * np.expm1(-both * time)
    return answers(known, alive, gone, none, -rate / leaves * np.expm1(-leaves * time))


def answers(known, alive, gone, none_if_alive, bought_if_alive):
    whole = alive.sum() + gone.sum()
    none = (gone.sum() + (alive * none_if_alive).sum()) / whole
    return known + np.log(whole), alive.sum() / whole, none, (alive * bought_if_alive).sum() / whole
