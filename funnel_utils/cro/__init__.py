"""Conversion-rate optimisation: experiments designed, checked, analysed and stopped honestly.

Names are loaded on first use, so that `import funnel_utils.cro` stays light.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from funnel_utils.cro.always_valid import AlwaysValid, Followed, rate_looks
    from funnel_utils.cro.bandit import BanditResult, Thompson
    from funnel_utils.cro.bayes import (
        BayesResult,
        BetaPrior,
        EffectResult,
        NormalPrior,
        SampleMean,
        bayes_effect,
        bayes_means,
        bayes_rates,
    )
    from funnel_utils.cro.checks import SrmCheck, sample_ratio
    from funnel_utils.cro.clusters import icc
    from funnel_utils.cro.comparison import Compared, compare_estimates
    from funnel_utils.cro.cuped import Arm, Cuped, arm_from_sums, cuped_means, cuped_ratios
    from funnel_utils.cro.design import Design
    from funnel_utils.cro.effects import Contrast, compare_moments
    from funnel_utils.cro.experiment import Experiment
    from funnel_utils.cro.exposure import Exposure
    from funnel_utils.cro.factorial import Effect, Factorial
    from funnel_utils.cro.factorial_result import FactorialResult
    from funnel_utils.cro.mean_sizes import mde_means, power_means, size_means
    from funnel_utils.cro.means import compare_means
    from funnel_utils.cro.measures import Before, Column, Did, Times, Total
    from funnel_utils.cro.metrics import Conversion, Mean, Metric, Quantile, Ratio
    from funnel_utils.cro.moments import Moments, Needs
    from funnel_utils.cro.monitoring import Adjusted, Monitored
    from funnel_utils.cro.noninferiority import NonInferiority, noninferior, noninferior_means, noninferior_rates
    from funnel_utils.cro.peeking import Peeking, drift_for, peeking_curve, peeking_fpr
    from funnel_utils.cro.power import exact_power, mde_rates, power_rates, size_rates
    from funnel_utils.cro.race import Race, plan_race
    from funnel_utils.cro.rates import compare_rates
    from funnel_utils.cro.ratio import compare_ratios
    from funnel_utils.cro.recursion import Crossing, crossing
    from funnel_utils.cro.result import ExperimentResult
    from funnel_utils.cro.sequential import GroupSequential
    from funnel_utils.cro.several import Several, dunnett, dunnett_critical
    from funnel_utils.cro.sized import Sized
    from funnel_utils.cro.strata import Stratified, mantel_haenszel, stratified_means
    from funnel_utils.cro.verdicts import Finding

#: Where each name lives.
_HOME = {
    "Contrast": "effects",
    "compare_moments": "effects",
    "Arm": "cuped",
    "Cuped": "cuped",
    "arm_from_sums": "cuped",
    "cuped_means": "cuped",
    "cuped_ratios": "cuped",
    "Compared": "comparison",
    "compare_estimates": "comparison",
    "compare_means": "means",
    "compare_rates": "rates",
    "compare_ratios": "ratio",
    "Design": "design",
    "Sized": "sized",
    "dunnett": "several",
    "dunnett_critical": "several",
    "Several": "several",
    "Stratified": "strata",
    "mantel_haenszel": "strata",
    "stratified_means": "strata",
    "NonInferiority": "noninferiority",
    "noninferior": "noninferiority",
    "noninferior_means": "noninferiority",
    "noninferior_rates": "noninferiority",
    "exact_power": "power",
    "mde_means": "mean_sizes",
    "mde_rates": "power",
    "power_means": "mean_sizes",
    "power_rates": "power",
    "size_means": "mean_sizes",
    "size_rates": "power",
    "plan_race": "race",
    "Race": "race",
    "BanditResult": "bandit",
    "Thompson": "bandit",
    "bayes_rates": "bayes",
    "bayes_means": "bayes",
    "bayes_effect": "bayes",
    "SampleMean": "bayes",
    "NormalPrior": "bayes",
    "EffectResult": "bayes",
    "BetaPrior": "bayes",
    "BayesResult": "bayes",
    "Before": "measures",
    "Column": "measures",
    "Conversion": "metrics",
    "Did": "measures",
    "Experiment": "experiment",
    "ExperimentResult": "result",
    "Exposure": "exposure",
    "Finding": "verdicts",
    "Mean": "metrics",
    "Metric": "metrics",
    "Moments": "moments",
    "Needs": "moments",
    "Quantile": "metrics",
    "Ratio": "metrics",
    "SrmCheck": "checks",
    "Times": "measures",
    "Total": "measures",
    "icc": "clusters",
    "sample_ratio": "checks",
    "Adjusted": "monitoring",
    "Monitored": "monitoring",
    "GroupSequential": "sequential",
    "rate_looks": "always_valid",
    "Followed": "always_valid",
    "AlwaysValid": "always_valid",
    "Crossing": "recursion",
    "crossing": "recursion",
    "Effect": "factorial",
    "Factorial": "factorial",
    "FactorialResult": "factorial_result",
    "Peeking": "peeking",
    "drift_for": "peeking",
    "peeking_curve": "peeking",
    "peeking_fpr": "peeking",
}

__all__ = [
    "Adjusted",
    "AlwaysValid",
    "Arm",
    "BanditResult",
    "BayesResult",
    "Before",
    "BetaPrior",
    "Column",
    "Compared",
    "Contrast",
    "Conversion",
    "Crossing",
    "Cuped",
    "Design",
    "Did",
    "Effect",
    "EffectResult",
    "Experiment",
    "ExperimentResult",
    "Exposure",
    "Factorial",
    "FactorialResult",
    "Finding",
    "Followed",
    "GroupSequential",
    "Mean",
    "Metric",
    "Moments",
    "Monitored",
    "Needs",
    "NonInferiority",
    "NormalPrior",
    "Peeking",
    "Quantile",
    "Race",
    "Ratio",
    "SampleMean",
    "Several",
    "Sized",
    "SrmCheck",
    "Stratified",
    "Thompson",
    "Times",
    "Total",
    "arm_from_sums",
    "bayes_effect",
    "bayes_means",
    "bayes_rates",
    "compare_estimates",
    "compare_means",
    "compare_moments",
    "compare_rates",
    "compare_ratios",
    "crossing",
    "cuped_means",
    "cuped_ratios",
    "drift_for",
    "dunnett",
    "dunnett_critical",
    "exact_power",
    "icc",
    "mantel_haenszel",
    "mde_means",
    "mde_rates",
    "noninferior",
    "noninferior_means",
    "noninferior_rates",
    "peeking_curve",
    "peeking_fpr",
    "plan_race",
    "power_means",
    "power_rates",
    "rate_looks",
    "sample_ratio",
    "size_means",
    "size_rates",
    "stratified_means",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'funnel_utils.cro' has no attribute {name!r}")
    return getattr(importlib.import_module(f"funnel_utils.cro.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
