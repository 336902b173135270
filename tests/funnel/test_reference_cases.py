"""Published cases of other tools, each under the preset that stands for its mode.

The cases come from the public test suites and documentation of ClickHouse, DuckDB, PostHog, Amplitude, Mixpanel and
Datadog; the expected values are theirs.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from funnel_utils import EventLog, Exclusion, Funnel, Step

CASES = json.loads((Path(__file__).parents[1] / "reference" / "funnel-cases.json").read_text())


def funnel_of(case: dict[str, Any]) -> Funnel:
    """The funnel that the case's mode names."""
    steps = [s if isinstance(s, str) else Step(s["event"], s["where"]) for s in case["steps"]]
    window = pd.Timedelta(seconds=case["window_seconds"]).to_pytimedelta()
    mode, *flags = case["mode"].split("+")
    excluded = [
        Exclusion(e["event"], after=e["from_step"] + 1, before=e["to_step"] + 1, scope="user")
        for e in case.get("exclusions", ())
    ]
    match mode:
        case "windowFunnel":
            return Funnel.like("clickhouse", steps, window=window, flags=flags)
        case "mixpanel_uniques_default":
            return Funnel.like("mixpanel", steps, window=window)
        case "mixpanel_optimized_reentry":
            return Funnel.like("mixpanel_optimized", steps, window=window)
        case "totals":
            return Funnel(steps, window=window, entry="every")
        case _:
            return Funnel.like("posthog", steps, window=window, order=mode, exclude=excluded)


def log_of(case: dict[str, Any]) -> EventLog:
    """The case's events; a case's dates bound them where it gives any."""
    rows = [
        {"user": e["user"], "event": e["event"], "timestamp": e["timestamp"], **(e.get("properties") or {})}
        for e in case["events"]
    ]
    frame = pd.DataFrame(rows)
    if frame["timestamp"].dtype.kind in "iuf":
        # Some cases count seconds from a time that no calendar holds; only differences matter to a funnel.
        frame["timestamp"] = pd.to_datetime(frame["timestamp"] - frame["timestamp"].min(), unit="s")
    else:
        frame["timestamp"] = pd.to_datetime(frame["timestamp"], format="ISO8601")
    if "date_from" in case:
        end = pd.Timestamp(case["date_to"])
        end += pd.Timedelta(days=1) if end == end.normalize() else pd.Timedelta(0)
        frame = frame[(frame.timestamp >= pd.Timestamp(case["date_from"])) & (frame.timestamp <= end)]
    return EventLog.read(frame)


@pytest.mark.parametrize("case", CASES, ids=[f"{case['mode']}: {case['name']}" for case in CASES])
def test_reference_case(case: dict[str, Any]) -> None:
    log = log_of(case)
    result = funnel_of(case).run(log)
    if "breakdown" in case:
        table = result.breakdown(case["breakdown"], attribution=1)
        by_value = table[table.kind == "value"].pivot(index="value", columns="step", values="units")
        assert table[table.kind == "total"].units.tolist() == case["expected_counts_per_step"]
        for value, counts in case["expected_by_value"].items():
            assert by_value.loc[value].tolist() == counts
        return
    assert result.steps.units.tolist() == case["expected_counts_per_step"]
    match = result.match.table.to_pandas()
    if "expected_level_per_user" in case:
        levels = match.set_index(match.unit.astype(str)).level
        assert levels.to_dict() == case["expected_level_per_user"]
    for step, users in case.get("expected_users_reaching_step", {}).items():
        reached = match[match.counts & (match.level >= int(step))]
        assert sorted(reached.unit) == sorted(users)
    for step, users in case.get("expected_users_dropped_before_step", {}).items():
        lost = match[match.counts & (match.level == int(step) - 1)]
        assert sorted(lost.unit) == sorted(users)
    for step, seconds in case.get("expected_avg_seconds_from_prev", {}).items():
        taken = (match[f"t{step}"] - match[f"t{int(step) - 1}"]).dt.total_seconds().mean()
        assert taken == pytest.approx(seconds)
