"""Rules as dictionaries, lists, texts and numbers, as YAML and JSON hold them, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import timedelta
from typing import Any

from funnel_utils.automation import rules as r
from funnel_utils.durations import format_duration
from funnel_utils.errors import SpecError

LEAVES: dict[str, type[r.Rule]] = {
    "property": r.Property,
    "dated": r.Dated,
    "did": r.Did,
    "aggregate": r.Aggregate,
    "first_or_last": r.FirstOrLast,
    "not_since": r.NotSince,
    "sequence": r.Sequence,
    "funnel": r.InFunnel,
    "sample": r.Sample,
}
_NAMES = {kind: name for name, kind in LEAVES.items()}
_PARTS: dict[str, Any] = {"test": r.Test, "events": r.Events, "since": r.Events, "window": r.Window}


def to_dict(rule: r.Rule) -> dict[str, Any]:
    """The rule as dictionaries, lists, texts and numbers, for YAML or JSON.

    Examples
    --------
    >>> to_dict(r.Did(r.Events("order"), r.Window("14d")) & ~r.Property(r.Test("city", "=", "Tehran")))["and"][0]
    {'did': {'events': {'name': 'order'}, 'window': {'start': '2w'}}}
    """
    if isinstance(rule, r.Not):
        return {"not": to_dict(rule.rule)}
    if isinstance(rule, r.All | r.AnyOf):
        return {"and" if isinstance(rule, r.All) else "or": [to_dict(one) for one in rule.rules]}
    return {_NAMES[type(rule)]: _plain(rule)}


def _plain(part: Any) -> Any:
    if isinstance(part, timedelta):
        # With all its digits: a short form of many seconds would be another length.
        return format_duration(part) if part % timedelta(minutes=1) == timedelta(0) else f"{part.total_seconds():.6f}s"
    if isinstance(part, tuple):
        return [_plain(one) for one in part]
    if not hasattr(part, "__dataclass_fields__"):
        return part
    return {one.name: _plain(getattr(part, one.name)) for one in fields(part) if getattr(part, one.name) != one.default}


def from_dict(data: Any) -> r.Rule:
    """The rule that `to_dict` wrote.

    Raises
    ------
    SpecError
        If the data are not a rule; the message names the part, such as `rule.and[1].did`.
    """
    return _read(data, "rule", 1)


def _read(data: Any, where: str, depth: int) -> r.Rule:
    if depth > r.DEEPEST:
        raise SpecError(f"rule: it is nested more than {r.DEEPEST} deep; write it flatter.")
    if not isinstance(data, Mapping) or len(data) != 1:
        raise SpecError(f"{where}: {data!r} is no mapping with one key of: and, or, not, {', '.join(LEAVES)}.")
    ((key, inner),) = data.items()
    if key in LEAVES:
        return _made(LEAVES[key], inner, f"{where}.{key}")  # type: ignore[no-any-return]
    if key == "not":
        return r.Not(_read(inner, f"{where}.not", depth + 1))
    if key not in ("and", "or"):
        raise SpecError(f"{where}: {key!r} is not one of: and, or, not, {', '.join(LEAVES)}.")
    if not isinstance(inner, list):
        raise SpecError(f"{where}: {key!r} joins a list of rules; got {inner!r}.")
    joined = tuple(_read(one, f"{where}.{key}[{place}]", depth + 1) for place, one in enumerate(inner))
    return r.All(joined) if key == "and" else r.AnyOf(joined)


def _made(kind: type, data: Any, where: str) -> Any:
    if not isinstance(data, Mapping):
        raise SpecError(f"{where} holds {data!r}; a mapping is wanted.")
    known = [one.name for one in fields(kind)]
    strange = [str(name) for name in data if name not in known]
    if strange:
        raise SpecError(f"{where} has no {', '.join(map(repr, strange))}; it has {', '.join(known)}.")
    made: dict[str, Any] = {}
    for name, value in data.items():
        place = f"{where}.{name}"
        if name in _PARTS:
            made[name] = _made(_PARTS[name], value, place)
        elif name in ("steps", "tests"):
            if not isinstance(value, list):
                raise SpecError(f"{place} holds {value!r}; a list is wanted.")
            made[name] = tuple(_made(r.Events if name == "steps" else r.Test, one, place) for one in value)
        else:
            made[name] = value
    try:
        return kind(**made)
    except TypeError as error:
        raise SpecError(f"{where}: {str(error).partition(') ')[2] or error}.") from None
    except SpecError as error:
        raise SpecError(f"{where}: {error}") from None
