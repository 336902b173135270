"""A campaign as a page: what it caused, what its messages did, and what has to be true for either to be believed."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from funnel_utils import charts
from funnel_utils.charts.style import amount, count, rate_text, records, signed
from funnel_utils.cro.words import change, p_value, value_text
from funnel_utils.report.file import writable, write_whole
from funnel_utils.report.page import Column, Html, Section, element, name, opening, page, paragraphs, picture, table
from funnel_utils.text import t

if TYPE_CHECKING:
    from funnel_utils.automation.campaign_result import CampaignResult


def write_campaign(result: CampaignResult, path: str | os.PathLike[str], *, title: str = "") -> Path:
    """Write the campaign's report as one self-contained HTML page, whole or not at all; no ids are in it.

    Parameters
    ----------
    result : CampaignResult
    path : path
        The HTML file; an existing one is replaced when the new one is complete.
    title : str
        By default the campaign's name.

    Raises
    ------
    FunnelUtilsError
        If the folder does not exist or cannot be written to.
    """

    return write_whole(writable(path), campaign_html(result, title=title))


def campaign_html(result: CampaignResult, *, title: str = "") -> str:
    """The report as one HTML document."""
    lead = opening(result.verdict, result.warnings)
    parts = [("picture", picture(charts.campaign_chart(result))), ("messages", _messages(result))]
    if result.comparable:
        parts.append(("effect", _effect(result)))
    if result.experiment is not None:
        parts.append(("lot", _lot(result)))
    parts.append(("definitions", _definitions(result)))
    sections = [Section(key, text(f"heading.{key}"), made) for key, made in parts]
    return page(title or result.spec.campaign or text("title"), lead, sections)


def text(key: str, **values: object) -> str:
    """A text of this page."""
    return t(f"campaign.report.{key}", **values)


def _messages(result: CampaignResult) -> Html:
    def share(row: dict[str, Any]) -> str:
        return "" if math.isnan(row["rate"]) else rate_text(row["rate"], row["low"], row["high"])

    columns = [
        Column(t("campaign.column.step"), lambda row: _step(row["step"]), numeric=False),
        Column(text("column.event"), lambda row: name(row["event"]), numeric=False),
        Column(t("campaign.column.events"), lambda row: count(row["events"])),
        Column(t("campaign.column.people"), lambda row: count(row["people"])),
        Column(t("campaign.column.of"), lambda row: f"{count(row['of'])} {_step(row['of_step'])}" if row["of"] else ""),
        Column(text("column.share"), share),
    ]
    return Html(table(text("caption.messages"), records(result.messages), columns) + paragraphs(text("note.messages")))


def _step(step: str) -> str:
    return t(f"campaign.step.{step}")


def _effect(result: CampaignResult) -> Html:
    """What was caused, and what is left of it after its cost: a row a figure, for such figures are wide."""
    found = records(result.effect)
    shown = [_figures(row, "mean" if row["measure"] == "revenue" else "conversion") for row in found]
    keys = [key for key in shown[0] if key != "per_send" or result.sends]
    rows = [{"key": key, **{row["measure"]: one[key] for row, one in zip(found, shown, strict=True)}} for key in keys]
    columns = [_figure_name()]
    columns += [Column(name(row["measure"]), lambda each, key=row["measure"]: each[key]) for row in found]  # type: ignore[misc]
    people = {"treated": count(found[0]["treated"]), "held": count(found[0]["held_out"])}
    made = table(text("caption.effect", **people), rows, columns)
    if len(result.roi):
        money = records(result.roi)[0]
        told = [{"key": "cost", "value": amount(money["cost"])}]
        told += [{"key": key, "value": _between(money, key)} for key in ("margin_caused", "profit", "roi")]
        value = Column(text("column.amount"), lambda row: row["value"])
        made = Html(made + table(text("caption.roi"), told, [_figure_name(), value]))
        made = Html(made + paragraphs(text("note.roi"), class_="muted"))
    return made


def _figure_name() -> Column:
    return Column(text("column.figure"), lambda row: text(f"figure.{row['key']}"), numeric=False)


def _figures(row: dict[str, Any], kind: str) -> dict[str, str]:
    """The figures of one measure in words."""
    low, high = (change(kind, float(row[end]), unit=False) for end in ("low", "high"))
    return {
        "estimate": value_text(kind, float(row["estimate"])),
        "control_estimate": value_text(kind, float(row["control_estimate"])),
        "difference": text("interval", middle=change(kind, float(row["difference"])), low=low, high=high),
        "p": p_value(float(row["p"])).removeprefix("= "),
        "caused": _between(row, "caused"),
        "per_send": _between(row, "per_send", 1000),
    }


def _between(row: dict[str, Any], key: str, times: float = 1) -> str:
    """A figure with its bounds, all three with the digits that the largest of them deserves."""
    values = [times * float(row[f"{key}{end}"]) for end in ("", "_low", "_high")]
    middle, low, high = (signed(value, whole=max(map(abs, values)) >= 100) for value in values)
    return text("interval", middle=middle, low=low, high=high)


def _lot(result: CampaignResult) -> Html:
    """What was checked of the lot before anything was compared."""
    assert result.experiment is not None
    columns = [
        Column(t("experiment.column.check"), lambda row: name(row["check"]), numeric=False),
        Column(t("experiment.column.ok"), lambda row: t("experiment.yes" if row["ok"] else "experiment.no"), False),
        Column(t("experiment.column.detail"), lambda row: row["detail"], numeric=False, long=True),
    ]
    return table(text("caption.lot"), records(result.experiment.checks), columns)


def _definitions(result: CampaignResult) -> Html:
    terms: list[object] = []
    for term in ("assigned", "caused", "claim", "per_send", "left_out"):
        terms += [element("dt", text(f"term.{term}")), element("dd", text(f"define.{term}"))]
    return Html(element("dl", *terms) + element("pre", element("code", repr(result.spec))))
