"""What a lifetime model knows of a customer: how often she bought again, when last, and for how long she was watched.

The three numbers are meaningless without their unit of time, and most wrong lifetime values come from there: a model
fitted in weeks and read as if in days is off by a factor of seven. So the unit is part of `CustomerSummary`, everything
that takes a summary checks it, and lengths of time are written `"26w"`, never `26`.

The word recency is avoided, as it has two opposite meanings: `age_at_last` is a customer's age when she last bought
(what lifetime models call recency: the greater, the better), `days_since_last` is how long that is ago (what RFM calls
recency: the smaller, the better).

References
----------
Fader, P. S., Hardie, B. G. S., Lee, K. L. (2005). RFM and CLV: using iso-value curves for customer base analysis.
Journal of Marketing Research 42, 415-430.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from funnel_utils.durations import Duration, format_duration, parse_duration
from funnel_utils.errors import LogError, SpecError
from funnel_utils.export import to_csv, to_parquet
from funnel_utils.retention.days import EPOCH, end_day
from funnel_utils.retention.models.patterns import Patterns
from funnel_utils.retention.purchases import Purchases
from funnel_utils.retention.purchases import customers as one_row_each
from funnel_utils.text import t

if TYPE_CHECKING:
    from funnel_utils.events import EventLog

DAY = timedelta(days=1)
#: Ages in tables are rounded, as those of published data: two may differ by that much.
ROUNDING = 1e-6


@dataclass(frozen=True, eq=False, repr=False)
class CustomerSummary:
    """One row a customer, with the unit of time that its ages are in. Make one with `from_log`, `from_table` or `of`.

    Attributes
    ----------
    table : DataFrame
        `user`; `frequency` (repeat purchases: the first is not one), `age_at_last` (her age at the last purchase; 0 if
        she bought once), `age` (how long she has been watched since her first purchase), both in `unit`;
        `days_since_last`; `mean_value` (of a repeat purchase; NaN if she has none), `first_value`.
    unit : timedelta
    until : Timestamp or None
        The last day of observation, where the summary came from a log.

    Examples
    --------
    >>> from funnel_utils import EventLog
    >>> log = EventLog.from_story(
    ...     {"ana": [("purchase@0", {"value": 5.0}), ("purchase@21d", {"value": 8.0})], "ben": ["purchase@7d"]},
    ...     observed_until="2026-01-29",
    ... )
    >>> CustomerSummary.from_log(log, unit="1w").table[["user", "frequency", "age_at_last", "age", "mean_value"]]
      user  frequency  age_at_last  age  mean_value
    0  ana          1          3.0  4.0         8.0
    1  ben          0          0.0  3.0         NaN
    """

    table: pd.DataFrame
    unit: timedelta
    until: pd.Timestamp | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.unit, timedelta) or self.unit <= timedelta(0):
            raise SpecError(f"CustomerSummary: unit={self.unit!r} is not a length of time.")
        _check(self.table)

    @classmethod
    def from_log(
        cls,
        log: EventLog,
        purchase: str | Iterable[str] | Purchases = "purchase",
        *,
        value: str | None = "value",
        unit: Duration = "1w",
        until: Any = None,
    ) -> CustomerSummary:
        """Summarise every customer of a log, in its engine.

        Purchases on the same calendar day (of `report_tz`) are one purchase, worth their sum. Ages are whole days,
        expressed in `unit`.

        Parameters
        ----------
        log : EventLog
        purchase : str, iterable of str, or Purchases
            The events that are purchases.
        value : str, optional
            The property with their money; `None`, or a log without it: no values.
        unit : str or timedelta
            What ages count.
        until : date, optional
            The last day that is looked at, that day included; by default the day on which observation ends.

        Raises
        ------
        LogError
            If nobody bought anything until then.
        """
        asked = as_purchases(log, purchase, value)
        seen, last = seen_until(log, until)
        found = one_row_each(seen, asked).to_pyarrow()
        if not found.num_rows:
            raise LogError(
                f"CustomerSummary: the log has no {' or '.join(asked.purchase)} until {day_date(last):%Y-%m-%d}."
            )
        columns = {
            name: found[name].to_numpy()
            for name in ("first_day", "last_day", "days", "value", "first_day_value", "priced")
        }
        step = parse_duration(unit, "unit") / DAY if parse_duration(unit, "unit") else 1.0
        again = columns["days"] - 1
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = np.where(again > 0, (columns["value"] - columns["first_day_value"]) / again, np.nan)
        priced = asked.value is not None and columns["priced"].sum() > 0
        table = pd.DataFrame(
            {
                "user": found["user"].to_pandas(),
                "frequency": again,
                "age_at_last": (columns["last_day"] - columns["first_day"]) / step,
                "age": (last - columns["first_day"]) / step,
                "days_since_last": last - columns["last_day"],
                "mean_value": mean if priced else np.nan,
                "first_value": columns["first_day_value"] if priced else np.nan,
            }
        )
        table = table.sort_values("user", kind="stable", ignore_index=True)
        return cls(table, parse_duration(unit, "unit"), day_date(last))

    @classmethod
    def from_table(
        cls,
        frame: pd.DataFrame,
        *,
        unit: Duration,
        user: str | None = None,
        frequency: str = "frequency",
        age_at_last: str = "age_at_last",
        age: str = "age",
        mean_value: str | None = None,
    ) -> CustomerSummary:
        """A summary that exists already, its unit said.

        Parameters
        ----------
        frame : DataFrame
            A row a customer.
        unit : str or timedelta
            What its ages count: `"1d"`, `"1w"`.
        user, frequency, age_at_last, age, mean_value : str
            Its columns; without `user`, customers are numbered from 1. `frequency` counts **repeat** purchases, and
            `age_at_last` is the age at the last purchase, not the time since.

        Raises
        ------
        SpecError
            If a column is missing, or a row is impossible: the message names it.
        """
        named = [user, frequency, age_at_last, age, mean_value]
        missing = [name for name in named if name is not None and name not in frame.columns]
        if missing:
            raise SpecError(
                f"CustomerSummary: no column {', '.join(map(repr, missing))}; the table has "
                f"{', '.join(map(repr, frame.columns))}."
            )
        value = None if mean_value is None else frame[mean_value].to_numpy(dtype=float)
        columns = [frame[name].to_numpy(dtype=float) for name in (frequency, age_at_last, age)]
        return cls.of(*columns, unit=unit, mean_value=value, user=None if user is None else frame[user].to_numpy())

    @classmethod
    def of(
        cls, x: Any, t_x: Any, age: Any, *, unit: Duration, mean_value: Any = None, user: Any = None
    ) -> CustomerSummary:
        """A summary from arrays, in the notation of papers: `x`, `t_x`, `T`.

        Parameters
        ----------
        x, t_x, age : array-like
            Repeat purchases, age at the last purchase, age.
        unit : str or timedelta
            What the ages count.
        mean_value : array-like, optional
            Mean value of repeat purchases.
        user : array-like, optional
            Ids; 1, 2, 3 … without.

        Examples
        --------
        >>> CustomerSummary.of([2, 0], [30.43, 0], [38.86, 38.86], unit="1w").in_unit("1d").table["age"].tolist()
        [272.02, 272.02]
        """
        length = parse_duration(unit, "unit")
        numbers, lasts, ages = (np.atleast_1d(np.asarray(column, dtype=float)) for column in (x, t_x, age))
        if not len(numbers) == len(lasts) == len(ages):
            raise SpecError(
                f"CustomerSummary: x, t_x and age have {len(numbers)}, {len(lasts)} and {len(ages)} elements; give one "
                "of each for a customer."
            )
        mean = np.full(len(numbers), np.nan) if mean_value is None else np.asarray(mean_value, dtype=float)
        table = pd.DataFrame(
            {
                "user": np.arange(1, len(numbers) + 1) if user is None else user,
                "frequency": numbers,
                "age_at_last": lasts,
                "age": ages,
                "days_since_last": (ages - lasts) * (length / DAY),
                "mean_value": np.where(numbers > 0, mean, np.nan),
                "first_value": np.nan,
            }
        )
        return cls(table, length)

    def __len__(self) -> int:
        return len(self.table)

    def column(self, name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
        """A numeric column as floats."""
        return self.table[name].to_numpy(dtype=float)

    @cached_property
    def patterns(self) -> Patterns:
        """The distinct histories with their counts."""
        return Patterns.of(*(self.column(name) for name in ("frequency", "age_at_last", "age")))

    @cached_property
    def fingerprint(self) -> str:
        """Tells whether two summaries hold the same histories in the same unit."""
        found = blake2b(f"{self.unit} {len(self)}".encode(), digest_size=16)
        seen = self.patterns
        for column in (seen.x, seen.t_x, seen.age, seen.count):
            found.update(np.ascontiguousarray(column).tobytes())
        return found.hexdigest()

    def in_unit(self, unit: Duration) -> CustomerSummary:
        """The same customers with ages in another unit."""
        length = parse_duration(unit, "unit")
        if not length:
            raise SpecError(f"CustomerSummary: unit={unit!r} has no length.")
        factor = self.unit / length
        ages = {name: self.table[name] * factor for name in ("age_at_last", "age")}
        return CustomerSummary(self.table.assign(**ages), length, self.until)

    def take(self, rows: Any) -> CustomerSummary:
        """Some of the customers: a boolean mask or row numbers."""
        return CustomerSummary(self.table.loc[rows].reset_index(drop=True), self.unit, self.until)

    def to_pymc(self) -> pd.DataFrame:
        """The frame that pymc-marketing's and lifetimes' models read; see `docs/clv-elsewhere.md`.

        Returns
        -------
        DataFrame
            `customer_id`, `frequency`, `recency` (age at the last purchase), `T` (age), `monetary_value` (0 without
            repeat purchases). The unit is in `attrs["unit"]`, which those packages do not read: keep it in mind, they
            cannot.
        """
        names = {"user": "customer_id", "age_at_last": "recency", "age": "T", "mean_value": "monetary_value"}
        made = self.table.rename(columns=names)[["customer_id", "frequency", "recency", "T", "monetary_value"]]
        made["monetary_value"] = made["monetary_value"].fillna(0.0)
        made.attrs["unit"] = format_duration(self.unit)
        return made

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to know before a model is fitted."""
        x = self.column("frequency")
        found = []
        if len(self) and (x == 0).all():
            found.append(t("clv.warning.nobody_again"))
        if len(self) and (x > 0).any() and (x > 0).sum() < 100:
            found.append(t("clv.warning.few", again=f"{int((x > 0).sum()):,}"))
        return tuple(found)

    @property
    def verdict(self) -> str:
        """Who these customers are, in a sentence."""
        x = self.column("frequency")
        words = {
            "customers": f"{len(self):,}",
            "longest": f"{self.column('age').max() if len(self) else 0:,.4g}",
            "unit": format_duration(self.unit),
            "once": f"{(x == 0).mean() if len(x) else 0:.1%}",
            "mean": f"{x.mean() if len(x) else 0:.2f}",
        }
        return t("clv.summary.verdict", **words)

    def to_frame(self) -> pd.DataFrame:
        """The table, as a copy of your own."""
        return self.table.copy()

    def to_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write the table as CSV, formulas defused."""
        return to_csv(self.table, path)

    def to_parquet(self, path: str | os.PathLike[str]) -> Path:
        """Write the table as Parquet."""
        return to_parquet(self.table, path)

    def _repr_html_(self) -> str:
        from funnel_utils.retention.view import html

        shown = self.table.head(5).rename(columns={name: t(f"clv.column.{name}") for name in self.table})
        unit = format_duration(self.unit)
        return html(self.verdict, t("clv.caption.summary", unit=unit), shown, self.warnings)

    def __repr__(self) -> str:
        return f"CustomerSummary: {self.verdict}"


def _check(table: pd.DataFrame) -> None:
    """Refuse histories that cannot be, naming the first."""
    x, last, age = (table[name].to_numpy(dtype=float) for name in ("frequency", "age_at_last", "age"))
    slack = ROUNDING * np.maximum(1.0, np.abs(age))
    faults = {
        "is missing a number": ~(np.isfinite(x) & np.isfinite(last) & np.isfinite(age)),
        "has a negative number": (x < 0) | (last < 0) | (age < 0),
        "has a frequency that is no whole number": x != np.floor(x),
        "bought last after the end of observation (age_at_last > age)": last > age + slack,
        "has no repeat purchase, but an age_at_last above zero (frequency counts repeat purchases only)": (x == 0)
        & (last > 0),
        "has repeat purchases, but an age_at_last of zero (that is the age at the last purchase, not the time since)": (
            x > 0
        )
        & (last == 0),
    }
    for fault, rows in faults.items():
        if rows.any():
            first = int(np.flatnonzero(rows)[0])
            user = table["user"].tolist()[first]
            raise SpecError(
                f"CustomerSummary: {int(rows.sum()):,} of {len(rows):,} customers cannot be; user "
                f"{user!r} {fault}: frequency {x[first]:g}, age_at_last {last[first]:g}, age "
                f"{age[first]:g}."
            )


def as_purchases(log: EventLog, purchase: Any, value: str | None) -> Purchases:
    if isinstance(purchase, Purchases):
        return purchase
    # A log without money still tells who comes back; a name other than the default was meant.
    known = value if value != "value" or "value" in log.properties else None
    return Purchases(purchase, value=known)


def seen_until(log: EventLog, until: Any) -> tuple[EventLog, int]:
    """The log up to and with a day, and that day's number."""
    end = end_day(log)
    if until is None:
        return log, end
    last = day_number(until, log.report_tz, "until")
    if last > end:
        raise SpecError(f"until={day_date(last):%Y-%m-%d} is after the end of observation, {day_date(end):%Y-%m-%d}.")
    return log.between(end=day_date(last + 1)), last


def day_number(value: Any, zone: str, field: str) -> int:
    """A date, or a moment's date in the report's zone, as a day's number."""
    try:
        moment = pd.Timestamp(value)
    except (ValueError, TypeError) as error:
        raise SpecError(f'{field}={value!r} is not a date; write one such as "2026-03-31".') from error
    if pd.isna(moment):
        raise SpecError(f'{field}={value!r} is not a date; write one such as "2026-03-31".')
    local = moment.tz_convert(zone).tz_localize(None) if moment.tzinfo is not None else moment
    return (local.normalize() - EPOCH).days


def day_date(day: int) -> pd.Timestamp:
    return EPOCH + pd.Timedelta(days=day)
