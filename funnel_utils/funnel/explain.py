"""Why one unit stands where it does: which of its events matched, and what stopped its attempt there.

The unit's own events are read (its id was asked for), the same walk as for everybody is run on them, and the events
after the last matched step are held against the rules one by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import ibis
import pandas as pd

from funnel_utils.durations import format_duration
from funnel_utils.errors import LogError
from funnel_utils.funnel.spec import Exclusion, Funnel
from funnel_utils.funnel.stream import SESSION_SEPARATOR, check_columns, does, event_stream, unit_key
from funnel_utils.funnel.units import gather
from funnel_utils.funnel.walk import Walk, completed, epoch
from funnel_utils.text import t

if TYPE_CHECKING:
    from funnel_utils.events import EventLog


@dataclass(frozen=True)
class Explanation:
    """What a unit did, as the funnel sees it.

    Attributes
    ----------
    unit : str
        The unit's key, as text.
    attempts : pandas.DataFrame
        The unit's rows of the match table.
    events : pandas.DataFrame
        Its events in order: `timestamp` (UTC), `event`, `could_be` (the numbers of the steps the event can do) and
        `step` (the number of the step it did in the attempt that counts, missing where none).
    reason : str
        One or two plain sentences: how far the attempt that counts came, and why no further.
    """

    unit: str
    attempts: pd.DataFrame
    events: pd.DataFrame
    reason: str

    def __str__(self) -> str:
        return f"{self.reason}\n{self.events.to_string(index=False)}"

    def _repr_html_(self) -> str:
        from html import escape

        return f"<p>{escape(self.reason)}</p>{self.events.to_html(index=False, escape=True)}"


def explain(log: EventLog, funnel: Funnel, unit: Any) -> Explanation:
    """Which of a unit's events matched, and why its attempt stopped there.

    Parameters
    ----------
    log : EventLog
    funnel : Funnel
    unit : the unit's id; for sessions a pair (user, session)

    Raises
    ------
    LogError
        If the log has no event of this unit.

    Examples
    --------
    >>> from funnel_utils import EventLog, Funnel
    >>> log = EventLog.from_story({"ana": ["visit@0", "cart@5m", "pay@9d"]}, start="2026-01-01")
    >>> explain(log, Funnel(["visit", "cart", "pay"], window="7d"), "ana").reason.partition(". ")[2]
    'It did step 3 (pay) at 2026-01-10 00:00:00, 2d after the window had ended.'
    """
    check_columns(log, funnel)
    key = SESSION_SEPARATOR.join(map(str, unit)) if isinstance(unit, tuple) else unit
    case = _Case.read(log, funnel, key)
    return Explanation(case.name, case.attempts, case.shown(), case.reason())


@dataclass(frozen=True)
class _Case:
    """One unit's events (`rows`, with a column `s1`, `s2` … a step and `x0`, `x1` … an exclusion) and its attempts."""

    funnel: Funnel
    name: str
    rows: pd.DataFrame
    attempts: pd.DataFrame
    observed: pd.Timestamp

    @classmethod
    def read(cls, log: EventLog, funnel: Funnel, key: Any) -> _Case:
        mine = log.table.filter(unit_key(log.table, funnel) == key)
        order = ["timestamp", *(["sequence"] if "sequence" in mine.columns else [])]
        flags = {f"s{k}": does(mine, step) for k, step in enumerate(funnel.steps, 1)}
        flags |= {f"x{e}": does(mine, exclusion) for e, exclusion in enumerate(funnel.exclude)}
        held = {f"hold_{name}": mine[name] for name in funnel.hold}
        columns = ["event", "timestamp", *(["sequence"] if "sequence" in mine.columns else [])]
        rows = mine.select(*columns, **flags, **held).order_by(order).to_pandas()
        if rows.empty:
            raise LogError(
                f"The log has no event of the {funnel.unit} {key!r}; mind the type of the id (text or number)."
            )

        observed = log.observed_until.tz_convert("UTC").tz_localize(None)
        walk = Walk(funnel, (), epoch(log.observed_until))
        found, _ = walk(gather(event_stream(mine, funnel).to_pyarrow()))
        attempts = completed(ibis.memtable(found), funnel, walk.observed_until).to_pandas()
        return cls(funnel, str(key).replace(SESSION_SEPARATOR, " / "), rows, attempts, observed)

    @property
    def attempt(self) -> Any:
        """The attempt that counts, else the deepest."""
        counted = self.attempts[self.attempts.counts]
        chosen: Any = counted if len(counted) else self.attempts
        return chosen.loc[chosen.level.idxmax()]

    def matched(self) -> dict[int, int]:
        """Row number of the event that did each step of the attempt that counts."""
        found: dict[int, int] = {}
        if self.attempts.empty:
            return found
        for k in range(1, len(self.funnel.steps) + 1):
            able = self.rows.index[self._steps(k) & (self.rows.timestamp == self.attempt[f"t{k}"])]
            fresh = able.difference(list(found.values()))
            if len(able):
                found[k] = int((fresh if len(fresh) else able)[0])
        return found

    def _steps(self, k: int) -> Any:
        """Which rows can be at place `k`."""
        if self.funnel.order != "unordered":
            return self.rows[f"s{k}"]
        return self.rows[[f"s{j}" for j in range(1, len(self.funnel.steps) + 1)]].any(axis=1)

    def shown(self) -> pd.DataFrame:
        numbers = range(1, len(self.funnel.steps) + 1)
        did = {row: k for k, row in self.matched().items()}
        could = [", ".join(str(k) for k in numbers if row[f"s{k}"]) for _, row in self.rows.iterrows()]
        step = pd.array([did.get(row) for row in self.rows.index], dtype="Int64")
        return pd.DataFrame(
            {"timestamp": self.rows.timestamp, "event": self.rows.event, "could_be": could, "step": step}
        )

    def reason(self) -> str:
        steps = self.funnel.steps
        if self.attempts.empty:
            return t("explain.absent", unit=self.name, step=steps[0].label)
        attempt = self.attempt
        if attempt.ended == "converted":
            return t("explain.converted", unit=self.name, count=len(self.funnel.required), entry=_time(attempt.entry))
        level = int(attempt.level)
        if self.funnel.order == "unordered":
            missing = [s.label for k, s in enumerate(steps, 1) if not self._done_in_window(k)]
            tail = t("explain.unordered", level=level, count=len(steps), missing=", ".join(missing))
            return f"{tail} {self._open()}".strip()
        out = self._unit_exclusion()
        head = t("explain.level", unit=self.name, level=level, step=steps[level - 1].label, entry=_time(attempt.entry))
        return out or f"{head} {self._stop(level)}"

    def _done_in_window(self, k: int) -> bool:
        entry, window = self.attempt.entry, self.funnel.window
        times = self.rows.timestamp[self.rows[f"s{k}"] & (self.rows.timestamp >= entry)]
        return bool((times <= entry + window).any() if window is not None else len(times))

    def _unit_exclusion(self) -> str:
        for e, exclusion in enumerate(self.funnel.exclude):
            if exclusion.scope == "user" and not self.attempts.counts.any():
                hit = self._excluded(e, exclusion)
                if hit is not None:
                    return t("explain.unit_excluded", unit=self.name, **self._about(hit, exclusion))
        return ""

    def _excluded(self, e: int, exclusion: Exclusion) -> int | None:
        """The first event of an exclusion inside its interval in the attempt that counts."""
        opened = self.attempt[f"t{exclusion.after}"]
        closed = self.attempt[f"t{exclusion.before or len(self.funnel.steps)}"]
        if pd.isna(opened):
            return None
        inside = self.rows[f"x{e}"] & (self.rows.timestamp > opened)
        if not pd.isna(closed):
            inside &= self.rows.timestamp < closed
        return int(self.rows.index[inside][0]) if inside.any() else None

    def _about(self, row: int, exclusion: Exclusion) -> dict[str, Any]:
        return {
            "event": self.rows.event[row],
            "time": _time(self.rows.timestamp[row]),
            "after": exclusion.after,
            "before": exclusion.before or len(self.funnel.steps),
        }

    def _stop(self, level: int) -> str:
        """Why the attempt did not go beyond step `level`."""
        if self.attempt.ended == "excluded":
            for e, exclusion in enumerate(self.funnel.exclude):
                hit = self._excluded(e, exclusion) if exclusion.scope == "attempt" else None
                if hit is not None:
                    return t("explain.excluded", **self._about(hit, exclusion))
        return self._blocked(level) or self._refused(level) or self._open() or self._nothing(level)

    def _deadline(self, level: int) -> pd.Timestamp | None:
        following = self._following(level)
        limits = [] if self.funnel.window is None else [self.attempt.entry + self.funnel.window]
        longest = self.funnel.gaps.get(following, (None, None))[1]
        if longest is not None:
            limits.append(self.attempt[f"t{level}"] + longest)
        return min(limits, default=None)

    def _following(self, level: int) -> int:
        return self.funnel.required[self.funnel.required.index(level) + 1]

    def _blocked(self, level: int) -> str:
        """The event that ended the attempt by lying between two steps, or by repeating one."""
        funnel, following = self.funnel, self._following(level)
        strict = funnel.order == "strict"
        directly = strict or funnel.steps[following - 1].directly
        since, deadline = self.attempt[f"t{level}"], self._deadline(level)
        for row in self.rows.index:
            at = self.rows.timestamp[row]
            if at <= since or (deadline is not None and at > deadline):
                continue
            repeats = any(self.rows[f"s{k}"][row] for k in funnel.required if k <= level)
            early = any(self.rows[f"s{k}"][row] for k in funnel.required if k > following)
            about = {"event": self.rows.event[row], "time": _time(at)}
            if funnel.repeat == "end" and repeats:
                return t("explain.repeated", **about)
            if directly and not (strict and (repeats or (early and funnel.reentry))):
                return t("explain.blocked", **about)
        return ""

    def _refused(self, level: int) -> str:
        """The first event that does the next step, and the rule that refused it."""
        following = self._following(level)
        last, entry = self.attempt[f"t{level}"], self.attempt.entry
        about: dict[str, Any] = {"step_number": following, "step": self.funnel.steps[following - 1].label}
        able = self.rows[self.rows[f"s{following}"]]
        later = able[able.timestamp >= last]
        if later.empty:
            if able.empty or able.timestamp.iloc[-1] < entry:
                return ""
            return t("explain.order", **about, level=level, time=_time(able.timestamp.iloc[-1]))
        used = set(self.matched().values())
        low, high = self.funnel.gaps.get(following, (None, None))
        for row in later.index:
            at = later.timestamp[row]
            gap = at - last
            about["time"] = _time(at)
            if self.funnel.window is not None and at - entry > self.funnel.window:
                late = format_duration((at - entry - self.funnel.window).to_pytimedelta())
                return t("explain.window", **about, late=late)
            if high is not None and gap > high:
                return t("explain.gap_long", **about, limit=format_duration(high))
            if low is not None and gap < low:
                return t("explain.gap_short", **about, limit=format_duration(low))
            if any(later[f"hold_{n}"][row] != self._held(n) for n in self.funnel.hold):
                return t("explain.hold", **about, names=", ".join(self.funnel.hold))
            if gap == timedelta(0) and self.funnel.ties != "either":
                return t("explain.tie", **about)
            if row in used:
                return t("explain.used", **about)
        return ""

    def _held(self, name: str) -> Any:
        return self.rows[f"hold_{name}"][self.matched()[1]]

    def _open(self) -> str:
        if self.attempt.ended != "open":
            return ""
        if self.funnel.order == "unordered":
            deadline = None if self.funnel.window is None else self.attempt.entry + self.funnel.window
        else:
            deadline = self._deadline(int(self.attempt.level))
        if deadline is None:
            following = min(int(self.attempt.level) + 1, len(self.funnel.steps))
            label = self.funnel.steps[following - 1].label
            return t("explain.no_limit", step_number=following, step=label, observed=_time(self.observed))
        return t("explain.open", deadline=_time(deadline), observed=_time(self.observed))

    def _nothing(self, level: int) -> str:
        following, deadline = self._following(level), self._deadline(level)
        key = "explain.never" if self.rows[f"s{following}"].any() else "explain.never_at_all"
        label = self.funnel.steps[following - 1].label
        return t(key, step_number=following, step=label, deadline=_time(deadline))


def _time(moment: Any) -> str:
    return "" if moment is None or pd.isna(moment) else f"{moment:%Y-%m-%d %H:%M:%S}"
