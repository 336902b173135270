"""A campaign's report: what was sent and answered, and what it **caused**.

Opens, clicks, and purchases after a click are what people did who got a message; many would have done so anyway. What a
campaign caused is the difference between everybody whom the lot *assigned* to it and everybody whom it held out,
whether or not a message went out to them (intention to treat): comparing those who were *sent* one brings back the
difference between people who can be reached and people who cannot. People are drawn once a campaign; conversions and
revenue count over one fixed window from the moment of assignment.

"Per send" divides the whole difference by the messages sent; return on investment sets the margin of the difference
against what the campaign cost.

Without a holdout the report shows what was sent and answered, and says that it cannot tell what was caused.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from funnel_utils.cro import Conversion, Exposure, Mean, Total
from funnel_utils.cro.experiment import Experiment
from funnel_utils.durations import Duration, format_duration, parse_duration
from funnel_utils.errors import LogError, SpecError
from funnel_utils.events.fields import missing

if TYPE_CHECKING:
    from funnel_utils.automation.campaign_result import CampaignResult
    from funnel_utils.cro.result import ExperimentResult
    from funnel_utils.events import EventLog

#: The steps of a message, in order: the field that names the event, and the step that its people are a share of.
STEPS = (("sent", "assigned"), ("delivered", "sent"), ("opened", "delivered"), ("clicked", "delivered"))
#: The fields that name an event of messages.
MESSAGE_STEPS = (*(step for step, _ in STEPS), "unsubscribed")


@dataclass(frozen=True)
class Campaign:
    """What a campaign's events are called, and what it is judged by.

    Parameters
    ----------
    campaign : str, optional
        The value of the property `campaign_column` on this campaign's events; all campaigns of the log by default.
    campaign_column : str
    assigned : str
        The event of being drawn into the campaign (its first one of a person counts).
    arm : str
        The property of that event that says what the lot decided; `None` for a campaign without a holdout.
    holdout : str
        Its value for people held out. Everybody else is treated.
    holdout_share : float, optional
        The share that was meant to be held out, against which the lot is checked; half by default.
    sent, delivered, opened, clicked, unsubscribed : str or None
        The events of messages; `None`: not recorded. One that the log never has is taken as not recorded, with a
        warning.
    conversion : str
        The event that counts.
    value : str or None
        The property that holds its amount; `None`: no revenue.
    within : duration
        How long after assignment conversions count.
    cost_per_send, fixed_cost : float
        In the currency of `value`.
    margin : float, optional
        The share of revenue that is left after the goods; needed for the return on investment.

    Raises
    ------
    SpecError
        If a field is not valid.

    Examples
    --------
    >>> from funnel_utils import EventLog
    >>> def person(k, arm):
    ...     sends = ["sent@1h"] if arm == "message" else []
    ...     buys = [("purchase@2d", {"value": 100.0})] if k < (12 if arm == "message" else 4) else []
    ...     return [("assigned@0", {"group": arm}), *sends, *buys]
    >>> people = {f"{arm}{k}": person(k, arm) for arm in ("message", "holdout") for k in range(40)}
    >>> log = EventLog.from_story(people, observed_until="2026-02-01")
    >>> result = Campaign(within="7d").run(log)
    >>> result.effect[["measure", "caused"]].round(6).values.tolist()
    [['purchase', 8.0], ['revenue', 800.0]]
    """

    campaign: str | None = None
    campaign_column: str = "campaign"
    assigned: str = "assigned"
    arm: str | None = "group"
    holdout: str = "holdout"
    holdout_share: float | None = None
    sent: str | None = "sent"
    delivered: str | None = "delivered"
    opened: str | None = "opened"
    clicked: str | None = "clicked"
    unsubscribed: str | None = "unsubscribed"
    conversion: str = "purchase"
    value: str | None = "value"
    within: Duration = "14d"
    cost_per_send: float = 0.0
    fixed_cost: float = 0.0
    margin: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "within", parse_duration(self.within, "within"))
        if not self.within:
            raise SpecError("within must be longer than nothing, such as '14d'.")
        for one in ("cost_per_send", "fixed_cost"):
            value = getattr(self, one)
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
                raise SpecError(f"{one}={value!r}: give an amount of zero or more.")
        for one in ("holdout_share", "margin"):
            value = getattr(self, one)
            if value is not None and (isinstance(value, bool) or not 0 < value <= 1):
                raise SpecError(f"{one}={value!r}: give a share above 0 and at most 1.")
        if self.holdout_share == 1:
            raise SpecError("holdout_share=1 would leave nobody to write to.")
        for one in ("assigned", "conversion", "holdout"):
            if not getattr(self, one):
                raise SpecError(f"{one} is empty; give its name.")

    @property
    def where(self) -> dict[str, Any] | None:
        """The condition on this campaign's events."""
        return None if self.campaign is None else {self.campaign_column: self.campaign}

    def run(self, log: EventLog) -> CampaignResult:
        """The report.

        Raises
        ------
        LogError
            If a property is missing, or nobody was assigned.
        """
        from funnel_utils.automation.campaign_result import CampaignResult

        self._check(log)
        measured = None if self.arm is None else self._experiment(log)
        return CampaignResult.of(self, log, measured)

    def _check(self, log: EventLog) -> None:
        needed = {"arm": self.arm, "campaign_column": self.campaign_column if self.campaign is not None else None}
        needed["value"] = self.value
        for argument, name in needed.items():
            if name is not None and name not in log.table.columns:
                raise LogError(missing(name, log.properties, argument))
        table: Any = log.table
        drawn = table.filter(table["event"] == self.assigned)
        if self.campaign is not None:
            drawn = drawn.filter(drawn[self.campaign_column] == self.campaign)
        if not int(drawn.count().to_pyarrow().as_py()):
            where = "" if self.campaign is None else f" of the campaign {self.campaign!r}"
            raise LogError(
                f"the log has no event {self.assigned!r}{where}; say with assigned= what being drawn is called."
            )
        if self.arm is not None:
            arms = (
                drawn.filter(drawn[self.arm].notnull())
                .select(arm=drawn[self.arm])
                .distinct()
                .to_pandas()["arm"]
                .tolist()
            )
            if self.holdout not in arms or len(arms) != 2:
                raise LogError(
                    f"{self.arm!r} of {self.assigned!r} has the values {sorted(map(str, arms))}; a campaign has two, "
                    f"one of them holdout={self.holdout!r}. For a campaign without a holdout write arm=None."
                )

    def _experiment(self, log: EventLog) -> ExperimentResult:
        metrics: list[Any] = [Conversion(self.conversion, name=self.conversion)]
        if self.value is not None:
            metrics.append(Mean(Total(self.value, self.conversion), name="revenue", role="secondary"))
        split = None if self.holdout_share is None else (self.holdout_share, 1 - self.holdout_share)
        test = Experiment(
            metrics,
            arm=str(self.arm),
            control=self.holdout,
            split=split,
            exposure=Exposure(self.assigned, within=self.within, where=self.where),
            correction="none",
        )
        return test.run(log)

    def __repr__(self) -> str:
        shown = []
        for one in fields(self):
            value = getattr(self, one.name)
            if one.name == "within":
                value = format_duration(value)
            if value != one.default:
                shown.append(f"{one.name}={value!r}")
        return f"Campaign({', '.join(shown)})"
