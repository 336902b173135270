"""The known figures of the "Online Retail" data, computed anew: `python bench/online_retail.py FILE`.

FILE is the public data set of a British giftware shop, December 2010 to December 2011 (UCI Machine Learning Repository,
no. 352), as Parquet or CSV with its own column names. It is not part of this project. Cleaned as usual: customer known,
no cancellation, quantity and price above zero; an order is an invoice. Status 1 if any figure differs.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import pandas as pd

from funnel_utils import EventLog
from funnel_utils.retention import Cohorts, Rfm, SecondPurchase

DECEMBER = (885, 324, 286, 340, 321, 352, 321, 309, 313, 350, 331, 445, 235)
KNOWN = {"customers": 4338, "orders": 18532, "revenue": 8911407.904, "bought again": 65.58}


def orders(path: Path) -> pd.DataFrame:
    """One row an invoice: `user`, `event`, `timestamp` (UTC is the shop's own time), `value`, `country`."""
    lines = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path, parse_dates=["InvoiceDate"])
    kept = lines["CustomerID"].notna() & ~lines["InvoiceNo"].astype(str).str.startswith("C")
    lines = lines[kept & (lines["Quantity"] > 0) & (lines["UnitPrice"] > 0)]
    lines = lines.assign(value=lines["Quantity"] * lines["UnitPrice"])
    made = lines.groupby(["CustomerID", "InvoiceNo"], as_index=False).agg(
        timestamp=("InvoiceDate", "min"), value=("value", "sum"), country=("Country", "first")
    )
    return made.assign(user=made["CustomerID"].astype(int).astype(str), event="purchase")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    table = orders(parser.parse_args().file)
    log = EventLog.read(table[["user", "event", "timestamp", "value", "country"]], source_tz="UTC")
    rfm, second, cohorts = Rfm().run(log), SecondPurchase().run(log), Cohorts().run(log)
    checks: list[tuple[str, Any, Any]] = [
        ("customers", KNOWN["customers"], rfm.total),
        ("orders", KNOWN["orders"], log.n_events()),
        ("revenue", KNOWN["revenue"], round(float(rfm.segments["value"].sum()), 3)),
        ("bought again, %", KNOWN["bought again"], round(100 * float(second.share["rate"].iloc[0]), 2)),
        ("cohort of December 2010", DECEMBER, tuple(int(n) for n in cohorts.triangle("returned").iloc[0])),
        ("its last month is partial", True, bool(cohorts.triangle("partial").iloc[0, -1])),
    ]
    for name, known, found in checks:
        print(f"{'ok  ' if known == found else 'WRONG'} {name}: {found}" + ("" if known == found else f", not {known}"))
    print(cohorts.verdict, second.verdict, rfm.verdict, sep="\n")
    return 0 if all(known == found for _, known, found in checks) else 1


if __name__ == "__main__":
    sys.exit(main())
