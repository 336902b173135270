"""What the lessons' graders share: reading a number out of whatever was passed, and telling misconceptions apart.

A grader is a function from an answer to an `Outcome`. A **misconception** is a wrong answer with a name: the value that
one gets by a known error, and the text that helps. `graded_number` compares an answer with the right value first, then
with every misconception, then with the slips that any number can suffer (a percentage for a share, an upside-down
division), and only then says "not yet".
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from funnel_utils.course.check import Outcome
from funnel_utils.text import t


def ok(key: str, /, **values: object) -> Outcome:
    """The answer is right; `key` says why."""
    return Outcome("ok", t(key, **values))


def hint(key: str, /, **values: object) -> Outcome:
    """The answer is not right; `key` says what to look at."""
    return Outcome("hint", t(key, **values))


def as_number(answer: Any) -> float | None:
    """The one number in `answer` (a number, or an array, Series or frame of one element), else `None`."""
    if isinstance(answer, bool | str | bytes):
        return None
    if hasattr(answer, "size") and hasattr(answer, "to_numpy"):
        answer = answer.to_numpy()
    if hasattr(answer, "item"):
        if getattr(answer, "size", 1) != 1:
            return None
        answer = answer.item()
    if isinstance(answer, bool) or not isinstance(answer, int | float | Fraction | Decimal):
        return None
    return float(answer)


def close(answer: float, value: float, tolerance: float) -> bool:
    """Whether `answer` is within `tolerance` of `value`, or differs by rounding only; never for missing values."""
    rounding = 1e-9 * max(1.0, abs(value))
    return math.isfinite(answer) and math.isfinite(value) and abs(answer - value) <= tolerance + rounding


def graded_number(
    answer: Any,
    right: float,
    key: str,
    mistakes: Iterable[tuple[str, float]] = (),
    *,
    tolerance: float = 0.0,
    share: bool = False,
    points: bool = False,
    **values: object,
) -> Outcome:
    """Compare a number with the right one and with what named misconceptions give.

    Parameters
    ----------
    answer : object
        The learner's answer.
    right : float
        The right value, computed by the caller.
    key : str
        Where the texts are: `{key}.ok`, `{key}.hint` and, for each misconception, `{key}.{name}`.
    mistakes : iterable of (name, value)
        What each misconception gives. The nearest value decides, the right one first.
    tolerance : float
        How far from a value counts as that value, in the answer's unit.
    share : bool
        The answer is a share between 0 and 1: percentages and inverted divisions get their own hints.
    points : bool
        The answer is a difference of shares, of either sign: percentage points get their own hint.
    **values
        Filled into `{key}.ok`.
    """
    number = as_number(answer)
    if number is None:
        return hint("course.not_a_number", kind=type(answer).__name__)
    # The nearest value wins, the right one where two are as near: rounded answers may lie close to several.
    near = [
        (abs(number - value), name) for name, value in [("ok", right), *mistakes] if close(number, value, tolerance)
    ]
    if near:
        name = min(near, key=lambda pair: pair[0])[1]
        return ok(f"{key}.ok", **values) if name == "ok" else hint(f"{key}.{name}")
    if share:
        slip = _share_slip(number, right, tolerance)
        if slip:
            return hint(f"course.slip.{slip}")
    if points and close(number / 100, right, tolerance):
        return hint("course.slip.points")
    return hint(f"{key}.hint")


def _share_slip(number: float, right: float, tolerance: float) -> str | None:
    slips = {
        "percent": (number / 100, tolerance),
        "tenfold": (number / 10, tolerance),
        "tenth": (number * 10, 10 * tolerance),
        "complement": (1 - number, tolerance),
        "upside_down": (1 / number if number else math.inf, tolerance),
    }
    for name, (undone, allowed) in slips.items():
        if close(undone, right, allowed):
            return name
    return "outside" if number < 0 or number > 1 else None


def graded_choice(
    answer: Any, right: str, key: str, mistakes: Mapping[str, str], choices: Iterable[str], **values: object
) -> Outcome:
    """Compare one of several names with the right one.

    `mistakes` maps a misconception's name to the choice that it leads to; texts as in `graded_number`.
    """
    options = list(choices)
    if getattr(answer, "size", None) == 1 and hasattr(answer, "item"):
        answer = answer.item()  # one cell of a table, still in its frame
    if not isinstance(answer, str):
        return hint("course.not_a_choice", kind=type(answer).__name__, choices=", ".join(options))
    given = answer.strip().lower()
    if given == right.lower():
        return ok(f"{key}.ok", **values)
    if given not in {option.lower() for option in options}:
        return hint("course.not_a_choice", kind=repr(answer), choices=", ".join(options))
    for name, choice in mistakes.items():
        if given == choice.lower():
            return hint(f"{key}.{name}")
    return hint(f"{key}.hint")


def memo_gaps(
    text: str, *, words: int, names: Iterable[str] = (), number: bool = True, test: bool = False
) -> list[Outcome]:
    """What an open answer still lacks, in the order in which to mend it.

    Parameters
    ----------
    text : str
        The learner's text.
    words : int
        The least number of words.
    names : iterable of str
        Steps, channels or findings of which it must name one (nothing is asked for when empty).
    number : bool
        Whether it must hold a figure.
    test : bool
        Whether it must say how the advice will be tested.
    """
    lower = text.lower()
    wanted = [name.lower() for name in names]
    gaps = []
    if len(text.split()) < words:
        gaps.append(hint("course.memo.words", written=len(text.split()), wanted=words))
    if wanted and not any(name in lower or name.replace("_", " ") in lower for name in wanted):
        gaps.append(hint("course.memo.names", names=", ".join(wanted)))
    if number and not any(character.isdigit() for character in text):
        gaps.append(hint("course.memo.number"))
    if test and not any(word in lower for word in t("course.memo.test_words").split("|")):
        gaps.append(hint("course.memo.test"))
    return gaps
