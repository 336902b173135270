"""From sums over people to the rows of the KPI tree: which numbers can be had, their intervals, and their change."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from funnel_utils import stats
from funnel_utils.errors import LogError, SpecError
from funnel_utils.events import calendar
from funnel_utils.plan.kpi_spend import spend_between
from funnel_utils.plan.kpi_sums import PAIRS, people_sums
from funnel_utils.plan.kpi_tree import TREE, KpiResult
from funnel_utils.text import t

if TYPE_CHECKING:
    from funnel_utils.events import EventLog
    from funnel_utils.plan.kpi_tree import KpiTree

Sums = dict[str, float]


class Estimate(NamedTuple):
    """A KPI's numbers; `denominator` is missing for totals."""

    numerator: float
    denominator: float
    value: float
    low: float
    high: float
    interval: str


NOTHING = Estimate(math.nan, math.nan, math.nan, math.nan, math.nan, "")

#: KPI -> the total over people that it is.
TOTAL_OF = {
    "unique_visitors": "visitor",
    "visits": "visits",
    "followers": "following",
    "leads": "lead",
    "sales": "orders",
    "sales_online": "orders_online",
    "sales_offline": "orders_offline",
    "revenue": "value",
    "new_customers": "new_customer",
}
UNITS = {
    "people": ("unique_visitors", "followers", "leads", "new_customers"),
    "count": ("visits", "sales", "sales_online", "sales_offline"),
    "money": ("value_per_visit", "revenue", "profit", "aov", "cac", "ltv"),
    "share": ("lead_rate", "conversion_rate", "repeat_rate", "loyalty", "csat", "advocacy"),
    "seconds": ("time_on_site",),
    "ratio": ("shares", "roas"),
    "points": ("nps",),
}
UNIT = {kpi: unit for unit, kpis in UNITS.items() for kpi in kpis}
#: What each KPI needs beside its events; see `_lacking`.
NEEDS: dict[str, tuple[str, ...]] = {
    "unique_visitors": ("visit",),
    "visits": ("visit",),
    "value_per_visit": ("visit", "purchase", "money"),
    "followers": ("follow",),
    "leads": ("lead",),
    "lead_rate": ("visit", "lead"),
    "time_on_site": ("session",),
    "shares": ("visit", "share"),
    "sales": ("purchase",),
    "sales_online": ("purchase", "place"),
    "sales_offline": ("purchase", "place"),
    "revenue": ("purchase", "money"),
    "profit": ("purchase", "money", "margin", "spend"),
    "aov": ("purchase", "money"),
    "conversion_rate": ("visit", "purchase"),
    "new_customers": ("purchase",),
    "cac": ("purchase", "spend"),
    "roas": ("purchase", "money", "spend"),
    "repeat_rate": ("purchase",),
    "loyalty": ("purchase", "before"),
    "ltv": ("purchase", "money", "margin"),
    "csat": ("csat",),
    "nps": ("nps",),
    "advocacy": ("purchase", "refer"),
}

#: KPIs that ask what people did before the period: in a young log they move because the log grows longer.
LOOKING_BACK = ("new_customers", "cac", "repeat_rate", "ltv", "advocacy")
LONG_ENOUGH = pd.Timedelta(days=365)
QUIET_NIGHT, QUIET_DAY = pd.Timedelta(hours=6), pd.Timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """Days of the log's calendar: a period (end exclusive), whether the log saw it whole, and the one before."""

    start: pd.Timestamp
    end: pd.Timestamp
    before: pd.Timestamp


def computed(asked: KpiTree, log: EventLog, spend: pd.DataFrame | None, by: str, start: Any, end: Any) -> KpiResult:
    """The tree of a period beside the one before; see `KpiTree.run`."""
    began, until = _observed(log)
    period = _period(by, start, end, began, until, log.week_start)
    earlier = Period(period.before, period.start, _step_back(period.before, period.start))
    lacking = _lacking(asked, log)
    has_value = asked.value in log.table.columns
    currency = log.currency if has_value else None
    now = _estimates(asked, log, spend, period, lacking, currency, _seen(period.before, period.start, began, until))
    seen = _seen(earlier.start, earlier.end, began, until)
    past = (
        _estimates(asked, log, spend, earlier, lacking, currency, _seen(earlier.before, earlier.start, began, until))
        if seen
        else {kpi: (NOTHING, "") for kpis in TREE.values() for kpi in kpis}
    )
    young = () if period.before - LONG_ENOUGH >= began else LOOKING_BACK
    rows = [_row(part, kpi, now[kpi], past[kpi][0], kpi in young) for part, kpis in TREE.items() for kpi in kpis]
    notes = [] if seen else [t("kpis.note.no_previous", start=f"{earlier.start:%Y-%m-%d}")]
    notes += [t("kpis.note.money", currency=currency)] if currency else []
    notes += [] if asked.cancel else [t("kpis.note.no_cancel")]
    notes.append(t("kpis.note.first", began=f"{began:%Y-%m-%d}"))
    notes += [t("kpis.note.young", named=", ".join(t(f"kpis.label.{kpi}") for kpi in young))] if young and seen else []
    return KpiResult(asked, pd.DataFrame(rows), period.start, period.end, period.before, currency, tuple(notes))


def _observed(log: EventLog) -> tuple[pd.Timestamp, pd.Timestamp]:
    """The first event and the end of observation, as wall-clock times of the log's calendar."""
    table: Any = log.table
    first = table["timestamp"].min().to_pyarrow().as_py()
    if first is None:
        raise LogError("The log has no usable event; see log.rejected for why.")
    began = pd.Timestamp(first)
    began = (began.tz_localize("UTC") if began.tzinfo is None else began).tz_convert(log.report_tz)
    return began.tz_localize(None), log.observed_until.tz_convert(log.report_tz).tz_localize(None)


def _period(by: str, start: Any, end: Any, began: pd.Timestamp, until: pd.Timestamp, week_start: str) -> Period:
    """The period asked for, if the log saw it whole."""
    calendar.check_period(by)
    if (start is None) != (end is None):
        raise SpecError("Give both start and end, or neither.")
    if start is not None:
        try:
            first, last = (pd.Timestamp(day).tz_localize(None).normalize() for day in (start, end))
        except (ValueError, TypeError):
            raise SpecError(f"start={start!r}, end={end!r}: give two dates, such as '2026-08-01'.") from None
        if not last > first:
            raise SpecError(f"end={last:%Y-%m-%d} must come after start={first:%Y-%m-%d}.")
    else:
        slack = QUIET_DAY if by != "day" else QUIET_NIGHT
        last = calendar.period_start(pd.Series([until + slack]), by, week_start).iloc[0]
        first = _step_back(last, calendar.next_start(last, by))
    if not _seen(first, last, began, until):
        raise SpecError(
            f"The log was observed from {began:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M}, which does not contain "
            f"{first:%Y-%m-%d} to {last - pd.Timedelta(days=1):%Y-%m-%d}; choose another period with start and end."
        )
    return Period(first, last, _step_back(first, last))


def _seen(first: pd.Timestamp, last: pd.Timestamp, began: pd.Timestamp, until: pd.Timestamp) -> bool:
    """Whether the log saw the days from `first` to `last` (exclusive) from start to end.

    A log begins with its first event and ends with its last: a quiet night, in a week or more a quiet day, is allowed
    for, as in the histories that goals are checked on.
    """
    slack = QUIET_DAY if last - first >= pd.Timedelta(days=7) else QUIET_NIGHT
    return bool(first >= began - slack and last <= until + slack)


def _step_back(start: pd.Timestamp, end: pd.Timestamp) -> pd.Timestamp:
    """Where the period before begins: as many months earlier where both are first days, else as many days."""
    months = (end.year - start.year) * 12 + end.month - start.month
    if start.day == end.day == 1 and months:
        return start - pd.DateOffset(months=months)
    return start - (end - start)


def _lacking(asked: KpiTree, log: EventLog) -> dict[str, str]:
    """What the log does not record, in words, by need; only what is lacking is named."""
    table: Any = log.table
    groups = {name: getattr(asked, name) for name in ("visit", "lead", "share", "purchase", "refer", "follow")}
    groups |= {"csat": (asked.csat.event,), "nps": (asked.nps.event,)}
    wanted = sorted({event for events in groups.values() for event in events})
    there = set(table.filter(table["event"].isin(wanted)).select("event").distinct().to_pandas()["event"])
    made = {}
    for name, events in groups.items():
        if not there & set(events):
            listed = ", ".join(map(repr, events))
            made[name] = t("kpis.lack.event", events=listed) if events else t("kpis.lack.none", name=name)
    columns = set(table.columns)
    if asked.session in columns:
        made.pop("visit", None)
    else:
        made["session"] = t("kpis.lack.session", name=asked.session)
    for name, survey in (("csat", asked.csat), ("nps", asked.nps)):
        if name not in made and survey.score not in columns:
            made[name] = t("kpis.lack.property", name=survey.score)
    if asked.value not in columns:
        made["money"] = t("kpis.lack.property", name=asked.value)
    if not asked.offline or not set(asked.offline) <= columns:
        made["place"] = t("kpis.lack.place", name=", ".join(asked.offline) or "offline")
    if asked.margin is None:
        made["margin"] = t("kpis.lack.margin")
    return made


def _estimates(
    asked: KpiTree,
    log: EventLog,
    spend: pd.DataFrame | None,
    period: Period,
    lacking: dict[str, str],
    currency: str | None,
    has_before: bool,
) -> dict[str, tuple[Estimate, str]]:
    """Every KPI of one period, and what it lacks."""
    days = pd.Series([period.start, period.end, period.before])
    start, end, before = calendar.to_utc(days, log.report_tz)
    sums = people_sums(log, asked, start, end, before)
    money, why = spend_between(spend, period.start, period.end, currency)
    lacks = dict(lacking)
    if why:
        lacks["spend"] = why
    if not has_before:
        lacks["before"] = t("kpis.lack.before")
    made = {}
    for kpi, needs in NEEDS.items():
        reason = next((lacks[need] for need in needs if need in lacks), "")
        made[kpi] = (NOTHING if reason else _estimate(kpi, sums, money, asked.margin or 0.0), reason)
    return made


def _estimate(kpi: str, sums: Sums, spend: float, margin: float) -> Estimate:
    if kpi in TOTAL_OF:
        return _total(sums, TOTAL_OF[kpi])
    if kpi == "ltv":
        return _scaled(_ratio(sums, kpi), margin)
    if kpi in PAIRS:
        return _ratio(sums, kpi)
    revenue = _total(sums, "value")
    if kpi == "profit":
        gain = _scaled(revenue, margin)
        profit = gain.value - spend
        return gain._replace(numerator=profit, value=profit, low=gain.low - spend, high=gain.high - spend)
    if kpi == "roas":
        per = 1 / spend if spend > 0 else math.nan
        return _scaled(revenue, per)._replace(numerator=revenue.value, denominator=spend)
    new = _total(sums, "new_customer")
    if not new.value:
        return Estimate(spend, 0.0, math.nan, math.nan, math.nan, "")
    return Estimate(spend, new.value, spend / new.value, spend / new.high, spend / new.low, new.interval)


def _total(sums: Sums, name: str) -> Estimate:
    value, squares = sums[name], sums[f"{name}^2"]
    if squares == value:
        low, high = (float(end[0]) for end in stats.poisson(value, 1))
        return Estimate(value, math.nan, value, low, high, t("kpis.interval.poisson"))
    from scipy.stats import norm

    half = float(norm.isf(stats.ALPHA / 2)) * math.sqrt(squares)
    return Estimate(value, math.nan, value, value - half, value + half, t("kpis.interval.total"))


def _ratio(sums: Sums, name: str) -> Estimate:
    y, x, yy, xy, xx, n = (sums[f"{name}/{part}"] for part in ("y", "x", "yy", "xy", "xx", "n"))
    if UNIT[name] == "share" and yy == y and xx == x:
        low, high = (float(end[0]) for end in stats.wilson(y, x))
        return Estimate(y, x, float(stats.rate(y, x)[0]), low, high, t("kpis.interval.wilson"))
    found = stats.ratio_delta(y, x, yy, xy, xx, n, proportion=UNIT[name] == "share")
    value, low, high = (float(part[0]) for part in (found.estimate, found.low, found.high))
    return Estimate(y, x, value, low, high, t("kpis.interval.delta"))


def _scaled(one: Estimate, by: float) -> Estimate:
    top, value, low, high = (number * by for number in (one.numerator, one.value, one.low, one.high))
    return Estimate(top, one.denominator, value, low, high, one.interval)


def _row(part: str, kpi: str, now: tuple[Estimate, str], past: Estimate, young: bool) -> dict[str, Any]:
    one, missing = now
    low, high = mover(one, past)
    change = one.value - past.value
    differs = ""
    if not young and not math.isnan(low) and not math.isnan(high):
        differs = "up" if low > 0 else "down" if high < 0 else "not seen"
    return {
        "part": part,
        "kpi": kpi,
        "label": t(f"kpis.label.{kpi}"),
        "unit": UNIT[kpi],
        **one._asdict(),
        "missing": missing,
        "previous": past.value,
        "previous_low": past.low,
        "previous_high": past.high,
        "change": change,
        "change_low": low,
        "change_high": high,
        "relative": change / past.value if past.value > 0 else math.nan,
        "differs": differs,
        "definition": t(f"kpis.define.{kpi}"),
    }


def mover(one: Estimate, other: Estimate) -> tuple[float, float]:
    """The interval of a difference from the two intervals.

    Examples
    --------
    Newcombe's example (56 of 70 against 48 of 80), from Wilson's intervals:

    >>> ends = [(56, 70, *map(float, (0.8, *[b[0] for b in stats.wilson(56, 70)])), "")]
    >>> ends += [(48, 80, *map(float, (0.6, *[b[0] for b in stats.wilson(48, 80)])), "")]
    >>> [round(end, 4) for end in mover(*(Estimate(*each) for each in ends))]
    [0.0524, 0.3339]
    """
    difference = one.value - other.value
    low = difference - math.hypot(one.value - one.low, other.high - other.value)
    return low, difference + math.hypot(one.high - one.value, other.value - other.low)
