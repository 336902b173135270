"""What a multivariate test found, in sentences; the texts are in the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from funnel_utils.text import t

if TYPE_CHECKING:
    from funnel_utils.cro.factorial_result import FactorialResult


def points(row: Any, value: str = "difference", low: str = "low", high: str = "high") -> str:
    """A difference of rates in percentage points, with its interval."""
    return t("factorial.interval", value=100 * row[value], low=100 * row[low], high=100 * row[high])


def effect_name(row: Any) -> str:
    """An effect with its levels: `button=new`, `button=new and price=monthly`."""
    factors, levels = str(row["effect"]).split(":"), str(row["level"]).split(" / ")
    if len(factors) != len(levels):  # A level that holds a slash itself.
        return f"{row['effect']} = {row['level']}"
    return " × ".join(f"{name} = {level}" for name, level in zip(factors, levels, strict=True))


def say_factorial(result: FactorialResult) -> str:
    """Main effects that are shown, interactions that are shown, and the best cell."""
    rows: list[Any] = result.effects.to_dict("records")
    shown = [row for row in rows if row["p_adjusted"] < result.spec.alpha]
    said = []
    for row in shown:
        if row["order"] == 1:
            way = "up" if row["difference"] > 0 else "down"
            said.append(
                t(f"factorial.main.{way}", factor=row["effect"], level=row["level"], interval=points(row)) + "."
            )
    said = said or [t("factorial.main.none")]
    for row in shown:
        if row["order"] == 2:
            first, second = effect_name(row).split(" × ")[:2] if " × " in effect_name(row) else (row["effect"], "")
            said.append(t("factorial.interaction", first=first, second=second, interval=points(row)))
        elif row["order"] > 2:
            said.append(t("factorial.interaction.more", names=effect_name(row), interval=points(row)))
    said.append(_best(result))
    candidates = int(result.best["could_be_best"].sum())
    if candidates > 1:
        said.append(t("factorial.best.also", n=candidates))
    if result.effects["aliases"].astype(bool).any():
        said.append(t("factorial.aliased"))
    return " ".join(said)


def _best(result: FactorialResult) -> str:
    row: Any = result.best.iloc[0]
    today = " / ".join(str(level) for level in result.spec.reference.values())
    if row["cell"] == today:
        return t("factorial.best.today")
    if pd.isna(row["difference"]):
        return t("factorial.best.alone", cell=row["cell"])
    others = t("factorial.comparisons" if len(result.best) > 2 else "factorial.comparison", n=len(result.best) - 1)
    key = "shown" if row["difference_low"] > 0 else "unsure"
    interval = points(row, "difference", "difference_low", "difference_high")
    return t(f"factorial.best.{key}", cell=row["cell"], interval=interval, n=others)
