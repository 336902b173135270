"""The same journeys in an engine of another kind: windows, aggregates and joins are all they ask for."""

from __future__ import annotations

import ibis
import pandas as pd
import pytest

from funnel_utils import EventLog, Journey, Sessions
from funnel_utils.synthetic import load_pardis

STAGES = {"visit": "look", "view_product": "weigh", "add_to_cart": "want", "purchase": "buy"}


@pytest.fixture(scope="module")
def rows():
    """A hundred people of Pardis, to the second: the other engine has no finer clock."""
    log = load_pardis()
    table = log.table.select("user", "event", "timestamp", "channel", "place", "session")
    frame = table.to_pandas()
    frame["timestamp"] = frame["timestamp"].dt.floor("s")
    some = sorted(frame["user"].unique())[:100]
    return frame[frame["user"].isin(some)].drop_duplicates(["user", "event", "timestamp"])


@pytest.fixture(scope="module", params=["datafusion"])
def elsewhere(request, rows):
    con = ibis.datafusion.connect()
    con.create_table("events", rows)
    return EventLog.read(con.table("events"))


@pytest.fixture(scope="module")
def here(rows):
    con = ibis.duckdb.connect()
    con.create_table("events", rows)
    return EventLog.read(con.table("events"))


def same(one, other):
    keys = [name for name in one.columns if one[name].dtype.kind not in "fi"]
    frames = [frame.sort_values(keys, ignore_index=True) for frame in (one, other)]
    pd.testing.assert_frame_equal(*frames, check_dtype=False)


@pytest.mark.parametrize(
    "options",
    [
        {"end": "purchase"},
        {"end": "purchase", "idle": "7d", "stages": STAGES, "collapse": True},
        {"start": "visit", "end": "purchase", "idle": "30m"},
        {"unit": "session", "state": "channel"},
    ],
    ids=["to the purchase", "stages", "from a start", "sessions"],
)
def test_another_engine_gives_the_same_tables(here, elsewhere, options):
    one, other = (Journey(**options).run(log) for log in (here, elsewhere))
    assert other.how == "window functions in datafusion"
    assert one.warnings == other.warnings
    same(one.summary, other.summary)
    same(one.transitions(), other.transitions())
    same(one.paths().drop(columns="states"), other.paths().drop(columns="states"))
    if "stages" in options:  # the other tables are made of the same journeys
        same(one.step_matrix(5), other.step_matrix(5))
        same(one.flow(), other.flow())
        same(one.touchpoints(), other.touchpoints())
        same(one.channels(), other.channels())
        same(one.entry(), other.entry())
        same(one.linearity(), other.linearity())
        same(one.skips(), other.skips())


def test_another_engine_cuts_the_same_sessions(here, elsewhere):
    one, other = (Sessions().run(log).summary for log in (here, elsewhere))
    same(one, other)
