"""The commands. Whatever is slow to import is imported by the command that needs it, so that `--help` is quick."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from funnel_utils.cli import options as o
from funnel_utils.cli.attribution import attribution
from funnel_utils.cli.automation import Ruled, campaign, segment
from funnel_utils.cli.clv import clv
from funnel_utils.cli.contacts import contacts
from funnel_utils.cli.design import design
from funnel_utils.cli.experiment import experiment
from funnel_utils.cli.files import PAGE, Writes, tell_written
from funnel_utils.cli.guard import err, guarded, out, warn, working
from funnel_utils.cli.journey import journey, journey_to
from funnel_utils.cli.plan import plan
from funnel_utils.cli.retention import retention, rfm
from funnel_utils.errors import LogError
from funnel_utils.text import t

if TYPE_CHECKING:
    from funnel_utils.events import EventLog
    from funnel_utils.funnel import Funnel, FunnelResult

app = typer.Typer(
    help=t("cli.help.app"),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)

Json = Annotated[bool, typer.Option("--json", help=t("cli.help.json"))]
By = Annotated[
    list[str] | None,
    typer.Option("--by", "-b", help=t("cli.help.by"), metavar="PROPERTY", rich_help_panel=t("cli.panel.report")),
]


def _report_option(key: str, *names: str, **settings: Any) -> Any:
    return typer.Option(*names, help=t(f"cli.help.{key}"), rich_help_panel=t("cli.panel.report"), **settings)


Top = Annotated[int, _report_option("top", "--top", min=1, max=100)]
ShowIds = Annotated[bool, _report_option("show_ids", "--show-ids")]


def _version(wanted: bool) -> None:
    if wanted:
        from funnel_utils import __version__

        typer.echo(f"funnel {__version__}")
        raise typer.Exit


@app.callback()
def funnel(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help=t("cli.help.version"))
    ] = False,
) -> None:
    """Set up; the commands do the work."""


def _run(logs: list[str], log_options: dict[str, Any], funnel_options: dict[str, Any], by: list[str] | None) -> Any:
    """The result that a command line asks for; warnings go to standard error."""
    o.check_steps(funnel_options)
    log = o.read_log(logs, log_options)
    for name in by or ():
        o.check_columns(log, {"by": name})
    funnel = o.build_funnel(log, funnel_options)
    result = funnel.run(log, carry=tuple(name for name in by or () if name in log.properties))
    warn(result.warnings)
    if (result.steps["units"] == 0).any():
        _hint(log, funnel)
    return result


def _hint(log: EventLog, funnel: Funnel) -> None:
    """The name that may have been meant by a step that nobody reaches; such a step is allowed."""
    try:
        o.check_events(log, {"step": [name for step in funnel.steps for name in step.events]})
    except LogError as error:
        warn([str(error)])


def _by(result: FunnelResult, by: list[str] | None, top: int, show_ids: bool) -> dict[str, Any]:
    """The entry sources by each property asked for."""
    from funnel_utils.report import entry_properties

    if not by:
        return {}
    return {name: result.sources(name, top=top) for name in entry_properties(result, by, show_ids)}


@app.command(help=t("cli.help.report"), epilog=t("cli.help.epilog"))
@guarded
@o.gathered
def report(
    logs: o.Logs,
    *,
    funnel_options: o.Options,
    log_options: o.Options,
    by: By = None,
    top: Top = 10,
    within: Annotated[str, _report_option("within", "--within", metavar="DURATION")] = "1d",
    trend: Annotated[str | None, _report_option("trend", "--trend", metavar="day|week|month")] = None,
    title: Annotated[str, _report_option("title", "--title")] = "",
    show_ids: ShowIds = False,
    journeys: Annotated[
        bool,
        typer.Option("--journey", help=t("journey_report.help.report"), rich_help_panel=t("cli.panel.report")),
    ] = False,
    to: Annotated[Path, _report_option("out", "--out", "-o", dir_okay=False), Writes(*PAGE)] = Path("report.html"),
    json: Json = False,
) -> None:
    """Write the report."""
    from funnel_utils.report import write_report

    with working(t("cli.doing.match")) as tell:
        result = _run(logs, log_options, funnel_options, by)

        def now(section: str) -> None:
            tell(t("cli.doing.section", section=section))

        settings: dict[str, Any] = {"by": by, "top": top, "within": within, "trend": trend, "title": title}
        if journeys:
            settings["journey"] = journey_to(result.funnel)
        write_report(result, to, show_ids=show_ids, tell=now, **settings)
    if json:
        from funnel_utils.cli.show import print_json

        print_json({"report": str(to), "bytes": to.stat().st_size, "verdict": result.verdict})
        return
    out().print(result.verdict, markup=False)
    tell_written(to)


@app.command(help=t("cli.help.show"), epilog=t("cli.help.epilog"))
@guarded
@o.gathered
def show(
    logs: o.Logs,
    *,
    funnel_options: o.Options,
    log_options: o.Options,
    by: By = None,
    top: Top = 10,
    show_ids: ShowIds = False,
    json: Json = False,
) -> None:
    """Print the table."""
    with working(t("cli.doing.match")):
        result = _run(logs, log_options, funnel_options, by)
        sources = _by(result, by, top, show_ids)
        from funnel_utils.cli.show import as_data, print_json, print_result

        data = as_data(result, sources)
    if json:
        print_json(data)
    else:
        print_result(out(), result, sources)


app.command(help=t("attribution.help.command"), epilog=t("attribution.help.epilog"))(attribution)


app.command(help=t("journey_report.help.command"), epilog=t("journey_report.help.epilog"))(journey)


app.command(help=t("experiment.help.command"), epilog=t("experiment.help.epilog"))(experiment)


app.command(help=t("retention_report.help.command"), epilog=t("retention_report.help.epilog"))(retention)
app.command(help=t("retention_report.help.rfm"), epilog=t("retention_report.help.rfm_epilog"))(rfm)
app.command(help=t("clv.help.command"), epilog=t("clv.help.epilog"))(clv)


app.command(cls=Ruled, help=t("automation.help.segment"), epilog=t("automation.help.segment_epilog"))(segment)
app.command(help=t("automation.help.campaign_command"), epilog=t("automation.help.campaign_epilog"))(campaign)
app.command(help=t("contacts.help.command"), epilog=t("contacts.help.epilog"))(contacts)


app.add_typer(plan, name="plan")


app.command(help=t("design.help.command"), epilog=t("design.help.epilog"))(design)


@app.command(help=t("cli.help.simulate"), epilog=t("cli.help.simulate_epilog"))
@guarded
def simulate(
    events: Annotated[float, typer.Option("--events", "-n", help=t("cli.help.events"))] = 1e6,
    to: Annotated[Path, typer.Option("--out", "-o", help=t("cli.help.simulate_out"), file_okay=False)] = Path("events"),
    journeys: Annotated[bool, typer.Option("--journeys", help=t("cli.help.journeys"))] = False,
    seed: Annotated[int | None, typer.Option("--seed", help=t("cli.help.seed"))] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help=t("cli.help.overwrite"))] = False,
    json: Json = False,
) -> None:
    """Write a simulated log."""
    from funnel_utils.synthetic import Journeys
    from funnel_utils.synthetic import simulate as write

    shop = Journeys() if journeys else None
    done = write(events, to, shop=shop, seed=seed, overwrite=overwrite, progress=err().is_terminal)
    if json:
        from funnel_utils.cli.show import print_json

        files = [str(file) for file in done.files]
        print_json({"events": done.events, "people": done.people, "files": files, "seconds": done.seconds})
    else:
        out().print(str(done), markup=False)


@app.command(help=t("cli.help.doctor"))
@guarded
def doctor() -> None:
    """Check the installation."""
    from funnel_utils.course.doctor import main

    raise typer.Exit(main([]))
