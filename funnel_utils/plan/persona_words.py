"""A group of people in words: what sets it apart from everybody, the most telling first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from funnel_utils.plan.words import quantity
from funnel_utils.text import t

#: From so many standard deviations on a feature is told; so many of them make a profile, and a name.
TELLING, MOST, IN_NAME = 0.5, 4, 2


def describe_group(rows: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    """A short name and a sentence.

    Parameters
    ----------
    rows : sequence of mapping
        `label`, `kind`, `mean`, `everybody`, `distance` of each feature in the group.

    Examples
    --------
    >>> rows = [{"label": "orders", "kind": "count", "mean": 2.5, "everybody": 0.5, "distance": 1.4}]
    >>> describe_group(rows)
    ('more orders', 'orders: 2.5, all together 0.5.')
    """
    ranked = sorted(rows, key=lambda row: -abs(row["distance"]))
    telling = [row for row in ranked if abs(row["distance"]) >= TELLING][:MOST]
    if not telling:
        return t("personas.name.middle"), t("personas.profile.middle")
    name = t("personas.name.join").join(_trait(row) for row in telling[:IN_NAME])
    return name, t("personas.profile.join").join(_figure(row) for row in telling) + "."


def _trait(row: Mapping[str, Any]) -> str:
    way = "more" if row["distance"] > 0 else "less"
    return t(f"personas.name.{way}_{row['kind']}", label=row["label"])


def _figure(row: Mapping[str, Any]) -> str:
    mean, all_of = (
        (f"{row[key]:.0%}" if row["kind"] == "share" else quantity(row[key])) for key in ("mean", "everybody")
    )
    return t("personas.profile.figure", label=row["label"], mean=mean, everybody=all_of)
