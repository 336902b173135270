"""A grid of shares: names down the left, names across the top, a share in each cell in words and in colour.

One hue from white to blue, so that the picture is the same without colours; the number stands in the cell.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from funnel_utils.charts import style
from funnel_utils.charts.style import Sheet, clean

CELL = 0.24
LEFT, TOP = 1.25, 1.2
_PALE, _DARK = np.array([1.0, 1.0, 1.0]), np.array([0.0, 0.2745, 0.4431])


def colour(share: float) -> tuple[float, float, float]:
    """White for 0 to dark blue for 1; the square root makes small shares visible."""
    red, green, blue = _PALE + (_DARK - _PALE) * float(np.sqrt(min(max(share, 0.0), 1.0)))
    return float(red), float(green), float(blue)


def draw_grid(sheet: Sheet, shares: pd.DataFrame, breaks: Sequence[int] = ()) -> None:
    """Put a table of shares (0 to 1; missing ones stay empty) on the sheet; a line goes before each row in `breaks`."""
    names = [style.wrap(clean(name), LEFT - 0.1, style.SMALL, lines=1)[0] for name in shares.index]
    tops = [style.wrap(clean(name), TOP - 0.08, style.SMALL, lines=1)[0] for name in shares.columns]
    widest = max(style.text_width(name, style.SMALL) for name in tops) + 0.06
    flat = all(len(name) <= 2 for name in tops)
    head = style.SMALL * style.LINE if flat else widest
    cell = min(0.36, (sheet.right - sheet.left - LEFT) / max(len(tops), 1))
    values = shares.to_numpy(dtype=float).tolist()
    x0, y0 = sheet.left + LEFT, sheet.y + head
    for place, name in enumerate(tops):
        x = x0 + (place + 0.5) * cell
        rotation = 0 if flat else 90
        sheet.text(x, y0 - 0.04, name, size=style.SMALL, ha="center", va="bottom", rotation=rotation)
    for row, name in enumerate(names):
        y = y0 + row * CELL
        sheet.text(x0 - 0.06, y + CELL / 2, name, size=style.SMALL, ha="right", va="center")
        for column in range(len(tops)):
            _cell(sheet, values[row][column], x0 + column * cell, y, cell)
        if row in breaks:
            sheet.line((x0, x0 + cell * len(tops)), (y, y), linewidth=1.6)
    sheet.y = y0 + CELL * len(names) + 0.06


def _cell(sheet: Sheet, share: float, x: float, y: float, width: float) -> None:
    known = not np.isnan(share)
    fill = colour(share) if known else style.PAPER
    sheet.bar(x, y, width, CELL, facecolor=fill, edgecolor="#c4c4c4", linewidth=0.5)
    if known and share >= 0.005:
        ink = style.PAPER if share > 0.5 else style.INK
        text = f"{share * 100:.0f}"
        sheet.text(x + width / 2, y + CELL / 2, text, size=8.0, ha="center", va="center", color=ink)
