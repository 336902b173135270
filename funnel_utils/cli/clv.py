"""`funnel clv`: what the customers of a log are worth, with the scoreboard of the models; as tables, JSON or CSV."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from funnel_utils.cli import options as o
from funnel_utils.cli.files import Writes, tell_written, write_chart_or_table, written
from funnel_utils.cli.guard import guarded, out, warn, working
from funnel_utils.cli.spelling import CommandError, Says
from funnel_utils.cli.tables import grid
from funnel_utils.text import t

if TYPE_CHECKING:
    from rich.console import Console

    from funnel_utils.retention import Clv, ClvResult


def _option(key: str, *names: str, **settings: Any) -> Any:
    return typer.Option(*names, help=t(f"clv.help.{key}"), rich_help_panel=t("clv.help.panel"), **settings)


@guarded
@o.gathered
def clv(
    logs: o.Logs,
    *,
    margin: Annotated[float, _option("margin", "--margin", "-m", metavar="SHARE", parser=o.share)],
    purchase: Annotated[list[str] | None, _option("purchase", "--purchase", metavar="EVENT")] = None,
    value: Annotated[str, _option("value", "--value", metavar="COLUMN")] = "value",
    worth: Annotated[float | None, _option("worth", "--worth", metavar="MONEY")] = None,
    horizon: Annotated[str, _option("horizon", "--horizon", metavar="DURATION")] = "52w",
    discount: Annotated[float, _option("discount", "--annual-discount", metavar="SHARE", parser=o.share)] = 0.1,
    model: Annotated[list[str] | None, _option("model", "--model", metavar="bg|mbg|pareto")] = None,
    until: Annotated[str | None, _option("until", "--until", metavar="DATE")] = None,
    draws: Annotated[int, _option("draws", "--draws", min=0)] = 100,
    no_holdout: Annotated[bool, _option("no_holdout", "--no-holdout"), Says("holdout=False")] = False,
    to: Annotated[Path | None, _option("out", "--out", "-o", dir_okay=False), Writes(".png")] = None,
    csv: Annotated[Path | None, _option("csv", "--csv", dir_okay=False), Writes(".csv")] = None,
    json: Annotated[bool, typer.Option("--json", help=t("cli.help.json"))] = False,
    log_options: o.Options,
) -> None:
    """Value the customers."""
    given = dict(locals())
    asked = _asked(given)
    with working(t("clv.help.doing")):
        log = o.read_log(logs, log_options)
        o.check_events(log, {"purchase": purchase or ["purchase"]})
        found = asked.run(log, until=until)
        data = as_data(found)
        if to is not None:
            write_chart_or_table(found, to)
        if csv is not None:
            found.to_csv(csv)
    warn(found.warnings)
    if json:
        from funnel_utils.cli.show import print_json

        print_json(data | written(to, csv))
        return
    print_value(out(), found)
    tell_written(to, csv)


def _asked(given: dict[str, Any]) -> Clv:
    """What the options ask for."""
    from funnel_utils.retention import BgNbd, Clv, MbgNbd, ParetoNbd

    kinds = {"bg": BgNbd, "mbg": MbgNbd, "pareto": ParetoNbd}
    unknown = [name for name in given["model"] or () if name not in kinds]
    if unknown:
        raise CommandError(t("clv.help.unknown", model=unknown[0], known=", ".join(kinds)))
    return Clv(
        margin=given["margin"],
        purchase=given["purchase"] or "purchase",
        value=given["value"],
        worth=given["worth"],
        horizon=given["horizon"],
        annual_discount=given["discount"],
        models=tuple(kinds[name]() for name in given["model"] or kinds),
        holdout=not given["no_holdout"],
        draws=given["draws"],
    )


def as_data(found: ClvResult) -> dict[str, Any]:
    """The facts for a program, without ids: plain numbers, missing ones as null."""
    from funnel_utils.cli.show import rows
    from funnel_utils.retention import compare

    board = found.scoreboard
    return {
        "verdict": found.verdict,
        "warnings": list(found.warnings),
        "parts": rows(found.parts)[0],
        "tenths": rows(found.groups),
        "models": rows(compare(found.fits)),
        "parameters": {one.NAME: rows(one.summary) for one in found.fits},
        "spend": None if found.spend is None else rows(found.spend.summary),
        "scoreboard": None if board is None else {"verdict": board.verdict, "rows": rows(board.table)},
    }


def print_value(console: Console, found: ClvResult) -> None:
    """The verdict, the parts, and the scoreboard."""
    from funnel_utils.charts.style import amount, count, percent, records
    from funnel_utils.retention import compare
    from funnel_utils.retention.view import shown

    console.print(found.verdict, markup=False)
    part = found.parts.iloc[0]
    names = ("customers", "expected_purchases", "value", "margin", "discount", "clv", "clv_each", "residual")
    said = {name: amount(float(part[name])) for name in names} | {"discount": shown(float(part["discount"]))}
    said["margin"] = percent(float(part["margin"]))
    rows = [[t(f"clv.column.{name}"), said[name]] for name in names]
    console.print(grid(_headings("part", "estimate"), rows, t("clv.caption.parts")))
    fits = ("model", "log_likelihood", "aic", "delta_aic")
    rows = [[shown(row[name]) for name in fits] for row in records(compare(found.fits))]
    console.print(grid(_headings(*fits), rows, t("clv.caption.models")))
    if found.scoreboard is None:
        return
    console.print(found.scoreboard.verdict, markup=False)
    rows = []
    for row in records(found.scoreboard.table):
        numbers = [count(float(row["actual"])), count(float(row["predicted"])), f"{row['bias']:+.1%}"]
        rows.append([row["model"], *numbers, shown(float(row["mae"])), percent(float(row["capture"]))])
    board = ("model", "actual", "predicted", "bias", "mae", "capture")
    console.print(grid(_headings(*board), rows, t("clv.caption.scoreboard")))


def _headings(*names: str) -> list[str]:
    return [t(f"clv.column.{name}") for name in names]
