"""How retention results look in a notebook: a sentence and a small table, every text escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from funnel_utils.text import t

if TYPE_CHECKING:
    from funnel_utils.retention.cohort_result import CohortsResult

#: A notebook shows the newest cohorts and the first periods; the rest is in the tables.
ROWS, COLUMNS = 24, 13


def html(verdict: str, caption: str, frame: pd.DataFrame, notes: Sequence[str] = ()) -> str:
    """A result as HTML: names come from the log or the analyst and are shown as text, never run."""
    head = "".join(f'<th scope="col">{escape(str(name))}</th>' for name in frame.columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(shown(value))}</td>" for value in row) + "</tr>"
        for row in frame.itertuples(index=False, name=None)
    )
    said = "".join(f"<li>{escape(note)}</li>" for note in notes)
    said = f'<ul class="warnings">{said}</ul>' if said else ""
    return (
        f"<div><p>{escape(verdict)}</p>{said}<table><caption>{escape(caption)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def money(value: float, signed: bool = False) -> str:
    """A sum of money with no more digits than mean something.

    Examples
    --------
    >>> money(121195.59), money(3.456), money(-250.4, signed=True)
    ('121,196', '3.46', '-250')
    """
    sign = "+" if signed else ""
    return f"{value:{sign},.0f}" if abs(value) >= 100 else f"{value:{sign},.2f}"


def shown(value: Any) -> str:
    """A cell as text: numbers rounded, missing ones as a dash."""
    if pd.isna(value):
        return t("charts.missing")
    if isinstance(value, pd.Timestamp):
        return value.strftime("%Y-%m-%d")
    if isinstance(value, float):
        # The thousandth of a large sum is noise.
        return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:,.3f}".rstrip("0").rstrip(".")
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def cohorts_html(result: CohortsResult) -> str:
    """The newest cohorts: size, and the share of each period; a star marks a period that was not over."""
    rates, partial = result.triangle("rate"), result.triangle("partial")
    sizes = result.sizes.set_index("cohort")["size"]
    table = pd.DataFrame({t("retention.column.cohort"): rates.index, t("retention.column.size"): sizes.to_numpy()})
    for period in list(rates.columns)[1:COLUMNS]:
        marks = zip(rates[period], partial[period], strict=True)
        table[str(period)] = ["" if pd.isna(rate) else f"{rate:.1%}{'*' * bool(open_)}" for rate, open_ in marks]
    notes = [*result.warnings, t("retention.note.partial")]
    if len(table) > ROWS:
        notes.append(t("retention.note.newest", shown=ROWS, all=len(table)))
    return html(result.verdict, result.cohorts.name or repr(result.cohorts), table.tail(ROWS), notes)
