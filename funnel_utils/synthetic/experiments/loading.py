"""The lessons' experiments as logs, and their truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from funnel_utils.synthetic.experiments.shipped import experiment_file, experiment_spec
from funnel_utils.synthetic.experiments.trial import ExperimentTruth
from funnel_utils.synthetic.shipped import data_file
from funnel_utils.synthetic.world import TIME_ZONE, WEEK_START

if TYPE_CHECKING:
    from funnel_utils.events import EventLog


def load_experiment(name: str) -> EventLog:
    """The log of one of the lessons' experiments. `data/DATA.md` tells their stories.

    `exposed` rows say who met what was tested, when, and in which arm (`variant`); the first of a person counts.

    Parameters
    ----------
    name : str
        One of `experiment_names()`.

    Returns
    -------
    EventLog
        With `report_tz="Asia/Tehran"`, `week_start="saturday"` and `observed_until` after everybody's window.

    Raises
    ------
    LogError
        If there is no such experiment.

    Examples
    --------
    >>> load_experiment("aa").n_users()
    7840
    """
    from funnel_utils.events import EventLog

    trial = experiment_spec(name)
    until = pd.Timestamp(trial.start, tz=TIME_ZONE) + pd.Timedelta(seconds=trial.observed)
    path = str(data_file(experiment_file(name)))
    return EventLog.read(path, report_tz=TIME_ZONE, week_start=WEEK_START, observed_until=until)


def load_experiment_truth(name: str) -> ExperimentTruth:
    """What one of the lessons' experiments was drawn from.

    Raises
    ------
    LogError
        If there is no such experiment.

    Examples
    --------
    >>> truth = load_experiment_truth("ab")
    >>> round(float(truth.effects.set_index("metric")["difference"]["purchase"]), 3)
    0.02
    """
    return experiment_spec(name).truth()
