"""ClickHouse inside this process (`chdb`): its own aggregate function for funnels, `windowFunnel`.

`windowFunnel` sorts each user's events by time and then by step, lets the latest possible start carry on, and includes
the window's last instant: the same definition as a best-attempt funnel whose ties may fall either way. It wants a
whole number for the time, so the timestamp is read as microseconds. Columns are read as not null where that leaves the
answer as it is, which is faster.
"""

from __future__ import annotations

from peers import STEPS

PACKAGES = ("chdb", "chdb-core")
FOREVER = 2**62


def answer(folder: str, window: int | None) -> list[int]:
    """Units at each step; `window` in microseconds."""
    import chdb

    conditions = ", ".join(f"event = '{step}'" for step in STEPS)
    wanted = ", ".join(f"'{step}'" for step in STEPS)
    types = "user Nullable(Int64), event LowCardinality(String), timestamp DateTime64(6)"
    time = "toUInt64(toUnixTimestamp64Micro(timestamp))"
    query = f"""
        SELECT level, count() FROM (
            SELECT assumeNotNull(user) AS person, windowFunnel({window or FOREVER})({time}, {conditions}) AS level
            FROM file('{folder}/*.parquet', Parquet, '{types}')
            WHERE event IN ({wanted}) AND user IS NOT NULL
            GROUP BY person
        ) GROUP BY level ORDER BY level FORMAT CSV
    """
    rows = [[int(part) for part in line.split(",")] for line in str(chdb.query(query)).split()]
    return [sum(number for level, number in rows if level >= step) for step in range(1, len(STEPS) + 1)]
