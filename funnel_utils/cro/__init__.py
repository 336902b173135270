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
    from funnel_utils.cro.experiment import Experiment
    from funnel_utils.cro.exposure import Exposure
    from funnel_utils.cro.factorial import Effect, Factorial
    from funnel_utils.cro.factorial_result import FactorialResult
    from funnel_utils.cro.measures import Before, Column, Did, Times, Total
    from funnel_utils.cro.metrics import Conversion, Mean, Metric, Quantile, Ratio
    from funnel_utils.cro.moments import Moments, Needs
    from funnel_utils.cro.monitoring import Adjusted, Monitored
    from funnel_utils.cro.peeking import Peeking, drift_for, peeking_curve, peeking_fpr
    from funnel_utils.cro.race import Race, plan_race
    from funnel_utils.cro.recursion import Crossing, crossing
    from funnel_utils.cro.result import ExperimentResult
    from funnel_utils.cro.sequential import GroupSequential
    from funnel_utils.cro.verdicts import Finding

#: Where each name lives.
_HOME = {
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
    "BanditResult",
    "BayesResult",
    "Before",
    "BetaPrior",
    "Column",
    "Conversion",
    "Crossing",
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
    "NormalPrior",
    "Peeking",
    "Quantile",
    "Race",
    "Ratio",
    "SampleMean",
    "SrmCheck",
    "Thompson",
    "Times",
    "Total",
    "bayes_effect",
    "bayes_means",
    "bayes_rates",
    "crossing",
    "drift_for",
    "icc",
    "peeking_curve",
    "peeking_fpr",
    "plan_race",
    "rate_looks",
    "sample_ratio",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'funnel_utils.cro' has no attribute {name!r}")
    return getattr(importlib.import_module(f"funnel_utils.cro.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
