"""A season of messages at Pardis: eight weeks of a lifecycle programme with a holdout, after weeks of newsletters.

The days come from `automation.simulation`, in which everybody lives twice on the same chances, with messages and
without. The log tells the life that the lot gave to each person; the truth tells both, and what kind of person she is.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from funnel_utils.automation.simulation import CHANNELS, Audience, Programme, ProgrammeRun, simulate_programme
from funnel_utils.synthetic.draws import choose, generator
from funnel_utils.synthetic.spec import CITIES
from funnel_utils.synthetic.world import TIME_ZONE

if TYPE_CHECKING:
    from collections.abc import Callable

CAMPAIGN_FILE = "pardis_campaign.parquet"
CAMPAIGN, NEWSLETTER = "autumn", "newsletter"
MESSAGES, HOLDOUT = "messages", "holdout"
WITHIN = "28d"
"""The window in which the campaign is judged; everybody's lies within the log."""
CURRENCY = "IRT"
NONE: Any = None
"""A missing word."""
#: Items and their usual prices in thousand toman; a person always takes the same consumable.
DURABLES = {"kettle": 1_450, "rug": 3_900, "lamp": 980, "pan set": 2_600, "cushion": 420, "vase": 560, "tray": 390}
CONSUMABLES = {"dishwasher tablets": 310, "coffee filters": 140, "candles": 220, "bin bags": 120}
#: How much a price varies: the standard deviation of its logarithm.
SPREAD = 0.35


@dataclass(frozen=True)
class Season:
    """What the lessons' campaign is drawn from.

    Parameters
    ----------
    people, seed : int
    past, days : int
        Days of newsletters before the programme, and of the programme.
    signups : int
        Newcomers sign up in the first so many days of it.
    holdout : float
    start : str
        Its first day, a Saturday.
    """

    people: int = 3_500
    seed: int = 9
    past: int = 21
    days: int = 56
    signups: int = 28
    holdout: float = 0.3
    start: str = "2026-10-03"

    def run(self) -> ProgrammeRun:
        """Live it."""
        programme = Programme.usual(holdout=self.holdout)
        audience = Audience(people=self.people, signups=self.signups)
        return simulate_programme(programme, audience, days=self.days, past=self.past, seed=self.seed)


@dataclass(frozen=True)
class CampaignTruth:
    """What the campaign's log was drawn from, and what its messages caused.

    Attributes
    ----------
    season : Season
    people : pandas.DataFrame
        A row a person: `user`, `kind` (`"persuadables"`, `"sure things"`, `"lost causes"`, `"sleeping dogs"`), `group`,
        `with_messages` and `without` (whether she buys within 28 days of her assignment in each of her two lives),
        `caused` (their difference: 1, 0 or -1), and `opens_email`, `opens_sms`, `opens_push`, `opens_in_app` (her
        chance to open a message when she is rested).
    kinds : pandas.DataFrame
        A row a kind: `kind`, `people`, `with_messages`, `without`, `caused` (means).
    """

    season: Season
    people: pd.DataFrame
    kinds: pd.DataFrame

    @property
    def effect(self) -> float:
        """What the messages add to the share of people who buy within 28 days."""
        return float(self.people["caused"].mean())


@lru_cache(maxsize=1)
def shipped_season() -> ProgrammeRun:
    """The run that the lessons' campaign comes from."""
    return Season().run()


def draw_campaign(season: Season, run: ProgrammeRun) -> pd.DataFrame:
    """The log of a season, by person, then by time. `data/DATA.md` describes its columns."""
    lived = run.events
    lived = lived[~lived["event"].isin(["no_consent", "capped"])].rename(columns={"person": "who"})
    flow = lived["flow"]
    lived["campaign"] = np.where(flow.isna(), NONE, np.where(flow == "past", NEWSLETTER, CAMPAIGN))
    lived["flow"] = flow.where(flow != "past", None)
    rows = pd.concat([lived.drop(columns="step"), _assigned(run), *_consent(run, lived)], ignore_index=True)
    rows = rows[rows["seconds"] < season.days * 86_400].copy()
    _bought(season, rows)
    _known(season, rows)
    first = pd.Timestamp(season.start, tz=TIME_ZONE).tz_convert("UTC")
    rows["timestamp"] = (first + pd.to_timedelta(rows["seconds"], unit="s")).dt.as_unit("us")
    rows["user"] = users(season)[rows["who"]]
    rows["order"] = rows["event"].map({"opt_in": 0, "assigned": 1, "opt_out": 9}).fillna(5)
    rows = rows.sort_values(["who", "seconds", "order", "event"], kind="stable")
    names = ["user", "event", "timestamp", "campaign", "group", "flow", "channel", "item", "value", "currency", "city"]
    return rows[[*names, "email", "phone", "cookie"]].reset_index(drop=True)


def users(season: Season) -> Any:
    """Everybody's id."""
    return np.array([f"c{k:05d}" for k in range(season.people)], dtype=object)


def _assigned(run: ProgrammeRun) -> pd.DataFrame:
    group = np.where(run.held_out, HOLDOUT, MESSAGES)
    everybody = np.arange(len(group))
    return pd.DataFrame(
        {"who": everybody, "seconds": run.assigned, "event": "assigned", "campaign": CAMPAIGN, "group": group}
    )


def _consent(run: ProgrammeRun, lived: pd.DataFrame) -> list[pd.DataFrame]:
    """When people agree to a channel, and when they take it back: with every unsubscription."""
    who, way = np.nonzero(run.people.agreed < run.days * 86_400)
    given = {"who": who, "seconds": run.people.agreed[who, way], "event": "opt_in"}
    left = lived.loc[lived["event"] == "unsubscribed", ["who", "seconds", "channel"]].assign(event="opt_out")
    return [pd.DataFrame(given).assign(channel=np.array(CHANNELS, dtype=object)[way]), left]


def _bought(season: Season, rows: Any) -> None:
    """Say what was bought, and for how much."""
    rng = generator(season.seed, "baskets", 0)
    refill, bought = rows["event"] == "refill", rows["event"] == "purchase"
    jar = choose(rng, (0.4, 0.25, 0.15, 0.2), season.people)
    names = np.array([*DURABLES, *CONSUMABLES], dtype=object)
    prices = np.array([*DURABLES.values(), *CONSUMABLES.values()], dtype=float)
    item = choose(rng, (0.14, 0.06, 0.2, 0.1, 0.25, 0.12, 0.13), len(rows))
    item = np.where(refill, len(DURABLES) + jar[rows["who"]], item)
    value = np.round(prices[item] * np.exp(rng.normal(-(SPREAD**2) / 2, SPREAD, len(rows)))) * 1_000
    sold = refill | bought
    rows["item"] = np.where(sold, names[item], NONE)
    rows["value"] = np.where(sold, value, np.nan)
    rows["currency"] = np.where(sold, CURRENCY, NONE)
    rows.loc[refill, "event"] = "purchase"


def _known(season: Season, rows: Any) -> None:
    """City on all rows; the keys by which a person is known, where she shows them."""
    rng = generator(season.seed, "keys", 0)
    n, who = season.people, rows["who"].to_numpy()
    city = choose(rng, [city.share for city in CITIES], n)
    rows["city"] = np.array([city.name for city in CITIES], dtype=object)[city][who]
    phone = np.arange(n)
    # One in fifty gives the number of somebody else at home.
    shared = rng.random(n) < 0.02
    phone[shared] = np.maximum(phone[shared] - 1, 0)
    event, channel = rows["event"], rows["channel"]
    on_site = event.isin(["visit", "add_to_cart", "purchase"])
    gave = {
        "email": (event == "purchase") | ((event == "opt_in") & (channel == "email")),
        "phone": (event == "purchase") | ((event == "opt_in") & (channel == "sms")),
        "cookie": on_site,
    }
    keys = {
        "email": [f"c{k:05d}@example.com" for k in range(n)],
        "phone": [f"0912{k:07d}" for k in phone],
        "cookie": [f"k{k:05d}" for k in range(n)],
    }
    for name, there in gave.items():
        rows[name] = np.where(there, np.array(keys[name], dtype=object)[who], NONE)


def campaign_truth_of(season: Season, run: ProgrammeRun) -> CampaignTruth:
    """The truth behind a season."""
    names: Any = np.array([kind.name for kind in run.audience.kinds], dtype=object)
    people = pd.DataFrame({"user": users(season), "kind": names[run.people.kind]})
    people["group"] = np.where(run.held_out, HOLDOUT, MESSAGES)
    people["with_messages"] = run.bought(run.with_messages, WITHIN)
    people["without"] = run.bought(run.without, WITHIN)
    people["caused"] = people["with_messages"].astype(int) - people["without"].astype(int)
    for k, channel in enumerate(CHANNELS):
        people[f"opens_{channel}"] = run.people.likes[:, k]
    means: Any = people.groupby("kind")[["with_messages", "without", "caused"]].mean().reindex(list(names))
    means.insert(0, "people", people["kind"].value_counts().reindex(list(names)).to_numpy())
    return CampaignTruth(season, people, means.rename_axis("kind").reset_index())


campaign_files: dict[str, Callable[[], pd.DataFrame]] = {
    CAMPAIGN_FILE: lambda: draw_campaign(Season(), shipped_season()),
}
"""How the file's rows are drawn, by its name."""
