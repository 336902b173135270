"""Attribution: conversions and their value shared out among the channels that came before them."""

from __future__ import annotations

from funnel_utils.journey.attribution.credit import credit
from funnel_utils.journey.attribution.settings import MODELS

__all__ = ["MODELS", "credit"]
