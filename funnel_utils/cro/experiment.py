"""Experiments: what was tried on whom, what it is judged by, and the one call that judges it.

Chance puts each unit into an arm; whatever else differs between the arms then differs by chance, and chance can be
reckoned with. `Experiment` says what the arms and metrics are and `run` compares them, from an event log, a table with
a row a unit, plain counts, or moments. It first checks what makes every comparison worthless: a split that chance does
not explain (sample ratio mismatch), units in two arms, too few of them.

References
----------
Kohavi, R., Tang, D., Xu, Y. (2020). Trustworthy Online Controlled Experiments. Cambridge University Press.
Fabijan, A. et al. (2019). Diagnosing sample ratio mismatch in online controlled experiments. KDD 2019.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

from funnel_utils.cro.exposure import Exposure
from funnel_utils.cro.measures import Column
from funnel_utils.cro.metrics import Conversion, Metric, shown
from funnel_utils.errors import SpecError

if TYPE_CHECKING:
    from funnel_utils.cro.moments import Moments
    from funnel_utils.cro.result import ExperimentResult

Correction = Literal["holm", "hochberg", "bonferroni", "bh", "by", "none"]


@dataclass(frozen=True, repr=False)
class Experiment:
    """What was tried, and what it is judged by.

    Parameters
    ----------
    metrics : Metric, str, or a sequence of them
        A bare name is a `Conversion`.
    arm : str
        The property of the exposing event (or the column of a table) that holds the arm.
    control : str
        The arm that the others are compared with.
    treatments : str or sequence of str
        The other arms, in the order of tables; by default all that are found, sorted.
    split : mapping of str to float, or sequence of float, optional
        The intended share of each arm, control first in a sequence; equal shares by default. Any positive weights do.
    exposure : Exposure or str
        When a unit met the tested thing, on a log; a bare name is the event.
    unit : str, optional
        What was put into arms. On a log `"user"` by default. On a table every row is a unit by default; with a column
        named here its rows are added up, and units in two arms are found.
    clusters : str, optional
        The column of what was really put into arms, where units came in groups: offices, cities. All is then compared
        between clusters, because units of one are alike.
    strata : str, optional
        A column known before the exposure, within whose values arms are compared; the comparisons are then put
        together. For conversions and plain means.
    alpha : float
        1 - confidence.
    power : float
        The power below which "nothing found" says little.
    correction : {"holm", "hochberg", "bonferroni", "bh", "by", "none"}
        How the p-values of all primary metrics and arms together are adjusted (those of secondary metrics apart), and
        their intervals with them. Guardrails are not adjusted: all of them have to hold.
    least : int
        Fewest units in each arm.
    name : str
        What reports call it.

    Raises
    ------
    SpecError
        If a field is not valid.

    Examples
    --------
    >>> test = Experiment([Conversion("purchase", planned_lift=0.2)], exposure=Exposure("saw_checkout", within="7d"))
    >>> test.metrics[0].name, test.control
    ('purchase', 'control')
    """

    metrics: tuple[Metric, ...]
    arm: str = "variant"
    control: str = "control"
    treatments: tuple[str, ...] = ()
    split: Any = None
    exposure: Exposure = field(default_factory=Exposure)
    unit: str | None = None
    clusters: str | None = None
    strata: str | None = None
    alpha: float = 0.05
    power: float = 0.8
    correction: Correction = "holm"
    least: int = 30
    name: str = ""

    def __init__(
        self,
        metrics: Metric | str | Iterable[Metric | str],
        *,
        arm: str = "variant",
        control: str = "control",
        treatments: str | Sequence[str] = (),
        split: Mapping[str, float] | Sequence[float] | None = None,
        exposure: Exposure | str | None = None,
        unit: str | None = None,
        clusters: str | None = None,
        strata: str | None = None,
        alpha: float = 0.05,
        power: float = 0.8,
        correction: Correction = "holm",
        least: int = 30,
        name: str = "",
    ) -> None:
        values: dict[str, Any] = {
            "metrics": _metrics(metrics),
            "arm": arm,
            "control": control,
            "treatments": (treatments,) if isinstance(treatments, str) else tuple(treatments),
            "split": dict(split) if isinstance(split, Mapping) else None if split is None else tuple(split),
            "exposure": _exposure(exposure),
            "unit": unit,
            "clusters": clusters,
            "strata": strata,
            "alpha": alpha,
            "power": power,
            "correction": correction,
            "least": least,
            "name": name,
        }
        for key, value in values.items():
            object.__setattr__(self, key, value)
        _check(self)

    def __repr__(self) -> str:
        return shown(self, required=("metrics",))

    def run(self, data: Any, *, by: str | Sequence[str] = (), daily: bool | str | None = None) -> ExperimentResult:
        """Compare the arms, by one query to the engine (and one more for each quantile).

        Parameters
        ----------
        data : EventLog, frame, path, or Ibis table
            An event log, or a table with a row a unit: anything that `EventLog.read` takes.
        by : str or sequence of str
            Properties of the exposing event (or columns) by which `segments` will be told. Not with clusters, which a
            segment would cut into pieces.
        daily : bool or str, optional
            Whether effects by day of first exposure will be told: on a log they are, unless `False`; on a table name
            the column with the day.

        Returns
        -------
        ExperimentResult

        Raises
        ------
        LogError
            If a column is missing, nobody is in an arm, or values are missing.
        SpecError
            If something is asked for that these data cannot give.

        Examples
        --------
        >>> import pandas as pd
        >>> people = pd.DataFrame({"variant": ["control"] * 1000 + ["new"] * 1000, "bought": 0})
        >>> people.loc[:99, "bought"] = 1  # 100 of control
        >>> people.loc[1000:1149, "bought"] = 1  # 150 of the others
        >>> print(Experiment("bought").run(people).table.loc[0, "verdict"])
        win
        """
        from funnel_utils.cro.running import run

        segments = (by,) if isinstance(by, str) else tuple(dict.fromkeys(by))
        return run(self, data, segments, daily)

    @classmethod
    def of_counts(
        cls,
        counts: Mapping[str, tuple[float, float]],
        *,
        name: str = "conversion",
        metric: Conversion | None = None,
        **options: Any,
    ) -> ExperimentResult:
        """The comparison of conversions from plain counts.

        Parameters
        ----------
        counts : mapping of str to (n, converted)
            Each arm's units and how many of them converted, control first.
        name : str
            What the conversion is called.
        metric : Conversion, optional
            The metric, where more than its name is to be said: its role, its planned effect.
        **options
            As for `Experiment`.

        Returns
        -------
        ExperimentResult

        Examples
        --------
        >>> result = Experiment.of_counts({"control": (5000, 500), "new": (5000, 600)})
        >>> row = result.table.iloc[0]
        >>> row["verdict"], round(float(row["difference"]), 3)
        ('win', 0.02)
        """
        from funnel_utils.cro.running import moments_of_counts

        chosen = Conversion(Column("converted"), name=name) if metric is None else replace(metric)
        arms = list(counts)
        if len(arms) < 2:
            raise SpecError(f"of_counts: {arms!r}: give at least two arms, control first.")
        options = {"control": arms[0], "treatments": arms[1:], **options}
        test = cls([replace(chosen, measure=Column("converted"))], **options)
        return test.of_moments(moments_of_counts(counts))

    def of_moments(self, moments: Mapping[str, Moments]) -> ExperimentResult:
        """The comparison from each arm's moments.

        Parameters
        ----------
        moments : mapping of str to Moments
            By arm. Their columns have the names that the metrics use for columns (or for single events).

        Returns
        -------
        ExperimentResult

        Examples
        --------
        >>> from funnel_utils.cro import Mean, Moments
        >>> arms = {name: Moments.of({"spent": range(k, 100 + k)}) for k, name in enumerate(["control", "new"])}
        >>> Experiment(Mean("spent")).of_moments(arms).table.loc[0, "verdict"]
        'inconclusive'
        """
        from funnel_utils.cro.running import run_moments

        return run_moments(self, moments)

    def shares(self, arms: Sequence[str]) -> tuple[float, ...]:
        """The intended share of each of `arms`.

        Raises
        ------
        SpecError
            If the split does not name them.
        """
        if self.split is None:
            return tuple(1 / len(arms) for _ in arms)
        if isinstance(self.split, Mapping):
            lost = [arm for arm in arms if arm not in self.split]
            if lost:
                raise SpecError(
                    f"split names {', '.join(self.split)}; the arm {', '.join(lost)} was found too. Give its share, or "
                    "name the arms to compare with treatments=."
                )
            weights = [float(self.split[arm]) for arm in arms]
        else:
            if len(self.split) != len(arms):
                raise SpecError(f"split={self.split} has {len(self.split)} shares for the arms {', '.join(arms)}.")
            weights = [float(weight) for weight in self.split]
        return tuple(weight / sum(weights) for weight in weights)


def _metrics(given: Any) -> tuple[Metric, ...]:
    each = [given] if isinstance(given, Metric | str) else list(given)
    made = [Conversion(one) if isinstance(one, str) else one for one in each]
    for one in made:
        if not isinstance(one, Metric):
            raise SpecError(f"metrics: {one!r} is no metric; give a Conversion, Mean, Ratio or Quantile.")
    names = [one.name for one in made]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SpecError(f"metrics: two are called {twice[0]!r}; give one of them another name=.")
    if not made:
        raise SpecError("metrics is empty: what is the experiment judged by?")
    return tuple(made)


def _exposure(given: Exposure | str | None) -> Exposure:
    if given is None:
        return Exposure()
    if isinstance(given, str):
        return Exposure(given)
    if not isinstance(given, Exposure):
        raise SpecError(f'exposure={given!r}: give Exposure("event", within="7d"), or the name of the event.')
    return given


def _check(test: Experiment) -> None:
    for name in ("arm", "control"):
        value = getattr(test, name)
        if not isinstance(value, str) or not value:
            raise SpecError(f"Experiment: {name}={value!r} is no name.")
    for name in ("unit", "clusters", "strata"):
        value = getattr(test, name)
        if value is not None and (not isinstance(value, str) or not value):
            raise SpecError(f"Experiment: {name}={value!r} is not the name of a column.")
    if test.control in test.treatments or len(set(test.treatments)) != len(test.treatments):
        raise SpecError(f"Experiment: treatments={test.treatments!r} names an arm twice, or control.")
    for name in ("alpha", "power"):
        value = getattr(test, name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1:
            raise SpecError(f"Experiment: {name}={value!r} lies between 0 and 1.")
    if test.correction not in get_args(Correction):
        raise SpecError(f"Experiment: correction={test.correction!r} is not one of {', '.join(get_args(Correction))}.")
    if isinstance(test.least, bool) or not isinstance(test.least, int) or test.least < 2:
        raise SpecError(f"Experiment: least={test.least!r} is a whole number of units, 2 or more.")
    if test.split is not None:
        weights = list(test.split.values() if isinstance(test.split, Mapping) else test.split)
        wrong = [w for w in weights if isinstance(w, bool) or not isinstance(w, int | float) or not 0 < w < math.inf]
        if wrong or len(weights) < 2:
            raise SpecError(f"Experiment: split={test.split!r}: give each arm a share above zero.")
    _check_structure(test)


def _check_structure(test: Experiment) -> None:
    """Refuse what does not go together."""
    kinds = {metric.kind for metric in test.metrics}
    if test.clusters is not None and "quantile" in kinds:
        raise SpecError(
            "Experiment: the interval of a quantile takes units to be independent; with clusters use a Mean."
        )
    if test.clusters is not None and test.strata is not None:
        raise SpecError("Experiment: clusters and strata together are not supported; use one of them.")
    if test.strata is not None:
        wrong = [m.name for m in test.metrics if m.kind not in ("conversion", "mean") or m.before]
        if wrong:
            raise SpecError(
                f"Experiment: strata work for conversions and for means without covariates, not for {', '.join(wrong)}."
            )
