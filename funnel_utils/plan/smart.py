"""SMART as a computation: a light and a reason for each letter, from the business's own numbers.

| letter | asks |
|---|---|
| specific | are metric, segment and direction named? |
| measurable | is there a target, and can the metric be computed from this log now? |
| achievable | where does the target lie in the forecast of the metric at the deadline? |
| relevant | does a path in the KPI tree lead from the metric to the business goal? |
| time-bound | is there a date, and will there be enough events until then to see the change? |
| explainable | is it said by what it shall come about? |
| relative | is there a baseline, of one's own or a competitor's? |

Achievable, in the goal's direction: short of the forecast mean is *unambitious* (the numbers go there by themselves),
from the mean to the far bound of the 80% interval *achievable*, beyond it up to 3 forecast standard errors *stretch*,
further *not achievable*. The forecast is of the business going on as before; a plan that changes the business is what
a stretch needs.

Enough events: the change from the baseline to the target would be found with a chance of 80% at a 5% level,
two-sided, if nothing but chance moved the counts. For a count in the deadline's period that is the period's own
count; for a rate all that comes until then.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import pandas as pd

from funnel_utils.errors import SpecError
from funnel_utils.plan.forecast import LEVEL, Forecast, TooShort, forecast
from funnel_utils.plan.goal import Goal
from funnel_utils.plan.history import SEASONS, History
from funnel_utils.plan.kpis import Tree, path
from funnel_utils.plan.ratios import check_currency
from funnel_utils.plan.words import day_text, quantity
from funnel_utils.text import t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Band = Literal["unambitious", "achievable", "stretch", "not achievable"]
Status = Literal["yes", "partly", "no", "unknown"]

LETTERS = ("specific", "measurable", "achievable", "relevant", "time_bound", "explainable", "relative")
FURTHEST = 3.0
POWER, ALPHA = 0.8, 0.05


class Light(NamedTuple):
    """A letter's answer."""

    status: Status
    reason: str


@dataclass(frozen=True, eq=False)
class Assessment:
    """What the check says of a goal.

    Attributes
    ----------
    goal : Goal
    table : DataFrame
        A row per letter: `letter`, `name`, `status` (`"yes"`, `"partly"`, `"no"`, `"unknown"`), `reason`.
    band : str or None
        Where the target lies in the forecast; `None` where that is not known.
    expected : dict or None
        `mean`, `se`, `low`, `high` of the metric at the deadline (or of the total until then), if it goes on as before.
    forecast : Forecast or None
    """

    goal: Goal
    table: pd.DataFrame
    band: Band | None
    expected: dict[str, float] | None
    forecast: Forecast | None

    def reason(self, name: str) -> str:
        """Why the light of a letter (such as `"achievable"`) is what it is."""
        return str(self._of(name)["reason"])

    def status(self, name: str) -> str:
        """The light of a letter."""
        return str(self._of(name)["status"])

    @property
    def verdict(self) -> str:
        """How many of the letters the goal has, and the first thing to mend."""
        wrong = self.table[self.table["status"] != "yes"]
        has = len(self.table) - len(wrong)
        said = t("plan.smart.verdict", has=has, all=len(self.table))
        if wrong.empty:
            return said
        worst = wrong.iloc[int(wrong["status"].map(["no", "unknown", "partly"].index).argmin())]
        return said + " " + t("plan.smart.first", name=t(f"plan.smart.name.{worst['name']}"), reason=worst["reason"])

    def plot(self) -> Figure:
        """The lights with their reasons."""
        from funnel_utils.charts.smart import smart_chart

        return smart_chart(self)

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table."""
        return self.table.copy()

    def _of(self, name: str) -> dict[Any, Any]:
        if name not in LETTERS:
            raise SpecError(f"name={name!r} is not one of {', '.join(map(repr, LETTERS))}.")
        return self.table.iloc[LETTERS.index(name)].to_dict()

    def _repr_html_(self) -> str:
        return str(self.table.to_html(index=False, escape=True))


def band(target: float, mean: float, se: float, direction: str, level: float = LEVEL) -> Band:
    """Where a target lies in a forecast, in the goal's direction; each border belongs to the easier side.

    Examples
    --------
    >>> [band(target, 100, 10, "increase") for target in (99, 100, 112.8, 112.9, 130, 130.1)]
    ['unambitious', 'achievable', 'achievable', 'stretch', 'stretch', 'not achievable']
    >>> band(88, 100, 10, "decrease")
    'achievable'
    """
    from scipy.stats import norm

    if not se > 0:
        raise SpecError(f"se={se!r} is not allowed; a forecast has a standard error above 0.")
    if direction not in ("increase", "decrease"):
        raise SpecError(f"direction={direction!r} is not allowed; give 'increase' or 'decrease'.")
    sign = 1.0 if direction == "increase" else -1.0
    if sign * (target - mean) < 0:
        return "unambitious"
    # Written as the bounds of a forecast are, so that a target that is such a bound lies on this side of it.
    if sign * target <= sign * (mean + sign * float(norm.ppf((1 + level) / 2)) * se):
        return "achievable"
    return "stretch" if sign * target <= sign * (mean + sign * FURTHEST * se) else "not achievable"


def assess(
    goal: Goal,
    history: History | None = None,
    *,
    tree: Tree | None = None,
    outlook: Forecast | None = None,
    season: int | None = None,
) -> Assessment:
    """Check a goal letter by letter.

    Parameters
    ----------
    goal : Goal
    history : History, optional
        Of the goal's metric and segment; without it nothing about numbers can be said.
    tree : mapping of str to sequence of str, optional
        Which KPI feeds which; `kpis.FEEDS` by default.
    outlook : Forecast, optional
        A forecast of this history that reaches the deadline, to be used again for several goals.
    season : int, optional
        As for `forecast`.

    Raises
    ------
    SpecError
        If goal and history are in different currencies.

    Examples
    --------
    >>> assess(Goal(statement="Become the best shop in town")).table["status"].tolist()
    ['no', 'no', 'no', 'no', 'no', 'no', 'no']
    """
    if history is not None:
        check_currency(goal.currency, history.currency)
    usable = history if history is not None and not _mismatch(goal, history) else None
    outlook, refused = _outlook(goal, usable, outlook, season)
    expected = _expected(goal, outlook)
    where = None
    if expected is not None and goal.direction and not math.isnan(goal.aim):
        where = band(goal.aim, expected["mean"], expected["se"], goal.direction, outlook.level if outlook else LEVEL)
    lights = {
        "specific": _specific(goal),
        "measurable": _measurable(goal, history),
        "achievable": _achievable(goal, where, expected, refused, usable),
        "relevant": _relevant(goal, tree),
        "time_bound": _time_bound(goal, usable),
        "explainable": _explainable(goal),
        "relative": _relative(goal, usable),
    }
    rows = [
        {"letter": t(f"plan.smart.letter.{name}"), "name": name, "status": light.status, "reason": light.reason}
        for name, light in lights.items()
    ]
    return Assessment(goal, pd.DataFrame(rows), where, expected, outlook)


def _specific(goal: Goal) -> Light:
    lacking = [name for name in ("metric", "segment", "direction") if getattr(goal, name) is None]
    if lacking:
        words = ", ".join(t(f"plan.smart.field.{name}") for name in lacking)
        return Light("no" if len(lacking) > 1 else "partly", t("plan.smart.specific.no", lacking=words))
    return Light(
        "yes",
        t("plan.smart.specific.yes", way=t(f"plan.smart.{goal.direction}"), metric=goal.metric, segment=goal.segment),
    )


def _mismatch(goal: Goal, history: History) -> str:
    """Why a history is not that of the goal's metric; empty if it is."""
    if goal.metric is None:
        return t("plan.smart.measurable.no_metric")
    if goal.metric.casefold() != history.metric.casefold():
        return t("plan.smart.measurable.other", metric=goal.metric, given=history.metric)
    if goal.segment is not None and goal.segment.casefold() != history.segment.casefold():
        return t("plan.smart.measurable.segment", segment=goal.segment, given=history.segment)
    return ""


def _measurable(goal: Goal, history: History | None) -> Light:
    if goal.metric is None:
        return Light("no", t("plan.smart.measurable.no_metric"))
    if history is None:
        return Light("no", t("plan.smart.measurable.no_history", metric=goal.metric))
    wrong = _mismatch(goal, history)
    if wrong:
        return Light("no", wrong)
    if goal.over == "total" and not history.adds_up:
        return Light("no", t("plan.smart.measurable.no_sum", metric=goal.metric))
    last = quantity(history.values[-1], history)
    words = {"n": len(history), "by": t(f"plan.by.{history.by}s"), "last": last, "metric": goal.metric}
    if math.isnan(goal.aim):
        return Light("partly", t("plan.smart.measurable.no_target", **words))
    return Light("yes", t("plan.smart.measurable.yes", **words))


def _outlook(
    goal: Goal, history: History | None, given: Forecast | None, season: int | None
) -> tuple[Forecast | None, str]:
    """The forecast to the deadline, or why there is none."""
    if history is None:
        return None, t("plan.smart.achievable.no_history")
    if goal.deadline is None:
        return None, t("plan.smart.achievable.no_deadline")
    wanted = history.periods_until(goal.deadline)
    if not len(wanted):
        return None, t("plan.smart.achievable.past", deadline=day_text(goal.deadline))
    if given is not None and given.history is history and given.table["period"].iloc[-1] >= wanted[-1]:
        return given, ""
    try:
        return forecast(history, until=goal.deadline, season=season), ""
    except TooShort as error:
        return None, t("plan.smart.achievable.refused", why=str(error))


def _expected(goal: Goal, outlook: Forecast | None) -> dict[str, float] | None:
    if outlook is None or (goal.over == "total" and not outlook.history.adds_up):
        return None
    found: dict[str, Any] = outlook.total(goal.deadline) if goal.over == "total" else outlook.at(goal.deadline)
    return {name: float(found[name]) for name in ("mean", "se", "low", "high")}


def _achievable(
    goal: Goal, where: Band | None, expected: dict[str, float] | None, refused: str, history: History | None
) -> Light:
    if expected is None:
        return Light("unknown" if goal.metric else "no", refused or t("plan.smart.achievable.no_sum"))
    if where is None:
        return Light("unknown", t("plan.smart.achievable.no_target"))
    words = {name: quantity(expected[name], history) for name in ("mean", "low", "high")}
    away = abs(goal.aim - expected["mean"]) / expected["se"]
    reason = t(
        f"plan.smart.achievable.{where.replace(' ', '_')}",
        target=quantity(goal.aim, history),
        away=f"{away:.1f}",
        **words,
    )
    lights: dict[Band, Status] = {"achievable": "yes", "not achievable": "no"}
    return Light(lights.get(where, "partly"), reason)


def _relevant(goal: Goal, tree: Tree | None) -> Light:
    if goal.serves is None or goal.metric is None:
        return Light("no", t("plan.smart.relevant.none"))
    try:
        found = path(goal.metric, goal.serves, tree)
    except SpecError as error:
        return Light("unknown", str(error))
    if not found:
        return Light("no", t("plan.smart.relevant.no_path", metric=goal.metric, serves=goal.serves))
    return Light("yes", t("plan.smart.relevant.yes", path=" → ".join(found)))


def _time_bound(goal: Goal, history: History | None) -> Light:
    if goal.deadline is None:
        return Light("no", t("plan.smart.time.none"))
    words = {"deadline": day_text(goal.deadline)}
    if history is None or math.isnan(goal.aim):
        return Light("partly", t("plan.smart.time.only_date", **words))
    ahead = len(history.periods_until(goal.deadline))
    if not ahead:
        return Light("no", t("plan.smart.time.past", **words))
    base, noise = noise_of(goal, history, ahead)
    if math.isnan(noise):
        return Light("partly", t("plan.smart.time.no_noise", **words))
    needed = _needed()
    away = abs(goal.aim - base) / noise if noise > 0 else math.inf
    words |= {"base": quantity(base, history), "target": quantity(goal.aim, history), "away": f"{away:.2f}"}
    words |= {"needed": f"{needed:.2f}"}
    if away >= needed:
        return Light("yes", t("plan.smart.time.yes", **words))
    return Light("partly", t("plan.smart.time.few", **words))


def noise_of(goal: Goal, history: History, ahead: int) -> tuple[float, float]:
    """What the goal's change starts from, and the standard error of the change that chance alone would make.

    Without a baseline of one's own the change starts from the mean of the last season (12 months, 52 weeks, 7 days),
    or of the whole history if that is shorter.
    """
    rows = history.table.tail(SEASONS[history.by])
    times = ahead if goal.over == "total" else 1
    own = goal.baseline is not None and goal.baseline.of == "own"
    if history.kind == "rate":
        if "denominator" not in rows.columns:
            return math.nan, math.nan
        base = (
            goal.baseline.value if own and goal.baseline else float(rows["numerator"].sum() / rows["denominator"].sum())
        )
        n = float(rows["denominator"].mean()) * ahead
        variances = [max(p * (1 - p), 0.0) / n for p in (base, goal.aim)]
        return base, math.sqrt(sum(variances))
    base = goal.baseline.value if own and goal.baseline else float(rows["value"].mean()) * times
    if "squares" not in rows.columns or rows["value"].sum() <= 0:
        return base, math.nan
    # For a sum of money, squares / value is the variance that each unit of it brings; for a count it is 1.
    each = float(rows["squares"].sum() / rows["value"].sum())
    return base, math.sqrt(each * (abs(base) + abs(goal.aim)))


def _needed() -> float:
    from scipy.stats import norm

    return float(norm.isf(ALPHA / 2) + norm.ppf(POWER))


def _explainable(goal: Goal) -> Light:
    if goal.because is None:
        return Light("no", t("plan.smart.explainable.no"))
    return Light("yes", t("plan.smart.explainable.yes", because=goal.because))


def _relative(goal: Goal, history: History | None) -> Light:
    if goal.baseline is None:
        return Light("no", t("plan.smart.relative.no"))
    base = goal.baseline
    words = {"what": base.what, "value": quantity(base.value, history), "of": t(f"plan.smart.relative.{base.of}")}
    if math.isnan(goal.aim):
        return Light("partly", t("plan.smart.relative.no_target", **words))
    change = f"{goal.aim / base.value - 1:+.1%}" if base.value > 0 else quantity(goal.aim - base.value, history)
    return Light("yes", t("plan.smart.relative.yes", change=change, **words))
