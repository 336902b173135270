"""What if one step of the funnel were better? Units and money as a product of visitors, step rates and value.

A funnel is read here as arithmetic: `visitors` enter step 1, the rate of step k is the share of those at step k-1 who
reach step k, and each unit at the last step is worth `value`. So conversions = visitors x product of the step rates.
Three facts follow, and the functions below state them as numbers:

- One more *per cent* is worth the same at every step: the elasticity of a product in each of its factors is 1.
- One more *percentage point* is worth most where the rate is lowest: it adds conversions / (100 x rate).
- The geometric mean of the step rates is the one rate that, used at every step, gives the same conversion. It is 1 for
  a cylinder, where nobody is lost; hence "cylinder index" (our name).

With `Nurturing` a step's rate is no longer a plain factor: some of those who dropped out come back. Then the elasticity
in the step's own rate is below 1, because whoever does not drop out need not be brought back.

This is arithmetic, not a forecast: it takes the later rates as fixed when an earlier one changes. In life, people won
over with effort are often less keen than those who came by themselves.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from funnel_utils.errors import SpecError
from funnel_utils.funnel.nurturing import Nurturing, check_money, check_share, is_number

if TYPE_CHECKING:
    import pandas as pd

    from funnel_utils.funnel.result import FunnelResult


@dataclass(frozen=True)
class WhatIf:
    """Visitors, step rates and the value of a conversion; everything else follows.

    Parameters
    ----------
    visitors : float
        Units that enter step 1.
    rates : tuple of float
        In-process rates of step 2, 3, ..., K, each from 0 to 1: the share of the units at the step before that reach
        this one by themselves.
    value : float, optional
        Money per conversion. Without it the money columns are missing (NaN).
    labels : tuple of str, optional
        Names of the K steps; "step 1", "step 2", ... by default.
    nurturing : Nurturing, optional
        A follow-up of the drop-outs before one step.
    visitor_cost : float
        Money spent per visitor.

    Raises
    ------
    SpecError
        Naming the field, what it holds and what is allowed.

    Examples
    --------
    >>> shop = WhatIf(4000, (0.175, 0.4), value=900_000, labels=("awareness", "evaluation", "purchase"))
    >>> shop.conversions
    280.0
    >>> round(shop.conversion, 3), round(shop.cylinder_index, 3)
    (0.07, 0.265)
    >>> round(shop.money_per_point(2)), round(shop.money_per_point(3))
    (14400000, 6300000)
    >>> shop.change(2, points=1).conversions
    296.0
    """

    visitors: float
    rates: tuple[float, ...]
    value: float | None = None
    labels: tuple[str, ...] = ()
    nurturing: Nurturing | None = None
    visitor_cost: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "rates", tuple(self.rates))
        object.__setattr__(self, "labels", tuple(self.labels) or _default_labels(len(self.rates) + 1))
        _check(self)

    @classmethod
    def from_result(cls, result: FunnelResult, *, value: float | None = None) -> WhatIf:
        """The what-if of a measured funnel: its step-1 units and the rates of its required steps.

        Parameters
        ----------
        result : FunnelResult
        value : float, optional
            Money per conversion; by default the mean value that the result itself holds, if it holds one.

        Raises
        ------
        SpecError
            If nobody entered, or a rate is above 1 (an open funnel: people enter later than step 1, so the units are
            not a product of rates).
        """
        steps = result.steps
        required = steps[~steps["optional"].astype(bool)]
        visitors = float(required["units"].iloc[0])
        if visitors == 0:
            raise SpecError("from_result: nobody entered step 1 of this funnel, so there are no rates to start from.")
        # A step that nobody could reach has no rate; nought is what the product needs there.
        rates = tuple(float(rate) for rate in required["rate"].iloc[1:].fillna(0.0))
        if value is None:
            value = _mean_value(steps)
        return cls(visitors, rates, value=value, labels=tuple(map(str, required["label"])))

    @property
    def effective_rates(self) -> tuple[float, ...]:
        """The step rates with those that nurturing brings back."""
        return tuple(self._effective(step) for step in range(2, self.n_steps + 1))

    @property
    def n_steps(self) -> int:
        """The number of steps, K."""
        return len(self.rates) + 1

    @property
    def units(self) -> tuple[float, ...]:
        """Expected units at step 1, 2, ..., K."""
        at = [float(self.visitors)]
        for rate in self.effective_rates:
            at.append(at[-1] * rate)
        return tuple(at)

    @property
    def conversions(self) -> float:
        """Expected units at the last step."""
        return self.units[-1]

    @property
    def conversion(self) -> float:
        """Share of the visitors who convert: the product of the effective rates."""
        return math.prod(self.effective_rates)

    @property
    def revenue(self) -> float:
        """Conversions x value, in money; NaN without a value."""
        return self.conversions * self._value

    @property
    def cost(self) -> float:
        """Money spent on visitors and on nurturing."""
        spent = self.visitors * self.visitor_cost
        if self.nurturing is not None:
            spent += self.nurtured * self.nurturing.cost
        return spent

    @property
    def money(self) -> float:
        """Revenue less cost; NaN without a value."""
        return self.revenue - self.cost

    @property
    def nurtured(self) -> float:
        """Drop-outs reached by nurturing."""
        if self.nurturing is None:
            return 0.0
        before = self.nurturing.step - 1
        return self.units[before - 1] * (1 - self.rates[before - 1]) * self.nurturing.share

    @property
    def cylinder_index(self) -> float:
        """Geometric mean of the effective step rates: 1 when nobody is lost, 0 when nobody arrives."""
        if self.conversion == 0:
            return 0.0
        return math.exp(sum(map(math.log, self.effective_rates)) / len(self.rates))

    @property
    def leak(self) -> int:
        """The step (2..K) with the lowest effective rate; the earliest of equals."""
        rates = self.effective_rates
        return rates.index(min(rates)) + 2

    def elasticity(self, step: int) -> float:
        """Per cent more conversions for one per cent more of this step's own rate.

        Step 1 stands for the number of visitors. It is 1 at every step of a plain product. At a nurtured step with rate
        r, of whose drop-outs the share b comes back, it is r (1 - b) / (r + (1 - r) b), which is less than 1. Where
        nobody reaches the step there is nothing to raise, and the answer is NaN.
        """
        self._check_step(step)
        if step == 1:
            return 1.0
        effective = self._effective(step)
        return self.rates[step - 2] * (1 - self._returned(step)) / effective if effective > 0 else math.nan

    def money_per_point(self, step: int) -> float:
        """Money for one more percentage point of this step's own rate, all else equal.

        For step 1: money for one more visitor in a hundred. The money is linear in each rate, so this holds for any
        number of points as long as the rate stays at or below 1. At a nurtured step it counts the follow-ups that are
        saved. NaN without a value.
        """
        self._check_step(step)
        if step == 1:
            return self.money / 100
        saved = 0.0
        if self.nurturing is not None and self.nurturing.step == step:
            saved = self.nurturing.share * self.nurturing.cost
        gain = (1 - self._returned(step)) * self._worth()[step - 1] + saved
        return self.units[step - 2] * gain / 100

    def change(
        self, step: int, *, to: float | None = None, points: float | None = None, relative: float | None = None
    ) -> WhatIf:
        """The same funnel with one rate, or (step 1) the number of visitors, changed.

        Parameters
        ----------
        step : int
            1 for the visitors, 2..K for a step's own rate.
        to : float, optional
            The new rate (0 to 1), or the new number of visitors.
        points : float, optional
            Percentage points to add (not for visitors).
        relative : float, optional
            Relative change: 0.1 is 10% more.

        Raises
        ------
        SpecError
            Unless exactly one of `to`, `points`, `relative` is given, and the new rate lies between 0 and 1.
        """
        self._check_step(step)
        given = {name: x for name, x in (("to", to), ("points", points), ("relative", relative)) if x is not None}
        if len(given) != 1:
            raise SpecError(f"change: give one of to=, points=, relative=; got {', '.join(given) or 'none'}.")
        if step == 1 and points is not None:
            raise SpecError("change: visitors are a count, not a rate; use to= or relative= for step 1.")
        old = self.visitors if step == 1 else self.rates[step - 2]
        if to is not None:
            new = to
        elif points is not None:
            # Rounded far below any rate that can be measured, so that 40% + 60 points is 100%, not a hair above.
            new = round(old + points / 100, 12)
        else:
            new = old * (1 + (relative or 0.0))
        if step == 1:
            return replace(self, visitors=new)
        return replace(self, rates=(*self.rates[: step - 2], new, *self.rates[step - 1 :]))

    def table(self, *, points: float | None = None, relative: float | None = None) -> pd.DataFrame:
        """One row a step: where it stands, and what a change at that step alone would bring.

        Parameters
        ----------
        points : float, optional
            Percentage points added to each rate in turn; 1 by default. Step 1 has no rate and gets as many per cent.
        relative : float, optional
            Instead: the relative change of each rate in turn (0.1 is 10% more).

        Returns
        -------
        pandas.DataFrame
            `step`, `label`, `units`, `rate` (own), `effective_rate` (with nurturing), `new_rate` (at most 1),
            `extra_conversions` (units), `extra_money`, `money_per_point`, `elasticity`, `leak` (bool). Rates of step 1
            are NaN.
        """
        import pandas as pd

        if points is not None and relative is not None:
            raise SpecError("table: give points= or relative=, not both.")
        by = 1.0 if points is None else points
        rows = []
        for step in range(1, self.n_steps + 1):
            if step == 1:
                after = self.change(1, relative=by / 100 if relative is None else relative)
            else:
                rate = self.rates[step - 2]
                wished = rate + by / 100 if relative is None else rate * (1 + relative)
                after = self.change(step, to=min(max(wished, 0.0), 1.0))
            rows.append(
                {
                    "step": step,
                    "label": self.labels[step - 1],
                    "units": self.units[step - 1],
                    "rate": math.nan if step == 1 else self.rates[step - 2],
                    "effective_rate": math.nan if step == 1 else self._effective(step),
                    "new_rate": math.nan if step == 1 else after.rates[step - 2],
                    "extra_conversions": after.conversions - self.conversions,
                    "extra_money": after.money - self.money,
                    "money_per_point": self.money_per_point(step),
                    "elasticity": self.elasticity(step),
                    "leak": step == self.leak,
                }
            )
        return pd.DataFrame(rows)

    def compare(self, scenarios: Mapping[str, WhatIf], *, name: str = "now") -> pd.DataFrame:
        """This funnel and others side by side, with the differences from this one.

        Returns
        -------
        pandas.DataFrame
            One row a scenario, this one first: `scenario`, `visitors`, `conversion`, `cylinder_index`, `conversions`,
            `revenue`, `cost`, `money`, `extra_conversions`, `extra_money`.
        """
        import pandas as pd

        if name in scenarios:
            raise SpecError(f"compare: the scenario {name!r} has the name of the starting point; pass another name=.")
        rows = [
            {
                "scenario": key,
                "visitors": other.visitors,
                "conversion": other.conversion,
                "cylinder_index": other.cylinder_index,
                "conversions": other.conversions,
                "revenue": other.revenue,
                "cost": other.cost,
                "money": other.money,
                "extra_conversions": other.conversions - self.conversions,
                "extra_money": other.money - self.money,
            }
            for key, other in {name: self, **scenarios}.items()
        ]
        return pd.DataFrame(rows)

    @property
    def _value(self) -> float:
        return math.nan if self.value is None else self.value

    def _returned(self, step: int) -> float:
        """Share of the drop-outs before `step` who reach it after all."""
        return self.nurturing.returned if self.nurturing is not None and self.nurturing.step == step else 0.0

    def _effective(self, step: int) -> float:
        rate = self.rates[step - 2]
        return rate + (1 - rate) * self._returned(step)

    def _worth(self) -> list[float]:
        """Money still to come from one unit that stands at step 1, 2, ..., K, less the nurturing still to pay."""
        worth = [self._value]
        for step in range(self.n_steps, 1, -1):
            contact = 0.0
            if self.nurturing is not None and self.nurturing.step == step:
                contact = (1 - self.rates[step - 2]) * self.nurturing.share * self.nurturing.cost
            worth.insert(0, self._effective(step) * worth[0] - contact)
        return worth

    def _check_step(self, step: int) -> None:
        if isinstance(step, bool) or not isinstance(step, int) or not 1 <= step <= self.n_steps:
            raise SpecError(f"step={step!r}: this funnel has steps 1 to {self.n_steps} (1 stands for the visitors).")


def _default_labels(n: int) -> tuple[str, ...]:
    return tuple(f"step {k}" for k in range(1, n + 1))


def _mean_value(steps: pd.DataFrame) -> float | None:
    """Value of a conversion that the steps table implies: value at stake / (units lost x later rates)."""
    required = steps[~steps["optional"].astype(bool)]
    later = required["rate"].iloc[::-1].shift(1).fillna(1.0).cumprod().iloc[::-1]
    would_convert = (required["lost"] * later).iloc[1:]
    stake = required["value_at_stake"].iloc[1:]
    known = stake.notna() & (would_convert > 0)
    return float((stake[known] / would_convert[known]).iloc[0]) if known.any() else None


def _check(model: WhatIf) -> None:
    if not is_number(model.visitors) or model.visitors < 0:
        raise SpecError(f"visitors={model.visitors!r} is not a count of 0 or more.")
    if not model.rates:
        raise SpecError("rates is empty: a what-if needs at least one step after the first.")
    for step, rate in enumerate(model.rates, 2):
        check_share(f"rates (of step {step})", rate)
    if len(model.labels) != len(model.rates) + 1:
        raise SpecError(
            f"labels has {len(model.labels)} names for {len(model.rates) + 1} steps (one more than there are rates)."
        )
    if model.value is not None:
        check_money("value", model.value)
    check_money("visitor_cost", model.visitor_cost)
    if model.nurturing is not None and not 2 <= model.nurturing.step <= len(model.rates) + 1:
        raise SpecError(f"nurturing.step={model.nurturing.step!r} is not a step from 2 to {len(model.rates) + 1}.")
