"""DuckDB functions that Ibis has no expression for, declared with their types.

A declaration has no body: Ibis writes the call into the query, with every argument escaped, and DuckDB computes it.
"""

from __future__ import annotations

import ibis
import ibis.expr.datatypes as dt

PLAIN = dt.Timestamp(scale=6)
UTC = dt.Timestamp(timezone="UTC", scale=6)

declare = ibis.udf.scalar.builtin


@declare(signature=((UTC,), dt.int64))
def epoch_us(value):  # type: ignore[no-untyped-def]
    """Microseconds since 1970-01-01 UTC."""


@declare(signature=((dt.int64,), PLAIN))
def make_timestamp(count):  # type: ignore[no-untyped-def]
    """The plain timestamp that lies `count` microseconds after 1970-01-01."""


@declare(signature=((dt.int64,), dt.Timestamp(scale=9)))
def make_timestamp_ns(count):  # type: ignore[no-untyped-def]
    """The plain timestamp that lies `count` nanoseconds after 1970-01-01."""


@declare(name="timezone", signature=((dt.string, PLAIN), UTC))
def read_in_zone(zone, value):  # type: ignore[no-untyped-def]
    """The instant at which clocks in `zone` show `value`."""


@declare(signature=((dt.string, dt.string), PLAIN))
def try_strptime(text, pattern):  # type: ignore[no-untyped-def]
    """`text` read by a strptime pattern without a zone; null where it does not fit."""


@declare(name="try_strptime", signature=((dt.string, dt.string), UTC))
def try_strptime_zoned(text, pattern):  # type: ignore[no-untyped-def]
    """`text` read by a strptime pattern with a zone; null where it does not fit."""


@declare(signature=((dt.string, dt.string), dt.string))
def json_extract_string(document, path):  # type: ignore[no-untyped-def]
    """The value at a JSON path as text, without quotes; null where there is none."""


@ibis.udf.agg.builtin(signature=((dt.float64, dt.int64), dt.float64))
def arg_min(value, key):  # type: ignore[no-untyped-def]
    """The value where the key is least. Ibis would sort the rows of each group to find it."""
