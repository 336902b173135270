"""The picture of a simulated engagement score, and the sentence that says the same.

A row a band: how many people are in it, and which share of them did what was hoped for, with its interval, beside the
share of everybody. Below, the chance that the score ranks a random buyer above a random other person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from funnel_utils.charts import style
from funnel_utils.charts.style import Sheet, clean, count, percent
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from funnel_utils.simulators.score import ScoreOutcome

LABELS, BAR, ROW = 1.5, 0.2, 0.36
#: Inches kept free right of the longest bar for its number.
NUMBER_ROOM = 0.55


def score_figure(outcome: ScoreOutcome) -> Figure:
    """Draw an outcome, with its sentence as alternative text."""
    sheet = Sheet()
    if outcome.is_empty:
        sheet.title(t("simulators.score.title.none"))
        return sheet.figure(describe_score(outcome))
    sheet.title(t("simulators.score.title", **_facts(outcome)))
    longest = max(outcome.bands["high"].fillna(0).max(), outcome.base_rate) or 1.0
    start = sheet.left + LABELS
    scale = (sheet.right - start - NUMBER_ROOM) / longest
    top = sheet.y
    for row in style.records(outcome.bands):
        middle = sheet.y + ROW / 2
        sheet.text(sheet.left, middle, t(f"score.band.{row['band']}"), va="bottom", weight="bold")
        people = t("simulators.score.people", people=count(row["people"]))
        sheet.text(sheet.left, middle, people, size=style.SMALL, color=style.MUTED)
        if row["people"]:
            sheet.bar(start, middle - BAR / 2, max(row["rate"] * scale, 0.008), BAR, facecolor=style.SKY)
            sheet.whisker(start + row["low"] * scale, start + row["high"] * scale, middle)
            x = start + row["high"] * scale + 0.06
            # On paper, so that the dashed line does not run through the number.
            paper = {"facecolor": style.PAPER, "edgecolor": "none", "pad": 1.0}
            sheet.text(x, middle, percent(row["rate"]), size=style.SMALL, va="center", bbox=paper, zorder=5)
        sheet.y += ROW
    at = start + outcome.base_rate * scale
    sheet.line((start, start), (top, sheet.y), color=style.MUTED, linewidth=0.8)
    sheet.line((at, at), (top, sheet.y), color=style.ALARM_TEXT, linestyle=(0, (4, 2)))
    sheet.y += 0.1
    _draw_auc(sheet, outcome)
    sheet.note(t("simulators.score.note", **_facts(outcome)))
    return sheet.figure(describe_score(outcome))


def describe_score(outcome: ScoreOutcome) -> str:
    """One sentence: what likely buyers and everybody do, and how well the score ranks."""
    if outcome.is_empty:
        return t("simulators.score.says.empty") + "."
    found = outcome.auc
    parts = [t("simulators.score.says.bands", **_facts(outcome))]
    if found.value == found.value:
        interval = t("simulators.score.interval", low=f"{found.low:.2f}", high=f"{found.high:.2f}")
        shown = f"{found.value:.2f} " + interval if found.low == found.low else f"{found.value:.2f}"
        key = "guess" if found.low != found.low or found.low <= 0.5 <= found.high else "auc"
        parts.append(t(f"simulators.score.says.{key}", auc=shown))
    else:
        parts.append(t("simulators.score.says.one_kind"))
    return t("simulators.join").join(parts) + "."


def _facts(outcome: ScoreOutcome) -> dict[str, str]:
    likely = next(row for row in style.records(outcome.bands) if row["band"] == "likely_buyer")
    people = outcome.model.people
    return {
        "people": count(likely["people"]),
        "rate": percent(likely["rate"]) if likely["people"] else t("charts.missing"),
        "all": percent(outcome.base_rate),
        "everybody": count(len(people.did)),
        "target": clean(people.target),
        "days": f"{people.horizon:g}",
    }


def _draw_auc(sheet: Sheet, outcome: ScoreOutcome) -> None:
    """A scale from guessing to certainty with the score's place on it."""
    found = outcome.auc
    if found.value != found.value:
        return
    said = t("simulators.score.auc", auc=f"{found.value:.2f}")
    sheet.text(sheet.left, sheet.y, said, weight="bold")
    low, high = sheet.left + LABELS + 0.3, sheet.right - 0.3
    y = sheet.y + style.BODY * style.LINE / 2

    def at(value: float) -> float:
        return low + (high - low) * min(max((value - 0.5) / 0.5, 0.0), 1.0)

    sheet.line((low, high), (y, y), color=style.MUTED, linewidth=1.0)
    sheet.text(low - 0.06, y, "0.5", size=style.SMALL, color=style.MUTED, ha="right", va="center")
    sheet.text(high + 0.06, y, "1", size=style.SMALL, color=style.MUTED, va="center")
    sheet.whisker(at(found.low), at(found.high), y)
    sheet.dot(at(found.value), y, color=style.PURPLE, markersize=7)
    sheet.y += style.BODY * style.LINE + 0.04
