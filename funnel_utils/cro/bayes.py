"""Bayesian comparison of arms: what is believed of them after the data, from what was believed before.

**Rates**: a beta prior and conversions make a beta posterior; the chance that an arm is best, the expected loss of
choosing it, and credible intervals of differences and lifts are integrals of these, computed without random draws.
**Effects** that are normal about the truth (means, ratios, whatever has a standard error): a normal prior, or none.

Loss is what the wrong choice costs: the expected amount by which another arm is better, counting 0 where it is not. A
posterior does not know how often it was looked at: who stops as soon as the chance to win passes 95% is wrong more
often than in 5% of the experiments without an effect, as the table of false alarms in the documents shows.

References
----------
Gelman, A. et al. (2013). Bayesian Data Analysis, 3rd edition. CRC, chapters 2 and 3.
Stucchio, C. (2015). Bayesian A/B testing at VWO. Whitepaper.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from funnel_utils.cro.betas import Betas
from funnel_utils.cro.peeking import check_alpha, numbers
from funnel_utils.cro.tabled import Tabled
from funnel_utils.errors import SpecError

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class BetaPrior:
    """What is believed of a rate beforehand, as if `a` conversions and `b` others had been seen.

    Parameters
    ----------
    a, b : float
        At least 0.01. (1, 1) is flat; (0.5, 0.5) is Jeffreys'.

    Examples
    --------
    >>> prior = BetaPrior.of(rate=0.05, strength=200)
    >>> prior.a, prior.b, prior.strength
    (10.0, 190.0, 200.0)
    """

    a: float = 1.0
    b: float = 1.0

    def __post_init__(self) -> None:
        for name in ("a", "b"):
            value = getattr(self, name)
            if not (isinstance(value, int | float | np.number) and 0.01 <= value < math.inf):
                raise SpecError(f"{name}={value!r} of a BetaPrior must be a number of at least 0.01.")

    @classmethod
    def of(cls, rate: float, strength: float) -> BetaPrior:
        """The prior with this mean, as strong as `strength` people."""
        if not 0 < rate < 1 or not strength > 0:
            raise SpecError(f"rate={rate!r}, strength={strength!r}: a rate between 0 and 1, and a number of people.")
        return cls(rate * strength, (1 - rate) * strength)

    @property
    def strength(self) -> float:
        """How many people the prior counts for."""
        return self.a + self.b

    @property
    def mean(self) -> float:
        """The rate that is expected beforehand."""
        return self.a / self.strength


@dataclass(frozen=True)
class NormalPrior:
    """What is believed of an effect beforehand: most likely `mean`, give or take `sd`.

    Parameters
    ----------
    mean, sd : float
        In the unit of the effect: of a lift 0.1 is 10%.
    """

    mean: float
    sd: float

    def __post_init__(self) -> None:
        if not math.isfinite(self.mean) or not (math.isfinite(self.sd) and self.sd > 0):
            raise SpecError(f"mean={self.mean!r}, sd={self.sd!r}: a finite mean, and a standard deviation above 0.")


class SampleMean(NamedTuple):
    """The mean of a sample: how many, their mean and their variance.

    Examples
    --------
    >>> SampleMean.of_sums(10, 100, 1002.25)
    SampleMean(n=10, mean=10.0, variance=0.25)
    """

    n: float
    mean: float
    variance: float

    @classmethod
    def of_sums(cls, n: float, total: float, squares: float) -> SampleMean:
        """From the sum and the sum of squares; the variance divides by n - 1."""
        if not n > 1:
            raise SpecError(f"n={n!r}: a variance needs at least two units.")
        return cls(n, total / n, max(squares - total**2 / n, 0.0) / (n - 1))

    @classmethod
    def of_rate(cls, count: float, n: float) -> SampleMean:
        """A rate as a mean of zeros and ones; the variance is p (1 - p)."""
        if not n > 0 or not 0 <= count <= n:
            raise SpecError(f"count={count!r} of n={n!r}: a count lies between 0 and its total.")
        return cls(n, count / n, count / n * (1 - count / n))


@dataclass(frozen=True, eq=False)
class BayesResult(Tabled):
    """Arms compared by their posteriors.

    Attributes
    ----------
    table : DataFrame
        A row per arm, the control first: `arm`, `n`, `converted`, `rate` (observed), `mean` (posterior), `low`, `high`
        (credible interval), `chance_best`, `loss` (expected loss of choosing it), `chance_to_win` (against the
        control), `difference`, `difference_low`, `difference_high`, `lift`, `lift_low`, `lift_high` (medians and
        credible intervals, against the control), `prior_share` (how much of the posterior is prior).
    prior : BetaPrior
    alpha : float
        1 - the probability that a credible interval holds.
    """

    table: pd.DataFrame
    prior: BetaPrior
    alpha: float

    @property
    def verdict(self) -> str:
        """Which arm is probably best, and what choosing it may cost."""
        from funnel_utils.cro.bayes_words import say_rates

        return say_rates(self)

    def plot(self) -> Figure:
        """The posteriors of all arms."""
        from funnel_utils.charts.bayes import posterior_chart

        return posterior_chart(self)


@dataclass(frozen=True)
class EffectResult:
    """A normal posterior of an effect, treatment against control.

    Attributes
    ----------
    estimate, se : float
        What the data say.
    mean, sd : float
        Of the posterior.
    low, high : float
        Credible interval.
    chance_to_win : float
        That the effect is above 0.
    loss_control, loss_treatment : float
        Expected loss of choosing the one or the other.
    prior_share : float
        How much of the posterior mean is prior; 0 without one.
    relative : bool
        Whether the effect is a lift.
    alpha : float
    """

    estimate: float
    se: float
    mean: float
    sd: float
    low: float
    high: float
    chance_to_win: float
    loss_control: float
    loss_treatment: float
    prior_share: float
    relative: bool
    alpha: float

    @property
    def verdict(self) -> str:
        """What is believed of the effect, in plain words."""
        from funnel_utils.cro.bayes_words import say_effect

        return say_effect(self)

    def to_frame(self) -> pd.DataFrame:
        """One row with all figures."""
        return pd.DataFrame([vars(self)])

    def _repr_html_(self) -> str:
        from html import escape

        return f"<div><p>{escape(self.verdict)}</p>{self.to_frame().to_html(index=False, escape=True)}</div>"


def bayes_rates(
    converted: Sequence[float] | ArrayLike,
    n: Sequence[float] | ArrayLike,
    *,
    prior: BetaPrior | None = None,
    alpha: float = 0.05,
    names: Sequence[str] | None = None,
) -> BayesResult:
    """Compare the conversion rates of two or more arms.

    Parameters
    ----------
    converted, n : sequence
        Conversions and people of each arm, the control first.
    prior : BetaPrior, optional
        Of each arm's rate; flat if not given.
    alpha : float
        1 - the probability of the credible intervals.
    names : sequence of str, optional
        The arms' names; "control", "treatment" (or "treatment 1", ...) if not given.

    Raises
    ------
    SpecError
        If there are fewer than two arms, counts are impossible, or names do not fit.

    Examples
    --------
    >>> found = bayes_rates([49, 51], [100, 100])
    >>> found.table[["arm", "chance_best", "loss"]].round(5).values.tolist()
    [['control', 0.38923, 0.03872], ['treatment', 0.61077, 0.01912]]
    """
    count, total = numbers("converted", converted), numbers("n", n)
    if count.ndim != 1 or count.shape != total.shape or len(count) < 2:
        raise SpecError(f"converted={converted!r}, n={n!r}: give one of each for at least two arms, the control first.")
    if not (np.isfinite(total).all() and (count >= 0).all() and (count <= total).all()):
        raise SpecError(f"converted={count.tolist()}, n={total.tolist()}: 0 <= converted <= n in every arm.")
    check_alpha(alpha)
    prior = prior or BetaPrior()
    labels = _names(names, len(count))
    arms = Betas(count + prior.a, total - count + prior.b)
    rows = pd.DataFrame(
        {
            "arm": labels,
            "n": total,
            "converted": count,
            "rate": np.divide(count, total, out=np.full(len(total), np.nan), where=total > 0),
            "mean": arms.mean,
            "low": arms.quantile(alpha / 2),
            "high": arms.quantile(1 - alpha / 2),
            "chance_best": arms.chance_best(),
            "loss": arms.loss(),
        }
    )
    against = [_against(arms, arm, alpha) for arm in range(len(count))]
    table = pd.concat([rows, pd.DataFrame(against)], axis=1)
    return BayesResult(table.assign(prior_share=prior.strength / (prior.strength + total)), prior, alpha)


def _against(arms: Betas, arm: int, alpha: float) -> dict[str, float]:
    """An arm against the control; all missing for the control itself."""
    names = ["difference", "difference_low", "difference_high", "lift", "lift_low", "lift_high"]
    if arm == 0:
        return dict.fromkeys(["chance_to_win", *names], math.nan)
    chances = (0.5, alpha / 2, 1 - alpha / 2)
    values = [arms.difference(chance, arm, 0) for chance in chances] + [arms.lift(chance, arm, 0) for chance in chances]
    return {"chance_to_win": arms.beats(arm, 0)} | dict(zip(names, values, strict=True))


def _names(names: Sequence[str] | None, arms: int) -> list[str]:
    if names is None:
        return ["control", "treatment"] if arms == 2 else ["control", *(f"treatment {i}" for i in range(1, arms))]
    labels = [str(name) for name in names]
    if isinstance(names, str) or len(labels) != arms or len(set(labels)) < arms:
        raise SpecError(f"names={names!r}: give {arms} different names, the control's first.")
    return labels


def bayes_effect(
    estimate: float, se: float, *, prior: NormalPrior | None = None, relative: bool = False, alpha: float = 0.05
) -> EffectResult:
    """The posterior of an effect with a standard error.

    Parameters
    ----------
    estimate, se : float
        Treatment against control; such as `Comparison.difference` and its standard error.
    prior : NormalPrior, optional
        In the unit of the estimate; flat if not given.
    relative : bool
        Only how the sentence reads: whether the estimate is a lift.
    alpha : float
        1 - the probability of the credible interval.

    Raises
    ------
    SpecError
        If the standard error is not above 0, or the estimate not finite.

    Examples
    --------
    >>> found = bayes_effect(0.5, 0.35355)
    >>> round(found.chance_to_win, 4), round(found.loss_control, 4), round(found.loss_treatment, 4)
    (0.9214, 0.5126, 0.0126)
    """
    from scipy.special import ndtr, ndtri

    check_alpha(alpha)
    if not math.isfinite(estimate) or not (math.isfinite(se) and se > 0):
        raise SpecError(f"estimate={estimate!r}, se={se!r}: a finite estimate, and a standard error above 0.")
    seen = 1 / se**2
    before = 0.0 if prior is None else 1 / prior.sd**2
    mean = (seen * estimate + before * (prior.mean if prior else 0.0)) / (seen + before)
    sd = 1 / math.sqrt(seen + before)
    half = -float(ndtri(alpha / 2)) * sd
    win, bell = float(ndtr(mean / sd)), math.exp(-0.5 * (mean / sd) ** 2) / math.sqrt(2 * math.pi)
    return EffectResult(
        estimate=float(estimate),
        se=float(se),
        mean=mean,
        sd=sd,
        low=mean - half,
        high=mean + half,
        chance_to_win=win,
        loss_control=mean * win + sd * bell,
        loss_treatment=sd * bell - mean * float(ndtr(-mean / sd)),
        prior_share=before / (seen + before),
        relative=relative,
        alpha=alpha,
    )


def bayes_means(
    control: SampleMean | tuple[float, float, float],
    treatment: SampleMean | tuple[float, float, float],
    *,
    prior: NormalPrior | None = None,
    relative: bool = True,
    alpha: float = 0.05,
) -> EffectResult:
    """The posterior of the effect on a mean (or, by `SampleMean.of_rate`, on a rate with many people).

    Parameters
    ----------
    control, treatment : SampleMean
        `(n, mean, variance)` of each arm.
    prior : NormalPrior, optional
        Of the effect: of the lift if `relative`, else of the difference.
    relative : bool
        The effect is the lift, with its standard error by the delta method; else the difference.
    alpha : float

    Raises
    ------
    SpecError
        If an arm is empty, both vary not at all, or the lift is over a control mean of 0.

    Examples
    --------
    >>> found = bayes_means(SampleMean.of_rate(49, 100), SampleMean.of_rate(51, 100))
    >>> [round(value, 5) for value in (found.mean, found.sd, found.low, found.high, found.chance_to_win)]
    [0.04082, 0.14725, -0.24779, 0.32943, 0.60918]
    """
    before, after = SampleMean(*control), SampleMean(*treatment)
    for name, arm in (("control", before), ("treatment", after)):
        if not (arm.n > 0 and math.isfinite(arm.mean) and math.isfinite(arm.variance) and arm.variance >= 0):
            raise SpecError(f"{name}={arm!r}: needs units, a finite mean and a variance of 0 or more.")
    var_control, var_treatment = before.variance / before.n, after.variance / after.n
    if var_control + var_treatment == 0:
        raise SpecError("Nothing varies in either arm, so there is no standard error. Use bayes_rates for rates.")
    if not relative:
        se = math.sqrt(var_control + var_treatment)
        return bayes_effect(after.mean - before.mean, se, prior=prior, alpha=alpha)
    if before.mean == 0:
        raise SpecError("control: a lift over a mean of 0 is not defined; take relative=False.")
    lift = (after.mean - before.mean) / abs(before.mean)
    variance = var_treatment / before.mean**2 + var_control * after.mean**2 / before.mean**4
    return bayes_effect(lift, math.sqrt(variance), prior=prior, relative=True, alpha=alpha)
