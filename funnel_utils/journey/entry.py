"""Non-linear entry: journeys do not all begin at the first stage, nor go forward one stage at a time.

With stages in order, a journey **starts** at the stage of its first event. It **skips** a stage when it goes beyond it
without having been there, the stages before its start aside. It **returns** when it comes to a stage that lies before
the furthest one so far. A journey is **linear** when it starts at the first stage, skips none and never returns.
"""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from funnel_utils.errors import SpecError
from funnel_utils.journey.shares import flag_rates
from funnel_utils.journey.spec import Journey
from funnel_utils.journey.step_matrix import nullable
from funnel_utils.journey.steps import CONVERTED
from funnel_utils.text import t

#: What can be said of a journey as a whole, in the order of the table.
MEASURES = ("linear", "later", "skips", "returns")


def check_order(journey: Journey) -> None:
    """Raise a `SpecError` where no order of the states is known."""
    if not journey.order:
        raise SpecError(
            "Entry, skips and returns need the order of the states: give stages= (a mapping in order, or a stage "
            "model), or order=."
        )


def _ranked(steps: ir.Table, whole: list[str], journey: Journey) -> Any:
    """The steps in stages, with the stage of the journey's `start` and the furthest one `before` the step."""
    rows: Any = steps
    # States beyond the order (there are none where stages are given) say nothing about forward and back.
    rows = rows.filter(rows["code"] < len(journey.order))
    within = ibis.window(group_by=whole, order_by="place")
    so_far = ibis.cumulative_window(group_by=whole, order_by="place")
    seen = rows.mutate(furthest=rows["code"].max().over(so_far), start=rows["code"].first().over(so_far))
    return seen.mutate(before=seen["furthest"].lag().over(within))


def shapes(steps: ir.Table, whole: list[str], journey: Journey) -> ir.Table:
    """One row a journey: `start` and `furthest` (codes), `skips`, `returns`, `converted` (booleans)."""
    seen = _ranked(steps, whole, journey)
    jumps = (seen["code"] > seen["before"] + 1).fill_null(False).ifelse(1, 0)
    backs = (seen["code"] < seen["before"]).fill_null(False).ifelse(1, 0)
    made = seen.group_by(whole).agg(
        start=seen["start"].min(),
        furthest=seen["furthest"].max(),
        jumps=jumps.max(),
        backs=backs.max(),
        outcome=seen["next"].min(),
    )
    found: ir.Table = made.select(
        *whole,
        "start",
        "furthest",
        skips=made["jumps"] == 1,
        returns=made["backs"] == 1,
        converted=made["outcome"] == CONVERTED,
    )
    return found


def entry(made: ir.Table, journey: Journey) -> pd.DataFrame:
    """Where journeys start, and how those that start there end.

    Returns
    -------
    DataFrame
        A row a stage, in order: `stage`; `count` of `of` journeys start there, with `rate`, `low`, `high`, `interval`;
        `converted` of them, with `conversion`, `conversion_low`, `conversion_high`.
    """
    rows: Any = made
    at = {name: rows["start"] == code for code, name in enumerate(journey.order)}
    starts = flag_rates(rows, at)
    won = flag_rates(rows, {name: (rows["converted"], flag) for name, flag in at.items()})
    return starts.rename(columns={"flag": "stage"}).assign(
        converted=won["count"], conversion=won["rate"], conversion_low=won["low"], conversion_high=won["high"]
    )


def linearity(made: ir.Table) -> pd.DataFrame:
    """How many journeys go as a funnel would have it, and how many do not.

    Returns
    -------
    DataFrame
        `measure` (linear; starts later than at the first stage; skips a stage; returns to one), `count` of `of`
        journeys, `rate`, `low`, `high`, `interval`; `converted` of them with `conversion`, `conversion_low`,
        `conversion_high`. Only the first measure excludes the others.
    """
    rows: Any = made
    later = rows["start"] > 0
    flags = dict(
        zip(MEASURES, (~later & ~rows["skips"] & ~rows["returns"], later, rows["skips"], rows["returns"]), strict=True)
    )
    shares = flag_rates(rows, flags)
    won = flag_rates(rows, {name: (rows["converted"], flag) for name, flag in flags.items()})
    named = [t(f"journey.measure.{name}") for name in shares["flag"]]
    made_table = shares.drop(columns="flag").assign(
        converted=won["count"], conversion=won["rate"], conversion_low=won["low"], conversion_high=won["high"]
    )
    made_table.insert(0, "measure", named)
    return made_table


def _small(rows: Any, name: str) -> Any:
    """A column for a union: small numbers all have one type."""
    return (
        rows[name].cast("int16").name(name) if name in ("stage", "start", "furthest", "fresh", "back") else rows[name]
    )


def skips(steps: ir.Table, made: ir.Table, whole: list[str], journey: Journey) -> pd.DataFrame:
    """For each stage: who visited it, who passed it by, and who came back to it.

    Returns
    -------
    DataFrame
        `stage`, `measure`, `count` of `of` journeys, `rate`, `low`, `high`, `interval`. Three rows a stage: visited, of
        all journeys; skipped, of those that started before it and went beyond it; returned to, of those that were
        beyond it.
    """
    seen = _ranked(steps, whole, journey)
    fresh = (seen["before"].isnull() | (seen["code"] > seen["before"])).ifelse(1, 0)
    back = (seen["code"] < seen["before"]).fill_null(False).ifelse(1, 0)
    met = seen.group_by(*whole, stage=seen["code"]).agg(fresh=fresh.max(), back=back.max())
    stages = ibis.memtable({"stage": list(range(len(journey.order)))}, schema={"stage": "int16"})
    names = [*whole, "stage", "start", "furthest", "fresh", "back"]
    unknown = {name: ibis.null("int16") for name in names}
    every = made.cross_join(stages)
    # Every stage of every journey, and those that were met: a union, because not every engine plans a join of the two.
    parts = (
        every.mutate(fresh=unknown["fresh"], back=unknown["back"]),
        met.mutate(start=unknown["start"], furthest=unknown["furthest"]),
    )
    one, two = (nullable(part.select(*(_small(part, name) for name in names))) for part in parts)
    both = one.union(two)
    rows: Any = both.group_by([*whole, "stage"]).agg(**{name: both[name].max() for name in names[-4:]})
    # A stage between start and furthest that was not new when it was met had been passed by.
    passed = (rows["start"] < rows["stage"]) & (rows["stage"] < rows["furthest"])
    flags = {
        "visited": rows["back"].notnull(),
        "skipped": ((rows["fresh"].fill_null(0) == 0), passed),
        "returned": ((rows["back"].fill_null(0) == 1), rows["furthest"] > rows["stage"]),
    }
    found = flag_rates(rows, flags, ["stage"])
    places = {name: place for place, name in enumerate(flags)}
    found = found.sort_values(["stage", "flag"], key=lambda c: c.map(places) if c.name == "flag" else c)
    found["measure"] = [t(f"journey.measure.{name}") for name in found["flag"]]
    found["stage"] = [journey.order[int(code)] for code in found["stage"]]
    return found[["stage", "measure", "count", "of", "rate", "low", "high", "interval"]].reset_index(drop=True)
