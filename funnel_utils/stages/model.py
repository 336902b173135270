"""What a stage model is: an ordered list of stages, each with its two sides, and the signs by which a log shows it.

A **stage** has a customer's side (who she is, what she does) and an organisation's side (its work, the content that
works, the KPIs, the touchpoints). A **sign** is what stands for a stage in an event log: an event, or one of several,
done at least so many times. A model without signs is a drawing; with them it says where every person of a log is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from html import escape
from typing import TYPE_CHECKING, Any

from funnel_utils.errors import SpecError
from funnel_utils.text import t

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from funnel_utils.events.where import Where

TEXTS = ("who", "act", "work", "content", "kpis", "touchpoints")
"""The fields of a stage that hold words, in the order of every table."""


@dataclass(frozen=True)
class Sign:
    """What stands for a stage in a log.

    Parameters
    ----------
    events : str or iterable of str
        One event name, or several of which any counts.
    times : int
        The sign is there once so many of these events have happened: a second purchase is `times=2`.
    where : mapping or function, optional
        A condition that the event must meet, as in `EventLog.filter`.
    lasting : bool
        Whether the stage stays once reached. Buying makes a customer for good; filling a cart is over when the
        person has been silent for long enough (see `current_stage`).

    Raises
    ------
    SpecError
        If no event is named or `times` is not a whole number of 1 or more.

    Examples
    --------
    >>> Sign("purchase", times=2, lasting=True)
    Sign(events=('purchase',), times=2, where=None, lasting=True)
    """

    events: Any
    times: int = 1
    where: Where | None = None
    lasting: bool = False

    def __post_init__(self) -> None:
        given: Any = (self.events,) if isinstance(self.events, str) else self.events
        if not isinstance(given, Iterable) or isinstance(given, Mapping):
            raise SpecError(f"Sign(events={self.events!r}): give an event name, or a list of them.")
        names = tuple(sorted(given)) if isinstance(given, set | frozenset) else tuple(given)
        if not names or not all(isinstance(name, str) and name.strip() for name in names):
            raise SpecError(f"Sign(events={self.events!r}): give an event name, or a list of them.")
        object.__setattr__(self, "events", tuple(dict.fromkeys(names)))
        if isinstance(self.times, bool) or not isinstance(self.times, int) or self.times < 1:
            raise SpecError(f"Sign(times={self.times!r}): give a whole number of 1 or more.")


@dataclass(frozen=True)
class Stage:
    """One stage, seen from both sides.

    Parameters
    ----------
    name : str
        What code calls it.
    label : str
        What people call it; the name if not given.
    who, act : str
        The customer's side: who she is, and what she does.
    work : str
        The organisation's work at this stage.
    content, kpis, touchpoints : tuple of str
        Content that works, what to measure, and where the two meet.
    steps : tuple of str
        The customer's finer steps inside the stage, where the model has them.
    signs : tuple of Sign
        What shows it in a log; empty where no event can.
    moments : tuple of str
        The moments of `crosswalk` that it covers.
    ours : frozenset of str
        The fields that are our reading and not the document's.
    """

    name: str
    label: str = ""
    who: str = ""
    act: str = ""
    work: str = ""
    content: tuple[str, ...] = ()
    kpis: tuple[str, ...] = ()
    touchpoints: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    signs: tuple[Sign, ...] = ()
    moments: tuple[str, ...] = ()
    ours: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.strip():
            raise SpecError(f"Stage(name={self.name!r}): a stage needs a name.")
        object.__setattr__(self, "label", self.label or self.name)
        unknown = set(self.ours) - {one.name for one in fields(self)}
        if unknown:
            raise SpecError(f"Stage({self.name!r}, ours={sorted(unknown)}): no such field.")


SignsLike = str | Sign | Iterable[str | Sign]


@dataclass(frozen=True, repr=False)
class StageModel:
    """An ordered list of stages, from the first contact to the last stage of the relation.

    Take one of the documents' six by `model(name)`, or write your own.

    Parameters
    ----------
    name : str
    stages : tuple of Stage
        In order; names differ.
    label, source, about : str
        What people call it, which document describes it, and its idea in two sentences.

    Raises
    ------
    SpecError
        If there is no stage, or two have one name.

    Examples
    --------
    >>> mine = StageModel("shop", (Stage("look", signs=(Sign("visit"),)), Stage("buy", signs=(Sign("pay"),))))
    >>> mine.names
    ('look', 'buy')
    """

    name: str
    stages: tuple[Stage, ...]
    label: str = ""
    source: str = ""
    about: str = ""
    _by_name: Mapping[str, Stage] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "stages", tuple(self.stages))
        object.__setattr__(self, "label", self.label or self.name)
        if not self.stages:
            raise SpecError(f"StageModel({self.name!r}): a model needs at least one stage.")
        named = {stage.name: stage for stage in self.stages}
        if len(named) < len(self.stages):
            raise SpecError(f"StageModel({self.name!r}): two stages have one name: {', '.join(self.names)}.")
        object.__setattr__(self, "_by_name", named)

    @property
    def names(self) -> tuple[str, ...]:
        """The stages' names, in order."""
        return tuple(stage.name for stage in self.stages)

    def __getitem__(self, name: str) -> Stage:
        if name not in self._by_name:
            raise SpecError(f"{self.name} has no stage {name!r}; it has {', '.join(self.names)}.")
        return self._by_name[name]

    def __repr__(self) -> str:
        return f"StageModel({self.name!r}: {' > '.join(self.names)})"

    @property
    def mapping(self) -> dict[str, tuple[Sign, ...]]:
        """Which signs stand for each stage; change a copy of it and hand it to `mapped`."""
        return {stage.name: stage.signs for stage in self.stages}

    def mapped(self, mapping: Mapping[str, SignsLike]) -> StageModel:
        """The same model on another log's events.

        Parameters
        ----------
        mapping : mapping of str to str, Sign, or a list of these
            Stage name to what stands for it. It is the whole mapping: a stage that it does not name has no sign.

        Raises
        ------
        SpecError
            If the model has no such stage.

        Examples
        --------
        >>> from funnel_utils import stages
        >>> own = stages.model("three_stage").mapped({"top": "page", "bottom": ["order", Sign("call", times=3)]})
        >>> own.mapping["bottom"][1].times, own.mapping["middle"]
        (3, ())
        """
        if not isinstance(mapping, Mapping):
            raise SpecError(f"mapping={mapping!r}: give a dict from stage names to event names.")
        signs = {self[name].name: _signs(name, given) for name, given in mapping.items()}
        return replace(self, stages=tuple(replace(one, signs=signs.get(one.name, ())) for one in self.stages))

    def to_frame(self) -> pd.DataFrame:
        """One row a stage: `model`, `position` (from 1), `stage`, `label`, the words (lists of words joined), `steps`,
        `events` that stand for it, and `ours`: which of the words are our reading, not the document's."""
        import pandas as pd

        rows = []
        for position, stage in enumerate(self.stages, 1):
            row: dict[str, Any] = {
                "model": self.name,
                "position": position,
                "stage": stage.name,
                "label": stage.label,
            }
            row |= {name: joined(getattr(stage, name)) for name in TEXTS}
            row["steps"] = joined(stage.steps)
            row["events"] = joined(tuple(dict.fromkeys(event for sign in stage.signs for event in sign.events)))
            row["ours"] = joined(tuple(name for name in TEXTS if name in stage.ours))
            rows.append(row)
        return pd.DataFrame(rows)

    def two_sides(self) -> pd.DataFrame:
        """The two-sided view, one row a stage: `stage`, `label`, `who`, `act` (with the finer steps, where there are
        any, in `steps`) and the organisation's `work`."""
        return self.to_frame()[["stage", "label", "who", "act", "steps", "work"]]

    def touchpoints(self) -> pd.DataFrame:
        """One row a touchpoint: `model`, `stage`, `label`, `touchpoint`, and whether naming it there is `ours`."""
        import pandas as pd

        rows = [
            (self.name, one.name, one.label, point, "touchpoints" in one.ours)
            for one in self.stages
            for point in one.touchpoints
        ]
        return pd.DataFrame(rows, columns=["model", "stage", "label", "touchpoint", "ours"])

    def describe(self) -> str:
        """The model in one sentence."""
        return t(
            "stage_views.sides.sentence",
            label=self.label,
            source=self.source or t("stage_views.source.own"),
            stages=len(self.stages),
            first=self.stages[0].label,
            last=self.stages[-1].label,
        )

    def plot(self) -> Figure:
        """The two-sided chart: the customer's act beside the organisation's work, stage by stage."""
        from funnel_utils.charts.stages import two_sided_chart

        return two_sided_chart(self)

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col">{escape(t(f"stage_views.column.{name}"))}</th>' for name in ("stage", *TEXTS))
        body = "".join(_row(stage) for stage in self.stages)
        caption = t("stage_views.caption", label=self.label, source=self.source or t("stage_views.source.own"))
        note = f"<p>{escape(t('stage_views.ours'))}</p>" if any(stage.ours for stage in self.stages) else ""
        return (
            f"<div><p>{escape(self.about)}</p><table><caption>{escape(caption)}</caption>"
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{note}</div>"
        )


def joined(words: str | tuple[str, ...]) -> str:
    """A list of words as one text; a text as it is."""
    return words if isinstance(words, str) else t("stage_views.list").join(words)


def _row(stage: Stage) -> str:
    name = escape(stage.label)
    if stage.steps:
        name += f"<br><small>{escape(joined(stage.steps))}</small>"
    cells = "".join(
        f"<td>{escape(joined(getattr(stage, one)))}{'*' if one in stage.ours else ''}</td>" for one in TEXTS
    )
    return f'<tr><th scope="row">{name}</th>{cells}</tr>'


def _signs(stage: str, given: SignsLike) -> tuple[Sign, ...]:
    """Signs as they may be written: names stand for signs of one event each."""
    if isinstance(given, str | Sign):
        given = [given]
    if not isinstance(given, Iterable) or isinstance(given, Mapping):
        raise SpecError(f"mapping[{stage!r}]={given!r}: give an event name, a Sign, or a list of these.")
    names = sorted(given, key=str) if isinstance(given, set | frozenset) else list(given)
    return tuple(one if isinstance(one, Sign) else Sign(one) for one in names)
