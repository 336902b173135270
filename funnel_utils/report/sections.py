"""The sections of a funnel's report, each a function from a result to HTML.

A section shows a picture, the table with the numbers of that picture, and what they mean in words. No section shows a
row of the log or an id of a person, unless ids were asked for.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from funnel_utils import charts
from funnel_utils.charts.style import amount, count, percent, percent_interval, rate_text, records, span, units_word
from funnel_utils.errors import SpecError
from funnel_utils.report.page import Column, Html, element, name, paragraphs, picture, table
from funnel_utils.text import t

if TYPE_CHECKING:
    from funnel_utils.funnel import FunnelResult
    from funnel_utils.journey import Journey

#: How many next events of each step a report names.
NEXT_EVENTS = 5


def text(key: str, **values: object) -> str:
    """A text of the report."""
    return t(f"report.{key}", **values)


def _column(key: str, numeric: bool = True) -> Column:
    """A column of counts."""
    return Column(text(f"column.{key}"), lambda row: count(float(row[key])), numeric)


def _rate(key: str = "rate", low: str = "low", high: str = "high", heading: str = "") -> list[Column]:
    """A share and its interval, in two columns."""

    def ends(row: dict[str, Any]) -> tuple[float, float, float]:
        return float(row[key]), float(row[low]), float(row[high])

    return [
        Column(text(f"column.{heading or key}"), lambda row: percent(*ends(row))),
        Column(text("column.interval"), lambda row: percent_interval(*ends(row)) or t("charts.missing")),
    ]


def headline(result: FunnelResult) -> Html:
    """The conversion in one number, and on every basis."""
    found = records(result.conversion)
    best = next((row for row in found if row["entered"]), found[0])
    card: list[object] = [element("p", percent(best["rate"], best["low"], best["high"]), class_="big")]
    facts = {"converted": count(best["converted"]), "entered": count(best["entered"])}
    between = percent_interval(best["rate"], best["low"], best["high"]) or t("charts.missing")
    card.append(element("p", text("headline.fact", interval=between, units=_units(result), **facts)))
    key = "provisional" if best["provisional"] else "mature"
    card.append(element("p", text(f"headline.{key}"), class_="muted"))
    columns = [
        Column(text("column.basis"), lambda row: row["basis"], numeric=False),
        _column("converted"),
        _column("entered"),
        *_rate(),
        Column(text("column.provisional"), lambda row: text("yes" if row["provisional"] else "no"), numeric=False),
    ]
    return Html(element("div", *card, class_="card") + table(text("headline.caption"), found, columns))


def _units(result: FunnelResult) -> str:
    return units_word(result.funnel.unit)


def quality(result: FunnelResult, show_ids: bool) -> Html:
    """What may be wrong with the log, the checks that found something first."""
    found = result.log.quality(show_ids=show_ids)
    rows = records(found.checks)
    raised = [row for row in rows if not pd.isna(row["rows"]) and row["rows"] > 0]
    clean = [str(row["check"]) for row in rows if not pd.isna(row["rows"]) and not row["rows"]]
    unchecked = [str(row["check"]) for row in rows if pd.isna(row["rows"])]
    columns = [
        Column(text("column.check"), lambda row: row["check"], numeric=False),
        Column(text("column.rows"), lambda row: count(float(row["rows"]))),
        Column(text("column.share"), lambda row: percent(float(row["share"]))),
        Column(text("column.what_to_do"), lambda row: row["what_to_do"], numeric=False, long=True),
    ]
    if show_ids:
        columns.append(Column(text("column.example"), lambda row: row["example"], numeric=False, long=True))
    parts = [paragraphs(found.verdict)]
    if raised:
        parts.append(table(text("quality.caption"), raised, columns))
    if clean:
        parts.append(paragraphs(text("quality.clean", checks="; ".join(clean)), class_="muted"))
    if unchecked:
        parts.append(paragraphs(text("quality.unchecked", checks="; ".join(unchecked)), class_="muted"))
    return Html("".join(parts))


def funnel(result: FunnelResult) -> Html:
    """The chart and the table of steps."""
    steps = result.steps
    columns = [
        Column(text("column.step"), _step_name, numeric=False),
        _column("units"),
        Column(text("column.rate_in_process"), lambda r: _of_before(r, "rate", "low", "high")),
        Column(text("column.overall"), lambda r: _of_before(r, "overall", "overall_low", "overall_high")),
        Column(text("column.lost"), lambda row: count(float(row["lost"]))),
    ]
    if steps["value_at_stake"].notna().any():
        columns.append(Column(text("column.value_at_stake"), lambda row: amount(float(row["value_at_stake"]))))
    caption = text("funnel.caption", units=_units(result))
    parts = [picture(charts.funnel_chart(result)), paragraphs(charts.describe(result))]
    if result.funnel.window is not None and result.conversion["provisional"].any():
        parts.append(paragraphs(text("funnel.everybody"), class_="muted"))
    if len(steps) > 1:
        parts.append(table(caption, records(steps), columns))
    if steps["optional"].any():
        parts.append(paragraphs(text("funnel.optional"), class_="muted"))
    return Html("".join(parts))


def _of_before(row: dict[str, Any], *keys: str) -> str:
    """A share with its interval; the first step is out of itself, which says nothing."""
    rate, low, high = (float(row[key]) for key in keys)
    return "" if row["step"] == 1 else rate_text(rate, low, high)


def _step_name(row: dict[str, Any]) -> Html:
    marks = [text("mark.optional")] if row["optional"] else []
    marks += [text("mark.weakest")] if row["weakest"] else []
    tail = f" ({', '.join(marks)})" if marks else ""
    return Html(f"{row['step']}. {name(row['label'])}{tail}")


def weakest(result: FunnelResult) -> Html:
    """The weakest step, what it costs, and what one more in a hundred would bring at each step."""
    steps = result.steps
    number = result.weakest
    if number is None:
        return paragraphs(text("weakest.none"))
    row = next(r for r in records(steps) if r["step"] == number)
    before = next(r for r in reversed(records(steps)) if r["step"] < number and not r["optional"])
    words = {
        "rate": rate_text(row["rate"], row["low"], row["high"]),
        "of": count(row["of"]),
        "lost": count(row["lost"]),
        "units": _units(result),
    }
    said = text("weakest.fact", before="\0", label="\1", **words)
    fact = Html(_named(said, before["label"], row["label"]))
    worth = float(row["value_at_stake"])
    money = [] if math.isnan(worth) else [text("weakest.value", value=_money(result, worth))]
    card = element("div", paragraphs(fact, *money), class_="card warn")
    return Html(card + _one_more_point(result) + paragraphs(text("weakest.caution"), class_="muted"))


def _named(sentence: str, *labels: object) -> Html:
    """An escaped sentence with names in the places of the marks \\0, \\1, …, each isolated."""
    from funnel_utils.report.page import escape

    pieces = {chr(place): name(label) for place, label in enumerate(labels)}
    return Html("".join(pieces[letter] if letter in pieces else escape(letter) for letter in sentence))


def _one_more_point(result: FunnelResult) -> Html:
    """What one percentage point at each required step would bring, if all later rates stay as they are."""
    from funnel_utils.funnel.whatif import WhatIf

    try:
        model = WhatIf.from_result(result)
    except SpecError:
        # Units of an open funnel are no product of rates; its weakest step is named above all the same.
        return Html("")
    found = model.table().iloc[1:]
    columns = [
        Column(text("column.step"), lambda row: Html(f"{row['step']}. {name(row['label'])}"), numeric=False),
        Column(text("column.rate_in_process"), lambda row: percent(float(row["rate"]))),
        Column(text("column.extra"), lambda row: amount(float(row["extra_conversions"]))),
    ]
    if model.value is not None:
        columns.append(Column(text("column.extra_value"), lambda row: amount(float(row["extra_money"]))))
    return table(text("weakest.caption"), records(found), columns)


def _money(result: FunnelResult, worth: float) -> str:
    currency = result.log.currency
    return f"{amount(worth)} {currency}" if currency else amount(worth)


def sources(result: FunnelResult, by: Sequence[str], top: int) -> Html:
    """Where they came from, by each property asked for."""
    if not by:
        return paragraphs(text("sources.none"))
    parts = []
    for property_ in by:
        found = result.sources(property_, top=top)
        if len(by) > 1:
            parts.append(element("h3", name(property_)))
        parts.append(picture(charts.sources_chart(found, unit=result.funnel.unit)))
        columns = [
            Column(property_, lambda row: name(row["source"]), numeric=False),
            _column("units"),
            Column(text("column.share"), lambda row: percent(float(row["share"]))),
            _column("converted"),
            *_rate(heading="conversion"),
        ]
        if found["total_value"].notna().any():
            columns.append(Column(text("column.total_value"), lambda row: amount(float(row["total_value"]))))
            columns.append(Column(text("column.value_per_unit"), lambda row: amount(float(row["value_per_unit"]))))
        parts.append(table(text("sources.caption", by=property_), records(found), columns))
    parts.append(paragraphs(text("sources.caution"), class_="muted"))
    return Html("".join(parts))


def timing(result: FunnelResult) -> Html:
    """How long each step takes, with who was not seen to the end."""
    found = result.time_in_stage()
    if found.empty:
        return paragraphs(text("time.none"))

    def length(key: str) -> Column:
        return Column(text(f"column.{key}"), lambda row: span(float(row[key])))

    columns = [
        Column(text("column.transition"), _transition, numeric=False),
        _column("at_risk"),
        _column("advanced"),
        _column("censored"),
        *(length(key) for key in ("km_p25_s", "km_median_s", "km_p75_s", "km_p90_s", "advanced_median_s")),
    ]
    parts = [picture(charts.time_chart(result)), table(text("time.caption"), records(found), columns)]
    return Html("".join([*parts, paragraphs(text("time.note"), class_="muted")]))


def _transition(row: dict[str, Any]) -> Html:
    return Html(f"{name(row['label'])} → {name(row['next_label'])}")


def exits(result: FunnelResult, within: str) -> Html:
    """What those who stopped did next."""
    found = result.exits(within=within, top=NEXT_EVENTS)
    intro = paragraphs(text("exits.intro", within=within))
    if found.empty:
        return Html(intro + paragraphs(text("exits.none")))
    columns = [
        Column(text("column.stopped_after"), lambda row: name(row["label"]), numeric=False),
        Column(text("column.next_event"), lambda row: name(row["next_event"]), numeric=False),
        _column("units"),
        _column("of"),
        *_rate("share"),
    ]
    return Html(intro + picture(charts.exits_chart(found)) + table(text("exits.caption"), records(found), columns))


def trend(result: FunnelResult, by: str | None) -> Html:
    """Conversion by date of entry."""
    found = result.trend(by or _period(result))
    if found.empty:
        return paragraphs(text("trend.none"))
    columns = [
        Column(text("column.period"), lambda row: str(pd.Timestamp(row["period"]).date()), numeric=False),
        _column("entered"),
        _column("converted"),
        *_rate(heading="conversion"),
        Column(text("column.immature"), lambda row: text("yes" if row["immature"] else "no"), numeric=False),
    ]
    caption = text("trend.caption", tz=result.log.report_tz)
    picture_ = picture(charts.trend_chart(found, unit=result.funnel.unit))
    caution = paragraphs(text("trend.best")) if result.funnel.entry == "best" else Html("")
    return Html(picture_ + caution + table(caption, records(found), columns))


def journeys(result: FunnelResult, asked: Journey) -> Html:
    """The journeys of the same log, from the customer's side."""
    from funnel_utils.report.journey import journey

    return journey(asked.run(result.log))


def _period(result: FunnelResult) -> str:
    """The finest period with at most about thirty points."""
    days = len(result.trend("day"))
    return "day" if days <= 31 else "week" if days <= 7 * 31 else "month"
