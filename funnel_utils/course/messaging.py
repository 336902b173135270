"""The campaign of lesson 05b: a log as the shop would have it, and what the program that wrote it knows besides.

In spring Pardis sent five e-mails within two weeks to everybody who had agreed to e-mail, but for a fifth, by lot. In
the four weeks before, it had sent a newsletter every fourth day, over one of the channels that each person had agreed
to: so it could know who opens what.

Which lot is drawn changes what the holdout finds. The lesson's was chosen among eight, for a finding that is not
settled over groups that differ: `lots` shows what the others say.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from funnel_utils.automation.simulation import Audience, Programme, ProgrammeRun
    from funnel_utils.events import EventLog

PEOPLE, DAYS, PAST, SEED = 16_000, 28, 28, 8
BEGINS, NAME = "2026-03-28", "spring"
"""The first midnight of the campaign, in Tehran, and its name."""
CITIES = {"Tehran": 0.44, "Shiraz": 0.16, "Mashhad": 0.12, "Isfahan": 0.11, "Karaj": 0.09, "Tabriz": 0.08}
HELD_OUT, WITHIN = 0.2, "21d"
"""The share held out by lot, and the time for which orders count."""
GROUPS = ("filled a cart", "bought, no cart", "neither")
"""What people had done in the four weeks before."""


@dataclass(frozen=True, eq=False)
class CampaignTruth:
    """What no shop can see.

    Attributes
    ----------
    people : DataFrame
        A row a person: `user`, `kind`, `with_messages` and `without`: whether she orders in each of the two worlds.
    kinds : DataFrame
        A row a kind of people: `kind`, `people`, `with_messages`, `without` (shares that order) and `true`.
    effect : float
        The mean of ordering with messages less ordering without, over everybody.
    """

    people: pd.DataFrame
    kinds: pd.DataFrame
    effect: float


def programme() -> Programme:
    """The five e-mails of spring."""
    from funnel_utils.automation.simulation import Flow, Programme, Step

    flow = Flow("newsletter", (Step("email"),), days=(0, 3, 7, 10, 14), until_purchase=False)
    return Programme((flow,), holdout=HELD_OUT)


def audience() -> Audience:
    """Whom Pardis writes to."""
    from funnel_utils.automation.simulation import Audience, Kind

    kinds = (
        Kind("persuadables", 0.30, 0.006, 0.10, 0.40, opened=10.0),
        Kind("sure things", 0.15, 0.045, 0.08, 0.15),
        Kind("lost causes", 0.42, 0.0015, 0.04, 0.15),
        Kind("sleeping dogs", 0.13, 0.018, 0.05, 0.25, reached=-0.45, unsubscribes=0.03),
    )
    return Audience(people=PEOPLE, kinds=kinds, newcomers=0.0, consumers=0.0)


@cache
def run() -> ProgrammeRun:
    """The campaign, lived by everybody with messages and without."""
    return _lived(SEED)


def _lived(seed: int) -> ProgrammeRun:
    from funnel_utils.automation.simulation import simulate_programme

    return simulate_programme(programme(), audience(), days=DAYS, past=PAST, seed=seed)


@cache
def truth() -> CampaignTruth:
    """What the campaign did to whom, of those who had agreed to e-mail when it began."""
    lived = run()
    names = np.array([kind.name for kind in lived.audience.kinds], dtype=object)[lived.people.kind]
    each = pd.DataFrame(
        {
            "user": _users(np.arange(PEOPLE)),
            "kind": names,
            "with_messages": lived.bought(lived.with_messages, WITHIN),
            "without": lived.bought(lived.without, WITHIN),
        }
    )[_asked(lived)]
    kinds = each.groupby("kind", sort=False)[["with_messages", "without"]].mean()
    kinds.insert(0, "people", each["kind"].value_counts())
    kinds = kinds.assign(true=kinds["with_messages"] - kinds["without"]).reset_index()
    return CampaignTruth(each, kinds, float(each["with_messages"].mean() - each["without"].mean()))


def lots(seeds: Iterable[int] = range(1, 9)) -> pd.DataFrame:
    """What the holdout finds of the same campaign when other lots are drawn, and other people of the same kinds.

    Returns
    -------
    DataFrame
        A row a lot and group (`"everybody"` and the three of `GROUPS`), in buyers by 1,000 people: `lot`, `group`,
        `difference` with its 95% interval `low` to `high` (Newcombe's; those of the three groups hold together) and
        `true`.
    """
    found = []
    for seed in seeds:
        lived = _lived(seed)
        people = _groups(lived)[_asked(lived)]
        found.append(_found(people, 0.05).assign(group="everybody", lot=seed))
        for name, group in people.groupby("group"):
            found.append(_found(group, 0.05 / len(GROUPS)).assign(group=name, lot=seed))
    numbers = ["difference", "low", "high", "true"]
    made = pd.concat(found, ignore_index=True)[["lot", "group", *numbers]]
    return made.assign(**{name: 1000 * made[name] for name in numbers})


def _groups(lived: ProgrammeRun) -> pd.DataFrame:
    """Of everybody: the `group`, whether she was `held` out, and whether she orders in each of her two lives."""
    from funnel_utils.automation.simulation.result import EVENTS

    before = lived.without[lived.without[:, 1] < 0]
    did = {name: np.isin(np.arange(PEOPLE), before[before[:, 2] == EVENTS.index(name), 0]) for name in EVENTS}
    group = np.select([did["add_to_cart"], did["purchase"] | did["refill"]], GROUPS[:2], GROUPS[2])
    lives = {"with": lived.bought(lived.with_messages, WITHIN), "without": lived.bought(lived.without, WITHIN)}
    return pd.DataFrame({"group": group, "held": lived.held_out, **lives})


def _found(people: pd.DataFrame, alpha: float) -> pd.DataFrame:
    """The difference that the lot shows among some people, and the true one."""
    from funnel_utils.stats import newcombe

    with_, without = people.loc[~people["held"], "with"], people.loc[people["held"], "without"]
    low, high = newcombe(with_.sum(), len(with_), without.sum(), len(without), alpha)
    true = people["with"].mean() - people["without"].mean()
    return pd.DataFrame({"difference": with_.mean() - without.mean(), "low": low, "high": high, "true": true})


@cache
def log() -> EventLog:
    """The log of four weeks before the campaign and four weeks from its beginning.

    Events: `agreed` (to messages over a `channel`), `add_to_cart`, `order` (with `value`, toman), `assigned` (with
    `group`: message or holdout), `sent`, `delivered`, `opened`, `clicked`, `unsubscribed` (with `channel` and
    `campaign`; the campaign `newsletter` is what was sent before). Visits are left out.
    """
    from funnel_utils.events import EventLog

    lived = run()
    rows = lived.events
    rows = rows[~rows["event"].isin(["visit", "no_consent", "capped"])]
    rows["event"] = rows["event"].replace({"purchase": "order", "refill": "order"})
    message = rows["channel"].notna() & ~rows["event"].isin(["order", "add_to_cart"])
    before = rows["flow"].eq("past")
    rows["campaign"] = pd.Series(np.where(before, "newsletter", NAME), index=rows.index).where(message)
    rows["channel"] = rows["channel"].where(message)
    rows = pd.concat([_agreed(lived), rows, _assigned(lived)], ignore_index=True)
    draws = np.random.default_rng(SEED)
    cities = draws.choice(list(CITIES), size=PEOPLE, p=list(CITIES.values()))
    amount = np.round(81 * np.exp(draws.normal(0, 0.85, len(rows)))) * 1000
    first = pd.Timestamp(BEGINS, tz="Asia/Tehran")
    frame = pd.DataFrame(
        {
            "user": _users(rows["person"]),
            "event": rows["event"],
            "timestamp": first + pd.to_timedelta(rows["seconds"], unit="s"),
            "city": cities[rows["person"]],
            "channel": rows["channel"],
            "campaign": rows["campaign"],
            "group": rows["group"],
            "value": np.where(rows["event"] == "order", amount, np.nan),
        }
    )
    until = first + pd.Timedelta(days=DAYS)
    return EventLog.read(frame, report_tz="Asia/Tehran", week_start="saturday", observed_until=until)


def _users(numbers: Any) -> pd.Series:
    """People's ids."""
    made: pd.Series = "c" + pd.Series(numbers).astype(str).str.zfill(5)
    return made.reset_index(drop=True)


def _asked(lived: ProgrammeRun) -> Any:
    """Who takes part in the lot: those who have agreed to e-mail."""
    from funnel_utils.automation.simulation import CHANNELS

    return lived.people.agreed[:, CHANNELS.index("email")] <= 0


def _agreed(lived: ProgrammeRun) -> pd.DataFrame:
    """Who has agreed to which channel, and when."""
    from funnel_utils.automation.simulation import CHANNELS

    since = lived.people.agreed
    person, channel = np.nonzero(since < DAYS * 86_400)
    names = np.array(CHANNELS, dtype=object)[channel]
    return pd.DataFrame({"person": person, "seconds": since[person, channel], "event": "agreed", "channel": names})


def _assigned(lived: ProgrammeRun) -> pd.DataFrame:
    """What the lot decided at the first midnight."""
    person = np.flatnonzero(_asked(lived))
    group = np.where(lived.held_out[person], "holdout", "message")
    return pd.DataFrame({"person": person, "seconds": 0, "event": "assigned", "group": group, "campaign": NAME})
