"""The moments of a large plain Parquet table, without the database.

A table with a row a unit and nothing to group by but the arm needs no join, no sort and no hash table: compiled loops
over the columns, as they are decoded, have the moments at little more than the cost of reading them. Whatever is
not as plain as that (a missing value, an arm that is not text, a conversion that is neither 0 nor 1) is left to the
engine, which also says what is wrong with it. Tests hold the two to each other.
"""

from __future__ import annotations

import glob
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from funnel_utils.cro.cells import Cells
from funnel_utils.cro.layout import Layout
from funnel_utils.cro.moments import Moments

#: Rows that are added up at once: few columns of so many stay in a processor's own cache.
BATCH = 2**15
#: The smallest table for which reading it here is worth while; and the most arms.
WORTH, MOST_ARMS = 1_000_000, 16


def scan(data: Any, arm: str, layout: Layout, columns: Mapping[str, str], worth: int = WORTH) -> Cells | None:
    """The moments of every arm, or `None` where the engine must find them.

    Parameters
    ----------
    data : path
        A Parquet file, or a glob of them; for anything else the answer is `None`.
    arm : str
        The column that holds the arm.
    layout : Layout
        Of units that are not clustered, without winsorising.
    columns : mapping of str to str
        The column of the file behind each of the layout.
    worth : int
        Fewest rows.
    """
    import pyarrow.parquet as pq

    path = str(data) if isinstance(data, str | Path) else ""
    if not path.endswith((".parquet", ".pq")) or "://" in path or "=" in path:
        return None
    files = sorted(glob.glob(path))
    if sum(pq.read_metadata(file).num_rows for file in files) < worth:
        return None
    if any(name not in pq.read_schema(file).names for file in files for name in (arm, *columns.values())):
        return None
    names = layout.needs.columns
    pairs = np.array([[names.index(a), names.index(b)] for a, b in layout.needs.products], dtype=np.int64).reshape(
        -1, 2
    )
    once = np.array([layout.names[name].once for name in names])
    kept = _Sums(len(names), pairs, once)
    wanted = [arm, *dict.fromkeys(columns[name] for name in names)]
    for file in files:
        with pq.ParquetFile(file, read_dictionary=[arm]) as opened:
            # One row group after the other: left to itself the reader holds much of the file.
            for group in range(opened.num_row_groups):
                for batch in opened.read_row_group(group, columns=wanted, use_threads=False).to_batches(BATCH):
                    if not kept.add(batch.column(arm), [batch.column(columns[name]) for name in names]):
                        return None
    return kept.cells(names, layout.needs.products)


class _Sums:
    """Sums around a centre near the mean, so that nothing is lost when the mean is taken out of them."""

    def __init__(self, columns: int, pairs: Any, once: Any) -> None:
        self.arms: dict[str, int] = {}
        self.centre = np.zeros(columns)
        self.pairs, self.once = pairs, once
        self.n = np.zeros(0)
        self.sums, self.products = np.zeros((0, columns)), np.zeros((0, len(pairs)))

    def add(self, arm: Any, columns: Sequence[Any]) -> bool:
        """Add some rows; whether they were plain."""
        import pyarrow as pa

        from funnel_utils.cro.scan_loop import add

        if not pa.types.is_dictionary(arm.type) or not pa.types.is_string(arm.type.value_type):
            return False
        if any(part.null_count or not _plain(part.type) for part in columns) or arm.null_count:
            return False
        values = np.empty((len(columns), len(arm)))
        for place, part in enumerate(columns):
            values[place] = part.to_numpy(zero_copy_only=False)
        if not self.n.size:
            self.centre = np.where(self.once, 0.0, values.mean(axis=1)) if len(arm) else self.centre
        known = [self.arms.setdefault(name, len(self.arms)) for name in arm.dictionary.to_pylist()]
        if len(self.arms) > MOST_ARMS or any(((v != 0) & (v != 1)).any() for v in values[self.once]):
            return False
        self._grow(len(self.arms))
        indices = arm.indices.to_numpy(zero_copy_only=False)
        for code, place in enumerate(known):
            into = self.sums[place], self.products[place]
            self.n[place] += add(indices, code, values, self.centre, self.pairs, *into)
        return True

    def _grow(self, arms: int) -> None:
        more = arms - len(self.n)
        if more > 0:
            self.n = np.append(self.n, np.zeros(more))
            self.sums = np.vstack([self.sums, np.zeros((more, self.sums.shape[1]))])
            self.products = np.vstack([self.products, np.zeros((more, self.products.shape[1]))])

    def cells(self, names: Sequence[str], pairs: Sequence[tuple[str, str]]) -> Cells | None:
        """What was added up; `None` if a sum is not finite."""
        there = self.n > 0
        n, sums, products = self.n[there], self.sums[there], self.products[there]
        if not (np.isfinite(sums).all() and np.isfinite(products).all()):
            return None
        means = {name: self.centre[k] + sums[:, k] / n for k, name in enumerate(names)}
        centred = {}
        for k, (a, b) in enumerate(pairs):
            left = products[:, k] - sums[:, names.index(a)] * sums[:, names.index(b)] / n
            centred[a, b] = np.maximum(left, 0.0) if a == b else left
        arms = [name for name, place in self.arms.items() if there[place]]
        return Cells(pd.DataFrame({"arm": arms}), Moments(n, means, centred), {})


def _plain(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_boolean(kind))
