"""Cells: the moments of groups of units, and how to see them merged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from funnel_utils.cro.moments import Moments

#: What became of a unit: counted, seen in two arms, exposed too late to be watched for the whole window, in no arm.
OK, MIXED, EARLY, NO_ARM = "ok", "mixed", "early", "no arm"


@dataclass(frozen=True, eq=False)
class Cells:
    """What came back: for each cell its keys and its moments.

    Attributes
    ----------
    keys : DataFrame
        `arm` and what else was grouped by, a row a cell.
    moments : Moments
        One element a cell, in the same order.
    aside : mapping of str to int
        Units that are in no cell, by the reason.
    """

    keys: pd.DataFrame
    moments: Moments
    aside: Mapping[str, int]

    def by(self, *names: str) -> tuple[pd.DataFrame, Moments]:
        """The cells merged by some of the keys: the keys, and their moments."""
        if list(self.keys.columns) == list(names) == ["arm"]:  # nothing to merge: an arm is a cell
            return self.keys, self.moments
        labels, found = _labels(self.keys[list(names)])
        return found, self.moments.grouped(labels, len(found))


def _labels(keys: pd.DataFrame) -> tuple[Any, pd.DataFrame]:
    grouped = keys.groupby(list(keys.columns), sort=True, dropna=False)
    found = grouped.size().reset_index()[list(keys.columns)]
    return grouped.ngroup().to_numpy(), found
