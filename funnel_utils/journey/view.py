"""How journey results look in a notebook: a sentence and a small table, every text escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import pandas as pd

from funnel_utils.text import t


def frame_html(verdict: str, caption: str, frame: pd.DataFrame, warnings: Sequence[str] = ()) -> str:
    """A result as HTML: names come from the log or the analyst and are shown as text, never run."""
    head = "".join(f'<th scope="col">{escape(str(name))}</th>' for name in frame.columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(_shown(value))}</td>" for value in row) + "</tr>"
        for row in frame.itertuples(index=False, name=None)
    )
    notes = "".join(f"<li>{escape(warning)}</li>" for warning in warnings)
    notes = f'<ul class="warnings">{notes}</ul>' if notes else ""
    return (
        f"<div><p>{escape(verdict)}</p>{notes}<table><caption>{escape(caption)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return t("charts.missing") if value != value else f"{value:,.3f}".rstrip("0").rstrip(".")
    return f"{value:,}" if isinstance(value, int) else str(value)
