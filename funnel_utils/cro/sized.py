"""A planned experiment: its arms, its days, and what other calculators would have said."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from funnel_utils.cro import power as formulas
from funnel_utils.cro.mean_sizes import power_means, size_means
from funnel_utils.export import to_csv, to_parquet
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from funnel_utils.cro.design import Design

#: The true power of a design with more units than this is not added up.
MOST = 20_000_000


@dataclass(frozen=True, eq=False, repr=False)
class Sized:
    """The size of an experiment.

    Attributes
    ----------
    design : Design
    sizes : tuple of int
        Units of each arm, control first.
    """

    design: Design
    sizes: tuple[int, ...]

    @property
    def n(self) -> int:
        """Units of the (first) treatment arm."""
        return self.sizes[1]

    @property
    def total(self) -> int:
        """Units of all arms."""
        return sum(self.sizes)

    @property
    def days(self) -> int | None:
        """Days until so many units have come in; nothing where no traffic is given."""
        return None if math.isnan(self.design.daily) else math.ceil(self.total / self.design.daily - 1e-9)

    @property
    def weeks(self) -> int | None:
        """Whole weeks to run, so that each day of the week counts as often."""
        return None if self.days is None else math.ceil(self.days / 7)

    @property
    def power(self) -> float:
        """The power with these units, by the design's formula."""
        return float(self.design.power_at(self.n))

    @cached_property
    def arms(self) -> pd.DataFrame:
        """The arms.

        Returns
        -------
        DataFrame
            `arm`, `share` (of all units), `n` (units), and for each treatment `alpha` (of its comparison with control)
            and `power`.
        """
        rows: list[dict[str, Any]] = []
        for place, (n, share) in enumerate(zip(self.sizes, self.design.weights, strict=True)):
            name = t("design.arm.control") if place == 0 else t("design.arm.treatment", number=place)
            row: dict[str, Any] = {"arm": name, "share": share, "n": n, "alpha": math.nan, "power": math.nan}
            if place:
                row |= {"alpha": self.design.alpha_each(place), "power": self._power(place)}
            rows.append(row)
        return pd.DataFrame(rows)

    def _power(self, arm: int) -> float:
        asked = self.design.testing(arm) | {"ratio": self.sizes[0] / self.sizes[arm]}
        base, effect = self.design.baseline, self.design.difference
        if self.design.kind == "rate":
            return float(formulas.power_rates(base, base + effect, self.sizes[arm], **asked)[0])
        return float(power_means(effect, self.design.spread, self.sizes[arm], **asked)[0])

    @cached_property
    def table(self) -> pd.DataFrame:
        """Why calculators disagree: what each formula asks for, and the power that the score test then truly has.

        Returns
        -------
        DataFrame
            A row per formula: `formula`, `name`, `n` (units in treatment), `control_n`, `total`, `true_power` (for
            rates: by adding up all pairs of counts) and `says` (what is special about it). Formulas that do not know
            this design (a margin, another power than 80% for the rule of 16) are left out.
        """
        design = self.design
        if design.kind == "mean":
            return self._means_table()
        rows = []
        special = bool(design.value)
        usual = design.power == 0.8 and design.alpha_each() == 0.05 and design.side == "two-sided"
        for formula in formulas.FORMULAS:
            if special and formula not in ("pooled", "unpooled"):
                continue
            if formula == "rule_of_16" and not (usual and len(set(design.weights)) == 1):
                continue
            asked = design.testing() | {"power": design.power, "formula": formula}
            needed = formulas.size_rates(design.baseline, design.baseline + design.difference, **asked)[0]
            rows.append(self._row(formula, float(needed)))
        return pd.DataFrame(rows)

    def _row(self, formula: str, needed: float) -> dict[str, Any]:
        design = self.design
        sizes = self.design.sizes(needed / self.design.weights[1])
        n, control = sizes[1], sizes[0]
        said = "margin" if design.value and formula == "pooled" else formula
        row: dict[str, Any] = {"formula": formula, "name": t(f"design.formula.{said}"), "n": n, "control_n": control}
        row |= {"total": sum(sizes), "true_power": math.nan, "says": t(f"design.says.{said}")}
        if n + control <= MOST and design.kind == "rate":
            asked: dict[str, Any] = {"control_n": control, "value": design.value}
            asked |= {"alpha": design.alpha_each(), "alternative": design.side}
            rates = design.baseline, design.baseline + design.difference
            row["true_power"] = formulas.exact_power(*rates, n, **asked)
        return row

    def _means_table(self) -> pd.DataFrame:
        rows = []
        for formula, normal in (("student", False), ("normal", True)):
            asked = self.design.testing() | {"power": self.design.power, "normal": normal}
            needed = size_means(self.design.difference, self.design.spread, **asked)[0]
            rows.append(self._row(formula, float(needed)))
        return pd.DataFrame(rows)

    @cached_property
    def curve(self) -> pd.DataFrame:
        """Power and smallest effect by size.

        Returns
        -------
        DataFrame
            `n` (units in treatment), `total`, `days` (missing without traffic), `power` (for the planned effect), `mde`
            (smallest effect found with the planned power, a difference) and `mde_lift` (as a share of the baseline).
        """
        n = np.unique(np.linspace(max(2, self.n / 20), 2 * self.n, 61).round())
        total = n / self.design.weights[1]
        mde = self.design.mde(n)
        base = self.design.baseline
        return pd.DataFrame(
            {
                "n": n.astype(int),
                "total": total.round().astype(int),
                "days": total / self.design.daily,
                "power": self.design.power_at(n),
                "mde": mde,
                "mde_lift": mde / base if base else math.nan,
            }
        )

    @property
    def verdict(self) -> str:
        """The plan in plain words."""
        from funnel_utils.cro.sized_words import say_sized

        return say_sized(self)

    def plot(self) -> Figure:
        """The power curve."""
        from funnel_utils import charts

        return charts.power_chart(self)

    def to_frame(self) -> pd.DataFrame:
        """The arms, as a copy of your own."""
        return self.arms.copy()

    def to_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write the arms as CSV, formulas defused."""
        return to_csv(self.arms, path)

    def to_parquet(self, path: str | os.PathLike[str]) -> Path:
        """Write the arms as Parquet."""
        return to_parquet(self.arms, path)

    def _repr_html_(self) -> str:
        from html import escape

        heads = {name: t(f"design.column.{name}") for name in ("name", "n", "control_n", "total", "true_power", "says")}
        shown = self.table[list(heads)].rename(columns=heads)
        arms = self.arms.rename(columns={name: t(f"design.column.{name}") for name in self.arms.columns})
        tables = [
            frame.to_html(index=False, escape=True, na_rep="", float_format=lambda x: f"{x:.4g}")
            for frame in (arms, shown)
        ]
        return f"<p>{escape(self.verdict)}</p>{tables[0]}<p>{escape(t('design.table'))}</p>{tables[1]}"

    def __repr__(self) -> str:
        return f"Sized: {self.verdict}"
