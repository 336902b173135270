"""From options of the command line to an event log and a funnel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from funnel_utils.errors import SpecError
from funnel_utils.text import t

if TYPE_CHECKING:
    from funnel_utils.events import EventLog
    from funnel_utils.funnel import Funnel


def _option(key: str, *names: str, **settings: Any) -> Any:
    panel = settings.pop("panel", "log")
    return typer.Option(*names, help=t(f"cli.help.{key}"), rich_help_panel=t(f"cli.panel.{panel}"), **settings)


Logs = Annotated[list[str], typer.Argument(help=t("cli.help.log"), metavar="LOG...", show_default=False)]
User = Annotated[str | None, _option("user", "--user")]
Event = Annotated[str | None, _option("event", "--event")]
Timestamp = Annotated[str | None, _option("timestamp", "--timestamp")]
Property = Annotated[list[str] | None, _option("property", "--property", metavar="NAME=COLUMN")]
Type = Annotated[list[str] | None, _option("type", "--type", metavar="NAME=TYPE")]
Preset = Annotated[str | None, _option("preset", "--preset")]
Sequence_ = Annotated[str | None, _option("sequence", "--sequence", metavar="COLUMN")]
SourceTz = Annotated[str | None, _option("source_tz", "--source-tz", metavar="ZONE")]
TimestampUnit = Annotated[str | None, _option("timestamp_unit", "--timestamp-unit", metavar="s|ms|us|ns")]
TimestampFormat = Annotated[str | None, _option("timestamp_format", "--timestamp-format", metavar="PATTERN")]
ReportTz = Annotated[str, _option("report_tz", "--report-tz", metavar="ZONE")]
WeekStart = Annotated[str, _option("week_start", "--week-start", metavar="DAY")]
ObservedUntil = Annotated[str | None, _option("observed_until", "--observed-until", metavar="TIME")]
Currency = Annotated[str | None, _option("currency", "--currency", metavar="CODE")]
Rate = Annotated[list[str] | None, _option("rate", "--rate", metavar="CODE=NUMBER")]
Strict = Annotated[bool, _option("strict", "--strict")]

Steps = Annotated[str | None, _option("steps", "--steps", "-s", panel="funnel")]
Step = Annotated[list[str] | None, _option("step", "--step", panel="funnel")]
Window = Annotated[str | None, _option("window", "--window", "-w", panel="funnel", metavar="DURATION")]
Order = Annotated[str | None, _option("order", "--order", panel="funnel", metavar="ordered|strict|unordered")]
Entry = Annotated[str | None, _option("entry", "--entry", panel="funnel", metavar="best|first|every")]
Ties = Annotated[str | None, _option("ties", "--ties", panel="funnel", metavar="either|log|increase")]
Unit = Annotated[str | None, _option("unit", "--unit", panel="funnel")]
Hold = Annotated[list[str] | None, _option("hold", "--hold", panel="funnel", metavar="PROPERTY")]
Reuse = Annotated[bool | None, _option("reuse", "--reuse/--no-reuse", panel="funnel", show_default=False)]
Open = Annotated[bool, _option("open", "--open", panel="funnel")]
Like = Annotated[str | None, _option("like", "--like", panel="funnel", metavar="TOOL")]
Name = Annotated[str | None, _option("name", "--name", panel="funnel")]


def pairs(given: Sequence[str] | None, option: str) -> dict[str, str]:
    """`NAME=VALUE` options as a mapping.

    Examples
    --------
    >>> pairs(["plan=properties.plan"], "--property")
    {'plan': 'properties.plan'}
    """
    made = {}
    for text in given or ():
        name, mark, value = text.partition("=")
        if not mark or not name.strip() or not value.strip():
            raise SpecError(t("cli.pair", option=option, text=text))
        made[name.strip()] = value.strip()
    return made


def _given(**options: Any) -> dict[str, Any]:
    """The options that were given; the others keep the defaults of what they are passed to."""
    return {name: value for name, value in options.items() if value is not None}


def read_log(logs: Sequence[str], options: dict[str, Any]) -> EventLog:
    """The event log that the options describe; its files are not read before a number is asked for."""
    from funnel_utils.events import EventLog

    given = _given(**options)
    columns, types = pairs(given.pop("property", None), "--property"), pairs(given.pop("type", None), "--type")
    rates = {code: _rate(code, value) for code, value in pairs(given.pop("rate", None), "--rate").items()}
    source = logs[0] if len(logs) == 1 else list(logs)
    # Empty mappings mean "nothing was said", which a preset may then fill in.
    given |= {name: found for name, found in (("columns", columns), ("types", types), ("rates", rates)) if found}
    return EventLog.read(source, **given)


def _rate(code: str, value: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise SpecError(t("cli.rate", code=code, value=value)) from None


def check_steps(options: dict[str, Any]) -> None:
    """Refuse steps that cannot be read before a large log is opened.

    Raises
    ------
    typer.BadParameter
        If there are none at all.
    SpecError
        If a step is not in the language of `funnel_utils.cli.steps`.
    """
    from funnel_utils.cli.steps import parse_steps

    if options["steps"] is None and not options["step"]:
        raise typer.BadParameter(t("cli.steps.none"))
    parse_steps(options["steps"], options["step"] or ())


def build_funnel(log: EventLog, options: dict[str, Any]) -> Funnel:
    """The funnel that the options describe, its conditions read by the types of the log's properties."""
    from funnel_utils.cli.steps import parse_steps
    from funnel_utils.funnel import Funnel

    given = _given(**options)
    schema = log.table.schema()
    types = {name: str(schema[name]) for name in log.properties}
    steps = parse_steps(given.pop("steps", None), given.pop("step", None) or (), types)
    if given.pop("open", False):
        given["closed"] = False
    tool = given.pop("like", None)
    return Funnel(steps, **given) if tool is None else Funnel.like(tool, steps, **given)


#: The parameters of a command that describe the log, and those that describe the funnel.
LOG_OPTIONS = (
    *("user", "event", "timestamp", "property", "type", "preset", "sequence", "source_tz", "timestamp_unit"),
    *("timestamp_format", "report_tz", "week_start", "observed_until", "currency", "rate", "strict"),
)
FUNNEL_OPTIONS = ("steps", "step", "window", "order", "entry", "ties", "unit", "hold", "reuse", "open", "like", "name")


def picked(given: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """Those of a command's parameters; a trailing underscore keeps a parameter from hiding a builtin."""
    return {name: given[name] if name in given else given[f"{name}_"] for name in names}
