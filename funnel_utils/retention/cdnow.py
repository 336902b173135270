"""Real customers to learn on: CDNOW's, and donors, out of the files that the `lifetimes` package carries.

CDNOW sold records on the web. The data hold everything that 23,570 people bought who bought there first in the first
quarter of 1997, until June 1998; most papers on these models print results for a tenth of them. The package `lifetimes`
(MIT licence, no longer maintained) ships them. Only its **files** are read: it is never imported, and need not work.
Install them with the extra `real-data`.

References
----------
Fader, P. S., Hardie, B. G. S. (2001). Forecasting repeat sales at CDNOW: a case study. Interfaces 31, S94-S107.
Fader, P. S., Hardie, B. G. S., Shang, J. (2010). Customer-base analysis in a discrete-time noncontractual setting.
Marketing Science 29, 1086-1108 (the donors).
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from funnel_utils.errors import LogError, SpecError
from funnel_utils.events import EventLog
from funnel_utils.retention.customers import CustomerSummary

PACKAGE = "lifetimes"
_FILES = {"all": "CDNOW_master.txt", "sample": "CDNOW_sample.txt"}
_COLUMNS = {
    "all": ["user", "date", "cds", "value"],
    "sample": ["user", "number", "date", "cds", "value"],
}
#: The last day of the calibration period of the literature, and of the data.
CALIBRATED_UNTIL, OBSERVED_UNTIL = "1997-09-30", "1998-06-30"


def has_cdnow() -> bool:
    """Whether the files are there."""
    try:
        _file(_FILES["all"])
    except LogError:
        return False
    return True


def load_cdnow(which: Literal["sample", "all"] = "sample", **options: Any) -> EventLog:
    """CDNOW's purchases as an event log.

    Parameters
    ----------
    which : {"sample", "all"}
        The tenth of the customers that papers use (2,357), or all (23,570).
    **options
        Of `EventLog.read`, such as `engine`.

    Returns
    -------
    EventLog
        Events `purchase` with `value` (US dollars), `currency` and `cds` (how many). Times are days; observation ends
        on 30 June 1998. Some 2,000 rows are second purchases on a day, 80 have the value zero; they are real.

    Raises
    ------
    LogError
        If the files are not installed.
    """
    if which not in _FILES:
        raise SpecError(f'load_cdnow: which={which!r}; there are "sample" and "all".')
    header = 0 if which == "all" else None
    frame = pd.read_csv(_file(_FILES[which]), sep=r"\s+", header=header, names=_COLUMNS[which], dtype={"user": str})
    frame["timestamp"] = pd.to_datetime(frame["date"], format="%Y%m%d")
    frame = frame.assign(event="purchase", currency="USD")[["user", "event", "timestamp", "value", "currency", "cds"]]
    settings: dict[str, Any] = {"source_tz": "UTC", "observed_until": OBSERVED_UNTIL} | options
    return EventLog.read(frame, **settings)


def load_cdnow_summary(*, spend: bool = False) -> CustomerSummary:
    """The sample of 2,357 CDNOW customers on 30 September 1997, as published: ages in weeks, rounded to 0.01.

    Parameters
    ----------
    spend : bool
        Take the edition with the mean value of repeat purchases. It is of the same customers.
    """
    if not spend:
        frame = pd.read_csv(_file("cdnow_customers_summary.csv"))
        return CustomerSummary.from_table(frame, unit="1w", user="ID", age_at_last="recency", age="T")
    frame = pd.read_csv(_file("cdnow_customers_summary_with_transactions.csv"))
    named = {"user": "ID", "frequency": "x", "age_at_last": "t_x", "age": "T", "mean_value": "zbar"}
    return CustomerSummary.from_table(frame, unit="1w", **named)


def load_donations() -> pd.DataFrame:
    """11,104 donors of a public radio station: in how many of six years each gave again, and when last.

    Returns
    -------
    DataFrame
        A row a history: `frequency` (years with a gift), `last` (the last such year, 0 if none), `opportunities` (6),
        `donors` (how many have this history).
    """
    frame = pd.read_csv(_file("donations.csv"))
    return frame.rename(columns={"recency": "last", "periods": "opportunities", "weights": "donors"})


def _file(name: str) -> Path:
    """Where an installed file is, found without importing its package."""
    missing = (
        "The real data come with the package lifetimes, which is not installed. Install it with `pip install "
        '"funnel_utils[real-data]"` (its files are read, it is not imported), or use the generated log instead: '
        "funnel_utils.synthetic.load_orders()."
    )
    try:
        found = distribution(PACKAGE)
    except PackageNotFoundError:
        raise LogError(missing) from None
    path = Path(str(found.locate_file(f"{PACKAGE}/datasets/{name}")))
    if not path.is_file():
        raise LogError(f"The installed lifetimes {found.version} has no file datasets/{name}. {missing}")
    return path
