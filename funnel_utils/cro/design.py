"""An experiment before it begins: how many units, for how long, to find how small an effect.

A `Design` says what shall be found and how surely; `size()` answers with the units of each arm, the days they take to
come in, and the table of what other calculators would have said, each with the power that the test would truly have.

Three kinds. A **rate** needs its baseline. A **mean** also needs the standard deviation between units (`sd`), and so
does a **ratio of totals**, whose `sd` is that of (y - R x) / mean of x over units. With a `margin` the question is not
whether treatment is better but whether it is **not worse by the margin** (non-inferiority).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np

from funnel_utils import stats
from funnel_utils.cro import power as formulas
from funnel_utils.cro.mean_sizes import power_means, size_means
from funnel_utils.cro.sized import Sized
from funnel_utils.errors import SpecError
from funnel_utils.stats.counts import side_of

Correction = Literal["bonferroni", "dunnett", "none"]


@dataclass(frozen=True)
class Design:
    """What an experiment shall find.

    Parameters
    ----------
    baseline : float
        Control's rate, mean or ratio.
    lift : float, optional
        The effect as a share of the baseline: 0.1 is +10%, -0.1 a loss.
    effect : float, optional
        The effect as a difference, in the unit of the metric: 0.02 is two points of a rate. One of the two; with a
        `margin` it may be left out and is then 0: treatment is believed to be as good.
    sd : float, optional
        Standard deviation between units, for means and ratios; a rate has none to give.
    explained : float
        For means: the share of the variance that covariates will take away (CUPED's `reduction` in the last experiment,
        or the squared correlation with the covariate).
    margin : float, optional
        Non-inferiority: how much worse treatment may be, in the unit of the metric, above 0. `lower_is_better` says
        which way is worse.
    lower_is_better : bool
        For a margin on what should be low, such as unsubscribing.
    power : float
        The chance of finding the effect.
    alpha : float
        The chance of a false alarm. A non-inferiority test is one-sided at half of it, unless `alternative` says that
        alpha is one-sided.
    alternative : {"two-sided", "larger", "smaller"}
        Of treatment against control.
    arms : int
        Control and treatments together.
    split : sequence of float, optional
        The arms' shares as weights, control first; equal if not given.
    correction : {"bonferroni", "dunnett", "none"}
        With several treatments, how alpha is shared by the comparisons with control.
    formula : str
        For rates: see `cro.power.size_rates`.
    traffic : float, optional
        Units that come in a day.
    share : float
        Of the traffic, what takes part.

    Raises
    ------
    SpecError
        Naming the field, what it holds and what is allowed.

    Examples
    --------
    >>> plan = Design(baseline=0.1, lift=0.2, traffic=1000).size()
    >>> plan.n, plan.total, plan.days
    (3841, 7682, 8)
    >>> round(float(Design(baseline=0.1, lift=0.2).power_at(2000)), 3)
    0.525
    """

    baseline: float
    lift: float | None = None
    effect: float | None = None
    sd: float | None = None
    explained: float = 0.0
    margin: float | None = None
    lower_is_better: bool = False
    power: float = 0.8
    alpha: float = stats.ALPHA
    alternative: str = "two-sided"
    arms: int = 2
    split: tuple[float, ...] | None = None
    correction: Correction = "bonferroni"
    formula: str = "pooled"
    traffic: float | None = None
    share: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "alternative", side_of(self.alternative))
        _check_numbers(self)
        _check_arms(self)
        _check_effect(self)

    @property
    def kind(self) -> Literal["rate", "mean"]:
        """What is compared: a rate, or a mean (a ratio of totals counts as one)."""
        return "rate" if self.sd is None else "mean"

    @property
    def spread(self) -> float:
        """The standard deviation between units that covariates leave; NaN for a rate."""
        return math.nan if self.sd is None else self.sd * math.sqrt(1 - self.explained)

    @property
    def difference(self) -> float:
        """The effect as a difference."""
        if self.effect is not None:
            return float(self.effect)
        return float(self.baseline * self.lift) if self.lift is not None else 0.0

    @property
    def relative(self) -> float:
        """The effect as a share of the baseline; NaN for a baseline of 0."""
        return self.difference / self.baseline if self.baseline else math.nan

    @property
    def value(self) -> float:
        """The difference that the test rules out: 0, or the margin with its sign."""
        if self.margin is None:
            return 0.0
        return self.margin if self.lower_is_better else -self.margin

    @property
    def side(self) -> str:
        """The alternative of the test; a margin makes it one-sided."""
        if self.margin is None:
            return self.alternative
        return "smaller" if self.lower_is_better else "larger"

    @property
    def weights(self) -> tuple[float, ...]:
        """The arms' shares, control first; they add up to 1."""
        split = self.split or (1.0,) * self.arms
        return tuple(weight / sum(split) for weight in split)

    def alpha_each(self, arm: int = 1) -> float:
        """The alpha of one comparison, as the test of `side` takes it.

        Parameters
        ----------
        arm : int
            Which treatment, from 1.
        """
        alpha = self.alpha
        if self.margin is not None and self.alternative == "two-sided":
            alpha = alpha / 2
        if self.arms == 2 or self.correction == "none":
            return alpha
        if self.correction == "bonferroni":
            return stats.simultaneous_alpha(alpha, self.arms - 1)
        from scipy.special import ndtr

        from funnel_utils.cro.several import dunnett_critical

        control = self.weights[0]
        loadings = [math.sqrt((1 / control) / (1 / control + 1 / w)) for w in self.weights[1:]]
        edge = dunnett_critical(loadings, alpha=alpha, alternative=self.side)
        return float(ndtr(-edge)) * (2 if self.side == "two-sided" else 1)

    def size(self) -> Sized:
        """The units that each arm needs.

        Raises
        ------
        SpecError
            If no number of units would do, because the effect lies on the wrong side.
        """
        needs = [self._needed(arm) / self.weights[arm] for arm in range(1, self.arms)]
        total = max(needs)
        if not math.isfinite(total):
            raise SpecError(
                f"Design: an effect of {self.difference:+g} is not on the side that the test looks at "
                f"(alternative={self.alternative!r}, margin={self.margin!r}); no number of units would find it."
            )
        return Sized(self, self.sizes(total))

    def sizes(self, total: float) -> tuple[int, ...]:
        """Whole units of each arm. A number that is whole but for the last digit is not one unit more."""
        return tuple(max(2, math.ceil(total * weight - 1e-6)) for weight in self.weights)

    def _needed(self, arm: int) -> float:
        """Units of one treatment arm, not rounded."""
        asked: dict[str, Any] = self.testing(arm) | {"power": self.power}
        if self.kind == "rate":
            asked["formula"] = self.formula
            return float(formulas.size_rates(self.baseline, self.baseline + self.difference, **asked)[0])
        return float(size_means(self.difference, self.spread, **asked)[0])

    def testing(self, arm: int = 1) -> dict[str, Any]:
        """How a treatment is tested against control: `ratio`, `alpha`, `alternative`, `value` of `cro.power`."""
        ratio = self.weights[0] / self.weights[arm]
        return {"ratio": ratio, "alpha": self.alpha_each(arm), "alternative": self.side, "value": self.value}

    def power_at(self, n: Any, difference: Any = None) -> Any:
        """The chance of finding the effect with `n` units in the (first) treatment arm.

        Parameters
        ----------
        n : float or array
        difference : float or array, optional
            Another effect than the planned one.

        Returns
        -------
        float or array
        """
        effect = np.asarray(self.difference if difference is None else difference, dtype=np.float64)
        if self.kind == "rate":
            formula = "pooled" if self.formula == "rule_of_16" else self.formula
            rates = np.clip(self.baseline + effect, 0, 1)
            found = formulas.power_rates(self.baseline, rates, n, formula=formula, **self.testing())
        else:
            found = power_means(effect, self.spread, n, **self.testing())
        return np.float64(found[0]) if np.ndim(n) == 0 and effect.ndim == 0 else found

    def mde(self, n: Any) -> Any:
        """The smallest effect (a difference, in the planned direction) that `n` units in treatment find with `power`.

        With a margin, it is the true difference at which the margin would be ruled out. NaN where no rate could be
        found.

        Returns
        -------
        float or array
        """
        up = self.difference > self.value
        low, high = self.value, self._farthest(up)
        units = np.atleast_1d(np.asarray(n, dtype=np.float64))
        from funnel_utils.stats.solve import bisect

        def short_of(share: np.ndarray) -> Any:
            return self.power_at(units, low + share * (high - low)) - self.power

        share = bisect(short_of, np.zeros_like(units), np.ones_like(units))
        found = np.where(short_of(np.ones_like(units)) >= 0, low + share * (high - low), np.nan)
        return np.float64(found[0]) if np.ndim(n) == 0 else found

    def _farthest(self, up: bool) -> float:
        """An effect beyond which there is none, or which nothing could miss."""
        if self.kind == "rate":
            return (1.0 if up else 0.0) - self.baseline
        return self.value + (1 if up else -1) * 100 * self.spread

    @cached_property
    def daily(self) -> float:
        """Units a day that take part; NaN where no traffic is given."""
        return math.nan if self.traffic is None else float(self.traffic * self.share)


def _number(design: Design, name: str, rule: str, good: bool) -> None:
    if not good:
        raise SpecError(f"Design: {name}={getattr(design, name)!r} {rule}.")


def _real(value: Any) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool) and math.isfinite(value)


def _check_numbers(design: Design) -> None:
    for name in ("lift", "effect", "sd", "margin", "traffic"):
        value = getattr(design, name)
        _number(design, name, "must be a number", value is None or _real(value))
    for name in ("baseline", "power", "alpha", "share", "explained"):
        _number(design, name, "must be a number", _real(getattr(design, name)))
    _number(design, "power", "must lie between 0 and 1, such as 0.8", 0 < design.power < 1)
    _number(design, "alpha", "must lie between 0 and 1, such as 0.05", 0 < design.alpha < 1)
    _number(design, "share", "must lie above 0, up to 1", 0 < design.share <= 1)
    _number(design, "explained", "must lie between 0 and 1, below 1", 0 <= design.explained < 1)
    fits = design.sd is not None or not design.explained
    _number(design, "explained", "is for means; a rate has no sd= to shrink", fits)
    for name in ("sd", "margin", "traffic"):
        value = getattr(design, name)
        _number(design, name, "must be above 0", value is None or value > 0)
    if design.formula not in formulas.FORMULAS:
        raise SpecError(f"Design: formula={design.formula!r} is one of {', '.join(formulas.FORMULAS)}.")
    if design.sd is None and not 0 < design.baseline < 1:
        raise SpecError(
            f"Design: baseline={design.baseline!r} is no rate between 0 and 1; for a mean or a ratio of totals give "
            "its standard deviation between units as sd=."
        )


def _check_arms(design: Design) -> None:
    if not isinstance(design.arms, int) or design.arms < 2:
        raise SpecError(f"Design: arms={design.arms!r}: control and at least one treatment.")
    if design.correction not in get_args(Correction):
        raise SpecError(f"Design: correction={design.correction!r} is one of {', '.join(get_args(Correction))}.")
    if design.split is None:
        return
    split = tuple(design.split)
    if not split or not all(_real(weight) and weight > 0 for weight in split):
        raise SpecError(f"Design: split={design.split!r} must be weights above 0, control first.")
    if design.arms == 2 and len(split) > 2:
        object.__setattr__(design, "arms", len(split))
    if len(split) != design.arms:
        raise SpecError(f"Design: split={split!r} has {len(split)} weights for {design.arms} arms.")
    object.__setattr__(design, "split", tuple(float(weight) for weight in split))


def _check_effect(design: Design) -> None:
    if design.lift is not None and design.effect is not None:
        raise SpecError("Design: lift= and effect= both say what to find; give one of them.")
    if design.lift is None and design.effect is None and design.margin is None:
        raise SpecError("Design: say what to find, as lift= (a share of the baseline) or effect= (a difference).")
    if design.margin is None and design.difference == 0:
        raise SpecError("Design: an effect of 0 cannot be found; for 'not worse than' give a margin=.")
    if design.kind == "rate" and not 0 <= design.baseline + design.difference <= 1:
        raise SpecError(
            f"Design: a baseline of {design.baseline:g} and an effect of {design.difference:+g} make a rate of "
            f"{design.baseline + design.difference:g}; rates lie between 0 and 1."
        )
    if design.kind == "rate" and design.formula == "rule_of_16":
        formulas.size_rates(0.5, 0.6, formula="rule_of_16", power=design.power, **design.testing())
