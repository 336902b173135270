"""From blocks to tables: `generate` returns the whole log in memory, with the truth that it was drawn from.

Tables leave the generator as Arrow, whose dictionary columns cost one byte a row; `World.events` is the same as
a pandas frame for reading and teaching.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from funnel_utils.errors import SpecError
from funnel_utils.synthetic import vocabulary as v
from funnel_utils.synthetic.block import Block, campaigns, draw_block
from funnel_utils.synthetic.draws import BLOCK, Ints
from funnel_utils.synthetic.spec import Pardis
from funnel_utils.synthetic.truth import Truth, truth_of

TIME_ZONE = "Asia/Tehran"
WEEK_START = "saturday"


@dataclass(frozen=True)
class World:
    """A generated business: its specification and its log.

    Attributes
    ----------
    shop : Pardis
        The specification, that is the latent truth.
    table : pyarrow.Table
        The log, one row an event, in order of arrival.
    blocks : tuple of Block
        What each block of people was made of: latent people and attempts, whether observed or not.
    """

    shop: Pardis
    table: pa.Table
    blocks: tuple[Block, ...]

    @cached_property
    def truth(self) -> Truth:
        """The specification as tables of rates, effects, times and shares."""
        return truth_of(self.shop)

    @cached_property
    def events(self) -> pd.DataFrame:
        """The log as a pandas frame; times in UTC, `session` and `order` as nullable integers."""
        types = {pa.int32(): pd.Int32Dtype(), pa.int64(): pd.Int64Dtype()}
        frame: pd.DataFrame = self.plain().to_pandas(types_mapper=types.get)
        return frame

    def plain(self) -> pa.Table:
        """The log as an Arrow table whose words are plain text, not dictionaries."""
        fields = [
            pa.field(field.name, pa.string()) if pa.types.is_dictionary(field.type) else field
            for field in self.table.schema
        ]
        return self.table.cast(pa.schema(fields))


def generate(shop: Pardis) -> World:
    """The whole log of `shop` in memory, rows of all people in order of arrival.

    Parameters
    ----------
    shop : Pardis
        What to draw; about 12 rows a person. For millions of people use `simulate`.

    Returns
    -------
    World

    Examples
    --------
    >>> world = generate(Pardis(people=200))
    >>> world.events["user"].nunique() <= 200
    True
    """
    blocks = tuple(draw_block(shop, number) for number in range(-(-shop.people // BLOCK)))
    tables = []
    arrival = []
    for block in blocks:
        keep = np.flatnonzero(block.people.number[block.person] < shop.people)
        tables.append(to_table(shop, block, keep, ids="text"))
        arrival.append(block.arrival[keep])
    order = np.argsort(np.concatenate(arrival), kind="stable")
    return World(shop, pa.concat_tables(tables).combine_chunks().take(order), blocks)


def to_table(shop: Pardis, block: Block, keep: slice | Ints, ids: str, columns: Sequence[str] = v.COLUMNS) -> pa.Table:
    """Chosen rows of a block as an Arrow table.

    Parameters
    ----------
    ids : str
        `"text"` for ids like `u000123`, `"int"` for 64-bit integers.
    columns : sequence of str
        Which columns, in this order.

    Raises
    ------
    SpecError
        If a column or the kind of id is unknown.
    """
    check_table(columns, ids)
    return pa.table({name: _column(shop, block, keep, ids, name) for name in columns})


def check_table(columns: Sequence[str], ids: str, known: Sequence[str] = v.COLUMNS) -> None:
    """Refuse columns and kinds of id that no table has.

    Raises
    ------
    SpecError
        If a column or the kind of id is unknown, or no column is named.
    """
    if unknown := [name for name in columns if name not in known]:
        raise SpecError(f"columns: no column {unknown[0]!r}; there are {', '.join(known)}.")
    if not columns:
        raise SpecError(f"columns={columns!r}: name at least one of {', '.join(known)}.")
    if ids not in ("text", "int"):
        raise SpecError(f'ids={ids!r}: choose "text" (like u000123) or "int" (64-bit integers).')


def _column(shop: Pardis, block: Block, keep: slice | Ints, ids: str, name: str) -> Any:
    """One column of a block's chosen rows."""
    words = {
        "event": v.EVENTS,
        "channel": v.CHANNELS,
        "campaign": campaigns(shop),
        "device": v.DEVICES,
        "place": v.PLACES,
        "content": tuple(piece.name for piece in shop.content),
    }
    if name in words:
        return word_column(getattr(block, name)[keep], words[name])
    if name == "city":
        return word_column(block.people.city[block.person[keep]].astype(np.int8), v.CITIES)
    if name == "currency":
        return word_column(np.where(np.isnan(block.value[keep]), -1, 0).astype(np.int8), (v.CURRENCY,))
    if name == "user":
        return _user(block, keep, ids)
    if name == "timestamp":
        return instants(shop.start, block.time[keep])
    values = getattr(block, name)[keep]
    return pa.array(values, mask=np.isnan(values) if name == "value" else values < 0)


def instants(start: str, millis: Ints) -> pa.Array:
    """Milliseconds since local midnight of the day `start` as times in UTC."""
    first = pd.Timestamp(start, tz=TIME_ZONE).tz_convert("UTC")
    return pa.array(millis * 1000 + first.value // 1000, pa.int64()).cast(pa.timestamp("us", "UTC"))


def word_column(codes: NDArray[np.int8], words: Sequence[str]) -> pa.DictionaryArray:
    """Codes with their words; negative codes are null."""
    indices = pa.array(codes, mask=codes < 0)
    return pa.DictionaryArray.from_arrays(indices, pa.array(list(words), pa.string()))


def _user(block: Block, keep: slice | Ints, ids: str) -> pa.Array:
    """Ids of the rows' people; null where the id was lost."""
    number = block.people.number[block.person[keep]]
    blank = block.no_user[keep]
    if ids == "int":
        return pa.array(number, mask=blank)
    names = pa.array([f"u{n:06d}" for n in block.people.number], pa.string())
    return names.take(pa.array(block.person[keep], mask=blank))
