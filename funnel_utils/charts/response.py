"""Response curves: what a channel brings for its spend, how well that is known, and where the split of a budget stands.

A panel per channel, all with the scales of their own channel: the point is the bend of a curve and where on it one
stands, not which channel is largest. The fitted line has its interval as a band and the months as small rings; what
was chosen is a dot with a plumb line, and its marginal return is written out, because that is what must be equal.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from funnel_utils.charts import style
from funnel_utils.charts.plan_axes import round_step
from funnel_utils.charts.style import Sheet, clean
from funnel_utils.plan.fit import FittedResponse
from funnel_utils.plan.outcome import Outcome
from funnel_utils.plan.response import Response
from funnel_utils.plan.words import quantity
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHT, LEFT = 1.15, 0.62
POINTS = 121


def response_chart(curves: Sequence[FittedResponse | Response], *, outcome: Outcome | None = None) -> Figure:
    """Draw response curves, and a split of the budget on them.

    Parameters
    ----------
    curves : sequence of FittedResponse or Response
        One per channel; those of `outcome`'s channels, in their order, if there is one.
    outcome : Outcome, optional
        The split.

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text.
    """
    rows = [] if outcome is None else style.records(outcome.channels)
    sheet = Sheet()
    sheet.title(describe_response(curves, outcome=outcome).removesuffix("."))
    sheet.paragraph(t("plan_charts.response.axes"), size=style.SMALL, color=style.MUTED)
    sheet.y += 0.06
    for number, curve in enumerate(curves):
        row = rows[number] if rows else None
        name = row["channel"] if row else getattr(curve, "name", t("plan_charts.response.curve"))
        sheet.paragraph(clean(name), weight="bold", lines=2)
        if row:
            sheet.paragraph(_standing(row, outcome), size=style.SMALL, lines=2)
        sheet.y += 0.06
        season = 1.0 if outcome is None else outcome.budget.season
        width = sheet.right - sheet.left - LEFT
        sheet.inset(
            sheet.left + LEFT,
            width,
            HEIGHT,
            lambda axes, c=curve, r=row, s=season: _draw(axes, c, r, s),  # type: ignore[misc]
        )
        sheet.y += 0.36
    fitted = any(isinstance(curve, FittedResponse) for curve in curves)
    sheet.note(t("plan_charts.response.note_fitted" if fitted else "plan_charts.response.note_given"))
    return sheet.figure(_alt(curves, outcome))


def _standing(row: dict[str, Any], outcome: Outcome | None) -> str:
    """Where a channel of the split stands, and what more money would bring."""
    if outcome is None:
        return ""
    words = {"spend": quantity(row["spend"]), "visits": quantity(row["visits"])}
    if row["bound"]:
        words["bound"] = t(f"plan_charts.bound.{row['bound']}")
        return t("plan_charts.response.at_bound", **words)
    if not row["marginal"] > 0:
        return t("plan_charts.response.enough", **words)
    return t("plan_charts.response.at", price=quantity(1 / row["marginal"]), one=t(f"plan.one.{outcome.of}"), **words)


def _draw(axes: Axes, curve: FittedResponse | Response, row: dict[str, Any] | None, season: float) -> None:
    best = curve.response if isinstance(curve, FittedResponse) else curve
    spent = float(row["spend"]) if row else 0.0
    seen = float(curve.months["spend"].max()) if isinstance(curve, FittedResponse) else 2.5 * best.half
    x = np.linspace(0, 1.08 * max(seen, spent, 1e-12), POINTS)
    top = float(best.at(x[-1])) * season
    if isinstance(curve, FittedResponse):
        band = curve.curve(x[1:])
        axes.fill_between(x[1:], band["low"] * season, band["high"] * season, color=style.SKY, alpha=0.45, linewidth=0)
        months = curve.months
        results = months["results"] / months["exposure"] * season
        marks: dict[str, Any] = {
            "markersize": 3.2,
            "markerfacecolor": "white",
            "markeredgecolor": style.MUTED,
            "markeredgewidth": 0.7,
        }
        axes.plot(months["spend"], results, linestyle="", marker="o", **marks)
        top = max(top, float(results.max()), float(band["high"].max()) * season)
    axes.plot(x, best.at(x) * season, color=style.BLUE, linewidth=1.8)
    if row:
        axes.vlines(spent, 0, row["visits"], color=style.INK, linewidth=0.9, linestyle=(0, (3, 2)))
        axes.plot(
            [spent], [row["visits"]], marker="o", markersize=7, color=style.ORANGE, markeredgecolor=style.INK,
            clip_on=False, zorder=5,
        )  # fmt: skip
    axes.set_xlim(0, x[-1])
    axes.set_ylim(0, 1.05 * top)
    _ticks(axes, x[-1], top)
    style.quiet(axes)


def _ticks(axes: Axes, right: float, top: float) -> None:
    """A few round marks on either axis."""
    for set_ticks, end in ((axes.set_xticks, right), (axes.set_yticks, top)):
        step = round_step(end / 2)
        at = [k * step for k in range(int(end / step * 1.001) + 1)]
        set_ticks(at, [quantity(value) for value in at])


def describe_response(curves: Sequence[FittedResponse | Response], *, outcome: Outcome | None = None) -> str:
    """One sentence with the main fact of the response chart."""
    if outcome is not None:
        total = outcome.total
        words = {"spend": quantity(total["spend"]), "n": len(curves), "value": quantity(outcome.value)}
        return t("plan_charts.response.title_split", what=t(f"plan.many.{outcome.of}"), **words)
    fitted = [curve for curve in curves if isinstance(curve, FittedResponse)]
    if fitted:
        known = sum(curve.identified for curve in fitted)
        return t("plan_charts.response.title_fitted", known=known, n=len(fitted))
    return t("plan_charts.response.title_given", n=len(curves))


def _alt(curves: Sequence[FittedResponse | Response], outcome: Outcome | None) -> str:
    rows = [] if outcome is None else style.records(outcome.channels)
    parts = []
    for number, curve in enumerate(curves):
        best = curve.response if isinstance(curve, FittedResponse) else curve
        name = rows[number]["channel"] if rows else getattr(curve, "name", t("plan_charts.response.curve"))
        words = {"name": clean(name), "top": quantity(best.top), "half": quantity(best.half)}
        part = t("plan_charts.response.alt_part", **words)
        parts.append(f"{part} {_standing(rows[number], outcome)}" if rows else part)
    return t("plan_charts.response.alt", words=describe_response(curves, outcome=outcome), parts=" ".join(parts))
