"""The five measures of a journey, stage by stage: what is asked.

At each stage somebody is hoped to do something, the **wanted act**, and may do the contrary. The measures are

- **progression**: the share who did the wanted act;
- **aversion**: the share who did a declared contrary act, such as to leave the cart, unsubscribe or buy elsewhere;
- **engagement**: opens out of sends, clicks out of opens, content used out of content shown;
- **timing**: how long it took, everybody counted who has not done it yet;
- **value**: revenue and margin per person.

A person is *at* a stage from the first sign of it (the **touch**). Acts count from that instant on, and for as long as
`within`: only people who have been watched for so long are in a rate, whatever they did.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from funnel_utils.durations import Duration, format_duration, parse_duration
from funnel_utils.errors import SpecError
from funnel_utils.journey.engagement import Rate
from funnel_utils.stages.model import Sign, SignsLike, StageModel
from funnel_utils.text import t

if TYPE_CHECKING:
    from funnel_utils.events import EventLog
    from funnel_utils.journey.measures_result import MeasuresResult

Contrary = SignsLike | Mapping[str, SignsLike]


@dataclass(frozen=True)
class StageActs:
    """One stage: what puts a person there, what she is hoped to do, and what would be the contrary.

    Parameters
    ----------
    stage : str
        Its name.
    touch, wanted : str, Sign, or a list of these
        The events (any of them) that put a person at the stage, and those that are the wanted act. An act at the very
        time of the touch counts, unless it is an event that also puts people there: then it has to come later. A `Sign`
        adds a condition, or a number of times: from the so-manieth event on it is shown. Without a wanted act the stage
        has people and a value, and no progression.
    contrary : the same, or a mapping of a name to the same
        The contrary acts, each with its name.
    left_after : str or timedelta, optional
        Not to do the wanted act for so long is a contrary act too: the person has left.
    label : str
        What tables and charts call the stage; its name by default.

    Raises
    ------
    SpecError
        If a field is not valid, or an event is both wanted and contrary under the same condition.

    Examples
    --------
    >>> acts = StageActs("cart", "add_to_cart", "purchase", {"bought in a store": "store_purchase"}, left_after="1d")
    >>> acts.contrary_names
    ('bought in a store', 'left: nothing for 1d')
    """

    stage: str
    touch: Any
    wanted: Any = ()
    contrary: Any = ()
    left_after: Duration | None = None
    label: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.stage, str) or not self.stage.strip():
            raise SpecError(f"StageActs(stage={self.stage!r}): a stage needs a name.")
        where = f"StageActs({self.stage!r})"
        object.__setattr__(self, "label", self.label or self.stage)
        object.__setattr__(self, "touch", signs_of(self.touch, f"{where}: touch"))
        object.__setattr__(self, "wanted", signs_of(self.wanted, f"{where}: wanted"))
        object.__setattr__(self, "contrary", _contrary(self.contrary, f"{where}: contrary"))
        if not self.touch:
            raise SpecError(f"{where}: touch= names the events that put a person at the stage.")
        twice = [sign for _, signs in self.contrary for sign in signs if sign in self.wanted]
        if twice:
            raise SpecError(f"{where}: {' or '.join(twice[0].events)} is both wanted and contrary.")
        if self.left_after is not None:
            object.__setattr__(self, "left_after", parse_duration(self.left_after, f"{where}: left_after"))
            if not self.left_after or not self.wanted:
                raise SpecError(f"{where}: left_after= is how long to wait for the wanted act, longer than nothing.")

    @property
    def contrary_names(self) -> tuple[str, ...]:
        """What the contrary acts are called, in order."""
        names = tuple(name for name, _ in self.contrary)
        if self.left_after is None:
            return names
        after = format_duration(parse_duration(self.left_after, "left_after"))
        return (*names, t("measures.left", after=after))

    @property
    def wanted_label(self) -> str:
        """The wanted act in words."""
        return " / ".join(dict.fromkeys(event for sign in self.wanted for event in sign.events))


@dataclass(frozen=True)
class Revenue:
    """Where money is in a log.

    Parameters
    ----------
    events, refunds : str, Sign, or a list of these
        The events whose `value` is earned, and those whose `value` is given back.
    margin : float or str, optional
        The share of net revenue that is left (0 to 1), or the property that holds each event's margin.
    """

    events: Any = "purchase"
    refunds: Any = "cancel_order"
    margin: float | str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "events", signs_of(self.events, "Revenue: events"))
        object.__setattr__(self, "refunds", signs_of(self.refunds, "Revenue: refunds"))
        if not self.events:
            raise SpecError("Revenue: events= names the events whose value is earned.")
        if any(sign.times > 1 for sign in (*self.events, *self.refunds)):
            raise SpecError("Revenue: money is counted at every event; a Sign here has times=1.")
        if self.margin is None or (isinstance(self.margin, str) and self.margin):
            return
        if isinstance(self.margin, bool) or not isinstance(self.margin, int | float) or not 0 <= self.margin <= 1:
            raise SpecError(f"Revenue: margin={self.margin!r} is a share (0 to 1), or the name of a property.")


@dataclass(frozen=True)
class JourneyMeasures:
    """The five measures: what is asked; `run` computes.

    Parameters
    ----------
    stages : sequence of StageActs
    within : str, timedelta or None
        For how long after the touch acts and money count, and people must have been watched. `None`: to the end of the
        log, whose latest people have then had less time than its first.
    revenue : Revenue or None
        Where money is; `None` for a log without any.
    rates : sequence of Rate
        Engagement: what is counted out of what.

    Raises
    ------
    SpecError
        If a field is not valid, two stages have one name, or a `left_after` is longer than `within`.

    Examples
    --------
    >>> from funnel_utils import EventLog
    >>> log = EventLog.from_story(
    ...     {"ana": ["cart@0", "pay@2h"], "ben": ["cart@0", "bye@1d"], "cyd": ["cart@0"], "dee": ["cart@29d"]},
    ...     observed_until="2026-01-31",
    ... )
    >>> found = JourneyMeasures([StageActs("cart", "cart", "pay", "bye")], within="7d", revenue=None).run(log)
    >>> found.progression()[["stage", "progressed", "of", "rate"]].round(3).values.tolist()
    [['cart', 1, 3, 0.333]]
    >>> found.aversion()[["act", "averse", "of", "rate"]].round(3).values.tolist()
    [['any', 1, 3, 0.333], ['bye', 1, 3, 0.333]]
    """

    stages: Any
    within: Duration | None = "30d"
    revenue: Revenue | None = field(default_factory=Revenue)
    rates: Any = ()

    def __post_init__(self) -> None:
        given = (self.stages,) if isinstance(self.stages, StageActs) else tuple(self.stages)
        if not given or not all(isinstance(one, StageActs) for one in given):
            raise SpecError("JourneyMeasures: stages= is a list of StageActs, at least one; see JourneyMeasures.of.")
        names = [one.stage for one in given]
        if len(set(names)) < len(names):
            raise SpecError(f"JourneyMeasures: two stages have one name: {', '.join(names)}.")
        object.__setattr__(self, "stages", given)
        if self.within is not None:
            object.__setattr__(self, "within", parse_duration(self.within, "within"))
            if not self.within:
                raise SpecError("JourneyMeasures: within= must be longer than nothing, or None.")
            for one in given:
                if one.left_after is not None and one.left_after > self.within:
                    raise SpecError(f"StageActs({one.stage!r}): left_after= is longer than within=: nobody can leave.")
        if self.revenue is not None and not isinstance(self.revenue, Revenue):
            raise SpecError(f"JourneyMeasures: revenue={self.revenue!r} is no Revenue.")
        rates = (self.rates,) if isinstance(self.rates, Rate) else tuple(self.rates)
        if not all(isinstance(rate, Rate) for rate in rates):
            raise SpecError("JourneyMeasures: rates= is a list of Rate.")
        object.__setattr__(self, "rates", rates)

    @classmethod
    def of(
        cls,
        model: StageModel | Mapping[str, SignsLike],
        *,
        wanted: Mapping[str, SignsLike] | None = None,
        contrary: Mapping[str, Contrary] | None = None,
        left_after: Mapping[str, Duration] | None = None,
        **options: Any,
    ) -> JourneyMeasures:
        """The measures of a stage model, or of a mapping from stages to events in their order.

        Parameters
        ----------
        model : StageModel or mapping of str to str, Sign, or a list of these
            Stages without a sign are left out: no log can show them.
        wanted : mapping, optional
            The wanted act by stage. By default, a sign of any later stage; the last stage has none.
        contrary, left_after : mapping, optional
            By stage; see `StageActs`.
        **options
            As for `JourneyMeasures`.

        Raises
        ------
        SpecError
            If a stage is named that the model does not have, or that has no sign.

        Examples
        --------
        >>> JourneyMeasures.of({"look": "visit", "buy": "pay", "tell": "refer"}).stages[0].wanted_label
        'pay / refer'
        """
        mapping = model.mapping if isinstance(model, StageModel) else model
        if not isinstance(mapping, Mapping):
            raise SpecError(f"JourneyMeasures.of({model!r}): give a StageModel, or a dict from stages to events.")
        signs = {stage: signs_of(given, f"stage {stage!r}") for stage, given in mapping.items()}
        signs = {stage: found for stage, found in signs.items() if found}
        given: dict[str, Any] = {"wanted": wanted or {}, "contrary": contrary or {}, "left_after": left_after or {}}
        for name, by_stage in given.items():
            strange = [stage for stage in by_stage if stage not in signs]
            if strange:
                raise SpecError(f"{name}: {strange[0]!r} is no stage with signs; these are {', '.join(signs)}.")
        order = list(signs)
        acts = []
        for place, stage in enumerate(order):
            later = tuple(dict.fromkeys(sign for name in order[place + 1 :] for sign in signs[name]))
            label = model[stage].label if isinstance(model, StageModel) else stage
            hoped = given["wanted"].get(stage, later)
            against, left = given["contrary"].get(stage, ()), given["left_after"].get(stage)
            acts.append(StageActs(stage, signs[stage], hoped, against, left, label))
        return cls(acts, **options)

    def run(self, log: EventLog) -> MeasuresResult:
        """Compute them on a log.

        Raises
        ------
        LogError
            If a property that is asked for is not there, or values come in several currencies.
        """
        from funnel_utils.journey.measures_result import MeasuresResult

        return MeasuresResult.of(self, log)


def signs_of(given: Any, where: str) -> tuple[Sign, ...]:
    """Event names and signs as signs; `where` is the field to blame in an error.

    Raises
    ------
    SpecError
        If it is neither a name, a Sign, nor a list of these.
    """
    if isinstance(given, str | Sign):
        given = (given,)
    if not isinstance(given, Iterable) or isinstance(given, Mapping):
        raise SpecError(f"{where}={given!r}: give an event name, a Sign, or a list of these.")
    found = sorted(given, key=str) if isinstance(given, set | frozenset) else list(given)
    return tuple(one if isinstance(one, Sign) else Sign(one) for one in found)


def _contrary(given: Any, where: str) -> tuple[tuple[str, tuple[Sign, ...]], ...]:
    """Contrary acts by name: those of a list have their events' names; what is normalised already stays."""
    if isinstance(given, Mapping):
        found = tuple((str(name), signs_of(signs, f"{where}: {name!r}")) for name, signs in given.items())
    elif isinstance(given, tuple) and all(isinstance(one, tuple) and len(one) == 2 for one in given):
        found = given
    else:
        found = tuple((" / ".join(sign.events), (sign,)) for sign in signs_of(given, where))
    empty = [name for name, signs in found if not signs or not name.strip()]
    names = [name for name, _ in found]
    if empty or len(set(names)) < len(names):
        raise SpecError(f"{where}: every contrary act needs a name of its own and an event; got {names}.")
    return found
