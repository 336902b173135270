"""A funnel in a terminal: the table of steps, what it says, and what to know about it; or the same as JSON."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from funnel_utils.charts.style import ISOLATES, amount, clean, count, percent, percent_interval, records
from funnel_utils.text import t

if TYPE_CHECKING:
    import pandas as pd

    from funnel_utils.funnel import FunnelResult

BAR = 24


def print_result(console: Console, result: FunnelResult, sources: dict[str, pd.DataFrame]) -> None:
    """The verdict, the steps, and the entry sources asked for."""
    console.print(Text(result.verdict))
    console.print()
    console.print(_steps(result, console))
    for by, found in sources.items():
        console.print()
        console.print(_sources(by, found))
    console.print(Text(t("cli.show.how", how=result.how, funnel=repr(result.funnel)), style="dim"))


def _label(value: object) -> Text:
    """A name from a log as plain text: square brackets in it are not markup."""
    return Text(clean(value).strip(ISOLATES))


def _grid(title: str, first: Text | str, keys: tuple[str, ...]) -> Table:
    """A table with a name column that gives way and columns of numbers that do not."""
    shown = Table(title=Text(title), title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, padding=(0, 1))
    shown.add_column(first, overflow="fold")
    for key in keys:
        shown.add_column(t(f"cli.column.{key}"), justify="right", no_wrap=True)
    return shown


def _steps(result: FunnelResult, console: Console) -> Table:
    # Numbers come first; money and bars are for a terminal with room for them.
    with_value = bool(result.steps["value_at_stake"].notna().any()) and console.width >= 90
    with_bars = console.width >= 120
    keys = ("units", "rate", "interval", "overall", "lost", *(["value_at_stake"] if with_value else []))
    shown = _grid(t("cli.show.steps"), t("cli.column.label"), keys)
    if with_bars:
        shown.add_column("", min_width=BAR)
    most = float(result.steps["units"].max() or 1)
    for row in records(result.steps):
        cells: list[str | Text] = [_step_label(row), count(row["units"]), *_shares(row), count(row["lost"])]
        if with_value:
            cells.append(amount(float(row["value_at_stake"])))
        if with_bars:
            cells.append("█" * math.ceil(BAR * row["units"] / most))
        shown.add_row(*cells, style="bold red" if row["weakest"] else "")
    return shown


def _step_label(row: dict[str, Any]) -> Text:
    marks = [t("cli.show.optional")] if row["optional"] else []
    marks += [t("cli.show.weakest")] if row["weakest"] else []
    return Text(f"{row['step']}. ") + _label(row["label"]) + Text(f" ({', '.join(marks)})" if marks else "")


def _shares(row: dict[str, Any]) -> tuple[str, str, str]:
    if row["step"] == 1:
        return "", "", ""
    ends = (float(row["rate"]), float(row["low"]), float(row["high"]))
    overall = percent(row["overall"], row["overall_low"], row["overall_high"])
    return percent(*ends), percent_interval(*ends), overall


def _sources(by: str, found: pd.DataFrame) -> Table:
    shown = _grid(t("cli.show.sources", by=by), Text(by), ("units", "share", "converted", "conversion", "interval"))
    for row in records(found):
        ends = (float(row["rate"]), float(row["low"]), float(row["high"]))
        numbers = (count(row["units"]), percent(float(row["share"])), count(row["converted"]))
        shown.add_row(_label(row["source"]), *numbers, percent(*ends), percent_interval(*ends))
    return shown


def as_data(result: FunnelResult, sources: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """The same facts for a program: plain numbers, missing ones as null."""
    made = {
        "funnel": repr(result.funnel),
        "verdict": result.verdict,
        "how": result.how,
        "warnings": list(result.warnings),
        "observed_until": result.log.observed_until.isoformat(),
        "events": result.log.n_events(),
        "users": result.log.n_users(),
        "weakest": result.weakest,
        "conversion": rows(result.conversion),
        "steps": rows(result.steps),
    }
    if sources:
        made["sources"] = {by: rows(found) for by, found in sources.items()}
    return made


def rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table as JSON can hold them; its own encoder knows numpy and times, and writes NaN as null."""
    found: list[dict[str, Any]] = json.loads(frame.to_json(orient="records", date_format="iso", double_precision=15))
    return found


def print_json(data: dict[str, Any]) -> None:
    """One JSON document on standard output, and nothing else."""
    print(json.dumps(data, ensure_ascii=False, indent=2, allow_nan=False))
