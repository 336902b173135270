"""Measures: what one unit did, as a number.

On an event log a measure looks at the events of a unit after its first exposure: whether one happened (`Did`), how
often (`Times`), or what they add up to (`Total`). On a table that already has a row a unit, a measure is the name of a
column. `Before` looks at the time before the exposure instead; what happened then cannot be an effect, which is what
makes it a covariate.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from funnel_utils.durations import Duration, format_duration, parse_duration
from funnel_utils.errors import SpecError

if TYPE_CHECKING:
    from funnel_utils.events.where import Where


@dataclass(frozen=True, repr=False)
class Column:
    """A column of a table with a row a unit; on a log, a numeric property of the exposing event.

    Parameters
    ----------
    column : str
        Its name.
    """

    column: str

    def __post_init__(self) -> None:
        if not isinstance(self.column, str) or not self.column.strip():
            raise SpecError(f"Column({self.column!r}): give the name of a column.")

    def __repr__(self) -> str:
        return _written(self)

    @property
    def label(self) -> str:
        """What tables call it."""
        return self.column


@dataclass(frozen=True, repr=False)
class Did:
    """Whether a unit did something at all: 1 or 0.

    Parameters
    ----------
    events : str or iterable of str
        The event, or several of which any counts.
    where : mapping or function, optional
        A condition that the event must meet, as in `EventLog.filter`.

    Raises
    ------
    SpecError
        If no event is named.
    """

    events: Any
    where: Where | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "events", _events(self.events, "Did"))

    def __repr__(self) -> str:
        return _written(self)

    @property
    def label(self) -> str:
        """What tables call it."""
        return " / ".join(self.events)


@dataclass(frozen=True, repr=False)
class Times:
    """How often a unit did something; the parameters are those of `Did`."""

    events: Any
    where: Where | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "events", _events(self.events, "Times"))

    def __repr__(self) -> str:
        return _written(self)

    @property
    def label(self) -> str:
        """What tables call it."""
        return " / ".join(self.events)


@dataclass(frozen=True, repr=False)
class Total:
    """What a property of a unit's events adds up to, missing values as nothing.

    Parameters
    ----------
    value : str
        The property, such as `"value"`.
    events, where
        As for `Did`.
    """

    value: str
    events: Any
    where: Where | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.value, str) or not self.value.strip():
            raise SpecError(f"Total({self.value!r}): give the property that is added up, then the events.")
        object.__setattr__(self, "events", _events(self.events, "Total"))

    def __repr__(self) -> str:
        return _written(self)

    @property
    def label(self) -> str:
        """What tables call it."""
        return f"{self.value} ({' / '.join(self.events)})"


Measure = Column | Did | Times | Total


@dataclass(frozen=True, repr=False)
class Before:
    """A measure over the time just before the exposure, as a covariate.

    Parameters
    ----------
    within : str or timedelta
        How far back to look: `"28d"`. An event at the moment of exposure is not before it.
    measure : Did, Times, Total or str, optional
        What is measured; what the metric itself measures by default.

    Raises
    ------
    SpecError
        If the time is not a duration longer than nothing.

    Examples
    --------
    >>> Before("28d").label
    'the 4w before'
    """

    within: Duration
    measure: Any = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "within", parse_duration(self.within, "Before: within"))
        if not self.within:
            raise SpecError("Before: within= must be longer than nothing, such as '28d'.")
        if self.measure is not None:
            object.__setattr__(self, "measure", as_measure(self.measure, "Before", Times))

    def __repr__(self) -> str:
        return _written(self)

    @property
    def label(self) -> str:
        """What tables call it."""
        back = f"the {format_duration(parse_duration(self.within, 'within'))} before"
        return back if self.measure is None else f"{self.measure.label}, {back}"


def _written(spec: Any) -> str:
    """A measure as it would be written."""
    values = [getattr(spec, one.name) for one in fields(spec)]
    texts = [repr(format_duration(value)) if isinstance(value, timedelta) else _plain(value) for value in values]
    return f"{type(spec).__name__}({', '.join(text for text, v in zip(texts, values, strict=True) if v is not None)})"


def _plain(value: Any) -> str:
    return repr(value[0]) if isinstance(value, tuple) and len(value) == 1 else repr(value)


def as_measure(given: Any, where: str, plain: type[Did] | type[Times]) -> Measure:
    """`given` as a measure; a bare name is an event (`plain`), which a table reads as a column."""
    if isinstance(given, Column | Did | Times | Total):
        return given
    if isinstance(given, str) and given.strip():
        return plain(given)
    raise SpecError(
        f'{where}: {given!r} is no measure. Give an event or a column by its name, or Did("purchase"), '
        'Times("visit"), Total("value", "purchase").'
    )


def _events(given: Any, where: str) -> tuple[str, ...]:
    try:
        names = (given,) if isinstance(given, str) else tuple(dict.fromkeys(given))
    except TypeError:
        names = ()
    if not names or not all(isinstance(name, str) and name.strip() for name in names):
        raise SpecError(f"{where}({given!r}): give the name of an event, or several names.")
    return names
