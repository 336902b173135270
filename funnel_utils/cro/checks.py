"""Checks that come before any comparison: whether the arms are what the lot was meant to make of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import pandas as pd

from funnel_utils.cro.words import number, p_value, percent
from funnel_utils.text import t

#: A split that chance would give less often than this is no accident.
MISMATCH = 0.001


@dataclass(frozen=True, eq=False, repr=False)
class SrmCheck:
    """Whether the units were split as intended (sample ratio mismatch).

    Attributes
    ----------
    arms : tuple of str
    units : tuple of float
        How many came into each.
    intended : tuple of float
        The share that each was meant to have.
    p : float
        The chance of a split at least as uneven, if the lot was as intended (chi-square).
    """

    arms: tuple[str, ...]
    units: tuple[float, ...]
    intended: tuple[float, ...]
    p: float

    @property
    def counts(self) -> pd.DataFrame:
        """A row an arm: `arm`, `n`, `expected`, `share`, `intended`."""
        total = sum(self.units)
        columns = {"arm": self.arms, "n": self.units, "expected": [total * share for share in self.intended]}
        columns |= {"share": [n / total for n in self.units], "intended": self.intended}
        return pd.DataFrame(columns)

    @property
    def ok(self) -> bool:
        """Whether chance explains the split."""
        return not self.p < MISMATCH

    @property
    def verdict(self) -> str:
        """What it says, in one sentence."""
        parts = [
            t("experiment.srm.part", arm=arm, n=number(n), share=percent(share), meant=percent(meant))
            for arm, n, _, share, meant in self.counts.itertuples(index=False, name=None)
        ]
        key = "experiment.srm.ok" if self.ok else "experiment.srm.bad"
        return t(key, parts="; ".join(parts), p=p_value(self.p))

    def _repr_html_(self) -> str:
        return f"<p>{escape(self.verdict)}</p>{self.counts.to_html(index=False)}"

    def __repr__(self) -> str:
        return f"SrmCheck: {self.verdict}"


def sample_ratio(arms: Sequence[str], counts: Sequence[float], shares: Sequence[float]) -> SrmCheck:
    """Check the split of units over arms.

    Parameters
    ----------
    arms : sequence of str
    counts : sequence of float
        Units of each arm.
    shares : sequence of float
        The intended shares; they add up to 1.

    Examples
    --------
    >>> check = sample_ratio(["control", "new"], [44000, 45000], [0.5, 0.5])
    >>> round(check.p, 4), check.ok
    (0.0008, False)
    """
    from funnel_utils.stats.tables import chi_square_fit

    p = float(chi_square_fit(counts, shares).p[0])
    return SrmCheck(tuple(arms), tuple(float(n) for n in counts), tuple(shares), p)


def checked(srm: SrmCheck, aside: Mapping[str, int], least: int, fewest: float) -> pd.DataFrame:
    """All checks as a table: `check`, `ok`, `detail`."""
    mixed = aside.get("mixed", 0)
    rows = [
        (t("experiment.check.srm"), srm.ok, srm.verdict),
        (
            t("experiment.check.mixed"),
            mixed == 0,
            t("experiment.mixed" if mixed else "experiment.unmixed", n=number(mixed)),
        ),
        (t("experiment.check.few"), fewest >= least, t("experiment.fewest", n=number(fewest), least=number(least))),
    ]
    return pd.DataFrame(rows, columns=["check", "ok", "detail"])
