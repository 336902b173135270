"""The customers of Pardis and what lesson 05a computes of them, once, shared by its graders."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from funnel_utils.events import EventLog
    from funnel_utils.retention import (
        ClvResult,
        CohortsResult,
        CustomerSummary,
        MbgNbd,
        RfmResult,
        SecondPurchaseResult,
        SurvivalResult,
    )

MARGIN, DISCOUNT = 0.25, 0.25
"""The share of an order that is left, and what money is worth less a year later."""


@cache
def log() -> EventLog:
    """The shipped orders."""
    from funnel_utils.synthetic import load_orders

    return load_orders()


@cache
def cohorts() -> CohortsResult:
    """Cohorts by month, twelve months long."""
    from funnel_utils.retention import Cohorts

    return Cohorts("purchase", by="month", periods=12).run(log())


@cache
def second(channel: str | None = None) -> SecondPurchaseResult:
    """The second purchase of all customers, or of those that a channel won."""
    from funnel_utils.retention import SecondPurchase

    return SecondPurchase("purchase").run(log() if channel is None else log().filter({"channel": channel}))


@cache
def money() -> pd.DataFrame:
    """By channel: `cost` of a new customer and what her first order left, `first` (toman)."""
    from funnel_utils.synthetic import load_orders_spend

    spend = load_orders_spend()
    won = spend[spend["kind"] == "acquisition"].groupby("channel")["spend"].sum()
    first = log().table.to_pandas().sort_values("timestamp").drop_duplicates("user").groupby("channel")["margin"]
    table: pd.DataFrame = (won / first.size()).to_frame("cost").assign(first=first.mean())
    return table


@cache
def customers() -> CustomerSummary:
    """Each customer's orders and ages, in weeks."""
    from funnel_utils.retention import CustomerSummary

    return CustomerSummary.from_log(log(), unit="1w")


@cache
def model() -> MbgNbd:
    """The lesson's model."""
    from funnel_utils.retention import MbgNbd

    fitted = MbgNbd().fit(customers())
    assert isinstance(fitted, MbgNbd)
    return fitted


@cache
def rfm() -> RfmResult:
    """The lesson's RFM."""
    from funnel_utils.retention import Rfm

    return Rfm("purchase").run(log())


@cache
def lives() -> SurvivalResult:
    """How long members stay, with a welcome call and without."""
    from funnel_utils.retention import survival_table
    from funnel_utils.synthetic import load_members

    return survival_table(load_members(), time="months", ended="ended", by="welcome", unit="months")


@cache
def clv(horizon: str) -> ClvResult:
    """The customers' value over a time, without intervals."""
    from funnel_utils.retention import BgNbd, Clv, MbgNbd

    asked = Clv(
        margin=MARGIN,
        annual_discount=DISCOUNT,
        horizon=horizon,
        models=(BgNbd(), MbgNbd()),
        holdout=False,
        draws=0,
    )
    return asked.run(log())
