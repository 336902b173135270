"""The report of a funnel: one HTML file that can be mailed, printed and read on a phone, and that asks for no network.

It opens with the answer and the state of the log, then goes through the funnel, its weakest step and what that costs,
entry sources, time in stage, exits and trend, and ends with what every number means and how it was computed. It holds
counts and rates only: no row of the log and no id of a person, unless `show_ids` asks for examples with ids.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from funnel_utils.durations import parse_duration
from funnel_utils.errors import FunnelUtilsError, SpecError
from funnel_utils.report.file import writable, write_whole
from funnel_utils.text import t

if TYPE_CHECKING:
    from funnel_utils.funnel import FunnelResult
    from funnel_utils.journey import Journey
    from funnel_utils.report.page import Html, Section

__all__ = ["entry_properties", "report_html", "write_report"]

#: Properties that usually say where somebody came from, the best known first.
USUAL_SOURCES = ("channel", "source", "utm_source", "campaign", "referrer")

Told = Callable[[str], None]


def entry_properties(result: FunnelResult, by: str | Sequence[str] | None, show_ids: bool = False) -> tuple[str, ...]:
    """The properties whose entry sources a report shows: those of `by`, else the first usual one that the log has.

    Raises
    ------
    SpecError
        If the log has no such property, or its values are ids and ids were not asked for.
    """
    known = result.log.properties
    if by is None:
        return tuple(name for name in USUAL_SOURCES if name in known)[:1]
    wanted = (by,) if isinstance(by, str) else tuple(dict.fromkeys(by))
    for name in wanted:
        if not show_ids and name in ("user", "session", result.funnel.unit):
            raise SpecError(
                f"by={name!r} would print ids; choose a property, or allow ids with show_ids=True (--show-ids)."
            )
        if name not in known:
            raise SpecError(f"by={name!r} is not a property of this log; it has: {', '.join(known) or 'none'}.")
    return wanted


def report_html(
    result: FunnelResult,
    *,
    by: str | Sequence[str] | None = None,
    top: int = 10,
    within: str = "1d",
    trend: str | None = None,
    title: str = "",
    show_ids: bool = False,
    made: datetime | None = None,
    tell: Told | None = None,
    journey: Journey | None = None,
) -> str:
    """The report as one HTML document; the parameters are those of `write_report`."""
    from funnel_utils.report import about, page, sections

    properties = entry_properties(result, by, show_ids)
    _check(within, trend)
    heading = title or result.funnel.name or t("report.title", steps=" → ".join(result.funnel.labels))
    parts: dict[str, Callable[[], Html]] = {
        "headline": lambda: sections.headline(result),
        "quality": lambda: sections.quality(result, show_ids),
        "funnel": lambda: sections.funnel(result),
        "weakest": lambda: sections.weakest(result),
        "sources": lambda: sections.sources(result, properties, top),
        "time": lambda: sections.timing(result),
        "exits": lambda: sections.exits(result, within),
        "trend": lambda: sections.trend(result, trend),
        **({} if journey is None else {"journey": lambda: sections.journeys(result, journey)}),
        "definitions": lambda: about.definitions(result),
        "settings": lambda: about.settings(result, made, properties),
    }
    made_parts = [_section(key, make, tell) for key, make in parts.items()]
    lead = page.opening(result.verdict, result.warnings, t("report.warnings"))
    return page.page(heading, lead, made_parts)


def _check(within: str, trend: str | None) -> None:
    """Options that only one section uses: a slip in them is no reason to find out at the end."""
    if not parse_duration(within, "within"):
        raise SpecError("within=0: give the next event some time to happen, such as '1d'.")
    if trend not in (None, "day", "week", "month"):
        raise SpecError(f"trend={trend!r} is not one of 'day', 'week', 'month'.")


def _section(key: str, make: Callable[[], Html], tell: Told | None) -> Section:
    """One section; where its numbers cannot be had, it says why, and the rest of the report stands."""
    from funnel_utils.report.page import Section, paragraphs

    if tell is not None:
        tell(t(f"report.heading.{key}"))
    try:
        content = make()
    except FunnelUtilsError as error:
        content = paragraphs(t("report.not_possible", reason=error))
    return Section(key, t(f"report.heading.{key}"), content)


def write_report(
    result: FunnelResult,
    path: str | os.PathLike[str],
    *,
    by: str | Sequence[str] | None = None,
    top: int = 10,
    within: str = "1d",
    trend: str | None = None,
    title: str = "",
    show_ids: bool = False,
    made: datetime | None = None,
    tell: Told | None = None,
    journey: Journey | None = None,
) -> Path:
    """Write the report of `result` to `path`, whole or not at all.

    Parameters
    ----------
    result : FunnelResult
    path : path
        The HTML file; an existing one is replaced when the new one is complete.
    by : str or sequence of str, optional
        Properties whose entry sources are shown; by default the first of `USUAL_SOURCES` that the log has.
    top : int
        How many sources are named; the others are one group.
    within : duration
        How long after the last step the next event may come to count as what somebody did next.
    trend : {"day", "week", "month"}, optional
        By default the finest with at most about thirty periods.
    title : str
        By default the funnel's name, or its steps.
    show_ids : bool
        Whether examples in the quality report show user ids.
    made : datetime, optional
        The time written on the report; the current time by default.
    tell : callable, optional
        Called with the heading of each section before it is computed.
    journey : Journey, optional
        Adds a section on the journeys of the same log.

    Returns
    -------
    Path
        Where it was written.

    Raises
    ------
    FunnelUtilsError
        If the folder does not exist or cannot be written to.
    SpecError
        If `by` names no property of the log, or one whose values are ids; if `within` or `trend` is not valid.
    LogError
        If values come in several currencies and no rates were given.
    """
    target = writable(path)
    options = {"top": top, "within": within, "trend": trend, "title": title, "show_ids": show_ids}
    document = report_html(result, by=by, made=made, tell=tell, journey=journey, **options)  # type: ignore[arg-type]
    return write_whole(target, document)
