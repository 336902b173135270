"""The data-quality report: what deserves a look before a number is believed.

Each check counts rows, shows one example and says what to do. Rows that cannot be used, and rows that a filter
removed, are counted where they were set aside; everything else is counted among the rows that metrics use. The
checks run in the engine where the log lives; only counts and examples come back. Exact duplicates and ties need a
grouping of the whole log, the dearest part of the report.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from funnel_utils.events.identities import KNOWN, shared_ids
from funnel_utils.events.mapping import FILTERED, NAIVE, RAW_PROPERTY, RAW_TIME, REASONS
from funnel_utils.text import t

if TYPE_CHECKING:
    import pandas as pd

    from funnel_utils.events.log import EventLog

#: Checks that are worth naming in one sentence, the gravest first.
_GRAVE = (
    "unreadable_time",
    "no_user",
    "no_time",
    "no_event",
    "future_time",
    "mixed_currencies",
    "duplicates",
    "naive_time",
    "mixed_zones",
    "unknown_event",
    "unreadable_property",
    "negative_value",
    "shared_ids",
    "ties",
    "backwards",
)


@dataclass(frozen=True)
class Quality:
    """The report.

    Attributes
    ----------
    checks : pandas.DataFrame
        One row a check, its key as index; columns `check`, `rows` (missing where not checked), `share` (of all rows
        of the source), `example`, `what_to_do`.
    verdict : str
        What it comes to, in words.
    """

    checks: pd.DataFrame
    verdict: str

    def __repr__(self) -> str:
        found = self.checks[self.checks["rows"].fillna(0) > 0]
        return (
            f"{self.verdict}\n{found[['check', 'rows', 'share']].to_string(index=False)}"
            if len(found)
            else self.verdict
        )

    def _repr_html_(self) -> str:
        names = ("check", "rows", "share", "example", "what_to_do")
        head = "".join(f"<th scope='col'>{html.escape(t(f'events.quality.columns.{name}'))}</th>" for name in names)
        body = "".join(_html_row(row) for row in self.checks.to_dict("records"))
        return (
            f"<section><h3>{html.escape(t('events.quality.title'))}</h3><p>{html.escape(self.verdict)}</p>"
            f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></section>"
        )


def _html_row(row: dict[Any, Any]) -> str:
    import pandas as pd

    unchecked = pd.isna(row["rows"])
    rows = t("events.quality.not_checked") if unchecked else f"{row['rows']:,}"
    share = "" if unchecked else f"{row['share']:.2%}"
    cells = (str(row["check"]), rows, share, str(row["example"]), str(row["what_to_do"]))
    return "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + "</tr>"


@dataclass(frozen=True)
class _Finding:
    """One check: how many rows (`None`: not checked), and where to look for an example."""

    key: str
    rows: int | None
    where: Callable[[], Any] | None = None
    column: str | None = None
    name: str = ""


def inspect(log: EventLog, *, events: Iterable[str] | None, now: pd.Timestamp | None, show_ids: bool) -> Quality:
    """The quality report of `log`; see `EventLog.quality`."""
    import pandas as pd

    now = pd.Timestamp.now(tz="UTC") if now is None else now
    total = _count(log, log.mapped.rows)
    findings = [*_set_aside(log), *_row_by_row(log, events, now), *_times(log), *_repeats(log), *_ids(log)]
    records = [_record(log, finding, total, show_ids) for finding in findings]
    checks = pd.DataFrame.from_records(records, index="key").astype({"rows": "Int64"})
    checks.index.name = None
    return Quality(checks, _verdict(log, findings, total))


def _set_aside(log: EventLog) -> list[_Finding]:
    rejected: Any = log.rejected
    grouped = log.backend.to_pyarrow(rejected.group_by("reason").agg(rows=lambda r: r.count())).to_pylist()
    counts = {row["reason"]: row["rows"] for row in grouped}

    def of(reason: str) -> Callable[[], Any]:
        return lambda: rejected.filter(rejected["reason"] == reason)

    found = [_Finding(reason.replace(" ", "_"), counts.get(reason, 0), of(reason)) for reason in REASONS]
    for name in log.mapped.filters:
        reason = f"{FILTERED}{name}"
        found.append(_Finding(f"removed_{name}", counts.get(reason, 0), of(reason), name=name))
    return found


def _row_by_row(log: EventLog, events: Iterable[str] | None, now: pd.Timestamp) -> list[_Finding]:
    """The checks that look at one row at a time: one scan for all of them."""
    import ibis

    rows: Any = log.table
    tests: dict[str, Any] = {"future_time": rows["timestamp"] > ibis.literal(now.tz_convert("UTC").tz_localize(None))}
    if log.is_local:
        tests["no_time_of_day"] = rows["timestamp"] == rows["timestamp"].truncate("D")
    known = None if events is None else sorted({events} if isinstance(events, str) else set(events))
    if known is not None:
        tests["unknown_event"] = ~rows["event"].isin(known) if known else ibis.literal(True)
    if "value" in rows.columns and rows["value"].type().is_numeric():
        tests["negative_value"] = (rows["value"] < 0).fill_null(False)
    sums = {name: test.ifelse(1, 0).sum() for name, test in tests.items()}
    counts = log.backend.to_pyarrow(rows.aggregate(**sums)).to_pylist()[0]
    columns = {"negative_value": "value"}

    def of(test: Any) -> Callable[[], Any]:
        return lambda: rows.filter(test)

    found = [_Finding(key, int(counts[key] or 0), of(test), columns.get(key)) for key, test in tests.items()]
    if known is None:
        found.append(_Finding("unknown_event", None))
    return found


def _times(log: EventLog) -> list[_Finding]:
    rows: Any = log.mapped.rows
    if log.mapped.naive is None:
        naive = rows.filter(rows[NAIVE] & rows["timestamp"].notnull())
    else:
        naive = rows if log.mapped.naive else rows.limit(0)
    found = [_Finding("naive_time", _count(log, naive), lambda: naive)]
    if RAW_TIME in rows.columns and log.is_local and NAIVE in rows.columns:
        ends = r"(?i)\d:\d\d[^+\-z a-z]*\s*([+-]\d\d(?::?\d\d)?|[a-z_]+(?:/[a-z_+\-0-9]+)*)?$"
        read = rows.filter(rows["timestamp"].notnull())
        zones = read.mutate(__zone__=read[RAW_TIME].strip().re_extract(ends, 1))
        sizes = zones.group_by("__zone__").agg(rows=lambda r: r.count())
        order = log.backend.to_pyarrow(sizes).to_pylist()
        order.sort(key=lambda row: (-row["rows"], str(row["__zone__"])))
        others = zones.filter(zones["__zone__"].fill_null("") != (order[0]["__zone__"] or "")) if order else zones
        found.append(_Finding("mixed_zones", sum(row["rows"] for row in order[1:]), lambda: others))
    else:
        found.append(_Finding("mixed_zones", 0))
    return found


def _repeats(log: EventLog) -> list[_Finding]:
    rows: Any = log.table
    content = rows.drop("sequence") if "sequence" in rows.columns else rows
    twice = content.group_by(content.columns).having(lambda r: r.count() > 1).agg(__more__=lambda r: r.count() - 1)
    together = rows.group_by("user", "timestamp").having(lambda r: r.count() > 1).agg(__rows__=lambda r: r.count())
    found = [
        _Finding("duplicates", _sum(log, twice["__more__"]), lambda: twice),
        _Finding(
            "ties",
            _sum(log, together["__rows__"]),
            lambda: rows.semi_join(together, ["user", "timestamp"]),
        ),
    ]
    if "sequence" not in rows.columns:
        return [*found, _Finding("backwards", None)]
    import ibis

    order = ibis.window(group_by="user", order_by="sequence")
    back = rows.mutate(__before__=rows["timestamp"].lag().over(order))
    back = back.filter(back["timestamp"] < back["__before__"])
    return [*found, _Finding("backwards", _count(log, back), lambda: back)]


def _ids(log: EventLog) -> list[_Finding]:
    """Checks that apply only to some logs: typed properties, currencies, two ids."""
    rows: Any = log.mapped.rows
    found = []
    for column in rows.columns:
        if column.startswith(RAW_PROPERTY):
            name = column.removeprefix(RAW_PROPERTY)
            bad = rows.filter(rows[name].isnull() & rows[column].notnull() & (rows[column].strip() != ""))
            found.append(_Finding("unreadable_property", _count(log, bad), _later(bad), column, name))
    if log.money is None and {"value", "currency"} <= set(log.table.columns):
        table: Any = log.table
        valued = table.filter(table["value"].notnull() & table["currency"].notnull())
        sizes = log.backend.to_pyarrow(valued.group_by("currency").agg(rows=lambda r: r.count())).to_pylist()
        sizes.sort(key=lambda row: (-row["rows"], row["currency"]))
        rest = valued.filter(valued["currency"] != sizes[0]["currency"]) if sizes else valued
        found.append(_Finding("mixed_currencies", sum(r["rows"] for r in sizes[1:]), _later(rest), "currency"))
    if KNOWN in rows.columns:
        found.append(_Finding("shared_ids", int(log.backend.to_pyarrow(shared_ids(rows)).as_py())))
    return found


def _later(table: Any) -> Callable[[], Any]:
    return lambda: table


def _count(log: EventLog, table: Any) -> int:
    return int(log.backend.to_pyarrow(table.count()).as_py())


def _sum(log: EventLog, column: Any) -> int:
    return int(log.backend.to_pyarrow(column.sum()).as_py() or 0)


def _record(log: EventLog, finding: _Finding, total: int, show_ids: bool) -> dict[str, Any]:
    key = "removed" if finding.key.startswith("removed_") else finding.key
    if finding.rows is None:
        advice = t(f"events.quality.{key}.unchecked")
    else:
        advice = t(f"events.quality.{key}.advice") if finding.rows else t("events.quality.nothing")
    return {
        "key": finding.key,
        "check": t(f"events.quality.{key}", name=finding.name),
        "rows": finding.rows,
        "share": float("nan") if finding.rows is None else finding.rows / max(total, 1),
        "example": _example(log, finding, show_ids) if finding.rows and finding.where else "",
        "what_to_do": advice,
    }


def _example(log: EventLog, finding: _Finding, show_ids: bool) -> str:
    """The earliest such row, in words."""
    assert finding.where is not None
    rows = finding.where()
    order = [name for name in ("timestamp", "user", "event", "sequence") if name in rows.columns]
    wanted = dict.fromkeys([*order, *(n for n in ("original_time", RAW_TIME, finding.column) if n in rows.columns)])
    rows = rows.select(*wanted).order_by(order).limit(1)
    row = log.backend.to_pyarrow(rows).to_pylist()[0]
    values = {
        "user": repr(row["user"]) if show_ids else t("events.quality.someone"),
        "event": repr(row["event"]),
        "time": str(row.get("original_time") or row.get(RAW_TIME) or row["timestamp"]),
    }
    if finding.column is None:
        return t("events.quality.example", **values)
    return t("events.quality.example_value", **values, value=row[finding.column])


def _verdict(log: EventLog, findings: list[_Finding], total: int) -> str:
    usable = log.n_events()
    if not usable:
        return t("events.quality.verdict.empty")
    table: Any = log.table
    span = log.backend.to_pyarrow(table.aggregate(first=table["timestamp"].min(), last=table["timestamp"].max()))
    first, last = (str(span[name][0].as_py())[:10] for name in ("first", "last"))
    parts = [t("events.quality.verdict.size", events=usable, users=log.n_users(), first=first, last=last)]
    aside = sum(f.rows or 0 for f in findings if f.key.replace("_", " ") in REASONS or f.key.startswith("removed_"))
    if aside:
        parts.append(t("events.quality.verdict.aside", rows=aside, total=total, share=aside / total))
    found = {finding.key: finding for finding in findings if finding.rows}
    grave = [t(f"events.quality.{key}", name=found[key].name) for key in _GRAVE if key in found][:3]
    if grave:
        parts.append(t("events.quality.verdict.look", names="; ".join(grave)))
    elif not aside:
        parts.append(t("events.quality.verdict.clean"))
    return " ".join(parts)
