"""What a journey is: whose, from where to where, in which states, and when it is over.

A **journey** is a run of one unit's events. It ends at the first `end` event (it **converted**), or after a silence
longer than `idle` (the unit **left**), or with the log (it is still **open**); the unit's next event begins its next
journey. Every event counts as its **state**: its own name, the stage it stands for, or the value of another property.

A `Journey` holds no data; `Journey.run(log)` computes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from funnel_utils.durations import Duration, format_duration, parse_duration
from funnel_utils.errors import SpecError

if TYPE_CHECKING:
    from funnel_utils.events import EventLog
    from funnel_utils.journey.result import JourneyResult

#: A picture or a matrix of more states than this says nothing, and its cells are nearly all empty.
MAX_STATES = 500


@runtime_checkable
class Staged(Protocol):
    """As much of a stage model as a journey needs: `funnel_utils.stages.StageModel` has it."""

    @property
    def names(self) -> tuple[str, ...]:
        """The stages in order."""

    @property
    def mapping(self) -> Mapping[str, Any]:
        """Stage to its signs, each with `events`, `times` and `where`."""


@dataclass(frozen=True)
class Journey:
    """What one journey is.

    Parameters
    ----------
    end : str or iterable of str, optional
        The events that end a journey as converted. Without one nobody converts, and journeys only leave or stay open.
    start : str or iterable of str, optional
        A journey begins at the first of these events; what came before it is in no journey. Any event by default.
    unit : str
        Whose journeys: `"user"`, `"session"` (a given session id, unique only together with its user), or another
        column. Events without the unit are in no journey.
    idle : duration, optional
        A silence strictly longer than this ends a journey. `None`: never, so that who has not converted is still open.
        `Journey(idle="30m")` are sessions by the usual rule.
    stages : mapping of str to str, or a stage model, optional
        Event name to stage, stages in the order in which they first appear. Of a model, which brings its own order, an
        event stands for the first stage that it is a sign of by itself; signs that ask for several events or for a
        condition say nothing of one event. Events of no stage are left out, and the result says how many.
    state : str
        The column whose values are the states: `"event"` by default, `"channel"` for a journey through channels. With
        `stages`, the mapping is from its values.
    order : sequence of str
        The states from first to last, for entry, skips and returns, where there are no stages.
    events : iterable of str, optional
        Only these events are looked at (and those of `start` and `end`).
    collapse : bool
        Whether a state that repeats at once counts once (`A, A, B` is `A, B`) in paths, transitions, chain, step matrix
        and flow. Touchpoints and channels always count every event.
    channel : str
        The column of the channel, where the log has it.
    offline : mapping
        Which events happened offline, as a condition on properties.
    name : str
        What reports call it.

    Raises
    ------
    SpecError
        For a field that is not valid, with what is allowed.

    Notes
    -----
    Events of one unit at the same moment stand in the order of the log where it has one (`sequence`); else start events
    come first, end events last, and the others in the order of their states. Choosing the order this way lets a
    journey reach its end at that moment, and is the same in every engine.

    Examples
    --------
    >>> Journey(end="purchase", idle="30d")
    Journey(end=('purchase',), idle=30d)
    """

    end: tuple[str, ...] = ()
    start: tuple[str, ...] = ()
    unit: str = "user"
    idle: timedelta | None = None
    stages: Mapping[str, str] = field(default_factory=dict)
    state: str = "event"
    order: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    collapse: bool = False
    channel: str = "channel"
    offline: Mapping[str, Any] = field(default_factory=lambda: {"place": "store"})
    name: str = ""

    def __init__(
        self,
        end: str | Iterable[str] = (),
        *,
        start: str | Iterable[str] = (),
        unit: str = "user",
        idle: Duration | None = None,
        stages: Mapping[str, str] | Staged | None = None,
        state: str = "event",
        order: Iterable[str] = (),
        events: str | Iterable[str] = (),
        collapse: bool = False,
        channel: str = "channel",
        offline: Mapping[str, Any] | None = None,
        name: str = "",
    ) -> None:
        mapping, staged = _stages(stages)
        values: dict[str, Any] = {
            "end": _names(end, "end"),
            "start": _names(start, "start"),
            "unit": _column(unit, "unit"),
            "idle": None if idle is None else parse_duration(idle, "idle"),
            "stages": mapping,
            "state": _column(state, "state"),
            "order": _ordered(order, staged),
            "events": _names(events, "events"),
            "collapse": bool(collapse),
            "channel": _column(channel, "channel"),
            "offline": {"place": "store"} if offline is None else dict(offline),
            "name": name,
        }
        for key, value in values.items():
            object.__setattr__(self, key, value)
        _check(self)

    def __repr__(self) -> str:
        plain: dict[str, Any] = {"unit": "user", "state": "event", "channel": "channel", "offline": {"place": "store"}}
        shown = []
        for option in fields(self):
            value = getattr(self, option.name)
            if option.name == "order" and self.stages:
                continue
            if value and value != plain.get(option.name):
                text = format_duration(value) if isinstance(value, timedelta) else repr(value)
                shown.append(f"{option.name}={text}")
        return f"Journey({', '.join(shown)})"

    def run(self, log: EventLog) -> JourneyResult:
        """Find the journeys of `log`.

        Returns
        -------
        JourneyResult

        Raises
        ------
        LogError
            If the log lacks a column, or has no event that belongs to any journey.
        SpecError
            If there are more than 500 states.

        Examples
        --------
        >>> from funnel_utils import EventLog
        >>> log = EventLog.from_story({"ana": ["visit@0", "pay@2h"], "ben": ["visit@1h"]})
        >>> print(Journey(end="pay").run(log).verdict)
        1 of 2 journeys converted (50.0%; 95% interval 9.5% to 90.5%), after 2.0 events on average; 1 is still open.
        """
        from funnel_utils.journey.result import JourneyResult

        return JourneyResult.of(self, log)


def _names(given: str | Iterable[str], where: str) -> tuple[str, ...]:
    found = (given,) if isinstance(given, str) else tuple(sorted(set(given)))
    if not all(isinstance(name, str) and name for name in found):
        raise SpecError(f"{where}={given!r}: give one or more names of events.")
    return found


def _column(given: str, where: str) -> str:
    if not isinstance(given, str) or not given or given in ("timestamp", "sequence"):
        raise SpecError(f'{where}={given!r}: give the name of a column, such as "user" or "channel".')
    return given


def _stages(given: Mapping[str, str] | Staged | None) -> tuple[dict[str, str], tuple[str, ...]]:
    """Event to stage, and the stages in order."""
    if given is None:
        return {}, ()
    if isinstance(given, Mapping):
        mapping, order = dict(given), tuple(dict.fromkeys(given.values()))
    elif isinstance(given, Staged):
        mapping, order = _single_signs(given), tuple(given.names)
    else:
        raise SpecError(f"stages={given!r}: give a mapping from event to stage, or a stage model.")
    if not mapping:
        raise SpecError("stages is empty: map at least one event to a stage, or leave stages out.")
    strange = [pair for pair in mapping.items() if not all(isinstance(part, str) and part for part in pair)]
    if strange:
        raise SpecError(f"stages: {strange[0]!r} is not a pair of names (event, stage).")
    lost = sorted(set(mapping.values()) - set(order))
    if lost:
        raise SpecError(f"stages: {', '.join(lost)} is not among the model's stages {', '.join(order)}.")
    return mapping, order


def _single_signs(model: Staged) -> dict[str, str]:
    """The first stage that each event stands for by itself: once, and under no condition."""
    found: dict[str, str] = {}
    for name in model.names:
        for sign in model.mapping[name]:
            if sign.times == 1 and sign.where is None:
                found |= {event: name for event in sign.events if event not in found}
    return found


def _ordered(order: Iterable[str], staged: tuple[str, ...]) -> tuple[str, ...]:
    given = (order,) if isinstance(order, str) else tuple(order)
    if len(set(given)) != len(given) or not all(isinstance(name, str) and name for name in given):
        raise SpecError(f"order={given!r}: name each state once.")
    if staged and given and set(staged) - set(given):
        raise SpecError(f"order={given!r} leaves out stages: {', '.join(sorted(set(staged) - set(given)))}.")
    return given or staged


def _check(journey: Journey) -> None:
    both = sorted(set(journey.start) & set(journey.end))
    if both:
        raise SpecError(f"{', '.join(both)} cannot both start and end a journey: use another start.")
    if journey.idle is not None and not journey.idle:
        raise SpecError('idle=0 would end a journey at every event; give a silence such as "30m" or "30d".')
    # With another state column the stages are of its values, which says nothing of events.
    ends = set(journey.end) | set(journey.start)
    if journey.stages and journey.state == "event" and ends - set(journey.stages):
        named = ", ".join(sorted(ends - set(journey.stages)))
        raise SpecError(f"stages: {named} starts or ends a journey and stands for no stage; map it to one.")
