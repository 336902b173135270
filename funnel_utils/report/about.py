"""How a report came about: what its words mean, and the settings and versions it was computed with."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from funnel_utils import __version__
from funnel_utils.charts.style import count, units_word
from funnel_utils.durations import format_duration
from funnel_utils.report.page import Column, Html, element, name, table
from funnel_utils.report.sections import text

if TYPE_CHECKING:
    from funnel_utils.funnel import FunnelResult, Step

#: The terms that are defined in every report, in the order in which they appear there.
TERMS = (
    "attempt",
    "units",
    "conversion",
    "mature",
    "interval",
    "rate_in_process",
    "overall",
    "weakest",
    "lost",
    "value_at_stake",
    "extra",
    "sources",
    "value_per_unit",
    "at_risk",
    "censored",
    "km",
    "advanced_only",
    "exits",
    "too_early",
    "immature",
    "quality",
)


def definitions(result: FunnelResult) -> Html:
    """What every number of the report means."""
    window = result.funnel.window
    words = {
        "units": units_word(result.funnel.unit),
        "window": text("no_window") if window is None else format_duration(window),
        "observed_until": _local(result),
    }
    parts: list[object] = []
    for term in TERMS:
        parts += [element("dt", text(f"term.{term}")), element("dd", text(f"define.{term}", **words))]
    return element("dl", *parts)


def settings(result: FunnelResult, made: datetime | None, by: tuple[str, ...]) -> Html:
    """The funnel as it was asked for, the log it ran on, and the versions that computed it."""
    steps = [{"step": number, "made": step} for number, step in enumerate(result.funnel.steps, 1)]
    columns = [
        Column(text("column.step"), lambda row: Html(f"{row['step']}. {name(row['made'].label)}"), numeric=False),
        Column(text("column.counts_as"), lambda row: _rule(row["made"]), numeric=False, long=True),
    ]
    log = result.log
    facts = [
        ("how", result.how),
        ("events", count(log.n_events())),
        ("users", count(log.n_users())),
        ("observed_until", _local(result)),
        ("report_tz", log.report_tz),
        ("week_start", log.week_start),
        ("by", ", ".join(by) or text("none")),
        ("versions", _versions()),
        ("made", (made or datetime.now(UTC)).isoformat(timespec="seconds")),
    ]
    rows = [{"what": text(f"setting.{key}"), "value": value} for key, value in facts]
    told = [
        Column(text("column.setting"), lambda row: row["what"], numeric=False),
        Column(text("column.value"), lambda row: row["value"], numeric=False, long=True),
    ]
    return Html(
        element("pre", element("code", repr(result.funnel)))
        + table(text("settings.steps"), steps, columns)
        + table(text("settings.caption"), rows, told)
    )


def _local(result: FunnelResult) -> str:
    log = result.log
    return f"{log.observed_until.tz_convert(log.report_tz):%Y-%m-%d %H:%M:%S}, {log.report_tz}"


def _rule(step: Step) -> str:
    """Which events count as a step, in words."""
    parts = [" | ".join(step.events), *(str(condition) for condition in step.where)]
    if step.directly:
        parts.append(text("mark.directly"))
    if step.optional:
        parts.append(text("mark.optional"))
    return "; ".join(parts)


def _versions() -> str:
    found = [f"funnel_utils {__version__}", f"Python {platform.python_version()}"]
    for package in ("ibis-framework", "duckdb", "pandas", "numpy", "statsmodels", "matplotlib"):
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)
