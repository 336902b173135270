"""What results with one table share: copies, exports, and how they look in a notebook."""

from __future__ import annotations

import os
from html import escape
from pathlib import Path
from typing import Protocol

import pandas as pd

from funnel_utils.export import to_csv, to_parquet


class Stated(Protocol):
    """A result with a table and a sentence."""

    @property
    def table(self) -> pd.DataFrame: ...

    @property
    def verdict(self) -> str: ...


class Tabled:
    """Gives a result with a `table` and a `verdict` its exports and its look."""

    def to_frame(self: Stated) -> pd.DataFrame:
        """A copy of the table."""
        return self.table.copy()

    def to_csv(self: Stated, path: str | os.PathLike[str]) -> Path:
        """Write the table as CSV, formulas defused."""
        return to_csv(self.table, path)

    def to_parquet(self: Stated, path: str | os.PathLike[str]) -> Path:
        """Write the table as Parquet."""
        return to_parquet(self.table, path)

    def _repr_html_(self: Stated) -> str:
        return f"<div><p>{escape(self.verdict)}</p>{self.table.to_html(index=False, escape=True)}</div>"
