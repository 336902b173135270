"""A simulated automation programme: what its messages cause, where the truth is known.

`spec` says what a programme is, `people` whom it meets; `simulate_programme` (in `living`) runs it, with the compiled
days of `loop`; `result` says what was sent, what counting clicks would claim for it, and what it caused.
"""

from __future__ import annotations

from funnel_utils.automation.simulation.living import simulate_programme
from funnel_utils.automation.simulation.people import Audience, Kind
from funnel_utils.automation.simulation.result import ProgrammeRun, TrueEffect
from funnel_utils.automation.simulation.spec import CHANNELS, Flow, Programme, Step

__all__ = [
    "CHANNELS",
    "Audience",
    "Flow",
    "Kind",
    "Programme",
    "ProgrammeRun",
    "Step",
    "TrueEffect",
    "simulate_programme",
]
