"""Cohorts: people grouped by when they started, and how many of each group came back later.

A unit's first start event puts it into the cohort of that event's calendar period. **Period k** is the k-th calendar
period after the cohort's (`clock="calendar"`), or the k-th step of time after the unit's own start
(`clock="elapsed"`); period 0 is the cohort itself. Three questions can be asked of period k:

- `"n-day"`: who came back in period k?
- `"bracket"`: who came back at least once in the periods from a to b?
- `"unbounded"`: who came back in period k or later? This share can still rise, for as long as anybody may return.

A period that had not begun when observation ended is **unobserved**: its cell is missing, not zero. One that was under
way keeps its count, is flagged `partial`, and stays out of pooled curves and comparisons.

A `Cohorts` holds no data; `Cohorts.run(log)` computes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from funnel_utils.durations import Duration, format_duration, parse_duration
from funnel_utils.errors import SpecError
from funnel_utils.events.where import Where
from funnel_utils.retention import periods as calendar_periods
from funnel_utils.retention.purchases import event_names
from funnel_utils.text import t

if TYPE_CHECKING:
    from funnel_utils.events import EventLog
    from funnel_utils.retention.cohort_result import CohortsResult

MODES = ("n-day", "bracket", "unbounded")
CLOCKS = ("calendar", "elapsed")
#: More periods than this make a triangle that nobody reads, and a table that no longer is small.
MOST_PERIODS = 400

Bracket = tuple[int, int]


@dataclass(frozen=True, init=False)
class Cohorts:
    """Who starts, what counts as coming back, and in which periods.

    Parameters
    ----------
    start : str or iterable of str
        The events whose first occurrence puts a unit into a cohort.
    back : str or iterable of str, optional
        The events that are a return; the start events by default (bought, and bought again).
    by : {"month", "day", "week", "quarter", "year"}
        The calendar period of the start event, in the log's `report_tz` and `week_start`.
    mode : {"n-day", "bracket", "unbounded"}
        What is asked of a period; `"bracket"` where `brackets` are given.
    brackets : iterable of (int, int)
        First and last period of each bracket, from period 1 on: `((1, 3), (4, 6))`.
    clock : {"calendar", "elapsed"}
        Whether period k is the k-th calendar period after the cohort's, or the k-th `step` after the unit's own start.
    step : duration, optional
        The length of a period on the elapsed clock, `"1d"` (24 hours) by default.
    periods : int
        The last period that is counted.
    unit : str
        Who: `"user"` or another column. Events without it are in no cohort.
    where, back_where : condition, optional
        Only start events, or returns, for which it holds.
    name : str
        What reports call it.

    Raises
    ------
    SpecError
        For a field that is not valid, with what is allowed.

    Notes
    -----
    The start event is no return, and neither is anything else in period 0: all of a cohort are there by definition.
    Returns within period 0 are a matter of `SecondPurchase`, which knows their time.

    Examples
    --------
    >>> Cohorts("signup", "visit", by="week", periods=8)
    Cohorts(start=('signup',), back=('visit',), by='week', periods=8)
    >>> Cohorts("buy", clock="elapsed", step="30d", brackets=((1, 3), (4, 6)))
    Cohorts(start=('buy',), by='month', mode='bracket', brackets=((1, 3), (4, 6)), clock='elapsed', step=30d, periods=6)
    """

    start: tuple[str, ...]
    back: tuple[str, ...]
    by: str
    mode: str
    brackets: tuple[Bracket, ...]
    clock: str
    step: timedelta | None
    periods: int
    unit: str
    where: Where | None
    back_where: Where | None
    name: str

    def __init__(
        self,
        start: str | Iterable[str] = "purchase",
        back: str | Iterable[str] | None = None,
        *,
        by: str = "month",
        mode: str | None = None,
        brackets: Iterable[Bracket] = (),
        clock: str = "calendar",
        step: Duration | None = None,
        periods: int | None = None,
        unit: str = "user",
        where: Where | None = None,
        back_where: Where | None = None,
        name: str = "",
    ) -> None:
        starts = event_names(start, "start")
        found = _brackets(brackets)
        values: dict[str, Any] = {
            "start": starts,
            "back": starts if back is None else event_names(back, "back"),
            "by": by,
            "mode": mode or ("bracket" if found else "n-day"),
            "brackets": found,
            "clock": clock,
            "step": _step(clock, step),
            "periods": _periods(periods, found),
            "unit": unit,
            "where": where,
            "back_where": where if back is None and back_where is None else back_where,
            "name": name,
        }
        for key, value in values.items():
            object.__setattr__(self, key, value)
        _check(self)

    def __repr__(self) -> str:
        plain: dict[str, Any] = {
            "back": self.start,
            "mode": "n-day",
            "brackets": (),
            "clock": "calendar",
            "step": None,
            "unit": "user",
            "where": None,
            "back_where": self.where if self.back == self.start else None,
            "name": "",
        }
        shown = []
        for option in fields(self):
            value = getattr(self, option.name)
            if option.name not in plain or value != plain[option.name]:
                text = format_duration(value) if isinstance(value, timedelta) else repr(value)
                shown.append(f"{option.name}={text}")
        return f"Cohorts({', '.join(shown)})"

    @property
    def spans(self) -> tuple[Bracket, ...]:
        """First and last period of each cell after period 0; the last is open under `"unbounded"`."""
        return self.brackets or tuple((k, k) for k in range(1, self.periods + 1))

    def label(self, first: int, last: int) -> str:
        """What a cell is called: `month 3`, `months 1 to 3`, `month 3 or later`."""
        unit = self.by
        if self.clock == "elapsed":
            text = format_duration(self.step or timedelta(days=1))
            unit = {"1d": "day", "1w": "week", "1h": "hour"}.get(text, text)
        known = unit in (*calendar_periods.PERIODS, "hour")
        words = {"first": first, "last": last, "step": unit}
        if first == 0:
            last = 0
        kind = "many" if last > first else "later" if self.mode == "unbounded" and first else "one"
        return t(f"retention.period.{unit}.{kind}" if known else f"retention.period.step.{kind}", **words)

    def run(self, log: EventLog) -> CohortsResult:
        """Count the cohorts of `log`, in its engine.

        Returns
        -------
        CohortsResult

        Raises
        ------
        LogError
            If the log lacks a column, or has no start event.

        Examples
        --------
        >>> from funnel_utils import EventLog
        >>> story = {"ana": ["buy@0", "buy@33d"], "ben": ["buy@3d"], "eve": ["buy@40d", "buy@70d"]}
        >>> log = EventLog.from_story(story, observed_until="2026-03-01")
        >>> print(Cohorts("buy", periods=1).run(log).triangle("returned").to_csv())
        cohort,0,1
        2026-01-01,2,1
        2026-02-01,1,
        <BLANKLINE>
        """
        from funnel_utils.retention.cohort_result import CohortsResult

        return CohortsResult.of(self, log)


def _brackets(given: Iterable[Bracket]) -> tuple[Bracket, ...]:
    found = tuple(given)
    before = 0
    for pair in found:
        whole = isinstance(pair, tuple | list) and len(pair) == 2 and all(type(end) is int for end in pair)
        if not whole or not before < pair[0] <= pair[1]:
            raise SpecError(
                f"brackets: {pair!r} is no pair (first, last) of periods after {before}; write them in order and "
                "apart, such as ((1, 3), (4, 6)). Period 0 is the cohort itself."
            )
        before = pair[1]
    return tuple((int(first), int(last)) for first, last in found)


def _step(clock: str, step: Duration | None) -> timedelta | None:
    if clock not in CLOCKS:
        raise SpecError(f"clock={clock!r} is neither 'calendar' nor 'elapsed'.")
    if clock == "calendar":
        if step is not None:
            raise SpecError(f"step={step!r} is for clock='elapsed'; the calendar's periods are chosen with by=.")
        return None
    found = timedelta(days=1) if step is None else parse_duration(step, "step")
    if found < timedelta(seconds=1):
        raise SpecError(f"step={step!r}: a period lasts at least a second.")
    return found


def _periods(periods: int | None, brackets: tuple[Bracket, ...]) -> int:
    if brackets:
        if periods not in (None, brackets[-1][1]):
            raise SpecError(f"periods={periods!r}: with brackets the last period is {brackets[-1][1]}.")
        return brackets[-1][1]
    found = 12 if periods is None else periods
    if isinstance(found, bool) or not isinstance(found, int) or not 1 <= found <= MOST_PERIODS:
        raise SpecError(f"periods={periods!r} must be a whole number from 1 to {MOST_PERIODS}.")
    return found


def _check(cohorts: Cohorts) -> None:
    calendar_periods.check(cohorts.by)
    if cohorts.mode not in MODES:
        raise SpecError(f"mode={cohorts.mode!r} is not one of {', '.join(map(repr, MODES))}.")
    if (cohorts.mode == "bracket") != bool(cohorts.brackets):
        raise SpecError(
            f"mode={cohorts.mode!r} with brackets={cohorts.brackets!r}: brackets belong to mode='bracket', which "
            "needs them, such as brackets=((1, 3), (4, 6))."
        )
    if not cohorts.start or not cohorts.back:
        raise SpecError("start and back each need at least one event.")
    if not isinstance(cohorts.unit, str) or not cohorts.unit or cohorts.unit in ("timestamp", "sequence", "event"):
        raise SpecError(f"unit={cohorts.unit!r}: give the column that says who, such as 'user'.")
