"""Sums over people from which every KPI of the plan follows, made in the engine in one grouped pass.

A person has one row: visits, orders, value, … inside the period and before it. Orders and value are net of
cancellations, each subtracted when it happened. What comes back is one row of sums: counts, sums of squares and of
products, so that a ratio of totals has the interval of the delta method, clustered by person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis
import pandas as pd

from funnel_utils.events.clock import elapsed, moment, ticks_per_second
from funnel_utils.events.where import holds

if TYPE_CHECKING:
    from funnel_utils.events import EventLog
    from funnel_utils.plan.kpi_tree import KpiTree, Survey

#: Ratios of totals over people: name -> (numerator, denominator), columns of the people's table.
PAIRS = {
    "value_per_visit": ("value_online", "visits"),
    "lead_rate": ("lead_visitor", "visitor"),
    "time_on_site": ("seconds", "timed"),
    "shares": ("shares", "visits"),
    "conversion_rate": ("buying_visitor", "visitor"),
    "aov": ("value", "orders"),
    "repeat_rate": ("repeating", "buyer"),
    "loyalty": ("loyal", "buyer_before"),
    "ltv": ("worth", "customer"),
    "csat": ("glad", "answers_csat"),
    "nps": ("promoting", "answers_nps"),
    "advocacy": ("advocate", "customer"),
}
#: Totals over people.
TOTALS = (
    *("visits", "visitor", "lead", "following", "orders", "orders_online", "orders_offline"),
    *("value", "new_customer", "buyer", "customer"),
)


def people_sums(
    log: EventLog, asked: KpiTree, start: pd.Timestamp, end: pd.Timestamp, before: pd.Timestamp
) -> dict[str, float]:
    """The sums of the period from `start` to `end` (exclusive, UTC); the one before it begins at `before`.

    Returns
    -------
    dict
        For each total `name` and `name^2`; for each pair `name/y`, `name/x`, `name/yy`, `name/xy`, `name/xx`,
        `name/n` (people with a denominator).
    """
    people = _people(log, asked, moment(start), moment(end), moment(before))
    wanted = {name: (name,) for name in TOTALS} | {f"{name}^2": (name, name) for name in TOTALS}
    for name, (y, x) in PAIRS.items():
        wanted |= {f"{name}/y": (y,), f"{name}/x": (x,), f"{name}/n": (x, "")}
        wanted |= {f"{name}/yy": (y, y), f"{name}/xy": (x, y), f"{name}/xx": (x, x)}
    # Many KPIs share a sum, and not every engine computes the same sum under two names.
    terms = sorted(set(wanted.values()))
    row = people.aggregate(**{f"t{k}": _term(people, term) for k, term in enumerate(terms)}).to_pandas().iloc[0]
    found = {term: row[f"t{k}"] for k, term in enumerate(terms)}
    return {name: 0.0 if pd.isna(found[term]) else float(found[term]) for name, term in wanted.items()}


def _term(people: Any, term: tuple[str, ...]) -> Any:
    """The sum of a column, of the product of two, or (with an empty second) of people for whom it is not 0."""
    first = people[term[0]].cast("float64")
    if len(term) == 1:
        return first.sum()
    return (first != 0).cast("float64").sum() if not term[1] else (first * people[term[1]].cast("float64")).sum()


def _people(log: EventLog, asked: KpiTree, start: Any, end: Any, before: Any) -> Any:
    """One row a person with the columns that `TOTALS` and `PAIRS` name."""
    rows: Any = log.table
    rows = rows.filter(rows["timestamp"] < end)
    at = rows["timestamp"]
    inside, last = at >= start, (at >= before) & (at < start)
    sign = (
        rows["event"]
        .isin(asked.purchase)
        .ifelse(1, rows["event"].isin(asked.cancel).ifelse(-1, 0) if asked.cancel else 0)
    )
    amount = sign * _number(rows, asked.value)
    offline = _offline(rows, asked)

    def done(events: tuple[str, ...]) -> Any:
        return (inside & rows["event"].isin(events)).cast("int64").sum() if events else ibis.literal(0, "int64")

    surveys = _survey(rows, inside, asked.csat, "csat") | _survey(rows, inside, asked.nps, "nps")
    each = rows.group_by("user").agg(
        visited=done(asked.visit),
        leads=done(asked.lead),
        shares=done(asked.share),
        referred=done(asked.refer),
        orders=inside.ifelse(sign, 0).sum(),
        orders_online=(inside & ~offline).ifelse(sign, 0).sum(),
        orders_offline=(inside & offline).ifelse(sign, 0).sum(),
        orders_ever=sign.sum(),
        orders_earlier=(~inside).ifelse(sign, 0).sum(),
        orders_last=last.ifelse(sign, 0).sum(),
        value=inside.ifelse(amount, 0.0).sum(),
        value_online=(inside & ~offline).ifelse(amount, 0.0).sum(),
        value_ever=amount.sum(),
        followed=at.max(where=rows["event"].isin(asked.follow)) if asked.follow else ibis.null("timestamp"),
        left=at.max(where=rows["event"].isin(asked.unfollow)) if asked.unfollow else ibis.null("timestamp"),
        **surveys,
    )
    return _flags(_with_visits(each, rows, asked, start))


def _with_visits(each: Any, rows: Any, asked: KpiTree, start: Any) -> Any:
    """`visits`, `timed` (with two events or more) and their `seconds`: sessions that began in the period."""
    if asked.session not in rows.columns:
        zero = ibis.literal(0, "int64")
        return each.mutate(visits=each["visited"], timed=zero, seconds=zero.cast("float64"))
    known = rows.filter(rows[asked.session].notnull())
    made = known.group_by(["user", asked.session]).agg(
        began=known["timestamp"].min(), ended=known["timestamp"].max(), events=known.count()
    )
    made = made.filter(made["began"] >= start)
    ticks = ticks_per_second(made)
    several = made["events"] > 1
    seconds = elapsed(made["ended"], made["began"], ticks) / float(ticks)
    visits = made.group_by("user").agg(
        visits=made.count(), timed=several.cast("int64").sum(), seconds=several.ifelse(seconds, 0.0).sum()
    )
    joined = each.left_join(visits.rename(visitor_="user"), each["user"] == visits["user"])
    filled = {name: joined[name].fill_null(0) for name in ("visits", "timed", "seconds")}
    return joined.mutate(**filled).drop("visitor_")


def _flags(each: Any) -> Any:
    """Who is a visitor, lead, buyer, customer, …: 1 or 0."""
    visitor, buyer, customer = each["visits"] > 0, each["orders"] > 0, each["orders_ever"] > 0
    flags = {
        "visitor": visitor,
        "lead": each["leads"] > 0,
        "lead_visitor": visitor & (each["leads"] > 0),
        "buyer": buyer,
        "buying_visitor": visitor & buyer,
        "repeating": buyer & (each["orders_ever"] > 1),
        "buyer_before": each["orders_last"] > 0,
        "loyal": (each["orders_last"] > 0) & buyer,
        "customer": customer,
        "new_customer": customer & (each["orders_earlier"] <= 0),
        "advocate": customer & (each["referred"] > 0),
        "following": each["followed"].notnull() & (each["left"].isnull() | (each["followed"] > each["left"])),
    }
    made = {name: flag.fill_null(False).cast("int64") for name, flag in flags.items()}
    return each.mutate(**made, worth=customer.ifelse(each["value_ever"], 0.0))


def _survey(rows: Any, inside: Any, survey: Survey, name: str) -> dict[str, Any]:
    """The answers of a survey, and how many are glad (or promoters less detractors)."""
    kind = "glad" if name == "csat" else "promoting"
    if survey.score not in rows.columns:
        zero = ibis.literal(0, "int64")
        return {f"answers_{name}": zero, kind: zero}
    score = _number(rows, survey.score, empty=None)
    answered = inside & (rows["event"] == survey.event) & score.notnull()
    good = (score >= survey.good).ifelse(1, 0)
    if survey.bad is not None:
        good = good - (score <= survey.bad).ifelse(1, 0)
    return {f"answers_{name}": answered.cast("int64").sum(), kind: answered.ifelse(good, 0).sum()}


def _number(rows: Any, name: str, empty: float | None = 0.0) -> Any:
    """A column of numbers; what is missing or no number is `empty`."""
    if name not in rows.columns:
        return ibis.literal(empty, "float64")
    column = rows[name].cast("float64")
    kept = column.isnan().ifelse(ibis.null("float64"), column)
    return kept if empty is None else kept.fill_null(empty)


def _offline(rows: Any, asked: KpiTree) -> Any:
    """Whether an event happened away from the site."""
    known = asked.offline and set(asked.offline) <= set(rows.columns)
    return holds(rows, asked.offline) if known else ibis.literal(False)
