"""Numbers and sentences of the plan, for results to say themselves; the texts are in the catalogue."""

from __future__ import annotations

import math
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from funnel_utils.text import t

if TYPE_CHECKING:
    from funnel_utils.plan.fit import FittedResponse
    from funnel_utils.plan.forecast import Forecast
    from funnel_utils.plan.history import History
    from funnel_utils.plan.montecarlo import Fan
    from funnel_utils.plan.outcome import Outcome
    from funnel_utils.plan.pacing import Pace


def quantity(value: float, history: History | None = None) -> str:
    """A number with the digits that mean something: whole from 100 on, three figures below; a rate as a percentage.

    Examples
    --------
    >>> quantity(12345.6), quantity(3.14159), quantity(0.0), quantity(1234567890)
    ('12,346', '3.14', '0', '1,235 million')
    """
    if math.isnan(value):
        return t("charts.missing")
    if history is not None and history.kind == "rate":
        return f"{100 * value:.3g}%"
    if math.isinf(value):
        return t("plan.unlimited")
    if abs(value) >= 1e6:
        return t("plan.million", number=f"{value / 1e6:,.4g}" if abs(value) < 1e9 else f"{value / 1e6:,.0f}")
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def money(value: float, currency: str | None) -> str:
    """A sum of money with its currency, if that is known."""
    return t("plan.money", amount=quantity(value), currency=currency) if currency else quantity(value)


def chance_text(chance: float) -> str:
    """A chance as a percentage that never claims certainty.

    Examples
    --------
    >>> chance_text(0.0001), chance_text(0.42), chance_text(0.9999)
    ('less than 1%', '42%', 'more than 99%')
    """
    if chance < 0.01:
        return t("plan.chance.least")
    return t("plan.chance.most") if chance > 0.99 else f"{chance:.0%}"


def day_text(day: date | pd.Timestamp) -> str:
    """A date as people say it."""
    return f"{day.day} {t('charts.months').split()[day.month - 1]} {day.year}"


def say_fit(fit: FittedResponse) -> str:
    """What a fit says of the curve's bend."""
    row = {str(name): float(value) for name, value in fit.table.iloc[1, 1:].items()}
    words: dict[str, Any] = {"name": fit.name, "n": len(fit.months), "level": f"{fit.level:.0%}"}
    words |= {"half": quantity(fit.response.half), "low": quantity(row["low"]), "high": quantity(row["high"])}
    words |= {"top": quantity(fit.response.top)}
    return t("plan.fit.known" if fit.identified else "plan.fit.unknown", **words)


def say_outcome(outcome: Outcome) -> str:
    """What a split brings."""
    total, currency = outcome.total, outcome.budget.currency
    on = outcome.channels.sort_values("spend", ascending=False, kind="stable")
    off = on.loc[on["spend"] <= 0, "channel"].tolist()
    words = {name: quantity(total[name]) for name in ("visits", "leads", "sales")}
    words |= {name: money(total[name], currency) for name in ("spend", "revenue", "profit", "cac")}
    said = [t("plan.outcome.brings", roas=quantity(total["roas"]), **words)]
    most = on.iloc[0]
    if total["spend"] > 0:
        share = f"{most['spend'] / total['spend']:.0%}"
        said.append(t("plan.outcome.most", channel=most["channel"], share=share))
    if off:
        said.append(t("plan.outcome.off", channels=", ".join(off)))
    if not math.isnan(outcome.price):
        what = t(f"plan.one.{outcome.of}")
        said.append(t("plan.outcome.price", price=money(outcome.price, currency), what=what))
    return " ".join([*said, outcome.note]).strip()


def say_fan(fan: Fan) -> str:
    """What the largest budget of a fan brings."""
    row = fan.table.iloc[-1]
    return t(
        "plan.fan.says",
        spend=money(row["spend"], fan.currency),
        measure=t(f"plan.many.{fan.of}"),
        expected=quantity(row["expected"]),
        low=quantity(row["q10"]),
        high=quantity(row["q90"]),
    )


def say_forecast(found: Forecast) -> str:
    """Where a metric goes by itself, and how the past was forecast."""
    row, history, test = found.table.iloc[-1], found.history, found.backtest
    better = test.mase < test.baseline_mase
    said = t(
        "plan.forecast.says",
        metric=history.metric,
        mean=quantity(row["mean"], history),
        low=quantity(row["low"], history),
        high=quantity(row["high"], history),
        level=f"{found.level:.0%}",
        period=day_text(row["period"]),
        by=t(f"plan.by.{history.by}"),
    )
    key = "plan.forecast.model" if better else "plan.forecast.baseline"
    tested = t(
        key,
        model=found.model,
        mase=quantity(round(test.mase, 2)),
        baseline=quantity(round(test.baseline_mase, 2)),
        naive=t("plan.forecast.season" if found.season else "plan.forecast.period"),
        inside=f"{test.coverage['inside']:.0f}",
        total=f"{test.coverage['total']:.0f}",
    )
    return f"{said} {tested}"


def say_pace(pace: Pace) -> str:
    """Whether a period is on its way to its target."""
    end = pace.ending
    return t(
        f"plan.pace.{'ahead' if pace.ahead >= 0 else 'behind'}",
        done=quantity(pace.done),
        plan=quantity(pace.planned),
        gap=quantity(abs(pace.ahead)),
        target=quantity(pace.target),
        mean=quantity(end["mean"]),
        low=quantity(end["low"]),
        high=quantity(end["high"]),
        chance=chance_text(pace.chance),
        metric=pace.metric,
    )
