"""Intervals, differences and corrections: one place for the statistics that every metric shares.

Each function takes **sufficient statistics** (counts, sums), never rows, and works element by element on arrays. What
has a closed form is written out here, with the paper it comes from; that is also faster and safer than calling
statsmodels, some of whose methods return garbage for numpy integers, and whose score interval for a difference is
wrong. A test tells when what it gets wrong is mended.

A zero denominator is no evidence: rate, bounds and p-value are then NaN, never 0 and never "anything from 0 to 1".
Wherever there is evidence there is an answer: zero cells and tiny groups have wide intervals, not missing ones.
"""

from funnel_utils.stats.corrections import (
    benjamini_hochberg,
    benjamini_yekutieli,
    bonferroni,
    hochberg,
    holm,
    p_adjust,
    simultaneous_alpha,
)
from funnel_utils.stats.counts import ALPHA, Alternative, Floats, Interval, Significance
from funnel_utils.stats.intervals import newcombe, poisson, rate, two_proportions, wilson
from funnel_utils.stats.lifetimes import (
    LogRank,
    Mean,
    conditional_survival,
    log_rank,
    restricted_mean,
    survival_at,
)
from funnel_utils.stats.means import variance_of
from funnel_utils.stats.proportions import binomial_test, clopper_pearson, proportion_interval
from funnel_utils.stats.ratios import Odds, Ratio, odds_ratio, ratio_delta, wald
from funnel_utils.stats.relative import difference_interval, fieller, miettinen_nurminen, ratio_interval
from funnel_utils.stats.score import score_test
from funnel_utils.stats.survival import kaplan_meier, km_quantile, weighted_quantile
from funnel_utils.stats.tables import chi_square, chi_square_fit

__all__ = [
    "ALPHA",
    "Alternative",
    "Floats",
    "Interval",
    "LogRank",
    "Mean",
    "Odds",
    "Ratio",
    "Significance",
    "benjamini_hochberg",
    "benjamini_yekutieli",
    "binomial_test",
    "bonferroni",
    "chi_square",
    "chi_square_fit",
    "clopper_pearson",
    "conditional_survival",
    "difference_interval",
    "fieller",
    "hochberg",
    "holm",
    "kaplan_meier",
    "km_quantile",
    "log_rank",
    "miettinen_nurminen",
    "newcombe",
    "odds_ratio",
    "p_adjust",
    "poisson",
    "proportion_interval",
    "rate",
    "ratio_delta",
    "ratio_interval",
    "restricted_mean",
    "score_test",
    "simultaneous_alpha",
    "survival_at",
    "two_proportions",
    "variance_of",
    "wald",
    "weighted_quantile",
    "wilson",
]
