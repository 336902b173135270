"""A bandit: the arms' shares of the people follow what is known of them, so that fewer see the worse one.

Thompson's rule gives each person an arm with the probability that it is the best, by drawing one rate for each arm from
its posterior and taking the highest. What it saves is **regret**: the conversions lost against always showing the best
arm. What it costs is knowledge of the arms that it soon stops showing; intervals and p-values of such data are biased.
This is a simulation with known rates, to learn by; nothing here decides about real people.

References
----------
Thompson, W. R. (1933). On the likelihood that one unknown probability exceeds another in view of the evidence of two
samples. Biometrika 25, 285-294.
Chapelle, O., Li, L. (2011). An empirical evaluation of Thompson sampling. NeurIPS 24.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from funnel_utils.cro.bayes import BetaPrior
from funnel_utils.cro.peeking import numbers
from funnel_utils.cro.tabled import Tabled
from funnel_utils.errors import SpecError
from funnel_utils.stats import Floats

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: The share of the runs between `regret_low` and `regret_high`.
MIDDLE = 0.8


@dataclass(frozen=True, eq=False)
class BanditResult(Tabled):
    """Runs of a bandit.

    Attributes
    ----------
    spec : Thompson
    table : DataFrame
        A row per round: `round`, `people` (so far), `regret` (mean over the runs of the conversions lost so far),
        `regret_low`, `regret_high` (between which 80% of the runs lie), `even_regret` (of an even split), `share_best`
        (of the round's people who saw the best arm).
    arms : DataFrame
        `arm`, `rate` (true), `people` (mean over the runs), `estimate` (mean over the runs of the observed rate),
        `bias` of it.
    found : float
        The share of runs in which the best arm had the most people.
    """

    spec: Thompson
    table: pd.DataFrame
    arms: pd.DataFrame
    found: float

    @property
    def verdict(self) -> str:
        """What the bandit lost and saved, in plain words."""
        from funnel_utils.cro.bayes_words import say_bandit

        return say_bandit(self)

    def plot(self) -> Figure:
        """Regret over people, beside an even split's."""
        from funnel_utils.charts.bandit import regret_chart

        return regret_chart(self)


@dataclass(frozen=True)
class Thompson:
    """Thompson sampling on arms with known rates.

    Parameters
    ----------
    rates : sequence of float
        The arms' true conversion rates.
    rounds, per_round : int
        How often shares are renewed, and the people in between.
    runs : int
        How many times the whole is repeated.
    prior : BetaPrior
        Of each arm.
    seed : int
        The same seed gives the same runs.

    Raises
    ------
    SpecError
        Naming the field, what it holds and what is allowed.

    Examples
    --------
    >>> found = Thompson([0.10, 0.13], rounds=50, per_round=100, runs=200).run()
    >>> end = found.table.iloc[-1]
    >>> float(end["people"]), float(end["even_regret"]), bool(end["regret"] < 0.6 * end["even_regret"])
    (5000.0, 75.0, True)
    """

    rates: Sequence[float]
    rounds: int = 100
    per_round: int = 100
    runs: int = 200
    prior: BetaPrior = field(default_factory=BetaPrior)
    seed: int = 0

    def __post_init__(self) -> None:
        rates = tuple(float(rate) for rate in numbers("rates", self.rates))
        if len(rates) < 2 or not all(0 <= rate <= 1 for rate in rates):
            raise SpecError(f"rates={self.rates!r}: give at least two rates between 0 and 1.")
        object.__setattr__(self, "rates", rates)
        for name in ("rounds", "per_round", "runs"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
                raise SpecError(f"{name}={value!r} must be a whole number of at least 1.")

    def run(self) -> BanditResult:
        """Run it."""
        rng = np.random.default_rng(self.seed)
        rates = np.array(self.rates)
        lost = rates.max() - rates
        best = int(rates.argmax())
        shape = (self.runs, len(rates))
        wins, seen, regret = np.zeros(shape), np.zeros(shape), np.zeros(self.runs)
        rows = []
        for number in range(1, self.rounds + 1):
            shown = self._shares(rng, wins, seen)
            wins += rng.binomial(shown, rates)
            seen += shown
            regret += shown @ lost
            people = number * self.per_round
            low, high = np.quantile(regret, [(1 - MIDDLE) / 2, (1 + MIDDLE) / 2])
            rows.append((number, people, regret.mean(), low, high, people * lost.mean(), shown[:, best].mean()))
        table = pd.DataFrame(
            rows, columns=["round", "people", "regret", "regret_low", "regret_high", "even_regret", "share_best"]
        )
        table["share_best"] /= self.per_round
        arms = _arms(rates, wins, seen)
        return BanditResult(self, table, arms, float((seen.argmax(axis=1) == best).mean()))

    def _shares(
        self, rng: np.random.Generator, wins: Floats, seen: Floats
    ) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
        """How many of a round's people see each arm: one draw of all rates for each of them."""
        runs, arms = wins.shape
        a, b = self.prior.a + wins, self.prior.b + seen - wins
        drawn = rng.beta(a[:, None, :], b[:, None, :], (runs, self.per_round, arms)).argmax(axis=2)
        flat = drawn + arms * np.arange(runs)[:, None]
        return np.bincount(flat.ravel(), minlength=runs * arms).reshape(runs, arms)


def _arms(rates: Floats, wins: Floats, seen: Floats) -> pd.DataFrame:
    with np.errstate(invalid="ignore"):
        estimate = np.nanmean(np.where(seen > 0, wins / np.maximum(seen, 1), np.nan), axis=0)
    return pd.DataFrame(
        {
            "arm": np.arange(1, len(rates) + 1),
            "rate": rates,
            "people": seen.mean(axis=0),
            "estimate": estimate,
            "bias": estimate - rates,
        }
    )
