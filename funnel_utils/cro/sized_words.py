"""A planned experiment in a few sentences."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from funnel_utils.text import t

if TYPE_CHECKING:
    from funnel_utils.cro.design import Design
    from funnel_utils.cro.sized import Sized


def say_sized(plan: Sized) -> str:
    """What is asked, how many units it takes, and for how long."""
    design = plan.design
    asked = t(f"design.asked.{'margin' if design.value else 'effect'}", **_words(design))
    arms = t("design.need.equal" if len(set(plan.sizes)) == 1 else "design.need.unequal", **_sizes(plan))
    said = [t("design.need", asked=asked, arms=arms, total=f"{plan.total:,}")]
    if plan.days is not None and plan.weeks is not None:
        weeks = t("design.week" if plan.weeks == 1 else "design.weeks", number=f"{plan.weeks:,}")
        days = t("design.day" if plan.days == 1 else "design.days", number=f"{plan.days:,}")
        said.append(
            t(
                "design.duration",
                daily=f"{design.daily:,.0f}" if design.daily >= 100 else f"{design.daily:.3g}",
                days=days,
                weeks=weeks,
            )
        )
    if plan.weeks is not None and plan.weeks > 8:
        said.append(t("design.too_long"))
    if design.arms > 2 and design.correction != "none":
        said.append(t("design.several", comparisons=design.arms - 1, alpha=f"{design.alpha_each():.4g}"))
    return " ".join(said)


def quantity(design: Design, value: float) -> str:
    """A value of the metric: a percentage for rates, a plain number for means."""
    if math.isnan(value):
        return t("charts.missing")
    if design.kind == "rate":
        return f"{100 * value:.4g}%"
    return f"{value:,.4g}" if abs(value) < 10_000 else f"{value:,.0f}"


def change(design: Design, difference: float) -> str:
    """A difference with its sign: points for rates, the metric's unit for means."""
    if math.isnan(difference):
        return t("charts.missing")
    if design.kind == "rate":
        return t("design.points", number=f"{100 * difference:+.3g}" if difference else "0")
    return f"{difference:+,.4g}" if difference else "0"


def _words(design: Design) -> dict[str, str]:
    relative = design.relative
    lift = "" if math.isnan(relative) or relative == 0 else t("design.lift", lift=f"{100 * relative:+.3g}%")
    return {
        "base": quantity(design, design.baseline),
        "target": quantity(design, design.baseline + design.difference),
        "change": change(design, design.difference),
        "lift": lift,
        "margin": change(design, design.value),
        "power": f"{100 * design.power:.3g}%",
        "alpha": f"{design.alpha:.3g}",
        "sides": t(f"design.sides.{'one' if design.alternative != 'two-sided' else 'two'}"),
    }


def _sizes(plan: Sized) -> dict[str, str]:
    parts = [t("design.one_arm", arm=name, n=f"{n:,}") for name, n in zip(plan.arms["arm"], plan.sizes, strict=True)]
    return {"n": f"{plan.n:,}", "parts": ", ".join(parts)}
