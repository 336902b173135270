"""What the journey log was drawn from, and what each channel caused: the answer that no attribution rule can see.

**Exactly, in this log**: the season is lived again without the channel and with the same luck. What was bought with
it and not without it, less what was bought only without it, was its doing. These numbers do not add up: two
channels may each be needed for one purchase, and most purchases need none (`"baseline"`).

**Expected**: the same difference over many other people, scaled to as many as the log has, with the standard error
of that simulation. This log's own luck is gone from it.

The method is that of common random numbers: see Glasserman, Monte Carlo Methods in Financial Engineering (2004), 7.1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from funnel_utils.synthetic.draws import BLOCK, Bools, Ints
from funnel_utils.synthetic.journeys import words as w
from funnel_utils.synthetic.journeys.living import Season, live
from funnel_utils.synthetic.journeys.people import Lives, draw_lives
from funnel_utils.synthetic.journeys.spec import Journeys
from funnel_utils.synthetic.journeys.spend import spend_table
from funnel_utils.synthetic.journeys.world import JourneyWorld

BESIDE = 10_000  # the expectation is taken over blocks that no log of ours reaches
BLOCKS = 16
WITHIN = 14
"""Days after the lot in which the reminder's purchases are counted."""


@dataclass(frozen=True)
class JourneyTruth:
    """What a season's log was drawn from.

    Attributes
    ----------
    season : Journeys
        The whole specification.
    channels : pandas.DataFrame
        One row a channel: `channel`, `kind`, `effect` (added to the logarithm of the rate of buying), `half_life`
        (days), `touches` (rows of the log), `spend` (toman), `conversions_lost` and `revenue_lost` (toman, net of
        cancellations) without the channel in this very log, `share` (of the sum of `conversions_lost`),
        `expected_lost` conversions among as many people, `expected_se` (of the simulation).
    totals : pandas.DataFrame
        `what`, `value`: `people`, `conversions`, `revenue`, `baseline` (conversions without any channel),
        `baseline_revenue`, `expected_conversions`, `expected_baseline`, and for the referral loop
        `told_per_purchase`, `friends_per_word`, `friend_buys`, and their product `k`.
    reminder : pandas.DataFrame
        One row each for `"log"` (people who left a cart here) and `"expected"` (many others): `people`, `all` and
        `none`: share that buys within 14 days of the lot if all or none of them get it, `effect`: the difference,
        `se` (of the simulation; zero for the log).
    """

    season: Journeys
    channels: pd.DataFrame
    totals: pd.DataFrame
    reminder: pd.DataFrame

    def total(self, what: str) -> float:
        """One of the totals."""
        return float(self.totals.set_index("what")["value"].loc[what])


def journey_truth_of(world: JourneyWorld, blocks: int = BLOCKS) -> JourneyTruth:
    """The truth behind a season's log.

    Parameters
    ----------
    world : JourneyWorld
        The log with its people.
    blocks : int
        Blocks of 4,096 other people for the expectation; each takes about a second.
    """
    season = world.season
    here = [_Block(season, block.lives, block.lives.number < season.people) for block in world.blocks]
    beside = [_Block(season, draw_lives(season, BESIDE + k), np.ones(BLOCK, bool)) for k in range(blocks)]
    scale = season.people / BLOCK
    lost = np.array([block.lost for block in beside]) * scale
    channels = pd.DataFrame(
        {
            "channel": w.CHANNELS,
            "kind": [point.kind for point in season.in_code_order],
            "effect": [point.effect for point in season.in_code_order],
            "half_life": [point.half_life for point in season.in_code_order],
            "touches": _by_channel(world.events["channel"].value_counts()),
            "spend": _by_channel(spend_table(world).groupby("channel")["spend"].sum()),
            "conversions_lost": np.sum([block.lost for block in here], axis=0),
            "revenue_lost": np.sum([block.money_lost for block in here], axis=0),
            "expected_lost": lost.mean(axis=0),
            "expected_se": lost.std(axis=0, ddof=1) / np.sqrt(blocks),
        }
    )
    channels.insert(8, "share", channels["conversions_lost"] / channels["conversions_lost"].sum())
    totals = {"people": season.people} | _added(here)
    totals |= {f"expected_{name}": _added(beside)[name] * scale / blocks for name in ("conversions", "baseline")}
    return JourneyTruth(
        season,
        channels,
        pd.DataFrame(list((totals | _loop(season, beside)).items()), columns=["what", "value"]),
        pd.DataFrame([{"where": "log", **_reminded(here)}, {"where": "expected", **_reminded(beside, True)}]),
    )


class _Block:
    """What one block of people buys with every channel, without each, without all, and by the reminder."""

    def __init__(self, season: Journeys, lives: Lives, ours: Bools) -> None:
        self.lives, self.ours = lives, ours
        self.fact = live(season, lives)
        others = [live(season, lives, [name]) for name in w.CHANNELS]
        bare = live(season, lives, w.CHANNELS)
        self.bought, self.money = self._count(self.fact), self._money(self.fact)
        self.baseline, self.bare_money = self._count(bare), self._money(bare)
        self.lost = np.array([self.bought - self._count(other) for other in others])
        self.money_lost = np.array([self.money - self._money(other) for other in others])
        left = self.fact.carts_left
        self.carts = np.flatnonzero((left >= 0) & (left + WITHIN < season.days) & ours)
        runs = (live(season, lives, reminders=who) for who in ("all", "none"))
        self.reminded = np.array([self._soon(run) for run in runs])

    def _count(self, run: Season) -> int:
        return int(((run.bought >= 0) & self.ours).sum())

    def _money(self, run: Season) -> float:
        return float((self.lives.value * ((run.bought >= 0) & ~self.lives.cancelled & self.ours)).sum())

    def _soon(self, run: Season) -> int:
        """How many of those who left a cart buy within two weeks of that."""
        since = run.bought[:, self.carts] - self.fact.carts_left[self.carts]
        return int(((run.bought[:, self.carts] >= 0) & (since > 0) & (since <= WITHIN)).any(axis=0).sum())


def _by_channel(found: pd.Series[int]) -> Ints:
    return np.asarray(found.reindex(list(w.CHANNELS), fill_value=0))


def _added(blocks: list[_Block]) -> dict[str, float]:
    return {
        "conversions": sum(block.bought for block in blocks),
        "revenue": sum(block.money for block in blocks),
        "baseline": sum(block.baseline for block in blocks),
        "baseline_revenue": sum(block.bare_money for block in blocks),
    }


def _loop(season: Journeys, blocks: list[_Block]) -> dict[str, float]:
    """The referral loop: new buyers for each purchase."""
    told = season.friends.refer * (1 - season.habits.cancelled)
    # Friends invited so late that the log ends before their need does say nothing.
    early = [(b.fact.invited >= 0) & (b.fact.invited + b.lives.stays < season.days) for b in blocks]
    bought = sum(int((b.fact.bought[0][e] >= 0).sum()) for b, e in zip(blocks, early, strict=True))
    invited = max(sum(int(e.sum()) for e in early), 1)
    buys = bought / invited
    k = told * season.friends.share * buys
    return {"told_per_purchase": told, "friends_per_word": season.friends.share, "friend_buys": buys, "k": k}


def _reminded(blocks: list[_Block], spread: bool = False) -> dict[str, float]:
    """Shares that buy with and without the reminder, over the people of some blocks."""
    people = np.array([len(block.carts) for block in blocks])
    bought = np.array([block.reminded for block in blocks])
    with_all, with_none = bought.sum(axis=0) / people.sum()
    each = (bought[:, 0] - bought[:, 1]) / people
    se = float(each.std(ddof=1) / np.sqrt(len(blocks))) if spread else 0.0
    return {
        "people": int(people.sum()),
        "all": with_all,
        "none": with_none,
        "effect": with_all - with_none,
        "se": se,
    }
