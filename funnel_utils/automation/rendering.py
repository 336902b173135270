"""Rules written out: the canonical text of each, which `language.parse` reads back as the same rule."""

from __future__ import annotations

import json
import re
import unicodedata
from datetime import timedelta
from decimal import Decimal
from typing import Any

from funnel_utils.automation import rules as r

_VOCABULARY = """
    and or not did then within in the last between until ago no since funnel at lost before sample to of is missing
    known contains for count sum mean min max true false
"""
#: What stands for itself nowhere: a name that is one of them is written between backticks.
WORDS = frozenset(_VOCABULARY.split())

_PLAIN = re.compile(r"[^\W\d][\w\u200c]*(\.[\w\u200c]+)*")
_UNITS = (("day", 86400), ("hour", 3600), ("minute", 60))


def render(rule: r.Rule) -> str:
    """The rule as canonical text.

    Examples
    --------
    >>> render(r.Not(r.Did(r.Events("order"))) | r.Sample("spring", 0.1))
    'not did order or sample 10% of "spring"'
    """
    return _rendered(rule, 0)


def _rendered(rule: r.Rule, outer: int) -> str:
    """`outer`: how tightly the surroundings bind (0 or, 1 and, 2 not)."""
    if isinstance(rule, r.AnyOf | r.All):
        own = int(isinstance(rule, r.All))
        text = (" and " if own else " or ").join(_rendered(one, own + (type(one) is type(rule))) for one in rule.rules)
        return f"({text})" if outer > own else text
    if isinstance(rule, r.Not):
        return f"not {_rendered(rule.rule, 2)}"
    return str(_LEAVES[type(rule)](rule))


def _dated(rule: r.Dated) -> str:
    if rule.ahead:
        return f"{_name(rule.name)} in next {_duration(rule.window.start)}"
    return f"{_name(rule.name)}{_window(rule.window, ' in ') or ' until 0 days ago'}"


def _property(rule: r.Property) -> str:
    return _test(rule.test) + (f" for {_duration(rule.held)}" if isinstance(rule.held, timedelta) else "")


def _did(rule: r.Did) -> str:
    return f"did {_events(rule.events)}{_window(rule.window, ' in ')}"


def _aggregate(rule: r.Aggregate) -> str:
    of = "" if rule.column is None else f"{_name(rule.column)} of "
    inside = f"{of}{_events(rule.events)}{_window(rule.window, ', ')}"
    return f"{rule.measure}({inside}) {_comparison(rule.operator, rule.value)}"


def _first_or_last(rule: r.FirstOrLast) -> str:
    inside = f"{_name(rule.test.name)} of {_events(rule.events)}{_window(rule.window, ', ')}"
    return f"{rule.which}({inside}) {_comparison(rule.test.operator, rule.test.value)}"


def _not_since(rule: r.NotSince) -> str:
    return f"no {_events(rule.events)} since {_events(rule.since)}"


def _sequence(rule: r.Sequence) -> str:
    steps = " then ".join(_events(one) for one in rule.steps)
    within = f" within {_duration(rule.within)}" if isinstance(rule.within, timedelta) else ""
    return f"did {steps}{within}{_window(rule.window, ' in ')}"


def _in_funnel(rule: r.InFunnel) -> str:
    step = str(rule.step) if isinstance(rule.step, int) else _name(rule.step)
    return f"funnel {_name(rule.funnel)} {'lost before' if rule.lost else 'at'} {step}"


def _sample(rule: r.Sample) -> str:
    low = f"{_percent(rule.low)} to " if rule.low else ""
    return f"sample {low}{_percent(rule.high)} of {_text(rule.salt)}"


_LEAVES: dict[type, Any] = {
    r.Property: _property,
    r.Dated: _dated,
    r.Did: _did,
    r.Aggregate: _aggregate,
    r.FirstOrLast: _first_or_last,
    r.NotSince: _not_since,
    r.Sequence: _sequence,
    r.InFunnel: _in_funnel,
    r.Sample: _sample,
}


def _percent(share: float) -> str:
    # Decimal keeps the digits: 0.29 is 29%, where 0.29 * 100 is a little less.
    digits = f"{Decimal(repr(share)) * 100:f}"
    return (digits.rstrip("0").rstrip(".") if "." in digits else digits) + "%"


def _name(name: str) -> str:
    return name if _PLAIN.fullmatch(name) and name.lower() not in WORDS else f"`{name}`"


def _text(text: str) -> str:
    # What breaks lines or is not seen is written by its number; files of text would change it.
    found = json.dumps(text, ensure_ascii=False)
    return "".join(f"\\u{ord(one):04x}" if unicodedata.category(one) in ("Cc", "Zl", "Zp") else one for one in found)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return _text(value) if isinstance(value, str) else repr(value)


def _test(test: r.Test) -> str:
    return f"{_name(test.name)} {_comparison(test.operator, test.value)}"


def _comparison(operator: str, value: Any) -> str:
    if value is None:
        return operator
    if operator == "between":
        return f"between {_value(value[0])} and {_value(value[1])}"
    if isinstance(value, tuple):
        return f"{operator} ({', '.join(_value(one) for one in value)})"
    return f"{operator} {_value(value)}"


def _events(events: r.Events) -> str:
    return _name(events.name) + (f" [{', '.join(_test(one) for one in events.tests)}]" if events.tests else "")


def _window(window: r.Window, before: str) -> str:
    start, end = window.start, window.end
    if start is not None and not end:
        return f"{before}last {_duration(start)}"
    if start is None and not end:
        return ""
    before = " " if before == " in " else before
    return before + (f"between {_duration(start)} and " if start is not None else "until ") + f"{_duration(end)} ago"


def _duration(value: Any) -> str:
    seconds = value.total_seconds()
    for unit, size in _UNITS:
        if seconds % size == 0:
            return f"{seconds / size:.0f} {unit}{'' if seconds == size else 's'}"
    number = f"{seconds:.6f}".rstrip("0").rstrip(".")
    return f"{number} second{'' if number == '1' else 's'}"
