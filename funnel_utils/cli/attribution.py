"""`funnel attribution`: credit for conversions by channel, as a table, JSON, or a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from funnel_utils.cli import options as o
from funnel_utils.cli.files import PAGE, TABLE, Writes, tell_written, write_table, written
from funnel_utils.cli.guard import guarded, out, warn, working
from funnel_utils.text import t

if TYPE_CHECKING:
    from rich.console import Console

    from funnel_utils.journey.attribution import AttributionResult


def _option(key: str, *names: str, **settings: Any) -> Any:
    return typer.Option(*names, help=t(f"attribution.help.{key}"), rich_help_panel=t("attribution.panel"), **settings)


@guarded
@o.gathered
def attribution(
    logs: o.Logs,
    *,
    conversion: Annotated[list[str] | None, _option("conversion", "--conversion", "-c", metavar="EVENT")] = None,
    touch: Annotated[list[str] | None, _option("touch", "--touch", metavar="EVENT")] = None,
    channel: Annotated[str, _option("channel", "--channel", metavar="PROPERTY")] = "channel",
    lookback: Annotated[str, _option("lookback", "--lookback", metavar="DURATION|none")] = "30d",
    value: Annotated[str | None, _option("value", "--value", metavar="PROPERTY|none")] = None,
    stale: Annotated[str, _option("stale", "--stale", metavar="null|drop")] = "null",
    half_life: Annotated[str, _option("half_life", "--half-life", metavar="DURATION")] = "7d",
    order: Annotated[int, _option("order", "--order", metavar="K")] = 1,
    removal: Annotated[str, _option("removal", "--removal", metavar="null|redistribute")] = "null",
    model: Annotated[list[str] | None, _option("model", "--model", "-m", metavar="MODEL")] = None,
    replicates: Annotated[int, _option("replicates", "--replicates", metavar="N")] = 400,
    seed: Annotated[int, _option("seed", "--seed")] = 0,
    spend: Annotated[Path | None, _option("spend", "--spend", metavar="FILE")] = None,
    to: Annotated[Path | None, _option("out", "--out", "-o", dir_okay=False), Writes(*PAGE, *TABLE)] = None,
    json: Annotated[bool, typer.Option("--json", help=t("cli.help.json"))] = False,
    log_options: o.Options,
) -> None:
    """Share out the conversions."""
    from funnel_utils.journey.attribution import Attribution

    asked = Attribution(
        conversion or "purchase",
        touch or None,
        channel=channel,
        lookback=None if lookback == "none" else lookback,
        value=None if value == "none" else value or "value",
        stale=stale,  # type: ignore[arg-type]
        half_life=half_life,
        order=order,
        removal=removal,  # type: ignore[arg-type]
        replicates=replicates,
        seed=seed,
    )
    with working(t("attribution.doing")):
        log = o.read_log(logs, log_options)
        o.check_events(log, {"conversion": asked.conversion, "touch": touch})
        o.check_columns(log, {"channel": channel, "value": None if value == "none" else value})
        result = asked.run(log)
        credits = result.credits(model or None)
        money = None if spend is None else result.roi(spend, model or None)
    warn(result.warnings)
    if to is not None:
        _write(result, to, spend)
    if json:
        _print_json(result, credits, money, to)
        return
    _print_tables(out(), result, credits, money)
    tell_written(to)


def _write(result: AttributionResult, to: Path, spend: Path | None) -> None:
    if to.suffix.lower() in TABLE:
        write_table(result, to)
        return
    from funnel_utils.report.attribution import write_attribution

    write_attribution(result, to, spend=spend)


def _print_json(result: AttributionResult, credits: Any, money: Any, to: Path | None) -> None:
    from funnel_utils.cli.show import print_json, rows

    data = {
        "attribution": repr(result.asked),
        "verdict": result.verdict,
        "how": result.how,
        "warnings": list(result.warnings),
        "counts": result.tally,
        "credits": rows(credits),
        "removal": rows(result.removal()),
    }
    if money is not None:
        data["returns"] = rows(money)
    print_json(data | written(to))


def _print_tables(console: Console, result: AttributionResult, credits: Any, money: Any) -> None:
    """The verdict, conversions credited with one column a model, and the money."""
    from rich.text import Text

    from funnel_utils.journey.attribution.view import wide

    console.print(Text(result.verdict))
    console.print()
    _print_wide(console, t("attribution.caption.conversions"), wide(credits), total=True)
    if result.has_value and result.value:
        _print_wide(console, t("attribution.caption.value"), wide(credits, "value"), total=True)
    if money is not None:
        paid = money[money["spend"].notna()]
        for measure in ("cpa", "roas"):
            if paid[measure].notna().any():
                _print_wide(console, t(f"attribution.caption.{measure}"), wide(paid, measure), total=False)
    console.print(Text(t("attribution.show", how=result.how, asked=repr(result.asked)), style="dim"))


#: Letters that a channel and a model need in a terminal.
NAME, CELL = 18, 15


def _print_wide(console: Console, title: str, found: Any, *, total: bool) -> None:
    """A table, in as many parts as the terminal's width asks for."""
    at_once = max(1, (console.width - NAME) // CELL)
    for at in range(0, found.shape[1], at_once):
        console.print(_grid(title, found.iloc[:, at : at + at_once], total=total))


def _grid(title: str, found: Any, *, total: bool) -> Any:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from funnel_utils.charts.style import ISOLATES, amount, clean
    from funnel_utils.journey.attribution.view import model_name

    shown = Table(title=Text(title), title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, padding=(0, 1))
    shown.add_column(t("attribution.channel"), overflow="fold", min_width=NAME - 4)
    for model in found.columns:
        shown.add_column(model_name(str(model)), justify="right", no_wrap=True)
    for channel, row in zip(found.index, found.to_numpy(), strict=True):
        # Square brackets in a channel's name are not markup.
        shown.add_row(Text(clean(channel).strip(ISOLATES)), *(amount(round(float(cell), 1)) for cell in row))
    if total:
        cells = [amount(round(float(cell), 1)) for cell in found.sum().to_numpy()]
        shown.add_row(Text(t("attribution.total")), *cells, style="bold")
    return shown
