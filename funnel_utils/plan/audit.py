"""The audit of a plan: a score for each of the 25 activities, and which step comes next.

Scores are the analyst's own: 0 nothing, 1 now and then, 2 begun with an owner, 3 regular and written down, 4 measured
and improved. The gap of an activity is 4 minus its score. The next steps are ranked by rules that can be said aloud:

1. what waits comes last: a strategy waits for its part's opportunities, an action for its opportunities and strategies,
   as long as one of them is below 2 (acting before knowing is how budgets are lost);
2. then the larger gap times weight (weights of parts are 1 unless set);
3. then parts on which more goals rest; then opportunity before strategy before action; then the order of RACE.

An activity without a score is not ranked and not guessed: it is named.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from funnel_utils.errors import SpecError
from funnel_utils.export import to_csv
from funnel_utils.plan.race import ACTIVITIES, ASPECTS, IDS, PARTS, Activity, activity
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BEST, BEGUN = 4, 2


@dataclass(frozen=True, eq=False)
class Audit:
    """A plan's scores and what follows from them.

    Attributes
    ----------
    table : DataFrame
        A row per activity: `id`, `part`, `aspect`, `title`, `score` (0 to 4, missing where not scored), `gap`,
        `weight`, `note` (the analyst's own words).
    steps : DataFrame
        The activities with a gap in their order: `rank` (1 is next), `id`, `part`, `aspect`, `title`, `score`, `gap`,
        `weighted` (gap x weight), `waits` (ids of what it waits for, or empty), `next_step`, `reason`.
    """

    table: pd.DataFrame
    steps: pd.DataFrame

    @property
    def parts(self) -> pd.DataFrame:
        """A row per part: `part`, `scored` (activities), `of` (5), `mean` score (0 to 4; missing where none is)."""
        groups = self.table.groupby("part", sort=False)["score"]
        made = pd.DataFrame({"scored": groups.count(), "of": groups.size(), "mean": groups.mean()})
        return made.reset_index()

    @property
    def unscored(self) -> list[str]:
        """The ids without a score."""
        return list(self.table[self.table["score"].isna()]["id"])

    @property
    def verdict(self) -> str:
        """Which part is furthest behind, and where to begin."""
        parts = self.parts.dropna(subset=["mean"])
        left = " " + t("race.audit.unscored", ids=", ".join(self.unscored)) if self.unscored else ""
        if parts.empty:
            return t("race.audit.even")
        if self.steps.empty:
            return (t("race.audit.done") if not left else "") + left.strip()
        worst, first = parts.iloc[int(parts["mean"].argmin())], self.steps.iloc[0]
        said = t(
            "race.audit.verdict",
            part=t(f"race.part.{worst['part']}"),
            score=f"{worst['mean']:.1f}",
            id=first["id"],
            title=first["title"],
        )
        return said + left

    def plot(self, steps: int = 5) -> Figure:
        """The heat map of the scores, with the next steps marked."""
        from funnel_utils.charts.race import audit_chart

        return audit_chart(self, steps=steps)

    def to_frame(self) -> pd.DataFrame:
        """A copy of the scores."""
        return self.table.copy()

    def to_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write the next steps as CSV, formulas defused."""
        return to_csv(self.steps.drop(columns="waits"), path)

    def _repr_html_(self) -> str:
        shown = self.steps[["rank", "id", "title", "score", "next_step", "reason"]]
        return str(shown.to_html(index=False, escape=True))


@dataclass(frozen=True)
class _Scored:
    """The input of an audit, checked."""

    scores: Mapping[str, float]
    weights: Mapping[str, float]
    goals: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for id, score in self.scores.items():
            activity(id)
            if isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= BEST:
                raise SpecError(f"{id}={score!r} is not allowed; give a score from 0 (nothing) to 4.")
        for part, weight in self.weights.items():
            _check_part("weights", part)
            number = isinstance(weight, int | float) and not isinstance(weight, bool)
            if not number or not 0 <= weight < math.inf:
                raise SpecError(f"weights: {part}={weight!r} is not allowed; give a number of 0 or more.")
        for part in self.goals:
            _check_part("goals", part)

    def waits_for(self, one: Activity) -> list[str]:
        """The activities of the same part and an earlier aspect that are not begun."""
        before = ASPECTS[: ASPECTS.index(one.aspect)]
        basis = [other.id for other in ACTIVITIES if other.part == one.part and other.aspect in before]
        return [id for id in basis if self.scores.get(id, BEST) < BEGUN]

    def rests_on(self, one: Activity) -> int:
        """How many activities of later aspects wait for it."""
        return sum(one.id in self.waits_for(other) for other in ACTIVITIES)


def audit(
    scores: Mapping[str, float],
    *,
    weights: Mapping[str, float] | None = None,
    goals: Mapping[str, int] | None = None,
    notes: Mapping[str, str] | None = None,
) -> Audit:
    """Score a plan and rank its next steps.

    Parameters
    ----------
    scores : mapping of str to float
        0 to 4 by activity (`"P1"` to `"E5"`); what is missing is not scored.
    weights : mapping of str to float, optional
        How much a gap in a part counts, by part; 1 where not given.
    goals : mapping of str to int, optional
        How many goals rest on a part.
    notes : mapping of str to str, optional
        What the analyst has to say to an activity.

    Raises
    ------
    SpecError
        Naming the activity or part and what is allowed.

    Examples
    --------
    >>> found = audit({"C1": 3, "C2": 1, "C4": 0})
    >>> found.steps[["id", "gap", "waits"]].values.tolist()
    [['C2', 3, ''], ['C1', 1, ''], ['C4', 4, 'C2']]
    """
    given = _Scored(dict(scores), dict(weights or {}), dict(goals or {}))
    for id in notes or {}:
        activity(id)
    rows = [
        {
            "id": one.id,
            "part": one.part,
            "aspect": one.aspect,
            "title": one.title,
            "score": given.scores.get(one.id),
            "weight": float(given.weights.get(one.part, 1)),
            "note": (notes or {}).get(one.id, ""),
        }
        for one in ACTIVITIES
    ]
    table = pd.DataFrame(rows)
    table["score"] = pd.to_numeric(table["score"]).astype("float64")
    table.insert(5, "gap", BEST - table["score"])
    return Audit(table, _ranked(given, table))


def _ranked(given: _Scored, table: pd.DataFrame) -> pd.DataFrame:
    names = ["id", "part", "aspect", "title", "score", "gap", "weight"]
    rows: list[dict[str, Any]] = []
    for found in table[table["gap"] > 0][names].to_dict("records"):
        row: dict[str, Any] = {str(name): value for name, value in found.items()}
        one = activity(row["id"])
        waits = given.waits_for(one)
        weighted = row["gap"] * row["weight"]
        order = (bool(waits), -weighted, -given.goals.get(one.part, 0), ASPECTS.index(one.aspect), IDS.index(one.id))
        step = {"weighted": weighted, "waits": ", ".join(waits), "next_step": one.next_step(row["score"])}
        rows.append({"order": order, **row, **step, "reason": _reason(given, one, row["weight"], waits)})
    rows.sort(key=lambda row: row["order"])
    columns = ["id", "part", "aspect", "title", "score", "gap", "weighted", "waits", "next_step", "reason"]
    made = pd.DataFrame(rows, columns=["order", *columns])[columns]
    made["score"], made["gap"] = _whole(made["score"]), _whole(made["gap"])
    made.insert(0, "rank", range(1, len(made) + 1))
    return made


def _whole(column: pd.Series[float]) -> pd.Series[float]:
    """As whole numbers where all are."""
    return column.astype("int64") if (column == column.round()).all() else column  # type: ignore[return-value]


def _reason(given: _Scored, one: Activity, weight: float, waits: list[str]) -> str:
    score = given.scores[one.id]
    part = t(f"race.part.{one.part}")
    said = [t("race.reason.gap", score=f"{score:g}", level=t(f"race.level.{int(score)}"))]
    if weight != 1:
        said.append(t("race.reason.weight", weight=f"{weight:g}"))
    if rests := given.rests_on(one):
        said.append(t(f"race.reason.basis.{1 if rests == 1 else 'n'}", n=rests, part=part))
    if goals := given.goals.get(one.part, 0):
        said.append(t(f"race.reason.goals.{1 if goals == 1 else 'n'}", n=goals, part=part))
    if waits:
        are = t("race.reason.is" if len(waits) == 1 else "race.reason.are")
        said.append(t("race.reason.waits", ids=", ".join(waits), are=are))
    return t("race.reason.join").join(said)


def _check_part(field: str, part: str) -> None:
    if part not in PARTS:
        raise SpecError(f"{field}: {part!r} is not a part of the plan; there are {', '.join(PARTS)}.")
