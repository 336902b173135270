"""The picture of a simulated customer, and the sentence that says the same.

Above, the cohort's decay: who of those that climbed is still there, beside what one would expect if everybody were
alike. In the middle, the money of one new customer as the months pass, from the hole that winning her has left. Below,
the ladder: what each rung adds, down to what is left.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from funnel_utils.charts import style
from funnel_utils.charts.style import Sheet
from funnel_utils.simulators.inlay import Frame, round_marks
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from funnel_utils.simulators.retention_model import RetentionOutcome

DECAY, MONEY, LEFT = 1.15, 1.3, 0.46
BELONGS, OWED, EARNED = "#e3f1fb", "#f6d9c6", "#cfe9e0"
#: Room right of the charts for the names of their lines.
NAMES = 1.05
ROW, BAR, RUNG = 0.27, 0.17, 1.42
"""Height of a rung's row, of its bar, and the room for its name (inches)."""


def figure(outcome: RetentionOutcome) -> Figure:
    """Draw an outcome, with its sentence as alternative text."""
    sheet = Sheet()
    sheet.title(_title(outcome))
    _draw_decay(sheet, outcome)
    _draw_money(sheet, outcome)
    _draw_ladder(sheet, outcome)
    return sheet.figure(describe(outcome))


def _share(share: float) -> str:
    """A share as a whole percentage: a slider's numbers are no measurement."""
    if 0 < share < 0.01:
        return t("retention_simulator.under")
    return f"{share:.0%}"


def describe(outcome: RetentionOutcome) -> str:
    """One sentence: who stays, what a customer is worth against her cost, when it is back, and who must climb."""
    model = outcome.model
    parts = [t("retention_simulator.says.stay", months=_months(outcome), share=_share(outcome.staying[-1]))]
    if model.differ > 0 and 0 < model.leave < 1:
        parts.append(t("retention_simulator.says.alike", share=_share(outcome.alike[-1])))
    words = {"value": money(outcome.value), "cost": money(model.cost)}
    if math.isfinite(outcome.ratio) and outcome.value > 0:
        parts.append(t("retention_simulator.says.ratio", ratio=f"{outcome.ratio:.1f}", **words))
    else:
        parts.append(t("retention_simulator.says.worth", **words))
    left = float(outcome.balance[-1])
    parts.append(t(f"retention_simulator.says.{'left' if left >= 0 else 'lost'}", money=money(abs(left))))
    if outcome.payback is not None:
        parts.append(t(f"retention_simulator.says.{'back' if outcome.payback else 'at_once'}", month=outcome.payback))
    else:
        parts.append(t("retention_simulator.says.never", months=_months(outcome)))
    parts.append(_climb(outcome, "says"))
    return t("simulators.join").join(parts) + "."


def money(amount: float) -> str:
    """Thousand toman as people say it.

    Examples
    --------
    >>> money(184.2), money(-70), money(1234.5)
    ('184 thousand', '−70 thousand', '1.23 million')
    """
    minus = "−" if amount < -0.5 else ""
    amount = abs(amount)
    if amount < 0.5:
        return "0"
    if amount >= 999.5:
        return minus + t("retention_simulator.million", number=f"{amount / 1000:,.3g}")
    return minus + t("retention_simulator.thousand", number=f"{amount:,.0f}")


def _climb(outcome: RetentionOutcome, where: str) -> str:
    """The share that must climb, for the sentence (`says`) or under the ladder (`note`)."""
    needed, does = outcome.must_climb, _share(outcome.model.climb)
    if needed is None or needed > 1:
        return t(f"retention_simulator.{where}.no_share", does=does)
    if needed == 0:
        return t(f"retention_simulator.{where}.any_share")
    return t(f"retention_simulator.{where}.must_climb", needed=_share(needed), does=does)


def _months(outcome: RetentionOutcome) -> int:
    return int(outcome.model.months)


def _title(outcome: RetentionOutcome) -> str:
    if not (math.isfinite(outcome.ratio) and outcome.value > 0):
        return t("retention_simulator.title.value", value=money(outcome.value))
    words = {"ratio": f"{outcome.ratio:.1f}", "month": outcome.payback}
    key = "never" if outcome.payback is None else "back" if outcome.payback else "at_once"
    return t(f"retention_simulator.title.{key}", **words)


def _frame(sheet: Sheet, outcome: RetentionOutcome, height: float, up: tuple[float, float]) -> Frame:
    width = sheet.right - sheet.left - LEFT - NAMES
    return Frame(sheet, sheet.left + LEFT, sheet.y + height, width, height, (0.0, _months(outcome)), up)


def _marks(outcome: RetentionOutcome) -> list[float]:
    """Marks of the months, a few of them."""
    months = _months(outcome)
    step = next(step for step in (1, 2, 3, 6, 12) if months / step <= 5)
    return [float(month) for month in range(0, months + 1, step)]


def _draw_decay(sheet: Sheet, outcome: RetentionOutcome) -> None:
    """The share of climbers who are still there, and the share if as many left in every month."""
    sheet.paragraph(t("retention_simulator.decay"), size=style.SMALL)
    sheet.y += 0.08
    frame, months = _frame(sheet, outcome, DECAY, (0.0, 1.0)), np.arange(_months(outcome) + 1)
    frame.bands([(months, np.zeros(len(months)), outcome.staying)], facecolors=[BELONGS])
    dashes: list[Any] = ["-", (0, (4, 3))]
    look: dict[str, Any] = {"colors": [style.BLUE, style.MUTED], "linewidths": [1.9, 1.3], "linestyles": dashes}
    frame.lines([(months, outcome.staying), (months, outcome.alike)], **look)
    ends = {"there": float(outcome.staying[-1]), "even": float(outcome.alike[-1])}
    words = [t(f"retention_simulator.{name}", share=_share(share)) for name, share in ends.items()]
    _name_ends(frame, list(ends.values()), words, [style.BLUE, style.MUTED])
    frame.axes(_marks(outcome), (0.0, 0.5, 1.0), lambda month: f"{month:.0f}", lambda share: f"{share:.0%}")
    sheet.y += DECAY + 0.29


def _name_ends(frame: Frame, ends: list[float], words: list[str], colours: list[str]) -> None:
    """The names of lines beside their right ends, moved apart where they would touch."""
    line = style.SMALL * style.LINE
    said = [style.wrap(word, NAMES - 0.07, style.SMALL, lines=3) for word in words]
    order = sorted(range(len(ends)), key=lambda k: -ends[k])
    tops: dict[int, float] = {}
    low = frame.y - frame.height - 0.05
    for k in order:
        tops[k] = max(low, frame.at_y(ends[k]) - len(said[k]) * line / 2)
        low = tops[k] + len(said[k]) * line
    push = max(0.0, low - (frame.y + 0.1))
    for k in order:
        for number, part in enumerate(said[k]):
            place = (frame.x + frame.width + 0.07, tops[k] - push + number * line)
            frame.sheet.text(*place, part, size=style.SMALL, color=colours[k])


def _draw_money(sheet: Sheet, outcome: RetentionOutcome) -> None:
    """The balance of one new customer, month by month, and when the money is back."""
    sheet.paragraph(t("retention_simulator.money"), size=style.SMALL)
    sheet.y += 0.08
    balance, months = outcome.balance, np.arange(_months(outcome) + 1)
    low, high = min(float(balance.min()), 0.0), max(float(balance.max()), 0.0)
    room = max(high - low, 1.0) * 0.06
    frame = _frame(sheet, outcome, MONEY, (low - room if low < 0 else 0.0, high + room))
    none = np.zeros(len(months))
    frame.bands(
        [(months, np.minimum(balance, 0), none), (months, none, np.maximum(balance, 0))], facecolors=[OWED, EARNED]
    )
    frame.across_at(0.0)
    frame.lines([(months, balance)], colors=[style.INK], linewidths=[1.8])
    if outcome.payback is not None:
        frame.dots([outcome.payback], [balance[outcome.payback]], s=64, color=style.ORANGE)
    end = float(balance[-1])
    key, colour = ("left_end", style.INK) if end >= 0 else ("lost_end", style.ALARM_TEXT)
    _name_ends(frame, [end], [t(f"retention_simulator.{key}", money=money(end))], [colour])
    frame.axes(_marks(outcome), round_marks(*frame.up, most=3), lambda month: f"{month:.0f}", _plain)
    sheet.y += MONEY + 0.29


def _plain(thousands: float) -> str:
    return f"{thousands:,.0f}".replace("-", "−")


def _draw_ladder(sheet: Sheet, outcome: RetentionOutcome) -> None:
    """What each rung adds to one new customer: bars that start where the one before has ended."""
    sheet.paragraph(t("retention_simulator.ladder"), size=style.SMALL)
    sheet.y += 0.06
    rungs = outcome.rungs
    ends = np.cumsum(list(rungs.values()))
    starts = np.concatenate([[0.0], ends[:-1]])
    low, high = min(0.0, float(ends.min())), max(0.0, float(ends.max()))
    # The numbers stand right of the bars.
    x0, width = sheet.left + RUNG, sheet.right - sheet.left - RUNG - 1.12
    scale = width / max(high - low, 1.0)
    zero = x0 - low * scale
    top = sheet.y
    rows = [*zip(rungs, starts, ends, strict=True), ("left", 0.0, float(ends[-1]))]
    for name, start, end in rows:
        y = sheet.y + (ROW - BAR) / 2
        left, wide = zero + min(start, end) * scale, abs(end - start) * scale
        gain = end >= start
        look = {"facecolor": style.GREEN if gain else style.ORANGE, "hatch": "" if gain else "////"}
        if name == "left":
            look = {"facecolor": style.BLUE if gain else style.VERMILLION}
        if wide > 0:
            sheet.bar(left, y, wide, BAR, **look)
        weight = "bold" if name == "left" else "normal"
        sheet.text(
            sheet.left,
            sheet.y + ROW / 2,
            t(f"retention_simulator.rung.{name}"),
            size=style.SMALL,
            va="center",
            weight=weight,
        )
        said = money(end - start)
        sheet.text(sheet.right, sheet.y + ROW / 2, said, size=style.SMALL, va="center", ha="right", weight=weight)
        sheet.y += ROW
    sheet.line((zero, zero), (top, sheet.y), color=style.MUTED, linewidth=0.8)
    sheet.y += 0.02
    sheet.paragraph(_climb(outcome, "note"), size=style.SMALL, color=style.MUTED)
