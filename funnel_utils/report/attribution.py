"""Attribution in a report: the models side by side, what they are made of, and the money; as a section or a page."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from funnel_utils import charts
from funnel_utils.charts.style import amount, count, percent, records
from funnel_utils.journey.attribution.view import model_name, wide
from funnel_utils.report.file import writable, write_whole
from funnel_utils.report.page import Column, Html, Section, name, opening, page, paragraphs, picture, table
from funnel_utils.text import t

if TYPE_CHECKING:
    import pandas as pd

    from funnel_utils.journey.attribution import AttributionResult

#: How many paths a report names.
PATHS = 15


def attribution(result: AttributionResult, spend: Any = None) -> Html:
    """One section: chart, credit, removal effects, the money where spend is known, the paths, and what all is of."""
    credits = result.credits()
    parts = [paragraphs(result.verdict), picture(charts.attribution_chart(credits)), _credit(credits, "conversions")]
    if result.has_value and result.value:
        parts.append(_credit(credits, "value"))
    if spend is not None:
        parts.append(_money(result.roi(spend)))
    parts += [_removal(result), _paths(result), _summary(result), paragraphs(result.how, class_="muted")]
    return Html("".join(parts))


def _channel() -> Column:
    return Column(t("attribution.channel"), lambda row: name(row["channel"]), numeric=False)


def _credit(credits: pd.DataFrame, measure: str) -> Html:
    """Credit with one column a model; it adds up to the last row."""
    found = wide(credits, measure)
    rows: list[dict[str, Any]] = [
        {"channel": channel} | numbers for channel, numbers in zip(found.index, records(found), strict=True)
    ]
    rows.append({"channel": t("attribution.total")} | {str(model): total for model, total in found.sum().items()})
    columns = [_channel(), *(_number(str(model), model_name(str(model))) for model in found.columns)]
    return table(t(f"attribution.caption.{measure}"), rows, columns)


def _number(key: str, heading: str) -> Column:
    return Column(heading, lambda row: amount(round(float(row[key]), 1)))


def _money(found: pd.DataFrame) -> Html:
    """Return on spend with one column a model, for the channels with spend."""
    paid = found[found["spend"].notna()]
    parts = []
    for measure in ("cpa", "roas"):
        if not paid[measure].notna().any():
            continue
        across = paid.pivot(index="channel", columns="model", values=measure)[list(paid["model"].unique())]
        cost = paid.groupby("channel")["spend"].first()
        rows: list[dict[str, Any]] = [
            {"channel": str(channel), "spend": float(cost.loc[channel])} | numbers
            for channel, numbers in zip(across.index, records(across), strict=True)
        ]
        models = [Column(model_name(str(model)), _amount_of(str(model))) for model in across.columns]
        heads = [_channel(), Column(t("attribution.spend"), _amount_of("spend")), *models]
        parts.append(table(t(f"attribution.caption.{measure}"), rows, heads))
    return Html("".join(parts))


def _amount_of(key: str) -> Any:
    return lambda row: amount(float(row[key]))


def _removal(result: AttributionResult) -> Html:
    found = result.removal().sort_values("effect", ascending=False, kind="stable")
    if found.empty:
        return Html("")
    columns = [
        _channel(),
        Column(t("attribution.effect"), lambda row: percent(row["effect"], row["low"], row["high"])),
        Column(t("attribution.credit_share"), lambda row: percent(row["credit_share"])),
    ]
    caption = t("attribution.caption.removal", strategy=found["strategy"].iloc[0])
    return table(caption, records(found), columns)


def _paths(result: AttributionResult) -> Html:
    found = result.paths.head(PATHS)
    columns = [
        Column(t("attribution.path"), lambda row: _spelled(row["path"]), numeric=False, long=True),
        Column(t("attribution.journeys"), lambda row: count(row["journeys"])),
        Column(t("attribution.conversions"), lambda row: count(row["conversions"])),
        Column(t("attribution.rate"), lambda row: percent(row["rate"], row["low"], row["high"])),
    ]
    caption = t("attribution.caption.paths", shown=len(found), count=count(len(result.counted)))
    return table(caption, records(found), columns)


def _spelled(path: tuple[str, ...]) -> Html:
    return Html(" → ".join(name(channel) for channel in path) or name(t("attribution.no_touch")))


def _summary(result: AttributionResult) -> Html:
    columns = [
        Column(t("attribution.what"), lambda row: row["label"], numeric=False),
        Column(t("attribution.count"), lambda row: count(row["count"])),
    ]
    return table(t("attribution.caption.summary"), records(result.summary), columns)


def write_attribution(
    result: AttributionResult, path: str | os.PathLike[str], *, spend: Any = None, title: str = ""
) -> Path:
    """Write the section as one self-contained HTML page, whole or not at all.

    Raises
    ------
    FunnelUtilsError
        If the folder does not exist or cannot be written to.
    """

    target = writable(path)
    heading = title or t("attribution.title", events=" or ".join(result.asked.conversion))
    lead = opening("", result.warnings)
    section = Section("attribution", t("attribution.heading"), attribution(result, spend))
    return write_whole(target, page(heading, lead, [section]))
