"""Multivariate tests: several things changed at once, so that each is measured on everybody.

In a full factorial every combination of levels is a **cell**. A main effect is the difference of conversion rates
between two levels of a factor, averaged over all combinations of the others; an interaction of two factors is the
difference of such differences. Both are contrasts `sum(c_i * rate_i)` of the cells' rates, so that they mean the same
whatever the numbers of people per cell. A **fractional** factorial runs only some cells, chosen by generators such as
`d = a*b*c`; what then cannot be told apart is listed under `aliases`.

`Factorial` says what is tried, `run` analyses cell counts (`factorial_result`), `power` says what a size can find.

References
----------
Box, G. E. P., Hunter, J. S., Hunter, W. G. (2005). Statistics for Experimenters, 2nd edition. Wiley, chapters 5 and 6.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations, product
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from funnel_utils.cro.peeking import check_alpha
from funnel_utils.errors import SpecError
from funnel_utils.stats import Floats

if TYPE_CHECKING:
    from funnel_utils.cro.factorial_result import FactorialResult

#: More cells than this are no experiment but a mistake in the specification.
MOST_CELLS = 1024
#: Columns that a factor may not be called, because the result has them.
TAKEN = {"n", "converted", "rate", "low", "high", "fitted", "cell"}


@dataclass(frozen=True)
class Effect:
    """An effect that a design can show.

    Attributes
    ----------
    factors, levels : tuple
        Which factors, and the level of each that is compared with the first.
    weights : tuple of float
        What each cell's rate counts in the effect, in the order of the design.
    aliases : tuple of str
        Effects that this design cannot tell from this one.
    """

    factors: tuple[str, ...]
    levels: tuple[Any, ...]
    weights: tuple[float, ...]
    aliases: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The factors, joined by a colon."""
        return ":".join(self.factors)

    @property
    def order(self) -> int:
        """1 for a main effect, 2 for an interaction of two factors, and so on."""
        return len(self.factors)


@dataclass(frozen=True)
class Factorial:
    """A multivariate test.

    Parameters
    ----------
    factors : mapping of str to sequence
        The levels of each factor; the **first is what runs today** and every effect is measured against it.
    generators : mapping of str to str
        For a fraction of a two-level design: a factor as the product of others, such as `{"d": "a*b*c"}`.
    order : int
        Effects of up to this many factors are estimated.
    alpha : float
        1 - confidence.

    Raises
    ------
    SpecError
        Naming the field, what it holds and what is allowed.

    Examples
    --------
    >>> trial = Factorial({"button": ("green", "orange"), "price": ("plain", "monthly")})
    >>> trial.design.values.tolist()
    [['green', 'plain'], ['green', 'monthly'], ['orange', 'plain'], ['orange', 'monthly']]
    >>> [effect.name for effect in trial.effects]
    ['button', 'price', 'button:price']
    >>> Factorial({"a": (0, 1), "b": (0, 1), "c": (0, 1)}, generators={"c": "a*b"}).aliases["aliases"].tolist()
    ['b:c', 'a:c', 'a:b']
    """

    factors: Mapping[str, Sequence[Any]]
    generators: Mapping[str, str] = field(default_factory=dict)
    order: int = 2
    alpha: float = 0.05

    def __post_init__(self) -> None:
        if not isinstance(self.factors, Mapping) or not self.factors:
            raise SpecError(
                "factors: give a mapping from each factor to its levels, such as {'button': ('old', 'new')}."
            )
        object.__setattr__(self, "factors", {name: _levels(name, levels) for name, levels in self.factors.items()})
        number = prod(len(levels) for levels in self.factors.values())
        if number > MOST_CELLS:
            raise SpecError(
                f"factors make {number:,} cells; {MOST_CELLS:,} is the most. Drop factors, or use a fraction."
            )
        if isinstance(self.order, bool) or not isinstance(self.order, int) or self.order < 1:
            raise SpecError(f"order={self.order!r} must be a whole number of at least 1: 2 adds interactions of two.")
        check_alpha(self.alpha)
        words = {name: _word(name, text, self.factors, self.generators) for name, text in dict(self.generators).items()}
        object.__setattr__(self, "generators", dict(self.generators))
        object.__setattr__(self, "_words", words)

    def __hash__(self) -> int:
        return hash((tuple(self.factors.items()), tuple(self.generators.items()), self.order, self.alpha))

    @property
    def design(self) -> pd.DataFrame:
        """The cells to run: a row per cell, a column per factor."""
        names = list(self.factors)
        rows = [row for row in product(*self.factors.values()) if self._runs(dict(zip(names, row, strict=True)))]
        return pd.DataFrame(rows, columns=names, dtype=object)

    @property
    def reference(self) -> dict[str, Any]:
        """What runs today: the first level of every factor."""
        return {name: levels[0] for name, levels in self.factors.items()}

    @property
    def effects(self) -> list[Effect]:
        """The effects that the design can estimate, each with its weights of the cells' rates."""
        return list(self._effects)

    @property
    def aliases(self) -> pd.DataFrame:
        """`effect`, `order` and the `aliases` that a fraction cannot tell from it; none in a full factorial."""
        rows = [
            {"effect": effect.name, "order": effect.order, "aliases": ", ".join(effect.aliases)}
            for effect in self.effects
        ]
        return pd.DataFrame(rows, columns=["effect", "order", "aliases"])

    def run(self, cells: pd.DataFrame, *, n: str = "n", converted: str = "converted") -> FactorialResult:
        """Analyse counts.

        Parameters
        ----------
        cells : DataFrame
            A column per factor, and the counts; rows of the same cell are added up.
        n, converted : str
            Columns: people in the cell, and how many of them converted.

        Returns
        -------
        FactorialResult

        Raises
        ------
        SpecError
            If a column, a level or a cell is missing or unknown, or counts are impossible.

        Examples
        --------
        >>> trial = Factorial({"button": ("green", "orange"), "price": ("plain", "monthly")})
        >>> cells = trial.design.assign(n=4000, converted=[400, 404, 396, 560])
        >>> trial.run(cells).effects[["effect", "difference"]].round(4).values.tolist()
        [['button', 0.019], ['price', 0.021], ['button:price', 0.04]]
        """
        from funnel_utils.cro.factorial_result import analyse

        return analyse(self, cells, n, converted)

    def power(
        self, base: float, effect: float, n_per_cell: float, *, power: float = 0.8, tests: int = 1
    ) -> pd.DataFrame:
        """What cells of this size can find, and what size finds it.

        Parameters
        ----------
        base : float
            The conversion rate, taken to be about the same in all cells.
        effect : float
            The true effect, as a difference of rates; of an interaction, as a difference of differences.
        n_per_cell : float
            People in each cell.
        power : float
            For the column `n_needed`.
        tests : int
            How many effects are tested, for a Bonferroni correction.

        Returns
        -------
        DataFrame
            A row per kind of effect and one for a single cell against today's: `what`, `order` (0 for the cell),
            `difference`, `se`, `power`, `n_needed` (people per cell).

        References
        ----------
        Montgomery, D. C. (2017). Design and Analysis of Experiments, 9th edition. Wiley, section 6.2: the variance of a
        contrast.

        Examples
        --------
        An interaction as large as a main effect needs four times the people:

        >>> trial = Factorial({"button": ("old", "new"), "price": ("old", "new")})
        >>> trial.power(0.10, 0.02, 2000)[["what", "power", "n_needed"]].round(2).values.tolist()
        [['button', 0.85, 1766], ['price', 0.85, 1766], ['button:price', 0.32, 7064], ['cell', 0.56, 3532]]
        """
        from scipy.special import ndtr, ndtri

        _check_power(base, effect, n_per_cell, power, tests)
        z = -float(ndtri(self.alpha / tests / 2))
        rows = [(e.name, e.order, float(np.square(e.weights).sum())) for e in self.effects] + [("cell", 0, 2.0)]
        out = []
        for what, order, squares in rows:
            variance = squares * base * (1 - base)
            se = float(np.sqrt(variance / n_per_cell))
            found = float(ndtr(effect / se - z) + ndtr(-effect / se - z))
            needed = int(np.ceil(variance * ((z + float(ndtri(power))) / effect) ** 2))
            out.append((what, order, effect, se, found, needed))
        return pd.DataFrame(out, columns=["what", "order", "difference", "se", "power", "n_needed"])

    def columns(self, effects: Sequence[Effect]) -> Floats:
        """The model matrix of some effects: centred indicators of the levels, and their products; no constant."""
        design = self.design
        made = []
        for effect in effects:
            column = np.ones(len(design))
            for name, level in zip(effect.factors, effect.levels, strict=True):
                column *= (design[name] == level).to_numpy(float) - 1 / len(self.factors[name])
            made.append(column)
        return np.column_stack(made) if made else np.empty((len(design), 0))

    @cached_property
    def _effects(self) -> tuple[Effect, ...]:
        if not self.generators:
            return tuple(self._all(range(1, self.order + 1)))
        found: dict[tuple[float, ...], Effect] = {}
        for effect in self._all(range(1, self.order + 1)):
            # Of effects that are the same in this fraction the one of the fewest factors comes first.
            if len(set(effect.weights)) > 1:
                found.setdefault(_normal(effect.weights), effect)
        return tuple(self._with_aliases(effect) for effect in found.values())

    def _all(self, orders: range) -> list[Effect]:
        names = list(self.factors)
        design = self.design
        signs = {
            (name, level): (design[name] == level).to_numpy(float) - (design[name] == self.factors[name][0])
            for name in names
            for level in self.factors[name][1:]
        }
        made = []
        for order in orders:
            for chosen in combinations(names, order):
                # Over how many combinations of the other factors each effect is averaged.
                averaged = len(design) / prod(len(self.factors[name]) for name in chosen)
                for levels in product(*(self.factors[name][1:] for name in chosen)):
                    parts = [signs[key] for key in zip(chosen, levels, strict=True)]
                    weights = np.prod(parts, axis=0) / averaged
                    made.append(Effect(chosen, levels, tuple(float(w) for w in weights)))
        return made

    def _runs(self, cell: Mapping[str, Any]) -> bool:
        """Whether a fraction includes this cell: each generated factor equals the product of its word."""
        words: dict[str, tuple[int, tuple[str, ...]]] = self.__dict__["_words"]

        def sign(name: str) -> int:
            return 1 if cell[name] == self.factors[name][1] else -1

        return all(sign(name) == side * prod(sign(part) for part in parts) for name, (side, parts) in words.items())

    def _with_aliases(self, effect: Effect) -> Effect:
        mine = _normal(effect.weights)
        others = [
            f"-{other.name}" if np.dot(effect.weights, other.weights) < 0 else other.name
            for other in self._all(range(1, len(self.factors) + 1))
            if other.name != effect.name and _normal(other.weights) == mine
        ]
        return Effect(effect.factors, effect.levels, effect.weights, tuple(others))


def _normal(weights: Sequence[float]) -> tuple[float, ...]:
    """Weights up to a factor: what two aliased effects share."""
    array = np.asarray(weights)
    first = array[np.flatnonzero(array)[0]] if array.any() else 1.0
    return tuple(float(w) for w in np.round(array / first, 9))


def _levels(name: object, levels: Any) -> tuple[Any, ...]:
    if not isinstance(name, str) or not name or name in TAKEN or ":" in name:
        raise SpecError(
            f"factors: {name!r} cannot name a factor (text without a colon, not {', '.join(sorted(TAKEN))})."
        )
    if isinstance(levels, str) or not isinstance(levels, Sequence) or len(levels) < 2:
        raise SpecError(f"factors[{name!r}]={levels!r}: give at least two levels, today's first.")
    try:
        different = len(set(levels)) == len(levels)
    except TypeError:
        raise SpecError(f"factors[{name!r}]={levels!r}: give each level as text, a number or a truth value.") from None
    if not different or any(level is None or level != level for level in levels):
        raise SpecError(f"factors[{name!r}]={levels!r}: levels must differ, and none may be missing.")
    return tuple(levels)


def _word(
    name: str, text: str, factors: Mapping[str, Sequence[Any]], generators: Mapping[str, str]
) -> tuple[int, tuple[str, ...]]:
    """A generator as its sign and the factors it multiplies."""
    parts = tuple(part.strip() for part in re.sub(r"^\s*-", "", str(text)).split("*"))
    free = [other for other in factors if other not in generators]
    if name not in factors or len(parts) < 2 or len(set(parts)) < len(parts) or not set(parts) <= set(free):
        raise SpecError(
            f"generators[{name!r}]={text!r}: write a factor as the product of others that are not generated "
            f"themselves ({', '.join(free)}), such as 'a*b'."
        )
    for part in (name, *parts):
        if len(factors[part]) != 2:
            raise SpecError(
                f"generators: {part!r} has {len(factors[part])} levels; only two-level factors make fractions."
            )
    return (-1 if str(text).lstrip().startswith("-") else 1), parts


def _check_power(base: float, effect: float, n_per_cell: float, power: float, tests: int) -> None:
    if not 0 < base < 1:
        raise SpecError(f"base={base!r} must lie strictly between 0 and 1.")
    if not 0 < abs(effect) < 1:
        raise SpecError(f"effect={effect!r} must be a difference of rates other than 0, such as 0.01.")
    if not n_per_cell > 0:
        raise SpecError(f"n_per_cell={n_per_cell!r} must be above 0.")
    if not 0 < power < 1 or tests < 1:
        raise SpecError(
            f"power={power!r}, tests={tests!r}: power lies between 0 and 1, and there is at least one test."
        )
