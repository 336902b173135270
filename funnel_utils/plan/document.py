"""A plan as a YAML file: what stands in it, and what may.

Every section is optional but `business`. Names of files are read beside the plan. A mistake is told with the line, the
field, what it holds and what is allowed; see `checked`.

| section | what |
|---|---|
| `business` | name, currency, margin, calendar |
| `audit` | scores of the 25 activities, weights of the parts |
| `series` | histories of metrics, from a table or from the log, for goals and for tracking |
| `goals` | see `Goal` |
| `log` | the event log, the spend table, what its events mean for the KPIs, personas |
| `budget` | channels with curves (given, or fitted to a table), bounds, total or goal, scenarios |
| `track` | a metric, its target for a period |
| `worksheets` | value propositions, the four P |
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, create_model, field_validator, model_validator

from funnel_utils.errors import SpecError
from funnel_utils.plan.channel import check_rate
from funnel_utils.plan.checked import Number, Part, Words
from funnel_utils.plan.goal import Goal
from funnel_utils.plan.race import IDS, PARTS
from funnel_utils.plan.worksheets import Worksheets

By = Literal["day", "week", "month"]
Measure = Literal["sales", "visits", "leads", "revenue", "profit"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


def _a_list(value: Any) -> Any:
    """One name may stand without a list around it."""
    return [value] if isinstance(value, str) else value


def _rate(value: Any) -> Any:
    given = tuple(value) if isinstance(value, list) else value
    try:
        check_rate("", given)
    except SpecError:
        raise ValueError("a share from 0 to 1, or [count, total]") from None
    return given


def _score(value: Any) -> Any:
    return value if isinstance(value, dict) else {"score": value}


Names = Annotated[list[Words], BeforeValidator(_a_list)]
Share = Annotated[Any, BeforeValidator(_rate)]
Money = Annotated[Number, Field(ge=0)]


class Business(Part):
    """Whose plan it is.

    Parameters
    ----------
    name : str
    currency : str, optional
        Of all money in the plan.
    margin : float, optional
        Share of revenue left after the cost of what was sold, 0 to 1.
    market : str, optional
        The market or segment the plan is for.
    report_tz, week_start : str
        The calendar.
    """

    name: Words
    currency: Words | None = None
    margin: Annotated[Number, Field(ge=0, le=1)] | None = None
    market: Words | None = None
    report_tz: Words = "UTC"
    week_start: Weekday = "monday"


class Scored(Part):
    """A score, 0 (nothing) to 4 (measured and improved), with a note; in YAML a number alone will do."""

    score: Annotated[Number, Field(ge=0, le=4)]
    note: Words | None = None


_SCORES: dict[str, Any] = {id: (Annotated[Scored, BeforeValidator(_score)] | None, None) for id in IDS}
#: A field for each of the 25 activities.
Scores: Any = create_model("Scores", __base__=Part, **_SCORES)
_WEIGHTS: dict[str, Any] = dict.fromkeys(PARTS, (Money | None, None))
Weights: Any = create_model("Weights", __base__=Part, **_WEIGHTS)


class AuditPart(Part):
    """Scores by activity, weights by part."""

    scores: Scores = Scores()
    weights: Weights = Weights()


class Series(Part):
    """The history of a metric: from a table (`file`), or from the plan's log (`event`).

    Parameters
    ----------
    metric, segment : str
        As goals name them.
    by : {"day", "week", "month"}
    file, period, value, of, squares, where
        A table and its columns: see `History.of`.
    event, measure, less
        An event of the log: see `History.from_log`; `of` is then an event too.
    kind : {"count", "money", "rate", "mean"}, optional
    """

    metric: Words
    segment: Words = "all"
    by: By = "month"
    file: Words | None = None
    period: Words = "month"
    value: Words | None = None
    of: Words | None = None
    squares: Words | None = None
    where: dict[str, Any] = Field(default_factory=dict)
    event: Words | None = None
    measure: Literal["users", "events", "value"] = "events"
    less: Words | None = None
    kind: Literal["count", "money", "rate", "mean"] | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Series:
        if (self.file is None) == (self.event is None):
            raise ValueError(f"the series of {self.metric} needs a file or an event of the log, one of them")
        return self


class KpiWords(Part):
    """What the log's events mean: see `KpiTree`. Fields that are not given keep its defaults."""

    visit: Names | None = None
    lead: Names | None = None
    share: Names | None = None
    purchase: Names | None = None
    cancel: Names | None = None
    refer: Names | None = None
    follow: Names | None = None
    unfollow: Names | None = None
    value: Words | None = None
    session: Words | None = None
    offline: dict[str, Any] | None = None


class PersonaPart(Part):
    """How people are grouped: see `personas`."""

    groups: list[Annotated[int, Field(ge=2)]] = Field(default=[2, 3, 4, 5, 6, 7], min_length=1)
    events: Names | None = None
    refits: Annotated[int, Field(ge=2)] = 10


class LogPart(Part):
    """The event log.

    Parameters
    ----------
    file : str
        Parquet, CSV or JSON lines; a pattern is allowed.
    user, event, timestamp : str, optional
        Its columns.
    source_tz : str, optional
        The zone of times without one.
    spend : str, optional
        A table of spend by month or date.
    by, start, end
        The period of the KPIs: see `KpiTree.run`.
    kpis : KpiWords
    personas : PersonaPart, optional
        Without it people are not grouped.
    """

    file: Words
    user: Words | None = None
    event: Words | None = None
    timestamp: Words | None = None
    source_tz: Words | None = None
    spend: Words | None = None
    by: By = "month"
    start: Words | None = None
    end: Words | None = None
    kpis: KpiWords = KpiWords()
    personas: PersonaPart | None = None

    @field_validator("start", "end", mode="before")
    @classmethod
    def _day(cls, value: Any) -> Any:
        return value.isoformat() if hasattr(value, "isoformat") else value


class Curve(Part):
    """A given response curve: see `Response`."""

    top: Annotated[Number, Field(gt=0)]
    half: Annotated[Number, Field(gt=0)]
    slope: Annotated[Number, Field(ge=1)] = 1.0


class ChannelPart(Part):
    """A channel: see `Channel`. Without a curve it is fitted to the budget's table, and so are missing rates.

    Parameters
    ----------
    now : float, optional
        What is spent on it today, to compare with.
    """

    name: Words
    curve: Curve | None = None
    lead_rate: Share | None = None
    sale_rate: Share | None = None
    minimum: Money = 0.0
    maximum: Money | None = None
    order_value: Money | None = None
    now: Money | None = None

    @model_validator(mode="after")
    def _bounds(self) -> ChannelPart:
        if self.maximum is not None and self.maximum < self.minimum:
            raise ValueError(f"{self.name}: the maximum {self.maximum:,.10g} is below the minimum {self.minimum:,.10g}")
        return self


class Table(Part):
    """A table of past periods: a row per period and channel; the values are names of its columns."""

    file: Words
    channel: Words = "channel"
    spend: Words = "spend"
    visits: Words = "visits"
    leads: Words | None = "leads"
    sales: Words | None = "sales"
    revenue: Words | None = "revenue"
    season: Words | None = None


class BudgetPart(Part):
    """The conversion budget model: see `Budget`.

    Parameters
    ----------
    history : Table, optional
        What curves and rates are fitted to where they are not given.
    channels : list of ChannelPart
        By default all of the history.
    total : float, optional
        To be split.
    goal : float, optional
        To be reached for the least money, of the measure `of`.
    scenarios : mapping of str to float
        Totals to be held side by side.
    """

    history: Table | None = None
    channels: list[ChannelPart] = Field(default_factory=list)
    of: Measure = "sales"
    total: Money | None = None
    goal: Money | None = None
    scenarios: dict[str, Money] = Field(default_factory=dict)
    order_value: Money | None = None
    new_share: Share = 1.0
    orders_per_month: Money | None = None
    season: Annotated[Number, Field(gt=0)] = 1.0

    @model_validator(mode="after")
    def _enough(self) -> BudgetPart:
        if self.history is None:
            if not self.channels:
                raise ValueError("budget needs channels, or a history with channels in it")
            bare = [one.name for one in self.channels if one.curve is None]
            if bare:
                raise ValueError(f"channel {bare[0]} has no curve, and there is no history to fit one to")
        return self


class TrackPart(Part):
    """A period under way: see `pace`. `metric` and `segment` name one of the `series`."""

    metric: Words
    segment: Words = "all"
    target: Annotated[Number, Field(gt=0)]
    start: Any
    end: Any
    weights: list[Money] | None = None


class Plan(Part):
    """A plan; see the head of this module.

    Examples
    --------
    >>> from funnel_utils.plan import parse_yaml
    >>> parse_yaml("business:\\n  name: Pardis\\naudit:\\n  scores: {P1: 7}", Plan, "plan.yml")
    Traceback (most recent call last):
        ...
    funnel_utils.errors.SpecError: plan.yml, line 4: audit.scores.P1.score=7 is not allowed; give a number of 4 or less.
    """

    business: Business
    audit: AuditPart | None = None
    series: list[Series] = Field(default_factory=list)
    goals: list[Goal] = Field(default_factory=list)
    log: LogPart | None = None
    budget: BudgetPart | None = None
    track: TrackPart | None = None
    worksheets: Worksheets | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> Plan:
        named = [(one.metric, one.segment) for one in self.series]
        twice = sorted({key for key in named if named.count(key) > 1})
        if twice:
            raise ValueError(f"series has {twice[0][0]} of {twice[0][1]} {named.count(twice[0])} times")
        if self.log is None and any(one.event for one in self.series):
            raise ValueError("a series counts an event, but the plan has no log")
        if self.track is not None and (self.track.metric, self.track.segment) not in named:
            raise ValueError(
                f"track follows {self.track.metric} of {self.track.segment}, which is not among the series"
            )
        return self
