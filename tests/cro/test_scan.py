"""A plain file read without the database: the same moments, and whatever is not plain is left to the engine."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from funnel_utils.cro import Conversion, Experiment, Mean, Ratio
from funnel_utils.cro.layout import lay_out
from funnel_utils.cro.running import _scanned
from funnel_utils.cro.scan import scan

METRICS = (Conversion("bought"), Mean("spent", covariates="before"), Ratio("clicks", "visits"))
COLUMNS = {"m0": "bought", "m1": "spent", "m2": "before", "m3": "clicks", "m4": "visits"}


def frame(n=5000):
    rng = np.random.default_rng(0)
    made = pd.DataFrame({"variant": rng.choice(["control", "new", "third"], n), "bought": rng.integers(0, 2, n)})
    made["before"] = 1e6 + rng.random(n)  # a variance that raw sums of squares would lose
    made["spent"], made["visits"] = made["before"] + rng.random(n), rng.integers(1, 9, n)
    return made.assign(clicks=rng.binomial(made["visits"], 0.3))


def read(made, path, layout):
    made.to_parquet(path, index=False, row_group_size=700)
    return scan(path, "variant", layout, COLUMNS, worth=1)


def test_it_finds_what_the_engine_finds(tmp_path):
    layout = lay_out(METRICS, None, False)
    found = read(frame(), tmp_path / "people.parquet", layout)
    truth = Experiment(METRICS).run(frame()).cells
    one, other = (cells.moments.cell(np.argsort(cells.keys["arm"].to_numpy())) for cells in (found, truth))
    assert one.n.tolist() == other.n.tolist()
    for name in layout.needs.columns:
        np.testing.assert_allclose(one.mean(name), other.mean(name), rtol=1e-12)
    for a, b in layout.needs.products:
        np.testing.assert_allclose(one.co(a, b), other.co(a, b), rtol=1e-7, atol=1e-6)


@pytest.mark.parametrize(
    "change",
    [
        {"spent": np.nan},
        {"spent": None},
        {"bought": 2},
        {"variant": None},
        {"variant": 1},
        {"spent": "a"},
        {"spent": np.inf},
    ],
    ids=str,
)
def test_what_is_not_plain_is_left_to_the_engine(tmp_path, change):
    made = frame(50)
    column, value = next(iter(change.items()))
    made[column] = made[column].astype(object)
    made.loc[7 if value != 1 else slice(None), column] = value
    if column == "spent" and value == "a":
        made[column] = made[column].astype(str)
    assert read(made, tmp_path / "people.parquet", lay_out(METRICS, None, False)) is None


def test_small_files_other_sources_and_other_questions_are_left_to_the_engine(tmp_path):
    layout = lay_out(METRICS, None, False)
    frame(50).to_parquet(tmp_path / "people.parquet")
    assert scan(tmp_path / "people.parquet", "variant", layout, COLUMNS) is None
    assert scan(frame(50), "variant", layout, COLUMNS, worth=1) is None
    assert scan(tmp_path / "people.parquet", "arm", layout, COLUMNS, worth=1) is None
    cut = Experiment(Mean("spent", winsorise=0.9))
    assert _scanned(cut, tmp_path / "people.parquet", lay_out(cut.metrics, None, False)) is None
