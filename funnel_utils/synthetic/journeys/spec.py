"""What the journeys of Pardis are: who wants something, which channels reach them, and what each contact does.

A person has an *intent*, a standard normal number that nobody sees, and now and then a *need*: some days in which
they may buy. On a day with a need they buy at the rate (per day)

    base x exp(per_intent x intent + interest),

and their interest is the sum over past contacts of the channel's `effect`, halved every `half_life` days. That is
all the causal work a channel does: right after a contact with effect 0.7 the person is exp(0.7), twice, as likely to
buy that day. How often a channel meets somebody may depend on the same intent (`tilt`): a channel that follows
those who buy anyway is met on almost every path to a purchase and causes next to none of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import date

from funnel_utils.errors import SpecError
from funnel_utils.synthetic import vocabulary as shop_words
from funnel_utils.synthetic.clock import DAY, Clock
from funnel_utils.synthetic.draws import LogNormal
from funnel_utils.synthetic.journeys import words as w
from funnel_utils.synthetic.spec import CITIES, DEVICES, City, Device, _share

KINDS = ("push", "pull", "own", "chase", "mail", "invite", "store")
BILLED = ("contact", "click", "send")
CIRCLE = 32
"""Friends are found among people whose numbers share a circle of so many, so that no circle spans two blocks."""


@dataclass(frozen=True)
class Touchpoint:
    """One channel: how it meets people, and what a contact with it causes.

    Parameters
    ----------
    name : str
        A channel of the vocabulary.
    kind : str
        `"push"`: shown to people with a need. `"pull"`: looked for by people with a need, the more the higher their
        interest. `"own"`: the same, but the person's own coming, which nobody can take away. `"chase"`: shown to who
        was on the site in the last week and has not bought. `"mail"`: sent on certain days to those who agreed to
        it, need or not. `"invite"`: a friend's word, once. `"store"`: a visit to a store, in the stores' cities.
    rate : float
        Contacts a day for an average person (for mail: share of sendings opened; not used for `"invite"`).
    tilt : float
        What one standard deviation of intent adds to the logarithm of `rate`.
    pull : float
        What one unit of interest adds to the logarithm of `rate`.
    click : float
        Share of contacts that end in a visit to the site.
    effect : float
        What a contact adds to the logarithm of the rate of buying: the channel's causal effect.
    half_life : float
        Days after which half of that is left.
    way_in : float
        Weight among the ways to the site of those who have already decided to buy today: causes nothing.
    cost : float
        Toman for each contact, click (a visit by this channel) or sending, as `billed` says.
    """

    name: str
    kind: str
    rate: float
    tilt: float
    pull: float
    click: float
    effect: float
    half_life: float
    way_in: float = 0.0
    cost: float = 0.0
    billed: str = "contact"
    campaign: str | None = None

    def __post_init__(self) -> None:
        for name, allowed in (("name", w.CHANNELS), ("kind", KINDS), ("billed", BILLED)):
            if getattr(self, name) not in allowed:
                raise SpecError(f"Touchpoint.{name}={getattr(self, name)!r}: choose one of {', '.join(allowed)}.")
        _share(self, "rate", "click")
        for name in ("effect", "way_in", "cost"):
            if getattr(self, name) < 0:
                raise SpecError(f"Touchpoint {self.name}: {name}={getattr(self, name)!r} is below zero.")
        if self.half_life <= 0:
            raise SpecError(f"Touchpoint {self.name}: half_life={self.half_life!r} days; needs more than zero.")


# Name, kind, rate, tilt, pull, click, effect, half-life; then what it costs and how it is named.
TOUCHPOINTS: tuple[Touchpoint, ...] = (
    Touchpoint("organic_search", "pull", 0.021, 0.40, 0.30, 1.00, 0.35, 6, way_in=0.14),
    Touchpoint("paid_search", "pull", 0.012, 0.90, 0.40, 1.00, 0.06, 3, 0.32, 60_000, "click", "brand_words"),
    Touchpoint("social", "push", 0.034, 0.10, 0.00, 0.16, 0.80, 9, 0.02, 30_000, "contact", "home_stories"),
    Touchpoint("display", "push", 0.036, 0.00, 0.00, 0.04, 0.75, 10, 0.00, 26_000, "contact", "banner_autumn"),
    Touchpoint("email", "mail", 0.220, 0.25, 0.00, 0.22, 0.50, 5, 0.05, 1_200, "send", "newsletter"),
    Touchpoint("sms", "mail", 0.450, 0.10, 0.00, 0.08, 0.40, 2, 0.00, 4_000, "send", "sms_offers"),
    Touchpoint("affiliate", "pull", 0.006, 0.60, 0.00, 1.00, 0.12, 4, 0.08, 45_000, "click", "partner_blogs"),
    Touchpoint("direct", "own", 0.017, 0.60, 0.40, 1.00, 0.00, 1, way_in=0.30),
    Touchpoint("referral", "invite", 0.000, 0.00, 0.00, 1.00, 1.40, 12),
    Touchpoint("retargeting", "chase", 0.080, 0.50, 0.15, 0.10, 0.05, 3, 0.09, 22_000, "contact", "come_back"),
    Touchpoint("store", "store", 0.008, 0.40, 0.25, 0.00, 0.60, 8),
)


@dataclass(frozen=True)
class Needs:
    """When people want something.

    `more` is the mean number of further needs, beside the one that everybody has in or just before the log, `days`
    how long a need lasts unless something is bought, `before` how many days before the log needs may begin.
    """

    more: float = 0.35
    days: LogNormal = field(default_factory=lambda: LogNormal(12, 32))
    before: int = 14


@dataclass(frozen=True)
class Mailing:
    """Who agreed to mail, and the days (from 0) on which it is sent; `leave` is the share of contacts that end it."""

    channel: str
    agreed: float
    tilt: float
    days: tuple[int, ...]
    leave: float


@dataclass(frozen=True)
class Friends:
    """Word of mouth: `share` of people wait for a friend's invitation, of purchases `refer` are recommended."""

    share: float = 0.25
    refer: float = 0.40
    wait: LogNormal = field(default_factory=lambda: LogNormal(4, 12))

    def __post_init__(self) -> None:
        _share(self, "share", "refer")


@dataclass(frozen=True)
class Reminder:
    """A message to those who left a cart: a lot decides once for each person who gets it.

    `effect` and `half_life` work like a channel's; `to` is the share that the lot sends it to.
    """

    effect: float = 0.80
    half_life: float = 4.0
    to: float = 0.5

    def __post_init__(self) -> None:
        _share(self, "to")


@dataclass(frozen=True)
class Habits:
    """What happens on the site and after a purchase, as shares.

    `cart`: visits without a purchase that leave a cart (for average intent; `cart_tilt` as elsewhere). `bounce`:
    other visits that end at once. `deep_link`: visits that land on a product. `quick_pay`: purchases without the
    checkout. `in_store`: purchases of people near a store that are made there. `cancelled`, `review`: orders.
    `known`: people who were customers before the log; of these `saved_cart` begin a purchase at the checkout, and
    `looks_back` review or recommend an old order in the first three weeks.
    """

    cart: float = 0.22
    cart_tilt: float = 0.40
    bounce: float = 0.38
    deep_link: float = 0.15
    quick_pay: float = 0.05
    in_store: float = 0.24
    cancelled: float = 0.06
    review: float = 0.35
    known: float = 0.12
    saved_cart: float = 0.50
    looks_back: float = 0.30

    def __post_init__(self) -> None:
        names = [each.name for each in fields(self) if each.name != "cart_tilt"]
        _share(self, *names)


@dataclass(frozen=True)
class Journeys:
    """The journeys of one season at Pardis: everything that the journey log is drawn from.

    Parameters
    ----------
    seed : int
        Seed of every random number.
    people : int
        A multiple of 32: friends come in circles of 32.
    weeks : int
        Length of the log.
    start : str
        First day, a Saturday (local midnight in Tehran).
    base : float
        Purchases a day of an average person with a need and no contact behind them.
    per_intent : float
        What one standard deviation of intent adds to the logarithm of that.

    Raises
    ------
    SpecError
        If a number is out of its range.

    Examples
    --------
    >>> season = Journeys()
    >>> season.touchpoint("direct").effect
    0.0
    >>> season.without_effect("display").touchpoint("display").effect
    0.0
    """

    seed: int = 11
    people: int = 8000
    weeks: int = 13
    start: str = "2026-06-20"
    base: float = 0.0075
    per_intent: float = 0.80
    touchpoints: tuple[Touchpoint, ...] = TOUCHPOINTS
    mailings: tuple[Mailing, ...] = (
        Mailing("email", 0.36, 0.40, tuple(range(3, 1000, 7)), 0.02),
        Mailing("sms", 0.20, 0.30, tuple(range(12, 1000, 21)), 0.02),
    )
    needs: Needs = field(default_factory=Needs)
    friends: Friends = field(default_factory=Friends)
    reminder: Reminder = field(default_factory=Reminder)
    habits: Habits = field(default_factory=Habits)
    value: LogNormal = field(default_factory=lambda: LogNormal(1_450_000, 6_500_000))
    clock: Clock = field(default_factory=Clock)
    cities: tuple[City, ...] = CITIES
    devices: tuple[Device, ...] = DEVICES

    def __post_init__(self) -> None:
        for name, low in (("seed", 0), ("people", CIRCLE), ("weeks", 1)):
            if getattr(self, name) < low:
                raise SpecError(f"Journeys.{name}={getattr(self, name)!r}: needs a whole number of at least {low}.")
        if self.people % CIRCLE:
            raise SpecError(f"Journeys.people={self.people!r}: needs a multiple of {CIRCLE}, a circle of friends.")
        if date.fromisoformat(self.start).weekday() != 5:
            raise SpecError(f"Journeys.start={self.start!r}: weeks start on Saturday, so must the log.")
        if self.base <= 0:
            raise SpecError(f"Journeys.base={self.base!r}: needs more than zero purchases a day.")
        if sorted(point.name for point in self.touchpoints) != sorted(w.CHANNELS):
            raise SpecError(f"Journeys.touchpoints: needs each of {', '.join(w.CHANNELS)} once.")
        near = [city.name for city in self.cities if city.name in shop_words.STORE_CITIES]
        if not near:
            raise SpecError(f"Journeys.cities: needs one with a store, {' or '.join(shop_words.STORE_CITIES)}.")

    @property
    def days(self) -> int:
        """Days of the log."""
        return 7 * self.weeks

    @property
    def end(self) -> float:
        """Seconds from the first day's midnight to the end of the log."""
        return self.days * DAY

    @property
    def in_code_order(self) -> tuple[Touchpoint, ...]:
        """The channels in the order of their codes."""
        return tuple(self.touchpoint(name) for name in w.CHANNELS)

    def touchpoint(self, name: str) -> Touchpoint:
        """The channel of that name.

        Raises
        ------
        SpecError
            If there is none.
        """
        for point in self.touchpoints:
            if point.name == name:
                return point
        raise SpecError(f"no channel {name!r}; there are {', '.join(w.CHANNELS)}.")

    def with_(self, **changes: object) -> Journeys:
        """The same season with some fields changed."""
        known = {f.name for f in fields(self)}
        if unknown := sorted(set(changes) - known):
            raise SpecError(f"Journeys has no field {unknown[0]!r}; it has {', '.join(sorted(known))}.")
        return replace(self, **changes)  # type: ignore[arg-type]

    def without_effect(self, *channels: str) -> Journeys:
        """The same season in which contacts with these channels happen and cause nothing."""
        for name in channels:
            self.touchpoint(name)
        changed = tuple(replace(p, effect=0.0) if p.name in channels else p for p in self.touchpoints)
        return replace(self, touchpoints=changed)
