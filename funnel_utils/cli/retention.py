"""`funnel retention` and `funnel rfm`: cohorts and scored customers as tables, JSON, CSV or a page."""

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
    from collections.abc import Sequence

    from rich.console import Console

    from funnel_utils.retention import Cohorts, CohortsResult, Migration, RfmResult

#: A terminal shows the newest cohorts and the first periods.
ROWS, COLUMNS = 24, 12


def _option(key: str, *names: str, **settings: Any) -> Any:
    panel = t(f"retention_report.{settings.pop('panel', 'panel')}")
    return typer.Option(*names, help=t(f"retention_report.help.{key}"), rich_help_panel=panel, **settings)


Json = Annotated[bool, typer.Option("--json", help=t("cli.help.json"))]
Csv = Annotated[Path | None, _option("csv", "--csv", dir_okay=False), Writes(".csv")]
To = Annotated[Path | None, _option("out", "--out", "-o", dir_okay=False), Writes(*PAGE)]
Title = Annotated[str, _option("title", "--title")]


@guarded
@o.gathered
def retention(
    logs: o.Logs,
    *,
    start: Annotated[list[str] | None, _option("start", "--start", metavar="EVENT")] = None,
    back: Annotated[list[str] | None, _option("back", "--back", metavar="EVENT")] = None,
    by: Annotated[str, _option("by", "--by", metavar="day|week|month|quarter|year")] = "month",
    mode: Annotated[str | None, _option("mode", "--mode", metavar="n-day|unbounded")] = None,
    bracket: Annotated[list[str] | None, _option("bracket", "--bracket", metavar="FIRST-LAST")] = None,
    elapsed: Annotated[str | None, _option("elapsed", "--elapsed", metavar="DURATION"), Says("step")] = None,
    periods: Annotated[int | None, _option("periods", "--periods", min=1)] = None,
    unit: Annotated[str, _option("unit", "--unit", metavar="COLUMN")] = "user",
    compare: Annotated[list[str] | None, _option("compare", "--compare", metavar="PROPERTY"), Says("breakdown")] = None,
    second: Annotated[bool, _option("second", "--second")] = False,
    silence: Annotated[str | None, _option("silence", "--silence", metavar="DURATION")] = None,
    end: Annotated[list[str] | None, _option("end", "--end", metavar="EVENT")] = None,
    title: Title = "",
    to: To = None,
    csv: Csv = None,
    json: Json = False,
    log_options: o.Options,
) -> None:
    """Count the cohorts."""
    given = dict(locals())
    asked = _cohorts(given)
    with working(t("retention_report.doing")):
        log = o.read_log(logs, log_options)
        o.check_events(log, {"start": asked.start, "back": back, "end": end})
        found = asked.run(log)
        also = _also(given, asked, log)
        compared = {name: found.compare(name, period=asked.spans[0][0]) for name in compare or ()}
        if to is not None:
            from funnel_utils.report.retention import write_retention

            write_retention(found, to, by=compare or (), title=title, **also)
        if csv is not None:
            found.to_csv(csv)
    warn(found.warnings)
    if json:
        from funnel_utils.cli.show import print_json, rows

        data: dict[str, Any] = {
            "cohorts": repr(asked),
            "verdict": found.verdict,
            "how": found.how,
            "warnings": list(found.warnings),
        }
        data |= {"cells": rows(found.cells), "curve": rows(found.curve())}
        data |= {"previous": rows(found.compare_previous()), "compare": {k: rows(v) for k, v in compared.items()}}
        data |= {name: {"verdict": one.verdict, "rows": rows(one.to_frame())} for name, one in also.items()}
        print_json(data | written(to, csv))
        return
    _print_cohorts(out(), found, periods)
    for one in also.values():
        out().print()
        out().print(one.verdict, markup=False)
    tell_written(to, csv)


def _cohorts(given: dict[str, Any]) -> Cohorts:
    """The cohorts that the options describe."""
    from funnel_utils.retention import Cohorts

    clock = {} if given["elapsed"] is None else {"clock": "elapsed", "step": given["elapsed"]}
    return Cohorts(
        given["start"] or "purchase",
        given["back"] or None,
        by=given["by"],
        mode=given["mode"],
        brackets=[_bracket(text) for text in given["bracket"] or ()],
        periods=given["periods"],
        unit=given["unit"],
        **clock,
    )


def _bracket(text: str) -> tuple[int, int]:
    first, mark, last = text.partition("-")
    digits = mark and first.strip().isdigit() and last.strip().isdigit()
    if not digits or not 0 < int(first) <= int(last):
        raise CommandError(t("retention_report.bracket", text=text))
    return int(first), int(last)


def _also(given: dict[str, Any], asked: Cohorts, log: Any) -> dict[str, Any]:
    """Second purchases and losses, where they were asked for."""
    from funnel_utils.retention import Churn, SecondPurchase

    made: dict[str, Any] = {}
    if given["second"]:
        made["second"] = SecondPurchase(asked.start).run(log)
    if given["silence"] or given["end"]:
        churn = Churn(asked.start, end=given["end"] or (), silence=given["silence"], by=given["by"])
        made["churn"] = churn.run(log)
    return made


def _print_cohorts(console: Console, found: CohortsResult, periods: int | None) -> None:
    """The verdict and the newest cohorts: the periods asked for, in parts, or else as many as the terminal is wide."""
    from rich.text import Text

    console.print(Text(found.verdict))
    console.print()
    rates = found.triangle("rate")
    known = [k for k in rates.columns[1:] if periods is not None or rates[k].notna().any()]
    wide = max(1, min(COLUMNS, (console.width - 24) // 9))
    shown = len(known) if periods is not None else min(wide, len(known))
    for at in range(0, max(1, shown), wide):
        console.print(_triangle(found, known[at : at + wide]))
    if shown < len(known):
        more = t("retention_report.show.more", shown=shown, periods=len(known), last=known[-1])
        console.print(Text(more, style="dim"))
    console.print(Text(t("retention_report.show.note"), style="dim"))
    console.print(Text(f"{found.cohorts!r}; {found.how}", style="dim"))


def _triangle(found: CohortsResult, periods: Sequence[Any]) -> Any:
    """The newest cohorts in some periods, and everybody below them."""
    from rich import box
    from rich.table import Table

    from funnel_utils.charts.cohorts import cohort_text
    from funnel_utils.charts.style import count, percent

    rates, partial = found.triangle("rate"), found.triangle("partial")
    sizes = found.sizes.set_index("cohort")["size"]
    made = Table(box=box.SIMPLE_HEAD, padding=(0, 1))
    made.add_column(t("retention.column.cohort"), no_wrap=True)
    last = dict(found.cohorts.spans)
    names = [str(k) if last[k] in (k, None) else f"{k}–{last[k]}" for k in periods]
    for heading in (t("retention.column.size"), *names):
        made.add_column(heading, justify="right", no_wrap=True)
    for cohort in rates.index[-ROWS:]:
        cells = [(float(rates.loc[cohort, k]), bool(partial.loc[cohort, k])) for k in periods]
        shown = ["" if rate != rate else percent(rate) + "*" * over for rate, over in cells]
        made.add_row(cohort_text(cohort, found.cohorts.by), count(float(sizes[cohort])), *shown)
    pooled = found.curve().set_index("period")["rate"]
    made.add_section()
    whole = ["" if pooled[k] != pooled[k] else percent(float(pooled[k])) for k in periods]
    made.add_row(t("retention_report.show.pooled"), count(float(sizes.sum())), *whole)
    return made


@guarded
@o.gathered
def rfm(
    logs: o.Logs,
    *,
    purchase: Annotated[list[str] | None, _option("purchase", "--purchase", metavar="EVENT", panel="panel_rfm")] = None,
    cancel: Annotated[list[str] | None, _option("cancel", "--cancel", metavar="EVENT", panel="panel_rfm")] = None,
    value: Annotated[str, _option("value", "--value", metavar="PROPERTY", panel="panel_rfm")] = "value",
    as_of: Annotated[str | None, _option("as_of", "--as-of", metavar="DATE", panel="panel_rfm")] = None,
    since: Annotated[str | None, _option("since", "--since", metavar="DATE", panel="panel_rfm")] = None,
    window: Annotated[str | None, _option("window", "--window", metavar="DURATION", panel="panel_rfm")] = None,
    frequency: Annotated[str, _option("frequency", "--frequency", metavar="orders|days", panel="panel_rfm")] = "orders",
    monetary: Annotated[str, _option("monetary", "--monetary", metavar="total|mean", panel="panel_rfm")] = "total",
    title: Title = "",
    to: To = None,
    csv: Csv = None,
    json: Json = False,
    log_options: o.Options,
) -> None:
    """Score the customers."""
    from funnel_utils.retention import Rfm, migration

    asked = Rfm(
        purchase or "purchase",
        value=value,
        cancel=cancel or (),
        window=window,
        frequency=frequency,
        monetary=monetary,
    )
    with working(t("retention_report.doing_rfm")):
        log = o.read_log(logs, log_options)
        o.check_events(log, {"purchase": purchase or ["purchase"], "cancel": cancel})
        found = asked.run(log, as_of)
        moved = None if since is None else migration(log, asked, since, as_of)
        if to is not None:
            from funnel_utils.report.retention import write_rfm

            write_rfm(found, to, moved=moved, title=title)
        if csv is not None:
            found.to_csv(csv)
    warn(found.warnings)
    if json:
        from funnel_utils.cli.show import print_json, rows

        data: dict[str, Any] = {"rfm": repr(asked), "as_of": found.as_of.isoformat(), "customers": found.total}
        data |= {"verdict": found.verdict, "how": found.how, "warnings": list(found.warnings)}
        data |= {"segments": rows(found.segments), "cuts": rows(found.cuts_table), "codes": rows(found.codes)}
        data |= {} if moved is None else {"migration": rows(moved.table)}
        print_json(data | written(to, csv))
        return
    _print_rfm(out(), found, moved)
    tell_written(to, csv)


def _print_rfm(console: Console, found: RfmResult, moved: Migration | None) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from funnel_utils.charts.style import ISOLATES, amount, clean, count, percent, percent_interval, records

    console.print(Text(found.verdict))
    console.print()
    made = Table(box=box.SIMPLE_HEAD, padding=(0, 1))
    made.add_column(t("rfm.column.segment"), overflow="fold", min_width=14)
    for key in ("customers", "share", "interval", "value_share", "days"):
        made.add_column(t(f"retention_report.show.{key}"), justify="right", no_wrap=True)
    for row in records(found.segments):
        shares = [float(row[name]) for name in ("share", "low", "high")]
        made.add_row(
            Text(clean(row["segment"]).strip(ISOLATES)),
            *(count(float(row["customers"])), percent(*shares), percent_interval(*shares)),
            *(percent(float(row["value_share"])), count(float(row["median_days_since_last"]))),
        )
    console.print(made)
    limits = Table(title=Text(t("retention_report.heading.limits")), title_justify="left", box=box.SIMPLE_HEAD)
    limits.add_column(t("retention_report.column.dimension"))
    for score in (1, 2, 3, 4, 5):
        limits.add_column(str(score), justify="right", no_wrap=True)
    for dimension, rows in found.cuts_table.groupby("dimension", sort=False):
        by_score = {int(row["score"]): row for row in records(rows)}
        cells = []
        for score in (1, 2, 3, 4, 5):
            ends = [float(by_score[score][end]) for end in ("from", "to")]
            missing = ends[0] != ends[0]
            cells.append(t("charts.missing") if missing else "–".join(dict.fromkeys(map(amount, ends))))
        limits.add_row(t(f"rfm.dimension.{dimension}"), *cells)
    console.print(limits)
    if moved is not None:
        console.print(Text(moved.verdict))
    console.print(Text(found.how, style="dim"))
