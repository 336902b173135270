"""Pardis, the course's business: an online homeware shop generated from known rates, so that methods can be checked.

`Pardis` says what the business is, `generate` draws its log in memory, `simulate` writes a log of any size to
Parquet files.
"""

from __future__ import annotations

from funnel_utils.synthetic.spec import Dirt, Pardis
from funnel_utils.synthetic.world import World, generate

__all__ = ["Dirt", "Pardis", "World", "generate"]
