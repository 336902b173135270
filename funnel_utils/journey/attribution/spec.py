"""What attribution is asked: which events convert, which are touches, how far back, and how the models are set."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from funnel_utils.durations import Duration, format_duration, parse_duration
from funnel_utils.errors import SpecError
from funnel_utils.journey.attribution.settings import Removal, Settings

if TYPE_CHECKING:
    import pandas as pd

    from funnel_utils.events import EventLog
    from funnel_utils.journey.attribution.result import AttributionResult

MOST_REPLICATES = 10_000


@dataclass(frozen=True)
class Attribution:
    """A question of credit: which channels came before conversions.

    A **path** is the channels of a user's touches in the `lookback` before a conversion and after the conversion before
    it, in order of time. Conversions of a user at the same moment share one path, and a touch at that moment belongs to
    it. Touches that no conversion follows form a path that did not convert.

    Parameters
    ----------
    conversion : str or iterable of str
        The event, or events, that count as a conversion.
    touches : iterable of str, optional
        The events that count as touches; by default every event that has a channel and is no conversion. Events named
        here count without a channel too, as a channel of that name.
    channel : str
        The property that says where a touch came from.
    lookback : duration or None
        The longest time from a touch to its conversion, inclusive; `None` for no limit.
    value : str or None
        The property of a conversion that says what it was worth; a log without `"value"` has no money.
    stale : {"null", "drop"}
        What becomes of touches that a conversion follows only after more than `lookback`. `"null"`: those before one
        conversion form a path that did not convert, as they would if the user had never come back. `"drop"`: they are
        left out, which flatters channels whose people convert late.
    half_life : duration
        For time decay.
    position : (float, float)
        Shares of the first and the last touch of three or more, for the position model.
    order, removal
        For Markov; see `funnel_utils.journey.attribution.markov.removal_effects`.
    replicates : int
        Bootstrap samples behind every interval; 0 for no intervals.
    seed : int
        Of the bootstrap.
    alpha : float
        1 - confidence of the intervals.

    Raises
    ------
    SpecError
        For an invalid field.

    Examples
    --------
    >>> Attribution("purchase", lookback="14d")
    Attribution(purchase, lookback=2w)
    """

    conversion: tuple[str, ...]
    touches: tuple[str, ...] | None = None
    channel: str = "channel"
    lookback: timedelta | None = timedelta(days=30)
    value: str | None = "value"
    stale: Literal["null", "drop"] = "null"
    half_life: timedelta = timedelta(days=7)
    position: tuple[float, float] = (0.4, 0.4)
    order: int = 1
    removal: Removal = "null"
    replicates: int = 400
    seed: int = 0
    alpha: float = 0.05

    def __init__(
        self,
        conversion: str | Iterable[str] = "purchase",
        touches: str | Iterable[str] | None = None,
        *,
        channel: str = "channel",
        lookback: Duration | None = "30d",
        value: str | None = "value",
        stale: Literal["null", "drop"] = "null",
        half_life: Duration = "7d",
        position: tuple[float, float] = (0.4, 0.4),
        order: int = 1,
        removal: Removal = "null",
        replicates: int = 400,
        seed: int = 0,
        alpha: float = 0.05,
    ) -> None:
        values: dict[str, Any] = {
            "conversion": _names(conversion, "conversion"),
            "touches": None if touches is None else _names(touches, "touches"),
            "channel": channel,
            "lookback": None if lookback is None else parse_duration(lookback, "lookback"),
            "value": value,
            "stale": stale,
            "half_life": parse_duration(half_life, "half_life"),
            "position": tuple(position),
            "order": order,
            "removal": removal,
            "replicates": replicates,
            "seed": seed,
            "alpha": alpha,
        }
        for name, given in values.items():
            object.__setattr__(self, name, given)
        self._check()

    def _check(self) -> None:
        _ = self.settings
        both = sorted(set(self.conversion) & set(self.touches or ()))
        if both:
            raise SpecError(f"touches: {both[0]!r} is the conversion; a conversion is no touch of its own path.")
        if self.stale not in ("null", "drop"):
            raise SpecError(f'stale={self.stale!r} is neither "null" nor "drop".')
        if isinstance(self.replicates, bool) or self.replicates not in range(MOST_REPLICATES + 1):
            raise SpecError(f"replicates={self.replicates!r} is not a whole number from 0 to {MOST_REPLICATES}.")
        if not 0 < self.alpha < 1:
            raise SpecError(f"alpha={self.alpha!r} must lie strictly between 0 and 1, such as 0.05 for 95% intervals.")

    @property
    def settings(self) -> Settings:
        """How the models are set."""
        return Settings(self.half_life, self.position, self.order, self.removal)

    def run(self, log: EventLog) -> AttributionResult:
        """Find the paths in `log` and share out its conversions.

        Raises
        ------
        LogError
            If the log lacks a property that is asked for, or has more channels than anybody could read.

        Examples
        --------
        >>> from funnel_utils import EventLog
        >>> log = EventLog.from_story({
        ...     "ana": [("visit@0", {"channel": "ad"}), ("visit@1d", {"channel": "mail"}), "buy@2d"],
        ...     "ben": [("visit@0", {"channel": "ad"})],
        ... })
        >>> Attribution("buy").run(log).credits(["first", "linear"])[["model", "channel", "conversions"]]
            model channel  conversions
        0   first      ad          1.0
        1   first    mail          0.0
        2  linear      ad          0.5
        3  linear    mail          0.5
        """
        from funnel_utils.journey.attribution.result import from_log

        return from_log(self, log)

    @classmethod
    def of_paths(cls, frame: pd.DataFrame, **options: Any) -> AttributionResult:
        """The same result from paths that are counted already.

        Parameters
        ----------
        frame : DataFrame
            As for `credit`: `path`, `conversions`, and optional `nulls`, `value`, `ages_s`. Intervals take every
            journey for a person of its own; where counts are not whole numbers there are none.
        **options
            As for `Attribution`.

        Examples
        --------
        >>> import pandas as pd
        >>> paths = pd.DataFrame({"path": ["ad > mail", "mail"], "conversions": [6, 2], "nulls": [30, 50]})
        >>> Attribution.of_paths(paths).credits("shapley")[["channel", "conversions"]]
          channel  conversions
        0      ad          3.0
        1    mail          5.0
        """
        from funnel_utils.journey.attribution.result import from_paths

        return from_paths(cls(**options), frame)

    def __repr__(self) -> str:
        shown = [" or ".join(self.conversion)]
        for option in fields(self)[1:]:
            value = getattr(self, option.name)
            if value != option.default:
                shown.append(f"{option.name}={format_duration(value) if isinstance(value, timedelta) else repr(value)}")
        return f"Attribution({', '.join(shown)})"


def _names(given: str | Iterable[str], field: str) -> tuple[str, ...]:
    names = (given,) if isinstance(given, str) else tuple(sorted(set(given)))
    if not names or not all(isinstance(name, str) and name for name in names):
        raise SpecError(f"{field}: one or more non-empty event names are needed; got {given!r}.")
    return names
