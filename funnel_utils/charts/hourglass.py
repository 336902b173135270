"""The hourglass: people who got at least as far as each stage, and the newcomers whom advocates send to the mouth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.patches import FancyArrowPatch

from funnel_utils.charts import style
from funnel_utils.charts.style import Sheet, clean, count
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from funnel_utils.stages import Hourglass

BAR, LANE = 0.26, 0.5


def hourglass_chart(glass: Hourglass) -> Figure:
    """Draw the hourglass.

    Parameters
    ----------
    glass : Hourglass

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text.
    """
    sheet = Sheet()
    rows = style.records(glass.table)
    if not rows or not rows[0]["people"]:
        sheet.title(t("stage_views.hourglass.empty"))
        return sheet.figure(glass.describe())
    entered, k = count(rows[0]["people"]), f"{glass.loop.k:.2f}"
    newcomers = glass.loop.newcomers
    sheet.title(t("stage_views.hourglass.title", newcomers=count(newcomers), entered=entered, k=k))
    most = float(max(rows[0]["people"], newcomers))
    tops = [_draw_bar(sheet, _words(row), row["people"], most, _colour(row)) for row in rows]
    last = t("stage_views.hourglass.newcomers", people=count(newcomers))
    bottom = _draw_bar(sheet, last, newcomers, most, style.ORANGE)
    _draw_loop(sheet, bottom, tops[0], newcomers / most)
    sheet.note(t("stage_views.hourglass.note"))
    parts = "; ".join([*(_words(row) for row in rows), last])
    return sheet.figure(t("stage_views.hourglass.alt", sentence=glass.describe(), parts=parts))


def describe_hourglass(glass: Hourglass) -> str:
    """What the hourglass chart shows, in a sentence."""
    return glass.describe()


def _words(row: dict[str, Any]) -> str:
    label = clean(row["label"])
    if row["neck"]:
        label = f"{label} ({t('stage_views.hourglass.neck')})"
    return t("stage_views.hourglass.bar", label=label, people=count(row["people"]))


def _colour(row: dict[str, Any]) -> str:
    return style.BLUE if row["neck"] else style.SKY


def _draw_bar(sheet: Sheet, words: str, people: float, most: float, colour: str) -> float:
    """A centred bar under its words; where its middle is."""
    room = sheet.right - sheet.left - LANE
    centre = sheet.left + room / 2
    for line in style.wrap(words, room, size=style.SMALL, lines=2):
        sheet.text(centre, sheet.y, line, size=style.SMALL, ha="center")
        sheet.y += style.SMALL * style.LINE
    sheet.y += 0.01
    width = max(people / most * room, 0.02) if people else 0.0
    sheet.bar(centre - width / 2, sheet.y, width, BAR, facecolor=colour)
    middle = sheet.y + BAR / 2
    sheet.y += BAR + 0.07
    return middle


def _draw_loop(sheet: Sheet, bottom: float, top: float, share: float) -> None:
    """The way back: from the lowest bar up the right-hand lane into the mouth."""
    room = sheet.right - sheet.left - LANE
    start = sheet.left + room / 2 + share * room / 2
    lane = sheet.right - LANE * 0.42
    end = sheet.left + room

    def draw(axes: Axes) -> None:
        axes.plot((start + 0.04, lane, lane), (bottom, bottom, top), color=style.INK, linewidth=1.6)
        arrow = FancyArrowPatch(
            (lane, top), (end + 0.03, top), arrowstyle="-|>", mutation_scale=11, color=style.INK, linewidth=1.6
        )
        axes.add_patch(arrow)

    sheet.draw(draw)
    said = t("stage_views.hourglass.loop")
    at = (lane + 0.06, (top + bottom) / 2)
    sheet.text(*at, said, size=style.SMALL, color=style.MUTED, rotation=90, va="center")
