"""The table of contacts: counted and exported as a whole, and opened for one person on request."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis
import pandas as pd

from funnel_utils import export, stats
from funnel_utils.errors import LogError
from funnel_utils.journey.score import BANDS
from funnel_utils.retention.rfm_segments import in_order
from funnel_utils.stages import StageModel
from funnel_utils.text import t

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from funnel_utils.automation.contacts import Contacts
    from funnel_utils.events import EventLog

#: How many values of a column without an order of its own a summary shows.
MOST = 12


@dataclass(frozen=True, eq=False, repr=False)
class ContactTable:
    """Everybody, one row a person.

    Attributes
    ----------
    spec : Contacts
    log : EventLog
        As it was known at `as_of`.
    as_of : Timestamp
        UTC; nothing at that moment or later is seen.
    table : ibis.Table
        In the engine: `user`, `first_seen`, `last_seen` (UTC), `events`, the properties asked for,
        `last_touch` (UTC), `last_event`, `last_channel`; and, where asked for: `consent_<channel>` (never missing),
        `stage`, `position`, `active`; `days_since_last`, `orders`, `value`, `rfm` (the code), `segment`; `score` and
        `band`; `preferred_channel` and `chance_best`; with a preference and a consent both, `write_by`: the best of the
        channels that she agreed to. Missing: no stage, no purchase, no message, no channel.
    warnings : tuple of str
    """

    spec: Contacts
    log: EventLog
    as_of: pd.Timestamp
    table: ir.Table
    warnings: tuple[str, ...] = ()

    @cached_property
    def size(self) -> int:
        """How many people."""
        return int(self.table.count().to_pyarrow().as_py())

    def __len__(self) -> int:
        return self.size

    def members(self) -> ir.Table:
        """The people, in the engine: a table with one column `user`, for `EventLog.restrict`."""
        return self.table.select("user")

    @cached_property
    def summary(self) -> pd.DataFrame:
        """How many people are of which kind.

        Returns
        -------
        DataFrame
            `column` (such as `stage`), `value` (missing where a person has none), `people`, `of` (everybody), `share`
            with its Wilson interval `low` to `high`. Stages, segments and bands in their own order, empty ones too;
            channels by number, at most 12 of them, then the rest as one. Of a consent, those who agreed.
        """
        parts = [self._counted(column, order) for column, order in self._orders().items()]
        parts += [self._agreed()] if self.spec.consent is not None else []
        if not parts:
            return pd.DataFrame(columns=["column", "value", "people", "of", "share", "low", "high"])
        found = pd.concat(parts, ignore_index=True)
        low, high = stats.wilson(found["people"], [self.size] * len(found))
        share = stats.rate(found["people"], [self.size] * len(found))
        return found.assign(of=self.size, share=share, low=low, high=high)

    def _orders(self) -> dict[str, list[str] | None]:
        """The columns to count, with the order of their values (`None`: the most frequent first)."""
        spec, orders = self.spec, {}
        if isinstance(spec.stage, StageModel):
            orders["stage"] = list(spec.stage.names)
        if spec.rfm is not None:
            orders["segment"] = in_order(spec.rfm.segments)
        if spec.score is not None:
            orders["band"] = list(BANDS)
        free = ["last_channel"] if spec.channel in self.log.properties else []
        free += [] if spec.preference is None else ["preferred_channel"]
        free += ["write_by"] if spec.preference is not None and spec.consent is not None else []
        return {**orders, **dict.fromkeys(free)}

    def _counted(self, column: str, order: list[str] | None) -> pd.DataFrame:
        rows: Any = self.table
        counts = rows.group_by(value=rows[column]).aggregate(people=rows.count())
        counts = counts.order_by([ibis.desc("people"), "value"])
        if order is None:
            counts = counts.filter(counts["value"].notnull()).limit(MOST)
        known: pd.DataFrame = counts.to_pandas()
        by_value = known.dropna(subset="value").set_index("value")["people"].astype("int64")
        if order is not None:
            by_value = by_value.reindex(order, fill_value=0)
        missing = int(rows[column].isnull().cast("int64").sum().to_pyarrow().as_py())
        pairs: list[tuple[str | None, int]] = [(str(value), int(people)) for value, people in by_value.items()]
        others = self.size - missing - sum(people for _, people in pairs)
        pairs += [(t("contacts.others"), others)] if others else []
        pairs += [(None, missing)] if missing else []
        made = pd.DataFrame(pairs, columns=["value", "people"]).astype({"value": object, "people": "int64"})
        made.insert(0, "column", column)
        return made

    def _agreed(self) -> pd.DataFrame:
        assert self.spec.consent is not None, "asked for"
        rows: Any = self.table
        columns = self.spec.consent.columns
        sums = {column: rows[column].cast("int64").sum() for column in columns.values()}
        counts = rows.aggregate(**sums).to_pandas().iloc[0]
        made = [("consent", channel, int(counts[column])) for channel, column in columns.items()]
        return pd.DataFrame(made, columns=["column", "value", "people"])

    def person(self, user: Any, events: int | None = 50) -> Person:
        """One person: her row, and her latest events.

        Parameters
        ----------
        user : object
            Her id.
        events : int, optional
            How many events at most, the latest of them; all if `None`.

        Raises
        ------
        LogError
            If there is no such person.
        """
        rows: Any = self.table
        mine = rows.filter(rows["user"] == user).to_pandas()
        if mine.empty:
            raise LogError(f"user={user!r}: there is no such person before {self.as_of:%Y-%m-%d %H:%M} UTC.")
        log: Any = self.log.table
        order = ["timestamp", *(["sequence"] if "sequence" in log.columns else []), "event"]
        hers = log.filter(log["user"] == user).order_by([ibis.desc(name) for name in order])
        shown = (hers if events is None else hers.limit(events)).to_pandas().iloc[::-1].reset_index(drop=True)
        kept = [name for name in shown.columns if name not in ("user", "sequence") and shown[name].notna().any()]
        first = [name for name in ("timestamp", "event") if name in kept]
        timeline = shown[[*first, *(name for name in kept if name not in first)]]
        return Person(user, mine.iloc[0].drop("user"), timeline, int(mine["events"].iloc[0]))

    @property
    def verdict(self) -> str:
        """How many people, and over how many of them one may write to at all."""
        said = t("contacts.verdict", people=f"{self.size:,}", at=f"{self.as_of:%Y-%m-%d %H:%M}")
        if self.spec.consent is None:
            return said
        rows: Any = self.table
        anywhere: Any = ibis.literal(False)
        for column in self.spec.consent.columns.values():
            anywhere = anywhere | rows[column]
        reachable = int(anywhere.cast("int64").sum().to_pyarrow().as_py())
        return said + " " + t("contacts.reachable", people=f"{reachable:,}", share=f"{reachable / self.size:.1%}")

    def __repr__(self) -> str:
        return self.verdict

    def to_frame(self) -> pd.DataFrame:
        """Everybody with her id, brought here in the order of ids. (`table` is the same in the engine.)"""
        found: pd.DataFrame = self.table.order_by("user").to_pandas()
        return found

    def to_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write everybody with her id as CSV, formulas defused. It holds personal data."""
        return export.to_csv(self.to_frame(), path)

    def to_parquet(self, path: str | os.PathLike[str]) -> Path:
        """Write everybody with her id as Parquet. It holds personal data."""
        return export.to_parquet(self.to_frame(), path)

    def _repr_html_(self) -> str:
        names = ("column", "value", "people", "share", "interval")
        head = "".join(f'<th scope="col">{escape(t(f"contacts.column.{name}"))}</th>' for name in names)
        body = ""
        for row in self.summary.to_dict("records"):
            value = t("contacts.none") if pd.isna(row["value"]) else str(row["value"])
            between = f"{row['low']:.1%} – {row['high']:.1%}"
            cells = (t(f"contacts.what.{row['column']}"), value, f"{row['people']:,}", f"{row['share']:.1%}", between)
            body += "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
        notes = "".join(f"<li>{escape(one)}</li>" for one in self.warnings)
        notes = f'<ul class="warnings">{notes}</ul>' if notes else ""
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        return f"<div><p>{escape(self.verdict)}</p>{notes}{table}</div>"


@dataclass(frozen=True, eq=False, repr=False)
class Person:
    """One contact, opened.

    Attributes
    ----------
    user : object
    contact : Series
        Her row of the table.
    timeline : DataFrame
        Her latest events, oldest first: `timestamp` (UTC), `event`, and the properties that any of them has.
    events : int
        How many she has in all.
    """

    user: Any
    contact: pd.Series[Any]
    timeline: pd.DataFrame
    events: int

    def _lines(self) -> list[tuple[str, str]]:
        return [(str(name), _shown(value)) for name, value in self.contact.items()]

    def __str__(self) -> str:
        width = max(len(name) for name, _ in self._lines())
        lines = [repr(self.user), *(f"  {name:{width}}  {value}" for name, value in self._lines())]
        lines.append(t("contacts.timeline", shown=f"{len(self.timeline):,}", events=f"{self.events:,}"))
        for row in self.timeline.to_dict("records"):
            told = [f"{row['timestamp']:%Y-%m-%d %H:%M}", str(row["event"])]
            told += [f"{k}={_shown(v)}" for k, v in row.items() if k not in ("timestamp", "event") and _is_there(v)]
            lines.append("  " + "  ".join(told))
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return f"<pre>{escape(str(self))}</pre>"


def _is_there(value: Any) -> bool:
    return isinstance(value, list | dict) or not pd.isna(value)


def _shown(value: Any) -> str:
    if not _is_there(value):
        return t("contacts.none")
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d %H:%M}"
    if not isinstance(value, float):
        return str(value)
    return f"{value:,.0f}" if value == round(value) or abs(value) >= 1000 else f"{value:.4g}"
