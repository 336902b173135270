"""How an experiment looks in a notebook: the verdict, the checks that failed, the decisions and the effects."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from funnel_utils.cro.verdicts import WIN, Finding
from funnel_utils.cro.words import change, lift_text, number, p_value, percent, value_text
from funnel_utils.text import t

if TYPE_CHECKING:
    from funnel_utils.cro.result import ExperimentResult

#: The columns of the table of effects that are shown to people.
SHOWN = ("metric", "role", "arm", "n", "control_estimate", "estimate", "difference", "lift", "p", "power", "verdict")


def verdict_word(effect: Finding) -> str:
    """A verdict in a word; a guardrail that won has held."""
    held = effect.role == "guardrail" and effect.verdict == WIN
    return t("experiment.verdict.held" if held else f"experiment.verdict.{effect.verdict}")


def cells(effect: Finding) -> dict[str, str]:
    """An effect as text, by the names of `SHOWN`."""
    kind = effect.kind
    low, high = (change(kind, value, unit=False) for value in (effect.low, effect.high))
    least, most = lift_text(effect.lift_low), lift_text(effect.lift_high)
    return {
        "metric": effect.metric,
        "role": t(f"experiment.role.{effect.role}"),
        "arm": effect.arm,
        "n": f"{number(effect.n)} / {number(effect.control_n)}",
        "control_estimate": value_text(kind, effect.control_estimate),
        "estimate": value_text(kind, effect.estimate),
        "difference": f"{change(kind, effect.difference)} ({t('experiment.interval', low=low, high=high)})",
        "lift": f"{lift_text(effect.lift)} ({t('experiment.interval', low=least, high=most)})",
        "p": p_value(effect.p_adjusted).removeprefix("= "),
        "power": t("experiment.unknown") if math.isnan(effect.power) else f"{effect.power:.0%}",
        "verdict": verdict_word(effect),
    }


def plain_change(finding: Finding) -> dict[str, str]:
    """A difference and its interval as bare numbers, for narrow tables."""
    middle, low, high = (change(finding.kind, v, unit=False) for v in (finding.difference, finding.low, finding.high))
    return {"difference": middle, "interval": t("experiment.interval", low=low, high=high)}


def table_html(caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table, every text escaped."""
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def result_html(result: ExperimentResult) -> str:
    """The result as HTML: names come from the log or the analyst and are shown as text, never run."""
    heads = [t(f"experiment.column.{name}") for name in SHOWN]
    rows = [[cells(effect)[name] for name in SHOWN] for effect in result.effects]
    notes = "".join(f"<li>{escape(warning)}</li>" for warning in result.warnings)
    decisions = [(one.arm, one.decision, one.reason) for one in result.decisions]
    decided = [t(f"experiment.column.{name}") for name in ("arm", "decision", "reason")]
    confidences = sorted({effect.confidence for effect in result.effects})
    level = " / ".join(percent(one).replace(".0%", "%") for one in confidences)
    caption = t("experiment.caption", control=result.arm_names[0], confidence=level)
    return (
        f"<div><p>{escape(result.verdict)}</p>"
        + (f'<ul class="warnings">{notes}</ul>' if notes else "")
        + table_html(t("experiment.caption_decision"), decided, decisions)
        + table_html(caption, heads, rows)
        + f"<p>{escape(result.srm.verdict)}</p></div>"
    )
