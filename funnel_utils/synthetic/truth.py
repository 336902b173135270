"""The truth behind the log: the rates, effects and times that it was drawn from, as tables.

On real data nobody has this. Here a method can be judged: was the step that the report calls weakest the
weakest one, does the interval hold the rate, does the time in stage come out although a third of the attempts
are still open?

Rates are those of **attempts**. A person makes one or more, so a person's rate of ever reaching a step is
higher. Each attempt takes its steps with the rates of its own channel, device and content; `steps.rate` is
their mean over the attempts that get there. The mix of attempts over channels (first and returning) is counted
on 100,000 people drawn beside the log.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from funnel_utils.synthetic import vocabulary as v
from funnel_utils.synthetic.draws import Floats
from funnel_utils.synthetic.people import draw_people, draw_starts
from funnel_utils.synthetic.spec import Pardis
from funnel_utils.synthetic.steps import BUYING, step_rates

_BLOCKS = 25
_BESIDE = 10_000  # the mix is counted in blocks that no log of ours reaches, so that it is not the log's own


@dataclass(frozen=True)
class Truth:
    """What the log was drawn from.

    Attributes
    ----------
    shop : Pardis
        The whole specification.
    steps : pandas.DataFrame
        One row a step: `step`, `of`, `to`, `rate` (of attempts, over the mix), `median_s`, `p90_s` (log-normal
        time, seconds), `weakest`.
    channels : pandas.DataFrame
        One row a channel: `first_share` of first arrivals, `share` of all attempts, `view_effect` and
        `cart_effect` (log-odds), `view_rate`, `cart_rate`, `conversion` (visit to purchase, of attempts).
    devices : pandas.DataFrame
        `share`, `buy_effect` (log-odds on the last step before the purchase), `buy_rate`.
    content : pandas.DataFrame
        One row a piece: `share` of impressions, `engaged` rate, `cart_effect` (log-odds, causal), and the rates
        from a product to the cart of those who did and who did not act (`cart_rate_engaged`, `cart_rate_not`).
    shares : pandas.DataFrame
        Declared shares: `what`, `share`, `of`.
    """

    shop: Pardis
    steps: pd.DataFrame
    channels: pd.DataFrame
    devices: pd.DataFrame
    content: pd.DataFrame
    shares: pd.DataFrame

    @property
    def weakest(self) -> tuple[str, str]:
        """The step with the lowest rate, as the events it leads from and to."""
        row = self.steps[self.steps["weakest"]].iloc[0]
        return str(row["of"]), str(row["to"])


def truth_of(shop: Pardis) -> Truth:
    """The truth behind a business's log.

    Examples
    --------
    >>> truth_of(Pardis()).weakest
    ('view_product', 'add_to_cart')
    """
    started, there = _weights(shop)
    total = there.reshape(BUYING + 1, -1).sum(axis=1)
    view = started[1].sum() / started[0].sum()
    return Truth(
        shop,
        steps=_steps(shop, [view, *(total[2:] / total[1:-1]), *(step.rate for step in shop.steps[BUYING:])]),
        channels=_channels(shop, started, there),
        devices=_devices(shop, there),
        content=_content(shop, there),
        shares=_shares(shop),
    )


def _weights(shop: Pardis) -> tuple[Floats, Floats]:
    """Share of attempts that reach each stage, by channel, device and content: begun with a visit, and all."""
    channel, rates, deep = np.array(_arrivals(shop)), _cells(shop), shop.browsing.deep_link
    device = np.zeros(len(v.DEVICES))
    for kind in shop.devices:
        device[v.DEVICES.index(kind.name)] = kind.share
    content, _ = _contents(shop)
    reach = np.concatenate([np.ones((1, *rates.shape[1:])), np.cumprod(rates, axis=0)])
    started = (1 - deep) * np.einsum("c,d,k->cdk", channel, device / device.sum(), content) * reach
    # Whoever starts at a product has seen no content, and no visit.
    blank = np.eye(len(content))[-1]
    deeper = deep * np.einsum("c,d,k->cdk", channel, device / device.sum(), blank) * reach / rates[0]
    deeper[0] = 0.0
    return started, started + deeper


def _contents(shop: Pardis) -> tuple[Floats, Floats]:
    """Share and effect of each thing that may happen with content: (piece, acted) in turn, and last no content."""
    seen = np.array([piece.share for piece in shop.content])
    seen = seen / seen.sum() * shop.browsing.shown
    acted = np.array([piece.engaged for piece in shop.content])
    share = np.concatenate([seen * acted, seen * (1 - acted), [1 - shop.browsing.shown]])
    effect = np.array([piece.effect for piece in shop.content])
    return share, np.concatenate([effect, np.zeros(len(effect) + 1)])


def _cells(shop: Pardis) -> Floats:
    """Rates of the steps to a purchase: step, channel, device, content."""
    _, effect = _contents(shop)
    grid = np.meshgrid(np.arange(len(v.CHANNELS)), np.arange(len(v.DEVICES)), np.arange(len(effect)), indexing="ij")
    channel, device, content = (axis.ravel() for axis in grid)
    return np.array(step_rates(shop, channel, device, effect[content])).reshape(BUYING, *grid[0].shape)


@lru_cache(maxsize=8)
def _arrivals(shop: Pardis) -> tuple[float, ...]:
    """Share of each channel among the attempts that start inside the log with a visit."""
    found = np.zeros(len(v.CHANNELS))
    for block in range(_BESIDE, _BESIDE + _BLOCKS):
        starts = draw_starts(shop, draw_people(shop, block), block)
        found += np.bincount(starts.channel, minlength=len(v.CHANNELS))
    return tuple(found / found.sum())


def _steps(shop: Pardis, rates: list[float]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "step": range(1, len(shop.steps) + 1),
            "of": [step.of for step in shop.steps],
            "to": [step.to for step in shop.steps],
            "rate": rates,
            "median_s": [step.time.median for step in shop.steps],
            "p90_s": [step.time.p90 for step in shop.steps],
            "weakest": np.array(rates) == min(rates),
        }
    )


def _channels(shop: Pardis, started: Floats, there: Floats) -> pd.DataFrame:
    first = sum(channel.first for channel in shop.channels)
    visits, reach = started.sum(axis=(2, 3)), there.sum(axis=(2, 3))
    share = visits[0] / visits[0].sum()
    table = []
    for channel in shop.channels:
        c = v.CHANNELS.index(channel.name)
        table.append(
            {
                "channel": channel.name,
                "first_share": channel.first / first,
                "share": share[c],
                "view_effect": channel.view,
                "cart_effect": channel.cart,
                "view_rate": visits[1, c] / visits[0, c],
                "cart_rate": reach[2, c] / reach[1, c],
                "conversion": visits[BUYING, c] / visits[0, c],
            }
        )
    return pd.DataFrame(table)


def _devices(shop: Pardis, there: Floats) -> pd.DataFrame:
    reach = there.sum(axis=(1, 3))
    codes = [v.DEVICES.index(device.name) for device in shop.devices]
    return pd.DataFrame(
        {
            "device": [device.name for device in shop.devices],
            "share": [device.share for device in shop.devices],
            "buy_effect": [device.buy for device in shop.devices],
            "buy_rate": reach[BUYING, codes] / reach[BUYING - 1, codes],
        }
    )


def _content(shop: Pardis, there: Floats) -> pd.DataFrame:
    reach = there.sum(axis=(1, 2))
    cart = reach[2] / reach[1]
    pieces = len(shop.content)
    return pd.DataFrame(
        {
            "content": [piece.name for piece in shop.content],
            "share": [piece.share for piece in shop.content],
            "engaged": [piece.engaged for piece in shop.content],
            "cart_effect": [piece.effect for piece in shop.content],
            "cart_rate_engaged": cart[:pieces],
            "cart_rate_not": cart[pieces : 2 * pieces],
        }
    )


def _shares(shop: Pardis) -> pd.DataFrame:
    """Every declared share beside the steps, with what it is a share of."""
    table = [
        ("dirt: user missing", shop.dirt.no_user, "rows"),
        ("dirt: channel missing", shop.dirt.no_channel, "rows"),
        ("dirt: written twice", shop.dirt.duplicate, "rows"),
        ("dirt: clock behind", shop.dirt.skew, "rows"),
        ("dirt: product and cart rows lost", shop.dirt.lost_views, "purchasing attempts"),
        ("order cancelled", 1 - shop.steps[BUYING].rate, "purchases"),
        ("bounce", shop.browsing.bounce, "attempts that see no product"),
        ("starts at a product, without a visit", shop.browsing.deep_link, "attempts"),
        ("pays without the checkout", shop.browsing.quick_pay, "purchasing attempts"),
        ("sees a piece of content", shop.browsing.shown, "attempts that start with a visit, bounces apart"),
        ("goes to a store after leaving a cart", shop.stores.after_cart, "attempts of people in Tehran or Shiraz"),
        ("buys there", shop.stores.buy_after_cart, "store visits after a cart"),
        ("walks into a store", shop.stores.walk_in, "people in Tehran or Shiraz"),
        ("buys after walking in", shop.stores.buy_walk_in, "walk-ins"),
        ("trade customer", shop.trade.people, "people"),
        ("asks for a quote", shop.trade.quote, "attempts of trade customers that see a product"),
        ("quote decided", shop.trade.decided, "offers"),
        ("quote won", shop.trade.won, "decided quotes"),
        ("deal closed", shop.trade.closed, "quotes won"),
    ]
    return pd.DataFrame(table, columns=["what", "share", "of"])
