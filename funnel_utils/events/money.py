"""Money: one currency, or a clear refusal.

Sums of `value` mean something in one currency only. With `rates` every value is converted when the log is read, and
the original stays in `original_value` and `original_currency`; without, `EventLog.currency` refuses a log of
several currencies, and every metric that adds values asks it first.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from funnel_utils.errors import LogError, SpecError

if TYPE_CHECKING:
    import ibis.expr.types as ir


@dataclass(frozen=True)
class Money:
    """The currency to report in, and what one unit of each other currency is worth in it.

    Parameters
    ----------
    currency : str
        Such as `"EUR"`. Values without a currency are taken to be in it.
    rates : mapping of str to float
        Units of `currency` for one unit of another: `{"USD": 0.92}`.
    """

    currency: str
    rates: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, rate in self.rates.items():
            if not (isinstance(rate, int | float) and math.isfinite(rate) and rate > 0):
                raise SpecError(f"rates: {name!r} has the rate {rate!r}; a rate is a number above zero.")
        if self.rates.get(self.currency, 1) != 1:
            raise SpecError(f"rates: {self.currency!r} is the currency of the report; its rate is 1.")

    @property
    def known(self) -> dict[str, float]:
        """All rates, with that of the report's own currency."""
        return {**self.rates, self.currency: 1.0}


def convert(rows: ir.Table, money: Money) -> ir.Table:
    """`rows` with `value` in the currency of the report.

    Raises
    ------
    LogError
        If the log has no `value` or no `currency`.
    """
    import ibis

    table: Any = rows
    for name in ("value", "currency"):
        if name not in table.columns:
            raise LogError(f"rates: the log has no property {name!r}; map it with columns={{{name!r}: …}}.")
    own = table["currency"].fill_null(money.currency)
    rate = ibis.cases(*[(own == name, ibis.literal(float(rate))) for name, rate in sorted(money.known.items())])
    converted: ir.Table = table.mutate(
        original_value=table["value"],
        original_currency=table["currency"],
        value=table["value"].cast("float64") * rate,
        currency=ibis.literal(money.currency),
    )
    return converted


def currencies(table: ir.Table, value: str = "value", currency: str = "currency") -> list[str]:
    """The currencies of the rows that have a value, sorted."""
    rows: Any = table
    found = rows.filter(rows[value].notnull() & rows[currency].notnull()).select(currency).distinct()
    return sorted(found.to_pyarrow()[currency].to_pylist())


def refuse_unknown(found: list[str], money: Money) -> None:
    """Refuse currencies without a rate.

    Raises
    ------
    LogError
        Naming them.
    """
    unknown = [name for name in found if name not in money.known]
    if unknown:
        raise LogError(f"rates: the log has values in {', '.join(unknown)}, for which no rate is given.")


def one_currency(found: list[str]) -> str | None:
    """The only one of `found`, `None` if it is empty.

    Raises
    ------
    LogError
        If there are several.
    """
    if len(found) > 1:
        raise LogError(
            f"The values of this log are in several currencies ({', '.join(found)}), and cannot be added. Read it with "
            f'currency="{found[0]}" and rates={{…}} to convert them.'
        )
    return found[0] if found else None
