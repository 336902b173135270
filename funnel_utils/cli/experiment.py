"""`funnel experiment`: the arms of an experiment compared; as a table, JSON or a page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from funnel_utils.cli import options as o
from funnel_utils.cli.files import PAGE, Writes, tell_written, written
from funnel_utils.cli.guard import guarded, out, warn, working
from funnel_utils.text import t

if TYPE_CHECKING:
    from rich.console import Console

    from funnel_utils.cro.experiment import Experiment
    from funnel_utils.cro.result import ExperimentResult


def _option(key: str, *names: str, **settings: Any) -> Any:
    panel = t("experiment.cli.panel")
    return typer.Option(*names, help=t(f"experiment.help.{key}"), rich_help_panel=panel, **settings)


@guarded
@o.gathered
def experiment(
    logs: o.Logs,
    *,
    metric: Annotated[list[str] | None, _option("metric", "--metric", "-m", metavar="METRIC")] = None,
    guardrail: Annotated[list[str] | None, _option("guardrail", "--guardrail", metavar="METRIC")] = None,
    secondary: Annotated[list[str] | None, _option("secondary", "--secondary", metavar="METRIC")] = None,
    arm: Annotated[str, _option("arm", "--arm", metavar="PROPERTY")] = "variant",
    control: Annotated[str, _option("control", "--control", metavar="ARM")] = "control",
    treatment: Annotated[list[str] | None, _option("treatment", "--treatment", metavar="ARM")] = None,
    split: Annotated[list[str] | None, _option("split", "--split", metavar="ARM=SHARE")] = None,
    exposure: Annotated[str | None, _option("exposure", "--exposure", metavar="EVENT")] = None,
    within: Annotated[str | None, _option("within", "--within", metavar="DURATION")] = None,
    unit: Annotated[str | None, _option("unit", "--unit", metavar="COLUMN")] = None,
    clusters: Annotated[str | None, _option("clusters", "--clusters", metavar="COLUMN")] = None,
    strata: Annotated[str | None, _option("strata", "--strata", metavar="COLUMN")] = None,
    by: Annotated[list[str] | None, _option("by", "--by", "-b", metavar="PROPERTY")] = None,
    table: Annotated[bool, _option("table", "--table")] = False,
    alpha: Annotated[float, _option("alpha", "--alpha", metavar="SHARE", parser=o.share)] = 0.05,
    correction: Annotated[
        str, _option("correction", "--correction", metavar="holm|hochberg|bonferroni|bh|by|none")
    ] = "holm",
    least: Annotated[int, _option("least", "--least", min=2)] = 30,
    name: Annotated[str, _option("title", "--title")] = "",
    to: Annotated[Path | None, _option("out", "--out", "-o", dir_okay=False), Writes(*PAGE)] = None,
    json: Annotated[bool, typer.Option("--json", help=t("cli.help.json"))] = False,
    log_options: o.Options,
) -> None:
    """Compare the arms."""
    given = dict(locals())
    if not (metric or guardrail or secondary):
        raise typer.BadParameter(t("experiment.cli.none"))
    # A slip in a metric is no reason to open a large log first.
    asked(given, {})
    with working(t("experiment.cli.doing")):
        data: Any = (logs[0] if len(logs) == 1 else logs) if table else o.read_log(logs, log_options)
        schema = {} if table else {key: str(data.table.schema()[key]) for key in data.properties}
        test = asked(given, schema)
        if not table:
            o.check_events(data, {"exposure": [exposure] if exposure else []} | _events_of(test))
            o.check_columns(data, {"arm": arm, "unit": unit, "clusters": clusters, "strata": strata})
        result = test.run(data, by=tuple(by or ()))
        if to is not None:
            from funnel_utils.report.experiment import write_experiment

            write_experiment(result, to, title=name)
    if json:
        from funnel_utils.cli.show import print_json

        warn(result.warnings)
        print_json(as_data(result) | written(to))
        return
    # What a check found is told with the checks.
    checked = set(result.checks["detail"])
    warn(warning for warning in result.warnings if warning not in checked)
    print_result(out(), result)
    tell_written(to)


def asked(given: dict[str, Any], types: dict[str, str]) -> Experiment:
    """The experiment that the options describe, its conditions read by the types of the log's properties."""
    from funnel_utils.cli.metrics import parse_metric
    from funnel_utils.cro.experiment import Experiment
    from funnel_utils.cro.exposure import Exposure

    roles = (("primary", "metric"), ("guardrail", "guardrail"), ("secondary", "secondary"))
    metrics = [parse_metric(text, role, types or None) for role, key in roles for text in given[key] or ()]
    shares = o.numbers(given["split"], "--split")
    return Experiment(
        metrics,
        arm=given["arm"],
        control=given["control"],
        treatments=given["treatment"] or (),
        split=shares or None,
        exposure=Exposure(given["exposure"], within=given["within"]),
        unit=given["unit"],
        clusters=given["clusters"],
        strata=given["strata"],
        alpha=given["alpha"],
        correction=given["correction"],
        least=given["least"],
        name=given["name"],
    )


def _events_of(test: Experiment) -> dict[str, list[str]]:
    """The events that the metrics count, by the option that named them."""
    found: dict[str, list[str]] = {}
    for metric in test.metrics:
        option = "metric" if metric.role == "primary" else metric.role
        measures = [getattr(metric, part, None) for part in ("measure", "numerator", "denominator")]
        found.setdefault(option, []).extend(name for one in measures for name in getattr(one, "events", ()))
    return found


def as_data(result: ExperimentResult) -> dict[str, Any]:
    """The facts for a program: plain numbers, missing ones as null."""
    from funnel_utils.cli.show import rows

    found: dict[str, Any] = {
        "verdict": result.verdict,
        "how": result.how,
        "warnings": list(result.warnings),
        "decision": rows(result.decision),
        "effects": rows(result.table),
        "arms": rows(result.arms),
        "checks": rows(result.checks),
        "srm_p": result.srm.p,
    }
    for name in result.by:
        found[f"by {name}"] = rows(result.segments(name))
    return found


def print_result(console: Console, result: ExperimentResult) -> None:
    """The verdict, the checks, the decisions and the effects."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from funnel_utils.charts.style import ISOLATES, clean
    from funnel_utils.cro.view import cells, plain_change

    def text(value: object) -> Text:
        return Text(clean(value).strip(ISOLATES))

    console.print(Text(result.verdict))
    console.print()
    arm = ("arm",) if len(result.arm_names) > 2 else ()
    shown = ("metric", *arm, "control_estimate", "estimate", "difference", "interval", "p", "verdict")
    title = t("experiment.caption_plain", control=clean(result.arm_names[0]))
    made = Table(title=Text(title), title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, padding=(0, 1))
    for column in shown:
        name = column in ("metric", "arm")
        style: dict[str, Any] = {"min_width": 9} if name else {"justify": "right", "no_wrap": column != "interval"}
        made.add_column(t(f"experiment.plain.{column}"), overflow="fold", **style)
    for finding in result.effects:
        told = cells(finding) | plain_change(finding)
        made.add_row(*(text(told[column]) for column in shown))
    console.print(made)
    for check in result.checks.itertuples(index=False):
        mark = t("experiment.yes" if check.ok else "experiment.no")
        console.print(Text(f"{check.check}: {mark}. {check.detail}"), style="" if check.ok else "bold red")
    console.print(Text(t("experiment.cli.asked", how=result.how), style="dim"))
