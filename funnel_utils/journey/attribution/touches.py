"""Paths from a log, found in the engine.

Each touch looks ahead to its user's next conversion: a running minimum over the user's events from the latest back.
The touches of one (user, next conversion) are one path, written as a word with one letter a channel, so that equal
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

from funnel_utils.errors import LogError
from funnel_utils.events.clock import elapsed, in_ticks, moment, ticks_per_second
from funnel_utils.journey.attribution.bootstrap import Sample, grid
from funnel_utils.journey.attribution.paths import Floats, Ints, Paths
from funnel_utils.journey.attribution.shares import MOST_HALVINGS
from funnel_utils.journey.attribution.spec import Attribution
from funnel_utils.text import t

if TYPE_CHECKING:
    from funnel_utils.events import EventLog

MOST_CHANNELS = 500
#: The letter of the first channel; from here on there are thousands of letters that no engine folds or trims.
FIRST_LETTER = 0x4E00
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
        A row a path of a user: `user`, `ended` (time of the conversion, null without one), `hit` (whether it
        converted), `word`, `touches`, `conversions`, `value`, `last` (time of the last touch).
    tally : dict of str to int
        Users, touches, stale touches, journeys by outcome, and what is missing.
    """

    paths: Paths
    sample: Sample
    journeys: ir.Table
    tally: dict[str, int]


def find(log: EventLog, asked: Attribution, with_value: bool) -> Found:
    """The paths of a log, and what its users add to each."""
    rows = relevant(log, asked, with_value)
    channels = _channels(rows)
    touched = ahead(rows, asked, channels).cache()
    journeys = gathered(touched).cache()
    tally = _tally(touched, journeys, log, asked)
    paths, words = _distinct(journeys, channels)
    sample = _sample(touched, journeys, asked, words, channels, tally["users"])
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
    """Touches and conversions: `user`, `time`, `channel` (null for a conversion), `converts`, `value`, and `place`."""
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
        "time": table.timestamp,
        "channel": converts.ifelse(ibis.null("string"), channel),
        "converts": converts,
        "value": ibis.literal(0.0),
    }
    if with_value:
        columns["value"] = converts.ifelse(table[asked.value].cast("float64").fill_null(0.0), 0.0)
    # Without a `sequence` the letters below decide among touches of one moment; see the decision record.
    columns["place"] = table.sequence if "sequence" in table.columns else ibis.literal(0, type="int64")
    found: ir.Table = table.filter(converts | touches).select(**columns)
    return found


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


def ahead(rows: ir.Table, asked: Attribution, channels: tuple[str, ...]) -> ir.Table:
    """Every row with its path: `ended` (the user's next conversion, null without one), `hit`, `letter`, `halvings`."""
    table: Any = rows
    ticks = ticks_per_second(rows)
    # Peers count: a touch at the moment of a conversion sees that conversion.
    onward = ibis.range_window(group_by=table.user, order_by=table.time.desc(), following=0)
    table = table.mutate(ended=table.converts.ifelse(table.time, ibis.null("timestamp")).min().over(onward))
    age = elapsed(table.ended, table.time, ticks)
    near = ibis.literal(True) if asked.lookback is None else age <= in_ticks(asked.lookback, ticks)
    halvings = (age / (asked.half_life.total_seconds() * ticks)).cast("float64")
    letters = {name: chr(FIRST_LETTER + code) for code, name in enumerate(channels)}
    letter = table.channel.substitute(letters) if letters else ibis.null("string")
    made: ir.Table = table.select(
        "user",
        "time",
        "place",
        "ended",
        "converts",
        "value",
        hit=table.ended.notnull() & near,
        letter=letter,
        halvings=(halvings > MOST_HALVINGS).ifelse(MOST_HALVINGS, halvings),
    )
    if asked.stale == "drop":
        made = made.filter(made.hit | made.ended.isnull())
    return made


def gathered(touched: ir.Table) -> ir.Table:
    """A row a path of a user."""
    rows: Any = touched
    is_touch = ~rows.converts
    made: ir.Table = rows.group_by(["user", "ended", "hit"]).agg(
        word=rows.letter.group_concat(sep="", order_by=[rows.time, rows.place, rows.letter]).fill_null(""),
        touches=is_touch.sum(),
        conversions=rows.converts.sum(),
        value=rows["value"].sum(),
        last=is_touch.ifelse(rows.time, ibis.null("timestamp")).max(),
    )
    return made


def _tally(touched: ir.Table, journeys: ir.Table, log: EventLog, asked: Attribution) -> dict[str, int]:
    """Counts that say what the paths are made of."""
    rows: Any = journeys
    ticks = ticks_per_second(rows)
    fails = ~rows.hit
    since = elapsed(moment(log.observed_until), rows["last"], ticks)
    may_yet = ibis.literal(True) if asked.lookback is None else since <= in_ticks(asked.lookback, ticks)
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


def _distinct(journeys: ir.Table, channels: tuple[str, ...]) -> tuple[Paths, pd.Index[Any]]:
    """The distinct paths, in the order of their words."""
    rows: Any = journeys
    counts = rows.group_by("word").agg(
        conversions=rows.conversions.sum(), nulls=(~rows.hit).sum(), value=rows["value"].sum()
    )
    found = counts.order_by("word").to_pyarrow()
    codes, offsets = spelled(found["word"])
    paths = Paths(
        channels,
        codes,
        offsets,
        conversions=_floats(found["conversions"]),
        nulls=_floats(found["nulls"]),
        value=_floats(found["value"]),
    )
    return paths, pd.Index(found["word"].to_pandas())


def spelled(words: pa.ChunkedArray) -> tuple[Ints, Ints]:
    """Words as channel codes end to end, and where each word begins."""
    import pyarrow.compute as pc

    lengths = pc.utf8_length(words).to_numpy().astype(np.int64)
    letters = "".join(words.to_pylist()).encode("utf-32-le")
    codes = np.frombuffer(letters, dtype="<u4").astype(np.int64) - FIRST_LETTER
    return codes, np.concatenate(([0], np.cumsum(lengths)))


def _floats(column: pa.ChunkedArray) -> Floats:
    found: Floats = column.to_numpy().astype(np.float64)
    return found


def _sample(
    touched: ir.Table,
    journeys: ir.Table,
    asked: Attribution,
    words: pd.Index[Any],
    channels: tuple[str, ...],
    users: int,
) -> Sample:
    """What each user, or each group of users, did along each path."""
    rows: Any = journeys
    exact = users <= MOST_UNITS
    counts = (
        rows.mutate(unit=_unit(rows.user, exact))
        .group_by(["unit", "word"])
        .agg(conversions=rows.conversions.sum(), nulls=(~rows.hit).sum(), value=rows["value"].sum())
        .to_pyarrow()
    )
    decayed = _decayed(touched, exact).to_pyarrow()
    names = pd.Index(counts["unit"].to_pandas().unique()).sort_values()
    unit, path = names.get_indexer(counts["unit"].to_pandas()), words.get_indexer(counts["word"].to_pandas())
    shape = (len(names), len(words))
    decay_unit = names.get_indexer(decayed["unit"].to_pandas())
    code, _ = spelled(decayed["letter"])
    wide = (len(names), len(channels))
    return Sample(
        size=np.ones(len(names)),
        conversions=grid(unit, path, _floats(counts["conversions"]), shape),
        nulls=grid(unit, path, _floats(counts["nulls"]), shape),
        value=grid(unit, path, _floats(counts["value"]), shape),
        decay=(
            grid(decay_unit, code, _floats(decayed["conversions"]), wide),
            grid(decay_unit, code, _floats(decayed["value"]), wide),
        ),
        kind="user" if exact else "group",
    )


def _unit(user: Any, exact: bool) -> Any:
    return user if exact else user.cast("string").hexdigest("md5").substr(0, DIGITS)


def _decayed(touched: ir.Table, exact: bool) -> ir.Table:
    """Conversions and value that time decay credits to each channel, by unit."""
    rows: Any = touched
    rows = rows.filter(rows.hit)
    weight = rows.converts.ifelse(0.0, ibis.literal(2.0) ** (-rows.halvings))
    rows = rows.mutate(weight=weight)
    path = ibis.window(group_by=["user", "ended"])
    rows = rows.mutate(
        whole=rows.weight.sum().over(path),
        conversions=rows.converts.sum().over(path),
        worth=rows["value"].sum().over(path),
    )
    rows = rows.filter(~rows.converts)
    part = rows.weight / rows.whole
    shared = rows.group_by(["user", "letter"]).agg(
        conversions=(part * rows.conversions).sum(), value=(part * rows.worth).sum()
    )
    shared = shared.mutate(unit=_unit(shared.user, exact))
    found: ir.Table = shared.group_by(["unit", "letter"]).agg(
        conversions=shared.conversions.sum(), value=shared["value"].sum()
    )
    return found
