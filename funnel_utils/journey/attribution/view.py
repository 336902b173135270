"""How attribution looks in a notebook: what it says in words, and the credit of all models as HTML, texts escaped."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import pandas as pd

from funnel_utils.text import t

if TYPE_CHECKING:
    from funnel_utils.journey.attribution.result import AttributionResult


def model_name(model: str) -> str:
    """What a reader is told a model is called."""
    return t(f"attribution.model.{model}")


def verdict(result: AttributionResult) -> str:
    """Which channel each model puts first, and that none of it is causal."""
    if not result.conversions:
        return t("attribution.verdict.nothing")
    leaders: dict[str, list[str]] = {}
    table = result.credits()
    table = table[table["channel"].isin(result.channels)]
    if table.empty:
        return t("attribution.verdict.untouched", conversions=f"{result.conversions:,.0f}")
    for model, rows in table.groupby("model", sort=False):
        top = rows.sort_values("conversions", ascending=False, kind="stable").iloc[0]
        leaders.setdefault(str(top["channel"]), []).append(model_name(str(model)))
    counted = f"{result.conversions:,.0f}"
    if len(leaders) == 1:
        said = t("attribution.verdict.agree", conversions=counted, channel=next(iter(leaders)))
    else:
        parts = "; ".join(
            t("attribution.verdict.part", channel=name, models=", ".join(models)) for name, models in leaders.items()
        )
        said = t("attribution.verdict.differ", conversions=counted, parts=parts)
    return f"{said} {result.caution}"


def wide(credits: pd.DataFrame, measure: str = "conversions") -> pd.DataFrame:
    """One row a channel, one column a model, channels with most credit first and what had no touch last."""
    table = credits.pivot(index="channel", columns="model", values=measure)[list(credits["model"].unique())]
    order = table.mean(axis=1).sort_values(ascending=False, kind="stable").index
    last = t("attribution.no_touch")
    return table.loc[[*(name for name in order if name != last), *([last] if last in table.index else [])]]


def html(result: AttributionResult) -> str:
    """The result as HTML; labels come from the log and are shown as text, never run."""
    table = wide(result.credits())
    head = "".join(f'<th scope="col">{escape(model_name(str(name)))}</th>' for name in table.columns)
    body = "".join(_row(str(name), row) for name, row in zip(table.index, table.to_numpy(), strict=True))
    total = _row(t("attribution.total"), table.sum().to_numpy())
    notes = "".join(f"<li>{escape(warning)}</li>" for warning in result.warnings)
    notes = f'<ul class="warnings">{notes}</ul>' if notes else ""
    return (
        f"<div><p>{escape(result.verdict)}</p>{notes}<table><caption>{escape(t('attribution.caption.conversions'))}</caption>"
        f'<thead><tr><th scope="col">{escape(t("attribution.channel"))}</th>{head}</tr></thead>'
        f"<tbody>{body}{total}</tbody></table><p>{escape(result.how)}</p></div>"
    )


def _row(label: str, cells: object) -> str:
    made = "".join(f"<td>{value:,.1f}</td>" for value in cells)  # type: ignore[attr-defined]
    return f'<tr><th scope="row">{escape(label)}</th>{made}</tr>'
