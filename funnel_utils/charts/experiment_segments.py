"""One metric of an experiment, segment by segment: what is drawn, and what is too little to be.

A segment with too few units has an interval that would set the scale for all others and says nothing; it is named
below the chart instead. A dot is filled only where interval and p both say that there is a difference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from funnel_utils.charts import style
from funnel_utils.charts.experiment import axis_text, chosen_metric
from funnel_utils.charts.forest import Row, forest
from funnel_utils.charts.style import Sheet, clean
from funnel_utils.cro.words import change, number, p_value
from funnel_utils.text import t

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from funnel_utils.cro.result import ExperimentResult
    from funnel_utils.cro.verdicts import Finding

#: So many rows fit on a page that is still read.
ROWS = 24
#: Up to so many that are not drawn are named one by one.
NAMED = 4


def experiment_segments_chart(result: ExperimentResult, by: str | None = None, metric: str | None = None) -> Figure:
    """One metric's difference within each value of a property.

    Parameters
    ----------
    result : ExperimentResult
        Run by this property.
    by, metric : str, optional
        The first property and the first primary metric by default.

    Returns
    -------
    matplotlib.figure.Figure
        The segments with enough units in both arms, at most the 24 largest rows.
    """
    one = chosen_metric(result, metric)
    frame = result.segments(by, one.metric)
    name = str(frame["by"].iloc[0])
    usable = frame[frame["flaw"] == ""]
    shown = _largest(usable, len(result.arm_names) - 1)
    several = len(result.arm_names) > 2
    rows = [_segment(row, one, result, several) for row in style.records(shown)]
    sheet = Sheet()
    sheet.title(clean(_title(result, one, name)))
    if rows:
        forest(sheet, rows, _tick)
    else:
        sheet.paragraph(clean(t("experiment_shown.segments.none", by=name)))
    notes = _notes(result, one, name, frame, shown)
    for note in notes:
        sheet.note(note)
    told = "; ".join(f"{row.label}: {row.detail}" for row in rows)
    words = {"metric": one.metric, "by": name, "parts": told or t("experiment_shown.segments.none", by=name)}
    return sheet.figure(clean(" ".join([t("experiment.segments.alt", **words), *notes])))


def _largest(usable: pd.DataFrame, arms: int) -> pd.DataFrame:
    """The rows of the segments with most units, in their own order."""
    sizes = (usable["n"] + usable["control_n"]).groupby(usable["value"]).sum()
    kept = sizes.sort_values(ascending=False, kind="stable").index[: max(ROWS // arms, 1)]
    return usable[usable["value"].isin(kept)]


def _title(result: ExperimentResult, one: Finding, by: str) -> str:
    """Whether the effect differs between segments, which is what one looks for, before which one stands out."""
    what = t("experiment_shown.segments.plain", metric=one.metric, by=by)
    if result.flaw:
        return t("experiment_shown.invalid", what=what)
    spread = _spread(result, one, by)
    if not spread:
        return what
    # Each arm has a test of its own, so the smallest p has as many chances as there are arms.
    key = "differs" if min(spread) * len(spread) < result.spec.alpha else "same"
    return t(f"experiment_shown.segments.{key}", metric=one.metric, by=by)


def _spread(result: ExperimentResult, one: Finding, by: str) -> list[float]:
    """The p of each arm that the effect is the same in all segments, where there are several to compare."""
    found = result.heterogeneity(by)
    return [float(p) for p in found.loc[found["metric"] == one.metric, "p"].dropna()]


def _notes(result: ExperimentResult, one: Finding, by: str, frame: pd.DataFrame, shown: pd.DataFrame) -> list[str]:
    """What the marks are, how wide the intervals, and who is not drawn."""
    notes = []
    if result.flaw:
        flaw = t(f"experiment.flaw.{result.flaw}")
        notes += [t("experiment_shown.because", flaw=flaw), t("experiment_shown.segments.crosses")]
    elif len(shown):
        p = ", ".join(p_value(p) for p in _spread(result, one, by)) or p_value(float("nan"))
        notes.append(t("experiment_shown.segments.marks"))
        segments = number(frame["value"].nunique())
        notes.append(t("experiment.segments.note", p=p, axis=axis_text(one.kind), n=segments))
    everybody = frame.loc[frame["flaw"] == "", "value"].nunique()
    if everybody > shown["value"].nunique():
        words = {"shown": number(shown["value"].nunique()), "all": number(everybody)}
        notes.append(t("experiment_shown.segments.largest", **words))
    hidden = [_hidden(row, len(result.arm_names) > 2) for row in style.records(frame[frame["flaw"] != ""])]
    if len(hidden) > NAMED:
        notes.append(t("experiment_shown.segments.hidden_many", n=number(len(hidden))))
    elif hidden:
        notes.append(t("experiment_shown.segments.hidden", parts="; ".join(hidden)))
    return [clean(note) for note in notes]


def _hidden(row: dict[str, Any], several: bool) -> str:
    words = {"flaw": t(f"experiment.flaw.{row['flaw']}"), "units": units_text(row)}
    return t("experiment_shown.segments.hidden_one", label=_label(row, several), **words)


def _label(row: dict[str, Any], several: bool) -> str:
    return f"{clean(row['value'])} · {clean(row['arm'])}" if several else clean(row["value"])


def units_text(row: dict[str, Any]) -> str:
    """How many units of the arm stand against how many of control."""
    return t("experiment.segments.units", n=number(float(row["n"])), control_n=number(float(row["control_n"])))


def _tick(value: float) -> str:
    return "0" if abs(value) < 1e-12 else f"{'+' if value > 0 else ''}{number(round(value, 10))}"


def _segment(row: dict[str, Any], one: Finding, result: ExperimentResult, several: bool) -> Row:
    low, high = (change(one.kind, float(row[name]), unit=False) for name in ("low", "high"))
    values = {"difference": change(one.kind, float(row["difference"])), "low": low, "high": high}
    p = p_value(float(row["p_adjusted"]))
    detail = f"{t('experiment.segments.detail', p=p, **values)}; {units_text(row)}"
    scale = 100.0 if one.kind == "conversion" else 1.0
    middle, least, most = (scale * float(row[name]) for name in ("difference", "low", "high"))
    mark = "invalid" if result.flaw else segment_mark(row, one.better, result.spec.alpha)
    return Row(_label(row, several), "", detail, middle, least, most, mark)


def segment_mark(row: dict[str, Any], better: str, alpha: float) -> str:
    """`win` or `lose` where both the adjusted p and the wider interval leave out no difference, else `inconclusive`."""
    low, high = float(row["low"]), float(row["high"])
    if not float(row["p_adjusted"]) < alpha or not (low > 0 or high < 0):
        return "inconclusive"
    return "win" if (low > 0) == (better == "up") else "lose"
