"""Rows of shares: a label, a bar from zero, its interval, and the numbers in words; several charts are made of them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from funnel_utils.charts import style
from funnel_utils.charts.style import Sheet, clean, rate_text

ROW, GAP = 0.17, 0.11


def scale_end(highs: Iterable[float], rates: Iterable[float]) -> float:
    """Where a scale of shares ends: a little beyond all that is drawn, and never beyond 100%."""
    known = [float(value) for value in (*highs, *rates) if not math.isnan(value)]
    top = max(known, default=0.0)
    return min(1.0, top * 1.05) if top > 0 else 1.0


def share_row(sheet: Sheet, row: dict[str, Any], label: str, limit: float, count: str, **look: Any) -> None:
    """One row; moves down.

    Parameters
    ----------
    sheet : Sheet
    row : dict
        With `rate`, `low`, `high` (shares).
    label : str
        What the row is about, at the left above the bar; the rate with its interval stands at the right.
    limit : float
        The share at the right end of the sheet.
    count : str
        Numerator and denominator in words, small, beneath the label's end.
    **look
        As for `Sheet.bar`: `facecolor`, `hatch`.
    """
    said = rate_text(float(row["rate"]), float(row["low"]), float(row["high"]))
    room = sheet.right - sheet.left - style.text_width(said, style.SMALL) - 0.15
    lines = style.wrap(clean(label), room, lines=2)
    for line in lines:
        sheet.text(sheet.left, sheet.y, line)
        sheet.y += style.BODY * style.LINE
    sheet.text(sheet.right, sheet.y - style.BODY * style.LINE, said, size=style.SMALL, ha="right")
    sheet.y += 0.02
    width = (sheet.right - sheet.left) / limit
    if not math.isnan(float(row["rate"])):
        sheet.bar(sheet.left, sheet.y, float(row["rate"]) * width, ROW, **look)
        low, high = float(row["low"]), float(row["high"])
        sheet.whisker(sheet.left + low * width, sheet.left + min(high, limit) * width, sheet.y + ROW / 2)
    sheet.y += ROW + 0.03
    sheet.text(sheet.left, sheet.y, count, size=style.SMALL, color=style.MUTED)
    sheet.y += style.SMALL * style.LINE + GAP
