"""Contacts: one row a person over all channels; the CRM that a log makes possible.

A row says who somebody is today: her stage, her last touch, what she is worth (RFM), how engaged she is, which channel
she prefers, and over which channels she **agreed** to be written to. Every column is what its own definition says of
the log before the moment `as_of`; a column appears where it was asked for. The table lives in the engine and hands on
to segments, whose rules may name its columns.

**Consent** is what she said last. No statement is no consent; a withdrawal that names no channel ends them all, an
agreement that names none starts none, and of two statements at the same moment the withdrawal counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from funnel_utils.automation.preference import Preference
from funnel_utils.durations import Duration
from funnel_utils.errors import LogError, SpecError
from funnel_utils.events.fields import missing
from funnel_utils.events.times import instant
from funnel_utils.journey.score import EngagementScore
from funnel_utils.retention.rfm import Rfm
from funnel_utils.stages import StageModel, model

if TYPE_CHECKING:
    import pandas as pd

    from funnel_utils.automation.contact_table import ContactTable
    from funnel_utils.events import EventLog


def _names(given: str | Iterable[str], name: str) -> tuple[str, ...]:
    """Names, of which there is at least one."""
    names = (given,) if isinstance(given, str) else tuple(given) if isinstance(given, Iterable) else ()
    if not names or not all(isinstance(one, str) and one.strip() for one in names):
        raise SpecError(f"{name}={given!r}: give a name, or a list of them.")
    return tuple(dict.fromkeys(names))


@dataclass(frozen=True)
class Consent:
    """How people agree to be written to, and withdraw it.

    Parameters
    ----------
    given, withdrawn : str or iterable of str
        The events; an unsubscription is a withdrawal.
    channel : str
        The property of these events that names the channel.
    channels : iterable of str
        Over which channels you write; each becomes a column `consent_<channel>`.

    Raises
    ------
    SpecError
        If an event is both, or a channel's name is no plain word.

    Examples
    --------
    >>> Consent(channels=["email", "sms"]).columns
    {'email': 'consent_email', 'sms': 'consent_sms'}
    """

    given: tuple[str, ...] = ("opt_in",)
    withdrawn: tuple[str, ...] = ("opt_out", "unsubscribed")
    channel: str = "channel"
    channels: tuple[str, ...] = ("email", "sms", "push", "in_app")

    def __init__(
        self,
        given: str | Iterable[str] = "opt_in",
        withdrawn: str | Iterable[str] = ("opt_out", "unsubscribed"),
        *,
        channel: str = "channel",
        channels: Iterable[str] = ("email", "sms", "push", "in_app"),
    ) -> None:
        object.__setattr__(self, "given", _names(given, "given"))
        object.__setattr__(self, "withdrawn", _names(withdrawn, "withdrawn"))
        object.__setattr__(self, "channel", channel)
        object.__setattr__(self, "channels", _names(channels, "channels"))
        both = sorted(set(self.given) & set(self.withdrawn))
        if both:
            raise SpecError(f"Consent: {both[0]!r} is both an agreement and a withdrawal.")
        if len(set(self.columns.values())) < len(self.channels):
            raise SpecError(f"Consent: channels={list(self.channels)} would share a column; rename one.")

    @property
    def columns(self) -> dict[str, str]:
        """The column of each channel; what is no letter, digit or underscore becomes an underscore."""
        return {one: "consent_" + re.sub(r"\W", "_", one) for one in self.channels}

    def sums(self, rows: Any) -> dict[str, Any]:
        """For each column, whether the consent holds, as an aggregate of a person's rows; never null."""
        agrees, withdraws = rows["event"].isin(list(self.given)), rows["event"].isin(list(self.withdrawn))
        over = rows[self.channel].cast("string")
        found = {}
        for channel, column in self.columns.items():
            named = (over == channel).fill_null(False)
            yes = rows["timestamp"].max(where=agrees & named)
            no = rows["timestamp"].max(where=withdraws & (named | over.isnull()))
            found[column] = (yes.notnull() & (no.isnull() | (yes > no))).fill_null(False)
        return found


@dataclass(frozen=True)
class Contacts:
    """What to know of everybody.

    Parameters
    ----------
    stage : str or StageModel, optional
        The stages that people are at: a model, or its name.
    mapping : mapping, optional
        What stands for each stage in this log; see `stages.current_stage`, and for `silence` too.
    silence : duration or None
    rfm : Rfm, optional
        How customers are scored.
    score : EngagementScore, optional
        The engagement score; without a cap of its own, that of the moment is taken.
    preference : Preference, optional
        Which channel people prefer; with `consent`, also the best one of those they agreed to.
    consent : Consent, optional
        Over which channels they agreed to be written to.
    touches : iterable of str, optional
        The events that count as a touch; all of them by default.
    channel : str or None
        The property that says over which channel a touch was; `None`: none does. Not there, it is left out.
    properties : iterable of str
        Properties to carry along, each with its latest known value.

    Raises
    ------
    SpecError
        If a field is of another kind.

    Examples
    --------
    >>> from funnel_utils import EventLog
    >>> mail = {"channel": "email"}
    >>> log = EventLog.from_story(
    ...     {
    ...         "ana": [("opt_in@0", mail), ("visit@1d", {"channel": "ads", "city": "Tehran"}), "purchase@1d1h"],
    ...         "ben": [("opt_in@0", mail), ("visit@2d", {"channel": "search", "city": "Shiraz"}), "opt_out@3d"],
    ...     }
    ... )
    >>> contacts = Contacts(stage="journey_five", consent=Consent(channels=["email"]), properties=["city"]).run(log)
    >>> contacts.to_frame()[["user", "stage", "last_event", "city", "consent_email"]]
      user      stage last_event    city  consent_email
    0  ana   purchase   purchase  Tehran           True
    1  ben  awareness    opt_out  Shiraz          False
    """

    stage: str | StageModel | None = None
    mapping: Mapping[str, Any] | None = field(default=None, kw_only=True)
    silence: Duration | None = field(default="30d", kw_only=True)
    rfm: Rfm | None = field(default=None, kw_only=True)
    score: EngagementScore | None = field(default=None, kw_only=True)
    preference: Preference | None = field(default=None, kw_only=True)
    consent: Consent | None = field(default=None, kw_only=True)
    touches: Any = field(default=None, kw_only=True)
    channel: str | None = field(default="channel", kw_only=True)
    properties: Any = field(default=(), kw_only=True)

    def __post_init__(self) -> None:
        kinds = {"rfm": Rfm, "score": EngagementScore, "preference": Preference, "consent": Consent}
        for name, kind in kinds.items():
            if getattr(self, name) is not None and not isinstance(getattr(self, name), kind):
                raise SpecError(f"Contacts: {name}={getattr(self, name)!r}; give a {kind.__name__}(…).")
        if self.stage is not None:
            found = self.stage if isinstance(self.stage, StageModel) else model(self.stage)
            if self.mapping is not None:
                found.mapped(self.mapping)  # a stage that the model does not have is refused now
            object.__setattr__(self, "stage", found)
        elif self.mapping is not None:
            raise SpecError("Contacts: mapping= says what stands for the stages of a model; give stage= too.")
        if self.touches is not None:
            object.__setattr__(self, "touches", _names(self.touches, "touches"))
        named = _names(self.properties, "properties") if self.properties else ()
        taken = sorted(set(named) & OWN)
        if taken:
            raise SpecError(f"Contacts: properties: {taken[0]!r} is a column of the contacts already.")
        object.__setattr__(self, "properties", tuple(dict.fromkeys(named)))

    def run(self, log: EventLog, as_of: Any = None) -> ContactTable:
        """Everybody who did anything, as known at a moment.

        Parameters
        ----------
        log : EventLog
        as_of : timestamp, optional
            The moment; events at it or later are not seen. A time without a zone is the log's `report_tz`. All of the
            log is seen by default.

        Returns
        -------
        ContactTable

        Raises
        ------
        SpecError
            If `as_of` lies after the end of observation.
        LogError
            If a property is not there, or nobody did anything before `as_of`.
        """
        from funnel_utils.automation.contact_columns import assembled
        from funnel_utils.automation.contact_table import ContactTable

        moment = self._moment(log, as_of)
        seen = log if as_of is None else log.between(end=moment)
        self._check(seen)
        table, warnings = assembled(self, seen, moment, as_of is not None)
        made = ContactTable(self, seen, moment, table.cache(), warnings)
        if not made.size:
            raise LogError(f"nobody did anything before {moment:%Y-%m-%d %H:%M} UTC, so there is nobody to list.")
        return made

    def _moment(self, log: EventLog, as_of: Any) -> pd.Timestamp:
        import pandas as pd

        end = log.observed_until + pd.Timedelta(microseconds=1)
        found = instant(as_of, log.report_tz, "as_of")
        if found is not None and found > end:
            raise SpecError(
                f"as_of={as_of!r} lies after the end of observation ({log.observed_until:%Y-%m-%d %H:%M} UTC): nobody"
                " knows what people did since. Read the log with observed_until= if it is complete up to then."
            )
        return end if found is None else found

    def _check(self, log: EventLog) -> None:
        wanted = [("properties", name) for name in self.properties]
        wanted += [] if self.consent is None else [("consent channel", self.consent.channel)]
        for argument, name in wanted:
            if name not in log.properties:
                raise LogError(missing(name, log.properties, argument))


#: The columns that contacts have of their own.
OWN = {
    *("user", "first_seen", "last_seen", "events", "last_touch", "last_event", "last_channel", "stage", "position"),
    *("active", "days_since_last", "orders", "value", "rfm", "segment", "score", "band"),
    *("preferred_channel", "chance_best", "write_by"),
}
