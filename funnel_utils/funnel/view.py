"""How a result looks in a notebook: the verdict and the step table as HTML, every text escaped."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from funnel_utils.funnel.conversion import percent
from funnel_utils.text import t

if TYPE_CHECKING:
    from funnel_utils.funnel.result import FunnelResult


def html(result: FunnelResult) -> str:
    """The result as HTML; labels come from the log or the analyst and are shown as text, never run."""
    columns = ("step", "label", "units", "rate", "interval", "overall", "lost")
    has_value = bool(result.steps["value_at_stake"].notna().any())
    names = [*columns, "value_at_stake"] if has_value else list(columns)
    head = "".join(f'<th scope="col">{escape(t(f"funnel.column.{name}"))}</th>' for name in names)
    body = "".join(_row(row, names) for row in result.steps.to_dict("records"))
    notes = "".join(f"<li>{escape(warning)}</li>" for warning in result.warnings)
    notes = f'<ul class="warnings">{notes}</ul>' if notes else ""
    caption = escape(result.funnel.name or repr(result.funnel))
    return (
        f"<div><p>{escape(result.verdict)}</p>{notes}<table><caption>{caption}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _row(row: dict[Any, Any], names: list[str]) -> str:
    cells = {
        "step": str(row["step"]),
        "label": _label(row),
        "units": f"{row['units']:,}",
        "rate": percent(row["rate"]) if row["step"] > 1 else "",
        "interval": f"{percent(row['low'])} – {percent(row['high'])}" if row["step"] > 1 else "",
        "overall": percent(row["overall"]),
        "lost": f"{row['lost']:,}" if row["step"] > 1 else "",
        "value_at_stake": "" if pd.isna(row["value_at_stake"]) else f"{row['value_at_stake']:,.0f}",
    }
    made = "".join(f"<td>{escape(cells[name])}</td>" for name in names)
    return f"<tr>{made}</tr>"


def _label(row: dict[Any, Any]) -> str:
    marks = [t("funnel.mark.optional")] if row["optional"] else []
    marks += [t("funnel.mark.weakest")] if row["weakest"] else []
    return " ".join([str(row["label"]), *marks])
