"""Numbers as the sentences of journey results say them."""

from __future__ import annotations

import math

from funnel_utils.text import t


def percent(share: float) -> str:
    """A share as a percentage with one decimal, a dash where it is not known.

    Examples
    --------
    >>> percent(0.0712), percent(float("nan"))
    ('7.1%', '–')
    """
    return t("measures.unknown") if math.isnan(share) else f"{share:.1%}"


def number(value: float) -> str:
    """A number with no more digits than mean something, a dash where it is not known.

    Examples
    --------
    >>> number(1234567.8), number(12.345), number(float("nan"))
    ('1,234,568', '12.3', '–')
    """
    if math.isnan(value):
        return t("measures.unknown")
    return f"{value:,.0f}" if abs(value) >= 1000 or value == round(value) else f"{value:,.3g}"
