"""Experiments of the shop Pardis: drawn by lot, with the truth that a test has to find.

`load_experiment` opens one of the lessons' logs and `load_experiment_truth` says what it was drawn from;
`experiment_spec` is its specification, to draw others of any size from with `draw_experiment` and `write_experiment`.
"""

from __future__ import annotations

from funnel_utils.synthetic.experiments.drawing import draw_experiment, write_experiment
from funnel_utils.synthetic.experiments.shipped import experiment_names, experiment_spec
from funnel_utils.synthetic.experiments.trial import ExperimentTruth, Trial

__all__ = [
    "ExperimentTruth",
    "Trial",
    "draw_experiment",
    "experiment_names",
    "experiment_spec",
    "write_experiment",
]
