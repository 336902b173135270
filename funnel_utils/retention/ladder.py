"""The ladder of offers: an entry offer that may lose money, and what must follow for that to be sense.

In the value journey a stranger first buys something small, cheap, perhaps below cost; then the core offer; then what
belongs to it. A loss on the first rungs is an investment in the customers who climb, and only in them. So what counts
is the **cumulative margin of everybody who takes the first offer**, and the share that has to climb for it to reach
zero.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from funnel_utils import stats
from funnel_utils.errors import LogError, SpecError
from funnel_utils.export import to_csv, to_parquet
from funnel_utils.retention.economics import amount
from funnel_utils.retention.view import money
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from funnel_utils.events import EventLog

DRAWS = 4_000


@dataclass(frozen=True)
class Rung:
    """One offer.

    Parameters
    ----------
    name : str
    margin : float
        What one purchase of it leaves after goods and delivery; below zero for an offer at a loss.
    taken, of : int, optional
        How many took it, of how many who had taken the offer before. The first rung needs neither.
    share : float, optional
        Instead of the counts, where there are none yet: the share, as a plan. Without counts it has no interval.
    times : float
        How often a customer who takes it buys it on average.
    """

    name: str
    margin: float
    taken: int | None = None
    of: int | None = None
    share: float | None = None
    times: float = 1.0

    def __post_init__(self) -> None:
        numeric = isinstance(self.margin, int | float | np.number) and math.isfinite(self.margin)
        if not isinstance(self.name, str) or not self.name.strip() or not numeric:
            raise SpecError(f"Rung: {self.name!r} with margin={self.margin!r}: give a name and a finite margin.")
        amount(f"Rung {self.name!r}", "times", self.times)
        if (self.taken is None) != (self.of is None):
            raise SpecError(f"Rung {self.name!r}: taken= and of= belong together.")
        if self.taken is not None and self.of is not None and not 0 <= self.taken <= self.of:
            raise SpecError(f"Rung {self.name!r}: taken={self.taken!r} of {self.of!r} cannot be.")
        if self.share is not None and (self.taken is not None or not 0 <= self.share <= 1):
            raise SpecError(f"Rung {self.name!r}: share={self.share!r} lies between 0 and 1, and replaces the counts.")

    @property
    def rate(self) -> float:
        """The share of those on the rung before who take it; 1 where nothing is said."""
        if self.taken is not None:
            return self.taken / self.of if self.of else math.nan
        return 1.0 if self.share is None else self.share


@dataclass(frozen=True, eq=False)
class Ladder:
    """Offers in the order in which customers climb.

    Parameters
    ----------
    rungs : sequence of Rung
        The entry offer first.
    cac : float
        What it costs to win somebody who takes the entry offer.

    Raises
    ------
    SpecError
        If there is no rung, two have one name, or a rung above the first says neither counts nor a share.

    Examples
    --------
    >>> ladder = Ladder(
    ...     [Rung("box", -4.0), Rung("core", 30.0, taken=200, of=1000), Rung("more", 40.0, taken=40, of=200)], cac=3.0
    ... )
    >>> ladder.table[["rung", "reach", "cumulative"]].round(2).values.tolist()
    [['box', 1.0, -7.0], ['core', 0.2, -1.0], ['more', 0.04, 0.6]]
    >>> ladder.pays_from, round(ladder.needed, 3)
    ('more', 0.184)
    """

    rungs: Sequence[Rung]
    cac: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "rungs", tuple(self.rungs))
        amount("Ladder", "cac", self.cac)
        names = [rung.name for rung in self.rungs]
        if not names or len(set(names)) < len(names):
            raise SpecError(f"Ladder: give one rung at least, each with a name of its own; got {names}.")
        silent = [rung.name for rung in self.rungs[1:] if rung.taken is None and rung.share is None]
        if silent:
            raise SpecError(f"Ladder: how many climb to {', '.join(silent)}? Give taken= and of=, or share=.")

    @classmethod
    def from_log(
        cls,
        log: EventLog,
        offers: Sequence[str] | Mapping[str, str],
        *,
        margin: str = "margin",
        offer: str = "offer",
        purchase: str = "purchase",
        cac: float = 0.0,
    ) -> Ladder:
        """The ladder that customers climbed.

        Parameters
        ----------
        log : EventLog
        offers : sequence of str, or mapping of str to str
            The values of the property `offer` from the entry offer up; a mapping gives them names.
        margin : str
            The property with the margin of a purchase.
        offer, purchase : str
            The property that names the offer, and the event.
        cac : float
            Per customer who took the entry offer.

        Returns
        -------
        Ladder
            A customer has climbed to a rung if she bought it after (or with) her first purchase of the rung before.
            Those who never took the entry offer are not in it.

        Raises
        ------
        LogError
            If a property is missing, or nobody took the entry offer.
        """
        named = dict(offers) if isinstance(offers, Mapping) else {name: name for name in offers}
        lacking = [name for name in (offer, margin) if name not in log.properties]
        if lacking or not named:
            raise LogError(
                f"Ladder: the log has no property {', '.join(lacking) or '(no offers given)'}; it has "
                f"{', '.join(log.properties) or 'none'}."
            )
        table: Any = log.table
        rows = table.filter((table["event"] == purchase) & table[offer].isin(list(named)))
        rows = rows.select("user", "timestamp", rung=rows[offer], money=rows[margin].cast("float64")).cache()
        found: list[Rung] = []
        on: Any = None
        for value, name in named.items():
            bought = rows.filter(rows["rung"] == value)
            before = None if on is None else int(on.count().to_pyarrow().as_py())
            if on is not None:
                joined: Any = bought.inner_join(on, "user")
                bought = joined.filter(joined["timestamp"] >= joined["since"])
            on = bought.group_by("user").agg(since=bought["timestamp"].min()).cache()
            sums = bought.aggregate(n=bought.count(), people=bought["user"].nunique(), money=bought["money"].sum())
            n, people, money = (sums[key].to_pyarrow()[0].as_py() for key in ("n", "people", "money"))
            if before is None and not people:
                raise LogError(f"Ladder: nobody bought the entry offer {value!r}.")
            each: dict[str, Any] = {"taken": people, "of": before} if before is not None else {}
            found.append(Rung(name, (money or 0.0) / n if n else 0.0, **each, times=n / people if people else 1.0))
        return cls(found, cac)

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row a rung.

        Returns
        -------
        DataFrame
            `rung`; `taken` of `of`, `share` (of those on the rung before) with `low`, `high` (Wilson; NaN for a plan);
            `reach` (share of those who took the entry offer); `margin` (of one purchase), `times`; `contribution` (per
            customer who took the entry offer; the CAC is charged to the first rung), `cumulative` with
            `cumulative_low`, `cumulative_high` (95%, the shares drawn from their posterior; NaN for a plan).
        """
        rows: list[dict[str, Any]] = []
        reach, sum_ = 1.0, -float(self.cac)
        for rung in self.rungs:
            reach *= rung.rate
            sum_ += reach * rung.margin * rung.times
            low, high = math.nan, math.nan
            if rung.of:
                low, high = (float(end[0]) for end in stats.wilson(rung.taken or 0, rung.of))
            rows.append(
                {
                    "rung": rung.name,
                    "taken": rung.taken,
                    "of": rung.of,
                    "share": rung.rate,
                    "low": low,
                    "high": high,
                    "reach": reach,
                    "margin": rung.margin,
                    "times": rung.times,
                    "contribution": reach * rung.margin * rung.times - (self.cac if not rows else 0.0),
                    "cumulative": sum_,
                }
            )
        found = pd.DataFrame(rows)
        found[["taken", "of"]] = found[["taken", "of"]].astype("Int64")
        found["cumulative_low"], found["cumulative_high"] = self._bounds()
        return found

    def _bounds(self) -> tuple[Any, Any]:
        generator = np.random.default_rng(0)
        reach, sums, known = np.ones(DRAWS), np.full(DRAWS, -float(self.cac)), True
        low, high = [], []
        for rung in self.rungs:
            if rung.of:
                taken = rung.taken or 0
                reach = reach * generator.beta(taken + 0.5, rung.of - taken + 0.5, DRAWS)
            else:
                known &= rung.share is None
            sums = sums + reach * rung.margin * rung.times
            ends = np.quantile(sums, [0.025, 0.975]) if known else [math.nan, math.nan]
            low.append(float(ends[0]))
            high.append(float(ends[1]))
        return low, high

    @property
    def pays_from(self) -> str | None:
        """The first rung from which on the customers have paid for everything before it; `None` if none has."""
        owing = np.flatnonzero(self.table["cumulative"] < -1e-12)
        first = int(owing[-1]) + 1 if len(owing) else 0
        return self.rungs[first].name if first < len(self.rungs) else None

    @property
    def needed(self) -> float:
        """The share that must climb from the first rung to the second for the ladder to break even, all else equal; NaN
        with one rung, or where the rungs above bring nothing."""
        if len(self.rungs) < 2 or not self.rungs[1].rate:
            return math.nan
        entry = float(self.table["cumulative"].iloc[0])
        above = (float(self.table["cumulative"].iloc[-1]) - entry) / self.rungs[1].rate
        return max(-entry, 0.0) / above if above > 0 else math.nan

    @property
    def verdict(self) -> str:
        """Whether the ladder carries its first rung, in plain words."""
        first, last = self.table.iloc[0], self.table.iloc[-1]
        said = t(
            "economics.ladder.loss" if first["cumulative"] < 0 else "economics.ladder.gain",
            entry=self.rungs[0].name,
            money=money(abs(first["cumulative"])),
        )
        end = {"money": money(last["cumulative"], signed=True), "top": self.rungs[-1].name}
        if not math.isnan(last["cumulative_low"]):
            ends = {
                "low": money(last["cumulative_low"], signed=True),
                "high": money(last["cumulative_high"], signed=True),
            }
            said += " " + t("economics.ladder.end", **end, **ends)
        else:
            said += " " + t("economics.ladder.plan", **end)
        if self.pays_from is None:
            said += " " + t("economics.ladder.never")
        elif first["cumulative"] < 0:
            said += " " + t("economics.ladder.from", rung=self.pays_from)
        if first["cumulative"] < 0 and not math.isnan(self.needed):
            rates = {"needed": f"{self.needed:.1%}", "rate": f"{self.rungs[1].rate:.1%}", "rung": self.rungs[1].name}
            said += " " + t("economics.ladder.needed" if self.needed <= 1 else "economics.ladder.cannot", **rates)
        return said

    def to_frame(self) -> pd.DataFrame:
        """The table, as a copy of your own."""
        return self.table.copy()

    def to_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write the table as CSV, formulas defused."""
        return to_csv(self.table, path)

    def to_parquet(self, path: str | os.PathLike[str]) -> Path:
        """Write the table as Parquet."""
        return to_parquet(self.table, path)

    def plot(self) -> Figure:
        """What a customer who took the entry offer has brought by each rung."""
        from funnel_utils import charts

        return charts.ladder_chart(self)

    def _repr_html_(self) -> str:
        from funnel_utils.retention.view import html

        names = ["rung", "taken", "of", "share", "reach", "margin", "contribution", "cumulative"]
        shown = self.table[names].rename(columns={name: t(f"economics.column.{name}") for name in names})
        return html(self.verdict, t("economics.caption.ladder"), shown)
