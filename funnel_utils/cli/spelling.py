"""Messages of the package in the words of a command line: `control='b'` becomes `--control 'b'`.

The package speaks to somebody who writes Python and names arguments; whoever sits at a shell has options. Which option
stands for which argument is read from the command itself: an option is named like its argument (`--cost-per-send`,
`cost_per_send`), or, where it may be repeated, like one of several (`--treatment`, `treatments`). Where neither is so,
the option `Says` what it stands for. Text in quotes is somebody's own and stays as it is.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from typer.models import OptionInfo, ParameterInfo

from funnel_utils.errors import SpecError

_QUOTED = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\""""
_VALUE = rf"{_QUOTED}|\[[^\[\]]*\]|\([^()]*\)|\{{[^{{}}]*\}}|…|[\w.+%-]*\w"
_ARGUMENT = rf"(?<![\w.={{-])(?P<name>[a-z]\w*)=(?P<value>{_VALUE})?"
_CALL = rf"(?P<call>\b\w+\((?P<inside>(?:[a-z]\w*=(?:{_VALUE})(?:, )?)+)\))"
_PART = re.compile(rf"{_CALL}|{_ARGUMENT}|(?<!\w)(?:{_QUOTED})")
_PAIR = re.compile(rf"({_QUOTED})\s*:\s*({_QUOTED}|…|[\w.+-]+)")


class CommandError(SpecError):
    """A command line that asks for what cannot be; its message names options already and is told as it is."""


class Says:
    """What an option stands for where it has another name: an argument, or an argument with a value.

    It stands beside the option in the annotation of a command's parameter.

    Examples
    --------
    >>> Says("events", "arm=None").arguments
    ('events', 'arm=None')
    """

    def __init__(self, *arguments: str) -> None:
        self.arguments = arguments


@dataclass(frozen=True)
class Spelling:
    """How an argument is written on a command line."""

    option: str
    metavar: str = ""

    def write(self, value: str | None) -> str:
        """The option, with `value` (as Python writes it) as a shell would have it.

        Examples
        --------
        >>> Spelling("--value", "COLUMN|none").write("None"), Spelling("--value").write("None")
        ('--value none', 'no --value')
        >>> Spelling("--type", "NAME=TYPE").write("{'value': \\"float64\\"}")
        '--type value=float64'
        >>> Spelling("--treatment").write("('new', 'newer')")
        "--treatment 'new', 'newer'"
        """
        if value in (None, "True"):
            return self.option
        if value in ("None", "False"):
            return f"{self.option} none" if "none" in self.metavar.split("|") else f"no {self.option}"
        assert value is not None, "told above"
        if value[0] == "{":
            pairs = [f"{self.option} {_bare(key)}={_bare(given)}" for key, given in _PAIR.findall(value)]
            return " ".join(pairs) or f"{self.option} {value[1:-1]}".rstrip()
        if value[0] in "[(":
            return f"{self.option} {value[1:-1].rstrip(',')}".rstrip()
        return f"{self.option} {value}"


def _bare(text: str) -> str:
    return str(ast.literal_eval(text)) if text[0] in "'\"" else text


def long_name(extra: Iterable[Any]) -> str:
    """The name in full of the option that stands in an annotation; nothing if none does.

    Examples
    --------
    >>> import typer
    >>> long_name([typer.Option("--reuse/--no-reuse", "-r")]), long_name([typer.Argument()])
    ('--reuse', '')
    """
    for info in extra:
        if isinstance(info, OptionInfo):
            # In an annotation typer keeps the first of an option's names where a default would be.
            declared = [name for name in (info.default, *(info.param_decls or ())) if isinstance(name, str)]
            return next(name for name in declared if name.startswith("--")).partition("/")[0]
    return ""


def spellings(command: Callable[..., Any]) -> dict[str, Spelling]:
    """How each argument that a message may name is written for `command`.

    Returns
    -------
    dict
        By argument, or by `argument=value` where only this value has an option.
    """
    found: dict[str, Spelling] = {}
    said: dict[str, Spelling] = {}
    for parameter in inspect.signature(command, eval_str=True).parameters.values():
        extra = getattr(parameter.annotation, "__metadata__", ())
        option = long_name(extra)
        metavar = next((info.metavar for info in extra if isinstance(info, ParameterInfo)), None) or ""
        # What stands on the command line without a name goes by what the usage calls it.
        spelling = Spelling(option or metavar, metavar)
        if option:
            name = option[2:].replace("-", "_")
            kind = get_args(parameter.annotation)[0]
            several = any(get_origin(one) is list for one in (kind, *get_args(kind)))
            found |= dict.fromkeys((name, name + "s", name + "es") if several else (name,), spelling)
        for says in extra:
            said |= dict.fromkeys(says.arguments, spelling) if isinstance(says, Says) else {}
    return found | said


def spelled(message: str, by_argument: dict[str, Spelling]) -> str:
    """`message`, with arguments written as options.

    Parameters
    ----------
    message : str
    by_argument : dict
        See `spellings`. What it does not have stays as it is.

    Examples
    --------
    >>> words = {"within": Spelling("--within"), "unit": Spelling("--unit"), "rates": Spelling("--rate")}
    >>> spelled("There is no window. Give Exposure(within=…).", words)
    'There is no window. Give --within ….'
    >>> spelled("Experiment: unit='usr': did you write 'unit=user'? See split=.", words)
    "--unit 'usr': did you write 'unit=user'? See split=."
    >>> spelled("rates: none is given.", words)
    '--rate: none is given.'
    """

    def one(match: re.Match[str]) -> str:
        if match["call"] is not None:
            inside = re.sub(_ARGUMENT, one_argument, match["inside"])
            return inside if inside.startswith("--") else match[0]
        return match[0] if match["name"] is None else one_argument(match)

    def one_argument(match: re.Match[str]) -> str:
        name, value = match["name"], match["value"]
        exactly = by_argument.get(f"{name}={value}")
        if exactly is not None:
            return exactly.option
        return by_argument[name].write(value) if name in by_argument else match[0]

    told = _PART.sub(one, message)
    head, colon, rest = told.partition(": ")
    if colon and head in by_argument:
        told = f"{by_argument[head].option}: {rest}"
    # Some messages name the option already; and the kinds of objects are nothing to a shell.
    told = told.replace(", or pass a datetime.timedelta", "")
    told = re.sub(r"(--[\w-]+) \(\1\)", r"\1", told)
    return re.sub(r"\A[A-Z]\w*: (?=--)", "", told)
