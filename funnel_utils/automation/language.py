"""A segment's rule as text that reads aloud, and back.

    city = "Tehran" and sum(value of order, last 14 days) < 100000

`parse` makes the records of `rules.py` of it, `render` writes them canonically; `parse(render(rule)) == rule` for every
rule. `not` binds closest, then `and`, then `or`; brackets say otherwise. Words of the language may be written in any
case; names of events and properties keep theirs, and stand between backticks where they are one of those words or not
plain (`` `page view` ``). Text is in double quotes, escaped as in JSON.

| write | to ask for |
|---|---|
| `city = "Tehran"`, `city in ("Tehran", "Shiraz")`, `email contains "@"`, `city is missing` | what is known |
| `city = "Tehran" for 30 days` | … and has held without a break for so long |
| `did order`, `did order in last 14 days`, `did order between 30 days and 14 days ago` | an event |
| `did order [place = "store", value > 5]` | an event, narrowed by its own properties |
| `count(order, last 14 days) >= 2`, `sum(value of order, last 14 days) < 100000` | a number; also mean, min, max |
| `no order since add_to_cart` | what was begun and not ended |
| `did visit then order within 7 days` | an order of events |
| `funnel buying at "Checkout"`, `funnel buying lost before 3` | a place in a funnel |
| `sample 10% of "spring"`, `sample 10% to 20% of "spring"` | a fixed random part |
"""

from __future__ import annotations

import json
import re
from datetime import timedelta
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from funnel_utils.automation import rules as r
from funnel_utils.errors import SpecError

if TYPE_CHECKING:
    from lark import Lark, Token

_VOCABULARY = """
    and or not did then within in the last between until ago no since funnel at lost before sample to of is missing
    known contains for count sum mean min max true false
"""
WORDS = frozenset(_VOCABULARY.split())

_GRAMMAR = r"""
    ?start: either
    ?either: both (_OR both)*
    ?both: unless (_AND unless)*
    ?unless: _NOT unless -> negated
           | condition
    ?condition: "(" either ")"
              | test                                                      -> now
              | test _FOR duration                                        -> held
              | _DID events window?                                       -> did
              | _DID events (_THEN events)+ within? window?               -> sequence
              | _COUNT "(" events ("," window)? ")" COMPARISON number     -> counted
              | measure "(" name _OF events ("," window)? ")" COMPARISON number  -> measured
              | _NO events _SINCE events                                  -> not_since
              | _FUNNEL label _AT step                                    -> at_step
              | _FUNNEL label _LOST _BEFORE step                          -> lost_before
              | _SAMPLE PERCENT _OF STRING                                -> sample
              | _SAMPLE PERCENT _TO PERCENT _OF STRING                    -> sample

    test: name COMPARISON value                  -> compared
        | name _CONTAINS STRING                  -> contains
        | name _IN "(" value ("," value)* ")"    -> among
        | name _NOT _IN "(" value ("," value)* ")" -> not_among
        | name _IS _MISSING                      -> is_missing
        | name _IS _KNOWN                        -> is_known

    events: label ("[" test ("," test)* "]")?
    window: _IN? _THE? _LAST duration            -> last
          | _BETWEEN duration _AND duration _AGO -> between
          | _UNTIL duration _AGO                 -> until
    within: _WITHIN duration
    duration: NUMBER UNIT
    measure: SUM | MEAN | MIN | MAX
    step: NUMBER -> step_number
        | label
    ?label: name | STRING -> text
    name: NAME | QUOTED
    number: NUMBER
    ?value: STRING -> text
          | number
          | _TRUE  -> yes
          | _FALSE -> no

    COMPARISON: "!=" | "<=" | ">=" | "=" | "<" | ">"
    UNIT: /(seconds?|minutes?|hours?|days?|weeks?)\b/i
    STRING: /"(?:[^"\\\n]|\\.)*"/
    PERCENT: /\d+(\.\d+)?(e-?\d+)?\s*%/i
    NUMBER: /-?\d+(\.\d+)?(e[+-]?\d+)?/i
    QUOTED: /`[^`\n]+`/
    %ignore /\s+/
"""
_KEPT = ("sum", "mean", "min", "max")
_PLAIN = re.compile(r"[^\W\d]\w*(\.\w+)*")
_UNITS = (("day", 86400), ("hour", 3600), ("minute", 60))


def parse(text: str) -> r.Rule:
    """The rule that `text` describes.

    Parameters
    ----------
    text : str
        As this module's table shows.

    Raises
    ------
    SpecError
        If the text is no rule: with the line, the column, what was found there, what could stand there, and the place
        marked.

    Examples
    --------
    >>> parse('City = "Tehran" AND did order in the last 2 weeks')
    All(City = "Tehran" and did order in last 14 days)
    >>> parse('city = "Tehran" and and')
    Traceback (most recent call last):
        ...
    funnel_utils.errors.SpecError: rule, line 1, column 21: found 'and' where a condition was expected.
        city = "Tehran" and and
                            ^
    """
    from lark.exceptions import UnexpectedInput, VisitError

    if not isinstance(text, str) or not text.strip():
        raise SpecError(f'rule: {text!r} is empty; write a condition, such as: city = "Tehran".')
    try:
        tree = _parser().parse(text)
    except UnexpectedInput as error:
        raise SpecError(_where(text, error)) from None
    try:
        rule = _maker().transform(tree)
    except VisitError as error:
        if isinstance(error.orig_exc, SpecError):
            raise error.orig_exc from None
        raise
    assert isinstance(rule, r.Rule), "the grammar's start is a rule"
    return rule


@cache
def _parser() -> Lark:
    from lark import Lark

    words = sorted(WORDS)
    terminals = [f'{"" if word in _KEPT else "_"}{word.upper()}: "{word}"i' for word in words]
    # A word of the language is never a name, even where only a name could stand: "and and" is a mistake.
    terminals.append(rf"NAME: /(?!({'|'.join(words)})(?![\w.]))[^\W\d]\w*(\.\w+)*/i")
    return Lark(_GRAMMAR + "\n".join(terminals), parser="lalr", maybe_placeholders=False)


def _where(text: str, error: Any) -> str:
    """What stands in the way, where, and what could stand there."""
    token = getattr(error, "token", None)
    at_end = token is not None and token.type == "$END"
    # Lines end where the parser says they do, at line feeds alone.
    lines = text.rstrip().split("\n")
    line, column = (len(lines), len(lines[-1]) + 1) if at_end else (error.line, error.column)
    shown = lines[line - 1]
    word = re.match(r"\w+|.", shown[column - 1 :])
    found = "the end" if at_end or word is None else repr(str(token) if token is not None else word[0])
    wanted = _wanted(set(getattr(error, "accepts", None) or getattr(error, "expected", None) or error.allowed))
    said = f"found {found} where {wanted} was expected" if wanted else f"{found} cannot stand here"
    return f"rule, line {line}, column {column}: {said}.\n    {shown}\n    {' ' * (column - 1)}^"


def _at(token: Token) -> str:
    return f"rule, line {token.line}, column {token.column}"


def _wanted(terminals: set[str]) -> str:
    """The terminals that could have come, in words; a whole condition where one could begin.

    Empty where there are too many to be of help.
    """
    if {"_DID", "NAME", "_SAMPLE"} <= terminals or not terminals - {"LPAR", "NAME", "QUOTED"}:
        return "a condition"
    names = {
        "COMPARISON": "a comparison (= != < <= > >=)",
        "UNIT": "a unit (seconds, minutes, hours, days, weeks)",
        "STRING": 'text in double quotes ("…")',
        "PERCENT": "a share such as 10%",
        "NUMBER": "a number",
        "NAME": "a name",
        "QUOTED": "",
        "LPAR": "'('",
        "RPAR": "')'",
        "LSQB": "'['",
        "RSQB": "']'",
        "COMMA": "','",
        "$END": "the end",
    }
    said = sorted({names.get(one, repr(one.strip("_").lower())) for one in terminals} - {""})
    return " or ".join(said) if len(said) <= 8 else ""


@cache
def _maker() -> Any:
    from lark import Transformer, v_args

    def unquoted(token: Token) -> str:
        try:
            return str(json.loads(str(token)))
        except ValueError:
            raise SpecError(f"{_at(token)}: {token} is not written as JSON writes text.") from None

    @v_args(inline=True)
    class Maker(Transformer[Any, Any]):
        def either(self, *rules: r.Rule) -> r.Rule:
            return r.AnyOf(rules)

        def both(self, *rules: r.Rule) -> r.Rule:
            return r.All(rules)

        negated = r.Not
        now = r.Property
        held = r.Property

        def did(self, events: r.Events, window: r.Window = r.EVER) -> r.Rule:
            return r.Did(events, window)

        def sequence(self, *parts: Any) -> r.Rule:
            within = next((part for part in parts if isinstance(part, timedelta)), None)
            window = next((part for part in parts if isinstance(part, r.Window)), r.EVER)
            return r.Sequence(tuple(part for part in parts if isinstance(part, r.Events)), within, window)

        def counted(self, events: r.Events, *rest: Any) -> r.Rule:
            *window, operator, value = rest
            return r.Aggregate("count", events, str(operator), value, None, *window)

        def measured(self, measure: str, column: str, events: r.Events, *rest: Any) -> r.Rule:
            *window, operator, value = rest
            return r.Aggregate(measure, events, str(operator), value, column, *window)

        not_since = r.NotSince

        def at_step(self, funnel: str, step: int | str) -> r.Rule:
            return r.InFunnel(funnel, step)

        def lost_before(self, funnel: str, step: int | str) -> r.Rule:
            return r.InFunnel(funnel, step, lost=True)

        def sample(self, *parts: Token) -> r.Rule:
            *shares, salt = parts
            # Through Decimal: 29% is the float nearest to 0.29, which 29 / 100 need not be.
            low, high = ([0.0] + [float(Decimal(str(one).rstrip("% \t\n")) / 100) for one in shares])[-2:]
            return r.Sample(unquoted(salt), high, low)

        def compared(self, name: str, operator: Token, value: r.Value) -> r.Test:
            return r.Test(name, str(operator), value)

        def contains(self, name: str, part: Token) -> r.Test:
            return r.Test(name, "contains", unquoted(part))

        def among(self, name: str, *values: r.Value) -> r.Test:
            return r.Test(name, "in", values)

        def not_among(self, name: str, *values: r.Value) -> r.Test:
            return r.Test(name, "not in", values)

        def is_missing(self, name: str) -> r.Test:
            return r.Test(name, "is missing")

        def is_known(self, name: str) -> r.Test:
            return r.Test(name, "is known")

        def events(self, name: str, *tests: r.Test) -> r.Events:
            return r.Events(name, tests)

        def last(self, duration: timedelta) -> r.Window:
            return r.Window(duration)

        def between(self, start: timedelta, end: timedelta) -> r.Window:
            return r.Window(start, end)

        def until(self, end: timedelta) -> r.Window:
            return r.Window(None, end)

        def within(self, duration: timedelta) -> timedelta:
            return duration

        def duration(self, number: Token, unit: Token) -> timedelta:
            if str(number).startswith("-"):
                raise SpecError(f"{_at(number)}: {number} {unit} is negative.")
            try:
                return timedelta(**{str(unit).lower().rstrip("s") + "s": float(number)})
            except OverflowError:
                raise SpecError(f"{_at(number)}: {number} {unit} is too long.") from None

        def measure(self, name: Token) -> str:
            return str(name).lower()

        def step_number(self, number: Token) -> int:
            if not str(number).isdigit():
                raise SpecError(f"{_at(number)}: {number} is no step; steps count from 1.")
            return int(number)

        def step(self, name: str) -> str:
            return name

        def name(self, token: Token) -> str:
            return str(token).strip("`")

        def text(self, token: Token) -> str:
            return unquoted(token)

        def number(self, token: Token) -> int | float:
            return int(token) if re.fullmatch(r"-?\d+", token) else float(token)

        def yes(self) -> bool:
            return True

        def no(self) -> bool:
            return False

    return Maker()


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


def _property(rule: r.Property) -> str:
    return _test(rule.test) + (f" for {_duration(rule.held)}" if isinstance(rule.held, timedelta) else "")


def _did(rule: r.Did) -> str:
    return f"did {_events(rule.events)}{_window(rule.window, ' in ')}"


def _aggregate(rule: r.Aggregate) -> str:
    of = "" if rule.column is None else f"{_name(rule.column)} of "
    inside = f"{of}{_events(rule.events)}{_window(rule.window, ', ')}"
    return f"{rule.measure}({inside}) {rule.operator} {_value(rule.value)}"


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
    r.Did: _did,
    r.Aggregate: _aggregate,
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
    return json.dumps(text, ensure_ascii=False)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return _text(value) if isinstance(value, str) else repr(value)


def _test(test: r.Test) -> str:
    name = _name(test.name)
    if test.value is None:
        return f"{name} {test.operator}"
    if isinstance(test.value, tuple):
        return f"{name} {test.operator} ({', '.join(_value(one) for one in test.value)})"
    return f"{name} {test.operator} {_value(test.value)}"


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
