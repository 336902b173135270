"""Advocates feeding the mouth: the referral factor, and the hourglass.

**The referral factor k** is the number of new customers that a customer brings: the people who came through her and
bought, both within `window` of her first purchase, averaged over customers. Only **mature** customers, whose window has
been observed to its end, make the headline; the figure over all customers stands beside it and is too low, because the
late ones have had little time. If k stays below 1, a customer won otherwise becomes 1 / (1 - k) customers in the long
run; at 1 or more the loop would feed itself.

Where the log names who brought whom (`referrer`), customers are the units and the interval is the normal one over them.
Where it only shows that a newcomer came by recommendation (`newcomer`), the count is taken as Poisson and k is that of
the whole log.

The funnel of document D says that advocates turn the funnel round. That they widen its mouth, and the hourglass, are
our reading.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from funnel_utils import stats
from funnel_utils.durations import Duration, microseconds, parse_duration
from funnel_utils.errors import LogError, SpecError
from funnel_utils.events.where import holds
from funnel_utils.stages.current import current_stage
from funnel_utils.stages.model import Sign, SignsLike, StageModel
from funnel_utils.text import t

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.figure import Figure

    from funnel_utils.events import EventLog
    from funnel_utils.events.where import Where


@dataclass(frozen=True)
class Referral:
    """What is asked: who is a customer, who an advocate, and how a newcomer shows who brought her.

    Parameters
    ----------
    customer, advocacy : str or iterable of str
        The events that make somebody a customer, and an advocate.
    referrer : str or None
        The property that names who brought a person, on any of her events; the first one counts.
    newcomer : mapping or function, optional
        Without `referrer`: the condition on an event by which its person counts as brought, as in `EventLog.filter`.
    window : duration
        How long after her first purchase a customer's newcomers, and their purchases, count.

    Raises
    ------
    SpecError
        If an argument is not valid, or neither `referrer` nor `newcomer` is given.

    Examples
    --------
    >>> from funnel_utils import EventLog
    >>> log = EventLog.from_story({
    ...     "ana": ["purchase@0", "refer@2d"],
    ...     "ben": [("visit@3d", {"referrer": "ana"}), "purchase@4d"],
    ... })
    >>> Referral(window="7d").run(log).table[["basis", "metric", "numerator", "denominator"]].values.tolist()[-1]
    ['all', 'k', 1, 2]
    """

    customer: Any = ("purchase", "store_purchase", "deal_closed")
    advocacy: Any = ("refer",)
    referrer: str | None = "referrer"
    newcomer: Where | None = None
    window: Duration = "30d"

    def __post_init__(self) -> None:
        object.__setattr__(self, "customer", Sign(self.customer).events)
        object.__setattr__(self, "advocacy", Sign(self.advocacy).events)
        object.__setattr__(self, "window", parse_duration(self.window, "window"))
        if self.newcomer is not None:
            object.__setattr__(self, "referrer", None)
        elif not isinstance(self.referrer, str):
            raise SpecError(
                "Referral: say how a newcomer shows who brought her: referrer= names the property with the referrer's "
                'id, or newcomer= gives a condition such as {"channel": "referral"}.'
            )

    def run(self, log: EventLog) -> ReferralResult:
        """Measure the loop in a log.

        Raises
        ------
        LogError
            If the log has no property `referrer`.
        """
        rows: Any = log.table
        if self.newcomer is None and self.referrer not in rows.columns:
            raise LogError(
                f"The log has no property {self.referrer!r} that names who brought a person; give referrer=, or a "
                'condition such as newcomer={"channel": "referral"}.'
            )
        if self.newcomer is not None:
            return ReferralResult(self, *_unnamed(rows, self, self.newcomer))
        return ReferralResult(self, *_named(rows, self, log.observed_until))


@dataclass(frozen=True, eq=False, repr=False)
class ReferralResult:
    """The loop, measured.

    Attributes
    ----------
    referral : Referral
    table : pandas.DataFrame
        `basis` (`"mature"`, `"all"`), `metric` (`"advocates"`: advocates per customer; `"newcomers"`: per customer;
        `"converted"`: newcomers who bought; `"k"`), `numerator`, `denominator`, `value`, `low`, `high` and the kind of
        `interval`.
    newcomers : int
        All people who came through somebody, whoever that was and whenever.
    """

    referral: Referral
    table: pd.DataFrame
    newcomers: int

    @property
    def k(self) -> float:
        """The referral factor: over mature customers, or all where nobody is mature; NaN without customers."""
        return float(self._headline["value"])

    @property
    def multiplier(self) -> float:
        """What a customer won otherwise becomes, with friends of friends: 1 / (1 - k); infinite from k = 1 on."""
        return math.inf if self.k >= 1 else 1 / (1 - self.k)

    @property
    def _headline(self) -> pd.Series[Any]:
        rows = self.table[self.table["metric"] == "k"]
        mature = rows[(rows["basis"] == "mature") & (rows["denominator"] > 0)]
        return mature.iloc[0] if len(mature) else rows.iloc[-1]

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table.copy()

    @property
    def verdict(self) -> str:
        """The factor in words."""
        row = self._headline
        if not row["denominator"]:
            return t("stage_views.referral.none")
        loop = t("stage_views.referral.grows")
        if self.k < 1:
            loop = t("stage_views.referral.loop", total=f"{self.multiplier:.2f}")
        return t(
            "stage_views.referral.verdict",
            k=f"{row['value']:.3f}",
            low=f"{row['low']:.3f}",
            high=f"{row['high']:.3f}",
            numerator=f"{row['numerator']:,}",
            denominator=f"{row['denominator']:,}",
            loop=loop,
        )

    def __repr__(self) -> str:
        return self.verdict

    def _repr_html_(self) -> str:
        shown = self.table.assign(
            basis=[t(f"stage_views.referral.basis.{one}") for one in self.table["basis"]],
            metric=[t(f"stage_views.referral.metric.{one}") for one in self.table["metric"]],
        )
        return f"<div><p>{escape(self.verdict)}</p>{shown.to_html(index=False, float_format='{:.3f}'.format)}</div>"


@dataclass(frozen=True, eq=False, repr=False)
class Hourglass:
    """How many people have got at least as far as each stage, and how many newcomers the advocates send back.

    Attributes
    ----------
    model : StageModel
    table : pandas.DataFrame
        `stage`, `label`, `people` (at least this far), `neck` (the stage with the sale).
    loop : ReferralResult
    """

    model: StageModel
    table: pd.DataFrame
    loop: ReferralResult

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table.copy()

    def describe(self) -> str:
        """The hourglass in one sentence."""
        if self.table.empty or not self.table["people"].iloc[0]:
            return t("stage_views.hourglass.empty")
        neck = self.table.loc[self.table["neck"], "people"]
        return t(
            "stage_views.hourglass.sentence",
            entered=f"{self.table['people'].iloc[0]:,}",
            customers=f"{neck.iloc[0] if len(neck) else 0:,}",
            advocates=f"{self.table['people'].iloc[-1]:,}",
            last=self.table["label"].iloc[-1],
            newcomers=f"{self.loop.newcomers:,}",
        )

    def plot(self) -> Figure:
        """Centred bars, and the way back to the mouth."""
        from funnel_utils.charts.hourglass import hourglass_chart

        return hourglass_chart(self)


def hourglass(
    log: EventLog,
    model: str | StageModel = "extended_funnel",
    *,
    mapping: Mapping[str, SignsLike] | None = None,
    referral: Referral | None = None,
) -> Hourglass:
    """The hourglass of a log under a stage model.

    A person has got as far as her deepest stage, ever. Stages without any sign are left out.

    Parameters
    ----------
    log : EventLog
    model : str or StageModel
    mapping : mapping, optional
        As in `current_stage`.
    referral : Referral, optional

    Returns
    -------
    Hourglass
    """
    import pandas as pd

    found = current_stage(log, model, mapping=mapping, silence=None)
    counts = found.counts.iloc[:-1]
    table = pd.DataFrame(
        {
            "stage": counts["stage"],
            "label": counts["label"],
            "people": counts["people"][::-1].cumsum()[::-1],
            "neck": ["buying" in stage.moments for stage in found.model.stages],
        }
    )
    shown = [bool(stage.signs) for stage in found.model.stages]
    return Hourglass(found.model, table[shown].reset_index(drop=True), (referral or Referral()).run(log))


def _customers(rows: Any, spec: Referral) -> Any:
    """One row a customer: `user`, `bought` (her first purchase), `spoke` (1 if she is an advocate)."""
    bought = rows.filter(rows["event"].isin(list(spec.customer)))
    bought = bought.group_by("user").aggregate(bought=bought["timestamp"].min())
    spoke = rows.filter(rows["event"].isin(list(spec.advocacy))).select("user").distinct().mutate(spoke=1)
    joined = bought.left_join(spoke, "user")
    return joined.select("user", "bought", spoke=joined["spoke"].fill_null(0))


def _friends(rows: Any, spec: Referral, customers: Any) -> Any:
    """One row a person brought by somebody else: `friend`, `referrer`, `came`, `paid` (missing: did not buy)."""
    assert spec.referrer is not None, "the log names who brought whom"
    who = rows[spec.referrer].cast("string")
    brought = rows.mutate(_by=who).filter(who.notnull() & (who != rows["user"].cast("string")))
    found = brought.group_by("user").aggregate(
        referrer=brought["_by"].argmin(brought["timestamp"]), came=brought["timestamp"].min()
    )
    joined = found.left_join(customers, "user")
    return joined.select(friend=joined["user"], referrer="referrer", came="came", paid=joined["bought"])


def _named(rows: Any, spec: Referral, until: pd.Timestamp) -> tuple[pd.DataFrame, int]:
    """The table where the log names who brought whom, and the number of newcomers."""
    import ibis

    customers = _customers(rows, spec)
    friends = _friends(rows, spec, customers.view())
    window = ibis.interval(microseconds=microseconds(parse_duration(spec.window, "window")))
    pairs = friends.inner_join(customers, friends["referrer"] == customers["user"].cast("string"))
    end = pairs["bought"] + window
    pairs = pairs.filter((pairs["came"] >= pairs["bought"]) & (pairs["came"] <= end))
    paid = (pairs["paid"] >= pairs["came"]) & (pairs["paid"] <= pairs["bought"] + window)
    per = pairs.group_by("user").aggregate(x=pairs.count(), y=paid.fill_null(False).cast("int64").sum())
    every = customers.left_join(per, "user")
    every = every.select("spoke", "bought", x=every["x"].fill_null(0), y=every["y"].fill_null(0))
    mature = every["bought"] + window <= ibis.literal(until.tz_localize(None))
    every = every.mutate(mature=mature)
    sums = every.group_by("mature").aggregate(
        n=every.count(),
        spoke=every["spoke"].sum(),
        x=every["x"].sum(),
        y=every["y"].sum(),
        xx=(every["x"] * every["x"]).sum(),
        xy=(every["x"] * every["y"]).sum(),
        yy=(every["y"] * every["y"]).sum(),
        some=(every["x"] > 0).cast("int64").sum(),
    )
    found = sums.to_pandas().set_index("mature").reindex([True, False], fill_value=0).astype("int64")
    table = _table({"mature": dict(found.loc[True]), "all": dict(found.sum())})
    return table, int(friends.count().to_pyarrow().as_py())


def _unnamed(rows: Any, spec: Referral, condition: Where) -> tuple[pd.DataFrame, int]:
    """The table where the log only shows that somebody was brought."""
    customers = _customers(rows, spec)
    brought = rows.filter(holds(rows, condition)).select("user").distinct()
    joined = brought.left_join(customers, "user")
    found = joined.aggregate(x=joined.count(), y=joined["bought"].count()).to_pandas().iloc[0]
    total = customers.aggregate(n=customers.count(), spoke=customers["spoke"].sum().fill_null(0)).to_pandas().iloc[0]
    sums = {"n": int(total["n"]), "spoke": int(total["spoke"]), "x": int(found["x"]), "y": int(found["y"])}
    return _table({"all": sums}), sums["x"]


def _table(by_basis: dict[str, dict[str, int]]) -> pd.DataFrame:
    import pandas as pd

    rows = []
    for basis, s in by_basis.items():
        person = "xx" in s
        wilson = "Wilson"
        kind = t(f"stage_views.referral.interval.{'person' if person else 'poisson'}")
        rows.append((basis, "advocates", s["spoke"], s["n"], *_share(s["spoke"], s["n"]), wilson))
        rows.append((basis, "newcomers", s["x"], s["n"], *_mean(s["x"], s["n"], s.get("xx")), kind))
        rows.append((basis, "converted", s["y"], s["x"], *_converted(s), kind if person else wilson))
        rows.append((basis, "k", s["y"], s["n"], *_mean(s["y"], s["n"], s.get("yy")), kind))
    columns = ["basis", "metric", "numerator", "denominator", "value", "low", "high", "interval"]
    return pd.DataFrame(rows, columns=columns)


def _share(count: int, total: int) -> tuple[float, float, float]:
    low, high = stats.wilson(count, total)
    return float(stats.rate(count, total)[0]), float(low[0]), float(high[0])


def _mean(total: int, people: int, squares: int | None) -> tuple[float, float, float]:
    """A mean count per person; Poisson where persons are not known apart, or nobody has brought anybody."""
    if squares is None or not total:
        low, high = stats.poisson(total, people)
        return float(stats.rate(total, people)[0]), float(low[0]), float(high[0])
    found = stats.ratio_delta(total, people, squares, total, people, people, proportion=False)
    return float(found.estimate[0]), max(0.0, float(found.low[0])), float(found.high[0])


def _converted(s: dict[str, int]) -> tuple[float, float, float]:
    if "xx" not in s:
        return _share(s["y"], s["x"])
    found = stats.ratio_delta(s["y"], s["x"], s["yy"], s["xy"], s["xx"], s["some"])
    return float(found.estimate[0]), float(found.low[0]), float(found.high[0])
