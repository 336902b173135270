"""The small language in which steps are written on a command line.

    steps      = step , { "," , step }
    step       = [ label , "=" ] , [ ">" ] , events , [ "{" , condition , { "," , condition } , "}" ] , [ "?" ]
    events     = name , { "|" , name }
    condition  = property , operator , value , { "|" , value }
    operator   = "=" | "!=" | "<" | "<=" | ">" | ">=" | "~"

`a|b` is any of two events; `{value>=100,device=mobile}` are conditions that must all hold; `=` with several values
means one of them and `~` means contains; `?` makes a step optional, `>` in front lets nothing lie between it and the
step before. A name or a value with one of these marks in it stands in double quotes, in which a backslash keeps the
next letter. Spaces around marks do not count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from funnel_utils.cli.spelling import CommandError
from funnel_utils.funnel.spec import Condition, Step
from funnel_utils.text import t

OPERATORS = ("!=", "<=", ">=", "=", "<", ">", "~")
MARKS = ",|{}<>=~!"


@dataclass(frozen=True)
class Word:
    """A name or value, and whether it stood in quotes: a quoted number is text."""

    text: str
    quoted: bool = False


class _Reader:
    """Walks over a text; says where it stands when something is wrong."""

    def __init__(self, text: str, listed: bool) -> None:
        self.text = text
        self.place = 0
        #: Whether a comma outside of braces ends a step.
        self.listed = listed

    def fail(self, wanted: str) -> CommandError:
        found = repr(self.text[self.place]) if self.place < len(self.text) else t("cli.steps.end")
        shown = {"text": self.text, "place": self.place + 1, "found": found}
        return CommandError(t("cli.steps.error", wanted=t(f"cli.steps.{wanted}"), **shown))

    def skip(self) -> None:
        while self.place < len(self.text) and self.text[self.place].isspace():
            self.place += 1

    def peek(self) -> str:
        self.skip()
        return self.text[self.place : self.place + 1]

    def take(self, *marks: str) -> str:
        """The first of `marks` that stands here, or nothing."""
        self.skip()
        for mark in marks:
            if self.text.startswith(mark, self.place):
                self.place += len(mark)
                return mark
        return ""

    def word(self, wanted: str, stops: str) -> Word:
        """Text up to one of `stops`, or what stands in quotes."""
        if self.take('"'):
            return self._quoted()
        start = self.place
        while self.place < len(self.text) and self.text[self.place] not in stops:
            self.place += 1
        found = self.text[start : self.place].strip()
        if not found:
            raise self.fail(wanted)
        return Word(found)

    def _quoted(self) -> Word:
        made: list[str] = []
        while self.place < len(self.text):
            letter = self.text[self.place]
            self.place += 1
            if letter == '"':
                if not made:
                    raise self.fail("name")
                return Word("".join(made), quoted=True)
            if letter == "\\" and self.place < len(self.text):
                letter = self.text[self.place]
                self.place += 1
            made.append(letter)
        raise self.fail("quote")


def parse_steps(
    listed: str | None, single: Iterable[str] = (), types: Mapping[str, str] | None = None
) -> tuple[Step, ...]:
    """The steps that a command line asks for.

    Parameters
    ----------
    listed : str, optional
        Steps between commas.
    single : iterable of str
        Further steps, each a text of its own, in which a comma outside of braces is part of a name.
    types : mapping of str to str, optional
        The types of the log's properties (`"string"`, `"float64"`, …). A value is read as the type of its property;
        without it, what looks like a number is one unless it is quoted.

    Returns
    -------
    tuple of Step

    Raises
    ------
    SpecError
        If the text is not in the language; it says what was expected, and where.

    Examples
    --------
    >>> [step.label for step in parse_steps('visit, view|compare, "Big, order" = pay{value>=100}?, done')]
    ['visit', 'compare or view', 'Big, order', 'done']
    >>> parse_steps("pay{value>=100,city=Shiraz|Tehran}")[0].where
    (Condition(property='value', operator='>=', value=100), Condition(property='city', operator='in', \
value=('Shiraz', 'Tehran')))
    """
    made: list[Step] = []
    if listed is not None:
        reader = _Reader(listed, listed=True)
        made.append(_step(reader, types))
        while reader.take(","):
            made.append(_step(reader, types))
        if reader.peek():
            raise reader.fail("after_step")
    for text in single:
        reader = _Reader(text, listed=False)
        made.append(_step(reader, types))
        if reader.peek():
            raise reader.fail("after_step")
    if not made:
        raise CommandError(t("cli.steps.none"))
    return tuple(made)


def _step(reader: _Reader, types: Mapping[str, str] | None) -> Step:
    stops = "|{}?=" + ("," if reader.listed else "")
    label = ""
    directly = bool(reader.take(">"))
    reader.skip()
    events = [reader.word("name", stops).text]
    if not directly and reader.take("="):
        label = events.pop()
        directly = bool(reader.take(">"))
        reader.skip()
        events.append(reader.word("name", stops).text)
    while reader.take("|"):
        reader.skip()
        events.append(reader.word("name", stops).text)
    where: list[Condition] = []
    if reader.take("{"):
        where.append(_condition(reader, types))
        while reader.take(","):
            where.append(_condition(reader, types))
        if not reader.take("}"):
            raise reader.fail("close")
    optional = bool(reader.take("?"))
    return Step(events, where, label=label, directly=directly, optional=optional)


def _condition(reader: _Reader, types: Mapping[str, str] | None) -> Condition:
    reader.skip()
    property_ = reader.word("property", MARKS).text
    operator = reader.take(*OPERATORS)
    if not operator:
        raise reader.fail("operator")
    reader.skip()
    words = [reader.word("value", ",|}")]
    while reader.take("|"):
        reader.skip()
        words.append(reader.word("value", ",|}"))
    kind = _kind(property_, types)
    values = [_value(word, property_, kind) for word in words]
    if operator == "~":
        operator = "contains"
    if len(values) == 1:
        return Condition(property_, operator, values[0])
    if operator != "=":
        raise CommandError(t("cli.steps.several", property=property_, operator=operator))
    return Condition(property_, "in", values)


def _kind(property_: str, types: Mapping[str, str] | None) -> str:
    """`"text"`, `"number"`, `"yes or no"`, or `"any"` where nothing is known of the property."""
    if types is None:
        return "any"
    if property_ not in types:
        raise CommandError(t("cli.steps.unknown_property", property=property_, known=", ".join(types) or "–"))
    name = types[property_].lstrip("!").lower()
    if name.startswith("string"):
        return "text"
    if name.startswith(("int", "uint", "float", "decimal")):
        return "number"
    return "yes or no" if name.startswith("boolean") else "any"


def _value(word: Word, property_: str, kind: str) -> Any:
    text = word.text
    if kind == "text" or (word.quoted and kind == "any"):
        return text
    if kind == "yes or no":
        if text.lower() in ("true", "false"):
            return text.lower() == "true"
        raise CommandError(t("cli.steps.not_bool", property=property_, value=text))
    number = _number(text)
    if number is None and kind == "number":
        raise CommandError(t("cli.steps.not_number", property=property_, value=text))
    return text if number is None else number


def _number(text: str) -> int | float | None:
    for kind in (int, float):
        try:
            value = kind(text)
        except ValueError:
            continue
        # Not "nan" and "inf", which are words here, nor digits with underscores.
        return value if text[-1].isdigit() and "_" not in text else None
    return None
