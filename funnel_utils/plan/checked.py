"""Parts of a plan that check themselves, in Python and in YAML, with errors that say where, what, and what is allowed.

pydantic does the checking; its report is turned into one `SpecError` that names each field by its path, what it
holds, what it may hold, and for YAML the line. A plan is written by people, so a misspelt field is an error with the
nearest name, and a field written twice is one too (YAML itself would silently take the last).
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from funnel_utils.errors import SpecError

if TYPE_CHECKING:
    from pydantic._internal._model_construction import ModelMetaclass
else:
    ModelMetaclass = type(BaseModel)

Loc = Sequence[int | str]


def _no_bool(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("a number, not yes or no")
    return value


#: A number that is neither infinite nor missing, nor a yes or no.
Number = Annotated[float, BeforeValidator(_no_bool), Field(allow_inf_nan=False)]
#: A text with something in it.
Words = Annotated[str, Field(min_length=1, pattern=r"\S")]


class _Speaking(ModelMetaclass):
    """Turns pydantic's errors into ours where a part is made in Python; nested parts keep theirs until then."""

    def __call__(cls, *args: Any, **values: Any) -> Any:
        try:
            return super().__call__(*args, **values)
        except ValidationError as error:
            raise SpecError(explain(error, cls)) from None


class Part(BaseModel, metaclass=_Speaking):
    """A frozen part of a plan, in which only the fields that it names may stand."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


P = TypeVar("P", bound=BaseModel)


def parse_yaml(text: str, part: type[P], name: str = "the YAML text") -> P:
    """`text` as a part of a plan.

    Parameters
    ----------
    text : str
    part : type
        A `Part`, such as `Goal`.
    name : str
        What to call the text in an error.

    Raises
    ------
    SpecError
        With a line for each mistake.

    Examples
    --------
    >>> from funnel_utils.plan import Goal
    >>> parse_yaml("statement: More sales\\ndirection: up", Goal)
    Traceback (most recent call last):
        ...
    funnel_utils.errors.SpecError: the YAML text, line 2: direction='up' is not allowed; give 'increase' or 'decrease'.
    """
    try:
        node = yaml.compose(text, yaml.SafeLoader)
        _refuse_twice(node, name)
        values = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark is not None else ""
        problem = getattr(error, "problem", None) or "it cannot be read"
        raise SpecError(f"{name}{where} is not YAML: {problem}.") from None
    except ValueError as error:
        # Such as the 31st of June, which looks like a date and is none.
        raise SpecError(f"{name}: {error}.") from None
    if not isinstance(values, dict):
        raise SpecError(f"{name} holds {type(values).__name__}; write fields, such as 'statement: More sales'.")
    try:
        return part.model_validate(values)
    except ValidationError as error:
        raise SpecError(explain(error, part, node, name)) from None


def load_yaml(path: str | Path, part: type[P]) -> P:
    """A YAML file as a part of a plan: see `parse_yaml`."""
    place = Path(path)
    try:
        text = place.read_text(encoding="utf-8")
    except OSError as error:
        raise SpecError(f"{place.name} cannot be read: {error.strerror or error}.") from None
    except UnicodeDecodeError:
        raise SpecError(f"{place.name} is not UTF-8 text; save it as UTF-8.") from None
    return parse_yaml(text, part, place.name)


def explain(error: ValidationError, part: type, node: Any = None, name: str = "") -> str:
    """A validation error in our words, a line for each mistake."""
    lines = []
    for one in error.errors():
        loc = [step for step in one["loc"] if step not in ("function-before", "float", "str")]
        where = ""
        if name:
            mark = _mark(node, loc)
            where = f"{name}, line {mark.line + 1}: " if mark is not None else f"{name}: "
        lines.append(where + _said(dict(one), loc, part))
    return "\n".join(lines)


def _said(one: dict[str, Any], loc: Loc, part: type) -> str:
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in loc).lstrip(".")
    kind, context = one["type"], one.get("ctx", {})
    if kind == "extra_forbidden":
        return f"{path} is not a field{_nearest(loc, part)}."
    if kind == "missing":
        return f"{path} is missing."
    if kind == "value_error" and not loc:
        return f"{part.__name__}: {context['error']}."
    if kind == "value_error" and isinstance(one["input"], dict):
        # Fields that do not fit each other: the whole part stands there, not one value.
        return f"{path}: {context['error']}."
    # In texts only what was written is repeated, not pages of it.
    shown = repr(one["input"])
    shown = shown if len(shown) <= 60 else shown[:57] + "…"
    return f"{path}={shown} is not allowed; give {_allowed(kind, one['msg'], context)}."


#: pydantic's comparisons, and how they are said.
_BOUNDS = {"gt": "above {}", "ge": "of {} or more", "lt": "below {}", "le": "of {} or less"}


def _allowed(kind: str, message: str, context: dict[str, Any]) -> str:
    for name, said in _BOUNDS.items():
        if name in context:
            return f"a number {said.format(f'{context[name]:g}')}"
    if kind == "literal_error":
        return str(context["expected"])
    if kind == "value_error":
        return str(context["error"])
    if kind.startswith(("date", "timezone")):
        return "a date such as 2026-09-30"
    if kind in ("string_type", "string_too_short", "string_pattern_mismatch"):
        return "some text (in quotes, if it looks like a number)"
    if kind.startswith(("float", "int", "finite")):
        return "a number"
    if kind.startswith(("tuple", "list")):
        return "a list"
    if kind.startswith(("model", "dict")):
        return "fields with values"
    return message[0].lower() + message[1:]


def _nearest(loc: Loc, part: type) -> str:
    """The fields there are where a wrong one stands, with the one that was probably meant."""
    here: Any = part
    for step in loc[:-1]:
        if isinstance(step, int):
            continue
        found = getattr(here, "model_fields", {}).get(step)
        here = _model_in(found.annotation) if found is not None else None
        if here is None:
            return ""
    names = list(getattr(here, "model_fields", {}))
    close = difflib.get_close_matches(str(loc[-1]), names, 1)
    meant = f"; did you mean {close[0]}?" if close else ""
    return f"{meant} (there are {', '.join(names)})"


def _model_in(annotation: Any) -> Any:
    """The model that an annotation such as `list[Goal]` or `Baseline | None` holds."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in getattr(annotation, "__args__", ()) if (found := _model_in(part))), None)


def _mark(node: Any, loc: Loc) -> Any:
    """Where in the YAML text a field stands; the nearest thing around it where it is missing."""
    mark = None if node is None else node.start_mark
    for step in loc:
        if isinstance(node, yaml.MappingNode):
            pairs = [(key, value) for key, value in node.value if key.value == str(step)]
            if not pairs:
                return mark
            mark, node = pairs[0][0].start_mark, pairs[0][1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            mark = node.start_mark
        else:
            return mark
    return mark


def _refuse_twice(node: Any, name: str) -> None:
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if key.value in seen:
                raise SpecError(f"{name}, line {line}: {key.value} stands there already in line {seen[key.value]}.")
            seen[key.value] = line
            _refuse_twice(value, name)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _refuse_twice(item, name)
