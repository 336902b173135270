"""A plan to be filled in: YAML with every activity and worksheet, that validates as it stands."""

from __future__ import annotations

from funnel_utils.plan.race import ACTIVITIES, PARTS
from funnel_utils.plan.worksheets import FOUR_P, ValueProposition
from funnel_utils.text import t


def plan_template() -> str:
    """The text of a plan without numbers.

    Returns
    -------
    str
        YAML. Its scores and worksheets are empty (`null`), which is allowed; what cannot be left empty stands behind a
        comment mark.

    Examples
    --------
    >>> from funnel_utils.plan import parse_yaml
    >>> from funnel_utils.plan.document import Plan
    >>> made = parse_yaml(plan_template(), Plan)
    >>> made.audit.scores.C4 is None, made.worksheets.value_propositions[0].gaps[0]
    (True, 'of')
    """
    lines = [f"# {line}" for line in t("plan_template.head").splitlines()]
    lines += ["business:", f"  name: {t('plan_template.name')}", *_hints("business"), ""]
    lines += [*_comment("audit"), "audit:", "  scores:"]
    for part in PARTS:
        lines.append(f"    # {t(f'race.part.{part}')}: {t(f'race.about.{part}')}")
        lines += [f"    {one.id}: null  # {one.title}" for one in ACTIVITIES if one.part == part]
    for section in ("series", "goals", "log", "budget", "track"):
        lines += ["", *_comment(section), *_hints(section)]
    lines += ["", *_comment("worksheets"), "worksheets:", "  value_propositions:", "    - level: firm"]
    fields = [name for name in ValueProposition.model_fields if name not in ("level", "rivals")]
    lines += [f"      {name}: null  # {t(f'plan_template.sheet.{name}')}" for name in fields]
    lines += ["      rivals: []", "  marketing_mix:"]
    lines += [f"    {p}: {{now: null, change: null, because: null}}" for p in FOUR_P]
    return "\n".join(lines) + "\n"


def _comment(section: str) -> list[str]:
    return [f"# {t(f'plan_template.about.{section}')}"]


def _hints(section: str) -> list[str]:
    """An example of a section, behind comment marks."""
    return [f"# {line}" if line else "#" for line in t(f"plan_template.example.{section}").splitlines()]
