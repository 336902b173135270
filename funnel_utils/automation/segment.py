"""Segments: the people for whom a rule holds at a moment.

A segment is a rule with a name. Run on a log it is people, counted and described; who they are stays in the engine
until asked for by name (`people`). `why` tells of one person what each condition found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from funnel_utils.automation import rules as r
from funnel_utils.automation.language import parse
from funnel_utils.automation.matching import People, condition, joined
from funnel_utils.automation.rendering import render
from funnel_utils.automation.rule_data import from_dict, to_dict
from funnel_utils.automation.segment_result import SegmentResult, Why, shown
from funnel_utils.errors import LogError, SpecError
from funnel_utils.events.fields import missing
from funnel_utils.events.times import instant
from funnel_utils.text import t

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from funnel_utils.automation.contact_table import ContactTable
    from funnel_utils.events import EventLog
    from funnel_utils.funnel import Funnel


@dataclass(frozen=True)
class Segment:
    """People described by a rule.

    Parameters
    ----------
    rule : str or Rule or mapping
        As text (see `automation.language`), as records, or as the dictionaries of `rule_data.to_dict`.
    name : str
        What tables call it; the rule itself by default.
    funnels : mapping of str to Funnel
        The funnels that the rule names.

    Raises
    ------
    SpecError
        If the rule cannot be read.

    Examples
    --------
    >>> from funnel_utils import EventLog
    >>> log = EventLog.from_story(
    ...     {
    ...         "ana": [("visit@0", {"city": "Tehran"}), ("order@1d", {"value": 80_000})],
    ...         "ben": [("visit@0", {"city": "Tehran"}), ("order@2d", {"value": 150_000})],
    ...         "eli": [("visit@3d", {"city": "Shiraz"})],
    ...     }
    ... )
    >>> small = Segment('city = "Tehran" and sum(value of order, last 14 days) < 100000', name="small orders")
    >>> small.run(log)
    small orders: 1 of 3 people (33.3%, 6.1% to 79.2%).
    """

    rule: r.Rule
    name: str = ""
    funnels: Mapping[str, Funnel] = field(default_factory=dict)

    def __init__(
        self, rule: str | r.Rule | Mapping[str, Any], name: str = "", *, funnels: Mapping[str, Funnel] | None = None
    ) -> None:
        made = parse(rule) if isinstance(rule, str) else from_dict(rule) if isinstance(rule, Mapping) else rule
        if not isinstance(made, r.Rule):
            raise SpecError(f"Segment: {rule!r} is no rule; write it as text, or use the records of automation.rules.")
        if not isinstance(name, str):
            raise SpecError(f"Segment: name={name!r}; give a text.")
        object.__setattr__(self, "rule", made)
        object.__setattr__(self, "name", name or render(made))
        object.__setattr__(self, "funnels", dict(funnels or {}))

    @property
    def text(self) -> str:
        """The rule as canonical text."""
        return render(self.rule)

    def to_dict(self) -> dict[str, Any]:
        """The name and the rule as plain data."""
        return {"name": self.name, "rule": to_dict(self.rule)}

    def run(
        self, log: EventLog, *, as_of: Any = None, contacts: ContactTable | ir.Table | None = None, pull: bool = False
    ) -> SegmentResult:
        """The people for whom the rule holds.

        Parameters
        ----------
        log : EventLog
        as_of : timestamp, optional
            The moment; events at it or later are not seen. A time without a zone is the log's `report_tz`. By default
            all of the log is seen.
        contacts : ContactTable or ibis Table, optional
            One row a person with `user`: then these are the people, and the rule may name the columns.
        pull : bool
            Bring the events of funnels and sequences here where the log's engine cannot match them, as when an event
            is named twice in a sequence. Logs that live here need it not.

        Returns
        -------
        SegmentResult

        Raises
        ------
        LogError
            If a property is not there, or the contacts have two rows for somebody.
        SpecError
            If a value is of another kind than its property, or a funnel was not given.
        EngineError
            If the log's engine cannot match a funnel or a sequence, and `pull` is false.
        """
        moment = _moment(log, as_of)
        people = People(log, moment, _one_row_each(contacts), self.funnels, pull)
        asked = [condition(leaf, people) for leaf in r.leaves(self.rule)]
        table = people.table()
        table = table.mutate(**{f"_{k}": one.holds(table) for k, one in enumerate(asked)})
        member = joined(self.rule, {k: table[f"_{k}"] for k in range(len(asked))})
        found = table.select("user", *(f"_{k}" for k in range(len(asked))), member=member).cache()
        return SegmentResult(self, found, moment, _warnings(self.rule, log, moment))

    def why(
        self,
        user: Any,
        log: EventLog,
        *,
        as_of: Any = None,
        contacts: ContactTable | ir.Table | None = None,
        pull: bool = False,
    ) -> Why:
        """What the rule found of one person; arguments as in `run`.

        Raises
        ------
        LogError
            If there is no such person before `as_of`.

        Examples
        --------
        >>> from funnel_utils import EventLog
        >>> log = EventLog.from_story({"ana": [("visit@0", {"city": "Tehran"}), "order@1d"]})
        >>> print(Segment('city = "Tehran" and count(order) >= 2').why("ana", log))
        'ana' is not in it: city = "Tehran" and count(order) >= 2
          yes  city = "Tehran"  (found: Tehran)
          no   count(order) >= 2  (found: 1)
        """
        moment = _moment(log, as_of)
        known: Any = _one_row_each(contacts)
        if known is not None:
            known = known.filter(known["user"] == user)
        people = People(log.restrict([user]), moment, known, self.funnels, pull)
        leaves = list(r.leaves(self.rule))
        asked = [condition(leaf, people) for leaf in leaves]
        table = people.table()
        columns = {f"h{k}": one.holds(table) for k, one in enumerate(asked)}
        columns |= {f"f{k}": one.found(table) for k, one in enumerate(asked) if one.found is not None}
        columns["member"] = joined(self.rule, {k: columns[f"h{k}"] for k in range(len(asked))})
        rows = table.select(**columns).to_pandas()
        if rows.empty:
            raise LogError(f"user={user!r}: there is no such person in the log before {moment:%Y-%m-%d %H:%M} UTC.")
        row = rows.iloc[0]
        found = [shown(row[f"f{k}"]) if f"f{k}" in rows else "" for k in range(len(asked))]
        answers = [bool(row[f"h{k}"]) for k in range(len(asked))]
        return Why(user, self, bool(row["member"]), tuple(zip(map(render, leaves), answers, found, strict=True)))


#: How long before the moment a log may end unnoticed: one that is read today ends with its last event.
SLACK = timedelta(days=1)


def _moment(log: EventLog, as_of: Any) -> pd.Timestamp:
    """`as_of` in UTC; by default just after the last thing that the log shows."""
    import pandas as pd

    if as_of is None:
        return log.observed_until + pd.Timedelta(microseconds=1)
    found = instant(as_of, log.report_tz, "as_of")
    assert found is not None, "a moment was given"
    return found


def _one_row_each(contacts: ContactTable | ir.Table | None) -> Any:
    """The people of a contact table; of a table from elsewhere, after a look whether it is one."""
    from funnel_utils.automation.contact_table import ContactTable

    if contacts is None or isinstance(contacts, ContactTable):
        return getattr(contacts, "table", None)
    table: Any = contacts
    if not hasattr(table, "columns"):
        raise SpecError(f"contacts={contacts!r} is no table of people; give Contacts(…).run(log), or an Ibis table.")
    if "user" not in table.columns:
        raise LogError(missing("user", table.columns, "contacts"))
    table = table.filter(table["user"].notnull())
    rows, people = table.aggregate(rows=table.count(), people=table["user"].nunique()).to_pandas().iloc[0]
    if rows > people:
        raise LogError(f"contacts: {rows:,} rows for {people:,} people; give one row a person.")
    return table


def _warnings(rule: r.Rule, log: EventLog, moment: pd.Timestamp) -> tuple[str, ...]:
    """What finds too few, silently: time that was not observed, and names of events that the log has not."""
    late = moment - log.observed_until
    said = (t("segments.unobserved", end=f"{log.observed_until:%Y-%m-%d %H:%M}"),) if late > SLACK else ()
    return (*said, *_unknown(rule, log))


def _unknown(rule: r.Rule, log: EventLog) -> tuple[str, ...]:
    """A warning for each event that the rule names and the log has not."""
    named: set[str] = set()
    for leaf in r.leaves(rule):
        parts = [getattr(leaf, "events", None), getattr(leaf, "since", None), *getattr(leaf, "steps", ())]
        named |= {part.name for part in parts if isinstance(part, r.Events)}
    if not named:
        return ()
    table: Any = log.table
    there = set(table.filter(table["event"].isin(sorted(named))).select("event").distinct().to_pandas()["event"])
    return tuple(t("segments.unknown_event", event=name) for name in sorted(named - there))
