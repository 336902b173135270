"""What the models share: their names, and the settings by which they differ."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, get_args

from funnel_utils.errors import SpecError

Model = Literal["first", "last", "linear", "position", "decay", "markov", "shapley"]
Removal = Literal["null", "redistribute"]

#: Every model, in the order in which tables and charts show them.
MODELS: tuple[Model, ...] = get_args(Model)
#: The models that give every touch of a path its share: all but Markov, which looks at all paths at once.
SHARING: tuple[Model, ...] = tuple(model for model in MODELS if model != "markov")

MOST_ORDER = 4


@dataclass(frozen=True)
class Settings:
    """How the models are set.

    Parameters
    ----------
    half_life : timedelta
        Time decay: a touch this much older than another gets half its share.
    position : (float, float)
        Shares of the first and the last touch of a path of three or more; the touches between share the rest equally.
        Two touches share in this proportion, one touch takes all.
    order : int
        Markov: how many of the latest channels make up a state.
    removal : {"null", "redistribute"}
        Markov: where a walk goes that would enter the removed channel; see `markov.removal_effects`.

    Raises
    ------
    SpecError
        If a setting is out of its range.
    """

    half_life: timedelta = timedelta(days=7)
    position: tuple[float, float] = (0.4, 0.4)
    order: int = 1
    removal: Removal = "null"

    def __post_init__(self) -> None:
        if self.half_life <= timedelta(0):
            raise SpecError("half_life: a half-life is longer than nothing, such as 7d.")
        ends = self.position
        if len(ends) != 2 or min(ends) < 0 or not 0 < sum(ends) <= 1:
            raise SpecError(
                f"position={ends!r}: the shares of the first and the last touch are zero or more, and together more "
                "than 0 and at most 1, such as (0.4, 0.4)."
            )
        if isinstance(self.order, bool) or self.order not in range(1, MOST_ORDER + 1):
            raise SpecError(f"order={self.order!r} is not one of 1 to {MOST_ORDER}: how many channels make up a state.")
        if self.removal not in get_args(Removal):
            raise SpecError(f"removal={self.removal!r} is not one of {', '.join(map(repr, get_args(Removal)))}.")


def check_model(model: str) -> Model:
    """`model`, if there is one of that name.

    Raises
    ------
    SpecError
        If there is none.
    """
    for known in MODELS:
        if model == known:
            return known
    raise SpecError(f"model={model!r} is not one of {', '.join(MODELS)}.")
