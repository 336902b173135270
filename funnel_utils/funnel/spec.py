"""What a funnel is: steps, and the rules by which a unit's events count as those steps.

A `Funnel` says what is asked; it holds no data. `Funnel.run(log)` computes. Every option has one meaning, written in
`Funnel`; which options go together is the table `SUPPORT`, and what the table does not allow is refused here, when the
funnel is built, never later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from funnel_utils.durations import Duration, format_duration, parse_duration
from funnel_utils.errors import SpecError

if TYPE_CHECKING:
    import pandas as pd

    from funnel_utils.events import EventLog
    from funnel_utils.funnel.result import FunnelResult

MAX_STEPS = 60

Order = Literal["ordered", "strict", "unordered"]
Entry = Literal["best", "first", "every"]
Ties = Literal["either", "log", "increase"]

OPERATORS = ("=", "!=", "<", "<=", ">", ">=", "in", "contains", "is null", "not null")


@dataclass(frozen=True)
class Condition:
    """A test on one property of an event: `Condition("value", ">", 100)`.

    `operator` is one of `OPERATORS`; `value` is a collection for `"in"`, absent for `"is null"` and `"not null"`. A
    missing property fails every test but `"is null"`.
    """

    property: str
    operator: str = "="
    value: Any = None

    def __post_init__(self) -> None:
        if self.operator not in OPERATORS:
            raise SpecError(f"where: operator {self.operator!r} is not one of {', '.join(OPERATORS)}.")
        if self.operator == "in":
            if isinstance(self.value, str) or not isinstance(self.value, Iterable):
                raise SpecError(f'where: "in" takes a collection of values; got {self.value!r}.')
            object.__setattr__(self, "value", tuple(sorted(set(self.value), key=repr)))
        elif self.operator in ("is null", "not null"):
            if self.value is not None:
                raise SpecError(f"where: {self.operator!r} takes no value; got {self.value!r}.")
        elif self.value is None:
            raise SpecError(f'where: {self.property!r} {self.operator} None; use the operator "is null".')

    def __str__(self) -> str:
        tail = "" if self.value is None else f" {self.value!r}"
        return f"{self.property} {self.operator}{tail}"


Where = Mapping[str, Any] | Sequence[Condition]


def _conditions(where: Where | None) -> tuple[Condition, ...]:
    """Conditions from a mapping, as `Step` describes it."""
    if not where:
        return ()
    if not isinstance(where, Mapping):
        return tuple(where)
    found = []
    for name, test in where.items():
        if isinstance(test, set | frozenset | list):
            found.append(Condition(name, "in", test))
        elif isinstance(test, tuple):
            if len(test) != 2:
                raise SpecError(f"where: {name!r} takes a value, a set of values or (operator, value); got {test!r}.")
            found.append(Condition(name, *test))
        elif test is None:
            found.append(Condition(name, "is null"))
        else:
            found.append(Condition(name, "=", test))
    return tuple(found)


def _names(events: str | Iterable[str], where: str) -> tuple[str, ...]:
    names = (events,) if isinstance(events, str) else tuple(sorted(set(events)))
    if not names or not all(isinstance(name, str) and name for name in names):
        raise SpecError(f"{where}: events must be one or more non-empty event names; got {events!r}.")
    return names


@dataclass(frozen=True)
class Step:
    """One step: an event name, or a set of them, with a condition on properties where needed.

    Parameters
    ----------
    events : str or iterable of str
        Any of these event names does the step.
    where : mapping or sequence of Condition, optional
        `{"device": "mobile"}` (equal), `{"city": {"Tehran", "Shiraz"}}` (one of), `{"value": (">", 100)}`. All must
        hold.
    label : str, optional
        What charts and tables call the step; the event names by default.
    stage : str, optional
        The stage of a stage model that the step stands for.
    directly : bool
        Nothing may lie between the step before and this one.
    optional : bool
        The step has a take-up rate, and is neither needed to go on nor ever a denominator.
    """

    events: tuple[str, ...]
    where: tuple[Condition, ...] = ()
    label: str = ""
    stage: str | None = None
    directly: bool = False
    optional: bool = False

    def __init__(
        self,
        events: str | Iterable[str],
        where: Where | None = None,
        *,
        label: str = "",
        stage: str | None = None,
        directly: bool = False,
        optional: bool = False,
    ) -> None:
        object.__setattr__(self, "events", _names(events, "Step"))
        object.__setattr__(self, "where", _conditions(where))
        object.__setattr__(self, "label", label or " or ".join(self.events))
        object.__setattr__(self, "stage", stage)
        object.__setattr__(self, "directly", directly)
        object.__setattr__(self, "optional", optional)


@dataclass(frozen=True)
class Exclusion:
    """An event that must not happen after step `after` and before step `before` (step numbers from 1).

    `scope="user"` takes the unit out of the funnel: it counts nowhere. The interval then ends with the window where
    step
    `before` is never reached. `scope="attempt"` ends the attempt: it keeps the level it had.
    """

    events: tuple[str, ...]
    after: int = 1
    before: int | None = None
    scope: Literal["user", "attempt"] = "attempt"
    where: tuple[Condition, ...] = ()

    def __init__(
        self,
        events: str | Iterable[str],
        *,
        after: int = 1,
        before: int | None = None,
        scope: Literal["user", "attempt"] = "attempt",
        where: Where | None = None,
    ) -> None:
        if scope not in ("user", "attempt"):
            raise SpecError(f'exclude: scope={scope!r} is neither "user" nor "attempt".')
        object.__setattr__(self, "events", _names(events, "exclude"))
        object.__setattr__(self, "after", after)
        object.__setattr__(self, "before", before)
        object.__setattr__(self, "scope", scope)
        object.__setattr__(self, "where", _conditions(where))


#: Which options each kind of funnel supports. The kinds are the columns of the published table (`Funnel.support()`).
SUPPORT: dict[str, tuple[str, ...]] = {
    "window": ("ordered", "strict", "unordered", "open"),
    "gaps": ("ordered", "strict"),
    'entry="first"': ("ordered", "strict"),
    'entry="every"': ("ordered", "strict"),
    "reuse=True": ("ordered", "strict", "open"),
    'repeat="end"': ("ordered", "strict"),
    'repeat="ignore"': ("ordered", "strict", "unordered", "open"),
    "reentry=True": ("strict",),
    'ties="log"': ("ordered", "strict", "open"),
    'ties="increase"': ("ordered", "strict", "open"),
    "grace": ("ordered",),
    "exclude": ("ordered", "strict"),
    "hold": ("ordered", "strict", "unordered"),
    "optional steps": ("ordered",),
    "directly": ("ordered",),
    "fixed": ("unordered",),
}

#: Pairs of options that no kind of funnel supports together, each with its reason.
CONFLICTS: tuple[tuple[str, str, str], ...] = (
    ("grace", "gaps", "a step taken early would have a negative gap"),
    ("grace", 'ties="log"', "grace swaps steps that the log puts in order"),
    ("grace", 'ties="increase"', "grace swaps steps that must come strictly later"),
    ("grace", 'repeat="end"', "a swapped step would count as a repeat"),
    ("grace", "directly", "a swapped step has nothing to be directly after"),
    ("grace", "optional steps", "the interval an optional step must lie in would be empty"),
    ("optional steps", "directly", "whether an optional step counts as lying between has no one answer"),
)


@dataclass(frozen=True)
class Funnel:
    """Ordered steps and the rules by which events count as them.

    An **attempt** starts at a step-1 event and walks forward: for each next step it takes the earliest eligible event,
    and it does not go back on a choice. Its **level** is the last step it reached.

    Parameters
    ----------
    steps : sequence of str, set of str or Step
        One to 60 steps.
    order : {"ordered", "strict", "unordered"}
        `"ordered"`: other events may lie between. `"strict"`: nothing may lie between two steps. `"unordered"`: the
        level is the number of distinct steps done, in any order, and the window starts at the first of them.
    window : duration or None
        Longest time from the step-1 event to any later step, inclusive; `None` for no limit.
    gaps : mapping of int to (duration or None, duration or None)
        `{2: ("1m", "3d")}`: the shortest and longest time from the matched step before to this one, inclusive.
    entry : {"best", "first", "every"}
        `"best"`: every step-1 event starts an attempt, and the unit counts at its deepest. Among attempts that reach
        the deepest level first, the one with the latest step-1 event counts (of several at one moment, any).
        `"first"`: an attempt starts at the first step-1 event, the next one only after that attempt converted, expired
        or was ended by a rule; the unit counts once, at its first attempt (in a breakdown once per value). `"every"`:
        the same attempts, and each one counts.
    reuse : bool
        Whether one event may serve several steps.
    repeat : {"ignore", "end"}, optional
        `"end"`: an event of a step already done ends the attempt. By default `"end"` under strict order, else
        `"ignore"`.
    reentry : bool
        Under strict order, whether an event of a step that is not due yet is ignored instead of ending the attempt.
    ties : {"either", "log", "increase"}
        Events with the same time. `"either"`: they may be taken in the order that serves the unit (of several that can
        do a step, the one of least use to later steps is taken), and none lies between steps at that very time.
        `"log"`: they come in the order of the log, which must have one (`sequence=`). `"increase"`: each step must
        come strictly later than the one before.
    grace : duration, optional
        How much earlier than the steps already matched a next step may have happened (a tolerance for clocks).
    exclude : Exclusion or sequence of Exclusion
        Events that must not happen between two steps. Only what happens strictly between them counts.
    hold : str or sequence of str
        Properties that every event of an attempt must share. A missing value equals nothing.
    unit : str
        `"user"`, `"session"` (a session of a user), or the name of any column.
    fixed : mapping of int to int
        For unordered funnels: `{1: 1}` pins step 1 to the first position. Pinned positions must be the first ones, the
        last ones, or both.
    closed : bool
        `True`: the funnel is entered at step 1 only. `False`: it may be entered at any step, and a unit counts at step
        k when it entered at or before k and did k.
    name : str
        What reports call it.

    Raises
    ------
    SpecError
        For an invalid field, or a combination that the support table does not allow.

    Examples
    --------
    >>> Funnel(["visit", "cart", "purchase"], window="7d")
    Funnel(visit > cart > purchase, window=1w)
    """

    steps: tuple[Step, ...]
    order: Order = "ordered"
    window: timedelta | None = None
    gaps: Mapping[int, tuple[timedelta | None, timedelta | None]] = field(default_factory=dict)
    entry: Entry = "best"
    reuse: bool = False
    repeat: Literal["ignore", "end"] = "ignore"
    reentry: bool = False
    ties: Ties = "either"
    grace: timedelta | None = None
    exclude: tuple[Exclusion, ...] = ()
    hold: tuple[str, ...] = ()
    unit: str = "user"
    fixed: Mapping[int, int] = field(default_factory=dict)
    closed: bool = True
    name: str = ""

    def __init__(
        self,
        steps: Sequence[str | Iterable[str] | Step],
        *,
        order: Order = "ordered",
        window: Duration | None = None,
        gaps: Mapping[int, tuple[Duration | None, Duration | None]] | None = None,
        entry: Entry = "best",
        reuse: bool = False,
        repeat: Literal["ignore", "end"] | None = None,
        reentry: bool = False,
        ties: Ties = "either",
        grace: Duration | None = None,
        exclude: Exclusion | Sequence[Exclusion] = (),
        hold: str | Sequence[str] = (),
        unit: str = "user",
        fixed: Mapping[int, int] | None = None,
        closed: bool = True,
        name: str = "",
    ) -> None:
        values: dict[str, Any] = {
            "steps": _steps(steps),
            "order": order,
            "window": None if window is None else parse_duration(window, "window"),
            "gaps": _gaps(gaps or {}),
            "entry": entry,
            "reuse": reuse,
            "repeat": repeat or ("end" if order == "strict" else "ignore"),
            "reentry": reentry,
            "ties": ties,
            "grace": parse_duration(grace, "grace") or None if grace is not None else None,
            "exclude": (exclude,) if isinstance(exclude, Exclusion) else tuple(exclude),
            "hold": (hold,) if isinstance(hold, str) else tuple(hold),
            "unit": unit,
            "fixed": dict(fixed or {}),
            "closed": closed,
            "name": name,
        }
        for key, value in values.items():
            object.__setattr__(self, key, value)
        _check_choices(self)
        _check_numbers(self)
        _check_pins(self)
        _check_support(self)

    def __repr__(self) -> str:
        plain = Funnel.__dataclass_fields__
        shown = [" > ".join(step.label for step in self.steps)]
        for option in fields(self)[1:]:
            value = getattr(self, option.name)
            default: Any = {} if option.name in ("gaps", "fixed") else plain[option.name].default
            if option.name == "repeat":
                default = "end" if self.order == "strict" else "ignore"
            if value != default:
                text = format_duration(value) if isinstance(value, timedelta) else repr(value)
                shown.append(f"{option.name}={text}")
        return f"Funnel({', '.join(shown)})"

    @property
    def labels(self) -> tuple[str, ...]:
        """The steps' labels, in order."""
        return tuple(step.label for step in self.steps)

    @property
    def required(self) -> tuple[int, ...]:
        """The numbers (from 1) of the steps that are not optional."""
        return tuple(k for k, step in enumerate(self.steps, 1) if not step.optional)

    @property
    def optional(self) -> tuple[int, ...]:
        """The numbers (from 1) of the optional steps."""
        return tuple(k for k, step in enumerate(self.steps, 1) if step.optional)

    @classmethod
    def like(cls, tool: str, steps: Sequence[str | Iterable[str] | Step], **changes: Any) -> Funnel:
        """A funnel with the settings that an analytics tool documents; see `funnel_utils.funnel.presets`."""
        from funnel_utils.funnel.presets import like

        return like(tool, steps, **changes)

    @staticmethod
    def support() -> pd.DataFrame:
        """The published table: one row an option, one boolean column a kind of funnel."""
        import pandas as pd

        kinds = ("ordered", "strict", "unordered", "open")
        rows = {option: [kind in allowed for kind in kinds] for option, allowed in SUPPORT.items()}
        return pd.DataFrame.from_dict(rows, orient="index", columns=list(kinds)).rename_axis("option")

    def run(self, log: EventLog, *, carry: Sequence[str] = (), pull: bool = False) -> FunnelResult:
        """Match this funnel on `log`.

        Parameters
        ----------
        log : EventLog
        carry : sequence of str
            Properties that breakdowns will ask for, if known beforehand (others are fetched by matching again).
        pull : bool
            For a log in another engine: bring the step events here, for options that windows cannot express.

        Returns
        -------
        FunnelResult

        Raises
        ------
        EngineError
            If the log lives in an engine that cannot express an option, and `pull` is false.
        """
        from funnel_utils.funnel.result import FunnelResult

        return FunnelResult.of(self, log, carry=tuple(carry), pull=pull)


def _steps(steps: Sequence[str | Iterable[str] | Step]) -> tuple[Step, ...]:
    if isinstance(steps, str | Step):
        raise SpecError(f"steps={steps!r} is one step; pass a list of steps.")
    made = tuple(step if isinstance(step, Step) else Step(step) for step in steps)
    if not 1 <= len(made) <= MAX_STEPS:
        raise SpecError(f"steps has {len(made)} steps; a funnel has 1 to {MAX_STEPS}.")
    if made[0].optional or made[-1].optional:
        raise SpecError("steps: the first and the last step cannot be optional; leave the step out instead.")
    if made[0].directly:
        raise SpecError("steps: the first step has no step before it, so it cannot be directly=True.")
    return made


def _gaps(
    gaps: Mapping[int, tuple[Duration | None, Duration | None]],
) -> dict[int, tuple[timedelta | None, timedelta | None]]:
    made: dict[int, tuple[timedelta | None, timedelta | None]] = {}
    for step, bounds in gaps.items():
        if not isinstance(bounds, tuple) or len(bounds) != 2:
            raise SpecError(
                f'gaps[{step}]={bounds!r} is not (shortest, longest), such as ("1m", "3d") or (None, "3d").'
            )
        low, high = (None if b is None else parse_duration(b, f"gaps[{step}]") for b in bounds)
        if low is not None and high is not None and low > high:
            raise SpecError(f"gaps[{step}]={bounds!r}: the shortest gap is longer than the longest.")
        made[step] = (low, high)
    return made


def _check_choices(funnel: Funnel) -> None:
    allowed = {
        "order": ("ordered", "strict", "unordered"),
        "entry": ("best", "first", "every"),
        "repeat": ("ignore", "end"),
        "ties": ("either", "log", "increase"),
    }
    for name, choices in allowed.items():
        if getattr(funnel, name) not in choices:
            raise SpecError(f"{name}={getattr(funnel, name)!r} is not one of {', '.join(map(repr, choices))}.")


def _check_numbers(funnel: Funnel) -> None:
    n = len(funnel.steps)
    for step in funnel.gaps:
        if not 2 <= step <= n or funnel.steps[step - 1].optional:
            raise SpecError(f"gaps[{step}]: a gap belongs to a required step from 2 to {n}.")
    for exclusion in funnel.exclude:
        after, before = exclusion.after, exclusion.before or n
        if not 1 <= after < before <= n:
            raise SpecError(f"exclude: after={after}, before={before} must satisfy 1 <= after < before <= {n}.")
        if funnel.steps[after - 1].optional or funnel.steps[before - 1].optional:
            raise SpecError(f"exclude: after={after}, before={before} must name required steps.")
    pinned = set(funnel.fixed)
    if pinned and (not pinned <= set(range(1, n + 1)) or len(set(funnel.fixed.values())) != len(pinned)):
        raise SpecError(f"fixed={dict(funnel.fixed)}: maps positions 1..{n} to distinct step numbers 1..{n}.")
    if not set(funnel.fixed.values()) <= set(range(1, n + 1)):
        raise SpecError(f"fixed={dict(funnel.fixed)}: step numbers run from 1 to {n}.")
    free = [k for k in range(1, n + 1) if k not in pinned]
    if free and free != list(range(free[0], free[-1] + 1)):
        raise SpecError(f"fixed={dict(funnel.fixed)}: pinned positions must be the first ones, the last ones, or both.")


def are_apart(a: Step, b: Step) -> bool:
    """Whether no event can be both steps: other names, or conditions that ask one property for different values."""
    if not set(a.events) & set(b.events):
        return True
    values = {c.property: c.value for c in a.where if c.operator == "="}
    return any(c.operator == "=" and values.get(c.property, c.value) != c.value for c in b.where)


def _check_pins(funnel: Funnel) -> None:
    """A pinned step must share no event with another: which of two same-time events takes which place would be open."""
    for pinned in funnel.fixed.values():
        for other, step in enumerate(funnel.steps, 1):
            if other != pinned and not are_apart(funnel.steps[pinned - 1], step):
                raise SpecError(
                    f"fixed={dict(funnel.fixed)}: step {pinned} ({funnel.steps[pinned - 1].label}) is pinned "
                    f"and shares events with step {other} ({step.label}); give them different events or conditions."
                )


def _check_support(funnel: Funnel) -> None:
    used = _used_options(funnel)
    kind = "open" if not funnel.closed else funnel.order
    if not funnel.closed and funnel.order != "ordered":
        raise SpecError(f"closed=False needs order='ordered'; got order={funnel.order!r}.")
    for option in used:
        if kind not in SUPPORT[option]:
            kinds = ", ".join(SUPPORT[option])
            raise SpecError(f"{option} is not supported for {kind} funnels (only for: {kinds}); see Funnel.support().")
    for one, other, reason in CONFLICTS:
        if one in used and other in used:
            raise SpecError(f"{one} and {other} are not supported together: {reason}.")


def _used_options(funnel: Funnel) -> set[str]:
    """The rows of `SUPPORT` that this funnel uses."""
    used = {
        "window": funnel.window is not None,
        "gaps": bool(funnel.gaps),
        f'entry="{funnel.entry}"': funnel.entry != "best",
        "reuse=True": funnel.reuse,
        f'repeat="{funnel.repeat}"': True,
        "reentry=True": funnel.reentry,
        f'ties="{funnel.ties}"': funnel.ties != "either",
        "grace": funnel.grace is not None,
        "exclude": bool(funnel.exclude),
        "hold": bool(funnel.hold),
        "optional steps": any(step.optional for step in funnel.steps),
        "directly": any(step.directly for step in funnel.steps),
        "fixed": bool(funnel.fixed),
    }
    return {option for option, is_used in used.items() if is_used}
