"""RFM: customers scored by when they last bought, how often, and for how much.

Each score runs from 1 to 5: **1 + floor(5 x the share of customers with a strictly worse value)**. Equal values get
equal scores by construction; where most customers bought once, they all score 1 in frequency, and no cut is drawn
through the middle of them (quartiles by rank do that, or leave a class empty without a word). Which scores came out
empty, and where each begins and ends, is part of the result.

Such scores are relative: when others buy, yours falls. `Cuts` fixes the limits instead, by hand or from an earlier
result, so that two dates are measured by the same yardstick.

Two numbers are called recency in the field, and they run in opposite directions. Neither has that name here:
`days_since_last` (from the last purchase to today) is what is scored; `age_at_last` (from the first purchase to the
last) is what lifetime models ask for.

References
----------
Hughes, A. M. (1994). Strategic Database Marketing. Probus.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from funnel_utils.durations import Duration, format_duration, parse_duration
from funnel_utils.errors import SpecError
from funnel_utils.events.where import Where
from funnel_utils.retention.purchases import Purchases
from funnel_utils.retention.rfm_segments import checked, default_segments

if TYPE_CHECKING:
    from funnel_utils.events import EventLog
    from funnel_utils.retention.rfm_result import RfmResult

DIMENSIONS = ("recency", "frequency", "monetary")


@dataclass(frozen=True, init=False)
class Cuts:
    """Fixed limits of the scores: four in each dimension, which make five classes.

    Parameters
    ----------
    recency : sequence of four durations
        At most this long since the last purchase for a score of 5, 4, 3, 2: ascending, whole days.
    frequency, monetary : sequence of four numbers
        At least this much for a score of 2, 3, 4, 5: ascending.

    Raises
    ------
    SpecError
        If there are not four, or they are out of order.

    Notes
    -----
    Equal limits leave a score empty, and `None` (last of the ascending numbers, first of the durations) one that nobody
    can reach: limits taken from a result where ties left scores empty have both.

    Examples
    --------
    >>> Cuts(recency=("30d", "90d", "180d", "365d"), frequency=(2, 3, 5, 9), monetary=(50, 100, 200, 400)).recency
    (30, 90, 180, 365)
    """

    recency: tuple[int | None, ...]
    frequency: tuple[float | None, ...]
    monetary: tuple[float | None, ...]

    def __init__(
        self,
        recency: Iterable[Duration | None],
        frequency: Iterable[float | None],
        monetary: Iterable[float | None],
    ) -> None:
        object.__setattr__(self, "recency", tuple(_days(limit) for limit in recency))
        object.__setattr__(self, "frequency", tuple(frequency))
        object.__setattr__(self, "monetary", tuple(monetary))
        _ascending("recency", self.recency[::-1], falling=True)
        _ascending("frequency", self.frequency)
        _ascending("monetary", self.monetary)


def _days(limit: Duration | None) -> int | None:
    if limit is None:
        return None
    span = parse_duration(limit, "recency")
    if span % timedelta(days=1):
        raise SpecError(f"recency: {format_duration(span)} is no whole number of days; recency counts calendar days.")
    return span.days


def _ascending(name: str, limits: tuple[Any, ...], falling: bool = False) -> None:
    known = [limit for limit in limits if limit is not None]
    numbers = all(isinstance(limit, int | float) and not isinstance(limit, bool) and limit == limit for limit in known)
    order = sorted(known, reverse=falling)
    if len(limits) != 4 or not numbers or known != order or list(limits[: len(known)]) != known:
        raise SpecError(f"{name}={limits[::-1] if falling else limits!r}: give four limits in ascending order.")


@dataclass(frozen=True, init=False)
class Rfm:
    """How customers are scored.

    Parameters
    ----------
    purchase, value, cancel, where
        Which events are purchases and what they are worth; see `purchases.Purchases`.
    window : duration, optional
        Only purchases in this span before the date; customers without one are not scored. All purchases by default.
    frequency : {"orders", "days"}
        Whether frequency counts purchases, or days with a purchase.
    monetary : {"total", "mean"}
        Whether monetary is all that a customer paid, or that divided by her orders; net of cancellations.
    cuts : Cuts, optional
        Fixed limits; without them scores are relative to the customers of the day.
    segments : mapping, optional
        The name of each of the 125 codes; `default_segments()` otherwise.

    Raises
    ------
    SpecError
        For a field that is not valid.

    Examples
    --------
    >>> from funnel_utils import EventLog
    >>> story = {"ana": [("purchase@0", {"value": 10.0}), ("purchase@60d", {"value": 30.0})],
    ...          "ben": [("purchase@2d", {"value": 10.0})], "eve": [("purchase@50d", {"value": 90.0})]}
    >>> found = Rfm().run(EventLog.from_story(story)).customers()
    >>> found[["user", "days_since_last", "age_at_last", "orders", "monetary", "code", "segment"]]
      user  days_since_last  age_at_last  orders  monetary code  segment
    0  ana                0           60       2      40.0  442  growing
    1  eve               10            0       1      90.0  214  at risk
    2  ben               58            0       1      10.0  111     lost
    """

    purchases: Purchases
    window: timedelta | None
    frequency: str
    monetary: str
    cuts: Cuts | None
    segments: Mapping[str, str] = field(repr=False)

    def __init__(
        self,
        purchase: str | Iterable[str] = "purchase",
        *,
        value: str = "value",
        cancel: str | Iterable[str] = (),
        where: Where | None = None,
        window: Duration | None = None,
        frequency: str = "orders",
        monetary: str = "total",
        cuts: Cuts | None = None,
        segments: Mapping[str, str] | None = None,
    ) -> None:
        values: dict[str, Any] = {
            "purchases": Purchases(purchase, value=value, cancel=cancel, where=where),
            "window": None if window is None else parse_duration(window, "window"),
            "frequency": _one_of("frequency", frequency, ("orders", "days")),
            "monetary": _one_of("monetary", monetary, ("total", "mean")),
            "cuts": cuts,
            "segments": checked(segments),
        }
        for name, found in values.items():
            object.__setattr__(self, name, found)
        if value is None:
            raise SpecError("value=None: RFM needs money; say which property of a purchase is its value.")
        if self.window == timedelta(0):
            raise SpecError("window=0 holds no purchase; give a span such as '365d'.")
        if cuts is not None and not isinstance(cuts, Cuts):
            raise SpecError(f"cuts={cuts!r}: give Cuts(recency=…, frequency=…, monetary=…), or the .cuts of a result.")

    def __repr__(self) -> str:
        shown = [repr(self.purchases.purchase)]
        given: dict[str, Any] = {
            "value": self.purchases.value,
            "cancel": self.purchases.cancel,
            "where": self.purchases.where,
        }
        given |= {"frequency": self.frequency, "monetary": self.monetary, "cuts": self.cuts}
        plain = {
            "value": "value",
            "cancel": (),
            "where": None,
            "frequency": "orders",
            "monetary": "total",
            "cuts": None,
        }
        shown += [f"{name}={value!r}" for name, value in given.items() if value != plain[name]]
        if self.window is not None:
            shown.append(f"window={format_duration(self.window)}")
        if dict(self.segments) != default_segments():
            shown.append("segments=…")
        return f"Rfm({', '.join(shown)})"

    def run(self, log: EventLog, as_of: Any = None) -> RfmResult:
        """Score the customers of `log`.

        Parameters
        ----------
        log : EventLog
        as_of : time, optional
            Purchases before this time count (a date is its midnight in the log's `report_tz`); all of the log by
            default.

        Returns
        -------
        RfmResult

        Raises
        ------
        SpecError
            If `as_of` lies after the end of observation.
        LogError
            If the log lacks the value, or has no purchase before `as_of`.
        """
        from funnel_utils.retention.rfm_result import RfmResult

        return RfmResult.of(self, log, as_of)


def _one_of(name: str, given: str, known: tuple[str, ...]) -> str:
    if given not in known:
        raise SpecError(f"{name}={given!r} is not one of {', '.join(map(repr, known))}.")
    return given
