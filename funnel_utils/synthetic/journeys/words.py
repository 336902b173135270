"""The words of the journey log: events, channels and columns, each with its code.

Codes are positions; append, never reorder, or every seed changes. The words of the shop's own log are kept
wherever they mean the same.
"""

from __future__ import annotations

EVENTS: tuple[str, ...] = (
    "ad_impression",
    "email_sent",
    "email_open",
    "email_click",
    "sms_sent",
    "sms_open",
    "unsubscribe",
    "visit",
    "search",
    "view_product",
    "read_guide",
    "compare",
    "add_to_cart",
    "remove_from_cart",
    "begin_checkout",
    "purchase",
    "cancel_order",
    "order_delivered",
    "review",
    "refer",
    "store_visit",
    "reminder_assigned",
    "reminder_sent",
)
CODE: dict[str, int] = {name: code for code, name in enumerate(EVENTS)}

CHANNELS: tuple[str, ...] = (
    "organic_search",
    "paid_search",
    "social",
    "display",
    "email",
    "sms",
    "affiliate",
    "direct",
    "referral",
    "retargeting",
    "store",
)
CHANNEL: dict[str, int] = {name: code for code, name in enumerate(CHANNELS)}

GROUPS: tuple[str, ...] = ("control", "reminder")

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
    "order",
    "value",
    "currency",
    "group",
    "referrer",
)
