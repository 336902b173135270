"""`funnel plan`: a plan from a YAML file, part by part, as tables or JSON, and the whole of it as a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from funnel_utils.cli.files import PAGE, Writes, tell_written, written
from funnel_utils.cli.guard import err, guarded, out, working
from funnel_utils.cli.tables import grid
from funnel_utils.errors import FunnelUtilsError
from funnel_utils.text import t

if TYPE_CHECKING:
    from funnel_utils.plan.worked import WorkedPlan

plan = typer.Typer(help=t("plan_report.help.app"), no_args_is_help=True, rich_markup_mode="rich")

File = Annotated[Path, typer.Argument(help=t("plan_report.help.file"), metavar="PLAN.yml")]
Json = Annotated[bool, typer.Option("--json", help=t("cli.help.json"))]
Out = Annotated[Path | None, typer.Option("--out", "-o", help=t("plan_report.help.out"), dir_okay=False), Writes(*PAGE)]

Shown = list[tuple[str, list[str], list[list[str]]]]
"""Tables for a terminal: title, headings, rows of cells."""


def _run(file: Path, json: bool, to: Path | None, make: Callable[[WorkedPlan], tuple[str, Any, Shown]]) -> None:
    """One part of a plan: its sentence and tables, or its data; and the page where one is asked for."""
    from funnel_utils.plan.worked import load_plan

    with working(t("plan_report.doing")) as tell:
        worked = load_plan(file)
        verdict, data, tables = make(worked)
        if to is not None:
            from funnel_utils.report.plan import write_plan

            write_plan(worked, to, tell=tell)
    if json:
        from funnel_utils.cli.show import print_json

        made = {"plan": worked.plan.business.name, "verdict": verdict, **data}
        print_json(made | written(to))
        return
    out().print(verdict, markup=False)
    for title, headings, rows in tables:
        out().print(grid(headings, rows, title))
    tell_written(to)


def _columns(frame: Any, cells: Mapping[str, Callable[[dict[str, Any]], str]]) -> list[list[str]]:
    from funnel_utils.charts.style import records

    return [[show(row) for show in cells.values()] for row in records(frame)]


@plan.command("audit", help=t("plan_report.help.audit"))
@guarded
def audit(file: File, json: Json = False, to: Out = None) -> None:
    """Scores and next steps."""

    def make(worked: WorkedPlan) -> tuple[str, Any, Shown]:
        from funnel_utils.cli.show import rows
        from funnel_utils.plan.race import PARTS

        found = worked.audit
        scores = found.table.set_index("id")["score"]
        by_part = [
            [
                t(f"race.part.{part}"),
                *(f"{id}: {_or_dash(scores[id])}" for id in found.table.loc[found.table["part"] == part, "id"]),
                _or_dash(float(mean), "{:.1f}"),
            ]
            for part, mean in zip(PARTS, found.parts["mean"], strict=True)
        ]
        steps: dict[str, Callable[[dict[str, Any]], str]] = {
            t("race.column.activity"): lambda row: f"{row['rank']}. {row['id']} {row['title']}",
            t("race.column.next_step"): lambda row: row["next_step"],
            t("race.column.reason"): lambda row: row["reason"],
        }
        shown: Shown = [
            (t("plan_report.heading.audit"), [t("race.column.part"), *"12345", t("race.column.mean")], by_part),
            (t("plan_report.caption.steps"), list(steps), _columns(found.steps.head(10), steps)),
        ]
        data = {"parts": rows(found.parts), "scores": rows(found.table), "steps": rows(found.steps)}
        return found.verdict, data, shown

    _run(file, json, to, make)


def _or_dash(value: float, form: str = "{:g}") -> str:
    return form.format(value) if value == value else t("charts.missing")


@plan.command("assess", help=t("plan_report.help.assess"))
@guarded
def assess(file: File, json: Json = False, to: Out = None) -> None:
    """Goals, letter by letter."""

    def make(worked: WorkedPlan) -> tuple[str, Any, Shown]:
        from funnel_utils.cli.show import rows

        shown: Shown = []
        data = []
        for found in worked.assessments:
            letters: dict[str, Callable[[dict[str, Any]], str]] = {
                t("plan_report.column.letters"): lambda row: t(f"plan.smart.name.{row['name']}"),
                t("plan_report.column.answer"): lambda row: t(f"plan_charts.smart.{row['status']}"),
                t("plan_report.column.because"): lambda row: row["reason"],
            }
            shown.append((found.goal.statement, list(letters), _columns(found.table, letters)))
            one = {"goal": found.goal.statement, "verdict": found.verdict, "band": found.band}
            data.append(one | {"expected": found.expected, "letters": rows(found.table)})
        verdict = " ".join(f"“{found.goal.statement}”: {found.verdict}" for found in worked.assessments)
        return verdict, {"goals": data}, shown

    _run(file, json, to, make)


@plan.command("budget", help=t("plan_report.help.budget"))
@guarded
def budget(file: File, json: Json = False, to: Out = None) -> None:
    """The split, the goal's least budget, scenarios."""

    def make(worked: WorkedPlan) -> tuple[str, Any, Shown]:
        from funnel_utils.cli.show import rows

        outcome, least, scenarios = worked.outcome, worked.least, worked.scenarios
        keys = ("spend", "visits", "leads", "sales", "revenue", "profit", "cac", "roas")
        shown: Shown = [_money(outcome.table, "channel", keys, t("plan_report.caption.split"))]
        verdict, data = outcome.verdict, {"split": rows(outcome.table), "of": outcome.of}
        if least is not None:
            verdict += "\n" + t("plan_report.least", said=least.verdict)
            data["least"] = rows(least.table)
        if scenarios is not None:
            beside = ("spend", "sales", "revenue", "profit", "cac", "roas", "extra_cost")
            shown.append(_money(scenarios, "scenario", beside, t("plan_report.caption.scenarios")))
            data["scenarios"] = rows(scenarios)
        data["simulated"] = rows(worked.simulated.summary)
        return verdict, data, shown

    _run(file, json, to, make)


def _money(frame: Any, first: str, keys: Sequence[str], title: str) -> tuple[str, list[str], list[list[str]]]:
    """A table of quantities by channel or scenario."""
    from funnel_utils.charts.style import records
    from funnel_utils.plan.words import quantity

    cells = [[str(row[first]), *(quantity(float(row[key])) for key in keys)] for row in records(frame)]
    return title, [t(f"plan_report.column.{key}") for key in (first, *keys)], cells


@plan.command("track", help=t("plan_report.help.track"))
@guarded
def track(file: File, json: Json = False, to: Out = None) -> None:
    """The period under way."""

    def make(worked: WorkedPlan) -> tuple[str, Any, Shown]:
        from funnel_utils.cli.show import rows

        found = worked.pace
        data: dict[str, Any] = {
            "target": found.target,
            "done": found.done,
            "planned": found.planned,
            "chance": found.chance,
        }
        data |= {"ending": found.ending, "method": found.method, "periods": rows(found.table)}
        return found.verdict, data, []

    _run(file, json, to, make)


@plan.command("kpis", help=t("plan_report.help.kpis"))
@guarded
def kpis(file: File, json: Json = False, to: Out = None) -> None:
    """The KPI tree."""

    def make(worked: WorkedPlan) -> tuple[str, Any, Shown]:
        from funnel_utils.cli.show import rows
        from funnel_utils.plan.kpi_tree import TREE
        from funnel_utils.plan.kpi_words import amount_of, change_of, interval_of

        found = worked.kpis
        cells: dict[str, Callable[[dict[str, Any]], str]] = {
            t("kpis.column.kpi"): lambda row: row["label"],
            t("kpis.column.value"): lambda row: amount_of(row["value"], row["unit"]),
            t("kpis.column.interval"): lambda row: row["missing"] or interval_of(row, row["unit"]),
            t("kpis.column.previous"): lambda row: amount_of(row["previous"], row["unit"]),
            t("kpis.column.change"): change_of,
        }
        shown: Shown = [(t(f"race.part.{part}"), list(cells), _columns(found.part(part), cells)) for part in TREE]
        data = {"start": f"{found.start:%Y-%m-%d}", "end": f"{found.end:%Y-%m-%d}", "notes": list(found.notes)}
        return found.verdict, data | {"kpis": rows(found.table)}, shown

    _run(file, json, to, make)


@plan.command("personas", help=t("plan_report.help.personas"))
@guarded
def personas(file: File, json: Json = False, to: Out = None) -> None:
    """Groups of people."""

    def make(worked: WorkedPlan) -> tuple[str, Any, Shown]:
        from funnel_utils.charts.style import rate_text
        from funnel_utils.cli.show import rows

        found = worked.personas
        cells: dict[str, Callable[[dict[str, Any]], str]] = {
            t("personas.column.persona"): lambda row: f"{row['persona']}. {row['name']}",
            t("personas.column.share"): lambda row: rate_text(row["share"], row["low"], row["high"]),
            t("personas.column.profile"): lambda row: row["profile"],
        }
        shown: Shown = [(t("plan_report.caption.personas"), list(cells), _columns(found.profiles, cells))]
        data = {"stable": found.stable, "personas": rows(found.profiles), "tried": rows(found.tried)}
        return found.verdict, data, shown

    _run(file, json, to, make)


@plan.command("new", help=t("plan_report.help.new"))
@guarded
def new(
    to: Annotated[Path, typer.Argument(help=t("plan_report.help.to"), metavar="PLAN.yml"), Writes(".yml", ".yaml")],
) -> None:
    """Write a plan to be filled in."""
    from funnel_utils.plan.template import plan_template

    try:
        with to.open("x", encoding="utf-8") as file:
            file.write(plan_template())
    except FileExistsError:
        raise FunnelUtilsError(t("plan_report.exists", path=to)) from None
    except OSError as error:
        raise FunnelUtilsError(f"{to} cannot be written: {error.strerror}. Choose another place.") from None
    err().print(t("cli.written", path=to), markup=False)
