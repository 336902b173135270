"""The picture of a simulated programme, and the sentence that says the same.

Above, three numbers of buyers under each other: what clicks claim, what the holdout finds with its interval, and the
truth. Below, what the messages do to each kind of people. At the foot, what went out and what was held back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from funnel_utils.charts import style
from funnel_utils.charts.style import Sheet
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from funnel_utils.simulators.automation_model import AutomationOutcome

ROW, BAR = 0.34, 0.2
#: Room for names left and numbers right of the bars (inches).
NAME, NUMBER = 1.35, 1.25


def figure(outcome: AutomationOutcome) -> Figure:
    """Draw an outcome, with its sentence as alternative text."""
    sheet = Sheet()
    sheet.title(_title(outcome))
    _draw_buyers(sheet, outcome)
    _draw_kinds(sheet, outcome)
    sheet.y += 0.12
    sheet.paragraph(t("automation_simulator.foot", **_words(outcome)), size=style.SMALL, color=style.MUTED)
    return sheet.figure(describe(outcome))


def describe(outcome: AutomationOutcome) -> str:
    """A few sentences: what is claimed, found and true, whether the holdout settles it, and whom it moved."""
    kinds = outcome.kinds.set_index("kind")["true"]
    moved = [t("automation_simulator.says.kind", kind=kind, points=points(true)) for kind, true in kinds.items()]
    parts = [
        t("automation_simulator.says.claim", **_words(outcome)),
        t(f"automation_simulator.says.{'settled' if outcome.settled else 'open'}", **_words(outcome)),
        t("automation_simulator.says.true", **_words(outcome)),
        t("automation_simulator.says.kinds", kinds=", ".join(moved)),
        t("automation_simulator.foot", **_words(outcome)),
    ]
    return " ".join(parts)


def points(share: float) -> str:
    """A difference of rates in percentage points, with its sign.

    Examples
    --------
    >>> points(0.123), points(-0.04), points(0.0001)
    ('+12.3', '−4.0', '0.0')
    """
    return whole_zero(f"{100 * share:+.1f}")


def whole_zero(text: str) -> str:
    """A signed number with a true minus, and no sign at zero."""
    bare = text.lstrip("+-")
    return bare if float(bare.replace(",", "")) == 0 else text.replace("-", "−")


def _count(number: float) -> str:
    return whole_zero(f"{number:+,.0f}")


def _words(outcome: AutomationOutcome) -> dict[str, str]:
    return {
        "claimed": f"{outcome.claimed:,}",
        "estimate": _count(outcome.estimate),
        "low": _count(outcome.low),
        "high": _count(outcome.high),
        "caused": _count(outcome.caused),
        "treated": f"{outcome.treated:,}",
        "held_out": f"{outcome.held_out:,}",
        "sends": f"{outcome.sends:,}",
        "capped": f"{outcome.capped:,}",
        "unsubscribed": f"{outcome.unsubscribed:,}",
        "cost": style.amount(outcome.cost),
    }


def _title(outcome: AutomationOutcome) -> str:
    return t("automation_simulator.title", **_words(outcome))


def _draw_buyers(sheet: Sheet, outcome: AutomationOutcome) -> None:
    """What is claimed, found and true, on one scale."""
    sheet.paragraph(t("automation_simulator.buyers"), size=style.SMALL)
    sheet.y += 0.06
    rows = (
        ("claimed", float(outcome.claimed), style.ORANGE),
        ("found", outcome.estimate, style.SKY),
        ("true", float(outcome.caused), style.GREEN),
    )
    ends = [0.0, outcome.low, outcome.high, *(value for _, value, _ in rows)]
    zero, scale = _scale(sheet, min(ends), max(ends))
    top = sheet.y
    for name, value, colour in rows:
        said = f"{outcome.claimed:,}" if name == "claimed" else _count(value)
        if name == "found":
            said = t("automation_simulator.found", **_words(outcome))
        _bar(sheet, zero, scale, value, t(f"automation_simulator.row.{name}"), said, colour)
        if name == "found":
            sheet.whisker(zero + outcome.low * scale, zero + outcome.high * scale, sheet.y - ROW / 2)
    sheet.line((zero, zero), (top, sheet.y), color=style.MUTED, linewidth=0.8)
    sheet.y += 0.12


def _draw_kinds(sheet: Sheet, outcome: AutomationOutcome) -> None:
    """What the messages do to each kind of people: percentage points more who buy."""
    sheet.paragraph(t("automation_simulator.kinds"), size=style.SMALL)
    sheet.y += 0.06
    true = outcome.kinds["true"]
    zero, scale = _scale(sheet, min(0.0, true.min(), -0.02), max(0.0, true.max(), 0.02))
    top = sheet.y
    for row in style.records(outcome.kinds):
        colour = style.GREEN if row["true"] >= 0 else style.VERMILLION
        said = t("automation_simulator.kind", points=points(row["true"]), people=f"{row['people']:,}")
        _bar(sheet, zero, scale, row["true"], str(row["kind"]), said, colour)
    sheet.line((zero, zero), (top, sheet.y), color=style.MUTED, linewidth=0.8)


def _scale(sheet: Sheet, low: float, high: float) -> tuple[float, float]:
    """Where zero lies, and inches per unit."""
    width = sheet.right - sheet.left - NAME - NUMBER - 0.1
    scale = width / max(high - low, 1e-9)
    return sheet.left + NAME - low * scale, scale


def _bar(sheet: Sheet, zero: float, scale: float, value: float, name: str, said: str, colour: str) -> None:
    """A named bar from zero, its number at the right edge."""
    middle, wide = sheet.y + ROW / 2, abs(value) * scale
    if wide > 0.005:
        sheet.bar(min(zero, zero + value * scale), middle - BAR / 2, wide, BAR, facecolor=colour)
    sheet.text(sheet.left, middle, name, size=style.SMALL, va="center")
    sheet.text(sheet.right, middle, said, size=style.SMALL, va="center", ha="right", linespacing=1.1)
    sheet.y += ROW
