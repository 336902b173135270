"""Tables of text in a terminal: names to the left, numbers to the right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

#: Letters of a name's longest word that are kept together.
NAME = 14


def grid(headings: Sequence[str], rows: Sequence[Sequence[str]], title: str = "") -> Any:
    """A table for a console.

    Parameters
    ----------
    headings : sequence of str
    rows : sequence of sequence of str
        As many cells as there are headings.
    title : str

    Returns
    -------
    rich.table.Table
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from funnel_utils.charts.style import ISOLATES, clean

    made = Table(title=Text(title) if title else None, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for place, heading in enumerate(headings):
        is_number = place > 0 and _numbers(rows, place)
        # A line may break between words, a number never; a name of one long word may have to.
        longest = max((len(word) for row in rows for word in row[place].split()), default=0)
        least = longest if is_number else min(longest, NAME)
        made.add_column(Text(heading), overflow="fold", justify="right" if is_number else "left", min_width=least)
    for row in rows:
        # Square brackets in a name are not markup.
        made.add_row(*(Text(clean(cell).strip(ISOLATES) if cell else "") for cell in row))
    return made


def _numbers(rows: Sequence[Sequence[str]], place: int) -> bool:
    """Whether a column is of numbers: short cells that begin with a digit, a sign, or a dash."""
    return all(len(row[place]) < 32 and (not row[place] or row[place][0] in "0123456789+-–−<") for row in rows)
