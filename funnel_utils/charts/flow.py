"""The flow of journeys: an alluvial chart of their first steps.

Each column is a step; the height of a block is its number of journeys, and a band leads from a block to where those
journeys are next. Blocks carry their names, so that colour only helps the eye to follow. Journeys that are over
stand in brackets at the step after their last one, and are drawn once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from funnel_utils.charts import style
from funnel_utils.charts.style import Sheet, clean, count, percent
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BLOCK = 0.11
HEIGHT, GAP = 3.0, 0.05
LINE = style.SMALL * style.LINE
PALETTE = (style.BLUE, style.ORANGE, style.PURPLE, style.SKY, style.VERMILLION, "#F0E442", "#7f7f7f")


@dataclass
class Block:
    """A place at a step: its number of journeys, where it is drawn, and how much of each side is taken by bands."""

    size: float
    x: float = 0.0
    y: float = 0.0
    height: float = 0.0
    left: float = 0.0
    right: float = 0.0


def flow_chart(frame: pd.DataFrame) -> Figure:
    """Draw the flow.

    Parameters
    ----------
    frame : pandas.DataFrame
        As `JourneyResult.flow` returns it: `position`, `source`, `target`, `count`.

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text.
    """
    sheet = Sheet()
    if frame.empty:
        sheet.title(t("journey_charts.flow.empty"))
        return sheet.figure(t("journey_charts.flow.empty") + ".")
    columns = _columns(frame)
    sheet.title(_title(columns))
    colours = _colours(columns)
    room = _place(sheet, columns)
    _bands(sheet, frame, columns, colours)
    for position, blocks in columns.items():
        x = next(iter(blocks.values())).x
        said = t("journey_charts.flow.position", number=position)
        sheet.text(x, sheet.y, said, size=style.SMALL, color=style.MUTED)
        for name, block in blocks.items():
            _draw_block(sheet, name, block, colours[name], sum(one.size for one in columns[1].values()), room)
    bottom = max(block.y + max(block.height, LINE) for blocks in columns.values() for block in blocks.values())
    sheet.y = bottom + 0.08
    sheet.note(t("journey_charts.flow.note"))
    return sheet.figure(_alt(columns))


def _rank(name: str) -> int:
    """Converted on top, then the states, those that are one, and the other ways to end."""
    order = {t("journey.converted"): -1, t("journey.other"): 1, t("journey.open"): 2, t("journey.left"): 3}
    return order.get(name, 0)


def _columns(frame: pd.DataFrame) -> dict[int, dict[str, Block]]:
    """The blocks of each step, from the top."""
    last = int(frame["position"].max()) + 1
    sizes = frame.groupby("source")["count"].sum()
    made: dict[int, dict[str, Block]] = {}
    for position in range(1, last + 1):
        out = frame[frame["position"] == position].groupby("source")["count"].sum()
        into = frame[frame["position"] == position - 1].groupby("target")["count"].sum()
        found = out.combine(into, max, fill_value=0)
        names = sorted(found.index, key=lambda name: (_rank(name), -float(sizes.get(name, 0)), name))
        made[position] = {name: Block(float(found[name])) for name in names if found[name] > 0}
    return {position: blocks for position, blocks in made.items() if blocks}


def _colours(columns: dict[int, dict[str, Block]]) -> dict[str, str]:
    names = list(dict.fromkeys(name for blocks in columns.values() for name in blocks))
    ends = {t("journey.converted"): style.GREEN, t("journey.left"): "#b8b8b8", t("journey.open"): "#dedede"}
    states = [name for name in names if name not in ends]
    return ends | {name: PALETTE[place % len(PALETTE)] for place, name in enumerate(states)}


def _place(sheet: Sheet, columns: dict[int, dict[str, Block]]) -> float:
    """Give every block its place, with room for a line of text; returns the width left for names."""
    pitch = (sheet.right - sheet.left) / len(columns)
    total = sum(block.size for block in columns[1].values())
    for place, blocks in enumerate(columns.values()):
        y = sheet.y + LINE + 0.05
        for block in blocks.values():
            block.x, block.y, block.height = sheet.left + place * pitch, y, HEIGHT * block.size / total
            y += max(block.height, LINE) + GAP
    return pitch - BLOCK - 0.06


def _bands(sheet: Sheet, frame: pd.DataFrame, columns: dict[int, dict[str, Block]], colours: dict[str, str]) -> None:
    for position, blocks in columns.items():
        links = frame[frame["position"] == position].set_index(["source", "target"])["count"]
        for source, here in blocks.items():
            for target, there in columns.get(position + 1, {}).items():
                number = float(links.get((source, target), 0))
                if number > 0:
                    wide = here.height * number / here.size
                    _band(sheet, here, there, wide, colours[source])


def _band(sheet: Sheet, here: Block, there: Block, wide: float, colour: str) -> None:
    """One band, from the free part of a block's right side to that of another's left side."""
    x, end = here.x + BLOCK, there.x
    top, bottom = here.y + here.right, there.y + there.left
    here.right, there.left = here.right + wide, there.left + wide
    middle = (x + end) / 2
    points = [(x, top), (middle, top), (middle, bottom), (end, bottom), (end, bottom + wide)]
    points += [(middle, bottom + wide), (middle, top + wide), (x, top + wide), (x, top)]
    codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]

    def draw(axes: Axes) -> None:
        look = {"facecolor": colour, "edgecolor": colour, "alpha": 0.38, "linewidth": 0.3, "zorder": 0.5}
        axes.add_patch(PathPatch(Path(points, codes), **look))

    sheet.draw(draw)


def _draw_block(sheet: Sheet, name: str, block: Block, colour: str, total: float, room: float) -> None:
    sheet.bar(block.x, block.y, BLOCK, max(block.height, 0.01), facecolor=colour, linewidth=0.6)
    share = percent(block.size / total)
    two = block.height >= 2 * LINE + 0.04
    shown = style.wrap(clean(name), room, style.SMALL, lines=1)[0]
    y = block.y + max(block.height, LINE) / 2 - (LINE if two else LINE / 2)
    look: dict[str, Any] = {
        "size": style.SMALL,
        "bbox": {"facecolor": "white", "edgecolor": "none", "pad": 0.4, "alpha": 0.72},
    }
    sheet.text(block.x + BLOCK + 0.04, y, shown, **look)
    if two:
        sheet.text(block.x + BLOCK + 0.04, y + LINE, share, color=style.MUTED, **look)


def _title(columns: dict[int, dict[str, Block]]) -> str:
    total = sum(block.size for block in columns[1].values())
    first, most = max(columns[1].items(), key=lambda pair: pair[1].size)
    ends = [t(f"journey.{name}") for name in ("converted", "left", "open")]
    over = {end: sum(b[end].size for b in columns.values() if end in b) for end in ends}
    facts = {
        "share": percent(most.size / total),
        "journeys": count(total),
        "first": clean(first),
        "steps": max(columns),
        "over": percent(sum(over.values()) / total),
        "converted": percent(over[ends[0]] / total),
    }
    return t("journey_charts.flow.title" if over[ends[0]] else "journey_charts.flow.title_plain", **facts)


def describe_flow(frame: pd.DataFrame) -> str:
    """One sentence with the main facts of the flow."""
    return (t("journey_charts.flow.empty") if frame.empty else _title(_columns(frame))) + "."


def _alt(columns: dict[int, dict[str, Block]]) -> str:
    total = sum(block.size for block in columns[1].values())
    parts = []
    for position, blocks in columns.items():
        nodes = [
            t("journey_charts.flow.alt_node", name=clean(name), share=percent(block.size / total))
            for name, block in blocks.items()
        ]
        parts.append(t("journey_charts.flow.alt_step", number=position, nodes=", ".join(nodes)))
    return t("journey_charts.flow.alt", words=_title(columns) + ".", parts="; ".join(parts))
