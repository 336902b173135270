"""The funnel: one bar a step, from zero, with the rate from the step before.

Bar lengths are counts on one common scale, so that half the people is half the length. The pale part of a bar is who
was lost since the step before. The whisker is the interval of the step's rate, drawn where the bar would then end. The
weakest step is marked by words, by hatching and by colour. Optional steps stand apart: they are thin, indented, and no
later step is measured from them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from funnel_utils.charts import style
from funnel_utils.charts.style import Sheet, clean, count, rate_text
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BAR = 0.24
OPTIONAL_BAR = 0.13
INDENT = 0.3
NUMBER = 0.22  # the column of the step numbers


def steps_of(result: Any) -> tuple[pd.DataFrame, str]:
    """The table of steps and the unit it counts, of a `FunnelResult` or of that table itself."""
    if isinstance(result, pd.DataFrame):
        return result, "user"
    return result.steps, result.funnel.unit


def funnel_chart(result: Any) -> Figure:
    """Draw the funnel.

    Parameters
    ----------
    result : FunnelResult or pandas.DataFrame
        A result, or its `.steps`: one row a step with `step`, `label`, `optional`, `units`, `of`, `rate`, `low`, `high`
        (shares from 0 to 1), `overall`, `lost`, `value_at_stake`, `weakest`.

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text (`alt_text`).

    Examples
    --------
    >>> import pandas as pd
    >>> steps = pd.DataFrame({"step": [1, 2], "label": ["visit", "buy"], "optional": False, "units": [200, 50],
    ...     "of": [200, 200], "rate": [1, 0.25], "low": [1, 0.195], "high": [1, 0.314], "lost": [0, 150],
    ...     "overall": [1, 0.25], "weakest": [False, True]})
    >>> from funnel_utils.charts import alt_text
    >>> alt_text(funnel_chart(steps)).split(". ")[1]
    '50 of 200 people got from visit to buy: 25.0%'
    """
    steps, unit = steps_of(result)
    sheet = Sheet()
    sheet.title(headline(steps, unit))
    scale = _scale(steps, sheet)
    base = ""
    for row in style.records(steps):
        _draw_step(sheet, row, scale, base)
        if not row["optional"]:
            base = str(row["step"])
    note = "charts.funnel.note" if len(steps) > 1 else "charts.funnel.note_one"
    sheet.note(t(note, units=style.units_word(unit), interval=style.interval_name(steps)))
    return sheet.figure(_alt(steps, unit))


def _scale(steps: pd.DataFrame, sheet: Sheet) -> float:
    """Inches per unit: the longest bar ends where the room for its number starts."""
    room = max(style.text_width(count(units), weight="bold") for units in steps["units"]) + 0.15
    return (sheet.right - sheet.left - room) / max(float((steps["units"] + steps["lost"]).max()), 1.0)


def _draw_step(sheet: Sheet, row: dict[str, Any], scale: float, base: str) -> None:
    optional, weakest = bool(row["optional"]), bool(row.get("weakest", False))
    x = sheet.left + (INDENT if optional else 0)
    rate = _step_rate(row, base)
    _draw_label(sheet, row, x, rate)
    height = OPTIONAL_BAR if optional else BAR
    y, width = sheet.y, float(row["units"]) * scale
    if row["lost"] > 0 and not optional:
        sheet.bar(
            x, y, width + row["lost"] * scale, height, facecolor=style.FAINT, edgecolor="#9a9a9a", linestyle=(0, (2, 2))
        )
    if width > 0:
        sheet.bar(x, y, width, height, **_look(optional, weakest))
    else:
        sheet.line((x, x), (y, y + height), linewidth=1.6)
    end = width
    # In an open funnel a step is also entered from outside: its bar then does not end where its rate does.
    by_rate = row.get("advanced", row["units"]) == row["units"]
    if base and by_rate and row["of"] > 0 and pd.notna(row["low"]) and pd.notna(row["high"]):
        ends = (row["low"] * row["of"] * scale, row["high"] * row["of"] * scale)
        sheet.whisker(x + ends[0], x + ends[1], y + height / 2, height * 0.5)
        end = max(width, ends[1])
    sheet.text(x + end + 0.07, y + height / 2, count(row["units"]), va="center", weight="bold")
    sheet.y += height
    if weakest:
        sheet.y += 0.05
        sheet.paragraph(_weakest_line(row), size=style.SMALL, color=style.ALARM_TEXT, weight="bold", lines=3)
    sheet.y += 0.16


def _look(optional: bool, weakest: bool) -> dict[str, Any]:
    if optional:
        return {"facecolor": style.PAPER, "edgecolor": style.BLUE, "hatch": "....", "linewidth": 1.0}
    if weakest:
        return {"facecolor": style.VERMILLION, "hatch": "////", "linewidth": 1.0}
    return {"facecolor": style.BLUE}


def _draw_label(sheet: Sheet, row: dict[str, Any], x: float, rate: str) -> None:
    """The step's name on the left and its rate on the right, in as many lines as they need."""
    optional = bool(row["optional"])
    weight = "normal" if optional else "bold"
    # The number has a column of its own: beside a Persian name it would jump to the other side.
    sheet.text(x, sheet.y, str(row["step"]), weight=weight)
    x += NUMBER if row["step"] < 10 else 1.4 * NUMBER
    name, room = _name(row), sheet.right - x
    rate_width = style.text_width(rate, style.SMALL) + 0.15 if rate else 0.0
    lines = style.wrap(name, room, weight=weight)
    beside = len(lines) == 1 and style.text_width(lines[0], weight=weight) + rate_width <= room
    for line in lines:
        sheet.text(x, sheet.y, line, weight=weight)
        sheet.y += style.BODY * style.LINE
    if rate and beside:
        sheet.text(sheet.right, sheet.y - style.BODY * style.LINE, rate, size=style.SMALL, ha="right")
    elif rate:
        sheet.text(x, sheet.y, rate, size=style.SMALL)
        sheet.y += style.SMALL * style.LINE
    sheet.y += 0.03


def _name(row: dict[str, Any]) -> str:
    stage, name = row.get("stage"), clean(row["label"])
    if isinstance(stage, str) and stage:
        name = t("charts.funnel.with_stage", label=name, stage=clean(stage))
    return t("charts.funnel.optional_label", label=name) if row["optional"] else name


def _step_rate(row: dict[str, Any], base: str) -> str:
    if not base:
        return ""
    if not row["of"] or pd.isna(row["rate"]):
        return t("charts.funnel.no_rate", base=base)
    return t("charts.funnel.rate", rate=rate_text(row["rate"], row["low"], row["high"]), base=base)


def _weakest_line(row: dict[str, Any]) -> str:
    value = row.get("value_at_stake")
    key = "charts.funnel.weakest" if value is None or pd.isna(value) else "charts.funnel.weakest_value"
    return t(key, lost=count(row["lost"]), value="" if value is None else style.amount(float(value)))


def headline(steps: pd.DataFrame, unit: str = "user") -> str:
    """The title of the funnel chart: how many of how many get through."""
    first, last = steps.iloc[0], steps.iloc[-1]
    words = {"units": style.units_word(unit), "first": clean(first["label"]), "last": clean(last["label"])}
    if not first["units"]:
        return t("charts.funnel.empty", **words)
    if len(steps) == 1:
        return t("charts.funnel.one_step", entered=count(first["units"]), **words)
    low, high = (last.get(f"overall_{side}", float("nan")) for side in ("low", "high"))
    rate = style.percent(last["overall"], low, high)
    return t("charts.funnel.title", converted=count(last["units"]), entered=count(first["units"]), rate=rate, **words)


def weakest_sentence(steps: pd.DataFrame) -> str:
    """Which step is the weakest and what it lost, or that none can be named."""
    marked = steps[steps["weakest"].astype(bool)]
    if marked.empty:
        return t("charts.funnel.no_weakest")
    row = marked.iloc[0]
    before = steps[(steps["step"] < row["step"]) & ~steps["optional"].astype(bool)].iloc[-1]
    return t(
        "charts.funnel.weakest_sentence",
        before=clean(before["label"]),
        label=clean(row["label"]),
        rate=rate_text(row["rate"], row["low"], row["high"]),
        lost=count(row["lost"]),
    )


def describe_funnel(result: Any) -> str:
    """One or two sentences with the facts of the funnel chart."""
    return _words(*steps_of(result))


def _words(steps: pd.DataFrame, unit: str) -> str:
    if len(steps) == 1 or not steps.iloc[0]["units"]:
        return headline(steps, unit) + "."
    return f"{headline(steps, unit)}. {weakest_sentence(steps)}"


def _alt(steps: pd.DataFrame, unit: str) -> str:
    parts, base = [], ""
    for row in style.records(steps):
        key = "charts.funnel.alt_optional" if row["optional"] else "charts.funnel.alt_step"
        key = key if base else "charts.funnel.alt_first"
        share = style.percent(row["rate"], row["low"], row["high"])
        parts.append(t(key, label=clean(row["label"]), units=count(row["units"]), rate=share, base=base))
        base = base if row["optional"] else str(row["step"])
    return t("charts.funnel.alt", words=_words(steps, unit), steps="; ".join(parts))
