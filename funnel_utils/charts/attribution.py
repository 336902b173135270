"""Attribution models side by side: a table of bars, one column a model and one row a channel, all on one scale.

Four models stand in a band; more of them make more bands below. Where it is known what each channel caused, the truth
is a column of its own, and a mark in every other.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from funnel_utils.charts import style
from funnel_utils.charts.style import Sheet, clean, percent
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLUMNS, MOST_CHANNELS = 4, 12
LABELS, BAR, GAP = 0.92, 0.13, 0.07
#: An interval narrower than this (inches) is a plain stroke: caps would hide it.
NARROW = 0.06
TRUTH = "truth"


def attribution_chart(credits: pd.DataFrame, *, truth: Any = None) -> Figure:
    """Draw the share of conversions that each model credits to each channel.

    Parameters
    ----------
    credits : pandas.DataFrame
        As `AttributionResult.credits` returns it.
    truth : mapping, DataFrame or path, optional
        Conversions that each channel caused, where that is known: `{"email": 120}`, or a table with `channel` and
        `conversions`. Drawn as a share of all conversions, like everything else; what no channel caused is in none.

    Returns
    -------
    matplotlib.figure.Figure
        With its alternative text.
    """
    sheet = Sheet()
    shown = _shown(credits, truth)
    if shown.empty:
        sheet.title(t("attribution.chart.empty"))
        return sheet.figure(describe_attribution(credits))
    sheet.title(_leaders(shown).rstrip("."))
    channels = _drawn(shown)
    drawn = shown[shown["channel"].isin(channels)]
    tops = [*drawn["share"], *drawn["share_high"].dropna()]
    limit = max(map(float, tops)) * 1.02 or 1.0
    models = list(dict.fromkeys(shown["model"]))
    known = {row["channel"]: float(row["share"]) for row in style.records(shown) if row["model"] == TRUTH}
    width = (sheet.right - sheet.left - LABELS) / min(COLUMNS, len(models))
    for at in range(0, len(models), COLUMNS):
        _band(sheet, shown, models[at : at + COLUMNS], width, channels, limit, known)
        sheet.y += 0.12
    left_out = shown["channel"].nunique() - len(channels)
    note = t("attribution.chart.note") + (t("attribution.chart.note_truth") if known else "")
    sheet.note(note + (t("attribution.chart.more", count=left_out) if left_out else ""))
    return sheet.figure(_alt(shown, channels, models, credits, truth))


def _drawn(shown: pd.DataFrame) -> list[str]:
    """The channels with most credit; conversions that nothing came before keep their row, for they may be many."""
    channels, last = [str(channel) for channel in dict.fromkeys(shown["channel"])], t("attribution.no_touch")
    if len(channels) <= MOST_CHANNELS or last not in channels:
        return channels[:MOST_CHANNELS]
    named = [channel for channel in channels if channel != last]
    return [*named[: MOST_CHANNELS - 1], last]


def _shown(credits: pd.DataFrame, truth: Any) -> pd.DataFrame:
    """The credit table with the truth as one more model in front, channels with most credit first."""
    total = credits.groupby("model", sort=False)["conversions"].sum().max() if len(credits) else 0.0
    if not total > 0:
        return credits.iloc[:0]
    rows = credits
    if truth is not None:
        from funnel_utils.journey.attribution.money import by_channel

        known = by_channel(truth, "conversions", "truth")
        rows = pd.concat(
            [pd.DataFrame({"model": TRUTH, "channel": known.index, "share": known.to_numpy() / total}), credits],
            ignore_index=True,
        )
    order = credits.groupby("channel")["share"].mean()
    last = t("attribution.no_touch")
    place = {name: (name == last, -order.get(name, 0.0), name) for name in rows["channel"].unique()}
    return rows.sort_values("channel", key=lambda names: names.map(place), kind="stable").assign(
        share=lambda table: table["share"].fillna(0.0)
    )


def _band(
    sheet: Sheet,
    shown: pd.DataFrame,
    models: list[str],
    width: float,
    channels: list[str],
    limit: float,
    known: dict[str, float],
) -> None:
    starts = {model: sheet.left + LABELS + width * place for place, model in enumerate(models)}
    for model, x in starts.items():
        sheet.text(x, sheet.y, t(f"attribution.model.{model}"), size=style.SMALL, weight="bold")
    sheet.y += style.SMALL * style.LINE + 0.05
    top = sheet.y
    cells = {(row["model"], row["channel"]): row for row in style.records(shown)}
    for channel in channels:
        lines = style.wrap(clean(channel), LABELS - 0.06, style.SMALL, lines=2)
        height = max(style.SMALL * style.LINE + BAR, len(lines) * style.SMALL * style.LINE)
        for number, line in enumerate(lines):
            sheet.text(sheet.left, sheet.y + number * style.SMALL * style.LINE, line, size=style.SMALL)
        for model, x in starts.items():
            _cell(sheet, cells.get((model, channel)), x, (width - 0.1) / limit, known.get(channel), model)
        sheet.y += height + GAP
    for x in starts.values():
        sheet.line((x, x), (top, sheet.y - GAP / 2), color=style.MUTED, linewidth=0.8)


def _cell(sheet: Sheet, row: dict[str, Any] | None, x: float, scale: float, known: float | None, model: str) -> None:
    """A share in figures, and under it its bar from zero with its interval."""
    if row is None:
        sheet.text(x + 0.04, sheet.y, t("charts.missing"), size=style.SMALL, color=style.MUTED)
        return
    share = float(row["share"])
    low, high = (float(row[name]) if name in row else math.nan for name in ("share_low", "share_high"))
    sheet.text(x + 0.04, sheet.y, percent(share, low, high), size=style.SMALL)
    y = sheet.y + style.SMALL * style.LINE
    colour = style.ORANGE if model == TRUTH else style.SKY
    sheet.bar(x, y, share * scale, BAR, facecolor=colour)
    if known is not None and model != TRUTH:
        sheet.line((x + known * scale,) * 2, (y - 0.03, y + BAR + 0.03), color=style.PAPER, linewidth=3.6, zorder=3)
        sheet.line(
            (x + known * scale,) * 2, (y - 0.03, y + BAR + 0.03), color=style.ALARM_TEXT, linewidth=2.2, zorder=4
        )
    if (high - low) * scale > NARROW:
        sheet.whisker(x + low * scale, x + high * scale, y + BAR / 2, height=0.08)
    elif not math.isnan(low):
        sheet.line((x + low * scale, x + high * scale), (y + BAR / 2,) * 2, linewidth=2.0)


def describe_attribution(credits: pd.DataFrame, truth: Any = None) -> str:
    """What the chart shows, in a sentence or two: where the models agree, and where they differ most."""
    shown = _shown(credits, None)
    if shown.empty:
        return t("attribution.chart.empty") + "."
    real = shown[shown["channel"] != t("attribution.no_touch")]
    made = [_leaders(shown)]
    if real.empty:
        return made[0]
    spread = real.groupby("channel")["share"].agg(lambda found: found.max() - found.min())
    widest = real[real["channel"] == spread.idxmax()].sort_values("share", kind="stable")
    if real["model"].nunique() > 1:
        least, most = widest.iloc[0], widest.iloc[-1]
        made.append(
            t(
                "attribution.chart.spread",
                channel=clean(least["channel"]),
                low=percent(float(least["share"])),
                low_model=t(f"attribution.model.{least['model']}"),
                high=percent(float(most["share"])),
                high_model=t(f"attribution.model.{most['model']}"),
            )
        )
    if truth is not None:
        made.append(_nearest(credits, truth))
    return " ".join([*made, t("attribution.caution")])


def _leaders(shown: pd.DataFrame) -> str:
    """Whether the models agree on the channel with most credit."""
    real = shown[(shown["channel"] != t("attribution.no_touch")) & (shown["model"] != TRUTH)]
    if real.empty:
        return t("attribution.chart.untouched") + "."
    tops = real.loc[real.groupby("model", sort=False)["share"].idxmax(), "channel"]
    names = [clean(name) for name in dict.fromkeys(tops)]
    if len(names) > 1:
        return t("attribution.chart.differ", channels=_listed(names))
    alone = real["model"].nunique() == 1
    return t(f"attribution.chart.{'one' if alone else 'agree'}", channel=names[0], model=_first_model(real))


def _first_model(rows: pd.DataFrame) -> str:
    """What the first model of a credit table is called."""
    return t(f"attribution.model.{rows['model'].iloc[0]}")


def _nearest(credits: pd.DataFrame, truth: Any) -> str:
    from funnel_utils.journey.attribution.truth import against

    off = against(credits, truth).groupby("model", sort=False)["misplaced"].first().sort_values(kind="stable")
    return t(
        "attribution.chart.nearest",
        model=t(f"attribution.model.{off.index[0]}"),
        misplaced=percent(float(off.iloc[0])),
        far=t(f"attribution.model.{off.index[-1]}"),
        far_misplaced=percent(float(off.iloc[-1])),
    )


def _listed(names: list[str]) -> str:
    return t("attribution.chart.and", first=", ".join(names[:-1]), last=names[-1]) if len(names) > 1 else names[0]


def _alt(shown: pd.DataFrame, channels: list[str], models: list[str], credits: pd.DataFrame, truth: Any) -> str:
    cells = {(row["model"], row["channel"]): float(row["share"]) for row in style.records(shown)}
    parts = [
        t(
            "attribution.chart.alt_part",
            channel=clean(channel),
            shares=", ".join(
                f"{t(f'attribution.model.{model}')} {percent(cells[model, channel])}"
                for model in models
                if (model, channel) in cells
            ),
        )
        for channel in channels
    ]
    return t("attribution.chart.alt", words=describe_attribution(credits, truth), parts="; ".join(parts))
