"""Where is everybody now? The current stage of each person in a log, under any stage model.

**The rule.** A person's log up to the moment asked for is cut into journeys: a new one begins after a silence longer
than `silence`. Her current stage is the deepest one of which she has shown a sign *in her latest journey*, or, for a
lasting sign such as a purchase, ever: filling a cart half a year ago says nothing about today, while having bought
stays true. So nobody falls back by looking round again. With `rule="latest"` the stage is that of her latest sign
instead, which follows people when they go back. A person without any sign is at no stage. Whoever has been silent for
longer than `silence` keeps her stage and is not *active*: a loyal customer who left a year ago is loyal and not active.

Everything is computed in the engine of the log; one row a stage comes back.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from funnel_utils import export, stats
from funnel_utils.durations import Duration, microseconds, parse_duration
from funnel_utils.errors import SpecError
from funnel_utils.events.times import instant
from funnel_utils.events.where import holds
from funnel_utils.stages.library import model as named
from funnel_utils.stages.model import Sign, SignsLike, Stage, StageModel
from funnel_utils.text import t

if TYPE_CHECKING:
    from collections.abc import Mapping

    import ibis.expr.types as ir
    import pandas as pd
    from matplotlib.figure import Figure

    from funnel_utils.events import EventLog

Rule = Literal["deepest", "latest"]


@dataclass(frozen=True, eq=False, repr=False)
class CurrentStages:
    """Where everybody is.

    Attributes
    ----------
    table : ibis.Table
        In the engine, one row a person: `user`, `stage` (missing: no sign), `position` (0: no sign), `reached_at` (UTC;
        under `"latest"` the time of the latest sign), `last_seen` (UTC) and `active`.
    model : StageModel
    at : pandas.Timestamp
        The moment, UTC.
    silence : timedelta or None
    warnings : tuple of str
        Stages that no event stands for, and events that never occur.
    """

    table: ir.Table
    model: StageModel
    at: pd.Timestamp
    silence: timedelta | None
    warnings: tuple[str, ...]

    @cached_property
    def counts(self) -> pd.DataFrame:
        """One row a stage, in the model's order, and a last row for people without any sign.

        Returns
        -------
        DataFrame
            `position` (0: no sign), `stage`, `label`, `people`, `of` (all people), `share` with its Wilson interval
            `low` to `high`, and `active`: those of them seen within `silence`.
        """
        import pandas as pd

        table: Any = self.table
        found = table.group_by("position").aggregate(people=table.count(), active=table.active.cast("int64").sum())
        by_position = found.to_pandas().set_index("position")
        places = [*range(1, len(self.model.stages) + 1), 0]
        by_position = by_position.reindex(places, fill_value=0).astype("int64")
        total = int(by_position["people"].sum())
        low, high = stats.wilson(by_position["people"], [total] * len(places))
        return pd.DataFrame(
            {
                "position": places,
                "stage": [*self.model.names, None],
                "label": [*(one.label for one in self.model.stages), t("stage_views.nowhere")],
                "people": by_position["people"].to_numpy(),
                "of": total,
                "share": stats.rate(by_position["people"], [total] * len(places)),
                "low": low,
                "high": high,
                "active": by_position["active"].to_numpy(),
            }
        )

    def members(self, stage: str | None) -> ir.Table:
        """The people now at `stage` (`None`: at no stage): a table with one column `user`, for `EventLog.restrict`."""
        table: Any = self.table
        if stage is None:
            return table.filter(table.stage.isnull()).select("user")
        return table.filter(table.stage == self.model[stage].name).select("user")

    def to_frame(self) -> pd.DataFrame:
        """The counts. (`table` has the people, in the engine.)"""
        return self.counts.copy()

    def to_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write the counts as CSV, formulas defused."""
        return export.to_csv(self.counts, path)

    def to_parquet(self, path: str | os.PathLike[str]) -> Path:
        """Write the counts as Parquet."""
        return export.to_parquet(self.counts, path)

    @property
    def verdict(self) -> str:
        """Where most people are, in one sentence."""
        counts = self.counts
        if not counts["of"].iloc[0]:
            return t("stage_views.current.nobody", at=self.at)
        most = counts.iloc[int(counts["people"].argmax())]
        return t(
            "stage_views.current.verdict",
            at=self.at,
            people=f"{most['people']:,}",
            all=f"{most['of']:,}",
            share=f"{most['share']:.0%}",
            stage=most["label"],
            model=self.model.label,
        )

    def __repr__(self) -> str:
        return self.verdict

    def plot(self) -> Figure:
        """A bar for each stage: the people who are there now, and how many of them are active."""
        from funnel_utils.charts.stages import current_chart

        return current_chart(self)

    def _repr_html_(self) -> str:
        columns = ("stage", "people", "share", "interval", "active")
        head = "".join(f'<th scope="col">{escape(t(f"stage_views.column.{name}"))}</th>' for name in columns)
        body = ""
        for row in self.counts.to_dict("records"):
            cells = (
                row["label"],
                f"{row['people']:,}",
                f"{row['share']:.1%}",
                f"{row['low']:.1%} – {row['high']:.1%}",
                f"{row['active']:,}",
            )
            body += "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
        notes = "".join(f"<li>{escape(warning)}</li>" for warning in self.warnings)
        notes = f'<ul class="warnings">{notes}</ul>' if notes else ""
        return (
            f"<div><p>{escape(self.verdict)}</p>{notes}<table><thead><tr>{head}</tr></thead>"
            f"<tbody>{body}</tbody></table></div>"
        )


def current_stage(
    log: EventLog,
    model: str | StageModel,
    *,
    mapping: Mapping[str, SignsLike] | None = None,
    at: Any = None,
    rule: Rule = "deepest",
    silence: Duration | None = "30d",
) -> CurrentStages:
    """The current stage of every person.

    Parameters
    ----------
    log : EventLog
    model : str or StageModel
        A model, or its name.
    mapping : mapping of str to str, Sign, or a list of these, optional
        What stands for each stage in this log (see `StageModel.mapped`); by default the course's vocabulary.
    at : timestamp, optional
        The moment; later events are not seen. A time without a zone is the log's `report_tz`. The end of observation if
        not given.
    rule : {"deepest", "latest"}
        The deepest stage shown in the latest journey (and ever, for lasting signs), or that of the latest sign.
    silence : duration or None
        After a longer silence a new journey begins, and the person is not active; `None`: never.

    Returns
    -------
    CurrentStages

    Raises
    ------
    SpecError
        If the rule, the moment or the mapping is not valid.

    Examples
    --------
    >>> from funnel_utils import EventLog
    >>> log = EventLog.from_story({"ana": ["visit@0", "purchase@1h", "visit@9d"], "ben": ["visit@0", "add_to_cart@9d"]})
    >>> current_stage(log, "journey_five").counts[["stage", "people"]].values.tolist()[1:4]
    [['consideration', 0], ['purchase', 2], ['use', 0]]
    """
    if rule not in ("deepest", "latest"):
        raise SpecError(f'rule={rule!r}: give "deepest" or "latest".')
    chosen = model if isinstance(model, StageModel) else named(model)
    chosen = chosen if mapping is None else chosen.mapped(mapping)
    quiet = None if silence is None else parse_duration(silence, "silence")
    moment = log.observed_until if at is None else instant(at, log.report_tz, "at")
    assert moment is not None, "a moment was given"
    table = _positions(_journeys(log, moment, quiet), chosen, moment, rule, quiet)
    return CurrentStages(table.cache(), chosen, moment, quiet, _warnings(log, chosen, mapping is not None))


def _journeys(log: EventLog, at: pd.Timestamp, silence: timedelta | None) -> ir.Table:
    """The events until `at`, each with `_since`: when its person's latest journey began."""
    import ibis

    table: Any = log.table
    table = table.filter(table["timestamp"] <= ibis.literal(at.tz_localize(None)))
    if silence is None:
        return table.mutate(_since=ibis.null("timestamp(6)"))
    by_time = ibis.window(group_by="user", order_by="timestamp")
    # The end of an event's silence is compared, not a difference of times: engines disagree on what that is.
    table = table.mutate(_before=table["timestamp"].lag().over(by_time))
    ended = table["_before"] + ibis.interval(microseconds=microseconds(silence))
    starts = table["_before"].isnull() | (ended < table["timestamp"])
    table = table.mutate(_start=ibis.ifelse(starts, table["timestamp"], ibis.null("timestamp(6)")))
    return table.mutate(_since=table["_start"].max().over(ibis.window(group_by="user"))).drop("_before", "_start")


def _positions(rows: ir.Table, model: StageModel, at: pd.Timestamp, rule: Rule, silence: timedelta | None) -> ir.Table:
    """One row a person: the stage that the rule gives her."""
    import ibis

    placed = [(place, sign) for place, stage in enumerate(model.stages, 1) for sign in stage.signs]
    numbered = {k: sign for k, (_, sign) in enumerate(placed) if sign.times > 1 and rule == "deepest"}
    times = {f"_t{k}": _shown(rows, sign, rule) for k, (_, sign) in enumerate(placed) if k not in numbered}
    seen: Any = rows.group_by("user").aggregate(last_seen=rows["timestamp"].max(), **times)
    for k, sign in numbered.items():
        seen = seen.left_join(_nth(rows, sign, f"_t{k}"), "user").drop("user_right")
    none = ibis.null("timestamp(6)")
    by_stage: dict[int, Any] = {}
    for k, (place, _) in enumerate(placed):
        found = seen[f"_t{k}"]
        pick = _later if rule == "latest" else _earlier
        by_stage[place] = pick(by_stage[place], found) if place in by_stage else found
    best: Any = ibis.literal(0, "int64")
    when: Any = none
    # From the first stage to the last, a deeper one takes over where it is shown (under "latest": if not earlier).
    for place, found in sorted(by_stage.items()):
        wins = found.notnull()
        if rule == "latest":
            wins = wins & (when.isnull() | (found >= when)) if place != min(by_stage) else wins
        best, when = ibis.ifelse(wins, place, best), ibis.ifelse(wins, found, when)
    seen = seen.select("user", "last_seen", position=best.cast("int64"), reached_at=when)
    stage: Any = ibis.null("string")
    for place, name in enumerate(model.names, 1):
        stage = ibis.ifelse(seen["position"] == place, name, stage)
    edge = None if silence is None else ibis.literal((at - silence).tz_localize(None))
    active = ibis.literal(True) if edge is None else seen["last_seen"] >= edge
    return seen.mutate(stage=stage, active=active).select(
        "user", "stage", "position", "reached_at", "last_seen", "active"
    )


def _counts(rows: Any, sign: Sign) -> Any:
    """Whether an event counts towards `sign`."""
    counts = rows["event"].isin(list(sign.events))
    if sign.where is not None:
        counts = counts & holds(rows, sign.where)
    if not sign.lasting:
        counts = counts & (rows["_since"].isnull() | (rows["timestamp"] >= rows["_since"]))
    return counts


def _shown(rows: Any, sign: Sign, rule: Rule) -> Any:
    """When a person first showed `sign`, or under `"latest"` the last of its events, if there are enough."""
    import ibis

    counts = _counts(rows, sign)
    if rule == "deepest":
        return rows["timestamp"].min(where=counts)
    enough = counts.cast("int64").sum() >= sign.times
    return ibis.ifelse(enough, rows["timestamp"].max(where=counts), ibis.null("timestamp(6)"))


def _nth(rows: Any, sign: Sign, name: str) -> Any:
    """When a sign of several events was complete: one row a person, for those who showed it.

    A window over the few events that count is cheaper than an ordered list for everybody.
    """
    import ibis

    hits = rows.filter(_counts(rows, sign))
    place = ibis.row_number().over(ibis.window(group_by="user", order_by="timestamp"))
    hits = hits.select("user", "timestamp", _place=place)
    return hits.filter(hits["_place"] == sign.times - 1).select("user", **{name: hits["timestamp"]})


def _earlier(one: Any, other: Any) -> Any:
    import ibis

    return ibis.ifelse(one.isnull() | (other < one), other, one)


def _later(one: Any, other: Any) -> Any:
    import ibis

    return ibis.ifelse(one.isnull() | (other > one), other, one)


def _warnings(log: EventLog, model: StageModel, own: bool) -> tuple[str, ...]:
    """Stages that nobody can be seen at, and, in a mapping of one's own, events that never occur."""
    asked = sorted({event for stage in model.stages for sign in stage.signs for event in sign.events})
    table: Any = log.table
    found = table.filter(table["event"].isin(asked)).select("event").distinct().to_pandas()["event"] if asked else []
    there = set(found)
    said = []
    blank = [stage.label for stage in model.stages if not there & _events(stage)]
    if blank:
        said.append(t("stage_views.current.unmapped", stages=t("stage_views.list").join(blank)))
    strange = [event for event in asked if event not in there]
    if own and strange:
        said.append(t("stage_views.current.unknown", events=t("stage_views.list").join(strange)))
    return tuple(said)


def _events(stage: Stage) -> set[str]:
    return {event for sign in stage.signs for event in sign.events}
