"""The best hour: when somebody answers, when she has answered only a few times.

Each answer falls into one of the 24 hours of the day, in the log's `report_tz`. How people's answers are spread over
the day is taken to vary around everybody's day as a **Dirichlet distribution**: its mean is everybody's share of each
hour, and its strength, fitted by maximum likelihood (Dirichlet-multinomial), says how much people differ. Somebody's
share of an hour is then (her answers in it + strength x everybody's share) / (her answers + strength): with few answers
it is everybody's, and with many it is her own.

It says when people **answer**, which depends on when they were written to: whoever only ever got mail at nine answers
at ten. Only a lot drawn for the hour of sending can tell which hour works best.

References
----------
Minka, T. P. (2000). Estimating a Dirichlet distribution. Technical report, MIT.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from funnel_utils import stats
from funnel_utils.automation.preference import STRENGTHS, interval
from funnel_utils.automation.preference_result import SURE, small_table
from funnel_utils.errors import LogError, SpecError
from funnel_utils.events.calendar import local_times, quarter_hour
from funnel_utils.text import t

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from matplotlib.figure import Figure

    from funnel_utils.events import EventLog
    from funnel_utils.events.where import Where
    from funnel_utils.stats import Floats

HOURS = 24
#: Everybody's day is given half an answer in every hour, so that no hour is impossible.
SMOOTHING = 0.5


@dataclass(frozen=True)
class BestHour:
    """What an answer is called.

    Parameters
    ----------
    answered : str
        The event of an answer, such as `"opened"` or `"clicked"`.
    where : mapping or function, optional
        A condition on these events, such as `{"channel": "email"}`.

    Raises
    ------
    SpecError
        If the name is empty.

    Examples
    --------
    >>> from funnel_utils import EventLog
    >>> log = EventLog.from_story({"ana": ["opened@9h", "opened@1d9h30m", "opened@2d9h"], "ben": ["opened@20h"]})
    >>> BestHour().run(log).person("ana").head(1)[["hour", "answers", "of"]]
       hour  answers  of
    0     9        3   3
    """

    answered: str = "opened"
    where: Where | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.answered, str) or not self.answered.strip():
            raise SpecError(f"BestHour: answered={self.answered!r}; give its name.")

    def run(self, log: EventLog, as_of: Any = None) -> HourResult:
        """Everybody's hours.

        Parameters
        ----------
        log : EventLog
        as_of : timestamp, optional
            The moment; events at it or later are not seen. All of the log is seen by default.

        Raises
        ------
        LogError
            If there is no answer.
        """
        seen = log if as_of is None else log.between(end=as_of)
        seen = seen if self.where is None else seen.filter(self.where)
        rows: Any = seen.table
        rows = rows.filter(rows["event"] == self.answered)
        quarters = rows.group_by(["user", quarter_hour(rows["timestamp"]).name("quarter")]).aggregate(n=rows.count())
        quarters = quarters.cache()
        known: pd.DataFrame = quarters.select("quarter").distinct().to_pandas()
        if known.empty:
            raise LogError(f"the log has no event {self.answered!r} here; say with answered= what an answer is called.")
        # The zone's rules are Python's: engines carry their own, of different years.
        known["hour"] = local_times(known["quarter"], log.report_tz).dt.hour.astype("int64")
        joined = quarters.inner_join(small_table(known), "quarter")
        each = joined.group_by(["user", "hour"]).aggregate(n=joined["n"].sum()).cache()
        return HourResult.of(self, each)


def strength(totals: pd.DataFrame, cells: pd.DataFrame, mean: Floats) -> float:
    """How much alike people's days are: the sum of the Dirichlet's parameters under which the counts are most likely.

    Parameters
    ----------
    totals : DataFrame
        How many `people` have `n` answers.
    cells : DataFrame
        How many `people` have `n` answers, above 0, in an `hour`.
    mean : array of 24
        Everybody's share of each hour, above 0, adding up to 1.
    """
    from scipy.optimize import minimize_scalar
    from scipy.special import gammaln

    n, people = totals["n"].to_numpy(float), totals["people"].to_numpy(float)
    k, weight, share = cells["n"].to_numpy(float), cells["people"].to_numpy(float), mean[cells["hour"].to_numpy(int)]

    def loss(log_strength: float) -> float:
        s = float(np.exp(log_strength))
        own = weight @ (gammaln(s * share + k) - gammaln(s * share))
        return -float(people @ (gammaln(s) - gammaln(s + n)) + own)

    low, high = np.log(STRENGTHS)
    # A walk over the whole range first: the likelihood may be flat at one end.
    steps = np.linspace(low, high, 33)
    best = int(np.argmin([loss(float(one)) for one in steps]))
    around = (float(steps[max(best - 1, 0)]), float(steps[min(best + 1, 32)]))
    return float(np.exp(minimize_scalar(loss, bounds=around, method="bounded", options={"xatol": 1e-6}).x))


@dataclass(frozen=True, eq=False, repr=False)
class HourResult:
    """When people answer.

    Attributes
    ----------
    spec : BestHour
    everybody : DataFrame
        A row an hour: `hour` (0 to 23, in `report_tz`), `answers`, `of` (all answers), `share` (with half an answer
        added to every hour), and the 95% interval `low` to `high` of answers / of (delta method, clustered by person;
        missing for one person).
    strength : float
        How many answers of her own weigh as much as everybody's day.
    """

    spec: BestHour
    everybody: pd.DataFrame
    strength: float
    _each: Any

    @classmethod
    def of(cls, spec: BestHour, each: ir.Table) -> HourResult:
        """Fit a table with a row a person and hour: `user`, `hour`, `n` answers."""
        table: Any = each
        cells: pd.DataFrame = table.group_by(["hour", "n"]).aggregate(people=table.count()).to_pandas()
        sums = table.group_by("user").aggregate(n=table["n"].sum())
        totals: pd.DataFrame = sums.group_by("n").aggregate(people=sums.count()).to_pandas()
        whole = table.inner_join(sums.rename(_of="n"), "user")
        products = whole.group_by("hour").aggregate(xy=(whole["n"] * whole["_of"]).sum()).to_pandas()
        made = _everybody(cells, totals, products)
        return cls(spec, made, strength(totals, cells, made["share"].to_numpy()), table)

    @cached_property
    def table(self) -> ir.Table:
        """In the engine, a row for everybody who answered.

        Returns
        -------
        ibis.Table
            `user`, `answers` (all of hers), `hour` (her best one; of equals the earliest), `share` (of her answers that
            is expected in it) with its 95% bounds `low` and `high`, `is_own`: whether it differs from the best hour of
            everybody, and then `chance_better`: the probability that she answers in it more often than in that one.
        """
        import ibis

        usual = int(self.everybody["share"].to_numpy().argmax())
        each: Any = self._each
        sums = each.group_by("user").aggregate(answers=each["n"].sum())
        # Everybody's best hour competes even if she never answered in it; other hours without an answer cannot win.
        theirs = sums.select("user", hour=ibis.literal(usual, "int64"), n=ibis.literal(0, "int64"))
        every = ibis.union(each.select("user", hour=each["hour"].cast("int64"), n=each["n"].cast("int64")), theirs)
        every = every.group_by(["user", "hour"]).aggregate(n=every["n"].sum())
        every = every.inner_join(small_table(self.everybody[["hour", "share"]]), "hour")
        every = every.mutate(_alpha=every["n"] + self.strength * every["share"])
        place = ibis.row_number().over(ibis.window(group_by="user", order_by=[ibis.desc("_alpha"), "hour"]))
        first = every.mutate(_place=place)
        first = first.filter(first["_place"] == 0).drop("_place", "share", "_alpha")
        best = first.inner_join(sums, "user")
        there = every.filter(every["hour"] == usual)
        best = best.inner_join(there.select("user", usual=there["n"]), "user")
        cells = best.select("hour", "n", "answers", "usual").distinct().to_pandas()
        known = cells.assign(**self._bounds(cells["hour"], cells["n"], cells["answers"]))
        known["chance_better"] = self._above_usual(cells, usual)
        found = best.inner_join(small_table(known), ["hour", "n", "answers", "usual"])
        own = found["hour"] != usual
        made: ir.Table = found.select(
            "user",
            "answers",
            "hour",
            "share",
            "low",
            "high",
            is_own=own,
            chance_better=own.ifelse(found["chance_better"], ibis.null("float64")),
        ).cache()
        return made

    def _above_usual(self, cells: pd.DataFrame, usual: int) -> Floats:
        """The probability that one share of a Dirichlet distribution is above another: their part of both is a beta."""
        from scipy.special import betainc

        mean = self.everybody["share"].to_numpy()
        own = cells["n"].to_numpy(float) + self.strength * mean[cells["hour"].to_numpy(int)]
        other = cells["usual"].to_numpy(float) + self.strength * mean[usual]
        made: Floats = np.asarray(betainc(other, own, 0.5), dtype=float)
        return made

    @cached_property
    def settled(self) -> pd.DataFrame:
        """For how many people the hour is known.

        Returns
        -------
        DataFrame
            A row a group: `group` ("usual": everybody's best hour is hers too; "unsettled": another one is, with a
            chance below 90% of being better; "settled": with more), `people`, `of` (everybody who answered).
        """
        rows: Any = self.table
        sure = (rows["chance_better"] >= SURE).fill_null(False)
        sums = rows.aggregate(of=rows.count(), own=rows["is_own"].cast("int64").sum(), sure=sure.cast("int64").sum())
        of, own, settled = (int(one) for one in sums.to_pandas().iloc[0])
        people = [of - own, own - settled, settled]
        return pd.DataFrame({"group": ["usual", "unsettled", "settled"], "people": people}).assign(of=of)

    def _bounds(self, hour: Any, n: Any, answers: Any) -> dict[str, Any]:
        """Her share of an hour, and its bounds."""
        mean = self.everybody["share"].to_numpy()[np.asarray(hour, dtype=int)]
        a = np.asarray(n, dtype=float) + self.strength * mean
        total = np.asarray(answers, dtype=float) + self.strength
        low, high = interval(a, total - a)
        return {"share": a / total, "low": low, "high": high}

    def person(self, user: Any) -> pd.DataFrame:
        """One person's day, best hour first.

        Returns
        -------
        DataFrame
            `hour`, `answers`, `of` (all of hers), `share` with `low` and `high`, and `chance_best`: the probability
            that she answers in no other hour as often.

        Raises
        ------
        LogError
            If she never answered.
        """
        mine: pd.DataFrame = self._each.filter(self._each["user"] == user).to_pandas()
        if mine.empty:
            raise LogError(f"user={user!r}: nobody of that name has an event {self.spec.answered!r}.")
        counts = mine.set_index("hour")["n"].reindex(range(HOURS), fill_value=0).to_numpy(int)
        made = pd.DataFrame({"hour": range(HOURS), "answers": counts}).assign(of=int(counts.sum()))
        made = made.assign(**self._bounds(made["hour"], made["answers"], made["of"]))
        made["chance_best"] = largest(counts + self.strength * self.everybody["share"].to_numpy())
        return made.sort_values(["share", "hour"], ascending=[False, True], ignore_index=True)

    @property
    def verdict(self) -> str:
        """Everybody's best hour, and how many people have another."""
        table: Any = self.table
        sums = table.aggregate(people=table.count(), own=table["is_own"].cast("int64").sum()).to_pandas().iloc[0]
        best = self.everybody.iloc[int(self.everybody["share"].to_numpy().argmax())]
        return t(
            "preference.hour",
            hour=f"{int(best['hour'])}",
            share=f"{best['share']:.1%}",
            people=f"{int(sums['people']):,}",
            own=f"{int(sums['own']):,}",
            strength=f"{self.strength:,.3g}",
        )

    def __repr__(self) -> str:
        return self.verdict

    def plot(self) -> Figure:
        """Everybody's day with its intervals, and for how few people an hour of their own is settled."""
        from funnel_utils.charts.hours import hours_chart

        figure: Figure = hours_chart(self)
        return figure

    def to_frame(self) -> pd.DataFrame:
        """Everybody's day, as a copy of your own. (`table` has the people, in the engine.)"""
        return self.everybody.copy()

    def _repr_html_(self) -> str:
        names = ("hour", "answers", "share")
        head = "".join(f'<th scope="col">{escape(t(f"preference.column.{name}"))}</th>' for name in names)
        body = ""
        for row in self.everybody.to_dict("records"):
            cells = (f"{row['hour']}", f"{row['answers']:,}", f"{row['share']:.1%}")
            body += "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        return f"<div><p>{escape(self.verdict)}</p>{table}</div>"


def _everybody(cells: pd.DataFrame, totals: pd.DataFrame, products: pd.DataFrame) -> pd.DataFrame:
    """The shares of the hours among all answers, with intervals for people who answer more than once."""
    per_hour = cells.assign(x=cells["n"] * cells["people"], xx=cells["n"] ** 2 * cells["people"])
    sums = per_hour.groupby("hour")[["x", "xx"]].sum().join(products.set_index("hour"))
    sums = sums.reindex(range(HOURS)).fillna(0).astype(float)
    answers, of = sums["x"].to_numpy(), float(sums["x"].sum())
    n, weight = totals["n"].to_numpy(float), totals["people"].to_numpy(float)
    squares, people = float(n**2 @ weight), float(weight.sum())
    found = stats.ratio_delta(answers, of, sums["xx"].to_numpy(), sums["xy"].to_numpy(), squares, people)
    made = pd.DataFrame({"hour": range(HOURS), "answers": answers.astype("int64"), "of": int(of)})
    share = (answers + SMOOTHING) / (of + HOURS * SMOOTHING)
    return made.assign(share=share, low=found.low, high=found.high)


def largest(alpha: Floats) -> Floats:
    """For each part of a Dirichlet distribution, the probability that it is the largest.

    One parameter or more has to reach 1, as that of an hour with an answer does.
    Parts are independent gamma variables over their sum, so the largest gamma is the largest part: one integral each.

    Examples
    --------
    >>> largest(np.array([2.0, 2.0])).round(6).tolist(), float(largest(np.array([1.0, 2.0])).round(6)[1])
    ([0.5, 0.5], 0.75)
    """
    from scipy.special import gammainc, gammaincinv, gammaln

    from funnel_utils.cro.recursion import gauss

    # On the logarithmic scale; far below the largest parts nobody can win.
    top = float(np.log(gammaincinv(alpha, 1 - 1e-12).max()))
    scale = 1 / np.sqrt(max(1.0, float(alpha.max())))
    node, weight = gauss(np.arange(top - max(60.0, 40 * scale), top + 2 * scale, 2 * scale))
    below = gammainc(alpha[:, None], np.exp(node))
    density = np.exp(alpha[:, None] * node - np.exp(node) - gammaln(alpha)[:, None]) * weight
    chances = np.array([density[one] @ np.delete(below, one, axis=0).prod(axis=0) for one in range(len(alpha))])
    made: Floats = chances / chances.sum()
    return made
