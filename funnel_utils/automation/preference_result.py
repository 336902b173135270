"""What was found of people's preference for channels."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np
import pandas as pd

from funnel_utils import export, stats
from funnel_utils.automation.preference import Preference, Prior, chances_best, interval, wide
from funnel_utils.errors import LogError, SpecError
from funnel_utils.text import t

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from matplotlib.figure import Figure

#: More channels than this are a mistake: a campaign's name, or an address, in place of a channel.
MOST = 30
#: From this chance on the preferred channel is called sure.
SURE = 0.9


@dataclass(frozen=True, eq=False, repr=False)
class PreferenceResult:
    """Everybody's preference for channels.

    Attributes
    ----------
    spec : Preference
    channels : tuple of str
        In alphabetical order.
    priors : dict of str to Prior
        How people's rates are spread, by channel.
    people : int
        With at least one message.
    counts : ibis.Table
        In the engine, a row a person: `user`, and for each channel in order, from 0, the messages `n0` and the answers
        `k0`, `n1`, `k1` …
    """

    spec: Preference
    channels: tuple[str, ...]
    priors: dict[str, Prior]
    people: int
    counts: Any
    _cut: int

    @classmethod
    def of(cls, spec: Preference, each: ir.Table) -> PreferenceResult:
        """Fit the priors to a table with a row a person and channel: `user`, `channel`, `sent`, `answered`."""
        table: Any = each
        table = table.cache()
        channels = sorted(table.select("channel").distinct().limit(MOST + 1).to_pandas()["channel"].tolist())
        if not channels:
            raise LogError(f"nobody was sent a message over a known channel: there is no event {spec.sent!r} with one.")
        if len(channels) > MOST:
            raise LogError(
                f"channel={spec.channel!r} has more than {MOST} values, such as {channels[0]!r}: no channels."
            )
        cut = int(table.filter(table["answered"] > table["sent"]).count().to_pyarrow().as_py())
        rows = wide(table, channels).cache()
        made = cls(spec, tuple(channels), {}, int(rows.count().to_pyarrow().as_py()), rows, cut)
        for place, channel in enumerate(channels):
            cells = made._cells(place)
            made.priors[channel] = Prior.fit(cells["n"], cells["k"], cells["people"])
        return made

    def _cells(self, place: int) -> pd.DataFrame:
        """How many people had n messages and k answers on a channel."""
        rows = self.counts.select(n=self.counts[f"n{place}"], k=self.counts[f"k{place}"])
        counted: pd.DataFrame = (
            rows.group_by(["n", "k"]).aggregate(people=rows.count()).order_by(["n", "k"]).to_pandas()
        )
        return counted

    def _posterior(self, channel: str, n: Any, k: Any) -> tuple[Any, Any]:
        prior = self.priors[channel]
        return prior.a + k, prior.b + n - k

    @cached_property
    def table(self) -> ir.Table:
        """In the engine, a row for each person and channel.

        Returns
        -------
        ibis.Table
            `user`, `channel`, `sent`, `answered`, `rate` (answered / sent; missing without a message), `estimate` (the
            mean of her rate) and the bounds `low` and `high` that it lies between with probability 95%.
        """
        parts = []
        for place, channel in enumerate(self.channels):
            cells = self._cells(place)
            a, b = self._posterior(channel, cells["n"].to_numpy(float), cells["k"].to_numpy(float))
            low, high = interval(a, b)
            known: Any = small_table(cells.assign(estimate=a / (a + b), low=low, high=high).drop(columns="people"))
            rows = self.counts.select("user", sent=self.counts[f"n{place}"], answered=self.counts[f"k{place}"])
            rows = rows.inner_join(known, (rows["sent"] == known["n"]) & (rows["answered"] == known["k"]))
            rate = rows["answered"].cast("float64") / rows["sent"].nullif(0)
            rows = rows.mutate(channel=ibis.literal(channel), rate=rate)
            parts.append(rows.select("user", "channel", "sent", "answered", "rate", "estimate", "low", "high"))
        found: ir.Table = ibis.union(*parts) if len(parts) > 1 else parts[0]
        return found.cache()

    @cached_property
    def best(self) -> ir.Table:
        """In the engine, a row a person: whom to reach how.

        Returns
        -------
        ibis.Table
            `user`, `preferred_channel` (of equals the first by name), `chance_best` (the probability that it is her
            best), `estimate` (the mean of her rate on it), and `sent` (all messages to her).
        """
        counts = [f"{letter}{place}" for place in range(len(self.channels)) for letter in "nk"]
        profiles: pd.DataFrame = self.counts.select(*counts).distinct().to_pandas()
        numbers = profiles.to_numpy(float).reshape(len(profiles), -1, 2)
        a = np.array([self.priors[c].a for c in self.channels]) + numbers[:, :, 1]
        b = np.array([self.priors[c].b for c in self.channels]) + numbers[:, :, 0] - numbers[:, :, 1]
        mean = a / (a + b)
        first = mean.argmax(axis=1)
        distinct, places = np.unique(np.stack([a.ravel(), b.ravel()]), axis=1, return_inverse=True)
        chances = chances_best(distinct[0], distinct[1], np.asarray(places).reshape(a.shape))
        here = np.arange(len(profiles))
        known = profiles.assign(
            preferred_channel=np.array(self.channels, dtype=object)[first],
            chance_best=chances[here, first],
            estimate=mean[here, first],
            sent=numbers[:, :, 0].sum(axis=1).astype("int64"),
        )
        joined: Any = self.counts.inner_join(small_table(known), counts)
        found: ir.Table = joined.select("user", "preferred_channel", "chance_best", "estimate", "sent")
        return found.cache()

    def best_among(self, people: Any, allowed: Mapping[str, str]) -> Any:
        """For everybody in `people`, the best of the channels that she allows, whether she was written to or not.

        Parameters
        ----------
        people : ibis.Table
            The table of counts joined to a column of yes or no for each channel in question.
        allowed : mapping of str to str
            That column, by channel. A channel that nobody was ever sent anything over is passed over.

        Returns
        -------
        ibis expression
            The channel, missing where she allows none.
        """
        best: Any = ibis.literal(-1.0)
        found: Any = ibis.null("string")
        for place, channel in enumerate(self.channels):
            if channel not in allowed:
                continue
            prior = self.priors[channel]
            n, k = (people[f"{letter}{place}"].fill_null(0) for letter in "nk")
            mean = (prior.a + k) / (prior.a + prior.b + n)
            wins = people[allowed[channel]] & (mean > best)
            best, found = ibis.ifelse(wins, mean, best), ibis.ifelse(wins, channel, found)
        return found

    @cached_property
    def prior(self) -> pd.DataFrame:
        """A row a channel: how people's rates are spread.

        Returns
        -------
        DataFrame
            `channel`, `people` with a message, `sent`, `answered`, `rate` (of all messages), `a`, `b`, `mean`, `low` to
            `high` (which 95% of people lie between), `is_fitted`.
        """
        rows = []
        for place, (channel, prior) in enumerate(self.priors.items()):
            cells = self._cells(place)
            cells = cells[cells["n"] > 0]
            people, n, k = (cells[name].to_numpy(int) for name in ("people", "n", "k"))
            sent, answered = int(n @ people), int(k @ people)
            low, high = (float(one) for one in interval(prior.a, prior.b))
            row = (channel, int(people.sum()), sent, answered, answered / sent)
            rows.append((*row, prior.a, prior.b, prior.mean, low, high, prior.is_fitted))
        names = ["channel", "people", "sent", "answered", "rate", "a", "b", "mean", "low", "high", "is_fitted"]
        return pd.DataFrame(rows, columns=names)

    @cached_property
    def summary(self) -> pd.DataFrame:
        """A row a channel: who prefers it.

        Returns
        -------
        DataFrame
            `channel`, `people` who prefer it `of` everybody, `share` with its Wilson interval `low` to `high`, and
            `sure`: those of them for whom it is the best one with a chance of 90% or more.
        """
        best: Any = self.best
        is_sure = (best["chance_best"] >= SURE).cast("int64")
        found = best.group_by("preferred_channel").aggregate(people=best.count(), sure=is_sure.sum()).to_pandas()
        found = found.set_index("preferred_channel").reindex(list(self.channels)).fillna(0).astype("int64")
        low, high = stats.wilson(found["people"], [self.people] * len(found))
        made = pd.DataFrame({"channel": self.channels, "people": found["people"].to_numpy(), "of": self.people})
        share = stats.rate(found["people"], [self.people] * len(found))
        return made.assign(share=share, low=low, high=high, sure=found["sure"].to_numpy())

    def openers(self, share: float = 0.8) -> pd.DataFrame:
        """Those who answer nearly everything against those who never answer, and what to expect of them.

        Parameters
        ----------
        share : float
            The rate above which somebody answers nearly everything.

        Returns
        -------
        DataFrame
            For each channel the groups `"above"`, `"between"`, `"never"` and `"not asked"`: `channel`, `group`,
            `people`, `of` (everybody), `sent`, `answered`, `rate` (of their messages), and `expected`: the mean of
            their estimates. Groups were chosen by their rate, so luck is part of it: expect less than was seen above,
            and more than nothing of those who never did.
        """
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share < 1:
            raise SpecError(f"openers(share={share!r}): give a share between 0 and 1, such as 0.8.")
        rows = []
        for place, channel in enumerate(self.channels):
            cells = self._cells(place)
            a, b = self._posterior(channel, cells["n"], cells["k"])
            group = np.where(cells["k"] > share * cells["n"], "above", "between")
            group = np.where(cells["k"] == 0, "never", group)
            group = np.where(cells["n"] == 0, "not asked", group)
            for name in ("above", "between", "never", "not asked"):
                mine = cells[group == name]
                people = int(mine["people"].sum())
                sent, answered = (int(mine[one].to_numpy(int) @ mine["people"].to_numpy(int)) for one in "nk")
                expected = float((a / (a + b))[mine.index] @ mine["people"]) / people if people else np.nan
                rate = answered / sent if sent else np.nan
                rows.append((channel, name, people, self.people, sent, answered, rate, expected))
        names = ["channel", "group", "people", "of", "sent", "answered", "rate", "expected"]
        return pd.DataFrame(rows, columns=names)

    def person(self, user: Any) -> pd.DataFrame:
        """One person's channels, best first: `channel`, `sent`, `answered`, `rate`, `estimate`, `low`, `high`,
        `chance_best`.

        Raises
        ------
        LogError
            If she was sent nothing.
        """
        mine = self.counts.filter(self.counts["user"] == user).to_pandas()
        if mine.empty:
            raise LogError(f"user={user!r}: nobody of that name was sent a message.")
        n, k = (mine[[f"{one}{place}" for place in range(len(self.channels))]].to_numpy(float)[0] for one in "nk")
        a, b = np.array([self._posterior(c, n[place], k[place]) for place, c in enumerate(self.channels)]).T
        low, high = interval(a, b)
        made = pd.DataFrame({"channel": self.channels, "sent": n.astype("int64"), "answered": k.astype("int64")})
        made = made.assign(rate=stats.rate(k, n), estimate=a / (a + b), low=low, high=high)
        made["chance_best"] = chances_best(a, b)[0]
        return made.sort_values("estimate", ascending=False, kind="stable", ignore_index=True)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to know before it is used."""
        said = [t("preference.unfitted", channel=name) for name, prior in self.priors.items() if not prior.is_fitted]
        return (*said, t("preference.cut", number=f"{self._cut:,}")) if self._cut else tuple(said)

    @property
    def verdict(self) -> str:
        """Which channel most people prefer, and for how many that is sure."""
        rows = self.summary
        most = rows.iloc[int(rows["people"].argmax())]
        return t(
            "preference.verdict",
            channel=most["channel"],
            share=f"{most['share']:.1%}",
            people=f"{self.people:,}",
            sure=f"{int(rows['sure'].sum()):,}",
            chance=f"{SURE:.0%}",
        )

    def __repr__(self) -> str:
        return self.verdict

    def to_frame(self) -> pd.DataFrame:
        """Who prefers what, as a copy of your own. (`best` and `table` have the people, in the engine.)"""
        return self.summary.copy()

    def to_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write who prefers what as CSV, formulas defused."""
        return export.to_csv(self.summary, path)

    def to_parquet(self, path: str | os.PathLike[str]) -> Path:
        """Write who prefers what as Parquet."""
        return export.to_parquet(self.summary, path)

    def plot(self) -> Figure:
        """What was seen of people who answer nearly everything, sometimes and never, and what to expect of them."""
        from funnel_utils.charts.preference import preference_chart

        figure: Figure = preference_chart(self)
        return figure

    def _repr_html_(self) -> str:
        names = ("channel", "people", "share", "interval", "sure")
        head = "".join(f'<th scope="col">{escape(t(f"preference.column.{name}"))}</th>' for name in names)
        body = ""
        for row in self.summary.to_dict("records"):
            share, between = f"{row['share']:.1%}", f"{row['low']:.1%} – {row['high']:.1%}"
            cells = (row["channel"], f"{row['people']:,}", share, between, f"{row['sure']:,}")
            body += "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
        notes = "".join(f"<p>{escape(one)}</p>" for one in self.warnings)
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        return f"<div><p>{escape(self.verdict)}</p>{notes}{table}</div>"


def small_table(frame: pd.DataFrame) -> Any:
    """A frame to join with in the engine, without pandas' notes on it, over which some engines stumble."""
    import pyarrow as pa

    return ibis.memtable(pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None))
