"""`funnel segment` and `funnel campaign`: people chosen by a rule, and what a campaign caused; as tables or JSON."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from funnel_utils.cli import options as o
from funnel_utils.cli.files import PAGE, Writes, tell_written, written
from funnel_utils.cli.guard import guarded, out, warn, working
from funnel_utils.cli.spelling import Says
from funnel_utils.cli.tables import grid
from funnel_utils.text import t

if TYPE_CHECKING:
    import pandas as pd


def _option(key: str, *names: str, **settings: Any) -> Any:
    panel = t(f"automation.{settings.pop('panel')}")
    return typer.Option(*names, help=t(f"automation.help.{key}"), rich_help_panel=panel, **settings)


Json = Annotated[bool, typer.Option("--json", help=t("cli.help.json"))]
Csv = Annotated[Path | None, typer.Option("--csv", help=t("automation.help.csv"), dir_okay=False), Writes(".csv")]


class Ruled(TyperCommand):
    """A command whose help ends with the language of rules; only who asks for help waits for it to be read."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """The help, with a line for each kind of condition."""
        from funnel_utils.automation import language

        # The table in which the language describes itself.
        rows = re.findall(r"^\| (`.*) \| (.*) \|$", language.__doc__ or "", re.MULTILINE)
        lines = [f"{meant.lstrip('… ')}: {written.replace('`', '')}" for written, meant in rows]
        # A single line break would be taken for a space, and a bracket for markup.
        self.epilog = "\n\n".join([t("automation.help.segment_epilog"), *lines]).replace("[", r"\[")
        super().format_help(ctx, formatter)


@guarded
@o.gathered
def segment(
    log: Annotated[str, typer.Argument(help=t("cli.help.log"), metavar="LOG", show_default=False)],
    rule: Annotated[
        str, typer.Argument(help=t("automation.help.rule"), metavar="RULE", show_default=False), Says("property")
    ],
    *,
    as_of: Annotated[str | None, _option("as_of", "--as-of", metavar="TIME", panel="segment")] = None,
    why: Annotated[str | None, _option("why", "--why", metavar="USER", panel="segment"), Says("user")] = None,
    people: Annotated[
        Path | None, _option("people", "--people", dir_okay=False, panel="segment"), Writes(".csv")
    ] = None,
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
        explained = None if why is None else asked.why(o.id_of(why, events), events, as_of=as_of)
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
        _print_json(data | written(csv, people), conditions=table)
        return
    warn(found.warnings)
    out().print(found.verdict, markup=False)
    _print_conditions(table)
    if explained is not None:
        out().print(str(explained), markup=False)
    tell_written(csv, people)


@guarded
@o.gathered
def campaign(
    logs: o.Logs,
    *,
    name: Annotated[str | None, _option("campaign", "--campaign", metavar="NAME", panel="campaign")] = None,
    assigned: Annotated[str, _option("assigned", "--assigned", metavar="EVENT", panel="campaign")] = "assigned",
    arm: Annotated[str, _option("arm", "--arm", metavar="COLUMN", panel="campaign")] = "group",
    holdout: Annotated[str, _option("holdout", "--holdout", metavar="VALUE", panel="campaign")] = "holdout",
    no_holdout: Annotated[bool, _option("no_holdout", "--no-holdout", panel="campaign"), Says("arm=None")] = False,
    share: Annotated[
        float | None, _option("share", "--holdout-share", metavar="SHARE", parser=o.share, panel="campaign")
    ] = None,
    sent: Annotated[str, _option("sent", "--sent", metavar="EVENT", panel="campaign")] = "sent",
    delivered: Annotated[str, _option("delivered", "--delivered", metavar="EVENT", panel="campaign")] = "delivered",
    opened: Annotated[str, _option("opened", "--opened", metavar="EVENT", panel="campaign")] = "opened",
    clicked: Annotated[str, _option("clicked", "--clicked", metavar="EVENT", panel="campaign")] = "clicked",
    left: Annotated[str, _option("unsubscribed", "--unsubscribed", metavar="EVENT", panel="campaign")] = "unsubscribed",
    conversion: Annotated[str, _option("conversion", "--conversion", metavar="EVENT", panel="campaign")] = "purchase",
    value: Annotated[str | None, _option("value", "--value", metavar="COLUMN", panel="campaign")] = None,
    within: Annotated[str, _option("within", "--within", metavar="DURATION", panel="campaign")] = "14d",
    cost: Annotated[float, _option("cost", "--cost-per-send", metavar="AMOUNT", panel="campaign")] = 0.0,
    fixed: Annotated[float, _option("fixed", "--fixed-cost", metavar="AMOUNT", panel="campaign")] = 0.0,
    margin: Annotated[
        float | None, _option("margin", "--margin", metavar="SHARE", parser=o.share, panel="campaign")
    ] = None,
    to: Annotated[Path | None, _option("out", "--out", "-o", dir_okay=False, panel="campaign"), Writes(*PAGE)] = None,
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
        sent=_recorded(sent),
        delivered=_recorded(delivered),
        opened=_recorded(opened),
        clicked=_recorded(clicked),
        unsubscribed=_recorded(left),
        conversion=conversion,
        value=value,
        within=within,
        cost_per_send=cost,
        fixed_cost=fixed,
        margin=margin,
    )
    with working(t("automation.doing.campaign")):
        log = o.read_log(logs, log_options)
        o.check_events(log, {"conversion": [conversion]})
        result = asked.run(log)
        effect, money = result.effect, result.roi
        if csv is not None:
            result.to_csv(csv)
        if to is not None:
            from funnel_utils.report.campaign import write_campaign

            write_campaign(result, to)
    if json:
        data: dict[str, Any] = {"campaign": repr(asked), "verdict": result.verdict, "warnings": list(result.warnings)}
        claimed = None if math.isnan(result.claimed) else result.claimed
        data |= {"cost": result.cost, "conversions_after_a_click": claimed}
        _print_json(data | written(to, csv), messages=result.messages, effect=effect, roi=money)
        return
    warn(result.warnings)
    out().print(result.verdict, markup=False)
    _print_messages(result.messages)
    if result.comparable:
        _print_effect(effect, money)
    tell_written(to, csv)


def _recorded(event: str) -> str | None:
    """An event of messages, or none where it was said that there is none."""
    return None if event == "none" else event


def _print_json(data: dict[str, Any], **tables: pd.DataFrame) -> None:
    from funnel_utils.cli.show import print_json, rows

    print_json(data | {name: rows(table) for name, table in tables.items()})


def _print_conditions(table: pd.DataFrame) -> None:
    from funnel_utils.charts.style import count, records

    # Where the rule is one condition, its row is that of the whole.
    shown = records(table.tail(1) if len(table) == 2 else table)
    rows = [[row["condition"], count(row["people"]), count(row["of"]), _share(row)] for row in shown]
    out().print(grid([t(f"automation.column.{name}") for name in ("condition", "people", "of", "share")], rows))


def _share(row: dict[str, Any]) -> str:
    """The share in a row of people, with its interval."""
    from funnel_utils.charts.style import rate_text

    rate = float(row["share" if "share" in row else "rate"])
    return "" if rate != rate else rate_text(rate, float(row["low"]), float(row["high"]))


def _print_messages(table: pd.DataFrame) -> None:
    from funnel_utils.charts.style import count, records

    def step(name: str) -> str:
        return t(f"campaign.step.{name}")

    rows = []
    for row in records(table):
        whole = f"{count(row['of'])} {step(row['of_step'])}" if row["of"] else ""
        rows.append([step(row["step"]), count(row["events"]), count(row["people"]), whole, _share(row)])
    headings = [t(f"automation.column.{name}") for name in ("step", "events", "people", "of", "share")]
    out().print(grid(headings, rows))


def _print_effect(effect: pd.DataFrame, money: pd.DataFrame) -> None:
    """What a campaign caused, a column a measure; and what is left of it after its cost."""
    from funnel_utils.charts.style import amount, count, records
    from funnel_utils.cro.words import change, p_value, value_text

    def between(kind: str, row: dict[str, Any], key: str, low: str, high: str) -> str:
        ends = {"low": change(kind, float(row[low]), unit=False), "high": change(kind, float(row[high]), unit=False)}
        return t("automation.between", middle=change(kind, float(row[key])), **ends)

    columns = []
    for row in records(effect):
        kind = "mean" if row["measure"] == "revenue" else "conversion"
        arms = [f"{value_text(kind, row[value])} / {count(row[n])}" for value, n in
                (("estimate", "treated"), ("control_estimate", "held_out"))]  # fmt: skip
        differs = [between(kind, row, "difference", "low", "high"), p_value(float(row["p"])).removeprefix("= ")]
        columns.append([row["measure"], *arms, *differs, between("mean", row, "caused", "caused_low", "caused_high")])
    names = [t(f"automation.effect.{key}") for key in ("of", "treated", "held", "difference", "p", "caused")]
    (_, *headings), *rows = zip(names, *columns, strict=True)
    out().print(grid([names[0], *headings], rows))
    for row in records(money):
        told = {key: amount(float(value)) for key, value in row.items()}
        out().print(t("automation.money", **told), markup=False)
