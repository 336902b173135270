"""What an event log is, every way in, and what may be wrong with it.

An event log has one row an event: who (`user`), what (`event`) and when (`timestamp`, UTC, microseconds), and any
further columns as properties of the event (`session`, `channel`, `device`, `value`, …). `EventLog.read` maps the
columns of a frame, a file or a warehouse table to these names, once and lazily; every metric starts from
`EventLog.table`. Rows that cannot be used are set aside in `EventLog.rejected` with the reason, never dropped
silently, and `EventLog.quality` says what else deserves a look before any number is believed.
"""

from __future__ import annotations

from funnel_utils.events.log import EventLog
from funnel_utils.events.quality import Quality

__all__ = ["EventLog", "Quality"]
