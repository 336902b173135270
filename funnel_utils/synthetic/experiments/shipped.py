"""The lessons' experiments: what each is called, what it was drawn from, and its file.

The seeds of `"aa"` and `"ab"` were chosen among some forty for what happens on the way: somebody who looks every day
sees the A/A test cross the border for some days, and the better checkout behind for two. Both are common; the
simulators say how common. All other seeds are the shop's own.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable

import numpy as np
import pandas as pd

from funnel_utils.errors import LogError
from funnel_utils.synthetic.experiments.drawing import draw_experiment
from funnel_utils.synthetic.experiments.habits import (
    NoveltyTrial,
    OfficesTrial,
    RareTrial,
    RegularsTrial,
    StoreTrial,
)
from funnel_utils.synthetic.experiments.rates import CheckoutTrial, FactorialTrial, LossyTrial, RateTrial
from funnel_utils.synthetic.experiments.trial import Trial

OLD_NEW, HALVES = ("old", "new"), (0.5, 0.5)
#: Of an order where 99 of 100 people buy nothing: mean 116,000 and median 81,000 toman.
RARE_MEAN, RARE_MEDIAN = 116_000.0, 81_000.0
RARE_SPREAD = float(np.sqrt(2 * np.log(RARE_MEAN / RARE_MEDIAN)))

TRIALS: tuple[Trial, ...] = (
    RateTrial("aa", ("old", "copy"), 7_840, HALVES, rates=(0.10, 0.10), seed=14),
    CheckoutTrial("ab", OLD_NEW, 7_840, HALVES, rates=(0.10, 0.12), after="7d", seed=17),
    RateTrial(
        "arms",
        ("plain", "question", "offer", "story"),
        16_000,
        (0.25,) * 4,
        days=7,
        window="3d",
        rates=(0.050, 0.050, 0.065, 0.052),
    ),
    LossyTrial("srm", OLD_NEW, 16_000, HALVES, days=14, rates=(0.30, 0.30)),
    NoveltyTrial("novelty", OLD_NEW, 12_000, HALVES, days=7, window="28d"),
    FactorialTrial.of("factorial", 24_000),
    RegularsTrial("cuped", OLD_NEW, 6_000, HALVES, days=7, window="28d"),
    RareTrial(
        "revenue",
        OLD_NEW,
        80_000,
        HALVES,
        days=14,
        rates=(0.01, 0.01),
        order_value=RARE_MEAN,
        order_spread=RARE_SPREAD,
    ),
    OfficesTrial("offices", ("old", "copy"), 6_000, HALVES, days=14, rates=(0.20, 0.20)),
    StoreTrial("ropo", ("held out", "ad"), 20_000, HALVES, days=14, window="14d"),
)
_BY_NAME = {trial.name: trial for trial in TRIALS}


def experiment_names() -> tuple[str, ...]:
    """The names of the lessons' experiments.

    Examples
    --------
    >>> experiment_names()[:3]
    ('aa', 'ab', 'arms')
    """
    return tuple(_BY_NAME)


def experiment_spec(name: str) -> Trial:
    """What an experiment of the lessons is drawn from; `.with_(users=…, seed=…)` makes others like it.

    Raises
    ------
    LogError
        If there is no such experiment.

    Examples
    --------
    >>> experiment_spec("ab").arms
    ('old', 'new')
    """
    if name not in _BY_NAME:
        raise LogError(f"no experiment named {name!r}; there are {', '.join(_BY_NAME)}.")
    return _BY_NAME[name]


def experiment_file(name: str) -> str:
    """The name of an experiment's file."""
    return f"pardis_experiment_{experiment_spec(name).name}.parquet"


experiment_files: dict[str, Callable[[], pd.DataFrame]] = {
    experiment_file(trial.name): functools.partial(draw_experiment, trial) for trial in TRIALS
}
"""How each file's rows are drawn, by its name."""


def trial_of_file(name: str) -> Trial:
    """What a file is drawn from."""
    return next(trial for trial in TRIALS if experiment_file(trial.name) == name)


def rows_digest(frame: pd.DataFrame) -> str:
    """SHA-256 of an experiment's rows in their order; no writer or version changes it.

    Column by column: its name; then whole seconds or toman as 64-bit integers (-1 for none), words with line ends
    between them. `fingerprint` of the other files also allows for another order, at twenty times the cost.

    Examples
    --------
    >>> len(rows_digest(pd.DataFrame({"user": ["a", None], "value": [1000.0, None]})))
    64
    """
    found = hashlib.sha256()
    for name in frame:
        column = frame[name]
        found.update(f"\n{name}\n".encode())
        if isinstance(column.dtype, pd.DatetimeTZDtype):
            found.update(column.dt.tz_convert(None).to_numpy("datetime64[s]").astype("<i8").tobytes())
        elif column.dtype == float:
            found.update(np.round(column.fillna(-1.0).to_numpy()).astype("<i8").tobytes())
        else:
            found.update("\n".join(column.fillna("").tolist()).encode())
    return found.hexdigest()
