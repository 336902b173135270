"""A forest: effects under each other on one scale, each a mark with its interval, and a line where nothing changes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from funnel_utils.charts import style
from funnel_utils.charts.plan_axes import round_step
from funnel_utils.charts.style import LINE, Sheet, clean

#: How each verdict is drawn: by shape and filling, never by colour alone.
MARKS: dict[str, dict[str, Any]] = {
    "win": {"marker": "o", "color": style.BLUE, "markersize": 7.5},
    "held": {"marker": "o", "color": style.BLUE, "markersize": 7.5},
    "lose": {"marker": "s", "color": style.VERMILLION, "markersize": 7},
    "inconclusive": {"marker": "o", "color": style.PAPER, "markersize": 7},
    "invalid": {"marker": "X", "color": style.PAPER, "markersize": 8},
}
ROW, PAD = 0.24, 0.13


@dataclass(frozen=True)
class Row:
    """One effect: what it is called, what stands at its right and below, its three numbers and how it is drawn.

    `limits` are further places on the scale that are marked, such as a margin, each with how it is drawn.
    """

    label: str
    right: str
    detail: str
    middle: float
    low: float
    high: float
    mark: str
    limits: Sequence[tuple[float, str]] = field(default_factory=tuple)


def forest(sheet: Sheet, rows: Sequence[Row], said: Callable[[float], str]) -> None:
    """Draw the rows and their scale on a sheet.

    Parameters
    ----------
    sheet : Sheet
    rows : sequence of Row
    said : callable
        A value of the scale as text.
    """
    low, high = _range(rows)
    left, right = sheet.left + PAD, sheet.right - PAD

    def place(value: float) -> float:
        return left + (min(max(value, low), high) - low) / (high - low) * (right - left)

    for row in rows:
        _row(sheet, row, place, (low, high))
    bottom = sheet.y
    for value in _ticks(low, high, said, right - left):
        x = place(value)
        sheet.line((x, x), (bottom, bottom + 0.05), color=style.MUTED, linewidth=0.8)
        anchor = "left" if x < left + 0.2 else "right" if x > right - 0.2 else "center"
        sheet.text(x, bottom + 0.07, said(value), size=style.SMALL, ha=anchor, color=style.MUTED)
    sheet.line((left, right), (bottom, bottom), color=style.MUTED, linewidth=0.8)
    sheet.y = bottom + 0.07 + style.SMALL * LINE + 0.04


def _ticks(low: float, high: float, said: Callable[[float], str], room: float) -> list[float]:
    """Round values on the scale, zero among them, so few that their texts do not touch."""
    for parts in (3, 2, 1.5, 1):
        step = round_step((high - low) / parts)
        ticks = [k * step for k in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]
        apart = step / (high - low) * room
        # Texts at the ends stand wholly on the inner side of their mark.
        if all(1.5 * style.text_width(said(value), style.SMALL) <= apart for value in ticks):
            return ticks
    return [0.0]


def _row(sheet: Sheet, row: Row, place: Callable[[float], float], ends: tuple[float, float]) -> None:
    room = sheet.right - sheet.left - style.text_width(row.right, style.SMALL, "bold") - 0.1
    sheet.text(sheet.right, sheet.y, row.right, size=style.SMALL, ha="right", weight="bold")
    for line in style.wrap(clean(row.label), room, style.BODY, "bold", 2):
        sheet.text(sheet.left, sheet.y, line, weight="bold")
        sheet.y += style.BODY * LINE
    for line in style.wrap(row.detail, sheet.right - sheet.left, style.SMALL, "normal", 3):
        sheet.text(sheet.left, sheet.y, line, size=style.SMALL, color=style.MUTED)
        sheet.y += style.SMALL * LINE
    y = sheet.y + ROW / 2
    sheet.line((place(0), place(0)), (y - 0.12, y + 0.12), color=style.MUTED, linewidth=1.0, zorder=0)
    for value, kind in row.limits:
        if math.isfinite(value) and ends[0] <= value <= ends[1]:
            x = place(value)
            dashes: Any = (0, (2, 1.5)) if kind == "margin" else "-"
            colour = style.VERMILLION if kind == "margin" else style.GREEN
            sheet.line((x, x), (y - 0.11, y + 0.11), color=colour, linewidth=2.0, linestyle=dashes)
    ink = style.MUTED if row.mark == "invalid" else style.INK
    if not math.isnan(row.low) and not math.isnan(row.high):
        sheet.line((place(row.low), place(row.high)), (y, y), linewidth=1.8, color=ink)
        for bound, beyond, direction in ((row.low, row.low < ends[0], "<"), (row.high, row.high > ends[1], ">")):
            if beyond:
                sheet.dot(place(bound), y, marker=direction, color=ink, markersize=5)
            else:
                sheet.line((place(bound), place(bound)), (y - 0.05, y + 0.05), color=ink)
    if math.isfinite(row.middle) and ends[0] <= row.middle <= ends[1]:
        sheet.dot(place(row.middle), y, **MARKS[row.mark], zorder=3)
    sheet.y += ROW + 0.08


def _range(rows: Sequence[Row]) -> tuple[float, float]:
    """A scale with zero in it, that neither a single endless interval nor what is not to be read stretches."""
    rows = [row for row in rows if row.mark != "invalid"] or rows
    middles = [abs(row.middle) for row in rows if math.isfinite(row.middle)]
    near = [abs(v) for row in rows for v in (row.low, row.high, *(x for x, _ in row.limits)) if math.isfinite(v)]
    widest = min(max(near, default=0.0), 6 * max([*middles, sorted(near)[len(near) // 2] if near else 0.0]))
    values = [
        v for row in rows for v in (row.low, row.middle, row.high, *(x for x, _ in row.limits)) if math.isfinite(v)
    ]
    low = max(min([0.0, *values]), -widest)
    high = min(max([0.0, *values]), widest)
    if high - low <= 0:
        return -1.0, 1.0
    spare = 0.06 * (high - low)
    return low - spare, high + spare
