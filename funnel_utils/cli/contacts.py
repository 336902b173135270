"""`funnel contacts`: one row a person; counted by stage, segment, band and consent, written as a table, or opened.

What the log has the events for is shown without being asked: stages, RFM, consent. An engagement score needs points,
which nobody but you can give. Ids are printed or written only where a person or a file is asked for.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from funnel_utils.cli import options as o
from funnel_utils.cli.files import Writes, tell_written, written
from funnel_utils.cli.guard import guarded, out, warn, working
from funnel_utils.cli.spelling import Says
from funnel_utils.cli.tables import grid
from funnel_utils.text import t

if TYPE_CHECKING:
    import pandas as pd

    from funnel_utils.automation import Contacts
    from funnel_utils.automation.contact_table import ContactTable
    from funnel_utils.events import EventLog

Given = dict[str, Any]


def _option(key: str, *names: str, **settings: Any) -> Any:
    panel = t("contacts.cli.panel")
    return typer.Option(*names, help=t(f"contacts.help.{key}"), rich_help_panel=panel, **settings)


@guarded
@o.gathered
def contacts(
    logs: o.Logs,
    *,
    as_of: Annotated[str | None, _option("as_of", "--as-of", metavar="TIME")] = None,
    person: Annotated[str | None, _option("person", "--person", metavar="ID"), Says("user")] = None,
    latest: Annotated[int, _option("latest", "--latest", min=1, metavar="N"), Says("events")] = 50,
    stage_model: Annotated[str | None, _option("model", "--stage-model", metavar="NAME|none"), Says("stage")] = None,
    stage: Annotated[list[str] | None, _option("stage", "--stage", metavar="EVENT=STAGE"), Says("mapping")] = None,
    silence: Annotated[str, _option("silence", "--silence", metavar="DURATION|none")] = "30d",
    purchase: Annotated[list[str] | None, _option("purchase", "--purchase", metavar="EVENT")] = None,
    value: Annotated[str, _option("value", "--value", metavar="PROPERTY")] = "value",
    points: Annotated[list[str] | None, _option("points", "--points", metavar="EVENT=NUMBER"), Says("weights")] = None,
    opt_in: Annotated[list[str] | None, _option("opt_in", "--opt-in", metavar="EVENT"), Says("given")] = None,
    opt_out: Annotated[list[str] | None, _option("opt_out", "--opt-out", metavar="EVENT"), Says("withdrawn")] = None,
    consent: Annotated[list[str] | None, _option("consent", "--consent", metavar="CHANNEL"), Says("channels")] = None,
    channel: Annotated[str | None, _option("channel", "--channel", metavar="PROPERTY")] = None,
    keep: Annotated[list[str] | None, _option("keep", "--keep", metavar="PROPERTY"), Says("properties")] = None,
    csv: Annotated[Path | None, _option("csv", "--csv", dir_okay=False), Writes(".csv")] = None,
    parquet: Annotated[Path | None, _option("parquet", "--parquet", dir_okay=False), Writes(".parquet")] = None,
    json: Annotated[bool, typer.Option("--json", help=t("cli.help.json"))] = False,
    log_options: o.Options,
) -> None:
    """List the contacts."""
    given = dict(locals())
    with working(t("contacts.cli.doing")):
        log = o.read_log(logs, log_options)
        asked, notes = _asked(log, given)
        found = asked.run(log, as_of)
        opened = None if person is None else found.person(o.id_of(person, log), latest)
        if csv is not None:
            found.to_csv(csv)
        if parquet is not None:
            found.to_parquet(parquet)
    if json:
        from funnel_utils.cli.show import print_json, rows

        data: Given = {"verdict": found.verdict, "as_of": found.as_of.isoformat(), "people": found.size}
        data |= {"warnings": [*notes, *found.warnings], "summary": rows(found.summary)}
        if opened is not None:
            data["person"] = {"contact": rows(opened.contact.to_frame().T)[0], "timeline": rows(opened.timeline)}
        print_json(data | written(csv, parquet))
        return
    warn([*notes, *found.warnings])
    if opened is not None:
        out().print(str(opened), markup=False)
    else:
        _print_summary(found)
    tell_written(csv, parquet)


def _asked(log: EventLog, given: Given) -> tuple[Contacts, list[str]]:
    """The contacts that the options describe, and what is not shown for want of events."""
    from funnel_utils.automation import Contacts

    o.check_columns(log, {"channel": given["channel"]})
    o.check_events(log, {key: given[key] for key in ("purchase", "opt_in", "opt_out")})
    notes: list[str] = []
    asked: Given = _stages(log, given, notes) | _scores(log, given, notes) | _consent(log, given, notes)
    asked["silence"] = None if given["silence"] == "none" else given["silence"]
    return Contacts(channel=given["channel"] or "channel", properties=given["keep"] or (), **asked), notes


def _stages(log: EventLog, given: Given, notes: list[str]) -> Given:
    """The stage model: the one asked for, or the usual one where the log has its events."""
    from funnel_utils.events.fields import occurring
    from funnel_utils.stages import model

    name = given["stage_model"]
    stages = o.pairs(given["stage"], "--stage")
    if name == "none" and not stages:
        return {}
    chosen = model(name or USUAL_MODEL)
    if stages:
        o.check_events(log, {"mapping": stages})
        mapping: dict[str, list[str]] = {}
        for event, stage in stages.items():
            mapping.setdefault(stage, []).append(event)
        return {"stage": chosen, "mapping": mapping}
    signs = [event for one in chosen.stages for sign in one.signs for event in sign.events]
    if name is None and not occurring(log, signs):
        notes.append(t("contacts.cli.no_stages"))
        return {}
    return {"stage": chosen}


def _scores(log: EventLog, given: Given, notes: list[str]) -> Given:
    """RFM where the log has purchases and what they were worth; the engagement score where there are points."""
    from funnel_utils.events.fields import occurring
    from funnel_utils.journey import EngagementScore
    from funnel_utils.retention import Rfm

    made: Given = {}
    bought = given["purchase"] or ["purchase"]
    if given["purchase"] or (occurring(log, bought) and given["value"] in log.properties):
        made["rfm"] = Rfm(bought, value=given["value"])
    else:
        notes.append(t("contacts.cli.no_rfm"))
    if given["points"]:
        points = o.numbers(given["points"], "--points")
        o.check_events(log, {"points": points})
        made["score"] = EngagementScore(points)
    return made


def _consent(log: EventLog, given: Given, notes: list[str]) -> Given:
    """Consent, where anybody gave it."""
    from funnel_utils.automation import Consent
    from funnel_utils.events.fields import occurring

    asked: Given = {"given": given["opt_in"], "withdrawn": given["opt_out"], "channels": given["consent"]}
    asked = {key: value for key, value in asked.items() if value}
    made = Consent(channel=given["channel"] or "channel", **asked)
    if not asked and not (occurring(log, made.given) and made.channel in log.properties):
        notes.append(t("contacts.cli.no_consent"))
        return {}
    return {"consent": made}


#: The stages that people are counted at unless another model is named.
USUAL_MODEL = "journey_five"


def _print_summary(found: ContactTable) -> None:
    """How many people are of which kind, a table for each question; no ids."""
    out().print(found.verdict, markup=False)
    for column, rows in found.summary.groupby("column", sort=False):
        out().print(_counts(t(f"contacts.what.{column}"), rows))


def _counts(title: str, rows: pd.DataFrame) -> Any:
    from funnel_utils.charts.style import count, rate_text, records

    cells = []
    for row in records(rows):
        name = t("contacts.none") if row["value"] is None or row["value"] != row["value"] else str(row["value"])
        cells.append([name, count(row["people"]), rate_text(row["share"], row["low"], row["high"])])
    return grid([title, t("contacts.column.people"), t("contacts.cli.share")], cells)
