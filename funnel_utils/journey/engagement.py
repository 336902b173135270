"""Engagement: opens out of sends, clicks out of opens, content used out of content shown.

A rate counts events, and events repeat per person: somebody with forty mails would pretend to be forty people. So the
interval is the ratio's delta method over people. Where a property ties the two kinds of event together (a message id),
each message counts once; without one the totals are divided, and a person may open more often than she was sent to.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from funnel_utils import stats
from funnel_utils.errors import LogError, SpecError
from funnel_utils.text import t

if TYPE_CHECKING:
    from funnel_utils.events import EventLog

SUMS = ["sum_y", "sum_x", "sum_yy", "sum_xy", "sum_xx", "people"]


@dataclass(frozen=True)
class Rate:
    """What is counted out of what.

    Parameters
    ----------
    name : str
        Such as `"open rate"`.
    did, out_of : str or iterable of str
        The events of the numerator and of the denominator.
    key : str, optional
        The property that ties them together, such as `"message"`: a key counts once for its user, and as done when both
        happened with it.

    Examples
    --------
    >>> Rate("open rate", "email_open", "email_sent").out_of
    ('email_sent',)
    """

    name: str
    did: Any
    out_of: Any
    key: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.strip():
            raise SpecError(f"Rate(name={self.name!r}): a rate needs a name.")
        for field in ("did", "out_of"):
            given: Any = getattr(self, field)
            names = (given,) if isinstance(given, str) else tuple(given) if isinstance(given, Iterable) else ()
            if not names or not all(isinstance(name, str) and name for name in names):
                raise SpecError(f"Rate({self.name!r}): {field}={given!r}; name one or more events.")
            object.__setattr__(self, field, tuple(sorted(set(names))))
        both = sorted(set(self.did) & set(self.out_of))
        if both:
            raise SpecError(f"Rate({self.name!r}): {both[0]} is in the numerator and in the denominator.")


def mail_rates(sent: str = "email_sent", opened: str = "email_open", clicked: str = "email_click") -> tuple[Rate, ...]:
    """Opens out of sends, and clicks out of opens."""
    return (
        Rate(t("measures.open_rate"), opened, sent),
        Rate(t("measures.click_rate"), clicked, opened),
    )


def engagement(log: EventLog, rates: Iterable[Rate], by: str | None = None) -> pd.DataFrame:
    """Engagement rates, for all or by a property.

    Parameters
    ----------
    log : EventLog
    rates : iterable of Rate
    by : str, optional
        The property to break down by, such as `"channel"` or `"content"`. Both kinds of event need it: where only one
        carries it, numerator and denominator land in different rows.

    Returns
    -------
    DataFrame
        `measure`, `by` (where asked for, under its own name; missing values are named so); `did` of `out_of` (events,
        or keys) with `rate`, `low`, `high`, `interval`; `people` in the denominator. A rate without a denominator is
        missing, and may exceed 1 where no key ties the events together.

    Raises
    ------
    LogError
        If the log lacks a property that is asked for, or one of the two kinds of event never carries `by`.
    """
    rates = tuple(rates)
    if not rates or not all(isinstance(rate, Rate) for rate in rates):
        raise SpecError("engagement(rates=): give one or more Rate, such as those of mail_rates().")
    for name in (by, *(rate.key for rate in rates)):
        if name is not None and name not in log.properties:
            raise LogError(f"engagement: this log has no property {name!r}; it has {', '.join(log.properties)}.")
    return pd.concat([_one(log, rate, by) for rate in rates], ignore_index=True)


def _one(log: EventLog, rate: Rate, by: str | None) -> pd.DataFrame:
    rows: Any = log.table.filter(log.table.event.isin([*rate.did, *rate.out_of]))
    group = ["value"] if by else []
    columns = {"value": rows[by].cast("string")} if by else {}
    keyed = {"key": rows[rate.key]} if rate.key else {}
    did = rows.event.isin(list(rate.did)).ifelse(1, 0)
    flat = rows.select(user="user", y=did, x=1 - did, **columns, **keyed)
    if rate.key:
        flat = flat.filter(flat["key"].notnull())
        both = flat.group_by(["user", "key", *group]).agg(y=flat["y"].max(), x=flat["x"].max())
        flat = both.mutate(y=both["y"] * both["x"])
    if by:
        _carried(rows, rate, by)
    person = flat.group_by(["user", *group]).agg(y=flat["y"].sum(), x=flat["x"].sum())
    y, x = person["y"].cast("float64"), person["x"].cast("float64")
    sums = {
        "sum_y": y.sum(),
        "sum_x": x.sum(),
        "sum_yy": (y * y).sum(),
        "sum_xy": (x * y).sum(),
        "sum_xx": (x * x).sum(),
    }
    sums |= {"people": (x > 0).ifelse(1, 0).sum(), "over": (y > x).ifelse(1, 0).max()}
    found = (
        (person.group_by(group).agg(**sums) if group else person.aggregate(**sums))
        .to_pandas()
        .fillna(dict.fromkeys([*SUMS, "over"], 0))
    )
    inside = (found["over"] == 0).to_numpy()
    columns_ = [found[name].to_numpy(float) for name in SUMS]
    cut, free = stats.ratio_delta(*columns_), stats.ratio_delta(*columns_, proportion=False)
    made = pd.DataFrame(
        {
            "measure": rate.name,
            **({by: found["value"].astype(object).where(found["value"].notna(), t("measures.missing"))} if by else {}),
            "did": found["sum_y"].astype("int64"),
            "out_of": found["sum_x"].astype("int64"),
            "rate": free.estimate,
            "low": [a if ok else b for a, b, ok in zip(cut.low, free.low, inside, strict=True)],
            "high": [a if ok else b for a, b, ok in zip(cut.high, free.high, inside, strict=True)],
            "interval": t("measures.delta"),
            "people": found["people"].astype("int64"),
        }
    )
    made["low"] = made["low"].clip(lower=0)
    order = ["out_of", *([by] if by else [])]
    return made.sort_values(order, ascending=[name != "out_of" for name in order], ignore_index=True)


def _carried(rows: Any, rate: Rate, by: str) -> None:
    """Refuse to break down by a property that only the numerator, or only the denominator, has."""
    flags = {name: rows.event.isin(list(getattr(rate, name))) for name in ("did", "out_of")}
    asked = {name: flag.ifelse(1, 0).sum() for name, flag in flags.items()}
    asked |= {f"{name}_by": (flag & rows[by].notnull()).ifelse(1, 0).sum() for name, flag in flags.items()}
    found = rows.aggregate(**asked).to_pandas().fillna(0).iloc[0]
    without = [name for name in flags if found[name] and not found[f"{name}_by"]]
    if len(without) == 1:
        events = " / ".join(getattr(rate, without[0]))
        raise LogError(
            f"engagement(by={by!r}): {events} never carries {by!r} in this log, so numerator and denominator of "
            f"{rate.name!r} would stand in different rows. Break down by a property that both have."
        )
