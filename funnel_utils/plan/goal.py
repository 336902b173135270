"""A goal, as people write it and as a computation can check it.

Only the sentence is required: a goal may lack everything that would make it SMART, and `assess` says so letter by
letter. What is written must make sense, though: a misspelt direction or a target that lies on the wrong side of its
baseline is an error, not a red light.
"""

from __future__ import annotations

import math
import re
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from funnel_utils.plan.checked import Number, Part, Words, load_yaml, parse_yaml


class Baseline(Part):
    """What a goal is compared with.

    Parameters
    ----------
    value : float
        In the unit of the goal's metric.
    of : {"own", "competitor"}
        Whose number it is.
    what : str
        In words: "sales of last September", "the market leader's app".
    """

    value: Number
    of: Literal["own", "competitor"] = "own"
    what: Words


class Goal(Part):
    """A goal.

    Parameters
    ----------
    statement : str
        The goal as a sentence.
    metric : str, optional
        The KPI's name.
    segment : str, optional
        Of whom; "all" says everybody.
    direction : {"increase", "decrease"}, optional
    target : float, optional
        The value to reach. Instead of it, with a baseline:
    change : float or str, optional
        The change to reach, as a share of the baseline: `0.2` or `"+20%"`.
    over : {"period", "total"}
        Whether the target is for the period (month, week, day) that holds the deadline, or for the sum of all periods
        from now until then.
    baseline : Baseline, optional
    deadline : date, optional
    serves : str, optional
        The business goal behind it, a name in the KPI tree, such as "profit".
    because : str, optional
        By what it shall come about.
    currency : str, optional
        Of a target in money.

    Raises
    ------
    SpecError
        Naming the field, what it holds and what is allowed.

    Examples
    --------
    >>> goal = Goal(
    ...     statement="Sell more by autumn",
    ...     metric="sales",
    ...     segment="all",
    ...     direction="increase",
    ...     change="+10%",
    ...     baseline={"value": 600, "what": "sales of last September"},
    ...     deadline="2026-09-30",
    ... )
    >>> round(goal.aim), goal.deadline.year
    (660, 2026)
    >>> Goal(statement="Sell more", direction="up")
    Traceback (most recent call last):
        ...
    funnel_utils.errors.SpecError: direction='up' is not allowed; give 'increase' or 'decrease'.
    """

    statement: Words
    metric: Words | None = None
    segment: Words | None = None
    direction: Literal["increase", "decrease"] | None = None
    target: Number | None = None
    change: Number | None = Field(default=None, gt=-1)
    over: Literal["period", "total"] = "period"
    baseline: Baseline | None = None
    deadline: date | None = None
    serves: Words | None = None
    because: Words | None = None
    currency: Words | None = None

    @field_validator("change", mode="before")
    @classmethod
    def _percent(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        match = re.fullmatch(r"\s*([+-]?\d+(?:\.\d+)?)\s*%\s*", value)
        if match is None:
            raise ValueError("a share of the baseline, such as 0.2 or '+20%'")
        return float(match[1]) / 100

    @model_validator(mode="after")
    def _consistent(self) -> Goal:
        if self.target is not None and self.change is not None:
            raise ValueError("target and change both say what to reach; give one of them")
        if self.change is not None and self.baseline is None:
            raise ValueError(f"change={self.change:+.0%} of what? Give a baseline with value and what")
        aim, base = self.aim, self.baseline.value if self.baseline else math.nan
        rising = self.direction == "increase"
        if self.direction and not math.isnan(aim - base) and (aim < base if rising else aim > base):
            raise ValueError(
                f"direction={self.direction!r}, but the target {aim:,.10g} lies "
                f"{'below' if rising else 'above'} the baseline {base:,.10g}"
            )
        return self

    @property
    def aim(self) -> float:
        """The value to reach; NaN where none is given."""
        if self.target is not None:
            return self.target
        if self.change is not None and self.baseline is not None:
            return self.baseline.value * (1 + self.change)
        return math.nan

    @classmethod
    def from_yaml(cls, text: str) -> Goal:
        """A goal from a YAML text."""
        return parse_yaml(text, cls)


class Goals(Part):
    """Several goals, as a YAML file holds them."""

    goals: list[Goal] = Field(min_length=1)


def load_goals(path: str | Path) -> list[Goal]:
    """The goals of a YAML file with a list under `goals:`.

    Raises
    ------
    SpecError
        Naming the file, the line, the field, what it holds and what is allowed.
    """
    return load_yaml(path, Goals).goals
