"""What Pardis is: every rate, time and share that its data are drawn from.

A `Pardis` is a frozen specification; changing a number makes another business (the capstone's is one). Everything the
generator uses is here and nowhere else, so the specification **is** the latent truth; `truth.py` puts it in tables.

A step's rate has a base, moved on the log-odds scale by the channel of the attempt (towards a product, into the
cart), by the content the person acted upon (into the cart) and by the device (through the checkout).
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import date

from funnel_utils.errors import SpecError
from funnel_utils.synthetic import vocabulary as v
from funnel_utils.synthetic.clock import DAY, HOUR, Clock
from funnel_utils.synthetic.draws import LogNormal

MINUTE = 60.0
_SATURDAY = 5


def _share(owner: object, *names: str) -> None:
    """Refuse a field of `owner` that is no share between 0 and 1."""
    for name in names:
        value = getattr(owner, name)
        if not 0 <= value <= 1:
            raise SpecError(f"{type(owner).__name__}.{name}={value!r}: a share lies between 0 and 1.")


@dataclass(frozen=True)
class Step:
    """One step of the way: from a stage to the next, the base rate and the time it takes those who go."""

    of: str
    to: str
    rate: float
    time: LogNormal

    def __post_init__(self) -> None:
        _share(self, "rate")


STEPS: tuple[Step, ...] = (
    Step("visit", "view_product", 0.52, LogNormal(40, 4 * MINUTE)),
    Step("view_product", "add_to_cart", 0.21, LogNormal(20 * MINUTE, 2 * DAY)),
    Step("add_to_cart", "begin_checkout", 0.62, LogNormal(2 * MINUTE, 40 * MINUTE)),
    Step("begin_checkout", "purchase", 0.66, LogNormal(3 * MINUTE, 12 * MINUTE)),
    Step("purchase", "order_delivered", 0.94, LogNormal(2 * DAY, 5 * DAY)),
    Step("order_delivered", "review", 0.46, LogNormal(4 * DAY, 15 * DAY)),
    Step("review", "refer", 0.50, LogNormal(6 * DAY, 30 * DAY)),
)


@dataclass(frozen=True)
class Channel:
    """A way to the shop: its share of first and of returning arrivals, and its effect on two steps in log-odds."""

    name: str
    first: float
    back: float
    view: float
    cart: float
    campaign: str | None = None


CHANNELS: tuple[Channel, ...] = (
    Channel("organic_search", 0.27, 0.16, 0.15, 0.15),
    Channel("paid_search", 0.14, 0.05, 0.20, 0.05, "brand_words"),
    Channel("instagram", 0.19, 0.12, -0.25, -0.35, "home_stories"),
    Channel("telegram", 0.07, 0.08, 0.00, -0.10, "channel_posts"),
    Channel("display", 0.10, 0.03, -0.60, -0.60, "banner_spring"),
    Channel("email", 0.02, 0.14, 0.45, 0.40, "newsletter"),
    Channel("sms", 0.01, 0.07, 0.10, 0.10, "sms_offers"),
    Channel("affiliate", 0.05, 0.02, -0.10, 0.00, "partner_blogs"),
    Channel("referral", 0.05, 0.03, 0.50, 0.55),
    Channel("direct", 0.10, 0.30, 0.30, 0.30),
)


@dataclass(frozen=True)
class Burst:
    """A campaign that multiplies a channel's first arrivals from week `first` to week `last` (counted from 1)."""

    campaign: str
    channel: str
    first: int
    last: int
    times: float


@dataclass(frozen=True)
class Content:
    """A piece of content with a call to action.

    `share` is its part of all impressions, `engaged` the rate at which those who see it act, `effect` what
    acting adds to the log-odds of going on from a product to the cart. Who sees and who acts is drawn without
    regard to anything else, so the effect is causal here, which on real data nobody could know.
    """

    name: str
    share: float
    engaged: float
    effect: float


CONTENT: tuple[Content, ...] = (
    Content("guide_choose_a_sofa", 0.25, 0.24, 0.70),
    Content("video_kitchen_in_90s", 0.20, 0.16, 0.90),
    Content("compare_mattresses", 0.15, 0.20, 1.10),
    Content("guide_care_of_copper", 0.15, 0.10, 0.20),
    Content("magazine_spring_colours", 0.15, 0.30, 0.00),
    Content("banner_free_delivery", 0.10, 0.07, 0.40),
)


@dataclass(frozen=True)
class Device:
    """A kind of device: its share of people, and its effect on the step through the checkout, in log-odds."""

    name: str
    share: float
    buy: float


DEVICES: tuple[Device, ...] = (
    Device("mobile", 0.68, -0.25),
    Device("desktop", 0.26, 0.55),
    Device("tablet", 0.06, 0.10),
)


@dataclass(frozen=True)
class City:
    """A city and its share of people."""

    name: str
    share: float


CITIES: tuple[City, ...] = (
    City("Tehran", 0.44),
    City("Shiraz", 0.14),
    City("Mashhad", 0.11),
    City("Isfahan", 0.10),
    City("Karaj", 0.08),
    City("Tabriz", 0.05),
    City("other", 0.08),
)


@dataclass(frozen=True)
class Returning:
    """How often people come back.

    A person makes 1 + Poisson(lambda) attempts, lambda ~ Gamma(`shape`, mean `mean`): most make one, a few make many.
    `gap` lies between the starts of two attempts. `same` is the share that returns by the channel of the first time.
    """

    mean: float = 1.5
    shape: float = 0.55
    gap: LogNormal = field(default_factory=lambda: LogNormal(5 * DAY, 25 * DAY))
    same: float = 0.35


@dataclass(frozen=True)
class Browsing:
    """What a session holds beside the steps.

    `bounce` is the share of those who see no product that leave after one event. In other sessions `fill` is
    the distribution of the number of further events, `think` that of the seconds between them. `shown` is the
    share of attempts (bounces apart) that see a piece of content, `other_device` the share of later sessions on
    another device than the person's own. `deep_link` is the share of attempts that start at a product, without
    a visit, `quick_pay` the share of purchases that skip the checkout, `subscribe` the chance of joining the
    newsletter in an attempt (bounces apart).
    """

    bounce: float = 0.76
    fill: LogNormal = field(default_factory=lambda: LogNormal(3.1, 12.5))
    think: LogNormal = field(default_factory=lambda: LogNormal(28, 110))
    shown: float = 0.40
    other_device: float = 0.15
    deep_link: float = 0.06
    quick_pay: float = 0.05
    subscribe: float = 0.05

    def __post_init__(self) -> None:
        _share(self, "bounce", "shown", "other_device", "deep_link", "quick_pay", "subscribe")


@dataclass(frozen=True)
class Orders:
    """Private orders: their value in toman, and the share cancelled (before delivery) with its time."""

    value: LogNormal = field(default_factory=lambda: LogNormal(1_450_000, 6_500_000))
    cancel_time: LogNormal = field(default_factory=lambda: LogNormal(7 * HOUR, 22 * HOUR))


@dataclass(frozen=True)
class Stores:
    """The two stores: who goes there after leaving an online cart, who walks in, and who buys."""

    after_cart: float = 0.25
    buy_after_cart: float = 0.70
    walk_in: float = 0.06
    buy_walk_in: float = 0.30
    wait: LogNormal = field(default_factory=lambda: LogNormal(2 * DAY, 8 * DAY))
    opens: int = 10
    closes: int = 22

    def __post_init__(self) -> None:
        _share(self, "after_cart", "buy_after_cart", "walk_in", "buy_walk_in")


@dataclass(frozen=True)
class Trade:
    """Sales to offices, hotels and builders: quote requested, offer sent, decision, and the closing of what was won."""

    people: float = 0.10
    quote: float = 0.40
    decided: float = 0.88
    won: float = 0.46
    closed: float = 0.95
    offer: LogNormal = field(default_factory=lambda: LogNormal(20 * HOUR, 60 * HOUR))
    decision: LogNormal = field(default_factory=lambda: LogNormal(216 * HOUR, 497 * HOUR))
    closing: LogNormal = field(default_factory=lambda: LogNormal(15 * DAY, 163 * DAY))
    value: LogNormal = field(default_factory=lambda: LogNormal(38_000_000, 190_000_000))

    def __post_init__(self) -> None:
        _share(self, "people", "quote", "decided", "won", "closed")


@dataclass(frozen=True)
class Dirt:
    """What is wrong with the log, each as a declared share.

    `no_user`, `no_channel`, `duplicate` (written twice) and `skew` (device clock behind by up to `skew_by`
    seconds) are shares of rows; `lost_views` is the share of purchasing attempts whose earlier product and cart
    rows were never recorded.
    """

    no_user: float = 0.001
    no_channel: float = 0.015
    duplicate: float = 0.006
    skew: float = 0.003
    skew_by: float = 90 * MINUTE
    lost_views: float = 0.012

    def __post_init__(self) -> None:
        _share(self, "no_user", "no_channel", "duplicate", "skew", "lost_views")

    @classmethod
    def none(cls) -> Dirt:
        """No dirt at all."""
        return cls(no_user=0, no_channel=0, duplicate=0, skew=0, lost_views=0)


@dataclass(frozen=True)
class Pardis:
    """The online homeware shop Pardis, with stores in Tehran and Shiraz, over some weeks.

    Parameters
    ----------
    seed : int
        Seed of every random number; the same specification and seed give the same rows.
    people : int
        People whose first arrival falls in the weeks.
    weeks : int
        Length of the log in weeks; what lies later is not observed (open attempts).
    start : str
        First day, a Saturday (local midnight in Tehran).

    Raises
    ------
    SpecError
        If a number is out of its range.

    Examples
    --------
    >>> shop = Pardis(people=500)
    >>> shop.steps[1].to, shop.steps[1].rate
    ('add_to_cart', 0.21)
    """

    seed: int = 7
    people: int = 5000
    weeks: int = 13
    start: str = "2026-03-21"
    clock: Clock = field(default_factory=Clock)
    steps: tuple[Step, ...] = STEPS
    channels: tuple[Channel, ...] = CHANNELS
    bursts: tuple[Burst, ...] = (Burst("summer_home", "instagram", 10, 12, 2.2),)
    devices: tuple[Device, ...] = DEVICES
    content: tuple[Content, ...] = CONTENT
    cities: tuple[City, ...] = CITIES
    returning: Returning = field(default_factory=Returning)
    browsing: Browsing = field(default_factory=Browsing)
    orders: Orders = field(default_factory=Orders)
    stores: Stores = field(default_factory=Stores)
    trade: Trade = field(default_factory=Trade)
    dirt: Dirt = field(default_factory=Dirt)

    def __post_init__(self) -> None:
        for name, low in (("seed", 0), ("people", 1), ("weeks", 1)):
            if getattr(self, name) < low:
                raise SpecError(f"Pardis.{name}={getattr(self, name)!r}: needs a whole number of at least {low}.")
        if len(self.steps) != len(v.STAGES) - 1 or tuple(step.to for step in self.steps) != v.STAGES[1:]:
            raise SpecError(
                f"Pardis.steps: {len(self.steps)} given; it needs the 7 steps {' > '.join(v.STAGES)}, in this order."
            )
        day = date.fromisoformat(self.start)
        if day.weekday() != _SATURDAY:
            raise SpecError(f"Pardis.start={self.start!r} is a {day:%A}; weeks start on Saturday, so must the log.")
        words = [(c.name, v.CHANNELS) for c in self.channels] + [(d.name, v.DEVICES) for d in self.devices]
        words += [(city.name, v.CITIES) for city in self.cities]
        for name, known in words:
            if name not in known:
                raise SpecError(f"Pardis: {name!r} is not in the vocabulary; allowed are {', '.join(known)}.")

    def with_(self, **changes: object) -> Pardis:
        """The same business with some fields changed.

        Examples
        --------
        >>> Pardis().with_(people=100).people
        100
        """
        known = {f.name for f in fields(self)}
        if unknown := sorted(set(changes) - known):
            raise SpecError(f"Pardis has no field {unknown[0]!r}; it has {', '.join(sorted(known))}.")
        return replace(self, **changes)  # type: ignore[arg-type]
