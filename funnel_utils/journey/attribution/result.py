"""What attribution found: paths, credit by model with intervals, removal effects, money, and how far from a truth."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from funnel_utils import stats
from funnel_utils.errors import LogError, SpecError
from funnel_utils.journey.attribution import bootstrap, markov
from funnel_utils.journey.attribution.paths import Floats, Paths, from_frame, has_value
from funnel_utils.journey.attribution.settings import MODELS, Model, check_model
from funnel_utils.journey.attribution.spec import Attribution
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from funnel_utils.events import EventLog

#: Of every column of credit: the estimate, and the ends of its interval.
MEASURES = {
    "conversions": ("low", "high"),
    "share": ("share_low", "share_high"),
    "value": ("value_low", "value_high"),
}


@dataclass(frozen=True, eq=False, repr=False)
class AttributionResult:
    """Credit for the conversions of one log, or of one table of paths.

    Parameters
    ----------
    asked : Attribution
    counted : Paths
        The distinct paths with their counts.
    sample : Sample
        What the intervals are drawn from.
    tally : dict of str to int
        Users, touches and journeys by outcome; see `summary`.
    warnings : tuple of str
        What to know before these numbers are believed.
    journeys : ibis Table, optional
        A row a path of a user, in the engine of the log.
    has_value : bool
        Whether conversions have a value.

    Examples
    --------
    >>> paths = pd.DataFrame({"path": ["ad > mail", "ad", "mail"], "conversions": [10, 2, 4], "nulls": [10, 38, 16]})
    >>> found = Attribution.of_paths(paths)
    >>> found.credits("last")[["channel", "conversions", "low", "high"]]
      channel  conversions  low  high
    0      ad          2.0  0.0   5.0
    1    mail         14.0  7.0  21.0
    >>> found.removal().round(3)[["channel", "effect", "credit_share"]]
      channel  effect  credit_share
    0      ad   0.562         0.391
    1    mail   0.875         0.609
    """

    asked: Attribution
    counted: Paths
    sample: bootstrap.Sample
    tally: dict[str, int]
    warnings: tuple[str, ...] = ()
    journeys: Any = None
    has_value: bool = True

    @property
    def models(self) -> tuple[Model, ...]:
        """The models that these paths can be asked for: time decay needs ages."""
        return tuple(model for model in MODELS if model == "markov" or (model, "conversions") in self._sums.places)

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels of the touches, sorted by name."""
        return self.counted.channels

    @property
    def conversions(self) -> float:
        """All conversions, with a touch before them or without."""
        return float(self.counted.conversions.sum())

    @property
    def value(self) -> float:
        """What all conversions were worth; NaN where the log has no value."""
        return float(self.counted.value.sum()) if self.has_value else float("nan")

    @property
    def caution(self) -> str:
        """What credit is not."""
        return t("attribution.caution")

    @property
    def how(self) -> str:
        """What the intervals are drawn from."""
        kind = self.sample.kind if self.asked.replicates else "none"
        return t(f"attribution.how.{kind}", replicates=self.asked.replicates, units=int(self.sample.size.sum()))

    @cached_property
    def paths(self) -> pd.DataFrame:
        """The distinct paths, most frequent first.

        Returns
        -------
        DataFrame
            `path` (tuple of channels; empty: conversions without a touch), `touches`, `journeys` (`conversions` +
            `nulls`), `conversions`, `nulls`, `rate` (conversions / journeys), `low`, `high` (Wilson's, as if every
            journey were a person of its own), `value`.
        """
        found, names = self.counted, np.array(self.counted.channels, dtype=object)
        spelled = names[found.codes].tolist() if len(found.codes) else []
        words = [tuple(spelled[a:b]) for a, b in zip(found.offsets, found.offsets[1:], strict=False)]
        journeys = found.conversions + found.nulls
        low, high = stats.wilson(found.conversions, journeys)
        made = pd.DataFrame(
            {
                "path": pd.Series(words, dtype=object),
                "touches": found.lengths,
                "journeys": journeys,
                "conversions": found.conversions,
                "nulls": found.nulls,
                "rate": stats.rate(found.conversions, journeys),
                "low": low,
                "high": high,
                "value": found.value if self.has_value else np.nan,
            }
        )
        return made.sort_values(["journeys", "touches"], ascending=[False, True], kind="stable", ignore_index=True)

    @cached_property
    def summary(self) -> pd.DataFrame:
        """What the credit is of: `what` (a key), `label` and `count`."""
        rows = [{"what": name, "label": t(f"attribution.tally.{name}"), "count": n} for name, n in self.tally.items()]
        return pd.DataFrame(rows, columns=["what", "label", "count"])

    @cached_property
    def _sums(self) -> bootstrap.Sums:
        return bootstrap.sums(self.counted, self.sample, self.asked.settings)

    @cached_property
    def _replicates(self) -> Floats:
        return bootstrap.drawn(self.sample, self._sums, self.asked.replicates, self.asked.seed)

    def credits(self, models: str | Sequence[str] | None = None) -> pd.DataFrame:
        """Conversions and value shared out by each model.

        Parameters
        ----------
        models : str or sequence of str, optional
            All that can be had by default; see `models`.

        Returns
        -------
        DataFrame
            A row a model and channel: `model`, `channel`, `conversions`, `low`, `high`, `share` (of all conversions),
            `share_low`, `share_high`, `value`, `value_low`, `value_high` (NaN without money), `interval` (what kind).
            Where some conversions had no touch, the row `"(no touch)"` has them; with it, each model adds up to all
            conversions and all value.

        Raises
        ------
        SpecError
            For a model that there is not, or that cannot be had from these paths.
        """
        wanted = [check_model(model) for model in ([models] if isinstance(models, str) else models or self.models)]
        for model in wanted:
            if model not in self.models:
                raise SpecError(f"model={model!r} needs the age of every touch: give the paths a column ages_s.")
        return pd.concat([self._credited(model) for model in wanted], ignore_index=True)

    def _credited(self, model: Model) -> pd.DataFrame:
        found = self._amounts(model, (self.sample.size @ self._sums.matrix)[None, :])
        spread = self._amounts(model, self._replicates)
        made = pd.DataFrame({"model": model, "channel": self._rows})
        for name, ends in MEASURES.items():
            made[name] = found[name][0]
            low, high = _percentiles(spread[name], self.asked.alpha)
            made[ends[0]], made[ends[1]] = low, high
        made["interval"] = t(f"attribution.interval.{self.sample.kind if self.asked.replicates else 'none'}")
        return made

    @property
    def _rows(self) -> list[str]:
        untouched = self.counted.conversions[self.counted.lengths == 0].sum()
        return [*self.channels, *([t("attribution.no_touch")] if untouched else [])]

    def _amounts(self, model: Model, features: Floats) -> dict[str, Floats]:
        """The measures of every row of `features`, by the rows of the credit table."""
        conversions, value = bootstrap.credited(self._sums, features, model, self.asked.settings)
        if len(self._rows) > len(self.channels):
            totals = features[:, self._sums.places["totals"]]
            conversions, value = np.hstack([conversions, totals[:, 2:3]]), np.hstack([value, totals[:, 3:4]])
        whole = conversions.sum(axis=1, keepdims=True)
        share = np.divide(conversions, whole, out=np.full_like(conversions, np.nan), where=whole > 0)
        return {"conversions": conversions, "share": share, "value": value if self.has_value else value * np.nan}

    def removal(self) -> pd.DataFrame:
        """What taking out each channel costs in the Markov chain.

        Returns
        -------
        DataFrame
            `channel`; `effect` (share of the chain's conversions lost), `low`, `high`; `credit_share` (effects made to
            add up to 1); `strategy` (where a walk goes that would enter the channel) and `order`.
        """
        place, edges = self._sums.places["transitions"], self._sums.edges
        point = (self.sample.size @ self._sums.matrix)[None, place]
        effects, _ = markov.removal_effects(edges, point, self.asked.removal)
        spread, _ = markov.removal_effects(edges, self._replicates[:, place], self.asked.removal)
        low, high = _percentiles(spread, self.asked.alpha)
        made = {"channel": list(self.channels), "effect": effects[0], "low": low, "high": high}
        made |= {"credit_share": markov.split(effects)[0]}
        return pd.DataFrame(made).assign(
            strategy=t(f"attribution.removal.{self.asked.removal}"), order=self.asked.order
        )

    def roi(self, spend: Any, models: str | Sequence[str] | None = None) -> pd.DataFrame:
        """Credit beside what each channel cost; see `money.returns`."""
        from funnel_utils.journey.attribution.money import returns

        return returns(self.credits(models), spend)

    def compare_to_truth(self, truth: Any, models: str | Sequence[str] | None = None) -> pd.DataFrame:
        """Credit beside conversions that are known to be caused by each channel; see `truth.against`."""
        from funnel_utils.journey.attribution.truth import against

        return against(self.credits(models), truth)

    @property
    def verdict(self) -> str:
        """What the models say, in plain words."""
        from funnel_utils.journey.attribution.view import verdict

        return verdict(self)

    def to_frame(self) -> pd.DataFrame:
        """The credit table of all models."""
        return self.credits()

    def to_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write the credit table as CSV, formulas defused; see `funnel_utils.export.to_csv`, which takes any table."""
        from funnel_utils.export import to_csv

        return to_csv(self.credits(), path)

    def to_parquet(self, path: str | os.PathLike[str]) -> Path:
        """Write the credit table as Parquet; see `funnel_utils.export.to_parquet`, which takes any table."""
        from funnel_utils.export import to_parquet

        return to_parquet(self.credits(), path)

    def plot(self, models: str | Sequence[str] | None = None, **options: Any) -> Figure:
        """The models side by side; `options` go to `charts.attribution_chart`."""
        from funnel_utils import charts

        return charts.attribution_chart(self.credits(models), **options)

    def _repr_html_(self) -> str:
        from funnel_utils.journey.attribution.view import html

        return html(self)

    def __repr__(self) -> str:
        return f"AttributionResult of {self.asked!r}: {self.verdict}"


def _percentiles(spread: Floats, alpha: float) -> tuple[Floats, Floats]:
    """The percentile interval of each column; NaN without replicates."""
    if not len(spread):
        nothing = np.full(spread.shape[1], np.nan)
        return nothing, nothing
    # A resample may hold no conversion at all, and then has no shares.
    some = spread[~np.isnan(spread).all(axis=1)]
    if not len(some):
        return _percentiles(spread[:0], alpha)
    low, high = np.quantile(some, [alpha / 2, 1 - alpha / 2], axis=0)
    return low, high


def from_paths(asked: Attribution, frame: pd.DataFrame) -> AttributionResult:
    """The result of counted paths."""
    counted = from_frame(frame)
    bare = counted.lengths == 0
    tally = {
        "conversions": round(counted.conversions.sum()),
        "untouched": round(counted.conversions[bare].sum()),
        "nulls": round(counted.nulls.sum()),
    }
    warnings = () if counted.conversions.sum() > 0 else (t("attribution.warning.nothing"),)
    sample = bootstrap.of_counts(counted)
    return AttributionResult(asked, counted, sample, tally, warnings, has_value=has_value(frame))


def from_log(asked: Attribution, log: EventLog) -> AttributionResult:
    """The result of a log."""
    from funnel_utils.journey.attribution import touches

    touches.check_columns(log, asked)
    warnings = []
    has_value = asked.value is not None and asked.value in log.table.columns
    if has_value and not log.table[asked.value].type().is_numeric():
        raise LogError(
            f"value={asked.value!r} is {log.table[asked.value].type()} in this log; read the log with "
            f'types={{{asked.value!r}: "float64"}}, or pass value=None.'
        )
    if has_value and asked.value == "value":
        try:
            _ = log.currency
        except LogError as error:
            # Counts stand whatever the money is.
            warnings.append(str(error))
            has_value = False
    found = touches.find(log, asked, has_value)
    warnings += _noted(found.tally, asked)
    return AttributionResult(
        asked, found.paths, found.sample, found.tally, tuple(warnings), found.journeys, has_value=has_value
    )


def _noted(tally: dict[str, int], asked: Attribution) -> list[str]:
    """What deserves saying about the counts."""
    made = []
    if not tally["conversions"]:
        made.append(t("attribution.warning.no_conversion", events=" or ".join(asked.conversion)))
    if not tally["touches"]:
        made.append(t("attribution.warning.no_touches", channel=asked.channel))
    if tally["untouched"] * 2 > tally["conversions"]:
        made.append(t("attribution.warning.untouched", count=tally["untouched"], all=tally["conversions"]))
    if tally["open"] * 2 > tally["nulls"]:
        made.append(t("attribution.warning.open", count=tally["open"], all=tally["nulls"]))
    return made
