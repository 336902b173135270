"""Charts of stage models: the two sides of one, several side by side, and where people are now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from funnel_utils.charts import style
from funnel_utils.charts.style import Sheet, clean, count, rate_text
from funnel_utils.durations import format_duration
from funnel_utils.stages.library import MOMENTS
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from funnel_utils.stages import Crosswalk, CurrentStages, Stage, StageModel

NUMBER, GUTTER = 0.26, 0.14
STRIP, BAR = 0.24, 0.2


def two_sided_chart(model: StageModel) -> Figure:
    """The customer's act on the left, the organisation's work on the right, a row for each stage.

    Parameters
    ----------
    model : StageModel

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text.
    """
    sheet = Sheet()
    sheet.title(t("stage_views.sides.title", label=clean(model.label)))
    middle = (sheet.left + NUMBER + sheet.right) / 2
    for x, side in ((sheet.left + NUMBER, "act"), (middle + GUTTER, "work")):
        sheet.text(x, sheet.y, t(f"stage_views.column.{side}"), size=style.SMALL, color=style.MUTED)
    sheet.y += style.SMALL * style.LINE + 0.06
    for number, stage in enumerate(model.stages, 1):
        _draw_sides(sheet, number, stage, middle)
    parts = [
        t("stage_views.sides.alt_stage", stage=clean(one.label), act=clean(one.act), work=clean(one.work))
        for one in model.stages
    ]
    return sheet.figure(t("stage_views.sides.alt", sentence=model.describe(), parts=" ".join(parts)))


def _draw_sides(sheet: Sheet, number: int, stage: Stage, middle: float) -> None:
    left, wide = sheet.left + NUMBER, middle - sheet.left - NUMBER - GUTTER
    sheet.line((sheet.left, sheet.right), (sheet.y, sheet.y), color="#cccccc", linewidth=0.6)
    sheet.y += 0.05
    sheet.bar(sheet.left, sheet.y, NUMBER - 0.08, NUMBER - 0.08, facecolor=style.SKY)
    at = (sheet.left + (NUMBER - 0.08) / 2, sheet.y + (NUMBER - 0.08) / 2)
    sheet.text(*at, str(number), size=style.SMALL, ha="center", va="center")
    label = style.wrap(clean(stage.label), sheet.right - left, weight="bold", lines=2)
    for line in label:
        sheet.text(left, sheet.y, line, weight="bold")
        sheet.y += style.BODY * style.LINE
    lower = sheet.y
    for x, words in ((left, stage.act), (middle + GUTTER, stage.work)):
        y = sheet.y
        for line in style.wrap(clean(words), wide, size=style.SMALL, lines=9):
            sheet.text(x, y, line, size=style.SMALL)
            y += style.SMALL * style.LINE
        lower = max(lower, y)
    sheet.y = lower + 0.07


def crosswalk_chart(crosswalk: Crosswalk) -> Figure:
    """A strip for each model over the same moments; a block spans the moments of its stage.

    Parameters
    ----------
    crosswalk : Crosswalk

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text.
    """
    sheet = Sheet()
    sheet.title(t("stage_views.crosswalk.title"))
    for model in crosswalk.models:
        _draw_strip(sheet, model)
    words = [f"{number} {t(f'stages.moment.{moment}')}" for number, moment in enumerate(MOMENTS, 1)]
    sheet.note(t("stage_views.crosswalk.moments", moments=t("stage_views.list").join(words)))
    sheet.note(t("stage_views.crosswalk.note"))
    parts = [_strip_words(model) for model in crosswalk.models]
    return sheet.figure(t("stage_views.crosswalk.alt", sentence=crosswalk.describe(), parts=" ".join(parts)))


def _draw_strip(sheet: Sheet, model: StageModel) -> None:
    """The model's name, its blocks with a letter each, and what the letters stand for."""
    cell = (sheet.right - sheet.left) / len(MOMENTS)
    sheet.paragraph(clean(model.label), weight="bold")
    for place in range(len(MOMENTS)):
        sheet.text(
            sheet.left + (place + 0.5) * cell, sheet.y, str(place + 1), size=style.SMALL, color=style.MUTED, ha="center"
        )
    sheet.y += style.SMALL * style.LINE
    for letter, stage in zip(_letters(model), model.stages, strict=True):
        for first, last in _runs(stage):
            x, width = sheet.left + first * cell, (last - first + 1) * cell
            colour = style.SKY if (ord(letter) - ord("A")) % 2 == 0 else style.PAPER
            sheet.bar(x + 0.015, sheet.y, width - 0.03, STRIP, facecolor=colour)
            sheet.text(x + width / 2, sheet.y + STRIP / 2, letter, size=style.SMALL, ha="center", va="center")
    sheet.y += STRIP + 0.03
    named = [f"{letter} {clean(one.label)}" for letter, one in zip(_letters(model), model.stages, strict=True)]
    sheet.paragraph(t("stage_views.list").join(named), size=style.SMALL, lines=5)
    sheet.y += 0.1


def _letters(model: StageModel) -> list[str]:
    return [chr(ord("A") + place) for place in range(len(model.stages))]


def _runs(stage: Stage) -> list[tuple[int, int]]:
    """The moments of a stage as runs of neighbours: first and last place."""
    runs: list[tuple[int, int]] = []
    for place in sorted(MOMENTS.index(moment) for moment in stage.moments):
        if runs and runs[-1][1] == place - 1:
            runs[-1] = (runs[-1][0], place)
        else:
            runs.append((place, place))
    return runs


def _strip_words(model: StageModel) -> str:
    stages = [
        t(
            "stage_views.crosswalk.alt_stage",
            stage=clean(one.label),
            moments=", ".join(t(f"stages.moment.{moment}") for moment in one.moments),
        )
        for one in model.stages
    ]
    covered = {moment for one in model.stages for moment in one.moments}
    gaps = [t(f"stages.moment.{moment}") for moment in MOMENTS if moment not in covered]
    if gaps:
        stages.append(t("stage_views.crosswalk.gap", moments=", ".join(gaps)))
    return t("stage_views.crosswalk.alt_model", model=clean(model.label), stages="; ".join(stages))


def current_chart(current: CurrentStages) -> Figure:
    """A bar for each stage, from zero: the people there now, and the active among them.

    Parameters
    ----------
    current : CurrentStages

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text.
    """
    sheet = Sheet()
    counts = current.counts
    if not counts["of"].iloc[0]:
        sheet.title(current.verdict)
        return sheet.figure(current.verdict)
    sheet.title(t("stage_views.current.title", at=current.at, model=clean(current.model.label)))
    most = float(counts["people"].max())
    for row in style.records(counts):
        _draw_place(sheet, row, most, current.silence is not None)
    if current.silence is None:
        sheet.note(t("stage_views.current.note_all"))
    else:
        sheet.note(t("stage_views.current.note", silence=format_duration(current.silence)))
    parts = [
        t(
            "stage_views.current.alt_stage",
            stage=clean(row["label"]),
            people=count(row["people"]),
            rate=rate_text(row["share"], row["low"], row["high"]),
        )
        for row in style.records(counts)
    ]
    return sheet.figure(t("stage_views.current.alt", sentence=current.verdict, parts="; ".join(parts)))


def _draw_place(sheet: Sheet, row: dict[str, Any], most: float, show_active: bool) -> None:
    rate = rate_text(row["share"], row["low"], row["high"])
    room = sheet.right - sheet.left - style.text_width(rate, style.SMALL) - 0.15
    for line in style.wrap(clean(row["label"]), room, lines=2):
        sheet.text(sheet.left, sheet.y, line)
        sheet.y += style.BODY * style.LINE
    sheet.text(sheet.right, sheet.y - style.BODY * style.LINE, rate, size=style.SMALL, ha="right")
    said = count(row["people"])
    if show_active and row["people"]:
        said = f"{said}, {t('stage_views.current.active', active=count(row['active']))}"
    longest = f"{count(most)}, {t('stage_views.current.active', active=count(most))}" if show_active else count(most)
    scale = (sheet.right - sheet.left - style.text_width(longest, style.SMALL) - 0.1) / most
    sheet.y += 0.02
    sheet.bar(sheet.left, sheet.y, row["people"] * scale, BAR, facecolor=style.SKY if show_active else style.BLUE)
    if show_active and row["active"]:
        sheet.bar(sheet.left, sheet.y, row["active"] * scale, BAR, facecolor=style.BLUE)
    x = sheet.left + row["people"] * scale + 0.06
    sheet.text(x, sheet.y + BAR / 2, said, size=style.SMALL, va="center")
    sheet.y += BAR + 0.1


def describe_current(current: CurrentStages) -> str:
    """One sentence with the main fact of the chart of current stages."""
    return current.verdict
