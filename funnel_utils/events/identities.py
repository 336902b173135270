"""Identities: the anonymous id of a visit and the known id of a person, joined before anything is counted.

Who is who comes from a table of (anonymous, known) pairs, or from the log itself, where some rows carry both ids.
Each row then belongs to its own known id, else to the known id of its anonymous id, else to the anonymous id. In
the log itself an anonymous id that is seen with several known ids (a shared device) says nothing about rows without
a known id: they stay anonymous, and `quality()` counts them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from funnel_utils.errors import LogError
from funnel_utils.events.fields import missing
from funnel_utils.events.sources import arrow_table

if TYPE_CHECKING:
    import ibis.expr.types as ir

#: Helper columns of a log whose rows carry two ids.
KNOWN, ANONYMOUS = "__known__", "__anonymous__"


def pairs_table(identities: Any, user: Any) -> ir.Table:
    """`identities` (a frame with `anonymous` and `known`, or a mapping) as a table with ids of the type of `user`.

    Raises
    ------
    LogError
        If a column is missing, an anonymous id has several known ids, or a known id is itself declared anonymous.
    """
    import ibis
    import ibis.expr.types as ir

    if isinstance(identities, ir.Table):
        table = identities
    elif isinstance(identities, Mapping):
        table = ibis.memtable({"anonymous": list(identities), "known": list(identities.values())})
    else:
        table = ibis.memtable(arrow_table(identities))
    for name in ("anonymous", "known"):
        if name not in table.columns:
            raise LogError(missing(name, table.columns, "identities"))
    kind = user.type()
    pairs: Any = table.select(anonymous=table["anonymous"].cast(kind), known=table["known"].cast(kind))
    pairs = pairs.filter(pairs["anonymous"].notnull() & pairs["known"].notnull()).distinct()
    _refuse_contradictions(pairs)
    found: ir.Table = pairs
    return found


def _refuse_contradictions(pairs: Any) -> None:
    several = pairs.group_by("anonymous").having(lambda t: t.count() > 1).agg(known=lambda t: t.known.min())
    first = several.order_by("anonymous").limit(1).to_pyarrow().to_pylist()
    if first:
        raise LogError(
            f"identities: the anonymous id {first[0]['anonymous']!r} has several known ids (one is "
            f"{first[0]['known']!r}); decide which one it belongs to."
        )
    chained = pairs.filter(pairs["known"].isin(pairs["anonymous"]) & (pairs["known"] != pairs["anonymous"]))
    link = chained.order_by("anonymous").limit(1).to_pyarrow().to_pylist()
    if link:
        raise LogError(
            f"identities: {link[0]['anonymous']!r} belongs to {link[0]['known']!r}, which is itself listed as "
            "anonymous; give each anonymous id its final known id."
        )


def join_pairs(rows: ir.Table, pairs: ir.Table) -> ir.Table:
    """`rows` with each anonymous `user` replaced by the known one."""
    return _join(rows, pairs, "user")


def pairs_in_log(rows: ir.Table) -> ir.Table:
    """The (anonymous, known) pairs of the rows that carry both, for anonymous ids seen with one known id only."""
    table: Any = rows
    both = table.filter(table[KNOWN].notnull() & table[ANONYMOUS].notnull())
    grouped = both.group_by(anonymous=both[ANONYMOUS]).agg(known=both[KNOWN].max(), least=both[KNOWN].min())
    pairs: ir.Table = grouped.filter(grouped["known"] == grouped["least"]).drop("least")
    return pairs


def shared_ids(rows: ir.Table) -> Any:
    """The number of rows without a known id whose anonymous id is seen with several known ids."""
    table: Any = rows
    both = table.filter(table[KNOWN].notnull() & table[ANONYMOUS].notnull())
    grouped = both.group_by(anonymous=both[ANONYMOUS]).agg(most=both[KNOWN].max(), least=both[KNOWN].min())
    shared = grouped.filter(grouped["most"] != grouped["least"])
    return table.filter(table[KNOWN].isnull() & table[ANONYMOUS].isin(shared["anonymous"])).count()


def stitch(rows: ir.Table, pairs: ir.Table) -> ir.Table:
    """`rows` with `user` = own known id, else the known id of the anonymous id, else the anonymous id."""
    return _join(rows, pairs, ANONYMOUS)


def _join(rows: Any, pairs: Any, key: str) -> Any:
    renamed = pairs.rename(__pair_anonymous__="anonymous", __pair_known__="known")
    joined = rows.left_join(renamed, rows[key] == renamed["__pair_anonymous__"])
    user = joined["__pair_known__"].coalesce(joined["user"])
    if key == ANONYMOUS:
        user = joined[KNOWN].coalesce(user)
    return joined.mutate(user=user).drop("__pair_anonymous__", "__pair_known__")
