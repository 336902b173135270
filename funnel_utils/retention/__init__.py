"""Retention: who comes back, for how long, how they differ, and what they are worth.

`Cohorts` makes the triangle of who came back when; `Survival` and `Churn` say how long customers stay, where they
cancel and where they merely fall silent; `SecondPurchase` how many buy again, and how soon; `Rfm` scores customers by
when they last bought, how often, and for how much. What all of them know of a customer is one aggregate,
`purchases.customers`, which stays in the engine where the log lives.

Names are loaded on first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from funnel_utils.retention.purchases import Purchases, customer_days, customers

_HOME = {
    "Purchases": "purchases",
    "customer_days": "purchases",
    "customers": "purchases",
}

__all__ = [
    "Purchases",
    "customer_days",
    "customers",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'funnel_utils.retention' has no attribute {name!r}")
    return getattr(importlib.import_module(f"funnel_utils.retention.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
