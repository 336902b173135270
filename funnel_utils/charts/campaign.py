"""A campaign: its messages in people, and below them what a click claims beside what the holdout shows.

The two lower bars stand on one scale, because the comparison between them is the point. The claim has no interval: it
is a count, however little it means. What was caused has one, and zero is on the scale.
"""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from funnel_utils.charts import style
from funnel_utils.charts.style import Sheet, clean, count, rate_text, signed
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from funnel_utils.automation.campaign_result import CampaignResult

BAR = 0.16
#: Leaving is no step on the way, and a claim is no finding: both look different from the rest.
LOOKS: dict[str, dict[str, Any]] = {
    "unsubscribed": {"facecolor": style.ORANGE},
    "converted": {"facecolor": style.GREEN},
    "claimed": {"facecolor": style.FAINT, "hatch": "////"},
    "caused": {"facecolor": style.GREEN},
}


def campaign_chart(result: CampaignResult) -> Figure:
    """Draw a campaign's messages, and what they are credited with beside what they caused.

    Parameters
    ----------
    result : CampaignResult

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text. Without a holdout, or when the lot cannot be trusted, nothing is drawn as caused:
        the sentence that says why stands in its place.
    """
    sheet = Sheet()
    sheet.title(describe_campaign(result))
    sheet.paragraph(t("campaign.chart.messages"), weight="bold")
    sheet.y += 0.04
    steps = [row for row in style.records(result.messages) if row["step"] != "converted after a click"]
    widest = max(float(row["people"]) for row in steps)
    for row in steps:
        _step(sheet, row, widest)
    sheet.y += 0.06
    sheet.paragraph(
        t("campaign.chart.effect", what=clean(result.spec.conversion), within=_within(result)), weight="bold"
    )
    sheet.y += 0.04
    _effect(sheet, result)
    for warning in result.warnings:
        sheet.paragraph(warning, size=style.SMALL, color=style.ALARM_TEXT, lines=4)
    sheet.note(t("campaign.chart.note"))
    return sheet.figure(_alt(result, steps))


def describe_campaign(result: CampaignResult) -> str:
    """The claim and the finding in one sentence."""
    known = {"claimed": count(result.claimed), "what": clean(result.spec.conversion)}
    claim = "" if math.isnan(result.claimed) else "claim_"
    if not result.comparable:
        return t(f"campaign.chart.title.{claim}unknown", **known)
    row = result.effect.iloc[0]
    caused = {name: signed(float(row[name])) for name in ("caused", "caused_low", "caused_high")}
    ending = "caused" if float(row["caused_low"]) > 0 or float(row["caused_high"]) < 0 else "unclear"
    return t(f"campaign.chart.title.{claim}{ending}", **known, **caused)


def _step(sheet: Sheet, row: dict[str, Any], widest: float) -> None:
    """One step: its name and figures, and below them a bar of people."""
    said = count(row["people"])
    if row["of_step"] and not math.isnan(row["rate"]):
        share = rate_text(float(row["rate"]), float(row["low"]), float(row["high"]))
        said = t("campaign.chart.step", people=said, share=share, of=_step_name(row["of_step"]))
    _labelled(sheet, _step_name(row["step"]), said)
    width = (sheet.right - sheet.left) * float(row["people"]) / widest
    sheet.bar(sheet.left, sheet.y, width, BAR, **LOOKS.get(row["step"], {}))
    sheet.y += BAR + 0.07


def _effect(sheet: Sheet, result: CampaignResult) -> None:
    """The claim and the effect on one scale, or why there is none."""
    claimed = result.claimed
    row = style.records(result.effect)[0] if result.comparable else {}
    ends = [0.0, claimed, *(float(row[name]) for name in ("caused", "caused_low", "caused_high") if row)]
    known = [end for end in ends if not math.isnan(end)]
    low, high = min(known), max(known) or 1.0
    room = sheet.right - sheet.left - 0.1

    def at(value: float) -> float:
        return float(sheet.left + 0.05 + room * (value - low) / (high - low))

    if not math.isnan(claimed):
        _labelled(sheet, t("campaign.chart.claimed"), count(claimed))
        sheet.bar(at(0), sheet.y, at(claimed) - at(0), BAR, **LOOKS["claimed"])
        sheet.y += BAR + 0.07
    if not row:
        sheet.paragraph(result.verdict, size=style.SMALL, color=style.ALARM_TEXT, lines=6)
        return
    said = t("campaign.chart.interval", **{name: signed(row[name]) for name in ("caused", "caused_low", "caused_high")})
    _labelled(sheet, t("campaign.chart.caused"), said)
    left, right = sorted((at(0), at(float(row["caused"]))))
    sheet.bar(left, sheet.y, right - left, BAR, **LOOKS["caused"])
    sheet.whisker(at(float(row["caused_low"])), at(float(row["caused_high"])), sheet.y + BAR / 2)
    sheet.line((at(0), at(0)), (sheet.y - 0.03, sheet.y + BAR + 0.05))
    sheet.y += BAR + 0.06
    sheet.text(at(0), sheet.y, "0", size=style.SMALL, color=style.MUTED, ha="center")
    sheet.y += style.SMALL * style.LINE


def _labelled(sheet: Sheet, label: str, said: str) -> None:
    """A label at the left and its figures at the right; they share a line where they fit."""
    room = sheet.right - sheet.left
    if style.text_width(label) + style.text_width(said, style.SMALL) + 0.12 > room:
        sheet.paragraph(label, lines=2)
        label = ""
    sheet.text(sheet.left, sheet.y, label)
    sheet.text(sheet.right, sheet.y, said, size=style.SMALL, ha="right")
    sheet.y += style.BODY * style.LINE + 0.02


def _step_name(step: str) -> str:
    return t(f"campaign.step.{step}")


def _within(result: CampaignResult) -> str:
    assert isinstance(result.spec.within, timedelta)
    return style.span(result.spec.within.total_seconds())


def _alt(result: CampaignResult, steps: list[dict[str, Any]]) -> str:
    parts = "; ".join(f"{_step_name(row['step'])} {count(row['people'])}" for row in steps)
    words = " ".join([describe_campaign(result) + ".", result.verdict, *result.warnings])
    return t("campaign.chart.alt", words=words, parts=parts)
