"""A segment's rule as text that reads aloud, and back.

    city = "Tehran" and sum(value of order, last 14 days) < 100000

`parse` makes the records of `rules.py` of it, `render` (in `rendering.py`) writes them canonically;
`parse(render(rule)) == rule` for every rule. `not` binds closest, then `and`, then `or`; brackets say otherwise. Words
of the language may be written in any case; names of events and properties keep theirs, and stand between backticks
where they are one of those words or not plain (`` `page view` ``). Text is in double quotes, escaped as in JSON;
capitals count. A time is written as text, `"2026-01-31 18:00"`, and means the log's `report_tz`. Digits may be Persian,
and `100_000` is a number.

| write | to ask for |
|---|---|
| `city = "Tehran"`, `city in ("Tehran", "Shiraz")`, `age between 18 and 30`, `vip = true` | what is known |
| `email ends with "@a.com"`, `name starts with "A"`, `page contains "shoes"` | a part of a text |
| `city is missing`, `city is known` (or: `is not missing`) | whether it is known |
| `city = "Tehran" for 30 days` | … and has held without a break for so long |
| `last_touch in last 30 days`, `expires in next 7 days`, `signed_up until 90 days ago` | a property that is a time |
| `did order`, `did not order in last 14 days`, `did order between 30 days and 14 days ago` | an event |
| `did order [place = "store", value > 5]` | an event, narrowed by its own properties |
| `did order [timestamp >= "2026-01-01"]` | an event since a date |
| `count(order, last 14 days) >= 2`, `count(order) between 3 and 5` | how often |
| `sum(value of order, last 14 days) < 100000`; also mean, min, max | a number made of events |
| `unique(item of order, last 90 days) >= 3` | how many different values |
| `first(channel of visit) = "ads"`, `last(item of order) in ("kettle", "cups")` | the first or the last known value |
| `no order since add_to_cart` | what was begun and not ended |
| `did visit then order within 7 days` | an order of events |
| `funnel buying at "Checkout"`, `funnel buying lost before 3` | a place in a funnel |
| `sample 10% of "spring"`, `sample 10% to 20% of "spring"` | a fixed random part |

For the first time in 14 days: `did order in last 14 days and did not order until 14 days ago`.
"""

from __future__ import annotations

import json
import re
from datetime import timedelta
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn

from funnel_utils.automation import rules as r
from funnel_utils.automation.rendering import WORDS
from funnel_utils.errors import SpecError

if TYPE_CHECKING:
    from lark import Lark, Token

_GRAMMAR = r"""
    ?start: either
    ?either: both (_OR both)*
    ?both: unless (_AND unless)*
    ?unless: _NOT unless -> negated
           | condition
    ?condition: "(" either ")"
              | test                                                      -> now
              | test _FOR duration                                        -> held
              | name window                                               -> dated
              | name _IN _THE? _NEXT duration                             -> ahead
              | _DID events window?                                       -> did
              | _DID _NOT events window?                                  -> did_not
              | _DID events (_THEN events)+ within? window?               -> sequence
              | _COUNT "(" events ("," window)? ")" amount                -> counted
              | measure "(" name _OF events ("," window)? ")" amount      -> measured
              | which "(" name _OF events ("," window)? ")" comparison    -> first_or_last
              | _NO events _SINCE events                                  -> not_since
              | _FUNNEL label _AT step                                    -> at_step
              | _FUNNEL label _LOST _BEFORE step                          -> lost_before
              | _SAMPLE PERCENT _OF quoted                                -> sample
              | _SAMPLE PERCENT _TO PERCENT _OF quoted                    -> sample

    test: name comparison
    comparison: COMPARISON value
              | _BETWEEN value _AND value        -> between
              | _CONTAINS quoted                 -> contains
              | _STARTS_WITH quoted              -> starts_with
              | _ENDS_WITH quoted                -> ends_with
              | _IN "(" value ("," value)* ")"   -> among
              | _NOT _IN "(" value ("," value)* ")" -> not_among
              | _IS _MISSING                     -> is_missing
              | _IS _KNOWN                       -> is_known
              | _IS _NOT _MISSING                -> is_known
              | _IS _NOT _KNOWN                  -> is_missing
    amount: COMPARISON number                    -> comparison
          | _BETWEEN number _AND number          -> between

    events: label ("[" test ("," test)* "]")?
    window: _IN? _THE? _LAST duration            -> last
          | _BETWEEN duration _AND duration _AGO -> span
          | _UNTIL duration _AGO                 -> until
    within: _WITHIN duration
    duration: NUMBER UNIT
    measure: SUM | MEAN | MIN | MAX | UNIQUE
    which: FIRST  -> first
         | _LAST  -> latest
    step: NUMBER -> step_number
        | label
    ?label: name | quoted
    name: NAME | QUOTED
    number: NUMBER
    quoted: STRING
    ?value: quoted
          | number
          | _TRUE  -> yes
          | _FALSE -> no

    COMPARISON: "!=" | "<=" | ">=" | "=" | "<" | ">"
    UNIT: /(seconds?|minutes?|hours?|days?|weeks?)\b/i
    STRING: /"(?:[^"\\\n]|\\.)*"/
    PERCENT: /\d+(\.\d+)?(e-?\d+)?\s*%/i
    NUMBER: /-?\d+(_\d+)*(\.\d+)?(e[+-]?\d+)?/i
    QUOTED: /`[^`\n]+`/
    // Functions are known by their bracket, so that a property may have the same name.
    FIRST.2: /first(?=\s*\()/i
    UNIQUE.2: /unique(?=\s*\()/i
    _STARTS_WITH: /starts\s+with\b/i
    _ENDS_WITH: /ends\s+with\b/i
    _NEXT: /next\b/i
    %ignore /\s+/
"""
_KEPT = ("sum", "mean", "min", "max")
#: Where a word ends: letters, digits, a dot, and the half-space of Persian words go on.
_END = r"(?![\w.\u200c])"


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
        rule = _maker().transform(_parser().parse(text))
    except UnexpectedInput as error:
        _refuse(text, error)
    except VisitError as error:
        said, place = error.orig_exc, getattr(error.obj, "meta", None)
        if not isinstance(said, SpecError | ValueError | ArithmeticError):
            raise
        # Python reads no number of thousands of digits.
        why = str(said) if isinstance(said, SpecError) else "a number here is too long to be read."
        raise SpecError(_marked(text, getattr(place, "line", 1), getattr(place, "column", 1), why)) from None
    assert isinstance(rule, r.Rule), "the grammar's start is a rule"
    return rule


@cache
def _parser() -> Lark:
    from lark import Lark

    words = sorted(WORDS)
    terminals = [f"{'' if word in _KEPT else '_'}{word.upper()}: /{word}{_END}/i" for word in words]
    # A word of the language is never a name, even where only a name could stand: "and and" is a mistake.
    terminals.append(rf"NAME: /(?!({'|'.join(words)}){_END})[^\W\d][\w\u200c]*(\.[\w\u200c]+)*/i")
    return Lark(_GRAMMAR + "\n".join(terminals), parser="lalr", maybe_placeholders=False, propagate_positions=True)


def _refuse(text: str, error: Any) -> NoReturn:
    """Say what stands in the way, where, and what could stand there."""
    token = getattr(error, "token", None)
    at_end = token is not None and token.type == "$END"
    # Lines end where the parser says they do, at line feeds alone.
    lines = text.rstrip().split("\n")
    line, column = (len(lines), len(lines[-1]) + 1) if at_end else (error.line, error.column)
    before, after = lines[line - 1][: column - 1], lines[line - 1][column - 1 :]
    word = re.match(r"\w+|.", after)
    found = "the end" if at_end or word is None else repr(str(token) if token is not None else word[0])
    # Without a token only the shape of the text is known, and what could stand there less well.
    possible = set(getattr(error, "accepts", None) or getattr(error, "expected", None) or error.allowed)
    wanted = _wanted(possible) if token is not None or "STRING" in possible else ""
    said = f"found {found} where {wanted} was expected" if wanted else f"{found} cannot stand here"
    if re.search(r"\d$", before) and re.match(r"[,\u066c]\d{3}(?!\d)", after):
        said += "; write a large number as 100000 or 100_000"
    elif (after.startswith('"') and wanted == "a condition") or re.match(r"\w[^\w\s]\w", before[-1:] + after):
        said += "; a name that is not plain stands between backticks"
    raise SpecError(_marked(text, line, column, f"{said}.")) from None


def _marked(text: str, line: int, column: int, said: str) -> str:
    """What is wrong, with its line and column, and the place marked."""
    shown = text.split("\n")[line - 1].rstrip()
    start = max(0, column - 80)
    shown = shown[start : start + 100]
    return f"rule, line {line}, column {column}: {said}\n    {shown}\n    {' ' * (column - 1 - start)}^"


def _wanted(terminals: set[str]) -> str:
    """The terminals that could have come, in words; a whole condition where one could begin.

    Empty where there are too many to be of help.
    """
    if {"_DID", "NAME", "_SAMPLE"} <= terminals or not terminals - {"LPAR", "NAME", "QUOTED"}:
        return "a condition"
    if {"COMPARISON", "_CONTAINS"} <= terminals:
        return "a comparison (= != < <= > >=, between, in, not in, contains, starts with, ends with, is known …)"
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
    said = sorted({names.get(one, repr(one.strip("_").lower().replace("_", " "))) for one in terminals} - {""})
    return " or ".join(said) if len(said) <= 8 else ""


@cache
def _maker() -> Any:
    from lark import v_args
    from lark.visitors import Transformer_NonRecursive

    Compared = tuple[str, Any]

    @v_args(inline=True)
    class Maker(Transformer_NonRecursive[Any, Any]):
        def either(self, *rules: r.Rule) -> r.Rule:
            return r.AnyOf(rules)

        def both(self, *rules: r.Rule) -> r.Rule:
            return r.All(rules)

        negated = r.Not
        now = r.Property
        held = r.Property
        dated = r.Dated
        did = r.Did

        def ahead(self, name: str, duration: timedelta) -> r.Rule:
            return r.Dated(name, r.Window(duration), ahead=True)

        def did_not(self, *parts: Any) -> r.Rule:
            return r.Not(r.Did(*parts))

        def sequence(self, *parts: Any) -> r.Rule:
            within = next((part for part in parts if isinstance(part, timedelta)), None)
            window = next((part for part in parts if isinstance(part, r.Window)), r.EVER)
            return r.Sequence(tuple(part for part in parts if isinstance(part, r.Events)), within, window)

        def counted(self, events: r.Events, *rest: Any) -> r.Rule:
            *window, (operator, value) = rest
            return r.Aggregate("count", events, operator, value, None, *window)

        def measured(self, measure: str, column: str, events: r.Events, *rest: Any) -> r.Rule:
            *window, (operator, value) = rest
            return r.Aggregate(measure, events, operator, value, column, *window)

        def first_or_last(self, which: str, column: str, events: r.Events, *rest: Any) -> r.Rule:
            *window, compared = rest
            return r.FirstOrLast(which, events, r.Test(column, *compared), *window)

        def first(self, _: Token) -> str:
            return "first"

        def latest(self) -> str:
            return "last"

        not_since = r.NotSince

        def at_step(self, funnel: str, step: int | str) -> r.Rule:
            return r.InFunnel(funnel, step)

        def lost_before(self, funnel: str, step: int | str) -> r.Rule:
            return r.InFunnel(funnel, step, lost=True)

        def sample(self, *parts: Token) -> r.Rule:
            *shares, salt = parts
            # Through Decimal: 29% is the float nearest to 0.29, which 29 / 100 need not be.
            low, high = ([0.0] + [float(Decimal(str(one).rstrip("% \t\n")) / 100) for one in shares])[-2:]
            return r.Sample(str(salt), high, low)

        def test(self, name: str, compared: Compared) -> r.Test:
            return r.Test(name, *compared)

        def comparison(self, operator: Token, value: r.Value) -> Compared:
            return str(operator), value

        def between(self, low: r.Value, high: r.Value) -> Compared:
            return "between", (low, high)

        def contains(self, part: str) -> Compared:
            return "contains", part

        def starts_with(self, part: str) -> Compared:
            return "starts with", part

        def ends_with(self, part: str) -> Compared:
            return "ends with", part

        def among(self, *values: r.Value) -> Compared:
            return "in", values

        def not_among(self, *values: r.Value) -> Compared:
            return "not in", values

        def is_missing(self) -> Compared:
            return "is missing", None

        def is_known(self) -> Compared:
            return "is known", None

        def events(self, name: str, *tests: r.Test) -> r.Events:
            return r.Events(name, tests)

        def last(self, duration: timedelta) -> r.Window:
            return r.Window(duration)

        def span(self, start: timedelta, end: timedelta) -> r.Window:
            return r.Window(start, end)

        def until(self, end: timedelta) -> r.Window:
            return r.Window(None, end)

        def within(self, duration: timedelta) -> timedelta:
            return duration

        def duration(self, number: Token, unit: Token) -> timedelta:
            if str(number).startswith("-"):
                raise SpecError(f"{number} {unit} is negative.")
            try:
                return timedelta(**{str(unit).lower().rstrip("s") + "s": float(number)})
            except OverflowError:
                raise SpecError(f"{number} {unit} is too long.") from None

        def measure(self, name: Token) -> str:
            return str(name).lower()

        def step_number(self, number: Token) -> int:
            if not str(number).isdigit():
                raise SpecError(f"{number} is no step; steps count from 1.")
            return int(number)

        def step(self, name: str) -> str:
            return name

        def name(self, token: Token) -> str:
            return str(token).strip("`")

        def quoted(self, token: Token) -> str:
            try:
                return str(json.loads(str(token)))
            except ValueError:
                raise SpecError(f"{token} is not written as JSON writes text.") from None

        def number(self, token: Token) -> int | float:
            digits = token.lstrip("-")
            if re.match(r"\d[\d_]", digits) and int(digits[0]) == 0:  # of (100,000), which is no list of two numbers
                raise SpecError(f"{token} begins with a zero; write a large number as 100000 or 100_000.")
            return int(token) if re.fullmatch(r"-?[\d_]+", token) else float(token)

        def yes(self) -> bool:
            return True

        def no(self) -> bool:
            return False

    return Maker()
