"""The crosswalk: stages of several models side by side, by the moments that they cover.

Two stages correspond when they share a moment. They are **the same** when they cover just the same moments, one is
**part** of the other when its moments are among the other's, otherwise they **overlap**. A stage that shares no moment
with any stage of another model has **no counterpart** there, and the table says so: the map is total.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from funnel_utils.errors import SpecError
from funnel_utils.stages.library import MOMENTS, NAMES, model
from funnel_utils.stages.model import Stage, StageModel
from funnel_utils.text import t

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False, repr=False)
class Crosswalk:
    """Models laid side by side; make one with `crosswalk`.

    Parameters
    ----------
    models : tuple of StageModel
        Two or more; each stage names the moments that it covers.
    """

    models: tuple[StageModel, ...]

    @property
    def table(self) -> pd.DataFrame:
        """Every stage of every model against every other model.

        Returns
        -------
        DataFrame
            `model`, `stage`, `other_model`, `other_stage` (missing where there is no counterpart), `relation`
            (`"same"`, `"part"`: all of the stage lies in the other, `"whole"`: all of the other lies in the stage,
            `"overlap"`, `"no counterpart"`) and `moments` that both cover.
        """
        import pandas as pd

        rows = []
        for mine in self.models:
            for other in self.models:
                if other is mine:
                    continue
                for stage in mine.stages:
                    rows += [(mine.name, stage.name, other.name, *found) for found in _counterparts(stage, other)]
        return pd.DataFrame(rows, columns=["model", "stage", "other_model", "other_stage", "relation", "moments"])

    def to_frame(self) -> pd.DataFrame:
        """One row a moment: `moment`, its `label`, and a column for each model with the label of its stage there
        (missing where the model has none)."""
        import pandas as pd

        rows = []
        for moment in MOMENTS:
            row: dict[str, str | None] = {"moment": moment, "label": t(f"stages.moment.{moment}")}
            for one in self.models:
                row[one.name] = next((stage.label for stage in one.stages if moment in stage.moments), None)
            rows.append(row)
        return pd.DataFrame(rows)

    def describe(self) -> str:
        """How many stages lack a counterpart somewhere, in one sentence."""
        table = self.table
        lonely = table.loc[table["relation"] == "no counterpart", ["model", "stage"]].drop_duplicates()
        return t(
            "stage_views.crosswalk.sentence",
            models=len(self.models),
            moments=len(MOMENTS),
            none=len(lonely),
            all=sum(len(one.stages) for one in self.models),
        )

    def plot(self) -> Figure:
        """A strip for each model over the moments, one block a stage."""
        from funnel_utils.charts.stages import crosswalk_chart

        return crosswalk_chart(self)

    def _repr_html_(self) -> str:
        names = "".join(f'<th scope="col">{escape(one.label)}</th>' for one in self.models)
        rows = "".join(_row(moment, self.models) for moment in MOMENTS)
        labels = t("stage_views.list").join(one.label for one in self.models)
        caption = escape(t("stage_views.crosswalk.caption", models=labels))
        corner = escape(t("stage_views.column.moment"))
        return (
            f"<div><p>{escape(self.describe())}</p><table><caption>{caption}</caption><thead><tr>"
            f'<th scope="col">{corner}</th>{names}</tr></thead><tbody>{rows}</tbody></table></div>'
        )


def crosswalk(*given: str | StageModel | Iterable[str | StageModel]) -> Crosswalk:
    """Lay stage models side by side.

    Parameters
    ----------
    *given : str or StageModel
        Two or more models, by name or as they are; all six if none is given.

    Raises
    ------
    SpecError
        If there is only one model, one is given twice, or a stage names no moment or an unknown one.

    Examples
    --------
    >>> table = crosswalk("journey_five", "value_journey").table
    >>> table.loc[table["stage"] == "consideration", ["other_stage", "relation", "moments"]].values.tolist()
    [['subscribe', 'whole', 'within_reach']]
    >>> table.loc[table["relation"] == "no counterpart", "stage"].tolist()
    ['advocate', 'promote']
    """
    flat: list[str | StageModel] = []
    for one in given or NAMES:
        flat += [one] if isinstance(one, str | StageModel) else list(one)
    chosen = tuple(one if isinstance(one, StageModel) else model(one) for one in flat)
    names = [one.name for one in chosen]
    if len(chosen) < 2 or len(set(names)) < len(names):
        raise SpecError(f"crosswalk takes two or more different models; got {', '.join(names) or 'none'}.")
    for one in chosen:
        for stage in one.stages:
            unknown = [moment for moment in stage.moments if moment not in MOMENTS]
            if unknown or not stage.moments:
                raise SpecError(
                    f"{one.name}.{stage.name} covers {', '.join(unknown) or 'no moment'}; a stage in a crosswalk "
                    f"covers one or more of {', '.join(MOMENTS)}."
                )
    return Crosswalk(chosen)


def _counterparts(stage: Stage, other: StageModel) -> list[tuple[str | None, str, str]]:
    """The stages of `other` that share a moment with `stage`: name, relation, shared moments."""
    found: list[tuple[str | None, str, str]] = []
    for their in other.stages:
        both = [moment for moment in stage.moments if moment in their.moments]
        if both:
            found.append((their.name, _relation(set(stage.moments), set(their.moments)), " ".join(both)))
    return found or [(None, "no counterpart", "")]


def _relation(mine: set[str], theirs: set[str]) -> str:
    if mine == theirs:
        return "same"
    if mine < theirs:
        return "part"
    return "whole" if mine > theirs else "overlap"


def _row(moment: str, models: tuple[StageModel, ...]) -> str:
    cells = ""
    for one in models:
        label = next((stage.label for stage in one.stages if moment in stage.moments), None)
        cells += f"<td>{escape(label or t('stage_views.no_counterpart'))}</td>"
    return f'<tr><th scope="row">{escape(t(f"stages.moment.{moment}"))}</th>{cells}</tr>'
