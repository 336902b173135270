"""Channel paths with counts: the sufficient statistic of every attribution model but time decay.

A `Paths` holds distinct paths end to end in one array of channel numbers, with the conversions, the non-converting
journeys (`nulls`) and the value of each. A path of no touches stands for conversions that no touch came before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from funnel_utils.errors import SpecError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SEPARATOR = ">"


@dataclass(frozen=True, eq=False)
class Paths:
    """Paths laid end to end.

    Attributes
    ----------
    channels : tuple of str
        The channels' names; a code is a place in it.
    codes : int array
        The channel of every touch, path after path.
    offsets : int array
        Where each path begins in `codes`, and the end of the last: one longer than there are paths.
    conversions, nulls, value : float arrays
        Of each path: conversions, journeys that ended without one, and the sum of the conversions' values.
    ages_s : float array, optional
        Of each touch: seconds from it to the conversion.
    """

    channels: tuple[str, ...]
    codes: Ints
    offsets: Ints
    conversions: Floats
    nulls: Floats
    value: Floats
    ages_s: Floats | None = None

    @property
    def lengths(self) -> Ints:
        """The number of touches of each path."""
        return np.diff(self.offsets)

    @property
    def owner(self) -> Ints:
        """The path of each touch."""
        return np.repeat(np.arange(len(self.offsets) - 1), self.lengths)

    def __len__(self) -> int:
        return len(self.offsets) - 1


def added(place: Ints, amount: Floats, size: int) -> Floats:
    """The sum of `amount` at each place from 0 to `size` - 1."""
    found: Floats = np.bincount(place, weights=amount, minlength=size).astype(np.float64)
    return found


def from_frame(frame: pd.DataFrame, sep: str = SEPARATOR) -> Paths:
    """Paths from a table with a row a path.

    Parameters
    ----------
    frame : DataFrame
        `path` (a sequence of channels, or text such as `"social > email"`) and `conversions`; optional `nulls`, `value`
        (the sum over the path's conversions) and `ages_s` (a sequence: seconds from each touch to the conversion). A
        path may have several rows.
    sep : str
        What stands between channels where paths are text.

    Raises
    ------
    SpecError
        If a column is missing, a number is missing, negative or no number, or a path cannot be read.
    """
    for name in ("path", "conversions"):
        if name not in frame.columns:
            raise SpecError(f"paths: the column {name!r} is missing; there are {', '.join(map(str, frame.columns))}.")
    split = [_channels(path, sep, row) for row, path in enumerate(frame["path"])]
    channels = tuple(sorted({channel for path in split for channel in path}))
    number = {channel: code for code, channel in enumerate(channels)}
    lengths = [len(path) for path in split]
    conversions = _amounts(frame["conversions"], "conversions")
    value = _amounts(frame["value"], "value", signed=True) if has_value(frame) else np.zeros(len(frame))
    stray = np.flatnonzero((conversions == 0) & (value != 0))
    if len(stray):
        raise SpecError(f"paths: row {stray[0]} has a value of {value[stray[0]]:g} and no conversion to have it.")
    return Paths(
        channels=channels,
        codes=np.array([number[channel] for path in split for channel in path], dtype=np.int64),
        offsets=np.concatenate(([0], np.cumsum(lengths, dtype=np.int64))),
        conversions=conversions,
        nulls=_amounts(frame["nulls"], "nulls") if "nulls" in frame else np.zeros(len(frame)),
        value=value,
        ages_s=_ages(frame["ages_s"], lengths) if "ages_s" in frame else None,
    )


def has_value(frame: pd.DataFrame) -> bool:
    """Whether a table of paths has money: a `value` that is not missing throughout."""
    return "value" in frame.columns and bool(frame["value"].notna().any())


def _channels(path: Any, sep: str, row: int) -> tuple[str, ...]:
    if isinstance(path, str):
        parts = [part.strip() for part in path.split(sep)] if path.strip() else []
    elif isinstance(path, Iterable):
        parts = list(path)
    else:
        raise SpecError(f"paths: row {row} has the path {path!r}; a path is a sequence of channels, or text.")
    if not all(isinstance(part, str) and part for part in parts):
        raise SpecError(f"paths: row {row} has the path {path!r}, in which a channel is empty or no text.")
    return tuple(parts)


def _amounts(column: pd.Series[Any], name: str, *, signed: bool = False) -> Floats:
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, copy=True)
    wrong = np.flatnonzero(~np.isfinite(numbers) | ((numbers < 0) & (not signed)))
    if len(wrong):
        kind = "a number" if signed else "a number of zero or more"
        raise SpecError(f"paths: row {wrong[0]} has {name}={column.iloc[wrong[0]]}; it is {kind}.")
    return numbers


def _ages(column: pd.Series[Any], lengths: Sequence[int]) -> Floats:
    for row, (given, length) in enumerate(zip(column, lengths, strict=True)):
        if len(given) != length:
            raise SpecError(f"paths: row {row} has {length} touches and {len(given)} ages_s; each touch has one.")
    ages = np.array([age for given in column for age in given], dtype=np.float64)
    if not (np.isfinite(ages) & (ages >= 0)).all():
        raise SpecError("paths: ages_s are seconds from a touch to its conversion, zero or more.")
    return ages
