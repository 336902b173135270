"""Conditions on the properties of an event, written as data.

`{"device": "mobile"}` (equal), `{"city": {"Tehran", "Shiraz"}}` (one of), `{"value": (">", 100)}` (operator and
value), `{"campaign": None}` (missing); all of them must hold. A missing property fails every test but `None`. A
function of the table (`lambda t: t.value > 100`) says anything else.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from funnel_utils.errors import LogError, SpecError
from funnel_utils.events.fields import missing

if TYPE_CHECKING:
    import ibis.expr.types as ir

Where = Mapping[str, Any] | Callable[[Any], Any]

_TESTS: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": lambda column, value: column.isin(list(value)),
    "contains": lambda column, value: column.cast("string").contains(str(value)),
    "is null": lambda column, _: column.isnull(),
    "not null": lambda column, _: column.notnull(),
}


def compare(column: Any, operator: str, value: Any) -> ir.BooleanValue:
    """Whether `column` stands in `operator` (one of "=", "!=", "<", … "not null") to `value`; null where it is null."""
    answer: ir.BooleanValue = _TESTS[operator](column, value)
    return answer


def holds(table: ir.Table, where: Where) -> ir.BooleanValue:
    """Whether all of `where` holds for a row of `table`; never null.

    Raises
    ------
    LogError
        If a property is not there.
    SpecError
        If an operator is not known.
    """
    import ibis

    if callable(where):
        answer: Any = where(table)
        found: ir.BooleanValue = answer.fill_null(False)
        return found
    total: Any = ibis.literal(True)
    for name, wanted in where.items():
        if name not in table.columns:
            raise LogError(missing(name, table.columns, "where"))
        total = total & _test(table[name], name, wanted)
    return total


def _test(column: Any, name: str, wanted: Any) -> Any:
    if wanted is None:
        return column.isnull()
    if isinstance(wanted, set | frozenset | list):
        return column.isin(sorted(wanted, key=repr)).fill_null(False)
    if isinstance(wanted, tuple):
        if len(wanted) != 2 or wanted[0] not in _TESTS:
            raise SpecError(f"where: {name!r} takes (operator, value) with one of {', '.join(_TESTS)}; got {wanted!r}.")
        return compare(column, *wanted).fill_null(False)
    return (column == wanted).fill_null(False)
