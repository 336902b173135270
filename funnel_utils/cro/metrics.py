"""Metrics: what an experiment is judged by.

A **conversion** is a share of units, a **mean** an amount per unit, a **ratio** a total over a total (clicks per visit,
where a unit has many visits), a **quantile** a value that so many units stay below. Each has a role. A **primary**
metric decides. A **guardrail** must not get worse by more than its margin, which is another question than "is there a
difference", with another test. A **secondary** metric is there to understand, and decides nothing.

The **planned effect** is the difference that the experiment was designed to find. Power is always told for it, never
for the effect that was observed: that power would say no more than the p-value does.

References
----------
Hoenig, J. M., Heisey, D. M. (2001). The abuse of power. The American Statistician 55, 19-24.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import MISSING, dataclass, fields
from datetime import timedelta
from typing import Any, ClassVar, Literal

from funnel_utils.cro.measures import Before, Column, Did, Measure, Times, as_measure
from funnel_utils.durations import Duration, format_duration, parse_duration
from funnel_utils.errors import SpecError

Role = Literal["primary", "guardrail", "secondary"]
Covariates = str | Column | Before | Iterable[str | Column | Before]


@dataclass(frozen=True, kw_only=True, repr=False)
class Metric:
    """What all metrics have in common; use `Conversion`, `Mean`, `Ratio` or `Quantile`.

    Parameters
    ----------
    name : str
        What tables and sentences call it; made of what it measures by default.
    role : {"primary", "guardrail", "secondary"}
        What it is there for.
    better : {"up", "down"}
        Which direction is good.
    margin, relative_margin : float, optional
        How much worse a guardrail may get: in the metric's own unit, or as a share of control's value. A guardrail has
        exactly one of them, the other roles have none.
    planned_difference, planned_lift : float, optional
        The effect the experiment was designed for, at most one of them: in the metric's own unit, or relative to
        control. A guardrail needs none: its power is that of clearing the margin when nothing has changed.
    baseline : float, optional
        Control's value as it was planned with, for the power of a planned lift; control's own by default.
    after, within : str or timedelta, optional
        Count only events from `after` on (0 by default) and up to `within` (that of the exposure by default), both
        from the unit's first exposure. On a log only.

    Raises
    ------
    SpecError
        If a field is not valid.
    """

    name: str = ""
    role: Role = "primary"
    better: Literal["up", "down"] = "up"
    margin: float | None = None
    relative_margin: float | None = None
    planned_difference: float | None = None
    planned_lift: float | None = None
    baseline: float | None = None
    after: Duration | None = None
    within: Duration | None = None

    kind: ClassVar[str] = ""

    @property
    def parts(self) -> tuple[Measure, ...]:
        """What is measured of each unit: one thing, or numerator and denominator."""
        raise NotImplementedError

    @property
    def before(self) -> tuple[Column | Before, ...]:
        """The covariates, of metrics that have any."""
        found: tuple[Column | Before, ...] = getattr(self, "covariates", ())
        return found

    @property
    def cut(self) -> float | None:
        """The quantile at which amounts are cut, if they are."""
        found: float | None = getattr(self, "winsorise", None)
        return found

    @property
    def sign(self) -> int:
        """1 where more is better, -1 where less is."""
        return 1 if self.better == "up" else -1

    def __repr__(self) -> str:
        return shown(self, required=("measure", "numerator", "denominator"))

    def _settle(self, label: str) -> None:
        """Check the common fields and fill in the name."""
        if not isinstance(self.name, str):
            raise SpecError(f"name={self.name!r} of a metric is not text.")
        object.__setattr__(self, "name", self.name.strip() or label)
        where = f"{type(self).__name__}({self.name!r})"
        if self.role not in ("primary", "guardrail", "secondary"):
            raise SpecError(f'{where}: role={self.role!r} is not one of "primary", "guardrail", "secondary".')
        if self.better not in ("up", "down"):
            raise SpecError(f'{where}: better={self.better!r} is not "up" or "down".')
        self._check_numbers(where)
        given = [self.margin is not None, self.relative_margin is not None]
        if self.role == "guardrail" and sum(given) != 1:
            raise SpecError(
                f"{where}: a guardrail needs margin= (in the metric's unit) or relative_margin= (a share of control's "
                "value): how much worse would still be acceptable?"
            )
        if self.role != "guardrail" and any(given):
            raise SpecError(f'{where}: only a guardrail has a margin; say role="guardrail".')
        if self.planned_difference is not None and self.planned_lift is not None:
            raise SpecError(f"{where}: give planned_difference= or planned_lift=, not both.")
        for field in ("after", "within"):
            value = getattr(self, field)
            if value is not None:
                object.__setattr__(self, field, parse_duration(value, f"{where}: {field}"))
        if self.after is not None and self.within is not None and self.after >= self.within:  # type: ignore[operator]
            raise SpecError(f"{where}: after= must be shorter than within=.")

    def _check_numbers(self, where: str) -> None:
        for field in ("margin", "relative_margin", "planned_difference", "planned_lift", "baseline"):
            value = getattr(self, field)
            if value is None:
                continue
            if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
                raise SpecError(f"{where}: {field}={value!r} is not a number.")
            if "margin" in field and value <= 0:
                raise SpecError(f"{where}: {field}={value!r}: a margin is above zero, whichever direction is good.")
            if "planned" in field and value == 0:
                raise SpecError(f"{where}: {field}=0: an experiment is planned to find an effect, not none.")


@dataclass(frozen=True, repr=False)
class Conversion(Metric):
    """The share of units that did something.

    Parameters
    ----------
    measure : Did or str
        What counts, or its event. On a table: a column of 0 and 1, or of true and false.
    **options
        See `Metric`.

    Examples
    --------
    >>> metric = Conversion("purchase", planned_lift=0.2)
    >>> metric.name, metric.role
    ('purchase', 'primary')
    """

    measure: Any
    kind: ClassVar[str] = "conversion"

    def __post_init__(self) -> None:
        measure = as_measure(self.measure, "Conversion", Did)
        if not isinstance(measure, Column | Did):
            raise SpecError(f"Conversion({self.measure!r}): a conversion happened or not; use Did(…), or a Mean.")
        object.__setattr__(self, "measure", measure)
        self._settle(measure.label)
        if self.baseline is not None and not 0 <= self.baseline <= 1:
            raise SpecError(f"Conversion({self.name!r}): baseline={self.baseline!r} is a share between 0 and 1.")

    @property
    def parts(self) -> tuple[Measure, ...]:
        return (self.measure,)


@dataclass(frozen=True, repr=False)
class Mean(Metric):
    """An amount per unit; units that did nothing count with 0.

    Parameters
    ----------
    measure : Times, Total, Column or str
        What is added up for each unit; a bare name is an event, counted.
    covariates : str, Column, Before, or several of them
        What was known of a unit before its exposure (CUPED): a column of the table, a numeric property of the exposing
        event, or `Before("28d")`, the same measure in the time before.
    winsorise : float, optional
        Cut the amounts at this quantile **of those other than zero**, all arms together: `0.99`. It lessens what a few
        very large buyers do to the variance, and changes what is estimated.
    **options
        See `Metric`.

    Raises
    ------
    SpecError
        If `winsorise` is not a share above one half, or a covariate is none.
    """

    measure: Any
    covariates: Any = ()
    winsorise: float | None = None
    kind: ClassVar[str] = "mean"

    def __post_init__(self) -> None:
        object.__setattr__(self, "measure", as_measure(self.measure, "Mean", Times))
        self._settle(self.measure.label)
        object.__setattr__(self, "covariates", covariates_of(self.covariates, f"Mean({self.name!r})"))
        cut = self.winsorise
        if cut is not None and (isinstance(cut, bool) or not isinstance(cut, int | float) or not 0.5 < cut < 1):
            raise SpecError(
                f"Mean({self.name!r}): winsorise={cut!r} is a quantile above 0.5 and below 1, such as 0.99."
            )

    @property
    def parts(self) -> tuple[Measure, ...]:
        return (self.measure,)


@dataclass(frozen=True, repr=False)
class Ratio(Metric):
    """A total over a total: clicks per visit, revenue per order. Units stay the units, by the delta method.

    Parameters
    ----------
    numerator, denominator : Times, Total, Did, Column or str
        What is added up for each unit, above and below.
    covariates : Before, str, Column, or several of them
        As for `Mean`; `Before("28d")` is the same ratio in the time before.
    **options
        See `Metric`.

    Examples
    --------
    >>> Ratio("click", "visit").name
    'click / visit'
    """

    numerator: Any
    denominator: Any
    covariates: Any = ()
    kind: ClassVar[str] = "ratio"

    def __post_init__(self) -> None:
        for field in ("numerator", "denominator"):
            object.__setattr__(self, field, as_measure(getattr(self, field), f"Ratio: {field}", Times))
        self._settle(f"{self.numerator.label} / {self.denominator.label}")
        object.__setattr__(self, "covariates", covariates_of(self.covariates, f"Ratio({self.name!r})"))

    @property
    def parts(self) -> tuple[Measure, ...]:
        return (self.numerator, self.denominator)


@dataclass(frozen=True, repr=False)
class Quantile(Metric):
    """A value that a share of the units does not exceed, such as the median, or the 90th percentile of waiting.

    Its interval is the bootstrap's, found without resampling: see `funnel_utils.cro.quantiles`.

    Parameters
    ----------
    measure : Times, Total, Column or str
        What is added up for each unit.
    q : float
        The share.
    **options
        See `Metric`.

    Raises
    ------
    SpecError
        If `q` does not lie between 0 and 1.
    """

    measure: Any
    q: float = 0.5
    kind: ClassVar[str] = "quantile"

    def __post_init__(self) -> None:
        object.__setattr__(self, "measure", as_measure(self.measure, "Quantile", Times))
        if isinstance(self.q, bool) or not isinstance(self.q, int | float) or not 0 < self.q < 1:
            raise SpecError(f"Quantile: q={self.q!r} is a share between 0 and 1, such as 0.5 for the median.")
        self._settle(f"{self.measure.label}, quantile {self.q:g}")

    @property
    def parts(self) -> tuple[Measure, ...]:
        return (self.measure,)


def shown(spec: Any, required: Iterable[str] = ()) -> str:
    """A specification as it would be written: what is as it is by default stays out."""
    first, rest = [], []
    for one in fields(spec):
        value = getattr(spec, one.name)
        default = one.default_factory() if one.default_factory is not MISSING else one.default
        text = repr(format_duration(value)) if isinstance(value, timedelta) else repr(value)
        if one.name in required:
            first.append(text)
        elif value != default:
            rest.append(f"{one.name}={text}")
    return f"{type(spec).__name__}({', '.join([*first, *rest])})"


def covariates_of(given: Covariates, where: str) -> tuple[Column | Before, ...]:
    """Covariates as a tuple."""
    each = (given,) if isinstance(given, str | Column | Before) else tuple(given)
    made: list[Column | Before] = []
    for one in each:
        if isinstance(one, str) and one.strip():
            made.append(Column(one))
        elif isinstance(one, Column | Before):
            made.append(one)
        else:
            raise SpecError(f'{where}: covariate {one!r} is no name of a column, and no Before("28d").')
    return tuple(made)
