"""The RACE plan as data: five parts, three aspects, 25 activities.

Plan, Reach, Act, Convert, Engage follow the buyer from exploring to advocating; in each part one first looks for the
**opportunity**, then chooses a **strategy**, then acts (**action**). The source speaks of 25 activities without listing
them; these are our grouping of the points it prints. Words are in the catalogue (`race.…`), structure is here.

References
----------
Document B: a translated excerpt on a digital-marketing plan after Smart Insights' RACE.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from funnel_utils.errors import SpecError
from funnel_utils.text import t

PARTS = ("plan", "reach", "act", "convert", "engage")
ASPECTS = ("opportunity", "strategy", "action")


@dataclass(frozen=True)
class Activity:
    """One of the 25 activities.

    Attributes
    ----------
    id : str
        A letter for the part and a number: `"P1"` to `"E5"`.
    part : {"plan", "reach", "act", "convert", "engage"}
    aspect : {"opportunity", "strategy", "action"}
    """

    id: str
    part: str
    aspect: str

    @property
    def title(self) -> str:
        """A few words."""
        return t(f"race.{self.id}.title")

    @property
    def what(self) -> str:
        """What is done."""
        return t(f"race.{self.id}.what")

    def next_step(self, score: float) -> str:
        """What to do next, where `score` (0 to 4) says how far it has come.

        Examples
        --------
        >>> activity("C4").next_step(0)
        'Plan one A/B test at the weakest step, with its size and duration computed beforehand.'
        """
        return t(f"race.{self.id}.{'first' if score < 2 else 'then'}")

    def __repr__(self) -> str:
        return f"{self.id} {self.title}"


#: How the five activities of each part divide into opportunity, strategy and action.
_DIVIDED = {"plan": "OOSSA", "reach": "OSSAA", "act": "OSSAA", "convert": "OSSAA", "engage": "OSSAA"}
_ASPECT = {"O": "opportunity", "S": "strategy", "A": "action"}

ACTIVITIES: tuple[Activity, ...] = tuple(
    Activity(f"{part[0].upper()}{number}", part, _ASPECT[letter])
    for part in PARTS
    for number, letter in enumerate(_DIVIDED[part], 1)
)
IDS = tuple(one.id for one in ACTIVITIES)


def activity(id: str) -> Activity:
    """The activity of that id.

    Raises
    ------
    SpecError
        If there is none.
    """
    if id not in IDS:
        raise SpecError(f"{id!r} is not an activity; there are {', '.join(IDS)}.")
    return ACTIVITIES[IDS.index(id)]


def activities() -> pd.DataFrame:
    """The 25 activities as a table: `id`, `part`, `aspect`, `title`, `what`.

    Examples
    --------
    >>> activities().groupby("part", sort=False).size().to_dict()
    {'plan': 5, 'reach': 5, 'act': 5, 'convert': 5, 'engage': 5}
    """
    return pd.DataFrame(
        [{"id": a.id, "part": a.part, "aspect": a.aspect, "title": a.title, "what": a.what} for a in ACTIVITIES]
    )
