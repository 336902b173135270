"""The scoreboard: what models said of customers they had not seen the end of, beside what then happened.

A lifetime value is a forecast. Before money is spent on it, the same model is fitted to what was known some time ago
and asked about the time since. Beside the models stand two forecasts that need no model: everybody goes on at her own
pace, and everybody does what all did on average. A model that does not beat them is not worth its trouble.

What is shown: the **bias** (all purchases predicted, against those made), the **mean absolute error** per customer, the
**calibration** (customers grouped by what was predicted of them: did they do it?), and the **capture** of the best
tenth: which share of what was bought came from the tenth that was ranked first.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from funnel_utils import stats
from funnel_utils.durations import format_duration
from funnel_utils.errors import SpecError
from funnel_utils.export import to_csv, to_parquet
from funnel_utils.retention.customers import DAY
from funnel_utils.retention.holdout import Holdout
from funnel_utils.retention.models.purchase import PurchaseModel
from funnel_utils.stats import Floats
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: The share of customers that is ranked first.
BEST = 0.1
#: Customers are grouped by what is predicted of them into at most this many groups.
GROUPS = 10


@dataclass(frozen=True, eq=False, repr=False)
class Scoreboard:
    """Predictions of a holdout against what happened. Make one with `Scoreboard.of`.

    Attributes
    ----------
    holdout : Holdout
    predictions : DataFrame
        A row a customer, a column a model: expected purchases in the holdout.
    models : tuple of fitted models
    """

    holdout: Holdout
    predictions: pd.DataFrame
    models: tuple[PurchaseModel, ...]

    @classmethod
    def of(
        cls, holdout: Holdout, models: Sequence[PurchaseModel], others: Mapping[str, Any] | None = None
    ) -> Scoreboard:
        """Fit models to the calibration part and predict the holdout.

        Parameters
        ----------
        holdout : Holdout
        models : sequence of models
            They are fitted here, so that none has seen the holdout; the ones passed stay as they are.
        others : mapping of str to array-like, optional
            Predictions from elsewhere, by name: purchases in the holdout, a number a customer in the summary's order.

        Raises
        ------
        SpecError
            If two have the same name, or a prediction does not fit the customers.
        """
        known = holdout.calibration
        fitted = tuple(type(model)().fit(known) for model in models)
        columns: dict[str, Any] = {}
        for model in fitted:
            columns[model.NAME] = model.expected_purchases(holdout.duration, known)
        for name, values in (others or {}).items():
            found = np.asarray(values, dtype=float)
            if found.shape != (len(known),) or not np.isfinite(found).all():
                raise SpecError(f"Scoreboard: {name!r} must be {len(known):,} finite numbers, one a customer.")
            columns[name] = found
        if len(columns) < len(fitted) + len(others or {}):
            raise SpecError("Scoreboard: two predictions have the same name.")
        columns[t("clv.score.own_pace")] = own_pace(holdout)
        columns[t("clv.score.alike")] = alike(holdout)
        return cls(holdout, pd.DataFrame(columns), fitted)

    @property
    def actual(self) -> Floats:
        """Purchases of each customer in the holdout."""
        return self.holdout.actual["purchases"].to_numpy(dtype=float)

    @cached_property
    def table(self) -> pd.DataFrame:
        """How good each prediction was.

        Returns
        -------
        DataFrame
            `model`; `naive` (whether it needs no model); `customers`; `actual`, `predicted` (purchases of all);
            `bias` (predicted / actual - 1) with `bias_low`, `bias_high` (95%: what was bought varies by chance, over
            customers); `mae` (mean absolute error per customer) with `mae_low`, `mae_high`; `rmse`; `captured` of
            `actual` purchases made by the tenth ranked first, with `capture`, `capture_low`, `capture_high` (delta
            method over customers). NaN where nothing was bought.
        """
        naive = {t("clv.score.own_pace"), t("clv.score.alike")}
        rows = []
        for name in self.predictions:
            predicted = self.predictions[name].to_numpy(dtype=float)
            rows.append({"model": name, "naive": name in naive, **_score(self.actual, predicted)})
        return pd.DataFrame(rows)

    @cached_property
    def by_frequency(self) -> pd.DataFrame:
        """Customers by how often they had bought again: what they then did, and what was predicted.

        Returns
        -------
        DataFrame
            `frequency` (text; the last is open), `customers`, `actual` (mean purchases) with `low`, `high` (95%, t),
            and a column a prediction.
        """
        x = self.holdout.calibration.column("frequency")
        top = int(np.clip(np.quantile(x, 0.99), 1, 7))
        group = np.minimum(x, top).astype(int)
        names = {k: str(k) if k < top else t("clv.score.or_more", number=k) for k in range(top + 1)}
        found = self._grouped(group)
        found.insert(0, "frequency", [names[k] for k in found.pop("group")])
        return found

    @cached_property
    def calibration(self) -> pd.DataFrame:
        """For each prediction its customers in groups, from those of whom least was expected to those of whom most.

        Returns
        -------
        DataFrame
            `model`, `group` (1, 2, …), `customers`, `predicted` (mean), `actual` (mean) with `low`, `high` (95%, t).
            Customers with equal predictions are never parted, so groups may differ in size.
        """
        parts = []
        for name in self.predictions:
            predicted = self.predictions[name].to_numpy(dtype=float)
            below = np.searchsorted(np.sort(predicted), predicted, side="left") / max(len(predicted), 1)
            group = np.floor(GROUPS * below).astype(int)
            found = self._grouped(group)[["customers", "actual", "low", "high", name]]
            found = found.rename(columns={name: "predicted"})
            found.insert(0, "group", np.arange(1, len(found) + 1))
            found.insert(0, "model", str(name))
            parts.append(found[["model", "group", "customers", "predicted", "actual", "low", "high"]])
        return pd.concat(parts, ignore_index=True)

    def _grouped(self, group: Any) -> pd.DataFrame:
        from scipy.stats import t as student

        frame = self.predictions.assign(group=group, actual=self.actual)
        made = frame.groupby("group").mean()
        counts, spread = frame.groupby("group")["actual"].agg(["size", "std"]).to_numpy().T
        with np.errstate(invalid="ignore"):
            half = np.where(
                counts > 1, student.ppf(0.975, np.maximum(counts - 1, 1)) * spread / np.sqrt(counts), np.nan
            )
        actual = made.pop("actual")
        made.insert(0, "high", actual + half)
        made.insert(0, "low", np.maximum(actual - half, 0.0))
        made.insert(0, "actual", actual)
        made.insert(0, "customers", counts.astype(int))
        return made.reset_index()

    @property
    def best(self) -> str:
        """The prediction with the smallest mean absolute error."""
        return str(self.table["model"].iloc[int(self.table["mae"].to_numpy().argmin())])

    @property
    def verdict(self) -> str:
        """Whether the models were worth it, in plain words."""
        table = self.table.set_index("model")
        words = {
            "duration": format_duration(self.holdout.duration),
            "customers": f"{len(self.predictions):,}",
            "actual": f"{self.actual.sum():,.0f}",
        }
        said = [t("clv.score.asked", **words)]
        for model in self.models:
            row = table.loc[model.NAME]
            figures = {
                "predicted": f"{row['predicted']:,.0f}",
                "bias": f"{row['bias']:+.1%}",
                "mae": f"{row['mae']:.3f}",
            }
            said.append(t("clv.score.model", model=model.NAME, capture=f"{row['capture']:.0%}", **figures))
        own = table.loc[t("clv.score.own_pace")]
        said.append(
            t("clv.score.naive", bias=f"{own['bias']:+.1%}", mae=f"{own['mae']:.3f}", capture=f"{own['capture']:.0%}")
        )
        if self.models:
            mae = table.loc[[model.NAME for model in self.models], "mae"].min()
            said.append(t("clv.score.better" if mae < table[table["naive"]]["mae"].min() else "clv.score.worse"))
        return " ".join(said)

    def to_frame(self) -> pd.DataFrame:
        """The table, as a copy of your own."""
        return self.table.copy()

    def to_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write the table as CSV, formulas defused."""
        return to_csv(self.table, path)

    def to_parquet(self, path: str | os.PathLike[str]) -> Path:
        """Write the table as Parquet."""
        return to_parquet(self.table, path)

    def plot(self) -> Figure:
        """Predicted against actual purchases, by how often customers had bought."""
        from funnel_utils import charts

        return charts.scoreboard_chart(self)

    def _repr_html_(self) -> str:
        from funnel_utils.retention.view import html

        names = ["model", "actual", "predicted", "bias", "mae", "capture"]
        shown = self.table[names].rename(columns={name: t(f"clv.column.{name}") for name in names})
        return html(self.verdict, t("clv.caption.scoreboard"), shown)

    def __repr__(self) -> str:
        return f"Scoreboard: {self.verdict}"


def own_pace(holdout: Holdout) -> Floats:
    """Everybody goes on as before: repeat purchases so far, per time watched, times the time to come."""
    known = holdout.calibration
    age = known.column("age") * (known.unit / DAY)
    days = holdout.duration / DAY
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = np.where(age > 0, known.column("frequency") / age * days, 0.0)
    return found


def alike(holdout: Holdout) -> Floats:
    """Everybody does what all did on average."""
    known = holdout.calibration
    watched = known.column("age").sum() * (known.unit / DAY)
    rate = known.column("frequency").sum() / watched if watched > 0 else 0.0
    return np.full(len(known), rate * (holdout.duration / DAY))


def _score(actual: Floats, predicted: Floats) -> dict[str, float]:
    n, total = len(actual), float(actual.sum())
    found: dict[str, float] = {"customers": n, "actual": total, "predicted": float(predicted.sum())}
    critical = stats.counts.critical(stats.ALPHA)
    spread = float(actual.std(ddof=1)) * np.sqrt(n) if n > 1 else np.nan
    ends = [total, total + critical * spread, max(total - critical * spread, 0.0)]
    ratios = [found["predicted"] / end - 1 if end > 0 else np.nan for end in ends]
    found |= dict(zip(("bias", "bias_low", "bias_high"), ratios, strict=True))
    errors = np.abs(predicted - actual)
    half = critical * float(errors.std(ddof=1)) / np.sqrt(n) if n > 1 else np.nan
    found |= {
        "mae": float(errors.mean()),
        "mae_low": float(errors.mean() - half),
        "mae_high": float(errors.mean() + half),
    }
    found["rmse"] = float(np.sqrt(np.mean((predicted - actual) ** 2)))
    share = best_share(predicted)
    y = actual * share
    ratio = stats.ratio_delta(y.sum(), total, y @ y, y @ actual, actual @ actual, float((actual > 0).sum()))
    found["captured"] = float(y.sum())
    ends_ = (ratio.estimate, ratio.low, ratio.high)
    return found | {
        key: float(np.ravel(v)[0]) for key, v in zip(("capture", "capture_low", "capture_high"), ends_, strict=True)
    }


def best_share(predicted: Floats, best: float = BEST) -> Floats:
    """How much of each customer belongs to the best tenth: 1, 0, or a part where equal predictions straddle its edge.

    Sorting alone would let the order of the table decide who of several equals is among the best.

    Examples
    --------
    >>> best_share(np.array([5.0, 1.0, 1.0, 1.0, 0.0]), best=0.4).tolist()
    [1.0, 0.3333333333333333, 0.3333333333333333, 0.3333333333333333, 0.0]
    """
    places = best * len(predicted)
    _, code, counts = np.unique(-predicted, return_inverse=True, return_counts=True)
    before = np.cumsum(counts) - counts
    share = np.clip((places - before) / counts, 0.0, 1.0)
    found: Floats = share[code]
    return found
