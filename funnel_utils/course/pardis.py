"""The log of Pardis and the funnel that the lessons run on it, computed once and shared by the graders."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from funnel_utils.funnel import Funnel

if TYPE_CHECKING:
    import pandas as pd

    from funnel_utils.events import EventLog
    from funnel_utils.funnel import FunnelResult

STEPS = ("visit", "view_product", "add_to_cart", "begin_checkout", "purchase")
QUOTES = ("quote_requested", "offer_sent", "quote_won", "deal_closed")


@cache
def log() -> EventLog:
    """The shipped log."""
    from funnel_utils.synthetic import load_pardis

    return load_pardis()


@cache
def run(steps: tuple[str, ...] = STEPS, **rules: Any) -> FunnelResult:
    """The funnel of `steps` on the shipped log; `rules` are `Funnel`'s arguments."""
    return Funnel(steps, **rules).run(log())


def units(steps: tuple[str, ...] = STEPS, **rules: Any) -> list[int]:
    """The people at each step."""
    return [int(count) for count in run(steps, **rules).steps["units"]]


def conversion(basis: str, **rules: Any) -> float:
    """The lessons' funnel: its conversion on one of the bases that `FunnelResult.conversion` lists."""
    table: pd.DataFrame = run(**rules).conversion.set_index("basis")
    return float(table["rate"][basis])


@cache
def channels() -> tuple[str, ...]:
    """The channels that the log names."""
    found = log().table.select("channel").distinct().order_by("channel").to_pandas()["channel"]
    return tuple(str(name) for name in found.dropna() if str(name).strip())
