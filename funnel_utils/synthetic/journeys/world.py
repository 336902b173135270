"""From blocks to tables: a season's log in memory, and with it the same season lived without a channel."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from funnel_utils.synthetic import vocabulary as shop_words
from funnel_utils.synthetic.draws import BLOCK, Bools, Ints
from funnel_utils.synthetic.journeys import words as w
from funnel_utils.synthetic.journeys.living import Season, live
from funnel_utils.synthetic.journeys.people import Lives, draw_lives
from funnel_utils.synthetic.journeys.record import Rows, write
from funnel_utils.synthetic.journeys.spec import Journeys
from funnel_utils.synthetic.world import check_table, instants, word_column

_OTHER_DEVICE = 8  # one visit in eight is made on a device that is not the person's usual one


@dataclass(frozen=True)
class JourneyBlock:
    """A block of people, their season as it was lived, and its rows in order of time."""

    lives: Lives
    happened: Season
    rows: Rows

    @property
    def person(self) -> Ints:
        """The position of each row's person."""
        return self.rows.person


@dataclass(frozen=True)
class JourneyWorld:
    """A generated season: its specification, its log, and the luck to live it again.

    Attributes
    ----------
    season : Journeys
        The specification.
    table : pyarrow.Table
        The log, one row an event, in order of time.
    blocks : tuple of JourneyBlock
        What each block of people was made of.
    """

    season: Journeys
    table: pa.Table
    blocks: tuple[JourneyBlock, ...]

    @cached_property
    def events(self) -> pd.DataFrame:
        """The log as a pandas frame; times in UTC, `session` and `order` as nullable integers."""
        types: dict[pa.DataType, Any] = {pa.int32(): pd.Int32Dtype(), pa.int64(): pd.Int64Dtype()}
        frame: pd.DataFrame = self.plain().to_pandas(types_mapper=types.get)
        return frame

    def plain(self) -> pa.Table:
        """The log as an Arrow table whose words are plain text, not dictionaries."""
        fields = [
            pa.field(field.name, pa.string()) if pa.types.is_dictionary(field.type) else field
            for field in self.table.schema
        ]
        return self.table.cast(pa.schema(fields))

    def purchases(self, without: Collection[str] = (), *, reminders: str = "as drawn") -> pd.DataFrame:
        """The purchases of the season, or of the same season, with the same luck, without some channels.

        Parameters
        ----------
        without : collection of str
            Channels that make no contacts.
        reminders : str
            Who gets the reminder: `"as drawn"`, `"all"` or `"none"` of those who left a cart.

        Returns
        -------
        pandas.DataFrame
            `user`, `need` (from 0, within the user), `day` (from 0), `value` (toman), `cancelled`.
        """
        found = []
        for block in self.blocks:
            happened = live(self.season, block.lives, without, reminders=reminders)
            found.append(_purchases(self.season, block.lives, happened))
        return pd.concat(found, ignore_index=True)

    def first_carts(self) -> pd.DataFrame:
        """Who left a cart: `user`, `day` of the first one (from 0), and the `group` that the lot chose."""
        found = []
        for block in self.blocks:
            left = block.happened.carts_left
            here = np.flatnonzero((left >= 0) & (block.lives.number < self.season.people))
            group = np.where(block.lives.lot[here] < self.season.reminder.to, w.GROUPS[1], w.GROUPS[0])
            found.append(pd.DataFrame({"user": _names(block.lives)[here], "day": left[here], "group": group}))
        return pd.concat(found, ignore_index=True)


def generate_journeys(season: Journeys) -> JourneyWorld:
    """The whole log of a season in memory.

    Parameters
    ----------
    season : Journeys
        What to draw. For millions of people use `simulate`.

    Returns
    -------
    JourneyWorld

    Examples
    --------
    >>> world = generate_journeys(Journeys(people=320))
    >>> lost = len(world.purchases()) - len(world.purchases(without=["direct"]))
    >>> lost  # people's own coming causes nothing
    0
    """
    blocks = tuple(draw_journey_block(season, number) for number in range(-(-season.people // BLOCK)))
    tables, time = [], []
    for block in blocks:
        keep = np.flatnonzero(block.lives.number[block.person] < season.people)
        tables.append(journey_table(season, block, keep, ids="text"))
        time.append(block.rows.time[keep])
    order = np.argsort(np.concatenate(time), kind="stable")
    return JourneyWorld(season, pa.concat_tables(tables).combine_chunks().take(order), blocks)


def draw_journey_block(season: Journeys, block: int) -> JourneyBlock:
    """Everything about block number `block`."""
    lives = draw_lives(season, block)
    happened = live(season, lives, record=True)
    return JourneyBlock(lives, happened, write(season, lives, happened, block))


def journey_table(
    season: Journeys, block: JourneyBlock, keep: slice | Ints, ids: str, columns: Sequence[str] = w.COLUMNS
) -> pa.Table:
    """Chosen rows of a block as an Arrow table.

    Parameters
    ----------
    ids : str
        `"text"` for ids like `m000123`, `"int"` for 64-bit integers.
    columns : sequence of str
        Which columns, in this order.

    Raises
    ------
    SpecError
        If a column or the kind of id is unknown.
    """
    check_table(columns, ids, w.COLUMNS)
    rows = block.rows.take(keep)
    session = _sessions(block.rows)[keep] if {"session", "device"} & set(columns) else None
    return pa.table({name: _column(season, block.lives, rows, session, ids, name) for name in columns})


def _column(season: Journeys, lives: Lives, rows: Rows, session: Ints | None, ids: str, name: str) -> Any:
    """One column of the chosen rows."""
    if name in ("user", "referrer"):
        who = rows.person if name == "user" else rows.referrer
        names: Any = lives.number if ids == "int" else _names(lives)
        return pa.array(names[who], mask=who < 0)
    if name == "timestamp":
        return instants(season.start, rows.time * 1000)
    if name == "city":
        return word_column(lives.city[rows.person].astype(np.int8), shop_words.CITIES)
    if name == "currency":
        return word_column(np.where(np.isnan(rows.value), -1, 0).astype(np.int8), (shop_words.CURRENCY,))
    if name == "value":
        return pa.array(rows.value, mask=np.isnan(rows.value))
    if name == "order":
        return pa.array(rows.order, mask=rows.order < 0)
    if name == "session" and session is not None:
        return pa.array(session.astype(np.int32), mask=session < 0)
    if name == "device" and session is not None:
        return word_column(_device(lives, rows, session).astype(np.int8), shop_words.DEVICES)
    campaigns = tuple(point.campaign or "" for point in season.in_code_order)
    known = {
        "event": w.EVENTS,
        "channel": w.CHANNELS,
        "campaign": campaigns,
        "place": shop_words.PLACES,
        "group": w.GROUPS,
    }
    codes = getattr(rows, name)
    if name == "campaign":
        codes = np.where(np.array([bool(word) for word in campaigns])[codes] & (codes >= 0), codes, -1)
    return word_column(codes.astype(np.int8), known[name])


def _names(lives: Lives) -> Any:
    """Ids of a block's people."""
    return np.array([f"m{number:06d}" for number in lives.number], dtype=object)


def _sessions(rows: Rows) -> Ints:
    """Each row's session within its person, from 1 in order of first rows; -1 for rows outside of sessions."""
    number = np.full(len(rows), -1, np.int64)
    online = np.flatnonzero(rows.visit >= 0)
    # Rows are in order of time, so the first appearance of a visit is its first row.
    visits, first = np.unique(rows.visit[online], return_index=True)
    person = rows.person[online][first]
    order = np.lexsort((first, person))
    rank = np.arange(len(order)) - np.searchsorted(person[order], person[order])
    of_visit = np.full(int(visits.max(initial=-1)) + 1, -1)
    of_visit[visits[order]] = rank + 1
    number[online] = of_visit[rows.visit[online]]
    return number


def _device(lives: Lives, rows: Rows, session: Ints) -> Ints:
    """The device of a session: mostly the person's own, sometimes the next one in the list."""
    own = lives.device[rows.person]
    # A fixed mixture of person and session number: no random number is needed, and rows of a session agree.
    other = (lives.number[rows.person] * 7919 + session * 104_729) % _OTHER_DEVICE == 0
    return np.where(session < 0, -1, np.where(other, (own + 1) % len(shop_words.DEVICES), own))


def _purchases(season: Journeys, lives: Lives, happened: Season) -> pd.DataFrame:
    """The purchases of a block's people who belong to the season."""
    here: Bools = (happened.bought >= 0) & (lives.number < season.people)
    need, person = np.nonzero(here)
    return pd.DataFrame(
        {
            "user": _names(lives)[person],
            "need": need,
            "day": happened.bought[need, person],
            "value": lives.value[need, person],
            "cancelled": lives.cancelled[need, person],
        }
    )
