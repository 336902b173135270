"""`check(name, answer)`: what a learner's answer to an exercise is worth, said kindly and never with an exception.

Three outcomes. **todo**: the blank is still there. **hint**: something is off; where the answer is one that a known
misconception gives, the hint is about that misconception. **ok**: right, with the reason. The right answers are
computed from the data when asked (`funnel_utils.course.lesson00` and its siblings), never stored.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

from funnel_utils.text import t

Status = Literal["todo", "hint", "ok"]
_EDGE = {"todo": "#56B4E9", "hint": "#E69F00", "ok": "#009E73"}


@dataclass(frozen=True, repr=False)
class Outcome:
    """A status and one message; prints as `ok: …`, and as a bordered box in a notebook."""

    status: Status
    message: str

    def __repr__(self) -> str:
        return f"{self.status}: {self.message}"

    def _repr_html_(self) -> str:
        style = f"border-left: 6px solid {_EDGE[self.status]}; padding: 0.4em 0.8em; margin: 0.4em 0"
        word = escape(t(f"course.status.{self.status}"))
        return f'<div role="status" style="{style}"><b>{word}</b> {escape(self.message)}</div>'


Grader = Callable[[Any], Outcome]


def check(name: str, answer: object) -> Outcome:
    """Judge `answer` to the exercise `name`.

    Parameters
    ----------
    name : str
        `"<lesson>.<exercise>"`, as the exercise's cell has it.
    answer : object
        Anything. `None`, `...`, an empty text, or a collection that holds a blank is not an answer yet.

    Returns
    -------
    Outcome

    Examples
    --------
    >>> check("01.worked_example", ...)
    todo: Replace the blank (the three dots) with your answer, then run the cell again.
    >>> check("01.worked_example", 130 / 5200).status
    'ok'
    """
    # The learner's object may raise from any method at all; an exercise must answer with words all the same.
    try:
        if _is_blank(answer):
            return Outcome("todo", t("course.todo"))
        grader = _grader(name)
        if grader is None:
            return Outcome("hint", t("course.unknown", name=name))
        return grader(answer)
    except Exception as error:
        return Outcome("hint", t("course.unreadable", kind=type(answer).__name__, error=type(error).__name__))


def _is_blank(answer: object) -> bool:
    if answer is None or answer is Ellipsis:
        return True
    if isinstance(answer, str):
        return answer.strip() in ("", "...", "…")
    if isinstance(answer, Mapping):
        return not answer or any(_is_blank(value) for value in answer.values())
    if isinstance(answer, list | tuple | set | frozenset):
        return not answer or any(_is_blank(value) for value in answer)
    return False


def _grader(name: str) -> Grader | None:
    found = re.fullmatch(r"(\d\d[a-z]?)\.\w+", name) if isinstance(name, str) else None
    if found is None:
        return None
    module = f"funnel_utils.course.lesson{found[1]}"
    try:
        graders: Mapping[str, Grader] = importlib.import_module(module).GRADERS
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        return None
    return graders.get(name)
