"""What sequential designs and their results say, in sentences; the texts are in the catalogue."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from funnel_utils.text import t

if TYPE_CHECKING:
    from funnel_utils.cro.always_valid import Followed
    from funnel_utils.cro.monitoring import Monitored
    from funnel_utils.cro.sequential import GroupSequential


def figure(value: float) -> str:
    """A number with three figures that mean something.

    Examples
    --------
    >>> figure(0.012345), figure(1234.5), figure(float("inf"))
    ('0.0123', '1,234', 'unlimited')
    """
    if math.isinf(value):
        return t("sequential.unlimited")
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def p_text(p: float) -> str:
    """A p-value, never 0."""
    return "p < 0.0001" if p < 0.0001 else f"p = {p:.2g}"


def kind_name(kind: str) -> str:
    """The kind of bounds as people call it."""
    return t(f"sequential.kind.{kind}")


def say_design(design: GroupSequential) -> str:
    """Bounds, and what the looks cost and save."""
    words: dict[str, Any] = {"kind": kind_name(design.kind), "looks": len(design.z), "alpha": f"{design.alpha:g}"}
    words |= {"first": figure(float(design.z[0])), "last": figure(float(design.z[-1]))}
    if all(math.isinf(z) for z in design.z):
        return t("sequential.design.never", **words)
    if len(design.z) == 1:
        return t("sequential.design.once", **words)
    row = design.operating(0.8, (0.0, 1.0))
    words["most"] = f"{100 * float(row['max_n'].iloc[0]):.0f}%"
    words |= {"null": f"{100 * row['expected_n'].iloc[0]:.0f}%", "effect": f"{100 * row['expected_n'].iloc[1]:.0f}%"}
    return t("sequential.design", **words)


def say_monitored(found: Monitored) -> str:
    """Whether to stop, and what can be said."""
    row: Any = found.table.iloc[-1 if found.stopped is None else found.stopped - 1]
    words = {"look": int(row["look"]), "z": f"{row['z']:.2f}", "bound": figure(float(row["bound"]))}
    if found.final is None:
        interval = {"low": figure(float(row["low"])), "high": figure(float(row["high"]))}
        return t("sequential.monitor.going", estimate=figure(float(row["estimate"])), **interval, **words)
    end = found.final
    words |= {name: figure(getattr(end, name)) for name in ("estimate", "low", "high")}
    words |= {"p": p_text(end.p), "plain": figure(float(row["estimate"]))}
    if found.stopped is None:
        return t("sequential.monitor.over", **words)
    return t("sequential.monitor.better" if row["z"] > 0 else "sequential.monitor.worse", **words)


def say_followed(found: Followed) -> str:
    """Whether the confidence sequence has left zero behind."""
    if not len(found.table):
        return t("sequential.valid.nothing")
    row: Any = found.table.iloc[-1]
    words = {"n": f"{row['n']:,.0f}", "p": p_text(float(row["p"]))}
    words |= {name: figure(float(row[name])) for name in ("estimate", "low", "high")}
    if found.stopped is None:
        return t("sequential.valid.going", **words)
    way = "better" if float(found.table.set_index("n")["estimate"][found.stopped]) > 0 else "worse"
    return t(f"sequential.valid.{way}", stopped=f"{found.stopped:,.0f}", **words)
