"""Pardis, the course's business: an online homeware shop generated from known rates, so that methods can be checked.

`load_pardis` opens the log that the lessons read and `load_truth` what it was drawn from. `Pardis` specifies
such a business, `generate` draws its log in memory, `simulate` writes a log of any size to Parquet files.
"""

from __future__ import annotations

from funnel_utils.synthetic.pieces import Simulation, simulate
from funnel_utils.synthetic.shipped import data_file, lesson_shop, load_pardis, load_population, load_truth
from funnel_utils.synthetic.spec import Dirt, Pardis
from funnel_utils.synthetic.truth import Truth, truth_of
from funnel_utils.synthetic.world import World, generate

__all__ = [
    "Dirt",
    "Pardis",
    "Simulation",
    "Truth",
    "World",
    "data_file",
    "generate",
    "lesson_shop",
    "load_pardis",
    "load_population",
    "load_truth",
    "simulate",
    "truth_of",
]
