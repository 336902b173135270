"""Fields: a column, or a value inside a nested one, by one dotted name.

`"city"` is a column. `"geo.city"` looks inside the column `geo`, whatever it is: a struct, a JSON document (or text
that holds one), or a list of key-value parameters as in the GA4 export. A column whose own name has a dot is found
first.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from funnel_utils.errors import LogError

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from funnel_utils.events.log import EventLog

_PLAIN_KEY = re.compile(r"\w+")


def has_field(table: ir.Table, name: str) -> bool:
    """Whether `name` can be looked up. Inside JSON and parameters every name can; it may be null everywhere."""
    try:
        find_field(table, name)
    except LogError:
        return False
    return True


def find_field(table: ir.Table, name: str, argument: str = "column") -> ir.Value:
    """The field `name` of `table`; `argument` is what to blame in an error.

    Raises
    ------
    LogError
        If there is none: with the nearest name, and what there is.
    """
    if name in table.columns:
        return table[name]
    head, _, rest = name.partition(".")
    while rest:
        if head in table.columns:
            return _inside(table[head], rest, name, argument)
        part, _, rest = rest.partition(".")
        head = f"{head}.{part}"
    raise LogError(missing(name, table.columns, argument))


def occurring(log: EventLog, names: Iterable[str], column: str = "event") -> set[str]:
    """Those of some names that an event of the log has, or that stand in another column of it."""
    asked = list(names)
    if not asked:
        return set()
    found: Any = log.table.select(name=log.table[column].cast("string"))
    return set(found.filter(found["name"].isin(asked)).distinct().to_pyarrow()["name"].to_pylist())


def missing(name: str, there: Iterable[str], argument: str, what: str = "column") -> str:
    """The message for the name of a column, or of `what`, that is not there: the nearest one, and all that there are.

    Examples
    --------
    >>> missing("purchas", ["purchase", "visit"], "end", "event")
    "end='purchas': the log has no such event. Did you mean 'purchase'? It has 'purchase', 'visit'."
    """
    names = list(there)
    folded = {known.lower(): known for known in names}
    near = difflib.get_close_matches(name.lower(), list(folded), n=1, cutoff=0.6)
    hint = f" Did you mean {folded[near[0]]!r}?" if near else ""
    shown = ", ".join(map(repr, names[:40])) + (f" and {len(names) - 40} more" if len(names) > 40 else "")
    return f"{argument}={name!r}: the log has no such {what}.{hint} It has {shown}."


def _inside(column: Any, rest: str, name: str, argument: str) -> ir.Value:
    kind = column.type()
    if kind.is_struct():
        return _member(column, rest, name, argument)
    if kind.is_json() or kind.is_string():
        return _document(column, rest)
    if kind.is_array() and kind.value_type.is_struct() and {"key", "value"} <= set(kind.value_type.names):
        return _parameter(column, rest)
    if kind.is_map():
        value: ir.Value = column.get(rest)
        return value
    raise LogError(f"{argument}={name!r}: the column {column.get_name()!r} has the type {kind}, with nothing inside.")


def _member(column: Any, rest: str, name: str, argument: str) -> ir.Value:
    names = column.type().names
    if rest in names:
        member: ir.Value = column[rest]
        return member
    head, _, tail = rest.partition(".")
    if tail and head in names:
        return _inside(column[head], tail, name, argument)
    prefix = name[: len(name) - len(rest)]
    raise LogError(missing(name, [prefix + each for each in names], argument))


def _document(column: Any, key: str) -> ir.Value:
    """The value under `key` of a JSON document, as text. A key may hold dots: it is one key, not a path."""
    import ibis
    import ibis.expr.operations as ops

    backends, _ = column._find_backends()
    if backends and backends[0].name == "duckdb":
        from funnel_utils.events.duckdb_functions import json_extract_string

        escaped = key.replace("\\", "\\\\").replace('"', '\\"')
        # As a bare literal the path would be rewritten on its way into the query, and a quote in it not escaped.
        path = ibis.literal(f'$."{escaped}"').nullif("")
        value: ir.Value = json_extract_string(column.cast("string"), path)
        return value
    if not column.type().is_json() or not _PLAIN_KEY.fullmatch(key):
        raise LogError(
            f"Outside DuckDB only a column of type JSON can be looked into, under a key of letters, digits and _; got "
            f"{key!r} in {column.get_name()!r} ({column.type()}). Make it a column in its own engine (a view will do)."
        )
    inside = column[key]
    text: ir.Value = inside.cast("string")
    if any(not backend.has_operation(ops.UnwrapJSONString) for backend in backends):
        return text
    unquoted: ir.Value = inside.str.coalesce(text)
    return unquoted


def _parameter(column: Any, key: str) -> ir.Value:
    """The parameter `key` of a list of (key, value) pairs, as text, whichever of the typed values is set."""
    value = column.filter(lambda pair: pair["key"] == key)[0]["value"]
    if not value.type().is_struct():
        return value.cast("string")
    typed = [value[name].cast("string") for name in value.type().names]
    return typed[0].coalesce(*typed[1:]) if len(typed) > 1 else typed[0]
