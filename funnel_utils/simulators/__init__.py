"""Simulators: a model that is pure, a picture and one sentence of what it says, and a thin view with sliders.

`funnel` holds the funnel simulator; `leak` the game of finding the step to repair; `view` what all views share.
"""

from __future__ import annotations

from funnel_utils.simulators.funnel import FunnelModel, FunnelSimulator

__all__ = ["FunnelModel", "FunnelSimulator"]
