"""The picture of peeking: how many experiments each rule has stopped by each look, and the ways of a few of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from funnel_utils.charts import style
from funnel_utils.charts.style import Sheet, count
from funnel_utils.simulators.inlay import GREEN_TEXT, Frame, round_marks, share, signed
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from funnel_utils.simulators.peeking import PeekingOutcome

LEFT, NAMES, STOPPED, PATHS = 0.46, 1.16, 1.4, 1.25
#: Colours and dashes of the rules' lines.
LOOKS = {
    "peek": (style.VERMILLION, "-"),
    "obrien_fleming": (style.BLUE, (0, (5, 2))),
    "always_valid": (style.GREEN, (0, (2, 1.5))),
}
#: z that the paths' chart reaches at least.
TALL = 3.5


def figure(outcome: PeekingOutcome) -> Figure:
    """Draw an outcome, with its sentence as alternative text."""
    sheet = Sheet()
    sheet.title(_title(outcome))
    _draw_stopped(sheet, outcome)
    _draw_paths(sheet, outcome)
    words = {"experiments": count(outcome.experiments), "people": count(outcome.model.per_look)}
    sheet.note(t("lab.peeking.note", **words))
    return sheet.figure(describe(outcome))


def describe(outcome: PeekingOutcome) -> str:
    """One sentence: how often each rule announces a difference, and what it costs where there is one."""
    model = outcome.model
    key = "false" if model.lift == 0 else "true"
    words = {"theory": share(outcome.theory[-1]), **_words(outcome)}
    if model.looks == 1:
        return t(f"lab.peeking.says.{key}.once", **words) + "."
    parts = [t(f"lab.peeking.says.{key}", **words), t(f"lab.peeking.says.{key}.fixes", **words)]
    if model.lift != 0:
        needed = {rule: f"{mean:.1f}" for rule, mean in outcome.looks_needed.items()}
        wrong = share(outcome.wrong_way["peek"])
        parts.append(t("lab.peeking.says.needed", **needed, wrong=wrong))
    return t("simulators.join").join(parts) + "."


def _words(outcome: PeekingOutcome) -> dict[str, str]:
    rules = {rule: share(float(stopped[-1])) for rule, stopped in outcome.stopped.items()}
    model = outcome.model
    lift = {"lift": f"{model.lift:+.0%}", "looks": count(model.looks), "alpha": f"{model.alpha:g}"}
    return {**rules, **lift, "experiments": count(outcome.experiments)}


def _title(outcome: PeekingOutcome) -> str:
    key = "once" if outcome.model.looks == 1 else "false" if outcome.model.lift == 0 else "true"
    return t(f"lab.peeking.title.{key}", **_words(outcome), theory=share(outcome.theory[-1]))


def _inlay(sheet: Sheet, outcome: PeekingOutcome, height: float, up: tuple[float, float]) -> Frame:
    width = sheet.right - sheet.left - LEFT - NAMES
    return Frame(sheet, sheet.left + LEFT, sheet.y + height, width, height, (0, outcome.model.looks), up)


def _draw_stopped(sheet: Sheet, outcome: PeekingOutcome) -> None:
    """What each rule has stopped by each look: peeking's theory as a line, its simulation as dots."""
    model = outcome.model
    sheet.paragraph(t("lab.peeking.stopped"), size=style.SMALL)
    sheet.y += 0.06
    look = np.arange(model.looks + 1)
    curves = {rule: np.concatenate([[0.0], outcome.stopped[rule]]) for rule in LOOKS}
    theory = np.concatenate([[0.0], outcome.theory])
    top = max(0.1, *(float(curve[-1]) for curve in curves.values()), float(theory[-1]), 1.6 * model.alpha) * 1.05
    chart = _inlay(sheet, outcome, STOPPED, (0.0, min(top, 1.0)))
    chart.across_at(model.alpha, linestyles=[(0, (1, 2))], colors=style.INK)
    lines = [(look, theory if rule == "peek" else curve) for rule, curve in curves.items()]
    looks = list(LOOKS.values())
    chart.lines(lines, colors=[c for c, _ in looks], linestyles=[d for _, d in looks], linewidths=1.9)
    chart.dots(look[1:], outcome.stopped["peek"], color=style.ORANGE, s=20)
    names = [t(f"lab.peeking.end.{rule}", share=share(float(curve[-1]))) for rule, curve in curves.items()]
    ends = [float(theory[-1]), *(float(curves[rule][-1]) for rule in list(LOOKS)[1:])]
    inks = [style.ALARM_TEXT, style.BLUE, GREEN_TEXT]
    if model.lift == 0 and top > 3 * model.alpha:
        chart.say(model.looks * 0.3, model.alpha, t("lab.peeking.promised", alpha=share(model.alpha)), va="bottom")
    chart.name_ends(ends, names, inks, NAMES)
    chart.axes(_looks(outcome), round_marks(0, min(top, 1.0), 3), "{:.0f}".format, style.tick_percent)
    sheet.y += STOPPED + 0.3


def _draw_paths(sheet: Sheet, outcome: PeekingOutcome) -> None:
    """The ways of a few experiments until the chosen rule stops them, and its border."""
    model = outcome.model
    sheet.paragraph(t("lab.peeking.paths", rule=t(f"lab.peeking.rule.{model.rule}")), size=style.SMALL)
    sheet.y += 0.06
    border, paths = outcome.borders[model.rule], outcome.paths
    top = max(TALL, float(np.abs(paths).max()) * 1.05)
    chart = _inlay(sheet, outcome, PATHS, (-top, top))
    look = np.arange(1, model.looks + 1)
    crossed = np.abs(paths) > border
    ends = np.where(crossed.any(axis=1), crossed.argmax(axis=1), model.looks - 1)
    chart.across_at(0.0)
    from_zero = np.column_stack([np.zeros(len(paths)), paths])
    ways = [(np.arange(end + 2), way[: end + 2]) for way, end in zip(from_zero, ends, strict=True)]
    stops = np.asarray(crossed.any(axis=1))
    for some, colour, width in ((~stops, "#8a8a8a", 0.8), (stops, style.VERMILLION, 1.3)):
        chosen = [way for way, one in zip(ways, some, strict=True) if one]
        if chosen:
            chart.lines(chosen, colors=colour, linewidths=width)
    where = np.flatnonzero(stops)
    if len(where):
        chart.dots(look[ends[where]], paths[where, ends[where]], color=style.ORANGE, s=30)
    seen = np.minimum(border, top * 2)
    inside = seen <= top
    if inside.any():
        # From a look before, so that a single look has a border to see.
        xs = np.concatenate([[look[inside][0] - 0.6], look[inside]])
        ys = np.concatenate([seen[inside][:1], seen[inside]])
        chart.lines([(xs, ys), (xs, -ys)], colors=style.INK, linestyles=[(0, (4, 2))], linewidths=1.4)
    said = t("lab.peeking.crossed", stopped=count(len(where)), shown=count(len(paths)))
    chart.name_ends([0.0], [said], [style.INK], NAMES)
    chart.axes(_looks(outcome), [-2.0, 0.0, 2.0], "{:.0f}".format, signed)
    sheet.text(chart.x + chart.width / 2, chart.y + 0.2, t("lab.peeking.looks_axis"), size=style.SMALL, ha="center")
    sheet.y += PATHS + 0.34


def _looks(outcome: PeekingOutcome) -> list[float]:
    return [mark for mark in round_marks(0, outcome.model.looks, 5) if mark == int(mark)]
