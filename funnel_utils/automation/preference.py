"""Channel preference: over which channel somebody answers, when she has been asked only a few times.

Two messages, both opened, are 100%; nobody believes it. People's true rates on a channel are taken to follow a **beta
distribution**, the prior, which is fitted to everybody's counts by maximum likelihood (beta-binomial). What is known of
one person then moves her from everybody's mean towards her own rate: after k answers to n messages her rate has the
distribution Beta(a + k, b + n - k), with mean (a + k) / (a + b + n). The fewer messages, the nearer to everybody's
mean; whoever was never written to over a channel has the prior itself. The **preferred channel** is the one with the
highest mean, and `chance_best` the probability that it really is her best one, the channels being independent.

Counts come from the engine collapsed: how many people had n messages and k answers.

References
----------
Skellam, J. G. (1948). A probability distribution derived from the binomial distribution by regarding the probability of
success as variable between the sets of trials. Journal of the Royal Statistical Society B, 10(2), 257-261.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from funnel_utils.cro.recursion import gauss
from funnel_utils.errors import LogError, SpecError
from funnel_utils.events.fields import missing
from funnel_utils.stats import Floats

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from funnel_utils.automation.preference_result import PreferenceResult
    from funnel_utils.events import EventLog

#: What a + b may be: people who are all alike differ by nothing, and no finite number says so.
STRENGTHS = (1e-2, 1e5)
#: a + b where the counts cannot tell how people differ: that of the uniform distribution.
UNKNOWN_STRENGTH = 2.0
#: Twice the logarithm of a ratio of likelihoods that chance exceeds once in twenty times (chi-square, one degree).
TELLING = 3.841


@dataclass(frozen=True)
class Prior:
    """How people's rates on a channel are spread: a beta distribution.

    Attributes
    ----------
    a, b : float
    is_fitted : bool
        Whether the counts could tell how people differ. Without two people who had two messages, or with nobody (or
        everybody) answering, they cannot; nor where people who are all alike, and rates of which each is as likely as
        the next, explain the counts as well as the best choice does (by the ratio of likelihoods at 95%). Then a + b
        is 2.
    """

    a: float
    b: float
    is_fitted: bool = True

    @property
    def mean(self) -> float:
        """Everybody's rate."""
        return self.a / (self.a + self.b)

    @classmethod
    def fit(cls, sent: ArrayLike, answered: ArrayLike, people: ArrayLike | None = None) -> Prior:
        """The prior under which these counts are the most likely.

        Parameters
        ----------
        sent, answered : array
            Messages and answers, of a person or of `people` with the same counts.
        people : array, optional
            How many people each pair stands for; one by default.

        Raises
        ------
        LogError
            If nobody was sent anything, or somebody answered more than she was sent.

        Examples
        --------
        >>> prior = Prior.fit(sent=[10, 10, 10, 10], answered=[0, 2, 5, 9])
        >>> round(prior.mean, 2), round(prior.a + prior.b, 1)
        (0.39, 1.4)
        """
        n, k = np.asarray(sent, dtype=float), np.asarray(answered, dtype=float)
        weight = np.ones_like(n) if people is None else np.asarray(people, dtype=float)
        if not (np.isfinite(n) & (k >= 0) & (k <= n) & (weight >= 0)).all():
            raise LogError("counts: each person needs 0 <= answered <= sent; somebody has other counts.")
        total, hits = float(n @ weight), float(k @ weight)
        if not total:
            raise LogError("nobody was sent a message, so there is nothing to learn a rate from.")
        mean = (hits + 0.5) / (total + 1)
        if 0 < hits < total:
            mean = hits / total
            if weight[n > 1].sum() > 1:
                a, b = _most_likely(n, k, weight, mean)
                best = _likelihood(n, k, weight, a, b)
                rivals = [_likelihood(n, k, weight, s * mean, s * (1 - mean)) for s in (UNKNOWN_STRENGTH, STRENGTHS[1])]
                if any(2 * (best - rival) > TELLING for rival in rivals):
                    return cls(a, b)
        return cls(UNKNOWN_STRENGTH * mean, UNKNOWN_STRENGTH * (1 - mean), False)


def _likelihood(n: Floats, k: Floats, weight: Floats, a: float, b: float) -> float:
    """The logarithm of the likelihood, without the part that is the same for every a and b."""
    from scipy.special import betaln

    return float(weight @ (betaln(a + k, b + n - k) - betaln(a, b)))


def _most_likely(n: Floats, k: Floats, weight: Floats, mean: float) -> tuple[float, float]:
    """a and b of the highest likelihood, searched as the logit of their mean and the logarithm of their sum."""
    from scipy.optimize import minimize
    from scipy.special import expit, logit, psi

    def loss(x: Any) -> tuple[float, Any]:
        m, s = float(expit(x[0])), float(np.exp(x[1]))
        a, b = s * m, s * (1 - m)
        value = _likelihood(n, k, weight, a, b)
        shared = psi(s) - psi(s + n)
        by_a, by_b = weight @ (psi(a + k) - psi(a) + shared), weight @ (psi(b + n - k) - psi(b) + shared)
        slope = np.array([(by_a - by_b) * s * m * (1 - m), by_a * a + by_b * b])
        return float(-value / weight.sum()), -slope / weight.sum()

    bounds = [(-14.0, 14.0), tuple(np.log(STRENGTHS))]
    starts = [np.array([logit(mean), np.log(s)]) for s in (1.0, 30.0)]
    options = {"ftol": 1e-14, "gtol": 1e-9, "maxiter": 500}
    found = [minimize(loss, at, jac=True, bounds=bounds, method="L-BFGS-B", options=options) for at in starts]
    best = min(found, key=lambda one: float(one.fun)).x
    m, s = float(expit(best[0])), float(np.exp(best[1]))
    return s * m, s * (1 - m)


def interval(a: ArrayLike, b: ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """The bounds that a rate with the distribution Beta(a, b) lies between, with equal tails."""
    from scipy.special import betaincinv

    tail = (1 - level) / 2
    return np.asarray(betaincinv(a, b, tail), dtype=float), np.asarray(betaincinv(a, b, 1 - tail), dtype=float)


#: Probability left out at either end of a channel, and the widest panel in units of a channel's own scale.
TAIL, WIDE = 1e-10, 4.0
#: How many numbers of the grid are held at a time.
BLOCK = 4_000_000


def chances_best(a: ArrayLike, b: ArrayLike, profiles: ArrayLike | None = None) -> Floats:
    """For each person, the chance of every channel that its rate is her highest.

    Parameters
    ----------
    a, b : array
        Beta distributions.
    profiles : array of int, people x channels, optional
        Which of the distributions each person has on each channel; one person who has them all by default.

    Returns
    -------
    array, people x channels
        Rows add up to 1.

    Examples
    --------
    >>> chances_best([1, 2], [1, 1]).round(4).tolist()
    [[0.3333, 0.6667]]
    """
    alpha, beta = np.atleast_1d(np.asarray(a, dtype=float)), np.atleast_1d(np.asarray(b, dtype=float))
    places = np.arange(len(alpha))[None] if profiles is None else np.asarray(profiles, dtype=np.int64)
    if places.shape[1] == 1:
        return np.ones(places.shape)
    density, below = _on_a_grid(alpha, beta)
    found = np.empty(places.shape)
    size = max(1, BLOCK // (density.shape[1] * places.shape[1]))
    for start in range(0, len(places), size):
        part = places[start : start + size]
        for one in range(part.shape[1]):
            inner = density[part[:, one]]
            for other in range(part.shape[1]):
                inner = inner * below[part[:, other]] if other != one else inner
            found[start : start + size, one] = inner.sum(axis=1)
    made: Floats = found / found.sum(axis=1, keepdims=True)
    return made


def _on_a_grid(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """The probability at the nodes of one grid for all, on the logit scale, and that of lying below them."""
    from scipy.special import betainc, betaincinv, betaln, expit, logit

    floor = 1e-290
    low = logit(np.maximum(betaincinv(a, b, TAIL), floor))
    high = -logit(np.maximum(betaincinv(b, a, TAIL), floor))
    scale = np.minimum(1.0, np.sqrt((a + b) / (a * b)))
    edges = [float(low.min())]
    while edges[-1] < high.max():
        # As fine as the narrowest distribution that has anything here.
        here = (low - WIDE <= edges[-1]) & (edges[-1] <= high + WIDE)
        edges.append(edges[-1] + WIDE * float(scale[here].min() if here.any() else 1.0))
    node, weight = gauss(np.array(edges))
    a, b = a[:, None], b[:, None]
    # log x and log(1 - x) from the logit, exact at both ends.
    density = np.exp(-a * np.logaddexp(0, -node) - b * np.logaddexp(0, node) - betaln(a, b)) * weight
    # Above a half by the mirror image: rates that are 1 to all digits still differ in what is left to 1.
    below = np.where(node > 0, 1 - betainc(b, a, expit(-node)), betainc(a, b, expit(node)))
    return density / density.sum(axis=1, keepdims=True), np.asarray(below, dtype=float)


@dataclass(frozen=True)
class Preference:
    """What a message and an answer are called.

    Parameters
    ----------
    sent : str
        The event of a message; delivered ones are better where they are recorded.
    answered : str
        The event of an answer: `"opened"`, or `"clicked"`, which machines fake less often.
    channel : str
        The property that says over which channel; events without one do not count.
    message : str, optional
        The property that tells messages apart. Without it nobody can tell one message opened twice from two messages,
        and answers beyond the messages sent are not counted.

    Raises
    ------
    SpecError
        If a name is empty.

    Examples
    --------
    >>> from funnel_utils import EventLog
    >>> mail, text = {"channel": "email"}, {"channel": "sms"}
    >>> ana = [("sent@1d", mail), ("opened@1d1h", mail), ("sent@2d", mail), ("opened@2d1h", mail), ("sent@3d", text)]
    >>> ben = [("sent@1d", mail), ("sent@2d", mail), ("sent@3d", text), ("opened@3d1h", text), ("sent@4d", text)]
    >>> found = Preference().run(EventLog.from_story({"ana": ana, "ben": ben}))
    >>> found.person("ana")[["channel", "sent", "answered", "estimate"]].round(2).values.tolist()
    [['email', 2, 2, 0.75], ['sms', 1, 0, 0.22]]
    """

    sent: str = "sent"
    answered: str = "opened"
    channel: str = "channel"
    message: str | None = None

    def __post_init__(self) -> None:
        for name in ("sent", "answered", "channel"):
            if not isinstance(getattr(self, name), str) or not getattr(self, name).strip():
                raise SpecError(f"Preference: {name}={getattr(self, name)!r}; give its name.")
        if self.message is not None and (not isinstance(self.message, str) or not self.message.strip()):
            raise SpecError(f"Preference: message={self.message!r}; give its name, or leave it out.")
        if self.sent == self.answered:
            raise SpecError(f"Preference: sent and answered are both {self.sent!r}.")

    def run(self, log: EventLog, as_of: Any = None) -> PreferenceResult:
        """Everybody's preference.

        Parameters
        ----------
        log : EventLog
        as_of : timestamp, optional
            The moment; events at it or later are not seen. All of the log is seen by default.

        Raises
        ------
        LogError
            If the property is not there, or nobody was sent a message.
        """
        from funnel_utils.automation.preference_result import PreferenceResult

        for argument, name in (("channel", self.channel), ("message", self.message)):
            if name is not None and name not in log.table.columns:
                raise LogError(missing(name, log.properties, argument))
        rows: Any = (log if as_of is None else log.between(end=as_of)).table
        rows = rows.filter(rows["event"].isin([self.sent, self.answered]) & rows[self.channel].notnull())
        sums = {}
        for what, event in (("sent", self.sent), ("answered", self.answered)):
            is_it = rows["event"] == event
            counted = is_it.cast("int64").sum() if self.message is None else rows[self.message].nunique(where=is_it)
            sums[what] = counted
        each = rows.group_by(["user", rows[self.channel].cast("string").name("channel")]).aggregate(**sums)
        return PreferenceResult.of(self, each.filter(each["sent"] > 0))

    @classmethod
    def of_counts(cls, counts: Any) -> PreferenceResult:
        """Everybody's preference from counts: a frame or table with `user`, `channel`, `sent` and `answered`.

        Raises
        ------
        LogError
            If a column is missing, or a count is negative.
        """
        from funnel_utils.automation.preference_result import PreferenceResult
        from funnel_utils.events.sources import open_source

        table: Any = open_source(counts).table
        for name in ("user", "channel", "sent", "answered"):
            if name not in table.columns:
                raise LogError(missing(name, table.columns, "counts"))
        table = table.filter(table["user"].notnull() & table["channel"].notnull())
        exact = {name: table[name].cast("float64") for name in ("sent", "answered")}
        whole = (exact["sent"] == exact["sent"].floor()) & (exact["answered"] == exact["answered"].floor())
        right = whole & (exact["answered"] >= 0) & (exact["answered"] <= exact["sent"])
        wrong = table.filter(~right.fill_null(False))
        bad = int(wrong.count().to_pyarrow().as_py())
        if bad:
            raise LogError(f"counts: {bad:,} rows break 0 <= answered <= sent in whole numbers; correct them first.")
        table = table.select(
            "user", channel=table["channel"].cast("string"), **{n: table[n].cast("int64") for n in exact}
        )
        table = table.group_by(["user", "channel"]).aggregate(
            sent=table["sent"].sum(), answered=table["answered"].sum()
        )
        return PreferenceResult.of(cls(), table.filter(table["sent"] > 0))


def wide(each: ir.Table, channels: list[str]) -> Any:
    """One row a person: `n0`, `k0`, `n1`, `k1` … for the channels in order; answers are at most the messages."""
    table: Any = each
    sums = {}
    for place, channel in enumerate(channels):
        is_it = table["channel"] == channel
        sums[f"n{place}"] = is_it.ifelse(table["sent"], 0).sum()
        sums[f"k{place}"] = is_it.ifelse(table["answered"].clip(upper=table["sent"]), 0).sum()
    return table.group_by("user").aggregate(**sums)
