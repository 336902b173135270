"""`funnel segment` and `funnel campaign`: people chosen by a rule, and what a campaign caused; as tables or JSON."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from funnel_utils.cli import options as o
from funnel_utils.cli.guard import err, guarded, out, working
from funnel_utils.text import t

if TYPE_CHECKING:
    import pandas as pd


def _option(key: str, *names: str, **settings: Any) -> Any:
    panel = t(f"automation.{settings.pop('panel')}")
    return typer.Option(*names, help=t(f"automation.help.{key}"), rich_help_panel=panel, **settings)


Json = Annotated[bool, typer.Option("--json", help=t("cli.help.json"))]
Csv = Annotated[Path | None, typer.Option("--csv", help=t("automation.help.csv"), dir_okay=False)]


@guarded
@o.gathered
def segment(
    log: Annotated[str, typer.Argument(help=t("cli.help.log"), metavar="LOG", show_default=False)],
    rule: Annotated[str, typer.Argument(help=t("automation.help.rule"), metavar="RULE", show_default=False)],
    *,
    as_of: Annotated[str | None, _option("as_of", "--as-of", metavar="TIME", panel="segment")] = None,
    why: Annotated[str | None, _option("why", "--why", metavar="USER", panel="segment")] = None,
    people: Annotated[Path | None, _option("people", "--people", dir_okay=False, panel="segment")] = None,
    csv: Csv = None,
    json: Json = False,
    log_options: o.Options,
) -> None:
    """Count the people for whom a rule holds."""
    from funnel_utils.automation import Segment
    from funnel_utils.export import to_csv

    asked = Segment(rule)
    with working(t("automation.doing.segment")):
        events = o.read_log([log], log_options)
        explained = None if why is None else asked.why(_id(why, events), events, as_of=as_of)
        found = asked.run(events, as_of=as_of)
        table = found.conditions
        if csv is not None:
            found.to_csv(csv)
        if people is not None:
            to_csv(found.people(), people)
    if json:
        data: dict[str, Any] = {"rule": asked.text, "as_of": str(found.as_of), "verdict": found.verdict}
        data |= {"people": found.size, "of": int(table["of"].iloc[0]), "warnings": list(found.warnings)}
        data |= {} if explained is None else {"why": str(explained)}
        _print_json(data, conditions=table)
        return
    _warn(found.warnings)
    out().print(found.verdict, markup=False)
    _print(table, ("condition", "people", "of", "share", "low", "high"))
    if explained is not None:
        out().print(str(explained), markup=False)
    if people is not None:
        out().print(t("automation.written", path=people), markup=False)


@guarded
@o.gathered
def campaign(
    logs: o.Logs,
    *,
    name: Annotated[str | None, _option("campaign", "--campaign", metavar="NAME", panel="campaign")] = None,
    assigned: Annotated[str, _option("assigned", "--assigned", metavar="EVENT", panel="campaign")] = "assigned",
    arm: Annotated[str, _option("arm", "--arm", metavar="COLUMN", panel="campaign")] = "group",
    holdout: Annotated[str, _option("holdout", "--holdout", metavar="VALUE", panel="campaign")] = "holdout",
    no_holdout: Annotated[bool, _option("no_holdout", "--no-holdout", panel="campaign")] = False,
    share: Annotated[float | None, _option("share", "--holdout-share", metavar="SHARE", panel="campaign")] = None,
    conversion: Annotated[str, _option("conversion", "--conversion", metavar="EVENT", panel="campaign")] = "purchase",
    value: Annotated[str | None, _option("value", "--value", metavar="COLUMN", panel="campaign")] = None,
    within: Annotated[str, _option("within", "--within", metavar="DURATION", panel="campaign")] = "14d",
    cost: Annotated[float, _option("cost", "--cost-per-send", metavar="AMOUNT", panel="campaign")] = 0.0,
    fixed: Annotated[float, _option("fixed", "--fixed-cost", metavar="AMOUNT", panel="campaign")] = 0.0,
    margin: Annotated[float | None, _option("margin", "--margin", metavar="SHARE", panel="campaign")] = None,
    csv: Csv = None,
    json: Json = False,
    log_options: o.Options,
) -> None:
    """Report a campaign, and what it caused."""
    from funnel_utils.automation import Campaign

    asked = Campaign(
        campaign=name,
        assigned=assigned,
        arm=None if no_holdout else arm,
        holdout=holdout,
        holdout_share=share,
        conversion=conversion,
        value=value,
        within=within,
        cost_per_send=cost,
        fixed_cost=fixed,
        margin=margin,
    )
    with working(t("automation.doing.campaign")):
        result = asked.run(o.read_log(logs, log_options))
        effect, money = result.effect, result.roi
        if csv is not None:
            result.to_csv(csv)
    if json:
        data: dict[str, Any] = {"campaign": repr(asked), "verdict": result.verdict, "warnings": list(result.warnings)}
        data |= {"cost": result.cost, "conversions_after_a_click": result.claimed}
        _print_json(data, messages=result.messages, effect=effect, roi=money)
        return
    _warn(result.warnings)
    out().print(result.verdict, markup=False)
    _print(result.messages, ("step", "events", "people", "of", "of_step", "rate", "low", "high"))
    if len(effect):
        _print(effect, ("measure", "difference", "low", "high", "p", "caused", "caused_low", "caused_high"))


def _id(text: str, log: Any) -> Any:
    """The id that was typed, as a number where the log's ids are numbers."""
    kind = log.table["user"].type()
    return int(text) if kind.is_integer() and text.lstrip("-").isdigit() else text


def _warn(warnings: tuple[str, ...]) -> None:
    for warning in warnings:
        err().print(t("cli.warning", message=warning), style="yellow", markup=False)


def _print_json(data: dict[str, Any], **tables: pd.DataFrame) -> None:
    from funnel_utils.cli.show import print_json, rows

    print_json(data | {name: rows(table) for name, table in tables.items()})


def _print(table: pd.DataFrame, columns: tuple[str, ...]) -> None:
    """A table of names (left) and numbers (right)."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=box.SIMPLE_HEAD, padding=(0, 1))
    for name in columns:
        is_number = table[name].dtype.kind in "iuf"
        shown.add_column(t(f"automation.column.{name}"), justify="right" if is_number else "left", no_wrap=is_number)
    for row in table[list(columns)].to_dict("records"):
        shown.add_row(*(Text(_cell(str(name), value)) for name, value in row.items()))
    out().print(shown)


def _cell(name: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    if value != value:
        return "–"
    if name in ("people", "of", "events"):
        return f"{value:,.0f}"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.4g}"
