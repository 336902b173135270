"""Paths from a log, found in the engine.

Each touch looks ahead to its user's next conversion: a running minimum over the user's events from the latest back.
The touches of one (user, next conversion) are one path, written as a word of channel numbers (`3.0.7`), so that equal
paths are equal words and the engine can count them. Only distinct words, with their counts, leave the engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from ibis.common.exceptions import OperationNotDefinedError, UnsupportedOperationError

from funnel_utils.errors import EngineError, LogError
from funnel_utils.events.clock import elapsed, in_ticks, moment, ticks_per_second
from funnel_utils.journey.attribution.bootstrap import Sample, grid
from funnel_utils.journey.attribution.paths import Floats, Paths
from funnel_utils.journey.attribution.shares import MOST_HALVINGS
from funnel_utils.journey.attribution.spec import Attribution
from funnel_utils.text import t

if TYPE_CHECKING:
    from funnel_utils.events import EventLog

MOST_CHANNELS = 500
#: More than there are channels, and so few that a time in microseconds and a channel fit into one whole number.
CODES = 512
#: More users than this are dealt into groups for the bootstrap, named by so many digits of a hash.
MOST_UNITS, DIGITS = 20_000, 3


@dataclass(frozen=True, eq=False)
class Found:
    """What a log says about paths.

    Attributes
    ----------
    paths : Paths
        Distinct paths with their counts.
    sample : Sample
        What the bootstrap draws from.
    journeys : ibis Table
        A row a path of a user: `user`, `ended` (the conversion, null without one), `hit` (whether the path converted),
        `word`, `touches`, `conversions`, `value`, `last` (the last touch). Times are ticks since 1970; see
        `funnel_utils.events.clock`.
    tally : dict of str to int
        Users, touches, stale touches, journeys by outcome, and what is missing.
    """

    paths: Paths
    sample: Sample
    journeys: ir.Table
    tally: dict[str, int]


def find(log: EventLog, asked: Attribution, with_value: bool) -> Found:
    """The paths of a log, and what its users add to each.

    Raises
    ------
    EngineError
        If the engine where the log lives has no sorted lists.
    """
    try:
        return _find(log, asked, with_value)
    except (OperationNotDefinedError, UnsupportedOperationError) as error:
        raise EngineError(
            f"The log lives in {log.backend.name}, which cannot spell paths: {error}. Write its touches and "
            "conversions to Parquet files, and read those."
        ) from None


def _find(log: EventLog, asked: Attribution, with_value: bool) -> Found:
    rows = relevant(log, asked, with_value)
    channels = _channels(rows)
    ticks = ticks_per_second(rows)
    touched = ahead(rows, asked, channels, ticks).cache()
    journeys = gathered(touched).cache()
    tally = _tally(journeys, log, asked, ticks)
    words = distinct(journeys).cache()
    paths = _paths(words, channels)
    sample = _sample(touched, journeys, words, asked, ticks, (len(paths), len(channels)), tally["users"])
    return Found(paths, sample, journeys, tally)


def check_columns(log: EventLog, asked: Attribution) -> None:
    """Refuse properties that the log does not have.

    Raises
    ------
    LogError
        Naming the property and what there is.
    """
    wanted = [asked.channel, *([asked.value] if asked.value not in (None, "value") else [])]
    for name in wanted:
        if name not in log.table.columns:
            known = ", ".join(log.properties) or "none"
            raise LogError(
                f"Attribution asks for the property {name!r}, which this log does not have; it has: {known}."
            )


def relevant(log: EventLog, asked: Attribution, with_value: bool) -> ir.Table:
    """Touches and conversions: `user`, `time`, `channel`, `converts`, `value`; `place` where the log has an order."""
    table: Any = log.table
    converts = table.event.isin(asked.conversion)
    channel = table[asked.channel].cast("string")
    if asked.touches is None:
        touches = channel.notnull() & ~converts
    else:
        touches = table.event.isin(asked.touches)
        channel = channel.fill_null(t("attribution.no_channel"))
    columns: dict[str, Any] = {
        "user": table.user,
        "time": elapsed(table.timestamp, moment(pd.Timestamp(0, tz="UTC")), ticks_per_second(table)),
        "channel": converts.ifelse(ibis.null("string"), channel),
        "converts": converts,
        "value": _worth(table[asked.value], converts) if with_value else ibis.literal(0.0),
    }
    if "sequence" in table.columns:
        columns["place"] = table.sequence
    found: ir.Table = table.filter(converts | touches).select(**columns)
    return found


def _worth(value: Any, converts: Any) -> Any:
    """The value of a conversion as a number; a missing one is worth nothing."""
    number = value.cast("float64")
    return (converts & number.notnull() & ~number.isnan()).ifelse(number, 0.0)


def _channels(rows: ir.Table) -> tuple[str, ...]:
    """The channels of all touches, sorted."""
    seen: Any = rows.channel
    found = rows.filter(seen.notnull()).select("channel").distinct().limit(MOST_CHANNELS + 1)
    names = tuple(sorted(found.to_pyarrow()["channel"].to_pylist()))
    if len(names) > MOST_CHANNELS:
        raise LogError(
            f"The touches have more than {MOST_CHANNELS} channels, such as {', '.join(names[:3])}; credit for so many "
            "says nothing. Name a coarser property with channel=…."
        )
    return names


def ahead(rows: ir.Table, asked: Attribution, channels: tuple[str, ...], ticks: int) -> ir.Table:
    """Every row with its path: `ended` (the user's next conversion, null without one), `hit`, the channel's `code`."""
    table: Any = rows
    codes = [(table.channel == name, code) for code, name in enumerate(channels)]
    table = table.mutate(code=ibis.cases(*codes) if codes else ibis.null("int64")).drop("channel")
    # Peers count: a touch at the moment of a conversion sees that conversion.
    onward = ibis.range_window(group_by=table.user, order_by=table.time.desc(), following=0)
    table = table.mutate(ended=table.converts.ifelse(table.time, ibis.null("int64")).min().over(onward))
    near = ibis.literal(True)
    if asked.lookback is not None:
        near = table.ended - table.time <= in_ticks(asked.lookback, ticks)
    made: ir.Table = table.mutate(hit=table.ended.notnull() & near)
    if asked.stale == "drop":
        made = made.filter(made.hit | made.ended.isnull())
    return made


def gathered(touched: ir.Table) -> ir.Table:
    """A row a path of a user."""
    rows: Any = touched
    is_touch = ~rows.converts
    # Lists that are sorted afterwards cost a fifth of a list gathered in order.
    if "place" in rows.columns:
        touch = ibis.struct({"time": rows.time, "place": rows.place, "code": rows.code})
    else:
        touch = rows.time * CODES + rows.code
    made = rows.group_by(["user", "ended", "hit"]).agg(
        path=touch.collect(where=is_touch),
        touches=is_touch.sum(),
        conversions=rows.converts.sum(),
        value=rows["value"].sum(),
        last=is_touch.ifelse(rows.time, ibis.null("int64")).max(),
    )
    spelled_ = made.path.sort().map(lambda one: (one.code if "place" in rows.columns else one % CODES).cast("string"))
    found: ir.Table = made.mutate(word=spelled_.join(".").fill_null("")).drop("path")
    return found


def _tally(journeys: ir.Table, log: EventLog, asked: Attribution, ticks: int) -> dict[str, int]:
    """Counts that say what the paths are made of."""
    rows: Any = journeys
    fails = ~rows.hit
    may_yet = ibis.literal(True)
    if asked.lookback is not None:
        seen = (log.observed_until - pd.Timestamp(0, tz="UTC")).to_pytimedelta()
        may_yet = in_ticks(seen, ticks) - rows["last"] <= in_ticks(asked.lookback, ticks)
    counted = {
        "users": rows.user.nunique(),
        "touches": rows.touches.sum(),
        "stale": (fails & rows.ended.notnull()).ifelse(rows.touches, 0).sum(),
        "conversions": rows.conversions.sum(),
        "untouched": (rows.touches == 0).ifelse(rows.conversions, 0).sum(),
        "converting": rows.hit.sum(),
        "nulls": fails.sum(),
        "open": (fails & rows.ended.isnull() & may_yet).sum(),
    }
    found = rows.aggregate(**{name: column.coalesce(0) for name, column in counted.items()}).to_pyarrow()
    return {name: int(found[name][0].as_py()) for name in counted}


def distinct(journeys: ir.Table) -> ir.Table:
    """The distinct words, numbered in their order, with their counts."""
    rows: Any = journeys
    counts = rows.group_by("word").agg(
        conversions=rows.conversions.sum(), nulls=(~rows.hit).sum(), value=rows["value"].sum()
    )
    found: ir.Table = counts.mutate(number=ibis.row_number().over(order_by=counts.word))
    return found


def _paths(words: ir.Table, channels: tuple[str, ...]) -> Paths:
    found = words.order_by("number").to_pyarrow()
    spelled_ = pc.split_pattern(found["word"].combine_chunks(), ".")
    # The empty word splits into one empty piece, and is a path of no touches.
    touched = pc.not_equal(found["word"], "").to_numpy()
    lengths = np.where(touched, pc.list_value_length(spelled_).to_numpy(), 0)
    pieces = spelled_.flatten()
    codes = pc.cast(pieces.filter(pc.not_equal(pieces, "")), pa.int64())
    return Paths(
        channels,
        codes.to_numpy(),
        np.concatenate(([0], np.cumsum(lengths, dtype=np.int64))),
        conversions=_floats(found["conversions"]),
        nulls=_floats(found["nulls"]),
        value=_floats(found["value"]),
    )


def _floats(column: pa.ChunkedArray) -> Floats:
    found: Floats = column.to_numpy().astype(np.float64)
    return found


def _sample(
    touched: ir.Table,
    journeys: ir.Table,
    words: ir.Table,
    asked: Attribution,
    ticks: int,
    shape: tuple[int, int],
    users: int,
) -> Sample:
    """What each user, or each group of users, did along each path; `shape`: how many paths and channels there are."""
    rows: Any = journeys.join(words.select("word", "number"), "word")
    exact = users <= MOST_UNITS
    counts = (
        rows.mutate(unit=_unit(rows.user, exact))
        .group_by(["unit", "number"])
        .agg(conversions=rows.conversions.sum(), nulls=(~rows.hit).sum(), value=rows["value"].sum())
        .to_pyarrow()
    )
    decayed = _decayed(touched, asked, ticks, exact).to_pyarrow()
    # Sorted, because the same seed has to draw the same people however the engine returns them.
    names = pd.Index(counts["unit"].to_pandas().unique()).sort_values()
    unit, path = names.get_indexer(counts["unit"].to_pandas()), counts["number"].to_numpy()
    people = np.ones(len(names)) if exact else _people(journeys, names)
    cells, wide = (len(names), shape[0]), (len(names), shape[1])
    decay_unit, code = names.get_indexer(decayed["unit"].to_pandas()), decayed["code"].to_numpy()
    return Sample(
        size=np.ones(len(names)),
        people=people,
        conversions=grid(unit, path, _floats(counts["conversions"]), cells),
        nulls=grid(unit, path, _floats(counts["nulls"]), cells),
        value=grid(unit, path, _floats(counts["value"]), cells),
        decay=(
            grid(decay_unit, code, _floats(decayed["conversions"]), wide),
            grid(decay_unit, code, _floats(decayed["value"]), wide),
        ),
        kind="user" if exact else "group",
    )


def _people(journeys: ir.Table, names: pd.Index[Any]) -> Floats:
    """How many users are in each group."""
    rows: Any = journeys.select("user").distinct()
    found = rows.group_by(unit=_unit(rows.user, exact=False)).agg(people=rows.count()).to_pandas()
    counts: Floats = found.set_index("unit")["people"].reindex(names).to_numpy(dtype=np.float64)
    return counts


def _unit(user: Any, exact: bool) -> Any:
    return user if exact else user.cast("string").hexdigest("md5").substr(0, DIGITS)


def _decayed(touched: ir.Table, asked: Attribution, ticks: int, exact: bool) -> ir.Table:
    """Conversions and value that time decay credits to each channel, by unit."""
    rows: Any = touched
    rows = rows.filter(rows.hit)
    halvings = (rows.ended - rows.time) / (asked.half_life.total_seconds() * ticks)
    halvings = (halvings > MOST_HALVINGS).ifelse(MOST_HALVINGS, halvings)
    rows = rows.mutate(weight=rows.converts.ifelse(0.0, ibis.literal(2.0) ** (-halvings)))
    path = ibis.window(group_by=["user", "ended"])
    rows = rows.mutate(
        whole=rows.weight.sum().over(path),
        conversions=rows.converts.sum().over(path),
        worth=rows["value"].sum().over(path),
    )
    rows = rows.filter(~rows.converts)
    part = rows.weight / rows.whole
    shared = rows.group_by(["user", "code"]).agg(
        conversions=(part * rows.conversions).sum(), value=(part * rows.worth).sum()
    )
    shared = shared.mutate(unit=_unit(shared.user, exact))
    found: ir.Table = shared.group_by(["unit", "code"]).agg(
        conversions=shared.conversions.sum(), value=shared["value"].sum()
    )
    return found
