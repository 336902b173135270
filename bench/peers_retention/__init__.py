"""The same two questions to every peer: the summary of all customers, and a Kaplan-Meier curve.

`summary(file)`: for every customer repeat purchase days, days from the first to the last, days from the first to `END`,
and the mean value of a repeat day. `kaplan(file)`: the curve at every event time. Both return what is to be compared.
"""

from __future__ import annotations

from typing import Any

END = "2026-01-01"


def told(frequency: Any, recency: Any, age: Any, monetary: Any) -> list[float]:
    """An answer of any size as a few sums that would hardly agree by accident."""
    import numpy as np

    x, t, a, m = (np.asarray(values, dtype=np.float64) for values in (frequency, recency, age, monetary))
    return [float(len(x)), float(x.sum()), float(t.sum()), float(a.sum()), float((x * t).sum()), round(float(m.sum()))]


def curve(survival: Any) -> list[float]:
    """A curve as its length, its sum and its end."""
    import numpy as np

    values = np.asarray(survival, dtype=np.float64)
    return [float(len(values)), round(float(values.sum()), 6), round(float(values[-1]), 9)]
