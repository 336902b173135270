"""What Bayesian results and bandits say, in sentences; the texts are in the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from funnel_utils.text import t

if TYPE_CHECKING:
    from funnel_utils.cro.bandit import BanditResult
    from funnel_utils.cro.bayes import BayesResult, EffectResult


def chance_text(chance: float) -> str:
    """A chance that never claims certainty.

    Examples
    --------
    >>> chance_text(0.61077), chance_text(0.99999), chance_text(0.0002)
    ('61.1%', 'more than 99.9%', 'less than 0.1%')
    """
    if chance > 0.999:
        return t("bayes.chance.most")
    return t("bayes.chance.least") if chance < 0.001 else f"{100 * chance:.1f}%"


def points(value: float) -> str:
    """A difference of rates in percentage points, with the digits that mean something."""
    return f"{100 * value:.3f}" if abs(value) < 0.001 else f"{100 * value:.2f}"


def say_rates(found: BayesResult) -> str:
    """Which arm is probably best, what choosing it may cost, and how much is prior."""
    rows: list[Any] = found.table.to_dict("records")
    best = max(rows, key=lambda row: row["chance_best"])
    words = {"arm": best["arm"], "chance": chance_text(best["chance_best"]), "loss": points(best["loss"])}
    said = [t("bayes.rates.best", **words)]
    if best is not rows[0]:
        interval = {"lift": best["lift"], "low": best["lift_low"], "high": best["lift_high"]}
        level = f"{1 - found.alpha:.0%}"
        said.append(t("bayes.rates.lift", control=rows[0]["arm"], level=level, **interval))
    share = max(row["prior_share"] for row in rows)
    if share > 0.1:
        said.append(t("bayes.rates.prior", share=f"{share:.0%}", strength=f"{found.prior.strength:,.4g}"))
    return " ".join(said)


def say_effect(found: EffectResult) -> str:
    """What is believed of an effect."""
    key = "lift" if found.relative else "difference"
    words = {name: getattr(found, name) for name in ("mean", "low", "high", "loss_treatment")}
    return t(f"bayes.effect.{key}", level=f"{1 - found.alpha:.0%}", chance=chance_text(found.chance_to_win), **words)


def say_bandit(found: BanditResult) -> str:
    """What the bandit lost, and what an even split would have."""
    row: Any = found.table.iloc[-1]
    return t(
        "bandit.says",
        people=f"{row['people']:,.0f}",
        regret=f"{row['regret']:,.1f}",
        low=f"{row['regret_low']:,.1f}",
        high=f"{row['regret_high']:,.1f}",
        even=f"{row['even_regret']:,.1f}",
        share=f"{row['share_best']:.0%}",
        found=f"{found.found:.0%}",
    )
