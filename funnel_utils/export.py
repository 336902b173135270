"""Export: any result table as CSV or Parquet, written whole or not at all.

A file is written beside its place and renamed when complete, so that no reader ever sees half of one. In CSV, text that
a spreadsheet would run as a formula is **defused** with a leading apostrophe: event names come from outside, and
`=HYPERLINK(...)` in a channel name must not run on the analyst's machine. Numbers are untouched.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any

import pandas as pd

#: What makes a spreadsheet read a cell as a formula, in plain and in full-width form; and the controls that hide one.
_FORMULA = tuple("=+-@＝＋－＠\t\r\n\x00")


def defuse(cell: Any) -> Any:
    """`cell`, with a leading apostrophe if it is text that a spreadsheet would run.

    Examples
    --------
    >>> defuse("=1+1"), defuse(" @x"), defuse("visit"), defuse(-3)
    ("'=1+1", "' @x", 'visit', -3)
    """
    if isinstance(cell, str) and (cell.startswith(_FORMULA) or cell.lstrip().startswith(_FORMULA)):
        return "'" + cell
    return cell


def to_csv(frame: pd.DataFrame, path: str | os.PathLike[str]) -> Path:
    """Write a table as UTF-8 CSV, formulas defused.

    Returns
    -------
    Path
        Where it was written.
    """
    safe = frame.copy()
    for name in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[name]) and not pd.api.types.is_datetime64_any_dtype(safe[name]):
            safe[name] = [defuse(cell) for cell in safe[name]]
    headers: list[Hashable] = [defuse(name) for name in safe.columns]
    safe.columns = pd.Index(headers)
    return _whole(path, lambda place: safe.to_csv(place, index=False, encoding="utf-8", lineterminator="\n"))


def to_parquet(frame: pd.DataFrame, path: str | os.PathLike[str]) -> Path:
    """Write a table as Parquet. Text stays as it is: nothing runs a Parquet file.

    Returns
    -------
    Path
        Where it was written.
    """
    return _whole(path, lambda place: frame.to_parquet(place, index=False))


def _whole(path: str | os.PathLike[str], write: Callable[[str], Any]) -> Path:
    """Write beside `path` and rename; on any error leave what was there, and nothing beside it."""
    target = Path(path)
    handle, place = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    os.close(handle)
    try:
        write(place)
        # mkstemp makes a private file; an export is as readable as any other file of its owner.
        os.chmod(place, 0o666 & ~_umask())
        os.replace(place, target)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(place)
        raise
    return target


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
