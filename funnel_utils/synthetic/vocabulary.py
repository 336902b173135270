"""The words of Pardis: event names, channels, devices, cities and content pieces, each with its code.

Inside the generator a word is a small integer, so that a block of people is a handful of NumPy arrays; words
come back when rows leave it. Codes are positions in the tuples below: append at the end, never reorder, or
every seed changes.
"""

from __future__ import annotations

EVENTS: tuple[str, ...] = (
    "visit",
    "view_product",
    "add_to_cart",
    "begin_checkout",
    "purchase",
    "order_delivered",
    "review",
    "refer",
    "cancel_order",
    "search",
    "read_guide",
    "watch_video",
    "compare",
    "support_chat",
    "content_shown",
    "content_engaged",
    "subscribe",
    "store_visit",
    "store_purchase",
    "quote_requested",
    "offer_sent",
    "quote_won",
    "quote_lost",
    "deal_closed",
)
CODE: dict[str, int] = {name: code for code, name in enumerate(EVENTS)}

STAGES: tuple[str, ...] = EVENTS[:8]
"""The eight stages of a private customer, in order."""

AT_THE_STORE: tuple[str, ...] = ("store_visit", "store_purchase")
BY_THE_SHOP: tuple[str, ...] = (
    "order_delivered",
    "offer_sent",
    "quote_won",
    "quote_lost",
    "deal_closed",
)
"""Recorded by the shop's own systems: these rows have no session and no device."""

CHANNELS: tuple[str, ...] = (
    "organic_search",
    "paid_search",
    "instagram",
    "telegram",
    "display",
    "email",
    "sms",
    "affiliate",
    "referral",
    "direct",
    "store",
)
"""`store` is written on rows recorded at the till; nobody arrives online by it."""

DEVICES: tuple[str, ...] = ("mobile", "desktop", "tablet")
CITIES: tuple[str, ...] = ("Tehran", "Shiraz", "Mashhad", "Isfahan", "Karaj", "Tabriz", "other")
STORE_CITIES: tuple[str, ...] = ("Tehran", "Shiraz")
PLACES: tuple[str, ...] = ("online", "store")
CURRENCY = "IRT"
"""Toman. It has no ISO 4217 code (the rial's is IRR); IRT is what Iranian shops write."""

COLUMNS: tuple[str, ...] = (
    "user",
    "event",
    "timestamp",
    "session",
    "channel",
    "campaign",
    "device",
    "city",
    "place",
    "content",
    "order",
    "value",
    "currency",
)
