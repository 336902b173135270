"""`funnel design`: how many units an experiment needs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from funnel_utils.cli import options as o
from funnel_utils.cli.files import TABLE, Writes, tell_written, write_chart_or_table, written
from funnel_utils.cli.guard import guarded, out
from funnel_utils.cli.spelling import CommandError
from funnel_utils.text import t

if TYPE_CHECKING:
    from rich.console import Console

    from funnel_utils.cro.sized import Sized


def _option(key: str, *names: str, **settings: Any) -> Any:
    return typer.Option(*names, help=t(f"design.help.{key}"), **settings)


def _share(key: str, *names: str, **settings: Any) -> Any:
    return _option(key, *names, parser=o.share, **settings)


@guarded
def design(
    baseline: Annotated[float, _share("baseline", "--baseline", "-b", metavar="NUMBER", show_default=False)],
    lift: Annotated[float | None, _share("lift", "--lift", "-l", metavar="SHARE")] = None,
    effect: Annotated[float | None, _share("effect", "--effect", "-e", metavar="NUMBER")] = None,
    sd: Annotated[float | None, _option("sd", "--sd")] = None,
    explained: Annotated[float, _share("explained", "--explained", metavar="SHARE")] = 0.0,
    margin: Annotated[float | None, _share("margin", "--margin", metavar="NUMBER")] = None,
    lower_is_better: Annotated[bool, _option("lower", "--lower-is-better")] = False,
    power: Annotated[float, _share("power", "--power", metavar="SHARE")] = 0.8,
    alpha: Annotated[float, _share("alpha", "--alpha", metavar="SHARE")] = 0.05,
    alternative: Annotated[
        str, _option("alternative", "--alternative", metavar="two-sided|larger|smaller")
    ] = "two-sided",
    arms: Annotated[int | None, _option("arms", "--arms", min=2)] = None,
    split: Annotated[str | None, _option("split", "--split", metavar="WEIGHTS")] = None,
    correction: Annotated[str, _option("correction", "--correction", metavar="bonferroni|dunnett|none")] = "bonferroni",
    formula: Annotated[str, _option("formula", "--formula", metavar="NAME")] = "pooled",
    traffic: Annotated[float | None, _option("traffic", "--traffic", "-t", metavar="PER_DAY")] = None,
    share: Annotated[float, _share("share", "--share", metavar="SHARE")] = 1.0,
    to: Annotated[Path | None, _option("out", "--out", "-o", dir_okay=False), Writes(".png", *TABLE)] = None,
    json: Annotated[bool, typer.Option("--json", help=t("cli.help.json"))] = False,
) -> None:
    """Plan an experiment."""
    from funnel_utils.cro.design import Design

    weights = None if split is None else _weights(split, arms)
    plan = Design(
        baseline=baseline,
        lift=lift,
        effect=effect,
        sd=sd,
        explained=explained,
        margin=margin,
        lower_is_better=lower_is_better,
        power=power,
        alpha=alpha,
        alternative=alternative,
        arms=arms or 2,
        split=weights,
        correction=correction,  # type: ignore[arg-type]
        formula=formula,
        traffic=traffic,
        share=share,
    ).size()
    if to is not None:
        write_chart_or_table(plan, to)
    if json:
        from funnel_utils.cli.show import print_json

        print_json(as_data(plan) | written(to))
        return
    print_plan(out(), plan)
    tell_written(to)


def _weights(split: str, arms: int | None) -> tuple[float, ...]:
    """The weights of a split, as many as there are arms where their number was given."""
    try:
        weights = tuple(o.number(part) for part in split.split(","))
    except CommandError as error:
        raise CommandError(f"--split {split}: {error}") from None
    if arms is not None and len(weights) != arms:
        raise CommandError(t("design.arms", split=split, weights=len(weights), arms=arms))
    return weights


def as_data(plan: Sized) -> dict[str, Any]:
    """The plan for a program."""
    from funnel_utils.cli.show import rows

    made = {"verdict": plan.verdict, "n": plan.n, "total": plan.total, "days": plan.days, "weeks": plan.weeks}
    made |= {"power": plan.power, "effect": plan.design.difference}
    return made | {"arms": rows(plan.arms), "formulas": rows(plan.table)}


def print_plan(console: Console, plan: Sized) -> None:
    """The plan in a terminal."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from funnel_utils.charts.style import percent, records

    console.print(Text(plan.verdict))
    made = Table(title=t("design.table"), title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, padding=(0, 1))
    made.add_column(t("design.column.name"), no_wrap=True)
    for name in ("n", "control_n", "total", "true_power"):
        made.add_column(t(f"design.column.{name}"), justify="right", no_wrap=True)
    # Numbers come first; what the formulas do is for a terminal with room for it.
    wide = console.width >= 110
    if wide:
        made.add_column(t("design.column.says"), overflow="fold")
    for row in records(plan.table):
        counts = [f"{row[name]:,}" for name in ("n", "control_n", "total")]
        made.add_row(row["name"], *counts, percent(row["true_power"]), *([row["says"]] if wide else []))
    console.print(made)
