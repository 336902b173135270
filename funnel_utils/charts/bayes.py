"""Posteriors of the arms' rates: a hill for each on one scale, its credible interval, its chance to be best."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from funnel_utils.charts import style
from funnel_utils.charts.style import Sheet, clean
from funnel_utils.cro.bayes import BayesResult
from funnel_utils.cro.bayes_words import chance_text
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHT = 0.72
POINTS = 241
COLOURS = (style.BLUE, style.ORANGE, style.GREEN, style.PURPLE, style.SKY, style.VERMILLION)


def posterior_chart(found: BayesResult) -> Figure:
    """Draw the posteriors of all arms.

    Parameters
    ----------
    found : BayesResult

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text.
    """
    rows = style.records(found.table)
    sheet = Sheet()
    sheet.title(t("bayes.chart.title"))
    sheet.paragraph(describe_posterior(found), size=style.SMALL, color=style.MUTED, lines=6)
    sheet.y += 0.1
    shapes = [(row["converted"] + found.prior.a, row["n"] - row["converted"] + found.prior.b) for row in rows]
    span = _span(shapes)
    tallest = max(float(_density(a, b, np.linspace(*span, POINTS)).max()) for a, b in shapes)
    for number, (row, shape) in enumerate(zip(rows, shapes, strict=True)):
        sheet.paragraph(clean(row["arm"]), weight="bold", lines=2)
        sheet.paragraph(_said(row), size=style.SMALL)
        last = number == len(rows) - 1
        sheet.inset(
            sheet.left + 0.1,
            sheet.right - sheet.left - 0.25,
            HEIGHT,
            lambda axes, s=shape, r=row, k=number, x=last: _hill(axes, found, s, r, k, span, tallest, x),  # type: ignore[misc]
        )
        sheet.y += 0.24 if last else 0.08
    level, strength = f"{1 - found.alpha:.0%}", f"{found.prior.strength:,.4g}"
    sheet.note(t("bayes.chart.note", level=level, strength=strength))
    parts = "; ".join(
        t(
            "bayes.chart.part",
            arm=clean(row["arm"]),
            rate=style.rate_text(row["mean"], row["low"], row["high"]),
            chance=chance_text(row["chance_best"]),
        )
        for row in rows
    )
    return sheet.figure(t("bayes.chart.alt", words=describe_posterior(found), parts=parts))


def describe_posterior(found: BayesResult) -> str:
    """Which arm is probably best."""
    return clean(found.verdict)


def _said(row: dict[str, Any]) -> str:
    rate = style.rate_text(row["mean"], row["low"], row["high"])
    return t("bayes.chart.row", rate=rate, chance=chance_text(row["chance_best"]))


def _span(shapes: list[tuple[float, float]]) -> tuple[float, float]:
    """The rates that the hills stand on."""
    from scipy.special import betaincinv

    low = min(float(betaincinv(a, b, 0.0005)) for a, b in shapes)
    high = max(float(betaincinv(a, b, 0.9995)) for a, b in shapes)
    edge = 0.03 * (high - low)
    return max(low - edge, 1e-9), min(high + edge, 1 - 1e-9)


def _density(a: float, b: float, rate: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    from scipy.special import betaln, xlog1py, xlogy

    return np.asarray(np.exp(xlogy(a - 1, rate) + xlog1py(b - 1, -rate) - betaln(a, b)))


def _hill(
    axes: Axes,
    found: BayesResult,
    shape: tuple[float, float],
    row: dict[str, Any],
    number: int,
    span: tuple[float, float],
    tallest: float,
    last: bool,
) -> None:
    rate = np.linspace(*span, POINTS)
    hill = _density(*shape, rate)
    axes.fill_between(rate, hill, color=COLOURS[number % len(COLOURS)], alpha=0.75, linewidth=0)
    axes.plot(rate, hill, color=style.INK, linewidth=0.9)
    prior = _density(found.prior.a, found.prior.b, rate)
    axes.plot(rate, np.minimum(prior, tallest * 1.2), color=style.MUTED, linewidth=0.9, linestyle=(0, (4, 2)))
    axes.plot([row["low"], row["high"]], [0.07 * tallest] * 2, color=style.INK, linewidth=2.6, solid_capstyle="butt")
    axes.plot([row["mean"]], [0.07 * tallest], marker="o", markersize=5, color=style.PAPER, markeredgecolor=style.INK)
    axes.set_xlim(*span)
    axes.set_ylim(0, 1.08 * tallest)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.locator_params(axis="x", nbins=5)
    ticks = [tick for tick in axes.get_xticks() if span[0] <= tick <= span[1]]
    axes.set_xticks(ticks, [style.tick_percent(round(tick, 8)) if last else "" for tick in ticks])
    style.quiet(axes)
    axes.spines["left"].set_visible(False)
