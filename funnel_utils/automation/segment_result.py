"""What a rule found: of everybody, of one person, and how far segments share people."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from funnel_utils import export, stats
from funnel_utils.automation import rules as r
from funnel_utils.automation.rendering import render
from funnel_utils.errors import SpecError
from funnel_utils.text import t

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from funnel_utils.automation.segment import Segment


@dataclass(frozen=True)
class Why:
    """What a rule found of one person.

    Attributes
    ----------
    user : object
    segment : Segment
    member : bool
        Whether the rule holds for her.
    conditions : tuple of (str, bool, str)
        Each condition, whether it holds, and what was found (empty where there is nothing to show).
    """

    user: Any
    segment: Segment
    member: bool
    conditions: tuple[tuple[str, bool, str], ...]

    def __str__(self) -> str:
        verdict = t(
            "segments.why.in" if self.member else "segments.why.out", user=repr(self.user), rule=self.segment.text
        )
        return "\n".join(
            [
                verdict,
                *(f"  {self._answer(holds):4} {text}{self._found(found)}" for text, holds, found in self.conditions),
            ]
        )

    __repr__ = __str__

    @staticmethod
    def _answer(holds: bool) -> str:
        return t("segments.yes" if holds else "segments.no")

    @staticmethod
    def _found(found: str) -> str:
        return "  " + t("segments.found", found=found) if found else ""

    def _repr_html_(self) -> str:
        return f"<pre>{escape(str(self))}</pre>"


@dataclass(frozen=True, eq=False, repr=False)
class SegmentResult:
    """The people for whom a rule holds.

    Attributes
    ----------
    segment : Segment
    table : ibis.Table
        In the engine, one row a person: `user`, a verdict for each condition, and `member`.
    as_of : Timestamp
        UTC.
    warnings : tuple of str
        Events of the rule that never occur, and a moment after the end of observation.
    """

    segment: Segment
    table: ir.Table
    as_of: pd.Timestamp
    warnings: tuple[str, ...] = ()

    @cached_property
    def conditions(self) -> pd.DataFrame:
        """For how many people each condition holds by itself, and a last row for the whole rule.

        Returns
        -------
        DataFrame
            `condition`, `people`, `of` (everybody), `share` with its Wilson interval `low` to `high`.
        """
        import pandas as pd

        leaves = list(r.leaves(self.segment.rule))
        table: Any = self.table
        sums = {f"_{k}": table[f"_{k}"].cast("int64").sum() for k in range(len(leaves))}
        row = table.aggregate(of=table.count(), member=table["member"].cast("int64").sum(), **sums).to_pandas().iloc[0]
        people = [int(row[name]) if pd.notna(row[name]) else 0 for name in (*sums, "member")]
        total = int(row["of"])
        low, high = stats.wilson(people, [total] * len(people))
        return pd.DataFrame(
            {
                "condition": [*map(render, leaves), self.segment.name],
                "people": people,
                "of": total,
                "share": stats.rate(people, [total] * len(people)),
                "low": low,
                "high": high,
            }
        )

    @property
    def size(self) -> int:
        """How many people."""
        return int(self.conditions["people"].iloc[-1])

    def __len__(self) -> int:
        return self.size

    def members(self) -> ir.Table:
        """The people, in the engine: a table with one column `user`, for `EventLog.restrict`."""
        table: Any = self.table
        return table.filter(table["member"]).select("user")

    def people(self) -> pd.DataFrame:
        """The ids of the people, in order: one column, `user`."""
        found: pd.DataFrame = self.members().order_by("user").to_pandas()
        return found

    @property
    def verdict(self) -> str:
        """How many, in one sentence."""
        row = self.conditions.iloc[-1]
        if not row["of"]:
            return t("segments.nobody", name=self.segment.name)
        return t(
            "segments.verdict",
            name=self.segment.name,
            people=f"{row['people']:,}",
            of=f"{row['of']:,}",
            share=f"{row['share']:.1%}",
            low=f"{row['low']:.1%}",
            high=f"{row['high']:.1%}",
        )

    def __repr__(self) -> str:
        return self.verdict

    def to_frame(self) -> pd.DataFrame:
        """The conditions, as a copy of your own. (`people` gives the ids.)"""
        return self.conditions.copy()

    def to_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write the conditions as CSV, formulas defused."""
        return export.to_csv(self.conditions, path)

    def to_parquet(self, path: str | os.PathLike[str]) -> Path:
        """Write the conditions as Parquet."""
        return export.to_parquet(self.conditions, path)

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col">{escape(t(f"segments.column.{name}"))}</th>' for name in _COLUMNS)
        body = ""
        for row in self.conditions.to_dict("records"):
            interval = f"{row['low']:.1%} – {row['high']:.1%}"
            cells = (row["condition"], f"{row['people']:,}", f"{row['of']:,}", f"{row['share']:.1%}", interval)
            body += "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
        notes = "".join(f"<li>{escape(one)}</li>" for one in self.warnings)
        notes = f'<ul class="warnings">{notes}</ul>' if notes else ""
        return (
            f"<div><p>{escape(self.verdict)}</p>{notes}<table><thead><tr>{head}</tr></thead>"
            f"<tbody>{body}</tbody></table></div>"
        )


_COLUMNS = ("condition", "people", "of", "share", "interval")


def overlap(results: Sequence[SegmentResult]) -> pd.DataFrame:
    """How far segments share people.

    Parameters
    ----------
    results : sequence of SegmentResult
        Two or more, of one log.

    Returns
    -------
    DataFrame
        A row for each pair: `a`, `b`, `people_a`, `people_b`, `both`, `share_of_a`, `share_of_b`, and `jaccard`: those
        in both among those in either. A share of nobody is missing.

    Raises
    ------
    SpecError
        For fewer than two, or two of one name.
    """
    import pandas as pd

    names = [one.segment.name for one in results]
    if len(results) < 2 or len(set(names)) < len(names):
        raise SpecError(f"overlap takes two segments or more, each with a name of its own; got {names}.")
    sizes = [len(one) for one in results]
    rows = []
    for i, one in enumerate(results):
        for j in range(i + 1, len(results)):
            shared: Any = one.members().semi_join(results[j].members(), "user")
            both = int(shared.count().to_pyarrow().as_py())
            rows.append((names[i], names[j], sizes[i], sizes[j], both))
    made = pd.DataFrame(rows, columns=["a", "b", "people_a", "people_b", "both"])
    made["share_of_a"] = stats.rate(made["both"], made["people_a"])
    made["share_of_b"] = stats.rate(made["both"], made["people_b"])
    made["jaccard"] = stats.rate(made["both"], made["people_a"] + made["people_b"] - made["both"])
    return made


def shown(value: Any) -> str:
    """What was found of one person, as text."""
    import pandas as pd

    if value is None or (not isinstance(value, list | dict) and pd.isna(value)):
        return t("segments.missing")
    if isinstance(value, float):
        return f"{value:,.10g}"
    return str(value)
