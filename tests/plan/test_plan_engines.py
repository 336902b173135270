"""The same KPIs and the same people's table in an engine of another kind."""

from __future__ import annotations

import ibis
import pandas as pd
import pytest

from funnel_utils import EventLog, KpiTree
from funnel_utils.plan.features import features_of
from funnel_utils.plan.kpi_tree import Survey
from funnel_utils.synthetic import load_pardis

ASKED = KpiTree(
    lead=("subscribe", "quote_requested"),
    share="review",
    purchase=("purchase", "store_purchase"),
    cancel="cancel_order",
    follow="subscribe",
    unfollow="cancel_order",
    csat=Survey("review", "value"),
    margin=0.4,
)


@pytest.fixture(scope="module")
def logs():
    """Four hundred people of Pardis, to the second: the other engine has no finer clock."""
    frame = load_pardis().table.to_pandas()
    frame["timestamp"] = frame["timestamp"].dt.floor("s")
    some = sorted(frame["user"].unique())[:400]
    rows = frame[frame["user"].isin(some)]
    made = []
    for con in (ibis.duckdb.connect(), ibis.datafusion.connect()):
        con.create_table("events", rows)
        made.append(EventLog.read(con.table("events"), report_tz="Asia/Tehran"))
    return made


def test_kpis_are_the_same(logs):
    here, elsewhere = (ASKED.run(log).table for log in logs)
    assert here["value"].notna().sum() >= 17
    pd.testing.assert_frame_equal(here, elsewhere)


def test_the_people_s_table_is_the_same(logs):
    here, elsewhere = (features_of(log, purchase=ASKED.purchase)[0] for log in logs)
    pd.testing.assert_frame_equal(here, elsewhere)
