"""The picture of a simulated funnel, and the sentence that says the same.

Left, the people at each step, as wide as they are many, on the dashed cylinder that would be there if nobody were lost.
Right, what one more percentage point at each step is worth. Below, how far the funnel is from a cylinder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from funnel_utils.charts import style
from funnel_utils.charts.style import Sheet, amount, clean, count, percent
from funnel_utils.errors import SpecError
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from funnel_utils.simulators.funnel import FunnelOutcome

BAND = 0.26
GAP = 0.12
#: Height of a money bar.
BAR = 0.15
#: Inches of the left column, and where the right one starts.
FUNNEL = 2.75
MONEY = 3.1
#: Inches kept free right of the longest money bar for its number.
NUMBER_ROOM = 1.0


def figure(outcome: FunnelOutcome, start: FunnelOutcome | None = None, *, reveal: bool = True) -> Figure:
    """Draw an outcome.

    Parameters
    ----------
    outcome : FunnelOutcome
    start : FunnelOutcome, optional
        An outcome with the same steps to compare with; marks show where it stood.
    reveal : bool
        Whether to show the leak and the worth of a percentage point, or leave them to be found.

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text, which is the sentence of `describe`.

    Raises
    ------
    SpecError
        If `start` has another number of steps.
    """
    steps = outcome.what_if.n_steps
    if start is not None and start.what_if.n_steps != steps:
        raise SpecError(f"figure: start has {start.what_if.n_steps} steps, the outcome has {steps}.")
    sheet = Sheet()
    sheet.title(_title(outcome))
    _draw_headings(sheet, outcome, reveal)
    for step in range(1, steps + 1):
        _draw_step(sheet, outcome, start, step, reveal)
    _draw_index(sheet, outcome)
    sheet.note(t("simulators.funnel.note"))
    if start is not None and start.model != outcome.model:
        sheet.note(t("simulators.funnel.note.start"))
    return sheet.figure(describe(outcome, start, reveal=reveal))


def describe(outcome: FunnelOutcome, start: FunnelOutcome | None = None, *, reveal: bool = True) -> str:
    """One sentence: how many convert, what it leaves, what changed, and where the leak is."""
    if outcome.what_if.visitors == 0:
        return t("simulators.funnel.says.empty") + "."
    parts = [t("simulators.funnel.says.conversions", **_facts(outcome)) + ", " + _money_part(outcome)]
    if start is not None and start.model != outcome.model:
        parts.append(t("simulators.funnel.says.change", change=_change(outcome, start)))
    parts.append(t("simulators.funnel.says.index", index=f"{outcome.what_if.cylinder_index:.2f}"))
    if reveal:
        parts += _leak_parts(outcome)
    return t("simulators.join").join(parts) + "."


def money(value: float, currency: str) -> str:
    """An amount with its currency: `14.4 million toman`, `900,000 toman`."""
    return t("simulators.money", amount=short_money(value), currency=currency)


def short_money(value: float) -> str:
    """An amount in few characters: `14.4 million`, `900,000`."""
    for size, key in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if abs(value) >= size:
            return t(f"charts.{key}", number=f"{value / size:,.1f}".removesuffix(".0"))
    return amount(value)


def units(value: float) -> str:
    """Expected units: whole numbers from 10 on, tenths below, where they matter."""
    return count(value) if value >= 10 or value == round(value) else f"{value:,.1f}"


def _facts(outcome: FunnelOutcome) -> dict[str, str]:
    what_if = outcome.what_if
    return {
        "conversions": units(what_if.conversions),
        "visitors": count(what_if.visitors),
        "last": clean(what_if.labels[-1]),
        "conversion": percent(what_if.conversion),
    }


def _title(outcome: FunnelOutcome) -> str:
    if outcome.what_if.visitors == 0:
        return t("simulators.funnel.title.none")
    return t("simulators.funnel.title", **_facts(outcome))


def _money_part(outcome: FunnelOutcome) -> str:
    left = outcome.what_if.money
    key = "simulators.funnel.says.loss" if left < 0 else "simulators.funnel.says.money"
    return t(key, money=money(abs(left), outcome.model.currency))


def _change(outcome: FunnelOutcome, start: FunnelOutcome) -> str:
    more = outcome.what_if.conversions - start.what_if.conversions
    richer = outcome.what_if.money - start.what_if.money
    fewer = "fewer" if richer < 0 else "fewer_richer"
    key = fewer if more < 0 else "more" if richer >= 0 else "more_poorer"
    shown = money(abs(richer), outcome.model.currency)
    return t(f"simulators.funnel.says.change.{key}", conversions=units(abs(more)), money=shown)


def _leak_parts(outcome: FunnelOutcome) -> list[str]:
    what_if = outcome.what_if
    if outcome.leak is None:
        return [t("simulators.funnel.says.cylinder")]
    label = clean(what_if.labels[outcome.leak - 1])
    parts = [t("simulators.funnel.says.leak", label=label, rate=percent(what_if.effective_rates[outcome.leak - 2]))]
    if outcome.best is None:
        parts.append(t("simulators.funnel.says.worthless"))
    else:
        worth = money(outcome.worth(outcome.best), outcome.model.currency)
        key = "same" if outcome.best == outcome.leak else "other"
        parts.append(t(f"simulators.funnel.says.{key}", label=clean(what_if.labels[outcome.best - 1]), money=worth))
    return parts


def _scale(outcome: FunnelOutcome, start: FunnelOutcome | None) -> float:
    """Inches per unit: the wider of the two mouths fills the column."""
    widest = max(outcome.what_if.visitors, start.what_if.visitors if start else 0.0)
    return FUNNEL / widest if widest > 0 else 0.0


def _draw_headings(sheet: Sheet, outcome: FunnelOutcome, reveal: bool) -> None:
    columns = [(sheet.left, FUNNEL, t("simulators.funnel.column.people"))]
    if reveal:
        said = t("simulators.funnel.column.money", currency=outcome.model.currency)
        columns.append((MONEY, sheet.right - MONEY, said))
    lines = 0
    for x, width, text in columns:
        wrapped = style.wrap(text, width, style.SMALL, lines=2)
        for n, line in enumerate(wrapped):
            sheet.text(x, sheet.y + n * style.SMALL * style.LINE, line, size=style.SMALL, color=style.MUTED)
        lines = max(lines, len(wrapped))
    sheet.y += lines * style.SMALL * style.LINE + 0.08


def _draw_step(sheet: Sheet, outcome: FunnelOutcome, start: FunnelOutcome | None, step: int, reveal: bool) -> None:
    what_if = outcome.what_if
    _draw_label(sheet, outcome, step)
    middle, scale = sheet.left + FUNNEL / 2, _scale(outcome, start)
    mouth, width = what_if.visitors * scale, what_if.units[step - 1] * scale
    ghost: dict[str, Any] = {"facecolor": style.FAINT, "edgecolor": "#777777", "linestyle": (0, (3, 2))}
    sheet.bar(middle - mouth / 2, sheet.y, mouth, BAND, **ghost)
    is_leak = reveal and step == outcome.leak
    look: dict[str, Any] = {"facecolor": style.BLUE}
    if is_leak:
        look = {"facecolor": style.VERMILLION, "hatch": "////", "linewidth": 1.0}
    sheet.bar(middle - width / 2, sheet.y, max(width, 0.01), BAND, **look)
    returned = _returned(outcome, step) * scale
    if returned > 0:
        # Who came back stands at the right end of the band, in another colour and hatching.
        sheet.bar(middle + width / 2 - returned, sheet.y, returned, BAND, facecolor=style.GREEN, hatch="....")
    if is_leak:
        _draw_leak(sheet, middle, width, mouth)
    if start is not None and start.model != outcome.model:
        before = start.what_if.units[step - 1] * scale
        for x in (middle - before / 2, middle + before / 2):
            sheet.line((x, x), (sheet.y + BAND - 0.07, sheet.y + BAND + 0.05), linewidth=1.8)
    if reveal:
        _draw_worth(sheet, outcome, step)
    sheet.y += BAND + GAP


def _draw_leak(sheet: Sheet, middle: float, width: float, mouth: float) -> None:
    """The word beside the band where there is room, or on it, on paper."""
    word = t("simulators.funnel.leak")
    look: dict[str, Any] = {"size": style.SMALL, "weight": "bold", "color": style.ALARM_TEXT, "va": "center"}
    y = sheet.y + BAND / 2
    if (mouth - width) / 2 > style.text_width(word, style.SMALL, "bold") + 0.12:
        sheet.text(middle + width / 2 + 0.06, y, word, **look)
    else:
        paper = {"facecolor": style.PAPER, "edgecolor": "none", "pad": 1.5}
        sheet.text(middle, y, word, ha="center", bbox=paper, **look)


def _draw_label(sheet: Sheet, outcome: FunnelOutcome, step: int) -> None:
    """The step's name with its people and rate, in one line where they fit."""
    what_if = outcome.what_if
    name = t("simulators.funnel.step", step=step, label=clean(what_if.labels[step - 1]))
    facts = units(what_if.units[step - 1])
    if step > 1:
        facts = t("simulators.funnel.step.rate", units=facts, rate=percent(what_if.effective_rates[step - 2]))
    name_width = style.text_width(name, weight="bold") + 0.12
    y = sheet.y
    for line in style.wrap(name, FUNNEL, weight="bold", lines=2):
        sheet.text(sheet.left, sheet.y, line, weight="bold")
        sheet.y += style.BODY * style.LINE
    if name_width + style.text_width(facts, style.SMALL) <= FUNNEL:
        sheet.text(sheet.left + name_width, y + 0.015, facts, size=style.SMALL)
    else:
        sheet.text(sheet.left, sheet.y, facts, size=style.SMALL)
        sheet.y += style.SMALL * style.LINE
    returned = _returned(outcome, step)
    if returned > 0:
        sheet.text(sheet.left, sheet.y, t("simulators.funnel.returned", returned=units(returned)), size=style.SMALL)
        sheet.y += style.SMALL * style.LINE
    sheet.y += 0.03


def _draw_worth(sheet: Sheet, outcome: FunnelOutcome, step: int) -> None:
    worths = [outcome.worth(k) for k in range(1, outcome.what_if.n_steps + 1)]
    longest = max(*map(abs, worths), 1e-12)
    worth = worths[step - 1]
    width = max(abs(worth) / longest * (sheet.right - MONEY - NUMBER_ROOM), 0.01)
    look: dict[str, Any] = {"facecolor": style.SKY}
    if step == outcome.best:
        look = {"facecolor": style.ORANGE, "hatch": "\\\\\\\\"}
    elif worth < 0:
        look = {"facecolor": style.PAPER, "hatch": "xxxx"}
    weight = "bold" if step == outcome.best else "normal"
    y = sheet.y + BAND / 2
    if step > 1 and outcome.model.rates[step - 2] >= 1:
        sheet.text(MONEY, y, t("simulators.funnel.full"), size=style.SMALL, va="center")
        return
    sheet.bar(MONEY, y - BAR / 2, width, BAR, **look)
    sheet.text(MONEY + width + 0.06, y, short_money(worth), size=style.SMALL, va="center", weight=weight)
    above = "mouth" if step == 1 else "most" if step == outcome.best else ""
    if above:
        said = t(f"simulators.funnel.{above}")
        sheet.text(MONEY, sheet.y - 0.03, said, size=style.SMALL, weight=weight, va="bottom")


def _returned(outcome: FunnelOutcome, step: int) -> float:
    """Units that nurturing brought to `step`."""
    nurturing = outcome.what_if.nurturing
    if nurturing is None or nurturing.step != step:
        return 0.0
    return outcome.what_if.nurtured * nurturing.rate


def _draw_index(sheet: Sheet, outcome: FunnelOutcome) -> None:
    """A scale from nought to one with the cylinder index on it."""
    index = outcome.what_if.cylinder_index if outcome.what_if.visitors else 0.0
    sheet.y += 0.06
    said = t("simulators.funnel.index", index=f"{index:.2f}")
    sheet.text(sheet.left, sheet.y, said, weight="bold")
    y = sheet.y + style.BODY * style.LINE / 2
    low = sheet.left + style.text_width(said, weight="bold") + 0.35
    high = sheet.right - 0.17
    sheet.line((low, high), (y, y), color=style.MUTED, linewidth=1.0)
    for x, side, mark in ((low, "right", "0"), (high, "left", "1")):
        sheet.line((x, x), (y - 0.06, y + 0.06), color=style.MUTED, linewidth=1.0)
        away = 0.08 if side == "left" else -0.08
        sheet.text(x + away, y, mark, size=style.SMALL, color=style.MUTED, ha=side, va="center")
    sheet.dot(low + (high - low) * index, y, markersize=8, color=style.PURPLE)
    sheet.y += style.BODY * style.LINE + 0.04
