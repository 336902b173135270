"""Journeys as grids: what follows what, where journeys are at each step, and the channels of each state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from funnel_utils.charts.grid import draw_grid
from funnel_utils.charts.style import Sheet, clean, count, percent
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: So many columns fit on a phone, and so many rows on its page.
MOST, ROWS = 12, 24


def transitions_chart(matrix: pd.DataFrame, *, top: int = 9) -> Figure:
    """Draw the transition matrix as a grid of shares.

    Parameters
    ----------
    matrix : pandas.DataFrame
        Counts, as `JourneyResult.matrix("count")` returns them: the start and the states down, the states and the
        outcomes across.
    top : int
        How many states are named, those that are entered most often; the others are one.

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text.
    """
    shares = _shares(matrix, top)
    sheet = Sheet()
    if shares.empty:
        sheet.title(t("journey_charts.transitions.empty"))
        return sheet.figure(t("journey_charts.transitions.empty") + ".")
    sheet.title(_transition_title(shares))
    draw_grid(sheet, shares)
    sheet.note(t("journey_charts.transitions.note"))
    return sheet.figure(_rows_alt("journey_charts.transitions.alt", _transition_title(shares), shares))


def describe_transitions(matrix: pd.DataFrame, *, top: int = 9) -> str:
    """One sentence with the strongest transition between two states."""
    shares = _shares(matrix, top)
    return (t("journey_charts.transitions.empty") if shares.empty else _transition_title(shares)) + "."


def _shares(matrix: pd.DataFrame, top: int) -> pd.DataFrame:
    """The matrix with its smaller states as one, in shares of each row; rows and columns nobody is in are left out."""
    states = [name for name in matrix.columns if name in matrix.index]
    sizes = matrix[states].sum().sort_values(ascending=False, kind="stable")
    small = set(sizes.index[top:])
    other = t("journey.other")
    lumped = matrix.rename(index=lambda name: other if name in small else name)
    lumped = lumped.rename(columns=lambda name: other if name in small else name)
    lumped = lumped.T.groupby(level=0, sort=False).sum().T.groupby(level=0, sort=False).sum()
    ends = [name for name in matrix.columns if name not in matrix.index]
    begins = [name for name in matrix.index if name not in matrix.columns]
    middle = [*sizes.index[:top], *([other] if small else [])]
    lumped = lumped.reindex(index=[*begins, *middle], columns=[*middle, *ends])
    lumped = lumped.loc[lumped.sum(axis=1) > 0, lumped.sum(axis=0) > 0]
    return lumped.div(lumped.sum(axis=1), axis=0)


def _transition_title(shares: pd.DataFrame) -> str:
    """The strongest move between two named places; a state that repeats says little about the way."""
    cells = [(s, target) for s in shares.index for target in shares.columns if shares.loc[s, target] > 0]
    stacked = sorted(cells, key=lambda cell: -float(shares.at[cell[0], cell[1]]))  # type: ignore[arg-type]
    inner = [(s, target) for s, target in stacked if s != target and t("journey.other") not in (s, target)]
    # The start leads somewhere too, but what follows a state is what one looks for.
    moves = [pair for pair in inner if pair[0] in shares.columns and pair[1] in shares.index]
    source, target = (moves or inner or stacked)[0]
    rate = percent(float(shares.loc[source, target]))
    return t("journey_charts.transitions.title", source=clean(source), target=clean(target), rate=rate)


def _rows_alt(key: str, title: str, shares: pd.DataFrame) -> str:
    """Every row in words, its three largest shares each."""
    parts = []
    for source, row in shares.iterrows():
        leading = row.dropna().sort_values(ascending=False, kind="stable")[:3]
        said = [
            t("journey_charts.pair", name=clean(name), share=percent(float(share)))
            for name, share in leading.items()
            if share > 0
        ]
        parts.append(t("journey_charts.transitions.alt_row", source=clean(source), targets=", ".join(said)))
    return t(key, words=title + ".", parts="; ".join(parts))


def step_matrix_chart(frame: pd.DataFrame) -> Figure:
    """Draw the step matrix.

    Parameters
    ----------
    frame : pandas.DataFrame
        As `JourneyResult.step_matrix` returns it: `position`, `state`, `count`, `of`, `rate`. The first twelve
        positions are drawn.

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text.
    """
    sheet = Sheet()
    if frame.empty:
        sheet.title(t("journey_charts.steps.empty"))
        return sheet.figure(t("journey_charts.steps.empty") + ".")
    shown = frame[frame["position"] <= MOST]
    grid = shown.pivot(index="state", columns="position", values="rate").fillna(0.0)
    grid = grid.loc[_by_size(grid)]
    over = [place for place, name in enumerate(grid.index) if str(name) in _ends()]
    sheet.title(_steps_title(shown))
    draw_grid(sheet, grid, breaks=over[:1])
    sheet.note(t("journey_charts.steps.note"))
    parts = []
    for position in grid.columns:
        leading = grid[position].sort_values(ascending=False, kind="stable")[:3]
        said = [
            t("journey_charts.pair", name=clean(name), share=percent(float(share)))
            for name, share in leading.items()
            if share > 0
        ]
        parts.append(t("journey_charts.steps.alt_column", step=position, states=", ".join(said)))
    return sheet.figure(t("journey_charts.steps.alt", words=_steps_title(shown) + ".", parts="; ".join(parts)))


def _ends() -> set[str]:
    return {t(f"journey.{name}") for name in ("converted", "left", "open")}


def _by_size(grid: pd.DataFrame) -> list[Any]:
    """States by how often they are there, the smallest left out where they are many; outcomes last."""
    ends = _ends()
    sizes = grid.sum(axis=1).sort_values(ascending=False, kind="stable")
    return [name for name in sizes.index if name not in ends][:ROWS] + [name for name in grid.index if name in ends]


def _steps_title(frame: pd.DataFrame) -> str:
    last = int(frame["position"].max())
    at_last = frame[frame["position"] == last]
    over = float(at_last.loc[at_last["state"].isin(_ends()), "rate"].sum())
    first = frame[frame["position"] == 1].sort_values("count", ascending=False, kind="stable").iloc[0]
    return t(
        "journey_charts.steps.title",
        step=last,
        share=percent(over),
        journeys=count(first["of"]),
        top=clean(first["state"]),
        first=percent(float(first["rate"])),
    )


def describe_steps(frame: pd.DataFrame) -> str:
    """One sentence with the main facts of the step matrix."""
    if frame.empty:
        return t("journey_charts.steps.empty") + "."
    return _steps_title(frame[frame["position"] <= MOST]) + "."


def touchpoints_chart(frame: pd.DataFrame, *, top: int = 9) -> Figure:
    """Draw the channels of each state.

    Parameters
    ----------
    frame : pandas.DataFrame
        As `JourneyResult.touchpoints` returns it: `state`, `channel`, `count`.
    top : int
        How many channels are named, those with the most touches; the others are one.

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text.
    """
    sheet = Sheet()
    if frame.empty:
        sheet.title(t("journey_charts.touch.empty"))
        return sheet.figure(t("journey_charts.touch.empty") + ".")
    shares = _channel_shares(frame, top)
    title = _touch_title(shares, frame)
    sheet.title(title)
    draw_grid(sheet, shares)
    sheet.note(t("journey_charts.touch.note"))
    return sheet.figure(_rows_alt("journey_charts.touch.alt", title, shares))


def _channel_shares(frame: pd.DataFrame, top: int) -> pd.DataFrame:
    sizes = frame.groupby("channel")["count"].sum().sort_values(ascending=False, kind="stable")
    kept, other = list(sizes.index[:top]), t("journey.other")
    named = frame.assign(channel=[name if name in kept else other for name in frame["channel"]])
    # As many states as a page holds, the largest, in their own order.
    large = frame.groupby("state")["count"].sum().sort_values(ascending=False, kind="stable").index[:ROWS]
    order = [name for name in dict.fromkeys(frame["state"]) if name in large]
    wide = named.pivot_table(index="state", columns="channel", values="count", aggfunc="sum", fill_value=0)
    columns = [*kept, *([other] if len(sizes) > top and other not in kept else [])]
    wide = wide.reindex(index=order, columns=columns)
    return wide.div(wide.sum(axis=1), axis=0)


def _touch_title(shares: pd.DataFrame, frame: pd.DataFrame) -> str:
    """The channel with most touches in most states; a missing channel is said to be missing, and a rest is none."""
    nameless = t("journey.none")
    total = float(frame["count"].sum())
    lost = float(frame.loc[frame["channel"] == nameless, "count"].sum()) / total if total else 0.0
    named = shares.drop(columns=[nameless, t("journey.other")], errors="ignore")
    named = named[named.sum(axis=1) > 0]
    if named.empty:
        return t("journey_charts.touch.nameless", share=percent(lost))
    leading = named.idxmax(axis=1).value_counts()
    words = {"channel": clean(leading.index[0]), "states": int(leading.iloc[0]), "all": len(shares)}
    if not lost:
        return t("journey_charts.touch.title", **words)
    return t("journey_charts.touch.title_lost", share=percent(lost), **words)


def describe_touchpoints(frame: pd.DataFrame) -> str:
    """One sentence with the main fact of the touchpoints chart."""
    return (t("journey_charts.touch.empty") if frame.empty else _touch_title(_channel_shares(frame, 9), frame)) + "."
