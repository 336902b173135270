"""Export of funnel tables: the functions of `funnel_utils.export`, under the name they have here."""

from __future__ import annotations

from funnel_utils.export import defuse, to_csv, to_parquet

__all__ = ["defuse", "to_csv", "to_parquet"]
