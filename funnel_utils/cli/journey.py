"""`funnel journey`: how journeys end, their paths, transitions, entry and channels; as tables, JSON or a page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from funnel_utils.cli import options as o
from funnel_utils.cli.files import PAGE, Writes, tell_written, written
from funnel_utils.cli.guard import guarded, out, warn, working
from funnel_utils.cli.spelling import CommandError, Says
from funnel_utils.text import t

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

    from funnel_utils.events import EventLog
    from funnel_utils.funnel import Funnel
    from funnel_utils.journey import Journey, JourneyResult


def _option(key: str, *names: str, **settings: Any) -> Any:
    panel = t("journey_report.panel")
    return typer.Option(*names, help=t(f"journey_report.help.{key}"), rich_help_panel=panel, **settings)


@guarded
@o.gathered
def journey(
    logs: o.Logs,
    *,
    end: Annotated[list[str] | None, _option("end", "--end", "-e", metavar="EVENT")] = None,
    start: Annotated[list[str] | None, _option("start", "--start", metavar="EVENT")] = None,
    unit: Annotated[str, _option("unit", "--unit", metavar="COLUMN")] = "user",
    idle: Annotated[str | None, _option("idle", "--idle", metavar="DURATION")] = None,
    stage: Annotated[list[str] | None, _option("stage", "--stage", metavar="EVENT=STAGE")] = None,
    stage_model: Annotated[str | None, _option("model", "--stage-model", metavar="NAME")] = None,
    state: Annotated[str, _option("state", "--state", metavar="COLUMN")] = "event",
    order: Annotated[str | None, _option("order", "--order", metavar="STATE,STATE,…")] = None,
    only: Annotated[list[str] | None, _option("only", "--only", metavar="EVENT"), Says("events")] = None,
    collapse: Annotated[bool, _option("collapse", "--collapse")] = False,
    channel: Annotated[str | None, _option("channel", "--channel", metavar="COLUMN")] = None,
    offline: Annotated[list[str] | None, _option("offline", "--offline", metavar="COLUMN=VALUE")] = None,
    top: Annotated[int, _option("top", "--top", min=1, max=100)] = 10,
    title: Annotated[str, _option("title", "--title")] = "",
    to: Annotated[Path | None, _option("out", "--out", "-o", dir_okay=False), Writes(*PAGE)] = None,
    json: Annotated[bool, typer.Option("--json", help=t("cli.help.json"))] = False,
    log_options: o.Options,
) -> None:
    """Find the journeys."""
    given = dict(locals())
    asked = _asked(given)
    with working(t("journey_report.doing")):
        log = o.read_log(logs, log_options)
        _check_names(log, given)
        result = asked.run(log)
        found = tables(result, top)
        if to is not None:
            from funnel_utils.report.journey import write_journey

            write_journey(result, to, title=title)
    warn(_notes(result, log, stage_model))
    if json:
        from funnel_utils.cli.show import print_json

        print_json(as_data(result, found) | written(to))
        return
    print_tables(out(), result, found)
    tell_written(to)


def _check_names(log: EventLog, given: dict[str, Any]) -> None:
    """Refuse names that the log does not have; a stage model brings its own, of which some may be missing."""
    events = {"end": given["end"], "start": given["start"], "only": given["only"]}
    if given["state"] == "event":
        events["stage"] = list(o.pairs(given["stage"], "--stage"))
    o.check_events(log, events)
    o.check_columns(log, {"channel": given["channel"], "state": given["state"], "unit": given["unit"]})
    if not (given["stage"] or given["stage_model"]):
        o.check_events(log, {"order": _names(given["order"])}, given["state"])
    for column in o.pairs(given["offline"], "--offline"):
        o.check_columns(log, {"offline": column})


def _names(listed: str | None) -> list[str]:
    return [name.strip() for name in (listed or "").split(",") if name.strip()]


def _notes(result: JourneyResult, log: EventLog, stage_model: str | None) -> list[str]:
    """What to know about the journeys; the events of a model that the log lacks in one line."""
    from funnel_utils.events.fields import occurring

    stages = result.journey.stages
    absent = sorted(set(stages) - occurring(log, stages)) if stage_model else []
    told = tuple(t("journey.warning.unknown", field="stages", name=name, hint="") for name in absent)
    notes = [one for one in result.warnings if not (told and one.startswith(told))]
    if absent:
        notes.append(t("journey_report.absent", model=stage_model, events=", ".join(absent)))
    return notes


def _asked(given: dict[str, Any]) -> Journey:
    """The journey that the options describe."""
    from funnel_utils.journey import Journey

    if given["stage"] and given["stage_model"]:
        raise CommandError(t("journey_report.both"))
    stages: Any = o.pairs(given["stage"], "--stage") or None
    if given["stage_model"]:
        from funnel_utils.stages import model

        stages = model(given["stage_model"])
    return Journey(
        given["end"] or (),
        start=given["start"] or (),
        unit=given["unit"],
        idle=given["idle"],
        stages=stages,
        state=given["state"],
        order=_names(given["order"]),
        events=given["only"] or (),
        collapse=given["collapse"],
        channel=given["channel"] or "channel",
        offline=o.pairs(given["offline"], "--offline") or None,
    )


def journey_to(funnel: Funnel) -> Journey:
    """The journeys to a funnel's last step; a silence longer than its window ends one."""
    from funnel_utils.journey import Journey

    return Journey(funnel.steps[-1].events, unit=funnel.unit, idle=funnel.window)


def tables(result: JourneyResult, top: int) -> dict[str, pd.DataFrame]:
    """Every table that a terminal and JSON show, by name, as far as the log and the journey have what it needs."""
    found = {
        "summary": result.summary,
        "paths": result.paths(top=top),
        "transitions": result.transitions().head(top),
    }
    if result.journey.order:
        found |= {"entry": result.entry(), "linearity": result.linearity(), "skips": result.skips()}
    if "channel" in result.table.columns:
        found["touchpoints"] = result.touchpoints()
    if {"channel", "offline"} & set(result.table.columns):
        found["channels"] = result.channels()
    return found


def as_data(result: JourneyResult, found: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """The facts for a program: plain numbers, missing ones as null."""
    from funnel_utils.cli.show import rows

    chain = result.chain()
    return {
        "journey": repr(result.journey),
        "verdict": result.verdict,
        "how": result.how,
        "warnings": list(result.warnings),
        "chain": {"conversion": chain.conversion, "steps": chain.steps, "states": rows(chain.table)},
        **{key: rows(frame) for key, frame in found.items()},
    }


def print_tables(console: Console, result: JourneyResult, found: dict[str, pd.DataFrame]) -> None:
    """The verdict and the tables that fit a terminal."""
    from rich.text import Text

    console.print(Text(result.verdict))
    t_ = "journey_report.column"
    shares = ("rate", "low", "high")
    won = ("conversion", "conversion_low", "conversion_high")
    shown: list[tuple[str, str, dict[str, str], list[tuple[str, Any]]]] = [
        ("summary", t("journey_report.caption.outcomes"), {"outcome": t(f"{t_}.outcome")}, [("journeys", shares)]),
        (
            "paths",
            t("journey_report.caption.paths"),
            {"path": t(f"{t_}.path")},
            [("journeys", ("share", "low", "high"))],
        ),
        (
            "transitions",
            t("journey_report.show.transitions"),
            {"source": t("journey_report.show.source"), "target": t("journey_report.show.target")},
            [("count", shares)],
        ),
        ("entry", t("journey_report.show.entry"), {"stage": t(f"{t_}.stage")}, [("count", shares)]),
        ("linearity", t("journey_report.caption.linearity"), {"measure": t(f"{t_}.measure")}, [("count", shares)]),
        ("channels", t("journey_report.caption.channels"), {"measure": t(f"{t_}.measure")}, [("count", shares)]),
    ]
    for key, title, names, [(counted, ends)] in shown:
        if key in found:
            console.print()
            with_won = won[0] in found[key].columns and bool(result.journey.end)
            console.print(_grid(title, found[key], names, counted, ends, won if with_won else ()))
    chain = result.chain()
    said = t("journey_report.show.chain", chance=f"{chain.conversion:.1%}", steps=f"{chain.steps:.1f}")
    console.print(Text(said))
    console.print(Text(t("journey_report.show.asked", journey=repr(result.journey), how=result.how), style="dim"))


def _grid(
    title: str, frame: pd.DataFrame, names: dict[str, str], counted: str, ends: tuple[str, ...], won: tuple[str, ...]
) -> Any:
    """One table: names, a count, its share and interval, and the conversion where there is one."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from funnel_utils.charts.style import ISOLATES, clean, count, percent, percent_interval, records

    made = Table(title=Text(title), title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, padding=(0, 1))
    for heading in names.values():
        made.add_column(heading, overflow="fold")
    keys = [counted, "share" if ends[0] == "share" else "rate"]
    heads = [t(f"journey_report.column.{key}") for key in keys]
    for heading in (*heads, *([t("journey_report.column.conversion")] if won else [])):
        made.add_column(heading.replace(" (95%)", ""), justify="right", no_wrap=True)
        if heading not in heads[:1]:
            made.add_column(t("cli.column.interval"), justify="right", no_wrap=True)
    for row in records(frame):
        cells: list[Any] = [Text(clean(row[name]).strip(ISOLATES)) for name in names]
        cells.append(count(float(row[counted])))
        for trio in (ends, won) if won else (ends,):
            rate, low, high = (float(row[name]) for name in trio)
            cells += [percent(rate, low, high), percent_interval(rate, low, high)]
        made.add_row(*cells)
    return made
