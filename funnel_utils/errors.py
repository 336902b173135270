"""The errors this package raises on purpose.

Each message says what was found, where, and what to do about it. Catch `FunnelUtilsError` to catch them all.
"""

from __future__ import annotations


class FunnelUtilsError(Exception):
    """Base of every error that this package raises on purpose."""


class SpecError(FunnelUtilsError, ValueError):
    """A specification (a `Funnel`, a step, a window …) is not valid or not supported."""


class LogError(FunnelUtilsError, ValueError):
    """An event log cannot be read, or is not usable as asked."""


class EngineError(FunnelUtilsError, RuntimeError):
    """The engine where the log lives cannot do what was asked of it."""
