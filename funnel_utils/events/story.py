"""Logs written as stories, for tests and examples: `{"ana": ["visit@0", "cart@5m", "pay@2h"]}`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from funnel_utils.durations import parse_duration
from funnel_utils.errors import SpecError

if TYPE_CHECKING:
    import pandas as pd

Happening = str | tuple[str, Mapping[str, Any]]

_OFFSET = re.compile(r"(\d+(?:\.\d+)?[smhdw])+")


def story_rows(stories: Mapping[Any, Sequence[Happening]], start: str | pd.Timestamp) -> list[dict[str, Any]]:
    """One row for each happening, in the order told; times count from `start` (UTC unless it has a zone).

    Raises
    ------
    SpecError
        If a happening is not `"event@offset"` or `("event@offset", {property: value})`.
    """
    import pandas as pd

    begin = pd.Timestamp(start)
    begin = begin.tz_localize("UTC") if begin.tzinfo is None else begin.tz_convert("UTC")
    rows = []
    for user, happenings in stories.items():
        for happening in happenings:
            text, properties = happening if isinstance(happening, tuple) else (happening, {})
            event, offset = _split(text, user)
            rows.append({"user": user, "event": event, "timestamp": begin + offset, **properties})
    return rows


def _split(text: str, user: Any) -> tuple[str, timedelta]:
    event, at, offset = text.rpartition("@")
    if not at or not event or not (offset == "0" or _OFFSET.fullmatch(offset)):
        raise SpecError(
            f'The story of {user!r} has {text!r}; write "event@offset" with the time since the start, such as '
            '"visit@0", "cart@5m" or "pay@1d2h".'
        )
    parts = re.findall(r"\d+(?:\.\d+)?[smhdw]", offset)
    return event, sum((parse_duration(part, "offset") for part in parts), timedelta(0))
