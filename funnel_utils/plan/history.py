"""A metric's own past: one number per day, week or month, with what is needed to know how exact it is.

A total (a count of events, a sum of money) varies from period to period even if nothing changes; the sum of the squares
of what was added up estimates that variance. For a count it is the count itself. A rate carries its numerator and its
denominator. Periods that were not seen from start to end are set aside: half a month is not a bad month.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from funnel_utils.errors import LogError, SpecError
from funnel_utils.events import calendar
from funnel_utils.plan.ratios import check_currency, ratio

if TYPE_CHECKING:
    from funnel_utils.events import EventLog
    from funnel_utils.events.where import Where

By = Literal["day", "week", "month"]
Kind = Literal["count", "money", "rate", "mean"]
KINDS = ("count", "money", "rate", "mean")

#: Periods in the season that a calendar suggests: a week of days, a year of weeks or months.
SEASONS = {"day": 7, "week": 52, "month": 12}


@dataclass(frozen=True, eq=False)
class History:
    """A metric by period.

    Parameters
    ----------
    metric : str
        Its name, such as `"sales"`.
    table : DataFrame
        `period` (first day) and `value`, in order and without gaps; for a rate `numerator` and `denominator` too;
        where known `squares` (sum of squares of what was added up).
    by : {"day", "week", "month"}
    kind : {"count", "money", "rate", "mean"}
        A count or money adds up over periods; a rate lies between 0 and 1; a mean is neither.
    segment : str
        Of whom.
    currency : str, optional
        Of money.
    partial : DataFrame
        Periods seen only in part, as in `table`.

    Raises
    ------
    SpecError
        Naming what is missing, doubled, negative or not a number.

    Examples
    --------
    >>> table = pd.DataFrame({"period": pd.date_range("2025-01-01", periods=3, freq="MS"), "value": [90, 110, 95]})
    >>> History("sales", table, by="month")
    History of sales (all), 3 months from 2025-01-01 to 2025-03-01
    """

    metric: str
    table: pd.DataFrame
    by: By
    kind: Kind = "count"
    segment: str = "all"
    currency: str | None = None
    partial: pd.DataFrame = field(default_factory=pd.DataFrame)

    def __post_init__(self) -> None:
        calendar.check_period(self.by)
        if self.kind not in KINDS:
            raise SpecError(f"kind={self.kind!r} is not one of {', '.join(map(repr, KINDS))}.")
        object.__setattr__(self, "table", _checked(self))

    @classmethod
    def of(
        cls,
        frame: pd.DataFrame,
        metric: str,
        *,
        by: By = "month",
        period: str = "month",
        value: str | None = None,
        of: str | None = None,
        squares: str | None = None,
        kind: Kind | None = None,
        segment: str = "all",
        currency: str | None = None,
        where: Mapping[str, Any] | None = None,
    ) -> History:
        """The history in a table, whose rows are added up by period.

        Parameters
        ----------
        frame : DataFrame
        metric : str
        by : {"day", "week", "month"}
            How far the periods lie apart.
        period : str
            The column of dates (or texts such as `"2025-03"`) that say when each period starts.
        value : str, optional
            The column of values; by default the one named as the metric. For a rate, of its numerators.
        of : str, optional
            The column of denominators: the metric is then the rate `value / of`.
        squares : str, optional
            The column of sums of squares; for a count they are the count.
        kind : {"count", "money", "rate", "mean"}, optional
            By default a rate if `of` is given, money if there is a currency, else a count.
        segment : str
            Name of the segment, for the reader.
        currency : str, optional
            By default that of the column `currency`, if money is asked for and all rows agree.
        where : mapping, optional
            Values that columns must have: `{"channel": "email"}`; a list or set means any of these.

        Examples
        --------
        >>> from funnel_utils.synthetic.months import draw_months
        >>> History.of(draw_months(), "sales", where={"channel": "email"}, segment="email").table["value"].iloc[0]
        np.float64(190.0)
        """
        rows = _kept(frame, where or {})
        value = value or metric
        wanted = [period, value, *(x for x in (of, squares) if x)]
        missing = [name for name in wanted if name not in rows.columns]
        if missing:
            raise SpecError(f"{metric}: no column {missing[0]!r}; there are {', '.join(map(str, frame.columns))}.")
        kind = kind or ("rate" if of else "money" if currency else "count")
        if kind == "money" and "currency" in rows.columns:
            currency = check_currency(currency, *rows["currency"].dropna().unique())
        try:
            starts = pd.to_datetime(rows[period].astype(str)).astype("datetime64[us]")
            data = rows[wanted[1:]].astype("float64").assign(period=starts.to_numpy())
        except (TypeError, ValueError) as error:
            raise SpecError(f"{metric}: the table cannot be read as dates and numbers: {error}.") from None
        if data.isna().any(axis=None):
            name = str(data.columns[data.isna().any()][0])
            raise SpecError(
                f"{metric}: {int(data[name].isna().sum())} rows have no {name}; leave them out or fill them in."
            )
        sums = data.groupby("period", as_index=False).sum()
        made = {"period": sums["period"], "value": ratio(sums[value], sums[of]) if of else sums[value]}
        if of:
            made |= {"numerator": sums[value], "denominator": sums[of]}
        if squares:
            made["squares"] = sums[squares]
        return cls(metric, pd.DataFrame(made), by, kind, segment, currency if kind == "money" else None)

    @classmethod
    def from_log(
        cls,
        log: EventLog,
        event: str,
        *,
        metric: str | None = None,
        by: By = "month",
        measure: Literal["users", "events", "value"] = "events",
        of: str | None = None,
        less: str | None = None,
        where: Where | None = None,
        segment: str = "all",
    ) -> History:
        """The history of an event in a log, in the log's calendar, counted in the engine.

        Parameters
        ----------
        log : EventLog
        event : str
        metric : str, optional
            Its name; the event's by default.
        by : {"day", "week", "month"}
        measure : {"users", "events", "value"}
            Distinct people per period, events, or the sum of `value`.
        of : str, optional
            Another event: the metric is then the share of the people who did `of` in a period that did `event` in the
            same period.
        less : str, optional
            An event whose value is subtracted in its own period, such as a cancellation.
        where : condition, optional
            Only these rows, as in `EventLog.filter`.
        segment : str
            Name of that condition, for the reader.

        Raises
        ------
        LogError
            If the event never occurs, or (`value`) values are missing from the log or in several currencies.

        Examples
        --------
        >>> from funnel_utils import EventLog
        >>> log = EventLog.from_story({"ana": ["pay@0", "pay@2d"], "ben": ["pay@8d", "visit@20d"]}, start="2026-01-05")
        >>> History.from_log(log, "pay", by="week").table["value"].tolist()
        [2.0, 1.0, 0.0]
        """
        from funnel_utils.plan.counting import counted

        calendar.check_period(by)
        chosen = log if where is None else log.filter(where)
        rows, partial = counted(log, chosen, event, by, measure, of, less)
        if rows.empty:
            raise LogError(
                f"{event!r} never occurs in a whole {by} of this log; check the name, or take a shorter period."
            )
        kind: Kind = "rate" if of else "money" if measure == "value" else "count"
        currency = log.currency if kind == "money" else None
        return cls(metric or event, rows, by, kind, segment, currency, partial)

    @property
    def values(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """The values in order."""
        return self.table["value"].to_numpy(np.float64)

    @property
    def adds_up(self) -> bool:
        """Whether values of several periods can be added."""
        return self.kind in ("count", "money")

    @property
    def next_period(self) -> pd.Timestamp:
        """The first day of the period after the last complete one."""
        start: pd.Timestamp = calendar.next_start(self.table["period"].iloc[-1], self.by)
        return start

    def periods_until(self, day: Any) -> pd.DatetimeIndex:
        """The periods after the history up to the one that holds `day`; empty if that is in the past."""
        day = pd.Timestamp(day)
        if day < self.next_period:
            return pd.DatetimeIndex([])
        found = calendar.every_start(self.next_period, day, self.by)
        return found

    def with_(self, **changes: Any) -> History:
        """The same history with some fields changed."""
        return replace(self, **changes)

    def __len__(self) -> int:
        return len(self.table)

    def __repr__(self) -> str:
        first, last = (f"{day:%Y-%m-%d}" for day in (self.table["period"].iloc[0], self.table["period"].iloc[-1]))
        return f"History of {self.metric} ({self.segment}), {len(self)} {self.by}s from {first} to {last}"


def _kept(frame: pd.DataFrame, where: Mapping[str, Any]) -> pd.DataFrame:
    for name, wanted in where.items():
        if name not in frame.columns:
            raise SpecError(f"where: no column {name!r}; there are {', '.join(map(str, frame.columns))}.")
        options = list(wanted) if isinstance(wanted, list | tuple | set | frozenset) else [wanted]
        frame = frame[frame[name].isin(options)]
        if frame.empty:
            raise SpecError(f"where: no row has {name}={wanted!r}.")
    return frame


def _checked(history: History) -> pd.DataFrame:
    """The table in order, with floats and squares, or an error that names its flaw."""
    name, table = history.metric, history.table
    missing = [column for column in ("period", "value") if column not in table.columns]
    if missing:
        raise SpecError(f"{name}: the history has no column {missing[0]!r}; there are {', '.join(map(str, table))}.")
    if table.empty:
        raise SpecError(f"{name}: the history is empty.")
    made = table.sort_values("period").reset_index(drop=True)
    made["period"] = pd.to_datetime(made["period"]).dt.normalize().astype("datetime64[us]")
    full = calendar.every_start(made["period"].iloc[0], made["period"].iloc[-1], history.by)
    if made["period"].duplicated().any():
        twice = made.loc[made["period"].duplicated(), "period"].iloc[0]
        raise SpecError(f"{name}: {twice:%Y-%m-%d} is there twice; add up the rows of a {history.by} first.")
    if len(full) != len(made) or (full.to_numpy() != made["period"].to_numpy()).any():
        odd = sorted(set(full) ^ set(made["period"]))[0]
        raise SpecError(
            f"{name}: periods must follow each other by the {history.by}; look at {odd:%Y-%m-%d}. Where nothing "
            "happened, say so with 0."
        )
    made["value"] = pd.to_numeric(made["value"], errors="coerce").astype("float64")
    low, high = (
        (0.0, 1.0) if history.kind == "rate" else (0.0, np.inf) if history.kind == "count" else (-np.inf, np.inf)
    )
    wrong = ~made["value"].between(low, high) | ~np.isfinite(made["value"])
    if wrong.any():
        row = made[wrong].iloc[0]
        raise SpecError(
            f"{name}: the value of {row['period']:%Y-%m-%d} is {row['value']}; not possible for a {history.kind}."
        )
    if history.kind == "count" and "squares" not in made.columns:
        made["squares"] = made["value"]
    return made
