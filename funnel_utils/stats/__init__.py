"""Intervals, differences and corrections: one place for the statistics that every metric shares.

Each function takes **sufficient statistics** (counts, sums), never rows, and works element by element on arrays. Most
wrap statsmodels, with everything cast to float first: some of its methods return garbage for numpy integers. What
statsmodels gets wrong is written out here (the standard error of a Kaplan-Meier curve from weighted counts), and a test
tells when that is mended.

A zero denominator is no evidence: rate, bounds and p-value are then NaN, never 0 and never "anything from 0 to 1".
"""

from funnel_utils.stats.corrections import benjamini_hochberg, holm
from funnel_utils.stats.counts import ALPHA, Floats, Interval
from funnel_utils.stats.intervals import newcombe, poisson, rate, two_proportions, wilson
from funnel_utils.stats.ratios import Odds, Ratio, odds_ratio, ratio_delta, wald
from funnel_utils.stats.survival import kaplan_meier, km_quantile, weighted_quantile

__all__ = [
    "ALPHA",
    "Floats",
    "Interval",
    "Odds",
    "Ratio",
    "benjamini_hochberg",
    "holm",
    "kaplan_meier",
    "km_quantile",
    "newcombe",
    "odds_ratio",
    "poisson",
    "rate",
    "ratio_delta",
    "two_proportions",
    "wald",
    "weighted_quantile",
    "wilson",
]
