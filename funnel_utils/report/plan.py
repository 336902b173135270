"""A plan as one self-contained HTML page: audit, KPIs, goals, budget, pace, people, worksheets, and what each is.

Whatever a plan or a log holds is escaped by `report.page`. A part that the plan does not have is left out; one that
cannot be computed says why, and the rest of the page stands.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from funnel_utils.charts.kpi_tree import kpi_chart
from funnel_utils.charts.pacing import pace_chart
from funnel_utils.charts.personas import personas_chart
from funnel_utils.charts.plan_fan import fan_chart
from funnel_utils.charts.race import audit_chart
from funnel_utils.charts.response import response_chart
from funnel_utils.charts.smart import smart_chart
from funnel_utils.charts.style import count, percent, rate_text, records
from funnel_utils.errors import FunnelUtilsError
from funnel_utils.plan.kpi_tree import TREE
from funnel_utils.plan.kpi_words import amount_of, change_of, interval_of
from funnel_utils.plan.race import PARTS
from funnel_utils.plan.words import quantity
from funnel_utils.plan.worked import NotPlanned
from funnel_utils.plan.worksheets import FOUR_P
from funnel_utils.report.file import writable, write_whole
from funnel_utils.report.page import Column, Html, Section, element, name, page, paragraphs, picture, table
from funnel_utils.text import t

if TYPE_CHECKING:
    from funnel_utils.plan.outcome import Outcome
    from funnel_utils.plan.worked import WorkedPlan

#: How many of the next steps the page lists.
STEPS = 10


def plan_html(worked: WorkedPlan, *, title: str = "", tell: Callable[[str], None] | None = None) -> str:
    """The page as one HTML document; the parameters are those of `write_plan`."""
    made = []
    for key, make in _PARTS.items():
        heading = t(f"plan_report.heading.{key}")
        if tell is not None:
            tell(heading)
        try:
            content = make(worked)
        except NotPlanned:
            continue
        except FunnelUtilsError as error:
            content = paragraphs(t("report.not_possible", reason=error))
        made.append(Section(key, heading, content))
    made.append(Section("definitions", t("plan_report.heading.definitions"), _definitions()))
    business = worked.plan.business
    lead = paragraphs(business.market, class_="lead") if business.market else Html("")
    return page(title or t("plan_report.title", name=business.name), Html(lead + _answers(worked)), made)


def write_plan(
    worked: WorkedPlan,
    path: str | os.PathLike[str],
    *,
    title: str = "",
    tell: Callable[[str], None] | None = None,
) -> Path:
    """Write the page, whole or not at all.

    Parameters
    ----------
    worked : WorkedPlan
    path : path
        The HTML file; an existing one is replaced when the new one is complete.
    title : str
        By default the business's name.
    tell : callable, optional
        Called with the heading of each part before it is computed.

    Raises
    ------
    FunnelUtilsError
        If the folder does not exist or cannot be written to.
    """

    target = writable(path)
    return write_whole(target, plan_html(worked, title=title, tell=tell))


def _answers(worked: WorkedPlan) -> Html:
    """What each part says, in a sentence each, before the parts."""
    asked: dict[str, Callable[[], str]] = {
        "audit": lambda: worked.audit.verdict,
        "budget": lambda: worked.outcome.verdict,
        "track": lambda: worked.pace.verdict,
    }
    said = []
    for key, say in asked.items():
        try:
            said.append(element("li", element("b", t(f"plan_report.heading.{key}")), ": ", say()))
        except FunnelUtilsError:
            # Its own section says why, or is not in the plan.
            continue
    return element("div", element("ul", *said), class_="card") if said else Html("")


def _audit(worked: WorkedPlan) -> Html:
    found = worked.audit
    steps = [
        Column(t("race.column.activity"), lambda row: f"{row['rank']}. {row['id']} {row['title']}", numeric=False),
        Column(t("race.column.next_step"), lambda row: row["next_step"], numeric=False, long=True),
        Column(t("race.column.score"), lambda row: f"{row['score']:g}"),
        Column(t("race.column.reason"), lambda row: row["reason"], numeric=False, long=True),
    ]
    notes = found.table[found.table["note"] != ""]
    noted = [
        Column(t("race.column.activity"), lambda row: f"{row['id']} {row['title']}", numeric=False),
        Column(t("plan_report.column.note"), lambda row: row["note"], numeric=False, long=True),
    ]
    parts = [picture(audit_chart(found))]
    parts.append(table(t("plan_report.caption.steps"), records(found.steps.head(STEPS)), steps))
    if len(notes):
        parts.append(table(t("plan_report.caption.notes"), records(notes), noted))
    return Html("".join([*parts, paragraphs(t("race.grouping"), class_="muted")]))


def _kpis(worked: WorkedPlan) -> Html:
    found = worked.kpis
    columns = [
        Column(t("kpis.column.kpi"), lambda row: row["label"], numeric=False),
        Column(t("kpis.column.value"), lambda row: amount_of(row["value"], row["unit"])),
        Column(t("kpis.column.change"), _change),
        Column(t("kpis.column.interval"), lambda row: interval_of(row, row["unit"])),
        Column(t("kpis.column.numerator"), lambda row: _plain(row["numerator"])),
        Column(t("kpis.column.denominator"), lambda row: _plain(row["denominator"])),
        Column(t("kpis.column.previous"), lambda row: amount_of(row["previous"], row["unit"])),
    ]
    parts = [paragraphs(found.verdict), picture(kpi_chart(found))]
    for part in TREE:
        rows = found.part(part)
        shown = rows[rows["missing"] == ""]
        if len(shown):
            parts.append(table(t(f"race.part.{part}"), records(shown), columns))
    absent = records(found.table[found.table["missing"] != ""])
    if absent:
        lacking = [columns[0], Column(t("kpis.column.missing"), lambda row: row["missing"], numeric=False, long=True)]
        parts.append(table(t("plan_report.caption.missing"), absent, lacking))
    defined = [(row["label"], _defined(row)) for row in records(found.table)]
    parts += [paragraphs(*found.notes, class_="muted"), _terms(defined)]
    return Html("".join(parts))


def _terms(pairs: Iterable[tuple[str, object]]) -> Html:
    """Terms with what each is."""
    return element("dl", *(one for term, said in pairs for one in (element("dt", term), element("dd", said))))


def _defined(row: dict[str, Any]) -> str:
    kind = row["interval"]
    return f"{row['definition']} {t('kpis.kind', kind=kind)}" if kind else str(row["definition"])


def _plain(value: float) -> str:
    return "" if value != value else quantity(value)


def _change(row: dict[str, Any]) -> str:
    if row["change"] != row["change"]:
        return ""
    differs = t(f"kpis.differs.{row['differs']}") if row["differs"] else t("kpis.chart.not_judged")
    return f"{change_of(row)} ({differs})"


def _goals(worked: WorkedPlan) -> Html:
    parts: list[Html] = []
    for found in worked.assessments:
        parts += [element("h3", found.goal.statement), paragraphs(found.verdict), picture(smart_chart(found))]
        if found.forecast is not None:
            parts.append(paragraphs(found.forecast.verdict, class_="muted"))
    rests = worked.goals_of_parts
    bare = [t(f"race.part.{part}") for part in PARTS if part != "plan" and part not in rests]
    if bare:
        parts.append(paragraphs(t("plan_report.no_goal", parts=", ".join(bare))))
    return Html("".join(parts))


def _budget(worked: WorkedPlan) -> Html:
    outcome, goal = worked.outcome, worked.plan.budget.goal if worked.plan.budget else None
    said = [outcome.verdict]
    if worked.least is not None and worked.least is not outcome:
        said.append(t("plan_report.least", said=worked.least.verdict))
    curves = [channel.response for channel in worked.budget.channels]
    parts = [
        paragraphs(*said),
        picture(response_chart(curves, outcome=outcome)),
        _split(outcome),
    ]
    scenarios = worked.scenarios
    if scenarios is not None:
        columns = [
            Column(t("plan_report.column.scenario"), lambda row: name(row["scenario"]), numeric=False),
            *(_quantity(key) for key in ("spend", "sales", "revenue", "profit", "cac", "roas", "extra_cost")),
        ]
        parts.append(table(t("plan_report.caption.scenarios"), records(scenarios), columns))
    # The fan is of the measure that the goal is in, so the goal is a line on it.
    fan = worked.fan
    parts.append(picture(fan_chart(fan, goal=goal)))
    if goal is not None:
        chance = worked.simulated.chance(goal, worked.plan.budget.of if worked.plan.budget else "sales")
        what = t(f"plan.many.{fan.of}")
        parts.append(paragraphs(t("plan_report.chance", goal=quantity(goal), what=what, chance=_chance(chance))))
    fits = [fit.verdict for fit in worked.curves.values()]
    return Html("".join([*parts, paragraphs(*fits, class_="muted")]))


def _chance(share: float) -> str:
    """A share of simulated periods; the few that none or all of them stand for are not shown as never or always."""
    return t("plan_report.under") if share < 0.01 else t("plan_report.over") if share > 0.99 else f"{share:.0%}"


def _split(outcome: Outcome) -> Html:
    columns = [
        Column(t("plan_report.column.channel"), lambda row: name(row["channel"]), numeric=False),
        *(_quantity(key) for key in ("spend", "visits", "leads", "sales", "revenue", "profit", "cac", "roas")),
        _quantity("payback_months"),
        Column(t("plan_report.column.bound"), lambda row: _bound(row["bound"]), numeric=False),
    ]
    return table(t("plan_report.caption.split"), records(outcome.table), columns)


def _bound(bound: str) -> str:
    return t(f"plan_charts.bound.{bound}") if bound else ""


def _quantity(key: str) -> Column:
    return Column(t(f"plan_report.column.{key}"), lambda row: quantity(float(row[key])))


def _track(worked: WorkedPlan) -> Html:
    found = worked.pace
    return Html(paragraphs(found.verdict) + picture(pace_chart(found)))


def _people(worked: WorkedPlan) -> Html:
    found = worked.personas
    columns = [
        Column(t("personas.column.persona"), lambda row: f"{row['persona']}. {row['name']}", numeric=False),
        Column(t("personas.column.people"), lambda row: count(row["people"])),
        Column(t("personas.column.share"), lambda row: rate_text(row["share"], row["low"], row["high"])),
        Column(t("personas.column.profile"), lambda row: row["profile"], numeric=False, long=True),
    ]
    tried = [
        Column(t("plan_report.column.groups"), lambda row: f"{row['groups']}", numeric=False),
        Column(t("plan_report.column.silhouette"), lambda row: f"{row['silhouette']:.2f}"),
        Column(t("plan_report.column.reseeded"), lambda row: f"{row['reseeded']:.2f}"),
        Column(t("plan_report.column.resampled"), lambda row: f"{row['resampled']:.2f}"),
        Column(t("plan_report.column.smallest"), lambda row: percent(row["smallest"])),
    ]
    return Html(
        paragraphs(found.verdict)
        + picture(personas_chart(found))
        + table(t("plan_report.caption.personas"), records(found.profiles), columns)
        + table(t("plan_report.caption.tried"), records(found.tried), tried)
    )


def _worksheets(worked: WorkedPlan) -> Html:
    sheets = worked.plan.worksheets
    if sheets is None:
        raise NotPlanned(t("plan_file.sheet.none"))
    parts = [paragraphs(sheets.verdict)]
    for number, one in enumerate(sheets.value_propositions, 1):
        parts.append(element("h3", t("plan_report.proposition", n=number)))
        said = {field: getattr(one, field) for field in type(one).model_fields} | {"rivals": _rivals(one.rivals)}
        filled = [(t(f"plan_report.sheet.{field}"), text or t("plan_report.open")) for field, text in said.items()]
        parts.append(_terms(filled))
    if sheets.marketing_mix is not None:
        rows = [{"p": p, **dict(getattr(sheets.marketing_mix, p))} for p in FOUR_P]
        columns = [
            Column(t("plan_report.column.p"), lambda row: t(f"plan_report.p.{row['p']}"), numeric=False),
            *(_words(key) for key in ("now", "change", "because")),
        ]
        parts.append(table(t("plan_report.caption.mix"), rows, columns))
    return Html("".join(parts))


def _rivals(rivals: list[Any]) -> str:
    return "; ".join(f"{one.name}: {one.promise}" for one in rivals)


def _words(key: str) -> Column:
    return Column(t(f"plan_report.column.{key}"), lambda row: row[key] or "", numeric=False, long=True)


def _definitions() -> Html:
    keys = ("score", "interval", "smart", "curve", "split", "fan", "pace", "personas")
    return _terms((t(f"plan_report.term.{key}"), t(f"plan_report.define.{key}")) for key in keys)


_PARTS: dict[str, Callable[[WorkedPlan], Html]] = {
    "audit": _audit,
    "kpis": _kpis,
    "goals": _goals,
    "budget": _budget,
    "track": _track,
    "personas": _people,
    "worksheets": _worksheets,
}
