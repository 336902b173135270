"""The decision table: from verdicts to what to do, by rules that are written down before anybody sees a number.

| primary | guardrails | decision |
|---|---|---|
| any worse, none better | | do not ship |
| | any worse | do not ship |
| some better, some worse | | no decision: weigh them |
| some better | not all held | not yet |
| some better | all held | ship |
| none told apart, planned effects ruled out | | keep control |
| none told apart else | | not yet |
| any invalid | | invalid |
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from funnel_utils.cro.verdicts import INCONCLUSIVE, INVALID, LOSE, WIN, Finding
from funnel_utils.cro.words import change, lift_text, number, percent, value_text
from funnel_utils.text import t


@dataclass(frozen=True)
class Decision:
    """What to do with an arm.

    Attributes
    ----------
    arm : str
    code : str
        `ship`, `do_not_ship`, `not_yet`, `keep_control`, `no_decision` or `decide_invalid`.
    reason : str
        Why, in words.
    """

    arm: str
    code: str
    reason: str

    @property
    def decision(self) -> str:
        """The decision in words."""
        return t(f"experiment.{self.code}")


def decide(arm: str, effects: Sequence[Finding], flaw: str) -> Decision:
    """What to do with an arm, by the table above.

    Parameters
    ----------
    arm : str
    effects : sequence of Finding
        All of this arm.
    flaw : str
        What makes the whole experiment invalid, if anything.
    """
    primary = [one for one in effects if one.role == "primary"]
    guards = [one for one in effects if one.role == "guardrail"]
    broken = [one for one in (*primary, *guards) if one.verdict == INVALID]
    if flaw or broken:
        why = t(f"experiment.flaw.{flaw or broken[0].flaw}")
        return Decision(arm, "decide_invalid", why if flaw else f"{broken[0].metric}: {why}")
    if not primary:
        return Decision(arm, "no_decision", t("experiment.why.no_primary"))
    won, lost = _with(primary, WIN), _with(primary, LOSE)
    hurt, unheld = _with(guards, LOSE), _with(guards, INCONCLUSIVE)
    if won and lost and not hurt:
        return Decision(arm, "no_decision", t("experiment.why.mixed_result", won=_names(won), lost=_names(lost)))
    if lost or hurt:
        return Decision(arm, "do_not_ship", t("experiment.why.worse", metrics=_names([*lost, *hurt])))
    if won and unheld:
        why = t("experiment.why.guardrail", metrics=_names(won), guardrails=_names(unheld))
        return Decision(arm, "not_yet", why)
    if won:
        key = "experiment.why.ship" if guards else "experiment.why.ship_plain"
        return Decision(arm, "ship", t(key, metrics=_names(won)))
    if all(ruled_out(one) for one in primary):
        return Decision(arm, "keep_control", t("experiment.why.ruled_out", metrics=_names(primary)))
    return Decision(arm, "not_yet", t("experiment.why.open", metrics=_names(primary)))


def _with(effects: Iterable[Finding], verdict: str) -> list[Finding]:
    return [one for one in effects if one.verdict == verdict]


def _names(effects: Iterable[Finding]) -> str:
    return ", ".join(one.metric for one in effects)


def ruled_out(effect: Finding) -> bool:
    """Whether the whole interval is short of the planned effect."""
    if math.isnan(effect.planned) or effect.planned == 0:
        return False
    return effect.high < effect.planned if effect.planned > 0 else effect.low > effect.planned


def said(effect: Finding) -> str:
    """The verdict on one metric in words."""
    if effect.verdict == INVALID:
        return t("experiment.invalid", flaw=t(f"experiment.flaw.{effect.flaw}"))
    kind = effect.kind
    values = {
        "estimate": value_text(kind, effect.estimate),
        "control": value_text(kind, effect.control_estimate),
        "difference": change(kind, effect.difference),
        "low": change(kind, effect.low, unit=False),
        "high": change(kind, effect.high, unit=False),
        "confidence": percent(effect.confidence).replace(".0%", "%"),
        "margin": _margin(effect),
    }
    guard = {WIN: "held", LOSE: "harmed", INCONCLUSIVE: "uncleared"}
    words = [t(f"experiment.{guard[effect.verdict] if effect.role == 'guardrail' else effect.verdict}", **values)]
    if effect.verdict == INCONCLUSIVE and effect.role != "guardrail" and not math.isnan(effect.planned):
        planned = change(kind, effect.planned)
        if ruled_out(effect):
            words.append(t("experiment.ruled_out", planned=planned))
        elif not math.isnan(effect.power):
            words.append(t("experiment.power", planned=planned, power=f"{effect.power:.0%}"))
    return "; ".join(words)


def _margin(effect: Finding) -> str:
    if math.isnan(effect.margin):
        return lift_text(math.nan)
    if effect.kind == "conversion":
        return t("experiment.points", number=number(100 * effect.margin))
    return number(effect.margin)
