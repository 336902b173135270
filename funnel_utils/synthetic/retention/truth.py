"""What was behind the orders and the members: each person's rate, chance of leaving, and the year after the log."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from funnel_utils.synthetic.clock import WEEK
from funnel_utils.synthetic.draws import Bools, Ints
from funnel_utils.synthetic.retention.members import USER, chances
from funnel_utils.synthetic.retention.spec import Buyers, Members
from funnel_utils.synthetic.retention.world import BuyersWorld, instants

AHEAD = (13, 26, 52)
"""Weeks after the log within which later orders are counted."""


@dataclass(frozen=True)
class OrdersTruth:
    """What the orders were drawn from.

    Attributes
    ----------
    shop : Buyers
        The whole specification.
    people : pandas.DataFrame
        A row per customer: `user`, `channel`, `first` (time of the first order, UTC), `rate` (orders a week while she
        is there), `leave` (chance to leave after an order), `mean_value` (toman of an order), `orders` (in the log),
        `alive` (there at the log's end, so that she may order again), `left` (time of her last order ever if she is
        not), `next_13w`, `next_26w`, `next_52w` (orders within so many weeks after the log), `margin_52w` (toman that
        those of the year leave), `first_margin` (what her first order left), `year_orders` and `year_margin` (later
        orders within 52 weeks of her first, and what they leave).
    channels : pandas.DataFrame
        A row per channel: `channel`, `people`, `cost` (toman of spend per new customer, on average), and the means of
        `first_margin`, `leave`, `rate`, `alive`, `year_orders` and `year_margin`.
    """

    shop: Buyers
    people: pd.DataFrame
    channels: pd.DataFrame

    @property
    def parameters(self) -> dict[str, float]:
        """r, alpha, a, b of the MBG/NBD (time in weeks) and p, q, v of the gamma-gamma (toman)."""
        return self.shop.parameters


@dataclass(frozen=True)
class MembersTruth:
    """What the members were drawn from: the specification, and each member's chance to leave a month (`leave`)."""

    plus: Members
    people: pd.DataFrame

    @property
    def parameters(self) -> pd.DataFrame:
        """alpha and beta of each group, indexed by `welcome`."""
        plus = self.plus
        rows = {"none": (plus.alpha, plus.beta), "call": (plus.called_alpha, plus.called_beta)}
        return pd.DataFrame.from_dict(rows, orient="index", columns=["alpha", "beta"]).rename_axis("welcome")


def orders_truth_of(world: BuyersWorld) -> OrdersTruth:
    """The truth behind drawn buyers."""
    shop, hearts = world.shop, world.hearts
    first = world.time[world.number == 0]
    gone = world.left <= shop.end
    people = pd.DataFrame(
        {
            "user": world.users,
            "channel": np.array(shop.names, dtype=object)[hearts.channel],
            "first": instants(shop.start, first),
            "rate": hearts.rate,
            "leave": hearts.leave,
            "mean_value": shop.p / hearts.worth,
            "orders": _per_person(world, world.within),
            "alive": ~gone,
            "left": instants(shop.start, np.where(gone, world.left, 0).astype(np.int64)).where(gone),
        }
    )
    since_end = world.time - shop.end
    for weeks in AHEAD:
        people[f"next_{weeks}w"] = _per_person(world, (since_end >= 0) & (since_end < weeks * WEEK))
    year = (since_end >= 0) & (since_end < 52 * WEEK)
    people["margin_52w"] = _per_person(world, year, world.margin)
    own_year = (world.number > 0) & (world.time - first[world.person] < 52 * WEEK)
    people["first_margin"] = world.margin[world.number == 0]
    people["year_orders"] = _per_person(world, own_year)
    people["year_margin"] = _per_person(world, own_year, world.margin)
    return OrdersTruth(shop, people, _channels(shop, people))


def _per_person(world: BuyersWorld, rows: Bools, money: Ints | None = None) -> Ints:
    """The number of some orders of each person, or the sum of their money."""
    each = np.ones(len(world.time), np.int64) if money is None else money
    sums = np.bincount(world.person[rows], each[rows], minlength=len(world.hearts.rate))
    return np.asarray(np.round(sums), dtype=np.int64)


def _channels(shop: Buyers, people: pd.DataFrame) -> pd.DataFrame:
    columns = ["first_margin", "leave", "rate", "alive", "year_orders", "year_margin"]
    table = people.groupby("channel")[columns].mean().reindex(list(shop.names))
    table.insert(0, "people", people["channel"].value_counts().reindex(list(shop.names)).to_numpy())
    table.insert(1, "cost", [each.cost for each in (*shop.channels, shop.box)])
    return table.rename_axis("channel").reset_index()


def members_truth_of(plus: Members) -> MembersTruth:
    """The truth behind drawn members."""
    _, leave = chances(plus)
    people = pd.DataFrame({"user": [USER.format(n) for n in range(len(leave))], "leave": leave})
    return MembersTruth(plus, people)
