"""The same experiment in an engine of another kind."""

from __future__ import annotations

import ibis
import numpy as np

from funnel_utils import EventLog
from funnel_utils.cro import Before, Conversion, Experiment, Exposure, Mean, Quantile, Ratio, Total

METRICS = [
    Conversion("pay"),
    Mean(Total("value", "pay"), name="revenue", covariates=Before("5d")),
    Ratio("pay", "visit"),
    Quantile(Total("value", "pay"), q=0.8),
]


def story():
    people = {}
    for k in range(120):
        arm = ("control", "new")[k % 2]
        events = [
            (f"pay@{k % 3}d", {"value": float(k % 7)}),
            (f"seen@{3 + k % 4}d", {"variant": arm, "city": "ab"[k % 3 > 0]}),
        ]
        events += [(f"visit@{8 + j}d", {}) for j in range(1 + k % 3)]
        events += [(f"pay@{8 + j}d", {"value": float(k % 11 + j)}) for j in range(k % 3)]
        people[f"u{k}"] = events
    return people


def test_another_engine_gives_the_same_effects_days_and_segments():
    rows = (
        EventLog.from_story(story()).table.select("user", "event", "timestamp", "variant", "city", "value").to_pandas()
    )
    found = []
    for connection in (ibis.duckdb.connect(), ibis.datafusion.connect()):
        connection.create_table("events", rows)
        log = EventLog.read(connection.table("events"), observed_until="2026-03-01")
        test = Experiment(METRICS, exposure=Exposure("seen", within="9d"), correction="none")
        found.append(test.run(log, by="city"))
    one, other = found
    for frames in ((one.table, other.table), (one.segments(), other.segments()), (one.daily(), other.daily())):
        numbers = [frame.select_dtypes("number").to_numpy(dtype=float) for frame in frames]
        np.testing.assert_allclose(*numbers, rtol=1e-9, atol=1e-9)
    assert other.how == "one query in datafusion"
