"""What came of a programme: the messages, what was claimed for them, and what they caused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from funnel_utils import stats
from funnel_utils.automation.simulation.people import DAY, Audience, People
from funnel_utils.automation.simulation.spec import CHANNELS, Programme
from funnel_utils.durations import Duration, parse_duration
from funnel_utils.errors import SpecError
from funnel_utils.text import t

EVENTS = (
    *("visit", "add_to_cart", "purchase", "refill", "sent", "delivered", "opened", "clicked", "unsubscribed"),
    *("no_consent", "capped"),
)
"""What can happen, by its code. The last two are messages that fell due and did not go out."""
CLAIM = timedelta(days=7)
"""For how long after a click a purchase is claimed for the message."""
_PURCHASE, _REFILL, _SENT, _CLICKED = (EVENTS.index(name) for name in ("purchase", "refill", "sent", "clicked"))


@dataclass(frozen=True)
class TrueEffect:
    """What a programme caused, as the shop can estimate it and as it was.

    Attributes
    ----------
    treated, held_out : int
        People whose whole time lay within the run.
    converted, control_converted : int
        Of them, those who bought in it.
    difference, low, high : float
        The estimate: the difference of the two rates, with its 95% interval (Newcombe's).
    true : float
        The mean over all these people of buying with the messages less buying without, in one and the same person.
    kinds : DataFrame
        A row a kind of people: `kind`, `people`, `with_messages` and `without` (rates), `true` (their difference).
    """

    treated: int
    held_out: int
    converted: int
    control_converted: int
    difference: float
    low: float
    high: float
    true: float
    kinds: pd.DataFrame

    @property
    def recovered(self) -> bool:
        """Whether the interval holds the truth."""
        return self.low <= self.true <= self.high


@dataclass(frozen=True, eq=False, repr=False)
class ProgrammeRun:
    """A programme that was run.

    Attributes
    ----------
    programme : Programme
    audience : Audience
    days, past, seed : int
    people : People
        What is true of everybody, and no log tells.
    with_messages, without : array of int
        Everybody's two lives: a row an event, columns person, seconds from the programme's first midnight, event (its
        place in `EVENTS`), channel, flow and step (-1: none).
    """

    programme: Programme
    audience: Audience
    days: int
    past: int
    seed: int
    people: People
    with_messages: NDArray[np.int64]
    without: NDArray[np.int64]

    @cached_property
    def held_out(self) -> NDArray[np.bool_]:
        """Whom the lot held out."""
        return np.asarray(self.people.lot < self.programme.holdout)

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """What happened: for each person the rows of the life that she led, by person, then by time."""
        led = np.concatenate(
            [
                self.with_messages[~self.held_out[self.with_messages[:, 0]]],
                self.without[self.held_out[self.without[:, 0]]],
            ]
        )
        return led[np.lexsort((led[:, 2], led[:, 1], led[:, 0]))]

    @property
    def events(self) -> pd.DataFrame:
        """What happened, in words.

        Returns
        -------
        DataFrame
            `person` (number), `seconds` (from the programme's first midnight; negative before it), `event` (one of
            `EVENTS`), `channel`, `flow` (`"past"` for newsletters before the programme) and `step` (from 0);
            missing, and -1, where there are none.
        """
        rows = self.rows
        channels = np.array([*CHANNELS, None], dtype=object)
        flows = np.array([*(flow.trigger for flow in self.programme.flows), "past", None], dtype=object)
        return pd.DataFrame(
            {
                "person": rows[:, 0],
                "seconds": rows[:, 1],
                "event": np.array(EVENTS, dtype=object)[rows[:, 2]],
                "channel": channels[rows[:, 3]],
                "flow": flows[rows[:, 4]],
                "step": rows[:, 5],
            }
        )

    @cached_property
    def assigned(self) -> NDArray[np.int64]:
        """When each person was drawn: at the first midnight, or when she signed up."""
        return np.maximum(self.people.joined, 0)

    @cached_property
    def messages(self) -> pd.DataFrame:
        """What became of the programme's messages.

        Returns
        -------
        DataFrame
            A row a flow and channel: `flow`, `channel`, `sent`, `delivered`, `opened`, `clicked`, `unsubscribed`, and
            `cost` (toman).
        """
        rows = self.events
        rows = rows[rows["flow"].notna() & (rows["flow"] != "past") & rows["channel"].notna()]
        named = ["sent", "delivered", "opened", "clicked", "unsubscribed"]
        table = pd.crosstab([rows["flow"], rows["channel"]], rows["event"]).reindex(columns=named, fill_value=0)
        table = table.rename_axis(columns=None).reset_index()
        return table.assign(cost=table["sent"] * table["channel"].map(dict(self.programme.costs)).fillna(0.0))

    @property
    def stopped(self) -> dict[str, int]:
        """How many messages fell due and did not go out, by reason: `no_consent`, `capped`."""
        ours = self.rows[self._ours(self.rows)]
        return {name: int((ours[:, 2] == EVENTS.index(name)).sum()) for name in ("no_consent", "capped")}

    @property
    def sends(self) -> int:
        """How many messages went out."""
        return int((self.rows[self._ours(self.rows), 2] == _SENT).sum())

    @property
    def cost(self) -> float:
        """What they cost, toman."""
        ours = self.rows[self._ours(self.rows) & (self.rows[:, 2] == _SENT)]
        prices = np.array([self.programme.costs.get(name, 0.0) for name in CHANNELS])
        return float(prices[ours[:, 3]].sum())

    def _ours(self, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Rows of the programme's flows, not of the newsletters before it."""
        return np.asarray((rows[:, 4] >= 0) & (rows[:, 4] < len(self.programme.flows)))

    def bought(self, rows: NDArray[np.int64], within: Duration) -> NDArray[np.bool_]:
        """Who buys in the time `within` from her assignment, by the rows of one of the two lives."""
        window = int(parse_duration(within, "within").total_seconds())
        mine = rows[(rows[:, 2] == _PURCHASE) | (rows[:, 2] == _REFILL)]
        since = mine[:, 1] - self.assigned[mine[:, 0]]
        found = np.zeros(self.audience.people, np.bool_)
        found[mine[(since >= 0) & (since < window), 0]] = True
        return found

    def watched(self, within: Duration) -> NDArray[np.bool_]:
        """Whose time `within` from her assignment ends with the run or before.

        Raises
        ------
        SpecError
            If that is nobody's.
        """
        window = int(parse_duration(within, "within").total_seconds())
        found = np.asarray(self.assigned + window <= self.days * DAY)
        if not window or not found.any():
            raise SpecError(
                f"within={within!r}: give a time longer than nothing and at most the run's {self.days} days."
            )
        return found

    def effect(self, within: Duration = "28d") -> TrueEffect:
        """What the programme caused within a time from assignment: estimated by its holdout, and true.

        Raises
        ------
        SpecError
            If nobody was held out, or nobody is watched for so long.
        """
        seen, out = self.watched(within), self.held_out
        n, m = int((seen & ~out).sum()), int((seen & out).sum())
        if not n or not m:
            raise SpecError("nobody was held out, or everybody: what the programme caused cannot be estimated.")
        with_, without = self.bought(self.with_messages, within), self.bought(self.without, within)
        y, x = int(with_[seen & ~out].sum()), int(without[seen & out].sum())
        low, high = (float(np.ravel(end)[0]) for end in stats.newcombe(y, n, x, m))
        kinds = self._kinds(seen, with_, without)
        true = float(with_[seen].mean() - without[seen].mean())
        return TrueEffect(n, m, y, x, y / n - x / m, low, high, true, kinds)

    def _kinds(self, seen: NDArray[np.bool_], with_: NDArray[np.bool_], without: NDArray[np.bool_]) -> pd.DataFrame:
        """Both lives of each kind of people, of whom some may be too few to be there."""
        kind = self.people.kind[seen]
        people, *bought = (
            np.bincount(kind, weights=weights, minlength=len(self.audience.kinds))
            for weights in (np.ones(len(kind)), with_[seen], without[seen])
        )
        there = people > 0
        names = np.array([one.name for one in self.audience.kinds], dtype=object)
        rates = [sums[there] / people[there] for sums in bought]
        columns = {"kind": names[there], "people": people[there].astype(int)}
        return pd.DataFrame(columns | {"with_messages": rates[0], "without": rates[1], "true": rates[0] - rates[1]})

    @cached_property
    def claimed(self) -> int:
        """Purchases within a week after a click on a message of the programme: what counting clicks would claim."""
        rows = self.rows
        rows = rows[((rows[:, 2] == _CLICKED) & self._ours(rows)) | (rows[:, 2] == _PURCHASE) | (rows[:, 2] == _REFILL)]
        click = np.where(rows[:, 2] == _CLICKED, rows[:, 0] * (1 << 32) + rows[:, 1], -(1 << 62))
        now = rows[:, 0] * (1 << 32) + rows[:, 1]
        since = now - np.maximum.accumulate(click) if len(rows) else now
        return int(((rows[:, 2] != _CLICKED) & (since < CLAIM.total_seconds())).sum())

    @cached_property
    def caused(self) -> int:
        """Purchases of those with messages, less what the same people would have bought without: may be negative."""
        return self._purchases(self.with_messages) - self._purchases(self.without)

    def _purchases(self, rows: NDArray[np.int64]) -> int:
        mine = rows[~self.held_out[rows[:, 0]] & (rows[:, 1] >= 0)]
        return int(((mine[:, 2] == _PURCHASE) | (mine[:, 2] == _REFILL)).sum())

    @property
    def verdict(self) -> str:
        """What went out, what is claimed, and what was caused."""
        return t(
            "programme.run",
            sends=f"{self.sends:,}",
            days=self.days,
            claimed=f"{self.claimed:,}",
            caused=f"{self.caused:,}".replace("-", "−"),
        )

    def __repr__(self) -> str:
        return self.verdict
