"""From options of the command line to an event log and a funnel."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import typer

from funnel_utils.cli.spelling import CommandError, Says
from funnel_utils.errors import LogError
from funnel_utils.text import t

if TYPE_CHECKING:
    from funnel_utils.events import EventLog
    from funnel_utils.funnel import Funnel


def _option(key: str, *names: str, **settings: Any) -> Any:
    return typer.Option(*names, help=t(f"cli.help.{key}"), rich_help_panel=t("cli.panel.log"), **settings)


def _funnel(key: str, *names: str, **settings: Any) -> Any:
    return typer.Option(*names, help=t(f"cli.help.{key}"), rich_help_panel=t("cli.panel.funnel"), **settings)


Logs = Annotated[list[str], typer.Argument(help=t("cli.help.log"), metavar="LOG...", show_default=False)]
#: Of so many names of events the nearest to a misspelt one is looked for.
MOST_EVENTS = 2_000

Options = dict[str, Any]
"""The type of a command's parameter that `gathered` fills: the values of a group of options, by name."""

#: Each group of options that several commands share: by name, what typer needs to know of one and its default.
GROUPS: dict[str, dict[str, tuple[Any, Any]]] = {
    "log_options": {
        "user": (Annotated[str | None, _option("user", "--user")], None),
        "event": (Annotated[str | None, _option("event", "--event")], None),
        "timestamp": (Annotated[str | None, _option("timestamp", "--timestamp")], None),
        "property": (
            Annotated[list[str] | None, _option("property", "--property", metavar="NAME=COLUMN"), Says("columns")],
            None,
        ),
        "type": (Annotated[list[str] | None, _option("type", "--type", metavar="NAME=TYPE")], None),
        "preset": (Annotated[str | None, _option("preset", "--preset")], None),
        "sequence": (Annotated[str | None, _option("sequence", "--sequence", metavar="COLUMN")], None),
        "source_tz": (Annotated[str | None, _option("source_tz", "--source-tz", metavar="ZONE")], None),
        "timestamp_unit": (
            Annotated[str | None, _option("timestamp_unit", "--timestamp-unit", metavar="s|ms|us|ns")],
            None,
        ),
        "timestamp_format": (
            Annotated[str | None, _option("timestamp_format", "--timestamp-format", metavar="PATTERN")],
            None,
        ),
        "report_tz": (Annotated[str, _option("report_tz", "--report-tz", metavar="ZONE")], "UTC"),
        "week_start": (Annotated[str, _option("week_start", "--week-start", metavar="DAY")], "monday"),
        "observed_until": (Annotated[str | None, _option("observed_until", "--observed-until", metavar="TIME")], None),
        "currency": (Annotated[str | None, _option("currency", "--currency", metavar="CODE")], None),
        "rate": (Annotated[list[str] | None, _option("rate", "--rate", metavar="CODE=NUMBER")], None),
        "strict": (Annotated[bool, _option("strict", "--strict")], False),
    },
    "funnel_options": {
        "steps": (Annotated[str | None, _funnel("steps", "--steps", "-s")], None),
        "step": (Annotated[list[str] | None, _funnel("step", "--step")], None),
        "window": (Annotated[str | None, _funnel("window", "--window", "-w", metavar="DURATION")], None),
        "order": (Annotated[str | None, _funnel("order", "--order", metavar="ordered|strict|unordered")], None),
        "entry": (Annotated[str | None, _funnel("entry", "--entry", metavar="best|first|every")], None),
        "ties": (Annotated[str | None, _funnel("ties", "--ties", metavar="either|log|increase")], None),
        "unit": (Annotated[str | None, _funnel("unit", "--unit")], None),
        "hold": (Annotated[list[str] | None, _funnel("hold", "--hold", metavar="PROPERTY")], None),
        "reuse": (Annotated[bool | None, _funnel("reuse", "--reuse/--no-reuse", show_default=False)], None),
        "open": (Annotated[bool, _funnel("open", "--open")], False),
        "like": (Annotated[str | None, _funnel("like", "--like", metavar="TOOL")], None),
        "name": (Annotated[str | None, _funnel("name", "--name")], None),
    },
}


def gathered(command: Callable[..., None]) -> Callable[..., None]:
    """`command`, with the options of a group in place of its parameter of that name.

    A command that says `*, log_options: Options` has all the options of the log on its command line, where that
    parameter stands, and is handed their values together.

    Examples
    --------
    >>> @gathered
    ... def count(logs: list[str], *, log_options: Options, deep: bool = False) -> None:
    ...     print(logs, log_options, deep)
    >>> list(inspect.signature(count).parameters)[:3], list(inspect.signature(count).parameters)[-2:]
    (['logs', 'user', 'event'], ['strict', 'deep'])
    >>> count(["a.csv"], user="who", strict=True)
    ['a.csv'] {'user': 'who', 'strict': True} False
    """
    parameters: list[inspect.Parameter] = []
    for parameter in inspect.signature(command, eval_str=True).parameters.values():
        group = GROUPS.get(parameter.name)
        if group is None:
            parameters.append(parameter)
            continue
        for name, (annotation, default) in group.items():
            kind = inspect.Parameter.KEYWORD_ONLY
            parameters.append(inspect.Parameter(name, kind, annotation=annotation, default=default))
    here = [name for name in GROUPS if name in inspect.signature(command).parameters]

    @functools.wraps(command)
    def run(*args: Any, **given: Any) -> None:
        for group in here:
            given[group] = {name: given.pop(name) for name in GROUPS[group] if name in given}
        command(*args, **given)

    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {one.name: one.annotation for one in parameters}
    return run


def number(text: Any) -> float:
    """A number, or a percentage.

    Raises
    ------
    CommandError
        If the text is neither.

    Examples
    --------
    >>> number("30%"), number("0.3"), number(" 12 ")
    (0.3, 0.3, 12.0)
    """
    said = str(text).strip()
    try:
        # Through Decimal: 29% is the float nearest to 0.29, which 29 / 100 need not be.
        found = float(Decimal(said[:-1]) / 100 if said.endswith("%") else Decimal(said))
    except ArithmeticError:
        found = math.nan
    if not math.isfinite(found):
        raise CommandError(t("cli.number", text=said))
    return found


def share(text: Any) -> float:
    """What `parser=` of an option is that holds a number: typer tells which one cannot be read."""
    try:
        return number(text)
    except CommandError as error:
        raise typer.BadParameter(str(error)) from None


def numbers(given: Sequence[str] | None, option: str) -> dict[str, float]:
    """`NAME=NUMBER` options as a mapping."""
    made = {}
    for name, value in pairs(given, option).items():
        try:
            made[name] = number(value)
        except CommandError as error:
            raise CommandError(f"{option} {name}={value}: {error}") from None
    return made


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
            raise CommandError(t("cli.pair", option=option, text=text))
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
    rates = numbers(given.pop("rate", None), "--rate")
    source = logs[0] if len(logs) == 1 else list(logs)
    # Empty mappings mean "nothing was said", which a preset may then fill in.
    given |= {name: found for name, found in (("columns", columns), ("types", types), ("rates", rates)) if found}
    return EventLog.read(source, **given)


def check_events(log: EventLog, wanted: Mapping[str, Iterable[str] | None], column: str = "event") -> None:
    """Refuse names of events that never occur in the log: nearly always a slip, and a table of zeros hides it.

    Parameters
    ----------
    log : EventLog
    wanted : mapping
        The names, by what to blame in an error.
    column : str
        Where they are looked for, if not among the events.

    Raises
    ------
    LogError
        With the nearest name that does occur.
    """
    from funnel_utils.events.fields import missing, occurring

    named = {name: argument for argument, names in wanted.items() for name in names or ()}
    seen = occurring(log, named, column)
    for name, argument in named.items():
        if name not in seen:
            events: Any = log.table.select(name=log.table[column].cast("string")).distinct()
            there = events.filter(events["name"].notnull()).order_by("name").limit(MOST_EVENTS)
            raise LogError(missing(name, there.to_pyarrow()["name"].to_pylist(), argument, column))


def id_of(text: str, log: EventLog) -> Any:
    """The id of a person that was typed, as a number where the log's ids are numbers."""
    kind: Any = log.table["user"].type()
    return int(text) if kind.is_integer() and text.lstrip("-").isdigit() else text


def check_columns(log: EventLog, wanted: Mapping[str, str | None]) -> None:
    """Refuse names of columns that the log does not have, by what to blame; `None` was not given.

    Raises
    ------
    LogError
        With the nearest name that is there.
    """
    from funnel_utils.events.fields import missing

    for argument, name in wanted.items():
        if name is not None and name not in log.table.columns:
            raise LogError(missing(name, log.table.columns, argument))


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
