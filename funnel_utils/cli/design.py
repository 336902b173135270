"""`funnel design`: how many units an experiment needs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from funnel_utils.cli.guard import guarded, out
from funnel_utils.errors import SpecError
from funnel_utils.text import t

if TYPE_CHECKING:
    from rich.console import Console

    from funnel_utils.cro.sized import Sized


def _option(key: str, *names: str, **settings: Any) -> Any:
    return typer.Option(*names, help=t(f"design.help.{key}"), **settings)


def design(
    baseline: Annotated[str, _option("baseline", "--baseline", "-b", metavar="NUMBER", show_default=False)],
    lift: Annotated[str | None, _option("lift", "--lift", "-l", metavar="SHARE")] = None,
    effect: Annotated[str | None, _option("effect", "--effect", "-e", metavar="NUMBER")] = None,
    sd: Annotated[float | None, _option("sd", "--sd")] = None,
    explained: Annotated[str, _option("explained", "--explained", metavar="SHARE")] = "0",
    margin: Annotated[str | None, _option("margin", "--margin", metavar="NUMBER")] = None,
    lower_is_better: Annotated[bool, _option("lower", "--lower-is-better")] = False,
    power: Annotated[str, _option("power", "--power", metavar="SHARE")] = "0.8",
    alpha: Annotated[str, _option("alpha", "--alpha", metavar="SHARE")] = "0.05",
    alternative: Annotated[
        str, _option("alternative", "--alternative", metavar="two-sided|larger|smaller")
    ] = "two-sided",
    arms: Annotated[int, _option("arms", "--arms", min=2)] = 2,
    split: Annotated[str | None, _option("split", "--split", metavar="WEIGHTS")] = None,
    correction: Annotated[str, _option("correction", "--correction", metavar="bonferroni|dunnett|none")] = "bonferroni",
    formula: Annotated[str, _option("formula", "--formula")] = "pooled",
    traffic: Annotated[float | None, _option("traffic", "--traffic", "-t", metavar="PER_DAY")] = None,
    share: Annotated[str, _option("share", "--share", metavar="SHARE")] = "1",
    to: Annotated[Path | None, _option("out", "--out", "-o", dir_okay=False)] = None,
    json: Annotated[bool, typer.Option("--json", help=t("cli.help.json"))] = False,
) -> None:
    """Plan an experiment."""
    from funnel_utils.cro.design import Design

    plan = Design(
        baseline=_number("--baseline", baseline),
        lift=_maybe("--lift", lift),
        effect=_maybe("--effect", effect),
        sd=sd,
        explained=_number("--explained", explained),
        margin=_maybe("--margin", margin),
        lower_is_better=lower_is_better,
        power=_number("--power", power),
        alpha=_number("--alpha", alpha),
        alternative=alternative,
        arms=arms,
        split=None if split is None else tuple(_number("--split", part) for part in split.split(",")),
        correction=correction,  # type: ignore[arg-type]
        formula=formula,
        traffic=traffic,
        share=_number("--share", share),
    ).size()
    if to is not None:
        from funnel_utils import charts

        to.write_bytes(charts.to_png(plan.plot()))
    if json:
        from funnel_utils.cli.show import print_json

        print_json(as_data(plan))
        return
    console = out()
    print_plan(console, plan)
    if to is not None:
        console.print(t("design.written", path=to), markup=False)


design_command = guarded(design)


def _number(option: str, text: str) -> float:
    """A number, or a percentage.

    Examples
    --------
    >>> _number("--lift", "10%"), _number("--lift", "0.1")
    (0.1, 0.1)
    """
    said = text.strip()
    try:
        return float(said[:-1]) / 100 if said.endswith("%") else float(said)
    except ValueError:
        raise SpecError(t("design.not_a_number", option=option, text=text)) from None


def _maybe(option: str, text: str | None) -> float | None:
    return None if text is None else _number(option, text)


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
