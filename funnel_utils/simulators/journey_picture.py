"""The picture of a simulated journey, and the sentence that says the same.

A row a channel; first what is lost without it, the truth, then what each rule credits it with. All bars are on one
scale, and the truth is a line in every column: a bar that stops short of it was robbed, one beyond it was flattered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.collections import LineCollection, PatchCollection
from matplotlib.patches import Rectangle

from funnel_utils.charts import style
from funnel_utils.charts.style import Sheet, clean, count, percent
from funnel_utils.journey.attribution.settings import MODELS
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from funnel_utils.simulators.journey import JourneyOutcome

LABELS, ROW, BAR = 0.98, 0.27, 0.16
#: The truth's column holds its numbers, too: inches of it, and of its bars.
TRUTH, TRUTH_BAR = 0.84, 0.38
#: The longest bar's part of its column.
FULL = 0.78


def figure(outcome: JourneyOutcome) -> Figure:
    """Draw an outcome, with its sentence as alternative text."""
    sheet = Sheet()
    if not outcome.conversions > 0:
        sheet.title(t("simulators.journey.title.none"))
        return sheet.figure(describe(outcome))
    sheet.title(t("simulators.journey.title", **_facts(outcome)))
    _draw_table(sheet, outcome)
    sheet.note(t("simulators.journey.note" if outcome.misplaced else "simulators.journey.note.inert"))
    return sheet.figure(describe(outcome))


def describe(outcome: JourneyOutcome) -> str:
    """One sentence: who buys, what is lost without the channel taken away, and which rule is nearest to the truth."""
    if not outcome.conversions > 0:
        return t("simulators.journey.says.empty") + "."
    model = outcome.model
    money, spend = (_million(amount) for amount in (outcome.conversions * model.value, model.spend))
    parts = [t("simulators.journey.says.conversions", money=money, spend=spend, **_facts(outcome))]
    if model.removed is not None:
        parts.append(t("simulators.journey.says.removed", **_removed(outcome)))
    elif outcome.misplaced:
        worst = max(outcome.lost, key=lambda name: outcome.credit("last", name) - outcome.lost[name])
        shown = {"last": count(outcome.credit("last", worst)), "lost": count(outcome.lost[worst])}
        parts.append(t("simulators.journey.says.worst", channel=clean(worst), **shown))
    if not outcome.misplaced:
        parts.append(t("simulators.journey.says.inert"))
    else:
        near, far = (pick(outcome.misplaced, key=lambda name: outcome.misplaced[name]) for pick in (min, max))
        shown = {"share": percent(outcome.misplaced[near]), "far_share": percent(outcome.misplaced[far])}
        names = {"model": t(f"attribution.model.{near}"), "far": t(f"attribution.model.{far}")}
        parts.append(t("simulators.journey.says.nearest", **names, **shown))
    return t("simulators.join").join(parts) + "."


def _facts(outcome: JourneyOutcome) -> dict[str, str]:
    return {
        "conversions": count(outcome.conversions),
        "people": count(outcome.model.people),
        "baseline": count(outcome.baseline),
    }


def _removed(outcome: JourneyOutcome) -> dict[str, str]:
    name = outcome.model.removed or ""
    lost = outcome.lost[name]
    spend = next(channel.spend for channel in outcome.model.channels if channel.name == name)
    return {
        "channel": clean(name),
        "lost": count(lost),
        "last": count(outcome.credit("last", name)),
        "markov": count(outcome.credit("markov", name)),
        "money": _million(lost * outcome.model.value),
        "spend": _million(spend),
    }


def _million(amount: float) -> str:
    return t("simulators.journey.million", amount=count(amount))


def _draw_table(sheet: Sheet, outcome: JourneyOutcome) -> None:
    """The matrix of bars; numbers only for the truth, because each text costs as much time as all bars together."""
    wide = (sheet.right - sheet.left - LABELS - TRUTH) / len(MODELS)
    starts = [sheet.left + LABELS + TRUTH + wide * place for place in range(len(MODELS))]
    first = sheet.left + LABELS
    sheet.y += 0.62
    headings = [t("simulators.journey.column.truth"), *(t(f"attribution.model.{model}") for model in MODELS)]
    for name, x in zip(headings, [first, *starts], strict=True):
        sheet.text(x + 0.05, sheet.y, name, size=style.SMALL, rotation=45, va="bottom", rotation_mode="anchor")
    sheet.y += 0.06
    top = sheet.y
    credited = {name: [outcome.credit(model, name) for model in MODELS] for name in outcome.lost}
    longest = max(*outcome.lost.values(), *(max(row) for row in credited.values())) or 1.0
    truths, bars, marks = [], [], []
    for name, lost in outcome.lost.items():
        weight = "bold" if name == outcome.model.removed else "normal"
        label = style.wrap(clean(name), LABELS - 0.06, weight=weight, lines=1)[0]
        middle = sheet.y + ROW / 2
        sheet.text(sheet.left, middle, label, weight=weight, va="center")
        truths.append(Rectangle((first, middle - BAR / 2), max(lost / longest * TRUTH_BAR, 0.008), BAR))
        x = first + lost / longest * TRUTH_BAR + 0.05
        sheet.text(x, middle, count(lost), size=style.SMALL, va="center", weight=weight)
        for x, amount in zip(starts, credited[name], strict=True):
            bars.append(Rectangle((x, middle - BAR / 2), max(amount / longest * wide * FULL, 0.008), BAR))
            at = x + lost / longest * wide * FULL
            marks.append([(at, middle - BAR / 2 - 0.03), (at, middle + BAR / 2 + 0.03)])
        sheet.y += ROW
    lines = [[(x, top), (x, sheet.y)] for x in (first, *starts)]
    sheet.draw(lambda axes: _bars(axes, truths, bars, marks, lines))
    sheet.y += 0.05
    _draw_misplaced(sheet, outcome, starts)


def _bars(axes: Axes, truths: list[Rectangle], bars: list[Rectangle], marks: Any, lines: Any) -> None:
    look: dict[str, Any] = {"edgecolor": style.INK, "linewidth": 0.8}
    axes.add_collection(LineCollection(lines, colors=style.MUTED, linewidths=0.8), autolim=False)
    axes.add_collection(PatchCollection(truths, facecolor=style.ORANGE, hatch="////", **look), autolim=False)
    axes.add_collection(PatchCollection(bars, facecolor=style.SKY, **look), autolim=False)
    axes.add_collection(LineCollection(marks, colors=style.PAPER, linewidths=3.6, zorder=3), autolim=False)
    axes.add_collection(LineCollection(marks, colors=style.ALARM_TEXT, linewidths=1.9, zorder=4), autolim=False)


def _draw_misplaced(sheet: Sheet, outcome: JourneyOutcome, starts: list[float]) -> None:
    """Under each rule, how much of its credit is in the wrong place."""
    if not outcome.misplaced:
        return
    sheet.text(sheet.left, sheet.y, t("simulators.journey.misplaced"), size=style.SMALL)
    for model, x in zip(MODELS, starts, strict=True):
        weight = "bold" if model == outcome.nearest else "normal"
        said = f"{outcome.misplaced[model]:.0%}" if model in outcome.misplaced else t("charts.missing")
        sheet.text(x + 0.02, sheet.y, said, size=style.SMALL, weight=weight)
    sheet.y += style.SMALL * style.LINE + 0.05
