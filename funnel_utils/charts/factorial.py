"""Multivariate tests: every effect with its interval, and the interaction plot of two factors.

Effects are dots with whiskers on one scale of percentage points around zero; a filled dot is shown after correction, a
ring is not. In the interaction plot the lines of one factor run over the levels of the other: parallel lines add up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from funnel_utils.charts import style
from funnel_utils.charts.style import Sheet, clean
from funnel_utils.cro.factorial_result import FactorialResult
from funnel_utils.cro.factorial_words import effect_name, points
from funnel_utils.errors import SpecError
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW = 0.2
HEIGHT, LEFT = 2.2, 0.62
LINES = (
    (style.BLUE, "o", "-"),
    (style.VERMILLION, "s", (0, (5, 2))),
    (style.GREEN, "^", (0, (1, 1.5))),
    (style.PURPLE, "D", (0, (5, 1.5, 1, 1.5))),
    (style.ORANGE, "v", (0, (3, 1))),
)


def effects_chart(result: FactorialResult) -> Figure:
    """Draw every effect of a multivariate test with its interval.

    Parameters
    ----------
    result : FactorialResult

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text.
    """
    rows = style.records(result.effects)
    sheet = Sheet()
    sheet.title(t("factorial.chart.effects"))
    sheet.paragraph(describe_effects(result), size=style.SMALL, color=style.MUTED, lines=9)
    sheet.y += 0.08
    ends = [float(row[side]) for row in rows for side in ("low", "high")]
    low, high = min(0.0, *ends), max(0.0, *ends)
    left, right = sheet.left + 0.05, sheet.right - 0.05
    scale = (right - left) / ((high - low) or 1.0)
    zero = left - low * scale
    for row in rows:
        shown = row["p_adjusted"] < result.spec.alpha
        sheet.paragraph(clean(effect_name(row)), weight="bold", lines=2)
        sheet.paragraph(points(row), size=style.SMALL)
        y = sheet.y + ROW / 2
        sheet.line((zero, zero), (sheet.y, sheet.y + ROW), color=style.MUTED, linewidth=0.9)
        sheet.whisker(left + (row["low"] - low) * scale, left + (row["high"] - low) * scale, y)
        face = {"color": style.BLUE} if shown else {"markerfacecolor": style.PAPER}
        sheet.dot(left + (row["difference"] - low) * scale, y, **face)
        sheet.y += ROW + 0.05
    sheet.text(zero, sheet.y, "0", size=style.SMALL, ha="center")
    sheet.y += style.SMALL * style.LINE
    sheet.note(t("factorial.chart.effects.note", level=f"{1 - result.spec.alpha:.0%}", n=len(rows)))
    parts = "; ".join(t("factorial.chart.part", name=clean(effect_name(r)), interval=points(r)) for r in rows)
    return sheet.figure(t("factorial.chart.alt", words=describe_effects(result), parts=parts))


def describe_effects(result: FactorialResult) -> str:
    """What a multivariate test found."""
    return clean(result.verdict)


def interaction_chart(result: FactorialResult, first: str, second: str) -> Figure:
    """Draw how the effect of one factor depends on another.

    Parameters
    ----------
    result : FactorialResult
    first : str
        The factor along the axis.
    second : str
        The factor with a line for each of its levels.

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text.

    Raises
    ------
    SpecError
        If they are not two factors of this test.
    """
    if first == second:
        raise SpecError(f"An interaction takes two different factors, not {first!r} twice.")
    rates = result.means(first, second)
    sheet = Sheet()
    sheet.title(t("factorial.chart.interaction", first=clean(first), second=clean(second)))
    sheet.paragraph(describe_interaction(result, first, second), size=style.SMALL, color=style.MUTED, lines=4)
    sheet.y += 0.12
    width = sheet.right - sheet.left - LEFT - 0.95
    sheet.inset(sheet.left + LEFT, width, HEIGHT, lambda axes: _lines(axes, result, rates, first, second))
    sheet.y += 0.3
    sheet.paragraph(clean(first), size=style.SMALL, x=sheet.left + LEFT, color=style.MUTED)
    sheet.note(t("factorial.chart.interaction.note", level=f"{1 - result.spec.alpha:.0%}"))
    parts = "; ".join(
        f"{clean(row[first])} / {clean(row[second])} {style.rate_text(row['rate'], row['low'], row['high'])}"
        for row in style.records(rates)
    )
    words = describe_interaction(result, first, second)
    title = t("factorial.chart.interaction", first=clean(first), second=clean(second))
    return sheet.figure(t("factorial.chart.interaction.alt", title=title, words=words, parts=parts))


def describe_interaction(result: FactorialResult, first: str, second: str) -> str:
    """Whether two factors add up."""
    effects = result.effects
    rows = style.records(effects[effects["effect"].isin([f"{first}:{second}", f"{second}:{first}"])])
    if len(rows) != 1:
        return t("factorial.chart.interaction.many")
    key = "yes" if rows[0]["p_adjusted"] < result.spec.alpha else "no"
    corrected = f"{rows[0]['p_adjusted']:.2g}".lstrip("0")
    return t(f"factorial.chart.interaction.{key}", interval=points(rows[0]), n=len(effects), p=corrected)


def _lines(axes: Axes, result: FactorialResult, rates: pd.DataFrame, first: str, second: str) -> None:
    levels = list(result.spec.factors[first])
    lines = list(result.spec.factors[second])
    ends: list[tuple[float, str, str]] = []
    for number, level in enumerate(lines):
        colour, marker, dashes = LINES[number % len(LINES)]
        own = rates[rates[second] == level].set_index(first).loc[levels]
        x = [k + 0.05 * (number - (len(lines) - 1) / 2) for k in range(len(levels))]
        axes.vlines(x, own["low"], own["high"], color=colour, linewidth=1.1)
        drawn: dict[str, Any] = {"color": colour, "marker": marker, "linestyle": dashes, "linewidth": 1.7}
        axes.plot(x, own["rate"], markersize=6, markeredgecolor=style.INK, markeredgewidth=0.8, **drawn)
        ends.append((float(own["rate"].iloc[-1]), clean(f"{second} {level}"), colour))
    top = float(rates["high"].max()) * 1.05
    _name_lines(axes, ends, len(levels) - 1, top)
    axes.set_xlim(-0.2, len(levels) - 0.8)
    axes.set_ylim(0, top or 1.0)
    axes.set_xticks(range(len(levels)), [style.wrap(clean(level), 0.9, style.SMALL, lines=1)[0] for level in levels])
    ticks = [tick for tick in axes.get_yticks() if 0 <= tick <= top]
    axes.set_yticks(ticks, [style.tick_percent(round(tick, 6)) for tick in ticks])
    style.quiet(axes)


def _name_lines(axes: Axes, ends: list[tuple[float, str, str]], last: int, top: float) -> None:
    """The lines' names at their ends, pushed apart where they would collide."""
    gap, place = 0.085 * top, -1.0
    for rate, name, colour in sorted(ends):
        place = max(rate, place + gap)
        said = style.wrap(name, 0.9, style.SMALL, lines=1)[0]
        style.write(axes, last + 0.14, place, said, style.SMALL, va="center", color=style.INK, clip_on=False)
        axes.plot([last + 0.06, last + 0.12], [rate, place], color=colour, linewidth=0.8, clip_on=False)
