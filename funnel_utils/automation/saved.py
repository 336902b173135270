"""Segments in a YAML file, so that a team keeps its rules where it keeps its code.

    segments:
      - name: small orders
        rule: city = "Tehran" and sum(value of order, last 14 days) < 100000
      - name: left a cart
        rule: {not_since: {events: {name: order}, since: {name: add_to_cart}}}

A rule is text, or the plain data that `rule_data.to_dict` writes.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from funnel_utils.automation.segment import Segment
from funnel_utils.errors import SpecError
from funnel_utils.plan.checked import Part, Words, load_yaml


class _Saved(Part):
    name: Words
    rule: Any


class _File(Part):
    segments: list[_Saved]


def load_segments(path: str | Path) -> dict[str, Segment]:
    """The segments of a YAML file, by name, in its order.

    Raises
    ------
    SpecError
        If the file or a rule cannot be read, or two segments have one name; the message names the segment.
    """
    found: dict[str, Segment] = {}
    for one in load_yaml(path, _File).segments:
        if one.name in found:
            raise SpecError(f"{Path(path).name}: two segments are called {one.name!r}; give each a name of its own.")
        try:
            found[one.name] = Segment(one.rule, name=one.name)
        except SpecError as error:
            raise SpecError(f"{Path(path).name}, segment {one.name!r}: {error}") from None
    return found


def save_segments(segments: Iterable[Segment], path: str | Path) -> Path:
    """Write segments as YAML, their rules as text; written whole or not at all.

    Raises
    ------
    SpecError
        If two segments have one name.
    """
    import yaml

    rows = [{"name": one.name, "rule": one.text} for one in segments]
    names = [row["name"] for row in rows]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SpecError(f"save_segments: {', '.join(map(repr, twice))} is the name of more than one segment.")
    place = Path(path)
    beside = place.with_name(f"{place.name}.part")
    beside.write_text(
        yaml.safe_dump({"segments": rows}, allow_unicode=True, sort_keys=False, width=1000), encoding="utf-8"
    )
    beside.replace(place)
    return place
